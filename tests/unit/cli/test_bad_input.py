"""Bad input through the command line: one sentence, a documented exit code, and the earlier report as it was."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from analysis.cli import main
from analysis.errors import DataError, DefinitionError, NotebookError, UsageError

EDITION = "tinytown-2018"


@pytest.fixture(autouse=True)
def _silent(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine, no line says where the work is."""
    monkeypatch.setattr(sys.modules["analysis.cli.app"], "_EVERY_S", float("inf"))


def state(root: Path) -> dict[str, bytes]:
    """Every file of the project that a run could have touched."""
    folders = (root / "data" / "processed", root / "reports")
    return {str(path): path.read_bytes() for folder in folders for path in folder.rglob("*") if path.is_file()}


def notebook(city: Any, change: Callable[[dict[str, Any]], object]) -> None:
    path = city.project.notebooks / "baseline.ipynb"
    data = json.loads(path.read_text(encoding="utf-8"))
    change({cell["id"]: cell for cell in data["cells"]})
    path.write_text(json.dumps(data), encoding="utf-8")


def edit_a_raw_file(city: Any) -> None:
    path = city.raw("imd", "lsoa")
    path.write_text(path.read_text(encoding="utf-8").replace("900", "901", 1), encoding="utf-8")


def drop_a_column(city: Any) -> None:
    path = city.raw("imd", "lsoa")
    lines = [line.split(",") for line in path.read_text(encoding="utf-8").splitlines()]
    place = lines[0].index("imd_rank")
    kept = [",".join(cell for index, cell in enumerate(line) if index != place) for line in lines]
    path.write_text("\n".join(kept) + "\n", encoding="utf-8")
    city.refresh_receipt("imd", "lsoa")


def unknown_code(city: Any) -> None:
    city.set_raw("imd", "lsoa", {"lsoa_code": city.codes.lsoa(3)}, "lsoa_code", "E01099999")


def code_of_nowhere(city: Any) -> None:
    city.set_raw("fuel_poverty", "lsoa", {"lsoa11_code": city.codes.lsoa(3)}, "lsoa11_code", "E01000777")


def spoil(cell: str, source: str) -> Callable[[Any], None]:
    return lambda city: notebook(city, lambda cells: cells[cell].update(source=source))


CASES: dict[str, tuple[Callable[[Any], Any], type[Any], tuple[str, ...]]] = {
    "an edited raw file": (edit_a_raw_file, DataError, ("imd/2015-09-30/lsoa.csv", "sha256", "The file was edited")),
    "a missing column": (drop_a_column, DataError, ("imd/2015-09-30/lsoa.csv", "the column 'imd_rank' is missing")),
    "a code that cannot be": (unknown_code, DataError, ("row 4, column 'lsoa_code'", "'E01099999' is unknown")),
    "a code of nowhere": (code_of_nowhere, DataError, ("'E01000777'", "fuel_poverty")),
    "a middle area of nowhere": (
        lambda city: city.set_raw(
            "life_expectancy_msoa_male", "msoa", {"msoa11_code": city.codes.msoa("B")}, "msoa11_code", "E02000777"
        ),
        DataError,
        ("life_expectancy_msoa_male", "'E02000777'", "no lookup"),
    ),
    "a ward of nowhere": (
        lambda city: city.set_raw(
            "lookup_lsoa11_ward22", "lookup", {"lsoa11_code": city.codes.lsoa(2)}, "ward22_code", "E05000777"
        ),
        DataError,
        ("E05000777", "it has no outline"),
    ),
    "a file that is gone": (
        lambda city: city.raw("els", "observations").unlink(),
        DataError,
        ("els/2026-06-25/observations.csv", "not found, though snapshot.yml lists it"),
    ),
    "a release that is not held": (
        lambda city: city.raw("els", "series").parent.rename(city.root / "away"),
        DataError,
        ("els/2026-06-25/snapshot.yml: not found", "sotc record els 2026-06-25 FILE"),
    ),
    "a number that is none": (
        lambda city: city.set_raw("fuel_poverty", "lsoa", {"lsoa11_code": city.codes.lsoa(1)}, "households", "many"),
        DataError,
        ("lsoa.csv, row 2, column 'households'", "got 'many'"),
    ),
    "an impossible percentage": (
        lambda city: city.set_raw(
            "els", "observations", {"area_code": city.codes.lad, "period": "2017"}, "value", "650"
        ),
        DataError,
        ("els/2026-06-25/observations.csv", "650"),
    ),
    "a negative count": (
        lambda city: city.set_raw("fuel_poverty", "lsoa", {"lsoa11_code": city.codes.lsoa(1)}, "households", "-3"),
        DataError,
        ("lsoa.csv, row 2", "-3"),
    ),
    "a misspelt definition": (
        lambda city: city.change("editions", EDITION, lambda data: data.update(cutoff="2018")),
        DefinitionError,
        ("editions/tinytown-2018.yml", "unknown key 'cutoff'"),
    ),
    "a misspelt parameter": (
        spoil("settings", 'editon = "tinytown-2018"'),
        NotebookError,
        ("baseline.ipynb: unknown parameter 'edition', expected 'editon'",),
    ),
    "a cell that fails": (spoil("summary", "1 / 0"), NotebookError, ("baseline.ipynb: cell 'summary' failed",)),
    "a cell that names nothing": (
        spoil("deprivation-wards", 'figures.draw_ward_map(city, "no_such_indicator")'),
        NotebookError,
        ("baseline.ipynb: cell 'deprivation-wards' failed", "no_such_indicator"),
    ),
    "a notebook that is gone": (
        lambda city: (city.project.notebooks / "data_quality.ipynb").unlink(),
        NotebookError,
        ("notebooks/data_quality.ipynb: not found",),
    ),
}


def run(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str
) -> tuple[int, str, str]:
    monkeypatch.chdir(root)
    monkeypatch.setattr(sys.modules["analysis.cli.app"], "_EVERY_S", 1e9)  # a slow machine says no more
    monkeypatch.setattr(sys, "argv", ["sotc", *words])
    capsys.readouterr()
    try:
        main()
    except SystemExit as left:
        code = left.code if isinstance(left.code, int) else int(bool(left.code))
    else:
        code = 0
    out, err = capsys.readouterr()
    return code, out, err


@pytest.mark.parametrize("case", CASES)
def test_bad_input_is_one_sentence_and_changes_nothing(
    case: str, tiny_reported: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    spoilt, kind, says = CASES[case]
    city = tiny_reported.copy(tmp_path / "project")
    before = state(city.root)
    spoilt(city)
    code, out, err = run(city.root, monkeypatch, capsys, "report", EDITION)
    assert code == kind.exit_code, err
    assert out == ""
    assert err.startswith("sotc: ")
    for words in says:
        assert words in err
    if "The last lines" not in err:
        assert "Traceback" not in err
        assert len(err.strip().splitlines()) == 1
    reports = {name: content for name, content in before.items() if "/reports/" in name}
    assert {name: content for name, content in state(city.root).items() if "/reports/" in name} == reports
    if kind is not NotebookError:  # the tables are built before the notebooks run
        assert state(city.root) == before
    assert [path.name for path in (city.root / "reports").iterdir()] == [EDITION]
    assert [path.name for path in (city.root / "data" / "processed").iterdir()] == [EDITION]


@pytest.mark.parametrize("command", ["report", "build"])
def test_an_unknown_edition_lists_those_there_are(
    command: str, tiny_built: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = run(tiny_built.root, monkeypatch, capsys, command, "tinytown-1066")
    assert code == UsageError.exit_code
    assert err == "sotc: no edition 'tinytown-1066': expected 'tinytown-2018'. See sotc list.\n"


def test_an_unknown_command_or_list_is_a_usage_error(
    tiny_built: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = run(tiny_built.root, monkeypatch, capsys, "list", "streets")
    assert (code, err) == (2, f"sotc: list streets: expected {LISTED}.\n")
    code, _, err = run(tiny_built.root, monkeypatch, capsys, "publish")
    assert code == 2
    assert "publish" in err
    assert "Traceback" not in err
    code, _, err = run(tiny_built.root, monkeypatch, capsys, "report", EDITION, "--workers", "steam")
    assert code == 2
    assert "--workers" in err


LISTED = (
    "'editions', 'places', 'wards', 'sources', 'indicators', 'plans', 'targets', 'coverage', 'outcomes' or "
    "'corrections'"
)


def test_outside_a_project_the_clone_is_used_or_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from analysis.paths import find_project

    assert (find_project(tmp_path).root / "pyproject.toml").is_file()
    monkeypatch.setattr("analysis.paths.__file__", str(tmp_path / "site" / "src" / "analysis" / "paths.py"))
    code, _, err = run(tmp_path, monkeypatch, capsys, "list")
    assert code == 2
    assert "no project here or above" in err


def test_recording_what_does_not_fit_leaves_the_raw_table(
    tiny: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    raw = tiny.project.raw
    before = {path: path.read_bytes() for path in raw.rglob("*") if path.is_file()}
    path = tiny.root / "published" / "levels.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("citation", "cited"), encoding="utf-8")
    code, _, err = run(tiny.root, monkeypatch, capsys, "record", "published_levels", "2026-11-22", str(path))
    assert code == DataError.exit_code
    assert "needs the column 'citation'" in err
    assert {path: path.read_bytes() for path in raw.rglob("*") if path.is_file()} == before


def test_recording_again_gives_the_same_bytes(
    tiny: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tiny.raw("published_levels", "levels")
    receipt = path.parent / "snapshot.yml"
    before = (path.read_bytes(), receipt.read_bytes())
    words = ("record", "published_levels", "2026-11-22", str(tiny.root / "published" / "levels.csv"))
    code, out, err = run(tiny.root, monkeypatch, capsys, *words, "--accessed", "2026-01-31")
    assert (code, err) == (0, "")
    assert out == "data/raw/published_levels/2026-11-22/levels.csv\n"
    assert (path.read_bytes(), receipt.read_bytes()) == before
    assert yaml.safe_load(receipt.read_text(encoding="utf-8"))["accessed"] == "2026-01-31"


def test_what_a_good_run_prints_is_the_paths(
    tiny_reported: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    city = tiny_reported.copy(tmp_path / "project")
    code, out, err = run(city.root, monkeypatch, capsys, "report", EDITION)
    assert code == 0, err
    assert "Traceback" not in err
    assert out.split() == [f"reports/{EDITION}/report.pdf", f"reports/{EDITION}/report.html"]
    assert state(city.root) == {
        name.replace(str(tiny_reported.root), str(city.root)): content
        for name, content in state(tiny_reported.root).items()
    }


@pytest.mark.skipif(sys.platform == "win32", reason="signals of another kind")
def test_ctrl_c_leaves_everything_as_it_was(tiny_reported: Any, tmp_path: Path) -> None:
    city = tiny_reported.copy(tmp_path / "project")
    started = city.root / "started"
    spoil("summary", f"import pathlib, time\npathlib.Path({str(started)!r}).touch()\ntime.sleep(60)")(city)
    before = state(city.root)
    process = subprocess.Popen(
        [sys.executable, "-m", "analysis", "report", EDITION],
        cwd=city.root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + 90
    while not started.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    assert started.exists(), process.communicate()
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert out == ""
    assert err.strip().splitlines()[-1] == "sotc: stopped; everything is as it was."
    assert "Traceback" not in err
    assert state(city.root) == before
    assert [path.name for path in (city.root / "reports").iterdir()] == [EDITION]
    assert [path.name for path in (city.root / "data" / "processed").iterdir()] == [EDITION]
    with pytest.raises(ProcessLookupError):  # no notebook is left running
        os.killpg(process.pid, 0)

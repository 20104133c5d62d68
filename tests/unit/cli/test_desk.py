"""Commands at the desk: version, check, doctor, open, what would be made; and progress where there is no terminal."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import pytest
import typer

from analysis.cli import app, main
from analysis.cli.app import edition_names, progress_line

EDITION = "tinytown-2018"


@pytest.fixture
def sotc(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    def run(root: Path, *words: str) -> tuple[int, str, str]:
        monkeypatch.chdir(root)
        monkeypatch.setattr(sys, "argv", ["sotc", *words])
        capsys.readouterr()
        code: Any = 0
        try:
            main()
        except SystemExit as left:
            code = left.code
        out, err = capsys.readouterr()
        return int(code or 0), out, err

    return run


def test_the_version_is_that_of_the_package(sotc: Any, tiny_built: Any) -> None:
    code, out, _ = sotc(tiny_built.root, "--version")
    assert code == 0
    assert out.startswith("sotc 0.")
    assert f"Python {sys.version_info.major}.{sys.version_info.minor}." in out


def test_check_reads_definitions_alone(sotc: Any, tiny: Any) -> None:
    code, out, _ = sotc(tiny.root, "check")
    assert code == 0
    assert out.startswith("definitions hold: one edition, one place, one plan, ")
    tiny.change("indicators", "fuel_poverty", lambda indicator: indicator.update(unit="furlongs"))
    code, out, err = sotc(tiny.root, "check")
    assert (code, out) == (3, "")
    assert "fuel_poverty.yml:" in err
    assert "furlongs" in err


def test_doctor_names_what_is_not_well_and_goes_on(sotc: Any, tiny: Any) -> None:
    raw = next(path for path in sorted(tiny.project.raw.rglob("*.csv")))
    raw.write_bytes(raw.read_bytes() + b"1\n")
    code, out, _ = sotc(tiny.root, "doctor")
    said = dict(line[6:].split(": ", 1) for line in out.splitlines())
    assert list(said) == ["Python", "packages", "fonts", "folders", "definitions", "raw tables", "reports"]
    assert code == 3
    assert raw.name in said["raw tables"]
    assert "not made yet: tinytown-2018" in said["reports"]
    assert "LOOK  raw tables" in out
    assert "ok    definitions" in out


def test_what_would_be_made_is_said_and_not_made(sotc: Any, tiny: Any) -> None:
    code, out, err = sotc(tiny.root, "report", EDITION, "--dry-run")
    assert (code, err) == (0, "")
    assert out == f"tables: up to date, nothing would be made.\n{EDITION}: report would be made (not made yet).\n"
    tiny.change("editions", EDITION, lambda edition: edition.update(title="Another title"))
    _, out, _ = sotc(tiny.root, "report", EDITION, "--dry-run")
    changed = f"definitions/editions/{EDITION}.yml changed"
    assert out == (
        f"{EDITION}: tables would be made ({changed}).\n{EDITION}: report would be made (its tables are made anew).\n"
    )
    _, out, _ = sotc(tiny.root, "build", EDITION, "--dry-run")
    assert out == f"{EDITION}: tables would be made ({changed}).\n"
    assert not (tiny.project.reports / EDITION).exists()


def test_open_shows_a_report_that_is_made(sotc: Any, tiny_reported: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    monkeypatch.setattr(typer, "launch", lambda path: shown.append(path) or 0)
    assert sotc(tiny_reported.root, "open", EDITION)[:2] == (0, f"reports/{EDITION}/report.html\n")
    assert sotc(tiny_reported.root, "open", EDITION, "pdf")[0] == 0
    assert [Path(path).suffix for path in shown] == [".html", ".pdf"]
    monkeypatch.setattr(typer, "launch", lambda path: 3)
    code, _, err = sotc(tiny_reported.root, "open", EDITION)
    assert (code, "no program that opens it" in err) == (2, True)


def test_open_says_how_to_make_what_is_not_made(sotc: Any, tiny_built: Any) -> None:
    code, _, err = sotc(tiny_built.root, "open", EDITION)
    assert code == 2
    assert f"Make it with: sotc report {EDITION}." in err


def test_wards_are_listed_by_edition(sotc: Any, tiny_built: Any) -> None:
    lines = sotc(tiny_built.root, "list", "wards")[1].splitlines()
    assert lines[0] == "edition\tward\tname\tgeography"
    assert len(lines) == 1 + 5
    assert sum("\tDocks\t" in line for line in lines) == 1


def test_a_shell_completes_editions(tiny_built: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tiny_built.root)
    assert edition_names() == [EDITION]
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    for name in ("build", "verify", "explain", "profiles", "open", "report"):
        argument = commands[name].params[0]
        assert argument._custom_shell_complete is not None, name


def test_off_the_terminal_a_line_comes_every_ten_seconds(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    with progress_line() as show:
        for second in (1, 9, 10, 15, 21):
            now[0] = 100.0 + second
            show("tinytown-2018", f"cell {second}", second, 30)
    assert capsys.readouterr().err.splitlines() == [
        "tinytown-2018: cell 10 (10 of 30)",
        "tinytown-2018: cell 21 (21 of 30)",
    ]

"""Nothing is made anew unless something it rests on changed; what changed is said; several editions at a time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from analysis.errors import DataError, DefinitionError, UsageError
from analysis.make.editions import make_editions, make_tables_of
from analysis.tables.stamps import (
    RUN,
    STAMP,
    build_inputs,
    differences,
    open_edition,
    read_stamp,
    report_inputs,
    what_changed,
)

FIRST, SECOND = "tinytown-2018", "tinytown-2019"


def add_edition(city: Any, **values: Any) -> None:
    """The edition of the next year, which does not look back and has no figures of fuel poverty."""
    import datetime as dt

    import yaml

    path = city.definitions / "editions" / f"{FIRST}.yml"
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    data |= {"id": SECOND, "year": 2019, "cut_off": dt.date(2019, 7, 31), **values}
    data["releases"] = {name: pinned for name, pinned in data["releases"].items() if name != "fuel_poverty"}
    data["stand_ins"] = [one for one in data["stand_ins"] if one["source"] != "fuel_poverty"]
    city.write("editions", data)


def tables_changed(city: Any, edition: str = FIRST) -> list[str]:
    return what_changed(
        city.project.processed / edition, build_inputs(city.project, open_edition(city.project, edition))
    )


def report_changed(city: Any, edition: str = FIRST) -> list[str]:
    return what_changed(
        city.project.reports / edition, report_inputs(city.project, open_edition(city.project, edition))
    )


def spoil_raw(city: Any) -> None:
    city.set_raw("fuel_poverty", "lsoa", {"lsoa11_code": city.codes.lsoa(1)}, "fuel_poor_households", "7")


def test_what_was_just_made_is_up_to_date(tiny_reported: Any) -> None:
    assert tables_changed(tiny_reported) == []
    assert report_changed(tiny_reported) == []
    before = {path: path.stat().st_mtime_ns for path in tiny_reported.root.rglob("*")}
    (made,) = make_editions(tiny_reported.project, [FIRST])
    assert made.why == ()
    assert made.folder == tiny_reported.project.reports / FIRST
    assert {path: path.stat().st_mtime_ns for path in tiny_reported.root.rglob("*")} == before


def test_to_say_so_takes_no_pandas_and_no_time(tiny_reported: Any) -> None:
    code = (
        "import sys\nfrom analysis.cli import main\nsys.argv = ['sotc', 'report', sys.argv[1]]\n"
        "try:\n    main()\nexcept SystemExit as left:\n    assert not left.code\n"
        "print(sorted({'pandas', 'numpy', 'nbformat'} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, FIRST], cwd=tiny_reported.root, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [f"reports/{FIRST}/report.pdf", f"reports/{FIRST}/report.html"]
    assert done.stderr.splitlines() == [f"{FIRST}: up to date, nothing changed.", "[]"]


def test_a_change_is_named(tiny: Any) -> None:
    spoil_raw(tiny)
    release = f"data/raw/fuel_poverty/{tiny.raw('fuel_poverty', 'lsoa').parent.name}"
    assert tables_changed(tiny) == [f"{release}/lsoa.csv changed", f"{release}/snapshot.yml changed"]


@pytest.mark.parametrize("kind", ["indicators/fuel_poverty", "plans/tiny-plan", "places/tinytown", "sources/imd"])
def test_a_changed_definition_is_named(tiny: Any, kind: str) -> None:
    folder, name = kind.split("/")
    words = "name" if folder == "places" else "title"
    tiny.change(folder, name, lambda data: data.update({words: f"{data[words]}, in other words"}))
    assert tables_changed(tiny) == [f"definitions/{kind}.yml changed"]


def test_what_a_definition_says_counts_and_not_how_it_is_written(tiny: Any) -> None:
    import yaml

    for path in tiny.definitions.rglob("*.yml"):
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        turned = dict(reversed(data.items())) if isinstance(data, dict) else data
        path.write_text("# a note\n" + yaml.safe_dump(turned, sort_keys=False), encoding="utf-8")
    assert tables_changed(tiny) == []


def test_a_line_for_another_year_changes_nothing(tiny: Any) -> None:
    """A release, its layout, a plan, an edition, an indicator, an input, a correction, a geography of later years."""
    import datetime as dt

    import yaml

    later = "2031-07-01"
    plan = yaml.safe_load((tiny.definitions / "plans" / "tiny-plan.yml").read_text(encoding="utf-8"))
    text = yaml.safe_dump({**plan, "id": "plan-2031"}).replace("tiny-1", "later-1").replace("tiny-2", "later-2")
    (tiny.definitions / "plans" / "plan-2031.yml").write_text(text, encoding="utf-8")
    add_edition(tiny, plans=["plan-2031"])

    def with_release(data: dict[str, Any]) -> None:
        (known,) = data["releases"].values()
        data["releases"][later] = {**known, "published": later}
        for table in data["tables"].values():
            columns = {name: f"{name} of 2031" for name in table["columns"]}
            table["layouts"] = [
                *table.get("layouts", []),
                {"name": "as in 2031", "format": "csv", "columns": columns, "releases": [later]},
            ]

    tiny.change("sources", "fuel_poverty", with_release)
    fuel = yaml.safe_load((tiny.definitions / "indicators" / "fuel_poverty.yml").read_text(encoding="utf-8"))
    tiny.write(
        "sources", {**yaml.safe_load((tiny.definitions / "sources/fuel_poverty.yml").read_text()), "id": "later"}
    )
    inputs = [{**one, "source": "later"} for one in fuel["inputs"]]
    tiny.write("indicators", {**fuel, "id": "in_2031", "inputs": inputs, "priorities": ["later-1.1"]})
    more = {"inputs": [*fuel["inputs"], *inputs], "priorities": [*fuel["priorities"], "later-1.1"]}
    tiny.write("indicators", {**fuel, **more, "breaks": {**fuel.get("breaks", {}), later: "in-2031"}})
    path = tiny.definitions / "breaks.yml"
    breaks = yaml.safe_load(path.read_text(encoding="utf-8"))
    path.write_text(
        yaml.safe_dump([*breaks, {"id": "in-2031", "title": "A reform", "reason": "It came."}]), encoding="utf-8"
    )
    where = {"source": "fuel_poverty", "release": later, "table": "lsoa", "row": {"lsoa11_code": "E01000001"}}
    what = {
        "column": "households",
        "expect": "1",
        "value": "2",
        "reason": "It is so.",
        "said_by": "The desk",
        "status": "accepted",
    }
    (tiny.definitions / "corrections").mkdir(exist_ok=True)
    tiny.write("corrections", {"id": "in-2031", **where, **what, "date": dt.date(2031, 8, 1)})
    path = tiny.definitions / "geographies.yml"
    ground = yaml.safe_load(path.read_text(encoding="utf-8"))
    ground["msoa11"]["end"] = dt.date(2031, 7, 1)
    ground["lsoa11"]["leads_to"]["ward23"] = "later"
    ground["ward23"]["official"] = "electoral ward in force to July 2031"
    path.write_text(yaml.safe_dump(ground), encoding="utf-8")
    assert tables_changed(tiny) == []
    # Negative control: the same for this edition counts.
    tiny.change("indicators", "fuel_poverty", lambda data: data["breaks"].update({"2018-01-01": "in-2031"}))
    tiny.change("sources", "fuel_poverty", lambda data: data["tables"]["lsoa"]["layouts"].pop(0))
    changed = ["breaks.yml", "indicators/fuel_poverty.yml", "sources/fuel_poverty.yml"]
    assert tables_changed(tiny) == [f"definitions/{name} changed" for name in changed]


def test_what_the_edition_does_not_use_changes_nothing(tiny: Any) -> None:
    used = tiny.raw("imd", "lsoa").parent
    (used.parent / "2099-01-01").mkdir()
    (used.parent / "2099-01-01" / "lsoa.csv").write_bytes((used / "lsoa.csv").read_bytes())
    tiny.change("sources", "deaths_lsoa", lambda data: data.update(title="Deaths, in other words"))
    assert tables_changed(tiny) == []


def test_a_definition_that_is_none_is_refused_with_its_line(tiny: Any) -> None:
    path = tiny.definitions / "sources" / "imd.yml"
    path.write_text(path.read_text(encoding="utf-8").replace("releases:", "released:", 1), encoding="utf-8")
    with pytest.raises(DefinitionError, match=r"sources/imd\.yml:\d+: "):
        tables_changed(tiny)


def test_a_notebook_makes_the_report_anew_but_no_table(tiny_reported: Any, tmp_path: Path) -> None:
    city = tiny_reported.copy(tmp_path / "project")
    path = city.project.notebooks / "baseline.ipynb"
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert tables_changed(city) == []
    assert report_changed(city) == ["notebooks/baseline.ipynb changed"]


def test_an_edited_or_lost_result_is_made_anew(tiny: Any) -> None:
    folder = tiny.project.processed / FIRST
    fresh = (folder / "indicators.csv").read_bytes()
    (folder / "indicators.csv").write_bytes(fresh.replace(b"persons", b"male", 1))
    (folder / "wards.csv").unlink()
    assert tables_changed(tiny) == ["indicators.csv changed", "wards.csv removed"]
    assert make_tables_of(tiny.project, [FIRST]) == {FIRST: ("indicators.csv changed", "wards.csv removed")}
    assert (folder / "indicators.csv").read_bytes() == fresh
    assert make_tables_of(tiny.project, [FIRST]) == {}
    assert make_tables_of(tiny.project, [FIRST], force=True) == {FIRST: ("asked for",)}


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"inputs": 3, "outputs": {}}', "\udcff"])
def test_a_stamp_that_cannot_be_read_is_none(tiny: Any, text: str) -> None:
    path = tiny.project.processed / FIRST / STAMP
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    assert read_stamp(path.parent) is None
    assert tables_changed(tiny) == ["not made yet"]


def test_a_stamp_names_every_table(tiny_built: Any) -> None:
    folder = tiny_built.project.processed / FIRST
    stamp = read_stamp(folder)
    assert stamp is not None
    assert set(stamp.outputs) == {path.name for path in folder.glob("*.csv")}
    assert not [name for name in stamp.inputs if str(tiny_built.root) in name]


def test_an_edition_that_is_not_there_is_refused(tiny_built: Any) -> None:
    with pytest.raises(UsageError, match="no edition 'tinytown-1066': expected 'tinytown-2018'"):
        make_editions(tiny_built.project, ["tinytown-1066"])


def test_differences_are_none_between_equals() -> None:
    assert differences({"a": "1"}, {"a": "1"}) == []


def test_one_source_makes_only_the_editions_anew_that_pin_it(tiny: Any) -> None:
    add_edition(tiny)
    names = [FIRST, SECOND]
    assert make_tables_of(tiny.project, names) == {SECOND: ("not made yet",)}
    spoil_raw(tiny)
    assert list(make_tables_of(tiny.project, names)) == [FIRST]


def test_an_edition_is_made_anew_when_the_one_it_looks_back_on_was(tiny: Any) -> None:
    add_edition(tiny, previous=FIRST, baseline=FIRST)
    make_tables_of(tiny.project, [SECOND])
    before = report_inputs(tiny.project, open_edition(tiny.project, SECOND))
    spoil_raw(tiny)
    assert list(make_tables_of(tiny.project, [SECOND])) == [FIRST]
    after = report_inputs(tiny.project, open_edition(tiny.project, SECOND))
    assert f"data/processed/{FIRST}/indicators.csv changed" in differences(before, after)


def test_several_editions_at_a_time_give_the_same_bytes_as_alone(tiny_reported: Any, tiny: Any) -> None:
    add_edition(tiny)
    told: list[tuple[str, str]] = []
    made = make_editions(
        tiny.project, [FIRST, SECOND], progress=lambda name, step, done, total: told.append((name, step))
    )
    assert [one.edition for one in made] == [FIRST, SECOND]
    assert all(one.why for one in made)
    assert {name for name, step in told if step == "done"} == {FIRST, SECOND}
    for folder in ("processed", "reports"):
        alone = getattr(tiny_reported.project, folder) / FIRST
        beside = getattr(tiny.project, folder) / FIRST
        for path in sorted(alone.rglob("*")):
            if path.is_file() and path.name not in (STAMP, RUN):
                assert path.read_bytes() == (beside / path.relative_to(alone)).read_bytes(), path
    assert (tiny.project.reports / SECOND / "report.pdf").is_file()
    assert [one.why for one in make_editions(tiny.project, [FIRST, SECOND])] == [(), ()]


def test_an_error_in_one_of_several_is_its_own_sentence(tiny: Any) -> None:
    add_edition(tiny)
    before = (tiny.project.processed / FIRST / STAMP).read_bytes()
    path = tiny.raw("fuel_poverty", "lsoa")
    path.write_bytes(path.read_bytes() + b"E01000099,1,1\n")
    with pytest.raises(DataError, match="The file was edited or replaced"):
        make_tables_of(tiny.project, [FIRST, SECOND])
    assert (tiny.project.processed / FIRST / STAMP).read_bytes() == before
    assert [path.name for path in tiny.project.processed.glob(".*")] == []


def test_ctrl_c_ends_every_process_and_leaves_no_trace(tiny: Any) -> None:
    add_edition(tiny)
    spoil_raw(tiny)
    command = [sys.executable, "-m", "analysis", "report", "--all"]
    with subprocess.Popen(command, cwd=tiny.root, stderr=subprocess.PIPE, text=True, start_new_session=True) as running:
        until = time.monotonic() + 60
        while not list(tiny.project.processed.glob(".*")) and not list(tiny.project.reports.glob(".*")):
            assert time.monotonic() < until
            assert running.poll() is None
            time.sleep(0.002)
        os.killpg(running.pid, signal.SIGINT)
        _, said = running.communicate(timeout=60)
    assert running.returncode == 130
    assert said == "sotc: stopped; everything is as it was.\n"
    assert list(tiny.project.processed.glob(".*")) == []
    until = time.monotonic() + 20
    while group_lives(running.pid):  # their processes go a moment later
        assert time.monotonic() < until
        time.sleep(0.01)


def group_lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def test_the_command_refuses_both_names_and_all(
    tiny_built: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from analysis import cli

    monkeypatch.chdir(tiny_built.root)
    for words in (["report"], ["report", FIRST, "--all"]):
        monkeypatch.setattr(sys, "argv", ["sotc", *words])
        with pytest.raises(SystemExit) as left:
            cli.main()
        assert left.value.code == UsageError.exit_code
        assert "name editions, or say --all" in capsys.readouterr().err

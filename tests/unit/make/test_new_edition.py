"""Next year's edition file: what it carries over, what is its own, and what the researcher is told to look at."""

from __future__ import annotations

import datetime as dt
import shutil
import sys
from typing import Any

import pytest
import yaml

from analysis.errors import UsageError
from analysis.make.new_edition import Note, new_edition

FIRST = "tinytown-2018"


def made(city: Any, name: str = "tinytown-2019", start: str = "") -> tuple[dict[str, Any], list[Note]]:
    path, notes = new_edition(city.project, city.catalogue(), name, start)
    assert path == city.definitions / "editions" / f"{name}.yml"
    return yaml.safe_load(path.read_text(encoding="utf-8")), notes


def said(notes: list[Note], kind: str) -> dict[str, str]:
    return {note.about: note.says for note in notes if note.kind == kind}


def test_the_new_edition_is_the_old_one_a_year_on(tiny: Any) -> None:
    old = yaml.safe_load((tiny.definitions / "editions" / f"{FIRST}.yml").read_text(encoding="utf-8"))
    new, _ = made(tiny)
    own = {
        "id": "tinytown-2019",
        "year": 2019,
        "title": "The first annual update",
        "cut_off": dt.date(2019, 7, 31),
        "seed": 20190731,
        "baseline": FIRST,
        "previous": FIRST,
        "stand_ins": [one for one in old["stand_ins"] if one["source"] != "population_lsoa11"],  # out by October 2018
    }
    assert new == old | own
    assert tiny.catalogue().edition("tinytown-2019").previous == FIRST
    assert tiny.build("tinytown-2019").edition.cut_off == dt.date(2019, 7, 31)


def test_comments_stay_and_long_values_go_whole(tiny: Any) -> None:
    path = tiny.definitions / "editions" / f"{FIRST}.yml"
    text = path.read_text(encoding="utf-8")
    title = next(line for line in text.splitlines() if line.startswith("title:"))
    text = text.replace(title, "title: >-\n  The report of 2018: what was\n  known then")
    path.write_text(f"# Checked by two people.\n{text}", encoding="utf-8")
    new, _ = made(tiny)
    assert new["title"] == "The report of 2019: what was known then"
    written = (path.parent / "tinytown-2019.yml").read_text(encoding="utf-8")
    assert written.startswith("# Checked by two people.\n")
    assert f"# Carried over from {FIRST}: keep a stand-in only where its reason still holds.\nstand_ins:" in written


def test_an_update_begins_from_the_last_edition_and_keeps_the_baseline(tiny: Any) -> None:
    made(tiny)
    new, notes = made(tiny, "tinytown-2021")
    assert (new["previous"], new["baseline"]) == ("tinytown-2019", FIRST)
    assert "notebooks" not in said(notes, "review")
    written = (tiny.definitions / "editions" / "tinytown-2021.yml").read_text(encoding="utf-8")
    assert written.count("# Carried over from") == 1
    other, _ = made(tiny, "tinytown-2022", FIRST)
    assert other["previous"] == FIRST


def test_a_later_release_is_named_and_whether_it_is_held(tiny: Any) -> None:
    def add(data: dict[str, Any]) -> None:
        (release,) = data["releases"].values()
        data["releases"]["2019-03-01"] = {**release, "published": "2019-03-01"}
        data["releases"]["2019-12-01"] = {**release, "published": "2019-12-01"}

    tiny.change(
        "sources",
        "life_expectancy_msoa_male",
        lambda data: next(iter(data["releases"].values())).update(published="2018-01-01"),
    )
    tiny.change("sources", "life_expectancy_msoa_male", add)
    _, notes = made(tiny)
    newer = [note.says for note in notes if (note.kind, note.about) == ("newer", "life_expectancy_msoa_male")]
    assert newer == [
        "2019-03-01, not held: sotc pull life_expectancy_msoa_male.",
        "2019-12-01, after the cut-off of 2019-07-31, not held: sotc pull life_expectancy_msoa_male.",
    ]


def shift(data: dict[str, Any], day: str) -> None:
    data["releases"][max(data["releases"])]["published"] = day


def test_what_is_held_by_then_is_pinned_with_weights_and_stands_in_no_more(tiny: Any) -> None:
    def later(data: dict[str, Any]) -> None:
        last = max(data["releases"])
        data["releases"]["2019-05-01"] = {**data["releases"][last], "published": "2019-05-01"}

    for source in ("imd", "fuel_poverty"):
        tiny.change("sources", source, later)
        (held,) = (tiny.project.raw / source).iterdir()
        shutil.copytree(held, held.with_name("2019-05-01"))
    path = tiny.definitions / "editions" / f"{FIRST}.yml"
    path.write_text(path.read_text(encoding="utf-8").replace("deprivation_weights:", "# Read.\ndeprivation_weights:"))
    old = yaml.safe_load(path.read_text(encoding="utf-8"))
    new, notes = made(tiny)
    assert new["releases"] == old["releases"] | {"imd": ["2015-09-30", "2019-05-01"], "fuel_poverty": ["2019-05-01"]}
    weights = new["deprivation_weights"]
    assert weights["2015-09-30"] == old["deprivation_weights"]["2015-09-30"]
    assert weights["2019-05-01"] == weights["2015-09-30"] | {
        "note": "carried over from the index of 2015-09-30: are these its own residents?"
    }
    assert {one["source"] for one in old["stand_ins"]} - {one["source"] for one in new["stand_ins"]} == {
        "fuel_poverty", "population_lsoa11",
    }  # fmt: skip
    assert said(notes, "pinned")["imd"] == "2015-09-30, 2019-05-01."
    assert not [note for note in notes if note.kind == "newer" and "after the cut-off" not in note.says]
    assert "# Read.\n" in (path.parent / "tinytown-2019.yml").read_text(encoding="utf-8")
    assert tiny.catalogue().edition("tinytown-2019").releases["imd"] == ("2015-09-30", "2019-05-01")


def test_where_nothing_stands_in_any_more_the_key_goes_too(tiny: Any) -> None:
    tiny.change("editions", FIRST, lambda data: data.update(stand_ins=data["stand_ins"][3:4]))
    new, _ = made(tiny)
    assert "stand_ins" not in new
    assert new["deprivation_weights"]


def test_what_is_left_to_do_is_said_in_its_order(tiny: Any) -> None:
    _, notes = made(tiny)
    assert list(said(notes, "left to do")) == [
        "sotc check",
        "sotc report tinytown-2019",
        f"sotc diff {FIRST} tinytown-2019",
        "git add reports/tinytown-2019/manifest.json",
    ]


def test_what_is_due_follows_from_the_time_between_releases(tiny: Any) -> None:
    def years(data: dict[str, Any]) -> None:
        (name, release), *_ = data["releases"].items()
        data["releases"] = {
            name: {**release, "published": "2017-06-01"},
            "2016": {**release, "published": "2016-06-01"},
        }

    tiny.change("sources", "fuel_poverty", years)
    _, notes = made(tiny, "tinytown-2019")
    assert "fuel_poverty" not in said(notes, "due"), "what the edition before did without is due no more"
    assert said(notes, "stale")["fuel_poverty"] == (
        "its newest known release will be 2.2 years old by 2019-07-31; "
        "one was expected about 2018-06-01, and none is known."
    )
    tiny.change("sources", "fuel_poverty", lambda data: shift(data, "2017-11-01"))
    (tiny.definitions / "editions" / "tinytown-2019.yml").unlink()
    assert said(made(tiny)[1], "due")["fuel_poverty"] == "about 2019-04-03, 1.4 years after 2017-11-01."


def test_a_source_whose_next_release_lies_ahead_is_neither_due_nor_stale(tiny: Any) -> None:
    _, notes = made(tiny)
    assert "fuel_poverty" not in said(notes, "due") | said(notes, "stale")
    # A lookup gives no figures: however old, it is not stale.
    assert "lookup_lsoa11_msoa11" not in said(notes, "stale")


def test_what_was_carried_over_is_to_be_reviewed(tiny: Any) -> None:
    tiny.change("plans", "tiny-plan", lambda data: data.update(years=[2017, 2018]))
    _, notes = made(tiny)
    reviewed = said(notes, "review")
    assert reviewed["stand-in fuel_poverty"] == "carried over: does its reason still hold?"
    assert reviewed["tiny-plan"] == "runs to 2018: which plan holds in 2019?"
    assert reviewed["notebooks"] == f"are those of {FIRST}, a first report: name those of an update."
    assert "ward22" not in reviewed
    assert said(made(tiny, "tinytown-2024")[1], "review")["ward22"].startswith("was in force to 2023-0")


@pytest.mark.parametrize(
    ("name", "start", "says"),
    [
        ("tinytown", "", "no name for an edition; expected a place and a year, such as tinytown-2030"),
        ("leeds-2019", "", "the place one of 'tinytown'"),
        ("tinytown-19", "", "no name for an edition"),
        (FIRST, "", "the edition is there already"),
        ("tinytown-2017", "", "has no earlier edition to begin from"),
        ("tinytown-2017", FIRST, "is no earlier edition of tinytown"),
        ("tinytown-2019", "tinytown-1066", "no edition 'tinytown-1066'"),
        ("../tinytown-2019", "", "no name for an edition"),
    ],
)
def test_names_that_do_not_fit_are_refused_and_nothing_is_written(tiny: Any, name: str, start: str, says: str) -> None:
    before = sorted(path.name for path in tiny.definitions.rglob("*"))
    with pytest.raises(UsageError, match=says):
        new_edition(tiny.project, tiny.catalogue(), name, start)
    assert sorted(path.name for path in tiny.definitions.rglob("*")) == before


def test_the_command_prints_the_file_and_the_notes(
    tiny: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from analysis import cli

    monkeypatch.chdir(tiny.root)
    monkeypatch.setattr(sys, "argv", ["sotc", "new-edition", "tinytown-2019", "--from", FIRST])
    with pytest.raises(SystemExit) as left:
        cli.main()
    assert left.value.code == 0
    out = capsys.readouterr().out
    assert out.startswith("src/analysis/definitions/editions/tinytown-2019.yml\n")
    assert "\nreview:\n" in out

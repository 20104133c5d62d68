"""What ``sotc list`` prints: a line for each definition, and for each priority what is held or who would supply it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pytest

from analysis.catalogue.load import Catalogue, load_catalogue
from analysis.cli.listing import LISTS, levels, print_list
from analysis.indicators.coverage import COLUMNS, OUTCOME_COLUMNS
from analysis.paths import DEFINITIONS, Project


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue(DEFINITIONS)


def test_every_definition_has_its_line(
    catalogue: Catalogue, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = Project(tmp_path)
    expected = {
        "indicators": len(catalogue.indicators),
        "plans": sum(len(plan.aims) for plan in catalogue.plans.values()),
        "editions": len(catalogue.editions),
        "places": len(catalogue.places),
        "targets": sum(len(plan.targets) for plan in catalogue.plans.values())
        + sum(one.target is not None for one in catalogue.indicators.values()),
        "sources": sum(len(source.releases) for source in catalogue.sources.values()),
    }
    for what, count in expected.items():
        print_list(what, catalogue, project)
        lines = capsys.readouterr().out.splitlines()
        assert lines[0].split("\t") == list(LISTS[what](catalogue, project).headings)
        assert len(lines) == 1 + count
        assert {line.count("\t") for line in lines} == {len(LISTS[what](catalogue, project).headings) - 1}


@pytest.mark.parametrize("what", ["coverage", "outcomes"])
def test_before_anything_is_built_coverage_says_so(catalogue: Catalogue, tmp_path: Path, what: str) -> None:
    listed = LISTS[what](catalogue, Project(tmp_path))
    assert not listed.rows
    assert all(edition in listed.summary.partition("Not built yet: ")[2] for edition in catalogue.editions)


def write(folder: Path, table: str, columns: Sequence[str], *rows: dict[str, object]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    pd.DataFrame([dict.fromkeys(columns, "") | row for row in rows])[list(columns)].to_csv(
        folder / f"{table}.csv", index=False
    )


COUNTS = {"outcomes": 4, "outcomes_measured": 1, "city_indicators": 1, "ward_indicators": 0}


def test_coverage_names_what_is_held_or_who_would_supply_it(catalogue: Catalogue, tmp_path: Path) -> None:
    edition, other = list(catalogue.editions)[:2]
    rows: list[dict[str, object]] = [
        {"aim": "a", "priority": "a.1", "indicators": "jobs pay", "latest_period_end": "2017-12-31", "gap_source": "Q"},
        {"aim": "a", "priority": "a.2", "without_value": "homes", "awaited": "ONS, from 2019", "gap_source": "Q"},
        {"aim": "b", "priority": "b.1", "gap_source": "A survey"},
        {"aim": "b", "priority": "b.2"},
    ]
    folder = tmp_path / "data" / "processed"
    write(folder / edition, "coverage", COLUMNS, *({"plan": "p", **COUNTS, **row} for row in rows))
    write(folder / other, "coverage", COLUMNS[1:], *rows)  # of an earlier form
    listed = LISTS["coverage"](catalogue, Project(tmp_path))
    assert [row[2] for row in listed.rows] == ["a.1", "a.2", "b.1", "b.2"]
    assert [row[4:8] for row in listed.rows] == [("1 of 4", "1", "0", when) for when in ["2017-12"] + 3 * ["never"]]
    assert [row[8] for row in listed.rows] == [
        "jobs pay", "no value yet: homes (ONS, from 2019)", "none: A survey", "none: no source named"
    ]  # fmt: skip
    assert listed.sections == {1, 3}
    assert listed.summary.startswith(
        "4 priorities, 3 of them without an indicator that has a value; 4 of 16 outcomes with one. "
        f"Not built yet: {other}"
    )


def test_outcomes_are_listed_with_what_measures_them(catalogue: Catalogue, tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        {"outcome": "a.1-a", "statement": "More", "indicators": "jobs", "latest_period_end": "2017-12-31"},
        {"outcome": "a.1-b", "statement": "Better", "without_value": "pay"},
        {"outcome": "a.1-c", "statement": "Fewer"},
    ]
    folder = tmp_path / "data" / "processed" / next(iter(catalogue.editions))
    counts = {"plan": "p", "priority": "a.1", "direction": "increase", "city_indicators": 1, "ward_indicators": 0}
    write(folder, "coverage_outcomes", OUTCOME_COLUMNS, *({**counts, **row} for row in rows))
    listed = LISTS["outcomes"](catalogue, Project(tmp_path))
    assert [row[-1] for row in listed.rows] == ["jobs", "no value yet: pay", "none"]
    assert listed.rows[0][1:-1] == ("a.1-a", "More", "increase", "1", "0", "2017-12")
    assert listed.summary.startswith("3 outcomes, 2 of them without an indicator that has a value.")


def test_levels_are_those_of_all_inputs(catalogue: Catalogue) -> None:
    assert levels(catalogue.indicators["fuel_poverty"]) == {"ward", "lsoa", "lad"}

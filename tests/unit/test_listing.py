"""What ``sotc list`` prints: a line for each definition, and for each priority what is held or who would supply it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from analysis.catalogue import Catalogue, load_catalogue
from analysis.listing import LISTS, levels, print_list
from analysis.paths import DEFINITIONS, Project
from analysis.tables import INDICATOR_COLUMNS


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
        "sources": sum(len(source.releases) for source in catalogue.sources.values()),
    }
    for what, count in expected.items():
        print_list(what, catalogue, project)
        lines = capsys.readouterr().out.splitlines()
        assert len(lines) == count
        assert {line.count("\t") for line in lines} == {len(LISTS[what](catalogue, project).headings) - 1}


def test_before_anything_is_built_coverage_says_so(catalogue: Catalogue, tmp_path: Path) -> None:
    listed = LISTS["coverage"](catalogue, Project(tmp_path))
    assert not listed.rows
    assert "Not built yet: " in listed.summary


def test_coverage_names_what_is_held_or_who_would_supply_it(catalogue: Catalogue, tmp_path: Path) -> None:
    edition = next(iter(catalogue.editions.values()))
    folder = tmp_path / "data" / "processed" / edition.id
    folder.mkdir(parents=True)
    row = dict.fromkeys(INDICATOR_COLUMNS, "") | {
        "indicator": "employment_rate", "geography": "lad", "value": "67", "period_end": "2017-12-31"
    }  # fmt: skip
    pd.DataFrame([row]).to_csv(folder / "indicators.csv", index=False)
    listed = LISTS["coverage"](catalogue, Project(tmp_path))
    rows = {line[2]: line for line in listed.rows}
    assert len(rows) == sum(len(catalogue.plans[plan].priorities) for plan in edition.plans)
    for priority in catalogue.indicators["employment_rate"].priorities:
        assert rows[priority][5:] == ("1", "0", "2017-12", "employment_rate")
    for key, line in rows.items():
        gap = catalogue.priorities[key].gap
        if gap is not None:
            assert line[-1] == f"none: {gap.source}", key
            assert line[-2] == "never"


def test_levels_are_those_of_all_inputs(catalogue: Catalogue) -> None:
    assert levels(catalogue.indicators["fuel_poverty"]) == {"ward", "lsoa", "lad"}

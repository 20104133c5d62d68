"""Which priorities and outcomes an edition speaks to: what counts, what is awaited, and what is named as a gap."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from analysis.blocks import Table, Text
from analysis.catalogue.plans import Aim, Gap, Outcome, Plan, Priority
from analysis.indicators.coverage import COLUMNS, OUTCOME_COLUMNS, coverage_tables
from analysis.narrative.coverage import table_coverage
from analysis.tables.contract import TABLE_KEYS
from analysis.tables.loaded import LoadedEdition, load_edition

CITY, PEER, WARD = "E07000001", "E07000002", "E05000001"
MORE, LESS = (Outcome(f"a.1-{letter}", statement, "increase", "p. 1", names) for letter, statement, names in (
    ("a", "More jobs", ("jobs", "heat")), ("b", "Better jobs", ())
))  # fmt: skip
PLAN = Plan(
    "p", "Plan", "2018", "Council", "", "",
    (
        Aim("a", "Work", "", (
            Priority("a.1", "Jobs", outcomes=(MORE, LESS), gap=Gap("Nobody asks how good.", "A survey of work")),
            Priority("a.2", "Pay", gap=Gap("Nobody counts it.", "A survey")),
        )),
        Aim("b", "Homes", "", (
            Priority("b.1", "Warmth", gap=Gap("Not yet.", "Later")),
            Priority("b.2", "Space", outcomes=(Outcome("b.2-a", "More rooms", "increase", "p. 2", ("rooms",)),)),
        )),
    ),
)  # fmt: skip
OTHER = Plan("q", "Other", "2023", "Council", "", "", (Aim("a", "Work again", "", (Priority("q.1", "Jobs"),)),))


def indicator(name: str, *priorities: str, series: str | None = None, source: str = "els") -> Any:
    given = SimpleNamespace(source=source, series={"value": series or name}, lag_months=3)
    return SimpleNamespace(id=name, priorities=priorities, inputs=(given,))


INDICATORS: dict[str, Any] = {
    one.id: one for one in (indicator("jobs", "a.1"), indicator("heat", "b.1", "a.1"), indicator("rooms", "b.2"))
}
SOURCES: dict[str, Any] = {
    "els": SimpleNamespace(publisher="ONS", title="Local statistics", releases={}),
    "census": SimpleNamespace(
        publisher="ONS",
        title="Census",
        releases={day: SimpleNamespace(published=day) for day in ("2013-01-30", "2022-11-02", "2023-01-05", "live")},
    ),
}


def rows(*cells: tuple[str, str, str, str, float]) -> pd.DataFrame:
    return pd.DataFrame(list(cells), columns=["indicator", "area_code", "geography", "period_end", "value"])


def observed(*periods: tuple[str, str, str, float]) -> pd.DataFrame:
    table = pd.DataFrame(list(periods), columns=["area_code", "period_start", "period_end", "value"])
    return table.assign(geography="lad")


def tables(
    built: pd.DataFrame,
    observations: dict[str, dict[str, pd.DataFrame]] | None = None,
    indicators: dict[str, Any] = INDICATORS,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    context: Any = SimpleNamespace(
        place=SimpleNamespace(code=CITY),
        edition=SimpleNamespace(cut_off=dt.date(2018, 7, 31)),
        held=observations or {},
    )
    found = coverage_tables([PLAN, OTHER], indicators, SOURCES, context, built)
    assert set(found) == {"coverage", "coverage_outcomes"}
    assert tuple(found["coverage"].columns) == COLUMNS
    assert tuple(found["coverage_outcomes"].columns) == OUTCOME_COLUMNS
    for name, key in ((name, TABLE_KEYS[name]) for name in found):
        assert not found[name].duplicated(list(key)).any()
    return found["coverage"].set_index("priority"), found["coverage_outcomes"].set_index("outcome")


BUILT = rows(
    ("jobs", CITY, "lad", "2016-12-31", 1.0),
    ("jobs", CITY, "lad", "2017-12-31", 2.0),
    ("jobs", PEER, "lad", "2018-03-31", 2.0),
    ("heat", WARD, "ward22", "2020-12-31", 3.0),
    ("heat", CITY, "lad", "2021-12-31", float("nan")),
    ("rooms", CITY, "lad", "2021-03-21", float("nan")),
    ("rooms", PEER, "lad", "2021-03-21", 4.0),
    ("rooms", "E92000001", "country", "2021-03-21", 4.0),
)


def test_each_priority_has_a_row_that_says_what_speaks_to_it() -> None:
    found, _ = tables(BUILT)
    assert found.index.tolist() == ["a.1", "a.2", "b.1", "b.2", "q.1"]
    assert found["plan"].tolist() == ["p", "p", "p", "p", "q"]
    assert found["indicators"].tolist() == ["jobs heat", "", "heat", "", ""]
    assert found["city_indicators"].tolist() == [1, 0, 0, 0, 0]
    assert found["ward_indicators"].tolist() == [1, 0, 1, 0, 0]
    assert found["geographies"].tolist() == ["lad ward22", "", "ward22", "", ""]
    assert found["latest_period_end"].tolist() == ["2020-12-31", "", "2020-12-31", "", ""]
    assert found["outcomes"].tolist() == [2, 0, 0, 1, 0]
    assert found["outcomes_measured"].tolist() == [1, 0, 0, 0, 0]


def test_the_figures_of_other_places_alone_cover_nothing() -> None:
    found, outcomes = tables(BUILT)
    assert found.loc["b.2", "without_value"] == "rooms"
    assert outcomes.loc["b.2-a", ["indicators", "without_value", "latest_period_end"]].tolist() == ["", "rooms", ""]


def test_each_outcome_has_a_row_of_what_measures_it() -> None:
    _, found = tables(BUILT)
    assert found.index.tolist() == ["a.1-a", "a.1-b", "b.2-a"]
    assert found["indicators"].tolist() == ["jobs heat", "", ""]
    assert found[["city_indicators", "ward_indicators"]].to_numpy().tolist() == [[1, 1], [0, 0], [0, 0]]
    assert found.loc["a.1-a", ["statement", "direction", "geographies"]].tolist() == [
        "More jobs", "increase", "lad ward22"
    ]  # fmt: skip


def test_a_gap_is_named_where_a_priority_or_an_outcome_of_it_has_no_figure() -> None:
    found, _ = tables(rows(("heat", WARD, "ward22", "2020-12-31", 3.0)))
    assert found["gap_reason"].tolist() == ["Nobody asks how good.", "Nobody counts it.", "", "", ""]
    assert found["gap_source"].tolist() == ["A survey of work", "A survey", "", "", ""]
    empty, _ = tables(BUILT[:0])
    assert empty.loc["b.1", "gap_reason"] == "Not yet."
    assert empty.loc["a.1", "without_value"] == "jobs heat"


def test_what_is_awaited_is_named_with_its_first_later_period() -> None:
    held = {
        "els": {
            "rooms": observed(
                (PEER, "2018-01-01", "2018-12-31", 1.0),  # of another place
                (CITY, "2016-01-01", "2016-12-31", float("nan")),
                (CITY, "2016-01-01", "2016-12-31", 1.0),  # had been out, so it is not awaited
                (CITY, "2020-01-01", "2020-12-31", 1.0),
                (CITY, "2019-01-01", "2019-12-31", 1.0),
            )
        }
    }
    found, _ = tables(BUILT, held)
    assert found.loc["b.2", "awaited"] == "from 2019, in Local statistics (ONS)"
    assert found.loc[["a.1", "a.2", "b.1", "q.1"], "awaited"].tolist() == ["", "", "", ""]


@pytest.mark.parametrize(
    ("source", "said"), [("census", "published 2 November 2022, in Census (ONS)"), ("els", "in Local statistics (ONS)")]
)
def test_of_a_source_that_is_not_opened_the_next_release_is_named(source: str, said: str) -> None:
    changed = INDICATORS | {"rooms": indicator("rooms", "b.2", source=source)}
    found, _ = tables(BUILT, indicators=changed)
    assert found.loc["b.2", "awaited"] == said


@pytest.fixture(scope="module")
def edition(tiny_built: Any) -> LoadedEdition:
    return load_edition(next(iter(tiny_built.catalogue().editions)), tiny_built.project)


def test_the_report_has_a_table_for_each_aim_and_a_row_for_each_priority(edition: LoadedEdition) -> None:
    shown = table_coverage(edition).blocks
    _, text = [block for block in shown if isinstance(block, Text)]
    printed = [block for block in shown if isinstance(block, Table)]
    coverage = edition.table("coverage").set_index("priority_title")
    assert [len(table.rows) for table in printed] == [len(aim.priorities) for aim in edition.plan.aims]
    for title, outcomes, city, wards, latest, missing in (row for table in printed for row in table.rows):
        row = coverage.loc[title]
        assert outcomes == f"{row['outcomes_measured']:.0f} of {row['outcomes']:.0f}"
        assert (city, wards) == (f"{row['city_indicators']:.0f}", f"{row['ward_indicators']:.0f}")
        assert (latest == "none") == (row["indicators"] == "")
        assert row["gap_source"] in missing
    assert "Tinyland noise survey" in printed[-1].rows[-1][-1]
    assert all(number.text in text.markdown for number in text.numbers)

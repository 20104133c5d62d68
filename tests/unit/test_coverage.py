"""Which priorities an edition speaks to: what counts, and what is named as a gap."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pandas as pd

from analysis.coverage import COLUMNS, measure_coverage
from analysis.model import Aim, Gap, Outcome, Plan, Priority

PLAN = Plan(
    "p", "Plan", "2018", "Council", "", "",
    (
        Aim("a", "Work", "", (
            Priority("a.1", "Jobs", outcomes=(Outcome("o", "More", "up", "p. 1"),)),
            Priority("a.2", "Pay", gap=Gap("Nobody counts it.", "A survey")),
        )),
        Aim("b", "Homes", "", (Priority("b.1", "Warmth", gap=Gap("Not yet.", "Later")), Priority("b.2", "Space"))),
    ),
)  # fmt: skip
INDICATORS: dict[str, Any] = {
    name: SimpleNamespace(id=name, priorities=priorities)
    for name, priorities in {"jobs": ["a.1"], "heat": ["b.1", "a.1"], "rooms": ["b.2"]}.items()
}


def rows(*cells: tuple[str, str, str, float]) -> pd.DataFrame:
    return pd.DataFrame(list(cells), columns=["indicator", "geography", "period_end", "value"])


def test_each_priority_has_a_row_that_says_what_speaks_to_it() -> None:
    built = rows(
        ("jobs", "lad", "2016-12-31", 1.0),
        ("jobs", "lad", "2017-12-31", 2.0),
        ("heat", "ward22", "2020-12-31", 3.0),
        ("rooms", "lad", "2021-03-21", float("nan")),
    )
    table = measure_coverage(PLAN, INDICATORS, built)
    assert tuple(table.columns) == COLUMNS
    found = table.set_index("priority")
    assert found.index.tolist() == ["a.1", "a.2", "b.1", "b.2"]
    assert found["indicators"].to_dict() == {"a.1": "jobs heat", "a.2": "", "b.1": "heat", "b.2": ""}
    assert found["city_indicators"].tolist() == [1, 0, 0, 0]
    assert found["ward_indicators"].tolist() == [1, 0, 1, 0]
    assert found["latest_period_end"].tolist() == ["2020-12-31", "", "2020-12-31", ""]
    assert found["without_value"].to_dict() == {"a.1": "", "a.2": "", "b.1": "", "b.2": "rooms"}
    assert found["outcomes"].tolist() == [1, 0, 0, 0]


def test_a_gap_is_named_only_where_nothing_speaks() -> None:
    found = measure_coverage(PLAN, INDICATORS, rows(("heat", "ward22", "2020-12-31", 3.0))).set_index("priority")
    assert found["gap_reason"].to_dict() == {"a.1": "", "a.2": "Nobody counts it.", "b.1": "", "b.2": ""}
    assert found["gap_source"].to_dict() == {"a.1": "", "a.2": "A survey", "b.1": "", "b.2": ""}
    empty = measure_coverage(PLAN, INDICATORS, rows()).set_index("priority")
    assert empty.loc["b.1", "gap_reason"] == "Not yet."
    assert empty.loc["a.1", "without_value"] == "jobs heat"

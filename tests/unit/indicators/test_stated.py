"""Each verdict on a figure that a plan states, on invented rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.catalogue.model import Peer, Place
from analysis.catalogue.plans import Check, Plan, StatedFigure
from analysis.indicators.stated import COLUMNS, check_stated_figures

CITY, COUNTRY, REGION = "E07990001", "E92990001", "E12990001"
PLACE = Place(
    "tinytown",
    "Tinytown",
    CITY,
    "Council",
    Peer(COUNTRY, "T", "country"),
    Peer(REGION, "N", "region"),
    (),
    "neighbours",
)


def rows(*cells: tuple[str, str, str, str, float]) -> pd.DataFrame:
    """Indicator, area, first day, last day and value of each row."""
    table = pd.DataFrame(list(cells), columns=["indicator", "area_code", "period_start", "period_end", "value"])
    return table.assign(sex="persons", unit="%", flag=np.where(table["value"].isna(), "[x]", "[r]"))


ROWS = rows(
    ("work", CITY, "2016-01-01", "2016-12-31", 64.0),
    ("work", CITY, "2017-01-01", "2017-12-31", 65.2),
    ("work", COUNTRY, "2017-01-01", "2017-12-31", 75.0),
    ("work", REGION, "2017-01-01", "2017-12-31", 71.0),
    ("jobs", CITY, "2016-04-01", "2017-03-31", 40.0),
    ("rank", CITY, "2015-01-01", "2015-12-31", 4.0),
    ("health", CITY, "2014-01-01", "2016-12-31", 57.2),
    ("health", COUNTRY, "2014-01-01", "2016-12-31", 63.2),
    ("blank", CITY, "2017-01-01", "2017-12-31", float("nan")),
)


def check(indicator: str = "work", period: str = "2017", tolerance: float = 0.05, **more: Any) -> Check:
    return Check(indicator=indicator, period=period, label=f"{indicator} {period}", tolerance=tolerance, **more)


def judged(value: float | None, *checks: Check, not_testable: str | None = None) -> dict[str, Any]:
    figure = StatedFigure("f", "It is so", value, "%", "p. 1", "challenge", checks=checks, not_testable=not_testable)
    plan = Plan("p", "Plan", "2018", "Council", "", "", (), stated_figures=(figure,))
    table = check_stated_figures(plan, ROWS, PLACE)
    assert tuple(table.columns) == COLUMNS
    (row,) = table.to_dict("records")
    return row


def test_the_first_check_that_holds_agrees() -> None:
    row = judged(65.2, check())
    assert row["verdict"] == "agrees"
    assert (row["found"], row["period_end"], row["flag"], row["compared"]) == (65.2, "2017-12-31", "[r]", "work 2017")


def test_a_later_check_that_holds_agrees_on_what_it_names() -> None:
    row = judged(64.0, check(), check(period="2016"))
    assert row["verdict"] == "agrees on a named measure or period"
    assert (row["found"], row["period_end"]) == (64.0, "2016-12-31")


def test_what_the_plan_leaves_open_agrees_only_on_what_the_check_names() -> None:
    row = judged(65.2, check(named=True))
    assert row["verdict"] == "agrees on a named measure or period"
    assert judged(50.0, check(named=True))["verdict"] == "differs"


def test_none_that_holds_differs_and_shows_the_first_with_a_value() -> None:
    row = judged(50.0, check("blank"), check(), check(period="2016"))
    assert row["verdict"] == "differs"
    assert (row["found"], row["compared"]) == (65.2, "work 2017")


def test_a_check_without_a_value_is_not_taken_for_the_first() -> None:
    assert judged(65.2, check("blank"), check())["verdict"] == "agrees on a named measure or period"


@pytest.mark.parametrize("checks", [(), (check("blank"),), (check(period="2011"),), (check("unknown"),)])
def test_without_a_value_it_is_not_testable_and_says_why(checks: tuple[Check, ...]) -> None:
    row = judged(1.0, *checks, not_testable=None if checks else "Nobody counts it.")
    assert row["verdict"] == "not testable with what is shipped"
    assert row["reason"] == ("no observation of the named indicator was out by the edition's cut-off" if checks else
                             "Nobody counts it.")  # fmt: skip
    assert np.isnan(row["found"])
    assert row["indicator"] == ""


@pytest.mark.parametrize(
    ("stated", "verdict"), [(65.0, "agrees"), (64.9, "differs"), (65.4, "agrees"), (65.5, "differs")]
)
def test_the_tolerance_holds_at_its_end(stated: float, verdict: str) -> None:
    assert judged(stated, check(tolerance=0.2))["verdict"] == verdict


@pytest.mark.parametrize(
    ("stated", "more", "found"),
    [
        (9.8, {"compare": "difference_from_england"}, 9.8),
        (None, {"compare": "below_england"}, 9.8),
        (71.0, {"area": "region"}, 71.0),
        (75.0, {"area": "england"}, 75.0),
        (75.0, {"area": COUNTRY}, 75.0),
        (6.0, {"indicator": "health", "period": "2014 to 2016", "compare": "difference_from_england"}, 6.0),
        (4.0, {"indicator": "rank", "period": "2015", "compare": "rank"}, 4.0),
        (40.0, {"indicator": "jobs", "period": "2017"}, 40.0),
        (65.2, {"period": "latest"}, 65.2),
    ],
)
def test_each_way_to_compare(stated: float | None, more: dict[str, Any], found: float) -> None:
    row = judged(stated, check(**more))
    assert row["verdict"] == "agrees"
    assert row["found"] == pytest.approx(found)


def test_above_the_country_is_not_below_it() -> None:
    above = judged(None, check("health", "2014 to 2016", compare="below_england", area=COUNTRY))
    assert above["verdict"] == "differs"


def test_a_difference_without_the_country_in_that_period_is_not_testable() -> None:
    assert judged(1.0, check(period="2016", compare="difference_from_england"))["verdict"].startswith("not testable")

"""Edges at which a comparison turns: exactly as many, exactly on the line, exactly on the day."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.catalogue.model import Input
from analysis.clean.periods import parse_period
from analysis.errors import DataError
from analysis.indicators import distribution
from analysis.indicators.context import Reference
from analysis.judge.scorecard import count_support
from analysis.measures.rates import byar_limits


def test_one_other_city_is_enough_for_a_rank(spec: Any) -> None:
    found = spec.verdict("CITY 2017 50 - -\nP1 2017 60 - -")
    assert (found["peers_rank"], found["peers_ranked"], found["peers_place"]) == (2, 2, "")


def test_where_all_cities_are_level_none_is_best_or_worst(spec: Any) -> None:
    level = "\n".join(f"{name} 2017 70 - -" for name in ("CITY", "P1", "P2", "P3", "P4"))
    for polarity in ("higher_is_better", "lower_is_better"):
        assert spec.verdict(level, polarity=polarity)["peers_place"] == ""
    one_behind = level.replace("P4 2017 70", "P4 2017 60")
    assert spec.verdict(one_behind)["peers_place"] == "joint best"


@pytest.mark.parametrize(
    ("after", "result"),
    [
        ("75 71 79", "no significant change"),  # 5 +- sqrt(9 + 16): the limit is 0 itself
        ("75.1 71.1 79.1", "improved"),
        ("65 61 69", "no significant change"),
        ("64.9 60.9 68.9", "worsened"),
    ],
)
def test_a_change_whose_limit_touches_none_is_not_significant(spec: Any, after: str, result: str) -> None:
    found = spec.verdict(f"CITY 2017 70 67 73\nCITY 2021 {after}", edition=spec.LATER)
    assert found["change_result"] == result


@pytest.mark.parametrize(("lag", "baseline"), [(7, "2017-12-31"), (8, "2016-12-31")])
def test_what_came_out_on_the_day_of_the_cut_off_was_known(spec: Any, lag: int, baseline: str) -> None:
    given = (Input("survey", "published", ("areas",), {"value": "x"}, lag),)
    text = "CITY 2016 69 68 70\nCITY 2017 70 69 71\nCITY 2021 75 74 76"
    assert spec.verdict(text, edition=spec.LATER, inputs=given)["baseline_end"] == baseline


@pytest.mark.parametrize(("day", "tested"), [("2017-12-31", False), ("2018-01-01", True), ("2013-01-01", True)])
def test_a_break_on_the_last_day_of_a_period_breaks_that_period(spec: Any, day: str, tested: bool) -> None:
    text = "\n".join(
        f"CITY {year} {60 + 3 * (year - 2013)} {59 + 3 * (year - 2013)} {61 + 3 * (year - 2013)}"
        for year in range(2013, 2018)
    )
    found = spec.verdict(text, breaks={day: "b"})
    assert (found["trend_result"] != "not tested") == tested, found["trend_reason"]


def test_as_many_cities_as_are_needed_give_a_place(spec: Any) -> None:
    text = "CITY 2017 95 - -\nP1 2017 60 - -\nP2 2017 70 - -\nP3 2017 80 - -"
    table = spec.judge(spec.rows(text), {"x": spec.indicator()}, spec.BASELINE, spec.PLACE)
    assert table.set_index("area_code").loc["CITY", ["peers_ranked", "peers_place"]].tolist() == [4, "best"]
    support = count_support(table, spec.BASELINE, spec.PLACE).set_index("judgement")
    assert support.loc["last among the port cities, by rank", ["series", "of", "expected_by_chance"]].tolist() == [
        1,
        1,
        0.25,
    ]


def test_the_last_release_counts_where_two_give_a_period(script: Callable[[str], Any]) -> None:
    kit = script("tests/unit/indicators/test_availability.py")
    old = kit.observations("rate", {"2015": 60.0, "2016": 61.0}, "2017-05-01")
    new = kit.observations("rate", {"2015": 60.5, "2016": 61.5}, "2018-05-01")
    context = kit.context({"2016": 61.0}, "2018-05-01")
    held = {"work": {"rate": pd.concat([new, old], ignore_index=True)}}
    context = dataclasses.replace(context, observations=held, held=held)
    assert context.latest(Reference("work", "rate", None))["value"].tolist() == [61.5]


@pytest.mark.parametrize(
    ("polarity", "gap", "low", "high", "result"),
    [
        ("lower_is_better", 5.0, 2.0, 8.0, "worse"),
        ("lower_is_better", -5.0, -8.0, -2.0, "better"),
        ("higher_is_better", 5.0, 2.0, 8.0, "better"),
        ("higher_is_better", -5.0, -8.0, -2.0, "worse"),
        ("neutral", 5.0, 2.0, 8.0, "higher"),
        ("lower_is_better", 5.0, -1.0, 11.0, ""),
        ("lower_is_better", 5.0, 0.0, 10.0, ""),
    ],
)
def test_who_bears_it(spec: Any, polarity: str, gap: float, low: float, high: float, result: str) -> None:
    said = distribution._result(spec.indicator(polarity=polarity), gap, {"gap_lower_ci95": low, "gap_upper_ci95": high})
    assert result in said
    if not result:
        assert not any(word in said for word in ("worse", "better", "higher", "lower"))


@pytest.mark.parametrize("text", ["2017-19", "2017/19", "201719"])
def test_a_split_year_names_two_years_in_a_row(text: str) -> None:
    for kind in ("financial", "academic", "to march"):
        with pytest.raises(DataError, match="not understood"):
            parse_period(text, kind)


def test_byars_limits_by_hand() -> None:
    # x = 10: 10 (1 - 1/90 - 1.96 / (3 sqrt 10))^3 and 11 (1 - 1/99 + 1.96 / (3 sqrt 11))^3
    (lower,), (upper,) = byar_limits([10], confidence=0.95)
    z = 1.959963984540054
    np.testing.assert_allclose(lower, 10 * (1 - 1 / 90 - z / (3 * np.sqrt(10))) ** 3, rtol=1e-12)
    np.testing.assert_allclose(upper, 11 * (1 - 1 / 99 + z / (3 * np.sqrt(11))) ** 3, rtol=1e-12)

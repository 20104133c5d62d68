"""Scorecard, early warnings, support and distribution from a few rows worked by hand."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.catalogue.model import Edition, Indicator, Input, KnownGap, Peer, Place
from analysis.catalogue.plans import Aim, Plan, Priority
from analysis.indicators.distribution import list_gaps, measure_distribution
from analysis.judge.scorecard import STRENGTHS, count_support, list_early_warnings, make_scorecard

PLACE = Place(
    "tinytown",
    "Tinytown",
    "CITY",
    "Council",
    Peer("LAND", "Landia", "country"),
    Peer("WEST", "West", "region"),
    (),
    "ports",
)
EDITION = Edition(
    id="tinytown-2018", place="tinytown", year=2018, title="Baseline", plans=("plan",), cut_off=dt.date(2018, 7, 31),
    ward_geography="ward22", lsoa_geography="lsoa11", releases={}, deprivation_weights={}, notebooks=(), seed=1,
)  # fmt: skip
PLAN = Plan(
    "plan", "The Plan", "2018", "Council", "Vision", "Cited",
    (
        Aim("aim-1", "First", "Wants", (Priority("p-1", "One"), Priority("p-2", "Two"))),
        Aim("aim-2", "Second", "Wants", (Priority("p-3", "Three"),)),
    ),
)  # fmt: skip


def indicator(name: str, *priorities: str, **changes: Any) -> Indicator:
    plain: dict[str, Any] = {
        "id": name, "title": name, "definition": "", "unit": "%", "polarity": "lower_is_better", "kind": "proportion",
        "decimals": 1, "inputs": (Input("s", "share", ("lsoa",), {}, 0),), "priorities": priorities, "speaks": "",
        "limits": "",
    }  # fmt: skip
    return Indicator(**{"comparison": "rank", "trend": "allowed"} | plain | changes)


INDICATORS = {"a": indicator("a", "p-1", "p-2"), "b": indicator("b", "p-1", headline=True), "c": indicator("c", "p-3")}


def judged(text: str) -> pd.DataFrame:
    """Judgements of the city: ``indicator benchmark trend change place repeated`` on each line, a dot for nothing."""
    words = {
        "benchmark": {"b": "better", "s": "similar", "w": "worse", "h": "higher", ".": "no limits held"},
        "trend": {"+": "improving", "=": "no significant change", "-": "getting worse", ".": "not tested"},
        "change": {"+": "improved", "=": "no significant change", "-": "worsened", ".": "not judged"},
        "place": {"f": "best", "l": "worst", "j": "joint worst", ".": ""},
    }
    table = []
    for line in text.strip().splitlines():
        name, benchmark, trend, change, place, repeated = line.split()
        table.append(
            {
                "indicator": name, "area_code": "CITY", "geography": "lad", "sex": "persons", "age": "all",
                "period_start": "2017-01-01", "period_end": "2017-12-31", "value": 1.0, "unit": "%",
                "polarity": "lower_is_better", "benchmark_result": words["benchmark"][benchmark],
                "benchmark_method": "rank only" if benchmark == "." else "limits",
                "trend_result": words["trend"][trend], "change_result": words["change"][change],
                "change_lower_ci95": np.nan if change == "." else 0.1, "peers_place": words["place"][place],
                "peers_rank": 8.0, "peers_ranked": 8.0, "repeated": {"y": "yes", "n": "no"}[repeated],
                "target_result": "no target",
            }
        )  # fmt: skip
    return pd.DataFrame(table)


def test_an_aim_counts_its_series_once_and_each_priority_those_that_serve_it() -> None:
    card = make_scorecard(judged("a w - . l n\nb b + . f n\nc . . . . n"), [PLAN], INDICATORS, PLACE)
    card = card.set_index(["aim", "priority"])
    first = card.loc[("aim-1", "")]
    assert (first["series"], first["worse"], first["better"]) == (2, 1, 1)
    assert (first["getting_worse"], first["improving"], first["not_tested"]) == (1, 1, 0)
    assert (first["best_of_peers"], first["worst_of_peers"]) == (1, 1)
    assert first["indicators"] == "a b"
    assert card.loc[("aim-1", "p-2"), "series"] == 1
    assert card.loc[("aim-2", "p-3"), ["series", "rank_only", "not_compared", "not_tested"]].tolist() == [1, 1, 0, 1]


def test_the_states_of_each_kind_add_up_to_the_series() -> None:
    card = make_scorecard(judged("a w - - l n\nb s = = . n\nc . . + . n"), [PLAN], INDICATORS, PLACE)
    beside = ["better", "similar", "worse", "higher_or_lower", "rank_only", "not_compared"]
    trends = ["improving", "no_significant_trend", "getting_worse", "going_up_or_down", "not_tested"]
    for columns in (beside, trends):
        assert (card[columns].sum(axis=1) == card["series"]).all()


@pytest.mark.parametrize(
    ("line", "strength"),
    [
        ("a w - . . n", 1),
        ("a s - . . n", 2),
        ("a w . - . n", 3),
        ("a s . - . n", 4),
        ("a w . . l n", 5),
        ("a w . . . n", 6),  # a tested difference from the country comes before any rank
        ("a . . . j n", 7),
        ("a . . . l y", 7),  # carried forward by its source: shown with its age, not hidden
        ("a b + + f n", None),
    ],
)
def test_what_a_warning_rests_on(line: str, strength: int | None) -> None:
    found = list_early_warnings(judged(line), INDICATORS, PLACE)
    assert found["strength"].tolist() == ([] if strength is None else [strength])
    if strength is not None:
        assert found["rests_on"].tolist() == [STRENGTHS[strength - 1]]


def test_warnings_come_by_strength_then_headlines_then_signals() -> None:
    found = list_early_warnings(judged("c . . . l n\na w . . l n\nb w . . . n"), INDICATORS, PLACE)
    assert found["indicator"].tolist() == ["a", "b", "c"]
    found = list_early_warnings(judged("c . . . l n\na w . . l n\nb w . . l n"), INDICATORS, PLACE)
    assert found["indicator"].tolist() == ["b", "a", "c"]
    assert found["order"].tolist() == [1, 2, 3]
    assert found["leads"].tolist() == ["yes"] * 3
    assert found["signals"].iloc[0] == "worst among the ports; worse than Landia"


def test_a_subject_has_one_entry_that_its_strongest_figure_leads() -> None:
    of_one = {key: dataclasses.replace(INDICATORS[key], subject="work") for key in ("a", "c")}
    found = list_early_warnings(judged("c . . . l n\na w . . . n\nb . . . l n"), {**INDICATORS, **of_one}, PLACE)
    assert found["indicator"].tolist() == ["a", "b", "c"]
    assert found["subject"].tolist() == ["work", "b", "work"]
    assert found["leads"].tolist() == ["yes", "yes", "no"]


def test_men_and_women_are_one_subject() -> None:
    table = pd.concat([judged("a w . . . n").assign(sex=sex) for sex in ("male", "female")])
    found = list_early_warnings(table, INDICATORS, PLACE)
    assert found[["sex", "leads"]].to_numpy().tolist() == [["female", "yes"], ["male", "no"]]


def test_the_support_counts_series_and_what_chance_would_flag() -> None:
    table = judged("a w - - l n\nb s = = . n\nc . . . . n")
    support = count_support(table, EDITION, PLACE).set_index("judgement")
    beside = support.loc["beside Landia, by limits"]
    assert (beside["series"], beside["of"], beside["flagged"]) == (2, 3, 1)
    assert beside["expected_by_chance"] == pytest.approx(0.1)
    trend = support.loc["recent trend"]
    assert (trend["series"], trend["flagged"], trend["level_pct"]) == (2, 1, 99.8)
    assert trend["expected_by_chance"] == pytest.approx(0.004)
    last = support.loc["last among the ports, by rank"]
    assert (last["series"], last["flagged"], last["expected_by_chance"]) == (3, 1, 0.375)


INDEX = pd.DataFrame(
    {
        "release": "2015", "source": "imd", "geography": "lsoa11", "area_code": [f"E{n:02}" for n in range(10)],
        "rank": range(1, 11), "population": [100.0] * 8 + [300.0, 100.0],
    }
)  # fmt: skip


def small(values: list[float], **changes: Any) -> pd.DataFrame:
    constant: dict[str, Any] = {
        "indicator": "a", "sex": "persons", "age": "all", "geography": "lsoa11", "period_start": "2017-01-01",
        "period_end": "2017-12-31", "unit": "%", "numerator": np.nan, "denominator": np.nan, "source": "s",
        "release": "1",
    }  # fmt: skip
    return pd.DataFrame({"area_code": INDEX["area_code"], "value": values}).assign(**constant | changes)


def test_shares_are_made_of_the_counts_of_a_fifth() -> None:
    """56 of 70 against 48 of 80: Newcombe's own example, 0.2 (0.0524 to 0.3339)."""
    counts = [50, 6, 5, 5, 5, 5, 5, 5, 8, 40]
    people = [60, 10, 10, 10, 10, 10, 10, 10, 30, 50]
    rows = small([100 * x / n for x, n in zip(counts, people, strict=True)], numerator=counts, denominator=people)
    found = measure_distribution(rows, INDICATORS, INDEX, EDITION).iloc[0]
    assert found[["fifth_1", "fifth_3", "fifth_5"]].tolist() == pytest.approx([80, 50, 60])
    assert found[["gap", "gap_lower_ci95", "gap_upper_ci95"]].tolist() == pytest.approx([20, 5.24, 33.39], abs=0.005)
    assert found["gap_result"] == "worse in the most deprived fifth"
    better = {"a": dataclasses.replace(INDICATORS["a"], polarity="higher_is_better")}
    assert measure_distribution(rows, better, INDEX, EDITION)["gap_result"].tolist() == [
        "better in the most deprived fifth"
    ]


def test_around_a_count_of_all_no_limits_are_drawn() -> None:
    counts, people = [50, 6, 5, 5, 5, 5, 5, 5, 8, 40], [60, 10, 10, 10, 10, 10, 10, 10, 30, 50]
    rows = small([1.0] * 10, numerator=counts, denominator=people)
    found = measure_distribution(rows, INDICATORS, INDEX, EDITION, {"s": "a count of all"}).iloc[0]
    assert (found["gap"], found["gap_result"], found["reason"]) == (20, "no interval", "a count of all")
    assert found[["most_lower_ci95", "least_upper_ci95", "gap_lower_ci95"]].isna().all()


def test_a_count_alone_gives_the_part_of_the_city_and_no_limits() -> None:
    counts = {"a": dataclasses.replace(INDICATORS["a"], kind="count")}
    found = measure_distribution(small([30.0, 10, 5, 5, 5, 5, 10, 10, 10, 10]), counts, INDEX, EDITION).iloc[0]
    assert found[[f"fifth_{n}" for n in range(1, 6)]].tolist() == [40, 10, 10, 20, 20]
    assert np.isnan(found["gap_lower_ci95"])
    assert (found["measure"], found["gap_result"]) == ("part of the city's total", "no interval")


def test_a_mean_is_one_over_residents() -> None:
    means = {"a": dataclasses.replace(INDICATORS["a"], kind="mean")}
    found = measure_distribution(small([4.0, 2, 1, 1, 1, 1, 1, 1, 2, 4]), means, INDEX, EDITION).iloc[0]
    assert (found["fifth_1"], found["fifth_5"]) == (3, 2.5)


def test_a_fifth_with_few_values_gives_no_figure_and_says_how_many_are_missing() -> None:
    counts = {"a": dataclasses.replace(INDICATORS["a"], kind="count")}
    found = measure_distribution(small([np.nan, 10, 5, 5, 5, 5, 10, 10, 10, 10]), counts, INDEX, EDITION).iloc[0]
    assert np.isnan(found["fifth_1"])
    assert np.isnan(found["gap"])
    assert (found["gap_result"], found["small_areas_missing"]) == ("no figure", 1)
    assert found["reason"] == "1 small areas of the most deprived fifth have no value"


def test_the_index_is_not_set_against_itself_and_other_vintages_are_left() -> None:
    assert measure_distribution(small([1.0] * 10, source="imd"), INDICATORS, INDEX, EDITION).empty
    assert measure_distribution(small([1.0] * 10, geography="lsoa21"), INDICATORS, INDEX, EDITION).empty


def test_gaps_hold_what_is_known_and_each_aim_without_a_distribution() -> None:
    distribution = pd.DataFrame({"indicator": ["a"], "gap": [1.0]})
    known = [KnownGap("race", "equality characteristic", "Race", "Not held.", "Census")]
    found = list_gaps(known, [PLAN], INDICATORS, distribution)
    assert found[["kind", "id"]].to_numpy().tolist() == [
        ["equality characteristic", "race"],
        ["distribution", "plan aim-2"],
    ]
    assert len(list_gaps(known, [PLAN], INDICATORS, distribution, ["c"])) == 1

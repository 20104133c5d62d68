"""Life expectancy of areas built up from small areas, on invented counts."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.errors import MeasureError
from analysis.measures.area_lifetable import area_life_expectancy
from analysis.measures.lifetable import life_table

AGES = ["0", "1-4", *[f"{a}-{a + 4}" for a in range(5, 85, 5)], "85+"]
STARTS = [0, 1, *range(5, 90, 5)]
SMALL = ["L1", "L2", "L3", "L4"]


@pytest.fixture
def counts() -> pd.DataFrame:
    rng = np.random.default_rng(5)
    index = pd.MultiIndex.from_product(
        [SMALL, [2019, 2020, 2021], ["female", "male"], AGES], names=["small_area", "year", "sex", "age"]
    )
    frame = index.to_frame(index=False)
    frame["population"] = rng.integers(60, 120, len(frame)).astype(float)
    risk = np.tile(np.linspace(0.002, 0.2, len(AGES)), len(frame) // len(AGES))
    frame["deaths"] = rng.poisson(frame["population"] * risk).astype(float)
    return frame


def both(counts: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    return counts.drop(columns="population"), counts.drop(columns="deaths")


def lookup(*pairs: tuple[str, str], weight: list[float] | None = None) -> pd.DataFrame:
    frame = pd.DataFrame(pairs, columns=["small_area", "area"])
    return frame if weight is None else frame.assign(weight=weight)


ALL = (("L1", "W1"), ("L2", "W1"), ("L3", "W2"), ("L4", "W2"))


def test_counts_are_summed_over_small_areas_years_and_sexes(counts: pd.DataFrame) -> None:
    result = area_life_expectancy(*both(counts), lookup(*ALL)).query("age == 0").set_index(["area", "sex"])
    inside = counts[counts["small_area"].isin(["L1", "L2"])]
    sums = inside.groupby("age")[["deaths", "population"]].sum().loc[AGES]
    expected = life_table(sums["deaths"], sums["population"], STARTS)
    assert result.loc[("W1", "persons"), "value"] == pytest.approx(expected.expectancy[0], rel=1e-12)
    assert result.loc[("W1", "persons"), "population"] == inside["population"].sum()
    assert set(result["reason"]) == {""}
    assert set(result["small_areas"]) == {2}
    assert not result["estimated"].any()


def test_any_ward_set_can_be_asked_for(counts: pd.DataFrame) -> None:
    one = area_life_expectancy(*both(counts), lookup(*((small, "City") for small in SMALL)))
    sums = counts.groupby("age")[["deaths", "population"]].sum().loc[AGES]
    expected = life_table(sums["deaths"], sums["population"], STARTS)
    np.testing.assert_allclose(one.query("sex == 'persons'")["value"], expected.expectancy, rtol=1e-12)


def test_weights_share_deaths_and_people_alike(counts: pd.DataFrame) -> None:
    pairs = (("L1", "W1"), ("L2", "W1"), ("L2", "W2"), ("L3", "W2"), ("L4", "W2"))
    result = area_life_expectancy(*both(counts), lookup(*pairs, weight=[1, 0.25, 0.75, 1, 1]))
    total = result.query("age == 0 and sex == 'persons'")
    assert total["population"].sum() == pytest.approx(counts["population"].sum())
    assert total["count"].sum() == pytest.approx(counts["deaths"].sum())
    assert total["estimated"].tolist() == [True, True]


def test_an_area_without_small_area_is_named_and_refused(counts: pd.DataFrame) -> None:
    result = area_life_expectancy(*both(counts), lookup(*ALL), areas=["W1", "W2", "W3"])
    empty = result[result["area"] == "W3"]
    assert len(empty) == 3 * len(AGES)
    assert set(empty["reason"]) == {"no small area"}
    assert empty[["value", "lower_ci95", "upper_ci95", "count"]].isna().all(axis=None)
    assert set(empty["small_areas"]) == {0}


@pytest.mark.parametrize("gone", ["small_area == 'L2'", "small_area == 'L2' and year == 2020"])
def test_a_small_area_without_all_rows_makes_its_area_missing(counts: pd.DataFrame, gone: str) -> None:
    rest = counts.drop(counts.query(gone).index)
    reasons = area_life_expectancy(*both(rest), lookup(*ALL)).groupby("area")["reason"].unique()
    assert reasons["W1"].tolist() == ["missing"]
    assert reasons["W2"].tolist() == [""]


def test_deaths_without_a_matching_population_row_are_missing(counts: pd.DataFrame) -> None:
    deaths, population = both(counts)
    population = population.drop(population.query("small_area == 'L3' and age == '85+'").index)
    reasons = area_life_expectancy(deaths, population, lookup(*ALL)).groupby("area")["reason"].unique()
    assert reasons["W2"].tolist() == ["missing"]
    assert reasons["W1"].tolist() == [""]


def test_small_areas_elsewhere_change_nothing(counts: pd.DataFrame) -> None:
    here = lookup(*ALL[:2])
    inside = counts[counts["small_area"].isin(["L1", "L2"])]
    pd.testing.assert_frame_equal(area_life_expectancy(*both(counts), here), area_life_expectancy(*both(inside), here))


def test_what_cannot_be_meant_raises(counts: pd.DataFrame) -> None:
    deaths, population = both(counts)
    good = lookup(*ALL)
    for bad, words in (
        ((deaths.drop(columns="sex"), population, good), "lacks the columns"),
        ((deaths.drop(columns="year"), population, good), "Only one of deaths and population"),
        ((deaths[deaths["year"] < 2021], population, good), "differ in year"),
        ((deaths.replace({"age": {"85+": "85-89"}}), population, good), "open one"),
        ((pd.concat([deaths, deaths.head(1)]), population, good), "repeats rows"),
        ((deaths, population, lookup(*ALL, ("L1", "W1"))), "twice"),
        ((deaths, population, lookup(*ALL, ("L1", "W2"))), "sum to 2"),
        ((deaths, population, lookup(*ALL, weight=[1, 1, 1, -1])), "negative weight"),
    ):
        with pytest.raises(MeasureError, match=words):
            area_life_expectancy(*bad)
    with pytest.raises(MeasureError, match="not among the areas wanted"):
        area_life_expectancy(deaths, population, good, areas=["W1"])

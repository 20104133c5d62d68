"""Life tables: shapes, refusals, and what the tidy front sums."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.errors import MeasureError
from analysis.measures.agebands import add_persons, band_starts, sum_bands
from analysis.measures.lifetable import life_expectancy, life_table, published_table

AGES = [0, 1, *range(5, 90, 5)]
PEOPLE = np.array([600, 2400, *[3000] * 12, 2400, 2000, 1500, 1000, 700], dtype=float)
DEATHS = np.array([3, 1, 0, 0, 1, 2, 2, 3, 4, 6, 9, 14, 22, 35, 45, 60, 80, 90, 140], dtype=float)


def changed(values: np.ndarray, position: int, value: float) -> np.ndarray:
    copy = values.copy()
    copy[position] = value
    return copy


REFUSED = {
    "missing": (changed(DEATHS, 4, np.nan), PEOPLE),
    "negative": (changed(DEATHS, 4, -1), PEOPLE),
    "deaths without people": (DEATHS, changed(PEOPLE, 4, 0)),
    "no people": (changed(DEATHS, 4, 0), changed(PEOPLE, 4, 0)),
    "more deaths than person-years": (changed(DEATHS, 4, 3001), PEOPLE),
    "too few person-years": (DEATHS / 20, PEOPLE / PEOPLE.sum() * 5000),
    "no deaths in the open band": (changed(DEATHS, -1, 0), PEOPLE),
}


def rows(deaths: np.ndarray = DEATHS, people: np.ndarray = PEOPLE, **columns: object) -> pd.DataFrame:
    return pd.DataFrame({"age": AGES, "deaths": deaths, "person_years": people, **columns})


@pytest.mark.parametrize("reason", REFUSED)
def test_each_refusal_refuses_the_whole_group_and_nothing_else(reason: str) -> None:
    deaths, people = REFUSED[reason]
    table = life_table([DEATHS, deaths], [PEOPLE, people], AGES)
    assert set(table.reason[0]) == {""}
    assert set(table.reason[1]) == {reason}
    for values in (table.expectancy, table.se, table.survivors[:, 1:], table.years_lived, *table.limits()):
        assert np.isfinite(values[0]).all()
        assert np.isnan(values[1]).all()


def test_a_missing_population_is_not_taken_for_no_survivors() -> None:
    """A public package takes q = 1 for a band with a missing count and prints 27 years without a warning."""
    table = life_table(DEATHS, changed(PEOPLE, 6, np.nan), AGES)
    assert set(table.reason) == {"missing"}
    assert np.isnan(table.expectancy).all()


def test_infinite_counts_are_missing_ones() -> None:
    assert set(life_table(changed(DEATHS, 2, np.inf), PEOPLE, AGES).reason) == {"missing"}


def test_floor_is_refused_and_one_person_year_more_is_not() -> None:
    people = np.full(len(AGES), 5000 / len(AGES))
    at, above = life_table(DEATHS / 5, people, AGES), life_table(DEATHS / 5, changed(people, 8, people[8] + 1), AGES)
    assert set(at.reason) == {"too few person-years"}
    assert "too few person-years" not in above.reason
    assert np.isfinite(life_table(DEATHS / 5, people, AGES, floor=0, widest=99).expectancy).all()


def test_wide_limits_are_refused_age_by_age() -> None:
    few = np.full(len(AGES), 270.0)
    deaths = changed(changed(np.zeros(len(AGES)), -1, 3.0), 0, 1.0)
    table = life_table(deaths, few, AGES)
    assert table.reason[0] == "limits too wide"
    assert np.isnan(table.limits()[0][0])
    loose = life_table(deaths, few, AGES, widest=1000)
    lower, upper = loose.limits()
    refused = table.reason != ""
    assert ((upper - lower)[refused] > 20).all()
    assert ((upper - lower)[~refused] <= 20).all()


def test_ages_beyond_the_last_survivor_are_refused() -> None:
    table = life_table(changed(DEATHS, -2, 500), PEOPLE, AGES)
    assert table.reason.tolist() == [""] * 18 + ["no survivors"]
    assert table.q[-2] == 1
    assert np.isnan(table.expectancy[-1])


def test_ages_before_the_last_band_are_widths_and_the_first_year_has_its_own_share() -> None:
    table = life_table(DEATHS, PEOPLE, AGES)
    assert table.widths.tolist() == [1, 4, *[5] * 16, np.inf]
    assert table.a.tolist() == [0.1, *[0.5] * 18]
    assert life_table(DEATHS[13:], PEOPLE[13:], AGES[13:]).a[0] == 0.5


def test_a_given_q0_replaces_the_first_band() -> None:
    table = life_table(DEATHS, PEOPLE, AGES, q0=0.02)
    assert table.survivors[1] == pytest.approx(98_000)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"ages": AGES[:-1]}, "one count for each age"),
        ({"ages": [5, *AGES[1:]]}, "rising"),
        ({"a": 1.5}, "from 0 to 1"),
        ({"q0": -0.1}, "from 0 to 1"),
        ({"deaths": DEATHS[:3]}, "do not fit"),
    ],
)
def test_arguments_without_meaning_raise(arguments: dict, words: str) -> None:
    with pytest.raises(MeasureError, match=words):
        life_table(**{"deaths": DEATHS, "person_years": PEOPLE, "ages": AGES, **arguments})


def test_published_table_refuses_what_is_missing() -> None:
    table = published_table([0, 65, 85], [[1.0, 0.9, np.nan], [1.0, 0.9, 0.0]], [[65.0, 14, 5], [65.0, 14, 0]])
    assert table.reason.tolist() == [["missing"] * 3, ["", "", "no survivors"]]
    assert table.expectancy[1, 0] == pytest.approx(79)


def test_years_are_pooled_by_leaving_them_out() -> None:
    years = pd.concat([rows(year=2020), rows(DEATHS * 2, year=2021)])
    pooled = life_expectancy(years)
    direct = life_table(DEATHS * 3, PEOPLE * 2, AGES)
    np.testing.assert_allclose(pooled["value"], direct.expectancy, rtol=1e-12)
    assert pooled["count"].iloc[0] == DEATHS.sum() * 3
    assert len(life_expectancy(years, "year")) == 2 * len(AGES)


def test_a_year_without_its_oldest_band_is_missing_not_zero() -> None:
    years = pd.concat([rows(year=2020), rows(year=2021).iloc[:-1]])
    assert set(life_expectancy(years)["reason"]) == {"missing"}


def test_a_group_that_lacks_a_band_is_missing() -> None:
    wards = pd.concat([rows(ward="A"), rows(ward="B").drop(index=5)])
    result = life_expectancy(wards, "ward").groupby("ward")["reason"].first()
    assert result.to_dict() == {"A": "", "B": "missing"}


def test_persons_are_one_table_of_summed_counts() -> None:
    sexes = pd.concat([rows(sex="female", ward="A"), rows(DEATHS * 2, sex="male", ward="A")])
    result = life_expectancy(add_persons(sexes, "ward"), ["ward", "sex"]).query("age == 0").set_index("sex")
    direct = life_table(DEATHS * 3, PEOPLE * 2, AGES).expectancy[0]
    assert result.loc["persons", "value"] == pytest.approx(direct, rel=1e-12)
    assert result.loc["persons", "value"] != pytest.approx(result.loc[["female", "male"], "value"].mean())


def test_persons_of_one_sex_alone_are_missing() -> None:
    sexes = pd.concat([rows(sex="female", ward="A"), rows(sex="male", ward="A"), rows(sex="male", ward="B")])
    result = life_expectancy(add_persons(sexes, "ward"), ["ward", "sex"]).query("age == 0 and sex == 'persons'")
    assert result.set_index("ward")["reason"].to_dict() == {"A": "", "B": "missing"}
    with pytest.raises(MeasureError, match="exactly two sexes"):
        add_persons(rows(sex="male"), "sex")


def test_several_levels_give_several_pairs_of_limits() -> None:
    result = life_expectancy(rows(), confidence=(0.95, 0.998))
    assert (result["upper_ci998"] > result["upper_ci95"]).all()
    assert (result["lower_ci998"] < result["lower_ci95"]).all()


def test_labels_are_read_and_checked() -> None:
    assert band_starts(["<1", "1–4", "5-9", "10+"]).tolist() == [0, 1, 5, 10]
    labelled = rows().assign(age=["0", "1-4", *[f"{a}-{a + 4}" for a in AGES[2:-1]], "85+"])
    pd.testing.assert_frame_equal(life_expectancy(labelled), life_expectancy(rows()))
    for labels, words in (
        (["0-4", "10-14", "15+"], "not continuous"),
        (["0-4", "3-9", "10+"], "not continuous"),
        (["0-4", "5-9"], "open one"),
        (["0-4", "old"], "cannot be read"),
    ):
        with pytest.raises(MeasureError, match=words):
            band_starts(labels)


def test_tables_without_columns_groups_or_ages_raise() -> None:
    with pytest.raises(MeasureError, match="lacks the columns"):
        life_expectancy(rows().drop(columns="deaths"))
    with pytest.raises(MeasureError, match="belong to no group"):
        life_expectancy(rows(ward=None), "ward")
    with pytest.raises(MeasureError, match="missing ages"):
        sum_bands(rows().assign(age=np.nan), [], age="age", values=["deaths"])

"""Life tables against published and computed cases."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.measures.lifetable import life_expectancy


@pytest.fixture(scope="module")
def edge_cases(shared: Path) -> dict[str, dict]:
    return {case["case"]: case for case in json.loads((shared / "cases/le_edge_cases.json").read_text())}


def computed(case: dict) -> pd.DataFrame:
    rows = pd.DataFrame(case["input"]).rename(columns={"startage": "age", "pops": "person_years"})
    return life_expectancy(rows).set_index("age")


def slow_table(deaths: list[float], people: list[float], ages: list[int]) -> list[tuple[float, float, float]]:
    """Chiang's table with Silcocks' limits, written band by band: value, lower and upper at each age."""
    last = len(ages) - 1
    z = stats.norm.ppf(0.975)
    lx, L, a, n, s2 = [100000.0], [], [], [], []
    for i, age in enumerate(ages):
        m = deaths[i] / people[i]
        a.append(0.1 if age == 0 else 0.5)
        n.append(math.inf if i == last else ages[i + 1] - age)
        if i == last:
            L.append(lx[i] / m)
            s2.append(4 / (deaths[i] * m * m))
            continue
        q = min(1.0, m * n[i] / (1 + m * n[i] * (1 - a[i])))
        s2.append(q * q * (1 - q) / deaths[i] if deaths[i] else 0.0)
        lx.append(lx[i] * (1 - q))
        L.append(n[i] * (lx[i + 1] + a[i] * (lx[i] - lx[i + 1])))
    e = [sum(L[i:]) / lx[i] for i in range(last + 1)]
    w = [s2[i] * lx[i] ** 2 * ((1 - a[i]) * n[i] + e[i + 1]) ** 2 for i in range(last)]
    w.append(s2[last] * (lx[last] / 2) ** 2)
    return [
        (e[i], e[i] - z * math.sqrt(sum(w[i:])) / lx[i], e[i] + z * math.sqrt(sum(w[i:])) / lx[i])
        for i in range(last + 1)
    ]


def test_sixteen_ward_tables_at_two_levels(shared: Path) -> None:
    rows = pd.read_csv(shared / "cases/le_wards_input.csv")
    expected = pd.read_csv(shared / "cases/le_wards_expected.csv").sort_values(["area", "sex", "startage"])
    ours = life_expectancy(
        rows,
        ["area", "sex"],
        age="startage",
        person_years="pops",
        confidence=(0.95, 0.998),
    )
    columns = ["value", "lower_ci95", "upper_ci95", "lower_ci998", "upper_ci998", "population", "count"]
    theirs = expected.iloc[:, 3:].to_numpy()
    np.testing.assert_allclose(ours[columns].to_numpy(), theirs, rtol=0, atol=1e-8)
    assert (ours["reason"] == "").all()


def test_worked_example_of_the_public_calculator(shared: Path) -> None:
    rows = pd.read_csv(shared / "cases/le_phe_test_example.csv")
    ours = life_expectancy(rows[["startage", "pops", "deaths"]], age="startage", person_years="pops")
    np.testing.assert_allclose(
        ours[["value", "lower_ci95", "upper_ci95"]], rows[["value", "lowercl", "uppercl"]], atol=1e-4
    )


@pytest.mark.parametrize("name", ["base", "zero_deaths_0_to_39", "total_pop_5001", "unsorted"])
def test_edge_cases_with_a_value(edge_cases: dict[str, dict], name: str) -> None:
    case = edge_cases[name]
    expected = pd.DataFrame(case["expected"]).set_index("startage").sort_index()
    ours = computed(case)
    np.testing.assert_allclose(
        ours[["value", "lower_ci95", "upper_ci95"]], expected[["value", "lowercl", "uppercl"]], atol=1e-8
    )


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("zero_deaths_90plus", "no deaths in the open band"),
        ("zero_pop_mid_band", "deaths without people"),
        ("negative_deaths", "negative"),
        ("total_pop_5000", "too few person-years"),
    ],
)
def test_edge_cases_that_are_refused(edge_cases: dict[str, dict], name: str, reason: str) -> None:
    case = edge_cases[name]
    assert all(row["value"] is None for row in case["expected"])
    ours = computed(case)
    assert ours[["value", "lower_ci95", "upper_ci95"]].isna().all(axis=None)
    assert set(ours["reason"]) == {reason}


def test_ages_nobody_reaches_have_no_value(edge_cases: dict[str, dict]) -> None:
    """The source prints 0 years, with limits that are no numbers, where nobody is alive: ours is missing."""
    case = edge_cases["deaths_just_over_40pct_80_84"]
    expected = pd.DataFrame(case["expected"]).set_index("startage")
    ours = computed(case)
    np.testing.assert_allclose(
        ours.loc[:80, ["value", "lower_ci95", "upper_ci95"]],
        expected.loc[:80, ["value", "lowercl", "uppercl"]].astype(float),
        atol=1e-8,
    )
    assert (expected.loc[85:, "value"] == 0).all()
    assert ours.loc[85:, ["value", "lower_ci95", "upper_ci95"]].isna().all(axis=None)
    assert set(ours.loc[85:, "reason"]) == {"no survivors"}


def test_nineteen_bands_have_a_value(edge_cases: dict[str, dict]) -> None:
    """The source knows twenty bands only and gives none; the method holds for any closing age."""
    case = edge_cases["nineteen_bands_85plus"]
    assert all(row["value"] is None for row in case["expected"])
    ages, deaths, people = zip(*((r["startage"], r["deaths"], r["pops"]) for r in case["input"]), strict=True)
    ours = computed(case)
    slow = slow_table(list(deaths), list(people), list(ages))
    np.testing.assert_allclose(ours[["value", "lower_ci95", "upper_ci95"]], slow, atol=1e-9)
    assert 70 < ours["value"].iloc[0] < 80


def test_the_slow_table_is_the_same_method(edge_cases: dict[str, dict]) -> None:
    """The loop that stands in for the missing expectation above meets the source's own numbers."""
    case = edge_cases["base"]
    ages, deaths, people = zip(*((r["startage"], r["deaths"], r["pops"]) for r in case["input"]), strict=True)
    expected = pd.DataFrame(case["expected"])[["value", "lowercl", "uppercl"]]
    np.testing.assert_allclose(slow_table(list(deaths), list(people), list(ages)), expected, atol=1e-8)

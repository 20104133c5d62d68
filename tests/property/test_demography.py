"""What must hold of life tables, healthy life, slopes, gaps and concentration whatever the numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from analysis.measures.agebands import add_persons
from analysis.measures.concentration import concentration_index, gini, theil
from analysis.measures.gaps import arriaga, best_to_worst_gap, life_expectancy_gap, noise_range
from analysis.measures.healthy import healthy_life_expectancy
from analysis.measures.inequality import slope_index, slope_index_simulated
from analysis.measures.lifetable import LifeTable, life_expectancy, life_table
from analysis.measures.ranks import relative_rank

quickly = settings(deadline=None, max_examples=40)


def floats(low: float, high: float, size: int) -> st.SearchStrategy[np.ndarray]:
    return hnp.arrays(np.float64, size, elements=st.floats(low, high, allow_subnormal=False))


@st.composite
def counts(draw: st.DrawFn, tables: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Whole deaths and person-years over 4 to 19 bands that give a value at every age."""
    bands = draw(st.integers(4, 19))
    ages = np.array([0, 1, *range(5, 90, 5)], dtype=float)[:bands]
    people = np.round(draw(hnp.arrays(np.float64, (tables, bands), elements=st.floats(3_000, 40_000))))
    risk = draw(hnp.arrays(np.float64, (tables, bands), elements=st.floats(0.0005, 0.19)))
    return np.maximum(np.round(people * risk), 1), people, ages


def table(deaths: np.ndarray, people: np.ndarray, ages: np.ndarray) -> LifeTable:
    return life_table(deaths, people, ages, widest=np.inf)


@quickly
@given(counts(), st.integers(2, 50))
def test_more_of_the_same_changes_the_limits_alone(data: tuple, factor: int) -> None:
    deaths, people, ages = data
    one, many = table(deaths, people, ages), table(deaths * factor, people * factor, ages)
    np.testing.assert_allclose(many.expectancy, one.expectancy, rtol=1e-9)
    np.testing.assert_allclose(many.se, one.se / np.sqrt(factor), rtol=1e-9)


@quickly
@given(counts(), st.randoms(use_true_random=False))
def test_order_of_rows_changes_nothing(data: tuple, random: object) -> None:
    deaths, people, ages = data
    rows = pd.DataFrame({"age": ages, "deaths": deaths[0], "person_years": people[0]})
    order = list(range(len(rows)))
    random.shuffle(order)
    pd.testing.assert_frame_equal(life_expectancy(rows.iloc[order]), life_expectancy(rows))


@quickly
@given(counts(tables=3))
def test_summed_areas_are_the_table_of_their_sums(data: tuple) -> None:
    deaths, people, ages = data
    rows = pd.concat(
        [pd.DataFrame({"ward": i, "age": ages, "deaths": deaths[i], "person_years": people[i]}) for i in range(3)]
    )
    together = life_expectancy(rows, widest=np.inf)
    np.testing.assert_allclose(together["value"], table(deaths.sum(0), people.sum(0), ages).expectancy, rtol=1e-10)
    parts = life_expectancy(rows, "ward", widest=np.inf)
    assert together["count"].iloc[0] == parts.groupby("ward")["count"].first().sum()


@quickly
@given(counts(), st.integers(0, 18), st.floats(1.05, 2.0))
def test_more_deaths_never_lengthen_life(data: tuple, band: int, factor: float) -> None:
    deaths, people, ages = data
    worse = deaths.copy()
    worse[0, band % ages.size] *= factor
    before, after = table(deaths, people, ages), table(worse, people, ages)
    alive = np.isfinite(after.expectancy)
    assert (after.expectancy <= before.expectancy + 1e-9)[alive].all()
    assert after.expectancy[0, 0] < before.expectancy[0, 0]


@quickly
@given(counts())
def test_limits_contain_the_value_and_widen_with_the_level(data: tuple) -> None:
    result = table(*data)
    lower, upper = result.limits(0.95)
    low, high = result.limits(0.998)
    assert (low <= lower).all()
    assert (lower <= result.expectancy).all()
    assert (result.expectancy <= upper).all()
    assert (upper <= high).all()


@quickly
@given(
    counts(),
    st.integers(0, 18),
    st.sampled_from(
        [
            ("missing", lambda d, p: (np.nan, p)),
            ("missing", lambda d, p: (d, np.nan)),
            ("negative", lambda d, p: (-1.0, p)),
            ("negative", lambda d, p: (d, -1.0)),
            ("deaths without people", lambda d, p: (d, 0.0)),
            ("no people", lambda d, p: (0.0, 0.0)),
            ("more deaths than person-years", lambda d, p: (p + 1, p)),
        ]
    ),
)
def test_one_bad_band_anywhere_refuses_every_age(data: tuple, band: int, fault: tuple) -> None:
    deaths, people, ages = data
    reason, spoil = fault
    position = (0, band % ages.size)
    deaths[position], people[position] = spoil(deaths[position], people[position])
    result = table(deaths, people, ages)
    assert set(result.reason.ravel()) == {reason}
    assert np.isnan(result.expectancy).all()
    assert np.isnan(result.limits()).all()


@quickly
@given(counts(), floats(0.05, 1, 19), floats(10, 2000, 19))
def test_healthy_life_is_part_of_life(data: tuple, prevalence: np.ndarray, sample: np.ndarray) -> None:
    deaths, people, ages = data
    result, good, asked = table(deaths, people, ages), prevalence[: ages.size], sample[: ages.size]
    healthy = healthy_life_expectancy(result, good, asked)
    ill = healthy_life_expectancy(result, 1 - good, asked)
    alive = np.isfinite(healthy.expectancy)
    assert ((healthy.share <= 1 + 1e-12) & (healthy.share >= 0))[alive].all()
    np.testing.assert_allclose((healthy.expectancy + ill.expectancy), result.expectancy, rtol=1e-9)
    np.testing.assert_allclose(healthy.se, ill.se, rtol=1e-6, atol=1e-12)
    wider = healthy_life_expectancy(result, good, asked, mortality="silcocks")
    assert (wider.se >= healthy.se - 1e-12)[alive].all()


@quickly
@given(counts(tables=2))
def test_arriaga_parts_add_up_both_ways(data: tuple) -> None:
    deaths, people, ages = data
    first, second = (table(deaths[i], people[i], ages) for i in (0, 1))
    assume(np.all(first.survivors > 0) and np.all(second.survivors > 0))
    gap = second.expectancy[0] - first.expectancy[0]
    assert abs(arriaga(first, second).sum() - gap) < 1e-8
    assert abs(arriaga(first, second, both_ways=True).sum() - gap) < 1e-8
    np.testing.assert_allclose(
        arriaga(first, second, both_ways=True), -arriaga(second, first, both_ways=True), atol=1e-9
    )
    np.testing.assert_allclose(arriaga(first, first), 0, atol=1e-9)


groups = st.integers(2, 12)


@quickly
@given(groups.flatmap(lambda k: st.tuples(floats(50, 90, k), floats(100, 1e5, k), floats(0.1, 3, k))))
def test_slope_flips_with_order_and_scales_with_units(data: tuple) -> None:
    y, people, se = data
    ours, back = slope_index(y, people, se), slope_index(y[::-1], people[::-1], se[::-1])
    np.testing.assert_allclose(back.sii, -ours.sii, atol=1e-8)
    np.testing.assert_allclose(back.sii_limits[0.95], -np.array(ours.sii_limits[0.95])[::-1], atol=1e-8)
    scaled = slope_index(3 * y, 7 * people, 3 * se)
    np.testing.assert_allclose(scaled.sii, 3 * ours.sii, atol=1e-8)
    np.testing.assert_allclose(scaled.rii, ours.rii, rtol=1e-9)
    shifted = slope_index(y + 10, people, se)
    np.testing.assert_allclose(shifted.sii_limits[0.95], ours.sii_limits[0.95], atol=1e-7)


@quickly
@given(groups.flatmap(lambda k: st.tuples(floats(100, 1e5, k), floats(0.1, 3, k))), st.floats(0.05, 0.9))
def test_equal_groups_have_no_slope(data: tuple, value: float) -> None:
    people, se = data
    y = np.full(people.size, value)
    ours = slope_index(y, people, se)
    np.testing.assert_allclose([ours.sii, ours.rii - 1], 0, atol=1e-12)
    drawn = slope_index_simulated(y, people, se, scale="logit", seed=1, draws=1000)
    np.testing.assert_allclose([drawn.sii, drawn.rii - 1], 0, atol=1e-12)


@quickly
@given(
    groups.flatmap(lambda k: st.tuples(floats(0.02, 0.9, k), floats(100, 1e5, k), floats(0.01, 0.1, k))),
    st.sampled_from([100.0, 1.0, 0.2, -0.2, -1.0, -100.0]),
    st.sampled_from(["identity", "log", "logit"]),
)
def test_slope_limits_contain_the_value(data: tuple, multiplier: float, scale: str) -> None:
    y, people, se = data
    ours = slope_index(y, people, se, scale=scale, multiplier=multiplier, confidence=(0.95, 0.998))
    for limits, value in ((ours.sii_limits, ours.sii), (ours.rii_limits, ours.rii)):
        lower, upper = limits[0.95]
        low, high = limits[0.998]
        if np.isnan(low):  # a ratio whose floor is not clearly above 0
            continue
        assert low <= lower <= value <= upper <= high


@quickly
@given(groups.flatmap(lambda k: st.tuples(floats(50, 90, k), floats(100, 1e5, k), st.permutations(range(k)))))
def test_slope_does_not_depend_on_the_order_of_rows(data: tuple) -> None:
    y, people, order = data
    order = np.array(order)
    ours = slope_index(y, people, order=order)
    np.testing.assert_allclose(slope_index(y[::-1], people[::-1], order=order[::-1]).sii, ours.sii, atol=1e-8)
    place = relative_rank(people, order)
    np.testing.assert_allclose((place * people).sum() / people.sum(), 0.5, rtol=1e-9)


@quickly
@given(st.integers(2, 40).flatmap(lambda k: st.tuples(floats(50, 90, k), floats(0.1, 3, k))))
def test_gap_limits_contain_it_and_noise_grows_with_areas(data: tuple) -> None:
    y, se = data
    gap = best_to_worst_gap(y, se)
    assert gap.value == np.ptp(y)
    assert gap.limits[0.95][0] <= gap.value <= gap.limits[0.95][1]
    more = noise_range(np.append(se, 1.0))
    assert noise_range(se) <= more + 1e-12
    np.testing.assert_allclose(noise_range(4 * se), 4 * noise_range(se), rtol=1e-7)
    np.testing.assert_allclose(noise_range(se[::-1]), noise_range(se), rtol=1e-12)


@quickly
@given(counts(tables=2))
def test_gap_of_groups_flips_with_them(data: tuple) -> None:
    deaths, people, ages = data
    rows = pd.concat(
        [
            pd.DataFrame({"fifth": f, "age": ages, "deaths": deaths[i], "person_years": people[i]})
            for i, f in enumerate((1, 5))
        ]
    )
    one, other = (life_expectancy_gap(rows, most=m, least=n, widest=np.inf) for m, n in ((1, 5), (5, 1)))
    np.testing.assert_allclose(one["value"], -other["value"])
    np.testing.assert_allclose(one["lower_ci95"], -other["upper_ci95"])


incomes = st.integers(2, 30).flatmap(lambda k: st.tuples(floats(0.01, 1e4, k), floats(1, 1e4, k)))


@quickly
@given(incomes, st.floats(0.1, 100))
def test_indices_of_spread_ignore_scale_and_order_and_stay_in_range(data: tuple, factor: float) -> None:
    y, people = data
    assert -1e-9 <= gini(y, people) < 1
    assert theil(y, people).total >= -1e-9
    for index in (gini, lambda *a: theil(*a).total):
        np.testing.assert_allclose(index(factor * y, 3 * people), index(y, people), atol=1e-9)
        np.testing.assert_allclose(index(y[::-1], people[::-1]), index(y, people), atol=1e-9)
    assert abs(concentration_index(y, people)) <= gini(y, people) + 1e-9
    np.testing.assert_allclose(concentration_index(y[::-1], people[::-1]), -concentration_index(y, people), atol=1e-9)


@quickly
@given(incomes, st.integers(1, 5))
def test_theil_parts_add_up(data: tuple, number: int) -> None:
    y, people = data
    split = theil(y, people, groups=np.arange(y.size) % number)
    np.testing.assert_allclose(split.total, split.between + split.within, atol=1e-9)
    assert split.between >= -1e-9
    assert split.within >= -1e-9


@quickly
@given(counts())
def test_persons_lie_between_equal_sexes(data: tuple) -> None:
    deaths, people, ages = data
    half = pd.DataFrame({"age": ages, "deaths": deaths[0], "person_years": people[0], "ward": "A"})
    rows = pd.concat([half.assign(sex="female"), half.assign(sex="male", deaths=deaths[0] * 1.3)])
    result = life_expectancy(add_persons(rows, "ward"), "sex", widest=np.inf).query("age == 0")
    female, male, persons = result.set_index("sex").loc[["female", "male", "persons"], "value"]
    assert male < persons < female

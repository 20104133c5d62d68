"""Rates, standardised rates, differences and ratios: edges, refusals and shapes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.errors import MeasureError
from analysis.measures import _results
from analysis.measures.differences import (
    difference_of_estimates,
    difference_of_proportions,
    difference_of_rates,
    ratio_of_proportions,
    ratio_of_rates,
)
from analysis.measures.rates import byar_limits, exact_poisson_limits, mean, proportion, rate
from analysis.measures.standardised import ESP2013, directly_standardised_rate, indirectly_standardised_ratio

LIMITS = ["lower_ci95", "upper_ci95"]


@pytest.mark.parametrize("confidence", [0.95, 95])
def test_levels_are_shares_or_percentages(confidence):
    assert _results.level(confidence).z == pytest.approx(1.959963984540054, abs=1e-12)


@pytest.mark.parametrize("confidence", [0.5, 0.899, 1, 100, 89.9, 101, -1, 1.5])
def test_levels_outside_the_convention_are_refused(confidence):
    with pytest.raises(MeasureError, match="confidence level"):
        _results.level(confidence)


def test_levels_must_differ():
    with pytest.raises(MeasureError, match="different levels"):
        proportion([1], [2], confidence=(0.95, 95))


def test_several_levels_give_several_pairs():
    ours = rate([20], [100], confidence=(0.95, 0.998))
    assert list(ours) == ["count", "population", "value", *LIMITS, "lower_ci998", "upper_ci998", "method", "reason"]


@pytest.mark.parametrize(
    ("count", "denominator", "reason"),
    [
        (None, 10, "missing"),
        (3, None, "missing"),
        (-1, 10, "negative count"),
        (3, 0, "denominator not above 0"),
        (11, 10, "count above denominator"),
    ],
)
def test_proportions_that_are_refused(count, denominator, reason):
    ours = proportion([count, 5], [denominator, 10])
    assert ours["reason"].tolist() == [reason, ""]
    assert ours.loc[0, ["value", *LIMITS]].isna().all()
    assert ours.loc[0, "method"] == ""
    assert ours.loc[1, "value"] == 0.5


def test_proportions_of_none_and_all_touch_their_ends():
    ours = proportion([0, 10], 10)
    assert ours["lower_ci95"].tolist()[0] == 0.0
    assert ours["upper_ci95"].tolist()[1] == 1.0


def test_rates_may_exceed_their_population_but_not_lack_one():
    ours = rate([250, 3, None, -1], [220, 0, 10, 10])
    assert ours["reason"].tolist() == ["", "population not above 0", "missing", "negative count"]
    assert ours.loc[0, "value"] > 100_000


def test_exact_limits_are_the_poisson_tails():
    lower, upper = exact_poisson_limits([0, 1, 7])
    assert lower[0] == 0
    np.testing.assert_allclose(stats.poisson.sf([0, 6], lower[1:]), 0.025, rtol=1e-9)
    np.testing.assert_allclose(stats.poisson.cdf([0, 1, 7], upper), 0.025, rtol=1e-9)


def test_byar_has_no_lower_limit_where_it_would_be_negative():
    lower, upper = byar_limits([0, 1, 2], confidence=0.998)
    assert np.isnan(lower[:2]).all()
    assert lower[2] > 0
    assert (upper > 0).all()
    assert np.isnan(byar_limits([-1, np.nan])).all()


def test_the_index_of_a_series_is_kept_and_must_agree():
    count = pd.Series([1, 2], index=["A", "B"])
    assert list(rate(count, 100).index) == ["A", "B"]
    turned = rate(count, pd.Series([20, 10], index=["B", "A"]))
    assert turned["population"].to_dict() == {"A": 10, "B": 20}
    with pytest.raises(MeasureError, match="population and count differ in their labels: B, C on one side only"):
        rate(count, pd.Series([1, 2], index=["A", "C"]))
    with pytest.raises(MeasureError, match="differ in length"):
        rate([1, 2, 3], [1, 2])
    with pytest.raises(MeasureError, match="infinite"):
        rate([np.inf], [1])


def test_no_rows_give_no_rows():
    assert proportion([], []).empty
    assert rate(pd.Series(dtype=float), pd.Series(dtype=float)).empty


def test_means_agree_with_scipy_and_name_what_they_lack():
    values = [1.0, 2.0, 4.0, 8.0, 5.0, np.nan]
    ours = mean(values, by=["A", "A", "A", "B", "C", "C"])
    expected = stats.ttest_1samp(values[:3], 0).confidence_interval(0.95)
    np.testing.assert_allclose(ours.loc["A", LIMITS].astype(float), [expected.low, expected.high])
    assert ours["reason"].tolist() == ["", "one value", "missing"]
    assert ours.loc["B", "value"] == 8
    assert ours.loc["C", ["value", *LIMITS]].isna().all()
    assert mean([1, 2]).index.tolist() == ["all"]


def standard_table(count):
    bands = list(ESP2013)
    return pd.DataFrame([count] * 2, columns=bands, index=["A", "B"], dtype=float)


def test_a_standardised_rate_matches_its_bands_by_label():
    counts, people = standard_table(range(1, 20)), standard_table(range(1000, 1019))
    mixed = dict(sorted(ESP2013.items()))
    one = directly_standardised_rate(counts, people, ESP2013)
    pd.testing.assert_frame_equal(one, directly_standardised_rate(counts, people, mixed))
    pd.testing.assert_frame_equal(
        one.reset_index(drop=True),
        directly_standardised_rate(counts.to_numpy(), people.to_numpy(), list(ESP2013.values())),
    )
    with pytest.raises(MeasureError, match="95\\+ on one side only"):
        directly_standardised_rate(counts, people, {**ESP2013, "95+": 1})


def test_equal_band_rates_give_that_rate_whatever_the_standard():
    people = np.array([[1000.0, 2000.0, 500.0]])
    for standard in ([1, 1, 1], [5, 2, 9]):
        ours = directly_standardised_rate(people / 50, people, standard, multiplier=100)
        assert ours["value"].iloc[0] == pytest.approx(2.0)


def test_repeat_events_widen_the_limits():
    counts, people = [[40, 60]], [[1000, 1000]]
    once = directly_standardised_rate(counts, people, [1, 1])
    same = directly_standardised_rate(counts, people, [1, 1], squared_counts=counts)
    twice = directly_standardised_rate(counts, people, [1, 1], squared_counts=[[80, 120]])
    pd.testing.assert_frame_equal(once, same)
    half = [(one["upper_ci95"] - one["value"]).iloc[0] for one in (once, twice)]
    assert half[1] / half[0] == pytest.approx(np.sqrt(2))


@pytest.mark.parametrize(
    ("count", "people", "reason"),
    [
        (np.nan, 100, "missing count"),
        (5, np.nan, "missing population"),
        (-5, 100, "negative count"),
        (5, 0, "population not above 0"),
        (4, 100, "fewer than 10 events"),
    ],
)
def test_standardised_rates_that_are_refused(count, people, reason):
    ours = directly_standardised_rate([[5, count]], [[100, people]], [1, 1]).iloc[0]
    assert ours["reason"] == reason
    assert ours[["value", *LIMITS]].isna().all()


@pytest.mark.parametrize("standard", [[1, np.nan], [-1, 2], [0, 0], [1, 2, 3]])
def test_a_standard_without_meaning_raises(standard):
    with pytest.raises(MeasureError):
        directly_standardised_rate([[5, 5]], [[100, 100]], standard)


def test_tables_of_different_shape_or_label_raise():
    counts, people = standard_table(range(19)), standard_table(range(1, 20))
    with pytest.raises(MeasureError, match="expected the same"):
        directly_standardised_rate(counts.to_numpy(), people.to_numpy()[:, :5])
    turned = directly_standardised_rate(counts, people.iloc[::-1, ::-1])
    pd.testing.assert_frame_equal(turned, directly_standardised_rate(counts, people))
    with pytest.raises(MeasureError, match="populations and counts differ in their labels: B, C"):
        directly_standardised_rate(counts, people.rename(index={"B": "C"}))


def test_indirect_ratios_that_are_refused():
    people = [[100, 100], [100, np.nan], [100, -1], [0, 0], [100, 100]]
    ours = indirectly_standardised_ratio([None, 5, 5, 5, -2], people, [1, 2], [100, 100])
    assert ours["reason"].tolist() == [
        "missing count",
        "missing population",
        "negative population",
        "nothing expected",
        "negative count",
    ]
    assert ours[["value", *LIMITS]].isna().all(axis=None)
    with pytest.raises(MeasureError, match="reference band"):
        indirectly_standardised_ratio([5], [[1, 1]], [1, 2], [0, 1])


def test_the_reference_compared_with_itself_is_one_hundred():
    ours = indirectly_standardised_ratio([30], [[1000, 500]], [10, 20], [1000, 500]).iloc[0]
    assert ours["value"] == pytest.approx(100)
    assert ours["expected"] == pytest.approx(30)


@pytest.mark.parametrize(
    "function", [difference_of_proportions, difference_of_rates, ratio_of_proportions, ratio_of_rates]
)
def test_comparisons_of_two_refuse_by_name(function):
    ours = function([None, -1, 5, 5], [10, 10, 0, 10], [5, 5, 5, 5], 10)
    empty = "population not above 0" if "rates" in function.__name__ else "denominator not above 0"
    assert ours["reason"].tolist() == ["missing", "negative count", empty, ""]
    assert ours.loc[:2, ["value", *LIMITS]].isna().all(axis=None)
    assert (ours["method"] != "").tolist() == [False, False, False, True]


@pytest.mark.parametrize("function", [ratio_of_proportions, ratio_of_rates])
def test_ratios_need_events_on_both_sides(function):
    assert function([0, 5], 10, [5, 0], 10)["reason"].tolist() == ["no events", "no events"]


def test_differences_of_published_values():
    ours = difference_of_estimates([80, 80, 80], [79, None, 81], [81, 81, 82], [75] * 3, [73] * 3, [77] * 3)
    assert ours["reason"].tolist() == ["", "no limits", "value outside its limits"]
    assert ours.loc[1, "value"] == 5
    assert ours.loc[2, ["value", *LIMITS]].isna().all()

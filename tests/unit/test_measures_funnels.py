"""Funnels: exact tails about the benchmark, what published tools draw, verdicts at two levels, curves."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.errors import MeasureError
from analysis.measures import (
    compare_in_funnel,
    exact_poisson_limits,
    funnel_by,
    funnel_curve,
    funnel_limits,
    wilson_limits,
)

LIMITS = ["lower_ci95", "upper_ci95", "lower_ci998", "upper_ci998"]
STEPS = {-2: "lowest", -1: "lower", 0: "similar", 1: "higher", 2: "highest"}


def step(low_tail: float, high_tail: float) -> str:
    """Verdict by the probability of a count as low, and as high, as the one seen."""
    return STEPS[int(high_tail < 0.025) + int(high_tail < 0.001) - int(low_tail < 0.025) - int(low_tail < 0.001)]


def test_limits_are_where_the_tails_are_as_rare_as_the_level_says() -> None:
    n, p = np.array([5.0, 40, 1000, 250_000]), 0.12
    ours = funnel_limits(p, n, kind="proportion")
    for lower, upper, tail in (("lower_ci95", "upper_ci95", 0.025), ("lower_ci998", "upper_ci998", 0.001)):
        low, high = ours[lower].to_numpy() * n, ours[upper].to_numpy() * n
        given_low = low > 0
        np.testing.assert_allclose(stats.beta.sf(p, low + 1, n - low)[given_low], tail, rtol=1e-9)
        np.testing.assert_allclose(stats.beta.cdf(p, high, n - high + 1), tail, rtol=1e-9)
        assert (low[~given_low] == 0).all()
        assert ((1 - p) ** n[~given_low] >= tail).all()
    expected = np.array([0.2, 4, 56.15, 1e6])
    ours = funnel_limits(100, expected, kind="ratio")
    np.testing.assert_allclose(stats.gamma.cdf(expected, ours["upper_ci95"] * expected / 100), 0.025, rtol=1e-9)
    low = ours["lower_ci95"] * expected / 100
    np.testing.assert_allclose(stats.gamma.sf(expected, low + 1)[low > 0], 0.025, rtol=1e-9)


@settings(max_examples=150, deadline=None)
@given(st.integers(1, 3000), st.floats(0.001, 0.999), st.data())
def test_verdicts_of_proportions_are_those_of_the_binomial_tails(n: int, p: float, data: st.DataObject) -> None:
    x = data.draw(st.integers(0, n))
    ours = compare_in_funnel(x / n * 100, p * 100, n, kind="proportion", polarity="neutral", multiplier=100)
    expected = step(stats.binom.cdf(x, n, p), stats.binom.sf(x - 1, n, p))
    assert ours["result"].tolist() == [expected]
    again = compare_in_funnel(None, p, n, count=x, kind="proportion", polarity="neutral")
    assert again["result"].tolist() == [expected]


@settings(max_examples=150, deadline=None)
@given(st.floats(0.01, 3000), st.floats(-6, 6), st.sampled_from(["rate", "ratio"]))
def test_verdicts_of_rates_and_ratios_are_those_of_the_poisson_tails(expected: float, off: float, kind: str) -> None:
    x = max(round(expected + off * np.sqrt(expected)), 0)
    ours = compare_in_funnel(x / expected, 1, expected, kind=kind, polarity="neutral", multiplier=1)
    assert ours["result"].tolist() == [step(stats.poisson.cdf(x, expected), stats.poisson.sf(x - 1, expected))]


def test_a_count_of_none_is_no_verdict_where_it_is_to_be_expected() -> None:
    """0 of 20 at 3 %: a chance of 54 %. Wilson's limits about the benchmark put it beyond both."""
    ours = compare_in_funnel(0, 3, [20, 200, 400], kind="proportion", polarity="lower_is_better", multiplier=100)
    assert ours["result"].tolist() == ["similar", "better", "best"]
    assert ours["lower_ci95"].iloc[0] == 0
    theirs = compare_in_funnel(
        0, 3, 20, kind="proportion", polarity="lower_is_better", multiplier=100, method="fingertips"
    )
    assert theirs["result"].tolist() == ["best"]


@pytest.mark.parametrize(
    ("count", "people", "benchmark", "verdict"),
    [(3, 3, 10, "higher"), (0, 3, 90, "lower"), (0, 1, 99.9, "lower"), (1, 1, 2.5, "similar"), (1, 1, 2.4, "higher")],
)
def test_a_tail_as_large_as_the_level_says_is_not_beyond_it(
    count: int, people: int, benchmark: float, verdict: str
) -> None:
    """3 of 3 at 10 % has a chance of 0.001 exactly, whatever the last digits of the product say."""
    options = {"kind": "proportion", "polarity": "neutral", "multiplier": 100}
    assert compare_in_funnel(None, benchmark, people, count=count, **options)["result"].tolist() == [verdict]
    assert compare_in_funnel(100 * count / people, benchmark, people, **options)["result"].tolist() == [verdict]


@pytest.mark.parametrize("method", ["exact", "normal", "fingertips"])
@pytest.mark.parametrize("kind", ["proportion", "rate", "ratio", "standardised rate"])
def test_limits_of_any_size_and_benchmark_are_numbers_about_it(method: str, kind: str) -> None:
    benchmarks = [0, 1e-12, 0.5, 1 - 1e-12, 1] if kind == "proportion" else [0, 1e-9, 100, 1e9]
    for benchmark in benchmarks:
        limits = funnel_limits(benchmark, [1e-9, 0.5, 1, 3, 1e9], kind=kind, method=method)[LIMITS].to_numpy(
            dtype=float
        )
        assert np.isfinite(limits).all()
        assert (limits >= 0).all()
        assert (limits[:, [0, 2]] <= benchmark * (1 + 1e-9) + 1e-12).all()
        assert (limits[:, [1, 3]] >= benchmark * (1 - 1e-9) - 1e-12).all()


def test_published_verdicts_of_ratios() -> None:
    """PHEindicatormethods 2.1.0, testdata_funnel_ratio_inputs: two cases that confidence limits get wrong."""
    expected = [106.7211626, 56.15273544, 240.6273499]
    ours = compare_in_funnel(None, 100, expected, count=[141, 35, 0], kind="ratio", polarity="neutral")
    assert ours["result"].tolist() == ["highest", "lower", "lowest"]


@pytest.mark.parametrize(
    ("events", "low", "high", "low998", "high998"),
    [
        (1, 5.571644585, 0.025317898, 9.233410143, 0.001000547),
        (10, 18.39035799, 4.795387629, 24.13397235, 2.960519925),
        (100, 121.6268111, 81.36400699, 134.9243187, 71.92139974),
        (716, 770.4222128, 664.5083011, 802.60414, 636.1521174),
    ],
)
def test_the_curve_passes_through_the_published_points_of_ratios(
    events: int, low: float, high: float, low998: float, high998: float
) -> None:
    """PHEindicatormethods 2.1.0, testdata_funnel_ratio_outputs: the expected events at which a count is on a limit."""
    for name, expected in zip(LIMITS, (low, high, low998, high998), strict=True):
        ours = funnel_limits(100, expected, kind="ratio")
        tolerance = 1e-6 if expected > 1 else 2e-5  # the source stops its search at seven digits
        assert ours[name].iloc[0] == pytest.approx(100 * events / expected, rel=tolerance * 10)


@pytest.mark.parametrize(
    ("people", "limits"),
    [
        (10, [56.154344, 100, 42.03259, 100]),
        (41, [68.548635, 92.73626, 61.574398, 99.710497]),
        (25552, [80.158005, 81.126891, 79.878637, 81.406259]),
    ],
)
def test_the_normal_form_is_that_of_the_published_proportions(people: int, limits: list[float]) -> None:
    """PHEindicatormethods 2.1.0, testdata_funnel_prop_outputs, printed to six decimals."""
    ours = funnel_limits(80.642448, people, kind="proportion", method="normal", multiplier=100)
    np.testing.assert_allclose(ours[LIMITS].iloc[0].astype(float), limits, atol=2e-6)
    assert ours["method"].tolist() == ["Normal, per 100"]


@pytest.mark.parametrize("method", ["exact", "fingertips"])
@pytest.mark.parametrize(
    ("value", "benchmark", "people", "verdict"),
    [
        (7.7065767284991562, 8.9611086876279327, 5930, "best"),
        (9.8988121425428961, 8.9611086876279327, 2273, "similar"),
        (12.474645030425965, 8.9611086876279327, 1972, "worst"),
        (10.9783420463032, 12.8379546895717, 1339, "better"),
        (15.9065628476085, 12.8379546895717, 899, "worse"),
    ],
)
def test_published_control_limits_of_proportions(
    method: str, value: float, benchmark: float, people: int, verdict: str
) -> None:
    """fingertips-open (6780897), SpcForProportionsComparerTest: the same verdicts by either method."""
    ours = compare_in_funnel(
        value, benchmark, people, kind="proportion", polarity="lower_is_better", multiplier=100, method=method
    )  # fmt: skip
    assert ours["result"].tolist() == [verdict]


def test_what_fingertips_draws_are_confidence_limits_of_what_is_expected() -> None:
    shares = funnel_limits(20, [100, 1000], kind="proportion", method="fingertips", multiplier=100)
    np.testing.assert_allclose(shares["lower_ci95"], wilson_limits([20, 200], [100, 1000])[0] * 100)
    rates = funnel_limits(50, [10_000], kind="rate", method="fingertips")
    np.testing.assert_allclose(rates["upper_ci95"], exact_poisson_limits(5)[1] / 10_000 * 100_000)


def test_standardised_rates_are_compared_by_the_size_that_their_count_stands_for() -> None:
    """PHEindicatormethods: the size is count / rate; fewer than 10 events are not compared (rows of its test data)."""
    count, rate = [2419, 2130, 2111, 1912, 9, 0], [907.6174266, 752.3254955, 710.2689402, 662.4465438, 300.0, None]
    size = np.array(count[:4]) / np.array(rate[:4])
    ours = compare_in_funnel(rate, 705.0, count=count, kind="standardised rate", polarity="neutral")
    assert ours["result"].tolist() == ["highest", "higher", "similar", "lower", "not compared", "not compared"]
    assert ours["reason"].tolist()[4:] == ["fewer than 10 events"] * 2
    np.testing.assert_allclose(ours["population"].iloc[:4], size * 100_000)
    assert ours["method"].iloc[0] == "Exact Poisson, per 100,000"
    with pytest.raises(MeasureError, match="its value and its count"):
        compare_in_funnel([1.0], 1.0, [100], kind="standardised rate", polarity="neutral")


def test_refusals_have_their_reasons() -> None:
    ours = compare_in_funnel(
        [0.5, None, 0.5, 0.5, 0.5, 0.21, 1.5, -0.1],
        [0.2, 0.2, 0.2, None, 1.2, 0.2, 0.2, 0.2],
        [1000, 1000, 0, 10, 10, 100, 10, 10],
        kind="proportion",
        polarity="higher_is_better",
    )
    assert ours["reason"].tolist() == [
        "",
        "no value",
        "denominator not above 0",
        "missing",
        "benchmark outside its range",
        "",
        "value outside its range",
        "value outside its range",
    ]
    assert ours["result"].tolist() == ["best", *["not compared"] * 4, "similar", *["not compared"] * 2]
    assert funnel_limits([-1, None, 5], [10, 10, 0], kind="rate")["reason"].tolist() == [
        "benchmark outside its range",
        "missing",
        "denominator not above 0",
    ]
    for wrong in ({"kind": "mean"}, {"kind": "rate", "method": "wilson"}, {"kind": "rate", "multiplier": 0}):
        with pytest.raises(MeasureError):
            funnel_limits(1, 1, **wrong)
    for arguments in ({"denominator": 5, "count": 1}, {}, {"value": None, "count": 3}):
        with pytest.raises(MeasureError, match="two of value, denominator and count"):
            compare_in_funnel(**{"value": 1, "benchmark": 1, **arguments}, kind="rate", polarity="neutral")
    with pytest.raises(MeasureError, match="one or two"):
        compare_in_funnel(1, 1, 1, kind="rate", polarity="neutral", confidence=(0.9, 0.95, 0.998))


def test_multipliers_are_those_of_the_functions_that_give_the_values() -> None:
    for kind, suffix in (("proportion", "1"), ("rate", "100,000"), ("ratio", "100"), ("standardised rate", "100,000")):
        ours = funnel_limits(0.5, 1000, kind=kind)
        assert ours["method"].iloc[0].endswith(f", per {suffix}")


def test_limits_narrow_with_size_and_meet_the_benchmark() -> None:
    curve = funnel_curve(12, [3, 1e9, None, -1], kind="proportion", multiplier=100, points=60)
    for lower, upper in (LIMITS[:2], LIMITS[2:]):
        assert (curve[lower] <= 12).all()
        assert (curve[upper] >= 12).all()
        assert (np.diff(curve[upper]) <= 1e-9).all()
        assert (np.diff(curve[lower]) >= -1e-9).all()
    np.testing.assert_allclose(curve[LIMITS].iloc[-1].astype(float), 12, rtol=1e-3)
    assert curve["population"].iloc[[0, -1]].tolist() == pytest.approx([3, 1e9])
    with pytest.raises(MeasureError, match="no size above 0"):
        funnel_curve(1, [0], kind="rate")


def test_certain_benchmarks() -> None:
    ours = funnel_limits([0, 1], [10, 10], kind="proportion")
    assert ours[LIMITS].to_numpy().tolist() == [[0, 0, 0, 0], [1, 1, 1, 1]]
    assert funnel_limits(0, 10, kind="rate")[LIMITS].to_numpy().tolist() == [[0, 0, 0, 0]]


def test_groups_of_rows_are_compared_with_what_they_have_together() -> None:
    rows = pd.DataFrame(
        {"ward": list("AABC"), "count": [30, 50, 10, np.nan], "population": [100, 100, 200, 100], "year": [1, 2, 1, 1]}
    )
    ours = funnel_by(rows, "ward", kind="proportion", polarity="higher_is_better")
    assert ours["benchmark"].tolist() == pytest.approx([90 / 400] * 3)
    assert ours["result"].tolist() == ["best", "worst", "not compared"]
    assert ours["reason"].tolist() == ["", "", "no value"]

"""Comparison, peers, funnels, classes and trend: edges and refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.errors import MeasureError
from analysis.measures.comparison import (
    compare_intervals,
    compare_with_benchmark,
    expected_false_flags,
    place_among_peers,
)
from analysis.measures.quantiles import assign_quantiles, class_of, quantile_bounds
from analysis.measures.trend import recent_trend, trend_label, trend_of_proportions, trend_of_values


def test_refusals_of_a_comparison():
    ours = compare_with_benchmark(
        [1, 1, None, 3], [2, 2, 2, 2], [3, None, 3, 3], polarity="neutral", is_benchmark=[True, False, False, False]
    )
    assert ours["reason"].tolist() == ["is the benchmark", "no benchmark", "no limits", "limits in disorder"]
    assert (ours["result"] == "not compared").all()


def test_touching_is_similar_on_both_sides():
    ours = compare_with_benchmark([2, 1, 2.01, 1], [3, 2, 3, 1.99], 2, polarity="higher_is_better")
    assert ours["result"].tolist() == ["similar", "similar", "better", "worse"]
    assert compare_intervals([1], [2], 2, 3, polarity="neutral")["overlap"].tolist() == [True]


def test_one_wide_limit_alone_is_no_second_level():
    ours = compare_with_benchmark([1], [2], 3, polarity="neutral", wide_lower=[0.5])
    assert ours["reason"].tolist() == ["no limits"]
    inside = compare_with_benchmark([1], [2], 3, polarity="neutral", wide_lower=[1.1], wide_upper=[2.5])
    assert inside["reason"].tolist() == ["limits in disorder"]


def test_an_unknown_polarity_names_the_known_ones():
    with pytest.raises(MeasureError, match="'higher_is_better', 'lower_is_better' or 'neutral'"):
        compare_with_benchmark([1], [2], 3, polarity="up")
    with pytest.raises(MeasureError, match="polarity"):
        trend_label(["Increasing"], "up")


def test_peers_leave_the_area_out():
    values = pd.Series({"A": 5.0, "B": 7.0, "C": np.nan, "D": 7.0})
    ours = place_among_peers(values, polarity="higher_is_better")
    assert ours["rank"].tolist() == [3, 1, pd.NA, 1]
    assert ours["reason"].tolist() == ["", "", "missing", ""]
    assert ours.loc["A", ["peers_median", "peers_lowest", "peers_highest"]].tolist() == [7, 7, 7]
    assert ours.loc["B", ["peers_median", "peers_lowest", "peers_highest"]].tolist() == [6, 5, 7]
    assert ours.loc["C", "peers_median"] == 7
    alone = place_among_peers(pd.Series({"A": 1.0}), polarity="neutral")
    assert alone.loc["A", "reason"] == "no peers"
    assert np.isnan(alone.loc["A", "peers_median"])


def test_false_flags_grow_with_comparisons():
    assert expected_false_flags(0) == 0
    with pytest.raises(MeasureError):
        expected_false_flags(-1)


def test_quantiles_need_enough_areas_in_each_set():
    ours = assign_quantiles([1, 2, 3, 4, None, 9], 4, by=["a"] * 5 + ["b"])
    assert ours["quantile"].tolist() == [4, 3, 2, 1, pd.NA, pd.NA]
    assert ours["reason"].tolist() == ["", "", "", "", "missing", "fewer areas than groups"]
    assert assign_quantiles([5, 5, 5, 5], 2)["quantile"].nunique() == 1
    with pytest.raises(MeasureError, match="of 2 or more"):
        assign_quantiles([1, 2], 1)
    with pytest.raises(MeasureError, match="by is missing at position 1"):
        assign_quantiles([1, 2], 2, by=["a", None])


def test_classes_take_the_bound_below():
    bounds = quantile_bounds(range(1, 51))
    assert class_of([0, 10.8, 10.81, None, 99], bounds).tolist() == [1, 1, 2, pd.NA, 5]
    with pytest.raises(MeasureError, match="at least 5"):
        quantile_bounds([1, 2, None])
    with pytest.raises(MeasureError, match="ascending"):
        class_of([1], [3, 2, 1])


def series(**columns):
    years = range(2014, 2019)
    base = {
        "area_code": "A",
        "period_start": [f"{year}-01-01" for year in years],
        "period_end": [f"{year}-12-31" for year in years],
        "value": [10.0, 12.0, 14.0, 16.0, 18.0],
        "lower_ci95": [9.0, 11.0, 13.0, 15.0, 17.0],
        "upper_ci95": [11.0, 13.0, 15.0, 17.0, 19.0],
        "flag": "",
    }
    return pd.DataFrame(base | columns)


def verdict(table, **options):
    return recent_trend(table, by=["area_code"], method="value", **options).loc["A"]


def test_a_trend_of_dated_periods():
    ours = verdict(series(), polarity="higher_is_better")
    assert (ours["trend"], ours["label"]) == ("Increasing", "Increasing and getting better")
    assert (ours["first_period"], ours["last_period"], ours["points"]) == ("2014-01-01", "2018-12-31", 5)
    assert ours["slope"] == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"period_end": [f"{year}-12-31" for year in range(2016, 2021)]}, "overlapping periods"),
        ({"flag": ["", "", "[b]", "", ""]}, "declared break"),
        ({"value": [10, 10, 10, 12, 13.0], "lower_ci95": 1.0, "upper_ci95": 20.0}, "values repeated"),
        ({"value": [10, np.nan, 10, 12, 13.0]}, "missing value"),
        ({"lower_ci95": np.nan}, "no limits"),
        ({"upper_ci95": [9.0, 13, 15, 17, 19]}, "limits without width"),
        ({"period_start": [f"{y}-01-01" for y in (2012, 2014, 2015, 2016, 2017)],
          "period_end": [f"{y}-12-31" for y in (2012, 2014, 2015, 2016, 2017)]}, "gap in the series"),
        ({"period_start": [f"{y}-01-01" for y in (2014, 2014, 2015, 2016, 2017)],
          "period_end": [f"{y}-12-31" for y in (2014, 2014, 2015, 2016, 2017)]}, "period used twice"),
    ],
)  # fmt: skip
def test_trends_that_are_refused(columns, reason):
    ours = verdict(series(**columns))
    assert (ours["trend"], ours["label"], ours["reason"]) == ("Cannot be calculated",) * 2 + (reason,)
    assert np.isnan(ours["chi2"])
    assert np.isnan(ours["slope"])


def test_a_break_before_the_first_point_is_no_break_within():
    assert verdict(series(flag=["[b]", "", "", "", ""]))["reason"] == ""


def test_only_the_last_five_points_count():
    longer = pd.concat([series().assign(period_start="2010-01-01", period_end="2010-12-31").head(1), series()])
    assert verdict(longer.sample(frac=1, random_state=1))["trend"] == "Increasing"
    assert verdict(series().head(4))["reason"] == "fewer than 5 points"


def test_a_single_point_that_makes_the_trend_is_not_trusted():
    """A chi-square beyond the threshold that hangs on one outlier: the sign turns when it is left out."""
    values = [10.0, 9.9, 9.8, 9.7, 20.0]
    ours = trend_of_values(values, [v - 0.5 for v in values], [v + 0.5 for v in values]).iloc[0]
    assert ours["chi2"] > 9.5495
    assert not ours["signs_agree"]
    assert ours["trend"] == "No significant change"


def test_proportions_that_are_refused():
    ours = trend_of_proportions(
        [[1, 2, 3, 4, 5], [0, 2, 3, 4, 5], [1, 2, 3, 4, np.nan], [-1, 2, 3, 4, 5], [1, 2, 3, 4, 50], [1, 2, 3, 4, 9]],
        [[10] * 5] * 5 + [[10, 10, 10, 10, 0]],
    )
    assert ours["reason"].tolist() == [
        "",
        "count of none or of all",
        "missing value",
        "negative count",
        "count above denominator",
        "denominator not above 0",
    ]


def test_tables_without_meaning_raise():
    with pytest.raises(MeasureError, match="lacks the columns \\['upper_ci95'\\]"):
        verdict(series().drop(columns="upper_ci95"))
    with pytest.raises(MeasureError, match="trend method"):
        recent_trend(series(), by=["area_code"], method="rate")
    with pytest.raises(MeasureError, match="no ISO date"):
        verdict(series(period_start="spring"))
    with pytest.raises(MeasureError, match="at least three points"):
        trend_of_proportions([1, 2], [3, 4])

"""Deprivation summaries: edges, refusals, and the marginal area of the concentration."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.errors import MeasureError
from analysis.measures.deprivation import extent_weight, national_quantile, rank_areas, summarise

MEASURES = ["average_rank", "extent", "local_concentration", "population_share_decile1"]


def table(**columns):
    return pd.DataFrame({"ward": ["A", "A", "B"], "rank": [1, 60, 100], "population": [100, 300, 200]} | columns)


def test_the_area_at_the_margin_counts_in_part():
    areas = pd.DataFrame({"ward": "A", "rank": [10, 20, 90], "population": [50, 100, 850]})
    ours = summarise(areas, by="ward", national_count=100).loc["A"]
    assert ours["local_concentration"] == pytest.approx((50 * 91 + 50 * 81) / 100)
    assert ours[["most_deprived_rank", "least_deprived_rank"]].tolist() == [10, 90]


def test_the_order_of_rows_changes_nothing():
    areas = pd.DataFrame({"ward": list("ABAB"), "rank": [4, 3, 2, 1], "population": [1, 2, 3, 4]})
    one = summarise(areas, by="ward", national_count=4)
    pd.testing.assert_frame_equal(one, summarise(areas.iloc[::-1], by="ward", national_count=4))


def test_extent_weights_step_down_evenly():
    weights = extent_weight(np.arange(1, 101))
    assert (weights[:10] == 1).all()
    np.testing.assert_allclose(np.diff(weights[10:30]), -0.9 / 19)
    assert weights[29] == pytest.approx(0.05)
    assert (weights[30:] == 0).all()
    assert np.isnan(extent_weight([np.nan]))[0]


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"rank": [1, np.nan, 100]}, "missing rank"),
        ({"population": [100, np.nan, 200]}, "missing population"),
        ({"population": [100, -1, 200]}, "negative population"),
        ({"population": [0, 0, 200]}, "no population"),
    ],
)
def test_refusals_leave_nothing_but_the_reason(columns, reason):
    ours = summarise(table(**columns), by="ward", national_count=100)
    assert ours.loc["A", "reason"] == reason
    assert ours.loc["A", MEASURES].isna().all()
    assert ours.loc["B", "reason"] == ""
    assert ours.loc["B", MEASURES].notna().all()


def test_a_missing_score_spares_the_other_measures():
    ours = summarise(table(score=[50.0, np.nan, 10.0]), by="ward", national_count=100, score="score")
    assert np.isnan(ours.loc["A", "average_score"])
    assert ours.loc["A", "reason"] == "missing score"
    assert ours.loc["A", MEASURES].notna().all()


def test_a_category_without_areas_has_a_row_and_a_reason():
    areas = table()
    areas["ward"] = pd.Categorical(areas["ward"], categories=["A", "B", "C"])
    ours = summarise(areas, by="ward", national_count=100)
    assert ours.loc["C", "reason"] == "no areas"
    assert ours.loc["C", "areas"] == 0
    assert ours.loc["C", ["population", "proportion", *MEASURES]].isna().all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda a: a.assign(rank=[1, 60, 101]), "rank of 101"),
        (lambda a: a.assign(ward=["A", None, "B"]), "1 rows without a value"),
        (lambda a: a.drop(columns="population"), r"lacks the columns \['population'\]"),
        (lambda a: a.assign(population=["a", "b", "c"]), "population at position 0 is 'a', which is text"),
    ],
)
def test_what_has_no_meaning_raises(change, message):
    with pytest.raises(MeasureError, match=message):
        summarise(change(table()), by="ward", national_count=100)


def test_a_district_is_not_the_mean_of_its_wards():
    areas = table(lad="X")
    whole = summarise(areas, by="lad", national_count=100).loc["X"]
    wards = summarise(areas, by="ward", national_count=100)
    weighted = np.average(wards["average_rank"], weights=wards["population"])
    assert whole["average_rank"] == pytest.approx(weighted)
    assert whole["average_rank"] != pytest.approx(wards["average_rank"].mean())
    assert whole["local_concentration"] > np.average(wards["local_concentration"], weights=wards["population"])


def test_national_quantiles_keep_missing_ranks_missing():
    ours = national_quantile([1, np.nan, 100], 100, groups=10)
    assert ours[0] == 1
    assert np.isnan(ours[1])
    assert ours[2] == 10


def test_ranks_use_unrounded_values_and_share_ties():
    assert rank_areas(pd.Series([0.12344, 0.12341, 0.12344, 0.1])).tolist() == [1, 3, 1, 4]
    assert rank_areas([1, 2, 3], highest_first=False).tolist() == [1, 2, 3]

"""Lookups: what is refused, what stays missing, what coverage says."""

from __future__ import annotations

import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely

from analysis.errors import DataError, MeasureError
from analysis.lookups import Lookup, aggregate_counts, area_weighted, coverage_report, population_weighted


def lookup(*pairs: tuple[str, str, float], targets: tuple[str, ...] = ("X", "Y", "Z")) -> Lookup:
    weights = pd.DataFrame(pairs, columns=["source_code", "target_code", "weight"])
    return Lookup("lsoa21", "ward23", "area_weighted", weights, targets)


WEIGHED = lookup(("a", "X", 1.0), ("b", "X", 0.25), ("b", "Y", 0.75))


def outlines(**shapes: shapely.Geometry) -> geopandas.GeoDataFrame:
    return geopandas.GeoDataFrame({"area_code": list(shapes)}, geometry=list(shapes.values()), crs="EPSG:27700")


def test_a_target_without_a_source_is_missing_and_listed() -> None:
    sums = aggregate_counts(pd.Series({"a": 10.0, "b": 8.0}), WEIGHED)
    assert sums.index.tolist() == ["X", "Y", "Z"]
    assert np.isnan(sums["Z"])
    assert WEIGHED.without_source == ("Z",)


@pytest.mark.parametrize("counts", [{"a": np.nan, "b": 8.0}, {"b": 8.0}])
def test_a_missing_count_makes_its_targets_missing_not_smaller(counts: dict[str, float]) -> None:
    sums = aggregate_counts(pd.Series(counts), WEIGHED)
    assert np.isnan(sums["X"])
    assert sums["Y"] == 6.0


def test_zero_people_are_zero_not_missing() -> None:
    assert aggregate_counts(pd.Series({"a": 0.0, "b": 0.0}), WEIGHED)["X"] == 0.0


def test_a_count_that_would_be_lost_or_doubled_is_refused() -> None:
    with pytest.raises(DataError, match="c is no area of the lookup lsoa21 to ward23"):
        aggregate_counts(pd.Series({"a": 1.0, "c": 1.0}), WEIGHED)
    with pytest.raises(DataError, match=r"a .* stands twice"):
        aggregate_counts(pd.Series([1.0, 2.0], index=["a", "a"]), WEIGHED)


@pytest.mark.parametrize(
    ("pairs", "problem"),
    [
        ([("a", "X", 0.5), ("a", "Y", 0.4)], "sum to 1"),
        ([("a", "X", 1.0), ("a", "X", 0.0)], "stands twice"),
        ([("a", "X", 1.5), ("a", "Y", -0.5)], "above 0"),
        ([("a", "Q", 1.0)], "Q is not among the target areas"),
    ],
)
def test_weights_that_lose_or_invent_people_are_refused(pairs: list[tuple[str, str, float]], problem: str) -> None:
    with pytest.raises(MeasureError, match=problem):
        lookup(*pairs)


def test_area_weights_are_shares_of_ground_within_the_targets() -> None:
    sources = outlines(a=shapely.box(0, 0, 100, 100), b=shapely.box(100, 0, 200, 100))
    targets = outlines(X=shapely.box(-10, 0, 150, 100), Y=shapely.box(150, 0, 190, 100), Z=shapely.box(900, 0, 910, 9))
    made = area_weighted("lsoa21", "ward23", sources, targets)
    found = made.weights.set_index(["source_code", "target_code"])["weight"].to_dict()
    assert found == {("a", "X"): 1.0, ("b", "X"): pytest.approx(50 / 90), ("b", "Y"): pytest.approx(40 / 90)}
    assert made.without_source == ("Z",)


def test_areas_that_only_touch_share_nothing() -> None:
    touching = area_weighted(
        "lsoa21",
        "ward23",
        outlines(a=shapely.box(0, 0, 9, 9)),
        outlines(X=shapely.box(0, 0, 9, 9), Y=shapely.box(9, 0, 18, 9)),
    )
    assert touching.weights["target_code"].tolist() == ["X"]


def test_outlines_of_another_place_are_refused() -> None:
    with pytest.raises(DataError, match=r"a \(lsoa21\) meets no area of ward23"):
        area_weighted("lsoa21", "ward23", outlines(a=shapely.box(0, 0, 9, 9)), outlines(X=shapely.box(90, 0, 99, 9)))


def test_coverage_tells_people_in_areas_with_data() -> None:
    report = coverage_report(WEIGHED, pd.Series({"a": 30.0, "b": 40.0}), frozenset({"b"}))
    assert report["sources"].to_dict() == {"X": 2, "Y": 1, "Z": 0}
    assert report["people"].fillna(-1).to_dict() == {"X": 40.0, "Y": 30.0, "Z": -1.0}
    assert report["share_with_data"].fillna(-1).to_dict() == {"X": 0.25, "Y": 1.0, "Z": -1.0}
    with pytest.raises(DataError, match=r"b .* has no count of people"):
        coverage_report(WEIGHED, pd.Series({"a": 30.0}))


def test_people_tell_where_the_old_areas_went() -> None:
    small = ("a", "b", "c")
    to_old = lookup(*[(code, "O" if code != "c" else "P", 1.0) for code in small], targets=("O", "P"))
    to_new = lookup(("a", "X", 1.0), ("b", "Y", 1.0), ("c", "Y", 0.5), ("c", "X", 0.5), targets=("X", "Y", "Z"))
    across = population_weighted(to_old, to_new, pd.Series({"a": 30.0, "b": 10.0, "c": 5.0}))
    found = across.weights.set_index(["source_code", "target_code"])["weight"].to_dict()
    assert found == {("O", "X"): 0.75, ("O", "Y"): 0.25, ("P", "X"): 0.5, ("P", "Y"): 0.5}
    assert (across.source, across.without_source) == ("ward23", ("Z",))
    with pytest.raises(DataError, match=r"P \(ward23\) has no people"):
        population_weighted(to_old, to_new, pd.Series({"a": 30.0, "b": 10.0, "c": 0.0}))
    with pytest.raises(DataError, match=r"c .* has no count of people"):
        population_weighted(to_old, to_new, pd.Series({"a": 30.0, "b": 10.0}))
    with pytest.raises(MeasureError, match="do not start from the same areas"):
        population_weighted(to_old, WEIGHED, pd.Series({"a": 30.0}))

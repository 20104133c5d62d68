"""Matrices of shares: what is refused, what stays missing, how ways are joined."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.areas.matrix import Matrix, by_people, difference_pct
from analysis.errors import DataError, MeasureError


def matrix(
    *pairs: tuple[str, str, float], sources: str = "ab", targets: str = "XYZ", name: str = "lsoa to ward"
) -> Matrix:
    return Matrix.of(
        pd.DataFrame(pairs, columns=["source_code", "target_code", "weight"]), [*sources], [*targets], name
    )


WEIGHED = matrix(("a", "X", 1.0), ("b", "X", 0.25), ("b", "Y", 0.75))


def test_a_target_without_a_source_is_missing_and_listed() -> None:
    sums = WEIGHED.sums(pd.Series({"a": 10.0, "b": 8.0}))
    assert sums[:2].tolist() == [12.0, 6.0]
    assert np.isnan(sums[2])
    assert WEIGHED.without_source == ("Z",)


@pytest.mark.parametrize("counts", [{"a": np.nan, "b": 8.0}, {"b": 8.0}])
def test_a_missing_count_makes_its_targets_missing_not_smaller(counts: dict[str, float]) -> None:
    sums = WEIGHED.sums(pd.Series(counts))
    assert np.isnan(sums[0])
    assert sums[1] == 6.0


def test_zero_people_are_zero_not_missing() -> None:
    assert WEIGHED.sums(pd.Series({"a": 0.0, "b": 0.0}))[0] == 0.0


def test_a_count_that_would_be_lost_or_doubled_is_refused() -> None:
    with pytest.raises(DataError, match=r"lsoa to ward: c is none of its source areas \(1 such"):
        WEIGHED.sums(pd.Series({"a": 1.0, "c": 1.0}))
    with pytest.raises(DataError, match="a stands twice"):
        WEIGHED.sums(pd.Series([1.0, 2.0], index=["a", "a"]))
    with pytest.raises(DataError, match=r"b has no link .* its count would be lost"):
        matrix(("a", "X", 1.0))


@pytest.mark.parametrize(
    ("pairs", "error", "problem"),
    [
        ([("a", "X", 1.0), ("b", "X", 0.5), ("b", "Y", 0.4)], MeasureError, "sum to 1, and those of b sum to 0.9"),
        ([("a", "X", 1.0), ("a", "X", 1.0), ("b", "X", 1.0)], MeasureError, "stands twice"),
        ([("a", "X", 1.5), ("a", "Y", -0.5), ("b", "X", 1.0)], MeasureError, "above 0"),
        ([("a", "Q", 1.0), ("b", "X", 1.0)], DataError, "Q is not among the areas"),
        ([("c", "X", 1.0), ("b", "X", 1.0)], DataError, "c is not among the areas"),
    ],
)
def test_weights_that_lose_or_invent_people_are_refused(
    pairs: list[tuple[str, str, float]], error: type[Exception], problem: str
) -> None:
    with pytest.raises(error, match=problem):
        matrix(*pairs)


def test_weights_without_a_number_are_refused() -> None:
    with pytest.raises(MeasureError, match="those of a sum to nan"):
        Matrix("x to y", pd.Index(["X"]), pd.Index(["a"]), np.array([[np.nan]]))


def test_shares_that_are_fractions_are_marked_and_links_come_back_sorted() -> None:
    assert WEIGHED.marks.tolist() == ["[e]", "[e]", ""]
    assert WEIGHED.links().to_numpy().tolist() == [["a", "X", 1.0], ["b", "X", 0.25], ["b", "Y", 0.75]]


def test_ways_are_joined_and_a_split_within_one_target_is_exact() -> None:
    split = matrix(("a", "p", 0.3), ("a", "q", 0.7), ("b", "q", 1.0), targets="pq", name="old to new")
    within = split.then(matrix(("p", "X", 1.0), ("q", "X", 1.0), sources="pq", targets="XY", name="new to ward"))
    assert (within.name, within.weights.tolist()) == ("old to new to ward", [[1.0, 1.0], [0.0, 0.0]])
    assert within.marks.tolist() == ["", ""]
    across = split.then(matrix(("p", "X", 1.0), ("q", "Y", 1.0), sources="pq", targets="XY", name="new to ward"))
    assert across.weights.tolist() == [[0.3, 0.0], [0.7, 1.0]]
    assert across.marks.tolist() == ["[e]", "[e]"]
    with pytest.raises(DataError, match="q is none of its source areas"):
        split.then(matrix(("p", "X", 1.0), sources="p", targets="X"))


def test_people_tell_where_the_old_areas_went() -> None:
    to_old = matrix(("a", "O", 1.0), ("b", "O", 1.0), ("c", "P", 1.0), sources="abc", targets="OP", name="small to old")
    to_new = matrix(("a", "X", 1.0), ("b", "Y", 1.0), ("c", "Y", 0.5), ("c", "X", 0.5), sources="abc", name="s to new")
    across = by_people(to_old, to_new, pd.Series({"a": 30.0, "b": 10.0, "c": 5.0}), "old to new")
    assert across.weights.tolist() == [[0.75, 0.5], [0.25, 0.5], [0.0, 0.0]]
    assert across.without_source == ("Z",)
    with pytest.raises(DataError, match="P has no people"):
        by_people(to_old, to_new, pd.Series({"a": 30.0, "b": 10.0, "c": 0.0}), "old to new")
    with pytest.raises(DataError, match="c has no count of people"):
        by_people(to_old, to_new, pd.Series({"a": 30.0, "b": 10.0}), "old to new")
    with pytest.raises(MeasureError, match="do not start from the same areas"):
        by_people(to_old, WEIGHED, pd.Series({"a": 30.0}), "old to new")


def test_differences_are_in_per_cent_of_the_first_and_missing_where_either_is() -> None:
    found = difference_pct(np.array([100.0, np.nan, 0.0, 50.0]), np.array([84.0, 50.0, 5.0, np.nan]))
    assert found[0] == -16.0
    assert np.isnan(found[1:]).all()

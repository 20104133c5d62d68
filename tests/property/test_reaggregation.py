"""Whoever moves where, re-aggregated counts keep the city's total, and order changes nothing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.areas.matrix import Matrix, by_people

SOURCES = [f"s{number:02}" for number in range(12)]
TARGETS = [f"t{number}" for number in range(6)]
people = st.lists(st.integers(0, 9000), min_size=len(SOURCES), max_size=len(SOURCES))
some_people = st.lists(st.integers(1, 9000), min_size=len(SOURCES), max_size=len(SOURCES))


@st.composite
def matrices(draw: st.DrawFn) -> Matrix:
    """Each source area to one, two or three targets, in any shares: three bytes a source, target and share of each."""
    drawn = np.frombuffer(draw(st.binary(min_size=36, max_size=36)), dtype=np.uint8).reshape(12, 3)
    rows = []
    for source, parts in zip(SOURCES, drawn.tolist(), strict=True):
        sizes: dict[str, float] = {}
        for part in parts:
            target = TARGETS[part % 6]
            sizes[target] = sizes.get(target, 0) + part // 6 + 1
        rows += [(source, target, size / sum(sizes.values())) for target, size in sizes.items()]
    links = pd.DataFrame(rows, columns=["source_code", "target_code", "weight"])
    return Matrix.of(links, SOURCES, TARGETS, "small to ward")


def counted(numbers: list[int]) -> pd.Series:
    return pd.Series(numbers, index=SOURCES, dtype="float64")


@given(matrices(), people)
def test_the_total_is_kept(matrix: Matrix, numbers: list[int]) -> None:
    sums = matrix.sums(counted(numbers))
    assert np.nansum(sums) == pytest.approx(sum(numbers), rel=1e-9, abs=1e-9)
    assert tuple(matrix.targets[np.isnan(sums)]) == matrix.without_source


@given(matrices(), people, st.data())
def test_people_who_move_are_still_counted_once(matrix: Matrix, numbers: list[int], data: st.DataObject) -> None:
    before = counted(numbers)
    after = before.copy()
    for _ in range(data.draw(st.integers(1, 20))):
        away, home = data.draw(st.sampled_from(SOURCES)), data.draw(st.sampled_from(SOURCES))
        movers = data.draw(st.integers(0, int(after[away])))
        after[away] -= movers
        after[home] += movers
    assert np.nansum(matrix.sums(after)) == pytest.approx(before.sum(), rel=1e-9, abs=1e-9)
    moved = np.nan_to_num(matrix.sums(after) - matrix.sums(before) - matrix.sums(after - before))
    assert np.abs(moved).max() < 1e-6


@given(matrices(), people, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(matrix: Matrix, numbers: list[int], random: np.random.Generator) -> None:
    order = list(SOURCES)
    random.shuffle(order)
    shuffled = Matrix.of(matrix.links().iloc[::-1], order, TARGETS[::-1], "small to ward")
    first = pd.Series(matrix.sums(counted(numbers)), index=matrix.targets)
    second = pd.Series(shuffled.sums(counted(numbers).loc[order[::-1]]), index=shuffled.targets)
    pd.testing.assert_series_equal(first, second.loc[TARGETS], rtol=1e-12, check_index=False)


@given(matrices(), people, st.sets(st.sampled_from(SOURCES), min_size=1))
def test_a_missing_count_empties_exactly_the_targets_it_touches(
    matrix: Matrix, numbers: list[int], missing: set[str]
) -> None:
    full = matrix.sums(counted(numbers))
    sums = matrix.sums(counted(numbers).mask([code in missing for code in SOURCES]))
    links = matrix.links()
    touched = set(links.loc[links["source_code"].isin(missing), "target_code"])
    assert set(matrix.targets[np.isnan(sums)]) == touched | set(matrix.without_source)
    kept = ~np.isnan(sums)
    np.testing.assert_allclose(sums[kept], full[kept], rtol=1e-12)


@given(matrices(), matrices(), some_people)
def test_going_by_way_of_the_old_areas_keeps_everybody(to_old: Matrix, to_new: Matrix, numbers: list[int]) -> None:
    reached = [code for code in TARGETS if code not in to_old.without_source]
    to_old = Matrix.of(to_old.links(), SOURCES, reached, "small to old")
    across = by_people(to_old, to_new, counted(numbers), "old to new")
    by_old = pd.Series(to_old.sums(counted(numbers)), index=to_old.targets)
    assert np.nansum(across.sums(by_old)) == pytest.approx(sum(numbers), rel=1e-9)
    np.testing.assert_allclose(np.nan_to_num(across.sums(by_old)), np.nan_to_num(to_new.sums(counted(numbers))))

"""Whoever moves where, re-aggregated counts keep the city's total, and order changes nothing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.lookups import Lookup, aggregate_counts, coverage_report, population_weighted

SOURCES = [f"s{number:02}" for number in range(12)]
TARGETS = tuple(f"t{number}" for number in range(6))
people = st.lists(st.integers(0, 9000), min_size=len(SOURCES), max_size=len(SOURCES))


@st.composite
def lookups(draw: st.DrawFn) -> Lookup:
    """Each source area to one, two or three targets, in any shares."""
    rows = []
    for source in SOURCES:
        chosen = draw(st.lists(st.sampled_from(TARGETS), min_size=1, max_size=3, unique=True))
        parts = draw(st.lists(st.floats(0.01, 1), min_size=len(chosen), max_size=len(chosen)))
        rows += [(source, target, part / sum(parts)) for target, part in zip(chosen, parts, strict=True)]
    weights = pd.DataFrame(rows, columns=["source_code", "target_code", "weight"])
    return Lookup("lsoa21", "ward23", "area_weighted", weights, TARGETS)


def counted(numbers: list[int]) -> pd.Series:
    return pd.Series(numbers, index=SOURCES, dtype="float64")


@given(lookups(), people)
def test_the_total_is_kept(lookup: Lookup, numbers: list[int]) -> None:
    sums = aggregate_counts(counted(numbers), lookup)
    assert sums.sum() == pytest.approx(sum(numbers), rel=1e-9, abs=1e-9)
    assert set(sums.index[sums.isna()]) == set(lookup.without_source)


@given(lookups(), people, st.data())
def test_people_who_move_are_still_counted_once(lookup: Lookup, numbers: list[int], data: st.DataObject) -> None:
    before = counted(numbers)
    after = before.copy()
    for _ in range(data.draw(st.integers(1, 20))):
        away, home = data.draw(st.sampled_from(SOURCES)), data.draw(st.sampled_from(SOURCES))
        movers = data.draw(st.integers(0, int(after[away])))
        after[away] -= movers
        after[home] += movers
    sums = aggregate_counts(after, lookup)
    assert sums.sum() == pytest.approx(before.sum(), rel=1e-9, abs=1e-9)
    moved = aggregate_counts(after - before, lookup)
    assert (sums - aggregate_counts(before, lookup) - moved).abs().max() < 1e-6


@given(lookups(), people, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(lookup: Lookup, numbers: list[int], random: np.random.Generator) -> None:
    order = list(SOURCES)
    random.shuffle(order)
    shuffled = Lookup(
        lookup.source, lookup.target, lookup.method, lookup.weights.iloc[::-1].reset_index(drop=True), TARGETS[::-1]
    )
    first = aggregate_counts(counted(numbers), lookup)
    second = aggregate_counts(counted(numbers).loc[order], shuffled)
    pd.testing.assert_series_equal(first, second, rtol=1e-12)


@given(lookups(), people, st.sets(st.sampled_from(SOURCES), min_size=1))
def test_a_missing_count_empties_exactly_the_targets_it_touches(
    lookup: Lookup, numbers: list[int], missing: set[str]
) -> None:
    full = aggregate_counts(counted(numbers), lookup)
    sums = aggregate_counts(counted(numbers).mask(counted(numbers).index.isin(list(missing))), lookup)
    touched = set(lookup.weights.loc[lookup.weights["source_code"].isin(missing), "target_code"])
    assert set(sums.index[sums.isna()]) == touched | set(lookup.without_source)
    kept = sums.dropna().index
    pd.testing.assert_series_equal(sums[kept], full[kept])


@given(lookups(), lookups(), st.lists(st.integers(1, 9000), min_size=12, max_size=12))
def test_going_by_way_of_the_old_areas_keeps_everybody(to_old: Lookup, to_new: Lookup, numbers: list[int]) -> None:
    across = population_weighted(to_old, to_new, counted(numbers))
    by_old = aggregate_counts(counted(numbers), to_old).dropna()
    assert aggregate_counts(by_old, across).sum() == pytest.approx(sum(numbers), rel=1e-9)


@given(lookups(), st.lists(st.integers(1, 9000), min_size=12, max_size=12), st.sets(st.sampled_from(SOURCES)))
def test_coverage_lies_between_none_and_all(lookup: Lookup, numbers: list[int], held: set[str]) -> None:
    report = coverage_report(lookup, counted(numbers), frozenset(held))
    assert report["share_with_data"].dropna().between(0, 1 + 1e-12).all()
    assert report["people_with_data"].sum() == pytest.approx(counted(numbers)[sorted(held)].sum(), abs=1e-6)

"""Places that limits allow: they hold the place of the value, follow the rows, and shrink to it without limits."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from analysis.measures.ranks import rank_range

AREAS = st.lists(
    st.tuples(st.integers(0, 50), st.integers(0, 20), st.integers(0, 20), st.sampled_from("limits value none".split())),  # noqa: SIM905
    min_size=1,
    max_size=20,
)


def columns(areas: list[tuple[int, int, int, str]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rows = [
        (float(value), value - below if kind == "limits" else np.nan, value + above if kind == "limits" else np.nan)
        if kind != "none"
        else (np.nan, np.nan, np.nan)
        for value, below, above, kind in areas
    ]
    value, lower, upper = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    return value, np.where(np.isnan(lower), value, lower), np.where(np.isnan(upper), value, upper)


@given(AREAS)
def test_the_range_holds_the_place_of_the_value(areas: list[tuple[int, int, int, str]]) -> None:
    value, lower, upper = columns(areas)
    best, worst = rank_range(lower, upper)
    known = ~np.isnan(value)
    assert (np.isnan(best) == ~known).all()
    assert (np.isnan(worst) == ~known).all()
    ranks = pd.Series(value)[known].rank(ascending=False, method="min").to_numpy()
    last = pd.Series(value)[known].rank(ascending=False, method="max").to_numpy()
    assert (best[known] <= ranks).all()
    assert (worst[known] >= last).all()
    assert (best[known] >= 1).all()
    assert (worst[known] <= known.sum()).all()


@given(AREAS)
def test_without_limits_it_is_the_place_that_equal_values_share(areas: list[tuple[int, int, int, str]]) -> None:
    value, _, _ = columns(areas)
    best, worst = rank_range(value, value)
    known = ~np.isnan(value)
    series = pd.Series(value)[known]
    assert best[known].tolist() == series.rank(ascending=False, method="min").tolist()
    assert worst[known].tolist() == series.rank(ascending=False, method="max").tolist()


@given(AREAS, st.randoms())
def test_the_order_of_the_rows_does_not_matter(areas: list[tuple[int, int, int, str]], random: object) -> None:
    value, lower, upper = columns(areas)
    order = list(range(len(value)))
    random.shuffle(order)  # type: ignore[attr-defined]
    best, worst = rank_range(lower, upper)
    moved_best, moved_worst = rank_range(lower[order], upper[order])
    np.testing.assert_array_equal(moved_best, best[order])
    np.testing.assert_array_equal(moved_worst, worst[order])

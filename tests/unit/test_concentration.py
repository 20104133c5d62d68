"""Gini, concentration index and Theil."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.errors import MeasureError
from analysis.measures.concentration import concentration_index, gini, theil

VALUES = np.array([3.0, 1.0, 4.0, 1.5, 9.0, 2.6])
PEOPLE = np.array([2.0, 7.0, 1.0, 8.0, 2.0, 8.0])


def test_gini_is_half_the_relative_mean_difference() -> None:
    p = PEOPLE / PEOPLE.sum()
    pairs = np.abs(VALUES[:, None] - VALUES[None, :])
    expected = (p[:, None] * p[None, :] * pairs).sum() / (2 * (p * VALUES).sum())
    assert gini(VALUES, PEOPLE) == pytest.approx(expected, rel=1e-12)
    n = VALUES.size
    by_rank = (2 * (np.arange(1, n + 1) * np.sort(VALUES)).sum() / VALUES.sum() - n - 1) / n
    assert gini(VALUES) == pytest.approx(by_rank, rel=1e-12)


def test_gini_at_its_ends() -> None:
    assert gini([5, 5, 5]) == pytest.approx(0, abs=1e-15)
    assert gini([0, 0, 0, 0, 7]) == pytest.approx(0.8)


def test_population_weights_are_repeated_people() -> None:
    repeated = np.repeat(VALUES, PEOPLE.astype(int))
    place = np.repeat(np.arange(VALUES.size), PEOPLE.astype(int))
    assert gini(VALUES, PEOPLE) == pytest.approx(gini(repeated), rel=1e-12)
    assert theil(VALUES, PEOPLE).total == pytest.approx(theil(repeated).total, rel=1e-12)
    weighted, spread = concentration_index(VALUES, PEOPLE), concentration_index(repeated, order=place)
    assert weighted == pytest.approx(spread, rel=1e-12)


def test_concentration_by_one_s_own_rank_is_the_gini() -> None:
    assert concentration_index(VALUES, PEOPLE, order=VALUES) == pytest.approx(gini(VALUES, PEOPLE), rel=1e-12)
    assert concentration_index(VALUES, PEOPLE, order=-VALUES) == pytest.approx(-gini(VALUES, PEOPLE), rel=1e-12)


def test_bounded_form_mirrors_and_plain_form_does_not() -> None:
    share = VALUES / 10
    ill, well = (concentration_index(x, PEOPLE, bounds=(0, 1)) for x in (share, 1 - share))
    assert ill == pytest.approx(-well, rel=1e-12)
    assert concentration_index(share, PEOPLE) != pytest.approx(-concentration_index(1 - share, PEOPLE))
    mean = np.average(share, weights=PEOPLE)
    assert ill == pytest.approx(4 * mean * concentration_index(share, PEOPLE), rel=1e-12)
    with pytest.raises(MeasureError, match="bounds"):
        concentration_index(VALUES, bounds=(0, 1))


def test_theil_by_its_definition() -> None:
    held = VALUES / VALUES.sum()
    assert theil(VALUES).total == pytest.approx((held * np.log(VALUES.size * held)).sum(), rel=1e-12)
    assert theil([0, 0, 5]).total == pytest.approx(np.log(3))
    assert theil([4, 4, 4]).total == pytest.approx(0, abs=1e-15)


def test_theil_splits_exactly() -> None:
    split = theil(VALUES, PEOPLE, groups=["x", "x", "y", "y", "y", "z"])
    assert split.total == pytest.approx(split.between + split.within, rel=1e-12)
    assert split.groups["x"] == pytest.approx(theil(VALUES[:2], PEOPLE[:2]).total, rel=1e-12)
    assert split.groups["z"] == pytest.approx(0, abs=1e-15)
    means = [np.average(VALUES[a:b], weights=PEOPLE[a:b]) for a, b in ((0, 2), (2, 5), (5, 6))]
    assert split.between == pytest.approx(theil(means, [9.0, 11.0, 8.0]).total, rel=1e-12)
    empty = theil([0, 0, 5], groups=["x", "x", "y"])
    assert empty.groups == {"x": 0.0, "y": pytest.approx(0, abs=1e-15)}
    assert empty.total == pytest.approx(empty.between)


@pytest.mark.parametrize("function", [gini, concentration_index, theil])
@pytest.mark.parametrize(
    ("values", "people"),
    [([1, np.nan], [1, 1]), ([1, -1], [1, 1]), ([0, 0], [1, 1]), ([1, 2], [1, 0]), ([1, 2], [1, 1, 1]), ([], [])],
)
def test_what_has_no_index_raises(function: object, values: list, people: list) -> None:
    with pytest.raises(MeasureError):
        function(values, people)


def test_groups_must_be_given_for_all() -> None:
    with pytest.raises(MeasureError, match="none missing"):
        theil([1, 2], groups=["a", None])

"""Sullivan's method: variances, refusals and the difference of two."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from analysis.errors import MeasureError
from analysis.measures.healthy import difference, healthy_life_expectancy
from analysis.measures.lifetable import life_table, published_table

AGES = [0, 1, 15, 45, 65, 75, 85]
TABLE = life_table([5, 3, 20, 90, 200, 400, 500], [1000, 14000, 30000, 20000, 9000, 6000, 3000], AGES)
GOOD = np.array([0.95, 0.95, 0.9, 0.8, 0.65, 0.5, 0.4])
ASKED = np.array([50, 300, 900, 800, 500, 300, 100.0])


def test_prevalence_variance_by_hand() -> None:
    healthy = healthy_life_expectancy(TABLE, GOOD, ASKED)
    for i in range(len(AGES)):
        years = sum(TABLE.years_lived[i:] * GOOD[i:]) / TABLE.survivors[i]
        variance = sum(TABLE.years_lived[i:] ** 2 * GOOD[i:] * (1 - GOOD[i:]) / ASKED[i:]) / TABLE.survivors[i] ** 2
        assert healthy.expectancy[i] == pytest.approx(years)
        assert healthy.se[i] == pytest.approx(np.sqrt(variance))
    lower, upper = healthy.limits(0.998)
    np.testing.assert_allclose((upper - lower) / 2, 3.090232306167813 * healthy.se)


def test_mortality_variance_by_hand() -> None:
    healthy = healthy_life_expectancy(TABLE, GOOD, ASKED, mortality="chiang")
    lx, H = TABLE.survivors, healthy.expectancy
    n, a = TABLE.widths, TABLE.a
    for i in range(len(AGES)):
        total = sum(TABLE.years_lived[i:] ** 2 * GOOD[i:] * (1 - GOOD[i:]) / ASKED[i:])
        for y in range(i, len(AGES) - 1):
            total += lx[y] ** 2 * ((1 - a[y]) * n[y] * GOOD[y] + H[y + 1]) ** 2 * TABLE.q_variance[y]
        assert healthy.se[i] == pytest.approx(np.sqrt(total) / lx[i])


def test_with_everyone_well_the_limits_are_those_of_life_expectancy() -> None:
    healthy = healthy_life_expectancy(TABLE, np.ones(7), ASKED, mortality="silcocks")
    np.testing.assert_allclose(healthy.expectancy, TABLE.expectancy, rtol=1e-12)
    np.testing.assert_allclose(healthy.se, TABLE.se, rtol=1e-12)
    np.testing.assert_allclose(healthy.share, 1)


def test_many_groups_share_one_table() -> None:
    healthy = healthy_life_expectancy(TABLE, [GOOD, GOOD / 2], ASKED)
    np.testing.assert_allclose(healthy.expectancy[1], healthy.expectancy[0] / 2)
    assert healthy.reason.shape == (2, 7)


@pytest.mark.parametrize(
    ("prevalence", "sample", "reason"),
    [(np.nan, 10, "missing prevalence"), (1.2, 10, "prevalence out of range"), (0.5, 0, "no sample")],
)
def test_a_bad_band_refuses_its_own_and_all_younger_ages(prevalence: float, sample: float, reason: str) -> None:
    good, asked = GOOD.copy(), ASKED.copy()
    good[3], asked[3] = prevalence, sample
    healthy = healthy_life_expectancy(TABLE, good, asked)
    assert healthy.reason.tolist() == [reason] * 4 + [""] * 3
    assert np.isnan(healthy.expectancy[:4]).all()
    assert np.isnan(healthy.se[:4]).all()
    assert np.isfinite(healthy.se[4:]).all()


def test_a_refused_life_table_refuses_healthy_life_too() -> None:
    refused = life_table([5, 3, 20, 90, 200, 400, 0], [1000, 14000, 30000, 20000, 9000, 6000, 3000], AGES)
    healthy = healthy_life_expectancy(refused, GOOD, ASKED)
    assert set(healthy.reason) == {"no deaths in the open band"}
    assert np.isnan(healthy.expectancy).all()


def test_difference_names_its_method() -> None:
    first, second = healthy_life_expectancy(TABLE, GOOD, ASKED), healthy_life_expectancy(TABLE, GOOD / 2, ASKED)
    squares, errors = difference(first, second), difference(first, second, "sum of errors")
    np.testing.assert_allclose(squares.se, np.sqrt(first.se**2 + second.se**2))
    np.testing.assert_allclose(errors.se, first.se + second.se)
    assert (squares.method, errors.method) == ("sum of squares", "sum of errors")
    assert (errors.p > squares.p).all()
    np.testing.assert_allclose(squares.p, 2 * stats.norm.sf(np.abs(squares.z)))


def test_what_cannot_be_meant_raises() -> None:
    published = published_table(AGES, TABLE.survivors, TABLE.years_lived)
    with pytest.raises(MeasureError, match="no variance"):
        healthy_life_expectancy(published, GOOD, ASKED, mortality="chiang")
    with pytest.raises(MeasureError, match="'ignored', 'chiang' or 'silcocks'"):
        healthy_life_expectancy(TABLE, GOOD, mortality="yes")  # type: ignore[arg-type]
    with pytest.raises(MeasureError, match="one value for each"):
        healthy_life_expectancy(TABLE, GOOD[:3])
    with pytest.raises(MeasureError, match="sum of squares"):
        difference(TABLE, TABLE, "plus")  # type: ignore[arg-type]
    with pytest.raises(MeasureError, match="same ages"):
        difference(TABLE, life_table([10, 90], [6000, 900], [65, 85]))

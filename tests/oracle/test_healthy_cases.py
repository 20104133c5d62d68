"""Sullivan's method against the manual's example and the EuroREVES page."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from analysis.measures.healthy import healthy_life_expectancy
from analysis.measures.lifetable import life_table, published_table


def test_manual_example_3_from_deaths(shared: Path) -> None:
    """The manual takes q(0) from single ages, and L(0) = 0.2 l(0) + 0.8 l(1) though it prints a(0) = 0.5."""
    rows = pd.read_csv(shared / "cases/sullivan_example3.csv")
    ages = rows["age"].str.rstrip("+").astype(float)
    a = np.where(ages == 0, 0.2, 0.5)
    table = life_table(rows["deaths"], rows["population"], ages, a=a, q0=rows["qx"].iloc[0])
    healthy = healthy_life_expectancy(table, 1 - rows["prevalence_disability"])
    np.testing.assert_allclose(table.q[:-1], rows["qx"].iloc[:-1], rtol=1e-6)
    np.testing.assert_allclose(table.survivors, rows["lx"], rtol=1e-6)
    np.testing.assert_allclose(table.years_lived, rows["Lx"], rtol=1e-6)
    np.testing.assert_allclose(table.expectancy, rows["ex"], rtol=1e-6)
    np.testing.assert_allclose(healthy.expectancy, rows["dfle"], rtol=1e-6)
    np.testing.assert_allclose(100 * healthy.share, rows["pct_free"], rtol=1e-6)


def test_french_women_1991_from_the_published_table(shared: Path) -> None:
    """The page prints one decimal; its 85+ prevalence is the share with disability, corrected in the case."""
    rows = pd.read_csv(shared / "cases/sullivan_euroreves_france1991.csv")
    table = published_table(rows["age"], rows["lx"], rows["Lx"])
    healthy = healthy_life_expectancy(table, rows["prev_free"])
    np.testing.assert_allclose(healthy.expectancy, rows["dfle"], atol=0.1)
    assert np.isnan(healthy.se).all()


def test_french_women_1991_standard_errors_as_published() -> None:
    """Variances of the prevalences and standard errors printed on the EuroREVES page, table 3."""
    lived = np.array([436589, 408793, 364013, 290533, 289068.0])
    survivors = np.array([89367, 84968, 78012, 66625, 48532.0])
    variance = np.array([0.000281, 0.000507, 0.000675, 0.000914, 0.000805])
    free = np.array([0.804, 0.714, 0.630, 0.487, 0.290])
    table = published_table([65, 70, 75, 80, 85], survivors, lived)
    healthy = healthy_life_expectancy(table, free, free * (1 - free) / variance)
    np.testing.assert_allclose(healthy.se, [0.22, 0.21, 0.20, 0.18, 0.17], atol=0.006)

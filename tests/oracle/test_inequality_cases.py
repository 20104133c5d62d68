"""Slope and relative index of inequality against published and computed cases."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.measures.inequality import SlopeIndex, se_from_limits, slope_index, slope_index_simulated

SCALES = {0: "identity", 1: "log", 2: "logit"}


def test_real_life_expectancy_by_tenth(shared: Path) -> None:
    """Point values and the closed form exactly; the source's simulation within its own error."""
    rows = pd.read_csv(shared / "cases/sii_le_real_input.csv").sort_values(["GeoCode", "Sex", "Decile"])
    expected = pd.read_csv(shared / "cases/sii_le_real_expected.csv").sort_values(["GeoCode", "Sex"])
    y, people, se = (rows[c].to_numpy().reshape(-1, 10) for c in ("LifeExp", "Pop", "SE"))
    ours = slope_index(y, people, se, confidence=(0.95, 0.998))
    np.testing.assert_allclose(ours.sii, expected["sii"], atol=1e-9)
    np.testing.assert_allclose(ours.rii, expected["rii"], atol=1e-9)
    np.testing.assert_allclose(ours.intercept, expected["intercept"], atol=1e-9)
    np.testing.assert_allclose(ours.se, expected["se_exact"], atol=1e-9)
    np.testing.assert_allclose(ours.sii_limits[0.95][0], expected["exact_lower95"], atol=1e-9)
    np.testing.assert_allclose(ours.sii_limits[0.95][1], expected["exact_upper95"], atol=1e-9)

    for level, name, density in ((0.95, "95_0cl", 0.0584), (0.998, "99_8cl", 0.00337)):
        tail = (1 - level) / 2
        quantile_error = np.sqrt(tail * (1 - tail) / 100_000) / density  # in standard errors of the index
        for side, index in (("lower", 0), ("upper", 1)):
            away = np.abs(ours.sii_limits[level][index] - expected[f"sii_{side}{name}"]) / ours.se
            assert (away < 3 * quantile_error).all(), (side, level, away.max())
            rii_se = (ours.rii_limits[0.95][1] - ours.rii_limits[0.95][0]) / (2 * 1.959964)
            away = np.abs(ours.rii_limits[level][index] - expected[f"rii_{side}{name}"]) / rii_se
            assert (away < 3 * quantile_error).all(), (side, level, away.max())


def published(shared: Path) -> list[tuple[pd.DataFrame, pd.Series]]:
    rows = pd.read_csv(shared / "cases/sii_phe_tests.csv")
    return [(group, group.iloc[0]) for _, group in rows.groupby(["TestDescription", "Area"], sort=False)]


def evaluated(group: pd.DataFrame, first: pd.Series) -> SlopeIndex:
    scale = SCALES[int(first["ValueType"])]
    confidence = first["Confidence"] / 100
    se = se_from_limits(group["LowerCL"], group["UpperCL"], scale=scale)  # type: ignore[arg-type]
    np.testing.assert_allclose(se, group["StandardError"], rtol=2e-5)
    if scale == "identity":
        return slope_index(group["Value"], group["Population"], se, confidence=confidence)
    return slope_index_simulated(group["Value"], group["Population"], se, scale=scale, seed=1, confidence=confidence)


@pytest.mark.parametrize("case", range(12))
def test_cases_of_the_public_spreadsheet(shared: Path, case: int) -> None:
    group, first = published(shared)[case]
    ours = evaluated(group, first)
    np.testing.assert_allclose([ours.sii, ours.rii], [first["sii"], first["rii"]], rtol=1e-6)
    if np.isnan(first["sii_lowercl_1"]):  # the quintile cases print no limits
        return
    level = first["Confidence"] / 100
    for name, limits in (("sii", ours.sii_limits[level]), ("rii", ours.rii_limits[level])):
        printed = np.array([first[f"{name}_lowercl_1"], first[f"{name}_uppercl_1"]], dtype=float)
        assert limits[0] < getattr(ours, name) < limits[1]
        np.testing.assert_allclose([float(one) for one in limits], printed, rtol=0.05)
        # closer than the stated 5%: within a few per cent of the interval's own half-width
        np.testing.assert_allclose([float(one) for one in limits], printed, atol=0.03 * np.ptp(printed))

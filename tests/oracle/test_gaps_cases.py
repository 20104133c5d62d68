"""Arriaga's decomposition and the Gini coefficient against computed and published cases."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.measures.concentration import gini
from analysis.measures.gaps import arriaga, best_to_worst_gap
from analysis.measures.inequality import se_from_limits
from analysis.measures.lifetable import published_table


@pytest.mark.parametrize("case", [1, 2])
def test_arriaga_by_single_age(shared: Path, case: int) -> None:
    rows = pd.read_csv(shared / "cases/arriaga_single_age.csv").query("case == @case")
    totals = pd.read_csv(shared / "cases/arriaga_totals.csv").set_index("case").loc[case]
    first = published_table(rows["age"], rows["lx1"], rows["Lx1"])
    second = published_table(rows["age"], rows["lx2"], rows["Lx2"])
    parts = arriaga(first, second)
    np.testing.assert_allclose(parts, rows["contribution"], atol=1e-9)
    np.testing.assert_allclose(parts.sum(), totals["sum_contrib"], atol=1e-9)
    np.testing.assert_allclose(first.expectancy[0], totals["e0_1"], atol=1e-9)
    np.testing.assert_allclose(second.expectancy[0] - first.expectancy[0], totals["gap"], atol=1e-9)


def test_gini_of_mexican_states(shared: Path) -> None:
    case = json.loads((shared / "cases/gini_mexico.json").read_text())
    assert gini(case["values"]) == pytest.approx(case["gini"], abs=1e-12)


@pytest.mark.parametrize(("sex", "gap"), [("Males", 14.5), ("Females", 13.8)])
def test_the_range_of_published_life_expectancies_is_wider_than_noise(shared: Path, sex: str, gap: float) -> None:
    """Neighbourhoods (MSOAs) of Liverpool, 2016 to 2020, as OHID published them with limits."""
    rows = pd.read_csv(shared / "cases/real_liverpool_msoa_le_2016_2020.csv").query("sex == @sex").set_index("code")
    ours = best_to_worst_gap(rows["le"], se_from_limits(rows["lower95"], rows["upper95"]))
    assert round(ours.value, 1) == gap
    assert (ours.best, ours.worst) == (rows["le"].idxmax(), rows["le"].idxmin())
    assert 0 < ours.noise_range < gap / 2

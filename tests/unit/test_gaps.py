"""Gaps between areas and groups, the range of noise, and the parts of a gap by age."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import integrate, stats

from analysis.errors import MeasureError
from analysis.measures.gaps import (
    arriaga,
    best_to_worst_gap,
    life_expectancy_gap,
    noise_range,
    simulated_noise_range,
)
from analysis.measures.lifetable import life_expectancy, life_table

AGES = [0, 1, 15, 45, 65, 75, 85]
PEOPLE = np.array([1000, 14000, 30000, 20000, 9000, 6000, 3000.0])
DEATHS = np.array([5, 3, 20, 90, 200, 400, 500.0])


def test_gap_names_its_areas_and_counts_those_without_a_value() -> None:
    values = pd.Series([80.0, np.nan, 74.0, 77.0], index=["a", "b", "c", "d"])
    gap = best_to_worst_gap(values, [0.6, 0.5, 0.8, 0.7], confidence=(0.95, 0.998))
    assert (gap.best, gap.worst, gap.areas, gap.areas_missing) == ("a", "c", 3, 1)
    assert gap.value == 6
    assert gap.se == pytest.approx(1.0)
    np.testing.assert_allclose(gap.limits[0.998], [6 - 3.090232306, 6 + 3.090232306])
    assert gap.ratio == pytest.approx(80 / 74)


def test_an_area_without_standard_error_is_left_out() -> None:
    gap = best_to_worst_gap([80.0, 90.0, 74.0], [0.6, np.nan, 0.8])
    assert (gap.best, gap.areas, gap.areas_missing) == (0, 2, 1)


def test_lower_is_better_gives_a_gap_below_zero() -> None:
    gap = best_to_worst_gap([10.0, 30.0], [1, 1], higher_is_better=False)
    assert (gap.best, gap.worst, gap.value) == (0, 1, -20)


def test_fewer_than_two_areas_are_refused() -> None:
    gap = best_to_worst_gap([80.0, np.nan], [1, 1])
    assert gap.reason == "fewer than two areas"
    assert np.isnan([gap.value, gap.se, *gap.limits[0.95], gap.noise_range]).all()


def test_covariance_enters_gap_and_noise() -> None:
    V = np.full((3, 3), 0.5) + np.diag([0.5, 0.5, 0.5])
    gap = best_to_worst_gap([1.0, 2.0, 4.0], covariance=V, seed=4)
    assert gap.se == pytest.approx(1.0)  # sqrt(1 + 1 - 2 x 0.5)
    assert abs(gap.noise_range - noise_range([1, 1, 1]) * np.sqrt(0.5)) < 4 * gap.noise_error
    with pytest.raises(MeasureError, match="seed"):
        best_to_worst_gap([1.0, 2.0, 4.0], covariance=V)
    with pytest.raises(MeasureError, match="Exactly one"):
        best_to_worst_gap([1.0, 2.0], [1, 1], covariance=np.eye(2), seed=1)


@pytest.mark.parametrize("se", [[1, 1], [0.1, 1, 5], [1e-4, 1, 1, 2], [3] * 64])
def test_noise_range_is_the_integral(se: list[float]) -> None:
    errors = np.array(se, dtype=float)

    def integrand(x: float) -> float:
        with np.errstate(divide="ignore"):
            scaled = x / errors
        return 1 - stats.norm.cdf(scaled).prod() - stats.norm.sf(scaled).prod()

    top = 10 * errors.max()
    expected, _ = integrate.quad(integrand, 1e-15, top, points=sorted({*errors[errors > 0]}), limit=500)
    assert noise_range(errors) == pytest.approx(2 * expected, rel=1e-7)


def test_noise_range_of_one_area_is_zero_and_needs_errors() -> None:
    assert noise_range([2.0]) == pytest.approx(0, abs=1e-12)
    for nonsense in ([0.0, 1.0], [1, np.nan], [1, -1]):
        with pytest.raises(MeasureError, match=r"se at position .* expected a standard error above 0"):
            noise_range(nonsense)


def test_simulated_noise_range_meets_the_integral_and_its_seed() -> None:
    se = np.linspace(0.5, 2, 30)
    estimate, error = simulated_noise_range(np.diag(se**2), seed=8)
    assert abs(estimate - noise_range(se)) < 4 * error
    assert simulated_noise_range(np.diag(se**2), seed=8) == (estimate, error)
    with pytest.raises(MeasureError, match="negative variance"):
        simulated_noise_range([[1, 2], [2, 1]], seed=1)
    with pytest.raises(MeasureError, match="symmetric"):
        simulated_noise_range([[1, 0.5], [0, 1]], seed=1)


def fifths(**changes: np.ndarray) -> pd.DataFrame:
    parts = []
    for fifth, factor in ((1, 1.5), (2, 1.3), (3, 1.2), (4, 1.1), (5, 1.0)):
        for small in range(3):
            parts.append(
                pd.DataFrame(
                    {
                        "fifth": fifth,
                        "small": f"{fifth}{small}",
                        "age": AGES,
                        "deaths": changes.get(str(fifth), DEATHS * factor),
                        "person_years": PEOPLE,
                    }
                )
            )
    return pd.concat(parts, ignore_index=True)


def test_gap_of_fifths_is_that_of_pooled_counts() -> None:
    gap = life_expectancy_gap(fifths(), confidence=(0.95, 0.998))
    most, least = life_table(DEATHS * 4.5, PEOPLE * 3, AGES), life_table(DEATHS * 3, PEOPLE * 3, AGES)
    np.testing.assert_allclose(gap["value"], least.expectancy - most.expectancy)
    half = 1.959963984540054 * np.hypot(most.se, least.se)
    np.testing.assert_allclose(gap["lower_ci95"], gap["value"] - half)
    assert (gap["upper_ci998"] > gap["upper_ci95"]).all()
    assert (gap["value"] > 0).all()


def test_a_refused_fifth_is_named() -> None:
    gap = life_expectancy_gap(fifths(**{"1": np.append(DEATHS[:-1], 0)}))
    assert set(gap["reason"]) == {"most deprived: no deaths in the open band"}
    assert gap[["value", "lower_ci95", "upper_ci95"]].isna().all(axis=None)
    assert gap["value_least"].notna().all()
    with pytest.raises(MeasureError, match="has no row"):
        life_expectancy_gap(fifths(), least=10)


def test_gaps_within_sexes() -> None:
    both = pd.concat([fifths().assign(sex="female"), fifths().assign(sex="male").query("fifth < 5")])
    gap = life_expectancy_gap(both, "sex").groupby("sex")["reason"].first()
    assert gap.to_dict() == {"female": "", "male": "least deprived: missing"}


def test_arriaga_sums_to_the_gap_and_states_its_direction() -> None:
    first = life_table(DEATHS * np.array([2, 1, 1.5, 1.4, 1.3, 1.2, 1.1]), PEOPLE, AGES)
    second = life_table(DEATHS, PEOPLE, AGES)
    forward, back = arriaga(first, second), arriaga(second, first)
    assert forward.sum() == pytest.approx(second.expectancy[0] - first.expectancy[0], abs=1e-10)
    assert back.sum() == pytest.approx(-forward.sum(), abs=1e-10)
    assert np.abs(forward + back).max() > 1e-4  # not mirror images
    np.testing.assert_allclose(arriaga(first, second, both_ways=True), (forward - back) / 2)
    assert forward[1] == pytest.approx(0, abs=1e-12)  # same mortality, no part


def test_arriaga_of_many_tables_against_one() -> None:
    wards = life_table([DEATHS, DEATHS * 1.5, DEATHS * np.nan], np.array([PEOPLE] * 3), AGES)
    city = life_table(DEATHS * 1.2, PEOPLE, AGES)
    parts = arriaga(city, wards)
    assert parts.shape == (3, 7)
    np.testing.assert_allclose(parts[:2].sum(-1), wards.expectancy[:2, 0] - city.expectancy[0])
    assert np.isnan(parts[2]).all()
    with pytest.raises(MeasureError, match="same ages"):
        arriaga(city, life_table([10, 90], [6000, 900], [65, 85]))


def test_ages_in_the_frames_are_those_of_the_table() -> None:
    assert life_expectancy(fifths(), "fifth")["age"].tolist() == AGES * 5

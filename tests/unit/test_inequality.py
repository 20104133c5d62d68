"""Slope and relative index: multipliers, orders, scales, covariance, refusals."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.errors import MeasureError
from analysis.measures.inequality import se_from_limits, slope_index, slope_index_simulated
from analysis.measures.ranks import relative_rank

RATES = np.array([5.9, 4.7, 3.8, 3.9, 3.1])
SHARES = np.array([0.30, 0.26, 0.24, 0.20, 0.15])
PEOPLE = np.array([900, 1000, 1100, 1000, 1200.0])
SE = np.array([0.05, 0.06, 0.05, 0.07, 0.06])
LIFE = np.array([74.0, 76.5, 77.0, 80.0, 82.5])


def test_slope_is_weighted_least_squares() -> None:
    place, weight = relative_rank(PEOPLE), np.sqrt(PEOPLE)
    design = np.column_stack([weight, weight * place])
    alpha, beta = np.linalg.lstsq(design, weight * LIFE)[0]
    row = (np.linalg.inv(design.T @ design) @ design.T * weight)[1]
    ours = slope_index(LIFE, PEOPLE, SE)
    np.testing.assert_allclose([ours.sii, ours.intercept, ours.rii], [beta, alpha, (alpha + beta) / alpha])
    np.testing.assert_allclose(ours.se, np.sqrt((row**2 * SE**2).sum()))


@pytest.mark.parametrize("multiplier", [100, 1, 0.1, -1, -0.5, -100])
def test_closed_form_for_any_multiplier(multiplier: float) -> None:
    """A public package swaps limits for 0 < multiplier < 1; ours only scales, and turns round when negative."""
    plain, ours = slope_index(LIFE, PEOPLE, SE), slope_index(LIFE, PEOPLE, SE, multiplier=multiplier)
    check_multiplier(plain, ours, multiplier)
    np.testing.assert_allclose(ours.se, abs(multiplier) * plain.se)


@pytest.mark.parametrize("multiplier", [100, 0.1, -1, -0.5])
@pytest.mark.parametrize(("scale", "values"), [("log", RATES), ("logit", SHARES)])
def test_transformed_and_simulated_for_any_multiplier(scale: str, values: np.ndarray, multiplier: float) -> None:
    for function, extra in ((slope_index, {}), (slope_index_simulated, {"seed": 3, "draws": 1000})):
        plain = function(values, PEOPLE, SE, scale=scale, **extra)
        ours = function(values, PEOPLE, SE, scale=scale, multiplier=multiplier, **extra)
        # sorted positions of a draw and of its negative differ by one draw
        check_multiplier(plain, ours, multiplier, tolerance=1e-9 if function is slope_index else 0.02)


def check_multiplier(plain: object, ours: object, multiplier: float, tolerance: float = 1e-9) -> None:
    turned = slice(None, None, -1 if multiplier < 0 else 1)
    np.testing.assert_allclose(ours.sii, multiplier * plain.sii)
    np.testing.assert_allclose(ours.rii, 1 / plain.rii if multiplier < 0 else plain.rii)
    np.testing.assert_allclose(ours.intercept, abs(multiplier) * plain.intercept)
    np.testing.assert_allclose(
        ours.sii_limits[0.95], multiplier * np.array(plain.sii_limits[0.95])[turned], rtol=tolerance
    )
    expected = np.array(plain.rii_limits[0.95])[turned]
    np.testing.assert_allclose(ours.rii_limits[0.95], 1 / expected if multiplier < 0 else expected, rtol=tolerance)
    assert ours.sii_limits[0.95][0] < ours.sii < ours.sii_limits[0.95][1]
    assert ours.rii_limits[0.95][0] < ours.rii < ours.rii_limits[0.95][1]


def test_fieller_limits_are_the_quantiles_of_the_ratio() -> None:
    rng = np.random.default_rng(11)
    se = np.full(5, 2.0)
    drawn = LIFE + se * rng.standard_normal((200_000, 5))
    many = slope_index(drawn, np.broadcast_to(PEOPLE, drawn.shape))
    ours = slope_index(LIFE, PEOPLE, se)
    spread = many.rii.std()
    for limit, p in zip(ours.rii_limits[0.95], (0.025, 0.975), strict=True):
        three_errors = 3 * np.sqrt(p * (1 - p) / 200_000) / 0.0584 * spread
        assert abs(np.quantile(many.rii, p) - limit) < three_errors
    for limit, p in zip(ours.sii_limits[0.95], (0.025, 0.975), strict=True):
        assert abs(np.quantile(many.sii, p) - limit) < 3 * np.sqrt(p * (1 - p) / 200_000) / 0.0584 * ours.se


def test_a_diagonal_covariance_is_independent_errors() -> None:
    independent, matrix = slope_index(LIFE, PEOPLE, SE), slope_index(LIFE, PEOPLE, covariance=np.diag(SE**2))
    np.testing.assert_allclose(matrix.sii_limits[0.95], independent.sii_limits[0.95], rtol=1e-12)
    np.testing.assert_allclose(matrix.rii_limits[0.95], independent.rii_limits[0.95], rtol=1e-12)
    common = slope_index(LIFE, PEOPLE, covariance=np.diag(SE**2) + 4.0)
    np.testing.assert_allclose(common.se, independent.se, rtol=1e-9)  # a shared error moves no slope


def test_order_sorts_areas_and_ties_share_a_place() -> None:
    shuffled = np.array([3, 0, 4, 1, 2])
    ours = slope_index(LIFE[shuffled], PEOPLE[shuffled], SE[shuffled], order=shuffled)
    np.testing.assert_allclose(ours.sii, slope_index(LIFE, PEOPLE, SE).sii, rtol=1e-12)
    tied = slope_index(LIFE, PEOPLE, SE, order=[1, 2, 2, 2, 3])
    merged = np.array([LIFE[0], np.average(LIFE[1:4], weights=PEOPLE[1:4]), LIFE[4]])
    one = slope_index(merged, [900, 3100, 1200])
    np.testing.assert_allclose(tied.sii, one.sii, rtol=1e-12)
    both = slope_index([LIFE, LIFE], PEOPLE, SE, order=[np.ones(5), np.arange(5)])
    assert both.reason.tolist() == ["groups tie in their order", ""]
    assert np.isnan(both.sii[0])
    assert both.sii[1] == slope_index(LIFE, PEOPLE).sii


def test_any_number_of_groups_and_sets_at_once() -> None:
    rng = np.random.default_rng(2)
    y, people, se = rng.normal(78, 3, (4, 3, 64)), rng.uniform(5e3, 2e4, (4, 3, 64)), np.full((4, 3, 64), 0.8)
    order = rng.permuted(np.broadcast_to(np.arange(64), y.shape), axis=-1)
    many = slope_index(y, people, se, order=order)
    assert many.sii.shape == many.reason.shape == (4, 3)
    one = slope_index(y[2, 1], people[2, 1], se[2, 1], order=order[2, 1])
    np.testing.assert_allclose(many.sii_limits[0.95][0][2, 1], one.sii_limits[0.95][0], rtol=1e-12)


def test_simulation_is_seeded_and_does_not_depend_on_its_neighbours() -> None:
    y = np.array([SHARES, SHARES[::-1], SHARES**2])
    people, se = np.broadcast_to(PEOPLE, y.shape), np.broadcast_to(SE, y.shape)
    many = slope_index_simulated(y, people, se, scale="logit", seed=9, draws=20_000)
    alone = slope_index_simulated(y[2], PEOPLE, SE, scale="logit", seed=9, draws=20_000)
    again = slope_index_simulated(y[::-1], people, se, scale="logit", seed=9, draws=20_000)
    other = slope_index_simulated(y[2], PEOPLE, SE, scale="logit", seed=10, draws=20_000)
    assert many.sii_limits[0.95][0][2] == alone.sii_limits[0.95][0] == again.sii_limits[0.95][0][0]
    assert other.sii_limits[0.95][0] != alone.sii_limits[0.95][0]
    assert (many.seed, many.draws) == (9, 20_000)


@pytest.mark.parametrize(("scale", "values"), [("log", RATES), ("logit", SHARES)])
def test_simulated_limits_match_many_more_draws(scale: str, values: np.ndarray) -> None:
    ours = slope_index_simulated(values, PEOPLE, SE, scale=scale, seed=1)
    more = slope_index_simulated(values, PEOPLE, SE, scale=scale, seed=2, draws=2_000_000)
    spread = np.ptp(np.array(more.sii_limits[0.95])) / (2 * 1.959964)
    simulation_error = np.sqrt(0.025 * 0.975 / 100_000) / 0.0584 * spread
    np.testing.assert_allclose(ours.sii_limits[0.95], more.sii_limits[0.95], atol=3.2 * simulation_error)


def test_fit_on_the_scale_turns_the_line_about_its_middle() -> None:
    ours = slope_index(RATES, PEOPLE, SE, scale="log")
    logs = slope_index(np.log(RATES), PEOPLE, SE)
    middle = np.average(np.log(RATES), weights=PEOPLE)
    np.testing.assert_allclose(ours.sii, np.exp(middle + logs.sii / 2) - np.exp(middle - logs.sii / 2))
    np.testing.assert_allclose(ours.rii, np.exp(logs.sii))
    np.testing.assert_allclose(ours.rii_limits[0.95], np.exp(np.array(logs.sii_limits[0.95])))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"values": [np.nan, 0.2, 0.2, 0.2, 0.2]}, "missing"),
        ({"populations": [0, 1, 1, 1, 1]}, "no people"),
        ({"se": [np.nan, 1, 1, 1, 1]}, "missing standard error"),
        ({"se": [-1, 1, 1, 1, 1]}, "standard error not above 0"),
        ({"se": [0, 1, 1, 1, 1]}, "standard error not above 0"),
        ({"values": [0.0, 0.2, 0.2, 0.2, 0.2]}, "value not on the scale"),
        ({"values": [1.0, 0.2, 0.2, 0.2, 0.2]}, "value not on the scale"),
    ],
)
def test_each_refusal_refuses_its_set_alone(change: dict, reason: str) -> None:
    sets = {name: np.array([value, value]) for name, value in
            {"values": SHARES, "populations": PEOPLE, "se": SE}.items()}  # fmt: skip
    for name, value in change.items():
        sets[name][1] = value
    for ours in (
        slope_index(**sets, scale="logit"),
        slope_index_simulated(**sets, scale="logit", seed=1, draws=1000),
    ):
        assert ours.reason.tolist() == ["", reason]
        for values in (ours.sii, ours.rii, ours.intercept, *ours.sii_limits[0.95], *ours.rii_limits[0.95]):
            assert np.isfinite(values[0])
            assert np.isnan(values[1])


def test_a_ratio_without_a_floor_has_no_limits() -> None:
    ours = slope_index([0.1, 5, 10], [1, 1, 1], [2, 2, 2])
    assert np.isnan(ours.rii)  # the fitted value at the most deprived end is below 0
    assert np.isnan(ours.rii_limits[0.95]).all()
    assert np.isfinite(ours.sii_limits[0.95]).all()


def test_limits_need_errors() -> None:
    ours = slope_index(LIFE, PEOPLE)
    assert np.isnan(ours.sii_limits[0.95]).all()
    assert np.isfinite(ours.rii)


def test_standard_errors_come_back_from_limits() -> None:
    lower, upper = np.exp(np.log(RATES) - 1.959964 * SE), np.exp(np.log(RATES) + 1.959964 * SE)
    np.testing.assert_allclose(se_from_limits(lower, upper, scale="log"), SE, rtol=1e-6)
    assert np.isnan(se_from_limits([0.0], [1.0], scale="log")).all()


def test_what_cannot_be_meant_raises() -> None:
    for arguments, words in (
        ({"values": [1.0], "populations": [1.0]}, "at least two"),
        ({"values": LIFE, "populations": PEOPLE[:3]}, "do not fit"),
        ({"values": LIFE, "populations": PEOPLE, "se": SE, "covariance": np.eye(5)}, "one of them"),
        ({"values": LIFE, "populations": PEOPLE, "covariance": np.eye(4)}, "5 by 5"),
        ({"values": LIFE, "populations": PEOPLE, "se": SE[:2]}, "do not fit"),
        ({"values": LIFE, "populations": PEOPLE, "scale": "square"}, "'identity', 'log' or 'logit'"),
        ({"values": LIFE, "populations": PEOPLE, "order": [1, 2, 3, 4, np.nan]}, "missing values"),
    ):
        with pytest.raises(MeasureError, match=words):
            slope_index(**arguments)
    with pytest.raises(MeasureError, match="at least 1,000"):
        slope_index_simulated(SHARES, PEOPLE, SE, scale="logit", seed=1, draws=10)
    with pytest.raises(MeasureError, match="'log' or 'logit'"):
        slope_index_simulated(LIFE, PEOPLE, SE, scale="identity", seed=1)  # type: ignore[arg-type]

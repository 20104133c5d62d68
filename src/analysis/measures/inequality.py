"""Slope and relative index of inequality, with exact limits where they exist and simulated ones where not.

Groups of people (fifths, tenths, wards, MSOAs) stand in order from the most to the least deprived, each at the
middle of its share of the population. A straight line is fitted through their values with population weights;
the slope index is the line's rise from one end to the other, the relative index the ratio of its two ends.

:func:`slope_index` covers every estimate that is linear on its scale: its limits have a closed form and need no
random numbers. :func:`slope_index_simulated` is for rates and proportions whose errors are normal on the log or
logit scale while the line is fitted to the values themselves; its draws come from a recorded seed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from analysis.errors import MeasureError
from analysis.measures._arguments import choice, whole
from analysis.measures._inputs import Floats, blocks
from analysis.measures._results import Confidence, Level, Limits, Reasons, level, levels
from analysis.measures._slopes import (
    BACK,
    TO,
    Scale,
    checked_multiplier,
    enough_draws,
    inputs,
    on_scale,
    ratio,
    regression_rows,
)

_BLOCK = 8192  # draws handled at once: ten groups of them fit into a processor's cache
_SETS = 2048  # sets of groups fitted at once, for the same reason


@dataclass(frozen=True)
class SlopeIndex:
    """Slope and relative index of inequality of one or many groups; arrays have shape ``(...)``.

    Attributes
    ----------
    sii, rii
        Slope index (fitted value at the least deprived end minus that at the most deprived, times the
        multiplier) and relative index (their ratio). A negative multiplier turns both round.
    intercept
        Fitted value at the most deprived end, times the size of the multiplier.
    se
        Standard error of the slope index; missing where limits are not symmetric about it.
    sii_limits, rii_limits
        Lower and upper limit, by level: ``sii_limits[0.95]`` or ``[95]``, of the levels asked for.
    reason
        Why a value is missing; empty where it is given.
    scale, draws, seed
        Scale of the errors or of the fit; number of draws and the seed (None where nothing was drawn).
    """

    sii: Floats
    rii: Floats
    intercept: Floats
    se: Floats
    sii_limits: Limits
    rii_limits: Limits
    reason: Reasons
    scale: Scale
    draws: int | None = None
    seed: int | None = None


def slope_index(
    values: Any,
    populations: Any,
    se: Any = None,
    *,
    covariance: Any = None,
    order: Any = None,
    scale: Scale = "identity",
    multiplier: float = 1.0,
    confidence: Confidence = 0.95,
) -> SlopeIndex:
    """Slope and relative index of inequality by weighted regression, with exact limits.

    Parameters
    ----------
    values
        Value of each group of people, shape ``(..., k)``, k of 2 or more: fifths, tenths, or wards directly. Series,
        dicts and frames (sets by groups) are matched by label; arrays go by position.
    populations
        People in each group, same shape.
    se
        Standard error of each value, same shape; on the log or logit scale where ``scale`` says so
        (:func:`se_from_limits` gives it from published limits). Errors are taken as independent.
    covariance
        Covariance matrix of the values in place of ``se``, shape ``(..., k, k)``, where they are not
        independent (such as wards that share small areas).
    order
        What to rank by, lowest = most deprived; by default the groups stand from most to least deprived.
    scale
        ``identity`` for life expectancy and means; ``log`` for rates, ``logit`` for proportions: the line is
        then fitted on that scale, and its ends are turned back.
    multiplier
        Factor for the slope index, such as 100 for per cent or -1 for most minus least deprived.
    confidence
        One or several levels.

    Returns
    -------
    SlopeIndex
        With ``sii``, ``rii``, ``intercept``, ``se``, ``sii_limits``, ``rii_limits`` and ``reason``. Without
        ``se`` and ``covariance`` there are no limits.

    Refusals
    --------
    missing
        A value or population is missing.
    no people
        A population of 0 or below.
    missing standard error
        A standard error is missing or infinite.
    standard error not above 0
        A standard error (or the variance in a covariance) is 0 or negative.
    covariance not symmetric and positive
        The matrix is no covariance.
    value not on the scale
        A value of 0 or below for ``log``; of 0, of 1 or outside them for ``logit``.
    groups tie in their order
        All groups of the set tie in what they are ordered by.

    Raises
    ------
    MeasureError
        If shapes do not fit, there are fewer than two groups, or both ``se`` and ``covariance`` are given.

    Notes
    -----
    With population shares w and places b (``measures.ranks.relative_rank``; their mean is 1/2)::

        c = w (b - 1/2) / sum w (b - 1/2)²;   SII = c'y;   fitted(0) = w'y - SII / 2
        SE = sqrt(sum c² se²), or sqrt(c' V c);   limits SII ± z SE;   RII = fitted(1) / fitted(0)

    The relative index is a ratio of two normal numbers; Fieller's theorem gives its limits, which are the
    quantiles that a simulation of it approaches. They are missing where fitted(0) is not clearly above 0; the
    index itself is missing where the fitted value it divides by is not above 0. On the log or logit scale
    g, the limits turn the line about its middle: ``g(m + s/2) - g(m - s/2)`` with s a limit of the slope.

    Definitions of the relative index differ: this is the ratio of the fitted ends, not the slope divided by
    the mean.

    Source: Low and Low 2004 (J Public Health 26:388); Fieller 1954.

    Examples
    --------
    >>> tenths = slope_index([74, 76, 78, 80, 82], [10, 10, 10, 10, 10], se=[0.5] * 5)
    >>> round(float(tenths.sii), 6), [round(float(limit), 2) for limit in tenths.sii_limits[0.95]]
    (10.0, [8.45, 11.55])
    >>> round(float(tenths.rii), 4), [round(float(limit), 4) for limit in tenths.rii_limits[0.95]]
    (1.137, [1.1145, 1.1599])
    """
    if se is not None and covariance is not None:
        raise MeasureError("Both se and covariance were given; expected one of them.")
    multiplier = checked_multiplier(multiplier)
    sets = inputs(values, populations, se, covariance, order, scale)
    y, people, errors, keys, V, reason = sets.y, sets.people, sets.errors, sets.order, sets.covariance, sets.reason
    k = y.shape[-1]
    flat = [None if x is None else x.reshape(-1, k) for x in (errors, keys)]
    flat_y, flat_people = y.reshape(-1, k), people.reshape(-1, k)
    flat_V = None if V is None else V.reshape(-1, k, k)
    fit = np.empty((5, reason.size))
    for begin in range(0, reason.size, _SETS):
        part = slice(begin, begin + _SETS)
        error, key, matrix = (None if x is None else x[part] for x in (*flat, flat_V))
        fit[:, part] = _fit(flat_y[part], flat_people[part], error, key, matrix, scale)
    fit[:, (reason != "").ravel()] = np.nan
    middle, slope, *rest = fit.reshape(5, *reason.shape)
    variances = None if errors is None and V is None else (rest[0], rest[1], rest[2])

    bottom, top = BACK[scale](middle - slope / 2), BACK[scale](middle + slope / 2)
    sii_limits, rii_limits = Limits(), Limits()
    slope_se = np.sqrt(variances[1]) if variances is not None else np.full(slope.shape, np.nan)
    for one in levels(confidence):
        ends = slope - one.z * slope_se, slope + one.z * slope_se
        if scale == "identity":
            sii_limits[one.share] = _ordered(*(multiplier * end for end in ends))
            rii_limits[one.share] = _fieller(middle, slope, variances, one, multiplier)
        else:
            sides = [(BACK[scale](middle - end / 2), BACK[scale](middle + end / 2)) for end in ends]
            sii_limits[one.share] = _ordered(*(multiplier * (high - low) for low, high in sides))
            rii_limits[one.share] = _ordered(*(ratio(low, high, multiplier) for low, high in sides))
    se_out = abs(multiplier) * slope_se if scale == "identity" else np.full(slope.shape, np.nan)
    return SlopeIndex(
        sii=multiplier * (top - bottom),
        rii=ratio(bottom, top, multiplier),
        intercept=abs(multiplier) * bottom,
        se=se_out,
        sii_limits=sii_limits,
        rii_limits=rii_limits,
        reason=reason,
        scale=scale,
    )


def slope_index_simulated(
    values: Any,
    populations: Any,
    se: Any,
    *,
    scale: Literal["log", "logit"],
    seed: int,
    draws: int | None = None,
    order: Any = None,
    multiplier: float = 1.0,
    confidence: Confidence = 0.95,
) -> SlopeIndex:
    """Slope and relative index of rates or proportions: line through the values, limits by simulation.

    Parameters
    ----------
    values, populations, order, multiplier, confidence
        As in :func:`slope_index`.
    se
        Standard errors on the scale named, shape ``(..., k)`` (see :func:`se_from_limits`).
    scale
        On which the errors are normal: ``log`` for rates, ``logit`` for proportions.
    seed
        Seed of the draws; the result keeps it.
    draws
        Number of simulated values of each group; at least 25 must lie beyond each limit (1,000 draws at 95%, 25,000
        at 99.8%). None takes 100,000, or more where the level asks for more.

    Returns
    -------
    SlopeIndex
        As in :func:`slope_index`, without ``se``; limits are the draws at sorted position
        ``round(draws * p)``.

    Refusals
    --------
    missing, no people, missing standard error, standard error not above 0, value not on the scale, \
groups tie in their order
        As in :func:`slope_index`.

    Raises
    ------
    MeasureError
        If shapes do not fit, the scale is not one of the two, or there are too few draws for the level.

    Notes
    -----
    Every set of groups uses the same standard normal draws, so that the limits of one do not change with what
    else is calculated in the same call, or in which order.

    Examples
    --------
    >>> fifths = slope_index_simulated([0.30, 0.26, 0.24, 0.20, 0.15], [900, 1000, 1000, 1000, 1100],
    ...                                [0.07, 0.07, 0.07, 0.08, 0.09], scale="logit", seed=2018)
    >>> lower, upper = fifths.sii_limits[0.95]
    >>> round(float(fifths.sii), 4), round(float(lower), 2), round(float(upper), 2)
    (-0.181, -0.22, -0.14)
    """
    choice(scale, "scale", ("log", "logit"))
    if se is None:
        raise MeasureError("se is None; expected a standard error on the scale for each value.")
    wanted = levels(confidence)
    seed, draws = whole(seed, "seed", least=0), enough_draws(draws, wanted)
    multiplier = checked_multiplier(multiplier)
    sets = inputs(values, populations, se, None, order, scale)
    y, people, reason = sets.y, sets.people, sets.reason
    errors = np.where((reason == "")[..., None], np.asarray(sets.errors), np.nan)
    mean_row, slope_row = regression_rows(people, sets.order)
    places = [[round(draws * p) - 1 for p in (0.5 - one.share / 2, 0.5 + one.share / 2)] for one in wanted]
    normal = np.random.default_rng(seed).standard_normal((y.shape[-1], draws))
    blocks = [np.ascontiguousarray(normal[:, start : start + _BLOCK]) for start in range(0, draws, _BLOCK)]

    flat = (-1, y.shape[-1])
    found = np.full((reason.size, 2, len(wanted), 2), np.nan)
    centre, spread = on_scale(y, scale).reshape(flat), errors.reshape(flat)
    rows = np.stack([mean_row.reshape(flat), slope_row.reshape(flat)], axis=1)
    for i in np.flatnonzero(reason.ravel() == ""):
        drawn = (BACK[scale](spread[i][:, None] * block + centre[i][:, None]) for block in blocks)
        middles, slopes = np.concatenate([rows[i] @ block for block in drawn], axis=1)
        ratios = ratio(middles - slopes / 2, middles + slopes / 2, multiplier)
        for j, simulated in enumerate((multiplier * slopes, np.nan_to_num(ratios, nan=np.inf))):
            found[i, j] = np.partition(simulated, sorted({p for pair in places for p in pair}))[places]
    found[np.isinf(found)] = np.nan  # so many draws divide by 0 or less that the ratio has no limit

    refused = reason != ""
    slope = np.where(refused, np.nan, (slope_row * y).sum(-1))
    bottom = np.where(refused, np.nan, (mean_row * y).sum(-1)) - slope / 2
    shaped = found.reshape((*reason.shape, 2, len(wanted), 2))
    limits = [
        Limits({one.share: (shaped[..., j, k, 0], shaped[..., j, k, 1]) for k, one in enumerate(wanted)})
        for j in (0, 1)
    ]
    return SlopeIndex(
        sii=multiplier * slope,
        rii=ratio(bottom, bottom + slope, multiplier),
        intercept=abs(multiplier) * bottom,
        se=np.full(reason.shape, np.nan),
        sii_limits=limits[0],
        rii_limits=limits[1],
        reason=reason,
        scale=scale,
        draws=draws,
        seed=seed,
    )


def se_from_limits(lower: Any, upper: Any, *, scale: Scale = "identity", confidence: float = 0.95) -> Floats:
    """Standard errors from published limits, on the scale on which they are symmetric.

    Parameters
    ----------
    lower, upper
        Limits of any shape, matched by label.
    scale
        ``identity`` for life expectancy and means, ``log`` for rates, ``logit`` for proportions.
    confidence
        Level of the limits.

    Returns
    -------
    numpy.ndarray
        ``(g(upper) - g(lower)) / (2 z)``, in the order of ``lower``; NaN where a limit is missing, not on the scale, or
        the upper does not lie above the lower.

    Raises
    ------
    MeasureError
        If shapes or labels do not fit, or the scale or level is unknown.

    Examples
    --------
    >>> se_from_limits([70.0], [73.92]).round(3).tolist()
    [1.0]
    """
    choice(scale, "scale", TO)
    (low, high), _ = blocks(lower=lower, upper=upper)
    with np.errstate(invalid="ignore"):
        width = on_scale(high.array, scale) - on_scale(low.array, scale)
    return np.asarray(np.where(np.isfinite(width) & (width > 0), width, np.nan) / (2 * level(confidence).z))


def _fit(
    y: Floats,
    people: Floats,
    errors: Floats | None,
    order: Floats | None,
    V: Floats | None,
    scale: Scale,
) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Fitted middle and slope of sets of shape ``(sets, k)``, their variances and covariance."""
    mean_row, slope_row = regression_rows(people, order)
    g = on_scale(y, scale)
    middle, slope = (mean_row * g).sum(-1), (slope_row * g).sum(-1)
    if V is not None:
        v_mean, v_slope = (np.einsum("sk,skj->sj", row, V) for row in (mean_row, slope_row))
        spread = (v_mean * mean_row).sum(-1), (v_slope * slope_row).sum(-1), (v_mean * slope_row).sum(-1)
    elif errors is not None:
        m, s = mean_row * errors, slope_row * errors
        spread = (m * m).sum(-1), (s * s).sum(-1), (m * s).sum(-1)
    else:
        spread = (np.full(len(y), np.nan),) * 3
    return middle, slope, *spread


def _ordered(one: Floats, other: Floats) -> tuple[Floats, Floats]:
    return np.minimum(one, other), np.maximum(one, other)


def _fieller(
    middle: Floats,
    slope: Floats,
    variances: tuple[Floats, Floats, Floats] | None,
    one: Level,
    multiplier: float,
) -> tuple[Floats, Floats]:
    """Limits of the ratio of the fitted ends, by Fieller's theorem; NaN where they are not bounded."""
    if variances is None:
        return np.full(slope.shape, np.nan), np.full(slope.shape, np.nan)
    sign = -1.0 if multiplier < 0 else 1.0
    v_mean, v_slope, v_both = variances
    divisor, numerator = middle - sign * slope / 2, middle + sign * slope / 2
    z2 = one.z**2
    v_divisor = v_mean - sign * v_both + v_slope / 4
    v_numerator = v_mean + sign * v_both + v_slope / 4
    v_product = v_mean - v_slope / 4
    A, B, C = (
        divisor**2 - z2 * v_divisor,
        numerator * divisor - z2 * v_product,
        numerator**2 - z2 * v_numerator,
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        root = np.sqrt(np.maximum(B**2 - A * C, 0.0))
        bounded = (A > 0) & (divisor > 0)
        return np.where(bounded, (B - root) / A, np.nan), np.where(bounded, (B + root) / A, np.nan)

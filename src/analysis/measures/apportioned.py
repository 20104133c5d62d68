"""Means of larger areas spread over other areas by the people they share, with the errors they share."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analysis.errors import MeasureError
from analysis.measures._checks import Floats, level
from analysis.measures.products import ordered_product

LITTLE_COVERED = "less than {share:.0%} of the people live in areas with data"


def apportioned_means(
    values: pd.Series,
    standard_errors: pd.Series,
    people: pd.DataFrame,
    *,
    widening: float = 1.0,
    minimum_coverage: float = 0.8,
    confidence: float = 0.95,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Estimate a mean for target areas from a mean known for source areas, by shared people.

    Parameters
    ----------
    values, standard_errors : Series
        One value and its standard error for each source area (index: source code); NaN where none is published.
    people : DataFrame
        People shared by each target (index) and source area (columns), shape (targets, sources).
    widening : float
        Factor on every standard error (1 leaves them as published).
    minimum_coverage : float
        Least share of a target's people who must live in source areas with a value, 0 to 1.
    confidence : float
        Level of the limits.

    Returns
    -------
    means : DataFrame
        Indexed by target: ``value``, ``lower``, ``upper``, ``standard_error``, ``coverage`` (0 to 1), ``areas`` (number
        of source areas with data that reach it) and ``reason`` (empty, or why there is no value).
    covariance : DataFrame
        Covariance of the targets' values, shape (targets, targets): targets that share a source area share its error.

    Raises
    ------
    MeasureError
        If ``people`` names a source area without an entry in ``values``, or holds negative counts.

    Notes
    -----
    With p the people of target t in source area s, restricted to areas with a value, and k the widening::

        m_t = sum_s p_ts v_s / sum_s p_ts
        Cov(m_t, m_u) = k^2 sum_s (p_ts / p_t)(p_us / p_u) se_s^2,   limits m_t -/+ z sqrt(Cov(m_t, m_t))

    The formula carries the sampling error of the source values only. The error of the apportionment itself (people of
    one source area are not alike) is not measured by it and is not in the limits. A life expectancy should be rebuilt
    from deaths and people by age; averaging it is right only where the source gives no age detail, and is an estimate.

    Examples
    --------
    >>> values, errors = pd.Series({"A": 78.0, "B": 82.0}), pd.Series({"A": 0.5, "B": 0.5})
    >>> people = pd.DataFrame({"A": [300, 100], "B": [100, 100]}, index=["north", "south"])
    >>> means, covariance = apportioned_means(values, errors, people)
    >>> means[["value", "lower", "upper", "coverage"]].round(3)
           value   lower   upper  coverage
    north   79.0  78.225  79.775       1.0
    south   80.0  79.307  80.693       1.0
    >>> round(float(covariance.loc["north", "south"]), 3)
    0.125
    """
    unknown = [code for code in people.columns if code not in values.index]
    if unknown:
        raise MeasureError(f"people names the source area {unknown[0]!r}, which has no entry in values.")
    shared: Floats = people.to_numpy(dtype=np.float64)
    if (shared < 0).any():
        raise MeasureError("people holds a negative count; expected the people shared by each pair of areas.")
    value = values.reindex(people.columns).to_numpy(dtype=np.float64)
    error = standard_errors.reindex(people.columns).to_numpy(dtype=np.float64)
    known = ~(np.isnan(value) | np.isnan(error))
    everyone, covered = shared.sum(axis=1), shared[:, known].sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        weights = shared[:, known] / covered[:, None]
        coverage = covered / everyone
    covariance = ordered_product(weights * (widening * error[known]) ** 2, weights.T)
    mean = ordered_product(weights, value[known])
    reason = np.where(everyone > 0, "", "no people").astype(object)
    reason[(everyone > 0) & ~(coverage >= minimum_coverage)] = LITTLE_COVERED.format(share=minimum_coverage)
    given = reason == ""
    spread = np.sqrt(np.diag(covariance))
    half = level(confidence).z * spread
    table: dict[str, Any] = {
        "value": np.where(given, mean, np.nan),
        "lower": np.where(given, mean - half, np.nan),
        "upper": np.where(given, mean + half, np.nan),
        "standard_error": np.where(given, spread, np.nan),
        "coverage": coverage,
        "areas": ((shared > 0) & known).sum(axis=1),
        "reason": reason,
    }
    means = pd.DataFrame(table, index=people.index)
    return means, pd.DataFrame(covariance, index=people.index, columns=people.index)


def agreement_factor(values: pd.Series, standard_errors: pd.Series, second: pd.Series) -> float:
    """How much too narrow standard errors are, judged by a second source of the same quantity.

    Parameters
    ----------
    values, standard_errors : Series
        The first source by area.
    second : Series
        The second source by area, without errors of its own. A constant difference between the two is allowed for.

    Returns
    -------
    float
        The factor by which the standard errors must be widened for the two sources to agree as well as errors of that
        size would let them; 1 where they agree already.

    Notes
    -----
    Birge's ratio: with d = first - second, w = 1/se^2 and the weighted mean difference d0,
    factor = sqrt(sum w (d - d0)^2 / (n - 1)), at least 1. All disagreement is laid on the first source, which is the
    cautious choice. (Birge 1932, Phys Rev 40:207.)

    Raises
    ------
    MeasureError
        If fewer than three areas have both values.

    Examples
    --------
    >>> first = pd.Series([70.0, 72.0, 74.0, 78.0])
    >>> round(agreement_factor(first, pd.Series([1.0] * 4), pd.Series([71.0, 70.0, 76.0, 75.0])), 3)
    2.38
    """
    both = pd.DataFrame({"first": values, "se": standard_errors, "second": second}).dropna()
    if len(both) < 3:
        raise MeasureError(f"only {len(both)} areas have both values; expected at least 3 to judge the agreement.")
    difference = (both["first"] - both["second"]).to_numpy(dtype=np.float64)
    weight = 1 / both["se"].to_numpy(dtype=np.float64) ** 2
    centre = float((weight * difference).sum() / weight.sum())
    return float(max(1.0, np.sqrt((weight * (difference - centre) ** 2).sum() / (len(both) - 1))))

"""Means of larger areas spread over other areas by the people or ground they share, with the errors they share."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any

import numpy as np
import pandas as pd

from analysis.errors import MeasureError
from analysis.measures._arguments import instance, number
from analysis.measures._inputs import Bools, Floats, Given, column, given
from analysis.measures._results import Confidence, Level, Reasons, estimates, only, refuse
from analysis.measures.products import ordered_product

LITTLE_COVERED = "less than {share:.0%} of the people live in areas with data"


def apportioned_means(
    values: Any,
    standard_errors: Any,
    people: pd.DataFrame,
    *,
    widening: float = 1.0,
    minimum_coverage: float = 0.8,
    confidence: Confidence = 0.95,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Estimate a mean for target areas from a mean known for source areas, by shared people.

    Parameters
    ----------
    values, standard_errors : Series or dict
        One value and its standard error for each source area (label: source code); NaN where none is published.
    people : DataFrame
        People shared by each target (index) and source area (columns), shape (targets, sources).
    widening : float
        Factor on every standard error (1 leaves them as published).
    minimum_coverage : float
        Least share of a target's people who must live in source areas with a value, 0 to 1.
    confidence : float or sequence
        One level or several.

    Returns
    -------
    means : DataFrame
        Indexed by target: ``standard_error``, ``coverage`` (0 to 1), ``areas`` (number of source areas with data that
        reach it), ``value``, ``lower_ci..``/``upper_ci..`` for each level, ``method`` (Mean by shared people) and
        ``reason``.
    covariance : DataFrame
        Covariance of the targets' values, shape (targets, targets): targets that share a source area share its error.

    Raises
    ------
    MeasureError
        If ``people`` names a source area without an entry in ``values``, a count is missing or negative, a standard
        error is not above 0, or an option lies outside its range.

    Refusals
    --------
    no people
        Nobody lives in the target.
    less than 80% of the people live in areas with data
        Or than the share that ``minimum_coverage`` asks for.
    no people in areas with data
        Whatever the share asked for.

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
    >>> means[["value", "lower_ci95", "upper_ci95", "coverage"]].round(3)
           value  lower_ci95  upper_ci95  coverage
    north   79.0      78.225      79.775       1.0
    south   80.0      79.307      80.693       1.0
    >>> round(float(covariance.loc["north", "south"]), 3)
    0.125
    """
    widening = number(widening, "widening", above=0)
    shared = _shared(people)
    value, error = (_at_sources(one, name, people) for one, name in ((values, "values"), (standard_errors, "se")))
    error.refuse(error.array <= 0, "a standard error above 0, or none")
    known = ~(np.isnan(value.array) | np.isnan(error.array))
    weights, coverage, reason = _coverage(shared, known, minimum_coverage)
    covariance = ordered_product(weights * (widening * error.array[known]) ** 2, weights.T)
    mean = ordered_product(weights, value.array[known])
    spread = np.sqrt(np.diag(covariance))

    def limits(one: Level) -> tuple[Floats, Floats]:
        return only(reason, mean - one.z * spread), only(reason, mean + one.z * spread)

    means = estimates(
        people.index,
        only(reason, mean),
        limits,
        confidence=confidence,
        method="Mean by shared people",
        reasons=reason,
        standard_error=only(reason, spread),
        coverage=coverage,
        areas=((shared > 0) & known).sum(axis=1),
    )
    return means, pd.DataFrame(covariance, index=people.index, columns=people.index)


def areal_means(values: Any, weights: pd.DataFrame, *, minimum_coverage: float = 0.8) -> pd.DataFrame:
    """Mean of areas from the values of the parts they share, by people or by ground, without limits.

    Parameters
    ----------
    values : Series or dict
        One value for each part (label: its code): a rate, a share, a score. NaN where there is none.
    weights : DataFrame
        What each area (index) shares with each part (columns): people, where they are known; square kilometres are a
        last resort, for they take everyone to live evenly spread. A count is summed, not averaged.
    minimum_coverage : float
        Least share of an area's weight that must lie in parts with a value, 0 to 1.

    Returns
    -------
    DataFrame
        Indexed by area: ``coverage`` (0 to 1), ``areas`` (parts with data that reach it), ``value``,
        ``method`` (Weighted mean), ``reason``.

    Refusals
    --------
    no people, less than 80% of the people live in areas with data, no people in areas with data
        As in :func:`apportioned_means`, which also gives limits where the standard errors are known.

    Raises
    ------
    MeasureError
        If ``weights`` names a part without an entry in ``values``, or a weight is missing or negative.

    Notes
    -----
    ``sum w v / sum w`` over the parts with a value.

    Examples
    --------
    >>> people = pd.DataFrame({"A": [300, 100], "B": [100, 100]}, index=["north", "south"])
    >>> areal_means({"A": 10.0, "B": 20.0}, people)[["coverage", "value"]]
           coverage  value
    north       1.0   12.5
    south       1.0   15.0
    """
    shared, value = _shared(weights), _at_sources(values, "values", weights).array
    known = ~np.isnan(value)
    shares, coverage, reason = _coverage(shared, known, minimum_coverage)
    mean = only(reason, ordered_product(shares, value[known]))
    table: dict[str, Any] = {"coverage": coverage, "areas": ((shared > 0) & known).sum(axis=1), "value": mean}
    table |= {"method": np.where(np.isnan(mean), "", "Weighted mean"), "reason": reason}
    return pd.DataFrame(table, index=weights.index)


def _shared(people: Any) -> Floats:
    """People shared by targets and sources, checked."""
    instance(people, "people", pd.DataFrame, "a frame with areas as index and their parts as columns")
    read = given(people, "people")
    read.refuse(~(read.array >= 0), "the people shared by each pair of areas, 0 or more")
    if not people.columns.is_unique:
        raise MeasureError("people names a source area twice among its columns.")
    return read.array


def _at_sources(values: Any, name: str, people: pd.DataFrame) -> Given:
    """The value of each source area, matched by its code."""
    read = column(values, name)
    index = read.labels[0]
    if index is None:
        raise MeasureError(f"{name} has no labels; expected a Series or dict by source area.")
    if not index.is_unique:
        raise MeasureError(f"{name} names {index[index.duplicated()][0]!r} twice; expected each source area once.")
    unknown = [code for code in people.columns if code not in index]
    if unknown:
        raise MeasureError(f"people names the source area {unknown[0]!r}, which has no entry in {name}.")
    return Given(name, read.array[index.get_indexer(people.columns)], (people.columns,))


def _coverage(shared: Floats, known: Bools, minimum_coverage: Any) -> tuple[Floats, Floats, Reasons]:
    """Shares of the parts with a value in each area, how much of it they cover, and why that is too little."""
    least = number(minimum_coverage, "minimum_coverage", least=0, most=1)
    everyone, covered = shared.sum(axis=1), shared[:, known].sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        weights = shared[:, known] / covered[:, None]
        coverage = covered / everyone
    reason = np.where(everyone > 0, "", "no people").astype(object)
    refuse(reason, ~(coverage >= least), LITTLE_COVERED.format(share=least))
    refuse(reason, covered <= 0, "no people in areas with data")
    return weights, coverage, reason


def _areas(one: Given) -> Iterable[Hashable]:
    return range(len(one.array)) if one.labels[0] is None else one.labels[0]


def agreement_factor(values: Any, standard_errors: Any, second: Any) -> float:
    """How much too narrow standard errors are, judged by a second source of the same quantity.

    Parameters
    ----------
    values, standard_errors : Series or dict
        The first source by area.
    second : Series or dict
        The second source by area; areas that either source lacks are left out. It comes without errors of its own.
        A constant difference between the two is allowed for.

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
        If fewer than three areas have both values, a standard error is not above 0, or an area is named twice.

    Examples
    --------
    >>> first = pd.Series([70.0, 72.0, 74.0, 78.0])
    >>> round(agreement_factor(first, pd.Series([1.0] * 4), pd.Series([71.0, 70.0, 76.0, 75.0])), 3)
    2.38
    """
    named = {"first": column(values, "values"), "se": column(standard_errors, "standard_errors")}
    named["second"] = column(second, "second")
    for one in named.values():
        if one.labels[0] is not None and not one.labels[0].is_unique:
            raise MeasureError(f"{one.name} names an area twice; expected each once.")
    unlabelled = [one.name for one in named.values() if one.labels[0] is None]
    if unlabelled and (len(unlabelled) < len(named) or len({len(one.array) for one in named.values()}) > 1):
        raise MeasureError(
            f"{unlabelled[0]} has no labels; expected a Series or dict by area, or arrays of one length."
        )
    named["se"].refuse(named["se"].array <= 0, "a standard error above 0, or none")
    by_area = [dict(zip(_areas(one), one.array, strict=True)) for one in named.values()]
    shared = [area for area in by_area[0] if area in by_area[1] and area in by_area[2]]
    both = pd.DataFrame([[held[area] for held in by_area] for area in shared], columns=list(named)).dropna()
    if len(both) < 3:
        raise MeasureError(f"only {len(both)} areas have both values; expected at least 3 to judge the agreement.")
    difference = (both["first"] - both["second"]).to_numpy(dtype=np.float64)
    weight = 1 / both["se"].to_numpy(dtype=np.float64) ** 2
    centre = float((weight * difference).sum() / weight.sum())
    return float(max(1.0, np.sqrt((weight * (difference - centre) ** 2).sum() / (len(both) - 1))))

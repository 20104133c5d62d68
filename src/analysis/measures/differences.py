"""Differences and ratios of two proportions, rates or published values, with limits and their method named.

A difference is first minus second, a ratio first over second. The two groups must be independent.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analysis.measures._arguments import number
from analysis.measures._inputs import Floats, align
from analysis.measures._results import Confidence, Level, estimates, level, no_reasons, only, per, refuse
from analysis.measures.rates import poisson_limits, wilson_limits

_Limits = tuple[Floats, Floats]


def difference_of_proportions(
    count1: Any,
    denominator1: Any,
    count2: Any,
    denominator2: Any,
    *,
    multiplier: float = 1,
    confidence: Confidence = 0.95,
) -> pd.DataFrame:
    """Difference of two independent proportions with Newcombe's limits.

    Parameters
    ----------
    count1, denominator1, count2, denominator2
        Counts and denominators of the two groups, shape (n,).
    multiplier
        1 for shares, 100 for percentage points.
    confidence
        One level or several.

    Returns
    -------
    pandas.DataFrame
        ``value``, ``lower_ci..``/``upper_ci..`` for each level, ``method`` (Newcombe, and the multiplier), ``reason``.

    Refusals
    --------
    missing
        A count or denominator is not known.
    negative count
        A count is below 0.
    denominator not above 0
        A group is empty.
    count above denominator
        A part is larger than its whole.

    Notes
    -----
    With Wilson limits l, u of each proportion p: ``lower = d - sqrt((p1 - l1)^2 + (u2 - p2)^2)``,
    ``upper = d + sqrt((u1 - p1)^2 + (p2 - l2)^2)``.

    References
    ----------
    Newcombe 1998, Stat Med 17:873, method 10.

    Examples
    --------
    >>> difference_of_proportions(56, 70, 48, 80).round(4)[["value", "lower_ci95", "upper_ci95"]]
       value  lower_ci95  upper_ci95
    0    0.2      0.0524      0.3339
    """
    multiplier = number(multiplier, "multiplier", above=0)
    index, (x1, n1, x2, n2) = align(count1=count1, denominator1=denominator1, count2=count2, denominator2=denominator2)
    reasons = no_reasons(len(index))
    refuse(reasons, np.isnan(x1 + n1 + x2 + n2), "missing")
    refuse(reasons, (x1 < 0) | (x2 < 0), "negative count")
    refuse(reasons, (n1 <= 0) | (n2 <= 0), "denominator not above 0")
    refuse(reasons, (x1 > n1) | (x2 > n2), "count above denominator")
    x1, n1, x2, n2 = (only(reasons, one) for one in (x1, n1, x2, n2))
    p1, p2 = x1 / n1, x2 / n2

    def limits(one: Level) -> _Limits:
        first, second = (wilson_limits(x, n, confidence=one.share) for x, n in ((x1, n1), (x2, n2)))
        return _square_and_add(p1, first, p2, second, multiplier)

    method = per("Newcombe", multiplier)
    return estimates(index, (p1 - p2) * multiplier, limits, confidence=confidence, method=method, reasons=reasons)


def difference_of_rates(
    count1: Any,
    population1: Any,
    count2: Any,
    population2: Any,
    *,
    multiplier: float = 100_000,
    confidence: Confidence = 0.95,
) -> pd.DataFrame:
    """Difference of two independent crude rates, its limits recovered from those of each rate (MOVER).

    Parameters
    ----------
    count1, population1, count2, population2
        Events and people of the two groups, shape (n,).
    multiplier
        The rates are per this many people.
    confidence
        One level or several.

    Returns
    -------
    pandas.DataFrame
        ``value``, ``lower_ci..``/``upper_ci..`` for each level, ``method`` (MOVER of Poisson limits, and the
        multiplier), ``reason``.

    Refusals
    --------
    missing
        A count or population is not known.
    negative count
        A count is below 0.
    population not above 0
        A group is empty.

    Notes
    -----
    As Newcombe's limits, with exact Poisson (below 10) or Byar limits of each rate in the place of Wilson's.

    References
    ----------
    Zou and Donner 2008, Stat Med 27:1693.

    Examples
    --------
    >>> difference_of_rates(40, 1000, 20, 1000, multiplier=1000).round(2)[["value", "lower_ci95", "upper_ci95"]]
       value  lower_ci95  upper_ci95
    0   20.0        4.22       36.43
    """
    multiplier = number(multiplier, "multiplier", above=0)
    index, reasons, (x1, n1, x2, n2) = _rates(count1, population1, count2, population2)
    x1, n1, x2, n2 = (only(reasons, one) for one in (x1, n1, x2, n2))
    r1, r2 = x1 / n1, x2 / n2

    def limits(one: Level) -> _Limits:
        (l1, u1), (l2, u2) = (poisson_limits(x, confidence=one.share) for x in (x1, x2))
        return _square_and_add(r1, (l1 / n1, u1 / n1), r2, (l2 / n2, u2 / n2), multiplier)

    method = per("MOVER of Poisson limits", multiplier)
    return estimates(index, (r1 - r2) * multiplier, limits, confidence=confidence, method=method, reasons=reasons)


def difference_of_estimates(
    value1: Any, lower1: Any, upper1: Any, value2: Any, lower2: Any, upper2: Any, *, confidence: float = 0.95
) -> pd.DataFrame:
    """Difference of two independent published values, its limits recovered from theirs (MOVER).

    Parameters
    ----------
    value1, lower1, upper1, value2, lower2, upper2
        The two values and their limits, shape (n,).
    confidence
        Level of the limits given, which is that of the limits returned.

    Returns
    -------
    pandas.DataFrame
        ``value``, ``lower_ci..``, ``upper_ci..``, ``method`` (MOVER), ``reason``.

    Refusals
    --------
    missing
        A value is not known.
    no limits
        The difference is given, but one of the two values has no limits.
    value outside its limits
        The limits given do not contain the value.

    References
    ----------
    Zou and Donner 2008, Stat Med 27:1693.

    Examples
    --------
    >>> difference_of_estimates(80, 79, 81, 75, 73, 77).round(3)[["value", "lower_ci95", "upper_ci95", "method"]]
       value  lower_ci95  upper_ci95 method
    0    5.0       2.764       7.236  MOVER
    """
    one_level = level(confidence).share
    index, (v1, l1, u1, v2, l2, u2) = align(
        value1=value1, lower1=lower1, upper1=upper1, value2=value2, lower2=lower2, upper2=upper2
    )
    reasons = no_reasons(len(index))
    refuse(reasons, np.isnan(v1 + v2), "missing")
    refuse(reasons, (l1 > v1) | (u1 < v1) | (l2 > v2) | (u2 < v2), "value outside its limits")
    difference = only(reasons, v1 - v2)
    refuse(reasons, np.isnan(l1 + u1 + l2 + u2), "no limits")

    def limits(_: Level) -> _Limits:
        lower, upper = _square_and_add(v1, (l1, u1), v2, (l2, u2), 1)
        return only(reasons, lower), only(reasons, upper)

    return estimates(index, difference, limits, confidence=one_level, method="MOVER", reasons=reasons)


def ratio_of_proportions(
    count1: Any, denominator1: Any, count2: Any, denominator2: Any, *, confidence: Confidence = 0.95
) -> pd.DataFrame:
    """Ratio of two independent proportions with limits on the log scale (Katz).

    Parameters
    ----------
    count1, denominator1, count2, denominator2
        Counts and denominators of the two groups, shape (n,).
    confidence
        One level or several.

    Returns
    -------
    pandas.DataFrame
        ``value``, ``lower_ci..``/``upper_ci..`` for each level, ``method`` (Katz log), ``reason``.

    Refusals
    --------
    missing
        A count or denominator is not known.
    negative count
        A count is below 0.
    denominator not above 0
        A group is empty.
    count above denominator
        A part is larger than its whole.
    no events
        A count is 0, so that the logarithm of the ratio is not defined.

    Notes
    -----
    ``r exp(-/+ z sqrt(1/x1 - 1/n1 + 1/x2 - 1/n2))``.

    References
    ----------
    Katz, Baptista, Azen and Pike 1978, Biometrics 34:469.

    Examples
    --------
    >>> ratio_of_proportions(56, 70, 48, 80).round(3)[["value", "lower_ci95", "upper_ci95"]]
       value  lower_ci95  upper_ci95
    0  1.333       1.077       1.651
    """
    index, (x1, n1, x2, n2) = align(count1=count1, denominator1=denominator1, count2=count2, denominator2=denominator2)
    reasons = no_reasons(len(index))
    refuse(reasons, np.isnan(x1 + n1 + x2 + n2), "missing")
    refuse(reasons, (x1 < 0) | (x2 < 0), "negative count")
    refuse(reasons, (n1 <= 0) | (n2 <= 0), "denominator not above 0")
    refuse(reasons, (x1 > n1) | (x2 > n2), "count above denominator")
    refuse(reasons, (x1 == 0) | (x2 == 0), "no events")
    x1, n1, x2, n2 = (only(reasons, one) for one in (x1, n1, x2, n2))
    deviation = np.sqrt(np.maximum(1 / x1 - 1 / n1 + 1 / x2 - 1 / n2, 0))
    ratio = (x1 / n1) / (x2 / n2)
    return _log_ratio(index, ratio, deviation, confidence=confidence, method="Katz log", reasons=reasons)


def ratio_of_rates(
    count1: Any, population1: Any, count2: Any, population2: Any, *, confidence: Confidence = 0.95
) -> pd.DataFrame:
    """Ratio of two independent crude rates with limits on the log scale.

    Parameters
    ----------
    count1, population1, count2, population2
        Events and people of the two groups, shape (n,).
    confidence
        One level or several.

    Returns
    -------
    pandas.DataFrame
        ``value``, ``lower_ci..``/``upper_ci..`` for each level, ``method`` (Poisson log), ``reason``.

    Refusals
    --------
    missing
        A count or population is not known.
    negative count
        A count is below 0.
    population not above 0
        A group is empty.
    no events
        A count is 0, so that the logarithm of the ratio is not defined.

    Notes
    -----
    ``r exp(-/+ z sqrt(1/x1 + 1/x2))``.

    References
    ----------
    Breslow and Day 1987, Statistical Methods in Cancer Research II.

    Examples
    --------
    >>> ratio_of_rates(40, 1000, 20, 1000).round(3)[["value", "lower_ci95", "upper_ci95"]]
       value  lower_ci95  upper_ci95
    0    2.0       1.169       3.421
    """
    index, reasons, (x1, n1, x2, n2) = _rates(count1, population1, count2, population2)
    refuse(reasons, (x1 == 0) | (x2 == 0), "no events")
    x1, n1, x2, n2 = (only(reasons, one) for one in (x1, n1, x2, n2))
    ratio, deviation = (x1 / n1) / (x2 / n2), np.sqrt(1 / x1 + 1 / x2)
    return _log_ratio(index, ratio, deviation, confidence=confidence, method="Poisson log", reasons=reasons)


def _rates(count1: Any, population1: Any, count2: Any, population2: Any) -> tuple[pd.Index, Any, list[Floats]]:
    index, columns = align(count1=count1, population1=population1, count2=count2, population2=population2)
    x1, n1, x2, n2 = columns
    reasons = no_reasons(len(index))
    refuse(reasons, np.isnan(x1 + n1 + x2 + n2), "missing")
    refuse(reasons, (x1 < 0) | (x2 < 0), "negative count")
    refuse(reasons, (n1 <= 0) | (n2 <= 0), "population not above 0")
    return index, reasons, columns


def _square_and_add(first: Floats, limits1: _Limits, second: Floats, limits2: _Limits, multiplier: float) -> _Limits:
    difference = first - second
    below = np.sqrt((first - limits1[0]) ** 2 + (limits2[1] - second) ** 2)
    above = np.sqrt((limits1[1] - first) ** 2 + (second - limits2[0]) ** 2)
    return (difference - below) * multiplier, (difference + above) * multiplier


def _log_ratio(
    index: pd.Index, ratio: Floats, deviation: Floats, *, confidence: Confidence, method: str, reasons: Any
) -> pd.DataFrame:
    def limits(one: Level) -> _Limits:
        with np.errstate(over="ignore"):  # a trace of one event bounds nothing: the upper limit is infinite
            return ratio * np.exp(-one.z * deviation), ratio * np.exp(one.z * deviation)

    return estimates(index, ratio, limits, confidence=confidence, method=method, reasons=reasons)

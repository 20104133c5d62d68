"""Proportions, rates and means of areas, with the limits that public health reports use.

Columns in, one row out for each element: ``count`` and ``population``, ``value``, a pair of limits for each confidence
level (``lower_ci95``, ``upper_ci95``), the ``method`` of the limits and the ``reason`` of a refusal.
Standardised rates are in ``standardised``, differences and ratios of two in ``differences``, tidy tables in ``tidy``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.measures._arguments import number
from analysis.measures._inputs import Floats, align, column, floats, labels_of
from analysis.measures._results import Confidence, Level, estimates, level, no_reasons, only, per, refuse

EXACT_BELOW = 10
"""Counts below this take exact Poisson limits, others Byar's approximation."""


def wilson_limits(count: Any, denominator: Any, *, confidence: float = 0.95) -> tuple[Floats, Floats]:
    """Wilson score limits of a proportion.

    Parameters
    ----------
    count
        Number with the attribute, shape (n,); fractions are allowed.
    denominator
        Number of which they are a part, shape (n,) or a single number.
    confidence
        Level, 0.9 to 1 or 90 to 100.

    Returns
    -------
    tuple of numpy.ndarray
        Lower and upper limits, shape (n,), 0 to 1; NaN where count or denominator is missing or has no
        meaning (count below 0 or above the denominator, denominator not above 0).

    Notes
    -----
    ``(2x + z^2 -/+ z sqrt(z^2 + 4x(1 - x/n))) / (2(n + z^2))``;
    the lower limit is computed from the product of the two roots, which keeps its digits for small counts.

    References
    ----------
    Wilson 1927, J Am Stat Assoc 22:209; Newcombe and Altman 2000, in Statistics with Confidence.

    Examples
    --------
    >>> [round(float(limit[0]), 4) for limit in wilson_limits(65, 100)]
    [0.5525, 0.7364]
    """
    _, (x, n) = align(count=count, denominator=denominator)
    z = level(confidence).z
    known = (x >= 0) & (n > 0) & (x <= n)
    x, n = np.where(known, x, np.nan), np.where(known, n, np.nan)
    upper = (2 * x + z**2 + z * np.sqrt(z**2 + 4 * x * (1 - x / n))) / (2 * (n + z**2))
    lower = (x / n) * (x / (n + z**2)) / upper
    return lower, np.where(x == n, 1.0, upper)


def byar_limits(count: Any, *, confidence: float = 0.95) -> tuple[Floats, Floats]:
    """Byar's approximate limits of a count.

    Parameters
    ----------
    count
        Number of events, shape (n,).
    confidence
        Level, 0.9 to 1 or 90 to 100.

    Returns
    -------
    tuple of numpy.ndarray
        Lower and upper limits, shape (n,). NaN for a missing or negative count; the lower limit is NaN
        at 0 and where the approximation falls below 0 (a count of 1 at 99% and above).

    Notes
    -----
    ``lower = x (1 - 1/(9x) - z/(3 sqrt x))^3``,
    ``upper = (x+1) (1 - 1/(9(x+1)) + z/(3 sqrt(x+1)))^3``.

    References
    ----------
    Breslow and Day 1987, Statistical Methods in Cancer Research II; APHO Technical Briefing 3 (2008).

    Examples
    --------
    >>> [round(float(limit[0]), 4) for limit in byar_limits(65)]
    [50.1632, 82.8491]
    """
    z = level(confidence).z
    x = floats(count, "count")
    x = np.where(x >= 0, x, np.nan)
    positive = np.where(x > 0, x, np.nan)
    lower = positive * (1 - 1 / (9 * positive) - z / (3 * np.sqrt(positive))) ** 3
    upper = (x + 1) * (1 - 1 / (9 * (x + 1)) + z / (3 * np.sqrt(x + 1))) ** 3
    return np.where(lower >= 0, lower, np.nan), upper


def exact_poisson_limits(count: Any, *, confidence: float = 0.95) -> tuple[Floats, Floats]:
    """Exact limits of a Poisson count, from the chi-square distribution.

    Parameters
    ----------
    count
        Number of events, shape (n,).
    confidence
        Level, 0.9 to 1 or 90 to 100.

    Returns
    -------
    tuple of numpy.ndarray
        Lower and upper limits, shape (n,); NaN for a missing or negative count; the lower limit of 0 is 0.

    Notes
    -----
    ``lower = chi2(alpha/2, 2x) / 2``, ``upper = chi2(1 - alpha/2, 2x + 2) / 2``.

    References
    ----------
    Garwood 1936, Biometrika 28:437; APHO Technical Briefing 3 (2008).

    Examples
    --------
    >>> [round(float(limit[0]), 4) for limit in exact_poisson_limits(5)]
    [1.6235, 11.6683]
    """
    from scipy import special

    tail = (1 - level(confidence).share) / 2
    x = floats(count, "count")
    x = np.where(x >= 0, x, np.nan)
    lower = np.where(x == 0, 0.0, special.gammaincinv(np.where(x > 0, x, np.nan), tail))
    return lower, np.asarray(special.gammainccinv(x + 1, tail), dtype=np.float64)


def poisson_limits(count: Any, *, confidence: float = 0.95) -> tuple[Floats, Floats]:
    """Limits of a count: exact below 10, Byar's from 10 on, as the Fingertips profiles have it.

    Parameters
    ----------
    count
        Number of events, shape (n,).
    confidence
        Level, 0.9 to 1 or 90 to 100.

    Returns
    -------
    tuple of numpy.ndarray
        Lower and upper limits, shape (n,); NaN for a missing or negative count.

    Examples
    --------
    >>> lower, upper = poisson_limits([0, 9, 10])
    >>> upper.round(2)
    array([ 3.69, 17.08, 18.39])
    """
    x = floats(count, "count")
    exact = exact_poisson_limits(x, confidence=confidence)
    byar = byar_limits(x, confidence=confidence)
    small = x < EXACT_BELOW
    return np.where(small, exact[0], byar[0]), np.where(small, exact[1], byar[1])


def proportion(count: Any, denominator: Any, *, multiplier: float = 1, confidence: Confidence = 0.95) -> pd.DataFrame:
    """Proportions with Wilson score limits.

    Parameters
    ----------
    count, denominator
        Number with the attribute and number in all, shape (n,). Sum groups before, not their proportions.
    multiplier
        1 for a share, 100 for per cent.
    confidence
        One level or several.

    Returns
    -------
    pandas.DataFrame
        ``count``, ``population`` (the denominator), ``value``, ``lower_ci..``/``upper_ci..`` for each level,
        ``method`` (Wilson, and the multiplier), ``reason``.

    Refusals
    --------
    missing
        Count or denominator is not known.
    negative count
        The count is below 0.
    denominator not above 0
        There is nothing to be a part of.
    count above denominator
        The part is larger than the whole.

    Examples
    --------
    >>> shares = proportion([65, 3], [100, 0], multiplier=100)
    >>> shares[["value", "lower_ci95", "upper_ci95", "method", "reason"]].round(1)
       value  lower_ci95  upper_ci95           method                   reason
    0   65.0        55.3        73.6  Wilson, per 100
    1    NaN         NaN         NaN                   denominator not above 0
    """
    multiplier = number(multiplier, "multiplier", above=0)
    index, (count_given, whole) = align(count=count, denominator=denominator)
    reasons = no_reasons(len(index))
    refuse(reasons, np.isnan(count_given) | np.isnan(whole), "missing")
    refuse(reasons, count_given < 0, "negative count")
    refuse(reasons, whole <= 0, "denominator not above 0")
    refuse(reasons, count_given > whole, "count above denominator")
    x, n = only(reasons, count_given), only(reasons, whole)
    return estimates(
        index,
        x / n * multiplier,
        lambda one: _scaled(wilson_limits(x, n, confidence=one.share), multiplier),
        confidence=confidence,
        method=per("Wilson", multiplier),
        reasons=reasons,
        count=count_given,
        population=whole,
    )


def rate(count: Any, population: Any, *, multiplier: float = 100_000, confidence: Confidence = 0.95) -> pd.DataFrame:
    """Crude rates with Poisson limits: exact below a count of 10, Byar's from 10 on.

    Parameters
    ----------
    count
        Events, shape (n,).
    population
        People or person-years, shape (n,). Events may outnumber people.
    multiplier
        The rate is per this many people.
    confidence
        One level or several.

    Returns
    -------
    pandas.DataFrame
        ``count``, ``population``, ``value``, ``lower_ci..``/``upper_ci..`` for each level, ``method`` (Exact or Byar,
        and the multiplier), ``reason``.

    Refusals
    --------
    missing
        Count or population is not known.
    negative count
        The count is below 0.
    population not above 0
        There is nobody to whom it could happen.

    References
    ----------
    APHO Technical Briefing 3 (2008), Commonly used public health statistics and their confidence intervals.

    Examples
    --------
    >>> rate([5, 65], 100, multiplier=100).drop(columns=["count", "population"]).round(3)
       value  lower_ci95  upper_ci95          method reason
    0    5.0       1.623      11.668  Exact, per 100
    1   65.0      50.163      82.849   Byar, per 100
    """
    multiplier = number(multiplier, "multiplier", above=0)
    index, (events, people) = align(count=count, population=population)
    reasons = no_reasons(len(index))
    refuse(reasons, np.isnan(events) | np.isnan(people), "missing")
    refuse(reasons, events < 0, "negative count")
    refuse(reasons, people <= 0, "population not above 0")
    x, n = only(reasons, events), only(reasons, people)

    def limits(one: Level) -> tuple[Floats, Floats]:
        lower, upper = poisson_limits(x, confidence=one.share)
        return lower / n * multiplier, upper / n * multiplier

    return estimates(
        index,
        x / n * multiplier,
        limits,
        confidence=confidence,
        method=per(poisson_method(x), multiplier),
        reasons=reasons,
        count=events,
        population=people,
    )


def mean(values: Any, *, by: Any = None, confidence: Confidence = 0.95) -> pd.DataFrame:
    """Means with limits from Student's t distribution.

    Parameters
    ----------
    values
        Observations, shape (n,).
    by
        Group of each observation, shape (n,), matched by label if both are labelled; None takes them as one group
        called ``all``.
    confidence
        One level or several.

    Returns
    -------
    pandas.DataFrame
        One row for each group: ``count``, ``standard_deviation``, ``value``, ``lower_ci..``/``upper_ci..``
        for each level, ``method`` (Student t), ``reason``.

    Refusals
    --------
    missing
        A value of the group is not known: drop it deliberately, or leave the mean missing.
    one value
        The mean is given, but a single value has no limits.

    Raises
    ------
    MeasureError
        If a group is missing.

    Notes
    -----
    ``mean -/+ t(n-1) s / sqrt(n)``, with s the sample standard deviation.

    Examples
    --------
    >>> means = mean([1.0, 2.0, 3.0, 8.0], by=["A", "A", "A", "B"])
    >>> means[["value", "lower_ci95", "upper_ci95", "reason"]].round(3)
       value  lower_ci95  upper_ci95     reason
    A    2.0      -0.484       4.484
    B    8.0         NaN         NaN  one value
    """
    from scipy import special

    given = column(values, "values")
    x = given.array
    groups = pd.Series(["all"] * len(x) if by is None else list(labels_of(by, "by", len(x), given.labels[0])))
    grouped = pd.Series(x).groupby(groups)
    summary = grouped.agg(["size", "mean", "std"])
    size = summary["size"].to_numpy(dtype=float)
    reasons = no_reasons(len(summary))
    refuse(reasons, (grouped.size() > grouped.count()).to_numpy(), "missing")
    average, deviation = (
        only(reasons, summary["mean"].to_numpy(dtype=float)),
        summary["std"].to_numpy(dtype=float),
    )
    refuse(reasons, size == 1, "one value")

    def limits(one: Level) -> tuple[Floats, Floats]:
        t = special.stdtrit(np.maximum(size - 1, 1), 0.5 + one.share / 2)
        half = np.where(reasons == "", t * deviation / np.sqrt(size), np.nan)
        return average - half, average + half

    return estimates(
        pd.Index(summary.index, name=None),
        average,
        limits,
        confidence=confidence,
        method="Student t",
        reasons=reasons,
        count=size.astype(int),
        standard_deviation=only(reasons, deviation),
    )


def poisson_method(count: Floats) -> npt.NDArray[np.object_]:
    """Name of the method that ``poisson_limits`` takes for each count.

    Examples
    --------
    >>> poisson_method(np.array([3.0, 30.0])).tolist()
    ['Exact', 'Byar']
    """
    return np.where(count < EXACT_BELOW, "Exact", "Byar").astype(object)


def _scaled(limits: tuple[Floats, Floats], multiplier: float) -> tuple[Floats, Floats]:
    return limits[0] * multiplier, limits[1] * multiplier

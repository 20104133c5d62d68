"""Rates standardised for age: directly (Dobson's limits) and indirectly (observed against expected).

Tables hold one row for each area and one column for each age band; a table with labels is matched by label,
an array by position.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from analysis.errors import MeasureError
from analysis.measures._checks import Confidence, Floats, Level, estimates, floats, no_reasons, only, refuse
from analysis.measures.rates import byar_limits, poisson_limits, poisson_method

ESP2013: Mapping[str, int] = MappingProxyType(
    {
        "0-4": 5000,
        "5-9": 5500,
        "10-14": 5500,
        "15-19": 5500,
        "20-24": 6000,
        "25-29": 6000,
        "30-34": 6500,
        "35-39": 7000,
        "40-44": 7000,
        "45-49": 7000,
        "50-54": 7000,
        "55-59": 6500,
        "60-64": 6000,
        "65-69": 5500,
        "70-74": 5000,
        "75-79": 4000,
        "80-84": 2500,
        "85-89": 1500,
        "90+": 1000,
    }
)
"""European Standard Population 2013, 100,000 people in 19 bands to 90+ (Eurostat 2013, KS-RA-13-028)."""

MINIMUM_EVENTS = 10
"""Directly standardised rates of fewer events are not given (Fingertips' rule)."""


def directly_standardised_rate(
    counts: Any,
    populations: Any,
    standard: Any = ESP2013,
    *,
    multiplier: float = 100_000,
    confidence: Confidence = 0.95,
    squared_counts: Any = None,
) -> pd.DataFrame:
    """Directly age-standardised rates with Dobson's limits.

    Parameters
    ----------
    counts
        Events, shape (areas, bands), or (bands,) for one area.
    populations
        People or person-years in the same shape.
    standard
        Standard population of each band, shape (bands,). A mapping or Series is matched by band if ``counts``
        has labels.
    multiplier
        The rate is per this many people.
    confidence
        One level or several.
    squared_counts
        For events that are not independent (several admissions of one person): the sum over people of the
        squared number of their events, in the shape of ``counts``. None takes every event as independent.

    Returns
    -------
    pandas.DataFrame
        One row for each area: ``events``, ``population``, ``value``, ``lower_ci..``/``upper_ci..`` for each level,
        ``method`` (Dobson), ``reason``.

    Refusals
    --------
    missing count
        A band has no count: it is not taken for 0.
    missing population
        A band has no population.
    negative count
        A count is below 0.
    population not above 0
        A band has nobody, so that its rate is not defined.
    fewer than 10 events
        The rate would be too unstable. ``events`` still holds the number: protect it if it is confidential.

    Raises
    ------
    MeasureError
        If shapes or labels of the tables differ, or the standard is not positive.

    Notes
    -----
    With events x, population n and standard weight w by band, O = sum x and Byar's limits B of O::

        rate     = sum (w x/n) / sum w
        variance = sum (w^2 x/n^2) / (sum w)^2          (x replaced by the squared counts if given)
        limits   = rate + sqrt(variance / O) (B - O)

    References
    ----------
    Dobson, Kuulasmaa, Eberle and Scherer 1991, Stat Med 10:457; Eurostat 2013, Revision of the European
    Standard Population.

    Examples
    --------
    >>> rates = directly_standardised_rate([[10, 30]], [[1000, 1000]], [60, 40], multiplier=1000)
    >>> rates.round(2)[["events", "value", "lower_ci95", "upper_ci95", "reason"]]
       events  value  lower_ci95  upper_ci95 reason
    0    40.0   18.0       12.76       24.63
    """
    index, (x, n, squared) = _tables(counts=counts, populations=populations, squared_counts=squared_counts)
    weight = _by_band(standard, counts, x.shape[1], "standard")
    if np.isnan(weight).any() or (weight < 0).any() or weight.sum() <= 0:
        raise MeasureError("The standard population must be known, not negative, and above 0 in total.")
    reasons = no_reasons(len(index))
    refuse(reasons, np.isnan(x).any(axis=1) | np.isnan(squared).any(axis=1), "missing count")
    refuse(reasons, np.isnan(n).any(axis=1), "missing population")
    refuse(reasons, (x < 0).any(axis=1) | (squared < 0).any(axis=1), "negative count")
    refuse(reasons, (n <= 0).any(axis=1), "population not above 0")
    events = x.sum(axis=1)
    refuse(reasons, events < MINIMUM_EVENTS, f"fewer than {MINIMUM_EVENTS} events")

    n_known = np.where(n > 0, n, np.nan)
    value = only(reasons, (x / n_known * weight).sum(axis=1) / weight.sum())
    variance = only(reasons, (squared / n_known**2 * weight**2).sum(axis=1) / weight.sum() ** 2)
    total = only(reasons, events)

    def limits(one: Level) -> tuple[Floats, Floats]:
        lower, upper = byar_limits(total, confidence=one.share)
        scale = np.sqrt(variance / total)
        return (value + scale * (lower - total)) * multiplier, (value + scale * (upper - total)) * multiplier

    return estimates(
        index,
        value * multiplier,
        limits,
        confidence=confidence,
        method="Dobson",
        reasons=reasons,
        events=events,
        population=n.sum(axis=1),
    )


def indirectly_standardised_ratio(
    observed: Any,
    populations: Any,
    reference_counts: Any,
    reference_populations: Any,
    *,
    multiplier: float = 100,
    confidence: Confidence = 0.95,
) -> pd.DataFrame:
    """Observed events against those expected at the reference rates (SMR, SAR).

    Parameters
    ----------
    observed
        Events in all, shape (areas,), or by band, shape (areas, bands).
    populations
        People or person-years, shape (areas, bands).
    reference_counts, reference_populations
        Events and people of the reference population by band, shape (bands,).
    multiplier
        100 for the usual ratio, 1 for a plain one.
    confidence
        One level or several.

    Returns
    -------
    pandas.DataFrame
        One row for each area: ``observed``, ``expected``, ``value``, ``lower_ci..``/``upper_ci..`` for each level,
        ``method`` (Exact below 10 observed, Byar from 10), ``reason``.

    Refusals
    --------
    missing count
        The observed events are not known.
    missing population
        A band has no population.
    negative count
        The observed events are below 0.
    negative population
        A band has a population below 0.
    nothing expected
        The reference rates expect no event.

    Raises
    ------
    MeasureError
        If shapes or labels differ, or a reference band has no people or no count.

    Notes
    -----
    ``expected = sum n R/N`` over bands; ratio = observed / expected; its limits are those of the observed count.
    Two areas may not be compared with each other by their ratios, because each is weighted by its own
    population; only each with the reference.

    References
    ----------
    APHO Technical Briefing 3 (2008); Breslow and Day 1987.

    Examples
    --------
    >>> ratio = indirectly_standardised_ratio([12], [[500, 500]], [10, 30], [1000, 1000])
    >>> ratio.round(1)[["observed", "expected", "value", "lower_ci95", "upper_ci95", "method"]]
       observed  expected  value  lower_ci95  upper_ci95 method
    0      12.0      20.0   60.0        31.0       104.8   Byar
    """
    ratio, _ = _indirect(
        observed,
        populations,
        reference_counts,
        reference_populations,
        multiplier=multiplier,
        confidence=confidence,
        as_rate=False,
    )
    return ratio


def indirectly_standardised_rate(
    observed: Any,
    populations: Any,
    reference_counts: Any,
    reference_populations: Any,
    *,
    multiplier: float = 100_000,
    confidence: Confidence = 0.95,
) -> pd.DataFrame:
    """Indirectly standardised rates: the ratio of observed to expected, times the crude reference rate.

    Parameters
    ----------
    observed, populations, reference_counts, reference_populations, confidence
        As in ``indirectly_standardised_ratio``.
    multiplier
        The rate is per this many people.

    Returns
    -------
    pandas.DataFrame
        As ``indirectly_standardised_ratio``, and ``reference_rate``.

    Refusals
    --------
    missing count
        The observed events are not known.
    missing population
        A band has no population.
    negative count
        The observed events are below 0.
    negative population
        A band has a population below 0.
    nothing expected
        The reference rates expect no event.

    Examples
    --------
    >>> rate = indirectly_standardised_rate([12], [[500, 500]], [10, 30], [1000, 1000], multiplier=1000)
    >>> rate.round(1)[["reference_rate", "value", "lower_ci95", "upper_ci95"]]
       reference_rate  value  lower_ci95  upper_ci95
    0            20.0   12.0         6.2        21.0
    """
    rate, reference_rate = _indirect(
        observed,
        populations,
        reference_counts,
        reference_populations,
        multiplier=multiplier,
        confidence=confidence,
        as_rate=True,
    )
    rate.insert(2, "reference_rate", reference_rate)
    return rate


def _indirect(
    observed: Any,
    populations: Any,
    reference_counts: Any,
    reference_populations: Any,
    *,
    multiplier: float,
    confidence: Confidence,
    as_rate: bool,
) -> tuple[pd.DataFrame, float]:
    index, (n,) = _tables(populations=populations)
    x = _totals(observed, len(index), n.shape[1])
    if isinstance(observed, pd.Series | pd.DataFrame) and not observed.index.equals(index):
        raise MeasureError("The index of observed differs from that of populations.")
    counts = _by_band(reference_counts, populations, n.shape[1], "reference_counts")
    people = _by_band(reference_populations, populations, n.shape[1], "reference_populations")
    if np.isnan(counts).any() or (counts < 0).any() or not (people > 0).all():
        raise MeasureError("Every reference band needs a count of 0 or more and a population above 0.")
    reasons = no_reasons(len(index))
    refuse(reasons, np.isnan(x), "missing count")
    refuse(reasons, np.isnan(n).any(axis=1), "missing population")
    refuse(reasons, x < 0, "negative count")
    refuse(reasons, (n < 0).any(axis=1), "negative population")
    expected = only(reasons, (n * (counts / people)).sum(axis=1))
    refuse(reasons, expected == 0, "nothing expected")
    crude = float(counts.sum() / people.sum()) * multiplier
    scale = (crude if as_rate else multiplier) / np.where(expected > 0, expected, np.nan)
    known = only(reasons, x)

    def limits(one: Level) -> tuple[Floats, Floats]:
        lower, upper = poisson_limits(known, confidence=one.share)
        return lower * scale, upper * scale

    table = estimates(
        index,
        known * scale,
        limits,
        confidence=confidence,
        method=poisson_method(known),
        reasons=reasons,
        observed=x,
        expected=expected,
    )
    return table, crude


def _tables(**tables: Any) -> tuple[pd.Index, list[Floats]]:
    """Two-dimensional arrays of one shape (None repeats the first), and the index of labelled tables."""
    (first_name, first), *others = tables.items()
    shape_of = _table(first, first_name)
    index = first.index if isinstance(first, pd.DataFrame) else pd.RangeIndex(len(shape_of))
    arrays = [shape_of]
    for name, values in others:
        array = shape_of if values is None else _table(values, name)
        if array.shape != shape_of.shape:
            raise MeasureError(f"{name} has shape {array.shape}, {first_name} {shape_of.shape}; expected the same.")
        if isinstance(values, pd.DataFrame) and isinstance(first, pd.DataFrame):
            for axis in ("index", "columns"):
                if not getattr(values, axis).equals(getattr(first, axis)):
                    raise MeasureError(f"The {axis} of {name} differs from that of {first_name}.")
        arrays.append(array)
    return index, arrays


def _table(values: Any, name: str) -> Floats:
    array = np.atleast_2d(np.asarray(values, dtype=float))
    if array.ndim != 2:
        raise MeasureError(f"{name} has {array.ndim} dimensions; expected areas by bands.")
    return array


def _by_band(values: Any, like: Any, bands: int, name: str) -> Floats:
    """One number for each band, matched by label where both sides have labels."""
    series = pd.Series(values) if isinstance(values, Mapping | pd.Series) else None
    if series is not None and isinstance(like, pd.DataFrame):
        if set(series.index) != set(like.columns):
            odd = sorted(map(str, set(series.index) ^ set(like.columns)))
            raise MeasureError(f"{name} and the tables differ in their bands: {', '.join(odd)} on one side only.")
        series = series.reindex(like.columns)
    array = floats(list(values) if series is None else series, name)
    if len(array) != bands:
        raise MeasureError(f"{name} has {len(array)} bands, the tables have {bands}.")
    return array


def _totals(observed: Any, areas: int, bands: int) -> Floats:
    array = np.asarray(observed, dtype=float)
    if array.ndim == 2 and array.shape == (areas, bands):
        return np.asarray(array.sum(axis=1), dtype=np.float64)
    array = floats(observed, "observed")
    if len(array) != areas:
        raise MeasureError(f"observed has {len(array)} rows, populations {areas}.")
    return array

"""Rates standardised for age: directly (Dobson's limits) and indirectly (observed against expected).

Tables hold one row for each area and one column for each age band. Frames, Series and dicts are matched by their
labels (areas and bands); arrays, and frames whose bands are bare row numbers, go by position.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from analysis.errors import MeasureError
from analysis.measures._inputs import Floats, Given, column, given, matched, number, order_of
from analysis.measures._results import Confidence, Level, estimates, no_reasons, only, per, refuse
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
        Standard population of each band, shape (bands,). A mapping or Series is matched by band where ``counts`` names
        its bands; a list goes by position.
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
        One row for each area: ``count``, ``population``, ``value``, ``lower_ci..``/``upper_ci..`` for each level,
        ``method`` (Dobson, and the multiplier), ``reason``.

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
        The rate would be too unstable. ``count`` still holds the number: protect it if it is confidential.

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
    >>> rates.round(2)[["count", "value", "lower_ci95", "upper_ci95", "reason"]]
       count  value  lower_ci95  upper_ci95 reason
    0   40.0   18.0       12.76       24.63
    """
    index, columns = _read(counts, populations, standard, squared_counts)
    return weighted_rate(index, columns, multiplier=multiplier, confidence=confidence, method="Dobson")


@dataclass(frozen=True)
class Bands:
    """Events, people and standard of areas by band, of one order; ``years`` weighs an event where it is not 1."""

    x: Floats
    n: Floats
    squared: Floats
    weight: Floats
    years: Floats


def weighted_rate(
    index: pd.Index, bands: Bands, *, multiplier: Any, confidence: Confidence, method: str, **before: Any
) -> pd.DataFrame:
    """Weighted sums of Poisson counts by area, with Dobson's limits, as the docstrings of their callers have them."""
    multiplier = number(multiplier, "multiplier", above=0)
    x, n, squared, weight = bands.x, bands.n, bands.squared, bands.weight
    reasons = no_reasons(len(index))
    refuse(reasons, np.isnan(x).any(axis=1) | np.isnan(squared).any(axis=1), "missing count")
    refuse(reasons, np.isnan(n).any(axis=1), "missing population")
    refuse(reasons, (x < 0).any(axis=1) | (squared < 0).any(axis=1), "negative count")
    refuse(reasons, (n <= 0).any(axis=1), "population not above 0")
    events = x.sum(axis=1)
    refuse(reasons, events < MINIMUM_EVENTS, f"fewer than {MINIMUM_EVENTS} events")

    n_known = np.where(n > 0, n, np.nan)
    rates, spreads = x / n_known * weight * bands.years, squared / n_known**2 * weight**2 * bands.years**2
    value = only(reasons, rates.sum(axis=1) / weight.sum())
    variance = only(reasons, spreads.sum(axis=1) / weight.sum() ** 2)
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
        method=per(method, multiplier),
        reasons=reasons,
        count=events,
        population=n.sum(axis=1),
        **before,
    )


def years_of_life_lost(
    counts: Any,
    populations: Any,
    years: Any,
    standard: Any = ESP2013,
    *,
    multiplier: float = 100_000,
    confidence: Confidence = 0.95,
) -> pd.DataFrame:
    """Years of life lost, directly standardised for age, with Dobson's limits.

    Parameters
    ----------
    counts
        Deaths, shape (areas, bands), or (bands,) for one area.
    populations
        People or person-years in the same shape.
    years
        Years that a death in each band loses, shape (bands,): the life expectancy of a reference population at that
        age, or the years to a fixed age such as 75.
    standard, multiplier, confidence
        As in ``directly_standardised_rate``.

    Returns
    -------
    pandas.DataFrame
        One row for each area: ``count`` (deaths), ``population``, ``years_lost`` (in all, not standardised), ``value``,
        ``lower_ci..``/``upper_ci..`` for each level, ``method`` (Dobson, and the multiplier), ``reason``.

    Refusals
    --------
    missing count, missing population, negative count, population not above 0, fewer than 10 events
        As in ``directly_standardised_rate``.

    Raises
    ------
    MeasureError
        If shapes or labels differ, the standard is not positive, or years are missing or negative.

    Notes
    -----
    With deaths x, population n, standard weight w and years y by band, O = sum x and Byar's limits B of O::

        value    = sum (w y x/n) / sum w
        variance = sum (w^2 y^2 x/n^2) / (sum w)^2
        limits   = value + sqrt(variance / O) (B - O)

    References
    ----------
    Dobson, Kuulasmaa, Eberle and Scherer 1991, Stat Med 10:457.

    Examples
    --------
    >>> lost = years_of_life_lost([[10, 30]], [[1000, 1000]], [40, 10], [60, 40], multiplier=1000)
    >>> lost.round(1)[["count", "years_lost", "value", "lower_ci95", "upper_ci95"]]
       count  years_lost  value  lower_ci95  upper_ci95
    0   40.0       700.0  360.0       217.3       540.7
    """
    index, bands = _read(counts, populations, standard, None, years)
    return weighted_rate(
        index,
        bands,
        multiplier=multiplier,
        confidence=confidence,
        method="Dobson",
        years_lost=(bands.x * bands.years).sum(axis=1),
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
        One row for each area: ``count`` (observed), ``population``, ``expected``, ``value``,
        ``lower_ci..``/``upper_ci..`` for each level, ``method`` (Exact below 10 observed, Byar from 10, and the
        multiplier), ``reason``.

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
    >>> ratio.round(1)[["count", "expected", "value", "lower_ci95", "upper_ci95", "method"]]
       count  expected  value  lower_ci95  upper_ci95         method
    0   12.0      20.0   60.0        31.0       104.8  Byar, per 100
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
    rate.insert(3, "reference_rate", reference_rate)
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
    multiplier = number(multiplier, "multiplier", above=0)
    people_by_band, seen = _table(populations, "populations"), given(observed, "observed")
    index = _rows(people_by_band)
    x = _totals(seen, people_by_band)
    counts_given, people_given = (
        _by_band(values, people_by_band, name)
        for values, name in ((reference_counts, "reference_counts"), (reference_populations, "reference_populations"))
    )
    n, counts, people = people_by_band.array, counts_given.array, people_given.array
    counts_given.refuse(~(counts >= 0), "a count of 0 or more in every reference band")
    people_given.refuse(~(people > 0), "a population above 0 in every reference band")
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
        method=per(poisson_method(known), multiplier),
        reasons=reasons,
        count=x,
        population=n.sum(axis=1),
        expected=expected,
    )
    return table, crude


def _read(
    counts: Any, populations: Any, standard: Any, squared_counts: Any, years: Any = None
) -> tuple[pd.Index, Bands]:
    """Tables of one shape and order, and the standard (and the years) of their bands."""
    names = {"counts": counts, "populations": populations, "squared_counts": squared_counts}
    tables = matched(
        *(_table(values, name) for name, values in names.items() if values is not None or name != "squared_counts")
    )
    first = tables[0]
    for one in tables[1:]:
        if one.array.shape != first.array.shape:
            raise MeasureError(
                f"{one.name} has shape {one.array.shape}, {first.name} {first.array.shape}; expected the same."
            )
    weight = _by_band(standard, first, "standard")
    weight.refuse(~(weight.array >= 0), "a standard population of 0 or more in every band")
    if not weight.array.sum() > 0:
        raise MeasureError("The standard population is 0 in total; expected it above 0.")
    lost = None if years is None else _by_band(years, first, "years")
    if lost is not None:
        lost.refuse(~(lost.array >= 0), "years of 0 or more")
    squared = tables[2].array if squared_counts is not None else first.array
    ones = np.ones_like(weight.array)
    bands = Bands(first.array, tables[1].array, squared, weight.array, ones if lost is None else lost.array)
    return _rows(first), bands


def _table(values: Any, name: str) -> Given:
    """Areas by bands; a single row of bands is one area."""
    read = given(values, name)
    if read.array.ndim == 1:
        read = Given(name, read.array[np.newaxis], (None, read.labels[0]))
    if read.array.ndim != 2:
        raise MeasureError(f"{name} has {read.array.ndim} dimensions; expected areas by bands.")
    return read


def _rows(table: Given) -> pd.Index:
    return pd.RangeIndex(len(table.array)) if table.labels[0] is None else table.labels[0]


def _by_band(values: Any, table: Given, name: str) -> Given:
    """One number for each band of a table, matched by label where both sides name their bands."""
    read, bands = column(values, name), table.array.shape[1]
    if _row_numbers(table.labels[1]) != _row_numbers(read.labels[0]):
        read = Given(name, read.array, (None,))
    order = order_of(name, read.labels[0], "the tables' bands", table.labels[1])
    if order is not None:
        read = Given(name, read.array[order], (table.labels[1],))
    if len(read.array) != bands:
        raise MeasureError(f"{name} has {len(read.array)} bands, the tables have {bands}.")
    return read


def _row_numbers(labels: pd.Index | None) -> bool:
    """Whether labels are bare row numbers in rising order, which name no band."""
    return labels is not None and bool(pd.api.types.is_integer_dtype(labels.dtype)) and labels.is_monotonic_increasing


def _totals(observed: Given, populations: Given) -> Floats:
    """Observed events of each area, given in all or by band."""
    areas, bands = populations.array.shape
    if observed.array.ndim == 2:
        (_, by_band) = matched(populations, observed)
        if by_band.array.shape == (areas, bands):
            return np.asarray(by_band.array.sum(axis=1), dtype=np.float64)
    if observed.array.ndim == 0:
        observed = Given(observed.name, observed.array.reshape(1), (None,))
    if observed.array.shape not in ((areas,), (areas, 1)):
        raise MeasureError(f"observed has shape {observed.array.shape}; expected {areas} areas, or {areas} by {bands}.")
    order = order_of("observed", observed.labels[0], "populations", populations.labels[0])
    return (observed.array if order is None else observed.array[order]).reshape(-1)

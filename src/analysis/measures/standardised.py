"""Rates standardised for age: directly (Dobson's limits) and indirectly (observed against expected).

Tables hold one row for each area and one column for each age band. Frames, Series and dicts are matched by their
labels (areas and bands); arrays, and frames whose bands are bare row numbers, go by position.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from analysis.measures._arguments import number
from analysis.measures._bands import (
    band_table,
    by_band,
    read_bands,
    row_index,
    totals_of,
    weighted_rate,
)
from analysis.measures._inputs import Floats, Given, given
from analysis.measures._results import Confidence, Level, estimates, no_reasons, only, per, refuse
from analysis.measures.rates import poisson_limits, poisson_method

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
    index, columns = read_bands(counts, populations, standard, squared_counts)
    return weighted_rate(index, columns, multiplier=multiplier, confidence=confidence, method="Dobson")


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
    index, bands = read_bands(counts, populations, standard, None, years)
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
    people_by_band, seen = band_table(populations, "populations"), given(observed, "observed")
    if seen.labels and seen.array.ndim <= 2:
        people_by_band = people_by_band.like(Given("observed", seen.array, (seen.labels[0], None)), 0)
    index = row_index(people_by_band)
    x = totals_of(seen, people_by_band)
    counts_given, people_given = (
        by_band(values, people_by_band, name)
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

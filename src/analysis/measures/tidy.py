"""Tidy tables in and out: rows summed by group, then measured, with the same columns in every answer.

Each takes a frame and the name (or names) of the columns that make a group, sums the counts of its rows, and returns
one row for each group: those columns, ``count``, ``population``, ``value``, a pair of limits for each level, ``method``
and ``reason``. A missing count stays missing in its sum. Life tables have the same door in
:func:`analysis.measures.lifetable.life_expectancy`, means in :func:`analysis.measures.rates.mean`.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from analysis.errors import MeasureError
from analysis.measures._arguments import choice, number
from analysis.measures._grouped import By, beside, by_start, summed
from analysis.measures._results import Confidence
from analysis.measures.agebands import sum_bands
from analysis.measures.funnels import MULTIPLIERS, Kind, Method, compare_in_funnel
from analysis.measures.rates import proportion, rate
from analysis.measures.standardised import ESP2013, directly_standardised_rate, indirectly_standardised_ratio
from analysis.measures.trend import Polarity


def proportion_by(
    table: pd.DataFrame,
    by: By,
    *,
    count: str = "count",
    population: str = "population",
    multiplier: float = 1,
    confidence: Confidence = 0.95,
) -> pd.DataFrame:
    """Proportions of groups of rows, from their summed counts, with Wilson score limits.

    Parameters
    ----------
    table
        One row for each part of a group.
    by
        Column or columns that name the groups; none (an empty list) takes all rows as one.
    count, population
        Columns of the number with the attribute and the number in all.
    multiplier, confidence
        As in :func:`analysis.measures.rates.proportion`.

    Returns
    -------
    pandas.DataFrame
        One row for each group, sorted: the columns of ``by``, then those of ``proportion``.

    Refusals
    --------
    missing, negative count, denominator not above 0, count above denominator
        As in :func:`analysis.measures.rates.proportion`.

    Raises
    ------
    MeasureError
        If a column is absent, a row names no group, or as in ``proportion``.

    Examples
    --------
    >>> rows = pd.DataFrame({"ward": ["A", "A", "B"], "count": [3, 2, 4], "population": [10, 15, 10]})
    >>> proportion_by(rows, "ward", multiplier=100)[["ward", "count", "population", "value"]]
      ward  count  population  value
    0    A    5.0        25.0   20.0
    1    B    4.0        10.0   40.0
    """

    def measure(counts: pd.Series, people: pd.Series) -> pd.DataFrame:
        return proportion(counts, people, multiplier=multiplier, confidence=confidence)

    return summed(table, by, [count, population], measure)


def rate_by(
    table: pd.DataFrame,
    by: By,
    *,
    count: str = "count",
    population: str = "population",
    multiplier: float = 100_000,
    confidence: Confidence = 0.95,
) -> pd.DataFrame:
    """Crude rates of groups of rows, from their summed counts, with Poisson limits.

    Parameters
    ----------
    table, by, count, population
        As in :func:`proportion_by`, with people or person-years in ``population``.
    multiplier, confidence
        As in :func:`analysis.measures.rates.rate`.

    Returns
    -------
    pandas.DataFrame
        One row for each group, sorted: the columns of ``by``, then those of ``rate``.

    Refusals
    --------
    missing, negative count, population not above 0
        As in :func:`analysis.measures.rates.rate`.

    Raises
    ------
    MeasureError
        If a column is absent, a row names no group, or as in ``rate``.

    Examples
    --------
    >>> rows = pd.DataFrame({"ward": ["A", "A", "B"], "year": [1, 2, 1], "count": [3, 2, 4], "population": 1000})
    >>> rate_by(rows, "ward", multiplier=1000)[["ward", "count", "population", "value"]]
      ward  count  population  value
    0    A    5.0      2000.0    2.5
    1    B    4.0      1000.0    4.0
    """

    def measure(counts: pd.Series, people: pd.Series) -> pd.DataFrame:
        return rate(counts, people, multiplier=multiplier, confidence=confidence)

    return summed(table, by, [count, population], measure)


def standardised_rate_by(
    table: pd.DataFrame,
    by: By,
    *,
    age: str = "age",
    count: str = "count",
    population: str = "population",
    standard: Any = ESP2013,
    multiplier: float = 100_000,
    confidence: Confidence = 0.95,
) -> pd.DataFrame:
    """Directly standardised rates of groups, from rows by age band.

    Parameters
    ----------
    table
        Rows by group and age band (and year, sex, small area: what ``by`` does not name is summed).
    by
        Column or columns that name the groups; none takes all rows as one.
    age, count, population
        Columns of the age band (labels such as ``0-4`` and ``90+``, or the ages at which bands begin), events, people.
    standard
        Standard population, by the same bands: a dict or Series. A list stands in rising order of age.
    multiplier, confidence
        As in :func:`analysis.measures.standardised.directly_standardised_rate`.

    Returns
    -------
    pandas.DataFrame
        One row for each group, sorted: the columns of ``by``, then those of ``directly_standardised_rate``.

    Refusals
    --------
    missing count, missing population, negative count, population not above 0, fewer than 10 events
        As in ``directly_standardised_rate``; a band with fewer rows than the others of its group is missing.

    Raises
    ------
    MeasureError
        If a column is absent, bands cannot be read or are not those of the standard, or a row names no group.

    Examples
    --------
    >>> rows = pd.DataFrame({"ward": "A", "age": ["65+", "0-64"], "count": [30, 10], "population": [1000, 1000]})
    >>> standardised_rate_by(rows, "ward", standard={"0-64": 60, "65+": 40}, multiplier=1000)["value"].tolist()
    [18.0]
    """
    groups, starts, (x, n) = sum_bands(table, by, age=age, values=[count, population])
    weight = by_start(standard, starts, "standard")
    found = directly_standardised_rate(x, n, weight, multiplier=multiplier, confidence=confidence)
    return beside(groups, found)


def standardised_ratio_by(
    table: pd.DataFrame,
    by: By,
    reference: pd.DataFrame,
    *,
    age: str = "age",
    count: str = "count",
    population: str = "population",
    multiplier: float = 100,
    confidence: Confidence = 0.95,
) -> pd.DataFrame:
    """Observed events against those expected at a reference's rates, of groups, from rows by age band.

    Parameters
    ----------
    table, by, age, count, population
        As in :func:`standardised_rate_by`.
    reference
        Frame of the reference population with the same columns of age, count and population; rows of a band are summed.
    multiplier, confidence
        As in :func:`analysis.measures.standardised.indirectly_standardised_ratio`.

    Returns
    -------
    pandas.DataFrame
        One row for each group, sorted: the columns of ``by``, then those of ``indirectly_standardised_ratio``.

    Refusals
    --------
    missing count, missing population, negative count, negative population, nothing expected
        As in ``indirectly_standardised_ratio``; a band with fewer rows than the others of its group is missing.

    Raises
    ------
    MeasureError
        If a column is absent, bands are not those of the reference, or a row names no group.

    Examples
    --------
    >>> rows = pd.DataFrame({"ward": "A", "age": ["0-64", "65+"], "count": [2, 10], "population": [500, 500]})
    >>> standard = pd.DataFrame({"age": ["65+", "0-64"], "count": [30, 10], "population": [1000, 1000]})
    >>> standardised_ratio_by(rows, "ward", standard)[["ward", "count", "expected", "value"]]
      ward  count  expected  value
    0    A   12.0      20.0   60.0
    """
    groups, starts, (x, n) = sum_bands(table, by, age=age, values=[count, population])
    _, reference_starts, sums = sum_bands(reference, [], age=age, values=[count, population])
    events, people = (
        by_start(dict(zip(reference_starts.tolist(), one[0].tolist(), strict=True)), starts, "reference")
        for one in sums
    )
    found = indirectly_standardised_ratio(x, n, events, people, multiplier=multiplier, confidence=confidence)
    return beside(groups, found)


def funnel_by(
    table: pd.DataFrame,
    by: By,
    *,
    kind: Kind,
    polarity: Polarity,
    benchmark: float | None = None,
    count: str = "count",
    population: str = "population",
    method: Method = "exact",
    multiplier: float | None = None,
    confidence: Confidence = (0.95, 0.998),
) -> pd.DataFrame:
    """Compare groups of rows with each other in a funnel about what they have together, or about a benchmark.

    Parameters
    ----------
    table, by, count, population
        As in :func:`proportion_by`; for ratios ``population`` holds the expected events.
    kind
        ``proportion``, ``rate`` or ``ratio``. (A standardised rate has no counts to sum: see ``compare_in_funnel``.)
    benchmark
        Its value; None takes the pooled value of all groups that have one.
    polarity, method, multiplier, confidence
        As in :func:`analysis.measures.funnels.compare_in_funnel`.

    Returns
    -------
    pandas.DataFrame
        One row for each group, sorted: the columns of ``by``, ``benchmark``, then those of ``compare_in_funnel``.

    Refusals
    --------
    no value, value outside its range, missing, denominator not above 0, benchmark outside its range
        As in ``compare_in_funnel``.

    Raises
    ------
    MeasureError
        If a column is absent, a row names no group, no group has a value, or as in ``compare_in_funnel``.

    Examples
    --------
    >>> wards = pd.DataFrame({"ward": ["A", "B", "C"], "count": [12, 60, 0], "population": [100, 200, 4]})
    >>> found = funnel_by(wards, "ward", kind="proportion", polarity="lower_is_better", multiplier=100)
    >>> found[["ward", "benchmark", "value", "result"]].round(1)
      ward  benchmark  value   result
    0    A       23.7   12.0   better
    1    B       23.7   30.0    worse
    2    C       23.7    0.0  similar
    """
    choice(kind, "kind of funnel", [one for one in MULTIPLIERS if one != "standardised rate"])

    def measure(counts: pd.Series, people: pd.Series) -> pd.DataFrame:
        centre = benchmark
        if centre is None:
            known = (people > 0) & (counts >= 0)
            if not known.any():
                raise MeasureError("No group has a count and a population, so that they have no value together.")
            scale = MULTIPLIERS[kind] if multiplier is None else multiplier
            centre = float(counts[known].sum() / people[known].sum()) * number(scale, "multiplier", above=0)
        options: dict[str, Any] = {"kind": kind, "polarity": polarity, "method": method, "multiplier": multiplier}
        found = compare_in_funnel(None, centre, people, count=counts, confidence=confidence, **options)
        found.insert(0, "benchmark", centre)
        return found

    return summed(table, by, [count, population], measure)

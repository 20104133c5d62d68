"""Tidy tables in and out: rows summed by group, then measured, with the same columns in every answer.

Each takes a frame and the name (or names) of the columns that make a group, sums the counts of its rows, and returns
one row for each group: those columns, ``count``, ``population``, ``value``, a pair of limits for each level, ``method``
and ``reason``. A missing count stays missing in its sum. Life tables have the same door in
:func:`analysis.measures.lifetable.life_expectancy`, means in :func:`analysis.measures.rates.mean`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from analysis.errors import MeasureError
from analysis.measures._inputs import (
    MOST_GROUPS,
    Given,
    choice,
    column,
    column_names,
    flag,
    frame,
    grouping,
    number,
    whole,
)
from analysis.measures._results import Confidence, levels, per
from analysis.measures.agebands import sum_bands
from analysis.measures.funnels import MULTIPLIERS, Kind, Method, compare_in_funnel
from analysis.measures.inequality import se_from_limits, slope_index
from analysis.measures.quantiles import assign_quantiles
from analysis.measures.rates import proportion, rate
from analysis.measures.standardised import ESP2013, directly_standardised_rate, indirectly_standardised_ratio
from analysis.measures.trend import Polarity

By: TypeAlias = str | Sequence[str]


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

    return _summed(table, by, [count, population], measure)


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

    return _summed(table, by, [count, population], measure)


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
    weight = _by_start(standard, starts, "standard")
    found = directly_standardised_rate(x, n, weight, multiplier=multiplier, confidence=confidence)
    return _beside(groups, found)


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
        _by_start(dict(zip(reference_starts.tolist(), one[0].tolist(), strict=True)), starts, "reference")
        for one in sums
    )
    found = indirectly_standardised_ratio(x, n, events, people, multiplier=multiplier, confidence=confidence)
    return _beside(groups, found)


def slope_index_by(
    table: pd.DataFrame,
    by: By,
    *,
    order: str,
    value: str = "value",
    population: str = "population",
    se: str | None = None,
    limits: tuple[str, str] | None = None,
    limits_confidence: float = 0.95,
    scale: Any = "identity",
    multiplier: float = 1.0,
    confidence: Confidence = 0.95,
) -> pd.DataFrame:
    """Slope and relative index of inequality of sets of groups of people, in long form.

    Parameters
    ----------
    table
        One row for each set and group of people (tenth, ward).
    by
        Column or columns that name a set; none takes all rows as one.
    order
        Column to rank the groups of people by within a set, lowest = most deprived.
    value, population
        Columns of the value and the people of each group.
    se
        Column of standard errors, on the scale; or else
    limits
        the two columns of published limits, from which they are had at the level ``limits_confidence``. Without either
        there are no limits.
    limits_confidence, scale, multiplier, confidence
        As in :func:`analysis.measures.inequality.slope_index`.

    Returns
    -------
    pandas.DataFrame
        Two rows for each set, sorted: the columns of ``by``, ``statistic`` (``sii`` or ``rii``), ``population``,
        ``value``, ``lower_ci..``/``upper_ci..`` for each level, ``method``, ``reason``.

    Refusals
    --------
    fewer than two groups
        The set has no second group to compare.
    missing order
        A group of the set has no place in the order.
    missing, no people, missing standard error, standard error not above 0, value not on the scale, \
groups tie in their order
        As in ``slope_index``.

    Raises
    ------
    MeasureError
        If a column is absent, a row names no set, or as in ``slope_index``.

    Examples
    --------
    >>> tenths = pd.DataFrame({"sex": "female", "tenth": [2, 1, 3, 4, 5], "value": [76, 74, 78, 80, 82]})
    >>> tenths["population"] = 10
    >>> slope_index_by(tenths, "sex", order="tenth").round(3)[["sex", "statistic", "value"]]
          sex statistic   value
    0  female       sii  10.000
    1  female       rii   1.137
    """
    names = column_names(by)
    errors = [se] if se is not None else list(limits or ())
    if (se is not None and limits is not None) or (limits is not None and len(errors) != 2):
        raise MeasureError("Give either se or the two columns of limits.")
    grouping(frame(table, "table", [*names, order, value, population, *errors]), names, "table")
    groups, code = _groups(table, names)
    wanted = levels(confidence)
    shown: list[dict[str, Any]] = []
    for at in range(len(groups)):
        rows = table[code == at]
        spread = None if not errors else rows[se] if se is not None else _errors(rows, errors, scale, limits_confidence)
        people = column(rows[population], population).array
        common = {"population": people.sum(), "method": "", "reason": "fewer than two groups"}
        keys = column(rows[order], order).array
        if len(rows) >= 2 and np.isnan(keys).any():
            common["reason"] = "missing order"
        if len(rows) < 2 or np.isnan(keys).any():
            shown += [{"statistic": name, "value": np.nan, **common} for name in ("sii", "rii")]
            continue
        options = {"scale": scale, "multiplier": multiplier, "confidence": confidence, "order": keys}
        found = slope_index(
            column(rows[value], value).array, people, None if spread is None else np.asarray(spread), **options
        )
        common["reason"] = found.reason.item()
        for name, index, held in (("sii", found.sii, found.sii_limits), ("rii", found.rii, found.rii_limits)):
            one = {"statistic": name, **common, "value": float(index)}
            one |= {
                key: float(end)
                for level in wanted
                for key, end in zip((level.lower, level.upper), held[level.share], strict=True)
            }
            method = "Slope index, exact limits" if name == "sii" else "Ratio of fitted ends, Fieller"
            one["method"] = (
                "" if np.isnan(one["value"]) else per(method, multiplier).item() if name == "sii" else method
            )
            shown.append(one)
    ends = [end for level in wanted for end in (level.lower, level.upper)]
    result = pd.DataFrame(shown, columns=["statistic", "population", "value", *ends, "method", "reason"])
    repeated = groups.loc[groups.index.repeat(2)].reset_index(drop=True)
    return pd.concat([repeated, result], axis=1)


def quantiles_by(
    table: pd.DataFrame,
    by: By,
    groups: int = 10,
    *,
    value: str = "value",
    highest_is_first: Any = True,
) -> pd.DataFrame:
    """Put the rows of each set into equal groups by rank.

    Parameters
    ----------
    table
        One row for each area and set (indicator, sex, parent).
    by
        Column or columns that name a set; none ranks all rows together.
    groups
        Number of quantiles: 10 for tenths, 5 for fifths.
    value
        Column to rank by.
    highest_is_first
        True or False for all, or the name of a column that says it row by row, the same within a set.

    Returns
    -------
    pandas.DataFrame
        The rows as given, in their order, with ``quantile`` (nullable integer) and ``reason`` added.

    Refusals
    --------
    missing, fewer areas than groups
        As in :func:`analysis.measures.quantiles.assign_quantiles`.

    Raises
    ------
    MeasureError
        If a column is absent, a row names no set, or as in ``assign_quantiles``.

    Examples
    --------
    >>> wards = pd.DataFrame({"sex": ["f", "f", "m", "m"], "value": [3, 1, 5, 9], "high": [True, True, False, False]})
    >>> quantiles_by(wards, "sex", 2, highest_is_first="high")["quantile"].tolist()
    [1, 2, 1, 2]
    """
    names = column_names(by)
    polarity = [highest_is_first] if isinstance(highest_is_first, str) else []
    whole(groups, "groups", least=2, most=MOST_GROUPS)
    grouping(frame(table, "table", [*names, value, *polarity]), names, "table")
    code = _groups(table, names)[1]
    first = table[polarity[0]].tolist() if polarity else flag(highest_is_first, "highest_is_first")
    held = column(table[value], value).array
    found = assign_quantiles(held, groups, by=code.tolist(), highest_is_first=first).set_axis(table.index)
    return table.assign(quantile=found["quantile"], reason=found["reason"])


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

    return _summed(table, by, [count, population], measure)


def _summed(
    table: Any, by: Any, values: list[str], measure: Callable[[pd.Series, pd.Series], pd.DataFrame]
) -> pd.DataFrame:
    """Sum two columns by group, missing where one of its rows is, and measure the sums."""
    names = column_names(by)
    grouping(frame(table, "table", [*names, *values]), names, "table")
    groups, code = _groups(table, names)
    sums = [
        pd.Series(np.bincount(code, weights=column(table[one], str(one)).array, minlength=len(groups)))
        for one in values
    ]
    return _beside(groups, measure(*sums))


def _groups(table: pd.DataFrame, names: list[Any]) -> tuple[pd.DataFrame, Any]:
    """The groups of a table, one row each, sorted, and the position of each row's group."""
    if not names:
        return pd.DataFrame(index=range(min(len(table), 1))), np.zeros(len(table), dtype=np.intp)
    grouped = table.groupby(names, sort=True, observed=True)
    code = grouped.ngroup().to_numpy()
    first = np.unique(code, return_index=True)[1]
    return table[names].iloc[first].reset_index(drop=True), code


def _beside(groups: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    twice = [name for name in groups.columns if name in found.columns]
    if twice:
        raise MeasureError(f"by names {twice[0]!r}, which is a column of the answer; rename it.")
    return pd.concat([groups.reset_index(drop=True), found.reset_index(drop=True)], axis=1)


def _errors(rows: pd.DataFrame, limits: list[str], scale: Any, confidence: Any) -> Any:
    lower, upper = (column(rows[one], one).array for one in limits)
    return se_from_limits(lower, upper, scale=scale, confidence=confidence)


def _by_start(values: Any, starts: Any, name: str) -> Any:
    """Numbers by band in the order of the ages at which the bands begin."""
    from analysis.measures.agebands import by_age

    read = column(values, name)
    if read.labels[0] is not None:
        read = by_age(Given(name, read.array, read.labels), starts)
    return read.array

"""Deprivation of groups of small areas, by the definitions of the English Indices of Deprivation.

The ministry publishes five summaries for local authorities: average rank, average score, the proportion of
areas in the most deprived tenth of the nation, extent and local concentration. Here they are computed for any
grouping (wards, districts, a city), from national ranks (1 = most deprived) and the population of each area.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.errors import MeasureError
from analysis.measures._arguments import MOST_GROUPS, column_names, flag, frame, grouping, whole
from analysis.measures._inputs import Bools, Floats, floats, index_of
from analysis.measures._results import no_reasons, refuse

_CONCENTRATED_SHARE = 0.1


def national_quantile(ranks: Any, national_count: int, groups: int = 100) -> Floats:
    """Percentile, decile or other quantile of national ranks: 1 holds the most deprived.

    Parameters
    ----------
    ranks
        National ranks, shape (n,), 1 = most deprived; NaN stays NaN.
    national_count
        Number of areas ranked in the whole nation (32,844 in 2019; 33,755 in 2025).
    groups
        100 for percentiles, 10 for deciles, 5 for fifths.

    Returns
    -------
    numpy.ndarray
        Shape (n,): ``ceil(groups * rank / national_count)``.

    Raises
    ------
    MeasureError
        If a rank lies outside 1 to ``national_count``.

    Notes
    -----
    The quantile is that of the whole nation. Cutting a subset of areas into equal parts (``ntile``) answers
    another question; one public implementation of extent does so, and is wrong in 140 of 317 districts.

    Examples
    --------
    >>> national_quantile([1, 3284, 3285, 32844], 32844, groups=10)
    array([ 1.,  1.,  2., 10.])
    """
    national_count = whole(national_count, "national_count", least=1, most=10**9)
    groups = whole(groups, "groups", least=1, most=MOST_GROUPS)
    rank = floats(ranks, "ranks")
    outside = (rank < 1) | (rank > national_count)
    if outside.any():
        raise MeasureError(
            f"A rank of {rank[outside][0]:g} was given with a national count of {national_count}: "
            "expected ranks from 1 to the national count. Is the count that of another release?"
        )
    return np.asarray(np.ceil(groups * rank / national_count), dtype=np.float64)


def extent_weight(percentiles: Any) -> Floats:
    """Weight of a national percentile in the extent measure.

    1 for the most deprived tenth, then falling by equal steps from 0.95 (percentile 11) to 0.05
    (percentile 30), and 0 beyond.

    Parameters
    ----------
    percentiles
        National percentiles, shape (n,), 1 = most deprived.

    Returns
    -------
    numpy.ndarray
        Weights, shape (n,), from 0 to 1.

    Raises
    ------
    MeasureError
        If a percentile lies outside 1 to 100.

    Examples
    --------
    >>> extent_weight([10, 11, 30, 31])
    array([1.  , 0.95, 0.05, 0.  ])
    """
    k = floats(percentiles, "percentiles")
    outside = (k < 1) | (k > 100)
    if outside.any():
        raise MeasureError(f"A percentile of {k[outside][0]:g} was given; expected percentiles from 1 to 100.")
    weight = np.where(k <= 10, 1.0, np.where(k <= 30, 0.95 - (k - 11) * (0.9 / 19), 0.0))
    return np.where(np.isnan(k), np.nan, weight)


def summarise(
    areas: pd.DataFrame,
    *,
    by: str | Sequence[str],
    national_count: int,
    rank: str = "rank",
    population: str = "population",
    score: str | None = None,
) -> pd.DataFrame:
    """Summarise the deprivation of groups of small areas.

    Parameters
    ----------
    areas
        One row for each small area (such as an LSOA), with the columns named below. Where an area is shared
        among groups, give one row for each part, with the population of that part.
    by
        Column or columns that name the group. If it is one that is categorical, every category gets a row, even
        without areas.
    national_count
        Number of areas ranked in the whole nation.
    rank
        Column of national ranks, 1 = most deprived.
    population
        Column of residents of each area, of the same release as the ranks.
    score
        Column of scores, or None to leave out the average score.

    Returns
    -------
    pandas.DataFrame
        Indexed by group:
        ``areas`` (number of rows), ``population``,
        ``average_rank`` (population-weighted mean of N + 1 - rank, so that more is more deprived),
        ``average_score`` (population-weighted; only where scores are given),
        ``proportion`` (share of areas in the most deprived tenth of the nation, 0 to 1),
        ``population_share_decile1`` (share of residents who live there, 0 to 1),
        ``extent`` (0 to 1), ``local_concentration`` (N + 1 - rank),
        ``most_deprived_rank`` and ``least_deprived_rank`` (national ranks),
        ``reason`` (empty, or why measures are missing).

    Refusals
    --------
    no areas
        A category of the grouping has no area.
    missing rank
        An area of the group has no rank: every measure is missing.
    missing population
        An area of the group has no population: every measure weighted by population is missing.
    negative population
        An area of the group has a population below 0.
    no population
        The areas of the group have no residents at all.
    missing score
        An area of the group has no score: the average score is missing, the rest is given.

    Raises
    ------
    MeasureError
        If a column is absent, an area has no group, or a rank lies outside 1 to ``national_count``.

    Notes
    -----
    With R = N + 1 - rank, population p and the extent weight w of the national percentile::

        average rank         sum p R / sum p
        average score        sum p score / sum p
        proportion           areas in decile 1 / areas
        extent               sum p w / sum p
        local concentration  mean of R, weighted by p, over the most deprived areas that hold exactly
                             a tenth of the group's population; the area at the margin counts in part

    A group of few areas has a coarse proportion (0, 0.5 or 1 with two areas): show it with the number of
    areas, and do not rank by it. The measures are defined for one release: scores and national ranks are
    relative to it, so that a difference between releases is no change of deprivation.

    References
    ----------
    English Indices of Deprivation 2019, Technical Report, appendix on summary measures (MHCLG 2019).

    Examples
    --------
    >>> lsoas = pd.DataFrame({"ward": ["A", "A", "B"], "rank": [1, 60, 100], "population": [100, 300, 200]})
    >>> summary = summarise(lsoas, by="ward", national_count=100)
    >>> summary[["areas", "average_rank", "proportion", "extent", "local_concentration"]]
          areas  average_rank  proportion  extent  local_concentration
    ward
    A         2         55.75         0.5    0.25                100.0
    B         1          1.00         0.0    0.00                  1.0
    """
    names = column_names(by)
    if not names:
        raise MeasureError("by names no column; expected one or more that name the group.")
    frame(areas, "areas", [*names, rank, population, *([] if score is None else [score])])
    grouping(areas, names, "areas")
    code, groups = _groups(areas, names)
    count = len(groups)
    ranks, people = floats(areas[rank], rank), floats(areas[population], population)
    percentile = national_quantile(ranks, national_count)
    reversed_rank = national_count + 1 - ranks

    def total(values: Floats) -> Floats:
        return _sums(code, values, count)

    size, residents = total(np.ones(len(code))), total(people)
    reasons = no_reasons(count)
    refuse(reasons, size == 0, "no areas")
    refuse(reasons, np.isnan(total(ranks)), "missing rank")
    refuse(reasons, np.isnan(residents), "missing population")
    refuse(reasons, total((people < 0).astype(float)) > 0, "negative population")
    refuse(reasons, residents == 0, "no population")
    weighable = reasons == ""

    def mean(values: Floats) -> Floats:
        return _ratio(total(people * values), residents, weighable)

    ranked = (size > 0) & ~np.isnan(total(ranks))
    in_decile_1 = np.where(np.isnan(percentile), np.nan, percentile <= 10)
    columns: dict[str, Any] = {
        "areas": size.astype(int),
        "population": np.where(size > 0, residents, np.nan),
        "average_rank": mean(reversed_rank),
    }
    if score is not None:
        columns["average_score"] = mean(floats(areas[score], score))
        refuse(reasons, np.isnan(columns["average_score"]), "missing score")
    columns |= {
        "proportion": _ratio(total(in_decile_1), size, ranked),
        "population_share_decile1": mean(in_decile_1),
        "extent": mean(extent_weight(percentile)),
        "local_concentration": np.where(
            weighable, _local_concentration(code, reversed_rank, people, residents), np.nan
        ),
        "most_deprived_rank": np.where(ranked, -_largest(code, -ranks, count), np.nan),
        "least_deprived_rank": np.where(ranked, _largest(code, ranks, count), np.nan),
        "reason": reasons,
    }
    return pd.DataFrame(columns, index=groups)


def rank_areas(values: Any, *, highest_first: bool = True) -> pd.Series:
    """Rank areas by a summary measure, 1 = highest value (most deprived), ties by the unrounded value.

    Parameters
    ----------
    values
        One value for each area, shape (n,), unrounded; labels are kept. NaN gets no rank.
    highest_first
        False gives rank 1 to the lowest value.

    Returns
    -------
    pandas.Series
        Ranks (nullable integers). Areas of equal value share the best rank, and the next rank is left out.

    Examples
    --------
    >>> rank_areas([0.30, 0.52, 0.30, None]).tolist()
    [2, 1, 2, <NA>]
    """
    series = pd.Series(floats(values, "values"), index=index_of(values))
    highest_first = flag(highest_first, "highest_first")
    return series.rank(method="min", ascending=not highest_first).astype("Int64").rename("rank")


def _groups(areas: pd.DataFrame, names: list[Any]) -> tuple[npt.NDArray[np.intp], pd.Index]:
    """Position of each row's group, and the groups in order (all categories of a single categorical)."""
    column = areas[names[0]]
    if len(names) > 1:
        grouped = areas.groupby(names, sort=True, observed=True)
        return np.asarray(grouped.ngroup(), dtype=np.intp), grouped.size().index
    if isinstance(column.dtype, pd.CategoricalDtype):
        return np.asarray(column.cat.codes, dtype=np.intp), pd.Index(column.cat.categories, name=names[0])
    code, groups = pd.factorize(column, sort=True)
    return np.asarray(code, dtype=np.intp), pd.Index(groups, name=names[0])


def _sums(code: npt.NDArray[np.intp], values: Floats, count: int) -> Floats:
    return np.bincount(code, weights=values, minlength=count).astype(np.float64)


def _ratio(numerator: Floats, denominator: Floats, where: Bools) -> Floats:
    result = np.full(len(numerator), np.nan)
    np.divide(numerator, denominator, out=result, where=where)
    return result


def _largest(code: npt.NDArray[np.intp], values: Floats, count: int) -> Floats:
    largest = np.full(count, -np.inf)
    np.fmax.at(largest, code, values)
    return largest


def _local_concentration(
    code: npt.NDArray[np.intp], reversed_rank: Floats, people: Floats, residents: Floats
) -> Floats:
    """Mean reversed rank over exactly a tenth of each group's people, from the most deprived on."""
    # One key, group first and then rank, sorts several times faster than two; a missing rank stays in its group.
    places = np.max(reversed_rank, initial=0.0, where=~np.isnan(reversed_rank)) + 1
    order = np.argsort(code * places - np.nan_to_num(reversed_rank), kind="stable")
    group, rank, population = code[order], reversed_rank[order], people[order]
    known = np.nan_to_num(population)
    running = np.cumsum(known)
    group_size = _sums(group, known, len(residents))
    started = np.cumsum(group_size) - group_size
    before = running - known - started[group]
    tenth: Floats = _CONCENTRATED_SHARE * residents
    taken = np.clip(tenth[group] - before, 0, population)
    weighted = _sums(group, taken * rank, len(residents))
    return _ratio(weighted, tenth, residents > 0)

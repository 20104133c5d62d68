"""Gaps: from the best to the worst area, from the most to the least deprived fifth, and their parts by age."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.errors import MeasureError
from analysis.measures._arguments import MOST_DRAWS, column_names, flag, instance, nameable, whole, word
from analysis.measures._arguments import frame as checked
from analysis.measures._covariances import is_covariance, root_of, square_matrix
from analysis.measures._inputs import Floats, column, given, matched
from analysis.measures._results import Confidence, Limits, levels
from analysis.measures.agebands import from_the_end
from analysis.measures.lifetable import LifeTable, life_expectancy
from analysis.measures.products import ordered_product

_BLOCK = 1000  # draws at a time: what the processor keeps close at hand


@dataclass(frozen=True)
class AreaGap:
    """The gap between the best and the worst of some areas, and what noise alone would show.

    Attributes
    ----------
    value, se
        Value of the best area minus that of the worst, and its standard error.
    ratio
        Value of the best area divided by that of the worst.
    limits
        Lower and upper limit of the gap of these two areas, by level: ``limits[0.95]`` or ``[95]``. They do not allow
        for the two having been picked as the extremes: see ``noise_range``.
    best, worst
        Where they stand in the input: position, or label where a Series was given.
    areas, areas_missing
        Number of areas with a value (and standard error), and of those left out for want of one.
    noise_range
        Distance from highest to lowest that would be expected from these standard errors if all areas had
        the same true value.
    noise_error
        Error of ``noise_range`` from simulation; 0 where it was integrated.
    reason
        Why there is no gap; empty where there is.
    """

    value: float
    se: float
    ratio: float
    limits: Limits
    best: Hashable
    worst: Hashable
    areas: int
    areas_missing: int
    noise_range: float
    noise_error: float
    reason: str


def best_to_worst_gap(
    values: Any,
    se: Any = None,
    *,
    covariance: Any = None,
    higher_is_better: bool = True,
    seed: int | None = None,
    draws: int = 100_000,
    confidence: Confidence = 0.95,
) -> AreaGap:
    """Gap between the best and the worst area, beside the gap that noise alone would show.

    Parameters
    ----------
    values
        Value of each area, shape ``(k,)``; missing ones are left out and counted. Labels are matched.
    se
        Standard error of each value, same shape; missing ones and those not above 0 leave the area out.
    covariance
        Covariance matrix of the values in place of ``se``, shape ``(k, k)``, where they are not independent; areas
        whose variance is missing or not above 0 are left out.
    higher_is_better
        Whether the highest value is the best (life expectancy) or the lowest (mortality). The gap is best
        minus worst, so it is below 0 for the latter.
    seed, draws
        For ``noise_range`` with a covariance, which is simulated; without one it is integrated.
    confidence
        One or several levels.

    Returns
    -------
    AreaGap
        With the attributes that it names.

    Refusals
    --------
    fewer than two areas
        With a value and a standard error.

    Raises
    ------
    MeasureError
        If shapes or labels do not fit, not exactly one of ``se`` and ``covariance`` is given, or a covariance is none.

    Notes
    -----
    SE = sqrt(se_best² + se_worst² - 2 cov). The range from best to worst grows with the number of areas and with
    the noise in each, with no change in anyone's health: a city redrawn from 30 into 64 wards shows a wider
    gap. Report it with ``areas`` and ``noise_range``, and lead with a slope index or a gap of fifths.

    Examples
    --------
    >>> gap = best_to_worst_gap([76.0, 79.5, 83.0, None], [0.8, 0.7, 0.6, None])
    >>> gap.value, round(gap.se, 2), [round(limit, 2) for limit in gap.limits[0.95]], gap.areas
    (7.0, 1.0, [5.04, 8.96], 3)
    >>> round(gap.noise_range, 2)
    1.19
    """
    flag(higher_is_better, "higher_is_better")
    if (se is None) == (covariance is None):
        raise MeasureError("Exactly one of se and covariance is expected.")
    area = column(values, "values")
    y, labels = area.array, area.labels[0]
    V = None if covariance is None else square_matrix(covariance, y.size, labels)
    if V is not None and seed is None:
        raise MeasureError("A covariance must come with a seed, for the range of noise is simulated.")
    if V is not None:
        errors = np.sqrt(np.where(np.diagonal(V) > 0, np.diagonal(V), np.nan))
    else:
        errors = matched(area, column(se, "se"))[1].array
    if errors.shape != y.shape:
        raise MeasureError(f"values has {y.size} areas, se {errors.size}; expected one for each.")
    usable = np.isfinite(y) & (errors > 0)
    count = int(usable.sum())
    if V is not None and count and not is_covariance(V[np.ix_(usable, usable)]):
        raise MeasureError("covariance is not symmetric and positive; expected a covariance of the values.")
    wanted = levels(confidence)
    if count < 2:
        nothing = Limits({one.share: (np.nan, np.nan) for one in wanted})
        few = "fewer than two areas"
        return AreaGap(np.nan, np.nan, np.nan, nothing, None, None, count, y.size - count, np.nan, np.nan, few)
    high, low = int(np.nanargmax(np.where(usable, y, np.nan))), int(np.nanargmin(np.where(usable, y, np.nan)))
    best, worst = (high, low) if higher_is_better else (low, high)
    if V is None:
        variance = errors[best] ** 2 + errors[worst] ** 2
        noise, noise_error = noise_range(errors[usable]), 0.0
    else:
        variance = max(V[best, best] + V[worst, worst] - 2 * V[best, worst], 0.0)
        noise, noise_error = simulated_noise_range(V[np.ix_(usable, usable)], seed=seed, draws=draws)
    value, spread = float(y[best] - y[worst]), float(np.sqrt(variance))
    return AreaGap(
        value=value,
        se=spread,
        ratio=float(y[best] / y[worst]) if y[worst] != 0 else np.nan,
        limits=Limits({one.share: (value - one.z * spread, value + one.z * spread) for one in wanted}),
        best=best if labels is None else labels[best],
        worst=worst if labels is None else labels[worst],
        areas=count,
        areas_missing=y.size - count,
        noise_range=noise,
        noise_error=noise_error,
        reason="",
    )


def noise_range(se: Any) -> float:
    """Expected distance from highest to lowest of independent normal values with one common mean.

    Parameters
    ----------
    se
        Standard errors, shape ``(k,)``, above 0.

    Returns
    -------
    float
        In the units of ``se``; 0 for a single area.

    Raises
    ------
    MeasureError
        If a standard error is missing or not above 0, or there is none.

    Notes
    -----
    E = integral of 1 - prod F(x) - prod (1 - F(x)), with F the distribution of each value; the integrand is
    even, so the positive half is taken twice, by Gauss-Legendre on panels that double in width from the
    smallest standard error to nine times the largest.

    Examples
    --------
    >>> round(noise_range([1, 1]), 6), round(noise_range([1] * 30), 4), round(noise_range([1] * 64), 4)
    (1.128379, 4.0855, 4.6875)
    """
    from scipy import special

    read = column(se, "se")
    read.refuse(~(read.array > 0), "a standard error above 0")
    errors = above = read.array
    if above.size == 0:
        raise MeasureError("se is empty; expected the standard error of one area at least.")
    top = 9 * float(above.max())
    steps = int(np.ceil(np.log2(top / (above.min() / 2)))) + 1
    edges = np.concatenate([[0.0], top / 2.0 ** np.arange(steps - 1, -1, -1)])
    nodes, weights = np.polynomial.legendre.leggauss(40)
    x = (edges[:-1, None] + edges[1:, None]) / 2 + np.diff(edges)[:, None] / 2 * nodes
    size, count = np.unique(errors, return_counts=True)
    with np.errstate(divide="ignore"):
        scaled = x[..., None] / size
        below = np.exp((count * special.log_ndtr(scaled)).sum(-1))
        beyond = np.exp((count * special.log_ndtr(-scaled)).sum(-1))
    return float(2 * ((1 - below - beyond) * weights * np.diff(edges)[:, None] / 2).sum())


def simulated_noise_range(covariance: Any, *, seed: int | None, draws: int = 100_000) -> tuple[float, float]:
    """Expected distance from highest to lowest of correlated normal values with one common mean.

    Parameters
    ----------
    covariance
        Shape ``(k, k)``, symmetric, with no negative direction.
    seed, draws
        Of the simulation; at least 1,000 draws.

    Returns
    -------
    tuple of float
        The range, and the standard error of its simulation.

    Raises
    ------
    MeasureError
        If the matrix is not a covariance, there is no seed, or there are too few draws.

    Examples
    --------
    >>> estimate, error = simulated_noise_range([[1.0, 0.5], [0.5, 1.0]], seed=1)
    >>> abs(estimate - 0.7978845608) < 4 * error, error < 0.003
    (True, True)
    """
    read = given(covariance, "covariance").array
    V = square_matrix(covariance, len(read) if read.ndim else 0, None)
    seed, draws = whole(seed, "seed", least=0), whole(draws, "draws", least=1000, most=MOST_DRAWS)
    if not V.size or not (np.diagonal(V) > 0).all() or not is_covariance(V):
        raise MeasureError("covariance is not symmetric, or has a negative variance in some direction.")
    root = root_of(V)
    rng = np.random.default_rng(seed)
    blocks = (rng.standard_normal((len(V), min(_BLOCK, draws - start))) for start in range(0, draws, _BLOCK))
    ranges = np.concatenate([np.ptp(ordered_product(root, block), axis=0) for block in blocks])
    return float(ranges.mean()), float(ranges.std(ddof=1) / np.sqrt(draws))


def life_expectancy_gap(
    frame: pd.DataFrame,
    by: str | Sequence[str] = (),
    *,
    group: str = "fifth",
    most: Hashable = 1,
    least: Hashable = 5,
    confidence: Confidence = 0.95,
    floor: float = 5000.0,
    widest: float = 20.0,
) -> pd.DataFrame:
    """Gap in life expectancy between two groups of small areas, each with one table of its pooled counts.

    Parameters
    ----------
    frame
        Columns ``age``, ``deaths``, ``person_years``, the group and those of ``by``; one row for each small
        area (or year, or sex) and age band.
    by
        Columns within which gaps are wanted, such as sex.
    group, most, least
        Column of the groups, and its values for the most and the least deprived.
    confidence, floor, widest
        As in :func:`analysis.measures.lifetable.life_expectancy`.

    Returns
    -------
    pandas.DataFrame
        One row for each group of ``by`` and age:

        age
            Age at which the band begins.
        value
            Least minus most deprived, in years: above 0 where the most deprived live less long.
        lower_ci95, upper_ci95
            Limits; one pair for each level.
        value_most, value_least
            Life expectancy of either group.
        method
            How it was calculated: the difference of two life tables.
        reason
            Why the gap is missing, or empty.

    Refusals
    --------
    most deprived, least deprived
        Followed by the reason of :func:`analysis.measures.lifetable.life_table` for that group.

    Raises
    ------
    MeasureError
        If either group is nowhere in the table, or as for life expectancy.

    Notes
    -----
    SE = sqrt(SE_most² + SE_least²). Counts of all small areas in a group are summed before its table is made.

    Examples
    --------
    >>> rows = pd.DataFrame({"fifth": [1, 1, 1, 5, 5, 5], "age": ["65-74", "75-84", "85+"] * 2,
    ...                      "deaths": [280, 700, 900, 200, 500, 900],
    ...                      "person_years": [10000, 8000, 6000] * 2})
    >>> gap = life_expectancy_gap(rows)
    >>> gap.loc[0, ["value", "lower_ci95", "upper_ci95"]].astype(float).round(2).tolist()
    [2.19, 1.51, 2.87]
    """
    names = column_names(by)
    nameable(checked(frame, "frame", [*names, group, "age", "deaths", "person_years"])[group], "frame")
    most, least = word(most, "most"), word(least, "least")
    chosen = frame[frame[group].isin([most, least])]
    absent = {most, least} - set(chosen[group])
    if absent or most == least or group in names:
        raise MeasureError(f"The column {group!r} has no row with {sorted(absent, key=str)!r}, or both are one group.")
    wanted = levels(confidence)
    table = life_expectancy(chosen, [*names, group], confidence=confidence, floor=floor, widest=widest)
    keys = [*names, "age"]
    sides = [table[table[group] == side].set_index(keys) for side in (most, least)]
    index = sides[0].index.union(sides[1].index)
    deprived, other = (side.reindex(index) for side in sides)
    gap = pd.DataFrame({"value": other["value"] - deprived["value"]})
    for one in wanted:
        half = np.hypot(*(((side[one.upper] - side[one.lower]) / 2).to_numpy() for side in (deprived, other)))
        gap[one.lower], gap[one.upper] = gap["value"] - half, gap["value"] + half
    gap["value_most"], gap["value_least"] = deprived["value"], other["value"]
    gap["method"] = np.where(gap["value"].isna(), "", "difference of two life tables")
    gap["reason"] = ""
    for side, name in ((other, "least deprived"), (deprived, "most deprived")):
        why = side["reason"].fillna("missing")
        gap["reason"] = gap["reason"].mask(why != "", name + ": " + why)
    return gap.reset_index()


def arriaga(first: LifeTable, second: LifeTable, *, both_ways: bool = False) -> Floats:
    """Parts of each age band in the difference of two life expectancies, from the first to the second.

    Parameters
    ----------
    first, second
        Life tables of the same ages, such as those of the most and the least deprived fifth.
    both_ways
        The parts depend on the direction: those from the second to the first are not exactly their
        negatives. By default the direction is from first to second; True gives the mean of both.

    Returns
    -------
    numpy.ndarray
        Years, shape ``(..., bands)``; above 0 where the band makes the second live longer. They sum to the
        life expectancy of the second minus that of the first at the first age. NaN where a table is refused.

    Raises
    ------
    MeasureError
        If the ages differ.

    Notes
    -----
    With l, L, T of either table (T the years lived at that age and over)::

        C(x) = l1 (L2 / l2 - L1 / l1) + T2(x+n) (l1 / l2 - l1(x+n) / l2(x+n)),   divided by l1 at the first age
        C = l1 (T2 / l2 - T1 / l1) in the open band

    Sources: Arriaga 1984 (Demography 21:83); Preston, Heuveline and Guillot 2001.

    Examples
    --------
    >>> from analysis.measures.lifetable import life_table
    >>> men = life_table([200, 500, 900], [10000, 8000, 6000], [65, 75, 85])
    >>> women = life_table([150, 400, 900], [10000, 8000, 6500], [65, 75, 85])
    >>> parts = arriaga(men, women)
    >>> parts.round(2).tolist(), bool(np.isclose(parts.sum(), women.expectancy[0] - men.expectancy[0]))
    ([0.73, 0.76, 0.24], True)
    """
    both_ways = flag(both_ways, "both_ways")
    instance(first, "first", LifeTable, "a life table of lifetable.life_table")
    instance(second, "second", LifeTable, "a life table of lifetable.life_table")
    if not np.array_equal(first.ages, second.ages):
        raise MeasureError(f"Tables of the same ages are needed; got {first.ages.tolist()} and {second.ages.tolist()}.")
    forward = _arriaga_one_way(first, second)
    return (forward - _arriaga_one_way(second, first)) / 2 if both_ways else forward


def _arriaga_one_way(first: LifeTable, second: LifeTable) -> Floats:
    try:
        l1, l2 = np.broadcast_arrays(first.survivors, second.survivors)
    except ValueError as error:
        shapes = f"{first.survivors.shape} and {second.survivors.shape}"
        raise MeasureError(f"Life tables of shape {shapes} do not fit together.") from error
    L1, L2 = np.broadcast_arrays(first.years_lived, second.years_lived)
    T1, T2 = from_the_end(L1), from_the_end(L2)
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = l1 * (L2 / l2 - L1 / l1)
        survival = l1 / l2
        parts[..., :-1] += T2[..., 1:] * (survival[..., :-1] - survival[..., 1:])
        parts[..., -1] = l1[..., -1] * (T2[..., -1] / l2[..., -1] - T1[..., -1] / l1[..., -1])
    return np.asarray(parts / l1[..., :1])

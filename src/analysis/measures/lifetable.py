"""Abridged life tables by Chiang's second method, with Silcocks' limits, for thousands of groups at once.

Two doors lead in. :func:`life_table` takes arrays of deaths and person-years of shape ``(..., bands)``;
:func:`life_expectancy` takes a tidy table and sums its rows first, so that several years are pooled, both
sexes become persons and wards become a city by naming fewer columns in ``by``. Counts are always summed
before the table is made: the mean of two life expectancies is not the life expectancy of the two together.

A value that cannot be given is missing and its ``reason`` says why; no number ever stands for a refusal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.errors import MeasureError
from analysis.measures._arguments import number
from analysis.measures._chiang import REASONS, chiang
from analysis.measures._inputs import Floats, Given, blocks, given, matched
from analysis.measures._results import Confidence, level, levels
from analysis.measures.agebands import by_age, from_the_end, sum_bands

METHOD = "Chiang II, limits of Silcocks"
_OLDEST = 150  # years of age; a band that begins later is a slip
_BLOCK = 512  # tables made at once: their columns fit into a processor's cache, so cost stays linear


@dataclass(frozen=True)
class LifeTable:
    """Life tables of one or many groups; every array has shape ``(..., bands)`` unless said otherwise.

    Attributes
    ----------
    ages
        Exact age at which each band begins, in years, shape ``(bands,)``.
    widths
        Years in each band, shape ``(bands,)``; the last band is open and its width infinite.
    a
        Share of the band lived by those who die in it, shape ``(bands,)``.
    q, q_variance
        Probability of dying in the band, and its variance (the open band holds Silcocks' 4 / (D M²)).
    survivors, years_lived
        l(x), of 100,000 born or entering, and L(x), the years they live within the band.
    expectancy, se
        Years still to be lived at the age at which the band begins, and their standard error.
    reason
        Why a life expectancy is missing; empty where it is given.
    """

    ages: Floats
    widths: Floats
    a: Floats
    q: Floats
    q_variance: Floats
    survivors: Floats
    years_lived: Floats
    expectancy: Floats
    se: Floats
    reason: npt.NDArray[np.object_]

    def limits(self, confidence: float = 0.95) -> tuple[Floats, Floats]:
        """Give the normal limits of the life expectancies at one level; they are not cut off at 0.

        Examples
        --------
        >>> table = life_table([200, 500, 900], [10000, 8000, 6000], [65, 75, 85])
        >>> [round(float(limit[0]), 2) for limit in table.limits(0.95)]
        [17.68, 18.68]
        """
        z = level(confidence).z
        return self.expectancy - z * self.se, self.expectancy + z * self.se


def life_table(
    deaths: npt.ArrayLike,
    person_years: npt.ArrayLike,
    ages: Sequence[float] | npt.ArrayLike,
    *,
    a: npt.ArrayLike | None = None,
    q0: npt.ArrayLike | None = None,
    floor: float = 5000.0,
    widest: float = 20.0,
) -> LifeTable:
    """Build abridged life tables (Chiang II) with Silcocks' variance, for all groups in one pass.

    Parameters
    ----------
    deaths, person_years
        Deaths, and population summed over the same years, shape ``(..., bands)``; they may be fractional. Frames,
        Series and dicts are matched by label; arrays, and ``ages``, go by position.
    ages
        Age at which each band begins, in years, rising; the last band is open. Any closing age and any
        number of bands.
    a
        Share of the band lived by those who die in it, one for each band. By default 0.1 for a band that
        begins at birth and 0.5 for every other.
    q0
        Probability of dying in the first band, of shape ``(...)``, where it is known from single years of
        age; by default it comes from the deaths like all others.
    floor
        A group with this many person-years or fewer is refused; 0 turns the rule off.
    widest
        A life expectancy with 95% limits further apart than this many years is refused.

    Returns
    -------
    LifeTable
        With ``expectancy``, ``se`` and ``reason`` for each group and age, and ``limits(confidence)``.

    Refusals
    --------
    missing
        A count of the group is missing or infinite.
    negative
        Deaths or person-years are below 0.
    deaths without people
        Deaths in a band without person-years.
    no people
        A band has neither.
    more deaths than person-years
        In some band.
    too few person-years
        ``floor`` or fewer in all bands together.
    no deaths in the open band
        The years lived in it cannot be known, so no age has a value.
    no survivors
        All die before this age (a death rate too high for the width of an earlier band).
    limits too wide
        The 95% limits at this age are more than ``widest`` years apart.

    Raises
    ------
    MeasureError
        If shapes do not fit, ages do not rise, or ``a`` or ``q0`` lies outside 0 to 1.

    Notes
    -----
    With M = D / P and band width n::

        q = M n / (1 + M n (1 - a)), at most 1;   q = 1 and n = 2 / M in the open band
        l(x+n) = l(x) (1 - q);   d = l(x) - l(x+n);   L = n (l(x+n) + a d);   L = l / M in the open band
        e(x) = (L(x) + L(x+n) + ...) / l(x)
        var q = q² (1 - q) / D  (0 without deaths);   4 / (D M²) in the open band
        W(x) = var q l(x)² ((1 - a) n + e(x+n))²;   var q (l / 2)² in the open band
        SE e(x) = sqrt(W(x) + W(x+n) + ...) / l(x)

    A band without deaths adds no variance, so limits for small areas are somewhat too narrow.

    Sources: Chiang 1968; Newell 1994; Silcocks and others 2001 (J Epidemiol Community Health 55:38);
    Toson and Baker 2003 (National Statistics Methodological Series 33), for the floor of 5,000; Eayres and
    Williams 2004 (J Epidemiol Community Health 58:243).

    Examples
    --------
    >>> table = life_table([[200, 500, 900], [200, 500, 0]], [10000, 8000, 6000], [65, 75, 85])
    >>> table.expectancy.round(2).tolist()
    [[18.18, 11.11, 6.67], [nan, nan, nan]]
    >>> table.reason[:, 0].tolist()
    ['', 'no deaths in the open band']
    """
    floor, widest = number(floor, "floor", least=0), number(widest, "widest", above=0, infinite=True)
    counted, P, starts = _counts(ages, deaths=deaths, person_years=person_years)
    D = counted.array
    shares = np.where(starts == 0, 0.1, 0.5) if a is None else _share(by_age(given(a, "a"), starts), starts.shape)
    first = None
    if q0 is not None:
        groups = replace(counted, name="the groups", array=D[..., 0], labels=counted.labels[:-1])
        first = _share(matched(groups, given(q0, "q0"))[1], D.shape[:-1]).ravel()
    flat_D, flat_P = D.reshape(-1, starts.size), P.reshape(-1, starts.size)
    columns = np.empty((6, *flat_D.shape))
    codes = np.empty(flat_D.shape, dtype=np.int8)
    for begin in range(0, len(flat_D), _BLOCK):
        part = slice(begin, begin + _BLOCK)
        columns[:, part], codes[part] = chiang(
            flat_D[part], flat_P[part], starts, shares, None if first is None else first[part], floor, widest
        )
    q, variance, survivors, lived, expectancy, se = columns.reshape(6, *D.shape)
    reason = np.array(REASONS, dtype=object)[codes].reshape(D.shape)
    widths = np.append(np.diff(starts), np.inf)
    return LifeTable(starts, widths, shares, q, variance, survivors, lived, expectancy, se, reason)


def published_table(
    ages: Sequence[float] | npt.ArrayLike, survivors: npt.ArrayLike, years_lived: npt.ArrayLike
) -> LifeTable:
    """Take a life table as published, from l(x) and L(x), for decomposition or Sullivan's method.

    Parameters
    ----------
    ages
        Age at which each band begins, in years, rising; the last band is open.
    survivors, years_lived
        l(x) and L(x), shape ``(..., bands)``, of any radix.

    Returns
    -------
    LifeTable
        Without standard errors: they cannot be had from l(x) and L(x).

    Refusals
    --------
    missing
        A value of the table is missing.
    negative
        A value of the table is below 0.
    no survivors
        l(x) is 0 at this age.

    Raises
    ------
    MeasureError
        If shapes or labels do not fit, or ages do not rise.

    Examples
    --------
    >>> published_table([65, 80], [80000, 40000], [900000, 320000]).expectancy.tolist()
    [15.25, 8.0]
    """
    left, Lx, starts = _counts(ages, survivors=survivors, years_lived=years_lived)
    lx = left.array
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        expectancy = from_the_end(Lx) / lx
        q = np.ones_like(lx)
        q[..., :-1] = 1 - lx[..., 1:] / lx[..., :-1]
    whole = np.all(np.isfinite(lx) & np.isfinite(Lx), axis=-1, keepdims=True)
    codes = np.broadcast_to(np.where(whole, 0, REASONS.index("missing")), lx.shape).astype(np.int8)
    negative = np.any((lx < 0) | (Lx < 0), axis=-1, keepdims=True) & whole
    codes[np.broadcast_to(negative, codes.shape)] = REASONS.index("negative")
    codes[(codes == 0) & (lx <= 0)] = REASONS.index("no survivors")
    expectancy[codes > 0] = np.nan
    unknown = np.full_like(lx, np.nan)
    widths = np.append(np.diff(starts), np.inf)
    reason = np.array(REASONS, dtype=object)[codes]
    return LifeTable(starts, widths, np.full_like(starts, np.nan), q, unknown, lx, Lx, expectancy, unknown, reason)


def life_expectancy(
    frame: pd.DataFrame,
    by: str | Sequence[str] = (),
    *,
    age: str = "age",
    deaths: str = "deaths",
    person_years: str = "person_years",
    confidence: Confidence = 0.95,
    floor: float = 5000.0,
    widest: float = 20.0,
) -> pd.DataFrame:
    """Life expectancy at every age for every group of a tidy table, from summed counts.

    Parameters
    ----------
    frame
        One row for each group, age band and whatever else is to be summed (years, sexes, small areas).
    by
        Columns that name the groups; rows that agree in them and in age are summed. Leave out the year to
        pool years, the sex for persons, the ward for the city.
    age
        Column of ages: numbers at which the bands begin, or labels such as ``0``, ``1-4``, ``85+``.
    deaths, person_years
        Columns of counts.
    confidence
        One or several levels, such as 0.95 or (0.95, 0.998).
    floor, widest
        As in :func:`life_table`.

    Returns
    -------
    pandas.DataFrame
        One row for each group and age, sorted, with the columns of ``by`` and:

        age
            Age at which the band begins.
        count, population
            Deaths and person-years at that age and over, on which the value rests.
        value
            Life expectancy at that age, in years.
        lower_ci95, upper_ci95
            Limits; one pair for each level (``lower_ci998`` for 99.8%).
        method
            Chiang II, limits of Silcocks.
        reason
            Why the value is missing, or empty.

    Refusals
    --------
    missing
        As in :func:`life_table`; also when a band of the group has fewer rows than its other bands, as when
        one year of several lacks its oldest band: a row that is not there is not a count of 0.
    negative, deaths without people, no people, more deaths than person-years, too few person-years, \
no deaths in the open band, no survivors, limits too wide
        As in :func:`life_table`.

    Raises
    ------
    MeasureError
        If a column is absent, a grouping column has missing values, or age labels leave a gap or overlap.

    Examples
    --------
    >>> ward = pd.DataFrame({"ward": "A", "year": [2020] * 3 + [2021] * 3,
    ...                      "age": ["65-74", "75-84", "85+"] * 2,
    ...                      "deaths": [110, 260, 480, 90, 240, 420],
    ...                      "person_years": [5100, 4000, 2900, 4900, 4000, 3100]})
    >>> life_expectancy(ward, by="ward").round(2).iloc[0].to_dict()
    {'ward': 'A', 'age': 65, 'count': 1600.0, 'population': 24000.0, 'value': 18.18, 'lower_ci95': 17.68,
     'upper_ci95': 18.68, 'method': 'Chiang II, limits of Silcocks', 'reason': ''}
    """
    wanted = levels(confidence)
    groups, starts, (D, P) = sum_bands(frame, by, age=age, values=(deaths, person_years))
    table = life_table(D, P, starts, floor=floor, widest=widest)
    bands = starts.size
    result = groups.loc[groups.index.repeat(bands)].reset_index(drop=True)
    result["age"] = np.tile(starts.astype(np.int64) if np.all(starts % 1 == 0) else starts, len(groups))
    result["count"] = from_the_end(D).ravel()
    result["population"] = from_the_end(P).ravel()
    result["value"] = table.expectancy.ravel()
    for one in wanted:
        lower, upper = table.limits(one.share)
        result[one.lower], result[one.upper] = lower.ravel(), upper.ravel()
    result["method"] = np.where(np.isnan(table.expectancy.ravel()), "", METHOD)
    result["reason"] = table.reason.ravel()
    return result


def _counts(ages: Any, **counts: Any) -> tuple[Given, Floats, Floats]:
    """Bring two arrays to one shape ``(..., bands)`` and check the ages."""
    row = given(ages, "ages")
    starts = row.array
    rising = starts.ndim == 1 and starts.size > 0 and bool(np.all(np.diff(starts) > 0))
    if not rising or not 0 <= starts[0] <= starts[-1] <= _OLDEST:
        raise MeasureError(f"Ages must be one rising row of numbers from 0 to {_OLDEST}; got {starts.tolist()!r}.")
    (one, two), shape = blocks(
        **{name: by_age(given(one, name, infinite=True), starts) for name, one in counts.items()}
    )
    if len(shape) == 0 or shape[-1] != starts.size:
        raise MeasureError(
            f"Counts of shape {shape} were given with {starts.size} ages; expected one count for each "
            "age in the last dimension."
        )
    return one, two.array, starts


def _share(read: Given, shape: tuple[int, ...]) -> Floats:
    """Shares from 0 to 1 at a shape."""
    read.refuse(~((read.array >= 0) & (read.array <= 1)), "a share from 0 to 1")
    try:
        return np.asarray(np.broadcast_to(read.array, shape))
    except ValueError as error:
        raise MeasureError(f"{read.name} has shape {read.array.shape}; expected {shape}.") from error

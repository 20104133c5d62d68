"""Healthy life expectancy by Sullivan's method, with limits, and the difference of two."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from analysis.errors import MeasureError
from analysis.measures._arguments import choice, instance
from analysis.measures._inputs import Floats, given
from analysis.measures._results import level, refuse
from analysis.measures.agebands import by_age, from_the_end
from analysis.measures.lifetable import LifeTable

Mortality = Literal["ignored", "chiang", "silcocks"]
Combination = Literal["sum of squares", "sum of errors"]


@dataclass(frozen=True)
class HealthyLife:
    """Healthy life expectancies; every array has shape ``(..., bands)`` unless said otherwise.

    Attributes
    ----------
    ages
        Age at which each band begins, shape ``(bands,)``.
    expectancy, se
        Years still to be lived in good health, and their standard error (missing without a sample size).
    share
        Part of the remaining life lived in good health, from 0 to 1.
    mortality
        How the variance of the death rates entered the standard error.
    reason
        Why an expectancy is missing; empty where it is given.
    """

    ages: Floats
    expectancy: Floats
    se: Floats
    share: Floats
    mortality: Mortality
    reason: npt.NDArray[np.object_]

    def limits(self, confidence: float = 0.95) -> tuple[Floats, Floats]:
        """Give the normal limits at one level; they are not cut off at 0."""
        z = level(confidence).z
        return self.expectancy - z * self.se, self.expectancy + z * self.se


@dataclass(frozen=True)
class Difference:
    """Difference of two expectancies (first minus second), with the way their errors were combined.

    Attributes
    ----------
    value, se, z, p
        Years, standard error, ``value / se`` and the two-sided probability under no difference.
    method
        ``sum of squares`` or ``sum of errors``.
    """

    value: Floats
    se: Floats
    z: Floats
    p: Floats
    method: Combination

    def limits(self, confidence: float = 0.95) -> tuple[Floats, Floats]:
        """Give the normal limits of the difference at one level."""
        z = level(confidence).z
        return self.value - z * self.se, self.value + z * self.se


def healthy_life_expectancy(
    table: LifeTable,
    prevalence: Any,
    sample: Any = None,
    *,
    mortality: Mortality = "ignored",
) -> HealthyLife:
    """Years lived in good health, by Sullivan's method: the years of a life table shared out by prevalence.

    Parameters
    ----------
    table
        From :func:`analysis.measures.lifetable.life_table`, or
        :func:`~analysis.measures.lifetable.published_table` where only l(x) and L(x) are known.
    prevalence
        Share of people in good health in each band, from 0 to 1, shape ``(..., bands)``, in the order of the table's
        ages; a Series or dict whose labels are those ages is brought into it.
    sample
        People asked in each band (for a survey with clusters or weights, the effective number), same shape.
        Without it there are no limits.
    mortality
        ``ignored``: only chance in the prevalence counts, as is usual. ``chiang``: the variance of the
        probability of dying is added for every closed band. ``silcocks``: for the open band as well, so that
        with everyone in good health the limits are those of the life expectancy itself.

    Returns
    -------
    HealthyLife
        With ``expectancy``, ``se``, ``share``, ``reason`` and ``limits(confidence)``.

    Refusals
    --------
    missing prevalence
        At this age or a later one.
    prevalence out of range
        Below 0 or above 1 at this age or a later one.
    no sample
        A sample size of 0, below 0 or missing at this age or a later one.
    missing, negative, deaths without people, no people, more deaths than person-years, too few person-years, \
no deaths in the open band, no survivors, limits too wide
        That of the life table, which then has no value at this age.

    Raises
    ------
    MeasureError
        If shapes do not fit, ``mortality`` is unknown, or the variance of the table is asked for and it has
        none.

    Notes
    -----
    With H(x) the expectancy, p the prevalence and N the sample::

        H(x) = (L(x) p(x) + L(x+n) p(x+n) + ...) / l(x)
        var H(x) = sum of L(y)² p(y) (1 - p(y)) / N(y) over y >= x, / l(x)²
        mortality adds: sum of l(y)² ((1 - a) n p(y) + H(y+n))² var q(y), / l(x)²
        silcocks adds for the open band: l(y)² p(y)² / (D M²), / l(x)²

    Source: Jagger and others, Health Expectancy Calculation by the Sullivan Method, 2007 and 2014; Mathers 1991.

    Examples
    --------
    >>> from analysis.measures.lifetable import life_table
    >>> table = life_table([200, 500, 900], [10000, 8000, 6000], [65, 75, 85])
    >>> healthy = healthy_life_expectancy(table, [0.7, 0.5, 0.4], [400, 300, 200])
    >>> healthy.expectancy.round(2).tolist(), round(float(healthy.limits()[0][0]), 2)
    ([10.62, 5.21, 2.67], 10.05)
    """
    instance(table, "table", LifeTable, "a life table of lifetable.life_table")
    choice(mortality, "mortality", ("ignored", "chiang", "silcocks"))
    L, survivors, p = _fit(table, prevalence, "prevalence")
    expectancy_table = np.broadcast_to(table.expectancy, p.shape)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        expectancy = from_the_end(L * p) / survivors
        se = np.full_like(p, np.nan)
        bad_sample = np.zeros(p.shape, dtype=bool)
        if sample is not None:
            N = _fit(table, sample, "sample", p.shape)[2]
            bad_sample = ~(N > 0)
            spread = L**2 * p * (1 - p) / N
            if mortality != "ignored":
                spread = spread + _mortality_spread(table, survivors, p, expectancy, mortality)
            se = np.sqrt(from_the_end(spread)) / survivors
        outside = (p < 0) | (p > 1)

    reason = np.array(np.broadcast_to(table.reason, p.shape))
    refuse(reason, _any_later(np.isnan(p)), "missing prevalence")
    refuse(reason, _any_later(outside), "prevalence out of range")
    refuse(reason, _any_later(bad_sample), "no sample")
    expectancy[reason != ""] = np.nan
    se[reason != ""] = np.nan
    with np.errstate(invalid="ignore", divide="ignore"):
        share = expectancy / expectancy_table
    return HealthyLife(table.ages, expectancy, se, share, mortality, reason)


def difference(
    first: HealthyLife | LifeTable,
    second: HealthyLife | LifeTable,
    method: Combination = "sum of squares",
) -> Difference:
    """Difference of two independent expectancies, first minus second, age by age.

    Parameters
    ----------
    first, second
        Healthy life expectancies or life tables of the same ages.
    method
        ``sum of squares``: SE = sqrt(SE1² + SE2²), right for independent groups. ``sum of errors``:
        SE = SE1 + SE2, as Table 5 of the Sullivan manual prints it; wider than need be.

    Returns
    -------
    Difference
        With ``value``, ``se``, ``z``, ``p`` and ``limits(confidence)``; missing where either is refused.

    Raises
    ------
    MeasureError
        If ages differ or the method is unknown.

    Examples
    --------
    >>> from analysis.measures.lifetable import life_table
    >>> men = life_table([200, 500, 900], [10000, 8000, 6000], [65, 75, 85])
    >>> women = life_table([150, 400, 900], [10000, 8000, 6500], [65, 75, 85])
    >>> gap = difference(women, men)
    >>> round(float(gap.value[0]), 2), round(float(gap.z[0]), 1), gap.method
    (1.73, 4.6, 'sum of squares')
    """
    from scipy import special

    choice(method, "method", ("sum of squares", "sum of errors"))
    for name, one in (("first", first), ("second", second)):
        if not isinstance(one, HealthyLife | LifeTable):
            raise MeasureError(f"{name} is of type {type(one).__name__}; expected a life table or a healthy life.")
    if not np.array_equal(first.ages, second.ages):
        raise MeasureError(
            f"Only expectancies of the same ages can be compared; got {first.ages.tolist()} and {second.ages.tolist()}."
        )
    try:
        value = first.expectancy - second.expectancy
    except ValueError as error:
        shapes = f"{first.expectancy.shape} and {second.expectancy.shape}"
        raise MeasureError(f"Expectancies of shape {shapes} do not fit together.") from error
    se = np.hypot(first.se, second.se) if method == "sum of squares" else first.se + second.se
    with np.errstate(divide="ignore", invalid="ignore"):
        z = value / se
    return Difference(value, se, z, np.asarray(2 * special.ndtr(-np.abs(z))), method)


def _fit(table: LifeTable, values: Any, name: str, shape: tuple[int, ...] = ()) -> tuple[Floats, Floats, Floats]:
    """Years lived, survivors and the values given, brought to one shape ``(..., bands)``."""
    read = by_age(given(values, name, infinite=True), table.ages).array
    read = np.where(np.isinf(read), np.nan, read)
    try:
        full = np.broadcast_shapes(read.shape, table.survivors.shape, shape)
    except ValueError:
        full = ()
    if full[-1:] != (table.ages.size,) or (shape and full != shape):
        raise MeasureError(
            f"The {name} has shape {read.shape}, the life table {table.survivors.shape}; expected one value "
            "for each group and age."
        )
    lived, survivors, read = (np.broadcast_to(x, full) for x in (table.years_lived, table.survivors, read))
    return lived, survivors, read


def _mortality_spread(
    table: LifeTable, survivors: Floats, p: Floats, expectancy: Floats, mortality: Mortality
) -> Floats:
    """Each band's part in the variance that comes from chance in the deaths."""
    if np.isnan(table.q_variance).all():
        raise MeasureError("This life table has no variance; build it from deaths to add that of mortality.")
    n, a = table.widths[:-1], table.a[:-1]
    later = np.where(survivors[..., 1:] > 0, expectancy[..., 1:], 0.0)
    spread = np.zeros(p.shape)
    spread[..., :-1] = survivors[..., :-1] ** 2 * ((1 - a) * n * p[..., :-1] + later) ** 2 * table.q_variance[..., :-1]
    if mortality == "silcocks":
        spread[..., -1] = table.q_variance[..., -1] * (survivors[..., -1] / 2 * p[..., -1]) ** 2
    return spread


def _any_later(condition: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Whether the condition holds in this band or any later one."""
    return np.logical_or.accumulate(condition[..., ::-1], axis=-1)[..., ::-1]

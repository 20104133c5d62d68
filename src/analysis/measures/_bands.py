"""Tables of areas by age band, and one number for each band, matched by label for the standardised rates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.errors import MeasureError
from analysis.measures._arguments import number
from analysis.measures._inputs import Floats, Given, column, given, matched, order_of
from analysis.measures._results import Confidence, Level, estimates, no_reasons, only, per, refuse
from analysis.measures.rates import byar_limits

MINIMUM_EVENTS = 10
"""Directly standardised rates of fewer events are not given (Fingertips' rule)."""


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


def read_bands(
    counts: Any, populations: Any, standard: Any, squared_counts: Any, years: Any = None
) -> tuple[pd.Index, Bands]:
    """Tables of one shape and order, and the standard (and the years) of their bands."""
    names = {"counts": counts, "populations": populations, "squared_counts": squared_counts}
    tables = matched(
        *(band_table(values, name) for name, values in names.items() if values is not None or name != "squared_counts")
    )
    first = tables[0]
    for one in tables[1:]:
        if one.array.shape != first.array.shape:
            raise MeasureError(
                f"{one.name} has shape {one.array.shape}, {first.name} {first.array.shape}; expected the same."
            )
    weight = by_band(standard, first, "standard")
    weight.refuse(~(weight.array >= 0), "a standard population of 0 or more in every band")
    if not weight.array.sum() > 0:
        raise MeasureError("The standard population is 0 in total; expected it above 0.")
    lost = None if years is None else by_band(years, first, "years")
    if lost is not None:
        lost.refuse(~(lost.array >= 0), "years of 0 or more")
    squared = tables[2].array if squared_counts is not None else first.array
    ones = np.ones_like(weight.array)
    bands = Bands(first.array, tables[1].array, squared, weight.array, ones if lost is None else lost.array)
    return row_index(first), bands


def band_table(values: Any, name: str) -> Given:
    """Areas by bands; a single row of bands is one area."""
    read = given(values, name)
    if read.array.ndim == 1:
        read = Given(name, read.array[np.newaxis], (None, read.labels[0]))
    if read.array.ndim != 2:
        raise MeasureError(f"{name} has {read.array.ndim} dimensions; expected areas by bands.")
    return read


def row_index(table: Given) -> pd.Index:
    return pd.RangeIndex(len(table.array)) if table.labels[0] is None else table.labels[0]


def by_band(values: Any, table: Given, name: str) -> Given:
    """One number for each band of a table, matched by label where both sides name their bands."""
    read, bands = column(values, name), table.array.shape[1]
    if _name_no_band(read.labels[0], table.labels[1]):
        read = Given(name, read.array, (None,))
    order = order_of(name, read.labels[0], "the tables' bands", table.labels[1])
    if order is not None:
        read = Given(name, read.array[order], (table.labels[1],))
    if len(read.array) != bands:
        raise MeasureError(f"{name} has {len(read.array)} bands, the tables have {bands}.")
    return read


def _name_no_band(one: pd.Index | None, other: pd.Index | None) -> bool:
    """Whether a side has but row numbers: whole numbers in rising order, beside names, or beside others and gapless."""
    if one is None or other is None or one.equals(other):
        return False
    rising = [bool(pd.api.types.is_integer_dtype(x.dtype)) and x.is_monotonic_increasing for x in (one, other)]
    gapless = [up and bool(np.all(np.diff(x) == 1)) for up, x in zip(rising, (one, other), strict=True)]
    return rising[0] != rising[1] or (all(rising) and any(gapless))


def totals_of(observed: Given, populations: Given) -> Floats:
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

"""Places on the scale of deprivation, or of anything else that puts groups of people in order."""

from __future__ import annotations

from typing import Any

import numpy as np

from analysis.errors import MeasureError
from analysis.measures._inputs import Floats, align, blocks


def relative_rank(populations: Any, order: Any = None) -> Floats:
    """Place of each group on the scale of deprivation: the share of people before its middle.

    Parameters
    ----------
    populations
        People in each group, shape ``(..., k)``, most deprived group first unless ``order`` is given.
    order
        What to rank by, lowest = most deprived (such as a national rank; use the negative of a score), same
        shape, matched by label if both are labelled. Groups that tie share one place: the middle of all their people.

    Returns
    -------
    numpy.ndarray
        Shape ``(..., k)``, from 0 (most deprived end) to 1, in the order of ``populations``. Sets of groups with a
        missing or negative population, or nobody at all, have no places: NaN.

    Raises
    ------
    MeasureError
        If what the groups are ordered by is missing, or shapes or labels do not fit.

    Examples
    --------
    >>> relative_rank([10, 30, 60]).tolist()
    [0.05, 0.25, 0.7]
    >>> relative_rank([10, 30, 60], order=[2, 1, 1]).round(2).tolist()
    [0.95, 0.45, 0.45]
    """
    arguments = {"populations": populations} | ({} if order is None else {"order": order})
    read, shape = blocks(**arguments)
    if not shape:
        raise MeasureError("populations is a single number; expected one for each group.")
    if order is not None:
        read[1].refuse(np.isnan(read[1].array), "a number to order each group by, without missing values")
    return places(read[0].array, None if order is None else read[1].array)


def places(people: Floats, order: Floats | None) -> Floats:
    """Places of groups as :func:`relative_rank` has them, from arrays of one shape."""
    known = np.all(np.isfinite(people) & (people >= 0), axis=-1, keepdims=True)
    held = np.where(known & (people.sum(axis=-1, keepdims=True) > 0), people, np.nan)
    shares = held / held.sum(axis=-1, keepdims=True)
    if order is None:
        return np.asarray(np.cumsum(shares, axis=-1) - shares / 2)
    key = np.broadcast_to(order, shares.shape)
    sorting = np.argsort(key, axis=-1, kind="stable")
    ranked, weight = np.take_along_axis(key, sorting, -1), np.take_along_axis(shares, sorting, -1)
    upto = np.cumsum(weight, axis=-1)
    new = np.ones(key.shape, dtype=bool)
    new[..., 1:] = ranked[..., 1:] != ranked[..., :-1]
    last = np.ones(key.shape, dtype=bool)
    last[..., :-1] = new[..., 1:]
    begin = np.maximum.accumulate(np.where(new, upto - weight, 0.0), axis=-1)
    end = np.minimum.accumulate(np.where(last, upto, np.inf)[..., ::-1], axis=-1)[..., ::-1]
    found: Floats = np.empty_like(shares)
    np.put_along_axis(found, sorting, (begin + end) / 2, axis=-1)
    return found


def rank_range(lower: Any, upper: Any) -> tuple[Floats, Floats]:
    """The highest and the lowest rank that each group's limits allow, rank 1 being the highest value.

    One stands above another only where its limits lie wholly above the other's: the highest rank counts those that
    stand above it, the lowest those that it stands above.

    Parameters
    ----------
    lower, upper
        Limits of each group's value, shape ``(k,)``, matched by label if both are labelled; missing in groups without
        a value, which take no rank.

    Returns
    -------
    tuple of numpy.ndarray
        Highest and lowest rank, missing where the limits are, in the order of ``lower``.

    Raises
    ------
    MeasureError
        If a lower limit lies above its upper one, or lengths or labels differ.

    Examples
    --------
    >>> best, worst = rank_range([10, 12, 30, np.nan], [20, 25, 40, np.nan])
    >>> best.tolist(), worst.tolist()
    ([2.0, 2.0, 1.0, nan], [3.0, 3.0, 1.0, nan])
    """
    _, (low, high) = align(lower=lower, upper=upper)
    if (low > high).any():
        at = int(np.argmax(low > high))
        raise MeasureError(f"lower at position {at} lies above its upper one; expected lower <= upper.")
    known = ~(np.isnan(low) | np.isnan(high))
    lows, highs = np.sort(low[known]), np.sort(high[known])
    above = lows.size - np.searchsorted(lows, high, side="right")
    below = np.searchsorted(highs, low, side="left")
    return np.where(known, 1.0 + above, np.nan), np.where(known, float(known.sum()) - below, np.nan)

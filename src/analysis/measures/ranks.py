"""Places on the scale of deprivation, or of anything else that puts groups of people in order."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from analysis.errors import MeasureError
from analysis.measures._checks import Floats


def relative_rank(populations: npt.ArrayLike, order: npt.ArrayLike | None = None) -> Floats:
    """Place of each group on the scale of deprivation: the share of people before its middle.

    Parameters
    ----------
    populations
        People in each group, shape ``(..., k)``, most deprived group first unless ``order`` is given.
    order
        What to rank by, lowest = most deprived (such as a national rank; use the negative of a score), same
        shape. Groups that tie share one place: the middle of all their people.

    Returns
    -------
    numpy.ndarray
        Shape ``(..., k)``, from 0 (most deprived end) to 1, in the order of the input.

    Examples
    --------
    >>> relative_rank([10, 30, 60]).tolist()
    [0.05, 0.25, 0.7]
    >>> relative_rank([10, 30, 60], order=[2, 1, 1]).round(2).tolist()
    [0.95, 0.45, 0.45]
    """
    people = np.asarray(populations, dtype=np.float64)
    shares = people / people.sum(axis=-1, keepdims=True)
    if order is None:
        return np.asarray(np.cumsum(shares, axis=-1) - shares / 2)
    key = np.broadcast_to(np.asarray(order, dtype=np.float64), shares.shape)
    if np.isnan(key).any():
        raise MeasureError("What the groups are ordered by has missing values; expected a number for each.")
    sorting = np.argsort(key, axis=-1, kind="stable")
    ranked, weight = np.take_along_axis(key, sorting, -1), np.take_along_axis(shares, sorting, -1)
    upto = np.cumsum(weight, axis=-1)
    new = np.ones(key.shape, dtype=bool)
    new[..., 1:] = ranked[..., 1:] != ranked[..., :-1]
    last = np.ones(key.shape, dtype=bool)
    last[..., :-1] = new[..., 1:]
    begin = np.maximum.accumulate(np.where(new, upto - weight, 0.0), axis=-1)
    end = np.minimum.accumulate(np.where(last, upto, np.inf)[..., ::-1], axis=-1)[..., ::-1]
    places: Floats = np.empty_like(shares)
    np.put_along_axis(places, sorting, (begin + end) / 2, axis=-1)
    return places


def rank_range(lower: npt.ArrayLike, upper: npt.ArrayLike) -> tuple[Floats, Floats]:
    """The highest and the lowest rank that each group's limits allow, rank 1 being the highest value.

    One stands above another only where its limits lie wholly above the other's: the highest rank counts those that
    stand above it, the lowest those that it stands above.

    Parameters
    ----------
    lower, upper
        Limits of each group's value, shape ``(k,)``; missing in groups without a value, which take no rank.

    Returns
    -------
    tuple of numpy.ndarray
        Highest and lowest rank, missing where the limits are.

    Examples
    --------
    >>> best, worst = rank_range([10, 12, 30, np.nan], [20, 25, 40, np.nan])
    >>> best.tolist(), worst.tolist()
    ([2.0, 2.0, 1.0, nan], [3.0, 3.0, 1.0, nan])
    """
    low, high = np.asarray(lower, dtype=np.float64), np.asarray(upper, dtype=np.float64)
    if (low > high).any():
        raise MeasureError("A lower limit lies above its upper one; expected lower <= upper.")
    known = ~(np.isnan(low) | np.isnan(high))
    above = (low[None, :] > high[:, None]).sum(axis=1)
    below = (high[None, :] < low[:, None]).sum(axis=1)
    return np.where(known, 1.0 + above, np.nan), np.where(known, float(known.sum()) - below, np.nan)

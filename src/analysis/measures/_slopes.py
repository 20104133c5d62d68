"""What both slopes of inequality share: scales, checks, the rows of the regression and the ratio of its ends."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from analysis.errors import MeasureError
from analysis.measures._arguments import MOST_DRAWS, choice, number, whole
from analysis.measures._covariances import is_covariance
from analysis.measures._inputs import Bools, Floats, Given, blocks, given, order_of
from analysis.measures._results import Level, Reasons, refuse
from analysis.measures.ranks import places

Scale = Literal["identity", "log", "logit"]

_DRAWS = 100_000
_BEYOND = 25  # draws that must lie beyond each limit for it to be one
TIED = "groups tie in their order"


def _logit(x: Floats) -> Floats:
    from scipy import special

    return np.asarray(special.logit(x))


def _expit(x: Floats) -> Floats:
    from scipy import special

    return np.asarray(special.expit(x))


TO: dict[str, Callable[[Floats], Floats]] = {
    "identity": lambda x: x,
    "log": lambda x: np.asarray(np.log(x)),
    "logit": _logit,
}
BACK: dict[str, Callable[[Floats], Floats]] = {
    "identity": lambda x: x,
    "log": lambda x: np.asarray(np.exp(x)),
    "logit": _expit,
}


@dataclass(frozen=True)
class Sets:
    """Sets of groups, matched, of shape ``(..., k)``: values, people, and what else was given.

    ``reason`` of shape ``(...)`` says why a whole set is refused.
    """

    y: Floats
    people: Floats
    errors: Floats | None
    order: Floats | None
    covariance: Floats | None
    reason: Reasons


def inputs(values: Any, populations: Any, se: Any, covariance: Any, order: Any, scale: Scale) -> Sets:
    """Read sets of groups, and the reasons that refuse whole sets."""
    choice(scale, "scale", TO)
    given_too = {"values": values, "populations": populations, "se": se, "order": order}
    read, shape = blocks(
        **{n: one for n, one in given_too.items() if one is not None or n in ("values", "populations")}
    )
    if not shape or shape[-1] < 2:
        raise MeasureError(f"A slope needs at least two groups; got values of shape {shape}.")
    named = {one.name: one for one in read}
    y, people = (np.where(np.isinf(named[name].array), np.nan, named[name].array) for name in ("values", "populations"))
    key = named.get("order")
    if key is not None:
        key.refuse(~np.isfinite(key.array), "a number to order each group by, without missing values")
    reason = np.full(shape[:-1], "", dtype=object)
    refuse(reason, any_group(np.isnan(y) | np.isnan(people)), "missing")
    refuse(reason, any_group(people <= 0), "no people")
    if scale != "identity":
        refuse(reason, any_group((y <= 0) | ((y >= 1) & (scale == "logit"))), "value not on the scale")
    errors = None
    if "se" in named:
        errors = np.where(np.isinf(named["se"].array), np.nan, named["se"].array)
        refuse(reason, any_group(~np.isfinite(errors)), "missing standard error")
        refuse(reason, any_group(errors <= 0), "standard error not above 0")
    V = None if covariance is None else _covariance(covariance, named["values"], reason)
    refuse(reason, tied(people, None if key is None else key.array), TIED)
    return Sets(y, people, errors, None if key is None else key.array, V, reason)


def _covariance(covariance: Any, values: Given, reason: Reasons) -> Floats:
    """Covariance matrices of the shape of the values; sets without one that is symmetric and positive are refused."""
    read, k = given(covariance, "covariance", infinite=True), values.array.shape[-1]
    if read.array.shape[-2:] != (k, k):
        raise MeasureError(f"The covariance has shape {read.array.shape}; expected {k} by {k} for each set of groups.")
    V = read.array
    for axis, wanted in (
        (-2, values.labels[-1]),
        (-1, read.labels[-2] if values.labels[-1] is None else values.labels[-1]),
    ):
        order = order_of("covariance", read.labels[axis], "values", wanted)
        V = V if order is None else np.take(V, order, axis=axis)
    try:
        V = np.broadcast_to(V, (*values.array.shape, k))
    except ValueError as error:
        raise MeasureError(f"The covariance has shape {read.array.shape}, values {values.array.shape}.") from error
    refuse(reason, any_group(any_group(~np.isfinite(V))), "missing standard error")
    known = np.where((reason == "")[..., None, None], V, np.eye(k))
    refuse(reason, any_group(np.diagonal(known, axis1=-2, axis2=-1) <= 0), "standard error not above 0")
    refuse(reason, ~is_covariance(known), "covariance not symmetric and positive")
    return V


def tied(people: Floats, order: Floats | None) -> Bools:
    """Whether all groups of a set tie in what they are ordered by, so that they have no order."""
    if order is None:
        return np.zeros(people.shape[:-1], dtype=bool)
    return np.asarray(np.all(order == order[..., :1], axis=-1))


def any_group(condition: Bools) -> Bools:
    return np.asarray(np.any(condition, axis=-1))


def on_scale(y: Floats, scale: Scale) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return TO[scale](y)


def regression_rows(people: Floats, order: Floats | None) -> tuple[Floats, Floats]:
    """Rows that give the weighted mean (the fitted middle) and the slope from the values; NaN without an order."""
    with np.errstate(divide="ignore", invalid="ignore"):
        share = people / people.sum(-1, keepdims=True)
        from_middle = places(people, order) - 0.5
        spread = (share * from_middle**2).sum(-1, keepdims=True)
        return share, share * from_middle / np.where(spread < 1e-15, np.nan, spread)


def ratio(bottom: Floats, top: Floats, multiplier: float) -> Floats:
    """Fitted top over bottom (bottom over top for a negative multiplier); NaN unless the divisor is above 0."""
    numerator, divisor = (bottom, top) if multiplier < 0 else (top, bottom)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(divisor > 0, numerator / divisor, np.nan))


def checked_multiplier(multiplier: Any) -> float:
    found = number(multiplier, "multiplier")
    if found == 0:
        raise MeasureError("multiplier is 0; expected a number above 0, or below it to turn the slope round.")
    return found


def enough_draws(draws: Any, wanted: tuple[Level, ...]) -> int:
    """Number of draws, enough for the highest level."""
    tail = (1 - max(one.share for one in wanted)) / 2
    least = max(1_000, math.ceil(round(_BEYOND / tail, 6)))
    if draws is None:
        return max(_DRAWS, least)
    found = whole(draws, "draws", least=1, most=MOST_DRAWS)
    if found < least:
        raise MeasureError(
            f"{found:,} draws are too few for limits at this level; expected at least {least:,}, so that {_BEYOND} lie "
            "beyond each limit."
        )
    return found

"""What both slopes of inequality share: scales, checks, the rows of the regression and the ratio of its ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import special

from analysis.errors import MeasureError, one_of
from analysis.measures._checks import Bools, Floats, refuse
from analysis.measures.ranks import relative_rank

Scale = Literal["identity", "log", "logit"]

TO: dict[str, Callable[[Floats], Floats]] = {
    "identity": lambda x: x,
    "log": lambda x: np.asarray(np.log(x)),
    "logit": lambda x: np.asarray(special.logit(x)),
}
BACK: dict[str, Callable[[Floats], Floats]] = {
    "identity": lambda x: x,
    "log": lambda x: np.asarray(np.exp(x)),
    "logit": lambda x: np.asarray(special.expit(x)),
}


def inputs(
    values: npt.ArrayLike, populations: npt.ArrayLike, scale: Scale
) -> tuple[Floats, Floats, npt.NDArray[np.object_]]:
    """Values and populations of one shape, and the reasons that refuse whole sets of groups."""
    if scale not in TO:
        raise MeasureError(f"scale is {scale!r}; expected {one_of(TO)}.")
    y, people = np.asarray(values, dtype=np.float64), np.asarray(populations, dtype=np.float64)
    try:
        y, people = np.broadcast_arrays(y, people)
    except ValueError as error:
        raise MeasureError(f"Values of shape {y.shape} and populations of {people.shape} do not fit.") from error
    if y.ndim == 0 or y.shape[-1] < 2:
        raise MeasureError(f"A slope needs at least two groups; got values of shape {y.shape}.")
    reason = np.full(y.shape[:-1], "", dtype=object)
    refuse(reason, any_group(~(np.isfinite(y) & np.isfinite(people))), "missing")
    refuse(reason, any_group(people <= 0), "no people")
    if scale != "identity":
        refuse(reason, any_group((y <= 0) | ((y >= 1) & (scale == "logit"))), "value not on the scale")
    return y, people, reason


def any_group(condition: Bools) -> Bools:
    return np.asarray(np.any(condition, axis=-1))


def on_scale(y: Floats, scale: Scale) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return TO[scale](y)


def regression_rows(people: Floats, order: npt.ArrayLike | None) -> tuple[Floats, Floats]:
    """Rows that give the weighted mean (the fitted middle) and the slope from the values."""
    with np.errstate(divide="ignore", invalid="ignore"):
        share = people / people.sum(-1, keepdims=True)
        from_middle = relative_rank(people, order) - 0.5
        spread = (share * from_middle**2).sum(-1, keepdims=True)
        if np.any(spread < 1e-15):
            raise MeasureError("All groups tie in what they are ordered by; a slope needs an order.")
        return share, share * from_middle / spread


def standard_errors(se: npt.ArrayLike, shape: tuple[int, ...], reason: npt.NDArray[np.object_]) -> Floats:
    try:
        errors = np.broadcast_to(np.asarray(se, dtype=np.float64), shape)
    except ValueError as error:
        raise MeasureError(f"Standard errors do not fit values of shape {shape}.") from error
    refuse(reason, any_group(~(errors >= 0)), "missing standard error")
    return errors


def ratio(bottom: Floats, top: Floats, multiplier: float) -> Floats:
    """Fitted top over bottom (bottom over top for a negative multiplier); NaN unless the divisor is above 0."""
    numerator, divisor = (bottom, top) if multiplier < 0 else (top, bottom)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(divisor > 0, numerator / divisor, np.nan))

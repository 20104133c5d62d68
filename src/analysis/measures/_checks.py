"""What the measures share: confidence levels, aligned input columns, named reasons for refusal.

A public function of the measures lists its reasons in a docstring section ``Refusals`` (numpydoc layout:
the reason, then an indented line that explains it), from which the reference in ``docs`` is made.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special

from analysis.errors import MeasureError

Floats: TypeAlias = npt.NDArray[np.float64]
Bools: TypeAlias = npt.NDArray[np.bool_]
Confidence: TypeAlias = float | Sequence[float]


@dataclass(frozen=True)
class Level:
    """One two-sided confidence level and the columns that carry its limits."""

    share: float
    z: float
    lower: str
    upper: str


def level(confidence: float) -> Level:
    """Read one confidence level, written as a share (0.9 to 1) or in per cent (90 to 100).

    Raises
    ------
    MeasureError
        If the level lies outside both ranges; a level of exactly 1 or 100 has no finite limits.

    Examples
    --------
    >>> level(95) == level(0.95)
    True
    >>> level(0.998).lower, round(level(0.998).z, 4)
    ('lower_ci998', 3.0902)
    """
    share = float(confidence) / 100 if confidence > 1 else float(confidence)
    if not 0.9 <= share < 1:
        raise MeasureError(
            f"A confidence level of {confidence!r} is not usable: expected a share from 0.9 to below 1, "
            "or a percentage from 90 to below 100."
        )
    suffix = f"{share * 100:.6g}".replace(".", "")
    z = float(special.ndtri(0.5 + share / 2))
    return Level(share, z, f"lower_ci{suffix}", f"upper_ci{suffix}")


def levels(confidence: Confidence) -> tuple[Level, ...]:
    """Read one or several confidence levels; several give several pairs of limit columns.

    Examples
    --------
    >>> [one.upper for one in levels([0.95, 99.8])]
    ['upper_ci95', 'upper_ci998']
    """
    if isinstance(confidence, (int, float)):
        return (level(confidence),)
    several = tuple(level(one) for one in confidence)
    if len({one.lower for one in several}) != len(several) or not several:
        raise MeasureError(f"Confidence levels {list(confidence)!r} must be one or more different levels.")
    return several


def floats(values: Any, name: str) -> Floats:
    """Values as a one-dimensional array of floats, absent ones as NaN; a single number gives length one.

    Raises
    ------
    MeasureError
        If a value is infinite or no number, or the values have more than one dimension.
    """
    try:
        if isinstance(values, pd.Series | pd.Index):
            array = values.to_numpy(dtype=float, na_value=np.nan)
        else:
            array = np.atleast_1d(np.asarray(values, dtype=float))
    except (TypeError, ValueError) as error:
        raise MeasureError(f"The values of {name} are not all numbers ({error}).") from error
    if array.ndim != 1:
        raise MeasureError(f"The values of {name} have {array.ndim} dimensions; expected a single column.")
    if np.isinf(array).any():
        raise MeasureError(f"The values of {name} hold an infinite number; expected finite or missing values.")
    return array


def align(**columns: Any) -> tuple[pd.Index, list[Floats]]:
    """Bring columns to one length, and keep the index of a Series for the result.

    Single numbers are repeated. Two Series must carry the same index in the same order: they are refused
    otherwise, because positions and labels would then disagree about what belongs together.

    Examples
    --------
    >>> index, (count, population) = align(count=[1, 2], population=100)
    >>> population
    array([100., 100.])
    """
    arrays = {name: floats(values, name) for name, values in columns.items()}
    length = max((len(one) for one in arrays.values()), default=0)
    if any(len(one) == 0 for one in arrays.values()):
        length = 0
    index: pd.Index | None = None
    for name, values in columns.items():
        if len(arrays[name]) not in (1, length) or (length == 0 and len(arrays[name]) > 1):
            sizes = ", ".join(f"{key}: {len(one)}" for key, one in arrays.items())
            raise MeasureError(f"Columns differ in length ({sizes}); expected one length, or a single number.")
        if isinstance(values, pd.Series) and len(values) == length:
            if index is not None and not index.equals(values.index):
                raise MeasureError(f"The index of {name} differs from that of the columns before it.")
            index = values.index
    index = pd.RangeIndex(length) if index is None else index
    return index, [np.broadcast_to(one, (length,)).copy() if length else one[:0] for one in arrays.values()]


def no_reasons(length: int) -> npt.NDArray[np.object_]:
    """Return a column of empty reasons: nothing is refused yet."""
    return np.full(length, "", dtype=object)


def refuse(reasons: npt.NDArray[np.object_], where: npt.ArrayLike, reason: str) -> None:
    """Write a reason where a condition holds and no earlier reason stands (the first reason wins).

    Examples
    --------
    >>> reasons = no_reasons(2)
    >>> refuse(reasons, np.array([True, False]), "missing")
    >>> refuse(reasons, np.array([True, True]), "negative count")
    >>> reasons.tolist()
    ['missing', 'negative count']
    """
    reasons[np.asarray(where, dtype=bool) & (reasons == "")] = reason


def only(reasons: npt.NDArray[np.object_], values: Floats) -> Floats:
    """Keep the values of rows that nothing refuses; the others become NaN."""
    return np.where(reasons == "", values, np.nan)


def estimates(
    index: pd.Index,
    value: Floats,
    limits: Callable[[Level], tuple[Floats, Floats]],
    *,
    confidence: Confidence,
    method: str | npt.NDArray[np.object_],
    reasons: npt.NDArray[np.object_],
    **before: Any,
) -> pd.DataFrame:
    """Lay out a result: other columns, value, limits at each level, method and reason.

    A row whose value is missing names no method.
    """
    columns: dict[str, Any] = {**before, "value": value}
    for one in levels(confidence):
        columns[one.lower], columns[one.upper] = limits(one)
    columns["method"] = np.where(np.isnan(value), "", method)
    columns["reason"] = reasons
    return pd.DataFrame(columns, index=index)

"""How every public function of the measures answers: confidence levels, named reasons, and one shape of table.

A public function lists its reasons in a docstring section ``Refusals`` (numpydoc layout: the reason, then an indented
line that explains it), from which the reference in ``docs`` is made.
"""

from __future__ import annotations

import datetime as dt
import math
import numbers
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.errors import MeasureError
from analysis.measures._inputs import Floats

Confidence: TypeAlias = float | Sequence[float]
Reasons: TypeAlias = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Level:
    """One two-sided confidence level and the columns that carry its limits."""

    share: float
    z: float
    lower: str
    upper: str


def level(confidence: Any) -> Level:
    """Read one confidence level, written as a share (0.9 to 1) or in per cent (90 to 100).

    Raises
    ------
    MeasureError
        If it is no single number, or lies outside both ranges; a level of exactly 1 or 100 has no finite limits.

    Examples
    --------
    >>> level(95) == level(0.95) == level(np.float32(0.95))
    True
    >>> level(0.998).lower, round(level(0.998).z, 4)
    ('lower_ci998', 3.0902)
    """
    from scipy import special

    one: Any = confidence.item() if isinstance(confidence, np.ndarray) and confidence.ndim == 0 else confidence
    if isinstance(one, bool | np.bool_ | np.timedelta64 | dt.timedelta) or not isinstance(one, numbers.Real | Decimal):
        raise MeasureError(f"A confidence level of {confidence!r} is not usable: expected a number such as 0.95 or 95.")
    # A short float such as np.float32(0.95) means the number that it prints as.
    short = isinstance(confidence, np.generic) and confidence.dtype.kind == "f" and confidence.dtype.itemsize < 8
    try:
        read = float(str(one)) if short else float(one)
    except (OverflowError, ValueError):  # a whole number or Decimal that no float holds
        read = math.nan
    share = read / 100 if read > 1 else read
    if not 0.9 <= share < 1:
        raise MeasureError(
            f"A confidence level of {confidence!r} is not usable: expected a share from 0.9 to below 1, "
            "or a percentage from 90 to below 100."
        )
    suffix = f"{share * 100:.6g}".replace(".", "")
    z = float(special.ndtri(0.5 + share / 2))
    return Level(share, z, f"lower_ci{suffix}", f"upper_ci{suffix}")


def levels(confidence: Any) -> tuple[Level, ...]:
    """Read one or several confidence levels; several give several pairs of limit columns.

    Raises
    ------
    MeasureError
        As in :func:`level`; also if the levels are none or not different.

    Examples
    --------
    >>> [one.upper for one in levels([0.95, 99.8])]
    ['upper_ci95', 'upper_ci998']
    """
    single = not isinstance(confidence, Iterable) or isinstance(confidence, str | bytes)
    if single or (isinstance(confidence, np.ndarray) and confidence.ndim == 0):
        return (level(confidence),)
    several = tuple(level(one) for one in confidence)
    if len({one.lower for one in several}) != len(several) or not several:
        raise MeasureError(f"Confidence levels {confidence!r} must be one or more different levels.")
    return several


class Limits(dict[float, tuple[Any, Any]]):
    """Lower and upper limits by level, which may be asked for as 0.95 or as 95; only the levels that were calculated.

    Examples
    --------
    >>> Limits({0.95: (1.0, 2.0)})[95]
    (1.0, 2.0)
    """

    def __missing__(self, confidence: Any) -> tuple[Any, Any]:
        """Find the level written in another way, or refuse one that was not calculated."""
        share = level(confidence).share
        for held, limits in self.items():
            if abs(held - share) < 1e-12:
                return limits
        raise MeasureError(f"Limits stand at {list(self)!r}, not at {confidence!r}; ask for it with confidence=.")


def no_reasons(length: int) -> Reasons:
    """Return a column of empty reasons: nothing is refused yet."""
    return np.full(length, "", dtype=object)


def refuse(reasons: Reasons, where: npt.ArrayLike, reason: str) -> None:
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


def only(reasons: Reasons, values: Floats) -> Floats:
    """Keep the values of rows that nothing refuses; the others become NaN."""
    return np.where(reasons == "", values, np.nan)


def per(method: str | Reasons, multiplier: float) -> Reasons:
    """Name a method with the number of people that its values are per.

    Examples
    --------
    >>> per("Wilson", 100).item(), per("Byar", 100_000).item()
    ('Wilson, per 100', 'Byar, per 100,000')
    """
    suffix = f", per {multiplier:,.12g}"
    names = np.asarray(method, dtype=object)
    return np.asarray(np.frompyfunc(lambda name: name + suffix, 1, 1)(names), dtype=object)


def estimates(
    index: pd.Index,
    value: Floats,
    limits: Callable[[Level], tuple[Floats, Floats]],
    *,
    confidence: Any,
    method: str | Reasons,
    reasons: Reasons,
    **before: Any,
) -> pd.DataFrame:
    """Lay out a result: counts and other columns, value, limits at each level, method and reason.

    A row whose value is missing names no method.
    """
    columns: dict[str, Any] = {**before, "value": value}
    for one in levels(confidence):
        columns[one.lower], columns[one.upper] = limits(one)
    columns["method"] = np.where(np.isnan(value), "", method)
    columns["reason"] = reasons
    return pd.DataFrame(columns, index=index)

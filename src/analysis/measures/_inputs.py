"""How every public function of the measures reads what it is given: values, labels, names and options.

Values may come as a list, tuple, range, generator, array (masked, read-only, of any real type), Series, single-column
frame, nullable or categorical column, dict, Decimal or Fraction; what is no number is refused by argument and place.
Where two arguments have labels (the index of a Series or frame, its columns, the keys of a dict), the second is brought
into the order of the first, or refused where the labels differ. What has no labels goes by position.
"""

from __future__ import annotations

import datetime as dt
import math
import numbers
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.errors import MeasureError

Floats: TypeAlias = npt.NDArray[np.float64]
Bools: TypeAlias = npt.NDArray[np.bool_]

LARGEST = 1e30
"""No number of people, years or pounds is larger; what is closer to 0 than its inverse is 0."""
_SHOWN = 5  # labels that an error sentence names


@dataclass(frozen=True)
class Given:
    """Numbers as read, with the labels of each of their dimensions (None where a dimension has none)."""

    name: str
    array: Floats
    labels: tuple[pd.Index | None, ...]

    def place(self, position: Sequence[int]) -> str:
        """Words for the place of one value: its labels, or else its position, counted from 0."""
        if not position:
            return f"{self.name}"
        words = [
            f"position {at}" if index is None else repr(index[at])
            for at, index in zip(position, self.labels, strict=True)
        ]
        return f"{self.name} at {', '.join(words)}"

    def refuse(self, where: npt.ArrayLike, expected: str) -> None:
        """Raise for the first value where a condition holds.

        Raises
        ------
        MeasureError
            With the argument, the place, the value, and what was expected.
        """
        held = np.argwhere(np.asarray(where))
        if len(held):
            at = tuple(int(one) for one in held[0])
            raise MeasureError(f"{self.place(at)} is {self.array[at]:g}; expected {expected}.")

    def like(self, other: Given, axis: int) -> Given:
        """Bring one labelled dimension, counted from the last as -1, into the order of another's."""
        order = order_of(self.name, self.labels[axis], other.name, other.labels[axis])
        if order is None:
            return self
        labels = list(self.labels)
        labels[axis] = other.labels[axis]
        return replace(self, array=np.take(self.array, order, axis=axis), labels=tuple(labels))


def order_of(name: str, own: pd.Index | None, other: str, wanted: pd.Index | None) -> npt.NDArray[np.intp] | None:
    """Positions that bring labels into the order of others; None where one side has none, or they stand so already.

    Raises
    ------
    MeasureError
        If the labels are not the same, or one is named twice.
    """
    if own is None or wanted is None or own.equals(wanted):
        return None
    for one, labels in ((name, own), (other, wanted)):
        if not labels.is_unique:
            twice = labels[labels.duplicated()][0]
            raise MeasureError(f"{one} names {twice!r} twice, so that it cannot be matched by label.")
    order = own.get_indexer(wanted)
    if len(own) != len(wanted) or (order < 0).any():
        odd = sorted(str(label) for label in {*own} ^ {*wanted})
        more = f" and {len(odd) - _SHOWN} more" if len(odd) > _SHOWN else ""
        raise MeasureError(
            f"{name} and {other} differ in their labels: {', '.join(odd[:_SHOWN])}{more} on one side only. Give both "
            "the same labels, or arrays, which go by position."
        )
    return np.asarray(order, dtype=np.intp)


def given(values: Any, name: str, *, infinite: bool = False) -> Given:
    """Read numbers of any number of dimensions, missing ones as NaN, with their labels.

    Raises
    ------
    MeasureError
        If a value is no number, or infinite unless ``infinite`` are left for the caller to name beside the row.

    Examples
    --------
    >>> given({"a": 1, "b": None}, "count").array.tolist()
    [1.0, nan]
    >>> given(["1"], "count")
    Traceback (most recent call last):
    ...
    analysis.errors.MeasureError: count at position 0 is '1', which is text; expected a number.
    """
    labels: tuple[pd.Index | None, ...] | None = None
    if isinstance(values, pd.DataFrame):
        labels = (values.index, values.columns)
        columns = [_numbers(values.iloc[:, at], name) for at in range(values.shape[1])]
        array = np.column_stack(columns) if columns else np.empty(values.shape)
    elif isinstance(values, list | tuple) and values and all(isinstance(one, pd.Series | Mapping) for one in values):
        rows = matched(*(given(one, name, infinite=True) for one in values))
        labels = (None, rows[0].labels[0])
        array = np.stack([one.array for one in rows])
    else:
        if isinstance(values, pd.Series):
            labels = (values.index,)
        elif isinstance(values, Mapping):
            labels = (pd.Index(list(values.keys())),)
            values = list(values.values())
        array = _numbers(values, name)
    if labels is not None and array.ndim != len(labels):
        raise MeasureError(f"{name} holds more than one number under a label; expected a single one for each.")
    array = np.where(np.abs(array) < 1 / LARGEST, 0.0, array)
    array = np.where(np.abs(array) > LARGEST, np.copysign(np.inf, array), array)
    result = Given(name, array, labels or (None,) * array.ndim)
    if not infinite and np.isinf(array).any():
        at = tuple(int(one) for one in np.argwhere(np.isinf(array))[0])
        raise MeasureError(f"{result.place(at)} is infinite or above {LARGEST:g}; expected ordinary or missing values.")
    return result


def column(values: Any, name: str, *, infinite: bool = False) -> Given:
    """Read one column of numbers; a frame of one column is that column, a single number a column of one.

    Raises
    ------
    MeasureError
        If the values have more dimensions, or as in :func:`given`.
    """
    if isinstance(values, pd.DataFrame) and values.shape[1] == 1:
        values = values.iloc[:, 0]
    read = values if isinstance(values, Given) else given(values, name, infinite=infinite)
    if read.array.ndim == 0:
        return replace(read, array=read.array.reshape(1), labels=(None,))
    if read.array.ndim != 1:
        raise MeasureError(f"{name} has {read.array.ndim} dimensions; expected a single column.")
    return read


def floats(values: Any, name: str) -> Floats:
    """One column of numbers as an array (see :func:`column`)."""
    return column(values, name).array


def index_of(values: Any) -> pd.Index | None:
    """Labels of a column as it was given, or None."""
    if isinstance(values, pd.Series | pd.DataFrame):
        return values.index
    return pd.Index(list(values.keys())) if isinstance(values, Mapping) else None


def matched(*items: Given) -> list[Given]:
    """Bring all that is labelled into the order of the first that is, each dimension counted from the last.

    Examples
    --------
    >>> first, second = given(pd.Series([1, 2], ["a", "b"]), "x"), given({"b": 20, "a": 10}, "y")
    >>> matched(first, second)[1].array.tolist()
    [10.0, 20.0]
    """
    result = list(items)
    for axis in (-1, -2):
        labelled = [at for at, one in enumerate(result) if one.array.ndim >= -axis and one.labels[axis] is not None]
        for at in labelled[1:]:
            result[at] = result[at].like(result[labelled[0]], axis)
    return result


def align(**columns: Any) -> tuple[pd.Index, list[Floats]]:
    """Columns of one length, matched by label where they have labels, and the index of the result.

    Single numbers are repeated. The first labelled column gives the index and the order.

    Raises
    ------
    MeasureError
        If lengths or labels differ.

    Examples
    --------
    >>> index, (count, population) = align(count=[1, 2], population=100)
    >>> population
    array([100., 100.])
    """
    read = matched(*(column(values, name) for name, values in columns.items()))
    length = max((len(one.array) for one in read), default=0)
    if any(len(one.array) == 0 for one in read):
        length = 0
    for one in read:
        if len(one.array) not in (1, length) or (length == 0 and len(one.array) > 1):
            sizes = ", ".join(f"{other.name}: {len(other.array)}" for other in read)
            raise MeasureError(f"Columns differ in length ({sizes}); expected one length, or a single number.")
    labelled = [one.labels[0] for one in read if one.labels[0] is not None and len(one.array) == length]
    index = labelled[0] if labelled else pd.RangeIndex(length)
    return index, [np.broadcast_to(one.array, (length,)).copy() if length else one.array[:0] for one in read]


def blocks(**arguments: Any) -> tuple[list[Given], tuple[int, ...]]:
    """Arrays of any number of dimensions that fit together, matched by label, at their common shape.

    They are read here, or were already. Infinite values are left for the caller to name beside their row.

    Raises
    ------
    MeasureError
        If shapes or labels do not fit.
    """
    read = matched(
        *(one if isinstance(one, Given) else given(one, name, infinite=True) for name, one in arguments.items())
    )
    try:
        shape = np.broadcast_shapes(*(one.array.shape for one in read))
    except ValueError as error:
        described = ", ".join(f"{one.name} {one.array.shape}" for one in read)
        raise MeasureError(f"Shapes do not fit together: {described}.") from error
    return [_spread(one, shape) for one in read], shape


def _spread(one: Given, shape: tuple[int, ...]) -> Given:
    """Repeat an array along the dimensions that it lacks; these have no labels."""
    sizes = (1,) * (len(shape) - one.array.ndim) + one.array.shape
    labels = (None,) * (len(shape) - one.array.ndim) + one.labels
    kept = tuple(label if size == whole else None for label, size, whole in zip(labels, sizes, shape, strict=True))
    return replace(one, array=np.broadcast_to(one.array, shape), labels=kept)


def labels_of(values: Any, name: str, length: int, index: pd.Index | None = None) -> npt.NDArray[np.object_]:
    """A column of names (groups, sets), one for each value, none missing; matched by label with ``index``.

    Raises
    ------
    MeasureError
        If there are fewer or more, labels differ, or a name is missing.
    """
    own = index_of(values)
    listed = names_listed(list(values.values()) if isinstance(values, Mapping) else values, name)
    if len(listed) != length:
        raise MeasureError(f"{name} has {len(listed)} entries; expected one for each of the {length} values.")
    names = np.empty(length, dtype=object)
    for at, one in enumerate(listed):
        names[at] = float(one) if isinstance(one, np.floating) else one
    order = order_of(name, own, "the values", index)
    names = names if order is None else names[order]
    missing = np.flatnonzero(pd.isna(names))
    if missing.size:
        raise MeasureError(
            f"{name} is missing at position {missing[0]}; expected a name for every value, none missing."
        )
    return names


def names_listed(values: Any, name: str) -> list[Any]:
    """A list of names or labels, such as codes of areas.

    Raises
    ------
    MeasureError
        If it is a single word, a frame or no list, or holds what is no name.
    """
    if isinstance(values, pd.DataFrame | set | frozenset) or not is_list(values):
        raise MeasureError(f"{name} is of type {type(values).__name__}; expected a list or column of names.")
    listed = list(values)
    for at, one in enumerate(listed):
        if one is np.ma.masked or not is_name(one):
            raise MeasureError(f"{name} at position {at} is of type {type(one).__name__}; expected a name.")
    return listed


def is_name(value: Any) -> bool:
    """Whether something can name a column, a group or a cell."""
    try:
        hash(value)
    except TypeError:
        return False
    return value is not pd.NA and not isinstance(value, complex)


def is_list(values: Any) -> bool:
    """Whether something holds several things: no text, and no array that is a single number."""
    single = isinstance(values, str | bytes) or (isinstance(values, np.ndarray) and values.ndim == 0)
    return isinstance(values, Iterable) and not single


def _numbers(values: Any, name: str) -> Floats:
    """Numbers of a list, array or column as floats, missing ones as NaN."""
    if isinstance(values, pd.Series | pd.Index | pd.api.extensions.ExtensionArray):
        return _of_column(values, name)
    if isinstance(values, np.ma.MaskedArray):
        masked = np.ma.getmaskarray(values)
        return np.asarray(np.where(masked, np.nan, _numbers(np.where(masked, 0, values.data), name)), dtype=np.float64)
    if isinstance(values, set | frozenset):
        raise MeasureError(f"{name} is a set, which has no order; expected a list.")
    if is_list(values) and not isinstance(values, np.ndarray):
        values = _listed(values, name)
    try:
        array = np.asarray(values)
        if array.dtype.kind in "US" and not isinstance(values, np.ndarray):
            array = np.asarray(values, dtype=object)
    except ValueError as error:
        raise MeasureError(f"{name} has rows of different lengths; expected a full table.") from error
    except (TypeError, RuntimeError) as error:
        raise MeasureError(f"{name} cannot be read as numbers ({error}).") from error
    if array.dtype.kind in "biuf":
        with np.errstate(over="ignore"):  # what is too large for a float is refused as infinite
            return array.astype(np.float64)
    if array.dtype.kind in "mM":
        word = "durations" if array.dtype.kind == "m" else "dates"
        raise MeasureError(f"{name} holds {word}; expected numbers.")
    found = np.empty(array.shape)
    for at in np.ndindex(array.shape):
        found[at] = _number(array[at], name, at)
    return found


def _of_column(values: Any, name: str) -> Floats:
    dtype = values.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        categories = np.append(_numbers(dtype.categories, name), np.nan)
        codes = values.cat.codes if isinstance(values, pd.Series) else values.codes
        return np.asarray(categories[np.asarray(codes)], dtype=np.float64)
    if pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_complex_dtype(dtype):
        return np.asarray(pd.Series(values).to_numpy(dtype=float, na_value=np.nan), dtype=np.float64)
    return _numbers(np.asarray(values, dtype=object), name)


def _listed(values: Iterable[Any], name: str) -> list[Any]:
    """Rows and numbers of a list, whatever kinds of rows it has."""
    listed = list(values)
    if any(isinstance(one, pd.Series | Mapping | pd.DataFrame) for one in listed):
        raise MeasureError(f"{name} mixes rows with labels and values without; expected a frame, or arrays alone.")
    if any(isinstance(one, np.ma.MaskedArray | pd.api.extensions.ExtensionArray) for one in listed):
        return [_numbers(one, name).tolist() for one in listed]
    return [list(one) if isinstance(one, range) else one for one in listed]


def _number(value: Any, name: str, at: tuple[int, ...]) -> float:
    if value is None or value is pd.NA or value is pd.NaT or value is np.ma.masked:
        return math.nan
    number_like = isinstance(value, numbers.Real | Decimal | np.bool_)
    if number_like and not isinstance(value, dt.timedelta):
        try:
            return float(value)
        except (OverflowError, ValueError) as error:
            raise MeasureError(f"{name}{_position(at)} is {value!r}, which is too large; expected a number.") from error
    kinds = {str: "text", bytes: "text", dt.date: "a date", np.datetime64: "a date", dt.timedelta: "a duration"}
    kind = next((word for type_, word in kinds.items() if isinstance(value, type_)), f"of type {type(value).__name__}")
    raise MeasureError(f"{name}{_position(at)} is {value!r}, which is {kind}; expected a number.")


def _position(at: tuple[int, ...]) -> str:
    return f" at position {at[0] if len(at) == 1 else at}" if at else ""

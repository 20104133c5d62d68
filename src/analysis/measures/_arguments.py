"""How every public function of the measures reads single arguments: numbers, words, names of columns, frames."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping, Sequence
from types import UnionType
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.errors import MeasureError, one_of
from analysis.measures._inputs import given, is_list, is_name

MOST_DRAWS = 100_000_000
MOST_GROUPS = 1_000_000


def number(
    value: Any,
    name: str,
    *,
    above: float = -math.inf,
    least: float = -math.inf,
    most: float = math.inf,
    infinite: bool = False,
) -> float:
    """Read a single number, finite unless ``infinite`` allows it to be without end.

    Raises
    ------
    MeasureError
        If it is no number, not above ``above``, below ``least`` or above ``most``.
    """
    read = given(value, name, infinite=True).array
    if read.size != 1:
        raise MeasureError(f"{name} holds {read.size} numbers; expected a single one.")
    found = float(read.reshape(-1)[0])
    bounds = [f"above {above:g}"] * (above > -math.inf) + [f"of {least:g} or more"] * (least > -math.inf)
    bounds += [f"of at most {most:g}"] * (most < math.inf)
    if not (above < found and least <= found <= most and (infinite or math.isfinite(found))):
        kind = "a number" if infinite else "a finite number"
        raise MeasureError(f"{name} is {found:g}; expected {kind}{' ' * bool(bounds)}{' and '.join(bounds)}.")
    return found


def whole(value: Any, name: str, *, least: int, most: float = math.inf) -> int:
    """Read a single whole number.

    Raises
    ------
    MeasureError
        If it is none, or outside ``least`` to ``most``.
    """
    found = number(value, name, least=least, most=most)
    if found != math.floor(found):
        raise MeasureError(f"{name} is {found:g}; expected a whole number.")
    return int(found)


def choice(value: Any, name: str, options: Iterable[Hashable]) -> Any:
    """Check that an argument is one of the words it may be.

    Raises
    ------
    MeasureError
        If it is not.
    """
    options = list(options)
    if not isinstance(value, str | bool | int) or value not in options:
        raise MeasureError(f"The {name} is {value!r}; expected {one_of(options)}.")
    return value


def flag(value: Any, name: str) -> bool:
    """Read True or False.

    Raises
    ------
    MeasureError
        If it is neither.
    """
    if not isinstance(value, bool | np.bool_):
        raise MeasureError(f"{name} is {value!r}; expected True or False.")
    return bool(value)


def instance(value: Any, name: str, kind: type | UnionType, what: str) -> Any:
    """Check that an argument is of a type, named by ``what``.

    Raises
    ------
    MeasureError
        If it is not.
    """
    if not isinstance(value, kind):
        raise MeasureError(f"{name} is of type {type(value).__name__}; expected {what}.")
    return value


def word(value: Any, name: str) -> Any:
    """Read the name of one group as a column holds it: a word or a number.

    Raises
    ------
    MeasureError
        If it is neither.
    """
    plain = value.item() if isinstance(value, np.generic) else value
    return instance(plain, name, str | int | float, "a word or a number")


def column_names(by: Any, name: str = "by") -> list[Any]:
    """Read one or several column names as a list.

    Raises
    ------
    MeasureError
        If it is neither a name nor a list of different names.

    Examples
    --------
    >>> column_names("ward"), column_names(["ward", "sex"])
    (['ward'], ['ward', 'sex'])
    """
    if isinstance(by, str):
        return [by]
    if isinstance(by, Mapping | pd.DataFrame) or not is_list(by):
        raise MeasureError(f"{name} is {by!r}; expected a column name or a list of names.")
    listed = list(by)
    if not all(is_name(one) for one in listed) or len(set(listed)) != len(listed):
        raise MeasureError(f"{name} is {listed!r}; expected a column name or a list of different names.")
    return listed


def frame(values: Any, name: str, columns: Iterable[Any]) -> pd.DataFrame:
    """Check that an argument is a frame that has the columns, each once.

    Raises
    ------
    MeasureError
        If it is not, lacks one of them, has it twice, or names its columns at several levels.
    """
    table: pd.DataFrame = instance(values, name, pd.DataFrame, "a pandas frame")
    if table.columns.nlevels > 1:
        raise MeasureError(f"{name} names its columns at {table.columns.nlevels} levels; expected one name for each.")
    needed = list(dict.fromkeys(columns_named(columns)))
    absent = [one for one in needed if one not in values.columns]
    if absent:
        raise MeasureError(f"{name} lacks the columns {absent!r}; it has {list(values.columns)!r}.")
    twice = [one for one in needed if (values.columns == one).sum() > 1]
    if twice:
        raise MeasureError(f"{name} has the column {twice[0]!r} twice; expected it once.")
    return table


def flags_of(table: pd.DataFrame) -> npt.NDArray[np.object_]:
    """The flags of a protected table; one that is missing, as in a table read back from a file, is none."""
    return np.where(table["flag"].isna(), "", table["flag"].astype(object)).astype(object)


def columns_named(columns: Iterable[Any]) -> list[Any]:
    """Names of columns, each checked to be one.

    Raises
    ------
    MeasureError
        If one of them can name no column.
    """
    listed = list(columns)
    for one in listed:
        if not is_name(one):
            raise MeasureError(f"A column is named by something of type {type(one).__name__}; expected its name.")
    return listed


def nameable(values: pd.Series, name: str) -> None:
    """Check that a column of a frame can name groups.

    Raises
    ------
    MeasureError
        If it holds lists or dicts.
    """
    try:
        values.nunique()
    except TypeError as error:
        raise MeasureError(
            f"The column {values.name!r} of {name} holds what cannot name a group ({error}); expected words or numbers."
        ) from error


def grouping(values: pd.DataFrame, names: Sequence[Any], name: str) -> None:
    """Check that no row lacks the name of its group.

    Raises
    ------
    MeasureError
        If a row does, or has what is no name.
    """
    for one in names:
        nameable(values[one], name)
        missing = np.flatnonzero(values[one].isna())
        if missing.size:
            raise MeasureError(
                f"{name} has {missing.size} rows without a value in {one!r} (the first at position {missing[0]}), "
                "which belong to no group; drop or fill them."
            )

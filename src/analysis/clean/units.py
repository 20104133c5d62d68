"""What a unit allows: percentages told from proportions, counts whole and not negative, impossible values refused."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.catalogue.units import Unit, load_units
from analysis.errors import CellError, DataError, DefinitionError, one_of

_MANY = 5


LARGEST_COUNT = 1e10
"""More than all people there are: no count of anything here is larger."""


def check_values(values: pd.Series, unit: str, series: str, where: str, *, limit: bool = False) -> None:
    """Refuse values that ``unit`` cannot have; the index of ``values`` is the row in the file, its name the column.

    A percentage lies in 0 to 100. Percentages of which all are at most 1 (and there are five or more, not all 0) are
    taken for proportions and refused: a unit slip is a hundredfold error and looks like a figure. Confidence limits
    (``limit``) are held to the same range, but need not be whole.

    Raises
    ------
    DataError
        With the first impossible value, its row and column.
    DefinitionError
        If the unit is not known.

    Examples
    --------
    >>> check_values(pd.Series([101.0], index=[7], name="value"), "%", "employment_rate", "els.csv")
    Traceback (most recent call last):
    analysis.errors.CellError: els.csv, row 7, column 'value': employment_rate is 101.0, but % lies in 0 to 100. ...
    """
    rule = unit_rule(unit, series, where)
    held = values.to_numpy(dtype="float64")
    low = -np.inf if rule.low is None else rule.low
    high = rule.high if rule.high is not None else LARGEST_COUNT if rule.whole else np.inf
    outside = (held < low) | (held > high)
    if low == 0:
        outside |= (held == 0) & np.signbit(held)
    name = f"a confidence limit of {series}" if limit else series
    if outside.any():
        limits = f"lies in {low:g} to {high:g}" if np.isfinite(high) else f"is not below {low:g}"
        row, value = values.index[outside][0], held[outside][0]
        problem = f"{name} is {value}, but {unit} {limits}. Correct the value or its unit."
        raise CellError(where, int(row), str(values.name), problem)
    known = ~np.isnan(held)
    broken = known & (held % 1 != 0)
    if rule.whole and not limit and broken.any():
        row, value = values.index[broken][0], held[broken][0]
        problem = f"{series} is {value}, but {unit} are whole numbers. Correct the value or its unit."
        raise CellError(where, int(row), str(values.name), problem)
    held = held[known]
    if unit == "%" and not limit and len(held) >= _MANY and 0 < held.max() <= 1:
        raise DataError(
            f"{where}, column {values.name!r}: all {len(held)} values of {series} are at most 1, though the unit is %: "
            "they look like proportions. Declare published_unit: proportion in the source's definition."
        )


def to_unit(values: pd.Series, published: str, unit: str, series: str, where: str) -> pd.Series:
    """Values in ``unit`` from values in the publisher's unit: the one conversion is proportion -> %.

    Raises
    ------
    DefinitionError
        If there is no such conversion.
    """
    if published == unit:
        return values
    if (published, unit) == ("proportion", "%"):
        return (values * 100).round(10)
    raise DefinitionError(
        f"{where}: {series}: no conversion from {published!r} to {unit!r}; only proportion to % is known."
    )


def unit_rule(unit: str, series: str, where: str) -> Unit:
    """The rule of a unit.

    Raises
    ------
    DefinitionError
        If the unit is not known.
    """
    units = load_units()
    if unit not in units:
        raise DefinitionError(f"{where}: {series} has the unit {unit!r}; expected {one_of(units)} (units.yml).")
    return units[unit]

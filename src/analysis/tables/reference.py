"""References: a number of a processed table with its key, made by what selects the rows: neither is stated twice.

A sentence or a table cell prints what a reference gives (:mod:`analysis.narrative.prose`). Making a report resolves the
key of each once more, from the files as written (:mod:`analysis.tables.query`), and stops where they differ.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any, Protocol

import pandas as pd

from analysis.catalogue.definitions import Catalogue
from analysis.catalogue.model import Edition
from analysis.errors import DataError
from analysis.tables import keys
from analysis.tables.contract import TABLE_KEYS
from analysis.tables.keys import Filter, Rows, parse_key
from analysis.tables.query import COMPARED, FACTS, GIVES, SAME_RELEASE, SAME_SERIES, as_number
from analysis.words import format_number

Mask = pd.Series


class Held(Protocol):
    """What a reference needs of a loaded edition: its tables, and those of the editions that it looks back on."""

    @property
    def edition(self) -> Edition: ...  # noqa: D102
    @property
    def catalogue(self) -> Catalogue: ...  # noqa: D102
    @property
    def parts(self) -> dict[tuple[str, str, str], pd.DataFrame]: ...  # noqa: D102
    def table(self, name: str) -> pd.DataFrame: ...  # noqa: D102
    def rows(self, indicator: str) -> pd.DataFrame: ...  # noqa: D102
    def named(self, name: str) -> Held: ...  # noqa: D102


@dataclass(frozen=True)
class Reference:
    """A number of a processed table: the key that names it, and what stands there.

    Attributes
    ----------
    key : str
        As :mod:`analysis.tables.keys` reads it.
    value : float
        The number, NaN where the cell is empty.
    row : mapping
        The row of a cell, from which a sentence takes area, period, sex and unit; empty for an aggregate.
    """

    key: str
    value: float
    row: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def __int__(self) -> int:
        return round(self.value)

    def __float__(self) -> float:
        return self.value

    def __bool__(self) -> bool:
        """Whether there is a number other than 0."""
        return not pd.isna(self.value) and self.value != 0

    def __sub__(self, other: Reference) -> Reference:
        """The difference of two numbers."""
        return Reference(f"{self.key} - {other.key}", self.value - other.value)

    def share_of(self, other: Reference) -> Reference:
        """The number as a percentage of another."""
        return Reference(f"{self.key} / {other.key}", 100 * self.value / other.value)


def cell_of(row: Any, column: str = "value", *, edition: str = "", table: str = "indicators") -> Reference:
    """A cell of a table by its row; of ``indicators.csv`` also by a row of another that tells series and period.

    Examples
    --------
    >>> row = {"indicator": "rate", "area_code": "E08000012", "period_start": "2017-01-01",
    ...     "period_end": "2017-12-31", "sex": "persons", "age": "all", "value": 4.5}
    >>> cell_of(row).key, cell_of(row).value
    ('rate@E08000012@2017-01-01/2017-12-31@persons@all', 4.5)
    >>> cell_of({"order": 3.0, "strength": 2.0}, "strength", table="early_warnings").key
    'early_warnings?order=3:strength'
    """
    if table == "indicators":
        return Reference(keys.row_key(row, column, edition=edition), float(row[column]), row)
    key = {name: row[name] for name in TABLE_KEYS[table]}
    same = {name: cell if isinstance(cell, str) else format_number(cell) for name, cell in key.items()}
    return Reference(keys.cell(table, column, edition=edition, **same), float(row[column]), row)


def among(rows: Sequence[Any], aggregate: str, areas: Sequence[str]) -> Reference:
    """The lowest, highest or median value of rows of several areas, of one indicator, period, sex, age and release.

    ``areas`` are the codes asked for; those without a row give no value.

    Examples
    --------
    >>> row = {"indicator": "rate", "area_code": "E08000012", "period_start": "2017-01-01", "sex": "persons",
    ...     "period_end": "2017-12-31", "age": "all", "release": "r1", "value": 4.5}
    >>> among([row, {**row, "area_code": "E08000003", "value": 3.5}], "min", ["E08000003", "E08000012"]).value
    3.5
    """
    same = {name: rows[0][name] for name in ("indicator", "period_start", "period_end", "sex", "age", "release")}
    key = keys.total(aggregate, "value", "indicators", **same, area_code="|".join(areas))
    return Reference(key, float(GIVES[aggregate]([float(row["value"]) for row in rows])))


def judged(row: Any, column: str, *, edition: str = "") -> Reference:
    """A cell of ``judgements.csv`` by its row, or by a row of another table that tells the same series."""
    return cell_of(row, column, edition=edition, table="judgements")


def refer(edition: Held, key: str) -> Reference:
    """What a key of one table gives in the tables of a loaded edition.

    Raises
    ------
    DataError
        If it names no row, or several where one is meant.
    """
    parsed = parse_key(key)
    if not isinstance(parsed, Rows):
        raise DataError(f"{key}: refer to each part, then subtract or divide.")
    found = select(edition, parsed)
    if parsed.aggregate == "count":
        return Reference(key, float(len(found)))
    if parsed.aggregate in ("", "percent") and len(found) != 1:
        raise DataError(f"{key}: {len(found)} rows of {parsed.table}.csv in {edition.edition.id}; expected one.")
    column = found[parsed.column]
    if parsed.aggregate == "distinct":
        return Reference(key, float(column[_filled(column)].nunique()))
    numbers = [float(number) for number in column[_filled(column)]] if parsed.aggregate else [float(column.iloc[0])]
    if not numbers and parsed.aggregate != "sum":
        raise DataError(f"{key}: no row of {parsed.table}.csv in {edition.edition.id} has a number there.")
    row = {str(name): cell for name, cell in found.iloc[0].items()} if not parsed.aggregate else {}
    return Reference(key, float(GIVES[parsed.aggregate](numbers)), row)


def sums(
    edition: Held, table: str, column: str, by: Sequence[str], across: str, values: Sequence[str]
) -> dict[tuple[str, ...], list[Reference]]:
    """A table of sums: for each group of rows that of a column for each of some values of another, 0 where none is."""
    found = edition.table(table).pivot_table(index=list(by), columns=across, values=column, aggfunc="sum", fill_value=0)
    cells = found.reindex(columns=list(values), fill_value=0)
    return {
        group: [
            Reference(keys.total("sum", column, table, **dict(zip(by, group, strict=True)), **{across: value}), total)
            for value, total in zip(values, map(float, row), strict=True)
        ]
        for group, row in zip(cells.index, cells.to_numpy(), strict=True)
    }


def select(edition: Held, rows: Rows) -> pd.DataFrame:
    """The rows of a loaded edition's table that fulfil every condition of a key."""
    if rows.table == FACTS:
        given = {one.column: one.value for one in rows.filters}
        facts: Mapping[str, object] = edition.catalogue.sources[given["source"]].releases[given["release"]].facts
        return pd.DataFrame([{**given, rows.column: facts[rows.column]}])
    table, filters = _narrowed(edition.named(rows.edition), rows)
    masks = [_mask(edition, table, rows.table, one) for one in filters]
    return table[reduce(operator.and_, masks)] if masks else table


def _narrowed(there: Held, rows: Rows) -> tuple[pd.DataFrame, Sequence[Filter]]:
    """The rows that fulfil the first condition of a key, found once for all the keys that begin with it; the others."""
    first, *others = rows.filters or (None,)
    if first is None or first.operator != "=" or first.edition or first.value.startswith("{"):
        return there.table(rows.table), rows.filters
    if (rows.table, first.column) == ("indicators", "indicator") and "|" not in first.value:
        return there.rows(first.value), others
    place = (rows.table, first.column, first.value)
    if place not in there.parts:
        table = there.table(rows.table)
        there.parts[place] = table[_equals_any(table[first.column], first.value.split("|"))]
    return there.parts[place], others


def _mask(edition: Held, table: pd.DataFrame, name: str, condition: Filter) -> Mask:
    left = table[condition.column] if not condition.edition else _there(edition, table, name, condition)
    sign, right = condition.operator, condition.value
    beside = table[right[1:-1]] if right.startswith("{") and right.endswith("}") else None
    if sign in ("=", "!="):
        equal = _texts(left) == _texts(beside) if beside is not None else _equals_any(left, right.split("|"))
        return equal if sign == "=" else ~equal
    if sign in ("~", "!~"):
        holds = _texts(left).str.contains(right, regex=False)
        return holds if sign == "~" else ~holds
    return _compared(left, right if beside is None else beside, COMPARED[sign])


def _there(edition: Held, table: pd.DataFrame, name: str, condition: Filter) -> pd.Series:
    """The cell of the same series (or release) in the same table of another edition; empty where there is none."""
    same = list(SAME_RELEASE) if name == "sources" else [column for column in SAME_SERIES if column in table]
    other = edition.named(condition.edition).table(name).drop_duplicates(same, keep="last")
    found = table[same].merge(other[list(dict.fromkeys([*same, condition.column]))], on=same, how="left")
    return found[condition.column].set_axis(table.index)


def _filled(column: pd.Series) -> Mask:
    return column.notna() & (column != "")


def _texts(column: pd.Series) -> pd.Series:
    return column.astype(object).where(column.notna(), "").astype(str)


def _equals_any(column: pd.Series, texts: list[str]) -> Mask:
    """Whether each cell is one of some texts, as text or as a number."""
    numbers = [number for number in map(as_number, texts) if number is not None]
    if pd.api.types.is_numeric_dtype(column):
        return column.isin(numbers) | (column.isna() & ("" in texts))
    found = column.fillna("").isin(texts)
    return found | pd.to_numeric(column, errors="coerce").isin(numbers) if numbers else found


def _compared(left: pd.Series, right: pd.Series | str, compare: Callable[[Any, Any], Any]) -> Mask:
    """Cells compared as numbers where both are numbers, else as text; an empty one fulfils nothing."""
    other = right if isinstance(right, pd.Series) else pd.Series(right, index=left.index, dtype=object)
    numbers = [pd.to_numeric(side, errors="coerce") for side in (left, other)]
    numeric = numbers[0].notna() & numbers[1].notna()
    as_text = compare(_texts(left), _texts(other)) & _filled(left) & _filled(other)
    found: pd.Series = compare(*numbers).where(numeric, as_text).astype(bool)
    return found

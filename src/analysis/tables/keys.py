"""Keys of numbers: which cell of which processed table a number prints, or what is counted in it.

The grammar stands in ``docs/explain.md``; no key is read loosely. ``indicator@area@start/end@sex@age[@release]`` is a
row of ``indicators.csv``, ``table?column=value&column=value`` are rows of any table; after a colon comes the column
that is printed (``value`` where a row of ``indicators.csv`` names none), or ``count``, ``sum(column)`` and the like.
An edition's name and a slash before a key mean the tables of that edition.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

from analysis.errors import UsageError, one_of

AGGREGATES = ("count", "sum", "distinct", "min", "max", "median", "mean_size", "percent")
OPERATORS = (">=", "<=", "!=", "!~", "=", "~", ">", "<")
SIGNS = {" - ": "difference", " / ": "percentage"}
_NAME = r"[a-z][a-z0-9_]*"
_EDITION = r"[a-z0-9]+(?:-[a-z0-9]+)+"
_DAY = r"\d{4}-\d\d-\d\d"
_ROW = re.compile(
    rf"(?:(?P<edition>{_EDITION})/)?(?P<indicator>{_NAME})@(?P<area>[A-Z0-9]+(?:\+[A-Z0-9]+)*)@"
    rf"(?P<start>{_DAY})/(?P<end>{_DAY})@(?P<sex>persons|male|female)@(?P<age>[^@:?&]+)"
    rf"(?:@(?P<release>[^@:?&]+))?(?::(?P<column>{_NAME}))?"
)
_TABLE = re.compile(
    rf"(?:(?P<edition>{_EDITION})/)?(?P<table>{_NAME})\?(?P<filters>[^:?]*):"
    rf"(?:(?P<aggregate>count|(?:{'|'.join(AGGREGATES[1:])})(?=\())(?:\((?P<of>{_NAME})\))?|(?P<column>{_NAME}))"
)
_FILTER = re.compile(
    rf"(?:(?P<edition>{_EDITION})\.)?(?P<column>{_NAME})(?P<operator>>=|<=|!=|!~|=|~|>|<)(?P<value>[^=<>~&]*)"
)
_KEPT = " ,/+()[]'.-_@|{}"


@dataclass(frozen=True)
class Filter:
    """A condition on rows: a column, how it is compared (``~`` means holds) and with what.

    ``{column}`` compares with another column of the row, ``a|b`` with any of several. With an edition the column is
    that of the same series in the same table of that edition, empty where it has none.
    """

    column: str
    operator: str
    value: str
    edition: str = ""


@dataclass(frozen=True)
class Rows:
    """Rows of a processed table of an edition (empty: the one being explained) and what is printed of them."""

    table: str
    filters: tuple[Filter, ...]
    column: str
    aggregate: str = ""
    edition: str = ""


@dataclass(frozen=True)
class Combined:
    """Two keys: their difference, or the first as a percentage of the second."""

    kind: str
    first: Rows
    second: Rows


Key = Rows | Combined


def row_key(row: Any, column: str = "value", *, edition: str = "", area: str = "") -> str:
    """The key of a cell of ``indicators.csv``, from a row (a mapping or a Series) that holds its key columns.

    Examples
    --------
    >>> row = {"indicator": "rate", "area_code": "E08000012", "period_start": "2017-01-01",
    ...     "period_end": "2017-12-31", "sex": "persons", "age": "all"}
    >>> row_key(row), row_key(row, "lower_ci95")[-11:]
    ('rate@E08000012@2017-01-01/2017-12-31@persons@all', ':lower_ci95')
    """
    period = f"{row['period_start']}/{row['period_end']}"
    key = f"{row['indicator']}@{area or row['area_code']}@{period}@{row['sex']}@{row['age']}"
    if row.get("release"):
        key += f"@{row['release']}"
    return (f"{edition}/" if edition else "") + key + ("" if column == "value" else f":{column}")


def cell(table: str, column: str, /, *conditions: str, edition: str = "", **equal: object) -> str:
    """The key of a cell of a table, by the columns that tell its row.

    Examples
    --------
    >>> cell("inequality", "value", statistic="gap", sex="male")
    'inequality?statistic=gap&sex=male:value'
    """
    filters = "&".join([*(f"{name}={written(value)}" for name, value in equal.items()), *conditions])
    return f"{edition}/{table}?{filters}:{column}" if edition else f"{table}?{filters}:{column}"


def count(table: str, *conditions: str, edition: str = "", **equal: object) -> str:
    """The key of a count of rows: those where columns equal values, and of which further conditions hold.

    Examples
    --------
    >>> count("coverage", "indicators!=", plan="igp-2018")
    'coverage?plan=igp-2018&indicators!=:count'
    """
    return cell(table, "count", *conditions, edition=edition, **equal)


def total(aggregate: str, column: str, table: str, *conditions: str, **equal: object) -> str:
    """The key of a sum, or of the number of different values, of a column.

    Examples
    --------
    >>> total("sum", "outcomes", "coverage", plan="igp-2018")
    'coverage?plan=igp-2018:sum(outcomes)'
    """
    return cell(table, f"{aggregate}({column})", *conditions, edition="", **equal)


def written(value: object) -> str:
    """A value as it stands in a key.

    Examples
    --------
    >>> written("worse than the country: 50%")
    'worse than the country%3A 50%25'
    """
    return quote(str(value), safe=_KEPT)


def parse_key(text: str) -> Key:
    """Read a key.

    Raises
    ------
    UsageError
        If it is none: the sentence gives the forms.

    Examples
    --------
    >>> parse_key("coverage?plan=igp-2018&indicators!=:count").aggregate
    'count'
    >>> parse_key("rate@E08000012@2017-01-01/2017-12-31@persons@all").filters[0]
    Filter(column='indicator', operator='=', value='rate', edition='')
    """
    for sign, kind in SIGNS.items():
        first, found, second = text.partition(sign)
        if found and ("@" in second or "?" in second):
            return Combined(kind, _rows(first, text), _rows(second, text))
    return _rows(text, text)


def _rows(text: str, whole: str) -> Rows:
    match = _ROW.fullmatch(text)
    if match:
        names = ("indicator", "area_code", "period_start", "period_end", "sex", "age", "release")
        groups = ("indicator", "area", "start", "end", "sex", "age", "release")
        filters = (Filter(name, "=", match[group]) for name, group in zip(names, groups, strict=True) if match[group])
        return Rows("indicators", tuple(filters), match["column"] or "value", edition=match["edition"] or "")
    match = _TABLE.fullmatch(text)
    if match is None or match["column"] in AGGREGATES or bool(match["of"]) == (match["aggregate"] in (None, "count")):
        raise UsageError(
            f"{whole!r} is no key: expected indicator@area@start/end@sex@age, table?column=value:column, or "
            f"{one_of(AGGREGATES)} instead of the column. The grammar stands in docs/explain.md."
        )
    parts = match["filters"].split("&") if match["filters"] else []
    found = tuple(_filter(part, whole) for part in parts)
    edition = match["edition"] or ""
    if match["aggregate"]:
        return Rows(match["table"], found, match["of"] or "", match["aggregate"], edition)
    return Rows(match["table"], found, match["column"], edition=edition)


def _filter(part: str, whole: str) -> Filter:
    match = _FILTER.fullmatch(part)
    if match is None:
        raise UsageError(
            f"{whole!r}: {part!r} is no condition: expected a column, {one_of(OPERATORS)}, and a value "
            "(in which % : & = < > ~ are written as in an address, such as %3A)."
        )
    return Filter(match["column"], match["operator"], unquote(match["value"]), match["edition"] or "")

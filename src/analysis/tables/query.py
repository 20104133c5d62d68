"""What a key says: the rows of the processed tables that it names and the number that they give.

Tables are read with nothing but the csv module, every cell as text, so that what is found is what lies on disk; and
so that an answer takes milliseconds.
"""

from __future__ import annotations

import csv
import math
import operator
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from statistics import mean, median
from typing import Any

from analysis.catalogue.flags import FLAGS
from analysis.catalogue.strict import load_yaml
from analysis.errors import DataError, UsageError, one_of
from analysis.paths import Project
from analysis.tables.keys import Combined, Filter, Key, Rows, parse_key
from analysis.words import ORDINALS, SMALL, rounded

FACTS = "facts"
SAME_SERIES = ("indicator", "area_code", "sex", "age")
SAME_RELEASE = ("source", "release")
_PRINTED = re.compile(r"(?P<minus>−|-)?£?(?P<number>\d[\d,]*(?:\.\d+)?)(?:st|nd|rd|th)?")
_WORDS = {**{word: number for number, word in enumerate(SMALL)}, "none": 0}
_WORDS |= {word: number for number, word in enumerate(ORDINALS, start=1)}
_DOWN = ("fall", "falls", "fewer", "below")
COMPARED: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}
GIVES: dict[str, Callable[[list[float]], float]] = {
    "": lambda numbers: numbers[0],
    "sum": math.fsum,
    "min": min,
    "max": max,
    "median": median,
    "mean_size": lambda numbers: mean(map(abs, numbers)),
    "percent": lambda numbers: 100 * numbers[0],
}


SHOWN = 6


@dataclass(frozen=True)
class TableRow:
    """A row of a processed table: the edition, the table, its line in the file (the heading is line 1), its cells."""

    edition: str
    table: str
    line: int
    cells: Mapping[str, str]

    @property
    def file(self) -> str:
        """The file, as the user knows it."""
        return f"data/processed/{self.edition}/{self.table}.csv"


@dataclass(frozen=True)
class Resolved:
    """What a key gives: a number and the rows that it comes from."""

    key: Key
    value: float
    rows: tuple[TableRow, ...]


@dataclass
class Tables:
    """The processed tables of an edition, and of those that it looks back on, each read once when it is needed."""

    project: Project
    edition: str
    _read: dict[tuple[str, str], list[TableRow]] = field(default_factory=dict)
    _series: dict[tuple[str, str], dict[tuple[str, ...], TableRow]] = field(default_factory=dict)
    _parts: dict[tuple[str, str, str], list[TableRow]] = field(default_factory=dict)
    _equal: dict[tuple[str, str, tuple[str, ...]], dict[tuple[str, ...], list[TableRow]]] = field(default_factory=dict)
    _by_first: dict[tuple[str, str], dict[str, list[TableRow]]] = field(default_factory=dict)

    def rows(self, table: str, edition: str = "") -> list[TableRow]:
        """Every row of a table.

        Raises
        ------
        DataError
            If the edition is not built or has no such table.
        """
        edition = edition or self.edition
        if (edition, table) not in self._read:
            path = self.project.processed / edition / f"{table}.csv"
            if not path.is_file():
                names = sorted(other.stem for other in path.parent.glob("*.csv"))
                what = f"expected {one_of(names)}" if names else f"not built yet. Build it first: sotc build {edition}"
                raise DataError(f"{self.project.shown(path)}: not found: {what}.")
            with path.open(encoding="utf-8", newline="") as lines:
                reader = csv.reader(lines)
                heading = next(reader)
                self._read[edition, table] = [
                    TableRow(edition, table, number, dict(zip(heading, cells, strict=True)))
                    for number, cells in enumerate(reader, start=2)
                ]
        return self._read[edition, table]

    def among(self, table: str, column: str, values: Iterable[str], edition: str = "") -> list[TableRow]:
        """The rows with one of some values in the table's first column (found at once), or in any other."""
        place = (edition or self.edition, table)
        wanted = list(values)
        alone = self._alone(*place, column, wanted[0]) if len(wanted) == 1 else None
        if alone is not None:
            return alone
        rows = self.rows(table, edition)
        if not rows or next(iter(rows[0].cells)) != column:
            return [row for row in rows if row.cells[column] in wanted]
        if place not in self._by_first:
            found: dict[str, list[TableRow]] = {}
            for row in rows:
                found.setdefault(row.cells[column], []).append(row)
            self._by_first[place] = found
        return [row for value in wanted for row in self._by_first[place].get(value, ())]

    def _alone(self, edition: str, table: str, column: str, value: str) -> list[TableRow] | None:
        """The rows with a value in the first column, read without the others; None where that cannot be told.

        It cannot where all rows are read already, the column is not the first, or a line ends within quotation marks.
        """
        if (edition, table) in self._read:
            return None
        if (edition, table, value) not in self._parts:
            path = self.project.processed / edition / f"{table}.csv"
            lines = path.read_text(encoding="utf-8").split("\n") if path.is_file() else [""]
            heading = lines[0].split(",")
            own = [(number, line) for number, line in enumerate(lines, start=1) if line.startswith(f"{value},")]
            if heading[0] != column or not own or any('"' in line and line.count('"') % 2 for line in lines):
                return None
            self._parts[edition, table, value] = [
                TableRow(edition, table, number, dict(zip(heading, cells, strict=True)))
                for (number, _), cells in zip(own, csv.reader(line for _, line in own), strict=True)
            ]
        return self._parts[edition, table, value]

    def equal(self, table: str, cells: Mapping[str, str], edition: str = "") -> list[TableRow]:
        """The rows in which some columns hold just these texts, found at once."""
        place = (edition or self.edition, table, tuple(cells))
        if place not in self._equal:
            found: dict[tuple[str, ...], list[TableRow]] = {}
            for row in self.rows(table, edition):
                found.setdefault(tuple(row.cells[column] for column in cells), []).append(row)
            self._equal[place] = found
        return self._equal[place].get(tuple(cells.values()), [])

    def holding(self, table: str, cells: Iterable[str], edition: str = "") -> list[TableRow]:
        """The rows in which one of some cells stands, read without the others where no line ends within quotes."""
        parts = [f",{cell}," for cell in cells]
        edition = edition or self.edition
        path = self.project.processed / edition / f"{table}.csv"
        lines = path.read_text(encoding="utf-8").split("\n") if path.is_file() else ['"']
        if any('"' in line and line.count('"') % 2 for line in lines):
            wanted = {part.strip(",") for part in parts}
            return [row for row in self.rows(table, edition) if wanted & set(row.cells.values())]
        heading = lines[0].split(",")
        own = [(number, line) for number, line in enumerate(lines, start=1) if any(part in line for part in parts)]
        return [
            TableRow(edition, table, number, dict(zip(heading, found, strict=True)))
            for (number, _), found in zip(own, csv.reader(line for _, line in own), strict=True)
        ]

    def resolve(self, key: str | Key) -> Resolved:
        """The number that a key gives, and its rows.

        Raises
        ------
        UsageError
            If it is no key, or names no row, or several where one is meant.
        """
        parsed = parse_key(key) if isinstance(key, str) else key
        if isinstance(parsed, Combined):
            first, second = self.resolve(parsed.first), self.resolve(parsed.second)
            both = (*first.rows, *second.rows)
            if parsed.kind == "difference":
                return Resolved(parsed, first.value - second.value, both)
            if not second.value:
                raise DataError(f"{key}: a percentage of 0 is asked for. Name another second key.")
            return Resolved(parsed, 100 * first.value / second.value, both)
        rows = tuple(self.select(parsed))
        if not parsed.aggregate and len(rows) == 1 and not rows[0].cells[parsed.column]:
            raise UsageError(f"{key}: no number stands there, but {self._why_empty(rows[0])}")
        return Resolved(parsed, _number(parsed, rows, key), rows)

    def _why_empty(self, row: TableRow) -> str:
        """What stands where a row has no number: its flags in words, and the wards with which its ward is told."""
        flags = [f"[{flag}" for flag in row.cells.get("flag", "").split("[")[1:]]
        said = " ".join(f"{flag} ({FLAGS[flag]})" for flag in flags) or "an empty cell"
        lacking = self._lacking(row) if row.table == "indicators" else []
        if lacking:
            more = f" and {len(lacking) - SHOWN} more" if len(lacking) > SHOWN else ""
            return (
                f"{said}: {row.cells['source']} {row.cells['release']} has nothing of "
                f"{', '.join(lacking[:SHOWN])}{more}, without which it cannot be worked out. cleaning_log.csv "
                "names them, under 'area missing'."
            )
        place = Path(row.file).parent / "wards_together.csv"
        if row.table != "indicators" or not (self.project.root / place).is_file():
            return f"{said}."
        code, same = row.cells["area_code"], self.among("wards_together", "indicator", [row.cells["indicator"]])
        names = sorted({one.cells["area_name"] for one in same if code in one.cells["instead_of"].split("+")})
        if not names:
            return f"{said}."
        return (
            f"{said}: no small area belongs to {row.cells['area_name']} by best fit. Its people are told in "
            f"{place.as_posix()}, under {one_of(names)}."
        )

    def _lacking(self, row: TableRow) -> list[str]:
        """The areas inside that of a row, or itself, of which its release held nothing: they stand on line 0."""
        same = ("source", "release", "period_start", "period_end")
        missing = {
            one.cells["area_code"]
            for one in self.rows("observations", row.edition)
            if one.cells["row"] == "0" and all(one.cells[column] == row.cells[column] for column in same)
        }
        code = row.cells["area_code"]
        links = [one.cells for one in self.rows("links", row.edition)] if missing else []
        within = {one["source_code"] for one in links if one["target_code"] == code and float(one["share"]) > 0}
        whole = row.cells["geography"] not in {one["target_geography"] for one in links}
        known = {one["source_code"] for one in links}
        return sorted(missing & ((known if whole else within) | {code}))

    def select(self, key: Rows) -> Iterator[TableRow]:
        """The rows that fulfil every condition of a key."""
        rows = self._facts(key) if key.table == FACTS else self._candidates(key)
        tests = [self._test(condition) for condition in key.filters]
        return (row for row in rows if all(test(row) for test in tests))

    def _candidates(self, key: Rows) -> Sequence[TableRow]:
        edition, given = key.edition or self.edition, key.filters[:1]
        alone = None
        if given and (given[0].operator, given[0].edition) == ("=", "") and "|" not in given[0].value:
            alone = self._alone(edition, key.table, given[0].column, given[0].value)
        rows = self.rows(key.table, edition) if alone is None else alone
        if rows:
            known = list(rows[0].cells)
            used = [one.column for one in key.filters if not one.edition] + [key.column] * (key.column != "")
            used += [one.value[1:-1] for one in key.filters if one.value.startswith("{")]
            unknown = next((column for column in used if column not in known), None)
            if unknown is not None:
                near = get_close_matches(unknown, known) or known
                raise UsageError(f"{key.table}.csv has no column {unknown!r}: expected {one_of(near)}.")
            plain = {one.column: one.value for one in key.filters if one.operator == "=" and not one.edition}
            if (edition, key.table) in self._read and {known[0], "area_code"} <= plain.keys() and alone is None:
                both = {column: plain[column] for column in (known[0], "area_code")}
                if not any("|" in value or value.startswith("{") for value in both.values()):
                    return self.equal(key.table, both, edition)
            first = next((one for one in key.filters if (one.column, one.operator) == (known[0], "=")), None)
            if first is not None and not first.edition:
                return self.among(key.table, known[0], first.value.split("|"), key.edition)
        return rows

    def _facts(self, key: Rows) -> list[TableRow]:
        """A fact that the definition of a source states about a release."""
        given = {one.column: one.value for one in key.filters}
        if set(given) != set(SAME_RELEASE):
            raise UsageError("a fact is named as facts?source=...&release=...:name.")
        path = self.project.definitions / "sources" / f"{given['source']}.yml"
        releases: Mapping[str, Any] = load_yaml(path)["releases"] if path.is_file() else {}
        facts = releases.get(given["release"], {}).get("facts", {})
        if key.column not in facts:
            raise UsageError(f"{self.project.shown(path)}: release {given['release']!r} states no fact {key.column!r}.")
        return [TableRow(self.edition, FACTS, 0, {**given, key.column: str(facts[key.column])})]

    def _test(self, condition: Filter) -> Callable[[TableRow], bool]:
        """A condition as a test of rows."""
        column, value, sign = condition.column, condition.value, condition.operator
        if condition.edition or value.startswith("{"):
            return lambda row: self._holds(row, condition)
        if sign in ("=", "!="):
            texts = set(value.split("|"))
            numbers = {number for number in map(as_number, texts) if number is not None}
            wanted = sign == "="

            def equal(row: TableRow) -> bool:
                cell = row.cells[column]
                same = cell in texts or (bool(numbers) and bool(cell) and as_number(cell) in numbers)
                return same == wanted

            return equal
        return lambda row: self._holds(row, condition)

    def _holds(self, row: TableRow, condition: Filter) -> bool:
        left = row.cells[condition.column] if not condition.edition else self._there(row, condition)
        right = condition.value
        if right.startswith("{") and right.endswith("}"):
            right = row.cells[right[1:-1]]
        match condition.operator:
            case "=" | "!=":
                return any(_equal(left, one) for one in right.split("|")) == (condition.operator == "=")
            case "~" | "!~":
                return (right in left) == (condition.operator == "~")
        return bool(left and right and COMPARED[condition.operator](*_comparable(left, right)))

    def _there(self, row: TableRow, condition: Filter) -> str:
        """The cell of the same series (or release) in the same table of another edition; empty where there is none."""
        columns = SAME_RELEASE if row.table == "sources" else tuple(c for c in SAME_SERIES if c in row.cells)
        place = (condition.edition, row.table)
        if place not in self._series:
            others = self.rows(row.table, condition.edition)
            self._series[place] = {tuple(other.cells[c] for c in columns): other for other in others}
        found = self._series[place].get(tuple(row.cells[c] for c in columns))
        return found.cells[condition.column] if found is not None else ""


def _number(key: Rows, rows: Sequence[TableRow], asked: object) -> float:
    if key.aggregate == "count":
        return float(len(rows))
    cells = [row.cells[key.column] for row in rows]
    if key.aggregate == "distinct":
        return float(len({cell for cell in cells if cell}))
    if key.aggregate in ("", "percent") and len(rows) != 1:
        found = f"{len(rows)} rows, first on lines {rows[0].line} and {rows[1].line}" if rows else "no row"
        raise UsageError(f"{asked}: {found} of {key.table}.csv; expected one. Name the columns that tell rows apart.")
    try:
        numbers = [float(cell) for cell in cells if cell or key.aggregate == ""]
    except ValueError:
        raise UsageError(f"{asked}: no number stands there, but {cells[0]!r}.") from None
    if not numbers and key.aggregate != "sum":
        raise UsageError(f"{asked}: no row of {key.table}.csv has a number there.")
    return float(GIVES[key.aggregate](numbers))


def _equal(first: str, second: str) -> bool:
    if first == second:
        return True
    one, other = _comparable(first, second)
    return bool(one == other)


def _comparable(first: str, second: str) -> tuple[Any, Any]:
    """Two cells as numbers where both are, else as text."""
    one, other = as_number(first), as_number(second)
    return (first, second) if one is None or other is None else (one, other)


def as_number(cell: str) -> float | None:
    """A cell or condition as a number; None where it is text."""
    try:
        return float(cell)
    except ValueError:
        return None


def agrees(text: str, value: float, decimals: int = 0) -> bool:
    """Whether a number rounded as a sentence prints it gives what is printed.

    ``decimals`` matters where no figure is printed: "no change" says that the number is 0 to so many places.

    Examples
    --------
    >>> agrees("44.9%", 44.966), agrees("45.0%", 44.966), agrees("−£0.9 million", -0.88, 1), agrees("1,234", 1233.6)
    (False, True, True, True)
    >>> agrees("Four", 4.0), agrees("none", 0.0), agrees("112th", 112.0), agrees("a fall of 0.3 years", -0.31)
    (True, True, True, True)
    >>> agrees("no change", 0.04, 1), agrees("no change", 0.05, 1), agrees("a rise of 0.3 years", -0.31)
    (True, False, False)
    >>> agrees("2.0 years below the city", -2.04), agrees("2.0 years above the city", -2.04)
    (True, False)
    """
    if text == "no change":
        return not float(rounded(value, decimals))
    words = text.split()
    match = _PRINTED.search(text)
    if match is None:
        return _WORDS.get(words[0].lower(), -1) == value
    number = Decimal(match["number"].replace(",", ""))
    if match["minus"] or any(word in words for word in _DOWN):
        number = -number
    places = -int(number.as_tuple().exponent)
    return Decimal(rounded(value, places).replace(",", "")) == number

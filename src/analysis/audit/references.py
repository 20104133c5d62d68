"""Every printed number resolved once more, from the tables as written: what is printed must be what its key gives.

Making a report calls :func:`trace`, which stops at the first number that differs at the printed precision, at a row of
a figure's data that is no row of the table it names, and at a digit in a table that nothing names. What it finds lies
beside the report: ``figures/<id>.cells.csv`` has table, line and column of every number of a figure or table.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from analysis.blocks import Number, Table
from analysis.catalogue.model import Indicator
from analysis.errors import AnalysisError, ReportError
from analysis.report.document import Block, Document
from analysis.tables.contract import TABLE_KEYS
from analysis.tables.keys import Combined, Key
from analysis.tables.query import Resolved, TableRow, Tables, agrees

CELL_COLUMNS = ("part", "printed", "table", "line", "column", "key")
MANY = 1
"""Rows behind one number whose lines are listed; of more the key says which they are."""
PERIODS = "periods"
"""What a column says in which periods stand beside numbers: only a period needs no key there."""
_DIGIT = re.compile(r"\d")
_PERIOD = re.compile(r"\b(?:mid-)?(?:19|20)\d\d(?:/\d\d)?\b|\b\d{1,2} (?=[JFMASOND][a-z]+ )")


@dataclass
class Tracer:
    """What the keys of a document give, each resolved once."""

    tables: Tables
    indicators: Mapping[str, Indicator]
    known: dict[str, Resolved] = field(default_factory=dict)

    def resolve(self, number: Number, where: str) -> Resolved:
        """What a key gives.

        Raises
        ------
        ReportError
            If it names no row, or what is printed is not what it gives.
        """
        found = self.known.get(number.key)
        try:
            found = self.known[number.key] = found or self.tables.resolve(number.key)
        except AnalysisError as error:
            raise ReportError(f"{where}: the number {number.text!r}: {error}") from error
        if not agrees(number.text, found.value, decimals_of(found.key, self.indicators)):
            raise ReportError(
                f"{where}: {number.text!r} is printed and the tables give {found.value:.12g} ({number.key}). What "
                "prints it does not take it from its reference: mend that, or build the tables anew."
            )
        return found


def decimals_of(key: Key, indicators: Mapping[str, Indicator]) -> int:
    """To how many places the indicator of a key is printed; 0 where it is of none."""
    rows = key.first if isinstance(key, Combined) else key
    names = [one.value for one in rows.filters if one.column == "indicator" and one.value in indicators]
    return indicators[names[0]].decimals if names else 0


def trace(document: Document, tables: Tables, indicators: Mapping[str, Indicator]) -> dict[str, bytes]:
    """Resolve every number of a document, and write down where those of figures and tables come from.

    Returns
    -------
    dict of str to bytes
        ``figures/<id>.cells.csv`` for each figure and table that has numbers.

    Raises
    ------
    ReportError
        At the first that is not what its key gives: notebook and cell or figure and cell, printed and given.
    """
    tracer = Tracer(tables, indicators)
    for number in document.numbers:
        tracer.resolve(Number(number.text, number.key), f"{number.notebook}, cell {number.cell}")
    files = {}
    for name, _, block in document.blocks():
        lines = [*_of_numbers(name, block, tracer), *_of_rows(name, block, tables)]
        if isinstance(block, Table):
            _check_named(name, block)
        if lines:
            files[f"figures/{name}.cells.csv"] = _written(lines)
    return files


def _of_numbers(name: str, block: Block, tracer: Tracer) -> Iterator[tuple[str, ...]]:
    for number in block.numbers:
        found = tracer.resolve(number, f"{name}, {_place(block, number.part)}")
        column = "" if isinstance(found.key, Combined) else found.key.column
        rows = found.rows if len(found.rows) <= MANY else ()
        files = dict.fromkeys(f"{row.edition}/{row.table}" for row in found.rows)
        yield (
            number.part,
            number.text,
            " ".join(files),
            " ".join(str(row.line) for row in rows),
            column,
            number.key,
        )


def _place(block: Block, part: str) -> str:
    """Where in a block a number stands, in words."""
    if not isinstance(block, Table) or "," not in part:
        return part or "text"
    row, column = map(int, part.split(","))
    return f"row {row + 1}, column {block.columns[column].heading!r}"


def _of_rows(name: str, block: Block, tables: Tables) -> Iterator[tuple[str, ...]]:
    """For each row of a figure's data the row of a processed table that it is."""
    if isinstance(block, Table) or not block.rows_of:
        return
    plotted = list(csv.DictReader(io.StringIO(block.csv, newline="")))
    for line, row in enumerate(plotted, start=2):
        found = next(filter(None, (_row_of(tables, table, row) for table in block.rows_of)), None)
        if found is None:
            if row.get("flag") == "[x]" and not row.get("value"):
                continue  # an area that the tables have no row of, drawn as not available
            shown = ", ".join(list(row.values())[:7])
            raise ReportError(f"{name}, line {line} of its data: no row of {' or '.join(block.rows_of)} is {shown}.")
        for column in row.keys() & found.cells.keys():
            if row[column] != found.cells[column]:
                raise ReportError(
                    f"{name}, line {line} of its data, column {column!r}: {row[column]!r} is plotted, and "
                    f"{found.file}, line {found.line}, says {found.cells[column]!r}."
                )
        yield (f"line {line}", "", f"{found.edition}/{found.table}", str(found.line), "", "")


def _row_of(tables: Tables, table: str, row: Mapping[str, str]) -> TableRow | None:
    """The row of a table with the same key, as far as the plotted row has its columns."""
    key = [column for column in TABLE_KEYS[table] if column in row]
    found = tables.equal(table, {column: row[column] for column in key})
    return found[0] if len(found) == 1 else None


def _check_named(name: str, table: Table) -> None:
    for row, column, text in unnamed(table):
        raise ReportError(
            f"{name}, row {row + 1}, column {table.columns[column].heading!r}: no key names the number in {text!r}. "
            "Print it from a reference, or say in the column why its digits are words."
        )


def unnamed(table: Table) -> Iterator[tuple[int, int, str]]:
    """The cells with a digit that belongs to no number with a key, in columns that do not say why."""
    own: dict[str, list[Number]] = {}
    for number in table.numbers:
        own.setdefault(number.part, []).append(number)
    for line, row in enumerate(table.rows):
        for place, text in enumerate(row):
            column = table.columns[place]
            rest = _without(text, own.get(f"{line},{place}", ()))
            if column.words == PERIODS:
                rest = _PERIOD.sub("", rest)
            elif column.words or column.row_header:
                continue
            if _DIGIT.search(rest):
                yield line, place, text


def _without(text: str, numbers: Sequence[Number]) -> str:
    for number in reversed(numbers):
        text = text[: number.at] + text[number.at + len(number.text) :]
    return text


def _written(lines: Sequence[tuple[str, ...]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(CELL_COLUMNS)
    writer.writerows(lines)
    return out.getvalue().encode("utf-8")

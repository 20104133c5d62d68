"""The annex of numbers: for each number in a sentence its id, what it is, the row behind it and that row's source."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby, product

from analysis.audit.described import COLUMNS, described_parts
from analysis.audit.resolve import FACTS, Resolved, Tables
from analysis.blocks import Column, Table
from analysis.errors import AnalysisError, ReportError
from analysis.keys import Combined, Key, parse_key
from analysis.model import Indicator
from analysis.report.document import Document, FigureItem, ProseItem, TableItem
from analysis.report.markdown import parser
from analysis.report.numbers import ANNEX, NumberItem, NumberRow
from analysis.words import citation

TITLE = "Numbers in the sentences"
WORDS = (
    "Every number in a sentence has an id: the name of its cell in the notebook, and its place there. The table says "
    "what each is and where it comes from; numbers about one thing share a line, what is printed in the order of their "
    "ids. `sotc explain {edition} ID` follows any of them back to the publisher's own row."
)


def with_annex(document: Document, tables: Tables, indicators: Mapping[str, Indicator]) -> Document:
    """A document with the annex of its numbers at the end; as it is, where no sentence holds a number.

    Raises
    ------
    ReportError
        If the key of a number names no row of the tables: nobody could check it.
    """
    if not document.numbers:
        return document
    about = tuple(about_numbers(document.numbers, tables, indicators))
    (heading,), words = parser()(f"# {TITLE}"), parser()(WORDS.format(edition=tables.edition))
    letters = [node["number"] for node in document.headings() if node.get("word") == "Annex"]
    heading |= {"id": f"{ANNEX}-title", "number": chr(65 + len(letters)), "word": "Annex"}
    count = sum(isinstance(item, TableItem) for item in document.items)
    table = TableItem(ANNEX, f"Table {count + 1}", _table(about, tables.edition))
    items = (*document.items, ProseItem([heading, *words]), table)
    return replace(document, items=items, about=about, origins=origins(document, tables))


def origins(document: Document, tables: Tables) -> dict[str, str]:
    """The releases that the source line of each figure and table names, by its id."""
    cited = {f"{row.cells['source']}/{row.cells['release']}": citation(row.cells) for row in tables.rows("sources")}
    found = {}
    for item in document.items:
        if isinstance(item, FigureItem | TableItem):
            line = (item.figure if isinstance(item, FigureItem) else item.table).source
            found[item.id] = "; ".join(release for release, words in cited.items() if words in line)
    return found


def about_numbers(
    numbers: Sequence[NumberItem], tables: Tables, indicators: Mapping[str, Indicator]
) -> Iterable[NumberRow]:
    """A line for each row that numbers print, in the order in which the report first prints it."""
    lines: dict[tuple[object, ...], list[tuple[NumberItem, Resolved]]] = {}
    known: dict[str, Resolved] = {}
    keys = [parse_key(number.key) for number in numbers]
    editions = {key.first.edition if isinstance(key, Combined) else key.edition for key in keys} | {""}
    for table, edition in product(("indicators", "judgements"), sorted(editions)):
        tables.rows(table, edition)  # whole, and once: most numbers are of these two
    for number in numbers:
        try:
            found = known[number.key] = known.get(number.key) or tables.resolve(number.key)
        except AnalysisError as error:
            raise ReportError(f"{number.notebook}, cell {number.cell}: the number {number.text!r}: {error}") from error
        lines.setdefault(_same_row(found.key), []).append((number, found))
    sources = {(row.cells["source"], row.cells["release"]): row.cells for row in tables.rows("sources")}
    for same in lines.values():
        found = same[0][1]
        subject, detail = described_parts(found, indicators)
        origin, address = _origin(found, sources)
        yield NumberRow(
            ids=tuple(number.id for number, _ in same),
            texts=tuple(_text(number, one) for number, one in same),
            subject=subject,
            detail=detail,
            keys=tuple(dict.fromkeys(number.key for number, _ in same)),
            rows=where(found),
            source=origin,
            address=address,
        )


def _same_row(key: Key) -> tuple[object, ...]:
    """What numbers of one line share: the row, whichever of its columns they print; else the whole key."""
    if isinstance(key, Combined) or key.aggregate:
        return (key,)
    return (key.edition, key.table, key.filters)


def _text(number: NumberItem, found: Resolved) -> str:
    column = "" if isinstance(found.key, Combined) or found.key.aggregate else found.key.column
    words = COLUMNS.get(column, column.replace("_", " "))
    return f"{words}: {number.text}" if column not in ("", "value") else number.text


def where(found: Resolved) -> str:
    """The rows behind a number: file and line, or how many lines of which file.

    Files are those of ``data/processed``.
    """
    parts = []
    for file, rows in groupby(found.rows, key=lambda row: f"{row.edition}/{row.table}.csv"):
        lines = [row.line for row in rows]
        parts.append(f"{file}, line {lines[0]}" if len(lines) == 1 else f"{file}, {len(lines)} lines")
    return "; ".join(parts) or "no line"


def _origin(found: Resolved, sources: Mapping[tuple[str, str], Mapping[str, str]]) -> tuple[str, str]:
    """The release behind a row where it names one, else the table that was worked out here; and its address."""
    key = found.key.first if isinstance(found.key, Combined) else found.key
    pairs = {(row.cells.get("source", ""), row.cells.get("release", "")) for row in found.rows}
    if len(pairs) == 1 and key.table != "sources":
        source, release = pairs.pop()
        if source and release:
            return f"{source}/{release}", sources.get((source, release), {}).get("address", "")
    return ("definitions" if key.table == FACTS else f"{key.table}.csv"), ""


def short_ids(ids: Iterable[str]) -> str:
    """Ids of one line, those that follow each other as first and last.

    Examples
    --------
    >>> short_ids(["n-aims-3", "n-aims-4", "n-aims-5", "n-year-1"])
    'n-aims-3 to 5, n-year-1'
    """
    runs: list[tuple[str, int, int]] = []
    for name in ids:
        cell, _, number = name.rpartition("-")
        if runs and runs[-1][0] == cell and runs[-1][2] + 1 == int(number):
            runs[-1] = (cell, runs[-1][1], int(number))
        else:
            runs.append((cell, int(number), int(number)))
    return ", ".join(f"{cell}-{first}" + (f" to {last}" if last > first else "") for cell, first, last in runs)


def _table(about: Iterable[NumberRow], edition: str) -> Table:
    """The table as printed: a line for each subject."""
    lines: dict[str, list[NumberRow]] = {}
    for row in about:
        lines.setdefault(row.subject, []).append(row)
    cells = []
    for subject, rows in lines.items():
        source = "; ".join(dict.fromkeys(row.source for row in rows))
        details = "; ".join(dict.fromkeys(row.detail for row in rows if row.detail))
        ids = short_ids(known for row in rows for known in row.ids)
        texts = "; ".join(text for row in rows for text in row.texts)
        cells.append((ids, texts, f"{subject}: {details}" if details else subject, source))
    return Table(
        title="What each number is, and where it comes from",
        columns=(
            Column("Number", width=0.7),
            Column("Printed", width=1.0),
            Column("What it is", width=1.6),
            Column("Source or table", width=0.4),
        ),
        rows=cells,
        source="the processed tables of this edition; the folders of sources lie in data/raw. Check one: "
        f"sotc explain {edition} ID.",
    )

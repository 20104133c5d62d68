"""The annex of numbers: for each number in a sentence its id, what it is, the row behind it and that row's source."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby, product

from analysis.audit.chain import METHODS
from analysis.audit.described import COLUMNS, described_parts
from analysis.audit.releases import named_by
from analysis.audit.worked_out import JUDGED, STATISTICS
from analysis.blocks import Column, Table
from analysis.catalogue.model import Indicator
from analysis.errors import AnalysisError, ReportError
from analysis.report.document import Document, ProseItem, TableItem
from analysis.report.markdown import parser
from analysis.report.sentence_numbers import ANNEX, NumberItem, NumberRow, Origin
from analysis.tables.keys import Combined, Key, parse_key
from analysis.tables.query import FACTS, Resolved, Tables

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
    return replace(document, items=items, about=about, origins=origins(document, indicators))


def origins(document: Document, indicators: Mapping[str, Indicator]) -> dict[str, Origin]:
    """Where each figure and table comes from, by its id: the fields that were set when it was made."""
    found = {}
    for known, _, block in document.blocks():
        sources = sorted({source for source, _ in block.releases})
        used = [(name, source) for name in block.indicators for source in sources]
        found[known] = Origin(
            releases="; ".join("/".join(pair) for pair in block.releases),
            cell=known.removesuffix(f"-{block.part}") if block.part else known,
            indicators=block.indicators,
            methods=_measured(used, indicators),
        )
    return found


def _measured(used: Iterable[tuple[str, str]], indicators: Mapping[str, Indicator]) -> tuple[str, ...]:
    """The sections on the measures by which sources enter indicators."""
    measures = (given.measure for name, source in used for given in indicators[name].inputs if given.source == source)
    return tuple(dict.fromkeys(METHODS[measure] for measure in measures if measure in METHODS))


def _methods(found: Resolved, indicators: Mapping[str, Indicator]) -> tuple[str, ...]:
    """The sections of the methods on the rows behind a number, where these are its own and not merely counted."""
    keys = [found.key.first, found.key.second] if isinstance(found.key, Combined) else [found.key]
    if any(key.aggregate in ("count", "distinct", "sum") for key in keys):
        return ()
    sections: list[str] = []
    for row in found.rows:
        cells = row.cells
        if cells.get("indicator") in indicators and cells.get("source"):
            sections += _measured([(cells["indicator"], cells["source"])], indicators)
        sections += [STATISTICS[cells["statistic"]]] if cells.get("statistic") in STATISTICS else []
    judged = [key.column for key in keys if key.table == "judgements"]
    sections += [section for start, section in JUDGED.items() for column in judged if column.startswith(start)]
    return tuple(dict.fromkeys(sections))


def _files(found: Resolved, edition: str) -> tuple[tuple[str, str], ...]:
    """The tables of this edition behind a number: they lie beside its web page."""
    own = dict.fromkeys(row.table for row in found.rows if row.edition == edition and row.table != FACTS)
    return tuple((f"{edition}/{table}.csv", f"data/{table}.csv") for table in own)


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
        origin, address = _origin(tables, found, sources)
        yield NumberRow(
            ids=tuple(number.id for number, _ in same),
            texts=tuple(_text(number, one) for number, one in same),
            subject=subject,
            detail=detail,
            keys=tuple(dict.fromkeys(number.key for number, _ in same)),
            rows=where(found),
            source=origin,
            address=address,
            files=_files(found, tables.edition),
            methods=_methods(found, indicators),
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


def _origin(tables: Tables, found: Resolved, sources: Mapping[tuple[str, str], Mapping[str, str]]) -> tuple[str, str]:
    """The release behind a row where it names one, else the table that was worked out here; and its address."""
    key = found.key.first if isinstance(found.key, Combined) else found.key
    named = [named_by(tables, row) for row in found.rows]
    pairs = set().union(*named)
    if len(pairs) == 1 and all(named) and key.table != "sources":
        source, release = pairs.pop()
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

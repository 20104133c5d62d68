"""A document as a tagged PDF (PDF/UA-1), set by Typst with the design in ``template/report.typ``.

The compiler gets everything as bytes in memory: the template, the document as JSON and the pictures. Text travels as
data, never as Typst source, so no character in it can mean anything to Typst. Fonts are Typst's own and the DejaVu
that matplotlib draws with; the system's fonts are not looked at, and no clock is read: same input, same bytes.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from analysis.errors import ReportError
from analysis.report.document import (
    BoxItem,
    Document,
    ExplorerItem,
    FigureItem,
    Item,
    ProseItem,
    TableItem,
    under_lines,
)
from analysis.report.markdown import walk
from analysis.report.pdf_tags import mark_row_heads
from analysis.report.tables import breakable, table_layout

TEMPLATE = Path(__file__).parent / "template"
WORDS = {"contents": "Contents"}


def render_pdf(document: Document, timestamp: datetime | None, design: Path = TEMPLATE / "report.typ") -> bytes:
    """Set a document as PDF/UA-1 on A4.

    Parameters
    ----------
    document : Document
        From :func:`analysis.report.document.gather`.
    timestamp : datetime or None
        Creation date written into the file: the edition's date, with a time zone. With None the file has no date.
    design : Path
        The template.

    Returns
    -------
    bytes
        The PDF: the same bytes for the same document and timestamp.

    Raises
    ------
    ReportError
        If a table cannot fit the page, or the result would break PDF/UA-1.
    """
    import typst

    files: Any = {  # several files at once, by name: documented by typst, missing from its type stubs
        "main": design.read_bytes(),
        "content.typ": (TEMPLATE / "content.typ").read_bytes(),
        "design.typ": (TEMPLATE / "design.typ").read_bytes(),
        "document.json": json.dumps(_described(document, dated=timestamp is not None)).encode(),
    }
    for item in document.items:
        if isinstance(item, FigureItem):
            files[_file(item)] = item.figure.svg.encode()
    try:
        made = typst.compile(
            files,
            format="pdf",
            font_paths=[_font_folder()],
            ignore_system_fonts=True,
            pdf_standards=["ua-1"],
            timestamp=timestamp or datetime(1970, 1, 1, tzinfo=UTC),
        )
    except typst.TypstError as error:
        raise ReportError(f"the PDF could not be set: {error}. {' '.join(error.hints)}".strip()) from error
    return mark_row_heads(bytes(made), [column for item in document.items for column in _row_heads(item)])


def _row_heads(item: Item) -> list[int | None]:
    """For each table of an item, the column that names its rows."""
    if isinstance(item, TableItem):
        return [next((place for place, column in enumerate(item.table.columns) if column.row_header), None)]
    if isinstance(item, ProseItem | BoxItem):
        return [None for node in walk(item.nodes) if node["kind"] == "table"]
    return []


def _font_folder() -> str:
    """The folder of the fonts that matplotlib brings, found without importing it."""
    found = find_spec("matplotlib")
    if found is None or found.origin is None:
        raise ReportError("matplotlib is not installed; the PDF needs the fonts it brings. Run the set-up again.")
    return str(Path(found.origin).parent / "mpl-data" / "fonts" / "ttf")


def _described(document: Document, *, dated: bool) -> dict[str, Any]:
    """The document as the template reads it."""
    return {
        "lang": "en",
        "region": "GB",
        "dated": dated,
        "words": WORDS,
        "cover": document.cover.__dict__,
        "items": [_described_item(item) for item in document.items],
    }


def _described_item(item: Item) -> dict[str, Any]:
    match item:
        case ProseItem():
            return {"kind": "prose", "nodes": item.nodes}
        case BoxItem():
            return {"kind": "box", "title": item.title, "nodes": item.nodes}
        case ExplorerItem():
            said = f"{item.explorer.title}: explore them in the web page of this report, report.html."
            words = [{"kind": "text", "text": said}]
            return {"kind": "prose", "nodes": [{"kind": "paragraph", "children": words}]}
        case TableItem():
            layout = table_layout(item.table)
            return {"kind": "table", **_placed(item, item.table.title), **layout} | {
                "rows": [[breakable(cell, glued=layout["glued"]) for cell in row] for row in item.table.rows],
                "under": under_lines(item.table),
            }
        case FigureItem():
            width, height = item.size
            return {"kind": "figure", **_placed(item, item.figure.title)} | {
                "file": _file(item),
                "alt": item.figure.alt,
                "width": width,
                "height": height,
                "under": under_lines(item.figure),
            }


def _placed(item: TableItem | FigureItem, title: str) -> dict[str, str]:
    word, number = item.label.split()
    return {"id": item.id, "word": word, "number": number, "title": title}


def _file(item: FigureItem) -> str:
    return f"figures/{item.id}.svg"

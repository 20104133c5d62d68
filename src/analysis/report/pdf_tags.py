"""What Typst leaves to be said in a PDF's tags: which cells of a table name their row.

Typst 0.15 marks the heads of columns; heads of rows need a switch that its Python package does not offer. Here the
finished file is opened, the cells concerned become header cells of scope Row, and the other cells of their row name
them beside the head of their column. The packing is tighter too: the file is about half as long.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from analysis.errors import ReportError


def mark_row_heads(made: bytes, columns: Sequence[int | None]) -> bytes:
    """Turn the cells that name a row into header cells.

    Parameters
    ----------
    made : bytes
        A tagged PDF.
    columns : sequence of int or None
        For each table in reading order, the column whose cells name their rows, if one does.

    Returns
    -------
    bytes
        The PDF, the same bytes for the same input.

    Raises
    ------
    ReportError
        If a picture has no alternative text, a heading skips a level, the PDF has not as many tables as given, or a row
        has another number of cells than the head.
    """
    import pikepdf

    with pikepdf.open(io.BytesIO(made)) as pdf:
        root = pdf.Root.StructTreeRoot
        elements = _elements(root.K, [])
        _check(elements)
        tables = [element for element in elements if element.S == "/Table"]
        if len(tables) != len(columns):
            raise ReportError(f"the PDF has {len(tables)} tagged tables, expected {len(columns)}; a tag is broken.")
        names = {bytes(element.ID): element for element in elements if "/ID" in element}
        for number, (table, column) in enumerate(zip(tables, columns, strict=True), start=1):
            if column is not None:
                names |= _mark_table(pdf, table, column, f"T{number}")
        listed = [part for name in sorted(names) for part in (pikepdf.String(name), names[name])]
        root.IDTree = pdf.make_indirect(pikepdf.Dictionary(Names=pikepdf.Array(listed)))
        for note in (note for page in pdf.pages for note in page.get("/Annots", [])):
            if "/Contents" in note:
                note.Contents = pikepdf.String(str(note.Contents).strip())
        out = io.BytesIO()
        pdf.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate, deterministic_id=True)
    return out.getvalue()


def _check(elements: Sequence[Any]) -> None:
    """Refuse pictures without alternative text and headings that skip a level."""
    before = 0
    for element in elements:
        kind = str(element.S)
        if kind == "/Figure" and not str(element.get("/Alt", "")).strip():
            raise ReportError("a picture in the PDF has no alternative text; give every figure its alt text.")
        if kind.startswith("/H") and kind[2:].isdigit():
            level = int(kind[2:])
            if level > before + 1:
                raise ReportError(f"a heading of level {level} follows one of level {before} in the PDF's tags.")
            before = level


def _mark_table(pdf: Any, table: Any, column: int, prefix: str) -> dict[bytes, Any]:
    """Mark one table's row heads; returns them by their new ids."""
    import pikepdf

    marked: dict[bytes, Any] = {}
    rows = [row for part in table.K for row in ([part] if part.S == "/TR" else part.K)]
    width = len(rows[0].K)
    for number, row in enumerate(rows):
        cells = list(row.K)
        if len(cells) != width:
            raise ReportError(f"a table of the PDF has a row of {len(cells)} cells below a head of {width}.")
        if all(cell.S == "/TH" for cell in cells):
            continue
        name = f"{prefix}r{number}".encode()
        head = cells[column]
        if not head.is_indirect:
            row.K[column] = head = pdf.make_indirect(head)
        head.S = pikepdf.Name.TH
        head.ID = pikepdf.String(name)
        _table_attributes(head).Scope = pikepdf.Name.Row
        marked[name] = head
        for place, cell in enumerate(cells):
            if place != column:
                _table_attributes(cell).Headers.append(pikepdf.String(name))
    return marked


def _table_attributes(cell: Any) -> Any:
    return next(attributes for attributes in cell.A if attributes.O == "/Table")


def _elements(node: Any, found: list[Any]) -> list[Any]:
    """The structure elements below a node, in reading order."""
    import pikepdf

    for child in node if isinstance(node, pikepdf.Array) else [node]:
        if isinstance(child, pikepdf.Dictionary) and "/S" in child:
            found.append(child)
            if "/K" in child:
                _elements(child.K, found)
    return found

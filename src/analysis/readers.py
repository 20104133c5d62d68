"""Read a publisher's file as it comes (CSV, workbook, GeoJSON) into a table of text, changing nothing.

Numbers in workbooks are written with the shortest text that reads back as the same number, whole ones without ``.0``.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.errors import DataError


def read_csv(path: Path, header_row: int = 1) -> pd.DataFrame:
    """Read a CSV whose heading stands on line ``header_row`` (from 1); UTF-8 with or without a mark, else cp1252.

    Raises
    ------
    DataError
        If a row has more or fewer cells than the heading.
    """
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252")
    rows = list(csv.reader(text.splitlines(), strict=True))
    return _table(rows, header_row, path.name)


def read_xlsx(path: Path, sheet: str | None, header_row: int = 1) -> pd.DataFrame:
    """Read one sheet of a workbook (default: the first) whose heading stands on row ``header_row`` (from 1).

    Raises
    ------
    DataError
        If there is no such sheet.
    """
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_path(path)
    if sheet is not None and sheet not in book.sheet_names:
        raise DataError(f"{path.name}: no sheet {sheet!r}; expected one of {', '.join(book.sheet_names)}.")
    cells = book.get_sheet_by_name(sheet or book.sheet_names[0]).to_python(skip_empty_area=False)
    return _table([[_cell_text(cell) for cell in row] for row in cells], header_row, path.name)


def read_geojson(path: Path) -> pd.DataFrame:
    """Read a GeoJSON's properties, with each geometry as well-known text in the column ``wkt``."""
    from shapely.geometry import shape

    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    rows = [
        {**{key: _cell_text(value) for key, value in item["properties"].items()}, "wkt": shape(item["geometry"]).wkt}
        for item in features
    ]
    return pd.DataFrame(rows, dtype=str)


def _table(rows: list[list[str]], header_row: int, name: str) -> pd.DataFrame:
    if len(rows) < header_row:
        raise DataError(f"{name}: {len(rows)} rows; expected the heading on row {header_row}.")
    heading = [cell.strip() for cell in rows[header_row - 1]]
    width = len(heading)
    body = []
    for number, row in enumerate(rows[header_row:], start=header_row + 1):
        if not any(cell.strip() for cell in row):
            continue
        if len(row) > width and any(cell.strip() for cell in row[width:]):
            raise DataError(f"{name}: row {number} has {len(row)} cells, the heading has {width}. Check the file.")
        body.append([cell.strip() for cell in row[:width]] + [""] * (width - len(row)))
    return pd.DataFrame(body, columns=pd.Index(_unique(heading)), dtype=str)


def _unique(heading: Iterable[str]) -> list[str]:
    """Tell headings apart that stand twice: ``notes``, ``notes.1``."""
    seen: dict[str, int] = {}
    names = []
    for name in heading:
        count = seen.get(name, 0)
        names.append(f"{name}.{count}" if count else name)
        seen[name] = count + 1
    return names


def _cell_text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell)
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, (dt.datetime, dt.date)):
        return cell.isoformat()
    return str(cell).strip()

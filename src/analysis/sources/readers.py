"""Read a publisher's file as it comes (CSV, workbook, GeoJSON) into a table of text, changing nothing.

Numbers in workbooks are written with the shortest text that reads back as the same number, whole ones without ``.0``.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
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
        If a row has more or fewer cells than the heading. A row with its first cell alone is a note and may stay.
    """
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252")
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise DataError(f"{path.name}: not a CSV: {error}. Check the file.") from error
    return _table(rows, header_row, path.name)


def read_xlsx(path: Path, sheet: str | None, header_row: int = 1) -> pd.DataFrame:
    """Read one sheet of a workbook (default: the first) whose heading stands on row ``header_row`` (from 1).

    Raises
    ------
    DataError
        If the file is no workbook, or has no such sheet.
    """
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_path(path)
    except CalamineError as error:
        raise DataError(f"{path.name}: not a workbook: {error}. Check the file.") from error
    if sheet is not None and sheet not in book.sheet_names:
        raise DataError(f"{path.name}: no sheet {sheet!r}; expected one of {', '.join(book.sheet_names)}.")
    cells = book.get_sheet_by_name(sheet or book.sheet_names[0]).to_python(skip_empty_area=False)
    return _table([[_cell_text(cell) for cell in row] for row in cells], header_row, path.name)


BRITISH_NATIONAL_GRID = (
    "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad +step +proj=push +v_3 +step +proj=cart +ellps=WGS84 "
    "+step +inv +proj=helmert +x=446.448 +y=-125.157 +z=542.06 +rx=0.15 +ry=0.247 +rz=0.842 +s=-20.489 "
    "+convention=position_vector +step +inv +proj=cart +ellps=airy +step +proj=pop +v_3 "
    "+step +proj=tmerc +lat_0=49 +lon_0=-2 +k=0.9996012717 +x_0=400000 +y_0=-100000 +ellps=airy"
)
"""Longitude and latitude (WGS84) to EPSG:27700 by the seven parameters of EPSG:1314: within some 5 m everywhere, and
the same on every machine (the finer OSTN15 grid is a file that most installations lack)."""


def read_geojson(path: Path) -> pd.DataFrame:
    """Read a GeoJSON's properties, with each geometry as well-known text in metres (EPSG:27700) in the column ``wkt``.

    Raises
    ------
    DataError
        If the file is no GeoJSON, or its coordinates are neither WGS84 nor EPSG:27700.
    """
    import numpy as np
    import shapely
    from shapely.geometry import shape

    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        features = content["features"]
        shapes = np.asarray([shape(item["geometry"]) for item in features], dtype=object)
        rows = [{key: _cell_text(value) for key, value in item["properties"].items()} for item in features]
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path.name}: not a GeoJSON collection of outlines: {error!r}. Check the file.") from error
    system = str((content.get("crs") or {}).get("properties", {}).get("name", "CRS84"))
    if system.endswith(("CRS84", ":4326")):
        from pyproj import Transformer

        to_metres = Transformer.from_pipeline(BRITISH_NATIONAL_GRID)
        shapes = shapely.transform(shapes, lambda xy: np.column_stack(to_metres.transform(xy[:, 0], xy[:, 1])))
    elif not system.endswith(":27700"):
        raise DataError(f"{path.name}: coordinates are in {system}; expected WGS84 or EPSG:27700. Convert the file.")
    return pd.DataFrame(rows, dtype=str).assign(wkt=[geometry.wkt for geometry in shapes])


def _table(rows: list[list[str]], header_row: int, name: str) -> pd.DataFrame:
    if len(rows) < header_row:
        raise DataError(f"{name}: {len(rows)} rows; expected the heading on row {header_row}.")
    heading = [cell.strip() for cell in rows[header_row - 1]]
    width = len(heading)
    body = []
    for number, row in enumerate(rows[header_row:], start=header_row + 1):
        if not any(cell.strip() for cell in row):
            continue
        if any(cell.strip() for cell in row[width:]) or 1 < len(row) < width:
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

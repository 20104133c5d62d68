"""Which releases a number rests on, by the rows that it comes from; and which of its tables are our own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from analysis.audit.opened import Opened
from analysis.tables.query import TableRow, Tables

WANTED = ("source", "release", "publisher", "title", "published", "licence", "address")
SERIES = ("indicator", "sex", "age", "period_start", "period_end")
OF_INDEX = ("index_release", "earlier_release", "later_release")
Release = tuple[str, str]


def releases_behind(opened: Opened, tables: Tables, rows: Sequence[TableRow]) -> tuple[list[dict[str, str]], list[str]]:
    """The releases behind rows of any table, and the files of ours whose rows name none.

    Returns
    -------
    tuple[list[dict[str, str]], list[str]]
        Each release with its publisher and address; and the files of those tables that only count or list what this
        project defines and holds.
    """
    found: list[dict[str, str]] = []
    own: dict[str, None] = {}
    for edition in dict.fromkeys(row.edition for row in rows):
        of_edition = [row for row in rows if row.edition == edition]
        named: set[Release] = set()
        judged = [row for row in of_edition if "source" not in row.cells and set(SERIES) <= set(row.cells)]
        named |= _of_series(opened, tables, judged)
        for row in of_edition:
            pairs = named_by(tables, row)
            named |= pairs
            if not pairs and not set(SERIES) <= set(row.cells):
                own[row.file] = None
        found += [one for one in listed(tables, named, edition) if one not in found]
    return found, list(own)


def listed(tables: Tables, named: Iterable[Release], edition: str = "") -> list[dict[str, str]]:
    """Releases as ``sources.csv`` tells of them, in its order."""
    wanted = set(named)
    return [
        {name: row.cells[name] for name in WANTED}
        for row in tables.rows("sources", edition)
        if (row.cells["source"], row.cells["release"]) in wanted
    ]


def of_raw(places: Iterable[Mapping[str, Any]]) -> set[Release]:
    """The releases of the raw files that an explanation names: ``data/raw/<source>/<release>/<file>``."""
    parts = {tuple(str(place["raw_file"]).split("/")[-3:-1]) for place in places if "raw_file" in place}
    return {(source, release) for source, release in parts}


def named_by(tables: Tables, row: TableRow) -> set[Release]:
    """The releases that a row itself names; of a source without a release, the last that the edition holds."""
    cells = row.cells
    pairs = set()
    if cells.get("source") and cells.get("release"):
        pairs.add((cells["source"], cells["release"]))
    elif cells.get("source"):
        held = [one.cells["release"] for one in tables.among("sources", "source", [cells["source"]], row.edition)]
        pairs |= {(cells["source"], max(held))} if held else set()
    dates = {cells[name] for name in OF_INDEX if cells.get(name)}
    if dates:
        areas = tables.rows("small_areas", row.edition)
        pairs |= {(one.cells["source"], one.cells["release"]) for one in areas if one.cells["release"] in dates}
    return pairs


def _of_series(opened: Opened, tables: Tables, judged: Sequence[TableRow]) -> set[Release]:
    """The releases of the series that judgements or warnings are about."""
    if not judged:
        return set()
    code = opened.place.code

    def place(row: TableRow) -> tuple[str, ...]:
        return (row.cells.get("area_code", code), *(row.cells[name] for name in SERIES))

    wanted = {place(row) for row in judged}
    areas = sorted({area for area, *_ in wanted})
    rows = tables.holding("indicators", areas, judged[0].edition)
    return {(row.cells["source"], row.cells["release"]) for row in rows if place(row) in wanted}

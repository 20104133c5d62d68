"""One row of ``indicators.csv``, all the way back: definition, method, areas, raw rows, cleaning, publisher."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from analysis.audit.recompute import Second
from analysis.catalogue.measures import MEASURES
from analysis.tables.keys import row_key
from analysis.tables.provenance import Origin
from analysis.tables.query import TableRow
from analysis.words import period_words

METHODS = {name: one.anchor for name, one in MEASURES.items() if one.anchor}
"""The section of ``docs/methods.md`` on a measure; what is only summed or passed on has none."""
COUNTED = ("rows in", "rows out", "left out", "code changed", "summed")


def chain(second: Second, row: TableRow) -> dict[str, Any]:
    """Everything between a row of the table and the publisher's row, as plain data.

    Raises
    ------
    DataError
        If the raw rows do not give the value of the row.
    """
    origin, again = second.again(row)
    opened = second.opened
    indicator = opened.indicators[row.cells["indicator"]]
    behind = list(_observed(origin))
    releases = dict.fromkeys((one.cells["source"], one.cells["release"]) for one in behind)
    path = opened.project.definitions / "indicators" / f"{indicator.id}.yml"
    return {
        "key": row_key(row.cells),
        "row": {"file": row.file, "line": row.line, "cells": dict(row.cells)},
        "period": period_words(row.cells["period_start"], row.cells["period_end"]),
        "indicator": {
            "id": indicator.id,
            "title": indicator.title,
            "file": opened.project.shown(path),
            "definition": indicator.definition,
            "unit": indicator.unit,
            "polarity": indicator.polarity,
            "limits": indicator.limits,
        },
        "method": {
            "measure": origin.given.measure,
            "words": origin.given.method,
            "formula": origin.measure.formula,
            "anchor": f"docs/methods.md#{origin.measure.anchor}" if origin.measure.anchor else "",
        },
        "recomputed": {column: _finite(value) for column, value in again.items()} | {"equals_table": True},
        "geography": _geography(second, origin),
        "also": {role: [_place(second, one) for one in each] for role, each in origin.also.items()},
        "rests_on": [chain(second, one) for one in origin.rests_on],
        "cleaning": _cleaning(second, behind),
        "sources": [_source(second, *release, behind) for release in releases],
    }


def _observed(origin: Origin) -> Iterable[TableRow]:
    for part in origin.parts:
        for each in part.observed.values():
            yield from each
    for each in origin.also.values():
        yield from each


def _finite(value: float) -> float | None:
    return None if math.isnan(value) else value


def _place(second: Second, one: TableRow, *, whole: bool = True) -> dict[str, Any]:
    """An observation and the raw row that it stands in: every cell of it, or those that were read."""
    names = ("series", "area_code", "period_start", "period_end", "sex", "age")
    row, columns = second.raw_row(one), one.cells["column"].split("+")
    return {
        **{name: one.cells[name] for name in names},
        "value": _finite(second.value(one)),
        "file": one.file,
        "line": one.line,
        "raw": [
            {
                "file": row.file,
                "line": row.line,
                "columns": columns,
                "cells": dict(row.cells) if whole else {name: row.cells[name] for name in columns},
            }
        ],
    }


def _geography(second: Second, origin: Origin) -> dict[str, Any]:
    """The areas that a figure is made of, each with its share, its weight and its observations."""
    whole = len(origin.parts) == 1
    parts = [
        {
            "area_code": part.area_code,
            "share": _finite(part.share),
            "weight": _finite(part.weight),
            "observations": {
                role: [_place(second, one, whole=whole) for one in each] for role, each in part.observed.items()
            },
        }
        for part in origin.parts
    ]
    weights = [part.weight for part in origin.parts if not math.isnan(part.weight)]
    source, target = origin.way
    return {"from": source, "to": target, "areas": len(parts), "weight": math.fsum(weights), "parts": parts}


def _cleaning(second: Second, behind: Iterable[TableRow]) -> list[dict[str, str]]:
    """What cleaning noted of the tables read, and of the series and codes in question."""
    tables = {tuple(one.cells[name] for name in ("source", "release", "table")) for one in behind}
    series = {one.cells["series"] for one in behind}
    return [
        {"line": str(row.line), **row.cells}
        for row in second.tables.rows("cleaning_log")
        if tuple(row.cells[name] for name in ("source", "release", "table")) in tables
        and (row.cells["action"] in COUNTED or any(name in row.cells["detail"] for name in series))
    ]


def _source(second: Second, source: str, release: str, behind: Iterable[TableRow]) -> dict[str, Any]:
    """The receipt of a release, and of each of its tables that was read: with the files that it was written from."""
    snapshot = second.opened.snapshot(source, release)
    here = (one.cells for one in behind if (one.cells["source"], one.cells["release"]) == (source, release))
    read = {cells["table"] for cells in here}
    names = ("publisher", "product", "published", "accessed", "licence", "attribution", "address")
    facts: Mapping[str, str] = {name: getattr(snapshot, name) for name in names}
    return {
        "source": source,
        "release": release,
        **facts,
        "tables": [
            {
                "file": f"data/raw/{source}/{release}/{record.file}",
                "sha256": record.sha256,
                "rows": record.rows,
                "selected": record.selected,
                "files": [{"name": file, **asdict(one)} for file, one in snapshot.origins(name).items()],
                "checked": list(record.checked),
            }
            for name, record in snapshot.tables.items()
            if name in read
        ],
    }

"""One row of ``indicators.csv``, all the way back: definition, method, areas, raw rows, cleaning, publisher."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from analysis.audit.lineage import Lineage, Tracer
from analysis.audit.observed import Observation
from analysis.audit.recompute import trace
from analysis.tables.keys import row_key
from analysis.tables.query import TableRow
from analysis.words import period_words

METHODS = {
    "share": "rates.proportion",
    "life_table": "lifetable.life_table",
    "apportioned_life_expectancy": "apportioned.apportioned_means",
    "imd_average_score": "deprivation.summarise",
    "imd_average_rank": "deprivation.summarise",
    "imd_extent": "deprivation.summarise",
    "share_of_small_areas_most_deprived": "deprivation.summarise",
    "share_of_residents_most_deprived": "deprivation.summarise",
}
"""The section of ``docs/methods.md`` on a measure; what is only summed or passed on has none."""
COUNTED = ("rows in", "rows out", "left out", "code changed", "summed")


def chain(tracer: Tracer, row: TableRow) -> dict[str, Any]:
    """Everything between a row of the table and the publisher's row, as plain data.

    Raises
    ------
    DataError
        If the raw rows do not give the value of the row.
    """
    found = trace(tracer, row)
    opened = tracer.opened
    indicator = opened.indicators[row.cells["indicator"]]
    raw = list(_observed(found))
    releases = dict.fromkeys((one.source, one.release) for one in raw)
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
            "measure": found.given.measure,
            "words": found.given.method,
            "formula": found.formula,
            "anchor": f"docs/methods.md#{METHODS[found.given.measure]}" if found.given.measure in METHODS else "",
        },
        "recomputed": {
            "value": _finite(found.value),
            **{column: _finite(value) for column, value in found.other.items()},
            "equals_table": True,
        },
        "geography": _geography(found),
        "also": {role: [_place(one) for one in each] for role, each in found.also.items()},
        "rests_on": [chain(tracer, one) for one, _ in found.rests_on],
        "cleaning": _cleaning(tracer, raw),
        "sources": [_source(tracer, *release, raw) for release in releases],
    }


def _observed(found: Lineage) -> Iterable[Observation]:
    for part in found.parts:
        for each in part.observed.values():
            yield from each
    for each in found.also.values():
        yield from each


def _finite(value: float) -> float | None:
    return None if math.isnan(value) else value


def _place(one: Observation, *, whole: bool = True) -> dict[str, Any]:
    """An observation and the raw rows that it stands in: every cell of them, or those that were read."""
    return {
        "series": one.series,
        "area_code": one.area_code,
        "period_start": one.period_start,
        "period_end": one.period_end,
        "sex": one.sex,
        "age": one.age,
        "value": _finite(one.value),
        "raw": [
            {
                "file": cells.file,
                "line": cells.line,
                "columns": list(cells.columns),
                "cells": dict(cells.row) if whole else {name: cells.row[name] for name in cells.columns},
            }
            for cells in one.raw
        ],
    }


def _geography(found: Lineage) -> dict[str, Any]:
    """The areas that a figure is made of, each with its share, its weight and its observations."""
    parts = [
        {
            "area_code": part.area_code,
            "share": _finite(part.share),
            "weight": _finite(part.weight),
            "observations": {
                role: [_place(one, whole=len(found.parts) == 1) for one in each] for role, each in part.observed.items()
            },
        }
        for part in found.parts
    ]
    weights = [part.weight for part in found.parts if not math.isnan(part.weight)]
    source, target = found.way
    return {"from": source, "to": target, "areas": len(parts), "weight": math.fsum(weights), "parts": parts}


def _cleaning(tracer: Tracer, raw: Iterable[Observation]) -> list[dict[str, str]]:
    """What cleaning noted of the tables read, and of the series and codes in question."""
    tables = {(one.source, one.release, cells.table) for one in raw for cells in one.raw}
    series = {one.series for one in raw}
    kept = []
    for row in tracer.tables.rows("cleaning_log"):
        cells = row.cells
        if (cells["source"], cells["release"], cells["table"]) not in tables:
            continue
        if cells["action"] in COUNTED or any(name in cells["detail"] for name in series):
            kept.append({"line": str(row.line), **cells})
    return kept


def _source(tracer: Tracer, source: str, release: str, raw: Iterable[Observation]) -> dict[str, Any]:
    """The receipt of a release, and of each of its tables that was read."""
    snapshot = tracer.opened.snapshot(source, release)
    read = {cells.table for one in raw if (one.source, one.release) == (source, release) for cells in one.raw}
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
                "from_name": record.from_name,
                "from_sha256": record.from_sha256,
            }
            for name, record in snapshot.tables.items()
            if name in read
        ],
    }

"""Outlines for the ward explorer: shapes in whole metres, and the wards before the last change of boundaries."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pandas as pd
import shapely

from analysis.catalogue.geographies import load_geographies
from analysis.figures import rows as plotted
from analysis.figures.classes import signed
from analysis.figures.geometry import read_outlines
from analysis.tables.loaded import LoadedEdition
from analysis.words import counted, day_words

LEAST_SHARE = 0.01
"""Of its people: what a new ward shares with an old one below this is the roughness of outlines."""


def ground(outlines: pd.DataFrame) -> dict[str, Any]:
    """Shapes as GeoJSON in whole metres, and a point inside each."""
    shapes = read_outlines(outlines["wkt"].tolist())
    inside = shapely.get_coordinates(shapely.point_on_surface(shapes)).round().astype(int)
    return {"shapes": [_whole(json.loads(text)) for text in shapely.to_geojson(shapes)], "points": inside.tolist()}


def _whole(shape: dict[str, Any]) -> dict[str, Any]:
    def whole(part: Any) -> Any:
        return [whole(each) for each in part] if isinstance(part, list) else round(part)

    return {"type": shape["type"], "coordinates": whole(shape["coordinates"])}


def _borders(outlines: pd.DataFrame) -> shapely.Geometry:
    """Every border once: what two wards share would be drawn twice, and dashes would close up."""
    shapes = read_outlines(outlines["wkt"].tolist())
    return shapely.line_merge(shapely.union_all(shapely.boundary(shapes)))


def wards_before(edition: LoadedEdition) -> tuple[str, dict[str, Any]] | None:
    """The wards before the last change of boundaries, and where the people of each new ward lived among them."""
    ward = edition.edition.ward_geography
    table = edition.table("ward_changes")
    table = table[table["new_geography"] == ward]
    if table.empty:
        return None
    old = str(table["old_geography"].iloc[-1])
    outlines = plotted.outlines_of(edition, old)
    end = load_geographies(edition.catalogue.folder)[old].end
    until = f" in force until {day_words(end.isoformat())}" if end else ""
    table = table[(table["old_geography"] == old) & (table["share_of_new_people"] >= LEAST_SHARE)]
    table = table.sort_values(["new_code", "share_of_new_people", "old_code"], ascending=[True, False, True])
    parts: dict[str, list[list[str]]] = {}
    for row in plotted.records(table):
        share = f"{signed(100 * row['share_of_new_people'], 0)}%"
        parts.setdefault(row["new_code"], []).append([row["old_name"], share])
    codes: Sequence[str] = plotted.outlines_of(edition, ward)["area_code"].tolist()
    return old, {
        "label": f"Outlines of the {counted(len(outlines), 'ward')}{until}",
        "lines": _whole(json.loads(shapely.to_geojson(_borders(outlines)))),
        "parts": [parts.get(code, []) for code in codes],
    }

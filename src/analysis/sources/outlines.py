"""Outlines of neighbouring areas as one coverage: every border drawn once, generalised without gaps or slivers.

Areas that tile a city share their borders. Simplified one by one they would part from each other, so here the borders
of all areas are first put together as one net of lines on a grid of whole metres; the faces of that net are given back
to the areas they came from, and the net as a whole is simplified (Visvalingam-Whyatt, GEOS ``coverage_simplify``).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import shapely

from analysis.errors import DataError

CRS = "EPSG:27700"
GRID_M = 1.0
AREA_WITHIN_PCT = 1.0
"""A generalised area may differ from its source by no more than this share of it."""
SLIVER_M = 10.0
"""A gap between neighbours nowhere wider than this is a fault of the source and is closed."""

Geometries = np.ndarray[Any, np.dtype[np.object_]]


def generalise(wkt: pd.Series, tolerance_m: float, where: str) -> pd.Series:
    """Generalise the outlines of areas that tile a place, neighbours keeping their shared edges.

    Parameters
    ----------
    wkt : Series of str
        One polygon or multipolygon for each area, in metres (EPSG:27700), as well-known text.
    tolerance_m : float
        Corners whose triangle is smaller than the square of this are dropped.
    where : str
        The file, for the error sentence.

    Returns
    -------
    Series of str
        Well-known text in whole metres, index as given: valid polygons that form a valid coverage.

    Raises
    ------
    DataError
        If areas overlap by more than a sliver, or an area changes by more than 1 %: lower the tolerance.
    """
    source = np.asarray(shapely.make_valid(shapely.from_wkt(wkt.to_numpy(dtype=object))), dtype=object)
    tiled = tile(source, where)
    simple = np.asarray(shapely.coverage_simplify(tiled, tolerance_m), dtype=object)
    _check(source, simple, wkt, where)
    return pd.Series(shapely.to_wkt(shapely.normalize(simple), rounding_precision=0), index=wkt.index, dtype=str)


def tile(source: Geometries, where: str) -> Geometries:
    """The areas as a valid coverage on a grid of whole metres: slivers between and over neighbours are given to one.

    Raises
    ------
    DataError
        If two areas overlap by more than a sliver.
    """
    net = shapely.union_all(shapely.boundary(source), grid_size=GRID_M)
    faces = np.asarray(shapely.get_parts(shapely.polygonize([net])), dtype=object)
    owner = _owners(faces, source)
    for face in np.flatnonzero(owner < 0):
        if shapely.is_empty(shapely.buffer(faces[face], -SLIVER_M / 2)):
            owner[face] = _neighbour(int(face), faces, owner)
    tiles = [shapely.coverage_union_all(faces[owner == number]) for number in range(len(source))]
    if any(shapely.is_empty(tile) for tile in tiles):
        raise DataError(f"{where}: an outline lies wholly inside others or is empty. Check the file.")
    return np.asarray(tiles, dtype=object)


def _owners(faces: Geometries, source: Geometries) -> np.ndarray[Any, np.dtype[np.int64]]:
    """For each face the area that covers most of it, at least half; -1 where none does (a gap, or a true hole)."""
    tree = shapely.STRtree(source)
    face, area = tree.query(faces, predicate="intersects")
    shared = shapely.area(shapely.intersection(faces[face], source[area]))
    best = (
        pd.DataFrame({"face": face, "area": area, "shared": shared})
        .sort_values(["face", "shared", "area"], ascending=[True, False, True])
        .drop_duplicates("face")
    )
    best = best[best["shared"] >= 0.5 * shapely.area(faces[best["face"].to_numpy()])]
    owner = np.full(len(faces), -1, dtype=np.int64)
    owner[best["face"].to_numpy()] = best["area"].to_numpy()
    return owner


def _neighbour(face: int, faces: Geometries, owner: np.ndarray[Any, np.dtype[np.int64]]) -> int:
    """The area that shares the longest border with a face, -1 if none does."""
    border = shapely.length(shapely.intersection(shapely.boundary(faces[face]), shapely.boundary(faces)))
    border[face] = 0
    owned = owner >= 0
    lengths = np.bincount(owner[owned], weights=border[owned], minlength=1)
    return int(lengths.argmax()) if lengths.max() > 0 else -1


def _check(source: Geometries, simple: Geometries, wkt: pd.Series, where: str) -> None:
    if not shapely.coverage_is_valid(simple) or not shapely.is_valid(simple).all():
        raise DataError(f"{where}: the generalised outlines are no valid coverage. Check the source's outlines.")
    change = 100 * np.abs(shapely.area(simple) / shapely.area(source) - 1)
    if change.max() > AREA_WITHIN_PCT:
        row = wkt.index[int(change.argmax())]
        raise DataError(
            f"{where}: generalising changes the area of row {row} by {change.max():.2f} %, "
            f"more than {AREA_WITHIN_PCT:.0f} %. Use a lower tolerance_m in the layout, or check for overlaps."
        )

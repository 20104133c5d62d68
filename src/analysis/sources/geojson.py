"""Read a GeoJSON collection of outlines: properties as text, geometry as well-known text in metres (EPSG:27700)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.errors import DataError
from analysis.sources.readers import decode

BRITISH_NATIONAL_GRID = (
    "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad +step +proj=push +v_3 +step +proj=cart +ellps=WGS84 "
    "+step +inv +proj=helmert +x=446.448 +y=-125.157 +z=542.06 +rx=0.15 +ry=0.247 +rz=0.842 +s=-20.489 "
    "+convention=position_vector +step +inv +proj=cart +ellps=airy +step +proj=pop +v_3 "
    "+step +proj=tmerc +lat_0=49 +lon_0=-2 +k=0.9996012717 +x_0=400000 +y_0=-100000 +ellps=airy"
)
"""Longitude and latitude (WGS84) to EPSG:27700 by the seven parameters of EPSG:1314: within some 5 m everywhere, and
the same on every machine (the finer OSTN15 grid is a file that most installations lack)."""
DEGREES = ((-9.5, 2.5), (49.0, 61.5))
"""Longitudes and latitudes of the United Kingdom."""
METRES = ((-250_000, 800_000), (-100_000, 1_350_000))
"""Eastings and northings of the national grid, Northern Ireland included."""


def read_geojson(path: Path) -> pd.DataFrame:
    """Read a GeoJSON's properties, with each geometry as well-known text in metres (EPSG:27700) in the column ``wkt``.

    A feature without a geometry has none there.

    Raises
    ------
    DataError
        If the file is no GeoJSON, its coordinates are neither WGS84 nor EPSG:27700, or they are not where the system
        that it names (or, naming none, WGS84) has the United Kingdom.
    """
    import shapely
    from shapely.geometry import shape

    text, _ = decode(path.read_bytes(), path.name)
    try:
        content = json.loads(text)
        features = content["features"]
        given = [item["geometry"] for item in features]
        shapes = np.asarray([shape(one) if one else None for one in given], dtype=object)
        rows = [{key: _text(value) for key, value in item["properties"].items()} for item in features]
    except (ValueError, KeyError, TypeError, AttributeError, shapely.errors.ShapelyError) as error:
        raise DataError(f"{path.name}: not a GeoJSON collection of outlines: {error!r}. Check the file.") from error
    system = str((content.get("crs") or {}).get("properties", {}).get("name", "CRS84"))
    if system.endswith(("CRS84", ":4326")):
        from pyproj import Transformer

        _check_place(shapes, DEGREES, f"degrees ({system if 'crs' in content else 'no system is named'})", path.name)
        to_metres = Transformer.from_pipeline(BRITISH_NATIONAL_GRID)
        shapes = shapely.transform(shapes, lambda xy: np.column_stack(to_metres.transform(xy[:, 0], xy[:, 1])))
    elif system.endswith(":27700"):
        _check_place(shapes, METRES, "metres of the national grid", path.name)
    else:
        raise DataError(f"{path.name}: coordinates are in {system}; expected WGS84 or EPSG:27700. Convert the file.")
    table = pd.DataFrame(rows, dtype=str).fillna("")  # a property that only some features have
    return table.assign(wkt=["" if one is None else one.wkt for one in shapes])


def _check_place(shapes: Any, bounds: tuple[tuple[float, float], tuple[float, float]], system: str, name: str) -> None:
    """Refuse coordinates that the system does not have, or has elsewhere than where the United Kingdom lies."""
    import shapely

    xy = shapely.get_coordinates(shapes)
    if not len(xy):
        return
    middle = np.median(xy, axis=0)
    if all(low <= value <= high for value, (low, high) in zip(middle, bounds, strict=True)):
        return
    swapped = all(low <= value <= high for value, (low, high) in zip(middle[::-1], bounds, strict=True))
    advice = "Swap the two axes." if swapped else "Name the system of the file in its crs, or convert it to WGS84."
    raise DataError(
        f"{name}: coordinates such as {xy[0][0]:g}, {xy[0][1]:g} do not lie in the United Kingdom as {system}. {advice}"
    )


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()

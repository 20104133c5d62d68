"""Outlines on paper: metres to millimetres, paths, and places for labels where they overlap nothing."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from matplotlib.path import Path
from shapely import Geometry

from analysis.figures.sheet import CAP_MM, LINE_MM, text_width, wrap

LABEL_MARGIN_MM = 0.5
STEPS = 9


@dataclass(frozen=True)
class Frame:
    """A window of the map on the sheet: ``mm = (metres - origin) * scale + corner``; north is up."""

    origin: tuple[float, float]
    scale: float
    corner: tuple[float, float]
    width: float
    height: float

    @classmethod
    def fit(cls, shapes: npt.NDArray[np.object_], left: float, bottom: float, width: float, height: float) -> Frame:
        """The largest scale at which the shapes fit the window, set at its left and top."""
        west, south, east, north = shapely.total_bounds(shapes)
        scale = min(width / (east - west), height / (north - south))
        used = ((east - west) * scale, (north - south) * scale)
        return cls((west, south), scale, (left, bottom + height - used[1]), *used)

    def place(self, metres: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Points in millimetres of the sheet, shape (n, 2)."""
        return np.asarray((metres - np.array(self.origin)) * self.scale + np.array(self.corner))


def read_outlines(wkt: Sequence[str]) -> npt.NDArray[np.object_]:
    """Shapes from well-known text."""
    return np.asarray(shapely.from_wkt(np.asarray(wkt, dtype=object)), dtype=object)


def to_paths(shapes: npt.NDArray[np.object_], frame: Frame) -> list[Path]:
    """One closed path for each polygon or group of polygons, in millimetres."""
    multi = np.array([shapely.multipolygons([s]) if s.geom_type == "Polygon" else s for s in shapes], dtype=object)
    _, points, offsets = shapely.to_ragged_array(multi)
    rings, polygons, groups = offsets
    points = frame.place(points)
    codes = np.full(len(points), Path.LINETO, dtype=Path.code_type)
    codes[rings[:-1]] = Path.MOVETO
    codes[rings[1:] - 1] = Path.CLOSEPOLY
    edges = rings[polygons[groups]]
    return [Path(points[a:b], codes[a:b]) for a, b in itertools.pairwise(edges)]


@dataclass(frozen=True)
class Label:
    """Lines of text centred on a point of the sheet; ``inside`` says that they do not cross the area's outline."""

    lines: tuple[str, ...]
    x: float
    y: float
    inside: bool = True

    @property
    def width(self) -> float:
        """Of the widest line, millimetres."""
        return max(text_width(line) for line in self.lines)

    @property
    def height(self) -> float:
        """From the foot of the last line to the top of the first, millimetres."""
        return _height(len(self.lines))

    def covers(self, other: Label) -> bool:
        """Whether the boxes of two labels, with their margins, meet."""
        across = (self.width + other.width) / 2 + 2 * LABEL_MARGIN_MM
        along = (self.height + other.height) / 2 + 2 * LABEL_MARGIN_MM
        return abs(self.x - other.x) < across and abs(self.y - other.y) < along

    @property
    def baselines(self) -> list[float]:
        """Where each line stands."""
        top = self.y + self.height / 2 - CAP_MM
        return [top - LINE_MM * number for number in range(len(self.lines))]


def _height(lines: int) -> float:
    return CAP_MM + LINE_MM * (lines - 1)


@functools.lru_cache(maxsize=16)
def place_labels(wkt: tuple[str, ...], names: tuple[str, ...], frame: Frame, numbers_only: bool = False) -> list[Label]:
    """A label for each area: its name on up to three lines where that fits inside the outline, else its number from 1.

    Labels inside their own outline cannot overlap. A number too wide for its area is set where it covers no other.
    """
    shapes = read_outlines(wkt)
    circles = shapely.get_coordinates(shapely.maximum_inscribed_circle(shapes, tolerance=20.0)).reshape(-1, 2, 2)
    places = [_places(shape, circle[0]) for shape, circle in zip(shapes, circles, strict=True)]
    labels: dict[int, Label] = {}
    for i, (shape, name) in enumerate(zip(shapes, names, strict=True)):
        layouts = [[str(i + 1)]] if numbers_only else [*_layouts(name), [str(i + 1)]]
        inside = _fit(shape, layouts, places[i], frame)
        if inside is not None:
            labels[i] = inside
    for i in range(len(names)):
        if i not in labels:
            choices = [Label((str(i + 1),), float(x), float(y), inside=False) for x, y in frame.place(places[i])]
            free = [label for label in choices if not any(label.covers(other) for other in labels.values())]
            labels[i] = (free or choices)[0]
    return [labels[i] for i in range(len(names))]


def _places(shape: Geometry, centre: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Points inside an outline, the nearest to its centre first."""
    west, south, east, north = shapely.bounds(shape)
    grid = np.stack(np.meshgrid(np.linspace(west, east, STEPS), np.linspace(south, north, STEPS)), axis=-1)
    points = np.vstack([centre[None, :], grid.reshape(-1, 2)])
    shapely.prepare(shape)
    points = points[shapely.contains_xy(shape, points[:, 0], points[:, 1])]
    return np.asarray(points[np.argsort(np.hypot(*(points - centre).T), kind="stable")])


def _fit(
    shape: Geometry, layouts: Sequence[Sequence[str]], points: npt.NDArray[np.float64], frame: Frame
) -> Label | None:
    """The first layout that fits at any of the points, at the first point where it does."""
    for lines in layouts:
        half = np.array([max(text_width(line) for line in lines), _height(len(lines))]) / 2 + LABEL_MARGIN_MM
        low, high = points - half / frame.scale, points + half / frame.scale
        boxes = shapely.box(low[:, 0], low[:, 1], high[:, 0], high[:, 1])
        fits = np.asarray(shapely.contains_properly(shape, boxes))
        if fits.any():
            x, y = frame.place(points[np.argmax(fits)][None, :])[0]
            return Label(tuple(lines), float(x), float(y))
    return None


def _layouts(name: str) -> list[list[str]]:
    """The name on one line, then on two and three of the least width."""
    layouts = [[name]]
    widths = sorted({text_width(" ".join(part)) for part in _runs(name.split())})
    for most in (2, 3):
        fitting = [lines for width in widths if len(lines := wrap(name, width)) == most]
        layouts += fitting[:1]
    return layouts


def _runs(words: list[str]) -> list[list[str]]:
    return [words[a:b] for a in range(len(words)) for b in range(a + 1, len(words) + 1)]

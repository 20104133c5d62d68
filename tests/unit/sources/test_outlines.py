"""Generalising outlines: shared edges kept, slivers closed, true holes kept, damage refused."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import DataError
from analysis.sources.outlines import generalise, tile


def wkt(*shapes: shapely.Geometry) -> pd.Series:
    return pd.Series([shape.wkt for shape in shapes], index=range(2, len(shapes) + 2))


def back(series: pd.Series) -> np.ndarray:
    return shapely.from_wkt(series.to_numpy(dtype=object))


def wavy(x: float, length: int = 1000, step: int = 10, swing: float = 6.0) -> list[tuple[float, float]]:
    """A border from south to north that winds a little."""
    return [(x + swing * ((number % 3) - 1), float(y)) for number, y in enumerate(range(0, length + 1, step))]


def strip(left: list[tuple[float, float]], right: list[tuple[float, float]]) -> shapely.Polygon:
    return shapely.Polygon([*left, *reversed(right)])


BORDERS = [[(0.0, 0.0), (0.0, 1000.0)], wavy(400), wavy(900), [(1500.0, 0.0), (1500.0, 1000.0)]]
STRIPS = [strip(west, east) for west, east in itertools.pairwise(BORDERS)]


def test_neighbours_keep_their_shared_edges() -> None:
    simple = back(generalise(wkt(*STRIPS), 20, "file"))
    assert shapely.coverage_is_valid(simple)
    assert shapely.get_num_coordinates(simple).sum() < 30 < shapely.get_num_coordinates(STRIPS).sum()
    assert shapely.union_all(simple).equals(shapely.box(0, 0, 1500, 1000))


def test_simplifying_one_by_one_would_have_parted_them() -> None:
    border, east = wavy(400), BORDERS[3]
    south = shapely.Polygon([*border[:51], (1500.0, 500.0), (1500.0, 0.0)])
    north = shapely.Polygon([*border[50:], (1500.0, 1000.0), (1500.0, 500.0)])
    meeting = np.asarray([strip(BORDERS[0], border), south, north], dtype=object)
    assert shapely.coverage_is_valid(meeting)
    assert not shapely.coverage_is_valid(shapely.simplify(meeting, 10))
    simple = back(generalise(wkt(*meeting), 20, "file"))
    assert shapely.coverage_is_valid(simple)
    assert shapely.union_all(simple).equals(shapely.union_all(meeting).union(strip(border, east)))


def test_a_thin_gap_and_a_thin_overlap_are_closed() -> None:
    apart = [shapely.box(0, 0, 400, 1000), shapely.box(403, 0, 900, 1000), shapely.box(897, 0, 1500, 1000)]
    frame = [shapely.box(0, 1000, 1500, 1200), shapely.box(0, -200, 1500, 0)]
    simple = back(generalise(wkt(*apart, *frame), 5, "file"))
    assert shapely.coverage_is_valid(simple)
    assert shapely.area(simple).sum() == pytest.approx(1500 * 1400)
    assert shapely.union_all(simple).equals(shapely.box(0, -200, 1500, 1200))


def test_a_lake_that_belongs_to_nobody_stays_a_hole() -> None:
    lake = shapely.box(300, 300, 500, 500)
    ring = [shapely.box(0, 0, 400, 1000).difference(lake), shapely.box(400, 0, 800, 1000).difference(lake)]
    simple = back(generalise(wkt(*ring), 5, "file"))
    assert shapely.union_all(simple).equals(shapely.box(0, 0, 800, 1000).difference(lake))


def test_an_island_part_stays_with_its_area() -> None:
    parts = shapely.MultiPolygon([shapely.box(0, 0, 400, 400), shapely.box(600, 600, 700, 700)])
    simple = back(generalise(wkt(parts, shapely.box(400, 0, 600, 400)), 5, "file"))
    assert shapely.area(simple).tolist() == [170000, 80000]


def test_too_much_change_is_refused_with_its_row() -> None:
    with pytest.raises(DataError, match=r"the area of row 2 by .* lower tolerance_m"):
        generalise(wkt(shapely.Point(0, 0).buffer(300), shapely.box(5000, 0, 6000, 1000)), 300, "wards.geojson")


def test_areas_that_overlap_by_more_than_a_sliver_are_refused() -> None:
    with pytest.raises(DataError, match="check for overlaps"):
        generalise(wkt(shapely.box(0, 0, 600, 1000), shapely.box(400, 0, 1000, 1000)), 5, "wards.geojson")


def test_an_area_inside_another_is_refused() -> None:
    with pytest.raises(DataError, match="wholly inside others or is empty"):
        tile(np.asarray([shapely.box(0, 0, 100, 100), shapely.box(0, 0, 100, 100)], dtype=object), "file")


def test_a_bow_tie_is_mended_before_it_is_drawn() -> None:
    bow = shapely.Polygon([(0, 0), (100, 100), (100, 0), (0, 100)])
    simple = back(generalise(wkt(bow, shapely.box(200, 0, 300, 100)), 1, "file"))
    assert shapely.is_valid(simple).all()
    assert shapely.area(simple).tolist() == [5000, 10000]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(-8, 8), min_size=40, max_size=40), st.sampled_from([2.0, 10.0, 25.0]))
def test_any_winding_border_gives_a_coverage_of_the_same_ground(swings: list[float], tolerance: float) -> None:
    border = [(500.0 + swing, 25.0 * number) for number, swing in enumerate([0.0, *swings])]
    east = [(1000.0, 0.0), (1000.0, 1000.0)]
    simple = back(generalise(wkt(strip([(0.0, 0.0), (0.0, 1000.0)], border), strip(border, east)), tolerance, "file"))
    assert shapely.coverage_is_valid(simple)
    assert shapely.union_all(simple).equals(shapely.box(0, 0, 1000, 1000))

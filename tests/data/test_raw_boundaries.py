"""Recorded outlines: a valid coverage, each area within 1 % of the published one, the same bytes each time."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import shapely

from analysis.catalogue.model import Place
from analysis.catalogue.source import Source
from analysis.catalogue.strict import load_as
from analysis.paths import DEFINITIONS, Project
from analysis.sources.codes import area_weights, code_sets, open_outlines
from analysis.sources.geojson import read_geojson
from analysis.sources.releases import record_release

PLACE = load_as(Place, DEFINITIONS / "places" / "liverpool.yml")
FILES = {
    "ward22": ("liverpool_wards_december_2022_27700.geojson", "WD22CD", "WD22NM", 30),
    "ward23": ("liverpool_wards_may_2025.geojson", "WD25CD", "WD25NM", 64),
    "lsoa11": ("liverpool_lsoa11.geojson", "LSOA11CD", "LSOA11NM", 298),
    "lsoa21": ("liverpool_lsoa21.geojson", "LSOA21CD", "LSOA21NM", 302),
}


@pytest.mark.parametrize("geography", FILES)
def test_outlines_are_a_coverage_without_gaps_or_slivers(repository: Path, geography: str) -> None:
    outlines = open_outlines(Project(repository), geography)
    shapes = outlines.geometry.to_numpy()
    assert len(outlines) == FILES[geography][3]
    assert outlines.crs.to_epsg() == 27700
    assert shapely.is_valid(shapes).all()
    assert set(shapely.get_type_id(shapes)) <= {3, 6}
    assert shapely.coverage_is_valid(shapes)
    assert shapely.is_empty(shapely.coverage_invalid_edges(shapes, gap_width=2)).all()
    city = shapely.union_all(shapes)
    assert city.geom_type == "Polygon"
    assert not city.interiors
    assert shapely.area(shapes).sum() == pytest.approx(city.area, rel=1e-12)
    corners = shapely.get_coordinates(shapes)
    assert (corners == np.round(corners)).all()


@pytest.mark.parametrize("geography", FILES)
def test_each_area_is_within_one_per_cent_of_the_published(repository: Path, shared: Path, geography: str) -> None:
    name, code, label, _ = FILES[geography]
    published = read_geojson(shared / "data" / "boundaries" / name).sort_values(code, ignore_index=True)
    ours = open_outlines(Project(repository), geography)
    assert ours["area_code"].tolist() == published[code].tolist()
    assert ours["area_name"].tolist() == published[label].tolist()
    theirs = shapely.from_wkt(published["wkt"].to_numpy(dtype=object))
    change = shapely.area(ours.geometry.to_numpy()) / shapely.area(theirs) - 1
    assert np.abs(change).max() < 0.01
    apart = shapely.area(shapely.symmetric_difference(ours.geometry.to_numpy(), theirs)) / shapely.area(theirs)
    assert apart.max() < 0.03


def test_positions_agree_with_the_publishers_own_eastings(shared: Path) -> None:
    path = shared / "data" / "boundaries" / "liverpool_wards_may_2025.geojson"
    rows = read_geojson(path).set_index("WD25CD")
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    for feature in features:
        properties = feature["properties"]
        inside = shapely.from_wkt(rows.loc[properties["WD25CD"], "wkt"])
        assert inside.buffer(300).contains(shapely.Point(properties["BNG_E"], properties["BNG_N"]))


@pytest.mark.parametrize("geography", FILES)
def test_recording_again_gives_the_same_bytes(repository: Path, shared: Path, tmp_path: Path, geography: str) -> None:
    folders = sorted((repository / "data" / "raw").glob("lookup_*"))
    for folder in folders:
        target = tmp_path / "data" / "raw" / folder.name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(folder)
    source = load_as(Source, DEFINITIONS / "sources" / f"boundary_{geography}.yml")
    (release,) = source.releases
    project = Project(tmp_path)
    files = [shared / "data" / "boundaries" / FILES[geography][0]]
    (path,) = record_release(project, source, release, files, code_sets(project, PLACE), "2026-11-22")
    assert path.read_bytes() == (repository / "data/raw" / source.id / release / "outlines.csv").read_bytes()


def test_small_areas_tile_the_wards(repository: Path) -> None:
    project = Project(repository)
    for small, ward in (("lsoa11", "ward22"), ("lsoa21", "ward23"), ("lsoa11", "ward23")):
        weights = area_weights(open_outlines(project, small), open_outlines(project, ward))
        sums = weights.groupby("source_code")["weight"].sum()
        assert len(sums) == FILES[small][3]
        assert (sums - 1).abs().max() < 1e-9
        assert weights["target_code"].nunique() == FILES[ward][3]

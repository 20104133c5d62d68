"""Codes of places, outlines and change codes from recorded tables, and what is refused."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from analysis.areas.links import Areas, open_areas
from analysis.catalogue.geographies import load_geographies
from analysis.catalogue.model import Peer, Place
from analysis.catalogue.source import OWN
from analysis.catalogue.strict import load_as
from analysis.errors import DataError, DefinitionError, UsageError
from analysis.paths import DEFINITIONS, Project
from analysis.sources.codes import code_sets, open_changes, open_outlines, recorded_codes
from analysis.sources.snapshots import open_release

SQUARE = "POLYGON ((0 0, 0 100, 100 100, 100 0, 0 0))"
PLACE = Place(
    id="somewhere",
    name="Somewhere",
    code="E08000999",
    publisher="Somewhere Council",
    country=Peer("E92000001", "England", "country"),
    region=Peer("E12000002", "North West", "region"),
    peers=(Peer("E08000998", "Elsewhere", "lad", also=("E08000997",)),),
    peers_name="neighbours",
    also=("E08000996",),
)


def put(root: Path, source: str, release: str, table: str, text: str) -> Project:
    """A recorded table of an invented project, with its receipt."""
    folder = root / "data" / "raw" / source / release
    folder.mkdir(parents=True, exist_ok=True)
    content = text.strip().replace(" | ", ",").encode() + b"\n"
    (folder / f"{table}.csv").write_bytes(content)
    words = ("publisher", "product", "published", "accessed", "licence", "attribution", "address")
    record = {"file": f"{table}.csv", "sha256": hashlib.sha256(content).hexdigest(), "rows": content.count(b"\n") - 1}
    record |= dict.fromkeys(("selected", "layout"), "invented") | {"from_rows": 1, "files": ["invented.csv"]}
    origin = dict.fromkeys(("sha256", "keeper", "address", "accessed"), "x") | {"kind": OWN}
    snapshot: dict[str, Any] = {"source": source, "release": release, **dict.fromkeys(words, "x")}
    snapshot |= {"files": {"invented.csv": origin}, "tables": {table: record}}
    (folder / "snapshot.yml").write_text(yaml.safe_dump(snapshot))
    return Project(root)


def test_code_sets_of_a_place(tmp_path: Path) -> None:
    lookup = "lsoa11_code,ward22_code,ward22_name,lad_code\nE01000001,E05000001,A,E08000999"
    project = put(tmp_path, "lookup_lsoa11_ward22", "2021-12", "lookup", lookup)
    codes = code_sets(project, PLACE)
    assert codes("lad") == {"E08000999", "E08000996"}
    areas = {"E08000999", "E08000996", "E08000998", "E08000997", "E12000002", "E92000001"}
    assert codes("areas") == areas
    assert codes("country") == {"E92000001"}
    assert codes("lsoa11") == {"E01000001"}
    other = load_as(Place, DEFINITIONS / "places" / "liverpool.yml")
    assert code_sets(project, PLACE, other)("lad") == {"E08000999", "E08000996", other.code}
    with pytest.raises(DataError, match="boundary_ward22: no release is recorded"):
        codes("ward22")
    with pytest.raises(UsageError, match="no codes are recorded for 'region'"):
        recorded_codes(project, "region")


def test_the_latest_release_gives_the_codes(tmp_path: Path) -> None:
    for release, code in (("2021-12", "E01000001"), ("2023-01", "E01000002")):
        lookup = f"lsoa11_code,ward22_code,ward22_name,lad_code\n{code},E05000001,A,E08000999"
        project = put(tmp_path, "lookup_lsoa11_ward22", release, "lookup", lookup)
    assert recorded_codes(project, "lsoa11") == {"E01000002"}


def test_outlines_open_sorted_in_metres(tmp_path: Path) -> None:
    text = f'ward23_code,ward23_name,wkt\nE05000002,B,"{SQUARE}"\nE05000001,A,"{SQUARE}"'
    outlines = open_outlines(put(tmp_path, "boundary_ward23", "2025-05", "outlines", text), "ward23")
    assert outlines["area_code"].tolist() == ["E05000001", "E05000002"]
    assert outlines.crs.to_epsg() == 27700
    assert outlines.area.tolist() == [10000, 10000]


@pytest.mark.parametrize(
    ("code", "wkt", "problem"),
    [
        ("E05000886", SQUARE, "row 2, column 'ward23_code': 'E05000886' is of the vintage ward22"),
        ("E05000001", "POLYGON ((0 0, 1", "row 2, column 'wkt': not a valid outline"),
        ("E05000001", "POLYGON ((0 0, 9 9, 9 0, 0 9, 0 0))", "row 2, column 'wkt': not a valid outline"),
    ],
)
def test_bad_outlines_are_refused(tmp_path: Path, code: str, wkt: str, problem: str) -> None:
    text = f'ward23_code,ward23_name,wkt\n{code},A,"{wkt}"'
    project = put(tmp_path, "boundary_ward23", "2025-05", "outlines", text)
    with pytest.raises(DataError, match=problem):
        open_outlines(project, "ward23")


def test_there_are_no_outlines_of_regions(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no outlines are recorded for 'region'; expected 'lsoa11', "):
        open_outlines(Project(tmp_path), "region")


CHANGES = """
lsoa11_code,lsoa21_code,change_code
E01000001,E01000001,U
E01000002,E01033770,S
E01000002,E01033771,S
E01000003,E01033772,M
E01000004,E01033772,M
"""


def test_change_codes_are_held_to_the_rows_they_stand_on(tmp_path: Path) -> None:
    project = put(tmp_path, "lookup_lsoa11_lsoa21", "2022-12", "lookup", CHANGES)
    assert open_changes(project)["change_code"].tolist() == ["U", "S", "S", "M", "M"]
    wrong = CHANGES.replace("E01033770,S", "E01033770,U")
    project = put(tmp_path, "lookup_lsoa11_lsoa21", "2022-12", "lookup", wrong)
    with pytest.raises(DataError, match=r"row 3, column 'change_code': 'U' does not fit .* expected 'S'"):
        open_changes(project)


def opened(project: Project, source: str, release: str) -> Areas:
    return open_areas(PLACE, {(source, release): open_release(project, source, release)}, {})


def test_a_lookup_of_an_edition_gives_areas_their_codes_and_names(tmp_path: Path) -> None:
    text = "lsoa21_code,ward23_code,ward23_name,lad_code\nE01000001,E05000001,A,E08000999"
    areas = opened(put(tmp_path, "lookup_lsoa21_ward23", "2024-05", "lookup", text), "lookup_lsoa21_ward23", "2024-05")
    assert areas.names("ward23") == {"E05000001": "A"}
    assert areas.matrix("lsoa21", "ward23").weights.tolist() == [[1.0]]
    assert areas.small_areas_of("ward23") == "lsoa21"
    assert areas.by_area("lsoa21", "ward23") is None


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ("E01000001,E05000001,A,x | E01000001,E05000002,B,x", "row 3.*: E01000001 stands twice"),
        ("E01000001,E05000886,A,x", "'E05000886' is of the vintage ward22"),
    ],
)
def test_a_best_fit_gives_each_area_to_one_of_its_vintage(tmp_path: Path, rows: str, problem: str) -> None:
    text = "lsoa21_code,ward23_code,ward23_name,lad_code\n" + rows.replace(" | ", "\n")
    project = put(tmp_path, "lookup_lsoa21_ward23", "2024-05", "lookup", text)
    with pytest.raises(DataError, match=problem):
        opened(project, "lookup_lsoa21_ward23", "2024-05")


def test_changes_of_an_edition_are_held_to_their_codes(tmp_path: Path) -> None:
    project = put(tmp_path, "lookup_lsoa11_lsoa21", "2022-12", "lookup", CHANGES)
    assert len(opened(project, "lookup_lsoa11_lsoa21", "2022-12").changes["lsoa11", "lsoa21"]) == 5
    project = put(tmp_path, "lookup_lsoa11_lsoa21", "2023-01", "lookup", CHANGES.replace("E01033770,S", "E01033770,U"))
    with pytest.raises(DataError, match="expected 'S'"):
        opened(project, "lookup_lsoa11_lsoa21", "2023-01")


def test_an_edited_table_is_refused(tmp_path: Path) -> None:
    project = put(tmp_path, "lookup_lsoa11_lsoa21", "2022-12", "lookup", CHANGES)
    path = project.raw / "lookup_lsoa11_lsoa21" / "2022-12" / "lookup.csv"
    path.write_text(path.read_text().replace("E01000001", "E01000009"))
    with pytest.raises(DataError, match="The file was edited or replaced"):
        open_changes(project)


def test_geographies_are_held_to_each_other(tmp_path: Path) -> None:
    text = (DEFINITIONS / "geographies.yml").read_text()
    for number, (old, new, problem) in enumerate(
        [
            ("leads_to: {ward23: lookup_lsoa21_ward23}", "leads_to: {ward99: x}", "'ward99'"),
            ("[[E05015277, E05015340]]", "[[E05015340, E05015277]]", "a first and a last code"),
            ("  prefixes: [E12]", "  prefix: E12", "unknown key 'prefix'"),
        ]
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        assert old in text
        (folder / "geographies.yml").write_text(text.replace(old, new))
        with pytest.raises(DefinitionError, match=problem):
            load_geographies(folder)


def test_every_lookup_and_outline_named_is_a_source(repository: Path) -> None:
    sources = {path.stem for path in (DEFINITIONS / "sources").glob("*.yml")}
    for name, geography in load_geographies().items():
        named = {geography.outlines, *geography.leads_to.values()} - {None}
        assert named <= sources, name
        if geography.codes:
            held = list((repository / "data" / "raw" / geography.codes.source).glob(f"*/{geography.codes.table}.csv"))
            assert held, name
            assert geography.codes.column in pd.read_csv(held[-1]).columns

"""Recorded lookups equal the published ones, and lead where they should."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import yaml
from python_calamine import CalamineWorkbook

from analysis.areas.links import Areas
from analysis.catalogue.model import Place
from analysis.catalogue.source import Source
from analysis.catalogue.strict import load_as
from analysis.paths import DEFINITIONS, Project
from analysis.sources.codes import code_sets, open_changes
from analysis.sources.releases import record_release
from analysis.sources.snapshots import open_release

PLACE = load_as(Place, DEFINITIONS / "places" / "liverpool.yml")


def test_lsoa11_to_ward22_equals_the_official_workbook(repository: Path, shared: Path) -> None:
    ours = open_release(Project(repository), "lookup_lsoa11_ward22", "2021-12").table("lookup")
    book = CalamineWorkbook.from_path(shared / "data/lookups/LSOA11_WD21_LAD21_EW_LU_V2.xlsx")
    rows = [row for row in book.get_sheet_by_index(0).to_python()[1:] if row[4] == PLACE.code]
    assert sorted((row[0], row[2], row[3]) for row in rows) == sorted(
        ours[["lsoa11_code", "ward22_code", "ward22_name"]].itertuples(index=False, name=None)
    )
    assert (len(ours), ours["ward22_code"].nunique()) == (298, 30)


def test_recording_the_official_workbook_again_gives_the_same_bytes(
    repository: Path, shared: Path, tmp_path: Path
) -> None:
    project = Project(tmp_path)
    source = load_as(Source, DEFINITIONS / "sources" / "lookup_lsoa11_ward22.yml")
    files = [shared / "data/lookups/LSOA11_WD21_LAD21_EW_LU_V2.xlsx"]
    (path,) = record_release(project, source, "2021-12", files, code_sets(project, PLACE), "2026-11-22")
    assert path.read_bytes() == (repository / "data/raw/lookup_lsoa11_ward22/2021-12/lookup.csv").read_bytes()
    snapshot = "lookup_lsoa11_ward22/2021-12/snapshot.yml"
    ours, again = (
        yaml.safe_load((raw / snapshot).read_text("utf-8")) for raw in (repository / "data/raw", project.raw)
    )
    sums = [{name: file["sha256"] for name, file in one.pop("files").items()} for one in (ours, again)]
    assert (ours, sums[0]) == (again, sums[1])


def test_lsoa21_to_ward23_equals_the_published_lookup(repository: Path, shared: Path) -> None:
    ours = open_release(Project(repository), "lookup_lsoa21_ward23", "2024-05").table("lookup")
    theirs = pd.read_csv(shared / "data/lookups/lookup_lsoa21_ward24_ltla24.csv", dtype=str)
    theirs = theirs[theirs["ltla24_code"] == PLACE.code]
    columns = {"lsoa21_code": "lsoa21_code", "ward24_code": "ward23_code", "ward24_name": "ward23_name"}
    expected = theirs.rename(columns=columns)[list(columns.values())].sort_values("lsoa21_code", ignore_index=True)
    pd.testing.assert_frame_equal(ours[list(columns.values())].reset_index(drop=True), expected)


def test_the_best_fit_reaches_63_of_64_wards(city_areas: Areas) -> None:
    matrix = city_areas.matrix("lsoa21", "ward23")
    assert matrix.weights.shape == (64, 302)
    assert matrix.without_source == ("E05015332",)
    assert city_areas.names("ward23")["E05015332"] == "Waterfront North"


def test_lsoa11_to_msoa11_and_lsoa21_equal_the_published_lookups(
    repository: Path, shared: Path, city_areas: Areas
) -> None:
    project = Project(repository)
    for source, release, name in (
        ("lookup_lsoa11_msoa11", "2011-12", "liverpool_lsoa11_msoa11.csv"),
        ("lookup_lsoa11_lsoa21", "2022-12", "liverpool_lsoa11_lsoa21.csv"),
    ):
        ours = open_release(project, source, release).table("lookup")
        theirs = pd.read_csv(shared / "data" / "lookups" / name, dtype=str)
        key = [column for column in ours if column.endswith("_code")]
        expected = theirs[list(ours.columns)].sort_values(key, ignore_index=True)
        pd.testing.assert_frame_equal(ours.reset_index(drop=True), expected, check_dtype=False)
    assert len(city_areas.matrix("lsoa11", "msoa11").targets) == 61


def test_change_codes_count_as_published(repository: Path) -> None:
    changes = open_changes(Project(repository))
    assert changes["change_code"].value_counts().to_dict() == {"U": 286, "S": 13, "M": 6}
    unchanged = changes[changes["change_code"] == "U"]
    assert (unchanged["lsoa11_code"] == unchanged["lsoa21_code"]).all()
    assert (changes["lsoa11_code"].nunique(), changes["lsoa21_code"].nunique()) == (298, 302)

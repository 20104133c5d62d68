"""One small input for each kind of fault that goes wrong in software like this, through the ways a researcher takes.

They lie in ``../shared/cases/inputs`` with what is right for each; their siblings are in the tests of each room.
"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import yaml

from analysis.catalogue.load import load_catalogue
from analysis.errors import DataError, DefinitionError
from analysis.make.record import Recorded, record
from analysis.make.tables import build_edition
from analysis.paths import DEFINITIONS, Project
from analysis.tables.contract import read_processed
from analysis.tables.loaded import TEXT_COLUMNS


@pytest.fixture
def inputs(shared: Path) -> Path:
    return shared / "cases" / "inputs"


@pytest.fixture(params=[2018])
def project(tmp_path: Path, repository: Path, request: pytest.FixtureRequest) -> Project:
    """The project's raw tables and definitions, to be changed."""
    shutil.copytree(repository / "data" / "raw", tmp_path / "data" / "raw")
    shutil.copytree(DEFINITIONS, tmp_path / "definitions")
    for path in (tmp_path / "definitions" / "editions").glob("*.yml"):  # two, so that a recording tries few of them
        edition = yaml.safe_load(path.read_text(encoding="utf-8"))
        if edition["year"] not in (2018, request.param):
            path.unlink()
        elif edition["year"] != 2018:
            path.write_text(yaml.safe_dump(edition | {"previous": "liverpool-2018"}, sort_keys=False), encoding="utf-8")
    return Project(tmp_path, tmp_path / "definitions")


def recorded(project: Project, source: str, release: str, file: Path) -> Recorded:
    """Record a file over the release that is held; where it is refused, that is as it was."""
    folder = project.raw / source / release
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    try:
        return record(
            project,
            load_catalogue(project.definitions),
            source,
            release,
            [file],
            "liverpool",
            "2026-11-22",
            replace=True,
        )
    except BaseException:
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
        raise


def built(project: Project, edition: str, table: str = "indicators") -> pd.DataFrame:
    folder = project.processed / edition
    build_edition(project, load_catalogue(project.definitions), edition, folder)
    return read_processed(folder / f"{table}.csv", TEXT_COLUMNS)


@pytest.mark.parametrize(
    ("source", "release", "file", "says"),
    [
        ("fuel_poverty", "2022-04-28", "duplicate-heading/fuel_two_years.xlsx", "stands .*in column"),
        ("fuel_poverty", "2022-04-28", "error-cell/fuel_div0.xlsx", "#DIV/0!"),
        ("life_expectancy_msoa", "2024-11-14", "error-cell/life_expectancy_error.xlsx", "#N/A|#DIV/0!|#VALUE!|#REF!"),
        ("imd", "2019-09-26", "ranks-reversed/file7_reversed.csv", "rank"),
        ("boundary_ward23", "2025-05", "geometry/metres_no_crs.geojson", "metres|degrees|coordinates"),
    ],
)
def test_what_cannot_be_right_is_refused_with_its_place(
    project: Project, inputs: Path, source: str, release: str, file: str, says: str
) -> None:
    with pytest.raises(DataError, match=says) as refused:
        recorded(project, source, release, inputs / file)
    assert Path(file).name in str(refused.value)
    assert "\n" not in str(refused.value).strip()


@pytest.mark.parametrize("project", [2023], indirect=True)
def test_a_heading_with_a_note_loses_no_year(project: Project, inputs: Path) -> None:
    table = project.raw / "child_low_income" / "2023-03-23" / "msoa.csv"
    before = table.read_text(encoding="utf-8").replace(" (p)", "")
    found = recorded(project, "child_low_income", "2023-03-23", inputs / "heading-mark/low_income_note_heading.csv")
    assert table.read_text(encoding="utf-8") == before, (
        "every year, and the mark of a provisional one is not in this file"
    )
    assert any("note 3" in note for note in found.told)


@pytest.mark.parametrize("project", [2020], indirect=True)
def test_thousands_are_read(project: Project, inputs: Path) -> None:
    found = recorded(project, "imd", "2019-09-26", inputs / "thousands/file7_commas.csv")
    assert found.paths
    small = built(project, "liverpool-2020", "small_areas")
    assert small["rank"].max() > 14_000


@pytest.mark.parametrize("project", [2023], indirect=True)
def test_a_tax_year_begins_in_april(project: Project, inputs: Path) -> None:
    recorded(project, "published_levels", "2026-11-22", inputs / "tax-year/levels_tax_year.csv")
    with (inputs / "tax-year/levels_tax_year.csv").open(encoding="utf-8") as file:
        odd = next(row for row in csv.DictReader(file) if "5 April" in row["period"])
    rows = built(project, "liverpool-2023", "observations")
    rows = rows[(rows["source"] == "published_levels") & (rows["series"] == odd["series"])]
    days = set(zip(rows["period_start"], rows["period_end"], strict=True))
    assert ("2018-05-01", "2019-04-30") not in days
    from analysis.clean.periods import parse_period

    assert parse_period(odd["period"]) == ("2018-04-06", "2019-04-05")


@pytest.mark.parametrize(
    ("file", "to", "line"),
    [
        ("unit-mismatch/fuel_poverty.yml", "indicators/fuel_poverty.yml", "unit"),
        ("impossible-value/decimals_minus_2.yml", "indicators/{id}.yml", "decimals"),
        ("impossible-value/cutoff_impossible.yml", "editions/{id}.yml", "02-30|does not exist"),
    ],
)
def test_a_definition_that_cannot_be_is_refused_with_file_and_line(
    project: Project, inputs: Path, file: str, to: str, line: str
) -> None:
    text = (inputs / file).read_text(encoding="utf-8")
    name = next(row.split(":", 1)[1].strip() for row in text.splitlines() if row.startswith("id:"))
    path = project.definitions / to.format(id=name)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DefinitionError, match=line) as refused:
        load_catalogue(project.definitions)
    assert f"{path.name}:" in str(refused.value)


def test_areas_of_the_four_nations_are_peers(project: Project, inputs: Path, script: Callable[[str], object]) -> None:
    shutil.copy(inputs / "four-nations" / "liverpool.yml", project.definitions / "places" / "liverpool.yml")
    peers = {"W06000015": "Cardiff", "S12000049": "Glasgow City", "N09000003": "Belfast"}
    folder = project.raw / "els" / "2026-06-25"
    with (folder / "observations.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    like = [row for row in rows if row["area_code"] == "E08000025"]
    assert like, "Birmingham's rows are those that the new peers get"
    rows += [{**row, "area_code": code} for code in peers for row in like]
    with (folder / "observations.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    refresh(folder, "observations", len(rows))
    found = built(project, "liverpool-2018")
    assert set(peers.values()) <= set(found["area_name"])


def refresh(folder: Path, table: str, rows: int) -> None:
    import hashlib

    path = folder / "snapshot.yml"
    snapshot = yaml.safe_load(path.read_text(encoding="utf-8"))
    entry = snapshot["tables"][table]
    entry["sha256"] = hashlib.sha256((folder / entry["file"]).read_bytes()).hexdigest()
    entry["rows"] = rows
    path.write_text(yaml.safe_dump(snapshot, sort_keys=False, allow_unicode=True), encoding="utf-8")

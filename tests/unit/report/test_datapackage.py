"""The data package is valid by an outside tool, describes every column, and refuses what could run."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from frictionless import validate

from analysis.catalogue.columns import load_table_texts
from analysis.errors import DefinitionError, ReportError
from analysis.paths import DEFINITIONS
from analysis.report.cells import check_cells
from analysis.report.datapackage import describe_licence, make_data_package
from analysis.tables.contract import TABLE_KEYS

EDITION = "tinytown-2018"


def write(folder: Path, files: dict[str, bytes]) -> Path:
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder / "datapackage.json"


@pytest.fixture(scope="module")
def package(tiny_reported: Any) -> dict[str, bytes]:
    folder = tiny_reported.project.reports / EDITION / "data"
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def errors(path: Path) -> list[str]:
    report = validate(str(path))
    return [error.type for task in report.tasks for error in task.errors] + [error.type for error in report.errors]


def test_the_package_is_valid_and_whole(package: dict[str, bytes], tmp_path: Path, tiny_reported: Any) -> None:
    assert errors(write(tmp_path / "data", package)) == []
    built = tiny_reported.project.processed / EDITION
    assert {name: package[name] for name in package if name.endswith(".csv")} == {
        path.name: path.read_bytes() for path in built.glob("*.csv")
    }
    described = json.loads(package["datapackage.json"])
    assert {resource["path"] for resource in described["resources"]} == {name for name in package if ".csv" in name}
    assert described["licenses"][0]["name"] == "OGL-UK-3.0"
    assert len(described["sources"]) == package["sources.csv"].count(b"\n") - 1
    assert described["created"] == "2018-07-31T00:00:00Z"
    for resource in described["resources"]:
        for field in resource["schema"]["fields"]:
            assert field["title"], (resource["name"], field)
            assert field["description"], (resource["name"], field)
            assert field["type"] not in ("number", "integer") or field["unit"], (resource["name"], field)


@pytest.mark.parametrize(
    ("table", "old", "new", "error"),
    [
        ("indicators.csv", b",persons,", b",people,", "constraint-error"),
        ("indicators.csv", b"E07990001", b"E0799000", "constraint-error"),
        ("indicators.csv", b"2015-01-01", b"2015-13-01", "type-error"),
        ("small_areas.csv", b"release,area_code", b"area_code,release", "incorrect-label"),
        ("wards.csv", b"Mill", b"Mill,extra", "extra-cell"),
    ],
)
def test_the_validator_catches_each_case(
    package: dict[str, bytes], tmp_path: Path, table: str, old: bytes, new: bytes, error: str
) -> None:
    assert old in package[table]
    path = write(tmp_path / "data", {**package, table: package[table].replace(old, new, 1)})
    found = errors(path)
    assert error in found, found


def test_a_repeated_key_is_caught(package: dict[str, bytes], tmp_path: Path) -> None:
    lines = package["wards.csv"].splitlines(keepends=True)
    path = write(tmp_path / "data", {**package, "wards.csv": b"".join([*lines, lines[-1]])})
    assert "primary-key" in errors(path)


def test_every_table_of_an_edition_is_described() -> None:
    assert set(load_table_texts().tables) == set(TABLE_KEYS)


def test_a_column_or_licence_without_words_is_refused(tiny: Any) -> None:
    folder = tiny.project.processed / EDITION
    path = folder / "wards.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("population", "dwellers", 1), encoding="utf-8")
    catalogue = tiny.catalogue()
    with pytest.raises(DefinitionError, match=r"'dwellers' of the table 'wards' is not described"):
        make_data_package(catalogue, catalogue.edition(EDITION), folder)
    with pytest.raises(DefinitionError, match="no licence 'Mine'"):
        describe_licence(load_table_texts(), "Mine")


def test_a_number_without_a_unit_is_refused(tmp_path: Path) -> None:
    texts = yaml.safe_load((DEFINITIONS / "columns.yml").read_text(encoding="utf-8"))
    del texts["columns"]["people"]["unit"]
    path = tmp_path / "columns.yml"
    path.write_text(yaml.safe_dump(texts), encoding="utf-8")
    with pytest.raises(DefinitionError, match="a number needs a unit"):
        load_table_texts(path)


def test_every_plotted_column_is_described(tiny_reported: Any) -> None:
    texts = load_table_texts()
    for path in (tiny_reported.project.reports / EDITION / "figures").glob("*.svg"):
        with path.with_suffix(".csv").open(encoding="utf-8") as file:
            unknown = [name for name in next(csv.reader(file)) if texts.plotted(name) is None]
        assert unknown == [], f"{path.stem}: add it under figures in columns.yml"


@pytest.mark.parametrize(
    "text",
    [
        "a,b\n1,=1+1\n",
        "a,b\n1,\"=cmd|' /C calc'!A0\"\n",
        "a,b\n@x,1\n",
        "a,b\n1,-1+1\n",
        'a,b\n"\t=1",2\n',
        "=a,b\n1,2\n",
        'a,b\n1,"+1,=2"\n',
    ],
)
def test_a_cell_that_could_run_is_refused(text: str) -> None:
    with pytest.raises(ReportError, match=r"x\.csv, row \d: the cell .* could run as a formula"):
        check_cells("x.csv", text)


def test_a_carriage_return_is_refused() -> None:
    with pytest.raises(ReportError, match=r"x\.csv, row 2: a carriage return"):
        check_cells("x.csv", "a,b\n1,\r=1\n")


@pytest.mark.parametrize("text", ["a,b\n-1.5,+2\n", 'a,b\n"x,-y","−1"\n', "a,b\n+3.0 or more,-26.3 (-27.0 to -25.7)\n"])
def test_numbers_and_ranges_may_begin_with_a_sign(text: str) -> None:
    check_cells("x.csv", text)


def test_a_publishers_cell_that_could_run_stops_the_report(tiny: Any) -> None:
    path = tiny.project.processed / EDITION / "sources.csv"
    path.write_text(
        path.read_text(encoding="utf-8").replace("sources", "=1+1", 1).replace("\n", "\n=", 1), encoding="utf-8"
    )
    catalogue = tiny.catalogue()
    with pytest.raises(ReportError, match=r"data/sources\.csv"):
        make_data_package(catalogue, catalogue.edition(EDITION), path.parent)

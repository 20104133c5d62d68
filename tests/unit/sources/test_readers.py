"""Publishers' files as they come: marks at the front, old encodings, ragged rows, codes that look like numbers."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from analysis.errors import DataError
from analysis.sources.readers import read_csv, read_geojson, read_xlsx


def written(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "file.csv"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbfname,code\r\nCaf\xc3\xa9,05E0001\r\n",
        b"name,code\nCaf\xc3\xa9,05E0001\n",
        b"name,code\nCaf\xe9,05E0001\n",
        b'name,code\n"Caf\xe9",05E0001',
    ],
)
def test_marks_and_encodings_give_the_same_table(tmp_path: Path, content: bytes) -> None:
    table = read_csv(written(tmp_path, content))
    assert list(table.columns) == ["name", "code"]
    assert table.values.tolist() == [["Café", "05E0001"]]


def test_codes_and_marks_stay_text(tmp_path: Path) -> None:
    table = read_csv(written(tmp_path, b"code,rank,mark\n05E0001,007,NA\n1E5,-,:\n"))
    assert table.values.tolist() == [["05E0001", "007", "NA"], ["1E5", "-", ":"]]


def test_a_trailing_comma_and_blank_lines_are_forgiven(tmp_path: Path) -> None:
    table = read_csv(written(tmp_path, b"a,b\n1,2,\n,\n\n3,4,,\n"))
    assert table.values.tolist() == [["1", "2"], ["3", "4"]]


def test_a_row_with_more_cells_is_refused_by_its_line(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"file\.csv: row 3 has 3 cells, the heading has 2"):
        read_csv(written(tmp_path, b"a,b\n1,2\n1,2,3\n"))


def test_a_row_with_fewer_cells_is_refused_by_its_line(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"file\.csv: row 3 has 2 cells, the heading has 3"):
        read_csv(written(tmp_path, b"a,b,c\n1,2,3\n1,2\n"))


def test_a_note_under_the_table_is_no_row_cut_short(tmp_path: Path) -> None:
    table = read_csv(written(tmp_path, b"a,b,c\n1,2,3\nSource: invented\n"))
    assert table.values.tolist() == [["1", "2", "3"], ["Source: invented", "", ""]]


def test_cells_may_hold_commas_quotes_and_line_breaks(tmp_path: Path) -> None:
    table = read_csv(written(tmp_path, b'a,b\n"x, ""y""","one\ntwo"\n'))
    assert table.values.tolist() == [['x, "y"', "one\ntwo"]]


def test_the_heading_may_stand_lower_and_names_may_repeat(tmp_path: Path) -> None:
    table = read_csv(written(tmp_path, b"A title\n\nnotes, notes ,value\nx,y,1\n"), header_row=3)
    assert list(table.columns) == ["notes", "notes.1", "value"]


def test_a_file_that_ends_before_its_heading_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="1 rows; expected the heading on row 3"):
        read_csv(written(tmp_path, b"A title\n"), header_row=3)


def test_a_quote_left_open_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"file\.csv"):
        read_csv(written(tmp_path, b'a,b\n"1,2\n'))


def workbook(tmp_path: Path, rows: list[list[Any]], sheet: str = "Data") -> Path:
    book = openpyxl.Workbook()
    page = book.active
    page.title = sheet
    for row in rows:
        page.append(row)
    path = tmp_path / "file.xlsx"
    book.save(path)
    return path


def test_numbers_of_a_workbook_are_written_as_they_read(tmp_path: Path) -> None:
    path = workbook(
        tmp_path, [["code", "n"], ["05E0001", 134.0], ["x", 0.1], [None, 1e-7], ["d", dt.date(2018, 7, 31)]]
    )
    assert read_xlsx(path, "Data").values.tolist() == [
        ["05E0001", "134"],
        ["x", "0.1"],
        ["", "1e-07"],
        ["d", "2018-07-31"],
    ]


def test_an_unknown_sheet_is_refused_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"file\.xlsx: no sheet 'Table 3'; expected one of Data"):
        read_xlsx(workbook(tmp_path, [["a"], [1]]), "Table 3")


def test_what_is_no_workbook_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "file.xlsx"
    path.write_bytes(b"not a workbook")
    with pytest.raises(DataError, match=r"file\.xlsx: not a workbook"):
        read_xlsx(path, None)


def geojson(tmp_path: Path, crs: str | None, point: list[float]) -> Path:
    feature = {
        "type": "Feature",
        "properties": {"code": "E1", "n": 1},
        "geometry": {"type": "Point", "coordinates": point},
    }
    content: dict[str, Any] = {"type": "FeatureCollection", "features": [feature]}
    if crs:
        content["crs"] = {"type": "name", "properties": {"name": crs}}
    path = tmp_path / "file.geojson"
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def test_degrees_become_metres_within_the_stated_accuracy(tmp_path: Path) -> None:
    # Ordnance Survey's worked example (A guide to coordinate systems in Great Britain, annex B): Caister water tower.
    table = read_geojson(geojson(tmp_path, None, [1.716073973, 52.658007833]))
    x, y = (float(part) for part in table["wkt"].iloc[0].removeprefix("POINT (").removesuffix(")").split())
    assert table[["code", "n"]].values.tolist() == [["E1", "1"]]
    assert abs(x - 651409.804) < 5
    assert abs(y - 313177.450) < 5


def test_metres_stay_as_they_are(tmp_path: Path) -> None:
    assert read_geojson(geojson(tmp_path, "urn:ogc:def:crs:EPSG::27700", [1, 2]))["wkt"].tolist() == ["POINT (1 2)"]


def test_another_grid_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="EPSG::3857; expected WGS84 or EPSG:27700"):
        read_geojson(geojson(tmp_path, "urn:ogc:def:crs:EPSG::3857", [1, 2]))


@pytest.mark.parametrize("text", ["{}", "[]", "not json", '{"features": [{"properties": {}}]}'])
def test_what_is_no_collection_of_outlines_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "file.geojson"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match="not a GeoJSON collection of outlines"):
        read_geojson(path)

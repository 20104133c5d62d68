"""Publishers' files as they come: marks at the front, old encodings, ragged rows, codes that look like numbers."""

from __future__ import annotations

import datetime as dt
import json
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from analysis.errors import DataError
from analysis.sources.geojson import read_geojson
from analysis.sources.readers import Workbook, read_csv


def written(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "file.csv"
    path.write_bytes(content)
    return path


LINES = [["name", "code"], ["Café", "05E0001"]]


@pytest.mark.parametrize(
    ("content", "note"),
    [
        (b"\xef\xbb\xbfname,code\r\nCaf\xc3\xa9,05E0001\r\n", ""),
        (b"name,code\nCaf\xc3\xa9,05E0001\n", ""),
        (b"name,code\rCaf\xc3\xa9,05E0001\r", ""),
        (b"name,code\nCaf\xe9,05E0001\n", "Windows-1252"),
        (b'name,code\n"Caf\xe9",05E0001', "Windows-1252"),
        ("name,code\nCafé,05E0001\n".encode("utf-16"), "UTF-16"),
        (b"\xfe\xff" + "name,code\nCafé,05E0001\n".encode("utf-16-be"), "UTF-16"),
        ("name,code\nCafé,05E0001\n".encode("utf-16-le"), "UTF-16-LE"),
        ("name,code\nCafé,05E0001\n".encode("utf-16-be"), "UTF-16-BE"),
        ("name,code\nCafé,05E0001\n".encode("utf-32"), "UTF-32"),
        ("na\u200bme,co\u00adde\n\u00a0Café\u2060,05E0001\u202f\n".encode(), ""),
    ],
)
def test_marks_encodings_and_invisible_signs_give_the_same_table(tmp_path: Path, content: bytes, note: str) -> None:
    grid = read_csv(written(tmp_path, content))
    assert grid.lines == LINES
    assert grid.notes == ((f"file.csv is read as {note}",) if note else ())


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"name,code\nCaf\xc3\xa9,1\nS\xe3o,2\n", "file.csv, line 3: the byte 0xe3 .* rest of the file is UTF-8"),
        (b"\xef\xbb\xbfname\na\nb\xe9\n", "line 3: the byte 0xe9"),
        (b"name\n\xe2\x80\x93\n\xa0\n", "line 3: the byte 0xa0"),
        (b"name,code\nCaf\xe9,1\nx\x81,2\n", "line 3: the byte 0x81 .* Windows-1252"),
        (b"name,code\nCaf\xc3\xa9,1\nx\xc3,2\n", "line 3: the byte 0xc3"),
        (b"a,b\n1,\0\n" + b"x" * 1000 + b"\n", "zero byte|not UTF-16"),
        (b"PK\x03\x04rest", "a workbook or an archive"),
        (b"\xff\xfea\0b\0\n", "not UTF-16 throughout"),
    ],
)
def test_bytes_of_no_one_encoding_are_refused_with_their_line(tmp_path: Path, content: bytes, says: str) -> None:
    with pytest.raises(DataError, match=says):
        read_csv(written(tmp_path, content))


def test_codes_and_marks_stay_text(tmp_path: Path) -> None:
    grid = read_csv(written(tmp_path, b"code,rank,mark\n05E0001,007,NA\n1E5,-,:\n"))
    assert grid.lines[1:] == [["05E0001", "007", "NA"], ["1E5", "-", ":"]]


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_another_separator_is_noted(tmp_path: Path, separator: str) -> None:
    grid = read_csv(written(tmp_path, separator.join(["a", "b"]).encode() + b"\n"), separator)
    assert grid.lines == [["a", "b"]]
    assert grid.notes == (f"cells are separated by {separator!r}",)


def test_a_comma_in_a_number_between_semicolons_is_not_guessed(tmp_path: Path) -> None:
    grid = read_csv(written(tmp_path, b"a;b;c\n1,5;2;x, y\n22,600;3;1,234,567\n"), ";")
    assert sorted(grid.spoilt) == [(2, 0), (3, 0), (3, 2)]


def test_cells_may_hold_commas_quotes_and_line_breaks(tmp_path: Path) -> None:
    grid = read_csv(written(tmp_path, b'a,b\n"x, ""y""","one\ntwo"\n'))
    assert grid.lines[1:] == [['x, "y"', "one\ntwo"]]


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
    path = workbook(tmp_path, [["code", "n"], ["05E0001", 134.0], ["x", 0.1], [None, 1e-7], ["d\u200b", "\u00a0e"]])
    assert Workbook(path).grid("Data").lines[1:] == [["05E0001", "134"], ["x", "0.1"], ["", "1e-07"], ["d", "e"]]


def test_cells_that_hold_no_figure_are_told_with_their_place(tmp_path: Path) -> None:
    rows = [
        ["code", "n"],
        ["a", "#DIV/0!"],
        ["b", "#N/A"],
        ["c", "=B2+1"],
        ["d", dt.date(2018, 7, 31)],
        ["e", dt.datetime(2018, 1, 4)],
        ["f", "plain = text"],
        ["g", 1],
    ]
    grid = Workbook(workbook(tmp_path, rows)).grid("Data")
    assert {place: told.split()[0:2] for place, told in grid.spoilt.items()} == {
        (2, 1): ["it", "is"],
        (3, 1): ["it", "is"],
        (4, 1): ["the", "formula"],
        (5, 1): ["a", "spreadsheet"],
        (6, 1): ["a", "spreadsheet"],
    }
    assert [line[1] for line in grid.lines[1:5]] == ["#DIV/0!", "#N/A", "=B2+1", "2018-07-31"]


def test_a_formula_that_was_computed_is_its_value(tmp_path: Path) -> None:
    path = workbook(tmp_path, [["n"], ["=1+1"], ['=""']])
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"]
    sheet = sheet.replace(b"<f>1+1</f><v></v>", b"<f>1+1</f><v>2</v>").replace(b"<f>1+1</f><v/>", b"<f>1+1</f><v>2</v>")
    sheet = sheet.replace(b'r="A3"', b'r="A3" t="str"')
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in {**parts, "xl/worksheets/sheet1.xml": sheet}.items():
            archive.writestr(name, content)
    grid = Workbook(path).grid(None)
    assert grid.lines == [["n"], ["2"], [""]]
    assert not grid.spoilt


def test_a_sheet_in_another_spelling_is_noted_and_an_unknown_one_refused(tmp_path: Path) -> None:
    book = Workbook(workbook(tmp_path, [["a"], [1]], "table_3 "))
    assert book.grid("Table 3").notes == ("the sheet 'Table 3' is called 'table_3 '",)
    for name in ("Table 4", "Table", "3"):
        with pytest.raises(DataError, match=rf"file\.xlsx: no sheet '{name}'; expected one of table_3"):
            book.grid(name)


def test_what_is_no_workbook_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "file.xlsx"
    path.write_bytes(b"not a workbook")
    with pytest.raises(DataError, match=r"file\.xlsx: not a workbook"):
        Workbook(path)


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


@pytest.mark.parametrize(
    ("crs", "point", "says"),
    [
        (None, [337390.0, 385847.0], "as degrees .no system is named.. Name the system"),
        ("urn:ogc:def:crs:OGC:1.3:CRS84", [337390.0, 385847.0], "as degrees .urn.*. Name the system"),
        (None, [53.4, -2.9], "Swap the two axes"),
        ("EPSG:4326", [53.4, -2.9], "Swap the two axes"),
        (None, [2.35, 48.85], "do not lie in the United Kingdom"),
        ("urn:ogc:def:crs:EPSG::27700", [3e6, 4e6], "as metres of the national grid"),
    ],
)
def test_coordinates_elsewhere_than_their_system_says_are_refused(
    tmp_path: Path, crs: str | None, point: list[float], says: str
) -> None:
    with pytest.raises(DataError, match=says):
        read_geojson(geojson(tmp_path, crs, point))


def test_a_feature_without_a_geometry_has_none(tmp_path: Path) -> None:
    path = geojson(tmp_path, None, [-2.9, 53.4])
    content = json.loads(path.read_text(encoding="utf-8"))
    content["features"] += [{"type": "Feature", "properties": {"code": "E2", "n": None}, "geometry": None}]
    path.write_text(json.dumps(content), encoding="utf-16")
    table = read_geojson(path)
    assert table["code"].tolist() == ["E1", "E2"]
    assert (table["wkt"] == "").tolist() == [False, True]


@pytest.mark.parametrize(
    "text",
    ["{}", "[]", "not json", '{"features": [{"properties": {}}]}', '{"features": [{"properties": {}, "geometry": 3}]}'],
)
def test_what_is_no_collection_of_outlines_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "file.geojson"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match="not a GeoJSON collection of outlines"):
        read_geojson(path)

"""The workbook keeps the rules of the guidance, holds the same rows as the CSV files, and can run nothing."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from analysis.blocks import Column, Cover, Figure, Table
from analysis.catalogue.flags import FLAGS
from analysis.report.cells import may_run, printed_columns
from analysis.report.document import Document, FigureItem, TableItem
from analysis.report.workbook import LONGEST_NAME, make_workbook, notes_sheet, sheet_name, write_workbook

EDITION = "tinytown-2018"
HOSTILE = (
    "=cmd|' /C calc'!A0",
    "@SUM(A1:A2)",
    "+1",
    "-1+1",
    '=HYPERLINK("https://example.org","here")',
    'DDE("cmd";"/C calc";"x")',
    "\t=1+1",
    "\r=1+1",
    "{=1+1}",
    "[click](https://example.org)",
    "https://example.org",
    "internal:Cover!A1",
    "＝1+1",
    "_x0041_",
    "<f>1+1</f>",
)
COVER = Cover("State of the City: Tinytown", "Subtitle", "Date", "Publisher", "Description")


@pytest.fixture(scope="module")
def report(tiny_reported: Any) -> Path:
    return Path(tiny_reported.project.reports / EDITION)


@pytest.fixture(scope="module")
def book(report: Path) -> Any:
    return openpyxl.load_workbook(report / "tables.xlsx")


def item(table: Table, number: int = 1) -> TableItem:
    return TableItem(f"hostile-{number}", f"Table {number}", table)


def written(*items: TableItem | FigureItem) -> bytes:
    from analysis.report.workbook import item_sheet

    return write_workbook(
        Document(COVER, tuple(items)), dt.date(2018, 7, 31), [notes_sheet(), *(item_sheet(one, set()) for one in items)]
    )


def parts(content: bytes, folder: str) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist() if name.startswith(folder)}


def problems(book: Any) -> list[str]:
    """What a workbook breaks of the guidance that a machine can see."""
    found = []
    for sheet in book.worksheets:
        tables = list(sheet.tables.values())
        if len(tables) != (sheet.title != "Cover"):
            found.append(f"{sheet.title}: {len(tables)} tables")
        if sheet.merged_cells.ranges:
            found.append(f"{sheet.title}: merged cells")
        if sheet.freeze_panes or sheet.auto_filter.ref or sheet.sheet_state != "visible":
            found.append(f"{sheet.title}: frozen, filtered or hidden")
        if not isinstance(sheet["A1"].value, str) or not sheet["A1"].font.bold:
            found.append(f"{sheet.title}: no title in A1")
        if len(sheet.title) > LONGEST_NAME:
            found.append(f"{sheet.title}: name too long")
        if any((row.height or 0) > 409 for row in sheet.row_dimensions.values()):
            found.append(f"{sheet.title}: a row higher than spreadsheets allow")
        for row in sheet.iter_rows():
            for cell in row:
                if cell.fill.fill_type is not None or cell.data_type == "f":
                    found.append(f"{sheet.title}!{cell.coordinate}: filled, or a formula")
        for table in tables:
            cells = list(sheet[table.ref])
            headings = [cell.value for cell in cells[0]]
            if headings != [column.name for column in table.tableColumns] or table.headerRowCount != 1:
                found.append(f"{sheet.title}: the heading row is not the table's")
            if len({str(heading).casefold() for heading in headings}) < len(headings):
                found.append(f"{sheet.title}: a heading stands twice")
            if any(cell.value in (None, "") for row in cells for cell in row):
                found.append(f"{sheet.title}: an empty cell")
            if not table.ref.startswith("A") or cells[-1][-1].row != sheet.max_row:
                found.append(f"{sheet.title}: something beside or below the table")
            if table.autoFilter is not None:
                found.append(f"{sheet.title}: filter buttons")
    names = [table.displayName for sheet in book.worksheets for table in sheet.tables.values()]
    return [*found, *(f"table {name} twice" for name in names if names.count(name) > 1)]


def test_the_workbook_keeps_the_rules(book: Any) -> None:
    assert problems(book) == []
    assert book.sheetnames[:4] == ["Cover", "Contents", "Notes", "Headings"]
    assert book.active.title == "Cover"


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda sheet: sheet.merge_cells("A1:B1"), "merged"),
        (lambda sheet: setattr(sheet, "freeze_panes", "A5"), "frozen"),
        (lambda sheet: sheet.__setitem__("B8", None), "an empty cell"),
        (lambda sheet: sheet.__setitem__("A99", "Footnote"), "below the table"),
        (lambda sheet: sheet.__setitem__("B8", "=1+1"), "a formula"),
        (lambda sheet: sheet.tables.clear(), "0 tables"),
        (lambda sheet: sheet.__setitem__("A1", None), "no title"),
        (lambda sheet: setattr(sheet.row_dimensions[6], "height", 500), "higher than"),
    ],
)
def test_each_rule_catches_its_case(report: Path, spoil: Any, says: str) -> None:
    spoilt = openpyxl.load_workbook(report / "tables.xlsx")
    spoil(spoilt["Notes"])
    assert any(says in problem for problem in problems(spoilt))


def test_the_contents_lead_to_every_worksheet(book: Any) -> None:
    contents = book["Contents"]
    (table,) = contents.tables.values()
    rows = list(contents[table.ref])[1:]
    assert [row[0].value for row in rows] == book.sheetnames[2:]
    assert [row[0].hyperlink.location for row in rows] == [f"'{name}'!A1" for name in book.sheetnames[2:]]
    assert [row[1].value for row in rows] == [book[name]["A1"].value for name in book.sheetnames[2:]]


def test_the_file_says_what_it_is(book: Any, report: Path) -> None:
    assert book.properties.title.startswith("State of the City: Tinytown")
    assert book.properties.creator
    assert book.properties.created == book.properties.modified == dt.datetime(2018, 7, 31)
    assert "en-GB" in parts((report / "tables.xlsx").read_bytes(), "docProps/custom")["docProps/custom.xml"]


def test_every_symbol_used_is_explained(book: Any) -> None:
    (table,) = book["Notes"].tables.values()
    explained = {row[0].value for row in book["Notes"][table.ref]}
    assert set(FLAGS) <= explained
    used = {
        symbol
        for sheet in book.worksheets
        for row in sheet.iter_rows(values_only=True)
        for value in row
        if isinstance(value, str)
        for symbol in re.findall(r"\[[a-z]{1,3}\]", value)
    }
    assert used
    assert used <= explained


def test_rows_and_numbers_are_those_of_the_csv_files(book: Any, report: Path) -> None:
    labels = {one["id"]: one["label"] for one in json.loads((report / "manifest.json").read_text("utf-8"))["figures"]}
    compared = 0
    for path in sorted((report / "figures").glob("*.svg")):
        with path.with_suffix(".csv").open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        sheet = book[sheet_name(labels[path.stem], path.stem)]
        (table,) = sheet.tables.values()
        cells = [[cell.value for cell in row] for row in sheet[table.ref]]
        assert len(cells) - 1 == len(rows), path.stem
        for place, name in enumerate(rows[0]):
            for row, line in zip(cells[1:], rows, strict=True):
                if isinstance(row[place], int | float):
                    assert float(line[name]) == pytest.approx(row[place], rel=1e-12)
                    compared += 1
                else:
                    assert row[place] == line[name] or (line[name] == "" and row[place] in ("none", *FLAGS))
        if "value" in rows[0]:
            values = [row[list(rows[0]).index("value")] for row in cells[1:]]
            numbers = [float(line["value"]) for line in rows if line["value"]]
            assert sum(value for value in values if not isinstance(value, str)) == pytest.approx(sum(numbers))
    assert compared > 100


def test_a_missing_value_is_the_symbol_that_says_why(tiny_reported: Any) -> None:
    catalogue = tiny_reported.catalogue()
    figure = Figure("T", "Alt", "S", "<svg/>", "area_code,value,lower_ci95,flag\nE1,,,[c]\nE2,0,,\nE3,,1.5,[e][x]\n")
    content = make_workbook(
        catalogue,
        catalogue.edition(EDITION),
        Document(COVER, (FigureItem("f", "Figure 1", figure, (1.0, 1.0)),)),
        tiny_reported.project.processed / EDITION,
    )
    sheet = openpyxl.load_workbook(io.BytesIO(content))["Figure 1 f"]
    (table,) = sheet.tables.values()
    assert [[cell.value for cell in row] for row in sheet[table.ref]][1:] == [
        ["E1", "[c]", "[x]", "[c]"],
        ["E2", 0, "[x]", "none"],
        ["E3", "[x]", 1.5, "[e][x]"],
    ]


def test_no_text_can_run(tmp_path: Path) -> None:
    rows = [[text, text, text] for text in HOSTILE]
    table = Table(
        "=1+1", [Column("=A1", row_header=True), Column("@B"), Column("+C")], rows, source="=2+2", note="-3+3"
    )
    figure = Figure("@title", "Alt", "+source", "<svg/>", "=x,value\n" + "\n".join(f'"{t}",1' for t in ("=1+1", "@x")))
    content = written(item(table), FigureItem("f", "Figure 1", figure, (1.0, 1.0)))
    for name, xml in parts(content, "xl/").items():
        assert "<f>" not in xml.replace("&lt;f&gt;", ""), name
        assert not re.search(r"<f[ >]|<ddeLink|<externalReference|calculatedColumnFormula", xml), name
        assert "https://" not in xml or "sharedStrings" in name or "schemas" in xml, name
    for name, xml in parts(content, "xl/worksheets/_rels").items():
        assert "hyperlink" not in xml, name
    book = openpyxl.load_workbook(io.BytesIO(content))
    found = [cell for row in book["Table 1 hostile-1"].iter_rows() for cell in row]
    assert [cell for cell in found if cell.data_type == "f" and cell.value in HOSTILE] == [
        cell for cell in found if cell.data_type == "f"
    ]
    shared = parts(content, "xl/sharedStrings")["xl/sharedStrings.xml"]
    assert shared.count("cmd|") == 1  # one string, in three cells


def test_the_test_for_formulas_can_fail(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active["A1"] = "=1+1"
    book.save(tmp_path / "live.xlsx")
    sheets = parts((tmp_path / "live.xlsx").read_bytes(), "xl/worksheets")
    assert any(re.search(r"<f[ >]", xml) for xml in sheets.values())


def test_the_same_input_gives_the_same_bytes() -> None:
    table = item(Table("T", [Column("A", row_header=True), Column("B")], [["x", "1.5"], ["y", "[x]"]], source="S"))
    assert written(table) == written(table)
    other = replace(table, table=replace(table.table, rows=[["x", "1.6"], ["y", "[x]"]]))
    assert written(table) != written(other)


def test_a_long_source_is_read_whole() -> None:
    source = "; ".join(f"Publisher {number}, a product with a long name, release of {number}" for number in range(90))
    content = written(item(Table("T", [Column("A", row_header=True)], [["x"]], source=source)))
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert problems(book) == [problem for problem in problems(book) if "not an edition" in problem]
    said = " ".join(str(row[0]) for row in book.worksheets[-1].iter_rows(min_row=2, max_col=1, values_only=True))
    assert source in said


def test_a_table_without_rows_still_has_its_headings() -> None:
    content = written(item(Table("T", [Column("A"), Column("")], [], source="S")))
    book = openpyxl.load_workbook(io.BytesIO(content))
    sheet = book.worksheets[-1]
    (table,) = sheet.tables.values()
    assert [[cell.value for cell in row] for row in sheet[table.ref]] == [["A", "Number"], ["[z]", "[z]"]]


@pytest.mark.parametrize(
    ("cells", "columns"),
    [
        (["1 of 4", "0 of 2"], {"H": [1.0, 0.0], "H, out of": [4.0, 2.0]}),
        (["2017", "2016"], {"H": ["2017", "2016"]}),
        (["2014 to 2016"], {"H": ["2014 to 2016"]}),
        (["28 April 2022", "1 May 2023"], {"H": ["28 April 2022", "1 May 2023"]}),
        (["15 by rank only", "none"], {"H": ["15 by rank only", "none"]}),
        (["−0.5 (−1.2 to 0.2)", "1.0"], {"H": [-0.5, 1.0], "H, lower": [-1.2, "[x]"], "H, upper": [0.2, "[x]"]}),
        (["9.4 (2016)"], {"H": [9.4], "H, in brackets": ["2016"]}),
        (["58.1 (2014 to 2016)"], {"H": [58.1], "H, in brackets": ["2014 to 2016"]}),
        (
            ["62.4% (2017)", "£420 (April 2017)", "none"],
            {
                "H": [62.4, 420.0, "[x]"],
                "H, unit": ["%", "£", "[z]"],
                "H, in brackets": ["2017", "April 2017", "[z]"],
            },
        ),
        (["01", "02"], {"H": ["01", "02"]}),
        (["−£0.9 million", "£2 million"], {"H (£ million)": [-0.9, 2.0]}),
        (["none", "[c]"], {"H": ["none", "[c]"]}),
        (["", "A"], {"H": ["[z]", "A"]}),
        (["5", "x"], {"H": ["5", "x"]}),
    ],
)
def test_printed_cells_are_taken_apart(cells: list[str], columns: dict[str, list[Any]]) -> None:
    found = printed_columns("H", cells, {"£ million", "years"})
    assert {column.heading: list(column.cells) for column in found} == columns


@pytest.mark.parametrize("cell", [text for text in HOSTILE if text[0] in "=@+-\t\r＝" and text != "+1"])
def test_hostile_cells_are_refused_in_csv(cell: str) -> None:
    assert may_run(cell)

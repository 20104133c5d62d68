"""A layout is found by its headings, wherever they stand and whatever hangs on them; nothing is lost on the way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from analysis.catalogue.source import Layout, RawTable
from analysis.catalogue.strict import build
from analysis.errors import DataError
from analysis.sources.fitting import PublishedFile, fitting
from analysis.sources.selecting import select

AREAS = frozenset({"E07990001", "E07990002"})
BY_AREA: dict[str, Any] = {
    "name": "by area",
    "format": "csv",
    "where": [{"column": "Area", "codes": "areas"}],
    "columns": {"area_code": "Area", "homes": "Homes", "people": "People"},
}
BY_YEAR: dict[str, Any] = {
    "name": "by year",
    "format": "csv",
    "where": [{"column": "Area", "codes": "areas"}],
    "columns": {"area_code": "Area"},
    "melt": {"into": ["year", "people"], "headings": r"\d{4}/\d{2}( \(p\))?", "beside": ".* - Annotations"},
}


def recorded(tmp_path: Path, text: str, given: dict[str, Any]) -> tuple[list[list[str]], tuple[str, ...]]:
    path = tmp_path / "file.csv"
    path.write_text(text, encoding="utf-8")
    layout = build(Layout, given, Path("one.yml"))
    melted = "melt" in given
    columns = ("area_code", "year", "people") if melted else ("area_code", "homes", "people")
    table = RawTable(columns, columns[: 1 + melted], "the place", (layout,))
    found, published = fitting(PublishedFile(path), table, "2020")
    selected = select(published, found, table, lambda _: AREAS)
    return selected.table.to_numpy().tolist(), selected.notes


GOOD = "Area,Homes,People\nE07990001,3,7\nE07990002,4,9\n"
ROWS = [["E07990001", "3", "7"], ["E07990002", "4", "9"]]


@pytest.mark.parametrize(
    ("text", "note"),
    [
        (GOOD, None),
        ("A title\n\n" + GOOD, "the headings stand on line 3, not 1"),
        (GOOD.replace(",", ";"), "cells are separated by ';'"),
        (GOOD.replace(",", "\t"), "cells are separated by"),
        (GOOD.replace(",", "|"), "cells are separated by '|'"),
        (GOOD.replace("Homes", "Homes [note 2]"), "'Homes [note 2]' is read as 'Homes'"),
        (GOOD.replace("Homes", "HOMES*"), "'HOMES*' is read as 'Homes'"),
        (GOOD.replace("Area,", '"Area\n",'), None),
        (GOOD.replace("Homes", "Homes (see note 1)"), "is read as 'Homes'"),
        (GOOD.replace("People", "\u200bPeople\u00b2"), "is read as 'People'"),
        (GOOD + "Source: invented\n", None),
        (GOOD.replace("Homes,People\n", "Homes,People\nall of them\n"), "line 2 holds only 'all of them'"),
        (GOOD.replace("E07990002", "e07990002"), "line 3, column 'Area': 'e07990002' is read as 'E07990002'"),
        (GOOD.replace("E07990002", " E0799\u200b0002"), None),
    ],
)
def test_the_same_table_is_found_in_every_form(tmp_path: Path, text: str, note: str | None) -> None:
    rows, notes = recorded(tmp_path, text, BY_AREA)
    assert rows == ROWS
    assert note is None or any(note in one for one in notes), notes


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (GOOD.replace("Homes", "People"), "needs the column 'Homes'"),
        (GOOD + "Area,Homes,People\n" + GOOD, "repeat a key"),
        ("x\n" + GOOD + "Area,Homes,People\n", "the headings stand on lines 2 and 5"),
        (GOOD.replace("E07990002,4,9", "E07990002"), "file.csv, row 3, column 'Area': .*its first cell alone"),
        (GOOD.replace("E07990002,4,9", "E07990002,,"), "row 3, column 'Area': .*its first cell alone"),
        (GOOD.replace("E07990002", "E0799OOO2"), "row 3, column 'Area': .*'E0799OOO2' looks like E07990002"),
        (GOOD.replace("E07990002", "\u041507990002"), "row 3, .* looks like E07990002"),
        (GOOD.replace("E07990002", "E0799000\uff12"), "row 3, .* looks like E07990002"),
        (GOOD.replace(",4,9", ",4,9,1"), "row 3 has 4 cells, the heading has 3"),
        (GOOD.replace(",", ";").replace("4;9", "4,5;9"), "whether its comma is a decimal one"),
    ],
)
def test_what_cannot_be_told_is_refused(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(DataError, match=says) as refused:
        recorded(tmp_path, text, BY_AREA)
    assert "file.csv" in str(refused.value)


YEARS = "Area,2019/20,2020/21,2021/22 (p)\nE07990001,1,2,3\n"


@pytest.mark.parametrize(
    ("text", "note"),
    [
        (YEARS, None),
        (YEARS.replace("2020/21", "2020/21 [note 3]"), "'2020/21 [note 3]' is read as '2020/21'"),
        (YEARS.replace("2020/21", "2020/21\u00b9"), "is read as '2020/21'"),
        (YEARS.replace("2020/21", "\u200b2020/21 *"), "is read as '2020/21'"),
        (YEARS.replace("(p)\n", "(p),2021/22 - Annotations\n").replace("2,3", "2,3,x"), None),
    ],
)
def test_a_melted_heading_with_a_note_is_read_and_noted(tmp_path: Path, text: str, note: str | None) -> None:
    rows, notes = recorded(tmp_path, text, BY_YEAR)
    assert rows == [["E07990001", "2019/20", "1"], ["E07990001", "2020/21", "2"], ["E07990001", "2021/22 (p)", "3"]]
    assert note is None or any(note in one for one in notes), notes


@pytest.mark.parametrize(
    ("heading", "says"),
    [
        ("2020-21", "the heading '2020-21' names a year and is none of"),
        ("2020/21 (r)", "names a year"),
        ("FYE 2021", "names a year"),
        ("2020/21 revised", "names a year"),
        ("2019/20", "the heading '2019/20' stands twice, in columns B and C"),
        ("2019/20 [note 1]", "stands twice, in columns B and C"),
    ],
)
def test_a_melted_heading_that_is_no_period_is_never_lost(tmp_path: Path, heading: str, says: str) -> None:
    with pytest.raises(DataError, match=says):
        recorded(tmp_path, YEARS.replace("2020/21", heading), BY_YEAR)

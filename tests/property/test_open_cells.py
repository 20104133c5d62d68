"""Whatever a cell holds: the quick search for what could run misses nothing, and no text becomes a formula."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import zipfile

from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.blocks import Column, Cover, Table
from analysis.errors import ReportError
from analysis.report.cells import check_cells, may_run, printed_columns
from analysis.report.document import Document, TableItem
from analysis.report.workbook import item_sheet, write_workbook

CELLS = st.text(alphabet="=+-@\t\r\n ,\"'ab1.%(＝−", max_size=6)
PRINTED = st.from_regex(
    r"(none|\[x\]|[−]?[0-9]{1,3}(\.[0-9])?(%| years)?( \[e\])?( \([0-9] to [0-9]\))?)", fullmatch=True
)


def csv_text(rows: list[list[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


@settings(max_examples=1000, deadline=None)
@given(st.lists(st.lists(CELLS, min_size=2, max_size=3), min_size=1, max_size=4))
def test_a_file_is_refused_exactly_where_a_cell_could_run(rows: list[list[str]]) -> None:
    try:
        check_cells("x.csv", csv_text(rows))
        refused = False
    except ReportError:
        refused = True
    assert refused == any(may_run(cell) for row in rows for cell in row)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=4))
def test_no_text_becomes_a_formula_or_a_link(rows: list[tuple[str, str]]) -> None:
    table = TableItem("t", "Table 1", Table("T", [Column("A"), Column("B")], [list(row) for row in rows], source="S"))
    cover = Cover("T", "", "", "P", "D")
    content = write_workbook(Document(cover, (table,)), dt.date(2018, 7, 31), [item_sheet(table, set())])
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheets = [archive.read(name).decode() for name in archive.namelist() if name.startswith("xl/worksheets/sheet")]
    assert not any(re.search(r"<f[ >/]", sheet) for sheet in sheets)
    assert not re.search(r"<hyperlink ", sheets[-1])


@settings(deadline=None)
@given(st.lists(PRINTED, min_size=1, max_size=6))
def test_taking_a_printed_column_apart_loses_no_row(cells: list[str]) -> None:
    columns = printed_columns("H", cells, {"years"})
    assert all(len(column.cells) == len(cells) for column in columns)
    assert all(cell != "" for column in columns for cell in column.cells)
    for cell, shown in zip(cells, columns[0].cells, strict=True):
        if isinstance(shown, float):
            (number,) = re.findall(r"^-?[0-9.]+", cell.replace("−", "-"))
            assert float(number) == shown

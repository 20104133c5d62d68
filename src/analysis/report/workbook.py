"""The workbook of open tables, after the government's guidance on accessible spreadsheets.

A cover, contents, the symbols, the headings, and then a worksheet for each figure and table of the report and for the
latest figures of the city: one table on each, marked as a table, its title in cell A1, nothing merged,
hidden, frozen, filtered or told by colour. Numbers are numbers; text is written as text, whatever it begins with.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.catalogue.columns import NUMERIC, ColumnText, load_table_texts
from analysis.catalogue.flags import FLAGS, WITHOUT_VALUE, flag_words
from analysis.catalogue.load import Catalogue
from analysis.catalogue.model import Edition
from analysis.report.cells import SheetColumn, printed_columns
from analysis.report.document import Document, FigureItem, TableItem, read_csv, under_lines

LONGEST_NAME = 31
NARROWEST, FIRST, WIDEST, LINE_POINTS = 10, 45, 60, 15.5
FONT, SIZE, TITLE_SIZE = "Arial", 12, 15
LATEST = (
    "indicator",
    "sex",
    "age",
    "period_start",
    "period_end",
    "value",
    "unit",
    "lower_ci95",
    "upper_ci95",
    "flag",
    "benchmark_value",
    "benchmark_result",
    "peers_rank",
    "peers_ranked",
    "peers_median",
    "peers_lowest",
    "peers_highest",
    "baseline_value",
    "change",
    "change_result",
    "trend_result",
)
NOTES = "Notes"
COVER_WIDTH, LONGEST_LINE, MOST_LINES = 90, 600, 26
SYMBOLS_LINE = "Some cells hold a symbol in square brackets; the worksheet Notes says what each means."


@dataclass(frozen=True)
class Sheet:
    """A worksheet with one table: its name, title, the lines under the title, and the table's columns."""

    name: str
    title: str
    lines: tuple[str, ...]
    columns: Sequence[SheetColumn]

    @property
    def rows(self) -> int:
        """How many rows the table has, headings apart."""
        return len(self.columns[0].cells)


def make_workbook(catalogue: Catalogue, edition: Edition, document: Document, folder: Path) -> bytes:
    """The workbook of an edition.

    Parameters
    ----------
    catalogue : Catalogue
        Names of indicators and the units that printed cells may hold.
    edition : Edition
        Its cut-off is the date of the file.
    document : Document
        The report, each of whose figures and tables becomes a worksheet.
    folder : Path
        The processed tables of the edition.

    Returns
    -------
    bytes
        The file, the same for the same input.
    """
    units = {indicator.unit for indicator in catalogue.indicators.values()}
    units |= {figure.unit for plan in catalogue.plans.values() for figure in plan.stated_figures}
    sheets = [
        latest_sheet(catalogue, edition, folder),
        *(item_sheet(item, units) for item in document.items if isinstance(item, FigureItem | TableItem)),
    ]
    return write_workbook(document, edition.cut_off, [notes_sheet(), headings_sheet(document), *sheets])


def item_sheet(item: FigureItem | TableItem, units: set[str]) -> Sheet:
    """The worksheet of a figure (the table that it plots) or of a printed table."""
    if isinstance(item, TableItem):
        block: Any = item.table
        headings = [column.heading for column in block.columns]
        columns = [
            part
            for place, (heading, column) in enumerate(zip(headings, block.columns, strict=True))
            for part in (
                [SheetColumn(heading, [row[place] or "[z]" for row in block.rows])]
                if column.row_header
                else printed_columns(heading, [row[place] for row in block.rows], units)
            )
        ]
    else:
        block = item.figure
        columns = plotted_columns(read_csv(block.csv))
    return Sheet(
        sheet_name(item.label, item.id),
        f"{item.label}: {block.title}",
        tuple(under_lines(block)),
        with_headings(columns),
    )


def sheet_name(label: str, known: str) -> str:
    """A worksheet's name, which may have 31 letters: the label of the item, and as many words of its id as fit.

    Examples
    --------
    >>> sheet_name("Figure 18", "deprivation-small-areas"), sheet_name("Table 1", "sources")
    ('Figure 18 deprivation-small', 'Table 1 sources')
    """
    name = f"{label} {known}"
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME + 1].rpartition("-")[0] or name[:LONGEST_NAME]


def plotted_columns(rows: Sequence[Sequence[str]]) -> list[SheetColumn]:
    """The columns of a CSV table whose first row holds the names of ``columns.yml``."""
    texts = load_table_texts()
    names, body = rows[0], rows[1:]
    flags = [row[names.index("flag")] for row in body] if "flag" in names else [""] * len(body)
    columns = []
    for place, name in enumerate(names):
        text = texts.plotted(name) or ColumnText(name, "string", "")
        cells = [row[place] for row in body]
        if text.type in NUMERIC:
            symbols = flags if name == "value" else [""] * len(body)
            shown = [
                float(cell) if cell else _symbols(flag) or text.shown_empty
                for cell, flag in zip(cells, symbols, strict=True)
            ]
            columns.append(SheetColumn(text.title, shown))
        else:
            columns.append(SheetColumn(text.title, [cell or text.shown_empty for cell in cells]))
    return columns


def _symbols(flag: str) -> str:
    return "".join(word for word in flag_words(flag) if word in WITHOUT_VALUE)


def with_headings(columns: Sequence[SheetColumn]) -> list[SheetColumn]:
    """Give every column a heading of its own: a repeated one is called after the column before it.

    Examples
    --------
    >>> columns = [SheetColumn(heading, []) for heading in ("", "Women", "95%", "Men", "95%")]
    >>> [column.heading for column in with_headings(columns)]
    ['Number', 'Women', '95% (Women)', 'Men', '95% (Men)']
    """
    headings = [column.heading.strip() or "Number" for column in columns]
    folded = [heading.casefold() for heading in headings]
    owner = ""
    made: list[SheetColumn] = []
    taken: set[str] = set()
    for column, heading, fold in zip(columns, headings, folded, strict=True):
        alone = folded.count(fold) == 1
        full = heading if alone or not owner else f"{heading} ({owner})"
        while full.casefold() in taken:
            full += " again"
        taken.add(full.casefold())
        owner = heading if alone else owner
        made.append(SheetColumn(full, column.cells, column.formats))
    return made


def latest_sheet(catalogue: Catalogue, edition: Edition, folder: Path) -> Sheet:
    """The latest figure of every series of the city, beside its country and peers and since the baseline."""
    with (folder / "judgements.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    place = catalogue.places[edition.place]
    kept = [rows[0].index(name) for name in LATEST]
    area, indicator = rows[0].index("area_code"), rows[0].index("indicator")
    mine = [row for row in rows[1:] if row[area] == place.code]
    titles = [catalogue.indicators[row[indicator]].title for row in mine]
    columns = plotted_columns([LATEST, *([row[place] for place in kept] for row in mine)])
    return Sheet(
        "Latest figures",
        f"Latest figures of {place.name}",
        (
            f"Every series of {place.name} at its latest period with a value, beside {place.country.name} and the "
            f"{place.peers_name}. Every period and area is in data/indicators.csv.",
        ),
        with_headings([SheetColumn("Title", titles), *columns]),
    )


def notes_sheet() -> Sheet:
    """What the symbols mean."""
    return Sheet(
        NOTES,
        "Notes: symbols used in the tables",
        ("The symbols of the Government Analysis Function. Missing is never zero.",),
        [SheetColumn("Symbol", list(FLAGS)), SheetColumn("Meaning", list(FLAGS.values()))],
    )


def headings_sheet(document: Document) -> Sheet:
    """What the headings of the figures' tables mean."""
    texts = load_table_texts()
    names = [
        *LATEST,
        *(n for item in document.items if isinstance(item, FigureItem) for n in read_csv(item.figure.csv)[0]),
    ]
    known = {name: text for name in dict.fromkeys(names) if (text := texts.plotted(name)) is not None}
    columns = {
        "Heading": [text.title for text in known.values()],
        "Meaning": [text.about for text in known.values()],
        "Unit": [text.unit or "[z]" for text in known.values()],
        "Column in the CSV files": list(known),
    }
    return Sheet(
        "Headings",
        "Headings of the figures' tables and of the latest figures",
        ("Printed tables have their headings from the report.",),
        [SheetColumn(heading, cells) for heading, cells in columns.items()],
    )


def write_workbook(document: Document, day: dt.date, sheets: Sequence[Sheet]) -> bytes:
    """Write cover, contents and the worksheets.

    Parameters
    ----------
    document : Document
        Its cover gives the title and the properties of the file.
    day : date
        The date of the file.
    sheets : sequence of Sheet
        In the order of the workbook.
    """
    from xlsxwriter import Workbook

    out = io.BytesIO()
    book = Workbook(out, {"in_memory": True, "default_format_properties": {"font_name": FONT, "font_size": SIZE}})
    cover = document.cover
    book.set_properties(
        {
            "title": f"{cover.title}: tables",
            "subject": cover.subtitle,
            "author": cover.publisher,
            "comments": cover.description,
            "created": dt.datetime.combine(day, dt.time()),
        }
    )
    book.set_custom_property("Language", "en-GB")
    write = _Writer(book)
    write.cover(cover.title, [cover.subtitle, cover.date, cover.publisher, cover.description])
    write.contents(sheets)
    for sheet in sheets:
        write.sheet(sheet, symbols=sheet.name != NOTES)
    book.close()
    return out.getvalue()


class _Writer:
    """Writes worksheets; holds the formats, each made once."""

    def __init__(self, book: Any) -> None:
        self.book = book
        self.title = book.add_format({"bold": True, "font_size": TITLE_SIZE})
        heading = {"bold": True, "text_wrap": True, "valign": "top", "bottom": 1}
        self.headings = [book.add_format(heading), book.add_format({**heading, "align": "right", "indent": 1})]
        self.text = book.add_format({"text_wrap": True, "valign": "top"})
        self.link = book.add_format({"font_color": "#0B5394", "underline": 1, "valign": "top"})
        self.numbers: dict[str, Any] = {}

    def number(self, pattern: str) -> Any:
        if pattern not in self.numbers:
            properties = {
                "valign": "top",
                "align": "right",
                "indent": 1,
                **({"num_format": pattern} if pattern else {}),
            }
            self.numbers[pattern] = self.book.add_format(properties)
        return self.numbers[pattern]

    def cover(self, title: str, lines: Sequence[str]) -> None:
        sheet = self.book.add_worksheet("Cover")
        sheet.hide_gridlines(2)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.set_column(0, 0, COVER_WIDTH)
        sheet.write_string(0, 0, f"{title}: tables", self.title)
        about = (
            "The data of every figure and table of the report, and the latest figure of every series of the city.",
            "Numbers stand in cells of their own; symbols, units and limits beside them. " + SYMBOLS_LINE,
            "Contains public sector information licensed under the Open Government Licence v3.0. The attribution that "
            "each publisher asks for stands in the report and in data/sources.csv.",
            "The same figures in full, and over time, lie as CSV in the folder data beside this file.",
        )
        for number, line in enumerate([*(line for line in lines if line), *about], start=1):
            sheet.write_string(number, 0, line, self.text)
            sheet.set_row(number, LINE_POINTS * _lines(line, COVER_WIDTH))

    def contents(self, sheets: Sequence[Sheet]) -> None:
        columns = [
            SheetColumn("Worksheet", [sheet.name for sheet in sheets]),
            SheetColumn("Title", [sheet.title for sheet in sheets]),
            SheetColumn("Rows", [float(sheet.rows) for sheet in sheets], ["0"] * len(sheets)),
        ]
        made = Sheet("Contents", "Contents", ("Each worksheet name is a link to that worksheet.",), columns)
        worksheet, first = self.sheet(made, symbols=False)
        for number, sheet in enumerate(sheets):
            worksheet.write_url(first + number, 0, f"internal:'{sheet.name}'!A1", self.link, sheet.name)

    def sheet(self, made: Sheet, *, symbols: bool = True) -> tuple[Any, int]:
        """Write one; return it and the row where the table's body begins."""
        sheet = self.book.add_worksheet(made.name)
        sheet.hide_gridlines(2)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.write_string(0, 0, made.title, self.title)
        shows = symbols and any(isinstance(c, str) and c[:1] == "[" for column in made.columns for c in column.cells)
        under = [part for line in made.lines for part in textwrap.wrap(line, LONGEST_LINE)]
        lines = ["This worksheet contains one table.", *([SYMBOLS_LINE] if shows else []), *under]
        widths = [_width(column, NARROWEST if place else FIRST) for place, column in enumerate(made.columns)]
        for number, line in enumerate(lines, start=1):
            sheet.write_string(number, 0, line, self.text)
            sheet.set_row(number, LINE_POINTS * _lines(line, widths[0]))
        top = len(lines) + 1
        tall = [1] * max(made.rows, 1)
        for place, (column, width) in enumerate(zip(made.columns, widths, strict=True)):
            sheet.set_column(place, place, width)
            self._cells(sheet, top + 1, place, column)
            for row, cell in enumerate(column.cells):
                if isinstance(cell, str) and len(cell) > width:
                    tall[row] = max(tall[row], _lines(cell, width))
        for row, number in enumerate(tall):
            if number > 1:
                sheet.set_row(top + 1 + row, LINE_POINTS * number)
        highest = max(_lines(column.heading, width) for column, width in zip(made.columns, widths, strict=True))
        sheet.set_row(top, LINE_POINTS * highest)
        bottom = top + len(tall)
        headings = [
            {"header": column.heading, "header_format": self.headings[any(isinstance(c, float) for c in column.cells)]}
            for column in made.columns
        ]
        options = {"name": _table_name(made.name), "columns": headings, "autofilter": False, "style": None}
        if sheet.add_table(top, 0, bottom, len(made.columns) - 1, options):
            raise AssertionError(made.name)
        sheet.repeat_rows(top)
        return sheet, top + 1

    def _cells(self, sheet: Any, first: int, place: int, column: SheetColumn) -> None:
        formats = column.formats or [""] * len(column.cells)
        for row, (cell, pattern) in enumerate(zip(column.cells or ["[z]"], formats or [""], strict=True), start=first):
            if isinstance(cell, str):
                sheet.write_string(row, place, cell, self.text)
            else:
                sheet.write_number(row, place, cell, self.number(pattern))


def _width(column: SheetColumn, least: int) -> int:
    """The width of a column in letters: that of its longest cell and of the longest word of its heading, in limits."""
    words = max(map(len, re.split(r"[\s-]", column.heading)))
    longest = max((len(cell) if isinstance(cell, str) else 12 for cell in column.cells), default=0)
    return min(max(least, words + 3, longest + 2), WIDEST)


def _lines(text: str, width: int) -> int:
    """How many lines a text takes in a column.

    Examples
    --------
    >>> _lines("Liverpool", 12), _lines("Core cities: median (range), lower", 12)
    (1, 4)
    """
    return 1 if len(text) <= width else min(len(textwrap.wrap(text, width)), MOST_LINES)


def _table_name(name: str) -> str:
    """A name for the table that spreadsheets accept.

    Examples
    --------
    >>> _table_name("Figure 3 life-expectancy-gap")
    'Table_of_Figure_3_life_expectancy_gap'
    """
    return "Table_of_" + re.sub(r"\W", "_", name)

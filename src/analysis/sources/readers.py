"""Read a publisher's file as it comes (CSV, workbook, GeoJSON) into lines of text, changing nothing that can be seen.

Numbers in workbooks are written with the shortest text that reads back as the same number, whole ones without ``.0``.
Cells that hold no figure though they look like one (errors, formulas that were never computed, dates that a spreadsheet
made) are kept apart, with their place: whoever needs such a cell refuses it.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from analysis.errors import DataError
from analysis.sources.formulas import spoilt_cells
from analysis.sources.text import visible

SEPARATORS = (",", ";", "\t", "|")
_COMMA_NUMBER = re.compile(r"[-+]?[0-9]{1,3}(?:,[0-9]+)+")
_UTF8_MARK = b"\xef\xbb\xbf"
_MARKS = ((b"\xff\xfe\0\0", "utf-32"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


@dataclass(frozen=True)
class Grid:
    """A publisher's table as it stands: every line a list of text, the first one line 1.

    ``where`` names file (and sheet) for sentences; ``spoilt`` says what is wrong with cells by (line, place from 0);
    ``notes`` say how the file was read where that is not a matter of course.
    """

    where: str
    lines: list[list[str]]
    spoilt: Mapping[tuple[int, int], str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def read_csv(path: Path, separator: str = ",") -> Grid:
    """Read comma separated values: UTF-8 with or without a mark, UTF-16, else Windows-1252.

    Raises
    ------
    DataError
        If the bytes are of no one encoding (with line and byte), or quotes are left open.
    """
    text, notes = decode(path.read_bytes(), path.name)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        lines = list(reader)
    except csv.Error as error:
        raise DataError(f"{path.name}, line {reader.line_num}: not a CSV: {error}. Check the file.") from error
    lines = [[cell.strip() for cell in line] for line in lines]
    if not text.isascii():
        lines = [[cell if cell.isascii() else visible(cell) for cell in line] for line in lines]
    spoilt = {}
    if separator != ",":
        notes = (*notes, f"cells are separated by {separator!r}")
    if separator == ";":
        told = "whether its comma is a decimal one or marks thousands is not guessed"
        spoilt = {
            (number, place): told
            for number, line in enumerate(lines, start=1)
            for place, cell in enumerate(line)
            if "," in cell and _COMMA_NUMBER.fullmatch(cell)
        }
    return Grid(path.name, lines, spoilt, notes)


def decode(content: bytes, name: str) -> tuple[str, tuple[str, ...]]:
    """The text of a file, and a note where it is not UTF-8.

    A file in which most signs are UTF-8 and one byte is not is of no encoding: it is refused, not read as another.

    Raises
    ------
    DataError
        Naming the line and the byte.
    """
    if content.startswith(b"PK\x03\x04"):
        raise DataError(f"{name}: this is a workbook or an archive, not text. Give it its own ending.")
    marked = content.startswith(_UTF8_MARK)
    content = content.removeprefix(_UTF8_MARK)
    encoding = next((known for mark, known in _MARKS if content.startswith(mark)), "utf-8")
    if encoding == "utf-8" and b"\0" in content[:1000]:
        encoding = "utf-16-le" if content[1:2] == b"\0" else "utf-16-be"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding != "utf-8":
            raise DataError(f"{name}: not {encoding.upper()} throughout: {error.reason}. Save it as UTF-8.") from error
        return _of_one_byte(content, name, error, marked), (f"{name} is read as Windows-1252",)
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise DataError(f"{name}, line {line}: a zero byte stands here; this is no text. Check the file.")
    return text, () if encoding == "utf-8" else (f"{name} is read as {encoding.upper()}",)


def _of_one_byte(content: bytes, name: str, error: UnicodeDecodeError, marked: bool) -> str:
    """The text in Windows-1252, if nothing of the file is UTF-8 and every byte is one of Windows-1252."""
    signs = re.findall(r"[^\x00-\x7f]", content.decode("utf-8", "surrogateescape"))
    mixed = marked or any(not "\udc80" <= sign <= "\udcff" for sign in signs)
    if not mixed:
        try:
            return content.decode("cp1252")
        except UnicodeDecodeError as other:
            error = other
    line, byte = content[: error.start].count(b"\n") + 1, content[error.start]
    raise DataError(
        f"{name}, line {line}: the byte {byte:#04x} belongs to no sign, though the rest of the file is "
        f"{'UTF-8' if mixed else 'Windows-1252'}. Correct the line, or ask the publisher for the file again."
    ) from error


class Workbook:
    """A publisher's workbook, its sheets read when they are asked for."""

    def __init__(self, path: Path) -> None:
        from python_calamine import CalamineError, CalamineWorkbook

        self.path = path
        try:
            self._book = CalamineWorkbook.from_path(path)
        except CalamineError as error:
            raise DataError(f"{path.name}: not a workbook: {error}. Check the file.") from error
        self.sheets: list[str] = list(self._book.sheet_names)
        self._grids: dict[str, Grid] = {}

    def sheet_named(self, name: str | None) -> str:
        """The sheet of that name (none named: the first); case, blanks, dashes and underscores may differ.

        Raises
        ------
        DataError
            If there is none, or several that differ no more than so.
        """
        if name is None:
            return self.sheets[0]
        found = [sheet for sheet in self.sheets if sheet == name]
        found = found or [sheet for sheet in self.sheets if _plain(sheet) == _plain(name)]
        if len(found) != 1:
            raise DataError(
                f"{self.path.name}: no sheet {name!r}; expected one of {', '.join(self.sheets)}. "
                "If the publisher has renamed it, correct the layout."
            )
        return found[0]

    def grid(self, name: str | None) -> Grid:
        """The cells of a sheet.

        Raises
        ------
        DataError
            If there is no such sheet.
        """
        sheet = self.sheet_named(name)
        if sheet not in self._grids:
            cells = self._book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
            lines = [[_cell_text(cell) for cell in line] for line in cells]
            spoilt = {
                (number, place): f"a spreadsheet has made a date of it ({lines[number - 1][place]})"
                for number, line in enumerate(cells, start=1)
                for place, cell in enumerate(line)
                if isinstance(cell, (dt.date, dt.time, dt.timedelta))
            }
            for (number, place), (text, told) in spoilt_cells(self.path, sheet).items():
                if number <= len(lines) and place < len(lines[number - 1]):
                    lines[number - 1][place] = text
                    spoilt[number, place] = told
            notes = () if name in (None, sheet) else (f"the sheet {name!r} is called {sheet!r}",)
            self._grids[sheet] = Grid(f"{self.path.name}, sheet {sheet!r}", lines, spoilt, notes)
        return self._grids[sheet]


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).casefold()


def _cell_text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell)
    if isinstance(cell, float):
        return f"{cell:.0f}" if cell.is_integer() else repr(cell)  # -0 stays, and is refused as what it is
    if isinstance(cell, (dt.datetime, dt.date)):
        return cell.isoformat()
    return visible(str(cell))

"""How a printed table fits its page: the width of its columns, the size of its letters, where long words break."""

from __future__ import annotations

import contextlib
import csv
import io
import math
import re
from collections.abc import Sequence
from typing import Any

from analysis.blocks import Column, Table
from analysis.errors import ReportError

# How many letters a line of a table holds, by layout of the page (measured with the template's fonts; capitals, m
# and w count more). A cell's padding takes as much room as two letters.
_CAPACITY = {"normal": 98, "small": 108, "landscape": 168}
_CELL_PADDING = 2
_WIDEST_NATURAL = 44
_LONGEST_WORD = 24
_UNBROKEN_LINES = 18
_BROAD = re.compile(r"[A-Zmw%@&]")
_FLAGGED = re.compile(r"(?<=[\d%]) (?=\[)")
_RANGE = re.compile(r"(?<=\d) to (?=[−+\d])")
_BREAK_AFTER = re.compile(r"(?<=[/._?&=:;,-])(?=\w)")


def table_layout(table: Table) -> dict[str, Any]:
    """Choose how a table is set: its columns' shares of the width, the size of its letters, the turn of its page.

    A column's natural width is that of its longest cell (at most 44 characters), times the column's ``width``;
    it is never narrower than its longest word. The layout is the first of normal, small and landscape that holds
    the longest words of all columns side by side, without wrapping much.

    Parameters
    ----------
    table : Table

    Returns
    -------
    dict
        ``columns`` (heading, align, share), ``layout``, ``glued`` (for :func:`breakable`), ``breaks`` (may go over
        pages) and ``rows_break`` (so may a row).

    Raises
    ------
    ReportError
        If even a landscape page cannot hold the longest words of all columns side by side.
    """
    with contextlib.suppress(ReportError):
        glued = _layout_of(table, glued=True)
        if glued["layout"] != "landscape":
            return glued
    return _layout_of(table, glued=False)


def _layout_of(table: Table, *, glued: bool) -> dict[str, Any]:
    """The layout with flags and ranges kept on one line, or not, which may save a table from lying on its side."""
    texts = [
        [column.heading, *(breakable(row[place], glued=glued) for row in table.rows)]
        for place, column in enumerate(table.columns)
    ]
    needed = [_needed(given, column) for given, column in zip(table.columns, texts, strict=True)]
    natural = [
        max(need, min(max(map(_letters, column)), _WIDEST_NATURAL) * given.width + _CELL_PADDING)
        for need, column, given in zip(needed, texts, table.columns, strict=True)
    ]
    layout = _layout(table.title, math.fsum(needed), math.fsum(natural))
    shares = _shares(needed, natural, _CAPACITY[layout])
    rooms = [share * _CAPACITY[layout] - _CELL_PADDING for share in shares]
    lines = [max(math.ceil(_letters(cell) / room) for cell, room in zip(row, rooms, strict=True)) for row in table.rows]
    columns = [
        {"heading": column.heading, "align": column.align, "share": share}
        for column, share in zip(table.columns, shares, strict=True)
    ]
    return {
        "columns": columns,
        "layout": layout,
        "glued": glued,
        "breaks": sum(lines) > _UNBROKEN_LINES,
        "rows_break": max(lines, default=0) > _UNBROKEN_LINES,
    }


def _layout(title: str, needed: float, natural: float) -> str:
    for layout, capacity in _CAPACITY.items():
        if needed <= capacity and (natural <= 1.6 * capacity or layout == "landscape"):
            return layout
    raise ReportError(
        f"table '{title}' is too wide: its columns need {needed:.0f} characters side by side and a landscape page "
        f"holds {_CAPACITY['landscape']}; use fewer columns or shorter words."
    )


def _shares(needed: Sequence[float], natural: Sequence[float], capacity: float) -> list[float]:
    """Divide the width: every column gets what its longest word needs, the rest goes by natural width."""
    wanted = [n - need for n, need in zip(natural, needed, strict=True)]
    rest = capacity - math.fsum(needed)
    total = math.fsum(wanted) or 1.0
    every = math.fsum(natural)
    if every <= capacity:
        return [round(n / every, 4) for n in natural]
    return [round((need + rest * want / total) / capacity, 4) for need, want in zip(needed, wanted, strict=True)]


def _needed(column: Column, texts: Sequence[str]) -> float:
    """The least width of a column: its longest word, or the whole text of cells that name their row."""
    words = texts if column.row_header else [word for text in texts for word in re.split(r"[ \n-]", text)]
    return min(max(map(_letters, words), default=0), _LONGEST_WORD) + _CELL_PADDING


def _letters(text: str) -> float:
    return len(text) + 0.4 * len(_BROAD.findall(text))


def breakable(text: str, *, glued: bool = True) -> str:
    """Let an address or a hash break at the edge of its cell, by zero-width spaces in words of over 24 letters.

    Where ``glued``, flags stay on the line of their number, and a short range on one line.

    Examples
    --------
    >>> breakable("https://www.gov.uk/government/statistics").split(chr(0x200B))
    ['https://', 'www.', 'gov.', 'uk/', 'government/', 'statistics']
    """
    words = text.split()
    text = " ".join(_broken(word) if len(word) > _LONGEST_WORD else word for word in words)
    if not glued:
        return text
    text = _FLAGGED.sub("\u00a0", text)
    return _RANGE.sub("\u00a0to\u00a0", text) if len(text) <= _LONGEST_WORD else text


def _broken(word: str) -> str:
    parts = _BREAK_AFTER.split(word)
    return "\u200b".join(part[at : at + 12] for part in parts for at in range(0, max(len(part), 1), 12))


def table_csv(table: Table) -> str:
    """The table as CSV text, headings first, as it is printed.

    Examples
    --------
    >>> table = Table("Wards", [Column("Ward"), Column("Score")], [["Anfield", "67.0"]], source="ONS")
    >>> table_csv(table).splitlines()
    ['Ward,Score', 'Anfield,67.0']
    """
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([[c.heading for c in table.columns], *table.rows])
    return text.getvalue()

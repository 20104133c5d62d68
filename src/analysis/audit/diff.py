"""What differs between two versions of a table, or of another file: rows, cells, the first differing line of a text.

Rows of a table are matched by what they are, never by their place. Tables are compared cell by cell as text, every
column of them: it is the bytes that must be the same. (Which numbers changed between two builds, and why, is told by
:mod:`analysis.audit.causes`.)
"""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import PurePath

from analysis.audit.receipt import sha256

TABLES = (".csv",)
TEXTS = (".svg", ".html", ".ipynb", ".json", ".yml", ".md", ".txt")
PLOTTED_KEY = ("indicator", "area_code", "geography", "period_start", "period_end", "sex", "age", "release")
AROUND = 40
MOST = 1000
Row = Mapping[str, str]


def match_rows(
    before: Iterable[dict[str, str]], after: Iterable[dict[str, str]], keys: Iterable[Sequence[str]]
) -> tuple[list[tuple[dict[str, str], dict[str, str]]], list[dict[str, str]], list[dict[str, str]]]:
    """Pairs of rows that are the same by the first key, then by the next; what is left over before, and after.

    Of several rows that a later key cannot tell apart the last is taken, which is of the latest release.

    Examples
    --------
    >>> match_rows([{"of": "a", "place": "1"}], [{"of": "b", "place": "1"}, {"of": "a", "place": "2"}], [("of",)])
    ([({'of': 'a', 'place': '1'}, {'of': 'a', 'place': '2'})], [], [{'of': 'b', 'place': '1'}])
    """
    pairs: list[tuple[dict[str, str], dict[str, str]]] = []
    gone, new = [*before], [*after]
    for key in keys:
        left, right = ({tuple(row[name] for name in key): row for row in rows} for rows in (gone, new))
        pairs += [(left[at], right[at]) for at in left if at in right]
        taken = {id(row) for pair in pairs for row in pair}
        gone, new = ([row for row in rows if id(row) not in taken] for rows in (gone, new))
    return pairs, gone, new


@dataclass(frozen=True)
class Difference:
    """One thing that differs: in which file, row and column, and what was expected and found there."""

    file: str
    row: str = ""
    column: str = ""
    expected: str = ""
    found: str = ""
    note: str = ""

    def __str__(self) -> str:
        """One line for the terminal."""
        place = ", ".join(part for part in (self.file, self.row, self.column) if part)
        known = self.expected or self.found
        change = f"expected {self.expected or 'nothing'}, found {self.found or 'nothing'}" if known else ""
        return ": ".join(part for part in (place, change) if part) + (f" ({self.note})" if self.note else "")

    def plain(self) -> dict[str, str]:
        """For machines."""
        return asdict(self)


def compare_files(name: str, before: bytes, after: bytes, key: Sequence[str] = ()) -> list[Difference]:
    r"""Every difference of two versions of a table; of another file the first differing line, or its hashes.

    Parameters
    ----------
    name : str
        The file as the user knows it; its suffix says how it is compared.
    before, after : bytes
        What was expected and what is found.
    key : sequence of str
        Columns that tell the rows of a table apart; where they do not, the row's number names it.

    Examples
    --------
    >>> for line in compare_files("a.csv", b"ward,score\nHill,1\n", b"ward,score\nHill,2\n", ["ward"]):
    ...     print(line)
    a.csv, Hill, score: expected 1, found 2
    >>> print(compare_files("a.svg", b"<svg>\n<a/>\n", b"<svg>\n<b/>\n")[0])
    a.svg, line 2: expected <a/>, found <b/>
    """
    if before == after:
        return []
    suffix = PurePath(name).suffix
    found: list[Difference] = []
    if suffix in TABLES:
        found = _compare_tables(name, before, after, key)
    if not found and suffix in (*TABLES, *TEXTS):
        found = _first_line(name, before, after)
    return found or [hashes_differ(name, sha256(before), sha256(after))]


def hashes_differ(name: str, before: str, after: str, note: str = "") -> Difference:
    """A file of which the hashes alone are compared."""
    return Difference(name, "", "sha256", _short(before), _short(after), note)


def _short(digest: str) -> str:
    return f"{digest[:12]}…" if digest else ""


def _compare_tables(name: str, before: bytes, after: bytes, key: Sequence[str]) -> list[Difference]:
    """Rows and cells that differ; nothing where either is no table."""
    try:
        old, new = _cells(before), _cells(after)
    except (csv.Error, UnicodeDecodeError):
        return []
    if not old or not new or any(len(row) != len(table[0]) for table in (old, new) for row in table):
        return []
    found = [Difference(name, "heading", column, column, "") for column in old[0] if column not in new[0]]
    found += [Difference(name, "heading", column, "", column) for column in new[0] if column not in old[0]]
    columns = [column for column in new[0] if column in old[0]]
    left, right = _named_rows(old, new, key)
    for row in {**left, **right}:
        if row in left and row in right:
            cells = ((column, left[row][column], right[row][column]) for column in columns)
            found += [Difference(name, row, column, was, now) for column, was, now in cells if was != now]
        else:
            note = "the row is missing" if row in left else "the row was not expected"
            found.append(Difference(name, row, note=note))
    return found[:MOST]


def _named_rows(
    old: list[list[str]], new: list[list[str]], key: Sequence[str]
) -> tuple[dict[str, dict[str, str]], dict[str, dict[str, str]]]:
    """Rows of both tables by one name each: the key given, the key of plotted rows, the first column, or the number."""
    for columns in (key, [name for name in PLOTTED_KEY if name in old[0]], old[0][:1]):
        if columns and {*columns} <= {*old[0]} & {*new[0]}:
            named = [
                {" ".join(row[column] for column in columns if row[column]): row for row in _records(table)}
                for table in (old, new)
            ]
            if all(len(rows) == len(table) - 1 for rows, table in zip(named, (old, new), strict=True)):
                return named[0], named[1]
    numbered = [{f"row {at}": row for at, row in enumerate(_records(table), start=2)} for table in (old, new)]
    return numbered[0], numbered[1]


def _cells(content: bytes) -> list[list[str]]:
    limit = csv.field_size_limit(min(sys.maxsize, 2**31 - 1))  # outlines are long cells
    try:
        return list(csv.reader(io.StringIO(content.decode("utf-8"), newline=""), strict=True))
    finally:
        csv.field_size_limit(limit)


def read_rows(content: bytes) -> list[dict[str, str]]:
    """The rows of a CSV table, every cell as text."""
    return _records(_cells(content))


def _records(table: list[list[str]]) -> list[dict[str, str]]:
    return [dict(zip(table[0], row, strict=True)) for row in table[1:]]


def _first_line(name: str, before: bytes, after: bytes) -> list[Difference]:
    old, new = (
        content.decode("utf-8", errors="backslashreplace").splitlines(keepends=True) for content in (before, after)
    )
    for number, pair in enumerate(_padded(old, new), start=1):
        if pair[0] != pair[1]:
            start = next((at for at, (a, b) in enumerate(zip(*pair, strict=False)) if a != b), min(map(len, pair)))
            shown = [_part(text, start) for text in pair]
            if shown[0] == shown[1]:
                shown = [repr(text[-AROUND:]) for text in pair]
            return [Difference(name, f"line {number}", "", shown[0], shown[1])]
    return []


def _padded(old: list[str], new: list[str]) -> list[tuple[str, str]]:
    longest = max(len(old), len(new))
    return list(zip(old + [""] * (longest - len(old)), new + [""] * (longest - len(new)), strict=True))


def _part(text: str, start: int) -> str:
    """The letters of a line around the place ``start``."""
    left, right = max(0, start - AROUND), start + AROUND
    shown = text[left:right].strip()
    return f"{'…' if left else ''}{shown}{'…' if right < len(text.rstrip()) else ''}"

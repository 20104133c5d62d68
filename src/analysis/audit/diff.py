"""What differs between two builds of an edition's tables, or two versions of a file.

Rows of a table are matched by what they are (:data:`analysis.tables.contract.ROW_KEYS`), never by their place. Two
builds are compared number by number, with flags and results, and :mod:`analysis.audit.causes` says why each differs;
two versions of a file cell by cell as text, every column of it: there it is the bytes that must be the same.
"""

from __future__ import annotations

import csv
import io
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from analysis.audit.receipt import sha256
from analysis.errors import DataError, UsageError, one_of
from analysis.paths import Project
from analysis.tables.stamps import Stamp, read_stamp

if TYPE_CHECKING:
    from analysis.audit.causes import Causes
    from analysis.catalogue.load import Catalogue

TABLES = (".csv",)
TEXTS = (".svg", ".html", ".ipynb", ".json", ".yml", ".md", ".txt")
PLOTTED_KEY = ("indicator", "area_code", "geography", "period_start", "period_end", "sex", "age", "release")
AROUND = 40
MOST = 1000
SCHEMA = 1
CAUSES = {
    "new": "a series that the other has no figure of",
    "gone": "a series that the later one has no figure of any more",
    "new period": "a period later than any in the other, or replaced by a later one",
    "baseline": "another baseline to measure change from, or the first one",
    "revised data": "the same period, from another release of its source",
    "correction": "the same release, whose raw table or our corrections differ",
    "other weights": "the same data, averaged, shared out or ranked by other residents or another index",
    "geography": "other areas, or other lookups, outlines and residents by which figures are shared out",
    "method": "another source, definition, or code",
    "cut-off": "a flag by the day of the edition: whether a later release stands in, or was revised since",
    "position": "the same row, at another place of a ranked list",
    "follows": "a summary of the above, or of what the edition names: its plans, its seed",
    "not known": "none of these differs",
}
Row = Mapping[str, str]


@dataclass(frozen=True)
class Change:
    """A number, flag or result that differs between two builds: where, what it was and is, and why."""

    table: str
    indicator: str
    row: str
    column: str
    before: str
    after: str
    cause: str


@dataclass(frozen=True)
class Build:
    """A built edition: its name or folder, the rows of its tables with every cell as text, what it was made from."""

    name: str
    tables: Mapping[str, list[dict[str, str]]]
    stamp: Stamp


def open_build(project: Project, name: str) -> Build:
    """A built edition by its id, or by the path of a folder of tables (an earlier build that was kept aside).

    Raises
    ------
    UsageError
        If it is neither.
    DataError
        If the folder has no stamp: then nobody knows what it was made from.
    """
    folder = project.processed / name if "/" not in name else Path(name)
    if not (folder / "indicators.csv").is_file():
        built = sorted(path.parent.name for path in project.processed.glob("*/indicators.csv"))
        raise UsageError(
            f"diff: {name!r} is neither a built edition nor a folder of tables; expected {one_of(built)}, or a path. "
            "Build an edition with: sotc build EDITION."
        )
    stamp = read_stamp(folder)
    if stamp is None:
        raise DataError(
            f"{project.shown(folder)}: no inputs.json that can be read, so no cause is known. Build it again."
        )
    tables = {path.stem: _records(_cells(path.read_bytes())) for path in sorted(folder.glob("*.csv"))}
    return Build(name, tables, stamp)


def diff_builds(before: Build, after: Build, catalogue: Catalogue) -> list[Change]:
    """List every number, flag and result that differs, with its cause.

    Parameters
    ----------
    before, after : Build
    catalogue : Catalogue
        Says which sources stand behind an indicator, and which are lookups and outlines.

    Returns
    -------
    list of Change
        One for each cell that differs; for a row that was added (``before`` empty) or left out (``after`` empty) one
        for its value, or for each of its numbers where it has no column of that name; one for each other place in a
        ranked list. In the order of the tables; the cause is one of ``causes.CAUSES``, which says what each means.
    """
    from analysis.audit.causes import Causes
    from analysis.tables.contract import ROW_KEYS

    causes = Causes(before, after, catalogue)
    both = [name for name in ROW_KEYS if name in before.tables and name in after.tables]
    return [one for name in both for one in _changes(name, before.tables[name], after.tables[name], causes)]


def _changes(table: str, before: list[dict[str, str]], after: list[dict[str, str]], causes: Causes) -> Iterator[Change]:
    """The differences of one table."""
    from analysis.tables.contract import PLACES, ROW_KEYS

    keys = ROW_KEYS[table]
    place = PLACES.get(table, "")
    columns = [
        column
        for column in (after or before or [{}])[0]
        if column not in (*keys[0], place) and all(column in rows[0] for rows in (before, after) if rows)
    ]
    numbers = [column for column in columns if _is_number(column, before, after)]
    told = [column for column in columns if column in numbers or column == "flag" or column.endswith("_result")]

    def line(row: Row, column: str, old: str, now: str, cause: str) -> Change:
        named = " ".join(row[name] for name in keys[0] if row[name] and name not in ("indicator", "measure"))
        return Change(table, indicator_of(row), named, column, old, now, cause)

    pairs, gone, new = match_rows(before, after, keys)
    for old, now in pairs:
        for column in told:
            if old[column] != now[column]:
                yield line(now, column, old[column], now[column], causes.of_change(table, old, now, column))
        if place and old[place] != now[place]:
            yield line(now, place, old[place], now[place], "position")
    main = ["value"] if "value" in numbers else numbers
    for row, added in [*((row, False) for row in gone), *((row, True) for row in new)]:
        cause = causes.of_row(table, row, added=added)
        for column in main:
            if row[column]:
                yield line(row, column, *(("", row[column]) if added else (row[column], "")), cause)


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


def indicator_of(row: Row) -> str:
    """The indicator that a row is of; empty where it is of none."""
    return row.get("indicator", row.get("measure", ""))


def _is_number(column: str, *tables: list[dict[str, str]]) -> bool:
    """Whether a column is one of numbers: by its name, or since every cell that is filled is one."""
    from analysis.tables.contract import NUMBERS

    if column in NUMBERS:
        return True
    filled = {row[column] for rows in tables for row in rows} - {""}
    try:
        return bool([float(cell) for cell in filled])
    except ValueError:
        return False


def describe_changes(changes: Sequence[Change], *, every: bool = False) -> list[str]:
    """The lines that a reader sees: counts by cause, by indicator and table; with ``every`` each change too.

    Without it the last line says how to list them.
    """
    if not changes:
        return ["No number differs."]
    counts = Counter(one.cause for one in changes)
    lines = [f"{len(changes)} differences"]
    lines += [f"  {cause}: {counts[cause]} ({means})" for cause, means in CAUSES.items() if cause in counts]
    groups: dict[tuple[str, str], list[Change]] = {}
    for one in changes:
        groups.setdefault((one.table, one.indicator), []).append(one)
    for named, own in groups.items():
        said = ", ".join(f"{cause} {count}" for cause, count in Counter(one.cause for one in own).most_common())
        lines.append(f"{' '.join(named).strip()}: {said}")
        if every:
            lines += [
                f"  {one.row}, {one.column}: {one.before or 'none'} -> {one.after or 'none'} ({one.cause})"
                for one in own
            ]
    if not every:
        lines.append("These are counts: add --all to list every number, or --json for machines.")
    return lines


def changes_as_data(before: Build, after: Build, changes: Sequence[Change]) -> dict[str, Any]:
    """The changes for machines, as ``docs/schemas/diff-1.json`` describes them."""
    return {
        "schema": SCHEMA,
        "before": before.name,
        "after": after.name,
        "changes": [asdict(one) for one in changes],
    }


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

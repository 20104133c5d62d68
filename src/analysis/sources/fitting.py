"""Find the layout that a publisher's file is in: by its headings, wherever they stand and whatever hangs on them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.catalogue.source import Block, Layout, Melt, RawTable
from analysis.errors import CellError, DataError
from analysis.sources.formulas import column_letters
from analysis.sources.geojson import read_geojson
from analysis.sources.readers import SEPARATORS, Grid, Workbook, read_csv
from analysis.sources.text import heading_key, without_notes

ENDINGS = {"csv": ("csv", "txt", "tsv"), "xlsx": ("xlsx", "xlsm"), "geojson": ("geojson", "json")}
DEEPEST_HEADING = 40
_DASH = re.compile("[\u2010-\u2015\u2212]")
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")


class NearlyFitsError(DataError):
    """A publisher's file has most of the headings of a layout, but not all: it was changed or cut."""


@dataclass(frozen=True)
class Published:
    """A publisher's table under the headings of a layout: text, a row for each line, and where each row stands.

    ``where`` and ``lines`` give file (and sheet) and line of each row; ``alone`` the rows of which only the first cell
    is filled; ``spoilt`` what is wrong with cells by (row, heading); ``places`` the column of a heading in the file;
    ``notes`` what was read otherwise than it stands.
    """

    cells: pd.DataFrame
    where: np.ndarray
    lines: np.ndarray
    alone: frozenset[int] = frozenset()
    spoilt: Mapping[tuple[int, str], str] = field(default_factory=dict)
    places: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, cells: pd.DataFrame, name: str) -> Published:
        """A table whose headings stand on line 1 of a file."""
        lines = np.arange(2, len(cells) + 2)
        return cls(cells.reset_index(drop=True), np.full(len(cells), name, dtype=object), lines)

    def complain(self, row: int, heading: str, problem: str) -> CellError:
        """The complaint about a cell, where it stands in the publisher's file."""
        cell = f"cell {column_letters(self.places[heading])}{self.lines[row]}: " if heading in self.places else ""
        return CellError(str(self.where[row]), int(self.lines[row]), heading, cell + problem)


def stacked(parts: Sequence[Published]) -> Published:
    """Tables one below the other; a heading that one of them lacks is left blank."""
    if len(parts) == 1:
        return parts[0]
    starts = np.cumsum([0, *(len(part.cells) for part in parts)])
    pairs = list(zip(starts, parts, strict=False))
    return Published(
        pd.concat([part.cells for part in parts], ignore_index=True).fillna(""),
        np.concatenate([part.where for part in parts]),
        np.concatenate([part.lines for part in parts]),
        frozenset(int(start) + row for start, part in pairs for row in part.alone),
        {(int(start) + row, name): told for start, part in pairs for (row, name), told in part.spoilt.items()},
        parts[0].places,
        tuple(dict.fromkeys(note for part in parts for note in part.notes)),
    )


class PublishedFile:
    """A file of a publisher, read once for every layout that is tried."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._book: Workbook | None = None
        self._csv: dict[str, Grid] = {}
        self._features: pd.DataFrame | None = None

    def grids(self, layout: Layout, sheet: str | None) -> Iterator[Grid]:
        """The cells of the sheet; of a CSV, once for each separator."""
        if layout.format == "xlsx":
            self._book = self._book or Workbook(self.path)
            yield self._book.grid(sheet)
            return
        for separator in SEPARATORS:
            try:
                if separator not in self._csv:
                    self._csv[separator] = read_csv(self.path, separator)
            except DataError:
                if separator == SEPARATORS[0]:
                    raise
                continue
            yield self._csv[separator]

    def features(self) -> pd.DataFrame:
        """The features of a GeoJSON."""
        if self._features is None:
            self._features = read_geojson(self.path)
        return self._features


def fitting(file: PublishedFile, table: RawTable, release: str) -> tuple[Layout, Published]:
    """The first layout of the release whose headings the file has, with the file's table.

    Raises
    ------
    NearlyFitsError
        If no layout fits, and the file has most headings of one; or a heading that is needed stands twice.
    DataError
        If no layout fits.
    """
    name = file.path.name
    misses, near = [], False
    for layout in table.layouts:
        if layout.releases and release not in layout.releases:
            continue
        if file.path.suffix.lower().lstrip(".") not in ENDINGS[layout.format]:
            misses.append(f"{layout.name} is a {layout.format} file")
            continue
        try:
            return layout, _laid_out(file, layout)
        except NearlyFitsError as error:
            misses.append(str(error))
            near = True
        except DataError as error:
            misses.append(str(error))
    kind = NearlyFitsError if near else DataError
    told = "; ".join(dict.fromkeys(misses)) or "none is declared"
    raise kind(f"{name} fits no layout of release {release} ({told}).")


def needed(layout: Layout) -> list[str]:
    """The headings that a layout reads, but for those that it melts by a pattern."""
    headings = [*layout.columns.values(), *(where.column for where in layout.where)]
    headings += [column for parts in layout.sum_columns.values() for column in parts]
    headings = [part for heading in headings for part in layout.first_of.get(heading, (heading,))]
    return list(dict.fromkeys(heading for heading in headings if heading != "block" or not layout.blocks))


def _laid_out(file: PublishedFile, layout: Layout) -> Published:
    if layout.format == "geojson":
        features = file.features()
        table = Published.of(features, file.path.name)
        absent = [heading for heading in needed(layout) if heading not in features]
        if absent:
            raise _absent(layout, absent, needed(layout))
        return table
    if not layout.blocks:
        return _fitted(file, layout, None)
    return stacked([_fitted(file, layout, block) for block in layout.blocks])


def _fitted(file: PublishedFile, layout: Layout, block: Block | None) -> Published:
    """The table under the layout's headings: where it says, else on the one other line that has them all."""
    best: DataError | None = None
    for grid in file.grids(layout, block.sheet if block else layout.sheet):
        try:
            number = _heading_line(grid, layout, block)
            return _table(grid, number, layout, block)
        except NearlyFitsError as error:
            best = error if not isinstance(best, NearlyFitsError) else best
        except DataError as error:
            best = best or error
    if best is None:
        raise DataError(f"{file.path.name} holds nothing")
    raise best


def _heading_line(grid: Grid, layout: Layout, block: Block | None) -> int:
    """The number of the line that holds the headings (from 1)."""
    wanted = _wanted(layout, block)
    keys = {heading_key(heading) for heading in wanted}

    def fits(line: Sequence[str]) -> bool:
        own = _own_names(line, layout, block)
        return keys <= {heading_key(name) for name in own.values()} and _melts(own.values(), layout)

    at = layout.header_row
    if len(grid.lines) >= at and fits(grid.lines[at - 1]):
        return at
    found = [number for number, line in enumerate(grid.lines[:DEEPEST_HEADING], start=1) if fits(line)]
    if len(found) == 1:
        return found[0]
    if len(found) > 1:
        raise NearlyFitsError(f"{grid.where}: the headings stand on lines {' and '.join(map(str, found))}")
    if len(grid.lines) < at:
        raise DataError(f"{grid.where}: {len(grid.lines)} rows; expected the heading on row {at}")
    have = {heading_key(name) for name in _own_names(grid.lines[at - 1], layout, block).values()}
    absent = [heading for heading in wanted if heading_key(heading) not in have]
    if not absent and layout.melt:
        absent = [str(layout.melt.get("headings"))]
    raise _absent(layout, absent, wanted)


def _absent(layout: Layout, absent: Sequence[str], wanted: Sequence[str]) -> DataError:
    kind = NearlyFitsError if len(set(absent)) <= len(set(wanted)) / 4 else DataError
    return kind(f"{layout.name} needs the column {absent[0]!r}")


def _wanted(layout: Layout, block: Block | None) -> list[str]:
    """What a line of headings must have: all that is read or, of blocks, what tells rows apart."""
    return needed(layout) if block is None else [where.column for where in layout.where]


def _own_names(line: Sequence[str], layout: Layout, block: Block | None) -> dict[int, str]:
    """The headings of a line by place, without the prefix of a block; those of other blocks are left out."""
    if block is None:
        return dict(enumerate(line))
    others = tuple(prefix for other in layout.blocks for prefix in other.prefixes)
    names = {}
    for place, heading in enumerate(line):
        name = without_notes(heading)
        own = next((prefix for prefix in block.prefixes if name.startswith(prefix)), None)
        if own is not None or not name.startswith(others or ("\0",)):
            names[place] = name.removeprefix(own or "")
    return names


def melted(names: Iterable[str], layout: Layout) -> dict[str, str]:
    """Headings that a layout melts by a pattern, each with what it says without notes and with a plain hyphen."""
    if layout.melt is None or "headings" not in layout.melt:
        return {}
    pattern = re.compile(str(layout.melt["headings"]), re.ASCII)
    plain = {name: _DASH.sub("-", without_notes(name)) for name in names}
    return {name: text for name, text in plain.items() if pattern.fullmatch(text)}


def _melts(names: Iterable[str], layout: Layout) -> bool:
    return layout.melt is None or "headings" not in layout.melt or bool(melted(names, layout))


def _table(grid: Grid, number: int, layout: Layout, block: Block | None) -> Published:
    """The rows below the headings, under the layout's names; headings that it needs stand once."""
    heading = grid.lines[number - 1]
    own = _own_names(heading, layout, block)
    notes = list(grid.notes)
    if number != layout.header_row:
        notes.append(f"the headings stand on line {number}, not {layout.header_row}")
    names: list[tuple[int, str]] = []
    places: dict[str, int] = {}
    titles = {heading_key(name): name for name in needed(layout)}
    periods = melted(own.values(), layout)
    for place, name in own.items():
        title = titles.get(heading_key(name)) or periods.get(name)
        if title is None and name and periods and layout.melt:
            _check_left_out(name, layout.melt, grid.where)
        if title is not None and title in places:
            letters = f"{column_letters(places[title])} and {column_letters(place)}"
            raise NearlyFitsError(
                f"{grid.where}, line {number}: the heading {title!r} stands twice, in columns {letters}: which of them "
                "is meant is not guessed. Leave out the other column, or write a layout that tells them apart"
            )
        if title is not None:
            places[title] = place
            names.append((place, title))
            if title != name and block is None:
                notes.append(f"the heading {name!a} is read as {title!r}")
    rows, lines, alone = _rows(grid, number, len(heading))
    table = pd.DataFrame(
        {title: [row[place] for row in rows] for place, title in names}, index=range(len(rows)), dtype=str
    )
    if block is not None:
        table["block"] = block.label
    at = {line: row for row, line in enumerate(lines)}
    titled = dict(names)
    spoilt = {
        (at[line], titled[place]): told for (line, place), told in grid.spoilt.items() if line in at and place in titled
    }
    if any(place in titled and line == number for line, place in grid.spoilt):
        raise NearlyFitsError(f"{grid.where}, line {number}: a heading is no text but a date or an error")
    inside = sorted(row for row in alone if any(other not in alone for other in range(row + 1, len(rows))))
    notes += [f"line {lines[row]} holds only {rows[row][0]!r} and is left out" for row in inside]
    return Published(
        table,
        np.full(len(rows), grid.where, dtype=object),
        np.array(lines, dtype=np.int64),
        frozenset(alone),
        spoilt,
        places,
        tuple(notes),
    )


def _check_left_out(name: str, melt: Melt, where: str) -> None:
    """Refuse a heading beside melted ones that names a year: what stands under it would be lost."""
    if _YEAR.search(name) and not re.fullmatch(melt.get("beside", "(?!)"), without_notes(name), re.ASCII):
        raise NearlyFitsError(
            f"{where}: the heading {name!a} names a year and is none of {melt.get('headings')!r}: what stands under it "
            "would be lost. Correct the heading, or declare it in the layout"
        )


def _rows(grid: Grid, number: int, width: int) -> tuple[list[list[str]], list[int], set[int]]:
    """The lines below the headings that hold anything, their numbers, and which of them hold their first cell alone."""
    rows: list[list[str]] = []
    lines: list[int] = []
    alone: set[int] = set()
    for line, cells in enumerate(grid.lines[number:], start=number + 1):
        filled = [place for place, cell in enumerate(cells) if cell]
        if not filled:
            continue
        if filled[-1] >= width or 1 < len(cells) < width:
            raise NearlyFitsError(
                f"{grid.where}: row {line} has {len(cells)} cells, the heading has {width}. Check the file"
            )
        if filled == [0] and width > len("AB"):
            alone.add(len(rows))
        rows.append(cells[:width] + [""] * (width - len(cells)))
        lines.append(line)
    return rows, lines, alone

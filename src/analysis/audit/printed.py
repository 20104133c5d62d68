"""The rows behind the cells of a printed table, and behind what a figure plots that is no row of ``indicators.csv``.

A printed cell is text. Its row is named only where one row of the tables, and no other, is about the same thing (by the
words of the cell's row and column) and its value prints to that text; a column of areas only where one series prints
to every cell of it. For the other cells it is said that none is named.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from analysis.audit.opened import Opened
from analysis.tables.query import TableRow, Tables, agrees
from analysis.words import citation, period_words

LEAST_AREAS, LEAST_DIFFERENT, LEAST_SHARED = 10, 5, 5
SERIES = ("indicator", "period_start", "period_end", "sex", "age", "source", "release")
Columns = tuple[str, ...]
LIMITS = ("lower_ci95", "upper_ci95")
FIFTHS = {"Most deprived fifth": "fifth_1", "Least deprived fifth": "fifth_5", "Gap (95% interval)": "gap"}
SEXES = {"women": "female", "females": "female", "men": "male", "males": "male"}
_NUMBER = re.compile(r"[+−-]?£?\d")
_ALONE = re.compile(r"[+−-]?£?\d[\d,.]*")
_DATED = re.compile(r"(?P<value>.*\S) \((?P<period>[^()]*\d{4}[^()]*)\)")
_RANGE = re.compile(r"(\S+) to (\S+)")
_YEARS = re.compile(r"\d{4}(?:/\d\d)?")


@dataclass(frozen=True)
class Cell:
    """A cell of a printed table, or a plotted row: its place, its text, and the row and columns that it prints."""

    at: str
    text: str
    row: TableRow
    columns: Columns


@dataclass
class Printed:
    """A printed table, read as its CSV."""

    opened: Opened
    tables: Tables
    title: str
    source: str
    heading: Sequence[str]
    rows: Sequence[Sequence[str]]

    def cells(self) -> list[Cell]:
        """The cells of which the row is known."""
        if self._of_wards:
            return list(self._by_area())
        return [cell for row in self.rows for cell in self._of_row(row)]

    def left(self, named: Sequence[Cell]) -> int:
        """How many cells that begin with a number are not named, those that say what a row is about aside."""
        places = [place for place, heading in enumerate(self.heading) if place and heading != "Period"]
        every = sum(bool(_NUMBER.match(row[place])) for row in self.rows for place in places)
        return every - sum(bool(_NUMBER.match(cell.text)) for cell in named)

    @cached_property
    def _of_wards(self) -> bool:
        """Whether each row is about a ward."""
        geography = self.opened.edition.ward_geography
        wards = {row.cells["area_name"] for row in self.tables.among("wards", "geography", [geography])}
        return len(self.rows) >= LEAST_AREAS and all(row[0] in wards for row in self.rows)

    @cached_property
    def _held(self) -> list[TableRow]:
        """The rows of ``indicators.csv`` that cells may print: of wards, or of the city and areas of the heading."""
        if self._of_wards:
            return self.tables.holding("indicators", [self.opened.edition.ward_geography])
        return self.tables.holding("indicators", [self.opened.place.code, *filter(None, self.heading)])

    @cached_property
    def _titles(self) -> dict[str, list[str]]:
        """The indicators of the edition by title, read without their definitions."""
        found: dict[str, list[str]] = {}
        for name in dict.fromkeys(row.cells["indicator"] for row in self._held):
            path = self.opened.project.definitions / "indicators" / f"{name}.yml"
            title = re.search(r"(?m)^title: (.*)$", path.read_text(encoding="utf-8"))
            if title:
                found.setdefault(title[1].strip("'\""), []).append(name)
        return found

    def _about(self, words: str) -> list[str]:
        """The indicators whose title words begin with: the longest such title."""
        titles = self._titles
        fitting = [
            title for title in titles if words.startswith(title) and re.match(rf"{re.escape(title)}(?:$|,| \()", words)
        ]
        return titles[max(fitting, key=len)] if fitting else []

    def _by_area(self) -> Iterator[Cell]:
        """The cells of a table of wards: a column is named where one series, and no other, prints to all of it."""
        series = self._series()
        before: dict[str, TableRow] = {}
        for place, heading in enumerate(self.heading[1:], start=1):
            texts = {row[0]: row[place] for row in self.rows}
            limits = "interval" in heading
            found: list[tuple[dict[str, TableRow], Columns]] = [(before, LIMITS)] if limits and before else []
            found += [] if limits else self._candidates(heading, series)
            fitting = [one for one in found if _all_print(texts, *one)]
            sure = len(fitting) == 1 and (limits or self._about(heading) or len({*texts.values()}) >= LEAST_DIFFERENT)
            before = fitting[0][0] if sure else {}
            for area, text in texts.items() if sure else ():
                if area in before:
                    yield Cell(f"{area}: {heading}", text, before[area], fitting[0][1])

    def _series(self) -> dict[tuple[str, ...], dict[str, TableRow]]:
        """Every series of wards that the source line cites, as rows by area."""
        cited = {
            (row.cells["source"], row.cells["release"])
            for row in self.tables.rows("sources")
            if citation(row.cells) in self.source
        }
        found: dict[tuple[str, ...], dict[str, TableRow]] = {}
        for row in self._held:
            cells = row.cells
            if (
                cells["geography"] == self.opened.edition.ward_geography
                and (cells["source"], cells["release"]) in cited
            ):
                found.setdefault(tuple(cells[name] for name in SERIES), {})[cells["area_name"]] = row
        return found

    def _candidates(
        self, heading: str, series: Mapping[tuple[str, ...], dict[str, TableRow]]
    ) -> Iterator[tuple[dict[str, TableRow], Columns]]:
        """What a column of wards may print: series of ``indicators.csv``, and columns of ``wards.csv``."""
        about = self._about(heading)
        sex = SEXES.get(heading.partition(":")[0].lower(), "")
        for rows in series.values():
            one = next(iter(rows.values())).cells
            period = period_words(one["period_start"], one["period_end"])
            if about and (one["indicator"] not in about or not heading.endswith(period)):
                continue
            if not sex or one["sex"] == sex:
                yield rows, ("value",)
        if about or sex:
            return
        years = set(_YEARS.findall(self.title))
        for release in dict.fromkeys(row.cells["release"] for row in self.tables.rows("wards")):
            if release[:4] in years:
                rows = {row.cells["area_name"]: row for row in self.tables.among("wards", "release", [release])}
                for column in ("small_areas", "small_areas_most_deprived_10pct"):
                    yield rows, (column,)
                yield rows, ("most_deprived_rank", "least_deprived_rank")

    def _of_row(self, row: Sequence[str]) -> Iterator[Cell]:
        """The cells of a row that names an indicator by its title."""
        label = next((cell for cell in row[:2] if self._about(cell)), "")
        if not label:
            return
        about = self._about(label)
        sex = next((sex for word, sex in SEXES.items() if f"({word})" in label), "")
        stated = row[self.heading.index("Period")] if "Period" in self.heading else label
        rows = [one for one in self._held if one.cells["indicator"] in about and sex in ("", one.cells["sex"])]
        areas = {one.cells["area_name"] for one in rows}
        last: TableRow | None = None
        columns: Columns
        for heading, text in zip(self.heading, row, strict=True):
            if text == label or not _NUMBER.match(text):
                continue
            if heading in FIFTHS:
                rows_there = self.tables.among("distribution", "indicator", about)
                found, columns = _dated(rows_there, label), (FIFTHS[heading],)
            elif "interval" in heading:
                found, columns = ([last] if last is not None else []), LIMITS
            elif heading == "Value":
                found, columns = _dated(self._together(about), stated), ("value",)
            elif heading in areas:
                own = [one for one in rows if one.cells["area_name"] == heading]
                same = [one for one in own if last is not None and _period(one) == _period(last)]
                found, columns = (_dated(own, stated) if _YEARS.search(stated) else same), ("value",)
            elif dated := _DATED.fullmatch(text):
                own = [one for one in rows if one.cells["area_code"] == self.opened.place.code]
                found, columns = _dated(own, dated["period"]), ("value",)
            else:
                continue
            fitting = [one for one in found if _prints(text, one, columns)]
            if len(fitting) == 1:
                last = fitting[0] if columns == ("value",) else last
                yield Cell(f"{label}: {heading}", text, fitting[0], columns)

    def _together(self, about: Sequence[str]) -> list[TableRow]:
        """The rows of wards taken together that the title names."""
        rows = self.tables.among("wards_together", "indicator", about)
        return [row for row in rows if self.title == f"{row.cells['area_name']}, together"]


def _period(row: TableRow) -> tuple[str, str]:
    return row.cells["period_start"], row.cells["period_end"]


def _dated(rows: Iterable[TableRow], words: str) -> list[TableRow]:
    """The rows whose period stands in words; else those of the years that words name."""
    told = [(row, period_words(*_period(row))) for row in rows]
    exact = [row for row, period in told if words == period or words.endswith(f", {period}")]
    years = set(_YEARS.findall(words))
    return exact or [row for row, period in told if years and years <= set(_YEARS.findall(period))]


def _all_print(texts: Mapping[str, str], rows: Mapping[str, TableRow], columns: Columns) -> bool:
    return all(area in rows and _prints(text, rows[area], columns) for area, text in texts.items())


def _prints(text: str, row: TableRow, columns: Columns) -> bool:
    """Whether cells of a row print to a text: one to a number, two to a range, an empty one to no number."""
    held = [row.cells[column] for column in columns]
    if not any(held):
        return not re.search(r"\d", text)
    if len(held) == 2:
        if held[0] == held[1] and _is(text, held[0]):
            return True
        found = _RANGE.search(text)
        return found is not None and all(_is(part, cell) for part, cell in zip(found.groups(), held, strict=True))
    number = _ALONE.match(text)
    return number is not None and _is(number[0], held[0])


def _is(text: str, cell: str) -> bool:
    text = text.removeprefix("+").rstrip(",.")
    return bool(cell) and _ALONE.fullmatch(text) is not None and agrees(text, float(cell))


def plotted_rows(tables: Tables, rows: Sequence[Mapping[str, str]]) -> list[TableRow | None]:
    """The row of any processed table that each plotted row is, by all the columns that they share.

    Only a table that shares at least five columns is asked, that which shares most first; a plotted row that equals
    no row, or several, has none.
    """
    found: list[TableRow | None] = [None] * len(rows)
    if not rows:
        return found
    for table, shared in _sharing(tables, set(rows[0])):
        held: dict[tuple[str, ...], list[TableRow]] = {}
        for row in tables.rows(table):
            held.setdefault(tuple(row.cells[name] for name in shared), []).append(row)
        for place, plotted in enumerate(rows):
            same = held.get(tuple(plotted[name] for name in shared), []) if found[place] is None else []
            found[place] = same[0] if len(same) == 1 else found[place]
        if None not in found:
            break
    return found


def _sharing(tables: Tables, columns: set[str]) -> list[tuple[str, list[str]]]:
    """The processed tables that share columns with a plotted one, those that share most first."""
    shared = []
    for path in sorted((tables.project.processed / tables.edition).glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as lines:
            own = [name for name in next(csv.reader(lines)) if name in columns]
        if (len(own) >= LEAST_SHARED and "value" in own) or len(own) > LEAST_SHARED:
            shared.append((path.stem, own))
    return sorted(shared, key=lambda pair: -len(pair[1]))

"""Numbers as they are printed: each from a reference, between marks that carry it until the block is put together.

What prints a number never states it: the text is made from the reference's value, the key is the reference's own, and
the words around it (period, sex, unit) are those of the same row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from math import isnan
from typing import Any, TypeVar

import pandas as pd

from analysis.blocks import Column, Explorer, Figure, Number, Release, Table, mark, place_numbers
from analysis.tables.loaded import LoadedEdition
from analysis.tables.reference import Reference, cell_of, judged
from analysis.words import counted, number_word, ordinal, range_words, rounded, source_line, with_unit

Row = Any  # one row of a processed table: a mapping or a Series
Form = Callable[[float], str]
Drawn = TypeVar("Drawn", Figure, Explorer)
NOT_AVAILABLE = "not available"
LIMITS = ("lower_ci95", "upper_ci95")


@dataclass(frozen=True)
class Cited:
    """What a block rests on: its source line, and the releases that the line names."""

    line: str
    releases: tuple[Release, ...] = ()


def cited(edition: LoadedEdition, used: Iterable[Release]) -> Cited:
    """Publisher, product and date of each (source, release) used, once each."""
    pairs = set(used)
    return Cited(source_line(edition.sources, pairs), tuple(sorted(pairs)))


def cited_for(edition: LoadedEdition, indicators: Iterable[str]) -> Cited:
    """Every release of which the edition has rows of some indicators."""
    known = edition.once(_releases)
    return cited(edition, (pair for name in set(indicators) for pair in known.get(name, ())))


def _releases(edition: LoadedEdition) -> dict[str, set[Release]]:
    """The releases of the rows of each indicator."""
    found: dict[str, set[Release]] = {}
    for row in edition.indicators[["indicator", "source", "release"]].drop_duplicates().to_dict("records"):
        found.setdefault(str(row["indicator"]), set()).update(used_by([row]))
    return found


def used_by(rows: Iterable[Row]) -> set[Release]:
    """The releases that some rows name."""
    return {(str(row["source"]), str(row["release"])) for row in rows}


@dataclass
class Numbers:
    """The numbers of a block being made, in the order in which they were noted."""

    noted: list[Reference] = field(default_factory=list)

    def number(self, reference: Reference, form: Form) -> str:
        """What a reference gives, as ``form`` writes it, between marks."""
        self.noted.append(reference)
        return mark(len(self.noted) - 1, form(reference.value))

    def whole(self, reference: Reference) -> str:
        """A count in figures."""
        return self.number(reference, lambda value: rounded(value, 0))

    def rounded(self, reference: Reference, decimals: int, *, unit: str = "", none: str = "none") -> str:
        """A number to some places, with its sign where it is a percentage; a word where its cell is empty."""
        if isnan(reference.value):
            return none
        return self.number(reference, lambda value: rounded(value, decimals) + ("%" if unit == "%" else ""))

    def ordinal(self, reference: Reference) -> str:
        """A place in order, up to the tenth in words."""
        return self.number(reference, lambda value: ordinal(round(value)))

    def count(self, reference: Reference) -> str:
        """A count alone, below ten in words."""
        return self.number(reference, number_word)

    def counted(self, reference: Reference, singular: str, plural: str | None = None) -> str:
        """A count with its noun, below ten in words."""
        _, _, noun = counted(reference.value, singular, plural).partition(" ")
        return f"{self.number(reference, lambda value: counted(value, singular, plural).partition(' ')[0])} {noun}"

    def value(
        self,
        row: Row,
        decimals: int,
        *,
        column: str = "value",
        unit: str | None = None,
        table: str = "indicators",
    ) -> str:
        """A row's value (or limit) with its unit."""
        said = str(row["unit"]) if unit is None else unit
        return self.number(cell_of(row, column, table=table), lambda value: with_unit(value, said, decimals))

    def judged(self, row: Row, column: str, form: Form) -> str:
        """A column of the judgement on a series."""
        return self.number(judged(row, column), form)

    def between(self, low: Reference, high: Reference, unit: str, decimals: int) -> str:
        """A range of values in a unit that has been named already; one value where both ends are the same."""
        if low.value == high.value:
            return self.number(low, lambda value: range_words(value, value, unit, decimals))
        return " to ".join(
            self.number(end, lambda value: range_words(value, value, unit, decimals)) for end in (low, high)
        )

    def limits(self, row: Row, decimals: int) -> str:
        """A row's 95 % confidence interval in brackets, or nothing where none is given."""
        ends = self.interval(row, decimals, none="")
        return f" (95% confidence interval {ends})" if ends else ""

    def cell(
        self, row: Row | None, decimals: int, *, unit: str = "", flag: bool = True, table: str = "indicators"
    ) -> str:
        """A table cell: the value with its flags (where wanted), or the flag that says why there is none."""
        if row is None:
            return NOT_AVAILABLE
        if pd.isna(row["value"]):
            return str(row["flag"])
        marked = f" {row['flag']}" if flag and row["flag"] else ""
        return self.number(cell_of(row, table=table), lambda value: with_unit(value, unit, decimals).strip()) + marked

    def interval(self, row: Row | None, decimals: int, *, none: str = "none", table: str = "indicators") -> str:
        """Lower to upper limit of a row, or the word for none."""
        if row is None or any(pd.isna(row[column]) for column in LIMITS):
            return none
        ends = (cell_of(row, column, table=table) for column in LIMITS)
        return " to ".join(self.number(end, lambda value: rounded(value, decimals)) for end in ends)

    def placed(self, marked: str, part: str = "") -> tuple[str, tuple[Number, ...]]:
        """A finished text without its marks, and the numbers in it."""
        return place_numbers(marked, [reference.key for reference in self.noted], part)

    def indicators(self) -> list[str]:
        """The indicators whose cells were noted, each once."""
        return list(dict.fromkeys(str(one.row["indicator"]) for one in self.noted if one.row.get("indicator")))

    def table(
        self,
        *,
        title: str,
        columns: Sequence[Column],
        rows: Iterable[Sequence[str]],
        source: Cited,
        note: str = "",
        part: str = "",
        indicators: Iterable[str] = (),
    ) -> Table:
        """A table of cells in which the numbers stand between marks; ``indicators`` are those without a number."""
        cells, numbers = [], []
        for line, row in enumerate(rows):
            found = [self.placed(cell, f"{line},{place}") for place, cell in enumerate(row)]
            cells.append(tuple(text for text, _ in found))
            numbers += [number for _, own in found for number in own]
        (said, in_note), (named, in_title) = self.placed(note, "note"), self.placed(title, "title")
        return Table(
            title=named,
            columns=columns,
            rows=cells,
            source=source.line,
            note=said,
            part=part,
            numbers=(*numbers, *in_note, *in_title),
            indicators=tuple(dict.fromkeys([*self.indicators(), *indicators])),
            releases=source.releases,
        )

    def figure(
        self,
        *,
        title: str,
        alt: str,
        source: Cited,
        svg: str,
        csv: str,
        note: str = "",
        part: str = "",
        rows_of: tuple[str, ...] = (),
        indicators: Iterable[str] = (),
    ) -> Figure:
        """A figure whose title, alt text and note may hold numbers between marks."""
        plain = Figure(title, alt, source.line, svg, csv, note, part, rows_of, releases=source.releases)
        return self._behind(plain, indicators)

    def explorer(
        self,
        *,
        title: str,
        alt: str,
        source: Cited,
        data: str,
        csv: str,
        note: str,
        rows_of: tuple[str, ...],
        indicators: Iterable[str],
    ) -> Explorer:
        """What a page lets a reader explore; its title, alt text and note may hold numbers between marks."""
        plain = Explorer(title, alt, source.line, data, csv, note, rows_of=rows_of, releases=source.releases)
        return self._behind(plain, indicators)

    def _behind(self, plain: Drawn, indicators: Iterable[str]) -> Drawn:
        """Take the marks out of the texts of what is drawn, and say what stands behind it."""
        placed = {part: self.placed(getattr(plain, part), part) for part in ("title", "alt", "note")}
        texts: dict[str, Any] = {part: text for part, (text, _) in placed.items()}
        numbers = tuple(number for _, own in placed.values() for number in own)
        found = tuple(dict.fromkeys([*indicators, *self.indicators()]))
        return replace(plain, **texts, numbers=numbers, indicators=found)

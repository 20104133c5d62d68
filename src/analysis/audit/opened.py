"""What an explanation may open: single definitions, and raw tables checked against their receipts.

Only what is asked for is read, each file once: an answer about one number does not load every definition.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from analysis.catalogue.model import Edition, Indicator, Place
from analysis.catalogue.source import Source
from analysis.catalogue.strict import load_as
from analysis.paths import Project
from analysis.sources.snapshots import Snapshot, TableRecord, read_snapshot, read_verified

Made = TypeVar("Made")


@dataclass(frozen=True)
class RawRow:
    """A row of a raw table: its line in the file (the heading is line 1) and the publisher's cells."""

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True)
class RawTable:
    """A raw table whose bytes agree with the receipt of its release."""

    source: str
    release: str
    name: str
    file: str
    record: TableRecord
    heading: tuple[str, ...]
    cells: tuple[list[str], ...]

    @property
    def rows(self) -> Iterator[RawRow]:
        """Every row, from the first under the heading."""
        return self.rows_with("", ())

    def rows_with(self, column: str, values: Collection[str]) -> Iterator[RawRow]:
        """The rows that hold one of some values in a column; every row, where no column is named."""
        at = self.heading.index(column) if column else -1
        for line, cells in enumerate(self.cells, start=2):
            if at < 0 or cells[at] in values:
                yield RawRow(line, dict(zip(self.heading, cells, strict=True)))


class Indicators(Mapping[str, Indicator]):
    """Definitions of indicators, each read when it is asked for."""

    def __init__(self, project: Project) -> None:
        self._folder = project.definitions / "indicators"
        self._made: dict[str, Indicator] = {}

    def __getitem__(self, name: str) -> Indicator:
        if name not in self._made:
            path = self._folder / f"{name}.yml"
            if not path.is_file():
                raise KeyError(name)
            self._made[name] = load_as(Indicator, path)
        return self._made[name]

    def __contains__(self, name: object) -> bool:
        return (self._folder / f"{name}.yml").is_file()

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(path.stem for path in self._folder.glob("*.yml")))

    def __len__(self) -> int:
        return sum(1 for _ in self)


@dataclass
class Opened:
    """The definitions and raw tables of one edition, read as they are needed."""

    project: Project
    edition: Edition
    indicators: Indicators = field(init=False)
    _definitions: dict[tuple[str, str], object] = field(default_factory=dict)
    _tables: dict[tuple[str, str], dict[str, RawTable]] = field(default_factory=dict)
    _snapshots: dict[tuple[str, str], Snapshot] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.indicators = Indicators(self.project)

    @property
    def place(self) -> Place:
        """The edition's place."""
        return self._definition(Place, "places", self.edition.place)

    def source(self, name: str) -> Source:
        """The definition of a source."""
        return self._definition(Source, "sources", name)

    def _definition(self, kind: type[Made], folder: str, name: str) -> Made:
        place = (folder, name)
        if place not in self._definitions:
            self._definitions[place] = load_as(kind, self.project.definitions / folder / f"{name}.yml")
        found = self._definitions[place]
        if not isinstance(found, kind):
            raise TypeError(f"{folder}/{name} is no {kind.__name__}")
        return found

    def snapshot(self, source: str, release: str) -> Snapshot:
        """The receipt of a release."""
        if (source, release) not in self._snapshots:
            self._snapshots[source, release] = read_snapshot(self.project, source, release)
        return self._snapshots[source, release]

    def last_release(self, source: str) -> str:
        """The last release of a source that the edition pins."""
        return max(self.edition.releases.get(source, ("",)))

    def tables(self, source: str, release: str) -> dict[str, RawTable]:
        """The raw tables of a release, each verified and with the line of every row.

        Raises
        ------
        DataError
            If a table is not there, or its bytes are not those of the receipt: then it is not what the figures were
            made from, and nothing is explained by it.
        """
        if (source, release) not in self._tables:
            records = self.snapshot(source, release).tables
            self._tables[source, release] = {
                name: self._table(source, release, name, record) for name, record in records.items()
            }
        return self._tables[source, release]

    def _table(self, source: str, release: str, name: str, record: TableRecord) -> RawTable:
        path = self.project.raw / source / release / record.file
        shown = self.project.shown(path)
        content = read_verified(self.project, path, record)
        reader = csv.reader(io.StringIO(content.decode("utf-8"), newline=""), strict=True)
        return RawTable(source, release, name, shown, record, tuple(next(reader)), tuple(reader))

"""What an explanation may open: single definitions, and raw tables checked against their receipts.

Only what is asked for is read, each file once: an answer about one number does not load every definition.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from analysis.catalogue.model import Correction, Edition, Indicator, Place
from analysis.catalogue.source import Source
from analysis.catalogue.strict import load_as
from analysis.paths import Project
from analysis.sources.snapshots import Snapshot, read_snapshot, read_verified

Made = TypeVar("Made")


@dataclass(frozen=True)
class RawRow:
    """A row of a raw table: its file, its line there (the heading is line 1), and the publisher's cells."""

    file: str
    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True)
class RawTable:
    """A raw table whose bytes agree with the receipt of its release, with our corrections of it."""

    file: str
    heading: tuple[str, ...]
    cells: tuple[list[str], ...]
    corrections: tuple[Correction, ...] = ()

    def row(self, line: int) -> RawRow:
        """A row by its line, with what we correct in it."""
        cells = dict(zip(self.heading, self.cells[line - 2], strict=True))
        for one in self.corrections:
            if all(cells.get(column) == cell for column, cell in one.row.items()):
                cells[one.column] = one.value
        return RawRow(self.file, line, cells)


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
    _tables: dict[tuple[str, str, str], RawTable] = field(default_factory=dict)
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

    def table(self, source: str, release: str, name: str) -> RawTable:
        """A raw table, verified.

        Raises
        ------
        DataError
            If it is not there, or its bytes are not those of the receipt: then it is not what the figures were made
            from, and nothing is explained by it.
        """
        place = (source, release, name)
        if place not in self._tables:
            record = self.snapshot(source, release).tables[name]
            path = self.project.raw / source / release / record.file
            content = read_verified(self.project, path, record)
            reader = csv.reader(io.StringIO(content.decode("utf-8"), newline=""), strict=True)
            ours = tuple(one for one in self._corrections() if (one.source, one.release, one.table) == place)
            self._tables[place] = RawTable(self.project.shown(path), tuple(next(reader)), tuple(reader), ours)
        return self._tables[place]

    def _corrections(self) -> list[Correction]:
        """The corrections that hold."""
        paths = sorted((self.project.definitions / "corrections").glob("*.yml"))
        found = [self._definition(Correction, "corrections", path.stem) for path in paths]
        return [one for one in found if one.status == "accepted"]

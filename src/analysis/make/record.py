"""Record a release from a publisher's files: cleaned and held to its areas before anything that is held is replaced."""

from __future__ import annotations

import datetime as dt
import importlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from analysis.areas.links import open_areas
from analysis.areas.missing import complete
from analysis.catalogue.load import Catalogue
from analysis.catalogue.model import Edition, Place, parse_reference
from analysis.catalogue.source import Keeper, Source
from analysis.clean.corrections import ACCEPTED, apply_corrections, open_corrected
from analysis.clean.losses import listed, losses
from analysis.clean.observations import Log
from analysis.errors import AnalysisError, CellError, DataError
from analysis.make.tables import make_tables
from analysis.paths import Project
from analysis.sources.codes import code_sets
from analysis.sources.releases import record_release
from analysis.sources.snapshots import SNAPSHOT, OpenRelease, open_release


class Recorded(NamedTuple):
    """The tables written, and what whoever recorded them should know."""

    paths: list[Path]
    told: list[str]


def record(
    project: Project,
    catalogue: Catalogue,
    source: str,
    release: str,
    files: Sequence[Path],
    place: str,
    accessed: str = "",
    *,
    keeper: Keeper | None = None,
    checked: Sequence[str] = (),
    replace: bool = False,
) -> Recorded:
    """Write a release's raw tables from the publisher's files, if they can be cleaned and belong to the place.

    ``keeper`` says who keeps the files where they are not the publisher's own; ``checked`` what was checked about them;
    with ``replace`` they take the place of what is held, every change told.

    Raises
    ------
    UsageError, DataError
        As :func:`analysis.sources.releases.record_release`; and where the source's own cleaner, its corrections or the
        areas of an edition that pins the release refuse the new table. What is held then stays.
    """
    definition, codes = catalogue.source(source), code_sets(project, catalogue.places[place])
    checks = Checks(project, catalogue, definition, release, catalogue.places[place])
    when = accessed or dt.datetime.now(tz=dt.UTC).date().isoformat()
    keepers, told = dict.fromkeys(files, keeper) if keeper else {}, list[str]()
    terms: dict[str, Any] = {"replace": replace, "keepers": keepers, "checked": checked}
    paths = record_release(project, definition, release, files, codes, when, check=checks, told=told, **terms)
    return Recorded(paths, [*told, *checks.told])


WHAT = {"series": "series", "area_code": "areas", "period_end": "periods (their ends)", "value": "single observations"}


@dataclass
class Checks:
    """What a release must stand before it is written; ``told`` gathers what is no reason to refuse it."""

    project: Project
    catalogue: Catalogue
    source: Source
    release: str
    place: Place
    told: list[str] = field(default_factory=list)

    def __call__(self, opened: OpenRelease) -> None:
        """Refuse a release that cannot be cleaned or built, or is not of the place; note what it lacks."""
        self.told = [f"{name}: {note}" for name, table in opened.snapshot.tables.items() for note in table.read]
        wanted = [
            one
            for one in self.catalogue.corrections.values()
            if (one.source, one.release, one.status) == (self.source.id, self.release, ACCEPTED)
        ]
        opened = apply_corrections(opened, wanted) if wanted else opened
        editions = self._editions()
        if self.source.clean is None:
            open_areas(self.place, {(self.source.id, self.release): opened}, {}, self.catalogue.folder)
        else:
            frame = self._clean(opened)
            for edition in (editions or self._editions(reading=False))[-1:]:
                self._check_areas(frame, opened, edition)
            self._compare(frame)
        for edition in {(one.ward_geography, one.lsoa_geography): one for one in editions}.values():
            self._check_build(opened, edition)

    def _editions(self, *, reading: bool = True) -> list[Edition]:
        """The editions of the place (those that read the release, or all of them), in order of their years."""
        own = [one for one in self.catalogue.editions.values() if one.place == self.place.id]
        key = (self.source.id, self.release)
        return sorted((one for one in own if not reading or key in _pinned(one)), key=lambda one: one.year)

    def _check_build(self, opened: OpenRelease, edition: Edition) -> None:
        """Make the tables of an edition with the release; where that fails as well with what is held, say so only."""
        if not all(self._held(*key) for key in _pinned(edition) - {(self.source.id, self.release)}):
            return
        try:
            make_tables(self.project, self.catalogue, edition, {(self.source.id, self.release): opened})
        except AnalysisError as refused:
            problem = f"{self.source.id} {self.release}: {edition.id} cannot be built with it: {refused}"
            if isinstance(refused, CellError):
                raise
            if not self._held(self.source.id, self.release):
                raise DataError(problem) from None
            try:
                make_tables(self.project, self.catalogue, edition)
            except AnalysisError:
                self.told.append(f"{edition.id} cannot be built, with or without this file: {refused}")
            else:
                raise DataError(problem) from None

    def _clean(self, opened: OpenRelease) -> pd.DataFrame:
        cleaner = importlib.import_module(f"analysis.clean.{self.source.clean}")
        log = Log(self.source.id, self.release)
        frame: pd.DataFrame = cleaner.clean(opened, self.source, log)
        return frame.assign(release=self.release)

    def _lookups(self, edition: Edition) -> dict[tuple[str, str], OpenRelease]:
        """The lookups and outlines of an edition that are held."""
        return {
            (source, release): open_corrected(self.project, self.catalogue, source, release)
            for source, release in sorted(_pinned(edition))
            if self.catalogue.sources[source].clean is None and self._held(source, release)
        }

    def _held(self, source: str, release: str) -> bool:
        return (self.project.raw / source / release / SNAPSHOT).is_file()

    def _check_areas(self, frame: pd.DataFrame, opened: OpenRelease, edition: Edition) -> None:
        """Refuse areas that no lookup and no outline of the edition knows; note those that are missing."""
        areas = open_areas(self.place, self._lookups(edition), {}, self.catalogue.folder)
        for geography in sorted(set(frame["geography"]) & set(areas.codes_of)):
            unknown = (frame["geography"] == geography) & ~frame["area_code"].isin(areas.codes_of[geography])
            if unknown.any():
                one = frame[unknown].iloc[0]
                table = str(one["table"])
                area = next(c for c in map(str, opened.table(table).columns) if c.endswith("_code"))
                problem = (
                    f"{one['area_code']!r} is no area of {geography} that a lookup or an outline knows. Check the "
                )
                raise CellError(opened.file(table), int(one["row"]), area, problem + "code, or the file's vintage.")
        by_series = {str(series): rows for series, rows in frame.groupby("series")}
        for lacks in complete({self.source.id: by_series}, areas)[1]:
            missing = f"{len(lacks.codes)} of the {lacks.known} areas of {lacks.geography} are missing"
            uses = f"and for what is summed over them: {listed(self._uses()) or 'no indicator'}"
            where = f"in {listed(lacks.series)}: {listed(lacks.codes)}"
            self.told.append(f"{missing} {where}. Not available for them, {uses}.")

    def _uses(self) -> list[str]:
        """The indicators that read the source."""
        return sorted(
            indicator.id
            for indicator in self.catalogue.indicators.values()
            if any(
                parse_reference(text, given.source)[0] == self.source.id
                for given in indicator.inputs
                for text in given.series.values()
            )
        )

    def _compare(self, frame: pd.DataFrame) -> None:
        """Note what the release held under this name, or the one before it, had and this one lacks."""
        held = sorted(name for name in self.source.releases if self._held(self.source.id, name))
        others = [self.release] if self.release in held else [name for name in held if name < self.release][-1:]
        for name in others:
            try:
                before = self._clean(open_release(self.project, self.source.id, name))
            except AnalysisError:
                self.told.append(f"the release {name} that is held cannot be cleaned: not compared with it")
                continue
            for column, lost in losses(before, frame):
                what = WHAT[column]
                self.told.append(f"{what} that {name} as it is held has and this file lacks: {listed(lost)}")


def _pinned(edition: Edition) -> set[tuple[str, str]]:
    """The releases that an edition reads, those of its weights too."""
    weights = {(one.source, one.release) for one in edition.deprivation_weights.values()}
    return weights | {(source, release) for source, releases in edition.releases.items() for release in releases}

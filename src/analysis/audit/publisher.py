"""Whether our headline figures agree with what the publishers print, by code that shares nothing with the pipeline.

The raw tables are read here as plain CSV, and the figures from ``indicators.csv``; nothing of how a figure is made is
imported. Which figure is held to which published one, and what difference is material, stands in
``definitions/publisher_checks.yml``.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

from analysis.catalogue.bounds import within
from analysis.catalogue.model import Edition, Place
from analysis.catalogue.source import Source
from analysis.catalogue.strict import build, complaint, load_as, load_yaml
from analysis.errors import AuditError, one_of
from analysis.paths import Project
from analysis.tables.stamps import open_edition, pinned_releases

CHECKS = "publisher_checks.yml"
DISAGREES = 15
MATCHED = ("period_start", "period_end", "sex", "age")
"""The columns of our row by which the publisher's row is found."""
Row = Mapping[str, str]


@dataclass(frozen=True)
class Published:
    """Where a published figure stands: raw table, rows and columns; one row's value, their sum, or how many there are.

    ``area`` is the column that holds the city's code; none, where the table holds the city's small areas alone.
    """

    source: str
    table: str
    columns: tuple[str, ...] = ()
    where: Mapping[str, str] = field(default_factory=dict)
    area: str | None = None
    take: Literal["row", "sum", "count"] = "row"
    times: Annotated[float, within(0.000001)] = 1.0


@dataclass(frozen=True)
class Match:
    """The column of the published table whose first letters are those of our row's."""

    column: str
    letters: Annotated[int, within(1)]


@dataclass(frozen=True)
class Tolerance:
    """What difference is not material, and why."""

    tolerance: Annotated[float, within(0)]
    why: str


@dataclass(frozen=True)
class PublisherCheck:
    """One of our figures for the city and the published figure that it is held to."""

    id: str
    about: str
    indicator: str
    published: Published
    tolerance: Annotated[float, within(0)]
    why: str
    column: Literal["value", "numerator", "denominator"] = "value"
    same_release: bool = False
    match: Mapping[str, Match] = field(default_factory=dict)
    exceptions: Mapping[str, Tolerance] = field(default_factory=dict)


@dataclass(frozen=True)
class Agreement:
    """One comparison: ours, theirs, how far apart, what is material, and who printed it."""

    check: str
    about: str
    row: str
    ours: str
    published: str
    difference: str
    tolerance: str
    why: str
    agrees: bool
    citation: str

    def plain(self) -> dict[str, Any]:
        """For machines."""
        return asdict(self)


def load_checks(definitions: Path) -> list[PublisherCheck]:
    """The checks of a project.

    Raises
    ------
    AuditError
        If it states none.
    DefinitionError
        If the file is malformed.
    """
    path = definitions / CHECKS
    if not path.is_file():
        raise AuditError(f"{path}: not found, so nothing says which published figures ours are held to. Restore it.")
    entries = load_yaml(path)
    if not isinstance(entries, list):
        raise complaint(path, (), "expected a list of checks")
    checks = [build(PublisherCheck, entry, path, (number,)) for number, entry in enumerate(entries)]
    for number, check in enumerate(checks):
        for at, problem in _problems(definitions, check):
            raise complaint(path, (number, *at), f"{check.id}: {problem}")
    return checks


def _problems(definitions: Path, check: PublisherCheck) -> Iterator[tuple[tuple[str, ...], str]]:
    """What a check names and nobody defines: such a one would find nothing to compare, and say nothing."""
    if not (definitions / "indicators" / f"{check.indicator}.yml").is_file():
        yield ("indicator",), f"no indicator {check.indicator!r}"
    wanted, path = check.published, definitions / "sources" / f"{check.published.source}.yml"
    if not path.is_file():
        yield ("published", "source"), f"no source {wanted.source!r}"
        return
    source = load_as(Source, path)
    if wanted.table not in source.tables:
        yield ("published", "table"), f"{source.id} has no table {wanted.table!r}; expected {one_of(source.tables)}"
        return
    columns = source.tables[wanted.table].columns
    named = [("columns", name) for name in wanted.columns] + [("where", name) for name in wanted.where]
    named += [("area", wanted.area)] if wanted.area else []
    for key, name in named:
        if name not in columns:
            yield ("published", key), f"no column {name!r}; expected {one_of(columns)}"
    for ours, match in check.match.items():
        if ours not in MATCHED or match.column not in columns:
            expected = f"{one_of(MATCHED)} with {one_of(columns)}"
            yield ("match", ours), f"{ours!r} is matched with {match.column!r}; expected {expected}"
    for key, known in (("series", tuple(source.series)), ("domain", source.parts)):
        if key in wanted.where and wanted.where[key] not in known:
            near = get_close_matches(wanted.where[key], known, n=3, cutoff=0.5)
            yield ("published", "where"), f"{source.id} has no {key} {wanted.where[key]!r}; nearest are {one_of(near)}"
    for release in check.exceptions:
        if release not in source.releases:
            yield ("exceptions", release), f"{source.id} has no such release; expected {one_of(source.releases)}"
    if (wanted.take == "count") == bool(wanted.columns):
        yield ("published", "columns"), "expected columns where values are taken, none where rows are counted"


def compare_with_publishers(project: Project, name: str) -> tuple[list[Agreement], list[str]]:
    """Hold an edition's figures for its city to the publishers' own, as far as the edition pins them.

    Parameters
    ----------
    project : Project
    name : str
        The edition's id; its tables must have been built.

    Returns
    -------
    agreements : list of Agreement
        In the order of the checks.
    idle : list of str
        The checks for which the edition pins no published figure.

    Raises
    ------
    AuditError
        If the edition has not been built, or a raw table has not the column that a check names.
    """
    edition = open_edition(project, name)
    place = load_as(Place, project.definitions / "places" / f"{edition.place}.yml")
    path = project.processed / name / "indicators.csv"
    if not path.is_file():
        raise AuditError(f"{project.shown(path)}: not built yet. Build it first: sotc build {name}.")
    ours = [row for row in _read(path) if row["area_code"] == place.code]
    found, idle = [], []
    for check in load_checks(project.definitions):
        rows = [row for row in ours if row["indicator"] == check.indicator and row[check.column]]
        made = list(_agreements(project, edition, place.code, check, rows))
        found += made
        if not made:
            idle.append(check.id)
    return found, idle


def _agreements(
    project: Project, edition: Edition, city: str, check: PublisherCheck, ours: list[Row]
) -> Iterator[Agreement]:
    for source, release in pinned_releases(edition):
        if source != check.published.source:
            continue
        folder = project.raw / source / release
        theirs = _published_rows(project, folder / f"{check.published.table}.csv", city, check)
        for row in ours:
            if check.same_release and row["release"] != release:
                continue
            matching = [one for one in theirs if _fits(row, one, check)]
            number = _taken(matching, check.published, f"{check.id}: {project.shown(folder)}")
            if number is not None:
                yield _agreement(check, release, row, number, _citation(folder, matching))


def _published_rows(project: Project, path: Path, city: str, check: PublisherCheck) -> list[Row]:
    if not path.is_file():
        raise AuditError(f"{project.shown(path)}: not found, though the edition pins it. Restore the file.")
    rows, wanted = _read(path), check.published
    named = [*wanted.columns, *wanted.where, *([wanted.area] if wanted.area else [])]
    missing = [name for name in named if rows and name not in rows[0]]
    if missing:
        raise AuditError(
            f"{project.shown(path)}: no column {missing[0]!r}, which check {check.id!r} reads. Correct {CHECKS}."
        )
    return [
        row
        for row in rows
        if all(row[name] == value for name, value in wanted.where.items())
        and (wanted.area is None or row[wanted.area] == city)
    ]


def _read(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _fits(ours: Row, theirs: Row, check: PublisherCheck) -> bool:
    return all(
        ours[name][: match.letters].casefold() == theirs[match.column][: match.letters].casefold()
        for name, match in check.match.items()
    )


def _taken(rows: list[Row], published: Published, where: str) -> Decimal | None:
    """The published number; None where the publisher prints none."""
    if published.take == "count":
        return Decimal(len(rows))
    cells = [row[column] for row in rows for column in published.columns]
    if published.take == "row":
        if len(cells) > 1:
            raise AuditError(f"{where}: {len(cells)} published figures fit one row of ours. Correct {CHECKS}.")
        cells = [cell for cell in cells if cell]
    if not cells:
        return None
    return sum((Decimal(cell) for cell in cells), Decimal(0)) * Decimal(str(published.times))


def _agreement(check: PublisherCheck, release: str, row: Row, published: Decimal, citation: str) -> Agreement:
    rule = check.exceptions.get(release, Tolerance(check.tolerance, check.why))
    ours = Decimal(row[check.column])
    apart = abs(ours - published)
    start, end = row["period_start"], row["period_end"]
    period = start if start == end else f"{start} to {end}"
    said = period if row["sex"] == "persons" else f"{period}, {row['sex']}"
    return Agreement(
        check=check.id,
        about=check.about,
        row=said,
        ours=row[check.column],
        published=_plain(published),
        difference=_plain(apart),
        tolerance=_plain(Decimal(str(rule.tolerance))),
        why=rule.why,
        agrees=apart <= Decimal(str(rule.tolerance)),
        citation=citation,
    )


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"


def _citation(folder: Path, rows: list[Row]) -> str:
    """Who printed the figure: as its row says, else as the snapshot does."""
    if len(rows) == 1 and rows[0].get("citation"):
        return rows[0]["citation"]
    snapshot = load_yaml(folder / "snapshot.yml")
    return f"{snapshot['publisher']}, {snapshot['product']} ({snapshot['published']})"

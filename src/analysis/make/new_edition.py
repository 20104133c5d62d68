"""The next year's edition file, written from the last one, and what to look at before building it."""

from __future__ import annotations

import datetime as dt
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Literal

from analysis.catalogue.geographies import load_geographies
from analysis.catalogue.load import Catalogue
from analysis.catalogue.model import Edition
from analysis.catalogue.source import Source
from analysis.catalogue.strict import load_as
from analysis.errors import UsageError, one_of
from analysis.paths import Project
from analysis.sources.releases import replace_file

STALE_AFTER_DAYS = 730
Kind = Literal["newer", "due", "stale", "review"]


@dataclass(frozen=True)
class Note:
    """Something to look at: ``newer`` (a later release is known), ``due`` (one should be out) and so on."""

    kind: Kind
    about: str
    says: str


def new_edition(project: Project, catalogue: Catalogue, name: str, start: str = "") -> tuple[Path, list[Note]]:
    """Write the definition of a new edition from an earlier one.

    Everything is carried over line by line, comments too; the id, year, title, cut-off (31 July), seed, ``baseline``
    and ``previous`` are the new edition's own.

    Parameters
    ----------
    project : Project
    catalogue : Catalogue
    name : str
        ``<place>-<year>``.
    start : str
        The edition to begin from; by default the place's last one before that year.

    Returns
    -------
    path : Path
        The file, which loads.
    notes : list of Note
        Newer, due and stale releases, and what else to review.

    Raises
    ------
    UsageError
        If the name is not ``<place>-<year>``, the edition is there already, or there is none to begin from.
    """
    place, year = _named(catalogue, name)
    before = [one for one in catalogue.editions.values() if one.place == place and one.year < year]
    if start:
        old = catalogue.edition(start)
        if old not in before:
            raise UsageError(f"{name}: {start} is no earlier edition of {place}; expected {_listed(before)}.")
    elif before:
        old = max(before, key=lambda one: one.year)
    else:
        raise UsageError(f"{name}: {place} has no earlier edition to begin from. Write its first one by hand.")
    folder = project.definitions / "editions"
    text = (folder / f"{old.id}.yml").read_text(encoding="utf-8")
    path = folder / f"{name}.yml"
    with tempfile.TemporaryDirectory() as temporary:
        draft = Path(temporary) / path.name
        draft.write_text(_carried_over(text, old, name, year), encoding="utf-8")
        notes = review(project, catalogue, load_as(Edition, draft), old)
        replace_file(path, draft.read_bytes())
    return path, notes


def _named(catalogue: Catalogue, name: str) -> tuple[str, int]:
    match = re.fullmatch(r"(.+)-(\d{4})", name)
    if match is None or match[1] not in catalogue.places:
        raise UsageError(
            f"{name!r} is no name for an edition; expected a place and a year, such as {min(catalogue.places)}-2030; "
            f"the place one of {one_of(sorted(catalogue.places))}."
        )
    if name in catalogue.editions:
        raise UsageError(f"{name}: the edition is there already. Edit its file, or name another year.")
    return match[1], int(match[2])


def _listed(editions: list[Edition]) -> str:
    return one_of([one.id for one in editions])


def _carried_over(text: str, old: Edition, name: str, year: int) -> str:
    """The text of an edition file with the top-level keys that are the new edition's own; every other line stays."""
    cut_off = dt.date(year, 7, 31)
    title = old.title.replace(str(old.year), str(year)) if str(old.year) in old.title else f"State of the City {year}"
    values: Mapping[str, str] = {
        "id": name,
        "year": str(year),
        "title": title if not re.search("[:#]", title) else f'"{title}"',
        "cut_off": cut_off.isoformat(),
        "seed": f"{cut_off:%Y%m%d}",
        "baseline": old.baseline or old.id,
        "previous": old.id,
    }
    for key, value in values.items():
        # A key at the start of a line, with the indented lines that continue its value.
        text, found = re.subn(rf"(?m)^{key}:.*\n(?:[ \t]+.*\n)*", f"{key}: {value}\n", text)
        if not found:
            text = re.sub(r"(?m)^(year:.*\n)", rf"\g<1>{key}: {value}\n", text)
    note = f"# Carried over from {old.id}: keep a stand-in only where its reason still holds.\n"
    text = re.sub(r"(?m)^# Carried over from .*\n", "", text)
    return re.sub(r"(?m)^(stand_ins:)", rf"{note}\g<1>", text)


def review(project: Project, catalogue: Catalogue, edition: Edition, old: Edition) -> list[Note]:
    """What to look at before an edition is built: releases by source, then what was carried over."""
    notes: list[Note] = []
    used = {given.source for indicator in catalogue.indicators.values() for given in indicator.inputs}
    for name, pinned in edition.releases.items():
        notes += _of_releases(project, catalogue.sources[name], pinned, edition.cut_off, watched=name in used)
    for stand_in in edition.stand_ins:
        notes.append(Note("review", f"stand-in {stand_in.source}", "carried over: does its reason still hold?"))
    for geography in (edition.ward_geography, edition.lsoa_geography):
        end = load_geographies(project.definitions)[geography].end
        if end is not None and end < edition.cut_off:
            notes.append(Note("review", geography, f"was in force to {end}: choose the geography in force."))
    for plan in (catalogue.plans[name] for name in edition.plans):
        if plan.years and edition.year > max(plan.years):
            notes.append(Note("review", plan.id, f"runs to {max(plan.years)}: which plan holds in {edition.year}?"))
    if old.previous is None:
        notes.append(Note("review", "notebooks", f"are those of {old.id}, a first report: name those of an update."))
    return notes


def _of_releases(
    project: Project, source: Source, pinned: tuple[str, ...], cut_off: dt.date, *, watched: bool
) -> list[Note]:
    """Newer, due or stale: what is known of a source's releases at a date."""
    days = {name: day for name, release in source.releases.items() if (day := _day(release.published))}
    last = max((days[name] for name in pinned if name in days), default=None)
    if last is None:
        return []
    notes = []
    for name, day in sorted(days.items(), key=lambda item: item[1]):
        if day > last and name not in pinned:
            held = (project.raw / source.id / name / "snapshot.yml").is_file()
            where = "held: pin it" if held else f"not held: sotc pull {source.id}"
            late = "" if day <= cut_off else f", after the cut-off of {cut_off}"
            notes.append(Note("newer", source.id, f"{name}{late}, {where}."))
    if not watched:
        return notes
    newest = max(days.values())
    steps = [(after - before).days for before, after in pairwise(sorted(set(days.values())))]
    every = median(steps) if steps else None
    if every is not None and newest + dt.timedelta(days=every) <= cut_off:
        expected = newest + dt.timedelta(days=every)
        notes.append(Note("due", source.id, f"about {expected}, {every / 365.25:.1f} years after {newest}."))
    if (cut_off - newest).days > max(STALE_AFTER_DAYS, 1.5 * (every or 0)):
        age = (cut_off - newest).days / 365.25
        notes.append(Note("stale", source.id, f"its newest known release will be {age:.1f} years old by {cut_off}."))
    return notes


def _day(published: str) -> dt.date | None:
    """The day of a publication date, the first of a month where only that is known; None for a live service."""
    match = re.match(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?", published)
    return dt.date(int(match[1]), int(match[2] or 1), int(match[3] or 1)) if match else None

"""The next year's edition file, written from the last one, and what to look at before building it."""

from __future__ import annotations

import datetime as dt
import json
import re
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any, Literal

import yaml

from analysis.catalogue.check_editions import weighed
from analysis.catalogue.geographies import load_geographies
from analysis.catalogue.load import Catalogue
from analysis.catalogue.model import Edition
from analysis.catalogue.source import Release, Source
from analysis.catalogue.strict import load_as
from analysis.errors import UsageError, one_of
from analysis.paths import Project
from analysis.sources.releases import replace_file
from analysis.sources.snapshots import is_held
from analysis.words import ordinal

STALE_AFTER_DAYS = 730
Kind = Literal["pinned", "newer", "due", "stale", "review", "left to do"]


@dataclass(frozen=True)
class Note:
    """Something to look at: ``newer`` (a later release is known), ``due`` (one should come out) and so on."""

    kind: Kind
    about: str
    says: str


def new_edition(project: Project, catalogue: Catalogue, name: str, start: str = "") -> tuple[Path, list[Note]]:
    """Write the definition of a new edition from an earlier one.

    Everything is carried over line by line, comments too; the id, year, title, cut-off (31 July), seed, ``baseline``
    and ``previous`` are the new edition's own. Releases that are held and came out since are pinned, with weights for
    an index; a stand-in for what is out by now is left out.

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
        What was pinned; newer, due and stale releases; what to review; what is left to do, in order.

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
    pins = _pins(project, catalogue, old, dt.date(year, 7, 31))
    update = sum(one.previous is not None for one in before) + 1
    with tempfile.TemporaryDirectory() as temporary:
        draft = Path(temporary) / path.name
        draft.write_text(_with_pins(_carried_over(text, old, name, year, update), old, pins), encoding="utf-8")
        edition = load_as(Edition, draft)
        notes = [Note("pinned", source, f"{', '.join(names)}.") for source, names in pins.new.items()]
        notes += [Note("pinned", source, "is out by now, and stands in for nothing.") for source in pins.out_by_now]
        notes += review(project, catalogue, edition, old)
        replace_file(path, draft.read_bytes())
    return path, [*notes, *_left_to_do(edition, old, notes)]


@dataclass(frozen=True)
class Pins:
    """What an edition pins otherwise than the one before: releases by source, weights more, stand-ins less."""

    new: Mapping[str, tuple[str, ...]]
    weights: tuple[str, ...]
    out_by_now: tuple[str, ...]


def _pins(project: Project, catalogue: Catalogue, old: Edition, cut_off: dt.date) -> Pins:
    """The releases that came out since and are held; also where none that is pinned was out, and one is now."""
    new: dict[str, tuple[str, ...]] = {}
    weights: list[str] = []
    indices = weighed(catalogue)
    for name, pinned in old.releases.items():
        releases = catalogue.sources[name].releases
        out = sorted((one for one in releases if releases[one].published <= cut_off.isoformat()), key=_by_day(releases))
        kept = tuple(one for one in pinned if one in out) if out else pinned
        last = max(map(_by_day(releases), kept), default="")
        later = [one for one in out if _by_day(releases)(one) > last and (is_held(project, name, one) or not kept)]
        if later:
            several = len(pinned) > 1 or name in indices
            new[name] = (*kept, *later) if several else (later[-1],)
            weights += [one for one in later if name in indices]
        elif kept != pinned:
            new[name] = kept
    by_now = cut_off.isoformat()
    out_by_now = [
        one.source
        for one in old.stand_ins
        if all(
            catalogue.sources[one.source].releases[release].published <= by_now
            for release in new.get(one.source, old.releases[one.source])
        )
    ]
    return Pins(new, tuple(weights), tuple(out_by_now))


def _by_day(releases: Mapping[str, Release]) -> Callable[[str], str]:
    return lambda name: releases[name].published


def _with_pins(text: str, old: Edition, pins: Pins) -> str:
    """The text of an edition file with other releases pinned, in place; comments and all else stay as they are."""
    root: Any = yaml.compose(text, Loader=yaml.SafeLoader)
    parts = {key.value: value for key, value in root.value}
    edits: list[tuple[int, int, str]] = []
    for key, value in parts["releases"].value:
        if key.value in pins.new:
            edits.append((key.end_mark.index, _end(text, value), f": {json.dumps(list(pins.new[key.value]))}"))
    if pins.weights:
        last = old.deprivation_weights[max(old.deprivation_weights)]
        note = f"carried over from the index of {max(old.deprivation_weights)}: are these its own residents?"
        block = {"source": last.source, "release": last.release, "series": last.series, "note": note}
        lines = "".join(
            f'\n  "{release}":' + "".join(f"\n    {key}: {json.dumps(value)}" for key, value in block.items())
            for release in pins.weights
        )
        end = _end(text, parts["deprivation_weights"])
        edits.append((end, end, lines))
    if pins.out_by_now:
        (key,) = (key for key, _ in root.value if key.value == "stand_ins")
        items = parts["stand_ins"].value
        starts = [text.rindex("\n", 0, item.start_mark.index) for item in items]
        for item, start in zip(items, starts, strict=True):
            if {one.value: other.value for one, other in item.value}["source"] in pins.out_by_now:
                edits.append((start, _end(text, item), ""))
        if len(pins.out_by_now) == len(items):
            edits = [one for one in edits if one[0] not in starts]
            edits.append((max(text.rfind("\n", 0, key.start_mark.index), 0), _end(text, parts["stand_ins"]), ""))
    for start, end, more in sorted(edits, reverse=True):
        text = text[:start] + more + text[end:]
    return text


def _end(text: str, node: Any) -> int:
    """Where the last line of a node ends, without the blanks and comments behind it."""
    lines = text[: node.end_mark.index].splitlines(keepends=True)
    while not lines[-1].partition("#")[0].strip():
        lines.pop()
    return len("".join(lines).rstrip())


def _left_to_do(edition: Edition, old: Edition, notes: list[Note]) -> list[Note]:
    """The commands that come next, in their order."""
    known = [note for note in notes if note.kind == "newer" and "cut-off" not in note.says]
    missing = [note.about for note in known if "not held" in note.says]
    steps = [("sotc pull", f"{' '.join(dict.fromkeys(missing))}: then pin what came in this file.")] if missing else []
    steps += [
        ("sotc check", "names the first line that does not hold."),
        (f"sotc report {edition.id}", "makes the report."),
        (f"sotc diff {old.id} {edition.id}", "counts what changed, and says why."),
        (f"git add reports/{edition.id}/manifest.json", "keeps its receipt."),
    ]
    return [Note("left to do", command, says) for command, says in steps]


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


def _carried_over(text: str, old: Edition, name: str, year: int, update: int) -> str:
    """The text of an edition file with the top-level keys that are the new edition's own; every other line stays."""
    cut_off = dt.date(year, 7, 31)
    title = old.title.replace(str(old.year), str(year))
    if title == old.title:
        title = f"The {ordinal(update)} annual update"
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
        notes += _of_releases(
            project, catalogue.sources[name], pinned, edition.cut_off, old.cut_off, watched=name in used
        )
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
    project: Project, source: Source, pinned: tuple[str, ...], cut_off: dt.date, before: dt.date, *, watched: bool
) -> list[Note]:
    """Newer, due or stale: what is known of a source's releases at a date; what was due before it is due no more."""
    days = {name: day for name, release in source.releases.items() if (day := _day(release.published))}
    last = max((days[name] for name in pinned if name in days), default=None)
    if last is None:
        return []
    notes = []
    for name, day in sorted(days.items(), key=lambda item: item[1]):
        if day > last and name not in pinned:
            where = "held: pin it" if is_held(project, source.id, name) else f"not held: sotc pull {source.id}"
            late = "" if day <= cut_off else f", after the cut-off of {cut_off}"
            notes.append(Note("newer", source.id, f"{name}{late}, {where}."))
    if not watched:
        return notes
    newest = max(days.values())
    steps = [(after - before).days for before, after in pairwise(sorted(set(days.values())))]
    every = median(steps) if steps else None
    expected = newest + dt.timedelta(days=every) if every is not None else None
    if every and expected and before < expected <= cut_off:
        notes.append(Note("due", source.id, f"about {expected}, {every / 365.25:.1f} years after {newest}."))
    if (cut_off - newest).days > max(STALE_AFTER_DAYS, 1.5 * (every or 0)):
        age = (cut_off - newest).days / 365.25
        missed = f"; one was expected about {expected}, and none is known" if expected and expected <= before else ""
        notes.append(
            Note("stale", source.id, f"its newest known release will be {age:.1f} years old by {cut_off}{missed}.")
        )
    return notes


def _day(published: str) -> dt.date | None:
    """The day of a publication date, the first of a month where only that is known; None for a live service."""
    match = re.match(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?", published)
    return dt.date(int(match[1]), int(match[2] or 1), int(match[3] or 1)) if match else None

"""All definitions, loaded strictly and held to each other: nothing points at what does not exist."""

from __future__ import annotations

import datetime as dt
import functools
import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from analysis.catalogue.model import Break, Correction, Edition, GeographyDefinition, Indicator, KnownGap, Place, Source
from analysis.catalogue.plans import Plan, Priority
from analysis.catalogue.strict import build, complaint, load_as, load_yaml
from analysis.errors import UsageError, one_of
from analysis.paths import DEFINITIONS

T = TypeVar("T")


@dataclass(frozen=True)
class Catalogue:
    """Every definition by id, read from one folder."""

    folder: Path
    sources: Mapping[str, Source]
    indicators: Mapping[str, Indicator]
    plans: Mapping[str, Plan]
    places: Mapping[str, Place]
    editions: Mapping[str, Edition]
    known_gaps: tuple[KnownGap, ...] = ()
    breaks: Mapping[str, Break] = field(default_factory=dict)
    corrections: Mapping[str, Correction] = field(default_factory=dict)

    @cached_property
    def priorities(self) -> dict[str, Priority]:
        """The priorities of every plan by id."""
        return {key: value for plan in self.plans.values() for key, value in plan.priorities.items()}

    def edition(self, name: str) -> Edition:
        """The edition called ``name``.

        Raises
        ------
        UsageError
            If there is none; the sentence lists those there are.
        """
        if name not in self.editions:
            raise UsageError(f"no edition {name!r}: expected {one_of(sorted(self.editions))}. See sotc list.")
        return self.editions[name]

    def source(self, name: str) -> Source:
        """The source called ``name``.

        Raises
        ------
        UsageError
            If there is none.
        """
        if name not in self.sources:
            raise UsageError(f"no source {name!r}: expected {one_of(sorted(self.sources))}. See: sotc list sources.")
        return self.sources[name]

    def serving(self, priority: str) -> list[Indicator]:
        """The indicators that serve a priority, in the order of their ids."""
        return [indicator for indicator in self.indicators.values() if priority in indicator.priorities]


def load_catalogue(folder: Path) -> Catalogue:
    """Load and check every definition under ``folder``.

    Raises
    ------
    DefinitionError
        Naming the file, the line and the problem: YAML, a wrong key, a wrong type, a reference to nothing.
    """
    catalogue = Catalogue(
        folder=folder,
        sources=_load(Source, folder / "sources"),
        indicators=_load(Indicator, folder / "indicators"),
        plans=_load(Plan, folder / "plans"),
        places=_load(Place, folder / "places"),
        editions=_load(Edition, folder / "editions"),
        known_gaps=_load_list(KnownGap, folder / "known_gaps.yml"),
        breaks={item.id: item for item in _load_list(Break, folder / "breaks.yml")},
        corrections=_load(Correction, folder / "corrections"),
    )
    checks = (
        _check_sources,
        _check_plans,
        _check_indicators,
        _check_outcomes,
        _check_editions,
        _check_corrections,
    )
    for check in checks:
        check(catalogue)
    return catalogue


@functools.cache
def load_geographies(definitions: Path = DEFINITIONS) -> Mapping[str, GeographyDefinition]:
    """The geographies of ``definitions/geographies.yml`` by name.

    Raises
    ------
    DefinitionError
        If the file is malformed.
    """
    path = definitions / "geographies.yml"
    data = load_yaml(path)
    if not isinstance(data, dict):
        raise complaint(path, (), "expected a mapping of geographies")
    loaded = {name: build(GeographyDefinition, item, path, (name,)) for name, item in data.items()}
    for name, item in loaded.items():
        if any(len(pair) != 2 or pair[0] > pair[1] for pair in item.ranges):
            raise complaint(path, (name, "ranges"), "expected pairs of a first and a last code")
        for target in item.leads_to:
            if target not in loaded:
                raise complaint(path, (name, "leads_to"), f"no geography {target!r}; expected {one_of(loaded)}")
    return loaded


def _load(cls: type[T], folder: Path) -> dict[str, T]:
    loaded: dict[str, T] = {}
    for path in sorted(folder.glob("*.yml")):
        item = load_as(cls, path)
        identifier = str(item.id)  # type: ignore[attr-defined]
        if identifier != path.stem:
            raise complaint(path, ("id",), f"expected the file's own name {path.stem!r}, got {identifier!r}")
        loaded[identifier] = item
    return loaded


def _load_list(cls: type[T], path: Path) -> tuple[T, ...]:
    if not path.is_file():
        return ()
    return tuple(build(cls, entry, path, (number,)) for number, entry in enumerate(load_yaml(path) or []))


def _files(catalogue: Catalogue, kind: str, items: Mapping[str, T]) -> Iterator[tuple[Path, T]]:
    for name, item in items.items():
        yield catalogue.folder / kind / f"{name}.yml", item


def _check_sources(catalogue: Catalogue) -> None:
    for path, source in _files(catalogue, "sources", catalogue.sources):
        for text in ("publisher", "licence", "attribution"):
            if not str(getattr(source, text)).strip():
                raise complaint(path, (text,), f"every source needs its {text}, and it is empty")
        for name, release in source.releases.items():
            for table in release.tables:
                if table not in source.tables:
                    at = ("releases", name, "tables")
                    raise complaint(path, at, f"no table {table!r}; expected {one_of(sorted(source.tables))}")
        for name, raw in source.tables.items():
            for column in raw.key:
                if column not in raw.columns:
                    raise complaint(path, ("tables", name, "key"), f"the key {column!r} is not one of the columns")


def _check_plans(catalogue: Catalogue) -> None:
    seen: dict[str, str] = {}
    for path, plan in _files(catalogue, "plans", catalogue.plans):
        for aim_number, aim in enumerate(plan.aims):
            for number, priority in enumerate(aim.priorities):
                at = ("aims", aim_number, "priorities", number)
                if priority.id in seen:
                    raise complaint(
                        path, (*at, "id"), f"the priority {priority.id!r} already stands in {seen[priority.id]}"
                    )
                seen[priority.id] = path.name
                for older in priority.succeeds:
                    if older not in catalogue.priorities:
                        raise complaint(path, (*at, "succeeds"), f"no priority {older!r} in any plan")
        for number, figure in enumerate(plan.stated_figures):
            place = ("stated_figures", number)
            if bool(figure.checks) == bool(figure.not_testable):
                raise complaint(path, place, f"{figure.id} needs either checks or the reason in not_testable, not both")
            for position, check in enumerate(figure.checks):
                if check.indicator not in catalogue.indicators:
                    raise complaint(
                        path, (*place, "checks", position, "indicator"), f"no indicator {check.indicator!r}"
                    )
        for number, target in enumerate(plan.targets):
            _check_target(path, number, target.priority, target.indicator, catalogue)
            _check_day(path, ("targets", number, "date"), target.date)


def _check_target(path: Path, number: int, priority: str | None, indicator: str | None, catalogue: Catalogue) -> None:
    if priority is not None and priority not in catalogue.priorities:
        raise complaint(path, ("targets", number, "priority"), f"no priority {priority!r} in any plan")
    if indicator is not None and indicator not in catalogue.indicators:
        raise complaint(path, ("targets", number, "indicator"), f"no indicator {indicator!r}")


def _check_day(path: Path, at: tuple[str | int, ...], date: str) -> None:
    """Refuse what is no year, month or day: a verdict on a target or across a break could not be dated."""
    full = f"{date}-01-01"[:10] if re.fullmatch(r"\d{4}(-\d{2}){0,2}", date) else ""
    try:
        dt.date.fromisoformat(full)
    except ValueError:
        raise complaint(path, at, f"expected a year, a month or a day such as 2030-03-31, got {date!r}") from None


def _check_indicators(catalogue: Catalogue) -> None:
    principles = {principle.id for plan in catalogue.plans.values() for principle in plan.principles}
    for path, indicator in _files(catalogue, "indicators", catalogue.indicators):
        if not indicator.priorities:
            raise complaint(path, ("priorities",), "an indicator must serve at least one priority of a plan")
        for priority in indicator.priorities:
            if priority not in catalogue.priorities:
                near = get_close_matches(priority, catalogue.priorities, n=3, cutoff=0.5)
                problem = f"no priority {priority!r} in any plan; nearest are {one_of(near)}, or take it out"
                raise complaint(path, ("priorities",), problem)
        for principle in indicator.principles:
            if principle not in principles:
                raise complaint(
                    path, ("principles",), f"no principle {principle!r}; expected {one_of(sorted(principles))}"
                )
        if indicator.target is not None:
            if not indicator.target.origin.strip():
                raise complaint(path, ("target", "origin"), "a target needs its date and origin; the origin is empty")
            _check_day(path, ("target", "date"), indicator.target.date)
        for broken in indicator.breaks:
            _check_day(path, ("breaks", broken), broken)
        _check_breaks(path, indicator.map_breaks)
        if not indicator.inputs:
            raise complaint(path, ("inputs",), "an indicator needs at least one input")
        for number, given in enumerate(indicator.inputs):
            if given.source not in catalogue.sources:
                raise complaint(path, ("inputs", number, "source"), f"no source {given.source!r}")


def _check_outcomes(catalogue: Catalogue) -> None:
    """Refuse an outcome that stands twice, and one whose indicator is none or does not serve its priority."""
    for path, plan in _files(catalogue, "plans", catalogue.plans):
        seen: set[str] = set()
        for aim_number, aim in enumerate(plan.aims):
            for number, priority in enumerate(aim.priorities):
                for position, outcome in enumerate(priority.outcomes):
                    at = ("aims", aim_number, "priorities", number, "outcomes", position)
                    if outcome.id in seen:
                        raise complaint(path, (*at, "id"), f"the outcome {outcome.id!r} stands twice")
                    seen.add(outcome.id)
                    _check_links(path, (*at, "indicators"), priority.id, outcome.indicators, catalogue)


def _check_links(
    path: Path, at: tuple[str | int, ...], priority: str, names: tuple[str, ...], catalogue: Catalogue
) -> None:
    for number, name in enumerate(names):
        if name not in catalogue.indicators:
            raise complaint(path, (*at, number), f"no indicator {name!r}")
        if name in names[:number]:
            raise complaint(path, (*at, number), f"the indicator {name!r} stands twice")
        if priority not in catalogue.indicators[name].priorities:
            problem = f"the indicator {name!r} does not serve {priority}; add that to its priorities or take it out"
            raise complaint(path, (*at, number), problem)


def _check_breaks(path: Path, breaks: tuple[float, ...]) -> None:
    for number, (before, value) in enumerate(itertools.pairwise(breaks), start=1):
        if value <= before:
            raise complaint(
                path, ("map_breaks", number), f"the breaks must increase, and {value:g} comes after {before:g}"
            )


def _check_editions(catalogue: Catalogue) -> None:
    for path, edition in _files(catalogue, "editions", catalogue.editions):
        earlier = tuple(name for name in (edition.baseline, edition.previous) if name)
        weights = edition.deprivation_weights
        references: list[tuple[str, str, tuple[str, ...], Mapping[str, object]]] = [
            ("place", "place", (edition.place,), catalogue.places),
            ("plans", "plan", edition.plans, catalogue.plans),
            ("releases", "source", tuple(edition.releases), catalogue.sources),
            ("deprivation_weights", "source", tuple(w.source for w in weights.values()), catalogue.sources),
            ("baseline", "edition", earlier[:1] if edition.baseline else (), catalogue.editions),
            ("previous", "edition", earlier[-1:] if edition.previous else (), catalogue.editions),
        ]
        for key, kind, names, known in references:
            for name in names:
                if name not in known:
                    raise complaint(path, (key,), f"there is no {kind} {name!r}; expected {one_of(sorted(known))}")
        pinned: list[tuple[tuple[str, ...], str, str]] = [
            (("releases", source), source, name) for source, names in edition.releases.items() for name in names
        ]
        pinned += [(("deprivation_weights", key, "release"), w.source, w.release) for key, w in weights.items()]
        for at, source, release in pinned:
            releases = catalogue.sources[source].releases
            if release not in releases:
                raise complaint(path, at, f"{source} has no release {release!r}; expected {one_of(sorted(releases))}")
        for key, other in (("baseline", edition.baseline), ("previous", edition.previous)):
            if other and catalogue.editions[other].cut_off >= edition.cut_off:
                others = sorted(one.id for one in catalogue.editions.values() if one.cut_off < edition.cut_off)
                problem = f"the edition {other} is not earlier than {edition.id}; expected {one_of(others)}"
                raise complaint(path, (key,), problem)
        for number, stand_in in enumerate(edition.stand_ins):
            if stand_in.source not in edition.releases:
                raise complaint(path, ("stand_ins", number, "source"), f"{stand_in.source!r} is not among the releases")
        _check_known_by_then(path, edition, catalogue)
        _check_vintage(path, edition, load_geographies(catalogue.folder))


def _check_known_by_then(path: Path, edition: Edition, catalogue: Catalogue) -> None:
    """Refuse a release that came out after the cut-off where an earlier one of the same source was out by then."""
    cut_off = edition.cut_off.isoformat()
    for source, pinned in edition.releases.items():
        releases = catalogue.sources[source].releases
        out = sorted(name for name, release in releases.items() if release.published <= cut_off)
        for name in pinned:
            if out and name not in out:
                problem = f"{name} came out after the cut-off {cut_off}; pin what was known by then: {one_of(out)}"
                raise complaint(path, ("releases", source), problem)


def _check_vintage(path: Path, edition: Edition, geographies: Mapping[str, GeographyDefinition]) -> None:
    """Refuse wards that were not in force at the cut-off, and lookups that do not lead to the edition's wards."""
    ward, small = edition.ward_geography, edition.lsoa_geography
    wards = geographies[ward]
    if not _in_force(wards, edition.cut_off):
        others = [
            name for name, item in geographies.items() if item.name == wards.name and _in_force(item, edition.cut_off)
        ]
        raise complaint(
            path,
            ("ward_geography",),
            f"{ward} ({wards.official}) was not in force at the cut-off {edition.cut_off}; "
            f"write {' or '.join(others) or 'the vintage that was'}, and pin the lookup that leads to it",
        )
    ways = {name: {str(to): way for to, way in item.leads_to.items()} for name, item in geographies.items()}
    routes: list[tuple[str | None, ...]] = [(ways[small].get(ward),)]
    routes += [
        (ways[small].get(other) or ways[other].get(small), ways[other].get(ward)) for other in ways if other != small
    ]
    known = [route for route in routes if all(route)]
    if not any(set(route) <= set(edition.releases) for route in known):
        pinned = [source for item in ways.values() for source in item.values() if source in edition.releases]
        needed = " or ".join(" with ".join(str(source) for source in route) for route in known)
        raise complaint(
            path,
            ("releases",),
            f"no lookup leads from {small} to {ward}; pin {needed or 'one that does'} "
            f"(those pinned: {', '.join(pinned) or 'none'})",
        )


def _check_corrections(catalogue: Catalogue) -> None:
    """Refuse a correction of a source, release, table or column that is not defined, and one without its reason."""
    for path, one in _files(catalogue, "corrections", catalogue.corrections):
        for text in ("reason", "said_by"):
            if not getattr(one, text).strip():
                raise complaint(path, (text,), f"a correction needs its {text}, and it is empty")
        if one.source not in catalogue.sources:
            known = get_close_matches(one.source, catalogue.sources, n=3, cutoff=0.5)
            raise complaint(path, ("source",), f"no source {one.source!r}; nearest are {one_of(known)}")
        source = catalogue.sources[one.source]
        if one.release not in source.releases:
            expected = one_of(sorted(source.releases))
            raise complaint(path, ("release",), f"{source.id} has no release {one.release!r}; expected {expected}")
        tables = source.releases[one.release].tables
        if one.table not in tables:
            raise complaint(path, ("table",), f"{one.release} has no table {one.table!r}; expected {one_of(tables)}")
        columns = source.tables[one.table].columns
        for at, column in [(("column",), one.column), *((("row", name), name) for name in one.row)]:
            if column not in columns:
                problem = f"the table {one.table} has no column {column!r}; expected {one_of(columns)}"
                raise complaint(path, at, problem)
        if not one.row:
            raise complaint(path, ("row",), "name the cells by which the row is known")
        if one.value == one.expect:
            raise complaint(path, ("value",), f"the new value is the old one, {one.expect!r}")


def _in_force(geography: GeographyDefinition, day: dt.date) -> bool:
    return (geography.start or day) <= day <= (geography.end or day)

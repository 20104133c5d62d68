"""Editions, places and corrections held to what they name: releases, geographies, codes, weights, earlier editions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path

from analysis.catalogue.check_sources import series_of
from analysis.catalogue.definitions import Catalogue
from analysis.catalogue.geographies import GeographyDefinition, code_problem
from analysis.catalogue.measures import WEIGHED_BY_RESIDENTS
from analysis.catalogue.model import Edition, Peer
from analysis.catalogue.strict import complaint
from analysis.errors import one_of

At = tuple[str | int, ...]


def check_ways(catalogue: Catalogue) -> None:
    """Refuse a geography whose codes, outlines or ways stand in a source that is held and has not the columns.

    Raises
    ------
    DefinitionError
        With file and line.
    """
    path = catalogue.folder / "geographies.yml"
    for name, item in catalogue.geographies.items():
        named: list[tuple[At, str, set[str]]] = [
            (("leads_to", other), way, {f"{name}_code", f"{other}_code"}) for other, way in item.leads_to.items()
        ]
        named += [(("outlines",), item.outlines, {f"{name}_code", "wkt"})] if item.outlines else []
        named += [(("codes",), item.codes.source, {item.codes.column})] if item.codes else []
        for at, source, columns in named:
            if source not in catalogue.sources:
                continue
            tables = catalogue.sources[source].tables
            named_table = [item.codes.table] if at == ("codes",) and item.codes else list(tables)
            if not any(table in tables and columns <= set(tables[table].columns) for table in named_table):
                wanted = " and ".join(sorted(columns))
                raise complaint(path, (name, *at), f"no table of {source} has the columns {wanted}")


def check_places(catalogue: Catalogue) -> None:
    """Refuse areas of a place whose code is not one of their geography, or stands twice.

    Raises
    ------
    DefinitionError
        With file and line.
    """
    known = catalogue.geographies
    for path, place in catalogue.files("places", catalogue.places):
        others: list[tuple[At, Peer]] = [(("country",), place.country), (("region",), place.region)]
        others += [(("peers", number), peer) for number, peer in enumerate(place.peers)]
        areas: list[tuple[At, str, str, tuple[str, ...]]] = [((), "lad", place.code, place.also)]
        areas += [(at, one.geography, one.code, one.also) for at, one in others]
        seen: set[str] = set()
        for at, geography, code, also in areas:
            expected = str(at[0]) if at and at[0] != "peers" else "lad"
            if geography != expected:
                raise complaint(path, (*at, "geography"), f"expected {expected!r}, got {geography!r}")
            for key, one in (("code", code), *(("also", other) for other in also)):
                problem = code_problem(one, geography, known)
                if problem or one in seen:
                    raise complaint(path, (*at, key), (problem or f"{one} stands twice").rstrip("."))
                seen.add(one)
        for geography, groups in place.told_together.items():
            if geography not in known:
                raise complaint(path, ("told_together", geography), f"no geography; expected {one_of(known)}")
            for number, group in enumerate(groups):
                problems = [code_problem(code, geography, known) for code in group]
                if len(group) < 2 or any(problems):
                    problem = next(filter(None, problems), "expected two wards or more")
                    raise complaint(path, ("told_together", geography, number), problem.rstrip("."))


def check_editions(catalogue: Catalogue) -> None:
    """Refuse editions that pin, follow or weigh by what does not exist or was not known by their cut-off.

    Raises
    ------
    DefinitionError
        With file and line.
    """
    for path, edition in catalogue.files("editions", catalogue.editions):
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
            if stand_in.source in [one.source for one in edition.stand_ins[:number]]:
                raise complaint(path, ("stand_ins", number, "source"), f"{stand_in.source!r} stands twice")
            if stand_in.source not in edition.releases:
                raise complaint(path, ("stand_ins", number, "source"), f"{stand_in.source!r} is not among the releases")
        _check_ways(path, edition, catalogue)
        _check_known_by_then(path, edition, catalogue)
        _check_year(path, edition, catalogue)
        _check_weights(path, edition, catalogue)
        _check_vintage(path, edition, catalogue.geographies)
        _check_outlines(edition, catalogue)


def _check_year(path: Path, edition: Edition, catalogue: Catalogue) -> None:
    """Refuse a year that is not the cut-off's, and an earlier edition of another place."""
    if edition.year != edition.cut_off.year:
        problem = f"expected {edition.cut_off.year}, the year of the cut-off {edition.cut_off}, got {edition.year}"
        raise complaint(path, ("year",), problem)
    for key, other in (("baseline", edition.baseline), ("previous", edition.previous)):
        if other and catalogue.editions[other].place != edition.place:
            raise complaint(path, (key,), f"the edition {other} is of another place than {edition.place}")


def _check_ways(path: Path, edition: Edition, catalogue: Catalogue) -> None:
    """Refuse a pinned release that holds no figures and by which no geography finds its codes, outlines or ways."""
    used = {way for item in catalogue.geographies.values() for way in (*item.leads_to.values(), item.outlines)}
    used |= {item.codes.source for item in catalogue.geographies.values() if item.codes}
    for source in edition.releases:
        if catalogue.sources[source].clean is None and source not in used:
            problem = f"{source} has no cleaner, and geographies.yml names it for no way, codes or outlines"
            raise complaint(path, ("releases", source), problem)


def _check_outlines(edition: Edition, catalogue: Catalogue) -> None:
    """Refuse wards and small areas of an edition whose outlines are in a source that there is not."""
    for name in (edition.ward_geography, edition.lsoa_geography):
        outlines = catalogue.geographies[name].outlines
        if outlines is not None and outlines not in catalogue.sources:
            near = one_of(get_close_matches(outlines, catalogue.sources, n=3, cutoff=0.5))
            problem = f"no source {outlines!r}, in which {edition.id} has its outlines; nearest are {near}"
            raise complaint(catalogue.folder / "geographies.yml", (name, "outlines"), problem)


def weighed(catalogue: Catalogue) -> set[str]:
    """The sources whose figures are weighed by residents: each release of one that is pinned needs weights."""
    return {
        given.source
        for indicator in catalogue.indicators.values()
        for given in indicator.inputs
        if given.measure in WEIGHED_BY_RESIDENTS
    }


def _check_weights(path: Path, edition: Edition, catalogue: Catalogue) -> None:
    """Refuse weights that no source holds, and any other set of them than one for each release of the index pinned."""
    needed = {release for source in weighed(catalogue) for release in edition.releases.get(source, ())}
    for release in sorted(needed ^ set(edition.deprivation_weights)):
        at = ("deprivation_weights", release) if release in edition.deprivation_weights else ("deprivation_weights",)
        problem = "its weights are missing" if release in needed else "no index of that release is pinned"
        raise complaint(path, at, f"{release}: {problem}; expected {one_of(sorted(needed))}")
    for release, weights in edition.deprivation_weights.items():
        held = series_of(catalogue.sources[weights.source])
        if weights.series not in held:
            near = get_close_matches(weights.series, held, n=3, cutoff=0.5)
            problem = f"{weights.source} has no series {weights.series!r}; nearest are {one_of(near)}"
            raise complaint(path, ("deprivation_weights", release, "series"), problem)


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
    for key, name in (("ward_geography", ward), ("lsoa_geography", small)):
        if name not in geographies:
            raise complaint(path, (key,), f"no geography {name!r}; expected {one_of(geographies)}")
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


def check_corrections(catalogue: Catalogue) -> None:
    """Refuse a correction of a source, release, table or column that is not defined.

    Raises
    ------
    DefinitionError
        With file and line.
    """
    for path, one in catalogue.files("corrections", catalogue.corrections):
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
        if one.value == one.expect:
            raise complaint(path, ("value",), f"the new value is the old one, {one.expect!r}")


def _in_force(geography: GeographyDefinition, day: dt.date) -> bool:
    return (geography.start or day) <= day <= (geography.end or day)

"""Areas: codes held to prefix and vintage, names made comparable, outlines, lookups, counts re-aggregated."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from analysis.errors import DataError, UsageError, one_of
from analysis.model import GeographyDefinition, Place
from analysis.paths import DEFINITIONS, Project
from analysis.snapshots import open_release
from analysis.strict import build, complaint, load_yaml

GSS = re.compile(r"[EWSNKJ]\d{8}")


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
    return {name: build(GeographyDefinition, item, path, (name,)) for name, item in data.items()}


def latest_release(project: Project, source: str) -> str:
    """The last recorded release of a source, by its id.

    Raises
    ------
    DataError
        If none is recorded.
    """
    folder = project.raw / source
    held = sorted(path.parent.name for path in folder.glob("*/snapshot.yml"))
    if not held:
        raise DataError(f"{project.shown(folder)}: no release is recorded. Record it with: sotc record {source}.")
    return held[-1]


def recorded_codes(project: Project, geography: str) -> frozenset[str]:
    """The codes of a small geography for the places recorded, from the raw table that its definition names.

    Raises
    ------
    UsageError
        If the geography's definition names no table.
    DataError
        If the table is not recorded.
    """
    known = load_geographies(project.definitions)
    named = known[geography].codes if geography in known else None
    if named is None:
        options = one_of([name for name, item in known.items() if item.codes])
        raise UsageError(f"no codes are recorded for {geography!r}; expected {options}.")
    opened = open_release(project, named.source, latest_release(project, named.source))
    return frozenset(opened.table(named.table)[named.column]) - {""}


def code_sets(project: Project, *places: Place) -> Callable[[str], frozenset[str]]:
    """The sets of codes that a layout may name, for the places to record.

    Returns
    -------
    callable
        ``lad`` gives the codes of the places, ``areas`` those of their benchmarks too (each with the codes an area had
        before), ``country`` those of their countries; the name of a small geography gives its recorded codes.
    """
    areas = [area for place in places for area in place.areas]
    own = {place.code for place in places}
    with_former = {area.code: (area.code, *area.also) for area in areas}
    fixed = {
        "lad": frozenset(code for area in own for code in with_former[area]),
        "areas": frozenset(code for codes in with_former.values() for code in codes),
        "country": frozenset(place.country.code for place in places),
    }

    def codes(name: str) -> frozenset[str]:
        return fixed[name] if name in fixed else recorded_codes(project, name)

    return codes

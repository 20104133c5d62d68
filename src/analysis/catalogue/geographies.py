"""Kinds of areas and their codes, as ``definitions/geographies.yml`` says them: the one home of GSS prefixes."""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from analysis.catalogue.bounds import Code, fits
from analysis.catalogue.strict import build, complaint, load_yaml
from analysis.errors import one_of
from analysis.paths import DEFINITIONS

Geography = str
"""The name of a geography of ``geographies.yml``; which there are is checked when definitions are loaded."""
GSS = re.compile(r"[A-Z]\d{8}", re.ASCII)
Prefix = Annotated[str, fits(r"[A-Z]\d\d", "a letter and two digits such as 'E05'")]


@dataclass(frozen=True)
class RecordedCodes:
    """The raw table that holds the codes of a geography for the places recorded."""

    source: str
    table: str
    column: str


@dataclass(frozen=True)
class GeographyDefinition:
    """A kind of area in one vintage: its names, its codes, how long it was in force, where its lookups lead.

    ``ranges`` are first and last codes known to be of this vintage; ``national`` says that they hold every code of it
    that has their prefix. ``leads_to`` maps a geography to the source of the lookup that leads there.
    """

    name: str
    plural: str
    official: str
    prefixes: tuple[Prefix, ...]
    start: dt.date | None = None
    end: dt.date | None = None
    national: bool = False
    ranges: tuple[tuple[Code, ...], ...] = ()
    codes: RecordedCodes | None = None
    outlines: str | None = None
    leads_to: Mapping[Geography, str] = field(default_factory=dict)

    def holds(self, code: str) -> bool:
        """Whether a code lies in a range known to be of this vintage."""
        return any(first <= code <= last for first, last in self.ranges)


Geographies = Mapping[Geography, GeographyDefinition]


@functools.cache
def load_geographies(definitions: Path = DEFINITIONS) -> Geographies:
    """The geographies of ``definitions/geographies.yml`` by name, read once.

    Raises
    ------
    DefinitionError
        If the file is malformed.
    """
    return read_geographies(definitions)


def read_geographies(definitions: Path) -> Geographies:
    """The geographies as the file has them now.

    Raises
    ------
    DefinitionError
        If the file is malformed, a range is none, or a way leads to a geography that is not defined.
    """
    path = definitions / "geographies.yml"
    data = load_yaml(path)
    if not isinstance(data, dict):
        raise complaint(path, (), "expected a mapping of geographies")
    loaded = {name: build(GeographyDefinition, item, path, (name,)) for name, item in data.items()}
    for name, item in loaded.items():
        for number, pair in enumerate(item.ranges):
            at = (name, "ranges", number)
            if len(pair) != 2 or pair[0] > pair[1] or pair[0][:3] != pair[1][:3]:
                raise complaint(path, at, "expected pairs of a first and a last code of one prefix")
            if not pair[0].startswith(item.prefixes):
                raise complaint(path, at, f"expected codes that begin with {one_of(item.prefixes)}, got {pair[0]!r}")
        if item.national and not item.ranges:
            raise complaint(path, (name, "national"), "the ranges that hold every code are missing")
        if item.end and item.end < (item.start or dt.date.max):
            raise complaint(path, (name, "end"), f"it ends on {item.end}, and its start is {item.start or 'missing'}")
        for target in item.leads_to:
            if target not in loaded:
                raise complaint(path, (name, "leads_to"), f"no geography {target!r}; expected {one_of(loaded)}")
    return loaded


def code_problem(code: object, name: Geography, geographies: Geographies) -> str | None:
    """What is wrong with a code of a geography, or None.

    Examples
    --------
    >>> code_problem("W06000015", "lad", load_geographies()), code_problem("S12000049", "lad", load_geographies())
    (None, None)
    >>> code_problem("E05015277", "lad", load_geographies())[:60]
    "'E05015277' is not the code of a local authority district or"
    """
    definition = geographies[name]
    if not isinstance(code, str) or not GSS.fullmatch(code) or not code.startswith(definition.prefixes):
        kind = f"nine characters that begin with {one_of(definition.prefixes)}"
        return f"{code!r} is not the code of a {definition.official}; expected {kind}. Correct the code."
    if definition.holds(code):
        return None
    for other, sibling in geographies.items():
        if other != name and set(sibling.prefixes) & set(definition.prefixes) and sibling.holds(code):
            return (
                f"{code!r} is of the vintage {other} ({sibling.official}); expected {name}. "
                "Correct the code, or name the vintage that the file holds."
            )
    spans = [pair for pair in definition.ranges if pair[0][:3] == code[:3]]
    if definition.national and spans:
        said = " or ".join(f"{first} to {last}" for first, last in spans)
        return f"{code!r} is unknown: codes of a {definition.official} are {said}. Correct the code."
    return None


def kinds_by_prefix(geographies: Geographies) -> dict[str, Geography]:
    """The geography of each prefix that is of one kind of area whatever its vintage: authorities, regions, countries.

    Examples
    --------
    >>> kinds = kinds_by_prefix(load_geographies())
    >>> kinds["N09"], kinds["E12"], kinds["S92"], "E05" in kinds
    ('lad', 'region', 'country', False)
    """
    return {prefix: name for name, item in geographies.items() if item.start is None for prefix in item.prefixes}

"""What of the definitions an edition uses, as plain data: no comment, and no line that is there for another year."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.catalogue.assurance import Assumption, RevisionsPolicy
from analysis.catalogue.geographies import GeographyDefinition
from analysis.catalogue.measures import DERIVED
from analysis.catalogue.model import Break, Correction, Edition, Indicator
from analysis.catalogue.plans import Plan
from analysis.catalogue.source import Source
from analysis.catalogue.strict import build, load_as, load_yaml

UNREAD = ("headline_rules.yml", "left_out.yml", "publisher_checks.yml", "units.yml")
"""Definitions of which no number of a report is made: they refuse, are for the documentation, or compare."""
KINDS: dict[str, type[Any]] = {
    "sources": Source,
    "indicators": Indicator,
    "corrections": Correction,
    "revisions_policy.yml": RevisionsPolicy,
}
EACH: dict[str, type[Any]] = {
    "geographies.yml": GeographyDefinition,
    "assumptions.yml": Assumption,
    "breaks.yml": Break,
}
"""What a file below the definitions holds, by its folder or name; or each entry of it."""


def definitions_used(
    folder: Path, editions: Collection[Edition], pinned: Collection[tuple[str, str]]
) -> dict[str, object]:
    """What some editions use of the definitions, by file.

    Of a source the releases pinned with their tables and layouts; of an indicator the inputs from pinned sources, the
    priorities of the editions' plans and the breaks so far, and none of it where neither input nor priority is left;
    corrections of pinned releases; geographies that were in force or that a pinned source leads to; of what concerns
    all editions (assumptions, breaks, who signed off) what concerns these. Plans, places and editions are those named,
    in whole.

    Parameters
    ----------
    folder : Path
        The definitions.
    editions : collection of Edition
        An edition, and those it looks back on.
    pinned : collection of (str, str)
        Source and release of all that they may open.

    Returns
    -------
    dict
        Parsed YAML by path below ``folder``, sorted.

    Raises
    ------
    DefinitionError
        If one of those read is not YAML, or not of its kind.
    """
    plans = {name: folder / "plans" / f"{name}.yml" for one in editions for name in one.plans}
    known = [load_as(Plan, path) for path in plans.values() if path.is_file()]
    choice = _Choice(editions, pinned, {priority for plan in known for priority in plan.priorities})
    paths = {
        *(path for path in folder.glob("*.yml") if path.name not in UNREAD),
        *(path for kind in ("indicators", "corrections") for path in (folder / kind).glob("*.yml")),
        *plans.values(),
        *(folder / "sources" / f"{source}.yml" for source in choice.sources),
        *(folder / "editions" / f"{one.id}.yml" for one in editions),
        *(folder / "places" / f"{one.place}.yml" for one in editions),
    }
    used: dict[str, Any] = {}
    for path in sorted(path for path in paths if path.is_file()):
        name = path.relative_to(folder)
        content = choice.of(name, _parsed(path, path.read_bytes()))
        if content is not None:
            used[name.as_posix()] = content
    indicators = [one for name, one in used.items() if name.startswith("indicators/")]
    broken = {name for one in indicators for name in one.get("breaks", {}).values()}
    if "breaks.yml" in used:
        used["breaks.yml"] = [one for one in used["breaks.yml"] if one["id"] in broken]
    return used


@dataclass(frozen=True)
class _Choice:
    """What counts: of these editions, these releases, these priorities."""

    editions: Collection[Edition]
    pinned: Collection[tuple[str, str]]
    priorities: Collection[str]

    @property
    def sources(self) -> set[str]:
        return {source for source, _ in self.pinned}

    @property
    def last(self) -> dt.date:
        """The last day by which one of the editions knows something."""
        return max(one.cut_off for one in self.editions)

    def of(self, name: Path, data: Any) -> Any:
        """What counts of the content of one file; None where nothing does."""
        choices: dict[str, Callable[[Any], Any]] = {
            "sources": self._source,
            "indicators": self._indicator,
            "corrections": self._correction,
            "revisions_policy.yml": self._policy,
            "geographies.yml": self._geographies,
            "assumptions.yml": self._assumptions,
        }
        chosen = choices.get(name.parts[0])
        return data if chosen is None else chosen(data)

    def _source(self, data: dict[str, Any]) -> Any:
        releases = {name: one for name, one in data["releases"].items() if (data["id"], str(name)) in self.pinned}
        opened = {table for one in releases.values() for table in one["tables"]}
        tables = {name: _for_releases(one, {*releases}) for name, one in data["tables"].items() if name in opened}
        return data | {"releases": releases, "tables": tables}

    def _indicator(self, data: dict[str, Any]) -> Any:
        inputs = [one for one in data["inputs"] if one["source"] in self.sources or one["measure"] == DERIVED]
        priorities = [name for name in data["priorities"] if name in self.priorities]
        # A break after all that is held was published breaks nothing.
        held = max((release for _, release in self.pinned), default="")
        breaks = {
            day: name for day, name in data.get("breaks", {}).items() if str(day) <= max(held, self.last.isoformat())
        }
        chosen = {"inputs": inputs, "priorities": priorities, "breaks": breaks}
        return data | chosen if inputs or priorities else None

    def _correction(self, data: dict[str, Any]) -> Any:
        return data if (data["source"], str(data["release"])) in self.pinned else None

    def _policy(self, data: dict[str, Any]) -> Any:
        names = {one.id for one in self.editions}
        return data | {"signed_off": [one for one in data.get("signed_off", []) if one["edition"] in names]}

    def _geographies(self, data: dict[str, dict[str, Any]]) -> Any:
        return {name: one for name, item in data.items() if (one := self._geography(item)) is not None}

    def _geography(self, data: dict[str, Any]) -> Any:
        last = self.last
        ways = {to: way for to, way in data.get("leads_to", {}).items() if way in self.sources}
        named = {data.get("outlines"), (data.get("codes") or {}).get("source"), *ways.values()}
        if data.get("start", last) > last and not named & self.sources:
            return None
        ended = data.get("end", dt.date.max) <= last  # what ended later was in force
        return {key: item for key, item in data.items() if key != "end" or ended} | {"leads_to": ways}

    def _assumptions(self, data: list[dict[str, Any]]) -> Any:
        return [one for one in data if not one.get("sources") or {*one["sources"]} & self.sources]


@functools.cache
def _parsed(path: Path, content: bytes) -> Any:  # noqa: ARG001  (the content is what the cache goes by)
    """The YAML of one file, held to its kind so that what counts of it can be told."""
    data = load_yaml(path)
    kind, each = KINDS.get(path.name, KINDS.get(path.parent.name)), EACH.get(path.name)
    if each is not None:
        for at, item in data.items() if isinstance(data, dict) else enumerate(data):
            build(each, item, path, (at,))
    elif kind is not None:
        build(kind, data, path)
    return data


def _for_releases(table: Mapping[str, Any], releases: Collection[object]) -> dict[str, Any]:
    """A raw table with the layouts by which some releases are read: those for them, and those for any."""
    layouts: Iterable[Mapping[str, Any]] = table.get("layouts", ())
    names = {str(name) for name in releases}
    return {
        **table,
        "layouts": [one for one in layouts if not one.get("releases") or {*map(str, one["releases"])} & names],
    }

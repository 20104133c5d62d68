"""All definitions, loaded strictly and held to each other: nothing points at what does not exist."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from analysis.catalogue.check_editions import check_corrections, check_editions, check_places, check_ways
from analysis.catalogue.check_indicators import check_breaks, check_headlines, check_indicators, check_left_out
from analysis.catalogue.check_plans import check_outcomes, check_plans
from analysis.catalogue.check_sources import check_sources
from analysis.catalogue.definitions import Catalogue
from analysis.catalogue.geographies import read_geographies
from analysis.catalogue.model import Break, Correction, Edition, HeadlineRules, Indicator, KnownGap, LeftOut, Place
from analysis.catalogue.plans import Plan
from analysis.catalogue.source import Source
from analysis.catalogue.strict import build, complaint, load_as, load_yaml
from analysis.catalogue.units import read_units

__all__ = ["Catalogue", "check_catalogue", "load_catalogue"]

T = TypeVar("T")


def load_catalogue(folder: Path) -> Catalogue:
    """Load and check every definition under ``folder``.

    Raises
    ------
    DefinitionError
        Naming the file, the line and the problem: YAML, a wrong key, a wrong type, a value out of bounds, a reference
        to nothing.
    """
    rules = folder / "headline_rules.yml"
    catalogue = Catalogue(
        folder=folder,
        sources=_load(Source, folder / "sources"),
        indicators=_load(Indicator, folder / "indicators"),
        plans=_load(Plan, folder / "plans"),
        places=_load(Place, folder / "places"),
        editions=_load(Edition, folder / "editions"),
        geographies=read_geographies(folder),
        units=read_units(folder),
        known_gaps=_load_list(KnownGap, folder / "known_gaps.yml"),
        breaks={item.id: item for item in _load_list(Break, folder / "breaks.yml")},
        corrections=_load(Correction, folder / "corrections"),
        left_out=_load_list(LeftOut, folder / "left_out.yml"),
        headline_rules=load_as(HeadlineRules, rules) if rules.is_file() else None,
    )
    check_catalogue(catalogue)
    return catalogue


def check_catalogue(catalogue: Catalogue) -> None:
    """Hold definitions to each other.

    Raises
    ------
    DefinitionError
        For the first that does not fit, with file and line.
    """
    for check in (
        check_sources,
        check_plans,
        check_indicators,
        check_breaks,
        check_outcomes,
        check_headlines,
        check_left_out,
        check_ways,
        check_places,
        check_editions,
        check_corrections,
    ):
        check(catalogue)


def _load(cls: type[T], folder: Path) -> dict[str, T]:
    return {path.stem: load_definition(cls, path) for path in sorted(folder.glob("*.yml"))}


def load_definition(cls: type[T], path: Path) -> T:
    """One definition, alone: held to its schema, and its id to the file's name.

    Raises
    ------
    DefinitionError
        With file and line.
    """
    item = load_as(cls, path)
    identifier = str(item.id)  # type: ignore[attr-defined]
    if identifier != path.stem:
        raise complaint(path, ("id",), f"expected the file's own name {path.stem!r}, got {identifier!r}")
    return item


def _load_list(cls: type[T], path: Path) -> tuple[T, ...]:
    if not path.is_file():
        return ()
    entries = load_yaml(path)
    if not isinstance(entries, list):
        raise complaint(path, (), "expected a list")
    items = tuple(build(cls, entry, path, (number,)) for number, entry in enumerate(entries))
    seen: set[object] = set()
    for number, item in enumerate(items):
        identity = getattr(item, "id", item)
        if identity in seen:
            raise complaint(path, (number,), f"{identity!r} stands twice")
        seen.add(identity)
    return items

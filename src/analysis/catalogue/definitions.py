"""All definitions by id, as one object; :mod:`analysis.catalogue.load` reads and checks them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from analysis.catalogue.geographies import Geographies
from analysis.catalogue.model import Break, Correction, Edition, HeadlineRules, Indicator, KnownGap, LeftOut, Place
from analysis.catalogue.plans import Plan, Priority
from analysis.catalogue.source import Source
from analysis.catalogue.units import Units
from analysis.errors import UsageError, one_of

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
    geographies: Geographies = field(default_factory=dict)
    units: Units = field(default_factory=dict)
    known_gaps: tuple[KnownGap, ...] = ()
    breaks: Mapping[str, Break] = field(default_factory=dict)
    corrections: Mapping[str, Correction] = field(default_factory=dict)
    left_out: tuple[LeftOut, ...] = ()
    headline_rules: HeadlineRules | None = None

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

    def files(self, kind: str, items: Mapping[str, T]) -> Iterator[tuple[Path, T]]:
        """Definitions of one kind, each with its file."""
        for name, item in items.items():
            yield self.folder / kind / f"{name}.yml", item

"""What a row of ``indicators.csv`` is made of: the parts of its area, with shares, weights and observations."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from analysis.audit.observed import Observation, observations
from analysis.audit.opened import Opened
from analysis.catalogue.model import Input, parse_reference
from analysis.tables.query import TableRow, Tables


@dataclass(frozen=True)
class Part:
    """An area that a figure is made of: how much of it counts, with what weight, and its observations by role."""

    area_code: str
    share: float
    weight: float
    observed: Mapping[str, tuple[Observation, ...]]


@dataclass(frozen=True)
class Lineage:
    """How a value came about: the input used, the parts in the formula's order, and the value so worked out.

    ``way`` is from which geography to which; ``rests_on`` are other rows of the table that it is made of, each with
    its own lineage; ``other`` what else came out, by column (``numerator``, ``lower_ci95``).
    """

    given: Input
    formula: str
    value: float
    parts: tuple[Part, ...] = ()
    way: tuple[str, str] = ("", "")
    other: Mapping[str, float] = field(default_factory=dict)
    also: Mapping[str, tuple[Observation, ...]] = field(default_factory=dict)
    rests_on: tuple[tuple[TableRow, Lineage], ...] = ()


@dataclass
class Tracer:
    """Finds the observations, links and people behind the rows of one edition."""

    opened: Opened
    tables: Tables
    _observed: dict[tuple[str, str, str], list[Observation]] = field(default_factory=dict)

    def observed(self, source: str, release: str, series: str) -> list[Observation]:
        """Every observation of a series of a release; ``a+b`` gives those of both."""
        key = (source, release, series)
        if key not in self._observed:
            self._observed[key] = observations(self.opened, source, release, series.split("+"))
        return self._observed[key]

    def of_row(self, given: Input, role: str, row: TableRow) -> dict[str, tuple[Observation, ...]]:
        """The observations of a role's series for a row's release, period, sex and age, by area."""
        source, series, age = parse_reference(given.series[role], given.source)
        wanted = (row.cells["period_start"], row.cells["period_end"], row.cells["sex"], age or row.cells["age"])
        release = row.cells["release"]
        if release not in self.opened.edition.releases.get(source, ()):
            return {}
        return grouped(
            one
            for one in self.observed(source, release, series)
            if (one.period_start, one.period_end, one.sex, one.age) == wanted
        )

    def latest(self, reference: str, default: str, sex: str) -> dict[str, tuple[Observation, ...]]:
        """The observations of the last release and period of a series, of one sex and the age named (else all)."""
        source, series, age = parse_reference(reference, default)
        found = self.observed(source, self.opened.last_release(source), series)
        last = max((one.period_end for one in found), default="")
        return grouped(one for one in found if (one.period_end, one.sex, one.age) == (last, sex, age or "all"))

    def people(self, reference: str, default: str, geography: str) -> dict[str, tuple[float, tuple[Observation, ...]]]:
        """Residents of the areas of a geography, summed by share from those that they are held for."""
        found = self.latest(reference, default, "persons")
        held = geography_of(found)
        if held == geography:
            return {area: (total(each), each) for area, each in found.items()}
        people: dict[str, tuple[float, tuple[Observation, ...]]] = {}
        for link in self.links(held, geography):
            area, source = link.cells["target_code"], link.cells["source_code"]
            if source in found:
                count, before = people.get(area, (0.0, ()))
                people[area] = (count + float(link.cells["share"]) * total(found[source]), (*before, *found[source]))
        return people

    def links(self, source: str, target: str) -> list[TableRow]:
        """The rows of ``links.csv`` from one geography to another."""
        rows = self.tables.among("links", "source_geography", [source])
        return [row for row in rows if row.cells["target_geography"] == target]

    def shares(self, source: str, row: TableRow, areas: Iterable[str]) -> dict[str, float]:
        """Which areas of a geography make up the area of a row, each with its share."""
        target, code = row.cells["geography"], row.cells["area_code"]
        if source == target:
            return {code: 1.0}
        if target == "lad":
            return dict.fromkeys(sorted(areas), 1.0)
        found = [link for link in self.links(source, target) if link.cells["target_code"] == code]
        return {link.cells["source_code"]: float(link.cells["share"]) for link in found}


def grouped(found: Iterable[Observation]) -> dict[str, tuple[Observation, ...]]:
    """Observations by area."""
    by_area: dict[str, tuple[Observation, ...]] = {}
    for one in found:
        by_area[one.area_code] = (*by_area.get(one.area_code, ()), one)
    return by_area


def geography_of(found: Mapping[str, Sequence[Observation]]) -> str:
    """The geography that observations are by."""
    return next((each[0].geography for each in found.values()), "")


def total(found: Sequence[Observation]) -> float:
    """The sum of the series of a reference; missing where one is."""
    return math.fsum(one.value for one in found) if found else math.nan

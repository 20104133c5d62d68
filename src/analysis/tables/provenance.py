"""From a row of ``indicators.csv`` to the observations behind it, with the areas that they are of and their weights.

A join over the processed tables: the row names the input that made it, the input's measure says which observations its
roles read (:mod:`analysis.catalogue.measures`), ``observations.csv`` holds them and ``links.csv`` the shares of areas.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from analysis.catalogue.measures import DERIVED, INDEX_SERIES, MEASURES, Measure
from analysis.catalogue.model import Edition, Indicator, Input, Place, parse_reference
from analysis.errors import DataError
from analysis.tables.query import TableRow, Tables

Found = Mapping[str, tuple[TableRow, ...]]
"""Observations by area: one, or those of each series that a reference sums."""
SAME_ROW = ("area_code", "geography", "period_start", "period_end", "sex", "age", "release")


@dataclass(frozen=True)
class Part:
    """An area that a figure is made of: how much of it counts, with what weight, and its observations by role."""

    area_code: str
    share: float
    weight: float
    observed: Mapping[str, tuple[TableRow, ...]]


@dataclass(frozen=True)
class Origin:
    """What a row rests on: the input and measure that made it, and the parts of its area.

    ``way`` is from which geography to which; ``whole`` the people of all parts of the city, where larger areas are
    shared out by people; ``also`` the observations that are of no part; ``rests_on`` the other rows it is made of.
    """

    given: Input
    measure: Measure
    parts: tuple[Part, ...] = ()
    way: tuple[str, str] = ("", "")
    whole: Mapping[str, float] = field(default_factory=dict)
    also: Mapping[str, tuple[TableRow, ...]] = field(default_factory=dict)
    rests_on: tuple[TableRow, ...] = ()


def number(observation: TableRow) -> float:
    """The value of an observation as its table holds it; not a number where it has none."""
    return float(observation.cells["value"] or "nan")


@dataclass
class Origins:
    """Finds the origin of rows of one edition's ``indicators.csv`` (and ``ward_series.csv``).

    ``value`` gives the number of an observation, where people weigh or share areas out: by default that of its table.
    """

    tables: Tables
    edition: Edition
    place: Place
    indicators: Mapping[str, Indicator]
    value: Callable[[TableRow], float] = number
    _held: dict[tuple[str, str], dict[tuple[str, ...], dict[str, TableRow]]] = field(default_factory=dict)
    _found: dict[tuple[str, ...], Found] = field(default_factory=dict)
    _weights: dict[tuple[str, ...], dict[str, tuple[float, tuple[TableRow, ...]]]] = field(default_factory=dict)
    _links: dict[tuple[str, str], dict[str, dict[str, float]]] = field(default_factory=dict)
    _shared: dict[tuple[str, str, str], dict[str, dict[str, float]]] = field(default_factory=dict)

    def of(self, row: TableRow) -> Origin:
        """The origin of a row.

        Raises
        ------
        DataError
            If the definition has no such input, or the tables hold no observation that it reads.
        """
        indicator, place = self.indicators[row.cells["indicator"]], f"{row.file}, line {row.line}"
        named = int(row.cells["input"])
        if not 1 <= named <= len(indicator.inputs):
            raise DataError(
                f"{place}: input {named} of {indicator.id}, which has {len(indicator.inputs)}. The definition changed "
                "since the table was made: build the edition again."
            )
        given = indicator.inputs[named - 1]
        measure = MEASURES[given.measure]
        if given.measure == DERIVED:
            return Origin(given, measure, rests_on=self._rows(given, row))
        found = {role: self.found(given, role, row) for role in measure.roles}
        lacking = next((role for role, held in found.items() if not held), None)
        if lacking is not None:
            raise DataError(f"{place}: observations.csv holds no {lacking} of it. Build the edition again.")
        return self._joined(given, measure, found, row)

    def _joined(self, given: Input, measure: Measure, found: Mapping[str, Found], row: TableRow) -> Origin:
        """The parts of a row's area, from the observations of each role."""
        reads = {name: role.read for name, role in measure.roles.items()}
        by_area = [role for role in found if reads[role] in ("own", "latest", "pooled")]
        main = found[by_area[0]]
        kinds = {each[0].cells["geography"] for each in main.values()}
        source = row.cells["geography"] if row.cells["geography"] in kinds else min(kinds)
        also = {role: each for role in found if reads[role] in ("level", "second") for each in found[role].values()}
        way = (source, row.cells["geography"])
        if "shared" in reads.values():
            role = next(role for role in reads if reads[role] == "shared")
            shared = self._people_shared(given.series[role], found[role], source, row)
            own = shared.get(row.cells["area_code"], {})
            whole: dict[str, float] = {}
            for counts in shared.values():
                for area, count in counts.items():
                    whole[area] = whole.get(area, 0.0) + count
            parts = [
                Part(area, count / whole[area], count, {one: found[one].get(area, ()) for one in by_area})
                for area, count in sorted(own.items())
            ]
            return Origin(given, measure, tuple(parts), way, whole, also)
        areas = [area for area, each in main.items() if each[0].cells["geography"] == source]
        weigh = next((role for role in reads if reads[role] in ("residents", "weights")), None)
        people = self._people(_place(given, weigh, row), source) if weigh else None
        parts = []
        for area, share in self._shares(source, row, areas).items():
            observed = {role: found[role].get(area, ()) for role in by_area}
            weight = math.nan
            if people is not None:
                count, behind = people.get(area, (math.nan, ()))
                weight, observed = share * count, {**observed, "people": behind}
            parts.append(Part(area, share, weight, observed))
        return Origin(given, measure, tuple(parts), way, also=also)

    def found(self, given: Input, role: str, row: TableRow) -> Found:
        """The observations that a role reads for a row, by area; found once for all rows that share them."""
        place = _place(given, role, row)
        if place not in self._found:
            self._found[place] = self._find(given, role, row)
        return self._found[place]

    def _find(self, given: Input, role: str, row: TableRow) -> Found:
        read, cells = MEASURES[given.measure].roles[role].read, row.cells
        if read == "weights":
            weights = self.edition.deprivation_weights[cells["release"]]
            held = self._series(weights.source, weights.series)
            return _by_area(
                [held], [key for key in held if key[0] == weights.release and key[3:] == ("persons", "all")]
            )
        source, names, age = parse_reference(given.series[role], given.source)
        series = [self._series(source, name) for name in names.split("+")]
        keys = list(series[0])
        if read == "own":
            own = (*(cells[name] for name in ("release", "period_start", "period_end", "sex")), age or cells["age"])
            return _by_area(series, [own])
        if read == "pooled":
            years = set.intersection(*(self._years(text, given.source) for text in given.series.values()))
            keys = [key for key in keys if key[3] == cells["sex"] and key[4] != "all" and key[2][:4] in years]
            return _by_area(series, sorted(keys))
        if read == "level":
            keys = [key for key in keys if key[3] == cells["sex"] and self.place.code in series[0][key]]
            last = max(keys, key=lambda key: (key[0], key[2]), default=None)
            return {} if last is None else {self.place.code: (series[0][last][self.place.code],)}
        release = max(key[0] for key in keys)
        end = max(key[2] for key in keys if key[0] == release)
        sexes = {"latest": {cells["sex"]}, "second": {key[3] for key in keys}}.get(read, {"persons"})
        last_of = [key for key in keys if (key[0], key[2], key[4]) == (release, end, age or "all") and key[3] in sexes]
        found = _by_area(series, last_of)
        return {"": tuple(one for each in found.values() for one in each)} if read == "second" else found

    def published(self, row: TableRow) -> TableRow | None:
        """The observation that a row of another table repeats; None where its value was itself put together.

        The rank of ``small_areas.csv`` and the value of ``inequality_areas.csv`` are observations.
        """
        cells = row.cells
        if row.table == "small_areas":
            held = self._series(cells["source"], INDEX_SERIES[0])
            found = [one for key, areas in held.items() if key[0] == cells["release"] for one in areas.values()]
            return next((one for one in found if one.cells["area_code"] == cells["area_code"]), None)
        if row.table != "inequality_areas":
            return None
        for given in self.indicators[cells["indicator"]].inputs:
            for text in given.series.values():
                source, series, _ = parse_reference(text, given.source)
                keys = [key for key in self._series(source, series) if key[3] == cells["sex"]]
                if source == cells["source"] and keys:
                    last = self._series(source, series)[max(keys, key=lambda key: (key[0], key[2]))]
                    one = last.get(cells["area_code"])
                    if one is not None and one.cells["value"] == cells["value"]:
                        return one
        return None

    def _series(self, source: str, series: str) -> dict[tuple[str, ...], dict[str, TableRow]]:
        """The observations of a series by release, period, sex and age, and in these by area."""
        if (source, series) not in self._held:
            held: dict[tuple[str, ...], dict[str, TableRow]] = {}
            for one in self.tables.among("observations", "series", [series]):
                if one.cells["source"] == source:
                    key = tuple(one.cells[name] for name in ("release", "period_start", "period_end", "sex", "age"))
                    held.setdefault(key, {})[one.cells["area_code"]] = one
            self._held[source, series] = held
        return self._held[source, series]

    def _years(self, reference: str, default: str) -> set[str]:
        source, series, _ = parse_reference(reference, default)
        return {key[2][:4] for key in self._series(source, series)}

    def _way(self, source: str, target: str) -> dict[str, dict[str, float]]:
        """Shares of areas in others: by target, by source."""
        if (source, target) not in self._links:
            ways: dict[str, dict[str, float]] = {}
            for link in self.tables.among("links", "source_geography", [source]):
                if link.cells["target_geography"] == target:
                    own = ways.setdefault(link.cells["target_code"], {})
                    own[link.cells["source_code"]] = float(link.cells["share"])
            self._links[source, target] = ways
        return self._links[source, target]

    def _shares(self, source: str, row: TableRow, areas: list[str]) -> dict[str, float]:
        """Which areas of a geography make up the area of a row, each with its share."""
        target, code = row.cells["geography"], row.cells["area_code"]
        if source == target:
            return {code: 1.0}
        return dict.fromkeys(sorted(areas), 1.0) if target == "lad" else self._way(source, target).get(code, {})

    def _people(self, place: tuple[str, ...], geography: str) -> dict[str, tuple[float, tuple[TableRow, ...]]]:
        """Residents of the areas of a geography with their observations, by share from those that they are held for."""
        if (*place, geography) not in self._weights:
            people = self._found[place]
            counts = {area: self._total(each) for area, each in people.items()}
            held = _geography(people)
            ways = {area: {area: 1.0} for area in counts} if held == geography else self._way(held, geography)
            self._weights[*place, geography] = {
                area: (
                    math.fsum(share * counts[part] for part, share in parts.items()),
                    tuple(one for part in parts for one in people[part]),
                )
                for area, parts in ways.items()
            }
        return self._weights[*place, geography]

    def _people_shared(self, reference: str, people: Found, larger: str, row: TableRow) -> dict[str, dict[str, float]]:
        """People whom each area of the row's geography shares with each larger area: by target, by larger area."""
        target, small = row.cells["geography"], _geography(people)
        place = (reference, larger, target)
        if place not in self._shared:
            counts = {area: self._total(each) for area, each in people.items()}
            onward = (
                self._way(small, target) if target != "lad" else {row.cells["area_code"]: dict.fromkeys(counts, 1.0)}
            )
            into: dict[str, dict[str, float]] = {}
            for code, parts in self._way(small, larger).items():
                for part, share in parts.items():
                    into.setdefault(part, {})[code] = share
            shared: dict[str, dict[str, float]] = {}
            for code, parts in onward.items():
                own = shared.setdefault(code, {})
                for part, share in parts.items():
                    for area, other in into[part].items():
                        own[area] = own.get(area, 0.0) + counts[part] * share * other
            self._shared[place] = shared
        return self._shared[place]

    def _total(self, observations: tuple[TableRow, ...]) -> float:
        return sum(self.value(one) for one in observations)

    def _rows(self, given: Input, row: TableRow) -> tuple[TableRow, ...]:
        """The row of the same area, and the city's last, of the indicator that this one is derived from."""
        rows = self.tables.among("indicators", "indicator", [given.series["indicator"]])
        own = [one for one in rows if all(one.cells[name] == row.cells[name] for name in SAME_ROW)]
        city = [
            one for one in rows if (one.cells["area_code"], one.cells["sex"]) == (self.place.code, row.cells["sex"])
        ]
        if len(own) != 1 or not city:
            raise DataError(f"{row.file}, line {row.line}: no row of {given.series['indicator']} is behind it.")
        return (own[0], max(city, key=lambda one: one.cells["period_end"]))


def _by_area(
    series: list[dict[tuple[str, ...], dict[str, TableRow]]], keys: list[tuple[str, ...]]
) -> dict[str, tuple[TableRow, ...]]:
    """The observations under some keys by area; of an area that a summed series lacks there are none."""
    found: dict[str, tuple[TableRow, ...]] = {}
    for key in keys:
        held = [one.get(key, {}) for one in series]
        for area in held[0]:
            each = tuple(one[area] for one in held if area in one)
            if len(each) == len(series):
                found[area] = (*found.get(area, ()), *each)
    return found


def _place(given: Input, role: str, row: TableRow) -> tuple[str, ...]:
    """What tells the observations of a role apart from those of other rows and roles."""
    names = ("release", "period_start", "period_end", "sex", "age")
    return (given.measure, role, given.source, given.series.get(role, ""), *(row.cells[name] for name in names))


def _geography(found: Found) -> str:
    return next(iter(found.values()))[0].cells["geography"]

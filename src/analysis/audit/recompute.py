"""A second calculation: rows of the tables worked out again from raw rows, by sums that anyone can follow.

Plain Python, one row at a time; it shares no array and no arithmetic with the build. Which observations are behind a
row is a query on the tables (:mod:`analysis.tables.provenance`); their numbers are read from the publisher's file.
Where the sums do not give what the table holds, there is no explanation but an error.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from analysis.audit.opened import Opened, RawRow
from analysis.errors import DataError
from analysis.tables.provenance import Origin, Origins, Part
from analysis.tables.query import TableRow, Tables

SAME = 1e-9
"""How far, as a share of it, a value worked out again may lie from a cell of twelve significant digits."""
COVERED = 0.8
"""Share of an area's people who must live in larger areas with a value."""
_NUMBER = re.compile(r"[-+]?\d*\.?\d+(?:[eE][-+]?\d+)?")
_AREA = re.compile(r"(area|lsoa|msoa|ward|lad)(\d\d)?_code")
_SEXES = {"m": "male", "f": "female", "w": "female"}
Numbers = dict[str, float]


@dataclass
class Second:
    """The second calculation of one edition: its raw rows, and where its rows come from."""

    opened: Opened
    tables: Tables
    origins: Origins = field(init=False)
    _read: dict[int, tuple[float, float, float]] = field(default_factory=dict)
    _made: dict[tuple[str, int], tuple[Origin, Numbers]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        opened = self.opened
        self.origins = Origins(self.tables, opened.edition, opened.place, opened.indicators, self.value)

    def again(self, row: TableRow) -> tuple[Origin, Numbers]:
        """Where a row of ``indicators.csv`` comes from, and its numbers from raw rows, by column.

        Raises
        ------
        DataError
            If the raw rows do not give the numbers of the table.
        """
        place = (row.table, row.line)
        if place not in self._made:
            origin = self.origins.of(row)
            self._made[place] = (origin, FORMULAS[origin.given.measure](self, origin, row))
        for column, value in self._made[place][1].items():
            if not same(row.cells[column], value):
                said = "no value" if math.isnan(value) else f"{value:.12g}"
                raise DataError(
                    f"{row.file}, line {row.line}: the {column} is {row.cells[column] or 'empty'}, and the raw rows "
                    f"give {said}. The table was not made from these rows: build the edition again."
                )
        return self._made[place]

    def value(self, one: TableRow) -> float:
        """The number of an observation, from the publisher's row."""
        return self.numbers(one)[0]

    def numbers(self, one: TableRow) -> tuple[float, float, float]:
        """The number of an observation with its limits, read from the raw row that it names.

        Raises
        ------
        DataError
            If that row is about something else, or holds another number.
        """
        if one.line not in self._read:
            self._read[one.line] = self._numbers(one)
        return self._read[one.line]

    def _numbers(self, one: TableRow) -> tuple[float, float, float]:
        cells, source = one.cells, self.opened.source(one.cells["source"])
        row = self.raw_row(one)
        raw, place = row.cells, f"{row.file}, line {row.line}"
        wrong = next((column for column in _about(cells, raw, source.code_changes) if column), "")
        if wrong:
            raise DataError(
                f"{one.file}, line {one.line}: {place} says {raw[wrong]!r} under {wrong!r}, and is not about "
                f"{cells['series']} {cells['area_code']} {cells['sex']} {cells['period_end']}. Build the edition again."
            )
        declared = source.series.get(cells["series"])
        fold = 100 if declared and declared.published_unit == "proportion" != declared.unit else 1
        limits = ("lower_ci95", "upper_ci95") if cells["column"] == "value" else ("", "")
        if declared and cells["column"] != "value":
            limits = (declared.lower or "", declared.upper or "")
        value = fold * math.fsum(_number(raw[column]) for column in cells["column"].split("+"))
        if not same(cells["value"], value):
            said = " + ".join(repr(raw[column]) for column in cells["column"].split("+"))
            raise DataError(
                f"{one.file}, line {one.line}: the value is {cells['value'] or 'empty'}, and {place}, says {said}. "
                "Build the edition again."
            )
        lower, upper = (fold * _number(raw.get(column, "")) for column in limits)
        return value, lower, upper

    def raw_row(self, one: TableRow) -> RawRow:
        """The publisher's row that an observation names."""
        table = self.opened.table(*(one.cells[name] for name in ("source", "release", "table")))
        return table.row(int(one.cells["row"]))

    def total(self, part: Part, role: str) -> float:
        """What a part has in a role: the number, or the sum where a reference sums series; none where one lacks."""
        found = part.observed[role]
        return math.fsum(map(self.value, found)) if found else math.nan


def same(cell: str, value: float) -> bool:
    """Whether a cell holds a number, or is empty where there is none."""
    held = float(cell) if cell else math.nan
    return math.isclose(held, value, rel_tol=SAME, abs_tol=SAME) or (math.isnan(held) and math.isnan(value))


def _about(cells: Mapping[str, str], raw: Mapping[str, str], changes: Mapping[str, str]) -> list[str]:
    """The columns of a raw row that say that it is about something else than an observation."""
    wrong = []
    for column, text in raw.items():
        if _AREA.fullmatch(column):
            fits = cells["area_code"] in (text, changes.get(text))
        elif column == "sex":
            fits = _SEXES.get(text[:1].lower(), "persons") == cells["sex"]
        elif column in ("period", "year"):
            fits = cells["period_start"][:4] in text or cells["period_end"][:4] in text
        else:
            fits = column not in ("series", "age") or text == cells[column]
        if not fits:
            wrong.append(column)
    return wrong


def _number(text: str) -> float:
    found = _NUMBER.match(text.replace(",", "").strip())
    return float(found[0]) if found else math.nan


def _published(second: Second, origin: Origin, _row: TableRow) -> Numbers:
    (part,) = origin.parts
    found = part.observed["value"]
    made = {"value": second.total(part, "value")}
    if len(found) == 1:
        made["lower_ci95"], made["upper_ci95"] = second.numbers(found[0])[1:]
    return made


def _sums(second: Second, origin: Origin, *roles: str) -> list[float]:
    """The sum of each role over the parts, by share; none where the area has no part."""
    parts = origin.parts
    return [math.fsum(part.share * second.total(part, role) for part in parts) if parts else math.nan for role in roles]


def _count(second: Second, origin: Origin, _row: TableRow) -> Numbers:
    return {"value": _sums(second, origin, "count")[0]}


def _ratio(fold: int) -> Callable[[Second, Origin, TableRow], Numbers]:
    def ratio(second: Second, origin: Origin, _row: TableRow) -> Numbers:
        top, bottom = _sums(second, origin, "numerator", "denominator")
        return {"value": fold * top / bottom if bottom else math.nan, "numerator": top, "denominator": bottom}

    return ratio


def _weighted(second: Second, origin: Origin, _row: TableRow) -> Numbers:
    top = math.fsum(part.weight * second.total(part, "value") for part in origin.parts)
    people = math.fsum(part.weight for part in origin.parts)
    return {"value": top / people if people else math.nan}


def _extent(percentile: float) -> float:
    return 1.0 if percentile <= 10 else 0.95 - (percentile - 11) * 0.9 / 19 if percentile <= 30 else 0.0


def _tenth(percentile: float) -> float:
    return float(percentile <= 10)


WORTH: dict[str, Callable[[float, float, int], float]] = {
    "imd_average_score": lambda score, _rank, _areas: score,
    "imd_average_rank": lambda _score, rank, areas: areas + 1 - rank,
    "imd_extent": lambda _score, rank, areas: _extent(math.ceil(100 * rank / areas)),
    "share_of_small_areas_most_deprived": lambda _score, rank, areas: 100 * _tenth(math.ceil(100 * rank / areas)),
    "share_of_residents_most_deprived": lambda _score, rank, areas: 100 * _tenth(math.ceil(100 * rank / areas)),
}
"""What a small area counts for in a summary of the index: from its score, its rank, and how many areas England has."""


def _deprivation(second: Second, origin: Origin, row: TableRow) -> Numbers:
    facts = second.opened.source(origin.given.source).releases[row.cells["release"]].facts
    national, worth = int(str(facts["england_lsoas"])), WORTH[origin.given.measure]
    by_area = origin.given.measure == "share_of_small_areas_most_deprived"
    weights = [1.0 if by_area else part.weight for part in origin.parts]
    top = math.fsum(
        weight * worth(second.total(part, "score"), second.total(part, "rank"), national)
        for weight, part in zip(weights, origin.parts, strict=True)
    )
    bottom = math.fsum(weights)
    if not bottom:
        return {"value": math.nan}
    return {"value": top / bottom, "denominator": bottom} | ({"numerator": top / 100} if by_area else {})


def _mean(second: Second, people: Mapping[str, float], values: Mapping[str, TableRow]) -> float:
    """The mean of larger areas' values by shared people; none where too few of them live where there is a value."""
    numbers = {area: second.numbers(values[area]) for area in people if area in values}
    known = {area: each[0] for area, each in numbers.items() if not any(map(math.isnan, each))}
    covered = math.fsum(people[area] for area in known)
    if not covered or covered / math.fsum(people.values()) < COVERED:
        return math.nan
    return math.fsum(people[area] * value for area, value in known.items()) / covered


def _apportioned_mean(second: Second, origin: Origin, row: TableRow) -> Numbers:
    values = {area: each[0] for area, each in second.origins.found(origin.given, "value", row).items()}
    return {"value": _mean(second, {part.area_code: part.weight for part in origin.parts}, values)}


def _apportioned_life(second: Second, origin: Origin, row: TableRow) -> Numbers:
    values = {area: each[0] for area, each in second.origins.found(origin.given, "value", row).items()}
    level = second.value(origin.also["level"][0])
    own = {part.area_code: part.weight for part in origin.parts}
    return {"value": _mean(second, own, values) - _mean(second, origin.whole, values) + level}


def _life_table(second: Second, origin: Origin, row: TableRow) -> Numbers:
    """Chiang's abridged life table; where the build's rules of refusal give no value there is none to compare."""
    if not row.cells["value"]:
        return {"value": math.nan}
    died, lived = Numbers(), Numbers()
    for part in origin.parts:
        for role, counts in (("deaths", died), ("population", lived)):
            for one in part.observed[role]:
                age = one.cells["age"]
                counts[age] = counts.get(age, 0.0) + part.share * second.value(one)
    bands = sorted(died, key=_starts)
    survivors, years = 1.0, 0.0
    for band, after in zip(bands, [*bands[1:], ""], strict=True):
        rate = died[band] / lived[band]
        if not after:
            years += survivors / rate
            break
        width, lived_by_dead = _starts(after) - _starts(band), 0.1 if _starts(band) == 0 else 0.5
        dying = survivors * min(1.0, rate * width / (1 + rate * width * (1 - lived_by_dead)))
        years += width * (survivors - dying + lived_by_dead * dying)
        survivors -= dying
    return {"value": years, "numerator": math.fsum(died.values()), "denominator": math.fsum(lived.values())}


def _starts(age: str) -> int:
    return int(re.split(r"[-+]", age)[0])


def _difference(second: Second, origin: Origin, _row: TableRow) -> Numbers:
    (own, own_again), (_, city_again) = ((one, second.again(one)[1]) for one in origin.rests_on)
    level = city_again["value"]
    limits = {column: float(own.cells[column] or "nan") - level for column in ("lower_ci95", "upper_ci95")}
    return {"value": own_again["value"] - level, **limits}


FORMULAS: dict[str, Callable[[Second, Origin, TableRow], Numbers]] = {
    "published": _published,
    "sum": _count,
    "apportioned_sum": _count,
    "share": _ratio(100),
    "rate_per_1000": _ratio(1000),
    "weighted_mean": _weighted,
    **dict.fromkeys(WORTH, _deprivation),
    "apportioned_life_expectancy": _apportioned_life,
    "apportioned_mean": _apportioned_mean,
    "life_table": _life_table,
    "difference_from_city": _difference,
}

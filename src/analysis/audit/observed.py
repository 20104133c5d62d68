"""Raw rows read again, one by one, as the cleaners read whole tables: each observation with the row it stands in.

This is a second reading on purpose. It shares with the cleaners only what a word or a mark means (periods, marks,
codes that were replaced), so that what it finds confirms them; where it finds another value the explanation fails.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from analysis.audit.opened import Opened, RawRow, RawTable
from analysis.catalogue.geographies import kinds_by_prefix, load_geographies
from analysis.catalogue.source import Source
from analysis.clean.marks import read_cell
from analysis.clean.people import INDEX_AGES, SEXES, age_of, tilings
from analysis.clean.periods import parse_period
from analysis.errors import DataError


@dataclass(frozen=True)
class RawCells:
    """Where an observation stands in a raw table: the file, its line, the cells read, and the whole row."""

    file: str
    table: str
    line: int
    columns: tuple[str, ...]
    row: Mapping[str, str]


@dataclass(frozen=True)
class Observation:
    """One observation read again: its key, its value (missing: not a number) with limits and flag, and where it stands.

    ``raw`` holds two places where a publisher gives the figure under an old code and a new one.
    """

    source: str
    release: str
    series: str
    area_code: str
    geography: str
    period_start: str
    period_end: str
    sex: str
    age: str
    value: float
    lower: float
    upper: float
    raw: tuple[RawCells, ...]

    @property
    def key(self) -> tuple[str, ...]:
        """What tells observations of a release apart."""
        return (self.series, self.area_code, self.period_start, self.period_end, self.sex, self.age)


def observations(
    opened: Opened, source: str, release: str, series: Collection[str], areas: Collection[str] | None = None
) -> list[Observation]:
    """Every observation of some series of a release, of some areas or of all.

    Raises
    ------
    DataError
        If a row cannot be read, or two rows give different values for one observation.
    """
    definition = opened.source(source)
    tables = opened.tables(source, release)
    read = {"imd": _imd, "population": _population, "iod_summaries": _summaries}.get(str(definition.clean), _declared)
    found: dict[tuple[str, ...], Observation] = {}
    for one in read(definition, release, tables, series):
        if areas is not None and one.area_code not in areas:
            continue
        before = found.get(one.key)
        if before is None:
            found[one.key] = one
            continue
        if not (before.value == one.value or (math.isnan(before.value) and math.isnan(one.value))):
            place = f"{before.raw[0].file}, lines {before.raw[0].line} and {one.raw[0].line}"
            raise DataError(f"{place}: two values for {' '.join(one.key)}; which of them is meant is not guessed.")
        found[one.key] = replace(before, raw=(*before.raw, *one.raw))
    return list(found.values())


def _declared(
    source: Source, release: str, tables: Mapping[str, RawTable], series: Collection[str]
) -> Iterator[Observation]:
    """Tables whose series the source declares: a row for each observation, or a column for each series."""
    facts = source.releases[release].facts
    kind = str(facts["years"]) if facts.get("years") else None
    for name, table in tables.items():
        if name == "series":
            continue
        heading = table.heading
        area = next(
            column for column in heading if column == "area_code" or column.removesuffix("_code") in load_geographies()
        )
        period = next((column for column in ("period", "year") if column in heading), "")
        for row in table.rows_with("series", series) if "series" in heading else table.rows:
            cells = row.cells
            named = [cells["series"]] if "series" in heading else list(series)
            for one in named:
                if one not in series or one not in source.series:
                    continue
                declared = source.series[one]
                columns = (declared.column or one, declared.lower or "", declared.upper or "")
                if "series" in heading:
                    columns = ("value", "lower_ci95", "upper_ci95")
                if columns[0] not in heading:
                    continue
                text = _without_status(cells[period], source) if period else str(facts["period"])
                start, end = parse_period(text, kind if period else None)
                fold = 100.0 if declared.published_unit == "proportion" != declared.unit else 1.0
                value, *limits = (_read(cells.get(column, ""), source, table, row, fold) for column in columns)
                yield Observation(
                    source.id, release, one, source.code_changes.get(cells[area], cells[area]),
                    _geography(area, cells[area]), start, end,
                    SEXES[cells["sex"].lower()] if "sex" in heading else declared.sex,
                    cells["age"] if "age" in heading else declared.age,
                    value, limits[0], limits[1], (_place(table, row, columns[0]),),
                )  # fmt: skip


def _imd(
    source: Source, release: str, tables: Mapping[str, RawTable], series: Collection[str]
) -> Iterator[Observation]:
    """Scores, ranks and deciles by small area (scores in a table of their own where there is one), and people."""
    facts = source.releases[release].facts
    period = (str(facts["period_start"]), str(facts["period_end"]))
    for one in series:
        table = tables["scores"] if one == "imd_score" and "scores" in tables else tables["lsoa"]
        yield from _column(source, table, one, one, str(facts["geography"]), period)
    if "population_imd_denominator" in series and "population" in tables:
        day = str(facts["population_period"])
        for column, age in INDEX_AGES.items():
            name, geography = "population_imd_denominator", str(facts["geography"])
            yield from _column(source, tables["population"], column, name, geography, (day, day), age)


def _population(
    source: Source, release: str, tables: Mapping[str, RawTable], series: Collection[str]
) -> Iterator[Observation]:
    """Residents by age, and in all: the publisher's total, else the sum of the first bands that hold every age once."""
    if "population" not in series:
        return
    facts, table = source.releases[release].facts, tables["lsoa"]
    day, geography = str(facts["reference_date"]), str(facts["geography"])
    columns = source.tables["lsoa"].columns
    bands = {column: age_of(column) for column in columns if column.startswith("age_")}
    for column, age in bands.items():
        yield from _column(source, table, column, "population", geography, (day, day), age)
    if "total" in columns:
        yield from _column(source, table, "total", "population", geography, (day, day))
        return
    first = tilings(bands)[0]
    (area,) = source.tables["lsoa"].key
    for row in table.rows:
        total = math.fsum(_read(row.cells[column], source, table, row, 1.0) for column in first)
        yield Observation(
            source.id, release, "population", row.cells[area], geography, day, day, "persons", "all",
            total, math.nan, math.nan, (_place(table, row, *first),),
        )  # fmt: skip


def _summaries(
    source: Source, release: str, tables: Mapping[str, RawTable], series: Collection[str]
) -> Iterator[Observation]:
    """The ministry's summaries of districts: a row for each district and domain."""
    facts, table = source.releases[release].facts, tables["districts"]
    period = (str(facts["period_start"]), str(facts["period_end"]))
    for row in table.rows:
        prefix = "" if row.cells["domain"] == "imd" else f"{row.cells['domain']}_"
        for measure in source.tables["districts"].columns:
            name = f"{prefix}{measure}"
            if name in series and row.cells[measure]:
                code = row.cells["lad_code"]
                yield Observation(
                    source.id, release, name, source.code_changes.get(code, code), "lad", *period, "persons", "all",
                    _read(row.cells[measure], source, table, row, 1.0), math.nan, math.nan,
                    (_place(table, row, measure),),
                )  # fmt: skip


def _column(
    source: Source,
    table: RawTable,
    column: str,
    series: str,
    geography: str,
    period: tuple[str, str],
    age: str = "all",
) -> Iterator[Observation]:
    """The cells of one column of a table with a row for each area; a column without a figure holds none."""
    at = table.heading.index(column) if column in table.heading else -1
    if at < 0 or not any(cells[at] for cells in table.cells):
        return
    area = source.tables[table.name].key[0]
    for row in table.rows:
        value = _read(row.cells[column], source, table, row, 1.0)
        yield Observation(
            source.id, table.release, series, row.cells[area], geography, *period, "persons", age,
            value, math.nan, math.nan, (_place(table, row, column),),
        )  # fmt: skip


def _geography(column: str, code: str) -> str:
    geographies, declared = load_geographies(), column.removesuffix("_code")
    return declared if declared in geographies else kinds_by_prefix(geographies)[code[:3]]


def _without_status(text: str, source: Source) -> str:
    """A period without the status in brackets that a publisher writes after it."""
    return next((text.removesuffix(mark).strip() for mark in source.statuses if text.endswith(mark)), text)


def _read(cell: str, source: Source, table: RawTable, row: RawRow, fold: float) -> float:
    value, _ = read_cell(cell, {"": "[x]", **source.missing}, f"{table.file}, line {row.line}")
    return round(value * fold, 10) if fold != 1.0 and not math.isnan(value) else value


def _place(table: RawTable, row: RawRow, *columns: str) -> RawCells:
    return RawCells(table.file, table.name, row.line, columns, row.cells)

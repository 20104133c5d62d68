"""Sources held together: tables, keys, layouts, series, units, codes and facts that their cleaner needs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches

from analysis.catalogue.bounds import SEXES
from analysis.catalogue.definitions import Catalogue
from analysis.catalogue.source import CLEANERS, Cleaner, Layout, RawTable, Source
from analysis.catalogue.strict import complaint
from analysis.catalogue.units import Units
from analysis.errors import one_of

At = tuple[str | int, ...]
Problem = tuple[At, str]
SETS = ("lad", "areas", "country")
"""The sets of codes that a place knows, beside those of small geographies."""
LONG = "series"
"""The column of a raw table whose cells name the series of the row."""
DATED = {"period", "year", "unit"}
"""What says the period of a row: a column, or the fact of that name (a table with units describes series alone)."""
_AGES = re.compile(r"(?:age|population)_(\d+)(?:_(\d+|plus))?")


def series_of(source: Source) -> set[str]:
    """The names that a source's observations can have: its series, and those of each part that it repeats them for."""
    names = set(source.series)
    return names | {f"{part}_{name}" for part in source.parts for name in source.series}


def unit_of_series(source: Source, name: str) -> str:
    """The unit of a series by one of the names of :func:`series_of`."""
    own = max((series for series in source.series if name == series or name.endswith(f"_{series}")), key=len)
    return source.series[own].unit


def ages_of(source: Source) -> set[str] | None:
    """The ages that a source's columns and words name; None where they stand in its rows alone."""
    found = {"all"} | {series.age for series in source.series.values()}
    for table in source.tables.values():
        words = [word for layout in table.layouts for word in layout.recode.get("age", ())]
        if "age" in table.columns and not words:
            return None
        found |= set(words)
        for match in filter(None, map(_AGES.fullmatch, table.columns)):
            first, last = match.groups()
            found.add(first if last is None else f"{first}+" if last == "plus" else f"{first}-{last}")
    return found


def check_sources(catalogue: Catalogue) -> None:
    """Refuse sources of which a part points at nothing.

    Raises
    ------
    DefinitionError
        With file and line.
    """
    for path, source in catalogue.files("sources", catalogue.sources):
        for name, table in source.tables.items():
            for column in table.key:
                if column not in table.columns:
                    at = ("tables", name, "key")
                    raise complaint(path, at, f"the key {column!r} is not one of the columns")
            for number, layout in enumerate(table.layouts):
                problems = (*_column_problems(table, layout), *_reference_problems(source, layout, catalogue))
                for place, problem in problems:
                    raise complaint(path, ("tables", name, "layouts", number, *place), problem)
        problems = (*_whole_problems(source), *_series_problems(source, catalogue.units))
        for place, problem in (*problems, *_release_problems(source, catalogue)):
            raise complaint(path, place, problem)


def _column_problems(table: RawTable, layout: Layout) -> Iterator[Problem]:
    """Where a layout gives a column that the table has not, or works on one that it does not select."""
    chosen = {*layout.columns, *layout.sum_columns, *layout.constants}
    passing: set[str] = set()
    if layout.melt is not None:
        if ("columns" in layout.melt) == ("headings" in layout.melt):
            yield ("melt",), "expected either columns or headings"
        passing = set(layout.melt.get("columns", ()))
    elif layout.pivot is not None:
        passing = {layout.pivot["column"], layout.pivot["value"]}
    given: list[tuple[At, str]] = [(("melt", "into"), name) for name in layout.melt["into"]] if layout.melt else []
    given += [(("pivot", "names", name), name) for name in layout.pivot["names"]] if layout.pivot else []
    given += [((key, name), name) for key in ("columns", "sum_columns", "constants") for name in getattr(layout, key)]
    for at, name in given:
        if name not in (*table.columns, *passing):
            yield at, f"the table has no column {name!r}; expected {one_of(table.columns)}"
    used: list[tuple[At, str]] = (
        [(("pivot",), name) for name in (*passing, *layout.pivot["index"])] if layout.pivot else []
    )
    used += [(("melt", "columns"), name) for name in passing] if layout.melt else []
    used += [((key, name), name) for key in ("recode", "names") for name in getattr(layout, key)]
    into = {*layout.melt["into"]} if layout.melt else set()
    for at, name in used:
        if name not in chosen | into:
            yield at, f"no column {name!r} is selected; expected {one_of(sorted(chosen))}"
    held = {name for _, name in given}
    for name in table.columns:
        if (name in held) == (name in layout.lacks) or (name in table.key and name not in held):
            yield ("columns",), f"the column {name!r} of the table has to stand there, or under lacks if it is no key"
    for number, name in enumerate(layout.lacks):
        if name not in table.columns:
            yield ("lacks", number), f"the table has no column {name!r}; expected {one_of(table.columns)}"


def _reference_problems(source: Source, layout: Layout, catalogue: Catalogue) -> Iterator[Problem]:
    """Where a layout names a release, a set of codes or a lookup that is none."""
    sets = (*SETS, *catalogue.geographies)
    for number, where in enumerate(layout.where):
        if bool(where.codes) == bool(where.values):
            yield ("where", number), "expected either codes or values"
        if where.codes and where.codes not in sets:
            yield ("where", number, "codes"), f"no set of codes {where.codes!r}; expected {one_of(sets)}"
    yield from _word_problems(source, layout)
    for number, release in enumerate(layout.releases):
        if release not in source.releases:
            yield ("releases", number), f"no release {release!r}; expected {one_of(source.releases)}"
    for name, lookup in layout.names.items():
        other = catalogue.sources.get(lookup.source)
        columns = other.tables[lookup.table].columns if other and lookup.table in other.tables else ()
        if not {lookup.name, lookup.code} <= set(columns):
            what = f"{lookup.source}, table {lookup.table}, with {lookup.name} and {lookup.code}"
            yield ("names", name), f"there is no {what}"


def _word_problems(source: Source, layout: Layout) -> Iterator[Problem]:
    """Where a layout writes a sex, an age or a part of the source in a word that is none."""
    words: list[tuple[At, str, str]] = [
        (("recode", column, word), column, word) for column in layout.recode for word in layout.recode[column]
    ]
    stacked = next((ours for ours, theirs in layout.columns.items() if theirs == "block"), "")
    words += [(("blocks", number, "label"), stacked, block.label) for number, block in enumerate(layout.blocks)]
    known = {"sex": SEXES, "domain": source.parts}
    for at, column, word in words:
        if column in known and word not in known[column]:
            yield at, f"no {column} {word!r}; expected {one_of(known[column])}"
    due = 0
    for age in layout.recode.get("age", ()):
        band = re.fullmatch(r"(\d+)(?:-(\d+)|\+)?", age, re.ASCII)
        if age == "all" or due < 0:
            continue
        if band is None or int(band[1]) != due:
            yield ("recode", "age", age), f"expected ages that begin at {due}, where those before ended, got {age!r}"
            return
        due = -1 if age.endswith("+") else int(band[2] or band[1]) + 1
    if due > 0:
        yield ("recode", "age"), f"the ages end at {due - 1}; expected a last band without an end, such as '90+'"


def _whole_problems(source: Source) -> Iterator[Problem]:
    """Where a whole, or a part of one, is no series, or a whole is one of nothing."""
    for whole, said in source.wholes.items():
        if not (said.parts or said.among or said.sexes):
            yield ("wholes", whole), "it says of nothing what it is the whole of: expected parts, among or sexes"
        for name in (whole, *said.parts, *said.among):
            if name not in source.series:
                yield ("wholes", whole), f"no series {name!r}; expected {one_of(source.series)}"


def _series_problems(source: Source, units: Units) -> Iterator[Problem]:
    """Where a series has a unit that is none, a column that no table has, or no cleaner that reads it."""
    own = CLEANERS[source.clean].series if source.clean else ()
    if bool(source.clean) != bool(source.series):
        yield ("series",) if source.series else ("clean",), "series need a cleaner (clean:), and a cleaner needs series"
    for name in own:
        if name not in source.series:
            yield ("series",), f"the series {name!r}, which the cleaner {source.clean} makes, is missing"
    columns = {column for table in source.tables.values() for column in table.columns}
    for name, series in source.series.items():
        at = ("series", name)
        if series.unit not in units:
            near = get_close_matches(series.unit, units, n=3, cutoff=0.5)
            yield (*at, "unit"), f"no unit {series.unit!r} in units.yml; nearest are {one_of(near)}"
        if series.published_unit == "proportion" and series.unit not in ("%", "proportion"):
            yield (*at, "published_unit"), f"proportions are turned into %, not into {series.unit!r}"
        for key in ("column", "lower", "upper"):
            named = getattr(series, key)
            if named is not None and named not in columns:
                yield (*at, key), f"no table has a column {named!r}"
        if bool(series.lower) != bool(series.upper):
            yield at, "expected both lower and upper, or neither"
        if LONG not in columns and (series.column or name) not in (*columns, *own):
            yield at, f"no table has a column {name!r}; name it under column, or take the series out"


def _release_problems(source: Source, catalogue: Catalogue) -> Iterator[Problem]:
    """Where a release has a table that is none, or facts that are missing, none or backwards."""
    cleaner = CLEANERS[source.clean] if source.clean else Cleaner()
    for name in cleaner.tables:
        if name not in source.tables:
            yield ("tables",), f"the cleaner {source.clean} needs a table {name!r}"
    for name, release in source.releases.items():
        at, facts = ("releases", name), release.facts
        for fact in cleaner.facts:
            if fact not in facts:
                yield (*at, "facts"), f"the fact {fact!r} is missing, which the cleaner {source.clean} needs"
        dated = {**source.series} if source.clean in ("tables", "imd") else {}  # cleaners that read the fact
        for series in sorted({*facts.get("periods", {})} - {*dated}):
            yield (
                (*at, "facts", "periods", series),
                f"no series {series!r}; nearest are {one_of(get_close_matches(series, dated))}",
            )
        if facts.get("geography", "lad") not in catalogue.geographies:
            expected = one_of(catalogue.geographies)
            yield (*at, "facts", "geography"), f"no geography {facts['geography']!r}; expected {expected}"
        for first, last in (("period_start", "period_end"), ("first_year", "last_year")):
            if str(facts.get(last, "9")) < str(facts.get(first, "0")):
                yield (*at, "facts", last), f"it lies before {first}"
        for table in release.tables:
            if table not in source.tables:
                yield (*at, "tables"), f"no table {table!r}; expected {one_of(sorted(source.tables))}"
            elif source.clean == "tables" and not DATED & {*source.tables[table].columns, *facts}:
                yield (*at, "facts"), f"the table {table} has no column period or year, and no fact says the period"

"""Populations by small area and age: mid-year estimates and census counts, as residents by age band and in all."""

from __future__ import annotations

import re

import pandas as pd

from analysis.clean.observations import Log, check_observations
from analysis.clean.wide import Figure, checked_table, fact, number, observations, refuse
from analysis.errors import DefinitionError
from analysis.model import Source
from analysis.snapshots import OpenRelease

_BAND = re.compile(r"age_(?P<first>\d+)(?:_(?P<last>\d+|plus))?")


def clean(release: OpenRelease, source: Source, log: Log) -> pd.DataFrame:
    """Observations of one release: series ``population`` by age, and ``all`` (the sum of bands if no total is given).

    Raises
    ------
    DataError
        With file, row and column: a missing column, an unknown or repeated code, a count that is not whole, bands that
        do not sum to the total.
    """
    name = release.snapshot.release
    geography = fact(source, name, "geography")
    raw, where = checked_table(release, source, "lsoa", geography, log), release.file("lsoa")
    (area,) = source.tables["lsoa"].key
    bands = {column: age_of(column) for column in source.tables["lsoa"].columns if column.startswith("age_")}
    day = fact(source, name, "reference_date")
    common = {"area": area, "geography": geography, "period_start": day, "period_end": day}
    figures = [Figure(column, "population", age) for column, age in bands.items()]
    if "total" in source.tables["lsoa"].columns:
        figures.append(Figure("total", "population"))
    parts = [observations(raw, figures, common, source, where, log, "lsoa")]
    counts = raw[list(bands)].astype("float64")
    sums = {tiling: counts[list(tiling)].sum(axis=1) for tiling in tilings(bands)}
    if "total" in source.tables["lsoa"].columns:
        for tiling, summed in sums.items():
            problem = f"is not the sum of {tiling[0]} to {tiling[-1]}."
            refuse(number(raw["total"]) != summed, where, "total", raw["total"], problem)
    else:
        total = raw.assign(total=next(iter(sums.values())).map("{:.0f}".format))
        parts.append(observations(total, [Figure("total", "population")], common, source, where, log, "lsoa"))
        log.add("lsoa", "summed", len(total), "all ages: the sum of the bands", "total")
    frame = check_observations(pd.concat(parts, ignore_index=True), release.folder)
    log.add("lsoa", "rows out", len(frame))
    return frame


def age_of(column: str) -> str:
    """The ages that a column counts.

    Raises
    ------
    DefinitionError
        If the name does not say.

    Examples
    --------
    >>> [age_of(column) for column in ("age_0", "age_1_4", "age_90_plus")]
    ['0', '1-4', '90+']
    """
    match = _BAND.fullmatch(column)
    if match is None:
        raise DefinitionError(f"{column!r}: expected a column such as age_0, age_1_4 or age_65_plus.")
    last = match["last"]
    return match["first"] if last is None else f"{match['first']}+" if last == "plus" else f"{match['first']}-{last}"


def tilings(bands: dict[str, str]) -> list[tuple[str, ...]]:
    """Sets of columns that hold every age once: from 0 on, each band beginning where the one before ended.

    The bands are taken in the order of their columns; a band that does not continue begins anew at 0.

    Raises
    ------
    DefinitionError
        If a band leaves a gap or the last is not open.

    Examples
    --------
    >>> tilings({"age_0": "0", "age_1_plus": "1+", "age_0_15": "0-15", "age_16_plus": "16+"})
    [('age_0', 'age_1_plus'), ('age_0_15', 'age_16_plus')]
    """
    found: list[tuple[str, ...]] = []
    current: list[str] = []
    due = 0
    for column, age in bands.items():
        first, _, last = age.rstrip("+").partition("-")
        if int(first) != due:
            raise DefinitionError(f"{column!r} begins at {first}; expected {due}: the bands leave a gap or overlap.")
        current.append(column)
        due = int(last or first) + 1
        if age.endswith("+"):
            found.append(tuple(current))
            current, due = [], 0
    if current or not found:
        raise DefinitionError(f"the bands end with {current[-1] if current else 'none'!r}; expected an open one.")
    return found

"""Populations by small area and age: mid-year estimates and census counts, as residents by age band and in all."""

from __future__ import annotations

import pandas as pd

from analysis.catalogue.source import Source
from analysis.clean.observations import Log, check_observations
from analysis.clean.people import age_of, tilings
from analysis.clean.wide import Figure, checked_table, fact, number, observations, refuse
from analysis.sources.snapshots import OpenRelease


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
        figures = [Figure("total", "population", summed=next(iter(sums)))]
        parts.append(observations(total, figures, common, source, where, log, "lsoa"))
        log.add("lsoa", "summed", len(total), "all ages: the sum of the bands", "total")
    frame = check_observations(pd.concat(parts, ignore_index=True), release.folder)
    log.add("lsoa", "rows out", len(frame))
    return frame

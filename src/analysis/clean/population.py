"""Populations by small area and age: mid-year estimates and census counts, as residents by age band and in all."""

from __future__ import annotations

import pandas as pd

from analysis.catalogue.source import Source
from analysis.clean.contradictions import check_bands
from analysis.clean.observations import Log, check_observations
from analysis.clean.people import age_of, tilings
from analysis.clean.wide import Figure, checked_table, fact, observations
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
    if "total" in source.tables["lsoa"].columns:
        check_bands(parts[0], bands, "total", release)
    else:
        first = tilings(bands)[0]
        counts = parts[0].pivot(index="row", columns="column", values="value")[list(first)]
        total = parts[0][parts[0]["column"] == first[0]].sort_values("row", kind="stable")
        parts.append(total.assign(age="all", value=counts.sum(axis=1).to_numpy(), column="+".join(first)))
        log.add("lsoa", "summed", len(total), "all ages: the sum of the bands", "total")
    frame = check_observations(pd.concat(parts, ignore_index=True), release.folder)
    log.add("lsoa", "rows out", len(frame))
    return frame

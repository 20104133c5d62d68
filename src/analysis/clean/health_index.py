"""The ONS Health Index: the common cleaning, and a note of the yearly steps in which a value is only repeated."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd

from analysis.catalogue.source import Source
from analysis.clean import tables
from analysis.clean.observations import Log
from analysis.sources.snapshots import OpenRelease


def clean(release: OpenRelease, source: Source, log: Log) -> pd.DataFrame:
    """Observations of the Health Index, with ``repeated`` logged per series: steps in which no area's value changes.

    The publisher fills years without a figure with the year before (or after), unmarked: such steps carry no trend.
    Parameters, return and errors are those of :func:`analysis.clean.tables.clean`.
    """
    frame = tables.clean(release, source, log)
    for series, steps in repeated_steps(frame).items():
        log.add("values", "repeated", len(steps), f"{series}: {', '.join(steps)} repeat the year before", "value")
    return frame


def repeated_steps(frame: pd.DataFrame) -> dict[str, list[str]]:
    """Per series, the years in which every area has exactly the value of the year before.

    Examples
    --------
    >>> years = ["2015", "2016", "2017"]
    >>> frame = pd.DataFrame({"series": "hi_x", "area_code": "E08000012", "period_end": [f"{y}-12-31" for y in years],
    ...                       "value": [1.5, 1.5, 2.0]})
    >>> repeated_steps(frame)
    {'hi_x': ['2016']}
    """
    columns = [frame[column].to_numpy(dtype=object) for column in ("series", "period_end", "area_code", "value")]
    tables: dict[str, dict[str, dict[str, float]]] = {}
    for series, end, area, value in zip(*columns, strict=True):
        tables.setdefault(series, {}).setdefault(end, {})[area] = value
    found: dict[str, list[str]] = {}
    for series, by_year in sorted(tables.items()):
        areas = {area for values in by_year.values() for area in values}
        steps = [
            end[:4]
            for before, end in pairwise(sorted(by_year))
            if all(by_year[end].get(area) == by_year[before].get(area, np.nan) for area in areas)
        ]
        if steps:
            found[series] = steps
    return found

"""The observations that an edition's figures rest on, each with the raw table, row and column of its value."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from analysis.areas.links import latest_residents
from analysis.catalogue.measures import INDEX_SERIES, MEASURES
from analysis.catalogue.model import Indicator, parse_reference
from analysis.indicators.context import Context
from analysis.tables.contract import OBSERVATION_KEY

COLUMNS = (*OBSERVATION_KEY, "value", "lower_ci95", "upper_ci95", "flag", "table", "row", "column")
GROUP = ["source", "series", "release", "period_start", "period_end", "sex", "age"]


def observations_used(indicators: Mapping[str, Indicator], context: Context, rows: pd.DataFrame) -> pd.DataFrame:
    """The observations that an indicator, a weight or a link used.

    Parameters
    ----------
    indicators : mapping
        Definitions by id.
    context : Context
    rows : DataFrame
        The rows of ``indicators.csv``.

    Returns
    -------
    DataFrame
        The columns of ``COLUMNS``, one row for each observation. How a role of a measure is read says which of a series
        they are (:mod:`analysis.catalogue.measures`); the places of small areas in the index, the people they are
        weighed by and those behind shares of areas are among them.
    """
    roles = _roles(indicators)
    wanted = rows.merge(roles, on=["indicator", "input"], suffixes=("", "_of_role"))
    wanted["source"] = wanted["source_of_role"]
    wanted["age"] = wanted["age_of_role"].where(wanted["age_of_role"] != "", wanted["age"])
    held = _held(wanted, context)
    parts = [
        held.merge(wanted.loc[wanted["measure"] == "published", [*GROUP, "area_code", "geography"]].drop_duplicates()),
        held.merge(wanted.loc[(wanted["measure"] != "published") & (wanted["read"] == "own"), GROUP].drop_duplicates()),
    ]
    for (source, series, age, read), group in wanted.groupby(["source", "series", "age_of_role", "read"]):
        if read != "own":
            own = held[(held["source"] == source) & (held["series"] == series)]
            parts.append(_other(own, str(read), str(age), group["sex"], context))
    for frames in context.observations.values():
        parts += [frames[name] for name in INDEX_SERIES if name in frames and INDEX_SERIES[0] in frames]
    parts += [
        *context.deprivation_people.values(),
        *latest_residents(context.observations, context.areas.people).values(),
    ]
    every = pd.concat([part for part in parts if len(part)], ignore_index=True)
    return every.drop_duplicates(list(OBSERVATION_KEY))[list(COLUMNS)]


def _roles(indicators: Mapping[str, Indicator]) -> pd.DataFrame:
    """Each series that each input of each indicator reads: in which role, how, and of which age (empty: the row's)."""
    table = []
    for indicator in indicators.values():
        for number, given in enumerate(indicator.inputs, start=1):
            for role, text in given.series.items():
                read = MEASURES[given.measure].roles[role].read
                source, names, age = parse_reference(text, given.source)
                table += [
                    (indicator.id, number, given.measure, read, source, series, age or "")
                    for series in (names.split("+") if read != "rows" else ())
                ]
    columns = ["indicator", "input", "measure", "read", "source", "series", "age"]
    return pd.DataFrame(table, columns=pd.Index(columns))


def _held(wanted: pd.DataFrame, context: Context) -> pd.DataFrame:
    """All observations of the series that are read."""
    pairs = wanted[["source", "series"]].drop_duplicates().itertuples(index=False, name=None)
    return pd.concat([context.observations[source][series] for source, series in pairs])


def _other(held: pd.DataFrame, read: str, age: str, sexes: pd.Series, context: Context) -> pd.DataFrame:
    """The observations of one series in a role that is not read by the row's own release and period."""
    if read == "pooled":
        return held[held["sex"].isin(("male", "female")) & (held["age"] != "all")]
    if read == "level":
        return held[held["sex"].isin(set(sexes)) & (held["area_code"] == context.place.code)]
    last = held[held["release"] == held["release"].max()]
    last = last[(last["period_end"] == last["period_end"].max()) & (last["age"] == (age or "all"))]
    wanted = {"latest": set(sexes), "second": set(last["sex"])}.get(read, {"persons"})
    found: pd.DataFrame = last[last["sex"].isin(wanted)]
    return found

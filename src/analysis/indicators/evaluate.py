"""Evaluate indicators' definitions against clean tables: one row for each area, period, sex and age."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping

import numpy as np
import pandas as pd

from analysis.catalogue.flags import join_flags
from analysis.catalogue.measures import DERIVED
from analysis.catalogue.measures import MEASURES as DECLARED
from analysis.catalogue.model import Edition, Indicator, Input
from analysis.errors import DefinitionError
from analysis.indicators import life_expectancy
from analysis.indicators.context import ROW, Context, Observations, Reference
from analysis.tables.contract import INDICATOR_COLUMNS
from analysis.words import add_months

Measured = Callable[[Input, Mapping[str, Reference], str, Context], pd.DataFrame]

MEASURES: dict[str, Measured] = {
    name: getattr(importlib.import_module(f"analysis.indicators.{room}"), function)
    for name, (room, _, function) in ((name, one.made_by.partition(".")) for name, one in DECLARED.items())
    if function
}
"""The function of each measure; a derived one has none, since it is made of other rows."""
PART = (*ROW, "value", "flag", "release", "lower_ci95", "upper_ci95", "numerator", "denominator")


def evaluate_all(indicators: Iterable[Indicator], context: Context) -> pd.DataFrame:
    """Every indicator's rows that the edition's releases can give and its cut-off allows.

    For each level the first input all of whose series are held is used; one that completes it adds what the others
    lack. Indicators that are derived from another (``difference_from_city``) are evaluated after it.

    Returns
    -------
    DataFrame
        The columns of ``indicators.csv`` but for the areas' names; empty where there is nothing.
    """
    every = list(indicators)
    derived = [one for one in every if any(given.measure == DERIVED for given in one.inputs)]
    rows = _available(_rows([one for one in every if one not in derived], context), context)
    again = rows.duplicated(["indicator", *ROW])
    rows = rows[~(rows["completes"] & again)]
    columns = [column for column in INDICATOR_COLUMNS if column != "area_name"]
    found = [rows[columns], *(_derive(one, rows, every, context)[columns] for one in derived)]
    return pd.concat([part for part in found if len(part)] or found[:1], ignore_index=True)


def available(observations: Observations, indicators: Iterable[Indicator], edition: Edition) -> Observations:
    """What an edition may use of what it holds, by one rule for all its tables: what was out by its cut-off.

    An observation is out when its period has ended and the usual lag has passed: the shortest that an indicator names
    for its series, none where no indicator uses it. Of a source that may stand in for another date, and of the
    series beside it, all are kept; which of them stands in is decided for each indicator.

    Raises
    ------
    DefinitionError
        If nothing of a release that the edition pins was out: it would be used nowhere, without a word.
    """
    stand_ins = {stand_in.source for stand_in in edition.stand_ins}
    lags: dict[tuple[str, str], int] = {}
    beside: set[tuple[str, str]] = set()
    for given in (given for indicator in indicators for given in indicator.inputs):
        for reference in (Reference.parse(text, given.source) for text in given.series.values()):
            keys = {(reference.source, series) for series in reference.series.split("+")}
            lags |= {key: min(given.lag_months, lags.get(key, given.lag_months)) for key in keys}
            beside |= keys if given.source in stand_ins else set()
    cut_off = edition.cut_off.isoformat()
    usable: dict[str, dict[str, pd.DataFrame]] = {}
    for source, held in observations.items():
        usable[source] = {}
        for series, rows in held.items():
            kept = rows
            if source not in stand_ins and (source, series) not in beside:
                lag = lags.get((source, series), 0)
                late = [end for end in rows["period_end"].unique() if add_months(end, lag) > cut_off]
                kept = rows[~rows["period_end"].isin(late)] if late else rows
            if len(kept):
                usable[source][series] = kept
        _check_pins(source, held, usable[source], edition)
    return usable


def _check_pins(
    source: str, held: Mapping[str, pd.DataFrame], usable: Mapping[str, pd.DataFrame], edition: Edition
) -> None:
    pinned, used = ({str(one) for rows in part.values() for one in rows["release"].unique()} for part in (held, usable))
    for release in sorted(pinned - used):
        end = min(str(rows.loc[rows["release"] == release, "period_end"].min()) for rows in held.values())
        raise DefinitionError(
            f"{edition.id}: releases pins {source} {release}, and nothing of it was out by the cut-off "
            f"{edition.cut_off}: its first period ends on {end}. Take it out, move the cut-off, or name {source} under "
            "stand_ins."
        )


def _rows(indicators: Iterable[Indicator], context: Context) -> pd.DataFrame:
    """The rows of every input used, in order, each with what its definition says: unit, source, lag and the like."""
    parts: dict[int, pd.DataFrame] = {}
    about: list[tuple[object, ...]] = []
    for indicator in indicators:
        for level in sorted({level for given in indicator.inputs for level in given.levels}):
            for given in inputs_used(indicator, level, context):
                references = {role: Reference.parse(text, given.source) for role, text in given.series.items()}
                part = MEASURES[given.measure](given, references, level, context)
                if len(part):
                    parts[len(about)] = part
                    number = indicator.inputs.index(given) + 1
                    about.append(
                        (indicator.id, indicator.unit, number, given.source, given.lag_months, given.completes)
                    )
    columns = ["indicator", "unit", "input", "source", "lag_months", "completes"]
    said = pd.DataFrame(about, columns=pd.Index(columns)).astype({"completes": bool})
    if not parts:
        return pd.DataFrame(columns=pd.Index(["part", *PART, *columns]), dtype=object).astype({"completes": bool})
    rows = pd.concat(parts, names=["part"]).reset_index("part")
    return rows.reindex(columns=["part", *PART]).join(said, on="part")


def inputs_used(indicator: Indicator, level: str, context: Context) -> list[Input]:
    """The inputs that give an indicator's values at a level: the one used, and those held that complete it."""
    first = input_used(indicator, level, context)
    if first is None:
        return []
    return [
        first,
        *(
            given
            for given in indicator.inputs
            if given.completes and given is not first and level in given.levels and _held(given, context)
        ),
    ]


def _held(given: Input, context: Context) -> bool:
    return all(context.holds(Reference.parse(text, given.source)) for text in given.series.values())


def input_used(indicator: Indicator, level: str, context: Context) -> Input | None:
    """The input that gives an indicator's values at a level in this edition: the first that is all held."""
    for given in indicator.inputs:
        if level in given.levels and _held(given, context):
            return given
    return None


def _derive(
    indicator: Indicator, rows: pd.DataFrame, indicators: Iterable[Indicator], context: Context
) -> pd.DataFrame:
    """The rows of an indicator that is derived from another: of its wards, beside its city."""
    of = indicator.inputs[0].series.get("indicator", "")
    if of not in {one.id for one in indicators}:
        raise DefinitionError(f"{indicator.id}: {DERIVED} needs series: {{indicator: ...}}, and there is no {of!r}.")
    base = rows[rows["indicator"] == of]
    wards = base[base["geography"] == context.edition.ward_geography]
    city = base[base["area_code"] == context.place.code]
    if len(wards):
        wards = life_expectancy.difference_from_city(wards, city, context.place.code)
    numbers = {given.source: number for number, given in enumerate(indicator.inputs, 1)}
    wards = wards.assign(input=[numbers.get(source, 1) for source in wards["source"]])
    return wards.assign(indicator=indicator.id, unit=indicator.unit, numerator=np.nan, denominator=np.nan)


def _available(rows: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Keep what had been published by the cut-off or stands in for it, and flag which is which.

    An observation had been published when its period had ended and the usual lag had passed. From a release of
    after the cut-off it is marked [r]: only a later vintage is held. One that was not out enters only for a source
    that the edition names among its stand-ins, from the nearest period, and is marked [e]: it stands for an earlier
    date.
    """
    cut_off = context.edition.cut_off.isoformat()
    due = rows[["period_end", "lag_months"]].drop_duplicates()
    due["out"] = [add_months(end, lag) <= cut_off for end, lag in due.itertuples(index=False)]
    releases = rows[["source", "release"]].drop_duplicates()
    releases["later"] = [context.published[pair] > cut_off for pair in releases.itertuples(index=False, name=None)]
    rows = rows.merge(due.astype({"out": bool}), how="left").merge(releases.astype({"later": bool}), how="left")

    waiting = rows[rows["source"].isin({stand_in.source for stand_in in context.edition.stand_ins})]
    waiting = waiting[~waiting.groupby("part")["out"].transform("any")]
    nearest = waiting[waiting["period_end"] == waiting.groupby("part")["period_end"].transform("min")]
    rows = rows[rows["out"] | rows.index.isin(nearest.index)]

    mark = np.select([rows["value"].isna(), ~rows["out"], rows["later"]], ["", "[e]", "[r]"], "")
    flags = rows["flag"] + mark
    return rows.assign(flag=flags.map({flag: join_flags([flag]) for flag in flags.unique()}))

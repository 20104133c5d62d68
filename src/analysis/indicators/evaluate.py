"""Evaluate indicators' definitions against clean tables: one row for each area, period, sex and age."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping

import numpy as np
import pandas as pd

from analysis.catalogue.flags import join_flags
from analysis.catalogue.measures import DERIVED
from analysis.catalogue.measures import MEASURES as DECLARED
from analysis.catalogue.model import Indicator, Input
from analysis.errors import DefinitionError
from analysis.indicators import life_expectancy
from analysis.indicators.context import ROW, Columns, Context, Reference
from analysis.tables.contract import INDICATOR_COLUMNS
from analysis.words import add_months

Measured = Callable[[Input, Mapping[str, Reference], str, Context], Columns]

MEASURES: dict[str, Measured] = {
    name: getattr(importlib.import_module(f"analysis.indicators.{room}"), function)
    for name, (room, _, function) in ((name, one.made_by.partition(".")) for name, one in DECLARED.items())
    if function
}
"""The function of each measure; a derived one has none, since it is made of other rows."""
PART = (*ROW, "value", "flag", "release", "source", "lower_ci95", "upper_ci95", "numerator", "denominator", "input")
OPTIONAL = ("lower_ci95", "upper_ci95", "numerator", "denominator")


def evaluate_all(indicators: Iterable[Indicator], context: Context) -> pd.DataFrame:
    """Every indicator's rows, in the columns of ``indicators.csv`` but for the areas' names.

    Indicators that are derived from another (``difference_from_city``) are evaluated after it.
    """
    plain: list[Indicator] = []
    derived: list[Indicator] = []
    for indicator in indicators:
        (derived if any(given.measure == DERIVED for given in indicator.inputs) else plain).append(indicator)
    found = {indicator.id: evaluate(indicator, context) for indicator in plain}
    for indicator in derived:
        found[indicator.id] = _derive(indicator, found, context)
    columns = [column for column in INDICATOR_COLUMNS if column != "area_name"]
    parts = [frame for _, frame in sorted(found.items()) if not frame.empty]
    return pd.concat(parts, ignore_index=True)[columns]


def evaluate(indicator: Indicator, context: Context) -> pd.DataFrame:
    """The rows of one indicator that the edition's releases can give and its cut-off allows.

    For each level the first input all of whose series are held is used. Empty where there is none.
    """
    parts: list[Columns] = []
    for level in sorted({level for given in indicator.inputs for level in given.levels}):
        for given in inputs_used(indicator, level, context):
            references = {role: Reference.parse(text, given.source) for role, text in given.series.items()}
            rows = MEASURES[given.measure](given, references, level, context)
            if rows:
                rows = _available(rows, given, context)
                rows["input"] = np.full(len(rows["value"]), indicator.inputs.index(given) + 1)
                parts.append(_lacking(rows, parts) if given.completes else rows)
    if not parts:
        return pd.DataFrame()
    columns = {name: np.concatenate([part[name] for part in parts]) for name in PART}
    for name, text in (("indicator", indicator.id), ("unit", indicator.unit)):
        columns[name] = np.full(len(columns["value"]), text, dtype=object)
    return pd.DataFrame(columns)


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


def _lacking(rows: Columns, before: list[Columns]) -> Columns:
    """The rows of an area, period, sex and age that no earlier part holds."""
    if not before:
        return rows
    known = {key for part in before for key in zip(*(part[column] for column in ROW), strict=True)}
    kept = np.array([key not in known for key in zip(*(rows[column] for column in ROW), strict=True)])
    return {column: values[kept] for column, values in rows.items()}


def input_used(indicator: Indicator, level: str, context: Context) -> Input | None:
    """The input that gives an indicator's values at a level in this edition: the first that is all held."""
    for given in indicator.inputs:
        if level in given.levels and _held(given, context):
            return given
    return None


def _derive(indicator: Indicator, found: Mapping[str, pd.DataFrame], context: Context) -> pd.DataFrame:
    of = indicator.inputs[0].series.get("indicator", "")
    if of not in found:
        raise DefinitionError(f"{indicator.id}: {DERIVED} needs series: {{indicator: ...}}, and there is no {of!r}.")
    base = found[of]
    if base.empty:
        return base
    wards = base[base["geography"] == context.edition.ward_geography]
    city = base[base["area_code"] == context.place.code]
    if wards.empty:
        return wards
    rows = life_expectancy.difference_from_city(wards, city, context.place.code)
    return rows.assign(indicator=indicator.id, unit=indicator.unit, numerator=np.nan, denominator=np.nan, input=1)


def _available(rows: Columns, given: Input, context: Context) -> Columns:
    """Keep what had been published by the cut-off or stands in for it, and flag which is which.

    An observation had been published when its period had ended and the usual lag had passed. From a release of
    after the cut-off it is marked [r]: only a later vintage is held. One that was not out enters only for a source
    that the edition names among its stand-ins, from the nearest period, and is marked [e]: it stands for an earlier
    date.
    """
    cut_off = context.edition.cut_off.isoformat()
    ends, releases = rows["period_end"], rows["release"]
    out = {end: add_months(end, given.lag_months) <= cut_off for end in set(ends)}
    if given.source in {stand_in.source for stand_in in context.edition.stand_ins} and not any(out.values()):
        kept = ends == min(out)
    else:
        kept = np.array([out[end] for end in ends])
    columns = {name: values[kept] for name, values in rows.items()}
    later = {release: context.published[given.source, release] > cut_off for release in set(releases)}
    said = zip(columns["flag"], ends[kept], releases[kept], np.isnan(columns["value"]), strict=True)
    pairs = [
        (flag, "" if missing else "[e]" if not out[end] else "[r]" if later[release] else "")
        for flag, end, release, missing in said
    ]
    joined = {pair: join_flags(pair) for pair in set(pairs)}
    columns["flag"] = np.array([joined[pair] for pair in pairs], dtype=object)
    columns["source"] = np.full(len(pairs), given.source, dtype=object)
    for name in OPTIONAL:
        columns.setdefault(name, np.full(len(pairs), np.nan))
    return columns

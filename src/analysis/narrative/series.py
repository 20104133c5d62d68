"""The city's series as rows: judged now, in the report before, at the baseline; and what stands beside or behind one.

A row of ``judgements.csv`` is the latest value of a series; which earlier figure its source repeats, and what another
edition made of the same release, is found in ``indicators.csv``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from analysis.blocks import Release
from analysis.judge.progress import AREA
from analysis.tables import keys
from analysis.tables.loaded import LoadedEdition
from analysis.tables.reference import Reference, cell_of, refer
from analysis.words import rounded

Judged = Any  # one row of judgements.csv (or of indicators.csv, which tells the same series): a mapping


def city_rows(edition: LoadedEdition) -> list[dict[str, Any]]:
    """The judgements of the city's own series that have a value."""
    rows = edition.judgements
    rows = rows[(rows["area_code"] == edition.place.code) & rows["value"].notna()]
    return [{str(name): value for name, value in row.items()} for row in rows.to_dict("records")]


def previous_rows(edition: LoadedEdition) -> dict[tuple[str, ...], dict[str, Any]]:
    """The same of the edition before, by indicator, area, sex and age; none in the first edition."""
    before = edition.previous_edition
    return {} if before is None else {series_key(row): row for row in city_rows(before)}


def series_key(row: Judged) -> tuple[str, ...]:
    """What tells a series from another."""
    return tuple(str(row[name]) for name in AREA)


def series_count(edition: LoadedEdition, *conditions: str, **equal: str) -> Reference:
    """How many there are of the city's own series that have a value."""
    return edition.count("judgements", "value!=", *conditions, area_code=edition.place.code, **equal)


def sources_of_rows(edition: LoadedEdition, rows: Sequence[Judged]) -> set[Release]:
    """The releases behind the latest value of each series."""
    own = edition.indicators[edition.indicators["area_code"] == edition.place.code]
    wanted = {(row["indicator"], row["period_end"], row["sex"], row["age"]) for row in rows}
    there = zip(own["indicator"], own["period_end"], own["sex"], own["age"], strict=True)
    kept = own[[one in wanted for one in there]]
    return set(zip(kept["source"], kept["release"], strict=True))


def at_baseline(row: Judged) -> dict[str, Any]:
    """The row as it was in the baseline period."""
    ends = {"period_start": row["baseline_start"], "period_end": row["baseline_end"], "value": row["baseline_value"]}
    return {**row, **ends}


def of_area(edition: LoadedEdition, row: Judged, *codes: str) -> Reference:
    """The value of another area in the period of a row, or the median of the values of several."""
    if len(codes) == 1:
        return refer(edition, keys.row_key(row, area=codes[0]))
    same = {name: row[name] for name in ("indicator", "period_end", "sex", "age")}
    return edition.total("median", "value", "indicators", "value!=", area_code="|".join(codes), **same)


@dataclass(frozen=True)
class Shares:
    """A figure as a percentage of what it is set against, named, then and now; None where an amount is not above 0.

    The share of a debt, or of what is no amount, says nothing.
    """

    name: str
    then: Reference | None
    now: Reference | None


def relative_to_benchmark(edition: LoadedEdition, row: Judged) -> Shares | None:
    """A figure as a percentage of the country's, or of the peers' median where the country has none, then and now."""
    indicator, place = edition.catalogue.indicators[str(row["indicator"])], edition.place
    if indicator.comparison == "none" or indicator.polarity == "neutral":
        return None
    rows = edition.rows(indicator.id)
    rows = rows[(rows["sex"] == row["sex"]) & (rows["age"] == row["age"]) & rows["value"].notna()]
    for name, codes in (
        (place.country.name, [place.country.code]),
        (f"the median of the other {place.peers_name}", [peer.code for peer in place.peers]),
    ):
        if {row["baseline_end"], row["period_end"]} <= set(rows.loc[rows["area_code"].isin(codes), "period_end"]):
            then, now = (_share(cell_of(part), of_area(edition, part, *codes)) for part in (at_baseline(row), row))
            return Shares(name, then, now)
    return None


def _share(part: Reference, whole: Reference) -> Reference | None:
    return part.share_of(whole) if part.value > 0 and whole.value > 0 else None


def first_of_repeats(edition: LoadedEdition, row: Judged) -> Judged | None:
    """The row whose value the source carried forward to the latest period; None where the latest is a figure anew."""
    if row["repeated"] != "yes":
        return None
    rows = edition.rows(str(row["indicator"]))
    own = rows[_same(rows, row) & rows["value"].notna()].sort_values("period_end", kind="stable")
    repeats = own["value"].eq(row["value"]).iloc[::-1].cummin().iloc[::-1]
    return None if not repeats.any() else {str(name): cell for name, cell in own[repeats].iloc[0].items()}


def repeated_from(edition: LoadedEdition, row: Judged) -> Judged | None:
    """The same for the latest row of a series in ``indicators.csv``."""
    judged = edition.once(_repeated).get(series_key(row))
    return None if judged is None else first_of_repeats(edition, judged)


def _repeated(edition: LoadedEdition) -> dict[tuple[str, ...], Judged]:
    """The judgements on values carried forward, by series."""
    rows = edition.judgements[edition.judgements["repeated"] == "yes"].to_dict("records")
    return {series_key(row): row for row in rows}


def _same(rows: pd.DataFrame, row: Judged) -> pd.Series:
    """Which rows are of the same area, sex and age."""
    columns = ["area_code", "sex", "age"]
    same: pd.Series = rows[columns].eq([row[column] for column in columns]).all(axis=1)
    return same


def given_then(edition: LoadedEdition, other: LoadedEdition | None, row: Judged) -> Judged | None:
    """What another edition gave for a row's period where this one prints another number of the same release.

    Only means over residents can so differ: each edition works them out with residents of its own.
    """
    indicator = edition.catalogue.indicators[str(row["indicator"])]
    means = any(given.measure == "weighted_mean" for given in indicator.inputs)
    if other is None or not means or pd.isna(row["value"]):
        return None
    found = []
    for city in (edition, other):
        rows = city.rows(str(row["indicator"]))
        at = rows[_same(rows, row) & (rows["period_end"] == row["period_end"]) & rows["value"].notna()]
        if at.empty:
            return None
        found.append(at.sort_values("release", kind="stable").iloc[-1])
    now, then = found
    decimals = indicator.decimals
    again = now["release"] == then["release"] and now["source"] == then["source"]
    other_number = rounded(float(now["value"]), decimals) != rounded(float(then["value"]), decimals)
    return {str(name): cell for name, cell in then.items()} if again and other_number else None

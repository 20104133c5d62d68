"""Where a value comes from: which earlier figure a source repeats, what another edition made of the same release."""

from __future__ import annotations

from typing import Any

import pandas as pd

from analysis.judge.progress import AREA
from analysis.tables.loaded import LoadedEdition
from analysis.words import rounded

Row = Any  # one row of judgements.csv or indicators.csv: a mapping


def first_of_repeats(edition: LoadedEdition, row: Row) -> Row | None:
    """The row whose value the source carried forward to the latest period; None where the latest is a figure anew."""
    if row["repeated"] != "yes":
        return None
    rows = edition.rows(str(row["indicator"]))
    own = rows[_same(rows, row) & rows["value"].notna()].sort_values("period_end", kind="stable")
    repeats = own["value"].eq(row["value"]).iloc[::-1].cummin().iloc[::-1]
    return None if not repeats.any() else {str(name): cell for name, cell in own[repeats].iloc[0].items()}


def repeated_from(edition: LoadedEdition, row: Row) -> Row | None:
    """The same for the latest row of a series in ``indicators.csv``."""
    judged = edition.once(_repeated).get(tuple(str(row[name]) for name in AREA))
    return None if judged is None else first_of_repeats(edition, judged)


def _repeated(edition: LoadedEdition) -> dict[tuple[str, ...], Row]:
    """The judgements on values carried forward, by series."""
    rows = edition.judgements[edition.judgements["repeated"] == "yes"].to_dict("records")
    return {tuple(str(row[name]) for name in AREA): row for row in rows}


def _same(rows: pd.DataFrame, row: Row) -> pd.Series:
    """Which rows are of the same area, sex and age."""
    columns = ["area_code", "sex", "age"]
    same: pd.Series = rows[columns].eq([row[column] for column in columns]).all(axis=1)
    return same


def given_then(edition: LoadedEdition, other: LoadedEdition | None, row: Row) -> Row | None:
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

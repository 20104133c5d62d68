"""What a table says of one thing twice must agree: ranks with scores and tenths, parts with wholes, sexes, ages."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from analysis.catalogue.source import Source
from analysis.clean.observations import SEXES
from analysis.clean.people import tilings
from analysis.clean.units import unit_rule
from analysis.errors import CellError, DefinitionError
from analysis.sources.snapshots import OpenRelease

Array = np.ndarray[Any, np.dtype[Any]]
AREA = ("area_code", "period_start", "period_end", "sex")
SLACK = 1e-6
"""What sums of decimals may differ by."""


def refuse_observation(frame: pd.DataFrame, bad: Array | pd.Series, release: OpenRelease, problem: str) -> None:
    """Refuse the first observation where ``bad`` holds; ``problem`` follows its value.

    Raises
    ------
    CellError
        With file, row, column and value.
    """
    at = np.flatnonzero(np.asarray(bad, dtype=bool))
    if len(at):
        one = frame.iloc[at[0]]
        place = release.file(str(one["table"])), int(one["row"]), str(one["column"])
        raise CellError(*place, f"{one['value']:.12g} ({one['area_code']}) {problem}")


class _Held:
    """A clean table by series: values by area, period and sex. Arrays, for a table may hold a hundred series."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self.frame = frame
        names = frame["series"].to_numpy(dtype=object)
        starts = [0, *(np.flatnonzero(names[1:] != names[:-1]) + 1), len(names)] if len(names) else [0]
        self.rows = {names[first]: slice(first, last) for first, last in itertools.pairwise(starts)}
        self.values: Array = frame["value"].to_numpy()

    @cached_property
    def keys(self) -> Array:
        """Area, period and sex of each row as one text."""
        key: Array = self.frame[AREA[0]].to_numpy(dtype=object)
        for column in AREA[1:]:
            key = key + self.frame[column].to_numpy(dtype=object)
        return key

    def beside(self, series: str, other: str) -> Array:
        """The values of ``other`` for the areas, periods and sexes of ``series``; NaN where there is none."""
        own, its = self.keys[self.rows[series]], self.keys[self.rows[other]]
        if np.array_equal(own, its):
            return self.values[self.rows[other]]
        known = dict(zip(its, self.values[self.rows[other]], strict=True))
        return np.array([known.get(key, np.nan) for key in own])

    def refuse(self, series: str, bad: Array, release: OpenRelease, problem: str) -> None:
        if bad.any():
            refuse_observation(self.frame.iloc[self.rows[series]], bad, release, problem)


def check_declared(frame: pd.DataFrame, source: Source, release: OpenRelease) -> None:
    """Hold a clean table, sorted by key, to what its source declares of it and to what holds of any.

    Raises
    ------
    DataError
        Naming the cell that contradicts another.
    DefinitionError
        If a whole or a part is no series of the source.
    """
    check_wholes(frame, source, release)
    check_sexes(frame, source, release)
    check_ranks(frame, release)


def check_wholes(frame: pd.DataFrame, source: Source, release: OpenRelease) -> None:
    """Hold each whole that the source declares to its parts: they sum to it, and none is above it."""
    if not source.wholes:
        return
    held = _Held(frame)
    for whole, said in source.wholes.items():
        if whole not in held.rows:
            continue
        values = held.values[held.rows[whole]]
        if said.parts and set(said.parts) <= set(held.rows):
            off = np.abs(np.sum([held.beside(whole, name) for name in said.parts], axis=0) - values) > SLACK
            problem = (
                f"is not the sum of its parts, {said.parts[0]} to {said.parts[-1]}. Check the row at the publisher."
            )
            held.refuse(whole, off, release, problem)
        for name in (*said.parts, *said.among):
            if name in held.rows:
                above = held.beside(whole, name) > values + SLACK
                held.refuse(whole, above, release, f"is below its part {name}. Check the row at the publisher.")


def check_sexes(frame: pd.DataFrame, source: Source, release: OpenRelease) -> None:
    """Hold persons to men and women where a table counts all three: neither is above them, and they are both together.

    The sum is held where the source says ``sexes: true`` of a whole: rounded counts may miss it.
    """
    if not set(SEXES) <= set(frame["sex"].unique()):
        return
    for name, rows in frame.groupby("series"):
        series = source.series.get(str(name))
        if series is None or rows["sex"].nunique() < len(SEXES):
            continue
        if not unit_rule(series.unit, str(name), release.folder).whole:
            continue
        keys = ["area_code", "period_start", "period_end", "age"]
        table = rows.pivot(index=keys, columns="sex", values="value")
        persons = rows[rows["sex"] == "persons"].set_index(keys)
        table = table.reindex(persons.index)
        above = (table[["male", "female"]].max(axis=1) > table["persons"]).to_numpy()
        refuse_observation(persons.reset_index(), above, release, f"{name} of persons is below those of one sex.")
        if name in source.wholes and source.wholes[str(name)].sexes:
            off = ((table["male"] + table["female"] - table["persons"]).abs() > 1e-6).to_numpy()
            problem = f"{name} of persons is not those of men and women together. Check the rows at the publisher."
            refuse_observation(persons.reset_index(), off, release, problem)


def check_bands(part: pd.DataFrame, bands: Mapping[str, str], whole: str, release: OpenRelease) -> None:
    """Hold all people of a table (its column ``whole``) to the sum of every set of age bands that holds each age once.

    Parameters
    ----------
    part : DataFrame
        Observations of one table.
    bands : mapping
        Column -> ages, in the order of the columns; those without a figure may be left out.
    """
    wide = part.pivot(index="row", columns="column", values="value")
    total = part[part["column"] == whole].sort_values("row", kind="stable")
    held = {column: age for column, age in bands.items() if column in wide}
    try:
        sets = tilings(held) if len(held) == len(bands) else []
    except DefinitionError:
        sets = []
    for tiling in sets:
        off = (wide[list(tiling)].sum(axis=1, skipna=False) - wide[whole]).abs() > 1e-6
        problem = f"is not the sum of {tiling[0]} to {tiling[-1]}. Check the row at the publisher."
        refuse_observation(total, off.to_numpy(), release, problem)
    for column in held:
        refuse_observation(total, (wide[column] > wide[whole]).to_numpy(), release, f"is below its part {column}.")


def check_ranks(frame: pd.DataFrame, release: OpenRelease, national: int | None = None) -> None:
    """Hold ranks to scores and to tenths: 1 is the highest score, and no tenth is deeper than that of a lower rank.

    ``x_rank`` ranks ``x_score`` and belongs to ``x_decile``; ``rank_of_x`` ranks ``x`` (or the only series that begins
    so). Where ``national`` is given, no rank is beyond it, none stands twice, and decile d holds ranks to d tenths of
    it.

    Raises
    ------
    CellError
        Naming the cell of the rank.
    """
    held = _Held(frame)
    names = set(held.rows)
    ranks = [name for name in names if "rank_of_" in name]
    measures = {_ranked_by(name, names) for name in ranks}  # an average rank is a measure that a rank ranks
    ranks += [name for name in names if name.endswith("_rank") and name not in {*measures, *ranks}]
    for rank in sorted(ranks):
        values = held.values[held.rows[rank]]
        if national is not None:
            held.refuse(rank, values > national, release, f"is beyond the {national} areas of England.")
            twice = np.ones(len(values), dtype=bool)
            twice[np.unique(values, return_index=True)[1]] = False
            held.refuse(rank, twice & ~np.isnan(values), release, "is the rank of two areas.")
        score, decile = _ranked_by(rank, names), rank.removesuffix("_rank") + "_decile"
        if score is not None:
            _check_falls(held, rank, held.beside(rank, score), score, release)
        if decile in names and national is None:
            _check_falls(held, rank, -held.beside(rank, decile), decile, release)
        elif decile in names:
            others = held.beside(decile, rank)
            tenths = held.values[held.rows[decile]]
            off = ~np.isnan(others) & ~np.isnan(tenths) & (tenths != np.ceil(10 * others / (national or 1)))
            told = f"is not the decile of rank {others[off.argmax()]:.0f} of {national}." if off.any() else ""
            held.refuse(decile, off, release, told)


def _ranked_by(rank: str, names: set[str]) -> str | None:
    """The series that a rank ranks; None where it is not held."""
    if "rank_of_" not in rank:
        score = rank.removesuffix("_rank") + "_score"
        return score if score in names else None
    begins = rank.replace("rank_of_", "", 1)
    found = [name for name in names if name == begins] or [name for name in names if name.startswith(begins + "_")]
    return found[0] if len(found) == 1 else None


def _check_falls(held: _Held, rank: str, scores: Array, score: str, release: OpenRelease) -> None:
    """Refuse the first rank that has a higher score than the rank before it, within each period."""
    ranks = held.values[held.rows[rank]]
    periods = held.frame["period_end"].to_numpy(dtype=object)[held.rows[rank]]
    for period in dict.fromkeys(periods):
        at = np.flatnonzero((periods == period) & ~np.isnan(ranks) & ~np.isnan(scores))
        at = at[np.argsort(ranks[at], kind="stable")]
        rises = (np.diff(scores[at]) > 0) & (np.diff(ranks[at]) > 0)
        bad = np.zeros(len(ranks), dtype=bool)
        bad[at[1:][rises][:1]] = True
        problem = f"is the rank of a higher {score} than the rank before it: ranks and {score} contradict each other."
        held.refuse(rank, bad, release, problem + " Rank 1 is the most deprived; check the file.")

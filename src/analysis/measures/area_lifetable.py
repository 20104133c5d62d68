"""Life expectancy of any set of areas (such as wards) built up from counts of small areas (such as LSOAs)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.errors import MeasureError
from analysis.measures._arguments import frame as checked
from analysis.measures._arguments import grouping, nameable
from analysis.measures._inputs import column, floats, names_listed
from analysis.measures._results import Confidence
from analysis.measures.agebands import add_persons, band_starts
from analysis.measures.lifetable import life_expectancy


def area_life_expectancy(
    deaths: pd.DataFrame,
    population: pd.DataFrame,
    lookup: pd.DataFrame,
    *,
    areas: Sequence[str] | None = None,
    confidence: Confidence = 0.95,
    floor: float = 5000.0,
    widest: float = 20.0,
) -> pd.DataFrame:
    """Life expectancy by area, sex and age from deaths and population by small area and age band.

    All years given are pooled; persons are the summed counts of both sexes. Rows of small areas outside the
    lookup are left out, so that a national table can be given as it is.

    Parameters
    ----------
    deaths
        Columns ``small_area``, ``sex``, ``age``, ``deaths`` and, unless it is one period, ``year``; one row
        for each combination, 0 deaths included. Ages as in ``measures.agebands.band_starts``.
    population
        The same with ``population`` in place of ``deaths``; the same years, or person-years without a year.
    lookup
        Columns ``small_area`` and ``area`` and, where small areas are shared among areas, ``weight``: the
        share of the small area's people who live in the area. Deaths and population are shared alike.
    areas
        Every area that must appear. A best fit can leave an area without any small area; without this list
        such an area would be absent from the result, not refused.
    confidence, floor, widest
        As in :func:`analysis.measures.lifetable.life_expectancy`.

    Returns
    -------
    pandas.DataFrame
        One row for each area, sex (those given and ``persons``) and age, sorted:

        area, sex, age
            Age at which the band begins.
        count, population
            Deaths and person-years at that age and over.
        value, lower_ci95, upper_ci95
            Years still to be lived, and limits for each level. They hold chance in the deaths, not the error
            of sharing a small area among areas.
        method
            Chiang II, limits of Silcocks.
        reason
            Why the value is missing, or empty.
        small_areas
            Number of small areas that the area draws on.
        estimated
            True where at least one of them is shared with another area or lies partly outside.

    Refusals
    --------
    no small area
        The area is in ``areas`` and no small area of the lookup belongs to it.
    missing
        A count is missing, or a small area of the area lacks rows that others have (a year, a sex, an age).
    negative, deaths without people, no people, more deaths than person-years, too few person-years, \
no deaths in the open band, no survivors, limits too wide
        As in :func:`analysis.measures.lifetable.life_table`.

    Raises
    ------
    MeasureError
        If columns are absent, years or age bands of the two tables differ, rows repeat, there are not exactly
        two sexes, weights are missing, negative or sum to more than 1 for a small area, or an area of the
        lookup is not among ``areas``.

    Examples
    --------
    >>> counts = pd.DataFrame([(lsoa, sex, age, d, p) for lsoa in ("L1", "L2") for sex in ("female", "male")
    ...                        for age, d, p in (("65-74", 50, 2500), ("75-84", 125, 2000), ("85+", 225, 1500))],
    ...                       columns=["small_area", "sex", "age", "deaths", "population"])
    >>> wards = pd.DataFrame({"small_area": ["L1", "L2"], "area": ["W1", "W1"]})
    >>> table = area_life_expectancy(counts.drop(columns="population"), counts.drop(columns="deaths"), wards)
    >>> table.loc[table["age"] == 65, ["sex", "value", "population", "reason"]].round(2).values.tolist()
    [['female', 18.18, 12000.0, ''], ['male', 18.18, 12000.0, ''], ['persons', 18.18, 24000.0, '']]
    """
    areas = None if areas is None else names_listed(areas, "areas")
    shares = _checked_lookup(lookup, areas)
    counts, combinations = _joined(deaths, population)
    counts = counts.merge(shares, on="small_area")
    counts[["deaths", "person_years"]] = counts[["deaths", "person_years"]].mul(counts["weight"], axis=0)

    rows = shares["small_area"].map(counts.groupby(["small_area", "area"]).size().groupby(level=0).first())
    incomplete = set(shares.loc[rows.fillna(0) < combinations, "area"])
    counts.loc[counts["area"].isin(incomplete), ["deaths", "person_years"]] = np.nan

    table = life_expectancy(
        add_persons(counts, "area"), ["area", "sex"], confidence=confidence, floor=floor, widest=widest
    )
    wanted = shares["area"].unique() if areas is None else areas
    grid = pd.MultiIndex.from_product(
        [sorted(wanted, key=str), table["sex"].unique(), table["age"].unique()], names=["area", "sex", "age"]
    )
    table = table.set_index(["area", "sex", "age"]).reindex(grid).reset_index()
    outside = ~table["area"].isin(set(shares["area"]))
    table["reason"] = table["reason"].mask(outside, "no small area").fillna("missing")
    table["method"] = table["method"].fillna("")
    table["small_areas"] = table["area"].map(shares.groupby("area").size()).fillna(0).astype(int)
    table["estimated"] = table["area"].isin(set(shares.loc[shares["weight"] != 1, "area"]))
    return table


def _checked_lookup(lookup: pd.DataFrame, areas: Sequence[str] | None) -> pd.DataFrame:
    """Small area, area and weight, with the weights checked."""
    for one in ("small_area", "area"):
        nameable(checked(lookup, "lookup", ["small_area", "area"])[one], "lookup")
    shares = lookup[["small_area", "area"]].astype(object)
    shares["weight"] = floats(lookup["weight"], "weight") if "weight" in lookup else 1.0
    if shares.isna().any(axis=None) or (shares["weight"] < 0).any():
        raise MeasureError("The lookup has a missing code or a missing or negative weight; expected a full one.")
    if shares.duplicated(["small_area", "area"]).any():
        raise MeasureError("The lookup names a pair of small area and area twice; expected one row for each.")
    sums = shares.groupby("small_area")["weight"].sum()
    if (sums > 1 + 1e-6).any():
        raise MeasureError(
            f"The weights of small area {sums.idxmax()} sum to {sums.max():g}; expected at most 1: its people "
            "would count more than once."
        )
    unlisted = sorted(set(shares["area"]) - set(shares["area"] if areas is None else areas), key=str)
    if unlisted:
        raise MeasureError(f"The lookup has areas that are not among the areas wanted: {unlisted[:5]!r}.")
    return shares[shares["weight"] > 0]


def _joined(deaths: pd.DataFrame, population: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Deaths beside person-years, and the number of rows that a complete small area has."""
    checked(deaths, "deaths", ["small_area", "sex", "age", "deaths"])
    checked(population, "population", ["small_area", "sex", "age", "population"])
    if ("year" in deaths) != ("year" in population):
        raise MeasureError("Only one of deaths and population has a year; expected both or neither.")
    keys = ["small_area", "sex", "age", *(["year"] if "year" in deaths else [])]
    left, right = (_counted(frame, name, keys) for name, frame in (("deaths", deaths), ("population", population)))
    for key in keys[1:]:
        only = sorted(set(left[key]) ^ set(right[key]), key=str)
        if only:
            raise MeasureError(f"Deaths and population differ in {key}: {only[:5]!r} is in one of them only.")
    for name, frame in (("deaths", left), ("population", right)):
        if frame.duplicated(keys).any():
            raise MeasureError(f"The table of {name} repeats rows; expected one for each {', '.join(keys)}.")
    counts = left.merge(right, on=keys, how="outer").rename(columns={"population": "person_years"})
    combinations = int(np.prod([counts[key].nunique() for key in keys[1:]]))
    return counts, combinations


def _counted(frame: pd.DataFrame, name: str, keys: Sequence[str]) -> pd.DataFrame:
    """Keys and counts of a table, its ages as numbers."""
    grouping(frame, keys, name)
    rows = frame[list(keys)].astype(object).assign(age=band_starts(frame["age"]))
    return rows.assign(**{name: column(frame[name], name, infinite=True).array})

"""Rebuild a figure for wards or the city from small areas: counts, shares, means and deprivation summaries."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from analysis.areas.matrix import Matrix
from analysis.catalogue.flags import join_flags
from analysis.catalogue.model import Input
from analysis.errors import DataError, DefinitionError
from analysis.indicators.context import ROW, Context, Reference, chosen, target_geographies
from analysis.measures.deprivation import summarise
from analysis.measures.rates import proportion

LIMITS = ("value", "lower_ci95", "upper_ci95")
KEYS = ["period_start", "period_end", "sex", "age", "release"]
Columns = dict[str, np.ndarray]
"""A count summed to other areas, as columns of arrays, and numerators beside denominators: the one place without
frames. A merge takes 4.4 ms here and a group-by 1.1; an edition of 2026 needs 189 of the one and 471 of the other (CPU
time, with small tables of some 60 rows), and they would make its build of 5.5 s longer by a quarter."""


def published(given: Input, references: Mapping[str, Reference], level: str, context: Context) -> pd.DataFrame:
    """The publisher's own values, as they are."""
    rows = chosen(context.series(references["value"]), given)
    rows = rows[rows["geography"].isin(target_geographies(level, context))]
    if level == "lad":
        rows = rows[rows["area_code"] == context.place.code]
    return rows[[*ROW, *LIMITS, "flag", "release"]]


def by_table(rows: pd.DataFrame, matrix: Matrix) -> tuple[list[tuple[str, ...]], np.ndarray]:
    """The tables that rows hold, by the columns of KEYS, and their values: shape (areas of ``matrix``, tables).

    Raises
    ------
    DataError
        If a row is of an area that the matrix does not lead from: it would be lost.
    """
    keys = list(zip(*(rows[column].to_numpy(dtype=object) for column in KEYS), strict=True))
    tables = sorted(set(keys))
    numbers = {key: number for number, key in enumerate(tables)}
    values = np.full((len(matrix.sources), len(tables)), np.nan)
    values[matrix.places(pd.Index(rows["area_code"])), [numbers[key] for key in keys]] = rows["value"].to_numpy()
    return tables, values


def flags(values: np.ndarray, marks: np.ndarray, *words: str) -> np.ndarray:
    """The flag of each value, table by table: [x] where there is none, else the target's mark and other words."""
    joined = {mark: join_flags([mark, *words]) for mark in set(marks)}
    said = np.tile(np.array([joined[mark] for mark in marks], dtype=object), len(values) // len(marks))
    return np.where(np.isnan(values), "[x]", said).astype(object)


def unstacked(tables: list[tuple[str, ...]], targets: pd.Index, geography: str) -> Columns:
    """The columns ROW and ``release`` of a row for each target of each table, table by table."""
    columns = {"area_code": np.tile(targets.to_numpy(dtype=object), len(tables))}
    columns["geography"] = np.full(len(columns["area_code"]), geography, dtype=object)
    for name, parts in zip(KEYS, zip(*tables, strict=True), strict=True):
        columns[name] = np.repeat(np.array(parts, dtype=object), len(targets))
    return columns


def _regrouped(reference: Reference, given: Input, level: str, context: Context, *, by_area: bool = False) -> Columns:
    """A count summed from small areas: the columns of ROW, ``count``, ``flag`` and ``release``.

    A target area that no small area reaches, or one of whose small areas has no value, keeps its row and is marked [x]:
    it does not vanish and is not zero. ``by_area`` takes the estimate by ground where there is one.
    """
    rows = context.series(reference)
    rows = chosen(rows, given, ages=reference.age is None)
    targets = target_geographies(level, context)
    if len(targets) > 1:  # the city and what it is compared with have figures of their own, or none
        rows = rows[rows["geography"].isin(targets)]
    target = targets[0]
    parts: list[Columns] = []
    for geography in sorted(set(rows["geography"])):
        small = rows[rows["geography"] == geography]
        if geography in targets:
            parts.append({column: small[column].to_numpy() for column in (*ROW, "flag", "release")})
            parts[-1]["count"] = small["value"].to_numpy()
            continue
        other = context.areas.by_area(geography, target) if by_area else None
        matrix = other or context.areas.matrix(geography, target)
        tables, values = by_table(small, matrix)
        counts = matrix.sums_of(values).T.ravel()
        flag = flags(counts, matrix.marks)
        parts.append({**unstacked(tables, matrix.targets, target), "count": counts, "flag": flag})
    return {column: np.concatenate([part[column] for part in parts]) for column in (*ROW, "count", "flag", "release")}


def summed_counts(given: Input, references: Mapping[str, Reference], level: str, context: Context) -> pd.DataFrame:
    """A count, summed from small areas (or apportioned, where the areas do not nest)."""
    rows = _regrouped(references["count"], given, level, context)
    return pd.DataFrame(rows).rename(columns={"count": "value"})


def _ratio(
    given: Input, references: Mapping[str, Reference], level: str, context: Context, *, by_area: bool = False
) -> Columns:
    """Numerators beside the denominators of the same area, period, sex and release (and age, unless one is named)."""
    top = _regrouped(references["numerator"], given, level, context, by_area=by_area)
    bottom = _regrouped(references["denominator"], given, level, context, by_area=by_area)
    keys = [*ROW, "release"]
    if references["denominator"].age is not None:
        keys.remove("age")
    below = {key: row for row, key in enumerate(zip(*(bottom[column] for column in keys), strict=True))}
    if len(below) < len(bottom["count"]):
        raise DataError(f"{given.source}: a denominator stands twice for an area and period. Correct the indicator.")
    found = [below.get(key, -1) for key in zip(*(top[column] for column in keys), strict=True)]
    at = np.array(found)
    if not (at >= 0).any():
        raise DataError(f"{given.source}: numerator and denominator share no area and period. Correct the indicator.")
    rows = {column: values[at >= 0] for column, values in top.items()}
    at = at[at >= 0]
    rows["numerator"], rows["denominator"] = rows.pop("count"), bottom["count"][at]
    pairs = list(zip(rows["flag"], bottom["flag"][at], strict=True))
    joined = {pair: join_flags(pair) for pair in set(pairs)}
    missing = np.isnan(rows["numerator"]) | np.isnan(rows["denominator"]) | (rows["denominator"] == 0)
    rows["flag"] = np.where(missing, "[x]", np.array([joined[pair] for pair in pairs], dtype=object))
    return rows


def share(given: Input, references: Mapping[str, Reference], level: str, context: Context) -> pd.DataFrame:
    """A percentage of two summed counts, with Wilson limits where they are those of a sample or of events.

    Where it is an estimate, since areas do not nest, the limits hold those of the estimate by ground too: which small
    areas stand for a ward is then less sure than any count of them.
    """
    rows = _ratio(given, references, level, context)
    table = proportion(rows["numerator"], rows["denominator"], multiplier=100)
    known = rows["flag"] != "[x]"
    limits = {column: np.where(known, table[column].to_numpy(), np.nan) for column in LIMITS}
    if references["numerator"].source in context.unsampled:
        return pd.DataFrame({**rows, "value": limits["value"], "lower_ci95": np.nan, "upper_ci95": np.nan})
    estimated = np.array(["[e]" in flag for flag in rows["flag"]], dtype=bool)
    if estimated.any():
        other = _ratio(given, references, level, context, by_area=True)
        second = proportion(other["numerator"], other["denominator"], multiplier=100)
        for column, outer in (("lower_ci95", np.fmin), ("upper_ci95", np.fmax)):
            limits[column] = np.where(estimated, outer(limits[column], second[column].to_numpy()), limits[column])
    return pd.DataFrame({**rows, **limits})


def rate_per_1000(given: Input, references: Mapping[str, Reference], level: str, context: Context) -> pd.DataFrame:
    """A rate of two summed counts for each thousand."""
    rows = _ratio(given, references, level, context)
    known = rows["flag"] != "[x]"
    below = np.where(known, rows["denominator"], np.nan)
    return pd.DataFrame({**rows, "value": 1000 * rows["numerator"] / below})


def weighted_mean(given: Input, references: Mapping[str, Reference], level: str, context: Context) -> pd.DataFrame:
    """The mean over residents of a value published by small area; [e], since the residents are of another date."""
    rows = chosen(context.series(references["value"]), given)
    (target,) = target_geographies(level, context)
    parts = []
    for geography in sorted(set(rows["geography"])):
        matrix = context.areas.matrix(geography, target)
        weight = residents(references["weight"], context, geography)
        people = weight.reindex(matrix.sources).to_numpy(dtype=np.float64)
        tables, values = by_table(rows[rows["geography"] == geography], matrix)
        with np.errstate(invalid="ignore"):
            means = (matrix.sums_of(values * people[:, None]).T / matrix.sums_of(people)).ravel()
        flag = flags(means, matrix.marks, "[e]")
        parts.append(pd.DataFrame({**unstacked(tables, matrix.targets, target), "value": means, "flag": flag}))
    return pd.concat(parts, ignore_index=True)


def residents(reference: Reference, context: Context, geography: str | None = None) -> pd.Series:
    """All residents (or those of the reference's age) by small area, of the latest period held.

    By the areas of ``geography`` where one is named: the residents are held for those of one census, and what they
    weigh may be of another.
    """
    rows = context.latest(reference)
    rows = rows[(rows["sex"] == "persons") & (rows["age"] == (reference.age or "all"))]
    people = rows.set_index("area_code")["value"]
    held = str(rows["geography"].iloc[0])
    if geography in (None, held):
        return people
    matrix = context.areas.matrix(held, str(geography))
    return pd.Series(matrix.sums(people), index=matrix.targets)


def deprivation(given: Input, references: Mapping[str, Reference], level: str, context: Context) -> pd.DataFrame:
    """A summary measure of deprivation by the ministry's definitions, for each release of the index that reaches."""
    column, scale = DEPRIVATION_COLUMNS[given.measure]
    (target,) = target_geographies(level, context)
    ranks = context.series(references["rank"])
    scores = context.series(references["score"])
    parts = []
    for release, ranked in ranks.groupby("release", sort=True):
        small = deprivation_by_small_area(ranked, scores[scores["release"] == release], given.source, context)
        matrix = context.areas.matrix(str(ranked["geography"].iloc[0]), target)
        matrix.places(pd.Index(small["area_code"]))
        joined = small.merge(matrix.links(), left_on="area_code", right_on="source_code", validate="1:m")
        joined["population"] *= joined["weight"]
        joined["target_code"] = pd.Categorical(joined["target_code"], categories=matrix.targets)
        national = int(str(context.facts[given.source, str(release)]["england_lsoas"]))
        table = summarise(
            joined, by="target_code", national_count=national, rank="rank", population="population", score="score"
        ).reset_index(names="area_code")
        first = ranked.iloc[0]
        counted = column == "proportion"
        values = table[column].to_numpy()
        part = (
            table[["area_code"]]
            .astype(object)
            .assign(
                geography=target,
                period_start=first["period_start"],
                period_end=first["period_end"],
                sex="persons",
                age="all",
                value=values * scale,
                flag=flags(values, matrix.marks, "" if counted else "[e]"),
                numerator=values * table["areas"] if counted else np.nan,
                denominator=table["areas"].astype("float64") if counted else table["population"],
                release=str(release),
            )
        )
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


DEPRIVATION_COLUMNS = {
    "imd_average_score": ("average_score", 1.0),
    "imd_average_rank": ("average_rank", 1.0),
    "imd_extent": ("extent", 1.0),
    "share_of_small_areas_most_deprived": ("proportion", 100.0),
    "share_of_residents_most_deprived": ("population_share_decile1", 100.0),
}


def deprivation_by_small_area(
    ranked: pd.DataFrame, scores: pd.DataFrame, source: str, context: Context
) -> pd.DataFrame:
    """Rank, score and population of each small area of one release: columns area_code, rank, score, population.

    An area of the place that the release lacks has none of them, so that what is summed over it is missing: without it
    every mean would be that of other areas.

    Raises
    ------
    DefinitionError
        If the edition names no population weights for the release.
    """
    release = str(ranked["release"].iloc[0])
    if release not in context.deprivation_people:
        raise DefinitionError(
            f"{context.edition.id}: deprivation_weights names no people for {source} {release}. "
            "Add the source, release and series of the small-area population to weigh it by."
        )
    people = context.deprivation_people[release].set_index("area_code")["value"]
    codes = pd.Index(context.areas.codes(str(ranked["geography"].iloc[0])))
    table = {"area_code": codes.to_numpy(dtype=object)}
    for name, rows in (("rank", ranked), ("score", scores)):
        table[name] = rows.set_index("area_code")["value"].reindex(codes).to_numpy()
    return pd.DataFrame({**table, "population": people.reindex(codes).to_numpy()})

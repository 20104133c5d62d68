"""Rebuild a figure for wards or the city from small areas: counts, shares, means and deprivation summaries."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from analysis.clean.observations import join_flags
from analysis.context import ROW, Context, Reference, chosen, target_geographies
from analysis.errors import DataError, DefinitionError
from analysis.measures.deprivation import summarise
from analysis.measures.rates import proportion
from analysis.model import Input

KEYS = ["period_start", "period_end", "sex", "age", "release"]


def published(given: Input, references: Mapping[str, Reference], level: str, context: Context) -> pd.DataFrame:
    """The publisher's own values, as they are."""
    rows = chosen(context.series(references["value"]), given)
    rows = rows[rows["geography"].isin(target_geographies(level, context))]
    if level == "lad":
        rows = rows[rows["area_code"] == context.place.code]
    return rows[[*ROW, "value", "lower_ci95", "upper_ci95", "flag", "release"]].reset_index(drop=True)


def _regrouped(reference: Reference, given: Input, level: str, context: Context) -> pd.DataFrame:
    """A count summed from small areas: the columns of ROW, ``count``, ``flag`` and ``release``.

    A target area that no small area reaches, or one of whose small areas has no value, keeps its row and is marked [x]:
    it does not vanish and is not zero.
    """
    rows = context.series(reference)
    rows = chosen(rows, given, ages=reference.age is None)
    (target,) = target_geographies(level, context)
    parts = []
    for geography, small in rows.groupby("geography", sort=True):
        if geography == target:
            parts.append(small.assign(count=small["value"])[[*ROW, "count", "flag", "release"]])
            continue
        matrix = context.areas.matrix(str(geography), target)
        for keys, one in small.groupby(KEYS, sort=True):
            counts = matrix.sums(one.set_index("area_code")["value"])
            flag = np.where(np.isnan(counts), "[x]", "[e]" if matrix.estimated else "")
            part = pd.DataFrame({"area_code": matrix.targets, "geography": target, "count": counts, "flag": flag})
            parts.append(part.assign(**dict(zip(KEYS, keys, strict=True)))[[*ROW, "count", "flag", "release"]])
    return pd.concat(parts, ignore_index=True)


def summed_counts(given: Input, references: Mapping[str, Reference], level: str, context: Context) -> pd.DataFrame:
    """A count, summed from small areas (or apportioned, where the areas do not nest)."""
    rows = _regrouped(references["count"], given, level, context)
    return rows[[*ROW, "count", "flag", "release"]].rename(columns={"count": "value"})


def _ratio(given: Input, references: Mapping[str, Reference], level: str, context: Context) -> pd.DataFrame:
    top = _regrouped(references["numerator"], given, level, context)
    bottom = _regrouped(references["denominator"], given, level, context)
    keys = ["area_code", "geography", "period_start", "period_end", "sex", "release"]
    if references["denominator"].age is None:
        keys.append("age")
    below = bottom.set_index(keys).rename(columns={"count": "denominator", "flag": "flag_below"})
    rows = top.rename(columns={"count": "numerator"}).join(below[["denominator", "flag_below"]], on=keys, how="inner")
    if rows.empty:
        raise DataError(f"{given.source}: numerator and denominator share no area and period. Correct the indicator.")
    rows["flag"] = [join_flags(pair) for pair in zip(rows["flag"], rows["flag_below"], strict=True)]
    missing = rows["numerator"].isna() | rows["denominator"].isna() | (rows["denominator"] == 0)
    rows.loc[missing, "flag"] = "[x]"
    return rows


def share(given: Input, references: Mapping[str, Reference], level: str, context: Context) -> pd.DataFrame:
    """A percentage of two summed counts, with Wilson limits."""
    rows = _ratio(given, references, level, context)
    table = proportion(rows["numerator"], rows["denominator"], multiplier=100)
    rows = rows.assign(value=table["value"].to_numpy())
    rows["lower_ci95"], rows["upper_ci95"] = table["lower_ci95"].to_numpy(), table["upper_ci95"].to_numpy()
    rows.loc[rows["flag"] == "[x]", ["value", "lower_ci95", "upper_ci95"]] = np.nan
    return rows[[*ROW, "value", "lower_ci95", "upper_ci95", "numerator", "denominator", "flag", "release"]]


def rate_per_1000(given: Input, references: Mapping[str, Reference], level: str, context: Context) -> pd.DataFrame:
    """A rate of two summed counts for each thousand."""
    rows = _ratio(given, references, level, context)
    rows = rows.assign(value=1000 * rows["numerator"] / rows["denominator"])
    rows.loc[rows["flag"] == "[x]", "value"] = np.nan
    return rows[[*ROW, "value", "numerator", "denominator", "flag", "release"]]


def weighted_mean(given: Input, references: Mapping[str, Reference], level: str, context: Context) -> pd.DataFrame:
    """The mean over residents of a value published by small area; [e], since the residents are of another date."""
    rows = chosen(context.series(references["value"]), given)
    people = residents(references["weight"], context)
    (target,) = target_geographies(level, context)
    matrix = context.areas.matrix(str(rows["geography"].iloc[0]), target)
    parts = []
    for keys, one in rows.groupby(KEYS, sort=True):
        values = one.set_index("area_code")["value"]
        with np.errstate(invalid="ignore"):
            means = matrix.sums(values * people) / matrix.sums(people)
        part = pd.DataFrame({"area_code": matrix.targets, "geography": target, "value": means})
        part["flag"] = np.where(np.isnan(means), "[x]", "[e]")
        parts.append(part.assign(**dict(zip(KEYS, keys, strict=True))))
    return pd.concat(parts, ignore_index=True)[[*ROW, "value", "flag", "release"]]


def residents(reference: Reference, context: Context) -> pd.Series:
    """All residents (or those of the reference's age) by small area, of the latest period held."""
    rows = context.latest(reference)
    rows = rows[(rows["sex"] == "persons") & (rows["age"] == (reference.age or "all"))]
    return rows.set_index("area_code")["value"]


def deprivation(given: Input, references: Mapping[str, Reference], level: str, context: Context) -> pd.DataFrame:
    """A summary measure of deprivation by the ministry's definitions, for each release of the index that reaches."""
    column, scale = DEPRIVATION_COLUMNS[given.measure]
    (target,) = target_geographies(level, context)
    ranks = context.series(references["rank"])
    scores = context.series(references["score"])
    parts = []
    for release, ranked in ranks.groupby("release", sort=True):
        small = deprivation_by_small_area(ranked, scores[scores["release"] == release], given.source, context)
        links = context.areas.links(str(ranked["geography"].iloc[0]), target)
        if links.attrs.get("estimated") or links.empty:
            continue
        joined = small.merge(links, left_on="area_code", right_on="source_code", validate="1:m")
        joined["target_code"] = pd.Categorical(joined["target_code"], categories=context.areas.codes(target))
        national = int(str(context.facts[given.source, str(release)]["england_lsoas"]))
        table = summarise(
            joined, by="target_code", national_count=national, rank="rank", population="population", score="score"
        ).reset_index(names="area_code")
        first = ranked.iloc[0]
        parts.append(
            pd.DataFrame(
                {
                    "area_code": table["area_code"].astype(str),
                    "geography": target,
                    "period_start": first["period_start"],
                    "period_end": first["period_end"],
                    "sex": "persons",
                    "age": "all",
                    "value": table[column] * scale,
                    "numerator": table[column] * table["areas"] if column == "proportion" else np.nan,
                    "denominator": table["areas"] if column == "proportion" else table["population"],
                    "flag": np.where(table[column].isna(), "[x]", "" if column == "proportion" else "[e]"),
                    "release": str(release),
                }
            )
        )
    if not parts:
        return pd.DataFrame()
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
    people = context.deprivation_people[release]
    table = ranked[["area_code", "value"]].rename(columns={"value": "rank"})
    table = table.merge(
        scores[["area_code", "value"]].rename(columns={"value": "score"}), on="area_code", validate="1:1"
    )
    return table.assign(population=table["area_code"].map(people))

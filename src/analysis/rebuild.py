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


def published(given: Input, references: Mapping[str, Reference], level: str, context: Context) -> pd.DataFrame:
    """The publisher's own values, as they are."""
    rows = chosen(context.series(references["value"]), given)
    rows = rows[rows["geography"].isin(target_geographies(level, context))]
    if level == "lad":
        rows = rows[rows["area_code"] == context.place.code]
    return rows[[*ROW, "value", "lower_ci95", "upper_ci95", "flag", "release"]].reset_index(drop=True)


def _regrouped(reference: Reference, given: Input, level: str, context: Context) -> pd.DataFrame:
    """A count summed from small areas (``count``), with how much of it was known (``flag``)."""
    rows = context.series(reference)
    if reference.age is None:
        rows = chosen(rows, given)
    elif given.sexes:
        rows = rows[rows["sex"].isin(given.sexes)]
    (target,) = target_geographies(level, context)
    parts = []
    for geography, small in rows.groupby("geography", sort=True):
        if geography == target:
            parts.append(small.assign(count=small["value"]))
            continue
        links = context.areas.links(str(geography), target)
        joined = small.merge(links, left_on="area_code", right_on="source_code", how="inner", validate="m:m")
        joined["count"] = joined["value"] * joined["weight"]
        keys = ["target_code", "period_start", "period_end", "sex", "age", "release"]
        grouped = joined.groupby(keys, sort=True)
        summed = grouped["count"].agg(lambda values: values.sum(skipna=False)).rename("count").reset_index()
        estimated = "[e]" if links.attrs.get("estimated") else ""
        summed["flag"] = np.where(summed["count"].isna(), "[x]", estimated)
        parts.append(_with_every_target(summed, target, context).assign(geography=target))
    frame = pd.concat(parts, ignore_index=True)
    return frame.rename(columns={"target_code": "area_code"}) if "target_code" in frame else frame


def _with_every_target(summed: pd.DataFrame, target: str, context: Context) -> pd.DataFrame:
    """Add a row marked [x] for each target area that no small area reaches: it does not vanish and is not zero."""
    every = context.areas.codes(target)
    periods = summed[["period_start", "period_end", "sex", "age", "release"]].drop_duplicates()
    frame = periods.merge(pd.DataFrame({"target_code": every}), how="cross")
    frame = frame.merge(summed, how="left", validate="1:1")
    return frame.assign(flag=frame["flag"].fillna("[x]"))


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
    rows = top.merge(bottom[[*keys, "count", "flag"]], on=keys, how="inner", validate="1:1", suffixes=("", "_all"))
    if rows.empty:
        raise DataError(f"{given.source}: numerator and denominator share no area and period. Correct the indicator.")
    rows = rows.rename(columns={"count": "numerator", "count_all": "denominator"})
    rows["flag"] = [join_flags(pair) for pair in zip(rows["flag"], rows["flag_all"], strict=True)]
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
    small = chosen(context.series(references["value"]), given)
    people = _people(references["weight"], context)
    (target,) = target_geographies(level, context)
    links = context.areas.links(str(small["geography"].iloc[0]), target)
    joined = small.merge(links, left_on="area_code", right_on="source_code", validate="m:m")
    joined["people"] = joined["source_code"].map(people) * joined["weight"]
    if joined["people"].isna().any():
        code = joined.loc[joined["people"].isna(), "source_code"].iloc[0]
        raise DataError(f"{references['weight'].source}: no residents for {code}; expected every small area.")
    joined["product"] = joined["value"] * joined["people"]
    grouped = joined.groupby(["target_code", "period_start", "period_end", "sex", "age", "release"], sort=True)
    table = grouped[["product", "people"]].agg(lambda values: values.sum(skipna=False)).reset_index()
    table["value"] = table["product"] / table["people"]
    table["flag"] = np.where(table["value"].isna(), "[x]", "[e]")
    table = _with_every_target(table.drop(columns=["product", "people"]), target, context).assign(geography=target)
    return table.rename(columns={"target_code": "area_code"})[[*ROW, "value", "flag", "release"]]


def _people(reference: Reference, context: Context) -> pd.Series:
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

"""Deprivation inside the city by each release of the index that is held: small areas, and wards made up of them."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from analysis.catalogue.measures import INDEX_SERIES
from analysis.indicators.context import Context
from analysis.indicators.rebuild import deprivation_by_small_area
from analysis.measures.deprivation import summarise


def index_releases(context: Context) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """Each pinned release of the index with its small areas: rank, score, decile and population."""
    for source, held in sorted(context.observations.items()):
        rank, score, decile = INDEX_SERIES
        if rank not in held:
            continue
        for release, ranked in held[rank].groupby("release", sort=True):
            scores, deciles = (frame[frame["release"] == release] for frame in (held[score], held[decile]))
            small = deprivation_by_small_area(ranked, scores, source, context)
            tenths = deciles.set_index("area_code")["value"]
            yield (
                source,
                str(release),
                small.assign(decile=small["area_code"].map(tenths), geography=ranked["geography"].iloc[0]),
            )


def deprived_small_areas(context: Context) -> pd.DataFrame:
    """Deprivation of each small area by release: rank, score, decile, population, and the ward it belongs to."""
    parts = []
    for source, release, every in index_releases(context):
        small = every[every["rank"].notna()]  # what the release lacks is named in the log and has no rank to show
        geography = str(small["geography"].iloc[0])
        links = context.areas.links(geography, context.edition.ward_geography)
        largest = (
            links.sort_values("weight", kind="stable")
            .groupby("source_code")
            .tail(1)
            .set_index("source_code")["target_code"]
        )
        parts.append(
            small.assign(
                release=release,
                source=source,
                area_name=small["area_code"].map(context.areas.names(geography)),
                ward_code=small["area_code"].map(largest),
            )
        )
    columns = [
        "release",
        "area_code",
        "area_name",
        "geography",
        "ward_code",
        "rank",
        "score",
        "decile",
        "population",
        "source",
    ]
    return pd.concat(parts, ignore_index=True)[columns]


def ward_deprivation(context: Context) -> pd.DataFrame:
    """For each ward and release: how many small areas stand behind its measures, their range, and its people."""
    ward = context.edition.ward_geography
    parts = []
    for source, release, small in index_releases(context):
        national = int(str(context.facts[source, release]["england_lsoas"]))
        matrix = context.areas.matrix(str(small["geography"].iloc[0]), ward)
        links = matrix.links()
        joined = small.merge(links, left_on="area_code", right_on="source_code", validate="1:m")
        joined["target_code"] = pd.Categorical(joined["target_code"], categories=context.areas.codes(ward))
        joined["population"] = joined["population"] * joined["weight"]
        table = summarise(joined, by="target_code", national_count=national, score="score").reset_index(
            names="area_code"
        )
        codes = table["area_code"].astype(str)
        parts.append(
            pd.DataFrame(
                {
                    "release": release,
                    "area_code": codes,
                    "area_name": codes.map(context.areas.names(ward)),
                    "geography": ward,
                    "small_areas": table["areas"],
                    "small_areas_most_deprived_10pct": (table["proportion"] * table["areas"]).round(),
                    "residents_most_deprived_10pct_pct": 100 * table["population_share_decile1"],
                    "most_deprived_rank": table["most_deprived_rank"],
                    "least_deprived_rank": table["least_deprived_rank"],
                    "population": table["population"],
                    "local_concentration": table["local_concentration"],
                    "estimated": matrix.marks != "",
                    "reason": table["reason"],
                    "source": source,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)

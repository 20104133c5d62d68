"""Inequality inside the city: deprivation of small areas and wards, and the slope and gap of an indicator across it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.catalogue.load import Catalogue
from analysis.catalogue.measures import INDEX_SERIES
from analysis.catalogue.model import Indicator, Input
from analysis.indicators.context import Z95, Context, Reference
from analysis.indicators.evaluate import input_used
from analysis.indicators.life_expectancy import estimates, shared_people, standard_errors, widening
from analysis.indicators.rebuild import deprivation_by_small_area
from analysis.measures.deprivation import summarise
from analysis.measures.gaps import best_to_worst_gap
from analysis.measures.inequality import slope_index
from analysis.measures.ranks import relative_rank

AREA_COLUMNS = (
    "indicator",
    "source",
    "sex",
    "area_code",
    "area_name",
    "geography",
    "value",
    "standard_error",
    "people",
    "average_rank",
    "position",
    "flag",
)
STATISTIC_COLUMNS = (
    "measure",
    "statistic",
    "sex",
    "value",
    "lower_ci95",
    "upper_ci95",
    "unit",
    "areas",
    "areas_left_out",
    "geography",
    "best_area",
    "worst_area",
    "period_start",
    "period_end",
    "source",
    "method",
)


def _index_inputs(context: Context) -> Iterator[tuple[str, str, pd.DataFrame]]:
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
    for source, release, every in _index_inputs(context):
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
    for source, release, small in _index_inputs(context):
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


@dataclass(frozen=True)
class _Areas:
    """Values of one sex across areas that can be put in order of deprivation, with the errors between them."""

    table: pd.DataFrame
    covariance: np.ndarray | None
    geography: str
    period: tuple[str, str]
    source: str
    method: str


def inequality_tables(catalogue: Catalogue, context: Context, rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Slope and gap of every indicator whose definition asks for them, and the areas that they rest on.

    Where the ward values are estimates from larger areas, the slope is taken across those larger areas, which carry the
    published values; the gap is taken across wards with the errors that neighbours share. Where ward values are
    published or come from life tables, both are taken across wards.

    Returns
    -------
    areas : DataFrame
        Columns of ``AREA_COLUMNS``; ``position`` is the share of people who live in more deprived areas.
    statistics : DataFrame
        Columns of ``STATISTIC_COLUMNS``; a statistic is slope_index, relative_index, slope_index_second_source,
        gap_best_worst, noise_range, widening, published_level.
    """
    areas: list[pd.DataFrame] = []
    statistics: list[dict[str, object]] = []
    for indicator in catalogue.indicators.values():
        given = input_used(indicator, "ward", context) if indicator.inequality else None
        if given is None:
            continue
        own = rows[(rows["indicator"] == indicator.id) & (rows["geography"] == context.edition.ward_geography)]
        if own.empty:
            continue
        estimated = given.measure == "apportioned_life_expectancy"
        for sex in sorted(own["sex"].unique()):
            slopes = _larger_areas(given, sex, context) if estimated else _wards(own, sex, context)
            areas.append(slopes.table.assign(indicator=indicator.id, source=slopes.source, sex=sex))
            statistics += _slope(indicator, sex, slopes)
            statistics.append(_gap(indicator, given, sex, own, context))
        if estimated:
            second, statistic = _second_source(indicator, given, context)
            areas.append(second)
            statistics += statistic
        statistics += _noise(statistics)
    area_table = pd.concat(areas, ignore_index=True) if areas else pd.DataFrame()
    return area_table.reindex(columns=list(AREA_COLUMNS)), pd.DataFrame(statistics, columns=pd.Index(STATISTIC_COLUMNS))


def _references(given: Input) -> dict[str, Reference]:
    return {role: Reference.parse(text, given.source) for role, text in given.series.items()}


def _average_ranks(geography: str, context: Context) -> pd.Series:
    """Average rank (reversed, larger is more deprived) of each area of a geography by the index's last release."""
    source, release, small = list(_index_inputs(context))[-1]
    links = context.areas.links(str(small["geography"].iloc[0]), geography)
    joined = small.merge(links, left_on="area_code", right_on="source_code", validate="1:m")
    joined["population"] = joined["population"] * joined["weight"]
    national = int(str(context.facts[source, release]["england_lsoas"]))
    return summarise(joined, by="target_code", national_count=national)["average_rank"]


def _in_order(table: pd.DataFrame, geography: str, context: Context) -> pd.DataFrame:
    """Add each area's deprivation and its position among the people of the areas that have a value.

    An area without small areas has no deprivation, even where a value is published for it, and so no position.
    """
    table = table.assign(average_rank=table["area_code"].map(_average_ranks(geography, context)), geography=geography)
    known = table["value"].notna() & table["average_rank"].notna() & (table["people"] > 0)
    position = relative_rank(table.loc[known, "people"].to_numpy(), -table.loc[known, "average_rank"].to_numpy())
    return table.assign(position=pd.Series(position, index=table.index[known]))


def _larger_areas(given: Input, sex: str, context: Context, role: str = "value") -> _Areas:
    references = _references(given)
    rows = context.latest(references[role])
    rows = rows[rows["sex"] == sex]
    geography = str(rows["geography"].iloc[0])
    people = shared_people(references["people"], geography, "lad", context).iloc[0]
    errors = standard_errors(rows.set_index("area_code")) * widening(references, context)
    table = pd.DataFrame(
        {
            "area_code": rows["area_code"].to_numpy(),
            "area_name": rows["area_code"].map(context.areas.names(geography)).to_numpy(),
            "value": rows["value"].to_numpy(),
            "standard_error": errors.reindex(rows["area_code"]).to_numpy(),
            "people": rows["area_code"].map(people).to_numpy(),
            "flag": rows["flag"].to_numpy(),
        }
    )
    first = rows.iloc[0]
    return _Areas(
        table=_in_order(table, geography, context),
        covariance=None,
        geography=geography,
        period=(str(first["period_start"]), str(first["period_end"])),
        source=references[role].source,
        method="linear, by people, exact limits from widened standard errors",
    )


def _wards(own: pd.DataFrame, sex: str, context: Context) -> _Areas:
    ward = context.edition.ward_geography
    rows = own[(own["sex"] == sex) & (own["period_end"] == own["period_end"].max())]
    people = ward_deprivation(context)
    people = people[people["release"] == people["release"].max()].set_index("area_code")["population"]
    table = pd.DataFrame(
        {
            "area_code": rows["area_code"].to_numpy(),
            "area_name": rows["area_code"].map(context.areas.names(ward)).to_numpy(),
            "value": rows["value"].to_numpy(),
            "standard_error": ((rows["upper_ci95"] - rows["lower_ci95"]) / (2 * Z95)).to_numpy(),
            "people": rows["area_code"].map(people).to_numpy(),
            "flag": rows["flag"].to_numpy(),
        }
    )
    first = rows.iloc[0]
    return _Areas(
        table=_in_order(table, ward, context),
        covariance=None,
        geography=ward,
        period=(str(first["period_start"]), str(first["period_end"])),
        source=str(first["source"]),
        method="linear, by people, exact limits",
    )


def _slope(indicator: Indicator, sex: str, areas: _Areas, suffix: str = "") -> list[dict[str, object]]:
    used = areas.table[areas.table["position"].notna()]
    errors = used["standard_error"].to_numpy()
    result = slope_index(
        used["value"].to_numpy(),
        used["people"].to_numpy(),
        None if np.isnan(errors).all() else errors,
        order=-used["average_rank"].to_numpy(),
    )
    base = {
        "measure": indicator.id,
        "sex": sex,
        "areas": len(used),
        "areas_left_out": len(areas.table) - len(used),
        "geography": areas.geography,
        "best_area": "",
        "worst_area": "",
        "period_start": areas.period[0],
        "period_end": areas.period[1],
        "source": areas.source,
        "method": areas.method,
    }
    pairs = {"slope_index": ("sii", indicator.unit), "relative_index": ("rii", "ratio")}
    statistics = []
    for name, (attribute, unit) in pairs.items():
        limits = getattr(result, f"{attribute}_limits").get(0.95, (np.nan, np.nan))
        lower, upper = (float(limit) for limit in limits)
        value = float(getattr(result, attribute))
        statistics.append(
            {**base, "statistic": name + suffix, "value": value, "lower_ci95": lower, "upper_ci95": upper, "unit": unit}
        )
    return statistics


def _gap(indicator: Indicator, given: Input, sex: str, own: pd.DataFrame, context: Context) -> dict[str, object]:
    ward = context.edition.ward_geography
    rows = own[(own["sex"] == sex) & (own["period_end"] == own["period_end"].max())].set_index("area_code")
    values = rows["value"]
    higher = indicator.polarity == "higher_is_better"
    if given.measure == "apportioned_life_expectancy":
        _, covariance = estimates(_references(given), sex, ward, context)
        known = values.index[values.notna()]
        gap = best_to_worst_gap(
            values.loc[known],
            covariance=covariance.loc[known, known].to_numpy(),
            higher_is_better=higher,
            seed=context.edition.seed,
        )
        method = "estimated wards; errors shared by wards of one larger area carried; noise range by simulation"
    else:
        errors = (rows["upper_ci95"] - rows["lower_ci95"]) / (2 * Z95)
        gap = best_to_worst_gap(values, errors, higher_is_better=higher)
        method = "wards taken as independent; noise range by integration"
    lower, upper = gap.limits[0.95]
    first = rows.iloc[0]
    return {
        "measure": indicator.id,
        "statistic": "gap_best_worst",
        "sex": sex,
        "value": gap.value,
        "lower_ci95": lower,
        "upper_ci95": upper,
        "unit": indicator.unit,
        "areas": gap.areas,
        "areas_left_out": len(values) - gap.areas,
        "geography": ward,
        "best_area": gap.best,
        "worst_area": gap.worst,
        "period_start": first["period_start"],
        "period_end": first["period_end"],
        "source": first["source"],
        "method": method,
        "noise": gap.noise_range,
    }


def _noise(statistics: list[dict[str, object]]) -> list[dict[str, object]]:
    """The range that noise alone would give, as a statistic of its own beside each gap."""
    blank = {"lower_ci95": np.nan, "upper_ci95": np.nan, "best_area": "", "worst_area": ""}
    return [
        {**gap, **blank, "statistic": "noise_range", "value": gap.pop("noise")}
        for gap in list(statistics)
        if gap["statistic"] == "gap_best_worst" and "noise" in gap
    ]


def _second_source(
    indicator: Indicator, given: Input, context: Context
) -> tuple[pd.DataFrame, list[dict[str, object]]]:
    """The slope by the second source (no limits of its own), the widening, and the level the wards are tied to."""
    references = _references(given)
    sex = str(context.latest(references["second"])["sex"].iloc[0])
    second = _larger_areas(given, sex, context, role="second")
    table = second.table.assign(indicator=indicator.id, source=second.source, sex=sex, standard_error=np.nan)
    without_limits = _Areas(
        table, None, second.geography, second.period, second.source, "linear, by people; the source has no limits"
    )
    statistics = [
        row for row in _slope(indicator, sex, without_limits, "_second_source") if "slope" in str(row["statistic"])
    ]
    template = {**statistics[0], "lower_ci95": np.nan, "upper_ci95": np.nan}
    statistics.append(
        {
            **template,
            "statistic": "widening",
            "value": widening(references, context),
            "unit": "ratio",
            "method": "Birge ratio of the two sources' differences to the published standard errors",
        }
    )
    level = context.series(references["level"])
    for row in level[level["area_code"] == context.place.code].to_dict("records"):
        statistics.append(
            {
                **template,
                "statistic": "published_level",
                "sex": row["sex"],
                "value": row["value"],
                "geography": row["geography"],
                "areas": 1,
                "areas_left_out": 0,
                "period_start": row["period_start"],
                "period_end": row["period_end"],
                "source": references["level"].source,
                "method": "published value of the city",
            }
        )
    return table, statistics

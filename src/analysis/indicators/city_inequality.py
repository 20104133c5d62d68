"""Inequality inside the city: the slope and the gap of an indicator across it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.catalogue.load import Catalogue
from analysis.catalogue.measures import OF_LARGER_AREAS
from analysis.catalogue.model import Indicator, Input
from analysis.indicators.context import Z95, Context, Reference
from analysis.indicators.evaluate import input_used
from analysis.indicators.index_areas import index_releases, ward_deprivation
from analysis.indicators.life_expectancy import estimates, shared_people, standard_errors, widening
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
        gap_best_worst, noise_range, widening, published_level, mean_of_larger_areas, range_of_larger_areas.
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
        estimated = given.measure in OF_LARGER_AREAS
        for sex in sorted(own["sex"].unique()):
            slopes = _larger_areas(given, sex, context) if estimated else _wards(own, sex, context)
            areas.append(slopes.table.assign(indicator=indicator.id, source=slopes.source, sex=sex))
            statistics += _slope(indicator, sex, slopes)
            statistics.append(_gap(indicator, given, sex, own, context))
            if given.measure == "apportioned_mean":
                statistics += _of_larger_areas(indicator, given, sex, slopes, context)
        if given.measure == "apportioned_life_expectancy":
            second, statistic = _second_source(indicator, given, context)
            areas.append(second)
            statistics += statistic
        statistics += _noise(statistics)
    area_table = pd.concat(areas, ignore_index=True) if areas else pd.DataFrame()
    return area_table.reindex(columns=list(AREA_COLUMNS)), pd.DataFrame(statistics, columns=pd.Index(STATISTIC_COLUMNS))


def _references(given: Input) -> dict[str, Reference]:
    return {role: Reference.parse(text, given.source) for role, text in given.series.items()}


def _average_ranks(geography: str, end: str, context: Context) -> pd.Series:
    """Average rank (reversed, larger is more deprived) of each area of a geography.

    By the last release of the index that was out when the period measured ended, or the first held where none was: the
    same figures are in the same order in every edition, whatever index came out since.
    """
    held = list(index_releases(context))
    before = [one for one in held if context.published[one[0], one[1]] <= end]
    source, release, small = before[-1] if before else held[0]
    links = context.areas.links(str(small["geography"].iloc[0]), geography)
    joined = small.merge(links, left_on="area_code", right_on="source_code", validate="1:m")
    joined["population"] = joined["population"] * joined["weight"]
    national = int(str(context.facts[source, release]["england_lsoas"]))
    return summarise(joined, by="target_code", national_count=national)["average_rank"]


def _in_order(table: pd.DataFrame, geography: str, end: str, context: Context) -> pd.DataFrame:
    """Add each area's deprivation and its position among the people of the areas that have a value.

    An area without small areas has no deprivation, even where a value is published for it, and so no position.
    """
    ranks = _average_ranks(geography, end, context)
    table = table.assign(average_rank=table["area_code"].map(ranks), geography=geography)
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
    first, kind = rows.iloc[0], "widened" if "second" in references else "published"
    return _Areas(
        table=_in_order(table, geography, str(first["period_end"]), context),
        covariance=None,
        geography=geography,
        period=(str(first["period_start"]), str(first["period_end"])),
        source=references[role].source,
        method=f"linear, by people, exact limits from {kind} standard errors",
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
        table=_in_order(table, ward, str(first["period_end"]), context),
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
    if given.measure in OF_LARGER_AREAS:
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


def _of_larger_areas(
    indicator: Indicator, given: Input, sex: str, areas: _Areas, context: Context
) -> list[dict[str, object]]:
    """The mean of the larger areas over the city's people, to stand beside its published level, and their range."""
    city = estimates(_references(given), sex, context.edition.ward_geography, context)[0].loc[context.place.code]
    values = areas.table["value"].dropna()
    error = Z95 * city["standard_error"]
    base = {
        **dict.fromkeys(STATISTIC_COLUMNS, ""),
        **{"measure": indicator.id, "sex": sex, "unit": indicator.unit, "geography": areas.geography},
        **{"areas": len(values), "areas_left_out": len(areas.table) - len(values), "source": areas.source},
        **{"period_start": areas.period[0], "period_end": areas.period[1]},
    }
    mean = {"value": city["value"], "lower_ci95": city["value"] - error, "upper_ci95": city["value"] + error}
    span = {"value": values.max() - values.min(), "lower_ci95": np.nan, "upper_ci95": np.nan}
    return [
        {**base, "statistic": "mean_of_larger_areas", "method": "mean of the larger areas by people", **mean},
        {**base, "statistic": "range_of_larger_areas", "method": "highest less lowest; noise is in it", **span},
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

"""Judge every indicator: beside the country and the peers, since the baseline, over recent years, against targets.

One row for each indicator, area, sex and age, at its latest period with a value. A verdict is given only where the
figures carry one: better or worse needs confidence limits, a trend needs five separate points with limits or counts.
Otherwise the row says what is shown instead and why. Nothing is averaged into a score.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from analysis.catalogue.measures import DERIVED
from analysis.catalogue.model import Edition, Indicator, Place
from analysis.catalogue.plans import Plan
from analysis.judge.progress import (
    AREA,
    KEY,
    NO_INTERVAL,
    NOT_TESTED,
    PERIOD,
    carried_forward,
    recently,
    since_baseline,
)
from analysis.judge.targets import judge_targets
from analysis.measures.comparison import NOT_COMPARED, compare_with_benchmark, place_among_peers
from analysis.measures.trend import POLARITIES, Polarity
from analysis.tables.contract import TABLE_KEYS

CITY_LEVELS = ("lad", "region", "country")

PEERS_NEEDED = 4
"""A place among fewer cities than this is given, but called neither best nor worst."""

COLUMNS = (
    "indicator",
    "area_code",
    "area_name",
    "geography",
    "sex",
    "age",
    "period_start",
    "period_end",
    "value",
    "unit",
    "polarity",
    "lower_ci95",
    "upper_ci95",
    "flag",
    "benchmark_code",
    "benchmark_value",
    "benchmark_method",
    "benchmark_result",
    "benchmark_reason",
    "peers_rank",
    "peers_ranked",
    "peers_tied",
    "peers_median",
    "peers_lowest",
    "peers_highest",
    "peers_place",
    "peers_reason",
    "baseline_start",
    "baseline_end",
    "baseline_value",
    "baseline_standing",
    "change",
    "change_lower_ci95",
    "change_upper_ci95",
    "change_result",
    "change_reason",
    "country_change",
    "peers_change_median",
    "peers_changes",
    "trend_result",
    "trend_label",
    "trend_first_period",
    "trend_points",
    "trend_chi2",
    "trend_reason",
    "target_value",
    "target_date",
    "target_distance",
    "target_result",
    "target_reason",
    "repeated",
    "evidence",
    "aim",
)
EVIDENCE = ("recent trend test", "limits of the change", "limits beside the benchmark", "rank alone", "value alone")
"""Kinds of evidence behind the judgements of a row, strongest first."""


def judge(
    rows: pd.DataFrame,
    indicators: Mapping[str, Indicator],
    edition: Edition,
    place: Place,
    baseline: Edition | None = None,
    plans: Iterable[Plan] = (),
) -> pd.DataFrame:
    """Judge the latest value of every indicator, for the city, its peers, region, country and wards.

    Parameters
    ----------
    rows : DataFrame
        Rows of ``indicators.csv`` of the edition, in any order.
    indicators : mapping
        Definitions by id; they say what is comparable and which direction is better.
    edition : Edition
        Says which wards are the edition's.
    place : Place
        The city, its peers, its country.
    baseline : Edition, optional
        The edition since which change is measured; None in the baseline edition itself.
    plans : iterable of Plan
        Plans whose targets name indicators; under an aim of the first each series stands.

    Returns
    -------
    DataFrame
        The columns of ``COLUMNS``, sorted by their key; every ``_result`` has its ``_reason`` in words.
    """
    series = _series(rows, edition)
    table = _latest(series)
    if table.empty:
        return pd.DataFrame(columns=pd.Index(COLUMNS))
    for column in ("polarity", "comparison", "kind", "trend", "change"):
        words = {key: getattr(indicator, column) for key, indicator in indicators.items()}
        table[f"its_{column}"] = table["indicator"].map(words)
    table = _beside_benchmark(table, series, indicators, place, edition)
    table = _among_peers(table, series, place)
    table = since_baseline(table, series, indicators, place, baseline)
    table = recently(table, series, indicators)
    plans = list(plans)
    table = judge_targets(table, series, indicators, plans, place.code, edition.cut_off.isoformat())
    table["polarity"] = table["its_polarity"]
    table["repeated"] = carried_forward(table, series)
    table["evidence"] = np.select(
        [
            table["trend_result"] != NOT_TESTED,
            table["change_lower_ci95"].notna(),
            table["benchmark_method"] == "limits",
            table["peers_rank"].notna(),
        ],
        EVIDENCE[:-1],
        EVIDENCE[-1],
    )
    aims = _aims(indicators, plans)
    table["aim"] = [aims.get(str(name), "") for name in table["indicator"]]
    return table[list(COLUMNS)].sort_values(list(TABLE_KEYS["judgements"])).reset_index(drop=True)


def _aims(indicators: Mapping[str, Indicator], plans: Sequence[Plan]) -> dict[str, str]:
    """The aim of the long-run plan under which each indicator stands: that of the first of its priorities there."""
    if not plans:
        return {}
    aims = {priority.id: aim.id for aim in plans[0].aims for priority in aim.priorities}
    first = {key: next((name for name in item.priorities if name in aims), "") for key, item in indicators.items()}
    return {key: aims.get(name, "") for key, name in first.items()}


def _series(rows: pd.DataFrame, edition: Edition) -> pd.DataFrame:
    """Rows of the levels judged, one for each area and period (the last release), oldest first."""
    kept = rows[rows["geography"].isin((*CITY_LEVELS, edition.ward_geography))]
    kept = kept.sort_values([*AREA, *PERIOD[::-1], "release"], kind="stable")
    return kept.drop_duplicates([*AREA, *PERIOD], keep="last").reset_index(drop=True)


def _latest(series: pd.DataFrame) -> pd.DataFrame:
    """The last row of each series that has a value; its last row where none has."""
    known = series.assign(known=series["value"].notna())
    known = known.sort_values(["known", "period_end"], kind="stable")
    return (
        known.drop_duplicates(AREA, keep="last").drop(columns="known").sort_index(kind="stable").reset_index(drop=True)
    )


def _beside_benchmark(
    table: pd.DataFrame, series: pd.DataFrame, indicators: Mapping[str, Indicator], place: Place, edition: Edition
) -> pd.DataFrame:
    """Cities beside the country, wards beside the city: by limits where there are any, else not at all."""
    wards = table["geography"] == edition.ward_geography
    table["benchmark_code"] = np.where(wards, place.code, place.country.code)
    known = series[series["area_code"].isin((place.code, place.country.code)) & series["value"].notna()]
    values = known.rename(columns={"area_code": "benchmark_code", "value": "benchmark_value"})
    at = [*KEY, *PERIOD, "benchmark_code"]
    table = table.merge(values[[*at, "benchmark_value"]], on=at, how="left", validate="m:1")
    derived = {key for key, one in indicators.items() if any(given.measure == DERIVED for given in one.inputs)}
    table.loc[wards & table["indicator"].isin(derived), "benchmark_value"] = 0.0

    found = _by_polarity(
        table,
        lambda part, polarity: compare_with_benchmark(
            part["lower_ci95"],
            part["upper_ci95"],
            part["benchmark_value"],
            polarity=polarity,
            is_benchmark=part["area_code"] == part["benchmark_code"],
        ),
    )
    name = np.where(wards, place.name, place.country.name)
    compared = found["result"] != NOT_COMPARED
    side = np.select(
        [table["benchmark_value"] < table["lower_ci95"], table["benchmark_value"] > table["upper_ci95"]],
        ["below", "above"],
        "within",
    )
    result, reason = found["result"].to_numpy(dtype=object), found["reason"].to_numpy(dtype=object)
    reason = np.where(compared, _join("the value of ", name, " lies ", side, " the 95% limits"), reason)
    reason = np.where(reason == "no benchmark", _join("there is no value of ", name, " for the same period"), reason)
    no_limits = reason == "no limits"
    result, reason = np.where(no_limits, NO_INTERVAL, result), np.where(no_limits, NO_INTERVAL, reason)
    method = np.where(compared, "limits", np.where(no_limits & ~wards, "rank only", "none"))
    ranked = ~wards & (table["its_comparison"] == "rank") & compared
    result, method = np.where(ranked, NOT_COMPARED, result), np.where(ranked, "rank only", method)
    reason = np.where(ranked, "its definition allows a rank only", reason)
    barred = ~wards & (table["its_comparison"] == "none") & (reason != "is the benchmark")
    unknown = table["value"].isna()
    for where, why in ((barred, "its definition compares no areas"), (unknown, "no value")):
        result, method = np.where(where, NOT_COMPARED, result), np.where(where, "none", method)
        reason = np.where(where, why, reason)
    return table.assign(benchmark_result=result, benchmark_method=method, benchmark_reason=reason)


def _by_polarity(table: pd.DataFrame, compare: Callable[[pd.DataFrame, Polarity], pd.DataFrame]) -> pd.DataFrame:
    """Apply a comparison to the rows of each polarity, and bring the results back in the order of the table."""
    parts = [
        compare(table[table["its_polarity"] == polarity], polarity)
        for polarity in POLARITIES
        if (table["its_polarity"] == polarity).any()
    ]
    return pd.concat(parts).reindex(table.index)


def _join(*parts: object) -> np.ndarray:
    words: np.ndarray = np.asarray("", dtype=object)
    for part in parts:
        words = words + np.asarray(part, dtype=object)
    return words


def _among_peers(table: pd.DataFrame, series: pd.DataFrame, place: Place) -> pd.DataFrame:
    """Rank of each city among all of them at the period of its own latest value, and the range of the others."""
    cities = [place.code, *(peer.code for peer in place.peers)]
    wanted = table.loc[table["area_code"].isin(cities) & (table["its_comparison"] != "none")]
    at = [*KEY, *PERIOD]
    known = series[series["area_code"].isin(cities) & series["value"].notna()]
    known = known.merge(wanted[[*at, "its_polarity"]].drop_duplicates(at), on=at)
    known = known.assign(peers_tied=known.groupby([*at, "value"])["area_code"].transform("size") - 1.0)
    groups = known.groupby(at, sort=False)
    found = {
        keys: place_among_peers(group.set_index("area_code")["value"], polarity=group["its_polarity"].iloc[0])
        for keys, group in groups
    }
    columns = ["rank", "ranked", "peers_median", "peers_lowest", "peers_highest"]
    empty = pd.DataFrame(columns=pd.Index([*at, "area_code", *columns]), dtype=object)
    placed = pd.concat(found, names=at).reset_index() if found else empty
    table = table.merge(placed[[*at, "area_code", *columns]], on=[*at, "area_code"], how="left", validate="1:1")
    table = table.rename(columns={"rank": "peers_rank", "ranked": "peers_ranked"})
    ties = known[[*at, "area_code", "peers_tied"]]
    table = table.merge(ties, on=[*at, "area_code"], how="left", validate="1:1").astype({"peers_tied": float})
    for column in ("peers_rank", "peers_ranked", *columns[2:]):
        table[column] = pd.to_numeric(table[column]).astype(float)
    alone = table["peers_ranked"] < 2
    table.loc[alone, ["peers_rank", "peers_ranked", "peers_tied"]] = np.nan
    better_high = table["its_polarity"] == "higher_is_better"
    best = np.where(better_high, table["peers_highest"], table["peers_lowest"])
    worst = np.where(better_high, table["peers_lowest"], table["peers_highest"])
    sign = np.where(better_high, 1.0, -1.0)
    ahead, behind = sign * (table["value"] - best), sign * (worst - table["value"])
    words = np.select(
        [ahead > 0, ahead == 0, behind > 0, behind == 0], ["best", "joint best", "worst", "joint worst"], ""
    )
    level = table["peers_lowest"] == table["peers_highest"]
    silent = (table["its_polarity"] == "neutral") | (table["peers_ranked"] < PEERS_NEEDED) | table["peers_rank"].isna()
    table["peers_place"] = np.where(silent | (level & (ahead == 0)), "", words)
    table["peers_reason"] = np.select(
        [
            table["peers_rank"].notna(),
            ~table["area_code"].isin(cities),
            table["its_comparison"] == "none",
            table["value"].isna(),
        ],
        ["", f"not one of the {place.peers_name}", "its definition compares no areas", "no value"],
        f"no other of the {place.peers_name} has a value for the same period",
    )
    return table

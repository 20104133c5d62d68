"""How a figure moved: since the baseline edition, and over its last five points. What forbids a verdict is named."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Mapping

import numpy as np
import pandas as pd

from analysis.catalogue.model import Edition, Indicator, Place
from analysis.measures.differences import difference_of_estimates
from analysis.measures.trend import POLARITIES, recent_trend
from analysis.words import add_months

KEY = ["indicator", "sex", "age"]
AREA = ["indicator", "area_code", "sex", "age"]
PERIOD = ["period_start", "period_end"]
MOST = 0.5
"""A value counts as carried forward where more than this share of the cities keep theirs of the period before."""
POINTS_NEEDED, AROUND = 5, 2
"""Points that a series needs before its baseline is said to stand out, and points on each side that are around it."""
NO_INTERVAL, NOT_JUDGED, NOT_TESTED = "no limits held", "not judged", "not tested"

CHANGE_WORDS = {
    "higher_is_better": ("worsened", "improved"),
    "lower_is_better": ("improved", "worsened"),
    "neutral": ("fell", "rose"),
}
TREND_WORDS = {
    ("Increasing", "higher_is_better"): "improving",
    ("Increasing", "lower_is_better"): "getting worse",
    ("Increasing", "neutral"): "increasing",
    ("Decreasing", "higher_is_better"): "getting worse",
    ("Decreasing", "lower_is_better"): "improving",
    ("Decreasing", "neutral"): "decreasing",
}


def since_baseline(
    table: pd.DataFrame,
    series: pd.DataFrame,
    indicators: Mapping[str, Indicator],
    place: Place,
    baseline: Edition | None,
) -> pd.DataFrame:
    """Change from the baseline edition's latest period, in the figures of the present edition."""
    base = _baseline_rows(series, indicators, baseline)
    names = {"period_start": "baseline_start", "period_end": "baseline_end", "value": "baseline_value"}
    limits = {"lower_ci95": "baseline_lower", "upper_ci95": "baseline_upper"}
    base = base.rename(columns=names | limits)[[*AREA, *names.values(), *limits.values()]]
    table = table.merge(base, on=AREA, how="left", validate="1:1")
    new, old = ["value", "lower_ci95", "upper_ci95"], ["baseline_value", "baseline_lower", "baseline_upper"]
    moved = difference_of_estimates(*(table[column] for column in (*new, *old)))
    table["baseline_standing"] = _standing(table, series, indicators)
    breaks = [
        any(base < broken <= last for broken in indicators[name].breaks)
        for name, base, last in zip(
            table["indicator"], table["baseline_end"].fillna(""), table["period_end"], strict=True
        )
    ]
    here = np.ones(len(table), dtype=bool)
    refusals: list[tuple[pd.Series | np.ndarray, str | pd.Series]] = [
        (here & (baseline is None), "this is the baseline edition"),
        (table["baseline_end"] == table["period_end"], "no later period than the baseline's is held"),
        (table["its_change"] != "allowed", table["its_change"]),
        (table["baseline_value"].isna(), "the baseline edition has no figure of it"),
        (np.array(breaks, dtype=bool), "what is measured changed between the two periods"),
    ]
    shown_only: list[tuple[pd.Series | np.ndarray, str | pd.Series]] = [
        (table["its_kind"] == "money", "money of different years, and no deflator is held"),
        (table["baseline_end"].fillna("") >= table["period_start"], "the two periods overlap"),
    ]
    reason = _first(refusals, pd.Series("", index=table.index, dtype=object))
    refused = reason != ""
    reason = _first(shown_only, reason)
    unjudged = reason != ""
    table["change"] = moved["value"].mask(refused)
    for column in ("lower_ci95", "upper_ci95"):
        table[f"change_{column}"] = moved[column].mask(unjudged)
    low, high = table["change_lower_ci95"], table["change_upper_ci95"]
    words = table["its_polarity"].map(CHANGE_WORDS)
    result = pd.Series("no significant change", index=table.index, dtype=object)
    result = result.mask(high < 0, words.str[0]).mask(low > 0, words.str[1])
    result = result.mask(low.isna(), NO_INTERVAL).mask(unjudged, NOT_JUDGED)
    judged = "by the 95% limits of the difference"
    table["change_reason"] = reason.mask(~unjudged, judged).mask(~unjudged & low.isna(), NO_INTERVAL)
    table["change_result"] = result
    return _comparators(table, place)


def _standing(table: pd.DataFrame, series: pd.DataFrame, indicators: Mapping[str, Indicator]) -> list[str]:
    """Whether each baseline value is the highest or lowest of its series, or out of line with the years around it.

    A series is what is held without a break; of one that is shorter than ``POINTS_NEEDED`` nothing is said.
    """
    based = table[table["baseline_value"].notna() & (table["baseline_end"] != table["period_end"])]
    if based.empty:
        return [""] * len(table)
    known = series[series["value"].notna()].merge(based[[*AREA, "baseline_end", "baseline_value"]], on=AREA)
    breaks = {name: sorted(indicators[name].breaks) for name in set(known["indicator"])}
    pairs = zip(known["indicator"], known["period_end"], known["baseline_end"], strict=True)
    unbroken = [bisect(breaks[name], end) == bisect(breaks[name], base) for name, end, base in pairs]
    known = known[unbroken].sort_values([*AREA, "period_end"], kind="stable")
    groups = known.groupby(AREA, sort=False)["value"]
    known = known.assign(at=groups.cumcount(), points=groups.transform("size"))
    base = known[known["period_end"] == known["baseline_end"]].drop_duplicates(AREA)
    others = known.merge(base[[*AREA, "at"]], on=AREA, suffixes=("", "_base"))
    others = others[(others["at"] != others["at_base"]) & (others["points"] >= POINTS_NEEDED)]
    around = others[(others["at"] - others["at_base"]).abs() <= AROUND]
    base = base.set_index(AREA)
    for name, rows in (("all", others), ("near", around)):
        base = base.join(rows.groupby(AREA)["value"].agg(["min", "max"]).add_prefix(f"{name}_"))
    value, inner = base["baseline_value"], (base["at"] > 0) & (base["at"] < base["points"] - 1)
    words = np.select(
        [
            value > base["all_max"],
            value < base["all_min"],
            inner & (value > base["near_max"]),
            inner & (value < base["near_min"]),
        ],
        [
            "the highest of its series",
            "the lowest of its series",
            "above the years around it",
            "below the years around it",
        ],
        "",
    )
    found = dict(zip(base.index, words.tolist(), strict=True))
    return [found.get(key, "") for key in table[AREA].itertuples(index=False, name=None)]


def _first(cases: list[tuple[pd.Series | np.ndarray, str | pd.Series]], reason: pd.Series) -> pd.Series:
    """Write each case's reason where it holds and no earlier reason stands."""
    for where, why in cases:
        reason = reason.mask((reason == "").to_numpy() & np.asarray(where, dtype=bool), why)
    return reason


def _baseline_rows(series: pd.DataFrame, indicators: Mapping[str, Indicator], baseline: Edition | None) -> pd.DataFrame:
    """For each series the row of the latest period that the baseline edition could show.

    That is the last one published by its cut-off (its end and the usual lag), or the first of the releases that it
    pins where a source stood in for figures that were not out. What only a later release tells it could not show.
    """
    known = series[series["value"].notna()]
    if baseline is None:
        return known.iloc[:0]
    cut_off = baseline.cut_off.isoformat()
    lags = {(key, given.source): given.lag_months for key, one in indicators.items() for given in one.inputs}
    triples = pd.Series(list(zip(known["indicator"], known["source"], known["period_end"], strict=True)), dtype=object)
    out = {
        (name, source, end): source in baseline.releases and add_months(end, lags[name, source]) <= cut_off
        for name, source, end in set(triples)
    }
    was_out = known[triples.map(out).to_numpy(dtype=bool)].drop_duplicates(AREA, keep="last")
    pins = {one.source: baseline.releases.get(one.source, ("",)) for one in baseline.stand_ins}
    told = zip(known["source"], known["release"], known["period_end"], strict=True)
    could = [source in pins and (release in pins[source] or end < max(pins[source])) for source, release, end in told]
    stood_in = known[could].drop_duplicates(AREA)
    return pd.concat([was_out, stood_in]).drop_duplicates(AREA, keep="first")


def _comparators(table: pd.DataFrame, place: Place) -> pd.DataFrame:
    """Beside the city's change, that of the country and the median of the peers, over the same two periods."""
    at = [*KEY, "baseline_end", "period_end"]
    changed = table[table["change"].notna()]
    country = changed[changed["area_code"] == place.country.code].set_index(at)["change"].rename("country_change")
    peers = changed[changed["area_code"].isin([peer.code for peer in place.peers])].groupby(at)["change"]
    medians = peers.agg(peers_change_median="median", peers_changes="size").astype(float)
    table = table.join(country, on=at).join(medians, on=at)
    beside = ["country_change", "peers_change_median", "peers_changes"]
    table.loc[(table["area_code"] != place.code) | table["change"].isna(), beside] = np.nan
    return table


def recently(table: pd.DataFrame, series: pd.DataFrame, indicators: Mapping[str, Indicator]) -> pd.DataFrame:
    """The published test of the last five points, where the definition allows it."""
    allowed = {key for key, indicator in indicators.items() if indicator.trend == "allowed"}
    points = series[series["indicator"].isin(allowed) & series["value"].notna()]
    points = points.assign(flag=_with_breaks(points, indicators))
    counted = points["numerator"].notna() & points["denominator"].notna()
    proportion = points["indicator"].map({key: one.kind == "proportion" for key, one in indicators.items()})
    by_counts = (counted & proportion).groupby([points[column] for column in AREA]).transform("all").astype(bool)
    polarity = points["indicator"].map({key: one.polarity for key, one in indicators.items()})
    parts = []
    for one in POLARITIES:
        for rows, method in ((by_counts, "proportion"), (~by_counts, "value")):
            chosen = points[rows & (polarity == one)]
            if len(chosen):
                parts.append(recent_trend(chosen, by=AREA, method=method, polarity=one))  # type: ignore[arg-type]
    columns = ["first_period", "points", "chi2", "trend", "label", "reason"]
    found = pd.concat(parts) if parts else pd.DataFrame(columns=columns, index=points.set_index(AREA).index[:0])
    table = table.join(found[columns].add_prefix("trend_"), on=AREA)
    tested = table["trend_reason"] == ""
    words = [
        TREND_WORDS.get(pair, "no significant change")
        for pair in zip(table["trend_trend"], table["its_polarity"], strict=True)
    ]
    table["trend_result"] = np.where(tested, words, NOT_TESTED)
    table["trend_label"] = table["trend_label"].where(tested, "")
    table["trend_first_period"] = table["trend_first_period"].where(tested, "").astype(object)
    for column in ("trend_points", "trend_chi2"):
        table[column] = pd.to_numeric(table[column]).astype(float).where(tested)
    barred = table["its_trend"].where(table["its_trend"] != "allowed", "no value")
    reason = table["trend_reason"].fillna(barred)
    table["trend_reason"] = reason.mask(tested, "by the chi-square test of the last five points (99.8%) and its signs")
    return table


def _with_breaks(points: pd.DataFrame, indicators: Mapping[str, Indicator]) -> pd.Series:
    """The flags, with [b] on the first point after each break that the definition declares."""
    flags = points["flag"].fillna("")
    before = points.groupby(AREA)["period_end"].shift()
    for name in sorted(set(points["indicator"])):
        for broken in indicators[name].breaks:
            first = (points["indicator"] == name) & (before < broken) & (points["period_end"] >= broken)
            flags = flags.mask(first, flags + "[b]")
    return flags


def carried_forward(table: pd.DataFrame, series: pd.DataFrame) -> np.ndarray:
    """``yes`` where a city has exactly the value of the period before, and so have most: it was carried forward.

    One city alone, or a few, may well stand still, the more so where a source rounds.
    """
    points = series[(series["geography"] == "lad") & series["value"].notna()]
    same = points.groupby(AREA)["value"].diff() == 0
    by_step = same.groupby([points[column] for column in [*KEY, "period_end"]])
    most = (by_step.transform("mean") > MOST) & (by_step.transform("size") > 1)
    carried = pd.MultiIndex.from_frame(points.loc[same & most, [*AREA, "period_end"]])
    at = pd.MultiIndex.from_frame(table[[*AREA, "period_end"]])
    return np.where(at.isin(carried), "yes", "no")

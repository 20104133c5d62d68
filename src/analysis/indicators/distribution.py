"""Who bears it: each figure for the most and the least deprived fifth of the city's small areas, and the gap.

The fifths are of the city's own small areas by the edition's latest index of deprivation. Shares are made of the counts
of a fifth together, never as a mean of shares. A count without a denominator gives the part of the city's total that
lives in the fifth, a published mean the mean over its residents; neither has limits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd

from analysis.catalogue.model import Edition, Indicator, KnownGap
from analysis.catalogue.plans import Plan
from analysis.measures.differences import difference_of_proportions
from analysis.measures.quantiles import assign_quantiles
from analysis.measures.rates import proportion
from analysis.tables.contract import TABLE_KEYS

KEY = TABLE_KEYS["distribution"]
FIFTHS = 5
KNOWN_SHARE = 0.8
"""A fifth in which fewer of the small areas than this have a value gives no figure."""

COLUMNS = (
    "indicator",
    "sex",
    "age",
    "period_start",
    "period_end",
    "unit",
    "measure",
    "fifth_1",
    "fifth_2",
    "fifth_3",
    "fifth_4",
    "fifth_5",
    "most_lower_ci95",
    "most_upper_ci95",
    "least_lower_ci95",
    "least_upper_ci95",
    "gap",
    "gap_lower_ci95",
    "gap_upper_ci95",
    "gap_result",
    "small_areas",
    "small_areas_missing",
    "index_release",
    "source",
    "release",
    "reason",
)
SHARE, PART, MEAN = "share", "part of the city's total", "mean over residents"


def measure_distribution(
    rows: pd.DataFrame,
    indicators: Mapping[str, Indicator],
    small_areas: pd.DataFrame,
    edition: Edition,
    unsampled: Mapping[str, str] = MappingProxyType({}),
) -> pd.DataFrame:
    """Every figure held by small area, for the fifths of the city's small areas by deprivation.

    Parameters
    ----------
    rows : DataFrame
        Rows of ``indicators.csv``; those of the edition's small areas are used, at their latest period.
    indicators : mapping
        Definitions by id.
    small_areas : DataFrame
        Deprivation by small area: ``release``, ``source``, ``area_code``, ``geography``, ``rank`` (1 most deprived) and
        ``population``.
    edition : Edition
    unsampled : mapping, optional
        Sources around whose counts no limits are drawn, and why.

    Returns
    -------
    DataFrame
        The columns of ``COLUMNS``: fifth 1 is the most deprived. The gap is the most less the least deprived fifth;
        ``gap_result`` says which of the two fares worse where limits and polarity allow.

    Notes
    -----
    Limits of shares are Wilson's, of their gap Newcombe's, at 95%. They are of chance alone.
    """
    index = small_areas[small_areas["geography"] == edition.lsoa_geography]
    index = index[index["release"] == index["release"].max()].set_index("area_code")
    # Of the index itself the fifths say nothing: its own score is highest in its own most deprived fifth.
    own = rows[(rows["geography"] == edition.lsoa_geography) & ~rows["source"].isin(set(index["source"]))]
    if index.empty or own.empty:
        return pd.DataFrame(columns=pd.Index(COLUMNS))
    fifth = assign_quantiles(index["rank"], FIFTHS, highest_is_first=False)["quantile"].astype(int)
    own = own.sort_values(["period_end", "release"], kind="stable")
    last = own.groupby(list(KEY))[["period_end", "release"]].transform("last")
    own = own[(own["period_end"] == last["period_end"]) & (own["release"] == last["release"])]
    found = [
        _one(group, indicators[str(name)], fifth, index["population"], unsampled)
        for (name, _, _), group in own.groupby(list(KEY), sort=True)
    ]
    table = pd.DataFrame(found).assign(index_release=str(index["release"].iloc[0]))
    return table.reindex(columns=list(COLUMNS))


def _one(
    group: pd.DataFrame, indicator: Indicator, fifth: pd.Series, people: pd.Series, unsampled: Mapping[str, str]
) -> dict[str, object]:
    """One row of the table: the figure of each fifth by what is held of it."""
    areas = group.set_index("area_code").reindex(fifth.index)
    known = areas["value"].notna()
    if group["numerator"].notna().any():
        measure, unit, values, limits = _share(areas[known], fifth)
    elif indicator.kind == "count":
        measure, unit, values, limits = _part(areas.loc[known, "value"], fifth)
    else:
        measure, unit, values, limits = _mean(areas.loc[known, "value"], fifth, people, indicator)
    covered = known.groupby(fifth).mean().reindex(range(1, FIFTHS + 1))
    values = values.where(covered >= KNOWN_SHARE)
    missing = (~known).groupby(fifth).sum()
    gap = float(values[1] - values[FIFTHS])
    counted = unsampled.get(str(group["source"].iloc[0]), "")
    if np.isnan(gap) or counted:
        limits = dict.fromkeys(limits, np.nan)
    thin = [position for position in (1, FIFTHS) if covered[position] < KNOWN_SHARE]
    names = {1: "most", FIFTHS: "least"}
    reason = "; ".join(
        f"{int(missing[position])} small areas of the {names[position]} deprived fifth have no value"
        for position in thin
    )
    first = group.iloc[0]
    return {
        **{column: first[column] for column in (*KEY, "period_start", "period_end", "source", "release")},
        "unit": unit,
        "measure": measure,
        **{f"fifth_{position}": values[position] for position in range(1, FIFTHS + 1)},
        **limits,
        "gap": gap,
        "gap_result": _result(indicator, gap, limits),
        "small_areas": len(areas),
        "small_areas_missing": int((~known).sum()),
        "reason": reason or counted or ("" if measure == SHARE else f"a {measure} carries no limits"),
    }


_Figures = tuple[str, str, pd.Series, dict[str, float]]


def _share(areas: pd.DataFrame, fifth: pd.Series) -> _Figures:
    counts = areas[["numerator", "denominator"]].groupby(fifth).sum().reindex(range(1, FIFTHS + 1))
    made = proportion(counts["numerator"], counts["denominator"], multiplier=100)
    most, least = counts.loc[1], counts.loc[FIFTHS]
    two = [one[part] for one in (most, least) for part in ("numerator", "denominator")]
    gap = difference_of_proportions(*two, multiplier=100).iloc[0]
    limits = {
        f"{name}_{side}": float(made[side].loc[position])
        for name, position in (("most", 1), ("least", FIFTHS))
        for side in ("lower_ci95", "upper_ci95")
    }
    return (
        SHARE,
        "%",
        made["value"],
        limits | {f"gap_{side}": float(gap[side]) for side in ("lower_ci95", "upper_ci95")},
    )


def _part(counts: pd.Series, fifth: pd.Series) -> _Figures:
    sums = counts.groupby(fifth).sum().reindex(range(1, FIFTHS + 1), fill_value=0.0)
    return PART, "%", 100 * sums / sums.sum(), {}


def _mean(values: pd.Series, fifth: pd.Series, people: pd.Series, indicator: Indicator) -> _Figures:
    weights = people.reindex(values.index)
    sums = (values * weights).groupby(fifth).sum() / weights.groupby(fifth).sum()
    return MEAN, indicator.unit, sums.reindex(range(1, FIFTHS + 1)), {}


def _result(indicator: Indicator, gap: float, limits: Mapping[str, float]) -> str:
    low, high = limits.get("gap_lower_ci95", np.nan), limits.get("gap_upper_ci95", np.nan)
    if np.isnan(gap) or np.isnan(low):
        return "no figure" if np.isnan(gap) else "no interval"
    if low <= 0 <= high:
        return "no significant gap"
    if indicator.polarity == "neutral":
        return "higher in the most deprived fifth" if gap > 0 else "lower in the most deprived fifth"
    worse = (gap > 0) == (indicator.polarity == "lower_is_better")
    return f"{'worse' if worse else 'better'} in the most deprived fifth"


def list_gaps(
    known: Iterable[KnownGap],
    plans: Iterable[Plan],
    indicators: Mapping[str, Indicator],
    distribution: pd.DataFrame,
    inequality: Iterable[str] = (),
) -> pd.DataFrame:
    """What is missing: equality characteristics, neighbours, and aims of which nothing is known by deprivation.

    Parameters
    ----------
    known : iterable of KnownGap
        Those that the definitions list.
    plans : iterable of Plan
        The edition's plans.
    indicators : mapping
        Definitions by id.
    distribution : DataFrame
        As from ``measure_distribution``.
    inequality : iterable of str
        Indicators whose slope or gap across deprivation is measured elsewhere in the edition.

    Returns
    -------
    DataFrame
        ``kind``, ``id``, ``title``, ``reason``, ``source``.
    """
    rows = [{key: getattr(gap, key) for key in ("kind", "id", "title", "reason", "source")} for gap in known]
    with_gap = {*distribution.loc[distribution["gap"].notna(), "indicator"], *inequality}
    served = {priority for key in with_gap for priority in indicators[key].priorities}
    for plan in plans:
        for aim in plan.aims:
            if aim.priorities and not served & {priority.id for priority in aim.priorities}:
                rows.append(
                    {
                        "kind": "distribution",
                        "id": f"{plan.id} {aim.id}",
                        "title": aim.title,
                        "reason": "no figure that serves this aim is held by small area",
                        "source": "the publishers of its indicators, by small area or by fifth of deprivation",
                    }
                )
    return pd.DataFrame(rows, columns=pd.Index(["kind", "id", "title", "reason", "source"]))

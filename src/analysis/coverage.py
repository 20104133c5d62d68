"""Which priorities of a plan the edition's figures speak to, at which geography and how recently."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from analysis.model import Indicator, Plan

COLUMNS = (
    "aim",
    "aim_title",
    "priority",
    "priority_title",
    "outcomes",
    "indicators",
    "city_indicators",
    "ward_indicators",
    "latest_period_end",
    "without_value",
    "gap_reason",
    "gap_source",
)


def measure_coverage(plan: Plan, indicators: Mapping[str, Indicator], rows: pd.DataFrame) -> pd.DataFrame:
    """One row for each priority: how many indicators speak to it and have a value in the edition.

    Parameters
    ----------
    plan : Plan
    indicators : mapping
        Definitions by id.
    rows : DataFrame
        Rows of the edition's ``indicators.csv``.

    Returns
    -------
    DataFrame
        The columns of ``COLUMNS``; ``indicators`` and ``without_value`` list ids, separated by a space;
        ``latest_period_end`` is the last day of the latest period of any of them.
    """
    with_value = rows[rows["value"].notna()]
    city = set(with_value.loc[with_value["geography"] == "lad", "indicator"])
    ward = set(with_value.loc[with_value["geography"].str.startswith("ward"), "indicator"])
    latest = with_value.groupby("indicator")["period_end"].max()
    table = []
    for aim in plan.aims:
        for priority in aim.priorities:
            serving = [key for key, indicator in indicators.items() if priority.id in indicator.priorities]
            present = [key for key in serving if key in latest.index]
            table.append(
                {
                    "aim": aim.id,
                    "aim_title": aim.title,
                    "priority": priority.id,
                    "priority_title": priority.title,
                    "outcomes": len(priority.outcomes),
                    "indicators": " ".join(present),
                    "city_indicators": sum(key in city for key in present),
                    "ward_indicators": sum(key in ward for key in present),
                    "latest_period_end": max((str(latest[key]) for key in present), default=""),
                    "without_value": " ".join(key for key in serving if key not in latest.index),
                    "gap_reason": priority.gap.reason if priority.gap and not present else "",
                    "gap_source": priority.gap.source if priority.gap and not present else "",
                }
            )
    return pd.DataFrame(table, columns=pd.Index(COLUMNS))

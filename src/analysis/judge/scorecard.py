"""The state of each aim and priority by its indicators, and those that call for attention first. No score is made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from analysis.catalogue.model import Edition, Indicator, Place
from analysis.catalogue.plans import Plan
from analysis.judge.judgement import PEERS_NEEDED
from analysis.judge.progress import NO_INTERVAL
from analysis.measures.comparison import expected_false_flags

WORST = ("worst", "joint worst")
BEST = ("best", "joint best")

COUNTED: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("better", "benchmark_result", ("better",)),
    ("similar", "benchmark_result", ("similar",)),
    ("worse", "benchmark_result", ("worse",)),
    ("higher_or_lower", "benchmark_result", ("higher", "lower")),
    ("best_of_peers", "peers_place", BEST),
    ("worst_of_peers", "peers_place", WORST),
    ("improving", "trend_result", ("improving",)),
    ("no_significant_trend", "trend_result", ("no significant change",)),
    ("getting_worse", "trend_result", ("getting worse",)),
    ("going_up_or_down", "trend_result", ("increasing", "decreasing")),
    ("not_tested", "trend_result", ("not tested",)),
    ("improved_since_baseline", "change_result", ("improved",)),
    ("no_significant_change_since_baseline", "change_result", ("no significant change",)),
    ("worsened_since_baseline", "change_result", ("worsened",)),
    ("target_met_or_on_course", "target_result", ("met", "on course")),
    ("target_not_on_course_or_missed", "target_result", ("not on course", "missed")),
)
"""A column of the scorecard, the column of the judgements it counts, and the words counted."""

GETTING_WORSE, WORSENED = "getting worse over the last five points", "worse since the baseline"
LAST, WORSE = "worst among the", "worse than"
STRENGTHS = (
    "getting worse by the trend test (99.8%), and worse than the country by limits (95%)",
    "getting worse by the trend test (99.8%)",
    "worse since the baseline by limits (95%), and worse than the country by limits (95%)",
    "worse since the baseline by limits (95%)",
    "worse than the country by limits (95%), and last among the peers",
    "worse than the country by limits (95%)",
    "last among the peers by rank alone",
)
"""What a warning rests on, strongest first; the list of warnings is in this order."""


def make_scorecard(
    judgements: pd.DataFrame, plans: Iterable[Plan], indicators: Mapping[str, Indicator], place: Place
) -> pd.DataFrame:
    """For each aim, and each priority of it, how many series of the city are in which state.

    Parameters
    ----------
    judgements : DataFrame
        As from :func:`analysis.judge.judgement.judge`.
    plans : iterable of Plan
        The edition's plans.
    indicators : mapping
        Definitions by id.
    place : Place

    Returns
    -------
    DataFrame
        One row for each aim (``priority`` empty) and priority: ``series`` with a value (an indicator for one sex and
        age), the columns of ``COUNTED``, ``rank_only`` (a place among the peers and no limits), ``not_compared``, and
        the ids in ``indicators``. A series counts once for each priority that its indicator serves.
    """
    city = judgements[(judgements["area_code"] == place.code) & judgements["value"].notna()]
    table = []
    for plan in plans:
        for aim in plan.aims:
            served = [priority.id for priority in aim.priorities]
            parts = [("", "", served), *((one.id, one.title, [one.id]) for one in aim.priorities)]
            for priority, title, priorities in parts:
                mine = {key for key, one in indicators.items() if set(one.priorities) & set(priorities)}
                row = {"plan": plan.id, "aim": aim.id, "aim_title": aim.title, "priority": priority}
                table.append({**row, "priority_title": title, **_states(city[city["indicator"].isin(mine)])})
    return pd.DataFrame(table)


def _states(rows: pd.DataFrame) -> dict[str, object]:
    counts: dict[str, object] = {"series": len(rows)}
    counts |= {name: int(rows[column].isin(words).sum()) for name, column, words in COUNTED}
    by_limits = rows["benchmark_method"] == "limits"
    ranked = ~by_limits & rows["peers_rank"].notna()
    counts |= {"rank_only": int(ranked.sum()), "not_compared": int((~by_limits & ~ranked).sum())}
    return counts | {"indicators": " ".join(sorted(rows["indicator"].unique()))}


def list_early_warnings(judgements: pd.DataFrame, indicators: Mapping[str, Indicator], place: Place) -> pd.DataFrame:
    """The city's series that get worse, are worse than the country, or stand last among the peers.

    The order is that of ``STRENGTHS``: what is tested comes before any rank. Within one of them headline indicators
    come first, then those with more signals. A subject has one entry, that of the series which leads it; the others
    follow after all that lead.

    Returns
    -------
    DataFrame
        ``order``, the key and value of the judgement, ``priorities``, ``subject``, ``leads`` (``yes`` for the first of
        its subject), ``signals``, ``strength`` (1 strongest), ``rests_on`` (its words), ``headline``, ``repeated``.
    """
    city = judgements[(judgements["area_code"] == place.code) & judgements["value"].notna()]
    worse = city["trend_result"] == "getting worse"
    fallen = city["change_result"] == "worsened"
    behind = city["benchmark_result"] == "worse"
    last = city["peers_place"].isin(WORST)
    cases = [worse & behind, worse, fallen & behind, fallen, behind & last, behind, last]
    strength = np.select(cases, range(1, len(cases) + 1), 0)
    signals = [
        "; ".join(word for word, holds in zip(_signals(place), flags, strict=True) if holds)
        for flags in zip(worse, fallen, last, behind, strict=True)
    ]
    subjects = {key: one.subject or key for key, one in indicators.items()}
    table = city[["indicator", "sex", "age", "period_start", "period_end", "value", "unit", "repeated"]].assign(
        subject=city["indicator"].map(subjects),
        priorities=city["indicator"].map({key: " ".join(one.priorities) for key, one in indicators.items()}),
        signals=signals,
        strength=strength,
        headline=city["indicator"].map({key: "yes" if one.headline else "no" for key, one in indicators.items()}),
        many=[text.count(";") for text in signals],
    )
    table = table[table["strength"] > 0].sort_values(
        ["strength", "headline", "many", "indicator", "sex", "age"], ascending=[True, False, False, True, True, True]
    )
    table["leads"] = np.where(table.duplicated("subject"), "no", "yes")
    table = table.sort_values("leads", ascending=False, kind="stable")
    rests_on = [STRENGTHS[one - 1] for one in table["strength"]]
    return table.drop(columns="many").assign(rests_on=rests_on, order=range(1, len(table) + 1)).reset_index(drop=True)


def _signals(place: Place) -> tuple[str, ...]:
    return (GETTING_WORSE, WORSENED, f"{LAST} {place.peers_name}", f"{WORSE} {place.country.name}")


def count_support(judgements: pd.DataFrame, edition: Edition, place: Place) -> pd.DataFrame:
    """How many series support each kind of judgement, and how many flags chance alone would raise.

    Returns
    -------
    DataFrame
        ``judgement``, ``series`` judged, ``of`` (series with a value), ``level_pct``, ``flagged``,
        ``expected_by_chance``: comparisons times one minus the level; for the last place among the peers the sum of one
        over the number of cities ranked, as if the cities did not differ.
    """
    known = judgements[judgements["value"].notna()]
    city = known[known["area_code"] == place.code]
    wards = known[known["geography"] == edition.ward_geography]
    placed = city[(city["peers_ranked"] >= PEERS_NEEDED) & (city["polarity"] != "neutral")]
    moved = city[city["change_lower_ci95"].notna()]
    tested = city[city["trend_result"] != "not tested"]
    rows: list[dict[str, object]] = []

    def add(
        judgement: str, judged: pd.DataFrame, of: pd.DataFrame, level: float, flagged: pd.Series, chance: float
    ) -> None:
        row = {"judgement": judgement, "series": len(judged), "of": len(of), "level_pct": level}
        rows.append(row | {"flagged": int(flagged.sum()), "expected_by_chance": chance})

    for name, part in ((f"beside {place.country.name}", city), ("wards beside the city", wards)):
        judged = part[part["benchmark_method"] == "limits"]
        different = ~judged["benchmark_result"].isin(("similar", NO_INTERVAL))
        add(f"{name}, by limits", judged, part, 95, different, expected_false_flags(len(judged), confidence=0.95))
    change = ~moved["change_result"].eq("no significant change")
    trend = ~tested["trend_result"].eq("no significant change")
    add("change since the baseline, by limits", moved, city, 95, change, expected_false_flags(len(moved)))
    add("recent trend", tested, city, 99.8, trend, expected_false_flags(len(tested), confidence=0.998))
    chance = float((1 / placed["peers_ranked"]).sum())
    last = placed["peers_place"].isin(WORST)
    add(f"last among the {place.peers_name}, by rank", placed, city, float("nan"), last, chance)
    return pd.DataFrame(rows)

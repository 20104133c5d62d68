"""Which priorities and outcomes of the plans an edition's figures speak to, at which geography and how recently."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from analysis.catalogue.model import Indicator, Input, Place
from analysis.catalogue.plans import Outcome, Plan, Priority
from analysis.catalogue.source import Source
from analysis.indicators.context import Context, Reference
from analysis.words import add_months, day_words, period_words

COLUMNS = (
    "plan",
    "aim",
    "aim_title",
    "priority",
    "priority_title",
    "outcomes",
    "outcomes_measured",
    "indicators",
    "city_indicators",
    "ward_indicators",
    "geographies",
    "latest_period_end",
    "without_value",
    "awaited",
    "gap_reason",
    "gap_source",
)
OUTCOME_COLUMNS = (
    "plan",
    "aim",
    "priority",
    "outcome",
    "statement",
    "direction",
    "indicators",
    "city_indicators",
    "ward_indicators",
    "geographies",
    "latest_period_end",
    "without_value",
)
ELSEWHERE = ("region", "country")


def coverage_tables(
    plans: Iterable[Plan],
    indicators: Mapping[str, Indicator],
    sources: Mapping[str, Source],
    context: Context,
    rows: pd.DataFrame,
) -> dict[str, pd.DataFrame]:
    """The tables ``coverage`` (a row for each priority) and ``coverage_outcomes`` (for each outcome) of an edition.

    Parameters
    ----------
    plans : iterable of Plan
        The edition's plans.
    indicators, sources : mapping
        Definitions by id.
    context : Context
        The edition, its place and its observations, from which the first later figure is told.
    rows : DataFrame
        Rows of the edition's ``indicators.csv``.

    Returns
    -------
    dict of DataFrame
        The columns of ``COLUMNS`` and ``OUTCOME_COLUMNS``. ``indicators`` (those with a value for the city, its wards
        or its small areas), ``without_value`` and ``geographies`` are lists separated by a space;
        ``latest_period_end`` is the last day of the latest period of any of them. ``awaited`` says where the first
        figures are to be had of a priority whose indicators have no value yet; ``gap_reason`` and ``gap_source`` what
        of a priority nothing measures, empty where each of its outcomes has a figure.
    """
    held = _Held.of(rows, context.place)
    priorities, outcomes = [], []
    for plan in plans:
        for aim in plan.aims:
            for priority in aim.priorities:
                serving = [one for one in indicators.values() if priority.id in one.priorities]
                where = {"plan": plan.id, "aim": aim.id, "priority": priority.id}
                row = {**where, "aim_title": aim.title, **_priority_cells(priority, serving, held)}
                row["awaited"] = "" if row["indicators"] else say_awaited(serving, sources, context)
                priorities.append(row)
                outcomes += [{**where, **_outcome_cells(outcome, held)} for outcome in priority.outcomes]
    return {
        "coverage": pd.DataFrame(priorities, columns=pd.Index(COLUMNS)),
        "coverage_outcomes": pd.DataFrame(outcomes, columns=pd.Index(OUTCOME_COLUMNS)),
    }


@dataclass(frozen=True)
class _Held:
    """What an edition has a value of: geographies and the last day of the latest period, by indicator."""

    geographies: Mapping[str, frozenset[str]]
    latest: Mapping[str, str]

    @classmethod
    def of(cls, rows: pd.DataFrame, place: Place) -> _Held:
        by_indicator = own_values(rows, place).groupby("indicator")
        return cls(
            {str(name): frozenset(found) for name, found in by_indicator["geography"]},
            {str(name): str(day) for name, day in by_indicator["period_end"].max().items()},
        )

    def count(self, names: Iterable[str]) -> dict[str, object]:
        """The cells that priorities and outcomes share, from the indicators that speak to one."""
        names = list(names)
        present = [name for name in names if name in self.latest]
        at = [self.geographies[name] for name in present]
        return {
            "indicators": " ".join(present),
            "city_indicators": sum("lad" in levels for levels in at),
            "ward_indicators": sum(any(level.startswith("ward") for level in levels) for levels in at),
            "geographies": " ".join(sorted(set().union(*at))),
            "latest_period_end": max((self.latest[name] for name in present), default=""),
            "without_value": " ".join(name for name in names if name not in self.latest),
        }


def own_values(rows: pd.DataFrame, place: Place) -> pd.DataFrame:
    """The rows with a value for the city itself, its wards or its small areas: no other city, region or country."""
    own = (rows["area_code"] == place.code) | ~rows["geography"].isin(("lad", *ELSEWHERE))
    found: pd.DataFrame = rows[own & rows["value"].notna()]
    return found


def _priority_cells(priority: Priority, serving: Iterable[Indicator], held: _Held) -> dict[str, object]:
    cells = held.count(one.id for one in serving)
    measured = sum(any(name in held.latest for name in outcome.indicators) for outcome in priority.outcomes)
    gap = priority.gap if not cells["indicators"] or measured < len(priority.outcomes) else None
    return {
        "priority_title": priority.title,
        "outcomes": len(priority.outcomes),
        "outcomes_measured": measured,
        **cells,
        "gap_reason": gap.reason if gap else "",
        "gap_source": gap.source if gap else "",
    }


def _outcome_cells(outcome: Outcome, held: _Held) -> dict[str, object]:
    return {
        "outcome": outcome.id,
        "statement": outcome.statement,
        "direction": outcome.direction,
        **held.count(outcome.indicators),
    }


def say_awaited(indicators: Iterable[Indicator], sources: Mapping[str, Source], context: Context) -> str:
    """Where figures of indicators without a value are to be had: the first period, with each product and publisher.

    The period is the first that is held and was not out by the edition's cut-off. Where the edition opens no release
    with the series, the first release from after the cut-off is named by its date.
    """
    periods: dict[str, list[tuple[str, str]]] = {}
    for indicator in indicators:
        for given in indicator.inputs:
            periods.setdefault(given.source, []).extend(_later_periods(given, context))
    sentences = []
    for name, found in periods.items():
        source, cut_off = sources[name], context.edition.cut_off.isoformat()
        dates = [
            one.published for one in source.releases.values() if one.published[:4].isdigit()
        ]  # else a live service
        later = [day for day in dates if day > cut_off]
        first = f"from {min(found)[1]}" if found else f"published {day_words(min(later))}" if later else ""
        sentences.append(", ".join(text for text in (first, f"in {source.title} ({source.publisher})") if text))
    return "; ".join(sentences)


def _later_periods(given: Input, context: Context) -> Iterator[tuple[str, str]]:
    """Last day and words of each period of an input's series that was not yet out at the edition's cut-off."""
    for text in given.series.values():
        reference = Reference.parse(text, given.source)
        for series in reference.series.split("+") if reference.source == given.source else ():
            rows = context.held.get(reference.source, {}).get(series)
            if rows is None:
                continue
            periods = own_values(rows, context.place)[["period_start", "period_end"]].drop_duplicates()
            for start, end in periods.itertuples(index=False):
                if add_months(end, given.lag_months) > context.edition.cut_off.isoformat():
                    yield end, period_words(start, end)

"""Set the figures that a plan states beside the tables: what agrees, what differs, what cannot be tested."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import pandas as pd

from analysis.catalogue.model import Place
from analysis.catalogue.plans import Check, Plan, StatedFigure

Verdict = Literal["agrees", "agrees on a named measure or period", "differs", "not testable with what is shipped"]

Known = Mapping[tuple[str, str], Sequence[Mapping[str, Any]]]

COLUMNS = (
    "figure",
    "statement",
    "stated",
    "unit",
    "stated_period",
    "place_in_plan",
    "about",
    "verdict",
    "found",
    "found_unit",
    "indicator",
    "period_start",
    "period_end",
    "sex",
    "compared",
    "compare",
    "flag",
    "reason",
)


BLANK = ("found_unit", "indicator", "period_start", "period_end", "sex", "compared", "compare", "flag")


def check_stated_figures(plan: Plan, indicators: pd.DataFrame, place: Place) -> pd.DataFrame:
    """One row for each figure that the plan states, with the check that decided it.

    The checks of a figure are tried in the order of its definition. The first that agrees decides: the first of all
    means "agrees", unless the plan leaves open what is compared (``Check.named``); such a one, or a later one, means
    "agrees on a named measure or period". If none agrees, the first with a value is shown and the verdict is
    "differs". A figure without checks, or whose checks find no value among the edition's rows, is
    "not testable with what is shipped", with the reason.

    Parameters
    ----------
    plan : Plan
    indicators : DataFrame
        Rows of ``indicators.csv`` of one edition.
    place : Place

    Returns
    -------
    DataFrame
        The columns of ``COLUMNS``, in the order of the plan.
    """
    named = {check.indicator for figure in plan.stated_figures for check in figure.checks}
    known = _by_indicator(indicators[indicators["indicator"].isin(named)])
    rows = [_judged(figure, known, place) for figure in plan.stated_figures]
    return pd.DataFrame(rows, columns=pd.Index(COLUMNS))


def _judged(figure: StatedFigure, indicators: Known, place: Place) -> dict[str, object]:
    base: dict[str, object] = {
        "figure": figure.id,
        "statement": figure.statement,
        "stated": float("nan") if figure.value is None else figure.value,
        "unit": figure.unit,
        "stated_period": figure.period or "",
        "place_in_plan": figure.place,
        "about": figure.about,
        **dict.fromkeys(BLANK, ""),
        "found": float("nan"),
    }
    found = [(position, check, row) for position, check, row in _found(figure.checks, indicators, place)]
    for position, check, row in found:
        if _agrees(figure, check, float(str(row["found"]))):
            verdict = "agrees" if position == 0 and not check.named else "agrees on a named measure or period"
            return {**base, **row, "verdict": verdict, "compared": check.label, "reason": ""}
    if found:
        _, check, row = found[0]
        return {**base, **row, "verdict": "differs", "compared": check.label, "reason": ""}
    reason = figure.not_testable or "no observation of the named indicator was out by the edition's cut-off"
    return {**base, "verdict": "not testable with what is shipped", "reason": reason}


def _by_indicator(indicators: pd.DataFrame) -> Known:
    """Rows with a value by indicator and sex, in the order of their periods' ends."""
    columns = ["indicator", "sex", "area_code", "period_start", "period_end", "value", "unit", "flag"]
    known: dict[tuple[str, str], list[dict[str, Any]]] = {}
    held = indicators.loc[indicators["value"].notna(), columns].sort_values("period_end", kind="stable")
    for row in held.to_dict("records"):
        known.setdefault((row["indicator"], row["sex"]), []).append({str(name): cell for name, cell in row.items()})
    return known


def _found(checks: Iterable[Check], indicators: Known, place: Place) -> Iterable[tuple[int, Check, dict[str, object]]]:
    for position, check in enumerate(checks):
        rows = [row for row in indicators.get((check.indicator, check.sex), ()) if _in_period(row, check.period)]
        code = {"city": place.code, "england": place.country.code, "region": place.region.code}.get(
            check.area, check.area
        )
        own = [row for row in rows if row["area_code"] == code]
        if not own:
            continue
        row = own[-1]
        value = float(row["value"])
        if check.compare in ("difference_from_england", "below_england"):
            england = [r for r in rows if (r["area_code"], r["period_end"]) == (place.country.code, row["period_end"])]
            if not england:
                continue
            value = float(england[0]["value"]) - value
        columns = ("indicator", "period_start", "period_end", "sex", "flag")
        yield (
            position,
            check,
            {**{c: row[c] for c in columns}, "found": value, "found_unit": row["unit"], "compare": check.compare},
        )


def _agrees(figure: StatedFigure, check: Check, found: float) -> bool:
    """Whether a value found bears the statement out: within the printed precision, or simply below England's."""
    if check.compare == "below_england":
        return found > 0
    return figure.value is not None and abs(found - figure.value) <= check.tolerance + 1e-9


def _in_period(row: Mapping[str, object], period: str) -> bool:
    """Whether a row is of the period a check names: a year it ends in, ``2011 to 2013``, or ``latest``.

    Examples
    --------
    >>> _in_period({"period_start": "2014-01-01", "period_end": "2016-12-31"}, "2014 to 2016")
    True
    >>> _in_period({"period_start": "2016-04-01", "period_end": "2017-03-31"}, "2017")
    True
    """
    if period == "latest":
        return True
    first, _, last = period.partition(" to ")
    if last:
        return str(row["period_start"])[: len(first)] == first and str(row["period_end"])[: len(last)] == last
    return str(row["period_end"])[: len(first)] == first

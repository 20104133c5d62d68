"""Distance of an indicator to a target of a plan, and whether its present course meets it by the date."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.catalogue.model import Indicator
from analysis.catalogue.plans import Plan
from analysis.judge.progress import AREA
from analysis.measures.trend import POINTS
from analysis.words import period_words

NONE: dict[str, object] = {
    "target_value": np.nan,
    "target_date": "",
    "target_distance": np.nan,
    "target_result": "no target",
    "target_reason": "no plan states a value and a date for it",
}


@dataclass(frozen=True)
class Promise:
    """A value to be reached by a year, month or day, and who promised it where."""

    value: float
    date: str
    origin: str

    @property
    def day(self) -> str:
        """The last day of its date."""
        return last_day(self.date)

    @property
    def first_day(self) -> str:
        """The first day of its date."""
        return "-".join([*self.date.split("-"), "01", "01"][:3])


def promises(indicators: Mapping[str, Indicator], plans: Iterable[Plan]) -> dict[str, Promise]:
    """The target of each indicator that has one: its own, else that of a plan that names it."""
    found = {}
    for plan in plans:
        for target in plan.targets:
            if target.indicator is not None and target.value is not None and target.kind == "target":
                found[target.indicator] = Promise(target.value, target.date, f"{plan.title}, {target.place}")
    for key, indicator in indicators.items():
        if indicator.target is not None:
            found[key] = Promise(indicator.target.value, indicator.target.date, indicator.target.origin)
    return found


def last_day(date: str) -> str:
    """The last day of a year, month or day.

    Examples
    --------
    >>> last_day("2030"), last_day("2020-02"), last_day("2020-03-15")
    ('2030-12-31', '2020-02-29', '2020-03-15')
    """
    year, month, day = (*(int(part) for part in date.split("-")), 0, 0)[:3]
    if day:
        return dt.date(year, month, day).isoformat()
    following = dt.date(year + 1, 1, 1) if month in (0, 12) else dt.date(year, month + 1, 1)
    return (following - dt.timedelta(days=1)).isoformat()


def judge_targets(
    table: pd.DataFrame,
    series: pd.DataFrame,
    indicators: Mapping[str, Indicator],
    plans: Iterable[Plan],
    city: str,
    cut_off: str,
) -> pd.DataFrame:
    """Add the columns ``target_...`` of the city's rows: the promise, how far it is, and whether the course meets it.

    A promise whose date has passed is judged on the value of that date, whatever came after it. Before, the course is
    the straight line (least squares) through the last five periods, carried on to the date; it needs five separate
    periods without a break. Distance is what is still to gain: 0 or below is met.
    """
    found = promises(indicators, plans)
    verdicts = []
    for row in table[AREA].to_dict("records"):
        if row["indicator"] not in found or row["area_code"] != city:
            verdicts.append(NONE)
            continue
        own = series["value"].notna()
        for column in AREA:
            own &= series[column] == row[column]
        promise, indicator = found[row["indicator"]], indicators[row["indicator"]]
        verdicts.append(NONE | course(series[own], promise, indicator, cut_off))
    return table.join(pd.DataFrame(verdicts, index=table.index))


def course(points: pd.DataFrame, promise: Promise, indicator: Indicator, cut_off: str) -> dict[str, object]:
    """The ``target_...`` columns of one series.

    Parameters
    ----------
    points : DataFrame
        Its rows with a value, oldest first: ``period_start``, ``period_end``, ``value``.
    promise : Promise
    indicator : Indicator
        Its polarity says on which side the target lies; its breaks, which points belong together.
    cut_off : str
        The edition's: a promise of after it cannot have been missed yet.

    Returns
    -------
    dict
        ``target_result`` is met, on course, not on course, missed or not judged. ``target_distance`` is target less
        value, the other way round where lower is better; of the promise's own date once that has passed, else of the
        last value. It is there even where nothing can be judged, but for a series without a value.
    """
    shown: dict[str, object] = {"target_value": promise.value, "target_date": promise.day}
    if points.empty:
        return shown | {"target_result": "not judged", "target_reason": f"{promise.origin}: no value"}
    sign = -1.0 if indicator.polarity == "lower_is_better" else 1.0
    due = _value_at(points, promise, cut_off)
    last = points.iloc[-1] if due is None else due
    distance = sign * (promise.value - float(last["value"]))
    if indicator.polarity == "neutral":
        result, why = "not judged", "no direction of it is better"
    elif due is not None:
        words = period_words(str(due["period_start"]), str(due["period_end"]))
        result, why = ("met" if distance <= 0 else "missed"), f"by the value of its date, {words}"
    else:
        result, why = _course(points.tail(POINTS), sign, promise, indicator)
    return shown | {"target_distance": distance, "target_result": result, "target_reason": f"{promise.origin}: {why}"}


def _value_at(points: pd.DataFrame, promise: Promise, cut_off: str) -> pd.Series | None:
    """The row that tells whether a promise was kept: the last that ends within its date, else the one around it.

    None before the date, or while a period that ends within it is still to come.
    """
    ends = points["period_end"]
    if promise.day > max(cut_off, str(ends.iloc[-1])):
        return None
    later = points[ends > promise.day]
    within = points[(ends >= promise.first_day) & (ends <= promise.day)]
    if len(within):
        last = within.iloc[-1]
        before = points[ends < last["period_end"]]
        if later.empty and len(before) and last["period_end"] < promise.day:
            step = in_years(str(last["period_end"])) - in_years(str(before.iloc[-1]["period_end"]))
            if in_years(str(last["period_end"])) + step <= in_years(promise.day):
                return None
        return last
    around = later[later["period_start"] <= promise.day]
    if len(around):
        return around.iloc[0]
    return points[ends < promise.first_day].iloc[-1] if len(later) and len(later) < len(points) else None


def _course(points: pd.DataFrame, sign: float, promise: Promise, indicator: Indicator) -> tuple[str, str]:
    starts, ends = points["period_start"].tolist(), points["period_end"].tolist()
    if ends[-1] >= promise.day:
        return "not judged", "the series begins after its date"
    if len(points) < POINTS:
        return "not judged", f"fewer than {POINTS} points show no course"
    if any(start <= end for start, end in zip(starts[1:], ends, strict=False)):
        return "not judged", "overlapping periods show no course"
    if any(ends[0] < broken <= ends[-1] for broken in indicator.breaks):
        return "not judged", "what is measured changed within the last five periods"
    years = np.array([in_years(end) for end in ends])
    slope, level = np.polyfit(years - years[-1], points["value"].to_numpy(dtype=float), 1)
    expected = level + slope * (in_years(promise.day) - years[-1])
    reached = sign * (expected - promise.value) >= -1e-9 * max(1.0, abs(promise.value))
    return ("on course" if reached else "not on course"), "by the straight line through the last five periods"


def in_years(day: str) -> float:
    """A date as a number of years in which every month is a twelfth: leap years bend no straight line.

    Examples
    --------
    >>> in_years("2017-12-31"), in_years("2018-06-30")
    (2018.0, 2018.5)
    """
    year, month, number = (int(part) for part in day.split("-"))
    return year + (month - 1 + number / calendar.monthrange(year, month)[1]) / 12

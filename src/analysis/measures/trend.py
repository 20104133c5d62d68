"""The recent trend of a series: the published test of the Fingertips profiles, with its refusals named.

The markers say whether the last points moved more than chance allows. They are no rigorous analysis of a
time series, and say nothing of the years to come.
"""

from __future__ import annotations

import numbers
from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.errors import MeasureError
from analysis.measures._arguments import choice, column_names, nameable
from analysis.measures._arguments import frame as checked
from analysis.measures._inputs import Bools, Floats, blocks, column, labels_of, names_listed
from analysis.measures._results import level, no_reasons, refuse

Polarity: TypeAlias = Literal["higher_is_better", "lower_is_better", "neutral"]
POLARITIES: tuple[Polarity, ...] = ("higher_is_better", "lower_is_better", "neutral")

POINTS = 5
"""Number of most recent points that are tested."""

CRITICAL_CHI2 = 9.5495
"""Upper 0.2% point of chi-square with one degree of freedom, as the published guidance rounds it."""

INCREASING, DECREASING = "Increasing", "Decreasing"
NO_CHANGE, NOT_CALCULATED = "No significant change", "Cannot be calculated"

_Reasons: TypeAlias = npt.NDArray[np.object_]


def trend_of_proportions(counts: Any, denominators: Any) -> pd.DataFrame:
    """Test the trend of proportions at equally spaced times (logistic chi-square).

    Parameters
    ----------
    counts, denominators
        Shape (series, points), oldest first, or (points,) for one series. Frames and Series are matched by label.

    Returns
    -------
    pandas.DataFrame
        One row for each series: ``chi2``, ``slope`` (of the logit, per step), ``signs_agree`` (every slope with
        one point left out has the sign of the slope), ``trend``, ``reason``.

    Refusals
    --------
    missing value
        A count or denominator is not known.
    negative count
        A count is below 0.
    denominator not above 0
        A denominator is 0 or less.
    count above denominator
        A part is larger than its whole.
    count of none or of all
        A count is 0 or equals its denominator, so that its logit is not defined.

    Raises
    ------
    MeasureError
        If there are fewer than three points, or shapes differ.

    Notes
    -----
    With counts c, denominators d, times t, C = sum c, D = sum d::

        chi2 = D [D sum(c t) - C sum(d t)]^2 / (C (D - C) [D sum(d t^2) - (sum d t)^2])

    The slope is that of an unweighted regression of logit(c/d) on t. A trend is significant if chi2 exceeds
    9.5495 and the signs agree.

    References
    ----------
    Fingertips Public Health Technical Guidance, Trend markers (OHID).

    Examples
    --------
    >>> trend = trend_of_proportions([994, 1023, 1199, 1332, 1367], [40299, 41527, 42811, 44064, 44701])
    >>> trend.round(2)[["chi2", "slope", "trend"]]
       chi2  slope       trend
    0  47.9   0.07  Increasing
    """
    c, d = _matrices(counts=counts, denominators=denominators)
    reasons = no_reasons(len(c))
    refuse(reasons, (np.isnan(c) | np.isnan(d)).any(axis=1), "missing value")
    refuse(reasons, (c < 0).any(axis=1), "negative count")
    refuse(reasons, (d <= 0).any(axis=1), "denominator not above 0")
    refuse(reasons, (c > d).any(axis=1), "count above denominator")
    refuse(reasons, ((c == 0) | (c == d)).any(axis=1), "count of none or of all")
    c, d = _kept(reasons, c), _kept(reasons, d)
    t = np.arange(1.0, c.shape[1] + 1)
    C, D = c.sum(axis=1), d.sum(axis=1)
    moment = D * (c * t).sum(axis=1) - C * (d * t).sum(axis=1)
    chi2 = D * moment**2 / (C * (D - C) * (D * (d * t**2).sum(axis=1) - (d * t).sum(axis=1) ** 2))
    logit = np.log(c / (d - c))
    return _verdict(chi2, logit, np.ones_like(logit), t, reasons)


def trend_of_values(values: Any, lower: Any, upper: Any, *, confidence: float = 0.95) -> pd.DataFrame:
    """Test the trend of values with limits at equally spaced times (weighted regression).

    Parameters
    ----------
    values, lower, upper
        Shape (series, points), oldest first, or (points,) for one series; all three in the same unit. Frames and
        Series are matched by label.
    confidence
        Level of the limits.

    Returns
    -------
    pandas.DataFrame
        One row for each series: ``chi2``, ``slope`` (per step), ``signs_agree``, ``trend``, ``reason``.

    Refusals
    --------
    missing value
        A value is not known.
    no limits
        A limit is not known: without it the test has no weight for the point.
    limits without width
        The upper limit does not lie above the lower one.

    Raises
    ------
    MeasureError
        If there are fewer than three points, or shapes differ.

    Notes
    -----
    With s = (upper - lower) / 2z and weights w = 1/s^2, S = sum w, beta is the weighted slope and::

        chi2 = beta^2 (S sum(w t^2) - (sum w t)^2) / S

    Values and limits scale together, so that chi2 does not depend on the unit.

    References
    ----------
    Fingertips Public Health Technical Guidance, Trend markers (OHID).

    Examples
    --------
    >>> trend = trend_of_values(
    ...     [30.6, 30.2, 28, 24.6, 24.67], [28.98, 28.63, 26.44, 23.15, 23.16], [32.25, 31.9, 29.64, 26.19, 26.25]
    ... )
    >>> trend.round(4)[["chi2", "slope", "trend"]]
          chi2   slope       trend
    0  46.7636 -1.7516  Decreasing
    """
    y, low, high = _matrices(values=values, lower=lower, upper=upper)
    reasons = no_reasons(len(y))
    refuse(reasons, np.isnan(y).any(axis=1), "missing value")
    refuse(reasons, (np.isnan(low) | np.isnan(high)).any(axis=1), "no limits")
    refuse(reasons, (high <= low).any(axis=1), "limits without width")
    y, error = _kept(reasons, y), _kept(reasons, (high - low) / (2 * level(confidence).z))
    weight = 1 / error**2
    t = np.arange(1.0, y.shape[1] + 1)
    beta = _slope(y, weight, t)
    S = weight.sum(axis=1)
    chi2 = beta**2 * (S * (weight * t**2).sum(axis=1) - (weight * t).sum(axis=1) ** 2) / S
    return _verdict(chi2, y, weight, t, reasons)


def recent_trend(
    observations: pd.DataFrame,
    *,
    by: str | Sequence[str],
    method: Literal["proportion", "value"],
    polarity: Polarity = "neutral",
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Recent trend of each series in a table of observations, from its last five points.

    Parameters
    ----------
    observations
        One row for each series and period, with ``period_start`` and ``period_end`` (ISO dates, or numbers such as
        years); for proportions ``numerator`` and ``denominator``; for values ``value`` and the limits of
        the level (``lower_ci95``, ``upper_ci95``); and, if there is one, ``flag``.
    by
        Column or columns that name a series.
    method
        ``proportion`` (the logistic test on counts, which the guidance prescribes for proportions) or ``value``.
    polarity
        Which direction is better.
    confidence
        Level of the limits.

    Returns
    -------
    pandas.DataFrame
        Indexed by the columns in ``by``: ``first_period`` and ``last_period`` (start of the first and end of the
        last point used), ``points``, ``chi2``, ``slope``, ``signs_agree``, ``trend``, ``label`` (such as
        "Increasing and getting better"), ``reason``.

    Refusals
    --------
    fewer than 5 points
        The series is too short.
    period used twice
        Two rows of the series have the same period.
    overlapping periods
        Periods roll: their points share people, and the test would count them twice.
    gap in the series
        Periods are not equally spaced.
    declared break
        One of the last four points carries the flag [b]: what was measured changed.
    values repeated
        At least two of the four steps repeat the point before exactly: the source carries values forward.
    missing value, no limits, limits without width, negative count, denominator not above 0, ...
        As in ``trend_of_proportions`` and ``trend_of_values``.

    Raises
    ------
    MeasureError
        If a column is absent, the method or polarity unknown, or a period is no date or number.

    Notes
    -----
    Known faults of other implementations, not repeated here: dividing the value but not the limits by the
    multiplier (every rate then shows no change); taking unequally spaced years as equally spaced; the test for
    values used for proportions; "no significant change" where limits are missing.

    References
    ----------
    Fingertips Public Health Technical Guidance, Trend markers (OHID).

    Examples
    --------
    >>> table = pd.DataFrame({
    ...     "area_code": "A", "period_start": range(2014, 2019), "period_end": range(2014, 2019),
    ...     "numerator": [994, 1023, 1199, 1332, 1367], "denominator": [40299, 41527, 42811, 44064, 44701]})
    >>> trend = recent_trend(table, by=["area_code"], method="proportion", polarity="lower_is_better")
    >>> trend.loc["A", "label"]
    'Increasing and getting worse'
    """
    one = level(confidence)
    columns = {"proportion": ["numerator", "denominator"], "value": ["value", one.lower, one.upper]}
    choice(method, "trend method", columns)
    choice(polarity, "polarity", POLARITIES)
    names = column_names(by)
    needed = [*names, "period_start", "period_end", *columns[method]]
    checked(observations, "observations", needed)
    if not names or set(names) & {*needed[len(names) :], "flag"}:
        raise MeasureError(f"by is {by!r}; expected columns that name a series.")
    for name in names:
        nameable(observations[name], "observations")

    table = observations[needed].reset_index(drop=True)
    for name in columns[method]:
        held = column(table[name], name, infinite=True).array
        table[name] = np.where(np.isinf(held), np.nan, held)
    table["start"] = _positions(table["period_start"])
    table["first_day"], table["last_day"] = _days(table["period_start"]), _days(table["period_end"])
    flags = observations["flag"].fillna("").astype(str).to_numpy() if "flag" in observations else ""
    table["break"] = pd.Series(flags, index=table.index, dtype=object).map(lambda one: "[b]" in one)
    ordered = table.sort_values([*names, "start"], kind="stable")
    table = ordered.groupby(names, sort=False, dropna=False, observed=True).tail(POINTS)
    series = table.groupby(names, sort=True, dropna=False, observed=True)
    group, place = series.ngroup().to_numpy(), series.cumcount().to_numpy()

    def matrix(name: str) -> Floats:
        filled = np.full((series.ngroups, POINTS), np.nan)
        filled[group, place] = table[name].to_numpy(dtype=float, na_value=np.nan)
        return filled

    start = matrix("start")
    points = (~np.isnan(start)).sum(axis=1)
    step = np.diff(start, axis=1)
    given = [matrix(name) for name in columns[method]]
    repeated = np.logical_and.reduce([np.diff(one, axis=1) == 0 for one in given]).sum(axis=1)
    reasons = no_reasons(series.ngroups)
    refuse(reasons, points < POINTS, f"fewer than {POINTS} points")
    refuse(reasons, (step == 0).any(axis=1), "period used twice")
    refuse(reasons, (matrix("first_day")[:, 1:] <= matrix("last_day")[:, :-1]).any(axis=1), "overlapping periods")
    refuse(reasons, (step != step[:, :1]).any(axis=1), "gap in the series")
    refuse(reasons, (matrix("break")[:, 1:] == 1).any(axis=1), "declared break")
    refuse(reasons, repeated >= 2, "values repeated")

    kept = [_kept(reasons, one) for one in given]
    if method == "proportion":
        result = trend_of_proportions(kept[0], kept[1])
    else:
        result = trend_of_values(kept[0], kept[1], kept[2], confidence=confidence)
    result["reason"] = np.where(reasons == "", result["reason"], reasons)
    result.index = series.size().index
    result.insert(0, "first_period", series["period_start"].first())
    result.insert(1, "last_period", series["period_end"].last())
    result.insert(2, "points", points)
    result.insert(result.columns.size - 1, "label", trend_label(result["trend"], polarity))
    return result


def trend_label(trend: Any, polarity: Polarity) -> npt.NDArray[np.object_]:
    """Words for a trend that say whether it is for the better.

    Parameters
    ----------
    trend
        Trends as returned here, shape (n,).
    polarity
        ``higher_is_better``, ``lower_is_better`` or ``neutral``.

    Returns
    -------
    numpy.ndarray
        Shape (n,); a neutral polarity leaves the words as they are.

    Raises
    ------
    MeasureError
        If the polarity is unknown.

    Examples
    --------
    >>> trend_label(["Increasing", "No significant change"], "lower_is_better").tolist()
    ['Increasing and getting worse', 'No significant change']
    """
    choice(polarity, "polarity", POLARITIES)
    listed = [trend] if isinstance(trend, str) else names_listed(trend, "trend")
    words = labels_of(listed, "trend", len(listed))
    for word in words:
        choice(word, "trend", (INCREASING, DECREASING, NO_CHANGE, NOT_CALCULATED))
    if polarity == "neutral":
        return words
    better, worse = (INCREASING, DECREASING) if polarity == "higher_is_better" else (DECREASING, INCREASING)
    suffix = {better: " and getting better", worse: " and getting worse"}
    return np.array([word + suffix.get(word, "") for word in words], dtype=object)


def _positions(periods: pd.Series) -> pd.Series:
    """Numbers as they are, ISO dates as months since year 0: years of 365 and of 366 days are equal steps."""
    if pd.api.types.is_numeric_dtype(periods):
        return pd.Series(column(periods, str(periods.name)).array, index=periods.index)
    dates = _dates(periods)
    months: pd.Series = (dates.dt.year * 12 + dates.dt.month).astype(float)
    return months


def _days(periods: pd.Series) -> pd.Series:
    """Numbers as they are, ISO dates as days: a year that ends on 15 November does not overlap the next."""
    if pd.api.types.is_numeric_dtype(periods):
        return pd.Series(column(periods, str(periods.name)).array, index=periods.index)
    days: pd.Series = (_dates(periods) - pd.Timestamp(0)) / pd.Timedelta(days=1)
    return days


def _dates(periods: pd.Series) -> pd.Series:
    if any(isinstance(one, numbers.Number) for one in periods.dropna().astype(object)):
        raise MeasureError(f"The column {periods.name!r} mixes numbers with others; expected numbers or ISO dates.")
    try:
        dates: pd.Series = pd.to_datetime(periods, format="ISO8601")
    except (ValueError, TypeError) as error:
        raise MeasureError(f"The column {periods.name!r} holds something that is no ISO date ({error}).") from error
    return dates


def _matrices(**inputs: Any) -> list[Floats]:
    read, shape = blocks(**inputs)
    if len(shape) not in (1, 2) or shape[-1] < 3:
        raise MeasureError(f"A trend needs tables of one shape with at least three points; given shape {shape}.")
    return [np.atleast_2d(np.where(np.isinf(one.array), np.nan, one.array)) for one in read]


def _kept(reasons: _Reasons, matrix: Floats) -> Floats:
    return np.where((reasons == "")[:, np.newaxis], matrix, np.nan)


def _slope(y: Floats, weight: Floats, t: Floats) -> Floats:
    S, St, Sy = weight.sum(axis=1), (weight * t).sum(axis=1), (weight * y).sum(axis=1)
    slope: Floats = (S * (weight * y * t).sum(axis=1) - Sy * St) / (S * (weight * t**2).sum(axis=1) - St**2)
    return slope


def _verdict(chi2: Floats, y: Floats, weight: Floats, t: Floats, reasons: _Reasons) -> pd.DataFrame:
    slope = _slope(y, weight, t)
    agree: Bools = np.ones(len(y), dtype=bool)
    for left_out in range(len(t)):
        fewer, weights = np.delete(y, left_out, axis=1), np.delete(weight, left_out, axis=1)
        without = _slope(fewer, weights, np.delete(t, left_out))
        agree &= np.sign(without) == np.sign(slope)
    significant = (chi2 > CRITICAL_CHI2) & agree
    moved = np.where(slope > 0, INCREASING, DECREASING)
    trend = np.where(significant, moved, NO_CHANGE)
    return pd.DataFrame(
        {
            "chi2": chi2,
            "slope": slope,
            "signs_agree": agree,
            "trend": np.where(reasons == "", trend, NOT_CALCULATED).astype(object),
            "reason": reasons,
        }
    )

"""Funnels: the limits within which areas of a size vary about a benchmark by chance alone, and who lies beyond them.

The limits are those of the area's count, given the benchmark: an area is beyond the 95 % limit where a count as far out
as its own has a chance below 2.5 % if its true value is the benchmark. They are no confidence limits of the benchmark.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd

from analysis.errors import MeasureError
from analysis.measures._arguments import choice, number, whole
from analysis.measures._bands import MINIMUM_EVENTS
from analysis.measures._inputs import Floats, align, column
from analysis.measures._results import Confidence, Level, Reasons, levels, no_reasons, only, per, refuse
from analysis.measures._tails import binomial_limits, poisson_limits_about
from analysis.measures._verdicts import steps, verdicts
from analysis.measures.rates import exact_poisson_limits, wilson_limits
from analysis.measures.trend import Polarity

Kind: TypeAlias = Literal["proportion", "rate", "ratio", "standardised rate"]
Method: TypeAlias = Literal["exact", "normal", "fingertips"]

MULTIPLIERS: dict[str, float] = {"proportion": 1, "rate": 100_000, "ratio": 100, "standardised rate": 100_000}
"""What values of each kind are per, unless said otherwise: as in the functions that calculate them."""

_SLACK = 1e-10  # of a count: a tail just as large as the level says (3 of 3 at 10 %: 0.001) is not beyond it

_BINOMIAL = {"exact": "Exact binomial", "normal": "Normal", "fingertips": "Wilson of the benchmark"}
_POISSON = {"exact": "Exact Poisson", "normal": "Normal", "fingertips": "Poisson of the expected count"}


def funnel_limits(
    benchmark: Any,
    denominator: Any,
    *,
    kind: Kind,
    method: Method = "exact",
    multiplier: float | None = None,
    confidence: Confidence = (0.95, 0.998),
) -> pd.DataFrame:
    """Limits about a benchmark within which areas of a size vary by chance alone.

    Parameters
    ----------
    benchmark
        Value of the benchmark, in the unit that ``multiplier`` gives, shape (n,) or a single number. For ratios it is
        the ratio of the standard with itself: 100, or 1 with a multiplier of 1.
    denominator
        Size of each area, shape (n,): people for a proportion, person-years for a rate, expected events for a ratio,
        events / rate x multiplier for a standardised rate.
    kind
        ``proportion``, ``rate``, ``ratio`` (observed over expected) or ``standardised rate``.
    method
        ``exact``, ``normal`` or ``fingertips`` (see the notes).
    multiplier
        100 for per cent, 100,000 for a rate per 100,000. None takes that of the function which calculates the kind: 1
        for a proportion, 100,000 for a rate or standardised rate, 100 for a ratio.
    confidence
        One level or several.

    Returns
    -------
    pandas.DataFrame
        ``population`` (the denominator), ``value`` (of the benchmark), ``lower_ci..``/``upper_ci..`` for each level,
        ``method`` (and the multiplier), ``reason``.

    Refusals
    --------
    missing
        Benchmark or denominator is not known.
    denominator not above 0
        The area has no size.
    benchmark outside its range
        The benchmark is below 0, or a proportion above 1.

    Raises
    ------
    MeasureError
        If kind or method are unknown, the multiplier is not above 0, or lengths or labels differ.

    Notes
    -----
    With n people, benchmark p, expected count E = n p and the probability a = (1 - level) / 2::

        exact       count L with P(X <= L) = a, count U with P(X >= U) = a; X binomial (n, p), or Poisson (E)
        normal      E -/+ z sqrt(n p (1 - p)), or E -/+ z sqrt(E), cut off at 0 and at n
        fingertips  Wilson's limits of E out of n, or the exact Poisson limits of a count of E

    Between whole counts the exact tails are carried on by the incomplete beta and gamma functions, so that a whole
    count lies beyond a limit exactly where its tail is smaller than a, and the curve is smooth. Where even a count of 0
    is not that rare the lower limit is 0; where even a count of n is not, the upper limit is that of all.

    Published tools differ. PHEindicatormethods 2.1.0 takes the normal form for proportions; for ratios and rates it
    draws the exact Poisson curve and tests each area by Byar's limits (exact below 10 events), which agree with the
    exact verdict in all of its 300 published cases. The Fingertips site takes what is called ``fingertips`` here,
    confidence limits of what is expected: a count of 0 is then always beyond both limits, however small the area.
    Spiegelhalter takes the exact tails, with a straight line between whole counts. The exact tails are the default
    because only they keep the chance of a false verdict at or below the level for areas of every size.

    References
    ----------
    Spiegelhalter 2005, Stat Med 24:1185; PHEindicatormethods 2.1.0, calculate_funnel_limits; fingertips-open (6780897),
    SpcForProportionsComparer and SpcForDsrComparer.

    Examples
    --------
    >>> limits = funnel_limits(20, [100, 1000], kind="proportion", multiplier=100, confidence=0.95)
    >>> limits[["population", "lower_ci95", "upper_ci95", "method"]].round(2)
       population  lower_ci95  upper_ci95                   method
    0       100.0       11.98       28.59  Exact binomial, per 100
    1      1000.0       17.50       22.56  Exact binomial, per 100
    """
    multiplier = _options(kind, method, multiplier)
    index, (centre, n) = align(benchmark=benchmark, denominator=denominator)
    reasons = _refusals(centre, n, kind, multiplier)
    centre_known, size = only(reasons, centre), only(reasons, n)
    columns: dict[str, Any] = {"population": n, "value": centre}
    for one in levels(confidence):
        limits = _counts(centre_known / multiplier, size, kind, method, one)
        columns[one.lower], columns[one.upper] = (limit / size * multiplier for limit in limits)
    columns["method"] = np.where(reasons == "", _named(kind, method, multiplier), "")
    return pd.DataFrame({**columns, "reason": reasons}, index=index)


def compare_in_funnel(
    value: Any,
    benchmark: Any,
    denominator: Any = None,
    *,
    count: Any = None,
    kind: Kind,
    polarity: Polarity,
    method: Method = "exact",
    multiplier: float | None = None,
    confidence: Confidence = (0.95, 0.998),
) -> pd.DataFrame:
    """Compare areas with the funnel limits about a benchmark, at two levels.

    Parameters
    ----------
    value
        Value of each area, shape (n,), in the unit of the benchmark; None where count and denominator are given.
    benchmark, denominator, kind, method, multiplier
        As in ``funnel_limits``.
    count
        Events of each area, in the place of the value or of the denominator: two of the three are needed. A
        standardised rate is given with its count, as its size is count / value x multiplier.
    polarity
        ``higher_is_better``, ``lower_is_better`` or ``neutral``.
    confidence
        One level or two; beyond the second, higher one an area is best or worst.

    Returns
    -------
    pandas.DataFrame
        ``count``, ``population`` (the denominator), ``value``, ``lower_ci..``/``upper_ci..`` for each level, ``method``
        (and the multiplier), ``result`` (better, similar, worse; best, worst beyond the wider limits; lower, higher,
        lowest, highest if neutral; ``not compared``), ``reason``.

    Refusals
    --------
    no value
        The area has no value (or no count).
    value outside its range
        The value or count is below 0, or a proportion above 1.
    fewer than 10 events
        A standardised rate of so few is not given, and not compared.
    missing, denominator not above 0, benchmark outside its range
        As in ``funnel_limits``.

    Raises
    ------
    MeasureError
        As in ``funnel_limits``; also if not two of value, denominator and count are given, or more than two levels.

    Examples
    --------
    >>> shares = {"kind": "proportion", "polarity": "neutral", "multiplier": 100}
    >>> compare_in_funnel([21, 30, 0], 20, [100, 100, 10], **shares)["result"].tolist()
    ['similar', 'higher', 'similar']
    >>> found = compare_in_funnel(None, 100, [106.72, 56.15], count=[141, 35], kind="ratio", polarity="neutral")
    >>> found["result"].tolist()
    ['highest', 'lower']
    """
    multiplier = _options(kind, method, multiplier)
    wanted = sorted(levels(confidence), key=lambda one: one.share)
    if len(wanted) > 2:
        raise MeasureError(f"{len(wanted)} confidence levels were given; expected one or two.")
    index, own, centre, n, events = _areas(value, benchmark, denominator, count, kind, multiplier)
    reasons = no_reasons(len(index))
    if kind == "standardised rate":
        refuse(reasons, events < MINIMUM_EVENTS, f"fewer than {MINIMUM_EVENTS} events")
    else:
        refuse(reasons, (own < 0) | (events < 0), "value outside its range")
    for reason in ("denominator not above 0", "missing", "benchmark outside its range"):
        refuse(reasons, _refusals(centre, n, kind, multiplier) == reason, reason)
    refuse(reasons, np.isnan(own), "no value")
    if kind == "proportion":
        refuse(reasons, own > multiplier * (1 + 1e-12), "value outside its range")

    centre_known, size = only(reasons, centre), only(reasons, n)
    limits: dict[str, Any] = {}
    moved = np.zeros(len(index))
    for one in wanted:
        low, high = _counts(centre_known / multiplier, size, kind, method, one)
        moved += steps(events > high + _SLACK, events < low - _SLACK)
        limits[one.lower], limits[one.upper] = low / size * multiplier, high / size * multiplier
    named = np.where(reasons == "", _named(kind, method, multiplier), "")
    columns: dict[str, Any] = {"count": events, "population": n, "value": own, **limits, "method": named}
    return pd.DataFrame(columns, index=index).join(verdicts(index, moved, polarity, reasons))


def funnel_curve(
    benchmark: float,
    denominator: Any,
    *,
    kind: Kind,
    method: Method = "exact",
    multiplier: float | None = None,
    confidence: Confidence = (0.95, 0.998),
    points: int = 100,
) -> pd.DataFrame:
    """Points of the curves of a funnel chart, over the sizes of the areas.

    Parameters
    ----------
    benchmark
        Value of the benchmark, a single number.
    denominator
        Sizes of the areas on the chart, shape (n,); missing ones and those not above 0 are left out.
    kind, method, multiplier, confidence
        As in ``funnel_limits``.
    points
        Number of points, evenly spaced in proportion from the smallest to the largest size.

    Returns
    -------
    pandas.DataFrame
        As ``funnel_limits``, one row for each point, ``population`` rising.

    Raises
    ------
    MeasureError
        As in ``funnel_limits``; also if no area has a size, or there are fewer than two points.

    Examples
    --------
    >>> curve = funnel_curve(20, [50, 400, None], kind="proportion", multiplier=100, points=4)
    >>> curve[["population", "value", "lower_ci95", "upper_ci95"]].round(1)
       population  value  lower_ci95  upper_ci95
    0        50.0   20.0         8.6        32.6
    1       100.0   20.0        12.0        28.6
    2       200.0   20.0        14.4        25.9
    3       400.0   20.0        16.0        24.1
    """
    sizes = column(denominator, "denominator").array
    sizes = sizes[sizes > 0]
    if not sizes.size:
        raise MeasureError("denominator holds no size above 0; expected that of one area at least.")
    count = whole(points, "points", least=2, most=100_000)
    row = np.geomspace(sizes.min(), sizes.max(), count)
    centre = number(benchmark, "benchmark")
    return funnel_limits(centre, row, kind=kind, method=method, multiplier=multiplier, confidence=confidence)


def _options(kind: Any, method: Any, multiplier: Any) -> float:
    choice(kind, "kind of funnel", MULTIPLIERS)
    choice(method, "method", _BINOMIAL)
    return MULTIPLIERS[kind] if multiplier is None else number(multiplier, "multiplier", above=0)


def _named(kind: str, method: str, multiplier: float) -> str:
    return str(per((_BINOMIAL if kind == "proportion" else _POISSON)[method], multiplier).item())


def _refusals(centre: Floats, n: Floats, kind: str, multiplier: float) -> Reasons:
    reasons = no_reasons(len(centre))
    refuse(reasons, np.isnan(centre + n), "missing")
    refuse(reasons, n <= 0, "denominator not above 0")
    refuse(
        reasons,
        (centre < 0) | (centre > (multiplier if kind == "proportion" else np.inf)),
        "benchmark outside its range",
    )
    return reasons


def _areas(
    value: Any, benchmark: Any, denominator: Any, count: Any, kind: str, multiplier: float
) -> tuple[pd.Index, Floats, Floats, Floats, Floats]:
    """Value, benchmark, denominator and count of each area, the one that is not given from the two that are."""
    given = {"value": value, "benchmark": benchmark, "denominator": denominator, "count": count}
    named = {name: one for name, one in given.items() if one is not None}
    if "benchmark" not in named or len(named) != 3:
        raise MeasureError(
            f"compare_in_funnel was given {', '.join(named) or 'nothing'}; expected the benchmark, and two of value, "
            "denominator and count."
        )
    if kind == "standardised rate" and not {"value", "count"} <= set(named):
        raise MeasureError("A standardised rate is compared by its value and its count; give both.")
    index, arrays = align(**named)
    at = dict(zip(named, arrays, strict=True))
    centre = at["benchmark"]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if "count" not in at:
            events = at["value"] * at["denominator"] / multiplier
            nearest = np.round(events)
            events = np.where(np.abs(events - nearest) <= 1e-9 * np.maximum(nearest, 1), nearest, events)
            return index, at["value"], centre, at["denominator"], events
        if "value" not in at:
            size = np.where(at["denominator"] > 0, at["denominator"], np.nan)
            return index, at["count"] / size * multiplier, centre, at["denominator"], at["count"]
        size = np.where(at["value"] > 0, at["count"] / at["value"] * multiplier, np.nan)
        return index, at["value"], centre, size, at["count"]


def _counts(share: Floats, n: Floats, kind: str, method: str, one: Level) -> tuple[Floats, Floats]:
    """Lower and upper limit of the count of an area."""
    expected, tail = n * share, (1 - one.share) / 2
    if kind == "proportion":
        if method == "exact":
            return binomial_limits(n, share, tail)
        if method == "normal":
            half = one.z * np.sqrt(np.maximum(expected * (1 - share), 0))
            return np.maximum(expected - half, 0), np.minimum(expected + half, n)
        low, high = wilson_limits(np.minimum(expected, n), n, confidence=one.share)
        return low * n, high * n
    if method == "exact":
        return poisson_limits_about(expected, tail)
    if method == "normal":
        half = one.z * np.sqrt(expected)
        return np.maximum(expected - half, 0), expected + half
    return exact_poisson_limits(expected, confidence=one.share)

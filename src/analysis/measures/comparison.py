"""Areas beside a benchmark and beside their peers: better, similar or worse, and by what rule.

Words follow the polarity: better and worse where a direction is good, higher and lower where none is
(``neutral``). Touching a limit is no difference. A benchmark that contains the area (a city in its country)
makes the comparison slightly too cautious.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.errors import MeasureError, one_of
from analysis.measures._checks import (
    Bools,
    Confidence,
    Floats,
    align,
    floats,
    level,
    levels,
    no_reasons,
    only,
    refuse,
)
from analysis.measures.rates import exact_poisson_limits, wilson_limits
from analysis.measures.trend import POLARITIES, Polarity

SIMILAR, NOT_COMPARED = "similar", "not compared"

_WORDS: dict[str, tuple[str, ...]] = {
    "higher_is_better": ("worst", "worse", SIMILAR, "better", "best"),
    "lower_is_better": ("best", "better", SIMILAR, "worse", "worst"),
    "neutral": ("lowest", "lower", SIMILAR, "higher", "highest"),
}


def compare_with_benchmark(
    lower: Any,
    upper: Any,
    benchmark: Any,
    *,
    polarity: Polarity,
    wide_lower: Any = None,
    wide_upper: Any = None,
    is_benchmark: Any = False,
) -> pd.DataFrame:
    """Compare areas with the value of a benchmark by their limits, at one level or two.

    Parameters
    ----------
    lower, upper
        Limits of each area (usually 95%), shape (n,).
    benchmark
        Value of the benchmark, shape (n,) or a single number.
    polarity
        ``higher_is_better``, ``lower_is_better`` or ``neutral``.
    wide_lower, wide_upper
        Limits at a second, higher level (usually 99.8%), or None for one level.
    is_benchmark
        True where the area is the benchmark itself.

    Returns
    -------
    pandas.DataFrame
        ``result`` (better, similar, worse; higher, lower if neutral; with two levels also best, worst;
        highest, lowest; ``not compared``), ``reason``.

    Refusals
    --------
    is the benchmark
        An area is not compared with itself.
    no benchmark
        The benchmark has no value.
    no limits
        The area has no limits.
    limits in disorder
        A lower limit lies above the upper one, or the wider limits lie inside the narrower ones.

    Notes
    -----
    The benchmark below the lower limit: higher; above the upper limit: lower; otherwise, touching included,
    similar. Polarity then turns higher and lower into better and worse.

    References
    ----------
    Fingertips Public Health Technical Guidance, Comparing areas with a benchmark (OHID).

    Examples
    --------
    >>> compare_with_benchmark([2.5, 2.5, 2.5], 2.7, [2.4, 2.5, None], polarity="lower_is_better")
             result        reason
    0         worse
    1       similar
    2  not compared  no benchmark
    """
    two = wide_lower is not None or wide_upper is not None
    outer = (wide_lower, wide_upper) if two else (lower, upper)
    index, (low, high, value, wide_low, wide_high, same) = align(
        lower=lower,
        upper=upper,
        benchmark=benchmark,
        wide_lower=np.nan if outer[0] is None else outer[0],
        wide_upper=np.nan if outer[1] is None else outer[1],
        is_benchmark=is_benchmark,
    )
    reasons = no_reasons(len(index))
    refuse(reasons, same == 1, "is the benchmark")
    refuse(reasons, np.isnan(value), "no benchmark")
    refuse(reasons, np.isnan(low + high + wide_low + wide_high), "no limits")
    refuse(reasons, (low > high) | (wide_low > low) | (wide_high < high), "limits in disorder")
    steps = _steps(low > value, high < value)
    if two:
        steps += _steps(wide_low > value, wide_high < value)
    return _result(index, steps, polarity, reasons)


def compare_intervals(
    lower: Any, upper: Any, other_lower: Any, other_upper: Any, *, polarity: Polarity
) -> pd.DataFrame:
    """Compare two areas by whether their intervals overlap.

    Cautious: intervals may overlap although the difference is significant. Use ``differences`` for two areas
    that matter.

    Parameters
    ----------
    lower, upper, other_lower, other_upper
        Limits of the areas and of those they are compared with, shape (n,).
    polarity
        ``higher_is_better``, ``lower_is_better`` or ``neutral``.

    Returns
    -------
    pandas.DataFrame
        ``overlap`` (nullable boolean), ``result`` (better, similar, worse; higher, lower; ``not compared``),
        ``reason``.

    Refusals
    --------
    no limits
        One of the four limits is not known.
    limits in disorder
        A lower limit lies above the upper one.

    Examples
    --------
    >>> compare_intervals([2.7, 2.7], [3.6, 3.1], 3.5, 4.5, polarity="higher_is_better")
       overlap   result reason
    0     True  similar
    1    False    worse
    """
    index, (low, high, other_low, other_high) = align(
        lower=lower, upper=upper, other_lower=other_lower, other_upper=other_upper
    )
    reasons = no_reasons(len(index))
    refuse(reasons, np.isnan(low + high + other_low + other_high), "no limits")
    refuse(reasons, (low > high) | (other_low > other_high), "limits in disorder")
    steps = _steps(low > other_high, high < other_low)
    result = _result(index, steps, polarity, reasons)
    overlap = pd.Series(steps == 0, index=index, dtype="boolean").where(reasons == "")
    result.insert(0, "overlap", overlap)
    return result


def funnel_limits(
    benchmark: Any,
    denominator: Any,
    *,
    kind: Literal["proportion", "rate"],
    multiplier: float = 1,
    confidence: Confidence = (0.95, 0.998),
) -> pd.DataFrame:
    """Limits about a benchmark within which areas of a size vary by chance alone.

    Parameters
    ----------
    benchmark
        Value of the benchmark, in the unit that ``multiplier`` gives, shape (n,) or a single number.
    denominator
        Size of each area (people, person-years), shape (n,).
    kind
        ``proportion`` (Wilson limits) or ``rate`` (exact Poisson limits of the expected count).
    multiplier
        100 for per cent, 100,000 for a rate per 100,000.
    confidence
        One level or several.

    Returns
    -------
    pandas.DataFrame
        ``lower_ci..``/``upper_ci..`` for each level, ``reason``.

    Refusals
    --------
    missing
        Benchmark or denominator is not known.
    denominator not above 0
        The area has no size.
    benchmark outside its range
        The benchmark is below 0, or a proportion above 1.

    References
    ----------
    Spiegelhalter 2005, Stat Med 24:1185; OHID, Funnel plots.

    Examples
    --------
    >>> funnel_limits(20, [100, 1000], kind="proportion", multiplier=100, confidence=0.95).round(2)
       lower_ci95  upper_ci95 reason
    0       13.34       28.88
    1       17.64       22.59
    """
    if kind not in ("proportion", "rate"):
        raise MeasureError(f"The kind of funnel is {kind!r}; expected {one_of(['proportion', 'rate'])}.")
    index, (centre, n) = align(benchmark=benchmark, denominator=denominator)
    reasons = no_reasons(len(index))
    refuse(reasons, np.isnan(centre + n), "missing")
    refuse(reasons, n <= 0, "denominator not above 0")
    highest = multiplier if kind == "proportion" else np.inf
    refuse(reasons, (centre < 0) | (centre > highest), "benchmark outside its range")
    n = only(reasons, n)
    expected = n * centre / multiplier
    columns: dict[str, Any] = {}
    for one in levels(confidence):
        if kind == "proportion":
            low, high = wilson_limits(expected, n, confidence=one.share)
        else:
            low, high = (limit / n for limit in exact_poisson_limits(expected, confidence=one.share))
        columns[one.lower], columns[one.upper] = low * multiplier, high * multiplier
    return pd.DataFrame({**columns, "reason": reasons}, index=index)


def compare_in_funnel(
    value: Any,
    benchmark: Any,
    denominator: Any,
    *,
    kind: Literal["proportion", "rate"],
    polarity: Polarity,
    multiplier: float = 1,
) -> pd.DataFrame:
    """Compare areas with the 95% and 99.8% funnel limits about a benchmark.

    Parameters
    ----------
    value
        Value of each area, shape (n,), in the unit of the benchmark.
    benchmark, denominator, kind, multiplier
        As in ``funnel_limits``.
    polarity
        ``higher_is_better``, ``lower_is_better`` or ``neutral``.

    Returns
    -------
    pandas.DataFrame
        ``lower_ci95``, ``upper_ci95``, ``lower_ci998``, ``upper_ci998``, ``result`` (better, similar, worse; best,
        worst beyond the wider limits; ``not compared``), ``reason``.

    Refusals
    --------
    no value
        The area has no value.
    missing, denominator not above 0, benchmark outside its range
        As in ``funnel_limits``.

    Examples
    --------
    >>> compare_in_funnel([21, 30], 20, 100, kind="proportion", polarity="neutral", multiplier=100)["result"].tolist()
    ['similar', 'higher']
    """
    index, (own, centre, n) = align(value=value, benchmark=benchmark, denominator=denominator)
    limits = funnel_limits(centre, n, kind=kind, multiplier=multiplier).set_axis(index)
    reasons = limits.pop("reason").to_numpy(dtype=object)
    refuse(reasons, np.isnan(own), "no value")
    steps = np.zeros(len(index))
    for suffix in ("ci95", "ci998"):
        steps += _steps(own > limits[f"upper_{suffix}"].to_numpy(), own < limits[f"lower_{suffix}"].to_numpy())
    return limits.join(_result(index, steps, polarity, reasons))


def expected_false_flags(comparisons: int, *, confidence: float = 0.95) -> float:
    """Number of comparisons that would show a difference although there is none.

    Parameters
    ----------
    comparisons
        How many areas and indicators are compared.
    confidence
        Level of the limits.

    Returns
    -------
    float
        ``comparisons * (1 - confidence)``.

    Examples
    --------
    >>> round(expected_false_flags(64 * 30), 1), round(expected_false_flags(64 * 30, confidence=99.8), 1)
    (96.0, 3.8)
    """
    if comparisons < 0:
        raise MeasureError(f"The number of comparisons is {comparisons}; expected 0 or more.")
    return comparisons * (1 - level(confidence).share)


def place_among_peers(values: pd.Series, *, polarity: Polarity) -> pd.DataFrame:
    """Rank of each area among its peers, and the median and range of the others.

    Parameters
    ----------
    values
        One value for each area, indexed by area; a missing value takes no part.
    polarity
        Rank 1 is the best area; the highest if neutral.

    Returns
    -------
    pandas.DataFrame
        Indexed as ``values``: ``rank`` (equal values share the better one), ``ranked`` (areas with a value),
        ``peers_median``, ``peers_lowest``, ``peers_highest`` (of the other areas), ``reason``.

    Refusals
    --------
    missing
        The area has no value and no rank; its peers are still described.
    no peers
        No other area has a value.

    Examples
    --------
    >>> place_among_peers(pd.Series({"A": 5.0, "B": 7.0, "C": 9.0}), polarity="lower_is_better")
       rank  ranked  peers_median  peers_lowest  peers_highest reason
    A     1       3           8.0           7.0            9.0
    B     2       3           7.0           5.0            9.0
    C     3       3           6.0           5.0            7.0
    """
    _words(polarity)
    own = floats(values, "values")
    series = pd.Series(own, index=values.index)
    others = [np.delete(own, place) for place in range(len(own))]
    known = [one[~np.isnan(one)] for one in others]
    reasons = no_reasons(len(own))
    refuse(reasons, np.isnan(own), "missing")
    refuse(reasons, np.array([len(one) == 0 for one in known], dtype=bool), "no peers")
    rank = series.rank(method="min", ascending=polarity == "lower_is_better").astype("Int64")
    described = [(np.median(one), one.min(), one.max()) if len(one) else (np.nan,) * 3 for one in known]
    spread = np.array(described, dtype=float).reshape(-1, 3)
    return pd.DataFrame(
        {
            "rank": rank,
            "ranked": int(series.count()),
            "peers_median": spread[:, 0],
            "peers_lowest": spread[:, 1],
            "peers_highest": spread[:, 2],
            "reason": reasons,
        },
        index=values.index,
    )


def _steps(above: Bools, below: Bools) -> Floats:
    steps: Floats = above.astype(np.float64) - below.astype(np.float64)
    return steps


def _words(polarity: str) -> tuple[str, ...]:
    if polarity not in _WORDS:
        raise MeasureError(f"The polarity is {polarity!r}; expected {one_of(POLARITIES)}.")
    return _WORDS[polarity]


def _result(index: pd.Index, steps: Floats, polarity: Polarity, reasons: npt.NDArray[np.object_]) -> pd.DataFrame:
    words = np.array(_words(polarity), dtype=object)[np.asarray(steps, dtype=int) + 2]
    return pd.DataFrame({"result": np.where(reasons == "", words, NOT_COMPARED), "reason": reasons}, index=index)

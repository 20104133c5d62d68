"""Areas beside a benchmark and beside their peers: better, similar or worse, and by what rule.

Words follow the polarity: better and worse where a direction is good, higher and lower where none is
(``neutral``). Touching a limit is no difference. A benchmark that contains the area (a city in its country)
makes the comparison slightly too cautious.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.measures._arguments import choice, whole
from analysis.measures._inputs import Bools, Floats, align, column
from analysis.measures._results import level, no_reasons, refuse
from analysis.measures._verdicts import NOT_COMPARED, SIMILAR, steps, verdicts
from analysis.measures.funnels import compare_in_funnel, funnel_limits
from analysis.measures.trend import POLARITIES, Polarity

__all__ = [
    "NOT_COMPARED",
    "SIMILAR",
    "compare_in_funnel",
    "compare_intervals",
    "compare_with_benchmark",
    "expected_false_flags",
    "funnel_limits",
    "place_among_peers",
]


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
    moved = steps(low > value, high < value)
    if two:
        moved += steps(wide_low > value, wide_high < value)
    return verdicts(index, moved, polarity, reasons)


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
    moved = steps(low > other_high, high < other_low)
    result = verdicts(index, moved, polarity, reasons)
    overlap = pd.Series(moved == 0, index=index, dtype="boolean").where(reasons == "")
    result.insert(0, "overlap", overlap)
    return result


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

    Raises
    ------
    MeasureError
        If the number of comparisons is no whole number of 0 or more.

    Examples
    --------
    >>> round(expected_false_flags(64 * 30), 1), round(expected_false_flags(64 * 30, confidence=99.8), 1)
    (96.0, 3.8)
    """
    return whole(comparisons, "comparisons", least=0) * (1 - level(confidence).share)


def place_among_peers(values: Any, *, polarity: Polarity) -> pd.DataFrame:
    """Rank of each area among its peers, and the median and range of the others.

    Parameters
    ----------
    values
        One value for each area; labels are kept; a missing value takes no part.
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
    choice(polarity, "polarity", POLARITIES)
    given = column(values, "values")
    own = given.array
    index = pd.RangeIndex(len(own)) if given.labels[0] is None else given.labels[0]
    known = ~np.isnan(own)
    reasons = no_reasons(len(own))
    refuse(reasons, ~known, "missing")
    refuse(reasons, int(known.sum()) - known < 1, "no peers")
    rank = pd.Series(own, index=index).rank(method="min", ascending=polarity == "lower_is_better").astype("Int64")
    median, lowest, highest = _of_the_others(own, known)
    return pd.DataFrame(
        {
            "rank": rank,
            "ranked": int(known.sum()),
            "peers_median": median,
            "peers_lowest": lowest,
            "peers_highest": highest,
            "reason": reasons,
        },
        index=index,
    )


def _of_the_others(own: Floats, known: Bools) -> tuple[Floats, Floats, Floats]:
    """Median, lowest and highest of the known values without each area's own, from one sorting."""
    order = np.argsort(own, kind="stable")  # the missing ones come last
    ordered = own[order][: int(known.sum())]
    place = np.empty(len(own), dtype=np.intp)
    place[order] = np.arange(len(own))
    peers = len(ordered) - known

    def nth(position: npt.NDArray[np.intp]) -> Floats:
        """Value at a position among the others: one further where the area itself stands before it."""
        found = position + (known & (place <= position))
        inside = (peers > 0) & (position >= 0)
        return np.where(
            inside, ordered[np.clip(found, 0, max(len(ordered) - 1, 0))] if len(ordered) else np.nan, np.nan
        )

    return (nth((peers - 1) // 2) + nth(peers // 2)) / 2, nth(np.zeros_like(peers)), nth(peers - 1)

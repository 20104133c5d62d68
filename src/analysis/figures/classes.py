"""Classes of a map: where the breaks lie, which class a value falls in, what a class is called.

Breaks are the upper bounds of every class but the last. They are written down in an indicator's definition
(``map_breaks``), so that maps of several years can be compared; where a definition has none, a map uses the quantiles
of its own values. :func:`natural_breaks` is for proposing breaks when a definition is written: Mapclassify takes
seconds to import, so no report calls it.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from analysis.words import rounded


def quantile_breaks(values: npt.ArrayLike, classes: int = 5) -> list[float]:
    """Breaks that put about as many areas in each class, at values that occur.

    Examples
    --------
    >>> quantile_breaks([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    [2.0, 4.0, 6.0, 8.0]
    """
    known = _known(values)
    if not known.size:
        return []
    shares = np.arange(1, classes) / classes
    return [float(value) for value in np.quantile(known, shares, method="inverted_cdf")]


def equal_breaks(values: npt.ArrayLike, classes: int = 5) -> list[float]:
    """Breaks at equal distances between the least and the greatest value.

    Examples
    --------
    >>> equal_breaks([0, 1, 10])
    [2.0, 4.0, 6.0, 8.0]
    """
    known = _known(values)
    if not known.size:
        return []
    return [float(value) for value in np.linspace(known.min(), known.max(), classes + 1)[1:-1]]


def natural_breaks(values: npt.ArrayLike, classes: int = 5) -> list[float]:
    """Breaks with the least variance within classes (Fisher 1958, Jenks), exact and so always the same.

    Needs ``mapclassify``, which comes with the development extras.

    Examples
    --------
    >>> natural_breaks([1, 1, 2, 10, 11, 30, 31], classes=3)
    [2.0, 11.0]
    """
    import mapclassify

    known = _known(values)
    count = min(classes, np.unique(known).size)
    if count < 2:
        return []
    return [float(value) for value in mapclassify.FisherJenks(known, k=count).bins[:-1]]


def diverging_breaks(values: npt.ArrayLike, decimals: int) -> list[float]:
    """Breaks the same distance above and below zero, at about a third and two thirds of the sizes of the values.

    Examples
    --------
    >>> diverging_breaks([-3, -1.5, -0.5, 0.5, 1, 2], decimals=1)
    [-1.5, -0.5, 0.4, 1.4]
    """
    sizes = np.abs(_known(values))
    step, places = _step(sizes, decimals)
    near, far = (round(value / step) for value in quantile_breaks(sizes, 3))
    near = max(1, near)
    far = max(near + 1, far)
    return mirrored([round(number * step, places) for number in (-far, -near, near, far)], decimals)


def mirrored(breaks: Sequence[float], decimals: int) -> list[float]:
    """Breaks on both sides of zero such that a value and its opposite fall in opposite classes.

    As a value on a break belongs below it, those above zero move one printed unit nearer.

    Examples
    --------
    >>> mirrored([-3.0, -1.0, 1.0, 3.0], decimals=1)
    [-3.0, -1.0, 0.9, 2.9]
    """
    unit = 10.0**-decimals
    return [value if value <= 0 else round(value - unit, decimals) for value in breaks]


def sensible_breaks(breaks: Sequence[float], values: npt.ArrayLike, decimals: int) -> list[float]:
    """Round breaks to a step that suits the range of the values, never finer than they are printed; drop empty classes.

    Examples
    --------
    >>> sensible_breaks([12.34, 24.91, 25.2, 60.0], [3.0, 20.0, 24.0, 33.0, 71.0], decimals=1)
    [12.0, 25.0, 60.0]
    """
    known = _known(values)
    step, places = _step(known, decimals)
    candidates = sorted({round(round(value / step) * step, places) for value in breaks})
    kept: list[float] = []
    for value in candidates:
        if ((known > (kept[-1] if kept else -np.inf)) & (known <= value)).any() and (known > value).any():
            kept.append(value)
    return kept


def _step(known: npt.NDArray[np.float64], decimals: int) -> tuple[float, int]:
    """What to round breaks to, for values of this range, and its decimals."""
    spread = float(known.max() - known.min()) if known.size else 0.0
    step = 10.0**-decimals
    if spread > 0:
        step = max(step, 10.0 ** math.floor(math.log10(spread / 20)))
    return step, max(0, round(-math.log10(step)))


def classify(values: npt.ArrayLike, breaks: Sequence[float]) -> npt.NDArray[np.int64]:
    """The class of each value, 0 for the lowest; a value on a break belongs below it; -1 where missing.

    Examples
    --------
    >>> classify([1.0, 2.0, 2.5, 9.0, float("nan")], [2.0, 5.0]).tolist()
    [0, 0, 1, 2, -1]
    """
    numbers = np.asarray(values, dtype=np.float64)
    found = np.searchsorted(np.asarray(breaks, dtype=np.float64), numbers, side="left")
    return np.where(np.isnan(numbers), -1, found)


def class_labels(breaks: Sequence[float], decimals: int, *, plus: bool = False) -> list[str]:
    """What each class is called, for values printed with ``decimals``.

    Examples
    --------
    >>> class_labels([20.0, 35.0], 1)
    ['20.0 or less', '20.1 to 35.0', '35.1 or more']
    """
    if not breaks:
        return ["all values"]
    step = 10.0**-decimals
    first = f"{signed(breaks[0], decimals, plus=plus)} or less"
    pairs = itertools.pairwise(breaks)
    middle = [
        f"{signed(low + step, decimals, plus=plus)} to {signed(high, decimals, plus=plus)}" for low, high in pairs
    ]
    return [first, *middle, f"{signed(breaks[-1] + step, decimals, plus=plus)} or more"]


def signed(value: float, decimals: int, *, plus: bool = False) -> str:
    """A number as printed in pictures, with a true minus sign.

    Examples
    --------
    >>> signed(-1.25, 1), signed(1.2, 1, plus=True), signed(0.0, 1, plus=True)
    ('−1.3', '+1.2', '0.0')
    """
    text = rounded(abs(value), decimals)
    zero = not text.strip("0.,")
    return text if zero else ("−" if value < 0 else "+" if plus else "") + text


def printed(values: npt.ArrayLike, decimals: int) -> npt.NDArray[np.float64]:
    """Values as they are printed: classes of a map then agree with the numbers of a table."""
    return np.array([np.nan if np.isnan(v) else float(rounded(v, decimals).replace(",", "")) for v in _floats(values)])


def nice_ticks(low: float, high: float, most: int = 8) -> list[float]:
    """Round numbers within ``low`` and ``high``, at most ``most`` of them.

    Examples
    --------
    >>> nice_ticks(0, 71), nice_ticks(70.2, 84.9)
    ([0.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0], [72.0, 74.0, 76.0, 78.0, 80.0, 82.0, 84.0])
    """
    if not high > low:
        return [low]
    power = 10.0 ** math.floor(math.log10((high - low) / most))
    for factor in (1, 2, 5, 10, 20):
        step = power * factor
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if last - first + 1 <= most:
            break
    places = max(0, -math.floor(math.log10(step)))
    return [round(number * step, places) for number in range(first, last + 1)]


def _known(values: npt.ArrayLike) -> npt.NDArray[np.float64]:
    numbers = _floats(values)
    return numbers[~np.isnan(numbers)]


def _floats(values: npt.ArrayLike) -> npt.NDArray[np.float64]:
    return np.atleast_1d(np.asarray(values, dtype=np.float64))

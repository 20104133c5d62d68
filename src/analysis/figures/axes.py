"""A straight scale on the sheet, and its ticks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.figures.classes import nice_ticks, signed
from analysis.figures.sheet import CAP_MM, GRID, Sheet, text_width


@dataclass(frozen=True)
class Scale:
    """Values from ``low`` to ``high`` along the sheet from ``start`` to ``end`` millimetres."""

    low: float
    high: float
    start: float
    end: float

    @classmethod
    def around(cls, values: npt.ArrayLike, start: float, end: float, margin: float = 0.04) -> Scale:
        """The scale that holds all values (missing ones aside) with a margin; never of no length."""
        numbers = np.asarray(values, dtype=np.float64)
        low, high = float(np.nanmin(numbers)), float(np.nanmax(numbers))
        spread = high - low or abs(high) * 0.1 or 1.0
        return cls(low - margin * spread, high + margin * spread, start, end)

    def at(self, value: float) -> float:
        """Where a value lies, in millimetres."""
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)

    def ticks(self, most: int = 8) -> list[float]:
        """Round values on the scale."""
        return nice_ticks(self.low, self.high, most)


def tick_words(ticks: Sequence[float]) -> list[str]:
    """Ticks as printed, all with as many decimals as the finest needs.

    Examples
    --------
    >>> tick_words([-1.0, -0.5, 0.0]), tick_words([1000.0, 2000.0])
    (['−1.0', '−0.5', '0.0'], ['1,000', '2,000'])
    """
    decimals = max((len(f"{tick:.6f}".rstrip("0").split(".")[1]) for tick in ticks), default=0)
    return [signed(tick, decimals) for tick in ticks]


def draw_bottom_ticks(sheet: Sheet, scale: Scale, bottom: float, top: float, most: int = 8) -> None:
    """Light lines across the picture at round values, labelled below ``bottom``."""
    ticks = scale.ticks(most)
    for tick, words in zip(ticks, tick_words(ticks), strict=True):
        x = scale.at(tick)
        sheet.line([x, x], [bottom, top], GRID, 0.3)
        half = text_width(words) / 2
        sheet.text(min(max(x, half), sheet.width - half), bottom - CAP_MM - 1.2, words, align="center")


def draw_left_ticks(sheet: Sheet, scale: Scale, left: float, right: float, most: int = 8) -> None:
    """Light lines across the picture at round values, labelled left of ``left``."""
    ticks = scale.ticks(most)
    for tick, words in zip(ticks, tick_words(ticks), strict=True):
        y = scale.at(tick)
        sheet.line([left, right], [y, y], GRID, 0.3)
        sheet.text(left - 1.2, y - CAP_MM / 2, words, align="right")


def spread_out(wanted: Sequence[float], distance: float) -> list[float]:
    """Positions as near to those wanted as lets each pair be ``distance`` apart, in the same order.

    Examples
    --------
    >>> spread_out([10.0, 11.0, 20.0], 3.0)
    [9.0, 12.0, 20.0]
    """
    order = sorted(range(len(wanted)), key=lambda i: (wanted[i], i))
    groups: list[tuple[float, int]] = []
    for i in order:
        groups.append((wanted[i], 1))
        while len(groups) > 1:
            (lower, few), (upper, more) = groups[-2:]
            if upper - lower >= (few + more) / 2 * distance:
                break
            groups[-2:] = [((lower * few + upper * more) / (few + more), few + more)]
    placed = [centre + (k - (count - 1) / 2) * distance for centre, count in groups for k in range(count)]
    result = [0.0] * len(wanted)
    for i, place in zip(order, placed, strict=True):
        result[i] = place
    return result

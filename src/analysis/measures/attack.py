"""An attack on published tables: what a reader can work out about the numbers that were hidden.

The reader knows the sums that hold (districts of wards, persons of two sexes, old and new wards of the same
pieces of ground), every number shown and how it was rounded, and that counts are whole and not negative.
Each cell is then bounded from below and above by integer programming over the whole published set.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from analysis.errors import MeasureError
from analysis.measures._checks import Floats

Sums: TypeAlias = Sequence[tuple[Hashable, Sequence[Hashable]]]
"""Pairs of a whole and its parts. A cell named here but in no table is a piece that is not published."""

Known: TypeAlias = Mapping[Hashable, tuple[float, float]]
"""Lowest and highest value of a cell that a reader can know from elsewhere."""

_BEYOND = 1e7


@dataclass(frozen=True)
class System:
    """The equations of a published set: cells, and one row for each sum (whole minus parts is 0)."""

    cells: tuple[Hashable, ...]
    place: dict[Hashable, int]
    equations: sparse.csr_array

    @classmethod
    def of(cls, published: Sequence[Hashable], sums: Sums) -> System:
        """Collect the cells that are published and those that only the sums name."""
        named = dict.fromkeys(published)
        for whole, parts in sums:
            named |= dict.fromkeys([whole, *parts])
        place = {cell: position for position, cell in enumerate(named)}
        rows, columns, signs = [], [], []
        for row, (whole, parts) in enumerate(sums):
            members = [whole, *parts]
            if len(set(members)) != len(members):
                raise MeasureError(f"The sum of {whole!r} names a cell twice.")
            rows += [row] * len(members)
            columns += [place[cell] for cell in members]
            signs += [1.0, *([-1.0] * len(parts))]
        shape = (len(sums), len(place))
        matrix = sparse.csr_array((signs, (rows, columns)), shape=shape)
        return cls(tuple(named), place, matrix)

    def interval(self, cell: Hashable, lowest: Floats, highest: Floats) -> tuple[float, float]:
        """Smallest and largest whole number that a cell can hold; infinite if nothing bounds it."""
        position = self.place[cell]
        objective = np.zeros(len(self.cells))
        objective[position] = 1.0
        low = self._solve(objective, lowest, highest)
        if low is None:
            raise MeasureError(
                "The published numbers contradict each other: no whole counts satisfy all sums. "
                "Check that the sums hold for the counts before they are rounded."
            )
        capped = highest.copy()
        capped[position] = min(capped[position], low + _BEYOND)
        high = self._solve(-objective, lowest, capped)
        if high is None or (-high >= low + _BEYOND and highest[position] > capped[position]):
            return low, np.inf
        return low, -high

    def _solve(self, objective: Floats, lowest: Floats, highest: Floats) -> float | None:
        constraints = LinearConstraint(self.equations, 0, 0) if self.equations.shape[0] else ()
        solution = milp(
            objective,
            integrality=np.ones(len(objective), dtype=np.int64),
            bounds=Bounds(lowest, highest),
            constraints=constraints,
        )
        if solution.status == 2:
            return None
        if solution.x is None:
            raise MeasureError(f"The attack on the tables came to no end ({solution.message}).")
        return float(np.round(objective @ solution.x))


def attack(
    shown: pd.DataFrame, sums: Sums, *, base: int = 1, hidden_from: int = 0, known: Known | None = None
) -> pd.DataFrame:
    """Bound every cell of a published set by what the rest of the set gives away.

    Parameters
    ----------
    shown
        Indexed by cell: ``shown`` (the number published, NaN if hidden) and ``flag`` ([c] hidden,
        [x] not available, [low] rounded to 0 but not 0, or empty). All tables of the publication together.
    sums
        Pairs of a whole and its parts, over all tables. Parts may be cells that are not published, such as
        the pieces into which old and new wards cut each other.
    base
        Numbers shown are rounded half up to multiples of this.
    hidden_from
        Smallest count that is ever hidden: 1 where zeros are always shown.
    known
        Bounds known from elsewhere, for instance from a published percentage (``percentage_bounds``).

    Returns
    -------
    pandas.DataFrame
        Indexed as ``shown``: ``lowest``, ``highest`` (infinite if nothing bounds the cell), ``open_values`` (how many
        whole numbers remain possible). A hidden cell with one open value has been given back.

    Raises
    ------
    MeasureError
        If the published numbers contradict each other, or a column is absent.

    Examples
    --------
    >>> table = pd.DataFrame({"shown": [50, 40, None], "flag": ["", "", "[c]"]}, index=["city", "north", "south"])
    >>> attack(table, [("city", ["north", "south"])]).loc["south"].tolist()
    [10.0, 10.0, 1.0]
    """
    system = System.of(list(shown.index), sums)
    lowest, highest = visible_bounds(system, shown, base=base, hidden_from=hidden_from, known=known)
    intervals = [system.interval(cell, lowest, highest) for cell in shown.index]
    result = pd.DataFrame(intervals, index=shown.index, columns=["lowest", "highest"])
    result["open_values"] = result["highest"] - result["lowest"] + 1
    return result


def percentage_bounds(percentage: float, denominator: float, *, decimals: int = 1) -> tuple[float, float]:
    """Bounds of a count that a percentage and its denominator give away together.

    Parameters
    ----------
    percentage
        As published, rounded to ``decimals`` places.
    denominator
        As published.
    decimals
        Decimal places of the percentage.

    Returns
    -------
    tuple of float
        Lowest and highest count that would show as this percentage.

    Examples
    --------
    >>> [round(bound, 3) for bound in percentage_bounds(3.1, 97)]
    [2.959, 3.055]
    """
    half = 0.5 * 10.0**-decimals
    return max((percentage - half) / 100 * denominator, 0.0), (percentage + half) / 100 * denominator


def visible_bounds(
    system: System, shown: pd.DataFrame, *, base: int, hidden_from: int, known: Known | None = None
) -> tuple[Floats, Floats]:
    """Lowest and highest whole number of each cell of a system, from what is shown of that cell alone."""
    absent = {"shown", "flag"} - set(shown.columns)
    if absent or shown.index.has_duplicates:
        raise MeasureError(f"A published set needs one row for each cell, with shown and flag; absent: {absent}.")
    lowest: Floats = np.zeros(len(system.cells))
    highest: Floats = np.full(len(system.cells), np.inf)
    number = shown["shown"].to_numpy(dtype=float, na_value=np.nan)
    flag = shown["flag"].fillna("").to_numpy(dtype=object)
    low, high = _rounded_from(number, base)
    low = np.where(flag == "[low]", np.maximum(low, 1), low)
    high = np.where((number == 0) & (flag != "[low]"), 0, high)
    low = np.where(flag == "[c]", hidden_from, np.where(np.isnan(number), 0, low))
    high = np.where(np.isnan(number), np.inf, high)
    places = [system.place[cell] for cell in shown.index]
    lowest[places], highest[places] = low, high
    for cell, (least, most) in (known or {}).items():
        position = system.place[cell]
        lowest[position] = max(lowest[position], np.ceil(least - 1e-9))
        highest[position] = min(highest[position], np.floor(most + 1e-9))
    if (lowest > highest).any():
        cell = system.cells[int(np.argmax(lowest > highest))]
        raise MeasureError(f"What is known of {cell!r} contradicts what is shown of it.")
    return lowest, highest


def _rounded_from(number: npt.NDArray[np.float64], base: int) -> tuple[Floats, Floats]:
    """Whole numbers that round half up to the number shown."""
    low = np.maximum(np.ceil(number - base / 2), 0)
    high = np.ceil(number + base / 2) - 1
    return low, np.where(base == 1, number, high)

"""An attack on published tables: what a reader can work out about the numbers that were hidden.

The reader knows the sums that hold (districts of wards, persons of two sexes, old and new wards of the same
pieces of ground), every number shown and how it was rounded, and that counts are whole and not negative.
Each cell is then bounded from below and above by integer programming over the whole published set.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.errors import MeasureError
from analysis.measures._arguments import flags_of, number, whole
from analysis.measures._arguments import frame as checked
from analysis.measures._inputs import Bools, Floats, floats, is_list

if TYPE_CHECKING:
    from scipy import sparse

Sums: TypeAlias = Sequence[tuple[Hashable, Sequence[Hashable]]]
"""Pairs of a whole and its parts. A cell named here but in no table is a piece that is not published."""

Known: TypeAlias = Mapping[Hashable, tuple[float, float]]
"""Lowest and highest value of a cell that a reader can know from elsewhere."""

_BEYOND = 1e7
_ENDLESS = 1e12  # stands for no end in sums of bounds, which stay exact
_ROUNDS = 50


@dataclass(frozen=True)
class System:
    """The equations of a published set: cells, and one row for each sum (whole minus parts is 0)."""

    cells: tuple[Hashable, ...]
    place: dict[Hashable, int]
    equations: sparse.csr_array

    @classmethod
    def of(cls, published: Sequence[Hashable], sums: Any) -> System:
        """Collect the cells that are published and those that only the sums name."""
        from scipy import sparse

        sums = checked_sums(sums)
        named = dict.fromkeys(published)
        for total, parts in sums:
            named |= dict.fromkeys([total, *parts])
        place = {cell: position for position, cell in enumerate(named)}
        rows, columns, signs = [], [], []
        for row, (total, parts) in enumerate(sums):
            members = [total, *parts]
            if len(set(members)) != len(members):
                raise MeasureError(f"The sum of {total!r} names a cell twice.")
            rows += [row] * len(members)
            columns += [place[cell] for cell in members]
            signs += [1.0, *([-1.0] * len(parts))]
        shape = (len(sums), len(place))
        matrix = sparse.csr_array((signs, (rows, columns)), shape=shape)
        return cls(tuple(named), place, matrix)

    def check(self, lowest: Floats, highest: Floats) -> None:
        """Raise if no whole counts satisfy all sums within the bounds."""
        if self._solve(np.zeros(len(self.cells)), self.equations, lowest, highest) is None:
            raise _contradiction()

    def narrowed(self, lowest: Floats, highest: Floats) -> tuple[Floats, Floats]:
        """Bounds that each sum alone gives its cells, over and over: no cell can lie outside, though fewer may fit.

        Raises
        ------
        MeasureError
            If a cell is left without a number.
        """
        entries = self.equations.tocoo()
        row, at, sign = entries.row, entries.col, entries.data
        count = self.equations.shape[0]
        low, high = lowest.copy(), np.minimum(highest, _ENDLESS)
        for _ in range(_ROUNDS):
            least = np.where(sign > 0, low[at], -high[at])
            most = np.where(sign > 0, high[at], -low[at])
            sum_least, sum_most = np.bincount(row, least, count)[row], np.bincount(row, most, count)[row]
            floor, ceiling = most - sum_most, least - sum_least
            new_low, new_high = low.copy(), high.copy()
            np.maximum.at(new_low, at, np.where(sign > 0, floor, -ceiling))
            np.minimum.at(new_high, at, np.where(sign > 0, ceiling, -floor))
            if (new_low == low).all() and (new_high == high).all():
                break
            low, high = new_low, new_high
        if (low > high).any():
            raise _contradiction()
        return low + 0.0, np.where(high >= _ENDLESS / 2, np.inf, high) + 0.0  # never a negative zero

    def interval(self, cell: Hashable, lowest: Floats, highest: Floats) -> tuple[float, float]:
        """Smallest and largest whole number that a cell can hold; infinite if nothing bounds it."""
        low, high, _ = self.extremes(cell, lowest, highest)
        return low, high

    def extremes(
        self, cell: Hashable, lowest: Floats, highest: Floats, *, reached: tuple[bool, bool] = (False, False)
    ) -> tuple[float, float, list[tuple[npt.NDArray[np.intp], Floats]]]:
        """The interval of a cell, and the counts that reach its ends: places, and what they hold there.

        A cell that can hold one number only is a constant; what it does not tie to the cell asked for is left out.
        A bound that is known to be ``reached`` is that end.
        """
        position = self.place[cell]
        if lowest[position] == highest[position]:
            return float(lowest[position]), float(highest[position]), []
        part, free, constant = self._around(position, lowest, highest)
        objective = (free == position).astype(np.float64)
        low, high, ends = float(lowest[position]), float(highest[position]), []
        if not reached[0]:
            low_end = self._solve(objective, part, lowest[free], highest[free], constant)
            if low_end is None:
                raise _contradiction()
            low = float(np.round(objective @ low_end)) + 0.0
            ends.append((free, low_end))
        if not reached[1]:
            capped = np.where(free == position, np.minimum(highest[free], low + _BEYOND), highest[free])
            high_end = self._solve(-objective, part, lowest[free], capped, constant)
            found = np.inf if high_end is None else float(np.round(objective @ high_end)) + 0.0
            high = np.inf if found >= low + _BEYOND and high > low + _BEYOND else found
            ends += [] if high_end is None else [(free, high_end)]
        return low, high, ends

    def some(self, cell: Hashable, lowest: Floats, highest: Floats) -> tuple[npt.NDArray[np.intp], Floats] | None:
        """Counts within the bounds that satisfy all sums a cell is tied to: places, and the counts there."""
        part, free, constant = self._around(self.place[cell], lowest, highest)
        # Each cell is pushed up or down by lot: counts far from the true ones show of many cells that they are open.
        push = np.random.default_rng(self.place[cell]).choice([-1.0, 1.0], len(free)) * np.isfinite(highest[free])
        found = self._solve(push, part, lowest[free], highest[free], constant)
        return None if found is None else (free, found)

    def _around(
        self, position: int, lowest: Floats, highest: Floats
    ) -> tuple[sparse.csr_array, npt.NDArray[np.intp], Floats]:
        """The sums that a cell is tied to: their open cells, the places of these, and what the others add."""
        rows, free = self._tied(position, lowest < highest)
        fixed = np.where(lowest == highest, lowest, 0.0)
        fixed[position] = 0.0
        return self.equations[rows][:, free], free, -(self.equations[rows] @ fixed)

    def _tied(self, position: int, free: Bools) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
        """Rows and free cells that are tied to a cell, directly or through others."""
        used = abs(self.equations)
        cells = np.zeros(len(self.cells), dtype=bool)
        cells[position] = True
        while True:
            rows = (used @ cells.astype(np.float64)) > 0
            reached = ((used.T @ rows.astype(np.float64)) > 0) & free
            reached[position] = True
            if (reached == cells).all():
                return np.flatnonzero(rows), np.flatnonzero(cells)
            cells = reached

    @staticmethod
    def _solve(
        objective: Floats, equations: sparse.csr_array, lowest: Floats, highest: Floats, constant: Any = 0
    ) -> Floats | None:
        from scipy.optimize import Bounds, LinearConstraint, milp

        constraints = LinearConstraint(equations, constant, constant) if equations.shape[0] else ()
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
        return np.asarray(np.round(solution.x), dtype=np.float64)


def checked_sums(sums: Any) -> list[tuple[Hashable, list[Hashable]]]:
    """Pairs of a whole and its parts, read and checked."""
    wanted = "pairs of a whole and its parts, such as ('city', ['north', 'south'])"
    if isinstance(sums, Mapping) or not is_list(sums):
        raise MeasureError(f"sums is {sums!r}; expected {wanted}.")
    found: list[tuple[Hashable, list[Hashable]]] = []
    for pair in sums:
        if isinstance(pair, str) or not isinstance(pair, Sequence) or len(pair) != 2:
            raise MeasureError(f"sums holds {pair!r}; expected {wanted}.")
        total, parts = pair
        if not is_list(parts):
            raise MeasureError(f"sums holds {pair!r}; expected {wanted}.")
        listed = list(parts)
        if not all(isinstance(one, Hashable) for one in (total, *listed)):
            raise MeasureError(f"sums holds {pair!r}, which names a cell by something that is no name.")
        found.append((total, listed))
    return found


def _contradiction() -> MeasureError:
    return MeasureError(
        "The published numbers contradict each other: no whole counts satisfy all sums. "
        "Check that the sums hold for the counts before they are rounded."
    )


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
    checked(shown, "shown", ["shown", "flag"])
    base, hidden_from = whole(base, "base", least=1), whole(hidden_from, "hidden_from", least=0)
    system = System.of(list(shown.index), sums)
    lowest, highest = visible_bounds(system, shown, base=base, hidden_from=hidden_from, known=known)
    system.check(lowest, highest)
    lowest, highest = system.narrowed(lowest, highest)
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

    Raises
    ------
    MeasureError
        If the percentage lies outside 0 to 100, the denominator is not above 0, or decimals are no whole number.

    Examples
    --------
    >>> [round(bound, 3) for bound in percentage_bounds(3.1, 97)]
    [2.959, 3.055]
    """
    percentage = number(percentage, "percentage", least=0, most=100)
    denominator = number(denominator, "denominator", above=0)
    half = 0.5 * 10.0 ** -whole(decimals, "decimals", least=0, most=15)
    return max((percentage - half) / 100 * denominator, 0.0), (percentage + half) / 100 * denominator


def visible_bounds(
    system: System, shown: pd.DataFrame, *, base: int, hidden_from: int, known: Known | None = None
) -> tuple[Floats, Floats]:
    """Lowest and highest whole number of each cell of a system, from what is shown of that cell alone."""
    if shown.index.has_duplicates:
        raise MeasureError(f"shown names {shown.index[shown.index.duplicated()][0]!r} twice; expected one row a cell.")
    lowest: Floats = np.zeros(len(system.cells))
    highest: Floats = np.full(len(system.cells), np.inf)
    seen = floats(shown["shown"], "shown")
    flag = flags_of(shown)
    low, high = _rounded_from(seen, base)
    low = np.where(flag == "[low]", np.maximum(low, 1), low)
    high = np.where((seen == 0) & (flag != "[low]"), 0, high)
    low = np.where(flag == "[c]", hidden_from, np.where(np.isnan(seen), 0, low))
    high = np.where(np.isnan(seen), np.inf, high)
    places = [system.place[cell] for cell in shown.index]
    lowest[places], highest[places] = low, high
    for cell, (least, most) in _known(known, system).items():
        position = system.place[cell]
        lowest[position] = max(lowest[position], np.ceil(least - 1e-9))
        highest[position] = min(highest[position], np.floor(most + 1e-9))
    if (lowest > highest).any():
        cell = system.cells[int(np.argmax(lowest > highest))]
        raise MeasureError(f"What is known of {cell!r} contradicts what is shown of it.")
    return lowest, highest


def _known(known: Any, system: System) -> dict[Hashable, tuple[float, float]]:
    """What is known from elsewhere of cells of the system."""
    if known is None:
        return {}
    if not isinstance(known, Mapping):
        raise MeasureError(f"known is of type {type(known).__name__}; expected a dict from cells to bounds.")
    found = {}
    for cell, bounds in known.items():
        pair = floats(bounds, f"known of {cell!r}")
        if cell not in system.place or pair.size != 2 or np.isnan(pair).any():
            raise MeasureError(
                f"known has {cell!r} with {bounds!r}; expected a cell with its lowest and highest value."
            )
        found[cell] = (float(pair[0]), float(pair[1]))
    return found


def _rounded_from(seen: Floats, base: int) -> tuple[Floats, Floats]:
    """Whole numbers that round half up to the number shown."""
    low = np.maximum(np.ceil(seen - base / 2), 0)
    high = np.ceil(seen + base / 2) - 1
    return low, np.where(base == 1, seen, high)

"""The search for secondary suppression: which further cells must be hidden for no count to be worked out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.errors import MeasureError
from analysis.measures._inputs import Bools, Floats
from analysis.measures.attack import Known, Sums, System, checked_sums, visible_bounds


@dataclass(frozen=True)
class Rule:
    """How a source protects its counts.

    Parameters
    ----------
    threshold
        Smallest count that is shown; counts from 1 to one below it are hidden. 1 hides none.
    base
        Shown counts are rounded half up to a multiple of this; 1 leaves them as they are.
    zeros_shown
        False hides zeros as well.

    Raises
    ------
    MeasureError
        If the threshold or the base is no whole number or below 1.

    Examples
    --------
    >>> Rule(threshold=8, base=5)
    Rule(threshold=8, base=5, zeros_shown=True)
    """

    threshold: int
    base: int = 1
    zeros_shown: bool = True

    def __post_init__(self) -> None:
        for name in ("threshold", "base"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
                raise MeasureError(f"{self} is no rule: threshold and base must be whole numbers of 1 or more.")
        if not isinstance(self.zeros_shown, bool | np.bool_):
            raise MeasureError(f"{self} is no rule: zeros_shown must be True or False.")

    def hides(self, counts: Any) -> Any:
        """Where the rule hides a count."""
        return (counts < self.threshold) & ((counts > 0) | (not self.zeros_shown))


class Search:
    """The published set under attack, for one set of secondary cells after another."""

    def __init__(
        self,
        counts: pd.Series,
        pieces: pd.Series,
        sums: Any,
        *,
        rule: Rule,
        known: Known | None,
        needed: int,
        show: Callable[[Bools], pd.DataFrame],
    ) -> None:
        if counts.index.has_duplicates or pieces.index.has_duplicates or len(counts.index.intersection(pieces.index)):
            raise MeasureError("A cell is named twice among the counts.")
        sums = checked_sums(sums)
        self.counts, self._show = counts, show
        self.rule, self.known, self.needed = rule, known, needed
        self.count: dict[Hashable, float] = dict(zip(counts.index, self.counts, strict=True))
        everything = self.count | dict(zip(pieces.index, pieces, strict=True))
        _check_sums(everything, sums)
        self.system = System.of(list(counts.index), sums)
        self.members = [frozenset((total, *parts)) for total, parts in sums]
        self.sensitive = [cell for cell, value in everything.items() if rule.hides(value)]
        self.primary = [cell for cell in self.sensitive if cell in self.count]
        self.order = {cell: place for place, cell in enumerate(self.count)}
        self._visible: tuple[frozenset[Hashable], Floats, Floats] | None = None
        # Counts that satisfy all sums: the true ones, and those that reached the end of an interval. While they agree
        # with what is shown, their spread shows that a cell is open enough, and nothing need be solved.
        self._true = np.array([everything.get(cell, np.nan) for cell in self.system.cells])
        self._found = self._true[np.newaxis]

    def shown(self, also: Collection[Hashable]) -> pd.DataFrame:
        """The table as it would be published with further cells hidden."""
        return self._show(self.counts.index.isin([*self.primary, *also]))

    def interval(self, cell: Hashable, also: Collection[Hashable]) -> tuple[float, float]:
        lowest, highest = self._bounds(also)
        place, held = self.system.place[cell], self._seen(cell, lowest, highest)
        reached = (bool((held == lowest[place]).any()), bool((held == highest[place]).any()))
        if all(reached):
            return float(lowest[place]), float(highest[place])
        low, high, ends = self.system.extremes(cell, lowest, highest, reached=reached)
        for places, counts in ends:
            self._keep(places, counts)
        return low, high

    def exposed(self, cell: Hashable, also: Collection[Hashable]) -> bool:
        if cell not in self.system.place:
            return False
        lowest, highest = self._bounds(also)
        place, held = self.system.place[cell], self._seen(cell, lowest, highest)
        if highest[place] - lowest[place] + 1 < self.needed:
            return True
        if held.size and np.ptp(held) + 1 >= self.needed:
            return False
        if self._opens_upwards(cell, lowest, highest):
            return False
        low, high = self.interval(cell, also)
        return high - low + 1 < self.needed

    def _opens_upwards(self, cell: Hashable, lowest: Floats, highest: Floats) -> bool:
        """Whether the cell can hold enough numbers from its true count up: most can, and that is found sooner."""
        if not ((self._true >= lowest) & (self._true <= highest)).all():
            return False
        place = self.system.place[cell]
        enough = self._true[place] + self.needed - 1
        if highest[place] < enough:
            return False
        raised = lowest.copy()
        raised[place] = enough
        found = self.system.some(cell, raised, highest)
        if found is None:
            return False
        self._keep(*found)
        return True

    def _keep(self, places: npt.NDArray[np.intp], counts: Floats) -> None:
        if not np.isnan(self._true).any():
            whole_set = self._true.copy()
            whole_set[places] = counts
            self._found = np.vstack([self._found, whole_set])

    def _seen(self, cell: Hashable, lowest: Floats, highest: Floats) -> Floats:
        """What the cell holds in those of the counts found so far that agree with the bounds."""
        possible = ((self._found >= lowest) & (self._found <= highest)).all(axis=1)
        return np.asarray(self._found[possible, self.system.place[cell]])

    def _bounds(self, also: Collection[Hashable]) -> tuple[Floats, Floats]:
        if self._visible is None or self._visible[0] != frozenset(also):
            bounds = visible_bounds(
                self.system,
                self.shown(also),
                base=self.rule.base,
                hidden_from=int(self.rule.zeros_shown),
                known=self.known,
            )
            self._visible = (frozenset(also), *self.system.narrowed(*bounds))
        return self._visible[1:]

    def next_to_hide(self, cell: Hashable, also: Collection[Hashable]) -> Hashable:
        """Smallest shown cell in a sum with the exposed one, or further along the sums."""
        hidden = {*self.primary, *also}
        reached: set[Hashable] = {cell}
        frontier: set[Hashable] = {cell}
        while frontier:
            near = {one for members in self.members if members & frontier for one in members}
            choices: list[Hashable] = [one for one in near if one not in hidden and self._may_hide(one)]
            if choices:
                ranked = sorted(choices, key=lambda one: (self.count[one], self.order[one]))
                return ranked[0]
            frontier = near - reached
            reached |= near
        raise MeasureError(
            f"The count of {cell!r} cannot be protected: what is known from elsewhere gives it back "
            "although everything connected with it is hidden. Withhold the percentage or table that does."
        )

    def _may_hide(self, cell: Hashable) -> bool:
        return self.count.get(cell, np.nan) >= (1 if self.rule.zeros_shown else 0)


def _check_sums(count: Mapping[Hashable, float], sums: Sums) -> None:
    for cell, parts in sums:
        total = count.get(cell, np.nan)
        made = float(np.sum([count.get(part, np.nan) for part in parts]))
        if total != made and not np.isnan(total + made):
            raise MeasureError(f"{cell!r} is {total:g}, its parts sum to {made:g}: the sum does not hold.")

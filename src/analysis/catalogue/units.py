"""Every unit there is, as ``definitions/units.yml`` says it: what its values can be, and what a figure in it is."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from analysis.catalogue.strict import build, complaint, load_yaml
from analysis.paths import DEFINITIONS

Kind = Literal["proportion", "rate", "mean", "count", "index", "rank", "money"]


@dataclass(frozen=True)
class Unit:
    """The values that a unit can have, and where it may stand.

    ``kinds`` are those of an indicator whose figure is printed in it (none: a series alone has it); ``prints`` are the
    units of series that it puts in other words.
    """

    low: float | None = 0.0
    high: float | None = None
    whole: bool = False
    kinds: tuple[Kind, ...] = ()
    prints: tuple[str, ...] = ()

    def allows(self, value: float) -> bool:
        """Whether a value lies between the limits."""
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)


Units = Mapping[str, Unit]


@functools.cache
def load_units(definitions: Path = DEFINITIONS) -> Units:
    """The units of ``definitions/units.yml`` by name, read once.

    Raises
    ------
    DefinitionError
        If the file is malformed.
    """
    return read_units(definitions)


def read_units(definitions: Path) -> Units:
    """The units as the file has them now.

    Raises
    ------
    DefinitionError
        If the file is malformed, limits run backwards or a unit puts one in words that is none.
    """
    path = definitions / "units.yml"
    data = load_yaml(path)
    if not isinstance(data, dict):
        raise complaint(path, (), "expected a mapping of units")
    units = {str(name): build(Unit, item or {}, path, (name,)) for name, item in data.items()}
    for name, unit in units.items():
        if unit.low is not None and unit.high is not None and unit.high <= unit.low:
            raise complaint(path, (name, "high"), f"expected more than {unit.low:g}, got {unit.high:g}")
        for other in unit.prints:
            if other not in units:
                raise complaint(path, (name, "prints"), f"no unit {other!r}")
    return units

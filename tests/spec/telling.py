"""An edition whose tables stand in a test, and what is said of it: a small table in, the sentence out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.blocks import Box, Number, Table, Text
from analysis.catalogue.definitions import Catalogue
from analysis.catalogue.model import Edition, Indicator, Place
from analysis.catalogue.plans import Plan
from analysis.judge.judgement import judge
from analysis.narrative.prose import Prose
from analysis.paths import DEFINITIONS
from analysis.tables.keys import SIGNS, Combined, parse_key
from analysis.tables.loaded import TEXT_COLUMNS, LoadedEdition
from analysis.tables.query import agrees
from analysis.tables.reference import Reference, refer

NO_PLAN = Plan("plan", "Plan", "2018-03", "Tinytown Council", "vision", "The Plan (2018).", ())


@dataclass(frozen=True, repr=False)
class Told(LoadedEdition):
    """A loaded edition whose tables are in memory, and the editions that it looks back on by their ids."""

    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    others: Mapping[str, LoadedEdition] = field(default_factory=dict)

    def table(self, name: str) -> pd.DataFrame:
        return self.tables[name].copy()

    def _other(self, name: str | None) -> LoadedEdition | None:
        return None if name is None else self.others[name]

    def holding(self, **tables: pd.DataFrame) -> Told:
        """The same edition with other tables."""
        return replace(self, tables={**self.tables, **tables})


def table(text: str, **constant: Any) -> pd.DataFrame:
    """A table from lines of cells between bars, headings first; a dash is an empty number, nothing an empty text."""
    heading, *lines = ([cell.strip() for cell in line.split("|")] for line in text.strip().splitlines())
    found = pd.DataFrame(lines, columns=pd.Index(heading), dtype=object)
    for name in heading:
        numbers = pd.to_numeric(found[name].replace("-", "nan"), errors="coerce")
        if name not in TEXT_COLUMNS and (numbers.notna() | (found[name] == "-")).all():
            found[name] = numbers.astype(float)
    return found.assign(**constant)


def told(
    edition: Edition,
    place: Place,
    *indicators: Indicator,
    plans: tuple[Plan, ...] = (NO_PLAN,),
    others: tuple[LoadedEdition, ...] = (),
    more: Mapping[str, Any] | None = None,
    **tables: pd.DataFrame,
) -> Told:
    """An edition; where it has rows of indicators and no judgements, they are judged as in a build."""
    definitions = {one.id: one for one in indicators}
    by_plan = {one.id: one for one in plans}
    catalogue = Catalogue(DEFINITIONS, {}, definitions, by_plan, {place.id: place}, {}, **(more or {}))
    beside = {one.edition.id: one for one in others}
    if "indicators" in tables and "judgements" not in tables:
        baseline = beside[edition.baseline].edition if edition.baseline else None
        tables["judgements"] = judge(tables["indicators"], definitions, edition, place, baseline, plans)
    edition = replace(edition, plans=tuple(by_plan))
    return Told(edition, place, plans[0], catalogue, Path(), tables, beside)


def said(edition: LoadedEdition, tell: Callable[[Prose], object]) -> str:
    """What is written into a prose, every number of it what its key gives in the tables."""
    prose = Prose()
    tell(prose)
    return checked(edition, prose.text())


def checked(edition: LoadedEdition, block: Text | Box) -> str:
    """The words of a block whose every number is what its key gives in the tables."""
    check_numbers(edition, block.numbers)
    return block.markdown


def cells(edition: LoadedEdition, block: Table) -> list[tuple[str, ...]]:
    """The rows of a printed table whose every number is what its key gives in the tables."""
    check_numbers(edition, block.numbers)
    return list(map(tuple, block.rows))


def check_numbers(edition: LoadedEdition, numbers: tuple[Number, ...]) -> None:
    """Hold each number to its key, at the places that are printed."""
    for number in numbers:
        key = parse_key(number.key)
        found = _given(edition, number.key)
        first = key.first if isinstance(key, Combined) else key
        names = [one.value for one in first.filters if one.column == "indicator"]
        decimals = [one.decimals for name, one in edition.catalogue.indicators.items() if name in names]
        assert agrees(number.text, found.value, decimals[0] if decimals else 0), (number, found.value)


def _given(edition: LoadedEdition, key: str) -> Reference:
    """What a key gives; of two keys together their difference or share."""
    for sign in SIGNS:
        first, found, second = key.partition(sign)
        if found and ("@" in second or "?" in second):
            one, other = refer(edition, first), refer(edition, second)
            return one - other if SIGNS[sign] == "difference" else one.share_of(other)
    return refer(edition, key)

"""What the evaluation of an indicator may see: one edition's clean observations, areas and facts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.areas.links import Areas
from analysis.catalogue.flags import join_flags
from analysis.catalogue.model import Edition, Input, Place, parse_reference
from analysis.errors import DataError, DefinitionError

Observations = Mapping[str, Mapping[str, pd.DataFrame]]
ROW = ("area_code", "geography", "period_start", "period_end", "sex", "age")
Z95 = 1.959963984540054


@dataclass(frozen=True)
class Reference:
    """A series that a definition names: ``[source:]series[@age]``; ``a+b`` is the sum of two series of one source."""

    source: str
    series: str
    age: str | None

    @classmethod
    def parse(cls, text: str, default_source: str) -> Reference:
        """Read a reference.

        Examples
        --------
        >>> Reference.parse("population_lsoa11:population@0-15", "els")
        Reference(source='population_lsoa11', series='population', age='0-15')
        """
        return cls(*parse_reference(text, default_source))


@dataclass(frozen=True)
class Context:
    """What an evaluation may see: the edition, its areas, and its observations by source and series.

    ``observations`` are those that were out by the cut-off, ``held`` all that the pinned releases give;
    ``published`` gives the publication date of each (source, release), ``facts`` the release's own facts, and
    ``deprivation_people`` the observations of residents by whom a release of the index is weighed. Around the counts
    of ``unsampled`` sources no limits are drawn.
    """

    edition: Edition
    place: Place
    observations: Observations
    held: Observations
    published: Mapping[tuple[str, str], str]
    facts: Mapping[tuple[str, str], Mapping[str, object]]
    areas: Areas
    deprivation_people: Mapping[str, pd.DataFrame]
    unsampled: frozenset[str] = frozenset()

    def holds(self, reference: Reference) -> bool:
        """Whether the edition's releases hold the series: an older release may lack what a later one has."""
        return set(reference.series.split("+")) <= set(self.observations.get(reference.source, {}))

    def series(self, reference: Reference) -> pd.DataFrame:
        """The observations of one series (and age, where the reference names one).

        Raises
        ------
        DefinitionError
            If the source is not pinned by the edition or has no such series.
        """
        held = self.observations.get(reference.source)
        if held is None:
            raise DefinitionError(f"{self.edition.id}: the source {reference.source!r} is not among its releases.")
        names = reference.series.split("+")
        frames = [held[name] for name in names if name in held]
        if reference.age is not None:
            frames = [frame[frame["age"] == reference.age] for frame in frames]
        if len(frames) < len(names) or any(frame.empty for frame in frames):
            listed = ", ".join(sorted(held)[:8])
            raise DefinitionError(
                f"{reference.source}: no series {reference.series!r}"
                f"{f' for age {reference.age!r}' if reference.age else ''}; it holds {listed} … Correct the indicator."
            )
        return frames[0] if len(names) == 1 else _added(frames, reference.series)

    def latest(self, reference: Reference) -> pd.DataFrame:
        """The observations of the series' last release and period only."""
        rows = self.series(reference)
        rows = rows.loc[rows["release"] == max(rows["release"])]
        found: pd.DataFrame = rows.loc[rows["period_end"] == max(rows["period_end"])]
        return found


def _added(frames: Sequence[pd.DataFrame], name: str) -> pd.DataFrame:
    """Sum the series of a table by area, period, sex, age and release; missing where one of them is missing."""
    keys = [*ROW, "release"]
    parts: dict[tuple[str, ...], list[tuple[float, str]]] = {}
    for frame in frames:
        columns = [frame[column].to_numpy(dtype=object) for column in keys]
        cells = (frame[column].to_numpy() for column in ("value", "flag"))
        for key, value, flag in zip(zip(*columns, strict=True), *cells, strict=True):
            parts.setdefault(key, []).append((value, flag))
    found = sorted(parts)
    values = np.array([math.fsum(value for value, _ in parts[key]) for key in found], dtype=np.float64)
    values[[len(parts[key]) < len(frames) for key in found]] = np.nan
    flags = [join_flags([flag for _, flag in parts[key]]) for key in found]
    flags = ["[x]" if missing else flag for missing, flag in zip(np.isnan(values), flags, strict=True)]
    table = {column: np.array([key[number] for key in found], dtype=object) for number, column in enumerate(keys)}
    table |= {"value": values, "flag": np.array(flags, dtype=object)}
    return pd.DataFrame(table).assign(series=name, lower_ci95=np.nan, upper_ci95=np.nan)


def check_areas(observations: Mapping[str, Mapping[str, pd.DataFrame]], areas: Areas) -> None:
    """Refuse an area that only some of an edition's tables know: its figures would be lost, or it would have none.

    Raises
    ------
    DataError
        Naming the first small area of an observation that no lookup and no outline knows, or the first of a lookup
        that has no outline.
    """
    for name, outlines in areas.outlines.items():
        extra = sorted(set(areas.codes(name)) - set(outlines["area_code"]))
        if extra:
            raise DataError(f"{extra[0]}: a lookup names this area of {name}, and it has no outline. Check its code.")
    known = {name: set(codes) for name, codes in areas.codes_of.items()}
    for source, held in observations.items():
        for series, rows in held.items():
            for name in set(rows["geography"].unique()) & set(known):
                unknown = sorted(set(rows.loc[rows["geography"] == name, "area_code"]) - known[name])
                if unknown:
                    raise DataError(
                        f"{source}: {series} of {unknown[0]!r}, which no lookup and no outline of {name} knows. Check "
                        "its code, or the vintage that the release is of."
                    )


def chosen(rows: pd.DataFrame, given: Input, *, ages: bool = True) -> pd.DataFrame:
    """The rows of the ages (unless ``ages`` is false) and sexes that an input names; all where it names none."""
    if given.ages and ages:
        rows = rows[rows["age"].isin(given.ages)]
    if given.sexes:
        rows = rows[rows["sex"].isin(given.sexes)]
    return rows


def target_geographies(level: str, context: Context) -> tuple[str, ...]:
    """The geographies that a level means in this edition."""
    if level == "ward":
        return (context.edition.ward_geography,)
    if level == "lsoa":
        return (context.edition.lsoa_geography,)
    return ("lad",) if level == "lad" else ("lad", "region", "country")

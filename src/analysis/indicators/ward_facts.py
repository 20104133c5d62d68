"""One ward beside its city: what a profile rests on, worked out once for all the wards of an edition.

A ward without a small area of its own has no figures. What stands in its profile then are those of the wards that its
people are counted in together with it, under the names of all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.catalogue.measures import DERIVED
from analysis.catalogue.model import Indicator
from analysis.errors import UsageError
from analysis.measures.ranks import rank_range
from analysis.tables.loaded import LoadedEdition

SERIES = ["indicator", "sex", "age"]
LEVEL = "life_expectancy_birth"
SUMMARIES = ("imd_average_rank", "imd_extent")
"""Restate the score of deprivation; a profile has them in words or not at all."""
AGES = ("population_0_15_pct", "population_65_plus_pct")
"""The shares from which a profile tells people by age: the rest are of working age."""


@dataclass(frozen=True)
class Standing:
    """One figure of a ward: its row, the city's and the country's value beside it, and its place among the wards.

    ``best`` and ``worst`` are the places that its limits allow, 1 for the highest value; missing for a count, which
    grows with the ward, and for several wards taken together. Of the ``ranked`` wards that have a value, ``limited``
    have limits.
    """

    indicator: Indicator
    row: Mapping[str, Any]
    city: float
    country: float
    lowest: float
    highest: float
    ranked: int
    limited: int
    best: float
    worst: float

    @property
    def known(self) -> bool:
        """Whether there is a value."""
        return not np.isnan(self.row["value"])

    @property
    def bounded(self) -> bool:
        """Whether there are limits."""
        return not np.isnan(self.row["lower_ci95"])

    @property
    def apart(self) -> int:
        """1 where the limits lie above the city's value, −1 where below it, 0 where they hold it or there are none."""
        if not self.bounded or np.isnan(self.city):
            return 0
        return int(self.row["lower_ci95"] > self.city) - int(self.row["upper_ci95"] < self.city)


@dataclass(frozen=True)
class WardFacts:
    """What is known of one ward.

    Attributes
    ----------
    standings : tuple of Standing
        In the order of the plan's priorities.
    together : str
        The names of the wards whose figures these are, where the ward alone has none; else empty.
    estimate : mapping
        Its row of ``ward_estimates``: people by best fit and by ground, small areas, flag.
    deprivation : mapping
        Its row of ``wards`` for the latest index.
    small_areas : DataFrame
        Its rows of ``small_areas`` for the latest index, most deprived first.
    before : DataFrame
        The wards of the set before, by the ground that each had of it: rows of ``ward_changes``; empty where the
        edition knows of none.
    """

    edition: LoadedEdition
    code: str
    name: str
    standings: tuple[Standing, ...]
    together: str
    estimate: Mapping[str, Any]
    deprivation: Mapping[str, Any]
    small_areas: pd.DataFrame
    before: pd.DataFrame

    def standing(self, indicator: str, sex: str = "persons") -> Standing | None:
        """One figure with a value; None where the profile has none."""
        found = [one for one in self.standings if one.indicator.id == indicator and one.row["sex"] == sex and one.known]
        return found[0] if found else None


def ward_names(edition: LoadedEdition) -> dict[str, str]:
    """The name of each ward of the edition by its code, in the order of the codes."""
    table = edition.wards[edition.wards["release"] == edition.wards["release"].max()].sort_values(
        "area_code", kind="stable"
    )
    return dict(zip(table["area_code"].astype(str), table["area_name"].astype(str), strict=True))


def check_ward(edition: LoadedEdition, ward: str) -> str:
    """The name of a ward by its code.

    Raises
    ------
    UsageError
        If the edition has no such ward.
    """
    names = edition.once(ward_names)
    if ward not in names:
        same = [code for code, name in names.items() if name.casefold() == ward.casefold()]
        hint = f" The code of {names[same[0]]} is {same[0]}." if same else ""
        raise UsageError(
            f"{edition.edition.id}: no ward {ward!r}: expected the code of one of its {len(names)} wards, "
            f"from {min(names)} to {max(names)}.{hint}"
        )
    return names[ward]


def ward_facts(edition: LoadedEdition, ward: str) -> WardFacts:
    """What is known of a ward.

    Parameters
    ----------
    edition : LoadedEdition
    ward : str
        Its GSS code.

    Raises
    ------
    UsageError
        If the edition has no such ward.
    """
    name = check_ward(edition, ward)
    facts = edition.once(_everyone)
    indicators = edition.catalogue.indicators
    rows, together = facts.rows.get(ward, []), ""
    if ward in facts.together and not any(not np.isnan(row["value"]) for row in rows):
        rows, together = facts.together[ward], str(facts.together[ward][0]["area_name"])
    return WardFacts(
        edition=edition,
        code=ward,
        name=name,
        standings=tuple(_standing(indicators[str(row["indicator"])], row) for row in rows),
        together=together,
        estimate=facts.estimates.get(ward, {}),
        deprivation=facts.deprivation[ward],
        small_areas=facts.small_areas[facts.small_areas["ward_code"] == ward],
        before=facts.before[facts.before["new_code"] == ward],
    )


@dataclass(frozen=True)
class _Everyone:
    """The facts of all wards, by ward."""

    rows: dict[str, list[dict[str, Any]]]
    together: dict[str, list[dict[str, Any]]]
    estimates: dict[str, dict[str, Any]]
    deprivation: dict[str, dict[str, Any]]
    small_areas: pd.DataFrame
    before: pd.DataFrame


def _everyone(edition: LoadedEdition) -> _Everyone:
    ward = edition.edition.ward_geography
    standings = _standings(edition)
    order = _order(edition, standings)
    standings = standings.assign(place=standings["indicator"].map(order))
    standings = standings.sort_values(["place", "sex", "age", "area_code"])
    estimates = edition.table("ward_estimates")
    estimates = estimates[estimates["geography"] == ward]
    small = edition.small_areas
    small = small[small["release"] == small["release"].max()].sort_values(["rank", "area_code"])
    deprivation = edition.wards[edition.wards["release"] == edition.wards["release"].max()]
    changes = edition.table("ward_changes")
    changes = changes[changes["new_geography"] == ward] if len(changes) else changes
    return _Everyone(
        rows=_by(standings, "area_code"),
        together=_together(edition, standings),
        estimates={code: rows[0] for code, rows in _by(estimates, "area_code").items()},
        deprivation={code: rows[0] for code, rows in _by(deprivation, "area_code").items()},
        small_areas=small,
        before=changes.sort_values(["share_of_new_area", "old_code"], ascending=[False, True]),
    )


def _by(table: pd.DataFrame, column: str) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in table.to_dict("records"):
        found.setdefault(str(row[column]), []).append({str(key): value for key, value in row.items()})
    return found


def _standings(edition: LoadedEdition) -> pd.DataFrame:
    """The latest ward rows of every indicator that a profile shows, with what stands beside them."""
    ward = edition.edition.ward_geography
    table = edition.indicators
    parts = []
    for name in sorted(set(table.loc[table["geography"] == ward, "indicator"]) - {LEVEL}):
        latest = edition.latest(name, ward)
        same = (table["indicator"] == name) & (table["period_end"] == latest["period_end"].iloc[0])
        others = table[same & (table["release"] == latest["release"].iloc[0])]
        for _, rows in latest.groupby(SERIES, sort=True):
            parts.append(_beside(edition, edition.catalogue.indicators[name], rows, others))
    return pd.concat(parts, ignore_index=True)


def _beside(edition: LoadedEdition, indicator: Indicator, rows: pd.DataFrame, others: pd.DataFrame) -> pd.DataFrame:
    first = rows.iloc[0]
    beside = others[(others["sex"] == first["sex"]) & (others["age"] == first["age"])].set_index("area_code")["value"]
    from_city = any(given.measure == DERIVED for given in indicator.inputs)
    if indicator.kind == "count":
        best = worst = np.full(len(rows), np.nan)
    else:
        best, worst = rank_range(*(rows[limit].fillna(rows["value"]) for limit in ("lower_ci95", "upper_ci95")))
    return rows.assign(
        city=0.0 if from_city else beside.get(edition.place.code, np.nan),
        country=beside.get(edition.place.country.code, np.nan),
        lowest=rows["value"].min(),
        highest=rows["value"].max(),
        ranked=int(rows["value"].notna().sum()),
        limited=int(rows["lower_ci95"].notna().sum()),
        best=best,
        worst=worst,
    )


def _order(edition: LoadedEdition, standings: pd.DataFrame) -> dict[str, int]:
    """Where each indicator stands in a profile: by the first of the plan's priorities that it serves, then by title."""
    place = {priority: number for number, priority in enumerate(edition.plan.priorities)}
    used = [edition.catalogue.indicators[str(name)] for name in sorted(set(standings["indicator"]))]
    used.sort(key=lambda one: (min((place.get(name, len(place)) for name in one.priorities), default=0), one.title))
    return {one.id: number for number, one in enumerate(used)}


def _together(edition: LoadedEdition, standings: pd.DataFrame) -> dict[str, list[dict[str, Any]]]:
    """For each ward that is counted in others by best fit: the rows of them all, in the order of the standings.

    Wards that the place's definition tells together by ground are left to the report.
    """
    ward = edition.edition.ward_geography
    table = edition.table("wards_together")
    by_ground = {"+".join(sorted(wards)) for wards in edition.place.told_together.get(ward, ())}
    table = table[(table["geography"] == ward) & ~table["area_code"].isin(by_ground)]
    if table.empty:
        return {}
    beside = [*SERIES, "period_start", "period_end", "release"]
    kept = standings.drop_duplicates(beside)[
        [*beside, "city", "country", "lowest", "highest", "ranked", "limited", "place"]
    ]
    found = kept.merge(table, on=beside, how="inner").assign(best=np.nan, worst=np.nan)
    found = found.sort_values(["place", "sex", "age"])
    return {code: rows for codes, rows in _by(found, "instead_of").items() for code in codes.split("+")}


def _standing(indicator: Indicator, row: Mapping[str, Any]) -> Standing:
    numbers = {name: float(row[name]) for name in ("city", "country", "lowest", "highest", "best", "worst")}
    return Standing(indicator, row, ranked=int(row["ranked"]), limited=int(row["limited"]), **numbers)

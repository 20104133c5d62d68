"""The city's rows of an indicator, and those of the areas it is compared with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from analysis.catalogue.model import Indicator, Place
from analysis.catalogue.plans import Aim
from analysis.errors import UsageError
from analysis.figures.rows import PLOTTED, SEXES, records
from analysis.tables.loaded import LoadedEdition

Row = dict[str, Any]
SAME = ("period_start", "period_end", "release")


@dataclass(frozen=True)
class Line:
    """An indicator of one sex and age: its definition and its rows with a value, by area and in order of time."""

    indicator: Indicator
    sex: str
    rows: Mapping[str, Sequence[Row]]
    place: Place

    @property
    def title(self) -> str:
        """The indicator's title and, where it is of one sex, which."""
        return ", ".join(part for part in (self.indicator.title, SEXES[self.sex]) if part)

    @property
    def own(self) -> list[Row]:
        """The city's rows; where a period has several releases, the last."""
        return _last_releases(self.rows[self.place.code])

    @property
    def country(self) -> list[Row]:
        """The country's rows from the city's first period on; none where they cannot be compared, as for a count."""
        if self.indicator.comparison == "none":
            return []
        first = self.own[0]["period_end"]
        return [row for row in _last_releases(self.rows.get(self.place.country.code, ())) if row["period_end"] >= first]

    def country_row(self, row: Row) -> Row | None:
        """The country's row of the same period and release as ``row``; None where there is none to compare."""
        return next(iter(self._beside(row, [self.place.country.code])), None)

    def peer_rows(self, row: Row) -> list[Row]:
        """The peers' rows of the same period and release as ``row``."""
        return self._beside(row, [peer.code for peer in self.place.peers])

    def country_beside(self, row: Row) -> float:
        """The country's value beside ``row``; missing where there is none to compare."""
        beside = self.country_row(row)
        return float("nan") if beside is None else float(beside["value"])

    def peers_beside(self, row: Row) -> list[float]:
        """The peers' values beside ``row``."""
        return [float(other["value"]) for other in self.peer_rows(row)]

    def _beside(self, row: Row, areas: Sequence[str]) -> list[Row]:
        if self.indicator.comparison == "none":
            return []
        of_areas = [other for area in areas for other in self.rows.get(area, ())]
        return [other for other in of_areas if all(other[column] == row[column] for column in SAME)]


def _last_releases(rows: Sequence[Row]) -> list[Row]:
    return list({row["period_end"]: row for row in rows}.values())


def aim_of(edition: LoadedEdition, aim_id: str) -> Aim:
    """An aim of the edition's plan.

    Raises
    ------
    UsageError
        If the plan has none of that id.
    """
    for aim in edition.plan.aims:
        if aim.id == aim_id:
            return aim
    known = ", ".join(aim.id for aim in edition.plan.aims)
    raise UsageError(f"{edition.plan.id} has no aim {aim_id!r}: expected one of {known}.")


def lines_of_aim(edition: LoadedEdition, aim_id: str) -> list[Line]:
    """The indicators of an aim that have a value for the city, in the order of its priorities.

    An indicator that serves several aims stands under the first priority of the plan that its definition names.
    """
    order = {priority.id: number for number, priority in enumerate(aim_of(edition, aim_id).priorities)}
    plan = edition.plan.priorities
    placed = {}
    for indicator in edition.catalogue.indicators.values():
        first = next((priority for priority in indicator.priorities if priority in plan), "")
        if first in order:
            placed[indicator.id] = order[first]
    lines = city_lines(edition, list(placed))
    return sorted(lines, key=lambda line: (placed[line.indicator.id], line.indicator.title, line.sex))


def city_lines(edition: LoadedEdition, indicators: Sequence[str]) -> list[Line]:
    """The lines of indicators that have a value for the city: of persons, or where there are none, of each sex."""
    place = edition.place
    areas = [place.code, place.country.code, *(peer.code for peer in place.peers)]
    table = edition.indicators
    table = table[table["area_code"].isin(areas) & table["indicator"].isin(indicators) & table["value"].notna()]
    table = table.sort_values(["indicator", "period_end", "release"], kind="stable")
    found: dict[str, dict[tuple[str, str], dict[str, list[Row]]]] = {}
    for row in records(table[PLOTTED]):
        by_group = found.setdefault(row["indicator"], {})
        by_group.setdefault((row["sex"], row["age"]), {}).setdefault(row["area_code"], []).append(row)
    lines = []
    for key, groups in found.items():
        own = sorted(group for group, by_area in groups.items() if place.code in by_area)
        sexes = [sex for sex in SEXES if sex in {sex for sex, _ in own}]
        for sex in sexes[:1] if "persons" in sexes else sexes:
            group = next(group for group in own if group[0] == sex)
            lines.append(Line(edition.catalogue.indicators[key], sex, groups[group], place))
    return lines


def worse_to_better(values: Sequence[float], polarity: str) -> tuple[float, float]:
    """The worst and the best of some values; the lowest and the highest where neither is better.

    Examples
    --------
    >>> worse_to_better([3.0, 1.0, 2.0], "lower_is_better")
    (3.0, 1.0)
    """
    low, high = min(values), max(values)
    return (high, low) if polarity == "lower_is_better" else (low, high)

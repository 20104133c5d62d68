"""Every number of a report's sentences taken again: rows from raw rows; counts, ranks and medians from the tables."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from statistics import median

from analysis.audit.opened import Opened
from analysis.audit.recompute import Second, same
from analysis.audit.worked_out import worked_out
from analysis.errors import DataError
from analysis.paths import Project
from analysis.tables.query import Resolved, TableRow, Tables, agrees
from analysis.tables.stamps import open_edition


def wrong_numbers(project: Project, edition: str, numbers: Iterable[Mapping[str, str]]) -> list[str]:
    """What is wrong with the numbers of a report, in sentences; none where each comes out again.

    Parameters
    ----------
    project : Project
        Holds the built tables, of the edition and of those it looks back on, and the raw ones.
    edition : str
        The edition's id.
    numbers : iterable of mapping
        ``id``, ``text`` (as printed) and ``key`` of each, as the receipt lists them.
    """
    found: list[str] = []
    tables = Tables(project, edition)
    seconds: dict[str, Second] = {}
    seen: set[tuple[str, str, int]] = set()
    for one in numbers:
        try:
            made = tables.resolve(one["key"])
            for row in made.rows:
                if (row.edition, row.table, row.line) not in seen:
                    seen.add((row.edition, row.table, row.line))
                    _take_again(_second(project, seconds, row.edition), row)
            worked_out(_second(project, seconds, edition), made)
        except DataError as error:
            found.append(f"{one['id']}: {error}")
            continue
        if not _prints(one["text"], made, _second(project, seconds, edition)):
            found.append(f"{one['id']}: the report prints {one['text']!r}, and {one['key']} gives {made.value:.12g}.")
    return found


def _second(project: Project, seconds: dict[str, Second], edition: str) -> Second:
    if edition not in seconds:
        tables = Tables(project, edition)
        for name in ("observations", "indicators"):
            tables.rows(name)  # once, whole: most of it is needed
        seconds[edition] = Second(Opened(project, open_edition(project, edition)), tables)
    return seconds[edition]


def _prints(text: str, made: Resolved, second: Second) -> bool:
    names = [row.cells["indicator"] for row in made.rows[:1] if row.cells.get("indicator")]
    return agrees(text, made.value, second.opened.indicators[names[0]].decimals if names else 0)


def _take_again(second: Second, row: TableRow) -> None:
    """Work out a row of the tables again, where it is one that raw rows or ``indicators.csv`` give.

    Raises
    ------
    DataError
        If they do not give what it holds.
    """
    if row.table == "indicators":
        second.again(row)
    if row.table != "judgements":
        return
    for column, value in _judged(second, row):
        if row.cells[column] and not same(row.cells[column], value):
            said = "none" if math.isnan(value) else f"{value:.12g}"
            raise DataError(
                f"{row.file}, line {row.line}: the {column} is {row.cells[column]}, and indicators.csv gives {said}. "
                "Build the edition again."
            )


def _judged(second: Second, row: TableRow) -> Iterator[tuple[str, float]]:
    """The numbers of a judgement that other rows of its indicator give: benchmark, baseline, places, changes."""
    cells, place = row.cells, second.opened.place
    indicator = second.opened.indicators[cells["indicator"]]
    rows = [
        one
        for one in second.tables.among("indicators", "indicator", [indicator.id])
        if (one.cells["sex"], one.cells["age"]) == (cells["sex"], cells["age"])
    ]
    now, then = cells["period_end"], cells["baseline_end"]

    def of(area: str, start: str, end: str) -> float:
        """The value of an area for a period, of the last release, worked out from raw rows."""
        own = [one for one in rows if _at(one) == (area, start, end)]
        if not own:
            return math.nan
        return second.again(max(own, key=lambda one: one.cells["release"]))[1]["value"]

    def latest(area: str) -> float:
        return of(area, cells["period_start"], now)

    def change(area: str) -> float:
        return latest(area) - of(area, cells["baseline_start"], then)

    area = cells["area_code"]
    yield "value", latest(area)
    if any(one.cells["area_code"] == cells["benchmark_code"] for one in rows):
        yield "benchmark_value", latest(cells["benchmark_code"])
    if then:
        yield "baseline_value", of(area, cells["baseline_start"], then)
        yield "change", change(area)
        yield "country_change", change(place.country.code)
    cities = [place.code, *(peer.code for peer in place.peers)]
    if then and area == place.code:
        known = {one.cells["area_code"]: one.cells["period_end"] for one in rows if one.cells["value"]}
        moved = _known(change, [code for code in cities[1:] if known.get(code) == now])
        yield "peers_changes", len(moved)
        yield "peers_change_median", median(moved.values()) if moved else math.nan
    values = _known(latest, cities)
    others = [value for code, value in values.items() if code != area]
    if area in values and others:
        sign = 1 if indicator.polarity == "lower_is_better" else -1
        yield "peers_rank", 1 + sum(sign * other < sign * values[area] for other in others)
        yield "peers_ranked", len(values)
        yield "peers_tied", sum(other == values[area] for other in others)
        yield "peers_median", median(others)
        yield "peers_lowest", min(others)
        yield "peers_highest", max(others)


def _at(row: TableRow) -> tuple[str, str, str]:
    return (row.cells["area_code"], row.cells["period_start"], row.cells["period_end"])


def _known(value: Callable[[str], float], areas: Iterable[str]) -> dict[str, float]:
    """The value of each area that has one."""
    return {area: found for area, found in ((area, value(area)) for area in areas) if not math.isnan(found)}

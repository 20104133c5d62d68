"""How the cells of the other tables were worked out: by which method, from which rows, and the sum done again."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from analysis.audit.recompute import SAME, Second
from analysis.errors import DataError
from analysis.tables.keys import Combined
from analysis.tables.query import Resolved, TableRow, Tables

STATISTICS = {
    "slope_index": "inequality.slope_index",
    "slope_index_second_source": "inequality.slope_index",
    "gap_best_worst": "gaps.best_to_worst_gap",
    "noise_range": "gaps.noise_range",
    "mean_of_larger_areas": "apportioned.apportioned_means",
    "widening": "apportioned.agreement_factor",
}
JUDGED = {"benchmark": "comparison.compare_with_benchmark", "trend": "trend.recent_trend"}


def worked_out(second: Second, found: Resolved) -> dict[str, Any]:
    """Method, rows and, where a few sums do it, the value again; nothing for a cell that is a row's own.

    Raises
    ------
    DataError
        If the sums do not give the cell.
    """
    key = found.key
    if isinstance(key, Combined) or key.aggregate or not found.rows:
        return {}
    row = found.rows[0]
    if key.table == "inequality":
        return _inequality(second, row, key.column)
    if key.table == "distribution" and key.column.startswith("fifth_"):
        return _fifth(second.tables, row, key.column)
    if key.table == "judgements":
        anchor = next((at for start, at in JUDGED.items() if key.column.startswith(start)), "")
        if key.column == "change":
            again = float(row.cells["value"]) - float(row.cells["baseline_value"])
            return _checked(row, key.column, again, "the latest value less the baseline's", "")
        return {"formula": "", "anchor": _anchor(anchor), "from": [], "value": None} if anchor else {}
    return {}


def extremes(tables: Tables, row: TableRow) -> list[TableRow]:
    """The rows of the best and the worst area of a gap; none for another statistic."""
    cells = row.cells
    if not cells["best_area"]:
        return []
    rows = tables.among("indicators", "indicator", [cells["measure"]], row.edition)
    same = ("period_start", "period_end", "sex", "geography")
    found = {one.cells["area_code"]: one for one in rows if all(one.cells[name] == cells[name] for name in same)}
    return [found[cells[name]] for name in ("best_area", "worst_area")]


def _inequality(second: Second, row: TableRow, column: str) -> dict[str, Any]:
    tables, cells = second.tables, row.cells
    anchor = STATISTICS.get(cells["statistic"], "")
    areas = [
        one
        for one in tables.rows("inequality_areas", row.edition)
        if (one.cells["indicator"], one.cells["sex"], one.cells["source"])
        == (cells["measure"], cells["sex"], cells["source"])
    ]
    listed = [{"file": one.file, "line": one.line, **raw_place(second, one)} for one in areas]
    if column == "value" and cells["statistic"].startswith("slope_index"):
        words = "slope of the line through the areas' values over their place on the scale, each weighed by its people"
        return _checked(row, column, _slope(areas), words, anchor) | {"from": listed}
    if column == "value" and cells["best_area"]:
        best, worst = (float(one.cells["value"]) for one in extremes(tables, row))
        return _checked(row, column, best - worst, "the best area's value less the worst's", anchor)
    return {"formula": "", "anchor": _anchor(anchor), "from": listed, "value": None}


def raw_place(second: Second, row: TableRow) -> dict[str, str | int]:
    """The raw row of a small area's rank in the index, or of an area's value behind a slope, read again."""
    one = second.origins.published(row)
    if one is None:
        return {}
    second.value(one)
    raw = second.raw_row(one)
    return {"raw_file": raw.file, "raw_line": raw.line}


def _fifth(tables: Tables, row: TableRow, column: str) -> dict[str, Any]:
    """A figure of a fifth of the small areas, from the rows of those areas and their places in the index."""
    cells, fifth = row.cells, int(column[-1])
    ranks = {
        one.cells["area_code"]: float(one.cells["rank"])
        for one in tables.rows("small_areas")
        if one.cells["release"] == cells["index_release"]
    }
    people = {
        one.cells["area_code"]: float(one.cells["population"])
        for one in tables.rows("small_areas")
        if one.cells["release"] == cells["index_release"]
    }
    same = ("sex", "age", "period_start", "period_end", "source", "release")
    every = [
        one
        for one in tables.among("indicators", "indicator", [cells["indicator"]])
        if one.cells["area_code"] in ranks and one.cells["value"] and all(one.cells[c] == cells[c] for c in same)
    ]
    members = _members(ranks, fifth)
    own = [one for one in every if one.cells["area_code"] in members]
    if cells["measure"] == "share":
        words = "100 × sum of numerators / sum of denominators of the small areas of the fifth"
        again = 100 * _summed(own, "numerator") / _summed(own, "denominator")
    elif cells["measure"].startswith("mean"):
        words = "mean of the small areas of the fifth, each weighed by its people"
        weight = math.fsum(people[one.cells["area_code"]] for one in own)
        again = math.fsum(people[one.cells["area_code"]] * float(one.cells["value"]) for one in own) / weight
    else:
        words = "100 × sum over the small areas of the fifth / sum over all"
        again = 100 * _summed(own, "value") / _summed(every, "value")
    listed = [{"file": one.file, "line": one.line} for one in own]
    return _checked(row, column, again, words, "quantiles.assign_quantiles") | {"from": listed}


def _members(ranks: dict[str, float], fifth: int) -> set[str]:
    """The areas of a fifth, 1 the most deprived: by the place of each among the city's ranks."""
    order = sorted(ranks.values())
    many = len(order)
    places = {area: order.index(rank) + 1 for area, rank in ranks.items()}
    return {area for area, place in places.items() if max(6 - math.ceil((many + 1 - place) * 5 / many), 1) == fifth}


def _summed(rows: Sequence[TableRow], column: str) -> float:
    return math.fsum(float(row.cells[column]) for row in rows)


def _slope(areas: list[TableRow]) -> float:
    points = [
        tuple(float(one.cells[name]) for name in ("people", "position", "value"))
        for one in areas
        if one.cells["value"] and one.cells["position"] and one.cells["people"]
    ]
    people = math.fsum(weight for weight, _, _ in points)
    place = math.fsum(weight * x for weight, x, _ in points) / people
    level = math.fsum(weight * y for weight, _, y in points) / people
    spread = math.fsum(weight * (x - place) ** 2 for weight, x, _ in points)
    return math.fsum(weight * (x - place) * (y - level) for weight, x, y in points) / spread


def _checked(row: TableRow, column: str, again: float, words: str, anchor: str) -> dict[str, Any]:
    if not math.isclose(again, float(row.cells[column]), rel_tol=SAME, abs_tol=SAME):
        raise DataError(
            f"{row.file}, line {row.line}: the {column} is {row.cells[column]}, and {words} is {again:.12g}. Build the "
            "edition again."
        )
    return {"formula": words, "anchor": _anchor(anchor), "from": [], "value": again}


def _anchor(section: str) -> str:
    return f"docs/methods.md#{section}" if section else ""

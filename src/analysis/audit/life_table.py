"""Life expectancy from deaths and people of small areas, worked out again by the life table itself.

The one measure for which an explanation calls the library: a life table in other words would be no plainer.
"""

from __future__ import annotations

import math

from analysis.audit.lineage import Lineage, Part, Tracer
from analysis.audit.observed import Observation
from analysis.catalogue.model import Input, parse_reference
from analysis.tables.query import TableRow


def life_table(tracer: Tracer, given: Input, row: TableRow) -> Lineage | None:
    """The lineage of a life expectancy; None where the edition holds no deaths by small area."""
    sex, code = row.cells["sex"], row.cells["area_code"]
    died, lived = (_pinned(tracer, given, role, sex) for role in ("deaths", "population"))
    years = {one.period_end[:4] for one in died} & {one.period_end[:4] for one in lived}
    if not years:
        return None
    shares = tracer.shares(died[0].geography, row, {one.area_code for one in died})
    parts = []
    for area, share in shares.items():
        observed = {
            role: tuple(one for one in found if one.area_code == area and one.period_end[:4] in years)
            for role, found in (("deaths", died), ("population", lived))
        }
        parts.append(Part(area, share, math.nan, observed))
    value, numerator, denominator = _at_birth(parts, code, sex)
    return Lineage(
        given,
        "abridged life table (Chiang) of the deaths and people of the small areas by age, all pinned years together",
        value,
        tuple(parts),
        (died[0].geography, row.cells["geography"]),
        {} if math.isnan(value) else {"numerator": numerator, "denominator": denominator},
    )


def _pinned(tracer: Tracer, given: Input, role: str, sex: str) -> list[Observation]:
    source, series, _ = parse_reference(given.series[role], given.source)
    return [
        one
        for release in tracer.opened.edition.releases.get(source, ())
        for one in tracer.observed(source, release, series)
        if one.sex == sex and one.age != "all"
    ]


def _at_birth(parts: list[Part], code: str, sex: str) -> tuple[float, float, float]:
    import pandas as pd

    from analysis.measures.area_lifetable import area_life_expectancy

    def table(role: str) -> pd.DataFrame:
        rows = [
            {"small_area": part.area_code, "sex": sex, "age": one.age, role: one.value, "year": one.period_end[:4]}
            for part in parts
            for one in part.observed[role]
        ]
        return pd.DataFrame(rows)

    if not parts:
        return math.nan, math.nan, math.nan
    links = pd.DataFrame([{"small_area": part.area_code, "area": code, "weight": part.share} for part in parts])
    made = area_life_expectancy(table("deaths"), table("population"), links, areas=[code])
    first = made[(made["age"] == 0) & (made["sex"] == sex)].iloc[0]
    value = math.nan if first["reason"] else float(first["value"])
    return value, float(first["count"]), float(first["population"])

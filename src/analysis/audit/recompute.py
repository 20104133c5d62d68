"""A row of ``indicators.csv`` worked out again from raw rows, by sums that anyone can follow.

This is a second calculation in plain Python: it shares no array and no code with the one that built the tables, and
works on one row. Where it does not give the value that the table holds, there is no explanation but an error.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence

from analysis.audit.life_table import life_table
from analysis.audit.lineage import Lineage, Part, Tracer, geography_of, grouped, total
from analysis.audit.observed import Observation
from analysis.catalogue.model import Indicator, Input, parse_reference
from analysis.errors import DataError
from analysis.tables.query import TableRow

DERIVED = "difference_from_city"
SAME = 1e-9
"""How far, as a share of it, a value worked out again may lie from a cell of twelve significant digits."""


def trace(tracer: Tracer, row: TableRow) -> Lineage:
    """The lineage of a row of ``indicators.csv``, checked: what is worked out is what the table holds.

    Raises
    ------
    DataError
        If the raw rows do not give the value of the table, or no input of the definition leads to the row.
    """
    indicator = tracer.opened.indicators[row.cells["indicator"]]
    tried: list[str] = []
    for given in _inputs(tracer, indicator, row):
        found = MEASURES[given.measure](tracer, given, row)
        if found is None:
            continue
        wrong = differing(found, row)
        if not wrong:
            return found
        tried.append(wrong)
    place = f"{row.file}, line {row.line}"
    if tried:
        raise DataError(f"{place}: {tried[0]}. The table was not made from these rows: build the edition again.")
    raise DataError(
        f"{place}: no input of {indicator.id} gives a row of {row.cells['source']} {row.cells['release']} for "
        f"{row.cells['area_code']}. The table was not made from what is held now: build the edition again."
    )


def _inputs(tracer: Tracer, indicator: Indicator, row: TableRow) -> Iterable[Input]:
    edition, geography = tracer.opened.edition, row.cells["geography"]
    levels = {"areas"}
    if geography in (edition.ward_geography, edition.lsoa_geography):
        levels = {"ward"} if geography == edition.ward_geography else {"lsoa"}
    elif row.cells["area_code"] == tracer.opened.place.code:
        levels = {"lad", "areas"}
    for given in indicator.inputs:
        source_fits = given.source == row.cells["source"] or given.measure == DERIVED
        if source_fits and levels & set(given.levels):
            yield given


def differing(found: Lineage, row: TableRow) -> str:
    """Which cell of a row is not what was worked out again, in words; empty where all agree."""
    for column, value in {"value": found.value, **found.other}.items():
        held = float(row.cells[column]) if row.cells[column] else math.nan
        if math.isnan(held) and math.isnan(value):
            continue
        if not math.isclose(held, value, rel_tol=SAME, abs_tol=SAME):
            said = "no value" if math.isnan(value) else f"{value:.12g}"
            return f"the {column} is {row.cells[column] or 'empty'}, and the raw rows give {said}"
    return ""


def _published(tracer: Tracer, given: Input, row: TableRow) -> Lineage | None:
    found = tracer.of_row(given, "value", row).get(row.cells["area_code"])
    if not found:
        return None
    limits = {"lower_ci95": found[0].lower, "upper_ci95": found[0].upper} if len(found) == 1 else {}
    part = Part(row.cells["area_code"], 1.0, math.nan, {"value": found})
    formula = "the publisher's own value" if len(found) == 1 else "the sum of the publisher's values"
    return Lineage(given, formula, total(found), (part,), other=limits)


def _parts(
    tracer: Tracer, given: Input, row: TableRow, roles: Sequence[str]
) -> tuple[list[Part], dict[str, float], str] | None:
    """The areas that make up a row's area, the sum of each role over them by share, and their geography."""
    found = {role: tracer.of_row(given, role, row) for role in roles}
    if not all(found.values()):
        return None
    every = [each for by_area in found.values() for each in by_area.values()]
    kinds = {each[0].geography for each in every}
    source = row.cells["geography"] if row.cells["geography"] in kinds else sorted(kinds)[0]
    areas = [area for area, each in found[roles[0]].items() if each[0].geography == source]
    shares = tracer.shares(source, row, areas)
    parts = [
        Part(area, share, math.nan, {role: found[role].get(area, ()) for role in roles})
        for area, share in shares.items()
    ]
    sums = {
        role: math.fsum(part.share * total(part.observed[role]) for part in parts) if parts else math.nan
        for role in roles
    }
    return parts, sums, source


def _summed(tracer: Tracer, given: Input, row: TableRow) -> Lineage | None:
    made = _parts(tracer, given, row, ["count"])
    if made is None:
        return None
    parts, sums, source = made
    formula = "sum of share × count over the small areas"
    return Lineage(given, formula, sums["count"], tuple(parts), (source, row.cells["geography"]))


def _ratio(fold: int) -> Callable[[Tracer, Input, TableRow], Lineage | None]:
    def ratio(tracer: Tracer, given: Input, row: TableRow) -> Lineage | None:
        made = _parts(tracer, given, row, ["numerator", "denominator"])
        if made is None:
            return None
        parts, sums, source = made
        value = fold * sums["numerator"] / sums["denominator"] if sums["denominator"] else math.nan
        formula = f"{fold:,} × (sum of share × numerator) / (sum of share × denominator) over the small areas"
        return Lineage(given, formula, value, tuple(parts), (source, row.cells["geography"]), sums)

    return ratio


def _weighted(tracer: Tracer, given: Input, row: TableRow) -> Lineage | None:
    found = tracer.of_row(given, "value", row)
    if not found:
        return None
    source = geography_of(found)
    people = tracer.people(given.series["weight"], given.source, source)
    parts = [
        Part(area, share, share * people[area][0], {"value": found.get(area, ()), "people": people[area][1]})
        for area, share in tracer.shares(source, row, found).items()
    ]
    everyone = math.fsum(part.weight for part in parts)
    top = math.fsum(part.weight * total(part.observed["value"]) for part in parts) if parts else math.nan
    formula = "sum of people × value over sum of people, over the small areas"
    value = top / everyone if everyone else math.nan
    return Lineage(given, formula, value, tuple(parts), (source, row.cells["geography"]))


def _extent(percentile: float) -> float:
    return 1.0 if percentile <= 10 else 0.95 - (percentile - 11) * 0.9 / 19 if percentile <= 30 else 0.0


DEPRIVATION: dict[str, tuple[str, Callable[[float, float, float], float]]] = {
    "imd_average_score": ("people × score", lambda score, _rank, _count: score),
    "imd_average_rank": ("people × (N + 1 − rank)", lambda _score, rank, count: count + 1 - rank),
    "imd_extent": (
        "people × extent weight (1 to the 10th percentile, then 0.95 falling to 0.05 at the 30th)",
        lambda _score, rank, count: _extent(math.ceil(100 * rank / count)),
    ),
    "share_of_small_areas_most_deprived": (
        "areas in the most deprived tenth",
        lambda _score, rank, count: float(math.ceil(100 * rank / count) <= 10),
    ),
    "share_of_residents_most_deprived": (
        "people of areas in the most deprived tenth",
        lambda _score, rank, count: float(math.ceil(100 * rank / count) <= 10),
    ),
}
PER_AREA = "share_of_small_areas_most_deprived"


def _deprivation(tracer: Tracer, given: Input, row: TableRow) -> Lineage | None:
    found = {role: tracer.of_row(given, role, row) for role in ("rank", "score")}
    release = row.cells["release"]
    weights = tracer.opened.edition.deprivation_weights.get(release)
    if not found["rank"] or weights is None:
        return None
    source = geography_of(found["rank"])
    people = grouped(
        one
        for one in tracer.observed(weights.source, weights.release, weights.series)
        if (one.sex, one.age) == ("persons", "all")
    )
    national = int(str(tracer.opened.source(given.source).releases[release].facts["england_lsoas"]))
    words, worth = DEPRIVATION[given.measure]
    areas = given.measure == PER_AREA
    parts, top = [], []
    for area, share in tracer.shares(source, row, found["rank"]).items():
        observed = {"rank": found["rank"][area], "score": found["score"].get(area, ()), "people": people.get(area, ())}
        weight = 1.0 if areas else share * total(observed["people"])
        parts.append(Part(area, share, weight, observed))
        top.append(weight * worth(total(observed["score"]), total(observed["rank"]), national))
    bottom = math.fsum(part.weight for part in parts)
    value = math.fsum(top) / bottom if bottom else math.nan
    scale = 1 if given.measure.startswith("imd_") else 100
    over = "number of areas" if areas else "people"
    formula = f"{'100 × ' if scale == 100 else ''}sum of {words} / sum of {over}, N = {national:,}"
    other = {"denominator": bottom, **({"numerator": math.fsum(top)} if areas else {})} if parts else {}
    return Lineage(given, formula, scale * value, tuple(parts), (source, row.cells["geography"]), other)


def _apportioned(tracer: Tracer, given: Input, larger: str, row: TableRow) -> dict[str, dict[str, float]]:
    """People shared by each area of the row's geography and each larger area: by target, by larger area."""
    people = {
        area: total(each) for area, each in tracer.latest(given.series["people"], given.source, "persons").items()
    }
    small = geography_of(tracer.latest(given.series["people"], given.source, "persons"))
    to_larger = {link.cells["source_code"]: link.cells for link in tracer.links(small, larger)}
    shared: dict[str, dict[str, float]] = {}
    target = row.cells["geography"]
    onward = [link.cells for link in tracer.links(small, target)] if target != "lad" else []
    if target == "lad":
        city = row.cells["area_code"]
        onward = [{"source_code": area, "target_code": city, "share": "1"} for area in people]
    for link in onward:
        into = to_larger[link["source_code"]]
        count = people[link["source_code"]] * float(link["share"]) * float(into["share"])
        by_larger = shared.setdefault(link["target_code"], {})
        by_larger[into["target_code"]] = by_larger.get(into["target_code"], 0.0) + count
    return shared


def _apportioned_sum(tracer: Tracer, given: Input, row: TableRow) -> Lineage | None:
    found = tracer.of_row(given, "count", row)
    if not found:
        return None
    larger = geography_of(found)
    shared = _apportioned(tracer, given, larger, row)
    totals: dict[str, float] = {}
    for by_larger in shared.values():
        for area, count in by_larger.items():
            totals[area] = totals.get(area, 0.0) + count
    own = shared.get(row.cells["area_code"], {})
    parts = [
        Part(area, count / totals[area], count, {"count": found.get(area, ())}) for area, count in sorted(own.items())
    ]
    value = math.fsum(part.share * total(part.observed["count"]) for part in parts) if parts else math.nan
    formula = "sum of count × share of the larger area's people who live here"
    return Lineage(given, formula, value, tuple(parts), (larger, row.cells["geography"]))


def _apportioned_life(tracer: Tracer, given: Input, row: TableRow) -> Lineage | None:
    sex, code = row.cells["sex"], row.cells["area_code"]
    found = tracer.latest(given.series["value"], given.source, sex)
    source, series, _ = parse_reference(given.series["level"], given.source)
    levels = [
        one
        for release in tracer.opened.edition.releases.get(source, ())
        for one in tracer.observed(source, release, series)
        if (one.sex, one.area_code) == (sex, tracer.opened.place.code)
    ]
    if not found or not levels or row.cells["release"] != tracer.opened.last_release(given.source):
        return None
    larger = geography_of(found)
    shared = _apportioned(tracer, given, larger, row)
    known = {area for area, each in found.items() if not math.isnan(each[0].value + each[0].lower + each[0].upper)}
    city: dict[str, float] = {}
    for by_larger in shared.values():
        for area, count in by_larger.items():
            city[area] = city.get(area, 0.0) + count
    own, level = shared.get(code, {}), levels[-1]
    value = _mean(own, found, known) - _mean(city, found, known) + level.value
    parts = [Part(area, math.nan, count, {"value": found[area]}) for area, count in sorted(own.items())]
    formula = (
        "mean of the larger areas' values by shared people, less the same mean for the city, plus the city's published "
        "level; none where less than four fifths of the people live in areas with a value"
    )
    also = {"level": (level,)}
    return Lineage(given, formula, value, tuple(parts), (larger, row.cells["geography"]), also=also)


def _mean(people: Mapping[str, float], found: Mapping[str, tuple[Observation, ...]], known: set[str]) -> float:
    covered = math.fsum(count for area, count in people.items() if area in known)
    if not covered or covered / math.fsum(people.values()) < 0.8:
        return math.nan
    return math.fsum(count * found[area][0].value for area, count in people.items() if area in known) / covered


def _difference(tracer: Tracer, given: Input, row: TableRow) -> Lineage | None:
    rows = tracer.tables.among("indicators", "indicator", [given.series["indicator"]])
    same = ("area_code", "geography", "period_start", "period_end", "sex", "age", "release")
    own = next((one for one in rows if all(one.cells[name] == row.cells[name] for name in same)), None)
    city = [
        one
        for one in rows
        if (one.cells["area_code"], one.cells["sex"]) == (tracer.opened.place.code, row.cells["sex"])
    ]
    if own is None or not city:
        return None
    level = max(city, key=lambda one: one.cells["period_end"])
    limits = {
        column: float(own.cells[column] or "nan") - float(level.cells["value"])
        for column in ("value", "lower_ci95", "upper_ci95")
    }
    rests = tuple((one, trace(tracer, one)) for one in (own, level))
    return Lineage(given, "the ward's value less the city's", limits.pop("value"), other=limits, rests_on=rests)


MEASURES: dict[str, Callable[[Tracer, Input, TableRow], Lineage | None]] = {
    "published": _published,
    "sum": _summed,
    "share": _ratio(100),
    "rate_per_1000": _ratio(1000),
    "weighted_mean": _weighted,
    **dict.fromkeys(DEPRIVATION, _deprivation),
    "apportioned_sum": _apportioned_sum,
    "apportioned_life_expectancy": _apportioned_life,
    "life_table": life_table,
    DERIVED: _difference,
}

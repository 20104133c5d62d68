"""Keys of the numbers that a ward's profile says: of its rows, or of the rows of wards that are told together."""

from __future__ import annotations

from analysis.indicators.ward_facts import LEVEL, SUMMARIES, Standing, WardFacts
from analysis.narrative.prose import Prose, Row
from analysis.tables import keys
from analysis.tables.loaded import LoadedEdition
from analysis.words import format_number, with_unit

TOLD_BY = ("indicator", "area_code", "period_start", "period_end", "sex", "age", "release")


def own_key(facts: WardFacts, row: Row, column: str = "value") -> str:
    """The key of a figure of the ward's profile: wards told together have a table of their own."""
    if facts.together:
        return keys.cell("wards_together", column, **{name: row[name] for name in TOLD_BY})
    return keys.row_key(row, column)


def say_own(prose: Prose, facts: WardFacts, one: Standing, decimals: int) -> str:
    """The value of a figure of the profile with its unit, noted."""
    text = with_unit(float(one.row["value"]), str(one.row["unit"]), decimals)
    return prose.number(text, own_key(facts, one.row))


def city_key(facts: WardFacts, one: Standing) -> str:
    """The key of the city's value beside a figure of the profile."""
    return keys.row_key(one.row, area=facts.edition.place.code)


def wards_key(facts: WardFacts, column: str) -> str:
    """The key of a cell of the ward's row of ``wards`` for the latest index."""
    return keys.cell("wards", column, release=facts.deprivation["release"], area_code=facts.code)


def small_areas_key(facts: WardFacts, *conditions: str) -> str:
    """The key of a count of the ward's small areas in the latest index."""
    release = facts.small_areas["release"].iloc[0]
    return keys.count("small_areas", *conditions, release=release, ward_code=facts.code)


def estimate_key(facts: WardFacts, column: str) -> str:
    """The key of a cell of the ward's row of ``ward_estimates``."""
    return keys.cell("ward_estimates", column, geography=facts.estimate["geography"], area_code=facts.code)


def change_key(row: Row, column: str) -> str:
    """The key of a share of ``ward_changes`` in per cent."""
    return keys.total("percent", column, "ward_changes", old_code=row["old_code"], new_code=row["new_code"])


def measures_key(facts: WardFacts, *conditions: str) -> str:
    """The key of a count of the ward's figures that have a value in its profile.

    One that has none of late is left out by its name: it may be judged by an earlier period.
    """
    known = {one.indicator.id for one in facts.standings if one.known}
    absent = {one.indicator.id for one in facts.standings} - known
    shown = f"indicator!={'|'.join(sorted({LEVEL, *SUMMARIES, *absent}))}"
    return keys.count("judgements", shown, "value!=", *conditions, area_code=facts.code)


def wards_with_key(one: Standing, *conditions: str) -> str:
    """The key of a count of the wards that have a value of a figure."""
    told = ("geography", "period_end", "sex", "age", "release")
    same = {"indicator": one.indicator.id, **{name: one.row[name] for name in told}}
    return keys.count("indicators", *(conditions or ("value!=",)), **same)


def place_key(edition: LoadedEdition, one: Standing, sign: str) -> str:
    """The key of a ward's place by a figure: how many wards are at least as high (``>=``) or as low (``<=``).

    It is among them itself; wards that tie with it are not, for they share its place.
    """
    row = one.row
    rows = edition.latest(one.indicator.id, str(row["geography"]))
    rows = rows[(rows["sex"] == row["sex"]) & (rows["age"] == row["age"]) & (rows["value"] == row["value"])]
    tied = sorted(set(rows["area_code"]) - {row["area_code"]})
    conditions = [f"value{sign}{format_number(row['value'])}", *([f"area_code!={'|'.join(tied)}"] if tied else [])]
    return wards_with_key(one, *conditions)

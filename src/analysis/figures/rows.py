"""What a figure plots: the rows of an edition, their names, their source line and the notes that belong under them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from analysis.blocks import Blocks, Figure
from analysis.catalogue.flags import FLAGS, flag_words
from analysis.catalogue.geographies import load_geographies
from analysis.catalogue.model import Indicator
from analysis.errors import UsageError, near, one_of
from analysis.figures.classes import signed
from analysis.tables.contract import INDICATOR_COLUMNS, to_canonical_csv
from analysis.tables.loaded import LoadedEdition
from analysis.tables.printing import Cited, Numbers, cited
from analysis.tables.reference import Reference, cell_of
from analysis.words import joined, period_words, scale_words

SEXES = {"persons": "", "female": "females", "male": "males"}
PLOTTED = [column for column in INDICATOR_COLUMNS if column not in ("numerator", "denominator", "input")]


def indicator_of(edition: LoadedEdition, indicator_id: str) -> Indicator:
    """The definition of an indicator.

    Raises
    ------
    UsageError
        If there is none.
    """
    indicators = edition.catalogue.indicators
    if indicator_id not in indicators:
        raise UsageError(
            f"no indicator {indicator_id!r}: expected {near(indicator_id, indicators)}. See: sotc list indicators."
        )
    return indicators[indicator_id]


def outlines_of(edition: LoadedEdition, geography: str) -> pd.DataFrame:
    """Outlines of a geography, by area code.

    Raises
    ------
    UsageError
        If the edition pins none.
    """
    table = edition.outlines
    table = table[table["geography"] == geography]
    if table.empty:
        raise UsageError(f"{edition.edition.id} has no outlines of {geography}: pin a release of them in the edition.")
    return table.sort_values("area_code", kind="stable").reset_index(drop=True)


def sexes_of(edition: LoadedEdition, indicator_id: str, geography: str, sexes: Sequence[str] | None) -> list[str]:
    """The sexes to draw: those asked for, or all that the indicator has at this geography.

    Raises
    ------
    UsageError
        If it has no values there, or none for a sex asked for.
    """
    found = edition.latest(indicator_id, geography)
    there = [sex for sex in SEXES if sex in set(found["sex"])]
    if not there:
        raise UsageError(
            f"{indicator_id} has no rows by {geography} in {edition.edition.id}: draw another, or pin its source."
        )
    for sex in sexes or ():
        if sex not in there:
            raise UsageError(
                f"{indicator_id} has no rows for {sex!r} in {edition.edition.id}: expected {joined(there)}."
            )
    return list(sexes) if sexes else there


def ward_rows(edition: LoadedEdition, indicator_id: str, sex: str, age: str | None = None) -> pd.DataFrame:
    """One row for each ward of the edition, in the order of their codes; a ward without a row is [x], not absent.

    Where there are several ages, ``age`` says which.

    Raises
    ------
    UsageError
        If there is more than one row for a ward (several ages), or none has a value.
    """
    geography = edition.edition.ward_geography
    rows = edition.latest(indicator_id, geography)
    rows = rows[rows["sex"] == sex]
    ages = list(dict.fromkeys(rows["age"]))
    if age is not None and age not in ages:
        raise UsageError(f"{indicator_id} has no series for the age {age!r}: expected {one_of(ages)}.")
    rows = rows[(age is None) | (rows["age"] == age)]
    twice = rows.duplicated("area_code")
    if twice.any():
        code = rows.loc[twice, "area_code"].iloc[0]
        raise UsageError(
            f"{indicator_id} has several rows for {code} ({sex}): a picture shows one age at a time, {one_of(ages)}."
        )
    if rows["value"].isna().all():
        raise UsageError(f"{indicator_id} has no value for any ward ({sex}) in {edition.edition.id}.")
    wards = outlines_of(edition, geography)[["area_code", "area_name"]]
    found = wards.merge(rows.drop(columns="area_name"), on="area_code", how="left")[PLOTTED]
    if len(rows) == len(wards):
        return found
    first = rows.iloc[0]
    constant = ["indicator", "geography", "period_start", "period_end", "sex", "age", "unit", "source", "release"]
    filled = found.assign(**{column: found[column].fillna(first[column]) for column in constant})
    return filled.assign(flag=filled["flag"].where(filled["flag"].notna(), "[x]"))


def mark_rows(edition: LoadedEdition, wards: pd.DataFrame) -> pd.DataFrame:
    """The city's and the country's value of the same indicator, period, sex and age as the wards', where they exist."""
    first = wards.iloc[0]
    rows = edition.indicators
    place = edition.place
    same = rows["area_code"].isin([place.code, place.country.code]) & rows["value"].notna()
    for column in ("indicator", "period_start", "period_end", "sex", "age", "release"):
        same &= rows[column] == first[column]
    return rows.loc[same, PLOTTED]


def title_of(edition: LoadedEdition, indicator: Indicator, rows: pd.DataFrame, by: str = "") -> str:
    """What a figure shows, of whom, where and when."""
    first = rows.iloc[0]
    who = SEXES[str(first["sex"])]
    when = period_words(str(first["period_start"]), str(first["period_end"]))
    return ", ".join(part for part in (indicator.title, who, by, edition.place.name, when) if part)


def value_words(value: float, indicator: Indicator, *, plus: bool = False) -> str:
    """A value with its unit, for sentences and the ends of rows."""
    number, unit = signed(value, indicator.decimals, plus=plus), indicator.unit
    if unit.startswith("£"):
        return f"£{number}{unit[1:]}".replace("£−", "−£")
    if unit in ("score", "index", "rank", "average rank", "ratio"):
        return number
    return f"{number}%" if unit == "%" else f"{number} {scale_words(unit)}"


def flags_note(flags: Iterable[str]) -> str:
    """What the flags that occur mean.

    Examples
    --------
    >>> flags_note(["", "[e][u]", "[x]"])
    '[e] estimated, or stands in for an earlier date, [u] low reliability, [x] not available.'
    """
    words = sorted({word for flag in flags for word in flag_words(flag)})
    return ", ".join(f"{word} {FLAGS[word]}" for word in words) + "." if words else ""


def note_of(*parts: str) -> str:
    """The parts of a note that say something, as one paragraph."""
    return " ".join(part for part in parts if part)


def stand_in_note(edition: LoadedEdition, rows: pd.DataFrame) -> str:
    """Why figures later than the edition's cut-off stand among those drawn, where they do."""
    pairs = set(zip(rows["source"], rows["release"], strict=True))
    sources = edition.sources
    used = [pair in pairs for pair in zip(sources["source"], sources["release"], strict=True)]
    reasons = [str(reason) for reason in sources.loc[used, "stand_in_reason"] if str(reason).strip()]
    return " ".join(dict.fromkeys(f"{reason.strip().rstrip('.')}." for reason in reasons))


def method_note(indicator: Indicator, source: str) -> str:
    """How the values drawn were made, where their definition says so."""
    methods = [given.method for given in indicator.inputs if given.source == source and given.method]
    return f"{methods[0].rstrip('.')}." if methods else ""


def source_of(edition: LoadedEdition, rows: pd.DataFrame, outlines: Iterable[str] = ()) -> Cited:
    """Publisher, product and date of what is drawn, and for a map the outlines' attribution."""
    drawn = cited(edition, zip(rows["source"], rows["release"], strict=True))
    sources = edition.sources
    geographies = load_geographies(edition.catalogue.folder)
    sources = sources[sources["source"].isin([geographies[geography].outlines for geography in outlines])]
    statements = sorted(set(sources["attribution"].str.removeprefix("Source: ").str.rstrip(". ")))
    line = " ".join([drawn.line, *(f"Outlines: {statement}." for statement in statements)])
    of_outlines = zip(sources["source"], sources["release"], strict=True)
    return Cited(line, tuple(sorted({*drawn.releases, *of_outlines})))


def count_like(edition: LoadedEdition, row: Any, *conditions: str) -> Reference:
    """How many areas of a row's geography fulfil conditions, for its indicator, period, sex, age and release."""
    names = ("indicator", "geography", "period_start", "period_end", "sex", "age", "release")
    return edition.count("indicators", *conditions, **{name: row[name] for name in names})


def value_of(numbers: Numbers, row: Any, indicator: Indicator, *, plus: bool = False) -> str:
    """A row's value with its unit, noted with its key."""
    return numbers.number(cell_of(row), lambda value: value_words(value, indicator, plus=plus))


def records(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows as mappings."""
    return [{str(column): cell for column, cell in row.items()} for row in rows.to_dict("records")]


def to_csv(rows: pd.DataFrame, key: Sequence[str]) -> str:
    """The plotted table as canonical CSV text."""
    return to_canonical_csv(rows, key).decode("utf-8")


def gather(figures: Sequence[Figure]) -> Figure | Blocks:
    """One figure as it is, several as blocks."""
    return figures[0] if len(figures) == 1 else Blocks(tuple(figures))

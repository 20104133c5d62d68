"""Pictures of a ward's figures: its people by age, and where it stands between the lowest and the highest ward."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.blocks import Blocks, Figure
from analysis.figures import rows as plotted
from analysis.figures.axes import Scale
from analysis.figures.classes import signed
from analysis.figures.sheet import (
    CAP_MM,
    DARK_BLUE,
    DARK_PINK,
    GRID,
    INK,
    LINE_MM,
    WHITE,
    Sheet,
    text_width,
)
from analysis.figures.ward_profile import PAGE_MM
from analysis.indicators.ward_facts import AGES, SUMMARIES, Standing, WardFacts, ward_facts
from analysis.tables.loaded import LoadedEdition
from analysis.tables.printing import Cited, Numbers, used_by
from analysis.words import capital, counted, joined, period_words

AGES_MM = 78.0
BAR_MM = 5.2
SPINE_MM, TIGHTEST_MM = 96.0, 3.0
WIDEST_PITCH_MM = 4.4


def draw_ward_ages(edition: LoadedEdition, ward: str) -> Figure | Blocks:
    """A ward's people by age, beside the city's; nothing where they are not known.

    Raises
    ------
    UsageError
        If the edition has no such ward.
    """
    facts = ward_facts(edition, ward)
    table = ages_of(facts)
    if table.empty:
        return Blocks.of([])
    whose = facts.together or facts.name
    place, first = edition.place.name, table.iloc[0]
    when = period_words(str(first["period_start"]), str(first["period_end"]))
    shares = [f"{row['band']} {signed(row['ward_pct'], 1)}%" for row in plotted.records(table)]
    beside = [f"{signed(row['city_pct'], 1)}%" for row in plotted.records(table)]
    sheet = Sheet(3 * BAR_MM + LINE_MM + 3.0, AGES_MM)
    _draw_ages(sheet, place, table)
    return Numbers().figure(
        title=f"Residents by age, {whose}, {when}",
        alt=f"Bars of the residents of {whose} by age: {joined(shares)}. In {place}: {joined(beside)}.",
        source=plotted.source_of(edition, table),
        svg=sheet.svg(),
        csv=plotted.to_csv(table, ["order"]),
        indicators=AGES,
    )


def ages_of(facts: WardFacts) -> pd.DataFrame:
    """People in three bands of age, of the ward and of the city, from the counts behind the shares at either end."""
    ends = [facts.standing(name) for name in AGES]
    if any(one is None for one in ends):
        return pd.DataFrame()
    young, old = (one for one in ends if one is not None)
    if young.row["period_end"] != old.row["period_end"] or np.isnan(young.row["denominator"]):
        return pd.DataFrame()
    few, many = young.row["numerator"], old.row["numerator"]
    counts = [few, young.row["denominator"] - few - many, many]
    city = [young.city, 100 - young.city - old.city, old.city]
    kept = {name: young.row[name] for name in ("period_start", "period_end", "source", "release")}
    grown, old_from = int(str(young.row["age"]).split("-")[1]) + 1, int(str(old.row["age"]).rstrip("+"))
    bands = (f"under {grown}", f"{grown} to {old_from - 1}", f"{old_from} and over")
    total = young.row["denominator"]
    return pd.DataFrame(
        {
            "order": [1, 2, 3],
            "band": bands,
            "people": counts,
            "ward_pct": [100 * count / total for count in counts],
            "city_pct": city,
            **{name: [value] * 3 for name, value in kept.items()},
        }
    )


def _draw_ages(sheet: Sheet, place: str, table: pd.DataFrame) -> None:
    names_end = max(text_width(band) for band in table["band"]) + 1.5
    words = [f"{signed(row['people'], 0)} ({signed(row['ward_pct'], 1)}%)" for row in plotted.records(table)]
    longest = float(max(table["ward_pct"].max(), table["city_pct"].max()))
    scale = Scale(0.0, longest, names_end + 1.5, AGES_MM - max(map(text_width, words)) - 2.0)
    y = sheet.height - BAR_MM
    for row, said in zip(plotted.records(table), words, strict=True):
        sheet.text(names_end, y + 0.9, row["band"], align="right")
        sheet.box(scale.start, y, scale.at(row["ward_pct"]) - scale.start, BAR_MM - 1.6, DARK_BLUE)
        x = scale.at(row["city_pct"])
        sheet.line([x, x], [y - 0.7, y + BAR_MM - 0.9], WHITE, 3.0)
        sheet.line([x, x], [y - 0.7, y + BAR_MM - 0.9], DARK_PINK, 1.6)
        sheet.text(sheet.width - 0.5, y + 0.9, said, align="right")
        y -= BAR_MM
    foot = y + BAR_MM - LINE_MM - 1.8
    sheet.line([scale.start + 1, scale.start + 1], [foot - 0.4, foot + 2.6], DARK_PINK, 1.6)
    sheet.text(scale.start + 3.5, foot + 0.2, f"{place}, share")


def draw_ward_spine(edition: LoadedEdition, ward: str) -> Figure | Blocks:
    """Where a ward stands in each share or rate between the lowest ward and the highest, with limits and the city.

    Counts are left out, as they grow with the ward. Nothing is drawn where there is no value at all.

    Raises
    ------
    UsageError
        If the edition has no such ward.
    """
    facts = ward_facts(edition, ward)
    shown = spine_of(facts)
    if not shown:
        return Blocks.of([])
    whose, place = facts.together or facts.name, edition.place.name
    used = used_by(one.row for one in shown)
    return Numbers().figure(
        title=f"{whose} between the lowest and the highest ward of {place}",
        alt=_say_spine(facts, shown, place),
        source=Cited("the publishers named under the table of the ward's figures.", tuple(sorted(used))),
        svg=_draw_spine(shown, place),
        csv=plotted.to_csv(pd.DataFrame([_plotted(one) for one in shown]), ["indicator", "sex", "age"]),
        note="Each line runs from the lowest ward to the highest. A line over the mark is its 95% interval; a mark is "
        f"filled where that leaves out {place}'s value, and grey where there are no limits to tell by.",
        indicators=[one.indicator.id for one in shown],
    )


def spine_of(facts: WardFacts) -> list[Standing]:
    """The figures of a ward that can be set beside the other wards'."""
    return [
        one
        for one in facts.standings
        if one.known and one.indicator.kind != "count" and one.indicator.id not in SUMMARIES
    ]


def _plotted(one: Standing) -> dict[str, object]:
    kept = ("indicator", "area_code", "area_name", "period_start", "period_end", "sex", "age", "unit")
    numbers = {"value": one.row["value"], "lower_ci95": one.row["lower_ci95"], "upper_ci95": one.row["upper_ci95"]}
    beside = {"city": one.city, "lowest": one.lowest, "highest": one.highest}
    return {**{name: one.row[name] for name in kept}, **numbers, **beside, "flag": one.row["flag"]}


def _say_spine(facts: WardFacts, shown: list[Standing], place: str) -> str:
    whose = facts.together or facts.name
    sides = {1: f"above {place}'s value", -1: f"below {place}'s value"}
    said = [f"Dots on lines for {counted(len(shown), 'measure')} of {whose}, from the lowest ward to the highest."]
    for side, words in sides.items():
        titles = [title_of(one) for one in shown if one.apart == side]
        if titles:
            said.append(f"Limits lie {words}: {'; '.join(titles)}.")
    alone = sum(not one.bounded for one in shown)
    if alone:
        said.append(f"{capital(counted(alone, 'measure'))} {'has' if alone == 1 else 'have'} no limits.")
    return " ".join(said)


def title_of(one: Standing) -> str:
    """The title of a figure, with its sex where it is of one."""
    who = plotted.SEXES[str(one.row["sex"])]
    return f"{one.indicator.title}, {who}" if who else one.indicator.title


def _draw_spine(shown: list[Standing], place: str) -> str:
    pitch = max(TIGHTEST_MM, min(WIDEST_PITCH_MM, SPINE_MM / len(shown)))
    height = pitch * len(shown) + 2 * LINE_MM + 2.5
    sheet = Sheet(height, PAGE_MM)
    titles = [title_of(one) for one in shown]
    cells = [[signed(value, one.indicator.decimals) for value in (one.lowest, one.highest)] for one in shown]
    own = [f"{signed(one.row['value'], one.indicator.decimals)}{_unit(one)}" for one in shown]
    names_end = max(map(text_width, titles)) + 1.0
    value_end = names_end + max(text_width(words, bold=True) for words in own) + 3.0
    low_end = value_end + max(text_width("lowest", bold=True), *(text_width(low) for low, _ in cells)) + 4.0
    high_start = PAGE_MM - max(text_width("highest", bold=True), *(text_width(high) for _, high in cells)) - 0.5
    start, end = low_end + 2.5, high_start - 2.5
    top = height - LINE_MM - 1.0
    for x, words, align in (
        (value_end, "value", "right"),
        (low_end, "lowest", "right"),
        (PAGE_MM - 0.5, "highest", "right"),
    ):
        sheet.text(x, top + 0.6, words, align=align, bold=True)
    for number, (one, title, value, (low, high)) in enumerate(zip(shown, titles, own, cells, strict=True)):
        y = top - pitch * (number + 0.5)
        foot = y - CAP_MM / 2
        sheet.text(0.0, foot, title)
        sheet.text(value_end, foot, value, align="right", bold=True)
        sheet.text(low_end, foot, low, align="right")
        sheet.text(PAGE_MM - 0.5, foot, high, align="right")
        _strip(sheet, one, start, end, y)
    _key(sheet, place)
    return sheet.svg()


def _unit(one: Standing) -> str:
    return "%" if one.indicator.unit == "%" else ""


def _strip(sheet: Sheet, one: Standing, start: float, end: float, y: float) -> None:
    row = one.row
    numbers = [one.lowest, one.highest, row["value"], row["lower_ci95"], row["upper_ci95"], one.city]
    scale = Scale.around(numbers, start, end, margin=0.0)
    sheet.line([start, end], [y, y], GRID, 0.5)
    sheet.line([scale.at(one.lowest), scale.at(one.highest)], [y, y], "#B8BCC2", 2.2)
    if not np.isnan(one.city):
        x = scale.at(one.city)
        sheet.line([x, x], [y - 1.4, y + 1.4], DARK_PINK, 1.6)
    if one.bounded:
        sheet.line([scale.at(row["lower_ci95"]), scale.at(row["upper_ci95"])], [y, y], INK, 1.0)
    fill = DARK_BLUE if one.apart else WHITE if one.bounded else "#8A8A8A"
    sheet.mark([scale.at(row["value"])], [y], "o", size=5.0, fill=fill)


def _key(sheet: Sheet, place: str) -> None:
    y, left = 0.9, 0.5
    for fill, words in ((DARK_BLUE, f"differs from {place}"), (WHITE, "may not differ"), ("#8A8A8A", "no limits")):
        sheet.mark([left + 1.2], [y + 1.0], "o", size=5.0, fill=fill)
        sheet.text(left + 3.2, y, words)
        left += text_width(words) + 7.5
    sheet.line([left, left], [y - 0.3, y + 2.4], DARK_PINK, 1.6)
    sheet.text(left + 1.6, y, place)

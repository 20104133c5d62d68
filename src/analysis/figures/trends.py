"""The city's figures over time beside its country's, with limits and marks at the baseline and a target."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import numpy as np
import pandas as pd

from analysis.blocks import Blocks, Figure
from analysis.catalogue.flags import flag_words
from analysis.catalogue.model import Indicator
from analysis.errors import UsageError
from analysis.figures import rows as plotted
from analysis.figures.axes import Scale, spread_out, tick_words
from analysis.figures.city import Line, Row, aim_of, city_lines, lines_of_aim
from analysis.figures.classes import signed
from analysis.figures.sheet import (
    CAP_MM,
    DARK_BLUE,
    GREY,
    GRID,
    HEIGHT_MM,
    INK,
    LINE_MM,
    WIDTH_MM,
    Sheet,
    text_width,
    wrap,
)
from analysis.judge.targets import Promise, promises
from analysis.tables.loaded import LoadedEdition
from analysis.tables.printing import Numbers
from analysis.words import add_months, capital, counted, day_words, period_words

FEWEST = 3
LIMITS_FILL = "#C5D9EE"
LIMITS_EDGE = "#2073BC"
ACROSS = 2
GAP_MM = 5.0
LEAST_SPAN = 0.05
"""Of the level: a scale spans at least as much, so that a change of next to nothing does not fill the picture."""
PANEL_MM = 36.0


def draw_trend(edition: LoadedEdition, indicator_id: str) -> Figure | Blocks:
    """An indicator of the city over time, with its limits, its country's line, a mark at the baseline and its target.

    A figure for each sex where the source has no value for persons. Lines are interrupted at a break in the series, and
    snapshots that may not be set against each other are not joined.
    A target that a plan states is a dotted line, named with its year.

    Raises
    ------
    UsageError
        If there is no such indicator, or fewer than three periods of it for the city.
    """
    indicator = plotted.indicator_of(edition, indicator_id)
    lines = [line for line in city_lines(edition, [indicator.id]) if len(line.own) >= FEWEST]
    if not lines:
        raise UsageError(f"{indicator_id} has fewer than {FEWEST} periods for {edition.place.name}: draw another.")
    figures = []
    for line in lines:
        figures.append(
            _figure(
                edition,
                [line],
                f"{line.title}, {edition.place.name}, {_first_to_last(line.own)}",
                line.sex if len(lines) > 1 else "",
                across=1,
            )
        )
    return plotted.gather(figures)


def draw_trends(edition: LoadedEdition, aim_id: str) -> Figure | Blocks:
    """Small pictures over time of an aim's indicators, all that have three comparable periods or more for the city.

    Returns
    -------
    Figure or Blocks
        One figure a page, parts ``<aim>``, ``<aim>-2`` and so on; empty blocks where no indicator has three periods.

    Raises
    ------
    UsageError
        If the plan has no such aim.
    """
    lines = [line for line in lines_of_aim(edition, aim_id) if len(line.own) >= FEWEST]
    lines = [line for line in lines if line.indicator.change == "allowed"]
    most = ACROSS * int((HEIGHT_MM + GAP_MM) // (PANEL_MM + GAP_MM))
    pages = [lines[start : start + most] for start in range(0, len(lines), most)]
    title = f"{aim_of(edition, aim_id).title}: {edition.place.name} over time"
    figures = []
    for number, page in enumerate(pages, start=1):
        words = f"{title} ({number} of {len(pages)})" if len(pages) > 1 else title
        part = aim_id if number == 1 else f"{aim_id}-{number}"
        figures.append(_figure(edition, page, words, part, across=ACROSS))
    return figures[0] if len(figures) == 1 else Blocks(tuple(figures))


def _figure(edition: LoadedEdition, lines: list[Line], title: str, part: str, *, across: int) -> Figure:
    tables, targets = [], _targets(edition)
    for line in lines:
        base, target = _baseline(edition, line), targets.get(line.indicator.id)
        marked = [{**row, "baseline": "baseline" if row is base else ""} for row in line.own]
        table = pd.DataFrame([*marked, *({**row, "baseline": ""} for row in line.country)])
        value, day = (target.value, target.day) if target else (np.nan, "")
        tables.append(table.assign(target_value=value, target_date=day))
    table = pd.concat(tables, ignore_index=True)
    rows = -(-len(lines) // across)
    height = rows * PANEL_MM + (rows - 1) * GAP_MM if across > 1 else 62.0
    width = (WIDTH_MM - (across - 1) * GAP_MM) / across
    sheet = Sheet(height)
    for number, line in enumerate(lines):
        row, column = divmod(number, across)
        left = column * (width + GAP_MM)
        top = height - row * (PANEL_MM + GAP_MM)
        bottom = 0.0 if across == 1 else top - PANEL_MM
        _panel(sheet, edition, line, targets.get(line.indicator.id), left, bottom, width, top, titled=across > 1)
    place, country = edition.place, edition.place.country.name
    changes = [change_words(line, targets.get(line.indicator.id)) for line in lines]
    return Numbers().figure(
        title=title,
        alt=" ".join([f"{capital(counted(len(lines), 'line chart'))} of {place.name} beside {country}.", *changes]),
        source=plotted.source_of(edition, table),
        svg=sheet.svg(),
        csv=plotted.to_csv(table, ["indicator", "area_code", "sex", "age", "period_start", "period_end"]),
        note=plotted.note_of(
            f"Solid line and dots: {place.name}, with 95% limits as a band where they are published; dashed line: "
            f"{country}. A ring marks the baseline. Scales do not start at zero.",
            "A dotted line is a target that a plan states, to be reached by the year beside it."
            if any(line.indicator.id in targets for line in lines)
            else "",
            plotted.flags_note(table["flag"]),
            plotted.stand_in_note(edition, table),
        ),
        part=part,
        rows_of=("indicators",),
        indicators=dict.fromkeys(table["indicator"]),
    )


def _first_to_last(rows: list[Row]) -> str:
    ends = [period_words(row["period_start"], row["period_end"]) for row in rows]
    return f"{ends[0]} to {ends[-1]}"


def _targets(edition: LoadedEdition) -> dict[str, Promise]:
    """The targets by indicator: those of the definitions and of the edition's plans."""
    return promises(edition.catalogue.indicators, [edition.catalogue.plans[name] for name in edition.edition.plans])


def change_words(line: Line, target: Promise | None = None) -> str:
    """From what to what a line goes, beside the country, in a sentence."""
    own = line.own
    first, last = own[0], own[-1]
    words = [plotted.value_words(row["value"], line.indicator) for row in (first, last)]
    when = [period_words(str(row["period_start"]), str(row["period_end"])) for row in (first, last)]
    beside = line.country_beside(last)
    name = line.place.country.name
    country = "" if np.isnan(beside) else f" ({name} {plotted.value_words(beside, line.indicator)})"
    aim = f"; target {plotted.value_words(target.value, line.indicator)} by {day_words(target.day)}" if target else ""
    return f"{line.title}: {words[0]} in {when[0]}, {words[1]} in {when[1]}{country}{aim}."


def _baseline(edition: LoadedEdition, line: Line) -> Row | None:
    """The last row that was out by the cut-off of the baseline edition (of this one, if it is the baseline)."""
    base = edition.edition
    if base.baseline is not None:
        base = edition.catalogue.edition(base.baseline)
    lags = {given.source: given.lag_months for given in line.indicator.inputs}
    rows = [
        row
        for row in line.own
        if add_months(str(row["period_end"]), lags.get(str(row["source"]), 0)) <= base.cut_off.isoformat()
    ]
    return rows[-1] if rows else None


def year_of(row: Row) -> float:
    """The middle of a row's period, in years."""
    days = [dt.date.fromisoformat(str(row[column])).toordinal() for column in ("period_start", "period_end")]
    middle = dt.date.fromordinal(round(sum(days) / 2))
    start = dt.date(middle.year, 1, 1).toordinal()
    return middle.year + (sum(days) / 2 - start) / 365.25


def _panel(
    sheet: Sheet,
    edition: LoadedEdition,
    line: Line,
    target: Promise | None,
    left: float,
    bottom: float,
    width: float,
    top: float,
    *,
    titled: bool,
) -> None:
    own_rows, other_rows = line.own, line.country
    unit = line.indicator.unit
    words = wrap(f"{line.title} ({unit})", width, bold=True) if titled else [f"{unit[:1].upper()}{unit[1:]}"]
    for number, part in enumerate(words[:2]):
        sheet.text(left, top - CAP_MM - 0.4 - number * LINE_MM, part, bold=titled)
    promised = f"Target {signed(target.value, line.indicator.decimals)}, {target.day[:4]}" if target else ""
    names = [*_names(edition, line, own_rows, other_rows), promised]
    label_mm = max(map(text_width, names)) + 2.0
    numbers = [row[column] for row in own_rows for column in ("value", "lower_ci95", "upper_ci95")]
    numbers += [row["value"] for row in other_rows] + ([target.value] if target else [])
    up = up_and_down(numbers, bottom + LINE_MM + 1.5, top - (3 + (2 if titled else 1) * LINE_MM), margin=0.06)
    ticks = up.ticks(5)
    printed = tick_words(ticks)
    start = left + max(text_width(tick) for tick in printed) + 1.5
    years = [year_of(row) for row in own_rows]
    along = Scale(years[0], years[-1], start + 1.5, left + width - label_mm - 1.5)
    for tick, tick_text in zip(ticks, printed, strict=True):
        y = up.at(tick)
        sheet.line([start, left + width - label_mm], [y, y], GRID, 0.3)
        sheet.text(start - 1.0, y - CAP_MM / 2, tick_text, align="right")
    _draw_years(sheet, own_rows, along, bottom, left)
    for run in _runs(own_rows, line.indicator):
        limits = [row for row in run if not np.isnan(row["lower_ci95"])]
        if len(limits) > 1:
            upper = [(along.at(year_of(row)), up.at(row["upper_ci95"])) for row in limits]
            lower = [(along.at(year_of(row)), up.at(row["lower_ci95"])) for row in limits]
            sheet.area([*upper, *reversed(lower)], LIMITS_FILL)
            for edge in (upper, lower):
                sheet.line([x for x, _ in edge], [y for _, y in edge], LIMITS_EDGE, 0.6)
    inside = inside_of(own_rows, other_rows)
    for rows, colour in ((inside, GREY), (own_rows, DARK_BLUE)):
        for xs, ys in points_of(rows, line.indicator, along, up):
            sheet.line(xs, ys, colour, 1.4, "-" if colour == DARK_BLUE else "--")
            if colour == DARK_BLUE:
                sheet.mark(xs, ys, "o", size=3.2, edge=DARK_BLUE)
    base = _baseline(edition, line)
    if base is not None:
        sheet.mark([along.at(year_of(base))], [up.at(base["value"])], "o", size=7.5, fill="none", edge=INK, width=1.2)
    ends = [(float(own_rows[-1]["value"]), edition.place.name, DARK_BLUE)]
    if inside:
        ends.append((float(inside[-1]["value"]), edition.place.country.name, GREY))
    labels = [(value, f"{name} {signed(value, line.indicator.decimals)}", colour) for value, name, colour in ends]
    if target:
        y = up.at(target.value)
        sheet.line([start, left + width - label_mm], [y, y], INK, 1.4, ":")
        labels.append((target.value, promised, INK))
    wanted = [up.at(value) for value, _, _ in labels]
    for y, (_, text, colour) in zip(spread_out(wanted, LINE_MM), labels, strict=True):
        bold = colour == DARK_BLUE
        sheet.text(left + width - label_mm + 1.0, y - CAP_MM / 2, text, bold=bold, colour=colour)


def _names(edition: LoadedEdition, line: Line, own: list[Row], other: list[Row]) -> list[str]:
    """The labels at the ends of the lines, a little wider than they are, for bold."""
    decimals = line.indicator.decimals
    named = [f"{edition.place.name}M {signed(own[-1]['value'], decimals)}"]
    return [*named, *(f"{edition.place.country.name} {signed(row['value'], decimals)}" for row in other)]


def inside_of(own: list[Row], others: list[Row]) -> list[Row]:
    """The rows of others that lie within the time of the city's own."""
    first, last = year_of(own[0]), year_of(own[-1])
    return [row for row in others if first - 1e-9 <= year_of(row) <= last + 1e-9]


def up_and_down(numbers: list[float], low: float, high: float, *, margin: float) -> Scale:
    """A scale that holds numbers, so wide that a change of next to nothing does not fill it."""
    level = float(np.nanmean(numbers))
    return Scale.around([*numbers, level * (1 - LEAST_SPAN / 2), level * (1 + LEAST_SPAN / 2)], low, high, margin)


def points_of(
    rows: list[Row], indicator: Indicator, along: Scale, up: Scale
) -> Iterator[tuple[list[float], list[float]]]:
    """Where the rows of a line lie, across and up; those of each run between breaks apart."""
    for run in _runs(rows, indicator):
        yield [along.at(year_of(row)) for row in run], [up.at(row["value"]) for row in run]


def _runs(rows: list[Row], indicator: Indicator) -> list[list[Row]]:
    """Rows in a line, parted at a break: one that the source marks, one that the definition declares, or a snapshot."""
    runs: list[list[Row]] = []
    for row in rows:
        last = str(runs[-1][-1]["period_end"]) if runs else ""
        declared = any(last < day <= str(row["period_end"]) for day in indicator.breaks)
        if not runs or declared or indicator.change != "allowed" or "[b]" in flag_words(str(row["flag"])):
            runs.append([])
        runs[-1].append(row)
    return runs


def _draw_years(sheet: Sheet, rows: list[Row], along: Scale, bottom: float, left: float) -> None:
    """The last and the first period below the picture, and between them those that leave room."""
    taken: list[tuple[float, float]] = []
    for number in [len(rows) - 1, *range(len(rows) - 1)]:
        words = _short_period(rows[number])
        half = text_width(words) / 2
        x = min(max(along.at(year_of(rows[number])), left + half), sheet.width - half)
        if all(x + half + 2 < low or x - half - 2 > high for low, high in taken):
            sheet.text(x, bottom + 0.9, words, align="center")
            taken.append((x - half, x + half))


def _short_period(row: Row) -> str:
    """A period for the foot of a picture: years as they are, anything else by the year in which it ends."""
    words = period_words(row["period_start"], row["period_end"])
    first, _, last = words.partition(" to ")
    if first.isdigit() and last.isdigit():
        return f"{first}–{last[2:]}"
    return words if len(words) <= len("yyyy/yy") else str(row["period_end"])[:4]

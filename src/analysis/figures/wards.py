"""All wards in order of an indicator: dots with limits, beside the city's and the country's value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis.blocks import Blocks, Figure
from analysis.catalogue.model import Indicator
from analysis.figures import rows as plotted
from analysis.figures.axes import Scale, draw_bottom_ticks
from analysis.figures.classes import signed
from analysis.figures.sheet import (
    CAP_MM,
    DARK_BLUE,
    DARK_PINK,
    GREY,
    GRID,
    HEIGHT_MM,
    LINE_MM,
    WIDTH_MM,
    Sheet,
    text_width,
)
from analysis.tables.loaded import LoadedEdition
from analysis.tables.printing import Numbers
from analysis.words import capital

PITCH_MM = 4.2
BOTTOM_MM = 9.0


def draw_ranked_wards(edition: LoadedEdition, indicator_id: str, sexes: Sequence[str] | None = None) -> Figure | Blocks:
    """All wards in order of an indicator's latest value, highest first, with 95 % limits where they are published.

    Parameters
    ----------
    edition : LoadedEdition
    indicator_id : str
    sexes : sequence of {"persons", "female", "male"}, optional
        Default: a figure for each sex that the indicator has, its part named by the sex.

    Raises
    ------
    UsageError
        If there is no such indicator, or it has no values by ward in the edition.
    """
    indicator = plotted.indicator_of(edition, indicator_id)
    drawn = plotted.sexes_of(edition, indicator_id, edition.edition.ward_geography, sexes)
    return plotted.gather([_ranked(edition, indicator, sex, sex if len(drawn) > 1 else "") for sex in drawn])


def _ranked(edition: LoadedEdition, indicator: Indicator, sex: str, part: str) -> Figure:
    rows = plotted.ward_rows(edition, indicator.id, sex)
    order = rows.sort_values(["value", "area_name"], ascending=[False, True], na_position="last", kind="stable")
    marks = plotted.mark_rows(edition, rows)
    limits = bool(rows["lower_ci95"].notna().any())
    shown = pd.concat([rows, marks], ignore_index=True)
    flags = "" if limits else "The source publishes no limits for wards."
    numbers = Numbers()
    return numbers.figure(
        title=plotted.title_of(edition, indicator, rows, "wards in order"),
        alt=_describe(edition, indicator, order, marks, numbers, limits=limits),
        source=plotted.source_of(edition, shown),
        svg=_draw(edition, indicator, order, marks),
        csv=plotted.to_csv(shown, ["geography", "area_code"]),
        note=plotted.note_of(
            "Lines are 95% confidence limits." if limits else flags,
            plotted.flags_note(rows["flag"]),
            plotted.stand_in_note(edition, shown),
            plotted.method_note(indicator, str(rows["source"].iloc[0])),
            indicator.limits,
        ),
        part=part,
        rows_of=("indicators",),
        indicators=[indicator.id],
    )


def _draw(edition: LoadedEdition, indicator: Indicator, order: pd.DataFrame, marks: pd.DataFrame) -> str:
    cells = [_cell(row, indicator.decimals) for row in plotted.records(order)]
    names_end = max(text_width(name) for name in order["area_name"]) + 1.0
    cells_start = WIDTH_MM - max(text_width(cell) for cell in cells) - 0.5
    top_mm = 1.5 + LINE_MM * bool(len(marks))
    pitch = min(PITCH_MM, (HEIGHT_MM - top_mm - BOTTOM_MM) / len(order))
    height = top_mm + BOTTOM_MM + pitch * len(order)
    sheet = Sheet(height)
    bottom, top = BOTTOM_MM, height - top_mm
    values = np.concatenate([order[["value", "lower_ci95", "upper_ci95"]].to_numpy().ravel(), marks["value"]])
    scale = Scale.around(values, names_end + 2, cells_start - 3)
    draw_bottom_ticks(sheet, scale, bottom, top)
    sheet.text((scale.start + scale.end) / 2, 0.9, capital(indicator.unit), align="center")
    _draw_marks(
        sheet, edition, indicator, plotted.records(marks.sort_values("value", kind="stable")), scale, bottom, top
    )
    for number, (row, cell) in enumerate(zip(plotted.records(order), cells, strict=True)):
        y = top - pitch * (number + 0.5)
        foot = y - CAP_MM / 2
        sheet.line([scale.start, scale.end], [y, y], GRID, 0.3)
        sheet.text(names_end, foot, row["area_name"], align="right")
        sheet.text(WIDTH_MM - 0.5, foot, cell, align="right")
        if not np.isnan(row["value"]):
            if not np.isnan(row["lower_ci95"]):
                ends = [scale.at(row["lower_ci95"]), scale.at(row["upper_ci95"])]
                sheet.line(ends, [y, y], DARK_BLUE, 1.2)
            sheet.mark([scale.at(row["value"])], [y], "o", size=4.5)
    return sheet.svg()


def _draw_marks(
    sheet: Sheet,
    edition: LoadedEdition,
    indicator: Indicator,
    marks: list[dict[str, Any]],
    scale: Scale,
    bottom: float,
    top: float,
) -> None:
    """A line for the city and one for the country; the lower one is named on its left, so that names never meet."""
    for number, mark in enumerate(marks):
        city = mark["area_code"] == edition.place.code
        colour, x = DARK_PINK if city else GREY, scale.at(mark["value"])
        words = f"{mark['area_name']} {signed(mark['value'], indicator.decimals)}"
        width = text_width(words, bold=city)
        left = (number == 0 and len(marks) > 1 and x - width > 0) or x + width > WIDTH_MM
        sheet.line([x, x], [bottom, top + 0.6], colour, 1.2, "-" if city else "--")
        sheet.text(x, top + 1.2, words, align="right" if left else "left", bold=city, colour=colour)


def _cell(row: dict[str, Any], decimals: int) -> str:
    value, low, high = (row[column] for column in ("value", "lower_ci95", "upper_ci95"))
    if np.isnan(value):
        return f"{row['flag']} no value"
    if np.isnan(low):
        return signed(value, decimals)
    return f"{signed(value, decimals)} ({signed(low, decimals)} to {signed(high, decimals)})"


def _describe(
    edition: LoadedEdition,
    indicator: Indicator,
    order: pd.DataFrame,
    marks: pd.DataFrame,
    numbers: Numbers,
    *,
    limits: bool,
) -> str:
    known = order[order["value"].notna()]
    ordered = plotted.records(known)
    first, last = ordered[0], ordered[-1]
    with_value = numbers.whole(plotted.count_like(edition, first, "value!="))
    sentences = [
        f"Dot plot of {with_value} wards of {edition.place.name} in order of {indicator.title}, "
        f"from {plotted.value_of(numbers, first, indicator)} in {first['area_name']} "
        f"to {plotted.value_of(numbers, last, indicator)} in {last['area_name']}."
    ]
    sentences += [
        f"{mark['area_name']} has {plotted.value_of(numbers, mark, indicator)}." for mark in plotted.records(marks)
    ]
    city = marks.loc[marks["area_code"] == edition.place.code, "value"]
    if limits and len(city):
        apart = (known["lower_ci95"] > city.iloc[0]) | (known["upper_ci95"] < city.iloc[0])
        sentences.append(f"The limits of {int(apart.sum())} wards leave out the city's value.")
    absent = len(order) - len(known)
    if absent:
        sentences.append(f"Without a value: {', '.join(order.loc[order['value'].isna(), 'area_name'])}.")
    return " ".join(sentences)

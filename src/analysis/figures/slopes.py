"""Inequality in the city: values against the scale of deprivation, and the gap between best and worst ward."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from analysis.blocks import Blocks, Figure
from analysis.catalogue.model import Indicator
from analysis.errors import UsageError
from analysis.figures import rows as plotted
from analysis.figures.axes import Scale, draw_bottom_ticks, draw_left_ticks, spread_out
from analysis.figures.classes import signed
from analysis.figures.sheet import (
    BAND,
    CAP_MM,
    DARK_BLUE,
    DARK_PINK,
    GREY,
    INK,
    LINE_MM,
    MID_GREY,
    WHITE,
    WIDTH_MM,
    Sheet,
    text_width,
)
from analysis.tables.contract import TABLE_KEYS
from analysis.tables.loaded import LoadedEdition
from analysis.tables.printing import Numbers
from analysis.words import capital, period_words

Z95 = 1.959963984540054
LIMITED = ["value", "lower_ci95", "upper_ci95"]
LEFT_MM = 13.0
LABEL_MM = 40.0


def draw_life_expectancy_slope(edition: LoadedEdition, indicator_id: str) -> Figure | Blocks:
    """An indicator's value in each area against the area's place on the scale of deprivation, with the fitted line.

    A figure for each sex, its part named by the sex. Where a second source has the same measure its areas and its line
    are drawn beside the first.

    Raises
    ------
    UsageError
        If there is no such indicator, or the edition holds no slope of it.
    """
    indicator = plotted.indicator_of(edition, indicator_id)
    statistics = edition.inequality
    slopes = statistics[(statistics["measure"] == indicator_id) & statistics["statistic"].str.startswith("slope_index")]
    sexes = [sex for sex in plotted.SEXES if sex in set(slopes["sex"])]
    if not sexes:
        raise UsageError(f"{indicator_id} has no slope in {edition.edition.id}: ask for it by inequality: true.")
    return plotted.gather(
        [_slope(edition, indicator, slopes[slopes["sex"] == sex], sex if len(sexes) > 1 else "") for sex in sexes]
    )


def _slope(edition: LoadedEdition, indicator: Indicator, slopes: pd.DataFrame, part: str) -> Figure:
    slopes = slopes.sort_values("statistic", kind="stable")
    sex = str(slopes["sex"].iloc[0])
    areas = edition.table("inequality_areas")
    areas = areas[(areas["indicator"] == indicator.id) & (areas["sex"] == sex)]
    areas = areas[areas["source"].isin(slopes["source"])].sort_values(["source", "area_code"])
    known = areas[areas["value"].notna()]
    main = slopes.iloc[0]
    when = period_words(str(main["period_start"]), str(main["period_end"]))
    who = plotted.SEXES[sex]
    title = ", ".join(
        part for part in (f"{indicator.title} against deprivation", who, edition.place.name, when) if part
    )
    own = known[known["source"] == main["source"]]
    numbers, same = Numbers(), {"indicator": indicator.id, "sex": sex, "source": main["source"]}
    absent, with_value = (edition.count("inequality_areas", sign, **same) for sign in ("value=", "value!="))
    sources = edition.sources
    pairs = sources[sources["source"].isin(slopes["source"])]
    words = [
        f"Scatter of {numbers.whole(with_value)} areas of {edition.place.name} from the most to the least deprived."
    ]
    extremes = plotted.records(own.sort_values(["value", "area_code"]))
    low, high = extremes[0], extremes[-1]

    def of_area(row: dict[str, Any]) -> str:
        there = edition.cell("inequality_areas", "value", **same, area_code=row["area_code"])
        return numbers.number(there, lambda value: plotted.value_words(value, indicator))

    for row in plotted.records(slopes):
        of = "The fitted line" if row["source"] == main["source"] else "That of the second source"
        words.append(f"{of} {_slope_words(edition, row, indicator, numbers)} across the scale.")
    words.append(f"Values go from {of_area(low)} in {low['area_name']} to {of_area(high)} in {high['area_name']}.")
    columns = [*areas.columns, "fitted"]
    csv: pd.DataFrame = pd.concat(
        [_with_fit(known[known["source"] == row["source"]], row) for row in plotted.records(slopes)]
    )
    return numbers.figure(
        title=title,
        alt=" ".join(words),
        source=plotted.source_of(edition, pairs),
        svg=_draw_slope(edition, indicator, known, slopes),
        csv=plotted.to_csv(csv[columns], ["indicator", "source", "sex", "area_code"]),
        note=plotted.note_of(
            "Points are areas, lines through them 95% limits; the line is fitted by people.",
            f"{numbers.whole(absent)} areas have no value." if absent else "",
            "The slope is the difference between the ends of the scale; in brackets its 95% limits.",
            plotted.flags_note(known["flag"]),
            plotted.stand_in_note(edition, pairs),
        ),
        part=part,
        rows_of=("inequality_areas",),
        indicators=[indicator.id],
    )


def _with_fit(areas: pd.DataFrame, slope: dict[str, Any]) -> pd.DataFrame:
    """Add the fitted line: it goes through the mean by people, half way along the scale."""
    middle = float(np.average(areas["value"], weights=areas["people"]))
    return areas.assign(fitted=middle + slope["value"] * (areas["position"] - 0.5))


def _slope_words(edition: LoadedEdition, slope: dict[str, Any], indicator: Indicator, numbers: Numbers) -> str:
    """By how much the line rises or falls, with the limits of the slope."""
    same = {name: slope[name] for name in TABLE_KEYS["inequality"]}

    def moved(value: float) -> str:
        return f"{'rises' if value >= 0 else 'falls'} by {plotted.value_words(abs(value), indicator)}"

    words = numbers.number(edition.cell("inequality", "value", **same), moved)
    if np.isnan(slope["lower_ci95"]):
        return words
    low, high = (
        numbers.number(edition.cell("inequality", column, **same), lambda end: signed(end, indicator.decimals))
        for column in ("lower_ci95", "upper_ci95")
    )
    return f"{words} ({low} to {high})"


def _draw_slope(edition: LoadedEdition, indicator: Indicator, known: pd.DataFrame, slopes: pd.DataFrame) -> str:
    height, bottom = 96.0, 13.0
    sheet = Sheet(height)
    errors = Z95 * known["standard_error"].fillna(0.0)
    across = Scale(0.0, 100.0, LEFT_MM, WIDTH_MM - LABEL_MM)
    up = Scale.around([known["value"] - errors, known["value"] + errors], bottom, height - 6)
    draw_left_ticks(sheet, up, across.start, across.end)
    draw_bottom_ticks(sheet, across, bottom, up.end, most=6)
    sheet.text(0.5, height - CAP_MM - 0.5, capital(indicator.unit))
    middle = (across.start + across.end) / 2
    sheet.text(middle, 4.6, f"% of the residents of {edition.place.name}, by deprivation of their area", align="center")
    sheet.text(across.start, 0.9, "most deprived")
    sheet.text(across.end, 0.9, "least deprived", align="right")
    ends, labels = [], []
    for number, row in enumerate(plotted.records(slopes)):
        colour = DARK_PINK if number else DARK_BLUE
        areas = known[known["source"] == row["source"]]
        xs = [across.at(100 * position) for position in areas["position"]]
        ys = [up.at(value) for value in areas["value"]]
        if not number:
            for x, value, error in zip(xs, areas["value"], areas["standard_error"], strict=True):
                if not np.isnan(error):
                    sheet.line([x, x], [up.at(value - Z95 * error), up.at(value + Z95 * error)], GREY, 0.5)
        sheet.mark(xs, ys, "^" if number else "o", size=4.0, fill=WHITE if number else colour, edge=colour)
        mean = float(np.average(areas["value"], weights=areas["people"]))
        line = [up.at(mean + half * row["value"]) for half in (-0.5, 0.5)]
        sheet.line([across.start, across.end], line, colour, 1.8, "--" if number else "-")
        ends.append(line[1])
        labels.append((row, colour))
    blocks = 4.8 * LINE_MM
    tops = spread_out([min(max(end, bottom + blocks / 2), up.end - blocks / 2) for end in ends], blocks)
    for number, (y, (row, colour)) in enumerate(zip(tops, labels, strict=True)):
        when = period_words(str(row["period_start"]), str(row["period_end"]))
        kind = "triangles, dashed line" if number else "dots, solid line"
        lines = [f"slope {plotted.value_words(row['value'], indicator)}", "", when, kind]
        if not np.isnan(row["lower_ci95"]):
            decimals = indicator.decimals
            lines[1] = f"({signed(row['lower_ci95'], decimals)} to {signed(row['upper_ci95'], decimals)})"
        else:
            lines[1] = "second source, no limits" if number else "no limits"
        for place, words in enumerate(line for line in lines if line):
            at = y + 1.1 * LINE_MM - place * LINE_MM
            sheet.text(across.end + 2, at, words, colour=colour, bold=place == 0)
    return sheet.svg()


def draw_gap(edition: LoadedEdition, indicator_id: str) -> Figure:
    """The best and the worst ward of an indicator for each sex, beside the range that chance alone would give.

    Raises
    ------
    UsageError
        If there is no such indicator, or the edition holds no gap of it.
    """
    indicator = plotted.indicator_of(edition, indicator_id)
    statistics = edition.inequality[edition.inequality["measure"] == indicator_id]
    gaps = statistics[statistics["statistic"] == "gap_best_worst"].set_index("sex")
    noise = statistics[statistics["statistic"] == "noise_range"].set_index("sex")["value"]
    sexes = [sex for sex in plotted.SEXES if sex in gaps.index]
    if not sexes:
        raise UsageError(f"{indicator_id} has no gap in {edition.edition.id}: ask for it by inequality: true.")
    table, wards, ends = [], [], list[list[Any]]()
    for sex in sexes:
        rows = plotted.ward_rows(edition, indicator_id, sex)
        wards.append(rows)
        gap: Any = gaps.loc[sex]
        ends.append([rows[rows["area_code"] == gap[f"{end}_area"]].iloc[0] for end in ("worst", "best")])
        for item, ward in zip(("worst", "best"), ends[-1], strict=True):
            limits = {column: ward[column] for column in ("value", "lower_ci95", "upper_ci95")}
            table.append(
                {"sex": sex, "item": item, "area_code": ward["area_code"], "area_name": ward["area_name"], **limits}
            )
        limits = {column: gap[column] for column in ("value", "lower_ci95", "upper_ci95")}
        table.append({"sex": sex, "item": "gap", "area_code": "", "area_name": "", **limits})
        by_chance = {"value": noise.get(sex, np.nan), "lower_ci95": np.nan, "upper_ci95": np.nan}
        table.append({"sex": sex, "item": "range by chance", "area_code": "", "area_name": "", **by_chance})
    frame = pd.DataFrame(table).assign(
        unit=indicator.unit, areas=np.repeat(gaps.loc[sexes, "areas"].to_numpy(dtype=np.int64), 4)
    )
    items = {sex: frame[frame["sex"] == sex].set_index("item") for sex in sexes}
    centres = {sex: float(rows["value"].mean()) for sex, rows in zip(sexes, wards, strict=True)}
    left_out = edition.total("max", "areas_left_out", "inequality", measure=indicator_id, statistic="gap_best_worst")
    first = gaps.iloc[0]
    when = period_words(str(first["period_start"]), str(first["period_end"]))
    numbers = Numbers()
    return numbers.figure(
        title=f"{indicator.title}: the gap between the best and the worst ward, {edition.place.name}, {when}",
        alt=" ".join(_gap_words(edition, indicator, worst, best, numbers) for worst, best in ends),
        source=plotted.source_of(edition, pd.concat(wards)),
        svg=_draw_gap(indicator, items, centres, sexes),
        csv=plotted.to_csv(frame, ["sex", "item"]),
        note=plotted.note_of(
            "Lines are 95% limits. The bar below is as long as the range that chance alone would give if all wards "
            "were alike; only its length means something.",
            f"Wards without a value: {numbers.whole(left_out)}." if left_out else "",
            plotted.flags_note(pd.concat(wards)["flag"]),
            plotted.stand_in_note(edition, pd.concat(wards)),
            plotted.method_note(indicator, str(first["source"])),
        ),
        indicators=[indicator.id],
    )


def _gap_words(edition: LoadedEdition, indicator: Indicator, worst: Any, best: Any, numbers: Numbers) -> str:
    """The gap of one sex in words, from the rows of its worst and its best ward."""
    sex = str(worst["sex"])

    def statistic(name: str, form: Callable[[float], str], column: str = "value") -> str:
        cell = edition.cell("inequality", column, measure=indicator.id, statistic=name, sex=sex)
        return "" if np.isnan(cell.value) else numbers.number(cell, form)

    def amount(value: float) -> str:
        return plotted.value_words(value, indicator)

    limits = [
        statistic("gap_best_worst", lambda end: signed(end, indicator.decimals), column)
        for column in ("lower_ci95", "upper_ci95")
    ]
    gap = statistic("gap_best_worst", amount) + (f" ({' to '.join(limits)})" if all(limits) else "")
    areas = statistic("gap_best_worst", lambda count: f"{count:.0f}", "areas")
    noise = edition.inequality
    noise = noise[(noise["measure"] == indicator.id) & (noise["statistic"] == "noise_range") & (noise["sex"] == sex)]
    chance = statistic("noise_range", amount) if len(noise) else ""
    return plotted.note_of(
        f"{capital(plotted.SEXES[sex] or 'persons')}: {plotted.value_of(numbers, worst, indicator)} in "
        f"{worst['area_name']}, {plotted.value_of(numbers, best, indicator)} in {best['area_name']}, a gap of "
        f"{gap} among {areas} wards.",
        f"Chance alone would give a range of {chance}." if chance else "",
    )


def _item(items: pd.DataFrame, name: str) -> dict[str, Any]:
    return {str(key): value for key, value in items.loc[name].items()}


def _gap_cell(gap: dict[str, Any], indicator: Indicator) -> str:
    words = plotted.value_words(gap["value"], indicator)
    if np.isnan(gap["lower_ci95"]):
        return words
    low, high = (signed(gap[column], indicator.decimals) for column in ("lower_ci95", "upper_ci95"))
    return f"{words} ({low} to {high})"


def _draw_gap(indicator: Indicator, items: dict[str, pd.DataFrame], centres: dict[str, float], sexes: list[str]) -> str:
    block, bottom = 29.0, 10.0
    height = block * len(sexes) + bottom
    sheet = Sheet(height)
    ends = [frame.loc[["worst", "best"], LIMITED].to_numpy() for frame in items.values()]
    half = [_item(items[sex], "range by chance")["value"] / 2 for sex in sexes]
    chance = [centres[sex] + side * size for sex, size in zip(sexes, half, strict=True) for side in (-1, 1)]
    scale = Scale.around(np.concatenate([np.concatenate(ends).ravel(), chance]), 3, WIDTH_MM - 3)
    draw_bottom_ticks(sheet, scale, bottom, height - 6)
    sheet.text(WIDTH_MM / 2, 0.9, capital(indicator.unit), align="center")
    for number, sex in enumerate(sexes):
        top = height - block * number
        frame = items[sex]
        worst, best, gap = (_item(frame, name) for name in ("worst", "best", "gap"))
        who = capital(plotted.SEXES[sex] or "persons")
        sheet.text(0.5, top - 3.6, f"{who}: gap {_gap_cell(gap, indicator)}", bold=True, halo=True)
        y = top - 14.5
        sheet.line([scale.at(worst["value"]), scale.at(best["value"])], [y, y], MID_GREY, 0.8, ":")
        _two_labels(sheet, scale, [(row, _ward_words(row, indicator)) for row in (worst, best)], y + 3.2)
        for row, shape in ((worst, "v"), (best, "^")):
            if not np.isnan(row["lower_ci95"]):
                sheet.line([scale.at(row["lower_ci95"]), scale.at(row["upper_ci95"])], [y, y], DARK_BLUE, 1.6)
            sheet.mark([scale.at(row["value"])], [y], shape, size=7)
        size = _item(frame, "range by chance")["value"]
        if not np.isnan(size):
            start, end = scale.at(centres[sex] - size / 2), scale.at(centres[sex] + size / 2)
            sheet.box(start, y - 7.0, end - start, 3.4, BAND, edge=INK, line=0.8)
            words = f"by chance alone: {plotted.value_words(size, indicator)}"
            width = text_width(words)
            fits = end + 2 + width < WIDTH_MM
            sheet.text(end + 2 if fits else start - 2, y - 6.2, words, align="left" if fits else "right", halo=True)
    return sheet.svg()


def _ward_words(ward: dict[str, Any], indicator: Indicator) -> str:
    return f"{ward['area_name']} {signed(ward['value'], indicator.decimals)}"


def _two_labels(sheet: Sheet, scale: Scale, labels: list[tuple[dict[str, Any], str]], y: float) -> None:
    """Names above their marks, moved apart and into the sheet where they would meet or be cut."""
    (one, left), (other, right) = sorted(labels, key=lambda label: label[0]["value"])
    wide = (text_width(left), text_width(right))
    x, z = scale.at(one["value"]), scale.at(other["value"])
    apart = (wide[0] + wide[1]) / 2 + 3
    if z - x < apart:
        middle = (x + z) / 2
        x, z = middle - apart / 2, middle + apart / 2
    x = max(x, wide[0] / 2 + 0.5)
    z = max(z, x + apart)
    z = min(z, WIDTH_MM - wide[1] / 2 - 0.5)
    x = min(x, z - apart)
    sheet.text(x, y, left, align="center", halo=True)
    sheet.text(z, y, right, align="center", halo=True)

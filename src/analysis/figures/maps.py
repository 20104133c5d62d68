"""Maps of the city: wards by class of an indicator, small areas by their place among England's."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.path import Path

from analysis.blocks import Blocks, Figure
from analysis.catalogue.model import Indicator
from analysis.errors import UsageError
from analysis.figures import rows as plotted
from analysis.figures.classes import (
    class_labels,
    classify,
    diverging_breaks,
    mirrored,
    printed,
    quantile_breaks,
    sensible_breaks,
    signed,
)
from analysis.figures.geometry import Frame, Label, place_labels, read_outlines, to_paths
from analysis.figures.sheet import (
    CAP_MM,
    GREY,
    HEIGHT_MM,
    INK,
    LINE_MM,
    WHITE,
    WIDTH_MM,
    Sheet,
    ink_on,
    text_width,
    wrap,
)
from analysis.tables.loaded import LoadedEdition
from analysis.tables.printing import Numbers
from analysis.words import capital, day_words, joined

SEQUENTIAL = ("#F3F8FD", "#D0E5F8", "#A6CEF2", "#6BACE6", "#2073BC", "#12436D")
FIVE = ("#E3F0FA", "#A6CEF2", "#6BACE6", "#2073BC", "#12436D")
BELOW = ("#FBD5BF", "#EE8A52", "#A83F0C")
ABOVE = ("#A6CEF2", "#2073BC", "#12436D")
NEUTRAL = "#F4F4F4"
TENTHS = ((1, 1), (2, 2), (3, 4), (5, 6), (7, 8), (9, 10))
MOST_BESIDE = 32
GAP_MM = 4.0
SIDE_MM = 57.0


def draw_ward_map(edition: LoadedEdition, indicator_id: str, sex: str | None = None) -> Figure | Blocks:
    """Map the wards by class of an indicator's latest values.

    Classes are those of the indicator's ``map_breaks``; without them fifths of the wards, at rounded values; where
    values lie on both sides of zero, classes at equal distances from it. Every ward's value stands in the list beside
    the map, so that nothing rests on colour alone; a ward without a value is hatched.

    Parameters
    ----------
    edition : LoadedEdition
    indicator_id : str
    sex : {"persons", "female", "male"}, optional
        Default: a figure for each sex that the indicator has, its part named by the sex.

    Raises
    ------
    UsageError
        If there is no such indicator, or it has no values by ward in the edition.
    """
    indicator = plotted.indicator_of(edition, indicator_id)
    geography = edition.edition.ward_geography
    sexes = plotted.sexes_of(edition, indicator_id, geography, [sex] if sex else None)
    return plotted.gather([_ward_map(edition, indicator, each, part=each if len(sexes) > 1 else "") for each in sexes])


def _ward_map(edition: LoadedEdition, indicator: Indicator, sex: str, part: str) -> Figure:
    rows = plotted.ward_rows(edition, indicator.id, sex)
    values = printed(rows["value"], indicator.decimals)
    diverging = bool(np.nanmin(values) < 0 < np.nanmax(values))
    breaks = map_breaks(indicator, values, diverging=diverging)
    classes = classify(values, breaks)
    palette = diverging_palette(breaks) if diverging else sequential_palette(len(breaks) + 1)
    fills = [WHITE if number < 0 else palette[number] for number in classes]
    labels = class_labels(breaks, indicator.decimals, plus=diverging)
    counts = [int((classes == number).sum()) for number in range(len(labels))]
    legend = [(palette[i], False, f"{labels[i]} ({counts[i]})") for i in reversed(range(len(labels)))]
    missing = rows["value"].isna()
    if missing.any():
        legend.append((WHITE, True, f"not available [x] ({int(missing.sum())})"))
    cells = ["[x]" if np.isnan(value) else signed(value, indicator.decimals, plus=diverging) for value in rows["value"]]
    heading = f"{capital(indicator.unit)} (number of wards)"
    outlines = plotted.outlines_of(edition, edition.edition.ward_geography)
    svg = _draw_wards(outlines, fills, missing.tolist(), legend, heading, cells)
    fixed = (
        "Classes are fixed for this indicator." if indicator.map_breaks else "Classes are cut from the wards' values."
    )
    count = "A count: a large ward has more of everything." if indicator.kind == "count" else ""
    named = [labels[i] if i >= 0 else "not available" for i in classes]
    numbers = Numbers()
    return numbers.figure(
        title=plotted.title_of(edition, indicator, rows, "by ward"),
        alt=_describe_wards(edition, indicator, rows, numbers, diverging=diverging),
        source=plotted.source_of(edition, rows, [edition.edition.ward_geography]),
        svg=svg,
        csv=plotted.to_csv(rows.assign(map_class=named), ["area_code"]),
        note=plotted.note_of(
            plotted.flags_note(rows["flag"]),
            plotted.stand_in_note(edition, rows),
            fixed,
            count,
            plotted.method_note(indicator, str(rows["source"].iloc[0])),
            indicator.limits,
        ),
        part=part,
        rows_of=("indicators",),
        indicators=[indicator.id],
    )


def map_breaks(indicator: Indicator, values: Sequence[float] | np.ndarray, *, diverging: bool) -> list[float]:
    """The breaks of an indicator's map: fixed by its definition, else from the values."""
    if indicator.map_breaks:
        fixed = list(indicator.map_breaks)
        return mirrored(fixed, indicator.decimals) if diverging else fixed
    if diverging:
        return diverging_breaks(values, indicator.decimals)
    return sensible_breaks(quantile_breaks(values), values, indicator.decimals)


def sequential_palette(count: int) -> list[str]:
    """Colours for some classes, pale to dark.

    Raises
    ------
    UsageError
        If there are more classes than shades that the eye tells apart.
    """
    ramp = FIVE if count <= len(FIVE) else SEQUENTIAL
    if count > len(ramp):
        raise UsageError(f"a map shows at most {len(ramp)} classes, and the breaks ask for {count}: leave some out.")
    at = np.linspace(0, len(ramp) - 1, count).round().astype(int) if count > 1 else [2]
    return [ramp[i] for i in at]


def diverging_palette(breaks: Sequence[float]) -> list[str]:
    """Orange for classes below zero, blue for those above, darker further from it, grey for the class that holds it.

    Raises
    ------
    UsageError
        If there are more than three classes on one side.
    """
    below, above = sum(value <= 0 for value in breaks), sum(value >= 0 for value in breaks)
    if max(below, above) > len(BELOW):
        raise UsageError(f"a map shows at most {len(BELOW)} classes on each side of zero: leave some breaks out.")
    shades = {1: (1,), 2: (0, 2), 3: (0, 1, 2)}
    lower = [BELOW[i] for i in reversed(shades[below])] if below else []
    upper = [ABOVE[i] for i in shades[above]] if above else []
    return [*lower, *([] if 0 in breaks else [NEUTRAL]), *upper]


def _describe_wards(
    edition: LoadedEdition, indicator: Indicator, rows: pd.DataFrame, numbers: Numbers, *, diverging: bool
) -> str:
    known = rows[rows["value"].notna()].sort_values(["value", "area_code"], kind="stable")
    low, high = known.iloc[0], known.iloc[-1]
    lowest, highest = (plotted.value_of(numbers, row, indicator, plus=diverging) for row in (low, high))
    wards = numbers.counted(edition.count("outlines", geography=rows["geography"].iloc[0]), "ward")
    sentences = [f"Map of the {wards} of {edition.place.name}, coloured by {indicator.title}."]
    if len(known) > 1:
        sentences.append(
            f"The lowest value is {lowest} in {low['area_name']}, the highest {highest} in {high['area_name']}."
        )
    else:
        sentences.append(f"The only value is {lowest} in {low['area_name']}.")
    if diverging:
        above, of = (plotted.count_like(edition, low, sign) for sign in ("value>0", "value!="))
        sentences.append(f"{capital(numbers.counted(above, 'ward'))} of {numbers.whole(of)} lie above zero.")
    absent = sorted(rows.loc[rows["value"].isna(), "area_name"])
    if absent:
        sentences.append(f"Not available: {joined(absent)}.")
    return " ".join(sentences)


def draw_small_area_map(edition: LoadedEdition) -> Figure:
    """Map the small areas (LSOAs) by their tenth of England on the latest index of deprivation, under ward outlines.

    Tenths 1 and 2 have a colour each, the others share one by twos. The list beside the map tells for each ward how
    many of its small areas lie in England's most deprived tenth.

    Raises
    ------
    UsageError
        If the edition has no deprivation by small area or no outlines of them.
    """
    table = edition.small_areas
    if table.empty:
        raise UsageError(f"{edition.edition.id} has no deprivation by small area: pin a release of the index.")
    table = (
        table[table["release"] == table["release"].max()].sort_values("area_code", kind="stable").reset_index(drop=True)
    )
    geography = str(table["geography"].iloc[0])
    ward_geography = edition.edition.ward_geography
    outlines = plotted.outlines_of(edition, geography)
    areas = outlines[["area_code", "wkt"]].merge(table, on="area_code", how="left")
    group = np.array([_tenth_group(decile) for decile in areas["decile"]])
    palette = SEQUENTIAL[::-1]
    fills = [WHITE if number < 0 else palette[number] for number in group]
    legend = []
    for number, (first, last) in enumerate(TENTHS):
        words = str(first) if first == last else f"{first} and {last}"
        legend.append((palette[number], False, f"{words} ({int((group == number).sum())})"))
    if (group < 0).any():
        legend.append((WHITE, True, f"not available [x] ({int((group < 0).sum())})"))
    wards = plotted.outlines_of(edition, ward_geography)
    most, of = (table[mask].groupby("ward_code").size() for mask in (table["decile"] == 1, table["decile"].notna()))
    cells = [f"{most.get(code, 0)} of {of.get(code, 0)}" if of.get(code, 0) else "[x]" for code in wards["area_code"]]
    heading = "Tenth of England, 1 most deprived (number of small areas)"
    shapes = (areas["wkt"].tolist(), fills, (group < 0).tolist())
    svg = _draw_wards(wards, [], [], legend, heading, cells, beneath=shapes, column="in most deprived tenth")
    release = str(table["release"].iloc[0])
    deprived, every = (edition.count("small_areas", sign, release=release) for sign in ("decile=1", "decile!="))
    numbers = Numbers()
    share = numbers.number(deprived.share_of(every), lambda value: signed(value, 0))
    names = wards.set_index("area_code")["area_name"]
    top = max(most.index, key=lambda code: (most[code], code), default="")
    in_top = [edition.count("small_areas", sign, release=release, ward_code=top) for sign in ("decile=1", "decile!=")]
    most_of_all, of_all = map(numbers.whole, in_top)
    finding = (
        f"The ward with most of them is {names[top]}, with {most_of_all} of its {of_all}." if top in names.index else ""
    )
    return numbers.figure(
        title=(
            f"Deprivation by small area (LSOA), {edition.place.name}: tenth of England's areas, "
            f"index published {day_words(str(table['release'].iloc[0]))}"
        ),
        alt=plotted.note_of(
            f"Map of {numbers.whole(every)} small areas of {edition.place.name}, darkest where most deprived. "
            f"{numbers.whole(deprived)} of them ({share}%) are in England's most deprived tenth.",
            finding,
        ),
        source=plotted.source_of(edition, table, [geography, ward_geography]),
        svg=svg,
        csv=plotted.to_csv(areas.drop(columns="wkt"), ["area_code"]),
        note=(
            "An index of relative deprivation: it ranks areas, it does not count deprived people. Not everyone in a "
            "deprived area is deprived. The list counts each ward's small areas in England's most deprived tenth, "
            "by best fit."
        ),
        rows_of=("small_areas",),
    )


def _tenth_group(decile: float) -> int:
    return next((i for i, (first, last) in enumerate(TENTHS) if first <= decile <= last), -1)


def _draw_wards(
    outlines: pd.DataFrame,
    fills: Sequence[str],
    hatched: Sequence[bool],
    legend: Sequence[tuple[str, bool, str]],
    heading: str,
    cells: Sequence[str],
    *,
    beneath: tuple[Sequence[str], Sequence[str], Sequence[bool]] | None = None,
    column: str = "",
) -> str:
    """The sheet of a map: outlines and labels at the left, legend at the right, the list of wards beside or below."""
    by_name = outlines.assign(cell=cells).sort_values(["area_name", "area_code"]).reset_index(drop=True)
    beside = len(by_name) <= MOST_BESIDE
    side = WIDTH_MM - SIDE_MM
    heading_lines = wrap(heading, SIDE_MM, bold=True)
    legend_height = len(heading_lines) * LINE_MM + len(legend) * 4.6 + 5
    list_top = LINE_MM * 1.4 if column else 0.0
    list_rows = len(by_name) if beside else -(-len(by_name) // 3)
    list_height = list_top + list_rows * LINE_MM + 1
    map_height = max(110.0, legend_height + list_height) if beside else min(128.0, HEIGHT_MM - 5.0 - list_height)
    height = map_height if beside else map_height + list_height + 2
    sheet = Sheet(height)
    shapes = read_outlines(outlines["wkt"].tolist())
    frame = Frame.fit(shapes, 0.5, height - map_height + 7, side - GAP_MM, map_height - 7.5)
    paths = to_paths(shapes, frame)
    if beneath is None:
        fill_areas(sheet, paths, fills, hatched)
    else:
        small = to_paths(read_outlines(beneath[0]), frame)
        fill_areas(sheet, small, beneath[1], beneath[2], edge=INK, width=0.7)
        sheet.shapes([Path.make_compound_path(*small)], ["none"], edge=WHITE, width=0.2)
    draw_borders(sheet, paths, 1.5, 0.5)
    order = by_name["wkt"].tolist()
    labels = place_labels(tuple(order), tuple(by_name["area_name"]), frame, beneath is not None)
    fill_of = dict(zip(outlines["area_code"], fills, strict=True)) if beneath is None else {}
    hatch_of = dict(zip(outlines["area_code"], hatched, strict=True)) if beneath is None else {}
    for label, code in zip(labels, by_name["area_code"], strict=True):
        write_label(sheet, label, fill_of.get(code, WHITE), boxed=hatch_of.get(code, True) or not label.inside)
    draw_scale_bar(sheet, frame, height - map_height + 1.2)
    y = height - CAP_MM - 0.5
    for words in heading_lines:
        sheet.text(side, y, words, bold=True)
        y -= LINE_MM
    y -= 1.2
    for fill, hatch, words in legend:
        sheet.box(side, y - 1.1, 7, 3.8, fill, edge=INK, line=0.8, hatch="/////" if hatch else None)
        sheet.text(side + 9, y - 0.1, words)
        y -= 4.6
    top = y - 3 if beside else list_height - CAP_MM
    list_wards(sheet, by_name, side if beside else 0.5, top, list_rows, column)
    return sheet.svg()


def fill_areas(
    sheet: Sheet,
    paths: Sequence[Path],
    fills: Sequence[str],
    hatched: Sequence[bool],
    edge: str = "none",
    width: float = 0.0,
) -> None:
    """Areas in their colours; those that are hatched, as without a value, in white under lines."""
    plain = [i for i, hatch in enumerate(hatched) if not hatch]
    sheet.shapes([paths[i] for i in plain], [fills[i] for i in plain], edge=edge, width=width)
    rest = [i for i, hatch in enumerate(hatched) if hatch]
    sheet.shapes([paths[i] for i in rest], [WHITE] * len(rest), edge=GREY, hatch="/////")


def draw_borders(sheet: Sheet, paths: Sequence[Path], outer: float, inner: float) -> None:
    """Black lines of one width with white ones of another inside: one of the two stands out from any fill."""
    lines = [Path.make_compound_path(*paths)]
    sheet.shapes(lines, ["none"], edge=INK, width=outer)
    sheet.shapes(lines, ["none"], edge=WHITE, width=inner)


def write_label(sheet: Sheet, label: Label, fill: str, *, boxed: bool) -> None:
    """The lines of a label, in black or white on the fill of its area, or in a white box."""
    if boxed:
        width, height = label.width + 1.0, label.height + 1.0
        sheet.box(label.x - width / 2, label.y - height / 2, width, height, WHITE)
    for line, y in zip(label.lines, label.baselines, strict=True):
        sheet.text(label.x, y, line, align="center", colour=INK if boxed else ink_on(fill))


def draw_scale_bar(sheet: Sheet, frame: Frame, y: float) -> None:
    """A bar of a round length, and which way is north."""
    longest = 30.0 / frame.scale
    power = 10.0 ** np.floor(np.log10(longest))
    metres = max(step * power for step in (1, 2, 5) if step * power <= longest)
    length = metres * frame.scale
    words = f"{metres / 1000:g} km" if metres >= 1000 else f"{metres:g} m"
    sheet.line([0.5, 0.5, 0.5 + length, 0.5 + length], [y + 1.5, y, y, y + 1.5], INK, 1.0)
    sheet.text(length + 2, y, words)
    x = length + text_width(words) + 8
    sheet.area([(x - 1.1, y), (x, y + 3.4), (x + 1.1, y), (x, y + 0.8)], INK)
    sheet.text(x + 2, y, "north")


def list_wards(sheet: Sheet, wards: pd.DataFrame, left: float, top: float, rows: int, column: str) -> None:
    """The wards by number with their values, in one column beside the map or three below it, as wide as they need."""
    blocks = [wards.iloc[start : start + rows] for start in range(0, len(wards), rows)]
    number, margin = text_width(str(len(wards))), 1.2
    cells = [max(text_width(cell) for cell in block["cell"]) for block in blocks]
    names = [max(text_width(name) for name in block["area_name"]) for block in blocks]
    total = WIDTH_MM - left - 0.5
    spare = total - math.fsum(cells) - math.fsum(names) - len(blocks) * (number + 2 * margin)
    gap = max(2.0, spare / (len(blocks) - 1)) if len(blocks) > 1 else 0.0
    if len(blocks) == 1:
        names[0] = total - number - 2 * margin - cells[0]
    elif spare < gap * (len(blocks) - 1):
        short = (gap * (len(blocks) - 1) - spare) / len(blocks)
        names = [width - short for width in names]
    x, first = left, 1
    for block, name_width, cell_width in zip(blocks, names, cells, strict=True):
        right = x + number + 2 * margin + name_width + cell_width
        y = top
        if column:
            sheet.text(right, y, column, align="right", bold=True)
            y -= LINE_MM * 1.4
        for name, cell in zip(block["area_name"], block["cell"], strict=True):
            sheet.text(x + number, y, str(first), align="right")
            sheet.text(x + number + margin, y, _shorten(name, name_width))
            sheet.text(right, y, cell, align="right")
            y -= LINE_MM
            first += 1
        x = right + gap


def _shorten(name: str, width: float) -> str:
    """The name, or as much of it as fits with an ellipsis."""
    if text_width(name) <= width + 0.01:
        return name
    while name and text_width(name + "…") > width:
        name = name[:-1].rstrip()
    return name + "…"

"""The picture of the first page: where deprivation is, and a small chart over time for one headline of each aim."""

from __future__ import annotations

import pandas as pd

from analysis.blocks import Figure
from analysis.figures import rows as plotted
from analysis.figures.axes import Scale, spread_out
from analysis.figures.city import Line, lines_of_aim
from analysis.figures.classes import class_labels, classify, printed, signed
from analysis.figures.geometry import Frame, read_outlines, to_paths
from analysis.figures.maps import draw_borders, draw_scale_bar, fill_areas, map_breaks, sequential_palette
from analysis.figures.sheet import CAP_MM, DARK_BLUE, GREY, GRID, INK, LINE_MM, WHITE, WIDTH_MM, Sheet, wrap
from analysis.figures.trends import FEWEST, change_words, inside_of, points_of, up_and_down, year_of
from analysis.tables.loaded import LoadedEdition
from analysis.tables.printing import Numbers
from analysis.words import capital, counted

SCORE = "imd_average_score"
MOST = 6
MAP_MM, HEIGHT_MM = 75.0, 62.0
GAP_MM = 3.0
CHART_MM = (WIDTH_MM - MAP_MM - 2 * GAP_MM) / 2
TITLE_LINES = 3
ACROSS = 3
NUMBER_MM = 9.0
"""Room at the right end of a line for the value that stands there."""


def draw_at_a_glance(edition: LoadedEdition) -> Figure:
    """A map of the wards by their deprivation score, and beside it at most six headline indicators over time.

    Of each aim the first headline indicator that has three comparable periods for the city and a title that fits; a
    break parts its line. The last values stand beside the lines, the city's in bold.

    Raises
    ------
    UsageError
        If the edition has no deprivation by ward or no outlines.
    """
    wards = plotted.ward_rows(edition, SCORE, "persons")
    lines = [line for aim in edition.plan.aims for line in _first_of(edition, aim.id)][:MOST]
    sheet = Sheet(HEIGHT_MM)
    classes = _draw_map(sheet, edition, wards)
    height = (HEIGHT_MM - 2 * GAP_MM) / 3
    for number, line in enumerate(lines):
        row, column = divmod(number, 2)
        left, top = MAP_MM + GAP_MM + column * (CHART_MM + GAP_MM), HEIGHT_MM - row * (height + GAP_MM)
        _draw_chart(sheet, line, left, top - height, top)
    place, country = edition.place.name, edition.place.country.name
    drawn = [pd.DataFrame([*line.own, *line.country]) for line in lines]
    table = pd.concat([wards.assign(map_class=classes), *drawn], ignore_index=True)
    numbers, known = Numbers(), wards[wards["value"].notna()].sort_values(["value", "area_code"], kind="stable")
    indicator = edition.catalogue.indicators[SCORE]
    ends = [f"{known.iloc[at]['area_name']} ({plotted.value_of(numbers, known.iloc[at], indicator)})" for at in (-1, 0)]
    charts = f"{capital(counted(len(lines), 'line chart'))} of {place} beside {country}." if lines else ""
    return numbers.figure(
        title=f"{place}: deprivation by ward, and {counted(len(lines), 'headline figure')} over time",
        alt=plotted.note_of(
            f"Map of the wards of {place}, darker where more deprived: most of all {ends[0]}, least {ends[1]}.",
            charts,
            *(change_words(line) for line in lines),
        ),
        source=plotted.source_of(edition, table, [edition.edition.ward_geography]),
        svg=sheet.svg(),
        csv=plotted.to_csv(table, ["indicator", "area_code", "sex", "age", "period_start", "period_end"]),
        note=plotted.note_of(
            f"Solid line and bold number: {place}; dashed line: {country}. Scales do not start at zero.",
            plotted.flags_note(table["flag"]),
            plotted.stand_in_note(edition, table),
        ),
        rows_of=("indicators",),
        indicators=dict.fromkeys(table["indicator"]),
    )


def _first_of(edition: LoadedEdition, aim: str) -> list[Line]:
    """The first headline indicator of an aim that can be drawn over time, under a title that fits."""
    lines = [line for line in lines_of_aim(edition, aim) if line.indicator.headline]
    drawn = [line for line in lines if len(line.own) >= FEWEST and line.indicator.change == "allowed"]
    return [line for line in drawn if len(_title(line)) <= TITLE_LINES][:1]


def _draw_map(sheet: Sheet, edition: LoadedEdition, wards: pd.DataFrame) -> list[str]:
    """Draw the wards and the legend below them; the class of each ward in words."""
    indicator = edition.catalogue.indicators[SCORE]
    values = printed(wards["value"], indicator.decimals)
    breaks = map_breaks(indicator, values, diverging=False)
    classes, palette = classify(values, breaks), sequential_palette(len(breaks) + 1)
    labels = class_labels(breaks, indicator.decimals)
    legend: list[tuple[str, str | None, str]] = [(palette[i], None, words) for i, words in enumerate(labels)]
    missing = classes < 0
    if missing.any():
        legend.append((WHITE, "/////", "not available"))
    rows = -(-len(legend) // ACROSS)
    low = rows * 4.6 + 2.0 + 5.0
    outlines = plotted.outlines_of(edition, edition.edition.ward_geography)
    shapes = read_outlines(outlines["wkt"].tolist())
    frame = Frame.fit(shapes, 0.5, low, MAP_MM - 1.0, HEIGHT_MM - low - LINE_MM - 2.5)
    paths = to_paths(shapes, frame)
    sheet.text(0.5, HEIGHT_MM - CAP_MM - 0.4, "Deprivation score by ward", bold=True)
    fill_areas(sheet, paths, [palette[number] for number in classes], missing.tolist())
    draw_borders(sheet, paths, 1.2, 0.4)
    draw_scale_bar(sheet, frame, rows * 4.6 + 2.0)
    for number, (fill, hatch, words) in enumerate(legend):
        column, row = divmod(number, rows)
        left, y = 0.5 + column * MAP_MM / ACROSS, rows * 4.6 - 3.2 - row * 4.6
        sheet.box(left, y - 1.1, 4.5, 3.6, fill, edge=INK, line=0.8, hatch=hatch)
        sheet.text(left + 5.7, y - 0.2, words)
    return [labels[number] if number >= 0 else "not available" for number in classes]


def _title(line: Line) -> list[str]:
    return wrap(f"{line.title} ({line.indicator.unit})", CHART_MM, bold=True)


def _draw_chart(sheet: Sheet, line: Line, left: float, bottom: float, top: float) -> None:
    """A title, the two lines, the years at both ends, and the last values."""
    titles, end = _title(line), left + CHART_MM - NUMBER_MM
    for number, words in enumerate(titles):
        sheet.text(left, top - CAP_MM - 0.4 - number * LINE_MM, words, bold=True)
    own, decimals = line.own, line.indicator.decimals
    beside, foot = inside_of(own, line.country), bottom + LINE_MM
    values = [float(row["value"]) for row in (*own, *beside)]
    up = up_and_down(values, foot + 1.0, top - len(titles) * LINE_MM - 2.0, margin=0.08)
    along = Scale(year_of(own[0]), year_of(own[-1]), left + 1.0, end)
    sheet.line([left, end + 1.0], [foot, foot], GRID, 0.5)
    for rows, colour in ((beside, GREY), (own, DARK_BLUE)):
        for xs, ys in points_of(rows, line.indicator, along, up):
            sheet.line(xs, ys, colour, 1.4, "-" if colour == DARK_BLUE else "--")
            if len(xs) == 1:
                sheet.mark(xs, ys, "o", size=3.2, fill=colour, edge=colour)
    sheet.text(left, bottom, str(own[0]["period_end"])[:4])
    sheet.text(end + 1.0, bottom, str(own[-1]["period_end"])[:4], align="right")
    ends = [(own[-1], DARK_BLUE), *([(beside[-1], GREY)] if beside else [])]
    heights = spread_out([up.at(row["value"]) for row, _ in ends], LINE_MM)
    for y, (row, colour) in zip(heights, ends, strict=True):
        words = signed(row["value"], decimals)
        sheet.text(end + 1.5, y - CAP_MM / 2, words, bold=colour == DARK_BLUE, colour=colour)

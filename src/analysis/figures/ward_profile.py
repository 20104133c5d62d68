"""Maps of a ward's profile: where it lies in the city, and its small areas by their place among England's."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import shapely
from matplotlib.path import Path

from analysis.blocks import Blocks, Figure
from analysis.figures import rows as plotted
from analysis.figures.classes import signed
from analysis.figures.geometry import Frame, place_labels, read_outlines, to_paths
from analysis.figures.maps import SEQUENTIAL, TENTHS, draw_scale_bar, write_label
from analysis.figures.sheet import BAND, CAP_MM, DARK_BLUE, INK, LINE_MM, MID_GREY, WHITE, Sheet, text_width
from analysis.indicators.ward_facts import WardFacts, check_ward, ward_facts
from analysis.tables.loaded import LoadedEdition
from analysis.tables.printing import Cited, Numbers
from analysis.words import counted, day_words, joined, number_word

PAGE_MM = 180.0
LOCATOR_MM = (62.0, 76.0)
FOOT_MM = 6.0
AREAS_MM, LIST_MM, TALLEST_MM = 92.0, 42.0, 44.0
KEY_MM = 10.5
TENTH_FILLS = SEQUENTIAL[::-1]
LEAST_SHARED_M = 1.0


@dataclass(frozen=True)
class _City:
    """The outlines of all wards, drawn once for the locators of all."""

    codes: list[str]
    names: list[str]
    shapes: np.ndarray
    frame: Frame
    paths: list[Path]

    def at(self, ward: str) -> int:
        return self.codes.index(ward)


def city_outlines(edition: LoadedEdition) -> _City:
    """The outlines of all wards, for ``edition.once``: every locator has the same ones."""
    outlines = plotted.outlines_of(edition, edition.edition.ward_geography)
    shapes = read_outlines(outlines["wkt"].tolist())
    frame = Frame.fit(shapes, 0.5, FOOT_MM, LOCATOR_MM[0] - 1.0, LOCATOR_MM[1] - FOOT_MM - 0.5)
    frame = replace(frame, corner=(0.5, FOOT_MM))
    return _City(outlines["area_code"].tolist(), outlines["area_name"].tolist(), shapes, frame, to_paths(shapes, frame))


def draw_ward_locator(edition: LoadedEdition, ward: str) -> Figure:
    """Where a ward lies among the wards of the city.

    Parameters
    ----------
    edition : LoadedEdition
    ward : str
        Its GSS code.

    Raises
    ------
    UsageError
        If the edition has no such ward, or no outlines of wards.
    """
    name, city = check_ward(edition, ward), edition.once(city_outlines)
    own = city.at(ward)
    sheet = Sheet(city.frame.height + FOOT_MM + 0.5, LOCATOR_MM[0])
    others = [path for number, path in enumerate(city.paths) if number != own]
    sheet.shapes(others, [BAND] * len(others), edge=MID_GREY, width=0.4)
    sheet.shapes([city.paths[own]], [DARK_BLUE], edge=INK, width=0.8)
    draw_scale_bar(sheet, city.frame, 1.0)
    geography = edition.edition.ward_geography
    table = pd.DataFrame({"area_code": city.codes, "area_name": city.names})
    return Numbers().figure(
        title=f"{name} in {edition.place.name}",
        alt=_say_where(edition, city, own),
        source=_outlines_source(edition, geography),
        svg=sheet.svg(),
        csv=plotted.to_csv(table.assign(shown=np.where(table["area_code"] == ward, "yes", "no")), ["area_code"]),
    )


def _say_where(edition: LoadedEdition, city: _City, own: int) -> str:
    shape = city.shapes[own]
    west, south, east, north = shapely.total_bounds(city.shapes)
    centre = shapely.centroid(shape)
    across, along = (centre.x - west) / (east - west), (centre.y - south) / (north - south)
    upright = "north" if along > 2 / 3 else "south" if along < 1 / 3 else ""
    sideways = "east" if across > 2 / 3 else "west" if across < 1 / 3 else ""
    part = "-".join(word for word in (upright, sideways) if word)
    place = f"the {part}" if part else "the middle"
    shared = shapely.length(shapely.intersection(shape, city.shapes))
    beside = sorted(city.names[i] for i in np.flatnonzero(shared > LEAST_SHARED_M) if i != own)
    said = (
        f"Map of the {counted(len(city.codes), 'ward')} of {edition.place.name} with {city.names[own]} picked out. "
        f"It lies in {place} of the city and covers {signed(shapely.area(shape) / 1e6, 1)} square kilometres."
    )
    return f"{said} Beside it {'lie' if len(beside) > 1 else 'lies'} {joined(beside)}." if beside else said


def _outlines_source(edition: LoadedEdition, *geographies: str) -> Cited:
    drawn = plotted.source_of(edition, edition.sources.iloc[:0], geographies)
    return Cited(drawn.line.removeprefix(".").strip(), drawn.releases)


def draw_ward_small_areas(edition: LoadedEdition, ward: str) -> Figure | Blocks:
    """A ward's small areas by their tenth of England, with the rank of each; nothing where the ward has none.

    Raises
    ------
    UsageError
        If the edition has no such ward, or no outlines of its small areas.
    """
    facts = ward_facts(edition, ward)
    areas = facts.small_areas
    if areas.empty:
        return Blocks.of([])
    geography = str(areas["geography"].iloc[0])
    outlines = plotted.outlines_of(edition, geography)[["area_code", "wkt"]]
    table = areas.merge(outlines, on="area_code", how="left", validate="1:1").reset_index(drop=True)
    release = day_words(str(table["release"].iloc[0]))
    return Numbers().figure(
        title=f"Small areas (LSOA) of {facts.name} by tenth of {edition.place.country.name}",
        alt=_say_small_areas(edition, facts),
        source=plotted.source_of(edition, table, [geography, edition.edition.ward_geography]),
        svg=_draw_small_areas(edition, ward, table),
        csv=plotted.to_csv(table.drop(columns="wkt"), ["area_code"]),
        note=f"Index of {release}; rank and tenth 1 are the most deprived. Areas are given to the ward (dark line) by "
        "best fit.",
        rows_of=("small_areas",),
    )


def _say_small_areas(edition: LoadedEdition, facts: WardFacts) -> str:
    tenths = sorted(facts.small_areas["decile"].astype(int).tolist())
    parts = [f"{number_word(tenths.count(tenth))} in tenth {tenth}" for tenth in dict.fromkeys(tenths)]
    country = edition.place.country.name
    return (
        f"Map and list of the {counted(len(facts.small_areas), 'small area')} of {facts.name}, darker where more "
        f"deprived. By tenth of {country}, 1 the most deprived: {joined(parts)}."
    )


def _draw_small_areas(edition: LoadedEdition, ward: str, table: pd.DataFrame) -> str:
    city = edition.once(city_outlines)
    outline = city.shapes[city.at(ward)]
    shapes = read_outlines(table["wkt"].tolist())
    everything = np.append(shapes, outline)
    width, list_mm = AREAS_MM - LIST_MM - 3.0, (len(table) + 1) * LINE_MM + 1.0
    fitted = Frame.fit(everything, 0.5, 0.0, width, TALLEST_MM)
    body = max(fitted.height + FOOT_MM, list_mm)
    height = body + KEY_MM
    frame = Frame.fit(everything, 0.5, height - 0.5 - TALLEST_MM, width, TALLEST_MM)
    sheet = Sheet(height, AREAS_MM)
    fills = [TENTH_FILLS[_tenth(tenth)] for tenth in table["decile"]]
    sheet.shapes(to_paths(shapes, frame), fills, edge=MID_GREY, width=0.5)
    line = to_paths(np.array([outline], dtype=object), frame)
    sheet.shapes(line, ["none"], edge=WHITE, width=2.4)
    sheet.shapes(line, ["none"], edge=INK, width=1.4)
    labels = place_labels(tuple(table["wkt"]), tuple(map(str, table.index)), frame, numbers_only=True)
    for label, fill in zip(labels, fills, strict=True):
        write_label(sheet, label, fill, boxed=not label.inside)
    draw_scale_bar(sheet, frame, height - frame.height - FOOT_MM + 0.8)
    _list(sheet, table, edition.place.name, height - CAP_MM - 0.5)
    _key(sheet, edition.place.country.name)
    return sheet.svg()


def _list(sheet: Sheet, table: pd.DataFrame, place: str, y: float) -> None:
    """The small areas by number with rank and tenth; the city's name, with which each begins, stands above."""
    left = AREAS_MM - LIST_MM
    name_at, rank_end, tenth_end = left + text_width("00") + 1.4, left + 31.0, AREAS_MM - 0.5
    sheet.text(name_at, y, place, bold=True)
    sheet.text(rank_end, y, "rank", align="right", bold=True)
    sheet.text(tenth_end, y, "tenth", align="right", bold=True)
    for number, row in enumerate(plotted.records(table), start=1):
        y -= LINE_MM
        sheet.text(name_at - 1.4, y, str(number), align="right")
        sheet.text(name_at, y, str(row["area_name"]).removeprefix(place).strip())
        sheet.text(rank_end, y, signed(row["rank"], 0), align="right")
        sheet.text(tenth_end, y, signed(row["decile"], 0), align="right")


def _key(sheet: Sheet, country: str) -> None:
    sheet.text(0.5, KEY_MM - LINE_MM - 1.0, f"Tenth of {country}, 1 most deprived", bold=True)
    x = 0.5
    for fill, (first, last) in zip(TENTH_FILLS, TENTHS, strict=True):
        words = str(first) if first == last else f"{first}–{last}"
        sheet.box(x, 0.4, 5.0, 3.4, fill, edge=INK, line=0.8)
        sheet.text(x + 6.2, 1.0, words)
        x += 6.2 + text_width(words) + 3.2


def _tenth(decile: float) -> int:
    return next(i for i, (first, last) in enumerate(TENTHS) if first <= decile <= last)

"""A heat table of the wards: a row for each ward in order of deprivation, a column for each indicator."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.blocks import Blocks, Figure
from analysis.catalogue.measures import DERIVED
from analysis.catalogue.model import Indicator
from analysis.errors import UsageError
from analysis.figures import rows as plotted
from analysis.figures.classes import printed, signed
from analysis.figures.heat import (
    EDGE,
    Result,
    draw_key,
    draw_symbol,
    draw_symbol_key,
    fill_of,
    heading_words,
    results_of,
    shared_flags,
)
from analysis.figures.sheet import (
    CAP_MM,
    GREY,
    HEIGHT_MM,
    LINE_MM,
    WIDTH_MM,
    Sheet,
    ink_on,
    text_width,
    wrap,
)
from analysis.measures.quantiles import assign_quantiles
from analysis.tables.loaded import LoadedEdition
from analysis.tables.printing import Numbers
from analysis.words import counted, joined

ORDERED_BY = "imd_average_score"
PITCH_MM, LEAST_PITCH_MM = 4.4, 2.58
WIDEST_MM = 30.0
WORD_GAP_MM = 1.0
SYMBOL_MM = 2.6
BRACKETS_MM = 3.2
"""In rows lower than this flags stand without brackets, which would reach the next row, and cells without edges."""
KEY_MM = LINE_MM + 1.6
FIFTHS = 5


def draw_ward_heat_table(edition: LoadedEdition) -> Figure | Blocks:
    """All wards, most deprived first, beside every ward indicator of which one end is better, shaded by fifths.

    Fifths are of the wards with a value, by the value as printed, the worst fifth darkest; wards alike share a fifth.
    Symbols stand where limits show a difference from the city's value, as in the table ``judgements``. Counts are left
    out, as they grow with the ward, and so is what only restates another column as a distance from the city.

    Returns
    -------
    Figure or Blocks
        Parts ``1``, ``2`` and so on, as many as let headings and numbers be read, each on a page at most.

    Raises
    ------
    UsageError
        If the edition has no such indicator by ward.
    """
    columns = _columns(edition)
    if not columns:
        raise UsageError(f"{edition.edition.id} has no indicator by ward of which one end is better: draw another.")
    order = _order(edition)
    pages = _pages(columns, order["area_name"].tolist())
    return plotted.gather(
        [_figure(edition, order, page, number, len(pages)) for number, page in enumerate(pages, start=1)]
    )


@dataclass(frozen=True)
class _Column:
    """An indicator of one sex and age: its rows by ward, what its heading says, what its cells show."""

    indicator: Indicator
    rows: pd.DataFrame
    heading: str
    shown: dict[str, str]

    @property
    def narrowest(self) -> float:
        """The width that its longest word and its longest number need, in millimetres."""
        beside = SYMBOL_MM if self.rows["comparison"].ne("").any() else 0.0
        words = max(map(text_width, self.heading.split())) + WORD_GAP_MM
        return max(words, max(map(text_width, self.shown.values())) + beside + 2.4)


def _columns(edition: LoadedEdition) -> list[_Column]:
    """The columns in the order of the plan's priorities."""
    ward = edition.edition.ward_geography
    table = edition.indicators
    present = set(table.loc[(table["geography"] == ward) & table["value"].notna(), "indicator"])
    kept = [one for one in edition.catalogue.indicators.values() if one.id in present and _is_shaded(one)]
    place = {priority: number for number, priority in enumerate(edition.plan.priorities)}
    first = {one.id: min((place.get(name, len(place)) for name in one.priorities), default=0) for one in kept}
    results = results_of(edition)
    columns = []
    for indicator in sorted(kept, key=lambda one: (first[one.id], one.title)):
        latest = edition.latest(indicator.id, ward)
        latest = latest[latest["value"].notna()]
        groups = sorted(set(zip(latest["sex"], latest["age"], strict=True)))
        persons = any(sex == "persons" for sex, _ in groups)
        several = len({age for _, age in groups}) > 1
        for sex, age in groups:
            if sex == "persons" or not persons:
                whose = age if several and age != "all" else ""
                title = ", ".join(part for part in (indicator.title, plotted.SEXES[sex], whose) if part)
                columns.append(_column(indicator, title, plotted.ward_rows(edition, indicator.id, sex, age), results))
    return columns


def _is_shaded(indicator: Indicator) -> bool:
    derived = any(given.measure == DERIVED for given in indicator.inputs)
    return indicator.polarity != "neutral" and indicator.kind != "count" and not derived


def _column(indicator: Indicator, title: str, rows: pd.DataFrame, results: Result) -> _Column:
    values = printed(rows["value"], indicator.decimals)
    low_first = indicator.polarity == "higher_is_better"
    worst_first = assign_quantiles(values, FIFTHS, highest_is_first=not low_first)["quantile"]
    shade = FIFTHS + 1 - worst_first.astype(float).to_numpy()
    alike = len(set(values[~np.isnan(values)])) < 2
    keys = zip(rows["area_code"], rows["sex"], rows["age"], rows["period_end"], strict=True)
    rows = rows.assign(
        title=title,
        polarity=indicator.polarity,
        shade=np.nan if alike else shade,
        comparison=[results.get((indicator.id, *key), "") for key in keys],
    )
    known = rows[rows["value"].notna()]
    flag, others = shared_flags(known["flag"])
    beside = dict(zip(known["area_code"], others, strict=True))
    heading = heading_words(title, indicator, plotted.records(rows.head(1))[0], flag)
    shown = {
        row["area_code"]: row["flag"]
        if np.isnan(row["value"])
        else signed(row["value"], indicator.decimals) + beside[row["area_code"]]
        for row in plotted.records(rows)
    }
    return _Column(indicator, rows, heading, shown)


def _order(edition: LoadedEdition) -> pd.DataFrame:
    """The wards, most deprived first by average score; by name where the edition has none."""
    ward = edition.edition.ward_geography
    wards = plotted.outlines_of(edition, ward)[["area_code", "area_name"]]
    scores = pd.Series(dtype=float)
    for indicator in edition.catalogue.indicators.values():
        if any(given.measure == ORDERED_BY for given in indicator.inputs):
            latest = edition.latest(indicator.id, ward)
            scores = latest.set_index("area_code")["value"] if len(latest) else scores
    wards = wards.assign(score=wards["area_code"].map(scores))
    return wards.sort_values(["score", "area_name"], ascending=[False, True], na_position="last", kind="stable")


@dataclass(frozen=True)
class _Page:
    """Columns that stand side by side: where each begins and how wide it is, how high headings and rows are, in mm."""

    columns: list[_Column]
    lefts: list[float]
    widths: list[float]
    headings: list[list[str]]
    head_mm: float
    pitch: float

    @classmethod
    def of(cls, columns: list[_Column], names: list[str]) -> _Page:
        """Each column as wide as its longest word or number, and its share of what is left over."""
        names_mm = max(map(text_width, names)) + 2.0
        needed = [column.narrowest for column in columns]
        spare = max(0.0, (WIDTH_MM - 0.5 - names_mm - math.fsum(needed)) / len(columns))
        widths = [min(max(WIDEST_MM, width), width + spare) for width in needed]
        headings = [wrap(column.heading, width - WORD_GAP_MM) for column, width in zip(columns, widths, strict=True)]
        head_mm = KEY_MM + max(map(len, headings)) * LINE_MM + 1.6
        lefts = [names_mm + math.fsum(widths[:number]) for number in range(len(widths))]
        return cls(columns, lefts, widths, headings, head_mm, min(PITCH_MM, (HEIGHT_MM - head_mm - 0.4) / len(names)))

    @property
    def fits(self) -> bool:
        """Whether it is no wider than a page, and its rows do not touch."""
        return self.lefts[-1] + self.widths[-1] <= WIDTH_MM and self.pitch >= LEAST_PITCH_MM


def _pages(columns: list[_Column], names: list[str]) -> list[_Page]:
    """The fewest pages, as even as can be; one column a page where nothing else would fit."""
    for count in range(1, len(columns) + 1):
        ends = [round(number * len(columns) / count) for number in range(count + 1)]
        pages = [_Page.of(columns[start:end], names) for start, end in itertools.pairwise(ends)]
        if all(page.fits for page in pages):
            break
    return pages


def _figure(edition: LoadedEdition, order: pd.DataFrame, page: _Page, number: int, of: int) -> Figure:
    columns = page.columns
    place = edition.place.name
    table = pd.concat([column.rows for column in columns], ignore_index=True)
    scored = bool(order["score"].notna().any())
    which = f" ({number} of {of})" if of > 1 else ""
    by = "most deprived first" if scored else "by name"
    return Numbers().figure(
        title=f"Wards of {place} by {counted(len(columns), 'measure')}, {by}{which}",
        alt=_describe(edition, columns, by),
        source=plotted.source_of(edition, table),
        svg=_draw(edition, order, page),
        csv=plotted.to_csv(table, ["indicator", "sex", "age", "area_code"]),
        note=plotted.note_of(
            "Wards stand in order of their average score of deprivation." if scored else "",
            "Shades are fifths of the wards by value, in each column for itself: wards of different shades may differ "
            "by chance alone. Symbols stand where there are limits. Counts, and what has no better end, are left out.",
            plotted.flags_note(table["flag"]),
            "In the picture flags stand without brackets." if page.pitch < BRACKETS_MM else "",
            plotted.stand_in_note(edition, table),
        ),
        part=str(number) if of > 1 else "",
        rows_of=("indicators",),
        indicators=dict.fromkeys(table["indicator"]),
    )


def _describe(edition: LoadedEdition, columns: list[_Column], by: str) -> str:
    place = edition.place.name
    table = pd.concat([column.rows for column in columns], ignore_index=True)
    darkest = table.loc[table["shade"] == FIFTHS, "area_name"].value_counts()
    most = int(darkest.max()) if len(darkest) else 0
    named = sorted(str(name) for name in darkest.index[darkest == most])
    against = []
    for column in columns:
        results = column.rows["comparison"].tolist()
        if any(results):
            title = column.rows["title"].iloc[0]
            against.append(f"{title}, {results.count('worse')} worse and {results.count('better')} better")
    absent = int(table["value"].isna().sum())
    return plotted.note_of(
        f"Heat table of {counted(columns[0].rows['area_code'].nunique(), 'ward')} of {place}, {by}, in "
        f"{counted(len(columns), 'column')}, darker towards the worst fifth of the wards.",
        f"In the darkest shade most often, in {most} of {len(columns)}: {joined(named)}." if most else "",
        f"Wards whose limits leave out the value of {place}: {'; '.join(against)}." if against else "",
        f"Cells without a value: {absent}." if absent else "",
    )


def _draw(edition: LoadedEdition, order: pd.DataFrame, page: _Page) -> str:
    height = page.head_mm + page.pitch * len(order) + 0.4
    sheet = Sheet(height)
    y = height - CAP_MM - 0.8
    end = draw_key(sheet, 0.5, y, "fifths of wards: best", "worst")
    draw_symbol_key(sheet, end + 5.0, y, edition.place.name)
    top = height - page.head_mm
    for number, name in enumerate(order["area_name"]):
        middle = top - page.pitch * (number + 0.5)
        sheet.text(page.lefts[0] - 1.0, middle - CAP_MM / 2, str(name), align="right")
    for column, heading, left, width in zip(page.columns, page.headings, page.lefts, page.widths, strict=True):
        for step, words in enumerate(heading, start=1):
            sheet.text(left + width / 2, top + 1.2 + (len(heading) - step) * LINE_MM, words, align="center")
        cells = {row["area_code"]: row for row in plotted.records(column.rows)}
        for number, code in enumerate(order["area_code"]):
            bottom = top - page.pitch * (number + 1)
            _draw_cell(sheet, cells[code], column.shown[code], left, bottom, width, page.pitch)
    return sheet.svg()


def _draw_cell(
    sheet: Sheet, row: dict[str, Any], shown: str, left: float, bottom: float, width: float, height: float
) -> None:
    """A value on its shade, with the symbol of what limits show at its left."""
    fill = fill_of(row["shade"])
    crowded = height < BRACKETS_MM
    sheet.box(left, bottom, width, height, fill, edge="none" if crowded else EDGE, line=0.4)
    middle = bottom + height / 2
    ink = GREY if np.isnan(row["value"]) else ink_on(fill)
    if crowded:
        shown = " ".join(shown.replace("[", " ").replace("]", " ").split())
    sheet.text(left + width - 1.2, middle - CAP_MM / 2, shown, align="right", colour=ink)
    if row["comparison"]:
        draw_symbol(sheet, left + 2.0, middle, row["comparison"], fill)

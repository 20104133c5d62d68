"""An aim at a glance: the city's latest figures on one scale, from the worst to the best of its peers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from analysis.blocks import Blocks, Figure
from analysis.figures import rows as plotted
from analysis.figures.city import Line, aim_of, lines_of_aim, worse_to_better
from analysis.figures.classes import signed
from analysis.figures.sheet import (
    BAND,
    CAP_MM,
    DARK_BLUE,
    GREY,
    GRID,
    INK,
    LINE_MM,
    WHITE,
    WIDTH_MM,
    Sheet,
    text_width,
    wrap,
)
from analysis.tables.loaded import LoadedEdition
from analysis.tables.printing import Numbers
from analysis.words import capital, counted, period_words

TITLE_MM = 72.0
CHART_MM = (83.0, 116.0)
BEYOND_MM = 7.5
CITY_END_MM, COUNTRY_END_MM = 147.5, WIDTH_MM - 0.5
HEAD_MM = 13.0
HALF_PAGE_MM = 100.0
"""The most that a figure takes: two share a page, or one the page on which its chapter begins."""
FEWEST_PEERS = 3


def draw_aim(edition: LoadedEdition, aim_id: str) -> Figure | Blocks:
    """The city's latest value of every indicator of an aim, on a scale from the worst to the best of its peers.

    The band is the range of the peers, the city left out; the marks are the city, the country and the peers' median. By
    polarity the better end is on the right; where neither end is better, the row says so and the right end is high. A
    mark beyond the picture is an arrow head at its edge. Indicators without any figure to compare with are left out and
    counted in the note. At most half a page a figure: a long aim gets several, parts ``<aim>``, ``<aim>-2`` and so on.

    Returns
    -------
    Figure or Blocks
        Empty blocks where no indicator of the aim has a value for the city and another to compare it with.

    Raises
    ------
    UsageError
        If the plan has no such aim.
    """
    rows = [_Row.of(line) for line in lines_of_aim(edition, aim_id)]
    compared = [row for row in rows if len(row.peers) or not np.isnan(row.country)]
    pages = _pages(compared)
    alone = len(rows) - len(compared)
    figures = [_figure(edition, aim_id, page, number, len(pages), alone) for number, page in enumerate(pages, start=1)]
    return figures[0] if len(figures) == 1 else Blocks(tuple(figures))


class _Row:
    """One line of the picture: the city's row, what it is compared with, and its place on the scale."""

    def __init__(self, line: Line, city: dict[str, Any], country: float, peers: list[float]) -> None:
        self.line, self.city, self.country, self.peers = line, city, country, peers
        indicator = line.indicator
        unit = "" if indicator.unit in ("%", "£") else f" ({indicator.unit})"
        when = period_words(city["period_start"], city["period_end"])
        neither = "; right is high, neither is better" if indicator.polarity == "neutral" else ""
        self.words = wrap(f"{line.title}{unit}, {when}{neither}", TITLE_MM)
        self.height = max(1, len(self.words)) * LINE_MM + 1.2

    @classmethod
    def of(cls, line: Line) -> _Row:
        city = line.own[-1]
        return cls(line, city, line.country_beside(city), line.peers_beside(city))

    @property
    def comparable(self) -> bool:
        return len(self.peers) >= FEWEST_PEERS and max(self.peers) > min(self.peers)

    def position(self, value: float) -> float:
        """0 at the worst of the peers, 1 at the best."""
        if not self.comparable or np.isnan(value):
            return np.nan
        worst, best = worse_to_better(self.peers, self.line.indicator.polarity)
        return (value - worst) / (best - worst)

    def plotted(self) -> dict[str, Any]:
        worst, best = worse_to_better(self.peers, self.line.indicator.polarity) if len(self.peers) else (np.nan, np.nan)
        kept = {column: self.city[column] for column in plotted.PLOTTED if column not in ("area_name", "geography")}
        return kept | {
            "title": self.line.title,
            "polarity": self.line.indicator.polarity,
            "country_value": self.country,
            "peers": len(self.peers),
            "peers_worst": worst,
            "peers_median": float(np.median(self.peers)) if len(self.peers) else np.nan,
            "peers_best": best,
            "position": self.position(self.city["value"]),
            "country_position": self.position(self.country),
        }


def _pages(rows: list[_Row]) -> list[list[_Row]]:
    """Rows that fit half a page, then the next; parts as even as their number allows."""
    room = HALF_PAGE_MM - HEAD_MM
    count = -(-math.fsum(row.height for row in rows) // (room - 8)) if rows else 0
    share = math.fsum(row.height for row in rows) / count if count else 0.0
    pages: list[list[_Row]] = []
    used = room
    for row in rows:
        if used + row.height > room or (used >= share and len(pages) < count):
            pages.append([])
            used = 0.0
        pages[-1].append(row)
        used += row.height
    return pages


def _figure(edition: LoadedEdition, aim_id: str, rows: list[_Row], number: int, of: int, left_out: int) -> Figure:
    place = edition.place
    table = pd.DataFrame([row.plotted() for row in rows])
    placed = [(row, row.position(row.city["value"])) for row in rows]
    judged = [(row, at) for row, at in placed if not np.isnan(at) and row.line.indicator.polarity != "neutral"]
    below = [row.line.title for row, at in judged if at < 0]
    beyond = [row.line.title for row, at in judged if at > 1]
    against = [(row.city["value"] - row.country) * _sign(row) for row, _ in judged if not np.isnan(row.country)]
    page = f" ({number} of {of})" if of > 1 else ""
    alt = [
        f"Chart of {counted(len(rows), 'figure')} of {place.name}, each on a scale from the worst to the best "
        f"of the other {place.peers_name}.",
        f"Beside {place.country.name}, {sum(gap < 0 for gap in against)} are on the worse side and "
        f"{sum(gap > 0 for gap in against)} on the better." if against else "",
        f"Worse than all the others: {'; '.join(below)}." if below else "",
        f"Better than all the others: {'; '.join(beyond)}." if beyond else "",
    ]  # fmt: skip
    no_band = sum(not row.comparable for row in rows)
    return Numbers().figure(
        title=f"{aim_of(edition, aim_id).title}: {place.name}, {place.country.name} and the {place.peers_name}{page}",
        alt=plotted.note_of(*alt),
        source=plotted.source_of(edition, table),
        svg=_draw(edition, rows),
        csv=plotted.to_csv(table, ["indicator", "sex", "age"]),
        note=plotted.note_of(
            f"The band is the range of the other {place.peers_name} in the same period; each row has its own scale. A "
            "place on the scale does not tell whether a difference could be chance.",
            "Arrow heads lie beyond the picture." if any(_is_beyond(row) for row in rows) else "",
            f"Without a band: fewer than {FEWEST_PEERS} of the {place.peers_name} have a value, or all have the same."
            if no_band
            else "",
            f"{capital(counted(left_out, 'figure'))} that no other area has {'is' if left_out == 1 else 'are'} left "
            "out."
            if left_out and number == of
            else "",
            plotted.flags_note(table["flag"]),
            plotted.stand_in_note(edition, table),
        ),
        part=aim_id if number == 1 else f"{aim_id}-{number}",
        rows_of=("indicators",),
        indicators=dict.fromkeys(table["indicator"]),
    )


def _sign(row: _Row) -> int:
    return -1 if row.line.indicator.polarity == "lower_is_better" else 1


def _at(position: float) -> tuple[float, bool]:
    """Where a position lies on the sheet, and whether it is beyond the picture."""
    start, end = CHART_MM
    x = start + position * (end - start)
    low, high = start - BEYOND_MM, end + BEYOND_MM
    return min(max(x, low), high), not low <= x <= high


def _is_beyond(row: _Row) -> bool:
    return any(
        _at(row.position(value))[1] for value in (row.city["value"], row.country) if not np.isnan(row.position(value))
    )


def _draw(edition: LoadedEdition, rows: list[_Row]) -> str:
    height = HEAD_MM + math.fsum(row.height for row in rows)
    sheet = Sheet(height)
    _draw_head(sheet, edition, height)
    y = height - HEAD_MM
    start, end = CHART_MM
    for row in rows:
        middle = y - row.height / 2
        sheet.line([0, WIDTH_MM], [y, y], GRID, 0.3)
        foot = middle + (len(row.words) - 1) / 2 * LINE_MM - CAP_MM / 2
        for number, words in enumerate(row.words):
            sheet.text(0.5, foot - number * LINE_MM, words)
        indicator = row.line.indicator
        own = _number(row.city["value"], indicator.unit, indicator.decimals)
        sheet.text(CITY_END_MM, middle - CAP_MM / 2, f"{own}{row.city['flag']}", align="right", bold=True)
        other = "–" if np.isnan(row.country) else _number(row.country, indicator.unit, indicator.decimals)
        sheet.text(COUNTRY_END_MM, middle - CAP_MM / 2, other, align="right")
        if row.comparable:
            sheet.box(start, middle - 1.4, end - start, 2.8, BAND, edge="#767676", line=0.5)
            x = _at(row.position(float(np.median(row.peers))))[0]
            sheet.line([x, x], [middle - 1.4, middle + 1.4], INK, 1.4)
            if not np.isnan(row.country):
                _mark(sheet, row.position(row.country), middle, "o", WHITE, GREY, 5.0)
            hollow = indicator.polarity == "neutral"
            _mark(sheet, row.position(row.city["value"]), middle, "D", WHITE if hollow else DARK_BLUE, DARK_BLUE, 5.5)
        else:
            sheet.text((start + end) / 2, middle - CAP_MM / 2, "no range", align="center", colour=GREY)
        y -= row.height
    return sheet.svg()


def _mark(sheet: Sheet, position: float, y: float, shape: str, fill: str, edge: str, size: float) -> None:
    x, beyond = _at(position)
    sheet.mark(
        [x], [y], ("<" if position < 0 else ">") if beyond else shape, size=size, fill=fill, edge=edge, width=1.2
    )


def _number(value: float, unit: str, decimals: int) -> str:
    number = signed(value, decimals)
    return f"{number}%" if unit == "%" else f"£{number}".replace("£−", "−£") if unit == "£" else number


def _draw_head(sheet: Sheet, edition: LoadedEdition, height: float) -> None:
    """What the marks mean, and the heads of the columns."""
    place, y = edition.place, height - CAP_MM - 0.6
    start, end = CHART_MM
    centre = y + CAP_MM / 2
    x = 2.0
    for shape, fill, edge, words in (
        ("D", DARK_BLUE, DARK_BLUE, place.name),
        ("o", WHITE, GREY, place.country.name),
        ("|", INK, INK, f"median of the other {place.peers_name}"),
        ("s", BAND, "#767676", "their range"),
    ):
        sheet.mark([x], [centre], shape, size=5.0, fill=fill, edge=edge, width=1.2)
        sheet.text(x + 2.4, y, words)
        x += text_width(words) + 9
    y = height - HEAD_MM + 1.4
    sheet.text(0.5, y, "Indicator, period", bold=True)
    sheet.text(start - BEYOND_MM, y, "worst of them", bold=True)
    sheet.text(end + BEYOND_MM, y, "best", bold=True, align="right")
    name, *rest = wrap(place.name, 20, bold=True)
    sheet.text(CITY_END_MM, y, " ".join([name, *rest]), bold=True, align="right")
    sheet.text(COUNTRY_END_MM, y, place.country.name, bold=True, align="right")

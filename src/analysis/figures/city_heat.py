"""A heat table of the city beside its peers and its country: values, ranks and shades, an indicator a row."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.blocks import Blocks, Figure
from analysis.catalogue.model import Place
from analysis.figures import rows as plotted
from analysis.figures.city import SAME, Line, aim_of, lines_of_aim
from analysis.figures.classes import signed
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
    GRID,
    HEIGHT_MM,
    LINE_MM,
    WIDTH_MM,
    Sheet,
    ink_on,
    text_width,
    wrap,
)
from analysis.judge.judgement import PEERS_NEEDED
from analysis.measures.comparison import place_among_peers
from analysis.tables.loaded import LoadedEdition
from analysis.tables.printing import Numbers
from analysis.words import counted

CELL_MM = 10.4
GAP_MM = 1.2
KEY_MM = 2 * LINE_MM + 2.0


def draw_city_heat_table(edition: LoadedEdition, aim_id: str | None = None) -> Figure | Blocks:
    """The city, its peers and its country side by side: a row for each indicator, shaded by rank among the cities.

    Each row shows the period of the city's latest value. Ranks and shades go by polarity, 1 and light are best; where
    neither end is better, or fewer than four cities have a value, a row is not shaded. Symbols stand where limits show
    a difference from the country, as in the table ``judgements``. Indicators that no other area has are left out and
    counted in the note.

    Parameters
    ----------
    edition : LoadedEdition
    aim_id : str, optional
        An aim of the edition's plan; default: the headline indicators of all aims.

    Returns
    -------
    Figure or Blocks
        At most one page a figure: parts ``<aim>`` (``headline`` without one), ``<aim>-2`` and so on; empty blocks where
        there is nothing to compare.

    Raises
    ------
    UsageError
        If the plan has no such aim.
    """
    if aim_id is None:
        of_aims = [line for aim in edition.plan.aims for line in lines_of_aim(edition, aim.id)]
        lines, title = [line for line in of_aims if line.indicator.headline], "Headline indicators"
    else:
        lines, title = lines_of_aim(edition, aim_id), aim_of(edition, aim_id).title
    comparable = [line for line in lines if line.peers_beside(line.own[-1])]
    if not comparable:
        return Blocks(())
    results = results_of(edition)
    tables = [_cells(edition, line, results) for line in comparable]
    cell_mm = max(CELL_MM, *(text_width(word) + 1.0 for table in tables for word in table["shown"]))
    rows = [_Row.of(line, table, cell_mm) for line, table in zip(comparable, tables, strict=True)]
    head = _Head.of(edition, cell_mm)
    pages = _pages(rows, HEIGHT_MM - head.height)
    left_out = len(lines) - len(comparable)
    return plotted.gather(
        [
            _figure(edition, title, aim_id or "headline", head, page, number, len(pages), left_out)
            for number, page in enumerate(pages, start=1)
        ]
    )


def _cells(edition: LoadedEdition, line: Line, results: Result) -> pd.DataFrame:
    """A row of the picture as a table: one row for each area, in the order of the columns."""
    place, indicator, own = edition.place, line.indicator, line.own[-1]
    cities = [place.code, *(peer.code for peer in place.peers)]
    names = {place.code: place.name, **{peer.code: peer.name for peer in (*place.peers, place.country)}}
    table = edition.rows(indicator.id)
    for column in (*SAME, "sex", "age"):
        table = table[table[column] == own[column]]
    table = table.set_index("area_code").reindex(list(names)).reset_index()
    absent = table["indicator"].isna()
    for column in ("indicator", *SAME, "sex", "age", "unit", "source"):
        table[column] = own[column]
    table = table.assign(
        area_name=table["area_code"].map(names),
        geography=table["geography"].fillna(""),
        flag=table["flag"].mask(absent, "[x]").fillna(""),
        title=line.title,
        polarity=indicator.polarity,
    )[[*plotted.PLOTTED, "title", "polarity"]]
    placed = place_among_peers(table.set_index("area_code")["value"].reindex(cities), polarity=indicator.polarity)
    judged = indicator.polarity != "neutral"
    rank = placed["rank"].astype(float).reindex(table["area_code"]).to_numpy()
    ranked = int(placed["ranked"].iloc[0])
    spread = judged and ranked >= PEERS_NEEDED and np.nanmax(rank) > 1
    alike = pd.Series(rank).map(pd.Series(rank).value_counts()).to_numpy()
    return table.assign(
        rank=rank if judged else np.nan,
        ranked=ranked,
        shade=np.floor((rank + (alike - 1) / 2 - 1) / (ranked - 1) * 4 + 0.5) + 1 if spread else np.nan,
        comparison=[
            results.get((indicator.id, code, line.sex, own["age"], own["period_end"]), "") if judged else ""
            for code in table["area_code"]
        ],
        shown=[
            "none" if gone else flag if np.isnan(value) else signed(value, indicator.decimals)
            for value, flag, gone in zip(table["value"], table["flag"], absent, strict=True)
        ],
        rank_shown=[
            "" if np.isnan(at) or not judged else f"{'=' if same > 1 else ''}{at:.0f}"
            for at, same in zip(rank, alike, strict=True)
        ],
    )


@dataclass(frozen=True)
class _Row:
    """One row of the picture: its words, its cells, its height."""

    line: Line
    cells: pd.DataFrame
    words: list[str]
    flags: dict[str, str]
    height: float

    @classmethod
    def of(cls, line: Line, cells: pd.DataFrame, cell_mm: float) -> _Row:
        own = line.own[-1]
        known = cells[cells["value"].notna()]
        flag, others = shared_flags(known["flag"])
        neither = "; neither end is better" if line.indicator.polarity == "neutral" else ""
        text = heading_words(line.title, line.indicator, own, flag) + neither
        words = wrap(text, _label_mm(line.place, cell_mm) - 2.0)
        second = known["rank_shown"].ne("").any() or known["comparison"].ne("").any()
        lines = max(len(words), 1 + bool(second) + any(others))
        return cls(line, cells, words, dict(zip(known["area_code"], others, strict=True)), lines * LINE_MM + 1.2)

    @property
    def place_of_city(self) -> str:
        """``best`` or ``worst`` where the city's value is that, alone or with others, and not all are alike."""
        city = self.cells.iloc[0]
        if np.isnan(city["shade"]):
            return ""
        others = self.cells["rank"].dropna()
        return "worst" if city["rank"] == others.max() else "best" if city["rank"] == others.min() else ""


def _label_mm(place: Place, cell_mm: float) -> float:
    """What the cells leave for the words of a row: columns for the city, its peers and its country."""
    return WIDTH_MM - (len(place.peers) + 2) * cell_mm - 2 * GAP_MM - 0.5


@dataclass(frozen=True)
class _Head:
    """The names over the columns: every other one a step higher, so that each has room for two columns."""

    names: list[list[str]]
    lefts: list[float]
    cell_mm: float
    height: float

    @classmethod
    def of(cls, edition: LoadedEdition, cell_mm: float) -> _Head:
        place = edition.place
        names = [place.name, *(peer.name for peer in place.peers), place.country.name]
        lefts, x = [], _label_mm(place, cell_mm)
        for number in range(len(names)):
            x += GAP_MM if number in (1, len(names) - 1) else 0.0
            lefts.append(x)
            x += cell_mm
        words = [wrap(name, 2 * cell_mm - 1.0, bold=number == 0) for number, name in enumerate(names)]
        return cls(words, lefts, cell_mm, KEY_MM + sum(_tiers(words)) * LINE_MM + 2.4)


def _tiers(words: list[list[str]]) -> tuple[int, int]:
    """How many lines the lower names take, and the upper ones."""
    return max(map(len, words[0::2])), max(map(len, words[1::2]), default=0)


def _pages(rows: list[_Row], room: float) -> list[list[_Row]]:
    """Rows that fit a page, then the next; pages as even as their number allows."""
    total = math.fsum(row.height for row in rows)
    count = int(-(-total // room))
    while True:
        pages: list[list[_Row]] = [[]]
        for row in rows:
            used = math.fsum(other.height for other in pages[-1])
            if pages[-1] and (used + row.height > room or (used >= total / count and len(pages) < count)):
                pages.append([])
            pages[-1].append(row)
        if len(pages) <= count:
            return pages
        count = len(pages)


def _figure(
    edition: LoadedEdition,
    subject: str,
    part: str,
    head: _Head,
    rows: list[_Row],
    number: int,
    of: int,
    left_out: int,
) -> Figure:
    place, country = edition.place, edition.place.country.name
    table = pd.concat([row.cells for row in rows], ignore_index=True)
    page = f" ({number} of {of})" if of > 1 else ""
    unshaded = sum(row.cells["shade"].isna().all() for row in rows)
    numbers = Numbers()
    return numbers.figure(
        title=f"{subject}: {place.name} beside the other {place.peers_name} and {country}{page}",
        alt=_describe(edition, rows),
        source=plotted.source_of(edition, table),
        svg=_draw(edition, head, rows),
        csv=plotted.to_csv(table.drop(columns=["shown", "rank_shown"]), ["indicator", "sex", "age", "area_code"]),
        note=plotted.note_of(
            "The number below a value is its rank by the value as published, = a shared one; a rank does not tell "
            "whether a difference could be chance. Symbols stand where limits are held.",
            f"Rows without shades: {unshaded}, as neither end is better, fewer than {PEERS_NEEDED} {place.peers_name} "
            "have a value, or all have the same."
            if unshaded
            else "",
            f"Left out, as none of the other {place.peers_name} has figures for the same period: {left_out}."
            if left_out and number == of
            else "",
            plotted.flags_note(table.loc[table["shown"] != "none", "flag"]),
            plotted.stand_in_note(edition, table),
        ),
        part=part if number == 1 else f"{part}-{number}",
        rows_of=("indicators",),
        indicators=dict.fromkeys(table["indicator"]),
    )


def _describe(edition: LoadedEdition, rows: list[_Row]) -> str:
    place, country = edition.place, edition.place.country.name
    found = {which: [row.line.title for row in rows if row.place_of_city == which] for which in ("worst", "best")}
    results = [row.cells["comparison"].iloc[0] for row in rows]
    return plotted.note_of(
        f"Heat table of {counted(len(rows), 'row')}: values of {place.name}, the other {place.peers_name} and "
        f"{country}, darker the worse a city ranks.",
        *(
            f"{place.name} has the {which} value of the {place.peers_name} in {len(named)}: {'; '.join(named)}."
            if named
            else f"{place.name} has the {which} value of the {place.peers_name} in none."
            for which, named in found.items()
        ),
        f"By 95% limits {place.name} is worse than {country} in {results.count('worse')}, better in "
        f"{results.count('better')} and similar in {results.count('similar')}."
        if any(results)
        else "",
    )


def _draw(edition: LoadedEdition, head: _Head, rows: list[_Row]) -> str:
    height = head.height + math.fsum(row.height for row in rows)
    sheet = Sheet(height)
    _draw_head(sheet, edition, head, height)
    y = height - head.height
    for row in rows:
        sheet.line([0, WIDTH_MM], [y, y], GRID, 0.3)
        middle = y - row.height / 2
        foot = middle + (len(row.words) - 1) / 2 * LINE_MM - CAP_MM / 2
        for number, words in enumerate(row.words):
            sheet.text(0.5, foot - number * LINE_MM, words)
        for left, cell in zip(head.lefts, plotted.records(row.cells), strict=True):
            _draw_cell(sheet, row, cell, left, y, head.cell_mm)
        y -= row.height
    sheet.line([0, WIDTH_MM], [y + 0.2, y + 0.2], GRID, 0.3)
    return sheet.svg()


def _draw_cell(sheet: Sheet, row: _Row, cell: dict[str, Any], left: float, top: float, width: float) -> None:
    """Value over rank and symbol, on its shade."""
    fill = fill_of(cell["shade"])
    sheet.box(left, top - row.height, width, row.height, fill, edge=EDGE, line=0.4)
    centre, middle = left + width / 2, top - row.height / 2
    ink = ink_on(fill)
    missing = np.isnan(cell["value"])
    rank, symbol = cell["rank_shown"], cell["comparison"]
    flag = row.flags.get(cell["area_code"], "")
    lines = [cell["shown"], *([rank] if rank or symbol else []), *([flag] if flag else [])]
    foot = middle + (len(lines) - 1) / 2 * LINE_MM - CAP_MM / 2
    own = row.cells["area_code"].iloc[0] == cell["area_code"]
    sheet.text(centre, foot, lines[0], align="center", bold=own, colour=GREY if missing else ink)
    if rank or symbol:
        shift = 1.4 if rank and symbol else 0.0
        if rank:
            sheet.text(centre - shift, foot - LINE_MM, rank, align="center", colour=ink)
        if symbol:
            draw_symbol(sheet, centre + 1.9 * shift, foot - LINE_MM + CAP_MM / 2, symbol, fill)
    if flag:
        sheet.text(centre, foot - (len(lines) - 1) * LINE_MM, flag, align="center", colour=ink)


def _draw_head(sheet: Sheet, edition: LoadedEdition, head: _Head, height: float) -> None:
    """The key, and the names over the columns in two steps."""
    place = edition.place
    y = height - CAP_MM - 0.8
    end = draw_key(sheet, 0.5, y, "best", "worst")
    sheet.text(end + 5.0, y, f"number: rank among the {place.peers_name}, 1 is best")
    draw_symbol_key(sheet, 0.5, y - LINE_MM - 0.6, place.country.name)
    lower, _ = _tiers(head.names)
    base = height - head.height + 1.2
    for number, (words, left) in enumerate(zip(head.names, head.lefts, strict=True)):
        centre = left + head.cell_mm / 2
        raised = number % 2 == 1
        foot = base + (lower * LINE_MM + 0.6 if raised else 0.0)
        if raised:
            sheet.line([centre, centre], [height - head.height, foot - 0.9], EDGE, 0.5)
        widest = max(text_width(name, bold=number == 0) for name in words)
        centre = min(centre, WIDTH_MM - widest / 2 - 0.2)
        for step, name in enumerate(words, start=1):
            sheet.text(centre, foot + (len(words) - step) * LINE_MM, name, align="center", bold=number == 0)

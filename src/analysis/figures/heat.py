"""What heat tables share: five shades from the best to the worst, symbols for what limits show, and their key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from analysis.catalogue.flags import flag_words
from analysis.catalogue.model import Indicator
from analysis.figures.rows import records
from analysis.figures.sheet import CAP_MM, INK, LINE_MM, WHITE, Sheet, ink_on, text_width
from analysis.tables.loaded import LoadedEdition
from analysis.words import period_words

SHADES = ("#E3F0FA", "#A6CEF2", "#6BACE6", "#2073BC", "#12436D")
"""The best to the worst: ever darker, so that they keep their order without colour."""

SYMBOLS = {"better": "^", "similar": "o", "worse": "v"}
SYMBOL_PT = 3.6
EDGE = "#767676"
BOX_MM = 4.0

Result = dict[tuple[str, str, str, str, str], str]


def results_of(edition: LoadedEdition) -> Result:
    """What limits show beside the benchmark, by indicator, area, sex, age and end of the period: as it was judged."""
    table = edition.table("judgements")
    table = table[(table["benchmark_method"] == "limits") & table["benchmark_result"].isin(list(SYMBOLS))]
    keys = ["indicator", "area_code", "sex", "age", "period_end"]
    return {tuple(row[key] for key in keys): str(row["benchmark_result"]) for row in records(table)}


def heading_words(title: str, indicator: Indicator, first: Mapping[str, Any], flag: str) -> str:
    """Title, unit (unless the title has it), period and the flag of all values."""
    unit = "" if indicator.unit in title.lower() or indicator.unit in ("score", "index") else f" ({indicator.unit})"
    when = period_words(str(first["period_start"]), str(first["period_end"]))
    return f"{title}{unit}, {when} {flag}".strip()


def shared_flags(flags: Iterable[str]) -> tuple[str, list[str]]:
    """The flags that all values carry, and what is left of each value's own.

    Examples
    --------
    >>> shared_flags(["[e]", "[e][u]"]), shared_flags(["[e]", ""])
    (('[e]', ['', '[u]']), ('', ['[e]', '']))
    """
    own = [flag_words(flag) for flag in flags]
    shared = [word for word in own[0] if all(word in words for words in own)] if own else []
    return "".join(shared), ["".join(word for word in words if word not in shared) for words in own]


def fill_of(shade: float) -> str:
    """The colour of a shade, 1 (best) to 5; white where there is none."""
    return WHITE if np.isnan(shade) else SHADES[int(shade) - 1]


def draw_symbol(sheet: Sheet, x: float, y: float, result: str, fill: str = WHITE) -> None:
    """The symbol of a result, in the ink that reads on ``fill``; hollow where no difference is shown."""
    ink = ink_on(fill)
    hollow = result == "similar"
    sheet.mark([x], [y], SYMBOLS[result], size=SYMBOL_PT, fill="none" if hollow else ink, edge=ink, width=0.7)


def draw_key(sheet: Sheet, x: float, y: float, first: str, last: str) -> float:
    """The five shades between two words; where they end."""
    sheet.text(x, y, first)
    x += text_width(first) + 1.5
    for shade in SHADES:
        sheet.box(x, y - 0.5, BOX_MM, LINE_MM - 0.5, shade, edge=EDGE, line=0.4)
        x += BOX_MM
    sheet.text(x + 1.5, y, last)
    return x + 1.5 + text_width(last)


def draw_symbol_key(sheet: Sheet, x: float, y: float, benchmark: str) -> None:
    """What the symbols mean."""
    sheet.text(x, y, "by 95% limits")
    x += text_width("by 95% limits") + 2.0
    for result in SYMBOLS:
        words = f"{result} than {benchmark}" if result == "worse" else f"{result},"
        draw_symbol(sheet, x + 1.0, y + CAP_MM / 2, result)
        sheet.text(x + 3.0, y, words, colour=INK)
        x += text_width(words) + 5.0

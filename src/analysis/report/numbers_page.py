"""The annex of numbers on the web page: each number leads to its line, and each line back to its numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from html import escape

from analysis.blocks import Figure, Table
from analysis.report.sentence_numbers import ANNEX, NumberRow, Origin
from analysis.report.tables import breakable

_HREF = re.compile(r' href="#about-[^"]*"')
_NUMBER = re.compile(r'<a class="number"[^>]*>([^<]*)</a>')
METHODS_PAGE = "../site/methods.html"
"""Where the sections of the methods lie, seen from the page of a report."""
FEW = 6
HEADINGS = ("Number, and what is printed", "What it is, its key and its row", "Source")


def linked_number(known: str, text: str) -> str:
    """A number in a sentence, leading to its line of the annex."""
    return f'<a class="number" id="{known}" href="#about-{known}">{escape(text)}</a>'


def without_annex(page: str) -> str:
    """The page of a document that has no annex: its numbers lead nowhere and are no links."""
    return _HREF.sub("", page)


def plain_numbers(page: str) -> str:
    """A page on which the numbers in sentences are words like the others."""
    return _NUMBER.sub(r"\1", page)


def linked_check(line: str, check: str) -> str:
    """A line under a figure; that which says how to check it leads to the figure's line of the annex."""
    if not check or not line.endswith(check):
        return escape(line)
    words, known = line.removesuffix(check), check.rpartition(" ")[2]
    return f'{escape(words)}<a href="#about-{known}"><code>{escape(check)}</code></a>'


def figures_annex(figures: Iterable[tuple[str, str, Figure | Table]], origins: Mapping[str, Origin]) -> str:
    """A line for each figure and table: what it shows, its data, cell, indicators and methods, and its releases."""
    rows = []
    for known, label, block in figures:
        origin = origins[known]
        back = f'<a id="about-{known}" href="#{known}">{label}</a>'
        data = f'<span class="key"><a href="figures/{known}.csv"><code>figures/{_breaking(known)}.csv</code></a>'
        data += f"<br>cell <code>{_breaking(origin.cell)}</code>{_few(origin)}{_methods(origin.methods)}</span>"
        data += _many(origin)
        rows.append(
            f'<tr><th scope="row">{back}</th><td>{escape(block.title)}<br>{data}</td>'
            f"<td>{_breaking(origin.releases or block.source)}</td></tr>"
        )
    head = "".join(
        f'<th scope="col">{words}</th>' for words in ("Figure or table", "What it shows, and its data", "Releases")
    )
    body = "\n".join(rows)
    return (
        '<div class="numbered-table" id="figures-and-tables">\n<div class="scroll" tabindex="0">\n<table>\n'
        "<caption>Figures and tables: what each shows, and where it comes from</caption>\n"
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>\n</div>\n</div>"
    )


def numbers_annex(label: str, table: Table, about: Iterable[NumberRow]) -> str:
    """The table of numbers: anchors ``about-<id>``, keys, rows, and publishers' addresses."""
    head = "".join(f'<th scope="col">{escape(words)}</th>' for words in HEADINGS)
    rows = "\n".join(f"<tr>{''.join(_cells(row))}</tr>" for row in about)
    caption = f'<span class="label">{label}</span> {escape(table.title)}'
    under = f'<p class="under">Source: {escape(table.source)}</p>'
    return (
        f'<div class="numbered-table" id="{ANNEX}">\n<div class="scroll" tabindex="0">\n<table>\n'
        f"<caption>{caption}</caption>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>\n</div>\n"
        f"{under}\n</div>"
    )


def _cells(row: NumberRow) -> Iterable[str]:
    pairs = zip(row.ids, row.texts, strict=True)
    back = "<br>".join(f'<a id="about-{known}" href="#{known}">{known}</a> {escape(text)}' for known, text in pairs)
    rows = dict.fromkeys(_row_of(key) for key in row.keys)
    keys = "<br>".join(f"<code>{_breaking(key)}</code>" for key in rows)
    source = _breaking(row.source)
    if row.address.startswith(("https://", "http://")):
        source = f'<a href="{escape(row.address)}">{source}</a>'
    lines = _breaking(row.rows)
    for words, address in row.files:
        lines = lines.replace(_breaking(words), f'<a href="{address}">{_breaking(words)}</a>')
    what = ": ".join(part for part in (row.subject, row.detail) if part)
    yield f'<th scope="row">{back}</th>'
    yield f'<td>{escape(what)}<br><span class="key">{keys}<br>{lines}{_methods(row.methods)}</span></td>'
    yield f"<td>{source}</td>"


def _few(origin: Origin) -> str:
    """The ids of a figure's indicators, where they are few."""
    return f"<br>indicator {_ids(origin)}" if 0 < len(origin.indicators) <= FEW else ""


def _many(origin: Origin) -> str:
    """The ids of a figure's indicators folded away, where they are many."""
    if len(origin.indicators) <= FEW:
        return ""
    return f'<details class="key"><summary>{len(origin.indicators)} indicators</summary>{_ids(origin)}</details>'


def _ids(origin: Origin) -> str:
    return ", ".join(f"<code>{_breaking(name)}</code>" for name in origin.indicators)


def _methods(sections: Iterable[str]) -> str:
    """Links into the page of methods."""
    links = ", ".join(f'<a href="{METHODS_PAGE}#{one}">{_breaking(one)}</a>' for one in sections)
    return f"<br>method {links}" if links else ""


def _row_of(key: str) -> str:
    """The key without the column that it prints: numbers of one line share the row."""
    row, _, column = key.rpartition(":")
    return row if row and column.isidentifier() and column != "count" else key


def _breaking(text: str) -> str:
    return escape(breakable(text)).replace("\u200b", "<wbr>")

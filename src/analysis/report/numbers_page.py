"""The annex of numbers on the web page: each number leads to its line, and each line back to its numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from html import escape

from analysis.blocks import Figure, Table
from analysis.report.numbers import ANNEX, NumberRow
from analysis.report.tables import breakable

_HREF = re.compile(r' href="#about-[^"]*"')
_NUMBER = re.compile(r'<a class="number"[^>]*>([^<]*)</a>')
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


def figures_annex(figures: Iterable[tuple[str, str, Figure | Table]], origins: Mapping[str, str]) -> str:
    """A line for each figure and table: what it shows, the releases behind it, its file of data."""
    rows = []
    for known, label, block in figures:
        back = f'<a id="about-{known}" href="#{known}">{label}</a>'
        data = f'<span class="key"><code>figures/{_breaking(known)}.csv</code></span>'
        rows.append(
            f'<tr><th scope="row">{back}</th><td>{escape(block.title)}<br>{data}</td>'
            f"<td>{_breaking(origins.get(known) or block.source)}</td></tr>"
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
    what = ": ".join(part for part in (row.subject, row.detail) if part)
    yield f'<th scope="row">{back}</th>'
    yield f'<td>{escape(what)}<br><span class="key">{keys}<br>{_breaking(row.rows)}</span></td>'
    yield f"<td>{source}</td>"


def _row_of(key: str) -> str:
    """The key without the column that it prints: numbers of one line share the row."""
    row, _, column = key.rpartition(":")
    return row if row and column.isidentifier() and column != "count" else key


def _breaking(text: str) -> str:
    return escape(breakable(text)).replace("\u200b", "<wbr>")

"""A document as one self-contained HTML file: nothing is loaded from anywhere, and it works without its script."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from html import escape
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from analysis.blocks import Explorer, Figure, Table
from analysis.errors import ReportError
from analysis.report.document import (
    BoxItem,
    Document,
    ExplorerItem,
    FigureItem,
    Item,
    ProseItem,
    TableItem,
    read_csv,
    under_lines,
)
from analysis.report.markdown import Node, plain
from analysis.report.numbers_page import (
    figures_annex,
    linked_check,
    linked_number,
    numbers_annex,
    plain_numbers,
    without_annex,
)
from analysis.report.svg import inline_svg
from analysis.report.tables import breakable, table_csv

TEMPLATE = Path(__file__).parent / "template"


def render_html(document: Document, beside: Mapping[str, str] = MappingProxyType({})) -> str:
    """Set a document as a web page.

    Parameters
    ----------
    document : Document
        From :func:`analysis.report.document.gather`.
    beside : mapping of str to str
        Files that lie beside the page, by what they are called in the sentence that leads to them.

    Returns
    -------
    str
        The whole page: style, script, pictures and the tables to download are inside it.
    """
    import jinja2

    from analysis.report.explorer import explorer_html, library, packed_library, values_csv

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATE), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )

    def set_item(item: Item) -> str:
        if not isinstance(item, ExplorerItem):
            return _item(item)
        download = _download(item.id, "the explorer", values_csv(item))
        return explorer_html(item, environment, _under(item.explorer), download)

    explored = any(isinstance(item, ExplorerItem) for item in document.items)
    parts = ("report", "explorer") if explored else ("report",)
    scripts = [_inline_script((TEMPLATE / f"{part}.js").read_text(encoding="utf-8")) for part in parts]
    run = [*scripts, library()] if explored else scripts
    page = environment.get_template("report.html.j2").render(
        cover=document.cover,
        beside=beside,
        contents=_contents(document),
        lists=[_listed(document, FigureItem), _listed(document, TableItem)],
        body=_body(document, set_item),
        style="\n".join((TEMPLATE / f"{part}.css").read_text(encoding="utf-8") for part in parts),
        scripts=scripts,
        library=packed_library() if explored else "",
        allowed=" ".join(map(_fingerprint, run)),
    )
    return page + "\n"


def _inline_script(code: str) -> str:
    """A script as its element holds it."""
    return f"\n{code.strip()}\n"


def _fingerprint(script: str) -> str:
    """What the page's security policy knows a script by: any other is not run."""
    digest = hashlib.sha256(script.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def _body(document: Document, set_item: Callable[[Item], str]) -> str:
    """Every item in reading order; the annex of numbers leads back to the sentences."""
    if not document.about:
        return without_annex("\n".join(set_item(item) for item in document.items))
    *items, annex = document.items
    if not isinstance(annex, TableItem):
        raise ReportError("the annex of numbers is no table; it stands last.")
    page = "\n".join(set_item(item) for item in items)
    figures = [(item.id, item.label, _titled(item)) for item in items if isinstance(item, FigureItem | TableItem)]
    about = numbers_annex(annex.label, annex.table, document.about)
    return f"{page}\n{about}\n{figures_annex(figures, document.origins)}"


def _contents(document: Document) -> list[dict[str, Any]]:
    """The chapters, each with its sections."""
    chapters: list[dict[str, Any]] = []
    for node in document.headings():
        entry = {"id": node["id"], "text": plain(node["children"]), "number": node["number"], "sections": []}
        if node["level"] == 1:
            chapters.append(entry)
        elif node["level"] == 2:
            chapters[-1]["sections"].append(entry)
    return chapters


def _listed(document: Document, kind: type[FigureItem] | type[TableItem]) -> list[dict[str, str]]:
    found = [item for item in document.items if isinstance(item, kind)]
    return [{"id": item.id, "label": item.label, "title": _titled(item).title} for item in found]


def _titled(item: FigureItem | TableItem) -> Figure | Table:
    return item.figure if isinstance(item, FigureItem) else item.table


def render_items(document: Document) -> str:
    """Everything after the cover, as the inside of a page without scripts or annexes; an explorer is left out."""
    return plain_numbers("\n".join(_item(item) for item in document.items if not isinstance(item, ExplorerItem)))


def _item(item: ProseItem | BoxItem | TableItem | FigureItem) -> str:
    match item:
        case ProseItem():
            return _blocks(item.nodes)
        case BoxItem():
            return f'<div class="box"><p class="box-title">{escape(item.title)}</p>\n{_blocks(item.nodes)}</div>'
        case TableItem():
            return _table(item)
        case FigureItem():
            return _figure(item)


def _figure(item: FigureItem) -> str:
    figure, known = item.figure, item.id
    head, *rows = read_csv(figure.csv)
    data = _grid(
        f"The table behind {item.label}: {escape(figure.title)}",
        head="".join(f'<th scope="col">{escape(name)}</th>' for name in head),
        rows="\n".join("<tr>" + "".join(f"<td>{_cell(cell)}</td>" for cell in row) + "</tr>" for row in rows),
        hidden_caption=True,
    )
    return (
        f'<figure id="{known}">\n'
        f'<figcaption><span class="label">{item.label}</span> {escape(figure.title)}</figcaption>\n'
        f'<div class="picture" tabindex="0" role="group" aria-label="{item.label}, picture">'
        f"{inline_svg(figure.svg, known, figure.alt)}</div>\n{_under(figure)}\n"
        f"<details><summary>Table behind {item.label}</summary>\n{data}\n</details>\n"
        f"{_download(known, item.label, figure.csv)}\n</figure>"
    )


def _table(item: TableItem) -> str:
    table = item.table
    ends = [' class="end"' if column.align == "right" else "" for column in table.columns]
    head = "".join(
        f'<th scope="col"{end}>{escape(column.heading)}</th>' for column, end in zip(table.columns, ends, strict=True)
    )
    tags = [("th", ' scope="row"') if column.row_header else ("td", "") for column in table.columns]
    rows = "\n".join(
        "<tr>"
        + "".join(
            f"<{tag}{scope}{end}>{_cell(cell)}</{tag}>" for (tag, scope), end, cell in zip(tags, ends, row, strict=True)
        )
        + "</tr>"
        for row in table.rows
    )
    grid = _grid(f'<span class="label">{item.label}</span> {escape(table.title)}', head, rows)
    return (
        f'<div class="numbered-table" id="{item.id}">\n{grid}\n{_under(table)}\n'
        f"{_download(item.id, item.label, table_csv(table))}\n</div>"
    )


def _grid(caption: str, head: str, rows: str, *, hidden_caption: bool = False) -> str:
    """A table that scrolls by itself where it is too wide or too long, by keyboard too."""
    hidden = ' class="hidden"' if hidden_caption else ""
    return (
        f'<div class="scroll" tabindex="0">\n<table>\n<caption{hidden}>{caption}</caption>\n'
        f"<thead><tr>{head}</tr></thead>\n"
        f"<tbody>\n{rows}\n</tbody>\n</table>\n</div>"
    )


def _under(block: Figure | Table | Explorer) -> str:
    check = "" if isinstance(block, Explorer) else block.check
    return "\n".join(f'<p class="under">{linked_check(line, check)}</p>' for line in under_lines(block))


def _download(known: str, label: str, csv: str) -> str:
    address = "data:text/csv;charset=utf-8," + quote(csv, safe=",;:/()+")
    words = f"Download the data of {label} (CSV)"
    return f'<p class="download"><a href="{address}" download="{known}.csv">{words}</a></p>'


def _cell(text: str) -> str:
    return escape(breakable(text)).replace("\u200b", "<wbr>")


def _blocks(nodes: list[Node], *, tight: bool = False) -> str:
    return "\n".join(_block(node, tight=tight) for node in nodes)


def _block(node: Node, *, tight: bool) -> str:  # noqa: PLR0911
    match node["kind"]:
        case "heading":
            number = f'<span class="number">{node["number"]}</span> ' if node["number"] else ""
            tag = f"h{node['level'] + 1}"
            return f'<{tag} id="{node["id"]}">{number}{_inlines(node["children"])}</{tag}>'
        case "paragraph":
            return _inlines(node["children"]) if tight else f"<p>{_inlines(node['children'])}</p>"
        case "list":
            items = "\n".join(f"<li>{_blocks(item, tight=node['tight'])}</li>" for item in node["items"])
            if not node["ordered"]:
                return f"<ul>\n{items}\n</ul>"
            start = f' start="{node["start"]}"' if node["start"] != 1 else ""
            return f"<ol{start}>\n{items}\n</ol>"
        case "quote":
            return f"<blockquote>\n{_blocks(node['children'])}\n</blockquote>"
        case "code":
            return f'<pre tabindex="0"><code>{escape(node["text"])}</code></pre>'
        case "rule":
            return "<hr>"
    return _plain_table(node)


def _plain_table(node: Node) -> str:
    ends = [' class="end"' if align == "right" else "" for align in node["align"]]
    head = "".join(f'<th scope="col"{end}>{_inlines(cell)}</th>' for cell, end in zip(node["head"], ends, strict=True))
    rows = "\n".join(
        "<tr>" + "".join(f"<td{end}>{_inlines(cell)}</td>" for cell, end in zip(row, ends, strict=True)) + "</tr>"
        for row in node["rows"]
    )
    return (
        f'<div class="scroll" tabindex="0">\n<table>\n<thead><tr>{head}</tr></thead>\n'
        f"<tbody>\n{rows}\n</tbody>\n</table>\n</div>"
    )


def _inlines(nodes: list[Node]) -> str:
    return "".join(_inline(node) for node in nodes)


def _inline(node: Node) -> str:
    match node["kind"]:
        case "text":
            return escape(node["text"])
        case "code":
            return f"<code>{escape(node['text'])}</code>"
        case "break":
            return "<br>"
        case "number":
            return linked_number(node["id"], node["text"])
        case "link":
            address = f"#{node['target']}" if node["target"] else node["url"]
            return f'<a href="{escape(address)}">{_inlines(node["children"])}</a>'
    tag = {"strong": "strong", "emphasis": "em"}[node["kind"]]
    return f"<{tag}>{_inlines(node['children'])}</{tag}>"

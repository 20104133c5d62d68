"""Executed notebooks become one document: a cover and what follows it, numbered, every id and link checked.

Both renderings are made from this document, so that Figure 3 of the PDF is Figure 3 of the page. Chapters are
the first-level headings; those of the second and later notebooks, and of the first from a cell tagged ``annex``
on, are annexes, lettered instead of numbered. Cells tagged ``remove-cell`` (the tag that Jupyter's own tools
know), code and plain results are left out.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from analysis.blocks import Column, Cover, Explorer, Figure, Table
from analysis.errors import ReportError
from analysis.report.markdown import Node, parser, plain, walk
from analysis.report.payload import check_filled, made, part_id, payload_blocks
from analysis.report.sentence_numbers import NumberItem, NumberRow, Origin, numbered_nodes
from analysis.report.svg import measure_svg
from analysis.report.tables import table_csv
from analysis.words import joined

_NOT_SLUG = re.compile(r"[^a-z0-9]+")
_ID = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True)
class ProseItem:
    """Paragraphs, lists and headings; a heading node has ``id`` and ``number`` (empty below chapters)."""

    nodes: list[Node]


@dataclass(frozen=True)
class BoxItem:
    """A note set apart from the text."""

    title: str
    nodes: list[Node]


@dataclass(frozen=True)
class TableItem:
    """A table with its place in the document, such as ``Table 4``."""

    id: str
    label: str
    table: Table


@dataclass(frozen=True)
class FigureItem:
    """A figure with its place in the document, such as ``Figure 2``, and its picture's size in points."""

    id: str
    label: str
    figure: Figure
    size: tuple[float, float]


@dataclass(frozen=True)
class ExplorerItem:
    """What the web page lets a reader explore; it has no number, since the PDF only points to it."""

    id: str
    explorer: Explorer


Block = Table | Figure | Explorer
Item = ProseItem | BoxItem | TableItem | FigureItem | ExplorerItem


@dataclass(frozen=True)
class Document:
    """A report before it is set: the cover and everything after it, in reading order, and the numbers in sentences.

    ``about`` holds the lines of the annex that says what each number is, and ``origins`` where each figure
    and table comes from; none before the annex is added.
    """

    cover: Cover
    items: tuple[Item, ...]
    numbers: tuple[NumberItem, ...] = ()
    about: tuple[NumberRow, ...] = ()
    origins: Mapping[str, Origin] = field(default_factory=dict)

    def blocks(self) -> Iterator[tuple[str, str, Block]]:
        """Each figure, table and explorer with its id and its label."""
        for item in self.items:
            match item:
                case TableItem():
                    yield item.id, item.label, item.table
                case FigureItem():
                    yield item.id, item.label, item.figure
                case ExplorerItem():
                    yield item.id, "Explorer", item.explorer

    def headings(self) -> Iterator[Node]:
        """The headings in reading order."""
        for item in self.items:
            if isinstance(item, ProseItem):
                yield from (node for node in item.nodes if node["kind"] == "heading")


def gather(notebooks: Mapping[str, Mapping[str, Any]], edition: str = "") -> Document:
    """Make one document of executed notebooks.

    Parameters
    ----------
    notebooks : mapping of str to notebook
        Name to executed notebook (nbformat 4.5), in the order of the report. The first holds the cover.
    edition : str
        Its id, for the line under each figure that says how to check it; without one there is no such line.

    Returns
    -------
    Document
        Numbered, with every id unique and every internal link leading somewhere.

    Raises
    ------
    ReportError
        Names notebook and cell: a failed cell, a block of unknown kind, a missing alt text, source or title,
        a table whose rows do not fit its columns, a picture that needs something from outside, an id used
        twice, a heading that skips a level, a link that leads nowhere, no cover or a second one.
    """
    gathering = _Gathering(edition)
    for order, (name, notebook) in enumerate(notebooks.items()):
        gathering.notebook(name, notebook, annex=order > 0)
    return gathering.document()


@dataclass
class _Gathering:
    """What is known so far while the cells are read in order."""

    edition: str = ""
    parse: Any = field(default_factory=parser)
    numbers: list[NumberItem] = field(default_factory=list)
    cover: Cover | None = None
    items: list[tuple[str, Item]] = field(default_factory=list)
    owners: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    parts: dict[str, list[str]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)

    def notebook(self, name: str, notebook: Mapping[str, Any], *, annex: bool) -> None:
        covers, further = 0, annex
        counted = Counter[str]()
        for position, cell in enumerate(notebook["cells"]):
            where = f"{name}, cell {cell.get('id') or position + 1}"
            if "annex" in cell.get("metadata", {}).get("tags", []) and not annex:
                self._name_headings(annex=False)
                annex = True
            if "remove-cell" in cell.get("metadata", {}).get("tags", []):
                continue
            try:
                if cell["cell_type"] == "markdown":
                    self._prose(self.parse("".join(cell["source"])), where, cell.get("id", ""))
                    continue
                for block in payload_blocks(cell):
                    if block["kind"] == "cover":
                        covers += 1
                        self._cover(block, further=further, first=covers == 1)
                    else:
                        self._block(block, where, cell.get("id", ""), name, counted)
            except ReportError as error:
                raise ReportError(f"{where}: {error}") from error
        self._name_headings(annex=annex)

    def document(self) -> Document:
        if self.cover is None:
            raise ReportError("the report has no cover: the first notebook must show a cover block.")
        self._check_levels()
        for where, item in self.items:
            if isinstance(item, ProseItem | BoxItem):
                self._resolve_links(item.nodes, where)
        return Document(self.cover, tuple(item for _, item in self.items), tuple(self.numbers))

    def _cover(self, block: Mapping[str, Any], *, further: bool, first: bool) -> None:
        if not first:
            raise ReportError("a second cover; a notebook has one.")
        cover = made(Cover, block)
        check_filled(cover, "title", "date", "publisher", "description")
        if not further:
            self.cover = cover

    def _block(self, block: Mapping[str, Any], where: str, cell: str, notebook: str, counted: Counter[str]) -> None:
        match block["kind"]:
            case "text":
                self._prose(self._numbered(block, where, cell, notebook, counted), where, "")
            case "box":
                nodes = self._numbered(block, where, cell, notebook, counted)
                if any(node["kind"] == "heading" for node in walk(nodes)):
                    raise ReportError("a box holds a heading; a box has its title, use bold words inside.")
                self.items.append((where, BoxItem(block["title"], nodes)))
            case "table":
                self._table(block, where, cell)
            case "figure":
                self._figure(block, where, cell)
            case "explorer":
                explorer = made(Explorer, block)
                check_filled(explorer, "title", "alt", "source", "data", "csv")
                self.items.append((where, ExplorerItem(self._claim(part_id(cell, explorer.part), where), explorer)))

    def _numbered(
        self, block: Mapping[str, Any], where: str, cell: str, notebook: str, counted: Counter[str]
    ) -> list[Node]:
        """Read the Markdown of a block; each number in it becomes a node with an id, counted in its cell.

        In its words ``[](#.map)`` leads to the part ``map`` of the cell that shows it.
        """
        nodes, numbers = numbered_nodes(self.parse, block)
        for node in walk(nodes):
            if node.get("target", "").startswith("."):
                node["target"] = f"{cell}-{node['target'][1:]}"
        for node, number in numbers:
            counted[cell] += 1
            known = self._claim(f"n-{cell}-{counted[cell]}", where)
            node |= {"id": known, "key": number.key}
            self.numbers.append(NumberItem(known, number.text, number.key, notebook, cell))
        return nodes

    def _prose(self, nodes: list[Node], where: str, cell: str) -> None:
        """Add prose; the first heading of a Markdown cell is known by the id of the cell."""
        headings = [node for node in nodes if node["kind"] == "heading"]
        inside = (node for top in nodes if top["kind"] != "heading" for node in walk([top]))
        if any(node["kind"] == "heading" for node in inside):
            raise ReportError("a heading inside a list or quotation; headings stand on their own.")
        if headings and cell:
            headings[0]["id"] = self._claim(cell, where)
        if nodes:
            self.items.append((where, ProseItem(nodes)))

    def _table(self, block: Mapping[str, Any], where: str, cell: str) -> None:
        columns = [made(Column, column) for column in block["columns"]]
        table = made(Table, {**block, "columns": columns})
        check_filled(table, "title", "source")
        if not columns:
            raise ReportError(f"table '{table.title}' has no columns.")
        for number, row in enumerate(table.rows, start=1):
            if len(row) != len(columns):
                raise ReportError(
                    f"table '{table.title}', row {number}: expected {len(columns)} cells, got {len(row)}."
                )
        known = self._claim(part_id(cell, table.part), where)
        self.parts.setdefault(cell, []).append(known)
        table = replace(table, check=self._check(known))
        self.items.append((where, TableItem(known, self._label("Table", known), table)))

    def _figure(self, block: Mapping[str, Any], where: str, cell: str) -> None:
        figure = made(Figure, block)
        check_filled(figure, "title", "alt", "source", "svg", "csv")
        rows = read_csv(figure.csv)
        if any(len(row) != len(rows[0]) for row in rows):
            raise ReportError(f"figure '{figure.title}': its CSV has rows longer or shorter than its first line.")
        size = measure_svg(figure.svg)
        known = self._claim(part_id(cell, figure.part), where)
        self.parts.setdefault(cell, []).append(known)
        figure = replace(figure, check=self._check(known))
        self.items.append((where, FigureItem(known, self._label("Figure", known), figure, size)))

    def _check(self, known: str) -> str:
        return f"sotc explain {self.edition} {known}" if self.edition else ""

    def _label(self, word: str, known: str) -> str:
        self.counts[word] += 1
        self.names[known] = f"{word} {self.counts[word]}"
        return self.names[known]

    def _claim(self, known: str, where: str) -> str:
        if not _ID.fullmatch(known):
            raise ReportError(f"'{known}' cannot be an id; expected letters, digits, '-' and '_'.")
        if known in self.owners:
            raise ReportError(f"the id '{known}' is used twice, first in {self.owners[known]}; choose another.")
        self.owners[known] = where
        return known

    def _name_headings(self, *, annex: bool) -> None:
        """Number the headings of a notebook and, once its other ids are known, name those without an id."""
        word = "Annex" if annex else "Chapter"
        for where, item in self.items:
            for node in item.nodes if isinstance(item, ProseItem) else []:
                if node["kind"] != "heading" or "number" in node:
                    continue
                text = plain(node["children"])
                if "id" not in node:
                    node["id"] = self._claim(self._free_slug(text), where)
                node["number"] = ""
                self.names[node["id"]] = text
                if node["level"] == 1:
                    self.counts[word] += 1
                    node["number"] = chr(64 + self.counts[word]) if annex else str(self.counts[word])
                    node["word"] = word
                    self.names[node["id"]] = f"{word} {node['number']}"

    def _free_slug(self, text: str) -> str:
        slug = _NOT_SLUG.sub("-", text.lower()).strip("-") or "section"
        tries = (f"{slug}-{number}" if number > 1 else slug for number in range(1, len(self.owners) + 2))
        return next(name for name in tries if name not in self.owners)

    def _named_together(self, known: list[str]) -> str:
        """Several figures or tables by their numbers, such as ``Figures 3 and 4``."""
        words = sorted({self.names[name].split()[0] for name in known})
        numbers = {
            word: [n.split()[1] for n in map(self.names.get, known) if n and n.startswith(word)] for word in words
        }
        return joined([f"{word}{'s' if len(found) > 1 else ''} {joined(found)}" for word, found in numbers.items()])

    def _check_levels(self) -> None:
        before = 0
        for where, item in self.items:
            for node in item.nodes if isinstance(item, ProseItem) else []:
                if node["kind"] != "heading":
                    continue
                if node["level"] > before + 1:
                    raise ReportError(
                        f"{where}: the heading '{plain(node['children'])}' is of level {node['level']} "
                        f"after level {before}; levels may not be skipped."
                    )
                before = node["level"]

    def _resolve_links(self, nodes: list[Node], where: str) -> None:
        """Check that internal links lead somewhere; a link without words, ``[](#map)``, says ``Figure 3``.

        A link to a cell that shows several figures leads to the first of them and names all.
        """
        for node in walk(nodes):
            target = node.get("target")
            if node["kind"] == "link" and target:
                shown = [] if target in self.names else self.parts.get(target, [])
                if shown:
                    target = node["target"] = shown[0]
                    if len(shown) > 1 and not plain(node["children"]).strip():
                        node["children"] = [{"kind": "text", "text": self._named_together(shown)}]
                if target not in self.names:
                    raise ReportError(
                        f"{where}: the link '#{target}' leads nowhere; no figure, table or heading has that id."
                    )
                if not plain(node["children"]).strip():
                    node["children"] = [{"kind": "text", "text": self.names[target]}]


def figure_files(document: Document) -> dict[str, bytes]:
    """The files that stand beside a report: each figure's picture and each figure's and table's data.

    Parameters
    ----------
    document : Document

    Returns
    -------
    dict of str to bytes
        ``figures/<id>.svg`` and ``figures/<id>.csv`` in reading order.
    """
    files: dict[str, bytes] = {}
    for item in document.items:
        if isinstance(item, FigureItem):
            files[f"figures/{item.id}.svg"] = item.figure.svg.encode()
            files[f"figures/{item.id}.csv"] = item.figure.csv.encode()
        elif isinstance(item, ExplorerItem):
            files[f"figures/{item.id}.csv"] = item.explorer.csv.encode()
        elif isinstance(item, TableItem):
            files[f"figures/{item.id}.csv"] = table_csv(item.table).encode()
    return files


def under_lines(block: Table | Figure | Explorer) -> list[str]:
    """What stands under a table or figure: its note, if it has one, its source, and how to check it.

    Examples
    --------
    >>> under_lines(Table("Wards", [], [], source="ONS, 2018.", note="Note: [x] not available."))
    ['Note: [x] not available.', 'Source: ONS, 2018.']
    """
    named = (("Note", block.note), ("Source", block.source))
    full = [(word, text if text.endswith(".") else f"{text}.") for word, text in named if text.strip()]
    if not isinstance(block, Explorer) and block.check:
        full.append((f"Check this {_kind(block)}", block.check))
    return [text if text.startswith(word) else f"{word}: {text}" for word, text in full]


def _kind(block: Table | Figure) -> str:
    return "figure" if isinstance(block, Figure) else "table"


def read_csv(text: str) -> list[list[str]]:
    """The rows of a CSV text, headings first."""
    rows = list(csv.reader(io.StringIO(text)))
    if not rows or not rows[0]:
        raise ReportError("the CSV of the figure is empty; it holds the table that the figure plots.")
    return rows

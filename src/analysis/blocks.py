"""What a notebook cell hands to a report: text, boxes, tables and figures.

Every object here shows itself in JupyterLab and carries, in the same output, a JSON payload of type
:data:`MIME` from which the PDF and the HTML are made. The payload is ``{"version": 1, "blocks": [...]}``;
the kinds of block are those of the classes below (``cover``, ``text``, ``box``, ``table``, ``figure``, ``explorer``).
A figure or table gets its id at export: the id of its notebook cell, with ``-<part>`` where it has a part.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

MIME = "application/vnd.sotc.blocks+json"


def cell_part(part: str) -> str:
    """The id that a figure or table has in the report, as far as it is known where it is shown.

    JupyterLab says which cell runs; elsewhere the cell's id is left as a word to fill in.

    Examples
    --------
    >>> cell_part("table"), cell_part("")
    ('<cell>-table', '<cell>')
    """
    import sys

    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    parent: dict[str, Any] = getattr(shell, "get_parent", dict)() or {}
    cell = parent.get("metadata", {}).get("cellId") or "<cell>"
    return f"{cell}-{part}" if part else str(cell)


class _Shown:
    """Gives a block its rich display: the payload for reports and a plain view for the notebook."""

    def payload(self) -> list[dict[str, Any]]:
        """Blocks as plain data, for the reports."""
        raise NotImplementedError

    def html(self) -> str:
        """A plain view, for JupyterLab."""
        raise NotImplementedError

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:  # noqa: ARG002
        return {
            MIME: {"version": 1, "blocks": self.payload()},
            "text/html": self.html(),
            "text/plain": f"<{type(self).__name__}>",
        }


def _hint(part: str) -> str:
    return f"<small>(in the report: #{html.escape(cell_part(part))})</small>"


@dataclass(frozen=True)
class Number:
    """A number used in a sentence: how it is printed and the row it came from.

    ``key`` is ``indicator@area_code@period_start/period_end@sex@age`` for a row of ``indicators.csv``,
    or ``table:row:column`` for another processed table.
    """

    text: str
    key: str


@dataclass(frozen=True)
class Text(_Shown):
    """Paragraphs, lists and headings in Markdown, with the numbers that the sentences use."""

    markdown: str
    numbers: tuple[Number, ...] = ()

    def payload(self) -> list[dict[str, Any]]:
        """Blocks as plain data, for the reports."""
        numbers = [{"text": n.text, "key": n.key} for n in self.numbers]
        return [{"kind": "text", "markdown": self.markdown, "numbers": numbers}]

    def html(self) -> str:
        """A plain view, for JupyterLab."""
        import mistune

        return str(mistune.html(self.markdown))


@dataclass(frozen=True)
class Box(_Shown):
    """A note set apart from the text, such as what may not be compared and why."""

    title: str
    markdown: str
    numbers: tuple[Number, ...] = ()

    def payload(self) -> list[dict[str, Any]]:
        """Blocks as plain data, for the reports."""
        numbers = [{"text": n.text, "key": n.key} for n in self.numbers]
        return [{"kind": "box", "title": self.title, "markdown": self.markdown, "numbers": numbers}]

    def html(self) -> str:
        """A plain view, for JupyterLab."""
        import mistune

        return f"<aside><strong>{html.escape(self.title)}</strong>{mistune.html(self.markdown)}</aside>"


@dataclass(frozen=True)
class Cover(_Shown):
    """The cover and the document's metadata: title, subtitle, date as printed, who made it, what it is."""

    title: str
    subtitle: str
    date: str
    publisher: str
    description: str

    def payload(self) -> list[dict[str, Any]]:
        """Blocks as plain data, for the reports."""
        return [{"kind": "cover", **self.__dict__}]

    def html(self) -> str:
        """A plain view, for JupyterLab."""
        return f"<h1>{html.escape(self.title)}</h1><p>{html.escape(self.subtitle)}, {html.escape(self.date)}</p>"


@dataclass(frozen=True)
class Column:
    """A table column: its heading and how its cells are set. ``row_header`` marks the cells that name the row."""

    heading: str
    align: Literal["left", "right"] = "left"
    row_header: bool = False
    width: float = 1.0


@dataclass(frozen=True)
class Table(_Shown):
    """A printed table: cells are text, already rounded and flagged. ``part`` tells tables of one cell apart."""

    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    source: str
    note: str = ""
    part: str = ""

    def payload(self) -> list[dict[str, Any]]:
        """Blocks as plain data, for the reports."""
        return [
            {
                "kind": "table",
                "part": self.part,
                "title": self.title,
                "columns": [dict(c.__dict__) for c in self.columns],
                "rows": [list(row) for row in self.rows],
                "source": self.source,
                "note": self.note,
            }
        ]

    def html(self) -> str:
        """A plain view, for JupyterLab."""
        head = "".join(f"<th>{html.escape(c.heading)}</th>" for c in self.columns)
        body = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in self.rows)
        return f"<table><caption>{html.escape(self.title)} {_hint(self.part)}</caption><tr>{head}</tr>{body}</table>"


@dataclass(frozen=True)
class Figure(_Shown):
    """A picture (SVG), what it shows in words (``alt``), its source line and the table that it plots (CSV text)."""

    title: str
    alt: str
    source: str
    svg: str = field(repr=False)
    csv: str = field(repr=False)
    note: str = ""
    part: str = ""

    def payload(self) -> list[dict[str, Any]]:
        """Blocks as plain data, for the reports."""
        return [{"kind": "figure", **self.__dict__}]

    def html(self) -> str:
        """A plain view, for JupyterLab."""
        return f"<figure>{self.svg}<figcaption>{html.escape(self.title)} {_hint(self.part)}</figcaption></figure>"


@dataclass(frozen=True)
class Explorer(_Shown):
    """What the web page lets a reader explore: its data as JSON, what it shows in words, its source and its CSV."""

    title: str
    alt: str
    source: str
    data: str = field(repr=False)
    csv: str = field(repr=False)
    note: str = ""
    part: str = ""

    def payload(self) -> list[dict[str, Any]]:
        """Blocks as plain data, for the reports."""
        return [{"kind": "explorer", **self.__dict__}]

    def html(self) -> str:
        """A plain view, for JupyterLab."""
        return f"<p><strong>{html.escape(self.title)}</strong>: in the web page of the report.</p>"


@dataclass(frozen=True)
class Blocks(_Shown):
    """Several blocks from one call, in reading order."""

    blocks: tuple[Text | Box | Cover | Table | Figure, ...]

    @classmethod
    def of(cls, blocks: Iterable[Text | Box | Cover | Table | Figure]) -> Blocks:
        """Gather blocks from any iterable."""
        return cls(tuple(blocks))

    def payload(self) -> list[dict[str, Any]]:
        """Blocks as plain data, for the reports."""
        return [item for block in self.blocks for item in block.payload()]

    def html(self) -> str:
        """A plain view, for JupyterLab."""
        return "\n".join(block.html() for block in self.blocks)

"""What a notebook cell hands to a report: text, boxes, tables and figures.

Every object here shows itself in JupyterLab and carries, in the same output, a JSON payload of type
:data:`MIME` from which the PDF and the HTML are made. The payload is ``{"version": 1, "blocks": [...]}``;
the kinds of block are those of the classes below (``cover``, ``text``, ``box``, ``table``, ``figure``, ``explorer``).
A figure or table gets its id at export: the id of its notebook cell, with ``-<part>`` where it has a part.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from analysis.errors import ReportError

if TYPE_CHECKING:
    import pandas as pd

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
    """A printed number: its text, the key of what it prints, and where it stands in the text of its block.

    The key is one that :mod:`analysis.tables.keys` reads: of a cell of a processed table, or of what is counted in it.
    ``part`` says in which text of the block it stands: empty in Markdown; ``note``, ``alt`` or ``title``; or
    ``row,column`` (from 0) in a cell of a table.
    """

    text: str
    key: str
    at: int = 0
    part: str = ""


_OPEN, _CLOSE = 0xE100, "\ue000"
MARKED = re.compile("([\ue100-\uf8ff])([^\ue000\ue100-\uf8ff]*)\ue000")
"""A number between marks of the private-use area: the first mark holds its place in a list, then its text."""


def mark(number: int, text: str) -> str:
    """The text of a number between marks that carry which one it is, while sentences are being put together."""
    return f"{chr(_OPEN + number)}{text}{_CLOSE}"


def marked_number(letter: str) -> int:
    """Which number an opening mark carries."""
    return ord(letter) - _OPEN


def place_numbers(marked: str, keys: Sequence[str], part: str = "") -> tuple[str, tuple[Number, ...]]:
    """Take the marks out of a finished text: the clean text, and each number with the place where it stands.

    A number that never came into the text is left out; one that came twice is there twice.

    Examples
    --------
    >>> place_numbers(f"**{mark(1, '4')}** of {mark(0, '4')}", ["a", "b", "c"])
    ('**4** of 4', (Number(text='4', key='b', at=2, part=''), Number(text='4', key='a', at=9, part='')))
    """
    pieces, numbers, end, length = [], [], 0, 0
    for match in MARKED.finditer(marked):
        before, text = marked[end : match.start()], match[2]
        length += len(before)
        numbers.append(Number(text, keys[marked_number(match[1])], length, part))
        pieces += [before, text]
        end, length = match.end(), length + len(text)
    return "".join([*pieces, marked[end:]]), tuple(numbers)


def mark_numbers(markdown: str, numbers: Sequence[Number]) -> str:
    """The reverse of :func:`place_numbers`: Markdown in which the number at each place stands between marks.

    Raises
    ------
    ReportError
        If a number does not stand where it says, or two overlap.
    """
    pieces, end = [], 0
    for place, number in enumerate(numbers):
        stop = number.at + len(number.text)
        if number.at < end or not number.text or markdown[number.at : stop] != number.text:
            raise ReportError(f"the number {number.text!r} does not stand at {number.at} of its text; run it again.")
        pieces += [markdown[end : number.at], mark(place, number.text)]
        end = stop
    return "".join([*pieces, markdown[end:]])


def _numbers(numbers: Iterable[Number]) -> list[dict[str, Any]]:
    return [
        {"text": one.text, "key": one.key, "at": one.at} | ({"part": one.part} if one.part else {}) for one in numbers
    ]


Release = tuple[str, str]
"""A source and one of its releases."""


@dataclass(frozen=True)
class Text(_Shown):
    """Paragraphs, lists and headings in Markdown, with the numbers that the sentences use, in reading order."""

    markdown: str
    numbers: tuple[Number, ...] = ()

    def payload(self) -> list[dict[str, Any]]:
        """Blocks as plain data, for the reports."""
        return [{"kind": "text", "markdown": self.markdown, "numbers": _numbers(self.numbers)}]

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
        numbers = _numbers(self.numbers)
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
    """A table column: its heading and how its cells are set. ``row_header`` marks the cells that name the row.

    ``words`` is the reason why digits in its cells are no numbers of ours that a key could name: they are of names,
    periods, addresses or quotations. Without one every digit in a cell must belong to a number with a key.
    """

    heading: str
    align: Literal["left", "right"] = "left"
    row_header: bool = False
    width: float = 1.0
    words: str = ""


@dataclass(frozen=True)
class Table(_Shown):
    """A printed table: cells are text, already rounded and flagged. ``part`` tells tables of one cell apart.

    ``numbers`` are those of its cells and its note, ``indicators`` and ``releases`` what it shows and rests on.
    ``check``, the command that traces it, is set when a report is made.
    """

    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    source: str
    note: str = ""
    part: str = ""
    numbers: tuple[Number, ...] = field(default=(), repr=False)
    indicators: tuple[str, ...] = ()
    releases: tuple[Release, ...] = ()
    check: str = ""

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
                **_provenance(self),
            }
        ]

    def html(self) -> str:
        """A plain view, for JupyterLab."""
        head = "".join(f"<th>{html.escape(c.heading)}</th>" for c in self.columns)
        body = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in self.rows)
        return f"<table><caption>{html.escape(self.title)} {_hint(self.part)}</caption><tr>{head}</tr>{body}</table>"


@dataclass(frozen=True)
class Figure(_Shown):
    """A picture (SVG), what it shows in words (``alt``), its source line and the table that it plots (CSV text).

    ``rows_of`` names the processed tables of which each row of the CSV is a row, found by their keys; ``numbers`` are
    those of its note and alt text, ``indicators`` and ``releases`` what it shows and rests on. ``check``, the command
    that traces it, is set when a report is made.
    """

    title: str
    alt: str
    source: str
    svg: str = field(repr=False)
    csv: str = field(repr=False)
    note: str = ""
    part: str = ""
    rows_of: tuple[str, ...] = ()
    numbers: tuple[Number, ...] = field(default=(), repr=False)
    indicators: tuple[str, ...] = ()
    releases: tuple[Release, ...] = ()
    check: str = ""

    def payload(self) -> list[dict[str, Any]]:
        """Blocks as plain data, for the reports."""
        texts = {name: getattr(self, name) for name in ("title", "alt", "source", "svg", "csv", "note", "part")}
        return [{"kind": "figure", **texts, "rows_of": list(self.rows_of), **_provenance(self)}]

    def html(self) -> str:
        """A plain view, for JupyterLab."""
        return f"<figure>{self.svg}<figcaption>{html.escape(self.title)} {_hint(self.part)}</figcaption></figure>"

    def frame(self) -> pd.DataFrame:
        """The table that the picture plots."""
        import io

        import pandas as pd

        return pd.read_csv(io.StringIO(self.csv))

    def png(self, ppi: float = 150) -> bytes:
        """The picture as PNG, with so many points to the inch."""
        import typst

        page = '#set page(width: auto, height: auto, margin: 0pt)\n#image(bytes(sys.inputs.svg), format: "svg")'
        made: bytes = typst.compile(page.encode("utf-8"), format="png", ppi=ppi, sys_inputs={"svg": self.svg})
        return made


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
    rows_of: tuple[str, ...] = ()
    numbers: tuple[Number, ...] = field(default=(), repr=False)
    indicators: tuple[str, ...] = ()
    releases: tuple[Release, ...] = ()

    def payload(self) -> list[dict[str, Any]]:
        """Blocks as plain data, for the reports."""
        texts = {name: getattr(self, name) for name in ("title", "alt", "source", "data", "csv", "note", "part")}
        return [{"kind": "explorer", **texts, "rows_of": list(self.rows_of), **_provenance(self)}]

    def html(self) -> str:
        """A plain view, for JupyterLab."""
        return f"<p><strong>{html.escape(self.title)}</strong>: in the web page of the report.</p>"


def _provenance(block: Table | Figure | Explorer) -> dict[str, Any]:
    """What a block shows and rests on, as plain data."""
    return {
        "numbers": _numbers(block.numbers),
        "indicators": list(block.indicators),
        "releases": [list(pair) for pair in block.releases],
    }


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

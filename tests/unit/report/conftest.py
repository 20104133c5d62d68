"""Invented notebooks, built in code: what the report is made from."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from analysis.blocks import Blocks, Box, Column, Cover, Figure, Table, Text
from analysis.report.document import gather

# Everything that means something to Typst, Markdown, HTML, JSON or a URL.
SPECIAL = "# $x$ *s* _u_ @ref <b>tag</b> \\n `c` [x] \"q\" 'a' &amp; ~ // /* %20 {{ j }} #let x = 1; £ − ≥ Ł"


def svg(label: str = "North", width: float = 468, height: float = 260) -> str:
    """A picture as matplotlib writes them: a prologue, metadata, a style for everything, ids and references."""
    return f"""<?xml version="1.0" encoding="utf-8" standalone="no"?>
<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">
<svg xmlns:xlink="http://www.w3.org/1999/xlink" width="{width}pt" height="{height}pt" viewBox="0 0 {width} {height}"
 xmlns="http://www.w3.org/2000/svg" version="1.1">
 <metadata><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/></metadata>
 <defs><style type="text/css">*{{stroke-linejoin: round; stroke-linecap: butt}}</style></defs>
 <defs><path id="mark" d="M 0 0 L 9 9"/><clipPath id="clip"><rect width="99" height="99"/></clipPath></defs>
 <g id="figure_1"><use xlink:href="#mark" x="9" y="9"/><rect width="50" height="50" clip-path="url(#clip)"/>
 <text style="font: 10px 'DejaVu Sans', sans-serif" x="20" y="90">{label}</text></g>
</svg>"""


def cover(**changes: str) -> Cover:
    """A cover."""
    given = {
        "title": "State of Invented City",
        "subtitle": "A baseline",
        "date": "July 2018",
        "publisher": "Invented Council",
        "description": "How the city stood.",
    }
    return Cover(**{**given, **changes})


def figure(**changes: str) -> Figure:
    """A figure."""
    given = {
        "title": "Wards by score",
        "alt": "Bars for three wards; North is longest.",
        "source": "Invented Office, 2018.",
        "svg": svg(),
        "csv": "ward,score\nNorth,3.5\nSouth & West,1.0\n",
    }
    return Figure(**{**given, **changes})


def table(rows: int = 3, *, columns: int = 3, part: str = "", word: str = "Ward") -> Table:
    """A table whose first column names the row and whose other columns are numbers."""
    heads = [Column(word, row_header=True), *(Column(f"Measure {i}", align="right") for i in range(1, columns))]
    cells = [[f"{word} {row}", *(f"{row}.{i}" for i in range(1, columns))] for row in range(1, rows + 1)]
    return Table("Wards and their measures", heads, cells, "Invented Office, 2018.", "[x] not available.", part)


def markdown(cell: str, text: str, *tags: str) -> dict:
    """A Markdown cell."""
    return {"cell_type": "markdown", "id": cell, "metadata": {"tags": list(tags)}, "source": text}


def code(cell: str, *blocks: object) -> dict:
    """An executed code cell that shows blocks, and a plain result beside them."""
    shown = [{"output_type": "display_data", "metadata": {}, "data": block._repr_mimebundle_()} for block in blocks]
    plain = {
        "output_type": "execute_result", "execution_count": 1, "metadata": {}, "data": {"text/plain": "plain-result"},
    }  # fmt: skip
    stream = {"output_type": "stream", "name": "stdout", "text": "printed-line\n"}
    return {
        "cell_type": "code", "id": cell, "metadata": {}, "execution_count": 1, "source": "secret_call()",
        "outputs": [stream, *shown, plain],
    }  # fmt: skip


def notebook(*cells: dict) -> dict:
    """A notebook in format 4.5."""
    return {"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def baseline(*cells: dict) -> dict:
    """A notebook with a cover, then the given cells."""
    return notebook(code("cover", cover()), *cells)


def whole() -> dict[str, dict]:
    """Two notebooks that use every kind of block; the second becomes the annex."""
    first = baseline(
        markdown("for-readers", "# Not in the report", "remove-cell"),
        markdown("summary", "# Summary\n\nSee [the map](#wards-map), [](#wards-table) and [](#quality)."),
        code("note", Box("What may not be compared", "Ranks are *relative*."), Text("## Where\n\n- one\n- two")),
        code("wards", Blocks.of([figure(part="map"), table(part="table")])),
        markdown("aims", "# Aims\n\n## Where\n\n1. first\n2. second\n\n| A | B |\n|---|--:|\n| a | 1 |\n"),
        code("second", figure(title="A second picture", svg=svg("South"))),
        markdown("more", "### Deeper\n\nFrom [the office](https://www.example.org/a?b=1&c=2), `as is`."),
    )
    second = notebook(code("cover", cover(title="Other")), markdown("quality", "# Quality"), code("log", table(200)))
    return {"baseline.ipynb": first, "quality.ipynb": second}


@pytest.fixture(scope="session")
def invented() -> SimpleNamespace:
    """The builders of invented notebooks, cells and blocks."""
    return SimpleNamespace(
        SPECIAL=SPECIAL, svg=svg, cover=cover, figure=figure, table=table, markdown=markdown, code=code,
        notebook=notebook, baseline=baseline, whole=whole,
    )  # fmt: skip


@pytest.fixture(scope="session")
def document(invented: SimpleNamespace) -> object:
    """The document of the two invented notebooks."""
    return gather(invented.whole())

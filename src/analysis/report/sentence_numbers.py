"""Numbers in the sentences of a report: each a node of the text with an id, and a line of the annex about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from analysis.blocks import Number, mark_numbers
from analysis.errors import ReportError
from analysis.report.markdown import Node, walk

ANNEX = "numbers"
"""The id of the table that says of each number what it is."""


@dataclass(frozen=True)
class NumberItem:
    """A number in a sentence: its id, how it is printed, the key of what it prints, the notebook and cell it is of."""

    id: str
    text: str
    key: str
    notebook: str
    cell: str


@dataclass(frozen=True)
class NumberRow:
    """What the annex says of the numbers that print one row of a table: what they are, and where they come from.

    ``subject`` is what they are about, ``detail`` which part of it; ``texts`` has one for each id. ``files`` are the
    tables named in ``rows`` that lie beside the page, each with its address there; ``methods`` sections of the methods.
    """

    ids: tuple[str, ...]
    texts: tuple[str, ...]
    subject: str
    detail: str
    keys: tuple[str, ...]
    rows: str
    source: str
    address: str
    files: tuple[tuple[str, str], ...] = ()
    methods: tuple[str, ...] = ()


@dataclass(frozen=True)
class Origin:
    """Where a figure or table comes from: releases, its notebook's cell, indicators, and sections of the methods."""

    releases: str
    cell: str
    indicators: tuple[str, ...]
    methods: tuple[str, ...]


def numbered_nodes(
    parse: Callable[[str], list[Node]], block: Mapping[str, Any]
) -> tuple[list[Node], list[tuple[Node, Number]]]:
    """The Markdown of a block as nodes, and the number that each node of kind ``number`` stands for, in order.

    Raises
    ------
    ReportError
        If a number is not as expected, or stands where no text can carry it (in code, in an address).
    """
    try:
        numbers: Sequence[Number] = [Number(**number) for number in block.get("numbers", ())]
    except TypeError as error:
        raise ReportError(f"a number of a {block['kind']} block is not as expected: {error}.") from error
    nodes = parse(mark_numbers(block["markdown"], numbers))
    found = [node for node in walk(nodes) if node["kind"] == "number"]
    if [node.pop("which") for node in found] != list(range(len(numbers))):
        raise ReportError(
            f"{len(numbers)} numbers are noted, and {len(found)} stand in plain words, emphasis or lists, where the "
            "report can carry them. Take the others out of code and addresses."
        )
    return nodes, list(zip(found, numbers, strict=True))

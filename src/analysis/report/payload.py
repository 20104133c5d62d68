"""The blocks that a notebook's cell has shown, read back from its outputs: of a known kind, with what each needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from analysis.blocks import MIME, Cover, Explorer, Figure, Number, Table
from analysis.errors import ReportError, one_of

KINDS = ("cover", "text", "box", "table", "figure", "explorer")
PAYLOAD_VERSION = 1
Made = TypeVar("Made")


def payload_blocks(cell: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The blocks that a code cell has shown, in order."""
    for output in cell.get("outputs", []):
        if output["output_type"] == "error":
            failure = f"{output['ename']}: {output['evalue']}"
            raise ReportError(f"the cell failed ({failure}); mend it and run the notebook again.")
        payload = output.get("data", {}).get(MIME)
        if payload is None:
            continue
        if payload.get("version") != PAYLOAD_VERSION:
            raise ReportError(
                f"blocks of version {payload.get('version')}, expected {PAYLOAD_VERSION}; run the notebook again."
            )
        for block in payload["blocks"]:
            if block.get("kind") not in KINDS:
                raise ReportError(f"block of unknown kind '{block.get('kind')}'; expected {one_of(KINDS)}.")
            yield block


def made(kind: type[Made], block: Mapping[str, Any]) -> Made:
    """Make a block from its payload; a missing or unknown field is an error, not a default."""
    given = {key: value for key, value in block.items() if key != "kind"}
    try:
        for name in ("indicators", "rows_of"):
            if name in given:
                given[name] = tuple(given[name])
        if "releases" in given:
            given["releases"] = tuple((source, release) for source, release in given["releases"])
        if "numbers" in given:
            given["numbers"] = tuple(Number(**number) for number in given["numbers"])
        return kind(**given)
    except (TypeError, ValueError) as error:
        raise ReportError(f"a {kind.__name__.lower()} block is not as expected: {error}.") from error


def check_filled(block: Cover | Table | Figure | Explorer, *names: str) -> None:
    """Refuse a block that lacks its alt text, source line, picture or another part named."""
    words = {"alt": "alt text", "source": "source line", "svg": "picture", "csv": "plotted table", "data": "data"}
    for name in names:
        if not str(getattr(block, name)).strip():
            kind = type(block).__name__.lower()
            missing = words.get(name, name)
            raise ReportError(f"the {kind} '{block.title}' has no {missing}; every {kind} needs one.")


def part_id(cell: str, part: str) -> str:
    """The id of what a cell shows: the cell's own, with the part where it shows several things."""
    if not cell:
        raise ReportError("the cell has no id; save the notebook in format 4.5 with a word as the cell's id.")
    return f"{cell}-{part}" if part else cell

"""What stands behind a figure or table of a report: the fields set when it was made, and the rows of its cells.

``figures/<id>.cells.csv`` beside the report has table, line and column of every number
(:mod:`analysis.audit.references` wrote and checked it); nothing is read out of printed text.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from analysis.audit.chain import METHODS, chain
from analysis.audit.opened import Opened
from analysis.audit.recompute import Second
from analysis.audit.releases import listed
from analysis.audit.worked_out import raw_place
from analysis.errors import DataError
from analysis.tables.keys import row_key
from analysis.tables.query import TableRow, Tables, agrees


@dataclass(frozen=True)
class Cell:
    """A number of a figure or table: where it stands, how it is printed, its key, and its row where it has one."""

    at: str
    printed: str
    key: str
    row: TableRow | None


def cell_of_notebook(opened: Opened, cell: str) -> dict[str, str]:
    """The notebook that has a cell, and what the cell runs."""
    for name in opened.edition.notebooks:
        path = opened.project.notebooks / f"{name}.ipynb"
        if not path.is_file():
            continue
        for one in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if one.get("id") == cell:
                return {"notebook": opened.project.shown(path), "cell": cell, "runs": "".join(one["source"])}
    return {"notebook": "", "cell": cell, "runs": ""}


def explain_block(opened: Opened, tables: Tables, item: Mapping[str, Any]) -> dict[str, Any]:
    """A figure or table of the report: its cell, its data, and the releases, indicators and rows behind it.

    Raises
    ------
    DataError
        If its files are not those of the receipt, or the tables do not give what it prints.
    """
    content = _content(opened, f"{item['id']}.csv", item["csv_sha256"])
    data = list(csv.reader(content.decode("utf-8").splitlines()))
    cells = list(_cells(opened, tables, item, data[0]))
    second = Second(opened, tables)
    behind = [cell.row for cell in cells if cell.row is not None]
    first = next((row for row in behind if row.table == "indicators" and row.cells["value"]), None)
    cell = next((c for c in _cells_of(opened) if item["id"] == c or item["id"].startswith(f"{c}-")), "")
    return {
        "kind": str(item["kind"]),
        "figure": {
            "id": item["id"],
            "label": item["label"],
            "title": item["title"],
            **cell_of_notebook(opened, cell),
            "data": {"file": _shown(opened, f"{item['id']}.csv"), "rows": len(data) - 1, "sha256": item["csv_sha256"]},
            "source": item["source"],
        },
        "what": item["title"],
        "rows": [_told(second, one) for one in cells],
        "unnamed": len(data) - 1 - sum(one.at.startswith("line ") for one in cells) if item["kind"] != "table" else 0,
        "indicators": [_defined(opened, name, item["releases"]) for name in item["indicators"]],
        "sources": listed(tables, [(one["source"], one["release"]) for one in item["releases"]]),
        "chains": [chain(second, first)] if first is not None else [],
    }


def _shown(opened: Opened, file: str) -> str:
    return opened.project.shown(opened.project.reports / opened.edition.id / "figures" / file)


def _content(opened: Opened, file: str, sha256: str) -> bytes:
    path = opened.project.reports / opened.edition.id / "figures" / file
    shown = _shown(opened, file)
    if not path.is_file():
        raise DataError(f"{shown}: not found. Make the report again: sotc report {opened.edition.id}.")
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != sha256:
        raise DataError(f"{shown}: its sha256 is not that of manifest.json. Make the report again.")
    return content


def _cells(opened: Opened, tables: Tables, item: Mapping[str, Any], heading: Sequence[str]) -> Iterator[Cell]:
    """The numbers of a figure or table, each held to what its key gives now."""
    path = opened.project.reports / opened.edition.id / "figures" / f"{item['id']}.cells.csv"
    if not path.is_file():
        return
    for one in csv.DictReader(path.read_text(encoding="utf-8").splitlines()):
        if one["key"]:
            found = tables.resolve(one["key"])
            if not agrees(one["printed"], found.value):
                raise DataError(
                    f"{item['id']}: {one['printed']!r} is printed and the tables give {found.value:.12g} "
                    f"({one['key']}). The report was not made from these tables: make it again."
                )
            yield Cell(_place(one["part"], heading), one["printed"], one["key"], found.rows[0] if found.rows else None)
        else:
            edition, _, table = one["table"].partition("/")
            yield Cell(one["part"], "", "", tables.rows(table, edition)[int(one["line"]) - 2])


def _place(part: str, heading: Sequence[str]) -> str:
    """Where a number stands, in words."""
    if "," not in part:
        return part
    row, column = map(int, part.split(","))
    return f"row {row + 1}, {heading[column]}"


def _told(second: Second, cell: Cell) -> dict[str, Any]:
    """A number and the row behind it: file and line, key and value, and its raw row where it is one."""
    told: dict[str, Any] = {"at": cell.at, "printed": cell.printed}
    if cell.row is None:
        return told | {"key": cell.key}
    told |= {"file": cell.row.file, "line": cell.row.line}
    if cell.key or cell.row.table == "indicators":
        told["key"] = cell.key or row_key(cell.row.cells)
    if "value" in cell.row.cells:
        told["value"] = cell.row.cells["value"]
    if "area_name" in cell.row.cells:
        told["area"] = cell.row.cells["area_name"]
    return told | raw_place(second, cell.row)


def _defined(opened: Opened, name: str, releases: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """The definition of an indicator, and the methods by which the sources behind the item enter it."""
    indicator = opened.indicators[name]
    sources = {one["source"] for one in releases}
    measures = dict.fromkeys(given.measure for given in indicator.inputs if given.source in sources)
    return {
        "id": name,
        "title": indicator.title,
        "file": opened.project.shown(opened.project.definitions / "indicators" / f"{name}.yml"),
        "definition": indicator.definition,
        "methods": [
            {"measure": measure, "anchor": f"docs/methods.md#{METHODS[measure]}" if measure in METHODS else ""}
            for measure in measures
        ],
    }


def _cells_of(opened: Opened) -> list[str]:
    """The cells of the edition's notebooks, the longest name first: a figure's id begins with that of its cell."""
    cells = []
    for name in opened.edition.notebooks:
        path = opened.project.notebooks / f"{name}.ipynb"
        if path.is_file():
            cells += [str(one.get("id", "")) for one in json.loads(path.read_text(encoding="utf-8"))["cells"]]
    return sorted(cells, key=len, reverse=True)

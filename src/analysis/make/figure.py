"""One figure or table drawn again on its own: its notebook's cell, after the cells that it needs, and no other."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import nbformat

from analysis.blocks import MIME, Column, Table
from analysis.catalogue.model import Edition
from analysis.errors import AuditError
from analysis.paths import Project
from analysis.report.notebook import PARAMETERS_TAG, open_notebook, write_notebook
from analysis.report.runner import NotebookJob, run_notebooks
from analysis.report.tables import table_csv


@dataclass(frozen=True)
class Drawn:
    """The files of one figure by their ending, and which cell of which notebook gave them."""

    notebook: str
    cell: str
    files: Mapping[str, bytes]


def draw_figure(project: Project, edition: Edition, figure: str) -> Drawn:
    """Run the cell that shows a figure, after the cells of its notebook that assign or import something.

    Parameters
    ----------
    project : Project
        A project to write in, with the edition's tables built.
    edition : Edition
    figure : str
        Its id: that of its cell, or that and the part's.

    Raises
    ------
    AuditError
        If no cell shows it.
    """
    for name, cell in cells_of(project, edition, figure):
        notebook = open_notebook(project.notebooks / f"{name}.ipynb")
        notebook.cells = [one for one in notebook.cells if one.id == cell or _prepares(one)]
        path = project.root / f"{name}-{cell}.ipynb"
        write_notebook(notebook, path)
        (executed,) = run_notebooks([NotebookJob(path, {"edition": edition.id})], folder=project.root)
        (shown,) = (one for one in executed.cells if one.id == cell)
        for block in _blocks(shown):
            if figure == (f"{cell}-{block['part']}" if block.get("part") else cell):
                return Drawn(f"{name}.ipynb", cell, _files(block))
    raise AuditError(
        f"{edition.id}: no cell of its notebooks shows {figure!r}, so it is made with the whole report. Verify that: "
        f"sotc verify {edition.id}."
    )


def cells_of(project: Project, edition: Edition, figure: str) -> list[tuple[str, str]]:
    """The code cells whose id a figure's id begins with, the longest first."""
    found = []
    for name in edition.notebooks:
        notebook = nbformat.read(project.notebooks / f"{name}.ipynb", as_version=4)  # type: ignore[no-untyped-call]
        found += [(name, cell.id) for cell in notebook.cells if cell.cell_type == "code"]
    fitting = [(name, cell) for name, cell in found if figure == cell or figure.startswith(f"{cell}-")]
    return sorted(fitting, key=lambda pair: -len(pair[1]))


def _prepares(cell: Any) -> bool:
    """Whether a cell does more than show something: it holds the parameters, imports or assigns."""
    if cell.cell_type != "code":
        return False
    if PARAMETERS_TAG in cell.metadata.get("tags", []):
        return True
    return any(not isinstance(statement, ast.Expr) for statement in ast.parse(cell.source).body)


def _blocks(cell: Any) -> Iterator[Mapping[str, Any]]:
    for output in cell.outputs:
        yield from output.get("data", {}).get(MIME, {}).get("blocks", [])


def _files(block: Mapping[str, Any]) -> dict[str, bytes]:
    """The files of what a cell shows: its data, and its picture where it has one."""
    if block["kind"] == "table":
        fields = {key: value for key, value in block.items() if key not in ("kind", "columns")}
        table = Table(columns=[Column(**column) for column in block["columns"]], **fields)
        return {"csv": table_csv(table).encode("utf-8")}
    return {ending: block[ending].encode("utf-8") for ending in ("csv", "svg") if ending in block}

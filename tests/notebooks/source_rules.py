"""The rules that keep source notebooks prose and one-call cells, so that they read and run the same for all.

A notebook names an edition and calls the library; what it would otherwise hold (logic, paths, years, ward
names, numbers) lives in definitions, data and tested code.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.errors import NotebookError
from analysis.report.notebook import PARAMETERS_TAG, open_notebook

IMPORTED = {"editions", "figures", "load_edition", "measures", "narrative"}

_ID_TEXT = re.compile(r"[a-z][a-z0-9]*([_-][a-z0-9]+)*")
_YEAR = re.compile(r"(?<![0-9])(19|20)[0-9]{2}(?![0-9])")
_PLAIN = (
    ast.Call, ast.Name, ast.Attribute, ast.Constant, ast.keyword, ast.List, ast.Tuple, ast.UnaryOp, ast.USub, ast.Load,
)  # fmt: skip


@dataclass(frozen=True)
class Problem:
    """A rule that a source notebook breaks: the rule's name, where, and what to do."""

    rule: str
    notebook: str
    cell: str
    message: str

    def __str__(self) -> str:
        return f"{self.notebook}: cell {self.cell!r}: {self.message} [{self.rule}]"


def check_source_notebooks(paths: Iterable[Path]) -> list[Problem]:
    """Check each notebook, and that no two share the id of a cell that can show something.

    Such an id names a figure, its file, its entry in the manifest and its anchor in the report. Cells that
    only import or assign show nothing and may be called alike.
    """
    problems: list[Problem] = []
    homes: dict[str, str] = {}
    for path in sorted(paths):
        found = check_source_notebook(path)
        problems += found
        if any(problem.rule == "file" for problem in found):
            continue
        for cell in open_notebook(path).cells:
            if _shows_something(cell):
                home = homes.setdefault(cell.id, path.name)
                if home != path.name:
                    message = f"{home} has a cell of the same id; give each its own word."
                    problems.append(Problem("unique-ids", path.name, cell.id, message))
    return problems


def check_source_notebook(path: Path) -> list[Problem]:
    """List the rules that a source notebook breaks; an empty list is a good notebook.

    The rules by name: ``file`` (format 4.5, word ids, one cell tagged ``parameters``), ``kernel``
    (``python3``), ``stripped`` (no outputs, no counts), ``parameters`` (literals only), ``load`` (the next
    code after the parameters is ``name = load_edition(<parameter>)``), ``imports`` (only ``load_edition``,
    ``editions``, ``figures``, ``measures`` and ``narrative``), ``python`` (no magics), ``one-call`` (a cell
    imports, assigns the results of calls or makes one call), ``logic`` (nothing in a call but names, ids and small
    numbers), ``number`` (none of 10 or more), ``year``, and ``text`` (a string is an id in lower case: no path, no
    place's name, no sentence).
    """
    try:
        notebook = open_notebook(path)
    except NotebookError as error:
        return [Problem("file", path.name, "", str(error))]
    found = [*_check_file(path, notebook), *_check_cells(notebook)]
    return [Problem(rule, path.name, cell, message) for rule, cell, message in found]


Found = Iterator[tuple[str, str, str]]


def _check_file(path: Path, notebook: Any) -> Found:
    if notebook.metadata.get("kernelspec", {}).get("name") != "python3":
        yield "kernel", "", "expected the kernel python3; choose it in JupyterLab and save."
    raw = json.loads(path.read_text(encoding="utf-8"))
    for cell in raw["cells"]:
        if cell["cell_type"] == "code" and (cell.get("outputs") or cell.get("execution_count") is not None):
            yield (
                "stripped",
                cell["id"],
                "holds outputs or a count; run `jupyter nbconvert --clear-output --inplace` on the notebook.",
            )


def _check_cells(notebook: Any) -> Found:
    parameters: set[str] | None = None
    loaded = False
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        try:
            body = ast.parse(cell.source).body
        except SyntaxError as error:
            yield "python", cell.id, f"not plain Python ({error.msg}, line {error.lineno}); leave magics out."
            continue
        if PARAMETERS_TAG in cell.metadata.get("tags", []):
            parameters = set()
            for statement in body:
                name = _simple_assignment(statement)
                if name is None:
                    yield "parameters", cell.id, f"`{ast.unparse(statement)}` is not a name set to a literal."
                else:
                    parameters.add(name)
            continue
        rest = [statement for statement in body if not isinstance(statement, ast.Import | ast.ImportFrom)]
        if rest and not loaded:
            if parameters is None or not _loads_edition(rest[0], parameters):
                yield (
                    "load",
                    cell.id,
                    f"`{ast.unparse(rest[0])}`: expected the parameters, then `edition_data = load_edition(edition)`.",
                )
            loaded = True
        for problem in _check_statements(body):
            yield problem[0], cell.id, problem[1]
    if parameters is not None and not loaded:
        yield "load", "", "no cell loads the edition; add `edition_data = load_edition(edition)` after the parameters."


def _simple_assignment(statement: ast.stmt) -> str | None:
    if not (isinstance(statement, ast.Assign) and len(statement.targets) == 1):
        return None
    target = statement.targets[0]
    try:
        ast.literal_eval(statement.value)
    except ValueError:
        return None
    return target.id if isinstance(target, ast.Name) else None


def _loads_edition(statement: ast.stmt, parameters: set[str]) -> bool:
    return (
        isinstance(statement, ast.Assign)
        and isinstance(statement.value, ast.Call)
        and isinstance(statement.value.func, ast.Name)
        and statement.value.func.id == "load_edition"
        and bool(statement.value.args)
        and all(isinstance(arg, ast.Name) and arg.id in parameters for arg in statement.value.args)
    )


def _check_statements(body: Sequence[ast.stmt]) -> Iterator[tuple[str, str]]:
    shown = [statement for statement in body if isinstance(statement, ast.Expr)]
    if len(shown) > 1 or (shown and shown[0] is not body[-1]):
        yield "one-call", "shows more than one thing, or not at its end; give each call a cell of its own."
    for statement in body:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            yield from _check_import(statement)
        else:
            yield from _check_call(statement)


def _check_import(statement: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, str]]:
    ours = isinstance(statement, ast.ImportFrom) and statement.module == "analysis"
    allowed = IMPORTED if ours else set()
    if not all(alias.name in allowed and alias.asname is None for alias in statement.names):
        yield (
            "imports",
            f"`{ast.unparse(statement)}`: expected only "
            "`from analysis import editions, figures, load_edition, measures, narrative`, or some of these.",
        )


def _check_call(statement: ast.stmt) -> Iterator[tuple[str, str]]:
    named = isinstance(statement, ast.Assign) and all(isinstance(target, ast.Name) for target in statement.targets)
    value = getattr(statement, "value", None) if named or isinstance(statement, ast.Expr) else None
    nodes = list(ast.walk(value)) if value is not None else []
    if not isinstance(value, ast.Call) or sum(isinstance(node, ast.Call) for node in nodes) != 1:
        yield "one-call", f"`{_first_line(statement)}` is not one call, or the result of one given a name."
    # A statement that is not a call is searched all the same: each thing wrong is named.
    for node in nodes or list(ast.walk(statement))[1:]:
        if isinstance(node, ast.Constant):
            yield from _check_constant(node)
        elif not isinstance(node, _PLAIN) and isinstance(node, ast.expr | ast.stmt | ast.comprehension):
            yield "logic", f"`{_first_line(node)}`: move this into the library."


def _check_constant(node: ast.Constant) -> Iterator[tuple[str, str]]:
    value = node.value
    if isinstance(value, str):
        if _YEAR.search(value):
            yield "year", f"{value!r} names a year; the edition's definition does that."
        if not _ID_TEXT.fullmatch(value):
            yield "text", f"{value!r} is not an id in lower case; paths, places and sentences stay out of code cells."
    elif isinstance(value, int | float) and not isinstance(value, bool) and abs(value) >= 10:
        rule = "year" if _YEAR.fullmatch(str(value)) else "number"
        yield rule, f"{value!r} is typed in; it belongs in a definition."


def _first_line(node: ast.AST) -> str:
    return ast.unparse(node).splitlines()[0]


def _shows_something(cell: Any) -> bool:
    if cell.cell_type != "code":
        return True
    try:
        return any(isinstance(statement, ast.Expr) for statement in ast.parse(cell.source).body)
    except SyntaxError:
        return True

"""A notebook as a file: opened strictly, brought to one normal form, written whole or not at all.

Jupyter's own readers mend what is wrong (they invent missing cell ids, accept any name as a parameter) and
its writers store when and where a notebook ran. Here a fault is an error, and the same content gives the
same bytes.
"""

from __future__ import annotations

import ast
import json
import keyword
import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from analysis.errors import NotebookError, one_of

PARAMETERS_TAG = "parameters"
INJECTED = "injected-parameters"

_WORD_ID = re.compile(r"[a-z]+[0-9]*(-([a-z]+[0-9]*|[0-9]+))*")
_GENERATED_ID = re.compile(r"(?=.*[0-9])[0-9a-f]{8}")
# The names that kernels and shells give to a cell hold process numbers and hashes, and warnings print them.
_CELL_FILE = re.compile(r"\S*ipykernel_\d+/\d+\.py|<ipython-input-[^>]*>")
_LANGUAGE = {"name": "python", "file_extension": ".py", "mimetype": "text/x-python", "pygments_lexer": "ipython3"}


def is_word_id(text: str) -> bool:
    """Tell whether a cell id is made of words: lower case, hyphens between, not one that Jupyter made up.

    Examples
    --------
    >>> [is_word_id(text) for text in ("life-expectancy-map", "aim-1", "Aim_1", "3f2a9c1d", "decade12")]
    [True, True, False, False, False]
    """
    return bool(_WORD_ID.fullmatch(text)) and not _GENERATED_ID.fullmatch(text)


def open_notebook(path: Path) -> NotebookNode:
    """Read a notebook and check what everything later relies on: format 4.5, word ids, one parameters cell.

    Raises
    ------
    NotebookError
        The file is missing or not a notebook of format 4.5, a cell's id is missing, twice there or not made
        of words, or there is not exactly one code cell tagged ``parameters``.
    """
    if not path.is_file():
        raise NotebookError(f"{path}: there is no such notebook; correct the path.")
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        form = (raw["nbformat"], raw["nbformat_minor"])
        cells = [(cell.get("id"), cell["cell_type"], cell.get("metadata", {}).get("tags", [])) for cell in raw["cells"]]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotebookError(
            f"{path}: not a notebook ({type(error).__name__}: {error}); save it again from JupyterLab."
        ) from error
    if form[0] != 4 or form[1] < 5:
        raise NotebookError(
            f"{path}: notebook format is {form[0]}.{form[1]}, expected 4.5 or a later 4.x, which keeps cell ids; "
            "save it again from a current JupyterLab."
        )
    _check_ids(path, [identity for identity, _, _ in cells])
    tagged = [identity for identity, kind, tags in cells if kind == "code" and PARAMETERS_TAG in tags]
    if len(tagged) != 1:
        found = ", ".join(repr(identity) for identity in tagged) or "none"
        raise NotebookError(
            f"{path}: expected exactly one code cell tagged `{PARAMETERS_TAG}`, found {found}; "
            "tag the cell that assigns the parameters, and no other."
        )
    notebook: NotebookNode = nbformat.reads(json.dumps(raw), as_version=4)  # type: ignore[no-untyped-call]
    return notebook


def _check_ids(path: Path, ids: list[Any]) -> None:
    seen: set[str] = set()
    for position, identity in enumerate(ids, start=1):
        if not isinstance(identity, str) or not is_word_id(identity) or identity == INJECTED:
            raise NotebookError(
                f"{path}: the id of cell {position} is {identity!r}, expected lower-case words joined by hyphens, "
                "such as 'life-expectancy-map'; name the cell by what it shows."
            )
        if identity in seen:
            raise NotebookError(f"{path}: two cells have the id {identity!r}; give each cell an id of its own.")
        seen.add(identity)


def parameter_names(notebook: NotebookNode, path: Path) -> list[str]:
    """List the names that the cell tagged ``parameters`` assigns, in order.

    Raises
    ------
    NotebookError
        The cell is not Python.
    """
    cell = next(cell for cell in notebook.cells if PARAMETERS_TAG in cell.metadata.get("tags", []))
    try:
        tree = ast.parse(cell.source)
    except SyntaxError as error:
        raise NotebookError(
            f"{path}: cell {cell.id!r}, tagged `{PARAMETERS_TAG}`, is not Python ({error.msg}, line {error.lineno}); "
            "write one assignment on each line."
        ) from error
    targets = [
        target
        for statement in tree.body
        for target in (
            statement.targets
            if isinstance(statement, ast.Assign)
            else [statement.target]
            if isinstance(statement, ast.AnnAssign)
            else []
        )
    ]
    return [target.id for target in targets if isinstance(target, ast.Name)]


def check_parameters(notebook: NotebookNode, path: Path, parameters: Mapping[str, object]) -> None:
    """Refuse parameters that are not exactly those of the notebook.

    Papermill only warns of a name that the notebook does not know, fills a missing one with whatever stands
    in the cell, and pastes names into code as they are.

    Raises
    ------
    NotebookError
        A name is no identifier, unknown or missing, or a value cannot be written as a literal.
    """
    expected = parameter_names(notebook, path)
    names = one_of(expected) if expected else "no parameters"
    for name, value in parameters.items():
        if not isinstance(name, str) or not name.isidentifier() or keyword.iskeyword(name):
            raise NotebookError(f"{path}: {name!r} cannot be a parameter's name, expected {names}; correct it.")
        if name not in expected:
            raise NotebookError(
                f"{path}: unknown parameter {name!r}, expected {names}; "
                f"correct the spelling or assign it in the cell tagged `{PARAMETERS_TAG}`."
            )
        if not _is_literal(value):
            raise NotebookError(
                f"{path}: parameter {name!r} is of type {type(value).__name__}, expected text, a number, true or "
                "false, nothing, or a list or mapping of these; convert it."
            )
    missing = [name for name in expected if name not in parameters]
    if missing:
        raise NotebookError(
            f"{path}: no value for parameter {missing[0]!r}, expected values for {', '.join(map(repr, expected))}; "
            f"give it, or take it out of the cell tagged `{PARAMETERS_TAG}`."
        )


def _is_literal(value: object) -> bool:
    if isinstance(value, list):
        return all(map(_is_literal, value))
    if isinstance(value, dict):
        return all(isinstance(key, str) and _is_literal(item) for key, item in value.items())
    return value is None or isinstance(value, str | bool | int | float)


def normalise_notebook(notebook: NotebookNode) -> NotebookNode:
    """Bring an executed notebook to the one form that depends on its content alone.

    Times, paths, versions and random ids go; execution counts are renumbered from 1; the pieces in which a
    stream happened to arrive are joined, standard output before standard error where they meet; empty tag
    lists, which Papermill adds, are left out. The notebook passed in stays as it was.
    """
    kept = {key: value for key, value in notebook.metadata.items() if key != "papermill"}
    cells = []
    count = 0
    for cell in notebook.cells:
        clean = {key: value for key, value in cell.items() if key not in ("outputs", "execution_count")}
        clean["metadata"] = {
            key: value
            for key, value in cell.metadata.items()
            if key not in ("papermill", "execution") and (key, value) != ("tags", [])
        }
        if INJECTED in cell.metadata.get("tags", []):
            clean["id"] = INJECTED
        if cell.cell_type == "code":
            number = None
            if cell.source.strip():
                count += 1
                number = count
            clean["execution_count"] = number
            clean["outputs"] = [_with_count(output, number) for output in _joined_streams(cell.outputs)]
        cells.append(clean)
    content = {"nbformat": 4, "nbformat_minor": 5, "metadata": {**kept, "language_info": _LANGUAGE}, "cells": cells}
    normal: NotebookNode = nbformat.from_dict(content)  # type: ignore[no-untyped-call]
    return normal


def _with_count(output: Mapping[str, Any], count: int | None) -> dict[str, Any]:
    renumbered = {"execution_count": count} if output["output_type"] == "execute_result" else {}
    return {**output, **renumbered}


def _joined_streams(outputs: list[NotebookNode]) -> list[dict[str, Any]]:
    joined: list[dict[str, Any]] = []
    texts: dict[str, str] = {}

    def close_run() -> None:
        for name in ("stdout", "stderr"):
            if texts.get(name):
                text = _CELL_FILE.sub("<cell>", texts[name])
                joined.append({"output_type": "stream", "name": name, "text": text})
        texts.clear()

    for output in outputs:
        if output["output_type"] == "stream":
            texts[output["name"]] = texts.get(output["name"], "") + output["text"]
        else:
            close_run()
            joined.append(dict(output))
    close_run()
    return joined


def write_notebook(notebook: NotebookNode, path: Path) -> None:
    """Write a notebook in canonical JSON (sorted keys, one space, UTF-8, LF); a reader sees all of it or none.

    Raises
    ------
    NotebookError
        The notebook is not valid by its own format.
    """
    try:
        nbformat.validate(notebook, relax_add_props=True)
    except nbformat.ValidationError as error:
        raise NotebookError(f"{path}: not a valid notebook ({error.message}); nothing was written.") from error
    text = nbformat.v4.writes(notebook) + "\n"  # type: ignore[no-untyped-call]
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise

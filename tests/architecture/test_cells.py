"""Publishers' text becomes numbers in one module alone: no other of ``clean/`` turns text into a number by itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

CLEAN = Path(__file__).parents[2] / "src" / "analysis" / "clean"
READER = "cells"
"""The one reader of cells; ``periods`` and ``people`` take whole numbers from texts that a pattern has matched."""
DIGITS = {"periods", "people"}
MODULES = sorted(path.stem for path in CLEAN.glob("*.py") if path.stem not in {"__init__", READER})
FLOATS = {"float", "float64", "float32", "np.float64", "np.float32", "int", "Float64", "Int64"}


def conversions(text: str, module: str) -> Iterator[str]:
    """Calls that would make numbers of text, as they stand in the code."""
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Call):
            continue
        called, given = ast.unparse(node.func), [*node.args, *(keyword.value for keyword in node.keywords)]
        name = called.rsplit(".", maxsplit=1)[-1]
        types = {part.strip("'\"") for value in given for part in ast.unparse(value).split(", ")}
        turns = (
            name in {"to_numeric", "fromstring", "genfromtxt", "literal_eval", "eval", "Decimal"},
            name == "float" and not all(isinstance(value, ast.Constant) for value in given),
            name == "astype" and bool(types & FLOATS),
            name in {"map", "apply", "applymap"} and bool(types & {"float", "int"}),
            name == "int" and module not in DIGITS and not is_place_or_fact(node),
        )
        if any(turns):
            yield ast.unparse(node)


def is_place_or_fact(node: ast.Call) -> bool:
    """``int`` of a line number, of a fact that a definition states, or of a sum: none of them is a cell."""
    text = ast.unparse(node)
    return any(word in text for word in ("row", "fact(", ".sum()", "argmax"))


@pytest.mark.parametrize("module", MODULES)
def test_no_cleaner_turns_text_into_numbers_by_itself(module: str) -> None:
    found = list(conversions((CLEAN / f"{module}.py").read_text(encoding="utf-8"), module))
    assert not found, f"clean/{module}.py: {found}: read cells with clean/{READER}.py"


@pytest.mark.parametrize(
    "line",
    [
        "value = float(cell)",
        "raw['x'].astype('float64')",
        "raw['x'].astype(dtype=float)",
        "pd.to_numeric(raw['x'])",
        "raw['x'].map(float)",
        "int(cell)",
        "cells.astype(np.float64)",
    ],
)
def test_the_rule_sees_every_way(line: str) -> None:
    assert list(conversions(line, "tables"))


def test_every_module_of_the_room_is_read() -> None:
    assert {"tables", "wide", "imd", "population", "units", "observations"} <= set(MODULES)
    assert list(conversions((CLEAN / f"{READER}.py").read_text(encoding="utf-8"), READER))

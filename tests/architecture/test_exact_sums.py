"""No sum of floats by ``sum``: what it gives changed with Python 3.12, and a page must not. Counts may be."""

from __future__ import annotations

import ast
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "src" / "analysis"
WHOLE = {"any", "all", "isinstance", "len", "int", "bool", "Decimal", "startswith", "endswith"}
# What is added here is whole as well, though only its name says so.
COUNTS = {
    "1 for _ in self", "checked.counts.values()", "days", "item.file_size for item in chosen",
    "lines", "one.agrees for one in own", "one.headline for one in every",
    "record.rows for record in snapshot.tables.values()", "_tiers(words)",
}  # fmt: skip


def is_whole(node: ast.expr) -> bool:
    """Whether an expression is a truth or a whole number by its form."""
    if isinstance(node, ast.Call):
        function = node.func
        return (function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")) in WHOLE
    if isinstance(node, ast.BoolOp):
        return all(map(is_whole, node.values))
    return isinstance(node, ast.Compare) or (isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not))


def float_sums(text: str) -> list[str]:
    """The calls of ``sum`` that may add floats."""
    calls = [
        node
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "sum" and node.args
    ]
    return [
        ast.unparse(call.args[0]).removeprefix("(").removesuffix(")")
        if isinstance(call.args[0], ast.GeneratorExp)
        else ast.unparse(call.args[0])
        for call in calls
        if not (isinstance(call.args[0], ast.GeneratorExp) and is_whole(call.args[0].elt))
    ]


def test_floats_are_summed_exactly() -> None:
    found = {one for path in PACKAGE.rglob("*.py") for one in float_sums(path.read_text(encoding="utf-8"))}
    assert found - COUNTS == set(), "take math.fsum, or add it to COUNTS if it counts things"
    assert COUNTS - found == set(), "no longer there: take it out of COUNTS"


def test_the_check_can_fail() -> None:
    text = "a = sum(widths)\nb = sum(w.mm for w in widths)\nc = sum(w > 1 for w in widths)\nd = math.fsum(widths)"
    assert float_sums(text) == ["widths", "w.mm for w in widths"]

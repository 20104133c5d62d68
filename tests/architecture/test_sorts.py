"""Sorting by one column is stable: how ties fall in any other sort depends on the processor, and so would the bytes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "src" / "analysis"
SORTS = ("sort_values", "argsort", "sort_index", "nlargest", "nsmallest")


def unstable(text: str) -> Iterator[int]:
    """Lines of sorts by one column, or of numbers, that do not say ``kind="stable"``; by several they always are."""
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr not in SORTS:
            continue
        given = [ast.unparse(word.value) for word in node.keywords if word.arg in ("kind", "by")]
        by = node.args[0] if node.args else None
        several = node.func.attr == "sort_values" and by is not None and not isinstance(by, ast.Constant)
        if "'stable'" not in given and not (several and not (isinstance(by, ast.List) and len(by.elts) == 1)):
            yield node.lineno


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_sorts_are_stable(path: Path) -> None:
    lines = [f"{path.name}:{line}" for line in unstable(path.read_text(encoding="utf-8"))]
    assert lines == [], 'add kind="stable"'


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("rows.sort_values('a')", True),
        ("rows.sort_values(['a'])", True),
        ("rows.sort_values(ascending=False)", True),
        ("np.argsort(values)", True),
        ("rows.sort_values('a', kind='stable')", False),
        ("rows.sort_values(['a', 'b'])", False),
        ("rows.sort_values(list(KEY))", False),
    ],
)
def test_the_rule_can_fail(text: str, found: bool) -> None:
    assert bool(list(unstable(text))) is found

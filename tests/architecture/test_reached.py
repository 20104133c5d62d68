"""Nothing lies about that nobody reaches: from the commands, the notebooks, the exporters and the documented functions.

A definition (a function, class, method or constant) is reached where its name occurs in something reached. Names of
attributes count whatever the object, so that this errs on the side of keeping.
"""

from __future__ import annotations

import ast
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
PACKAGE = REPOSITORY / "src" / "analysis"
HOOKS = ("__", "visit_", "_repr_", "from_notebook_node", "redirect_request", "get_single_data")
"""Methods that a library calls by their names."""
WAITING = {
    "figures.classes: equal_breaks",
    "figures.classes: natural_breaks",
    "sources.codes: open_changes",
    "sources.codes: open_outlines",
    "sources.outlines: CRS",
}
"""Breaks that a person proposes when a definition is written, and tables for work by hand: this list only shrinks."""
Definition = ast.FunctionDef | ast.ClassDef | ast.Assign | ast.AnnAssign


def names_in(node: ast.AST) -> set[str]:
    """Every identifier that occurs in a piece of code, and those of its strings that could be a (dotted) name."""
    found = set()
    for one in ast.walk(node):
        if isinstance(one, ast.Name):
            found.add(one.id)
        elif isinstance(one, ast.Attribute):
            found.add(one.attr)
        elif isinstance(one, ast.alias):
            found.add(one.name.split(".")[-1])
        elif isinstance(one, ast.keyword) and one.arg:
            found.add(one.arg)
        elif isinstance(one, ast.Constant) and isinstance(one.value, str) and re.fullmatch(r"\w+([.:]\w+)*", one.value):
            found |= set(re.split("[.:]", one.value))
    return found


def named(node: Definition) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return [one.id for target in targets for one in ast.walk(target) if isinstance(one, ast.Name)]


def definitions(tree: ast.Module) -> Iterator[tuple[str, Definition, bool]]:
    """Name, node, and whether it is a member of a class, of all that a module defines."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Assign | ast.AnnAssign):
            for name in named(node):
                yield name, node, False
        if isinstance(node, ast.ClassDef):
            for member in node.body:
                if isinstance(member, ast.FunctionDef):
                    yield member.name, member, True


def own_names(node: Definition) -> set[str]:
    """What a definition mentions, not counting the names of a class's methods and what they mention."""
    if not isinstance(node, ast.ClassDef):
        return names_in(node) - set(named(node) if not isinstance(node, ast.FunctionDef) else [])
    body = [one for one in node.body if not isinstance(one, ast.FunctionDef)]
    return set().union(*(names_in(one) for one in [*node.bases, *node.decorator_list, *body]), set())


def roots() -> set[str]:
    """The names that are used from outside the package, or at its start."""
    found = {"main"}
    for path in sorted((REPOSITORY / "notebooks").glob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            found |= set(re.findall(r"\w+", "".join(cell["source"])))
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    found |= {name.split(":")[-1] for names in project["entry-points"].values() for name in names.values()}
    found |= set(
        re.findall(r"^#+ `?(?:[\w.]+\.)?(\w+)", (REPOSITORY / "docs" / "api.md").read_text(encoding="utf-8"), re.M)
    )
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    found |= set(re.findall(r"import (\w+)", makefile))
    for script in [*(REPOSITORY / "docs").glob("*.py")]:
        found |= names_in(ast.parse(script.read_text(encoding="utf-8")))
    for template in PACKAGE.rglob("*.j2"):
        found |= set(re.findall(r"\w+", template.read_text(encoding="utf-8")))
    return found


def unreached(trees: dict[str, ast.Module], known: set[str]) -> list[str]:
    """The definitions that nothing reached mentions, as ``room.module: name``."""
    every = [(module, name, node, member) for module, tree in trees.items() for name, node, member in definitions(tree)]
    at_import = set()
    for tree in trees.values():
        for node in tree.body:
            if not isinstance(
                node, ast.FunctionDef | ast.ClassDef | ast.Assign | ast.AnnAssign | ast.Import | ast.ImportFrom
            ):
                at_import |= names_in(node)
    reached = known | at_import
    waiting = every
    while True:
        left, grown = [], False
        for one in waiting:
            _, name, node, _ = one
            framework = isinstance(node, ast.FunctionDef) and bool(node.decorator_list) and _registers(node)
            if name in reached or name.startswith(HOOKS) or framework:
                reached |= own_names(node)
                grown = True
            else:
                left.append(one)
        waiting = left
        if not grown:
            return sorted(f"{module}: {name}" for module, name, _, _ in waiting)


def _registers(node: ast.FunctionDef) -> bool:
    """Whether a decorator hands the function to somebody else, as a command does."""
    words = {name for one in node.decorator_list for name in names_in(one)}
    return bool(words & {"command", "callback", "observe", "default", "validate"})


def test_nothing_is_unreached() -> None:
    trees = {
        ".".join(path.relative_to(PACKAGE).with_suffix("").parts): ast.parse(path.read_text(encoding="utf-8"))
        for path in PACKAGE.rglob("*.py")
    }
    assert set(unreached(trees, roots())) == WAITING


def test_what_is_not_reached_is_found() -> None:
    code = "def main():\n    used()\ndef used(): pass\ndef left(): other()\ndef other(): pass\nLOOSE = 1\n"
    assert unreached({"one": ast.parse(code)}, {"main"}) == ["one: LOOSE", "one: left", "one: other"]

"""Rooms stand on floors and import downwards; modules are short, know no place or year, and importing does nothing.

A new module or room must be given its floor here. Imports go to a lower floor, or to the same one where no circle
comes of it.
"""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
import yaml

REPOSITORY = Path(__file__).parents[2]
PACKAGE = REPOSITORY / "src" / "analysis"
FLOORS: dict[int, tuple[str, ...]] = {
    0: ("errors", "model", "plans", "paths", "strict", "catalogue", "assurance", "columns"),
    1: (
        "snapshots",
        "stamps",
        "tables",
        "clean.observations",
        "words",
        "blocks",
        "outlines",
        "readers",
        "measures.products",
    ),
    2: ("corrections", "releases", "download", "pull", "new_edition", "clean", "geography", "lookups", "areas"),
    3: (
        "measures",
        "context",
        "rebuild",
        "life_expectancy",
        "city_inequality",
        "wards",
        "indicators",
        "wards",
        "progress",
        "targets",
        "judgement",
        "scorecard",
        "distribution",
        "coverage",
        "stated",
        "vintages",
        "overview",
        "ward_facts",
        "loaded",
        "build",
    ),
    4: ("figures", "narrative"),
    5: ("report", "audit", "listing", "publish"),
    6: ("cli", "__main__"),
}
NEVER = {"figures": ("narrative",), "clean": ("releases",), "releases": ("clean",)}
LONGEST = 410  # "about 400"


def sources() -> dict[str, Path]:
    paths = sorted(PACKAGE.rglob("*.py"))
    return {".".join(path.relative_to(PACKAGE).with_suffix("").parts): path for path in paths}


SOURCES = sources()
MODULES = sorted(name for name in SOURCES if name != "__init__")


def room(module: str) -> tuple[int, str]:
    """The floor and the room of a module: the longest name that is it or holds it."""
    found = [
        (len(name), floor, name)
        for floor, names in FLOORS.items()
        for name in names
        if module == name or module.startswith(f"{name}.")
    ]
    assert found, f"analysis.{module} has no floor: add it to FLOORS in {Path(__file__).name}"
    _, floor, name = max(found)
    return floor, name


def imported(module: str) -> Iterator[str]:
    """Modules of the package that a module imports, inside functions too."""
    for node in ast.walk(ast.parse(SOURCES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: relative imports hide the floor"
            if (node.module or "").split(".")[0] != "analysis":
                continue
            base = (node.module or "").removeprefix("analysis").removeprefix(".")
            for alias in node.names:
                longer = f"{base}.{alias.name}".removeprefix(".")
                yield longer if longer in SOURCES or f"{longer}.__init__" in SOURCES else base
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] == "analysis":
                    yield alias.name.removeprefix("analysis").removeprefix(".")


def test_every_floor_names_rooms_that_exist() -> None:
    for names in FLOORS.values():
        for name in names:
            assert name in SOURCES or f"{name}.__init__" in SOURCES or (PACKAGE / name.replace(".", "/")).is_dir()


@pytest.mark.parametrize("module", MODULES)
def test_imports_go_down(module: str) -> None:
    floor, own = room(module)
    for name in imported(module):
        if not name:
            continue
        below, other = room(name)
        assert below <= floor, f"{module} (floor {floor}) imports {name} (floor {below})"
        assert other not in NEVER.get(own, ()), f"{own} must not import {other}"
        if own == "measures":
            assert other in ("measures", "measures.products", "errors"), (
                f"{module} imports {name}: measures know no other room"
            )


def test_no_circle() -> None:
    graph = {
        module: {name if name in SOURCES else f"{name}.__init__" for name in imported(module) if name}
        for module in MODULES
    }
    order = list(TopologicalSorter(graph).static_order())
    assert set(MODULES) <= set(order)


@pytest.mark.parametrize("module", MODULES)
def test_a_module_is_short(module: str) -> None:
    lines = len(SOURCES[module].read_text(encoding="utf-8").splitlines())
    assert lines <= LONGEST, f"{module} has {lines} lines: it is two rooms"


def literals(path: Path) -> Iterator[tuple[int, str]]:
    """Strings, numbers and names of a module, without docstrings and comments."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in said and isinstance(node.value, str | int | float):
            yield node.lineno, str(node.value)
        elif isinstance(node, ast.Name):
            yield node.lineno, node.id


def place_names() -> set[str]:
    """Names of the places defined, their peers and regions, and of the wards recorded."""
    names: set[str] = set()
    for path in (PACKAGE / "definitions" / "places").glob("*.yml"):
        place = yaml.safe_load(path.read_text(encoding="utf-8"))
        names |= {place["name"], place["id"], place["region"]["name"], *(peer["name"] for peer in place["peers"])}
    for path in (REPOSITORY / "data" / "raw").glob("boundary_ward*/*/outlines.csv"):
        lines = path.read_text(encoding="utf-8").splitlines()[1:]
        names |= {line.split(",")[1] for line in lines if not line.split(",")[1].startswith('"')}
    return names


GSS = re.compile(r"\b[A-Z]\d{8}\b")
YEAR = re.compile(r"(?:[a-z-]+-)?(?:19|20)\d{2}(?:[-/]\d{2,4}){0,2}")
YEARS = range(2001, 2040)


@pytest.mark.parametrize("module", MODULES)
def test_no_place_code_or_year_is_written_in_code(module: str) -> None:
    names = re.compile("|".join(rf"\b{re.escape(name)}\b" for name in sorted(place_names())), re.IGNORECASE)
    for line, text in literals(SOURCES[module]):
        if module == "readers" and text.startswith("+proj="):
            continue  # the parameters of the national grid
        found = names.search(text) or GSS.search(text) or (YEAR.fullmatch(text) if not text.isdigit() else None)
        assert found is None, f"{SOURCES[module].name}:{line}: {found.group()!r} belongs in a definition"
        assert not (text.isdigit() and int(text) in YEARS), f"{SOURCES[module].name}:{line}: the year {text}"


WATCHED = """
import os, sys, threading
before = dict(os.environ)
seen = []
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC
def watch(event, args):
    if event == "open" and isinstance(args[0], str) and not args[0].endswith((".pyc", "/dev/null")):
        writes = (args[1] or "r").strip("rbtU") if isinstance(args[1], str) else args[2] & WRITES
        if writes and "__pycache__" not in args[0]:
            seen.append((event, args[0]))
        elif args[0].endswith((".yml", ".csv", ".ipynb")):
            seen.append(("read", args[0]))
    elif event in ("os.mkdir", "os.remove", "os.rename", "os.rmdir", "subprocess.Popen", "socket.connect"):
        if "__pycache__" not in str(args[0]):
            seen.append((event, str(args[0])))
import numpy, pandas, matplotlib.textpath, matplotlib.figure, nbconvert, IPython, typer
before = dict(os.environ)
threads = threading.active_count()
sys.addaudithook(watch)
import importlib
for name in sys.argv[1:]:
    importlib.import_module(name)
    assert dict(os.environ) == before, (name, "changed the environment")
    assert not seen, (name, seen)
    assert threading.active_count() == threads, (name, "started a thread")
import logging
assert not logging.getLogger().handlers, "set logging up"
"""


def test_importing_does_nothing(tmp_path: Path) -> None:
    names = [
        "analysis",
        *(f"analysis.{module}".removesuffix(".__init__") for module in MODULES if module != "__main__"),
    ]
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, *names],
        cwd=tmp_path,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert list(tmp_path.iterdir()) == []

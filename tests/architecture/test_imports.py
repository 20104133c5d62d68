"""Rooms stand on floors and import downwards; modules are short, know no place or year, and importing does nothing.

A new room must be given its floor here. Imports are read by file: each goes to a room on a lower floor or stays in its
own room, and no circle comes of them.
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
FLOORS: dict[str, int] = {
    "errors": 0, "interrupts": 0, "paths": 0, "work": 0, "words": 0, "blocks": 0,
    "catalogue": 1, "measures": 1,
    "sources": 2,
    "clean": 3,
    "areas": 4, "tables": 4,
    "indicators": 5,
    "judge": 6,
    "figures": 7,
    "narrative": 8,
    "report": 9,
    "audit": 10,
    "make": 11,
    "cli": 12, "__main__": 13,
}  # fmt: skip
"""Rooms (folders and the files of the root), each with its floor."""
ROOT = ("errors", "interrupts", "paths", "work", "words", "blocks")
LONGEST = 410  # "about 400"
MOST_LINES = 25_500
"""Lines of code outside ``measures``: docs/decisions/0013-size.md. It shrinks; what makes it grow says why."""


def sources() -> dict[str, Path]:
    paths = sorted(PACKAGE.rglob("*.py"))
    return {".".join(path.relative_to(PACKAGE).with_suffix("").parts): path for path in paths}


SOURCES = sources()
MODULES = sorted(name for name in SOURCES if name != "__init__")


def room(module: str) -> str:
    """The room of a module: its folder, or itself where it lies in the root."""
    name = module.split(".", maxsplit=1)[0]
    assert name in FLOORS, f"analysis.{module} has no floor: add its room to FLOORS in {Path(__file__).name}"
    return name


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


def test_every_room_exists_and_says_what_lives_there() -> None:
    for name in FLOORS:
        assert name in SOURCES or f"{name}.__init__" in SOURCES
        if f"{name}.__init__" in SOURCES:
            said = ast.get_docstring(ast.parse(SOURCES[f"{name}.__init__"].read_text(encoding="utf-8")))
            assert said, f"{name}: one sentence at the top of its __init__ says what lives there"


@pytest.mark.parametrize("module", MODULES)
def test_imports_go_down(module: str) -> None:
    """To a room on a lower floor, or inside the room; files of the root import errors and interrupts alone."""
    own = room(module)
    for name in filter(None, imported(module)):
        other = room(name)
        if other == own and own not in ROOT:
            continue
        assert FLOORS[other] < FLOORS[own] or (own in ROOT and other in ("errors", "interrupts")), (
            f"{module} (floor {FLOORS[own]}) imports {name} (floor {FLOORS[other]})"
        )
        if own == "measures":
            assert other == "errors", f"{module} imports {name}: measures know no other room"


def test_no_file_stands_beside_a_name_of_the_standard_library() -> None:
    """``report/html.py`` would hide ``html`` from a script that is run in its folder."""
    taken = {name for name in MODULES if "." in name and name.split(".")[-1] in sys.stdlib_module_names}
    assert not taken, taken


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
        if module == "sources.geojson" and text.startswith("+proj="):
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


def code_lines(path: Path) -> int:
    """Lines that are neither blank, nor a comment, nor a docstring."""
    text = path.read_text(encoding="utf-8")
    said: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.body:
            first = node.body[0]
            if (
                isinstance(first, ast.Expr)
                and isinstance(first.value, ast.Constant)
                and isinstance(first.value.value, str)
            ):
                said |= set(range(first.lineno, (first.end_lineno or first.lineno) + 1))
    lines = enumerate(text.splitlines(), start=1)
    return sum(bool(line.strip()) and line.strip()[0] != "#" and number not in said for number, line in lines)


def test_lines_of_code_by_room_and_floor() -> None:
    """Run with ``-s`` to see rooms, floors and lines."""
    lines = dict.fromkeys(FLOORS, 0)
    for module in MODULES:
        lines[room(module)] += code_lines(SOURCES[module])
    lines["cli"] += code_lines(SOURCES["__init__"])
    for name, floor in sorted(FLOORS.items(), key=lambda item: item[1]):
        print(f"{floor:>5}  {name:<12}{lines[name]:>7,}")
    total = sum(lines.values()) - lines["measures"]
    print(f"       outside measures {total:,}")
    assert total <= MOST_LINES, "fold what is there twice, or say in docs/decisions/0013-size.md why it grew"

"""The measures need numpy, pandas and scipy alone, and know no city, file or year."""

from __future__ import annotations

import ast
import re
import sys

import pytest

ALLOWED = {"numpy", "pandas", "scipy", "analysis"}


def sources(repository):
    return sorted((repository / "src" / "analysis" / "measures").glob("*.py"))


def imported(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module


def test_they_import_three_libraries_and_themselves(repository):
    paths = sources(repository)
    assert len(paths) > 10
    for path in paths:
        for name in imported(path):
            root = name.split(".")[0]
            assert root in ALLOWED or root in sys.stdlib_module_names, f"{path.name} imports {name}"
            if root == "analysis":
                assert name == "analysis.errors" or name.startswith("analysis.measures."), f"{path.name}: {name}"


@pytest.mark.parametrize("pattern", [r"\bE\d{8}\b", r"Liverpool", r"\bopen\(|read_csv|\.read_text\("])
def test_they_know_no_place_and_open_no_file(repository, pattern):
    for path in sources(repository):
        assert not re.search(pattern, path.read_text(encoding="utf-8")), path.name

"""The walk through the methods runs as it is, on an invented city and on the real one, and is part of no report."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest

from analysis import measures
from analysis.catalogue.load import load_catalogue
from analysis.paths import DEFINITIONS
from analysis.report.runner import NotebookJob, run_notebooks

NAME = "methods.ipynb"


def run_methods(root: Path, edition: str) -> dict[str, str]:
    with contextlib.chdir(root):
        (notebook,) = run_notebooks([NotebookJob(root / "notebooks" / NAME, {"edition": edition})])
    shown = {}
    for cell in notebook.cells:
        if cell["cell_type"] == "code":
            data = [output.get("data", {}) for output in cell["outputs"]]
            shown[cell["id"]] = "".join(str(one.get("text/html", one.get("text/plain", ""))) for one in data)
    return shown


def check(shown: dict[str, str]) -> None:
    for name, text in shown.items():
        if name.startswith("walk-"):
            assert text, f"{name} shows nothing"
    for column in ("count", "population", "value", "lower_ci95", "method", "reason"):
        assert f"<th>{column}</th>" in shown["walk-shares"]
    assert "Wilson, per 1" in shown["walk-shares"]
    assert "Exact binomial" in shown["walk-funnel"]
    assert "quantile" in shown["walk-fifths"]
    assert "sii" in shown["walk-slope"]
    assert "flag" in shown["walk-protection"]


def test_the_walk_runs_on_the_invented_city(tiny_reported: Any) -> None:
    check(run_methods(tiny_reported.root, "tinytown-2018"))


def test_the_walk_runs_on_the_real_city(repository: Path) -> None:
    built = sorted(path.parent.name for path in (repository / "data" / "processed").glob("*/indicators.csv"))
    if not built:
        pytest.skip("no edition is built here; `make report` builds one")
    shown = run_methods(repository, built[-1])
    check(shown)
    assert float(shown["walk-gini"]) > 0


def test_the_walk_is_part_of_no_report_and_names_what_there_is(repository: Path, source_rules: Any) -> None:
    assert all("methods" not in edition.notebooks for edition in load_catalogue(DEFINITIONS).editions.values())
    assert source_rules.check_source_notebook(repository / "notebooks" / NAME) == []
    cells = json.loads((repository / "notebooks" / NAME).read_text(encoding="utf-8"))["cells"]
    used = {name for name in measures.__all__ for cell in cells if f"measures.{name}(" in "".join(cell["source"])}
    assert len(used) >= 9

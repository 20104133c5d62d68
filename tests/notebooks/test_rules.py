"""The project's notebooks keep the rules, and the rules catch what they are meant to catch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

PARAMETERS = {"id": "settings", "source": 'edition = "liverpool-2018"', "metadata": {"tags": ["parameters"]}}
GOOD: list[dict[str, Any]] = [
    {"id": "title", "cell_type": "markdown", "source": "# In 2018, *Everton* had 14 of these"},
    PARAMETERS,
    {
        "id": "load",
        "source": "from analysis import load_edition\nfrom analysis import figures, narrative\n\n"
        "data = load_edition(edition)",
    },
    {"id": "summary", "source": "narrative.describe_summary(data)"},
    {"id": "kept", "source": "ranked = data.rank('imd_average_score', top=5, areas=['city', 'region'])"},
    {"id": "imd-map", "source": "figures.draw_map(data, ranked, 'imd-score', dark=True, shift=-1)"},
]


def write(path: Path, cells: list[dict[str, Any]], **changes: Any) -> Path:
    full: list[dict[str, Any]] = []
    for cell in cells:
        code = {"execution_count": None, "outputs": []} if cell.get("cell_type", "code") == "code" else {}
        full.append({"cell_type": "code", "metadata": {}, **code, **cell})
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    content = {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": kernel}, "cells": full, **changes}
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def rules(path: Path, source_rules: Any) -> set[str]:
    return {problem.rule for problem in source_rules.check_source_notebook(path)}


def test_the_projects_notebooks_keep_the_rules(repository: Path, source_rules: Any) -> None:
    problems = source_rules.check_source_notebooks((repository / "notebooks").glob("*.ipynb"))
    assert not problems, "\n" + "\n".join(map(str, problems))


def test_a_ward_is_named_in_the_parameters_of_its_profile_alone(repository: Path) -> None:
    notebook = json.loads((repository / "notebooks" / "ward_profile.ipynb").read_text(encoding="utf-8"))
    settings, *others = sorted(notebook["cells"], key=lambda cell: "parameters" not in cell["metadata"].get("tags", []))
    names: dict[str, str] = {}
    exec("".join(settings["source"]), {}, names)
    assert list(names) == ["edition", "ward"]
    definitions = repository / "src" / "analysis" / "definitions"
    edition = yaml.safe_load((definitions / "editions" / f"{names['edition']}.yml").read_text(encoding="utf-8"))
    geographies = yaml.safe_load((definitions / "geographies.yml").read_text(encoding="utf-8"))
    assert any(low <= names["ward"] <= high for low, high in geographies[edition["ward_geography"]]["ranges"])
    assert not any("E05" in "".join(cell["source"]) for cell in others)


def test_a_good_notebook_has_no_problem(tmp_path: Path, source_rules: Any) -> None:
    assert source_rules.check_source_notebook(write(tmp_path / "good.ipynb", GOOD)) == []


@pytest.mark.parametrize(
    ("source", "rule"),
    [
        ("import pandas", "imports"),
        ("from analysis import figures as f", "imports"),
        ("from analysis.make.tables import build_edition", "imports"),
        ("from . import figures", "imports"),
        ("def f(): pass", "one-call"),
        ("class A: pass", "one-call"),
        ("for ward in wards: show(ward)", "one-call"),
        ("if data: show(data)", "one-call"),
        ("show([w for w in data.wards])", "logic"),
        ("show(lambda: data)", "logic"),
        ("show(a + b)", "logic"),
        ("show(data['x'])", "logic"),
        ("show(f'{data}')", "logic"),
        ("show(load(data))", "one-call"),
        ("show(data)\nshow(data)", "one-call"),
        ("show(data)\nx = load(data)", "one-call"),
        ("x = 3", "one-call"),
        ("data.x = load(data)", "one-call"),
        ("data", "one-call"),
        ("show(top=10)", "number"),
        ("show(cut=-12.5)", "number"),
        ("show(2019)", "year"),
        ("show('imd_2019')", "year"),
        ("show('data/raw/imd.csv')", "text"),
        ("show('Everton')", "text"),
        ("show('E05000886')", "text"),
        ("%matplotlib inline", "python"),
        ("!ls", "python"),
    ],
)
def test_each_rule_catches_its_case(tmp_path: Path, source: str, rule: str, source_rules: Any) -> None:
    path = write(tmp_path / "bad.ipynb", [*GOOD, {"id": "extra", "source": source}])
    problems = source_rules.check_source_notebook(path)
    assert rule in {problem.rule for problem in problems}
    assert {problem.cell for problem in problems} == {"extra"}


@pytest.mark.parametrize(
    ("cells", "rule"),
    [
        ([GOOD[0], *GOOD[2:]], "file"),
        ([PARAMETERS, *GOOD], "file"),
        ([*GOOD, {"id": "Extra", "source": ""}], "file"),
        ([*GOOD, {"id": "extra", "source": "", "execution_count": 3}], "stripped"),
        (
            [
                *GOOD,
                {"id": "extra", "source": "", "outputs": [{"output_type": "stream", "name": "stdout", "text": "x"}]},
            ],
            "stripped",
        ),
        ([{**PARAMETERS, "source": "edition = today()"}, *GOOD[2:]], "parameters"),
        ([{**PARAMETERS, "source": "import os"}, *GOOD[2:]], "parameters"),
        ([PARAMETERS, *GOOD[3:]], "load"),
        ([PARAMETERS], "load"),
        ([GOOD[2], PARAMETERS, *GOOD[3:]], "load"),
        ([PARAMETERS, {"id": "load", "source": "data = load_edition('liverpool')"}], "load"),
    ],
)
def test_each_rule_for_the_whole_notebook_catches_its_case(
    tmp_path: Path, cells: list[Any], rule: str, source_rules: Any
) -> None:
    assert rule in rules(write(tmp_path / "bad.ipynb", cells), source_rules)


def test_another_kernel_is_a_problem(tmp_path: Path, source_rules: Any) -> None:
    kernel = {"kernelspec": {"name": "ir", "display_name": "R", "language": "R"}}
    assert rules(write(tmp_path / "bad.ipynb", GOOD, metadata=kernel), source_rules) == {"kernel"}


def test_two_notebooks_may_share_the_ids_of_cells_that_show_nothing(tmp_path: Path, source_rules: Any) -> None:
    first = write(tmp_path / "a.ipynb", GOOD)
    second = write(tmp_path / "b.ipynb", [*GOOD[1:3], GOOD[5], {"id": "own", "source": "figures.draw(data)"}])
    found = [
        (problem.rule, problem.notebook, problem.cell)
        for problem in source_rules.check_source_notebooks([second, first])
    ]
    assert found == [("unique-ids", "b.ipynb", "imd-map")]

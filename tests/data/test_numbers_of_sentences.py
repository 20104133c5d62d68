"""Every number in a sentence of two real editions: its row gives what is printed, and none is left out."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from analysis import narrative
from analysis.audit.opened import Opened
from analysis.audit.recompute import Second
from analysis.blocks import Number
from analysis.catalogue.load import load_catalogue
from analysis.errors import DataError
from analysis.indicators.ward_facts import ward_facts, ward_names
from analysis.make.tables import build_edition
from analysis.paths import DEFINITIONS, Project
from analysis.tables.keys import parse_key
from analysis.tables.loaded import load_edition
from analysis.tables.query import Tables
from analysis.tables.stamps import open_edition

EDITIONS = ("liverpool-2018", "liverpool-2023")
BEFORE = ("liverpool-2022",)
EVERY = 23
"""One row in so many is worked out again."""


@pytest.fixture(scope="module")
def project(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    root = tmp_path_factory.mktemp("numbers")
    (root / "data").mkdir()
    (root / "data" / "raw").symlink_to(repository / "data" / "raw")
    (root / "notebooks").symlink_to(repository / "notebooks")
    made = Project(root, Path(shutil.copytree(DEFINITIONS, root / "src" / "analysis" / "definitions")))
    catalogue = load_catalogue(made.definitions)
    for name in sorted({*EDITIONS, *BEFORE}):
        build_edition(made, catalogue, name, made.processed / name)
    return made


def said(project: Project, name: str) -> Iterator[tuple[str, str, list[Number]]]:
    """Cell, Markdown and numbers of every text and box that the notebooks of an edition show."""
    city = load_edition(name, project)
    for notebook in city.edition.notebooks:
        cells = json.loads((project.notebooks / f"{notebook}.ipynb").read_text(encoding="utf-8"))["cells"]
        for cell in cells:
            call = re.fullmatch(r"narrative\.(\w+)\(city\)", "".join(cell["source"]))
            if call is None:
                continue
            for block in getattr(narrative, call[1])(city).payload():
                if "markdown" in block:
                    yield cell["id"], block["markdown"], [Number(**number) for number in block["numbers"]]


@pytest.mark.parametrize("name", EDITIONS)
def test_every_number_is_what_its_row_says(project: Project, sentences: Any, name: str) -> None:
    tables, city = Tables(project, name), load_edition(name, project)
    numbers = [(cell, number) for cell, _, numbers in said(project, name) for number in numbers]
    assert len(numbers) > 200
    assert len({parse_key(number.key) for _, number in numbers}) > 100
    problems = [f"{cell}: {problem}" for cell, number in numbers if (problem := sentences.wrong(tables, number, city))]
    assert not problems, "\n".join(problems)


def test_a_number_that_is_not_what_its_row_says_is_found(project: Project, sentences: Any) -> None:
    name = EDITIONS[0]
    tables, city = Tables(project, name), load_edition(name, project)
    number = next(number for _, _, numbers in said(project, name) for number in numbers if "%" in number.text)
    other = number.text.replace(number.text[0], "9" if number.text[0] != "9" else "8", 1)
    assert sentences.wrong(tables, number, city) == ""
    assert "is printed" in sentences.wrong(tables, replace(number, text=other), city)
    assert "no row" in sentences.wrong(tables, replace(number, key=re.sub("@E0800", "@E0799", number.key)), city)


@pytest.mark.parametrize("name", EDITIONS)
def test_no_number_of_a_sentence_is_left_out(project: Project, sentences: Any, name: str) -> None:
    names = sentences.names_and_quotations(load_edition(name, project))
    found = []
    for cell, markdown, numbers in said(project, name):
        found += [f"{cell}: {text}" for text in sentences.left_over(sentences.blanked(markdown, numbers), names)]
    assert not found, "\n".join(found)


def test_a_number_that_is_left_out_is_found(sentences: Any) -> None:
    found = sentences.left_over("In # of # wards 12 lie below, and four above.", set())
    assert len(found) == 2
    assert "wards 12 lie" in found[0]
    assert "four above" in found[1]
    assert not sentences.left_over(
        "In 2017 and on 4 May 2016/17 (95% confidence interval # to #) the two differ.", set()
    )


@pytest.mark.parametrize(("name", "wards"), [("liverpool-2018", 30), ("liverpool-2023", 64)])
def test_every_number_of_a_profile_is_what_its_row_says(
    project: Project, sentences: Any, name: str, wards: int
) -> None:
    tables, city = Tables(project, name), load_edition(name, project)
    codes = list(ward_names(city))
    assert len(codes) == wards
    together = [ward for ward in codes if ward_facts(city, ward).together]
    assert bool(together) == (name == "liverpool-2023")
    found = [problem for ward in codes for problem in sentences.wrong_in_profile(tables, city, ward)]
    assert not found, "\n".join(found)
    told = {ward: [one for *_, numbers in sentences.of_profile(city, ward) for one in numbers] for ward in codes}
    assert min(map(len, told.values())) > 12
    for ward in together:
        assert any(one.key.startswith("wards_together?") for one in told[ward])


@pytest.mark.parametrize("name", EDITIONS)
def test_rows_are_worked_out_again_from_raw_rows(project: Project, name: str) -> None:
    tables = Tables(project, name)
    second = Second(Opened(project, open_edition(project, name)), tables)
    rows = tables.rows("indicators")[::EVERY]
    measures = {second.again(row)[0].given.measure for row in rows}
    assert measures >= {"published", "sum", "share", "weighted_mean", "apportioned_sum"}
    official = "ons_life_expectancy" in open_edition(project, name).releases
    assert ("apportioned_mean" if official else "apportioned_life_expectancy") in measures
    row = next(row for row in rows if row.cells["value"])
    changed = replace(row, cells={**row.cells, "value": f"{float(row.cells['value']) * 1.00001:.12g}"})
    with pytest.raises(DataError, match="the raw rows give"):
        second.again(changed)

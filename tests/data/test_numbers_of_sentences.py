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
from analysis.assurance import load_policy
from analysis.audit.lineage import Tracer
from analysis.audit.opened import Opened
from analysis.audit.recompute import trace
from analysis.audit.resolve import Tables, agrees
from analysis.blocks import Number, mark_numbers
from analysis.build import build_edition, load_edition
from analysis.catalogue import load_catalogue
from analysis.errors import AnalysisError, DataError
from analysis.keys import Combined, parse_key
from analysis.loaded import LoadedEdition
from analysis.paths import DEFINITIONS, Project
from analysis.stamps import open_edition

EDITIONS = ("liverpool-2018", "liverpool-2023")
BEFORE = ("liverpool-2022",)
EVERY = 23
"""One row in so many is worked out again."""
MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
NOT_COUNTED = (
    rf"\b\d{{1,2}} ({MONTHS})\b",  # days
    r"\b(mid-)?(19|20)\d\d(/\d\d)?\b",  # years and periods
    r"95%|99\.8%|\(95% to 5%\)",  # the level of an interval or a test, and the weights that define the extent
    r"from 0 \(most deprived\) to 1 \(least\)|\bPillar \d",  # a scale, a name
)
WORDS = r"\b(two|three|four|five|six|seven|eight|nine|ten|second|third|fourth|fifth|sixth|seventh|eighth|ninth)\b"
OF_LANGUAGE = (
    r"(the|of the|between the|both|in|all) two\b",
    r"two (estimates|sources|wards were picked)",
    r"(last|into) five|four fifths|(deprived|least deprived|the) fifth\b|second source|no second|thirtieth",
    r"of two\b|one of them|percentile",
)


@pytest.fixture(scope="module")
def project(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    root = tmp_path_factory.mktemp("numbers")
    (root / "data").mkdir()
    (root / "data" / "raw").symlink_to(repository / "data" / "raw")
    (root / "notebooks").symlink_to(repository / "notebooks")
    made = Project(root, Path(shutil.copytree(DEFINITIONS, root / "src" / "analysis" / "definitions")))
    catalogue = load_catalogue(made.definitions)
    for name in sorted({*EDITIONS, *BEFORE}):
        build_edition(made, catalogue, name)
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


def decimals_of(key: Any, city: LoadedEdition) -> int:
    rows = key.first if isinstance(key, Combined) else key
    names = [one.value for one in rows.filters if one.column == "indicator" and one.value in city.catalogue.indicators]
    return city.catalogue.indicators[names[0]].decimals if names else 0


def wrong(tables: Tables, number: Number, city: LoadedEdition) -> str:
    """Why a number is not what its key gives; empty where it is."""
    try:
        found = tables.resolve(number.key)
    except AnalysisError as error:
        return str(error)
    right = agrees(number.text, found.value, decimals_of(found.key, city))
    return "" if right else f"{number.text!r} is printed and {found.value} is held: {number.key}"


@pytest.mark.parametrize("name", EDITIONS)
def test_every_number_is_what_its_row_says(project: Project, name: str) -> None:
    tables, city = Tables(project, name), load_edition(name, project)
    numbers = [(cell, number) for cell, _, numbers in said(project, name) for number in numbers]
    assert len(numbers) > 200
    assert len({parse_key(number.key) for _, number in numbers}) > 100
    problems = [f"{cell}: {problem}" for cell, number in numbers if (problem := wrong(tables, number, city))]
    assert not problems, "\n".join(problems)


def test_a_number_that_is_not_what_its_row_says_is_found(project: Project) -> None:
    name = EDITIONS[0]
    tables, city = Tables(project, name), load_edition(name, project)
    number = next(number for _, _, numbers in said(project, name) for number in numbers if "%" in number.text)
    other = number.text.replace(number.text[0], "9" if number.text[0] != "9" else "8", 1)
    assert wrong(tables, number, city) == ""
    assert "is printed" in wrong(tables, replace(number, text=other), city)
    assert "no row" in wrong(tables, replace(number, key=re.sub("@E0800", "@E0799", number.key)), city)


def left_over(text: str, texts: set[str]) -> list[str]:
    """Digits and number words of a text in which numbers are blanked, apart from names, dates and turns of phrase."""
    for known in sorted(texts, key=len, reverse=True):
        text = text.replace(known, " … ")
    for pattern in NOT_COUNTED:
        text = re.sub(pattern, " … ", text)
    digits = [match[0] for match in re.finditer(r".{0,30}\d.{0,20}", text)]
    for pattern in OF_LANGUAGE:
        text = re.sub(pattern, " … ", text, flags=re.IGNORECASE)
    return [*digits, *(match[0] for match in re.finditer(rf".{{0,30}}{WORDS}.{{0,20}}", text, re.IGNORECASE))]


def names_and_quotations(city: LoadedEdition) -> set[str]:
    """What sentences take over as it stands: titles, the plan's words, publishers' words, reasons in definitions."""
    catalogue = city.catalogue
    texts = {item.title for item in catalogue.indicators.values()}
    texts |= {title[:1].lower() + title[1:] for title in texts}
    texts |= {str(cell) for column in ("title", "attribution", "limits") for cell in city.sources[column]}
    texts |= {item.method for one in catalogue.indicators.values() for item in one.inputs if item.method}
    for plan in catalogue.plans.values():
        texts |= {plan.title, *(aim.title for aim in plan.aims), *(aim.wants for aim in plan.aims)}
        texts |= {aim.wants[:1].lower() + aim.wants[1:] for aim in plan.aims}
        texts |= {priority.title for priority in plan.priorities.values()}
        gaps = [priority.gap for priority in plan.priorities.values() if priority.gap]
        texts |= {text.rstrip(".") for gap in gaps for text in (gap.reason, gap.source)}
    policy = load_policy(catalogue)
    texts |= {" ".join(rule.text.split()).rstrip(".") for rule in policy.rules} if policy else set()
    texts |= {weights.note for weights in city.edition.deprivation_weights.values()}
    texts |= {stand_in.reason.rstrip(".") for stand_in in city.edition.stand_ins}
    texts |= {one.title[:1].lower() + one.title[1:] for one in catalogue.breaks.values()}
    texts |= {str(text).rstrip(".") for text in city.table("coverage")["awaited"]}
    facts = [release.facts for release in catalogue.sources["imd"].releases.values()]
    return {*texts, *(str(fact["not_comparable"]) for fact in facts if "not_comparable" in fact)} - {""}


@pytest.mark.parametrize("name", EDITIONS)
def test_no_number_of_a_sentence_is_left_out(project: Project, name: str) -> None:
    names = names_and_quotations(load_edition(name, project))
    found = []
    for cell, shown, numbers in said(project, name):
        markdown = re.sub(r"\]\(#[^)]*\)", lambda link: "]" + " " * (len(link[0]) - 1), shown)  # offsets stay
        blanked = re.sub("[\ue100-\uf8ff][^\ue000]*\ue000", "#", mark_numbers(markdown, numbers))
        found += [f"{cell}: {text}" for text in left_over(blanked, names)]
    assert not found, "\n".join(found)


def test_a_number_that_is_left_out_is_found() -> None:
    found = left_over("In # of # wards 12 lie below, and four above.", set())
    assert len(found) == 2
    assert "wards 12 lie" in found[0]
    assert "four above" in found[1]
    assert not left_over("In 2017 and on 4 May 2016/17 (95% confidence interval # to #) the two differ.", set())


@pytest.mark.parametrize("name", EDITIONS)
def test_rows_are_worked_out_again_from_raw_rows(project: Project, name: str) -> None:
    tables = Tables(project, name)
    tracer = Tracer(Opened(project, open_edition(project, name)), tables)
    rows = tables.rows("indicators")[::EVERY]
    measures = {trace(tracer, row).given.measure for row in rows}
    assert measures >= {"published", "sum", "share", "weighted_mean", "apportioned_sum", "apportioned_life_expectancy"}
    row = next(row for row in rows if row.cells["value"])
    changed = replace(row, cells={**row.cells, "value": f"{float(row.cells['value']) * 1.00001:.12g}"})
    with pytest.raises(DataError, match="the raw rows give"):
        trace(tracer, changed)

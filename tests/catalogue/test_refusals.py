"""A definition that breaks the framework is refused when it is loaded, with its file and the very line."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from analysis.catalogue.load import load_catalogue
from analysis.errors import DefinitionError
from analysis.paths import DEFINITIONS

INDICATOR = "indicators/employment_rate.yml"
PLAN = "plans/igp-2018.yml"
UNUSED = "- {id: unused, title: Unused, reason: Nothing.}"


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(DEFINITIONS, tmp_path_factory.mktemp("pristine") / "definitions"))


def refused(folder: Path, file: str, old: str, new: str) -> tuple[str, int, list[str]]:
    """Change one passage of a definition, load all, and put it back: the sentence, its line, the lines of the file."""
    path = folder / file
    before = path.read_text(encoding="utf-8")
    assert before.count(old) >= 1, f"{old!r} does not stand in {file}"
    path.write_text(before.replace(old, new, 1), encoding="utf-8")
    try:
        with pytest.raises(DefinitionError) as caught:
            load_catalogue(folder)
        lines = path.read_text(encoding="utf-8").splitlines()
    finally:
        path.write_text(before, encoding="utf-8")
    sentence = str(caught.value)
    found = re.match(rf"{re.escape(str(path))}:(\d+): ", sentence)
    assert found, f"no file and line at the start: {sentence}"
    return sentence, int(found.group(1)), lines


@pytest.mark.parametrize(
    ("file", "old", "new", "problem", "at"),
    [
        (INDICATOR, "polarity: ", "polarty: ", "unknown key 'polarty'", "polarty: higher_is_better"),
        (INDICATOR, "    lag_months: ", "    lag_month: ", "unknown key 'lag_month'", "    lag_month: 4"),
        (INDICATOR, "polarity: higher_is_better\n", "", "the key 'polarity' is missing", "id: employment_rate"),
        (INDICATOR, "polarity: higher_is_better", "polarity: high", "expected one of", "polarity: high"),
        (
            INDICATOR,
            "priorities: [igp-4.2, igp-3.3]",
            "priorities: []",
            "priorities: it is empty, and has to hold something",
            "priorities: []",
        ),
        (
            INDICATOR,
            "[igp-4.2, igp-3.3]",
            "[igp-4.2, igp-9.9]",
            "no priority 'igp-9.9' in any plan",
            "priorities: [igp-4.2, igp-9.9]",
        ),
        (
            INDICATOR,
            "trend: allowed",
            "target: {value: 75, date: '2030'}\ntrend: allowed",
            "the key 'origin' is missing",
            "target: {value: 75, date: '2030'}",
        ),
        (
            INDICATOR,
            "trend: allowed",
            "target: {value: 75, origin: Plan}\ntrend: allowed",
            "the key 'date' is missing",
            "target: {value: 75, origin: Plan}",
        ),
        (
            INDICATOR,
            "trend: allowed",
            "target:\n  value: 75\n  date: '2030'\n  origin: ''\ntrend: allowed",
            "target.origin: it is empty, and has to hold something",
            "  origin: ''",
        ),
        (
            INDICATOR,
            "trend: allowed",
            "target: {value: 75, date: soon, origin: Plan}\ntrend: allowed",
            "expected a year, a month or a day",
            "target: {value: 75, date: soon, origin: Plan}",
        ),
        (INDICATOR, "  - source: els", "  - source: elsewhere", "no source 'elsewhere'", "  - source: elsewhere"),
        (PLAN, "igp-1.5, indicator: null", "igp-1.5, indicator: nothing", "no indicator 'nothing'", None),
        (PLAN, "igp-1.5, indicator: null", "igp-7.7, indicator: null", "no priority 'igp-7.7'", None),
        (
            PLAN,
            "succeeds: [global-city-4.3]",
            "succeeds: [global-city-9.9]",
            "no priority 'global-city-9.9'",
            "        succeeds: [global-city-9.9]",
        ),
        (PLAN, "indicators: [hi_rough_", "indicators: [hi_smooth_", "no indicator 'hi_smooth_sleeping'", None),
        (
            PLAN,
            "indicators: [hi_rough_sleeping",
            "indicators: [hi_rough_sleeping, hi_rough_sleeping",
            "'hi_rough_sleeping' stands twice",
            None,
        ),
        (
            PLAN,
            "indicators: [hi_rough_sleeping]",
            "indicators: [hi_rough_sleeping,\n                          employment_rate]",
            "the indicator 'employment_rate' does not serve igp-2.5",
            "                          employment_rate]}",
        ),
        (PLAN, "{id: igp-1.3-a", "{id: council-plan-6.2-a", "already stands in council-plan-2023.yml", None),
        ("breaks.yml", "- id: cancelled", f"{UNUSED}\n- id: cancelled", "no indicator breaks for 'unused'", UNUSED),
        (PLAN, "{id: igp-1.3-b", "{id: igp-1.3-a", "the outcome 'igp-1.3-a' stands twice", None),
    ],
)  # fmt: skip
def test_refused_with_file_and_line(
    pristine: Path, file: str, old: str, new: str, problem: str, at: str | None
) -> None:
    sentence, line, lines = refused(pristine, file, old, new)
    assert problem in sentence
    assert sentence.endswith(".")
    if at is None:
        assert new in lines[line - 1]
    else:
        assert lines[line - 1] == at


def test_a_target_of_a_plan_needs_its_date(pristine: Path) -> None:
    sentence, _, _ = refused(pristine, PLAN, ', date: "2020-03"', "")
    assert "the key 'date' is missing" in sentence


def test_the_shipped_definitions_pass(pristine: Path) -> None:
    catalogue = load_catalogue(pristine)
    assert len(catalogue.indicators) >= 118
    assert catalogue.known_gaps

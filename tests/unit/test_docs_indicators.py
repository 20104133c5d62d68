"""The list of indicators in docs/ is generated from the definitions, current and complete."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest

from analysis.catalogue.load import load_catalogue
from analysis.paths import DEFINITIONS


@pytest.fixture(scope="module")
def indicators(script: Callable[[str], ModuleType]) -> ModuleType:
    return script("docs/indicators.py")


def test_the_page_is_current(indicators: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert indicators.main(["--check"]) == 0, capsys.readouterr().err


def test_every_indicator_has_one_row_of_nine_cells(indicators: ModuleType) -> None:
    catalogue = load_catalogue(DEFINITIONS)
    text = indicators.page(catalogue)
    rows = [line for line in text.splitlines() if line.startswith("| `") and line.count(" | ") == 8]
    assert sorted(row.split("`")[1] for row in rows) == sorted(catalogue.indicators)

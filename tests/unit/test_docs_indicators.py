"""The list of indicators in docs/ is generated from the definitions, current and complete."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from analysis.catalogue import load_catalogue
from analysis.paths import DEFINITIONS


@pytest.fixture(scope="module")
def indicators(repository: Path) -> Iterator[ModuleType]:
    spec = importlib.util.spec_from_file_location("docs_indicators", repository / "docs" / "indicators.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


def test_the_page_is_current(indicators: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert indicators.main(["--check"]) == 0, capsys.readouterr().err


def test_every_indicator_has_one_row_of_nine_cells(indicators: ModuleType) -> None:
    catalogue = load_catalogue(DEFINITIONS)
    text = indicators.page(catalogue)
    rows = [line for line in text.splitlines() if line.startswith("| `") and line.count(" | ") == 8]
    assert sorted(row.split("`")[1] for row in rows) == sorted(catalogue.indicators)

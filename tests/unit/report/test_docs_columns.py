"""The list of columns in docs/ is generated from the descriptions, current and complete."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from analysis.catalogue.columns import load_table_texts


@pytest.fixture(scope="module")
def columns(script: Callable[[str], ModuleType]) -> ModuleType:
    return script("docs/columns.py")


def test_the_page_is_current(columns: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert columns.main(["--check"]) == 0, capsys.readouterr().err


def test_a_page_that_is_not_current_is_told(
    columns: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(columns, "PAGE", tmp_path / "columns.md")
    assert columns.main(["--check"]) == 1
    assert "not current" in capsys.readouterr().err
    assert columns.main([]) == 0
    assert columns.main(["--check"]) == 0


def test_every_table_and_column_has_its_row(columns: ModuleType) -> None:
    texts = load_table_texts()
    text = columns.page(texts)
    for name, table in texts.tables.items():
        assert f"## `{name}`: {table.title}" in text
        for column in table.columns:
            assert f"| `{column}` |" in text
    assert all(line.count(" | ") == 4 for line in text.splitlines() if line.startswith("| `"))

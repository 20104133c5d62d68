"""One word means one thing: docs/words.md says which, and the code keeps to it where words are easily mixed."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ELSEWHERE = {
    "receipt": {"audit", "make", "cli", "report", "narrative"},
    "manifest": {"audit", "make", "cli", "report", "tables"},
}
"""Words that are said in some rooms alone: what is recorded of a release is a snapshot."""


def listed(repository: Path) -> dict[str, list[str]]:
    text = (repository / "docs" / "words.md").read_text(encoding="utf-8")
    rows = [[part.strip() for part in row] for row in re.findall(r"^\| ([^|]+) \| ([^|]+) \| ([^|]*) \|$", text, re.M)]
    return {word: others for word, *others in rows if word not in ("word", "---")}


def test_every_word_is_explained_once_and_is_not_another(repository: Path) -> None:
    words = listed(repository)
    assert {"receipt", "progress", "snapshot", "sheet", "edition", "release", "vintage", "baseline"} <= set(words)
    assert len({means for means, _ in words.values()}) == len(words)
    for word, (means, others) in words.items():
        assert means, word
        assert word not in [other.strip() for other in others.split(",")], word


def said(path: Path) -> Iterator[str]:
    """Every word of a module: names, and what docstrings, sentences and comments say."""
    text = path.read_text(encoding="utf-8")
    ast.parse(text)
    yield from re.findall(r"[a-z]+", re.sub(r"[_\W]+", " ", text).lower())


@pytest.mark.parametrize("word", ELSEWHERE)
def test_a_word_is_said_in_its_rooms_alone(repository: Path, word: str) -> None:
    package = repository / "src" / "analysis"
    found = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if {word, f"{word}s"} & set(said(path)) and path.relative_to(package).parts[0] not in ELSEWHERE[word]
    }
    assert found == set(), f"{word}: say snapshot of a release, or note of a download"

"""What docs/rap.md points at exists (paths, tests, commands, targets), and its counts are those of its rows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from analysis.cli import app

BUILT = {"ro-crate-metadata.json", "cleaning_log.csv", "sources.csv", "inputs.json", "manifest.json", "snapshot.yml"}
WORDS = {"analysis", "second-analyst"}
PATH = re.compile(r"[\w.-]+(/[\w.-]+)*")


def commands() -> set[str]:
    return {one.name or one.callback.__name__ for one in app.registered_commands if one.callback}


def problem(quoted: str, repository: Path) -> str:
    """What is wrong with something that the page puts in code marks; nothing where it exists."""
    program, _, rest = quoted.partition(" ")
    if program == "sotc":
        return "" if not rest or rest.split()[0] in commands() else "no such command"
    if program == "make":
        target = re.search(rf"^{re.escape(rest)}:", (repository / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
        return "" if target else "no such target"
    path, _, test = quoted.partition("::")
    if not PATH.fullmatch(path):
        return "neither a path nor a command"
    if not (repository / path).exists():
        return "no such path"
    if test and not re.search(rf"^def {re.escape(test)}\(", (repository / path).read_text("utf-8"), re.MULTILINE):
        return "no such test"
    return ""


@pytest.fixture(scope="module")
def page(repository: Path) -> str:
    return (repository / "docs" / "rap.md").read_text(encoding="utf-8")


def test_every_path_test_and_command_exists(page: str, repository: Path) -> None:
    quoted = {text for text in re.findall(r"`([^`]+)`", page) if text not in BUILT | WORDS}
    assert len(quoted) > 50
    assert {text: problem(text, repository) for text in sorted(quoted) if problem(text, repository)} == {}


@pytest.mark.parametrize(
    "quoted",
    ["docs/none.md", "tests/unit/test_docs.py::test_nothing", "sotc conjure", "make gold", "a sentence in code marks"],
)
def test_what_does_not_exist_is_found(quoted: str, repository: Path) -> None:
    assert problem(quoted, repository)


def test_files_that_are_built_are_described(repository: Path) -> None:
    described = (repository / "docs").rglob("*.md")
    text = " ".join(path.read_text(encoding="utf-8") for path in described if path.name != "rap.md")
    assert {name for name in BUILT if name not in text} == set()


def test_every_criterion_has_a_verdict_and_evidence_and_the_counts_are_right(page: str) -> None:
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in page.splitlines() if line.startswith("| ")
    ]
    rows = [row for row in rows if row[0] != "criterion"]
    assert all(len(row) == 3 and all(row) for row in rows)
    verdicts = [row[1] for row in rows]
    said = re.search(r"Of (\d+) criteria, (\d+) are met, (\d+) in part, and (\d+) are not shown", page)
    assert said is not None
    assert [len(rows), *(verdicts.count(word) for word in ("met", "in part", "not shown"))] == [
        *map(int, said.groups())
    ]
    assert set(verdicts) == {"met", "in part", "not shown"}

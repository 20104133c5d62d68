"""The baseline report, made and verified as docs/audit.md has it, command by command; one changed byte is named."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from analysis.cli import app
from analysis.make.editions import make_editions
from analysis.make.verify import verify
from analysis.paths import Project

EDITION = "liverpool-2018"
SOTC = ".venv/bin/sotc "
ANY = "…"


@pytest.fixture(scope="module")
def project(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The real project, its report made, in a folder of its own."""
    root = tmp_path_factory.mktemp("real") / "project"
    for name in ("data/raw", "notebooks", "src/analysis/definitions"):
        shutil.copytree(repository / name, root / name)
    shutil.copy(repository / "requirements.lock", root)
    project = Project(root, root / "src" / "analysis" / "definitions")
    shutil.copy(repository / ".gitignore", root)
    make_editions(project, [EDITION])
    who = ["-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "commit.gpgsign=false"]
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "x"]):
        subprocess.run(["git", "-C", str(root), *who, *words], check=True)
    return project


@pytest.mark.parametrize(
    "name",
    [
        "data/raw/iod_summaries/2015-09-30/districts.csv",
        f"data/processed/{EDITION}/indicators.csv",
        f"reports/{EDITION}/report.pdf",
    ],
)
def test_a_changed_byte_is_found_and_named(project: Project, name: str) -> None:
    path = project.root / name
    before = path.read_bytes()
    middle = len(before) // 2
    path.write_bytes(before[:middle] + bytes([before[middle] ^ 1]) + before[middle + 1 :])
    try:
        found = verify(project, EDITION, quick=True)
    finally:
        path.write_bytes(before)
    assert found.exit_code == 13
    assert [one.file for one in found.files.differences] == [name]


def walk(repository: Path) -> list[tuple[str, list[str]]]:
    """The commands of docs/audit.md, in order, each with the lines that it is said to print."""
    commands: list[tuple[str, list[str]]] = []
    text = (repository / "docs" / "audit.md").read_text(encoding="utf-8")
    for block in re.findall(r"^```console\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        for line in block.splitlines():
            if line.startswith("$ "):
                commands.append((line[2:], []))
            else:
                commands[-1][1].append(line)
    return commands


def test_the_auditors_walk_works_to_the_letter(
    project: Project, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every command of ours, and those that change a byte; counts and hashes may differ, the words may not."""
    monkeypatch.chdir(project.root)
    known = {one.name or one.callback.__name__ for one in app.registered_commands if one.callback}
    ran = []
    for command, expected in walk(repository):
        if command.startswith(SOTC):
            words = command.removeprefix(SOTC).split()
            if words[0] not in known:
                continue
            # A received folder is rebuilt on the invented city, in tests/reproduce: here its hashes are enough.
            received = "--folder" in words
            done = CliRunner().invoke(app, [*words, "--quick"] if received else words)
            assert done.exit_code == (13 if any("differs" in line for line in expected) else 0), done.output
            assert_printed([*expected[:2], ANY] if received else expected, done.stdout.splitlines())
        elif command == "git checkout -- data/raw":
            shutil.copytree(repository / "data" / "raw", project.raw, dirs_exist_ok=True)
        elif command.split()[0] in ("printf", "cp"):
            subprocess.run(["sh", "-c", command], check=True)
        else:
            continue
        ran.append(command)
    assert sum(command.startswith(SOTC) for command in ran) >= 8


def assert_printed(expected: list[str], printed: list[str]) -> None:
    """The lines expected, numbers and hashes apart; ``…`` stands for any lines."""
    if not expected:
        return
    pattern = "".join(".*" if line == ANY else re.escape(_plain(line)) + "\n" for line in expected)
    text = "".join(_plain(line) + "\n" for line in printed)
    assert re.fullmatch(pattern, text, re.DOTALL), text


def _plain(line: str) -> str:
    line = re.sub(r"^(\S+, by .*|code: \S+ \S+) \(.*\)$", r"\1", line.replace("1 file)", "1 files)"))
    return re.sub(r"\d[\d,.]*|#+", "#", re.sub(r"[0-9a-f]{12}…", "#", line))


def test_the_comparison_can_fail() -> None:
    assert_printed(["numbers identical (91 files)", ANY, "end"], ["numbers identical (92 files)", "a", "b", "end"])
    with pytest.raises(AssertionError):
        assert_printed(["numbers identical (91 files)"], ["numbers differs (91 files)"])

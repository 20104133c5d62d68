"""The baseline report, made and verified: it reproduces, and one changed byte is found and named."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from analysis.audit.verify import IDENTICAL, verify
from analysis.paths import Project
from analysis.report.editions import make_editions

EDITION = "liverpool-2018"


@pytest.fixture(scope="module")
def project(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The real project, its report made, in a folder of its own."""
    root = tmp_path_factory.mktemp("real") / "project"
    for name in ("data/raw", "notebooks", "src/analysis/definitions"):
        shutil.copytree(repository / name, root / name)
    shutil.copy(repository / "requirements.lock", root)
    project = Project(root, root / "src" / "analysis" / "definitions")
    make_editions(project, [EDITION])
    return project


def test_it_reproduces_and_is_confirmed_by_hashes(project: Project) -> None:
    found = verify(project, EDITION)
    verdicts = [one.result for one in (found.files, found.numbers, found.figures, found.documents)]
    assert verdicts == [IDENTICAL] * 4, found
    assert found.environment == ""
    assert verify(project, EDITION, quick=True).exit_code == 0


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

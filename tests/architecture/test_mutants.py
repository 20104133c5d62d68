"""Every mutant still fits the code, and names tests that are there; `make mutants` tries whether they notice."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

PATCHES = sorted((Path(__file__).parents[1] / "mutants").glob("*.patch"))


def test_there_are_at_least_forty_mutants() -> None:
    assert len(PATCHES) >= 40
    assert len({path.name[:2] for path in PATCHES}) == len(PATCHES)


@pytest.mark.skipif(shutil.which("git") is None, reason="git applies the patches")
def test_each_applies_and_names_tests(repository: Path, script: Any) -> None:
    run = script("tests/mutants/run.py")
    for path in PATCHES:
        about, tests = run.header(path)
        assert about, path.name
        assert tests, path.name
        assert all((repository / test).exists() for test in tests), path.name
        done = subprocess.run(
            ["git", "apply", "--check", path], cwd=repository, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{path.name} no longer fits: write it anew for the code as it is\n{done.stderr}"

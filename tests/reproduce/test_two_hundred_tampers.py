"""Two hundred scripted tampers: seen and named by hashes alone, but for a few that a rebuild sees; controls pass."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from typer.testing import CliRunner

from analysis.cli import app

AT_LEAST, OF = 190, 200
ALL = bool(os.environ.get("TAMPER"))
SAMPLED = 5
"""`make tamper` tries every one; the suite each fifth."""


@pytest.fixture(scope="module")
def script_of(script: Any) -> ModuleType:
    module: ModuleType = script("tests/reproduce/tampers.py")
    return module


@pytest.fixture(scope="module")
def checkout(
    tiny_reported: Any, script_of: ModuleType, repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    from analysis.make.editions import make_editions

    city = tiny_reported.copy(tmp_path_factory.mktemp("checkout") / "project")
    (city.root / "requirements.lock").write_bytes((repository / "requirements.lock").read_bytes())
    make_editions(city.project, [script_of.EDITION])
    script_of.prepare(city, repository)
    return Path(city.root)


def said_of(tamper: Any, checkout: Path, folder: Path, *words: str) -> tuple[int, str, str]:
    """Exit code and words of a verification after a tamper, and the name that they must hold."""
    shutil.rmtree(folder, ignore_errors=True)
    root = folder / "project"
    shutil.copytree(checkout, root, symlinks=True)
    received, name = tamper.do(root)
    before = Path.cwd()
    os.chdir(root)
    try:
        more = ["--folder", str(received)] if received else []
        done = CliRunner().invoke(app, ["verify", "tinytown-2018", *words, *more, "--json"])
    finally:
        os.chdir(before)
    return done.exit_code, f"{done.output}{done.exception}", name


def test_they_are_seen_and_named(script_of: ModuleType, checkout: Path, tmp_path: Path) -> None:
    every = list(script_of.tampers(checkout))
    assert len(every) >= OF
    assert len({one.name for one in every}) == len(every)
    missed, tried = [], every if ALL else every[::SAMPLED]
    for tamper in tried:
        code, said, name = said_of(tamper, checkout, tmp_path / "one", "--quick")
        if not code or name not in said:
            missed.append(tamper)
    assert len(missed) <= len(tried) * (OF - AT_LEAST) / OF, [one.name for one in missed]
    if ALL:
        unseen = []
        for tamper in missed:
            code, said, name = said_of(tamper, checkout, tmp_path / "one")
            if not code or name not in said:
                unseen.append(tamper.name)
        assert not unseen


def test_what_harms_nothing_gives_no_alarm(script_of: ModuleType, checkout: Path, tmp_path: Path) -> None:
    for control in script_of.controls():
        code, said, _ = said_of(control, checkout, tmp_path / "one", "--quick")
        assert code == 0, (control.name, said)

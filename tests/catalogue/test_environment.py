"""pyproject.toml, the lock, environment.yml and the list of reasons name the same direct dependencies."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


@pytest.fixture(scope="module")
def declared(repository: Path) -> tuple[list[Requirement], list[Requirement]]:
    project = tomllib.loads((repository / "pyproject.toml").read_text())["project"]
    run = [Requirement(text) for text in project["dependencies"]]
    return run, [Requirement(text) for text in project["optional-dependencies"]["dev"]]


@pytest.fixture(scope="module")
def locked(repository: Path) -> dict[str, str]:
    lines = re.findall(r"^([A-Za-z0-9._-]+)==(\S+)", (repository / "requirements.lock").read_text(), re.MULTILINE)
    return {canonicalize_name(name): version for name, version in lines}


def test_every_direct_dependency_is_locked_at_an_accepted_version(declared, locked):
    for requirement in (*declared[0], *declared[1]):
        assert requirement.specifier.contains(locked[canonicalize_name(requirement.name)]), requirement


def test_conda_users_get_the_same_direct_dependencies(declared, repository):
    listed = yaml.safe_load((repository / "environment.yml").read_text())["dependencies"]
    pip = next(item["pip"] for item in listed if isinstance(item, dict))
    plain = [item for item in listed if isinstance(item, str) and item != "pip" and not item.startswith("python>")]
    conda = {str(Requirement(item)) for item in (*plain, *(item for item in pip if not item.startswith("-")))}
    assert conda == {str(requirement) for requirement in declared[0]}
    assert "--editable ." in pip


def test_every_dependency_has_its_reason(declared, repository):
    reasons = (repository / "docs" / "dependencies.md").read_text()
    rows = " ".join(line.split("|")[1] for line in reasons.splitlines() if line.startswith("|") and "|---" not in line)
    named = {word.strip(",") for word in rows.split()}
    assert {requirement.name for requirement in (*declared[0], *declared[1])} <= named


@pytest.mark.parametrize("name", ["requirements.lock", "uv.lock.txt", "crate.lock.txt"])
def test_locks_are_pinned_by_hash_and_hold_no_address(repository, name):
    text = (repository / name).read_text()
    assert "://" not in text
    blocks = re.split(r"\n(?=[A-Za-z0-9])", text.strip())
    assert all("--hash=sha256:" in block for block in blocks)
    assert len(blocks) == len(re.findall(r"^[A-Za-z0-9._-]+==", text, re.MULTILINE))


def test_the_list_of_licences_names_every_package_of_the_lock(script: Any) -> None:
    written = script("docs/licences.py")
    rows = re.findall(r"^\| ([\w.-]+) \| (\S+) \| (.+) \|$", written.PAGE.read_text(encoding="utf-8"), re.M)
    assert {name: version for name, version, _ in rows[1:]} == written.pinned()
    assert "not stated" not in {licence for _, _, licence in rows}

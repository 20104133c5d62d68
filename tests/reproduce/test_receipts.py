"""The receipts that are kept are those of the present code and figures, for every edition."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

DEFINITIONS = Path("src/analysis/definitions")


@pytest.fixture(scope="module")
def made(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every report, made in an empty folder from the repository's figures, definitions and notebooks."""
    root = tmp_path_factory.mktemp("receipts") / "project"
    (root / "data").mkdir(parents=True)
    (root / "data" / "raw").symlink_to(repository / "data" / "raw")
    for name in ("notebooks", "requirements.lock"):
        (root / name).symlink_to(repository / name)
    shutil.copytree(repository / DEFINITIONS, root / DEFINITIONS)
    subprocess.run([sys.executable, "-m", "analysis", "report", "--all"], cwd=root, check=True, capture_output=True)
    return root / "reports"


def test_the_receipt_of_every_edition_is_current(made: Path, repository: Path) -> None:
    editions = sorted(path.stem for path in (repository / DEFINITIONS / "editions").glob("*.yml"))
    stale = {}
    for name in editions:
        kept, fresh = (folder / name / "manifest.json" for folder in (repository / "reports", made))
        if not kept.is_file():
            stale[name] = ["not kept"]
        elif kept.read_bytes() != fresh.read_bytes():
            before, after = (json.loads(path.read_text(encoding="utf-8")) for path in (kept, fresh))
            stale[name] = sorted(key for key in {*before, *after} if before.get(key) != after.get(key))
    assert stale == {}, "make all, look at what changed, and commit reports/*/manifest.json"

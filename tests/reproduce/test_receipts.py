"""The code, definitions and figures of this commit give the receipts of this commit; where not, the number is named.

Only hashes are kept, so that what moved is told by making the report of the commit that wrote the receipt once more,
and comparing the two, row by row; that is done for the first edition that differs.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from analysis.audit.diff import compare_files
from analysis.audit.receipt import processed_files, raw_files, report_files
from analysis.tables.contract import ROW_KEYS

DEFINITIONS = Path("src/analysis/definitions")
MOST = 40


@pytest.fixture(scope="module")
def made(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with every report, made from the repository's figures, definitions and notebooks."""
    root = tmp_path_factory.mktemp("receipts") / "project"
    (root / "data").mkdir(parents=True)
    (root / "data" / "raw").symlink_to(repository / "data" / "raw")
    for name in ("notebooks", "requirements.lock"):
        (root / name).symlink_to(repository / name)
    shutil.copytree(repository / DEFINITIONS, root / DEFINITIONS)
    subprocess.run([sys.executable, "-m", "analysis", "report", "--all"], cwd=root, check=True, capture_output=True)
    return root


def test_the_code_of_this_commit_gives_the_receipts_of_this_commit(
    made: Path, repository: Path, tmp_path: Path
) -> None:
    editions = sorted(path.stem for path in (repository / DEFINITIONS / "editions").glob("*.yml"))
    pairs = {name: [root / "reports" / name / "manifest.json" for root in (repository, made)] for name in editions}
    other = [
        name for name, (kept, fresh) in pairs.items() if not kept.is_file() or kept.read_bytes() != fresh.read_bytes()
    ]
    if not other:
        return
    name = other[0]
    kept, fresh = (path for path in pairs[name])
    if not kept.is_file():
        pytest.fail(f"{name}: no receipt is kept. Commit it: git add -f reports/{name}/manifest.json")
    before = made_by_the_commit_of(kept, repository, tmp_path / "before")
    lines = moved(*(json.loads(path.read_text(encoding="utf-8")) for path in (kept, fresh)), before, made)
    more = [f"and {len(lines) - MOST} more in {name}"] if len(lines) > MOST else []
    remedy = "If this is meant: make all, look at git diff reports, and commit the receipts, saying why."
    pytest.fail("\n".join([f"not as their receipts say: {', '.join(other)}", *lines[:MOST], *more, remedy]))


def made_by_the_commit_of(receipt: Path, repository: Path, root: Path) -> Path | None:
    """A project with the report, made by the code of the commit that wrote its receipt; None where there is no git."""
    shown = receipt.relative_to(repository).as_posix()
    told = subprocess.run(
        ["git", "log", "-1", "--format=%H", "--", shown], cwd=repository, capture_output=True, text=True, check=False
    )
    commit = told.stdout.strip()
    if told.returncode or not commit:
        return None
    root.mkdir()
    words = ["git", "archive", "--format=tar", commit, "src", "notebooks", "data/raw", "requirements.lock"]
    archive = subprocess.run(words, cwd=repository, capture_output=True, check=True).stdout
    subprocess.run(["tar", "-x", "-C", str(root)], input=archive, check=True)
    words = [sys.executable, "-m", "analysis", "report", receipt.parent.name]
    subprocess.run(
        words, cwd=root, env={**os.environ, "PYTHONPATH": str(root / "src")}, check=True, capture_output=True
    )
    return root


def moved(kept: Mapping[str, Any], fresh: Mapping[str, Any], before: Path | None, after: Path) -> list[str]:
    """What differs between two receipts of an edition, a line each: numbers in tables and sentences, then the rest."""
    return [
        *_files_moved("data/processed", processed_files(kept), processed_files(fresh), before, after),
        *_numbers_moved(kept, fresh),
        *_files_moved(f"reports/{kept['edition']}", report_files(kept), report_files(fresh), before, after),
        *(f"{name}: what it says has changed" for name in _other(kept["definitions"], fresh["definitions"])),
        *(f"data/raw/{name}: other bytes" for name in _other(raw_files(kept), raw_files(fresh))),
        *(f"{name} of the receipt differs" for name in _other(kept, fresh)),
    ]


def _other(kept: Mapping[str, Any], fresh: Mapping[str, Any]) -> list[str]:
    return sorted(name for name in {*kept, *fresh} if kept.get(name) != fresh.get(name))


def _numbers_moved(kept: Mapping[str, Any], fresh: Mapping[str, Any]) -> Iterator[str]:
    old, new = ({one["id"]: (one["text"], one["key"]) for one in receipt["numbers"]} for receipt in (kept, fresh))
    for name in _other(old, new):
        (text, key), (now, now_key) = (numbers.get(name, ("nothing", "")) for numbers in (old, new))
        yield f"the sentence's number {name}: {text} ({key}) before, {now} ({now_key}) now"


def _files_moved(
    folder: str, kept: Mapping[str, str], fresh: Mapping[str, str], before: Path | None, after: Path
) -> Iterator[str]:
    for name in _other(kept, fresh):
        shown = f"{folder}/{name}"
        if before is None or not (before / shown).is_file() or not (after / shown).is_file():
            missing = "not made before" if name not in kept else "not made now" if name not in fresh else "other bytes"
            yield f"{shown}: {missing}"
            continue
        key = ROW_KEYS.get(Path(name).stem, [()])[0] if folder == "data/processed" else ()
        pair = ((root / shown).read_bytes() for root in (before, after))
        found = compare_files(shown, *pair, key)
        yield from map(str, found)
        if not found:
            yield f"{shown}: the code of the receipt's commit does not give it either, in this environment"


def test_a_number_that_moved_is_named(tiny_reported: Any, tmp_path: Path) -> None:
    """Negative control: table, row, column, before and after; the sentence's number; the raw table."""
    changed = tiny_reported.copy(tmp_path / "project")
    changed.set_raw("imd", "lsoa", {"lsoa_code": changed.codes.lsoa(12)}, "imd_score", "30")
    changed.report()
    roots = tiny_reported.root, changed.root
    receipts = [
        json.loads((root / "reports" / "tinytown-2018" / "manifest.json").read_text(encoding="utf-8")) for root in roots
    ]
    assert moved(receipts[0], receipts[0], roots[0], roots[0]) == []
    lines = moved(*receipts, *roots)
    park = changed.codes.ward("Park")
    table = "data/processed/tinytown-2018/indicators.csv"
    row = f"{table}, imd_average_score {park} ward22 2015-01-01 2015-12-31 persons all 2015-09-30"
    assert f"{row}, value: expected 23.1656666667, found 30.8566666667" in lines
    assert any(line.startswith("the sentence's number n-") for line in lines)
    assert "data/raw/imd/2015-09-30/lsoa.csv: other bytes" in lines
    assert any("/figures/deprivation-table.csv, Park, Average score" in line for line in lines)
    bare = moved(*receipts, None, roots[1])
    assert f"{table}: other bytes" in bare

"""One changed byte anywhere is found and named, and a file added or taken away; an untouched tree gives no alarm."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from analysis.cli import app
from analysis.make.verify import verify
from analysis.tables.stamps import write_stamp

EDITION = "tinytown-2018"
CHANGES = 60
REPORT, BUILT = f"reports/{EDITION}", f"data/processed/{EDITION}"
# The kinds of file, and which files of the project are of the kind.
KINDS = {
    "raw": "data/raw/*/*/*.csv",
    "snapshot": "data/raw/*/*/snapshot.yml",
    "processed": f"{BUILT}/*.csv",
    "figure data": f"{REPORT}/figures/*.csv",
    "picture": f"{REPORT}/figures/*.svg",
    "document": f"{REPORT}/report.*",
    "notebook": f"{REPORT}/notebooks/*.ipynb",
    "receipt": f"{REPORT}/manifest.json",
    "crate": f"{REPORT}/ro-crate-metadata.json",
}


@pytest.fixture(scope="module")
def city(tiny_reported: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A copy to change; every test puts back what it changed."""
    return tiny_reported.copy(tmp_path_factory.mktemp("tampered") / "project")


def quick(city: Any, monkeypatch: pytest.MonkeyPatch) -> Result:
    monkeypatch.chdir(city.root)
    return CliRunner().invoke(app, ["verify", EDITION, "--quick"])


def files(city: Any, kind: str) -> list[Path]:
    """The files of a kind that this report rests on or holds."""
    receipt = json.loads((city.root / REPORT / "manifest.json").read_text(encoding="utf-8"))
    pinned = {(one["source"], one["release"]) for one in receipt["raw"]}
    found = sorted(city.root.glob(KINDS[kind]))
    if kind in ("raw", "snapshot"):
        found = [path for path in found if (path.parts[-3], path.parts[-2]) in pinned]
    return [path for path in found if path.stat().st_size]


@pytest.mark.parametrize("seed", range(CHANGES))
def test_a_changed_byte_is_found_and_named(city: Any, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(seed)
    kinds = [kind for kind in KINDS if files(city, kind)]
    path = chance.choice(files(city, kinds[seed % len(kinds)]))
    before = path.read_bytes()
    changed = bytearray(before)
    changed[chance.randrange(len(changed))] ^= chance.randrange(1, 256)
    path.write_bytes(changed)
    try:
        done = quick(city, monkeypatch)
    finally:
        path.write_bytes(before)
    said = done.output or str(done.exception)
    assert done.exit_code != 0
    assert path.relative_to(city.root).as_posix() in said


def test_the_changes_fall_on_every_kind_of_file(city: Any) -> None:
    assert [kind for kind in KINDS if not files(city, kind)] in ([], ["crate"])


def test_an_untouched_tree_gives_no_alarm(city: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    done = quick(city, monkeypatch)
    assert done.exit_code == 0, done.output


def test_a_signature_that_came_later_gives_no_alarm(city: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from analysis.audit.sign import new_key, sign_report

    private, _ = new_key(tmp_path / "key")
    path = sign_report(city.project, EDITION, private)
    try:
        assert quick(city, monkeypatch).exit_code == 0
        path.write_text("{}", encoding="utf-8")
        done = quick(city, monkeypatch)
    finally:
        path.unlink()
    assert done.exit_code == 13
    assert "manifest.dsse.json (no signature of this report" in done.output


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("receipt", "crate")])
def test_a_file_that_is_gone_is_named(city: Any, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = files(city, kind)[0]
    before = path.read_bytes()
    path.unlink()
    try:
        done = quick(city, monkeypatch)
    finally:
        path.write_bytes(before)
    assert done.exit_code == 13
    assert f"{path.relative_to(city.root).as_posix()} (missing" in done.output


@pytest.mark.parametrize("folder", ["data/raw/imd/2015-09-30", BUILT, REPORT, f"{REPORT}/figures", f"{REPORT}/new"])
def test_a_file_that_was_added_is_named(city: Any, folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = city.root / folder / "added.csv"
    fresh = not path.parent.exists()
    path.parent.mkdir(exist_ok=True)
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    try:
        done = quick(city, monkeypatch)
    finally:
        path.unlink()
        if fresh:
            path.parent.rmdir()
    assert done.exit_code == 13
    assert f"{folder}/added.csv (was added" in done.output


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("notebooks/baseline.ipynb", b"narrative.describe_cover(city)", b"narrative.describe_cover(city )"),
        ("notebooks/baseline.ipynb", b'"id": "cover"', b'"id": "cower"'),
        (f"{BUILT}/inputs.json", b'"indicators.csv"', b'"indicatorz.csv"'),
        (f"{REPORT}/inputs.json", b'"report.pdf": "', b'"report.pdf":  "'),
        ("src/analysis/definitions/indicators/fuel_poverty.yml", b"fuel", b"fool"),
    ],
)
def test_notebooks_definitions_and_stamps_count_too(
    city: Any, name: str, old: bytes, new: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = city.root / name
    before = path.read_bytes()
    assert old in before
    path.write_bytes(before.replace(old, new, 1))
    try:
        done = quick(city, monkeypatch)
    finally:
        path.write_bytes(before)
    assert done.exit_code == 13
    assert name.removeprefix("src/analysis/") in done.output


def test_what_else_was_made_of_the_edition_is_held_to_its_stamp(city: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = city.root / "reports" / "wards" / EDITION
    folder.mkdir(parents=True)
    try:
        (folder / "mill.pdf").write_bytes(b"1")
        stamp = write_stamp(folder, {"a": "1"})
        assert quick(city, monkeypatch).exit_code == 0
        (folder / "mill.pdf").write_bytes(b"2")
        done = quick(city, monkeypatch)
        assert done.exit_code == 13
        assert f"reports/wards/{EDITION}/mill.pdf (changed" in done.output
        (folder / "mill.pdf").write_bytes(b"1")
        stamp.write_bytes(stamp.read_bytes().replace(b" ", b"  ", 1))
        assert f"reports/wards/{EDITION}/inputs.json (is not" in quick(city, monkeypatch).output
    finally:
        shutil.rmtree(folder.parent)


def test_outputs_and_metadata_of_a_source_notebook_do_not_count(city: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    path = city.project.notebooks / "baseline.ipynb"
    before = path.read_bytes()
    notebook = json.loads(before)
    notebook["metadata"]["kernelspec"] = {"name": "another", "display_name": "Another"}
    path.write_text(json.dumps(notebook), encoding="utf-8")
    try:
        done = quick(city, monkeypatch)
    finally:
        path.write_bytes(before)
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize("kind", ["raw", "processed", "notebook"])
def test_the_whole_verification_names_it_too(city: Any, kind: str) -> None:
    path = files(city, kind)[-1]
    before = path.read_bytes()
    path.write_bytes(before[:-2] + b"?" + before[-1:])
    try:
        found = verify(city.project, EDITION)
    finally:
        path.write_bytes(before)
    assert found.exit_code == 13
    assert path.relative_to(city.root).as_posix() in {one.file for one in found.files.differences}

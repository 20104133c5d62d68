"""Every report folder is a research object: it passes its profile's validator, and names each file by its hash."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from analysis.audit.crate import CRATE, FORMATS, PROFILE, UNDESCRIBED, _inputs
from analysis.catalogue.source import COPY, KINDS
from analysis.sources.snapshots import read_snapshot

EDITION = "tinytown-2018"
Issues = dict[str, list[str]]


@pytest.fixture
def validate(repository: Path) -> Callable[..., Issues]:
    """The validator, in its own environment; without it the test skips."""
    python = repository / ".roc" / "bin" / "python"
    if not python.is_file():
        pytest.skip("the validator's environment .roc is not set up: make test-crate, with a network")

    def run(*folders: Path) -> Issues:
        command = [str(python), str(Path(__file__).parent / "validate.py"), *map(str, folders)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
        assert done.returncode == 0, done.stderr
        return {Path(folder).name: found for folder, found in json.loads(done.stdout).items()}

    return run


def report(city: Any) -> Path:
    return city.project.reports / EDITION


def read(folder: Path) -> dict[str, Any]:
    return json.loads((folder / CRATE).read_text(encoding="utf-8"))


def entities(crate: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {entity["@id"]: entity for entity in crate["@graph"]}


def spoil(folder: Path, target: Path, change: Callable[[dict[str, dict[str, Any]]], object]) -> Path:
    """A copy of a report whose crate is changed."""
    shutil.copytree(folder, target)
    crate = read(folder)
    change(entities(crate))
    (target / CRATE).write_text(json.dumps(crate), encoding="utf-8")
    return target


def test_the_crate_passes_its_profile_and_a_spoilt_one_does_not(
    tiny_reported: Any, tmp_path: Path, validate: Callable[..., Issues]
) -> None:
    good = shutil.copytree(report(tiny_reported), tmp_path / "good")
    tool = spoil(good, tmp_path / "no-tool", lambda found: found["#run"].pop("instrument"))
    licence = spoil(good, tmp_path / "no-licence", lambda found: found["./"].pop("license"))
    missing = shutil.copytree(good, tmp_path / "no-file")
    (missing / "report.pdf").unlink()
    found = validate(good, tool, licence, missing)
    assert found.pop("good") == []
    assert "instrument" in " ".join(found["no-tool"])
    assert "license" in " ".join(found["no-licence"])
    assert "report.pdf" in " ".join(found["no-file"])


def test_the_crate_names_every_file_by_its_hash(tiny_reported: Any) -> None:
    folder = report(tiny_reported)
    found = entities(read(folder))
    parts = {link["@id"] for link in found["./"]["hasPart"]}
    held = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert parts == held - set(UNDESCRIBED)
    assert {link["@id"] for link in found["#run"]["result"]} == parts
    for name in parts - {"manifest.json"}:
        content = (folder / name).read_bytes()
        assert found[name]["sha256"] == hashlib.sha256(content).hexdigest(), name
        assert found[name]["contentSize"] == str(len(content))
        assert found[name]["encodingFormat"] == FORMATS[Path(name).suffix]
    assert found["figures/deprivation-wards.svg"]["name"].startswith("Figure ")
    # The receipt lists the crate with its hash, so the crate cannot hold the receipt's.
    assert "sha256" not in found["manifest.json"]


def test_the_crate_names_every_raw_table_its_origin_and_nothing_that_is_not_there(tiny_reported: Any) -> None:
    found = entities(read(report(tiny_reported)))
    raw = [found[link["@id"]] for link in found["#run"]["object"]]
    receipt = json.loads((report(tiny_reported) / "manifest.json").read_text(encoding="utf-8"))
    assert {(one["identifier"].split("/")[2], one["sha256"]) for one in raw} == {
        (one["source"], one["sha256"]) for one in receipt["raw"]
    }
    for one in raw:
        origin = found[one["isBasedOn"]["@id"]]
        published = found[origin.get("isPartOf", origin.get("isBasedOn"))["@id"]]
        assert published["url"].startswith("http")
        assert origin["description"].lower().startswith(KINDS)
        assert ("isPartOf" in origin) == ("publisher" in origin) == ("maintainer" not in origin)
        assert found[one["publisher"]["@id"]]["name"]
        assert found[one["license"]["@id"]]["name"]

    def links(value: Any) -> list[str]:
        if isinstance(value, dict):
            return (
                [value["@id"]] if set(value) == {"@id"} else [link for item in value.values() for link in links(item)]
            )
        return [link for item in value for link in links(item)] if isinstance(value, list) else []

    outside = {"https://w3id.org/ro/crate/1.1"}
    assert set(links(read(report(tiny_reported))["@graph"])) - outside <= set(found)
    assert len(found) == len(read(report(tiny_reported))["@graph"]), "an id stands twice"


def test_another_library_reads_it(tiny_reported: Any) -> None:
    from rocrate.rocrate import ROCrate

    crate = ROCrate(report(tiny_reported))
    assert crate.root_dataset["conformsTo"].id == PROFILE
    assert crate.root_dataset["datePublished"] == "2018-07-31"
    (run,) = crate.get_by_type("CreateAction")
    assert run["instrument"]["softwareVersion"]
    assert {entity.id for entity in crate.data_entities} == {link.id for link in crate.root_dataset["hasPart"]}


def test_the_terms_mean_the_same_in_the_published_context(tiny_reported: Any, shared: Path) -> None:
    context = json.loads((shared / "crate" / "context-1.1.jsonld").read_text(encoding="utf-8"))["@context"]
    crate = read(report(tiny_reported))
    used = {key for entity in crate["@graph"] for key in entity if not key.startswith("@")}
    used |= {entity["@type"] for entity in crate["@graph"]}
    assert used - set(context) == {"sha256"}
    assert set(crate["@context"][1]) == {"sha256"}


def test_a_copy_is_a_file_of_its_own_with_its_keeper_and_is_based_on_what_was_published(tiny_reported: Any) -> None:
    city = tiny_reported
    snapshot = read_snapshot(city.project, "fuel_poverty", "2022-04-28")
    (name,) = snapshot.files
    copied = {
        "kind": COPY, "keeper": "the public repository invented/copies", "address": "https://copies.example.org/tables",
    }  # fmt: skip
    changed = replace(snapshot, files={name: replace(snapshot.files[name], **copied)})
    raw, origins, named, _ = _inputs([changed])
    found = {one["@id"]: one for one in [*origins, *named]}
    origin = found[raw[0]["isBasedOn"]["@id"]]
    assert (origin["name"], origin["url"]) == ("cold_homes.xlsx", "https://copies.example.org/tables")
    assert origin["description"] == "A copy, not the publisher's own file"
    assert "publisher" not in origin
    assert found[origin["maintainer"]["@id"]]["name"] == "the public repository invented/copies"
    published = found[origin["isBasedOn"]["@id"]]
    assert (published["url"], published["name"]) == (snapshot.address, snapshot.product)
    assert found[published["publisher"]["@id"]]["name"] == snapshot.publisher

"""Peers in Wales, Scotland and Northern Ireland work: codes stand once, in geographies.yml."""

from __future__ import annotations

import ast
import csv
from pathlib import Path
from typing import Any

import pytest

from analysis.catalogue.geographies import kinds_by_prefix, load_geographies
from analysis.errors import DefinitionError

PEERS = {"W06990015": "Peerford", "S12990049": "Peerham", "N09990003": "Ballytown"}
EVERY = {"E07990002": "W06990015", "E07990003": "S12990049"}


def with_peers(city: Any) -> Any:
    """The invented city beside three peers of other nations, recorded anew from files that hold them."""
    place = city.definitions / "places" / f"{city.codes.place}.yml"
    text = place.read_text(encoding="utf-8")
    for old, new in EVERY.items():
        text = text.replace(old, new)
    place.write_text(text, encoding="utf-8")
    third = {"code": "N09990003", "name": "Ballytown", "geography": "lad"}
    city.change("places", city.codes.place, lambda data: data["peers"].append(third))
    for source, release, name in (
        ("els", "2026-06-25", "local.csv"),
        ("iod_summaries", "2015-09-30", "summaries.csv"),
        ("healthy_life_expectancy", "2026-02-19", "healthy.csv"),
    ):
        city.record(source, release, translated(city.root / "published" / name))
    return city


def translated(path: Path) -> Path:
    """The publisher's file with the peers' codes of other nations, and rows for the third as for the second."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    moved = [{key: EVERY.get(cell, cell) for key, cell in row.items()} for row in rows]
    moved += [
        {key: cell.replace("S12990049", "N09990003") for key, cell in row.items()}
        for row in moved
        if "S12990049" in row.values()
    ]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(moved)
    return path


def test_peers_of_the_other_nations_are_recorded_built_and_reported(tiny: Any) -> None:
    city = with_peers(tiny)
    folder = city.report()
    rows = city.build().rows("employment_rate")
    found = rows[rows["area_code"].isin(PEERS)].drop_duplicates("area_code").set_index("area_code")
    assert found["area_name"].to_dict() == PEERS
    assert set(found["geography"]) == {"lad"}
    assert (folder / "manifest.json").is_file()


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("W05990001", "is not the code of a local authority"),
        ("S12O00049", "expected a GSS code"),
        ("w06000015", "expected a GSS code"),
        ("N9000003", "expected a GSS code"),
        ("X12000049", "is not the code of a local authority"),
        ("S12000049\u200b", "expected a GSS code"),
    ],
)
def test_a_code_that_is_none_is_refused_where_the_place_is_defined(tiny: Any, code: str, problem: str) -> None:
    path = tiny.change("places", "tinytown", lambda place: place["peers"][1].update(code=code))
    with pytest.raises(DefinitionError, match=problem) as refused:
        tiny.catalogue()
    lines = path.read_text(encoding="utf-8").splitlines()
    line = next(number for number, text in enumerate(lines) if "Peerham" in text)  # the code stands before the name
    assert str(refused.value).startswith(f"{path}:{line}: ")


def test_prefixes_of_the_four_nations_stand_in_one_file(repository: Path) -> None:
    kinds = kinds_by_prefix(load_geographies())
    assert {kinds[prefix] for prefix in ("E06", "E07", "E08", "E09", "W06", "S12", "N09")} == {"lad"}
    assert {kinds[prefix] for prefix in ("E92", "W92", "S92", "N92", "K02", "K03", "K04")} == {"country"}
    for path in (repository / "src" / "analysis").rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        texts = {
            node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        assert not texts & {*kinds, "E01", "E02", "E05"}, f"{path}: a prefix stands in code"

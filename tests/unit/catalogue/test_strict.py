"""Definitions read strictly: each wrong key, type or word is refused by file and line."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest

from analysis.catalogue.strict import load_as, load_yaml
from analysis.errors import DefinitionError


@dataclass(frozen=True)
class Stop:
    name: str
    platforms: tuple[int, ...] = ()


@dataclass(frozen=True)
class Line:
    id: str
    kind: Literal["tram", "bus"]
    length_km: float
    opened: dt.date
    stops: tuple[Stop, ...] = ()
    fares: Mapping[str, float] = field(default_factory=dict)
    note: str | None = None
    frequent: bool = False
    extra: Any = None


GOOD = """\
id: one
kind: tram
length_km: 7
opened: 2015-05-04
stops:
  - name: Mill
    platforms: [1, 2]
  - {name: Quay}
fares: {adult: 2, child: 0.5}
note:
frequent: true
"""


def line(tmp_path: Path, text: str) -> Line:
    path = tmp_path / "one.yml"
    path.write_text(text, encoding="utf-8")
    return load_as(Line, path)


def test_a_good_file_becomes_the_dataclass(tmp_path: Path) -> None:
    found = line(tmp_path, GOOD)
    assert found == Line(
        id="one",
        kind="tram",
        length_km=7.0,
        opened=dt.date(2015, 5, 4),
        stops=(Stop("Mill", (1, 2)), Stop("Quay")),
        fares={"adult": 2.0, "child": 0.5},
        frequent=True,
    )
    assert isinstance(found.length_km, float)


@pytest.mark.parametrize(
    ("old", "new", "at", "says"),
    [
        ("note:", "nota:", 10, "unknown key 'nota'; expected one of extra, fares, frequent, id"),
        ("  - {name: Quay}", "  - {nom: Quay}", 8, "unknown key 'nom'"),
        ("kind: tram\n", "", 1, "the key 'kind' is missing"),
        ("  - {name: Quay}", "  - {platforms: [1]}", 8, "the key 'name' is missing"),
        ("kind: tram", "kind: train", 2, "expected one of 'tram', 'bus', got 'train'"),
        ("length_km: 7", "length_km: seven", 3, "expected float, got 'seven'"),
        ("length_km: 7", "length_km: true", 3, "expected float, got True"),
        ("platforms: [1, 2]", "platforms: [1, true]", 7, "expected int, got True"),
        ("platforms: [1, 2]", "platforms: 1", 7, "expected a list, got 1"),
        ("fares: {adult: 2, child: 0.5}", "fares: [2]", 9, "expected a mapping, got [2]"),
        ("fares: {adult: 2, child: 0.5}", "fares: {adult: two}", 9, "expected float, got 'two'"),
        ("opened: 2015-05-04", "opened: spring", 4, "expected date, got 'spring'"),
        ("opened: 2015-05-04", "opened: 2015-05-04 10:00:00", 4, "expected a date without a time"),
        ("id: one", "id: 1", 1, "expected str, got 1"),
        ("note:", "note: [1]", 10, "expected str, got [1]"),
        ("frequent: true", "frequent: maybe", 11, "expected bool, got 'maybe'"),
    ],
)
def test_what_is_wrong_is_refused_by_file_and_line(tmp_path: Path, old: str, new: str, at: int, says: str) -> None:
    assert old in GOOD
    with pytest.raises(DefinitionError) as refused:
        line(tmp_path, GOOD.replace(old, new))
    sentence = str(refused.value)
    assert sentence.startswith(f"{tmp_path / 'one.yml'}:{at}: ")
    assert says in sentence
    assert sentence.endswith(".")


def test_a_key_that_stands_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match=r"one\.yml:12: not valid YAML: the key 'id' stands twice"):
        line(tmp_path, GOOD + "id: two\n")


@pytest.mark.parametrize("text", ["id: [1", "id: one\n\tkind: tram"])
def test_broken_yaml_is_one_sentence(tmp_path: Path, text: str) -> None:
    with pytest.raises(DefinitionError, match=r"one\.yml:\d+: not valid YAML: .+ Correct the line\."):
        line(tmp_path, text)


def test_a_file_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "one.yml"
    path.write_bytes("id: \xe9".encode("latin-1"))
    with pytest.raises(DefinitionError, match="not valid YAML"):
        load_yaml(path)


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "tram\n"])
def test_a_file_without_a_mapping_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(DefinitionError, match="expected a mapping of line keys, got"):
        line(tmp_path, text)


def test_a_date_where_text_is_wanted_keeps_its_iso_form(tmp_path: Path) -> None:
    assert line(tmp_path, GOOD.replace("id: one", "id: 2018-07-31")).id == "2018-07-31"


def test_code_in_yaml_is_not_run(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match="not valid YAML"):
        line(tmp_path, GOOD.replace("id: one", "id: !!python/object/apply:os.getcwd []"))

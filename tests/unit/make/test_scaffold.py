"""New definitions to fill in: every key explained, nothing guessed, and a release added without touching the rest."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from analysis.catalogue.keys import FILES, keys, shapes
from analysis.catalogue.load import load_catalogue
from analysis.catalogue.model import Indicator
from analysis.catalogue.source import Source
from analysis.catalogue.strict import load_yaml
from analysis.errors import DefinitionError, UsageError
from analysis.make import scaffold
from analysis.paths import DEFINITIONS


def test_every_key_of_the_model_is_explained_and_no_other() -> None:
    texts = load_yaml(DEFINITIONS.parent / "catalogue" / "keys.yml")
    assert {shape.__name__: {key.name for key in keys(shape)} for shape in shapes()} == {
        name: set(about) for name, about in texts.items()
    }
    for about in texts.values():
        assert all(text.endswith(".") and text[0].isupper() for text in about.values() if not text.startswith("`"))


def test_the_reference_of_keys_is_current(script: Any) -> None:
    assert script("docs/definitions.py").main(["--check"]) == 0, "run python docs/definitions.py"


def test_every_file_of_the_definitions_is_of_a_kind_that_the_reference_has() -> None:
    kinds = {name.split("/")[0] for name in FILES}
    plain = {"assumptions.yml", "columns.yml", "decisions.yml", "geographies.yml", "publisher_checks.yml"}
    plain |= {"quality_assurance.yml", "revisions_policy.yml", "units.yml"}
    assert {path.name for path in DEFINITIONS.iterdir() if path.name[0] not in "._"} <= kinds | plain


def test_a_new_indicator_holds_when_it_is_filled_in(tiny: Any) -> None:
    path = scaffold.new_indicator(tiny.project, "homes")
    with pytest.raises(DefinitionError, match=r"homes.yml:\d+: title: "):
        load_catalogue(tiny.definitions)
    blank = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert list(blank) == [key.name for key in keys(Indicator) if key.needed]
    like = yaml.safe_load((tiny.definitions / "indicators" / "fuel_poverty.yml").read_text(encoding="utf-8"))
    filled = {key: like[key] for key in blank} | {"id": blank["id"], "title": "Homes"}
    filled["inputs"] = [{key: like["inputs"][0][key] for key in blank["inputs"][0]}]
    path.write_text(yaml.safe_dump(filled), encoding="utf-8")
    assert "homes" in load_catalogue(tiny.definitions).indicators


def test_a_new_source_holds_when_it_is_filled_in(tiny: Any) -> None:
    path = scaffold.new_source(tiny.project, "rain", "2019-03")
    blank = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert list(blank) == [key.name for key in keys(Source) if key.needed]
    texts = {key: "Rain" for key, value in blank.items() if value is None}
    blank |= texts
    blank["tables"]["values"].update(columns=["area_code", "value"], key=["area_code"], selected="all rows")
    assert blank["releases"]["2019-03"]["tables"] == ["values"]
    blank["releases"]["2019-03"].update(title="Rain", address="https://example.org/rain")
    path.write_text(yaml.safe_dump(blank), encoding="utf-8")
    assert list(load_catalogue(tiny.definitions).sources["rain"].releases) == ["2019-03"]


@pytest.mark.parametrize("source", ["imd", "els", "fuel_poverty", "population_lsoa11"])
def test_a_new_release_is_one_more_and_nothing_else(tiny: Any, source: str) -> None:
    catalogue = load_catalogue(tiny.definitions)
    before = catalogue.sources[source]
    file = tiny.definitions / "sources" / f"{source}.yml"
    text = file.read_text(encoding="utf-8")
    path, todo = scaffold.new_release(tiny.project, source, "2031-05-01")
    after = load_catalogue(tiny.definitions).sources[source]
    last = max(before.releases)
    assert path == file
    assert set(after.releases) == {*before.releases, "2031-05-01"}
    new = after.releases["2031-05-01"]
    assert new.published == "2031-05-01"
    assert (new.title, new.facts) == (before.releases[last].title, before.releases[last].facts)
    for name, table in after.tables.items():
        for layout, was in zip(table.layouts, before.tables[name].layouts, strict=True):
            more = ("2031-05-01",) if last in was.releases else ()
            assert set(layout.releases) == {*was.releases, *more}
    kept = [line for line in text.splitlines() if f'"{last}"' not in line]
    lines = iter(path.read_text(encoding="utf-8").splitlines())
    assert all(any(line == new_line for new_line in lines) for line in kept), "every other line stands, in its order"
    assert any("read" in line or "put" in line for line in todo)


def test_what_is_there_or_does_not_exist_is_refused(tiny: Any) -> None:
    catalogue = load_catalogue(tiny.definitions)
    held = max(catalogue.sources["imd"].releases)
    with pytest.raises(UsageError, match="known already"):
        scaffold.new_release(tiny.project, "imd", held)
    with pytest.raises(UsageError, match="that exists, such as"):
        scaffold.new_release(tiny.project, "imd", "2031-02-30")
    with pytest.raises(UsageError, match="is there already"):
        scaffold.new_indicator(tiny.project, "fuel_poverty")
    with pytest.raises(UsageError, match="is no name"):
        scaffold.new_source(tiny.project, "../rain", "2031")
    assert not list(tiny.definitions.rglob("rain*"))

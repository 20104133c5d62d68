"""An indicator, a year, a plan, a priority or a city is added by a definition alone: no code, no reinstall."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from analysis.errors import DefinitionError

EDITION = "tinytown-2018"


def test_an_indicator_is_one_file(tiny: Any) -> None:
    base = yaml.safe_load((tiny.definitions / "indicators" / "fuel_poverty.yml").read_text(encoding="utf-8"))
    count = {"source": "fuel_poverty", "measure": "sum", "levels": ["ward", "lad"], "lag_months": 16}
    new = {
        **base,
        "id": "homes",
        "title": "Homes",
        "unit": "households",
        "decimals": 0,
        "kind": "count",
        "inputs": [{**count, "series": {"count": "households"}}],
        "priorities": ["tiny-2.2"],
    }
    tiny.write("indicators", new)
    edition = tiny.build()
    rows = edition.rows("homes").set_index("area_name")
    assert rows.loc["Tinytown", "value"] == sum(400 + 10 * n for n in range(1, 13))
    assert rows.loc["Park", "value"] == 510 + 520
    assert rows.loc["Docks", "flag"] == "[x]"
    coverage = edition.table("coverage").set_index("priority")
    assert coverage.loc["tiny-2.2", "indicators"] == "homes"
    assert coverage.loc["tiny-2.2", "gap_reason"] == ""


def test_a_priority_is_a_line_of_the_plan(tiny: Any) -> None:
    more = {"id": "tiny-2.3", "title": "Clean air"}
    tiny.change("plans", "tiny-plan", lambda plan: plan["aims"][1]["priorities"].append(more))
    tiny.change("indicators", "population_total", lambda indicator: indicator["priorities"].append("tiny-2.3"))
    coverage = tiny.build().table("coverage").set_index("priority")
    assert coverage.index.tolist()[-1] == "tiny-2.3"
    assert coverage.loc["tiny-2.3", ["priority_title", "indicators"]].tolist() == ["Clean air", "population_total"]


def test_a_year_is_one_edition_file(tiny: Any, tiny_module: Any) -> None:
    before = (tiny.project.processed / EDITION / "indicators.csv").read_bytes()
    later = tiny_module.edition(tiny.codes, year=2020) | {"baseline": EDITION, "previous": EDITION}
    later["stand_ins"] = [item for item in later["stand_ins"] if item["source"] != "population_lsoa11"]
    tiny.write("editions", later)
    edition = tiny.build("tinytown-2020")
    work = edition.rows("employment_rate")
    city = work[work["area_name"] == "Tinytown"].set_index("period_end")
    assert city["value"].to_dict() == {"2016-12-31": 64.5, "2017-12-31": 65.0, "2019-12-31": 66.0}
    assert set(edition.rows("population_total")["flag"]) <= {"", "[x]"}  # out by then, so it stands in for nothing
    assert tiny.build().rows("employment_rate")["period_end"].max() == "2017-12-31"
    assert (tiny.project.processed / EDITION / "indicators.csv").read_bytes() == before


def test_an_index_of_after_the_cut_off_is_in_no_table(tiny: Any) -> None:
    tiny.change("editions", EDITION, lambda edition: edition.update(year=2015, cut_off=dt.date(2015, 7, 31)))
    with pytest.raises(DefinitionError, match="nothing of it was out by the cut-off 2015-07-31"):
        tiny.build()


def test_a_plan_is_one_file(tiny: Any, tiny_module: Any) -> None:
    plan = {
        "id": "new-plan",
        "title": "New Plan",
        "published": "2019",
        "publisher": "Tinytown Council",
        "vision": "More of the same.",
        "citation": "Tinytown Council, New Plan, 2019.",
        "aims": [
            {
                "id": "new-1",
                "title": "Everything",
                "wants": "All of it.",
                "priorities": [{"id": "new-1.1", "title": "Work and health", "succeeds": ["tiny-1.1", "tiny-2.1"]}],
            }
        ],
    }
    tiny.write("plans", plan)
    for indicator in ("employment_rate", "healthy_life_expectancy_birth"):
        tiny.change("indicators", indicator, lambda data: data["priorities"].append("new-1.1"))
    tiny.write("editions", tiny_module.edition(tiny.codes) | {"id": "tinytown-new", "plans": ["new-plan"]})
    edition = tiny.build("tinytown-new")
    assert edition.plan.title == "New Plan"
    coverage = edition.table("coverage").set_index("priority")
    assert coverage.index.tolist() == ["new-1.1"]
    assert coverage.loc["new-1.1", "indicators"] == "employment_rate healthy_life_expectancy_birth"
    assert tiny.build().table("coverage")["priority"].tolist() == ["tiny-1.1", "tiny-1.2", "tiny-2.1", "tiny-2.2"]


def test_a_city_is_a_place_and_an_edition(tiny_module: Any, tiny: Any, tmp_path: Path) -> None:
    """A project of its own holds the other city's rows; definitions of indicators, sources and plan are the same."""
    from analysis.tables.loaded import load_edition

    other = tiny_module.write_city(tmp_path / "other", tiny_module.OTHERHAM)
    for kind in ("sources", "indicators", "plans"):
        for path in sorted((tiny.definitions / kind).glob("*.yml")):
            assert (other.definitions / kind / path.name).read_bytes() == path.read_bytes()
    edition = other.build("otherham-2018")
    first = load_edition(EDITION, tiny.project)
    assert edition.place.name == "Otherham"
    assert len(edition.indicators) == len(first.indicators)
    assert set(edition.indicators["area_code"]) & set(first.indicators["area_code"]) == {
        "E07990002",
        "E07990003",
        "E12990001",
        "E92990001",
    }
    wards = edition.rows("imd_average_score").set_index("area_name")["value"]
    assert wards["Mill"] == first.rows("imd_average_score").set_index("area_name").loc["Mill", "value"]
    assert "Tinytown" not in edition.indicators["area_name"].tolist()


def test_a_changed_definition_is_seen_at_once_by_a_new_process(tiny: Any) -> None:
    tiny.change("editions", EDITION, lambda edition: edition.update(title="The second thought"))
    command = [sys.executable, "-m", "analysis", "list", "editions"]
    listed = subprocess.run(command, cwd=tiny.root, check=True, capture_output=True, text=True).stdout
    assert "The second thought" in listed
    assert "The first report" not in listed
    with (tiny.definitions / "units.yml").open("a", encoding="utf-8") as file:
        file.write("households in all: {whole: true, kinds: [count], prints: [households]}\n")
    changed = {"unit": "households in all", "kind": "count", "decimals": 0}
    tiny.change("indicators", "fuel_poverty", lambda indicator: indicator.update(changed))
    count = {"measure": "sum", "series": {"count": "households"}}
    tiny.change("indicators", "fuel_poverty", lambda indicator: indicator["inputs"][0].update(count))
    assert set(tiny.build().rows("fuel_poverty")["unit"]) == {"households in all"}

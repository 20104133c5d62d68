"""Definitions held to each other: each reference to nothing is refused, with the file and the word."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from analysis.errors import DefinitionError, UsageError

Change = Callable[[dict[str, Any]], object]
FIGURE = "tiny-work"


def first_figure(plan: dict[str, Any]) -> dict[str, Any]:
    figure: dict[str, Any] = plan["stated_figures"][0]
    return figure


REFUSED: dict[str, tuple[str, str, Change, str]] = {
    "table of a release": (
        "sources",
        "fuel_poverty",
        lambda s: s["releases"]["2022-04-28"].update(tables=["lsoas"]),
        "no table 'lsoas'; expected 'lsoa'",
    ),
    "key of a table": (
        "sources",
        "fuel_poverty",
        lambda s: s["tables"]["lsoa"].update(key=["lsoa21_code"]),
        "the key 'lsoa21_code' is not one of the columns",
    ),
    "licence of a source": (
        "sources",
        "fuel_poverty",
        lambda s: s.update(licence=" "),
        "licence: it is empty, and has to hold something",
    ),
    "attribution": (
        "sources",
        "imd",
        lambda s: s.update(attribution=""),
        "attribution: it is empty",
    ),
    "priority twice": (
        "plans",
        "tiny-plan",
        lambda p: p["aims"][1]["priorities"][0].update(id="tiny-1.1"),
        "the priority 'tiny-1.1' already stands in tiny-plan.yml",
    ),
    "older priority": (
        "plans",
        "tiny-plan",
        lambda p: p["aims"][0]["priorities"][0].update(succeeds=["tiny-0.1"]),
        "no priority 'tiny-0.1' in any plan",
    ),
    "figure with a check and a reason": (
        "plans",
        "tiny-plan",
        lambda p: first_figure(p).update(not_testable="both"),
        "tiny-work needs either checks or the reason in not_testable, not both",
    ),
    "figure with neither": (
        "plans",
        "tiny-plan",
        lambda p: first_figure(p).pop("checks"),
        "tiny-work needs either checks or the reason",
    ),
    "indicator of a check": (
        "plans",
        "tiny-plan",
        lambda p: first_figure(p)["checks"][0].update(indicator="employment"),
        "no indicator 'employment'",
    ),
    "priority of a target": (
        "plans",
        "tiny-plan",
        lambda p: p.update(targets=[target(priority="tiny-9.9")]),
        "no priority 'tiny-9.9' in any plan",
    ),
    "indicator of a target": (
        "plans",
        "tiny-plan",
        lambda p: p.update(targets=[target(indicator="homes")]),
        "no indicator 'homes'",
    ),
    "no priority": (
        "indicators",
        "fuel_poverty",
        lambda i: i.update(priorities=[]),
        "priorities: it is empty, and has to hold something",
    ),
    "priority of an indicator": (
        "indicators",
        "fuel_poverty",
        lambda i: i.update(priorities=["tiny-7"]),
        "no priority 'tiny-7' in any plan",
    ),
    "principle": (
        "indicators",
        "fuel_poverty",
        lambda i: i.update(principles=["thrift"]),
        "no principle 'thrift'",
    ),
    "no input": (
        "indicators",
        "fuel_poverty",
        lambda i: i.update(inputs=[]),
        "inputs: it is empty",
    ),
    "source of an input": (
        "indicators",
        "fuel_poverty",
        lambda i: i["inputs"][0].update(source="cold_homes"),
        "no source 'cold_homes'",
    ),
    "measure": (
        "indicators",
        "fuel_poverty",
        lambda i: i["inputs"][0].update(measure="average"),
        "got 'average'",
    ),
    "place": ("editions", "tinytown-2018", lambda e: e.update(place="nowhere"), "there is no place 'nowhere'"),
    "plan": ("editions", "tinytown-2018", lambda e: e.update(plans=["big-plan"]), "there is no plan 'big-plan'"),
    "source of an edition": (
        "editions",
        "tinytown-2018",
        lambda e: e["releases"].update(weather=["2018"]),
        "there is no source 'weather'",
    ),
    "release": (
        "editions",
        "tinytown-2018",
        lambda e: e["releases"].update(imd=["2016-01-01"]),
        "imd has no release '2016-01-01'; expected '2015-09-30', '2019-09-26' or '2025-10-30'",
    ),
    "baseline": (
        "editions",
        "tinytown-2018",
        lambda e: e.update(baseline="tinytown-2010"),
        "there is no edition 'tinytown-2010'",
    ),
    "previous": (
        "editions",
        "tinytown-2018",
        lambda e: e.update(previous="tinytown-2017"),
        "there is no edition 'tinytown-2017'",
    ),
    "edition before itself": (
        "editions",
        "tinytown-2018",
        lambda e: e.update(previous="tinytown-2018"),
        "the edition tinytown-2018 is not earlier than tinytown-2018",
    ),
    "stand-in": (
        "editions",
        "tinytown-2018",
        lambda e: e["stand_ins"].append({"source": "deaths_lsoa", "reason": "x"}),
        "'deaths_lsoa' is not among the releases",
    ),
    "weights of a source": (
        "editions",
        "tinytown-2018",
        lambda e: e["deprivation_weights"]["2015-09-30"].update(source="census"),
        "there is no source 'census'",
    ),
    "weights of a release": (
        "editions",
        "tinytown-2018",
        lambda e: e["deprivation_weights"]["2015-09-30"].update(release="1991"),
        "imd has no release '1991'",
    ),
    "breaks out of order": (
        "indicators",
        "employment_rate",
        lambda i: i.update(map_breaks=[20, 30, 25]),
        "the breaks must increase, and 25 comes after 30",
    ),
    "a break twice": (
        "indicators",
        "employment_rate",
        lambda i: i.update(map_breaks=[20, 20]),
        "20 stands twice in the list",
    ),
    "another name than the file's": (
        "plans",
        "tiny-plan",
        lambda p: None,
        "expected the file's own name 'other-plan', got 'tiny-plan'",
    ),
}


def target(**changes: Any) -> dict[str, Any]:
    base = {"id": "t", "statement": "More homes", "unit": "homes", "date": "2030", "kind": "target", "place": "p. 3"}
    return {**base, "priority": None, **changes}


@pytest.mark.parametrize("case", REFUSED)
def test_each_reference_to_nothing_is_refused(tiny: Any, case: str) -> None:
    kind, name, change, says = REFUSED[case]
    path = tiny.change(kind, name, change)
    if says.startswith("expected the file's own name"):
        path = path.rename(path.with_name("other-plan.yml"))
    with pytest.raises(DefinitionError) as refused:
        tiny.catalogue()
    assert str(refused.value).startswith(f"{path}:")
    assert says in str(refused.value)


def test_the_tiny_definitions_hold_together(tiny_built: Any) -> None:
    catalogue = tiny_built.catalogue()
    assert [item.id for item in catalogue.serving("tiny-1.1")] == ["employment_rate"]
    assert catalogue.serving("tiny-2.2") == []
    assert catalogue.priorities["tiny-2.2"].gap is not None


def test_an_unknown_edition_or_source_is_a_usage_error_that_lists_those_there_are(tiny_built: Any) -> None:
    catalogue = tiny_built.catalogue()
    with pytest.raises(UsageError, match="no edition 'tinytown-1999': expected 'tinytown-2018'"):
        catalogue.edition("tinytown-1999")
    with pytest.raises(UsageError, match="no source 'gossip': expected 'boundary_lsoa11'"):
        catalogue.source("gossip")


def test_a_whole_that_is_no_series_is_refused(tiny: Any) -> None:
    path = tiny.change("sources", "life_expectancy_msoa", lambda data: data.update(wholes={"houses": {"sexes": True}}))
    with pytest.raises(DefinitionError, match="no series 'houses'") as refused:
        tiny.catalogue()
    assert str(refused.value).startswith(f"{path}:")

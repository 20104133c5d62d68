"""The first page: what stands on it and what does not, from a small table of rows."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from analysis.catalogue.plans import Aim, Plan, Priority
from analysis.narrative.first_page import MOST, describe_first_page

WORSE = "CITY 2017 70 68 72\nLAND 2017 75 - -"
BETTER = "CITY 2017 80 78 82\nLAND 2017 75 - -"
ALIKE = "CITY 2017 74 72 76\nLAND 2017 75 - -"
UNTESTED = "CITY 2017 70 - -\nLAND 2017 75 - -"
NOT_HELD = (
    "**Gaps within the city.** How many of its small areas are among the most deprived is not available. How long "
    "people live in the poorest and the richest areas is not available."
)


@pytest.fixture
def page(spec: Any, telling: Any) -> Callable[..., list[str]]:
    """The paragraphs of the page of a city that holds some indicators, each with its rows."""

    def plan(aims: int) -> Plan:
        priorities = [Priority(f"p-{n}", f"P{n}", (), "") for n in range(1, aims + 1)]
        made = tuple(Aim(f"a-{n}", f"A{n}", "", (one,)) for n, one in enumerate(priorities, start=1))
        return dataclasses.replace(telling.NO_PLAN, aims=made)

    def make(
        held: dict[str, tuple[str, dict[str, Any]]], later: dict[str, str] | None = None, aims: int = 1
    ) -> list[str]:
        indicators = [spec.indicator(id=name, title=name.title(), **changes) for name, (_, changes) in held.items()]
        empty = pd.DataFrame(columns=["measure", "statistic", "sex"])

        def edition(definition: Any, texts: dict[str, str], *others: Any) -> Any:
            rows = [
                spec.rows(text, indicator=name, **({"unit": held[name][1]["unit"]} if "unit" in held[name][1] else {}))
                for name, text in texts.items()
            ]
            table = pd.concat(rows, ignore_index=True)
            return telling.told(
                definition,
                spec.PLACE,
                *indicators,
                plans=(plan(aims),),
                others=others,
                indicators=table,
                inequality=empty,
            )

        first = edition(spec.BASELINE, {name: text for name, (text, _) in held.items()})
        now = first
        if later is not None:
            texts = {name: f"{text}\n{later[name]}" for name, (text, _) in held.items() if name in later}
            now = edition(dataclasses.replace(spec.LATER, previous=spec.BASELINE.id), texts, first)
        return telling.checked(now, describe_first_page(now)).split("\n\n")

    return make


def test_what_limits_part_from_the_country_stands_under_its_heading_in_plain_words(page: Any) -> None:
    plain = {"plain": "Lives are {value} years long for {who}", "unit": "%"}
    assert page({"a": (WORSE, plain), "b": (BETTER, {}), "c": (ALIKE, {}), "d": (UNTESTED, {})}) == [
        "**Better than in Landia**",
        "- B: 80.0 years; in Landia 75.0 years (2017).",
        "**Worse than in Landia**",
        "- Lives are 70.0% years long for people; in Landia 75.0% (2017).",
        "Too close to Landia to tell apart: C.",
        NOT_HELD,
        "We tested three figures against Landia. By chance, one in twenty would differ.",
    ]


def test_a_unit_that_is_no_sign_stands_in_the_words_alone(page: Any) -> None:
    (_, line, *_) = page({"a": (WORSE, {"plain": "People give life {value} out of 100", "unit": "score"})})
    assert line == "- People give life 70.0 out of 100; in Landia 75.0 (2017)."


def test_nothing_tested_is_said(page: Any) -> None:
    assert page({"a": (UNTESTED, {})}) == [NOT_HELD, "No figure that is held can be tested against Landia."]


def test_neither_higher_nor_lower_is_better_or_worse(page: Any) -> None:
    assert page({"a": (WORSE, {"polarity": "neutral"})})[0] == NOT_HELD


def test_one_of_each_aim_in_turn_headline_first_and_five_at_most(page: Any) -> None:
    held: dict[str, tuple[str, dict[str, Any]]] = {f"x{n}": (WORSE, {"priorities": ("p-1",)}) for n in range(6)}
    held["x5"][1]["headline"] = True
    held |= {"y": (WORSE, {"priorities": ("p-2",)}), "z": (WORSE, {"priorities": ("p-9",)})}
    lines = page(held, aims=2)[1].splitlines()
    assert [line.split(":")[0] for line in lines] == ["- X5", "- Y", "- Z", "- X0", "- X1"]
    assert len(lines) == MOST


def test_change_since_the_first_report_and_what_is_new(page: Any) -> None:
    held: dict[str, Any] = {"a": (WORSE, {}), "b": (ALIKE, {}), "c": (UNTESTED, {})}
    later = {
        "a": "CITY 2020 60 58 62\nLAND 2020 75 - -",
        "b": "CITY 2020 70 69 71\nLAND 2020 75 - -",
        "c": "CITY 2020 70 - -\nLAND 2020 75 - -",
    }
    found = page(held, later)
    assert "**Worse than in our first report**" in found
    assert "- A: 60.0 years; before, 70.0 years (2017; now 2020)." in "\n".join(found)
    assert "**Since our report of 2018.** Three figures are newer. Newly worse than in Landia: B." in found
    assert found[-1].startswith("We tested two figures against Landia and two over time.")

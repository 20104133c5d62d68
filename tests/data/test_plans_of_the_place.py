"""The shipped plans as text: complete, and in our own words. Reads the YAML without the catalogue.

What binds every plan is checked when it is loaded. A further plan, priority, outcome or target changes nothing here.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

FACTS: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("facts.yml").read_text(encoding="utf-8"))
FOLDER = Path(__file__).parents[2] / "src" / "analysis" / "definitions" / "plans"
PLANS: dict[str, dict[str, Any]] = {
    name: yaml.safe_load((FOLDER / f"{name}.yml").read_text(encoding="utf-8")) for name in FACTS["plans"]
}
IGP = PLANS["igp-2018"]
# Running text of case studies that begins a line with "To", in the pages of the aims.
NOT_OUTCOMES = ("To date", "To support the successful", "To mark the", "To celebrate the")
COPIED_WORDS = 8


def priorities(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [priority for aim in plan["aims"] for priority in aim.get("priorities", ())]


def outcomes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [outcome for priority in priorities(plan) for outcome in priority.get("outcomes", ())]


def own_sentences(plan: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Every sentence that must be ours, with the id of its row; titles and places are the plan's."""
    for aim in plan["aims"]:
        yield aim["id"], aim["wants"]
        yield aim["id"], aim.get("not_held") or ""
    for priority in priorities(plan):
        yield priority["id"], (priority.get("gap") or {}).get("reason", "")
    rows = (row for key in ("principles", "stated_figures", "targets") for row in plan.get(key, ()))
    for row in (*outcomes(plan), *rows):
        yield row["id"], row["statement"]
        yield row["id"], row.get("not_testable") or row.get("why_not_measured") or ""
        for check in row.get("checks", ()):
            yield row["id"], check["label"]


def words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.lower().replace("’", "").replace("'", ""))


def runs(text: str) -> set[tuple[str, ...]]:
    found = words(text)
    return {tuple(found[start : start + COPIED_WORDS]) for start in range(len(found) - COPIED_WORDS + 1)}


@pytest.mark.parametrize("name", PLANS)
def test_aims_and_priorities_are_all_there(name: str) -> None:
    assert len(PLANS[name]["aims"]) >= FACTS["plans"][name]["aims"]
    assert len(priorities(PLANS[name])) >= FACTS["plans"][name]["priorities"]


def test_every_priority_of_the_plan_has_its_outcomes() -> None:
    found = {priority["id"]: len(priority.get("outcomes", ())) for priority in priorities(IGP)}
    for aim, row in FACTS["outcomes"].items():
        for number, count in enumerate(row, 1):
            assert found[f"igp-{aim}.{number}"] >= count


def test_the_outcomes_are_as_many_as_the_plan_has(shared: Path) -> None:
    text = next((shared / "seeds").glob("004_*.txt")).read_text(encoding="utf-8")
    text = text[text.index("PRIORITY 1.1\n") :]
    bullets = [line for line in re.findall(r"(?m)^\s*(To [A-Za-z].*)$", text) if not line.startswith(NOT_OUTCOMES)]
    assert "\nImproved outcomes for children\n" in text, "the one outcome that does not begin with To"
    assert sum(map(sum, FACTS["outcomes"].values())) == len(bullets) + 1


def test_accountable_are_roles_and_no_persons() -> None:
    role = re.compile(r"^(Cabinet Member for|Director of|Chief |Leader of the Council)")
    assert all(
        role.match(name) for plan in PLANS.values() for aim in plan["aims"] for name in aim.get("accountable", ())
    )


def test_pages_of_stated_figures_are_pages_of_the_plan() -> None:
    pages = [int(one) for figure in IGP["stated_figures"] for one in re.findall(r"pp?\. (\d+)", figure["place"])]
    assert pages
    assert all(FACTS["pages"][0] <= page <= FACTS["pages"][1] for page in pages)


def test_stated_numbers_stand_in_the_plan(shared: Path) -> None:
    text = next((shared / "seeds").glob("004_*.txt")).read_text(encoding="utf-8").replace(",", "").lower()
    in_words = {  # numbers that the plan writes in words, or that are ours for a range or a fraction it names
        "igp-figure-imd-rank": "fourth most deprived",
        "igp-figure-child-poverty-wards": "two of\nthe city’s wards",
        "igp-figure-overweight": "almost two-thirds",
        "igp-figure-welfare-reform-rank": "sixth largest loss",
        "igp-figure-cut-per-household-rank": "eleventh highest",
        "igp-figure-hotel-payback": "over ten years",
        "igp-figure-residents-served": "nearly half a million",
        "igp-figure-child-poverty-2014": "a third of liverpool’s children",
        "igp-figure-supported-employment": "around a third",
        "igp-figure-adult-mental-health": "half\nof adult mental health issues",
        "igp-figure-private-renting": "25-30%",
        "igp-figure-library-savings": "£800000",
        "igp-figure-community-gardens": "over a hundred",
        "igp-figure-community-libraries": "four libraries",
        "igp-figure-skate-parks": "five new skate parks",
    }
    for figure in IGP["stated_figures"]:
        if figure["value"] is not None:
            number = re.escape(f"{figure['value']:.12g}")
            shown = in_words.get(figure["id"], rf"(?<![\d.]){number}(?!\d|\.\d)")
            assert re.search(shown, text), figure["id"]


def test_no_sentence_is_the_plans(shared: Path) -> None:
    copied = set[tuple[str, ...]]()
    for path in sorted((shared / "seeds").glob("*.txt")):
        copied |= runs(path.read_text(encoding="utf-8"))
    taken = [(row, text) for plan in PLANS.values() for row, text in own_sentences(plan) if runs(text) & copied]
    assert not taken


def test_the_test_of_copies_finds_one() -> None:
    assert runs("Too many of the children here start school already lagging behind") & runs(
        "of the children here start school already lagging behind the rest"
    )


@pytest.mark.parametrize(
    ("figure_id", "check", "computed"),
    [
        ("igp-figure-imd-rank", 0, 4),
        ("igp-figure-imd-share", 0, 44.966),
        ("igp-figure-healthy-life-expectancy", 0, 5.8),
        ("igp-figure-healthy-life-expectancy", 1, 5.9),
        ("igp-figure-smoking", 0, 18.9),
        ("igp-figure-overweight", 0, 65.054),
    ],
)
def test_the_checks_name_figures_that_are_published(shared: Path, figure_id: str, check: int, computed: float) -> None:
    figure = next(figure for figure in IGP["stated_figures"] if figure["id"] == figure_id)
    chosen = figure["checks"][check]
    found = published(shared / "data", chosen)
    assert found == pytest.approx(computed, abs=0.001)
    assert abs(found - figure["value"]) <= chosen["tolerance"] + 1e-9


def published(data: Path, check: dict[str, Any]) -> float:
    """The figure that a check names, straight from the reference data."""
    indicator, period = check["indicator"], check["period"]
    if indicator == "healthy_life_expectancy_birth":
        rows = list(read(data / "life-expectancy" / "ONS_HLE_LiverpoolCityRegion_2011-13_onwards.csv"))
        by_area = {
            row["Area name"]: float(row["HLE"])
            for row in rows
            if row["Period"] == period and row["Sex"].lower() == check["sex"]
        }
        return by_area["England"] - by_area["Liverpool"]
    if indicator in {"iod_rank_of_average_score", "imd_share_lsoas_most_deprived_10pct"}:
        rows = list(read(data / "deprivation" / f"IoD{period}_LAD_summaries_long.csv"))
        (row,) = (
            row
            for row in rows
            if row["lad19nm"] == "Liverpool" and row["index_domain"] == "Index of Multiple Deprivation"
        )
        rank = indicator.startswith("iod_rank")
        return float(row["rank_average_score"]) if rank else 100 * float(row["proportion_bottom_decile"])
    rows = list(read(data / "local-authority" / "health_index_core_cities.csv"))
    (value,) = (
        float(row["value"])
        for row in rows
        if row["ltla21_code"] == FACTS["code"]
        and row["year"] == period
        and "hi_" + "_".join(words(row["indicator"])) == indicator
    )
    return value


def read(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)

"""The plans as text: complete, well formed, and in our own words. Reads the YAML without the catalogue."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

FOLDER = Path(__file__).parents[2] / "src" / "analysis" / "definitions" / "plans"
PLANS: dict[str, dict[str, Any]] = {
    path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.yml"))
}
IGP, OLDER, COUNCIL = PLANS["igp-2018"], PLANS["global-city"], PLANS["council-plan-2023"]

# Bullets under "What we want to achieve" of each priority, counted by hand in the plan (its columns interleave).
OUTCOMES = {
    "1": [4, 6, 2, 5, 4, 4],
    "2": [6, 6, 5, 5, 6],
    "3": [6, 3, 5, 6, 4],
    "4": [4, 4, 4, 3, 2],
    "5": [4, 4, 3, 4, 3],
    "6": [4, 6, 5, 4, 4],
}
# Running text of case studies that begins a line with "To", in the pages of the aims.
NOT_OUTCOMES = ("To date", "To support the successful", "To mark the", "To celebrate the")
COPIED_WORDS = 8


def priorities(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [priority for aim in plan["aims"] for priority in aim["priorities"]]


def outcomes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [outcome for priority in priorities(plan) for outcome in priority["outcomes"]]


def own_sentences(plan: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Every sentence that must be ours, with the id of its row; titles and places are the plan's."""
    for aim in plan["aims"]:
        yield aim["id"], aim["wants"]
        yield aim["id"], aim.get("not_held") or ""
    for priority in priorities(plan):
        yield priority["id"], (priority.get("gap") or {}).get("reason", "")
    for row in (*outcomes(plan), *plan["principles"], *plan["stated_figures"], *plan["targets"]):
        yield row["id"], row["statement"]
        yield row["id"], row.get("not_testable") or row.get("why_not_measured") or ""
        for check in row.get("checks", ()):
            yield row["id"], check["label"]


def words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.lower().replace("’", "").replace("'", ""))


def runs(text: str) -> set[tuple[str, ...]]:
    found = words(text)
    return {tuple(found[start : start + COPIED_WORDS]) for start in range(len(found) - COPIED_WORDS + 1)}


@pytest.mark.parametrize(("plan", "aims", "count"), [(IGP, 6, 31), (OLDER, 5, 22), (COUNCIL, 6, 6)])
def test_aims_and_priorities_are_all_there(plan: dict[str, Any], aims: int, count: int) -> None:
    assert len(plan["aims"]) == aims
    assert len(priorities(plan)) == count


def test_every_priority_of_the_plan_has_its_outcomes() -> None:
    found = {priority["id"]: len(priority["outcomes"]) for priority in priorities(IGP)}
    expected = {f"igp-{aim}.{n}": count for aim, row in OUTCOMES.items() for n, count in enumerate(row, 1)}
    assert found == expected


def test_the_outcomes_are_as_many_as_the_plan_has(shared: Path) -> None:
    text = next((shared / "seeds").glob("004_*.txt")).read_text(encoding="utf-8")
    text = text[text.index("PRIORITY 1.1\n") :]
    bullets = [line for line in re.findall(r"(?m)^\s*(To [A-Za-z].*)$", text) if not line.startswith(NOT_OUTCOMES)]
    assert "\nImproved outcomes for children\n" in text, "the one outcome that does not begin with To"
    assert len(outcomes(IGP)) == len(bullets) + 1


def test_ids_are_unique_and_tell_their_place() -> None:
    seen: list[str] = []
    for name, plan in PLANS.items():
        stem = name.removesuffix("-2018").removesuffix("-2023")
        assert plan["id"] == name
        for aim in plan["aims"]:
            number = aim["id"].rpartition("-")[2]
            for order, priority in enumerate(aim["priorities"], 1):
                assert priority["id"] == f"{stem}-{number}.{order}"
                letters = [outcome["id"].removeprefix(f"{priority['id']}-") for outcome in priority["outcomes"]]
                assert letters == list("abcdefghijklmnop"[: len(letters)])
                seen += [priority["id"], *(outcome["id"] for outcome in priority["outcomes"])]
        for row in (*plan["stated_figures"], *plan["targets"]):
            assert re.fullmatch(rf"{stem}-(figure|target|need)-[a-z0-9]+(-[a-z0-9]+)*", row["id"])
            seen.append(row["id"])
    assert len(seen) == len(set(seen))


def test_outcomes_have_a_direction_and_a_place() -> None:
    for plan in PLANS.values():
        for outcome in outcomes(plan):
            assert outcome["direction"] in {"increase", "decrease", "maintain", "achieve"}, outcome["id"]
            assert outcome["place"], outcome["id"]
            assert outcome["statement"][0].isupper(), outcome["id"]
    for priority in priorities(IGP):
        number = priority["id"].removeprefix("igp-")
        assert all(outcome["place"].startswith(f"Priority {number},") for outcome in priority["outcomes"])


def test_a_newer_priority_continues_older_ones() -> None:
    ages = {"global-city": 0, "igp-2018": 1, "council-plan-2023": 2}
    age = {priority["id"]: ages[name] for name, plan in PLANS.items() for priority in priorities(plan)}
    for plan in PLANS.values():
        for priority in priorities(plan):
            for older in priority["succeeds"]:
                assert age[older] < age[priority["id"]], f"{priority['id']} -> {older}"


def test_a_pillar_has_priorities_or_says_that_its_text_is_not_held() -> None:
    for plan in PLANS.values():
        for aim in plan["aims"]:
            assert bool(aim["priorities"]) != bool(aim.get("not_held")), (plan["id"], aim["id"])


def test_accountable_are_roles() -> None:
    role = re.compile(r"^(Cabinet Member for|Director of|Chief |Leader of the Council)")
    assert all(role.match(name) for plan in PLANS.values() for aim in plan["aims"] for name in aim["accountable"])


@pytest.mark.parametrize("figure", IGP["stated_figures"], ids=lambda figure: figure["id"])
def test_a_stated_figure_has_checks_or_a_reason_and_a_place(figure: dict[str, Any]) -> None:
    assert bool(figure["checks"]) != bool(figure["not_testable"])
    assert figure["place"]
    assert figure["unit"]
    assert figure["about"] in {"challenge", "achievement", "finance", "delivery"}
    if figure["value"] is None:
        assert "gives no number" in figure["statement"]
    for check in figure["checks"]:
        assert check["label"]
        assert check["tolerance"] >= 0
    for number in re.findall(r"pp?\. (\d+)", figure["place"]):
        assert 2 <= int(number) <= 92, "a page of the plan"


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


def test_targets_have_a_date_and_an_origin() -> None:
    known = {priority["id"] for plan in PLANS.values() for priority in priorities(plan)}
    for plan in PLANS.values():
        for target in plan["targets"]:
            assert re.fullmatch(r"20\d\d(-\d\d)?", target["date"]), target["id"]
            assert target["place"], target["id"]
            assert target["kind"] in {"target", "need"}, target["id"]
            assert target["priority"] is None or target["priority"] in known, target["id"]
            assert bool(target["indicator"]) != bool(target["why_not_measured"]), target["id"]
    assert {target["kind"] for target in IGP["targets"]} == {"target", "need"}


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
        if row["ltla21_code"] == "E08000012"
        and row["year"] == period
        and "hi_" + "_".join(words(row["indicator"])) == indicator
    )
    return value


def read(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)

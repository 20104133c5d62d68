"""Wards in words: what changed between two sets, how people are placed, what stands out, what may not be said."""

from __future__ import annotations

import dataclasses
from typing import Any

import pandas as pd
import pytest

from analysis import narrative
from analysis.catalogue.model import Input
from analysis.narrative import ward_changes

CHANGES = """
old_code | old_name | new_code | new_name | same_name | share_of_old_area | share_of_new_area | overlap
OA       | Abbey    | W01      | Abbey    | True      | 0.495             | 0.6667            | 0.4
OB       | Old      | W01      | Abbey    | False     | 0.505             | 0.3283            | 0.3
OC       | Sliver   | W01      | Abbey    | False     | 0.01              | 0.005             | 0.01
OD       | Brook    | W05      | Brook    | True      | 0.55              | 1                 | 0.5
OB       | Old      | W02      | Mill     | False     | 0.5               | 0.985             | 0.3
"""
ESTIMATES = """
area_code | area_name | people | people_by_area | difference_pct | flag
W01       | Abbey     | 4000   | 3600           | 11.1           | [u]
W02       | Mill      | 1000   | 1010           | -1             |
W03       | Castle    | 3000   | -              | -              |
W04       | Dale      | -      | 400            | -              |
W05       | Brook     | 800    | 1000           | -20.4          | [u]
"""
WARDS = """
area_code | area_name | small_areas | small_areas_most_deprived_10pct | most_deprived_rank | least_deprived_rank
W01       | Abbey     | 2           | 2                               | 10                 | 300
W02       | Mill      | 1           | 0                               | 20000              | 20000
W03       | Castle    | 5           | 1                               | 900                | 15000
W04       | Dale      | 0           | -                               | -                  | -
W05       | Brook     | 3           | 0                               | 4000               | 5000
"""
RESIDENTS = {"W01": 100.0, "W02": 0.0, "W03": 16.6, "W04": float("nan"), "W05": 0.0}
SMALL_AREAS = "area_code | ward_code | rank\n" + "\n".join(
    f"s{number} | {ward} | {rank}"
    for number, (ward, rank) in enumerate(
        [("W01", 10), ("W01", 300), ("W02", 20000), *(("W03", rank) for rank in (900, 5000, 7000, 9000, 15000))]
        + [("W05", rank) for rank in (4000, 4500, 5000)]
    )
)
FIGURES = """
indicator                      | area_code | sex     | value | lower_ci95 | upper_ci95 | flag
share                          | W01       | persons | 40.04 | 36.05      | 43.95      |
share                          | W02       | persons | 60    | 55.01      | 65         |
share                          | W03       | persons | 50    | 45         | 55         |
share                          | CITY      | persons | 50    | 49         | 51         |
rate                           | W01       | persons | 1.234 | -          | -          |
rate                           | W02       | persons | 2.345 | -          | -          |
rate                           | W03       | persons | -     | -          | -          | [x]
rate                           | CITY      | persons | 2     | -          | -          |
population_total               | W01       | persons | 4000  | -          | -          | [e]
population_total               | W02       | persons | 1000  | -          | -          | [e]
population_total               | W03       | persons | 3000  | -          | -          | [e]
population_total               | CITY      | persons | 8000  | -          | -          |
imd_average_score              | W01       | persons | 55.55 | -          | -          |
imd_average_score              | W02       | persons | 20    | -          | -          |
imd_average_score              | W03       | persons | 30    | -          | -          |
imd_average_score              | CITY      | persons | 40    | -          | -          |
life_expectancy_years_from_city | W01      | male    | -2.04 | -3.05      | -1.05      | [e][u]
life_expectancy_years_from_city | W01      | female  | 0.04  | -1         | 1.04       | [e][u]
life_expectancy_years_from_city | W02      | male    | 1     | -0.5       | 2.5        | [e][u]
"""
UNITS = {"share": "%", "rate": "per 1,000", "population_total": "people", "imd_average_score": "score"}
TOGETHER = """
indicator | area_code | area_name       | sex     | value | unit | lower_ci95 | upper_ci95 | flag | instead_of
share     | W03+W04   | Castle and Dale | persons | 50.25 | %    | 45.15      | 55.35      | [e]  | W04
"""
SOURCES = """
source | release | title         | publisher | published  | indicators
survey | 2024    | Survey        | Office    | 2018-01-01 | 1
imd    | 2015    | Index of 2015 | Ministry  | 2015-09-30 | 1
"""


@pytest.fixture(scope="module")
def city(spec: Any, telling: Any) -> Any:
    """Five wards: one rests on two small areas, one on one, one on five, one on none, one has no figures."""
    constant = {"period_start": "2017-01-01", "period_end": "2017-12-31", "age": "all", "source": "survey"}
    constant |= {"release": "2024"}
    figures = telling.table(FIGURES, numerator=float("nan"), denominator=float("nan"), **constant)
    figures["unit"] = figures["indicator"].map(UNITS).fillna("years")
    figures["geography"] = figures["area_code"].map({"CITY": "lad"}).fillna("ward23")
    wards = telling.table(WARDS, release="2015", geography="ward23")
    wards["residents_most_deprived_10pct_pct"] = wards["area_code"].map(RESIDENTS)
    indicators = [
        spec.indicator(id="share", title="People in work", unit="%", kind="proportion"),
        spec.indicator(id="rate", title="Rate", unit="per 1,000", decimals=2),
        spec.indicator(id="population_total", title="Residents", unit="people", kind="count", decimals=0),
        spec.indicator(id="imd_average_score", title="Score", unit="score", polarity="lower_is_better"),
        spec.indicator(
            id="life_expectancy_years_from_city",
            title="Years from the city",
            inputs=(Input("survey", "difference_from_city", ("ward",), {"indicator": "x"}, 6),),
        ),
    ]
    return telling.told(
        dataclasses.replace(spec.BASELINE, ward_geography="ward23"),
        spec.PLACE,
        *indicators,
        indicators=figures.assign(area_name=figures["area_code"]),
        wards=wards,
        small_areas=telling.table(SMALL_AREAS, release="2015", geography="lsoa11"),
        ward_estimates=telling.table(ESTIMATES, geography="ward23"),
        ward_changes=telling.table(CHANGES, old_geography="ward22", new_geography="ward23"),
        wards_together=telling.table(TOGETHER, geography="ward23", **constant),
        ward_checks=pd.DataFrame(),
        sources=telling.table(SOURCES),
    )


def test_old_wards_and_new(city: Any, telling: Any) -> None:
    heading, words = telling.checked(city, ward_changes._opening(city, city.table("ward_changes"))).split("\n\n")
    assert heading == "# Old wards and new"
    assert words == (
        "Since 4 May 2023 Tinytown has had 3 wards, in place of 4. Every figure in this report is for the new ones, "
        "rebuilt from small areas for all the years shown. Two names were kept for wards with other boundaries. Of "
        "the old ward of Abbey, 50% lies in the new one of that name. A ward of an earlier report must not be "
        "compared with the ward of the same name here."
    )


def test_one_name_that_was_kept_and_none(city: Any, telling: Any) -> None:
    changes = city.table("ward_changes")
    one = changes[changes["old_name"] != "Abbey"]
    words = telling.checked(city.holding(ward_changes=one), ward_changes._opening(city.holding(ward_changes=one), one))
    assert (
        "One name was kept for wards with other boundaries. Of the old ward of Brook, 55% lies in the new one" in words
    )
    none = changes[changes["same_name"] == "False"]
    words = telling.checked(
        city.holding(ward_changes=none), ward_changes._opening(city.holding(ward_changes=none), none)
    )
    assert words.endswith("rebuilt from small areas for all the years shown.")


BEST_FIT = (
    "Small areas do not follow the lines of wards. Each is given to one ward by the best fit; sharing its people by "
    "ground is the other estimate."
)


def test_how_far_two_estimates_of_people_lie_apart(city: Any, telling: Any) -> None:
    assert telling.checked(city, ward_changes._estimates(city)) == (
        f"{BEST_FIT} In two of 5 wards the two differ by more than a tenth of the people, and their figures are "
        "marked [u]; furthest apart they are in Brook, to which the best fit gives 20% fewer."
    )
    more = city.holding(ward_estimates=city.table("ward_estimates").iloc[:2])
    assert telling.checked(more, ward_changes._estimates(more)).endswith(
        "In one of 2 wards the two differ by more than a tenth of the people, and their figures are marked [u]; "
        "furthest apart they are in Abbey, to which the best fit gives 11% more."
    )
    alike = city.holding(ward_estimates=city.table("ward_estimates").iloc[1:4])
    assert telling.checked(alike, ward_changes._estimates(alike)) == BEST_FIT


def test_wards_that_only_together_can_be_told(city: Any, telling: Any) -> None:
    words, table = ward_changes._together(city)
    assert telling.checked(city, words) == (
        "The best fit gives Dale no small area, so that its figures are not available [x]. Its people are counted in "
        "Castle; [](#.together-w03-w04) gives them together."
    )
    assert telling.cells(city, table) == [("People in work", "2017", "50.3% [e]")]
    assert (table.title, table.note) == ("Castle and Dale, together", "[e] estimated, or stands in for an earlier date")


def test_wards_that_are_known_as_one_are_told_by_ground(city: Any, telling: Any) -> None:
    place = dataclasses.replace(city.place, told_together={"ward23": (("W03", "W04"),)})
    known = dataclasses.replace(city, place=place)
    words, _ = ward_changes._together(known)
    assert telling.checked(known, words) == (
        "The best fit gives Dale no small area, so that it cannot give a value for it and Castle together. "
        "[](#.together-w03-w04) shares the small areas by ground instead, as if people lived evenly over it: "
        "estimates of low reliability [e][u]."
    )


OPENINGS = {
    "W01": [
        "Abbey has 4,000 residents, 50.0% of the city's (2017) [e].",
        "Both its small areas are in the most deprived tenth of Landia. By its score it is the most deprived of three "
        "wards.",
        "No share lies above the city's beyond its 95% limits.",
        "Furthest below the city: people in work 40.0% (2017; city 50.0%).",
        "Life expectancy at birth is that of the city for women (−1.0 to +1.0) and 2.0 years below the city for men "
        "(−3.1 to −1.1), 2017, an estimate of low reliability [e][u]; 95% limits in brackets.",
    ],
    "W02": [
        "Mill has 1,000 residents, 12.5% of the city's (2017) [e].",
        "Its one small area is not in the most deprived tenth of Landia. By its score it is the least deprived of "
        "three wards.",
        "Furthest above the city: people in work 60.0% (2017; city 50.0%).",
        "No share lies below the city's beyond its 95% limits.",
        "Life expectancy at birth is 1.0 years above the city for men (−0.5 to +2.5), 2017, an estimate of low "
        "reliability [e][u]; 95% limits in brackets. That of women is not available [x].",
    ],
    "W03": [
        "Castle has 3,000 residents, 37.5% of the city's (2017) [e].",
        "Of its five small areas, one is in the most deprived tenth of Landia. By its score it is the second most "
        "deprived of three wards.",
        "No share lies above the city's beyond its 95% limits.",
        "No share lies below the city's beyond its 95% limits.",
        "Its life expectancy is not available [x].",
    ],
    "W04": [
        "No small area belongs to Dale by best fit, so it has no figures of its own [x]. Its people are counted in "
        "the wards beside it: the figures below are those of **Castle and Dale** together.",
        "No share lies above the city's beyond its 95% limits.",
        "No share lies below the city's beyond its 95% limits.",
    ],
    "W05": [
        "Of its three small areas, none is in the most deprived tenth of Landia.",
        "Its life expectancy is not available [x].",
    ],
}
CAUTION = "Not everyone in a deprived area is deprived, and a rank of one release is not set against another's."
DEPRIVED = {
    "W01": "In the Index of 2015 its small areas rank from 10 to 300 in Landia (1 is most deprived). All of its "
    f"residents live in the most deprived tenth. Its average score is 55.6 (city 40.0). {CAUTION}",
    "W02": "In the Index of 2015 its small area ranks 20,000 in Landia (1 is the most deprived). Its average score is "
    f"20.0 (city 40.0). {CAUTION}",
    "W03": "In the Index of 2015 its small areas rank from 900 to 15,000 in Landia (1 is most deprived). 17% of its "
    f"residents live in the most deprived tenth. Its average score is 30.0 (city 40.0). {CAUTION}",
    "W04": "No deprivation is known for it [x].",
    "W05": f"In the Index of 2015 its small areas rank from 4,000 to 5,000 in Landia (1 is most deprived). {CAUTION}",
}
NOT_JOINED = "Figures of an old ward and of this one must not be joined."
GROUND = {
    "W01": "Before 4 May 2023 its ground lay in Abbey (67%) and Old (33%). The old ward of Abbey was not the same "
    f"ground: of what the two cover, 40% is common to both. {NOT_JOINED}",
    "W02": f"Before 4 May 2023 almost all of its ground lay in the ward of Old. {NOT_JOINED}",
    "W03": "",
}
LINES = "Small areas do not follow the ward's lines. By best fit it has"
WITHOUT = "have no limits: how sure a difference from the city or a place among wards is cannot be said."
LIFE = "It is estimated from larger areas, fit for comparison with the city and not as a level."
BOXES = {
    "W01": [
        f"{LINES} 4,000 residents, by ground 3,600: over a tenth apart, so rebuilt figures are marked [e][u] and "
        "limits, where drawn, hold both estimates.",
        "It rests on two small areas: each is 50% of them, so shares of small areas are coarse.",
        f"Life expectancy of women cannot be told from the city's: the limits reach across it. {LIFE}",
        f"3 of 6 measures {WITHOUT}",
    ],
    "W02": [
        f"{LINES} 1,000 residents, by ground 1,010: within a tenth of each other.",
        "It rests on one small area, so there is no range within it.",
        f"Life expectancy of men cannot be told from the city's: the limits reach across it. {LIFE}",
        f"3 of 5 measures {WITHOUT}",
    ],
    # people by best fit, and no estimate by ground: nothing is said of how far the two lie apart
    "W03": ["Not available [x], which is not zero: Rate.", f"2 of 3 measures {WITHOUT}"],
    "W04": [
        "Sharing small areas out by ground gives Dale about 400 residents; best fit gives none. What is true of the "
        "wards together need not be true of it.",
    ],
    "W05": [
        f"{LINES} 800 residents, by ground 1,000: over a tenth apart, so rebuilt figures are marked [e][u] and "
        "limits, where drawn, hold both estimates.",
        "It rests on three small areas: each is 33% of them, so shares of small areas are coarse.",
        "None of its figures is available [x]: that is not zero.",
    ],
}


@pytest.mark.parametrize("ward", OPENINGS)
def test_a_profile_opens(city: Any, telling: Any, ward: str) -> None:
    assert telling.checked(city, narrative.describe_ward(city, ward)).split("\n\n") == OPENINGS[ward]


@pytest.mark.parametrize("ward", DEPRIVED)
def test_a_ward_and_the_index(city: Any, telling: Any, ward: str) -> None:
    assert telling.checked(city, narrative.describe_ward_deprivation(city, ward)) == DEPRIVED[ward]


@pytest.mark.parametrize("ward", GROUND)
def test_the_ground_of_a_ward(city: Any, telling: Any, ward: str) -> None:
    assert telling.checked(city, narrative.describe_ward_ground(city, ward)) == GROUND[ward]


@pytest.mark.parametrize("ward", BOXES)
def test_what_figures_of_a_ward_may_not_say(city: Any, telling: Any, ward: str) -> None:
    lines = telling.checked(city, narrative.box_ward(city, ward)).splitlines()
    assert lines == [f"- {line}" for line in BOXES[ward]]


def test_wards_together_without_an_estimate_by_ground(city: Any, telling: Any) -> None:
    estimates = city.table("ward_estimates").assign(people_by_area=float("nan"))
    lines = telling.checked(city, narrative.box_ward(city.holding(ward_estimates=estimates), "W04")).splitlines()
    assert lines == ["- What is true of the wards together need not be true of it."]


CELLS = {
    # limits at the places of the value, half up; a place by limits where they are published
    "W01": [
        ("Years from the city, females", "2017", "0.0 [e][u]", "−1.0 to 1.0", "0.0", "1 of 1"),
        ("Years from the city, males", "2017", "−2.0 [e][u]", "−3.1 to −1.1", "0.0", "2 of 2"),
        ("People in work", "2017", "40.0%", "36.1 to 44.0", "50.0%", "3 of 3"),
        ("Rate (per 1,000)", "2017", "1.23", "none", "2.00", "2 of 2"),
        ("Residents", "2017", "4,000 [e]", "none", "8,000", "none"),
        ("Score", "2017", "55.6", "none", "40.0", "1 of 3"),
    ],
    "W03": [
        ("People in work", "2017", "50.0%", "45.0 to 55.0", "50.0%", "2 of 3"),
        ("Rate (per 1,000)", "2017", "[x]", "none", "2.00", "none"),
        ("Residents", "2017", "3,000 [e]", "none", "8,000", "none"),
        ("Score", "2017", "30.0", "none", "40.0", "2 of 3"),
    ],
    "W04": [("People in work", "2017", "50.3% [e]", "45.2 to 55.4", "50.0%")],
}


@pytest.mark.parametrize("ward", CELLS)
def test_the_table_of_a_ward(city: Any, telling: Any, ward: str) -> None:
    table = narrative.table_ward(city, ward)
    assert sorted(telling.cells(city, table)) == sorted(CELLS[ward])


def test_limits_that_touch_leave_a_place_open(city: Any, telling: Any) -> None:
    figures = city.table("indicators")
    figures.loc[figures["lower_ci95"] == 55.01, "lower_ci95"] = 55.0
    touching = city.holding(indicators=figures)
    table = narrative.table_ward(touching, "W03")
    assert telling.cells(touching, table)[0][-1] == "1 to 2 of 3"


def test_what_the_tables_of_wards_hold(city: Any, telling: Any) -> None:
    assert telling.checked(city, narrative.describe_wards(city)).startswith(
        "The ward tables give three measures for five wards, rebuilt from small areas: counts are summed"
    )

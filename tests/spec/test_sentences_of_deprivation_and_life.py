"""Deprivation and its releases, length of life, who bears it, the plan's figures: small tables in, the words out."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from analysis import narrative
from analysis.catalogue.plans import Aim, Plan

OF_CITY = """
indicator                                  | release | value | numerator | denominator
imd_share_lsoas_most_deprived_10pct        | 2015    | 40    | 4         | 10
imd_share_lsoas_most_deprived_10pct        | 2019    | 45.45 | 5         | 11
imd_share_residents_most_deprived_10pct    | 2019    | 47.25 | -         | -
iod_rank_of_average_score                  | 2015    | 4     | -         | -
iod_rank_of_average_score                  | 2019    | 3     | -         | -
imd_income_share_lsoas_most_deprived_10pct | 2019    | 27.27 | 3         | 11
imd_health_share_lsoas_most_deprived_10pct | 2019    | 54.55 | 6         | 11
imd_crime_share_lsoas_most_deprived_10pct  | 2015    | 60    | 6         | 10
"""
OF_WARDS = """
indicator         | area_code | area_name | value
imd_average_score | W01       | Abbey     | 55.55
imd_average_score | W02       | Brook     | 20
imd_average_score | W03       | Castle    | 30
imd_average_score | W04       | Dale      | -
"""
WARDS = """
release | area_code | area_name | small_areas | small_areas_most_deprived_10pct
2019    | W01       | Abbey     | 4           | 4
2019    | W02       | Brook     | 4           | 0
2019    | W03       | Castle    | 3           | 1
2015    | W01       | Abbey     | 3           | 3
2015    | W02       | Brook     | 3           | 3
2015    | W03       | Castle    | 4           | 1
"""
PAIRS = """
earlier_release | later_release | unchanged | tenth_in_both | tenth_in_earlier_only | tenth_in_later_only
2015            | 2019          | 10        | 1             | 3                     | 0
2019            | 2025          | 9         | 2             | 3                     | 0
2015            | 2025          | 8         | 2             | 2                     | 1
"""
REST = """
earlier_geography | later_geography | tenth_in_neither | split_or_merged
lsoa11            | lsoa11          | 6                | 0
lsoa11            | lsoa21          | 4                | 1
lsoa11            | lsoa21          | 3                | 2
"""
SOURCES = """
source        | release | title         | publisher | published  | indicators
imd           | 2015    | Index of 2015 | Ministry  | 2015-09-30 | 1
imd           | 2019    | Index of 2019 | Ministry  | 2019-09-26 | 1
iod_summaries | 2019    | Summaries     | Ministry  | 2019-09-26 | 1
"""
FACTS = {
    "imd": {"2015": {}, "2019": {"not_comparable": "The methods changed."}},
    "iod_summaries": {"2015": {"districts": 326}, "2019": {"districts": 317}},
}


@pytest.fixture(scope="module")
def deprived(spec: Any, telling: Any) -> Any:
    """A city in two releases of the index, of which the later knows three wards with a score."""
    city = telling.table(OF_CITY, area_code="CITY", area_name="Tinytown", geography="lad")
    wards = telling.table(OF_WARDS, geography="ward22", release="2019")
    rows = pd.concat([city, wards], ignore_index=True).assign(sex="persons", age="all", source="imd", flag="")
    rows["period_start"], rows["period_end"] = rows["release"] + "-01-01", rows["release"] + "-12-31"
    rows["unit"] = (
        rows["indicator"].map({"iod_rank_of_average_score": "rank", "imd_average_score": "score"}).fillna("%")
    )
    indicators = [
        spec.indicator(id=name, title=f"Index: {name.split('_')[1]}", decimals=0 if "rank" in name else 1)
        for name in dict.fromkeys(rows["indicator"])
    ]
    edition = telling.told(
        dataclasses.replace(spec.BASELINE, releases={"imd": ("2015", "2019")}),
        spec.PLACE,
        *indicators,
        indicators=rows,
        judgements=pd.DataFrame(),
        wards=telling.table(WARDS, geography="ward22"),
        small_areas=telling.table("release | area_code\n2015 | s1\n2019 | s1"),
        index_pairs=pd.concat([telling.table(PAIRS), telling.table(REST)], axis=1),
        sources=telling.table(SOURCES),
    )
    sources = {
        name: SimpleNamespace(releases={day: SimpleNamespace(facts=facts) for day, facts in releases.items()})
        for name, releases in FACTS.items()
    }
    return dataclasses.replace(edition, catalogue=dataclasses.replace(edition.catalogue, sources=sources))


def test_what_the_index_says_of_city_and_wards(deprived: Any, telling: Any) -> None:
    assert telling.checked(deprived, narrative.describe_deprivation(deprived)).split("\n\n") == [
        "In the Index of 2019, 5 of Tinytown's 11 small areas (45.5%) are among the most deprived tenth of Landia. "
        "47.3% of residents live in them. By its domains the share is highest for health: 54.6% (6 of 11 small "
        "areas). It is 27.3% for income. In all of Landia it is a tenth for each. By average score Tinytown is the "
        "third most deprived local authority district, as published.",
        "Of three wards with a score, the most deprived are Abbey (55.6), Castle (30.0) and Brook (20.0); the least "
        "deprived are Brook (20.0), Castle (30.0) and Abbey (55.6). In one ward every small area is among the most "
        "deprived tenth, and in one ward none is.",
    ]


def test_releases_of_the_index_side_by_side(deprived: Any, telling: Any) -> None:
    words, releases, pairs, box = narrative.describe_snapshots(deprived).blocks
    assert telling.checked(deprived, words).split("\n\n") == [
        "Tinytown stands in two releases of the index. Each is a picture of one time beside the rest of the country "
        "at that time; they are shown next to each other and not as a line.",
        "Among districts by average score, as published, it was the fourth most deprived of 326 in the index of 2015 "
        "and the third of 317 in that of 2019. The share of its small areas among the most deprived tenth of the "
        "country was 40.0% in 2015 (4 of 10) and 45.5% in 2019 (5 of 11).",
        "Between the releases of 2015 and 2019 all 10 small areas can be looked up in both: one is within the most "
        "deprived tenth in both, three in 2015 alone, none in 2019 alone and six in neither.",
        "Between the releases of 2019 and 2025 the 9 small areas that did not change can be looked up in both: two are "
        "within the most deprived tenth in both, three in 2019 alone, none in 2025 alone and four in neither. The "
        "other one small area of 2019 was split or merged at the census and is left out.",
        "Between the releases of 2015 and 2025 the 8 small areas that did not change can be looked up in both: two are "
        "within the most deprived tenth in both, two in 2015 alone, one in 2025 alone and three in neither. The other "
        "two small areas of 2015 were split or merged at the census and are left out.",
    ]
    none = "not available"
    assert telling.cells(deprived, releases) == [
        ("2015", "4 of 10 (40.0%)", none, "4 of 326", none, none),
        ("2019", "5 of 11 (45.5%)", "47.3%", "3 of 317", none, none),
    ]
    assert telling.cells(deprived, pairs)[0] == ("2015 and 2019", "10", "1", "3", "0", "6", "0")
    assert "its own indicators, weights and dates. The methods changed." in box.markdown


def test_one_release_is_no_pair(deprived: Any, telling: Any) -> None:
    edition = dataclasses.replace(deprived.edition, releases={"imd": ("2015",)})
    city = dataclasses.replace(deprived, edition=edition)
    (words,) = narrative.describe_snapshots(city).blocks
    assert telling.checked(city, words) == (
        "For July 2018 no newer index is held than that of the baseline report: what is said of deprivation in this "
        "chapter is what was said there."
    )


SLOPES = """
statistic                 | sex    | value | lower_ci95 | upper_ci95 | geography | areas | areas_left_out | source
slope_index               | male   | 9.96  | 8.04       | 11.95      | msoa11    | 60    | 1              | survey
slope_index               | female | 7.04  | 5          | 9          | msoa11    | 60    | 3              | survey
slope_index_second_source | male   | 9.5   | -          | -          | ward22    | 4     | 0              | second
gap_best_worst            | male   | 6.04  | 3.96       | 8.05       | ward22    | 4     | 0              | survey
noise_range               | male   | 2.5   | -          | -          | ward22    | 4     | 0              | survey
widening                  | male   | 1.35  | -          | -          | msoa11    | 4     | 0              | survey
"""
LIVES = """
indicator                       | area_code | area_name | sex  | value | lower_ci95 | upper_ci95 | flag
life_expectancy_birth           | W01       | Abbey     | male | 74.04 | 73         | 75         | [e]
life_expectancy_birth           | W02       | Brook     | male | 80    | 79         | 81         | [e]
life_expectancy_birth           | W03       | Castle    | male | -     | -          | -          | [x]
life_expectancy_years_from_city | W01       | Abbey     | male | -3.05 | -4         | -2.04      | [e]
life_expectancy_years_from_city | W02       | Brook     | male | 0.45  | -0.04      | 0.95       | [e]
life_expectancy_years_from_city | W03       | Castle    | male | -     | -          | -          | [x]
"""
BOTH_SOURCES = """
source | release | title  | publisher | published  | indicators | stand_in_reason | limits
survey | 2024    | Survey | Office    | 2018-09-01 | 1          | None was out    | Fit for comparison.
second | 2013    | Second | Office    | 2018-01-01 | 1          |                 |
"""


@pytest.fixture(scope="module")
def living(spec: Any, telling: Any) -> Any:
    period = {"period_start": "2014-01-01", "period_end": "2016-12-31"}
    slopes = telling.table(SLOPES, measure="life_expectancy_birth", best_area="W02", worst_area="W01", **period)
    rows = telling.table(LIVES, age="all", source="survey", release="2024", unit="years", geography="ward22", **period)
    return telling.told(
        spec.BASELINE,
        spec.PLACE,
        *(spec.indicator(id=name, title="Length of life") for name in dict.fromkeys(rows["indicator"])),
        indicators=rows,
        judgements=pd.DataFrame(),
        inequality=slopes,
        sources=telling.table(BOTH_SOURCES),
    )


def test_how_far_lives_differ(living: Any, telling: Any) -> None:
    assert telling.checked(living, narrative.describe_life_expectancy(living)).split("\n\n") == [
        "In 2014 to 2016 life expectancy at birth at the least deprived end of Tinytown is 10.0 years longer for men "
        "(95% confidence interval 8.0 to 12.0) and 7.0 years longer for women (95% confidence interval 5.0 to 9.0) "
        "than at the most deprived end: the slope index of inequality across 60 middle areas (MSOAs) with figures. "
        "These figures came out after July 2018; none is held that was out by then. A second source, of 2014 to 2016, "
        "gives men 9.5 years across four wards. One middle area (MSOA) without a published value is left out for men "
        "and three for women.",
        "For men there is no figure for Castle: less than four fifths of the residents live in areas with a published "
        "value.",
    ]


def test_the_furthest_wards_beside_noise(living: Any, telling: Any) -> None:
    assert telling.checked(living, narrative.describe_gap(living)) == (
        "For men, Brook and Abbey lie furthest apart of four wards with a figure: 6.0 years (95% confidence interval "
        "4.0 to 8.1). If all wards were truly alike, the errors of the figures alone would put about 2.5 years "
        "between the highest and the lowest. The two wards were picked because they are the extremes, and the range "
        "grows with the number of wards, so the slope is the better measure of inequality."
    )
    box = telling.checked(living, narrative.box_life_expectancy(living))
    assert "They are widened 1.4 times, the factor by which two sources for men disagree beyond them." in box


def test_years_above_and_below_the_city(living: Any, telling: Any) -> None:
    assert telling.cells(living, narrative.table_ward_life_expectancy(living)) == [
        ("Abbey", "−3.1", "−4.0 to −2.0", "74.0"),
        ("Brook", "+0.5", "0.0 to +1.0", "80.0"),
        ("Castle", "[x]", "[x]", "[x]"),
    ]


FIFTHS = """
indicator | fifth_1 | fifth_5 | gap | gap_lower_ci95 | gap_upper_ci95 | measure | unit | gap_result | reason
work | 40.04 | 60 | -19.96 | -22.05 | -17.95 | share | % | worse in it | x
span | 74.04 | 80 | -5.96 | - | - | mean over residents | years | no interval | no limits
crowd | 35 | 5.2 | 29.8 | - | - | part of the city's total | % | no interval | no limits
play | - | 5 | - | - | - | share | % | no figure | few values
"""
GAPS = """
kind                    | id         | title | reason    | source
distribution            | plan aim-1 | Grow  | no figure | The office
equality characteristic | age        | Age   | not held  | The census
"""


def test_the_most_and_the_least_deprived_fifth(spec: Any, telling: Any) -> None:
    period = {"period_start": "2017-01-01", "period_end": "2017-12-31"}
    city = telling.told(
        spec.BASELINE,
        spec.PLACE,
        *(spec.indicator(id=name, title=name.capitalize()) for name in ("work", "span", "play", "crowd")),
        indicators=spec.rows("CITY 2017 70 - -", indicator="work"),
        distribution=telling.table(FIFTHS, sex="persons", age="all", **period),
        known_gaps=telling.table(GAPS),
        sources=telling.table(SOURCES + "survey | 2024 | Survey | Office | 2018-01-01 | 1"),
    )
    words, fifths, means, parts, gaps = narrative.table_distribution(city).blocks
    assert telling.checked(city, words) == (
        "Four figures are held by small area, so that the fifth of Tinytown's small areas that is most deprived can "
        "be set beside the fifth that is least. Work: 40.0% in the most deprived fifth and 60.0% in the least. "
        "Neighbourhoods are not people: not everyone in a deprived area is deprived, and where a figure is itself "
        "part of the index of deprivation the gap is partly of its own making. One aim has no figure by small area: "
        "Grow."
    )
    assert telling.cells(city, fifths) == [
        ("Work, 2017", "40.0%", "60.0%", "-20.0 (-22.1 to -18.0)", "Worse in it"),
        ("Play, 2017", "none", "5.0%", "none", "Few values"),
    ]
    # a part of the city's total is no rate, and stands in no column of rates
    assert telling.cells(city, means) == [("Span, years, 2017", "74.0", "80.0", "-6.0", "No limits")]
    assert telling.cells(city, parts) == [("Crowd, 2017", "35.0%", "5.2%", "29.8", "No limits")]
    assert (
        parts.title == "How much of the city's total lives in its most and in its least deprived fifth of small areas"
    )
    assert [row[0] for row in gaps.rows] == ["Age", "Grow"]


STATED = """
figure | statement      | stated | unit  | found | found_unit | indicator | compare       | compared | verdict
f1     | Half work.     | 50     | %     | 49.96 | %          | work      | value         | Work     | agrees
f2     | Lives differ.  | 3.5    | years | 2.04  | years      | span      | below_england | Lives    | differs
f3     | Many homes.    | -      |       | -     |            |           |               |          |
f4     | £1 was spent.  | 1      | £     | -     |            |           |               |          |
"""
UNTESTED = "not testable with what is shipped"


def test_the_figures_of_the_plan(spec: Any, telling: Any) -> None:
    stated = telling.table(STATED, period_start="2017-01-01", period_end="2017-12-31", sex="persons", flag="")
    stated["verdict"] = stated["verdict"].replace("", UNTESTED)
    stated["about"], stated["reason"], stated["stated_period"] = "challenge", "No figure is held.", ""
    plan = Plan(
        "plan", "Plan", "2018-03", "Council", "vision", "The Plan (2018).", (Aim("aim-1", "Grow", "It wants."),)
    )
    rows = pd.concat([spec.rows("CITY 2017 49.96 - -", indicator=name) for name in ("work", "span")])
    city = telling.told(
        spec.BASELINE,
        spec.PLACE,
        *(spec.indicator(id=name, title=name.capitalize()) for name in ("work", "span")),
        plans=(plan,),
        indicators=rows,
        stated_figures=stated,
        sources=telling.table(SOURCES + "survey | 2024 | Survey | Office | 2018-01-01 | 1"),
    )
    said = telling.checked(city, narrative.describe_stated_figures(city))
    assert said.startswith(
        "The Plan states 4 figures and comparisons. Each was looked up in the figures held for this report. One figure "
        f"agrees. One figure differs. Two figures are {UNTESTED}. Not testable does not mean wrong:"
    )
    assert telling.cells(city, narrative.table_stated_figures(city)) == [
        ("Half work.", "50%", "50.0%", "Work (2017)", "agrees"),
        ("Lives differ.", "3.5 years", "2.0 years below Landia", "Lives (2017)", "differs"),
    ]
    (untested,) = narrative.tables_stated_untested(city).blocks
    assert [row[:3] for row in telling.cells(city, untested)] == [
        ("Many homes.", "no number given", "not dated"),
        ("£1 was spent.", "£1", "not dated"),
    ]

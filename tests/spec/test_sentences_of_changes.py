"""What changed in the data since the report before, and what is missing: small tables in, the sentences out."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from analysis.catalogue.model import Break
from analysis.catalogue.plans import Aim, Gap, Plan, Priority
from analysis.narrative.back import describe_quality, table_cleaning, table_missing
from analysis.narrative.changes import describe_changes, describe_gaps
from analysis.narrative.coverage import table_coverage

HEADINGS = "source | release | title | publisher | published | indicators"
SURVEY = "survey | 2018 | Survey | Office | 2018-01-15 | 1"
CENSUS = "census | 2018 | Census | Office | 2018-06-28 | 1"
LINKS = "links | 2019 | Links | Maps | 2019-08-01 | 0"
LATE = "panel | 2020 | Panel | Office | 2020-02-01 | 1"
OF_2018 = """
span CITY 2017 70 68 72
work CITY 2017 50 - -
play CITY 2017 9 - -
"""
OF_2019 = """
span CITY 2017 70 68 72
span CITY 2018 70 68 72
work CITY 2017 50 - -
work CITY 2018 50 - -
rest CITY 2015 50 - -
"""


@pytest.fixture(scope="module")
def make(spec: Any, telling: Any) -> Callable[..., Any]:
    """An edition of rows ``indicator area year value lower upper`` and of lines of sources."""
    indicators = [
        spec.indicator(id=name, title=name.capitalize(), breaks={"2018-01-01": "b"} if name == "work" else {})
        for name in ("span", "work", "play", "rest")
    ]
    breaks = {"b": Break("b", "Another question", "It was asked otherwise.")}

    def made(year: int, text: str, *sources: str, before: Any = None, **flags: str) -> Any:
        lines = [line.split(maxsplit=1) for line in text.strip().splitlines()]
        found = [
            spec.rows(row, indicator=name, unit="years", release="2018", flag=flags.get(name, ""))
            for name, row in lines
        ]
        last = before.edition.id if before else None
        edition = dataclasses.replace(
            spec.BASELINE,
            id=f"tinytown-{year}",
            year=year,
            cut_off=dt.date(year, 7, 31),
            baseline="tinytown-2018" if before else None,
            previous=last,
        )
        return telling.told(
            edition,
            spec.PLACE,
            *indicators,
            others=(before,) if before else (),
            more={"breaks": breaks},
            indicators=pd.concat(found, ignore_index=True),
            sources=telling.table("\n".join([HEADINGS, *sources]), attribution="A", stand_in_reason="", limits=""),
        )

    return made


def told(telling: Any, city: Any) -> tuple[list[str], dict[str, list[tuple[str, ...]]]]:
    """The paragraphs on changes of the data, and the rows of each table by its title."""
    words, *tables = describe_changes(city).blocks
    return telling.checked(city, words).split("\n\n"), {one.title: telling.cells(city, one) for one in tables}


IN_FULL = "Every release used had come out by the cut-off, so the figures are those that were known then."
NOT_IN_FULL = "What was known on 31 July 2019 cannot be rebuilt in full."
LATER = "Two series of the city have a later period than in the baseline report of 2018."


def test_a_first_report_has_nothing_to_compare_with(make: Callable[..., Any], telling: Any) -> None:
    assert told(telling, make(2018, OF_2018, SURVEY)) == ([IN_FULL], {})


def test_new_releases_new_periods_and_what_is_gone(make: Callable[..., Any], telling: Any) -> None:
    city = make(2019, OF_2019, SURVEY, CENSUS, before=make(2018, OF_2018, SURVEY))
    paragraphs, tables = told(telling, city)
    assert paragraphs == [
        "One release is used that the baseline report of 2018 did not use:",
        "- Office, Census, 28 June 2018.",
        f"{LATER} One is here for the first time: Rest. One is no longer held: Play.",
        IN_FULL,
    ]
    assert tables == {
        "Breaks that no change and no trend crosses": [
            ("Another question", "1 January 2018", "It was asked otherwise.", "Work")
        ],
        "Figures whose latest period ended more than three years before the cut-off": [("2015", "Rest")],
    }


def test_what_was_known_then_and_what_only_a_later_release_tells(make: Callable[..., Any], telling: Any) -> None:
    before = make(2018, OF_2018, SURVEY)
    city = make(2019, OF_2019, SURVEY, LINKS, LATE, before=before, span="[r]", rest="[r]")
    paragraphs, _ = told(telling, city)
    assert paragraphs[-1] == (
        f"{NOT_IN_FULL} Only a later release is held of one source: Panel, 1 February 2020. Of one source by which "
        "figures are placed, weighted or checked, too, only a later release is held: Links, 1 August 2019. The "
        "periods are those that were out by then, but two of the 3 latest values of the city, marked [r], may have "
        "been revised since."
    )
    stood_in = make(2019, "span CITY 2020 70 68 72", SURVEY, LATE, before=before, span="[e]")
    assert told(telling, stood_in)[0][-1] == (
        f"{NOT_IN_FULL} Only a later release is held of one source: Panel, 1 February 2020. One of a later period "
        "stands in, marked [e]."
    )


@pytest.mark.parametrize(
    ("work", "series", "revised"),
    [
        ("51", "", [("Work, years", "2017", "50.0", "51.0")]),
        ("50.04", "", []),  # the same number at the places that are printed
        ("50.05", "", [("Work, years", "2017", "50.0", "50.1")]),
    ],
)
def test_the_same_releases_revised(
    make: Callable[..., Any], telling: Any, work: str, series: str, revised: list[tuple[str, ...]]
) -> None:
    city = make(2019, OF_2018.replace("50", work), SURVEY, before=make(2018, OF_2018, SURVEY))
    paragraphs, tables = told(telling, city)
    assert paragraphs == [
        f"This report rests on the same releases as the baseline report of 2018{series}.",
        "No series of the city have a later period than in the baseline report of 2018.",
        IN_FULL,
    ]
    assert tables == ({"Figures given otherwise in the baseline report of 2018": revised} if revised else {})


def test_the_same_releases_with_a_later_period(make: Callable[..., Any], telling: Any) -> None:
    later = OF_2018 + "span CITY 2018 71 69 73"
    paragraphs, _ = told(telling, make(2019, later, SURVEY, before=make(2018, OF_2018, SURVEY)))
    assert paragraphs[:2] == [
        "This report rests on the same releases as the baseline report of 2018: what is new are later periods of them.",
        "One series of the city has a later period than in the baseline report of 2018.",
    ]


COVERAGE = """
priority | priority_title | outcomes | outcomes_measured | indicators | awaited | gap_reason | gap_source
p-1      | One            | 3        | 1                 | span work  |         |            | The office
p-2      | Two            | 2        | 0                 |            |         | Not asked. | The census.
p-3      | Three          | 1        | 0                 |            | In 2020 |            |
"""
COUNTS = """
city_indicators | ward_indicators | latest_period_end
2               | 0               | 2017-12-31
0               | 0               |
0               | 0               |
"""
OUTCOMES = """
plan | outcome | ward_indicators
plan | o-1     | 1
plan | o-2     | 0
"""
PRIORITIES = (
    Priority("p-1", "One"),
    Priority("p-2", "Two", gap=Gap("Nobody asks.", "The census.")),
    Priority("p-3", "Three"),
)
PLAN = Plan(
    "plan", "Plan", "2018-03", "Council", "vision", "The Plan.", (Aim("aim-1", "Thrive", "It wants.", PRIORITIES),)
)


@pytest.fixture(scope="module")
def covered(spec: Any, telling: Any) -> Any:
    of = {"plan": "plan", "aim": "aim-1", "aim_title": "Thrive"}
    coverage = pd.concat([telling.table(COVERAGE, **of), telling.table(COUNTS)], axis=1)
    return telling.told(
        spec.BASELINE,
        spec.PLACE,
        spec.indicator(id="span"),
        spec.indicator(id="work"),
        plans=(PLAN,),
        indicators=pd.concat([spec.rows("CITY 2017 70 - -", indicator=name) for name in ("span", "work")]),
        sources=telling.table(f"{HEADINGS}\nsurvey | 2024 | Survey | Office | 2018-01-15 | 1"),
        coverage=coverage,
        coverage_outcomes=telling.table(OUTCOMES),
    )


def test_priorities_without_a_figure(covered: Any, telling: Any) -> None:
    assert telling.checked(covered, describe_gaps(covered)) == (
        "No figure that is held speaks to two of the three priorities of the Plan. What would fill each gap is "
        "named.\n\n- **Two** (Thrive): Nobody asks. It would come from: The census.\n"
        "- **Three** (Thrive): The figures held for it are of later years than this report."
    )
    whole = covered.holding(coverage=covered.table("coverage").iloc[:1])
    assert telling.checked(whole, describe_gaps(whole)) == (
        "Every priority of the plan has at least one indicator with a value."
    )


def test_what_the_figures_cover(covered: Any, telling: Any) -> None:
    _, words, table = table_coverage(covered).blocks
    assert telling.checked(covered, words) == (
        "Of the three priorities of the Plan, 1 has an indicator with a value; of the 6 outcomes that it wants, 1 "
        "has one, and 1 has one for wards."
    )
    assert telling.cells(covered, table) == [
        ("One", "1 of 3", "2", "0", "December 2017", "The office"),
        ("Two", "0 of 2", "0", "0", "none", "The census."),
        ("Three", "0 of 1", "0", "0", "none", "No value yet: In 2020"),
    ]


LOG = """
source | release | table | column | action       | rows | detail
survey | 2024    | t     |        | rows in      | 1200 |
survey | 2024    | t     |        | rows out     | 900  |
survey | 2024    | t     | a      | flagged      | 7    | [c]
survey | 2024    | t     | a      | code changed | 3    | renamed
survey | 2024    | t     | a      | left out     | 2    | totals
"""


def test_what_was_read_changed_and_left_out(spec: Any, telling: Any) -> None:
    rows = spec.rows("CITY 2017 70 - -\nP1 2017 - - -\nP2 2017 - - -").assign(flag=["", "[x]", "[c]"])
    city = telling.told(
        spec.BASELINE,
        spec.PLACE,
        spec.indicator(title="Length of life"),
        indicators=rows,
        sources=telling.table(f"{HEADINGS}\nsurvey | 2024 | Survey | Office | 2018-01-15 | 1"),
        cleaning_log=telling.table(LOG),
    )
    assert telling.checked(city, describe_quality(city)) == (
        "One source was opened, and the hash of every table agreed with its receipt. 1,200 raw rows gave 900 "
        "observations; 7 values carry a flag that says why they are missing or uncertain. 3 rows came under an area "
        "code that has changed since, and were given the present one. 2 rows were left out, each for the reason "
        "given. Two values in the tables are marked not available, most of them of Length of life."
    )
    assert telling.cells(city, table_cleaning(city)) == [("Survey", "1,200", "900", "7", "3", "0", "2", "0")]
    assert telling.cells(city, table_missing(city)) == [("Length of life", "lad", "P1 and P2", "[c] and [x]")]

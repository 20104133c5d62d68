"""How many stand, moved or warn: the figures of a city in three editions in, the sentences out."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from analysis.catalogue.plans import Aim, Plan, Priority
from analysis.judge.judgement import judge
from analysis.judge.scorecard import count_support, list_early_warnings, make_scorecard
from analysis.narrative.judgements import describe_early_warnings, describe_scorecard, tables_priorities
from analysis.narrative.progress import describe_progress
from analysis.narrative.year import describe_last_warnings, describe_year, table_headlines

PLAN = Plan(
    "plan",
    "Plan",
    "2018-03",
    "Tinytown Council",
    "vision",
    "The Plan (2018).",
    (Aim("aim-1", "Thrive", "It wants.", (Priority("p-1", "One"), Priority("p-2", "Two"))),),
)
SOURCES = """
source | release | title  | publisher | published  | indicators | attribution | stand_in_reason | limits
survey | 2024    | Survey | Office    | 2018-01-15 | 1          | A           |                 |
"""
OF_2018 = """
span CITY 2017 70 68 72
span LAND 2017 75 -  -
work CITY 2017 50 -  -
work P1   2017 60 -  -
work P2   2017 61 -  -
work P3   2017 62 -  -
play CITY 2017 9  -  -
"""
OF_2019 = f"""{OF_2018.replace("play CITY 2017 9  -  -", "").strip()}
span CITY 2018 64 62 66
span LAND 2018 75 -  -
rest CITY 2018 5  -  -
rest P1   2018 6  -  -
rest P2   2018 6  -  -
rest P3   2018 6  -  -
"""
OF_2020 = f"""{OF_2019.strip()}
span CITY 2019 70 68 72
work CITY 2019 66 -  -
work P1   2019 60 -  -
work P2   2019 61 -  -
work P3   2019 62 -  -
"""
NO_DEPRIVATION = (
    "The share of Tinytown's small areas in the most deprived tenth is not available. Life expectancy within the city "
    "is not available: no figures by small or middle area are held."
)
WITHOUT_LIMITS = (
    "For most figures no limits are held: they are shown with their rank and their change, and without a "
    "verdict. Nothing here measures what the council's own actions caused."
)


@pytest.fixture(scope="module")
def make(spec: Any, telling: Any) -> Callable[..., Any]:
    """An edition with all that is judged and counted of rows ``indicator area year value lower upper``."""
    indicators = {
        name: spec.indicator(
            id=name,
            title=name.capitalize(),
            comparison="limits" if name == "span" else "rank",
            headline=name == "span",
            priorities=("p-2",) if name == "rest" else ("p-1",),
        )
        for name in ("span", "work", "play", "rest")
    }

    def made(year: int, text: str, *others: Any) -> Any:
        lines = [line.split(maxsplit=1) for line in text.strip().splitlines()]
        found = [
            spec.rows("\n".join(row for other, row in lines if other == name), indicator=name, unit="years")
            for name in dict.fromkeys(name for name, _ in lines)
        ]
        rows = pd.concat(found, ignore_index=True)
        before = {
            "baseline": others[0].edition.id if others else None,
            "previous": others[-1].edition.id if others else None,
        }
        edition = dataclasses.replace(
            spec.BASELINE, id=f"tinytown-{year}", year=year, cut_off=dt.date(year, 7, 31), **before
        )
        base = others[0].edition if others else None
        judged = judge(rows, indicators, edition, spec.PLACE, base, [PLAN])
        return telling.told(
            edition,
            spec.PLACE,
            *indicators.values(),
            plans=(PLAN,),
            others=others,
            indicators=rows,
            judgements=judged,
            early_warnings=list_early_warnings(judged, indicators, spec.PLACE),
            judgement_support=count_support(judged, edition, spec.PLACE),
            scorecard=make_scorecard(judged, [PLAN], indicators, spec.PLACE),
            inequality=pd.DataFrame(columns=pd.Index(["measure", "statistic", "sex"])),
            sources=telling.table(SOURCES),
        )

    return made


@pytest.fixture(scope="module")
def editions(make: Callable[..., Any]) -> dict[int, Any]:
    """The baseline of 2018 and the updates of 2019 and 2020."""
    first = make(2018, OF_2018)
    second = make(2019, OF_2019, first)
    return {2018: first, 2019: second, 2020: make(2020, OF_2020, first, second)}


BESIDE = {
    2018: "Landia and the other port cities",
    2019: "the baseline report of 2018, Landia and the other port cities",  # which is the report before, and named once
    2020: "the baseline report of 2018, the report of 2019, Landia and the other port cities",
}
NEW = {
    2018: "",
    2019: " Since the report of 2018, one series moved on to a later period, one is new and for one nothing newer is "
    "held.",
    2020: " Since the report of 2019, two series moved on to a later period and for one nothing newer is held.",
}
BY_LIMITS = "One series can be set beside Landia by limits: one worse. "
MOVED = "Of the one change since the baseline that limits can judge, "
VERDICTS = {
    2018: BY_LIMITS,
    2019: f"{BY_LIMITS}{MOVED}one worsened. ",
    2020: f"{MOVED}one shows no significant change. ",
}
WARNINGS = {
    2018: "Two subjects call for attention. The best supported are Span, 2017: worse than Landia; Work, 2017: last "
    "of the port cities.",
    2019: "Three subjects call for attention. The best supported are Span, 2018: worse since the baseline and worse "
    "than Landia; Rest, 2018: last of the port cities; Work, 2017: last of the port cities.",
    2020: "One subject calls for attention. It is Rest, 2018: last of the port cities.",
}


@pytest.mark.parametrize("year", [2018, 2019, 2020])
def test_the_page_for_a_reader_in_a_hurry(editions: dict[int, Any], telling: Any, year: int) -> None:
    city = editions[year]
    assert telling.checked(city, describe_year(city)).split("\n\n") == [
        f"This report sets Tinytown beside {BESIDE[year]}, with what had been published by 31 July {year}. It holds 3 "
        f"indicators of the city as a whole, in 3 series.{NEW[year]}",
        f"{VERDICTS[year]}{WITHOUT_LIMITS}",
        WARNINGS[year],
        NO_DEPRIVATION,
    ]


STATES = {
    2018: "The one that can be set beside Landia by limits is worse. Among the port cities, by rank alone, Tinytown "
    "stands last in one of them.",
    2019: "The one that can be set beside Landia by limits is worse. Since the baseline, by limits: one worsened. "
    "Among the port cities, by rank alone, Tinytown stands last in two of them.",
    2020: "Since the baseline, by limits: one shows no significant change. One series moved or stood still with "
    "no limits held, and no verdict is drawn. Among the port cities, by rank alone, Tinytown stands last in one and "
    "first in one of them.",
}


@pytest.mark.parametrize("year", [2018, 2019, 2020])
def test_the_state_of_an_aim(editions: dict[int, Any], telling: Any, year: int) -> None:
    (opening, *_) = describe_progress(editions[year]).blocks
    heading, state, *_ = telling.checked(editions[year], opening).split("\n\n")
    assert heading == "# Thrive"
    assert state == f"What the plan wants: it wants. Three series of figures belong to this chapter. {STATES[year]}"


BY_CHANCE = "One differs at the 95% level; chance alone would flag fewer than one."
SUPPORT = [
    f"- Beside Landia, by limits: 1 of 3 can be judged. {BY_CHANCE}",
    "- Wards beside the city, by limits: none can be judged in this edition.",
    f"- Change since the baseline, by limits: 1 of 3 can be judged. {BY_CHANCE}",
    "- Recent trend: none can be judged in this edition.",
    "- Last among the port cities, by rank: 2 of 3 have a place. Two stand last; fewer than one would if the cities "
    "did not differ.",
]


def test_what_supports_the_judgements(editions: dict[int, Any], telling: Any) -> None:
    words, _, _ = describe_scorecard(editions[2019]).blocks
    opening, support = telling.checked(editions[2019], words).split("\n\n")
    assert opening.startswith("The figures hold 3 series for the city: ")
    assert support.splitlines() == SUPPORT


def test_as_many_flags_as_chance_would_raise(make: Callable[..., Any], telling: Any) -> None:
    rows = "\n".join(
        f"{name} {area} 2017 {value} - -"
        for name in ("span", "work", "play", "rest")
        for area, value in (("CITY", 5), ("P1", 6), ("P2", 6), ("P3", 7))
    )
    city = make(2018, rows)
    words, _, _ = describe_scorecard(city).blocks
    assert telling.checked(city, words).splitlines()[-1] == (
        "- Last among the port cities, by rank: 4 of 4 have a place. Four stand last; about 1 would if the cities did "
        "not differ."
    )
    words, _ = describe_early_warnings(city).blocks
    assert telling.checked(city, words).split("\n\n")[0] == (
        "Four subjects call for attention, by four figures that get worse, are worse than Landia or stand last among "
        "the port cities. They are listed by how strong the evidence is: none by the test of recent trend, none by "
        "confidence limits and four of them by rank alone. Of the four figures with a place, four stand last, and "
        "about 1 would even if the cities did not differ: a last place by rank alone is a question, not an answer."
    )


@pytest.mark.parametrize(
    ("year", "whole", "priorities"),
    [
        (
            2018,
            ("Thrive", "3", "1 worse, 1 by rank only, 1 not compared", "1 last or joint last", "3 not tested"),
            ["3", "0"],
        ),
        (
            2019,
            ("Thrive", "3", "1 worse, 2 by rank only", "2 last or joint last", "3 not tested", "1 worse"),
            ["2", "1"],
        ),
        (
            2020,
            (
                "Thrive",
                "3",
                "2 by rank only, 1 not compared",
                "1 last or joint last, 1 first or joint first",
                "3 not tested",
                "1 no significant change",
            ),
            ["2", "1"],
        ),
    ],
)
def test_the_scorecard(
    editions: dict[int, Any], telling: Any, year: int, whole: tuple[str, ...], priorities: list[str]
) -> None:
    city = editions[year]
    assert telling.cells(city, describe_scorecard(city).blocks[-1]) == [whole]
    (table,) = tables_priorities(city).blocks
    assert [row[1] for row in telling.cells(city, table)] == priorities


@pytest.mark.parametrize(
    ("year", "paragraphs", "rows"),
    [
        (
            2018,
            [
                "Two subjects call for attention, by two figures that get worse, are worse than Landia or stand last "
                "among the port cities. They are listed by how strong the evidence is: none by the test of recent "
                "trend, one of them by confidence limits and one of them by rank alone. Of the one figure with a "
                "place, one stands last, and fewer than one would even if the cities did not differ: a last place by "
                "rank alone is a question, not an answer.",
                "The best supported are these.",
                "- Span, 2017: 70.0 years; worse than Landia (75.0) by its 95% limits.\n"
                "- Work, 2017: 50.0 years; worst of four cities compared (the port cities).",
            ],
            [
                ("1", "Span (years), 2017", "70.0", "75.0", "none", "Worse than Landia", "6"),
                ("2", "Work (years), 2017", "50.0", "none", "61.0 (60.0 to 62.0)", "Worst among the port cities", "7"),
            ],
        ),
        (
            2019,
            [
                "Three subjects call for attention, by three figures that get worse, are worse than Landia or stand "
                "last among the port cities. They are listed by how strong the evidence is: none by the test of recent "
                "trend, one of them by confidence limits and two of them by rank alone. Of the two figures with a "
                "place, two stand last, and fewer than one would even if the cities did not differ: a last place by "
                "rank alone is a question, not an answer.",
                "The best supported are these.",
                "- Span, 2018: 64.0 years; worse than Landia (75.0) by its 95% limits; worsened since the baseline by "
                "the limits of the difference.\n"
                "- Rest, 2018: 5.0 years; worst of four cities compared (the port cities).\n"
                "- Work, 2017: 50.0 years; worst of four cities compared (the port cities).",
            ],
            [
                ("1", "Span (years), 2018", "64.0", "75.0", "none", "Worse since the baseline; worse than Landia", "3"),
                ("2", "Rest (years), 2018", "5.0", "none", "6.0 (6.0 to 6.0)", "Worst among the port cities", "7"),
                ("3", "Work (years), 2017", "50.0", "none", "61.0 (60.0 to 62.0)", "Worst among the port cities", "7"),
            ],
        ),
    ],
)
def test_early_warnings(
    editions: dict[int, Any], telling: Any, year: int, paragraphs: list[str], rows: list[tuple[str, ...]]
) -> None:
    words, table = describe_early_warnings(editions[year]).blocks
    assert telling.checked(editions[year], words).split("\n\n") == paragraphs
    assert telling.cells(editions[year], table) == rows


def test_without_a_warning_it_is_said_in_a_sentence(make: Callable[..., Any], telling: Any) -> None:
    city = make(2018, "span CITY 2017 70 68 72\nspan LAND 2017 71 - -")
    (words,) = describe_early_warnings(city).blocks
    assert (
        telling.checked(city, words)
        == "No figure of Tinytown gets worse or is worse than Landia by a test, or stands last among the port cities."
    )
    later = make(2019, "span CITY 2017 70 68 72\nspan LAND 2017 71 - -", city)
    (words,) = describe_last_warnings(later).blocks
    assert telling.checked(later, words) == "The baseline report of 2018 raised no warning."
    assert (
        "No series gets worse, is worse than the country or stands last by the rules of this report."
        in describe_year(later).markdown
    )


@pytest.mark.parametrize(
    ("year", "sentence", "gone"),
    [
        (
            2019,
            "Of the two warnings in the baseline report of 2018, two stand again. For one of these no newer figure is "
            "held. One is new: Rest.",
            [],
        ),
        (
            2020,
            "Of the three warnings in the report of 2019, one stands again. No newer figure is held for it. Two are "
            "off the list, as the table shows. None is new.",
            [
                (
                    "Span, years",
                    "64.0 (2018)",
                    "70.0 (2019)",
                    "Since the baseline: no significant change; it is not compared with Landia now.",
                ),
                ("Work, years", "50.0 (2017)", "66.0 (2019)", "It is now best of the four port cities."),
            ],
        ),
    ],
)
def test_what_became_of_last_years_warnings(
    editions: dict[int, Any], telling: Any, year: int, sentence: str, gone: list[tuple[str, ...]]
) -> None:
    words, *tables = describe_last_warnings(editions[year]).blocks
    assert telling.checked(editions[year], words) == sentence
    assert [row for table in tables for row in telling.cells(editions[year], table)] == gone


@pytest.mark.parametrize(
    ("year", "row"),
    [
        (2018, ("Span, years", "none", "70.0 (2017)", "75.0", "worse", "none (a)")),
        (2019, ("Span, years", "70.0 (2017)", "64.0 (2018)", "75.0", "worse", "worsened")),
        (2020, ("Span, years", "70.0 (2017)", "70.0 (2019)", "none", "not compared", "no significant change")),
    ],
)
def test_a_headline_figure(editions: dict[int, Any], telling: Any, year: int, row: tuple[str, ...]) -> None:
    table = table_headlines(editions[year])
    assert telling.cells(editions[year], table) == [row]
    assert ("Why none: (a) this is the baseline edition." in table.note) == (year == 2018)

"""How a figure stands and how it moved: the rows of a city in, the sentence out, each number what its key gives."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from analysis.catalogue.model import Break, Input
from analysis.narrative.judgements import judgement_words
from analysis.narrative.movement import say_change, say_since_previous, say_standing, say_trend
from analysis.narrative.prose import Prose
from analysis.narrative.series import city_rows, previous_rows, series_key

PEERS = "P1 2017 71 - -\nP2 2017 74 - -\nP3 2017 73 - -\nP4 2017 72 - -"
BEHIND = f"CITY 2017 70 68 72\nLAND 2017 75 - -\n{PEERS}"
OPENING = "- **Length of life**: 70.0 years in 2017"
WITH_LIMITS = f"{OPENING} (95% confidence interval 68.0 to 72.0)"
AGAINST = "against 75.0 in Landia and 71.0 to 74.0 in the other port cities"
WEEKLY: dict[str, Any] = {"kind": "money", "decimals": 0, "unit": "£ a week"}


@pytest.fixture(scope="module")
def held(spec: Any, telling: Any) -> Callable[..., Any]:
    """A baseline edition of rows as text; with rows of later years the update after it, and what it looks back on."""

    def make(text: str, later: str | None = None, *others: str, more: Any = None, **changes: Any) -> Any:
        one = spec.indicator(title="Length of life", **changes)
        rows = {"unit": one.unit}
        base = telling.told(spec.BASELINE, spec.PLACE, one, indicators=spec.rows(text, **rows))
        if later is None:
            return base
        text = f"{text}\n{later}"
        if not others:
            return telling.told(
                spec.LATER, spec.PLACE, one, others=(base,), indicators=spec.rows(text, **rows), more=more
            )
        before = dataclasses.replace(spec.LATER, id="tinytown-2021", year=2021)
        last = telling.told(before, spec.PLACE, one, others=(base,), indicators=spec.rows(others[0], **rows))
        now = dataclasses.replace(spec.LATER, previous="tinytown-2021")
        return telling.told(now, spec.PLACE, one, others=(base, last), indicators=spec.rows(text, **rows))

    return make


def standing(city: Any, prose: Prose) -> None:
    say_standing(city, city_rows(city)[0], prose)


def judgement(city: Any, prose: Prose) -> None:
    prose.say(judgement_words(city, city_rows(city)[0], prose))


def change(city: Any, prose: Prose) -> None:
    say_change(city, city_rows(city)[0], prose)


def previous(city: Any, prose: Prose) -> None:
    (row,) = city_rows(city)
    say_since_previous(city, row, previous_rows(city).get(series_key(row)), prose)


def trend(city: Any, prose: Prose) -> None:
    say_trend(city_rows(city)[0], prose)


@pytest.mark.parametrize(
    ("text", "changes", "sentence"),
    [
        (
            BEHIND,
            {},
            f"{WITH_LIMITS}, {AGAINST}. By its 95% limits Tinytown is worse than Landia; it is last of the five port "
            "cities.",
        ),
        (
            BEHIND,
            {"polarity": "neutral"},
            f"{WITH_LIMITS}, {AGAINST}. By its 95% limits Tinytown is lower than Landia; it is fifth highest of the "
            "five port cities.",
        ),
        (
            BEHIND.replace("70 68 72", "74.9 73 76"),
            {},
            "- **Length of life**: 74.9 years in 2017 (95% confidence interval 73.0 to 76.0), "
            f"{AGAINST}. By its 95% limits Tinytown cannot be told from Landia; it is best of the five port cities.",
        ),
        (
            BEHIND,
            {"comparison": "rank"},
            f"{WITH_LIMITS}, {AGAINST}. It is last of the five port cities, by rank alone.",
        ),
        (BEHIND, {"comparison": "none"}, f"{WITH_LIMITS}."),
        (
            "CITY 2017 70 68 72\nLAND 2017 75 - -",
            {},
            f"{WITH_LIMITS}, against 75.0 in Landia. By its 95% limits Tinytown is worse than Landia.",
        ),
        ("CITY 2017 70 - -", {}, f"{OPENING}."),
        ("CITY 2014-16 70 - -", {}, "- **Length of life**: 70.0 years in 2014 to 2016."),
        # one other city: two are ranked, and neither is called best or last
        (
            "CITY 2017 70 - -\nP1 2017 71 - -",
            {},
            f"{OPENING}, against 71.0 in the other port cities. It is second of the two port cities, by rank alone.",
        ),
        (
            "CITY 2017 70 - -\nP1 2017 69 - -",
            {},
            f"{OPENING}, against 69.0 in the other port cities. It is first of the two port cities, by rank alone.",
        ),
        # all are level: first, with the others, and not best
        (
            "CITY 2017 70 - -\nP1 2017 70 - -\nP2 2017 70 - -\nP3 2017 70 - -",
            {},
            f"{OPENING}, against 70.0 in the other port cities. It is joint first of the four port cities, by rank "
            "alone.",
        ),
        (
            "CITY 2017 70 - -\nP1 2017 70 - -\nP2 2017 70 - -\nP3 2017 72 - -",
            {"polarity": "lower_is_better"},
            f"{OPENING}, against 70.0 to 72.0 in the other port cities. It is joint best of the four port cities, by "
            "rank alone.",
        ),
        (
            "CITY 2017 70 - -\nP1 2017 70 - -\nP2 2017 69 - -",
            {"polarity": "neutral"},
            f"{OPENING}, against 69.0 to 70.0 in the other port cities. It is joint highest of the three port cities, "
            "by rank alone.",
        ),
    ],
)
def test_how_a_figure_stands(
    held: Callable[..., Any], telling: Any, text: str, changes: dict[str, Any], sentence: str
) -> None:
    city = held(text, **changes)
    assert telling.said(city, lambda prose: standing(city, prose)) == sentence


@pytest.mark.parametrize(
    ("text", "changes", "sentence"),
    [
        (
            BEHIND,
            {},
            "Length of life, 2017: 70.0 years; worse than Landia (75.0) by its 95% limits; worst of five cities "
            "compared (the port cities).",
        ),
        (
            "CITY 2017 70 - -\nP1 2017 70 - -\nP2 2017 74 - -\nP3 2017 73 - -",
            {},
            "Length of life, 2017: 70.0 years; equal worst of four cities compared (the port cities).",
        ),
        (
            "CITY 2017 70 - -\nP1 2017 70 - -\nP2 2017 70 - -\nP3 2017 70 - -",
            {},
            "Length of life, 2017: 70.0 years; joint first of four cities compared (the port cities, highest first).",
        ),
        (
            "CITY 2017 70 - -\nP1 2017 71 - -",
            {"polarity": "lower_is_better"},
            "Length of life, 2017: 70.0 years; first of two cities compared (the port cities, lowest first).",
        ),
        ("CITY 2017 70 - -", {}, "Length of life, 2017: 70.0 years."),
    ],
)
def test_a_judgement(held: Callable[..., Any], telling: Any, text: str, changes: dict[str, Any], sentence: str) -> None:
    city = held(text, **changes)
    assert telling.said(city, lambda prose: judgement(city, prose)) == sentence


def test_a_judgement_on_a_figure_that_moved(held: Callable[..., Any], telling: Any) -> None:
    city = held("CITY 2017 70 68 72", "CITY 2021 64 62 66")
    assert telling.said(city, lambda prose: judgement(city, prose)) == (
        "Length of life, 2021: 64.0 years; worsened since the baseline by the limits of the difference."
    )


THEN = "At the baseline it was 70.0 years (2017)"
BEFORE = "CITY 2017 70 68 72\nLAND 2017 75 - -\nP1 2017 71 - -\nP2 2017 74 - -\nP3 2017 72 - -"
AFTER = "CITY 2021 76 74 78\nLAND 2021 75.5 - -\nP1 2021 70 - -\nP2 2021 74 - -\nP3 2021 72.4 - -"
OWN_MONEY = "Both are in the money of their own time, so no change is given"
BROKEN = {"breaks": {"b": Break("b", "Another question", "It was asked otherwise.")}}


@pytest.mark.parametrize(
    ("before", "after", "changes", "sentence"),
    [
        (
            BEFORE,
            AFTER,
            {},
            f"{THEN}: a rise of 6.0 years since, beside a rise of 0.5 in Landia and no change at the median of the "
            "other port cities. By the 95% limits of the difference that is an improvement.",
        ),
        (
            BEFORE,
            "CITY 2021 64 62 66",
            {},
            f"{THEN}: a fall of 6.0 years since. By the 95% limits of the difference that is a change for the worse.",
        ),
        (
            BEFORE,
            "CITY 2021 64 62 66",
            {"polarity": "neutral"},
            f"{THEN}: a fall of 6.0 years since. By the 95% limits of the difference it is more than chance.",
        ),
        (
            BEFORE,
            "CITY 2021 71 69 73",
            {},
            f"{THEN}: a rise of 1.0 years since. By its 95% limits the difference could be chance.",
        ),
        (
            "CITY 2017 70 - -",
            "CITY 2021 71 - -",
            {},
            f"{THEN}: a rise of 1.0 years since. No limits are held for it, so no verdict is given.",
        ),
        (
            "CITY 2017 70 - -",
            "CITY 2021 70.04 - -",
            {},
            f"{THEN}: no change since. No limits are held for it, so no verdict is given.",
        ),
        (
            "CITY 2015-17 70 68 72",
            "CITY 2016-18 76 74 78",
            {},
            "At the baseline it was 70.0 years (2015 to 2017): a rise of 6.0 years since. No verdict is given: the two "
            "periods overlap.",
        ),
        (BEFORE, "", {}, "No later period is held than in the baseline report."),
        ("", "CITY 2021 71 - -", {}, "The baseline report could give no figure of it."),
        (
            BEFORE,
            AFTER,
            {"breaks": {"2019-01-01": "b"}, "more": BROKEN},
            f"{THEN}, but no change is given across a break: another question.",
        ),
        (
            BEFORE,
            AFTER,
            {"change": "two surveys"},
            f"{THEN}. No change is given: two surveys.",
        ),
        (
            BEFORE,
            AFTER,
            {"change": "snapshots of different releases may not be set against each other"},
            "In the baseline report it was 70.0 years (2017); the two are snapshots and make no change.",
        ),
        (
            "CITY 2017 400 - -\nLAND 2017 500 - -",
            "CITY 2021 450 - -\nLAND 2021 600 - -",
            WEEKLY,
            f"At the baseline it was £400 a week (2017). {OWN_MONEY}; set against Landia's it was 80.0% then and is "
            "75.0% now, and no verdict is drawn from that.",
        ),
        (
            "CITY 2017 400 - -\nP1 2017 500 - -\nP2 2017 300 - -",
            "CITY 2021 450 - -\nP1 2021 600 - -\nP2 2021 500 - -",
            WEEKLY,
            f"At the baseline it was £400 a week (2017). {OWN_MONEY}; set against the median of the other port cities "
            "it was 100.0% then and is 81.8% now, and no verdict is drawn from that.",
        ),
        (
            "CITY 2017 -5 - -\nLAND 2017 500 - -",
            "CITY 2021 450 - -\nLAND 2021 600 - -",
            WEEKLY,
            f"At the baseline it was −£5 a week (2017). {OWN_MONEY}; nor is a share of Landia, since an amount that "
            "is not above 0 has none.",
        ),
        ("CITY 2017 400 - -", "CITY 2021 450 - -", WEEKLY, f"At the baseline it was £400 a week (2017). {OWN_MONEY}."),
    ],
)
def test_what_became_of_it_since_the_baseline(
    held: Callable[..., Any], telling: Any, before: str, after: str, changes: dict[str, Any], sentence: str
) -> None:
    city = held(before, after, **changes)
    assert telling.said(city, lambda prose: change(city, prose)) == sentence


@pytest.mark.parametrize(
    ("last", "sentence"),
    [
        ("CITY 2017 70 - -\nCITY 2020 69 - -", "The report of 2021 gave 69.0 years (2020)."),
        ("CITY 2017 70 - -\nCITY 2021 71 - -", "Nothing newer is held than in the report of 2021."),
        (
            "CITY 2017 70 - -\nCITY 2021 71.2 - -",
            "The figure has been revised since the report of 2021, which gave 71.2 years for the same period.",
        ),
        ("P1 2021 71 - -", ""),
    ],
)
def test_what_the_report_before_gave(held: Callable[..., Any], telling: Any, last: str, sentence: str) -> None:
    city = held("CITY 2017 70 - -", "CITY 2021 71 - -", last)
    assert telling.said(city, lambda prose: previous(city, prose)) == sentence


def test_a_mean_over_other_residents_is_worked_out_anew(held: Callable[..., Any], telling: Any) -> None:
    weighted = (Input("survey", "weighted_mean", ("areas",), {"value": "x"}, 6),)
    city = held("CITY 2017 70 - -", "CITY 2021 71 - -", "CITY 2017 70 - -\nCITY 2021 71.2 - -", inputs=weighted)
    assert telling.said(city, lambda prose: previous(city, prose)) == (
        "The report of 2021 gave 71.2 years for the same period; this edition works it out anew with its own residents."
    )


def test_the_first_update_says_nothing_of_the_report_before_which_is_the_baseline(spec: Any, telling: Any) -> None:
    one = spec.indicator(title="Length of life")
    base = telling.told(spec.BASELINE, spec.PLACE, one, indicators=spec.rows("CITY 2017 70 - -"))
    first = dataclasses.replace(spec.LATER, id="tinytown-2019", year=2019, previous=spec.BASELINE.id)
    rows = spec.rows("CITY 2017 70 - -\nCITY 2018 71 - -")
    city = telling.told(first, spec.PLACE, one, others=(base,), indicators=rows)
    assert telling.said(city, lambda prose: previous(city, prose)) == ""


@pytest.mark.parametrize(
    ("step", "polarity", "sentence"),
    [
        (2, "higher_is_better", "The last five points show it improving."),
        (2, "lower_is_better", "The last five points show it getting worse."),
        (2, "neutral", "The last five points show it going up."),
        (-2, "neutral", "The last five points show it going down."),
        (0.1, "higher_is_better", "The last five points show no significant trend."),
    ],
)
def test_the_recent_trend(held: Callable[..., Any], telling: Any, step: float, polarity: str, sentence: str) -> None:
    points = [60 + step * number for number in range(5)]
    text = "\n".join(f"CITY {2013 + number} {value} {value - 1} {value + 1}" for number, value in enumerate(points))
    city = held(text, polarity=polarity)
    assert telling.said(city, lambda prose: trend(city, prose)) == sentence


def test_without_limits_no_trend_is_told(held: Callable[..., Any], telling: Any) -> None:
    city = held("\n".join(f"CITY {year} {year - 1950} - -" for year in range(2013, 2018)))
    assert telling.said(city, lambda prose: trend(city, prose)) == ""

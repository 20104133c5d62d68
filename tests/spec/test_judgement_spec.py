"""Judgements worked by hand: each label and each refusal from a few rows written out as text."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.catalogue.model import Edition, Indicator, IndicatorTarget, Input, Peer, Place, StandIn
from analysis.catalogue.plans import Plan, PlanTarget
from analysis.judge.judgement import COLUMNS, judge
from analysis.judge.targets import Promise, course

PLACE = Place(
    id="tinytown",
    name="Tinytown",
    code="CITY",
    publisher="Tinytown Council",
    country=Peer("LAND", "Landia", "country"),
    region=Peer("WEST", "The West", "region"),
    peers=tuple(Peer(f"P{number}", f"Peer {number}", "lad") for number in range(1, 5)),
    peers_name="port cities",
)
BASELINE = Edition(
    id="tinytown-2018",
    place="tinytown",
    year=2018,
    title="Baseline",
    plans=(),
    cut_off=dt.date(2018, 7, 31),
    ward_geography="ward22",
    lsoa_geography="lsoa11",
    releases={"survey": ("2024",)},
    deprivation_weights={},
    notebooks=(),
    seed=1,
)
LATER = dataclasses.replace(BASELINE, id="tinytown-2022", year=2022, baseline="tinytown-2018")
GEOGRAPHY = {"LAND": "country", "WEST": "region"}


def indicator(**changes: Any) -> Indicator:
    plain: dict[str, Any] = {
        "id": "x",
        "title": "X",
        "definition": "X.",
        "unit": "years",
        "polarity": "higher_is_better",
        "kind": "mean",
        "decimals": 1,
        "inputs": (Input("survey", "published", ("areas",), {"value": "x"}, 6),),
        "priorities": ("p-1",),
        "speaks": "It speaks.",
        "limits": "Contextual.",
        "comparison": "limits",
    }
    return Indicator(**{"comparison": "rank", "trend": "allowed"} | plain | changes)


def rows(text: str, **changes: Any) -> pd.DataFrame:
    """Rows from lines of ``area year value lower upper`` (a dash: none published); ``2014-16`` is three years."""
    table = []
    for line in text.strip().splitlines():
        area, year, value, lower, upper = line.split()
        first, _, last = year.partition("-")
        end = first[:2] + last if last else first
        numbers = [np.nan if cell == "-" else float(cell) for cell in (value, lower, upper)]
        table.append([area, f"{first}-01-01", f"{end}-12-31", *numbers])
    frame = pd.DataFrame(
        table, columns=["area_code", "period_start", "period_end", "value", "lower_ci95", "upper_ci95"]
    )
    geography = (
        frame["area_code"].map(GEOGRAPHY).fillna("lad").where(~frame["area_code"].str.startswith("W0"), "ward22")
    )
    constant = {"indicator": "x", "sex": "persons", "age": "all", "unit": "years", "flag": "", "source": "survey"}
    constant |= {"release": "2024", "numerator": np.nan, "denominator": np.nan}
    return frame.assign(area_name=frame["area_code"], geography=geography, **constant | changes)


def verdict(text: str, area: str = "CITY", *, edition: Edition = BASELINE, **changes: Any) -> dict[str, Any]:
    baseline = BASELINE if edition.baseline else None
    table = judge(rows(text), {"x": indicator(**changes)}, edition, PLACE, baseline)
    return table.set_index("area_code").loc[area].to_dict()


@pytest.mark.parametrize(
    ("limits", "polarity", "expected"),
    [
        ("70 68 72", "higher_is_better", "similar"),
        ("70 68 71", "higher_is_better", "similar"),  # touching is no difference
        ("70 68 70.9", "higher_is_better", "worse"),
        ("73 71.1 75", "higher_is_better", "better"),
        ("73 71.1 75", "lower_is_better", "worse"),
        ("70 68 70.9", "lower_is_better", "better"),
        ("70 68 70.9", "neutral", "lower"),
        ("73 71.1 75", "neutral", "higher"),
        ("70 - -", "higher_is_better", "no limits held"),
    ],
)
def test_beside_the_country(limits: str, polarity: str, expected: str) -> None:
    found = verdict(f"CITY 2017 {limits}\nLAND 2017 71 70 72", polarity=polarity)
    assert found["benchmark_result"] == expected
    assert found["benchmark_method"] == ("rank only" if "-" in limits else "limits")


def test_a_comparison_says_on_which_side_the_country_lies() -> None:
    found = verdict("CITY 2017 70 68 70.9\nLAND 2017 71 70 72")
    assert found["benchmark_reason"] == "the value of Landia lies above the 95% limits"
    assert found["benchmark_value"] == 71


@pytest.mark.parametrize(
    ("text", "changes", "area", "reason"),
    [
        ("CITY 2017 70 68 72", {}, "CITY", "there is no value of Landia for the same period"),
        ("CITY 2017 70 68 72\nLAND 2016 71 70 72", {}, "CITY", "there is no value of Landia for the same period"),
        ("CITY 2017 70 68 72\nLAND 2017 71 70 72", {}, "LAND", "is the benchmark"),
        ("CITY 2017 70 68 72\nLAND 2017 71 70 72", {"comparison": "none"}, "CITY", "its definition compares no areas"),
        ("CITY 2017 70 68 72\nLAND 2017 75 70 77", {"comparison": "rank"}, "CITY", "its definition allows a rank only"),
        ("CITY 2017 - - -\nLAND 2017 75 70 77", {}, "CITY", "no value"),
        ("CITY 2017 70 72 73\nLAND 2017 75 70 77", {}, "CITY", None),
    ],
)
def test_comparisons_that_are_refused(text: str, changes: dict[str, Any], area: str, reason: str | None) -> None:
    found = verdict(text, area, **changes)
    if reason is None:
        assert found["benchmark_result"] == "worse", "the value outside its limits is the publisher's business"
    else:
        assert (found["benchmark_result"], found["benchmark_reason"]) == ("not compared", reason)


def test_a_ward_stands_beside_the_city_by_its_own_limits_alone() -> None:
    text = (
        "CITY 2017 70 69 71\nW01 2017 65 63 67\nW02 2017 70 66 74\nW03 2017 60 - -\nW04 2017 - - -\nW05 2016 60 59 61"
    )
    table = judge(rows(text), {"x": indicator(comparison="none")}, BASELINE, PLACE).set_index("area_code")
    wards = table.loc[["W01", "W02", "W03", "W04", "W05"]]
    assert wards["benchmark_code"].unique().tolist() == ["CITY"]
    assert wards["benchmark_result"].tolist() == [
        "worse",
        "similar",
        "no limits held",
        "not compared",
        "not compared",
    ]
    assert wards["benchmark_reason"].iloc[4] == "there is no value of Tinytown for the same period"
    assert wards["peers_reason"].unique().tolist() == ["not one of the port cities"]


def test_years_above_or_below_the_city_are_compared_with_none() -> None:
    made = (Input("survey", "difference_from_city", ("ward",), {"indicator": "y"}, 6),)
    table = judge(rows("W01 2017 -3 -5 -1\nW02 2017 1 -1 3"), {"x": indicator(inputs=made)}, BASELINE, PLACE)
    assert table["benchmark_value"].tolist() == [0, 0]
    assert table["benchmark_result"].tolist() == ["worse", "similar"]


PEERS = "P1 2017 60 - -\nP2 2017 70 - -\nP3 2017 70 - -\nP4 2017 90 - -\n"


@pytest.mark.parametrize(
    ("value", "polarity", "rank", "place"),
    [
        (95, "higher_is_better", 1, "best"),
        (95, "lower_is_better", 5, "worst"),
        (55, "higher_is_better", 5, "worst"),
        (60, "higher_is_better", 4, "joint worst"),
        (60, "lower_is_better", 1, "joint best"),
        (65, "higher_is_better", 4, ""),
        (95, "neutral", 1, ""),
    ],
)
def test_the_place_among_the_peers(value: float, polarity: str, rank: int, place: str) -> None:
    found = verdict(f"{PEERS}CITY 2017 {value} - -", polarity=polarity)
    assert (found["peers_rank"], found["peers_ranked"], found["peers_place"]) == (rank, 5, place)
    assert (found["peers_median"], found["peers_lowest"], found["peers_highest"]) == (70, 60, 90)
    assert found["evidence"] == "rank alone"


def test_few_peers_give_a_rank_and_no_last_place_and_none_give_no_rank() -> None:
    few = verdict("CITY 2017 50 - -\nP1 2017 60 - -\nP2 2017 70 - -")
    assert (few["peers_rank"], few["peers_place"]) == (3, "")
    alone = verdict("CITY 2017 50 - -\nP1 2016 60 - -")
    assert np.isnan(alone["peers_rank"])
    assert alone["peers_reason"] == "no other of the port cities has a value for the same period"


@pytest.mark.parametrize(
    ("text", "changes", "change", "result", "reason"),
    [
        # 5 +- sqrt(1 + 1): the limits of the difference recovered from those of the two values
        ("CITY 2017 70 69 71\nCITY 2021 75 74 76", {}, 5, "improved", "by the 95% limits of the difference"),
        ("CITY 2017 70 69 71\nCITY 2021 75 74 76", {"polarity": "neutral"}, 5, "rose", None),
        ("CITY 2017 70 69 71\nCITY 2021 75 74 76", {"polarity": "lower_is_better"}, 5, "worsened", None),
        ("CITY 2017 70 69 71\nCITY 2021 65 64 66", {}, -5, "worsened", None),
        ("CITY 2017 70 69 71\nCITY 2021 71.4 70.4 72.4", {}, 1.4, "no significant change", None),
        ("CITY 2017 70 - -\nCITY 2021 75 74 76", {}, 5, "no limits held", "no limits held"),
        ("CITY 2017 70 69 71", {}, None, "not judged", "no later period than the baseline's is held"),
        ("CITY 2018 70 69 71\nCITY 2021 75 74 76", {}, None, "not judged", "the baseline edition has no figure of it"),
        ("CITY 2015-17 70 69 71\nCITY 2017-19 75 74 76", {}, 5, "not judged", "the two periods overlap"),
        (
            "CITY 2017 70 69 71\nCITY 2021 75 74 76",
            {"breaks": {"2020-01-01": ""}},
            None,
            "not judged",
            "what is measured changed between the two periods",
        ),
        ("CITY 2017 70 69 71\nCITY 2021 75 74 76", {"breaks": {"2017-06-30": ""}}, 5, "improved", None),
        (
            "CITY 2017 70 69 71\nCITY 2021 75 74 76",
            {"kind": "money", "trend": "nominal"},
            5,
            "not judged",
            "money of different years, and no deflator is held",
        ),
        ("CITY 2017 70 69 71\nCITY 2021 75 74 76", {"change": "snapshots"}, None, "not judged", "snapshots"),
    ],
)
def test_change_since_the_baseline(
    text: str, changes: dict[str, Any], change: float | None, result: str, reason: str | None
) -> None:
    found = verdict(text, edition=LATER, **changes)
    assert found["change_result"] == result
    assert reason is None or found["change_reason"] == reason
    if change is None:
        assert np.isnan(found["change"])
    else:
        assert found["change"] == pytest.approx(change)
    if result in ("improved", "no significant change"):
        half = np.sqrt(2)
        assert found["change_lower_ci95"] == pytest.approx(change - half)
        assert found["change_upper_ci95"] == pytest.approx(change + half)
    else:
        assert result in ("rose", "worsened") or np.isnan(found["change_lower_ci95"])


def test_the_baseline_is_what_was_out_by_its_cut_off() -> None:
    """A lag of six months: 2017 was out by July 2018, 2018 was not, whatever the present edition holds."""
    found = verdict("CITY 2016 68 67 69\nCITY 2017 70 69 71\nCITY 2018 72 71 73\nCITY 2021 75 74 76", edition=LATER)
    assert (found["baseline_end"], found["baseline_value"], found["period_end"]) == ("2017-12-31", 70, "2021-12-31")


@pytest.mark.parametrize(
    ("pinned", "releases", "end"),
    [
        (("2019",), ("2019", "2025"), "2019-12-31"),  # what stood in at the baseline
        (("2019",), ("2025", "2025"), None),  # a later release alone tells it: the baseline never had it
        (("2020",), ("2025", "2025"), "2019-12-31"),  # only a later vintage of what it had
    ],
)
def test_a_baseline_that_never_existed_is_none(
    pinned: tuple[str, ...], releases: tuple[str, ...], end: str | None
) -> None:
    """Figures of 2019 and 2025 from a source that stood in for the baseline of 2018."""
    stood = dataclasses.replace(BASELINE, releases={"survey": pinned}, stand_ins=(StandIn("survey", "None was out."),))
    given = rows("CITY 2019 70 69 71\nCITY 2025 75 74 76").assign(release=list(releases))
    found = judge(given, {"x": indicator()}, LATER, PLACE, stood).iloc[0]
    assert (None if pd.isna(found["baseline_value"]) else found["baseline_end"]) == end
    if end is None:
        assert (found["change_result"], found["change_reason"]) == (
            "not judged",
            "the baseline edition has no figure of it",
        )


@pytest.mark.parametrize(
    ("values", "changes", "standing"),
    [
        ("6 5 3 7 8 9", {}, "the lowest of its series"),
        ("6 5 9 7 8 8.5", {}, "the highest of its series"),
        ("1 7 9 6 5 10", {}, "above the years around it"),
        ("9 4 3 5 6 2", {}, "below the years around it"),
        ("6 5 5.5 7 8 9", {}, ""),
        ("6 5 5 7 8 9", {}, ""),  # level with another year
        ("6 5 3 7 8 9", {"breaks": {"2017-06-01": ""}}, ""),  # four points since the break are too few
    ],
)
def test_a_baseline_that_is_unusual_says_so(values: str, changes: dict[str, Any], standing: str) -> None:
    """The baseline is the third year of six."""
    text = "\n".join(f"CITY {2015 + number} {value} - -" for number, value in enumerate(values.split()))
    found = verdict(text, edition=LATER, **changes)
    assert found["baseline_end"] == "2017-12-31"
    assert found["baseline_standing"] == standing


def test_the_latest_year_has_no_standing_as_a_baseline() -> None:
    text = "\n".join(f"CITY {2012 + number} {9 - number} - -" for number in range(6))
    assert verdict(text, edition=LATER)["baseline_standing"] == ""


def test_in_the_baseline_edition_nothing_has_changed_yet() -> None:
    found = verdict("CITY 2016 68 67 69\nCITY 2017 70 69 71")
    assert (found["change_result"], found["change_reason"]) == ("not judged", "this is the baseline edition")


def test_change_stands_beside_the_comparators_over_the_same_periods() -> None:
    text = "CITY 2017 70 69 71\nCITY 2021 75 74 76\nLAND 2017 80 79 81\nLAND 2021 82 81 83\n"
    text += "P1 2017 60 - -\nP1 2021 61 - -\nP2 2017 60 - -\nP2 2021 64 - -\nP3 2016 60 - -\nP3 2021 99 - -"
    found = verdict(text, edition=LATER)
    assert (found["country_change"], found["peers_change_median"], found["peers_changes"]) == (2, 2.5, 2)


STEEP = "\n".join(f"CITY {2013 + year} {60 + 2 * year} {59.5 + 2 * year} {60.5 + 2 * year}" for year in range(5))
FLAT = "\n".join(f"CITY {2013 + year} {60 + year % 2} 59 62" for year in range(5))


@pytest.mark.parametrize(
    ("text", "polarity", "result", "label"),
    [
        (STEEP, "higher_is_better", "improving", "Increasing and getting better"),
        (STEEP, "lower_is_better", "getting worse", "Increasing and getting worse"),
        (STEEP, "neutral", "increasing", "Increasing"),
        (FLAT, "higher_is_better", "no significant change", "No significant change"),
    ],
)
def test_the_recent_trend(text: str, polarity: str, result: str, label: str) -> None:
    found = verdict(text, polarity=polarity)
    assert (found["trend_result"], found["trend_label"], found["trend_points"]) == (result, label, 5)
    assert found["evidence"] == "recent trend test"


@pytest.mark.parametrize(
    ("text", "changes", "reason"),
    [
        (STEEP, {"trend": "modelled anew each year"}, "modelled anew each year"),
        (STEEP.split("\n", 1)[1], {}, "fewer than 5 points"),
        (STEEP.replace("2013", "2012"), {}, "gap in the series"),
        ("\n".join(f"CITY {y}-{y - 1998} {y} {y - 1} {y + 1}" for y in range(2010, 2015)), {}, "overlapping periods"),
        ("\n".join(line.rsplit(" ", 2)[0] + " - -" for line in STEEP.split("\n")), {}, "no limits"),
        (STEEP, {"breaks": {"2015-01-01": ""}}, "declared break"),
        ("\n".join(f"CITY {y} 60 59 61" for y in range(2013, 2018)), {}, "values repeated"),
    ],
)
def test_trends_that_are_refused(text: str, changes: dict[str, Any], reason: str) -> None:
    found = verdict(text, **changes)
    assert (found["trend_result"], found["trend_label"], found["trend_reason"]) == ("not tested", "", reason)


def test_a_break_before_the_last_five_points_does_not_count() -> None:
    assert verdict(STEEP, breaks={"2013-06-01": ""})["trend_result"] == "improving"


def test_a_year_that_ends_within_a_month_does_not_overlap_the_next() -> None:
    table = rows(STEEP)
    table["period_start"] = [f"{year}-11-16" for year in range(2012, 2017)]
    table["period_end"] = [f"{year}-11-15" for year in range(2013, 2018)]
    assert judge(table, {"x": indicator()}, BASELINE, PLACE)["trend_result"].tolist() == ["improving"]


def test_counts_are_tested_as_counts() -> None:
    """Proportions with counts take the logistic test, here chi2 = 47.9, not that of their limits."""
    table = rows("\n".join(f"CITY {2013 + year} 2.5 2 3" for year in range(5)))
    table["numerator"], table["denominator"] = [994, 1023, 1199, 1332, 1367], [40299, 41527, 42811, 44064, 44701]
    found = judge(table, {"x": indicator(kind="proportion", unit="%")}, BASELINE, PLACE).iloc[0]
    assert found["trend_chi2"] == pytest.approx(47.9, abs=0.05)
    assert found["trend_result"] == "improving"


def test_a_value_carried_forward_is_marked() -> None:
    carried = "CITY 2016 50 - -\nCITY 2017 50 - -\nP1 2016 60 - -\nP1 2017 60 - -"
    assert verdict(carried)["repeated"] == "yes"
    assert verdict(carried.replace("P1 2017 60", "P1 2017 61"))["repeated"] == "no"
    assert verdict("CITY 2016 50 - -\nCITY 2017 50 - -")["repeated"] == "no", "one city alone may well stand still"


def test_a_value_is_carried_forward_though_one_city_was_revised() -> None:
    last = {"CITY": 50, "P1": 50, "P2": 50, "P3": 50, "P4": 51}
    text = "\n".join(f"{name} 2016 50 - -\n{name} 2017 {value} - -" for name, value in last.items())
    assert verdict(text)["repeated"] == "yes"
    assert verdict(text, "P4")["repeated"] == "no", "its own value moved"
    few = text.replace("P2 2017 50", "P2 2017 49").replace("P3 2017 50", "P3 2017 49")
    assert verdict(few)["repeated"] == "no", "two of five may well stand still"


RISING = "\n".join(f"CITY {2013 + year} {60 + 2 * year} - -" for year in range(5))


@pytest.mark.parametrize(
    ("text", "target", "polarity", "result"),
    [
        (RISING, (72, "2019"), "higher_is_better", "on course"),  # 68 + 2 x 2 = 72
        (RISING, (73, "2019"), "higher_is_better", "not on course"),
        (RISING, (60, "2019"), "lower_is_better", "not on course"),
        (RISING, (68, "2017"), "higher_is_better", "met"),
        (RISING, (69, "2017-12-31"), "higher_is_better", "missed"),
        (RISING, (65, "2016"), "higher_is_better", "met"),  # 66 in 2016, whatever 2017 is
        (RISING, (67, "2016"), "higher_is_better", "missed"),  # 68 came a year too late
        (RISING, (66, "2016-06"), "higher_is_better", "met"),  # 2016 is the year around June
        (f"{RISING}\nCITY 2020 40 - -", (68, "2018"), "higher_is_better", "met"),  # the last before its date
        (RISING, (61, "2012"), "higher_is_better", "not judged"),
        (RISING, (69, "2019"), "neutral", "not judged"),
        (RISING.split("\n", 1)[1], (72, "2019"), "higher_is_better", "not judged"),
    ],
)
def test_the_course_to_a_target(text: str, target: tuple[float, str], polarity: str, result: str) -> None:
    found = verdict(text, polarity=polarity, target=IndicatorTarget(target[0], target[1], "Plan, p. 3"))
    assert found["target_result"] == result
    assert found["target_reason"].startswith("Plan, p. 3: ")
    assert found["target_value"] == target[0]


def test_a_target_is_the_citys_and_its_distance_stands_where_nothing_is_judged() -> None:
    target = IndicatorTarget(72, "2019", "Plan, p. 3")
    text = f"{RISING}\nW01 2017 50 - -\nLAND 2017 75 - -"
    assert verdict(text, "W01", target=target)["target_result"] == "no target"
    assert verdict(text, "LAND", target=target)["target_result"] == "no target"
    assert verdict(text, polarity="neutral", target=target)["target_distance"] == 4
    assert verdict(text.split("\n", 1)[1], target=target)["target_distance"] == 4
    assert verdict(text, target=IndicatorTarget(65, "2016", "Plan, p. 3"))["target_distance"] == -1


def test_a_promise_waits_for_the_last_period_of_its_date() -> None:
    quarters = rows("CITY 2016 60 - -\nCITY 2017 64 - -").iloc[[0, 0, 1]].reset_index(drop=True)
    quarters["period_end"] = ["2017-03-31", "2017-06-30", "2017-09-30"]
    found = course(quarters, Promise(62, "2017", "Plan"), indicator(), "2018-07-31")
    assert found["target_result"] == "not judged"
    assert found["target_distance"] == -2


def test_a_plan_may_name_the_indicator_of_its_target_and_a_need_is_no_target() -> None:
    target = PlanTarget("t", "X reaches 72", "years", "2019", "target", "p. 9", None, 72.0, "x")
    plan = Plan("plan", "The Plan", "2018", "Council", "Vision", "Cited", (), targets=(target,))
    need = dataclasses.replace(plan, targets=(dataclasses.replace(target, kind="need"),))
    table = rows(RISING)
    found = judge(table, {"x": indicator()}, BASELINE, PLACE, None, [plan]).iloc[0]
    assert (found["target_result"], found["target_distance"]) == ("on course", 4)
    assert judge(table, {"x": indicator()}, BASELINE, PLACE, None, [need])["target_result"].tolist() == ["no target"]


@pytest.mark.parametrize(
    ("years", "changes", "why"),
    [
        (["2010-12", "2011-13", "2012-14", "2013-15", "2014-16"], {}, "overlapping periods"),
        (["2013", "2014", "2015", "2016", "2017"], {"breaks": {"2015-01-01": ""}}, "what is measured changed"),
    ],
)
def test_no_course_is_drawn_where_points_do_not_belong_together(
    years: list[str], changes: dict[str, Any], why: str
) -> None:
    points = rows("\n".join(f"CITY {year} {60 + place} - -" for place, year in enumerate(years)))
    found = course(points, Promise(70, "2030-12-31", "Plan"), indicator(**changes), "2018-07-31")
    assert found["target_result"] == "not judged"
    assert why in str(found["target_reason"])


def test_every_row_has_every_column_and_every_result_its_reason() -> None:
    table = judge(rows(f"{PEERS}{STEEP}\nLAND 2017 71 70 72\nW01 2017 65 63 67"), {"x": indicator()}, BASELINE, PLACE)
    assert tuple(table.columns) == COLUMNS
    for column in ("benchmark_reason", "change_reason", "trend_reason", "target_reason"):
        assert (table[column] != "").all(), column

"""Ranked wards, slopes, gaps, aims and trends of an invented city."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest

from analysis.blocks import Blocks
from analysis.catalogue.model import IndicatorTarget
from analysis.errors import UsageError
from analysis.figures import (
    draw_aim,
    draw_gap,
    draw_life_expectancy_slope,
    draw_ranked_wards,
    draw_trend,
    draw_trends,
)


def table(figure):
    return list(csv.DictReader(io.StringIO(figure.csv)))


def figures(drawn):
    return drawn.blocks if isinstance(drawn, Blocks) else (drawn,)


def test_wards_stand_in_order_with_limits_and_marks(city, check, texts):
    figure = draw_ranked_wards(city, "work")
    check(figure)
    shown = texts(figure)
    names = [words for words in shown if words in ("Abbey", "Castle", "Fold")]
    assert names == ["Fold", "Castle", "Abbey"]
    assert "20.0 (18.5 to 21.5)" in shown
    assert "Exton 64.0" in shown
    assert "England 72.0" in shown
    assert {row["geography"] for row in table(figure)} == {"ward22", "lad", "country"}
    assert "from 20.0% in Fold to 10.0% in Abbey" in figure.alt
    assert "limits of 6 wards leave out" in figure.alt


def test_without_limits_the_note_says_so(city, check):
    figure = draw_ranked_wards(city, "burglary")
    check(figure)
    assert "publishes no limits" in figure.note


@pytest.mark.parametrize(("count", "values"), [(1, [12.0]), (6, [7.0] * 6), (64, None), (30, [None, *range(29)])])
def test_any_number_of_wards_fits_one_page(make, check, count, values):
    city = make(count, values)
    for drawn in (draw_ranked_wards(city, "work"), draw_ranked_wards(city, "span"), draw_gap(city, "span")):
        for figure in figures(drawn):
            check(figure)


def test_a_missing_ward_stands_last_without_a_dot(make, texts):
    figure = draw_ranked_wards(make(values=[10.0, None, 14.0, 16.0, 18.0, 20.0]), "work")
    shown = texts(figure)
    assert "[x] no value" in shown
    assert "Without a value: Brook and Quarry." in figure.alt
    assert shown.index("Brook and Quarry") > shown.index("Abbey")


def test_the_slope_has_its_line_and_the_second_source_its_own(city, check, texts):
    female, male = draw_life_expectancy_slope(city, "span").blocks
    for figure in (female, male):
        check(figure)
    assert [figure.part for figure in (female, male)] == ["female", "male"]
    assert texts(female).count("slope 5.5 years") == 1
    assert "slope 6.0 years" in texts(male)
    assert "slope 6.0 years" not in texts(female)
    assert "rises by 5.5 years (4.0 to 7.0)" in male.alt
    assert "second source rises by 6.0 years" in male.alt
    own = [row for row in table(female) if row["source"] == "survey"]
    first, last = own[0], own[-1]
    run = float(last["position"]) - float(first["position"])
    assert (float(last["fitted"]) - float(first["fitted"])) / run == pytest.approx(5.5)
    assert "Another Office" in male.source


def test_the_gap_stands_beside_what_chance_would_give(city, check, texts):
    figure = draw_gap(city, "span")
    check(figure)
    assert "Females: gap 5.0 years (3.0 to 7.0)" in texts(figure)
    assert "by chance alone: 2.5 years" in texts(figure)
    assert "69.0 years in Abbey, 74.0 years in Fold" in figure.alt
    items = {(row["sex"], row["item"]): row["value"] for row in table(figure)}
    assert items["male", "worst"] == "65"
    assert items["male", "range by chance"] == "2.5"


def test_an_aim_shows_the_city_between_the_worst_and_the_best_of_its_peers(city, check, texts):
    figure = draw_aim(city, "aim-1")
    check(figure)
    rows = {row["indicator"]: row for row in table(figure)}
    assert figure.part == "aim-1"
    assert (rows["work"]["peers_worst"], rows["work"]["peers_best"]) == ("60", "72")
    assert float(rows["work"]["position"]) == pytest.approx((64 - 60) / 12)
    assert (rows["burglary"]["peers_worst"], rows["burglary"]["peers_best"]) == ("17", "11")
    assert float(rows["burglary"]["position"]) < 0
    assert "Worse than all the others: Burglaries." in figure.alt
    assert "64.0%" in texts(figure)
    assert any("neither is better" in words for words in texts(figure))
    assert "One figure that no other area has is left out." in figure.note


def test_a_long_aim_takes_several_pages(city, check):
    work = city.catalogue.indicators["work"]
    names = [f"work{number:02d}" for number in range(40)]
    more = {name: replace(work, id=name, title=f"People in work of a rather particular kind {name}") for name in names}
    rows = city.indicators
    import pandas as pd

    copies = [rows[rows["indicator"] == "work"].assign(indicator=name) for name in names]
    city = replace(city, catalogue=replace(city.catalogue, indicators=more)).with_table("indicators", pd.concat(copies))
    drawn = draw_aim(city, "aim-1").blocks
    assert [figure.part for figure in drawn] == ["aim-1", *(f"aim-1-{n}" for n in range(2, len(drawn) + 1))]
    assert sum(len(table(figure)) for figure in drawn) == 40
    for figure in (*drawn, *figures(draw_trends(city, "aim-1"))):
        check(figure)


def test_an_aim_without_values_gives_nothing(city):
    rows = city.indicators
    bare = city.with_table("indicators", rows[rows["geography"] != "lad"])
    assert draw_aim(bare, "aim-1") == Blocks(())
    assert draw_trends(bare, "aim-1") == Blocks(())
    with pytest.raises(UsageError, match="no aim 'aim-9'"):
        draw_aim(city, "aim-9")


def test_a_trend_has_its_country_its_baseline_and_its_break(city, check, texts):
    figure = draw_trend(city, "work")
    check(figure)
    shown = texts(figure)
    assert "Exton 64.0" in shown
    assert "England 72.0" in shown
    rows = table(figure)
    assert [row["period_end"] for row in rows if row["baseline"]] == ["2017-12-31"]
    assert len(rows) == 10
    assert "60.0% in 2013, 64.0% in 2017 (England 72.0%)" in figure.alt
    assert "[b] break in the series" in figure.note
    whole = city.with_table("indicators", city.indicators.assign(flag=""))
    assert draw_trend(whole, "work").svg != figure.svg


def test_the_baseline_is_what_was_out_by_the_cut_off(city):
    import datetime as dt

    early = replace(city, edition=replace(city.edition, cut_off=dt.date(2017, 2, 1)))
    rows = table(draw_trend(early, "work"))
    assert [row["period_end"] for row in rows if row["baseline"]] == ["2015-12-31"]


def test_two_periods_are_no_trend(city):
    with pytest.raises(UsageError, match="fewer than 3 periods"):
        draw_trend(city, "age")


def test_small_multiples_hold_every_series_with_three_periods(city, check):
    figure = draw_trends(city, "aim-1")
    check(figure)
    assert {row["indicator"] for row in table(figure)} == {"work", "burglary"}
    assert figure.part == "aim-1"


@pytest.mark.parametrize("draw", [draw_ranked_wards, draw_life_expectancy_slope, draw_gap])
def test_one_changed_value_changes_picture_and_table_and_nothing_else_does(make, draw):
    before, again = (figures(draw(make(), "span")) for _ in range(2))
    after = figures(draw(make(values=[10.0, 12.0, 14.0, 16.0, 18.0, 23.0]), "span"))
    assert before == again
    for one, other in zip(before, after, strict=True):
        assert one.svg != other.svg
        assert one.csv != other.csv


def test_what_is_not_there_is_refused_in_a_sentence(city):
    with pytest.raises(UsageError, match="no slope"):
        draw_life_expectancy_slope(city, "work")
    with pytest.raises(UsageError, match="no gap"):
        draw_gap(city, "work")
    with pytest.raises(UsageError, match="has no rows by ward22"):
        draw_ranked_wards(city, "age")


def test_a_stand_in_says_why_it_is_there(city):
    sources = city.sources.assign(stand_in_reason="The first figures came out after the cut-off.")
    figure = draw_ranked_wards(city.with_table("sources", sources), "work")
    assert "The first figures came out after the cut-off." in figure.note


def test_a_target_is_a_line_with_its_value_and_its_year(city, check, texts):
    work = city.catalogue.indicators["work"]
    aimed = replace(work, target=IndicatorTarget(75.0, "2020-03", "A plan, page 3"))
    indicators = {**city.catalogue.indicators, "work": aimed}
    with_target = replace(city, catalogue=replace(city.catalogue, indicators=indicators))
    for draw, subject in ((draw_trend, "work"), (draw_trends, "aim-1")):
        before, figure = draw(city, subject), draw(with_target, subject)
        check(figure)
        assert "Target 75.0, 2020" in texts(figure)
        assert "target 75.0% by 31 March 2020" in figure.alt
        assert "dotted line is a target" in figure.note
        assert "dotted line" not in before.note
        rows = [row for row in table(figure) if row["indicator"] == "work"]
        assert {(row["target_value"], row["target_date"]) for row in rows} == {("75", "2020-03-31")}
        assert {row["target_value"] for row in table(before)} == {""}


def test_a_change_of_next_to_nothing_does_not_fill_the_picture(city, texts):
    rows = city.indicators.copy()
    own = (rows["indicator"] == "burglary") & (rows["geography"] == "lad")
    alone = rows[own & (rows["area_name"] == "Exton")].assign(value=[30.0, 30.0, 30.0, 30.0, 30.1])
    ticks = [
        float(words)
        for words in texts(draw_trend(city.with_table("indicators", alone), "burglary"))
        if words[0].isdigit() and "." in words
    ]
    assert max(ticks) - min(ticks) >= 0.8

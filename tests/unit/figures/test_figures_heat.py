"""Heat tables of an invented city: values, ranks, shades and symbols, and the tables behind them."""

from __future__ import annotations

import csv
import io
import itertools
import re
from dataclasses import replace

import pandas as pd
import pytest

from analysis.blocks import Blocks
from analysis.errors import UsageError
from analysis.figures import draw_city_heat_table, draw_ward_heat_table
from analysis.figures.heat import SHADES
from analysis.figures.sheet import contrast, ink_on, luminance
from analysis.judge.judgement import judge


def table(figure):
    return list(csv.DictReader(io.StringIO(figure.csv)))


def figures(drawn):
    return drawn.blocks if isinstance(drawn, Blocks) else (drawn,)


def of(figure, indicator):
    return {row["area_name"]: row for row in table(figure) if row["indicator"] == indicator}


def with_values(city, indicator, values, column="value", **more):
    """The last year's values of some areas, changed."""
    rows = city.indicators.copy()
    for name, value in values.items():
        at = (rows["indicator"] == indicator) & (rows["area_name"] == name) & (rows["period_end"] == "2017-12-31")
        rows.loc[at, column] = value
    return city.with_table("indicators", rows)


def scored(city, count):
    """The city with a score of deprivation by ward, the last ward the most deprived."""
    work = city.catalogue.indicators["work"]
    inputs = (replace(work.inputs[0], measure="imd_average_score"),)
    score = replace(work, id="need", title="Score of need", polarity="lower_is_better", unit="score", inputs=inputs)
    indicators = {**city.catalogue.indicators, "need": score}
    rows = city.indicators
    wards = rows[(rows["indicator"] == "work") & (rows["geography"] == "ward22")]
    wards = wards.assign(
        indicator="need", unit="score", value=range(count), lower_ci95=float("nan"), upper_ci95=float("nan")
    )
    city = replace(city, catalogue=replace(city.catalogue, indicators=indicators))
    return city.with_table("indicators", pd.concat([rows, wards.assign(flag="")], ignore_index=True))


def test_shades_are_ever_darker_and_letters_read_on_each():
    light = [luminance(shade) for shade in SHADES]
    assert light == sorted(light, reverse=True)
    assert min(a / b for a, b in itertools.pairwise(light)) > 1.3
    assert all(contrast(shade, ink_on(shade)) >= 4.5 for shade in SHADES)


def test_cities_are_ranked_and_shaded_by_polarity(city, check, texts):
    figure = draw_city_heat_table(city, "aim-1")
    check(figure)
    work, burglary = of(figure, "work"), of(figure, "burglary")
    assert [work[name]["rank"] for name in ("Grimby", "Exton", "Ashby", "England")] == ["1", "5", "8", ""]
    assert [work[name]["shade"] for name in ("Grimby", "Exton", "Ashby", "England")] == ["1", "4", "5", ""]
    assert [burglary[name]["rank"] for name in ("Ashby", "Grimby", "Exton")] == ["1", "7", "8"]
    assert {row["ranked"] for row in work.values()} == {"8"}
    assert {"64.0", "72.0", "26.0"} <= set(texts(figure))
    assert "Exton has the worst value of the sister cities in 1: Burglaries." in figure.alt
    assert "Exton has the best value of the sister cities in none." in figure.alt
    assert figure.part == "aim-1"
    assert "2017" in " ".join(texts(figure))


def test_cities_alike_share_a_rank_and_a_shade(city, check, texts):
    changed = with_values(city, "burglary", {"Ashby": 12.0, "Borton": 12.0})
    figure = draw_city_heat_table(changed, "aim-1")
    check(figure)
    burglary = of(figure, "burglary")
    assert burglary["Ashby"]["rank"] == burglary["Borton"]["rank"] == "1"
    assert burglary["Ashby"]["shade"] == burglary["Borton"]["shade"] == "1"
    assert burglary["Corham"]["rank"] == "3"
    assert texts(figure).count("=1") >= 2


def test_symbols_are_what_was_judged(city, check):
    figure = draw_city_heat_table(city, "aim-1")
    judged = city.table("judgements").set_index(["indicator", "area_name", "sex"])["benchmark_result"]
    shown = {(row["indicator"], row["area_name"]): row["comparison"] for row in table(figure)}
    for name in ("Exton", "Ashby", "Grimby"):
        assert shown["work", name] == judged["work", name, "persons"]
    assert shown["work", "Exton"] == "worse"
    assert shown["work", "England"] == shown["burglary", "Exton"] == shown["age", "Exton"] == ""
    assert "By 95% limits Exton is worse than England in 1, better in 0 and similar in 0." in figure.alt


def test_what_is_neutral_missing_or_alike_is_not_shaded(city, check, texts):
    figure = draw_city_heat_table(city, "aim-1")
    age = of(figure, "age")
    assert {row["shade"] for row in age.values()} == {row["rank"] for row in age.values()} == {""}
    assert age["England"]["flag"] == "[x]"
    assert "none" in texts(figure)
    assert "neither end is better" in " ".join(texts(figure))
    assert "Rows without shades: 1" in figure.note
    names = [f"{letter}" for letter in ("Ashby", "Borton", "Corham", "Derlow", "Elmsea", "Farnport", "Grimby", "Exton")]
    level = draw_city_heat_table(with_values(city, "burglary", dict.fromkeys(names, 9.0)), "aim-1")
    check(level)
    assert {row["shade"] for row in of(level, "burglary").values()} == {""}
    gone = with_values(with_values(city, "work", {"Ashby": float("nan")}), "work", {"Ashby": "[c]"}, "flag")
    drawn = draw_city_heat_table(gone, "aim-1")
    check(drawn)
    assert "[c]" in texts(drawn)
    assert "[c] confidential" in drawn.note
    assert of(drawn, "work")["Ashby"]["rank"] == ""


def test_fewer_than_four_cities_have_ranks_and_no_shades(city, check):
    rows = city.indicators
    few = rows[(rows["indicator"] != "burglary") | rows["area_name"].isin(["Exton", "Ashby", "Borton", "England"])]
    figure = draw_city_heat_table(city.with_table("indicators", few), "aim-1")
    check(figure)
    burglary = of(figure, "burglary")
    assert burglary["Exton"]["rank"] == "3"
    assert {row["shade"] for row in burglary.values()} == {""}
    assert "Burglaries" not in figure.alt


def test_headline_indicators_are_the_default(city, check):
    assert draw_city_heat_table(city) == Blocks(())
    chosen = {key: replace(one, headline=key == "work") for key, one in city.catalogue.indicators.items()}
    figure = draw_city_heat_table(replace(city, catalogue=replace(city.catalogue, indicators=chosen)))
    check(figure)
    assert figure.part == "headline"
    assert {row["indicator"] for row in table(figure)} == {"work"}
    with pytest.raises(UsageError, match="no aim 'aim-9'"):
        draw_city_heat_table(city, "aim-9")


def test_many_rows_take_several_pages(city, check):
    work = city.catalogue.indicators["work"]
    names = [f"work{number:02d}" for number in range(40)]
    more = {name: replace(work, id=name, title=f"People in work of a rather particular kind {name}") for name in names}
    rows = city.indicators
    copies = [rows[rows["indicator"] == "work"].assign(indicator=name) for name in names]
    city = replace(city, catalogue=replace(city.catalogue, indicators=more)).with_table("indicators", pd.concat(copies))
    drawn = draw_city_heat_table(city, "aim-1").blocks
    assert [figure.part for figure in drawn] == ["aim-1", *(f"aim-1-{n}" for n in range(2, len(drawn) + 1))]
    assert sum(len({row["indicator"] for row in table(figure)}) for figure in drawn) == 40
    for figure in drawn:
        check(figure)


def test_wards_stand_in_order_of_deprivation(city, check, texts):
    figure = draw_ward_heat_table(scored(city, 6))
    check(figure)
    wards = [row["area_name"] for row in table(figure) if row["indicator"] == "need"]
    shown = [words for words in texts(figure) if words in wards]
    assert shown == wards[::-1]
    assert "most deprived first" in figure.title
    plain = draw_ward_heat_table(city)
    assert "by name" in plain.title
    assert [words for words in texts(plain) if words in wards] == sorted(wards)


def test_wards_are_shaded_by_fifths_and_marked_as_judged(make, check):
    city = make(10)
    figure = draw_ward_heat_table(city)
    check(figure)
    work, burglary = ([row for row in table(figure) if row["indicator"] == key] for key in ("work", "burglary"))
    assert [row["shade"] for row in work] == [str(shade) for shade in (5, 5, 4, 4, 3, 3, 2, 2, 1, 1)]
    assert [row["shade"] for row in burglary] == [str(shade) for shade in (1, 1, 2, 2, 3, 3, 4, 4, 5, 5)]
    judged = judge(city.indicators, city.catalogue.indicators, city.edition, city.place)
    judged = judged[(judged["indicator"] == "work") & (judged["geography"] == "ward22")]
    assert [row["comparison"] for row in work] == judged.sort_values("area_code")["benchmark_result"].tolist()
    assert {row["comparison"] for row in burglary} == {""}
    assert {row["indicator"] for row in table(figure)} == {"work", "burglary", "span", "above"}
    assert not re.search(r"\b(worst|best) ward\b|highest|lowest", figure.alt)


@pytest.mark.parametrize(("count", "values"), [(1, [12.0]), (4, None), (30, [None, *range(29)]), (64, None)])
def test_any_number_of_wards_fits_one_page(make, check, count, values):
    for figure in figures(draw_ward_heat_table(scored(make(count, values), count))):
        check(figure)
        assert {row["shade"] for row in table(figure)} <= ({""} if count < 5 else {"", "1", "2", "3", "4", "5"})


@pytest.mark.parametrize("count", [30, 64])
def test_many_columns_take_several_pages_and_stay_legible(make, check, count):
    city = make(count)
    work = city.catalogue.indicators["work"]
    names = [f"work{number:02d}" for number in range(20)]
    more = {name: replace(work, id=name, title=f"Households deprived in three dimensions {name}") for name in names}
    rows = city.indicators
    copies = [rows[rows["indicator"] == "work"].assign(indicator=name) for name in names]
    city = replace(city, catalogue=replace(city.catalogue, indicators=more)).with_table("indicators", pd.concat(copies))
    drawn = draw_ward_heat_table(city).blocks
    assert [figure.part for figure in drawn] == [str(number) for number in range(1, len(drawn) + 1)]
    assert sorted({row["indicator"] for figure in drawn for row in table(figure)}) == names
    for figure in drawn:
        check(figure)


def test_a_missing_ward_keeps_its_cell(make, check, texts):
    figure = draw_ward_heat_table(make(values=[10.0, None, 14.0, 16.0, 18.0, 20.0]))
    check(figure)
    assert texts(figure).count("[x]") == 6
    assert "Cells without a value: 6." in figure.alt
    gone = [row for row in table(figure) if row["area_name"] == "Brook and Quarry"]
    assert {row["shade"] for row in gone} == {""}


def test_counts_and_neutral_indicators_are_no_columns(city):
    rows = city.indicators[city.indicators["indicator"] == "work"]
    for change in ({"kind": "count"}, {"polarity": "neutral"}):
        only = {"work": replace(city.catalogue.indicators["work"], **change)}
        changed = replace(city, catalogue=replace(city.catalogue, indicators=only)).with_table("indicators", rows)
        with pytest.raises(UsageError, match="no indicator by ward of which one end is better"):
            draw_ward_heat_table(changed)


def test_several_ages_are_several_columns(city, check, texts):
    rows = city.indicators
    wards = rows[(rows["indicator"] == "work") & (rows["geography"] == "ward22")]
    young = wards.assign(age="16-24", value=wards["value"] + 1)
    figure = draw_ward_heat_table(city.with_table("indicators", pd.concat([rows, young])))
    check(figure)
    ages = {row["age"] for row in table(figure) if row["indicator"] == "work"}
    assert ages == {"all", "16-24"}
    assert "People in work, 16-24" in " ".join(texts(figure))


@pytest.mark.parametrize("draw", [lambda city: draw_city_heat_table(city, "aim-1"), draw_ward_heat_table])
def test_one_changed_value_changes_picture_and_table_and_nothing_else_does(make, draw):
    before, again = figures(draw(make())), figures(draw(make()))
    changed = make()
    changed = with_values(changed, "burglary", {"Ashby": 11.5, "Abbey": 10.5})
    assert before == again
    (one,), (other,) = before, figures(draw(changed))
    assert one.svg != other.svg
    assert one.csv != other.csv


def test_the_table_holds_what_is_drawn(city, texts):
    for figure in (draw_city_heat_table(city, "aim-1"), draw_ward_heat_table(city)):
        numbers = sorted(words for words in texts(figure) if re.fullmatch(r"−?\d+\.\d", words))
        values = sorted(f"{float(row['value']):.1f}".replace("-", "−") for row in table(figure) if row["value"])
        assert numbers == values

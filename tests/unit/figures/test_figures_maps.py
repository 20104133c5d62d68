"""Maps of wards and small areas of an invented city."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest

from analysis.errors import UsageError
from analysis.figures import draw_small_area_map, draw_ward_map
from analysis.figures.maps import diverging_palette, sequential_palette
from analysis.figures.sheet import INK, WHITE, contrast, ink_on


def table(figure):
    return list(csv.DictReader(io.StringIO(figure.csv)))


def test_a_ward_map_shows_every_ward_with_its_value(city, check, texts):
    figure = draw_ward_map(city, "work")
    check(figure)
    assert figure.title == "People in work, by ward, Exton, 2017"
    assert "lowest value is 10.0% in Abbey, the highest 20.0% in Fold" in figure.alt
    assert figure.source.startswith("Office of Tests: Survey of Exton (15 January 2018). Outlines: ")
    assert "© Crown copyright" in figure.source
    assert [row["value"] for row in table(figure)] == ["10", "12", "14", "16", "18", "20"]
    shown = texts(figure)
    for words in ("Abbey", "10.0", "20.0", "Fold", "2 km", "north"):
        assert words in shown


def test_a_sex_each_unless_one_is_asked_for(city, check):
    both = draw_ward_map(city, "span").blocks
    assert [figure.part for figure in both] == ["female", "male"]
    assert "females" in both[0].title
    one = draw_ward_map(city, "span", sex="male")
    assert (one.part, one.svg) == ("", both[1].svg)
    check(one)


def test_a_ward_without_a_value_or_without_a_row_is_hatched_and_named(make, check, texts):
    full = draw_ward_map(make(), "work")
    assert "<pattern" not in full.svg
    hole = make(values=[10.0, None, 14.0, 16.0, 18.0, 20.0])
    figure = draw_ward_map(hole, "work")
    check(figure)
    assert "Not available: Brook and Quarry." in figure.alt
    assert "not available [x] (1)" in texts(figure)
    assert "<pattern" in figure.svg
    assert "[x] not available" in figure.note
    rows = hole.indicators
    gone = hole.with_table("indicators", rows[~((rows["area_code"] == "E05000002") & (rows["indicator"] == "work"))])
    absent = draw_ward_map(gone, "work")
    assert absent.svg == figure.svg
    assert [row["flag"] for row in table(absent)][1] == "[x]"


def test_values_on_both_sides_of_zero_are_mapped_by_distance_from_it(city, texts, check):
    figure = draw_ward_map(city, "above", sex="male")
    check(figure)
    shown = texts(figure)
    assert "+5.0" in shown
    assert "−5.0" in shown
    labels = {row["map_class"] for row in table(figure)}
    assert any(label.startswith("−") for label in labels)
    assert "lie above zero" in figure.alt


@pytest.mark.parametrize(("count", "values"), [(1, [12.0]), (6, [7.0] * 6), (64, None), (33, None)])
def test_any_number_of_wards_and_equal_values_fit(make, check, count, values):
    city = make(count, values)
    check(draw_ward_map(city, "work"))
    check(draw_small_area_map(city))


def test_breaks_of_the_definition_are_used_as_they_are(city, texts):
    fixed = replace(city.catalogue.indicators["work"], map_breaks=(11.0, 19.0))
    indicators = {**city.catalogue.indicators, "work": fixed}
    city = replace(city, catalogue=replace(city.catalogue, indicators=indicators))
    shown = texts(draw_ward_map(city, "work"))
    assert {"11.0 or less (1)", "11.1 to 19.0 (4)", "19.1 or more (1)"} <= set(shown)


def test_fixed_breaks_about_zero_are_alike_on_both_sides(city, texts):
    fixed = replace(city.catalogue.indicators["above"], map_breaks=(-3.0, -1.0, 1.0, 3.0))
    indicators = {**city.catalogue.indicators, "above": fixed}
    city = replace(city, catalogue=replace(city.catalogue, indicators=indicators))
    shown = texts(draw_ward_map(city, "above", sex="male"))
    expected = {"+3.0 or more (2)", "+1.0 to +2.9 (1)", "−0.9 to +0.9 (0)", "−2.9 to −1.0 (1)", "−3.0 or less (2)"}
    assert expected <= set(shown)


def test_one_changed_value_changes_picture_table_and_words(make):
    before = draw_ward_map(make(), "work")
    after = draw_ward_map(make(values=[10.0, 12.0, 14.0, 16.0, 18.0, 23.0]), "work")
    assert before.svg != after.svg
    assert before.csv != after.csv
    assert before.alt != after.alt


def test_the_same_figure_has_the_same_bytes(make):
    assert draw_ward_map(make(), "work") == draw_ward_map(make(), "work")
    assert draw_small_area_map(make()) == draw_small_area_map(make())


def test_small_areas_are_counted_by_tenth(city, check, texts):
    figure = draw_small_area_map(city)
    check(figure)
    shown = texts(figure)
    assert "1 (1)" in shown
    assert "2 (2)" in shown
    assert "1 of 2" in shown
    assert "Map of 12 small areas" in figure.alt
    assert "1 of them (8%)" in figure.alt
    assert len(table(figure)) == 12


def test_a_map_of_nothing_is_refused_in_a_sentence(city, make):
    with pytest.raises(UsageError, match="no indicator 'wrok'"):
        draw_ward_map(city, "wrok")
    with pytest.raises(UsageError, match="age has no rows by ward22"):
        draw_ward_map(city, "age")
    with pytest.raises(UsageError, match="no rows for 'male'"):
        draw_ward_map(city, "work", sex="male")
    rows = city.indicators
    empty = city.with_table("indicators", rows.assign(value=rows["value"].where(rows["geography"] != "ward22")))
    with pytest.raises(UsageError, match="no value for any ward"):
        draw_ward_map(empty, "work")


@pytest.mark.parametrize("palette", [*(sequential_palette(n) for n in range(1, 7)), diverging_palette([-2, -1, 1, 2])])
def test_letters_read_on_every_fill_and_outlines_stand_out(palette):
    assert len(set(palette)) == len(palette)
    for fill in palette:
        assert contrast(ink_on(fill), fill) >= 4.5
        assert max(contrast(INK, fill), contrast(WHITE, fill)) >= 3
    with pytest.raises(UsageError, match="at most 6 classes"):
        sequential_palette(7)

"""The chapter on life expectancy by whichever source an edition pins: estimates, ward series or life tables."""

from __future__ import annotations

from typing import Any

import pytest

from analysis import figures, narrative

INDICATOR = "life_expectancy_birth"


@pytest.fixture
def ward_series(tiny: Any, tiny_module: Any) -> Any:
    files = tiny_module.ward_life(tiny.root / "published", tiny.codes)
    tiny.record("fingertips_ward_life_expectancy", "pull-ward22", *files)
    pin(tiny, {"fingertips_ward_life_expectancy": ["pull-ward22"]})
    return tiny.build()


@pytest.fixture
def life_tables(tiny: Any, tiny_module: Any) -> Any:
    folder = tiny.root / "published"
    tiny.record("deaths_lsoa", "2023", *tiny_module.deaths(folder, tiny.codes))
    tiny.record("population_lsoa11_sex", "2018-10-25", *tiny_module.residents_by_sex(folder, tiny.codes))
    pin(tiny, {"deaths_lsoa": ["2023"], "population_lsoa11_sex": ["2018-10-25"]})
    tiny.change("editions", "tinytown-2018", stand_in)
    return tiny.build()


def pin(city: Any, releases: dict[str, list[str]]) -> None:
    city.change("editions", "tinytown-2018", lambda edition: edition["releases"].update(releases))


def stand_in(edition: dict[str, Any]) -> None:
    edition["stand_ins"].append({"source": "deaths_lsoa", "reason": "The deaths came out in 2023."})


def opening(edition: Any) -> str:
    return str(narrative.describe_life_expectancy(edition).markdown)


def box(edition: Any) -> str:
    return str(narrative.box_life_expectancy(edition).markdown)


def titles(drawn: Any) -> list[str]:
    return [figure.title for figure in getattr(drawn, "blocks", [drawn])]


def test_estimates_say_how_they_were_made_and_why_a_ward_has_none(tiny: Any) -> None:
    edition = tiny.build()
    assert "across four middle areas (MSOAs)" in opening(edition)
    assert "A second source" in opening(edition)
    assert "without a published value is left out" in opening(edition)
    assert "no figure for Docks: less than four fifths of the residents live in areas" in opening(edition)
    assert "Wards are estimated" in box(edition)
    assert "They are widened" in box(edition)


@pytest.mark.parametrize("source", ["ward_series", "life_tables"])
def test_wards_with_figures_of_their_own_carry_slope_gap_and_no_word_of_estimates(
    source: str, request: pytest.FixtureRequest
) -> None:
    edition = request.getfixturevalue(source)
    words = opening(edition)
    assert "the slope index of inequality across four wards with figures" in words
    assert "One ward without a figure, or without a place on the scale, is left out for men and one for women." in words
    assert "middle area" not in words + box(edition)
    assert "second source" not in words
    assert "four fifths" not in words
    assert "Wards are estimated" not in box(edition)
    assert "errors of wards are taken as independent" in box(edition)
    gap = str(narrative.describe_gap(edition).markdown)
    assert "Mill lie furthest apart of" in gap
    assert "the errors of the figures alone would put about" in gap
    slope = edition.inequality[edition.inequality["statistic"] == "slope_index"]
    assert set(slope["geography"]) == {"ward22"}


def test_the_box_names_the_method_of_life_tables(life_tables: Any) -> None:
    assert "Abridged life table of the pinned years together." in box(life_tables)
    assert "not of the wards' own period" not in box(life_tables)
    assert "no figure for Docks." in opening(life_tables)
    city = life_tables.latest(INDICATOR, "lad")
    assert set(city["source"]) == {"deaths_lsoa"}
    assert city["numerator"].gt(0).all()


def test_a_city_value_of_another_period_is_named_beside_ward_series(ward_series: Any) -> None:
    assert "the city's value of 2017 to 2019, not of the wards' own period" in box(ward_series)
    assert set(ward_series.latest(INDICATOR, "lad")["source"]) == {"published_levels"}


@pytest.mark.parametrize("source", ["ward_series", "life_tables"])
def test_table_and_figures_of_the_chapter_follow_the_source(source: str, request: pytest.FixtureRequest) -> None:
    edition = request.getfixturevalue(source)
    period = {"ward_series": "2012 to 2016", "life_tables": "2017"}[source]
    table = narrative.table_ward_life_expectancy(edition)
    assert table.title == f"Life expectancy at birth by ward, {period}"
    assert [row[0] for row in table.rows] == ["Docks", "Hill", "Mill", "Park", "Quay"]
    for drawn in (figures.draw_life_expectancy_slope(edition, INDICATOR), figures.draw_gap(edition, INDICATOR)):
        assert titles(drawn)
        assert all(period in title for title in titles(drawn))

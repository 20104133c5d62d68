"""What the library says to a name that is none, and what a figure gives: its data as a frame, its picture as PNG."""

from __future__ import annotations

from typing import Any

import pytest

from analysis import figures, narrative
from analysis.errors import UsageError
from analysis.tables.loaded import LoadedEdition, load_edition


@pytest.fixture(scope="module")
def city(tiny_built: Any) -> LoadedEdition:
    return load_edition("tinytown-2018", tiny_built.project)


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (lambda city: city.latest("imd_extend"), "no indicator 'imd_extend': expected 'imd_extent'"),
        (lambda city: city.rows("poverty"), "'fuel_poverty'"),
        (lambda city: city.latest("imd_extent", "ward99"), "no geography 'ward99': expected 'ward2"),
        (lambda city: city.table("ward"), "has no table 'ward': expected 'wards'"),
        (lambda city: figures.draw_ward_map(city, "imd_extend"), "no indicator 'imd_extend': expected 'imd_extent'"),
    ],
)
def test_a_name_that_is_none_is_refused_with_what_is_near(city: LoadedEdition, ask: Any, says: str) -> None:
    with pytest.raises(UsageError) as refused:
        ask(city)
    assert says in str(refused.value)


def test_an_age_that_is_none_is_refused_with_those_there_are(city: LoadedEdition) -> None:
    from analysis.figures.rows import ward_rows

    with pytest.raises(UsageError, match=r"no series for the age '0-99': expected 'all'"):
        ward_rows(city, "population_total", "persons", "0-99")


def test_a_known_name_without_rows_is_empty_and_not_refused(city: LoadedEdition) -> None:
    assert not city.latest("imd_extent", "ward22").empty
    assert city.latest("imd_extent", "msoa11").empty
    assert city.rows("no_such", if_any=True).empty


def test_completion_shows_functions(city: LoadedEdition) -> None:
    for room in (figures, narrative):
        assert set(dir(room)) == set(room.__all__)
        assert all(callable(getattr(room, name)) for name in dir(room))


def test_a_figure_gives_its_data_and_its_picture(city: LoadedEdition) -> None:
    figure = figures.draw_ward_map(city, "imd_extent")
    assert set(figure.frame()["area_name"]) >= {"Mill", "Quay"}
    small, large = figure.png(50), figure.png(100)
    assert small.startswith(b"\x89PNG\r\n")
    assert len(large) > len(small)

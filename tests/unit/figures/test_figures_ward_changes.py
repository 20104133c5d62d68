"""The map of old and new wards of an invented city."""

from __future__ import annotations

import csv
import io

import pandas as pd
import pytest

from analysis.errors import UsageError
from analysis.figures import draw_ward_changes
from analysis.indicators.wards import CHANGE_COLUMNS


def square(x: int, y: int, width: int, height: int) -> str:
    right, top = x + width, y + height
    return f"POLYGON (({x} {y}, {right} {y}, {right} {top}, {x} {top}, {x} {y}))"


OLD = {
    "E05000001": ("Abbey", square(300000, 400000, 6000, 3000)),
    "E05000002": ("Fold", square(300000, 403000, 6000, 3000)),
}
NEW = {
    "E05900001": ("Abbey", square(300000, 400000, 3000, 6000)),
    "E05900002": ("Garth", square(303000, 400000, 3000, 6000)),
}


def changes(names: tuple[str, str] = ("Abbey", "Garth")) -> pd.DataFrame:
    rows = []
    for old, (old_name, _) in OLD.items():
        for new, new_name in zip(NEW, names, strict=True):
            row = dict.fromkeys(CHANGE_COLUMNS, 0.5) | {"old_geography": "ward22", "new_geography": "ward23"}
            row |= {"old_code": old, "old_name": old_name, "new_code": new, "new_name": new_name}
            rows.append(row | {"overlap": 1 / 3, "same_name": old_name == new_name})
    return pd.DataFrame(rows)


@pytest.fixture
def moved(city):
    outlines = [
        {"geography": geography, "area_code": code, "area_name": name, "wkt": wkt}
        for geography, wards in (("ward22", OLD), ("ward23", NEW))
        for code, (name, wkt) in wards.items()
    ]
    return city.with_table("outlines", pd.DataFrame(outlines)).with_table("ward_changes", changes())


def test_a_name_on_both_sides_is_shaded_hatched_numbered_and_told(moved, check, texts):
    figure = draw_ward_changes(moved)
    check(figure)
    shown = texts(figure)
    for words in ("Abbey", "33%", "old wards", "new wards", "ground of both", "north"):
        assert words in shown
    assert "Fold" not in shown
    assert "two old wards and two new wards. One name stands on both sides" in figure.alt
    assert figure.alt.endswith("this much is common to both: Abbey (33%).")
    assert "<pattern" in figure.svg
    assert "stroke-dasharray" in figure.svg
    plotted = list(csv.DictReader(io.StringIO(figure.csv)))
    assert [row["same_name"] for row in plotted] == ["True", "False", "False", "False"]


def test_without_a_common_name_nothing_is_marked(moved, check):
    figure = draw_ward_changes(moved.with_table("ward_changes", changes(("Heath", "Garth"))))
    check(figure)
    assert "No name stands on both sides." in figure.alt
    assert "<pattern" not in figure.svg


def test_one_set_of_wards_is_no_change(city):
    with pytest.raises(UsageError, match="exton-2018: one set of wards is pinned"):
        draw_ward_changes(city.with_table("ward_changes", pd.DataFrame(columns=list(CHANGE_COLUMNS))))

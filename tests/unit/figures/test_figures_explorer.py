"""The explorer's data: the numbers of the tables, printed as they are elsewhere, missing where they are missing."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pytest

from analysis.errors import MeasureError
from analysis.figures import draw_explorer
from analysis.measures.ranks import rank_range


@pytest.fixture(scope="module")
def explorer(tiny_built):
    from analysis.tables.loaded import load_edition

    return draw_explorer(load_edition("tinytown-2018", tiny_built.project))


@pytest.fixture(scope="module")
def data(explorer):
    return json.loads(explorer.data)


@pytest.fixture(scope="module")
def rows(explorer):
    return list(csv.DictReader(io.StringIO(explorer.csv)))


def test_every_value_is_that_of_the_tables(data, rows):
    held = {(row["indicator"], row["sex"], row["area_code"]): row for row in rows}
    assert len(held) == len(rows) == len(data["series"]) * len(data["wards"]["codes"])
    for series in data["series"]:
        for code, value, text, flag in zip(
            data["wards"]["codes"], series["values"], series["texts"], series["flags"], strict=True
        ):
            row = next(row for (name, _, area), row in held.items() if series["id"].startswith(name) and area == code)
            if "-male" in series["id"] or "-female" in series["id"]:
                row = held[row["indicator"], series["id"].rsplit("-", 1)[1], code]
            assert flag == row["flag"]
            assert (value is None) == (row["value"] == "") == (text == "")
            if value is not None:
                assert value == pytest.approx(float(row["value"]), abs=0.51 * 10 ** -_decimals(value))


def _decimals(value: float) -> int:
    return len(f"{value:.10g}".partition(".")[2]) if value % 1 else 0


def test_a_ward_without_a_value_has_no_class_rank_or_difference(data):
    docks = data["wards"]["names"].index("Docks")
    for series in data["series"]:
        if series["values"][docks] is None:
            assert series["ranks"][docks] is None
            assert series["rankTexts"][docks] == ""
            for view in series["views"].values():
                assert view["classes"][docks] == -1
    assert any(series["values"][docks] is None for series in data["series"])


def test_classes_have_a_label_and_a_colour_each(data):
    for series in data["series"]:
        for view in series["views"].values():
            assert len(view["labels"]) == len(view["colours"]) == len(set(view["colours"]))
            assert max(view["classes"]) < len(view["labels"])


def test_what_cannot_be_compared_says_why(data):
    for series in data["series"]:
        assert set(series["views"]) | set(series["refused"]) == set(data["views"])
        assert not set(series["views"]) & set(series["refused"])
        assert series["refused"]["change"] == "this is the baseline edition"
    counts = [series for series in data["series"] if series["id"] == "population_total"]
    assert "part of the count" in counts[0]["refused"]["city"]


def test_differences_are_from_the_citys_own_value(data, rows):
    compared = [series for series in data["series"] if "city" in series["views"]]
    assert compared
    for series in compared:
        own = [row for row in rows if series["id"].startswith(row["indicator"]) and row["value"]]
        signs = {row["area_code"]: np.sign(float(row["value"]) - float(row["city_value"])) for row in own}
        for code, text in zip(data["wards"]["codes"], series["views"]["city"]["texts"], strict=True):
            if text and float(text.split()[0].strip("+−%").replace(",", "")) > 0:
                assert text.startswith("+" if signs[code] > 0 else "−")


def test_same_edition_same_bytes(explorer, tiny_built):
    from analysis.tables.loaded import load_edition

    again = draw_explorer(load_edition("tinytown-2018", tiny_built.project))
    assert again == explorer


def test_ranks_that_limits_allow():
    best, worst = rank_range([1, 2, 5], [3, 4, 6])
    assert (best.tolist(), worst.tolist()) == ([2, 2, 1], [3, 3, 1])
    alike = rank_range([1, 1], [2, 2])
    assert [part.tolist() for part in alike] == [[1, 1], [2, 2]]
    best, worst = rank_range([np.nan, 1], [np.nan, 2])
    assert np.isnan(best[0])
    assert (best[1], worst[1]) == (1, 1)
    with pytest.raises(MeasureError):
        rank_range([2], [1])

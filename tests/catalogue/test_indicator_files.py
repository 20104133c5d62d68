"""Each indicator file by itself: strictly loaded, named as its file, fed by shipped series, honest about its limits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

import analysis
from analysis.catalogue.load import load_catalogue
from analysis.catalogue.model import Indicator, Input, LeftOut, Place
from analysis.catalogue.strict import build, load_as, load_yaml
from analysis.clean.health_index import repeated_steps

DEFINITIONS = Path(analysis.__file__).parent / "definitions"
REPOSITORY = Path(__file__).parents[2]
FILES = sorted((DEFINITIONS / "indicators").glob("*.yml"))
INDICATORS = {path.stem: load_as(Indicator, path) for path in FILES}
CITY_LEVELS = {"areas", "lad"}


LEFT_OUT_FILE = DEFINITIONS / "left_out.yml"
LEFT_OUT = tuple(
    build(LeftOut, entry, LEFT_OUT_FILE, (number,)) for number, entry in enumerate(load_yaml(LEFT_OUT_FILE))
)


def raw_table(source: str, table: str) -> pd.DataFrame:
    """The latest raw table of a source, all cells text; skips where the figures are not shipped with this copy."""
    found = sorted((REPOSITORY / "data" / "raw" / source).glob(f"*/{table}.csv"))
    if not found:
        pytest.skip(f"data/raw/{source} is not here")
    return pd.read_csv(found[-1], dtype=str, keep_default_na=False)


def of_the_city(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of the places that are defined."""
    codes = {load_as(Place, path).code for path in (DEFINITIONS / "places").glob("*.yml")}
    return table[table["area_code"].isin(codes)]


def inputs() -> Iterator[tuple[Indicator, Input]]:
    """Every input with its indicator."""
    for indicator in INDICATORS.values():
        for given in indicator.inputs:
            yield indicator, given


def shown(source: str) -> dict[str, Indicator]:
    """Indicators by the series of a source that they publish."""
    return {
        given.series["value"]: indicator
        for indicator, given in inputs()
        if given.source == source and given.measure == "published"
    }


def test_there_are_a_hundred_for_the_city_and_eighteen_for_wards() -> None:
    city = {indicator.id for indicator, given in inputs() if CITY_LEVELS & set(given.levels)}
    ward = {indicator.id for indicator, given in inputs() if "ward" in given.levels}
    assert len(city) >= 100
    assert len(ward) >= 18


@pytest.mark.parametrize(("source", "table"), [("els", "observations"), ("health_index", "values")])
def test_every_shipped_series_of_the_city_is_shown_or_left_out_with_a_reason(source: str, table: str) -> None:
    held = set(of_the_city(raw_table(source, table))["series"])
    assert held
    left_out = {entry.series for entry in LEFT_OUT if entry.source == source}
    assert held - set(shown(source)) - left_out == set()
    assert set(shown(source)) - held == set(), "an indicator shows a series without a figure for the city"
    assert set(shown(source)) & left_out == set()


def test_limits_are_compared_only_where_they_are_published() -> None:
    table = raw_table("els", "observations")
    with_limits = set(table.loc[(table["lower_ci95"] != "") & (table["upper_ci95"] != ""), "series"])
    for series, indicator in shown("els").items():
        assert (indicator.comparison == "limits") == (series in with_limits), series
        if indicator.trend == "allowed":
            assert series in with_limits, f"{series}: the trend test needs limits or counts"


def test_no_trend_is_asked_of_the_health_index_and_repeats_are_named() -> None:
    table = raw_table("health_index", "values")
    frame = table.assign(value=pd.to_numeric(table["value"]), period_end=table["year"] + "-12-31")
    repeated = repeated_steps(frame[["series", "area_code", "period_end", "value"]])
    for series, indicator in shown("health_index").items():
        assert indicator.trend != "allowed", series
        for year in repeated.get(series, []):
            assert "repeats its values" in indicator.trend, series
            assert year in indicator.trend, series


def test_every_break_is_used_and_says_what_happened() -> None:
    catalogue = load_catalogue(DEFINITIONS)
    used = {broken for indicator in catalogue.indicators.values() for broken in indicator.breaks.values()}
    assert used == set(catalogue.breaks)
    assert all(item.title and item.reason.endswith(".") for item in catalogue.breaks.values())

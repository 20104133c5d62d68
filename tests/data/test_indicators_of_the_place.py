"""The shipped indicators beside the shipped series: every series has its indicator or a reason, limits are judged."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
import yaml

import analysis
from analysis.catalogue.model import Indicator, Input, LeftOut
from analysis.catalogue.strict import build, load_as, load_yaml
from analysis.clean.health_index import repeated_steps

FACTS = yaml.safe_load(Path(__file__).with_name("facts.yml").read_text(encoding="utf-8"))
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
    """The raw table of the release that the facts name, as text; skips where it is not shipped with this copy."""
    path = REPOSITORY / "data" / "raw" / source / FACTS["releases"][source] / f"{table}.csv"
    if not path.is_file():
        pytest.skip(f"data/raw/{source} is not here")
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def of_the_city(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of the city."""
    return table[table["area_code"] == FACTS["code"]]


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


def test_there_are_as_many_for_the_city_and_for_wards_as_there_were() -> None:
    city = {indicator.id for indicator, given in inputs() if CITY_LEVELS & set(given.levels)}
    ward = {indicator.id for indicator, given in inputs() if "ward" in given.levels}
    assert len(city) >= FACTS["indicators"]["city"]
    assert len(ward) >= FACTS["indicators"]["ward"]


@pytest.mark.parametrize(("source", "table"), [("els", "observations"), ("health_index", "values")])
def test_every_shipped_series_of_the_city_is_shown_or_left_out_with_a_reason(source: str, table: str) -> None:
    held = set(of_the_city(raw_table(source, table))["series"])
    assert held
    left_out = {entry.series for entry in LEFT_OUT if entry.source == source}
    assert held - set(shown(source)) - left_out == set()
    assert set(shown(source)) & left_out == set()


def test_limits_are_compared_where_they_are_published() -> None:
    table = raw_table("els", "observations")
    with_limits = set(table.loc[(table["lower_ci95"] != "") & (table["upper_ci95"] != ""), "series"])
    held = set(table["series"])
    compared = [series for series, one in shown("els").items() if one.comparison == "limits" and series in held]
    assert set(compared) <= with_limits
    assert len(compared) >= FACTS["indicators"]["compared_by_limits"]


def test_no_trend_is_asked_of_the_health_index_and_repeats_are_named() -> None:
    table = raw_table("health_index", "values")
    frame = table.assign(value=pd.to_numeric(table["value"]), period_end=table["year"] + "-12-31")
    repeated = repeated_steps(frame[["series", "area_code", "period_end", "value"]])
    for series, indicator in shown("health_index").items():
        assert indicator.trend != "allowed", series
        for year in repeated.get(series, []):
            assert "repeats its values" in indicator.trend, series
            assert year in indicator.trend, series

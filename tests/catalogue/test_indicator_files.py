"""Each indicator file by itself: strictly loaded, named as its file, fed by shipped series, honest about its limits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

import analysis
from analysis.catalogue.load import load_catalogue
from analysis.catalogue.model import Indicator, Input, Place, Source
from analysis.catalogue.plans import Plan
from analysis.catalogue.strict import build, load_as, load_yaml
from analysis.clean.health_index import repeated_steps
from analysis.indicators.rebuild import DEPRIVATION_COLUMNS

DEFINITIONS = Path(analysis.__file__).parent / "definitions"
REPOSITORY = Path(__file__).parents[2]
FILES = sorted((DEFINITIONS / "indicators").glob("*.yml"))
INDICATORS = {path.stem: load_as(Indicator, path) for path in FILES}
CITY_LEVELS = {"areas", "lad"}


@dataclass(frozen=True)
class LeftOut:
    """A shipped series that no indicator shows, and why."""

    source: str
    series: str
    reason: str


@dataclass(frozen=True)
class HeadlineRules:
    """How the headline indicators were chosen, and what has changed since."""

    rules: tuple[str, ...]
    chosen: int
    changes: tuple[str, ...]


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


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_is_one_indicator_named_as_itself_and_printable(path: Path) -> None:
    indicator = INDICATORS[path.stem]
    assert indicator.id == path.stem
    assert indicator.title[0].isupper() or indicator.title[0].isdigit()
    assert not indicator.title.endswith(".")
    assert len(indicator.title) <= 80
    for sentence in (indicator.definition, indicator.speaks, indicator.limits):
        assert sentence.endswith(".")
    assert indicator.limits.startswith("Contextual: the council influences it, others do too. ")
    assert indicator.inputs
    assert indicator.priorities
    assert not indicator.trend.endswith(".")
    if indicator.kind == "money":
        assert indicator.trend != "allowed", "money of different years is not compared without a deflator"
    if indicator.unit == "%":
        assert indicator.kind == "proportion"


def test_there_are_a_hundred_for_the_city_and_eighteen_for_wards() -> None:
    city = {indicator.id for indicator, given in inputs() if CITY_LEVELS & set(given.levels)}
    ward = {indicator.id for indicator, given in inputs() if "ward" in given.levels}
    assert len(city) >= 100
    assert len(ward) >= 18


def test_titles_tell_indicators_apart() -> None:
    titles = [indicator.title for indicator in INDICATORS.values()]
    assert len(titles) == len(set(titles))


def test_priorities_and_principles_exist_in_a_plan() -> None:
    plans = [load_as(Plan, path) for path in sorted((DEFINITIONS / "plans").glob("*.yml"))]
    priorities = {priority for plan in plans for priority in plan.priorities}
    principles = {principle.id for plan in plans for principle in plan.principles}
    for indicator in INDICATORS.values():
        assert set(indicator.priorities) <= priorities, indicator.id
        assert set(indicator.principles) <= principles, indicator.id


def test_headlines_keep_their_rules() -> None:
    rules = load_as(HeadlineRules, DEFINITIONS / "headline_rules.yml")
    headlines = [indicator for indicator in INDICATORS.values() if indicator.headline]
    assert rules.rules
    assert 15 <= len(headlines) <= 20
    plan = load_as(Plan, DEFINITIONS / "plans" / "igp-2018.yml")
    aim_of = {priority.id: aim.id for aim in plan.aims for priority in aim.priorities}
    first = [aim_of[indicator.priorities[0]] for indicator in headlines]
    assert {aim.id for aim in plan.aims} == set(first)
    assert all(1 <= first.count(aim.id) <= 4 for aim in plan.aims)


@pytest.mark.parametrize(("source", "table"), [("els", "observations"), ("health_index", "values")])
def test_every_shipped_series_of_the_city_is_shown_or_left_out_with_a_reason(source: str, table: str) -> None:
    held = set(of_the_city(raw_table(source, table))["series"])
    assert held
    left_out = {entry.series for entry in LEFT_OUT if entry.source == source}
    assert held - set(shown(source)) - left_out == set()
    assert set(shown(source)) - held == set(), "an indicator shows a series without a figure for the city"
    assert set(shown(source)) & left_out == set()


def test_left_out_series_are_declared_and_have_reasons() -> None:
    assert len({(entry.source, entry.series) for entry in LEFT_OUT}) == len(LEFT_OUT)
    for entry in LEFT_OUT:
        source = load_as(Source, DEFINITIONS / "sources" / f"{entry.source}.yml")
        assert entry.series in source.series
        assert len(entry.reason) > 20


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


def test_roles_are_those_of_the_measures() -> None:
    roles = {
        "published": {"value"},
        "sum": {"count"},
        "apportioned_sum": {"count", "people"},
        "share": {"numerator", "denominator"},
        "rate_per_1000": {"numerator", "denominator"},
        "weighted_mean": {"value", "weight"},
        "life_table": {"deaths", "population"},
        "apportioned_life_expectancy": {"value", "people", "level", "second"},
        "difference_from_city": {"indicator"},
        **{measure: {"score", "rank"} for measure in DEPRIVATION_COLUMNS},
    }
    for indicator, given in inputs():
        assert set(given.series) == roles[given.measure], indicator.id
        if given.measure == "difference_from_city":
            assert given.series["indicator"] in INDICATORS


def test_every_break_is_used_and_says_what_happened() -> None:
    catalogue = load_catalogue(DEFINITIONS)
    used = {broken for indicator in catalogue.indicators.values() for broken in indicator.breaks.values()}
    assert used == set(catalogue.breaks)
    assert all(item.title and item.reason.endswith(".") for item in catalogue.breaks.values())

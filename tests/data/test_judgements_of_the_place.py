"""The shipped figures judged: nothing is lost by a change of code, and refusals are where the definitions say."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from analysis.catalogue.load import Catalogue, load_catalogue
from analysis.make.tables import make_tables
from analysis.paths import DEFINITIONS, Project

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue(DEFINITIONS)


@pytest.fixture(scope="module")
def tables(catalogue: Catalogue) -> dict[str, pd.DataFrame]:
    if not (ROOT / "data" / "raw" / "els").is_dir():
        pytest.skip("data/raw is not here")
    return make_tables(Project(ROOT), catalogue, catalogue.edition("liverpool-2018"))


def test_a_change_of_code_loses_no_observation(tables: dict[str, pd.DataFrame]) -> None:
    """Sheffield's figures stand under two codes in the source; every period of either reaches the indicators once."""
    raw = pd.read_csv(ROOT / "data/raw/els/2026-06-25/observations.csv", dtype=str, keep_default_na=False)
    old, new = "E08000019", "E08000039"
    sheffield = raw[raw["area_code"].isin((old, new)) & (raw["value"] != "")]
    expected = set(zip(sheffield["series"], sheffield["period"].str[:10], strict=True))
    assert {old, new} <= set(raw["area_code"]), "the case would be empty"
    rows = tables["indicators"]
    rows = rows[(rows["source"] == "els") & rows["value"].notna()]
    assert old not in set(rows["area_code"])
    shown = rows[rows["area_code"] == new]
    keys = set(zip(shown["indicator"], shown["period_start"], strict=True))
    cut = {(series, start) for series, start in expected if series in set(shown["indicator"])}
    last = rows.groupby("indicator")["period_start"].max()
    assert {(series, start) for series, start in cut if start <= last[series]} <= keys
    assert not shown.duplicated(["indicator", "sex", "age", "period_start", "period_end"]).any()


def test_verdicts_keep_to_the_definitions(catalogue: Catalogue, tables: dict[str, pd.DataFrame]) -> None:
    found = tables["judgements"]
    for row in found[found["geography"] == "lad"].to_dict("records"):
        definition = catalogue.indicators[row["indicator"]]
        if row["benchmark_result"] in ("better", "worse", "similar"):
            assert definition.comparison == "limits"
            assert pd.notna(row["lower_ci95"])
        if definition.trend != "allowed":
            assert (row["trend_result"], row["trend_reason"]) == ("not tested", definition.trend)
        if definition.polarity == "neutral":
            assert row["benchmark_result"] not in ("better", "worse")
            assert row["peers_place"] == ""
    assert set(found["change_reason"]) == {"this is the baseline edition"}


def test_the_scorecard_has_every_aim_and_priority(catalogue: Catalogue, tables: dict[str, pd.DataFrame]) -> None:
    plan = catalogue.plans["igp-2018"]
    card = tables["scorecard"]
    assert len(card) == len(plan.aims) + len(plan.priorities)
    assert (card["rank_only"] + card["not_compared"] + card["better"] + card["similar"] + card["worse"]
            + card["higher_or_lower"] == card["series"]).all()  # fmt: skip


def test_every_aim_has_a_distribution_or_a_gap(catalogue: Catalogue, tables: dict[str, pd.DataFrame]) -> None:
    found, gaps = tables["distribution"], tables["known_gaps"]
    with_gap = set(found.loc[found["gap"].notna(), "indicator"]) | set(tables["inequality"]["measure"])
    listed = set(gaps.loc[gaps["kind"] == "distribution", "id"])
    for aim in catalogue.plans["igp-2018"].aims:
        mine = {priority.id for priority in aim.priorities}
        held = any(mine & set(catalogue.indicators[key].priorities) for key in with_gap & set(catalogue.indicators))
        assert held != (f"igp-2018 {aim.id}" in listed)
    assert {"race", "statistical-neighbours"} <= set(gaps["id"])


def test_city_shares_lie_between_those_of_the_fifths(tables: dict[str, pd.DataFrame]) -> None:
    shares = tables["distribution"].query("measure == 'share'").set_index("indicator")
    rows = tables["indicators"]
    city = rows[(rows["area_code"] == "E08000012") & rows["indicator"].isin(shares.index)].set_index("indicator")[
        "value"
    ]
    fifths = shares[[f"fifth_{number}" for number in range(1, 6)]]
    assert len(city)
    assert (fifths.min(axis=1)[city.index] <= city).all()
    assert (city <= fifths.max(axis=1)[city.index]).all()

"""Healthy life expectancy is held twice: the collection of local statistics repeats the publisher's own workbook."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

RAW = Path(__file__).parents[2] / "data" / "raw"
TITLES = {"male_healthy_life_expectancy": "Male", "female_healthy_life_expectancy": "Female"}


def latest(source: str, table: str) -> pd.DataFrame:
    found = sorted((RAW / source).glob(f"*/{table}.csv"))[:1]
    if not found:
        pytest.skip(f"data/raw/{source} is not here")
    return pd.read_csv(found[-1], dtype=str, keep_default_na=False)


def test_the_two_are_equal_to_the_last_digit() -> None:
    own = latest("healthy_life_expectancy", "areas")
    own["start"] = own["period"].str[:4]
    collected = latest("els", "observations")
    collected = collected[collected["series"].isin(TITLES)]
    collected = collected.assign(sex=collected["series"].map(TITLES), start=collected["period"].str[:4])
    keys, numbers = ["area_code", "sex", "start"], ["value", "lower_ci95", "upper_ci95"]
    ours = own.set_index(keys)[numbers].sort_index()
    theirs = collected.set_index(keys)[numbers]
    assert len(ours) == 48
    assert len(theirs) > len(ours), "the collection has the other core cities too"
    pd.testing.assert_frame_equal(ours, theirs.loc[ours.index])

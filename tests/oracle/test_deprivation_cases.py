"""Deprivation summaries against those the ministry published."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.measures.deprivation import extent_weight, national_quantile, rank_areas, summarise

ENGLAND_2019, ENGLAND_2025 = 32_844, 33_755


@pytest.fixture(scope="module")
def districts(shared):
    areas = pd.read_csv(shared / "cases" / "imd2019_lsoa_all.csv")
    ours = summarise(areas, by="lad", national_count=ENGLAND_2019, population="pop")
    published = pd.read_csv(shared / "cases" / "imd2019_lad_official.csv", index_col="lad")
    return ours, published


def test_all_of_england_is_read(districts):
    ours, published = districts
    assert ours["areas"].sum() == ENGLAND_2019
    assert len(ours) == 317
    assert len(published) == 12
    assert (ours["reason"] == "").all()


def test_extent_and_proportion_agree_to_the_published_digits(districts):
    ours, published = districts
    for name, column in (("extent", "extent"), ("proportion", "proportion_most_deprived_10")):
        assert ours.loc[published.index, name].round(4).tolist() == published[column].tolist()


def test_average_rank_and_concentration_agree(districts):
    """The ministry's unrounded populations are not published: 0.01 where the 12 agree exactly, 0.2 ranks elsewhere."""
    ours, published = districts
    for name in ("average_rank", "local_concentration"):
        difference = (ours.loc[published.index, name] - published[name]).abs()
        exact = published[f"exact_{name}"]
        assert (difference[exact] < 0.0051).all()
        assert (difference[~exact] < 0.2).all()


def test_ranks_of_districts_are_those_published(districts):
    ours, published = districts
    for name, column in (
        ("average_rank", "rank_average_rank"),
        ("local_concentration", "rank_local_concentration"),
        ("extent", "rank_extent"),
        ("proportion", "rank_proportion"),
    ):
        ranks = rank_areas(ours[name])
        assert ranks[published.index].tolist() == published[column].tolist(), name


def test_published_deciles_are_the_national_tenths(shared):
    areas = pd.read_csv(shared / "cases" / "imd2019_lsoa_all.csv")
    assert (national_quantile(areas["rank"], ENGLAND_2019, groups=10) == areas["decile"]).all()


def test_proportion_of_2025(shared):
    areas = pd.read_csv(shared / "cases" / "imd2025_liverpool_lsoa_ward24.csv").assign(lad="E08000012", people=1.0)
    ours = summarise(areas, by="lad", national_count=ENGLAND_2025, rank="IMD_rank", population="people")
    published = pd.read_csv(shared / "cases" / "imd2025_lad_official.csv", index_col=0)
    column = "imd_proportion_of_lso_as_in_most_deprived_10_percent_nationally"
    assert round(ours.loc["E08000012", "proportion"], 4) == published.loc["E08000012", column]
    assert (national_quantile(areas["IMD_rank"], ENGLAND_2025, groups=10) == areas["IMD_decile"]).all()


def test_wards_without_an_area_are_named_and_not_zero(shared):
    """The best fit reaches 63 of the 64 wards: the one it leaves out must not come back as not deprived."""
    areas = pd.read_csv(shared / "cases" / "imd2025_liverpool_lsoa_ward24.csv").assign(people=1600.0)
    reached = sorted(areas["ward24_code"].unique())
    wards = [*reached, "E05015332"]
    areas["ward"] = pd.Categorical(areas["ward24_code"], categories=wards)
    ours = summarise(
        areas, by="ward", national_count=ENGLAND_2025, rank="IMD_rank", population="people", score="IMD_score"
    )
    assert len(reached) == 63
    assert ours.loc["E05015332", "reason"] == "no areas"
    assert np.isnan(ours.loc["E05015332", ["extent", "average_score", "proportion", "population"]].astype(float)).all()


def test_equal_parts_by_position_are_another_measure(shared):
    """A public implementation cuts the nation into 100 equal parts (ntile) and gets 0.6216; published is 0.6213."""
    areas = pd.read_csv(shared / "cases" / "imd2019_lsoa_all.csv").sort_values("rank")
    parts = np.array_split(np.arange(len(areas)), 100)
    areas["part"] = np.concatenate([np.full(len(part), k) for k, part in enumerate(parts, start=1)])
    city = areas[areas["lad"] == "E08000012"]
    extent = np.average(extent_weight(city["part"]), weights=city["pop"])
    assert round(extent, 4) == 0.6216

"""City and benchmark tables under ``data/raw`` hold the reference values, and clean to what is known of them."""

from __future__ import annotations

import importlib
from pathlib import Path

import pandas as pd
import pytest

from analysis.catalogue.source import Source
from analysis.catalogue.strict import load_as
from analysis.clean.observations import Log
from analysis.paths import DEFINITIONS, Project
from analysis.sources.snapshots import OpenRelease, open_release


def opened(repository: Path, source_id: str) -> tuple[Source, OpenRelease]:
    source = load_as(Source, DEFINITIONS / "sources" / f"{source_id}.yml")
    (release,) = source.releases
    return source, open_release(Project(repository), source_id, release)


def cleaned(repository: Path, source_id: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    source, release = opened(repository, source_id)
    log = Log(source_id, release.snapshot.release)
    frame = importlib.import_module(f"analysis.clean.{source.clean}").clean(release, source, log)
    return frame, log.frame()


def reference(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False)


AREAS = [
    "E08000012",
    "E08000025",
    "E06000023",
    "E08000035",
    "E08000003",
    "E08000021",
    "E06000018",
    "E08000039",
    "E08000019",
]
AREAS += ["E12000002", "E92000001"]


def test_els_holds_every_observation_of_the_areas(repository: Path, shared: Path) -> None:
    source, release = opened(repository, "els")
    theirs = reference(shared / "data/local-authority/ELS_core_cities_NW_England_subset.csv")
    theirs = theirs[theirs["areacd"].isin(AREAS)]
    titles = {name: source_id for source_id, name in _titles(source).items()}
    theirs = theirs.assign(series=theirs["indicator"].map(titles))
    columns = {"areacd": "area_code", "observation": "value", "lci_95": "lower_ci95", "uci_95": "upper_ci95"}
    wanted = ["series", "area_code", "period", "value", "lower_ci95", "upper_ci95", "status", "notes"]
    theirs = theirs.rename(columns=columns)[wanted].sort_values(wanted).reset_index(drop=True)
    ours = release.table("observations")[wanted].sort_values(wanted).reset_index(drop=True)
    pd.testing.assert_frame_equal(ours, theirs)
    subset = reference(shared / "data/local-authority/ELS_core_cities_NW_England_subset.csv")
    units = subset[subset["areacd"].isin(AREAS)].drop_duplicates("indicator")
    series = release.table("series")
    assert dict(zip(series["title"], series["unit"], strict=True)) == dict(
        zip(units["indicator"], units["unit"], strict=True)
    )
    assert len(series) == 77


def _titles(source: Source) -> dict[str, str]:
    return dict(source.tables["observations"].layouts[0].recode["series"])


def test_els_series_ids_are_those_of_the_files(repository: Path, shared: Path) -> None:
    source, _ = opened(repository, "els")
    theirs = reference(shared / "data/local-authority/ELS_core_cities_NW_England_subset.csv").drop_duplicates(
        "indicator"
    )
    several = theirs["file"].map(theirs["file"].value_counts()) > 1
    words = theirs["indicator"].where(several, theirs["file"]).str.lower()
    ids = words.str.replace("[^a-z0-9]+", "_", regex=True).str.strip("_")
    assert dict(zip(ids, theirs["indicator"], strict=True)) == _titles(source)
    assert set(source.series) == set(ids)


def test_els_unifies_sheffield_and_loses_nothing(repository: Path) -> None:
    frame, log = cleaned(repository, "els")
    raw = opened(repository, "els")[1].table("observations")
    both = raw[raw["area_code"].isin(["E08000019", "E08000039"])]
    expected = len(both.drop_duplicates(["series", "period"]))
    assert (frame["area_code"] == "E08000039").sum() == expected
    assert not frame["area_code"].eq("E08000019").any()
    actions = log.groupby("action")["rows"].sum()
    assert actions["rows in"] - actions["left out"] == actions["rows out"] == len(frame)
    assert (actions["code changed"], actions["left out"]) == (591, 63)


def test_els_limits_and_flags(repository: Path) -> None:
    frame, _ = cleaned(repository, "els")
    assert frame.loc[frame["lower_ci95"].notna(), "series"].nunique() == 20
    city = frame[frame["area_code"] == "E08000012"]
    assert city["series"].nunique() == 73
    assert frame["flag"].value_counts().to_dict() == {"": len(frame) - 13, "[x]": 10, "[u][x]": 3}
    claimants = city[city["series"] == "claimant_count"]
    assert claimants["period_end"].tolist() == [f"{year}-12-31" for year in range(2001, 2026)]


def test_els_periods_are_the_publishers_intervals(repository: Path) -> None:
    frame, _ = cleaned(repository, "els")
    lengths = pd.to_datetime(frame["period_end"]) - pd.to_datetime(frame["period_start"])
    years = frame["series"].map(lengths.groupby(frame["series"]).max().dt.days)
    assert set(years[frame["series"] == "male_healthy_life_expectancy"]) == {1095}
    assert set(lengths[frame["series"] == "food_outlets"].dt.days) == {0}
    assert set(lengths[frame["series"] == "short_term_let_average_length_of_stay"].dt.days) == {27, 28, 29, 30}


def test_health_index_equals_the_reference(repository: Path, shared: Path) -> None:
    source, release = opened(repository, "health_index")
    theirs = reference(shared / "data/local-authority/health_index_core_cities.csv")
    names = {name: series for series, name in source.tables["values"].layouts[0].recode["series"].items()}
    theirs = theirs.rename(columns={"ltla21_code": "area_code"}).assign(series=theirs["indicator"].map(names))
    wanted = ["area_code", "year", "series", "value"]
    theirs = theirs[wanted].sort_values(wanted).reset_index(drop=True)
    pd.testing.assert_frame_equal(release.table("values").sort_values(wanted).reset_index(drop=True), theirs)


def test_health_index_repeats_are_logged(repository: Path) -> None:
    frame, log = cleaned(repository, "health_index")
    assert frame["series"].nunique() == 56
    repeated = log[log["action"] == "repeated"]
    steps = frame["series"].nunique() * 6
    assert 0.2 < repeated["rows"].sum() / steps < 0.3
    flat = repeated[repeated["detail"].str.contains("2016, 2017, 2018")]
    assert len(flat) == 12
    assert (frame["area_code"] == "E08000039").sum() == 56 * 7


def test_healthy_life_expectancy_equals_the_reference(repository: Path, shared: Path) -> None:
    theirs = reference(shared / "data/life-expectancy/ONS_HLE_LiverpoolCityRegion_2011-13_onwards.csv")
    theirs = theirs[theirs["Area code"].isin(["E08000012", "E92000001"])]
    ours = opened(repository, "healthy_life_expectancy")[1].table("areas")
    wanted = ["Area code", "Sex", "Period", "HLE", "LCI", "UCI", "Proportion (%)"]
    keys = ["area_code", "sex", "period", "value", "lower_ci95", "upper_ci95", "proportion_good_health"]
    assert ours[keys].to_numpy().tolist() == theirs.sort_values(wanted[:3])[wanted].to_numpy().tolist()
    frame, _ = cleaned(repository, "healthy_life_expectancy")
    els, _ = cleaned(repository, "els")
    for sex in ("male", "female"):
        own = frame[
            (frame["series"] == "healthy_life_expectancy") & (frame["sex"] == sex) & (frame["geography"] == "lad")
        ]
        other = els[(els["series"] == f"{sex}_healthy_life_expectancy") & (els["area_code"] == "E08000012")]
        assert own["value"].tolist() == other["value"].tolist()


def test_published_levels(repository: Path) -> None:
    source, release = opened(repository, "published_levels")
    levels = release.table("levels")
    assert (levels["unit"] == levels["series"].map(lambda name: source.series[name].unit)).all()
    assert (levels["citation"].str.len() > 20).all()
    assert (levels["quality"] != "").all()
    frame, _ = cleaned(repository, "published_levels")
    le = frame[frame["series"] == "life_expectancy"].set_index("sex")["value"]
    assert le.to_dict() == {"female": 80.3, "male": 76.2}


@pytest.mark.parametrize(("year", "release"), [("2015", "2015-09-30"), ("2019", "2019-09-26"), ("2025", "2025-10-30")])
def test_typed_ranks_are_those_of_the_summaries(repository: Path, year: str, release: str) -> None:
    levels = opened(repository, "published_levels")[1].table("levels")
    summaries = open_release(Project(repository), "iod_summaries", release).table("districts")
    city = summaries[(summaries["lad_code"] == "E08000012") & (summaries["domain"] == "imd")].iloc[0]
    typed = levels[(levels["period"] == year) & levels["series"].str.startswith("rank_of")]
    assert len(typed) >= 1
    assert {row["series"]: row["value"] for _, row in typed.iterrows()} == {n: city[n] for n in typed["series"]}

"""Small-area tables under ``data/raw`` hold the values of the reference files, and clean to what is known of them."""

from __future__ import annotations

import importlib
from pathlib import Path

import pandas as pd
import pytest

from analysis.catalogue.source import Source
from analysis.catalogue.strict import load_as
from analysis.clean.observations import Log
from analysis.paths import DEFINITIONS, Project
from analysis.sources.releases import record_release
from analysis.sources.snapshots import open_release


def raw(repository: Path, source_id: str, release: str, table: str) -> pd.DataFrame:
    return open_release(Project(repository), source_id, release).table(table)


def cleaned(repository: Path, source_id: str, release: str) -> pd.DataFrame:
    source = load_as(Source, DEFINITIONS / "sources" / f"{source_id}.yml")
    cleaner = importlib.import_module(f"analysis.clean.{source.clean}")
    return cleaner.clean(open_release(Project(repository), source_id, release), source, Log(source_id, release))


def reference(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def total(frame: pd.DataFrame, series: str) -> float:
    return float(frame.loc[frame["series"] == series, "value"].sum())


def test_life_expectancy_by_msoa_equals_the_workbook(repository: Path, shared: Path) -> None:
    path = shared / "data/life-expectancy/REQ3292_LifeExpectancy_2011MSOAs_England_2016_to_2020.xlsx"
    theirs = pd.read_excel(path, engine="calamine").set_index(["Code", "Sex"])
    ours = raw(repository, "life_expectancy_msoa", "2024-11-14", "msoa")
    assert len(ours) == 183
    mine = ours.set_index(["msoa11_code", "sex"]).replace("", "nan").astype("float64")
    theirs = theirs.loc[mine.index]
    names = {
        "life_expectancy": "Life Expectancy at birth (in years)",
        "lower_ci95": "Lower 95% confidence interval",
        "upper_ci95": "Upper 95% confidence interval",
        "deaths": "No of Deaths",
        "person_years": "Population",
    }
    for own, other in names.items():
        numbers = pd.to_numeric(theirs[other], errors="coerce").astype("float64")
        pd.testing.assert_series_equal(mine[own], numbers, check_names=False, check_exact=True)
    frame = cleaned(repository, "life_expectancy_msoa", "2024-11-14")
    blank = frame[frame["flag"] == "[x]"].groupby("sex").size().to_dict()
    assert blank == {"male": 4, "female": 4, "persons": 3}
    assert set(frame.loc[frame["value"].notna(), "flag"]) == {"[u]"}
    wards = frame[(frame["series"] == "life_expectancy") & frame["value"].notna()]
    assert wards["lower_ci95"].notna().all()


def test_male_life_expectancy_equals_the_package(repository: Path, shared: Path) -> None:
    theirs = reference(shared / "data/life-expectancy/smile_liv_msoa_male_LEB.csv").sort_values("msoa11cd")
    ours = raw(repository, "life_expectancy_msoa_male", "2020-03", "msoa")
    assert ours.to_numpy().tolist() == theirs[["msoa11cd", "leb_est"]].to_numpy().tolist()
    frame = cleaned(repository, "life_expectancy_msoa_male", "2020-03")
    assert set(frame["sex"]) == {"male"}
    other = cleaned(repository, "life_expectancy_msoa", "2024-11-14")
    men = other[other["sex"] == "male"].pivot(index="area_code", columns="series", values="value")
    joined = frame.set_index("area_code")["value"].to_frame().join(men)
    mean = (joined["value"] * joined["person_years"]).sum() / joined["person_years"].sum()
    assert mean == pytest.approx(75.8, abs=0.05)
    other = other[(other["series"] == "life_expectancy") & (other["sex"] == "male")]
    pairs = frame.merge(other, on="area_code").dropna(subset=["value_x", "value_y"])
    assert pairs["value_x"].corr(pairs["value_y"]) == pytest.approx(0.84, abs=0.01)


def test_fuel_poverty_equals_the_other_copy_and_rewrites_to_the_same_bytes(
    repository: Path, shared: Path, tmp_path: Path
) -> None:
    theirs = reference(shared / "data/small-area/fuel_poverty_2020_LSOA11_Liverpool.csv").sort_values("LSOA Code")
    ours = raw(repository, "fuel_poverty", "2022-04-28", "lsoa")
    assert ours["lsoa11_code"].tolist() == theirs["LSOA Code"].tolist()
    assert ours["households"].astype(float).tolist() == theirs["Number of households"].astype(float).tolist()
    poor = theirs["Number of households in fuel poverty"].astype(float).tolist()
    assert ours["fuel_poor_households"].astype(float).tolist() == poor
    frame = cleaned(repository, "fuel_poverty", "2022-04-28")
    assert (total(frame, "fuel_poor_households"), total(frame, "households")) == (41297, 221126)
    source = load_as(Source, DEFINITIONS / "sources/fuel_poverty.yml")
    codes = frozenset(ours["lsoa11_code"])
    book = shared / "data/small-area/sub-regional-fuel-poverty-2022-tables.xlsx"
    (path,) = record_release(Project(tmp_path), source, "2022-04-28", [book], lambda _: codes, "2026-11-22")
    assert path.read_bytes() == (repository / "data/raw/fuel_poverty/2022-04-28/lsoa.csv").read_bytes()


def test_child_low_income_equals_the_table_by_name(repository: Path, shared: Path) -> None:
    path = shared / "data/small-area/children_relative_low_income_msoa_2014-15_to_2021-22_liverpool.csv"
    theirs = pd.read_csv(path, dtype=str, keep_default_na=False, skiprows=[1])
    lookup = reference(shared / "data/lookups/liverpool_lsoa11_msoa11.csv")
    codes = dict(zip(lookup["msoa11_name"], lookup["msoa11_code"], strict=True))
    years = [column for column in theirs if column[:2] == "20" and "Annotations" not in column]
    assert len(years) == 8
    ours = raw(repository, "child_low_income", "2023-03-23", "msoa").set_index(["msoa11_code", "year"])["children"]
    expected = {(codes[row["Year"]], year): row[year] for _, row in theirs.iterrows() for year in years}
    assert ours.to_dict() == expected
    frame = cleaned(repository, "child_low_income", "2023-03-23")
    assert frame["period_start"].min() == "2014-04-01"
    assert set(frame.loc[frame["period_end"] == "2022-03-31", "flag"]) == {"[p]"}


CENSUS = [
    ("deprivation", "2022-11-02", "household_deprivation21", "deprivation_dimensions", "total_households", 207527),
    ("overcrowding", "2023-01-05", "household_overcrowding21", "occupancy_rating", "total_households", 207494),
    ("tenure", "2023-01-05", "household_tenure21", "tenure", "total_households", 207523),
    ("disability", "2023-01-19", "disability21", "disability", "total_residents", 486093),
]


@pytest.mark.parametrize(("topic", "release", "file", "category", "all_column", "sum_of_all"), CENSUS)
def test_census_tables_equal_the_reference(
    repository: Path, shared: Path, topic: str, release: str, file: str, category: str, all_column: str, sum_of_all: int
) -> None:
    theirs = reference(shared / f"data/small-area/liverpool_{file}_lsoa21.csv")
    source_id = f"census2021_{topic}"
    source = load_as(Source, DEFINITIONS / "sources" / f"{source_id}.yml")
    pivot = source.tables["lsoa"].layouts[1].pivot
    assert pivot is not None
    ours = raw(repository, source_id, release, "lsoa").set_index("lsoa21_code")
    for name, label in pivot["names"].items():
        cells = theirs[theirs[category] == label].set_index("lsoa21_code")["n"]
        assert ours[name].to_dict() == cells.to_dict(), name
    whole = "residents" if topic == "disability" else "households"
    assert ours[whole].to_dict() == theirs.drop_duplicates("lsoa21_code").set_index("lsoa21_code")[all_column].to_dict()
    frame = cleaned(repository, source_id, release)
    assert total(frame, whole) == sum_of_all
    assert frame.loc[frame["series"] != whole, "value"].sum() == sum_of_all
    assert frame["area_code"].nunique() == 302


def test_census_2011_wards_equal_the_reference(repository: Path, shared: Path) -> None:
    folder = shared / "data/small-area"
    health = reference(folder / "census2011_liverpool_30wards_health_ns_sec.csv").sort_values("code")
    ours = raw(repository, "census2011_wards", "2013-01-30", "health")
    assert (
        ours.to_numpy().tolist()
        == health[["code", "pop", "ghealth", "pop16_74", "higher_managerial"]].to_numpy().tolist()
    )
    rent = reference(folder / "census2011_liverpool_30wards_social_rent.csv").sort_values("geo_code")
    assert raw(repository, "census2011_wards", "2013-01-30", "tenure").to_numpy().tolist() == rent.to_numpy().tolist()
    frame = cleaned(repository, "census2011_wards", "2013-01-30")
    assert total(frame, "residents") == 466415
    assert total(frame, "residents_very_good_health") / 466415 == pytest.approx(0.467, abs=0.001)


@pytest.mark.parametrize(
    ("release", "file"),
    [
        ("2019-09-26", "imd2019_liverpool_lsoa11_indicators.csv"),
        ("2019-09-26", "iod2019_liverpool_idaci_idaopi.csv"),
        ("2025-10-30", "imd2025_liverpool_lsoa21_indicators.csv"),
    ],
)
def test_underlying_indicators_equal_the_reference(repository: Path, shared: Path, release: str, file: str) -> None:
    source = load_as(Source, DEFINITIONS / "sources/iod_indicators.yml")
    theirs = reference(shared / "data/deprivation" / file)
    checked: set[str] = set()
    for name in source.releases[release].tables:
        layout = source.tables[name].layouts[1]
        code, *columns = layout.columns.values()
        if not {code, *columns} <= set(theirs):
            continue
        ours = raw(repository, "iod_indicators", release, name)
        other = theirs.sort_values(code)[[code, *columns]]
        assert ours[list(layout.columns)].to_numpy().tolist() == other.to_numpy().tolist(), name
        checked |= set(columns)
    kept = [c for c in theirs if not c.startswith(("LSOA", "lsoa", "Local Authority", "Index of Multiple"))]
    assert checked == set(kept)

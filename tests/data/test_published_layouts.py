"""Invented files in the layouts of the publishers, recorded and cleaned: next year's release is one command."""

from __future__ import annotations

import csv
import importlib
import shutil
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from analysis.catalogue.source import Source
from analysis.catalogue.strict import load_as
from analysis.clean.observations import Log
from analysis.errors import DataError
from analysis.paths import DEFINITIONS, Project
from analysis.sources.releases import record_release
from analysis.sources.snapshots import open_release

CODES = {
    "areas": {"E08000012", "E08000003", "E92000001"},
    "lsoa11": {"E01006512", "E01006513"},
    "lsoa21": {"E01006512", "E01006514"},
    "ward22": {"E05000886"},
    "ward23": {"E05015277", "E05015278"},
}
Row = list[object]
Recorder = Callable[..., pd.DataFrame]


def write_csv(path: Path, rows: list[Row]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows(rows)
    return path


def write_xlsx(path: Path, sheet: str, rows: list[Row]) -> Path:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.title = sheet
    for row in rows:
        page.append(row)
    book.save(path)
    return path


@pytest.fixture
def record(tmp_path: Path) -> Recorder:
    """Record files as a release of a source in a project of their own, and clean what was recorded."""
    project = Project(tmp_path)

    def run(source_id: str, release: str, *files: Path) -> pd.DataFrame:
        source = load_as(Source, DEFINITIONS / "sources" / f"{source_id}.yml")
        record_release(project, source, release, files, lambda name: frozenset(CODES[name]), "2026-11-22")
        cleaner = importlib.import_module(f"analysis.clean.{source.clean}")
        return cleaner.clean(open_release(project, source_id, release), source, Log(source_id, release))

    return run


NOMIS = {
    "deprivation": (
        "2022-11-02",
        [
            "Household deprivation: Total: All households; measures: Value",
            "Household deprivation: Household is not deprived in any dimension; measures: Value",
            "Household deprivation: Household is deprived in one dimension; measures: Value",
            "Household deprivation: Household is deprived in two dimensions; measures: Value",
            "Household deprivation: Household is deprived in three dimensions; measures: Value",
            "Household deprivation: Household is deprived in four dimensions; measures: Value",
        ],
    ),
    "overcrowding": (
        "2023-01-05",
        [
            "Occupancy rating for bedrooms: Total: All households",
            *(
                f"Occupancy rating for bedrooms: Occupancy rating of bedrooms: {r}"
                for r in ("+2 or more", "+1", "0", "-1", "-2 or less")
            ),
        ],
    ),
    "disability": (
        "2023-01-19",
        [
            "Disability: Total: All usual residents",
            "Disability: Disabled under the Equality Act",
            "Disability: Not disabled under the Equality Act",
        ],
    ),
    "tenure": (
        "2023-01-05",
        [
            "Tenure of household: Total: All households",
            "Tenure of household: Owned: Owns outright",
            "Tenure of household: Owned: Owns with a mortgage or loan",
            "Tenure of household: Shared ownership: Shared ownership",
            "Tenure of household: Social rented: Rents from council or Local Authority",
            "Tenure of household: Social rented: Other social rented",
            "Tenure of household: Private rented: Private landlord or letting agency",
            "Tenure of household: Private rented: Other private rented",
            "Tenure of household: Lives rent free",
        ],
    ),
}


@pytest.mark.parametrize("topic", NOMIS)
def test_census_bulk_files(topic: str, record: Recorder, tmp_path: Path) -> None:
    release, headings = NOMIS[topic]
    parts = list(range(1, len(headings)))
    rows: list[Row] = [["date", "geography", "geography code", *headings]]
    rows += [
        [2021, name, code, sum(parts), *parts]
        for name, code in (("a", "E01006512"), ("b", "E01006514"), ("c", "E01000001"))
    ]
    frame = record(f"census2021_{topic}", release, write_csv(tmp_path / "census2021-lsoa.csv", rows))
    total = "residents" if topic == "disability" else "households"
    assert set(frame["area_code"]) == {"E01006512", "E01006514"}
    assert (frame.loc[frame["series"] == total, "value"] == sum(parts)).all()
    others = frame[(frame["series"] != total) & (frame["area_code"] == "E01006512")]
    assert sorted(others["value"]) == parts
    assert set(frame["period_start"]) == {"2021-03-21"}


def test_fuel_poverty_workbook(record: Recorder, tmp_path: Path) -> None:
    heading = ["LSOA Code", "LSOA Name", "LA Code", "LA Name", "Region", "Number of households"]
    heading += ["Number of households in fuel poverty", "Proportion of households fuel poor (%)"]
    rows: list[Row] = [["Table 3"], [""], [*heading]]
    rows += [["E01006512", "", "", "", "", 854.0, 193.0, 22.6], ["E01000001", "", "", "", "", 5.0, 1.0, 20.0]]
    frame = record("fuel_poverty", "2022-04-28", write_xlsx(tmp_path / "fuel.xlsx", "Table 3", rows))
    assert dict(zip(frame["series"], frame["value"], strict=True)) == {
        "fuel_poor_households": 193.0,
        "households": 854.0,
    }
    assert set(frame["flag"]) == {"[e]"}


def stat_xplore(tmp_path: Path, names: list[str]) -> Path:
    years = ["2022/23", "2023/24 (p)"]
    heading: Row = ["Year"]
    for year in years:
        heading += [year, f"{year[:7]} - Annotations"]
    rows: list[Row] = [[*heading, ""], ["National - Regional - LA - OAs (GB)"]]
    return write_csv(
        tmp_path / "stat-xplore.csv", rows + [[name, 10 + i, "", 20 + i, "", ""] for i, name in enumerate(names)]
    )


def test_child_low_income_by_name_with_years_of_any_release(record: Recorder, tmp_path: Path, repository: Path) -> None:
    lookup = "data/raw/lookup_lsoa11_msoa11"
    shutil.copytree(repository / lookup, tmp_path / lookup)
    table = pd.read_csv(next((tmp_path / lookup).glob("*/lookup.csv")))
    codes = dict(zip(table["msoa11_name"], table["msoa11_code"], strict=True))
    names = sorted(codes)
    frame = record("child_low_income", "2023-03-23", stat_xplore(tmp_path, [*names, "Elsewhere 001"]))
    assert set(frame["area_code"]) == set(codes.values())
    first = frame[frame["area_code"] == codes[names[0]]]
    assert first["value"].tolist() == [10.0, 20.0]
    assert first["period_end"].tolist() == ["2023-03-31", "2024-03-31"]
    assert first["flag"].tolist() == ["", "[p]"]
    with pytest.raises(
        DataError, match=f"1 of {len(names)} names of lookup_lsoa11_msoa11 are missing, first '{names[0]}'"
    ):
        record("child_low_income", "2023-03-23", stat_xplore(tmp_path, names[1:]))


def test_healthy_life_expectancy_workbook(record: Recorder, tmp_path: Path) -> None:
    heading = ["Period", "Country", "Area type", "Area code", "Area name", "Sex", "Sex code", "Age group", "Age code"]
    heading += ["HLE", "LCI", "UCI", "Proportion (%)"]
    rows: list[Row] = [["notes"]] * 5 + [[*heading]]
    for code in ("E08000012", "E06000006"):
        for age in ("<1", "65 to 69"):
            for sex, number in (("Male", 1), ("Female", 2)):
                rows.append(
                    ["2023 to 2025", "England", "Local Areas", code, "", sex, number, age, 1, 58.4, 56.1, 60.6, 76]
                )
    frame = record("healthy_life_expectancy", "2026-02-19", write_xlsx(tmp_path / "hle.xlsx", "1", rows))
    assert frame["sex"].tolist() == ["female", "male"] * 2
    frame = frame[frame["sex"] == "male"]
    assert frame["series"].tolist() == ["good_health", "healthy_life_expectancy"]
    assert frame.iloc[1][["area_code", "sex", "value", "lower_ci95", "upper_ci95", "period_end"]].tolist() == [
        "E08000012",
        "male",
        58.4,
        56.1,
        60.6,
        "2025-12-31",
    ]


ELS = [
    "areacd",
    "areanm",
    "geography",
    "indicator",
    "period",
    "observation",
    "measure",
    "unit",
    "lci_95",
    "uci_95",
    "status",
    "notes",
]


def els(path: Path, title: str, unit: str, *rows: Row) -> Path:
    body: list[Row] = [[a, "", "", title, p, v, "Percentage", unit, "", "", s, ""] for a, p, v, s in rows]
    return write_csv(path, [[*ELS], *body])


def test_explore_local_statistics_one_file_for_each_indicator(record: Recorder, tmp_path: Path) -> None:
    one = els(
        tmp_path / "a.csv",
        "Claimant Count",
        "%",
        ["E08000012", "2026-01-01/P1Y", 4.1, ""],
        ["E06000006", "2026-01-01/P1Y", 4, ""],
    )
    two = els(
        tmp_path / "b.csv", "Active businesses", "Number of enterprises", ["E92000001", "2025-01-01/P1Y", "", "x"]
    )
    frame = record("els", "2026-06-25", one, two)
    assert frame[["series", "area_code", "flag"]].to_numpy().tolist() == [
        ["active_businesses", "E92000001", "[x]"],
        ["claimant_count", "E08000012", ""],
    ]


def test_explore_local_statistics_with_an_unknown_title_or_another_unit(record: Recorder, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="'New title', which the layout does not name"):
        record("els", "2026-06-25", els(tmp_path / "a.csv", "New title", "%", ["E08000012", "2026-01-01/P1Y", 4, ""]))
    with pytest.raises(DataError, match="claimant_count is in 'people', its definition says '%'"):
        record(
            "els",
            "2026-06-25",
            els(tmp_path / "a.csv", "Claimant Count", "people", ["E08000012", "2026-01-01/P1Y", 4, ""]),
        )


def test_health_index_workbook(record: Recorder, tmp_path: Path) -> None:
    rows: list[Row] = [["t"], ["t"], ["t"], ["Area code", "Year", "Indicator name", "Value"]]
    rows += [["E08000012", 2022, "Smoking", 17.5], ["E09000001", 2022, "Smoking", 10.0]]
    frame = record("health_index", "2023-06-16", write_xlsx(tmp_path / "hi.xlsx", "Table_2_Underlying_data", rows))
    assert frame[["series", "area_code", "value"]].to_numpy().tolist() == [["hi_smoking", "E08000012", 17.5]]


FINGERTIPS = [
    "Indicator ID",
    "Indicator Name",
    "Parent Code",
    "Parent Name",
    "Area Code",
    "Area Name",
    "Area Type",
    "Sex",
    "Age",
    "Category Type",
    "Category",
    "Time period",
    "Value",
    "Lower CI 95.0 limit",
    "Upper CI 95.0 limit",
    "Lower CI 99.8 limit",
    "Upper CI 99.8 limit",
    "Count",
    "Denominator",
    "Value note",
    "Recent Trend",
]


def test_fingertips_by_ward(record: Recorder, tmp_path: Path) -> None:
    def row(code: str, sex: str, value: object = 78.1, category: str = "", indicator: int = 93283) -> Row:
        limits: Row = ["", ""] if value == "" else [76.0, 80.0]
        name = "Life expectancy at birth, (upper age band 90+)"
        return [
            indicator,
            name,
            "E08000012",
            "Liverpool",
            code,
            "",
            "Wards",
            sex,
            "All ages",
            category,
            category,
            "2016 - 20",
            value,
            *limits,
            *[""] * 6,
        ]

    rows: list[Row] = [
        [*FINGERTIPS],
        row("E05015277", "Male"),
        row("E05015277", "Female", ""),
        row("E05000001", "Male"),
    ]
    rows += [row("E05015278", "Male", category="Deprivation"), row("E05015278", "Male", indicator=1)]
    rows += [row("E05015277", "Male")]
    frame = record("fingertips_ward_life_expectancy", "pull-ward23", write_csv(tmp_path / "f.csv", rows))
    assert frame[
        ["geography", "area_code", "sex", "age", "period_start", "period_end"]
    ].drop_duplicates().to_numpy().tolist() == [
        ["ward23", "E05015277", "female", "all", "2016-01-01", "2020-12-31"],
        ["ward23", "E05015277", "male", "all", "2016-01-01", "2020-12-31"],
    ]
    assert frame["flag"].tolist() == ["[x]", ""]
    assert set(frame["series"]) == {"life_expectancy"}


GROUPS = ["Under 1", "01 to 04", "05 to 09", *(f"{a} to {a + 4}" for a in range(10, 90, 5)), "90 and over"]
BANDS = ["0", "1-4", *(f"{a}-{a + 4}" for a in range(5, 90, 5)), "90+"]


def deaths_rows(long: bool) -> list[Row]:
    if long:
        rows: list[Row] = [["LSOA code", "LSOA name", "Year", "Sex", "Age group", "Deaths"]]
        areas = ("E01006512", "E01000001")
        return rows + [
            [a, "", y, s, g, i + y - 2020]
            for a in areas
            for y in (2020, 2021)
            for s in ("Male", "Female")
            for i, g in enumerate(GROUPS)
        ]
    rows = [["Table 1"], ["Source"], [""], ["LSOA code", "LSOA name", "Sex", "Age group", "2020", "2021"]]
    areas = ("E01006512", "E01000001")
    return rows + [[a, "", s, g, i, i + 1] for a in areas for s in ("Male", "Female") for i, g in enumerate(GROUPS)]


@pytest.mark.parametrize("form", ["workbook", "wide csv", "long csv"])
def test_deaths_by_small_area_sex_and_age(form: str, record: Recorder, tmp_path: Path, repository: Path) -> None:
    rows = deaths_rows(form == "long csv")
    if form == "workbook":
        path = write_xlsx(tmp_path / "deaths.xlsx", "1", rows)
    else:
        path = write_csv(tmp_path / "deaths.csv", rows if form == "long csv" else rows[3:])
    frame = record("deaths_lsoa", "2023", path)
    assert set(frame["series"]) == {"deaths"}
    assert set(frame["area_code"]) == {"E01006512"}
    assert set(frame["age"]) == set(BANDS)
    assert len(frame) == 2 * 2 * 20
    oldest = frame[(frame["age"] == "90+") & (frame["sex"] == "female")]
    assert oldest[["period_start", "value"]].to_numpy().tolist() == [["2020-01-01", 19.0], ["2021-01-01", 20.0]]
    population = (repository / "data/raw/population_lsoa11").glob("*/lsoa.csv")
    columns = pd.read_csv(next(population), nrows=0).columns
    ages = {c.removeprefix("age_").replace("_plus", "+").replace("_", "-") for c in columns}
    assert set(BANDS) <= ages


def test_an_age_group_that_is_not_named_is_refused(record: Recorder, tmp_path: Path) -> None:
    rows: list[Row] = [
        ["LSOA code", "Year", "Sex", "Age group", "Deaths"],
        ["E01006512", 2020, "Male", "85 and over", 3],
    ]
    with pytest.raises(DataError, match="'85 and over', which the layout does not name"):
        record("deaths_lsoa", "2023", write_csv(tmp_path / "d.csv", rows))


def test_underlying_indicators_of_the_indices(record: Recorder, tmp_path: Path) -> None:
    heading: Row = ["LSOA code (2011)", "LSOA name (2011)", "Income Domain numerator"]
    heading += ["Income Deprivation Affecting Children Index (IDACI) numerator"]
    heading += ["Income Deprivation Affecting Older People Index (IDAOPI) numerator"]
    book = write_xlsx(tmp_path / "File_8.xlsx", "IoD2019 Income Domain", [heading, ["E01006512", "", 195, None, 30]])
    frame = record("iod_indicators", "2019-09-26", book)
    assert frame[["series", "flag"]].to_numpy().tolist() == [
        ["income_deprived_children", "[x]"],
        ["income_deprived_older_people", ""],
        ["income_deprived_people", ""],
    ]


def test_social_renting_of_2011_from_the_bulk_file(record: Recorder, tmp_path: Path) -> None:
    rows: list[Row] = [
        ["date", "geography", "geography code", "Rural Urban", "Tenure: All households; measures: Value"]
    ]
    rows[0].append("Tenure: Social rented; measures: Value")
    rows.append([2011, "w", "E05000886", "Total", 6359, 827])
    frame = record("census2011_wards", "2013-01-30", write_csv(tmp_path / "ks402ew.csv", rows))
    assert dict(zip(frame["series"], frame["value"], strict=True)) == {
        "households": 6359.0,
        "households_social_rented": 827.0,
    }

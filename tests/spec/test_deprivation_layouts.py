"""Invented files with the headings of the publishers' own: one command records each, and nothing else fits."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from analysis.catalogue.source import Source
from analysis.catalogue.strict import load_as
from analysis.clean import imd, iod_summaries, population
from analysis.clean.observations import Log
from analysis.errors import DataError, UsageError
from analysis.paths import DEFINITIONS, Project
from analysis.sources.releases import record_release
from analysis.sources.snapshots import open_release

CODES = {
    "lad": frozenset({"E08000012"}),
    "areas": frozenset({"E08000012", "E08000003", "E08000019"}),
    "lsoa11": frozenset({"E01006512", "E01006513"}),
    "lsoa21": frozenset({"E01006512", "E01033768"}),
    "ward22": frozenset({"E05000886"}),
}
RANK = "Rank (where 1 is most deprived)"
DECILE = "Decile (where 1 is most deprived 10% of LSOAs)"
DOMAINS = {
    "imd": ("Index of Multiple Deprivation (IMD)", "Score"),
    "income": ("Income", "Score (rate)"),
    "employment": ("Employment", "Score (rate)"),
    "education": ("Education, Skills and Training", "Score"),
    "health": ("Health Deprivation and Disability", "Score"),
    "crime": ("Crime", "Score"),
    "barriers": ("Barriers to Housing and Services", "Score"),
    "environment": ("Living Environment", "Score"),
    "idaci": ("Income Deprivation Affecting Children Index (IDACI)", "Score (rate)"),
}
PRISONERS = " (excluding prisoners)"
FILE_7 = {
    "2015-09-30": ("2011", "2013", 32844, [
        "Total population: mid 2012" + PRISONERS,
        "Dependent Children aged 0-15: mid 2012" + PRISONERS,
        "Population aged 16-59: mid 2012" + PRISONERS,
        "Older population aged 60 and over: mid 2012" + PRISONERS,
        "Working age population 18-59/64: for use with Employment Deprivation Domain" + PRISONERS,
    ]),
    "2019-09-26": ("2011", "2019", 32844, [
        "Total population: mid 2015" + PRISONERS,
        "Dependent Children aged 0-15: mid 2015" + PRISONERS,
        "Population aged 16-59: mid 2015" + PRISONERS,
        "Older population aged 60 and over: mid 2015" + PRISONERS,
        "Working age population 18-59/64: for use with Employment Deprivation Domain" + PRISONERS,
    ]),
    "2025-10-30": ("2021", "2024", 33755, [
        "Total population: mid 2022",
        "Dependent Children aged 0-15: mid 2022",
        "Older population aged 60 and over: mid 2022",
        "Working age population 18-66 (for use with Employment Deprivation Domain): mid 2022",
    ]),
}  # fmt: skip


def project_and_source(tmp_path: Path, name: str) -> tuple[Project, Source]:
    return Project(tmp_path / "project"), load_as(Source, DEFINITIONS / "sources" / f"{name}.yml")


def write_csv(path: Path, rows: list[list[object]]) -> Path:
    with path.open("w", newline="", encoding="utf-8-sig") as out:
        csv.writer(out).writerows(rows)
    return path


def write_book(path: Path, sheets: dict[str, list[list[object]]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        page = book.create_sheet(title)
        for row in rows:
            page.append(row)
    book.save(path)
    return path


def file_7(path: Path, release: str, drop: str | None = None) -> Path:
    lsoa, lad, national, people = FILE_7[release]
    places = [f"LSOA code ({lsoa})", f"LSOA name ({lsoa})"]
    places += [f"Local Authority District code ({lad})", f"Local Authority District name ({lad})"]
    heading = [*places]
    for title, score in DOMAINS.values():
        heading += [f"{title} {score}", f"{title} {RANK}", f"{title} {DECILE}"]
    heading += people
    second = "E01033768" if lsoa == "2021" else "E01006513"
    rows: list[list[object]] = [heading]
    for code, district, rank in (
        ("E01006512", "E08000012", 3),
        (second, "E08000012", national),
        ("E01000001", "E09000001", 7),
    ):
        cells: list[object] = [code, "Name", district, "District"]
        for _ in DOMAINS:
            cells += [0.25, rank, 10 if rank == national else 1]
        rows.append([*cells, 1500, 300, *([800, 400] if len(people) > len("four") else [400]), 900])
    if drop is not None:
        position = heading.index(drop)
        rows = [[cell for number, cell in enumerate(row) if number != position] for row in rows]
    return write_csv(path, rows)


@pytest.mark.parametrize("release", FILE_7)
def test_file_7_of_each_release_fills_every_table(tmp_path: Path, release: str) -> None:
    project, source = project_and_source(tmp_path, "imd")
    paths = record_release(project, source, release, [file_7(tmp_path / "f7.csv", release)], CODES.get, "2026-11-22")
    assert {path.stem for path in paths} == set(source.releases[release].tables)
    frame = imd.clean(open_release(project, "imd", release), source, Log("imd", release))
    lsoa, _, national, people = FILE_7[release]
    ranks = frame[frame["series"] == "health_rank"].set_index("area_code")["value"]
    assert ranks.to_dict() == {"E01006512": 3.0, "E01033768" if lsoa == "2021" else "E01006513": float(national)}
    assert set(frame["geography"]) == {f"lsoa{lsoa[2:]}"}
    assert (frame[frame["series"] == "imd_score"]["value"] == 0.25).all()
    population_rows = frame[(frame["series"] == "population_imd_denominator") & (frame["age"] == "all")]
    assert population_rows["value"].tolist() == [1500.0, 1500.0]
    assert f"mid {population_rows['period_start'].iloc[0][:4]}" in people[0]


@pytest.mark.parametrize("release", FILE_7)
def test_a_file_of_another_release_is_refused(tmp_path: Path, release: str) -> None:
    project, source = project_and_source(tmp_path, "imd")
    other = next(name for name in FILE_7 if name != release)
    with pytest.raises(DataError, match=f"fits no layout of release {release}"):
        record_release(project, source, release, [file_7(tmp_path / "f7.csv", other)], CODES.get, "2026-11-22")
    assert not (project.raw / "imd").exists()


def test_a_missing_heading_is_named(tmp_path: Path) -> None:
    project, source = project_and_source(tmp_path, "imd")
    path = file_7(tmp_path / "f7.csv", "2025-10-30", drop=f"Crime {RANK}")
    with pytest.raises(DataError, match=r"needs the column 'Crime Rank \(where 1 is most deprived\)'"):
        record_release(project, source, "2025-10-30", [path], CODES.get, "2026-11-22")


def test_a_release_that_is_not_declared_is_refused(tmp_path: Path) -> None:
    project, source = project_and_source(tmp_path, "imd")
    with pytest.raises(UsageError, match="no release '2031-01-01'"):
        record_release(project, source, "2031-01-01", [tmp_path / "x.csv"], CODES.get, "2026-11-22")


SHEETS = {
    "imd": ("IMD", "IMD", {"2015-09-30": "IMD 2015", "2019-09-26": "IMD 2019", "2025-10-30": "IMD25"}),
    "income": ("Income", "Income", {}),
    "employment": ("Employment", "Employment", {}),
    "education": ("Education", "Education, Skills and Training", {}),
    "health": ("Health", "Health Deprivation and Disability", {}),
    "crime": ("Crime", "Crime", {}),
    "barriers": ("Barriers", "Barriers to Housing and Services", {}),
    "environment": ("Living", "Living Environment", {}),
    "idaci": ("IDACI", "IDACI", {}),
    "idaopi": ("IDAOPI", "IDAOPI", {}),
}
VINTAGE = {"2015-09-30": "2013", "2019-09-26": "2019", "2025-10-30": "2024"}


def file_10(path: Path, release: str) -> Path:
    sheets: dict[str, list[list[object]]] = {"Notes": [["A note"]]}
    for number, (sheet, title, own) in enumerate(SHEETS.values()):
        shares = "LSOAs in most deprived 10% nationally "
        heading: list[object] = [f"Local Authority District {part} ({VINTAGE[release]})" for part in ("code", "name")]
        heading += [f"{title} - Average rank ", f"{title} - Rank of average rank ", f"{title} - Average score "]
        heading += [f"{title} - Rank of average score ", f"{title} - Proportion of {shares}"]
        heading += [f"{title} - Rank of proportion of {shares}"]
        figures: list[object] = [20000.5 + number, 4, 40.25, 3, 0.4866, 2]
        if own:
            label = own[release]
            heading += [f"{label} - Extent ", f"{label} - Rank of extent "]
            heading += [f"{label} - Local concentration ", f"{label} - Rank of local concentration "]
            figures += [0.6213, 2, 32666.5, 6]
        if title == "Income":
            heading, figures = [*heading, "Income scale", "Rank of Income Scale"], [*figures, 5000, 9]
        rows = [
            [code, name, *figures]
            for code, name in (("E08000012", "Liverpool"), ("E08000019", "Sheffield"), ("E06000001", "H"))
        ]
        sheets[sheet] = [heading, *rows]
    return write_book(path, sheets)


@pytest.mark.parametrize("release", VINTAGE)
def test_file_10_of_each_release_becomes_one_table(tmp_path: Path, release: str) -> None:
    project, source = project_and_source(tmp_path, "iod_summaries")
    record_release(project, source, release, [file_10(tmp_path / "f10.xlsx", release)], CODES.get, "2026-11-22")
    raw = open_release(project, "iod_summaries", release).table("districts")
    assert len(raw) == 2 * len(SHEETS)
    assert raw.set_index(["lad_code", "domain"]).loc[("E08000012", "environment"), "average_rank"] == "20007.5"
    assert raw.loc[raw["domain"] != "imd", "extent"].unique().tolist() == [""]
    log = Log("iod_summaries", release)
    frame = iod_summaries.clean(open_release(project, "iod_summaries", release), source, log)
    assert set(frame["area_code"]) == {"E08000012", "E08000039"}
    assert frame[(frame["series"] == "extent") & (frame["area_code"] == "E08000012")]["value"].tolist() == [0.6213]
    assert "income_average_score" in set(frame["series"])
    actions = log.frame().set_index("action")["detail"]
    assert actions["code changed"] == "E08000019 is E08000039 now"
    assert "extent (in 9 of 10 groups)" in actions["left out"]


YEARS = [str(age) for age in range(90)] + ["90+"]


@pytest.mark.parametrize(
    ("release", "year", "heading"),
    [
        ("2018-10-25", "2017", ["Area Codes", "Area Names", "LSOA", "All Ages"]),
        ("2020-11-09", "2019", ["LSOA Code", "LSOA Name", "LA Code (2020 boundaries)", "All Ages"]),
        ("2021-09-16", "2020", ["LSOA Code", "LSOA Name", "LA Code (2021 boundaries)", "All Ages"]),
    ],
)
def test_workbooks_of_mid_year_estimates(tmp_path: Path, release: str, year: str, heading: list[str]) -> None:
    project, source = project_and_source(tmp_path, "population_lsoa11")
    counts = list(range(1, 92))
    cells: list[list[object]] = [["Title"], ["Note"], [], []]
    cells.append([*heading, *[int(name) if name.isdigit() else name for name in YEARS]])
    cells += [[code, "Name", "x", sum(counts), *counts] for code in ("E01000001", "E01006512", "E01006513")]
    path = write_book(tmp_path / "sape.xlsx", {"Contents": [["x"]], f"Mid-{year} Persons": cells})
    record_release(project, source, release, [path], CODES.get, "2026-11-22")
    opened = open_release(project, "population_lsoa11", release)
    frame = population.clean(opened, source, Log("population_lsoa11", release))
    one = frame[frame["area_code"] == "E01006512"].set_index("age")["value"]
    assert one["all"] == sum(counts)
    assert (one["0"], one["1-4"], one["90+"], one["65+"]) == (1, 2 + 3 + 4 + 5, 91, sum(range(66, 92)))
    assert set(frame["period_start"]) == {f"{year}-06-30"}


def test_census_custom_dataset(tmp_path: Path) -> None:
    project, source = project_and_source(tmp_path, "population_census2021")
    bands = ["Aged 15 years and under", "Aged 16 to 24 years", "Aged 25 to 34 years"]
    bands += ["Aged 35 to 49 years", "Aged 50 to 64 years", "Aged 65 years and over"]
    area = "Lower layer Super Output Areas"
    rows: list[list[object]] = [[f"{area} Code", area, "Age (6 categories) Code", "Age (6 categories)", "Observation"]]
    for code in ("E01006512", "E01033768", "E01000001"):
        rows += [[code, "Name", number, band, 10 * number] for number, band in enumerate(bands, start=1)]
    path = write_csv(tmp_path / "census.csv", rows)
    record_release(project, source, "2023-03-28", [path], CODES.get, "2026-11-22")
    opened = open_release(project, "population_census2021", "2023-03-28")
    frame = population.clean(opened, source, Log("population_census2021", "2023-03-28"))
    assert frame[(frame["age"] == "all")]["value"].tolist() == [210.0, 210.0]
    rows[1][3] = "Aged 14 years and under"
    files = [write_csv(tmp_path / "changed.csv", rows)]
    with pytest.raises(DataError, match="'Aged 14 years and under', which the layout does not name"):
        record_release(project, source, "2023-03-28", files, CODES.get, "2026-11-22")


def test_lookups_in_the_publishers_csv_form(tmp_path: Path) -> None:
    cases = {
        ("lookup_lsoa11_ward22", "2021-12"): (
            ["LSOA11CD", "LSOA11NM", "WD21CD", "WD21NM", "LAD21CD", "LAD21NM"],
            ["E01006512", "Liverpool 031A", "E05000891", "Central", "E08000012", "Liverpool"],
        ),
        ("lookup_lsoa21_ward23", "2024-05"): (
            ["LSOA21CD", "LSOA21NM", "WD24CD", "WD24NM", "LAD24CD", "LAD24NM", "ObjectId"],
            ["E01006512", "Liverpool 031A", "E05015285", "Canning", "E08000012", "Liverpool", "1"],
        ),
        ("lookup_lsoa11_msoa11", "2011-12"): (
            ["OA11CD", "LSOA11CD", "LSOA11NM", "MSOA11CD", "MSOA11NM", "LAD11CD", "LAD11NM"],
            ["E00032987", "E01006512", "Liverpool 031A", "E02001377", "Liverpool 031", "E08000012", "Liverpool"],
        ),
        ("lookup_lsoa11_lsoa21", "2022-12"): (
            ["LSOA11CD", "LSOA11NM", "CHGIND", "LSOA21CD", "LSOA21NM", "LAD22CD", "LAD22NM"],
            ["E01006512", "Liverpool 031A", "U", "E01006512", "Liverpool 031A", "E08000012", "Liverpool"],
        ),
    }
    for (name, release), (heading, row) in cases.items():
        project, source = project_and_source(tmp_path, name)
        elsewhere = [cell.replace("E08000012", "E09000001").replace("E01006512", "E01000001") for cell in row]
        lines: list[list[object]] = [list(heading), list(row), list(elsewhere)]
        if name == "lookup_lsoa11_msoa11":
            lines.append(["E00032988", *row[1:]])
        path = write_csv(tmp_path / f"{name}.csv", lines)
        record_release(project, source, release, [path], CODES.get, "2026-11-22")
        table = open_release(project, name, release).table("lookup")
        assert len(table) == 1, name
        assert (table == "").sum().sum() == 0, name


def test_outlines_in_longitude_and_latitude_and_in_metres(tmp_path: Path) -> None:
    square = [[340000, 390000], [341000, 390000], [341000, 391000], [340000, 391000], [340000, 390000]]
    properties = {"WD22CD": "E05000886", "WD22NM": "A ward", "LAD22CD": "E08000012"}
    content = {
        "type": "FeatureCollection",
        "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::27700"}},
        "features": [
            {"type": "Feature", "properties": properties, "geometry": {"type": "Polygon", "coordinates": [square]}}
        ],
    }
    project, source = project_and_source(tmp_path, "boundary_ward22")
    path = tmp_path / "wards.geojson"
    path.write_text(json.dumps(content), encoding="utf-8")
    record_release(project, source, "2022-12", [path], CODES.get, "2026-11-22")
    table = open_release(project, "boundary_ward22", "2022-12").table("outlines")
    assert table["wkt"].tolist() == [
        "POLYGON ((340000 390000, 340000 391000, 341000 391000, 341000 390000, 340000 390000))"
    ]
    content["crs"] = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3857"}}
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(DataError, match="EPSG::3857; expected WGS84 or EPSG:27700"):
        record_release(project, source, "2022-12", [path], CODES.get, "2026-11-22")
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(DataError, match="not a GeoJSON collection"):
        record_release(project, source, "2022-12", [path], CODES.get, "2026-11-22")


def test_a_file_that_repeats_a_key_is_refused(tmp_path: Path) -> None:
    project, source = project_and_source(tmp_path, "imd")
    path = file_7(tmp_path / "f7.csv", "2019-09-26")
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    path.write_text("\n".join([*lines, lines[1]]) + "\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"repeat a key \(lsoa_code\), first E01006512"):
        record_release(project, source, "2019-09-26", [path], CODES.get, "2026-11-22")


def test_recording_shuffled_rows_gives_the_same_bytes(tmp_path: Path) -> None:
    project, source = project_and_source(tmp_path, "imd")
    path = file_7(tmp_path / "f7.csv", "2025-10-30")
    record_release(project, source, "2025-10-30", [path], CODES.get, "2026-11-22")
    first = (project.raw / "imd" / "2025-10-30" / "lsoa.csv").read_bytes()
    frame = pd.read_csv(path, dtype=str, encoding="utf-8-sig").iloc[::-1]
    frame.to_csv(path, index=False)
    record_release(project, source, "2025-10-30", [path], CODES.get, "2026-11-22")
    assert (project.raw / "imd" / "2025-10-30" / "lsoa.csv").read_bytes() == first

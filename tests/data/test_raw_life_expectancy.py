"""Official life expectancy: our tables against the publishers' own, and the editions that rest on them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from analysis.paths import Project
from analysis.sources.snapshots import open_release
from analysis.tables.loaded import LoadedEdition, load_edition

CITY, ENGLAND = "E08000012", "E92000001"
FINGERTIPS = {
    ("ohid_life_expectancy", "2026-05"): "fingertips_90366_life_expectancy_LAs_2015-17_to_2023-25.csv",
    ("ohid_slope", "2022-02"): "fingertips_slope_index_inequality_LE_LAs_2010-12_to_2018-20_vintage2022-02.csv",
    ("ohid_slope", "2026-05"): "fingertips_slope_index_inequality_LE_LAs_2015-17_to_2022-24.csv",
    ("ohid_healthy_life", "2022-05"): "fingertips_90362_healthy_LE_LAs_2010-12_to_2018-20_vintage2022-05.csv",
}


def raw(repository: Path, source: str, release: str, table: str = "areas") -> pd.DataFrame:
    return open_release(Project(repository), source, release).table(table)


@pytest.fixture(scope="module")
def baseline(project: Project) -> LoadedEdition:
    return load_edition("liverpool-2018", project)


@pytest.mark.parametrize(("source", "release"), FINGERTIPS)
def test_every_value_is_that_of_the_copy_of_all_authorities(
    repository: Path, shared: Path, source: str, release: str
) -> None:
    theirs = pd.read_csv(shared / "data/added/life-expectancy" / FINGERTIPS[source, release])
    known = theirs.set_index(["area_code", "inequality", "period"])["value"]
    for row in raw(repository, source, release).itertuples(index=False):
        assert float(row[3]) == known[tuple(row[:3])], row


@pytest.mark.parametrize("table", ["msoa", "cities", "msoa_disability_free", "cities_disability_free"])
def test_every_value_of_2009_to_2013_is_that_of_the_workbook(repository: Path, shared: Path, table: str) -> None:
    free = table.endswith("disability_free")
    name = "dflereferencetable2_tcm77-417535.xls" if free else "hlereferencetable2_tcm77-417533.xls"
    sheets = pd.read_excel(
        shared / "data/added/life-expectancy" / name, sheet_name=None, header=None, dtype=object, engine="calamine"
    )
    cells: dict[str, set[float]] = {}
    for sheet in sheets.values():
        for row in sheet.itertuples(index=False):
            code = next((cell for cell in row if isinstance(cell, str) and cell[:1] == "E" and len(cell) == 9), None)
            if code:
                numbers = {round(float(cell), 5) for cell in row if isinstance(cell, int | float)}
                cells.setdefault(code, set()).update(numbers)
    ours = raw(repository, "ons_life_expectancy", "2015", table)
    assert len(ours) == (122 if table.startswith("msoa") else 16)
    for row in ours.itertuples(index=False):
        assert {round(float(cell), 5) for cell in row[2:]} <= cells[row[0]], row


def test_published_levels_of_city_and_country(repository: Path) -> None:
    cities = raw(repository, "ons_life_expectancy", "2015", "cities").set_index(["area_code", "sex"])
    assert round(float(cities.loc[(CITY, "Male"), "city_life_expectancy"]), 2) == 75.88
    assert round(float(cities.loc[(CITY, "Female"), "city_life_expectancy"]), 2) == 80.26
    assert round(float(cities.loc[(CITY, "Male"), "city_healthy_life_expectancy"]), 2) == 56.93
    for source, release, period, city, england in (
        ("ohid_life_expectancy", "2026-05", "2023 - 25", ("76.7", "80.6"), ("79.7", "83.5")),
        ("ohid_healthy_life", "2022-05", "2014 - 16", ("57.7", "58.1"), ("63.3", "63.8")),
        ("ohid_slope", "2022-02", "2014 - 16", ("10.8", "7.6"), ("9.4", "7.3")),
    ):
        rows = raw(repository, source, release).set_index(["area_code", "sex", "period"]).iloc[:, 0]
        assert tuple(rows[CITY, sex, period] for sex in ("Male", "Female")) == city
        assert tuple(rows[ENGLAND, sex, period] for sex in ("Male", "Female")) == england


def test_the_men_of_the_table_without_years_are_those_of_2009_to_2013(repository: Path) -> None:
    old = raw(repository, "life_expectancy_msoa_male", "2020-03", "msoa").set_index("msoa11_code").iloc[:, 0]
    new = raw(repository, "ons_life_expectancy", "2015", "msoa")
    men = new[new["sex"] == "Male"].set_index("msoa11_code")["life_expectancy"].astype(float)
    assert men.round(1).to_dict() == old.astype(float).to_dict()


def test_limits_enclose_every_value(repository: Path) -> None:
    for table in ("msoa", "cities", "msoa_disability_free", "cities_disability_free"):
        numbers = raw(repository, "ons_life_expectancy", "2015", table).iloc[:, 2:].astype(float)
        for column in range(0, numbers.shape[1], 3):
            value, lower, upper = (numbers.iloc[:, column + step] for step in range(3))
            assert ((lower < value) & (value < upper)).all()


def test_the_baseline_rests_on_what_was_out_and_sets_nothing_on_another_level(baseline: LoadedEdition) -> None:
    wards = baseline.latest("life_expectancy_birth", "ward22")
    assert set(wards["source"]) == {"ons_life_expectancy"}
    assert wards["value"].notna().all()
    assert set(wards["flag"]) == {"[e]"}
    found = baseline.inequality.set_index(["statistic", "sex"])["value"]
    city = baseline.latest("life_expectancy_birth", "lad").set_index("sex")["value"]
    people = baseline.latest("population_total", "ward22").set_index("area_code")["value"]
    for sex, own in wards.groupby("sex"):
        weight = people.reindex(own["area_code"]).to_numpy()
        mean = (own["value"] * weight).sum() / weight.sum()
        assert mean == pytest.approx(found["mean_of_larger_areas", sex], abs=0.01)
    assert found["mean_of_larger_areas", "female"] - city["female"] == pytest.approx(0.5, abs=0.1)
    assert found["range_of_larger_areas", "male"] == pytest.approx(12.67442)
    assert found["range_of_larger_areas", "female"] == pytest.approx(15.04263)


def test_the_same_deaths_are_in_the_same_order_whatever_index_came_out_since(project: Project) -> None:
    later = [load_edition(f"liverpool-{year}", project).table("inequality_areas") for year in (2022, 2026)]
    orders = [
        table[(table["source"] == "life_expectancy_msoa") & (table["sex"] == "male")].set_index("area_code")
        for table in later
    ]
    assert len(orders[0]) == 61
    ranks = [order["average_rank"].sort_index() for order in orders]
    pd.testing.assert_series_equal(*ranks)

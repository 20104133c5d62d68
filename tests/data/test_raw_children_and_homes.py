"""Children's social care, schools, homes, fly-tipping: our tables against the ministries' own, and by themselves."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

CITY, ENGLAND = "E08000012", "E92000001"
CITIES = {CITY, "E08000025", "E06000023", "E08000035", "E08000003", "E08000021", "E06000018"}
TABLES = {
    "dfe_looked_after/2025-11/rate.csv": ({"2021", "2022", "2023", "2024", "2025"}, True),
    "dfe_looked_after/2025-11/health.csv": ({"2021", "2022", "2023", "2024", "2025"}, True),
    "dfe_looked_after/2025-11/leavers.csv": ({"2021", "2022", "2023", "2024", "2025"}, True),
    "dfe_children_in_need/2025-10/referrals.csv": ({str(year) for year in range(2013, 2026)}, True),
    "dfe_exclusions/2018-07/pupils.csv": ({f"{year}{year % 100 + 1:02d}" for year in range(2006, 2017)}, True),
    "dfe_neet/2025-07/people.csv": ({"2021", "2022", "2023", "2025"}, True),
    "lait/2026-04-08/entrants.csv": ({str(year) for year in range(2016, 2025)}, False),
    "lait/2026-04-08/plans.csv": ({str(year) for year in range(2016, 2025)}, True),
    "mhclg_vacant_dwellings/2025-05/vacant.csv": ({str(year) for year in range(2004, 2025)}, True),
    "defra_flytipping/2024-03-13/incidents.csv": (
        {f"{year}-{year % 100 + 1:02d}" for year in range(2012, 2023)},
        False,
    ),
}


def held(repository: Path, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader((repository / "data" / "raw" / name).read_text(encoding="utf-8").splitlines()))


@pytest.mark.parametrize("name", TABLES)
def test_each_table_has_the_city_its_peers_and_every_year(repository: Path, name: str) -> None:
    rows = held(repository, name)
    years, england = TABLES[name]
    assert {row["year"] for row in rows} == years
    codes = {row["area_code"] for row in rows}
    assert codes >= CITIES
    assert codes & {"E08000019", "E08000039"}, "Sheffield, under either code"
    assert (ENGLAND in codes) == england
    for code in CITIES:
        assert {row["year"] for row in rows if row["area_code"] == code} == years, code


def test_figures_that_the_publishers_print(repository: Path) -> None:
    def of(name: str, year: str, area: str = CITY, **more: str) -> dict[str, str]:
        wanted = {"year": year, "area_code": area, **more}
        (row,) = [row for row in held(repository, name) if wanted.items() <= row.items()]
        return row

    rate = of("dfe_looked_after/2025-11/rate.csv", "2025")
    assert (rate["looked_after"], rate["looked_after_rate"]) == ("1416", "145")
    assert of("dfe_exclusions/2018-07/pupils.csv", "201617")["permanent_exclusions_rate"] == "0.22"
    assert of("dfe_exclusions/2018-07/pupils.csv", "201617", ENGLAND)["permanent_exclusions_rate"] == "0.1"
    assert of("dfe_children_in_need/2025-10/referrals.csv", "2025")["referrals"] == "8410"
    assert of("mhclg_vacant_dwellings/2025-05/vacant.csv", "2024")["long_term_vacant"] == "3582"
    assert of("defra_flytipping/2024-03-13/incidents.csv", "2022-23")["flytipping_incidents"] == "23404"
    assert of("dfe_neet/2025-07/people.csv", "2025", ENGLAND)["neet_or_not_known"] == "5.6"


ORIGINS = [
    ("dfe_looked_after/2025-11/rate.csv", "dfe-csc/cla_number_and_rate_per_10k_children_core.csv", "time_period",
     {"looked_after": "children_count", "looked_after_rate": "rate_per_10000"},
     {"population_type": "Children looked after on 31 March each year"}),
    ("dfe_looked_after/2025-11/leavers.csv", "dfe-csc/la_care_leavers_activity_core.csv", "time_period",
     {"care_leavers_active": "care_leaver_percent"},
     {"care_leaver_age": "19 to 21 years", "breakdown": "Total in education, employment or training"}),
    ("dfe_children_in_need/2025-10/referrals.csv",
     "dfe-csc/c1_children_in_need_referrals_and_rereferrals_2013_to_2025_core.csv", "time_period",
     {"referrals": "referral_count", "rereferrals_pct": "rereferral_percent"}, {}),
    ("dfe_neet/2025-07/people.csv", "neet/neet_not_known_16-17_core_2021_2022_2023_2025.csv", "time_period",
     {"neet_or_not_known": "NEET_not_known_percent"}, {"Age": "16-17"}),
    ("mhclg_vacant_dwellings/2025-05/vacant.csv", "housing/vacant_dwellings_core.csv", "date",
     {"long_term_vacant": "Value"}, {"Measure": "LongTermVacants"}),
    ("defra_flytipping/2024-03-13/incidents.csv", "waste/flytipping_LA_incidents_core.csv", "Year",
     {"flytipping_incidents": "Total Incidents"}, {}),
]  # fmt: skip


def published(path: Path) -> Iterator[dict[str, str]]:
    for row in csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()):
        codes = ("new_la_code", "geography_code", "ONS Code", "region_code", "country_code")
        yield row | {"area": next((row[code] for code in codes if row.get(code)), "")}


@pytest.mark.parametrize(("ours", "theirs", "year", "columns", "where"), ORIGINS)
def test_every_cell_is_the_publishers(
    repository: Path, shared: Path, ours: str, theirs: str, year: str, columns: dict[str, str], where: dict[str, str]
) -> None:
    rows = [row for row in published(shared / "data" / "added" / theirs) if where.items() <= row.items()]
    known = {(row["area"], row[year]): row for row in rows}
    mine = held(repository, ours)
    assert len(mine) > 20
    for row in mine:
        origin = known[row["area_code"], row["year"]]
        assert {name: row[name] for name in columns} == {name: origin[other] for name, other in columns.items()}, row

"""Recorded populations equal the published ones; wards add up to the city; ways to the new wards keep everybody."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.areas.links import Areas
from analysis.catalogue.source import Source
from analysis.catalogue.strict import load_as
from analysis.clean import population
from analysis.clean.observations import Log
from analysis.paths import DEFINITIONS, Project
from analysis.sources.snapshots import open_release

MID_YEARS = {
    "2018-10-25": ("2017", 491_549),
    "2020-11-09": ("2019", 498_042),
    "2021-09-16": ("2020", 500_474),
}
CENSUS = 486_099


def cleaned(repository: Path, name: str, release: str) -> pd.DataFrame:
    source = load_as(Source, DEFINITIONS / "sources" / f"{name}.yml")
    return population.clean(open_release(Project(repository), name, release), source, Log(name, release))


def residents(frame: pd.DataFrame, age: str = "all") -> pd.Series:
    return frame[frame["age"] == age].set_index("area_code")["value"]


@pytest.mark.parametrize(("release", "known"), MID_YEARS.items())
def test_the_city_has_the_published_population(repository: Path, release: str, known: tuple[str, int]) -> None:
    frame = cleaned(repository, "population_lsoa11", release)
    assert residents(frame).sum() == known[1]
    assert set(frame["period_start"]) == set(frame["period_end"]) == {f"{known[0]}-06-30"}
    broad = sum(residents(frame, age) for age in ("0-15", "16-64", "65+"))
    assert (broad == residents(frame)).all()


@pytest.mark.parametrize(("release", "known"), MID_YEARS.items())
def test_every_band_equals_the_published_single_years(
    repository: Path, shared: Path, release: str, known: tuple[str, int]
) -> None:
    frame = cleaned(repository, "population_lsoa11", release)
    name = f"liverpool_lsoa11_mid{known[0]}_single_year.csv"
    published = pd.read_csv(shared / "data" / "population" / name).set_index("lsoa11_code")
    years = {str(age): published[str(age)] for age in range(90)} | {"90": published["90+"]}
    for age in frame["age"].unique():
        first, _, last = ("0", "", "90") if age == "all" else age.rstrip("+").partition("-")
        end = 90 if age.endswith("+") else int(last or first)
        expected = sum(years[str(year)] for year in range(int(first), end + 1))
        assert (residents(frame, age).sort_index() == expected.sort_index()).all(), age


def test_the_census_equals_the_published_bands(repository: Path, shared: Path) -> None:
    frame = cleaned(repository, "population_census2021", "2023-03-28")
    assert residents(frame).sum() == CENSUS
    path = shared / "data" / "population" / "liverpool_lsoa21_census2021_age_bands.csv"
    published = pd.read_csv(path).pivot(index="lsoa21_code", columns="age_group", values="usual_residents")
    names = {"0-15": "Aged 15 years and under", "65+": "Aged 65 years and over"}
    names |= {band: f"Aged {band.replace('-', ' to ')} years" for band in ("16-24", "25-34", "35-49", "50-64")}
    for age, name in names.items():
        assert (residents(frame, age).sort_index() == published[name].sort_index()).all(), age


def test_wards_of_either_set_add_up_to_the_city(repository: Path, city_areas: Areas) -> None:
    old = residents(cleaned(repository, "population_lsoa11", "2021-09-16"))
    new = residents(cleaned(repository, "population_census2021", "2023-03-28"))
    for people, small in ((old, "lsoa11"), (new, "lsoa21")):
        for ward, count in (("ward22", 30), ("ward23", 63)):
            best_fit = city_areas.matrix(small, ward).sums(people)
            assert np.isfinite(best_fit).sum() == count
            assert np.nansum(best_fit) == pytest.approx(people.sum(), rel=1e-9)
            ground = city_areas.by_area(small, ward)
            assert ground is not None
            assert ground.sums(people).sum() == pytest.approx(people.sum(), rel=1e-9)
    assert np.nansum(city_areas.matrix("lsoa11", "ward22").sums(old)) == old.sum()


def test_best_fit_and_ground_differ_as_is_known(city_areas: Areas) -> None:
    table = city_areas.two_estimates("lsoa21", "ward23")
    assert table is not None
    assert table.index[table["people"].isna()].tolist() == ["E05015332"]
    assert table["people"].sum() == CENSUS
    assert table.loc["E05015332", "people_by_area"] > 0
    assert pd.isna(table.loc["E05015332", "difference_pct"])
    assert table["difference_pct"].abs().mean() == pytest.approx(16, abs=0.5)
    named = table.set_axis(city_areas.names("ward23").values())["difference_pct"]
    assert named["Waterfront South"] == pytest.approx(-54, abs=0.5)
    assert named["St Michaels"] == pytest.approx(84, abs=0.5)
    flagged = city_areas.matrix("lsoa21", "ward23").marks == "[e][u]"
    assert (flagged == (table["difference_pct"].abs() > 10).to_numpy()).all()


def test_people_of_the_old_wards_are_all_found_in_the_new(repository: Path, city_areas: Areas) -> None:
    people = residents(cleaned(repository, "population_lsoa11", "2021-09-16"))
    across = city_areas.matrix("ward22", "ward23")
    by_old = pd.Series(city_areas.matrix("lsoa11", "ward22").sums(people), index=across.sources)
    assert len(across.sources) == 30
    assert np.nansum(across.sums(by_old)) == pytest.approx(people.sum(), rel=1e-9)
    direct = city_areas.matrix("lsoa11", "ward23").sums(people)
    np.testing.assert_allclose(across.sums(by_old), direct, atol=1e-6)


def test_shares_of_ground_agree_with_those_computed_from_the_published_outlines(
    city_areas: Areas, shared: Path
) -> None:
    for small, name in (("lsoa11", "LSOA11CD"), ("lsoa21", "LSOA21CD")):
        ground = city_areas.by_area(small, "ward23")
        assert ground is not None
        theirs = pd.read_csv(shared / "data" / "lookups" / f"DERIVED_{name}_to_WD25_area_overlap_Liverpool.csv")
        theirs = theirs.rename(columns={name: "source_code", "WD25CD": "target_code"})
        both = ground.links().merge(theirs, on=["source_code", "target_code"], how="outer", validate="1:1")
        apart = (both["weight"].fillna(0) - both["share_of_lsoa_area"].fillna(0)).abs()
        assert apart.max() < 0.02
        assert apart.mean() < 0.002

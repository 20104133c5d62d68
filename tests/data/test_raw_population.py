"""Recorded populations equal the published ones; wards add up to the city; ways to the new wards keep everybody."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from analysis.clean import population
from analysis.clean.observations import Log
from analysis.geography import open_outlines
from analysis.lookups import aggregate_counts, area_weighted, difference_pct, open_lookup, population_weighted
from analysis.model import Source
from analysis.paths import DEFINITIONS, Project
from analysis.snapshots import open_release
from analysis.strict import load_as

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


def test_wards_of_either_set_add_up_to_the_city(repository: Path) -> None:
    project = Project(repository)
    old = residents(cleaned(repository, "population_lsoa11", "2021-09-16"))
    new = residents(cleaned(repository, "population_census2021", "2023-03-28"))
    outlines = {name: open_outlines(project, name) for name in ("lsoa11", "lsoa21", "ward22", "ward23")}
    best_fit = aggregate_counts(old, open_lookup(project, "lsoa11", "ward22"))
    assert best_fit.notna().sum() == 30
    assert best_fit.sum() == old.sum()
    for people, small, ward in ((old, "lsoa11", "ward23"), (new, "lsoa21", "ward23"), (old, "lsoa11", "ward22")):
        sums = aggregate_counts(people, area_weighted(small, ward, outlines[small], outlines[ward]))
        assert sums.notna().all()
        assert sums.sum() == pytest.approx(people.sum(), rel=1e-9)


def test_best_fit_and_ground_differ_as_is_known(repository: Path) -> None:
    project = Project(repository)
    people = residents(cleaned(repository, "population_census2021", "2023-03-28"))
    wards = open_outlines(project, "ward23")
    best_fit = aggregate_counts(people, open_lookup(project, "lsoa21", "ward23", tuple(wards["area_code"])))
    ground = aggregate_counts(people, area_weighted("lsoa21", "ward23", open_outlines(project, "lsoa21"), wards))
    assert best_fit[best_fit.isna()].index.tolist() == ["E05015332"]
    assert best_fit.sum() == CENSUS
    assert ground["E05015332"] > 0
    differing = difference_pct(best_fit, ground)
    assert pd.isna(differing["E05015332"])
    assert (differing.abs() > 10).sum() > 20


def test_people_of_the_old_wards_are_all_found_in_the_new(repository: Path) -> None:
    project = Project(repository)
    people = residents(cleaned(repository, "population_lsoa11", "2021-09-16"))
    to_old = open_lookup(project, "lsoa11", "ward22")
    to_new = area_weighted("lsoa11", "ward23", open_outlines(project, "lsoa11"), open_outlines(project, "ward23"))
    across = population_weighted(to_old, to_new, people)
    by_old = aggregate_counts(people, to_old)
    assert len(across.sources) == 30
    assert aggregate_counts(by_old, across).sum() == pytest.approx(people.sum(), rel=1e-9)
    direct = aggregate_counts(people, to_new)
    assert (aggregate_counts(by_old, across) - direct).abs().max() < 1e-6


def test_shares_of_ground_agree_with_those_computed_from_the_published_outlines(repository: Path, shared: Path) -> None:
    project = Project(repository)
    for small, name in (("lsoa11", "LSOA11CD"), ("lsoa21", "LSOA21CD")):
        ours = area_weighted(small, "ward23", open_outlines(project, small), open_outlines(project, "ward23")).weights
        theirs = pd.read_csv(shared / "data" / "lookups" / f"DERIVED_{name}_to_WD25_area_overlap_Liverpool.csv")
        theirs = theirs.rename(columns={name: "source_code", "WD25CD": "target_code"})
        both = ours.merge(theirs, on=["source_code", "target_code"], how="outer", validate="1:1")
        apart = (both["weight"].fillna(0) - both["share_of_lsoa_area"].fillna(0)).abs()
        assert apart.max() < 0.02
        assert apart.mean() < 0.002

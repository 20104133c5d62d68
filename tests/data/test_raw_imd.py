"""Recorded indices of deprivation equal the published figures; the share in the most deprived tenth is as known."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from analysis.catalogue.model import Place
from analysis.catalogue.source import Source
from analysis.catalogue.strict import load_as
from analysis.clean import imd, iod_summaries
from analysis.clean.observations import Log
from analysis.paths import DEFINITIONS, Project
from analysis.sources.codes import code_sets
from analysis.sources.fitting import Published
from analysis.sources.releases import record_release
from analysis.sources.selecting import select
from analysis.sources.snapshots import open_release

PLACE = load_as(Place, DEFINITIONS / "places" / "liverpool.yml")
DOMAINS_2019 = {
    "income": "Income",
    "employment": "Employment",
    "education": "Education",
    "health": "Health",
    "crime": "Crime",
    "barriers": "Housing_and_Access",
    "environment": "Environment",
}
RELEASES = {"2015-09-30": (134, 298), "2019-09-26": (145, 298), "2025-10-30": (111, 302)}


def source(name: str) -> Source:
    return load_as(Source, DEFINITIONS / "sources" / f"{name}.yml")


def recorded(repository: Path, release: str, table: str, name: str = "imd") -> pd.DataFrame:
    return open_release(Project(repository), name, release).table(table)


def equal(ours: pd.Series, theirs: pd.Series) -> bool:
    left, right = pd.to_numeric(ours).sort_index(), pd.to_numeric(theirs).sort_index()
    return list(left.index) == list(right.index) and bool((left == right).all())


@pytest.mark.parametrize(("release", "known"), RELEASES.items())
def test_the_share_in_englands_most_deprived_tenth_is_the_known_one(
    repository: Path, release: str, known: tuple[int, int]
) -> None:
    frame = imd.clean(open_release(Project(repository), "imd", release), source("imd"), Log("imd", release))
    ranks = frame[frame["series"] == "imd_rank"]
    deciles = frame[frame["series"] == "imd_decile"]
    england = source("imd").releases[release].facts["england_lsoas"]
    assert ((deciles["value"] == 1).sum(), len(deciles)) == known
    assert (ranks["value"] <= england / 10).sum() == known[0]
    assert frame.loc[frame["series"] == "imd_score", "value"].between(0, 100).sum() == known[1]
    assert set(frame["geography"]) == {"lsoa21" if known[1] == 302 else "lsoa11"}


def test_scores_fall_as_ranks_rise(repository: Path) -> None:
    for release in RELEASES:
        frame = imd.clean(open_release(Project(repository), "imd", release), source("imd"), Log("imd", release))
        wide = frame[frame["series"].isin(["imd_score", "imd_rank"])].pivot(
            index="area_code", columns="series", values="value"
        )
        assert wide.sort_values("imd_rank")["imd_score"].is_monotonic_decreasing, release


def test_2015_equals_the_published_figures(repository: Path, shared: Path) -> None:
    ours = recorded(repository, "2015-09-30", "lsoa").set_index("lsoa_code")
    theirs = pd.read_csv(shared / "data/deprivation/imd2015_england_lsoa11.csv")
    assert len(theirs) == 32844
    theirs = theirs[theirs["lad13_code"] == PLACE.code].set_index("lsoa11_code")
    for mine, name in {"imd_score": "IMD_score", "imd_rank": "IMD_rank", "imd_decile": "IMD_decile"}.items():
        assert equal(ours[mine], theirs[name]), mine


def test_2019_equals_the_published_figures(repository: Path, shared: Path) -> None:
    folder = shared / "data" / "deprivation"
    ours = recorded(repository, "2019-09-26", "lsoa").set_index("lsoa_code")
    theirs = pd.read_csv(folder / "imd2019_england_lsoa11.csv").set_index("lsoa11_code").loc[ours.index]
    for mine, name in {"imd": "IMD", **DOMAINS_2019}.items():
        for measure in ("rank", "decile"):
            assert equal(ours[f"{mine}_{measure}"], theirs[f"{name}_{measure}"]), mine
    scores = recorded(repository, "2019-09-26", "scores").set_index("lsoa_code")
    composite = pd.read_csv(folder / "mysociety_UK_IMD_E_with_IMD2019_score.csv").query("nation == 'E'")
    assert equal(scores["imd_score"], composite.set_index("lsoa")["overall_local_score"].loc[scores.index])
    people = recorded(repository, "2019-09-26", "population").set_index("lsoa_code")
    official = pd.read_csv(folder / "File_6_-_IoD2019_Population_Denominators.csv", encoding="utf-8-sig")
    official = official.set_index("LSOA code (2011)").loc[people.index].iloc[:, 3:]
    assert len(people) == 298
    for mine, name in zip(people.columns, official.columns, strict=True):
        assert equal(people[mine], official[name]), mine


def test_2025_equals_the_published_figures(repository: Path, shared: Path) -> None:
    ours = recorded(repository, "2025-10-30", "lsoa").set_index("lsoa_code")
    theirs = pd.read_csv(shared / "data/deprivation/imd2025_england_lsoa21.csv").set_index("lsoa21_code")
    assert len(theirs) == 33755
    theirs = theirs.loc[ours.index]
    for mine, name in {"imd": "IMD", **DOMAINS_2019, "barriers": "Housing_and_Services"}.items():
        for measure in ("score", "rank", "decile"):
            assert equal(ours[f"{mine}_{measure}"], theirs[f"{name}_{measure}"]), mine


def test_official_file_1_gives_the_same_ranks_and_deciles(repository: Path, shared: Path, tmp_path: Path) -> None:
    path = next((shared / "data" / "deprivation").glob("File_1_*.xlsx"))
    project = Project(tmp_path)
    record_release(project, source("imd"), "2019-09-26", [path], code_sets(project, PLACE), "2026-11-22")
    again = open_release(project, "imd", "2019-09-26").table("lsoa")
    ours = recorded(repository, "2019-09-26", "lsoa")
    columns = ["lsoa_code", "imd_rank", "imd_decile"]
    pd.testing.assert_frame_equal(again[columns], ours[columns])


def test_official_file_6_gives_the_same_bytes(repository: Path, shared: Path, tmp_path: Path) -> None:
    path = next((shared / "data" / "deprivation").glob("File_6_*.csv"))
    project = Project(tmp_path)
    record_release(project, source("imd"), "2019-09-26", [path], code_sets(project, PLACE), "2026-11-22")
    again = project.raw / "imd" / "2019-09-26" / "population.csv"
    assert again.read_bytes() == (repository / "data/raw/imd/2019-09-26/population.csv").read_bytes()


def test_official_file_10_gives_the_same_bytes(repository: Path, shared: Path, tmp_path: Path) -> None:
    path = next((shared / "data" / "deprivation").glob("File_10_*.xlsx"))
    project = Project(tmp_path)
    record_release(project, source("iod_summaries"), "2019-09-26", [path], code_sets(project, PLACE), "2026-11-22")
    again = project.raw / "iod_summaries" / "2019-09-26" / "districts.csv"
    assert again.read_bytes() == (repository / "data/raw/iod_summaries/2019-09-26/districts.csv").read_bytes()


def test_summaries_hold_the_published_ranks_and_measures(repository: Path) -> None:
    expected = {
        ("2015-09-30", "rank_of_average_score"): 4,
        ("2019-09-26", "rank_of_average_score"): 3,
        ("2025-10-30", "rank_of_average_score"): 9,
        ("2019-09-26", "rank_of_average_rank"): 4,
        ("2025-10-30", "rank_of_average_rank"): 12,
        ("2019-09-26", "average_rank"): 25833.57,
        ("2019-09-26", "extent"): 0.6213,
        ("2019-09-26", "proportion_most_deprived_10pct"): 0.4866,
    }
    definition = source("iod_summaries")
    for (release, series), value in expected.items():
        opened = open_release(Project(repository), "iod_summaries", release)
        frame = iod_summaries.clean(opened, definition, Log("iod_summaries", release))
        row = frame[(frame["area_code"] == PLACE.code) & (frame["series"] == series)]
        assert row["value"].tolist() == [value], (release, series)
        assert set(frame["area_code"]) == {area.code for area in PLACE.areas if area.geography == "lad"}


def test_summaries_of_2025_equal_the_published_figures(repository: Path, shared: Path) -> None:
    ours = recorded(repository, "2025-10-30", "districts", "iod_summaries")
    theirs = pd.read_csv(shared / "data/deprivation/IoD2025_LAD_summaries_long.csv", dtype=str)
    names = {
        "imd": "Index of Multiple Deprivation",
        "income": "Income Deprivation",
        "employment": "Employment Deprivation",
        "education": "Education, Skills and Training Deprivation",
        "health": "Health Deprivation and Disability",
        "crime": "Crime",
        "barriers": "Barriers to Housing and Services",
        "environment": "Living Environment Deprivation",
    }
    columns = {
        "average_rank": "average_rank",
        "rank_of_average_rank": "rank_average_rank",
        "average_score": "average_score",
        "rank_of_average_score": "rank_average_score",
        "proportion_most_deprived_10pct": "proportion_bottom_decile",
        "rank_of_proportion": "rank_proportion_bottom_decile",
    }
    compared, differing = 0, []
    for _, row in ours.iterrows():
        label = names[row["domain"]]
        found = theirs[(theirs["area_code"] == row["lad_code"]) & theirs["index_domain"].str.startswith(label[:12])]
        found = found[~found["index_domain"].str.contains("Affecting")]
        for mine, name in columns.items():
            if [float(row[mine])] != found[name].astype(float).tolist():
                differing.append((row["lad_code"], row["domain"], mine))
            compared += 1
    assert compared == 64 * 6
    assert differing == [("E08000021", "environment", "rank_of_proportion")]  # the file was corrected by one place


def test_the_row_selection_is_refused_where_the_file_is_of_another_place(shared: Path) -> None:
    layout = next(item for item in source("imd").tables["lsoa"].layouts if item.name == "compact copy of 2015")
    raw = pd.read_csv(shared / "data/deprivation/imd2015_england_lsoa11.csv", dtype=str).head(5)
    with pytest.raises(Exception, match="no row has"):
        select(Published.of(raw, "part.csv"), layout, source("imd").tables["lsoa"], lambda _: frozenset({PLACE.code}))


def test_by_the_residents_of_its_own_day_the_city_is_fourth_in_2015(repository: Path, shared: Path) -> None:
    folder = shared / "data/added/iod2015"
    book = pd.read_excel(
        folder / "File_6_ID_2015_Population_denominators.xlsx", sheet_name=1, dtype=object, engine="calamine"
    )
    people = book.set_index("LSOA code (2011)").iloc[:, 3].astype(float)
    ours = recorded(repository, "2015-09-30", "population").set_index("lsoa_code")["total_population"].astype(float)
    assert (people[ours.index] == ours).all()
    england = pd.read_csv(shared / "data/deprivation/imd2015_england_lsoa11.csv").set_index("lsoa11_code")
    weighed = england["IMD_score"] * people.reindex(england.index)
    by = england["lad13_name"]
    average = (weighed.groupby(by).sum() / people.reindex(england.index).groupby(by).sum()).nlargest(5)
    assert [name.split(",")[0] for name in average.index[:4]] == [
        "Blackpool",
        "Knowsley",
        "Kingston upon Hull",
        "Liverpool",
    ]
    assert average.round(3).tolist() == [41.997, 41.387, 41.235, 41.126, 40.512]


def test_the_average_score_of_2015_rests_on_the_residents_of_its_own_day(repository: Path) -> None:
    people = recorded(repository, "2015-09-30", "population").set_index("lsoa_code").astype(float)
    scores = recorded(repository, "2015-09-30", "lsoa").set_index("lsoa_code")["imd_score"].astype(float)
    assert people["total_population"].sum() == 468397
    assert people[["population_0_15", "population_60_plus"]].sum().tolist() == [78640, 91071]
    assert people["population_working_age"].sum() == 299946.5
    weighed = (scores * people["total_population"]).sum() / people["total_population"].sum()
    assert round(weighed, 3) == 41.126

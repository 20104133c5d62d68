"""Cleaning deprivation and populations: what is refused, with file, row and column, and what is logged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pandas as pd
import pytest

from analysis.catalogue.source import Source
from analysis.catalogue.strict import load_as
from analysis.clean import imd, iod_summaries, population
from analysis.clean.observations import Log
from analysis.clean.people import tilings
from analysis.errors import DataError, DefinitionError
from analysis.paths import DEFINITIONS
from analysis.sources.snapshots import OpenRelease, Snapshot, TableRecord

Tables = dict[str, pd.DataFrame]


def source(name: str) -> Source:
    return load_as(Source, DEFINITIONS / "sources" / f"{name}.yml")


def opened(name: str, release: str, tables: Tables) -> OpenRelease:
    records = {
        table: TableRecord(f"{table}.csv", "", len(rows), "", "", (), len(rows)) for table, rows in tables.items()
    }
    snapshot = Snapshot(name, release, "", "", "", "", "", "", "", {}, records)
    for rows in tables.values():
        rows.index = pd.RangeIndex(2, len(rows) + 2, name="row")
    return OpenRelease(f"data/raw/{name}/{release}", snapshot, tables)


def deprivation() -> Tables:
    """Two small areas with the ranks of all domains, a score and people, as recorded for 2019."""
    columns = source("imd").tables["lsoa"].columns
    rows = pd.DataFrame("", index=range(2), columns=list(columns))
    rows["lsoa_code"] = ["E01006512", "E01006513"]
    for column in columns:
        if column.endswith("_rank"):
            rows[column] = ["3284", "3285"]
        elif column.endswith("_decile"):
            rows[column] = ["1", "2"]
    scores = pd.DataFrame({"lsoa_code": ["E01006512", "E01006513"], "imd_score": ["60.5", "60.4"]})
    people = pd.DataFrame({"lsoa_code": ["E01006512", "E01006513"]})
    for column, counts in {
        "total_population": ["1500.00", "1600.00"],
        "population_0_15": ["300", "200"],
        "population_16_59": ["900", "1000"],
        "population_60_plus": ["300", "400"],
        "population_working_age": ["850", "950"],
    }.items():
        people[column] = counts
    return {"lsoa": rows, "scores": scores, "population": people}


def clean_imd(tables: Tables) -> tuple[pd.DataFrame, Log]:
    log = Log("imd", "2019-09-26")
    return imd.clean(opened("imd", "2019-09-26", tables), source("imd"), log), log


def test_deprivation_becomes_observations() -> None:
    frame, log = clean_imd(deprivation())
    one = frame[frame["area_code"] == "E01006512"].set_index(["series", "age"])
    assert one.loc[("imd_score", "all"), "value"] == 60.5
    assert one.loc[("crime_rank", "all"), "value"] == 3284
    place = ["table", "row", "column"]
    assert one.loc[("imd_score", "all"), place].tolist() == ["scores", 2, "imd_score"]
    assert one.loc[("crime_rank", "all"), place].tolist() == ["lsoa", 2, "crime_rank"]
    assert one.loc[("population_imd_denominator", "60+"), place].tolist() == ["population", 2, "population_60_plus"]
    assert one.loc[("population_imd_denominator", "60+"), ["value", "period_start"]].tolist() == [300, "2015-06-30"]
    assert one.loc[("imd_rank", "all"), ["geography", "period_start", "period_end"]].tolist() == [
        "lsoa11",
        "2019-01-01",
        "2019-12-31",
    ]
    assert "income_score" not in set(frame["series"])
    entries = log.frame().set_index(["table", "action"])
    assert entries.loc[("lsoa", "rows in"), "rows"] == 2
    assert entries.loc[("lsoa", "rows out"), "rows"] == len(frame) == 2 * (16 + 1 + 4)
    assert "income_score" in entries.loc[("lsoa", "left out"), "detail"]


def spoil(table: str, column: str, value: str, row: int = 1) -> Callable[[Tables], None]:
    def act(tables: Tables) -> None:
        tables[table].loc[row, column] = value

    return act


def drop(table: str, column: str) -> Callable[[Tables], None]:
    def act(tables: Tables) -> None:
        tables[table] = tables[table].drop(columns=column)

    return act


@pytest.mark.parametrize(
    ("act", "problem"),
    [
        (spoil("lsoa", "lsoa_code", "E01999999"), r"lsoa.csv, row 3, column 'lsoa_code': 'E01999999' is unknown"),
        (spoil("lsoa", "lsoa_code", "E01033769"), r"row 3, column 'lsoa_code': .* of the vintage lsoa21"),
        (spoil("lsoa", "lsoa_code", "E01006512"), r"row 3, column 'lsoa_code': E01006512 stands already in row 2"),
        (drop("lsoa", "crime_rank"), r"lsoa.csv: the column 'crime_rank' is missing"),
        (drop("scores", "imd_score"), r"scores.csv: the column 'imd_score' is missing"),
        (spoil("lsoa", "crime_rank", ""), r"row 3, column 'crime_rank': expected a number or a declared mark"),
        (spoil("lsoa", "crime_rank", "many"), r"row 3, column 'crime_rank': expected a number .*, got 'many'"),
        (spoil("lsoa", "crime_rank", "inf"), r"row 3, column 'crime_rank': expected a number .*, got 'inf'"),
        (spoil("lsoa", "crime_rank", "32845"), r"column 'crime_rank': 32845 \(E01006513\) is beyond the 32844 areas"),
        (spoil("lsoa", "crime_rank", "0"), r"row 3, column 'crime_rank': crime_rank is 0.0, but rank"),
        (
            spoil("lsoa", "crime_rank", "3284.5"),
            r"row 3, column 'crime_rank': crime_rank is 3284.5, but rank are whole",
        ),
        (
            spoil("lsoa", "crime_rank", "3284"),
            r"row 3, column 'crime_rank': 3284 \(E01006513\) is the rank of two areas",
        ),
        (
            spoil("lsoa", "imd_decile", "3"),
            r"row 3, column 'imd_decile': 3 \(E01006513\) is not the decile of rank 3285 of 32844",
        ),
        (spoil("scores", "imd_score", "160"), r"column 'imd_score': 160 \(E01006513\) is not within 0 to 100"),
        (spoil("scores", "lsoa_code", "E01006514"), r"row 3, column 'lsoa_code': 'E01006513' has no row in .*scores"),
        (spoil("lsoa", "imd_score", "1.5"), r"row 3, column 'imd_score': '1.5' differs from the score in .*scores"),
        (
            spoil("population", "total_population", "-5"),
            r"row 3, column 'total_population': total_population is -5.0, but people",
        ),
        (
            spoil("population", "total_population", "5.5"),
            r"row 3, column 'total_population': total_population is 5.5, but people are whole",
        ),
    ],
)
def test_deprivation_that_cannot_be_is_refused(act: Callable[[Tables], None], problem: str) -> None:
    tables = deprivation()
    act(tables)
    with pytest.raises(DataError, match=problem):
        clean_imd(tables)


def reversed_domain(domain: str) -> Callable[[Tables], None]:
    """The scores of a domain rise with its ranks."""

    def act(tables: Tables) -> None:
        tables["lsoa"][f"{domain}_score"] = ["0.1", "0.2"]

    return act


@pytest.mark.parametrize("domain", ["income", "employment", "education", "health", "crime", "barriers", "environment"])
def test_ranks_that_rise_with_the_scores_are_refused_in_every_domain(domain: str) -> None:
    tables = deprivation()
    reversed_domain(domain)(tables)
    problem = rf"lsoa.csv, row 3, column '{domain}_rank': 3285 \(E01006513\) is the rank of a higher {domain}_score"
    with pytest.raises(DataError, match=problem):
        clean_imd(tables)


def test_ranks_that_rise_with_the_scores_of_another_table_are_refused() -> None:
    tables = deprivation()
    tables["scores"]["imd_score"] = ["60.4", "60.5"]
    with pytest.raises(DataError, match=r"lsoa.csv, row 3, column 'imd_rank': .* higher imd_score"):
        clean_imd(tables)


def test_areas_of_one_score_may_have_any_ranks() -> None:
    tables = deprivation()
    tables["scores"]["imd_score"] = "60.5"
    assert len(clean_imd(tables)[0])


@pytest.mark.parametrize(
    ("column", "value", "problem"),
    [
        ("total_population", "1601.00", "is not the sum of population_0_15 to population_60_plus"),
        ("population_16_59", "1001", "is not the sum of"),
        ("total_population", "1600000.00", "is not the sum of"),
    ],
)
def test_people_of_all_ages_are_held_to_their_bands(column: str, value: str, problem: str) -> None:
    tables = deprivation()
    tables["population"].loc[1, column] = value
    with pytest.raises(DataError, match=rf"population.csv, row 3, column 'total_population': .* {problem}"):
        clean_imd(tables)


def test_an_area_of_the_scores_beyond_the_ranks_is_refused() -> None:
    tables = deprivation()
    tables["scores"].loc[2] = ["E01006514", "1.0"]
    with pytest.raises(DataError, match=r"scores.csv: 3 areas; expected the 2 of"):
        clean_imd(tables)


def test_a_fact_that_is_not_stated_is_named() -> None:
    definition = source("imd")
    bare = replace(definition.releases["2019-09-26"], facts={"geography": "lsoa11"})
    definition = replace(definition, releases={"2019-09-26": bare})
    with pytest.raises(DefinitionError, match="the fact 'period_start' is missing"):
        imd.clean(opened("imd", "2019-09-26", deprivation()), definition, Log("imd", "2019-09-26"))


def summaries() -> Tables:
    columns = source("iod_summaries").tables["districts"].columns
    rows = pd.DataFrame("", index=range(4), columns=list(columns))
    rows["lad_code"] = ["E08000012", "E08000012", "E08000019", "E08000019"]
    rows["domain"] = ["imd", "crime", "imd", "crime"]
    rows["rank_of_average_score"] = ["3", "5", "93", "90"]
    rows["proportion_most_deprived_10pct"] = ["0.4866", "0.2", "0.2377", "0.1"]
    rows["extent"] = ["0.6213", "", "0.3361", ""]
    return {"districts": rows}


def clean_summaries(tables: Tables) -> tuple[pd.DataFrame, Log]:
    log = Log("iod_summaries", "2019-09-26")
    return iod_summaries.clean(opened("iod_summaries", "2019-09-26", tables), source("iod_summaries"), log), log


def test_summaries_name_their_domain_and_the_codes_of_now() -> None:
    frame, log = clean_summaries(summaries())
    table = frame.set_index(["series", "area_code"])["value"]
    assert table["rank_of_average_score", "E08000012"] == 3
    assert table["crime_rank_of_average_score", "E08000039"] == 90
    assert "crime_extent" not in frame["series"].to_numpy()
    changed = log.frame().query("action == 'code changed'")
    assert changed[["rows", "detail"]].to_numpy().tolist() == [[5, "E08000019 is E08000039 now"]]


@pytest.mark.parametrize(
    ("act", "problem"),
    [
        (spoil("districts", "rank_of_average_score", "318"), r"row 3, .* 318 \(E08000012\) is not within 1 to 317"),
        (spoil("districts", "rank_of_average_score", "0"), r"row 3, .* rank_of_average_score is 0.0, but rank"),
        (
            spoil("districts", "proportion_most_deprived_10pct", "48.66"),
            r"row 3, .* proportion.* is 48.66, but proportion",
        ),
        (spoil("districts", "extent", "", 0), r"row 2, column 'extent': expected a number"),
        (
            spoil("districts", "lad_code", "E12000002"),
            r"row 3, column 'lad_code': 'E12000002' is not the code of a local",
        ),
        (spoil("districts", "domain", "imd"), r"row 3, column 'lad_code': E08000012 imd stands already in row 2"),
        (spoil("districts", "lad_code", "E08000039", 2), None),
    ],
)
def test_summaries_that_cannot_be_are_refused(act: Callable[[Tables], None], problem: str | None) -> None:
    tables = summaries()
    act(tables)
    if problem is None:
        assert len(clean_summaries(tables)[0]) == 10
        return
    with pytest.raises(DataError, match=problem):
        clean_summaries(tables)


@pytest.mark.parametrize("domain", ["imd", "crime"])
@pytest.mark.parametrize(
    ("measure", "ranked"), [("average_score", "average_score"), ("extent", "extent"), ("average_rank", "average_rank")]
)
def test_ranks_of_districts_are_held_to_what_they_rank(domain: str, measure: str, ranked: str) -> None:
    tables = summaries()
    rows = tables["districts"]["domain"] == domain
    tables["districts"].loc[rows, "rank_of_" + measure] = ["3", "93"]
    tables["districts"].loc[rows, measure] = ["0.1", "0.2"] if measure == "extent" else ["10", "20"]
    with pytest.raises(DataError, match=rf"column 'rank_of_{measure}': 93 .* is the rank of a higher .*{ranked}"):
        clean_summaries(tables)


def residents(name: str) -> Tables:
    columns = source(name).tables["lsoa"].columns
    rows = pd.DataFrame("10", index=range(2), columns=list(columns))
    rows[columns[0]] = ["E01006512", "E01006513"]
    if "total" in columns:
        rows["total"] = "200"
        rows["age_0_15"], rows["age_16_64"], rows["age_65_plus"] = "40", "100", "60"
    return {"lsoa": rows}


def clean_population(name: str, tables: Tables) -> tuple[pd.DataFrame, Log]:
    definition = source(name)
    release = next(iter(definition.releases))
    log = Log(name, release)
    return population.clean(opened(name, release, tables), definition, log), log


def test_bands_sum_to_the_total_given_or_make_it() -> None:
    estimates, _ = clean_population("population_lsoa11", residents("population_lsoa11"))
    assert estimates[estimates["age"] == "all"]["value"].tolist() == [200, 200]
    census, log = clean_population("population_census2021", residents("population_census2021"))
    total = census[census["age"] == "all"]
    assert total["value"].tolist() == [60, 60]
    assert total["row"].tolist() == [2, 3]
    assert set(total["column"]) == {"+".join(c for c in residents("population_census2021")["lsoa"] if "age_" in c)}
    assert "summed" in set(log.frame()["action"])
    assert set(census["period_start"]) == {"2021-03-21"}


@pytest.mark.parametrize(
    ("act", "problem"),
    [
        (
            spoil("lsoa", "age_90_plus", "11"),
            r"row 3, column 'total': 200 \(E01006513\) is not the sum of age_0 to age_90_plus",
        ),
        (
            spoil("lsoa", "age_0_15", "41"),
            r"row 3, column 'total': 200 \(E01006513\) is not the sum of age_0_15 to age_65_plus",
        ),
        (spoil("lsoa", "age_5_9", ""), r"row 3, column 'age_5_9': expected a number"),
        (spoil("lsoa", "age_5_9", "-10"), r"row 3, column 'age_5_9': age_5_9 is -10.0, but people"),
        (spoil("lsoa", "lsoa11_code", "E01006512"), r"row 3, .* stands already in row 2"),
        (drop("lsoa", "age_5_9"), r"the column 'age_5_9' is missing"),
    ],
)
def test_populations_that_cannot_be_are_refused(act: Callable[[Tables], None], problem: str) -> None:
    tables = residents("population_lsoa11")
    act(tables)
    with pytest.raises(DataError, match=problem):
        clean_population("population_lsoa11", tables)


@pytest.mark.parametrize(
    ("bands", "problem"),
    [
        ({"age_0_15": "0-15", "age_20_plus": "20+"}, "begins at 20; expected 16"),
        ({"age_0_15": "0-15"}, "expected an open one"),
    ],
)
def test_bands_with_a_gap_are_no_total(bands: dict[str, str], problem: str) -> None:
    with pytest.raises(DefinitionError, match=problem):
        tilings(bands)

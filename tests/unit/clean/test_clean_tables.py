"""The common cleaner on invented tables of the two shapes, wide and long."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from analysis.catalogue.source import RawTable, Release, Series, Source, Whole
from analysis.clean import tables
from analysis.clean.observations import Log
from analysis.errors import AnalysisError, DataError, DefinitionError
from analysis.sources.snapshots import OpenRelease, Snapshot, TableRecord


def opened(**raw: list[str]) -> OpenRelease:
    """An open release whose tables are given as CSV lines."""
    frames = {}
    for name, lines in raw.items():
        cells = [line.split(",") for line in lines]
        index = pd.RangeIndex(2, len(cells) + 1, name="row")
        frames[name] = pd.DataFrame(cells[1:], columns=pd.Index(cells[0]), index=index, dtype="str")
    record = {name: TableRecord(f"{name}.csv", "", 0, "", "", (), 0) for name in frames}
    snapshot = Snapshot("invented", "2020-01-01", "", "", "", "", "", "", "", {}, record)
    return OpenRelease("data/raw/invented/2020-01-01", snapshot, frames)


def source(series: dict[str, Series], **given: object) -> Source:
    facts = given.pop("facts", {})
    release = Release("t", "2020-01-01", "a", ("t",), facts=facts)  # type: ignore[arg-type]
    table = RawTable((), (), "")
    return Source("invented", "t", "p", "l", "a", {"t": table}, {"2020-01-01": release}, series=series, **given)  # type: ignore[arg-type]


WIDE = {
    "life_expectancy": Series("LE", "years", lower="lower_ci95", upper="upper_ci95"),
    "deaths": Series("D", "deaths"),
}
LONG = {"rate": Series("R", "%", published_unit="Per cent"), "girls": Series("G", "years", sex="female")}


def cleaned(release: OpenRelease, definition: Source) -> tuple[pd.DataFrame, pd.DataFrame]:
    log = Log("invented", "2020-01-01")
    return tables.clean(release, definition, log), log.frame()


def test_wide_tables_become_one_row_for_each_series() -> None:
    release = opened(
        t=[
            "msoa11_code,sex,life_expectancy,lower_ci95,upper_ci95,deaths",
            "E02000001,Males,78.5,77,80,12",
            "E02000001,Females,,,,3",
        ]
    )
    definition = source(WIDE, missing={"": "[x]"}, facts={"period": "2016 to 2020", "flag": "[u]"})
    frame, log = cleaned(release, definition)
    assert frame["series"].tolist() == ["deaths", "deaths", "life_expectancy", "life_expectancy"]
    assert set(frame["geography"]) == {"msoa11"}
    assert set(frame["period_start"] + frame["period_end"]) == {"2016-01-012020-12-31"}
    missing = frame[frame["value"].isna()].iloc[0]
    assert (missing["sex"], missing["flag"]) == ("female", "[x]")
    assert frame.loc[frame["value"].notna(), "flag"].unique().tolist() == ["[u]"]
    held = frame[(frame["series"] == "life_expectancy") & (frame["sex"] == "male")].iloc[0]
    assert (held["lower_ci95"], held["upper_ci95"]) == (77.0, 80.0)
    assert (held["table"], held["row"], held["column"]) == ("t", 2, "life_expectancy")
    assert frame.loc[frame["series"] == "deaths", "lower_ci95"].isna().all()
    gap = log[log["action"] == "area without data"]
    assert gap["detail"].tolist() == ["life_expectancy, female: E02000001 (value blank)"]
    assert dict(zip(log["action"], log["rows"], strict=True)) | {"rows in": 2, "rows out": 4} == dict(
        zip(log["action"], log["rows"], strict=True)
    )


ROWS = ["series,period,area_code,value,lower_ci95,upper_ci95,status,notes"]


def test_long_tables_take_sex_and_unit_from_the_series() -> None:
    release = opened(
        t=[
            *ROWS,
            "girls,2018-01-01/P3Y,E92000001,64.1,63,65,,",
            "rate,2018/19,E12000002,,,,u,",
            "rate,2018/19,E08000012,5,,,,",
        ]
    )
    definition = source(LONG, missing={"": "[x]"}, statuses={"u": "[u]"}, facts={"years": "academic"})
    frame, _ = cleaned(release, definition)
    assert frame["sex"].tolist() == ["female", "persons", "persons"]
    assert frame["geography"].tolist() == ["country", "lad", "region"]
    assert frame["flag"].tolist() == ["", "", "[u][x]"]
    assert frame["period_end"].tolist() == ["2020-12-31", "2019-08-31", "2019-08-31"]


CODES = {"E08000019": "E08000039"}
SHEFFIELD = "rate,2018,E08000039,5,4,6,,"


def test_a_replaced_code_is_unified_and_the_observation_under_both_kept_once() -> None:
    release = opened(t=[*ROWS, "rate,2017,E08000019,4,3,5,,old", "rate,2018,E08000019,5,4,6,,old", SHEFFIELD])
    frame, log = cleaned(release, source(LONG, missing={"": "[x]"}, code_changes=CODES))
    assert frame["area_code"].tolist() == ["E08000039", "E08000039"]
    assert frame["value"].tolist() == [4.0, 5.0]
    assert log.set_index("action")["rows"].to_dict() == {"rows in": 3, "code changed": 2, "left out": 1, "rows out": 2}


@pytest.mark.parametrize(
    "other", ["rate,2018,E08000019,5.1,4,6,,", "rate,2018,E08000019,5,4.1,6,,", "rate,2018,E08000019,,,,,"]
)
def test_an_observation_that_differs_under_both_codes_is_refused(other: str) -> None:
    release = opened(t=[*ROWS, other, SHEFFIELD])
    with pytest.raises(DataError, match="differs between an area's old and new code"):
        cleaned(release, source(LONG, missing={"": "[x]"}, code_changes=CODES))


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("rate,2018,E0800001,5,,,,", r"row 2, column 'area_code': 'E0800001' is not such a code"),
        ("rate,2018,E05000886,5,,,,", "'E05000886' is not such a code"),
        ("rate,2018,Liverpool,5,,,,", "'Liverpool' is not such a code"),
        ("rote,2018,E08000012,5,,,,", r"row 2, column 'series': 'rote' is not declared"),
        ("rate,2018,E08000012,-5,,,,", r"row 2, column 'value': rate is -5.0"),
        ("rate,2018,E08000012,500,,,,", r"row 2, column 'value': rate is 500.0"),
        ("rate,2018,E08000012,..,,,,", r"row 2, column 'value': expected a number"),
        ("rate,2018,E08000012,5,6,7,,", "limits do not hold the value"),
        ("rate,2018,E08000012,5,4,6,z,", "status 'z' is not declared"),
        ("rate,soon,E08000012,5,4,6,,", "row 2, column 'period'"),
        ("rate,2018,E08000012,5,-4,6,,", "row 2, column 'lower_ci95': a confidence limit of rate is -4.0"),
        ("rate,2018,E08000012,5,4,600,,", "row 2, column 'upper_ci95': a confidence limit of rate is 600.0"),
        ("girls,2018,E08000012,5%,4,6,,", "'5%', and the unit of the series is not %"),
        ("rate,2018,e08000012,5,,,,", "'e08000012' is not such a code; .* looks like E08000012"),
        ("rate,2018,E0800001\u200b2,5,,,,", r"'E0800001.u200b2' is not such a code; .* looks like E08000012"),
        ("rate,2018,\u041508000012,5,,,,", r"'.u041508000012' is not such a code; .* looks like E08000012"),
        ("rate,2018,E0800OO12,5,,,,", "'E0800OO12' is not such a code; .* looks like E08000012"),
        ("rate,2018,E0800001\uff12,5,,,,", r"'E0800001.uff12' is not such a code; .* looks like E08000012"),
    ],
)
def test_what_a_long_table_may_not_hold(row: str, problem: str) -> None:
    with pytest.raises(DataError, match=problem) as caught:
        cleaned(opened(t=[*ROWS, row]), source(LONG, missing={"": "[x]"}))
    assert "data/raw/invented/2020-01-01/t.csv" in str(caught.value)


def test_an_observation_that_stands_twice_is_refused() -> None:
    with pytest.raises(DataError, match="stands twice"):
        cleaned(opened(t=[*ROWS, SHEFFIELD, SHEFFIELD]), source(LONG, missing={"": "[x]"}))


def test_a_change_of_unit_is_refused() -> None:
    units = ["series,title,measure,unit", "rate,R,m,Per 1000"]
    with pytest.raises(DataError, match=r"rate is in 'Per 1000', its definition says 'Per cent'"):
        cleaned(opened(t=[*ROWS, SHEFFIELD], series=units), source(LONG, missing={"": "[x]"}))
    other = ["series,title,measure,unit", "other,R,m,Per cent"]
    with pytest.raises(DataError, match="'other' is not declared"):
        cleaned(opened(t=[*ROWS, SHEFFIELD], series=other), source(LONG, missing={"": "[x]"}))


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        (
            ["lsoa11_code,deaths", "E02000001,1"],
            "'E02000001' is not the code of a Lower layer.*; expected nine characters that begin with",
        ),
        (["ward_code,deaths", "E05000886,1"], "expected one area column"),
        (["lsoa11_code,death", "E01000001,1"], "no column is a declared series"),
        (["lsoa11_code,sex,deaths", "E01000001,X,1"], "'X' is not known; expected female, male, persons"),
        (["lsoa11_code,deaths", "E01000001,-1"], "deaths is -1.0"),
        (["lsoa11_code,deaths", "E01000001,1.5"], "whole numbers"),
    ],
)
def test_what_a_wide_table_may_not_hold(lines: list[str], problem: str) -> None:
    with pytest.raises(AnalysisError, match=problem):
        cleaned(opened(t=lines), source(WIDE, facts={"period": "2020"}))


def test_a_release_that_says_no_period_is_refused() -> None:
    with pytest.raises(DefinitionError, match="facts do not say it"):
        cleaned(opened(t=["lsoa11_code,deaths", "E01000001,1"]), source(WIDE))


def test_proportions_come_out_as_percentages() -> None:
    share = {"share": Series("S", "%", published_unit="proportion")}
    frame, _ = cleaned(opened(t=["lsoa11_code,share", "E01000001,0.29"]), source(share, facts={"period": "2020"}))
    assert frame["value"].tolist() == [29.0]


def test_a_percent_sign_in_a_table_of_several_units_is_read_where_the_unit_is_one() -> None:
    rows = ["rate,2018,E08000012,5%,4%,6 %,,", "girls,2018,E08000012,80,,,,"]
    frame, _ = cleaned(opened(t=[*ROWS, *rows]), source(LONG, missing={"": "[x]"}))
    assert frame[["series", "value", "lower_ci95"]].fillna(-1).to_numpy().tolist() == [
        ["girls", 80.0, -1.0],
        ["rate", 5.0, 4.0],
    ]
    with pytest.raises(DataError, match=r"row 3, column 'value': '80%' has a percent sign"):
        cleaned(opened(t=[*ROWS, rows[0], rows[1].replace(",80", ",80%")]), source(LONG, missing={"": "[x]"}))


@pytest.mark.parametrize("code", ["W06000015", "S12000049", "N09000003", "S92000003", "N92000002", "W92000004"])
def test_areas_of_the_four_nations_are_read(code: str) -> None:
    frame, _ = cleaned(opened(t=[*ROWS, f"rate,2018,{code},5,,,,"]), source(LONG, missing={"": "[x]"}))
    assert frame["geography"].tolist() == ["country" if code[1:3] == "92" else "lad"]


HOMES = {
    "homes": Series("H", "households"),
    "owned": Series("O", "households"),
    "rented": Series("R", "households"),
    "damp": Series("D", "households"),
}


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("E01000002,11,6,4,1", r"row 3, column 'homes': 11 \(E01000002\) is not the sum of its parts, owned to rented"),
        ("E01000002,10000,6,4,1", "is not the sum of its parts"),
        ("E01000002,10,4,5,1", "is not the sum of its parts"),
        ("E01000002,10,6,4,11", r"row 3, column 'homes': 10 \(E01000002\) is below its part damp"),
        ("E01000002,-0,0,0,0", r"row 3, column 'homes': '-0' is no figure"),
    ],
)
def test_a_whole_is_held_to_its_parts(row: str, problem: str) -> None:
    wholes = {"homes": Whole(parts=("owned", "rented"), among=("damp",))}
    definition = source(HOMES, wholes=wholes, facts={"period": "2020"})
    lines = ["lsoa11_code,homes,owned,rented,damp", "E01000001,10,6,4,10"]
    assert len(cleaned(opened(t=lines), definition)[0]) == 4
    with pytest.raises(DataError, match=problem):
        cleaned(opened(t=[*lines, row]), definition)


@pytest.mark.parametrize(
    ("persons", "problem"),
    [("8", "below those of one sex"), ("30", "not those of men and women together"), ("9000", "together")],
)
def test_persons_beside_men_and_women_are_both_together(persons: str, problem: str) -> None:
    lines = ["lsoa11_code,sex,age,deaths", "E01000001,Male,1-4,9", "E01000001,Female,1-4,10"]
    definition = source(WIDE, wholes={"deaths": Whole(sexes=True)}, facts={"period": "2020"})
    assert len(cleaned(opened(t=[*lines, "E01000001,Persons,1-4,19"]), definition)[0]) == 3
    with pytest.raises(DataError, match=rf"row 4, column 'deaths': .* {problem}"):
        cleaned(opened(t=[*lines, f"E01000001,Persons,1-4,{persons}"]), definition)


def test_a_column_of_the_table_that_is_missing_is_refused_not_skipped() -> None:
    definition = source(WIDE, facts={"period": "2020"})
    table = RawTable(("lsoa11_code", "deaths", "life_expectancy"), ("lsoa11_code",), "")
    with pytest.raises(DataError, match=r"t\.csv: the column 'life_expectancy' is missing"):
        cleaned(opened(t=["lsoa11_code,deaths", "E01000001,1"]), replace(definition, tables={"t": table}))


def test_ranks_and_tenths_of_any_table_agree() -> None:
    ranked = {"a_rank": Series("R", "rank"), "a_decile": Series("D", "decile"), "a_score": Series("S", "index")}
    definition = source(ranked, facts={"period": "2020"})
    head = "lsoa11_code,a_rank,a_decile,a_score"
    good = [head, "E01000001,1,1,9.5", "E01000002,2,2,9.1", "E01000003,3,2,9.1"]
    assert len(cleaned(opened(t=good), definition)[0]) == 9
    for row, problem in (("E01000004,4,1,9", "a_decile"), ("E01000004,4,3,9.2", "a_score")):
        with pytest.raises(DataError, match=rf"row 5, column 'a_rank': 4 .* a higher {problem}"):
            cleaned(opened(t=[*good, row]), definition)


def test_a_series_measured_at_another_time_than_its_release_says_so() -> None:
    release = opened(t=["msoa11_code,life_expectancy,lower_ci95,upper_ci95,deaths", "E02000001,78.5,77,80,12"])
    facts = {"period": "2019", "periods": {"deaths": "2015/16"}}
    frame, _ = cleaned(release, source(WIDE, facts=facts))
    dates = frame.set_index("series")[["period_start", "period_end"]]
    assert dates.loc["deaths"].tolist() == ["2015-04-01", "2016-03-31"]
    assert dates.loc["life_expectancy"].tolist() == ["2019-01-01", "2019-12-31"]

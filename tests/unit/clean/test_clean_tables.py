"""The common cleaner on invented tables of the two shapes, wide and long."""

from __future__ import annotations

import pandas as pd
import pytest

from analysis.catalogue.source import RawTable, Release, Series, Source
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
    record = {name: TableRecord(f"{name}.csv", "", 0, "", "", "", "", 0) for name in frames}
    snapshot = Snapshot("invented", "2020-01-01", "", "", "", "", "", "", "", record)
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
        ("rate,2018,E08000012,-5,,,,", r"row 2: rate is -5.0"),
        ("rate,2018,E08000012,500,,,,", r"row 2: rate is 500.0"),
        ("rate,2018,E08000012,..,,,,", r"row 2, column 'value': expected a number"),
        ("rate,2018,E08000012,5,6,7,,", "limits do not hold the value"),
        ("rate,2018,E08000012,5,4,6,z,", "status 'z' is not declared"),
        ("rate,soon,E08000012,5,4,6,,", "row 2, column 'period'"),
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
        (["lsoa11_code,deaths", "E02000001,1"], "expected nine characters that begin with E01, W01"),
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

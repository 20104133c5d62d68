"""Processed tables: one canonical form on disk, and the contract of indicators.csv."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.errors import DataError
from analysis.tables.contract import (
    INDICATOR_COLUMNS,
    INDICATOR_KEY,
    check_indicators,
    format_number,
    read_processed,
    to_canonical_csv,
)

TABLE = pd.DataFrame(
    {
        "release": ["2018", "2018", "2015"],
        "area_code": ["E05000002", "E05000001", "E05000001"],
        "name": ["Hill, east", 'The "Quay"', "Café"],
        "value": [1 / 3, float("nan"), 1e-7],
        "rows": [3, 2, 1],
    }
)


def test_rows_are_sorted_by_key_and_written_in_one_form() -> None:
    content = to_canonical_csv(TABLE, ("release", "area_code"))
    assert content.decode("utf-8") == (
        "release,area_code,name,value,rows\n"
        "2015,E05000001,Café,0.0000001,1\n"
        '2018,E05000001,"The ""Quay""",,2\n'
        '2018,E05000002,"Hill, east",0.333333333333,3\n'
    )
    shuffled = TABLE.sample(frac=1, random_state=1)
    assert to_canonical_csv(shuffled, ("release", "area_code")) == content


def test_reading_back_and_writing_again_gives_the_same_bytes(tmp_path: Path) -> None:
    content = to_canonical_csv(TABLE, ("release", "area_code"))
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    back = read_processed(path, ("release",))
    assert back["release"].tolist() == ["2015", "2018", "2018"]
    assert back["value"].isna().tolist() == [False, True, False]
    assert to_canonical_csv(back, ("release", "area_code")) == content


def test_a_repeated_key_is_refused() -> None:
    with pytest.raises(DataError, match="1 rows repeat the key area_code, first: E05000001"):
        to_canonical_csv(TABLE, ("area_code",))


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.1 + 0.2, "0.3"),
        (134.0, "134"),
        (-0.0, "0"),
        (1e15, "1000000000000000"),
        (123456789.123456789, "123456789.123"),
        (2.5e-9, "0.0000000025"),
        (math.nan, ""),
        (-1.5, "-1.5"),
    ],
)
def test_numbers_have_twelve_digits_and_no_exponent(number: float, text: str) -> None:
    assert format_number(number) == text


def test_a_table_that_is_not_there_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="sotc build tinytown-2018"):
        read_processed(tmp_path / "tinytown-2018" / "indicators.csv")


def rows(**changes: list[object]) -> pd.DataFrame:
    base: dict[str, list[object]] = {
        "indicator": ["b", "a"],
        "area_code": ["E05000001", "E05000001"],
        "area_name": ["Mill", "Mill"],
        "geography": ["ward22", "ward22"],
        "period_start": ["2017-01-01"] * 2,
        "period_end": ["2017-12-31"] * 2,
        "sex": ["persons"] * 2,
        "age": ["all"] * 2,
        "value": [50.0, np.nan],
        "unit": ["%", "%"],
        "lower_ci95": [np.nan, np.nan],
        "upper_ci95": [np.nan, np.nan],
        "numerator": [np.nan, np.nan],
        "denominator": [np.nan, np.nan],
        "flag": ["[e]", "[e][x]"],
        "source": ["s", "s"],
        "release": ["2018", "2018"],
        "input": [1, 1],
    }
    return pd.DataFrame({**base, **changes})


def test_good_rows_come_back_in_column_and_key_order() -> None:
    checked = check_indicators(rows()[list(reversed(INDICATOR_COLUMNS))], "x")
    assert tuple(checked.columns) == INDICATOR_COLUMNS
    assert checked["indicator"].tolist() == ["a", "b"]
    assert not checked.duplicated(list(INDICATOR_KEY)).any()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"indicator": ["a", "a"]}, "the key stands twice"),
        ({"flag": ["[e]", "[e]"]}, "a value is missing and no flag says why"),
        ({"flag": ["[x]", "[x]"]}, "a flag says that the value is missing, and there is one"),
        ({"value": [100.5, np.nan]}, "a percentage lies outside 0 to 100"),
        ({"value": [-0.1, np.nan]}, "a percentage lies outside 0 to 100"),
    ],
)
def test_rows_that_break_the_contract_are_refused(changes: dict[str, list[object]], says: str) -> None:
    with pytest.raises(DataError, match=says):
        check_indicators(rows(**changes), "tinytown-2018: indicators")


@pytest.mark.parametrize("column", INDICATOR_COLUMNS)
def test_each_column_is_needed(column: str) -> None:
    with pytest.raises(DataError, match=f"the column '{column}' is missing"):
        check_indicators(rows().drop(columns=column), "x")


def test_a_hundred_and_a_value_beyond_it_of_another_unit_are_good() -> None:
    assert len(check_indicators(rows(value=[100.0, np.nan]), "x")) == 2
    assert len(check_indicators(rows(value=[1000.0, np.nan], unit=["people", "people"]), "x")) == 2

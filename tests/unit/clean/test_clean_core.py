"""Periods in columns, marks, statuses and units: what is refused names the file, the row and the column."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.catalogue.units import load_units
from analysis.clean.cells import missing_with_reason, read_ages, read_numbers, read_statuses, split_ending
from analysis.clean.health_index import repeated_steps
from analysis.clean.periods import parse_period, parse_periods
from analysis.clean.units import check_values, to_unit
from analysis.errors import DataError, DefinitionError


def column(*cells: str, name: str = "value") -> pd.Series:
    return pd.Series(cells, index=range(2, len(cells) + 2), name=name, dtype="str")


def test_periods_of_a_column_keep_their_rows() -> None:
    frame = parse_periods(column("2016 to 2018", "2018", "2016 to 2018", name="period"), "hle.csv")
    assert frame["period_start"].tolist() == ["2016-01-01", "2018-01-01", "2016-01-01"]
    assert frame.index.tolist() == [2, 3, 4]


def test_a_period_not_understood_is_named_with_its_place() -> None:
    with pytest.raises(DataError, match=r"hle\.csv, row 3, column 'period': the period 'soon' is not understood"):
        parse_periods(column("2018", "soon", name="period"), "hle.csv")


def test_an_unknown_kind_of_year_is_refused() -> None:
    with pytest.raises(DataError, match="'fiscal' is not known"):
        parse_period("2018/19", "fiscal")


def test_numbers_as_publishers_write_them() -> None:
    cells = column(
        "1,234", "1234.50", "-0.5", ".5", "1e3", "+7", "12,345,678", "\u22125", "\u20135.5", "14 664", "\u200b3\u00a0"
    )
    read = read_numbers(cells, {}, "x.csv")
    assert read.values.tolist() == [1234.0, 1234.5, -0.5, 0.5, 1000.0, 7.0, 12345678.0, -5.0, -5.5, 14664.0, 3.0]
    assert set(read.flags) == {""}
    assert (read.file, read.column, read.rows.tolist()[:2], read.texts[0]) == ("x.csv", "value", [2, 3], "1,234")


def test_the_same_mark_means_what_its_source_says() -> None:
    for flag in ("[c]", "[x]", "[z]"):
        read = read_numbers(column("3", "-"), {"-": flag}, "x.csv")
        assert np.isnan(read.values).tolist() == [False, True]
        assert read.flags.tolist() == ["", flag]


NO_NUMBERS = ["", "n/a", "12,34", "1 2", "12 q", "-", "+", ".", "nan", "NaN", "inf", "1.2.3"]
NO_NUMBERS += [
    "0,986",
    "01,234",
    "1,2345",
    "1_0",
    "\uff11\uff12",
    "\u0661",
    "1 234 56",
    "1.234.567",
    "(5)",
    "5-",
    "0x1F",
    "True",
]
NO_NUMBERS += ["#DIV/0!", "#N/A", "=A1+B1", "2018-07-31", "infinity", "1e5e5", "1,234,56", "\u2212", "5\u20446"]


@pytest.mark.parametrize("cell", NO_NUMBERS)
def test_undeclared_marks_are_refused(cell: str) -> None:
    with pytest.raises(DataError, match=r"x\.csv, row 3, column 'value': expected a number or a declared mark"):
        read_numbers(column("3", cell), {"c": "[c]"}, "x.csv")


@pytest.mark.parametrize("cell", ["1e300", "9" * 20, "-1e12", "1,000,000,000,000", "1e999"])
def test_a_number_that_no_figure_can_be_is_refused(cell: str) -> None:
    with pytest.raises(DataError, match=r"x\.csv, row 3, column 'value': '.*' is larger than any figure there is"):
        read_numbers(column("3", cell), {}, "x.csv")


@pytest.mark.parametrize("cell", ["-0", "\u22120", "-00"])
def test_a_minus_before_nought_is_refused(cell: str) -> None:
    with pytest.raises(DataError, match=r"row 3, column 'value': .* a minus before nought"):
        read_numbers(column("3", cell), {}, "x.csv")
    assert read_numbers(column("-0.04", "0", "0.0"), {}, "x.csv").values.tolist() == [-0.04, 0.0, 0.0]


def test_a_percent_sign_is_read_only_where_the_unit_is_one() -> None:
    assert read_numbers(column("18.7%", "3 %", "4"), {}, "x.csv", percent=True).values.tolist() == [18.7, 3.0, 4.0]
    with pytest.raises(DataError, match=r"row 2, column 'value': got '18.7%', and the unit of the series is not %"):
        read_numbers(column("18.7%"), {}, "x.csv")


@pytest.mark.parametrize(
    "age", ["04-Jan", "Jan-04", "2018-01-04", "1 to 4", "4-1", "90 +", "\uff11-\uff14", "", "all ages"]
)
def test_what_is_no_age_is_refused(age: str) -> None:
    assert read_ages(column("all", "0", "1-4", "90+", name="age"), "x.csv").tolist() == ["all", "0", "1-4", "90+"]
    with pytest.raises(DataError, match=r"x\.csv, row 3, column 'age': .* is no age"):
        read_ages(column("0", age, name="age"), "x.csv")


def test_a_mark_of_absence_beside_a_number_is_refused_and_the_other_way_round() -> None:
    with pytest.raises(DataError, match="has a value, but the flag"):
        read_numbers(column("3 c"), {"c": "[c]"}, "x.csv")
    with pytest.raises(DataError, match="stands alone"):
        read_numbers(column("p"), {"p": "[p]"}, "x.csv")


def test_a_mark_declared_as_no_known_flag_is_refused() -> None:
    for flag in ("", "c", "[q]"):
        with pytest.raises(DefinitionError, match="'-' is declared as"):
            read_numbers(column("3"), {"-": flag}, "x.csv")


def test_statuses() -> None:
    flags = read_statuses(column("", "x", "u", name="status"), {"x": "[x]", "u": "[u]"}, "els.csv")
    assert flags.tolist() == ["", "[x]", "[u]"]
    with pytest.raises(DataError, match=r"els\.csv, row 3, column 'status': the status 'r' is not declared"):
        read_statuses(column("", "r", name="status"), {"x": "[x]"}, "els.csv")


def test_only_declared_endings_are_split_off() -> None:
    texts, flags = split_ending(column("2021/22 (p)", "2020/21 (r)"), {"(p)": "[p]"})
    assert texts.tolist() == ["2021/22", "2020/21 (r)"]
    assert flags.tolist() == ["[p]", ""]


def test_every_missing_value_has_a_reason() -> None:
    values = np.array([1.0, np.nan, np.nan, np.nan])
    assert missing_with_reason(values, np.array(["", "", "[u]", "[c]"], dtype=object)).tolist() == [
        "",
        "[x]",
        "[u][x]",
        "[c]",
    ]


@pytest.mark.parametrize(
    ("unit", "value"),
    [
        *(("%", 100.1), ("%", -0.1), ("households", -1.0), ("households", 1.5), ("deaths", -3.0), ("proportion", 1.01)),
        *(("people", -0.0), ("people", 1e11), ("%", -0.0), ("proportion", -0.0)),
        *(("decile", 11.0), ("decile", 0.0), ("rank", 0.0), ("years", 121.0), ("per 100,000 people", -1.0)),
    ],
)
def test_impossible_values_are_refused_with_their_row(unit: str, value: float) -> None:
    with pytest.raises(DataError, match=r"x\.csv, row 9, column 'value': series_x is"):
        check_values(pd.Series([1.0, value], index=[8, 9], name="value"), unit, "series_x", "x.csv")


@pytest.mark.parametrize(("unit", "values"), [("%", [0.0, 100.0]), ("households", [0.0, 3.0]), ("£ million", [-5.5])])
def test_possible_values_pass(unit: str, values: list[float]) -> None:
    check_values(pd.Series([*values, float("nan")]), unit, "s", "x.csv")


def test_limits_are_held_to_the_range_of_their_values_and_need_not_be_whole() -> None:
    check_values(pd.Series([1.5, 0.1], name="lower"), "deaths", "d", "x.csv", limit=True)
    for value in (-0.1, 100.5):
        with pytest.raises(DataError, match=r"row 4, column 'lower': a confidence limit of rate is"):
            check_values(pd.Series([value], index=[4], name="lower"), "%", "rate", "x.csv", limit=True)


def test_proportions_declared_as_percentages_are_refused() -> None:
    shares = pd.Series([0.1, 0.5, 1.0, 0.0, 0.7])
    with pytest.raises(DataError, match="look like proportions"):
        check_values(shares, "%", "s", "x.csv")
    check_values(pd.Series([0.0] * 5), "%", "s", "x.csv")
    check_values(pd.Series([0.7, 1.3, 0.2, 0.4, 0.9]), "%", "s", "x.csv")
    check_values(shares, "proportion", "s", "x.csv")
    assert to_unit(pd.Series([0.29]), "proportion", "%", "s", "x.csv").tolist() == [29.0]
    with pytest.raises(DefinitionError, match="no conversion from '%' to 'proportion'"):
        to_unit(shares, "%", "proportion", "s", "x.csv")


def test_an_unknown_unit_is_refused() -> None:
    assert "furlongs" not in load_units()
    with pytest.raises(DefinitionError, match="'furlongs'"):
        check_values(pd.Series([1.0]), "furlongs", "s", "x.csv")


def test_a_step_is_repeated_only_where_every_area_repeats() -> None:
    frame = pd.DataFrame(
        {
            "series": "s",
            "area_code": ["E08000012"] * 3 + ["E08000003"] * 3,
            "period_end": ["2015-12-31", "2016-12-31", "2017-12-31"] * 2,
            "value": [1.0, 1.0, 1.0, 2.0, 2.0, 2.5],
        }
    )
    assert repeated_steps(frame) == {"s": ["2016"]}

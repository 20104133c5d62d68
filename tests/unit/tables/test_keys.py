"""Keys of numbers: written and read alike, refused where they are loose, resolved to the rows that they name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from analysis.errors import DataError, UsageError
from analysis.paths import Project
from analysis.tables import keys
from analysis.tables.keys import Combined, Filter, Rows, parse_key
from analysis.tables.query import GIVES, Tables, agrees

ROW = {
    "indicator": "rate",
    "area_code": "E08000012",
    "period_start": "2017-01-01",
    "period_end": "2017-12-31",
    "sex": "persons",
    "age": "0-15",
    "release": "2018-02-28",
}


def test_a_key_of_a_row_names_its_whole_key() -> None:
    text = keys.row_key(ROW, "numerator", edition="city-2018")
    assert text == "city-2018/rate@E08000012@2017-01-01/2017-12-31@persons@0-15@2018-02-28:numerator"
    found = parse_key(text)
    assert isinstance(found, Rows)
    assert {one.column: one.value for one in found.filters} == ROW
    assert (found.edition, found.table, found.column, found.aggregate) == ("city-2018", "indicators", "numerator", "")


def test_whatever_stands_in_a_cell_can_stand_in_a_key() -> None:
    value = "last among the peers, by rank: 50% (a & b) = c"
    found = parse_key(keys.cell("judgement_support", "series", judgement=value))
    assert isinstance(found, Rows)
    assert found.filters == (Filter("judgement", "=", value),)


def test_two_keys_can_be_set_against_each_other() -> None:
    city, country = keys.row_key(ROW), keys.row_key(ROW, area="E92000001")
    assert isinstance(parse_key(f"{city} / {country}"), Combined)
    assert isinstance(parse_key(f"{city} - {country}"), Combined)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "rate",
        "coverage:covered",
        "rate@E08000012@2017@persons@all",
        "rate@E08000012@2017-01-01/2017-12-31@people@all",
        "coverage?plan=a",
        "coverage?plan:count",
        "coverage?plan=a:sum",
        "coverage?plan=a:average(outcomes)",
        "coverage?plan=a=b:count",
        "Coverage?plan=a:count",
        "coverage?plan=a:count(outcomes)x",
    ],
)
def test_a_loose_key_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"is no (key|condition)"):
        parse_key(text)


@pytest.fixture
def tables(tmp_path: Path) -> Tables:
    before, now = tmp_path / "data" / "processed" / "city-2017", tmp_path / "data" / "processed" / "city-2018"
    for folder in (before, now):
        folder.mkdir(parents=True)
    head = "indicator,area_code,sex,age,period_end,value,flag\n"
    (before / "judgements.csv").write_text(
        head + "a,X,persons,all,2016-12-31,1,\nb,X,persons,all,2016-12-31,2,\ngone,X,persons,all,2016-12-31,3,\n"
    )
    (now / "judgements.csv").write_text(
        head + "a,X,persons,all,2017-12-31,1.5,[r]\nb,X,persons,all,2016-12-31,2,\nc,X,persons,all,2017-12-31,,[x]\n"
        "d,X,persons,all,2017-12-31,4,[e][r]\n"
    )
    return Tables(Project(tmp_path, tmp_path / "definitions"), "city-2018")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("judgements?indicator=a:value", 1.5),
        ("judgements?:count", 4),
        ("judgements?value!=:count", 3),
        ("judgements?value=:count", 1),
        ("judgements?flag~[r]:count", 2),
        ("judgements?flag!~[r]:count", 2),
        ("judgements?indicator=a|b|c:count", 3),
        ("judgements?indicator!=a|b:count", 2),
        ("judgements?value>=2:count", 2),
        ("judgements?value<2:count", 1),
        ("judgements?:sum(value)", 7.5),
        ("judgements?:distinct(period_end)", 2),
        ("judgements?:min(value)", 1.5),
        ("judgements?:max(value)", 4),
        ("judgements?:median(value)", 2),
        ("judgements?:mean_size(value)", 2.5),
        ("judgements?indicator=a:percent(value)", 150),
        ("city-2017/judgements?indicator=a:value", 1),
        ("judgements?city-2017.value!=&city-2017.period_end<{period_end}:count", 1),
        ("judgements?value!=&city-2017.value=:count", 1),
        ("city-2017/judgements?city-2018.value=:count", 1),
        ("judgements?indicator=a:value - city-2017/judgements?indicator=a:value", 0.5),
        ("judgements?indicator=a:value / judgements?indicator=d:value", 37.5),
    ],
)
def test_a_key_gives_its_number(tables: Tables, key: str, value: float) -> None:
    assert tables.resolve(key).value == value


def test_a_mean_size_leaves_signs_out() -> None:
    assert GIVES["mean_size"]([-1.0, 3.0]) == 2.0


@pytest.mark.parametrize(
    ("key", "says"),
    [
        ("judgements?value!=:value", "3 rows, first on lines 2 and 3 of judgements.csv"),
        ("judgements?indicator=z:value", "no row of judgements.csv"),
        ("judgements?sec=male:count", "has no column 'sec': expected 'sex'"),
        ("judgements?indicator=c:value", "no number stands there"),
        ("judgements?indicator=c:min(value)", "no row of judgements.csv has a number"),
    ],
)
def test_a_key_that_gives_no_number_is_refused(tables: Tables, key: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        tables.resolve(key)


def test_a_table_that_is_not_there_is_named(tables: Tables) -> None:
    with pytest.raises(DataError, match=r"coverage\.csv: not found: expected 'judgements'"):
        tables.resolve("coverage?:count")
    with pytest.raises(DataError, match="Build it first: sotc build city-2016"):
        tables.resolve("city-2016/coverage?:count")


def test_a_row_knows_its_line(tables: Tables) -> None:
    (row,) = tables.resolve("judgements?indicator=b:value").rows
    assert (row.file, row.line) == ("data/processed/city-2018/judgements.csv", 3)


@pytest.mark.parametrize(
    ("text", "value", "right"),
    [
        ("44.9%", 44.94999, True),
        ("45.0%", 44.94999, False),
        ("13 per 1,000 dwellings", 13.4, True),
        ("£1,234 million", 1233.5, True),
        ("−0.3", -0.31, True),
        ("0.3", -0.31, False),
        ("Eight", 8, True),
        ("eight", 8.4, False),
        ("21st", 21, True),
        ("ninth", 9, True),
        ("a fall of 1.5 years", -1.52, True),
        ("a fall of 1.5 years", 1.52, False),
        ("12% fewer", -12.2, True),
        ("many", 5, False),
    ],
)
def test_what_is_printed_is_held_to_the_number(text: str, value: float, right: bool) -> None:
    assert agrees(text, value) is right


def test_every_form_of_a_key_stands_in_the_grammar(repository: Path) -> None:
    page = (repository / "docs" / "explain.md").read_text(encoding="utf-8")
    for word in (*keys.AGGREGATES, *keys.OPERATORS, *(sign.strip() for sign in keys.SIGNS)):
        assert f"`{word}" in page, f"docs/explain.md does not say what {word!r} means"
    any_table: Any = parse_key("coverage?:count")
    assert any_table.filters == ()

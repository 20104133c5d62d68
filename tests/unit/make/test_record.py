"""Recording cleans before it replaces: what the build would refuse is refused here, by the publisher's own line."""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import yaml

from analysis.cli import main
from analysis.errors import DataError

Act = Callable[[list[list[Any]]], None]


def held(city: Any) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in city.project.raw.rglob("*") if path.is_file()}


def run(
    city: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: object
) -> tuple[int, str, str]:
    monkeypatch.chdir(city.root)
    monkeypatch.setattr(sys, "argv", ["sotc", *map(str, words)])
    capsys.readouterr()
    try:
        main()
        code = 0
    except SystemExit as left:
        code = left.code if isinstance(left.code, int) else int(bool(left.code))
    out, err = capsys.readouterr()
    return code, out, err


def changed_csv(path: Path, act: Act) -> Path:
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    act(rows)
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return path


def changed_book(path: Path, act: Act) -> Path:
    book = openpyxl.load_workbook(path)
    page = book.worksheets[0]
    rows = [list(row) for row in page.iter_rows(values_only=True)]
    act(rows)
    page.delete_rows(1, page.max_row + 1)
    for row in rows:
        page.append(row)
    book.save(path)
    return path


def put(line: int, heading: str, value: Any, head: int = 1) -> Act:
    """Put a value on a line (as the file counts them) under a heading."""

    def act(rows: list[list[Any]]) -> None:
        rows[line - 1][rows[head - 1].index(heading)] = value

    return act


def drop(line: int) -> Act:
    return lambda rows: rows.__delitem__(line - 1)


def column_more(heading: str, head: int = 3) -> Act:
    def act(rows: list[list[Any]]) -> None:
        for number, row in enumerate(rows, start=1):
            if number >= head:
                row.append(heading if number == head else 1)

    return act


HOUSES, POOR = "Number of households", "Number of households in fuel poverty"
FUEL: dict[str, tuple[Act, str]] = {
    "more poor households than there are": (put(5, POOR, 4000, 3), rf"row 5, column '{HOUSES}': .* is below its part"),
    "a word": (put(5, POOR, "many", 3), rf"row 5, column '{POOR}': expected a number or a declared mark .*'many'"),
    "a negative count": (put(5, POOR, -3, 3), rf"row 5, column '{POOR}': fuel_poor_households is -3.0"),
    "half a household": (put(6, POOR, 3.5, 3), rf"row 6, column '{POOR}': .* whole numbers"),
    "twenty digits": (put(6, HOUSES, "9" * 20, 3), rf"row 6, column '{HOUSES}': .* larger than any figure"),
    "#DIV/0!": (put(4, POOR, "#DIV/0!", 3), rf"sheet 'Table 3', row 4, column '{POOR}': cell C4: '#DIV/0!'"),
    "#N/A": (put(7, HOUSES, "#N/A", 3), rf"sheet 'Table 3', row 7, column '{HOUSES}': cell B7: '#N/A'"),
    "a formula that was never computed": (put(7, POOR, "=B7/10", 3), "cell C7: '=B7/10': the formula was never"),
    "an error in a code": (put(8, "LSOA Code", "#REF!", 3), "row 8, column 'LSOA Code': cell A8: '#REF!'"),
    "a code with the letter O": (put(8, "LSOA Code", "E0100OO05", 3), "row 8, .*'E0100OO05' looks like E01000005"),
    "a code with a Cyrillic letter": (put(8, "LSOA Code", "\u041501000005", 3), "row 8, .* looks like E01000005"),
    "a heading that stands twice": (column_more(HOUSES), "'Number of households' stands twice, in columns B and D"),
    "a heading twice, once with a note": (column_more(f"{POOR} [note 2]"), "poverty' stands twice, in columns C and D"),
    "a heading twice in another case": (column_more("lsoa code"), "'LSOA Code' stands twice, in columns A and D"),
    "a heading twice, with an invisible sign": (column_more(f"{HOUSES}\u200b"), "stands twice, in columns B and D"),
}  # fmt: skip


@pytest.mark.parametrize("case", FUEL)
def test_what_the_build_refuses_is_not_recorded(
    case: str, tiny: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    act, says = FUEL[case]
    before = held(tiny)
    path = changed_book(tiny.root / "published" / "cold_homes.xlsx", act)
    code, out, err = run(tiny, monkeypatch, capsys, "record", "fuel_poverty", "2022-04-28", path)
    assert (code, out) == (DataError.exit_code, ""), err
    assert len(err.strip().splitlines()) == 1
    assert err.startswith("sotc: ")
    assert "cold_homes.xlsx" in err
    assert re.search(says, err), err
    assert held(tiny) == before


RANK, SCORE = "imd_rank", "imd_score"
FILES: dict[str, tuple[str, str, str, Act, str]] = {
    "limits that do not hold the value": (
        "els", "2026-06-25", "local.csv", put(3, "lci_95", "99"), "local.csv, row 3, column 'observation': the conf",
    ),
    "a limit above all percentages": (
        "els", "2026-06-25", "local.csv", put(4, "uci_95", "140"), "local.csv, row 4, column 'uci_95': a conf",
    ),
    "a period that is none": (
        "els", "2026-06-25", "local.csv", put(2, "period", "31 February 2019"), "local.csv, row 2, column 'period': ",
    ),
    "a status that is not declared": (
        "els", "2026-06-25", "local.csv", put(2, "status", "q"), "local.csv, row 2, column 'status': the status 'q'",
    ),
    "a unit that is not the series' own": (
        "published_levels", "2026-11-22", "levels.csv", put(3, "unit", "months"), "levels.csv, row 3, column 'unit'",
    ),
    "a total that is not its parts": (
        "population_lsoa11", "2018-10-25", "residents.csv", put(4, "total_population", "99999"),
        "residents.csv, row 4, column 'total_population': 99999",
    ),
    "a single year that is no number": (
        "population_lsoa11", "2018-10-25", "residents.csv", put(5, "7", "1_0"), "row 5, column '7': cell J5: '1_0'",
    ),
    "a lookup that leads nowhere": (
        "lookup_lsoa11_ward22", "2021-12", "lookup_wards.csv", put(3, "WD21CD", "E05000777"), "E05000777",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", FILES)
def test_the_sentence_names_the_publishers_line_and_heading(
    case: str, tiny: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    source, release, name, act, says = FILES[case]
    before = held(tiny)
    path = changed_csv(tiny.root / "published" / name, act)
    code, out, err = run(tiny, monkeypatch, capsys, "record", source, release, path)
    assert (code, out) == (DataError.exit_code, ""), err
    assert says in err
    assert len(err.strip().splitlines()) == 1
    assert held(tiny) == before


def test_a_missing_area_is_named_with_what_it_makes_unavailable(
    tiny: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = changed_book(tiny.root / "published" / "cold_homes.xlsx", drop(6))
    code, out, err = run(tiny, monkeypatch, capsys, "record", "fuel_poverty", "2022-04-28", path, "--replace")
    assert (code, out) == (0, "data/raw/fuel_poverty/2022-04-28/lsoa.csv\n")
    assert "1 of the 12 areas of lsoa11 are missing in fuel_poor_households, households: E01000003." in err
    assert "what is summed over them: fuel_poverty" in err
    loaded = tiny.build()
    log = loaded.table("cleaning_log")
    assert log.loc[log["action"] == "area missing", ["source", "rows"]].to_numpy().tolist() == [["fuel_poverty", 1]]
    rows = loaded.table("indicators")
    rows = rows[rows["indicator"] == "fuel_poverty"].set_index("area_code")
    missing = rows.index[rows["flag"] == "[x]"]
    assert {tiny.codes.lsoa(3), tiny.codes.ward("Quay"), tiny.codes.lad} <= set(missing)
    assert rows.loc[tiny.codes.ward("Mill"), "flag"] != "[x]"


@pytest.mark.parametrize("number", [1, 7, 12])
def test_an_index_without_one_area_gives_no_score_over_it(tiny: Any, number: int) -> None:
    before = tiny.build().table("indicators")
    table = tiny.raw("imd", "lsoa")
    lines = table.read_text(encoding="utf-8").splitlines(keepends=True)
    table.write_text("".join(line for line in lines if tiny.codes.lsoa(number) not in line), encoding="utf-8")
    receipt = table.parent / "snapshot.yml"
    said = receipt.read_text(encoding="utf-8")
    at = said.index("  lsoa:")
    receipt.write_text(said[:at] + said[at:].replace("rows: 12", "rows: 11", 1), encoding="utf-8")
    tiny.refresh_receipt("imd", "lsoa")
    after = tiny.build().table("indicators")
    keys = ["indicator", "area_code", "geography", "release"]
    both = before.merge(after, on=keys, suffixes=("", "_after"))
    both = both[both["indicator"].str.startswith("imd_") & both["value"].notna()]
    known = both["value_after"].notna()
    assert (both.loc[known, "value"] == both.loc[known, "value_after"]).all()
    assert (both.loc[~known, "flag_after"] == "[x]").all()
    assert tiny.codes.lad in set(both.loc[~known, "area_code"])
    assert len(both[~known]) > 1


def test_what_is_read_otherwise_than_it_stands_is_said_kept_and_logged(
    tiny: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def act(rows: list[list[Any]]) -> None:
        rows[2][1] = f"{HOUSES} [note 1]"
        rows[4][0] = rows[4][0].lower()
        rows.insert(0, ["Another title"])

    path = changed_book(tiny.root / "published" / "cold_homes.xlsx", act)
    table = tiny.raw("fuel_poverty", "lsoa")
    before = table.read_bytes()
    code, _, err = run(tiny, monkeypatch, capsys, "record", "fuel_poverty", "2022-04-28", path, "--replace")
    assert code == 0
    assert table.read_bytes() == before
    receipt = yaml.safe_load((table.parent / "snapshot.yml").read_text(encoding="utf-8"))
    kept = receipt["tables"]["lsoa"]["read"]
    assert kept == [
        "the headings stand on line 4, not 3",
        f"the heading '{HOUSES} [note 1]' is read as '{HOUSES}'",
        "line 6, column 'LSOA Code': 'e01000002' is read as 'E01000002'",
    ]
    assert all(note in err for note in kept)
    log = tiny.build().table("cleaning_log")
    assert log.loc[log["action"] == "read", "rows"].tolist() == [3]


def test_a_series_an_area_or_a_period_that_is_gone_is_said(
    tiny: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def act(rows: list[list[Any]]) -> None:
        rows[:] = [row for row in rows if "2015" not in row and "E07990002" not in row]

    path = changed_csv(tiny.root / "published" / "local.csv", act)
    code, _, err = run(tiny, monkeypatch, capsys, "record", "els", "2026-06-25", path, "--replace")
    assert code == 0, err
    assert "areas that 2026-06-25 as it is held has and this file lacks: E07990002" in err

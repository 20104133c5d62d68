"""Whose file a table is from: the publisher's takes a copy's place where it is equal; what differs is named, and told.

Cell by cell at the published precision; a release that is held changes on purpose alone, and never to another place.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import yaml

from analysis.catalogue.source import COPY, OWN, TYPED
from analysis.cli import main
from analysis.errors import DataError, UsageError

FUEL, WHEN = "fuel_poverty", "2022-04-28"
COPIED = ("--kept-by", "the public repository a/copies", "--kept-at", "https://example.org/a/copies")
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tiny: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs ``sotc`` in the invented city."""

    def command(*words: object) -> tuple[int, str, str]:
        monkeypatch.chdir(tiny.root)
        monkeypatch.setattr(sys, "argv", ["sotc", *map(str, words)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main()
        out, err = capsys.readouterr()
        return int(left.value.code or 0), out, err

    return command


def snapshot(city: Any, source: str = FUEL, release: str = WHEN) -> dict[str, Any]:
    text = (city.project.raw / source / release / "snapshot.yml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def held(city: Any) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in city.project.raw.rglob("*") if path.is_file()}


def workbook(city: Any, act: Callable[[list[list[Any]]], object] = lambda _: None, name: str = "official.xlsx") -> Path:
    """The city's workbook of homes, changed, under another name."""
    book = openpyxl.load_workbook(city.root / "published" / "cold_homes.xlsx")
    page = book.worksheets[0]
    rows = [list(row) for row in page.iter_rows(values_only=True)]
    act(rows)
    page.delete_rows(1, page.max_row + 1)
    for row in rows:
        page.append(row)
    book.save(city.root / name)
    return Path(city.root / name)


def put(line: int, column: int, value: object) -> Callable[[list[list[Any]]], object]:
    return lambda rows: rows[line - 1].__setitem__(column, value)


@pytest.fixture
def copied(tiny: Any, run: Run) -> Any:
    """The city, whose workbook of homes is said to be a copy."""
    told = ("--checked", "The sum of homes is the published one.")
    code, _, err = run("record", FUEL, WHEN, tiny.root / "published" / "cold_homes.xlsx", *COPIED, *told)
    assert code == 0, err
    return tiny


def test_a_copy_is_told_from_what_was_published(copied: Any) -> None:
    found = snapshot(copied)
    assert found["address"].startswith("https://www.gov.uk/")
    (origin,) = found["files"].values()
    assert origin["kind"] == COPY == "a copy, not the publisher's own file"
    assert (origin["keeper"], origin["address"]) == (COPIED[1], COPIED[3])
    assert found["tables"]["lsoa"]["files"] == ["cold_homes.xlsx"]
    assert found["tables"]["lsoa"]["checked"] == ["The sum of homes is the published one."]


def test_a_layout_says_whose_its_files_are(tiny: Any) -> None:
    (summaries,) = snapshot(tiny, "iod_summaries", "2015-09-30")["files"].values()
    assert (summaries["kind"], summaries["keeper"]) == (COPY, "the public repository traffordDataLab/open_data")
    (levels,) = snapshot(tiny, "published_levels", "2026-11-22")["files"].values()
    assert levels["kind"] == TYPED
    (own,) = snapshot(tiny, "els", "2026-06-25")["files"].values()
    assert (own["kind"], own["keeper"]) == (OWN, "Office for National Statistics")


def test_the_publishers_own_file_whose_cells_are_equal_becomes_the_origin(copied: Any, run: Run) -> None:
    before, table = snapshot(copied), copied.raw(FUEL, "lsoa").read_bytes()
    indicators = (copied.project.processed / "tinytown-2018" / "indicators.csv").read_bytes()
    official = workbook(copied, lambda rows: rows.insert(0, ["Another title"]))
    code, out, err = run("record", FUEL, WHEN, official)
    assert (code, out) == (0, "data/raw/fuel_poverty/2022-04-28/lsoa.csv\n"), err
    assert "lsoa: equal in all 24 cells; its origin is now official.xlsx" in err
    after = snapshot(copied)
    (origin,) = after["files"].values()
    assert (origin["kind"], origin["keeper"]) == (OWN, after["publisher"])
    assert origin["address"] == after["address"]
    assert [*after["files"]] == after["tables"]["lsoa"]["files"] == ["official.xlsx"]
    first, second = after["tables"]["lsoa"]["checked"]
    assert first == "The sum of homes is the published one."
    assert second.startswith("Equal in all 24 cells at the published precision to the table written before from cold_")
    assert COPY in second
    assert COPIED[1] in second
    assert copied.raw(FUEL, "lsoa").read_bytes() == table
    assert after["accessed"] == before["accessed"]
    copied.build()
    assert (copied.project.processed / "tinytown-2018" / "indicators.csv").read_bytes() == indicators


@pytest.mark.parametrize(
    ("act", "says"),
    [
        (put(5, 2, 31), "1 difference: E01000002, fuel_poor_households: held '30', found '31'."),
        (lambda rows: rows.__delitem__(4), "1 difference: row E01000002: held, not in the file."),
        (lambda rows: [put(5, 2, 31)(rows), put(6, 1, 431)(rows)], "2 differences: E01000002, fuel_poor_households: "),
    ],
)  # fmt: skip
def test_where_a_cell_differs_it_is_named_and_nothing_changes(
    copied: Any, run: Run, act: Callable[[list[list[Any]]], object], says: str
) -> None:
    before = held(copied)
    code, out, err = run("record", FUEL, WHEN, workbook(copied, act))
    assert (code, out) == (DataError.exit_code, "")
    assert says in err
    assert "Nothing was changed. A release does not change" in err
    assert len(err.strip().splitlines()) == 1
    assert held(copied) == before


def test_a_replacement_is_told_row_by_row(copied: Any, run: Run) -> None:
    def act(rows: list[list[Any]]) -> None:
        put(5, 2, 31)(rows)
        rows.pop(5)

    code, out, err = run("record", FUEL, WHEN, workbook(copied, act), "--replace")
    assert (code, out) == (0, "data/raw/fuel_poverty/2022-04-28/lsoa.csv\n")
    assert "lsoa: E01000002, fuel_poor_households: held '30', found '31'\n" in err
    assert "lsoa: row E01000003: held, not in the file\n" in err
    assert "lsoa: no longer said to be checked: The sum of homes is the published one.\n" in err
    assert "checked" not in snapshot(copied)["tables"]["lsoa"]
    code, _, err = run("record", FUEL, WHEN, copied.root / "published" / "cold_homes.xlsx", "--replace")
    assert "lsoa: row E01000003: in the file, not held\n" in err


def test_an_equal_file_that_is_no_better_leaves_what_is_held(copied: Any, run: Run) -> None:
    before = held(copied)
    other = workbook(copied, name="other.xlsx")
    for words in (("published/cold_homes.xlsx",), (other, *COPIED)):
        code, out, err = run("record", FUEL, WHEN, *words)
        assert (code, out, err) == (0, "data/raw/fuel_poverty/2022-04-28/lsoa.csv\n", "")
        assert held(copied) == before
    run("record", FUEL, WHEN, workbook(copied))
    own = held(copied)
    code, _, err = run("record", FUEL, WHEN, workbook(copied, lambda rows: rows.insert(0, ["t"]), "c.xlsx"), *COPIED)
    assert code == 0
    assert "is equal in all 24 cells; the origin stays official.xlsx" in err
    assert held(copied) == own


def test_columns_that_a_copy_lacked_come_with_the_publishers_file(tiny: Any, run: Run) -> None:
    with tiny.raw("imd", "lsoa").open(newline="", encoding="utf-8") as file:
        rows = [[tiny.codes.lad, *list(row.values())[:4]] for row in csv.DictReader(file)]
    compact = tiny.root / "compact.csv"
    with compact.open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows([["lad13_code", "lsoa11_code", "IMD_score", "IMD_rank", "IMD_decile"], *rows])
    code, _, err = run("record", "imd", "2015-09-30", compact, "--replace")
    assert code == 0, err
    assert snapshot(tiny, "imd", "2015-09-30")["files"]["compact.csv"]["kind"] == COPY
    code, _, err = run("record", "imd", "2015-09-30", tiny.root / "published" / "file_7.csv")
    assert code == 0, err
    assert "lsoa: equal in all 36 cells; its origin is now file_7.csv" in err
    assert "income_score, income_rank" in err
    after = snapshot(tiny, "imd", "2015-09-30")
    assert {name: one["kind"] for name, one in after["files"].items()} == {"file_7.csv": OWN}
    assert after["tables"]["lsoa"]["layout"] == "as published, File 7 of 2015"


def test_a_file_that_lacks_a_column_that_is_held_is_refused(tiny: Any, run: Run) -> None:
    path = tiny.root / "published" / "file_7.csv"
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    score = next(name for name in rows[0] if name.endswith("(IMD) Score"))
    compact = tiny.root / "compact.csv"
    names = {"lad13_code": next(name for name in rows[0] if "District code" in name), "lsoa11_code": "LSOA code (2011)"}
    names |= {"IMD_score": score, "IMD_rank": next(name for name in rows[0] if "(IMD) Rank" in name)}
    names |= {"IMD_decile": next(name for name in rows[0] if "(IMD) Decile" in name)}
    with compact.open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows([[*names], *([row[name] for name in names.values()] for row in rows)])
    before = held(tiny)
    code, _, err = run("record", "imd", "2015-09-30", compact)
    assert code == DataError.exit_code
    assert "column income_score: held, not in the file" in err
    assert held(tiny) == before


@pytest.mark.parametrize("words", [(), ("--replace",)])
def test_rows_of_another_place_are_refused(tiny: Any, run: Run, tiny_module: Any, words: tuple[str, ...]) -> None:
    other = tiny_module.OTHERHAM
    tiny.write("places", tiny_module.place(other))
    (path,) = tiny_module.FILES["imd"](tiny.root, other)
    before = held(tiny)
    code, out, err = run("record", "imd", "2015-09-30", path, "--place", other.place, *words)
    assert (code, out) == (DataError.exit_code, "")
    assert "data/raw/imd/2015-09-30/lsoa.csv: the rows are of another place: 0 of 12 areas held are in it" in err
    assert held(tiny) == before
    (path,) = tiny_module.FILES["els"](tiny.root, other)
    code, _, err = run("record", "els", "2026-06-25", path, "--place", other.place, *words)
    assert code == DataError.exit_code
    assert "the rows are of another place" in err
    assert held(tiny) == before


def test_whose_copy_it_is_must_be_said(tiny: Any, run: Run) -> None:
    path = tiny.root / "published" / "cold_homes.xlsx"
    code, _, err = run("record", FUEL, WHEN, path, "--kept-at", "https://example.org")
    assert code == UsageError.exit_code
    assert "say whose with --kept-by" in err
    code, _, err = run("record", FUEL, WHEN, path, "--kept-by", "a/b", "--kept-at", "example.org")
    assert code == UsageError.exit_code
    assert "expected an address that begins with https://" in err


def test_what_explain_and_the_receipt_say_of_a_copy(copied: Any, run: Run) -> None:
    copied.build()
    code, out, _ = run("explain", "tinytown-2018", "fuel_poverty@Mill@2020")
    assert code == 0
    said = " ".join(out.split())
    assert "https://www.gov.uk/" in said
    assert f"): {COPY}, kept by {COPIED[1]}, {COPIED[3]}" in said
    assert "checked: The sum of homes is the published one." in said

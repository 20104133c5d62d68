"""A publisher's file becomes a raw table: selection, reshaping, refusals, and a receipt written whole or not at all."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from analysis.catalogue.source import Layout, RawTable, Source
from analysis.catalogue.strict import build
from analysis.errors import DataError, UsageError
from analysis.paths import Project
from analysis.sources.fitting import Published
from analysis.sources.releases import record_release
from analysis.sources.selecting import select as select_from
from analysis.sources.snapshots import open_release

CODES = {"lad": frozenset({"E07990001"}), "areas": frozenset({"E07990001", "E92990001"})}
SOURCE: dict[str, Any] = {
    "id": "trams",
    "title": "Tram stops",
    "publisher": "Tramways",
    "licence": "Open",
    "attribution": "Tramways",
    "tables": {
        "stops": {
            "columns": ["area_code", "year", "stops", "note"],
            "key": ["area_code", "year"],
            "selected": "the place",
            "layouts": [
                {
                    "name": "by area",
                    "format": "csv",
                    "where": [{"column": "Area", "codes": "areas"}, {"column": "Kind", "values": ["stop"]}],
                    "columns": {"area_code": "Area", "year": "Year", "stops": "Stops"},
                }
            ],
        }
    },
    "releases": {
        "2018-01": {
            "title": "Stops",
            "published": "2018-01",
            "address": "https://example.org/stops",
            "tables": ["stops"],
        }
    },
}
FILE = """\
Area,Kind,Year,Stops
E92990001,stop,2017,900
E07990001,stop,2017,12
E07990001,stop,2016,11
E07990001,depot,2017,1
E07990009,stop,2017,5
"""


def source(**tables: Any) -> Source:
    return build(Source, {**SOURCE, **tables}, Path("trams.yml"))


def record(root: Path, text: str, name: str = "stops.csv", given: Source | None = None, **terms: Any) -> list[Path]:
    root.mkdir(exist_ok=True)
    (root / name).write_text(text, encoding="utf-8")
    codes, files = CODES.__getitem__, [root / name]
    return record_release(Project(root), given or source(), "2018-01", files, codes, "2026-01-31", **terms)


def test_our_rows_and_columns_are_written_sorted_with_a_receipt(tmp_path: Path) -> None:
    (path,) = record(tmp_path, FILE)
    written = "area_code,year,stops,note\nE07990001,2016,11,\nE07990001,2017,12,\nE92990001,2017,900,\n"
    assert path.read_text(encoding="utf-8") == written
    receipt = yaml.safe_load((path.parent / "snapshot.yml").read_text(encoding="utf-8"))
    assert receipt["publisher"] == "Tramways"
    assert receipt["accessed"] == "2026-01-31"
    assert receipt["tables"]["stops"] == {
        "file": "stops.csv",
        "sha256": hashlib.sha256(written.encode()).hexdigest(),
        "rows": 3,
        "selected": "the place",
        "layout": "by area",
        "files": ["stops.csv"],
        "from_rows": 5,
    }
    assert receipt["files"] == {
        "stops.csv": {
            "sha256": hashlib.sha256(FILE.encode()).hexdigest(),
            "kind": "the publisher's own file",
            "keeper": "Tramways",
            "address": "https://example.org/stops",
            "accessed": "2026-01-31",
        }
    }
    assert open_release(Project(tmp_path), "trams", "2018-01").table("stops")["stops"].tolist() == ["11", "12", "900"]


def test_the_same_file_gives_the_same_bytes(tmp_path: Path) -> None:
    first = {p.name: p.read_bytes() for p in record(tmp_path / "a", FILE)[0].parent.iterdir()}
    again = {p.name: p.read_bytes() for p in record(tmp_path / "b", FILE)[0].parent.iterdir()}
    shuffled = FILE.splitlines()
    mixed = "\n".join([shuffled[0], *reversed(shuffled[1:])]) + "\n"
    other = {p.name: p.read_bytes() for p in record(tmp_path / "c", mixed)[0].parent.iterdir()}
    assert first == again
    assert first["stops.csv"] == other["stops.csv"]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("Stops\n", "Halts\n", "by area needs the column 'Stops'"),
        ("E07990001", "E07990008", ""),
        ("E07990001,stop,2016", "E07990001,stop,2017", "1 rows repeat a key (area_code, year), first E07990001 2017"),
    ],
)
def test_a_file_that_does_not_fit_leaves_the_old_table(tmp_path: Path, old: str, new: str, says: str) -> None:
    record(tmp_path, FILE)
    folder = tmp_path / "data" / "raw" / "trams" / "2018-01"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    text = FILE.replace(old, new)
    if not says:
        text, says = text.replace("E92990001", "E92990008"), "no row has 'Area' in areas; 'Kind' in ['stop']"
    with pytest.raises(DataError) as refused:
        record(tmp_path, text)
    assert says in str(refused.value)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


@pytest.mark.parametrize("fails_at", ["stops.csv", "snapshot.yml"])
def test_a_failure_while_writing_leaves_no_half_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails_at: str
) -> None:
    record(tmp_path, FILE)
    folder = tmp_path / "data" / "raw" / "trams" / "2018-01"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    write = Path.write_bytes

    def full_disk(self: Path, content: Any) -> Any:
        if self.name == fails_at:
            raise OSError("No space left on device")
        return write(self, content)

    monkeypatch.setattr(Path, "write_bytes", full_disk)
    with pytest.raises(OSError, match="No space left"):
        record(tmp_path, FILE.replace(",12", ",13"), replace=True)
    monkeypatch.undo()
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert [path.name for path in folder.parent.iterdir()] == ["2018-01"]


def test_table_and_receipt_take_their_place_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record(tmp_path, FILE)
    folder = tmp_path / "data" / "raw" / "trams" / "2018-01"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    def fails(*_: Path) -> None:
        raise OSError("Permission denied")

    monkeypatch.setattr("analysis.paths._switch", fails)
    with pytest.raises(OSError, match="Permission denied"):
        record(tmp_path, FILE.replace(",12", ",13"), replace=True)
    monkeypatch.undo()
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_an_unknown_release_or_file_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="trams has no release '2019'; expected '2018-01'"):
        record_release(Project(tmp_path), source(), "2019", [], CODES.__getitem__, "2026-01-31")
    with pytest.raises(UsageError, match=r"nowhere\.csv: no such file"):
        record_release(
            Project(tmp_path), source(), "2018-01", [tmp_path / "nowhere.csv"], CODES.__getitem__, "2026-01-31"
        )
    assert not (tmp_path / "data").exists()


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no file fits.*by area is a csv file"):
        record(tmp_path, FILE, name="stops.xlsx")


def select(raw: pd.DataFrame, given: Layout, kept: RawTable, codes: Any, name: str) -> pd.DataFrame:
    return select_from(Published.of(raw, name), given, kept, codes).table


def table(columns: list[str], key: list[str]) -> RawTable:
    return RawTable(tuple(columns), tuple(key), "the place")


def layout(**keys: Any) -> Layout:
    return build(Layout, {"name": "one", "format": "csv", **keys}, Path("one.yml"))


WIDE = pd.DataFrame({"Area": ["E07990001", "E07990009"], "Men": ["3", "4"], "Women": ["5", "6"]})


def test_columns_become_rows() -> None:
    given = layout(
        columns={"area_code": "Area", "men": "Men", "women": "Women"},
        where=[{"column": "Area", "codes": "lad"}],
        melt={"into": ["sex", "people"], "columns": {"men": "male", "women": "female"}},
    )
    found = select(WIDE, given, table(["area_code", "sex", "people"], ["area_code", "sex"]), CODES.__getitem__, "f")
    assert found.values.tolist() == [["E07990001", "female", "5"], ["E07990001", "male", "3"]]


def test_headings_of_a_pattern_become_rows() -> None:
    raw = WIDE.rename(columns={"Men": "2016", "Women": "2017"})
    given = layout(columns={"area_code": "Area"}, melt={"into": ["year", "people"], "headings": r"\d{4}"})
    found = select(raw, given, table(["area_code", "year", "people"], ["area_code", "year"]), CODES.__getitem__, "f")
    assert found.values.tolist()[:2] == [["E07990001", "2016", "3"], ["E07990001", "2017", "5"]]


LONG = pd.DataFrame(
    {"Area": ["E07990001"] * 3, "Kind": ["Total", "Owned", "Rented"], "Count": ["10", "6", "4"], "Year": ["2021"] * 3}
)
PIVOT = {
    "index": ["area_code"],
    "column": "kind",
    "value": "count",
    "names": {"total": "Total", "owned": "Owned", "rented": "Rented"},
}


def test_rows_become_columns_and_an_unknown_word_is_refused() -> None:
    given = layout(columns={"area_code": "Area", "kind": "Kind", "count": "Count"}, pivot=PIVOT)
    kept = table(["area_code", "total", "owned", "rented"], ["area_code"])
    assert select(LONG, given, kept, CODES.__getitem__, "f").values.tolist() == [["E07990001", "10", "6", "4"]]
    with pytest.raises(DataError, match="f, row 4, column 'Kind': 'kind' holds 'Squatted', which the layout"):
        select(LONG.replace("Rented", "Squatted"), given, kept, CODES.__getitem__, "f")


def test_columns_are_summed_and_a_cell_that_is_no_count_is_refused() -> None:
    given = layout(columns={"area_code": "Area"}, sum_columns={"people": ["Men", "Women"]}, constants={"year": "2017"})
    kept = table(["area_code", "year", "people"], ["area_code"])
    assert select(WIDE, given, kept, CODES.__getitem__, "f")["people"].tolist() == ["8", "10"]
    assert select(WIDE, given, kept, CODES.__getitem__, "f")["year"].tolist() == ["2017", "2017"]
    with pytest.raises(
        DataError, match=r"f, row 2, column 'Men': .*: columns 'Men' to 'Women' must hold whole numbers"
    ):
        select(WIDE.replace("3", "c"), given, kept, CODES.__getitem__, "f")


def test_words_are_replaced_and_an_unknown_one_is_refused() -> None:
    given = layout(
        columns={"area_code": "Area", "kind": "Kind", "count": "Count"},
        recode={"kind": {"all": "Total", "own": "Owned", "rent": "Rented"}},
    )
    kept = table(["area_code", "kind", "count"], ["area_code", "kind"])
    assert select(LONG, given, kept, CODES.__getitem__, "f")["kind"].tolist() == ["all", "own", "rent"]
    with pytest.raises(DataError, match="'kind' holds 'Lent'"):
        select(LONG.replace("Rented", "Lent"), given, kept, CODES.__getitem__, "f")


def test_equal_rows_are_kept_once_where_the_layout_says_so_and_others_refused() -> None:
    twice = pd.concat([WIDE, WIDE])
    kept = table(["area_code", "men"], ["area_code"])
    given = {"columns": {"area_code": "Area", "men": "Men"}}
    assert len(select(twice, layout(**given, distinct=True), kept, CODES.__getitem__, "f")) == 2
    with pytest.raises(DataError, match=r"2 rows repeat a key \(area_code\), first E07990001"):
        select(twice, layout(**given), kept, CODES.__getitem__, "f")
    differing = pd.concat([WIDE, WIDE.replace("3", "9")])
    with pytest.raises(DataError, match="1 rows repeat a key"):
        select(differing, layout(**given, distinct=True), kept, CODES.__getitem__, "f")


def test_a_code_may_stand_in_the_first_of_several_columns_that_is_filled() -> None:
    table = build(RawTable, {"columns": ["area_code", "value"], "key": ["area_code"], "selected": "all"}, Path("t.yml"))
    layout = {
        "name": "by level",
        "format": "csv",
        "first_of": {"area": ["district", "country"]},
        "where": [{"column": "area", "codes": "areas"}],
        "columns": {"area_code": "area", "value": "Value"},
    }
    raw = pd.DataFrame(
        {
            "district": ["E07990001", " ", "E07990009"],
            "country": ["E92990001", "E92990001", "E92990001"],
            "Value": ["1", "2", "3"],
        }
    )
    found = select(raw, build(Layout, layout, Path("t.yml")), table, CODES.__getitem__, "t.csv")
    assert found.to_numpy().tolist() == [["E07990001", "1"], ["E92990001", "2"]]


def test_a_value_that_a_layout_selects_and_the_file_lacks_was_renamed() -> None:
    table = build(RawTable, {"columns": ["area_code", "value"], "key": ["area_code"], "selected": "all"}, Path("t.yml"))
    layout = {
        "name": "by name",
        "format": "csv",
        "where": [{"column": "Name", "values": ["Bath", "Bristol, City of"]}],
        "columns": {"area_code": "Code", "value": "Value"},
    }
    raw = pd.DataFrame({"Name": ["Bath", "Bristol City of"], "Code": ["E07990001", "E07990002"], "Value": ["1", "2"]})
    with pytest.raises(DataError, match=r"no row has 'Bristol, City of', .* nearest is 'Bristol City of'"):
        select(raw, build(Layout, layout, Path("t.yml")), table, CODES.__getitem__, "t.csv")

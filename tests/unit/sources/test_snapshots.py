"""Raw tables are opened only as their receipt describes them."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from analysis.errors import DataError, DefinitionError
from analysis.sources.snapshots import open_release, read_snapshot, read_text_table

SOURCE, RELEASE = "fuel_poverty", "2022-04-28"


def opened(city: Any) -> Any:
    return open_release(city.project, SOURCE, RELEASE)


def test_a_verified_release_opens_as_text_with_the_rows_of_the_file(tiny_built: Any) -> None:
    release = opened(tiny_built)
    table = release.table("lsoa")
    assert release.file("lsoa") == "data/raw/fuel_poverty/2022-04-28/lsoa.csv"
    assert list(table.index) == list(range(2, 14))
    assert all(isinstance(cell, str) for cell in table.to_numpy().ravel())
    assert release.snapshot.tables["lsoa"].rows == len(table) == 12


def test_an_edited_byte_is_refused(tiny: Any) -> None:
    path = tiny.raw(SOURCE, "lsoa")
    content = bytearray(path.read_bytes())
    content[-2] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(
        DataError, match=r"fuel_poverty/2022-04-28/lsoa\.csv: sha256 is \w{12}…, snapshot\.yml says \w{12}…"
    ):
        opened(tiny)


def test_a_missing_file_is_refused(tiny: Any) -> None:
    tiny.raw(SOURCE, "lsoa").unlink()
    with pytest.raises(DataError, match=r"lsoa\.csv: not found, though snapshot\.yml lists it"):
        opened(tiny)


def test_an_unlisted_file_is_refused(tiny: Any) -> None:
    (tiny.raw(SOURCE, "lsoa").parent / "notes.txt").write_text("hello", encoding="utf-8")
    with pytest.raises(DataError, match=r"notes\.txt: not listed in snapshot\.yml"):
        opened(tiny)


def test_another_number_of_rows_than_the_receipt_says_is_refused(tiny: Any) -> None:
    path = tiny.raw(SOURCE, "lsoa")
    path.write_text(path.read_text(encoding="utf-8") + "E01000013,1,1\n", encoding="utf-8")
    tiny.refresh_receipt(SOURCE, "lsoa")
    with pytest.raises(DataError, match=r"13 rows, snapshot\.yml says 12"):
        opened(tiny)


def test_a_release_that_is_not_held_names_the_command(tiny_built: Any) -> None:
    with pytest.raises(DataError, match="sotc record fuel_poverty 1999 FILE"):
        read_snapshot(tiny_built.project, SOURCE, "1999")


def test_a_table_that_the_release_lacks_is_refused(tiny_built: Any) -> None:
    with pytest.raises(DataError, match="no table 'msoa'; the release holds lsoa"):
        opened(tiny_built).table("msoa")


def test_a_receipt_with_an_unknown_key_is_refused(tiny: Any) -> None:
    path = tiny.raw(SOURCE, "lsoa").parent / "snapshot.yml"
    path.write_text(path.read_text(encoding="utf-8") + "colour: red\n", encoding="utf-8")
    with pytest.raises(DefinitionError, match="unknown key 'colour'"):
        opened(tiny)


@pytest.mark.parametrize("name", ["../../escape.csv", "/etc/hostname"])
def test_a_receipt_that_points_outside_its_folder_opens_nothing(tiny: Any, name: str) -> None:
    folder = tiny.raw(SOURCE, "lsoa").parent
    receipt = yaml.safe_load((folder / "snapshot.yml").read_text(encoding="utf-8"))
    receipt["tables"]["lsoa"]["file"] = name
    (folder / "snapshot.yml").write_text(yaml.safe_dump(receipt), encoding="utf-8")
    with pytest.raises(DataError):
        opened(tiny)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"a,b\n1,2,3\n", "x.csv, row 2: 3 cells, the heading has 2"),
        (b"a,b\n1,2\n1\n", "x.csv, row 3: 1 cells, the heading has 2"),
        (b"a,b\n\xff,2\n", "x.csv: not a UTF-8 CSV"),
        (b'a,b\n"1,2\n', "x.csv: not a UTF-8 CSV"),
        (b"", "x.csv: empty; expected a heading"),
    ],
)
def test_what_is_not_a_rectangular_utf8_table_is_refused(content: bytes, says: str) -> None:
    with pytest.raises(DataError, match=says):
        read_text_table(content, "x.csv")


def test_text_that_pandas_takes_for_missing_or_a_number_stays_text() -> None:
    table = read_text_table(b"code,mark\n05E0001,NA\n1e5,\n", "x.csv")
    assert table.values.tolist() == [["05E0001", "NA"], ["1e5", ""]]

"""Two tables side by side: equal at the published precision, or where not; and rows of another place."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import DataError
from analysis.sources.held import NAMED, compare, refuse_other_place


def table(**columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame(columns, dtype=str)


def one(held: str, found: str, other: str = "1.000") -> bool:
    """Whether a cell is equal to one of a column whose other cell gives the precision."""
    before, after = table(area=["a", "b"], value=[held, other]), table(area=["a", "b"], value=[found, other])
    return compare(before, after, ["area"]).equal


@pytest.mark.parametrize(
    ("held", "found", "equal"),
    [
        ("12.3", "12.3", True),
        ("12.3", "12.300", True),
        ("12.3", "12.301", False),
        ("12.3004", "12.300", True),
        ("12.3006", "12.300", False),
        ("12.3006", "12.301", True),
        ("0.30000000000000004", "0.3", True),
        ("1,234", "1234", True),
        ("1234", "1235", False),
        ("", "0", False),
        ("[x]", "", False),
        ("[x]", "[x]", True),
        ("c", "C", False),
        ("-0.5", "0.5", False),
        ("1e3", "1000", True),
        (" 7", "7 ", True),
        ("nan", "NaN", False),
    ],
)
def test_cells_are_equal_at_the_precision_of_the_publishers_column(held: str, found: str, equal: bool) -> None:
    assert one(held, found) is equal


def test_a_column_of_whole_numbers_is_published_in_whole_numbers() -> None:
    assert one("41.4", "41", other="7")
    assert not one("41.6", "41", other="7")
    assert not one("41", "41.4", other="7")


def test_what_differs_is_named_by_row_and_column() -> None:
    held = table(area=["a", "b", "c"], year=["1", "1", "1"], people=["5", "6", "7"], share=["1", "2", ""])
    found = table(area=["c", "b", "d"], year=["1", "1", "1"], people=["7", "8", "9"], share=["", "2", "3"])
    compared = compare(held, found, ["area", "year"])
    assert compared.changed == (("b 1", "people", "6", "8"),)
    assert (compared.removed, compared.added) == (("a 1",), ("d 1",))
    assert list(compared.told()) == [
        "b 1, people: held '6', found '8'", "row a 1: held, not in the file", "row d 1: in the file, not held",
    ]  # fmt: skip
    assert compared.summary().startswith("3 differences: b 1, people: held '6', found '8'; ")


def test_columns_that_a_copy_lacked_come_and_those_that_a_file_lacks_are_lost() -> None:
    held = table(area=["a"], score=["1"], rank=[""])
    found = table(area=["a"], score=["1"], rank=["9"])
    came = compare(held, found, ["area"], not_held=["rank"])
    assert came.equal
    assert came.gained == ("rank",)
    lost = compare(found, held, ["area"], not_found=["rank"])
    assert not lost.equal
    assert lost.lost == ("rank",)
    assert compare(held, found, ["area"]).changed == (("a", "rank", "", "9"),)


def test_a_sentence_names_the_first_and_counts_the_rest() -> None:
    areas = [str(number) for number in range(NAMED + 5)]
    held, found = table(area=areas, people=["1"] * len(areas)), table(area=areas, people=["2"] * len(areas))
    said = compare(held, found, ["area"]).summary()
    assert said.count("held '1'") == NAMED
    assert said.endswith("; and 5 more")


@given(st.lists(st.decimals(-1000, 1000, places=3), min_size=1, max_size=8), st.integers(0, 7))
def test_a_change_beyond_half_of_the_last_place_is_found_wherever_it_is(numbers: list[object], at: int) -> None:
    areas = [str(number) for number in range(len(numbers))]
    texts = [f"{number:.3f}" for number in numbers]
    noisy = [f"{text}0004" for text in texts]
    assert compare(table(area=areas, value=noisy), table(area=areas, value=texts), ["area"]).equal
    other = list(texts)
    other[at % len(texts)] = f"{float(texts[at % len(texts)]) + 1:.3f}"
    changed = compare(table(area=areas, value=texts), table(area=areas, value=other), ["area"]).changed
    assert [row for row, *_ in changed] == [areas[at % len(areas)]]


@pytest.mark.parametrize(
    ("held", "found", "own", "refused"),
    [
        (["L", "E"], ["M", "E"], {"M"}, True),
        (["L", "E"], ["L", "E", "W"], {"L"}, False),
        (["L", "M", "E"], ["L", "W", "S"], {"L"}, False),
        (["a1", "a2", "a3"], ["b1", "b2", "b3"], {"M"}, True),
        (["a1", "a2", "a3"], ["a1", "a2"], {"L"}, False),
        (["a1", "a2", "a3"], ["a1", "b2"], {"L"}, True),
    ],
)
def test_rows_of_another_place_are_refused(held: list[str], found: list[str], own: set[str], refused: bool) -> None:
    before, after = table(area_code=held), table(area_code=found)
    if not refused:
        refuse_other_place("t.csv", before, after, ["area_code"], own)
        return
    with pytest.raises(DataError, match=r"t\.csv: the rows are of another place: \d of \d areas held are in it"):
        refuse_other_place("t.csv", before, after, ["area_code"], own)

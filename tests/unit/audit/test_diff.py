"""Differences of two versions of a file, down to row and column, or to the first line."""

from __future__ import annotations

import pytest

from analysis.audit.diff import Difference, compare_files

HEADING = b"indicator,area_code,sex,value\n"


def test_the_same_bytes_differ_in_nothing() -> None:
    assert compare_files("a.csv", HEADING, HEADING) == []


def test_cells_are_named_by_the_key_of_the_row() -> None:
    before = HEADING + b"work,E1,male,1\nwork,E1,female,2\n"
    after = HEADING + b"work,E1,female,2.5\nwork,E1,male,1\n"
    assert compare_files("a.csv", before, after) == [Difference("a.csv", "work E1 female", "value", "2", "2.5")]


def test_rows_and_columns_that_came_and_went() -> None:
    before, after = b"ward,score\nHill,1\nMill,2\n", b"ward,rank\nHill,1\nQuay,2\n"
    assert [str(one) for one in compare_files("a.csv", before, after)] == [
        "a.csv, heading, score: expected score, found nothing",
        "a.csv, heading, rank: expected nothing, found rank",
        "a.csv, Mill (the row is missing)",
        "a.csv, Quay (the row was not expected)",
    ]


def test_rows_that_nothing_tells_apart_are_numbered() -> None:
    (one,) = compare_files("a.csv", b"ward,score\nHill,1\nHill,2\n", b"ward,score\nHill,1\nHill,3\n")
    assert (one.row, one.column, one.expected, one.found) == ("row 3", "score", "2", "3")


def test_a_given_key_comes_first() -> None:
    before, after = b"a,b,c\n1,x,5\n1,y,6\n", b"a,b,c\n1,x,5\n1,y,7\n"
    (one,) = compare_files("a.csv", before, after, ("a", "b"))
    assert one.row == "1 y"


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (b"a,b\n1,2\n", b'a,b\n1,"2"\n', "line 2"),  # the same cells, written otherwise
        (b"a,b\n1,2\n", b"a,b\r\n1,2\r\n", "line 1"),
        (b"a,b\n1,2\n", b"a,b\n1,2\n3\n", "line 3"),  # not rectangular any more
        (b"a,b\n1,2\n", b"a,b\n1,\xff\n", "line 2"),  # no UTF-8
        (b"a,b\n1,2\n", b"", "line 1"),
    ],
)
def test_what_is_no_difference_of_cells_is_one_of_lines(before: bytes, after: bytes, said: str) -> None:
    (one,) = compare_files("a.csv", before, after)
    assert one.row == said
    assert one.expected != one.found


def test_a_long_cell_is_no_trouble() -> None:
    outline = b"POLYGON " + b"1 2, " * 100_000
    (one,) = compare_files("a.csv", b"area,outline\nE1," + b'"' + outline + b'"\n', b"area,outline\nE1,none\n")
    assert (one.row, one.column, one.found) == ("E1", "outline", "none")


def test_of_a_long_line_the_part_that_differs_is_shown() -> None:
    before, after = b"<p>" + b"a" * 500 + b"1</p>\n", b"<p>" + b"a" * 500 + b"2</p>\n"
    (one,) = compare_files("a.html", before, after)
    assert one.expected.endswith("a1</p>")
    assert one.found.endswith("a2</p>")
    assert len(one.expected) < 90


def test_of_other_files_the_hashes_are_told() -> None:
    (one,) = compare_files("a.pdf", b"1", b"2")
    assert (one.column, len(one.expected)) == ("sha256", 13)

"""Area codes and names: what is accepted, what is refused and in which words."""

from __future__ import annotations

import pandas as pd
import pytest

from analysis.errors import DataError, UsageError
from analysis.sources.codes import check_codes, normalise_name

CODES = """
geography | code       | outcome
lsoa11    | E01006512  | accepted
lsoa11    | E01033768  | accepted
lsoa11    | E01033769  | is of the vintage lsoa21
lsoa21    | E01033769  | accepted
lsoa21    | E01035762  | accepted
lsoa21    | E01035763  | is unknown
lsoa11    | E01999999  | is unknown
lsoa11    | E02001347  | is not the code of a Lower layer Super Output Area of 2011
lsoa11    | E0100651   | is not the code
lsoa11    | E010065120 | is not the code
lsoa11    | e01006512  | is not the code
lsoa11    |            | is not the code
msoa11    | E02001347  | accepted
msoa11    | E02006935  | is unknown
ward22    | E05000886  | accepted
ward22    | E05000915  | accepted
ward22    | E05015277  | is of the vintage ward23
ward23    | E05015340  | accepted
ward23    | E05000886  | is of the vintage ward22
ward23    | E05011362  | accepted
lad       | E08000012  | accepted
lad       | E06000023  | accepted
lad       | E12000002  | is not the code of a local authority
region    | E12000002  | accepted
country   | E92000001  | accepted
"""

NAMES = """
one name                  | another                   | same
St Michaels               | St. Michael's             | yes
St Michaels               | Saint Michaels            | yes
Allerton and Hunts Cross  | Allerton & Hunts Cross    | yes
Allerton and Hunts Cross  | ALLERTON  AND HUNTS CROSS | yes
Knotty Ash                | Knotty-Ash                | yes
Tuebrook and Stoneycroft  | Tuebrook & Stoneycroft    | yes
Kensington and Fairfield  | Kensington                | no
Stoneycroft               | Stoney Croft              | no
Old Swan East             | Old Swan West             | no
Everton East              | East Everton              | no
"""


def rows(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()[1:]]


@pytest.mark.parametrize(("geography", "code", "outcome"), rows(CODES))
def test_codes(geography: str, code: str, outcome: str) -> None:
    codes = pd.Series([code], index=[17], name="area_code")
    if outcome == "accepted":
        check_codes(codes, geography, "data/raw/x/table.csv")
        return
    with pytest.raises(DataError) as raised:
        check_codes(codes, geography, "data/raw/x/table.csv")
    assert str(raised.value).startswith(f"data/raw/x/table.csv, row 17, column 'area_code': {code!r} {outcome}")


@pytest.mark.parametrize(("one", "another", "same"), rows(NAMES))
def test_names(one: str, another: str, same: str) -> None:
    assert (normalise_name(one) == normalise_name(another)) == (same == "yes")


def test_the_first_bad_row_is_named_and_missing_cells_are_bad() -> None:
    codes = pd.Series(["E01006512", None, "E02001347"], index=[2, 3, 4], name="lsoa11_code")
    with pytest.raises(DataError, match="row 3, column 'lsoa11_code': nan is not the code"):
        check_codes(codes, "lsoa11", "a.csv")


def test_a_code_that_is_not_among_those_known_is_refused() -> None:
    codes = pd.Series(["E05011362"], index=[9], name="ward23_code")
    with pytest.raises(DataError, match="'E05011362' is not one of the 2 areas of ward23 recorded"):
        check_codes(codes, "ward23", "a.csv", known={"E05015277", "E05015278"})


def test_a_geography_that_is_not_defined_is_refused() -> None:
    with pytest.raises(UsageError, match="no geography 'ward99'; expected 'lsoa11', "):
        check_codes(pd.Series(["E05015277"]), "ward99", "a.csv")

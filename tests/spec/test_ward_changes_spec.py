"""Worked examples: two old wards over three new ones, every figure by hand.

old:  A A A A B B     one small area s1 … s6 to a column, 100 m wide, of 10 20 30 40 50 60 people
new:  M M A A A N     new A takes the last two small areas of the old ward of its name and the first of B
"""

from __future__ import annotations

import pandas as pd
import pytest
import shapely

from analysis.areas.links import Areas
from analysis.catalogue.model import Peer, Place
from analysis.indicators.wards import ward_changes, ward_estimates

PLACE = Place(
    "row", "Row", "E08000999", "x", Peer("E92000001", "x", "country"), Peer("E12000002", "x", "region"), (), "x"
)
SMALL = [f"s{number}" for number in range(1, 7)]
OLD, NEW = dict(zip(SMALL, "AAAABB", strict=True)), dict(zip(SMALL, "MMAAAN", strict=True))
NAMES = {"A": "St. Anne's", "B": "Brook", "M": "Mill", "N": "Nook"}
EXPECTED = """
old new  km2   of_old  of_new  people  of_old_people  of_new_people  overlap
A   M    0.02  0.5     1       30      0.3            1              0.5
A   A    0.02  0.5     0.66667 70      0.7            0.58333        0.4
B   A    0.01  0.5     0.33333 50      0.45455        0.41667        0.25
B   N    0.01  0.5     1       60      0.54545        1              0.5
"""


def row_of(owner: dict[str, str], prefix: str) -> pd.DataFrame:
    shapes: dict[str, list[shapely.Geometry]] = {}
    for number, code in enumerate(SMALL):
        shapes.setdefault(owner[code], []).append(shapely.box(100 * number, 0, 100 * number + 100, 100))
    names = [NAMES.get(code, code) for code in shapes]
    wkt = [shapely.union_all(parts).wkt for parts in shapes.values()]
    return pd.DataFrame({"area_code": [prefix + code for code in shapes], "area_name": names, "wkt": wkt})


@pytest.fixture
def areas() -> Areas:
    outlines = {
        "lsoa21": row_of(dict(zip(SMALL, SMALL, strict=True)), ""),
        "ward22": row_of(OLD, "o"),
        "ward23": row_of(NEW, "n"),
    }
    outlines["ward23"]["area_name"] = outlines["ward23"]["area_name"].str.replace("St. Anne's", "Saint Annes")
    links = {
        ("lsoa21", "ward23"): pd.DataFrame({"source_code": SMALL, "target_code": ["n" + NEW[code] for code in SMALL]})
    }
    codes = {name: tuple(sorted(table["area_code"])) for name, table in outlines.items()}
    names = {name: dict(zip(table["area_code"], table["area_name"], strict=True)) for name, table in outlines.items()}
    people = {"lsoa21": pd.Series([10.0, 20, 30, 40, 50, 60], index=SMALL)}
    return Areas(PLACE, codes, names, links, outlines, people=people)


def test_shares_of_ground_and_people_each_way(areas: Areas) -> None:
    found = ward_changes(areas, "ward22", "ward23").sort_values(["old_code", "new_code"], ascending=[True, False])
    expected = [line.split() for line in EXPECTED.strip().splitlines()[1:]]
    order = ["area_km2", "share_of_old_area", "share_of_new_area", "people", "share_of_old_people"]
    order += ["share_of_new_people", "overlap"]
    found = found.set_index(["old_code", "new_code"])
    assert len(found) == len(expected)
    for old, new, *numbers in expected:
        assert found.loc[("o" + old, "n" + new), order].tolist() == pytest.approx([float(n) for n in numbers], rel=1e-4)


def test_names_are_compared_as_people_spell_them_and_only_to_warn(areas: Areas) -> None:
    found = ward_changes(areas, "ward22", "ward23")
    assert found.loc[found["same_name"], ["old_code", "new_code"]].to_numpy().tolist() == [["oA", "nA"]]
    apart = areas.outlines["ward23"].assign(area_name=["Mill", "Other", "St Annes"])
    there = Areas(
        PLACE, areas.codes_of, areas.names_of, areas.tables, {**areas.outlines, "ward23": apart}, people=areas.people
    )
    moved = ward_changes(there, "ward22", "ward23")
    (row,) = moved[moved["same_name"]].to_dict("records")
    assert (row["old_code"], row["new_code"], row["area_km2"], row["overlap"]) == ("oA", "nN", 0.0, 0.0)


def test_without_people_the_ground_is_told_all_the_same(areas: Areas) -> None:
    found = ward_changes(Areas(PLACE, areas.codes_of, areas.names_of, areas.tables, areas.outlines), "ward22", "ward23")
    assert found["people"].isna().all()
    assert found["share_of_old_area"].sum() == pytest.approx(2.0)
    assert ward_changes(Areas(PLACE, {}, {}, {}, {}), "ward22", "ward23").empty


def test_wards_that_follow_small_areas_have_one_estimate(areas: Areas) -> None:
    found = ward_estimates(areas, "ward23").set_index("area_code")
    assert found["people"].to_dict() == {"nA": 120.0, "nM": 30.0, "nN": 60.0}
    assert found["difference_pct"].to_numpy() == pytest.approx(0.0)
    assert found["flag"].tolist() == ["", "", ""]
    assert ward_estimates(areas, "ward22").empty

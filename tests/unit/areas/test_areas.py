"""Ways from areas to areas on an invented plan: by lookup, by changes of census, by people, by ground.

Six small areas of 100 m lie in a row; the people of a, b, c … are 10, 20, 30 …. From census to census c is split into
c1 and c2, and e and f become one. Old wards are O (a b c) and P (d e f). Of the new ones, X takes a, b and the west of
c, Y the rest, and Z, on the east of the last, is left without a small area.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

from analysis.areas.links import Areas
from analysis.catalogue.model import Peer, Place
from analysis.errors import DataError, DefinitionError

PLACE = Place(
    id="row",
    name="Row",
    code="E08000999",
    publisher="Row Council",
    country=Peer("E92000001", "England", "country"),
    region=Peer("E12000002", "North West", "region"),
    peers=(),
    peers_name="neighbours",
)
OLD = dict.fromkeys("abc", "O") | dict.fromkeys("def", "P")
NEW = {"a": "X", "b": "X", "c1": "X", "c2": "Y", "d": "Y", "ef": "Y"}
CHANGES = [("a", "a"), ("b", "b"), ("c", "c1"), ("c", "c2"), ("d", "d"), ("e", "ef"), ("f", "ef")]
PEOPLE = pd.Series({code: 10.0 * number for number, code in enumerate("abcdef", start=1)})


def outlines(edges: Mapping[str, tuple[float, float]]) -> pd.DataFrame:
    wkt = [shapely.box(100 * west, 0, 100 * east, 100).wkt for west, east in edges.values()]
    return pd.DataFrame({"area_code": list(edges), "area_name": [f"{code}-name" for code in edges], "wkt": wkt})


def table(pairs: Any) -> pd.DataFrame:
    return pd.DataFrame(list(pairs), columns=["source_code", "target_code"])


GROUND = {
    "lsoa11": outlines({code: (number, number + 1) for number, code in enumerate("abcdef")}),
    "lsoa21": outlines({"a": (0, 1), "b": (1, 2), "c1": (2, 2.25), "c2": (2.25, 3), "d": (3, 4), "ef": (4, 6)}),
    "ward22": outlines({"O": (0, 3), "P": (3, 6)}),
    "ward23": outlines({"X": (0, 2.25), "Y": (2.25, 5.25), "Z": (5.25, 6)}),
}


def plan(**changed: Any) -> Areas:
    parts: dict[str, Any] = {
        "codes_of": {name: tuple(sorted(one["area_code"])) for name, one in GROUND.items()},
        "names_of": {name: dict(zip(one["area_code"], one["area_name"], strict=True)) for name, one in GROUND.items()},
        "tables": {("lsoa11", "ward22"): table(OLD.items()), ("lsoa21", "ward23"): table(NEW.items())},
        "outlines": GROUND,
        "changes": {("lsoa11", "lsoa21"): table(CHANGES)},
        "people": {"lsoa11": PEOPLE},
    }
    return Areas(PLACE, **{**parts, **changed})


def shares(areas: Areas, source: str, target: str) -> dict[tuple[str, str], float]:
    links = areas.links(source, target)
    return {(a, b): weight for a, b, weight in links.itertuples(index=False)}


def test_small_areas_of_another_census_reach_wards_by_what_they_were() -> None:
    assert shares(plan(), "lsoa21", "ward22") == {
        ("a", "O"): 1.0,
        ("b", "O"): 1.0,
        ("c1", "O"): 1.0,
        ("c2", "O"): 1.0,
        ("d", "P"): 1.0,
        ("ef", "P"): 1.0,
    }
    assert plan(people={}).matrix("lsoa21", "ward22").marks.tolist() == ["", ""]


def test_an_area_split_between_wards_is_shared_by_ground_and_marked() -> None:
    found = shares(plan(), "lsoa11", "ward23")
    assert found == pytest.approx(
        {(code, NEW.get(code, "Y")): 1.0 for code in "abdef"} | {("c", "X"): 0.25, ("c", "Y"): 0.75}
    )
    assert plan(people={}).matrix("lsoa11", "ward23").marks.tolist() == ["[e]", "[e]", ""]


def test_an_area_merged_from_two_wards_is_shared_by_ground() -> None:
    areas = plan(tables={("lsoa11", "ward22"): table((OLD | {"e": "O"}).items())})
    assert shares(areas, "lsoa21", "ward22")[("ef", "O")] == pytest.approx(0.5)


def test_a_split_that_outlines_do_not_tell_is_refused() -> None:
    with pytest.raises(
        DefinitionError, match=r"c \(lsoa11\) became several areas of lsoa21, and the edition does not pin"
    ):
        plan(outlines={}).matrix("lsoa11", "ward23")
    apart = {**GROUND, "lsoa21": outlines({"c1": (7, 8), "c2": (8, 9)})}
    with pytest.raises(DataError, match="c and c1 are said to share ground, and do not"):
        plan(outlines=apart).matrix("lsoa11", "lsoa21")


def test_an_area_that_no_change_and_no_lookup_names_is_refused() -> None:
    with pytest.raises(DataError, match="lsoa11 to lsoa21: f has no link"):
        plan(changes={("lsoa11", "lsoa21"): table(CHANGES[:-1])}).matrix("lsoa11", "lsoa21")
    with pytest.raises(DataError, match="lsoa11 to ward22: a has no link"):
        plan(tables={("lsoa11", "ward22"): table(list(OLD.items())[1:])}).matrix("lsoa11", "ward22")


def test_old_wards_reach_new_ones_by_their_people() -> None:
    found = plan().matrix("ward22", "ward23")
    assert found.sums(pd.Series({"O": 60.0, "P": 150.0}))[:2].tolist() == pytest.approx([37.5, 172.5])
    assert found.marks.tolist() == ["[e][u]", "[e][u]", ""]
    assert plan(people={}).matrix("ward22", "ward23").sums(
        pd.Series({"O": 60.0, "P": 150.0})
    ).tolist() == pytest.approx([45.0, 15.0 + 112.5, 37.5])


def test_a_ward_whose_two_estimates_differ_by_more_than_a_tenth_is_of_low_reliability() -> None:
    estimates = plan().two_estimates("lsoa11", "ward23")
    assert estimates is not None
    assert estimates["small_areas"].tolist() == [3, 4, 0]
    assert estimates["people"].tolist()[:2] == pytest.approx([37.5, 172.5])
    assert estimates["people_by_area"].tolist() == pytest.approx([37.5, 22.5 + 40 + 50 + 15, 45.0])
    assert estimates["difference_pct"].tolist()[:2] == pytest.approx([0.0, 100 * (172.5 / 127.5 - 1)])
    assert plan().matrix("lsoa11", "ward23").marks.tolist() == ["[e]", "[e][u]", ""]
    assert plan().matrix("lsoa11", "ward22").marks.tolist() == ["", ""]


@pytest.mark.parametrize(("edge", "mark"), [(3.27, ""), (3.28, "[e][u]")])
def test_the_tenth_is_where_low_reliability_begins(edge: float, mark: str) -> None:
    even = pd.Series(1.0, index=PEOPLE.index)
    moved = {**GROUND, "ward22": outlines({"O": (0, edge), "P": (edge, 6)})}
    areas = plan(outlines=moved, people={"lsoa11": even})
    table = areas.two_estimates("lsoa11", "ward22")
    assert table is not None
    assert (abs(table.loc["P", "difference_pct"]) > 10) == bool(mark)
    assert areas.matrix("lsoa11", "ward22").marks[1] == mark


def test_residents_of_the_other_census_are_carried_across() -> None:
    people = plan().residents("lsoa21")
    assert people is not None
    assert people.to_dict() == pytest.approx({"a": 10, "b": 20, "c1": 7.5, "c2": 22.5, "d": 40, "ef": 110})
    assert plan(people={}).residents("lsoa21") is None


def test_a_ward_without_small_areas_is_told_together_with_those_that_take_its_ground() -> None:
    areas = plan()
    assert areas.groups("ward23") == [("Y", "Z")]
    assert areas.groups("ward22") == []
    joined = areas.merged("ward23", areas.groups("ward23"))
    assert joined.codes("ward23") == ["X", "Y+Z"]
    assert joined.names("ward23")["Y+Z"] == "Y-name and Z-name"
    assert joined.matrix("lsoa11", "ward23").sums(PEOPLE).tolist() == pytest.approx([37.5, 172.5])
    estimates = joined.two_estimates("lsoa11", "ward23")
    assert estimates is not None
    assert estimates["people_by_area"].tolist() == pytest.approx([37.5, 172.5])
    assert "[u]" not in joined.matrix("lsoa11", "ward23").marks[1]
    assert areas.codes("ward23") == ["X", "Y", "Z"]


def test_by_ground_alone_leaves_the_best_fit_of_one_geography_out() -> None:
    areas = plan()
    alone = areas.by_ground_alone("ward23")
    ground = areas.by_area("lsoa11", "ward23")
    assert ground is not None
    assert alone.matrix("lsoa11", "ward23").sums(PEOPLE).tolist() == pytest.approx(ground.sums(PEOPLE).tolist())
    assert (
        alone.matrix("lsoa11", "ward23").sums(PEOPLE).tolist() != areas.matrix("lsoa11", "ward23").sums(PEOPLE).tolist()
    )
    assert alone.matrix("lsoa11", "ward22").weights.tolist() == areas.matrix("lsoa11", "ward22").weights.tolist()


def test_a_ward_where_nobody_lives_has_nobody_to_be_told_with() -> None:
    water = {**GROUND, "ward23": outlines({"X": (0, 2.25), "Y": (2.25, 6), "Z": (6, 9)})}
    assert plan(outlines=water).groups("ward23") == []


def test_where_nothing_leads_it_says_what_to_pin() -> None:
    with pytest.raises(DefinitionError, match="no way from ward22 to ward23: the edition pins neither a lookup"):
        plan(outlines={}, people={}).matrix("ward22", "ward23")
    with pytest.raises(DefinitionError, match="no codes of msoa11: the edition pins no lookup or outlines of it"):
        plan().matrix("msoa11", "ward23")


def test_the_city_takes_all() -> None:
    assert plan().matrix("lsoa21", "lad").sums(pd.Series(1.0, index=sorted(NEW))).tolist() == [6.0]
    assert np.array_equal(plan().matrix("ward22", "ward22").weights, np.eye(2))

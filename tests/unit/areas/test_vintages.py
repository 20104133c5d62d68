"""An edition of wards that were not in force, or that no pinned lookup leads to, is refused when it is loaded."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from analysis.errors import DefinitionError

EDITION = "tinytown-2018"


def of_2024(edition: dict[str, Any]) -> None:
    edition.update(year=2024, cut_off=dt.date(2024, 7, 31), ward_geography="ward23")


def without(source: str) -> Any:
    return lambda edition: edition["releases"].pop(source)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            lambda edition: edition.update(ward_geography="ward23"),
            "ward_geography: ward23 (electoral ward in force from May 2023) was not in force at the cut-off "
            "2018-07-31; write ward22, and pin the lookup that leads to it",
        ),
        (
            lambda edition: edition.update(cut_off=dt.date(2023, 5, 4), year=2023),
            "ward_geography: ward22 (electoral ward in force to April 2023) was not in force at the cut-off "
            "2023-05-04; write ward23",
        ),
        (
            without("lookup_lsoa11_ward22"),
            "releases: no lookup leads from lsoa11 to ward22; pin lookup_lsoa11_ward22 "
            "(those pinned: lookup_lsoa11_msoa11)",
        ),
        (
            of_2024,
            "releases: no lookup leads from lsoa11 to ward23; pin lookup_lsoa11_lsoa21 with lookup_lsoa21_ward23 "
            "(those pinned: lookup_lsoa11_ward22, lookup_lsoa11_msoa11)",
        ),
        (
            lambda edition: edition.update(lsoa_geography="lsoa21"),
            "releases: no lookup leads from lsoa21 to ward22; pin lookup_lsoa11_lsoa21 with lookup_lsoa11_ward22",
        ),
    ],
)
def test_an_edition_that_mixes_vintages_is_refused(tiny: Any, change: Any, says: str) -> None:
    path = tiny.change("editions", EDITION, change)
    with pytest.raises(DefinitionError) as refused:
        tiny.catalogue()
    assert str(refused.value).startswith(f"{path}:")
    assert says in str(refused.value)


def test_wards_hold_to_their_last_day(tiny: Any) -> None:
    tiny.change("editions", EDITION, lambda edition: edition.update(cut_off=dt.date(2023, 5, 3), year=2023))
    assert tiny.catalogue().edition(EDITION).ward_geography == "ward22"


def test_the_way_by_the_other_census_will_do(tiny: Any) -> None:
    def by_changes(edition: dict[str, Any]) -> None:
        edition["releases"]["lookup_lsoa11_lsoa21"] = ["2022-12"]
        edition.update(lsoa_geography="lsoa21")

    tiny.change("editions", EDITION, by_changes)
    geographies = tiny.definitions / "geographies.yml"
    text = geographies.read_text(encoding="utf-8")
    geographies.write_text(text.replace("  outlines: boundary_lsoa21\n", ""), encoding="utf-8")
    assert tiny.catalogue().edition(EDITION).lsoa_geography == "lsoa21"

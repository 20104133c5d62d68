"""A correction changes one figure of a publisher, is logged and explained, and stops the build once it does not fit."""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from analysis.audit.causes import Change, diff_builds, open_build
from analysis.catalogue.load import load_catalogue
from analysis.clean.corrections import open_corrected
from analysis.cli.listing import LISTS
from analysis.errors import DataError, DefinitionError
from analysis.tables.stamps import build_inputs, open_edition, what_changed

FIRST = "tinytown-2018"


def correction(city: Any, **values: Any) -> dict[str, Any]:
    data = {
        "id": "two-digits",
        "source": "fuel_poverty",
        "release": "2022-04-28",
        "table": "lsoa",
        "row": {"lsoa11_code": city.codes.lsoa(1)},
        "column": "fuel_poor_households",
        "expect": cell(city),
        "value": "7",
        "reason": "Two digits are swapped.",
        "said_by": "The publisher's enquiry desk",
        "date": dt.date(2024, 2, 1),
        "status": "accepted",
    } | values
    city.write("corrections", data)
    return data


def cell(city: Any, column: str = "fuel_poor_households") -> str:
    table = pd.read_csv(city.raw("fuel_poverty", "lsoa"), dtype=str, keep_default_na=False)
    (value,) = table.loc[table["lsoa11_code"] == city.codes.lsoa(1), column]
    return str(value)


def changes(city: Any, before: str) -> pd.DataFrame:
    found = diff_builds(open_build(city.project, before), open_build(city.project, FIRST), city.catalogue())
    return pd.DataFrame([one for one in found if one.table == "indicators"], columns=[*Change.__annotations__])


def kept_aside(city: Any) -> str:
    folder = city.root / "earlier" / FIRST
    shutil.copytree(city.project.processed / FIRST, folder)
    return str(folder)


def test_an_accepted_correction_changes_the_figure_is_logged_and_is_the_cause(tiny: Any) -> None:
    before, raw = kept_aside(tiny), tiny.raw("fuel_poverty", "lsoa")
    hashed = hashlib.sha256(raw.read_bytes()).hexdigest()
    old = cell(tiny)
    correction(tiny)
    inputs = build_inputs(tiny.project, open_edition(tiny.project, FIRST))
    assert what_changed(tiny.project.processed / FIRST, inputs) == ["definitions/corrections/two-digits.yml added"]
    log = tiny.build().table("cleaning_log")
    assert hashlib.sha256(raw.read_bytes()).hexdigest() == hashed
    (entry,) = log[log["action"] == "corrected"].to_dict("records")
    assert (entry["source"], entry["release"], entry["table"]) == ("fuel_poverty", "2022-04-28", "lsoa")
    assert (entry["column"], entry["rows"]) == ("fuel_poor_households", 1)
    assert entry["detail"] == f"two-digits: lsoa11_code {tiny.codes.lsoa(1)}: {old} is 7"
    found = changes(tiny, before)
    assert set(found["indicator"]) == {"fuel_poverty"}
    assert set(found["cause"]) == {"correction"}
    ward = found[found["row"].str.contains(tiny.codes.ward("Mill")) & (found["column"] == "numerator")]
    assert ward[["before", "after"]].to_numpy().tolist() == [["100", "82"]]


def test_a_correction_that_was_taken_back_is_a_correction_too(tiny: Any) -> None:
    correction(tiny)
    tiny.build()
    before = kept_aside(tiny)
    shutil.rmtree(tiny.definitions / "corrections")
    tiny.build()
    found = changes(tiny, before)
    assert len(found)
    assert set(found["cause"]) == {"correction"}


def test_a_row_can_be_left_out(tiny: Any) -> None:
    old = cell(tiny)
    correction(tiny, value="drop")
    opened = open_corrected(tiny.project, tiny.catalogue(), "fuel_poverty", "2022-04-28")
    table = opened.table("lsoa")
    assert tiny.codes.lsoa(1) not in set(table["lsoa11_code"])
    assert len(table) == 11
    log = tiny.build().table("cleaning_log")
    (detail,) = log.loc[log["action"] == "corrected", "detail"]
    assert detail.endswith(f"row left out (it said {old})")


def test_the_weights_of_deprivation_are_corrected_too(tiny: Any) -> None:
    table = pd.read_csv(tiny.raw("imd", "population"), dtype=str).set_index("lsoa_code")
    before = kept_aside(tiny)
    for column in ("total_population", "population_60_plus"):  # a total alone would contradict its parts
        old = table.loc[tiny.codes.lsoa(1), column]
        correction(
            tiny,
            id=column.replace("_", "-"),
            source="imd",
            release="2015-09-30",
            table="population",
            row={"lsoa_code": tiny.codes.lsoa(1)},
            column=column,
            expect=old,
            value=str(int(old) + 500),
        )
    log = tiny.build().table("cleaning_log")
    assert len(log[log["action"] == "corrected"]) == 2
    found = changes(tiny, before)
    assert "imd_average_score" in set(found["indicator"])
    assert set(found["cause"]) == {"correction"}


@pytest.mark.parametrize("status", ["proposed", "upstream-fixed"])
def test_what_is_not_accepted_is_listed_and_not_applied(tiny: Any, status: str) -> None:
    before = kept_aside(tiny)
    correction(tiny, status=status, expect="what nobody wrote")
    log = tiny.build().table("cleaning_log")
    assert "corrected" not in set(log["action"])
    assert changes(tiny, before).empty
    listed = LISTS["corrections"](tiny.catalogue(), tiny.project)
    assert [row[-1] for row in listed.rows] == [status]
    assert listed.summary == "One correction, 0 applied."


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"expect": "9999"}, ["row 2", "'fuel_poor_households'", "expects '9999'", "may have mended it: remove"]),
        ({"row": {"lsoa11_code": "E01999999"}}, ["0 rows have lsoa11_code 'E01999999'", "expects one"]),
        ({"row": {"lad_code": ""}}, None),
    ],
)
def test_a_correction_that_does_not_fit_stops_the_build(tiny: Any, values: dict[str, Any], words: Any) -> None:
    kept = {path: path.read_bytes() for path in (tiny.project.processed / FIRST).iterdir()}
    correction(tiny, **values)
    with pytest.raises(DataError if words else DefinitionError) as refused:
        tiny.build()
    for word in words or ["no column 'lad_code'"]:
        assert word in str(refused.value)
    assert {path: path.read_bytes() for path in (tiny.project.processed / FIRST).iterdir()} == kept


def test_two_corrections_of_one_figure_are_refused(tiny: Any) -> None:
    correction(tiny)
    correction(tiny, id="again", value="8")
    with pytest.raises(DataError, match="'again' and 'two-digits' are about the same figure"):
        open_corrected(tiny.project, tiny.catalogue(), "fuel_poverty", "2022-04-28")


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"source": "fuel_povert"}, "source: no source 'fuel_povert'; nearest are 'fuel_poverty'"),
        ({"release": "1066-10-14"}, "fuel_poverty has no release '1066-10-14'; expected '2022-04-28'"),
        ({"table": "msoa"}, "no table 'msoa'; expected 'lsoa'"),
        ({"column": "fuel"}, "no column 'fuel'; expected "),
        ({"row": {}}, "row: it is empty, and has to hold something"),
        ({"value": "7", "expect": "7"}, "the new value is the old one, '7'"),
        ({"reason": " "}, "reason: it is empty, and has to hold something"),
        ({"status": "done"}, "expected one of 'proposed', 'accepted', 'upstream-fixed', got 'done'"),
        ({"expect": 7}, "expect: expected str, got 7"),
        ({"why": "x"}, "unknown key 'why'"),
    ],
)
def test_a_malformed_correction_is_refused_with_its_file_and_line(
    tiny_built: Any, tmp_path: Path, values: dict[str, Any], problem: str
) -> None:
    city = tiny_built.copy(tmp_path / "project")
    correction(city, **values)
    with pytest.raises(DefinitionError) as refused:
        load_catalogue(city.definitions)
    assert "corrections/two-digits.yml:" in str(refused.value)
    assert problem in str(refused.value)


def test_the_shipped_corrections_fit_the_tables_that_they_change(repository: Path) -> None:
    from analysis.paths import Project

    catalogue = load_catalogue(repository / "src" / "analysis" / "definitions")
    for one in catalogue.corrections.values():
        open_corrected(Project(repository), catalogue, one.source, one.release)

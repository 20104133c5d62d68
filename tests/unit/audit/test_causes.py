"""Every number that differs between two builds is listed, with the cause that was given to it."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pandas as pd
import pytest
import yaml

from analysis.audit.causes import CAUSES, Build, Change, describe_changes, diff_builds, open_build
from analysis.audit.diff import match_rows
from analysis.errors import DataError, UsageError
from analysis.make.tables import build_edition
from analysis.tables.contract import ROW_KEYS, TABLE_KEYS
from analysis.tables.stamps import STAMP, Stamp

FIRST, SECOND = "tinytown-2018", "tinytown-2019"


def kept_aside(city: Any) -> str:
    """A copy of the first build, by its path."""
    folder = city.root / "earlier" / FIRST
    shutil.copytree(city.project.processed / FIRST, folder)
    return str(folder)


def compared(city: Any, before: str, after: str = FIRST) -> pd.DataFrame:
    project = city.project
    changes = diff_builds(open_build(project, before), open_build(project, after), city.catalogue())
    return pd.DataFrame(changes, columns=[*Change.__annotations__])


def of(changes: pd.DataFrame, table: str = "indicators") -> pd.DataFrame:
    return changes[changes["table"] == table]


def next_edition(city: Any, **values: Any) -> None:
    path = city.definitions / "editions" / f"{FIRST}.yml"
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    later = data | {"id": SECOND, "cut_off": dt.date(2019, 7, 31), **values}
    city.write("editions", later | {"year": later["cut_off"].year})


def test_a_build_does_not_differ_from_itself(tiny_built: Any) -> None:
    assert compared(tiny_built, FIRST).empty
    assert describe_changes([]) == ["No number differs."]


def test_other_bytes_of_the_same_release_are_a_correction(tiny: Any) -> None:
    before = kept_aside(tiny)
    tiny.set_raw("fuel_poverty", "lsoa", {"lsoa11_code": tiny.codes.lsoa(1)}, "fuel_poor_households", "7")
    tiny.build()
    changes = of(compared(tiny, before))
    assert set(changes["indicator"]) == {"fuel_poverty"}
    assert set(changes["cause"]) == {"correction"}
    ward = changes[changes["row"].str.contains(tiny.codes.ward("Mill")) & (changes["column"] == "numerator")]
    assert ward[["before", "after"]].to_numpy().tolist() == [["100", "82"]]
    # The wards that do not hold the small area are as they were.
    assert not changes["row"].str.contains(tiny.codes.ward("Park")).any()


def test_a_corrected_weight_is_a_correction_of_what_it_weighs(tiny: Any) -> None:
    before = kept_aside(tiny)
    for column, value in (("total_population", "6"), ("population_0_15", "1"), ("population_16_59", "2")):
        tiny.set_raw("imd", "population", {"lsoa_code": tiny.codes.lsoa(1)}, column, value)
    tiny.set_raw("imd", "population", {"lsoa_code": tiny.codes.lsoa(1)}, "population_60_plus", "3")
    tiny.build()
    changes = of(compared(tiny, before))
    assert set(changes["cause"]) == {"correction"}
    assert "imd_average_score" in set(changes["indicator"])
    assert "fuel_poverty" not in set(changes["indicator"])


def test_another_definition_is_another_method(tiny: Any) -> None:
    before = kept_aside(tiny)
    tiny.change(
        "indicators", "fuel_poverty", lambda data: [one.update(measure="rate_per_1000") for one in data["inputs"]]
    )
    tiny.change("indicators", "fuel_poverty", lambda data: data.update(unit="per 1,000 properties", kind="rate"))
    tiny.build()
    changes = of(compared(tiny, before))
    assert set(changes["indicator"]) == {"fuel_poverty"}
    assert set(changes["cause"]) == {"method"}


def test_a_new_indicator_is_new_and_one_taken_away_is_gone(tiny: Any) -> None:
    before = kept_aside(tiny)
    data = yaml.safe_load((tiny.definitions / "indicators" / "fuel_poverty.yml").read_text(encoding="utf-8"))
    tiny.write("indicators", data | {"id": "fuel_poverty_again", "title": "Cold homes"})
    tiny.build()
    for table in ("indicators", "judgements"):
        changes = of(compared(tiny, before), table)
        assert set(changes["indicator"]) == {"fuel_poverty_again"}
        assert set(changes["cause"]) == {"new"}
        assert set(changes["before"]) == {""}
    back = of(compared(tiny, FIRST, before))
    assert set(back["cause"]) == {"gone"}
    assert set(back["after"]) == {""}


def another_release(city: Any, source: str, table: str, edit: Callable[[list[str]], None]) -> None:
    """The next edition, with the same cut-off, that pins another release of a source, whose table differs."""
    old = city.raw(source, table).parent
    new = old.parent / "2027-01-01"
    shutil.copytree(old, new)
    city.change(
        "sources",
        source,
        lambda data: data["releases"].update({new.name: {**data["releases"][old.name], "published": new.name}}),
    )
    path, receipt = new / f"{table}.csv", new / "snapshot.yml"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    edit(lines)
    path.write_text("".join(lines), encoding="utf-8")
    snapshot = yaml.safe_load(receipt.read_text(encoding="utf-8").replace(old.name, new.name))
    snapshot["tables"][table]["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    receipt.write_text(yaml.safe_dump(snapshot, sort_keys=False, allow_unicode=True), encoding="utf-8")
    edition = yaml.safe_load((city.definitions / "editions" / f"{FIRST}.yml").read_text(encoding="utf-8"))
    next_edition(city, cut_off=edition["cut_off"], releases={**edition["releases"], source: [new.name]})
    build_edition(city.project, city.catalogue(), SECOND, city.project.processed / SECOND)


def test_the_same_period_from_another_release_is_revised_data(tiny: Any) -> None:
    def edit(lines: list[str]) -> None:
        at = next(number for number, line in enumerate(lines) if tiny.codes.lad in line and ",65" in line)
        lines[at] = lines[at].replace("65", "66", 1)

    another_release(tiny, "els", "observations", edit)
    changes = of(compared(tiny, FIRST, SECOND))
    assert set(changes["indicator"]) == {"employment_rate"}
    assert set(changes["cause"]) == {"revised data"}
    assert len(changes) == 1


def test_the_same_data_shared_out_by_other_residents_are_not_revised(tiny: Any) -> None:
    def edit(lines: list[str]) -> None:
        at = next(number for number, line in enumerate(lines) if tiny.codes.lsoa(1) in line)
        names, cells = (line.rstrip().split(",") for line in (lines[0], lines[at]))
        for name in ("total", "age_20_24", "age_16_64"):
            cells[names.index(name)] = str(int(cells[names.index(name)]) + 500)
        lines[at] = ",".join(cells) + "\n"

    another_release(tiny, "population_lsoa11", "lsoa", edit)
    changes = compared(tiny, FIRST, SECOND)
    causes = changes.groupby("indicator")["cause"].agg(set)
    assert causes["life_expectancy_birth"] == {"other weights"}
    assert causes["population_total"] == {"revised data"}


def test_a_later_period_is_a_new_period(tiny: Any) -> None:
    next_edition(tiny, cut_off=dt.date(2022, 7, 31))
    build_edition(tiny.project, tiny.catalogue(), SECOND, tiny.project.processed / SECOND)
    changes = of(compared(tiny, FIRST, SECOND))
    added = changes[changes["before"] == ""]
    assert len(added)
    assert set(added["cause"]) == {"new period"}
    back = of(compared(tiny, SECOND, FIRST))
    assert set(back.loc[back["after"] == "", "cause"]) == {"new period"}


def test_other_areas_are_geography(tiny: Any) -> None:
    before = kept_aside(tiny)
    table = tiny.raw("lookup_lsoa11_ward22", "lookup")
    text = table.read_text(encoding="utf-8")
    mill, quay = tiny.codes.ward("Mill"), tiny.codes.ward("Quay")
    line = next(line for line in text.splitlines() if line.startswith(tiny.codes.lsoa(1)))
    table.write_text(text.replace(line, line.replace(mill, quay).replace("Mill", "Quay")), encoding="utf-8")
    tiny.refresh_receipt("lookup_lsoa11_ward22", "lookup")
    tiny.build()
    changes = of(compared(tiny, before))
    assert set(changes["cause"]) == {"geography"}
    assert {row.split()[0] for row in changes["row"]} >= {mill, quay}
    assert tiny.codes.lad not in {row.split()[0] for row in changes["row"]}


def test_with_no_input_changed_no_cause_is_made_up(tiny: Any) -> None:
    before = kept_aside(tiny)
    path = Path(before) / "indicators.csv"
    table = pd.read_csv(path, dtype=str, na_filter=False)
    table.loc[table["indicator"] == "employment_rate", "value"] = "1"
    table.to_csv(path, index=False)
    changes = of(compared(tiny, before))
    assert set(changes["indicator"]) == {"employment_rate"}
    assert set(changes["cause"]) == {"not known"}


def build(name: str, **tables: list[dict[str, str]]) -> Build:
    """A build of small tables, made from nothing but an edition's definition."""
    return Build(name, {"indicators": [], **tables}, Stamp({f"definitions/editions/{name}.yml": "1"}, {}))


def small(city: Any, table: str, before: list[dict[str, str]], after: list[dict[str, str]]) -> list[tuple[str, ...]]:
    found = diff_builds(build(FIRST, **{table: before}), build(SECOND, **{table: after}), city.catalogue())
    return [(one.indicator, one.row, one.column, one.before, one.after, one.cause) for one in found]


def warning(indicator: str, order: int, value: str, end: str = "2017-12-31") -> dict[str, str]:
    return {
        "indicator": indicator, "sex": "persons", "age": "all", "period_start": f"{end[:4]}-01-01", "period_end": end,
        "value": value, "strength": "2", "order": str(order),
    }  # fmt: skip


def test_a_warning_is_compared_with_the_same_indicators_and_its_place_is_said_as_such(tiny_built: Any) -> None:
    before = [warning("fuel_poverty", 1, "12"), warning("employment_rate", 2, "65")]
    after = [
        warning("imd_average_score", 1, "40"),
        warning("employment_rate", 2, "65"),
        warning("fuel_poverty", 3, "12"),
    ]
    assert small(tiny_built, "early_warnings", before, after) == [
        ("fuel_poverty", "persons all", "order", "1", "3", "position"),
        ("imd_average_score", "persons all", "value", "", "40", "new"),
    ]
    after = [warning("employment_rate", 1, "66", "2018-12-31"), warning("fuel_poverty", 2, "12")]
    assert small(tiny_built, "early_warnings", before, after) == [
        ("fuel_poverty", "persons all", "order", "1", "2", "position"),
        ("employment_rate", "persons all", "value", "65", "66", "new period"),
        ("employment_rate", "persons all", "order", "2", "1", "position"),
    ]


def test_no_table_is_matched_by_a_place(tiny_built: Any) -> None:
    """Every table, its rows turned about and one put first: the same rows are found again, one is new."""
    warnings = [warning(name, at, "1") for at, name in enumerate(("fuel_poverty", "employment_rate"), start=1)]
    tables = {**open_build(tiny_built.project, FIRST).tables, "early_warnings": warnings}
    assert set(ROW_KEYS) == set(TABLE_KEYS)
    assert {name for name in tables if len(tables[name]) > 1} >= {"judgements", "indicators", "links", "ward_estimates"}
    for name, rows in tables.items():
        if len(rows) < 2:
            continue
        fewer = [row | ({"order": str(at)} if "order" in row else {}) for at, row in enumerate(rows[1:], start=1)]
        pairs, gone, new = match_rows(fewer[::-1], rows, ROW_KEYS[name])
        assert (gone, new) == ([], [rows[0]]), name
        for old, now in pairs:
            assert {column for column in now if old[column] != now[column]} <= {"order"}, name


def test_a_figure_of_another_release_is_the_same_figure_and_none_is_lost(tiny_built: Any) -> None:
    """Two releases of one figure: the later meets the one of the other build, the earlier stays a row of its own."""
    rows = [{"figure": "a", "release": release, "value": value} for release, value in (("1", "5"), ("2", "6"))]
    other = [{"figure": "a", "release": "3", "value": "7"}]
    pairs, gone, new = match_rows(rows, other, (("figure", "release"), ("figure",)))
    assert (pairs, gone, new) == ([(rows[1], other[0])], [rows[0]], [])


def judgement(end: str, baseline: str, change: str, flag: str = "") -> dict[str, str]:
    return {
        "indicator": "employment_rate", "area_code": "E07990001", "area_name": "Tinytown", "geography": "lad",
        "sex": "persons", "age": "all", "period_start": f"{end[:4]}-01-01", "period_end": end, "value": end[:4],
        "flag": flag, "baseline_start": baseline and f"{baseline}-01-01",
        "baseline_end": baseline and f"{baseline}-12-31", "baseline_value": baseline,
        "change": change, "change_result": "improved" if change else "not judged",
        "trend_result": "not tested",
    }  # fmt: skip


@pytest.mark.parametrize("end", ["2017-12-31", "2018-12-31"])
def test_what_a_first_baseline_changes_has_one_cause(tiny_built: Any, end: str) -> None:
    found = small(tiny_built, "judgements", [judgement("2017-12-31", "", "")], [judgement(end, "2016", "2")])
    causes = {column: cause for _, _, column, _, _, cause in found}
    by_baseline = dict.fromkeys(("baseline_value", "change", "change_result"), "baseline")
    assert causes == by_baseline | ({"value": "new period"} if end > "2018" else {})


def test_flags_and_results_are_listed(tiny_built: Any) -> None:
    before, after = judgement("2017-12-31", "2016", "1", "[e]"), judgement("2017-12-31", "2016", "1", "[r]")
    after["trend_result"] = "getting better"
    assert [line[2:] for line in small(tiny_built, "judgements", [before], [after])] == [
        ("flag", "[e]", "[r]", "cut-off"),
        ("trend_result", "not tested", "getting better", "follows"),
    ]
    (flag, _) = small(tiny_built, "judgements", [before], [after | {"flag": "[e][u]"}])
    assert flag[-1] == "follows"  # how sure a figure is has nothing to do with the day


def test_the_command_counts_lists_and_writes_json(
    tiny: Any, repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from analysis import cli

    before = kept_aside(tiny)
    tiny.set_raw("fuel_poverty", "lsoa", {"lsoa11_code": tiny.codes.lsoa(1)}, "fuel_poor_households", "7")
    tiny.build()
    monkeypatch.chdir(tiny.root)
    printed = []
    for more in ([], ["--all"], ["--json"]):
        monkeypatch.setattr(sys, "argv", ["sotc", "diff", before, FIRST, *more])
        with pytest.raises(SystemExit) as left:
            cli.main()
        assert left.value.code == 0
        printed.append(capsys.readouterr().out)
    counts, every, as_json = printed[0], printed[1], json.loads(printed[2])
    assert (
        f"correction: {sum(one['cause'] == 'correction' for one in as_json['changes'])} ({CAUSES['correction']})\n"
        in counts
    )
    assert counts.endswith("add --all to list every number, or --json for machines.\n")
    assert "--all" not in every
    assert "100 -> 82 (correction)" in every
    assert "100 -> 82" not in counts
    schema = json.loads((repository / "docs" / "schemas" / "diff-1.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(as_json)
    assert set(CAUSES) == {*schema["properties"]["changes"]["items"]["properties"]["cause"]["enum"]}
    assert list(as_json["changes"][0]) == list(Change.__annotations__)
    assert (as_json["before"], as_json["after"]) == (before, FIRST)


def test_what_is_not_built_or_has_no_stamp_is_refused(tiny: Any) -> None:
    with pytest.raises(UsageError, match="'tinytown-2031' is neither a built edition nor a folder of tables"):
        open_build(tiny.project, "tinytown-2031")
    (tiny.project.processed / FIRST / STAMP).unlink()
    with pytest.raises(DataError, match=r"no inputs\.json that can be read, so no cause is known"):
        open_build(tiny.project, FIRST)

"""``sotc explain`` on the invented city: every kind of thing, down to the raw row; refused where it does not add up."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from analysis.audit.chain import METHODS
from analysis.audit.explain import explain
from analysis.audit.opened import Opened
from analysis.audit.recompute import FORMULAS, Second
from analysis.audit.told import told
from analysis.audit.worked_out import JUDGED, STATISTICS
from analysis.catalogue.measures import MEASURES
from analysis.cli import app
from analysis.errors import AnalysisError, DataError, UsageError
from analysis.indicators.evaluate import MEASURES as PIPELINE
from analysis.tables.query import Tables, agrees
from analysis.tables.stamps import open_edition

EDITION = "tinytown-2018"
CITY = "E07990001"
OWN = {"coverage", "coverage_outcomes", "judgement_support", "known_gaps", "scorecard", "stated_figures"}
OWN |= {"ward_changes", "ward_estimates"}
"""Tables that count or list what the project itself defines and holds."""
NONE = ("none", "no", "0")
"""A count of nothing rests on no row."""


def ask(city: Any, what: str) -> dict[str, Any]:
    return explain(city.project, EDITION, what)


def raw_row(city: Any, place: dict[str, Any]) -> dict[str, str]:
    """The row of a file that an explanation names, read by its line."""
    lines = (city.root / place["file"]).read_text(encoding="utf-8").splitlines()
    (row,) = csv.DictReader([lines[0], lines[place["line"] - 1]])
    return {str(name): str(cell) for name, cell in row.items()}


def manifest(city: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((city.project.reports / EDITION / "manifest.json").read_text(encoding="utf-8"))
    return found


def test_a_published_value_leads_to_its_one_raw_row(tiny_reported: Any) -> None:
    answer = ask(tiny_reported, f"employment_rate@{CITY}@2017")
    (chain,) = answer["chains"]
    (part,) = chain["geography"]["parts"]
    (place,) = part["observations"]["value"][0]["raw"]
    row = raw_row(tiny_reported, place)
    assert row == place["cells"]
    assert (row["series"], row["area_code"], float(row["value"])) == ("employment_rate", CITY, answer["value"])
    assert chain["recomputed"]["value"] == answer["value"]
    (source,) = chain["sources"]
    assert source["publisher"] == "Office for National Statistics"
    assert source["address"].startswith("https://")
    assert source["tables"][0]["file"] == place["file"]
    assert chain["indicator"]["file"].endswith("indicators/employment_rate.yml")
    assert any(note["action"] == "rows in" for note in chain["cleaning"])


def test_a_ward_is_rebuilt_from_its_small_areas(tiny_reported: Any) -> None:
    answer = ask(tiny_reported, "imd_average_score@Hill@2015")
    (chain,) = answer["chains"]
    geography = chain["geography"]
    assert (geography["from"], geography["to"], geography["areas"]) == ("lsoa11", "ward22", 4)
    assert [part["area_code"] for part in geography["parts"]] == [f"E010000{number:02d}" for number in (6, 7, 9, 10)]
    top = bottom = 0.0
    for part in geography["parts"]:
        scores, people = (
            raw_row(tiny_reported, part["observations"][role][0]["raw"][0]) for role in ("score", "people")
        )
        assert float(people["total_population"]) == part["weight"]
        top += float(scores["imd_score"]) * part["weight"]
        bottom += part["weight"]
    assert answer["value"] == pytest.approx(top / bottom)
    assert geography["weight"] == bottom
    assert chain["method"]["anchor"] == "docs/methods.md#deprivation.summarise"


def test_a_share_counts_its_areas(tiny_reported: Any) -> None:
    answer = ask(tiny_reported, f"imd_share_lsoas_most_deprived_10pct@{CITY}@2015")
    again = answer["chains"][0]["recomputed"]
    assert again["value"] == pytest.approx(100 * again["numerator"] / again["denominator"])
    assert again["denominator"] == 12


def test_an_apportioned_life_expectancy_names_level_and_middle_areas(tiny_reported: Any) -> None:
    answer = ask(tiny_reported, "life_expectancy_birth@Mill@2016 to 2020@male")
    (chain,) = answer["chains"]
    assert chain["geography"]["from"] == "msoa11"
    assert {part["area_code"] for part in chain["geography"]["parts"]} == {"E02000001", "E02000002"}
    assert chain["also"]["level"][0]["raw"][0]["file"].startswith("data/raw/published_levels/")
    assert chain["recomputed"]["value"] == pytest.approx(answer["value"])


def test_a_difference_rests_on_two_rows(tiny_reported: Any) -> None:
    answer = ask(tiny_reported, "life_expectancy_years_from_city@Mill@2016 to 2020@male")
    ward, city = answer["chains"][0]["rests_on"]
    assert answer["value"] == pytest.approx(ward["recomputed"]["value"] - city["recomputed"]["value"])


def test_every_row_of_the_tables_is_worked_out_again(tiny_built: Any) -> None:
    opened = Opened(tiny_built.project, open_edition(tiny_built.project, EDITION))
    tables = Tables(tiny_built.project, EDITION)
    rows = tables.rows("indicators")
    second = Second(opened, tables)
    found = [second.again(row) for row in rows]
    assert len(found) == len(rows) > 100


def test_shares_of_areas_are_a_table_and_none_is_lost(tiny_built: Any) -> None:
    rows = Tables(tiny_built.project, EDITION).rows("links")
    ways: dict[tuple[str, str, str], float] = {}
    for row in rows:
        way = (row.cells["source_geography"], row.cells["target_geography"], row.cells["source_code"])
        ways[way] = ways.get(way, 0.0) + float(row.cells["share"])
    assert {way[:2] for way in ways} >= {("lsoa11", "ward22"), ("lsoa11", "msoa11")}
    assert all(total == pytest.approx(1) for total in ways.values())


def test_every_number_of_the_report_is_explained(tiny_reported: Any) -> None:
    numbers = manifest(tiny_reported)["numbers"]
    assert len(numbers) > 40
    for number in numbers:
        answer = ask(tiny_reported, number["id"])
        assert answer["number"]["printed"] == number["text"]
        assert answer["number"]["runs"].startswith("narrative.")
        lines = "\n".join(told(answer))
        assert re.search(r"https?://|own table: data/processed/", lines), number["key"]
        own = {Path(file).stem for file in answer["own_tables"]}
        assert own <= OWN or number["text"] in NONE, (
            f"{number['key']}: no address, though {own} rest on publishers' rows"
        )
        assert not re.search(r"(?m)^\w+ .*line \d+: ?$", lines)


def test_every_figure_of_the_report_is_explained(tiny_reported: Any) -> None:
    for item in manifest(tiny_reported)["figures"]:
        answer = ask(tiny_reported, item["id"])
        assert answer["figure"]["cell"] or item["id"] == "numbers"
        assert answer["figure"]["data"]["sha256"] == item["csv_sha256"]
        lines = "\n".join(told(answer))
        assert answer["rows"] or "no row" in lines, item["id"]
        assert re.search(r"(?m)^source +(own table|\S)", lines), item["id"]
        assert all(one["file"] and one["methods"] for one in answer["indicators"]), item["id"]
    answer = ask(tiny_reported, "deprivation-wards")
    assert [one["id"] for one in answer["indicators"]] == ["imd_average_score"]
    assert sum(row["at"].startswith("line ") for row in answer["rows"]) == answer["figure"]["data"]["rows"]
    assert "imd" in {one["source"] for one in answer["sources"]}


def test_the_cells_of_a_table_lead_to_their_rows(tiny_reported: Any) -> None:
    tables = [one["id"] for one in manifest(tiny_reported)["figures"] if one["kind"] == "table"]
    named = {known: ask(tiny_reported, known) for known in tables}
    rows = [row for answer in named.values() for row in answer["rows"]]
    assert len(rows) > 20
    for row in rows:
        assert agrees(row["printed"], Tables(tiny_reported.project, EDITION).resolve(row["key"]).value), row
        if "file" in row:
            assert row["at"].startswith("row "), row
            assert raw_row(tiny_reported, row)
    assert any(answer["chains"] for answer in named.values())


def test_receipt_annex_and_explain_name_the_same_indicators_and_releases(tiny_reported: Any) -> None:
    page = (tiny_reported.project.reports / EDITION / "report.html").read_text(encoding="utf-8")
    items = [one for one in manifest(tiny_reported)["figures"] if one["id"] != "numbers"]
    assert len(items) > 20
    for item in items:
        answer = ask(tiny_reported, item["id"])
        named = {(one["source"], one["release"]) for one in answer["sources"]}
        assert named == {(one["source"], one["release"]) for one in item["releases"]}, item["id"]
        assert [one["id"] for one in answer["indicators"]] == item["indicators"], item["id"]
        for one in item["releases"]:
            assert f"{one['source']}/{one['release']}" in page, item["id"]


def test_a_small_area_and_an_area_of_a_slope_lead_to_raw_rows(tiny_reported: Any) -> None:
    known = [one["id"] for one in manifest(tiny_reported)["figures"]]
    asked = [one for one in known if one.endswith("small-areas") or "slope-" in one]
    assert len(asked) == 3
    for one in asked:
        answer = ask(tiny_reported, one)
        assert sum(row["at"].startswith("line ") for row in answer["rows"]) == answer["figure"]["data"]["rows"]
        assert any("raw_file" in row for row in answer["rows"]), one


def test_a_slope_is_worked_out_again(tiny_reported: Any) -> None:
    number = next(one for one in manifest(tiny_reported)["numbers"] if "slope_index&sex=male:value" in one["key"])
    made = ask(tiny_reported, number["id"])["worked_out"]
    assert made["anchor"] == "docs/methods.md#inequality.slope_index"
    assert len(made["from"]) >= 3


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ("n-summary-999", "near to it are 'n-summary-"),
        ("deprivation-ward", "near to it (is|are) .*'deprivation-wards'"),
        ("nothing-like-it-at-all", "no figure, table or number .*: nothing is near to it"),
        (f"employment_rat@{CITY}@2017", "no indicator 'employment_rat': near to it is 'employment_rate'"),
        (f"zzz@{CITY}@2017", "no indicator 'zzz': nothing is near to it"),
        ("imd_average_score@Docks@2015", r"no number stands there, but \[x\] \(not available\)\.$"),
        (f"employment_rate@{CITY}@1901", "no row of that period; there are "),
        ("employment_rate@Nowhere@2017", "no row of that area; there are .*Tinytown"),
        ("life_expectancy_birth@Mill@2016 to 2020", r"got 2: .*@female@all@.*; .*@male@all@.*\. Name one of them"),
        ("coverage?plan=none:value", "has no column 'value'"),
    ],
)
def test_what_is_not_there_or_not_one_thing_is_refused_with_what_is_near(
    tiny_reported: Any, what: str, says: str
) -> None:
    with pytest.raises(UsageError, match=says):
        ask(tiny_reported, what)


def test_a_number_that_is_not_there_names_the_small_areas_that_its_release_lacks(tiny: Any) -> None:
    path = tiny.raw("fuel_poverty", "lsoa")
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if not line.startswith("E01000002")), encoding="utf-8")
    snapshot = path.parent / "snapshot.yml"
    held = yaml.safe_load(snapshot.read_text(encoding="utf-8"))
    held["tables"]["lsoa"]["rows"] -= 1
    snapshot.write_text(yaml.safe_dump(held, sort_keys=False), encoding="utf-8")
    tiny.refresh_receipt("fuel_poverty", "lsoa")
    tiny.build()
    for area in ("Mill", "Tinytown"):
        with pytest.raises(UsageError, match=r"fuel_poverty 2022-04-28 has nothing of E01000002, without which"):
            ask(tiny, f"fuel_poverty@{area}@2020")
    with pytest.raises(UsageError, match=r"\[x\] \(not available\)\.$"):
        ask(tiny, "fuel_poverty@Docks@2020")
    assert ask(tiny, "fuel_poverty@Quay@2020")["chains"]


def test_a_ward_without_small_areas_points_to_those_it_is_told_with(tiny: Any) -> None:
    """The invented wards have none that are told together, so a row is written here."""
    path = tiny.project.processed / EDITION / "wards_together.csv"
    columns = path.read_text(encoding="utf-8").splitlines()[0].split(",")
    docks = tiny.codes.ward("Docks")
    cells = {"indicator": "imd_average_score", "area_name": "Quay and Docks", "instead_of": docks}
    path.write_text(
        "\n".join([",".join(columns), ",".join(cells.get(name, "") for name in columns), ""]), encoding="utf-8"
    )
    with pytest.raises(
        UsageError, match=r"by best fit. Its people are told in .*/wards_together.csv, under 'Quay and D"
    ):
        ask(tiny, "imd_average_score@Docks@2015")


def test_without_a_report_its_ids_are_not_known(tiny_built: Any) -> None:
    with pytest.raises(DataError, match=r"Make the report first: sotc report tinytown-2018"):
        ask(tiny_built, "n-summary-1")
    assert ask(tiny_built, f"employment_rate@{CITY}@2017")["chains"]


def test_a_raw_table_that_was_edited_explains_nothing(tiny: Any) -> None:
    path = tiny.raw("els", "observations")
    content = path.read_bytes()
    path.write_bytes(content.replace(b"65.0", b"66.0", 1))
    with pytest.raises(DataError, match=r"observations\.csv: sha256 is .* snapshot\.yml says"):
        ask(tiny, f"employment_rate@{CITY}@2017")


def test_a_value_changed_with_its_receipt_after_the_build_is_found(tiny: Any) -> None:
    assert ask(tiny, "imd_average_score@Hill@2015")["value"]
    tiny.set_raw("imd", "lsoa", {"lsoa_code": "E01000006"}, "imd_score", "70.123")
    with pytest.raises(
        DataError, match=r"observations\.csv, line \d+: the value is .*lsoa\.csv, line \d+, says '70.123'"
    ):
        ask(tiny, "imd_average_score@Hill@2015")
    assert ask(tiny, "imd_average_score@Park@2015")["value"]


@pytest.mark.parametrize(
    ("column", "edit", "said"),
    [
        ("row", lambda cell: str(int(cell) + 1), "is not about employment_rate"),  # the row of another area or period
        ("column", lambda _: "lower_ci95", r"the value is 65, and .*observations\.csv, line \d+, says '63.0'"),
    ],
)
def test_an_observation_that_names_another_cell_is_refused(
    tiny: Any, script: Callable[[str], Any], column: str, edit: Callable[[str], str], said: str
) -> None:
    wanted = {"series": "employment_rate", "area_code": CITY, "period_end": "2017-12-31"}
    script("tests/unit/audit/test_again.py").change(
        tiny,
        "observations",
        lambda row: row.update({column: edit(row[column])}),
        lambda row: wanted.items() <= row.items(),
    )
    with pytest.raises(DataError, match=said):
        ask(tiny, f"employment_rate@{CITY}@2017")


def test_a_report_that_is_not_of_these_tables_is_found(tiny_reported: Any, tmp_path: Path) -> None:
    city = tiny_reported.copy(tmp_path / "project")
    path = city.project.reports / EDITION / "manifest.json"
    receipt = json.loads(path.read_text(encoding="utf-8"))
    number = next(one for one in receipt["numbers"] if one["text"].endswith("%"))
    number["text"] = "99.9%"
    path.write_text(json.dumps(receipt), encoding="utf-8")
    with pytest.raises(DataError, match=r"the report prints '99\.9%' and the tables give"):
        ask(city, number["id"])
    figure = city.project.reports / EDITION / "figures" / "deprivation-wards.csv"
    figure.write_text(figure.read_text(encoding="utf-8").replace("2015", "2016"), encoding="utf-8")
    with pytest.raises(DataError, match=r"deprivation-wards\.csv: its sha256 is not that of manifest\.json"):
        ask(city, "deprivation-wards")


def test_the_answer_keeps_to_its_schema(tiny_reported: Any, repository: Path) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads((repository / "docs" / "schemas" / "explain-2.json").read_text(encoding="utf-8"))
    first = manifest(tiny_reported)
    asked = [first["numbers"][0]["id"], "deprivation-wards", "life_expectancy_years_from_city@Mill@2016 to 2020@male"]
    asked += [one["id"] for one in first["figures"]]
    asked += [one["id"] for one in first["numbers"] if "inequality" in one["key"] or "count" in one["key"]]
    for what in asked:
        jsonschema.validate(json.loads(json.dumps(ask(tiny_reported, what))), schema)
    answer = ask(tiny_reported, asked[0])
    del answer["value"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(answer, schema)


def test_the_command_prints_lines_or_json(tiny_reported: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tiny_reported.root)
    what = f"employment_rate@{CITY}@2017"
    made = CliRunner().invoke(app, ["explain", EDITION, what])
    assert made.exit_code == 0
    assert "it equals the table" in made.output
    assert "data/raw/els/2026-06-25/observations.csv, line " in made.output
    made = CliRunner().invoke(app, ["explain", EDITION, what, "--json"])
    assert json.loads(made.output) == json.loads(json.dumps(ask(tiny_reported, what)))


def test_every_measure_of_the_library_can_be_worked_out_again(repository: Path) -> None:
    assert set(FORMULAS) == set(MEASURES) == {*PIPELINE, "difference_from_city"}
    page = (repository / "docs" / "methods.md").read_text(encoding="utf-8")
    for section in {*METHODS.values(), *STATISTICS.values(), *JUDGED.values()}:
        assert f'<a id="{section}"></a>' in page


def test_explaining_needs_no_table_library(repository: Path) -> None:
    import subprocess
    import sys

    rooms = "analysis.cli, analysis.audit.explain, analysis.audit.told"
    code = f"import sys, {rooms}; print({{'pandas', 'numpy'}} & {{*sys.modules}})"
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=repository)
    assert made.stdout.strip() == "set()"
    assert issubclass(DataError, AnalysisError)

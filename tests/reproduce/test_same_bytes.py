"""The same input gives the same bytes; another input gives another map, table and sentence, and nothing else moves."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from pathlib import Path
from typing import Any

EDITION = "tinytown-2018"


def contents(*folders: Path) -> dict[str, bytes]:
    return {
        f"{folder.name}/{path.relative_to(folder).as_posix()}": path.read_bytes()
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def outputs(city: Any) -> dict[str, bytes]:
    """Every file made but ``run.json``, which says when and where."""
    made = contents(city.project.processed, city.project.reports)
    return {name: content for name, content in made.items() if not name.endswith("/run.json")}


def sentences(city: Any) -> str:
    """The words of the web page, tags and pictures taken out."""
    page = (city.project.reports / EDITION / "report.html").read_text(encoding="utf-8")
    page = re.sub(r"<(svg|style|script)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def rows(city: Any, figure: str) -> list[dict[str, str]]:
    text = (city.project.reports / EDITION / "figures" / f"{figure}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text)))


def test_the_same_input_gives_the_same_bytes_in_another_folder(
    tiny_reported: Any, tiny_built: Any, tmp_path: Path
) -> None:
    again = tiny_built.copy(tmp_path / "elsewhere" / "under another name")
    again.report()
    first, second = outputs(tiny_reported), outputs(again)
    assert sorted(first) == sorted(second)
    kinds = {Path(name).suffix for name in first}
    assert kinds == {".csv", ".svg", ".pdf", ".html", ".ipynb", ".json", ".xlsx"}
    assert [name for name in first if first[name] != second[name]] == []


def test_nothing_made_names_the_folder_it_was_made_in(tiny_reported: Any) -> None:
    folder = str(tiny_reported.root).encode()
    assert [name for name, content in outputs(tiny_reported).items() if folder in content] == []


def test_the_receipt_names_every_file_of_the_report(tiny_reported: Any) -> None:
    from analysis.audit.receipt import sha256

    report = tiny_reported.project.reports / EDITION
    receipt = json.loads((report / "manifest.json").read_text(encoding="utf-8"))
    named = {f"notebooks/{item['notebook']}": item["executed_sha256"] for item in receipt["notebooks"]}
    named |= {item["file"]: item["sha256"] for item in receipt["documents"]}
    for item in receipt["figures"]:
        named[f"figures/{item['id']}.csv"] = item["csv_sha256"]
        assert (item["kind"] == "figure") == (item["svg_sha256"] is not None)
        if item["svg_sha256"]:
            named[f"figures/{item['id']}.svg"] = item["svg_sha256"]
    found = {path.relative_to(report).as_posix(): sha256(path.read_bytes()) for path in report.rglob("*.*")}
    named |= {item["file"]: item["sha256"] for item in receipt["files"]}
    for beside in ("manifest.json", "inputs.json", "run.json"):  # the receipt itself, its stamp, the run
        found.pop(beside, None)
    assert named == found
    tables = {item["table"]: item["sha256"] for item in receipt["processed"]}
    folder = tiny_reported.project.processed / EDITION
    assert tables == {path.name: sha256(path.read_bytes()) for path in folder.glob("*.csv")}
    raw = {(item["source"], item["release"]) for item in receipt["raw"]}
    pinned = tiny_reported.catalogue().edition(EDITION).releases
    assert raw == {(source, release) for source, releases in pinned.items() for release in releases}


def test_a_changed_raw_value_changes_the_map_the_table_and_the_sentence(tiny_reported: Any, tmp_path: Path) -> None:
    changed = tiny_reported.copy(tmp_path / "project")
    code = changed.codes.lsoa(12)
    row = {"lsoa_code": code}
    assert rows(changed, "deprivation-table")[0]["Ward"] == "Mill"
    before = sentences(changed)
    for column, value in (("imd_rank", "1"), ("imd_decile", "1"), ("imd_score", "100")):
        changed.set_raw("imd", "lsoa", row, column, value)
    changed.report()
    first, second = outputs(tiny_reported), outputs(changed)

    # The table: the ward's score is the mean over its residents, the tenth has one small area more.
    table = {cells["Ward"]: cells for cells in rows(changed, "deprivation-table")}
    old = {cells["Ward"]: cells for cells in rows(tiny_reported, "deprivation-table")}
    differing = {ward for ward, cells in table.items() if cells != old[ward]}
    assert differing == {"Park"}
    (score,) = (heading for heading in table["Park"] if heading.startswith("Average score"))
    assert old["Park"][score].startswith("23.2")
    assert table["Park"][score].startswith("54.2")

    # The map: its plotted table and its picture.
    for figure in ("deprivation-wards", "deprivation-small-areas"):
        for ending in ("csv", "svg"):
            name = f"reports/{EDITION}/figures/{figure}.{ending}"
            assert first[name] != second[name], name
    plotted = "\n".join(",".join(cells.values()) for cells in rows(changed, "deprivation-small-areas"))
    assert code in plotted

    # The sentence, in the summary and in the chapter.
    after = sentences(changed)
    assert "6 of Tinytown's 12 small areas (50.0%)" in before
    assert "7 of Tinytown's 12 small areas (58.3%)" in after
    assert "6 of Tinytown's 12 small areas" not in after

    # The receipt knows; what does not depend on it stays.
    assert first[f"reports/{EDITION}/manifest.json"] != second[f"reports/{EDITION}/manifest.json"]
    for kept in ("aim-tables-tiny-1.csv", "life-expectancy-map-male.svg", "sources.csv"):
        name = f"reports/{EDITION}/figures/{kept}"
        if kept != "aim-tables-tiny-1.csv":
            assert first[name] == second[name], kept

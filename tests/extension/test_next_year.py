"""Next year's report, as the README tells it, on the invented city; and definitions alone, under the tests themselves.

The commands are those of the README, each in a process of its own; the publisher is a server of this test.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

REPOSITORY = Path(__file__).parents[2]
LAST, NEXT, DAY, BY_HAND = "tinytown-2018", "tinytown-2019", "2019-04-25", "2019-06-25"


def sotc(root: Path, *words: str) -> str:
    """What a command prints; it has to succeed."""
    done = subprocess.run(
        [sys.executable, "-m", "analysis", *words], cwd=root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"sotc {' '.join(words)}: {done.stdout}{done.stderr}"
    return done.stdout


def replaced(path: Path, *pairs: tuple[str, str]) -> None:
    """Write in a definition what a person would, each passage once, the last of its kind in the file."""
    text = path.read_text(encoding="utf-8")
    for old, new in pairs:
        head, found, tail = text.rpartition(old)
        assert found, f"{old!r} does not stand in {path.name}"
        text = head + new + tail
    path.write_text(text, encoding="utf-8")


@pytest.fixture
def publisher(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder, and the address at which it is served."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

    folder = tmp_path / "publisher"
    folder.mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield folder, f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def kept(root: Path) -> dict[str, bytes]:
    """Everything of the last edition that may not change: receipt, report, tables."""
    files = [path for name in ("reports", "data/processed") for path in (root / name / LAST).rglob("*")]
    return {str(path.relative_to(root)): path.read_bytes() for path in files if path.is_file()}


def test_next_year_touches_next_year_alone(
    tiny_reported: Any, tiny_module: Any, tmp_path: Path, publisher: tuple[Path, str]
) -> None:
    city = tiny_reported.copy(tmp_path / "a folder" / "project")
    root, before = city.root, kept(city.root)
    folder, address = publisher
    assert f"reports/{LAST}/manifest.json" in before
    said = sotc(root, "new-edition", NEXT)
    assert said.startswith(f"src/analysis/definitions/editions/{NEXT}.yml\n")
    sotc(root, "new-release", "fuel_poverty", DAY)
    sotc(root, "new-release", "els", BY_HAND)
    file = city.definitions / "sources" / "fuel_poverty.yml"
    replaced(file, ('period: "2020"', 'period: "2017"'), ("https://www.gov.uk/government/statistics/", f"{address}/"))
    replaced(file, ("/sub-regional-fuel-poverty-data-2022", "/homes.xlsx"), ("data 2022 (2020 data)", "data 2019"))
    tiny_module.cold_homes(folder, city.codes)[0].rename(folder / "homes.xlsx")
    edition = city.definitions / "editions" / f"{NEXT}.yml"
    data = yaml.safe_load(edition.read_text(encoding="utf-8"))
    data["releases"] |= {"fuel_poverty": [DAY], "els": [BY_HAND]}
    data["stand_ins"] = [one for one in data["stand_ins"] if one["source"] != "fuel_poverty"]
    data["notebooks"] = ["state_of_the_city", "data_quality"]
    edition.write_text(yaml.safe_dump(data, sort_keys=False), encoding="utf-8")
    assert "definitions hold: two editions" in sotc(root, "check")
    assert f"fuel_poverty/{DAY}/lsoa.csv" in sotc(root, "pull", "fuel_poverty")
    by_hand = tiny_module.local_statistics(tmp_path, city.codes)[0]
    assert f"els/{BY_HAND}/observations.csv" in sotc(root, "record", "els", BY_HAND, str(by_hand))
    assert sotc(root, "report", NEXT).splitlines() == [f"reports/{NEXT}/report.pdf", f"reports/{NEXT}/report.html"]
    told = sotc(root, "diff", "--all", LAST, NEXT)
    assert "fuel_poverty" in told
    assert kept(root) == before
    assert "not made" not in sotc(root, "report", "--dry-run", "--all")
    for name in (LAST, NEXT):
        sotc(root, "verify", "--quick", name)


SOURCE = """
id: library_visits
title: Visits to public libraries
publisher: An institute
licence: Open Government Licence v3.0
attribution: "Source: an institute."
clean: tables
missing: {"-": "[x]"}
limits: Councils count visits in different ways.
tables:
  visits:
    columns: [area_code, year, visits]
    key: [area_code, year]
    selected: the place and its peers
    layouts:
      - name: as published
        format: csv
        where: [{column: code, codes: areas}]
        columns: {area_code: code, year: year, visits: visits}
releases:
  "2027-03-01":
    title: Visits to public libraries
    published: "2027-03-01"
    address: https://example.org/libraries.csv
    tables: [visits]
    facts: {geography: lad, years: financial}
series:
  visits: {title: Visits, unit: visits, about: Visits in person in the financial year}
"""
INDICATOR = """
id: library_visits
title: Visits to libraries
definition: Visits in person to public libraries in the financial year.
unit: visits
polarity: higher_is_better
kind: count
decimals: 0
inputs: [{source: library_visits, measure: published, levels: [lad], series: {value: visits}, lag_months: 12}]
priorities: [new-plan-1.1]
speaks: The plan wants libraries to be used.
limits: "Contextual: the council influences it, others do too. Councils count visits in different ways."
comparison: none
trend: what is counted depends on the council
"""
PLAN = """
id: new-plan
title: New Plan
published: "2026-09"
publisher: A council
vision: A city that reads.
citation: A council, New Plan, 2026.
aims:
  - id: new-plan-1
    title: Reading
    wants: More people read.
    accountable: [Mayor]
    priorities:
      - {id: new-plan-1.1, title: Libraries in use}
targets:
  - {id: readers, statement: Two million visits, value: 2000000, unit: visits, date: "2030-03-31", kind: target,
     place: p. 4, priority: new-plan-1.1, indicator: library_visits}
"""
PLACE = """
id: another
name: Another
code: E08000035
publisher: A council
country: {code: E92000001, name: England, geography: country}
region: {code: E12000003, name: Yorkshire and The Humber, geography: region}
peers_name: neighbours
peers: [{code: E08000036, name: Wakefield, geography: lad}]
"""
TESTS = (
    "tests/catalogue",
    "tests/data/test_plans_of_the_place.py",
    "tests/data/test_indicators_of_the_place.py",
    "tests/data/test_places_of_observations.py",
    "tests/data/test_raw_lookups.py",
    "tests/spec/test_deprivation_layouts.py",
    "tests/unit/audit/test_publisher.py",
    "tests/unit/cli/test_listing.py",
    "tests/unit/make/test_scaffold.py",
    "tests/unit/test_docs_indicators.py",
)
"""Those that read the shipped definitions and take seconds."""


def test_definitions_alone_leave_the_tests_green(tmp_path: Path) -> None:
    """A source, indicator, plan, priority, target, place, release and edition, in a copy of what is shipped."""
    root = tmp_path / "a clone" / "project"
    root.mkdir(parents=True)
    for name in ("src", "tests", "docs", "notebooks"):
        ignored = shutil.ignore_patterns("__pycache__", "node_modules", "*.egg-info")
        shutil.copytree(REPOSITORY / name, root / name, ignore=ignored)
    for name in ("pyproject.toml", "requirements.lock", "uv.lock.txt", "crate.lock.txt", "environment.yml", "Makefile"):
        shutil.copy(REPOSITORY / name, root)
    (root / "data").mkdir()
    (root / "data" / "raw").symlink_to(REPOSITORY / "data" / "raw")
    definitions = root / "src" / "analysis" / "definitions"
    for kind, text in (("sources", SOURCE), ("indicators", INDICATOR), ("plans", PLAN), ("places", PLACE)):
        (definitions / kind / f"{yaml.safe_load(text)['id']}.yml").write_text(text, encoding="utf-8")
    with (definitions / "units.yml").open("a", encoding="utf-8") as file:
        file.write("visits: {whole: true, kinds: [count], prints: [visits]}\n")
    place, year = max(path.stem for path in (definitions / "editions").glob("*.yml")).rsplit("-", 1)
    name = f"{place}-{int(year) + 1}"
    environment = {**os.environ, "PYTHONPATH": str(root / "src")}
    edition = definitions / "editions" / f"{name}.yml"
    for words in (
        ["-m", "analysis", "new-edition", name],
        ["-m", "analysis", "new-release", "els", f"{int(year) + 1}-06-25"],
        ["-m", "analysis", "check"],
        ["docs/indicators.py"],
        ["-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", *TESTS],
    ):
        done = subprocess.run(
            [sys.executable, *words], cwd=root, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{' '.join(words)}: {done.stdout[-4000:]}{done.stderr[-2000:]}"
        if "new-edition" in words:
            data = yaml.safe_load(edition.read_text(encoding="utf-8"))
            data["plans"].append("new-plan")
            data["releases"]["library_visits"] = ["2027-03-01"]
            edition.write_text(yaml.safe_dump(data, sort_keys=False), encoding="utf-8")

"""The second calculation finds a false number of a report: in the text, under the key, and in the tables themselves."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from analysis.audit.again import wrong_numbers
from analysis.make import verify

EDITION = "tinytown-2018"
Row = dict[str, str]


def receipt(city: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((city.project.reports / EDITION / "manifest.json").read_text(encoding="utf-8"))
    return found


def change(city: Any, table: str, edit: Callable[[Row], None], fits: Callable[[Row], bool]) -> Row:
    """Change the first row of a built table that fits, and return it as it was."""
    path = city.project.processed / EDITION / f"{table}.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    row = next(row for row in rows if fits(row))
    before = dict(row)
    edit(row)
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(row), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return before


def shifted(column: str, by: float = 1) -> Callable[[Row], None]:
    def edit(row: Row) -> None:
        row[column] = f"{float(row[column]) + by:.12g}"

    return edit


def test_every_number_of_a_report_comes_out_again(tiny_reported: Any) -> None:
    numbers = receipt(tiny_reported)["numbers"]
    assert len(numbers) > 40
    assert wrong_numbers(tiny_reported.project, EDITION, numbers) == []


def test_another_text_is_found(tiny_reported: Any) -> None:
    number = next(one for one in receipt(tiny_reported)["numbers"] if one["text"].endswith("%"))
    (found,) = wrong_numbers(tiny_reported.project, EDITION, [{**number, "text": "99.9%"}])
    assert "the report prints '99.9%', and " in found


def test_a_key_of_the_other_sex_is_found(tiny_reported: Any) -> None:
    numbers = [one for one in receipt(tiny_reported)["numbers"] if "@male@" in one["key"]]
    assert numbers
    swapped = [{**one, "key": one["key"].replace("@male@", "@female@")} for one in numbers]
    assert wrong_numbers(tiny_reported.project, EDITION, numbers) == []
    assert wrong_numbers(tiny_reported.project, EDITION, swapped)


@pytest.mark.parametrize(
    ("table", "column", "problem"),
    [
        ("indicators", "value", "and the raw rows give"),
        ("judgements", "value", "the value is .*, and indicators.csv gives"),
        ("judgements", "peers_rank", "the peers_rank is .*, and indicators.csv gives"),
        ("judgements", "peers_median", "the peers_median is .*, and indicators.csv gives"),
        ("judgements", "peers_ranked", "the peers_ranked is .*, and indicators.csv gives"),
        ("judgements", "benchmark_value", "the benchmark_value is .*, and indicators.csv gives"),
    ],
)
def test_a_table_that_was_changed_is_found(tiny: Any, table: str, column: str, problem: str) -> None:
    row = change(tiny, table, shifted(column), lambda row: row["geography"] == "lad" and row[column] != "")
    same = "&".join(f"{name}={row[name]}" for name in ("indicator", "area_code", "sex", "age"))
    at = f"&period_end={row['period_end']}" if table == "indicators" else ""
    (found,) = wrong_numbers(tiny.project, EDITION, [{"id": "n-1", "text": "1", "key": f"{table}?{same}{at}:count"}])
    assert found.startswith("n-1: ")
    assert re.search(problem, found), found


@dataclass
class Case:
    edition: Any
    receipt: dict[str, Any]
    found: verify.Verification


def test_verify_says_that_numbers_differ(tiny_reported: Any) -> None:
    made = receipt(tiny_reported)
    made["numbers"] = [{**one, "text": "99.9%"} if one["text"].endswith("%") else one for one in made["numbers"]]
    found = verify.Verification(EDITION, "manifest.json", "")
    found.numbers = verify.Verdict(verify.IDENTICAL, 12)
    case: Any = Case(type("Edition", (), {"id": EDITION}), made, found)
    verify._take_numbers_again(case, tiny_reported.project)
    assert found.numbers.result == verify.DIFFERS
    assert found.exit_code == 10
    assert all("99.9%" in one.note for one in found.numbers.differences)

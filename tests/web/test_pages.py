"""Every page keeps the rules, and the rules catch what they are meant to catch."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SOUND = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>A page</title><link rel="icon" href="data:,"></head>
<body><main><h1>A page</h1>{}</main></body></html>
"""
FAULTS = {
    "console says": "<script>console.error('no')</script>",
    "asks for": '<p><img src="https://example.org/a.png" alt="a"></p>',
    "invalid HTML": "<p><div>unclosed</p>",
    "twice": '<svg role="img" aria-label="a"><path id="a"/></svg><svg role="img" aria-label="b"><path id="a"/></svg>',
    "which is not there": '<p><a href="#nowhere">there</a></p>',
    "axe-core: color-contrast": '<p style="color:#999;background:#fff">pale words</p>',
    "axe-core: label": "<p><input></p>",
    "wider than the screen": '<p style="width:3000px">wide</p>',
}


def test_the_report_of_the_tiny_city(check_page: Callable[..., None], tiny_reported: Any) -> None:
    (page,) = tiny_reported.project.reports.glob("*/report.html")
    check_page(page)


def test_profiles_and_site_of_the_tiny_city(check_page: Callable[..., None], published: Any) -> None:
    reports = published.project.reports
    profiles = sorted(reports.glob("wards/*/*.html"))
    check_page(reports / "index.html", *sorted((reports / "site").rglob("*.html")), profiles[0], profiles[-1])


@pytest.mark.parametrize("edition", ["liverpool-2018", "liverpool-2024", "liverpool-2026"])
def test_reports_of_the_city(check_page: Callable[..., None], repository: Path, edition: str) -> None:
    page = repository / "reports" / edition / "report.html"
    if not page.is_file():
        pytest.skip(f"{edition} has no report here: `make test-web` makes it")
    check_page(page)


def test_each_rule_catches_its_case(problems_of: Callable[..., dict[Path, list[str]]], tmp_path: Path) -> None:
    pages = {words: tmp_path / f"{number}.html" for number, words in enumerate(["", *FAULTS])}
    for words, path in pages.items():
        path.write_text(SOUND.format(FAULTS.get(words, "")), encoding="utf-8")
    found = problems_of(*pages.values())
    assert found[pages[""]] == []
    for words in FAULTS:
        assert any(words in problem for problem in found[pages[words]]), (words, found[pages[words]])

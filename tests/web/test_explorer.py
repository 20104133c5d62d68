"""The ward explorer as a reader uses it: by mouse, by keyboard, by name; and what it shows is what the tables say."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

HATCH = re.compile(r"url\(.*#[a-z-]+-hatch.*\)")


@pytest.fixture(scope="module")
def used(node: Callable[..., Any], tiny_reported: Any) -> Any:
    (page,) = tiny_reported.project.reports.glob("*/report.html")
    return node("explorer.mjs", page)


@pytest.fixture(scope="module")
def plotted(tiny_reported: Any) -> list[dict[str, str]]:
    (path,) = tiny_reported.project.reports.glob("*/figures/explorer.csv")
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_nothing_is_drawn_before_a_reader_comes_near(used: Any) -> None:
    assert used["lazy"]
    print(f"drawn {used['ready']} ms after the reader came")


def test_it_says_nothing_asks_for_nothing_and_runs_no_other_code(used: Any) -> None:
    assert used["console"] == []
    assert used["requests"] == []
    assert used["ids"] == []
    assert used["refused"]


def test_map_legend_and_table_agree(used: Any) -> None:
    first = used["first"]
    assert len(first["fills"]) == len(first["rows"]) == len(used["names"])
    counts = [int(re.search(r"\((\d+) wards?\)", entry)[1]) for entry in first["legend"]]
    assert sum(counts) == len(used["names"])
    absent = [entry for entry in first["legend"] if entry.startswith("not available [x]")]
    assert len(absent) == 1
    assert sum(bool(HATCH.fullmatch(fill)) for fill in first["fills"]) == counts[first["legend"].index(absent[0])]


def test_the_table_shows_the_values_of_the_tables(used: Any, plotted: list[dict[str, str]]) -> None:
    rows = {row["area_name"]: row for row in plotted if row["indicator"] == "imd_average_score"}
    assert set(rows) == {row[0] for row in used["first"]["rows"]}
    for name, shown, *others in used["first"]["rows"]:
        row = rows[name]
        if not row["value"]:
            assert shown == "[x]"
            assert others == [""]
        else:
            assert shown == f"{float(row['value']):.1f} {row['flag']}".strip()
            assert others == [row["rank"]]


def test_a_ward_without_a_value_is_never_zero(used: Any) -> None:
    missing = [row for row in used["first"]["rows"] if "[x]" in row[1]]
    assert [row[0] for row in missing] == ["Docks"]
    assert not any(re.search(r"\b0(\.0+)?\b", cell) for cell in missing[0])
    at = used["names"].index("Docks")
    assert HATCH.fullmatch(used["first"]["fills"][at])
    fell = next(seen for seen in [used["searched"], *used["mouse"], used["entered"]] if "Docks" in seen["ward"])
    assert "not available [x]" in fell["ward"]


def test_by_mouse(used: Any) -> None:
    for at, seen in zip((0, 2), used["mouse"], strict=True):
        name = used["names"][at]
        assert seen["hovered"].startswith(name)
        assert seen["chosen"] == [name]
        assert seen["ward"].startswith(name)
        assert re.fullmatch(r"\.\./wards/tinytown-2018/E05\d{6}\.html", seen["link"])
    assert used["left"].startswith(used["names"][2]), "the ward chosen stays when the mouse leaves"


def test_by_keyboard_on_the_map(used: Any) -> None:
    cleared, first, *others = used["arrows"]
    assert cleared == []
    assert first == [min(used["names"])]
    assert all(len(chosen) == 1 for chosen in others)
    assert len({chosen[0] for chosen in others}) > 1
    assert used["outlined"] == 1


def test_by_keyboard_in_the_table(used: Any) -> None:
    last = used["first"]["rows"][-1][0]
    assert used["focused"].startswith(last)
    assert used["entered"]["chosen"] == [last]
    assert [row[0] for row in used["sorted"]["rows"]] == sorted(used["names"])
    assert [row[0] for row in used["first"]["rows"]] != sorted(used["names"])


def test_by_name(used: Any) -> None:
    wanted = used["names"][1]
    assert wanted in [row[0] for row in used["searching"]["rows"]]
    assert len(used["searching"]["rows"]) < len(used["names"])
    assert used["searched"]["chosen"] == [wanted]
    assert used["searched"]["ward"].startswith(wanted)
    assert used["nothing"]["rows"] == []
    assert used["nothing"]["found"] == "No ward matches."


def test_measure_and_comparison_change_map_legend_and_table(used: Any) -> None:
    views = used["views"]
    for part in ("heading", "legend", "fills", "rows"):
        assert len({str(seen[part]) for seen in views.values()}) > len(views) / 2, part
    compared = {name: seen for name, seen in views.items() if name.endswith((" city", " change"))}
    assert compared
    assert all(seen["columns"][1] in ("Difference", "Change") for seen in compared.values())
    assert any(name.endswith(" rank") for name in views)


def test_limits_and_ranges_of_ranks(used: Any, plotted: list[dict[str, str]]) -> None:
    limited = [seen for seen in used["views"].values() if "95% limits" in seen["columns"]]
    assert limited or not all(row["lower_ci95"] for row in plotted)
    for seen in limited:
        at = seen["columns"].index("95% limits")
        known = [row for row in seen["rows"] if not any("[x]" in cell for cell in row)]
        assert len(known) > 1
        assert all(" to " in row[at] for row in known)
        assert all(re.fullmatch(r"\d+( \(\d+( to \d+)?\))?", row[at + 1]) for row in known)


def test_in_print_and_without_script_the_tables_stay(used: Any) -> None:
    assert used["print"] == {"live": False, "words": True}
    assert used["still"] == {"live": False, "rows": len(used["names"]), "table": True}


def test_old_outlines_where_wards_changed(node: Callable[..., Any], repository: Path) -> None:
    page = repository / "reports" / "liverpool-2024" / "report.html"
    if not page.is_file():
        pytest.skip("liverpool-2024 has no report here: `make test-web` makes it")
    used = node("explorer.mjs", page)
    assert len(used["names"]) == 64
    before = used["before"]
    assert (before["before"], before["after"], before["again"]) == (0, 1, 0)
    assert "30 wards" in before["label"]
    assert 0 < before["rows"] < 64, "an old ward's name finds the new wards on its ground"
    assert used["console"] == []
    assert used["requests"] == []
    assert used["ids"] == []


def test_a_chosen_ward_leads_to_the_profile_that_is_made_of_it(used: Any, published: Any) -> None:
    links = {seen["link"] for seen in used["mouse"]}
    assert links
    (report,) = published.project.reports.glob("*/report.html")
    assert [link for link in sorted(links) if not (report.parent / link).is_file()] == []

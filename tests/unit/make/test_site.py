"""The site of the invented city: every link leads somewhere, the search knows all, editions are never mixed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from analysis.make.website import make_site, render_pages
from analysis.report.prose_pages import page_of_markdown

EDITION = "tinytown-2018"
MILL, DOCKS, NEW = "E05000001", "E05000005", "E05000201"


def every_page(root: Path) -> list[Path]:
    below = [path for part in ("site", "wards") for path in (root / part).rglob("*.html")]
    return sorted([root / "index.html", *below, *root.glob("*/report.html")])


def receipt(city: Any, edition: str, wards: dict[str, str]) -> None:
    folder = city.project.reports / "wards" / edition
    folder.mkdir(parents=True)
    listed = [{"ward": ward, "name": name} for ward, name in wards.items()]
    content = {"schema": 1, "edition": edition, "wards": wards, "profiles": listed}
    (folder / "manifest.json").write_text(json.dumps(content), encoding="utf-8")
    for ward in wards:
        for kind in ("pdf", "html"):
            (folder / f"{ward}.{kind}").write_text("made elsewhere", encoding="utf-8")


def add_edition(city: Any, year: int) -> str:
    import datetime as dt

    import yaml

    path = city.definitions / "editions" / f"{EDITION}.yml"
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    city.write("editions", {**data, "id": f"tinytown-{year}", "year": year, "cut_off": dt.date(year, 7, 31)})
    return f"tinytown-{year}"


def test_every_link_leads_somewhere(published: Any, pages: Any) -> None:
    found = every_page(published.project.reports)
    assert len(found) == 1 + 4 + 5 + 5 + 1
    assert {str(path): pages.broken_links(pages.Page(path)) for path in found} == {str(path): [] for path in found}


def test_a_link_that_leads_nowhere_is_found(tmp_path: Path, pages: Any) -> None:
    links = [
        '<a href="b.html">b</a>',
        '<a href="a.html#x">x</a>',
        '<a href="#y">y</a>',
        '<a href="https://x.org">x</a>',
    ]
    (tmp_path / "a.html").write_text(f'<p id="y">{" ".join(links)}</p>', encoding="utf-8")
    assert pages.broken_links(pages.Page(tmp_path / "a.html")) == ["b.html", "a.html#x"]


def test_every_page_can_be_used_by_any_reader(published: Any, pages: Any) -> None:
    found = [path for path in every_page(published.project.reports) if path.name != "report.html"]
    assert {path.name: pages.Page(path).problems() for path in found} == {path.name: [] for path in found}


def test_problems_of_a_page_are_found(tmp_path: Path, pages: Any) -> None:
    path = tmp_path / "bad.html"
    bad = '<h1>A</h1><h3 id="a">B</h3><p id="a">C</p><input id="f"><img src="https://x.org/a.png"><svg></svg>'
    path.write_text(f"<html><body>{bad}</body></html>", encoding="utf-8")
    assert set(pages.Page(path).problems()) == {
        "headings [1, 3]",
        "id a twice",
        "no language",
        "no title, header or main",
        "field without label",
        "picture without words",
        "img loads https://x.org/a.png",
    }


def test_the_search_knows_each_ward_each_indicator_and_each_report(published: Any, pages: Any) -> None:
    page = pages.Page(published.project.reports / "index.html")
    (index,) = (json.loads(data) for tag, data in page.words if tag == "script" and data.startswith("["))
    known = {address: title for title, _, address in index}
    catalogue = published.catalogue()
    assert {f"site/wards/E0500000{n}.html" for n in range(1, 6)} <= set(known)
    for name, indicator in catalogue.indicators.items():
        assert known[f"site/indicators.html#{name}"] == indicator.title
    assert {f"{EDITION}/report.html", f"{EDITION}/report.pdf"} <= set(known)
    root = published.project.reports
    for address in known:
        path, _, anchor = address.partition("#")
        assert (root / path).is_file()
        assert not anchor or anchor in pages.Page(root / path).ids()


def test_without_script_there_are_plain_lists(published: Any, pages: Any) -> None:
    root = published.project.reports
    wards = pages.Page(root / "site" / "wards.html")
    names = {ward: f"../site/wards/{ward}.html" for ward in (MILL, DOCKS)}
    assert set(names.values()) <= {attrs["href"] for attrs in wards.all("a")}
    assert [attrs for attrs in wards.all("form") if "hidden" not in attrs] == []
    assert pages.Page(root / "site" / "indicators.html").text().count("What it cannot say") == len(
        published.catalogue().indicators
    )


def test_what_is_not_made_is_listed_with_the_command_that_makes_it(tiny: Any, pages: Any) -> None:
    add_edition(tiny, 2019)
    index = make_site(tiny.project)
    text = pages.Page(index).text()
    for edition in (EDITION, "tinytown-2019"):
        assert f"sotc report {edition}" in text
        assert f"sotc profiles {edition}" in text
    assert all(pages.broken_links(pages.Page(path)) == [] for path in every_page(tiny.project.reports))
    assert pages.Page(tiny.project.reports / "site" / "methods.html").text().count("holds no docs/methods.md") == 1


def test_a_ward_leads_to_profiles_of_its_own_set_alone(published: Any, tmp_path: Path, pages: Any) -> None:
    city = published.copy(tmp_path / "project")
    catalogue = city.catalogue()
    first = catalogue.editions[EDITION]
    later, newest = "tinytown-2019", "tinytown-2024"
    further = {
        later: replace(first, id=later, year=2019),
        newest: replace(first, id=newest, year=2024, ward_geography="ward23"),
    }
    catalogue = replace(catalogue, editions={**catalogue.editions, **further})
    receipt(city, later, {MILL: "Mill"})
    receipt(city, newest, {NEW: "Mill"})
    change = "old_code,old_name,new_code,new_name,same_name,share_of_old_area,share_of_new_area\n"
    folder = city.project.processed / newest
    folder.mkdir()
    rows = f"{MILL},Mill,{NEW},Mill,True,0.25,0.5\n{DOCKS},Docks,{NEW},Mill,False,0.004,0.5\n"
    (folder / "ward_changes.csv").write_text(change + rows, encoding="utf-8")
    made = render_pages(city.project, catalogue)
    (tmp_path / "old.html").write_text(made[f"site/wards/{MILL}.html"], encoding="utf-8")
    page = pages.Page(tmp_path / "old.html")
    profiles = [attrs["href"] for attrs in page.all("a") if attrs["href"].startswith("../../wards/")]
    assert profiles == [
        f"../../wards/{edition}/{MILL}.{kind}" for edition in (later, EDITION) for kind in ("html", "pdf")
    ]
    assert "Mill (E05000201): 25% – of the same name, on other ground" in page.text()
    (tmp_path / "new.html").write_text(made[f"site/wards/{NEW}.html"], encoding="utf-8")
    text = pages.Page(tmp_path / "new.html").text()
    assert "Docks (E05000005): 50%" in text
    assert "Tinytown 2024: web page" in text
    assert "Tinytown 2018" not in text
    (tmp_path / "wards.html").write_text(made["site/wards.html"], encoding="utf-8")
    assert "A ward of the older set is not the ward of the same name in the newer one: one name stands on both" in (
        pages.Page(tmp_path / "wards.html").text()
    )


def test_the_same_things_give_the_same_pages(published: Any) -> None:
    first = render_pages(published.project, published.catalogue())
    assert render_pages(published.project, published.catalogue()) == first
    assert not any(str(published.root) in text for text in first.values())


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("# T\n\nA <b>b</b> & c", "<p>A &lt;b&gt;b&lt;/b&gt; &amp; c</p>\n"),
        ("See [it](other.md) and [that](#x).", '<p>See it and <a href="#x">that</a>.</p>\n'),
        ('<a id="a.b"></a>\n\n### `a.b`', '<h3 id="a.b"><code>a.b</code></h3>\n'),
        ("## A\n\n## A", '<h2 id="a">A</h2>\n<h2 id="a-2">A</h2>\n'),
        ("[x](javascript:alert)", "<p>x</p>\n"),
    ],
)
def test_markdown_becomes_what_the_page_can_carry(text: str, html: str) -> None:
    assert page_of_markdown(text)[0] == html

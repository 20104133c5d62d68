"""The web page: valid, self-contained, usable by keyboard and screen reader; every text is text."""

from __future__ import annotations

import csv
import io
import re
from html.parser import HTMLParser
from itertools import pairwise
from urllib.parse import unquote

import pytest

from analysis.blocks import Column, Table, Text
from analysis.report.document import gather
from analysis.report.page import TEMPLATE, render_html

VOID = {"meta", "link", "br", "hr", "wbr", "img", "input"}


class Page(HTMLParser):
    """The elements of a page in order; an end tag that does not fit is an error."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.words: list[tuple[str, str]] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, {key: value or "" for key, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, {key: value or "" for key, value in attrs}))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append((self.open[-1] if self.open else "", data))

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attrs for name, attrs in self.elements if name == tag]

    def text(self) -> str:
        return "".join(data for tag, data in self.words if tag not in {"style", "script"})


@pytest.fixture(scope="module")
def html(document) -> str:
    return render_html(document)


@pytest.fixture(scope="module")
def page(html) -> Page:
    return Page(html)


def test_language_title_and_landmarks(html, page):
    assert html.startswith("<!DOCTYPE html>\n")
    assert page.all("html") == [{"lang": "en-GB"}]
    assert "<title>State of Invented City</title>" in html
    assert [len(page.all(tag)) for tag in ("header", "nav", "main", "footer", "h1")] == [1, 1, 1, 1, 1]
    links = page.all("a")
    assert links[0] == {"class": "skip", "href": "#content"}
    assert page.all("main")[0]["id"] == "content"


def test_ids_are_unique_and_every_internal_link_leads_to_one(page):
    ids = [attrs["id"] for _, attrs in page.elements if "id" in attrs]
    assert len(ids) == len(set(ids))
    targets = [value[1:] for _, attrs in page.elements for key, value in attrs.items()
               if key in {"href", "xlink:href"} and value.startswith("#")]  # fmt: skip
    assert {"wards-map", "wards-map-mark"} <= set(targets)
    assert set(targets) <= set(ids)


def test_nothing_is_loaded_from_anywhere(html, page):
    for tag, attrs in page.elements:
        for key in ("src", "srcset", "poster", "action"):
            assert key not in attrs
        address = attrs.get("href", attrs.get("xlink:href", "#"))
        assert address.startswith(("#", "data:")) or tag == "a"
    style = "".join(data for tag, data in page.words if tag == "style")
    assert "@import" not in style
    assert not re.search(r"url\((?!#)", html)
    policy = next(attrs["content"] for attrs in page.all("meta") if "http-equiv" in attrs)
    assert policy.startswith("default-src 'none'")


def test_headings_do_not_skip_levels(page):
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_contents_list_holds_chapters_sections_figures_and_tables(html):
    nav = html[html.index("<nav") : html.index("</nav>")]
    assert re.findall(r'href="#([^"]+)"', nav) == [
        "summary", "where", "aims", "where-2", "quality", "wards-map", "second", "wards-table", "log",
    ]  # fmt: skip


def test_a_figure_is_one_image_with_alt_text_its_table_and_a_download(html, page):
    pictures = page.all("svg")
    assert [(svg["role"], svg["aria-label"], svg["id"]) for svg in pictures] == [
        ("img", "Bars for three wards; North is longest.", "wards-map-svg"),
        ("img", "Bars for three wards; North is longest.", "second-svg"),
    ]
    assert "#second-svg * {stroke-linejoin: round" in html
    assert 'clip-path="url(#second-clip)"' in html
    assert "<metadata" not in html
    assert "<?xml" not in html
    figure = html[html.index('<figure id="second">') :]
    figure = figure[: figure.index("</figure>")]
    order = ["<figcaption", "<svg", "Source: Invented", "<details>", "South &amp; West", "</details>", "download="]
    assert [figure.index(part) for part in order] == sorted(figure.index(part) for part in order)


def test_the_downloads_hold_the_data(page):
    given = {attrs["download"]: attrs["href"] for attrs in page.all("a") if "download" in attrs}
    assert list(given) == ["wards-map.csv", "wards-table.csv", "second.csv", "log.csv"]
    text = unquote(given["second.csv"].partition(",")[2])
    assert list(csv.reader(io.StringIO(text))) == [["ward", "score"], ["North", "3.5"], ["South & West", "1.0"]]


def test_tables_have_captions_and_scoped_headers(html, page):
    heads = page.all("th")
    assert {attrs["scope"] for attrs in heads} == {"col", "row"}
    assert html.count("<table>") == html.count("<thead>")
    assert len(page.all("caption")) == 4
    assert html.count('<th scope="row">Ward ') == 203
    assert '<th scope="col" class="end">Measure 1</th>' in html


def test_it_works_by_keyboard_in_print_and_with_little_motion(html):
    for rule in (":focus-visible", "@media print", "prefers-reduced-motion", "min-width: 62rem"):
        assert rule in html
    scrolling = re.findall(r'<(?:div|pre)[^>]*class="(?:scroll|picture)"[^>]*>', html)
    assert len(scrolling) == 7
    assert all('tabindex="0"' in tag for tag in scrolling)


def test_no_code_is_shown(html):
    for word in ("secret_call", "plain-result", "printed-line", "Not in the report"):
        assert word not in html


def test_signs_that_mean_something_to_html_are_text(invented):
    special = invented.SPECIAL + "</script></style><img src=x onerror=alert(1)>"
    escaped = "".join(f"\\{sign}" if sign in "#$*_@<>\\`[]&~{}'\"/%;=()" else sign for sign in special)
    cells = (
        invented.code("odd", Text(f"# Heading {escaped}\n\nProse {escaped}"),
                      Table(f"Title {special}", [Column(f"Head {special}")], [[f"Cell {special}"]], f"Src {special}"),
                      invented.figure(title=f"Fig {special}", alt=f"Alt {special}", note=f"Note {special}", part="f")),
    )  # fmt: skip
    made = gather({"a.ipynb": invented.notebook(
        invented.code("cover", invented.cover(title=f"T {special}", description=f"D {special}")), *cells)})  # fmt: skip
    page = Page(render_html(made))
    assert page.all("img") == []
    assert len(page.all("script")) == 1
    text = "".join(page.text().split())
    for word in ("Heading", "Prose", "Title", "Head", "Cell", "Src", "Fig", "Note", "T", "D"):
        assert word + "".join(special.split()) in text, word
    assert page.all("svg")[0]["aria-label"] == f"Alt {special}"


def test_lists_quotes_and_code_in_markdown(invented):
    cell = invented.markdown("a", "# A\n\n3. c\n4. d\n\n> quoted\n\n```\na < b\n```\n\n---\n\none  \ntwo **bold**")
    html = render_html(gather({"a.ipynb": invented.baseline(cell)}))
    for part in ('<ol start="3">\n<li>c</li>', "<blockquote>\n<p>quoted</p>", "<code>a &lt; b</code>", "<hr>",
                 "<p>one<br>two <strong>bold</strong></p>"):  # fmt: skip
        assert part in html


def test_words_in_a_picture_stay_as_they_are(invented):
    cell = invented.code("f", invented.figure(svg=invented.svg('see id="x" and url(#y)')))
    html = render_html(gather({"a.ipynb": invented.baseline(cell)}))
    assert 'see id="x" and url(#y)' in Page(html).text()
    assert html.count('id="f-mark"') == 1


def test_same_input_same_page(document, html):
    assert render_html(document) == html


def _contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, as WCAG 2.1 defines it."""
    lights = []
    for colour in (one, other):
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        lights.append(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2])
    return (max(lights) + 0.05) / (min(lights) + 0.05)


@pytest.mark.parametrize("file", ["report.css", "design.typ"])
def test_colours_have_contrast(file):
    style = (TEMPLATE / file).read_text()
    named = r"(?:--|#let )(ink|accent|quiet|line|line-colour|tint)(?:: | = rgb\(\")(#[0-9a-f]{6})"
    colours = dict(re.findall(named, style))
    line = colours.pop("line", None) or colours.pop("line-colour")
    tint = colours.pop("tint")
    assert set(colours) == {"ink", "accent", "quiet"}
    for colour in colours.values():
        assert _contrast(colour, "#ffffff") >= 7
        assert _contrast(colour, tint) >= 4.5
    assert _contrast(line, "#ffffff") >= 3

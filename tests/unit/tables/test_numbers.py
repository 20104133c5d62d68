"""Numbers in sentences: where they stand in the Markdown, what becomes of them in the document and on the page."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from analysis.blocks import Box, Number, Text, mark_numbers, place_numbers
from analysis.errors import ReportError
from analysis.narrative.prose import Prose
from analysis.report.document import gather
from analysis.report.markdown import walk
from analysis.report.page import render_html
from analysis.report.prose_pages import page_of_markdown
from analysis.report.sentence_numbers import NumberRow
from analysis.tables.reference import Reference
from analysis.words import capital

ROW = {
    "indicator": "rate",
    "area_code": "E08000012",
    "period_start": "2017-01-01",
    "period_end": "2017-12-31",
    "sex": "persons",
    "age": "all",
    "value": 4.04,
    "unit": "%",
    "lower_ci95": 3.0,
    "upper_ci95": 5.0,
}


def number(prose: Prose, text: str, key: str) -> str:
    """A number that prints so, whatever its value."""
    return prose.number(Reference(key, float("nan")), lambda _: text)


def at(text: Text | Box) -> list[str]:
    """What stands where each number says it stands."""
    return [text.markdown[number.at : number.at + len(number.text)] for number in text.numbers]


def test_numbers_know_where_they_stand() -> None:
    prose = Prose()
    prose.say("# Chapter")
    prose.paragraph()
    prose.say(f"- **{number(prose, '4', 'first')}** of {number(prose, '4', 'second')}")
    prose.say(f"- {prose.value(ROW, 1)}{prose.limits(ROW, 1)}")
    text = prose.text()
    assert text.markdown == "# Chapter\n\n- **4** of 4\n- 4.0% (95% confidence interval 3.0 to 5.0)"
    assert [number.text for number in text.numbers] == at(text) == ["4", "4", "4.0%", "3.0", "5.0"]
    assert [number.key for number in text.numbers[:2]] == ["first", "second"]
    assert text.numbers[0].at < text.numbers[1].at
    assert text.numbers[3].key.endswith(":lower_ci95")


def test_a_number_at_the_start_of_a_sentence_is_noted_as_it_is_printed() -> None:
    prose = Prose()
    prose.say(f"{capital(prose.counted(Reference('key', 4.0), 'ward'))} changed.")
    text = prose.text()
    assert text.markdown == "Four wards changed."
    assert text.numbers == (Number("Four", "key", 0),)


def test_a_number_that_is_not_said_is_not_noted() -> None:
    prose = Prose()
    number(prose, "1", "unsaid")
    twice = number(prose, "2", "said")
    prose.say(f"{twice} and {twice}")
    assert prose.text().numbers == (Number("2", "said", 0), Number("2", "said", 6))


def test_a_box_holds_its_numbers_too() -> None:
    prose = Prose()
    prose.say(f"- Widened {number(prose, '1.4', 'factor')} times.")
    prose.say("- And so on.")
    box = prose.box("Title")
    assert box.markdown == "- Widened 1.4 times.\n- And so on."
    assert at(box) == ["1.4"]


@pytest.mark.parametrize(
    ("numbers", "says"),
    [
        ((Number("5", "k", 0),), "does not stand at 0"),
        ((Number("4", "k", 0), Number("4", "k", 0)), "does not stand at 0"),
        ((Number("", "k", 0),), "does not stand at 0"),
    ],
)
def test_a_number_that_does_not_stand_there_is_refused(numbers: tuple[Number, ...], says: str) -> None:
    with pytest.raises(ReportError, match=says):
        mark_numbers("4 wards", numbers)


def test_marks_are_put_in_and_taken_out() -> None:
    numbers = (Number("4", "a", 2), Number("12.5%", "b", 9))
    marked = mark_numbers("**4** of 12.5%", numbers)
    assert place_numbers(marked, ["a", "b"]) == ("**4** of 12.5%", numbers)


@pytest.fixture
def invented() -> SimpleNamespace:
    """Cells of an invented notebook."""
    from analysis.blocks import Cover

    def code(known: str, *blocks: Any) -> dict[str, Any]:
        outputs = [
            {"output_type": "display_data", "metadata": {}, "data": block._repr_mimebundle_()} for block in blocks
        ]
        return {"cell_type": "code", "id": known, "metadata": {}, "source": "", "outputs": outputs}

    def document(*cells: Any, edition: str = "") -> Any:
        cover = code("cover", Cover("T", "", "2018", "P", "D"))
        return gather({"a.ipynb": {"cells": [cover, *cells]}}, edition)

    return SimpleNamespace(code=code, document=document)


def text_of(*texts: tuple[str, str], around: str = "In {} of {} wards, **{}** and\n\n- {}") -> Text:
    prose = Prose()
    prose.say(around.format(*(number(prose, text, key) for text, key in texts)))
    return prose.text()


def test_numbers_become_nodes_with_ids_in_reading_order(invented: SimpleNamespace) -> None:
    text = text_of(("4", "a"), ("4", "b"), ("Four", "c"), ("1.5%", "d"))
    box = Box("Note", "Only 7 here.", (Number("7", "e", 5),))
    made = invented.document(invented.code("state", text, box), invented.code("rest", text_of(("1", "f"), around="{}")))
    assert [(one.id, one.text, one.key, one.cell) for one in made.numbers] == [
        ("n-state-1", "4", "a", "state"),
        ("n-state-2", "4", "b", "state"),
        ("n-state-3", "Four", "c", "state"),
        ("n-state-4", "1.5%", "d", "state"),
        ("n-state-5", "7", "e", "state"),
        ("n-rest-1", "1", "f", "rest"),
    ]
    nodes = [node for item in made.items for node in walk(item.nodes) if node["kind"] == "number"]
    assert [node["id"] for node in nodes] == [one.id for one in made.numbers]
    assert all(set(node) == {"kind", "text", "id", "key"} for node in nodes)
    bold = [node for item in made.items for node in walk(item.nodes) if node["kind"] == "strong"]
    assert bold[0]["children"] == [nodes[2]]


def test_a_number_in_code_is_refused(invented: SimpleNamespace) -> None:
    with pytest.raises(ReportError, match="cell state: 1 numbers are noted, and 0 stand"):
        invented.document(invented.code("state", Text("`4`", (Number("4", "a", 1),))))


def test_numbers_lead_to_their_line_and_back(invented: SimpleNamespace) -> None:
    from analysis.audit.annex import _table
    from analysis.report.document import TableItem

    made = invented.document(invented.code("state", text_of(("4", "a"), around="{} wards")))
    assert 'id="n-state-1"' in render_html(made)
    assert "#about-" not in render_html(made)
    about = (
        NumberRow(
            ("n-state-1",),
            ("4",),
            "Wards",
            "all <of> them",
            ("a?b=c:count",),
            "x.csv, 4 lines",
            "els/2018",
            "https://example.org/?a=1&b=2",
        ),
    )
    page = render_html(
        replace(made, items=(*made.items, TableItem("numbers", "Table 1", _table(about, "e"))), about=about)
    )
    targets = set(re.findall(r'href="#(about-[^"]+)"', page))
    assert targets == {"about-n-state-1"} == set(re.findall(r'id="(about-[^"]+)"', page))
    assert "all &lt;of&gt; them" in page
    assert 'href="https://example.org/?a=1&amp;b=2"' in page


def test_figures_lead_to_their_line_and_back(tiny_reported: Any) -> None:
    page = (tiny_reported.project.reports / "tinytown-2018" / "report.html").read_text(encoding="utf-8")
    known = re.findall(r'<(?:figure|div class="numbered-table") id="([^"]+)"', page)
    checked = [one for one in known if one not in ("numbers", "figures-and-tables")]
    assert len(checked) > 10
    for one in checked:
        assert page.count(f'href="#about-{one}"') == page.count(f'id="about-{one}"') == 1
        assert f'id="about-{one}" href="#{one}"' in page


def test_lines_of_the_annex_lead_to_data_and_methods(tiny_reported: Any, repository: Path) -> None:
    folder = tiny_reported.project.reports / "tinytown-2018"
    page = (folder / "report.html").read_text(encoding="utf-8")
    about = page[page.index('id="numbers"') :]
    files = set(re.findall(r'href="((?:data|figures)/[^"]+)"', about))
    assert {"data/indicators.csv", "data/inequality.csv", "figures/deprivation-wards.csv"} <= files
    assert all((folder / name).is_file() for name in files)
    sections = set(re.findall(r'href="\.\./site/methods\.html#([^"]+)"', about))
    assert {"deprivation.summarise", "inequality.slope_index"} <= sections
    there, _ = page_of_markdown((repository / "docs" / "methods.md").read_text(encoding="utf-8"))
    assert all(f'id="{section}"' in there for section in sections)
    line = about[about.index('id="about-deprivation-wards"') :].partition("</tr>")[0].replace("<wbr>", "")
    assert "cell <code>deprivation-wards</code>" in line
    assert "indicator <code>imd_average_score</code>" in line
    rows = re.findall(r"tinytown-2018/(?:<wbr>)?[a-z_.<>]+csv(</a>)?", about.replace("<wbr>", ""))
    assert rows
    assert all(rows)


def test_each_figure_says_how_it_is_checked(invented: SimpleNamespace) -> None:
    from analysis.blocks import Column, Table

    table = Table("Wards", [Column("Ward")], [["Anfield"]], "ONS.")
    page = render_html(invented.document(invented.code("wards", table), edition="city-2018"))
    assert "Check this table: <a><code>sotc explain city-2018 wards</code></a>" in page
    assert "Check this" not in render_html(invented.document(invented.code("wards", table)))

"""Notebooks become one checked document; what is wrong is named with its notebook and cell."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analysis.blocks import MIME, Box, Column, Table, Text
from analysis.errors import ReportError
from analysis.report.document import FigureItem, ProseItem, TableItem, figure_files, gather
from analysis.report.markdown import parser, plain, walk


def test_items_are_numbered_in_order_and_known_by_cell_and_part(document):
    known = [(item.id, item.label) for item in document.items if isinstance(item, FigureItem | TableItem)]
    assert known == [
        ("wards-map", "Figure 1"), ("wards-table", "Table 1"), ("second", "Figure 2"), ("log", "Table 2"),
    ]  # fmt: skip


def test_chapters_are_numbered_and_those_of_the_annex_lettered(document):
    assert [(node["number"], node["id"], plain(node["children"])) for node in document.headings()] == [
        ("1", "summary", "Summary"),
        ("", "where", "Where"),
        ("2", "aims", "Aims"),
        ("", "where-2", "Where"),
        ("", "more", "Deeper"),
        ("A", "quality", "Quality"),
    ]


def test_a_link_without_words_says_what_it_leads_to(document):
    assert plain(document.items[0].nodes).endswith("See the map, Table 1 and Annex A.")


def test_the_first_notebook_gives_the_cover(document):
    assert document.cover.title == "State of Invented City"


def test_no_code_no_plain_result_and_no_removed_cell_enters(document):
    for word in ("secret_call", "plain-result", "printed-line", "Not in the report"):
        assert word not in repr(document)


def test_files_beside_the_report(document, invented):
    files = figure_files(document)
    assert list(files) == [
        "figures/wards-map.svg", "figures/wards-map.csv", "figures/wards-table.csv",
        "figures/second.svg", "figures/second.csv", "figures/log.csv",
    ]  # fmt: skip
    assert files["figures/wards-map.svg"] == invented.svg().encode()
    assert files["figures/wards-map.csv"] == b"ward,score\nNorth,3.5\nSouth & West,1.0\n"
    assert files["figures/wards-table.csv"].startswith(b"Ward,Measure 1,Measure 2\nWard 1,1.1,1.2\n")


@pytest.mark.parametrize("field", ["title", "alt", "source", "svg", "csv"])
def test_a_figure_without_something_is_refused(invented, field):
    cells = invented.code("wards", invented.figure(**{field: " "}))
    with pytest.raises(ReportError, match=r"^baseline.ipynb, cell wards: the figure .* has no"):
        gather({"baseline.ipynb": invented.baseline(cells)})


def _refused(invented, message, *cells):
    with pytest.raises(ReportError, match=message):
        gather({"baseline.ipynb": invented.baseline(*cells)})


def test_a_missing_alt_text_is_named_as_such(invented):
    _refused(invented, "has no alt text", invented.code("wards", invented.figure(alt="")))


def test_a_table_without_source_or_with_a_short_row_is_refused(invented):
    given = invented.table()
    _refused(invented, "cell t: the table .* has no source line", invented.code("t", replace(given, source="")))
    ragged = replace(given, rows=[["Ward 1", "1"]])
    _refused(invented, "row 1: expected 3 cells, got 2", invented.code("t", ragged))
    _refused(invented, "has no columns", invented.code("t", Table("Empty", [], [], "Office")))


def test_an_id_used_twice_is_refused_within_and_across_notebooks(invented):
    twice = invented.code("wards", invented.figure(part="a"), invented.figure(part="a"))
    _refused(invented, "the id 'wards-a' is used twice", twice)
    first = invented.baseline(invented.code("wards", invented.table()))
    second = invented.notebook(invented.code("wards", invented.table()))
    with pytest.raises(ReportError, match=r"^b.ipynb, cell wards: the id 'wards' is used twice, first in a.ipynb"):
        gather({"a.ipynb": first, "b.ipynb": second})


def test_unknown_kinds_versions_and_fields_are_refused(invented):
    for payload, message in (
        ({"version": 1, "blocks": [{"kind": "film"}]}, "unknown kind 'film'; expected 'cover', 'text'"),
        ({"version": 2, "blocks": []}, "blocks of version 2, expected 1"),
        ({"version": 1, "blocks": [{"kind": "table", "columns": [], "colour": "red"}]}, "a table block is not"),
    ):
        cell = invented.code("odd")
        cell["outputs"].append({"output_type": "display_data", "metadata": {}, "data": {MIME: payload}})
        _refused(invented, f"cell odd: .*{message}", cell)


def test_a_failed_cell_is_refused(invented):
    cell = invented.code("broken")
    cell["outputs"].append({"output_type": "error", "ename": "KeyError", "evalue": "'ward'", "traceback": []})
    _refused(invented, r"cell broken: the cell failed \(KeyError: 'ward'\)", cell)


def test_links_lead_somewhere(invented):
    _refused(invented, "cell a: the link '#nowhere' leads nowhere", invented.markdown("a", "[x](#nowhere)"))
    for address in ("javascript:alert(1)", "docs/page.md", "file:///etc/passwd"):
        _refused(invented, "cell a: the link .* leads nowhere", invented.markdown("a", f"[x](<{address}>)"))
    _refused(invented, "cell a: the Markdown picture", invented.markdown("a", "![x](http://example.org/x.png)"))
    _refused(invented, "leads nowhere", invented.code("b", Box("Box", "[x](#nowhere)")))


def test_headings_skip_no_level_and_stand_on_their_own(invented):
    _refused(invented, "cell b: the heading 'Deep' is of level 3 after level 1",
             invented.markdown("a", "# One"), invented.markdown("b", "### Deep"))  # fmt: skip
    _refused(invented, "level 2 after level 0", invented.markdown("a", "## First"))
    _refused(invented, "a heading inside a list", invented.markdown("a", "# A\n\n- # in a list"))
    _refused(invented, "a box holds a heading", invented.code("a", Box("Box", "# Heading")))


def test_a_report_has_one_cover(invented):
    with pytest.raises(ReportError, match="has no cover"):
        gather({"a.ipynb": invented.notebook(invented.markdown("a", "# One"))})
    _refused(invented, "cell again: a second cover", invented.code("again", invented.cover()))
    with pytest.raises(ReportError, match="the cover 'T' has no description"):
        gather({"a.ipynb": invented.notebook(invented.code("c", invented.cover(title="T", description="")))})


@pytest.mark.parametrize(
    ("inside", "message"),
    [
        ("<script>alert(1)</script>", "'script' element"),
        ("<foreignObject/>", "'foreignobject' element"),
        ('<image href="http://example.org/x.png"/>', "refers to another file"),
        ('<rect style="fill: url(http://example.org/x)"/>', "refers to another file"),
        ("<style>@import 'x.css';</style>", "refers to another file"),
        ('<rect onload="alert(1)"/>', "has an event handler"),
        ("<g>", "is not well formed"),
    ],
)
def test_a_picture_is_still_and_needs_nothing_from_outside(invented, inside, message):
    picture = f'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">{inside}</svg>'
    _refused(invented, f"cell f: the SVG.* {message}", invented.code("f", invented.figure(svg=picture)))


def test_a_picture_has_a_size_and_no_entities(invented):
    bare = '<svg xmlns="http://www.w3.org/2000/svg"></svg>'
    _refused(invented, "no size", invented.code("f", invented.figure(svg=bare)))
    laughs = '<!DOCTYPE svg [<!ENTITY a "b">]>' + invented.svg()
    _refused(invented, "declares entities", invented.code("f", invented.figure(svg=laughs)))


def test_a_ragged_plotted_table_is_refused(invented):
    _refused(invented, "longer or shorter", invented.code("f", invented.figure(csv="a,b\n1\n")))


def test_a_cell_without_id_cannot_hold_a_figure(invented):
    cell = invented.code("", invented.figure())
    _refused(invented, "cell 2: the cell has no id", cell)


def test_html_in_markdown_is_text():
    assert plain(parser()("a <b>c</b> &amp; &lt;d\n\n<div>e</div>")) == "a <b>c</b> & <d<div>e</div>"


def test_text_and_columns_of_one_heading_survive(invented):
    cells = invented.code("t", Text("Only *words*."), Table("One", [Column("A")], [["1"]], "Office"))
    assert len(gather({"a.ipynb": invented.baseline(cells)}).items) == 2


def test_chapters_from_a_cell_tagged_annex_on_are_annexes(invented):
    first = invented.baseline(
        invented.markdown("a", "# One"), invented.markdown("b", "# Two", "annex"), invented.markdown("c", "# Three")
    )
    later = invented.notebook(invented.markdown("d", "# Four"))
    numbers = [node["number"] for node in gather({"a.ipynb": first, "b.ipynb": later}).headings()]
    assert numbers == ["1", "A", "B", "C"]


def test_a_link_names_what_its_own_cell_or_another_shows(invented):
    document = gather({"a.ipynb": invented.baseline(
        invented.markdown("a", "# A\n\n[](#maps), [](#one) and [these](#maps)"),
        invented.code("maps", Text("[](#.south)"), invented.figure(part="north"), invented.figure(part="south"),
                      invented.table(part="list")),
        invented.code("one", invented.figure(part="only")),
    )})  # fmt: skip
    links = [node for item in document.items if isinstance(item, ProseItem) for node in walk(item.nodes)]
    said = [(plain(node["children"]), node["target"]) for node in links if node["kind"] == "link"]
    assert said == [
        ("Figures 1 and 2 and Table 1", "maps-north"), ("Figure 3", "one-only"), ("these", "maps-north"),
        ("Figure 2", "maps-south"),
    ]  # fmt: skip

"""The PDF: tagged, titled, with bookmarks, alt texts and header cells; the same bytes twice; nothing out of place."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO

import pikepdf
import pypdfium2
import pytest

from analysis.blocks import Column, Table, Text
from analysis.errors import ReportError
from analysis.report.document import gather
from analysis.report.tables import table_layout
from analysis.report.typst_pdf import render_pdf

JULY = datetime(2018, 7, 1, tzinfo=UTC)
A4 = (595.28, 841.89)


@pytest.fixture(scope="module")
def made(document):
    return render_pdf(document, JULY)


@pytest.fixture(scope="module")
def pdf(made):
    with pikepdf.open(BytesIO(made)) as opened:
        yield opened


@pytest.fixture(scope="module")
def pages(made) -> list[str]:
    return _pages(made)


def _pages(made: bytes) -> list[str]:
    with pypdfium2.PdfDocument(made) as opened:
        return [page.get_textpage().get_text_bounded() for page in opened]


def _elements(node: object) -> Iterator[pikepdf.Dictionary]:
    """The structure elements below a node, in reading order."""
    if isinstance(node, pikepdf.Array):
        for child in node:
            yield from _elements(child)
    elif isinstance(node, pikepdf.Dictionary) and "/S" in node:
        yield node
        yield from _elements(node.get("/K", pikepdf.Array()))


def _tags(pdf) -> list[pikepdf.Dictionary]:
    return list(_elements(pdf.Root.StructTreeRoot.K))


def _table_attributes(cell: pikepdf.Dictionary) -> pikepdf.Dictionary:
    return next(attributes for attributes in cell.A if attributes.O == "/Table")


def test_it_declares_and_carries_what_pdf_ua_asks_for(pdf):
    assert pdf.Root.MarkInfo.Marked
    assert str(pdf.Root.Lang) == "en-GB"
    assert pdf.Root.ViewerPreferences.DisplayDocTitle
    with pdf.open_metadata() as metadata:
        assert metadata["pdfuaid:part"] == "1"
    assert str(pdf.docinfo.Title) == "State of Invented City"
    assert str(pdf.docinfo.Author) == "Invented Council"
    assert str(pdf.docinfo.Subject) == "How the city stood."
    assert str(pdf.docinfo.CreationDate).startswith("D:20180701")


def test_every_page_is_a4_and_labelled_with_the_number_printed_on_it(pdf, pages):
    sizes = {tuple(round(float(side), 2) for side in page.mediabox[2:]) for page in pdf.pages}
    assert sizes == {A4}
    labels = [page.label for page in pdf.pages]
    assert labels[1:] == [str(number) for number in range(2, len(labels) + 1)]
    for label, text in zip(labels[1:], pages[1:], strict=True):
        assert label in text.split()[:3]


def test_figures_have_their_alt_text_and_a_caption_before_them(pdf):
    tags = [(str(tag.S), str(tag.get("/Alt", ""))) for tag in _tags(pdf)]
    figures = [place for place, (kind, _) in enumerate(tags) if kind == "/Figure"]
    assert [tags[place][1] for place in figures] == ["Bars for three wards; North is longest."] * 2
    assert all("/Caption" in {kind for kind, _ in tags[place - 5 : place]} for place in figures)


def test_tables_have_header_cells_that_their_cells_name(pdf):
    tags = _tags(pdf)
    scopes = {str(tag.ID): str(_table_attributes(tag).Scope) for tag in tags if tag.S == "/TH"}
    cells = [tag for tag in tags if tag.S == "/TD"]
    assert len([tag for tag in tags if tag.S == "/THead"]) == 3
    assert list(scopes.values()).count("/Row") == 3 + 200
    assert len(cells) == 3 * 2 + 200 * 2 + 2
    named = [[scopes[str(name)] for name in _table_attributes(cell).Headers] for cell in cells]
    assert named.count(["/Column", "/Row"]) == len(cells) - 2
    assert named.count(["/Column"]) == 2


def test_bookmarks_and_headings_follow_the_document(pdf):
    with pdf.open_outline() as outline:
        titles = [(entry.title, [child.title for child in entry.children]) for entry in outline.root]
    assert ("1 Summary", ["Where"]) in titles
    assert [title for title, _ in titles if title[0] in "12A"] == ["1 Summary", "2 Aims", "A Quality"]
    levels = [str(tag.S) for tag in _tags(pdf) if str(tag.S) in {"/H1", "/H2", "/H3"}]
    assert levels[-6:] == ["/H1", "/H2", "/H1", "/H2", "/H3", "/H1"]


def test_fonts_are_embedded(pdf):
    things = [thing for thing in pdf.objects if isinstance(thing, pikepdf.Dictionary)]
    fonts = [thing for thing in things if thing.get("/Type") == "/FontDescriptor"]
    assert all("/FontFile2" in font or "/FontFile3" in font for font in fonts)
    names = {str(font.FontName).partition("+")[2] for font in fonts}
    assert {"LibertinusSerif-Regular", "DejaVuSans"} <= names


def test_links_lead_to_their_place(pdf):
    links = [note for page in pdf.pages for note in page.get("/Annots", []) if note.Subtype == "/Link"]
    outside = [str(link.A.URI) for link in links if "/A" in link and "/URI" in link.A]
    assert outside == ["https://www.example.org/a?b=1&c=2"]
    inside = [link for link in links if "/URI" not in link.get("/A", {})]
    entries = 6 - 1  # contents down to the second level
    assert len(inside) >= entries + 3
    assert all("/Contents" in link for link in links)


def test_contents_and_running_head(pages):
    assert "How the city stood." in pages[0]
    for line in ("1 Summary", "A Quality"):
        assert line in pages[1].replace("\u00a0", " ")
    assert pages[2].startswith("1 Summary")
    assert pages[-1].startswith("A Quality")


def test_figure_title_picture_and_source_stand_on_one_page(pages):
    (page,) = [text for text in pages[2:] if "A second picture" in text]
    assert "South" in page
    assert "Source: Invented Office, 2018." in page


def test_a_long_table_goes_over_pages_and_repeats_its_head(pages):
    annex = [text for text in pages if text.startswith("A Quality")]
    assert len(annex) >= 4
    for page in annex:
        assert page.count("Measure 1 Measure 2") == 1
    rows = [line for page in annex for line in page.split("\r\n") if line.startswith("Ward ") and "Measure" not in line]
    assert rows == [f"Ward {row} {row}.1 {row}.2" for row in range(1, 201)]


def test_no_code_is_shown(pages):
    for word in ("secret_call", "plain-result", "printed-line", "Not in the report"):
        assert word not in "".join(pages)


def test_same_input_same_bytes(document, made):
    assert render_pdf(document, JULY) == made


def test_without_a_date_it_has_none(document):
    made = render_pdf(document, None)
    assert made == render_pdf(document, None)
    with pikepdf.open(BytesIO(made)) as opened:
        assert "/CreationDate" not in opened.docinfo


def test_signs_that_mean_something_to_typst_are_printed_as_they_are(invented):
    special = invented.SPECIAL
    escaped = "".join(f"\\{sign}" if sign in "#$*_@<>\\`[]&~{}'\"/%;=" else sign for sign in special)
    cells = (
        invented.code("odd", Text(f"# Heading {escaped}\n\nProse {escaped} end"),
                      Table(f"Title {special}", [Column(f"Head {special}")], [[f"Cell {special}"]], f"Src {special}"),
                      invented.figure(title=f"Fig {special}", note=f"Note {special}", part="f")),
    )  # fmt: skip
    document = gather({"a.ipynb": invented.notebook(
        invented.code("cover", invented.cover(title=f"T {special}", description=f"D {special}")), *cells)})  # fmt: skip
    made = render_pdf(document, None)
    text = "".join("".join(_pages(made)).split())
    for word in ("Heading", "Prose", "Title", "Head", "Cell", "Src", "Fig", "Note", "T", "D"):
        assert word + "".join(special.split()) in text, word
    with pikepdf.open(BytesIO(made)) as opened:
        assert str(opened.docinfo.Title) == f"T {special}"


def test_a_sign_that_no_font_has_is_refused(invented):
    document = gather({"a.ipynb": invented.baseline(invented.markdown("a", "# 市"))})
    with pytest.raises(ReportError, match="could not be displayed"):
        render_pdf(document, None)


def _wide(columns: int, word: str = "Households") -> Table:
    heads = [Column("Ward", row_header=True), *(Column(f"{word} {i}", align="right") for i in range(columns))]
    return Table("Wide", heads, [["St. Mary & All Saints", *["1,234,567"] * columns]] * 3, "Office")


@pytest.mark.parametrize(
    ("word", "columns", "layout"),
    [
        ("Households", 5, "normal"), ("Households", 6, "small"), ("Households", 11, "landscape"),
        ("MAMMOTHS", 5, "normal"), ("MAMMOTHS", 6, "small"), ("MAMMOTHS", 10, "landscape"),
    ],
)  # fmt: skip
def test_wide_tables_shrink_then_turn_and_their_words_do_not_overlap(invented, word, columns, layout):
    given = _wide(columns, word)
    assert table_layout(given)["layout"] == layout
    document = gather({"a.ipynb": invented.baseline(invented.markdown("a", "# A"), invented.code("t", given))})
    with pypdfium2.PdfDocument(render_pdf(document, None)) as opened:
        page = opened[len(opened) - 1]
        width, height = page.get_size()
        assert (width > height) == (layout == "landscape")
        text = page.get_textpage()
        words = [text.get_rect(i) for i in range(text.count_rects())]
    assert max(box[2] for box in words) < width - 55
    for one in words:
        for other in words:
            if one < other and abs(one[1] - other[1]) < 2:
                assert one[2] <= other[0] + 0.5 or other[2] <= one[0] + 0.5


def test_a_table_too_wide_for_any_page_is_refused(invented):
    document = gather({"a.ipynb": invented.baseline(invented.markdown("a", "# A"), invented.code("t", _wide(20)))})
    with pytest.raises(ReportError, match="table 'Wide' is too wide"):
        render_pdf(document, None)


def test_rows_of_many_lines_make_a_table_that_breaks():
    columns = [Column("A"), Column("B")]
    assert not table_layout(Table("Short", columns, [["a", "b"]] * 9, "Office"))["breaks"]
    assert table_layout(Table("Tall", columns, [["word " * 99, "word " * 99]] * 9, "Office"))["breaks"]


def test_a_tall_picture_is_made_to_fit(invented):
    tall = invented.figure(svg=invented.svg("Tall", 468, 4000))
    document = gather({"a.ipynb": invented.baseline(invented.markdown("a", "# A"), invented.code("t", tall))})
    last = _pages(render_pdf(document, None))[-1]
    assert "Tall" in last
    assert "Wards by score" in last
    assert "Source:" in last

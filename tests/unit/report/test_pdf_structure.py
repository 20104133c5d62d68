"""The PDF passes two PDF/UA-1 checkers and our own checks of its structure; each of ours finds the damage it is for."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import page as page_validation
import pdfua
import pikepdf
import pytest

from analysis.errors import ReportError
from analysis.report.document import gather
from analysis.report.pdf_tags import mark_row_heads
from analysis.report.typst_pdf import render_pdf


@pytest.fixture(scope="module")
def made(document) -> bytes:
    return render_pdf(document, None)


@pytest.fixture(scope="module")
def reported(tiny_reported) -> bytes:
    (path,) = tiny_reported.project.reports.glob("*/report.pdf")
    return path.read_bytes()


def failed_rules(made: bytes) -> list[str]:
    return [failure.rule_id for failure in page_validation.validate_pdf_bytes(made, profile="ua1").failures]


def certain_findings(made: bytes, folder) -> list[str]:
    path = folder / "checked.pdf"
    path.write_bytes(made)
    found = pdfua.validate(str(path)).findings
    return [finding.message for finding in found if finding.confidence is pdfua.Confidence.CERTAIN]


@pytest.mark.parametrize("which", ["made", "reported"])
def test_no_checker_finds_a_fault(which, request, pdfcheck, tmp_path):
    pdf = request.getfixturevalue(which)
    assert pdfcheck.faults(pdf) == []
    assert failed_rules(pdf) == []
    assert certain_findings(pdf, tmp_path) == []


def test_nothing_stands_in_the_margins_and_no_page_of_the_tiny_report_is_nearly_empty(reported, pdfcheck):
    assert pdfcheck.outside(reported) == []
    assert min(pdfcheck.filled(reported)[:-1]) > 0.2


def test_a_page_with_a_line_and_words_in_a_margin_are_seen(invented, pdfcheck):
    brief = render_pdf(gather({"a.ipynb": invented.baseline(invented.markdown("a", "# A\n\nA line."))}), None)
    assert pdfcheck.filled(brief)[-1] < 0.2
    assert pdfcheck.outside(brief) == []
    assert pdfcheck.outside(brief, side=70)


def of(pdf, pdfcheck, kind):
    return [tag for tag in pdfcheck.elements(pdf.Root.StructTreeRoot.K) if str(tag.S) == kind]


def attributes(cell):
    return next(one for one in cell.A if one.O == "/Table")


def links(pdf):
    return [note for page in pdf.pages for note in page.get("/Annots", [])]


def font(pdf, kind):
    things = [thing for thing in pdf.objects if isinstance(thing, pikepdf.Dictionary)]
    return next(thing for thing in things if thing.get("/Type") == kind and set(thing) & {"/FontFile3", "/ToUnicode"})


def without_declaration(pdf):
    with pdf.open_metadata(set_pikepdf_as_editor=False) as metadata:
        del metadata["pdfuaid:part"]


def paint(pdf, operators: bytes):
    page = pdf.pages[2]
    page.contents_add(pdf.make_stream(operators))


def first_content(pdf, pdfcheck):
    """A tag whose first child is marked content."""
    return next(tag for tag in of(pdf, pdfcheck, "/P") if isinstance(next(iter(tag.K)), int))


DAMAGE: dict[str, tuple[Callable, str]] = {
    "not marked": (lambda pdf, _: pdf.Root.__delattr__("MarkInfo"), "does not say that it is tagged"),
    "no language": (lambda pdf, _: pdf.Root.__delattr__("Lang"), "has no language"),
    "title hidden": (lambda pdf, _: pdf.Root.__delattr__("ViewerPreferences"), "title is not shown"),
    "not declared": (lambda pdf, _: without_declaration(pdf), "does not declare PDF/UA-1"),
    "no tree": (lambda pdf, _: pdf.Root.__delattr__("StructTreeRoot"), "no structure tree"),
    "tab order": (lambda pdf, _: pdf.pages[1].obj.__setattr__("Tabs", pikepdf.Name.R), "page 2: tab order"),
    "a stroke": (lambda pdf, _: paint(pdf, b" 0 0 m 9 9 l S "), "page 3: S paints what is neither"),
    "a letter": (lambda pdf, _: paint(pdf, b" BT /f0 9 Tf (a) Tj ET "), "page 3: Tj paints what is neither"),
    "twice marked": (lambda pdf, _: paint(pdf, b" /P <</MCID 0>> BDC EMC "),
        "page 3: content 0 is marked 2 times"),
    "tag without content": (
        lambda pdf, check: first_content(pdf, check).K.append(999), "content that the page does not"),
    "content without tag": (
        lambda pdf, check: first_content(pdf, check).__setattr__("K", pikepdf.Array()), "neither tagged"),
    "content of two tags": (
        lambda pdf, check: first_content(pdf, check).K.append(first_content(pdf, check).K[0]), "has 2 tags"),
    "odd tag": (lambda pdf, check: of(pdf, check, "/P")[0].__setattr__("S", pikepdf.Name.Odd),
        "Odd is not standard"),
    "other parent": (
        lambda pdf, check: of(pdf, check, "/TR")[1].__setattr__("P", of(pdf, check, "/P")[0]),
        "names another parent"),
    "id lost": (
        lambda pdf, _: pdf.Root.StructTreeRoot.IDTree.__setattr__("Names", pikepdf.Array()),
        "does not lead to it"),
    "level skipped": (
        lambda pdf, check: of(pdf, check, "/H2")[0].__setattr__("S", pikepdf.Name.H4),
        "level 4 follows one of level 1"),
    "no bookmarks": (lambda pdf, _: pdf.Root.__delattr__("Outlines"), "0 bookmarks"),
    "cell lost": (lambda pdf, check: of(pdf, check, "/TR")[1].K.__delitem__(-1), "table 1: rows of [2, 3] cells"),
    "head without scope": (
        lambda pdf, check: attributes(of(pdf, check, "/TH")[0]).__delattr__("Scope"),
        "table 1: a head without a scope"),
    "heads lost": (
        lambda pdf, check: [attributes(head).__setattr__("Scope", pikepdf.Name.Row) for head in of(pdf, check,
        "/TH")],
        "no heads of columns"),
    "cell without heads": (
        lambda pdf, check: attributes(of(pdf, check, "/TD")[0]).__delattr__("Headers"),
        "table 1: a cell names no head"),
    "no alt text": (
        lambda pdf, check: of(pdf, check, "/Figure")[1].__delattr__("Alt"), "figure 2 has no alternative"),
    "silent link": (lambda pdf, _: links(pdf)[0].__delattr__("Contents"), "a link without a description"),
    "link outside": (
        lambda pdf, check: of(pdf, check, "/Link")[0].__setattr__("K", pikepdf.Array()),
        "a link outside the structure"),
    "font not embedded": (lambda pdf, _: font(pdf, "/FontDescriptor").__delattr__("FontFile3"),
        "is not embedded"),
    "font unread": (lambda pdf, _: font(pdf, "/Font").__delattr__("ToUnicode"), "no table of letters"),
}  # fmt: skip


@pytest.mark.parametrize("name", DAMAGE)
def test_each_damage_is_named(name, made, pdfcheck):
    damage, sentence = DAMAGE[name]
    with pikepdf.open(BytesIO(made)) as pdf:
        damage(pdf, pdfcheck)
        out = BytesIO()
        pdf.save(out, fix_metadata_version=False)
    found = pdfcheck.faults(out.getvalue())
    assert any(sentence in fault for fault in found), found


def test_the_checker_from_outside_finds_damage_too(made, pdfcheck):
    with pikepdf.open(BytesIO(made)) as pdf:
        del of(pdf, pdfcheck, "/Figure")[0].Alt
        out = BytesIO()
        pdf.save(out)
    assert failed_rules(out.getvalue())


def test_a_missing_alternative_text_or_a_broken_table_stops_the_build(invented, made):
    bare = gather({"a.ipynb": invented.baseline(invented.markdown("a", "# A"), invented.code("f", invented.figure()))})
    next(item for item in bare.items if hasattr(item, "figure")).figure.__dict__["alt"] = None
    with pytest.raises(ReportError, match="the PDF could not be set"):
        render_pdf(bare, None)
    with pytest.raises(ReportError, match="has 3 tagged tables, expected 2; a tag is broken"):
        mark_row_heads(made, [0, None])


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("no alt text", "a picture in the PDF has no alternative text"),
        ("level skipped", "a heading of level 4 follows one of level 1"),
        ("cell lost", "has a row of 2 cells below a head of 3"),
    ],
)
def test_broken_tags_stop_the_build(name, message, made, pdfcheck):
    with pikepdf.open(BytesIO(made)) as pdf:
        DAMAGE[name][0](pdf, pdfcheck)
        out = BytesIO()
        pdf.save(out)
    with pytest.raises(ReportError, match=message):
        mark_row_heads(out.getvalue(), [0, None, 0])

"""The explorer in a document: what the page holds, what the PDF says instead, and that it is drawn by known code."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace

import pytest

from analysis.blocks import Explorer
from analysis.errors import ReportError
from analysis.report.document import figure_files, gather
from analysis.report.explorer import bundle, library
from analysis.report.page import render_html
from analysis.report.typst_pdf import _described

ABSENT = {"values": [3.5, None], "texts": ["3.5", ""], "flags": ["", "[x]"]}
SERIES = {"id": "score", "title": "Score <b>", "aim": "Homes", "when": "2018", "unit": "score", **ABSENT}
DATA = {
    "first": "score",
    "views": {"value": "the values themselves"},
    "wards": {"codes": ["E1", "E2"], "names": ["North</script><script>alert(1)</script>", "South"]},
    "before": None,
    "series": [SERIES],
}
EXPLORER = Explorer(
    "The wards", "A map of two wards.", "Invented Office, 2018.", json.dumps(DATA), "ward,score\nN,3.5\n"
)


@pytest.fixture(scope="module")
def document(invented):
    cell = invented.code("explorer", EXPLORER)
    return gather({"a.ipynb": invented.baseline(invented.markdown("wards", "# Wards"), cell)})


@pytest.fixture(scope="module")
def page(document):
    return render_html(document)


def test_the_page_holds_every_value_as_a_table_and_the_data_as_a_file(page, document):
    rows = re.findall(r'<tr><th scope="row">(.*?)</th><td>(.*?)</td></tr>', page)
    assert rows[1] == ("South", " [x]")
    assert rows[0][1] == "3.5"
    assert figure_files(document) == {"figures/explorer.csv": b"ward,score\nN,3.5\n"}
    assert 'download="explorer.csv"' in page


def test_no_name_can_end_a_script(page):
    assert "alert(1)</script>" not in page
    held = re.search(r'<script type="application/json" class="explorer-data">(.*?)</script>', page, re.DOTALL)[1]
    assert json.loads(held) == DATA


def test_the_policy_names_every_script_by_its_hash_and_no_other(page):
    policy = re.search(r'Content-Security-Policy" content="(.*?)"', page)[1]
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    ran = [*scripts, library()]
    hashes = [base64.b64encode(hashlib.sha256(code.encode()).digest()).decode() for code in ran]
    allowed = re.search(r"script-src ([^;]*)", policy)[1].split()
    assert allowed == [f"'sha256-{digest}'" for digest in hashes]
    assert len(scripts) == 2


def test_a_page_without_explorer_has_no_library(invented):
    page = render_html(gather({"a.ipynb": invented.baseline(invented.markdown("wards", "# Wards"))}))
    assert 'id="library"' not in page
    assert ".explorer" not in page


def test_the_pdf_points_to_the_page(document):
    items = _described(document, dated=False)["items"]
    assert "report.html" in json.dumps(items[-1])


@pytest.mark.parametrize("empty", ["alt", "source", "csv", "data", "title"])
def test_nothing_of_it_may_be_missing(invented, empty):
    cell = invented.code("explorer", replace(EXPLORER, **{empty: " "}))
    with pytest.raises(ReportError, match=r"the explorer .* has no"):
        gather({"a.ipynb": invented.baseline(cell)})


def test_the_library_is_what_vl_convert_bundles_with_its_licences():
    assert library() == bundle(), "vl-convert has changed: run `make vega` and look at the explorer"
    assert library().startswith("/*\nThe explorer of this page is drawn by Vega")
    assert "University of Washington Interactive Data Lab" in library()

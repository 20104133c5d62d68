"""The renderings are reachable from nbconvert by their names."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import nbformat
import pytest
from nbconvert.exporters import get_exporter

from analysis.errors import ReportError
from analysis.report.document import gather
from analysis.report.exporters import HtmlExporter, PdfExporter
from analysis.report.page import render_html
from analysis.report.typst_pdf import render_pdf


@pytest.fixture
def executed(invented, tmp_path):
    path = tmp_path / "baseline.ipynb"
    path.write_text(json.dumps(invented.baseline(invented.markdown("a", "# A"), invented.code("t", invented.table()))))
    return path


def test_nbconvert_knows_them_by_name():
    assert get_exporter("sotc-pdf") is PdfExporter
    assert get_exporter("sotc-html") is HtmlExporter


def test_they_give_what_the_functions_give(executed):
    document = gather({"baseline.ipynb": nbformat.read(executed, as_version=4)})
    html, resources = HtmlExporter().from_filename(str(executed))
    assert html == render_html(document)
    assert resources["output_extension"] == ".html"
    pdf, resources = PdfExporter(date="2018-07-01").from_filename(str(executed))
    assert pdf == render_pdf(document, datetime(2018, 7, 1, tzinfo=UTC))
    assert resources["output_extension"] == ".pdf"
    assert PdfExporter().from_filename(str(executed))[0] == render_pdf(document, None)


def test_a_date_that_is_none_is_refused(executed):
    with pytest.raises(ReportError, match=r"PdfExporter.date is 'July'; expected a date"):
        PdfExporter(date="July").from_filename(str(executed))


def test_errors_name_the_notebook(executed, invented):
    bad = invented.baseline(invented.markdown("a", "# A"), invented.code("f", invented.figure(alt="")))
    executed.write_text(json.dumps(bad))
    with pytest.raises(ReportError, match=r"^baseline.ipynb, cell f: "):
        HtmlExporter().from_filename(str(executed))

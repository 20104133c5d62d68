"""The two renderings as nbconvert exporters: ``jupyter nbconvert --to sotc-pdf executed.ipynb``, or ``sotc-html``."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from nbconvert.exporters import Exporter
from traitlets import Unicode, default

from analysis.errors import ReportError
from analysis.report.document import Document, gather
from analysis.report.page import render_html
from analysis.report.typst_pdf import render_pdf


class _ReportExporter(Exporter):
    """What both exporters share: an executed notebook becomes a document."""

    def _document(self, notebook: Any, resources: Any) -> Document:
        name = (resources or {}).get("metadata", {}).get("name", "notebook")
        return gather({f"{name}.ipynb": notebook})


class HtmlExporter(_ReportExporter):
    """An executed notebook as one self-contained HTML file."""

    export_from_notebook = "State of the City report (HTML)"
    output_mimetype = "text/html"

    @default("file_extension")
    def _file_extension_default(self) -> str:
        return ".html"

    def from_notebook_node(self, nb: Any, resources: Any = None, **kw: Any) -> Any:
        """Render the notebook; nbconvert writes what comes back."""
        nb, resources = super().from_notebook_node(nb, resources, **kw)
        return render_html(self._document(nb, resources)), resources


class PdfExporter(_ReportExporter):
    """An executed notebook as a tagged PDF."""

    export_from_notebook = "State of the City report (PDF)"
    output_mimetype = "application/pdf"
    date = Unicode("", help="Creation date of the PDF, such as 2018-07-01; none if empty.").tag(config=True)

    @default("file_extension")
    def _file_extension_default(self) -> str:
        return ".pdf"

    def from_notebook_node(self, nb: Any, resources: Any = None, **kw: Any) -> Any:
        """Render the notebook; nbconvert writes what comes back."""
        nb, resources = super().from_notebook_node(nb, resources, **kw)
        return render_pdf(self._document(nb, resources), self._timestamp()), resources

    def _timestamp(self) -> datetime | None:
        if not self.date:
            return None
        try:
            return datetime.strptime(self.date, "%Y-%m-%d").replace(tzinfo=UTC)
        except ValueError as error:
            raise ReportError(f"PdfExporter.date is '{self.date}'; expected a date such as 2018-07-01.") from error

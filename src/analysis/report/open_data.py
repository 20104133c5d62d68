"""The files of open data that lie in a report's folder: the workbook and the data package."""

from __future__ import annotations

from collections.abc import Mapping

from analysis.catalogue.load import Catalogue
from analysis.catalogue.model import Edition
from analysis.paths import Project
from analysis.report.cells import check_cells
from analysis.report.datapackage import make_data_package
from analysis.report.document import Document
from analysis.report.workbook import make_workbook

WORKBOOK = "tables.xlsx"
DATA = "data"


def open_data_files(
    project: Project, catalogue: Catalogue, edition: Edition, document: Document, files: Mapping[str, bytes]
) -> dict[str, bytes]:
    """The workbook and the data package of a report.

    Parameters
    ----------
    project : Project
    catalogue : Catalogue
    edition : Edition
    document : Document
        The report.
    files : mapping of str to bytes
        What else lies in its folder: the CSV files among it are held to the rule that no cell runs as a formula.

    Returns
    -------
    dict of str to bytes
        ``tables.xlsx``, ``data/<table>.csv`` and ``data/datapackage.json``.

    Raises
    ------
    ReportError
        If a cell of a CSV file could run as a formula.
    """
    for name, content in files.items():
        if name.endswith(".csv"):
            check_cells(name, content.decode("utf-8"))
    folder = project.processed / edition.id
    package = make_data_package(catalogue, edition, folder)
    return {
        WORKBOOK: make_workbook(catalogue, edition, document, folder),
        **{f"{DATA}/{name}": content for name, content in package.items()},
    }

"""Run an edition's notebooks, render the documents, write the receipt, and put all in place at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

from analysis.audit.annex import with_annex
from analysis.audit.crate import write_crate
from analysis.audit.environment import write_run
from analysis.audit.receipt import write_receipt
from analysis.audit.references import trace
from analysis.audit.sign import keep_signature
from analysis.catalogue.load import Catalogue
from analysis.errors import NotebookError
from analysis.paths import Project
from analysis.report.document import figure_files, gather
from analysis.report.notebook import write_notebook
from analysis.report.open_data import open_data_files
from analysis.report.page import render_html
from analysis.report.runner import NotebookJob, run_notebooks
from analysis.report.typst_pdf import render_pdf
from analysis.tables.query import Tables
from analysis.tables.stamps import report_inputs, write_stamp

Progress = Callable[[str, int, int], None]
BESIDE = {
    "the report as PDF": "report.pdf",
    "its tables as a workbook": "tables.xlsx",
    "all data with a description of every column": "data/datapackage.json",
}


def make_report(
    project: Project,
    catalogue: Catalogue,
    name: str,
    folder: Path,
    *,
    workers: int = 2,
    progress: Progress | None = None,
) -> None:
    """Run the notebooks of a built edition and write its report into a new folder, which the caller puts in place.

    It holds report.pdf, report.html, tables.xlsx, data, notebooks, figures, manifest.json and run.json.

    Parameters
    ----------
    project : Project
    catalogue : Catalogue
    name : str
        The edition's id; its tables must have been built.
    folder : Path
    workers : int
        How many notebooks run at the same time.
    progress : callable, optional
        Called with a step's name, how much of it is done and how much there is.

    Raises
    ------
    NotebookError, ReportError
        Naming the notebook and the cell.
    """
    started = dt.datetime.now(tz=dt.UTC)
    edition = catalogue.edition(name)
    inputs = report_inputs(project, edition)
    jobs = [NotebookJob(_notebook(project, notebook), {"edition": name}) for notebook in edition.notebooks]

    def tell(path: str, cell: str, done: int, total: int) -> None:
        if progress is not None:
            progress(f"{Path(path).stem}: {cell}", done, total)

    executed = run_notebooks(jobs, folder=project.root, workers=workers, progress=tell)
    document = gather({job.path.name: notebook for job, notebook in zip(jobs, executed, strict=True)}, name)
    tables = Tables(project, name)
    traced = trace(document, tables, catalogue.indicators)
    document = with_annex(document, tables, catalogue.indicators)
    files = figure_files(document) | traced
    files["report.html"] = render_html(document, BESIDE).encode("utf-8")
    cut_off = dt.datetime.combine(edition.cut_off, dt.time(), tzinfo=dt.UTC)
    files["report.pdf"] = render_pdf(document, cut_off)
    files |= open_data_files(project, catalogue, edition, document, files)
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    (folder / "notebooks").mkdir()
    for job, notebook in zip(jobs, executed, strict=True):
        write_notebook(notebook, folder / "notebooks" / job.path.name)
    # After every file that it describes, before the receipt that lists it.
    write_crate(project, catalogue.places[edition.place], edition, document, folder)
    write_receipt(project, edition, document, folder)
    write_run(project, edition, folder, started)
    write_stamp(folder, inputs)
    keep_signature(project.reports / name, folder)


def _notebook(project: Project, name: str) -> Path:
    path = project.notebooks / f"{name}.ipynb"
    if not path.is_file():
        raise NotebookError(
            f"{project.shown(path)}: not found, though the edition names the notebook {name!r}. "
            "Restore it, or correct notebooks in the edition file."
        )
    return path

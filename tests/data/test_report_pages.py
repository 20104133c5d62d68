"""The PDFs of real editions, one on each ward set: their structure, their margins, how full their pages are."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import page as page_validation
import pytest

from analysis.make.editions import make_editions
from analysis.paths import DEFINITIONS, Project

EDITIONS = ("liverpool-2018", "liverpool-2026")


@pytest.fixture(scope="module")
def project(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project of its own with the reports made."""
    root = tmp_path_factory.mktemp("pages")
    (root / "data").mkdir()
    (root / "data" / "raw").symlink_to(repository / "data" / "raw")
    shutil.copytree(repository / "notebooks", root / "notebooks", ignore=shutil.ignore_patterns(".*"))
    shutil.copy(repository / "requirements.lock", root)
    made = Project(root, Path(shutil.copytree(DEFINITIONS, root / "definitions")))
    make_editions(made, EDITIONS)
    return made


@pytest.mark.parametrize("edition", EDITIONS)
def test_the_pdf_of_a_real_edition_has_no_fault(edition, project, pdfcheck):
    made = (project.reports / edition / "report.pdf").read_bytes()
    assert pdfcheck.faults(made) == []
    assert page_validation.validate_pdf_bytes(made, profile="ua1").is_compliant
    assert pdfcheck.outside(made) == []
    filled = pdfcheck.filled(made)
    assert len(filled) > 60
    assert [number for number, share in enumerate(filled[:-1], start=1) if share < 0.2] == []


def test_nbconvert_makes_both_documents_of_an_executed_notebook(project, tmp_path):
    notebook = project.reports / EDITIONS[0] / "notebooks" / "baseline.ipynb"
    for kind, start in (("sotc-pdf", b"%PDF-1.7"), ("sotc-html", b"<!doctype html>")):
        command = [sys.executable, "-m", "nbconvert", "--to", kind, "--output-dir", str(tmp_path), str(notebook)]
        subprocess.run(command, check=True, capture_output=True)
        (made,) = tmp_path.glob(f"*.{kind.removeprefix('sotc-')}")
        assert made.read_bytes().lower().startswith(start.lower())

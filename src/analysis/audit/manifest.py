"""The receipt: every input, table, notebook, figure and document of a report, by the hash of its content.

It holds no time, path, platform or commit, so that the same inputs give the same receipt anywhere.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from analysis.model import Edition
from analysis.paths import Project
from analysis.report.document import Document, FigureItem, TableItem
from analysis.snapshots import read_snapshot
from analysis.stamps import pinned_releases

MANIFEST = "manifest.json"
SCHEMA = 1


def sha256(content: bytes) -> str:
    """Hexadecimal SHA-256.

    Examples
    --------
    >>> sha256(b"")[:12]
    'e3b0c44298fc'
    """
    return hashlib.sha256(content).hexdigest()


def write_manifest(project: Project, edition: Edition, document: Document, folder: Path) -> Path:
    """Write ``manifest.json`` of the report in ``folder``.

    Parameters
    ----------
    project : Project
        Holds the raw and processed tables that the report was made from.
    edition : Edition
    document : Document
        Its figures and tables, with their titles.
    folder : Path
        The report: its figures, notebooks and documents are hashed as they lie there.

    Returns
    -------
    Path
        The receipt.
    """
    receipt: dict[str, Any] = {
        "schema": SCHEMA,
        "edition": edition.id,
        "parameters": {"edition": edition.id},
        "raw": _raw(project, edition),
        "processed": [
            {"table": path.name, "sha256": sha256(path.read_bytes()), "rows": path.read_bytes().count(b"\n") - 1}
            for path in sorted((project.processed / edition.id).glob("*.csv"))
        ],
        "notebooks": [
            {
                "notebook": f"{name}.ipynb",
                "source_sha256": sha256((project.notebooks / f"{name}.ipynb").read_bytes()),
                "executed_sha256": sha256((folder / "notebooks" / f"{name}.ipynb").read_bytes()),
            }
            for name in edition.notebooks
        ],
        "figures": [_item(item, folder) for item in document.items if isinstance(item, FigureItem | TableItem)],
        "numbers": _numbers(document),
        "documents": [
            {"file": path.name, "sha256": sha256(path.read_bytes())} for path in sorted(folder.glob("report.*"))
        ],
        "lock_sha256": sha256((project.root / "requirements.lock").read_bytes())
        if (project.root / "requirements.lock").is_file()
        else None,
    }
    path = folder / MANIFEST
    path.write_bytes((json.dumps(receipt, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode("utf-8"))
    return path


def _raw(project: Project, edition: Edition) -> list[dict[str, Any]]:
    rows = []
    for source, release in pinned_releases(edition):
        snapshot = read_snapshot(project, source, release)
        for name, record in sorted(snapshot.tables.items()):
            rows.append(
                {
                    "source": source,
                    "release": release,
                    "table": name,
                    "sha256": record.sha256,
                    "rows": record.rows,
                    "publisher": snapshot.publisher,
                    "product": snapshot.product,
                    "licence": snapshot.licence,
                    "attribution": snapshot.attribution,
                    "address": snapshot.address,
                }
            )
    return rows


def _numbers(document: Document) -> list[dict[str, str]]:
    """The numbers in sentences: id, how it is printed, the key of what it prints, the cell of the notebook."""
    return [{"id": one.id, "text": one.text, "key": one.key, "cell": one.cell} for one in document.numbers]


def _item(item: FigureItem | TableItem, folder: Path) -> dict[str, Any]:
    entry: dict[str, Any] = {"id": item.id, "label": item.label, "kind": "figure", "csv_sha256": ""}
    entry["csv_sha256"] = sha256((folder / "figures" / f"{item.id}.csv").read_bytes())
    if isinstance(item, FigureItem):
        entry |= {"title": item.figure.title, "source": item.figure.source}
        entry["svg_sha256"] = sha256((folder / "figures" / f"{item.id}.svg").read_bytes())
    else:
        entry |= {"kind": "table", "title": item.table.title, "source": item.table.source}
    return entry

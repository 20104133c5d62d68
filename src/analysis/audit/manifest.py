"""Write the receipt of a report: every input, table, notebook, figure and document, by the hash of its content."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

from analysis.audit.receipt import (
    MANIFEST,
    SCHEMA,
    is_beside,
    lock_hash,
    notebook_hash,
    releases_behind,
    sealed,
    sha256,
    source_hashes,
)
from analysis.audit.references import Block, blocks_of
from analysis.catalogue.model import Edition
from analysis.paths import Project
from analysis.report.document import Document
from analysis.sources.snapshots import SNAPSHOT, read_snapshot
from analysis.tables.stamps import earlier_editions

__all__ = ["MANIFEST", "SCHEMA", "sha256", "write_manifest"]


def write_manifest(
    project: Project,
    edition: Edition,
    document: Document,
    folder: Path,
) -> Path:
    """Write ``manifest.json`` of the report in ``folder``.

    Parameters
    ----------
    project : Project
        Holds the raw and processed tables that the report was made from.
    edition : Edition
    document : Document
        Its figures and tables, with their titles.
    folder : Path
        The report: every file of it is hashed as it lies there, so the receipt is written last.

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
        "processed": _processed(project, edition),
        "notebooks": [
            {
                "notebook": f"{name}.ipynb",
                "source_sha256": notebook_hash((project.notebooks / f"{name}.ipynb").read_bytes()),
                "executed_sha256": sha256((folder / "notebooks" / f"{name}.ipynb").read_bytes()),
            }
            for name in edition.notebooks
        ],
        "figures": _figures(document, folder),
        "numbers": _numbers(document),
        "documents": [_file(path, folder) for path in sorted(folder.glob("report.*"))],
        "src": source_hashes(project, edition),
        "lock_sha256": lock_hash(project),
    }
    known = {f"figures/{one['id']}.{kind}" for one in receipt["figures"] for kind in ("csv", "svg")}
    known |= {f"notebooks/{one['notebook']}" for one in receipt["notebooks"]}
    known |= {one["file"] for one in receipt["documents"]}
    others = [_file(path, folder) for path in sorted(folder.rglob("*")) if path.is_file()]
    receipt["files"] = [one for one in others if one["file"] not in known and not is_beside(one["file"])]
    path = folder / MANIFEST
    path.write_bytes(sealed(receipt))
    return path


def _file(path: Path, folder: Path) -> dict[str, str]:
    return {"file": path.relative_to(folder).as_posix(), "sha256": sha256(path.read_bytes())}


def _raw(project: Project, edition: Edition) -> list[dict[str, Any]]:
    rows = []
    for source, release in releases_behind(project, edition):
        snapshot = read_snapshot(project, source, release)
        receipt = sha256((project.raw / source / release / SNAPSHOT).read_bytes())
        for name, record in sorted(snapshot.tables.items()):
            rows.append(
                {
                    "source": source,
                    "release": release,
                    "table": name,
                    "file": record.file,
                    "sha256": record.sha256,
                    "snapshot_sha256": receipt,
                    "rows": record.rows,
                    "publisher": snapshot.publisher,
                    "product": snapshot.product,
                    "published": snapshot.published,
                    "licence": snapshot.licence,
                    "attribution": snapshot.attribution,
                    "address": snapshot.address,
                }
            )
    return rows


def _processed(project: Project, edition: Edition) -> list[dict[str, Any]]:
    """The tables of the edition and of those it looks back on."""
    rows = []
    for name in sorted({edition.id, *earlier_editions(edition)}):
        for path in sorted((project.processed / name).glob("*.csv")):
            content = path.read_bytes()
            first, last = _periods(content)
            rows.append(
                {
                    "edition": name,
                    "table": path.name,
                    "sha256": sha256(content),
                    "rows": content.count(b"\n") - 1,
                    "period_start": first,
                    "period_end": last,
                }
            )
    return rows


def _periods(content: bytes) -> tuple[str | None, str | None]:
    """The first day and the last that a table's rows speak of; none where it has no periods."""
    heading = content[: content.find(b"\n")].decode("utf-8").split(",")
    if not {"period_start", "period_end"} <= {*heading}:
        return None, None
    rows = csv.reader(io.StringIO(content.decode("utf-8"), newline=""))
    next(rows)
    start, end = heading.index("period_start"), heading.index("period_end")
    pairs = {(row[start], row[end]) for row in rows}
    starts, ends = (sorted({pair[side] for pair in pairs} - {""}) for side in (0, 1))
    return (starts[0] if starts else None), (ends[-1] if ends else None)


def _figures(document: Document, folder: Path) -> list[dict[str, Any]]:
    """Each figure, table and explorer: what it shows and rests on, as it was said when it was made."""
    labels = {getattr(item, "id", ""): getattr(item, "label", "") for item in document.items}
    return [_shown(known, labels[known], block, folder) for known, block in blocks_of(document)]


def _shown(known: str, label: str, block: Block, folder: Path) -> dict[str, Any]:
    data = (folder / "figures" / f"{known}.csv").read_bytes()
    picture = folder / "figures" / f"{known}.svg"
    kind = type(block).__name__
    return {
        "id": known,
        "label": label or kind,
        "kind": kind.lower(),
        "title": block.title,
        "source": block.source,
        "indicators": sorted(block.indicators),
        "releases": [{"source": source, "release": release} for source, release in block.releases],
        "csv_sha256": sha256(data),
        "svg_sha256": sha256(picture.read_bytes()) if picture.is_file() else None,
    }


def _numbers(document: Document) -> list[dict[str, str]]:
    """The numbers in sentences: id, how it is printed, the key of what it prints, the cell of the notebook."""
    return [{"id": one.id, "text": one.text, "key": one.key, "cell": one.cell} for one in document.numbers]

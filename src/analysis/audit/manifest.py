"""Write the receipt of a report: every input, table, notebook, figure and document, by the hash of its content."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from analysis import words
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
from analysis.catalogue.load import Catalogue
from analysis.catalogue.model import Edition
from analysis.paths import Project
from analysis.report.document import Document
from analysis.sources.snapshots import SNAPSHOT, read_snapshot
from analysis.tables.stamps import earlier_editions

__all__ = ["MANIFEST", "SCHEMA", "sha256", "write_manifest"]


def write_manifest(
    project: Project,
    catalogue: Catalogue,
    edition: Edition,
    document: Document,
    folder: Path,
) -> Path:
    """Write ``manifest.json`` of the report in ``folder``.

    Parameters
    ----------
    project : Project
        Holds the raw and processed tables that the report was made from.
    catalogue : Catalogue
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
        "figures": _figures(project, catalogue, edition, document, folder),
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


def _figures(
    project: Project, catalogue: Catalogue, edition: Edition, document: Document, folder: Path
) -> list[dict[str, Any]]:
    titles = {one.title: name for name, one in catalogue.indicators.items()}
    path = project.processed / edition.id / "sources.csv"
    sources = pd.read_csv(path, dtype=str, keep_default_na=False) if path.is_file() else pd.DataFrame()
    cited = {(row["source"], row["release"]): words.citation(row) for row in sources.to_dict("records")}
    return [
        _shown(item, block, folder, titles, cited)
        for item in document.items
        if (block := getattr(item, _kind(item), None)) is not None
    ]


def _kind(item: object) -> str:
    """What an item of the document shows by its class: ``figure``, ``table`` and any other that has data of its own."""
    return type(item).__name__.removesuffix("Item").lower()


def _shown(
    item: Any, block: Any, folder: Path, titles: Mapping[str, str], cited: Mapping[tuple[str, str], str]
) -> dict[str, Any]:
    data = (folder / "figures" / f"{item.id}.csv").read_bytes()
    picture = folder / "figures" / f"{item.id}.svg"
    return {
        "id": item.id,
        "label": getattr(item, "label", _kind(item).capitalize()),
        "kind": _kind(item),
        "title": block.title,
        "source": block.source,
        "indicators": indicators_named(data, titles),
        "releases": [
            {"source": source, "release": release}
            for (source, release), line in sorted(cited.items())
            if line in block.source
        ],
        "csv_sha256": sha256(data),
        "svg_sha256": sha256(picture.read_bytes()) if picture.is_file() else None,
    }


def _numbers(document: Document) -> list[dict[str, str]]:
    """The numbers in sentences: id, how it is printed, the key of what it prints, the cell of the notebook."""
    return [{"id": one.id, "text": one.text, "key": one.key, "cell": one.cell} for one in document.numbers]


def indicators_named(data: bytes, titles: Mapping[str, str]) -> list[str]:
    r"""The indicators that a figure's data name: by id in a column ``indicator``, or by title in a cell or heading.

    Examples
    --------
    >>> indicators_named(b"Indicator,2017\nPeople in work,65.0%\n", {"People in work": "employment_rate"})
    ['employment_rate']
    """
    rows = list(csv.reader(io.StringIO(data.decode("utf-8"), newline="")))
    known = {*titles.values()}
    at = rows[0].index("indicator") if rows and "indicator" in rows[0] else None
    found = {row[at] for row in rows[1:] if row[at] in known} if at is not None else set()
    return sorted(found | {titles[cell] for row in rows for cell in row if cell in titles})

"""The receipt of a report: every input and output by the hash of its content; writing it, reading it, what it says.

A receipt (``manifest.json``) says what a report was made of and what it is: raw tables, definitions, built tables,
notebooks, figures, numbers, documents. It holds no code, time, path, platform or commit (those stand in ``run.json``),
so that the same inputs and results give the same receipt anywhere, and other code that gives the same results too. Its
own seal is the hash of all else in it, so that an edited receipt is found. Reading it takes no table and no pandas.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.catalogue.model import Edition
from analysis.errors import AuditError
from analysis.paths import Project
from analysis.sources.snapshots import SNAPSHOT, read_snapshot
from analysis.tables.stamps import RUN, STAMP, canonical, definition_hashes, looked_at, releases_behind

if TYPE_CHECKING:
    from analysis.report.document import Block, Document

MANIFEST = "manifest.json"
SCHEMA = 4
SEAL = "receipt_sha256"
# Beside the results, and none of them: the receipt itself, its stamp, and when and by what the report was made.
SIGNATURE = "manifest.dsse.json"
BESIDE = (MANIFEST, STAMP, RUN, SIGNATURE)


def sha256(content: bytes) -> str:
    """Hexadecimal SHA-256.

    Examples
    --------
    >>> sha256(b"")[:12]
    'e3b0c44298fc'
    """
    return hashlib.sha256(content).hexdigest()


def write_receipt(
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
        "raw": [one for pinned in releases_behind(project, edition) for one in raw_entries(project, *pinned)],
        "definitions": definition_hashes(project, edition),
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


def raw_entries(project: Project, source: str, release: str) -> list[dict[str, Any]]:
    """What a receipt says of each raw table of a release, by its snapshot."""
    snapshot = read_snapshot(project, source, release)
    receipt = sha256((project.raw / source / release / SNAPSHOT).read_bytes())
    return [
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
            "files": [{"file": file, **asdict(one)} for file, one in snapshot.origins(name).items()],
            "checked": list(record.checked),
        }
        for name, record in sorted(snapshot.tables.items())
    ]


def _processed(project: Project, edition: Edition) -> list[dict[str, Any]]:
    """The tables of the edition and of those it looks back on."""
    rows = []
    for name in sorted({one.id for one in looked_at(project, edition)}):
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
    return [_shown(known, label, block, folder) for known, label, block in document.blocks()]


def _shown(known: str, label: str, block: Block, folder: Path) -> dict[str, Any]:
    data = (folder / "figures" / f"{known}.csv").read_bytes()
    picture = folder / "figures" / f"{known}.svg"
    kind = type(block).__name__
    return {
        "id": known,
        "label": label,
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


def sealed(receipt: Mapping[str, Any], seal: str = SEAL) -> bytes:
    """The receipt's bytes, with its seal: the hash of its canonical form without the seal."""
    rest = {key: value for key, value in receipt.items() if key != seal}
    return canonical({**rest, seal: sha256(canonical(rest))})


def read_receipt(path: Path, shown: str) -> dict[str, Any]:
    """Read a receipt and hold it to its own seal.

    Raises
    ------
    AuditError
        If there is none, it is of another schema, or a byte of it was changed.
    """
    if not path.is_file():
        raise AuditError(
            f"{shown}: there is no receipt, so nothing says what the report should be. Take it from the repository's "
            "history, or make the report: sotc report EDITION."
        )
    content = path.read_bytes()
    edited = f"{shown}: its seal does not fit what it says, so it was edited. Restore it: git checkout -- {shown}"
    try:
        found = json.loads(content.decode("utf-8"))
        schema = found["schema"]
    except (ValueError, KeyError, TypeError):
        raise EditedReceiptError(edited) from None
    if isinstance(schema, int) and schema < SCHEMA:
        raise AuditError(
            f"{shown}: a receipt of schema {schema}, this version reads {SCHEMA}. Make the report again, or verify it "
            "by the code of the commit that holds it: git log -- that file, git checkout, make report."
        )
    if not _is_sealed(found, content):
        raise EditedReceiptError(edited)
    if schema != SCHEMA:
        raise AuditError(
            f"{shown}: a receipt of schema {schema}, this version reads {SCHEMA}. Use the code of its day."
        )
    return dict(found)


def _is_sealed(found: Any, content: bytes) -> bool:
    try:
        return sealed(found) == content
    except (ValueError, AttributeError):  # what no receipt holds: no number, half a letter, no mapping
        return False


class EditedReceiptError(AuditError):
    """The receipt is not as it was written."""


def raw_files(receipt: Mapping[str, Any]) -> dict[str, str]:
    """Hash of each raw table and its snapshot, by path below ``data/raw``."""
    files = {f"{one['source']}/{one['release']}/{one['file']}": one["sha256"] for one in receipt["raw"]}
    return files | {f"{one['source']}/{one['release']}/snapshot.yml": one["snapshot_sha256"] for one in receipt["raw"]}


def processed_files(receipt: Mapping[str, Any]) -> dict[str, str]:
    """Hash of each built table, by path below ``data/processed``."""
    return {f"{one['edition']}/{one['table']}": one["sha256"] for one in receipt["processed"]}


def report_files(receipt: Mapping[str, Any]) -> dict[str, str]:
    """Hash of each file of the report, by path in its folder."""
    files = {f"notebooks/{one['notebook']}": one["executed_sha256"] for one in receipt["notebooks"]}
    for one in receipt["figures"]:
        files[f"figures/{one['id']}.csv"] = one["csv_sha256"]
        if one["svg_sha256"]:
            files[f"figures/{one['id']}.svg"] = one["svg_sha256"]
    return files | {one["file"]: one["sha256"] for one in (*receipt["documents"], *receipt["files"])}


def is_beside(name: str) -> bool:
    """Whether a file in a report's folder is no result of it: the receipt, its stamp, its signature, the run."""
    return name in BESIDE


def notebook_hash(content: bytes) -> str:
    """The hash of what a notebook says: kind, id, tags and source of its cells; outputs and metadata do not count."""
    cells = [
        {
            "kind": cell["cell_type"],
            "id": cell["id"],
            "tags": sorted(cell.get("metadata", {}).get("tags", [])),
            "source": _text(cell["source"]),
        }
        for cell in json.loads(content.decode("utf-8"))["cells"]
    ]
    return sha256(canonical({"cells": cells}))


def _text(source: str | Iterable[str]) -> str:
    return source if isinstance(source, str) else "".join(source)

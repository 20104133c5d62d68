"""The receipt as a file: its canonical form, its seal, what it says of which file. Reading it needs no table.

A receipt (``manifest.json``) holds hashes of content alone: no time, path, platform or commit, so that the same inputs
give the same receipt anywhere. Its own seal is the hash of all else in it, so that an edited receipt is found too.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from analysis.catalogue.model import Edition
from analysis.errors import AuditError
from analysis.paths import Project
from analysis.tables.stamps import (
    RUN,
    STAMP,
    code_hashes,
    definition_hashes,
    earlier_editions,
    open_edition,
    pinned_releases,
)

MANIFEST = "manifest.json"
SCHEMA = 2
SEAL = "receipt_sha256"
# Beside the results, and none of them: the receipt itself, its stamp, and when and where the report was made.
BESIDE = (MANIFEST, STAMP, RUN)
SIGNATURE_SUFFIX = ".dsse.json"


def sha256(content: bytes) -> str:
    """Hexadecimal SHA-256.

    Examples
    --------
    >>> sha256(b"")[:12]
    'e3b0c44298fc'
    """
    return hashlib.sha256(content).hexdigest()


def canonical(content: Mapping[str, Any]) -> bytes:
    r"""The one form in which JSON is written: keys sorted, one space of indent, UTF-8, LF.

    Examples
    --------
    >>> canonical({"b": 1, "a": []})
    b'{\n "a": [],\n "b": 1\n}\n'
    """
    text = json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False, separators=(",", ": "), allow_nan=False)
    return (text + "\n").encode("utf-8")


def sealed(receipt: Mapping[str, Any]) -> bytes:
    """The receipt's bytes, with its seal: the hash of its canonical form without the seal."""
    rest = {key: value for key, value in receipt.items() if key != SEAL}
    return canonical({**rest, SEAL: sha256(canonical(rest))})


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
        raise AuditError(f"{shown}: a receipt of schema {schema}, this version reads {SCHEMA}. Make the report again.")
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
    return name in BESIDE or name.endswith(SIGNATURE_SUFFIX)


def releases_behind(project: Project, edition: Edition) -> list[tuple[str, str]]:
    """Every (source, release) that the edition's tables, or those of the editions it looks back on, are made from."""
    earlier = [open_edition(project, name) for name in earlier_editions(edition)]
    return sorted({pinned for one in (edition, *earlier) for pinned in pinned_releases(one)})


def source_hashes(project: Project, edition: Edition) -> dict[str, Any]:
    """The code and the definitions that the edition uses, one hash each."""
    return {"code_sha256": joined(code_hashes()), "definitions_sha256": joined(definition_hashes(project, edition))}


def joined(hashes: Mapping[str, str]) -> str:
    r"""One hash of many files: of the lines ``<sha256>  <path>``, sorted by path, as ``sha256sum`` prints them.

    Examples
    --------
    >>> joined({"b": "2", "a": "1"}) == sha256(b"1  a\n2  b\n")
    True
    """
    return sha256("".join(f"{digest}  {name}\n" for name, digest in sorted(hashes.items())).encode("utf-8"))


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


def lock_hash(project: Project) -> str | None:
    """The hash of the lock; None where the project has none."""
    path = project.root / "requirements.lock"
    return sha256(path.read_bytes()) if path.is_file() else None

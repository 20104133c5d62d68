"""Raw tables under ``data/raw``: found, verified against ``snapshot.yml``, opened as text; nothing unlisted is read."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.catalogue.model import Correction
from analysis.catalogue.source import Kind
from analysis.catalogue.strict import load_as
from analysis.errors import DataError
from analysis.paths import Project

if TYPE_CHECKING:
    import pandas as pd

SNAPSHOT = "snapshot.yml"


def is_held(project: Project, source: str, release: str) -> bool:
    """Whether a release's raw tables are there."""
    return (project.raw / source / release / SNAPSHOT).is_file()


@dataclass(frozen=True)
class Origin:
    """A file that raw tables were written from: whose it is, who keeps it and where, its bytes, when it was obtained.

    ``kind`` tells the publisher's own file from a copy, from what was typed, and from what we worked out ourselves.
    """

    sha256: str
    kind: Kind
    keeper: str
    accessed: str
    address: str = ""
    note: str = ""


@dataclass(frozen=True)
class TableRecord:
    """What is recorded of one raw table: bytes, size, what was selected from which files, what was checked about it.

    ``files`` names them in the snapshot's ``files``; ``from_rows`` are their rows. ``read`` says what was read
    otherwise than it stands there: a heading with its note, a code in another case. ``checked`` are sentences that are
    true of the figures as they stand.
    """

    file: str
    sha256: str
    rows: int
    selected: str
    layout: str
    files: tuple[str, ...]
    from_rows: int
    read: tuple[str, ...] = ()
    checked: tuple[str, ...] = ()


@dataclass(frozen=True)
class Snapshot:
    """``snapshot.yml``: three things apart.

    Who published what, when, under which licence and where (``address`` is the publisher's); the ``files`` that our
    tables were written from; and the ``tables``, each with what was checked about it.
    """

    source: str
    release: str
    publisher: str
    product: str
    published: str
    accessed: str
    licence: str
    attribution: str
    address: str
    files: Mapping[str, Origin]
    tables: Mapping[str, TableRecord]

    def origins(self, table: str) -> dict[str, Origin]:
        """The files that a table was written from, by name."""
        return {name: self.files[name] for name in self.tables[table].files}


@dataclass(frozen=True)
class OpenRelease:
    """A verified release: its snapshot and its raw tables, every cell still the publisher's text.

    A table's index is the row number in the raw file (the heading is row 1), so that an error can name it.
    ``corrected`` lists the corrections that its tables hold (:mod:`analysis.clean.corrections`).
    """

    folder: str
    snapshot: Snapshot
    tables: Mapping[str, pd.DataFrame]
    corrected: tuple[Correction, ...] = ()

    def table(self, name: str) -> pd.DataFrame:
        """The raw table ``name``.

        Raises
        ------
        DataError
            If the release does not hold it.
        """
        if name not in self.tables:
            held = ", ".join(sorted(self.tables))
            raise DataError(f"{self.folder}: no table {name!r}; the release holds {held}. Record it with sotc record.")
        return self.tables[name]

    def file(self, name: str) -> str:
        """The path of a raw table as shown to the user."""
        return f"{self.folder}/{self.snapshot.tables[name].file}"


def read_snapshot(project: Project, source: str, release: str) -> Snapshot:
    """Read the snapshot of a release.

    Raises
    ------
    DataError
        If there is no such release in ``data/raw``.
    """
    path = project.raw / source / release / SNAPSHOT
    if not path.is_file():
        raise DataError(
            f"{project.shown(path)}: not found: expected the release {release!r} of {source!r} in data/raw. "
            f"Record it with: sotc record {source} {release} FILE."
        )
    snapshot = load_as(Snapshot, path)
    named = {name: record.files for name, record in snapshot.tables.items()}
    for table, files in named.items():
        unknown = sorted(set(files) - set(snapshot.files))
        if unknown or not files:
            raise DataError(
                f"{project.shown(path)}: the table {table} is from {unknown or 'no file'}, expected names under files. "
                "Restore the file, or record the release again."
            )
    return snapshot


def open_release(project: Project, source: str, release: str) -> OpenRelease:
    """Open every table of a release after checking its bytes against the snapshot.

    Raises
    ------
    DataError
        If a table is missing, edited, not listed in the snapshot, or not rectangular text.
    """
    snapshot = read_snapshot(project, source, release)
    folder = project.raw / source / release
    listed = {record.file for record in snapshot.tables.values()} | {SNAPSHOT}
    for path in sorted(folder.iterdir()):
        if path.name not in listed:
            raise DataError(f"{project.shown(path)}: not listed in snapshot.yml. Remove it, or record it as a release.")
    tables = {name: _read_table(project, folder / record.file, record) for name, record in snapshot.tables.items()}
    return OpenRelease(project.shown(folder), snapshot, tables)


def read_verified(project: Project, path: Path, record: TableRecord) -> bytes:
    """The bytes of a raw table, once they are those of the snapshot.

    Raises
    ------
    DataError
        If the table is not there, or its bytes are others.
    """
    shown = project.shown(path)
    if not path.is_file():
        raise DataError(f"{shown}: not found, though snapshot.yml lists it. Restore the file.")
    content = path.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != record.sha256:
        raise DataError(
            f"{shown}: sha256 is {found[:12]}…, snapshot.yml says {record.sha256[:12]}…. "
            "The file was edited or replaced: restore it, or add the new bytes as a new release."
        )
    return content


def _read_table(project: Project, path: Path, record: TableRecord) -> pd.DataFrame:
    content, shown = read_verified(project, path, record), project.shown(path)
    table = read_text_table(content, shown)
    if len(table) != record.rows:
        raise DataError(f"{shown}: {len(table)} rows, snapshot.yml says {record.rows}. Restore the file.")
    return table


def read_text_table(content: bytes, shown: str) -> pd.DataFrame:
    """Parse canonical CSV bytes with every cell as text; the index is the row number in the file, from 2.

    Raises
    ------
    DataError
        If there is no heading, or a row has more or fewer cells than it.
    """
    import pandas as pd

    try:
        rows = list(csv.reader(io.StringIO(content.decode("utf-8"), newline=""), strict=True))
    except (csv.Error, UnicodeDecodeError) as error:
        raise DataError(f"{shown}: not a UTF-8 CSV: {error}. Restore the file.") from error
    if not rows:
        raise DataError(f"{shown}: empty; expected a heading. Restore the file.")
    heading = rows[0]
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != len(heading):
            raise DataError(
                f"{shown}, row {number}: {len(row)} cells, the heading has {len(heading)}. Restore the file."
            )
    table = pd.DataFrame(rows[1:], columns=pd.Index(heading), dtype=str)
    table.index = pd.RangeIndex(2, len(table) + 2, name="row")
    return table

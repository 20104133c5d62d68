"""Write a release's raw tables from the publisher's own files: select, name, check, and leave a receipt.

A *layout* in ``definitions/sources`` says how one form of the publisher's file becomes our table. The layout is found
by the file's own headings; a file that fits none is refused. Nothing is derived: cells keep their text. What was read
otherwise than it stands is said in the receipt. A table is written only when whoever records has checked it.
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import pandas as pd
import yaml

from analysis.catalogue.source import Layout, RawTable, Release, Source
from analysis.errors import CellError, DataError, UsageError, one_of
from analysis.paths import Project, Staging
from analysis.sources.codes import latest_release
from analysis.sources.fitting import NearlyFitsError, Published, PublishedFile, fitting, stacked
from analysis.sources.selecting import Codes, Selected, moved, select
from analysis.sources.snapshots import (
    SNAPSHOT,
    OpenRelease,
    Snapshot,
    TableRecord,
    open_release,
    read_snapshot,
    read_text_table,
    read_verified,
)

Check = Callable[[OpenRelease], None]


@dataclass(frozen=True)
class _Written:
    content: bytes
    record: TableRecord
    selected: Selected


def record_release(
    project: Project,
    source: Source,
    release_id: str,
    files: Sequence[Path],
    codes: Codes,
    accessed: str,
    *,
    replace: bool = True,
    check: Check | None = None,
) -> list[Path]:
    """Write (or rewrite) the raw tables of one release from the publisher's files.

    Parameters
    ----------
    project, source, release_id
        Where, and which release of which source.
    files : sequence of Path
        The publisher's files; each raw table is written from the first that fits one of its layouts (or, where the
        table says ``several_files``, from all that fit).
    codes : callable
        Gives the set of area codes a layout names (``lad``, ``areas``, ``lsoa11`` ...).
    accessed : str
        The date on which the files were obtained, ISO.
    replace : bool
        Whether a table that is held may be written over. Where it may not, one that comes out the same is left alone.
    check : callable, optional
        Is given the release as it would be held, and raises where that cannot be used: nothing is then written. A cell
        that it complains of is named as it stands in the publisher's file.

    Returns
    -------
    list of Path
        The tables written. Tables of the release that no file fits are left as they are; all others and the receipt
        are put in place together.

    Raises
    ------
    UsageError
        If the release is unknown to the source, or a file does not exist.
    DataError
        If no file fits any table, if a file has most headings of a layout but not all (and no other file fits), if
        a selected table breaks its contract, or if it differs from the one held and may not replace it.
    """
    if release_id not in source.releases:
        raise UsageError(f"{source.id} has no release {release_id!r}; expected {one_of(sorted(source.releases))}.")
    for path in files:
        if not path.is_file():
            raise UsageError(f"{path}: no such file. Name the publisher's file to record.")
    written, problems = _written(project, source, release_id, [PublishedFile(path) for path in files], codes)
    if not written:
        raise DataError(f"{source.id} {release_id}: no file fits. " + " ".join(dict.fromkeys(problems)))
    if not replace:
        written = _new_tables(project, source.id, release_id, written)
        if not written:
            return []
    snapshot = _receipt(project, source, source.releases[release_id], release_id, written, accessed)
    if check is not None:
        _checked(project, snapshot, written, check)
    return _write(project, snapshot, written)


def _written(
    project: Project, source: Source, release: str, files: Sequence[PublishedFile], codes: Codes
) -> tuple[dict[str, _Written], list[str]]:
    """The tables of a release that a file fits, and why other files do not."""
    written: dict[str, _Written] = {}
    problems: list[str] = []
    for name in source.releases[release].tables:
        table = source.tables[name]
        fits: list[tuple[PublishedFile, Layout, Published]] = []
        nearly: list[DataError] = []
        for file in files if table.several_files else _until_one(files, fits):
            try:
                fits.append((file, *fitting(file, table, release)))
            except DataError as error:
                nearly += [error] if isinstance(error, NearlyFitsError) else []
                problems.append(f"{name}: {error}")
        if fits:
            written[name] = _recorded(project, name, table, fits, codes)
        elif nearly:
            raise nearly[0]
    return written, problems


def _until_one(files: Sequence[PublishedFile], fits: Sequence[object]) -> Iterator[PublishedFile]:
    """The files, one after the other, until one fits."""
    for file in files:
        if fits:
            return
        yield file


def _new_tables(project: Project, source: str, release: str, written: Mapping[str, _Written]) -> dict[str, _Written]:
    """Those tables that are not held yet.

    Raises
    ------
    DataError
        If one that is held differs, or the file of that name that it was selected from.
    """
    held: Mapping[str, TableRecord] = {}
    if (project.raw / source / release / SNAPSHOT).is_file():
        held = read_snapshot(project, source, release).tables
    for name, one in written.items():
        old = held.get(name, one.record)
        same_file = old.from_name == one.record.from_name
        if old.sha256 != one.record.sha256 or (same_file and old.from_sha256 != one.record.from_sha256):
            raise DataError(
                f"{source} {release}: {one.record.from_name} (sha256 {one.record.from_sha256[:12]}…) is not the file "
                f"that the table {name} is from, {old.from_name} (sha256 {old.from_sha256[:12]}…). A release does not "
                "change: add the new file as a release of its own, or replace the table on purpose with: "
                f"sotc record {source} {release} FILE."
            )
    return {name: one for name, one in written.items() if name not in held}


def _recorded(
    project: Project,
    name: str,
    table: RawTable,
    fits: Sequence[tuple[PublishedFile, Layout, Published]],
    codes: Codes,
) -> _Written:
    """The bytes of a raw table and its receipt, from the file (or, one after the other, the files) that fit."""
    file, layout, _ = fits[0]
    other = next((each for each, used, _ in fits if used.name != layout.name), None)
    if other is not None:
        raise DataError(
            f"{other.path.name}: another layout than {file.path.name}; give files of one layout for {name}."
        )
    published = stacked([part for _, _, part in fits])
    found = len(published.cells)
    if layout.names:
        published = _with_codes(project, published, layout, file.path.name)
    selected = select(published, layout, table, codes)
    content = to_csv_bytes(selected.table)
    more = f" and {len(fits) - 1} more" if len(fits) > 1 else ""
    source_bytes = b"".join(part.path.read_bytes() for part, _, _ in fits)
    record = TableRecord(
        file=f"{name}.csv",
        sha256=hashlib.sha256(content).hexdigest(),
        rows=len(selected.table),
        selected=table.selected,
        layout=layout.name,
        from_name=file.path.name + more,
        from_sha256=hashlib.sha256(source_bytes).hexdigest(),
        from_rows=found,
        read=selected.notes,
    )
    return _Written(content, record, selected)


def _with_codes(project: Project, published: Published, layout: Layout, name: str) -> Published:
    """The rows whose area name is one of a recorded lookup's, with the code in the name's place.

    Raises
    ------
    DataError
        If a name of the lookup belongs to two codes, or the file lacks one of the names (it is of another vintage).
    """
    raw = published.cells
    for ours, names in layout.names.items():
        lookup = open_release(project, names.source, latest_release(project, names.source)).table(names.table)
        pairs = lookup[[names.name, names.code]].drop_duplicates()
        twice = pairs[names.name].duplicated(keep=False)
        if twice.any():
            raise DataError(
                f"{names.source}: {pairs[names.name][twice].iloc[0]!r} belongs to more than one {names.code}."
            )
        column = layout.columns[ours]
        absent = sorted(set(pairs[names.name]) - set(raw[column]))
        if absent:
            raise DataError(
                f"{name}: {len(absent)} of {len(pairs)} names of {names.source} are missing, first {absent[0]!r}. "
                "Check that the file covers the place, in areas of the same vintage."
            )
        raw = raw.loc[raw[column].isin(pairs[names.name])]
        raw = raw.assign(**{column: raw[column].map(dict(pairs.itertuples(index=False, name=None)))})
    return replace(published, cells=raw)


def to_csv_bytes(table: pd.DataFrame) -> bytes:
    """Canonical CSV of a table of text: UTF-8, LF, minimal quoting."""
    out = io.StringIO()
    table.to_csv(out, index=False, lineterminator="\n", quoting=csv.QUOTE_MINIMAL)
    return out.getvalue().encode("utf-8")


def _receipt(
    project: Project,
    source: Source,
    release: Release,
    release_id: str,
    written: Mapping[str, _Written],
    accessed: str,
) -> Snapshot:
    """The receipt of the release as it would be held: tables that are written now, and others that are held."""
    held: dict[str, TableRecord] = {}
    if (project.raw / source.id / release_id / SNAPSHOT).is_file():
        held = dict(read_snapshot(project, source.id, release_id).tables)
    held.update({name: one.record for name, one in written.items()})
    return Snapshot(
        source=source.id,
        release=release_id,
        publisher=release.publisher or source.publisher,
        product=release.title,
        published=release.published,
        accessed=accessed,
        licence=source.licence,
        attribution=source.attribution,
        address=release.address,
        tables={name: held[name] for name in release.tables if name in held},
    )


def _checked(project: Project, snapshot: Snapshot, written: Mapping[str, _Written], check: Check) -> None:
    """Let the release as it would be held be checked; complaints about new tables name the publisher's file."""
    folder = project.raw / snapshot.source / snapshot.release
    tables = {}
    for name, record in snapshot.tables.items():
        shown = project.shown(folder / record.file)
        content = written[name].content if name in written else read_verified(project, folder / record.file, record)
        tables[name] = read_text_table(content, shown)
    opened = OpenRelease(project.shown(folder), snapshot, tables)
    try:
        check(opened)
    except CellError as error:
        raise moved(error, {opened.file(name): one.selected for name, one in written.items()}) from None


def _write(project: Project, snapshot: Snapshot, written: Mapping[str, _Written]) -> list[Path]:
    """Put tables and receipt in place together: a folder of their own takes the place of the one held."""
    folder = project.raw / snapshot.source / snapshot.release
    said = asdict(snapshot)
    for record in said["tables"].values():
        record["read"] = list(record["read"])
        if not record["read"]:
            del record["read"]
    receipt = yaml.safe_dump(said, sort_keys=False, allow_unicode=True, width=110)
    with Staging() as staging:
        fresh = staging.folder(folder)
        if folder.is_dir():
            shutil.copytree(folder, fresh, dirs_exist_ok=True)
        for one in written.values():
            (fresh / one.record.file).write_bytes(one.content)
        (fresh / SNAPSHOT).write_bytes(receipt.encode("utf-8"))
        staging.put(folder)
    return [folder / one.record.file for one in written.values()]


def replace_file(path: Path, content: bytes) -> None:
    """Write a file so that it is either the old one or the new one, never half of one."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(content)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise

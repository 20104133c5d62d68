"""Write a release's raw tables from the publisher's own files: select, name, check, and leave a snapshot.

A *layout* in ``definitions/sources`` says how one form of the publisher's file becomes our table. The layout is found
by the file's own headings; a file that fits none is refused. Nothing is derived: cells keep their text. What was read
otherwise than it stands is said in the snapshot. A table is written only when whoever records has checked it, and one
that is held only by its equal from the publisher, or on purpose (:mod:`analysis.sources.settling`).
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, MutableSequence, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import pandas as pd
import yaml

from analysis.catalogue.source import OWN, Keeper, Layout, RawTable, Release, Source
from analysis.errors import CellError, DataError, UsageError, one_of
from analysis.paths import Project, Staging
from analysis.sources.codes import latest_release
from analysis.sources.fitting import NearlyFitsError, Published, PublishedFile, fitting, stacked
from analysis.sources.selecting import Codes, moved, select
from analysis.sources.settling import Written, settle
from analysis.sources.snapshots import (
    SNAPSHOT,
    OpenRelease,
    Origin,
    Snapshot,
    TableRecord,
    open_release,
    read_snapshot,
    read_text_table,
    read_verified,
)

Check = Callable[[OpenRelease], None]


def record_release(
    project: Project,
    source: Source,
    release_id: str,
    files: Sequence[Path],
    codes: Codes,
    accessed: str,
    *,
    replace: bool = False,
    keepers: Mapping[Path, Keeper] | None = None,
    checked: Sequence[str] = (),
    check: Check | None = None,
    told: MutableSequence[str] | None = None,
) -> list[Path]:
    """Write the raw tables of one release from the publisher's files, or from copies of them.

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
        Whether a table that is held may be written over by another. Where it may not, one that comes out the same is
        left alone, or gets the publisher's own file for its origin.
    keepers : mapping of Path to Keeper, optional
        Who keeps a file. One that is not named here is the publisher's own, unless its layout names a keeper.
    checked : sequence of str
        Sentences on what was checked about the tables, for their snapshots.
    check : callable, optional
        Is given the release as it would be held, and raises where that cannot be used: nothing is then written. A cell
        that it complains of is named as it stands in the publisher's file.
    told : mutable sequence of str, optional
        Gets a sentence on each table that was held: what became of its origin, or every change.

    Returns
    -------
    list of Path
        The tables written, or where there was nothing to write those that are held. Tables of the release that no file
        fits are left as they are; all others and the snapshot are put in place together.

    Raises
    ------
    UsageError
        If the release is unknown to the source, or a file does not exist.
    DataError
        If no file fits any table, if a file has most headings of a layout but not all (and no other file fits), if
        a selected table breaks its contract, is of another place than the one held, or differs from that and may not
        replace it: the cells are then named.
    """
    if release_id not in source.releases:
        raise UsageError(f"{source.id} has no release {release_id!r}; expected {one_of(sorted(source.releases))}.")
    for path in files:
        if not path.is_file():
            raise UsageError(f"{path}: no such file. Name the publisher's file to record.")
    if len({path.name for path in files}) < len(set(files)):
        raise UsageError(f"{source.id} {release_id}: two files have one name. Give each a name of its own.")
    opened = [PublishedFile(path) for path in files]
    written, problems = _written(project, source, release_id, opened, codes)
    if not written:
        raise DataError(f"{source.id} {release_id}: no file fits. " + " ".join(dict.fromkeys(problems)))
    for name, one in written.items():
        written[name] = _kept(one, source, release_id, keepers or {}, accessed, checked)
    if (project.raw / source.id / release_id / SNAPSHOT).is_file():
        held = open_release(project, source.id, release_id)
        told = [] if told is None else told
        kept, refused = settle(source, held, written, codes("lad") or frozenset(), told, replace=replace)
        if refused and check is not None:  # what cannot be used at all is said first
            fresh = _snapshot(project, source, source.releases[release_id], release_id, written, accessed)
            _checked(project, fresh, written, check)
        if refused:
            raise DataError(refused)
        if not kept:
            return [project.raw / source.id / release_id / one.record.file for one in written.values()]
        written = kept
    snapshot = _snapshot(project, source, source.releases[release_id], release_id, written, accessed)
    if check is not None:
        _checked(project, snapshot, written, check)
    return _write(project, snapshot, written)


def _written(
    project: Project, source: Source, release: str, files: Sequence[PublishedFile], codes: Codes
) -> tuple[dict[str, Written], list[str]]:
    """The tables of a release that a file fits, and why other files do not."""
    written: dict[str, Written] = {}
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


def _kept(
    one: Written,
    source: Source,
    release_id: str,
    keepers: Mapping[Path, Keeper],
    accessed: str,
    checked: Sequence[str],
) -> Written:
    """A table with whose files it is from: as whoever records says, else as its layout does, else the publisher's."""
    release = source.releases[release_id]
    own = Keeper(release.publisher or source.publisher, release.address, OWN)
    files = {}
    for path in one.paths:
        keeper = keepers.get(path) or one.selected.layout.keeper or own
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        files[path.name] = Origin(digest, keeper.kind, keeper.by, accessed, keeper.address, keeper.note)
    said = any(path in keepers for path in one.paths) or bool(checked)
    return replace(one, files=files, said=said, record=replace(one.record, checked=tuple(checked)))


def _recorded(
    project: Project,
    name: str,
    table: RawTable,
    fits: Sequence[tuple[PublishedFile, Layout, Published]],
    codes: Codes,
) -> Written:
    """The bytes of a raw table and its snapshot, from the file (or, one after the other, the files) that fit."""
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
    paths = tuple(part.path for part, _, _ in fits)
    record = TableRecord(
        file=f"{name}.csv",
        sha256=hashlib.sha256(content).hexdigest(),
        rows=len(selected.table),
        selected=table.selected,
        layout=layout.name,
        files=tuple(path.name for path in paths),
        from_rows=found,
        read=selected.notes,
    )
    return Written(content, record, selected, paths)


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


def _snapshot(
    project: Project,
    source: Source,
    release: Release,
    release_id: str,
    written: Mapping[str, Written],
    accessed: str,
) -> Snapshot:
    """The snapshot of the release as it would be held: tables that are written now, and others that are held.

    The day of access stays that of the figures; where none of them is new, only their origin is.
    """
    tables: dict[str, TableRecord] = {}
    files: dict[str, Origin] = {}
    if (project.raw / source.id / release_id / SNAPSHOT).is_file():
        held = read_snapshot(project, source.id, release_id)
        tables, files = dict(held.tables), dict(held.files)
        if all(one.same for one in written.values()):
            accessed = held.accessed
    others = {file for name, record in tables.items() if name not in written for file in record.files}
    for name, one in written.items():
        names = {}
        for file, origin in one.files.items():
            taken = file in others and files[file].sha256 != origin.sha256
            names[file] = f"{file} (sha256 {origin.sha256[:12]})" if taken else file
            files[names[file]] = origin
        tables[name] = replace(one.record, files=tuple(names[file] for file in one.record.files))
    named = {file for record in tables.values() for file in record.files}
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
        files={name: origin for name, origin in files.items() if name in named},
        tables={name: tables[name] for name in release.tables if name in tables},
    )


def _checked(project: Project, snapshot: Snapshot, written: Mapping[str, Written], check: Check) -> None:
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


def _write(project: Project, snapshot: Snapshot, written: Mapping[str, Written]) -> list[Path]:
    """Put tables and snapshot in place together: a folder of their own takes the place of the one held."""
    folder = project.raw / snapshot.source / snapshot.release
    text = snapshot_text(snapshot)
    with Staging() as staging:
        fresh = staging.folder(folder)
        if folder.is_dir():
            shutil.copytree(folder, fresh, dirs_exist_ok=True)
        for one in written.values():
            (fresh / one.record.file).write_bytes(one.content)
        (fresh / SNAPSHOT).write_bytes(text.encode("utf-8"))
        staging.put(folder)
    return [folder / one.record.file for one in written.values()]


def snapshot_text(snapshot: Snapshot) -> str:
    """``snapshot.yml`` as it is written: what is empty is left out, the publisher's before files before tables."""
    said = asdict(snapshot)
    for record in (*said["files"].values(), *said["tables"].values()):
        for name, value in list(record.items()):
            if isinstance(value, tuple):
                record[name] = list(value)
            if not value and name in ("address", "note", "read", "checked"):
                del record[name]
    return yaml.safe_dump(said, sort_keys=False, allow_unicode=True, width=110)


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

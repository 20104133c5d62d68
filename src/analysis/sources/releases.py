"""Write a release's raw tables from the publisher's own files: select, name, check, and leave a receipt.

A *layout* in ``definitions/sources`` says how one form of the publisher's file becomes our table. The layout is found
by the file's own headings; a file that fits none is refused. Nothing is derived: cells keep their text.
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import pandas as pd
import yaml

from analysis.catalogue.source import Layout, RawTable, Release, Source
from analysis.errors import DataError, UsageError, one_of
from analysis.interrupts import held, undo
from analysis.paths import Project
from analysis.sources.outlines import generalise
from analysis.sources.readers import read_csv, read_geojson, read_xlsx
from analysis.sources.snapshots import SNAPSHOT, Snapshot, TableRecord, open_release, read_snapshot

Codes = Callable[[str], frozenset[str]]


class NearlyFitsError(DataError):
    """A publisher's file has most of the headings of a layout, but not all: it was changed or cut."""


def record_release(
    project: Project,
    source: Source,
    release_id: str,
    files: Sequence[Path],
    codes: Codes,
    accessed: str,
    *,
    replace: bool = True,
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

    Returns
    -------
    list of Path
        The tables written. Tables of the release that no file fits are left as they are.

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
    release = source.releases[release_id]
    written: dict[str, tuple[bytes, TableRecord]] = {}
    problems: list[str] = []
    for name in release.tables:
        fitting: list[tuple[Path, Layout, pd.DataFrame]] = []
        nearly: list[DataError] = []
        for path in files:
            try:
                fitting.append((path, *_fitting(path, source.tables[name], release_id)))
            except DataError as error:
                nearly += [error] if isinstance(error, NearlyFitsError) else []
                problems.append(f"{name}: {error}")
                continue
            if not source.tables[name].several_files:
                break
        if fitting:
            written[name] = _recorded(project, name, source.tables[name], fitting, codes)
        elif nearly:
            raise nearly[0]
    if not written:
        raise DataError(f"{source.id} {release_id}: no file fits. " + " ".join(problems))
    if not replace:
        written = _new_tables(project, source.id, release_id, written)
        if not written:
            return []
    return _write(project, source, release, release_id, written, accessed)


def _new_tables(
    project: Project, source: str, release: str, written: Mapping[str, tuple[bytes, TableRecord]]
) -> dict[str, tuple[bytes, TableRecord]]:
    """Those tables that are not held yet.

    Raises
    ------
    DataError
        If one that is held differs, or the file of that name that it was selected from.
    """
    held: Mapping[str, TableRecord] = {}
    if (project.raw / source / release / SNAPSHOT).is_file():
        held = read_snapshot(project, source, release).tables
    for name, (_, record) in written.items():
        old = held.get(name, record)
        same_file = old.from_name == record.from_name
        if old.sha256 != record.sha256 or (same_file and old.from_sha256 != record.from_sha256):
            raise DataError(
                f"{source} {release}: {record.from_name} (sha256 {record.from_sha256[:12]}…) is not the file that the "
                f"table {name} is from, {old.from_name} (sha256 {old.from_sha256[:12]}…). A release does not change: "
                "add the new file as a release of its own, or replace the table on purpose with: "
                f"sotc record {source} {release} FILE."
            )
    return {name: content for name, content in written.items() if name not in held}


def _recorded(
    project: Project, name: str, table: RawTable, fitting: Sequence[tuple[Path, Layout, pd.DataFrame]], codes: Codes
) -> tuple[bytes, TableRecord]:
    """The bytes of a raw table and its receipt, from the file (or, one after the other, the files) that fit."""
    path, layout, raw = fitting[0]
    if len(fitting) > 1:
        other = next((p for p, used, _ in fitting if used.name != layout.name), None)
        if other is not None:
            raise DataError(f"{other.name}: another layout than {path.name}; give files of one layout for {name}.")
        raw = pd.concat([part for _, _, part in fitting], ignore_index=True).fillna("")
    rows = _with_codes(project, raw, layout, path.name) if layout.names else raw
    ours = select(rows, layout, table, codes, path.name)
    content = to_csv_bytes(ours)
    more = f" and {len(fitting) - 1} more" if len(fitting) > 1 else ""
    source_bytes = b"".join(part.read_bytes() for part, _, _ in fitting)
    return content, TableRecord(
        file=f"{name}.csv",
        sha256=hashlib.sha256(content).hexdigest(),
        rows=len(ours),
        selected=table.selected,
        layout=layout.name,
        from_name=path.name + more,
        from_sha256=hashlib.sha256(source_bytes).hexdigest(),
        from_rows=len(raw),
    )


def _with_codes(project: Project, raw: pd.DataFrame, layout: Layout, name: str) -> pd.DataFrame:
    """The rows whose area name is one of a recorded lookup's, with the code in the name's place.

    Raises
    ------
    DataError
        If a name of the lookup belongs to two codes, or the file lacks one of the names (it is of another vintage).
    """
    for ours, names in layout.names.items():
        release = max(path.name for path in (project.raw / names.source).iterdir() if path.is_dir())
        lookup = open_release(project, names.source, release).table(names.table)
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
    return raw


def select(raw: pd.DataFrame, layout: Layout, table: RawTable, codes: Codes, name: str) -> pd.DataFrame:
    """Our raw table from the publisher's: rows of our areas, our columns under our names, sorted by key.

    Raises
    ------
    DataError
        If nothing is selected, or the key does not tell rows apart.
    """
    rows = pd.Series(True, index=raw.index)
    for where in layout.where:
        accepted = codes(where.codes) if where.codes else frozenset(where.values)
        rows &= raw[where.column].isin(accepted)
    chosen = raw.loc[rows]
    if chosen.empty:
        conditions = "; ".join(f"{w.column!r} in {w.codes or list(w.values)}" for w in layout.where)
        raise DataError(f"{name}: no row has {conditions}. Check that the file covers the place.")
    ours = pd.DataFrame({mine: chosen[theirs] for mine, theirs in layout.columns.items()})
    for mine, parts in layout.sum_columns.items():
        ours[mine] = _summed(chosen, parts, name)
    for mine, value in layout.constants.items():
        ours[mine] = value
    for mine, words in layout.recode.items():
        ours[mine] = _recoded(ours[mine], words, name)
    if layout.melt is not None:
        own = _headings(layout.melt, chosen)
        ours = _melt(ours.join(chosen[own]), {"columns": dict(zip(own, own, strict=True)), **layout.melt})
    if layout.pivot is not None:
        ours = _pivot(ours, layout.pivot, name)
    missing = [column for column in table.columns if column not in ours]
    ours = ours.assign(**dict.fromkeys(missing, ""))[list(table.columns)]
    if layout.distinct:
        ours = ours.drop_duplicates()
    if layout.outlines is not None:
        ours = ours.assign(wkt=generalise(ours["wkt"], layout.outlines.tolerance_m, name))
    twice = ours.duplicated(list(table.key))
    if twice.any():
        example = " ".join(ours.loc[twice, list(table.key)].iloc[0])
        raise DataError(f"{name}: {int(twice.sum())} rows repeat a key ({', '.join(table.key)}), first {example}.")
    return ours.sort_values(list(table.key)).reset_index(drop=True)


def _summed(chosen: pd.DataFrame, parts: tuple[str, ...], name: str) -> pd.Series:
    """Sum publisher's columns of whole counts (single years into an age band)."""
    try:
        return chosen[list(parts)].astype("int64").sum(axis=1).astype(str)
    except ValueError as error:
        raise DataError(f"{name}: columns {parts[0]!r} to {parts[-1]!r} must hold whole numbers: {error}.") from error


def _recoded(column: pd.Series, words: Mapping[str, str], name: str) -> pd.Series:
    """The publisher's words in ours; a word that the layout does not name is refused."""
    ours = column.map({theirs: mine for mine, theirs in words.items()})
    if ours.isna().any():
        raise DataError(
            f"{name}: {column.name!r} holds {column[ours.isna()].iloc[0]!r}, which the layout does not name."
        )
    return ours


def _headings(melt: Mapping[str, object], raw: pd.DataFrame) -> list[str]:
    """The publisher's headings that fit a melt's pattern."""
    pattern = re.compile(str(melt.get("headings", "(?!)")))
    return [heading for heading in map(str, raw.columns) if pattern.fullmatch(heading)]


def _melt(ours: pd.DataFrame, melt: Mapping[str, object]) -> pd.DataFrame:
    into, names = melt["into"], melt["columns"]
    if not isinstance(into, list) or not isinstance(names, dict):
        raise DataError("a layout's melt must hold 'into' (a list of two) and 'columns' (ours to label) or 'headings'.")
    long = ours.melt(
        id_vars=[c for c in ours if c not in names], value_vars=list(names), var_name=into[0], value_name=into[1]
    )
    long[into[0]] = long[into[0]].map(names.get)
    return long


def _pivot(ours: pd.DataFrame, pivot: Mapping[str, object], name: str) -> pd.DataFrame:
    index, column, value, names = (pivot[key] for key in ("index", "column", "value", "names"))
    if not isinstance(names, dict) or not isinstance(index, list):
        raise DataError("a layout's pivot must hold index, column, value and names.")
    unknown = sorted(set(ours[column]) - set(names.values()))
    if unknown:
        raise DataError(f"{name}: {column!r} holds {unknown[0]!r}, which the layout does not name.")
    wide = ours.pivot(index=index, columns=column, values=value).fillna("").reset_index()
    return wide.rename(columns={theirs: mine for mine, theirs in names.items()}).rename_axis(columns=None)


def _fitting(path: Path, table: RawTable, release: str) -> tuple[Layout, pd.DataFrame]:
    """The first layout of the release whose headings the file has, with the file's table."""
    misses, near = [], False
    for layout in table.layouts:
        if layout.releases and release not in layout.releases:
            continue
        if path.suffix.lower().lstrip(".") not in (layout.format, *(["json"] if layout.format == "geojson" else [])):
            misses.append(f"{layout.name} is a {layout.format} file")
            continue
        try:
            raw = _read(path, layout)
        except DataError as error:
            misses.append(str(error))
            continue
        wanted = [*layout.columns.values(), *(w.column for w in layout.where)]
        wanted += [column for parts in layout.sum_columns.values() for column in parts]
        absent = [column for column in wanted if column not in raw.columns]
        if layout.melt and "headings" in layout.melt and not _headings(layout.melt, raw):
            absent.append(str(layout.melt["headings"]))
        if not absent:
            return layout, raw
        misses.append(f"{layout.name} needs the column {absent[0]!r}")
        near |= len(set(absent)) <= len(set(wanted)) / 4
    kind = NearlyFitsError if near else DataError
    raise kind(f"{path.name} fits no layout of release {release} ({'; '.join(misses) or 'none is declared'}).")


def _read(path: Path, layout: Layout) -> pd.DataFrame:
    if layout.blocks:
        return _stacked(path, layout)
    if layout.format == "csv":
        return read_csv(path, layout.header_row)
    if layout.format == "xlsx":
        return read_xlsx(path, layout.sheet, layout.header_row)
    return read_geojson(path)


def _stacked(path: Path, layout: Layout) -> pd.DataFrame:
    """The blocks of a file one below the other under common headings; a heading that a block lacks is left blank."""
    whole = read_csv(path, layout.header_row) if layout.format == "csv" else None
    others = tuple(prefix for block in layout.blocks for prefix in block.prefixes)
    parts = []
    for block in layout.blocks:
        part = read_xlsx(path, block.sheet, layout.header_row) if whole is None else whole
        names = {}
        for heading in part.columns:
            own = next((prefix for prefix in block.prefixes if heading.startswith(prefix)), None)
            if own is not None or not heading.startswith(others):
                names[heading] = heading.removeprefix(own or "")
        parts.append(part[list(names)].rename(columns=names).assign(block=block.label))
    return pd.concat(parts, ignore_index=True).fillna("")


def to_csv_bytes(table: pd.DataFrame) -> bytes:
    """Canonical CSV of a table of text: UTF-8, LF, minimal quoting."""
    out = io.StringIO()
    table.to_csv(out, index=False, lineterminator="\n", quoting=csv.QUOTE_MINIMAL)
    return out.getvalue().encode("utf-8")


def _write(
    project: Project,
    source: Source,
    release: Release,
    release_id: str,
    written: Mapping[str, tuple[bytes, TableRecord]],
    accessed: str,
) -> list[Path]:
    folder = project.raw / source.id / release_id
    held: dict[str, TableRecord] = {}
    if (folder / SNAPSHOT).is_file():
        held = dict(read_snapshot(project, source.id, release_id).tables)
    held.update({name: record for name, (_, record) in written.items()})
    snapshot = Snapshot(
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
    text = yaml.safe_dump(asdict(snapshot), sort_keys=False, allow_unicode=True, width=110)
    files = {folder / record.file: content for content, record in written.values()}
    replace_files({**files, folder / SNAPSHOT: text.encode("utf-8")})
    return list(files)


def replace_files(contents: Mapping[Path, bytes]) -> None:
    """Write files of one folder in their order; a run that is stopped later has them as they were."""
    before = {path: path.read_bytes() if path.is_file() else None for path in contents}
    (folder,) = {path.parent for path in contents}
    made = [one for one in (folder, *folder.parents) if not one.exists()]

    def put_back() -> None:
        for path, content in before.items():
            if content is None:
                path.unlink(missing_ok=True)
            else:
                replace_file(path, content)
        for one in made:
            one.rmdir()

    folder.mkdir(parents=True, exist_ok=True)
    with held:
        for path, content in contents.items():
            replace_file(path, content)
        undo(put_back)


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

"""What becomes of a table that is held when a file is recorded under its release again.

The publisher's own file takes the place of a copy as origin, where its figures are equal. Anything else leaves what is
held as it is, unless it is to be replaced on purpose, and then every change is told.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, MutableSequence
from dataclasses import dataclass, field
from dataclasses import replace as replaced
from pathlib import Path

from analysis.catalogue.source import OWN, RawTable, Source
from analysis.sources.held import Compared, compare, refuse_other_place
from analysis.sources.selecting import Selected
from analysis.sources.snapshots import OpenRelease, Origin, TableRecord


@dataclass(frozen=True)
class Written:
    """A table that a file gives: its bytes, its snapshot, the files.

    ``said`` where whoever records says whose they are; ``same`` where all its figures are held already.
    """

    content: bytes
    record: TableRecord
    selected: Selected
    paths: tuple[Path, ...]
    files: Mapping[str, Origin] = field(default_factory=dict)
    said: bool = False
    same: bool = False


def settle(
    source: Source,
    held: OpenRelease,
    written: Mapping[str, Written],
    own: Collection[str],
    told: MutableSequence[str],
    *,
    replace: bool,
) -> tuple[dict[str, Written], str]:
    """Those of the tables that are to be put in place of what is held, or beside it; and why the others may not be.

    Parameters
    ----------
    source : Source
    held : OpenRelease
        The release as it is held.
    written : mapping of str to Written
        Tables that the files give.
    own : collection of str
        The codes of the place whose rows are recorded.
    told : mutable sequence of str
        Gets what becomes of each table that is held.
    replace : bool
        Whether a table that differs takes the place of the one held.

    Returns
    -------
    tuple of dict and str
        The tables; and where cells differ that are not to be replaced, the sentence that names them, else nothing.

    Raises
    ------
    DataError
        If rows are of another place.
    """
    kept: dict[str, Written] = {}
    refused: list[str] = []
    for name, one in written.items():
        if name not in held.tables:
            kept[name] = one
            continue
        old, table = held.snapshot.tables[name], source.tables[name]
        found = one.selected.table
        refuse_other_place(f"{held.folder}/{old.file}", held.tables[name], found, table.key, own)
        compared = compare(
            held.tables[name],
            found,
            table.key,
            not_held=_lacks(table, old.layout),
            not_found=one.selected.layout.lacks,
        )
        if not compared.equal and not replace:
            refused.append(f"{_named(one.files)} against {held.folder}/{old.file} as held: {compared.summary()}.")
        elif compared.equal:
            kept |= _equal(name, one, held, compared, told, replace=replace)
        else:
            told += [f"{name}: {line}" for line in compared.told()]
            told += [f"{name}: no longer said to be checked: {line}" for line in old.checked]
            kept[name] = one
    if not refused:
        return kept, ""
    return kept, (
        f"{source.id} {held.snapshot.release}: {' '.join(refused)} Nothing was changed. A release does not change: "
        "add the new file as a release of its own, or replace the table on purpose with: sotc record "
        f"{source.id} {held.snapshot.release} FILE --replace."
    )


def _equal(
    name: str, one: Written, held: OpenRelease, compared: Compared, told: MutableSequence[str], *, replace: bool
) -> dict[str, Written]:
    """A table whose figures are held: with its better origin, or what was said about it; else nothing to be written."""
    record, before = held.snapshot.tables[name], held.snapshot.origins(name)
    first = next(iter(before.values()))
    same_files = {each.sha256 for each in one.files.values()} == {each.sha256 for each in before.values()}
    is_own = all(each.kind == OWN for each in one.files.values())
    was_own = all(each.kind == OWN for each in before.values())
    nothing_new = {*map(_whose, one.files.values())} == {*map(_whose, before.values())} and not one.record.checked
    if same_files and (nothing_new or not one.said):
        return {}
    if same_files or (is_own and not was_own) or (replace and (compared.gained or not was_own or is_own)):
        checked = list(record.checked)
        if not same_files:
            checked.append(
                f"Equal in all {compared.cells:,} cells at the published precision to the table written before from "
                f"{_named(before)}, {_whose(first)}."
            )
            more = f"; {', '.join(compared.gained)} were not held before" if compared.gained else ""
            told.append(
                f"{name}: equal in all {compared.cells:,} cells; its origin is now {_named(one.files)}, "
                f"{_whose(next(iter(one.files.values())))}{more}"
            )
        return {name: replaced(_checked(one, checked), same=not compared.gained)}
    more = f" It has {', '.join(compared.gained)} besides: take them with --replace." if compared.gained else ""
    if not compared.gained and is_own == was_own:
        return {}
    told.append(
        f"{name}: {_named(one.files)} is equal in all {compared.cells:,} cells; "
        f"the origin stays {_named(before)}.{more}"
    )
    return {}


def _checked(one: Written, before: Collection[str]) -> Written:
    sentences = tuple(dict.fromkeys((*before, *one.record.checked)))
    return replaced(one, record=replaced(one.record, checked=sentences))


def _lacks(table: RawTable, layout: str) -> tuple[str, ...]:
    """The columns that a table written in a layout does not hold."""
    return next((one.lacks for one in table.layouts if one.name == layout), ())


def _named(files: Mapping[str, Origin]) -> str:
    """The first file, with its hash, and how many more there are."""
    name, origin = next(iter(files.items()))
    more = f" and {len(files) - 1} more" if len(files) > 1 else ""
    return f"{name} (sha256 {origin.sha256[:12]}…){more}"


def _whose(origin: Origin) -> str:
    return f"{origin.kind}, kept by {origin.keeper}" if origin.kind != OWN else origin.kind

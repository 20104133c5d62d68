"""A receipt field by field: what of it can be worked out again from the files here, and what the sender alone says.

Hashes are not compared here: the files that they are of are held to them one by one (:mod:`analysis.audit.files`,
:mod:`analysis.make.verify`). Everything else in a receipt is: who published a raw table and where, its rows, the title
of a figure, the key of a number, the order of all of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from analysis.audit.diff import Difference
from analysis.audit.receipt import SCHEMA, SEAL, raw_entries
from analysis.catalogue.model import Edition
from analysis.errors import AnalysisError
from analysis.paths import Project
from analysis.sources.snapshots import SNAPSHOT
from analysis.tables.stamps import releases_behind

# What tells the entries of a list apart.
NAMES = {
    "raw": ("source", "release", "file"),
    "processed": ("edition", "table"),
    "notebooks": ("notebook",),
    "figures": ("id",),
    "numbers": ("id",),
    "documents": ("file",),
    "files": ("file",),
}
INPUTS = ("schema", "edition", "parameters", "raw")
"""Sections that follow from raw tables and definitions, so that they are worked out again without building anything."""
RESULTS = ("documents", "figures", "files", "notebooks", "numbers", "processed")


def input_fields(project: Project, edition: Edition, receipt: Mapping[str, Any], shown: str) -> list[Difference]:
    """What a receipt says otherwise of the edition and its raw tables than the definitions and snapshots here.

    Parameters
    ----------
    project : Project
    edition : Edition
    receipt : mapping
    shown : str
        The receipt's file, as the user knows it.
    """
    anew: dict[str, Any] = {"schema": SCHEMA, "edition": edition.id, "parameters": {"edition": edition.id}, "raw": []}
    found, unread = [], set()
    for source, release in releases_behind(project, edition):
        try:
            anew["raw"] += raw_entries(project, source, release)
        except (AnalysisError, OSError) as error:
            found.append(Difference(project.shown(project.raw / source / release / SNAPSHOT), note=str(error)))
            unread.add((source, release))
    said = {name: receipt.get(name) for name in INPUTS}
    said["raw"] = [one for one in receipt["raw"] if (one["source"], one["release"]) not in unread]
    surplus = [name for name in receipt if name not in (*INPUTS, *RESULTS, "definitions", SEAL)]
    found += [Difference(shown, name, note="no receipt has such a field") for name in surplus]
    return [*found, *compare(shown, anew, said)]


def compare(shown: str, expected: Mapping[str, Any], found: Mapping[str, Any]) -> list[Difference]:
    """Every field that two receipts, or the same sections of them, give otherwise; hashes apart.

    Examples
    --------
    >>> old = {"raw": [{"source": "imd", "release": "2015", "file": "lsoa.csv", "rows": 298}]}
    >>> new = {"raw": [{"source": "imd", "release": "2015", "file": "lsoa.csv", "rows": 299}]}
    >>> print(compare("manifest.json", old, new)[0])
    manifest.json, raw imd 2015 lsoa.csv, rows: expected 298, found 299
    """
    differences = []
    for section in sorted({*expected, *found} - {SEAL}):
        sides = [_flat(section, one.get(section)) for one in (expected, found)]
        for place in sorted({*sides[0], *sides[1]}):
            before, after = (side.get(place, "") for side in sides)
            if before != after:
                differences.append(Difference(shown, place[0], place[1], before, after))
        orders = [_order(section, one.get(section)) for one in (expected, found)]
        if sorted(orders[0]) == sorted(orders[1]) and orders[0] != orders[1]:
            differences.append(Difference(shown, section, note="the entries stand in another order"))
        twice = sorted({one for one in orders[1] if orders[1].count(one) > 1 and orders[0].count(one) <= 1})
        differences += [Difference(shown, f"{section} {one}", note="is listed twice") for one in twice]
    return differences


def said_by_the_sender(receipt: Mapping[str, Any], quick: bool, not_here: Sequence[str]) -> tuple[str, ...]:
    """Which fields of a receipt nothing here confirms, where the whole report is not made again."""
    said = []
    if receipt["figures"]:
        said.append("title, kind, source, indicators and releases of figures")
    if receipt["numbers"]:
        said.append("text, key and cell of numbers")
    if quick:
        said += [f"hashes of {kind}" for kind in not_here]
    return tuple(said)


def _order(section: str, content: Any) -> list[str]:
    if not isinstance(content, list):
        return []
    return [_name(section, one, at) for at, one in enumerate(content)]


def _name(section: str, entry: Any, at: int) -> str:
    keys = NAMES.get(section, ())
    if not keys or not isinstance(entry, Mapping):
        return str(at)
    return " ".join(str(entry.get(key, "")) for key in keys)


def _flat(section: str, content: Any) -> dict[tuple[str, str], str]:
    """Each field by its entry and its path in it, as text."""
    if not isinstance(content, list):
        return {(section, path): text for path, text in _fields("", content)}
    named = [(f"{section} {_name(section, one, at)}", one) for at, one in enumerate(content)]
    return {(name, path): text for name, one in named for path, text in _fields("", one)}


def _fields(path: str, content: Any) -> Iterator[tuple[str, str]]:
    if path.endswith("sha256") and "." not in path:
        return
    if isinstance(content, Mapping):
        if not content:
            yield path, "{}"
        for key, value in content.items():
            yield from _fields(f"{path}.{key}" if path else str(key), value)
    elif isinstance(content, list) and any(isinstance(one, Mapping) for one in content):
        for at, one in enumerate(content, start=1):
            yield from _fields(f"{path}.{at}", one)
    else:
        yield path, content if content and isinstance(content, str) else json.dumps(content, ensure_ascii=False)

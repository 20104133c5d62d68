"""Whether what lies here is what the receipt says, by hashes alone: raw tables, sources, built tables, report.

Nothing is rebuilt and nothing heavy imported, so that an unchanged tree is confirmed in a fraction of a second.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.audit.environment import run_problem
from analysis.audit.receipt import (
    SIGNATURE,
    is_beside,
    notebook_hash,
    processed_files,
    raw_files,
    report_files,
    sha256,
)
from analysis.catalogue.model import Edition
from analysis.catalogue.strict import load_yaml
from analysis.errors import AnalysisError
from analysis.paths import Project
from analysis.sources.snapshots import SNAPSHOT
from analysis.tables.stamps import (
    RUN,
    STAMP,
    build_inputs,
    definition_hashes,
    differences,
    output_hashes,
    read_stamp,
    releases_behind,
    report_inputs,
    stamp_bytes,
)

NOT_IN_RECEIPT = ("src/", "notebooks/", "requirements.lock", "python")
"""Inputs that a stamp names and the receipt does not, or not by their bytes."""


@dataclass(frozen=True)
class Finding:
    """A file that is not as it should be, and in what."""

    file: str
    problem: str

    def __str__(self) -> str:
        """One line for the terminal."""
        return f"{self.file}: {self.problem}"


@dataclass(frozen=True)
class Checked:
    """What was found in the files here, how many of each kind were looked at, and which kinds are not here."""

    findings: tuple[Finding, ...]
    counts: Mapping[str, int]
    not_here: tuple[str, ...]

    @property
    def raw_is_sound(self) -> bool:
        """Whether every raw table fits its snapshot, so that a build can be tried."""
        return not any(finding.problem.endswith(SNAPSHOT) for finding in self.findings)


def check_files(
    project: Project, edition: Edition, receipt: Mapping[str, Any], folder: Path, *, received: bool = False
) -> Checked:
    """Hold every file behind a report, and the report, to the receipt.

    Parameters
    ----------
    project : Project
        Holds the raw tables, notebooks and definitions.
    edition : Edition
    receipt : mapping
    folder : Path
        The report's folder.
    received : bool
        The folder came from elsewhere: then no built table here belongs to it, and none is looked at.

    Returns
    -------
    Checked
    """
    found = [*_check_raw(project, edition, receipt), *_check_sources(project, edition, receipt)]
    counts = {"raw files": len(raw_files(receipt)), "notebooks": len(receipt["notebooks"])}
    counts["definitions"] = len(receipt["definitions"])
    not_here = []
    built = processed_files(receipt)
    if not received and not _holds(project.processed / edition.id):
        not_here.append("built tables")
    elif not received:
        found += _check_folders(project, project.processed, built, {name.split("/")[0] for name in built}, STAMP.__eq__)
        counts["built tables"] = len(built)
    made = report_files(receipt)
    if not _holds(folder):
        not_here.append("report")
    else:
        found += _check_folders(project, folder, made, {""}, is_beside)
        counts["files of the report"] = len(made)
        problem = run_problem(folder)
        found += [Finding(project.shown(folder / RUN), problem)] if problem else []
    if not received:
        found += _check_stamped(project, edition)
    if not found and not received and not not_here:
        found += _check_stamps(project, edition, folder)
    return Checked(tuple(found), counts, tuple(not_here))


def _holds(folder: Path) -> bool:
    """Whether a folder of results holds any."""
    return any(path.is_file() and not is_beside(path.relative_to(folder).as_posix()) for path in folder.rglob("*"))


def _says(digest: str, expected: str, whose: str) -> str:
    return f"sha256 is {digest[:12]}…, expected {expected[:12]}… by {whose}"


def _check_raw(project: Project, edition: Edition, receipt: Mapping[str, Any]) -> Iterator[Finding]:
    """Raw tables against their snapshots, then both against the receipt."""
    expected, seen = raw_files(receipt), set()
    for source, release in releases_behind(project, edition):
        folder = project.raw / source / release
        listed = _snapshot_hashes(folder)
        if listed is None:
            yield Finding(project.shown(folder / SNAPSHOT), f"missing or not readable, so nothing holds by {SNAPSHOT}")
            continue
        for name in sorted({*listed, *(path.name for path in folder.iterdir())}):
            path, known = folder / name, f"{source}/{release}/{name}"
            seen.add(known)
            shown = project.shown(path)
            if path.is_symlink():
                yield Finding(shown, f"is a link, where a file of its own belongs by {SNAPSHOT}")
                continue
            if not path.is_file():
                yield Finding(shown, f"missing, though listed in {SNAPSHOT}")
                continue
            digest = sha256(path.read_bytes())
            if name != SNAPSHOT and name not in listed:
                yield Finding(shown, f"was added: it is not listed in {SNAPSHOT}")
            elif name != SNAPSHOT and digest != listed[name]:
                yield Finding(shown, _says(digest, listed[name], SNAPSHOT))
            elif known not in expected:
                yield Finding(shown, "the receipt does not know it")
            elif digest != expected[known]:
                yield Finding(shown, _says(digest, expected[known], "the receipt"))
    for known in sorted(expected.keys() - seen):
        if not (project.raw / known).is_file():
            yield Finding(project.shown(project.raw / known), "missing, though the receipt lists it")


def _snapshot_hashes(folder: Path) -> dict[str, str] | None:
    """The hash of each table that a release's snapshot lists, by file name."""
    try:
        tables = load_yaml(folder / SNAPSHOT)["tables"]
        return {str(one["file"]): str(one["sha256"]) for one in tables.values()}
    except (OSError, AnalysisError, AttributeError, KeyError, TypeError):
        return None


def _check_sources(project: Project, edition: Edition, receipt: Mapping[str, Any]) -> Iterator[Finding]:
    """Notebooks and definitions, by what they say."""
    for one in receipt["notebooks"]:
        path = project.notebooks / one["notebook"]
        if not path.is_file():
            yield Finding(project.shown(path), "missing, though the receipt lists it")
            continue
        try:
            digest = notebook_hash(path.read_bytes())
        except (ValueError, KeyError, TypeError, AttributeError):
            yield Finding(project.shown(path), "not a notebook")
            continue
        if digest != one["source_sha256"]:
            yield Finding(project.shown(path), _says(digest, one["source_sha256"], "the receipt"))
    here, expected = definition_hashes(project, edition), receipt["definitions"]
    for name in sorted(here.keys() | expected.keys()):
        shown = project.shown(project.definitions / name.removeprefix("definitions/"))
        if name not in here:
            yield Finding(shown, "missing, or of no use to the edition, though the receipt lists it")
        elif name not in expected:
            yield Finding(shown, "was added: the receipt does not list it")
        elif here[name] != expected[name]:
            yield Finding(shown, "what it says has changed: " + _says(here[name], expected[name], "the receipt"))


def _check_folders(
    project: Project, root: Path, expected: Mapping[str, str], folders: set[str], beside: Callable[[str], bool]
) -> Iterator[Finding]:
    """Every file in some folders below ``root`` against the hashes expected: edited, missing, added."""
    present = {
        path.relative_to(root).as_posix(): path
        for folder in folders
        for path in sorted((root / folder).rglob("*"))
        if (path.is_file() or path.is_symlink()) and not beside(path.relative_to(root / folder).as_posix())
    }
    for name in sorted({*expected, *present}):
        shown = project.shown(root / name)
        if name not in present:
            yield Finding(shown, "missing, though the receipt lists it")
        elif name not in expected:
            yield Finding(shown, "was added: the receipt does not list it")
        elif present[name].is_symlink():
            yield Finding(shown, "is a link; the receipt lists a file")
        else:
            digest = sha256(present[name].read_bytes())
            if digest != expected[name]:
                yield Finding(shown, _says(digest, expected[name], "the receipt"))


def _check_stamped(project: Project, edition: Edition) -> Iterator[Finding]:
    """What else was made of the edition, in folders of its name below ``reports``, each against its own stamp."""
    for folder in sorted(project.reports.glob(f"*/{edition.id}")):
        stamp = read_stamp(folder)
        if stamp is None:
            continue
        for change in differences(stamp.outputs, output_hashes(folder)):
            name, _, what = change.rpartition(" ")
            yield Finding(project.shown(folder / name), f"{what}, by {STAMP} beside it")
        if (folder / STAMP).read_bytes() != stamp_bytes(stamp.inputs, stamp.outputs):
            yield Finding(project.shown(folder / STAMP), "is not as it was written")


def _check_stamps(project: Project, edition: Edition, folder: Path) -> Iterator[Finding]:
    """The stamps beside tables and report, by which a rebuild is spared: each is what it would be if written now.

    Code, lock, the notebooks' metadata and the version of Python are no part of the receipt, so they are taken as the
    stamp says; a signature comes later.
    """
    pairs = ((project.processed / edition.id, build_inputs), (folder, report_inputs))
    for results, inputs_of in pairs:
        path = results / STAMP
        if not path.is_file():
            continue
        stamp = read_stamp(results)
        inputs, outputs = inputs_of(project, edition), output_hashes(results)
        if stamp is not None:
            inputs = {name: digest for name, digest in inputs.items() if not name.startswith(NOT_IN_RECEIPT)}
            inputs |= {name: digest for name, digest in stamp.inputs.items() if name.startswith(NOT_IN_RECEIPT)}
            if SIGNATURE not in stamp.outputs:
                outputs.pop(SIGNATURE, None)
        if path.read_bytes() != stamp_bytes(inputs, outputs):
            yield Finding(project.shown(path), "is not the stamp of what lies beside it; sotc report makes it anew")

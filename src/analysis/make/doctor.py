"""Whether all that a report needs is here and well: Python, packages, fonts, raw tables, definitions, reports."""

from __future__ import annotations

import os
import platform
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from analysis.audit.environment import FONTS, font_files, installed, locked, outside_the_lock
from analysis.catalogue.load import load_catalogue
from analysis.catalogue.model import Edition
from analysis.errors import AnalysisError
from analysis.make.editions import reports_due, tables_due
from analysis.paths import Project
from analysis.sources.snapshots import open_release
from analysis.tables.stamps import open_edition, pinned_releases

SETUP = "Run `make report`, which sets the environment up."


class Finding(NamedTuple):
    """What was looked at, what was found, and whether it is as it should be."""

    about: str
    says: str
    well: bool = True


def look(project: Project) -> Iterator[Finding]:
    """Look at everything, each by itself: one that is not well hides no other.

    Yields
    ------
    Finding
        In the order in which a newcomer meets them.
    """
    yield Finding("Python", f"{platform.python_version()} ({platform.python_implementation()}, {platform.system()})")
    yield from (_said(about, see, project) for about, see in LOOKS.items())


def _said(about: str, see: Callable[[Project], Finding], project: Project) -> Finding:
    try:
        return see(project)
    except AnalysisError as error:
        return Finding(about, str(error), well=False)


def _packages(project: Project) -> Finding:
    differ = outside_the_lock(project)
    if differ:
        return Finding("packages", f"not as requirements.lock says: {differ}. {SETUP}", well=False)
    lines = (project.root / "requirements.lock").read_text(encoding="utf-8").splitlines()
    return Finding("packages", f"{len(locked(lines))} of {len(installed())} installed are as requirements.lock says")


def _fonts(project: Project) -> Finding:
    del project
    found = [path.name for path in font_files()]
    missing = [name for name in FONTS if name not in found]
    if missing:
        return Finding("fonts", f"matplotlib brings no {', '.join(missing)}. {SETUP}", well=False)
    return Finding("fonts", f"{', '.join(found)}, as matplotlib brings them; no font of this machine is used")


def _folders(project: Project) -> Finding:
    """Folders that a report is written to, the home of Jupyter's settings among them."""
    wanted = (project.root, project.reports, project.processed, Path(tempfile.gettempdir()), Path.home())
    closed = [str(path) for path in wanted if path.exists() and not os.access(path, os.W_OK)]
    if closed:
        return Finding("folders", f"cannot write to {', '.join(closed)}. Change the rights.", well=False)
    return Finding("folders", "reports, tables and temporary files can be written")


def _raw(project: Project) -> Finding:
    pinned = sorted({pinned for edition in _editions(project) for pinned in pinned_releases(edition)})
    for source, release in pinned:
        open_release(project, source, release)
    return Finding("raw tables", f"{len(pinned)} releases that editions pin are held, every byte as recorded")


def _definitions(project: Project) -> Finding:
    catalogue = load_catalogue(project.definitions)
    return Finding("definitions", f"{len(catalogue.indicators)} indicators and all else hold")


def _reports(project: Project) -> Finding:
    names = [edition.id for edition in _editions(project)]
    tables, reports = tables_due(project, names), reports_due(project, names)
    new = [name for name in names if reports.get(name) == ("not made yet",)]
    stale = [name for name in names if name not in new and (name in tables or name in reports)]
    says = f"{len(names) - len(new) - len(stale)} of {len(names)} editions are up to date"
    says += f"; not made yet: {', '.join(new)}" if new else ""
    if stale:
        why = "sotc report --dry-run --all says why"
        return Finding("reports", f"{says}; made from what has changed since: {', '.join(stale)} ({why})", well=False)
    return Finding("reports", says)


def _editions(project: Project) -> list[Edition]:
    return [open_edition(project, path.stem) for path in sorted((project.definitions / "editions").glob("*.yml"))]


LOOKS: dict[str, Callable[[Project], Finding]] = {
    "packages": _packages,
    "fonts": _fonts,
    "folders": _folders,
    "definitions": _definitions,
    "raw tables": _raw,
    "reports": _reports,
}

"""Where things are: one object that every room takes its folders from."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from analysis.errors import UsageError

DEFINITIONS = Path(__file__).parent / "definitions"


@dataclass(frozen=True)
class Project:
    """The folders of one project: its root (data, notebooks, reports) and its definitions."""

    root: Path
    definitions: Path = DEFINITIONS

    @property
    def raw(self) -> Path:
        """Publishers' figures, a folder for each source and release."""
        return self.root / "data" / "raw"

    @property
    def cache(self) -> Path:
        """Publishers' files as downloaded, kept out of git."""
        return self.root / "data" / "cache"

    @property
    def processed(self) -> Path:
        """Built tables, a folder for each edition."""
        return self.root / "data" / "processed"

    @property
    def reports(self) -> Path:
        """Finished reports, a folder for each edition."""
        return self.root / "reports"

    @property
    def notebooks(self) -> Path:
        """Source notebooks."""
        return self.root / "notebooks"

    def shown(self, path: Path) -> str:
        """A path as the user knows it: relative to the project's root where it lies in it."""
        return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else str(path)


def find_project(start: Path | None = None) -> Project:
    """The project that holds ``start`` (default: the working folder), else the one this package is installed from.

    Its definitions are those in it (``src/analysis/definitions``); the package's own where it has none.

    Raises
    ------
    UsageError
        If neither holds ``data/raw`` and ``notebooks``.
    """
    start = (start or Path.cwd()).resolve()
    candidates = [start, *start.parents, Path(__file__).resolve().parents[2]]
    for folder in candidates:
        if (folder / "data" / "raw").is_dir() and (folder / "notebooks").is_dir():
            own = folder / "src" / "analysis" / "definitions"
            return Project(folder, own if own.is_dir() else DEFINITIONS)
    raise UsageError(
        f"{start}: no project here or above: expected a folder with data/raw and notebooks. "
        "Change to the folder of your clone."
    )


def replace_folder(fresh: Path, target: Path) -> None:
    """Put the folder ``fresh`` in the place of ``target``, keeping the old one until the new one stands."""
    old = fresh.parent / "old"
    if target.exists():
        target.rename(old)
    try:
        fresh.rename(target)
    except OSError:
        if old.exists():
            old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)

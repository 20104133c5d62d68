"""Where things are: one object that every room takes its folders from."""

from __future__ import annotations

import contextlib
import glob
import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from analysis.errors import UsageError
from analysis.interrupts import beginning, forget, held, undo

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

_DAY_S, _YOUNG_S = 86400, 2
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


class Staging:
    """New folders on their way: each is written beside the one it replaces and takes its place by one switch.

    A run that is stopped has everything taken back. What a killed one left is cleared by the next that makes the same.
    """

    def __init__(self) -> None:
        self._around: dict[Path, Path] = {}
        self._locks: list[int] = []
        self._parents: list[Path] = []
        self._put: list[Path] = []
        undo(self._take_back)

    def __enter__(self) -> Staging:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        with held:
            self._take_back() if kind is not None and issubclass(kind, KeyboardInterrupt) else self.close()

    def folder(self, target: Path) -> Path:
        """A new, empty folder in which to write what is to stand at ``target``."""
        clear_leftovers(target)
        self._parents += [folder for folder in target.parents if not folder.exists()]
        target.parent.mkdir(parents=True, exist_ok=True)
        around = target.parent / f".{target.name}.{os.urandom(4).hex()}"
        self._around[target] = around  # before it is there, so that it is taken away at any instant
        fresh = around / "new"
        with beginning:
            fresh.mkdir(parents=True)
        if fcntl:
            with held:
                self._locks.append(os.open(around, os.O_RDONLY))
                _lock(self._locks[-1])
        return fresh

    def put(self, target: Path) -> None:
        """Put what was written for ``target`` in its place; the old folder is kept until all ends."""
        with held:
            _switch(self._around[target] / "new", target)
            self._put.append(target)

    def close(self) -> None:
        """Take away what lies beside the targets, and folders made for them that stayed empty."""
        for around in self._around.values():
            shutil.rmtree(around, ignore_errors=True)
        while self._locks:
            os.close(self._locks.pop())
        for folder in self._parents:
            with contextlib.suppress(OSError):
                folder.rmdir()
        with contextlib.suppress(ValueError):
            forget(self._take_back)

    def _take_back(self) -> None:
        while self._put:
            target = self._put.pop()
            old = self._around[target] / "new"
            if old.exists():
                _switch(old, target)
            else:
                target.rename(old)
        self.close()


def clear_leftovers(target: Path) -> None:
    """Take away what killed runs left beside ``target``, and restore the folder that one of them had moved aside."""
    for around in target.parent.glob(f".{glob.escape(target.name)}.*"):
        if _is_left_over(around):
            if not target.exists() and (around / "old").exists():
                (around / "old").rename(target)
            shutil.rmtree(around, ignore_errors=True)


def _is_left_over(folder: Path) -> bool:
    """Whether nobody works in a folder: no process holds its lock; without locks, it is a day old."""
    try:
        age_s = time.time() - folder.stat().st_mtime
        if not fcntl:
            return age_s > _DAY_S
        lock = os.open(folder, os.O_RDONLY)
    except OSError:
        return False
    try:
        return age_s > _YOUNG_S and _lock(lock)
    finally:
        os.close(lock)


def _lock(descriptor: int) -> bool:
    """Lock an open folder for this process, until it closes it or ends; false where another has."""
    try:
        if fcntl:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _switch(fresh: Path, target: Path) -> None:
    """Let two folders change places, at once where the system can: a reader finds the old one or the new one."""
    if _exchanged(fresh, target):
        return
    old = fresh.with_name("old")
    if target.exists():
        target.rename(old)
    try:
        fresh.rename(target)
    except OSError:
        if old.exists():
            old.rename(target)
            raise
        if not _exchanged(fresh, target):  # with what another run put there meanwhile
            raise
    if old.exists():
        old.rename(fresh)


def _exchanged(one: Path, other: Path) -> bool:
    if os.name == "nt" or not other.exists():
        return False
    import ctypes

    system, here = ctypes.CDLL(None), -100
    names = os.fsencode(one), os.fsencode(other)
    if hasattr(system, "renameat2"):  # Linux
        return bool(system.renameat2(here, names[0], here, names[1], 2) == 0)
    return hasattr(system, "renamex_np") and bool(system.renamex_np(*names, 2) == 0)  # macOS

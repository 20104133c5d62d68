"""Reports of one edition or of many, made only where something changed.

First the tables that are not up to date, then the reports. One alone is made in this process, its notebooks side by
side; several are tasks of an executor, a few at a time. All are written into folders of their own, and put in place
here. Nothing heavy is imported before something must be made: to say that all is up to date takes a moment.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from analysis import interrupts
from analysis.paths import Project, Staging
from analysis.tables.stamps import build_inputs, earlier_editions, open_edition, report_inputs, what_changed
from analysis.work import Processes

Progress = Callable[[str, str, int, int], None]
Tell = Callable[[str, int, int], None]
Task = Callable[[Project, str, Path, int, "Tell | None"], None]


@dataclass(frozen=True)
class Made:
    """One edition's report: its folder, and why it was made anew (nothing where it was up to date)."""

    edition: str
    folder: Path
    why: tuple[str, ...]


def make_editions(
    project: Project,
    names: Sequence[str],
    *,
    force: bool = False,
    workers: int = 2,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> list[Made]:
    """Bring the reports of editions up to date: their tables, those of the editions they look back on, the documents.

    Parameters
    ----------
    project : Project
    names : sequence of str
        Ids of editions.
    force : bool
        Make tables and reports anew even where nothing changed.
    workers : int
        How many processes work at the same time.
    executor : concurrent.futures.Executor, optional
        What does the work where several editions are made; default: that many processes of this machine.
    progress : callable, optional
        Called with an edition, a step, how much of it is done and how much there is.

    Returns
    -------
    list of Made
        In the order of ``names``.

    Raises
    ------
    AnalysisError
        The first that any edition raises; what was finished before it stays, what was begun leaves no trace.
    """
    with Staging() as staging, Processes(workers, executor) as pool:
        made_anew = _make_tables(staging, pool, project, names, force=force, last=False, progress=progress)
        why = reports_due(project, names, force=force)
        _make_all(staging, pool, _report, project, {name: project.reports / name for name in why}, progress, last=True)
    reasons = {name: made_anew.get(name) or why.get(name, ()) for name in names}
    return [Made(name, project.reports / name, reasons[name]) for name in names]


def make_tables_of(
    project: Project,
    names: Sequence[str],
    *,
    force: bool = False,
    workers: int = 2,
    executor: Executor | None = None,
    staging: Staging | None = None,
    progress: Progress | None = None,
) -> dict[str, tuple[str, ...]]:
    """Build the tables that are not up to date, of the editions named and of those they look back on.

    Where something else is made from them in the same run, its ``staging`` takes them back if the run is stopped.

    Returns
    -------
    dict
        For each edition built: why.
    """
    last = staging is None
    with contextlib.nullcontext(staging) if staging else Staging() as mine, Processes(workers, executor) as pool:
        return _make_tables(mine, pool, project, names, force=force, last=last, progress=progress)


def tables_due(project: Project, names: Sequence[str], *, force: bool = False) -> dict[str, tuple[str, ...]]:
    """Why tables are not up to date, by edition: of those named, and of those that they look back on."""
    wanted = dict.fromkeys(names)
    for name in names:
        wanted |= dict.fromkeys(earlier_editions(open_edition(project, name)))
    why = {}
    for name in wanted:
        changed = what_changed(project.processed / name, build_inputs(project, open_edition(project, name)))
        why[name] = tuple(changed or (["asked for"] if force and name in names else []))
    return {name: changed for name, changed in why.items() if changed}


def reports_due(project: Project, names: Sequence[str], *, force: bool = False) -> dict[str, tuple[str, ...]]:
    """Why the reports of editions are not up to date with the tables that are there, by edition."""
    why = {}
    for name in names:
        changed = what_changed(project.reports / name, report_inputs(project, open_edition(project, name)))
        why[name] = tuple(changed or (["asked for"] if force else []))
    return {name: changed for name, changed in why.items() if changed}


def _make_tables(
    staging: Staging,
    pool: Processes,
    project: Project,
    names: Sequence[str],
    *,
    force: bool,
    last: bool,
    progress: Progress | None,
) -> dict[str, tuple[str, ...]]:
    why = tables_due(project, names, force=force)
    _make_all(staging, pool, _build, project, {name: project.processed / name for name in why}, progress, last=last)
    return why


def _build(project: Project, name: str, folder: Path, workers: int, tell: Tell | None = None) -> None:  # noqa: ARG001
    from analysis.catalogue.load import load_catalogue
    from analysis.make.tables import build_edition

    if tell is not None:
        tell("building tables", 0, 1)
    build_edition(project, load_catalogue(project.definitions), name, folder)


def _report(project: Project, name: str, folder: Path, workers: int, tell: Tell | None = None) -> None:
    from analysis.catalogue.load import load_catalogue
    from analysis.make.report import make_report

    make_report(project, load_catalogue(project.definitions), name, folder, workers=workers, progress=tell)


def _make_all(
    staging: Staging,
    pool: Processes,
    task: Task,
    project: Project,
    targets: dict[str, Path],
    progress: Progress | None,
    *,
    last: bool,
) -> None:
    """Do the task for each name, in this process where there is but one, and put what was finished in place."""

    def tell(name: str, step: str, done: int, total: int) -> None:
        if progress is not None:
            progress(name, step, done, total)

    finished: list[str] = []
    folders = {name: staging.folder(target) for name, target in targets.items()}
    try:
        if len(targets) > 1 and pool.number > 1:
            for name in targets:
                tell(name, "waiting", 0, 1)
            tasks = {name: (task, project, name, folder) for name, folder in folders.items()}
            for name, made in pool.run_all(_attempt, tasks):
                folders[name].rmdir()
                made.rename(folders[name])
                finished.append(name)
                tell(name, "done", 1, 1)
        else:
            for name, folder in folders.items():
                task(project, name, folder, pool.number, partial(tell, name))
                finished.append(name)
                tell(name, "done", 1, 1)
        if last:
            interrupts.too_late()
    except Exception:
        _put(staging, targets, finished)
        raise
    _put(staging, targets, finished)


def _attempt(task: Task, project: Project, name: str, folder: Path) -> Path:
    """Do a task into a folder of its own beside the one meant: the next attempt, if this one dies, begins with none."""
    own = folder.with_name(f"attempt-{os.urandom(4).hex()}")
    own.mkdir()
    task(project, name, own, 1, None)
    return own


def _put(staging: Staging, targets: dict[str, Path], finished: Sequence[str]) -> None:
    for name in finished:
        staging.put(targets[name])

"""Reports of one edition or of many, made only where something changed.

First the tables that are not up to date, then the reports. One alone is made in this process, its notebooks side by
side; several are made a few at a time, each in a process of its own. Those are forked from a clean server process that
has everything imported, not from this one: a caller that has set a PDF before has threads, with which forks hang.
Nothing heavy is imported before something must be made: to say that all is up to date takes a fraction of a second.
"""

from __future__ import annotations

import multiprocessing
import signal
import sys
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

from analysis.errors import AnalysisError, ReportError
from analysis.paths import Project
from analysis.tables.stamps import build_inputs, earlier_editions, open_edition, report_inputs, what_changed

Progress = Callable[[str, str, int, int], None]
Tell = Callable[[str, int, int], None]
Work = Callable[[Project, str, str, int, Tell], None]
_SERVED = ("analysis.make.report", "analysis.figures", "analysis.narrative")
_GRACE_S = 10.0


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
    engine: str = "forked",
    workers: int = 2,
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
    engine : str
        ``forked`` (fast) or ``kernel`` (stock Jupyter kernels).
    workers : int
        How many processes work at the same time.
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
    made_anew = make_tables_of(project, names, force=force, workers=workers, progress=progress)
    why: dict[str, tuple[str, ...]] = {}
    for name in names:
        changed = what_changed(project.reports / name, report_inputs(project, open_edition(project, name)))
        why[name] = tuple(changed or (["asked for"] if force else []))
    stale = [name for name in names if why[name]]
    _run_all(_report, project, stale, engine, workers, progress)
    reasons = {name: made_anew.get(name) or why[name] for name in names}
    return [Made(name, project.reports / name, reasons[name]) for name in names]


def make_tables_of(
    project: Project,
    names: Sequence[str],
    *,
    force: bool = False,
    workers: int = 2,
    progress: Progress | None = None,
) -> dict[str, tuple[str, ...]]:
    """Build the tables that are not up to date, of the editions named and of those they look back on.

    Returns
    -------
    dict
        For each edition built: why.
    """
    wanted = dict.fromkeys(names)
    for name in names:
        wanted |= dict.fromkeys(earlier_editions(open_edition(project, name)))
    why: dict[str, tuple[str, ...]] = {}
    for name in wanted:
        changed = what_changed(project.processed / name, build_inputs(project, open_edition(project, name)))
        if force and name in names:
            changed = changed or ["asked for"]
        if changed:
            why[name] = tuple(changed)

    _run_all(_build, project, list(why), "", workers, progress)
    return why


def _build(project: Project, name: str, engine: str, workers: int, tell: Tell) -> None:  # noqa: ARG001
    from analysis.catalogue.load import load_catalogue
    from analysis.make.tables import build_edition

    tell("building tables", 0, 1)
    build_edition(project, load_catalogue(project.definitions), name)


def _report(project: Project, name: str, engine: str, workers: int, tell: Tell) -> None:
    from analysis.catalogue.load import load_catalogue
    from analysis.make.report import make_report

    catalogue = load_catalogue(project.definitions)
    make_report(project, catalogue, name, engine=engine, workers=workers, progress=tell)


def _run_all(
    work: Work, project: Project, names: Sequence[str], engine: str, workers: int, progress: Progress | None
) -> None:
    """Do the work for each name: in this process where there is but one, or where forking is not safe."""

    def tell(name: str, step: str, done: int, total: int) -> None:
        if progress is not None:
            progress(name, step, done, total)

    if len(names) > 1 and workers > 1:
        from analysis.report.runner import can_fork

        if can_fork():
            _supervise(work, project, names, engine, workers, tell)
            return
    for name in names:
        work(project, name, engine, workers, partial(tell, name))
        tell(name, "done", 1, 1)


def _supervise(work: Work, project: Project, names: Sequence[str], engine: str, workers: int, tell: Progress) -> None:
    from multiprocessing import forkserver

    from analysis.report.runner import WARM

    context: Any = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([*_SERVED, *WARM])
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # Ctrl-C is not for the server either
    try:
        forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    waiting, running = deque(names), dict[Any, tuple[str, Any]]()
    try:
        while waiting or running:
            while waiting and len(running) < workers:
                ours, theirs = context.Pipe(duplex=False)
                process = context.Process(target=_work, args=(theirs, work, project, waiting[0], engine))
                process.start()
                theirs.close()
                running[ours] = (waiting.popleft(), process)
            ready: list[Any] = wait(list(running))
            for connection in ready:
                name, process = running[connection]
                try:
                    kind, *content = connection.recv()
                except EOFError:
                    process.join()
                    raise ReportError(
                        f"{name}: its process ended with exit code {process.exitcode}; nothing of it was put in place. "
                        f"Look at what it printed, or make it alone: sotc report {name}."
                    ) from None
                if kind == "failed":
                    raise content[0]
                if kind == "done":
                    process.join()
                    running.pop(connection)
                    connection.close()
                    tell(name, "done", 1, 1)
                else:
                    tell(name, *content)
    finally:
        for _, process in running.values():
            process.terminate()
        for _, process in running.values():
            process.join(_GRACE_S)
            if process.exitcode is None:
                process.kill()
                process.join()


def _work(connection: Any, work: Work, project: Project, name: str, engine: str) -> None:
    """One edition in this process; when it is ended, temporary folders and notebooks' processes go with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the watching process, which ends this one
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    signal.signal(signal.SIGTERM, _leave)
    try:
        work(project, name, engine, 1, lambda step, done, total: connection.send(("step", step, done, total)))
        connection.send(("done",))
    except AnalysisError as error:
        connection.send(("failed", error))


def _leave(signum: int, frame: object) -> None:  # noqa: ARG001
    """Leave by way of every ``finally``, once."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit(1)

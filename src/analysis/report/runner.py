"""Run notebooks through Papermill, strictly, several at a time, and hand back what they showed.

Each notebook runs in a process of its own, which this one watches: it hears of every cell, ends what runs
too long, tells of a process that died, and leaves none behind, Ctrl-C included. In that process Papermill
sets the parameters and runs the cells with one of two engines:

``forked``
    the cells run in an IPython shell of the process itself (:mod:`analysis.report.engine`), which was forked
    from this one with everything in ``preload`` already imported.
``kernel``
    Papermill's stock engine with a Jupyter kernel: slower by seconds a notebook, and what a reader who runs
    the notebook by hand has. It is used in place of ``forked`` where forking is missing (Windows) or unsafe
    (macOS, whose system libraries may crash after it). Both give the same normalised notebook.

Fork before threads start: the caller sets ``OPENBLAS_NUM_THREADS=1``, ``OMP_NUM_THREADS=1`` and
``MKL_NUM_THREADS=1`` in the environment before numpy is first imported (one process a core is faster than
threads fighting for it, too), and shows progress without a thread (rich: ``auto_refresh=False``).
"""

from __future__ import annotations

import gc
import importlib
import multiprocessing
import os
import re
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from operator import attrgetter
from pathlib import Path
from traceback import format_exception
from types import SimpleNamespace
from typing import Any

from nbformat import NotebookNode

from analysis import errors
from analysis.errors import AnalysisError, NotebookError, UsageError, one_of
from analysis.report.notebook import INJECTED, check_parameters, normalise_notebook, open_notebook

ENGINES = ("forked", "kernel")
Progress = Callable[[str, str, int, int], None]

# What Papermill, a new shell and our blocks import sooner or later; papermill first, for it loads engines itself.
WARM = (
    "papermill",
    "analysis.report.engine",
    "IPython.core.application",
    "IPython.core.completerlib",
    "IPython.core.magics",
    "IPython.core.oinspect",
    "analysis.blocks",
    "mistune",
)
_GRACE_S = 3.0
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class NotebookJob:
    """A notebook to run and the values of its parameters: all of them, and no others.

    ``about`` tells runs of one notebook apart where they are named.
    """

    path: Path
    parameters: Mapping[str, object]
    about: str = ""

    @property
    def shown(self) -> str:
        """The run as a user knows it."""
        return f"{self.path} for {self.about}" if self.about else str(self.path)


Finish = Callable[[NotebookJob, NotebookNode], Any]


def can_fork() -> bool:
    """Tell whether this system forks processes safely."""
    return "fork" in multiprocessing.get_all_start_methods() and sys.platform != "darwin"


def run_notebooks(
    jobs: Sequence[NotebookJob],
    *,
    engine: str = "forked",
    workers: int = 2,
    cell_timeout_s: float = 600.0,
    preload: Sequence[str] = (),
    progress: Progress | None = None,
    finish: Finish | None = None,
) -> list[Any]:
    """Run the notebooks and return them executed and normalised, in the order of the jobs.

    Nothing is written. All notebooks and parameters are checked before any runs; the first cell that fails
    ends all.

    Parameters
    ----------
    jobs
        The notebooks with their parameters.
    engine
        ``forked`` or ``kernel``.
    workers
        How many notebooks run at the same time.
    cell_timeout_s
        Seconds that one cell may take.
    preload
        Names of modules to import before the processes are forked, so that each notebook finds them there.
    progress
        Called with the path of the notebook, the id of a cell, how many cells of it are done and how many it
        has: at the start of each cell, and once more at the end, with the last cell's id.
    finish
        A function of a module, called with job and notebook in the notebook's own process: what it returns comes
        back in place of the notebook. So documents are made side by side too.

    Raises
    ------
    NotebookError
        A notebook or its parameters break the rules, a cell failed or took too long, or its process died.
    UsageError
        There is no such engine.
    """
    if engine not in ENGINES:
        raise UsageError(f"engine: there is no {engine!r}, expected {one_of(ENGINES)}; choose one of these.")
    opened = {path: open_notebook(path) for path in dict.fromkeys(job.path for job in jobs)}
    work = [(job, opened[job.path]) for job in jobs]
    for job, notebook in work:
        check_parameters(notebook, job.path, job.parameters)
    if can_fork():
        for name in (*WARM, *preload) if engine == "forked" else ("papermill",):
            importlib.import_module(name)
    else:
        engine = "kernel"
    return _supervise(work, engine, workers, cell_timeout_s, progress, finish)


@dataclass
class _Run:
    """One notebook's process, as seen from outside."""

    position: int
    name: str
    process: Any
    cell: str
    deadline: float

    def describe_timeout(self, limit_s: float) -> str:
        return (
            f"{self.name}: cell {self.cell!r} ran longer than the {limit_s:g} s that one cell may take; "
            "nothing was written: make its call faster or raise the limit."
        )

    def describe_death(self) -> str:
        code = self.process.exitcode
        how = f"signal {signal.Signals(-code).name}" if code is not None and code < 0 else f"exit code {code}"
        return (
            f"{self.name}: the process ended ({how}) in cell {self.cell!r}; nothing was written: "
            "look at what the cell calls, and whether memory ran out."
        )


def _supervise(
    work: Sequence[tuple[NotebookJob, NotebookNode]],
    engine: str,
    workers: int,
    cell_timeout_s: float,
    progress: Progress | None,
    finish: Finish | None,
) -> list[Any]:
    waiting = deque(enumerate(work))
    running: dict[Any, _Run] = {}
    executed: dict[int, Any] = {}
    try:
        while waiting or running:
            while waiting and len(running) < workers:
                position, (job, notebook) = waiting.popleft()
                connection, process = _start(job, notebook, engine, finish)
                running[connection] = _Run(position, job.shown, process, "", time.monotonic() + cell_timeout_s)
            soonest = min(run.deadline for run in running.values())
            ready: list[Any] = wait(list(running), timeout=max(0.0, soonest - time.monotonic()))
            for connection in ready:
                run = running[connection]
                try:
                    kind, *content = connection.recv()
                except EOFError:
                    run.process.join(_GRACE_S)
                    raise NotebookError(run.describe_death()) from None
                if kind == "failed":
                    raise NotebookError(f"{run.name}: {content[0]}")
                if kind == "cell":
                    run.cell, done, total = content
                    run.deadline = time.monotonic() + cell_timeout_s
                else:
                    executed[run.position], done = content
                    total = done
                    _stop({connection: running.pop(connection)}, at_once=False)
                if progress is not None:
                    progress(run.name, run.cell, done, total)
            for run in running.values():
                if run.deadline < time.monotonic():
                    raise NotebookError(run.describe_timeout(cell_timeout_s))
    finally:
        _stop(running, at_once=True)
    return [executed[position] for position in range(len(work))]


def _start(job: NotebookJob, notebook: NotebookNode, engine: str, finish: Finish | None) -> tuple[Connection, Any]:
    context: Any = multiprocessing.get_context("fork" if can_fork() else "spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(theirs, notebook, job, engine, finish))
    # Frozen objects are left alone by the child's garbage collector, so their memory stays shared.
    gc.freeze()
    try:
        process.start()
    finally:
        gc.unfreeze()
        theirs.close()
    return ours, process


def _stop(running: Mapping[Any, _Run], *, at_once: bool) -> None:
    """End processes: asked first, so that one with a kernel stops it, then by force."""
    if at_once:
        for run in running.values():
            run.process.terminate()
    for connection, run in running.items():
        run.process.join(_GRACE_S)
        if run.process.exitcode is None:
            run.process.kill()
            run.process.join()
        run.process.close()
        connection.close()


def _work(connection: Connection, notebook: NotebookNode, job: NotebookJob, engine: str, finish: Finish | None) -> None:
    """Run one notebook in this process and report over the connection."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the watching process, which ends this one
    import papermill

    if engine == "forked":
        from analysis.report.engine import ForkedEngine

        papermill.engines.papermill_engines.register("forked", ForkedEngine)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
    else:
        signal.signal(signal.SIGTERM, _leave)
        _silence_kernel()
    current = ""
    parameters = dict(job.parameters)
    total = len(notebook.cells) + bool(parameters)

    def tell(cell: NotebookNode, cell_index: int) -> None:
        nonlocal current
        current = INJECTED if INJECTED in cell.metadata.get("tags", []) else cell.id
        connection.send(("cell", current, cell_index, total))

    try:
        executed = papermill.execute_notebook(
            notebook,
            None,
            parameters,
            engine_name="forked" if engine == "forked" else None,
            progress_bar=False,
            on_cell_start=tell,
        )
        # Papermill takes `sys.exit(0)` in a cell for a good end and returns a notebook that stopped halfway.
        faults = [output for cell in executed.cells for output in cell.get("outputs", []) if "ename" in output]
    except papermill.PapermillExecutionError as error:
        faults = [error]
    except Exception as error:  # of Papermill or of the kernel, such as its death: told where the user looks
        faults = [SimpleNamespace(ename=type(error).__name__, evalue=str(error), traceback=format_exception(error))]
    if faults:
        connection.send(("failed", describe_failure(current, *attrgetter("ename", "evalue", "traceback")(faults[0]))))
    else:
        made = normalise_notebook(executed)
        done = len(made.cells)
        try:
            connection.send(("done", finish(job, made) if finish else made, done))
        except AnalysisError as error:
            connection.send(("failed", f"{error} Nothing was written."))


def _silence_kernel() -> None:
    """Keep what a kernel prints of itself off the terminal; what the cells print is in the notebook."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)


def _leave(signum: int, frame: object) -> None:  # noqa: ARG001
    """Leave by way of every ``finally``: nbclient stops its kernel there."""
    sys.exit(1)


def describe_failure(cell: str, name: str, message: str, traceback: Sequence[str]) -> str:
    """Say which cell failed and why: our own errors by their sentence, others by their last lines.

    Examples
    --------
    >>> describe_failure("ward-map", "DataError", "wards.csv: no column 'ward22_code'; add it.", [])
    "cell 'ward-map' failed: wards.csv: no column 'ward22_code'; add it. Nothing was written."
    >>> print(describe_failure("ward-map", "KeyError", "'x'", ["Traceback", "line 1, in f", "KeyError: 'x'"]))
    cell 'ward-map' failed: KeyError: 'x'. Nothing was written. The last lines, to find the cause:
    Traceback
    line 1, in f
    KeyError: 'x'
    """
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, AnalysisError)]
    if name in {kind.__name__ for kind in kinds}:
        return f"cell {cell!r} failed: {message} Nothing was written."
    lines = [line for line in _COLOURS.sub("", "\n".join(traceback)).splitlines() if line.strip()]
    said = (
        f"cell {cell!r} failed: {name}: {message.rstrip('.')}. Nothing was written. The last lines, to find the cause:"
    )
    return "\n".join([said, *lines[-8:]])

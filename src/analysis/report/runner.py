"""Run notebooks through Papermill on stock Jupyter kernels, strictly, and hand back what they showed.

A kernel is a process of its own, as for a reader who opens the notebook: its limits, its death and its outputs are
nbclient's matter, and it ends with this process by itself. Papermill waits for it in a thread.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from traceback import format_exception
from typing import Any

import nbformat
import papermill
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from analysis import errors, work
from analysis.errors import AnalysisError, NotebookError
from analysis.paths import Staging
from analysis.report.notebook import INJECTED, check_parameters, normalise_notebook, open_notebook

Progress = Callable[[str, str, int, int], None]
NEW_NAMES = "get_ipython().reset(new_session=True)"
LIMIT_S = 600
_START_S = 300
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
logging.getLogger("papermill").addHandler(logging.NullHandler())  # what goes wrong is said once, in our sentence


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


class Kernel(AsyncKernelManager):
    """A stock kernel of this Python, started in a folder, without the user's own start-up files."""

    running: set[Kernel] = set()  # noqa: RUF012 - all of this process
    ending = False
    lock = threading.Lock()

    def __init__(self, folder: Path, first: str = "") -> None:
        super().__init__(kernel_name="python3", kernel_spec_manager=KernelSpecManager(kernel_dirs=[]))
        self.begins = (folder, first)
        self.code = first
        self.process: Any = None
        self._own = Staging()
        self._talking: Any = None

    async def start_kernel(self, **options: Any) -> None:  # type: ignore[override]
        """Start it, or not, if all are being ended."""
        with Kernel.lock:
            if Kernel.ending:
                raise DeadKernelError("all kernels are being ended")
            Kernel.running.add(self)  # from here on whoever ends it takes its folder away as well
            own = self._own.folder(Path(tempfile.gettempdir()) / "sotc-kernel")
            self.connection_file = str(own / "kernel.json")
            environment = {**os.environ, **_ONE_THREAD, "IPYTHONDIR": str(own)}
            environment.pop("MPLBACKEND", None)
            silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
            await super().start_kernel(env=environment, cwd=str(self.begins[0]), **silent, **options)
            self.process = self.provisioner.process  # type: ignore[union-attr]

    def client(self, **options: Any) -> Any:
        """Make a client, and remember it: nbclient leaves open that of a kernel it is given."""
        self._talking = super().client(**options)
        return self._talking

    def rest(self) -> None:
        """Between two notebooks: close the client; the names of the first are cleared before the second runs."""
        if self._talking is not None:
            self._talking.stop_channels()
        self.code = NEW_NAMES

    def kill(self) -> None:
        """End the process and what it started, from any thread; nbclient finds it dead."""
        if self.process is not None:
            with contextlib.suppress(OSError):
                os.killpg(self.process.pid, signal.SIGKILL) if os.name != "nt" else self.process.kill()
            self.process.wait()
        self._own.close()

    def close(self) -> None:
        """End it, in the thread that used it."""
        self.kill()
        self.rest()
        if self._created_context:
            self.context.destroy(linger=0)
        Kernel.running.discard(self)

    @staticmethod
    def end_all() -> None:
        """End every kernel of this process."""
        Kernel.ending = True
        with Kernel.lock:
            for kernel in list(Kernel.running):
                kernel.kill()


_kept = threading.local()


def run_notebooks(
    jobs: Sequence[NotebookJob],
    *,
    folder: Path | None = None,
    workers: int = 2,
    cell_timeout_s: int = LIMIT_S,
    progress: Progress | None = None,
) -> list[NotebookNode]:
    """Run the notebooks, each on a kernel of its own, and return them executed and normalised, in the jobs' order.

    Nothing is written. All notebooks and parameters are checked before any runs; the first cell that fails
    ends all.

    Parameters
    ----------
    jobs
        The notebooks with their parameters.
    folder
        Where they run; default: the working folder.
    workers
        How many notebooks run at the same time.
    cell_timeout_s
        Whole seconds that one cell may take.
    progress
        Called with the path of the notebook, the id of a cell, how many cells of it are done and how many it
        has: at the start of each cell, and once more at the end, with the last cell's id.

    Raises
    ------
    NotebookError
        A notebook or its parameters break the rules, a cell failed or took too long, or its kernel died.
    """
    for job in jobs:
        check_parameters(open_notebook(job.path), job.path, job.parameters)
    folder = folder or Path.cwd()
    tasks = {str(number): (job, folder, cell_timeout_s, progress) for number, job in enumerate(jobs)}
    with kernels(workers) as pool:
        executed = dict(work.run_all(pool, _run_alone, tasks))
    return [executed[name] for name in tasks]


@contextlib.contextmanager
def kernels(number: int) -> Iterator[Executor]:
    """Threads that run notebooks; no kernel is left when they end."""
    Kernel.ending = False
    with work.threads(number, Kernel.end_all) as pool:
        yield pool
    for kernel in list(Kernel.running):  # those that threads kept
        kernel.close()


def _run_alone(job: NotebookJob, folder: Path, cell_timeout_s: int, progress: Progress | None) -> NotebookNode:
    kernel = Kernel(folder)
    try:
        return _run(kernel, job, cell_timeout_s, progress)
    finally:
        kernel.close()


def run_on_kept_kernel(
    job: NotebookJob, folder: Path, first: str, progress: Progress | None = None, cell_timeout_s: int = LIMIT_S
) -> NotebookNode:
    """Run a notebook on the kernel that this thread keeps for notebooks of one kind; its names are cleared between.

    ``first`` is code that the kernel runs before its first notebook: what it imports and holds in memory stays.
    """
    check_parameters(open_notebook(job.path), job.path, job.parameters)
    kernel: Kernel | None = getattr(_kept, "kernel", None)
    if kernel is None or kernel.begins != (folder, first) or kernel not in Kernel.running or kernel.process is None:
        if kernel is not None:
            kernel.close()
        kernel = _kept.kernel = Kernel(folder, first)
    try:
        return _run(kernel, job, cell_timeout_s, progress)
    except BaseException:
        kernel.close()
        raise


def _run(kernel: Kernel, job: NotebookJob, cell_timeout_s: int, progress: Progress | None) -> NotebookNode:
    """Run one notebook on a kernel."""
    notebook = open_notebook(job.path)
    before = [nbformat.v4.new_code_cell(kernel.code, id="before")] if kernel.code else []  # type: ignore[no-untyped-call]
    notebook.cells[:0] = before
    current, total = "", len(notebook.cells) - len(before) + bool(job.parameters)

    def tell(cell: NotebookNode, cell_index: int) -> None:
        nonlocal current
        current = INJECTED if INJECTED in cell.metadata.get("tags", []) else cell.id
        if progress is not None and cell_index >= len(before):
            progress(job.shown, current, cell_index - len(before), total)

    failure = ""
    try:
        executed = papermill.execute_notebook(
            notebook,
            None,
            dict(job.parameters),
            progress_bar=False,
            km=kernel,
            on_cell_start=tell,
            start_timeout=_START_S,
            execution_timeout=cell_timeout_s,
            iopub_timeout=cell_timeout_s,
        )
        # Papermill takes `sys.exit(0)` in a cell for a good end and returns a notebook that stopped halfway.
        for output in (output for cell in executed.cells for output in cell.get("outputs", []) if "ename" in output):
            failure = describe_failure(current, output.ename, output.evalue, output.traceback)
            break
    except papermill.PapermillExecutionError as error:
        failure = describe_failure(current, error.ename, error.evalue, error.traceback)
    except CellTimeoutError:
        failure = (
            f"cell {current!r} ran longer than the {cell_timeout_s} s that one cell may take; nothing was written: "
            "make its call faster or raise the limit."
        )
    except Exception as error:
        if not isinstance(error, DeadKernelError) and kernel.process and kernel.process.poll() is None:
            failure = describe_failure(current, type(error).__name__, str(error), format_exception(error))
        else:
            failure = _describe_death(kernel, current)
    finally:
        kernel.rest()
    if failure:
        raise NotebookError(f"{job.shown}: {failure}")
    executed.cells[: len(before)] = []
    if progress is not None:
        progress(job.shown, current, total, total)
    return normalise_notebook(executed)


def _describe_death(kernel: Kernel, cell: str) -> str:
    code = kernel.process.poll() if kernel.process else None
    how = f"signal {signal.Signals(-code).name}" if code is not None and code < 0 else f"exit code {code}"
    return (
        f"the process ended ({how}) in cell {cell!r}; nothing was written: "
        "look at what the cell calls, and whether memory ran out."
    )


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

"""Work side by side: any executor of ``concurrent.futures`` does it, on one machine those of the standard library.

A task is a function of a module, called with plain values, and gives plain values. Where it writes, it writes into a
folder that it is given; nothing is put in place but by the process that asked for it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import BrokenExecutor, Executor, ThreadPoolExecutor, as_completed
from typing import TYPE_CHECKING, Any, TypeVar

from analysis import interrupts
from analysis.errors import ReportError

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

Result = TypeVar("Result")


def run_all(
    executor: Executor, task: Callable[..., Result], tasks: Mapping[str, tuple[Any, ...]]
) -> Iterator[tuple[str, Result]]:
    """Do a task for each name, with the values given for it, and hand out each result as it is there.

    Raises
    ------
    AnalysisError
        What the first task raises that fails; no other is begun then.
    ReportError
        If the process of a task died.
    """
    with _starting():
        futures = {executor.submit(task, *values): name for name, values in tasks.items()}
    try:
        for future in as_completed(futures):
            try:
                yield futures[future], future.result()
            except _lost() as error:
                raise ReportError(
                    f"{futures[future]}: the process that made it ended; nothing of it was put in place. Look at what "
                    "it printed and whether memory ran out, or make it alone."
                ) from error
    finally:
        for future in futures:
            future.cancel()


def _lost() -> tuple[type[BaseException], ...]:
    """What an executor raises where the process of a task died for good."""
    cluster = sys.modules.get("distributed")
    return (BrokenExecutor, *((cluster.KilledWorker,) if cluster else ()))


@contextlib.contextmanager
def threads(number: int, end: Callable[[], None]) -> Iterator[Executor]:
    """Threads, for work that is done in other processes; ``end`` ends those at the end, or where the work fails."""
    pool = ThreadPoolExecutor(number)
    interrupts.undo(end)
    try:
        yield pool
        pool.shutdown()
    finally:
        end()
        pool.shutdown(wait=False, cancel_futures=True)
        interrupts.forget(end)


class Processes:
    """The executor given, or else processes, started afresh when the first task comes.

    They end with this process, however it ends, and Ctrl-C is for this one alone.
    """

    def __init__(self, number: int, executor: Executor | None = None) -> None:
        self.number = number
        self._executor = executor
        self._lifeline: Connection | None = None
        interrupts.undo(self._end)

    def run_all(
        self, task: Callable[..., Result], tasks: Mapping[str, tuple[Any, ...]]
    ) -> Iterator[tuple[str, Result]]:
        """As :func:`run_all`."""
        if self._executor is None:
            self._executor = self._start()
        yield from run_all(self._executor, task, tasks)

    def _start(self) -> Executor:
        import multiprocessing
        from concurrent.futures import ProcessPoolExecutor
        from multiprocessing import resource_tracker

        with interrupts.held:
            resource_tracker.ensure_running()  # later it would let signals through while processes start
            theirs, self._lifeline = multiprocessing.Pipe(duplex=False)
            return ProcessPoolExecutor(self.number, multiprocessing.get_context("spawn"), _begin, (theirs,))

    def _end(self) -> None:
        if self._lifeline is not None:
            import multiprocessing

            self._lifeline.close()
            for process in multiprocessing.active_children():
                process.join(60)

    def __enter__(self) -> Processes:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if self._lifeline is not None and self._executor is not None and kind is None:
            self._executor.shutdown()
        self._end()
        interrupts.forget(self._end)


def _begin(lifeline: Connection) -> None:
    """First thing in a process of a pool: when its parent lets go of the line, dead or alive, it and its own end."""
    import threading

    def wait() -> None:
        lifeline.poll(None)
        interrupts.take_back()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


@contextlib.contextmanager
def _starting() -> Iterator[None]:
    """Threads and processes started meanwhile never see Ctrl-C."""
    with interrupts.held:
        if sys.platform == "win32":
            yield
            return
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            yield
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

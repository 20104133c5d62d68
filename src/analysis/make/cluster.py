"""A Dask cluster as the executor of many reports: one that stands somewhere, or one started on this machine.

Nothing else knows of it: a task is what it is without a cluster, a function called with plain values. What it writes
lies in the project's folder, which every worker sees at the same path; profiles come back by value. What is wrong with
a cluster is said before the first task: no worker, one with several threads, of other code, or without the folder.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from concurrent.futures import Executor
from typing import Any

from analysis import interrupts
from analysis.errors import UsageError
from analysis.paths import Project

LOCAL = "local"
RETRIES = 2
_CONNECT_S = 10


@contextlib.contextmanager
def cluster(project: Project, address: str, workers: int = 2) -> Iterator[Executor | None]:
    """The executor of a cluster; none where no address is given.

    Parameters
    ----------
    project : Project
        Lies in a folder that every worker sees at the same path.
    address : str
        Of the scheduler (``tcp://host:8786``), ``local`` for one on this machine, or nothing.
    workers : int
        How many processes a local one has.

    Yields
    ------
    Executor or None
        A worker that dies while it is at a task is replaced by another, twice.

    Raises
    ------
    UsageError
        If Dask is not installed, nobody answers, or a worker cannot do what is asked.
    """
    if not address:
        yield None
        return
    try:
        from distributed import Client, LocalCluster
    except ImportError as error:
        raise UsageError(
            "--scheduler: Dask is not installed here. Install it with: pip install 'state-of-the-city[cluster]'."
        ) from error
    with contextlib.ExitStack() as stack:
        if address == LOCAL:
            with interrupts.held:
                here: Any = LocalCluster(  # type: ignore[no-untyped-call]
                    n_workers=workers, threads_per_worker=1, dashboard_address=None
                )
            stack.enter_context(here)
            address = here.scheduler_address
        try:
            client: Any = stack.enter_context(
                Client(address, timeout=_CONNECT_S, set_as_default=False)  # type: ignore[no-untyped-call]
            )
        except (OSError, ValueError) as error:
            raise UsageError(
                f"--scheduler {address}: no Dask scheduler answers there within {_CONNECT_S} s; expected an address "
                "such as tcp://host:8786, as `dask scheduler` prints it, or local."
            ) from error
        _check(client, project, address)
        yield client.get_executor(pure=False, retries=RETRIES)


def identity(project: Project) -> tuple[str, str, bool]:
    """Which code and packages run here, by hash, and whether this process sees the project's folder."""
    from analysis.audit.environment import MATTER, installed, joined
    from analysis.tables.stamps import code_hashes

    held = installed()
    packages = {name: held.get(name, "") for name in MATTER}
    return joined(code_hashes())[:12], joined(packages)[:12], os.access(project.raw, os.W_OK)


def _check(client: Any, project: Project, address: str) -> None:
    threads = client.nthreads()
    if not threads:
        raise UsageError(f"--scheduler {address}: it has no workers. Start some: dask worker {address} --nthreads 1.")
    ours = identity(project)
    for worker, (code, packages, sees) in sorted(client.run(identity, project).items()):
        about = f"--scheduler {address}: the worker {worker}"
        if threads[worker] != 1:
            raise UsageError(
                f"{about} has {threads[worker]} threads; expected 1, since a report has its process for itself. Start "
                "it with --nthreads 1, and as many workers as there are cores."
            )
        for what, theirs, here in (("code", code, ours[0]), ("packages", packages, ours[1])):
            if theirs != here:
                raise UsageError(
                    f"{about} has other {what} (sha256 {theirs}…; here {here}…). Install this commit, with its lock."
                )
        if not sees:
            raise UsageError(
                f"{about} cannot write into {project.raw.parent}. Put the project on storage that all share."
            )

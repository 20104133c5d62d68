"""Reports and profiles made by a Dask cluster have the bytes of those made without; what it lacks is said before."""

from __future__ import annotations

import datetime as dt
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from analysis.errors import ReportError, UsageError
from analysis.make.cluster import _check, cluster, identity
from analysis.make.editions import make_editions
from analysis.make.profiles import make_profiles
from analysis.work import run_all

pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
NAMES = ("tinytown-2018", "tinytown-2019")


@pytest.fixture
def two(tiny: Any) -> Any:
    """The invented city with two editions, nothing of it made."""
    import yaml

    path = tiny.definitions / "editions" / f"{NAMES[0]}.yml"
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    tiny.write("editions", {**data, "id": NAMES[1], "year": 2019, "cut_off": dt.date(2019, 7, 31)})
    return tiny


def made(city: Any) -> Mapping[str, bytes]:
    return {
        path.relative_to(city.root).as_posix(): path.read_bytes()
        for folder in (city.project.processed, city.project.reports)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "run.json"
    }


def test_the_command_gives_the_same_bytes_with_a_cluster_and_without(two: Any, tmp_path: Path) -> None:
    other = two.copy(tmp_path / "other")
    make_editions(two.project, NAMES)
    command = [sys.executable, "-m", "analysis", "report", "--all", "--scheduler", "local"]
    done = subprocess.run(command, cwd=other.root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert made(other) == made(two)
    assert not list(other.project.reports.glob(".*"))


def test_an_attempt_whose_worker_is_killed_is_made_again(two: Any, tmp_path: Path) -> None:
    other = two.copy(tmp_path / "other")
    make_editions(two.project, NAMES)
    with cluster(other.project, "local", 1) as executor:
        assert executor is not None
        (process,) = (executor.submit(os.getpid).result(),)
        around = other.project.reports

        def kill() -> None:
            while not list(around.glob(".*/attempt-*")):
                time.sleep(0.01)
            os.kill(process, signal.SIGKILL)

        killer = threading.Thread(target=kill)
        killer.start()
        make_editions(other.project, NAMES, executor=executor)
        killer.join()
    assert made(other) == made(two)
    assert not list(around.glob(".*"))


def test_a_task_that_kills_every_worker_is_said_in_a_sentence(tiny_built: Any) -> None:
    with cluster(tiny_built.project, "local", 1) as executor:
        assert executor is not None
        with pytest.raises(ReportError, match="bad: the process that made it ended"):
            list(run_all(executor, os._exit, {"bad": (1,)}))


def test_profiles_come_back_by_value(tiny_reported: Any, tmp_path: Path) -> None:
    ours, theirs = tiny_reported.copy(tmp_path / "ours"), tiny_reported.copy(tmp_path / "theirs")
    make_profiles(ours.project, NAMES[0])
    with cluster(theirs.project, "local", 2) as executor:
        make_profiles(theirs.project, NAMES[0], executor=executor)
    assert made(theirs) == made(ours)


def test_where_nobody_answers_it_is_said(tiny_built: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analysis.make.cluster._CONNECT_S", 0.5)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    for wrong in (address, "nowhere", "tcp://127.0.0.1:x"):
        with (
            pytest.raises(UsageError, match=rf"--scheduler {wrong}: no Dask scheduler answers there"),
            cluster(tiny_built.project, wrong),
        ):
            pass


@pytest.mark.parametrize(
    ("threads", "said", "sentence"),
    [
        ({}, {}, "it has no workers. Start some: dask worker here"),
        ({"w": 4}, {}, "the worker w has 4 threads; expected 1"),
        ({"w": 1}, {0: "other"}, "has other code (sha256 other"),
        ({"w": 1}, {1: "other"}, "has other packages (sha256 other"),
        ({"w": 1}, {2: False}, "cannot write into"),
    ],
)
def test_a_worker_that_cannot_do_it_is_refused(tiny_built: Any, threads: Any, said: Any, sentence: str) -> None:
    ours = list(identity(tiny_built.project))
    answer = [said.get(number, one) for number, one in enumerate(ours)]
    client = SimpleNamespace(nthreads=lambda: threads, run=lambda *_: dict.fromkeys(threads, answer))
    with pytest.raises(UsageError) as refused:
        _check(client, tiny_built.project, "here")
    assert sentence in str(refused.value)


def test_without_dask_it_is_said(tiny_built: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(UsageError, match=r"Dask is not installed here"), cluster(tiny_built.project, "local"):
        pass

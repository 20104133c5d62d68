"""Ctrl-C at 60 instants: either 130 and everything as it was, or the result whole and the command's own status.

An instant counts from the first line of our own code. Whatever it meets, there is no traceback, and neither a process
nor a folder is left. Which of the two ends comes depends on the machine's speed; that it is one of them does not.
"""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

FIRST, SECOND = "tinytown-2018", "tinytown-2019"
PULLED = "healthy_life_expectancy"
COMMANDS = {
    "report": ("report", FIRST),
    "several": ("report", "--all"),
    "profiles": ("profiles", FIRST),
    "verify": ("verify", FIRST),
    "pull": ("pull", PULLED),
}
INSTANTS = 12
STOPPED = "sotc: stopped; everything is as it was.\n"
MARK = "SOTC_TEST_RUN"

pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="processes are looked up in /proc")


@pytest.fixture(params=COMMANDS)
def case(request: pytest.FixtureRequest, published: Any, tmp_path: Path) -> Iterator[tuple[str, Any]]:
    """A command, and a function that makes a project in which it has something to do, and everything to lose."""
    name: str = request.param
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Publisher)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    _Publisher.folder = str(published.root / "published")
    count = iter(range(1000))

    def make() -> Any:
        city = published.copy(tmp_path / f"project-{next(count)}")
        if name in ("report", "several", "profiles"):
            code = city.codes.lsoa(1)
            city.set_raw("fuel_poverty", "lsoa", {"lsoa11_code": code}, "fuel_poor_households", "7")
        if name == "several":
            _add_edition(city)
        if name == "pull":
            address = f"http://127.0.0.1:{server.server_address[1]}/healthy.csv"
            city.change("sources", PULLED, lambda data: next(iter(data["releases"].values())).update(address=address))
            (release,) = (city.project.raw / PULLED).iterdir()
            for path in release.iterdir():
                path.unlink()
            release.rmdir()
        return city

    yield name, make
    server.shutdown()
    server.server_close()


class _Publisher(SimpleHTTPRequestHandler):
    """Serves the invented publishers' files."""

    folder = ""

    def translate_path(self, path: str) -> str:
        return f"{self.folder}{path}"

    def log_message(self, *args: object) -> None:
        pass


def _add_edition(city: Any) -> None:
    import datetime as dt

    import yaml

    path = city.definitions / "editions" / f"{FIRST}.yml"
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    city.write("editions", {**data, "id": SECOND, "year": 2019, "cut_off": dt.date(2019, 7, 31)})


def state(city: Any) -> Mapping[str, bytes | None]:
    """Every file and folder but downloads, which are kept to be continued, and the account of a run's time."""
    cache = city.project.cache
    return {
        path.relative_to(city.root).as_posix(): path.read_bytes() if path.is_file() else None
        for path in sorted(city.root.rglob("*"))
        if path.name != "run.json" and path != cache and not path.is_relative_to(cache)
    }


class Run:
    """A command in a process group of its own; all that come of it, kernels too, carry a mark in their environment."""

    def __init__(self, city: Any, words: tuple[str, ...], temporary: Path) -> None:
        self.mark = f"{MARK}={os.urandom(8).hex()}"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "analysis", *words],
            cwd=city.root,
            env={**os.environ, **dict([self.mark.split("=")]), "TMPDIR": str(temporary)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def watched(self) -> bool:
        """Whether the first line of our own code has run: the process handles the alarm, as Python alone does not."""
        text = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        caught = next(int(line.split()[1], 16) for line in text.splitlines() if line.startswith("SigCgt"))
        return bool(caught >> (signal.SIGALRM - 1) & 1)

    def stop_after(self, seconds: float, *, group: bool) -> None:
        while not self.watched() and self.process.poll() is None:
            time.sleep(0.001)
        time.sleep(seconds)
        if self.process.poll() is None:
            (os.killpg if group else os.kill)(self.process.pid, signal.SIGINT)

    def living(self) -> list[str]:
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if self.mark.encode() in (folder / "environ").read_bytes().split(b"\0"):
                    found.append((folder / "cmdline").read_text(encoding="utf-8").replace("\0", " "))
            except OSError:
                continue
        return found


def without_progress(said: str) -> str:
    """What a run says, but for the lines by which a slow one tells every ten seconds where it is."""
    return "".join(line for line in said.splitlines(keepends=True) if not re.search(r" \(\d+ of \d+\)$", line.rstrip()))


def test_at_any_instant_all_is_as_it_was_or_whole(case: tuple[str, Any], tmp_path: Path) -> None:
    name, make = case
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    city = make()
    before = state(city)
    started = time.monotonic()
    run = Run(city, COMMANDS[name], temporary)
    _, said = run.process.communicate(timeout=300)
    took_s = time.monotonic() - started
    assert run.process.returncode == 0, said
    whole = state(city)
    assert (whole == before) == (name == "verify")
    city = make()
    ends = []
    chance = random.Random(name)
    instants = [took_s * (number + chance.random()) ** 1.5 / INSTANTS**1.5 for number in range(INSTANTS)]
    for number, instant in enumerate(instants):
        run = Run(city, COMMANDS[name], temporary)
        run.stop_after(instant, group=bool(number % 2))
        said = without_progress(run.process.communicate(timeout=120)[1])
        ends.append(run.process.returncode)
        about = (name, number, round(instant, 3), run.process.returncode, said)
        assert run.process.returncode in (130, 0), about
        assert run.process.returncode == 0 or said == STOPPED, about
        assert "Traceback" not in said, about
        found = state(city)
        changed = [path for path in {*found, *before} if found.get(path, b"") != before.get(path, b"")]
        assert found == (before if run.process.returncode else whole), (about, changed)
        assert list(temporary.iterdir()) == [], about
        until = time.monotonic() + 10
        while left := run.living():
            assert time.monotonic() < until, (about, left)
            time.sleep(0.02)
        if run.process.returncode == 0 and name != "verify":
            city = make()
    assert ends[0] == 130


def test_ignored_at_the_start_it_stays_ignored(tiny_reported: Any) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "analysis", "verify", FIRST, "--quick"],
        cwd=tiny_reported.root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),  # noqa: PLW1509 - no thread runs
    )
    while process.poll() is None:
        process.send_signal(signal.SIGINT)
        time.sleep(0.01)
    out, said = process.communicate()
    said = without_progress(said)
    assert (process.returncode, said) == (0, "")
    assert out.startswith(FIRST)


def test_where_it_is_swallowed_it_comes_again(tmp_path: Path) -> None:
    """In a finaliser, in a callback of C code, in an import: once, as the one exception, and only later."""
    (tmp_path / "slow.py").write_text(
        "import time\ntry:\n    time.sleep(.3)\nexcept BaseException:\n    print('swallowed')\n"
    )
    script = """
import os, signal, sys, time
sys.path.insert(0, sys.argv[1])
from analysis import interrupts
interrupts.watch()
interrupts.allow()
class Last:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(.1)
def finaliser():
    Last()
def importing():
    signal.setitimer(signal.ITIMER_REAL, .05)
    import slow
for act in (finaliser, importing):
    interrupts._ignored = False
    try:
        act()
        time.sleep(5)
    except interrupts.Stopped:
        print(act.__name__, "stopped")
"""
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=True)
    assert (done.stdout.splitlines(), done.stderr) == (["finaliser stopped", "importing stopped"], "")

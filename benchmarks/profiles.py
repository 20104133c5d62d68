"""How long the profiles of an edition's wards take, beside plain Papermill runs of the same notebook in the same run.

Run ``python benchmarks/profiles.py [EDITION]``. Papermill runs a few wards from the shell as its manual says, one after
the other and two at a time, and makes neither PDF nor page. ``sotc profiles`` makes one ward and then all of them, from
shell to shell, with both: what each ward beyond the first takes is the difference. It prints and asserts nothing:
machines differ, so read the ratios.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

BY_HAND = 4
AT_ONCE = 2
ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
BIN = Path(sys.executable).parent


def seconds(*command: str) -> float:
    """How long a command takes on the clock."""
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, **ONE_THREAD})
    return time.perf_counter() - start


def processor_seconds() -> float:
    """What all commands so far took of all processors: a busy machine does not stretch it much."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def by_papermill(edition: str, wards: Sequence[str], at_once: int) -> float:
    """Seconds for each ward, some at a time."""
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(at_once) as threads:
        start = time.perf_counter()
        commands = [
            (
                str(BIN / "papermill"),
                "notebooks/ward_profile.ipynb",
                f"{folder}/{ward}.ipynb",
                *("-p", "edition", edition, "-p", "ward", ward),
            )
            for ward in wards
        ]
        list(threads.map(lambda command: seconds(*command), commands))
        return (time.perf_counter() - start) / len(wards)


def main(edition: str) -> None:
    """Run both, and print times and ratios."""
    make = (str(BIN / "sotc"), "profiles", edition)
    seconds(*make)  # warm: tables, compiled modules and the system's file cache
    manifest = json.loads(Path(f"reports/wards/{edition}/manifest.json").read_text(encoding="utf-8"))
    wards = sorted(manifest["wards"])
    one = min(seconds(*make, wards[0], "--force") for _ in range(2))
    clock = [processor_seconds()]
    before = by_papermill(edition, wards[:BY_HAND], 1)
    clock.append(processor_seconds())
    every = seconds(*make, "--force")
    clock.append(processor_seconds())
    beside = by_papermill(edition, wards[:BY_HAND], AT_ONCE)
    theirs, ours = (clock[1] - clock[0]) / BY_HAND, (clock[2] - clock[1]) / len(wards)
    further = (every - one) / (len(wards) - 1)
    print(f"{edition}: the first profile {one:.2f} s, all {len(wards)} {every:.2f} s, from shell to shell")
    print(f"each profile beyond the first: {further:.2f} s, with PDF and page (target: at most 0.50)")
    print(f"plain Papermill, without PDF and page: {before:.2f} s each, {beside:.2f} s each {AT_ONCE} at a time")
    print(f"Papermill one by one / profiles: {before / (every / len(wards)):.1f} (target: at least 4)")
    print(f"processor time of each: Papermill {theirs:.2f} s, profiles {ours:.2f} s, ratio {theirs / ours:.1f}")
    print(f"Papermill {AT_ONCE} at a time / profiles: {beside / (every / len(wards)):.1f}")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "liverpool-2026")

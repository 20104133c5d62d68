"""How long verifying takes, beside making the same report in the same run.

Run ``python benchmarks/verify.py [EDITION]``. The report is ``sotc report EDITION --force``; beside it, the whole
verification, one figure alone and hashes alone, each from shell to shell, everything warm: on the clock, and in time of
all processors. All are run in turn; the shortest of each counts. It prints and asserts nothing: machines differ, so
read the ratios.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
ROUNDS = 3
TARGETS = {"verify": " (target: at most 1.2 of a report)", "verify --quick": " (target: under 1 s)"}


def seconds(*words: str) -> tuple[float, float]:
    """Time of one command, which must succeed: on the clock, and of all processors."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = [str(Path(sys.executable).with_name("sotc")), *words]
    subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    edition = sys.argv[1] if len(sys.argv) > 1 else "liverpool-2018"
    seconds("report", edition)
    receipt = json.loads((REPOSITORY / "reports" / edition / "manifest.json").read_text(encoding="utf-8"))
    figure = next(one["id"] for one in receipt["figures"] if one["kind"] == "figure")
    commands = {
        "report": ("report", edition, "--force"),
        "verify": ("verify", edition),
        f"verify {figure}": ("verify", edition, figure),
        "verify --quick": ("verify", edition, "--quick"),
    }
    took = {name: [min(kind) for kind in zip(*times, strict=True)] for name, times in _rounds(commands).items()}
    for name, (wall, cpu) in took.items():
        shares = [f"{one / unit:.2f}" for one, unit in zip((wall, cpu), took["report"], strict=True)]
        target = TARGETS.get(name, "")
        print(f"{name}: {wall:.2f} s, {shares[0]} of a report; of processors {cpu:.2f} s, {shares[1]}{target}")


def _rounds(commands: dict[str, tuple[str, ...]]) -> dict[str, list[tuple[float, float]]]:
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    for _ in range(ROUNDS):
        for name, words in commands.items():
            times[name].append(seconds(*words))
    return times


if __name__ == "__main__":
    main()

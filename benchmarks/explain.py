"""How long ``sotc explain`` takes from shell to shell, for five kinds of question, beside a Python that does nothing.

The edition must be built and its report made. Each command runs several times and the median counts; on a busy machine
only the ratios mean something. ``--imports`` lists what importing costs.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
EDITION = sys.argv[1] if len(sys.argv) > 1 and not sys.argv[1].startswith("-") else "liverpool-2018"
SOTC = str(Path(sys.executable).parent / "sotc")
RUNS = 7
ALLOWED_SECONDS = 1.0


def timed(command: list[str]) -> float:
    found = []
    for _ in range(RUNS):
        start = time.perf_counter()
        subprocess.run(command, cwd=ROOT, env=ENVIRONMENT, check=True, capture_output=True)
        found.append(time.perf_counter() - start)
    return statistics.median(found)


def main() -> int:
    path = ROOT / "reports" / EDITION / "manifest.json"
    if not path.is_file() or not (path.parent / "report.html").is_file():
        raise SystemExit(f"{EDITION} has no report: make it first, with sotc report {EDITION}")
    receipt = json.loads(path.read_text(encoding="utf-8"))
    keys = {one["key"]: one["id"] for one in receipt["numbers"]}
    place = next(key.split("@")[1] for key in keys if key.startswith("imd_share"))
    asked = {
        "a published value": next(known for key, known in keys.items() if key.endswith("@2026-06-25")),
        "a share of small areas": next(known for key, known in keys.items() if key.startswith("imd_share")),
        "a count of rows": next(known for key, known in keys.items() if key.endswith(":count")),
        "an estimated life expectancy": ward("life_expectancy_birth", place),
        "a map of wards": next(one["id"] for one in receipt["figures"] if one["id"].endswith("-wards")),
    }
    floor = timed([sys.executable, "-c", "pass"])
    print(f"{'python -c pass':<30}{floor:7.3f} s")
    worst = 0.0
    for name, what in asked.items():
        took = timed([SOTC, "explain", EDITION, what])
        worst = max(worst, took)
        print(f"{name:<30}{took:7.3f} s {took / floor:6.1f} times   {what}")
    print(f"worst {worst:.3f} s; allowed on a quiet machine {ALLOWED_SECONDS:.1f} s")
    return 0


def ward(indicator: str, place: str) -> str:
    """A ward's figure by key, whichever ward comes first."""
    for line in (ROOT / "data" / "processed" / EDITION / "indicators.csv").read_text(encoding="utf-8").splitlines():
        cells = line.split(",")
        if cells[0] == indicator and cells[1] != place and cells[3].startswith("ward") and cells[8]:
            return f"{indicator}@{cells[1]}@{cells[4]}/{cells[5]}@{cells[6]}"
    raise SystemExit(f"{EDITION} has no ward figures of {indicator}")


def imports() -> None:
    """The dearest imports behind an explanation."""
    code = "import analysis.cli, analysis.audit.explain, analysis.audit.told"
    made = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
    )
    rows = [line.removeprefix("import time:").split("|") for line in made.stderr.splitlines() if "|" in line]
    own = sorted(((int(row[0]), row[2].strip()) for row in rows if row[0].strip().isdigit()), reverse=True)
    for microseconds, name in own[:12]:
        print(f"{microseconds / 1000:8.1f} ms  {name}")


ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
if __name__ == "__main__":
    code = main()
    if "--imports" in sys.argv:
        imports()
    sys.exit(code)

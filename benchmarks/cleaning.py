"""How long cleaning takes: every source of the largest edition, against parsing the same cells as plain numbers.

The floor is what any reader must do: take every cell of the same raw tables to a number where it is one. Machines
differ and so do their loads: read the ratio. With the folder of another state of the project that edition is cleaned
there as well, in turn, and the ratio of the two is printed: ``python benchmarks/cleaning.py [other folder]``.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
ROUNDS = 5
ONCE = """
import sys, time
sys.path.insert(0, sys.argv[1] + "/src")
from pathlib import Path
from analysis.catalogue.load import load_catalogue
from analysis.paths import Project
from analysis.make.tables import clean_sources
from analysis.sources.snapshots import open_release
project = Project(Path(sys.argv[2]), Path(sys.argv[1]) / "src" / "analysis" / "definitions")
catalogue = load_catalogue(project.definitions)
edition = max(catalogue.editions.values(), key=lambda one: sum(map(len, one.releases.values())))
opened = {(s, r): open_release(project, s, r) for s, releases in edition.releases.items() for r in releases}
clean_sources(catalogue, opened)
start = time.process_time()
clean_sources(catalogue, opened)
print(edition.id, time.process_time() - start, end=" ")
start = time.process_time()
for release in opened.values():
    for table in release.tables.values():
        for column in table:
            for cell in table[column]:
                try:
                    float(cell)
                except ValueError:
                    pass
print(time.process_time() - start)
"""


def seconds(folder: Path) -> tuple[str, float, float]:
    """Edition, processor time of cleaning and of the floor, in a process of its own."""
    command = [sys.executable, "-c", ONCE, str(folder), str(REPOSITORY)]
    edition, took, floor = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return edition, float(took), float(floor)


def main() -> None:
    """Print the ratios."""
    folders = [REPOSITORY, *(Path(name).resolve() for name in sys.argv[1:2])]
    found: dict[Path, list[tuple[str, float, float]]] = {folder: [] for folder in folders}
    started = time.perf_counter()
    for _ in range(ROUNDS):
        for folder in folders:
            found[folder].append(seconds(folder))
    best = {folder: min(took for _, took, _ in runs) for folder, runs in found.items()}
    edition, _, _ = found[REPOSITORY][0]
    floor = min(floor for _, _, floor in found[REPOSITORY])
    print(
        f"cleaning all sources of {edition}: {best[REPOSITORY]:.2f} s, {best[REPOSITORY] / floor:.1f} times the floor"
    )
    for other in folders[1:]:
        print(f"against {other.name}: {best[REPOSITORY] / best[other]:.2f} times")
    print(f"({ROUNDS} rounds in {time.perf_counter() - started:.0f} s)")


if __name__ == "__main__":
    main()

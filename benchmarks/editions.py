"""How long reports take: all editions against the slowest one alone, a rerun unchanged, growth with their number.

Works in a temporary project with definitions of its own; where fewer than nine editions exist, copies of the newest
stand in. Machines differ: read the ratios. ``python benchmarks/editions.py [number of editions]``.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
DEFINITIONS = Path("src/analysis/definitions")


def make_project(root: Path, number: int) -> list[str]:
    """A project with at least ``number`` editions: the repository's figures and notebooks, its own definitions."""
    (root / "data").mkdir(parents=True)
    (root / "data" / "raw").symlink_to(REPOSITORY / "data" / "raw")
    for name in ("notebooks", "requirements.lock"):
        (root / name).symlink_to(REPOSITORY / name)
    shutil.copytree(REPOSITORY / DEFINITIONS, root / DEFINITIONS)
    files = sorted((root / DEFINITIONS / "editions").glob("*.yml"))
    names = [path.stem for path in files]
    for copy in range(2, number - len(names) + 2):
        text = files[-1].read_text(encoding="utf-8")
        names.append(f"{files[-1].stem}-copy-{copy}")
        text = text.replace(f"id: {files[-1].stem}\n", f"id: {names[-1]}\n", 1)
        (files[-1].parent / f"{names[-1]}.yml").write_text(text, encoding="utf-8")
    return names


def seconds(root: Path, *names: str, fresh: bool = True) -> float:
    """Wall time of ``sotc report`` of the editions named, from nothing built unless ``fresh`` is false."""
    if fresh:
        for folder in (root / "data" / "processed", root / "reports"):
            shutil.rmtree(folder, ignore_errors=True)
    start = time.perf_counter()
    command = [sys.executable, "-m", "analysis", "report", *names]
    subprocess.run(command, cwd=root, check=True, capture_output=True)
    return time.perf_counter() - start


def main() -> None:
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "project"
        names = make_project(root, number)
        real = [name for name in names if "-copy-" not in name]
        alone = {name: seconds(root, name) for name in real}
        slowest = max(alone, key=lambda name: alone[name])
        print(f"slowest alone: {slowest}, {alone[slowest]:.1f} s (the unit of what follows)")
        for count in sorted({2, 4, len(names)} - {1}):
            if count <= len(names):
                took = seconds(root, *names[-count:])
                target = " (target of nine on two processors: at most 3.6)" if count == 9 else ""
                print(
                    f"{count} editions: {took / alone[slowest]:.2f} times, "
                    f"{took / count / alone[slowest]:.2f} each{target}"
                )
        took = seconds(root, "--all", fresh=False)
        print(f"all {len(names)} again, nothing changed: {took:.2f} s, {took / alone[slowest]:.2f} times")
        took = seconds(root, slowest, fresh=False)
        print(f"{slowest} again, nothing changed: {took:.2f} s, {took / alone[slowest]:.2f} times")


if __name__ == "__main__":
    main()

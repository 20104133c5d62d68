"""How long a report takes, beside the same work in one plain Python process in the same run.

Run ``python benchmarks/report.py [EDITION]``. The floor is one process that imports what it needs, builds the tables,
runs the statements of the notebooks in order, as they stand in the files, and sets the PDF and the page. The report is
the command ``sotc report EDITION --force``, from shell to shell, everything warm. Both are run in turn; the shortest of
each counts. It prints and asserts nothing: machines differ, so read the ratios.
"""

from __future__ import annotations

import ast
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROUNDS = 3
ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")


@dataclass(frozen=True)
class Run:
    """One command: seconds on the clock and of all processors, from shell to shell, and what it printed last."""

    wall: float
    cpu: float
    last_line: str


def run(*command: str) -> Run:
    """Run a command and time it with all its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    done = subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, **ONE_THREAD})
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Run(wall, cpu, (done.stdout.strip().splitlines() or [""])[-1])


def run_floor(edition: str) -> None:
    """Do the work of a report in this process, and print the seconds of processor time of its steps as JSON."""
    steps, clock = {}, time.process_time()

    def lap(step: str) -> None:
        nonlocal clock
        now = time.process_time()
        steps[step], clock = now - clock, now

    import nbformat

    import analysis.figures
    import analysis.narrative  # noqa: F401
    from analysis.catalogue.load import load_catalogue
    from analysis.make.tables import build_edition
    from analysis.paths import find_project
    from analysis.report.document import gather
    from analysis.report.page import render_html
    from analysis.report.typst_pdf import render_pdf

    lap("imports")
    project = find_project()
    catalogue = load_catalogue(project.definitions)
    lap("definitions")
    build_edition(project, catalogue, edition, project.processed / edition)
    lap("build")
    notebooks = {}
    for name in catalogue.edition(edition).notebooks:
        notebook = nbformat.read(project.notebooks / f"{name}.ipynb", as_version=4)
        call_cells(notebook, {"edition": edition})
        notebooks[f"{name}.ipynb"] = notebook
    lap("notebooks")
    document = gather(notebooks)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "report.html").write_text(render_html(document), encoding="utf-8")
        lap("page")
        Path(folder, "report.pdf").write_bytes(render_pdf(document, None))
        lap("pdf")
    print(json.dumps(steps))


def call_cells(notebook: Any, parameters: dict[str, object]) -> None:
    """Run the code of a notebook as one plain script, and keep what the last expression of each cell shows."""
    import nbformat

    names: dict[str, Any] = {}
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        body = ast.parse(cell.source).body
        last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
        exec(compile(ast.Module(body, []), cell.id, "exec"), names)
        names |= parameters if "parameters" in cell.metadata.get("tags", []) else {}
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), cell.id, "eval"), names)
            show = getattr(value, "_repr_mimebundle_", None)
            if show is not None:
                cell.outputs = [nbformat.v4.new_output("execute_result", show(), execution_count=1)]


def peak_memory_mb(*command: str) -> float:
    """The most memory that a command and all its children held at one moment; pages that they share count once."""
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, **ONE_THREAD}
    )
    peak, over = 0, threading.Event()

    def watch() -> None:
        nonlocal peak
        while not over.wait(0.05):
            peak = max(peak, sum(_proportional_kb(pid) for pid in _tree(process.pid)))

    watcher = threading.Thread(target=watch)
    watcher.start()
    process.wait()
    over.set()
    watcher.join()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return peak / 1024


def _tree(pid: int) -> list[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [pid, *(found for child in children for found in _tree(int(child)))]


def _proportional_kb(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def main(edition: str) -> None:
    """Run floor and report in turn, and print times, ratios and memory."""
    report = (sys.executable, "-m", "analysis", "report", edition, "--force")
    floor = (sys.executable, __file__, "--floor", edition)
    build = (sys.executable, "-m", "analysis", "build", edition, "--force")
    run(*report)  # warm: compiled modules and the system's file cache
    rounds = [(run(*floor), run(*report), run(*build)) for _ in range(ROUNDS)]
    for name, runs in zip(("floor", "report", "build"), zip(*rounds, strict=True), strict=True):
        wall, cpu = min(one.wall for one in runs), min(one.cpu for one in runs)
        print(f"{name}: {wall:.2f} s on the clock, {cpu:.2f} s of processor time")
    steps = min((json.loads(one[0].last_line) for one in rounds), key=lambda steps: sum(steps.values()))
    print("steps of the floor:", ", ".join(f"{step} {seconds:.2f} s" for step, seconds in steps.items()))
    print(f"build alone, raw to processed: {steps['build']:.2f} s of processor time (target: under 3)")
    for clock in ("wall", "cpu"):
        least = [min(getattr(one, clock) for one in runs) for runs in list(zip(*rounds, strict=True))[:2]]
        print(f"report / floor, {clock}: {least[1] / least[0]:.2f} (target: at most 1.45)")
    print(f"peak memory of the report, all its processes: {peak_memory_mb(*report):.0f} MB (target: under 1024)")
    largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"largest single process, shared pages counted in full: {largest:.0f} MB")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--floor"]:
        run_floor(sys.argv[2])
    else:
        main(sys.argv[1] if len(sys.argv) > 1 else "liverpool-2018")

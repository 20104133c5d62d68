"""Time the definitions and the judgement, as ratios against a plain baseline in the same run.

``python benchmarks/definitions.py [EDITION]``: loading and checking all definitions beside a plain ``yaml.load`` of the
same files (C loader), and judging every indicator and area of a built edition beside one pass over its rows in a plain
Python loop. Exits with 1 if a target is missed: 0.3 s for the definitions, 1 s for the judgement.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import yaml  # noqa: E402

from analysis.catalogue.load import load_catalogue  # noqa: E402
from analysis.judge.judgement import judge  # noqa: E402
from analysis.make.tables import judgement_tables  # noqa: E402
from analysis.paths import find_project  # noqa: E402
from analysis.tables.contract import read_processed  # noqa: E402

DEFINITIONS_TARGET, JUDGEMENT_TARGET = 0.3, 1.0
KINDS = ("sources", "indicators", "plans", "places", "editions")


def best_of(run: Callable[[], object], times: int = 5) -> float:
    """Seconds of processor time of the quickest of some runs: other programs on the machine do not count."""
    best = float("inf")
    for _ in range(times):
        start = time.process_time()
        run()
        best = min(best, time.process_time() - start)
    return best


def plain_loop(rows: list[dict[str, object]]) -> dict[tuple[object, ...], dict[str, object]]:
    """The latest row of each series, one row after the other, with the mean of its values."""
    latest: dict[tuple[object, ...], dict[str, object]] = {}
    sums: dict[tuple[object, ...], list[float]] = {}
    for row in rows:
        key = (row["indicator"], row["area_code"], row["sex"], row["age"])
        if key not in latest or str(latest[key]["period_end"]) < str(row["period_end"]):
            latest[key] = row
        sums.setdefault(key, []).append(float(str(row["value"])))
    return {key: {**row, "mean": sum(sums[key]) / len(sums[key])} for key, row in latest.items()}


def main(arguments: list[str]) -> int:
    project = find_project()
    texts = [
        path.read_text(encoding="utf-8")
        for kind in KINDS
        for path in sorted(Path(project.definitions, kind).glob("*.yml"))
    ]
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    seconds = best_of(lambda: load_catalogue(project.definitions))
    plain = best_of(lambda: [yaml.load(text, Loader=loader) for text in texts])
    catalogue = load_catalogue(project.definitions)
    print(f"definitions: {len(texts)} files, {len(catalogue.indicators)} indicators")
    print(
        f"  load and check   {seconds:.3f} s (target {DEFINITIONS_TARGET} s)   plain yaml.load {plain:.3f} s   "
        f"ratio {seconds / plain:.2f}"
    )
    met = seconds < DEFINITIONS_TARGET

    edition = catalogue.edition(arguments[0] if arguments else sorted(catalogue.editions)[0])
    folder = project.processed / edition.id
    if not (folder / "indicators.csv").is_file():
        print(f"judgement: not timed, {edition.id} is not built")
        return 0 if met else 1
    texts_of = ("release", "area_code", "age", "period_start", "period_end")
    rows = read_processed(folder / "indicators.csv", texts_of)
    place = catalogue.places[edition.place]
    plans = [catalogue.plans[plan] for plan in edition.plans]
    baseline = catalogue.editions[edition.baseline] if edition.baseline else None
    records = rows.to_dict("records")
    judged = judge(rows, catalogue.indicators, edition, place, baseline, plans)
    seconds = best_of(lambda: judge(rows, catalogue.indicators, edition, place, baseline, plans), 3)
    loop = best_of(lambda: plain_loop(records), 3)
    small, slopes = (read_processed(folder / f"{name}.csv", texts_of) for name in ("small_areas", "inequality"))
    every = best_of(lambda: judgement_tables(catalogue, edition, rows, small, slopes), 3)
    print(f"judgement: {len(rows)} rows, {len(judged)} series of {edition.id}")
    print(
        f"  judge            {seconds:.3f} s (target {JUDGEMENT_TARGET} s)   plain loop {loop:.3f} s   "
        f"ratio {seconds / loop:.1f}"
    )
    print(f"  with scorecard, warnings and distribution {every:.3f} s")
    return 0 if met and seconds < JUDGEMENT_TARGET else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

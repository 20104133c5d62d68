"""What ``sotc list`` prints: definitions as plain tables, one line each."""

from __future__ import annotations

import pandas as pd
from rich.console import Console
from rich.table import Table

from analysis.catalogue import Catalogue
from analysis.coverage import measure_coverage
from analysis.paths import Project
from analysis.tables import read_processed


def print_list(what: str, catalogue: Catalogue, project: Project) -> None:
    """Print one kind of definition, or the coverage of every plan by the editions built so far."""
    headings, rows = {
        "editions": _editions,
        "sources": _sources,
        "indicators": _indicators,
        "plans": _plans,
        "coverage": _coverage,
    }[what](catalogue, project)
    console = Console()
    if not console.is_terminal:
        for row in rows:
            console.out("\t".join(row), highlight=False)
        return
    table = Table(*headings, box=None, header_style="bold")
    for row in rows:
        table.add_row(*row)
    console.print(table)


Listed = tuple[tuple[str, ...], list[tuple[str, ...]]]


def _editions(catalogue: Catalogue, project: Project) -> Listed:
    rows = []
    for edition in catalogue.editions.values():
        made = (project.reports / edition.id / "report.pdf").is_file()
        rows.append((edition.id, edition.title, edition.cut_off.isoformat(), "made" if made else "not made yet"))
    return ("edition", "title", "cut-off", "report"), rows


def _sources(catalogue: Catalogue, project: Project) -> Listed:
    rows = []
    for source in catalogue.sources.values():
        for release, item in source.releases.items():
            held = "held" if (project.raw / source.id / release / "snapshot.yml").is_file() else "not held"
            rows.append((source.id, release, item.title, item.publisher or source.publisher, held))
    return ("source", "release", "title", "publisher", "raw tables"), rows


def _indicators(catalogue: Catalogue, project: Project) -> Listed:
    del project
    rows = []
    for indicator in catalogue.indicators.values():
        levels = sorted({level for given in indicator.inputs for level in given.levels})
        rows.append((indicator.id, indicator.title, indicator.unit, " ".join(levels), " ".join(indicator.priorities)))
    return ("indicator", "title", "unit", "levels", "priorities"), rows


def _plans(catalogue: Catalogue, project: Project) -> Listed:
    del project
    rows = []
    for plan in catalogue.plans.values():
        for aim in plan.aims:
            outcomes = sum(len(priority.outcomes) for priority in aim.priorities)
            rows.append((plan.id, aim.id, aim.title, str(len(aim.priorities)), str(outcomes)))
    return ("plan", "aim", "title", "priorities", "outcomes"), rows


def _coverage(catalogue: Catalogue, project: Project) -> Listed:
    rows = []
    for edition in catalogue.editions.values():
        path = project.processed / edition.id / "indicators.csv"
        if not path.is_file():
            continue
        built = read_processed(path, ("release",))
        for plan in edition.plans:
            table: pd.DataFrame = measure_coverage(catalogue.plans[plan], catalogue.indicators, built)
            for row in table.to_dict("records"):
                state = row["latest_period_end"] or f"none: {row['gap_source'] or 'no shipped source'}"
                counts = f"{row['city_indicators']} city, {row['ward_indicators']} ward"
                rows.append((edition.id, row["priority"], row["priority_title"], counts, str(state)))
    return ("edition", "priority", "title", "indicators", "latest"), rows

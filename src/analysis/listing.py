"""What ``sotc list`` prints: definitions and their coverage as plain tables, one line each.

On a terminal the tables are aligned and close with a line that counts; elsewhere they are tab-separated, without a
heading, for other programs to read.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table

from analysis.catalogue import Catalogue
from analysis.coverage import measure_coverage
from analysis.model import Indicator
from analysis.paths import Project
from analysis.tables import read_processed

LEVELS = {"areas": "city and peers", "lad": "city", "ward": "wards", "lsoa": "small areas"}
DIRECTIONS = {"higher_is_better": "higher", "lower_is_better": "lower", "neutral": "neither"}
SHORT = (
    "indicator",
    "source",
    "edition",
    "plan",
    "aim",
    "priority",
    "outcomes",
    "city",
    "wards",
    "latest",
    "better",
    "release",
    "cut-off",
)
"""Columns that keep their words on one line however narrow the terminal; the others wrap."""


@dataclass(frozen=True)
class Listed:
    """One table of ``sotc list``; ``sections`` are the rows after which a line is drawn."""

    headings: tuple[str, ...]
    rows: Sequence[Sequence[str]]
    summary: str = ""
    sections: set[int] = field(default_factory=set)


def print_list(what: str, catalogue: Catalogue, project: Project) -> None:
    """Print one kind of definition, or the coverage of every plan by the editions built so far."""
    listed = LISTS[what](catalogue, project)
    console = Console()
    if not console.is_terminal:
        for row in listed.rows:
            sys.stdout.write("\t".join(row) + "\n")
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in listed.headings:
        table.add_column(heading, no_wrap=heading in SHORT, overflow="fold")
    for number, row in enumerate(listed.rows):
        table.add_row(*row, end_section=number in listed.sections)
    console.print(table)
    if listed.summary:
        console.print(f"\n{listed.summary}", highlight=False)


def _editions(catalogue: Catalogue, project: Project) -> Listed:
    rows = []
    for edition in catalogue.editions.values():
        made = (project.reports / edition.id / "report.pdf").is_file()
        rows.append((edition.id, edition.title, edition.cut_off.isoformat(), "made" if made else "not made yet"))
    return Listed(("edition", "title", "cut-off", "report"), rows)


def _sources(catalogue: Catalogue, project: Project) -> Listed:
    rows = []
    for source in catalogue.sources.values():
        for release, item in source.releases.items():
            held = "held" if (project.raw / source.id / release / "snapshot.yml").is_file() else "not held"
            rows.append((source.id, release, item.title, item.publisher or source.publisher, held))
    return Listed(("source", "release", "title", "publisher", "raw tables"), rows)


def _indicators(catalogue: Catalogue, project: Project) -> Listed:
    del project
    rows = [
        (
            one.id,
            one.title,
            one.unit,
            DIRECTIONS[one.polarity],
            ", ".join(LEVELS[level] for level in LEVELS if level in levels(one)),
            one.comparison,
            "tested" if one.trend == "allowed" else "not tested",
            "headline" if one.headline else "",
            " ".join(one.priorities),
        )
        for one in catalogue.indicators.values()
    ]
    every = catalogue.indicators.values()
    summary = (
        f"{len(rows)} indicators: {sum(bool(levels(one) & {'areas', 'lad'}) for one in every)} for the city, "
        f"{sum('ward' in levels(one) for one in every)} for wards, "
        f"{sum(one.headline for one in every)} of them headline; "
        f"{sum(one.comparison == 'limits' for one in every)} compared by limits, "
        f"{sum(one.trend == 'allowed' for one in every)} with a trend test."
    )
    headings = ("indicator", "title", "unit", "better", "held for", "compared by", "trend", "", "priorities")
    return Listed(headings, rows, summary)


def levels(indicator: Indicator) -> set[str]:
    """The levels at which an indicator's definition gives it: areas, lad, ward, lsoa."""
    return {level for given in indicator.inputs for level in given.levels}


def _plans(catalogue: Catalogue, project: Project) -> Listed:
    del project
    rows, sections = [], set()
    for plan in catalogue.plans.values():
        for aim in plan.aims:
            outcomes = sum(len(priority.outcomes) for priority in aim.priorities)
            serving = {one.id for priority in aim.priorities for one in catalogue.serving(priority.id)}
            counts = (str(len(aim.priorities)), str(outcomes), str(len(serving)))
            who = "; ".join(aim.accountable) or "no role named"
            rows.append((plan.id, aim.id, aim.title if not aim.not_held else f"{aim.title} (not held)", *counts, who))
        sections.add(len(rows) - 1)
    targets = sum(target.kind == "target" for plan in catalogue.plans.values() for target in plan.targets)
    summary = (
        f"{len(catalogue.plans)} plans: {sum(int(row[3]) for row in rows)} priorities, "
        f"{sum(int(row[4]) for row in rows)} outcomes, {targets} dated targets."
    )
    headings = ("plan", "aim", "title", "priorities", "outcomes", "indicators", "accountable")
    return Listed(headings, rows, summary, sections)


def _coverage(catalogue: Catalogue, project: Project) -> Listed:
    """Aims by priorities: outcomes, indicators with a value at which geography, how recent; or who would supply one."""
    rows: list[tuple[str, ...]] = []
    sections: set[int] = set()
    without = total = 0
    unbuilt = []
    for edition in catalogue.editions.values():
        path = project.processed / edition.id / "indicators.csv"
        if not path.is_file():
            unbuilt.append(edition.id)
            continue
        built = read_processed(path, ("release",))
        for plan in edition.plans:
            table = measure_coverage(catalogue.plans[plan], catalogue.indicators, built)
            for _, aim in table.groupby("aim", sort=False):
                rows += [_coverage_row(edition.id, row) for row in aim.to_dict("records")]
                sections.add(len(rows) - 1)
            without += int((table["indicators"] == "").sum())
            total += len(table)
    summary = f"{total} priorities, {without} of them without an indicator that has a value." if total else ""
    if unbuilt:
        summary += f" Not built yet: {', '.join(unbuilt)} (sotc build EDITION)."
    headings = ("edition", "aim", "priority", "title", "outcomes", "city", "wards", "latest")
    return Listed((*headings, "what is held, or who would supply it"), rows, summary.strip(), sections)


def _coverage_row(edition: str, row: Mapping[Hashable, object]) -> tuple[str, ...]:
    counts = (str(row["outcomes"]), str(row["city_indicators"]), str(row["ward_indicators"]))
    if row["indicators"]:
        held = str(row["indicators"])
    elif row["gap_source"] or not row["without_value"]:
        held = f"none: {row['gap_source'] or 'no source named'}"
    else:
        held = f"no value yet: {row['without_value']}"
    latest = str(row["latest_period_end"])[:7] or "never"
    return edition, str(row["aim"]), str(row["priority"]), str(row["priority_title"]), *counts, latest, held


LISTS: dict[str, Callable[[Catalogue, Project], Listed]] = {
    "editions": _editions,
    "sources": _sources,
    "indicators": _indicators,
    "plans": _plans,
    "coverage": _coverage,
}

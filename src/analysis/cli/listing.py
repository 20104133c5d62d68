"""What ``sotc list`` prints: definitions and their coverage as plain tables, one line each.

On a terminal the tables are aligned and close with a line that counts; elsewhere they are tab-separated, headings
first, for other programs to read.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from rich.console import Console
from rich.table import Table

from analysis.catalogue.load import Catalogue
from analysis.catalogue.model import Indicator
from analysis.clean.corrections import ACCEPTED, describe_correction
from analysis.indicators.coverage import COLUMNS, OUTCOME_COLUMNS
from analysis.paths import Project
from analysis.sources.snapshots import is_held
from analysis.tables.contract import read_processed
from analysis.tables.loaded import TEXT_COLUMNS
from analysis.words import counted, format_number

LEVELS = {"areas": "city and peers", "lad": "city", "ward": "wards", "lsoa": "small areas"}
DIRECTIONS = {"higher_is_better": "higher", "lower_is_better": "lower", "neutral": "neither"}
SHORT = (
    "indicator",
    "source",
    "edition",
    "plan",
    "aim",
    "priority",
    "outcome",
    "outcomes",
    "wanted",
    "city",
    "wards",
    "latest",
    "better",
    "release",
    "cut-off",
    "status",
)
"""Columns that keep their words on one line however narrow the terminal; the others wrap."""


WARD = ("area_code", "area_name", "geography")


@dataclass(frozen=True)
class Listed:
    """One table of ``sotc list``; ``sections`` are the rows after which a line is drawn."""

    headings: tuple[str, ...]
    rows: Sequence[Sequence[str]]
    summary: str = ""
    sections: set[int] = field(default_factory=set)


def print_list(what: str, catalogue: Catalogue, project: Project) -> None:
    """Print one kind of definition, or what the editions built so far cover of their plans."""
    listed = LISTS[what](catalogue, project)
    console = Console()
    if not console.is_terminal:
        for row in (listed.headings, *listed.rows):
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


def _places(catalogue: Catalogue, project: Project) -> Listed:
    del project
    rows = [
        (one.id, one.name, one.code, one.country.name, ", ".join(peer.name for peer in one.peers))
        for one in catalogue.places.values()
    ]
    return Listed(("place", "name", "code", "country", "compared with"), rows)


def _wards(catalogue: Catalogue, project: Project) -> Listed:
    """The wards of each edition that is built, by the codes that profiles and tables name them with."""
    tables, unbuilt = _built(catalogue, project, "wards", WARD)
    rows = [
        (edition, *(str(part) for part in ward))
        for edition, table in tables.items()
        for ward in sorted(set(table[list(WARD)].itertuples(index=False, name=None)))
    ]
    return Listed(("edition", "ward", "name", "geography"), rows, f"{counted(len(rows), 'ward')}. {unbuilt}".strip())


def _targets(catalogue: Catalogue, project: Project) -> Listed:
    """Every promise with a date, and every need that a plan states: what measures it, or why nothing does."""
    del project
    rows = [
        (
            plan.id,
            one.id,
            one.kind,
            one.statement,
            "" if one.value is None else format_number(one.value),
            one.unit,
            one.date,
            one.indicator or f"none: {one.why_not_measured}",
        )
        for plan in catalogue.plans.values()
        for one in plan.targets
    ]
    rows += [
        (
            "",
            one.id,
            "target",
            one.target.origin,
            format_number(one.target.value),
            one.unit,
            one.target.date,
            one.id,
        )
        for one in catalogue.indicators.values()
        if one.target is not None
    ]
    headings = ("plan", "target", "kind", "statement", "value", "unit", "date", "measured by")
    return Listed(headings, rows, f"{counted(len(rows), 'promise or need', 'promises and needs')}.".capitalize())


def _sources(catalogue: Catalogue, project: Project) -> Listed:
    rows = []
    for source in catalogue.sources.values():
        for release, item in source.releases.items():
            held = "held" if is_held(project, source.id, release) else "not held"
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
    tables, unbuilt = _built(catalogue, project, "coverage", COLUMNS)
    rows: list[tuple[str, ...]] = []
    sections: set[int] = set()
    for edition, table in tables.items():
        for _, aim in table.groupby(["plan", "aim"], sort=False):
            rows += [_coverage_row(edition, row) for row in aim.to_dict("records")]
            sections.add(len(rows) - 1)
    every = pd.concat(tables.values()) if tables else pd.DataFrame(columns=pd.Index(COLUMNS))
    summary = (
        f"{len(every)} priorities, {(every['indicators'] == '').sum()} of them without an indicator that has a value; "
        f"{every['outcomes_measured'].sum():.0f} of {every['outcomes'].sum():.0f} outcomes with one."
    )
    headings = ("edition", "aim", "priority", "title", "outcomes", "city", "wards", "latest")
    return Listed((*headings, "what is held, or who would supply it"), rows, f"{summary} {unbuilt}".strip(), sections)


def _coverage_row(edition: str, row: Mapping[Hashable, Any]) -> tuple[str, ...]:
    outcomes = f"{row['outcomes_measured']:.0f} of {row['outcomes']:.0f}"
    if row["indicators"]:
        held = str(row["indicators"])
    elif row["without_value"]:
        held = f"no value yet: {row['without_value']} ({row['awaited']})"
    else:
        held = f"none: {row['gap_source'] or 'no source named'}"
    return edition, row["aim"], row["priority"], row["priority_title"], outcomes, *_counts(row), held


def _outcomes(catalogue: Catalogue, project: Project) -> Listed:
    """Every outcome: the indicators that speak to it and have a value, at which geography, how recent."""
    tables, unbuilt = _built(catalogue, project, "coverage_outcomes", OUTCOME_COLUMNS)
    rows: list[tuple[str, ...]] = []
    sections: set[int] = set()
    for edition, table in tables.items():
        for _, priority in table.groupby(["plan", "priority"], sort=False):
            for row in priority.to_dict("records"):
                held = row["indicators"] or (
                    f"no value yet: {row['without_value']}" if row["without_value"] else "none"
                )
                rows.append((edition, row["outcome"], row["statement"], row["direction"], *_counts(row), held))
            sections.add(len(rows) - 1)
    without = sum(int((table["indicators"] == "").sum()) for table in tables.values())
    summary = f"{len(rows)} outcomes, {without} of them without an indicator that has a value. {unbuilt}"
    headings = ("edition", "outcome", "statement", "wanted", "city", "wards", "latest", "what is held")
    return Listed(headings, rows, summary.strip(), sections)


def _corrections(catalogue: Catalogue, project: Project) -> Listed:
    """Every correction: what it changes in which release, who said so, and whether it is applied."""
    del project
    rows = [
        (one.id, one.source, one.release, describe_correction(one), one.reason, one.said_by, one.status)
        for one in catalogue.corrections.values()
    ]
    summary = f"{counted(len(rows), 'correction')}, {sum(row[-1] == ACCEPTED for row in rows)} applied.".capitalize()
    headings = ("correction", "source", "release", "change", "reason", "who said so", "status")
    return Listed(headings, rows, summary)


def _counts(row: Mapping[Hashable, Any]) -> tuple[str, str, str]:
    """How many indicators with a value for the city and for wards, and the month of the latest."""
    latest = str(row["latest_period_end"])[:7] or "never"
    return f"{row['city_indicators']:.0f}", f"{row['ward_indicators']:.0f}", latest


def _built(
    catalogue: Catalogue, project: Project, name: str, columns: Sequence[str]
) -> tuple[dict[str, pd.DataFrame], str]:
    """A table of every edition that is built and has these columns, and a sentence that names the others."""
    tables, unbuilt = {}, []
    for edition in catalogue.editions:
        path = project.processed / edition / f"{name}.csv"
        table = read_processed(path, TEXT_COLUMNS) if path.is_file() else pd.DataFrame()
        if set(columns) <= set(table.columns):
            tables[edition] = table
        else:
            unbuilt.append(edition)
    return tables, f"Not built yet: {', '.join(unbuilt)} (sotc build EDITION)." if unbuilt else ""


LISTS: dict[str, Callable[[Catalogue, Project], Listed]] = {
    "editions": _editions,
    "places": _places,
    "wards": _wards,
    "sources": _sources,
    "indicators": _indicators,
    "plans": _plans,
    "targets": _targets,
    "coverage": _coverage,
    "outcomes": _outcomes,
    "corrections": _corrections,
}

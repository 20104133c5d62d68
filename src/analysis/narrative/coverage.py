"""What the figures cover: for each priority of the plans how many of its outcomes have one, and who has the others."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

from analysis.blocks import Blocks, Column, Table, Text
from analysis.catalogue.plans import Aim, Plan
from analysis.narrative.prose import Prose
from analysis.tables import keys
from analysis.tables.loaded import LoadedEdition
from analysis.words import day_words, joined, run_together

HOW_TO_READ = (
    "An indicator counts for an outcome where it measures it or a plain side of it. In the tables City and Wards count "
    "the indicators with a value that serve a priority, whether or not they speak to one of its outcomes; Latest is "
    "the end of the latest period of any of them. The last column names who publishes what nothing here measures."
)


def table_coverage(edition: LoadedEdition) -> Blocks:
    """Priorities by aim: outcomes measured, indicators for the city and its wards, how recent, what is missing."""
    plans = [edition.catalogue.plans[name] for name in edition.edition.plans]
    blocks: list[Text | Table] = [Text(HOW_TO_READ)]
    for plan in plans:
        blocks.append(_say_coverage(edition, plan))
        blocks += [_aim_table(edition, plan, aim) for aim in plan.aims if aim.priorities]
    return Blocks.of(blocks)


def _say_coverage(edition: LoadedEdition, plan: Plan) -> Text:
    table = edition.table("coverage")
    table = table[table["plan"] == plan.id]
    outcomes = edition.table("coverage_outcomes")
    wards = (outcomes.loc[outcomes["plan"] == plan.id, "ward_indicators"] > 0).sum()
    prose = Prose()
    covered = prose.number(f"{(table['indicators'] != '').sum()}", keys.count("coverage", "indicators!=", plan=plan.id))
    measured, every = (
        prose.number(f"{table[column].sum():.0f}", keys.total("sum", column, "coverage", plan=plan.id))
        for column in ("outcomes_measured", "outcomes")
    )
    by_ward = prose.number(f"{wards}", keys.count("coverage_outcomes", "ward_indicators>0", plan=plan.id))
    many = prose.counted(len(table), keys.count("coverage", plan=plan.id), "priority", "priorities")
    prose.say(
        f"Of the {many} of the {plan.title}, {covered} have an indicator with "
        f"a value; of the {every} outcomes that it wants, {measured} have one, and {by_ward} have one for wards."
    )
    unheld = [aim.title for aim in plan.aims if aim.not_held]
    if unheld:
        prose.say(
            f"The text of {joined(run_together(unheld))} is not held, so nothing is said of "
            f"{'it' if len(unheld) == 1 else 'them'}."
        )
    return prose.text()


def _aim_table(edition: LoadedEdition, plan: Plan, aim: Aim) -> Table:
    table = edition.table("coverage")
    table = table[(table["plan"] == plan.id) & (table["aim"] == aim.id)]
    return Table(
        title=f"What the figures cover: {aim.title}",
        columns=(
            Column("Priority", row_header=True, width=0.8),
            Column("Outcomes", "right"),
            Column("City", "right"),
            Column("Wards", "right"),
            Column("Latest"),
            Column("Who publishes what is missing", width=2),
        ),
        rows=[_cells(row) for row in table.to_dict("records")],
        source=f"{plan.title}; the definitions and tables of this report (coverage.csv).",
        part=f"{plan.id}-{aim.id}",
    )


def _cells(row: Mapping[Hashable, Any]) -> tuple[str, ...]:
    latest = str(row["latest_period_end"])[:7]
    return (
        str(row["priority_title"]),
        f"{row['outcomes_measured']:.0f} of {row['outcomes']:.0f}",
        f"{row['city_indicators']:.0f}",
        f"{row['ward_indicators']:.0f}",
        day_words(latest) if latest else "none",
        _missing(row),
    )


def _missing(row: Mapping[Hashable, Any]) -> str:
    parts = [f"No value yet: {row['awaited']}" if row["awaited"] else "", str(row["gap_source"])]
    return "; ".join(part for part in parts if part) or ("nothing" if row["indicators"] else "no source named")

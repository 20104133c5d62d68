"""What the figures cover: for each priority of the plans how many of its outcomes have one, and who has the others."""

from __future__ import annotations

from analysis.blocks import Blocks, Column, Table, Text
from analysis.catalogue.plans import Aim, Plan
from analysis.narrative.prose import Prose, Row
from analysis.tables.loaded import LoadedEdition
from analysis.tables.printing import Cited, Numbers, cited_for
from analysis.tables.reference import cell_of
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
    prose = Prose()
    measured, every = (
        edition.total("sum", column, "coverage", plan=plan.id) for column in ("outcomes_measured", "outcomes")
    )
    covered, of_outcomes, by_ward = (
        f"{prose.whole(number)} {'has' if int(number) == 1 else 'have'}"
        for number in (
            edition.count("coverage", "indicators!=", plan=plan.id),
            measured,
            edition.count("coverage_outcomes", "ward_indicators>0", plan=plan.id),
        )
    )
    many = prose.counted(edition.count("coverage", plan=plan.id), "priority", "priorities")
    prose.say(
        f"Of the {many} of the {plan.title}, {covered} an indicator with a value; of the {prose.whole(every)} outcomes "
        f"that it wants, {of_outcomes} one, and {by_ward} one for wards."
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
    numbers = Numbers()
    indicators = [name for names in table["indicators"] for name in names.split()]
    line = f"{plan.title}; the definitions and tables of this report (coverage.csv)."
    return numbers.table(
        title=f"What the figures cover: {aim.title}",
        columns=(
            Column("Priority", row_header=True, width=0.8),
            Column("Outcomes", "right"),
            Column("City", "right"),
            Column("Wards", "right"),
            Column("Latest", words="dates"),
            Column("Who publishes what is missing", width=2, words="names and dates of releases"),
        ),
        rows=[_cells(numbers, row) for row in table.to_dict("records")],
        source=Cited(line, cited_for(edition, indicators).releases),
        part=f"{plan.id}-{aim.id}",
        indicators=indicators,
    )


def _cells(numbers: Numbers, row: Row) -> tuple[str, ...]:
    latest = str(row["latest_period_end"])[:7]
    columns = ("outcomes_measured", "outcomes", "city_indicators", "ward_indicators")
    measured, outcomes, city, wards = (numbers.whole(cell_of(row, column, table="coverage")) for column in columns)
    return (
        str(row["priority_title"]),
        f"{measured} of {outcomes}",
        city,
        wards,
        day_words(latest) if latest else "none",
        _missing(row),
    )


def _missing(row: Row) -> str:
    parts = [f"No value yet: {row['awaited']}" if row["awaited"] else "", str(row["gap_source"])]
    return "; ".join(part for part in parts if part) or ("nothing" if row["indicators"] else "no source named")

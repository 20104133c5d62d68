"""The plans that join the long-run one: the pillars held, those not held, and principles as tags on indicators."""

from __future__ import annotations

from analysis.blocks import Blocks, Box, Column, Cover, Figure, Table, Text
from analysis.catalogue.plans import Aim, Plan
from analysis.narrative.citations import source_line
from analysis.narrative.movement import Judged
from analysis.narrative.progress import city_rows, sources_of_rows
from analysis.narrative.prose import Prose
from analysis.tables import keys
from analysis.tables.loaded import LoadedEdition
from analysis.words import counted, joined, run_together

Block = Text | Box | Cover | Table | Figure


def describe_further_plans(edition: LoadedEdition) -> Blocks:
    """A short chapter for each plan after the first; nothing in the years of a single plan."""
    blocks: list[Block] = []
    for plan in edition.plans[1:]:
        blocks += [_opening(edition, plan), *(_priorities(edition, plan, aim) for aim in plan.aims if aim.priorities)]
        if plan.principles:
            blocks += _principles(edition, plan)
    return Blocks.of(blocks)


def _opening(edition: LoadedEdition, plan: Plan) -> Text:
    held, missing = [aim for aim in plan.aims if aim.priorities], [aim for aim in plan.aims if not aim.priorities]
    prose = Prose()
    prose.say(f"# The {plan.title}")
    prose.paragraph()
    of = keys.total("distinct", "aim", "coverage", plan=edition.plan.id)
    prose.say(
        f"The {plan.title} of {plan.published[:4]} joins the {prose.counted(len(edition.plan.aims), of, 'aim')} "
        f"of the {edition.plan.title}, which stay as the long-run frame."
    )
    many = prose.count(len(held), keys.total("distinct", "aim", "coverage", plan=plan.id))
    prose.say(f"Of its parts the text of {many} is held: {joined([aim.title for aim in held])}.")
    if missing:
        names = joined(run_together([aim.title for aim in missing]))
        prose.say((missing[0].not_held or "").replace("this pillar", names))
    return prose.text()


def _priorities(edition: LoadedEdition, plan: Plan, aim: Aim) -> Table:
    values = {row["indicator"] for row in city_rows(edition)}
    older = edition.catalogue.priorities
    rows = []
    for priority in aim.priorities:
        serving = [one for one in edition.catalogue.serving(priority.id) if one.id in values]
        gap = priority.gap
        figures = "; ".join(one.title for one in serving)
        if not figures:
            figures = gap.reason if gap else "No figure that is held speaks to it."
        continued = "; ".join(older[name].title for name in priority.succeeds) or "new"
        supply = gap.source if gap and not serving else "none needed"
        rows.append((priority.title, counted(len(priority.outcomes), "line"), continued, figures, supply))
    return Table(
        title=f"{aim.title}: what would show progress",
        columns=(
            Column("Priority outcome", row_header=True, width=0.8),
            Column("Delivery lines", width=0.5),
            Column("Continues", width=0.8),
            Column("Figures held", width=0.8),
            Column("Source that would fill the gap"),
        ),
        rows=rows,
        source=plan.citation,
        part=aim.id,
    )


def _principles(edition: LoadedEdition, plan: Plan) -> list[Block]:
    rows = city_rows(edition)
    indicators = edition.catalogue.indicators
    prose = Prose()
    prose.say("## Principles")
    prose.paragraph()
    prose.say(
        "The principles of the plan run through the whole of it. They are tags: an indicator that carries one stands "
        "under its own aim and is listed here again."
    )
    cells, used = [], list[Judged]()
    for principle in plan.principles:
        tagged = [row for row in rows if principle.id in indicators[row["indicator"]].principles]
        used += tagged
        titles = "; ".join(sorted({indicators[row["indicator"]].title for row in tagged}))
        cells.append((principle.title, principle.statement, f"{len(tagged)}", titles or "none"))
    table = Table(
        title="Principles and the indicators that carry them",
        columns=(
            Column("Principle", row_header=True, width=0.4),
            Column("What it asks", width=0.4),
            Column("Series", "right"),
            Column("Indicators with a figure", width=2.0),
        ),
        rows=cells,
        source=source_line(edition, sources_of_rows(edition, used)),
        part="principles",
    )
    return [prose.text(), table]

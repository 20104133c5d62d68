"""The plans that join the long-run one: the pillars held, those not held, and principles as tags on indicators."""

from __future__ import annotations

from analysis.blocks import Blocks, Box, Column, Cover, Figure, Table, Text
from analysis.catalogue.plans import Aim, Plan
from analysis.narrative.prose import Prose
from analysis.narrative.series import Judged, city_rows, series_count, sources_of_rows
from analysis.tables.loaded import LoadedEdition
from analysis.tables.printing import Cited, Numbers, cited
from analysis.words import joined, run_together

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
    aims = prose.counted(edition.total("distinct", "aim", "coverage", plan=edition.plan.id), "aim")
    prose.say(
        f"The {plan.title} of {plan.published[:4]} joins the {aims} of the {edition.plan.title}, which stay as "
        "the long-run frame."
    )
    many = prose.count(edition.total("distinct", "aim", "coverage", plan=plan.id))
    prose.say(f"Of its parts the text of {many} is held: {joined([aim.title for aim in held])}.")
    if missing:
        names = joined(run_together([aim.title for aim in missing]))
        prose.say((missing[0].not_held or "").replace("this pillar", names))
    return prose.text()


def _priorities(edition: LoadedEdition, plan: Plan, aim: Aim) -> Table:
    values = {row["indicator"] for row in city_rows(edition)}
    older = edition.catalogue.priorities
    rows, numbers, shown = [], Numbers(), dict[str, None]()
    for priority in aim.priorities:
        serving = [one for one in edition.catalogue.serving(priority.id) if one.id in values]
        shown |= dict.fromkeys(one.id for one in serving)
        gap = priority.gap
        figures = "; ".join(one.title for one in serving)
        if not figures:
            figures = gap.reason if gap else "No figure that is held speaks to it."
        continued = "; ".join(older[name].title for name in priority.succeeds) or "new"
        supply = gap.source if gap and not serving else "none needed"
        lines = edition.cell("coverage", "outcomes", plan=plan.id, priority=priority.id)
        rows.append((priority.title, numbers.counted(lines, "line"), continued, figures, supply))
    return numbers.table(
        title=f"{aim.title}: what would show progress",
        columns=(
            Column("Priority outcome", row_header=True, width=0.8),
            Column("Delivery lines", width=0.5),
            Column("Continues", width=0.8, words="titles"),
            Column("Figures held", width=0.8, words="titles and reasons"),
            Column("Source that would fill the gap", words="names of sources"),
        ),
        rows=rows,
        source=Cited(plan.citation),
        part=aim.id,
        indicators=shown,
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
    cells, used, numbers = [], list[Judged](), Numbers()
    for principle in plan.principles:
        tagged = [row for row in rows if principle.id in indicators[row["indicator"]].principles]
        used += tagged
        carrying = sorted({str(row["indicator"]) for row in tagged})
        series = numbers.whole(series_count(edition, indicator="|".join(carrying)))
        titles = "; ".join(sorted({indicators[name].title for name in carrying}))
        cells.append((principle.title, principle.statement, series, titles or "none"))
    table = numbers.table(
        title="Principles and the indicators that carry them",
        columns=(
            Column("Principle", row_header=True, width=0.4),
            Column("What it asks", width=0.4, words="the words of the plan"),
            Column("Series", "right"),
            Column("Indicators with a figure", width=2.0, words="titles"),
        ),
        rows=cells,
        source=cited(edition, sources_of_rows(edition, used)),
        part="principles",
        indicators=dict.fromkeys(str(row["indicator"]) for row in used),
    )
    return [prose.text(), table]

"""Who bears it: the most and the least deprived neighbourhoods beside each other, and what is not known by group."""

from __future__ import annotations

import pandas as pd

from analysis.blocks import Blocks, Column, Table, Text
from analysis.indicators.distribution import MEAN, PART, SHARE
from analysis.narrative.judgements import WHO
from analysis.narrative.prose import Prose, row_period
from analysis.tables.loaded import LoadedEdition
from analysis.tables.printing import Cited, Numbers, cited_for
from analysis.tables.reference import cell_of
from analysis.words import capital, joined

KINDS = {
    SHARE: (
        "fifths",
        "The most and the least deprived fifth of the city's small areas: shares of those who live there",
        "Shares are made of the counts of a fifth together. Gap: most less least deprived fifth, in percentage points. "
        "Limits are ours, for chance alone; around a count of all, an estimate or a model there are none.",
    ),
    MEAN: (
        "means",
        "The most and the least deprived fifth of the city's small areas: means over those who live there",
        "Gap: most less least deprived fifth.",
    ),
    PART: (
        "parts",
        "How much of the city's total lives in its most and in its least deprived fifth of small areas",
        "Parts of the city's total, not rates: a fifth with more people has more of anything. If all fifths were alike "
        "and as large, each part would be 20%. Gap: most less least deprived fifth, in percentage points.",
    ),
}
"""Each kind of figure in a table of its own, by its part, title and note: a part of a total is no rate."""
COLUMNS = ("fifth_1", "fifth_5", "gap", "gap_lower_ci95", "gap_upper_ci95")


def table_distribution(edition: LoadedEdition) -> Blocks:
    """Each figure for the most and the least deprived fifth of the small areas, and what is not known by group."""
    table = edition.table("distribution")
    gaps = edition.table("known_gaps")
    blocks: list[Text | Table] = [_distribution_words(edition, table, gaps)]
    blocks += [
        _distribution_table(edition, table[table["measure"] == kind], kind)
        for kind in KINDS
        if (table["measure"] == kind).any()
    ]
    return Blocks.of([*blocks, _gaps_table(gaps)])


def _distribution_words(edition: LoadedEdition, table: pd.DataFrame, gaps: pd.DataFrame) -> Text:
    prose = Prose()
    known = table[table["gap"].notna()]
    many = prose.counted(edition.total("distinct", "indicator", "distribution"), "figure")
    prose.say(
        f"{capital(many)} "
        f"{'is' if len(table) == 1 else 'are'} held by small area, so that the fifth of "
        f"{edition.place.name}'s small areas that is most deprived can be set beside the fifth that is least."
    )
    shares = known[known["measure"] == SHARE].copy()
    shares["width"] = shares["gap"].abs()
    for row in shares.sort_values("width", kind="stable").tail(3).iloc[::-1].to_dict("records"):
        indicator = edition.catalogue.indicators[str(row["indicator"])]
        ends = [
            prose.rounded(cell_of(row, column, table="distribution"), indicator.decimals, unit="%")
            for column in ("fifth_1", "fifth_5")
        ]
        prose.say(f"{indicator.title}: {ends[0]} in the most deprived fifth and {ends[1]} in the least.")
    prose.say(
        "Neighbourhoods are not people: not everyone in a deprived area is deprived, and where a figure is itself part "
        "of the index of deprivation the gap is partly of its own making."
    )
    missing = gaps[gaps["kind"] == "distribution"]
    if len(missing):
        titles = joined([_aim_words(edition, *row) for row in zip(missing["id"], missing["title"], strict=True)])
        aims = edition.count("known_gaps", kind="distribution")
        verb = "has" if int(aims) == 1 else "have"
        prose.say(f"{capital(prose.counted(aims, 'aim'))} {verb} no figure by small area: {titles}.")
    return prose.text()


def _aim_words(edition: LoadedEdition, name: str, title: str) -> str:
    """The title of an aim, with its plan where that is not the long-run one."""
    plan = name.partition(" ")[0]
    return title if plan == edition.plan.id else f"{title} ({edition.catalogue.plans[plan].title})"


def _distribution_table(edition: LoadedEdition, table: pd.DataFrame, kind: str) -> Table:
    part, title, note = KINDS[kind]
    rows, numbers = [], Numbers()
    for row in table.to_dict("records"):
        indicator = edition.catalogue.indicators[str(row["indicator"])]
        unit, decimals = str(row["unit"]), max(indicator.decimals, 1)
        what = f", {unit}" if kind == MEAN and unit != "%" else ""
        most, least, gap, *ends = (cell_of(row, column, table="distribution") for column in COLUMNS)
        between = numbers.rounded(gap, decimals)
        if pd.notna(row["gap_lower_ci95"]):
            between += f" ({' to '.join(numbers.rounded(end, decimals) for end in ends)})"
        rows.append(
            (
                f"{indicator.title}{WHO.get(str(row['sex']), '')}{what}, {row_period(row)}",
                *(numbers.rounded(fifth, decimals, unit=unit) for fifth in (most, least)),
                between,
                capital(
                    str(row["reason"]) if row["gap_result"] in ("no figure", "no interval") else str(row["gap_result"])
                ),
            )
        )
    return numbers.table(
        title=title,
        columns=(
            Column("Figure", row_header=True),
            Column("Most deprived fifth", "right"),
            Column("Least deprived fifth", "right"),
            Column("Gap (95% interval)", "right"),
            Column("What it says", words="a result or its reason as the table gives it"),
        ),
        rows=rows,
        source=cited_for(edition, table["indicator"]),
        note=note,
        part=part,
    )


def _gaps_table(gaps: pd.DataFrame) -> Table:
    order = {"equality characteristic": 0, "distribution": 1, "comparison": 2}
    rows = gaps.assign(place=gaps["kind"].map(order)).sort_values(["place", "title"])
    return Numbers().table(
        title="What is not known by group, by neighbourhood or beside similar places",
        columns=(
            Column("What", row_header=True),
            Column("Why not", words="the words of the definition"),
            Column("Who would supply it", words="the words of the definition"),
        ),
        rows=[(str(row["title"]), capital(str(row["reason"])), str(row["source"])) for row in rows.to_dict("records")],
        source=Cited("The definitions of this report (known_gaps.yml)."),
        part="gaps",
    )

"""The chapter that sets the plan's own figures beside the tables."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from analysis.blocks import Blocks, Column, Table, Text
from analysis.narrative.citations import source_line, sources_of
from analysis.narrative.prose import Prose
from analysis.tables import keys
from analysis.tables.loaded import LoadedEdition
from analysis.words import capital, period_words, rounded, with_unit

VERDICTS = (
    "agrees",
    "agrees on a named measure or period",
    "differs",
    "not testable with what is shipped",
)
ABOUT = {
    "challenge": "the city's condition",
    "achievement": "achievements",
    "delivery": "what the council does",
    "finance": "money",
}


def describe_stated_figures(edition: LoadedEdition) -> Text:
    """How many of the plan's figures could be checked, and with what result."""
    table = edition.table("stated_figures")
    prose = Prose()
    many = prose.number(str(len(table)), keys.count("stated_figures"))
    counts = table["verdict"].value_counts()
    prose.say(
        f"The {edition.plan.title} states {many} figures and comparisons. Each was looked up in the figures held "
        "for this "
        "report."
    )
    for verdict in VERDICTS:
        number = int(counts.get(verdict, 0))
        if number:
            verb = {"agrees": "agree" if number != 1 else "agrees", "differs": "differ" if number != 1 else "differs"}
            words = verb.get(verdict)
            if words is None and verdict.startswith("agrees on"):
                words = f"{'agree' if number != 1 else 'agrees'} on a named measure or period"
            if words is None:
                words = f"{'are' if number != 1 else 'is'} {verdict}"
            of = prose.counted(number, keys.count("stated_figures", verdict=verdict), "figure")
            prose.say(f"{capital(of)} {words}.")
    prose.say(
        "Not testable does not mean wrong: the figure rests on the council's own records, on a measure that is "
        "not held, "
        "or on one that is not comparable. The reason and the source that would settle it stand beside each."
    )
    return prose.text()


def table_stated_figures(edition: LoadedEdition) -> Table:
    """The figures that were checked."""
    table = edition.table("stated_figures")
    return _tested(edition, table[table["verdict"] != VERDICTS[-1]])


def tables_stated_untested(edition: LoadedEdition) -> Blocks:
    """The figures that could not be checked, a table for each subject."""
    table = edition.table("stated_figures")
    blocks = []
    for about, words in ABOUT.items():
        rows = table[(table["about"] == about) & (table["verdict"] == VERDICTS[-1])]
        if len(rows):
            blocks.append(_untested(edition, rows, about, words))
    return Blocks.of(blocks)


def _stated(row: Mapping[Hashable, Any]) -> str:
    value = row["stated"]
    if pd.isna(value):
        return "no number given"
    number = float(str(value))
    unit = str(row["unit"])
    return with_unit(number, unit, 0 if number.is_integer() else len(repr(number).split(".")[1]))


def _found(edition: LoadedEdition, row: Mapping[Hashable, Any]) -> str:
    """The value found, or how far below the country's the city's is."""
    decimals = edition.catalogue.indicators[str(row["indicator"])].decimals
    unit, value = str(row["found_unit"]), float(row["found"])
    flag = f" {row['flag']}" if row["flag"] else ""
    if row["compare"] in ("below_england", "difference_from_england"):
        points = "percentage points" if unit == "%" else unit
        side = "below" if value >= 0 else "above"
        return f"{rounded(abs(value), decimals)} {points} {side} {edition.place.country.name}{flag}"
    return with_unit(value, unit, decimals) + flag


def _tested(edition: LoadedEdition, table: pd.DataFrame) -> Table:
    rows = []
    for row in table.to_dict("records"):
        rows.append(
            (
                str(row["statement"]),
                _stated(row),
                _found(edition, row),
                f"{row['compared']} ({period_words(str(row['period_start']), str(row['period_end']))})",
                str(row["verdict"]),
            )
        )
    return Table(
        title=f"Figures of the {edition.plan.title} that could be checked",
        columns=(
            Column("What the plan says", row_header=True),
            Column("Stated", "right"),
            Column("Published or computed", "right"),
            Column("What is compared"),
            Column("Result"),
        ),
        rows=rows,
        source=f"{edition.plan.citation.rstrip('.')}; "
        f"{source_line(edition, sources_of(edition, set(table['indicator'])))}",
        note="[r] revised since: only a later vintage is held." if any("[r]" in row[2] for row in rows) else "",
    )


def _untested(edition: LoadedEdition, table: pd.DataFrame, about: str, words: str) -> Table:
    rows = [
        (str(row["statement"]), _stated(row), str(row["stated_period"]) or "not dated", str(row["reason"]))
        for row in table.to_dict("records")
    ]
    return Table(
        title=f"Figures of the plan about {words} that cannot be tested with what is held",
        columns=(
            Column("What the plan says", row_header=True),
            Column("Stated", "right"),
            Column("Date in the plan", width=0.55),
            Column("Why not, and who publishes it", width=1.3),
        ),
        rows=rows,
        source=edition.plan.citation,
        part=about,
    )

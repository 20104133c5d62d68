"""The chapter that sets the plan's own figures beside the tables."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from analysis.blocks import Blocks, Column, Release, Table, Text
from analysis.figures.classes import signed
from analysis.narrative.prose import Prose, Row, row_period
from analysis.tables.loaded import LoadedEdition
from analysis.tables.printing import Cited, Numbers, cited, used_by
from analysis.tables.reference import cell_of
from analysis.words import capital, with_unit

NOT_TESTABLE = "not testable with what is shipped"
VERDICTS = {
    "agrees": ("agrees", "agree"),
    "agrees on a named measure or period": (
        "agrees on a named measure or period",
        "agree on a named measure or period",
    ),
    "differs": ("differs", "differ"),
    NOT_TESTABLE: (f"is {NOT_TESTABLE}", f"are {NOT_TESTABLE}"),
}
"""What a test of a figure can give, as it is said of one figure and of several."""
ABOUT = {
    "challenge": "the city's condition",
    "achievement": "achievements",
    "delivery": "what the council does",
    "finance": "money",
}


def describe_stated_figures(edition: LoadedEdition) -> Text:
    """How many of the plan's figures could be checked, and with what result."""
    prose = Prose()
    many = prose.whole(edition.count("stated_figures"))
    prose.say(
        f"The {edition.plan.title} states {many} figures and comparisons. Each was looked up in the figures held "
        "for this "
        "report."
    )
    for verdict, (one, several) in VERDICTS.items():
        found = edition.count("stated_figures", verdict=verdict)
        if found:
            prose.say(f"{capital(prose.counted(found, 'figure'))} {one if int(found) == 1 else several}.")
    prose.say(
        "Not testable does not mean wrong: the figure rests on the council's own records, on a measure that is "
        "not held, "
        "or on one that is not comparable. The reason and the source that would settle it stand beside each."
    )
    return prose.text()


def table_stated_figures(edition: LoadedEdition) -> Table:
    """The figures that were checked."""
    table = edition.table("stated_figures")
    return _tested(edition, table[table["verdict"] != NOT_TESTABLE])


def tables_stated_untested(edition: LoadedEdition) -> Blocks:
    """The figures that could not be checked, a table for each subject."""
    table = edition.table("stated_figures")
    blocks = []
    for about, words in ABOUT.items():
        rows = table[(table["about"] == about) & (table["verdict"] == NOT_TESTABLE)]
        if len(rows):
            blocks.append(_untested(edition, rows, about, words))
    return Blocks.of(blocks)


def _stated(numbers: Numbers, row: Row) -> str:
    if pd.isna(row["stated"]):
        return "no number given"
    return numbers.number(
        cell_of(row, "stated", table="stated_figures"), lambda value: _as_stated(value, str(row["unit"]))
    )


def _as_stated(value: float, unit: str) -> str:
    return with_unit(value, unit, 0 if value.is_integer() else len(repr(value).split(".")[1]))


def _found(edition: LoadedEdition, numbers: Numbers, row: Row) -> str:
    """The value found, or how far below the country's the city's is."""
    decimals = edition.catalogue.indicators[str(row["indicator"])].decimals
    found, unit = cell_of(row, "found", table="stated_figures"), str(row["found_unit"])
    flag = f" {row['flag']}" if row["flag"] else ""
    if row["compare"] in ("below_england", "difference_from_england"):
        points = "percentage points" if unit == "%" else unit
        below = numbers.number(found, lambda value: signed(value, decimals))
        return f"{below} {points} below {edition.place.country.name}{flag}"
    return numbers.number(found, lambda value: with_unit(value, unit, decimals)) + flag


def _tested(edition: LoadedEdition, table: pd.DataFrame) -> Table:
    rows, numbers, used = [], Numbers(), set[Release]()
    for row in table.to_dict("records"):
        of = edition.rows(str(row["indicator"]))
        used |= used_by(of[(of["period_end"] == row["period_end"]) & (of["sex"] == row["sex"])].to_dict("records"))
        rows.append(
            (
                str(row["statement"]),
                _stated(numbers, row),
                _found(edition, numbers, row),
                f"{row['compared']} ({row_period(row)})",
                str(row["verdict"]),
            )
        )
    source = cited(edition, used)
    return numbers.table(
        title=f"Figures of the {edition.plan.title} that could be checked",
        columns=(
            Column("What the plan says", row_header=True),
            Column("Stated", "right"),
            Column("Published or computed", "right"),
            Column("What is compared", words="the words of the definition, and periods"),
            Column("Result"),
        ),
        rows=rows,
        source=replace(source, line=f"{edition.plan.citation.rstrip('.')}; {source.line}"),
        note="[r] revised since: only a later vintage is held." if any("[r]" in row[2] for row in rows) else "",
    )


def _untested(edition: LoadedEdition, table: pd.DataFrame, about: str, words: str) -> Table:
    numbers = Numbers()
    rows = [
        (str(row["statement"]), _stated(numbers, row), str(row["stated_period"]) or "not dated", str(row["reason"]))
        for row in table.to_dict("records")
    ]
    return numbers.table(
        title=f"Figures of the plan about {words} that cannot be tested with what is held",
        columns=(
            Column("What the plan says", row_header=True),
            Column("Stated", "right"),
            Column("Date in the plan", width=0.55, words="dates as the plan gives them"),
            Column("Why not, and who publishes it", width=1.3, words="the words of the definition"),
        ),
        rows=rows,
        source=Cited(edition.plan.citation),
        part=about,
    )

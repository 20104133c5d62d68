"""Sentences being written, with the numbers that they use; and table cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd

from analysis.blocks import Box, Text, mark
from analysis.tables import keys
from analysis.tables.printing import NOT_AVAILABLE, Form, Numbers, Row
from analysis.tables.reference import Reference
from analysis.words import counted, number_word, period_words, range_words, rounded, with_unit

__all__ = ["NOT_AVAILABLE", "Prose", "Row", "cell", "interval_cell", "judged_key", "row_period", "shared_flag"]


def row_period(row: Row) -> str:
    """The reference period of a row, in words."""
    return period_words(str(row["period_start"]), str(row["period_end"]))


@dataclass
class Prose(Numbers):
    """Sentences being written; a number in them stands between marks, and is noted with the key of what it prints."""

    lines: list[str] = field(default_factory=list)

    def say(self, sentence: str) -> None:
        """Add a sentence to the present paragraph."""
        self.lines.append(sentence)

    def paragraph(self) -> None:
        """End the present paragraph."""
        self.lines.append("\n\n")

    # Until every caller gives a reference: a text and the key of what it prints.
    def number(self, reference: Reference | str, form: Form | str) -> str:
        """What a reference gives, between marks."""
        if isinstance(reference, Reference) and not isinstance(form, str):
            return super().number(reference, form)
        self.noted.append(Reference(str(form), float("nan")))
        return mark(len(self.noted) - 1, str(reference))

    def count(self, reference: Reference | float, key: str = "") -> str:
        """A count alone, below ten in words."""
        if isinstance(reference, Reference):
            return super().count(reference)
        return self.number(number_word(reference), key)

    def counted(
        self, reference: Reference | float, singular: str, plural: str | None = None, last: str | None = None
    ) -> str:
        """A count with its noun, below ten in words."""
        if isinstance(reference, Reference):
            return super().counted(reference, singular, plural)
        number, _, noun = counted(reference, str(plural), last).partition(" ")
        return f"{self.number(number, singular)} {noun}"

    def of_area(self, text: str, row: Row, area_code: str) -> str:
        """Note that ``text`` prints the value of another area beside ``row``, and give the text back."""
        return self.number(text, keys.row_key(row, area=area_code))

    def judged(self, row: Row | str, column: Row | str, form: Form | str) -> str:
        """A column of the judgement on a series."""
        if not isinstance(row, str):
            return super().judged(row, column, form)  # type: ignore[arg-type]
        return self.number(row, judged_key(column, str(form)))

    def between(
        self, low: Reference | float, high: Reference | float, unit: str, decimals: int, ends: Sequence[str] = ()
    ) -> str:
        """A range of values."""
        if isinstance(low, Reference) and isinstance(high, Reference):
            return super().between(low, high, unit, decimals)
        texts = range_words(float(low), float(high), unit, decimals).split(" to ")
        return " to ".join(self.number(text, key) for text, key in zip(texts, ends, strict=False))

    def text(self) -> Text:
        """The block: paragraphs of the sentences said."""
        pieces: list[str] = []
        for line in self.lines:
            if line == "\n\n" or not pieces or pieces[-1].endswith("\n\n"):
                pieces.append(line)
            else:
                pieces.append(" " + line if not line.startswith(("-", "#")) else "\n" + line)
        return Text(*self.placed("".join(pieces).strip()))

    def box(self, title: str) -> Box:
        """The block: a box whose lines are those said."""
        return Box(title, *self.placed("\n".join(self.lines)))


def judged_key(row: Row, column: str, *, edition: str = "") -> str:
    """The key of a cell of ``judgements.csv``, by a row that tells the series."""
    same = {name: row[name] for name in ("indicator", "area_code", "sex", "age")}
    return keys.cell("judgements", column, edition=edition, **same)


def shared_flag(rows: pd.DataFrame) -> str:
    """The flag that every row with a value carries, for the heading of a column; empty where they differ."""
    flags = set(rows.loc[rows["value"].notna(), "flag"])
    return str(flags.pop()) if len(flags) == 1 else ""


def cell(row: Row | None, decimals: int, *, unit: str = "", flag: bool = True) -> str:
    """A table cell: the value with its flags (where wanted), or the flag that says why there is none."""
    if row is None:
        return NOT_AVAILABLE
    if pd.isna(row["value"]):
        return str(row["flag"])
    mark = f" {row['flag']}" if flag and row["flag"] else ""
    return with_unit(float(row["value"]), unit, decimals).strip() + mark


def interval_cell(row: Row | None, decimals: int) -> str:
    """A table cell: lower to upper limit, or "none" where none is published."""
    if row is None or pd.isna(row["lower_ci95"]) or pd.isna(row["upper_ci95"]):
        return "none"
    return f"{rounded(float(row['lower_ci95']), decimals)} to {rounded(float(row['upper_ci95']), decimals)}"

"""Sentences being written, with the numbers that they use; and table cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from analysis.blocks import Box, Number, Text, mark, place_numbers
from analysis.tables import keys
from analysis.words import counted, number_word, period_words, range_words, rounded, with_unit

Row = Any  # one row of a processed table: a mapping or a Series
NOT_AVAILABLE = "not available"


def row_period(row: Row) -> str:
    """The reference period of a row, in words."""
    return period_words(str(row["period_start"]), str(row["period_end"]))


@dataclass
class Prose:
    """Sentences being written; a number in them stands between marks, and is noted with the key of what it prints."""

    lines: list[str] = field(default_factory=list)
    numbers: list[Number] = field(default_factory=list)

    def say(self, sentence: str) -> None:
        """Add a sentence to the present paragraph."""
        self.lines.append(sentence)

    def paragraph(self) -> None:
        """End the present paragraph."""
        self.lines.append("\n\n")

    def number(self, text: str, key: str) -> str:
        """Note that ``text`` prints what ``key`` says, and give the text back between marks."""
        self.numbers.append(Number(text, key))
        return mark(len(self.numbers) - 1, text)

    def count(self, count: float, key: str) -> str:
        """A count alone, below ten in words, noted."""
        return self.number(number_word(count), key)

    def counted(self, count: float, key: str, singular: str, plural: str | None = None) -> str:
        """A count with its noun, below ten in words; the count is noted."""
        number, _, noun = counted(count, singular, plural).partition(" ")
        return f"{self.number(number, key)} {noun}"

    def value(self, row: Row, decimals: int, *, column: str = "value", unit: str | None = None) -> str:
        """A row's value (or limit) with its unit, noted."""
        text = with_unit(float(row[column]), str(row["unit"]) if unit is None else unit, decimals)
        return self.number(text, keys.row_key(row, column))

    def of_area(self, text: str, row: Row, area_code: str) -> str:
        """Note that ``text`` prints the value of another area beside ``row``, and give the text back."""
        return self.number(text, keys.row_key(row, area=area_code))

    def judged(self, text: str, row: Row, column: str) -> str:
        """Note that ``text`` prints a column of the judgement on a series, and give the text back."""
        return self.number(text, judged_key(row, column))

    def between(self, low: float, high: float, unit: str, decimals: int, ends: Sequence[str]) -> str:
        """A range of values in a unit that has been named already, each end noted with its key."""
        texts = range_words(low, high, unit, decimals).split(" to ")
        return " to ".join(self.number(text, key) for text, key in zip(texts, ends, strict=False))

    def limits(self, row: Row, decimals: int) -> str:
        """A row's 95 % confidence interval in brackets, or nothing where none is given."""
        if pd.isna(row["lower_ci95"]) or pd.isna(row["upper_ci95"]):
            return ""
        ends = [
            self.number(rounded(float(row[column]), decimals), keys.row_key(row, column))
            for column in ("lower_ci95", "upper_ci95")
        ]
        return f" (95% confidence interval {ends[0]} to {ends[1]})"

    def text(self) -> Text:
        """The block: paragraphs of the sentences said."""
        pieces: list[str] = []
        for line in self.lines:
            if line == "\n\n" or not pieces or pieces[-1].endswith("\n\n"):
                pieces.append(line)
            else:
                pieces.append(" " + line if not line.startswith(("-", "#")) else "\n" + line)
        return Text(*self._placed("".join(pieces).strip()))

    def box(self, title: str) -> Box:
        """The block: a box whose lines are those said."""
        return Box(title, *self._placed("\n".join(self.lines)))

    def _placed(self, marked: str) -> tuple[str, tuple[Number, ...]]:
        return place_numbers(marked, [number.key for number in self.numbers])


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

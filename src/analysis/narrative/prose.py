"""Sentences being written, with the numbers that they use; and table cells."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from analysis.blocks import Number, Text
from analysis.words import period_words, rounded, with_unit

Row = Any  # one row of a processed table: a mapping or a Series
NOT_AVAILABLE = "not available"


def row_period(row: Row) -> str:
    """The reference period of a row, in words."""
    return period_words(str(row["period_start"]), str(row["period_end"]))


def row_key(row: Row) -> str:
    """The key of a row of ``indicators.csv``, by which a number in a sentence is traced."""
    period = f"{row['period_start']}/{row['period_end']}"
    return f"{row['indicator']}@{row['area_code']}@{period}@{row['sex']}@{row['age']}"


@dataclass
class Prose:
    """Sentences being written, with the numbers that they use."""

    lines: list[str] = field(default_factory=list)
    numbers: list[Number] = field(default_factory=list)

    def say(self, sentence: str) -> None:
        """Add a sentence to the present paragraph."""
        self.lines.append(sentence)

    def paragraph(self) -> None:
        """End the present paragraph."""
        self.lines.append("\n\n")

    def number(self, text: str, key: str) -> str:
        """Note that ``text`` prints the cell ``key`` of a table, and give the text back."""
        self.numbers.append(Number(text, key))
        return text

    def value(self, row: Row, decimals: int, *, column: str = "value", unit: str | None = None) -> str:
        """A row's value (or limit) with its unit, noted."""
        text = with_unit(float(row[column]), str(row["unit"]) if unit is None else unit, decimals)
        suffix = "" if column == "value" else f":{column}"
        return self.number(text, row_key(row) + suffix)

    def of_area(self, text: str, row: Row, area_code: str) -> str:
        """Note that ``text`` prints the value of another area beside ``row``, and give the text back."""
        return self.number(text, row_key({**row, "area_code": area_code}))

    def limits(self, row: Row, decimals: int) -> str:
        """A row's 95 % confidence interval in brackets, or nothing where none is given."""
        if pd.isna(row["lower_ci95"]) or pd.isna(row["upper_ci95"]):
            return ""
        lower = self.number(rounded(float(row["lower_ci95"]), decimals), row_key(row) + ":lower_ci95")
        upper = self.number(rounded(float(row["upper_ci95"]), decimals), row_key(row) + ":upper_ci95")
        return f" (95% confidence interval {lower} to {upper})"

    def text(self) -> Text:
        """The block: paragraphs of the sentences said."""
        pieces: list[str] = []
        for line in self.lines:
            if line == "\n\n" or not pieces or pieces[-1].endswith("\n\n"):
                pieces.append(line)
            else:
                pieces.append(" " + line if not line.startswith(("-", "#")) else "\n" + line)
        return Text("".join(pieces).strip(), tuple(self.numbers))


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

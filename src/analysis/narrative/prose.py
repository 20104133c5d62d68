"""Sentences being written, with the numbers that they use; and table cells."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from analysis.blocks import Box, Text
from analysis.tables.printing import NOT_AVAILABLE, Numbers, Row
from analysis.words import period_words

__all__ = ["NOT_AVAILABLE", "Prose", "Row", "row_period", "shared_flag"]


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


def shared_flag(rows: pd.DataFrame) -> str:
    """The flag that every row with a value carries, for the heading of a column; empty where they differ."""
    flags = set(rows.loc[rows["value"].notna(), "flag"])
    return str(flags.pop()) if len(flags) == 1 else ""

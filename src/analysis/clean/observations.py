"""The one clean shape, its contract, and the log of what cleaning changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from analysis.catalogue.flags import WITH_VALUE, WITHOUT_VALUE, flag_words
from analysis.errors import CellError, DataError, one_of

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    "series",
    "area_code",
    "geography",
    "period_start",
    "period_end",
    "sex",
    "age",
    "value",
    "lower_ci95",
    "upper_ci95",
    "flag",
    "table",
    "row",
    "column",
)
"""A clean table's columns. The last three say where the value stands: the raw table, the line in its file (the heading
is line 1; an area that the table leaves out stands on line 0) and the column, or the columns that were summed with
``+`` between them."""
KEY = ("series", "area_code", "geography", "period_start", "period_end", "sex", "age")
SEXES = ("persons", "male", "female")


@dataclass(frozen=True)
class LogEntry:
    """One kind of change or finding: where, what, how many rows, and an example."""

    source: str
    release: str
    table: str
    column: str
    action: str
    rows: int
    detail: str


@dataclass
class Log:
    """What cleaning did, in order; the data-quality notebook prints it.

    Actions are few words: ``corrected``, ``rows in``, ``rows out``, ``flagged``, ``code changed``, ``renamed``,
    ``left out``, ``area without data``, ``area missing``, ``read`` (at record, otherwise than it stands), ``lost``
    (by this release of what the one before held).
    """

    source: str
    release: str
    entries: list[LogEntry] = field(default_factory=list)

    def add(self, table: str, action: str, rows: int, detail: str = "", column: str = "") -> None:
        """Note one change; changes of no rows are not noted."""
        if rows:
            self.entries.append(LogEntry(self.source, self.release, table, column, action, rows, detail))

    def frame(self) -> pd.DataFrame:
        """The entries as a table."""
        import pandas as pd

        return pd.DataFrame(self.entries, columns=pd.Index(list(LogEntry.__dataclass_fields__)))


def check_observations(frame: pd.DataFrame, where: str) -> pd.DataFrame:
    """Hold a clean table to the contract and return it sorted by key.

    Raises
    ------
    DataError
        Naming the first row that breaks the contract: a missing column, a repeated key, a value missing without a flag
        (or a flag that says missing beside a value), limits that do not hold the value, an unknown sex or flag.
        ``where`` is the file, or the folder of the release.
    """
    missing = [column for column in COLUMNS if column not in frame.columns]
    if missing:
        raise DataError(f"{where}: the clean table lacks the column {missing[0]!r}.")
    frame = frame[list(COLUMNS)].sort_values(list(KEY), kind="stable").reset_index(drop=True)
    frame["row"] = frame["row"].astype("int64")
    _refuse(frame, frame.duplicated(list(KEY)), where, "the same series, area, period, sex and age stands twice")
    _refuse(frame, ~frame["sex"].isin(SEXES), where, f"sex must be {one_of(SEXES)}")
    known = {*WITH_VALUE, *WITHOUT_VALUE}
    words = {flag: set(flag_words(flag)) for flag in frame["flag"].unique()}
    unknown = [flag for flag, symbols in words.items() if not symbols <= known]
    _refuse(frame, frame["flag"].isin(unknown), where, f"flags must be of {', '.join(sorted(known))}")
    says_missing = frame["flag"].isin([flag for flag, symbols in words.items() if symbols & set(WITHOUT_VALUE)])
    empty = frame["value"].isna()
    _refuse(frame, empty & ~says_missing, where, "the value is missing and no flag says why")
    _refuse(frame, ~empty & says_missing, where, "a flag says that the value is missing, and there is one")
    outside = (frame["lower_ci95"] > frame["value"] + 1e-9) | (frame["upper_ci95"] < frame["value"] - 1e-9)
    _refuse(frame, outside, where, "the confidence limits do not hold the value")
    _refuse(frame, frame["lower_ci95"] > frame["upper_ci95"], where, "the confidence limits stand the wrong way round")
    _refuse(frame, frame["period_end"] < frame["period_start"], where, "the period ends before it starts")
    return frame


def _refuse(frame: pd.DataFrame, bad: pd.Series, where: str, problem: str) -> None:
    if bad.any():
        one = frame.loc[bad].iloc[0]
        place = ", ".join(str(one[column]) for column in KEY)
        found = f"value {one['value']}, flag {one['flag']!r}"
        file = where if where.endswith(".csv") else f"{where}/{one['table']}.csv"
        problem = f"{problem} ({int(bad.sum())} rows, first: {place}; {found}). Check the row at the publisher."
        raise CellError(file, int(one["row"]), str(one["column"]), problem)

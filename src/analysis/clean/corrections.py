"""What we change in publishers' figures: applied to verified raw rows before cleaning, and logged.

A correction is a file of ``definitions/corrections``. It holds for one release, so the raw table stays as published,
its hash with it, and a release in which the publisher has mended the figure is read as it comes.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import pandas as pd

from analysis.catalogue.load import Catalogue
from analysis.catalogue.model import Correction
from analysis.clean.observations import Log
from analysis.errors import DataError
from analysis.paths import Project
from analysis.sources.snapshots import OpenRelease, open_release

ACCEPTED = "accepted"
DROP = "drop"
ACTION = "corrected"


def open_corrected(project: Project, catalogue: Catalogue, source: str, release: str) -> OpenRelease:
    """Open and verify a release, with the accepted corrections of it applied.

    Raises
    ------
    DataError
        If a table is not what its snapshot says, or a correction no longer fits it.
    """
    wanted = [
        one
        for one in catalogue.corrections.values()
        if (one.source, one.release, one.status) == (source, release, ACCEPTED)
    ]
    opened = open_release(project, source, release)
    return apply_corrections(opened, wanted) if wanted else opened


def apply_corrections(opened: OpenRelease, corrections: list[Correction]) -> OpenRelease:
    """Change the cells, or leave out the rows, that corrections name; each is found in the table as published.

    Raises
    ------
    DataError
        If a correction fits no row or several, or the cell does not hold what it expects.
    """
    tables = {name: table.copy() for name, table in opened.tables.items()}
    dropped: dict[str, set[int]] = {}
    seen: dict[tuple[str, int, str], Correction] = {}
    for one in corrections:
        row = _row_of(opened, one)
        other = seen.setdefault((one.table, row, "" if one.value == DROP else one.column), one)
        if other is not one:
            raise DataError(
                f"{opened.file(one.table)}, row {row}: the corrections {other.id!r} and {one.id!r} are about the same "
                "figure. Remove one of them."
            )
        tables[one.table].loc[row, one.column] = one.value
        if one.value == DROP:
            dropped.setdefault(one.table, set()).add(row)
    for name, rows in dropped.items():
        tables[name] = tables[name].drop(index=sorted(rows))
    return dataclasses.replace(opened, tables=tables, corrected=tuple(corrections))


def log_corrections(opened: Mapping[tuple[str, str], OpenRelease], log: pd.DataFrame) -> pd.DataFrame:
    """The log of the cleaning with every correction applied to what was opened, each one entry."""
    entries = []
    for (source, release), table in opened.items():
        corrections = Log(source, release)
        for one in table.corrected:
            corrections.add(one.table, ACTION, 1, describe_correction(one), one.column)
        if corrections.entries:
            entries.append(corrections.frame())
    return pd.concat([*entries, log], ignore_index=True) if entries else log


def describe_correction(one: Correction) -> str:
    """What a correction changes, in the words of the log.

    Examples
    --------
    >>> import datetime as dt
    >>> one = Correction("two-digits", "jobs", "first", "areas", {"area": "A", "sex": "male"}, "value", "91", "19",
    ...     "Digits swapped.", "the publisher", dt.date.min, "accepted")
    >>> describe_correction(one)
    'two-digits: area A, sex male: 91 is 19'
    >>> describe_correction(dataclasses.replace(one, value="drop"))
    'two-digits: area A, sex male: row left out (it said 91)'
    """
    row = ", ".join(f"{column} {cell}" for column, cell in one.row.items())
    said = one.expect or "nothing"
    change = f"row left out (it said {said})" if one.value == DROP else f"{said} is {one.value or 'nothing'}"
    return f"{one.id}: {row}: {change}"


def _row_of(opened: OpenRelease, one: Correction) -> int:
    """The number of the one row that a correction is about, once it is known to hold what is expected."""
    table, where = opened.table(one.table), opened.file(one.table)
    fits = pd.Series(data=True, index=table.index)
    for column, cell in one.row.items():
        fits &= table[column] == cell
    rows = table.index[fits]
    named = ", ".join(f"{column} {cell!r}" for column, cell in one.row.items())
    if len(rows) != 1:
        raise DataError(
            f"{where}: {len(rows)} rows have {named}, the correction {one.id!r} expects one. "
            f"Correct row: in definitions/corrections/{one.id}.yml."
        )
    found = table.loc[rows[0], one.column]
    if found != one.expect:
        raise DataError(
            f"{where}, row {rows[0]}, column {one.column!r}: {found!r} ({named}), the correction {one.id!r} expects "
            f"{one.expect!r}. The publisher may have mended it: remove definitions/corrections/{one.id}.yml, or set "
            "its status to upstream-fixed."
        )
    return int(rows[0])

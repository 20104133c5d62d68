"""Raw tables with a row for each area and a column for each figure -> observations, every cell accounted for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.clean.marks import split_marks
from analysis.clean.observations import COLUMNS, Log
from analysis.clean.units import check_values
from analysis.errors import DataError, DefinitionError
from analysis.geography import check_codes
from analysis.model import Source
from analysis.snapshots import OpenRelease


@dataclass(frozen=True)
class Figure:
    """What a raw column holds: the series and the ages it counts."""

    column: str
    series: str
    age: str = "all"


def checked_table(release: OpenRelease, source: Source, name: str, geography: str, log: Log) -> pd.DataFrame:
    """A raw table whose columns, codes and keys are as its definition says.

    Raises
    ------
    DataError
        If a column is missing, a code is not one of the geography's vintage, or a key stands twice: file, row, column.
    """
    raw, where, table = release.table(name), release.file(name), source.tables[name]
    for column in table.columns:
        if column not in raw:
            raise DataError(
                f"{where}: the column {column!r} is missing. Restore the file, or record the release again."
            )
    area = table.key[0]
    check_codes(raw[area], geography, where)
    twice = raw.duplicated(list(table.key))
    if twice.any():
        row = raw.index[twice][0]
        key = " ".join(raw.loc[row, list(table.key)])
        first = raw.index[(raw[list(table.key)] == raw.loc[row, list(table.key)]).all(axis=1)][0]
        raise DataError(f"{where}, row {row}, column {area!r}: {key} stands already in row {first}. Restore the file.")
    log.add(name, "rows in", len(raw))
    return raw


def observations(
    raw: pd.DataFrame,
    figures: Sequence[Figure],
    common: Mapping[str, str],
    source: Source,
    where: str,
    log: Log,
    table: str,
) -> pd.DataFrame:
    """Observations of some columns of a table, one for each cell.

    A column without a single figure (in a group, where ``common`` names groups) was not published or not recorded: it
    is left out and logged. A blank beside figures is refused unless the source declares what it means.

    Parameters
    ----------
    raw : DataFrame
        Text; the index is the row in the file.
    figures : sequence of Figure
        Which columns to read.
    common : mapping
        ``area`` (the column of codes), ``geography``, ``period_start``, ``period_end``; optionally ``group``, a column
        whose text comes before the names of the series.
    source : Source
        Units of its series and marks for what is missing.
    where, log, table
        File, log and table name for sentences.

    Raises
    ------
    DataError
        With file, row and column: a cell that is no number, or a value that its unit cannot have.
    """
    group = raw[common["group"]] if "group" in common else pd.Series("", index=raw.index)
    groups = group.nunique()
    parts, absent = [], []
    for figure in figures:
        held = (raw[figure.column] != "").groupby(group).transform("any")
        lacking = group[~held].nunique()
        if lacking:
            absent.append(figure.column if lacking == groups else f"{figure.column} (in {lacking} of {groups} groups)")
        cells = raw.loc[held, figure.column]
        if cells.empty:
            continue
        values, flags = _numbers(cells, source.missing, where)
        check_values(values, unit_of(source, figure.series), figure.column, where)
        series = group[held] + figure.series
        area = raw.loc[held, common["area"]]
        parts.append(
            pd.DataFrame({"series": series, "area_code": area, "value": values, "flag": flags, "age": figure.age})
        )
    log.add(table, "left out", len(absent), f"not in the file that was recorded: {', '.join(absent)}")
    if not parts:
        return pd.DataFrame(columns=pd.Index(COLUMNS))
    return pd.concat(parts, ignore_index=True).assign(
        geography=common["geography"],
        period_start=common["period_start"],
        period_end=common["period_end"],
        sex="persons",
        lower_ci95=float("nan"),
        upper_ci95=float("nan"),
    )[list(COLUMNS)]


def _numbers(cells: pd.Series, marks: Mapping[str, str], where: str) -> tuple[pd.Series, pd.Series | str]:
    """Numbers and flags; plain numbers are read at once, anything else cell by cell with its marks."""
    try:
        plain = cells.to_numpy(dtype=object).astype("float64")
    except ValueError:
        return split_marks(cells, marks, where)
    if not np.isfinite(plain).all():
        return split_marks(cells, marks, where)
    return pd.Series(plain, index=cells.index), ""


def unit_of(source: Source, series: str) -> str:
    """The declared unit of a series.

    Raises
    ------
    DefinitionError
        If the source does not declare the series.
    """
    if series not in source.series:
        raise DefinitionError(f"{source.id}: no series {series!r} is declared. Add it under series: with its unit.")
    return source.series[series].unit


def fact(source: Source, release: str, name: str) -> str:
    """A fact that a cleaner needs about a release.

    Raises
    ------
    DefinitionError
        If the definition does not state it.
    """
    facts = source.releases[release].facts
    if name not in facts:
        raise DefinitionError(f"{source.id}, release {release}: the fact {name!r} is missing. Add it under facts:.")
    return str(facts[name])


def refuse(bad: pd.Series, where: str, column: str, found: pd.Series, problem: str) -> None:
    """Refuse the first row where ``bad`` holds.

    Raises
    ------
    DataError
        With file, row, column and what was found.
    """
    if bad.any():
        row = bad.index[bad][0]
        raise DataError(f"{where}, row {row}, column {column!r}: {found.loc[row]!r} {problem} Restore the file.")


def number(cells: pd.Series) -> pd.Series:
    """Numbers of cells already read; blank cells are missing."""
    return pd.to_numeric(cells.where(cells != "")).astype("float64")

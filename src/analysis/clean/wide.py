"""Raw tables with a row for each area and a column for each figure -> observations, every cell accounted for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.catalogue.source import RawTable, Source
from analysis.clean.cells import Cells, read_numbers
from analysis.clean.observations import COLUMNS, Log
from analysis.clean.units import check_values
from analysis.errors import CellError, DataError, DefinitionError
from analysis.sources.codes import check_codes
from analysis.sources.snapshots import OpenRelease

Bools = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True)
class Figure:
    """What a raw column holds: the series and the ages it counts, and the publisher's columns where we summed it."""

    column: str
    series: str
    age: str = "all"
    summed: tuple[str, ...] = ()


def checked_table(release: OpenRelease, source: Source, name: str, geography: str, log: Log) -> pd.DataFrame:
    """A raw table whose columns, codes and keys are as its definition says.

    Raises
    ------
    DataError
        If a column is missing, a code is not one of the geography's vintage, or a key stands twice: file, row, column.
    """
    raw, where, table = release.table(name), release.file(name), source.tables[name]
    check_columns(raw, table, where)
    area = table.key[0]
    check_codes(raw[area], geography, where)
    twice = raw.duplicated(list(table.key))
    if twice.any():
        row = raw.index[twice][0]
        key = " ".join(raw.loc[row, list(table.key)])
        first = raw.index[(raw[list(table.key)] == raw.loc[row, list(table.key)]).all(axis=1)][0]
        raise CellError(where, int(row), area, f"{key} stands already in row {first}. Restore the file.")
    log.add(name, "rows in", len(raw))
    return raw


def check_columns(raw: pd.DataFrame, table: RawTable, where: str) -> None:
    """Refuse a raw table that lacks a column of its definition: what stands in it would be lost without a word.

    Raises
    ------
    DataError
        Naming the column.
    """
    for column in table.columns:
        if column not in raw:
            raise DataError(
                f"{where}: the column {column!r} is missing. Restore the file, or record the release again."
            )


def observations(
    raw: pd.DataFrame,
    figures: Sequence[Figure],
    common: Mapping[str, str],
    source: Source,
    where: str,
    log: Log,
    table: str,
) -> pd.DataFrame:
    """Observations of some columns of a table, one for each cell, with the cell's table, row and column.

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
    labels, groups = pd.factorize(raw[common["group"]] if "group" in common else pd.Series("", index=raw.index))
    cells = raw[[figure.column for figure in figures]].to_numpy(dtype=object)
    held_by_group = np.array([(cells[labels == number] != "").any(axis=0) for number in range(len(groups))])
    _log_absent(held_by_group, figures, log, table)
    held = held_by_group[labels]
    values, flags = np.full(cells.shape, np.nan), np.full(cells.shape, "", dtype=object)
    for number, figure in enumerate(figures):
        rows = held[:, number]
        read = read_numbers(pd.Series(cells[rows, number], raw.index[rows], name=figure.column), source.missing, where)
        check_values(read.series(), unit_of(source, figure.series), figure.column, where)
        values[rows, number], flags[rows, number] = read.values, read.flags
    row, column = np.nonzero(held)
    series = np.array([figure.series for figure in figures], dtype=object)
    ages = np.array([figure.age for figure in figures], dtype=object)
    places = np.array(["+".join(figure.summed) or figure.column for figure in figures], dtype=object)
    return pd.DataFrame(
        {
            "series": np.asarray(groups, dtype=object)[labels[row]] + series[column],
            "area_code": raw[common["area"]].to_numpy(dtype=object)[row],
            "geography": common["geography"],
            "period_start": common["period_start"],
            "period_end": common["period_end"],
            "sex": "persons",
            "age": ages[column],
            "value": values[row, column],
            "lower_ci95": np.full(len(row), np.nan),
            "upper_ci95": np.full(len(row), np.nan),
            "flag": flags[row, column],
            "table": table,
            "row": raw.index.to_numpy()[row],
            "column": places[column],
        },
        columns=pd.Index(COLUMNS),
    )


def _log_absent(held: Bools, figures: Sequence[Figure], log: Log, table: str) -> None:
    """Note columns without a figure, in all groups (rows of ``held``) or in some."""
    absent = []
    for figure, has in zip(figures, held.T, strict=True):
        if not has.all():
            some = f" (in {int((~has).sum())} of {len(has)} groups)" if has.any() else ""
            absent.append(f"{figure.column}{some}")
    log.add(table, "left out", len(absent), f"no figures in the file recorded: {', '.join(absent)}")


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
    facts: Mapping[str, object] = source.releases[release].facts
    if name not in facts:
        raise DefinitionError(f"{source.id}, release {release}: the fact {name!r} is missing. Add it under facts:.")
    return str(facts[name])


def numbers_where_held(cells: pd.Series, where: str) -> Cells:
    """The numbers of a column whose blank cells say that another table holds them."""
    return read_numbers(cells, {"": "[x]"}, where)

"""Any raw table whose series the source declares -> observations: renamed, typed, dated and flagged, nothing derived.

Two shapes are read. *Wide*: a row for an area (and perhaps a period and a sex), a column for each series. *Long*: a
column ``series`` says what the row is, ``value``, ``lower_ci95``, ``upper_ci95`` and ``status`` hold it. The area
column's name says the geography (``lsoa11_code``); under ``area_code`` the code's prefix does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from analysis.catalogue.geographies import load_geographies
from analysis.catalogue.source import Source
from analysis.clean.cells import (
    joined,
    missing_with_reason,
    read_ages,
    read_numbers,
    read_statuses,
    read_words,
    split_ending,
)
from analysis.clean.contradictions import check_declared
from analysis.clean.observations import COLUMNS, KEY, Log, check_observations
from analysis.clean.people import SEXES
from analysis.clean.periods import measured, parse_period, parse_periods
from analysis.clean.units import check_values, to_unit
from analysis.clean.wide import check_columns
from analysis.errors import CellError, DataError, DefinitionError
from analysis.sources.codes import check_codes, geographies_of
from analysis.sources.snapshots import OpenRelease

Column = np.ndarray[Any, np.dtype[Any]]
LIMITS = ("lower_ci95", "upper_ci95")
_DRAFT = [*KEY, "value", *LIMITS, "flag", "row", "column"]


def clean(release: OpenRelease, source: Source, log: Log) -> pd.DataFrame:
    """Observations of every raw table of a release (the table ``series``, which describes, is checked, not read).

    Parameters
    ----------
    release : OpenRelease
        Verified raw tables, all cells text.
    source : Source
        Its definition: series with units, marks, statuses, replaced codes; the release's ``facts`` may say ``period``
        (where no column does), ``years`` (``financial`` or ``academic`` for split years) and ``flag`` (on every value).
    log : Log
        Receives what was changed and found.

    Returns
    -------
    DataFrame
        The clean shape, sorted by key.

    Raises
    ------
    DataError
        With file, row and column: an undeclared mark or series, a code of another geography, an impossible value, a
        period that is not understood, observations that stand twice, figures that contradict each other.
    """
    facts = source.releases[release.snapshot.release].facts
    frames = []
    for name, raw in release.tables.items():
        where = release.file(name)
        if name == "series":
            _check_units(raw, source, where)
            continue
        check_columns(raw, source.tables[name], where)
        log.add(name, "rows in", len(raw))
        draft = _draft(raw, source, facts, where).assign(table=name)
        draft = _replace_codes(draft, source, log, name, where)
        frame = check_observations(draft[list(COLUMNS)], where)
        _note(frame, log, name)
        frames.append(frame)
    whole = pd.concat(frames, ignore_index=True)
    frame = frames[0] if len(frames) == 1 else check_observations(whole, release.folder)
    check_declared(frame, source, release)
    return frame


def _draft(raw: pd.DataFrame, source: Source, facts: Mapping[str, object], where: str) -> pd.DataFrame:
    """All observations of one raw table, with the row and column of the file that each came from."""
    area = _area_column(raw, where)
    base: dict[str, Column] = {
        "area_code": raw[area].to_numpy(dtype=object),
        "geography": _geographies(raw[area], area, where),
        "row": raw.index.to_numpy(),
        "flag": np.full(len(raw), "", dtype=object),
    }
    period = next((column for column in ("period", "year") if column in raw), None)
    if period:
        texts, base["flag"] = split_ending(raw[period], source.statuses)
        years = facts.get("years")
        dates = parse_periods(texts, where, str(years) if years else None)
        base |= {column: dates[column].to_numpy(dtype=object) for column in ("period_start", "period_end")}
    else:
        base |= {column: np.full(len(raw), day, dtype=object) for column, day in _declared_period(facts, where).items()}
    if "sex" in raw:
        base["sex"] = read_words(raw["sex"], SEXES, where)
    if "age" in raw:
        base["age"] = read_ages(raw["age"], where)
    if "status" in raw:
        base["flag"] = joined(base["flag"], read_statuses(raw["status"], source.statuses, where))
    draft = _long(raw, base, source, where) if "series" in raw else _wide(raw, base, source, where)
    quality = str(facts.get("flag", ""))
    if quality:  # on every value; a missing one keeps only its reason
        marked = joined(draft["flag"], np.full(len(draft["flag"]), quality, dtype=object))
        draft["flag"] = np.where(np.isnan(draft["value"]), draft["flag"], marked)
    return measured(pd.DataFrame(draft, columns=pd.Index(_DRAFT)), facts)


def _long(raw: pd.DataFrame, base: dict[str, Column], source: Source, where: str) -> dict[str, Column]:
    unknown = ~raw["series"].isin(list(source.series))
    if unknown.any():
        row = raw.index[unknown][0]
        problem = f"{raw['series'].loc[row]!r} is not declared. Add it under series: in the definition of {source.id}."
        raise CellError(where, int(row), "series", problem)
    if "unit" in raw:
        _check_units(raw, source, where)
    cells = {column: column for column in ("value", *LIMITS)}
    return _observations(raw, base, raw["series"].to_numpy(dtype=object), cells, source, where)


def _wide(raw: pd.DataFrame, base: dict[str, Column], source: Source, where: str) -> dict[str, Column]:
    parts = []
    for name, series in source.series.items():
        column = series.column or name
        if column in raw:
            cells = {"value": column, "lower_ci95": series.lower or "", "upper_ci95": series.upper or ""}
            parts.append(_observations(raw, base, np.full(len(raw), name, dtype=object), cells, source, where))
    if not parts:
        raise DefinitionError(
            f"{where}: no column is a declared series of {source.id}. Name the columns under series:."
        )
    return {column: np.concatenate([part[column] for part in parts]) for column in _DRAFT}


def _observations(
    raw: pd.DataFrame,
    base: dict[str, Column],
    names: Column,
    cells: Mapping[str, str],
    source: Source,
    where: str,
) -> dict[str, Column]:
    """Observations from one column of values: checked by unit, marks and statuses joined, sex and age as declared.

    Columns of arrays, not a frame: a table may hold a hundred series, and a frame for each costs more than all else.
    """
    out = {**base, "series": names, "column": np.full(len(raw), cells["value"], dtype=object)}
    present = {str(name): source.series[str(name)] for name in dict.fromkeys(names)}
    units = {
        name: series.published_unit if series.published_unit == "proportion" else series.unit
        for name, series in present.items()
    }
    rows_of = {name: np.flatnonzero(names == name) for name in present}
    for column, marks in (("value", source.missing), *((limit, {"": "[x]", **source.missing}) for limit in LIMITS)):
        if cells[column] not in raw:
            out[column] = np.full(len(raw), np.nan)
            continue
        read = read_numbers(raw[cells[column]], marks, where, percent="%" in units.values())
        if "%" in units.values() and len(set(units.values())) > 1:
            signed = np.array(["%" in text for text in read.texts], dtype=bool)
            foreign = signed & np.array([units[str(name)] != "%" for name in names], dtype=bool)
            read.refuse(
                foreign, "has a percent sign, and the unit of its series is not %. Correct the cell, or the unit."
            )
        held = read.values
        for name, rows in rows_of.items():
            own = pd.Series(held[rows], index=read.rows[rows], name=cells[column])
            check_values(own, units[name], name, where, limit=column != "value")
            if units[name] != present[name].unit:
                held[rows] = to_unit(own, units[name], present[name].unit, name, where).to_numpy()
        out[column] = held
        if column == "value":
            out["flag"] = missing_with_reason(held, joined(base["flag"], read.flags))
    for column, said in (
        ("sex", {n: s.sex for n, s in present.items()}),
        ("age", {n: s.age for n, s in present.items()}),
    ):
        if column not in base:
            out[column] = np.array([said[name] for name in names], dtype=object)
    return out


def _replace_codes(draft: pd.DataFrame, source: Source, log: Log, table: str, where: str) -> pd.DataFrame:
    """Give observations under a replaced code the current one; the same observation under both must be equal."""
    old = draft["area_code"].isin(list(source.code_changes))
    if not old.any():
        return draft
    for code, rows in draft.loc[old].groupby("area_code"):
        log.add(table, "code changed", len(rows), f"{code} is {source.code_changes[str(code)]} now", "area_code")
    draft = draft.assign(area_code=draft["area_code"].replace(dict(source.code_changes)))
    twice = draft.duplicated(list(KEY), keep=False)
    shared = draft.loc[twice]
    for column in ("value", "lower_ci95", "upper_ci95", "flag"):
        differing = shared.groupby(list(KEY))[column].nunique(dropna=False) > 1
        if differing.any():
            first = differing[differing].index[0]
            row = shared.set_index(list(KEY)).loc[[first], "row"].max()
            problem = (
                f"{column} differs between an area's old and new code ({int(differing.sum())} observations, first "
            )
            problem += f"{' '.join(map(str, first))}). Ask the publisher which of them holds."
            raise CellError(where, int(row), str(shared["column"].iloc[0]), problem)
    once = draft.drop_duplicates(list(KEY))
    log.add(table, "left out", len(draft) - len(once), "published under the old and the new code, equal", "area_code")
    return once


def _note(frame: pd.DataFrame, log: Log, table: str) -> None:
    """Log what came out: rows, flags, and areas that a series leaves without any value."""
    log.add(table, "rows out", len(frame))
    for flag, rows in frame.loc[frame["flag"] != ""].groupby("flag"):
        series = rows["series"].unique()
        shown = ", ".join(series[:3]) + (f" and {len(series) - 3} more" if len(series) > 3 else "")
        log.add(table, "flagged", len(rows), f"{flag}: {shown}", "flag")
    areas = set(frame["area_code"])
    present: dict[tuple[str, str], set[str]] = {}
    held: dict[tuple[str, str], set[str]] = {}
    columns = (frame[column].to_numpy(dtype=object) for column in ("series", "sex", "area_code"))
    for row_series, row_sex, code, known in zip(*columns, frame["value"].notna().to_numpy(), strict=True):
        present.setdefault((row_series, row_sex), set()).add(code)
        if known:
            held.setdefault((row_series, row_sex), set()).add(code)
    for name, sex in sorted(present):
        codes = sorted(areas - held.get((name, sex), set()))
        if codes:
            reason = "value blank" if codes[0] in present[name, sex] else "not published"
            shown = ", ".join(codes[:6]) + (f" and {len(codes) - 6} more" if len(codes) > 6 else "")
            log.add(table, "area without data", len(codes), f"{name}, {sex}: {shown} ({reason})", name)


def _area_column(raw: pd.DataFrame, where: str) -> str:
    found = [c for c in map(str, raw.columns) if c == "area_code" or c.removesuffix("_code") in load_geographies()]
    if len(found) != 1:
        raise DataError(f"{where}: expected one area column (area_code or e.g. lsoa11_code), got {found or 'none'}.")
    return found[0]


def _geographies(codes: pd.Series, column: str, where: str) -> Column:
    """The geography of each code; a code that is not of the column's geography, in its vintage, is refused."""
    declared = column.removesuffix("_code")
    if declared in load_geographies():
        check_codes(codes, declared, where)
        return np.full(len(codes), declared, dtype=object)
    known = geographies_of(codes, where)
    return np.array([known[code] for code in codes], dtype=object)


def _declared_period(facts: Mapping[str, object], where: str) -> dict[str, str]:
    if "period" not in facts:
        raise DefinitionError(
            f"{where}: no column holds a period and the release's facts do not say it. Add facts: period:."
        )
    start, end = parse_period(str(facts["period"]))
    return {"period_start": start, "period_end": end}


def _check_units(raw: pd.DataFrame, source: Source, where: str) -> None:
    """Refuse a release in which the publisher's unit of a series is no longer the declared one."""
    columns = (raw["series"].to_numpy(dtype=object), raw["unit"].to_numpy(dtype=object))
    for row, name, unit in zip(raw.index, *columns, strict=True):
        series = source.series.get(name)
        if series is None:
            problem = f"the series {name!r} is not declared in the definition of {source.id}. Add it, or leave it out."
            raise CellError(where, int(row), "series", problem)
        expected = series.published_unit or series.unit
        if unit != expected:
            problem = f"{name} is in {unit!r}, its definition says {expected!r}. "
            problem += f"Check what changed, then correct the definition of {source.id}."
            raise CellError(where, int(row), "unit", problem)

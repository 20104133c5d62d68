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

from analysis.catalogue.flags import join_flags
from analysis.catalogue.geographies import GSS, kinds_by_prefix, load_geographies
from analysis.catalogue.source import Source
from analysis.clean.marks import missing_with_reason, split_ending, split_marks, status_flags
from analysis.clean.observations import COLUMNS, KEY, Log, check_observations
from analysis.clean.people import SEXES
from analysis.clean.periods import parse_period, parse_periods
from analysis.clean.units import check_values, to_unit
from analysis.errors import DataError, DefinitionError
from analysis.sources.snapshots import OpenRelease

Column = np.ndarray[Any, np.dtype[Any]]
_DRAFT = [*KEY, "value", "lower_ci95", "upper_ci95", "flag", "row", "column"]


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
        period that is not understood, observations that stand twice.
    """
    facts = source.releases[release.snapshot.release].facts
    frames = []
    for name, raw in release.tables.items():
        where = release.file(name)
        if name == "series":
            _check_published_units(raw, source, where)
            continue
        log.add(name, "rows in", len(raw))
        draft = _draft(raw, source, facts, where).assign(table=name)
        draft = _replace_codes(draft, source, log, name, where)
        frame = check_observations(draft[list(COLUMNS)], where)
        _note(frame, log, name)
        frames.append(frame)
    return frames[0] if len(frames) == 1 else check_observations(pd.concat(frames, ignore_index=True), release.folder)


def _draft(raw: pd.DataFrame, source: Source, facts: Mapping[str, object], where: str) -> pd.DataFrame:
    """All observations of one raw table, with the row and column of the file that each came from."""
    area = _area_column(raw, where)
    blank: Column = np.full(len(raw), "", dtype=object)
    base: dict[str, Column] = {
        "area_code": raw[area].to_numpy(dtype=object),
        "geography": _geographies(raw[area], area, where),
        "row": raw.index.to_numpy(),
        "flag": blank,
    }
    period = next((column for column in ("period", "year") if column in raw), None)
    if period:
        texts, ending = split_ending(raw[period], source.statuses)
        years = facts.get("years")
        dates = parse_periods(texts, where, str(years) if years else None)
        base |= {column: dates[column].to_numpy(dtype=object) for column in ("period_start", "period_end")}
        base["flag"] = ending.to_numpy(dtype=object)
    else:
        base |= {column: np.full(len(raw), day, dtype=object) for column, day in _declared_period(facts, where).items()}
    if "sex" in raw:
        base["sex"] = _words(raw["sex"], SEXES, where)
    if "age" in raw:
        base["age"] = raw["age"].to_numpy(dtype=object)
    if "status" in raw:
        status = status_flags(raw["status"], source.statuses, where).to_numpy(dtype=object)
        base["flag"] = _joined(base["flag"], status)
    draft = _long(raw, base, source, where) if "series" in raw else _wide(raw, base, source, where)
    quality = str(facts.get("flag", ""))
    if quality:  # on every value; a missing one keeps only its reason
        marked = _joined(draft["flag"], np.full(len(draft["flag"]), quality, dtype=object))
        draft["flag"] = np.where(np.isnan(draft["value"]), draft["flag"], marked)
    return pd.DataFrame(draft, columns=pd.Index(_DRAFT))


def _long(raw: pd.DataFrame, base: dict[str, Column], source: Source, where: str) -> dict[str, Column]:
    unknown = ~raw["series"].isin(list(source.series))
    if unknown.any():
        row = raw.index[unknown][0]
        raise DataError(
            f"{where}, row {row}, column 'series': {raw['series'].loc[row]!r} is not declared. Add it under series: in "
            f"the definition of {source.id}."
        )
    cells = {"value": "value", "lower_ci95": "lower_ci95", "upper_ci95": "upper_ci95"}
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
    values, marks = split_marks(raw[cells["value"]], source.missing, where)
    out["value"] = values.to_numpy()
    for limit in ("lower_ci95", "upper_ci95"):
        out[limit] = np.full(len(raw), np.nan)
        if cells[limit] in raw:
            out[limit] = split_marks(raw[cells[limit]], {"": "[x]", **source.missing}, where)[0].to_numpy()
    present = {str(name): source.series[str(name)] for name in dict.fromkeys(names)}
    for name, series in present.items():
        unit = series.published_unit if series.published_unit == "proportion" else series.unit
        rows = names == name
        check_values(values[rows], unit, name, where)
        if unit != series.unit:
            for column in ("value", "lower_ci95", "upper_ci95"):
                own = pd.Series(out[column][rows], index=raw.index[rows])
                out[column] = out[column].copy()
                out[column][rows] = to_unit(own, unit, series.unit, name, where)
    flags = pd.Series(_joined(base["flag"], marks.to_numpy(dtype=object)), dtype=object)
    out["flag"] = missing_with_reason(pd.Series(out["value"]), flags).to_numpy(dtype=object)
    for column, said in (
        ("sex", {n: s.sex for n, s in present.items()}),
        ("age", {n: s.age for n, s in present.items()}),
    ):
        if column not in base:
            out[column] = np.array([said[name] for name in names], dtype=object)
    return out


def _joined(first: Column, second: Column) -> Column:
    """Flags of two columns joined row by row; the few different pairs are joined once each."""
    both = first + second
    known = {flags: join_flags([flags]) for flags in set(both)}
    return np.array([known[flags] for flags in both], dtype=object)


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
            example = " ".join(str(part) for part in differing[differing].index[0])
            raise DataError(
                f"{where}: {column} differs between an area's old and new code ({int(differing.sum())} "
                f"observations, first {example}). Ask the publisher which of them holds."
            )
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
    """The geography of each code; a code that is not nine characters, or not of the column's geography, is refused."""
    geographies, declared = load_geographies(), column.removesuffix("_code")
    kinds = kinds_by_prefix(geographies)
    if declared in geographies:
        kinds = dict.fromkeys(geographies[declared].prefixes, declared)
    found = codes.map({code: kinds.get(code[:3], "") if GSS.fullmatch(code) else "" for code in codes.unique()})
    bad = found == ""
    if bad.any():
        row = codes.index[bad][0]
        raise DataError(
            f"{where}, row {row}, column {column!r}: {codes.loc[row]!r} is not such a code; "
            f"expected nine characters that begin with {', '.join(sorted(kinds))}."
        )
    return found.to_numpy(dtype=object)


def _words(cells: pd.Series, words: Mapping[str, str], where: str) -> Column:
    found = cells.str.lower().map(words)
    if found.isna().any():
        row = cells.index[found.isna()][0]
        expected = ", ".join(sorted(set(words.values())))
        raise DataError(
            f"{where}, row {row}, column {cells.name!r}: {cells.loc[row]!r} is not known; expected {expected}."
        )
    return found.to_numpy(dtype=object)


def _declared_period(facts: Mapping[str, object], where: str) -> dict[str, str]:
    if "period" not in facts:
        raise DefinitionError(
            f"{where}: no column holds a period and the release's facts do not say it. Add facts: period:."
        )
    start, end = parse_period(str(facts["period"]))
    return {"period_start": start, "period_end": end}


def _check_published_units(raw: pd.DataFrame, source: Source, where: str) -> None:
    """Refuse a release in which the publisher's unit of a series is no longer the declared one."""
    for row, cells in raw.iterrows():
        series = source.series.get(cells["series"])
        if series is None:
            raise DataError(
                f"{where}, row {row}: the series {cells['series']!r} is not declared in the definition of {source.id}."
            )
        expected = series.published_unit or series.unit
        if cells["unit"] != expected:
            raise DataError(
                f"{where}, row {row}, column 'unit': {cells['series']} is in {cells['unit']!r}, its "
                f"definition says {expected!r}. Check what changed, then correct the definition of {source.id}."
            )

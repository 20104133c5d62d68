"""The processed tables: their columns, keys and canonical form on disk."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.catalogue.flags import WITHOUT_VALUE, flag_words
from analysis.errors import DataError
from analysis.words import format_number

INDICATOR_COLUMNS = (
    "indicator",
    "area_code",
    "area_name",
    "geography",
    "period_start",
    "period_end",
    "sex",
    "age",
    "value",
    "unit",
    "lower_ci95",
    "upper_ci95",
    "numerator",
    "denominator",
    "flag",
    "source",
    "release",
    "input",
)
INDICATOR_KEY = ("indicator", "area_code", "geography", "period_start", "period_end", "sex", "age", "release")
OBSERVATION_KEY = (
    "series",
    "source",
    "release",
    "area_code",
    "geography",
    "period_start",
    "period_end",
    "sex",
    "age",
)
TABLE_KEYS: dict[str, tuple[str, ...]] = {
    "indicators": INDICATOR_KEY,
    "small_areas": ("release", "area_code"),
    "wards": ("release", "area_code"),
    "inequality_areas": ("indicator", "source", "sex", "area_code"),
    "inequality": ("measure", "statistic", "sex"),
    "stated_figures": ("figure",),
    "coverage": ("plan", "priority"),
    "coverage_outcomes": ("plan", "outcome"),
    "judgements": ("indicator", "area_code", "sex", "age"),
    "judgement_support": ("judgement",),
    "scorecard": ("plan", "aim", "priority"),
    "early_warnings": ("order",),
    "distribution": ("indicator", "sex", "age"),
    "known_gaps": ("kind", "id"),
    "sources": ("source", "release"),
    "cleaning_log": ("source", "release", "table", "column", "action", "detail"),
    "outlines": ("geography", "area_code"),
    "index_pairs": ("earlier_release", "later_release"),
    "ward_series": INDICATOR_KEY,
    "wards_together": INDICATOR_KEY,
    "ward_estimates": ("geography", "area_code"),
    "ward_changes": ("old_geography", "old_code", "new_code"),
    "ward_checks": (
        "quantity",
        "geography",
        "area_code",
        "published_source",
        "published_period_end",
        "rebuilt_source",
    ),
    "links": ("source_geography", "target_geography", "source_code", "target_code"),
    "observations": OBSERVATION_KEY,
}
"""The processed tables of an edition, each with the columns that tell its rows apart and that it is sorted by."""


def _less_release(key: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(column for column in key if column != "release")


_OF_ANY_RELEASE = ("indicators", "ward_series", "wards_together", "cleaning_log")
ROW_KEYS: dict[str, tuple[tuple[str, ...], ...]] = {
    **{name: (key,) for name, key in TABLE_KEYS.items()},
    **{name: (TABLE_KEYS[name], _less_release(TABLE_KEYS[name])) for name in _OF_ANY_RELEASE},
    "early_warnings": (("indicator", "sex", "age"),),
}
"""What a row of each table is, so that it is found again in another build: keys to be tried in turn, none of them its
place. A figure whose release alone differs is the same figure."""
PLACES = {"early_warnings": "order"}
"""The column that says at which place of a ranked list a row stands, in the tables that are one."""
NUMBERS = (
    "value",
    "lower_ci95",
    "upper_ci95",
    "most_lower_ci95",
    "most_upper_ci95",
    "least_lower_ci95",
    "least_upper_ci95",
    "numerator",
    "denominator",
    "benchmark_value",
    "peers_rank",
    "peers_ranked",
    "peers_tied",
    "peers_median",
    "peers_lowest",
    "peers_highest",
    "baseline_value",
    "change",
    "change_lower_ci95",
    "change_upper_ci95",
    "country_change",
    "peers_change_median",
    "peers_changes",
    "trend_points",
    "trend_chi2",
    "target_value",
    "target_distance",
    "gap",
    "gap_lower_ci95",
    "gap_upper_ci95",
)
"""Columns that are read as numbers even where every cell is empty."""


def to_canonical_csv(table: pd.DataFrame, key: Sequence[str]) -> bytes:
    """The table as bytes: sorted by ``key``, fixed column order, UTF-8, LF, numbers to 12 significant digits.

    Twelve digits keep every published digit and drop the last few, which may differ between processors.

    Raises
    ------
    DataError
        If ``key`` does not tell the rows apart.
    """
    twice = table.duplicated(list(key))
    if twice.any():
        row = " ".join(str(cell) for cell in table.loc[twice, list(key)].iloc[0])
        raise DataError(f"{int(twice.sum())} rows repeat the key {', '.join(key)}, first: {row}.")
    ordered = table.sort_values(list(key), kind="stable")
    printed = {
        column: _formatted(ordered[column])
        for column in ordered.columns
        if pd.api.types.is_numeric_dtype(ordered[column]) and not pd.api.types.is_bool_dtype(ordered[column])
    }
    out = io.StringIO()
    ordered.assign(**printed).to_csv(out, index=False, lineterminator="\n")
    return out.getvalue().encode("utf-8")


def _formatted(column: pd.Series) -> np.ndarray:
    """The numbers of a column as text, each different one formatted once."""
    codes, numbers = pd.factorize(column.to_numpy(dtype=np.float64), use_na_sentinel=False)
    return np.array([format_number(float(number)) for number in numbers], dtype=object)[codes]


def read_processed(path: Path, texts: Sequence[str] = ()) -> pd.DataFrame:
    """Read a processed table back: columns of numbers as float, all others as text.

    Parameters
    ----------
    path : Path
        A canonical CSV.
    texts : sequence of str
        Columns to keep as text even where every cell looks like a number (codes, years).

    Raises
    ------
    DataError
        If the file is not there.
    """
    if not path.is_file():
        raise DataError(f"{path}: not found. Build the edition first: sotc build {path.parent.name}.")
    table = pd.read_csv(path, dtype=str, keep_default_na=False, na_filter=False)
    for column in table.columns:
        if column in NUMBERS or (column not in texts and _numeric(table[column])):
            table[column] = pd.to_numeric(table[column].replace("", np.nan), errors="raise").astype("float64")
    return table


def _numeric(column: pd.Series) -> bool:
    filled = column[column != ""]
    return bool(len(filled)) and bool(pd.to_numeric(filled, errors="coerce").notna().all())


def check_indicators(table: pd.DataFrame, where: str) -> pd.DataFrame:
    """Hold ``indicators.csv`` to its contract and return it in column and key order.

    Raises
    ------
    DataError
        If a column is absent, the key repeats, a value is missing without a flag that says why (or the reverse), or a
        percentage lies outside 0 to 100.
    """
    absent = [column for column in INDICATOR_COLUMNS if column not in table.columns]
    if absent:
        raise DataError(f"{where}: the column {absent[0]!r} is missing.")
    table = table[list(INDICATOR_COLUMNS)].sort_values(list(INDICATOR_KEY), kind="stable").reset_index(drop=True)
    says = {flag: bool(set(flag_words(flag)) & set(WITHOUT_VALUE)) for flag in table["flag"].unique()}
    says_missing = table["flag"].map(says)
    problems = {
        "the key stands twice": table.duplicated(list(INDICATOR_KEY)),
        "a value is missing and no flag says why": table["value"].isna() & ~says_missing,
        "a flag says that the value is missing, and there is one": table["value"].notna() & says_missing,
        "a percentage lies outside 0 to 100": (table["unit"] == "%") & ~table["value"].fillna(0).between(0, 100),
    }
    for problem, rows in problems.items():
        if rows.any():
            first = " ".join(str(cell) for cell in table.loc[rows, list(INDICATOR_KEY)].iloc[0])
            raise DataError(f"{where}: {problem} ({int(rows.sum())} rows, first: {first}).")
    return table

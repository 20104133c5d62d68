"""Areas of the place of which a release holds nothing: every measure finds them missing, and the log names them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from analysis.areas.links import Areas

Observations = Mapping[str, Mapping[str, pd.DataFrame]]
TABLE = ["release", "geography", "period_start", "period_end", "sex", "age", "table", "column"]


class Missing(NamedTuple):
    """Areas of a geography that a release of a source lacks, of how many, and the series that lack them."""

    source: str
    release: str
    geography: str
    codes: tuple[str, ...]
    known: int
    series: list[str]


def complete(observations: Observations, areas: Areas) -> tuple[dict[str, dict[str, pd.DataFrame]], list[Missing]]:
    """Observations with a row, ``[x]``, for every area of the place that a series lacks, and what was missing.

    An area that a lookup or an outline knows and a table leaves out is missing, not absent: without its row a mean
    would be one of other areas. The row stands on line 0 of its table.

    Parameters
    ----------
    observations : mapping
        Clean observations, with their release, by source and series.
    areas : Areas
        The areas of the edition; the place itself and what it is compared with are not looked for.
    """
    known = {name: frozenset(codes) for name, codes in areas.codes_of.items()}
    found: dict[tuple[str, str, str, tuple[str, ...]], list[str]] = {}
    completed: dict[str, dict[str, pd.DataFrame]] = {}
    for source, held in observations.items():
        completed[source] = {}
        for series, rows in held.items():
            added = []
            for at, codes in _codes_by_table(rows, known).items():
                lacking = tuple(sorted(known[at[1]] - codes))
                if lacking:
                    names = found.setdefault((source, at[0], at[1], lacking), [])
                    names += [series] if series not in names else []
                    added.append(_rows(series, at, lacking, rows))
            completed[source][series] = pd.concat([rows, *added], ignore_index=True) if added else rows
    missing = [
        Missing(source, release, geography, codes, len(known[geography]), series)
        for (source, release, geography, codes), series in found.items()
    ]
    return completed, missing


def _codes_by_table(rows: pd.DataFrame, known: Mapping[str, frozenset[str]]) -> dict[tuple[str, ...], set[str]]:
    """The areas of each table within a series (a period, a sex, an age of one release), by the columns of TABLE."""
    geographies = rows["geography"].to_numpy(dtype=object)
    if not set(geographies) & set(known):
        return {}
    found: dict[tuple[str, ...], set[str]] = {}
    columns = (rows[column].to_numpy(dtype=object) for column in TABLE)
    for code, *at in zip(rows["area_code"].to_numpy(dtype=object), *columns, strict=True):
        if at[1] in known:
            found.setdefault(tuple(at), set()).add(code)
    return found


def _rows(series: str, at: tuple[str, ...], codes: tuple[str, ...], like: pd.DataFrame) -> pd.DataFrame:
    table = {str(column): like[column].iloc[0] for column in like}  # the source, and the release's own facts
    table |= {**dict(zip(TABLE, at, strict=True)), "series": series, "flag": "[x]", "row": 0, "area_code": list(codes)}
    nothing = dict.fromkeys(("value", "lower_ci95", "upper_ci95"), np.nan)
    rows = pd.DataFrame({**table, **nothing})[list(like.columns)]
    return rows.astype(like.dtypes.to_dict())

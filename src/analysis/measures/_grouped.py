"""What the tidy functions share: rows summed by group, and results laid beside their groups."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from analysis.errors import MeasureError
from analysis.measures._arguments import column_names, frame, grouping
from analysis.measures._inputs import Given, column
from analysis.measures.agebands import by_age

By: TypeAlias = str | Sequence[str]


def summed(
    table: Any, by: Any, values: list[str], measure: Callable[[pd.Series, pd.Series], pd.DataFrame]
) -> pd.DataFrame:
    """Sum two columns by group, missing where one of its rows is, and measure the sums."""
    names = column_names(by)
    grouping(frame(table, "table", [*names, *values]), names, "table")
    groups, code = groups_of(table, names)
    sums = [
        pd.Series(np.bincount(code, weights=column(table[one], str(one)).array, minlength=len(groups)))
        for one in values
    ]
    return beside(groups, measure(*sums))


def groups_of(table: pd.DataFrame, names: list[Any]) -> tuple[pd.DataFrame, Any]:
    """The groups of a table, one row each, sorted, and the position of each row's group."""
    if not names:
        return pd.DataFrame(index=range(min(len(table), 1))), np.zeros(len(table), dtype=np.intp)
    grouped = table.groupby(names, sort=True, observed=True)
    code = grouped.ngroup().to_numpy()
    first = np.unique(code, return_index=True)[1]
    return table[names].iloc[first].reset_index(drop=True), code


def beside(groups: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    twice = [name for name in groups.columns if name in found.columns]
    if twice:
        raise MeasureError(f"by names {twice[0]!r}, which is a column of the answer; rename it.")
    return pd.concat([groups.reset_index(drop=True), found.reset_index(drop=True)], axis=1)


def by_start(values: Any, starts: Any, name: str) -> Any:
    """Numbers by band in the order of the ages at which the bands begin."""
    read = column(values, name)
    if read.labels[0] is not None:
        read = by_age(Given(name, read.array, read.labels), starts)
    return read.array

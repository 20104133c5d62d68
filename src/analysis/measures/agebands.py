"""Rows by age band, summed to arrays: what every measure by age does before it begins.

Counts are summed as they stand: missing stays missing, and a band with fewer rows than the other bands of its
group is missing too, because a row that is not there is not a count of 0.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.errors import MeasureError
from analysis.measures._arguments import column_names, columns_named, grouping, word
from analysis.measures._arguments import frame as checked
from analysis.measures._inputs import Floats, Given, column, floats, is_list, names_listed


def band_starts(labels: Sequence[Any] | pd.Series | npt.ArrayLike) -> Floats:
    """Read the ages at which bands begin, from numbers or labels (``<1``, ``0``, ``1-4``, ``85+``).

    Raises
    ------
    MeasureError
        If a label cannot be read or is missing, or labels with both ends leave a gap, overlap or have no open band.

    Examples
    --------
    >>> band_starts(["0", "1-4", "5-9", "10+"]).tolist()
    [0.0, 1.0, 5.0, 10.0]
    """
    given = labels if isinstance(labels, pd.Series) else pd.Series(_listed(labels))
    names_listed(given, "age")
    if pd.api.types.is_numeric_dtype(given) and not pd.api.types.is_bool_dtype(given):
        return floats(given, "age")
    read = {label: _band(label) for label in given.astype(object).unique()}
    bands = sorted(set(read.values()))
    if any(np.isfinite(end) and end != start for start, end in bands):
        for (start, end), (next_start, _) in itertools.pairwise(bands):
            if next_start != end + 1:
                raise MeasureError(
                    f"The age bands are not continuous: one ends at {end:g} and the next begins at "
                    f"{next_start:g} (after {start:g})."
                )
        if np.isfinite(bands[-1][1]):
            raise MeasureError(f"The last age band ends at {bands[-1][1]:g}; expected an open one, as in '85+'.")
    return np.asarray([read[label][0] for label in given.astype(object)], dtype=np.float64)


def sum_bands(
    frame: pd.DataFrame, by: str | Sequence[str], *, age: str, values: Sequence[str]
) -> tuple[pd.DataFrame, Floats, list[Floats]]:
    """Sum the rows of a tidy table to arrays of shape ``(groups, bands)``, keeping what is missing missing.

    Returns
    -------
    tuple
        The groups (one row each, sorted), the ages at which bands begin, and one array for each column of
        ``values``. A band with fewer rows than the other bands of its group is missing.

    Raises
    ------
    MeasureError
        If a column is absent or a grouping column or an age is missing.

    Examples
    --------
    >>> rows = pd.DataFrame({"ward": ["A", "A", "B"], "age": [0, 5, 0], "deaths": [1, 2, 3]})
    >>> sum_bands(rows, "ward", age="age", values=["deaths"])[2][0].tolist()
    [[1.0, 2.0], [3.0, nan]]
    """
    names, values = column_names(by), column_names(values, "values")
    if columns_named([age])[0] in set(names):
        raise MeasureError(f"by names the column of ages {age!r}; expected columns that name groups.")
    grouping(checked(frame, "frame", [*names, age, *values]), names, "frame")
    starts, band = np.unique(band_starts(frame[age]), return_inverse=True)
    if starts.size == 0 or np.isnan(starts).any():
        raise MeasureError(f"The column {age!r} is empty or has missing ages; expected an age in every row.")
    if names:
        grouped = frame.groupby(names, sort=True, observed=True)
        group = grouped.ngroup().to_numpy()
        groups = frame[names].iloc[np.unique(group, return_index=True)[1]].reset_index(drop=True)
    else:
        group, groups = np.zeros(len(frame), dtype=np.intp), pd.DataFrame(index=range(1))
    shape = (len(groups), starts.size)
    cell = group * starts.size + band
    rows = np.bincount(cell, minlength=shape[0] * shape[1]).reshape(shape)
    uneven = rows != rows.max(axis=1, keepdims=True)
    sums: list[Floats] = []
    for value in values:
        held = column(frame[value], str(value), infinite=True).array
        total = np.bincount(cell, weights=held, minlength=rows.size).reshape(shape)
        total[uneven] = np.nan
        sums.append(np.asarray(total, dtype=np.float64))
    return groups, starts, sums


def add_persons(
    frame: pd.DataFrame,
    by: str | Sequence[str],
    *,
    sex: str = "sex",
    persons: str = "persons",
    values: Sequence[str] = ("deaths", "person_years"),
) -> pd.DataFrame:
    """Add the rows of both sexes a second time under the name of persons, to be summed with them.

    Parameters
    ----------
    frame
        Rows for exactly two sexes.
    by
        Columns that name a group apart from sex; where a group has rows of one sex alone, its persons' counts
        are set to missing, never to those of the one sex.
    sex, persons
        Column of the sex, and what persons are called in it.
    values
        Columns of counts.

    Returns
    -------
    pandas.DataFrame
        The rows given, then those of persons.

    Raises
    ------
    MeasureError
        If the frame does not hold exactly two sexes.

    Examples
    --------
    >>> both = pd.DataFrame({"ward": "A", "sex": ["female", "male"], "age": 0, "deaths": [1, 2],
    ...                      "person_years": [10, 10]})
    >>> add_persons(both, "ward").groupby("sex")["deaths"].sum().to_dict()
    {'female': 1, 'male': 2, 'persons': 3}
    """
    names, values, persons = column_names(by), column_names(values, "values"), word(persons, "persons")
    grouping(checked(frame, "frame", [*names, sex, *values]), [*names, sex], "frame")
    found = sorted(frame[sex].unique(), key=str)
    if len(found) != 2 or persons in found:
        raise MeasureError(f"Persons are summed from exactly two sexes; the column {sex!r} holds {found!r}.")
    both = frame.assign(**{sex: persons})
    half = frame.groupby(names or [lambda _: 0], observed=True)[sex].transform("nunique") < 2
    if half.any():
        both = both.astype(dict.fromkeys(values, float))
        both.loc[half, values] = np.nan
    return pd.concat([frame, both], ignore_index=True)


def by_age(values: Given, ages: Floats) -> Given:
    """Bring values whose last labels are ages (numbers, or words such as ``85+``) into the order of the ages.

    Numbers of which no more than half are among the ages are row numbers: such values stand in order already.

    Raises
    ------
    MeasureError
        If the labels are ages, and others.
    """
    labels = values.labels[-1] if values.labels else None
    if labels is None or not len(labels):
        return values
    if all(isinstance(one, str) for one in labels):
        starts = np.array([_band(one)[0] for one in labels])
    elif pd.api.types.is_numeric_dtype(labels):
        starts = labels.to_numpy(dtype=float)
        if np.isin(starts, ages).mean() <= 0.5:
            return values
    else:
        return values
    named = replace(values, labels=(*values.labels[:-1], pd.Index(starts)))
    return named.like(Given("the ages", ages, (pd.Index(ages),)), -1)


def from_the_end(values: Floats) -> Floats:
    """Sum each band and all later ones, along the last dimension."""
    return np.asarray(np.cumsum(values[..., ::-1], axis=-1)[..., ::-1])


def _listed(labels: Any) -> list[Any]:
    return names_listed(labels, "age") if is_list(labels) else [labels]


def _band(label: Any) -> tuple[float, float]:
    """Read the first and last completed year of age of one label."""
    text = str(label).strip().replace("–", "-").replace(" ", "")
    found = re.fullmatch(r"(\d+)(?:-(\d+)|(\+))?", text)
    if text in ("<1", "under1"):
        return 0.0, 0.0
    if found is None:
        raise MeasureError(f"The age {label!r} cannot be read; expected labels such as '0', '1-4' or '85+'.")
    start = float(found[1])
    if found[2] and float(found[2]) < start:
        raise MeasureError(f"The age band {label!r} ends before it begins.")
    return start, np.inf if found[3] else float(found[2] or start)

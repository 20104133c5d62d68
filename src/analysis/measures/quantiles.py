"""Groups of areas by value: equal groups by rank, as public health profiles assign them, and classes by bounds."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.errors import MeasureError
from analysis.measures._arguments import MOST_GROUPS, flag, whole
from analysis.measures._inputs import Floats, column, floats, index_of, labels_of
from analysis.measures._results import no_reasons, refuse


def assign_quantiles(values: Any, groups: int = 10, *, by: Any = None, highest_is_first: Any = True) -> pd.DataFrame:
    """Put areas into equal groups by rank; areas of equal value share a group.

    Parameters
    ----------
    values
        One value for each area, shape (n,); labels are kept, and what else is labelled is matched by them.
    groups
        Number of quantiles: 10 for tenths, 5 for fifths.
    by
        Set in which each area is ranked, shape (n,); None ranks all together.
    highest_is_first
        True makes group 1 that of the highest values (for deprivation scores: the most deprived). A column, shape
        (n,), says it row by row; it must be the same within a set.

    Returns
    -------
    pandas.DataFrame
        One row for each area: ``quantile`` (nullable integer, 1 to ``groups``), ``reason``.

    Refusals
    --------
    missing
        The value is not known; the area does not count towards the size of its set.
    fewer areas than groups
        The set is too small for that many quantiles.

    Raises
    ------
    MeasureError
        If there are fewer than two groups, a set is missing, or a set has rows of both polarities.

    Notes
    -----
    With N areas, k groups and rank r from the end that comes first (ties take the best rank)::

        quantile = floor(k + 1 - ceil((N + 1 - r) / (N / k))), and 1 for 0

    Quantiles of a nation are those of national
    ranks (``deprivation.national_quantile``), not of the areas at hand.

    Examples
    --------
    >>> assign_quantiles([50, 10, 20, 40, None], 2)["quantile"].tolist()
    [1, 2, 2, 1, <NA>]
    """
    groups = whole(groups, "groups", least=2, most=MOST_GROUPS)
    given = column(values, "values")
    index = given.labels[0]
    value = pd.Series(given.array, index=index)
    sets = np.full(len(value), "all", dtype=object) if by is None else labels_of(by, "by", len(value), index)
    code = pd.factorize(sets)[0]
    first = _polarity(highest_is_first, len(value), index, code)
    grouped = pd.Series(np.where(first, given.array, -given.array)).groupby(code)
    size = grouped.transform("count").to_numpy(dtype=float)
    rank = grouped.rank(method="min", ascending=False).to_numpy(dtype=float)
    # (N + 1 - r) k / N, in whole numbers before the division, so that no rounding moves an area.
    place = np.maximum(np.floor(groups + 1 - np.ceil((size + 1 - rank) * groups / np.maximum(size, 1))), 1)
    reasons = no_reasons(len(value))
    refuse(reasons, value.isna().to_numpy(), "missing")
    refuse(reasons, size < groups, "fewer areas than groups")
    quantile = np.where(reasons == "", place, np.nan)
    return pd.DataFrame({"quantile": pd.array(quantile, dtype="Int64"), "reason": reasons}, index=value.index)


def _polarity(
    highest_is_first: Any, length: int, index: pd.Index | None, code: npt.NDArray[np.intp]
) -> npt.NDArray[np.bool_]:
    """Whether the highest values come first, for each row; the same within a set."""
    if isinstance(highest_is_first, bool | np.bool_):
        return np.full(length, bool(highest_is_first))
    rows = labels_of(highest_is_first, "highest_is_first", length, index)
    first = np.array([flag(one, "highest_is_first") for one in rows], dtype=bool)
    mixed = pd.Series(first).groupby(code).transform("nunique").to_numpy() > 1
    if mixed.any():
        at = int(np.argmax(mixed))
        raise MeasureError(f"highest_is_first differs within the set of position {at}; expected one for each set.")
    return first


def quantile_bounds(values: Any, groups: int = 5) -> Floats:
    """Bounds of quantile classes by type-7 percentiles (linear interpolation between ordered values).

    Parameters
    ----------
    values
        Values of the areas, shape (n,); missing ones are left out.
    groups
        Number of classes.

    Returns
    -------
    numpy.ndarray
        Shape (groups + 1,), from the lowest to the highest value.

    Raises
    ------
    MeasureError
        If fewer areas than classes have a value.

    Examples
    --------
    >>> quantile_bounds(range(1, 51))
    array([ 1. , 10.8, 20.6, 30.4, 40.2, 50. ])
    """
    groups = whole(groups, "groups", least=1, most=MOST_GROUPS)
    known = floats(values, "values")
    known = known[~np.isnan(known)]
    if len(known) < groups:
        raise MeasureError(f"{len(known)} areas have a value; expected at least {groups} for {groups} classes.")
    return np.asarray(np.quantile(known, np.linspace(0, 1, groups + 1)), dtype=np.float64)


def class_of(values: Any, bounds: Any) -> pd.Series:
    """Class of each value, 1 = lowest; a value on a bound belongs to the class below it.

    Parameters
    ----------
    values
        Shape (n,); a Series keeps its index, a missing value has no class.
    bounds
        Ascending bounds, shape (classes + 1,), from ``quantile_bounds`` or a definition.

    Returns
    -------
    pandas.Series
        Nullable integers, 1 to the number of classes; values beyond the outer bounds take the outer class.

    Raises
    ------
    MeasureError
        If the bounds are fewer than two, missing, or not in ascending order.

    Examples
    --------
    >>> class_of([1, 10.8, 10.9, 50], quantile_bounds(range(1, 51))).tolist()
    [1, 1, 2, 5]
    """
    own, edges = floats(values, "values"), floats(bounds, "bounds")
    if len(edges) < 2 or np.isnan(edges).any() or (np.diff(edges) < 0).any():
        raise MeasureError("Class bounds must be two or more known numbers in ascending order.")
    place = np.searchsorted(edges[1:-1], own, side="left") + 1.0
    known = np.where(np.isnan(own), np.nan, place)
    return pd.Series(pd.array(known, dtype="Int64"), index=index_of(values), name="class")

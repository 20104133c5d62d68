"""How unevenly something is spread over people: Gini, concentration index and Theil, with population weights.

Values are per head (a rate, a mean income), one for each group of people (area, tenth); ``populations`` says how
many people each stands for. Without populations every value counts the same. Series, frames of one column and dicts
are matched by label; arrays go by position.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.errors import MeasureError
from analysis.measures._inputs import Floats, column, labels_of, matched
from analysis.measures.ranks import places


@dataclass(frozen=True)
class Theil:
    """Theil's index and its exact split; ``total`` is ``between`` plus ``within``.

    Attributes
    ----------
    total
        0 where all have the same, up to ``ln n`` where one of n has all.
    between
        What would remain if everyone had the mean of their group.
    within
        Mean of the groups' own indices, weighted by their shares of the whole.
    groups
        Each group's own index.
    """

    total: float
    between: float
    within: float
    groups: dict[Hashable, float]


def gini(values: Any, populations: Any = None) -> float:
    """Gini coefficient: 0 where all have the same, towards 1 where one has all.

    Parameters
    ----------
    values
        Per head, 0 or above, shape ``(k,)``.
    populations
        People of each group, same shape; by default one each.

    Returns
    -------
    float
        ``(n - 1) / n`` where one of n equal groups has all.

    Raises
    ------
    MeasureError
        If a value is missing or negative, all are 0, a population is missing or not above 0, or shapes differ.

    Notes
    -----
    G = 1 - sum of p(k) (Y(k) + Y(k-1)), with p the population shares in rising order of the values and Y the
    cumulative share of the total. Splitting a group into parts with the same value changes nothing.

    Examples
    --------
    >>> round(gini([0, 0, 0, 8]), 6), round(gini([1, 3], populations=[3, 1]), 6)
    (0.75, 0.25)
    """
    y, share, _ = _weighted(values, populations)
    order = np.argsort(y, kind="stable")
    held = np.cumsum(y[order] * share[order])
    held = held / held[-1]
    return float(1 - (share[order] * (held + np.concatenate([[0.0], held[:-1]]))).sum())


def concentration_index(
    values: Any,
    populations: Any = None,
    order: Any = None,
    *,
    bounds: tuple[float, float] | None = None,
) -> float:
    """Concentration index: on which side of the scale of deprivation something is concentrated.

    Parameters
    ----------
    values
        Per head, shape ``(k,)``, most deprived group first unless ``order`` is given.
    populations
        People of each group, same shape; by default one each.
    order
        What to rank by, lowest = most deprived; groups that tie share one place.
    bounds
        Lowest and highest value possible (such as 0 and 1 for a proportion); Erreygers' bounded form is then
        given. The plain index of a share in good health and that of its opposite do not mirror each other;
        the bounded forms do.

    Returns
    -------
    float
        Below 0 where the most deprived have more of it, above 0 where they have less, 0 where it does not
        follow deprivation.

    Raises
    ------
    MeasureError
        As for :func:`gini`; also if the bounds do not enclose the values.

    Notes
    -----
    C = (2 / mean) cov(y, r), weighted by population, with r the place of the group's middle on the scale
    from 0 (most deprived) to 1; Erreygers' form is E = 4 mean C / (highest - lowest).

    Sources: Kakwani, Wagstaff and van Doorslaer 1997 (J Econometrics 77:87); Erreygers 2009 (J Health Econ
    28:504).

    Examples
    --------
    >>> round(concentration_index([0.3, 0.2, 0.1]), 6)
    -0.222222
    >>> ill = concentration_index([0.3, 0.2, 0.1], bounds=(0, 1))
    >>> well = concentration_index([0.7, 0.8, 0.9], bounds=(0, 1))
    >>> round(ill, 6), round(well, 6)
    (-0.177778, 0.177778)
    """
    y, share, key = _weighted(values, populations, order)
    mean = (share * y).sum()
    place = places(share, key)
    index = 2 / mean * (share * (y - mean) * (place - 0.5)).sum()
    if bounds is None:
        return float(index)
    pair = column(bounds, "bounds").array
    if pair.size != 2:
        raise MeasureError(f"bounds holds {pair.size} numbers; expected the lowest and the highest value possible.")
    low, high = pair.tolist()
    if not low < high or y.min() < low or y.max() > high:
        raise MeasureError(f"Values from {y.min():g} to {y.max():g} do not lie within the bounds {low:g} and {high:g}.")
    return float(4 * mean / (high - low) * index)


def theil(values: Any, populations: Any = None, groups: Any = None) -> Theil:
    """Theil's T, split exactly into inequality between groups and within them.

    Parameters
    ----------
    values
        Per head, 0 or above, shape ``(k,)``.
    populations
        People of each, same shape; by default one each.
    groups
        Group of each (such as the district of each ward), same length; by default all are one group.

    Returns
    -------
    Theil
        With ``total``, ``between``, ``within`` and ``groups``; the index of a group in which nobody has
        anything is 0.

    Raises
    ------
    MeasureError
        As for :func:`gini`; also if a group is missing.

    Notes
    -----
    T = sum of s ln(s / p), with s the share of the total and p that of the people (0 ln 0 = 0).
    Between: the same over groups; within: sum over groups of S T(group).

    Examples
    --------
    >>> split = theil([1, 3, 2, 6], groups=["a", "a", "b", "b"])
    >>> round(split.total, 4), round(split.between, 4), round(split.within, 4)
    (0.1874, 0.0566, 0.1308)
    """
    from scipy import special

    read = column(values, "values")
    y, share, _ = _weighted(read, populations)
    index = read.labels[0]
    names = np.zeros(y.size, dtype=object) if groups is None else labels_of(groups, "groups", y.size, index)

    def surprise(held: Floats, share: Floats) -> Floats:
        """Share held times the logarithm of how far it exceeds the share of people; 0 where nothing is held."""
        return np.asarray(special.rel_entr(held, share))

    held = share * y / (share * y).sum()
    code, labels = pd.factorize(names)
    group_held, group_share = (np.bincount(code, one).astype(np.float64) for one in (held, share))
    part = surprise(held, share) - held * np.log(np.where(group_held > 0, group_held / group_share, 1.0))[code]
    inner = np.bincount(code, part)
    own = np.divide(inner, group_held, out=np.zeros_like(inner), where=group_held > 0)
    between = float(surprise(group_held, group_share).sum())
    return Theil(
        total=float(surprise(held, share).sum()),
        between=between,
        within=float(inner.sum()),
        groups=dict(zip(labels, own.tolist(), strict=True)),
    )


def _weighted(values: Any, populations: Any, order: Any = None) -> tuple[Floats, Floats, Floats | None]:
    """Values, population shares and what they are ordered by, matched and checked."""
    given = {"values": values, "populations": populations, "order": order}
    read = [column(one, name) for name, one in given.items() if one is not None]
    lengths = {one.name: len(one.array) for one in read}
    if len(set(lengths.values())) > 1 or not lengths.get("values"):
        raise MeasureError(f"The arguments differ in length or are empty: {lengths!r}; expected one for each group.")
    arrays = {one.name: one.array for one in matched(*read)}
    y = arrays["values"]
    people = arrays.get("populations", np.ones_like(y))
    if not np.all(np.isfinite(y) & (y >= 0)) or not y.sum() > 0:
        raise MeasureError("values must be given, 0 or above, and not all 0; drop missing ones first.")
    if not np.all(np.isfinite(people) & (people > 0)):
        raise MeasureError("populations must be given and above 0; drop empty groups first.")
    key = arrays.get("order")
    if key is not None and np.isnan(key).any():
        raise MeasureError("order has missing values; expected a number to order each group by.")
    return y, people / people.sum(), key

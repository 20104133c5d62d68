"""Tidy tables of sets of groups in and out: slopes of inequality and quantiles, set by set, in long form."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analysis.errors import MeasureError
from analysis.measures._arguments import MOST_GROUPS, column_names, flag, frame, grouping, whole
from analysis.measures._grouped import By, groups_of
from analysis.measures._inputs import column
from analysis.measures._results import Confidence, levels, per
from analysis.measures._slopes import checked_multiplier
from analysis.measures.inequality import se_from_limits, slope_index
from analysis.measures.quantiles import assign_quantiles


def slope_index_by(
    table: pd.DataFrame,
    by: By,
    *,
    order: str,
    value: str = "value",
    population: str = "population",
    se: str | None = None,
    limits: tuple[str, str] | None = None,
    limits_confidence: float = 0.95,
    scale: Any = "identity",
    multiplier: float = 1.0,
    confidence: Confidence = 0.95,
) -> pd.DataFrame:
    """Slope and relative index of inequality of sets of groups of people, in long form.

    Parameters
    ----------
    table
        One row for each set and group of people (tenth, ward).
    by
        Column or columns that name a set; none takes all rows as one.
    order
        Column to rank the groups of people by within a set, lowest = most deprived.
    value, population
        Columns of the value and the people of each group.
    se
        Column of standard errors, on the scale; or else
    limits
        the two columns of published limits, from which they are had at the level ``limits_confidence``. Without either
        there are no limits.
    limits_confidence, scale, multiplier, confidence
        As in :func:`analysis.measures.inequality.slope_index`.

    Returns
    -------
    pandas.DataFrame
        Two rows for each set, sorted: the columns of ``by``, ``statistic`` (``sii`` or ``rii``), ``population``,
        ``value``, ``lower_ci..``/``upper_ci..`` for each level, ``method``, ``reason``.

    Refusals
    --------
    fewer than two groups
        The set has no second group to compare.
    missing order
        A group of the set has no place in the order.
    missing, no people, missing standard error, standard error not above 0, value not on the scale, \
groups tie in their order
        As in ``slope_index``.

    Raises
    ------
    MeasureError
        If a column is absent, a row names no set, or as in ``slope_index``.

    Examples
    --------
    >>> tenths = pd.DataFrame({"sex": "female", "tenth": [2, 1, 3, 4, 5], "value": [76, 74, 78, 80, 82]})
    >>> tenths["population"] = 10
    >>> slope_index_by(tenths, "sex", order="tenth").round(3)[["sex", "statistic", "value"]]
          sex statistic   value
    0  female       sii  10.000
    1  female       rii   1.137
    """
    names, multiplier = column_names(by), checked_multiplier(multiplier)
    errors = [se] if se is not None else [] if limits is None else column_names(limits, "limits")
    if (se is not None and limits is not None) or (limits is not None and len(errors) != 2):
        raise MeasureError("Give either se or the two columns of limits.")
    grouping(frame(table, "table", [*names, order, value, population, *errors]), names, "table")
    groups, code = groups_of(table, names)
    wanted = levels(confidence)
    shown: list[dict[str, Any]] = []
    for at in range(len(groups)):
        rows = table[code == at]
        spread = None if not errors else rows[se] if se is not None else _errors(rows, errors, scale, limits_confidence)
        people = column(rows[population], population).array
        common = {"population": people.sum(), "method": "", "reason": "fewer than two groups"}
        keys = column(rows[order], order).array
        if len(rows) >= 2 and np.isnan(keys).any():
            common["reason"] = "missing order"
        if len(rows) < 2 or np.isnan(keys).any():
            shown += [{"statistic": name, "value": np.nan, **common} for name in ("sii", "rii")]
            continue
        options = {"scale": scale, "multiplier": multiplier, "confidence": confidence, "order": keys}
        found = slope_index(
            column(rows[value], value).array, people, None if spread is None else np.asarray(spread), **options
        )
        common["reason"] = found.reason.item()
        for name, index, held in (("sii", found.sii, found.sii_limits), ("rii", found.rii, found.rii_limits)):
            one = {"statistic": name, **common, "value": float(index)}
            one |= {
                key: float(end)
                for level in wanted
                for key, end in zip((level.lower, level.upper), held[level.share], strict=True)
            }
            method = "Slope index, exact limits" if name == "sii" else "Ratio of fitted ends, Fieller"
            one["method"] = (
                "" if np.isnan(one["value"]) else per(method, multiplier).item() if name == "sii" else method
            )
            shown.append(one)
    ends = [end for level in wanted for end in (level.lower, level.upper)]
    result = pd.DataFrame(shown, columns=["statistic", "population", "value", *ends, "method", "reason"])
    repeated = groups.loc[groups.index.repeat(2)].reset_index(drop=True)
    return pd.concat([repeated, result], axis=1)


def quantiles_by(
    table: pd.DataFrame,
    by: By,
    groups: int = 10,
    *,
    value: str = "value",
    highest_is_first: Any = True,
) -> pd.DataFrame:
    """Put the rows of each set into equal groups by rank.

    Parameters
    ----------
    table
        One row for each area and set (indicator, sex, parent).
    by
        Column or columns that name a set; none ranks all rows together.
    groups
        Number of quantiles: 10 for tenths, 5 for fifths.
    value
        Column to rank by.
    highest_is_first
        True or False for all, or the name of a column that says it row by row, the same within a set.

    Returns
    -------
    pandas.DataFrame
        The rows as given, in their order, with ``quantile`` (nullable integer) and ``reason`` added.

    Refusals
    --------
    missing, fewer areas than groups
        As in :func:`analysis.measures.quantiles.assign_quantiles`.

    Raises
    ------
    MeasureError
        If a column is absent, a row names no set, or as in ``assign_quantiles``.

    Examples
    --------
    >>> wards = pd.DataFrame({"sex": ["f", "f", "m", "m"], "value": [3, 1, 5, 9], "high": [True, True, False, False]})
    >>> quantiles_by(wards, "sex", 2, highest_is_first="high")["quantile"].tolist()
    [1, 2, 1, 2]
    """
    names = column_names(by)
    polarity = [highest_is_first] if isinstance(highest_is_first, str) else []
    whole(groups, "groups", least=2, most=MOST_GROUPS)
    grouping(frame(table, "table", [*names, value, *polarity]), names, "table")
    code = groups_of(table, names)[1]
    first = table[polarity[0]].tolist() if polarity else flag(highest_is_first, "highest_is_first")
    held = column(table[value], value).array
    found = assign_quantiles(held, groups, by=code.tolist(), highest_is_first=first).set_axis(table.index)
    return table.assign(quantile=found["quantile"], reason=found["reason"])


def _errors(rows: pd.DataFrame, limits: list[str], scale: Any, confidence: Any) -> Any:
    lower, upper = (column(rows[one], one).array for one in limits)
    return se_from_limits(lower, upper, scale=scale, confidence=confidence)

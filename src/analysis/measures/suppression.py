"""Protection of small numbers: hide, round, and see that nothing published gives a hidden number back.

A source declares its rule: the smallest count it shows, the base it rounds to, whether zeros are shown.
Hiding the small counts (primary) is not enough where totals, the other sex, or another set of wards let a
reader subtract: further cells are hidden (secondary) until an attack on the whole set leaves enough open.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from analysis.errors import MeasureError
from analysis.measures._arguments import flags_of, instance, number, whole
from analysis.measures._arguments import frame as checked
from analysis.measures._inputs import Floats, floats, index_of, order_of
from analysis.measures._secondary import Rule as Rule  # noqa: PLC0414  (its public home is here)
from analysis.measures._secondary import Search
from analysis.measures.attack import Known, Sums

FLAG_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "[c]": "hidden, because the number would be small enough to disclose something about a person",
        "[low]": "rounded to 0, but not 0",
        "[x]": "not available",
        "[z]": "not applicable",
    }
)
"""What the flags of protected tables mean, in words for a reader."""

LARGEST_COUNT = 100_000_000
"""A larger number is no count of people in one country of the United Kingdom: it is refused as a slip."""


def round_half_up(values: Any, base: float = 1) -> Floats:
    """Round to the nearest multiple of a base, halves away from zero (Python rounds halves to even).

    Within a billionth of a step of a half counts as the half, because 77.35 has no exact binary form.

    Parameters
    ----------
    values
        Shape (n,); NaN stays NaN.
    base
        5 for the nearest 5; 0.1 for one decimal place.

    Returns
    -------
    numpy.ndarray
        Shape (n,).

    Raises
    ------
    MeasureError
        If a value is no number or infinite, or the base is not above 0.

    Examples
    --------
    >>> round_half_up([0.5, 1.5, 2.5, -2.5]).tolist()
    [1.0, 2.0, 3.0, -3.0]
    >>> round_half_up(57, base=5).tolist()
    [55.0]
    """
    base = number(base, "base", above=0)
    given = floats(values, "values")
    steps = np.floor(np.abs(given) / base + 0.5 + 1e-9)
    scaled = steps * base if base >= 1 else steps / round(1 / base)
    return np.asarray(np.sign(given) * scaled, dtype=np.float64)


def protect_counts(counts: Any, rule: Rule) -> pd.DataFrame:
    """Hide small counts and round the others, each by itself (primary protection).

    Parameters
    ----------
    counts
        Whole numbers of people or events, shape (n,); a Series keeps its index; NaN is a count not available.
    rule
        The rule that the source declares.

    Returns
    -------
    pandas.DataFrame
        ``shown`` (NaN where hidden or not available), ``flag`` ([c], [low], [x] or empty).

    Raises
    ------
    MeasureError
        If a count is negative, not whole, or above 100,000,000.

    Notes
    -----
    Where totals are published too, use ``protect_tables``: hiding a single cell of a sum hides nothing.

    Examples
    --------
    >>> protect_counts([0, 2, 8, 57, None], Rule(threshold=8, base=5))
       shown flag
    0    0.0
    1    NaN  [c]
    2   10.0
    3   55.0
    4    NaN  [x]
    """
    instance(rule, "rule", Rule, "a Rule")
    count = _whole(counts)
    return _shown(pd.Series(count, index=index_of(counts)), rule, rule.hides(count))


def protect_tables(
    counts: pd.Series,
    sums: Sums,
    rule: Rule,
    *,
    unpublished: pd.Series | None = None,
    spread: int | None = None,
    known: Known | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Protect all tables of a publication together: primary, then as much secondary suppression as needed.

    Parameters
    ----------
    counts
        Every count to be published, indexed by cell: all tables, sexes, totals and ward sets in one Series.
    sums
        Pairs of a whole and its parts. Two sets of wards are tied by the pieces into which they cut each other:
        name each piece as part of its old and of its new ward.
    rule
        The rule that the source declares.
    unpublished
        Counts of cells that no table shows but subtraction could give, such as those pieces, or the difference
        of two releases. They are protected like the published ones. None where they are not known: then only
        the published cells are protected.
    spread
        How many whole numbers must remain possible for each count that the rule hides. None asks for as many as
        the rule itself leaves open (threshold - 1), and at least 2.
    known
        Bounds that a reader has from elsewhere, such as ``attack.percentage_bounds``.

    Returns
    -------
    table : pandas.DataFrame
        Indexed as ``counts``: ``shown``, ``flag`` ([c], [low], [x] or empty), ``lowest`` and ``highest`` (what a reader
        can work out about a hidden cell; NaN for the others).
    log : pandas.DataFrame
        What was hidden and why, in order: ``cell``, ``kind`` (primary or secondary), ``why``. It holds no counts,
        but belongs with the confidential data.

    Raises
    ------
    MeasureError
        If counts are not whole or do not satisfy the sums, or no set of hidden cells protects a count.

    Notes
    -----
    While a reader can narrow a count that the rule hides to fewer than ``spread`` values (``attack.attack``), the
    smallest shown, non-zero cell that shares a sum with it (then with its hidden neighbours) is hidden too.
    At the end each secondary cell is shown again if the others suffice, so that none is hidden in vain.
    The order is fixed, so that the same tables are always protected in the same way.

    References
    ----------
    Hundepool and others 2012, Statistical Disclosure Control, chapter 4.

    Examples
    --------
    >>> counts = pd.Series({"city": 63, "north": 40, "south": 3, "east": 20})
    >>> table, log = protect_tables(counts, [("city", ["north", "south", "east"])], Rule(threshold=8))
    >>> table[["shown", "flag"]]
           shown flag
    city    63.0
    north   40.0
    south    NaN  [c]
    east     NaN  [c]
    >>> log["kind"].tolist()
    ['primary', 'secondary']
    """
    instance(rule, "rule", Rule, "a Rule")
    instance(counts, "counts", pd.Series, "a Series indexed by cell")
    needed = max(rule.threshold - 1, 2) if spread is None else whole(spread, "spread", least=1)
    pieces = pd.Series(dtype=float) if unpublished is None else unpublished
    instance(pieces, "unpublished", pd.Series, "a Series indexed by cell")
    true, hidden_too = (pd.Series(_whole(one), index=one.index) for one in (counts, pieces))
    search = Search(
        true, hidden_too, sums, rule=rule, known=known, needed=needed, show=lambda hidden: _shown(true, rule, hidden)
    )
    why: dict[Hashable, str] = {}
    guards: dict[Hashable, Hashable] = {}
    for cell in search.sensitive:
        while search.exposed(cell, why):
            also = search.next_to_hide(cell, why)
            why[also], guards[also] = f"otherwise {cell} could be worked out from the sums it is part of", cell
    for cell in reversed(list(why)):
        fewer = {other: sentence for other, sentence in why.items() if other != cell}
        # The count that the cell was hidden for is the likeliest to be exposed without it.
        if not any(search.exposed(one, fewer) for one in (guards[cell], *search.sensitive)):
            why = fewer

    table = search.shown(why)
    table["lowest"], table["highest"] = np.nan, np.nan
    for cell in table.index[table["flag"] == "[c]"]:
        table.loc[[cell], ["lowest", "highest"]] = search.interval(cell, why)
    reason = "the count is below the smallest that is shown" if rule.zeros_shown else "the count is 0 or too small"
    rows = [(cell, "primary", reason) for cell in search.primary]
    rows += [(cell, "secondary", sentence) for cell, sentence in why.items()]
    return table, pd.DataFrame(rows, columns=["cell", "kind", "why"])


def protect_percentages(counts: pd.DataFrame, denominators: pd.DataFrame) -> pd.DataFrame:
    """Percentages that say no more than the protected counts beside them.

    Parameters
    ----------
    counts, denominators
        Protected tables (``shown``, ``flag``), matched by their index.

    Returns
    -------
    pandas.DataFrame
        ``value`` (per cent, from the numbers shown), ``flag`` ([c] if one of the two is hidden, [x] if one is not
        available, [z] if the denominator is shown as 0, [low] if the count is), ``reason``.

    Refusals
    --------
    hidden
        The count or the denominator is hidden, and the percentage would give it back.
    missing
        The count or the denominator is not available.
    denominator of 0
        A share of nothing.
    rounded above its denominator
        After rounding the count exceeds its denominator; no percentage is given.

    Raises
    ------
    MeasureError
        If the two tables have different rows.

    Examples
    --------
    >>> rule = Rule(threshold=8, base=5)
    >>> protect_percentages(protect_counts([16, 3], rule), protect_counts([97, 97], rule)).round(1)
       value flag  reason
    0   15.8
    1    NaN  [c]  hidden
    """
    for name, one in (("counts", counts), ("denominators", denominators)):
        checked(one, name, ["shown", "flag"])
    order = order_of("denominators", denominators.index, "counts", counts.index)
    denominators = denominators if order is None else denominators.iloc[order]
    x, n = floats(counts["shown"], "counts"), floats(denominators["shown"], "denominators")
    flags = np.array([flags_of(counts), flags_of(denominators)])
    conditions = [(flags == "[c]").any(axis=0), np.isnan(x) | np.isnan(n), n == 0, x > n]
    reason = np.select(
        conditions, ["hidden", "missing", "denominator of 0", "rounded above its denominator"], default=""
    )
    flag = np.select([*conditions, flags[0] == "[low]"], ["[c]", "[x]", "[z]", "[x]", "[low]"], default="")
    value = np.full(len(x), np.nan)
    np.divide(100 * x, n, out=value, where=reason == "")
    return pd.DataFrame({"value": value, "flag": flag, "reason": reason}, index=counts.index)


def as_text(table: pd.DataFrame) -> pd.Series:
    """Write a protected table for print: the number, the flag in its place, or the number with its flag.

    Parameters
    ----------
    table
        ``shown`` and ``flag``, as returned here.

    Returns
    -------
    pandas.Series
        Text, never empty.

    Raises
    ------
    MeasureError
        If a column is absent.

    Examples
    --------
    >>> as_text(protect_counts([1250, 3, None], Rule(threshold=8))).tolist()
    ['1,250', '[c]', '[x]']
    """
    checked(table, "table", ["shown", "flag"])
    texts = []
    for count, flag in zip(floats(table["shown"], "shown"), flags_of(table), strict=True):
        shown = "" if np.isnan(count) else f"{count:,.0f}"
        texts.append(f"{shown} {flag}".strip() or "[x]")
    return pd.Series(texts, index=table.index, name="text")


def _whole(counts: Any) -> Floats:
    count = floats(counts, "counts")
    wrong = (count < 0) | (count != np.floor(count)) & ~np.isnan(count) | (count > LARGEST_COUNT)
    if wrong.any():
        raise MeasureError(
            f"{count[wrong][0]:g} is no count: expected a whole number from 0 to {LARGEST_COUNT:,}, or missing."
        )
    return count


def _shown(count: pd.Series, rule: Rule, hidden: Any) -> pd.DataFrame:
    number = count.to_numpy(dtype=float)
    missing = np.isnan(number)
    rounded = np.where(hidden | missing, np.nan, round_half_up(number, rule.base))
    flag = np.select([hidden, missing, (rounded == 0) & (number > 0)], ["[c]", "[x]", "[low]"], default="")
    return pd.DataFrame({"shown": rounded, "flag": flag.astype(object)}, index=count.index)

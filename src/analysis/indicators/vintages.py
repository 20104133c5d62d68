"""Two releases of an index side by side: never as a trend, only where small areas stand in each of them.

Between releases that use the same small areas every area can be looked up in both. Where a census lies between them,
only an area that became exactly one other, made of nothing else, is the same ground; split and merged ones are counted
apart.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import pandas as pd

from analysis.errors import DefinitionError
from analysis.tables.contract import TABLE_KEYS

COLUMNS = (
    *TABLE_KEYS["index_pairs"],
    "earlier_geography",
    "later_geography",
    "earlier_areas",
    "later_areas",
    "unchanged",
    "split_or_merged",
    "tenth_in_both",
    "tenth_in_earlier_only",
    "tenth_in_later_only",
    "tenth_in_neither",
)


def pair_releases(small_areas: pd.DataFrame, changes: Mapping[tuple[str, str], pd.DataFrame]) -> pd.DataFrame:
    """For two successive releases of the index: how many unchanged small areas are in the most deprived tenth in both.

    Parameters
    ----------
    small_areas : DataFrame
        ``release``, ``geography``, ``area_code`` and ``decile`` (1 the most deprived tenth of the country).
    changes : mapping
        By (earlier, later) geography, which areas became which: the first column holds the earlier code, the second the
        later one.

    Returns
    -------
    DataFrame
        The columns of ``COLUMNS``, one row for each pair; none where there is one release.

    Raises
    ------
    DefinitionError
        If the small areas of two releases differ and no table of changes leads from one to the other.

    Examples
    --------
    >>> areas = pd.DataFrame(
    ...     {"release": ["1", "1", "1", "2", "2", "2"], "geography": ["old"] * 3 + ["new"] * 3,
    ...      "area_code": ["A", "B", "C", "A", "D", "E"], "decile": [1, 1, 2, 1, 1, 3]})
    >>> became = pd.DataFrame({"old": ["A", "B", "C", "C"], "new": ["A", "D", "D", "E"]})
    >>> pairs = pair_releases(areas, {("old", "new"): became})
    >>> pairs.loc[0, ["unchanged", "split_or_merged", "tenth_in_both"]].tolist()
    [1, 2, 1]
    """
    by_release = {str(release): rows for release, rows in small_areas.groupby("release", sort=True)}
    rows = [_pair(earlier, later, by_release, changes) for earlier, later in itertools.pairwise(by_release)]
    return pd.DataFrame(rows, columns=pd.Index(COLUMNS))


def _pair(
    earlier: str,
    later: str,
    by_release: Mapping[str, pd.DataFrame],
    changes: Mapping[tuple[str, str], pd.DataFrame],
) -> dict[str, object]:
    old, new = by_release[earlier], by_release[later]
    ways = (str(old["geography"].iloc[0]), str(new["geography"].iloc[0]))
    if ways[0] == ways[1]:
        same = pd.DataFrame({"old": old["area_code"], "new": old["area_code"]})
    elif ways in changes:
        table = changes[ways].iloc[:, :2].set_axis(["old", "new"], axis=1)
        same = table[~table["old"].duplicated(keep=False) & ~table["new"].duplicated(keep=False)]
    else:
        raise DefinitionError(
            f"the indices of {earlier} and {later} use other small areas ({ways[0]}, {ways[1]}), and the edition pins "
            "no table of their changes. Add the lookup between them to its releases."
        )
    tenth = [same[side].map(rows.set_index("area_code")["decile"].eq(1)) for side, rows in (("old", old), ("new", new))]
    held = tenth[0].notna() & tenth[1].notna()
    first, second = (one[held].astype(bool) for one in tenth)
    return {
        "earlier_release": earlier,
        "later_release": later,
        "earlier_geography": ways[0],
        "later_geography": ways[1],
        "earlier_areas": len(old),
        "later_areas": len(new),
        "unchanged": int(held.sum()),
        "split_or_merged": len(old) - int(held.sum()),
        "tenth_in_both": int((first & second).sum()),
        "tenth_in_earlier_only": int((first & ~second).sum()),
        "tenth_in_later_only": int((~first & second).sum()),
        "tenth_in_neither": int((~first & ~second).sum()),
    }

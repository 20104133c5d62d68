"""What one release of a source had and another lacks: series, areas and periods, said rather than passed over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from analysis.clean.observations import Log

SHOWN = 6
ACTION = "lost"


def losses(before: pd.DataFrame, after: pd.DataFrame) -> Iterator[tuple[str, list[str]]]:
    """Kinds of thing (``series``, ``area_code``, ``period_end``) with what ``before`` has of it and ``after`` lacks.

    Single observations of a series, an area and a period that both have come last, under ``value``.

    Areas are compared where both are of the same geography, periods where both share one: a release of another year, or
    of another census, has lost nothing.

    Examples
    --------
    >>> before = pd.DataFrame({"series": ["a", "b"], "geography": "lad", "area_code": "A", "period_end": "2019"})
    >>> before = before.assign(sex="male", age="all")
    >>> list(losses(before, before[before["series"] == "a"]))
    [('series', ['b'])]
    """
    series = sorted(set(before["series"]) - set(after["series"]))
    if series:
        yield "series", series
    shared = set(before["geography"]) & set(after["geography"])
    areas = sorted(set(before["area_code"][before["geography"].isin(shared)]) - set(after["area_code"]))
    if areas:
        yield "area_code", areas
    ends = set(before["period_end"]), set(after["period_end"])
    if ends[0] & ends[1] and ends[0] - ends[1]:
        yield "period_end", sorted(ends[0] - ends[1])
    kept = before["series"].isin(after["series"]) & before["area_code"].isin(after["area_code"])
    single = _keys(before[kept & before["period_end"].isin(ends[1])]) - _keys(after)
    if single:
        yield "value", [" ".join(one) for one in sorted(single)]


def _keys(frame: pd.DataFrame) -> set[tuple[str, ...]]:
    columns = ("series", "area_code", "period_end", "sex", "age")
    return set(zip(*(frame[column].to_numpy(dtype=object) for column in columns), strict=True))


def log_losses(before: pd.DataFrame, after: pd.DataFrame, log: Log, release: str) -> None:
    """Note what the release before, ``release``, had and this one lacks."""
    for column, lost in losses(before, after):
        log.add("", ACTION, len(lost), f"held by the release {release} and not by this one: {listed(lost)}", column)


def listed(names: Sequence[str]) -> str:
    """The first names, and how many more there are.

    Examples
    --------
    >>> listed([str(number) for number in range(8)])
    '0, 1, 2, 3, 4, 5 and 2 more'
    """
    return ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")

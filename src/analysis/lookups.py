"""Counts of small areas summed into others, by best fit, ground or people: totals kept, missing stays missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from analysis.errors import DataError, MeasureError, one_of
from analysis.geography import area_weights, check_codes, geography_definition, latest_release
from analysis.paths import Project
from analysis.snapshots import open_release

Method = Literal["best_fit", "area_weighted", "population_weighted"]
TOLERANCE = 1e-9


@dataclass(frozen=True)
class Lookup:
    """How much of each source area goes to each target area.

    Parameters
    ----------
    source, target : str
        Geographies, such as ``lsoa21`` and ``ward23``.
    method : str
        ``best_fit`` (each source wholly to one target), ``area_weighted`` or ``population_weighted`` (estimates).
    weights : DataFrame
        Columns ``source_code``, ``target_code``, ``weight`` (0 to 1); the weights of a source sum to 1.
    targets : tuple of str
        Every target area there is, those without a source too.

    Raises
    ------
    MeasureError
        If the weights of a source do not sum to 1, or a pair stands twice, or a target is not among ``targets``.
    """

    source: str
    target: str
    method: Method
    weights: pd.DataFrame
    targets: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.weights.duplicated(["source_code", "target_code"]).any():
            raise MeasureError(f"lookup {self.source} to {self.target}: a pair of areas stands twice.")
        sums = self.weights.groupby("source_code")["weight"].sum()
        off = (sums - 1).abs() > TOLERANCE
        if off.any() or (self.weights["weight"] <= 0).any():
            example = str(sums[off].index[0]) if off.any() else str(self.weights["weight"].min())
            raise MeasureError(
                f"lookup {self.source} to {self.target}: weights must be above 0 and sum to 1 by source ({example})."
            )
        unknown = set(self.weights["target_code"]) - set(self.targets)
        if unknown:
            raise MeasureError(f"lookup {self.source} to {self.target}: {min(unknown)} is not among the target areas.")

    @property
    def sources(self) -> frozenset[str]:
        """The source areas."""
        return frozenset(self.weights["source_code"])

    @property
    def without_source(self) -> tuple[str, ...]:
        """Target areas that receive nothing."""
        return tuple(sorted(set(self.targets) - set(self.weights["target_code"])))


def open_lookup(
    project: Project, source: str, target: str, targets: tuple[str, ...] = (), release: str | None = None
) -> Lookup:
    """The recorded best-fit lookup from one geography to another.

    Parameters
    ----------
    project : Project
        Where.
    source, target : str
        Geographies; ``leads_to`` of the source in ``geographies.yml`` names the lookup.
    targets : tuple of str
        Every target area (from the outlines, say); those that the lookup names if none are given.
    release : str, optional
        The release of the lookup; the last one recorded if none is named.

    Raises
    ------
    DataError
        If no lookup leads there, a code is unknown or of another vintage, or a source area stands twice.
    """
    leads_to = geography_definition(source, project.definitions).leads_to
    name = dict(leads_to).get(target)  # type: ignore[call-overload]
    if name is None:
        raise DataError(f"no lookup leads from {source} to {target}; from {source} they lead to {one_of(leads_to)}.")
    opened = open_release(project, name, release or latest_release(project, name))
    raw, where = opened.table("lookup"), opened.file("lookup")
    check_codes(raw[f"{source}_code"], source, where, definitions=project.definitions)
    check_codes(raw[f"{target}_code"], target, where, targets or None, project.definitions)
    twice = raw[f"{source}_code"].duplicated()
    if twice.any():
        row = raw.index[twice][0]
        raise DataError(
            f"{where}, row {row}, column '{source}_code': {raw.loc[row, f'{source}_code']} stands twice; a best fit "
            "gives each area to one other. Restore the file."
        )
    weights = pd.DataFrame({"source_code": raw[f"{source}_code"], "target_code": raw[f"{target}_code"], "weight": 1.0})
    everywhere = targets or tuple(sorted(set(weights["target_code"])))
    return Lookup(source, target, "best_fit", weights.reset_index(drop=True), everywhere)


def area_weighted(source: str, target: str, sources: Any, targets: Any) -> Lookup:
    """A lookup by the share of each source area's ground that lies in each target area.

    People are taken to live evenly over their area: an estimate, to stand beside the best fit. Ground outside every
    target (borders drawn more coarsely) is left out of the shares.

    Parameters
    ----------
    source, target : str
        Geographies.
    sources, targets : GeoDataFrame
        Outlines as :func:`analysis.geography.open_outlines` gives them.

    Raises
    ------
    DataError
        If a source area meets no target area.
    """
    weights = area_weights(sources, targets)
    lost = sorted(set(sources["area_code"]) - set(weights["source_code"]))
    if lost:
        raise DataError(f"{lost[0]} ({source}) meets no area of {target}: the outlines are not of the same place.")
    return Lookup(source, target, "area_weighted", weights, tuple(sorted(targets["area_code"])))


def population_weighted(to_source: Lookup, to_target: Lookup, people: pd.Series) -> Lookup:
    """A lookup between two groupings of the same small areas, by where the people of each live.

    The share of a source area's people that falls to a target is the sum, over small areas, of people times the small
    area's share in the source times its share in the target.

    Parameters
    ----------
    to_source, to_target : Lookup
        From the same small areas to each grouping.
    people : Series of float
        People by small area.

    Raises
    ------
    MeasureError
        If the lookups start from different small areas.
    DataError
        If a small area has no count of people, or a source area no people.
    """
    if to_source.source != to_target.source or to_source.sources != to_target.sources:
        raise MeasureError(f"lookups from {to_source.source} and {to_target.source} do not start from the same areas.")
    _check_sources(people, to_source)
    pairs = to_source.weights.merge(to_target.weights, on="source_code", suffixes=("_1", "_2"), validate="m:m")
    pairs["weight"] = pairs["weight_1"] * pairs["weight_2"] * pairs["source_code"].map(people)
    if pairs["weight"].isna().any():
        lacking = pairs.loc[pairs["weight"].isna(), "source_code"].iloc[0]
        raise DataError(f"{lacking} ({to_source.source}) has no count of people: no weights without it.")
    shares = pairs.groupby(["target_code_1", "target_code_2"])["weight"].sum().reset_index()
    shares = shares.rename(columns={"target_code_1": "source_code", "target_code_2": "target_code"})
    total = shares.groupby("source_code")["weight"].transform("sum")
    if (total <= 0).any():
        raise DataError(
            f"{shares.loc[total <= 0, 'source_code'].iloc[0]} ({to_source.target}) has no people: no weights."
        )
    shares = shares.assign(weight=shares["weight"] / total)
    kept = shares[shares["weight"] > 0].reset_index(drop=True)
    return Lookup(to_source.target, to_target.target, "population_weighted", kept, to_target.targets)


def aggregate_counts(counts: pd.Series, lookup: Lookup) -> pd.Series:
    """Sum counts (extensive: people, households, cases) of source areas into target areas.

    A target is the sum of count times weight over its sources. Where a source of it has no count, or it has no source,
    it is missing: never 0, never a partial sum. Without missing counts the total is conserved.

    Parameters
    ----------
    counts : Series of float
        By source code; sources that the index lacks count as missing.
    lookup : Lookup
        Where each source area goes.

    Returns
    -------
    Series of float
        By target code, every target of the lookup, sorted.

    Raises
    ------
    DataError
        If a code stands twice or is no source of the lookup: it would be lost.

    Examples
    --------
    >>> weights = pd.DataFrame(
    ...     {"source_code": ["a", "b", "b"], "target_code": ["X", "X", "Y"], "weight": [1, 0.25, 0.75]}
    ... )
    >>> lookup = Lookup("lsoa21", "ward23", "area_weighted", weights, ("X", "Y", "Z"))
    >>> aggregate_counts(pd.Series({"a": 10.0, "b": 8.0}), lookup).to_dict()
    {'X': 12.0, 'Y': 6.0, 'Z': nan}
    >>> aggregate_counts(pd.Series({"a": float("nan"), "b": 8.0}), lookup).to_dict()
    {'X': nan, 'Y': 6.0, 'Z': nan}
    """
    _check_sources(counts, lookup)
    table = counts.rename("count").rename_axis("source_code").reset_index()
    parts = lookup.weights.merge(table, on="source_code", how="left", validate="m:1")
    parts["part"] = parts["count"].astype("float64") * parts["weight"]
    lacking = parts.loc[parts["part"].isna(), "target_code"]
    sums = parts.groupby("target_code")["part"].sum(min_count=1).reindex(sorted(lookup.targets))
    return pd.Series(sums.where(~sums.index.isin(lacking)), name=counts.name).rename_axis("target_code")


def coverage_report(lookup: Lookup, people: pd.Series, with_data: frozenset[str] | None = None) -> pd.DataFrame:
    """What stands behind each target area: how many source areas, how many people, how many of them in areas with data.

    Parameters
    ----------
    lookup : Lookup
        Where each source area goes.
    people : Series of float
        People by source code, none missing.
    with_data : frozenset of str, optional
        The source areas that have a value; all of them if none are named.

    Returns
    -------
    DataFrame
        Index ``target_code``; ``sources`` (number, 0 where none), ``people`` (missing where no source),
        ``people_with_data`` and ``share_with_data`` (0 to 1; missing where no people).

    Raises
    ------
    DataError
        If a code is no source of the lookup, or a source has no count of people.
    """
    _check_sources(people, lookup)
    lacking = sorted(lookup.sources - set(people.dropna().index))
    if lacking:
        raise DataError(f"{lacking[0]} ({lookup.source}) has no count of people: coverage cannot be told.")
    held = lookup.sources if with_data is None else with_data
    total = aggregate_counts(people, lookup)
    covered = aggregate_counts(people.where(people.index.isin(list(held)), 0.0), lookup)
    number = lookup.weights.groupby("target_code").size().reindex(total.index, fill_value=0)
    return pd.DataFrame(
        {
            "sources": number,
            "people": total,
            "people_with_data": covered,
            "share_with_data": covered / total.where(total > 0),
        }
    )


def difference_pct(first: pd.Series, second: pd.Series) -> pd.Series:
    """By how much the second of two estimates of people differs from the first, in per cent of the first, by area.

    Missing where the first is missing (an area that the best fit leaves out) or 0.

    Examples
    --------
    >>> difference_pct(pd.Series({"X": 100.0, "Y": float("nan")}), pd.Series({"X": 84.0, "Y": 50.0})).to_dict()
    {'X': -16.0, 'Y': nan}
    """
    return 100 * (second - first) / first.where(first > 0)


def _check_sources(counts: pd.Series, lookup: Lookup) -> None:
    """Refuse counts that would be lost (no source of the lookup) or counted twice."""
    if not counts.index.is_unique:
        code = counts.index[counts.index.duplicated()][0]
        raise DataError(f"{code} ({lookup.source}) stands twice: its count would be summed twice.")
    unknown = sorted(set(counts.index) - lookup.sources)
    if unknown:
        raise DataError(
            f"{unknown[0]} is no area of the lookup {lookup.source} to {lookup.target} ({len(unknown)} such): "
            "its count would be lost. Check the vintage of the codes."
        )

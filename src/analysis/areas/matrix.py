"""Shares of small areas in larger ones, as a matrix: totals are kept, missing stays missing, nothing is lost unseen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from analysis.errors import DataError, MeasureError
from analysis.measures.products import ordered_product

LINK_COLUMNS = ["source_code", "target_code", "weight"]
TOLERANCE = 1e-9


@dataclass(frozen=True)
class Matrix:
    """Shares of source areas (columns, ``sources``) in target areas (rows, ``targets``).

    A best fit has the shares 0 and 1; an apportionment has others too. The shares of a source sum to 1, so that
    counts are spread and none is lost.

    Parameters
    ----------
    name : str
        What leads where, for error sentences, such as ``lsoa21 to ward23``.
    targets, sources : Index
        Codes. A target that nothing reaches stays a row.
    weights : ndarray
        Shape (targets, sources).
    marks : ndarray of str, optional
        The flag of what is summed by the matrix, for each target; [e] where shares are fractions, if none are given.

    Raises
    ------
    MeasureError
        If the shares of a source are not above 0 or do not sum to 1.
    """

    name: str
    targets: pd.Index
    sources: pd.Index
    weights: np.ndarray
    marks: np.ndarray = field(default_factory=lambda: np.array([], dtype=object))

    def __post_init__(self) -> None:
        sums = self.weights.sum(axis=0)
        off = ~(np.abs(sums - 1) <= TOLERANCE) | (self.weights < 0).any(axis=0)
        if off.any():
            raise MeasureError(
                f"{self.name}: the shares of a source must be above 0 and sum to 1, and those of "
                f"{self.sources[off][0]} sum to {sums[off][0]:g}."
            )
        if not len(self.marks):
            parts = (self.weights > TOLERANCE) & (self.weights < 1 - TOLERANCE)
            object.__setattr__(self, "marks", np.where(parts.any(axis=1), "[e]", "").astype(object))

    @classmethod
    def of(cls, links: pd.DataFrame, sources: Sequence[str], targets: Sequence[str], name: str) -> Matrix:
        """The matrix of a table of links.

        Parameters
        ----------
        links : DataFrame
            ``source_code``, ``target_code`` and ``weight``.
        sources, targets : sequence of str
            Every area there is on each side.
        name : str
            As above.

        Raises
        ------
        DataError
            If a link names an area that there is not, or a source has no link: its count would be lost.
        MeasureError
            If a pair stands twice, or shares are not above 0 or do not sum to 1.
        """
        rows, columns = (pd.Index(np.array(list(codes), dtype=object)) for codes in (targets, sources))
        at = rows.get_indexer(pd.Index(links["target_code"])), columns.get_indexer(pd.Index(links["source_code"]))
        for found, column in zip(at, ("target_code", "source_code"), strict=True):
            if (found < 0).any():
                raise DataError(f"{name}: {links[column].to_numpy()[found < 0][0]} is not among the areas recorded.")
        if links.duplicated(["source_code", "target_code"]).any():
            raise MeasureError(f"{name}: a pair of areas stands twice.")
        if (links["weight"] <= 0).any():
            raise MeasureError(f"{name}: shares must be above 0, and one is {links['weight'].min():g}.")
        lost = columns.difference(pd.Index(links["source_code"]))
        if len(lost):
            raise DataError(f"{name}: {lost[0]} has no link ({len(lost)} such), so that its count would be lost.")
        weights = np.zeros((len(rows), len(columns)))
        weights[at] = links["weight"]
        return cls(name, rows, columns, weights)

    @property
    def without_source(self) -> tuple[str, ...]:
        """Target areas that receive nothing."""
        return tuple(self.targets[self.weights.sum(axis=1) == 0])

    def links(self) -> pd.DataFrame:
        """The links as a table, sorted: ``source_code``, ``target_code``, ``weight`` (above 0)."""
        column, row = np.nonzero(self.weights.T)
        table = dict(
            zip(LINK_COLUMNS, (self.sources[column], self.targets[row], self.weights[row, column]), strict=True)
        )
        return pd.DataFrame(table)

    def places(self, codes: pd.Index) -> np.ndarray:
        """Where each code stands among the sources.

        Raises
        ------
        DataError
            If a code is no source: its count would be lost, not spread.
        """
        at = self.sources.get_indexer(codes)
        if (at < 0).any():
            unknown = codes[at < 0]
            raise DataError(
                f"{self.name}: {unknown[0]} is none of its source areas ({unknown.nunique()} such), so that its count "
                "would be lost. Check the vintage of the codes."
            )
        return at

    def sums(self, values: pd.Series) -> np.ndarray:
        """Sum a count (extensive: people, households, cases) over each target's sources, by share.

        Parameters
        ----------
        values : Series
            The count of each source, by code; sources that the index lacks count as missing.

        Returns
        -------
        ndarray
            Shape (targets,). NaN for a target that no source reaches, or one of whose sources has no value: never 0,
            never a partial sum. Without missing counts the total is kept.

        Raises
        ------
        DataError
            If a code stands twice or is no source: it would be counted twice or lost.

        Examples
        --------
        >>> links = pd.DataFrame(
        ...     {"source_code": ["a", "b", "b"], "target_code": ["X", "X", "Y"], "weight": [1, 0.25, 0.75]}
        ... )
        >>> matrix = Matrix.of(links, ["a", "b"], ["X", "Y", "Z"], "small areas to wards")
        >>> matrix.sums(pd.Series({"a": 10.0, "b": 8.0})).tolist(), matrix.marks.tolist()
        ([12.0, 6.0, nan], ['[e]', '[e]', ''])
        >>> matrix.sums(pd.Series({"a": float("nan"), "b": 8.0})).tolist()
        [nan, 6.0, nan]
        """
        if not values.index.is_unique:
            twice = values.index[values.index.duplicated()][0]
            raise DataError(f"{self.name}: {twice} stands twice, so that its count would be summed twice.")
        self.places(values.index)
        return self.sums_of(values.reindex(self.sources).to_numpy(dtype=np.float64))

    def sums_of(self, given: np.ndarray) -> np.ndarray:
        """The same for counts already in the order of ``sources``: shape (sources,) or (sources, tables)."""
        known = ~np.isnan(given)
        totals = ordered_product(self.weights, np.where(known, given, 0.0))
        reached = self.weights.sum(axis=1) > 0
        complete = ordered_product(self.weights, (~known).astype(np.float64)) == 0
        return np.where((reached & complete.T).T, totals, np.nan)

    def then(self, onward: Matrix) -> Matrix:
        """The way on: from the sources of this matrix to the targets of one whose sources are this one's targets."""
        weights = ordered_product(onward.weights[:, onward.places(self.targets)], self.weights)
        return Matrix(f"{self.name} to {onward.name.rpartition(' ')[2]}", onward.targets, self.sources, weights)


def by_people(to_source: Matrix, to_target: Matrix, people: pd.Series, name: str) -> Matrix:
    """Shares of one grouping of small areas in another, by where the people live.

    The share of a source that falls to a target is the sum over small areas of people times the small area's share in
    the source times its share in the target, over the source's people: an estimate, since the counts that it spreads
    need not follow the people.

    Parameters
    ----------
    to_source, to_target : Matrix
        From the same small areas to each grouping.
    people : Series
        People by small area, none missing.
    name : str
        What leads where, for error sentences.

    Raises
    ------
    MeasureError
        If the matrices start from different small areas.
    DataError
        If a small area has no count of people, or a source no people.
    """
    if not to_source.sources.equals(to_target.sources):
        raise MeasureError(f"{name}: {to_source.name} and {to_target.name} do not start from the same areas.")
    counts = people.reindex(to_source.sources).to_numpy(dtype=np.float64)
    if np.isnan(counts).any():
        lacking = to_source.sources[np.isnan(counts)][0]
        raise DataError(f"{name}: {lacking} has no count of people, and without it there are no shares.")
    shared = ordered_product(to_target.weights * counts, to_source.weights.T)
    totals = shared.sum(axis=0)
    if (totals <= 0).any():
        raise DataError(f"{name}: {to_source.targets[totals <= 0][0]} has no people, and so no shares.")
    return Matrix(name, to_target.targets, to_source.targets, shared / totals)


def difference_pct(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """By how much the second of two estimates of people differs from the first, in per cent of the first, by area.

    Missing where either is missing (an area that the best fit leaves out) or the first is 0.

    Examples
    --------
    >>> difference_pct(np.array([100.0, 50.0]), np.array([84.0, np.nan])).tolist()
    [-16.0, nan]
    """
    found: np.ndarray = 100 * (second - first) / np.where(first > 0, first, np.nan)
    return found

"""The areas of one edition: their codes, names and outlines, and how small areas lead to larger ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from analysis.errors import DefinitionError
from analysis.geography import area_weights, load_geographies
from analysis.model import Edition, Place
from analysis.paths import Project
from analysis.snapshots import OpenRelease

LINK_COLUMNS = ["source_code", "target_code", "weight"]


@dataclass(frozen=True)
class Matrix:
    """Shares of small areas (columns, ``sources``) in target areas (rows, ``targets``)."""

    targets: pd.Index
    sources: pd.Index
    weights: np.ndarray
    estimated: bool

    def sums(self, values: pd.Series) -> np.ndarray:
        """Sum a count over each target's small areas, by share.

        Parameters
        ----------
        values : Series
            The count of each small area, by code.

        Returns
        -------
        ndarray
            Shape (targets,). NaN for a target that no small area reaches, or one of whose small areas has no value.
        """
        return self.sums_of(values.reindex(self.sources).to_numpy(dtype=np.float64))

    def sums_of(self, given: np.ndarray) -> np.ndarray:
        """The same for counts already in the order of ``sources``: shape (sources,) or (sources, tables)."""
        known = ~np.isnan(given)
        totals = self.weights @ np.where(known, given, 0.0)
        reached = self.weights.sum(axis=1) > 0
        complete = self.weights @ (~known).astype(np.float64) == 0
        return np.where((reached & complete.T).T, totals, np.nan)


@dataclass(frozen=True)
class Areas:
    """Codes, names, outlines and links of every geography that an edition pins.

    ``codes_of`` and ``names_of`` are by geography; ``tables`` the best fits by (from, to); ``outlines`` the
    outlines by geography (columns area_code, area_name, wkt; EPSG:27700, metres).
    """

    place: Place
    codes_of: Mapping[str, tuple[str, ...]]
    names_of: Mapping[str, Mapping[str, str]]
    tables: Mapping[tuple[str, str], pd.DataFrame]
    outlines: Mapping[str, pd.DataFrame]
    _links: dict[tuple[str, str], pd.DataFrame] = field(default_factory=dict)
    _matrices: dict[tuple[str, str], Matrix] = field(default_factory=dict)

    def codes(self, geography: str) -> list[str]:
        """Every code of a geography in the place, sorted; of local authorities, the place alone.

        Raises
        ------
        DefinitionError
            If the edition pins no release that lists them.
        """
        if geography == "lad":
            return [self.place.code]
        if geography not in self.codes_of:
            raise DefinitionError(
                f"no codes of {geography}: the edition pins no lookup or outlines of it. Add one to its releases."
            )
        return list(self.codes_of[geography])

    def names(self, geography: str) -> dict[str, str]:
        """Names by code; the code itself where the publisher gives no name."""
        known = self.names_of.get(geography, {})
        return {code: known.get(code, code) for code in self.codes(geography)}

    def links(self, source: str, target: str) -> pd.DataFrame:
        """How areas of ``source`` lead to areas of ``target``: source_code, target_code, weight.

        Weights are 1 for a best fit or a code change without a split, and shares of area where only outlines tell
        (``attrs["estimated"]`` is then True). The weights of a source area sum to 1.

        Raises
        ------
        DefinitionError
            If the edition pins neither a lookup nor outlines of both.
        """
        if (source, target) not in self._links:
            self._links[source, target] = self._make_links(source, target)
        return self._links[source, target]

    def _make_links(self, source: str, target: str) -> pd.DataFrame:
        if source == target:
            codes = self.codes(source)
            return _links(pd.DataFrame({"source_code": codes, "target_code": codes}).assign(weight=1.0), False)
        if target == "lad":
            codes = self.codes(source)
            table = pd.DataFrame({"source_code": codes, "target_code": self.place.code, "weight": 1.0})
            return _links(table, False)
        if (source, target) in self.tables:
            return _links(self.tables[source, target].assign(weight=1.0), False)
        if source in self.outlines and target in self.outlines:
            return _links(area_weights(self.outlines[source], self.outlines[target]), True)
        raise DefinitionError(
            f"no way from {source} to {target}: the edition pins neither a lookup between them nor outlines of both. "
            "Add one to its releases."
        )

    def matrix(self, source: str, target: str) -> Matrix:
        """The links as a matrix: what share of each small area (columns) belongs to each target area (rows)."""
        if (source, target) not in self._matrices:
            links = self.links(source, target)
            rows, columns = pd.Index(self.codes(target)), pd.Index(self.codes(source))
            weights = np.zeros((len(rows), len(columns)))
            at = rows.get_indexer(pd.Index(links["target_code"])), columns.get_indexer(pd.Index(links["source_code"]))
            weights[at] = links["weight"]
            self._matrices[source, target] = Matrix(rows, columns, weights, bool(links.attrs["estimated"]))
        return self._matrices[source, target]

    def outlines_table(self) -> pd.DataFrame:
        """All outlines in one table: geography, area_code, area_name, wkt."""
        parts = [table.assign(geography=name) for name, table in sorted(self.outlines.items())]
        return pd.concat(parts, ignore_index=True)[["geography", "area_code", "area_name", "wkt"]]


def _links(table: pd.DataFrame, estimated: bool) -> pd.DataFrame:
    table = table[LINK_COLUMNS].sort_values(LINK_COLUMNS[:2]).reset_index(drop=True)
    table.attrs["estimated"] = estimated
    return table


def open_areas(
    project: Project, edition: Edition, place: Place, opened: Mapping[tuple[str, str], OpenRelease]
) -> Areas:
    """Gather the areas from the lookups and outlines that the edition pins."""
    geographies = load_geographies(project.definitions)
    last = {source: opened[source, releases[-1]] for source, releases in edition.releases.items()}
    outlines: dict[str, pd.DataFrame] = {}
    tables: dict[tuple[str, str], pd.DataFrame] = {}
    codes: dict[str, set[str]] = {}
    names: dict[str, dict[str, str]] = {}
    for name, geography in geographies.items():
        if geography.outlines in last:
            table = _outlines(last[geography.outlines], name)
            outlines[name] = table
            codes.setdefault(name, set()).update(table["area_code"])
            names.setdefault(name, {}).update(zip(table["area_code"], table["area_name"], strict=True))
        for target, source in geography.leads_to.items():
            if source in last:
                lookup = last[source].table("lookup")
                pairs = lookup.rename(columns={f"{name}_code": "source_code", f"{target}_code": "target_code"})
                if pairs["source_code"].is_unique:
                    tables[name, target] = pairs[["source_code", "target_code"]]
                for each in (name, target):
                    codes.setdefault(each, set()).update(lookup[f"{each}_code"])
                    if f"{each}_name" in lookup:
                        names.setdefault(each, {}).update(
                            zip(lookup[f"{each}_code"], lookup[f"{each}_name"], strict=True)
                        )
    return Areas(place, {key: tuple(sorted(value)) for key, value in codes.items()}, names, tables, outlines)


def _outlines(release: OpenRelease, geography: str) -> pd.DataFrame:
    table = release.table("outlines")
    return table.rename(columns={f"{geography}_code": "area_code", f"{geography}_name": "area_name"})[
        ["area_code", "area_name", "wkt"]
    ].reset_index(drop=True)

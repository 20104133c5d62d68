"""The areas of one edition: their codes, names and outlines, and how small areas lead to larger ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.areas.matrix import LINK_COLUMNS, Matrix, by_people, difference_pct
from analysis.catalogue.flags import join_flags
from analysis.catalogue.geographies import load_geographies
from analysis.catalogue.model import Place
from analysis.errors import DataError, DefinitionError
from analysis.measures.products import ordered_product
from analysis.paths import DEFINITIONS
from analysis.sources.codes import area_weights, check_changes, check_codes
from analysis.sources.snapshots import OpenRelease

Way = tuple[str, str]
DIFFERS_PCT = 10.0
"""Where the two estimates of an area's people differ by more, whatever is summed for it is of low reliability."""
COVERED = 0.9
"""Share of the people of an area without small areas that the areas beside it must hold between them."""


@dataclass(frozen=True)
class Areas:
    """Codes, names, outlines and links of every geography that an edition pins.

    ``codes_of`` and ``names_of`` are by geography; ``tables`` the best fits by (from, to) and ``changes`` the areas
    that became others from one census to the next; ``outlines`` the outlines by geography (columns area_code,
    area_name, wkt; EPSG:27700, metres); ``people`` the residents of small areas by geography and code.
    """

    place: Place
    codes_of: Mapping[str, tuple[str, ...]]
    names_of: Mapping[str, Mapping[str, str]]
    tables: Mapping[Way, pd.DataFrame]
    outlines: Mapping[str, pd.DataFrame]
    changes: Mapping[Way, pd.DataFrame] = field(default_factory=dict)
    people: Mapping[str, pd.Series] = field(default_factory=dict)
    _matrices: dict[Way, Matrix] = field(default_factory=dict)
    _by_area: dict[Way, Matrix | None] = field(default_factory=dict)

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
        """The matrix as a table: source_code, target_code, weight."""
        return self.matrix(source, target).links()

    def matrix(self, source: str, target: str) -> Matrix:
        """What share of each area of ``source`` (columns) belongs to each area of ``target`` (rows).

        The best fit where a lookup is pinned, or leads there by way of the areas that the sources were, or became, at
        the other census: exact where an area is unchanged, or all its parts lie in one target; by ground where they do
        not. From wards to other wards by the people they share. By ground alone where nothing else is pinned. Marked
        [e] where shares are fractions, and [e][u] where the best fit of people differs from that by ground by more than
        ``DIFFERS_PCT``.

        Raises
        ------
        DefinitionError
            If the edition pins neither a lookup nor outlines of both.
        """
        if (source, target) not in self._matrices:
            self._matrices[source, target] = self._make(source, target)
        return self._matrices[source, target]

    def _make(self, source: str, target: str) -> Matrix:
        name, codes = f"{source} to {target}", self.codes(source)
        if source == target:
            return Matrix(name, pd.Index(codes), pd.Index(codes), np.eye(len(codes)))
        if target == "lad":
            return Matrix(name, pd.Index(self.codes(target)), pd.Index(codes), np.ones((1, len(codes))))
        found = self._best_fit(source, target)
        if found is not None:
            return self._marked(found, source, target)
        for small in sorted(self.people):
            to_source, to_target = self._best_fit(small, source), self._best_fit(small, target)
            if to_source is not None and to_target is not None:
                found = by_people(to_source, to_target, self.people[small], name)
                onward = self.matrix(small, target)
                marks = [join_flags([*pair]) for pair in zip(found.marks, onward.marks, strict=True)]
                return self._marked(replace(found, marks=np.array(marks, dtype=object)), source, target)
        found = self.by_area(source, target)
        if found is None:
            raise DefinitionError(
                f"no way from {source} to {target}: the edition pins neither a lookup between them nor outlines of "
                "both. Add one to its releases."
            )
        return found

    def _best_fit(self, source: str, target: str) -> Matrix | None:
        """By lookup, by changes from census to census, or by these and then by lookup; None where none leads there."""
        if (source, target) in self.tables:
            links = self.tables[source, target].assign(weight=1.0)
            return Matrix.of(links, self.codes(source), self.codes(target), f"{source} to {target}")
        if (source, target) in self.changes or (target, source) in self.changes:
            return self._changed(source, target)
        for bridge in sorted({each for way in self.changes if source in way for each in way} - {source}):
            if (bridge, target) in self.tables:
                return self._changed(source, bridge).then(self.matrix(bridge, target))
        return None

    def _changed(self, source: str, target: str) -> Matrix:
        """From one census to the next or back: wholly, where an area lies in one; else by ground among its parts."""
        forth = (source, target) in self.changes
        ends = ("source_code", "target_code") if forth else ("target_code", "source_code")
        table = self.changes[(source, target) if forth else (target, source)]
        pairs = table[["source_code", "target_code"]].set_axis(list(ends), axis=1)
        pairs["weight"] = 1.0
        several = pairs["source_code"].duplicated(keep=False)
        if several.any():
            if source not in self.outlines or target not in self.outlines:
                raise DefinitionError(
                    f"{pairs.loc[several, 'source_code'].iloc[0]} ({source}) became several areas of {target}, and the "
                    "edition does not pin the outlines that tell their shares. Add those of both to its releases."
                )
            split = self.outlines[source][self.outlines[source]["area_code"].isin(pairs.loc[several, "source_code"])]
            shares = area_weights(split, self.outlines[target]).set_index(["source_code", "target_code"])["weight"]
            found = shares.reindex(pd.MultiIndex.from_frame(pairs.loc[several, ["source_code", "target_code"]]))
            pairs.loc[several, "weight"] = found.to_numpy()
            totals = pairs.groupby("source_code")["weight"].transform("sum")
            pairs["weight"] /= totals
            if pairs["weight"].isna().any():
                lost = pairs[pairs["weight"].isna()].iloc[0]
                raise DataError(
                    f"{lost['source_code']} and {lost['target_code']} are said to share ground, and do not."
                )
        return Matrix.of(pairs, self.codes(source), self.codes(target), f"{source} to {target}")

    def by_area(self, source: str, target: str) -> Matrix | None:
        """The estimate by ground, people taken to live evenly over their area; None where outlines are not pinned.

        Raises
        ------
        DataError
            If a source meets no target: the outlines are not of one place.
        """
        way = (source, target)
        if way not in self._by_area:
            made = None
            if source in self.outlines and target in self.outlines:
                links = area_weights(self.outlines[source], self.outlines[target])
                made = Matrix.of(links, self.codes(source), self.codes(target), f"{source} to {target}, by ground")
            self._by_area[way] = made
        return self._by_area[way]

    def residents(self, geography: str) -> pd.Series | None:
        """The residents of each area of a geography, summed or spread from small areas; None where none are held."""
        if geography in self.people:
            return self.people[geography]
        for small in sorted(self.people):
            found = self._best_fit(small, geography)
            if found is not None:
                return pd.Series(found.sums(self.people[small]), index=found.targets)
        return None

    def two_estimates(self, source: str, target: str, best: Matrix | None = None) -> pd.DataFrame | None:
        """The people of each target area by best fit and by ground, and by how much the first differs from the second.

        Returns
        -------
        DataFrame or None
            Indexed by target: ``small_areas``, ``people``, ``people_by_area``, ``difference_pct``; None where outlines
            or residents are not held.
        """
        people, other = self.residents(source), self.by_area(source, target)
        if people is None or other is None:
            return None
        best = best or self.matrix(source, target)
        first, second = best.sums(people), other.sums(people)
        table = {"small_areas": (best.weights > 0).sum(axis=1), "people": first, "people_by_area": second}
        return pd.DataFrame({**table, "difference_pct": difference_pct(second, first)}, index=best.targets)

    def _marked(self, found: Matrix, source: str, target: str) -> Matrix:
        """Add [e][u] where the two estimates of people differ by more than ``DIFFERS_PCT``."""
        if (source, target) in self.changes or (target, source) in self.changes:
            return found
        table = self.two_estimates(source, target, found)
        if table is None:
            return found
        differs = table["difference_pct"].abs().to_numpy() > DIFFERS_PCT
        return replace(found, marks=np.where(differs, "[e][u]", found.marks).astype(object))

    def small_areas_of(self, geography: str) -> str | None:
        """The small areas that a lookup leads from to a geography; None where none does."""
        return next((source for source, target in sorted(self.tables) if target == geography), None)

    def groups(self, geography: str) -> list[tuple[str, ...]]:
        """Areas that only together can be told: one without small areas, and those that take the small areas on it.

        For an area that the best fit leaves without any small area, the areas that its people are counted in: those to
        which the small areas on its ground go, in order of its people that they take, until they hold ``COVERED`` of
        them. Areas that two groups share join them.
        """
        small = self.small_areas_of(geography)
        people = self.residents(small) if small else None
        ground = self.by_area(small, geography) if small else None
        if small is None or people is None or ground is None:
            return []
        best = self.matrix(small, geography)
        counts = people.reindex(best.sources).to_numpy(dtype=np.float64)
        groups: list[set[str]] = []
        for code in best.without_source:
            taken = ordered_product(best.weights, counts * ground.weights[ground.targets.get_loc(code)])
            if taken.sum() <= 0:
                continue
            order = np.argsort(-taken, kind="stable")
            enough = int(np.searchsorted(np.cumsum(taken[order]), COVERED * taken.sum())) + 1
            group = {code, *best.targets[order[:enough]]}
            for other in [other for other in groups if other & group]:
                groups.remove(other)
                group |= other
            groups.append(group)
        return [tuple(sorted(group)) for group in groups]

    def merged(self, geography: str, groups: Iterable[tuple[str, ...]]) -> Areas:
        """The same areas, but for each group of areas of a geography made one, its codes joined by ``+``."""
        joined = {code: "+".join(group) for group in groups for code in group}
        become = np.array([joined.get(code, code) for code in self.codes(geography)], dtype=object)
        codes = sorted(set(become))
        own = self.names(geography)
        tables = {
            way: table.assign(target_code=table["target_code"].replace(joined)) if way[1] == geography else table
            for way, table in self.tables.items()
        }
        into = (np.array(codes, dtype=object)[:, None] == become[None, :]).astype(np.float64)
        by_area: dict[Way, Matrix | None] = {}
        for source in sorted(set(self.outlines) - {geography}):
            ground = self.by_area(source, geography)
            if ground is not None:
                targets = pd.Index(np.array(codes, dtype=object))
                by_area[source, geography] = Matrix(
                    ground.name, targets, ground.sources, ordered_product(into, ground.weights)
                )
        return replace(
            self,
            codes_of={**self.codes_of, geography: tuple(codes)},
            names_of={
                **self.names_of,
                geography: {code: _listed([own[one] for one in code.split("+")]) for code in codes},
            },
            tables=tables,
            _matrices={way: matrix for way, matrix in self._matrices.items() if geography not in way},
            _by_area={way: ground for way, ground in self._by_area.items() if geography not in way} | by_area,
        )

    def by_ground_alone(self, geography: str) -> Areas:
        """The same areas, but every way to a geography is by ground: its best fits are left out."""
        return replace(
            self,
            tables={way: table for way, table in self.tables.items() if way[1] != geography},
            _matrices={way: matrix for way, matrix in self._matrices.items() if geography not in way},
        )

    def links_table(self) -> pd.DataFrame:
        """Every way that figures took from one geography to another so far: the share of each area in each other."""
        ways = [way for way in sorted(self._matrices) if way[0] != way[1] and way[1] != "lad"]
        parts = [self._matrices[way].links().assign(source_geography=way[0], target_geography=way[1]) for way in ways]
        columns = ["source_geography", "target_geography", "source_code", "target_code", "share"]
        table = pd.concat([pd.DataFrame(columns=pd.Index([*LINK_COLUMNS, *columns[:2]])), *parts], ignore_index=True)
        return table.rename(columns={"weight": "share"})[columns].astype({"share": "float64"})

    def outlines_table(self) -> pd.DataFrame:
        """All outlines in one table: geography, area_code, area_name, wkt."""
        parts = [table.assign(geography=name) for name, table in sorted(self.outlines.items())]
        return pd.concat(parts, ignore_index=True)[["geography", "area_code", "area_name", "wkt"]]


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def open_areas(
    place: Place,
    opened: Mapping[tuple[str, str], OpenRelease],
    observations: Mapping[str, Mapping[str, pd.DataFrame]],
    definitions: Path = DEFINITIONS,
) -> Areas:
    """Gather the areas from the lookups and outlines among the releases, and the residents from the observations.

    Parameters
    ----------
    place : Place
    opened : mapping
        Releases by source and release; the last of a source counts.
    observations : mapping
        Clean observations by source and series.
    definitions : Path
        The folder of definitions.

    Raises
    ------
    DataError
        If a lookup names codes of another vintage, or an area of a best fit twice.
    """
    geographies = load_geographies(definitions)
    last = {source: release for (source, _), release in opened.items()}
    outlines: dict[str, pd.DataFrame] = {}
    tables: dict[Way, pd.DataFrame] = {}
    changes: dict[Way, pd.DataFrame] = {}
    codes: dict[str, set[str]] = {}
    names: dict[str, dict[str, str]] = {}
    for name, geography in geographies.items():
        if geography.outlines in last:
            table = _outlines(last[geography.outlines], name)
            outlines[name] = table
            codes.setdefault(name, set()).update(table["area_code"])
            names.setdefault(name, {}).update(zip(table["area_code"], table["area_name"], strict=True))
        for target, source in geography.leads_to.items():
            if source not in last:
                continue
            lookup, where = last[source].table("lookup"), last[source].file("lookup")
            for each in (name, target):
                check_codes(lookup[f"{each}_code"], each, where, definitions=definitions)
                codes.setdefault(each, set()).update(lookup[f"{each}_code"])
                if f"{each}_name" in lookup:
                    named = zip(lookup[f"{each}_code"], lookup[f"{each}_name"], strict=True)
                    names.setdefault(each, {}).update(named)
            pairs = lookup[[f"{name}_code", f"{target}_code"]].set_axis(["source_code", "target_code"], axis=1)
            if "change_code" in lookup:
                check_changes(lookup, name, target, where)
                changes[name, target] = pairs
            else:
                tables[name, target] = _one_to_each(pairs, f"{where}, column '{name}_code'")
    residents = latest_residents(observations, set(codes))
    people = {name: rows.set_index("area_code")["value"] for name, rows in residents.items()}
    return Areas(
        place, {key: tuple(sorted(value)) for key, value in codes.items()}, names, tables, outlines, changes, people
    )


def _one_to_each(pairs: pd.DataFrame, where: str) -> pd.DataFrame:
    twice = pairs["source_code"].duplicated()
    if twice.any():
        row = pairs.index[twice][0]
        raise DataError(
            f"{where}, row {row}: {pairs.loc[row, 'source_code']} stands twice; a best fit gives each area to one "
            "other. Restore the file."
        )
    return pairs.reset_index(drop=True)


def latest_residents(
    observations: Mapping[str, Mapping[str, pd.DataFrame]], geographies: Iterable[str]
) -> dict[str, pd.DataFrame]:
    """All residents by small area, of the latest period that any source holds, by geography: the series population."""
    found: dict[str, pd.DataFrame] = {}
    held = [frames["population"] for _, frames in sorted(observations.items()) if "population" in frames]
    for geography in sorted(geographies):
        parts = [
            rows[(rows["geography"] == geography) & (rows["sex"] == "persons") & (rows["age"] == "all")]
            for rows in held
        ]
        parts = [rows for rows in parts if len(rows)]
        if parts:
            rows = max(parts, key=lambda rows: str(rows["period_end"].max()))
            rows = rows[rows["period_end"] == rows["period_end"].max()]
            found[geography] = rows[rows["release"] == rows["release"].max()]
    return found


def _outlines(release: OpenRelease, geography: str) -> pd.DataFrame:
    table = release.table("outlines")
    return table.rename(columns={f"{geography}_code": "area_code", f"{geography}_name": "area_name"})[
        ["area_code", "area_name", "wkt"]
    ].reset_index(drop=True)

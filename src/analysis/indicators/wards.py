"""Wards across a change of boundaries: measures on every ward set, what only together can be told, old and new ground.

Nothing here joins by name. A measure is rebuilt on each ward set from the finest areas held; the tables beside it tell
how far the two estimates of a ward's people differ, and how far both lie from published ward totals.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from analysis.areas.links import Areas
from analysis.areas.matrix import difference_pct
from analysis.catalogue.flags import join_flags
from analysis.catalogue.geographies import Geography, GeographyDefinition
from analysis.catalogue.model import Indicator
from analysis.indicators.context import Context
from analysis.indicators.evaluate import evaluate_all, input_used
from analysis.sources.codes import SMALLEST_M2, area_weights, normalise_name
from analysis.tables.contract import INDICATOR_COLUMNS

TOGETHER_COLUMNS = (*INDICATOR_COLUMNS, "instead_of")
ESTIMATE_COLUMNS = (
    "geography",
    "area_code",
    "area_name",
    "small_geography",
    "small_areas",
    "people",
    "people_by_area",
    "difference_pct",
    "together_with",
    "flag",
)
CHANGE_COLUMNS = (
    "old_geography",
    "old_code",
    "old_name",
    "new_geography",
    "new_code",
    "new_name",
    "same_name",
    "area_km2",
    "share_of_old_area",
    "share_of_new_area",
    "overlap",
    "people",
    "share_of_old_people",
    "share_of_new_people",
)
CHECK_COLUMNS = (
    "quantity",
    "area_code",
    "area_name",
    "geography",
    "published",
    "published_period_end",
    "published_source",
    "rebuilt",
    "rebuilt_by_area",
    "rebuilt_period_end",
    "rebuilt_source",
    "city_change_pct",
    "difference_pct",
    "difference_beyond_city_pct",
    "difference_by_area_beyond_city_pct",
)
COMPARABLE = {"residents": ("residents", "population"), "households": ("households",)}
"""Counts published by ward, and the series of small areas that count the same."""


def ward_sets(ward: str, areas: Areas, geographies: Mapping[str, GeographyDefinition]) -> list[Geography]:
    """The ward sets that the edition's lookups reach, oldest first."""
    kind = geographies[ward].name
    found = [name for name in areas.codes_of if geographies[name].name == kind and areas.small_areas_of(name)]
    return sorted(found, key=lambda name: str(geographies[name].start))


def ward_tables(
    indicators: Iterable[Indicator],
    context: Context,
    rows: pd.DataFrame,
    geographies: Mapping[str, GeographyDefinition],
) -> dict[str, pd.DataFrame]:
    """Every table about wards across a change of boundaries.

    Parameters
    ----------
    indicators : iterable of Indicator
    context : Context
        The edition's observations and areas.
    rows : DataFrame
        The edition's indicator rows, on its own wards.
    geographies : mapping
        The definitions of ``geographies.yml``.

    Returns
    -------
    dict
        ``ward_series``, ``wards_together``, ``ward_estimates``, ``ward_changes`` and ``ward_checks``.
    """
    ward, areas = context.edition.ward_geography, context.areas
    sets = ward_sets(ward, areas, geographies)
    rebuilt = [_by_ward(indicator) for indicator in indicators if is_rebuilt(indicator, context)]
    return {
        "ward_series": ward_series(rebuilt, context, rows, {name: geographies[name] for name in sets}),
        "wards_together": wards_together(rebuilt, context),
        "ward_estimates": _stack([ward_estimates(areas, name) for name in sets], ESTIMATE_COLUMNS),
        "ward_changes": _stack(
            [ward_changes(areas, old, new) for old, new in itertools.pairwise(sets)], CHANGE_COLUMNS
        ),
        "ward_checks": _stack([ward_checks(context, name) for name in sets], CHECK_COLUMNS),
    }


def is_rebuilt(indicator: Indicator, context: Context) -> bool:
    """Whether an indicator's ward values are made from smaller or other areas, not published by ward."""
    given = input_used(indicator, "ward", context)
    return given is not None and given.measure not in ("published", "difference_from_city")


def _by_ward(indicator: Indicator) -> Indicator:
    """The indicator for wards alone; its inputs keep their places."""
    inputs = [replace(given, levels=("ward",) if "ward" in given.levels else ()) for given in indicator.inputs]
    return replace(indicator, inputs=tuple(inputs))


def _stack(parts: list[pd.DataFrame], columns: tuple[str, ...]) -> pd.DataFrame:
    held = [part for part in parts if not part.empty]
    table = pd.concat(held, ignore_index=True) if held else pd.DataFrame()
    return table.reindex(columns=list(columns))


def ward_series(
    rebuilt: list[Indicator], context: Context, rows: pd.DataFrame, sets: Mapping[Geography, GeographyDefinition]
) -> pd.DataFrame:
    """Ward indicators on constant ground: every period held on each ward set, up to the day that a set was abolished.

    Returns
    -------
    DataFrame
        The columns of ``indicators.csv``. Values on wards that small areas do not nest in are marked as there.
    """
    parts: list[pd.DataFrame] = []
    for geography, definition in sets.items():
        own = geography == context.edition.ward_geography
        edition = replace(context.edition, ward_geography=geography)
        table = rows if own else evaluate_all(rebuilt, replace(context, edition=edition))
        wanted = (table["geography"] == geography) & table["indicator"].isin([one.id for one in rebuilt])
        if definition.end is not None:
            wanted &= table["period_end"] <= definition.end.isoformat()
        part = table[wanted]
        parts.append(part.assign(area_name=part["area_code"].map(context.areas.names(geography))))
    return _stack(parts, INDICATOR_COLUMNS)


def wards_together(rebuilt: list[Indicator], context: Context) -> pd.DataFrame:
    """The value of a ward without small areas together with others.

    These are the wards that its people are counted in, by best fit; and those that the place's definition says are told
    together, by ground alone, since the best fit cannot tell them: marked [e][u].

    Returns
    -------
    DataFrame
        The columns of ``indicators.csv``, where ``area_code`` joins the codes by ``+``; ``instead_of`` is the ward (or
        wards) that alone is [x]. Empty where every ward has a small area.
    """
    ward, areas = context.edition.ward_geography, context.areas
    small = areas.small_areas_of(ward)
    alone = set(areas.matrix(small, ward).without_source) if small else set()
    told = [tuple(sorted(group)) for group in context.place.told_together.get(ward, ()) if alone & set(group)]
    parts = []
    for groups, found, mark in ((areas.groups(ward), areas, ""), (told, areas.by_ground_alone(ward), "[e][u]")):
        if not groups or not alone:
            continue
        joined = found.merged(ward, groups)
        instead = {"+".join(group): "+".join(code for code in group if code in alone) for group in groups}
        table = evaluate_all(rebuilt, replace(context, areas=joined))
        table = table[table["area_code"].isin(list(instead))]
        codes = table["area_code"]
        marked = table["flag"].map({flag: join_flags([flag, mark]) for flag in table["flag"].unique()})
        flags = marked.where(table["value"].notna(), table["flag"])
        parts.append(table.assign(area_name=codes.map(joined.names(ward)), instead_of=codes.map(instead), flag=flags))
    return _stack(parts, TOGETHER_COLUMNS)


def ward_estimates(areas: Areas, geography: str) -> pd.DataFrame:
    """The people of each ward by best fit and by ground, how far they differ, and whom a ward is told together with."""
    small = areas.small_areas_of(geography)
    table = areas.two_estimates(small, geography) if small else None
    if table is None or small is None:
        return pd.DataFrame()
    group_of = {code: group for group in areas.groups(geography) for code in group}
    empty = set(table.index[table["small_areas"] == 0])
    others = [[one for one in group_of.get(code, ()) if one != code] if code in empty else [] for code in table.index]
    return table.assign(
        geography=geography,
        area_code=table.index,
        area_name=table.index.map(areas.names(geography)),
        small_geography=small,
        together_with=["+".join(codes) for codes in others],
        flag=np.where(table["small_areas"] == 0, "[x]", areas.matrix(small, geography).marks),
    )


def ward_changes(areas: Areas, old: str, new: str) -> pd.DataFrame:
    """What part of each old ward's ground and people each new ward takes, and the reverse.

    People are those of the small areas, taken to live evenly over their ground: an estimate. ``overlap`` is the ground
    that both wards share over all that either has. ``same_name`` warns that the two wards have one name, whatever
    ground they share: two that share none have a row too.
    """
    import shapely

    if old not in areas.outlines or new not in areas.outlines:
        return pd.DataFrame()
    before, after = areas.outlines[old], areas.outlines[new]
    shapes = [shapely.from_wkt(table["wkt"].to_numpy(dtype=object)) for table in (before, after)]
    first, second = shapely.STRtree(shapes[1]).query(shapes[0], predicate="intersects")
    common = shapely.intersection(shapes[0][first], shapes[1][second])
    size = shapely.area(common)
    kept = size > SMALLEST_M2
    first, second, common, size = first[kept], second[kept], common[kept], size[kept]
    table = pd.DataFrame(
        {"old": first, "new": second, "area_km2": size / 1e6, "people": _people_on(common, areas, new)}
    )
    names = [[normalise_name(name) for name in one["area_name"]] for one in (before, after)]
    apart = {(i, j) for i, one in enumerate(names[0]) for j, other in enumerate(names[1]) if one == other}
    apart -= set(zip(first.tolist(), second.tolist(), strict=True))
    for i, j in sorted(apart):
        table.loc[len(table)] = {"old": i, "new": j, "area_km2": 0.0, "people": 0.0}
    table = table.astype({"old": int, "new": int})
    for side, geography, outlines, shape in (("old", old, before, shapes[0]), ("new", new, after, shapes[1])):
        at = table[side].to_numpy()
        ground, people = shapely.area(shape)[at] / 1e6, table.groupby(side)["people"].transform("sum")
        table[f"{side}_geography"] = geography
        table[f"{side}_code"] = outlines["area_code"].to_numpy()[at]
        table[f"{side}_name"] = outlines["area_name"].to_numpy()[at]
        table[f"{side}_area"] = ground
        table[f"share_of_{side}_area"] = table["area_km2"] / ground
        table[f"share_of_{side}_people"] = table["people"] / people.where(people > 0)
    table["overlap"] = table["area_km2"] / (table["old_area"] + table["new_area"] - table["area_km2"])
    pairs = zip(table["old"], table["new"], strict=True)
    return table.assign(same_name=[names[0][i] == names[1][j] for i, j in pairs])


def _people_on(pieces: np.ndarray, areas: Areas, geography: str) -> np.ndarray:
    """The residents on pieces of ground, small areas' people taken to live evenly over theirs; missing if none held."""
    small = areas.small_areas_of(geography)
    people = areas.residents(small) if small else None
    if small is None or people is None or small not in areas.outlines:
        return np.full(len(pieces), np.nan)
    codes = [str(number) for number in range(len(pieces))]
    shares = area_weights(areas.outlines[small], pd.DataFrame({"area_code": codes, "geometry": pieces}))
    shares["people"] = shares["weight"] * shares["source_code"].map(people)
    found = shares.groupby("target_code")["people"].sum()
    return found.reindex(codes).fillna(0.0).to_numpy()


def ward_checks(context: Context, geography: str) -> pd.DataFrame:
    """Published ward totals beside those rebuilt from small areas, nearest in time: kept totals are not right ones.

    Dates differ, so ``difference_beyond_city_pct`` leaves out the city's own change between them: what remains is the
    ward's own change and the error of the lookup, and only together can they be seen.
    """
    parts = []
    for quantity, series in COMPARABLE.items():
        for source, published in _counts(context, (quantity,), geography):
            parts += [
                _check(context, quantity, geography, (source, published), candidate)
                for candidate in _nearest(context, series, str(published["period_end"].iloc[0]))
            ]
    return _stack(parts, CHECK_COLUMNS)


def _counts(context: Context, series: tuple[str, ...], geography: str | None = None) -> list[tuple[str, pd.DataFrame]]:
    """Counts of all persons by source, each period of each geography (or the one named) by itself."""
    found = []
    for source, frames in sorted(context.observations.items()):
        for name in series:
            rows = frames.get(name)
            if rows is None:
                continue
            rows = rows[(rows["sex"] == "persons") & (rows["age"] == "all")]
            for (place, _, _), part in rows.groupby(["geography", "period_end", "release"], sort=True):
                if geography in (None, place):
                    found.append((source, part))
    return found


def _nearest(context: Context, series: tuple[str, ...], day: str) -> list[tuple[str, pd.DataFrame]]:
    """The small areas' counts nearest in time to a day: one for each source that has any."""
    changes = context.areas.changes
    small = {*(source for source, _ in (*context.areas.tables, *changes)), *(target for _, target in changes)}
    held: dict[str, pd.DataFrame] = {}
    for source, rows in _counts(context, series):
        if str(rows["geography"].iloc[0]) in small:
            best = held.get(source)
            if best is None or _days(rows, day) < _days(best, day):
                held[source] = rows
    return sorted(held.items())


def _days(rows: pd.DataFrame, day: str) -> int:
    return abs((pd.Timestamp(str(rows["period_end"].iloc[0])) - pd.Timestamp(day)).days)


def _check(
    context: Context,
    quantity: str,
    geography: str,
    published: tuple[str, pd.DataFrame],
    rebuilt: tuple[str, pd.DataFrame],
) -> pd.DataFrame:
    small = str(rebuilt[1]["geography"].iloc[0])
    matrix, other = context.areas.matrix(small, geography), context.areas.by_area(small, geography)
    counts = rebuilt[1].set_index("area_code")["value"]
    known = published[1].set_index("area_code")["value"].reindex(matrix.targets).to_numpy()
    values = matrix.sums(counts)
    ground = np.full(len(known), np.nan) if other is None else other.sums(counts)
    change = counts.sum() / known.sum()
    return pd.DataFrame(
        {
            "quantity": quantity,
            "area_code": matrix.targets,
            "area_name": matrix.targets.map(context.areas.names(geography)),
            "geography": geography,
            "published": known,
            "published_period_end": published[1]["period_end"].iloc[0],
            "published_source": published[0],
            "rebuilt": values,
            "rebuilt_by_area": ground,
            "rebuilt_period_end": rebuilt[1]["period_end"].iloc[0],
            "rebuilt_source": rebuilt[0],
            "city_change_pct": 100 * (change - 1),
            "difference_pct": difference_pct(known, values),
            "difference_beyond_city_pct": difference_pct(known * change, values),
            "difference_by_area_beyond_city_pct": difference_pct(known * change, ground),
        }
    )

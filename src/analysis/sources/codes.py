"""Areas: codes held to prefix, length and vintage, names made comparable, outlines and the codes of a place."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.catalogue.geographies import GSS, GeographyDefinition, code_problem, kinds_by_prefix, load_geographies
from analysis.catalogue.model import Place
from analysis.errors import CellError, DataError, UsageError, one_of
from analysis.paths import DEFINITIONS, Project
from analysis.sources.outlines import CRS
from analysis.sources.snapshots import open_release
from analysis.sources.text import code_key

SMALLEST_M2 = 1.0
"""Areas meet along drawn lines; a common part smaller than this is none."""
_SAINT = re.compile(r"\b(?:saint|st\.)(?=\s)")


def geography_definition(name: str, definitions: Path = DEFINITIONS) -> GeographyDefinition:
    """The definition of a geography.

    Raises
    ------
    UsageError
        If there is none.
    """
    known = load_geographies(definitions)
    if name not in known:
        raise UsageError(f"no geography {name!r}; expected {one_of(known)}.")
    return known[name]


def check_codes(
    codes: pd.Series,
    geography: str,
    where: str,
    known: Collection[str] | None = None,
    definitions: Path = DEFINITIONS,
) -> None:
    """Refuse codes that are not codes of a geography, in its vintage.

    Parameters
    ----------
    codes : Series of str
        Codes; the name is the column and the index the row, for the error sentence.
    geography : str
        A geography of ``geographies.yml``.
    where : str
        The file.
    known : collection of str, optional
        The codes there are, for example those recorded for the place; any other is refused.
    definitions : Path
        The folder of definitions.

    Raises
    ------
    DataError
        With file, row and column of the first code that is malformed, of another geography, of another vintage, or
        unknown.

    Examples
    --------
    >>> check_codes(pd.Series(["E05015277"], index=[2], name="ward22_code"), "ward22", "wards.csv")
    Traceback (most recent call last):
    analysis.errors.CellError: wards.csv, row 2, column 'ward22_code': 'E05015277' is of the vintage ward23 (electoral
    ward in force from May 2023); expected ward22. Correct the code, or name the vintage that the file holds.
    """
    geography_definition(geography, definitions)  # refused where there is none
    geographies = load_geographies(definitions)
    problems = {code: code_problem(code, geography, geographies) for code in codes.unique()}
    if known is not None:
        missing = {code for code, problem in problems.items() if problem is None} - {*known}
        said = f"is not one of the {len(known)} areas of {geography} recorded. Correct the code, or record the area."
        problems |= {code: f"{code!r} {said}" for code in missing}
    bad = codes.map(lambda code: problems[code] is not None)
    if bad.any():
        row = codes.index[bad][0]
        raise CellError(where, int(row), str(codes.name), f"{problems[codes.loc[row]]}{_meant(codes.loc[row])}")


def geographies_of(codes: pd.Series, where: str, definitions: Path = DEFINITIONS) -> dict[str, str]:
    """The geography of each code of a column that holds large areas of several (districts, regions, countries).

    Raises
    ------
    DataError
        With file, row and column of the first code that is of none of them.
    """
    kinds = kinds_by_prefix(load_geographies(definitions))
    found = {code: kinds.get(code[:3], "") if GSS.fullmatch(code) else "" for code in codes.unique()}
    bad = codes.isin([code for code, name in found.items() if not name])
    if bad.any():
        row = codes.index[bad][0]
        problem = f"{codes.loc[row]!a} is not such a code; expected nine characters that begin with "
        problem += f"{', '.join(sorted(kinds))}. Correct the code.{_meant(codes.loc[row])}"
        raise CellError(where, int(row), str(codes.name), problem)
    return found


def _meant(code: object) -> str:
    """What a code may have been, where only letters drawn alike, case or invisible signs make it none."""
    meant = code_key(str(code))
    odd = meant != code and GSS.fullmatch(meant)
    return f" It looks like {meant} and is written {code!a}." if odd else ""


def normalise_name(name: str) -> str:
    """A name in the form in which two spellings of it compare equal; for people to look things up, never a key.

    Examples
    --------
    >>> normalise_name("St. Michael's  &  Lark Lane")
    'st michaels and lark lane'
    >>> normalise_name("Saint Michaels and Lark Lane") == normalise_name("ST MICHAELS & LARK LANE")
    True
    """
    plain = unicodedata.normalize("NFKC", name).casefold().replace("&", " and ")
    plain = _SAINT.sub("st", re.sub(r"['’`]", "", plain))
    return " ".join(re.sub(r"[^\w\s]", " ", plain).split())


def latest_release(project: Project, source: str) -> str:
    """The last recorded release of a source, by its id.

    Raises
    ------
    DataError
        If none is recorded.
    """
    folder = project.raw / source
    held = sorted(path.parent.name for path in folder.glob("*/snapshot.yml"))
    if not held:
        raise DataError(f"{project.shown(folder)}: no release is recorded. Record it with: sotc record {source}.")
    return held[-1]


def recorded_codes(project: Project, geography: str) -> frozenset[str]:
    """The codes of a small geography for the places recorded, from the raw table that its definition names.

    Raises
    ------
    UsageError
        If the geography's definition names no table.
    DataError
        If the table is not recorded.
    """
    known = load_geographies(project.definitions)
    named = known[geography].codes if geography in known else None
    if named is None:
        options = one_of([name for name, item in known.items() if item.codes])
        raise UsageError(f"no codes are recorded for {geography!r}; expected {options}.")
    opened = open_release(project, named.source, latest_release(project, named.source))
    return frozenset(opened.table(named.table)[named.column]) - {""}


def code_sets(project: Project, *places: Place) -> Callable[[str], frozenset[str]]:
    """The sets of codes that a layout may name, for the places to record.

    Returns
    -------
    callable
        ``lad`` gives the codes of the places, ``areas`` those of their benchmarks too (each with the codes an area had
        before), ``country`` those of their countries; the name of a small geography gives its recorded codes.
    """
    with_former = {area.code: (area.code, *area.also) for place in places for area in place.areas}
    fixed = {
        "lad": frozenset(code for place in places for code in with_former[place.code]),
        "areas": frozenset(code for codes in with_former.values() for code in codes),
        "country": frozenset(place.country.code for place in places),
    }

    def codes(name: str) -> frozenset[str]:
        return fixed[name] if name in fixed else recorded_codes(project, name)

    return codes


def open_outlines(project: Project, geography: str, release: str | None = None) -> Any:
    """The recorded outlines of a geography.

    Parameters
    ----------
    project : Project
        Where.
    geography : str
        ``ward22``, ``ward23``, ``lsoa11`` or ``lsoa21``.
    release : str, optional
        The release of the outlines; the last one recorded if none is named.

    Returns
    -------
    GeoDataFrame
        Columns ``area_code``, ``area_name``, ``geometry`` (EPSG:27700), sorted by code; borders are shared exactly.

    Raises
    ------
    UsageError
        If the geography has no outlines.
    DataError
        If they are not recorded, edited, or a code is of another vintage.
    """
    import geopandas
    import shapely

    source = geography_definition(geography, project.definitions).outlines
    if source is None:
        held = [name for name, item in load_geographies(project.definitions).items() if item.outlines]
        raise UsageError(f"no outlines are recorded for {geography!r}; expected {one_of(held)}.")
    opened = open_release(project, source, release or latest_release(project, source))
    raw = opened.table("outlines")
    where = opened.file("outlines")
    check_codes(raw[f"{geography}_code"], geography, where, definitions=project.definitions)
    shapes = shapely.from_wkt(raw["wkt"].to_numpy(dtype=object), on_invalid="ignore")
    broken = shapely.is_missing(shapes) | ~shapely.is_valid(shapes)
    if broken.any():
        raise CellError(where, int(raw.index[broken][0]), "wkt", "not a valid outline. Record the release again.")
    columns = {"area_code": raw[f"{geography}_code"].array, "area_name": raw[f"{geography}_name"].array}
    return geopandas.GeoDataFrame(columns, geometry=shapes, crs=CRS).sort_values(
        "area_code", ignore_index=True, kind="stable"
    )


def area_weights(sources: pd.DataFrame, targets: pd.DataFrame) -> pd.DataFrame:
    """The share of each source area's ground that lies in each target area.

    Ground outside every target (borders drawn more coarsely) is left out of the shares.

    Parameters
    ----------
    sources, targets : DataFrame
        Outlines: ``area_code`` and either ``geometry`` or ``wkt``, in metres of one grid.

    Returns
    -------
    DataFrame
        Columns ``source_code``, ``target_code``, ``weight`` (above 0, summing to 1 by source), sorted by code. A source
        that meets no target has no row.

    Examples
    --------
    >>> square = "POLYGON ((0 0, 0 10, 10 10, 10 0, 0 0))"
    >>> halves = {"W": "POLYGON ((0 0, 0 10, 5 10, 5 0, 0 0))", "E": "POLYGON ((5 0, 5 10, 20 10, 20 0, 5 0))"}
    >>> targets = pd.DataFrame({"area_code": list(halves), "wkt": list(halves.values())})
    >>> area_weights(pd.DataFrame({"area_code": ["a"], "wkt": [square]}), targets)["weight"].tolist()
    [0.5, 0.5]
    """
    import shapely

    left, right = _shapes(sources), _shapes(targets)
    first, second = shapely.STRtree(right).query(left, predicate="intersects")
    pairs = pd.DataFrame(
        {
            "source_code": sources["area_code"].to_numpy()[first],
            "target_code": targets["area_code"].to_numpy()[second],
            "weight": shapely.area(shapely.intersection(left[first], right[second])),
        }
    )
    pairs = pairs[pairs["weight"] > SMALLEST_M2]
    shares = pairs["weight"] / pairs.groupby("source_code")["weight"].transform("sum")
    return pairs.assign(weight=shares).sort_values(["source_code", "target_code"], ignore_index=True)


def _shapes(outlines: pd.DataFrame) -> Any:
    import shapely

    if "geometry" in outlines:
        return outlines["geometry"].to_numpy()
    return shapely.from_wkt(outlines["wkt"].to_numpy(dtype=object))


def open_changes(project: Project, release: str | None = None) -> pd.DataFrame:
    """How the small areas of 2011 became those of 2021.

    Returns
    -------
    DataFrame
        Columns ``lsoa11_code``, ``lsoa21_code``, ``change_code``: U unchanged, S split, M merged, X irregular. Only U
        areas hold the same people on both sides; nothing else may be carried across by code.

    Raises
    ------
    DataError
        If a change code does not fit the rows it stands on (an unchanged area that is split, say).
    """
    source = geography_definition("lsoa11", project.definitions).leads_to["lsoa21"]
    opened = open_release(project, source, release or latest_release(project, source))
    raw, where = opened.table("lookup"), opened.file("lookup")
    for geography in ("lsoa11", "lsoa21"):
        check_codes(raw[f"{geography}_code"], geography, where, definitions=project.definitions)
    check_changes(raw, "lsoa11", "lsoa21", where)
    return raw.reset_index(drop=True)


def check_changes(raw: pd.DataFrame, before: str, after: str, where: str) -> None:
    """Hold the change codes of a lookup from one census to the next to its rows.

    Parameters
    ----------
    raw : DataFrame
        ``<before>_code``, ``<after>_code`` and ``change_code``.
    before, after : str
        Geographies.
    where : str
        The file.

    Raises
    ------
    DataError
        If a change code does not fit the rows it stands on (an unchanged area that is split, say).
    """
    into = raw.groupby(f"{before}_code")[f"{after}_code"].transform("size")
    outof = raw.groupby(f"{after}_code")[f"{before}_code"].transform("size")
    expected = (
        pd.Series("U", index=raw.index).mask(into > 1, "S").mask(outof > 1, "M").mask((into > 1) & (outof > 1), "X")
    )
    bad = (raw["change_code"] != expected) & (raw["change_code"] != "X")
    if bad.any():
        row = raw.index[bad][0]
        problem = f"{raw.loc[row, 'change_code']!r} does not fit the areas of the row; expected {expected.loc[row]!r}. "
        raise CellError(where, int(row), "change_code", problem + "Restore the file.")

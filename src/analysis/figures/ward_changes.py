"""A map of old and new wards, for the reader who knows a ward by its name."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from analysis.blocks import Figure
from analysis.catalogue.geographies import load_geographies
from analysis.errors import UsageError
from analysis.figures import rows as plotted
from analysis.figures.classes import signed
from analysis.figures.geometry import Frame, place_labels, read_outlines, to_paths
from analysis.figures.maps import GAP_MM, SIDE_MM, draw_scale_bar, list_wards, write_label
from analysis.figures.sheet import CAP_MM, GREY, INK, LINE_MM, RUST, WHITE, WIDTH_MM, Sheet, wrap
from analysis.tables.loaded import LoadedEdition
from analysis.tables.printing import Numbers
from analysis.words import capital, counted, joined

NEW_GROUND = "#A6CEF2"
MAP_MM = 138.0
HATCH = "/////"


def draw_ward_changes(edition: LoadedEdition) -> Figure:
    """Map the outlines of the wards before and after a change, and mark the names that stand on both sides.

    Lines of the new wards are drawn through, those of the old dashed. The ground of a new ward whose name an old one
    had is shaded, and that of the old ward hatched: only what is both shaded and hatched kept its name. The list tells
    how much of the ground of the two is common.

    Parameters
    ----------
    edition : LoadedEdition

    Raises
    ------
    UsageError
        If the edition pins one ward set alone, so that there is no change to show.
    """
    table = edition.table("ward_changes")
    if table.empty:
        raise UsageError(
            f"{edition.edition.id}: one set of wards is pinned, so that there is no change to map. Pin the lookup and "
            "the outlines of the other."
        )
    old, new = str(table["old_geography"].iloc[-1]), str(table["new_geography"].iloc[-1])
    table = table[table["new_geography"] == new]
    before, after = plotted.outlines_of(edition, old), plotted.outlines_of(edition, new)
    named = table[table["same_name"].astype(str) == "True"].sort_values(["new_name", "new_code"]).reset_index(drop=True)
    numbers = Numbers()
    return numbers.figure(
        title=f"Wards before and after the change of boundaries, {edition.place.name}",
        alt=_describe(edition, named, len(before), len(after)),
        source=plotted.source_of(edition, _outline_releases(edition, [old, new]), [old, new]),
        svg=_draw(before, after, named),
        csv=plotted.to_csv(table, ["old_code", "new_code"]),
        note=(
            "A ward of one name is not one ward: figures of different years are never joined by name here, but rebuilt "
            "from small areas on the wards of one set. Outlines are generalised."
        ),
        rows_of=("ward_changes",),
    )


def _outline_releases(edition: LoadedEdition, geographies: list[str]) -> pd.DataFrame:
    known = load_geographies(edition.catalogue.folder)
    drawn = edition.sources["source"].isin([known[geography].outlines for geography in geographies])
    return edition.sources.loc[drawn, ["source", "release"]]


def _describe(edition: LoadedEdition, named: pd.DataFrame, before: int, after: int) -> str:
    wards = f"{counted(before, 'old ward')} and {counted(after, 'new ward')}"
    said = f"Map of {edition.place.name} with the outlines of {wards}."
    if named.empty:
        return f"{said} No name stands on both sides."
    ordered = named.sort_values(["overlap", "new_code"])
    names = [
        f"{name} ({_percent(share)})"
        for name, share in zip(ordered["new_name"], ordered["overlap"].tolist(), strict=True)
    ]
    verb = "stands" if len(names) == 1 else "stand"
    return (
        f"{said} {capital(counted(len(names), 'name'))} {verb} on both sides, on other ground. Of the ground that the "
        f"old and the new ward of a name cover, this much is common to both: {joined(names)}."
    )


def _percent(share: float) -> str:
    return f"{signed(100 * share, 0)}%"


def _draw(before: pd.DataFrame, after: pd.DataFrame, named: pd.DataFrame) -> str:
    sheet = Sheet(MAP_MM)
    side = WIDTH_MM - SIDE_MM
    shapes = {"old": read_outlines(before["wkt"].tolist()), "new": read_outlines(after["wkt"].tolist())}
    frame = Frame.fit(np.concatenate([*shapes.values()]), 0.5, 7, side - GAP_MM, MAP_MM - 7.5)
    reused = {
        name: shapes[name][table["area_code"].isin(named[f"{name}_code"]).to_numpy()]
        for name, table in (("old", before), ("new", after))
    }
    if len(named):
        sheet.shapes(to_paths(reused["new"], frame), [NEW_GROUND] * len(reused["new"]))
        sheet.shapes(to_paths(reused["old"], frame), ["none"] * len(reused["old"]), edge=GREY, hatch=HATCH)
    _lines(sheet, shapes["new"], frame, INK, dashed=False)
    _lines(sheet, shapes["old"], frame, RUST, dashed=True)
    ground = tuple(after.set_index("area_code")["wkt"].reindex(named["new_code"]))
    for label in place_labels(ground, tuple(named["new_name"]), frame, numbers_only=True) if ground else []:
        write_label(sheet, label, WHITE, boxed=True)
    draw_scale_bar(sheet, frame, 1.2)
    _key(sheet, side, named)
    return sheet.svg()


def _lines(sheet: Sheet, shapes: np.ndarray, frame: Frame, colour: str, *, dashed: bool) -> None:
    """Every border once: what two wards share would be drawn twice, and dashes would close up."""
    merged = shapely.line_merge(shapely.union_all(shapely.boundary(shapes)))
    for part in shapely.get_parts(merged):
        points = frame.place(shapely.get_coordinates(part))
        sheet.line(
            points[:, 0].tolist(), points[:, 1].tolist(), colour, 1.1 if dashed else 0.9, "--" if dashed else "-"
        )


def _key(sheet: Sheet, left: float, named: pd.DataFrame) -> None:
    y = MAP_MM - CAP_MM - 0.5
    for colour, dashes, words in ((INK, "-", "new wards"), (RUST, "--", "old wards")):
        sheet.line([left, left + 7], [y + 1, y + 1], colour, 1.4, "--" if dashes == "--" else "-")
        sheet.text(left + 9, y, words)
        y -= 4.6
    if named.empty:
        return
    for fill, hatch, words in (
        (NEW_GROUND, None, "new ward with an old name"),
        (WHITE, HATCH, "old ward of that name"),
        (NEW_GROUND, HATCH, "ground of both"),
    ):
        sheet.box(left, y - 1.1, 7, 3.8, fill, edge=INK, line=0.8, hatch=hatch)
        sheet.text(left + 9, y - 0.1, words)
        y -= 4.6
    y -= 2
    for words in wrap(
        "Names on both sides, and ground common to both wards as a share of all they cover", SIDE_MM, bold=True
    ):
        sheet.text(left, y, words, bold=True)
        y -= LINE_MM
    wards = pd.DataFrame({"area_name": named["new_name"], "cell": [_percent(share) for share in named["overlap"]]})
    list_wards(sheet, wards, left, y - 1.5, len(wards), "")

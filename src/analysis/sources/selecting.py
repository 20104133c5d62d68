"""Our raw table from a publisher's: rows of our areas, our columns under our names, every cell the publisher's text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import NoReturn

import pandas as pd

from analysis.catalogue.geographies import GSS
from analysis.catalogue.source import Layout, Pivot, RawTable, Where
from analysis.errors import CellError, DataError, one_of
from analysis.sources.fitting import Published, melted
from analysis.sources.outlines import generalise
from analysis.sources.text import code_key, heading_key, tidy, whole_number

Codes = Callable[[str], frozenset[str]]


@dataclass(frozen=True)
class Selected:
    """A raw table, its index the rows of the publisher's table that it came from."""

    table: pd.DataFrame
    published: Published
    layout: Layout
    notes: tuple[str, ...] = ()

    def place(self, line: int, column: str) -> tuple[str, int, str]:
        """File, line and heading of the publisher for a line of the raw table (the heading is line 1) and a column."""
        ours = self.table.iloc[line - 2]
        row, heading = int(self.table.index[line - 2]), self.layout.columns.get(column, column)
        pivot, melt = self.layout.pivot, self.layout.melt
        if column in self.layout.sum_columns:
            parts = self.layout.sum_columns[column]
            heading = parts[0] if len(parts) == 1 else f"{parts[0]} to {parts[-1]}"
        if melt is not None and column in melt["into"]:
            label = ours[melt["into"][0]]
            label = next((name for name, own in melt.get("columns", {}).items() if own == label), label)
            heading = self.layout.columns.get(label, label)
        if pivot is not None and column in pivot["names"]:
            raw = self.published.cells
            fits = raw[self.layout.columns[pivot["column"]]].map(heading_key) == heading_key(pivot["names"][column])
            for name in pivot["index"]:
                fits &= raw[self.layout.columns[name]].map(tidy) == tidy(str(ours[name]))
            row = int(raw.index[fits][0]) if fits.any() else row
            heading = self.layout.columns[pivot["value"]]
        return str(self.published.where[row]), int(self.published.lines[row]), heading


def select(published: Published, layout: Layout, table: RawTable, codes: Codes) -> Selected:
    """Our raw table from the publisher's: rows of our areas, our columns under our names, sorted by key.

    Codes in other letter case or with invisible signs are ours, and noted; one that only looks like one of ours (the
    letter O for a nought) is refused, for its row would be lost.

    Raises
    ------
    DataError
        If nothing is selected, a selected cell is an error, a date or a formula of a spreadsheet, a selected row holds
        its first cell alone, or the key does not tell rows apart.
    """
    published, notes = _mended(_with_first_of(published, layout), layout, codes)
    raw = published.cells
    rows = pd.Series(True, index=raw.index)
    for where in layout.where:
        rows &= raw[where.column].isin(_accepted(where, codes))
        _refuse_absent(published, where)
    chosen = raw.loc[rows]
    if chosen.empty:
        conditions = "; ".join(f"{w.column!r} in {w.codes or list(w.values)}" for w in layout.where)
        file = published.where[0] if len(published.where) else "the file"
        raise DataError(f"{file}: no row has {conditions}. Check that the file covers the place.")
    _refuse_spoilt(published, layout, chosen)
    ours = pd.DataFrame({mine: chosen[theirs] for mine, theirs in layout.columns.items()})
    for mine, parts in layout.sum_columns.items():
        ours[mine] = _summed(published, chosen, parts)
    for mine, value in layout.constants.items():
        ours[mine] = value
    for mine, words in layout.recode.items():
        ours[mine] = _recoded(published, ours[mine], words, layout.columns.get(mine, mine))
    if layout.melt is not None:
        own = list(melted(map(str, chosen.columns), layout))
        ours = _melt(ours.join(chosen[own]), {"columns": dict(zip(own, own, strict=True)), **layout.melt})
    if layout.pivot is not None:
        ours = _pivot(published, ours, layout, layout.pivot)
    missing = [column for column in table.columns if column not in ours]
    ours = ours.assign(**dict.fromkeys(missing, ""))[list(table.columns)]
    if layout.distinct:
        ours = ours.drop_duplicates()
    if layout.outlines is not None:
        bare = ours.index[ours["wkt"] == ""]
        if len(bare):
            raise published.complain(bare[0], "wkt", "the feature has no geometry. Ask the publisher for its outline.")
        ours = ours.assign(wkt=generalise(ours["wkt"], layout.outlines.tolerance_m, str(published.where[0])))
    twice = ours.duplicated(list(table.key))
    if twice.any():
        example = " ".join(ours.loc[twice, list(table.key)].iloc[0])
        problem = f"{int(twice.sum())} rows repeat a key ({', '.join(table.key)}), first {example}. Check the file."
        heading = layout.columns.get(table.key[0], table.key[0])
        raise published.complain(ours.index[twice][0], heading, problem)
    ordered = ours.sort_values(list(table.key), kind="stable")
    return Selected(ordered, published, layout, (*published.notes, *notes))


def _refuse_absent(published: Published, where: Where) -> None:
    """Refuse a file that lacks a value which the layout names: what stood under it was renamed, and would be lost."""
    found = set(published.cells[where.column])
    absent = [value for value in where.values if value not in found]
    if absent and len(absent) < len(where.values):
        near = get_close_matches(absent[0], sorted(found), n=3, cutoff=0.4)
        raise DataError(
            f"{published.where[0]}, column {where.column!r}: no row has {absent[0]!r}, which the layout selects; "
            f"nearest {'is' if len(near) == 1 else 'are'} {one_of(near)}. Correct the layout, or add one for this form."
        )


def _accepted(where: Where, codes: Codes) -> frozenset[str]:
    return codes(where.codes) if where.codes else frozenset(where.values)


def _with_first_of(published: Published, layout: Layout) -> Published:
    """The table with the headings of the layout that stand for the first of some columns that is filled."""
    cells = published.cells
    for heading, parts in layout.first_of.items():
        filled = cells[list(parts)].map(tidy)
        cells = cells.assign(**{heading: filled.replace("", pd.NA).bfill(axis=1).iloc[:, 0].fillna("")})
    return replace(published, cells=cells)


def _mended(published: Published, layout: Layout, codes: Codes) -> tuple[Published, list[str]]:
    """The table with codes and words that differ from ours in nothing that counts written as ours, and notes of it."""
    raw = published.cells
    notes: list[str] = []
    for where in layout.where:
        accepted = _accepted(where, codes)
        folded = {heading_key(value): value for value in where.values}
        mend: dict[str, str] = {}
        for cell in raw[where.column].unique():
            if cell in accepted or (where.codes and GSS.fullmatch(cell)):
                continue
            meant = tidy(cell).upper() if where.codes else folded.get(heading_key(cell), cell)
            if meant in accepted:
                mend[cell] = meant
            elif where.codes and code_key(cell) in accepted:
                row = int(raw.index[raw[where.column] == cell][0])
                problem = f"{cell!a} looks like {code_key(cell)} and is written otherwise: its row would be lost. "
                raise published.complain(row, where.column, problem + "Correct the code.")
        raw = _replaced(raw, where.column, mend, published, notes)
    for mine, theirs in layout.columns.items():
        if mine.endswith("_code") and theirs in raw and mine not in layout.names:
            odd = {cell: tidy(cell).upper() for cell in raw[theirs].unique() if not GSS.fullmatch(cell)}
            mend = {cell: meant for cell, meant in odd.items() if GSS.fullmatch(meant)}
            raw = _replaced(raw, theirs, mend, published, notes)
    return replace(published, cells=raw), notes


def _replaced(
    raw: pd.DataFrame, column: str, mend: Mapping[str, str], published: Published, notes: list[str]
) -> pd.DataFrame:
    for cell, meant in mend.items():
        row = int(raw.index[raw[column] == cell][0])
        notes.append(f"line {published.lines[row]}, column {column!r}: {cell!a} is read as {meant!r}")
    return raw.assign(**{column: raw[column].replace(dict(mend))}) if mend else raw


def _refuse_spoilt(published: Published, layout: Layout, chosen: pd.DataFrame) -> None:
    """Refuse cells that hold no figure of the publisher's, and rows cut off behind their first cell."""
    ours = set(chosen.index)
    telling = {where.column for where in layout.where}
    for (row, heading), told in sorted(published.spoilt.items()):
        if row in ours or (heading in telling and "comma" not in told):
            text = published.cells.loc[row, heading]
            raise published.complain(row, heading, f"{text!r}: {told}. Ask the publisher for the figure.")
    cut = sorted(published.alone & ours)
    if cut:
        heading = next(iter(layout.columns.values()))
        raise published.complain(cut[0], heading, "the row holds its first cell alone: it was cut off. Check the file.")


def _summed(published: Published, chosen: pd.DataFrame, parts: tuple[str, ...]) -> pd.Series:
    """Sum publisher's columns of whole counts (single years into an age band)."""
    totals = [0] * len(chosen)
    for heading in parts:
        counts = [whole_number(cell) for cell in chosen[heading]]
        for at, count in enumerate(counts):
            if count is None:
                problem = (
                    f"{chosen[heading].iloc[at]!r}: columns {parts[0]!r} to {parts[-1]!r} must hold whole numbers."
                )
                raise published.complain(int(chosen.index[at]), heading, problem)
            totals[at] += count
    return pd.Series([str(total) for total in totals], index=chosen.index, dtype=str)


def _recoded(published: Published, column: pd.Series, words: Mapping[str, str], heading: str) -> pd.Series:
    """The publisher's words in ours; a word that the layout does not name is refused."""
    known = {heading_key(theirs): mine for mine, theirs in words.items()}
    ours = {cell: known.get(heading_key(cell)) for cell in column.unique()}
    for cell, mine in ours.items():
        if mine is None:
            _unknown(published, column, cell, heading)
    return column.map(ours)


def _unknown(published: Published, column: pd.Series, cell: str, heading: str) -> NoReturn:
    problem = f"{column.name!r} holds {cell!r}, which the layout does not name."
    raise published.complain(int(column.index[column == cell][0]), heading, problem)


def _melt(ours: pd.DataFrame, melt: Mapping[str, object]) -> pd.DataFrame:
    into, names = melt["into"], melt["columns"]
    if not isinstance(into, list) or not isinstance(names, dict):
        raise DataError("a layout's melt must hold 'into' (a list of two) and 'columns' (ours to label) or 'headings'.")
    long = ours.melt(
        id_vars=[c for c in ours if c not in names],
        value_vars=list(names),
        var_name=into[0],
        value_name=into[1],
        ignore_index=False,
    )
    long[into[0]] = long[into[0]].map(names.get)
    return long


def _pivot(published: Published, ours: pd.DataFrame, layout: Layout, pivot: Pivot) -> pd.DataFrame:
    index, column, value, names = pivot["index"], pivot["column"], pivot["value"], pivot["names"]
    ours = ours.assign(**{column: _recoded(published, ours[column], names, layout.columns[column])})
    twice = ours.duplicated([*index, column])
    if twice.any():
        example = " ".join(ours.loc[twice, [*index, column]].iloc[0])
        heading = layout.columns[column]
        raise published.complain(int(ours.index[twice][0]), heading, f"{example} stands twice. Check the file.")
    first = ours.drop_duplicates(index).reset_index(names="at")[[*index, "at"]]
    wide = ours.pivot(index=index, columns=column, values=value).fillna("").reset_index().rename_axis(columns=None)
    wide = wide.merge(first, on=index, validate="1:1").set_index("at").rename_axis(None)
    return wide.assign(**{name: "" for name in names if name not in wide})


def moved(error: CellError, tables: Mapping[str, Selected]) -> CellError:
    """A complaint about a raw table as one about the publisher's file that it was selected from."""
    for file, selected in tables.items():
        if error.file == file and 2 <= error.row < len(selected.table) + 2:
            return error.moved(*selected.place(error.row, error.column))
    return error

"""``sotc explain``: from a figure, a number in a sentence or a cell of a table back to the publisher's own row.

The answer is plain data (its shape: ``docs/schemas/explain-2.json``); :mod:`analysis.audit.told` prints it. What can be
worked out again is, and an answer that does not give the printed number is refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from analysis.audit.chain import chain
from analysis.audit.described import described
from analysis.audit.opened import Opened
from analysis.audit.recompute import Second
from analysis.audit.releases import listed, of_raw, releases_behind
from analysis.audit.shown import cell_of_notebook, explain_block
from analysis.audit.worked_out import extremes, worked_out
from analysis.errors import DataError, UsageError
from analysis.paths import Project
from analysis.tables.keys import Combined, Rows, parse_key, row_key
from analysis.tables.query import Resolved, TableRow, Tables, agrees
from analysis.tables.stamps import open_edition
from analysis.words import joined, period_words

SCHEMA = 2
WHOLE = 200
"""Rows behind a number whose cells are given; of more, as where a whole table is counted, file and line alone."""
NEAR = 0.65
"""How like a name must be to what was asked for, from 0 to 1, to be named as near to it."""
LISTED = 12
"""Candidates that an error sentence names at most."""


def explain(project: Project, name: str, what: str) -> dict[str, Any]:
    """Trace one thing of an edition back to its sources.

    Parameters
    ----------
    project : Project
    name : str
        The edition's id; it must be built, and for a figure's or number's id its report must be made.
    what : str
        The id of a figure, table or number of the report; or a key of a number, of which the period may be written
        as it is printed and what does not tell rows apart may be left out (``indicator@area@2017``).

    Returns
    -------
    dict
        Plain data, as ``docs/schemas/explain-2.json`` describes it.

    Raises
    ------
    UsageError
        If there is no such thing, or several; the sentence names what is near.
    DataError
        If the number cannot be worked out again from the raw tables: it is not what they give.
    """
    opened = Opened(project, open_edition(project, name))
    tables = Tables(project, name)
    answer: dict[str, Any] = {"schema": SCHEMA, "edition": name, "asked": what}
    if "@" in what or "?" in what:
        key = complete_key(tables, opened, what)
        return answer | {"kind": "key"} | _number(opened, tables, key)
    manifest = _manifest(project, name)
    for number in manifest.get("numbers", ()):
        if number["id"] == what:
            return answer | _in_sentence(opened, tables, number)
    for item in manifest.get("figures", ()):
        if item["id"] == what:
            return answer | explain_block(opened, tables, item)
    known = [item["id"] for kind in ("figures", "numbers") for item in manifest.get(kind, ())]
    raise UsageError(
        f"explain {name}: no figure, table or number of the report is called {what!r}: "
        f"{_near(what, [*known, *opened.indicators])}. An indicator is asked "
        "for as indicator@area@period."
    )


def _near(what: str, known: Iterable[str]) -> str:
    near = [repr(one) for one in get_close_matches(what, list(known), n=5, cutoff=NEAR)]
    return f"near to it {'are' if len(near) > 1 else 'is'} {joined(near)}" if near else "nothing is near to it"


def complete_key(tables: Tables, opened: Opened, what: str) -> str:
    """A key in full, from one in which the period is as printed and the rest may be left out.

    Raises
    ------
    UsageError
        If no row fits, or several.
    """
    first, colon, column = what.partition(":")
    parts = first.split("@")
    if "?" in what or " / " in what or " - " in what or len(parts) >= 5:
        return what
    indicator, area, period, sex = (*parts, "", "", "")[:4]
    if indicator not in opened.indicators:
        hint = _near(indicator, opened.indicators)
        raise UsageError(f"{what}: no indicator {indicator!r}: {hint}. See sotc list.")
    rows = tables.among("indicators", "indicator", [indicator])
    rows = _narrowed(rows, what, "area", lambda row: area in (row.cells["area_code"], row.cells["area_name"]))
    rows = _narrowed(rows, what, "period", lambda row: period in _periods(row) if period else True)
    rows = [row for row in rows if not sex or row.cells["sex"] == sex]
    found = sorted({row_key(row.cells) for row in rows})
    if len(found) != 1:
        shown = f"{'; '.join(found[:LISTED])}{' …' if len(found) > LISTED else ''}" or "no row"
        raise UsageError(f"{what}: expected one row of indicators.csv, got {len(found)}: {shown}. Name one of them.")
    return found[0] + colon + column


def _narrowed(rows: Sequence[TableRow], what: str, part: str, fits: Any) -> list[TableRow]:
    kept = [row for row in rows if fits(row)]
    if rows and not kept:
        ends = {"area": "area_name", "period": "period_end"}[part]
        known = sorted({row.cells[ends] if part == "area" else _periods(row)[0] for row in rows})
        shown = ", ".join(known[:LISTED]) + (" …" if len(known) > LISTED else "")
        raise UsageError(f"{what}: no row of that {part}; there are {shown}.")
    return kept


def _periods(row: TableRow) -> tuple[str, ...]:
    """How the period of a row may be written: in words, as its days, or as the year in which it ends."""
    start, end = row.cells["period_start"], row.cells["period_end"]
    return (period_words(start, end), f"{start}/{end}", end[:4], end)


def _manifest(project: Project, name: str) -> Mapping[str, Any]:
    path = project.reports / name / "manifest.json"
    if not path.is_file():
        raise DataError(f"{project.shown(path)}: not found. Make the report first: sotc report {name}.")
    found: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _in_sentence(opened: Opened, tables: Tables, number: Mapping[str, str]) -> dict[str, Any]:
    """A number of a sentence: where it stands, and that it prints what its key gives."""
    answer = _number(opened, tables, number["key"])
    decimals = _decimals(opened, answer["key"])
    if not agrees(number["text"], answer["value"], decimals):
        raise DataError(
            f"{number['id']}: the report prints {number['text']!r} and the tables give {answer['value']:.12g} "
            f"({number['key']}). The report was not made from these tables: make it again."
        )
    cell = cell_of_notebook(opened, number["cell"])
    return {"kind": "number", "number": {"id": number["id"], "printed": number["text"], **cell}, **answer}


def _decimals(opened: Opened, text: str) -> int:
    key = parse_key(text)
    rows = key.first if isinstance(key, Combined) else key
    names = [one.value for one in rows.filters if one.column == "indicator" and one.value in opened.indicators]
    return opened.indicators[names[0]].decimals if names else 0


def _number(opened: Opened, tables: Tables, text: str) -> dict[str, Any]:
    """What a key gives: its number, its rows, and the chain behind the row that decides."""
    found = tables.resolve(text)
    answer: dict[str, Any] = {
        "key": text,
        "what": described(found, opened.indicators),
        "value": found.value,
        "rows": [
            {"file": row.file, "line": row.line} | ({"cells": dict(row.cells)} if len(found.rows) <= WHOLE else {})
            for row in found.rows
        ],
    }
    rests = behind(tables, found)
    seconds: dict[str, Second] = {}
    chains = []
    for row in rests:
        if row.edition not in seconds:
            same = row.edition == tables.edition
            there = opened if same else Opened(opened.project, open_edition(opened.project, row.edition))
            seconds[row.edition] = Second(there, tables if same else Tables(opened.project, row.edition))
        chains.append(chain(seconds[row.edition], row))
    made = worked_out(Second(opened, tables), found)
    sources, own = releases_behind(opened, tables, found.rows)
    sources += [one for one in listed(tables, of_raw(made.get("from", ()))) if one not in sources]
    if not found.rows:
        own = [f"data/processed/{key.edition or tables.edition}/{key.table}.csv" for key in _parts(found)]
    answer |= {"sources": sources, "own_tables": own}
    return answer | ({"worked_out": made} if made else {}) | {"chains": chains}


def _parts(found: Resolved) -> list[Rows]:
    return [found.key.first, found.key.second] if isinstance(found.key, Combined) else [found.key]


def behind(tables: Tables, found: Resolved) -> list[TableRow]:
    """The rows of ``indicators.csv`` that decide a number: its own, those compared, or the one that is the lowest."""
    key = found.key
    if isinstance(key, Combined):
        return [row for part in (key.first, key.second) for row in behind(tables, tables.resolve(part))]
    if key.table == "indicators" and key.aggregate in ("", "min", "max"):
        return [row for row in found.rows if float(row.cells[key.column] or "nan") == found.value][:1]
    if key.table == "indicators" and key.aggregate == "median":
        return list(found.rows)
    if key.table == "judgements" and not key.aggregate:
        return _judged(tables, key, found.rows[0])
    if key.table == "inequality" and not key.aggregate:
        return extremes(tables, found.rows[0])
    return []


def _judged(tables: Tables, key: Rows, row: TableRow) -> list[TableRow]:
    """The rows that a judgement rests on: the series' latest, that of the baseline, the country's, a peer's."""
    cells = row.cells
    periods = [(cells["area_code"], cells["period_start"], cells["period_end"])]
    if key.column.startswith(("baseline", "change", "country_change")) and cells["baseline_end"]:
        periods.append((cells["area_code"], cells["baseline_start"], cells["baseline_end"]))
    if key.column.startswith(("benchmark", "country")):
        periods = [(cells["benchmark_code"], start, end) for _, start, end in periods]
    end_of_peers = key.column in ("peers_lowest", "peers_highest")
    rows: Iterable[TableRow] = tables.among("indicators", "indicator", [cells["indicator"]], row.edition)
    rows = [one for one in rows if (one.cells["sex"], one.cells["age"]) == (cells["sex"], cells["age"])]
    if end_of_peers:
        of_peers = [one for one in rows if one.cells["period_end"] == cells["period_end"]]
        return [one for one in of_peers if one.cells["value"] == cells[key.column] and one.cells["geography"] == "lad"]
    return [
        one for one in rows if (one.cells["area_code"], one.cells["period_start"], one.cells["period_end"]) in periods
    ]

"""``sotc explain``: from a figure, a number in a sentence or a cell of a table back to the publisher's own row.

The answer is plain data (its shape: ``docs/schemas/explain-1.json``); :mod:`analysis.audit.told` prints it. What can be
worked out again is, and an answer that does not give the printed number is refused.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from analysis.audit.chain import METHODS, chain
from analysis.audit.described import described
from analysis.audit.lineage import Tracer
from analysis.audit.opened import Opened
from analysis.audit.printed import Printed, plotted_rows
from analysis.audit.releases import listed, of_raw, releases_behind
from analysis.audit.worked_out import extremes, raw_place, worked_out
from analysis.errors import DataError, UsageError
from analysis.paths import Project
from analysis.tables.keys import Combined, Rows, parse_key, row_key
from analysis.tables.query import Resolved, TableRow, Tables, agrees
from analysis.tables.stamps import open_edition
from analysis.words import citation, joined, period_words

SCHEMA = 1
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
        Plain data, as ``docs/schemas/explain-1.json`` describes it.

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
            return answer | _figure(opened, tables, item)
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
    cell = _cell(opened, number["cell"])
    return {"kind": "number", "number": {"id": number["id"], "printed": number["text"], **cell}, **answer}


def _decimals(opened: Opened, text: str) -> int:
    key = parse_key(text)
    rows = key.first if isinstance(key, Combined) else key
    names = [one.value for one in rows.filters if one.column == "indicator" and one.value in opened.indicators]
    return opened.indicators[names[0]].decimals if names else 0


def _cell(opened: Opened, cell: str) -> dict[str, str]:
    """The notebook that has a cell, and what the cell runs."""
    for name in opened.edition.notebooks:
        path = opened.project.notebooks / f"{name}.ipynb"
        if not path.is_file():
            continue
        for one in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if one.get("id") == cell:
                return {"notebook": opened.project.shown(path), "cell": cell, "runs": "".join(one["source"])}
    return {"notebook": "", "cell": cell, "runs": ""}


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
    tracers: dict[str, Tracer] = {}
    chains = []
    for row in rests:
        if row.edition not in tracers:
            same = row.edition == tables.edition
            there = opened if same else Opened(opened.project, open_edition(opened.project, row.edition))
            tracers[row.edition] = Tracer(there, tables if same else Tables(opened.project, row.edition))
        chains.append(chain(tracers[row.edition], row))
    made = worked_out(Tracer(opened, tables), found)
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


def _figure(opened: Opened, tables: Tables, item: Mapping[str, Any]) -> dict[str, Any]:
    """A figure or table of the report: its cell, its data, and the releases and rows behind them."""
    import csv

    path = opened.project.reports / opened.edition.id / "figures" / f"{item['id']}.csv"
    shown = opened.project.shown(path)
    if not path.is_file():
        raise DataError(f"{shown}: not found. Make the report again: sotc report {opened.edition.id}.")
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != item["csv_sha256"]:
        raise DataError(f"{shown}: its sha256 is not that of manifest.json. Make the report again.")
    rows = list(csv.DictReader(content.decode("utf-8").splitlines()))
    found = zip(range(2, len(rows) + 2), rows, _table_rows(tables, rows), strict=True)
    keyed = [(line, row, there) for line, row, there in found if there is not None]
    for line, row, there in keyed:
        if row["value"] != there.cells["value"]:
            raise DataError(
                f"{shown}, line {line}: the value is {row['value'] or 'empty'}, and {there.file}, line {there.line}, "
                f"says {there.cells['value'] or 'empty'}. The report was not made from these tables: make it again."
            )
    cell = next((c for c in _cells_of(opened) if item["id"] == c or item["id"].startswith(f"{c}-")), "")
    tracer = Tracer(opened, tables)
    behind_it = [there for _, _, there in keyed]
    shown_rows = [_shown_row(tracer, there) for there in behind_it]
    unnamed = len(rows) - len(keyed)
    if not keyed and item["kind"] == "table":
        heading, *cells = csv.reader(content.decode("utf-8").splitlines())
        printed = Printed(opened, tables, item["title"], item["source"], heading, cells)
        named = printed.cells()
        behind_it, unnamed = [one.row for one in named], printed.left(named)
        shown_rows = [_shown_row(tracer, one.row) | {"at": one.at, "printed": one.text} for one in named]
    elif not keyed:
        plotted = plotted_rows(tables, rows)
        behind_it = [there for there in plotted if there is not None]
        unnamed = len(plotted) - len(behind_it)
        shown_rows = [_shown_row(tracer, there) for there in behind_it]
    indicators = sorted({there.cells["indicator"] for there in behind_it if there.cells.get("indicator")})
    answer: dict[str, Any] = {
        "kind": str(item["kind"]),
        "figure": {
            "id": item["id"],
            "label": item["label"],
            "title": item["title"],
            **_cell(opened, cell),
            "data": {"file": shown, "rows": len(rows), "sha256": item["csv_sha256"]},
            "source": item["source"],
        },
        "what": item["title"],
        "rows": shown_rows,
        "unnamed": unnamed,
        "indicators": [_defined(opened, name, behind_it) for name in indicators],
        "sources": _sources(opened, tables, item["source"], behind_it),
    }
    first = next((there for there in behind_it if there.table == "indicators" and there.cells["value"]), None)
    return answer | {"chains": [chain(tracer, first)] if first is not None else []}


def _shown_row(tracer: Tracer, there: TableRow) -> dict[str, Any]:
    """A row behind a figure: file and line, its key and value where it has them, and its raw row where it is one."""
    shown: dict[str, Any] = {"file": there.file, "line": there.line}
    if there.table == "indicators":
        shown["key"] = row_key(there.cells)
    if "value" in there.cells:
        shown["value"] = there.cells["value"]
    return shown | raw_place(tracer, there)


def _defined(opened: Opened, name: str, rows: Iterable[TableRow]) -> dict[str, Any]:
    """The definition of an indicator, and the methods by which the sources of these rows enter it."""
    indicator = opened.indicators[name]
    used = {row.cells.get("source", "") for row in rows if row.cells.get("indicator") == name}
    measures = dict.fromkeys(given.measure for given in indicator.inputs if given.source in used)
    return {
        "id": name,
        "title": indicator.title,
        "file": _definition(opened, name),
        "definition": indicator.definition,
        "methods": [
            {"measure": measure, "anchor": f"docs/methods.md#{METHODS[measure]}" if measure in METHODS else ""}
            for measure in measures
        ],
    }


def _definition(opened: Opened, name: str) -> str:
    return opened.project.shown(opened.project.definitions / "indicators" / f"{name}.yml")


def _cells_of(opened: Opened) -> list[str]:
    """The cells of the edition's notebooks, the longest name first: a figure's id begins with that of its cell."""
    cells = []
    for name in opened.edition.notebooks:
        path = opened.project.notebooks / f"{name}.ipynb"
        if path.is_file():
            cells += [str(one.get("id", "")) for one in json.loads(path.read_text(encoding="utf-8"))["cells"]]
    return sorted(cells, key=len, reverse=True)


def _table_rows(tables: Tables, rows: Sequence[Mapping[str, str]]) -> list[TableRow | None]:
    """The row of ``indicators.csv`` that each plotted row shows, where it names one."""
    names: tuple[str, ...] = ("indicator", "area_code", "period_start", "period_end", "sex", "age")
    if not rows or not all(name in rows[0] for name in (*names, "value")):
        return [None] * len(rows)
    if "release" in rows[0]:
        names = (*names, "release")
    wanted = {row["indicator"] for row in rows}
    known = {
        tuple(one.cells[name] for name in names): one for one in tables.among("indicators", "indicator", sorted(wanted))
    }
    return [known.get(tuple(row[name] for name in names)) for row in rows]


def _sources(opened: Opened, tables: Tables, line: str, rows: Sequence[TableRow]) -> list[dict[str, str]]:
    """The releases behind a figure: those that its rows name, and those that its source line names."""
    cited = {
        (row.cells["source"], row.cells["release"]) for row in tables.rows("sources") if citation(row.cells) in line
    }
    named, _ = releases_behind(opened, tables, rows)
    return named or listed(tables, cited)

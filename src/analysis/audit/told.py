"""An explanation as lines for the terminal: from the sentence or figure down to the publisher."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from analysis.catalogue.source import OWN

WIDTH = 10
AREAS, FEW, ROWS, NOTES, RELEASES = 40, 10, 12, 8, 12
"""How many areas (where there are more: how few), rows, notes and releases are printed; the JSON has all of them."""


def told(answer: Mapping[str, Any]) -> Iterator[str]:
    """The lines of an explanation."""
    number, figure = answer.get("number"), answer.get("figure")
    if number:
        yield from _line("number", f"{number['printed']!r}, {number['id']} of {answer['edition']}")
        yield from _line("cell", f"{number['notebook']}, {number['cell']}: {number['runs']}")
    if figure:
        yield from _line(answer["kind"], f"{figure['label']}, {figure['id']} of {answer['edition']}")
        yield from _line("cell", f"{figure['notebook']}, {figure['cell']}: {figure['runs']}")
        data = figure["data"]
        yield from _line("data", f"{data['file']}, {data['rows']} rows, sha256 as in manifest.json")
    yield from _line("is", answer["what"])
    if "key" in answer:
        yield from _line("key", answer["key"])
        yield from _line("gives", f"{answer['value']:.12g}")
        told_below = [(one["row"]["file"], one["row"]["line"]) for one in answer["chains"]]
        yield from _rows([row for row in answer["rows"] if (row["file"], row["line"]) not in told_below])
    if figure:
        yield from _figure(answer)
    if "worked_out" in answer:
        yield from _made(answer["worked_out"])
    below = {name for one in answer["chains"] for name in _releases(one)} if "key" in answer else set()
    sources = [one for one in answer.get("sources", ()) if (one["source"], one["release"]) not in below]
    for source in sources[:RELEASES]:
        yield from _line("source", _published(source))
        yield from _line("", source["address"])
    if len(sources) > RELEASES:
        yield from _line("", f"and {len(sources) - RELEASES} more releases (--json lists them)")
    for file in answer.get("own_tables", ()):
        yield from _line("source", f"own table: {file}, which counts or lists what this project defines and holds")
    before: list[Mapping[str, Any]] = []
    for one in answer["chains"]:
        yield ""
        yield from _chain(one, before)
        before = one["sources"]


def _figure(answer: Mapping[str, Any]) -> Iterator[str]:
    """The rows behind a figure or table, how many of its cells have none, and the definitions of its indicators."""
    rows, unnamed = answer["rows"], answer["unnamed"]
    if rows:
        what = "numbers printed" if answer["kind"] == "table" else "rows plotted and numbers told"
        yield from _line("rows", f"{len(rows)} {what}, each what the tables give:")
    for row in rows[:ROWS]:
        raw = f" = {row['raw_file']}, line {row['raw_line']}" if "raw_file" in row else ""
        area = f" ({row['area']})" if row.get("area") else ""
        yield from _line("", f"{row['at']}: {row['printed']}{area}")
        place = f"{row['file']}, line {row['line']}{raw}: " if "file" in row else ""
        yield from _line("", f"  {place}{row.get('key', '')}")
    if len(rows) > ROWS:
        yield from _line("", f"and {len(rows) - ROWS} more (--json lists them)")
    if unnamed:
        why = "no row of the tables equals them, as where an area has no figure"
        yield from _line("no row", f"named for {unnamed} other plotted rows: {why}")
    elif not rows:
        yield from _line("no row", "no number is printed: the cells are words, as they stand in the data")
    for item in answer["indicators"]:
        yield from _line("defined", f"{item['title']}: {item['file']}")
        yield from _line("", item["definition"])
        for method in item["methods"]:
            yield from _line("method", f"{method['measure']}{' ' + method['anchor'] if method['anchor'] else ''}")
    if not answer["sources"]:
        yield from _line("source", f"own table, as is printed under it: {answer['figure']['source']}")


def _made(made: Mapping[str, Any]) -> Iterator[str]:
    """How a cell of another table was worked out, and the sum again."""
    again = "" if made["value"] is None else f" = {made['value']:.12g}, as the table holds"
    yield from _line("method", f"{made['formula']}{again}")
    if made["anchor"]:
        yield from _line("", made["anchor"])
    if made["from"]:
        yield from _line("from", f"{len(made['from'])} rows of {made['from'][0]['file']}:")
    for row in made["from"][:FEW]:
        raw = f" = {row['raw_file']}, line {row['raw_line']}" if "raw_file" in row else ""
        yield from _line("", f"line {row['line']}{raw}")
    if len(made["from"]) > FEW:
        yield from _line("", f"and {len(made['from']) - FEW} more (--json lists them)")


def _line(word: str, text: str) -> Iterator[str]:
    yield f"{word:<{WIDTH}}{text}"


def _releases(one: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The releases told of under a row, and under those that it rests on."""
    for source in one["sources"]:
        yield (source["source"], source["release"])
    for rest in one["rests_on"]:
        yield from _releases(rest)


def _rows(rows: list[Mapping[str, Any]]) -> Iterator[str]:
    if rows and not any("cells" in row for row in rows):
        files = ", ".join(dict.fromkeys(row["file"] for row in rows))
        yield from _line("rows", f"{len(rows):,} rows of {files} (--json has the line of each)")
        return
    for row in rows[:ROWS]:
        cells = "; ".join(f"{name} {cell}" for name, cell in row.get("cells", {}).items() if cell and len(cell) <= 60)
        yield from _line("row", f"{row['file']}, line {row['line']}: {cells}")
    if len(rows) > ROWS:
        yield from _line("", f"and {len(rows) - ROWS} more rows of {rows[0]['file']} (--json lists them)")


def _chain(one: Mapping[str, Any], before: list[Mapping[str, Any]]) -> Iterator[str]:
    """One row, down to the publisher; what was told of the same releases ``before`` is not told again."""
    row, indicator, method = one["row"], one["indicator"], one["method"]
    cells = row["cells"]
    value = f"{cells['value'] or 'no value'} {cells['unit']}{' ' + cells['flag'] if cells['flag'] else ''}"
    yield from _line("row", f"{row['file']}, line {row['line']}: {value}")
    who = "" if cells["sex"] == "persons" else f" ({cells['sex']})"
    yield from _line("", f"{indicator['title']}{who}, {cells['area_name']}, {one['period']}")
    yield from _line("defined", f"{indicator['file']}: {indicator['polarity'].replace('_', ' ')}")
    yield from _line("", indicator["definition"])
    yield from _line("limits", indicator["limits"])
    yield from _line("method", f"{method['measure']}: {method['formula']}")
    for extra in (method["words"], method["anchor"]):
        if extra:
            yield from _line("", extra)
    yield from _areas(one["geography"])
    for role, observed in one["also"].items():
        for each in observed:
            yield from _line(role, f"{_value(each['value'])}: {_raw(each['raw'])}")
    again = one["recomputed"]["value"]
    yield from _line("again", f"{_value(again)}: worked out from these rows, it equals the table")
    for rest in one["rests_on"]:
        yield from _line("", "")
        yield from _chain(rest, [])
    if one["sources"] and one["sources"] == before:
        yield from _line("source", "the same releases as above")
        return
    yield from _notes(one["cleaning"])
    for source in one["sources"]:
        yield from _line("source", _published(source))
        yield from _line("", f"accessed {source['accessed']}; {source['licence']}")
        yield from _line("", source["address"])
        for table in source["tables"]:
            yield from _line("", f"{table['file']}: {table['rows']} rows, sha256 {table['sha256']}")
            for file in table["files"]:
                yield from _line("", f"written from {file['name']} (sha256 {file['sha256'][:12]}…): {whose(file)}")
            for sentence in table["checked"]:
                yield from _line("", f"checked: {sentence}")


def _areas(geography: Mapping[str, Any]) -> Iterator[str]:
    parts = geography["parts"]
    if not geography["from"] or geography["from"] == geography["to"]:
        for part in parts:
            for observed in part["observations"].values():
                for each in observed:
                    yield from _line("raw", f"{_raw(each['raw'])}")
                    cells = each["raw"][0]["cells"]
                    yield from _line("", "; ".join(f"{name} {cell}" for name, cell in cells.items() if cell))
        return
    weighed = f", weights in all {geography['weight']:,.12g}" if geography["weight"] else ""
    head = f"{geography['areas']} of {geography['from']} to {geography['to']}{weighed} (shares: links.csv)"
    yield from _line("areas", head)
    shown = parts if len(parts) <= AREAS else parts[:FEW]
    for part in shown:
        share = "" if part["share"] in (None, 1.0) else f" share {part['share']:.6g}"
        weight = "" if part["weight"] is None else f" weight {part['weight']:,.10g}"
        yield from _line("", f"{part['area_code']}{share}{weight}: {'; '.join(_roles(part['observations']))}")
    if len(parts) > len(shown):
        yield from _line("", f"and {len(parts) - len(shown)} more (--json lists them)")


def _roles(observations: Mapping[str, list[Mapping[str, Any]]]) -> Iterator[str]:
    for role, observed in observations.items():
        if not observed:
            yield f"{role} none"
        elif len(observed) <= 2:
            yield f"{role} " + " + ".join(f"{_value(one['value'])} ({_short(one['raw'])})" for one in observed)
        else:
            yield f"{role} {len(observed)} rows from {_short(observed[0]['raw'])}"


def _notes(notes: list[Mapping[str, str]]) -> Iterator[str]:
    for note in notes[:NOTES]:
        detail = f": {note['detail']}" if note["detail"] else ""
        where = f"{note['source']} {note['release']} {note['table']}"
        yield from _line("cleaning", f"{where}: {note['action']} {note['rows']}{detail}")
    if len(notes) > NOTES:
        yield from _line("", f"and {len(notes) - NOTES} more entries of cleaning_log.csv (--json lists them)")


def _published(source: Mapping[str, str]) -> str:
    title = source.get("product") or source["title"]
    return f"{source['publisher']}, {title}, {source['published']} ({source['source']}/{source['release']})"


def whose(file: Mapping[str, str]) -> str:
    """What a file is that a table was written from, who keeps it and where."""
    by = "" if file["kind"] == OWN else f", kept by {file['keeper']}"
    at = f", {file['address']}" if file["address"] else ""
    note = f" ({file['note'].rstrip('.')})" if file["note"] else ""
    return f"{file['kind']}{by}{at}{note}"


def _raw(raw: Iterable[Mapping[str, Any]]) -> str:
    return " and ".join(f"{one['file']}, line {one['line']}" for one in raw)


def _short(raw: Iterable[Mapping[str, Any]]) -> str:
    return " and ".join(f"{'/'.join(one['file'].split('/')[2:])} {one['line']}" for one in raw)


def _value(value: float | None) -> str:
    return "no value" if value is None else f"{value:.12g}"

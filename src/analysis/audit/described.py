"""What a key means, in words that a reader of the report understands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from analysis.audit.resolve import FACTS, Resolved, TableRow
from analysis.keys import Combined, Filter, Rows
from analysis.model import Indicator
from analysis.words import joined, period_words

WHO = {"male": "men", "female": "women", "persons": ""}
COLUMNS = {
    "value": "value",
    "lower_ci95": "lower limit",
    "upper_ci95": "upper limit",
    "peers_rank": "place among the peers",
    "peers_ranked": "peers with a place",
    "peers_lowest": "lowest of the peers",
    "peers_highest": "highest of the peers",
    "peers_change_median": "median change of the peers",
    "country_change": "change of the country",
    "change": "change since the baseline",
}
GIVEN = {
    "count": "rows",
    "sum": "sum of {column}",
    "distinct": "different {column}",
    "min": "lowest {column}",
    "max": "highest {column}",
    "median": "median {column}",
    "percent": "{column}, in %",
}
SAID = {"=": "", "!=": "not ", "~": "with ", "!~": "without ", "<": "below ", ">": "above "}
SAID |= {"<=": "at most ", ">=": "at least "}
PLACES = {"area_code", "period_start", "period_end", "sex", "age", "release", "indicator"}


def described(found: Resolved, indicators: Mapping[str, Indicator]) -> str:
    """What the number that a key gives is, in words."""
    key = found.key
    if isinstance(key, Combined):
        first = described(Resolved(key.first, found.value, found.rows[:1]), indicators)
        if key.kind == "difference":
            return f"{first}: less the same of another row"
        return f"{first}: in % of {_beside(found.rows[1:])}"
    if key.aggregate in ("", "percent") and found.rows:
        return described_row(key, found.rows[0], indicators)
    title = _title(found.rows, indicators) if _one(key.filters, "indicator") else ""
    given = GIVEN[key.aggregate].format(column=_column(key.column))
    where = joined([_condition(one) for one in key.filters if not (title and one.column in PLACES)] or ["all"])
    if title:
        areas = len({row.cells["area_code"] for row in found.rows})
        return f"{title}: {given} among {areas} areas"
    return f"{given} of {key.table}.csv: {where}"


def described_row(key: Rows, row: TableRow, indicators: Mapping[str, Indicator]) -> str:
    """What a row of a table is about, and which of its columns is meant where that is not its value."""
    if key.table == FACTS:
        return f"{_column(key.column)} of {row.cells['source']}, {row.cells['release']}"
    title = _title([row], indicators)
    parts = [title] if title else [f"{one.value}" for one in key.filters if one.operator == "="]
    area = row.cells.get("area_name") or row.cells.get("area_code", "")
    if title and area:
        parts.append(area)
    if row.cells.get("period_start"):
        parts.append(period_words(row.cells["period_start"], row.cells["period_end"]))
    if key.edition:
        parts.append(f"as in {key.edition}")
    return ", ".join(parts)


def _title(rows: Iterable[TableRow], indicators: Mapping[str, Indicator]) -> str:
    row = next(iter(rows), None)
    name = "" if row is None else row.cells.get("indicator") or row.cells.get("measure", "")
    if row is None or name not in indicators:
        return ""
    who = WHO.get(row.cells.get("sex", ""), "")
    statistic = row.cells.get("statistic", "").replace("_", " ")
    title = indicators[name].title + (f" ({who})" if who else "")
    return f"{title}, {statistic}" if statistic else title


def _one(filters: Iterable[Filter], column: str) -> bool:
    return any(one.column == column and one.operator == "=" and "|" not in one.value for one in filters)


def _beside(rows: Iterable[TableRow]) -> str:
    names = [row.cells.get("area_name", "") for row in rows]
    return names[0] if len(names) == 1 else f"the median of {len(names)} areas"


def _column(name: str) -> str:
    return COLUMNS.get(name, name.replace("_", " "))


def _condition(one: Filter) -> str:
    """A condition in words.

    Examples
    --------
    >>> _condition(Filter("indicators", "!=", "")), _condition(Filter("strength", "<=", "2"))
    ('indicators given', 'strength at most 2')
    >>> _condition(Filter("period_end", "<", "{period_end}", "edition-2018"))
    'period end in edition-2018 below that here'
    """
    name = one.column.replace("_", " ") + (f" in {one.edition}" if one.edition else "")
    if not one.value:
        return f"{name} {'empty' if one.operator == '=' else 'given'}"
    value = one.value.replace("|", " or ")
    if value.startswith("{"):
        other = value[1:-1].replace("_", " ")
        value = "that here" if one.edition and value[1:-1] == one.column else f"its {other}"
    return f"{name} {SAID[one.operator]}{value}"

"""What a key means, in words that a reader of the report understands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from analysis.catalogue.model import Indicator
from analysis.tables.keys import Combined, Filter, Rows
from analysis.tables.query import FACTS, Resolved, TableRow
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
    "mean_size": "mean {column} without its sign",
    "percent": "{column}, in %",
}
SAID = {"=": "", "!=": "not ", "~": "with ", "!~": "without ", "<": "below ", ">": "above "}
SAID |= {"<=": "at most ", ">=": "at least "}
PLACES = {"area_code", "period_start", "period_end", "sex", "age", "release", "indicator"}


def described(found: Resolved, indicators: Mapping[str, Indicator]) -> str:
    """What the number that a key gives is, in words."""
    words, key = ": ".join(part for part in described_parts(found, indicators) if part), found.key
    if isinstance(key, Combined) or key.aggregate or key.table == FACTS or key.column == "value":
        return words
    return f"{words}, {_column(key.column)}"


def described_parts(found: Resolved, indicators: Mapping[str, Indicator]) -> tuple[str, str]:
    """The same in two: what it is about (an indicator, a table), and which part of that."""
    key = found.key
    if isinstance(key, Combined):
        subject, detail = described_parts(Resolved(key.first, found.value, found.rows[:1]), indicators)
        if key.kind == "difference":
            return subject, f"{detail}, less the same of another row"
        return subject, f"{detail}, in % of {_beside(found.rows[1:])}"
    if key.aggregate in ("", "percent") and found.rows:
        return _row_parts(key, found.rows[0], indicators)
    title = _title(found.rows, indicators) if _one(key.filters, "indicator") else ""
    given = GIVEN[key.aggregate].format(column=_column(key.column))
    if title:
        areas = len({row.cells["area_code"] for row in found.rows})
        return title, f"{given} among {areas} areas"
    city = _one(key.filters, "area_code") and any((one.column, one.operator) == ("value", "!=") for one in key.filters)
    own = f"Series of {found.rows[0].cells['area_name']} with a value" if city and found.rows else ""
    own += next((f", {one.value}" for one in key.filters if own and one.column == "aim"), "")
    dropped = ("area_code", "value", "aim") if own else ()
    where = [_condition(one) for one in key.filters if one.edition or one.column not in dropped]
    detail = joined(where or ["all"]) if key.aggregate == "count" else f"{given}, {joined(where or ['all'])}"
    edition = f"{key.edition}, " if key.edition else ""
    return f"{edition}{f'{own} ({key.table}.csv)' if own else f'Rows of {key.table}.csv'}", detail


def _row_parts(key: Rows, row: TableRow, indicators: Mapping[str, Indicator]) -> tuple[str, str]:
    """What a row of a table is about."""
    if key.table == FACTS:
        return row.cells["source"], f"{_column(key.column)}, release {row.cells['release']}"
    title = _title([row], indicators)
    area = row.cells.get("area_name") or row.cells.get("area_code", "")
    parts = [area] if area else []
    if not title:
        parts = [one.value for one in key.filters if one.operator == "="]
    if row.cells.get("period_start"):
        parts.append(period_words(row.cells["period_start"], row.cells["period_end"]))
    if key.edition:
        parts.append(f"as in {key.edition}")
    return title or f"{key.table}.csv", ", ".join(parts)


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

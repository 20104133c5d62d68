"""Reference periods as publishers write them -> first and last day. What is not understood is refused, not guessed."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from analysis.errors import CellError, DataError
from analysis.sources.text import tidy

if TYPE_CHECKING:
    import pandas as pd

YEAR_KINDS = ("calendar", "financial", "academic", "to march")
_FIRST_MONTH = {"calendar": 1, "financial": 4, "academic": 9}
_MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_name) if name}
_MONTHS |= {name.lower(): number for number, name in enumerate(calendar.month_abbr) if name}
_MONTHS["sept"] = 9
_DASHES = re.compile("[\u2010-\u2015\u2212]")
_SPAN = r"(?:\s*-\s*|\s+to\s+)"


class Period(NamedTuple):
    """The first and the last day of a reference period, ISO, both included."""

    start: str
    end: str


def parse_period(text: str, kind: str | None = None) -> Period:
    """First and last day of a reference period.

    Understood are ISO 8601 days and intervals (``2018-04-01``, ``2018-04-01/P3M``), years (``2018``), pooled years
    (``2015-17``, ``2016 to 2018``), split years (``2017/18``, ``2017/18 to 2019/20``; financial unless ``kind`` or a
    word before it says academic), ``year ending March 2019``, ``year ending 5 April 2019`` (of the tax year), ``FYE
    2019``, ``mid-2019`` (30 June), quarters
    (``2018 Q1``, ``2018/19 Q1``), months (``2023-10``, ``October 2023``), spans of months, and days (``31 March 2019``,
    ``31/03/2019``). Dashes of every length are one; digits are those of ASCII.

    Parameters
    ----------
    text : str
        The publisher's text.
    kind : {'calendar', 'financial', 'academic', 'to march'}, optional
        What kind of years the publisher's file uses, where its text does not say: it decides the start of a split year
        (``academic`` years run from 1 September) and that ``2001-03`` or ``2017-18`` means years; ``to march`` that
        ``2019`` is the year that ended in March 2019; a split year may then, and where it says ``financial`` or
        ``academic``, be written as ``201819``.

    Returns
    -------
    Period
        Start and end, both days included.

    Raises
    ------
    DataError
        If the text is not understood, has two readings and no ``kind`` decides, or runs backwards.

    Examples
    --------
    >>> parse_period("2015-17")
    Period(start='2015-01-01', end='2017-12-31')
    >>> parse_period("2017/18")
    Period(start='2017-04-01', end='2018-03-31')
    >>> parse_period("2017/18", kind="academic")
    Period(start='2017-09-01', end='2018-08-31')
    >>> parse_period("201718", kind="academic") == parse_period("2017/18", kind="academic")
    True
    >>> parse_period("2019", kind="to march")
    Period(start='2018-04-01', end='2019-03-31')
    >>> parse_period("2018-04-01/P3M")
    Period(start='2018-04-01', end='2018-06-30')
    >>> parse_period("Financial year ending 2019")
    Period(start='2018-04-01', end='2019-03-31')
    >>> parse_period("year ending 5 April 2019")
    Period(start='2018-04-06', end='2019-04-05')
    """
    if kind is not None and kind not in YEAR_KINDS:
        raise DataError(f"year kind {kind!r} is not known; expected one of {', '.join(YEAR_KINDS)}.")
    words = _DASHES.sub("-", tidy(text))
    try:
        return _read(words, kind)
    except (ValueError, OverflowError) as error:
        raise DataError(
            f"the period {text!r} is not understood: {error}. "
            "Write it like 2018, 2016 to 2018, 2017/18 or 2018-04-01/P1Y."
        ) from error


def _read(words: str, kind: str | None) -> Period:
    for pattern, read in _FORMS:
        match = pattern.fullmatch(words)
        if match:
            period = read(match, kind)
            if period.end < period.start:
                raise ValueError("it runs backwards")
            return period
    raise ValueError("this form is not known")


def measured(rows: pd.DataFrame, facts: Mapping[str, Any]) -> pd.DataFrame:
    """Observations, those of the series that the facts of a release name ``periods`` for dated by these.

    Parameters
    ----------
    rows : DataFrame
        ``series``, ``period_start`` and ``period_end``.
    facts : mapping
        Of the release.

    Returns
    -------
    DataFrame
    """
    for series, text in facts.get("periods", {}).items():
        own, period = rows["series"] == series, parse_period(str(text))
        starts, ends = rows["period_start"].mask(own, period.start), rows["period_end"].mask(own, period.end)
        rows = rows.assign(period_start=starts, period_end=ends)
    return rows


def parse_periods(texts: pd.Series, where: str, kind: str | None = None) -> pd.DataFrame:
    """Columns ``period_start`` and ``period_end`` for a column of period texts; the index is kept.

    Raises
    ------
    DataError
        For the first text that is not understood, with ``where``, the row (the index) and the column.
    """
    import pandas as pd

    known: dict[str, Period] = {}
    for row, text in texts.drop_duplicates().items():
        try:
            known[text] = parse_period(text, kind)
        except DataError as error:
            raise CellError(where, int(str(row)), str(texts.name), str(error)) from error
    pairs = [known[text] for text in texts]
    return pd.DataFrame(pairs, columns=pd.Index(["period_start", "period_end"]), index=texts.index)


def _whole_years(first: int, last: int, kind: str) -> Period:
    """Years ``first`` to ``last`` (the years in which they start)."""
    month = _FIRST_MONTH[kind]
    after = dt.date(last + 1, month, 1)
    return Period(dt.date(first, month, 1).isoformat(), (after - dt.timedelta(days=1)).isoformat())


def _month_span(first: dt.date, months: int) -> Period:
    return Period(first.isoformat(), (_add_months(first, months) - dt.timedelta(days=1)).isoformat())


def _add_months(day: dt.date, months: int) -> dt.date:
    total = day.year * 12 + day.month - 1 + months
    if day.day > 28:
        raise ValueError("a span of months must start on or before the 28th")
    return day.replace(year=total // 12, month=total % 12 + 1)


def _last_year(first: int, last: str) -> int:
    """The year written as two or four digits after ``first``: ``1999``, ``00`` -> 2000."""
    if len(last) == 4:
        return int(last)
    year = first // 100 * 100 + int(last)
    return year if year >= first or first % 100 < 90 else year + 100


def _interval(match: re.Match[str], kind: str | None) -> Period:
    del kind
    start = dt.date.fromisoformat(match["start"])
    count, unit = int(match["count"]), match["unit"]
    if count < 1:
        raise ValueError("it has no length")
    if unit in "YM":
        return _month_span(start, count * (12 if unit == "Y" else 1))
    days = count * (7 if unit == "W" else 1)
    return Period(start.isoformat(), (start + dt.timedelta(days=days - 1)).isoformat())


def _iso_day(match: re.Match[str], kind: str | None) -> Period:
    del kind
    day = dt.date.fromisoformat(match[0]).isoformat()
    return Period(day, day)


def _day_pair(match: re.Match[str], kind: str | None) -> Period:
    del kind
    return Period(dt.date.fromisoformat(match["first"]).isoformat(), dt.date.fromisoformat(match["last"]).isoformat())


def _one_year(match: re.Match[str], kind: str | None) -> Period:
    year = int(match["year"])
    if kind == "to march":
        return _whole_years(year - 1, year - 1, "financial")
    if kind not in (None, "calendar"):
        raise ValueError(f"a single year does not say which {kind} year it is")
    return _whole_years(year, year, "calendar")


def _short_span(match: re.Match[str], kind: str | None) -> Period:
    """``2015-17``; refused where ``2001-03`` could be a month and ``2017-18`` a split year, unless ``kind`` decides."""
    first, last = int(match["year"]), _last_year(int(match["year"]), match["last"])
    if kind in ("financial", "academic", "to march"):
        if last != first + 1:
            raise ValueError(f"not one {kind} year")
        return _whole_years(first, first, "academic" if kind == "academic" else "financial")
    spaced = match["sep"] != "-"  # 2001 - 03, 2001 to 03
    if kind is None and not spaced:
        month = int(match["last"])
        if 1 <= month <= 12 and last <= first:
            return _month_span(dt.date(first, month, 1), 1)
        if 1 <= month <= 12:
            raise ValueError("it may be a month or pooled years: declare the file's kind of years")
        if last == first + 1:
            raise ValueError("it may be two calendar years or one split year: declare the file's kind of years")
    return _whole_years(first, last, "calendar")


def _long_span(match: re.Match[str], kind: str | None) -> Period:
    first, last = int(match["year"]), int(match["last"])
    if kind == "to march":
        return _whole_years(first - 1, last - 1, "financial")
    return _whole_years(first, last, kind or "calendar")


def _split(match: re.Match[str], kind: str | None) -> Period:
    word = (match["word"] or "").lower()
    kind = "academic" if word.startswith("academic") else "financial" if word else kind or "financial"
    first = _one_split(match["year"], match["half"])
    last = _one_split(match["last_year"], match["last_half"]) if match["last_year"] else first
    return _whole_years(first, last, "academic" if kind == "academic" else "financial")


def _run_on(match: re.Match[str], kind: str | None) -> Period:
    """``201718``, a split year without its stroke: it may be a month, so the file must say that years are split."""
    if kind in (None, "calendar"):
        raise ValueError("it may be a month or a split year: declare the file's kind of years")
    first = _one_split(match["year"], match["half"])
    return _whole_years(first, first, "academic" if kind == "academic" else "financial")


def _one_split(year: str, half: str) -> int:
    first = int(year)
    if _last_year(first, half) != first + 1:
        raise ValueError("a split year must name two years in a row")
    return first


def _year_ending(match: re.Match[str], kind: str | None) -> Period:
    """The twelve months to the end of a month or, where a day is named, to that day: it must be one that exists."""
    del kind
    if match["day"]:
        last = dt.date(int(match["year"]), _month(match["month"]), int(match["day"]))
        if (last + dt.timedelta(days=1)).day != 1:
            first = last.replace(year=last.year - 1) + dt.timedelta(days=1)
            return Period(first.isoformat(), last.isoformat())
    end = _add_months(dt.date(int(match["year"]), _month(match["month"]), 1), 1)
    return Period(_add_months(end, -12).isoformat(), (end - dt.timedelta(days=1)).isoformat())


def _financial_ending(match: re.Match[str], kind: str | None) -> Period:
    del kind
    return _whole_years(int(match["year"]) - 1, int(match["year"]) - 1, "financial")


def _mid_year(match: re.Match[str], kind: str | None) -> Period:
    del kind
    day = dt.date(int(match["year"]), 6, 30).isoformat()
    return Period(day, day)


def _quarter(match: re.Match[str], kind: str | None) -> Period:
    groups = match.groupdict()
    first = dt.date(int(groups["year"]), 1, 1)
    if groups.get("half"):
        _one_split(groups["year"], groups["half"])
        first = dt.date(int(groups["year"]), _FIRST_MONTH["academic" if kind == "academic" else "financial"], 1)
    return _month_span(_add_months(first, 3 * (int(groups["quarter"]) - 1)), 3)


def _named_months(match: re.Match[str], kind: str | None) -> Period:
    del kind
    groups = match.groupdict()
    last = dt.date(int(groups["year"]), _month(groups["month"]), 1)
    first = last
    if groups.get("first_month"):
        first = dt.date(int(groups["first_year"] or groups["year"]), _month(groups["first_month"]), 1)
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    return _month_span(first, months) if months > 0 else Period(first.isoformat(), "")


def _written_day(match: re.Match[str], kind: str | None) -> Period:
    del kind
    month = match["month"]
    number = int(month) if month.isdigit() else _month(month)
    day = dt.date(int(match["year"]), number, int(match["day"])).isoformat()
    return Period(day, day)


def _month(name: str) -> int:
    if name.lower() not in _MONTHS:
        raise ValueError(f"{name!r} is no month")
    return _MONTHS[name.lower()]


_YEAR = r"(?P<year>(?:19|20)\d\d)"
_ISO = r"\d{4}-\d\d-\d\d"
_SPLIT_WORD = r"(?:(?P<word>(?:financial|academic|fiscal) year|FY)[: ]*)?"
_FORMS = tuple(
    (re.compile(pattern, re.IGNORECASE | re.ASCII), read)
    for pattern, read in (
        (rf"(?P<start>{_ISO})/P(?P<count>\d+)(?P<unit>[YMWD])", _interval),
        (_ISO, _iso_day),
        (rf"(?P<first>{_ISO})(?:/|\s*to\s*)(?P<last>{_ISO})", _day_pair),
        (_YEAR, _one_year),
        (rf"{_YEAR}(?P<half>\d\d)", _run_on),
        (rf"{_YEAR}(?P<sep>{_SPAN})(?P<last>\d\d)", _short_span),
        (rf"{_YEAR}{_SPAN}(?P<last>(?:19|20)\d\d)", _long_span),
        (
            rf"{_SPLIT_WORD}{_YEAR}/(?P<half>\d\d|\d{{4}})"
            rf"(?:{_SPAN}(?P<last_year>(?:19|20)\d\d)/(?P<last_half>\d\d|\d{{4}}))?",
            _split,
        ),
        (rf"(?:(?:the )?year|12 months) ending (?:(?P<day>\d{{1,2}}) )?(?P<month>[a-z]+) {_YEAR}", _year_ending),
        (rf"(?:FYE|financial year ending) {_YEAR}", _financial_ending),
        (rf"mid[- ]?{_YEAR}", _mid_year),
        (rf"{_YEAR}(?:/(?P<half>\d\d))?[ -]?Q(?P<quarter>[1-4])", _quarter),
        (rf"Q(?P<quarter>[1-4]) {_YEAR}(?:/(?P<half>\d\d))?", _quarter),
        (
            rf"(?:(?P<first_month>[a-z]+)(?: (?P<first_year>(?:19|20)\d\d))?{_SPAN})?(?P<month>[a-z]+) {_YEAR}",
            _named_months,
        ),
        (rf"(?P<day>\d{{1,2}}) (?P<month>[a-z]+) {_YEAR}", _written_day),
        (rf"(?P<day>\d\d)/(?P<month>\d\d)/{_YEAR}", _written_day),
    )
)

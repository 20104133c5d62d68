"""Numbers, periods and lists as a person would write them: for figures and sentences alike."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

SIGNIFICANT_DIGITS = 12
PLAIN_UNITS = ("score", "index", "rank", "average rank", "ratio", "proportion from 0 to 1")
SMALL = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
MONTHS = (
    "January February March April May June July August September October November December".split()  # noqa: SIM905
)


def rounded(value: float, decimals: int) -> str:
    """A number rounded half up, with thousands separators.

    Examples
    --------
    >>> rounded(0.25, 1), rounded(-0.04, 1), rounded(25833.57, 0)
    ('0.3', '0.0', '25,834')
    """
    exact = Decimal(format_number(value)).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    if exact == 0:
        exact = abs(exact)
    return f"{exact:,}"


def with_unit(value: float, unit: str, decimals: int) -> str:
    """A number with its unit.

    Examples
    --------
    >>> with_unit(44.97, "%", 1), with_unit(76.2, "years", 1), with_unit(-0.9, "£ million", 1)
    ('45.0%', '76.2 years', '−£0.9 million')
    """
    number = rounded(value, decimals).replace("-", "−")
    if unit.startswith("£") and number.startswith("−"):
        return "−" + with_unit(-value, unit, decimals)
    if unit == "%":
        return f"{number}%"
    if unit.startswith("£"):
        rest = unit[1:].strip()
        return f"£{number}{' ' + rest if rest else ''}"
    if unit in PLAIN_UNITS:
        return number
    return f"{number} {scale_words(unit)}"


def scale_words(unit: str) -> str:
    """A unit as it follows a number: a scale says that it is one.

    Examples
    --------
    >>> scale_words("score from 0 to 10"), scale_words("score of 10"), scale_words("years")
    ('on a scale of 0 to 10', '(score of 10)', 'years')
    """
    if unit.startswith("score from "):
        return unit.replace("score from", "on a scale of", 1)
    return f"({unit})" if unit.startswith("score ") else unit


def range_words(low: float, high: float, unit: str, decimals: int) -> str:
    """A range of values in a unit that has been named already; one value where both ends are the same.

    Examples
    --------
    >>> range_words(17.1, 28.06, "%", 1), range_words(7.38, 7.74, "score out of 10", 2), range_words(420, 454, "£", 0)
    ('17.1% to 28.1%', '7.38 to 7.74', '£420 to £454')
    """
    short = unit if unit in {"%", "£"} else "score"
    ends = [with_unit(end, short, decimals) for end in (low, high)]
    return ends[0] if low == high else f"{ends[0]} to {ends[1]}"


def counted(count: float, singular: str, plural: str | None = None) -> str:
    """A count with its noun; counts below ten in words.

    Examples
    --------
    >>> counted(1, "ward"), counted(30, "ward"), counted(0, "ward"), counted(2, "authority", "authorities")
    ('one ward', '30 wards', 'no wards', 'two authorities')
    """
    whole = round(count)
    word = SMALL[whole] if 0 <= whole < len(SMALL) else f"{whole:,}"
    return f"{word} {singular if whole == 1 else plural or singular + 's'}"


def number_word(count: float) -> str:
    """A count alone; below ten in words.

    Examples
    --------
    >>> number_word(3), number_word(64), number_word(0)
    ('three', '64', 'none')
    """
    return "none" if not round(count) else counted(count, "|", "|")[:-2]


def ordinal(position: int) -> str:
    """A place in order.

    Examples
    --------
    >>> ordinal(4), ordinal(21), ordinal(112)
    ('fourth', '21st', '112th')
    """
    if 1 <= position <= len(ORDINALS):
        return ORDINALS[position - 1]
    suffix = "th" if position % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(position % 10, "th")
    return f"{position}{suffix}"


def joined(words: Sequence[str]) -> str:
    """Words as a list.

    Examples
    --------
    >>> joined(["Everton"]), joined(["Everton", "Kirkdale"]), joined(["a", "b", "c"])
    ('Everton', 'Everton and Kirkdale', 'a, b and c')
    """
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]


def run_together(names: Sequence[str]) -> list[str]:
    """Names that differ by a number alone, three or more in a row, as one.

    Examples
    --------
    >>> run_together(["Part 1", "Part 2", "Part 3"]), run_together(["Part 1", "Part 3"])
    (['Parts 1 to 3'], ['Part 1', 'Part 3'])
    """
    stem, _, first = names[0].rpartition(" ")
    if len(names) < 3 or not stem or not first.isdigit():
        return list(names)
    last = int(first) + len(names) - 1
    in_a_row = [f"{stem} {number}" for number in range(int(first), last + 1)] == list(names)
    return [f"{stem}s {first} to {last}"] if in_a_row else list(names)


def capital(sentence: str) -> str:
    """The sentence with a capital first letter, whatever marks of a number (:mod:`analysis.blocks`) stand first.

    Examples
    --------
    >>> capital("four wards"), capital(chr(0xE100) + "four" + chr(0xE000) + " wards") == "\ue100Four\ue000 wards"
    ('Four wards', True)
    """
    at = next((place for place, letter in enumerate(sentence) if not "\ue000" <= letter <= "\uf8ff"), 0)
    return sentence[:at] + sentence[at : at + 1].upper() + sentence[at + 1 :]


def lower_first(title: str) -> str:
    """A title as it stands within a sentence.

    Examples
    --------
    >>> lower_first("Homes added")
    'homes added'
    """
    return title[:1].lower() + title[1:]


def day_words(day: str) -> str:
    """A date in words.

    Examples
    --------
    >>> day_words("2018-07-31"), day_words("2022-12"), day_words("2023")
    ('31 July 2018', 'December 2022', '2023')
    """
    year, *others = (int(part) for part in day.split("-"))
    return " ".join(str(word) for word in [*others[1:], *(MONTHS[month - 1] for month in others[:1]), year])


def period_words(start: str, end: str) -> str:
    """A reference period in words, by its first and last day.

    Examples
    --------
    >>> period_words("2017-01-01", "2017-12-31"), period_words("2014-01-01", "2016-12-31")
    ('2017', '2014 to 2016')
    >>> period_words("2016-04-01", "2017-03-31"), period_words("2016-09-01", "2017-08-31")
    ('2016/17', '2016/17')
    >>> period_words("2017-06-30", "2017-06-30"), period_words("2017-01-01", "2017-03-31")
    ('30 June 2017', 'January to March 2017')
    >>> period_words("2016-11-16", "2017-11-15"), period_words("2018-04-01", "2018-04-30")
    ('16 November 2016 to 15 November 2017', 'April 2018')
    """
    first, last = dt.date.fromisoformat(start), dt.date.fromisoformat(end)
    following = last + dt.timedelta(days=1)
    if first == last:
        return day_words(start)
    if (first.month, first.day, following.month, following.day) == (1, 1, 1, 1):
        return str(first.year) if first.year == last.year else f"{first.year} to {last.year}"
    whole_year = (first.month, first.day) == (following.month, following.day) and following.year == first.year + 1
    if whole_year and (first.month, first.day) in ((4, 1), (4, 6), (8, 1), (9, 1)):
        return f"{first.year}/{last.year % 100:02d}"
    if first.day == 1 and following.day == 1:
        months = (MONTHS[first.month - 1], MONTHS[last.month - 1])
        if first.year == last.year:
            return f"{months[0]} {first.year}" if months[0] == months[1] else f"{months[0]} to {months[1]} {first.year}"
        return f"{months[0]} {first.year} to {months[1]} {last.year}"
    return f"{day_words(start)} to {day_words(end)}"


def short_period_words(start: str, end: str) -> str:
    """The same for a reader in a hurry: where days would stand, the month of the last one.

    Examples
    --------
    >>> short_period_words("2016-11-16", "2017-11-15"), short_period_words("2025-04-30", "2025-04-30")
    ('year to November 2017', 'April 2025')
    >>> short_period_words("2014-01-01", "2016-12-31")
    '2014 to 2016'
    """
    first, last = dt.date.fromisoformat(start), dt.date.fromisoformat(end)
    words, month = period_words(start, end), f"{MONTHS[last.month - 1]} {last.year}"
    if not words.startswith(f"{first.day} "):
        return words
    return month if first == last else f"year to {month}" if (last - first).days in (364, 365) else f"to {month}"


def citation(release: Mapping[Any, Any]) -> str:
    """Product and date of a release, as they stand in a source line after the publisher.

    Examples
    --------
    >>> citation({"title": "Local statistics", "published": "2026-06-25"})
    'Local statistics (25 June 2026)'
    """
    return f"{release['title']} ({day_words(str(release['published']))})"


def source_line(sources: pd.DataFrame, used: Iterable[tuple[str, str]]) -> str:
    """Each publisher of the releases used, with products and dates, in the order of the sources table.

    Raises
    ------
    KeyError
        If one of them is not among the sources.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame([["els", "2026-06", "ONS", "Local statistics", "2026-06-25"]],
    ...     columns=["source", "release", "publisher", "title", "published"])
    >>> source_line(table, [("els", "2026-06")])
    'ONS: Local statistics (25 June 2026).'
    """
    wanted = set(used)
    known = set(zip(sources["source"], sources["release"], strict=True))
    if not wanted <= known:
        raise KeyError(f"not among the edition's sources: {sorted(wanted - known)}")
    products: dict[str, list[str]] = {}
    for row in sources.to_dict("records"):
        if (row["source"], row["release"]) in wanted:
            product = citation(row)
            listed = products.setdefault(str(row["publisher"]), [])
            if product not in listed:
                listed.append(product)
    return " ".join(f"{publisher}: {'; '.join(listed)}." for publisher, listed in products.items())


def format_number(value: float) -> str:
    """A number with at most twelve significant digits, plain notation, empty where missing.

    Examples
    --------
    >>> format_number(25833.570000000003), format_number(134.0), format_number(float("nan"))
    ('25833.57', '134', '')
    """
    if math.isnan(value):
        return ""
    text = f"{value:.{SIGNIFICANT_DIGITS}g}"
    if "e" in text:
        text = f"{Decimal(text):f}"
    return "0" if text == "-0" else text


def add_months(day: str, months: int) -> str:
    """The date ``months`` later, at the latest the last day of its month.

    Examples
    --------
    >>> add_months("2017-12-31", 2), add_months("2017-08-31", 6)
    ('2018-02-28', '2018-02-28')
    """
    start = dt.date.fromisoformat(day)
    count = start.year * 12 + start.month - 1 + months
    year, month = divmod(count, 12)
    following = dt.date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    last = (following - dt.timedelta(days=1)).day
    return dt.date(year, month + 1, min(start.day, last)).isoformat()

"""What the values of definitions may be, declared beside the field: ``lag: Annotated[int, within(0, 120)]``."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Any

from analysis.errors import one_of


@dataclass(frozen=True)
class Bound:
    """A rule that a value keeps: what it says in a sentence after "expected", and whether it holds."""

    says: str
    holds: Callable[[Any], bool]


def within(low: float, high: float | None = None) -> Bound:
    """Numbers from ``low`` to ``high``, both included.

    Examples
    --------
    >>> within(0, 4).says, within(0, 4).holds(4), within(0).holds(-1)
    ('a number from 0 to 4', True, False)
    """
    says = f"a number of {low:g} or more" if high is None else f"a number from {low:g} to {high:g}"
    return Bound(says, lambda value: low <= value and (high is None or value <= high))


def fits(pattern: str, says: str) -> Bound:
    """Text that fits a pattern from end to end.

    Examples
    --------
    >>> fits("[a-z]+", "a word").holds("mill"), fits("[a-z]+", "a word").holds("mill 2")
    (True, False)
    """
    known = re.compile(pattern, re.ASCII | re.DOTALL)
    return Bound(says, lambda value: known.fullmatch(value) is not None)


def listed(words: Iterable[str]) -> Bound:
    """One of some words.

    Examples
    --------
    >>> listed(["ward", "lsoa"]).says
    "one of 'ward' or 'lsoa'"
    """
    known = tuple(words)
    return Bound(f"one of {one_of(known)}", known.__contains__)


def is_date(text: str) -> bool:
    """Whether a text is a year, a month or a day that exists.

    Examples
    --------
    >>> [is_date(text) for text in ("2018", "2018-07", "2018-02-30", "July 2018")]
    [True, True, False, False]
    """
    if not re.fullmatch(r"[12]\d{3}(-\d{2}){0,2}", text, re.ASCII):
        return False
    try:
        dt.date.fromisoformat(f"{text}-01-01"[:10])
    except ValueError:
        return False
    return True


BLANK = "may be blank"
"""Beside a text: cells of a publisher's table may be blank, other texts of a definition may not."""
Cell = Annotated[str, BLANK]
FILLED = Bound("one or more", bool)
Id = Annotated[str, fits(r"[a-z0-9][a-z0-9_.-]*", "small letters, digits, '-', '_' and '.', such as 'employment_rate'")]
Code = Annotated[str, fits(r"[A-Z]\d{8}", "a GSS code: a letter and eight digits")]
Date = Annotated[str, Bound("a year, a month or a day such as 2030-03-31", is_date)]
Day = Annotated[str, Bound("a day such as 2030-03-31", lambda text: len(text) == 10 and is_date(text))]
Address = Annotated[str, fits(r"https?://[^\s/]+\.[^\s]+", "an address that begins with https://")]
Sentence = Annotated[str, fits(r".*\S\.", "a sentence that ends with a full stop")]
SEXES = ("persons", "male", "female")
Sex = Annotated[str, listed(SEXES)]
Age = Annotated[str, fits(r"all|\d{1,3}(-\d{1,3}|\+)?", "ages such as 'all', '0-15' or '65+'")]
Count = Annotated[int, within(1)]

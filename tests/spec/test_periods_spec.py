"""Every form of reference period in the publishers' files, with its first and last day."""

from __future__ import annotations

import pytest

from analysis.clean.periods import parse_period
from analysis.errors import DataError

UNDERSTOOD = """
2015-17                        |           | 2015-01-01 | 2017-12-31
2016 - 20                      |           | 2016-01-01 | 2020-12-31
2001 - 03                      |           | 2001-01-01 | 2003-12-31
1998-00                        |           | 1998-01-01 | 2000-12-31
2016 to 2018                   |           | 2016-01-01 | 2018-12-31
2016–2018                      |           | 2016-01-01 | 2018-12-31
2018                           |           | 2018-01-01 | 2018-12-31
2017/18                        |           | 2017-04-01 | 2018-03-31
2017/18                        | academic  | 2017-09-01 | 2018-08-31
2017/18                        | calendar  | 2017-04-01 | 2018-03-31
1999/00                        |           | 1999-04-01 | 2000-03-31
2017/2018                      |           | 2017-04-01 | 2018-03-31
2017/18 - 2019/20              |           | 2017-04-01 | 2020-03-31
academic year 2018/19          |           | 2018-09-01 | 2019-08-31
Financial year 2018/19         | academic  | 2018-04-01 | 2019-03-31
2017-18                        | financial | 2017-04-01 | 2018-03-31
2017-18                        | calendar  | 2017-01-01 | 2018-12-31
2001-03                        | calendar  | 2001-01-01 | 2003-12-31
2018-04-01/P1Y                 |           | 2018-04-01 | 2019-03-31
2018-04-01/P3M                 |           | 2018-04-01 | 2018-06-30
2023-07-01/P1M                 |           | 2023-07-01 | 2023-07-31
2011-01-01/P3Y                 |           | 2011-01-01 | 2013-12-31
2012-02-01/P1Y                 |           | 2012-02-01 | 2013-01-31
2015-11-16/P1Y                 |           | 2015-11-16 | 2016-11-15
2018-04-01/P1D                 |           | 2018-04-01 | 2018-04-01
2018-04-02/P1W                 |           | 2018-04-02 | 2018-04-08
2018-04-01                     |           | 2018-04-01 | 2018-04-01
2018-04-01 to 2018-09-30       |           | 2018-04-01 | 2018-09-30
2023-10                        |           | 2023-10-01 | 2023-10-31
October 2023                   |           | 2023-10-01 | 2023-10-31
Feb 2020                       |           | 2020-02-01 | 2020-02-29
Apr 2018 to Mar 2019           |           | 2018-04-01 | 2019-03-31
January to March 2019          |           | 2019-01-01 | 2019-03-31
2018 Q1                        |           | 2018-01-01 | 2018-03-31
Q4 2018                        |           | 2018-10-01 | 2018-12-31
2018/19 Q4                     |           | 2019-01-01 | 2019-03-31
FYE 2019                       |           | 2018-04-01 | 2019-03-31
financial year ending 2019     |           | 2018-04-01 | 2019-03-31
year ending March 2019         |           | 2018-04-01 | 2019-03-31
12 months ending 31 March 2019 |           | 2018-04-01 | 2019-03-31
year ending 5 April 2019       |           | 2018-04-06 | 2019-04-05
year ending 29 February 2020   |           | 2019-03-01 | 2020-02-29
year ending 30 September 2019  |           | 2018-10-01 | 2019-09-30
the year ending 15 June 2019   | financial | 2018-06-16 | 2019-06-15
2017–18                        | financial | 2017-04-01 | 2018-03-31
2017‑18                        | academic  | 2017-09-01 | 2018-08-31
2015–17                        |           | 2015-01-01 | 2017-12-31
2017/18–2019/20                |           | 2017-04-01 | 2020-03-31
2016 — 2018                    |           | 2016-01-01 | 2018-12-31
mid-2019                       |           | 2019-06-30 | 2019-06-30
21 March 2021                  |           | 2021-03-21 | 2021-03-21
31/03/2019                     |           | 2019-03-31 | 2019-03-31
"""
ROWS = [[cell.strip() for cell in line.split("|")] for line in UNDERSTOOD.strip().splitlines()]


@pytest.mark.parametrize(("text", "kind", "start", "end"), ROWS, ids=[f"{row[0]} {row[1]}".strip() for row in ROWS])
def test_understood(text: str, kind: str, start: str, end: str) -> None:
    assert parse_period(text, kind or None) == (start, end)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("2001-03", "may be a month or pooled years"),
        ("2017-18", "two calendar years or one split year"),
        ("2018/20", "two years in a row"),
        ("2017-15", "runs backwards"),
        ("2018 to 2016", "runs backwards"),
        ("2018-02-30", "day is out of range"),
        ("2018-13-01/P1Y", "month must be in 1..12"),
        ("2018-04-01/P0M", "no length"),
        ("2018-01-31/P1M", "on or before the 28th"),
        ("Smarch 2018", "no month"),
        ("last year", "not known"),
        ("", "not known"),
        ("218", "not known"),
        ("March 2019 to January 2019", "runs backwards"),
        ("2018–19", "two calendar years or one split year"),
        ("2001–03", "may be a month or pooled years"),
        ("31 February 2019", "day is out of range"),
        ("29/02/2019", "day is out of range"),
        ("year ending 31 April 2019", "day is out of range"),
        ("12 months ending 0 March 2019", "day is out of range"),
        ("2018-01-01/P99999Y", "out of range"),
        ("2018-01-01/P99999999999D", "too large"),
        ("２０１８", "not known"),
        ("2018-10-01T00:00:00", "not known"),
        ("Oct-18", "not known"),
    ],
)
def test_refused(text: str, why: str) -> None:
    with pytest.raises(DataError, match=why) as caught:
        parse_period(text)
    assert repr(text) in str(caught.value)

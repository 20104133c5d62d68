"""A publisher's product as frozen dataclasses: its raw tables and how they are selected, its series, its releases.

The shapes here are the schema of the files in ``definitions/sources/``: :mod:`analysis.catalogue.strict` refuses any
other key, and values out of the bounds that stand beside the fields.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal, Required, TypedDict

from analysis.catalogue.bounds import (
    FILLED,
    Address,
    Age,
    Bound,
    Cell,
    Code,
    Count,
    Day,
    Id,
    Sex,
    fits,
    is_date,
    listed,
    within,
)
from analysis.catalogue.flags import Flags

Column = Annotated[str, fits(r"[a-z][a-z0-9_]*", "a name of small letters, digits and '_', such as 'area_code'")]
Columns = Annotated[tuple[Column, ...], FILLED]


def _is_published(text: str) -> bool:
    return is_date(text) or text.startswith("live service")


def _is_period(text: str) -> bool:
    return is_date(text) or re.fullmatch(r"[12]\d{3}( to [12]\d{3}|/\d\d)", text, re.ASCII) is not None


def _is_pattern(text: str) -> bool:
    try:
        re.compile(text)
    except re.error:
        return False
    return bool(text)


Published = Annotated[str, Bound("a year, a month or a day such as 2026-06-25, or 'live service ...'", _is_published)]
Period = Annotated[str, Bound("a year, '2016 to 2020', '2019/20' or a day", _is_period)]
Pattern = Annotated[str, Bound("a regular expression", _is_pattern)]


class Facts(TypedDict, total=False):
    """What a cleaner has to know about a release and the tables do not say.

    ``periods`` gives the period of a series that was measured at another time than the rest of its release.
    """

    geography: str
    period: Period
    periods: Mapping[Column, Period]
    period_start: Day
    period_end: Day
    reference_date: Day
    population_period: Day
    years: Annotated[str, listed(("calendar", "financial", "academic", "to march"))]
    first_year: Annotated[int, within(1900, 2200)]
    last_year: Annotated[int, within(1900, 2200)]
    districts: Count
    england_lsoas: Count
    flag: Flags
    not_comparable: str


class Melt(TypedDict, total=False):
    """Wide columns into rows: two columns of ours, and the columns by name or those whose headings fit a pattern.

    ``beside`` is a pattern of headings that name a year, too, and hold no figures.
    """

    into: Required[Annotated[list[Column], Bound("the names of two columns", lambda names: len(names) == 2)]]
    columns: Mapping[str, str]
    headings: Pattern
    beside: Pattern


class Pivot(TypedDict):
    """Rows into columns: those of ``index`` stay; a value of ``column`` becomes a column of ours by ``names``."""

    index: list[Column]
    column: Column
    value: Column
    names: Mapping[Column, str]


@dataclass(frozen=True)
class Where:
    """Which rows of a publisher's file are ours: those whose ``column`` holds a code of the set ``codes``.

    ``codes`` names a set that the place knows: ``lad`` (the city), ``areas`` (the city and its benchmarks) or a
    small-area geography (``lsoa11``, ``ward23`` ...); or ``values`` lists the accepted values outright.
    """

    column: str
    codes: str | None = None
    values: tuple[Cell, ...] = ()


@dataclass(frozen=True)
class Block:
    """A part of a publisher's file that repeats the same columns for one thing: a sheet, or headings with a prefix."""

    label: str
    prefixes: tuple[str, ...] = ()
    sheet: str | None = None


@dataclass(frozen=True)
class Outlines:
    """Generalise outlines to the square metre scale of ``tolerance_m``, neighbours keeping their shared edges."""

    tolerance_m: Annotated[float, within(0.001, 10000)]


@dataclass(frozen=True)
class Names:
    """Where the codes of areas are found that a publisher's file gives by name only: a raw lookup recorded before."""

    source: str
    table: str
    name: str
    code: str


OWN = "the publisher's own file"
COPY = "a copy, not the publisher's own file"
TYPED = "typed from the publications that its rows cite"
COMPUTED = "our own computation, not a publication"
KINDS = (OWN, COPY, TYPED, COMPUTED)
Kind = Annotated[str, listed(KINDS)]


@dataclass(frozen=True)
class Keeper:
    """Who keeps the file that a table is written from, where, and what that file is; ``note`` says what else to know.

    Of a copy ``by`` is whoever keeps that copy, such as a public repository, never the publisher whose figures it has.
    """

    by: str
    address: Address = ""
    kind: Kind = COPY
    note: str = ""


@dataclass(frozen=True)
class Layout:
    """One form in which a publisher's file has been seen, and how our raw table is selected from it.

    ``columns`` maps our column to the publisher's heading. ``melt`` turns wide columns into rows
    (``{"into": ["sex", "value"], "columns": {"male": "Males", ...}}``, or ``"headings"``, a pattern, instead of
    ``"columns"`` where every release has other headings); ``names`` replaces names by codes; ``pivot`` does the reverse
    (``{"index": [...], "column": ..., "value": ..., "names": {"our_name": "publisher's value", ...}}``).
    ``blocks`` are stacked before selection, prefixes taken off, the label in a column ``block``. ``recode`` maps our
    word to the publisher's, column by column. ``distinct`` keeps one of rows that are equal in all our columns.
    ``releases`` says which releases come in this form (none named: any); ``lacks`` the columns that it does not hold,
    which are left blank. ``first_of`` gives a heading of its own to the first of some columns that is filled, such as
    the code of a district, else of its region, else of its country. ``keeper`` says who
    keeps files of a form that is not the publisher's own.
    """

    name: str
    format: Literal["csv", "xlsx", "geojson"]
    columns: Mapping[Column, str]
    where: tuple[Where, ...] = ()
    sheet: str | None = None
    header_row: Count = 1
    pivot: Pivot | None = None
    melt: Melt | None = None
    sum_columns: Mapping[Column, Annotated[tuple[str, ...], FILLED]] = field(default_factory=dict)
    constants: Mapping[Column, str] = field(default_factory=dict)
    releases: tuple[str, ...] = ()
    blocks: tuple[Block, ...] = ()
    recode: Mapping[Column, Annotated[Mapping[str, str], FILLED]] = field(default_factory=dict)
    distinct: bool = False
    outlines: Outlines | None = None
    names: Mapping[Column, Names] = field(default_factory=dict)
    lacks: tuple[Column, ...] = ()
    first_of: Mapping[str, Annotated[tuple[str, ...], FILLED]] = field(default_factory=dict)
    keeper: Keeper | None = None


@dataclass(frozen=True)
class RawTable:
    """One table of a source under ``data/raw``: its columns in order, its key, how it is selected and from what.

    With ``several_files`` it is written from all files that fit, one after the other, not from the first.
    """

    columns: tuple[Column, ...]
    key: tuple[Column, ...]
    selected: str
    layouts: tuple[Layout, ...] = ()
    several_files: bool = False


@dataclass(frozen=True)
class Download:
    """A file that a publisher offers; of a ZIP archive the ``members`` to read (``*-lsoa.csv``), none named: all."""

    address: Address
    members: tuple[str, ...] = ()


@dataclass(frozen=True)
class Release:
    """What a publisher put out when, with the facts about it that a cleaner needs (``facts``).

    ``address`` is where a reader finds it; ``files`` what ``sotc pull`` downloads where that is not the address.
    """

    title: str
    published: Published
    address: Address
    tables: tuple[str, ...]
    publisher: str | None = None
    quality: str | None = None
    facts: Facts = field(default_factory=Facts)
    files: tuple[Download, ...] = ()


@dataclass(frozen=True)
class Series:
    """One measure that a source publishes: its name, its unit, and in our words what it is.

    ``column``, ``lower`` and ``upper`` name the raw columns of the value and its limits where a row holds several
    series. ``published_unit`` is the publisher's word for the unit in the raw table ``series``, or ``proportion`` where
    values lie in 0 to 1 and ours in 0 to 100. ``sex`` and ``age`` say whom it is about where no column does.
    """

    title: str
    unit: str
    about: str = ""
    sex: Sex = "persons"
    age: Age = "all"
    column: str | None = None
    lower: str | None = None
    upper: str | None = None
    published_unit: str | None = None


@dataclass(frozen=True)
class Whole:
    """What a series is the whole of: ``parts`` sum to it, each series of ``among`` counts some of it.

    ``sexes`` says that its persons are its men and women together.
    """

    parts: tuple[Column, ...] = ()
    among: tuple[Column, ...] = ()
    sexes: bool = False


@dataclass(frozen=True)
class Cleaner:
    """What a cleaner of :mod:`analysis.clean` needs: tables, facts of each release; and the series that it names."""

    tables: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    series: tuple[str, ...] = ()


INDEX = ("england_lsoas", "period_start", "period_end")
CLEANERS = {
    "tables": Cleaner(),
    "population": Cleaner(("lsoa",), ("geography", "reference_date"), ("population",)),
    "imd": Cleaner(("lsoa",), ("geography", *INDEX), ("population_imd_denominator",)),
    "iod_summaries": Cleaner(("districts",), ("districts", *INDEX)),
    "health_index": Cleaner(("values",)),
}
"""Every cleaner by the name of its module."""


@dataclass(frozen=True)
class Source:
    """A publisher's product: who, under which licence, its raw tables, its series and its releases.

    ``missing`` maps the publisher's marks in value cells to flags, ``statuses`` those of a status column or after a
    period; ``parts`` are the groups for each of which a table repeats the series; ``code_changes`` maps codes that the
    publisher has given up to those that replace them, for the same area; ``wholes`` maps a series to what it is made
    of: a table in which they contradict each other is refused. ``unsampled`` says why a share of its counts has no
    limits of a sample: it is a count of all, an estimate or a model.
    """

    id: Id
    title: str
    publisher: str
    licence: str
    attribution: str
    tables: Mapping[Column, RawTable]
    releases: Mapping[Id, Release]
    clean: Annotated[str, listed(CLEANERS)] | None = None
    missing: Mapping[Cell, Flags] = field(default_factory=dict)
    statuses: Mapping[str, Flags] = field(default_factory=dict)
    code_changes: Mapping[Code, Code] = field(default_factory=dict)
    series: Mapping[Column, Series] = field(default_factory=dict)
    wholes: Mapping[Column, Whole] = field(default_factory=dict)
    limits: str = ""
    unsampled: Annotated[str, fits(r"|[a-z]\S* .*\S(?<!\.)", "in some words why, without a capital or a full stop")] = (
        ""
    )
    parts: tuple[Column, ...] = ()

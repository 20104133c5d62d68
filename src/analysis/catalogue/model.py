"""The definitions as frozen dataclasses: what a source, an indicator, a plan, a place and an edition are.

The shapes here are the schema of the YAML files in ``definitions/``:
:mod:`analysis.catalogue.strict` refuses any other key.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

DERIVED = "difference_from_city"
"""The measure of an indicator that is worked out from another's rows."""

Geography = Literal["lsoa11", "lsoa21", "msoa11", "ward22", "ward23", "lad", "region", "country"]
Polarity = Literal["higher_is_better", "lower_is_better", "neutral"]
Measure = Literal[
    "published",
    "sum",
    "apportioned_sum",
    "share",
    "rate_per_1000",
    "weighted_mean",
    "imd_average_score",
    "imd_average_rank",
    "imd_extent",
    "share_of_small_areas_most_deprived",
    "share_of_residents_most_deprived",
    "life_table",
    "apportioned_life_expectancy",
    "difference_from_city",
]


@dataclass(frozen=True)
class RecordedCodes:
    """The raw table that holds the codes of a geography for the places recorded."""

    source: str
    table: str
    column: str


@dataclass(frozen=True)
class GeographyDefinition:
    """A kind of area in one vintage: its names, its codes, how long it was in force, where its lookups lead.

    ``ranges`` are first and last codes known to be of this vintage; ``national`` says that they hold every code of it.
    ``leads_to`` maps a geography to the source of the lookup that leads there.
    """

    name: str
    plural: str
    official: str
    prefixes: tuple[str, ...]
    start: dt.date | None = None
    end: dt.date | None = None
    national: bool = False
    ranges: tuple[tuple[str, ...], ...] = ()
    codes: RecordedCodes | None = None
    outlines: str | None = None
    leads_to: Mapping[Geography, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Where:
    """Which rows of a publisher's file are ours: those whose ``column`` holds a code of the set ``codes``.

    ``codes`` names a set that the place knows: ``lad`` (the city), ``areas`` (the city and its benchmarks) or a
    small-area geography (``lsoa11``, ``ward23`` ...); or ``values`` lists the accepted values outright.
    """

    column: str
    codes: str | None = None
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Block:
    """A part of a publisher's file that repeats the same columns for one thing: a sheet, or headings with a prefix."""

    label: str
    prefixes: tuple[str, ...]
    sheet: str | None = None


@dataclass(frozen=True)
class Outlines:
    """Generalise outlines to the square metre scale of ``tolerance_m``, neighbours keeping their shared edges."""

    tolerance_m: float


@dataclass(frozen=True)
class Names:
    """Where the codes of areas are found that a publisher's file gives by name only: a raw lookup recorded before."""

    source: str
    table: str
    name: str
    code: str


@dataclass(frozen=True)
class Layout:
    """One form in which a publisher's file has been seen, and how our raw table is selected from it.

    ``columns`` maps our column to the publisher's heading. ``melt`` turns wide columns into rows
    (``{"into": ["sex", "value"], "columns": {"male": "Males", ...}}``, or ``"headings"``, a pattern, instead of
    ``"columns"`` where every release has other headings); ``names`` replaces names by codes; ``pivot`` does the reverse
    (``{"index": [...], "column": ..., "value": ..., "names": {"our_name": "publisher's value", ...}}``).
    ``blocks`` are stacked before selection, prefixes taken off, the label in a column ``block``. ``recode`` maps our
    word to the publisher's, column by column. ``distinct`` keeps one of rows that are equal in all our columns.
    ``releases`` says which releases come in this form (none named: any).
    """

    name: str
    format: Literal["csv", "xlsx", "geojson"]
    columns: Mapping[str, str]
    where: tuple[Where, ...] = ()
    sheet: str | None = None
    header_row: int = 1
    pivot: Mapping[str, Any] | None = None
    melt: Mapping[str, Any] | None = None
    sum_columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    releases: tuple[str, ...] = ()
    blocks: tuple[Block, ...] = ()
    recode: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    distinct: bool = False
    outlines: Outlines | None = None
    names: Mapping[str, Names] = field(default_factory=dict)


@dataclass(frozen=True)
class RawTable:
    """One table of a source under ``data/raw``: its columns in order, its key, how it is selected and from what.

    With ``several_files`` it is written from all files that fit, one after the other, not from the first.
    """

    columns: tuple[str, ...]
    key: tuple[str, ...]
    selected: str
    layouts: tuple[Layout, ...] = ()
    several_files: bool = False


@dataclass(frozen=True)
class Download:
    """A file that a publisher offers; of a ZIP archive the ``members`` to read (``*-lsoa.csv``), none named: all."""

    address: str
    members: tuple[str, ...] = ()


@dataclass(frozen=True)
class Release:
    """What a publisher put out when, with the facts about it that a cleaner needs (``facts``).

    ``address`` is where a reader finds it; ``files`` what ``sotc pull`` downloads where that is not the address.
    """

    title: str
    published: str
    address: str
    tables: tuple[str, ...]
    publisher: str | None = None
    quality: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
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
    sex: Literal["persons", "male", "female"] = "persons"
    age: str = "all"
    column: str | None = None
    lower: str | None = None
    upper: str | None = None
    published_unit: str | None = None


@dataclass(frozen=True)
class Source:
    """A publisher's product: who, under which licence, its raw tables, its series and its releases.

    ``missing`` maps the publisher's marks in value cells to flags, ``statuses`` those of a status column or after a
    period; ``code_changes`` maps codes that the publisher has given up to those that replace them, for the same area.
    """

    id: str
    title: str
    publisher: str
    licence: str
    attribution: str
    tables: Mapping[str, RawTable]
    releases: Mapping[str, Release]
    clean: str | None = None
    missing: Mapping[str, str] = field(default_factory=dict)
    statuses: Mapping[str, str] = field(default_factory=dict)
    code_changes: Mapping[str, str] = field(default_factory=dict)
    series: Mapping[str, Series] = field(default_factory=dict)
    limits: str = ""


@dataclass(frozen=True)
class Peer:
    """A benchmark area of a place."""

    code: str
    name: str
    geography: Geography
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Place:
    """A city: its codes, its benchmark areas and what its reports call things.

    ``told_together`` lists, by ward set, wards that readers know as one: where the best fit leaves one of them without
    small areas, their value together, by ground, stands beside it.
    """

    id: str
    name: str
    code: str
    publisher: str
    country: Peer
    region: Peer
    peers: tuple[Peer, ...]
    peers_name: str
    also: tuple[str, ...] = ()
    told_together: Mapping[Geography, tuple[tuple[str, ...], ...]] = field(default_factory=dict)

    @property
    def areas(self) -> tuple[Peer, ...]:
        """The city, its peers, its region and its country."""
        return (Peer(self.code, self.name, "lad", self.also), *self.peers, self.region, self.country)


@dataclass(frozen=True)
class Input:
    """Where an indicator's values come from at some levels: a source, a measure and the series that it reads.

    ``levels`` are ``ward`` and ``lsoa`` (of the edition's own vintage), ``lad`` (the city alone) or ``areas`` (the city
    and its benchmarks, as published). ``series`` maps a role of the measure (``value``, ``numerator``, ``denominator``
    ...) to a series of the source. For each level the first input whose source the edition pins is used; one that
    ``completes`` it adds the areas and sexes that those before it lack, where a publisher gives one series in parts.
    ``lag_months`` is the usual time between the end of a period and its publication.
    """

    source: str
    measure: Measure
    levels: tuple[Literal["ward", "lsoa", "lad", "areas"], ...]
    series: Mapping[str, str]
    lag_months: int
    ages: tuple[str, ...] = ()
    sexes: tuple[str, ...] = ()
    method: str = ""
    completes: bool = False


def parse_reference(text: str, default_source: str) -> tuple[str, str, str | None]:
    """Source, series and age of a reference ``[source:]series[@age]``, as an input's ``series`` hold them.

    Examples
    --------
    >>> parse_reference("population_lsoa11:population@0-15", "els"), parse_reference("rate", "els")
    (('population_lsoa11', 'population', '0-15'), ('els', 'rate', None))
    """
    body, _, age = text.partition("@")
    source, _, series = body.rpartition(":")
    return source or default_source, series, age or None


@dataclass(frozen=True)
class IndicatorTarget:
    """A promise in a plan that an indicator measures."""

    value: float
    date: str
    origin: str


@dataclass(frozen=True)
class Indicator:
    """One indicator: what it is, where it comes from, how it is judged, whom it serves, what it cannot say.

    ``trend`` and ``change`` are ``allowed`` or the reason why none may be judged; ``breaks`` maps the days from which
    something else was measured to the ids of breaks that say what.
    """

    id: str
    title: str
    definition: str
    unit: str
    polarity: Polarity
    kind: Literal["proportion", "rate", "mean", "count", "index", "rank", "money"]
    decimals: int
    inputs: tuple[Input, ...]
    priorities: tuple[str, ...]
    speaks: str
    limits: str
    principles: tuple[str, ...] = ()
    comparison: Literal["limits", "rank", "none"] = "rank"
    trend: str = "allowed"
    change: str = "allowed"
    breaks: Mapping[str, str] = field(default_factory=dict)
    headline: bool = False
    inequality: bool = False
    target: IndicatorTarget | None = None
    map_breaks: tuple[float, ...] = ()


@dataclass(frozen=True)
class KnownGap:
    """What a report on equality or on comparison needs and no shipped figure gives, and the source that would."""

    id: str
    kind: Literal["equality characteristic", "comparison"]
    title: str
    reason: str
    source: str


@dataclass(frozen=True)
class Break:
    """From a certain day on something else was measured: what happened, and why figures do not run across it."""

    id: str
    title: str
    reason: str


@dataclass(frozen=True)
class Correction:
    """What we change in a publisher's figures: one cell of a raw table, or one row left out (``value: drop``).

    ``row`` gives the cells by which the row is known; they must fit one row alone. ``expect`` is what the publisher
    wrote. Only what is ``accepted`` is applied; ``upstream-fixed`` says that a later release has it right.
    """

    id: str
    source: str
    release: str
    table: str
    row: Mapping[str, str]
    column: str
    expect: str
    value: str
    reason: str
    said_by: str
    date: dt.date
    status: Literal["proposed", "accepted", "upstream-fixed"]


@dataclass(frozen=True)
class StandIn:
    """A source whose observations later than the edition's cut-off are used all the same, and why."""

    source: str
    reason: str


@dataclass(frozen=True)
class Weights:
    """The small-area people by whom deprivation is weighted: which series of which release, and how near it is."""

    source: str
    release: str
    series: str
    note: str


@dataclass(frozen=True)
class Edition:
    """One report: place, plans, year, cut-off date and the releases that it may open."""

    id: str
    place: str
    year: int
    title: str
    plans: tuple[str, ...]
    cut_off: dt.date
    ward_geography: Geography
    lsoa_geography: Geography
    releases: Mapping[str, tuple[str, ...]]
    deprivation_weights: Mapping[str, Weights]
    notebooks: tuple[str, ...]
    seed: int
    baseline: str | None = None
    previous: str | None = None
    stand_ins: tuple[StandIn, ...] = ()

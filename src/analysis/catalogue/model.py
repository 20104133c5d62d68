"""The definitions as frozen dataclasses: what an indicator, a place, an edition and a correction are.

The shapes here are the schema of the YAML files in ``definitions/``: :mod:`analysis.catalogue.strict` refuses any
other key, and values out of the bounds that stand beside the fields. Sources stand in :mod:`analysis.catalogue.source`,
plans in :mod:`analysis.catalogue.plans`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from analysis.catalogue.bounds import FILLED, Age, Bound, Cell, Code, Date, Day, Id, Sentence, Sex, fits, listed, within
from analysis.catalogue.geographies import Geography
from analysis.catalogue.measures import MEASURES
from analysis.catalogue.units import Kind

CONTEXTUAL = "Contextual: the council influences it, others do too. "
"""How the limits of every indicator begin."""
Limits = Annotated[Sentence, Bound(f"text that begins with {CONTEXTUAL!r}", lambda text: text.startswith(CONTEXTUAL))]
Polarity = Literal["higher_is_better", "lower_is_better", "neutral"]
Level = Literal["ward", "lsoa", "lad", "areas"]
Title = Annotated[
    str,
    fits(r"(?=[^\W_])(?![a-z])[^\n]{1,80}(?<!\.)", "a title of at most 80 letters, a capital first and no full stop"),
]
Verdict = Annotated[
    str, fits(r"allowed|\S+ .*\S(?<!\.)", "'allowed', or in some words the reason why not, without a full stop")
]


@dataclass(frozen=True)
class Peer:
    """A benchmark area of a place."""

    code: Code
    name: str
    geography: Geography
    also: tuple[Code, ...] = ()


@dataclass(frozen=True)
class Place:
    """A city: its codes, its benchmark areas and what its reports call things.

    ``told_together`` lists, by ward set, wards that readers know as one: where the best fit leaves one of them without
    small areas, their value together, by ground, stands beside it.
    """

    id: Id
    name: str
    code: Code
    publisher: str
    country: Peer
    region: Peer
    peers: tuple[Peer, ...]
    peers_name: str
    also: tuple[Code, ...] = ()
    told_together: Mapping[Geography, Annotated[tuple[tuple[Code, ...], ...], FILLED]] = field(default_factory=dict)

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
    measure: Annotated[str, listed(MEASURES)]
    levels: tuple[Level, ...]
    series: Mapping[str, str]
    lag_months: Annotated[int, within(0, 120)]
    ages: tuple[Age, ...] = ()
    sexes: tuple[Sex, ...] = ()
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
    date: Date
    origin: str


@dataclass(frozen=True)
class Indicator:
    """One indicator: what it is, where it comes from, how it is judged, whom it serves, what it cannot say.

    ``trend`` and ``change`` are ``allowed`` or the reason why none may be judged; ``breaks`` maps the days from which
    something else was measured to the ids of breaks that say what. Indicators of one ``subject`` have one entry among
    the early warnings.
    """

    id: Id
    title: Title
    definition: Sentence
    unit: str
    polarity: Polarity
    kind: Kind
    decimals: Annotated[int, within(0, 4)]
    inputs: tuple[Input, ...]
    priorities: tuple[str, ...]
    speaks: Sentence
    limits: Limits
    comparison: Literal["limits", "rank", "none"]
    trend: Verdict
    principles: tuple[str, ...] = ()
    change: Verdict = "allowed"
    breaks: Mapping[Day, Id] = field(default_factory=dict)
    headline: bool = False
    inequality: bool = False
    target: IndicatorTarget | None = None
    map_breaks: tuple[float, ...] = ()
    plain: Annotated[str, Bound("words that hold {value} once", lambda text: text.count("{value}") == 1)] = ""
    subject: Annotated[str, fits(r"|[a-z][a-z0-9_-]*", "a word for what several indicators are of")] = ""


@dataclass(frozen=True)
class KnownGap:
    """What a report on equality or on comparison needs and no shipped figure gives, and the source that would."""

    id: Id
    kind: Literal["equality characteristic", "comparison"]
    title: str
    reason: str
    source: str


@dataclass(frozen=True)
class LeftOut:
    """A series that a source holds and no indicator shows, and why."""

    source: str
    series: str
    reason: Annotated[str, fits(r"\S+ .{20,}", "the reason in a sentence")]


@dataclass(frozen=True)
class HeadlineRules:
    """How the headline indicators were chosen, how many there are in all and for each aim of ``plan``, and changes."""

    rules: tuple[str, ...]
    plan: str
    in_all: tuple[int, ...]
    for_each_aim: tuple[int, ...]
    chosen: int
    changes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Break:
    """From a certain day on something else was measured: what happened, and why figures do not run across it."""

    id: Id
    title: str
    reason: Sentence


@dataclass(frozen=True)
class Correction:
    """What we change in a publisher's figures: one cell of a raw table, or one row left out (``value: drop``).

    ``row`` gives the cells by which the row is known; they must fit one row alone. ``expect`` is what the publisher
    wrote. Only what is ``accepted`` is applied; ``upstream-fixed`` says that a later release has it right.
    """

    id: Id
    source: str
    release: str
    table: str
    row: Mapping[str, Cell]
    column: str
    expect: Cell
    value: Cell
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

    id: Id
    place: str
    year: Annotated[int, within(1900, 2200)]
    title: str
    plans: tuple[str, ...]
    cut_off: dt.date
    ward_geography: Geography
    lsoa_geography: Geography
    releases: Mapping[Id, Annotated[tuple[str, ...], FILLED]]
    deprivation_weights: Mapping[str, Weights]
    notebooks: tuple[Id, ...]
    seed: Annotated[int, within(0, 2**32 - 1)]
    baseline: str | None = None
    previous: str | None = None
    stand_ins: tuple[StandIn, ...] = ()

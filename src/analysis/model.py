"""The definitions as frozen dataclasses: what a source, an indicator, a plan, a place and an edition are.

The shapes here are the schema of the YAML files in ``definitions/``: :mod:`analysis.strict` refuses any other key.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Geography = Literal["lsoa11", "lsoa21", "msoa11", "ward22", "ward23", "lad", "region", "country"]
Polarity = Literal["higher_is_better", "lower_is_better", "neutral"]


@dataclass(frozen=True)
class Where:
    """Which rows of a publisher's file are ours: those whose ``column`` holds a code of the set ``codes``.

    ``codes`` names a set that the place knows: ``lad`` (the city), ``areas`` (the city and its benchmarks) or a small-area
    geography (``lsoa11``, ``ward23`` ...); or ``values`` lists the accepted values outright.
    """

    column: str
    codes: str | None = None
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Layout:
    """One form in which a publisher's file has been seen, and how our raw table is selected from it.

    ``columns`` maps our column to the publisher's heading. ``melt`` turns wide columns into rows
    (``{"into": ["sex", "value"], "columns": {"male": "Males", ...}}``); ``pivot`` does the reverse
    (``{"index": [...], "column": ..., "value": ..., "names": {"our_name": "publisher's value", ...}}``).
    """

    name: str
    format: Literal["csv", "xlsx", "geojson"]
    columns: Mapping[str, str]
    where: tuple[Where, ...] = ()
    sheet: str | None = None
    header_row: int = 1
    reader: str | None = None
    pivot: Mapping[str, Any] | None = None
    melt: Mapping[str, Any] | None = None
    sum_columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class RawTable:
    """One table of a source under ``data/raw``: its columns in order, its key, how it is selected and from what."""

    columns: tuple[str, ...]
    key: tuple[str, ...]
    selected: str
    layouts: tuple[Layout, ...] = ()


@dataclass(frozen=True)
class Release:
    """What a publisher put out when, with the facts about it that a cleaner needs (``facts``)."""

    title: str
    published: str
    address: str
    tables: tuple[str, ...]
    publisher: str | None = None
    quality: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Source:
    """A publisher's product: who, under which licence, its raw tables, its missing-value marks and its releases."""

    id: str
    title: str
    publisher: str
    licence: str
    attribution: str
    tables: Mapping[str, RawTable]
    releases: Mapping[str, Release]
    clean: str | None = None
    missing: Mapping[str, str] = field(default_factory=dict)
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
    """A city: its codes, its benchmark areas and what its reports call things."""

    id: str
    name: str
    code: str
    publisher: str
    country: Peer
    region: Peer
    peers: tuple[Peer, ...]
    peers_name: str
    also: tuple[str, ...] = ()

    @property
    def areas(self) -> tuple[Peer, ...]:
        """The city, its peers, its region and its country."""
        return (Peer(self.code, self.name, "lad", self.also), *self.peers, self.region, self.country)


@dataclass(frozen=True)
class StandIn:
    """An observation later than an edition's cut-off that the edition uses all the same, and why."""

    source: str
    reason: str
    indicators: tuple[str, ...] = ()


@dataclass(frozen=True)
class Edition:
    """One report: place, plan, year, cut-off date and the release of every source that it may open."""

    id: str
    place: str
    year: int
    title: str
    plans: tuple[str, ...]
    cut_off: dt.date
    ward_geography: Geography
    lsoa_geography: Geography
    releases: Mapping[str, str]
    notebooks: tuple[str, ...]
    seed: int
    baseline: str | None = None
    previous: str | None = None
    stand_ins: tuple[StandIn, ...] = ()
    methods: Mapping[str, str] = field(default_factory=dict)

"""A plan of the council as frozen dataclasses: aims, priorities, outcomes, stated figures and targets.

The shapes here are the schema of the files in ``definitions/plans/``:
:mod:`analysis.catalogue.strict` refuses any other key.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from analysis.catalogue.bounds import Bound, Date, Id, Sex, fits, is_date, within

Published = Annotated[
    str, Bound("a year, a month, a day or 'undated'", lambda text: text == "undated" or is_date(text))
]


@dataclass(frozen=True)
class Outcome:
    """What a plan wants to achieve under a priority, in our words.

    ``indicators`` are the ids of those that measure it or a plain side of it; most outcomes have none.
    """

    id: Id
    statement: str
    direction: Literal["increase", "decrease", "maintain", "achieve"]
    place: str
    indicators: tuple[str, ...] = ()


@dataclass(frozen=True)
class Gap:
    """What of a priority no indicator measures, and which official source would supply it."""

    reason: str
    source: str


@dataclass(frozen=True)
class Priority:
    """A priority of a plan, with the outcomes under it and the older priorities it continues."""

    id: Id
    title: str
    outcomes: tuple[Outcome, ...] = ()
    succeeds: tuple[str, ...] = ()
    gap: Gap | None = None


@dataclass(frozen=True)
class Aim:
    """An aim (or pillar) of a plan."""

    id: Id
    title: str
    wants: str
    priorities: tuple[Priority, ...] = ()
    accountable: tuple[str, ...] = ()
    not_held: str | None = None


@dataclass(frozen=True)
class Principle:
    """A principle that cuts across a plan; indicators carry its id as a tag."""

    id: Id
    title: str
    statement: str


@dataclass(frozen=True)
class Comparison:
    """The comparator that a plan states beside a figure."""

    value: float
    area: str


@dataclass(frozen=True)
class Check:
    """One test of a stated figure against the tables: which indicator, period and sex, compared how, how closely.

    ``named`` where the plan leaves the measure, people or period open, so that the label names those compared.
    """

    indicator: str
    period: Annotated[str, fits(r"latest|[12]\d{3}(-[01]\d)?( to [12]\d{3})?", "a year, '2014 to 2016' or 'latest'")]
    label: str
    tolerance: Annotated[float, within(0)]
    area: Annotated[str, fits(r"city|england|region|[A-Z]\d{8}", "'city', 'england', 'region' or a GSS code")] = "city"
    sex: Sex = "persons"
    compare: Literal["value", "difference_from_england", "below_england", "rank"] = "value"
    named: bool = False


@dataclass(frozen=True)
class StatedFigure:
    """A figure that the plan itself states, and the checks that can be made of it (or why none can)."""

    id: Id
    statement: str
    value: float | None
    unit: str
    place: str
    about: Literal["challenge", "achievement", "finance", "delivery"]
    period: str | None = None
    source_stated: str | None = None
    comparison: Comparison | None = None
    checks: tuple[Check, ...] = ()
    not_testable: str | None = None


@dataclass(frozen=True)
class PlanTarget:
    """A dated target or need that a plan states."""

    id: Id
    statement: str
    unit: str
    date: Date
    kind: Literal["target", "need"]
    place: str
    priority: str | None
    value: float | None = None
    indicator: str | None = None
    why_not_measured: str | None = None


@dataclass(frozen=True)
class Plan:
    """A plan of the council: vision, aims, priorities, outcomes, principles, stated figures and targets."""

    id: Id
    title: str
    published: Published
    publisher: str
    vision: str
    citation: str
    aims: tuple[Aim, ...]
    years: tuple[Annotated[int, within(1900, 2200)], ...] = ()
    principles: tuple[Principle, ...] = ()
    stated_figures: tuple[StatedFigure, ...] = ()
    targets: tuple[PlanTarget, ...] = ()

    @property
    def priorities(self) -> dict[str, Priority]:
        """Every priority by id."""
        return {priority.id: priority for aim in self.aims for priority in aim.priorities}

"""What is taken for granted, decided and checked, and who answers for it: the logs, as data, loaded strictly.

Each log is a file of ``definitions``; one that is absent is empty. The annex of every report prints them
(:mod:`analysis.narrative.assurance`).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

from analysis.catalogue.strict import build, complaint, load_as, load_yaml
from analysis.errors import one_of

if TYPE_CHECKING:
    from analysis.catalogue.load import Catalogue

T = TypeVar("T")


@dataclass(frozen=True)
class Assumption:
    """Something the figures take for granted.

    ``sources`` are those through which it comes in (none named: any edition), ``indicators`` examples of what rests on
    it, ``enters`` the code, definition or decision where it does, ``evidence`` the tests and texts behind ``tested``.
    """

    id: str
    assumption: str
    why: str
    enters: tuple[str, ...]
    effect: str
    tested: str
    evidence: tuple[str, ...]
    status: Literal["tested", "partly tested", "not tested"]
    indicators: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class Decision:
    """A decision on how figures are made; its text is ``file``."""

    id: str
    title: str
    date: dt.date
    status: Literal["in force", "replaced"]
    file: str


@dataclass(frozen=True)
class Check:
    """Something that is checked: at every change by ``tests``, or by a person, on ``date``."""

    id: str
    check: str
    covers: str
    kind: Literal["automated", "manual"]
    role: str
    outcome: str
    tests: tuple[str, ...] = ()
    date: dt.date | None = None
    open: str = ""


@dataclass(frozen=True)
class Rule:
    """One rule of the revisions policy."""

    id: str
    title: str
    text: str


@dataclass(frozen=True)
class Role:
    """Who answers for what. A role, and the name only where the organisation has entered one."""

    id: str
    title: str
    name: str
    does: str


@dataclass(frozen=True)
class SignOff:
    """An edition signed off: by whom, when."""

    edition: str
    date: dt.date
    name: str


@dataclass(frozen=True)
class RevisionsPolicy:
    """When and how a published edition is revised, and the roles behind it; ``signs_off`` is one of them."""

    status: Literal["proposed", "adopted"]
    adopted: dt.date | None
    rules: tuple[Rule, ...]
    roles: tuple[Role, ...]
    signs_off: str
    signed_off: tuple[SignOff, ...] = ()

    @property
    def owner(self) -> Role:
        """The role that signs off."""
        return next(role for role in self.roles if role.id == self.signs_off)


def load_assumptions(catalogue: Catalogue) -> tuple[Assumption, ...]:
    """The assumptions log.

    Raises
    ------
    DefinitionError
        If it is malformed, an id stands twice, or an indicator or source is not defined.
    """
    path = catalogue.folder / "assumptions.yml"
    log = _entries(Assumption, path)
    for number, one in enumerate(log):
        if one.status != "not tested" and not any(file.startswith("tests/") for file in one.evidence):
            raise complaint(path, (number, "evidence"), f"{one.id}: what is {one.status} names a test")
        for kind, names, known in (
            ("indicators", one.indicators, catalogue.indicators),
            ("sources", one.sources, catalogue.sources),
        ):
            for name in names:
                if name not in known:
                    raise complaint(path, (number, kind), f"{one.id}: {name!r} is none of the {kind} defined")
    return log


def load_decisions(catalogue: Catalogue) -> tuple[Decision, ...]:
    """The list of decisions.

    Raises
    ------
    DefinitionError
        If it is malformed, an id stands twice, or the file is not named as the decision.
    """
    path = catalogue.folder / "decisions.yml"
    log = _entries(Decision, path)
    for number, one in enumerate(log):
        if not one.file.startswith(f"docs/decisions/{one.id}-"):
            raise complaint(path, (number, "file"), f"expected docs/decisions/{one.id}-..., got {one.file!r}")
    return log


def load_checks(catalogue: Catalogue) -> tuple[Check, ...]:
    """The quality-assurance log.

    Raises
    ------
    DefinitionError
        If it is malformed, an id stands twice, a role is not one of the policy's, an automated check names no test, or
        a manual one that was done has no date.
    """
    path = catalogue.folder / "quality_assurance.yml"
    log, policy = _entries(Check, path), load_policy(catalogue)
    roles = [role.id for role in policy.roles] if policy else []
    for number, one in enumerate(log):
        if one.role not in roles:
            raise complaint(path, (number, "role"), f"{one.id}: no role {one.role!r}; expected {one_of(roles)}")
        if (one.kind == "automated") != bool(one.tests):
            raise complaint(path, (number,), f"{one.id}: an automated check names its tests, a manual one has none")
        if one.kind == "manual" and (one.date is None) != (one.outcome == "not done"):
            raise complaint(path, (number,), f"{one.id}: a manual check has a date, or the outcome 'not done'")
    return log


def load_policy(catalogue: Catalogue) -> RevisionsPolicy | None:
    """The revisions policy, with the roles; None where the project has none.

    Raises
    ------
    DefinitionError
        If it is malformed, the role that signs off is none of its roles, or an edition signed off is not defined.
    """
    path = catalogue.folder / "revisions_policy.yml"
    if not path.is_file():
        return None
    policy = load_as(RevisionsPolicy, path)
    roles = [role.id for role in policy.roles]
    if policy.signs_off not in roles:
        raise complaint(path, ("signs_off",), f"no role {policy.signs_off!r}; expected {one_of(roles)}")
    if (policy.status == "adopted") != (policy.adopted is not None):
        raise complaint(path, ("adopted",), "an adopted policy has the date, a proposed one has none")
    for number, one in enumerate(policy.signed_off):
        if one.edition not in catalogue.editions:
            raise complaint(path, ("signed_off", number, "edition"), f"no edition {one.edition!r}")
    return policy


def _entries(cls: type[T], path: Path) -> tuple[T, ...]:
    if not path.is_file():
        return ()
    found: dict[str, T] = {}
    entries = load_yaml(path)
    if not isinstance(entries, list):
        raise complaint(path, (), "expected a list")
    for number, entry in enumerate(entries):
        item = build(cls, entry, path, (number,))
        identifier = str(item.id)  # type: ignore[attr-defined]
        if identifier in found:
            raise complaint(path, (number, "id"), f"the id {identifier!r} stands twice")
        found[identifier] = item
    return tuple(found.values())

"""The annex on assurance: assumptions, decisions, checks, corrections, and the policy on revisions with its roles."""

from __future__ import annotations

from pathlib import PurePath

from analysis.blocks import Column, Table, Text
from analysis.catalogue.assurance import load_assumptions, load_checks, load_decisions, load_policy
from analysis.clean.corrections import ACCEPTED, describe_correction
from analysis.narrative.prose import Prose
from analysis.tables.loaded import LoadedEdition
from analysis.tables.printing import Cited, Numbers
from analysis.words import capital, day_words, joined

WORDS = "the words of the definition"
"""Why the digits of these cells name no cell of a table."""


def table_assumptions(edition: LoadedEdition) -> Table | Text:
    """What the figures of this edition take for granted: where it enters, what if it is wrong, how it is tested."""
    catalogue, pinned = edition.catalogue, edition.edition.releases
    rows = []
    for one in load_assumptions(catalogue):
        if one.sources and not set(one.sources) & set(pinned):
            continue
        titles = [catalogue.indicators[name].title for name in one.indicators]
        where = "; ".join([joined(titles) if titles else "Any figure", *map(_short, one.enters)])
        rows.append((f"{one.assumption} {one.why}", where, one.effect, f"{capital(one.status)}. {one.tested}"))
    if not rows:
        return Text("No assumption is recorded.")
    return Numbers().table(
        title="Assumptions",
        columns=(
            Column("What is assumed, and why", width=1.1, words=WORDS),
            Column("Where it enters", width=0.55, words=WORDS),
            Column("If it is wrong", width=0.8, words=WORDS),
            Column("How far it is tested", width=0.85, words=WORDS),
        ),
        rows=rows,
        source=Cited("assumptions.yml of the definitions, which also names the tests behind the last column."),
        note="Examples of indicators are named, and the code, definition or decision through which it enters.",
    )


def _short(path: str) -> str:
    """A file as the annex names it: a decision by its number, any other by its name."""
    name = PurePath(path)
    return f"decision {name.stem[:4]}" if name.parent.name == "decisions" else name.name


def table_decisions(edition: LoadedEdition) -> Table | Text:
    """The decisions on how figures are made."""
    rows = [
        (one.id, one.title, day_words(one.date.isoformat()), one.status) for one in load_decisions(edition.catalogue)
    ]
    if not rows:
        return Text("No decision is recorded.")
    return Numbers().table(
        title="Decisions",
        columns=(
            Column("No.", row_header=True),
            Column("Decision", words=WORDS),
            Column("Date", words="dates"),
            Column("Status"),
        ),
        rows=rows,
        source=Cited("decisions.yml of the definitions; the texts are in docs/decisions."),
    )


def table_quality_assurance(edition: LoadedEdition) -> Table | Text:
    """What is checked, at every change or by a person, with what came of it and what is open."""
    policy = load_policy(edition.catalogue)
    titles = {role.id: role.title for role in policy.roles} if policy else {}
    rows = [
        (
            one.check,
            one.covers,
            ("At every change" if one.kind == "automated" else f"By the {titles[one.role].lower()}")
            + f": {one.outcome}"
            + (f", {day_words(one.date.isoformat())}" if one.date else ""),
            one.open or "nothing known",
        )
        for one in load_checks(edition.catalogue)
    ]
    if not rows:
        return Text("No check is recorded.")
    return Numbers().table(
        title="Quality assurance",
        columns=(
            Column("Check", width=1.1, words=WORDS),
            Column("What it covers", width=0.8, words=WORDS),
            Column("When or by whom, and what came of it", width=0.6, words=WORDS),
            Column("What is open", width=0.9, words=WORDS),
        ),
        rows=rows,
        source=Cited("quality_assurance.yml of the definitions, which names the tests."),
        note="A check at every change is a test: where it does not hold, the change is not accepted.",
    )


def table_corrections(edition: LoadedEdition) -> Table | Text:
    """What was changed in publishers' figures for this edition, with the reason and who said so."""
    pinned = set(edition.sources[["source", "release"]].itertuples(index=False, name=None))
    titles = edition.sources.set_index(["source", "release"])["title"]
    mine = [one for one in edition.catalogue.corrections.values() if (one.source, one.release) in pinned]
    if not mine:
        return Text("**Corrections.** No figure of a publisher was changed, and no correction is proposed.")
    return Numbers().table(
        title="Corrections of publishers' figures",
        columns=(
            Column("Release", row_header=True),
            Column("Row, and what it says now", words="cells of a publisher's table"),
            Column("Reason", words=WORDS),
            Column("Who said so", words="names and dates"),
            Column("Status"),
        ),
        rows=[
            (
                str(titles[one.source, one.release]),
                f"{one.table}, {one.column}: {describe_correction(one)}",
                one.reason,
                f"{one.said_by}, {day_words(one.date.isoformat())}",
                "applied" if one.status == ACCEPTED else f"{one.status}, not applied",
            )
            for one in mine
        ],
        source=Cited("corrections of the definitions.", tuple(sorted({(one.source, one.release) for one in mine}))),
        note="The tables as published are kept; a correction stops the build once the publisher's figure has changed.",
    )


def describe_revisions_policy(edition: LoadedEdition) -> Text:
    """When and how a published edition is revised, the roles, and who has signed this one off."""
    policy = load_policy(edition.catalogue)
    prose = Prose()
    if policy is None:
        prose.say("No revisions policy is recorded, and no role that signs off.")
        return prose.text()
    if policy.adopted is None:
        prose.say(f"This policy is proposed; the {policy.owner.title} has yet to adopt it.")
    else:
        prose.say(f"The {policy.owner.title} adopted this policy on {day_words(policy.adopted.isoformat())}.")
    prose.paragraph()
    for rule in policy.rules:
        prose.say(f"- **{rule.title}.** {rule.text}")
    prose.paragraph()
    prose.say(f"These roles answer for an edition, and the {policy.owner.title} signs it off:")
    prose.paragraph()
    for role in policy.roles:
        prose.say(f"- **{role.title}** ({role.name}) {role.does}.")
    prose.paragraph()
    signed = [one for one in policy.signed_off if one.edition == edition.edition.id]
    prose.say(
        "This edition was signed off by "
        + joined([f"{one.name} on {day_words(one.date.isoformat())}" for one in signed])
        + "."
        if signed
        else "This edition has not been signed off."
    )
    return prose.text()

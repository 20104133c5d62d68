"""The state of the indicators in words and tables: scorecard and early warnings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from analysis.blocks import Blocks, Box, Column, Cover, Figure, Table, Text
from analysis.judge.scorecard import STRENGTHS
from analysis.narrative.movement import STALE_YEARS, aged_period, title_of
from analysis.narrative.prose import Prose
from analysis.narrative.series import of_area
from analysis.tables.loaded import LoadedEdition
from analysis.tables.printing import Cited, Numbers, cited_for
from analysis.tables.reference import Reference, cell_of, judged
from analysis.words import capital, lower_first, number_word, rounded

Block = Text | Box | Cover | Table | Figure
WHO = {"male": " (men)", "female": " (women)"}
STATES: dict[str, tuple[tuple[str, str], ...]] = {
    "Beside {country}": (
        ("worse", "worse"),
        ("similar", "similar"),
        ("better", "better"),
        ("higher_or_lower", "higher or lower"),
        ("rank_only", "by rank only"),
        ("not_compared", "not compared"),
    ),
    "Among the {peers}": (("worst_of_peers", "last or joint last"), ("best_of_peers", "first or joint first")),
    "Recent trend": (
        ("getting_worse", "getting worse"),
        ("improving", "getting better"),
        ("no_significant_trend", "no significant trend"),
        ("going_up_or_down", "rising or falling"),
        ("not_tested", "not tested"),
    ),
    "Since the baseline": (
        ("worsened_since_baseline", "worse"),
        ("improved_since_baseline", "better"),
        ("no_significant_change_since_baseline", "no significant change"),
    ),
    "Targets": (
        ("target_not_on_course_or_missed", "missed or not on course"),
        ("target_met_or_on_course", "met or on course"),
    ),
}
"""What a cell of the scorecard counts, by the heading of its column, in the order in which it is said."""
FIRST = 5
"""Warnings that are also told in a sentence."""


def describe_scorecard(edition: LoadedEdition) -> Blocks:
    """What supports the judgements, the rule behind each word, and a table of states for each aim."""
    card = edition.table("scorecard")
    return Blocks.of([_support(edition), _rules(edition), _card(edition, card[card["priority"] == ""], "")])


def tables_priorities(edition: LoadedEdition) -> Blocks:
    """A table of states for the priorities of each aim."""
    card = edition.table("scorecard")
    blocks: list[Block] = []
    for (plan, aim), rows in card[card["priority"] != ""].groupby(["plan", "aim"], sort=False):
        if rows["series"].sum():
            blocks.append(_card(edition, rows, str(aim) if plan == edition.plan.id else f"{plan}-{aim}"))
    return Blocks.of(blocks)


def describe_early_warnings(edition: LoadedEdition) -> Blocks:
    """What gets worse, is worse than the country or stands last, the best supported first, with the rule of order."""
    warnings = edition.table("early_warnings").sort_values("order", kind="stable")
    leading = warnings[warnings["leads"] == "yes"]
    blocks: list[Block] = [_warning_words(edition, leading)]
    if len(warnings):
        others = {str(subject): rows for subject, rows in warnings[warnings["leads"] == "no"].groupby("subject")}
        blocks.append(_warning_table(edition, leading, others))
    return Blocks.of(blocks)


def judgement_words(edition: LoadedEdition, row: Any, prose: Prose) -> str:
    """One judgement as a sentence: the value, how it stands beside others, how it moved, and what is not judged.

    Parameters
    ----------
    edition : LoadedEdition
    row : mapping
        A row of ``judgements.csv``.
    prose : Prose
        Where the numbers used are noted.
    """
    indicator, place = edition.catalogue.indicators[str(row["indicator"])], edition.place
    value = prose.value(row, indicator.decimals)
    parts = [f"{indicator.title}{WHO.get(str(row['sex']), '')}, {aged_period(edition, row)}: {value}"]
    country = place.country.name
    beside = {"better": f"better than {country}", "worse": f"worse than {country}", "similar": f"similar to {country}"}
    beside |= {"higher": f"higher than {country}", "lower": f"lower than {country}"}
    if row["benchmark_result"] in beside:
        other = prose.rounded(of_area(edition, row, place.country.code), indicator.decimals, unit=str(row["unit"]))
        parts.append(f"{beside[row['benchmark_result']]} ({other}) by its 95% limits")
    if pd.notna(row["peers_rank"]):
        parts.append(_place_words(edition, row, prose))
    if row["change_result"] in ("improved", "worsened", "rose", "fell", "no significant change"):
        moved = (
            "no significant change" if row["change_result"] == "no significant change" else str(row["change_result"])
        )
        parts.append(f"{moved} since the baseline by the limits of the difference")
    if row["trend_result"] != "not tested":
        parts.append(f"recent trend: {str(row['trend_label'])[:1].lower()}{str(row['trend_label'])[1:]}")
    return "; ".join(parts) + "."


def _place_words(edition: LoadedEdition, row: Any, prose: Prose) -> str:
    ranked = prose.counted(judged(row, "peers_ranked"), "city", "cities")
    peers, among = edition.place.peers_name, f"of {ranked} compared"
    named = {"best": "best", "joint best": "equal best", "worst": "worst", "joint worst": "equal worst"}
    if row["peers_place"] in named:
        return f"{named[row['peers_place']]} {among} (the {peers})"
    best = {"higher_is_better": "highest", "lower_is_better": "lowest", "neutral": "highest"}[str(row["polarity"])]
    rank = prose.ordinal(judged(row, "peers_rank"))
    return f"{'joint ' if row['peers_tied'] else ''}{rank} {among} (the {peers}, {best} first)"


def _support(edition: LoadedEdition) -> Text:
    support = edition.table("judgement_support")
    prose = Prose()
    many = prose.whole(edition.count("judgements", "value!=", area_code=edition.place.code))
    prose.say(
        f"The figures hold {many} series for the city: an indicator, for men and women apart where it is published so. "
        "How far each can be judged depends on what is published with it, and for most that is little."
    )
    prose.paragraph()
    for row in support.to_dict("records"):
        prose.say(f"- {_support_words(row, prose)}")
    return prose.text()


def _support_words(row: Any, prose: Prose) -> str:
    """How many series a kind of judgement rests on, how many it flags, and how many chance alone would."""
    name = capital(str(row["judgement"]))
    series, of, flagged = (_support_of(row, name) for name in ("series", "of", "flagged"))
    if not series:
        return f"{name}: none can be judged in this edition."
    able = f"{prose.whole(series)} of {prose.whole(of)}"
    alone, verb = int(flagged) < 2, "has" if int(series) == 1 else "have"
    many = capital(prose.count(flagged))
    expected = _by_chance(row, prose)
    if pd.isna(row["level_pct"]):
        stand = f"{many} {'stands' if alone else 'stand'} last; {expected} would if the cities did not differ"
        return f"{name}: {able} {verb} a place. {stand}."
    level = prose.number(_support_of(row, "level_pct"), lambda value: f"{rounded(value, 1).removesuffix('.0')}%")
    differ = f"{many} {'differs' if alone else 'differ'} at the {level} level; chance alone would flag {expected}"
    return f"{name}: {able} can be judged. {differ}."


def _by_chance(row: Any, prose: Prose) -> str:
    """How many figures chance alone would flag."""
    chance = _support_of(row, "expected_by_chance")
    return f"about {prose.whole(chance)}" if chance.value >= 1 else "fewer than one"


def _support_of(row: Any, column: str) -> Reference:
    return cell_of(row, column, table="judgement_support")


def _rules(edition: LoadedEdition) -> Box:
    place = edition.place
    rules = (
        f"**Better, similar, worse** than {place.country.name}: similar where {place.country.name}'s value lies inside "
        f"the 95% limits of {place.name}'s figure, else better or worse. Touching a limit is no difference. Higher or "
        "lower is said where no direction is the good one.",
        f"**Rank only**: no limits are held, so the figure has a place among the {place.peers_name} and is called "
        "neither better nor worse. A place among a few cities moves easily by chance.",
        "**Getting better or worse**: the last five separate points pass the published test of recent trend "
        "(chi-square, 99.8%, and leaving out any one point keeps the direction). Where the test is not allowed "
        "(rolling periods, too few points, no limits, a change of measure, repeated values), it is not made.",
        "**Since the baseline**: called improved or worsened where the limits of the difference of the two values "
        "do not include zero.",
        "**On course**: the straight line through the last five points reaches the target by its date.",
        "There is no score: an aim shows its figures, it does not average them. An indicator counts under each "
        "priority that it serves, and once under each aim that it serves; its chapter is that of the first.",
        "None of it measures what the council's actions caused. The same change elsewhere is shown beside it.",
    )
    return Box("How the words are given", "\n".join(f"- {rule}" for rule in rules))


def _card(edition: LoadedEdition, rows: pd.DataFrame, part: str) -> Table:
    place = edition.place
    names = {"country": place.country.name, "peers": place.peers_name}
    groups = {
        heading: states for heading, states in STATES.items() if rows[[key for key, _ in states]].to_numpy().sum()
    }
    title, numbers = "priority_title" if part else "aim_title", Numbers()
    cells = [
        (str(row[title]), *_of_card(row, numbers, ["series"]), *(_states(row, numbers, of) for of in groups.values()))
        for row in rows.to_dict("records")
        if row["series"] or part
    ]
    indicators = [name for names in rows["indicators"] for name in names.split()]
    line = "The judgements of this report (scorecard.csv), made from the releases under Sources and licences."
    heading = f"{rows['aim_title'].iloc[0]}: the state of its priorities" if part else "The state of each aim"
    return numbers.table(
        title=heading,
        columns=(
            Column("Priority" if part else "Aim", row_header=True, width=0.8),
            Column("Series", "right"),
            *(Column(words.format(**names), width=0.8) for words in groups),
        ),
        rows=cells,
        source=Cited(line, cited_for(edition, indicators).releases),
        note="Series: an indicator for one sex and age, under each that it serves. The rules stand in the box How the "
        "words are given.",
        part=part or "aims",
        indicators=indicators,
    )


def _states(row: Any, numbers: Numbers, states: Sequence[tuple[str, str]]) -> str:
    """How many figures are in each state, as ``7 worse, 1 similar``; ``none`` where there is no figure in any."""
    found = {column: words for column, words in states if row[column]}
    many = _of_card(row, numbers, found)
    return ", ".join(f"{count} {words}" for count, words in zip(many, found.values(), strict=True)) or "none"


def _of_card(row: Any, numbers: Numbers, columns: Iterable[str]) -> list[str]:
    return [numbers.whole(cell_of(row, column, table="scorecard")) for column in columns]


def _warning_words(edition: LoadedEdition, warnings: pd.DataFrame) -> Text:
    prose = Prose()
    place = edition.place
    peers, country = place.peers_name, place.country.name
    if warnings.empty:
        worse = f"gets worse or is worse than {country} by a test, or stands last"
        prose.say(f"No figure of {place.name} {worse} among the {peers}.")
        return prose.text()
    alone, one = len(warnings) == 1, int(edition.count("early_warnings")) == 1
    many = capital(prose.counted(edition.count("early_warnings", leads="yes"), "subject"))
    every = prose.counted(edition.count("early_warnings"), "figure")
    gets, is_, stands = ("gets", "is", "stands") if one else ("get", "are", "stand")
    prose.say(
        f"{many} {'calls' if alone else 'call'} for attention, by {every} that {gets} worse, {is_} worse than "
        f"{country} or {stands} last among the {peers}."
    )
    if not alone:
        last = len(STRENGTHS)
        tested, limits, rank = (
            _many(prose, edition.count("early_warnings", *conditions, leads="yes"))
            for conditions in (("strength<=2",), ("strength>2", f"strength<{last}"), (f"strength={last}",))
        )
        prose.say(
            f"They are listed by how strong the evidence is: {tested} by the test of recent trend, {limits} by "
            f"confidence limits and {rank} by rank alone."
        )
    support = {row["judgement"]: row for row in edition.table("judgement_support").to_dict("records")}
    by_rank = support.get(f"last among the {peers}, by rank")
    placed = _support_of(by_rank, "series") if by_rank is not None else None
    if placed:
        figures, flagged = prose.counted(placed, "figure"), _support_of(by_rank, "flagged")
        stand = f"{prose.count(flagged)} {'stands' if int(flagged) == 1 else 'stand'} last"
        prose.say(
            f"Of the {figures} with a place, {stand}, and {_by_chance(by_rank, prose)} would even if the cities did "
            "not differ: a last place by rank alone is a question, not an answer."
        )
    prose.paragraph()
    prose.say("It is this." if alone else "The best supported are these.")
    prose.paragraph()
    city = _city(edition)
    for row in warnings.head(FIRST).to_dict("records"):
        prose.say(f"- {judgement_words(edition, city[_series(row)], prose)}")
    return prose.text()


def _many(prose: Prose, count: Reference) -> str:
    return f"{prose.count(count)}{' of them' if count else ''}"


def _series(row: Any) -> tuple[str, str, str]:
    return str(row["indicator"]), str(row["sex"]), str(row["age"])


def _city(edition: LoadedEdition) -> dict[tuple[str, str, str], Any]:
    """The judgements of the city by indicator, sex and age."""
    table = edition.table("judgements")
    return {_series(row): row for row in table[table["area_code"] == edition.place.code].to_dict("records")}


def _warning_table(edition: LoadedEdition, warnings: pd.DataFrame, others: Mapping[str, pd.DataFrame]) -> Table:
    place = edition.place
    city, numbers = _city(edition), Numbers()
    rows = []
    for row in warnings.to_dict("records"):
        indicator = edition.catalogue.indicators[str(row["indicator"])]
        found = city[_series(row)]
        decimals, unit = indicator.decimals, "" if indicator.unit == "%" else f" ({indicator.unit})"
        aside = f"{WHO.get(str(row['sex']), '')}{unit}".replace(") (", ", ")
        rows.append(
            (
                numbers.whole(cell_of(row, "order", table="early_warnings")),
                f"{indicator.title}{aside}, {aged_period(edition, found)}" + _also(edition, others.get(row["subject"])),
                *(
                    numbers.rounded(judged(found, column), decimals, unit=indicator.unit)
                    for column in ("value", "benchmark_value")
                ),
                _range(numbers, found, decimals),
                capital(str(row["signals"])),
                numbers.whole(cell_of(row, "strength", table="early_warnings")),
            )
        )
    strengths = "; ".join(
        f"{number} {words}" for number, words in enumerate(STRENGTHS, 1) if number in set(warnings["strength"])
    )
    return numbers.table(
        title="Early warnings, the best supported first",
        columns=(
            Column("No.", "right", width=0.3),
            Column("Indicator", row_header=True),
            Column(place.name, "right", width=0.9),
            Column(place.country.name, "right", width=0.9),
            Column(f"Other {place.peers_name}: median (range)", "right"),
            Column("What is seen"),
            Column("Rests on", "right", width=0.6),
        ),
        rows=rows,
        source=cited_for(edition, warnings["indicator"]),
        note=f"Rests on: {strengths}. Within one kind headline indicators come first. A subject has one entry; its "
        "other figures that call for attention are named with it. A figure that is called old ended more than "
        f"{number_word(STALE_YEARS)} years before the cut-off.",
        part="warnings",
    )


def _also(edition: LoadedEdition, others: pd.DataFrame | None) -> str:
    """The other figures of a subject that warn."""
    if others is None:
        return ""
    indicators = edition.catalogue.indicators
    titles = [title_of(indicators[str(row["indicator"])], row) for row in others.to_dict("records")]
    return f"; also {'; '.join(map(lower_first, titles))}"


def _range(numbers: Numbers, row: Any, decimals: int) -> str:
    if pd.isna(row["peers_median"]):
        return "none"
    peers = (judged(row, f"peers_{part}") for part in ("median", "lowest", "highest"))
    middle, low, high = (numbers.rounded(one, decimals) for one in peers)
    return f"{middle} ({low} to {high})"

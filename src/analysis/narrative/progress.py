"""Progress by aim: the headline figures in sentences, every series in a table, each verdict with what it rests on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from string import ascii_lowercase
from typing import Any

import pandas as pd

from analysis.blocks import Blocks, Box, Column, Cover, Figure, Table, Text
from analysis.catalogue.plans import Aim, Plan
from analysis.figures import draw_aim
from analysis.judge.progress import NO_INTERVAL, NOT_JUDGED, NOT_TESTED
from analysis.narrative.aims import figures_of, flag_note, guide
from analysis.narrative.movement import (
    baseline_cell,
    given_in,
    latest_period,
    named,
    percent,
    say_change,
    say_since_previous,
    say_standing,
    say_trend,
    short_period,
    short_unit,
    signed,
    unusual_baselines,
    worked_anew,
)
from analysis.narrative.prose import Prose
from analysis.narrative.series import (
    Judged,
    city_rows,
    previous_rows,
    relative_to_benchmark,
    series_count,
    series_key,
    sources_of_rows,
)
from analysis.tables.loaded import LoadedEdition
from analysis.tables.printing import Numbers, cited
from analysis.tables.reference import Reference, judged
from analysis.words import capital, joined, lower_first

Block = Text | Box | Cover | Table | Figure
NARROW = 0.35  # headings longer than their cells wrap rather than widen their columns
ENDS = {"last": "worst", "joint last": "joint worst", "first": "best", "joint first": "joint best"}
SIDES = ("better", "similar", "worse", "higher", "lower")
MOVES = ("improved", "no significant change", "worsened", "rose", "fell")


def rows_of_aim(edition: LoadedEdition, plan: Plan, aim: Aim) -> list[dict[str, Any]]:
    """The city's series of an aim, headline indicators first; each stands under the first priority that it serves."""
    order = {priority.id: number for number, priority in enumerate(aim.priorities)}
    indicators = edition.catalogue.indicators
    placed = {}
    for row in city_rows(edition):
        indicator = indicators[row["indicator"]]
        first = next((name for name in indicator.priorities if name in plan.priorities), "")
        if first in order:
            key = (not indicator.headline, order[first], indicator.title, row["sex"], row["age"])
            placed[key] = row
    return [placed[key] for key in sorted(placed)]


def describe_progress(edition: LoadedEdition) -> Blocks:
    """Every aim of the long-run plan as a chapter: its state, its headline figures, a picture."""
    before = previous_rows(edition)
    blocks: list[Block] = []
    for aim in edition.plan.aims:
        blocks += _chapter(edition, aim, before)
    return Blocks.of(blocks)


def tables_progress(edition: LoadedEdition) -> Blocks:
    """Every series of every aim of the long-run plan, a table for each aim."""
    before = previous_rows(edition)
    rows = {aim: rows_of_aim(edition, edition.plan, aim) for aim in edition.plan.aims}
    return Blocks.of(_table(edition, aim, found, before) for aim, found in rows.items() if found)


def _chapter(edition: LoadedEdition, aim: Aim, before: dict[tuple[str, ...], dict[str, Any]]) -> list[Block]:
    rows = rows_of_aim(edition, edition.plan, aim)
    prose = Prose()
    prose.say(f"# {aim.title}")
    prose.paragraph()
    prose.say(f"What the plan wants: {lower_first(aim.wants)}")
    if not rows:
        prose.say(f"No figure that is held speaks to this aim for {edition.edition.year}.")
        return [prose.text()]
    _say_state(edition, aim, prose)
    headline = [row for row in rows if edition.catalogue.indicators[row["indicator"]].headline]
    if headline:
        prose.paragraph()
        prose.say("The headline figures:" if len(headline) > 1 else "The headline figure:")
        prose.paragraph()
        for row in headline:
            say_standing(edition, row, prose)
            say_change(edition, row, prose)
            say_since_previous(edition, row, before.get(series_key(row)), prose)
            say_trend(row, prose)
    pictures = figures_of(draw_aim(edition, aim.id))
    if pictures:
        prose.paragraph()
        prose.say(f"{guide(pictures, 'set', 'the figures of this aim beside others')}.")
    return [prose.text(), *pictures]


def _say_state(edition: LoadedEdition, aim: Aim, prose: Prose) -> None:
    """How many series are in which state; nothing is averaged."""
    place = edition.place

    def counts(*conditions: str, **equal: str) -> Reference:
        return series_count(edition, *conditions, aim=aim.id, **equal)

    every = counts()
    count = prose.counted(every, "series", "series")
    prose.say(f"{capital(count)} of figures {'belongs' if int(every) == 1 else 'belong'} to this chapter.")
    limits = {"benchmark_method": "limits"}
    by_limits = counts(**limits)
    if by_limits:
        sides = {word: counts(**limits, benchmark_result=word) for word in SIDES}
        beside = f"that can be set beside {place.country.name} by limits"
        if int(by_limits) == 1:
            (side,) = (word for word, number in sides.items() if number)
            prose.say(f"The {prose.count(by_limits)} {beside} is {side}.")
        else:
            prose.say(f"Of the {prose.count(by_limits)} {beside}, {tally(prose, sides, _are)}.")
    moved = {word: counts(change_result=word) for word in MOVES}
    if any(moved.values()):
        prose.say(f"Since the baseline, by limits: {tally(prose, moved, moved_words)}.")
    unlimited = counts(change_result=NO_INTERVAL)
    if unlimited:
        many = prose.counted(unlimited, "series", "series")
        prose.say(f"{capital(many)} moved or stood still with no limits held, and no verdict is drawn.")
    ends = {end: counts(peers_place=word) for end, word in ENDS.items()}
    parts = [f"{end} in {prose.count(number)}" for end, number in ends.items() if number]
    if parts:
        prose.say(f"Among the {place.peers_name}, by rank alone, {place.name} stands {joined(parts)} of them.")


def tally(prose: Prose, counts: Mapping[str, Reference], said: Callable[[str, int], str]) -> str:
    """How many have which word, as ``said`` of so many; words that none has are left out."""
    found = {word: number for word, number in counts.items() if number}
    words = [f"{prose.count(number)} {said(word, int(number))}" for word, number in found.items()]
    return f"all {words[0]}" if len(found) == 1 and int(*found.values()) > 1 else joined(words)


def _are(word: str, number: int) -> str:
    return f"{'is' if number == 1 else 'are'} {word}"


def moved_words(result: str, number: int) -> str:
    """What so many changes show.

    Examples
    --------
    >>> moved_words("no significant change", 1), moved_words("improved", 2)
    ('shows no significant change', 'improved')
    """
    return f"show{'s' if number == 1 else ''} {result}" if result == "no significant change" else result


def _table(
    edition: LoadedEdition, aim: Aim, rows: Sequence[Judged], before: dict[tuple[str, ...], dict[str, Any]]
) -> Table:
    place = edition.place
    previous = edition.previous_edition
    with_previous = previous is not None and previous.edition.baseline is not None
    reasons: dict[str, str] = {}
    numbers = Numbers()
    cells = [
        _cells(edition, row, before.get(series_key(row)) if with_previous else None, reasons, numbers) for row in rows
    ]
    columns = [
        Column("Indicator", row_header=True, width=0.6),
        Column("Baseline", "right", width=NARROW, words="periods"),
        Column(
            f"Report of {previous.edition.year}" if with_previous and previous else "",
            "right",
            width=NARROW,
            words="periods",
        ),
        Column("Latest", "right", width=NARROW, words="periods"),
        Column(f"Change ({place.country.name}; {place.peers_name})", "right", width=NARROW),
        Column(f"Beside {place.country.name}; rank", width=NARROW),
        Column("Change judged", width=NARROW),
        Column("Recent trend", width=NARROW),
    ]
    kept = [number for number, column in enumerate(columns) if column.heading]
    note = (
        f"Change: since the baseline, in brackets that of {place.country.name} and the median change of the other "
        f"{place.peers_name}. Rank 1 is the best of the {place.peers_name}; where neither end is better, the highest."
    )
    flags = flag_note(text for line in cells for text in line)
    anew = worked_anew(edition, rows, numbers)
    return numbers.table(
        title=f"{aim.title}: every series, by {edition.edition.cut_off:%B %Y}",
        columns=[columns[number] for number in kept],
        rows=[tuple(line[number] for number in kept) for line in cells],
        source=cited(edition, sources_of_rows(edition, rows)),
        note=" ".join(
            part
            for part in (note, why_not(reasons), anew, unusual_baselines(edition, rows), flags and f"{flags}.")
            if part
        ),
        part=aim.id,
    )


def _cells(
    edition: LoadedEdition, row: Judged, before: Judged | None, reasons: dict[str, str], numbers: Numbers
) -> tuple[str, ...]:
    indicator = edition.catalogue.indicators[str(row["indicator"])]
    decimals = indicator.decimals
    last = "none"
    if before is not None:
        last = "the same"
        if before["period_end"] != row["period_end"] or before["value"] != row["value"]:
            given = given_in(edition.previous_edition, before, short_unit(before), decimals, numbers)
            last = f"{given} ({short_period(before)})"
    return (
        named(indicator, row),
        baseline_cell(row, decimals, numbers),
        last,
        f"{numbers.cell(row, decimals, unit=short_unit(row))} ({latest_period(edition, row)})",
        _change_cell(edition, row, decimals, numbers),
        _beside_cell(row, numbers),
        judged_cell(row, reasons),
        _trend_cell(row, reasons),
    )


def _change_cell(edition: LoadedEdition, row: Judged, decimals: int, numbers: Numbers) -> str:
    money = edition.catalogue.indicators[str(row["indicator"])].kind == "money"
    shares = relative_to_benchmark(edition, row) if money else None
    if shares is not None and row["baseline_end"] != row["period_end"]:
        if shares.then is None or shares.now is None:
            return "no share: an amount is not above 0"
        then, now = (numbers.number(share, percent) for share in (shares.then, shares.now))
        return f"{then} to {now} of {shares.name}"
    if pd.isna(row["change"]) or money:
        return "none"
    change, *beside = (
        numbers.judged(row, column, lambda value: signed(value, decimals)) if pd.notna(row[column]) else "–"
        for column in ("change", "country_change", "peers_change_median")
    )
    return change if beside == ["–", "–"] else f"{change} ({'; '.join(beside)})"


def _beside_cell(row: Judged, numbers: Numbers) -> str:
    result = str(row["benchmark_result"])
    words = result if result in SIDES else ""
    if pd.notna(row["peers_rank"]):
        rank, ranked = (numbers.whole(judged(row, column)) for column in ("peers_rank", "peers_ranked"))
        place = f"{'joint ' if row['peers_tied'] else ''}{rank} of {ranked}"
        words = f"{words}; {place}" if words else place
    return words or "not compared"


def why_not(reasons: dict[str, str]) -> str:
    """What the letters beside refused verdicts stand for."""
    lettered = "; ".join(f"({letter}) {reason}" for reason, letter in reasons.items())
    return f"Why none: {lettered}." if lettered else ""


def judged_cell(row: Judged, reasons: dict[str, str]) -> str:
    """The verdict on the change since the baseline, or a letter that stands for the reason why there is none."""
    result = str(row["change_result"])
    if result == NO_INTERVAL:
        return "no limits"
    return _lettered("none", str(row["change_reason"]), reasons) if result == NOT_JUDGED else result


def _trend_cell(row: Judged, reasons: dict[str, str]) -> str:
    result = str(row["trend_result"])
    return _lettered("none", str(row["trend_reason"]), reasons) if result == NOT_TESTED else result


def _lettered(words: str, reason: str, reasons: dict[str, str]) -> str:
    letter = reasons.setdefault(reason, ascii_lowercase[len(reasons) % len(ascii_lowercase)])
    return f"{words} ({letter})"

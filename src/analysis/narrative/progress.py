"""Progress by aim: the headline figures in sentences, every series in a table, each verdict with what it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from string import ascii_lowercase
from typing import Any

import pandas as pd

from analysis.blocks import Blocks, Box, Column, Cover, Figure, Table, Text
from analysis.catalogue.plans import Aim, Plan
from analysis.figures import draw_aim
from analysis.judge.progress import NO_INTERVAL, NOT_JUDGED, NOT_TESTED
from analysis.narrative.aims import figures_of, flag_note, guide
from analysis.narrative.citations import source_line
from analysis.narrative.movement import (
    Judged,
    baseline_cell,
    latest_period,
    named,
    relative_to_benchmark,
    say_change,
    say_since_previous,
    say_standing,
    say_trend,
    short_period,
    short_unit,
    signed,
    worked_anew,
)
from analysis.narrative.prose import Prose, cell
from analysis.tables import keys
from analysis.tables.loaded import LoadedEdition
from analysis.words import capital, joined, rounded

Block = Text | Box | Cover | Table | Figure
NARROW = 0.35  # headings longer than their cells wrap rather than widen their columns
ENDS = {"last": "worst", "first": "best"}
SAME = ["indicator", "area_code", "sex", "age"]


def city_rows(edition: LoadedEdition) -> list[dict[str, Any]]:
    """The judgements of the city's own series that have a value."""
    rows = edition.judgements
    rows = rows[(rows["area_code"] == edition.place.code) & rows["value"].notna()]
    return [{str(name): value for name, value in row.items()} for row in rows.to_dict("records")]


def previous_rows(edition: LoadedEdition) -> dict[tuple[str, ...], dict[str, Any]]:
    """The same of the edition before, by indicator, area, sex and age; none in the first edition."""
    before = edition.previous_edition
    return {} if before is None else {series_key(row): row for row in city_rows(before)}


def series_key(row: Judged) -> tuple[str, ...]:
    """What tells a series from another."""
    return tuple(str(row[name]) for name in SAME)


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
    prose.say(f"What the plan wants: {aim.wants[:1].lower() + aim.wants[1:]}")
    if not rows:
        prose.say(f"No figure that is held speaks to this aim for {edition.edition.year}.")
        return [prose.text()]
    _say_state(edition, aim, rows, prose)
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


def _say_state(edition: LoadedEdition, aim: Aim, rows: Sequence[Judged], prose: Prose) -> None:
    """How many series are in which state; nothing is averaged."""
    place = edition.place

    def counts(*conditions: str, **equal: str) -> str:
        return series_count(edition, *conditions, aim=aim.id, **equal)

    count = prose.counted(len(rows), counts(), "series", "series")
    prose.say(f"{capital(count)} of figures {'belongs' if len(rows) == 1 else 'belong'} to this chapter.")
    by_limits = [row for row in rows if row["benchmark_method"] == "limits"]
    if by_limits:
        limits = {"benchmark_method": "limits"}
        sides = ("better", "similar", "worse", "higher", "lower")
        beside = f"that can be set beside {place.country.name} by limits"
        if len(by_limits) == 1:
            prose.say(f"The {prose.count(1, counts(**limits))} {beside} is {by_limits[0]['benchmark_result']}.")
        else:
            of = prose.count(len(by_limits), counts(**limits))
            keyed = {word: counts(**limits, benchmark_result=word) for word in sides}
            prose.say(f"Of the {of} {beside}, {_tally(prose, by_limits, 'benchmark_result', keyed)}.")
    moved = [row for row in rows if row["change_result"] not in (NOT_JUDGED, NO_INTERVAL)]
    if moved:
        results = ("improved", "no significant change", "worsened", "rose", "fell")
        keyed = {word: counts(change_result=word) for word in results}
        prose.say(f"Since the baseline, by limits: {_tally(prose, moved, 'change_result', keyed)}.")
    unlimited = sum(row["change_result"] == NO_INTERVAL for row in rows)
    if unlimited:
        many = prose.counted(unlimited, counts(change_result=NO_INTERVAL), "series", "series")
        prose.say(f"{capital(many)} moved or stood still without published limits, and no verdict is drawn.")
    ends = {end: sum(str(row["peers_place"]).endswith(word) for row in rows) for end, word in ENDS.items()}
    parts = [
        f"{end} in {prose.count(number, counts(f'peers_place~{ENDS[end]}'))}" for end, number in ends.items() if number
    ]
    if parts:
        prose.say(f"Among the {place.peers_name}, by rank alone, {place.name} stands {joined(parts)} of them.")


def series_count(edition: LoadedEdition, *conditions: str, **equal: str) -> str:
    """The key of a count of the city's own series that have a value."""
    return keys.count("judgements", "value!=", *conditions, area_code=edition.place.code, **equal)


def _tally(prose: Prose, rows: Iterable[Judged], column: str, keyed: Mapping[str, str]) -> str:
    """How many rows have which of the words in a column, each count noted with its key."""
    found = [str(row[column]) for row in rows]
    counts = [(word, found.count(word)) for word in keyed if word in found]
    words = [f"{prose.count(number, keyed[word])} {_verb(word, number)}" for word, number in counts]
    return f"all {words[0]}" if len(counts) == 1 and counts[0][1] > 1 else joined(words)


def _verb(word: str, number: int) -> str:
    if word == "no significant change":
        return "shows no significant change" if number == 1 else "show no significant change"
    if word in ("improved", "worsened", "rose", "fell"):
        return word
    return f"{'is' if number == 1 else 'are'} {word}"


def _table(
    edition: LoadedEdition, aim: Aim, rows: Sequence[Judged], before: dict[tuple[str, ...], dict[str, Any]]
) -> Table:
    place = edition.place
    previous = edition.previous_edition
    with_previous = previous is not None and previous.edition.baseline is not None
    reasons: dict[str, str] = {}
    cells = [_cells(edition, row, before.get(series_key(row)) if with_previous else None, reasons) for row in rows]
    columns = [
        Column("Indicator", row_header=True, width=0.6),
        Column("Baseline", "right", width=NARROW),
        Column(f"Report of {previous.edition.year}" if with_previous and previous else "", "right", width=NARROW),
        Column("Latest", "right", width=NARROW),
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
    anew = worked_anew(edition, rows)
    return Table(
        title=f"{aim.title}: every series, by {edition.edition.cut_off:%B %Y}",
        columns=[columns[number] for number in kept],
        rows=[tuple(line[number] for number in kept) for line in cells],
        source=source_line(edition, sources_of_rows(edition, rows)),
        note=" ".join(part for part in (note, why_not(reasons), anew, flags and f"{flags}.") if part),
        part=aim.id,
    )


def sources_of_rows(edition: LoadedEdition, rows: Sequence[Judged]) -> set[tuple[str, str]]:
    """The releases behind the latest value of each series."""
    own = edition.indicators[edition.indicators["area_code"] == edition.place.code]
    wanted = {(row["indicator"], row["period_end"], row["sex"], row["age"]) for row in rows}
    keys = zip(own["indicator"], own["period_end"], own["sex"], own["age"], strict=True)
    kept = own[[key in wanted for key in keys]]
    return set(zip(kept["source"], kept["release"], strict=True))


def _cells(edition: LoadedEdition, row: Judged, before: Judged | None, reasons: dict[str, str]) -> tuple[str, ...]:
    indicator = edition.catalogue.indicators[str(row["indicator"])]
    decimals = indicator.decimals
    latest = f"{cell(row, decimals, unit=short_unit(row))} ({latest_period(edition, row)})"
    if before is None:
        last = "none"
    elif before["period_end"] == row["period_end"] and before["value"] == row["value"]:
        last = "the same"
    else:
        last = f"{cell(before, decimals, unit=short_unit(before), flag=False)} ({short_period(before)})"
    return (
        named(indicator, row),
        baseline_cell(row, decimals),
        last,
        latest,
        _change_cell(edition, row, decimals),
        _beside_cell(row),
        judged_cell(row, reasons),
        _trend_cell(row, reasons),
    )


def _change_cell(edition: LoadedEdition, row: Judged, decimals: int) -> str:
    money = edition.catalogue.indicators[str(row["indicator"])].kind == "money"
    shares = relative_to_benchmark(edition, row) if money else None
    if shares is not None and row["baseline_end"] != row["period_end"]:
        return f"{rounded(shares[1], 1)}% to {rounded(shares[2], 1)}% of {shares[0]}"
    if pd.isna(row["change"]) or money:
        return "none"
    beside = [
        signed(row[column], decimals) if pd.notna(row[column]) else "–"
        for column in ("country_change", "peers_change_median")
    ]
    words = signed(row["change"], decimals)
    return words if beside == ["–", "–"] else f"{words} ({'; '.join(beside)})"


def _beside_cell(row: Judged) -> str:
    result = str(row["benchmark_result"])
    words = result if result in ("better", "worse", "similar", "higher", "lower") else ""
    if pd.notna(row["peers_rank"]):
        rank = f"{int(row['peers_rank'])} of {int(row['peers_ranked'])}"
        words = f"{words}; {rank}" if words else rank
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

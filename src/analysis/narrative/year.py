"""The headline page of an annual report, its early warnings, and what became of those of the year before."""

from __future__ import annotations

import pandas as pd

from analysis.blocks import Blocks, Column, Table, Text
from analysis.judge.progress import NO_INTERVAL, NOT_JUDGED
from analysis.judge.scorecard import WORSE
from analysis.narrative.deprivation import say_deprived_share
from analysis.narrative.life_expectancy import say_slopes
from analysis.narrative.movement import (
    aged_period,
    baseline_cell,
    given_in,
    latest_period,
    named,
    place_words,
    rank_words,
    short_unit,
    title_of,
    unusual_baselines,
    worked_anew,
)
from analysis.narrative.progress import MOVES, NARROW, SIDES, judged_cell, moved_words, tally, why_not
from analysis.narrative.prose import Prose, row_period
from analysis.narrative.series import (
    Judged,
    city_rows,
    of_area,
    previous_rows,
    series_count,
    series_key,
)
from analysis.tables.loaded import LoadedEdition
from analysis.tables.printing import Numbers, cited_for
from analysis.tables.reference import Reference, judged
from analysis.words import capital, day_words, joined, with_unit

FIRST_WARNINGS = 5
LATER_OR_NOT = ("<{period_end}", ">={period_end}")
BROKEN = "what is measured changed between the two periods"
SIGNALS = {
    "getting worse over the last five points": "getting worse",
    "worse since the baseline": "worse since the baseline",
}


def describe_year(edition: LoadedEdition) -> Text:
    """The page that a reader in a hurry reads: what is new, how the city stands, how it moved, what to watch."""
    prose = Prose()
    _say_what_is_new(edition, prose)
    prose.paragraph()
    _say_verdicts(edition, prose)
    prose.paragraph()
    _say_first_warnings(edition, prose)
    prose.paragraph()
    say_deprived_share(edition, prose)
    say_slopes(edition, prose)
    return prose.text()


def _say_what_is_new(edition: LoadedEdition, prose: Prose) -> None:
    place, before = edition.place, previous_rows(edition)
    compared = [place.country.name, f"the other {place.peers_name}"]
    base, previous = edition.baseline_edition, edition.previous_edition
    if base is not None:
        compared.insert(0, f"the baseline report of {base.edition.year}")
    if previous is not None and previous.edition.baseline is not None:
        compared.insert(1, f"the report of {previous.edition.year}")
    cut_off = day_words(edition.edition.cut_off.isoformat())
    prose.say(f"This report sets {place.name} beside {joined(compared)}, with what had been published by {cut_off}.")
    every = series_count(edition)
    held = edition.total("distinct", "indicator", "judgements", "value!=", area_code=place.code)
    prose.say(f"It holds {prose.whole(held)} indicators of the city as a whole, in {prose.whole(every)} series.")
    if not before or previous is None:
        return
    last = previous.edition.id
    later, still = (series_count(edition, f"{last}.value!=", f"{last}.period_end{side}") for side in LATER_OR_NOT)
    words = [f"{prose.counted(later, 'series', 'series')} moved on to a later period"]
    new = series_count(edition, f"{last}.value=")
    if new:
        words.append(f"{prose.counted(new, 'is', 'are')} new")
    if still:
        words.append(f"for {prose.count(still)} nothing newer is held")
    prose.say(f"Since the report of {previous.edition.year}, {joined(words)}.")


def _say_verdicts(edition: LoadedEdition, prose: Prose) -> None:
    country, limits = edition.place.country.name, {"benchmark_method": "limits"}
    by_limits = series_count(edition, **limits)
    if by_limits:
        sides = {word: series_count(edition, **limits, benchmark_result=word) for word in SIDES}
        many = capital(prose.counted(by_limits, "series", "series"))
        prose.say(f"{many} can be set beside {country} by limits: {tally(prose, sides, lambda word, _: word)}.")
    moved = series_count(edition, change_result="|".join(MOVES))
    if moved:
        since = f"Of the {prose.counted(moved, 'change')} since the baseline that limits can judge"
        moves = {word: series_count(edition, change_result=word) for word in MOVES}
        prose.say(f"{since}, {tally(prose, moves, moved_words)}.")
    barred = series_count(edition, change_reason=BROKEN)
    if barred:
        cross, get = ("crosses", "gets") if int(barred) == 1 else ("cross", "get")
        many = capital(prose.counted(barred, "series", "series"))
        prose.say(f"{many} {cross} a break in what is measured, and {get} no change.")
    prose.say(
        "For most figures no limits are held: they are shown with their rank and their change, and without a "
        "verdict. Nothing here measures what the council's own actions caused."
    )


def _warnings(edition: LoadedEdition) -> list[Judged]:
    """The rows of early_warnings.csv, the best supported first."""
    table = edition.table("early_warnings")
    if table.empty:
        return []
    rows = table.assign(area_code=edition.place.code).sort_values("order", kind="stable").to_dict("records")
    return [{str(name): value for name, value in row.items()} for row in rows]


def _say_first_warnings(edition: LoadedEdition, prose: Prose) -> None:
    warnings = _warnings(edition)
    if not warnings:
        prose.say("No series gets worse, is worse than the country or stands last by the rules of this report.")
        return
    held = {series_key(row): row for row in city_rows(edition)}
    leading = [row for row in warnings if row["leads"] == "yes"]
    first = [
        f"{title_of(edition.catalogue.indicators[row['indicator']], row)}, "
        f"{aged_period(edition, held[series_key(row)])}: {_signals(row)}"
        for row in leading[:FIRST_WARNINGS]
    ]
    many = prose.counted(edition.count("early_warnings", leads="yes"), "subject", "subjects")
    verb, beginning = ("calls", "It is") if len(leading) == 1 else ("call", "The best supported are")
    prose.say(f"{capital(many)} {verb} for attention. {beginning} {'; '.join(first)}.")


def _signals(row: Judged) -> str:
    """What a warning shows, in short."""
    words = [SIGNALS.get(signal, signal) for signal in str(row["signals"]).split("; ")]
    return joined([word.replace("worst among the", "last of the") for word in words])


def table_headlines(edition: LoadedEdition) -> Table:
    """Every headline indicator: baseline, previous report, latest, beside whom, and how it moved."""
    rows = [row for row in city_rows(edition) if edition.catalogue.indicators[row["indicator"]].headline]
    order = {p: number for number, p in enumerate(edition.plan.priorities)}
    rows.sort(key=lambda row: (order.get(edition.catalogue.indicators[row["indicator"]].priorities[0], 0), row["sex"]))
    place = edition.place
    cells, reasons, numbers = [], dict[str, str](), Numbers()
    for row in rows:
        indicator = edition.catalogue.indicators[row["indicator"]]
        decimals, unit = indicator.decimals, short_unit(row)
        beside = row["benchmark_method"] != "none" and pd.notna(row["benchmark_value"])
        cells.append(
            (
                named(indicator, row),
                baseline_cell(row, decimals, numbers),
                f"{numbers.cell(row, decimals, unit=unit)} ({latest_period(edition, row)})",
                _country_cell(edition, row, unit, decimals, numbers) if beside else "none",
                _standing(row, numbers),
                judged_cell(row, reasons),
            )
        )
    anew = worked_anew(edition, rows, numbers)
    return numbers.table(
        title=f"The headline indicators, by {edition.edition.cut_off:%B %Y}",
        columns=(
            Column("Indicator", row_header=True, width=0.8),
            Column("Baseline", "right", width=NARROW, words="periods"),
            Column("Latest", "right", width=NARROW, words="periods"),
            Column(place.country.name, "right", width=NARROW),
            Column(f"Beside {place.country.name}; rank", width=NARROW),
            Column("Since the baseline", width=NARROW),
        ),
        rows=cells,
        source=cited_for(edition, {row["indicator"] for row in rows}),
        note="[r] revised since: only a later vintage is held; [e] estimated, or stands in for an earlier date. Rank 1 "
        f"is the best of the {place.peers_name}. "
        + " ".join(
            part
            for part in ("A verdict needs limits.", why_not(reasons), anew, unusual_baselines(edition, rows))
            if part
        ),
    )


def _country_cell(edition: LoadedEdition, row: Judged, unit: str, decimals: int, numbers: Numbers) -> str:
    country = of_area(edition, row, edition.place.country.code)
    return numbers.number(country, lambda value: with_unit(value, unit, decimals))


def _standing(row: Judged, numbers: Numbers) -> str:
    words = str(row["benchmark_result"]) if row["benchmark_method"] == "limits" else ""
    rank = rank_words(row, numbers)
    if not rank:
        return words or "not compared"
    rank = f"{rank} of {numbers.whole(judged(row, 'peers_ranked'))}"
    return f"{words}; {rank}" if words else rank


def describe_last_warnings(edition: LoadedEdition) -> Blocks:
    """What became of the warnings of the edition before: which stand again, which are off the list and why."""
    previous = edition.previous_edition
    if previous is None:
        return Blocks.of([])
    prose = Prose()
    _say_last_years(edition, previous, prose)
    now = {series_key(row) for row in _warnings(edition)}
    gone = [row for row in _warnings(previous) if series_key(row) not in now]
    return Blocks.of([prose.text(), *([_table_gone(edition, previous, gone)] if gone else [])])


def _say_last_years(edition: LoadedEdition, previous: LoadedEdition, prose: Prose) -> None:
    now = {series_key(row): row for row in _warnings(edition)}
    then = {series_key(row): row for row in _warnings(previous)}
    report = f"the {'baseline ' if previous.edition.baseline is None else ''}report of {previous.edition.year}"
    if not then:
        prose.say(f"{capital(report)} raised no warning.")
        return
    this, last = edition.edition.id, previous.edition.id

    def of_last(*conditions: str) -> Reference:
        return edition.count("early_warnings", *conditions, edition=last)

    still, unmoved = of_last(f"{this}.order!="), of_last(f"{this}.period_end={{period_end}}")
    of = prose.counted(of_last(), "warning")
    prose.say(f"Of the {of} in {report}, {prose.count(still)} stand{'' if int(still) > 1 else 's'} again.")
    if 0 < int(unmoved) < int(still):
        prose.say(f"For {prose.count(unmoved)} of these no newer figure is held.")
    elif unmoved:
        prose.say(f"No newer figure is held for {'any of these' if int(still) > 1 else 'it'}.")
    gone, new = of_last(f"{this}.order="), edition.count("early_warnings", f"{last}.order=")
    if gone:
        off = capital(prose.count(gone))
        prose.say(f"{off} {'is' if int(gone) == 1 else 'are'} off the list, as the table shows.")
    if new:
        rows = [row for key, row in now.items() if key not in then]
        titles = [title_of(edition.catalogue.indicators[row["indicator"]], row) for row in rows]
        prose.say(f"{capital(prose.count(new))} {'is' if int(new) == 1 else 'are'} new: {'; '.join(titles)}.")
    else:
        prose.say("None is new.")


def _table_gone(edition: LoadedEdition, previous: LoadedEdition, gone: list[Judged]) -> Table:
    held = {series_key(row): row for row in city_rows(edition)}
    cells, numbers = [], Numbers()
    for row in gone:
        indicator = edition.catalogue.indicators[row["indicator"]]
        unit, name = short_unit(row), named(indicator, row)
        then = f"{given_in(previous, row, unit, indicator.decimals, numbers)} ({row_period(row)})"
        present = held.get(series_key(row))
        if present is None:
            cells.append((name, then, "none", "No figure of it is held now."))
            continue
        now = f"{numbers.cell(present, indicator.decimals, unit=unit, flag=False)} ({row_period(present)})"
        cells.append((name, then, now, _why_gone(edition, row, present, numbers)))
    return numbers.table(
        title=f"Warnings of {previous.edition.year} that are off the list",
        columns=(
            Column("Indicator", row_header=True),
            Column(f"Report of {previous.edition.year}", "right", width=0.9, words="periods"),
            Column("Now", "right", width=0.9, words="periods"),
            Column("Why it is off the list"),
        ),
        rows=cells,
        source=cited_for(edition, {row["indicator"] for row in gone}),
        part="gone",
    )


def _why_gone(edition: LoadedEdition, then: Judged, now: Judged, numbers: Numbers) -> str:
    """What no longer holds, by what the series shows now."""
    parts = []
    signals = str(then["signals"])
    if "last five points" in signals:
        parts.append(f"the recent trend is {now['trend_result']}")
    if "since the baseline" in signals:
        tested = now["change_result"] not in (NOT_JUDGED, NO_INTERVAL)
        parts.append(
            f"since the baseline: {now['change_result']}" if tested else f"no change is judged: {now['change_reason']}"
        )
    if "among" in signals:
        rank = place_words(now, edition.place.peers_name, numbers)
        parts.append(f"it is now {rank}" if rank else "no rank is held for the latest period")
    if WORSE in signals:
        country, result = edition.place.country.name, str(now["benchmark_result"])
        sides = {"similar": f"it cannot be told from {country} now", "better": f"it is now better than {country}"}
        parts.append(sides.get(result, f"it is not compared with {country} now"))
    return capital("; ".join(parts)) + "."

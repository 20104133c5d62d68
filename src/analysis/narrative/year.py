"""The headline page of an annual report, its early warnings, and what became of those of the year before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from analysis.blocks import Blocks, Column, Table, Text
from analysis.judge.progress import NO_INTERVAL, NOT_JUDGED
from analysis.narrative.citations import source_line, sources_of
from analysis.narrative.deprivation import say_deprived_share
from analysis.narrative.life_expectancy import say_slopes
from analysis.narrative.movement import (
    Judged,
    baseline_cell,
    latest_period,
    named,
    place_words,
    short_unit,
    title_of,
    worked_anew,
)
from analysis.narrative.progress import NARROW, city_rows, judged_cell, previous_rows, series_count, series_key, why_not
from analysis.narrative.prose import Prose, cell, row_period
from analysis.tables import keys
from analysis.tables.loaded import LoadedEdition
from analysis.words import capital, day_words, joined

FIRST_WARNINGS = 5
SIDES = ("<{period_end}", ">={period_end}")
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
    rows = city_rows(edition)
    compared = [place.country.name, f"the other {place.peers_name}"]
    base, previous = edition.baseline_edition, edition.previous_edition
    if base is not None:
        compared.insert(0, f"the baseline report of {base.edition.year}")
    if previous is not None and previous.edition.baseline is not None:
        compared.insert(1, f"the report of {previous.edition.year}")
    cut_off = day_words(edition.edition.cut_off.isoformat())
    prose.say(f"This report sets {place.name} beside {joined(compared)}, with what had been published by {cut_off}.")
    every = series_count(edition)
    held = prose.number(str(len({row["indicator"] for row in rows})), every.replace(":count", ":distinct(indicator)"))
    prose.say(f"It holds {held} indicators of the city as a whole, in {prose.number(str(len(rows)), every)} series.")
    if not before or previous is None:
        return
    newer = [row for row in rows if (old := before.get(series_key(row))) and old["period_end"] < row["period_end"]]
    added = [row for row in rows if series_key(row) not in before]
    last = previous.edition.id
    later, same = (series_count(edition, f"{last}.value!=", f"{last}.period_end{sign}") for sign in SIDES)
    words = [f"{prose.counted(len(newer), later, 'series', 'series')} moved on to a later period"]
    if added:
        words.append(f"{prose.counted(len(added), series_count(edition, f'{last}.value='), 'is', 'are')} new")
    still = len(rows) - len(newer) - len(added)
    words.append(f"{prose.count(still, same)} {'has' if still == 1 else 'have'} nothing newer")
    prose.say(f"Since the report of {previous.edition.year}, {joined(words)}.")


def _say_verdicts(edition: LoadedEdition, prose: Prose) -> None:
    place, rows = edition.place, city_rows(edition)
    judged = [row for row in rows if row["benchmark_method"] == "limits"]
    sides = ("better", "similar", "worse", "higher", "lower")
    limits = {"benchmark_method": "limits"}
    counts = {word: _count(judged, "benchmark_result", word) for word in sides}
    if judged:
        keyed = {word: series_count(edition, **limits, benchmark_result=word) for word in sides}
        many = prose.counted(len(judged), series_count(edition, **limits), "series", "series")
        prose.say(f"{capital(many)} can be set beside {place.country.name} by limits: {_listed(prose, counts, keyed)}.")
    moved = [row for row in rows if row["change_result"] not in (NOT_JUDGED, NO_INTERVAL)]
    if moved:
        words = {"improved": "improved", "no significant change": "show no significant change", "worsened": "worsened"}
        words |= {"rose": "rose", "fell": "fell"}
        found = {word: _count(moved, "change_result", word) for word in words}
        if found["no significant change"] == 1:
            words["no significant change"] = "shows no significant change"
        changes = {words[word]: number for word, number in found.items()}
        keyed = {text: series_count(edition, change_result=word) for word, text in words.items()}
        total = sum(changes.values())
        if total:
            of = prose.counted(total, series_count(edition, change_result="|".join(words)), "change")
            since = f"Of the {of} since the baseline that limits can judge"
            prose.say(f"{since}, {_listed(prose, changes, keyed)}.")
        else:
            prose.say("No change since the baseline is judged.")
    barred = sum(row["change_reason"] == BROKEN for row in rows)
    if barred:
        many = prose.counted(barred, series_count(edition, change_reason=BROKEN), "series", "series")
        prose.say(
            f"{capital(many)} cross{'es' if barred == 1 else ''} a break in what is measured, and "
            f"{'gets' if barred == 1 else 'get'} no change."
        )
    prose.say(
        "Most figures are published without limits: they are shown with their rank and their change, and without a "
        "verdict. Nothing here measures what the council's own actions caused."
    )


def _count(rows: Sequence[Any], column: str, word: str) -> int:
    return sum(row[column] == word for row in rows)


def _listed(prose: Prose, counts: Mapping[str, int], keyed: Mapping[str, str]) -> str:
    """Counts that are not zero, as a list, each noted with its key; ``all`` where there is but one kind."""
    found = [(word, number) for word, number in counts.items() if number]
    words = [f"{prose.count(number, keyed[word])} {word}" for word, number in found]
    return f"all {words[0]}" if len(found) == 1 and found[0][1] > 1 else joined(words or ["none"])


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
        prose.say("No series gets worse by the rules of this report or stands last among the peers.")
        return
    first = [
        f"{title_of(edition.catalogue.indicators[row['indicator']], row)}, {_signals(row)}"
        for row in warnings[:FIRST_WARNINGS]
    ]
    many = prose.counted(len(warnings), keys.count("early_warnings"), "series", "series")
    verb, beginning = ("calls", "It is") if len(warnings) == 1 else ("call", "The best supported are")
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
    cells, reasons = [], dict[str, str]()
    for row in rows:
        indicator = edition.catalogue.indicators[row["indicator"]]
        decimals, unit = indicator.decimals, short_unit(row)
        country = row["benchmark_value"] if row["benchmark_method"] != "none" else float("nan")
        cells.append(
            (
                named(indicator, row),
                baseline_cell(row, decimals),
                f"{cell(row, decimals, unit=unit)} ({latest_period(edition, row)})",
                "none" if pd.isna(country) else cell({"value": country, "flag": ""}, decimals, unit=unit),
                _standing(row, place.peers_name),
                judged_cell(row, reasons),
            )
        )
    return Table(
        title=f"The headline indicators, by {edition.edition.cut_off:%B %Y}",
        columns=(
            Column("Indicator", row_header=True, width=0.8),
            Column("Baseline", "right", width=NARROW),
            Column("Latest", "right", width=NARROW),
            Column(place.country.name, "right", width=NARROW),
            Column(f"Beside {place.country.name}; rank", width=NARROW),
            Column("Since the baseline", width=NARROW),
        ),
        rows=cells,
        source=source_line(edition, sources_of(edition, {row["indicator"] for row in rows}) or []),
        note="[r] revised since: only a later vintage is held; [e] estimated, or stands in for an earlier date. Rank 1 "
        f"is the best of the {place.peers_name}. "
        + " ".join(filter(None, ("A verdict needs published limits.", why_not(reasons), worked_anew(edition, rows)))),
    )


def _standing(row: Judged, peers_name: str) -> str:
    words = str(row["benchmark_result"]) if row["benchmark_method"] == "limits" else ""
    rank = place_words(row, peers_name).partition(" of the ")[0]
    if not rank:
        return words or "not compared"
    rank = f"{rank} of {int(row['peers_ranked'])}"
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
    still = [key for key in then if key in now]
    same = [key for key in still if now[key]["period_end"] == then[key]["period_end"]]
    gone, new = len(then) - len(still), [key for key in now if key not in then]
    this, last = edition.edition.id, previous.edition.id
    of = prose.counted(len(then), keys.count("early_warnings", edition=last), "warning")
    stand = prose.count(len(still), keys.count("early_warnings", f"{this}.order!=", edition=last))
    prose.say(f"Of the {of} in {report}, {stand} stand{'' if len(still) > 1 else 's'} again.")
    if same and len(same) < len(still):
        unmoved = keys.count("early_warnings", f"{this}.period_end={{period_end}}", edition=last)
        prose.say(f"For {prose.count(len(same), unmoved)} of these there is no newer figure.")
    elif same:
        prose.say("There is no newer figure for any of these." if len(same) > 1 else "There is no newer figure for it.")
    if gone:
        off = prose.count(gone, keys.count("early_warnings", f"{this}.order=", edition=last))
        prose.say(f"{capital(off)} {'is' if gone == 1 else 'are'} off the list, as the table shows.")
    if new:
        titles = [title_of(edition.catalogue.indicators[now[key]["indicator"]], now[key]) for key in new]
        many = prose.count(len(new), keys.count("early_warnings", f"{last}.order="))
        prose.say(f"{capital(many)} {'is' if len(new) == 1 else 'are'} new: {'; '.join(titles)}.")
    else:
        prose.say("None is new.")


def _table_gone(edition: LoadedEdition, previous: LoadedEdition, gone: list[Judged]) -> Table:
    held = {series_key(row): row for row in city_rows(edition)}
    cells = []
    for row in gone:
        indicator = edition.catalogue.indicators[row["indicator"]]
        unit, name = short_unit(row), named(indicator, row)
        then = f"{cell({**row, 'flag': ''}, indicator.decimals, unit=unit)} ({row_period(row)})"
        present = held.get(series_key(row))
        if present is None:
            cells.append((name, then, "none", "No figure of it is held now."))
            continue
        now = f"{cell({**present, 'flag': ''}, indicator.decimals, unit=unit)} ({row_period(present)})"
        cells.append((name, then, now, _why_gone(edition, row, present)))
    return Table(
        title=f"Warnings of {previous.edition.year} that are off the list",
        columns=(
            Column("Indicator", row_header=True),
            Column(f"Report of {previous.edition.year}", "right", width=0.9),
            Column("Now", "right", width=0.9),
            Column("Why it is off the list"),
        ),
        rows=cells,
        source=source_line(edition, sources_of(edition, {row["indicator"] for row in gone})),
        part="gone",
    )


def _why_gone(edition: LoadedEdition, then: Judged, now: Judged) -> str:
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
        if now["repeated"] == "yes":
            parts.append("the source only carried its value forward")
        else:
            rank = place_words(now, edition.place.peers_name)
            parts.append(f"it is now {rank}" if rank else "no rank is held for the latest period")
    return capital("; ".join(parts)) + "."

"""What changed in the data since the report before: releases, new and revised figures, breaks, what is stale."""

from __future__ import annotations

from analysis.blocks import Blocks, Box, Column, Cover, Figure, Table, Text
from analysis.narrative.movement import STALE_YEARS, given_in, is_old, named, short_unit, title_of
from analysis.narrative.prose import Prose, row_period
from analysis.narrative.series import Judged, city_rows, previous_rows, series_count, series_key, sources_of_rows
from analysis.tables.loaded import LoadedEdition
from analysis.tables.printing import Cited, Numbers, cited
from analysis.tables.reference import Reference
from analysis.words import capital, day_words, joined, number_word, period_words, with_unit

Block = Text | Box | Cover | Table | Figure


def describe_changes(edition: LoadedEdition) -> Blocks:
    """Everything about the data that a reader of last year's report should know before comparing the two."""
    prose = Prose()
    _say_releases(edition, prose)
    prose.paragraph()
    _say_series(edition, prose)
    prose.paragraph()
    _say_vintage(edition, prose)
    tables = [_table_breaks(edition), _table_revised(edition), _table_stale(edition)]
    return Blocks.of([prose.text(), *(table for table in tables if table is not None)])


def _report(edition: LoadedEdition) -> str:
    base = edition.edition.baseline is None
    return f"the {'baseline report' if base else 'report'} of {edition.edition.year}"


def _say_releases(edition: LoadedEdition, prose: Prose) -> None:
    previous = edition.previous_edition
    if previous is None:
        return
    before = set(zip(previous.sources["source"], previous.sources["release"], strict=True))
    rows = [row for row in edition.sources.to_dict("records") if (row["source"], row["release"]) not in before]
    if not rows:
        periods = ": what is new are later periods of them" if _later(edition, previous) else ""
        prose.say(f"This report rests on the same releases as {_report(previous)}{periods}.")
        return
    new = edition.count("sources", f"{previous.edition.id}.title=")
    prose.say(f"{capital(prose.counted(new, 'release'))} {_is(new)} used that {_report(previous)} did not use:")
    prose.paragraph()
    for row in sorted(rows, key=lambda row: (str(row["published"]), str(row["title"]))):
        prose.say(f"- {row['publisher']}, {row['title']}, {day_words(str(row['published']))}.")


def _is(number: Reference) -> str:
    return "is" if int(number) == 1 else "are"


def _say_series(edition: LoadedEdition, prose: Prose) -> None:
    previous, before = edition.previous_edition, previous_rows(edition)
    if previous is None:
        return
    rows = city_rows(edition)
    held = {series_key(row) for row in rows}
    added = [row for row in rows if series_key(row) not in before]
    lost = [row for key, row in before.items() if key not in held]
    this, last = edition.edition.id, previous.edition.id
    later = _later(edition, previous)
    prose.say(
        f"{capital(prose.counted(later, 'series', 'series'))} of the city {'has' if int(later) == 1 else 'have'} a "
        f"later period than in {_report(previous)}."
    )
    if added:
        new = series_count(edition, f"{last}.value=")
        first = f"{capital(prose.count(new))} {_is(new)} here for the first time"
        prose.say(f"{first}: {_titles(edition, added)}.")
    if lost:
        gone = edition.count("judgements", "value!=", f"{this}.value=", edition=last, area_code=edition.place.code)
        prose.say(f"{capital(prose.count(gone))} {_is(gone)} no longer held: {_titles(edition, lost)}.")


def _later(edition: LoadedEdition, previous: LoadedEdition) -> Reference:
    """How many of the city's series have a later period than in the report before."""
    last = previous.edition.id
    return series_count(edition, f"{last}.value!=", f"{last}.period_end<{{period_end}}")


def _titles(edition: LoadedEdition, rows: list[Judged]) -> str:
    indicators = edition.catalogue.indicators
    return "; ".join(sorted(title_of(indicators[row["indicator"]], row) for row in rows))


def _say_vintage(edition: LoadedEdition, prose: Prose) -> None:
    """Where what was known at the cut-off cannot be rebuilt, because only a later release is held."""
    cut_off = edition.edition.cut_off
    sources = edition.sources[edition.sources["published"] > cut_off.isoformat()]
    if sources.empty:
        prose.say("Every release used had come out by the cut-off, so the figures are those that were known then.")
        return
    prose.say(f"What was known on {cut_off.day} {cut_off:%B %Y} cannot be rebuilt in full.")
    for used, said in (
        (">0", "Only a later release is held of {}: {}."),
        ("=0", "Of {} by which figures are placed, weighted or checked, too, only a later release is held: {}."),
    ):
        some = sources[(sources["indicators"] > 0) == (used == ">0")]
        if some.empty:
            continue
        held = dict.fromkeys(f"{row['title']}, {day_words(str(row['published']))}" for row in some.to_dict("records"))
        later = edition.total("distinct", "title", "sources", f"indicators{used}", f"published>{cut_off.isoformat()}")
        prose.say(said.format(prose.counted(later, "source"), "; ".join(held)))
    revised = series_count(edition, "flag~[r]")
    if revised:
        prose.say(
            f"The periods are those that were out by then, but {prose.count(revised)} of the "
            f"{prose.whole(series_count(edition))} latest values of the city, marked [r], may have been revised since."
        )
    stood_in = series_count(edition, "flag~[e]", f"period_end>{cut_off.isoformat()}")
    if stood_in:
        stand = "stands" if int(stood_in) == 1 else "stand"
        prose.say(f"{capital(prose.count(stood_in))} of a later period {stand} in, marked [e].")


def _table_breaks(edition: LoadedEdition) -> Table | None:
    """Breaks that lie between the baseline's period and the latest, and the indicators cut in two by each."""
    found: dict[tuple[str, str], list[Judged]] = {}
    for row in city_rows(edition):
        start = str(row["baseline_end"] or "") or _first_end(edition, row)
        for day, broken in edition.catalogue.indicators[row["indicator"]].breaks.items():
            if start < day <= row["period_end"]:
                found.setdefault((broken, day), []).append(row)
    if not found:
        return None
    by_break: dict[str, list[tuple[str, list[Judged]]]] = {}
    for (broken, day), rows in sorted(found.items(), key=lambda item: item[0][1]):
        by_break.setdefault(broken, []).append((day, rows))
    cells = []
    used: list[Judged] = []
    for broken, parts in by_break.items():
        item = edition.catalogue.breaks[broken]
        rows = [row for _, each in parts for row in each]
        used += rows
        days = " or ".join(day_words(day) for day, _ in parts)
        cells.append((item.title, days, item.reason, _titles(edition, rows)))
    return Numbers().table(
        title="Breaks that no change and no trend crosses",
        columns=(
            Column("Break", row_header=True, width=0.5),
            Column("From", width=0.4, words="days"),
            Column("What happened", width=0.8, words="the words of the definition of the break"),
            Column("Indicators cut in two", width=0.8, words="titles"),
        ),
        rows=cells,
        source=cited(edition, sources_of_rows(edition, used)),
        part="breaks",
        indicators=dict.fromkeys(str(row["indicator"]) for row in used),
    )


def _first_end(edition: LoadedEdition, row: Judged) -> str:
    """The end of the first period held of the city's series."""
    rows = edition.rows(row["indicator"])
    own = rows[(rows["area_code"] == row["area_code"]) & (rows["sex"] == row["sex"]) & rows["value"].notna()]
    return str(own["period_end"].min())


def _table_revised(edition: LoadedEdition) -> Table | None:
    """The city's values that the report before gave otherwise for the same period."""
    before, previous = previous_rows(edition), edition.previous_edition
    cells, shown, numbers = [], list[Judged](), Numbers()
    for row in city_rows(edition):
        old = before.get(series_key(row))
        if previous is None or old is None or old["period_end"] != row["period_end"]:
            continue
        indicator = edition.catalogue.indicators[row["indicator"]]
        given, now = (with_unit(each["value"], short_unit(each), indicator.decimals) for each in (old, row))
        if given != now:
            shown.append(row)
            cells.append(
                (
                    named(indicator, row),
                    row_period(row),
                    given_in(previous, old, short_unit(old), indicator.decimals, numbers),
                    numbers.value(row, indicator.decimals, unit=short_unit(row)),
                )
            )
    if not cells or previous is None:
        return None
    return numbers.table(
        title=f"Figures given otherwise in {_report(previous)}",
        columns=(
            Column("Indicator", row_header=True),
            Column("Period", words="periods"),
            Column(f"Report of {previous.edition.year}", "right"),
            Column("Now", "right"),
        ),
        rows=cells,
        source=Cited("The tables of both editions.", cited(edition, sources_of_rows(edition, shown)).releases),
        note="The same period of the same series: the source changed, or the residents that weigh small areas.",
        part="revised",
    )


def _table_stale(edition: LoadedEdition) -> Table | None:
    """The city's series whose latest period ended long before the cut-off."""
    rows = [row for row in city_rows(edition) if is_old(edition, row)]
    if not rows:
        return None
    by_period: dict[tuple[str, str], list[Judged]] = {}
    for row in sorted(rows, key=lambda row: (row["period_end"], row["period_start"])):
        by_period.setdefault((str(row["period_start"]), str(row["period_end"])), []).append(row)
    cells = [(period_words(*ends), _titles(edition, each)) for ends, each in by_period.items()]
    return Numbers().table(
        title=f"Figures whose latest period ended more than {number_word(STALE_YEARS)} years before the cut-off",
        columns=(Column("Latest period", row_header=True, width=0.6), Column("Indicators", words="titles")),
        rows=cells,
        source=cited(edition, sources_of_rows(edition, rows)),
        note="They are the latest that is held here, and say little of the present.",
        part="old",
        indicators=dict.fromkeys(str(row["indicator"]) for row in rows),
    )


def describe_gaps(edition: LoadedEdition) -> Text:
    """The priorities to which no figure speaks, by aim, with the source that would supply one."""
    coverage = edition.table("coverage")
    missing = coverage[coverage["indicators"] == ""]
    prose = Prose()
    if missing.empty:
        prose.say("Every priority of the plan has at least one indicator with a value.")
        return prose.text()
    plans = joined([f"the {plan.title}" for plan in edition.plans])
    few = prose.count(edition.count("coverage", "indicators="))
    every = prose.counted(edition.count("coverage"), "priority", "priorities")
    prose.say(f"No figure that is held speaks to {few} of the {every} of {plans}. What would fill each gap is named.")
    prose.paragraph()
    for row in missing.to_dict("records"):
        gap = edition.catalogue.priorities[str(row["priority"])].gap
        why = gap.reason.rstrip(".") if gap else "The figures held for it are of later years than this report"
        where = f" It would come from: {gap.source.rstrip('.')}." if gap else ""
        prose.say(f"- **{row['priority_title']}** ({row['aim_title']}): {why}.{where}")
    return prose.text()

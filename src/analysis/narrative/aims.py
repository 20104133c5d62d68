"""A chapter for each aim of the plan: what it wants, what the figures say, what they cannot; its figures in a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from analysis.blocks import Blocks, Box, Column, Cover, Figure, Table, Text
from analysis.catalogue.flags import FLAGS
from analysis.catalogue.plans import Aim
from analysis.figures import draw_aim, draw_trends
from analysis.figures.city import Line, lines_of_aim
from analysis.narrative.prose import Prose, Row, row_period
from analysis.narrative.series import repeated_from
from analysis.tables.loaded import LoadedEdition
from analysis.tables.printing import Numbers, cited, used_by
from analysis.tables.reference import Reference, among, cell_of
from analysis.words import joined, range_words, rounded

Block = Text | Box | Cover | Table | Figure
LISTED_IN_PROSE = 6
WHO = {"male": " (men)", "female": " (women)", "persons": ""}


def describe_aims(edition: LoadedEdition) -> Blocks:
    """Every aim of the edition's plan as a chapter: words, pictures and list of gaps."""
    blocks: list[Block] = []
    for aim in edition.plan.aims:
        blocks += describe_aim(edition, aim)
    return Blocks.of(blocks)


def tables_aims(edition: LoadedEdition) -> Blocks:
    """The latest figures of every aim, a table each."""
    lines = {aim: lines_of_aim(edition, aim.id) for aim in edition.plan.aims}
    return Blocks.of(_table(edition, aim, _headlines_first(found)) for aim, found in lines.items() if found)


def describe_aim(edition: LoadedEdition, aim: Aim) -> list[Block]:
    """One aim's chapter as blocks."""
    lines = _headlines_first(lines_of_aim(edition, aim.id))
    beside = figures_of(draw_aim(edition, aim.id)) if lines else []
    trends = figures_of(draw_trends(edition, aim.id), "-trend") if lines else []
    shown = [(beside, "set", "the figures of this aim beside others"), (trends, "show", "how they moved")]
    shows = joined([guide(figures, verb, words) for figures, verb, words in shown if figures])
    opening = _opening(edition, aim, lines)
    if shows:
        opening = replace(opening, markdown=f"{opening.markdown}\n\n{shows}.")
    return [opening, *beside, *trends, _gaps(edition, aim)]


def guide(figures: Sequence[Figure], verb: str, words: str) -> str:
    """What figures show, with links to them."""
    links = joined([f"[](#.{figure.part})" for figure in figures])
    return f"{links} {verb}{'s' if len(figures) == 1 else ''} {words}"


def _headlines_first(lines: Iterable[Line]) -> list[Line]:
    return sorted(lines, key=lambda line: not line.indicator.headline)


def figures_of(drawn: Figure | Blocks, suffix: str = "") -> list[Figure]:
    """The figures of one call, their parts told apart from those of another by ``suffix``."""
    figures = drawn.blocks if isinstance(drawn, Blocks) else (drawn,)
    return [replace(figure, part=f"{figure.part}{suffix}") for figure in figures if isinstance(figure, Figure)]


def _opening(edition: LoadedEdition, aim: Aim, lines: Sequence[Line]) -> Text:
    prose = Prose()
    prose.say(f"# {aim.title}")
    prose.paragraph()
    named = edition.count("coverage", plan=edition.plan.id, aim=aim.id)
    prose.say(
        f"**What the plan wants.** {aim.wants} "
        f"It names {prose.counted(named, 'priority', 'priorities')} under this aim:"
    )
    prose.paragraph()
    for priority in aim.priorities:
        prose.say(f"- {priority.title}")
    prose.paragraph()
    if not lines:
        prose.say(f"No figure that is held speaks to this aim for {edition.edition.year}.")
        return prose.text()
    headline = [line for line in lines if line.indicator.headline]
    words = f"the {'headline ' if headline else ''}figure"
    headline = headline or list(lines[:LISTED_IN_PROSE])
    prose.say(f"What {words}{' says' if len(headline) == 1 else 's say'}:")
    prose.paragraph()
    for line in headline:
        compare(edition, line, prose)
    return prose.text()


def compare(edition: LoadedEdition, line: Line, prose: Prose) -> None:
    """One bullet: the city's value, the country's and the range of the peers, of the same period."""
    row, decimals, place = line.own[-1], line.indicator.decimals, edition.place
    sentence = f"- **{line.indicator.title}{WHO[line.sex]}**, {row_period(row)}: {prose.value(row, decimals)}"
    sentence += f" in {place.name}{prose.limits(row, decimals)}"
    parts = []
    country = line.country_row(row)
    if country is not None:
        parts.append(f"{place.country.name} {beside(prose, country, decimals)}")
    if len(line.peer_rows(row)) > 1:
        low, high = (of_peers(line, row, end) for end in ("min", "max"))
        words = prose.between(low, high, str(row["unit"]), decimals)
        parts.append(f"the other {place.peers_name} {words}")
    prose.say(sentence + (f"; {joined(parts)}." if parts else "."))


def beside(prose: Numbers, row: Row, decimals: int) -> str:
    """The value of an area beside one whose unit has been named already."""
    return prose.number(cell_of(row), lambda value: range_words(value, value, str(row["unit"]), decimals))


def of_peers(line: Line, row: Row, aggregate: str) -> Reference:
    """The lowest, highest or median value of the peers in the period and release of a row."""
    return among(line.peer_rows(row), aggregate, [peer.code for peer in line.place.peers])


def _table(edition: LoadedEdition, aim: Aim, lines: Sequence[Line]) -> Table:
    place = edition.place
    columns = (
        Column("Indicator", row_header=True),
        Column("Period", words="periods"),
        Column(place.name, "right"),
        Column("95% interval", "right"),
        Column(place.country.name, "right"),
        Column(f"{place.peers_name.capitalize()}: median (range)", "right"),
    )
    numbers = Numbers()
    rows = [_cells(edition, line, numbers) for line in lines]
    return numbers.table(
        title=f"{aim.title}: the latest figures by {edition.edition.cut_off:%B %Y}",
        columns=columns,
        rows=rows,
        source=cited(edition, used_by(line.own[-1] for line in lines)),
        note=flag_note(text for row in rows for text in row),
        part=aim.id,
    )


def _cells(edition: LoadedEdition, line: Line, numbers: Numbers) -> tuple[str, ...]:
    row, decimals = line.own[-1], line.indicator.decimals
    first = repeated_from(edition, row)
    country, peers = line.country_row(row), "none"
    if len(line.peer_rows(row)) > 1:
        middle, low, high = (
            numbers.number(of_peers(line, row, part), lambda value: rounded(value, decimals))
            for part in ("median", "min", "max")
        )
        peers = f"{middle} ({low} to {high})"
    return (
        line.indicator.title + WHO[line.sex],
        f"{row_period(first)}, repeated for {row_period(row)}" if first else row_period(row),
        numbers.cell(row, decimals, unit=str(row["unit"])),
        numbers.interval(row, decimals),
        "none" if country is None else numbers.cell(country, decimals, flag=False),
        peers,
    )


def flag_note(cells: Iterable[str]) -> str:
    """What the flags that stand in some table cells mean."""
    text = " ".join(cells)
    return "; ".join(f"{flag} {words}" for flag, words in FLAGS.items() if flag in text)


def _gaps(edition: LoadedEdition, aim: Aim) -> Text:
    table = edition.table("coverage")
    table = table[(table["plan"] == edition.plan.id) & (table["aim"] == aim.id)]
    prose = Prose()
    prose.say("## What is not known")
    prose.paragraph()
    here = {"plan": edition.plan.id, "aim": aim.id}
    measured, total = (
        prose.whole(edition.total("sum", column, "coverage", **here)) for column in ("outcomes_measured", "outcomes")
    )
    prose.say(f"A figure that is held speaks to {measured} of the {total} outcomes that the plan wants under this aim.")
    missing = table[table["indicators"] == ""]
    if missing.empty:
        prose.say("Each of its priorities has at least one indicator with a value.")
        return prose.text()
    without = edition.count("coverage", "indicators=", **here)
    prose.say(f"None speaks to {prose.counted(without, 'priority', 'priorities')} of it:")
    prose.paragraph()
    for row in missing.to_dict("records"):
        prose.say(f"- **{row['priority_title']}**: {' '.join(_missing(row))}")
    return prose.text()


def _missing(row: Row) -> list[str]:
    """Why a priority of the table ``coverage`` lacks figures and where they would come from, a sentence each."""
    sentences = []
    if row["awaited"]:
        sentences.append(f"The first figures come after this report: {row['awaited'].rstrip('.')}.")
    if row["gap_reason"]:
        sentences += [f"{row['gap_reason'].rstrip('.')}.", f"It would come from: {row['gap_source'].rstrip('.')}."]
    return sentences or ["No figure is held, and no source of one is named."]

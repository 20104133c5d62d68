"""A chapter for each aim of the plan: what it wants, what the figures say, what they cannot."""

from __future__ import annotations

import pandas as pd

from analysis.blocks import Blocks, Box, Column, Cover, Figure, Table, Text
from analysis.build import LoadedEdition
from analysis.figures import draw_aim
from analysis.model import Aim, Indicator
from analysis.narrative.citations import source_line
from analysis.narrative.prose import Prose, cell, interval_cell, row_period
from analysis.words import counted, joined, rounded, with_unit

Block = Text | Box | Cover | Table | Figure
LISTED_IN_PROSE = 6


def describe_aims(edition: LoadedEdition) -> Blocks:
    """Every aim of the edition's plan as a chapter: words, picture, table of indicators and list of gaps."""
    blocks: list[Block] = []
    for aim in edition.plan.aims:
        blocks += describe_aim(edition, aim)
    return Blocks.of(blocks)


def describe_aim(edition: LoadedEdition, aim: Aim) -> list[Block]:
    """One aim's chapter as blocks."""
    indicators = aim_indicators(edition, aim)
    blocks: list[Block] = [_opening(edition, aim, indicators)]
    if indicators:
        picture = draw_aim(edition, aim.id)
        blocks += list(picture.blocks) if isinstance(picture, Blocks) else [picture]
        blocks.append(_table(edition, aim, indicators))
    blocks.append(_gaps(edition, aim))
    return blocks


def aim_indicators(edition: LoadedEdition, aim: Aim) -> list[Indicator]:
    """The indicators that serve the aim's priorities first and have a value for the city, headline ones first.

    An indicator that serves several aims stands in the chapter of the first priority that its definition names.
    """
    mine = {priority.id for priority in aim.priorities}
    rows = edition.indicators
    city = rows[(rows["area_code"] == edition.place.code) & rows["value"].notna()]
    present = set(city["indicator"])
    chosen = [
        indicator
        for indicator in edition.catalogue.indicators.values()
        if indicator.id in present and _chapter(indicator, edition) in mine
    ]
    return sorted(chosen, key=lambda indicator: (not indicator.headline, indicator.priorities[0], indicator.title))


def _chapter(indicator: Indicator, edition: LoadedEdition) -> str | None:
    known = edition.plan.priorities
    return next((priority for priority in indicator.priorities if priority in known), None)


def city_row(edition: LoadedEdition, indicator: Indicator, sex: str | None = None) -> pd.Series | None:
    """The city's latest row of an indicator, of one sex where it has several; None where there is no value."""
    rows = edition.latest(indicator.id, "lad")
    rows = rows[(rows["area_code"] == edition.place.code) & rows["value"].notna()]
    if sex is not None:
        rows = rows[rows["sex"] == sex]
    return None if rows.empty else rows.iloc[0]


def same_period(edition: LoadedEdition, row: pd.Series) -> pd.DataFrame:
    """The rows of every published area for the same indicator, period, sex and age as ``row``."""
    rows = edition.rows(str(row["indicator"]))
    same = rows["geography"].isin(("lad", "region", "country")).to_numpy()
    for column in ("period_start", "period_end", "sex", "age", "release"):
        same = same & (rows[column] == row[column]).to_numpy()
    areas: pd.DataFrame = rows.loc[same]
    return areas.set_index("area_code")


def _opening(edition: LoadedEdition, aim: Aim, indicators: list[Indicator]) -> Text:
    prose = Prose()
    prose.say(f"# {aim.title}")
    prose.paragraph()
    prose.say(aim.wants)
    titles = [priority.title[:1].lower() + priority.title[1:] for priority in aim.priorities]
    prose.say(f"It names {counted(len(titles), 'priority', 'priorities')}: {joined(titles)}.")
    prose.paragraph()
    if not indicators:
        prose.say(f"No figure that is held speaks to this aim for {edition.edition.year}.")
        return prose.text()
    headline = [indicator for indicator in indicators if indicator.headline] or indicators[:LISTED_IN_PROSE]
    for indicator in headline[:LISTED_IN_PROSE]:
        for sex in _sexes(edition, indicator):
            row = city_row(edition, indicator, sex)
            if row is not None:
                _compare(edition, indicator, row, prose)
    return prose.text()


def _sexes(edition: LoadedEdition, indicator: Indicator) -> list[str]:
    rows = edition.latest(indicator.id, "lad")
    return sorted(rows.loc[rows["area_code"] == edition.place.code, "sex"].unique())


def _who(sex: str) -> str:
    return {"male": " (men)", "female": " (women)"}.get(sex, "")


def _compare(edition: LoadedEdition, indicator: Indicator, row: pd.Series, prose: Prose) -> None:
    """One bullet: the city's value, England's and the middle of the peers', of the same period."""
    areas = same_period(edition, row)
    place = edition.place
    sentence = (
        f"- **{indicator.title}{_who(row['sex'])}**, {row_period(row)}: "
        f"{prose.value(row, indicator.decimals)} in {place.name}{prose.limits(row, indicator.decimals)}"
    )
    country = areas.loc[place.country.code] if place.country.code in areas.index else None
    parts = []
    if country is not None and pd.notna(country["value"]):
        record = country.to_dict() | {"area_code": place.country.code}
        parts.append(f"{place.country.name} {prose.value(record, indicator.decimals)}")
    values = areas.reindex([peer.code for peer in place.peers])["value"].dropna()
    if len(values) > 1:
        ends = [with_unit(end, row["unit"], indicator.decimals) for end in (values.min(), values.max())]
        parts.append(f"the other {place.peers_name} {ends[0]} to {ends[1]}")
    prose.say(sentence + (f"; {joined(parts)}." if parts else "."))


def _table(edition: LoadedEdition, aim: Aim, indicators: list[Indicator]) -> Table:
    place = edition.place
    columns = (
        Column("Indicator", row_header=True),
        Column("Period"),
        Column(place.name, "right"),
        Column("95% interval", "right"),
        Column(place.country.name, "right"),
        Column(f"{place.peers_name.capitalize()}: median (range)", "right"),
    )
    rows, used = [], set()
    for indicator in indicators:
        for sex in _sexes(edition, indicator):
            row = city_row(edition, indicator, sex)
            if row is None:
                continue
            areas = same_period(edition, row)
            used.add((row["source"], row["release"]))
            country = areas.loc[place.country.code] if place.country.code in areas.index else None
            rows.append(
                (
                    indicator.title + _who(sex),
                    row_period(row),
                    cell(row, indicator.decimals, unit=str(row["unit"])),
                    interval_cell(row, indicator.decimals),
                    "none" if country is None else cell(country, indicator.decimals),
                    _peers(edition, areas, indicator.decimals),
                )
            )
    return Table(
        title=f"{aim.title}: the latest figures by {edition.edition.cut_off:%B %Y}",
        columns=columns,
        rows=rows,
        source=source_line(edition, used),
        note=flag_note(cell_text for row in rows for cell_text in row),
        part=f"{aim.id}-table",
    )


def _peers(edition: LoadedEdition, areas: pd.DataFrame, decimals: int) -> str:
    values = areas.reindex([peer.code for peer in edition.place.peers])["value"].dropna()
    if len(values) < 2:
        return "none"
    ends = f"{rounded(values.min(), decimals)} to {rounded(values.max(), decimals)}"
    return f"{rounded(values.median(), decimals)} ({ends})"


FLAG_WORDS = {
    "[b]": "break in the series",
    "[c]": "confidential",
    "[e]": "estimated, or stands in for an earlier date",
    "[f]": "forecast",
    "[low]": "low figure",
    "[p]": "provisional",
    "[r]": "revised since: only a later vintage is held",
    "[u]": "low reliability",
    "[w]": "none recorded in survey",
    "[x]": "not available",
    "[z]": "not applicable",
}


def flag_note(cells: object) -> str:
    """What the flags that stand in some table cells mean."""
    text = " ".join(str(item) for item in cells)  # type: ignore[attr-defined]
    return "; ".join(f"{flag} {words}" for flag, words in FLAG_WORDS.items() if flag in text)


def _gaps(edition: LoadedEdition, aim: Aim) -> Text:
    table = edition.table("coverage")
    rows = table[table["aim"] == aim.id]
    missing = rows[rows["indicators"] == ""]
    prose = Prose()
    prose.say("## What is not known")
    prose.paragraph()
    if missing.empty:
        prose.say("Each priority of this aim has at least one indicator with a value.")
        return prose.text()
    prose.say(f"No figure that is held speaks to {counted(len(missing), 'priority', 'priorities')} of this aim:")
    prose.paragraph()
    for row in missing.to_dict("records"):
        gap = edition.plan.priorities[row["priority"]].gap
        why = gap.reason if gap else "The figures held for it are of later years than this report."
        where = f" It would come from: {gap.source.rstrip('.')}." if gap else ""
        prose.say(f"- **{row['priority_title']}**: {why.rstrip('.')}.{where}")
    return prose.text()

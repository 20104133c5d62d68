"""The chapter on a change of wards: what may not be joined by name, how well people are placed, who stands together."""

from __future__ import annotations

import pandas as pd

from analysis.blocks import Blocks, Box, Column, Cover, Figure, Table, Text
from analysis.catalogue.geographies import load_geographies
from analysis.figures import draw_ward_changes
from analysis.narrative.aims import flag_note
from analysis.narrative.movement import named, short_unit
from analysis.narrative.prose import Prose, row_period
from analysis.tables.loaded import LoadedEdition
from analysis.tables.printing import Numbers, Row, cited, used_by
from analysis.tables.reference import Reference, cell_of
from analysis.words import capital, day_words, joined, rounded

Block = Text | Box | Cover | Table | Figure


def describe_ward_changes(edition: LoadedEdition) -> Blocks:
    """Old and new wards on a map, with the warning that names mislead; nothing before there are two ward sets."""
    changes = edition.table("ward_changes")
    if changes.empty:
        return Blocks.of([])
    picture = draw_ward_changes(edition)
    blocks: list[Block] = [_opening(edition, changes), picture]
    blocks.append(_estimates(edition))
    blocks += _together(edition)
    return Blocks.of(blocks)


def _opening(edition: LoadedEdition, changes: pd.DataFrame) -> Text:
    geography = load_geographies(edition.catalogue.folder)[edition.edition.ward_geography]
    prose = Prose()
    old, new = (prose.whole(edition.total("distinct", f"{side}_code", "ward_changes")) for side in ("old", "new"))
    same = changes[changes["same_name"].astype(str) == "True"]
    prose.say("# Old wards and new")
    prose.paragraph()
    has = f"{edition.place.name} has"
    if geography.start:
        has = f"Since {day_words(geography.start.isoformat())} {has} had"
    prose.say(
        f"{has} {new} wards, in place of {old}. Every figure in this report is for the new ones, "
        "rebuilt from small areas for all the years shown."
    )
    if len(same):
        least = same.sort_values("share_of_old_area", kind="stable").iloc[0]
        share = prose.number(percent_of(edition, least, "share_of_old_area"), whole_percent)
        kept = edition.count("ward_changes", same_name="True")
        prose.say(
            f"{capital(prose.counted(kept, 'name'))} {'was' if int(kept) == 1 else 'were'} kept for wards with other "
            f"boundaries. Of the old ward of {least['old_name']}, {share} lies in the new one of that "
            "name. A ward of an earlier report must not be compared with the ward of the same name here."
        )
    return prose.text()


def percent_of(edition: LoadedEdition, row: Row, column: str) -> Reference:
    """A share of a row of ``ward_changes`` in per cent."""
    pair = {name: row[name] for name in ("old_code", "new_code")}
    return edition.total("percent", column, "ward_changes", **pair)


def whole_percent(share: float) -> str:
    """A percentage without decimals."""
    return f"{rounded(share, 0)}%"


def _estimates(edition: LoadedEdition) -> Text:
    """In how many wards the two estimates of people lie far apart."""
    table = edition.table("ward_estimates")
    table = table[table["geography"] == edition.edition.ward_geography]
    apart = table[table["flag"].astype(str).str.contains("[u]", regex=False)]
    prose = Prose()
    prose.say(
        "Small areas do not follow the lines of wards. Each is given to one ward by the best fit; sharing its people "
        "by ground is the other estimate."
    )
    if len(apart):
        widest = apart.assign(size=apart["difference_pct"].abs()).sort_values("size", kind="stable").iloc[-1]
        here = {"geography": edition.edition.ward_geography}
        size = prose.number(
            cell_of(widest, "difference_pct", table="ward_estimates"),
            lambda size: f"{whole_percent(abs(size))} {'more' if size > 0 else 'fewer'}",
        )
        few = prose.count(edition.count("ward_estimates", "flag~[u]", **here))
        every = prose.whole(edition.count("ward_estimates", **here))
        prose.say(
            f"In {few} of {every} wards the two differ by more than a tenth of the people, "
            f"and their figures are marked [u]; furthest apart they are in {widest['area_name']}, to which the best "
            f"fit gives {size}."
        )
    return prose.text()


def _together(edition: LoadedEdition) -> list[Block]:
    """Wards that only together can be told, where the best fit leaves one without any small area."""
    table = edition.table("wards_together")
    table = table[(table["geography"] == edition.edition.ward_geography) & table["value"].notna()]
    if table.empty:
        return []
    names = edition.table("ward_estimates").set_index("area_code")["area_name"]
    declared = edition.place.told_together.get(edition.edition.ward_geography, ())
    blocks: list[Block] = []
    for code, group in table.groupby("area_code", sort=True):
        without = [str(names[one]) for one in str(group["instead_of"].iloc[0]).split("+")]
        others = [str(names[one]) for one in str(code).split("+") if str(names[one]) not in without]
        prose = Prose()
        together = f"[](#.{_part(group)})"
        if str(code) in {"+".join(sorted(wards)) for wards in declared}:
            prose.say(
                f"The best fit gives {joined(without)} no small area, so that it cannot give a value for "
                f"{'it' if len(without) == 1 else 'them'} and {joined(others)} together. {together} shares the "
                "small areas by ground instead, as if people lived evenly over it: estimates of low reliability [e][u]."
            )
        else:
            prose.say(
                f"The best fit gives {joined(without)} no small area, so that its figures are not available [x]. Its "
                f"people are counted in {joined(others)}; {together} gives them together."
            )
        blocks += [prose.text(), _table(edition, group)]
    return blocks


def _table(edition: LoadedEdition, group: pd.DataFrame) -> Table:
    latest = group.sort_values("period_end", kind="stable").groupby(["indicator", "sex", "age"]).tail(1)
    cells, numbers = [], Numbers()
    for row in latest.sort_values(["indicator", "sex"]).to_dict("records"):
        indicator = edition.catalogue.indicators[str(row["indicator"])]
        value = numbers.cell(row, indicator.decimals, unit=short_unit(row), table="wards_together")
        cells.append((named(indicator, row), row_period(row), value))
    return numbers.table(
        title=f"{latest['area_name'].iloc[0]}, together",
        columns=(Column("Indicator", row_header=True), Column("Period", words="periods"), Column("Value", "right")),
        rows=cells,
        source=cited(edition, used_by(latest.to_dict("records"))),
        note=flag_note(text for line in cells for text in line),
        part=_part(group),
    )


def _part(group: pd.DataFrame) -> str:
    """What tells the table of a group of wards from those of others."""
    return f"together-{str(group['area_code'].iloc[0]).lower().replace('+', '-')}"

"""The chapter on deprivation: what the index says of the city, its wards and its small areas."""

from __future__ import annotations

import itertools
import re
from math import isnan

import pandas as pd

from analysis.blocks import Box, Column, Table, Text
from analysis.narrative.aims import flag_note
from analysis.narrative.prose import NOT_AVAILABLE, Prose, shared_flag
from analysis.tables.loaded import LoadedEdition
from analysis.tables.printing import Numbers, cited, used_by
from analysis.tables.reference import Reference, cell_of
from analysis.words import joined

SHARE = "imd_share_lsoas_most_deprived_10pct"
RESIDENTS = "imd_share_residents_most_deprived_10pct"
DOMAIN = re.compile(r"imd_[a-z]+_share_lsoas_most_deprived_10pct")
RANK = "iod_rank_of_average_score"
SCORE, AVERAGE_RANK, EXTENT = "imd_average_score", "imd_average_rank", "imd_extent"
OF_SMALL_AREAS = ("small_areas", "small_areas_most_deprived_10pct", "most_deprived_rank", "least_deprived_rank")
HEADINGS = {SCORE: "Average score", AVERAGE_RANK: "Average rank", EXTENT: "Extent"}


def _city(edition: LoadedEdition, indicator: str) -> pd.Series | None:
    rows = edition.latest(indicator, "lad", if_any=True)
    rows = rows[(rows["area_code"] == edition.place.code) & rows["value"].notna()]
    return None if rows.empty else rows.iloc[0]


def index_title(edition: LoadedEdition) -> str:
    """The name of the latest index that the edition uses, as published."""
    rows = edition.sources[(edition.sources["source"] == "imd") & (edition.sources["indicators"] > 0)]
    return str(rows.sort_values("release", kind="stable")["title"].iloc[-1])


def say_deprived_share(edition: LoadedEdition, prose: Prose) -> None:
    """Say which share of the city's small areas, and of its residents, is in England's most deprived tenth."""
    share, residents = _city(edition, SHARE), _city(edition, RESIDENTS)
    place = edition.place
    if share is None:
        prose.say(f"The share of {place.name}'s small areas in the most deprived tenth is not available.")
        return
    many, every = (prose.whole(cell_of(share, column)) for column in ("numerator", "denominator"))
    prose.say(
        f"In the {index_title(edition)}, {many} of {place.name}'s {every} small areas ({prose.value(share, 1)}) "
        f"are among the most deprived tenth of {place.country.name}."
    )
    if residents is not None:
        prose.say(f"{prose.value(residents, 1)} of residents live in them.")


def say_deprived_share_plainly(edition: LoadedEdition, prose: Prose) -> None:
    """The same of small areas in a reader's words, and in how many wards all of them are, and none is."""
    share = _city(edition, SHARE)
    if share is None:
        prose.say("How many of its small areas are among the most deprived is not available.")
        return
    many, every = (prose.whole(cell_of(share, column)) for column in ("numerator", "denominator"))
    wards = (_wards_with(edition, prose, sign) for sign in ("={small_areas}", "=0"))
    prose.say(
        f"{many} of {edition.place.name}'s {every} small areas ({prose.value(share, 0)}) are among "
        f"{edition.place.country.name}'s most deprived tenth: all of them in {', none in '.join(wards)}."
    )


def _wards_with(edition: LoadedEdition, prose: Prose, condition: str) -> str:
    """How many wards have so many of their small areas in the most deprived tenth."""
    release = edition.wards["release"].max()
    tenth = edition.count("wards", f"small_areas_most_deprived_10pct{condition}", release=release)
    return prose.counted(tenth, "ward")


def say_domains(edition: LoadedEdition, prose: Prose) -> None:
    """Say by domain which share of the city's small areas is in the country's most deprived tenth."""
    names = [name for name in edition.catalogue.indicators if DOMAIN.fullmatch(name)]
    last = edition.wards["release"].max()
    held = [row for name in names if (row := _city(edition, name)) is not None and row["release"] == last]
    ranked = sorted(held, key=lambda row: (-float(row["value"]), str(row["indicator"])))
    if not ranked:
        return
    titles = {name: one.title.rpartition(": ")[2] for name, one in edition.catalogue.indicators.items()}
    first, *others = [(titles[row["indicator"]], prose.value(row, 1)) for row in ranked]
    counts = " of ".join(prose.whole(cell_of(ranked[0], column)) for column in ("numerator", "denominator"))
    prose.say(
        f"By its domains the share is highest for {first[0]}: {first[1]} ({counts} small areas). "
        f"It is {joined([f'{value} for {title}' for title, value in others])}. "
        f"In all of {edition.place.country.name} it is a tenth for each."
    )
    people = _city(edition, str(ranked[0]["indicator"]).replace("share_lsoas", "share_residents"))
    if people is not None and people["release"] == last:
        prose.say(f"Of the residents {prose.value(people, 1)} live in the small areas of that tenth for {first[0]}.")


def describe_deprivation(edition: LoadedEdition) -> Text:
    """The chapter's opening: the city's share and place, by domain, then the wards at either end."""
    prose = Prose()
    say_deprived_share(edition, prose)
    say_domains(edition, prose)
    rank = _city(edition, RANK)
    if rank is not None:
        place, city = prose.ordinal(cell_of(rank)), edition.place.name
        prose.say(f"By average score {city} is the {place} most deprived local authority district, as published.")
    prose.paragraph()
    wards = edition.latest(SCORE, edition.edition.ward_geography, if_any=True)
    known = wards[wards["value"].notna()].sort_values("value", ascending=False, kind="stable")
    most, least = known.head(3).to_dict("records"), known.tail(3).to_dict("records")[::-1]
    named = [f"{row['area_name']} ({prose.value(row, 1)})" for row in most]
    scored = {name: most[0][name] for name in ("indicator", "geography", "period_end", "release")}
    many = prose.counted(edition.count("indicators", "value!=", **scored), "ward")
    prose.say(f"Of {many} with a score, the most deprived are {joined(named)};")
    named = [f"{row['area_name']} ({prose.value(row, 1)})" for row in least]
    prose.say(f"the least deprived are {joined(named)}.")
    every, none = (_wards_with(edition, prose, sign) for sign in ("={small_areas}", "=0"))
    prose.say(f"In {every} every small area is among the most deprived tenth, and in {none} none is.")
    return prose.text()


def box_deprivation(edition: LoadedEdition) -> Box:
    """What the index is and what may not be read from it."""
    weights = edition.edition.deprivation_weights
    lines = [
        "- A rank or score says how deprived an area is beside others at one time. A lower score in a later "
        "release does "
        "not show that deprivation fell: the methods, the inputs and the areas change between releases.",
        "- A ward's score is a mean over its residents. Wards that look alike can hold very different small areas; the "
        "table gives the range.",
        "- The summary measures are published for districts. For wards they are calculated here with the ministry's "
        "definitions. With few small areas in a ward, the share of them in the most deprived tenth is coarse, so wards "
        "are not ranked by it.",
        *(
            f"- Small areas of the index of {release[:4]} are weighted by residents: {one.note}."
            for release, one in sorted(weights.items())
        ),
    ]
    return Box("Reading the index of deprivation", "\n".join(lines))


def table_ward_deprivation(edition: LoadedEdition) -> Table:
    """Every ward: average score, average rank and extent, how many small areas stand behind them, and their range."""
    ward = edition.edition.ward_geography
    by_ward = {name: edition.latest(name, ward, if_any=True) for name in (SCORE, AVERAGE_RANK, EXTENT)}
    measures = {name: frame.set_index("area_code", drop=False) for name, frame in by_ward.items()}
    wards = edition.wards[edition.wards["release"] == edition.wards["release"].max()]
    wards = wards.set_index("area_code", drop=False)
    order = measures[SCORE].sort_values("value", ascending=False, na_position="last", kind="stable").index
    decimals = {name: edition.catalogue.indicators[name].decimals for name in measures}
    shared = {name: shared_flag(frame) for name, frame in measures.items()}
    rows, numbers = [], Numbers()
    for code in order:
        small_areas, tenth, *ranks = (cell_of(wards.loc[code], column, table="wards") for column in OF_SMALL_AREAS)
        values = [numbers.cell(measures[name].loc[code], decimals[name], flag=not shared[name]) for name in measures]
        areas = (numbers.whole(small_areas), numbers.rounded(tenth, 0), _ranks(numbers, ranks))
        rows.append((str(wards.loc[code, "area_name"]), *values, *areas))
    columns = (
        Column("Ward", row_header=True),
        *(Column(f"{heading} {shared[name]}".strip(), "right") for name, heading in HEADINGS.items()),
        Column("Small areas", "right"),
        Column("In most deprived tenth", "right"),
        Column("Range of national ranks", "right"),
    )
    used = {pair for frame in measures.values() for pair in used_by(frame.head(1).to_dict("records"))}
    used |= {(weights.source, weights.release) for weights in edition.edition.deprivation_weights.values()}
    return numbers.table(
        title=f"Deprivation by ward, {index_title(edition)}",
        columns=columns,
        rows=rows,
        source=cited(edition, used),
        note="Average rank counts from the least deprived, so that more is more deprived; extent lies from 0 to 1; "
        f"national rank 1 is the most deprived. {flag_note([*shared.values(), *itertools.chain(*rows)])}.",
    )


def _ranks(numbers: Numbers, ends: list[Reference]) -> str:
    """From the rank of a ward's most deprived small area to that of its least."""
    if any(isnan(end.value) for end in ends):
        return NOT_AVAILABLE
    return " to ".join(map(numbers.whole, ends))

"""Ward tables of everything else that is held by small area: people, households, poverty, health, surroundings."""

from __future__ import annotations

import pandas as pd

from analysis.blocks import Blocks, Column, Table, Text
from analysis.catalogue.model import Indicator
from analysis.narrative.aims import flag_note
from analysis.narrative.citations import source_line
from analysis.narrative.deprivation import AVERAGE_RANK, EXTENT, SCORE
from analysis.narrative.life_expectancy import FROM_CITY, LEVEL
from analysis.narrative.prose import Prose, cell, row_period, shared_flag
from analysis.tables import keys
from analysis.tables.loaded import LoadedEdition
from analysis.words import day_words, joined, number_word, rounded

ELSEWHERE = (SCORE, AVERAGE_RANK, EXTENT, LEVEL, FROM_CITY)
COLUMNS_PER_TABLE = 4
HEADING_WRAPS = 0.4  # long headings over short numbers wrap rather than widen their columns


def ward_indicators(edition: LoadedEdition) -> list[Indicator]:
    """The indicators with ward values that no other chapter tabulates, those from one source and period together."""
    ward = edition.edition.ward_geography
    present = set(edition.indicators.loc[edition.indicators["geography"] == ward, "indicator"]) - set(ELSEWHERE)
    first = {name: edition.latest(name, ward).iloc[0] for name in present}
    return sorted(
        (edition.catalogue.indicators[name] for name in present),
        key=lambda item: (first[item.id]["period_end"], first[item.id]["source"], item.id),
    )


def describe_wards(edition: LoadedEdition) -> Text:
    """What the ward tables hold, how wards were put together, and what stands in for an earlier date."""
    prose = Prose()
    many = len(ward_indicators(edition))
    wards = edition.wards["area_code"].nunique()
    of_wards = (f"indicator!={'|'.join(ELSEWHERE)}",)
    tabled = keys.total("distinct", "indicator", "indicators", *of_wards, geography=edition.edition.ward_geography)
    measures = prose.counted(many, tabled, "measure")
    listed = prose.counted(wards, keys.total("distinct", "area_code", "wards"), "ward")
    prose.say(
        f"The ward tables give {measures} for {listed}, rebuilt from small areas: "
        "counts are summed, and shares are worked out anew from the sums. Each small area counts wholly in the ward "
        "of its official best fit. Where that gives a ward over a tenth more or fewer people than sharing small areas "
        "out by ground does, its figures are marked [e][u], and limits hold both estimates."
    )
    _say_checks(edition, prose)
    reasons = [stand_in.reason.rstrip(".") for stand_in in edition.edition.stand_ins]
    if reasons:
        prose.paragraph()
        prose.say(
            f"Some figures were not yet out on {edition.edition.cut_off.day} {edition.edition.cut_off:%B %Y}. "
            "They stand "
            "in for that date, are marked [e], and carry their own period:"
        )
        prose.paragraph()
        for reason in reasons:
            prose.say(f"- {reason}.")
    return prose.text()


def _say_checks(edition: LoadedEdition, prose: Prose) -> None:
    """How far rebuilt totals lie from published ones, each beside the rebuilt one nearest in time."""
    table = edition.table("ward_checks")
    if table.empty:
        return
    days = (pd.to_datetime(table["rebuilt_period_end"]) - pd.to_datetime(table["published_period_end"])).dt.days.abs()
    each = ["published_source", "published_period_end", "geography", "quantity"]
    nearest = table[days == days.groupby([table[name] for name in each]).transform("min")]
    titles = edition.sources.drop_duplicates("source").set_index("source")["title"]
    for (source, day, geography), published in nearest.groupby(each[:-1]):
        parts = []
        for quantity, rebuilt in published.groupby("quantity"):
            of = {"quantity": quantity, "geography": geography, "published_source": source}
            same = {
                name: str(cell) for name, cell in (of | {"rebuilt_source": rebuilt["rebuilt_source"].iloc[0]}).items()
            }
            beside = rebuilt[rebuilt["rebuilt_source"] == same["rebuilt_source"]]
            sizes = [
                prose.number(
                    f"{rounded(float(beside[column].abs().mean()), 1)}%",
                    keys.total("mean_size", column, "ward_checks", **same),
                )
                for column in ("difference_beyond_city_pct", "difference_by_area_beyond_city_pct")
            ]
            at = day_words(str(beside["rebuilt_period_end"].iloc[0]))
            parts.append(f"by {sizes[0]} by best fit and {sizes[1]} by ground in {quantity} rebuilt for {at}")
        number = published["area_code"].nunique()
        counted = keys.total("distinct", "area_code", "ward_checks", geography=geography, published_source=source)
        wards = prose.counted(number, counted, "ward")
        census = str(titles[str(source)]).split(",")[0]
        former = "" if geography == edition.edition.ward_geography else " of the earlier boundaries"
        prose.say(
            f"Beside the totals of {census} ({wards}{former}, {day_words(str(day))}), the "
            f"city's own change left out, wards differ on average {joined(parts)}."
        )
    prose.say("The dates differ, so part of that is change in the wards themselves.")


def tables_wards(edition: LoadedEdition) -> Blocks:
    """The ward tables, a few measures each."""
    items = ward_indicators(edition)
    groups = [items[start : start + COLUMNS_PER_TABLE] for start in range(0, len(items), COLUMNS_PER_TABLE)]
    return Blocks.of(_table(edition, group, number, len(groups)) for number, group in enumerate(groups, start=1))


def _table(edition: LoadedEdition, group: list[Indicator], number: int, of: int) -> Table:
    ward = edition.edition.ward_geography
    frames: dict[str, pd.DataFrame] = {}
    for indicator in group:
        every = edition.latest(indicator.id, ward)
        frames[indicator.id] = every.loc[every["sex"] == every["sex"].max()].set_index("area_code")
    used = {(row["source"], row["release"]) for frame in frames.values() for row in frame.head(1).to_dict("records")}
    names = pd.concat([frame["area_name"] for frame in frames.values()])
    names = names[~names.index.duplicated()].sort_values(kind="stable")
    columns, shared = [Column("Ward", row_header=True)], dict[str, str]()
    for indicator in group:
        frame = frames[indicator.id]
        unit = "" if indicator.unit == "%" else f" ({indicator.unit})"
        shared[indicator.id] = shared_flag(frame)
        heading = f"{indicator.title}{unit}, {row_period(frame.iloc[0])} {shared[indicator.id]}"
        columns.append(Column(heading.strip(), "right", width=HEADING_WRAPS))
    rows: list[tuple[str, ...]] = []
    for code in names.index:
        cells = []
        for indicator in group:
            frame = frames[indicator.id]
            row = frame.loc[code] if code in frame.index else None
            unit = "%" if indicator.unit == "%" else ""
            cells.append(cell(row, indicator.decimals, unit=unit, flag=not shared[indicator.id]))
        rows.append((str(names[code]), *cells))
    first, others = group[0].title, f" and {number_word(len(group) - 1)} more" if len(group) > 1 else ""
    return Table(
        title=f"Wards ({number} of {of}): {first[:1].lower() + first[1:]}{others}",
        columns=columns,
        rows=rows,
        source=source_line(edition, used),
        note=flag_note([*(column.heading for column in columns), *(text for row in rows for text in row)]),
        part=str(number),
    )

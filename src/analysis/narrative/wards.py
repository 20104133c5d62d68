"""Ward tables of everything else that is held by small area: people, households, poverty, health, surroundings."""

from __future__ import annotations

import pandas as pd

from analysis.blocks import Blocks, Column, Release, Table, Text
from analysis.catalogue.model import Indicator
from analysis.narrative.aims import flag_note
from analysis.narrative.deprivation import AVERAGE_RANK, EXTENT, SCORE
from analysis.narrative.life_expectancy import FROM_CITY, LEVEL
from analysis.narrative.prose import Prose, Row, row_period, shared_flag
from analysis.tables.loaded import LoadedEdition
from analysis.tables.printing import Numbers, cited, used_by
from analysis.words import day_words, joined, lower_first, number_word

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
    ward, elsewhere = edition.edition.ward_geography, f"indicator!={'|'.join(ELSEWHERE)}"
    measures = prose.counted(edition.total("distinct", "indicator", "indicators", elsewhere, geography=ward), "measure")
    listed = prose.counted(edition.total("distinct", "area_code", "wards"), "ward")
    prose.say(
        f"The ward tables give {measures} for {listed}, rebuilt from small areas: "
        "counts are summed, and shares are worked out anew from the sums. Each small area counts wholly in the ward "
        "of its official best fit. Where that gives a ward over a tenth more or fewer people than sharing small areas "
        "out by ground does, its figures are marked [e][u]."
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
            sizes = [
                prose.rounded(edition.total("mean_size", column, "ward_checks", **same), 1, unit="%")
                for column in ("difference_beyond_city_pct", "difference_by_area_beyond_city_pct")
            ]
            at = day_words(str(rebuilt["rebuilt_period_end"].iloc[0]))
            parts.append(f"by {sizes[0]} by best fit and {sizes[1]} by ground in {quantity} rebuilt for {at}")
        of = {"geography": geography, "published_source": source}
        wards = prose.counted(edition.total("distinct", "area_code", "ward_checks", **of), "ward")
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
    columns, names, used = [Column("Ward", row_header=True)], dict[str, str](), set[Release]()
    shown: list[tuple[Indicator, dict[str, Row], str]] = []
    for indicator in group:
        every = edition.latest(indicator.id, ward)
        frame = every.loc[every["sex"] == every["sex"].max()]
        by_ward = {str(row["area_code"]): row for row in frame.to_dict("records")}
        flag, unit = shared_flag(frame), "" if indicator.unit == "%" else f" ({indicator.unit})"
        heading = f"{indicator.title}{unit}, {row_period(frame.iloc[0])} {flag}"
        columns.append(Column(heading.strip(), "right", width=HEADING_WRAPS))
        shown.append((indicator, by_ward, flag))
        names |= {code: str(row["area_name"]) for code, row in by_ward.items() if code not in names}
        used |= used_by(frame.head(1).to_dict("records"))
    rows, numbers = list[tuple[str, ...]](), Numbers()
    for code, name in sorted(names.items(), key=lambda item: item[1]):
        cells = [
            numbers.cell(by_ward.get(code), one.decimals, unit="%" if one.unit == "%" else "", flag=not flag)
            for one, by_ward, flag in shown
        ]
        rows.append((name, *cells))
    first, others = group[0].title, f" and {number_word(len(group) - 1)} more" if len(group) > 1 else ""
    return numbers.table(
        title=f"Wards ({number} of {of}): {lower_first(first)}{others}",
        columns=columns,
        rows=rows,
        source=cited(edition, used),
        note=flag_note([*(column.heading for column in columns), *(text for row in rows for text in row)]),
        part=str(number),
    )

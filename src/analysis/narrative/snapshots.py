"""The indices of deprivation side by side: each a snapshot, with what may be said across them and what may not."""

from __future__ import annotations

import pandas as pd

from analysis.blocks import Blocks, Box, Column, Table, Text
from analysis.narrative.deprivation import RANK, RESIDENTS, SHARE
from analysis.narrative.prose import NOT_AVAILABLE, Prose, Row
from analysis.tables.loaded import LoadedEdition
from analysis.tables.printing import Numbers, cited, used_by
from analysis.tables.reference import Reference, cell_of
from analysis.words import joined

AVERAGE_RANK_PLACE, PROPORTION_PLACE = "iod_rank_of_average_rank", "iod_rank_of_proportion"
SNAPSHOT_ROWS = (SHARE, RESIDENTS, RANK, AVERAGE_RANK_PLACE, PROPORTION_PLACE)
PAIR_COLUMNS = {
    "unchanged": "Unchanged",
    "tenth_in_both": "In both",
    "tenth_in_earlier_only": "Earlier only",
    "tenth_in_later_only": "Later only",
    "tenth_in_neither": "In neither",
    "split_or_merged": "Split or merged",
}
PLACES = {
    RANK: "Place by average score",
    AVERAGE_RANK_PLACE: "Place by average rank",
    PROPORTION_PLACE: "Place by share of small areas",
}


def describe_snapshots(edition: LoadedEdition) -> Blocks:
    """What each release of the index says of the city, what holds in both of two releases, and why nothing more."""
    releases = _releases(edition)
    if len(releases) < 2:
        return Blocks.of([_one_release(edition)])
    prose = Prose()
    many = prose.counted(edition.total("distinct", "release", "small_areas"), "release")
    prose.say(
        f"{edition.place.name} stands in {many} of the index. Each is a picture of one "
        "time beside the rest of the country at that time; they are shown next to each other and not as a line."
    )
    prose.paragraph()
    _say_places(edition, releases, prose)
    for row in edition.table("index_pairs").to_dict("records"):
        prose.paragraph()
        _say_pair(row, prose)
    return Blocks.of([prose.text(), _table_snapshots(edition, releases), _table_pairs(edition), box_snapshots(edition)])


def box_snapshots(edition: LoadedEdition) -> Box:
    """What may be said across releases and what may not, with the reasons."""
    country = edition.place.country.name
    facts = [edition.catalogue.sources["imd"].releases[release].facts for release in _releases(edition)]
    others = [str(fact["not_comparable"]) for fact in facts if "not_comparable" in fact]
    lines = (
        "**May be said:** that a small area was among the most deprived tenth in both releases, and which place the "
        f"city took among {country}'s districts in each.",
        "**May not be said:** that deprivation rose or fell because a score, a rank or a share did. A rank tells how "
        "an area stands beside all others, and all others moved too.",
        " ".join(["**Why not:** each release has its own indicators, weights and dates.", *others]),
        "**Small areas:** a census redraws some. Only those that became exactly one other, made of nothing else, are "
        "looked up in both releases; those that were split or merged are counted apart.",
    )
    return Box("What may be said across releases of the index", "\n".join(f"- {line}" for line in lines))


def _one_release(edition: LoadedEdition) -> Text:
    prose = Prose()
    prose.say(
        f"For {edition.edition.cut_off:%B %Y} no newer index is held than that of the baseline report: what is said of "
        "deprivation in this chapter is what was said there."
    )
    return prose.text()


def _releases(edition: LoadedEdition) -> list[str]:
    return sorted(edition.edition.releases.get("imd", ()))


def _by_release(edition: LoadedEdition, indicator: str) -> dict[str, pd.Series]:
    """The city's row of an indicator in each release."""
    rows = edition.rows(indicator, if_any=True)
    rows = rows[(rows["area_code"] == edition.place.code) & rows["value"].notna()]
    return {str(row["release"]): row for _, row in rows.iterrows()}


def _districts(edition: LoadedEdition, release: str) -> Reference:
    """The number of districts that a release of the index ranks: a fact of its definition."""
    return edition.cell("facts", "districts", source="iod_summaries", release=release)


def _say_places(edition: LoadedEdition, releases: list[str], prose: Prose) -> None:
    ranks, shares = _by_release(edition, RANK), _by_release(edition, SHARE)
    placed = [release for release in releases if release in ranks]
    words: list[str] = []
    for release in placed:
        place, of = prose.ordinal(cell_of(ranks[release])), prose.whole(_districts(edition, release))
        most = "" if words else " most deprived"
        index = "that" if words else "the index"
        words.append(f"the {place}{most} of {of} in {index} of {release[:4]}")
    if words:
        prose.say(f"Among districts by average score, as published, it was {joined(words)}.")
    held = [release for release in releases if release in shares]
    many = [
        f"{prose.value(shares[release], 1)} in {release[:4]} ({_small_areas(prose, shares[release])})"
        for release in held
    ]
    if many:
        prose.say(f"The share of its small areas among the most deprived tenth of the country was {joined(many)}.")


def _small_areas(numbers: Numbers, share: pd.Series) -> str:
    """The counts of a share of small areas, such as ``134 of 298``."""
    return " of ".join(numbers.whole(cell_of(share, column)) for column in ("numerator", "denominator"))


def _say_pair(row: Row, prose: Prose) -> None:
    earlier, later = (str(row[name]) for name in ("earlier_release", "later_release"))
    of = {name: cell_of(row, name, table="index_pairs") for name in PAIR_COLUMNS}
    both, only_earlier, only_later, neither = (
        prose.count(of[name]) for name in PAIR_COLUMNS if name.startswith("tenth_")
    )
    unchanged = prose.whole(of["unchanged"])
    same = row["earlier_geography"] == row["later_geography"]
    whole = f"all {unchanged} small areas" if same else f"the {unchanged} small areas that did not change"
    prose.say(
        f"Between the releases of {earlier[:4]} and {later[:4]} {whole} can be looked up in both: {both} "
        f"{'is' if int(of['tenth_in_both']) == 1 else 'are'} within the most deprived tenth in both, "
        f"{only_earlier} in {earlier[:4]} alone, {only_later} in {later[:4]} alone and {neither} in neither."
    )
    if of["split_or_merged"]:
        other, alone = prose.counted(of["split_or_merged"], "small area"), int(of["split_or_merged"]) == 1
        was, are = ("was", "is") if alone else ("were", "are")
        prose.say(f"The other {other} of {earlier[:4]} {was} split or merged at the census and {are} left out.")


def _table_snapshots(edition: LoadedEdition, releases: list[str]) -> Table:
    found = {name: _by_release(edition, name) for name in SNAPSHOT_ROWS}
    rows, numbers = [], Numbers()
    for release in releases:
        share, residents = found[SHARE].get(release), found[RESIDENTS].get(release)
        areas = NOT_AVAILABLE
        if share is not None:
            areas = f"{_small_areas(numbers, share)} ({numbers.value(share, 1)})"
        places = [
            f"{numbers.whole(cell_of(row))} of {numbers.whole(_districts(edition, release))}"
            if (row := found[name].get(release)) is not None
            else NOT_AVAILABLE
            for name in PLACES
        ]
        people = numbers.value(residents, 1) if residents is not None else NOT_AVAILABLE
        rows.append((release[:4], areas, people, *places))
    used = used_by(row for rows_of in found.values() for row in rows_of.values())
    return numbers.table(
        title="Each index as a snapshot: not a trend",
        columns=(
            Column("Index", row_header=True),
            Column("Small areas in the most deprived tenth", "right"),
            Column("Residents in them", "right"),
            *(Column(heading, "right") for heading in PLACES.values()),
        ),
        rows=rows,
        source=cited(edition, used),
        note="Place 1 is the most deprived district, as published; the number of districts falls with mergers.",
        part="releases",
    )


def _table_pairs(edition: LoadedEdition) -> Table:
    numbers = Numbers()
    rows = [
        (
            f"{row['earlier_release'][:4]} and {row['later_release'][:4]}",
            *(numbers.whole(cell_of(row, name, table="index_pairs")) for name in PAIR_COLUMNS),
        )
        for row in edition.table("index_pairs").to_dict("records")
    ]
    return numbers.table(
        title="Unchanged small areas within the most deprived tenth of the country",
        columns=(
            Column("Indices", row_header=True),
            *(Column(heading, "right") for heading in PAIR_COLUMNS.values()),
        ),
        rows=rows,
        source=cited(edition, {("imd", release) for release in _releases(edition)}),
        note="Counted by the census office's change codes; split or merged are areas of the earlier index that are not "
        "one area of the later.",
        part="pairs",
    )

"""The end matter: methods, sources with licences, and the data-quality annex."""

from __future__ import annotations

from analysis.blocks import Blocks, Column, Table, Text
from analysis.narrative.prose import Prose
from analysis.tables.loaded import LoadedEdition
from analysis.tables.printing import Cited, Numbers, used_by
from analysis.tables.reference import Reference, cell_of, sums
from analysis.words import capital, day_words, joined

ACTIONS = ("rows in", "rows out", "flagged", "code changed", "renamed", "left out", "area without data")


def describe_methods(edition: LoadedEdition) -> Text:
    """How each kind of figure was made, from the definitions of the indicators used."""
    prose = Prose()
    lines = {
        "published": "**Published values** are shown as the publisher gives them, with its limits where it gives any.",
        "sum": "**Counts** for wards are sums over small areas (LSOAs), each assigned to the ward of its best fit.",
        "share": "**Shares** for wards are worked out from summed numerators and denominators, with Wilson 95% limits.",
        "weighted_mean": "**Means** for wards weigh small areas by their residents and are marked [e].",
        "apportioned_sum": "**Counts by middle area** (MSOA) are spread over wards in proportion to the people "
        "that they "
        "share, and are marked [e].",
        "imd_average_score": "**Deprivation summaries** follow the ministry's definitions for districts: average "
        "score and "
        "average rank are weighted by residents; the extent counts all residents of the most deprived tenth of "
        "small areas, "
        "and a falling share (95% to 5%) up to the thirtieth percentile.",
        "apportioned_life_expectancy": "**Life expectancy of wards** is estimated from middle areas by shared "
        "residents. With "
        "p the residents of ward w in area m and k the widening factor, the value is the mean of the areas' "
        "values weighted "
        "by p, and its variance is k² times the sum of the squared weights times the squared standard errors. "
        "The error of "
        "spreading an area over wards is not measured.",
        "apportioned_mean": "**Life expectancy of wards** is the mean of middle areas by shared residents, set on no "
        "other level. Its limits take the published errors of the areas as independent of each other, and leave out "
        "the error of spreading an area over wards.",
        "life_table": "**Life expectancy of wards** comes from abridged life tables (Chiang), with Silcocks' "
        "limits, of the "
        "deaths and residents of its small areas.",
    }
    used = {
        given.measure
        for indicator in edition.catalogue.indicators.values()
        for given in indicator.inputs
        if ((edition.indicators["indicator"] == indicator.id) & (edition.indicators["source"] == given.source)).any()
    }
    for measure, line in lines.items():
        if measure in used:
            prose.say(f"- {line}")
    if len(edition.inequality):
        prose.say(
            "- **The slope index of inequality** is the slope of a line through the areas' values, by residents, "
            "against "
            "their place on the scale of deprivation from 0 (most deprived) to 1 (least); its limits are exact "
            "for the given "
            "standard errors. The order is that of the average rank of deprivation."
        )
    prose.say("- Values are computed unrounded and rounded half up when printed.")
    prose.say(
        "- **Flags** are those of the Government Analysis Function: [e] estimated, [p] provisional, [r] revised, "
        "[u] low "
        "reliability, [x] not available, [c] confidential, [low] low figure."
    )
    return prose.text()


def table_sources(edition: LoadedEdition) -> Blocks:
    """Every release used: publisher, product, date, licence and address."""
    table = edition.sources.sort_values(["publisher", "title", "release"])
    rows = [
        (
            f"{row['title']}",
            str(row["publisher"]),
            day_words(str(row["published"])),
            str(row["licence"]),
            f"{row['source']}/{row['release']}",
        )
        for row in table.to_dict("records")
    ]
    attributions = sorted(set(table["attribution"]))
    return Blocks.of(
        [
            Numbers().table(
                title="Sources",
                columns=(
                    Column("Product", width=0.6, words="names of products"),
                    Column("Publisher", width=0.5, words="names of publishers"),
                    Column("Published", words="dates"),
                    Column("Licence", width=0.5, words="names of licences"),
                    Column("Folder", width=0.6, words="names of folders"),
                ),
                rows=rows,
                source=Cited(
                    "snapshot.yml in each folder of data/raw, which also holds the address and the file's hash."
                ),
            ),
            Text("The publishers ask for these words:\n\n" + "\n".join(f"- {text}" for text in attributions)),
        ]
    )


def describe_quality(edition: LoadedEdition) -> Text:
    """How much was read, changed, flagged and left out."""
    prose = Prose()
    of = {action: edition.total("sum", "rows", "cleaning_log", action=action) for action in ACTIONS}
    sources = edition.total("distinct", "source", "sources")
    prose.say(
        f"{capital(prose.counted(sources, 'source'))} {'was' if int(sources) == 1 else 'were'} opened, "
        "and the hash of every table agreed with its receipt. "
        f"{prose.whole(of['rows in'])} raw rows gave {prose.whole(of['rows out'])} observations; "
        f"{prose.whole(of['flagged'])} values carry a flag that says why they are missing or uncertain."
    )
    if of["code changed"]:
        prose.say(
            f"{_rows(prose, of['code changed'])} came under an area code that has changed since, and were given "
            "the present one."
        )
    if of["left out"]:
        were = "was" if int(of["left out"]) == 1 else "were"
        prose.say(f"{_rows(prose, of['left out'])} {were} left out, each for the reason given.")
    many = edition.count("indicators", "value=")
    if many:
        missing = edition.indicators[edition.indicators["value"].isna()]
        areas = missing.groupby("indicator")["area_name"].nunique().sort_values(ascending=False, kind="stable")
        titles = [edition.catalogue.indicators[str(name)].title for name in areas.head(3).index]
        prose.say(
            f"{capital(prose.counted(many, 'value'))} in the tables "
            f"{'is' if int(many) == 1 else 'are'} marked not available, most of them of {joined(titles)}."
        )
    return prose.text()


def _rows(prose: Prose, number: Reference) -> str:
    return f"{prose.whole(number)} row{'' if int(number) == 1 else 's'}"


def table_cleaning(edition: LoadedEdition) -> Table:
    """Each source: rows in and out, values flagged, codes changed, rows left out."""
    titles, numbers = edition.sources.set_index(["source", "release"])["title"], Numbers()
    done = sums(edition, "cleaning_log", "rows", ("source", "release"), "action", ACTIONS)
    return numbers.table(
        title="What cleaning did, by release",
        columns=(
            Column("Release", row_header=True),
            *(Column(action.capitalize(), "right") for action in ACTIONS),
        ),
        rows=[(str(titles.get(release, release[0])), *map(numbers.whole, cells)) for release, cells in done.items()],
        source=_logged(edition),
        note="A row of a raw table can hold several observations. Flagged values stay missing or carry their "
        "flag; none was filled.",
    )


def table_log(edition: LoadedEdition) -> Table:
    """Every finding of the cleaning but the plain counts of rows."""
    log = edition.table("cleaning_log")
    log, numbers = log[~log["action"].isin(("rows in", "rows out"))], Numbers()
    rows = [
        (
            row["source"],
            row["table"],
            row["action"],
            numbers.whole(cell_of(row, "rows", table="cleaning_log")),
            row["detail"],
        )
        for row in log.to_dict("records")
    ]
    return numbers.table(
        title="Findings of the cleaning",
        columns=(
            Column("Source", row_header=True),
            Column("Table", width=0.6, words="names of tables"),
            Column("What"),
            Column("Rows", "right"),
            Column("Detail", width=2.0, words="the words of the log"),
        ),
        rows=rows,
        source=_logged(edition),
    )


def _logged(edition: LoadedEdition) -> Cited:
    """The cleaning log, and the releases whose tables it tells of."""
    log = edition.table("cleaning_log")[["source", "release"]].drop_duplicates()
    return Cited("the cleaning log of this edition.", tuple(sorted(used_by(log.to_dict("records")))))


def table_missing(edition: LoadedEdition) -> Table:
    """Areas without data, by indicator, and why."""
    rows_missing = edition.indicators[edition.indicators["value"].isna()]
    rows = []
    for (indicator, geography), group in rows_missing.groupby(["indicator", "geography"], sort=True):
        latest = group[group["period_end"] == group["period_end"].max()]
        names = sorted(set(latest["area_name"]))
        shown = joined(names) if len(names) <= 8 else f"{', '.join(names[:7])} and {len(names) - 7} more"
        title = edition.catalogue.indicators[str(indicator)].title
        rows.append((title, str(geography), shown, joined(sorted(set(latest["flag"])))))
    releases = used_by(rows_missing[["source", "release"]].drop_duplicates().to_dict("records"))
    return Numbers().table(
        title="Areas without a value, by indicator",
        columns=(
            Column("Indicator", row_header=True),
            Column("Geography", words="names of geographies"),
            Column("Areas (latest period)", words="names of areas, and of how many more than are named"),
            Column("Flag"),
        ),
        rows=rows,
        source=Cited("indicators.csv of this edition.", tuple(sorted(releases))),
        note="[x] not available, [c] confidential, [z] not applicable, [w] none recorded in survey.",
        indicators=sorted(set(rows_missing["indicator"])),
    )

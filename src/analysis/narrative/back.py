"""The end matter: methods, sources with licences, and the data-quality annex."""

from __future__ import annotations

import pandas as pd

from analysis.blocks import Blocks, Column, Table, Text
from analysis.narrative.prose import Prose
from analysis.tables import keys
from analysis.tables.loaded import LoadedEdition
from analysis.words import capital, day_words, joined, rounded

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
            Table(
                title="Sources",
                columns=(
                    Column("Product", width=0.6),
                    Column("Publisher", width=0.5),
                    Column("Published"),
                    Column("Licence", width=0.5),
                    Column("Folder", width=0.6),
                ),
                rows=rows,
                source="snapshot.yml in each folder of data/raw, which also holds the address and the file's hash.",
            ),
            Text("The publishers ask for these words:\n\n" + "\n".join(f"- {text}" for text in attributions)),
        ]
    )


def describe_quality(edition: LoadedEdition) -> Text:
    """How much was read, changed, flagged and left out."""
    log = edition.table("cleaning_log")
    prose = Prose()

    def total(action: str) -> int:
        return int(log.loc[log["action"] == action, "rows"].sum())

    def noted(action: str) -> str:
        return prose.number(rounded(total(action), 0), keys.total("sum", "rows", "cleaning_log", action=action))

    sources = edition.sources["source"].nunique()
    prose.say(
        f"{capital(prose.counted(sources, keys.total('distinct', 'source', 'sources'), 'source'))} were opened, and "
        f"the hash of every table agreed with its receipt. {noted('rows in')} raw rows gave {noted('rows out')} "
        f"observations; {noted('flagged')} values carry a flag that says why they are missing or uncertain."
    )
    if total("code changed"):
        prose.say(
            f"{noted('code changed')} rows came under an area code that has changed since, and were given the "
            "present one."
        )
    if total("left out"):
        prose.say(f"{noted('left out')} rows were left out, each for the reason given.")
    missing = edition.indicators[edition.indicators["value"].isna()]
    if len(missing):
        areas = missing.groupby("indicator")["area_name"].nunique().sort_values(ascending=False, kind="stable")
        titles = [edition.catalogue.indicators[str(name)].title for name in areas.head(3).index]
        prose.say(
            f"{capital(prose.counted(len(missing), keys.count('indicators', 'value='), 'value'))} in the tables "
            f"{'is' if len(missing) == 1 else 'are'} marked not available, most of them of {joined(titles)}."
        )
    return prose.text()


def table_cleaning(edition: LoadedEdition) -> Table:
    """Each source: rows in and out, values flagged, codes changed, rows left out."""
    log = edition.table("cleaning_log")
    titles = edition.sources.set_index(["source", "release"])["title"]
    wide = log.pivot_table(index=["source", "release"], columns="action", values="rows", aggfunc="sum")
    wide = wide.reindex(columns=list(ACTIONS))
    rows = [
        (
            str(titles.get(key, key[0])),
            *("0" if pd.isna(count) else rounded(float(count), 0) for count in wide.loc[key]),
        )
        for key in wide.index
    ]
    return Table(
        title="What cleaning did, by release",
        columns=(
            Column("Release", row_header=True),
            *(Column(action.capitalize(), "right") for action in ACTIONS),
        ),
        rows=rows,
        source="the cleaning log of this edition.",
        note="A row of a raw table can hold several observations. Flagged values stay missing or carry their "
        "flag; none was filled.",
    )


def table_log(edition: LoadedEdition) -> Table:
    """Every finding of the cleaning but the plain counts of rows."""
    log = edition.table("cleaning_log")
    log = log[~log["action"].isin(("rows in", "rows out"))]
    rows = [
        (str(row["source"]), str(row["table"]), str(row["action"]), rounded(float(row["rows"]), 0), str(row["detail"]))
        for row in log.to_dict("records")
    ]
    return Table(
        title="Findings of the cleaning",
        columns=(
            Column("Source", row_header=True),
            Column("Table", width=0.6),
            Column("What"),
            Column("Rows", "right"),
            Column("Detail", width=2.0),
        ),
        rows=rows,
        source="the cleaning log of this edition.",
    )


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
    return Table(
        title="Areas without a value, by indicator",
        columns=(
            Column("Indicator", row_header=True),
            Column("Geography"),
            Column("Areas (latest period)"),
            Column("Flag"),
        ),
        rows=rows,
        source="indicators.csv of this edition.",
        note="[x] not available, [c] confidential, [z] not applicable, [w] none recorded in survey.",
    )

"""The chapter on life expectancy: the slope first, then wards as years from the city, then the gap beside its noise."""

from __future__ import annotations

from itertools import chain

import pandas as pd

from analysis.blocks import Box, Column, Table, Text
from analysis.figures.classes import signed
from analysis.narrative.aims import flag_note
from analysis.narrative.prose import Prose, shared_flag
from analysis.tables.loaded import LoadedEdition
from analysis.tables.printing import LIMITS, Numbers, cited, used_by
from analysis.tables.reference import Reference, cell_of
from analysis.words import capital, joined, period_words

LEVEL = "life_expectancy_birth"
FROM_CITY = "life_expectancy_years_from_city"
SLOPE = "life_expectancy_slope"
WHO = {"male": "men", "female": "women", "persons": "people"}


def _statistic(edition: LoadedEdition, name: str, sex: str) -> pd.Series | None:
    table = edition.inequality
    rows = table[(table["measure"] == LEVEL) & (table["statistic"] == name) & (table["sex"] == sex)]
    return None if rows.empty else rows.iloc[0]


def _by_sex(edition: LoadedEdition, name: str) -> list[tuple[str, pd.Series]]:
    found = [(sex, _statistic(edition, name, sex)) for sex in ("male", "female")]
    return [(sex, row) for sex, row in found if row is not None]


def _slopes(edition: LoadedEdition) -> list[tuple[str, pd.Series]]:
    """The slope of each sex that has one."""
    found = [(sex, _statistic(edition, "slope_index", sex)) for sex in ("male", "female")]
    return [(sex, row) for sex, row in found if row is not None]


def _widening(edition: LoadedEdition) -> pd.Series | None:
    """The factor on published errors; it is held only where wards are estimated from middle areas."""
    found = (_statistic(edition, "widening", sex) for sex in ("male", "female"))
    return next((row for row in found if row is not None), None)


def _years(prose: Prose, row: pd.Series, column: str = "value") -> str:
    return prose.rounded(_of(row, column), 1)


def _of(row: pd.Series, column: str) -> Reference:
    return cell_of(row, column, table="inequality")


def _area_words(prose: Prose, row: pd.Series, column: str = "areas") -> str:
    middle = str(row["geography"]).startswith("msoa")
    words = ("middle area (MSOA)", "middle areas (MSOAs)") if middle else ("ward", "wards")
    return prose.counted(_of(row, column), *words)


def say_slopes(edition: LoadedEdition, prose: Prose) -> None:
    """Say by how many years life expectancy differs from one end of the deprivation scale to the other, by sex."""
    slopes = _by_sex(edition, "slope_index")
    if not slopes:
        prose.say("Life expectancy within the city is not available: no figures by small or middle area are held.")
        return
    first = slopes[0][1]
    period = period_words(first["period_start"], first["period_end"])
    words = [
        f"{_years(prose, row)} years longer for {WHO[sex]} (95% confidence interval {_years(prose, row, 'lower_ci95')} "
        f"to {_years(prose, row, 'upper_ci95')})"
        for sex, row in slopes
    ]
    prose.say(
        f"In {period} life expectancy at birth at the least deprived end of {edition.place.name} is "
        f"{joined(words)} than at the most deprived end: the slope index of inequality across "
        f"{_area_words(prose, first)} with figures."
    )
    if _stands_in(edition, str(first["source"])):
        prose.say(f"These figures came out after {edition.edition.cut_off:%B %Y}; none is held that was out by then.")


def say_slopes_plainly(edition: LoadedEdition, prose: Prose) -> None:
    """The same in a reader's words, without limits."""
    slopes = _slopes(edition)
    if not slopes:
        prose.say("How long people live in the poorest and the richest areas is not available.")
        return
    first = slopes[0][1]
    years = joined([f"{_years(prose, row)} years for {WHO[sex]}" for sex, row in slopes])
    when = period_words(first["period_start"], first["period_end"])
    prose.say(f"Lives are shorter at the most deprived end than at the least: by {years} ({when}, estimated).")


def _stands_in(edition: LoadedEdition, source: str) -> bool:
    rows = edition.sources[edition.sources["source"] == source]
    return bool((rows["stand_in_reason"] != "").any())


def describe_life_expectancy(edition: LoadedEdition) -> Text:
    """The chapter's opening: slopes, the second source, what is left out."""
    prose = Prose()
    estimated = _widening(edition) is not None or bool(_by_sex(edition, "mean_of_larger_areas"))
    say_slopes(edition, prose)
    for sex in ("male", "female"):
        first, second = (_statistic(edition, f"slope_index{end}", sex) for end in ("", "_second_source"))
        if first is not None and second is not None:
            prose.say(
                f"A second source, of {period_words(second['period_start'], second['period_end'])}, gives {WHO[sex]} "
                f"{_years(prose, second)} years across {_area_words(prose, second)}."
            )
    _say_left_out(edition, prose, "a published value" if estimated else "a figure, or without a place on the scale,")
    prose.paragraph()
    wards = edition.latest(LEVEL, edition.edition.ward_geography, if_any=True)
    reason = ": less than four fifths of the residents live in areas with a published value" if estimated else ""
    for each, rows in wards.groupby("sex", sort=True):
        missing = rows[rows["value"].isna()]["area_name"].tolist()
        if missing:
            prose.say(f"For {WHO[str(each)]} there is no figure for {joined(missing)}{reason}.")
    return prose.text()


def _say_left_out(edition: LoadedEdition, prose: Prose, lacking: str) -> None:
    """How many areas the slopes leave out, for both sexes in one sentence."""
    found = [(WHO[sex], row) for sex, row in _slopes(edition) if _of(row, "areas_left_out")]
    if not found:
        return
    who, row = found[0]
    areas, verb = capital(_area_words(prose, row, "areas_left_out")), "is" if row["areas_left_out"] == 1 else "are"
    also = [f"{prose.count(_of(row, 'areas_left_out'))} for {who}" for who, row in found[1:]]
    prose.say(f"{areas} without {lacking} {verb} left out {joined([f'for {who}', *also])}.")


def describe_gap(edition: LoadedEdition) -> Text:
    """The gap between the best and the worst ward, always beside the range that noise alone would give."""
    prose = Prose()
    names = (
        edition.latest(LEVEL, edition.edition.ward_geography, if_any=True).set_index("area_code")["area_name"].to_dict()
    )
    for sex in ("male", "female"):
        gap, noise = _statistic(edition, "gap_best_worst", sex), _statistic(edition, "noise_range", sex)
        if gap is None or noise is None:
            continue
        of = prose.counted(_of(gap, "areas"), "ward")
        prose.say(
            f"For {WHO[sex]}, {names[gap['best_area']]} and {names[gap['worst_area']]} lie furthest apart of "
            f"{of} with a figure: {_years(prose, gap)} years (95% confidence "
            "interval "
            f"{_years(prose, gap, 'lower_ci95')} to {_years(prose, gap, 'upper_ci95')}). If all wards were truly "
            "alike, "
            f"the errors of the figures alone would put about {_years(prose, noise)} years between the highest "
            "and the lowest."
        )
    ranges = _by_sex(edition, "range_of_larger_areas")
    if ranges:
        each = joined([f"{_years(prose, row)} years for {WHO[sex]}" for sex, row in ranges])
        prose.say(
            f"Between the highest and the lowest of {_area_words(prose, ranges[0][1])} themselves lie {each}: fewer "
            "people, and so more chance, than in a ward."
        )
    if prose.lines:
        prose.say(
            "The two wards were picked because they are the extremes, and the range grows with the number of "
            "wards, so the "
            "slope is the better measure of inequality."
        )
        _say_published_slope(edition, prose)
    return prose.text()


def _say_published_slope(edition: LoadedEdition, prose: Prose) -> None:
    """The slope that the publisher gives for the city itself, in the vintage held; it has no limits."""
    if SLOPE not in edition.catalogue.indicators:
        return
    rows = edition.latest(SLOPE, "lad")
    rows = rows[(rows["area_code"] == edition.place.code) & rows["value"].notna()].set_index("sex", drop=False)
    if rows.empty:
        return
    each = [
        f"{prose.rounded(cell_of(row, 'value'), 1)} years for {WHO[str(sex)]}"
        for sex, row in rows.sort_index(ascending=False, kind="stable").iterrows()
    ]
    first = rows.iloc[0]
    prose.say(
        f"The slope that is published for the city, across its small areas in "
        f"{period_words(first['period_start'], first['period_end'])}, is {joined(each)}, without limits. Wards, "
        "middle areas and slope measure different things: none of them reproduces another, and none shows another to "
        "be wrong."
    )


def box_life_expectancy(edition: LoadedEdition) -> Box:
    """What the figures are fit for, and how the figures of wards came about."""
    prose = Prose()
    prose.say(
        "- Period life expectancy sums up the death rates of some years. It is not how long a baby born then will live."
    )
    slope = next((row for sex in WHO if (row := _statistic(edition, "slope_index", sex)) is not None), None)
    if slope is not None:
        limits = edition.sources.set_index("source").loc[[slope["source"]], "limits"].iloc[0]
        widening = _widening(edition)
        means = _by_sex(edition, "mean_of_larger_areas")
        own = _of_means(edition, prose, means) if means else _of_wards(edition, slope)
        lines = own if widening is None else _of_estimates(prose, widening)
        for line in (f"- {limits}", *lines):
            prose.say(line)
    return prose.box("Reading life expectancy")


def _of_estimates(prose: Prose, widening: pd.Series) -> list[str]:
    factor = prose.rounded(_of(widening, "value"), 1)
    return [
        "- Wards are estimated: each small area takes the value of its middle area (MSOA), and a ward takes the mean "
        "over its residents. The mean is over all residents because the source has no detail by age; this is the one "
        "place in the report where life expectancies are averaged.",
        f"- The published margins of error are too narrow. They are widened {factor} times, the factor by which two "
        "sources for men disagree beyond them. They are of different years, so change between these is in the factor "
        "too. The same factor is used for women, for whom there is no second source.",
        "- Wards that share a middle area share its error, and the gap takes this into account. The error made by "
        "spreading a middle area over wards is not measured and is in no interval.",
        "- Values are read as years above or below the city. The level is tied to the published value of the city for "
        "each sex; there is no such value for all persons, so none is given.",
    ]


def _of_means(edition: LoadedEdition, prose: Prose, means: list[tuple[str, pd.Series]]) -> list[str]:
    """How wards follow from middle areas that are set on no other level, and how far their mean is from the city's."""
    city = edition.latest(LEVEL, "lad").set_index("sex", drop=False)
    both = [
        f"{_years(prose, row)} years for {WHO[sex]}, beside {prose.rounded(cell_of(city.loc[sex], 'value'), 1)} "
        "published for the city,"
        for sex, row in means
        if sex in city.index
    ]
    return [
        "- Wards are our own computation, an estimate [e]: the mean over a ward's residents of the middle areas "
        "(MSOAs) that they live in. The limits take middle areas as independent and leave out the error of sharing "
        "them among wards.",
        f"- The mean of all middle areas is {joined(both).rstrip(',')}. Both are printed and neither is set on the "
        "other, so that years above or below the city hold that difference too.",
    ]


def _of_wards(edition: LoadedEdition, slope: pd.Series) -> list[str]:
    """How figures that wards have of their own came about, and which city value they are set beside."""
    inputs = edition.catalogue.indicators[LEVEL].inputs
    method = next((given.method for given in inputs if given.source == slope["source"] and given.method), None)
    lines = [f"- {method}."] if method else []
    lines.append(
        "- The errors of wards are taken as independent of each other; the intervals hold chance in deaths alone."
    )
    city = edition.latest(LEVEL, "lad", if_any=True)
    periods = {(row["period_start"], row["period_end"]) for row in city.to_dict("records")}
    if periods and periods != {(slope["period_start"], slope["period_end"])}:
        lines.append(
            f"- Years above or below the city are taken from the city's value of "
            f"{joined(sorted(period_words(*period) for period in periods))}, not of the wards' own period."
        )
    return lines


def table_ward_life_expectancy(edition: LoadedEdition) -> Table:
    """Every ward: years above or below the city and the level so estimated, by sex, with limits."""
    ward = edition.edition.ward_geography
    tables = {
        (name, sex): rows.set_index("area_code", drop=False)
        for name in (FROM_CITY, LEVEL)
        for sex, rows in edition.latest(name, ward, if_any=True).groupby("sex")
    }
    sexes = [sex for sex in ("female", "male") if (LEVEL, sex) in tables]
    level = edition.latest(LEVEL, ward, if_any=True)
    names = level.drop_duplicates("area_code").set_index("area_code")["area_name"]
    columns = [Column("Ward", row_header=True)]
    shared = {key: shared_flag(frame) for key, frame in tables.items()}
    for sex in sexes:
        who, flags = WHO[sex].capitalize(), (shared[FROM_CITY, sex], shared[LEVEL, sex])
        columns += [
            Column(f"{who}: years from the city {flags[0]}".strip(), "right"),
            Column("95% interval", "right"),
            Column(f"{who}: level {flags[1]}".strip(), "right"),
        ]
    rows, numbers = [], Numbers()
    for code in names.sort_values(kind="stable").index:
        cells = [str(names[code])]
        for sex in sexes:
            relative, absolute = tables[FROM_CITY, sex].loc[code], tables[LEVEL, sex].loc[code]
            cells += [
                *_from_city(numbers, relative, flag=not shared[FROM_CITY, sex]),
                numbers.cell(absolute, 1, flag=not shared[LEVEL, sex]),
            ]
        rows.append(tuple(cells))
    used = used_by([*level.to_dict("records"), *edition.latest(LEVEL, "lad", if_any=True).to_dict("records")])
    first = level.iloc[0]
    return numbers.table(
        title=f"Life expectancy at birth by ward, {period_words(first['period_start'], first['period_end'])}",
        columns=columns,
        rows=rows,
        source=cited(edition, used),
        note=f"{flag_note([*shared.values(), *chain(*rows)])}. Wards in the order of their names: "
        "the intervals of most overlap, so a ranking would say more than is known.",
    )


def _from_city(numbers: Numbers, row: pd.Series, *, flag: bool) -> tuple[str, str]:
    """Years above or below the city, with a sign and the flags where wanted, and their limits."""
    value, *ends = (cell_of(row, column) for column in ("value", *LIMITS))
    flags = str(row["flag"])
    if pd.isna(row["value"]):
        return flags, flags
    plus = "+" if value.value > 0 else ""
    years = plus + numbers.number(value, lambda number: signed(number, 1)) + (f" {flags}" if flag and flags else "")
    if pd.isna(row["lower_ci95"]):
        return years, flags
    return years, " to ".join(numbers.number(end, lambda number: signed(number, 1, plus=True)) for end in ends)

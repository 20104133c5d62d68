"""The words of a ward's profile: who lives there, what stands out, its table, the ground it lies on."""

from __future__ import annotations

import math

from analysis.blocks import Column, Cover, Table, Text
from analysis.catalogue.load import load_geographies
from analysis.figures.profile_bars import ages_of, title_of
from analysis.indicators.ward_facts import AGES, SUMMARIES, Standing, WardFacts, check_ward, ward_facts
from analysis.narrative.aims import flag_note
from analysis.narrative.citations import source_line
from analysis.narrative.deprivation import EXTENT, SCORE, index_title
from analysis.narrative.life_expectancy import FROM_CITY
from analysis.narrative.movement import short_period, when
from analysis.narrative.prose import Prose, cell, interval_cell
from analysis.narrative.ward_keys import (
    change_key,
    city_key,
    own_key,
    place_key,
    say_own,
    wards_key,
    wards_with_key,
)
from analysis.tables.loaded import LoadedEdition
from analysis.words import day_words, joined, ordinal, rounded, with_unit

WHO = {"female": "women", "male": "men"}
PEOPLE, WORKING_AGE = "population_total", "population_16_64_pct"
STANDS_OUT = 3
RECENT_YEARS = 10
AGE_SHARES = "population_"
LEAST_GROUND = 0.01
ALMOST_ALL = 0.98


def describe_ward_cover(edition: LoadedEdition, ward: str) -> Cover:
    """The head of a ward's profile: its name, the report that it belongs to, its date."""
    cut_off = edition.edition.cut_off
    name, place = check_ward(edition, ward), edition.place.name
    return Cover(
        title=name,
        subtitle=f"Ward profile, State of the City: {place} {edition.edition.year}",
        date=f"Figures published by {cut_off.day} {cut_off:%B %Y}",
        publisher="State of the City project",
        description=f"{name} ({ward}), a ward of {place}: its people, deprivation and other figures beside the city's.",
    )


def describe_ward(edition: LoadedEdition, ward: str) -> Text:
    """The profile's opening: people, deprivation, what stands out, length of life, in a line each."""
    facts = ward_facts(edition, ward)
    prose = Prose()
    if facts.together:
        prose.say(
            f"No small area belongs to {facts.name} by best fit, so it has no figures of its own [x]. Its people are "
            f"counted in the wards beside it: the figures below are those of **{facts.together}** together."
        )
        prose.paragraph()
    elif facts.small_areas.empty:
        prose.say(f"No small area belongs to {facts.name} by best fit, so it has no figures of its own [x].")
        prose.paragraph()
    for tell in (_people, _deprived, _above, _below, _lives):
        before = len(prose.lines)
        tell(facts, prose)
        if len(prose.lines) > before:
            prose.paragraph()
    return prose.text()


def _whose(facts: WardFacts) -> str:
    return "The wards together" if facts.together else facts.name


def _people(facts: WardFacts, prose: Prose) -> None:
    one = facts.standing(PEOPLE)
    if one is None:
        return
    verb = "have" if facts.together else "has"
    people = prose.number(rounded(float(one.row["value"]), 0), own_key(facts, one.row))
    sentence = f"{_whose(facts)} {verb} {people} residents"
    if not math.isnan(one.city):
        share = f"{rounded(100 * one.row['value'] / one.city, 1)}%"
        sentence += f", {prose.number(share, f'{own_key(facts, one.row)} / {city_key(facts, one)}')} of the city's"
    prose.say(f"{sentence} ({when(one.row).partition(' ')[2]}){_marks(one)}.")
    _ages(facts, prose)


def _ages(facts: WardFacts, prose: Prose) -> None:
    """The shares of three bands of age; "the rest" where no share of that day is held for those of working age."""
    ages = ages_of(facts).to_dict("records")
    if not ages:
        return
    parts, rest = [], ""
    for name, band in zip((AGES[0], WORKING_AGE, AGES[1]), ages, strict=True):
        one = facts.standing(name)
        if one is not None and one.row["period_end"] == band["period_end"]:
            share = f"{rounded(float(one.row['value']), 0)}%"
            parts.append(f"{prose.number(share, own_key(facts, one.row))} are {band['band']}")
        else:
            rest = f"; the rest are {band['band']}"
    prose.say(f"Of them {joined(parts)}{rest}.")


def _marks(one: Standing) -> str:
    return f" {one.row['flag']}" if one.row["flag"] else ""


def _deprived(facts: WardFacts, prose: Prose) -> None:
    if facts.small_areas.empty:
        return
    row, country = facts.deprivation, facts.edition.place.country.name
    areas, deprived = int(row["small_areas"]), int(row["small_areas_most_deprived_10pct"])
    every, tenth = wards_key(facts, "small_areas"), wards_key(facts, "small_areas_most_deprived_10pct")
    its = prose.counted(areas, every, "small area")
    if areas == 1:
        prose.say(f"Its {its} is {'' if deprived else 'not '}in the most deprived tenth of {country}.")
    elif areas == deprived:
        all_of_them = "Both its small areas" if areas == 2 else f"All its {its}"
        prose.say(f"{all_of_them} are in the most deprived tenth of {country}.")
    else:
        many = prose.count(deprived, tenth)
        prose.say(f"Of its {its}, {many} {'is' if deprived < 2 else 'are'} in the most deprived tenth of {country}.")
    score = facts.standing(SCORE)
    if score is not None and not math.isnan(score.best):
        from_top, from_foot = int(score.best), score.ranked + 1 - int(score.worst)
        end, sign, number = ("most", ">=", from_top) if from_top <= from_foot else ("least", "<=", from_foot)
        place = f"{prose.number(ordinal(number), place_key(facts.edition, score, sign))} " if number > 1 else ""
        of = prose.counted(score.ranked, wards_with_key(score), "ward")
        prose.say(f"By its score it is the {place}{end} deprived of {of}.")


def _above(facts: WardFacts, prose: Prose) -> None:
    _say_furthest(facts, prose, 1, "above")


def _below(facts: WardFacts, prose: Prose) -> None:
    _say_furthest(facts, prose, -1, "below")


def _say_furthest(facts: WardFacts, prose: Prose, side: int, words: str) -> None:
    """The recent shares furthest to one side of the city's, beyond their limits, by the spread of the wards.

    Ages stand above already, and of one day: their shares are left out.
    """
    since = str(facts.edition.edition.cut_off.year - RECENT_YEARS)
    shares = [one for one in facts.standings if one.bounded and one.indicator.unit == "%"]
    shares = [one for one in shares if not one.indicator.id.startswith(AGE_SHARES)]
    found = [one for one in shares if one.apart == side and str(one.row["period_end"]) > since]
    found.sort(key=lambda one: (-abs(one.row["value"] - one.city) / (one.highest - one.lowest), one.indicator.id))
    if found:
        prose.say(f"Furthest {words} the city: {'; '.join(_beside(facts, one, prose) for one in found[:STANDS_OUT])}.")
    elif shares:
        prose.say(f"No share lies {words} the city's beyond its 95% limits.")


def _beside(facts: WardFacts, one: Standing, prose: Prose) -> str:
    title = one.indicator.title[:1].lower() + one.indicator.title[1:]
    decimals = one.indicator.decimals
    city = prose.number(with_unit(one.city, "%", decimals), city_key(facts, one))
    return f"{title} {say_own(prose, facts, one, decimals)} ({short_period(one.row)}; city {city})"


def _lives(facts: WardFacts, prose: Prose) -> None:
    if facts.together or facts.small_areas.empty:
        return
    known = [one for sex in WHO if (one := facts.standing(FROM_CITY, sex)) is not None]
    if not known:
        prose.say("Its life expectancy is not available [x].")
        return
    parts = []
    for one in known:
        value = float(one.row["value"])
        size, side = rounded(abs(value), 1), "that of the city"
        if float(size):
            words = f"{size} years {'above' if value > 0 else 'below'} the city"
            side = prose.number(words, own_key(facts, one.row))
        limits = " to ".join(
            prose.number(_signed(float(one.row[column])), own_key(facts, one.row, column))
            for column in ("lower_ci95", "upper_ci95")
        )
        parts.append(f"{side} for {WHO[str(one.row['sex'])]} ({limits})")
    row = known[0].row
    flags = str(row["flag"])
    estimate = f", an estimate of low reliability {flags}" if "[u]" in flags else f" {flags}" if flags else ""
    prose.say(f"Life expectancy at birth is {joined(parts)}, {short_period(row)}{estimate}; 95% limits in brackets.")
    absent = [WHO[sex] for sex in WHO if facts.standing(FROM_CITY, sex) is None]
    if absent:
        prose.say(f"That of {joined(absent)} is not available [x].")


def _signed(value: float) -> str:
    text = rounded(value, 1)
    return text.replace("-", "−") if text.startswith("-") or float(text) == 0 else f"+{text}"


def describe_ward_deprivation(edition: LoadedEdition, ward: str) -> Text:
    """What the index of deprivation says of a ward's small areas; where it has none, whose small areas cover it."""
    facts = ward_facts(edition, ward)
    prose = Prose()
    if facts.small_areas.empty:
        score = facts.standing(SCORE)
        if score is None:
            prose.say("No deprivation is known for it [x].")
        else:
            prose.say(
                f"The wards together have a score of {say_own(prose, facts, score, 1)} in the {index_title(edition)}, "
                f"against {prose.number(rounded(score.city, 1), city_key(facts, score))} for the city. "
                "A score for the one ward cannot be told from it."
            )
        return prose.text()
    row, country = facts.deprivation, edition.place.country.name
    ranks = [f"{end}_deprived_rank" for end in ("most", "least")]
    ends = [prose.number(rounded(float(row[rank]), 0), wards_key(facts, rank)) for rank in ranks]
    title = index_title(edition)
    if row[ranks[0]] == row[ranks[1]]:
        prose.say(f"In the {title} its small area ranks {ends[0]} in {country} (1 is the most deprived).")
    else:
        prose.say(f"In the {title} its small areas rank from {ends[0]} to {ends[1]} in {country} (1 is most deprived).")
    share = float(row["residents_most_deprived_10pct_pct"])
    if share >= 100:
        prose.say("All of its residents live in the most deprived tenth.")
    elif share > 0:
        text = prose.number(f"{rounded(share, 0)}%", wards_key(facts, "residents_most_deprived_10pct_pct"))
        prose.say(f"{text} of its residents live in the most deprived tenth.")
    score, extent = facts.standing(SCORE), facts.standing(EXTENT)
    if score is not None:
        city = prose.number(rounded(score.city, 1), city_key(facts, score))
        said = f"Its average score is {say_own(prose, facts, score, 1)}{_marks(score)} (city {city})"
        if extent is not None:
            own = prose.number(rounded(float(extent.row["value"]), 2), own_key(facts, extent.row))
            city = prose.number(rounded(extent.city, 2), city_key(facts, extent))
            said += f", its extent {own} (city {city})"
        prose.say(f"{said}.")
    prose.say("Not everyone in a deprived area is deprived, and a rank of one release is not set against another's.")
    return prose.text()


def table_ward(edition: LoadedEdition, ward: str) -> Table:
    """Every figure of a ward beside the city's and, where one is held, the country's, with limits and rank range."""
    facts = ward_facts(edition, ward)
    shown = [one for one in facts.standings if one.indicator.id not in SUMMARIES]
    country = any(not math.isnan(one.country) for one in shown)
    places = not facts.together
    columns = [Column("Measure", row_header=True), Column("Period"), Column(_short(facts), "right")]
    columns += [Column("95% interval", "right"), Column(edition.place.name, "right")]
    columns += [Column(edition.place.country.name, "right")] if country else []
    columns += [Column("Place among wards", "right")] if places else []
    rows = []
    for one in shown:
        decimals = one.indicator.decimals
        unit = "%" if one.indicator.unit == "%" else ""
        cells = [_named(one), short_period(one.row), cell(one.row, decimals, unit=unit)]
        cells += [interval_cell(one.row, decimals).replace("-", "−"), _beside_cell(one.city, decimals, unit)]
        cells += [_beside_cell(one.country, decimals, unit)] if country else []
        cells += [_place(one)] if places else []
        cells[2] = cells[2].replace("-", "−")
        rows.append(tuple(cells))
    notes = [
        "Place 1 is the highest value; a range is what the 95% limits of the wards allow, one number the place of the "
        "value alone. Counts have no place."
        if places
        else f"The figures are those of {facts.together} together.",
        "" if country else f"{edition.place.country.name}: no figure on the same basis is held for any of these.",
        f"{flag_note(text for row in rows for text in row)}.",
    ]
    return Table(
        title=f"{facts.together or facts.name} beside {edition.place.name}",
        columns=columns,
        rows=rows,
        source=source_line(edition, {(str(one.row["source"]), str(one.row["release"])) for one in shown}),
        note=" ".join(note for note in notes if note),
    )


def _short(facts: WardFacts) -> str:
    return "Together" if facts.together else "Ward"


def _named(one: Standing) -> str:
    unit = one.indicator.unit
    counts_itself = one.indicator.kind == "count"
    return title_of(one) if unit in ("%", "years", "score") or counts_itself else f"{title_of(one)} ({unit})"


def _beside_cell(value: float, decimals: int, unit: str) -> str:
    return "none" if math.isnan(value) else with_unit(value, unit, decimals).strip()


def _place(one: Standing) -> str:
    if math.isnan(one.best):
        return "none"
    best, worst = int(one.best), int(one.worst)
    return f"{best} of {one.ranked}" if best == worst else f"{best} to {worst} of {one.ranked}"


def describe_ward_ground(edition: LoadedEdition, ward: str) -> Text:
    """Which wards of the set before a ward's ground lay in; nothing where the edition knows of one set alone."""
    facts = ward_facts(edition, ward)
    prose = Prose()
    if facts.before.empty:
        return prose.text()
    start = load_geographies(edition.catalogue.folder)[edition.edition.ward_geography].start
    since = day_words(start.isoformat()) if start else "the change of wards"
    shared = facts.before[facts.before["share_of_new_area"] >= LEAST_GROUND].to_dict("records")
    if len(shared) == 1 and shared[0]["share_of_new_area"] > ALMOST_ALL:
        prose.say(f"Before {since} almost all of its ground lay in the ward of {shared[0]['old_name']}.")
    else:
        share = "share_of_new_area"
        parts = [f"{row['old_name']} ({prose.number(_percent(row[share]), change_key(row, share))})" for row in shared]
        prose.say(f"Before {since} its ground lay in {joined(parts)}.")
    for row in facts.before[facts.before["same_name"].astype(str) == "True"].to_dict("records"):
        common = prose.number(_percent(row["overlap"]), change_key(row, "overlap"))
        prose.say(
            f"The old ward of {row['old_name']} was not the same ground: of what the two cover, {common} is common to "
            "both."
        )
    prose.say("Figures of an old ward and of this one must not be joined.")
    return prose.text()


def _percent(share: float) -> str:
    return f"{rounded(100 * share, 0)}%"

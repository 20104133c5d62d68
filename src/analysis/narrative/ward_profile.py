"""The words of a ward's profile: who lives there, what stands out, its table, the ground it lies on."""

from __future__ import annotations

import math

from analysis.blocks import Column, Cover, Table, Text
from analysis.catalogue.geographies import load_geographies
from analysis.figures.profile_bars import ages_of, title_of
from analysis.indicators.ward_facts import AGES, SUMMARIES, Standing, WardFacts, check_ward, ward_facts
from analysis.narrative.aims import flag_note
from analysis.narrative.deprivation import EXTENT, SCORE, index_title
from analysis.narrative.life_expectancy import FROM_CITY
from analysis.narrative.movement import short_period, when
from analysis.narrative.prose import Prose
from analysis.narrative.ward_changes import percent_of, whole_percent
from analysis.tables import keys
from analysis.tables.loaded import LoadedEdition
from analysis.tables.printing import LIMITS, Numbers, Row, cited, used_by
from analysis.tables.reference import Reference, cell_of, refer
from analysis.words import day_words, format_number, joined, lower_first, ordinal, rounded, with_unit

WHO = {"female": "women", "male": "men"}
PEOPLE, WORKING_AGE = "population_total", "population_16_64_pct"
STANDS_OUT = 3
RECENT_YEARS = 10
AGE_SHARES = "population_"
LEAST_GROUND = 0.01
ALMOST_ALL = 0.98
LIKE_CITY = "that of the city"
OF_ITSELF = "what is told as years from the city's value is 0 for the city, by definition"
SOME_LIMITED = "places by limits where they are published, and by value where not: no one condition counts them"


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


def _table_of(facts: WardFacts) -> str:
    """Where the ward's figures stand: those of wards told together have a table of their own."""
    return "wards_together" if facts.together else "indicators"


def _own(facts: WardFacts, row: Row, column: str = "value") -> Reference:
    """A figure of the profile."""
    return cell_of(row, column, table=_table_of(facts))


def _city(facts: WardFacts, one: Standing) -> Reference:
    """The city's value beside a figure of the profile."""
    return _of_area(facts, one, facts.edition.place.code)


def _of_area(facts: WardFacts, one: Standing, code: str) -> Reference:
    """The value of the city or the country beside a figure of the profile."""
    return cell_of(facts.edition.once(_beside_wards)[(code, *_told(one.row))])


def _beside_wards(edition: LoadedEdition) -> dict[tuple[str, ...], Row]:
    """The rows of the city and the country by area and :func:`_told`."""
    table = edition.indicators
    table = table[table["area_code"].isin([edition.place.code, edition.place.country.code])]
    return {(str(row["area_code"]), *_told(row)): row for row in table.to_dict("records")}


def _told(row: Row) -> tuple[str, ...]:
    return tuple(str(row[name]) for name in ("indicator", "period_end", "sex", "age", "release"))


def _people(facts: WardFacts, prose: Prose) -> None:
    one = facts.standing(PEOPLE)
    if one is None:
        return
    verb = "have" if facts.together else "has"
    own = _own(facts, one.row)
    sentence = f"{_whose(facts)} {verb} {prose.whole(own)} residents"
    if not math.isnan(one.city):
        share = prose.number(own.share_of(_city(facts, one)), lambda share: f"{rounded(share, 1)}%")
        sentence += f", {share} of the city's"
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
            parts.append(f"{prose.number(_own(facts, one.row), whole_percent)} are {band['band']}")
        else:
            rest = f"; the rest are {band['band']}"
    prose.say(f"Of them {joined(parts)}{rest}.")


def _marks(one: Standing) -> str:
    return f" {one.row['flag']}" if one.row["flag"] else ""


def _deprived(facts: WardFacts, prose: Prose) -> None:
    if facts.small_areas.empty:
        return
    country = facts.edition.place.country.name
    areas, deprived = (
        cell_of(facts.deprivation, column, table="wards")
        for column in ("small_areas", "small_areas_most_deprived_10pct")
    )
    its = prose.counted(areas, "small area")
    if int(areas) == 1:
        prose.say(f"Its {its} is {'' if deprived else 'not '}in the most deprived tenth of {country}.")
    elif int(areas) == int(deprived):
        all_of_them = "Both its small areas" if int(areas) == 2 else f"All its {its}"
        prose.say(f"{all_of_them} are in the most deprived tenth of {country}.")
    else:
        are = "is" if int(deprived) < 2 else "are"
        prose.say(f"Of its {its}, {prose.count(deprived)} {are} in the most deprived tenth of {country}.")
    score = facts.standing(SCORE)
    if score is not None and not math.isnan(score.best):
        from_top, from_foot = (_place_from(facts.edition, score, sign) for sign in (">=", "<="))
        end, number = ("most", from_top) if int(from_top) <= int(from_foot) else ("least", from_foot)
        place = f"{prose.number(number, lambda place: ordinal(round(place)))} " if int(number) > 1 else ""
        of = prose.counted(_ranked(score), "ward")
        prose.say(f"By its score it is the {place}{end} deprived of {of}.")


def _wards_with(one: Standing, *conditions: str) -> str:
    """The key of a count of the wards that have a value of a figure, by conditions."""
    same = {name: one.row[name] for name in ("indicator", "geography", "period_end", "sex", "age", "release")}
    return keys.count("indicators", *(conditions or ("value!=",)), **same)


def _ranked(one: Standing) -> Reference:
    return Reference(_wards_with(one), float(one.ranked))


def _place_from(edition: LoadedEdition, one: Standing, sign: str) -> Reference:
    """A ward's place by a figure: how many wards are at least as high (``>=``) or as low (``<=``).

    It is among them itself; wards that tie with it are not, for they share its place.
    """
    row = one.row
    rows = edition.latest(one.indicator.id, str(row["geography"]))
    rows = rows[(rows["sex"] == row["sex"]) & (rows["age"] == row["age"]) & (rows["value"] == row["value"])]
    tied = sorted(set(rows["area_code"]) - {row["area_code"]})
    conditions = [f"value{sign}{format_number(row['value'])}", *([f"area_code!={'|'.join(tied)}"] if tied else [])]
    return refer(edition, _wards_with(one, *conditions))


def _above(facts: WardFacts, prose: Prose) -> None:
    _say_furthest(facts, prose, 1, "above")


def _below(facts: WardFacts, prose: Prose) -> None:
    _say_furthest(facts, prose, -1, "below")


def _say_furthest(facts: WardFacts, prose: Prose, side: int, words: str) -> None:
    """The recent shares furthest to one side of the city's, by the spread of the wards; beyond limits where it has any.

    Ages stand above already, and of one day: their shares are left out.
    """
    since = str(facts.edition.edition.cut_off.year - RECENT_YEARS)
    shares = [one for one in facts.standings if one.known and one.indicator.unit == "%"]
    shares = [one for one in shares if one.bounded or one.indicator.inputs[0].measure == "share"]
    shares = [one for one in shares if not one.indicator.id.startswith(AGE_SHARES)]
    found = [one for one in shares if _side(one) == side and str(one.row["period_end"]) > since]
    found.sort(key=lambda one: (-abs(one.row["value"] - one.city) / (one.highest - one.lowest), one.indicator.id))
    if found:
        prose.say(f"Furthest {words} the city: {'; '.join(_beside(facts, one, prose) for one in found[:STANDS_OUT])}.")
    elif shares:
        prose.say(
            f"No share lies {words} the city's{' beyond its 95% limits' if any(one.bounded for one in shares) else ''}."
        )


def _side(one: Standing) -> int:
    """1 where a share lies above the city's, −1 where below: by its limits, or as printed where it has none."""
    if one.bounded:
        return one.apart
    own, city = (
        float(rounded(value, one.indicator.decimals).replace(",", "")) for value in (one.row["value"], one.city)
    )
    return int(own > city) - int(own < city)


def _beside(facts: WardFacts, one: Standing, prose: Prose) -> str:
    title = lower_first(one.indicator.title)
    decimals = one.indicator.decimals
    city = prose.number(_city(facts, one), lambda value: with_unit(value, "%", decimals))
    own = prose.value(one.row, decimals, table=_table_of(facts))
    return f"{title} {own} ({short_period(one.row)}; city {city})"


def _lives(facts: WardFacts, prose: Prose) -> None:
    if facts.together or facts.small_areas.empty:
        return
    known = [one for sex in WHO if (one := facts.standing(FROM_CITY, sex)) is not None]
    if not known:
        prose.say("Its life expectancy is not available [x].")
        return
    parts = []
    for one in known:
        own = _own(facts, one.row)
        side = prose.number(own, _from_city) if _from_city(own.value) != LIKE_CITY else LIKE_CITY
        limits = " to ".join(prose.number(_own(facts, one.row, column), _signed) for column in LIMITS)
        parts.append(f"{side} for {WHO[str(one.row['sex'])]} ({limits})")
    row = known[0].row
    flags = str(row["flag"])
    estimate = f", an estimate of low reliability {flags}" if "[u]" in flags else f" {flags}" if flags else ""
    prose.say(f"Life expectancy at birth is {joined(parts)}, {short_period(row)}{estimate}; 95% limits in brackets.")
    absent = [WHO[sex] for sex in WHO if facts.standing(FROM_CITY, sex) is None]
    if absent:
        prose.say(f"That of {joined(absent)} is not available [x].")


def _from_city(years: float) -> str:
    size = rounded(abs(years), 1)
    return f"{size} years {'above' if years > 0 else 'below'} the city" if float(size) else LIKE_CITY


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
            own = prose.value(score.row, 1, table=_table_of(facts))
            prose.say(
                f"The wards together have a score of {own} in the {index_title(edition)}, "
                f"against {prose.number(_city(facts, score), lambda value: rounded(value, 1))} for the city. "
                "A score for the one ward cannot be told from it."
            )
        return prose.text()
    row, country = facts.deprivation, edition.place.country.name
    ranks = [cell_of(row, f"{end}_deprived_rank", table="wards") for end in ("most", "least")]
    ends = [prose.whole(rank) for rank in ranks]
    title = index_title(edition)
    if int(ranks[0]) == int(ranks[1]):
        prose.say(f"In the {title} its small area ranks {ends[0]} in {country} (1 is the most deprived).")
    else:
        prose.say(f"In the {title} its small areas rank from {ends[0]} to {ends[1]} in {country} (1 is most deprived).")
    share = cell_of(row, "residents_most_deprived_10pct_pct", table="wards")
    if share.value >= 100:
        prose.say("All of its residents live in the most deprived tenth.")
    elif share:
        prose.say(f"{prose.number(share, whole_percent)} of its residents live in the most deprived tenth.")
    score, extent = facts.standing(SCORE), facts.standing(EXTENT)
    if score is not None:
        city = prose.number(_city(facts, score), lambda value: rounded(value, 1))
        said = f"Its average score is {prose.value(score.row, 1)}{_marks(score)} (city {city})"
        if extent is not None:
            own, city = (
                prose.number(reference, lambda value: rounded(value, 2))
                for reference in (_own(facts, extent.row), _city(facts, extent))
            )
            said += f", its extent {own} (city {city})"
        prose.say(f"{said}.")
    prose.say("Not everyone in a deprived area is deprived, and a rank of one release is not set against another's.")
    return prose.text()


def table_ward(edition: LoadedEdition, ward: str) -> Table:
    """Every figure of a ward beside the city's and, where one is held, the country's, with limits and rank range."""
    facts = ward_facts(edition, ward)
    shown = [one for one in facts.standings if one.indicator.id not in SUMMARIES]
    country = any(not math.isnan(one.country) for one in shown)
    place, places = edition.place, not facts.together
    beside = [place.code, *([place.country.code] if country else [])]
    from_city = any(one.indicator.id == FROM_CITY for one in shown)
    mixed = any(0 < one.limited < one.ranked for one in shown)
    columns = [Column("Measure", row_header=True), Column("Period", words="periods"), Column(_short(facts), "right")]
    columns += [Column("95% interval", "right"), Column(place.name, "right", words=OF_ITSELF if from_city else "")]
    columns += [Column(place.country.name, "right")] if country else []
    columns += [Column("Place among wards", "right", words=SOME_LIMITED if mixed else "")] if places else []
    rows, numbers, table = [], Numbers(), _table_of(facts)
    for one in shown:
        decimals = one.indicator.decimals
        unit = "%" if one.indicator.unit == "%" else ""
        cells = [_named(one), short_period(one.row), numbers.cell(one.row, decimals, unit=unit, table=table)]
        cells += [numbers.interval(one.row, decimals, table=table).replace("-", "−")]
        cells += [_beside_cell(facts, one, code, numbers) for code in beside]
        cells += [_place(one, numbers)] if places else []
        rows.append(tuple(cells))
    notes = [
        "Place 1 is the highest value; a range is what the 95% limits of the wards allow, one number the place of the "
        "value alone. Counts have no place."
        if places
        else f"The figures are those of {facts.together} together.",
        "" if country else f"{place.country.name}: no figure on the same basis is held for any of these.",
        f"{flag_note(text for row in rows for text in row)}.",
    ]
    return numbers.table(
        title=f"{facts.together or facts.name} beside {place.name}",
        columns=columns,
        rows=rows,
        source=cited(edition, used_by(one.row for one in shown)),
        note=" ".join(note for note in notes if note),
    )


def _short(facts: WardFacts) -> str:
    return "Together" if facts.together else "Ward"


def _named(one: Standing) -> str:
    unit = one.indicator.unit
    counts_itself = one.indicator.kind == "count"
    return title_of(one) if unit in ("%", "years", "score") or counts_itself else f"{title_of(one)} ({unit})"


def _beside_cell(facts: WardFacts, one: Standing, code: str, numbers: Numbers) -> str:
    if math.isnan(one.city if code == facts.edition.place.code else one.country):
        return "none"
    unit, decimals = "%" if one.indicator.unit == "%" else "", one.indicator.decimals
    if one.indicator.id == FROM_CITY:
        return rounded(0.0, decimals)
    return numbers.number(_of_area(facts, one, code), lambda value: with_unit(value, unit, decimals).strip())


def _place(one: Standing, numbers: Numbers) -> str:
    if math.isnan(one.best):
        return "none"
    if 0 < one.limited < one.ranked:
        best, worst, of = (f"{place:.0f}" for place in (one.best, one.worst, one.ranked))
    else:
        best, worst, of = (numbers.whole(place) for place in (*_places(one), _ranked(one)))
    return f"{best} of {of}" if one.best == one.worst else f"{best} to {worst} of {of}"


def _places(one: Standing) -> tuple[Reference, Reference]:
    """The best place: all that have a value but the others not wholly above it. The worst: all not below it."""
    low, high = ("lower_ci95", "upper_ci95") if one.limited else ("value", "value")
    others = _wards_with(one, f"{low}<={format_number(one.row[high])}", f"area_code!={one.row['area_code']}")
    not_below = _wards_with(one, f"{high}>={format_number(one.row[low])}")
    return Reference(f"{_wards_with(one)} - {others}", one.best), Reference(not_below, one.worst)


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
        shares = [prose.number(percent_of(edition, row, "share_of_new_area"), whole_percent) for row in shared]
        parts = [f"{row['old_name']} ({share})" for row, share in zip(shared, shares, strict=True)]
        prose.say(f"Before {since} its ground lay in {joined(parts)}.")
    for row in facts.before[facts.before["same_name"].astype(str) == "True"].to_dict("records"):
        common = prose.number(percent_of(edition, row, "overlap"), whole_percent)
        prose.say(
            f"The old ward of {row['old_name']} was not the same ground: of what the two cover, {common} is common to "
            "both."
        )
    prose.say("Figures of an old ward and of this one must not be joined.")
    return prose.text()

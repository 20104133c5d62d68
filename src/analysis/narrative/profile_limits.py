"""What the figures of a ward's profile may not say."""

from __future__ import annotations

import math

from analysis.blocks import Box
from analysis.figures.profile_bars import title_of
from analysis.indicators.ward_facts import LEVEL, SUMMARIES, WardFacts, ward_facts, ward_names
from analysis.narrative.life_expectancy import FROM_CITY
from analysis.narrative.prose import Prose
from analysis.narrative.ward_changes import whole_percent
from analysis.narrative.ward_profile import STANDS_OUT, WHO
from analysis.tables.loaded import LoadedEdition
from analysis.tables.reference import Reference, cell_of
from analysis.words import joined

FEW_AREAS = 5


def box_ward(edition: LoadedEdition, ward: str) -> Box:
    """What may not be said of a ward: how its people are placed, how few its areas are, what has no limits or value."""
    facts = ward_facts(edition, ward)
    prose = Prose()
    for line in (*_placed(facts, prose), *_few(facts, prose), *_life(facts), *_without(facts, prose)):
        prose.say(f"- {line}")
    return prose.box("What these figures may not say")


def _placed(facts: WardFacts, prose: Prose) -> list[str]:
    row = facts.estimate
    ground = float(row.get("people_by_area", math.nan))
    if facts.together:
        caution = ["What is true of the wards together need not be true of it.", *_by_ground(facts)]
        if math.isnan(ground):
            return caution
        people = prose.whole(_estimate(facts, "people_by_area"))
        shared = f"Sharing small areas out by ground gives {facts.name} about {people} residents; best fit gives none."
        return [f"{shared} {caution[0]}", *caution[1:]]
    if not row:
        return []
    if math.isnan(row["people"]) or math.isnan(ground):
        return []
    fit, other = (prose.whole(_estimate(facts, column)) for column in ("people", "people_by_area"))
    said = f"Small areas do not follow the ward's lines. By best fit it has {fit} residents, by ground {other}"
    if "[u]" in str(row["flag"]):
        return [
            f"{said}: over a tenth apart, so rebuilt figures are marked [e][u] and limits, where drawn, hold both "
            "estimates."
        ]
    return [f"{said}: within a tenth of each other."]


def _estimate(facts: WardFacts, column: str) -> Reference:
    return cell_of(facts.estimate, column, table="ward_estimates")


def _by_ground(facts: WardFacts) -> list[str]:
    """That the report tells a ward together with others by ground, where the place's definition says so."""
    names = facts.edition.once(ward_names)
    told = facts.edition.place.told_together.get(facts.edition.edition.ward_geography, ())
    others = [names[code] for wards in told if facts.code in wards for code in wards if code != facts.code]
    if not others:
        return []
    return [f"The report also gives it together with {joined(others)}, by ground: of low reliability [e][u]."]


def _few(facts: WardFacts, prose: Prose) -> list[str]:
    areas = len(facts.small_areas)
    if not 0 < areas < FEW_AREAS:
        return []
    if areas == 1:
        return ["It rests on one small area, so there is no range within it."]
    first = facts.small_areas.iloc[0]
    here = {"release": first["release"], "ward_code": facts.code}
    every = facts.edition.count("small_areas", **here)
    one = facts.edition.count("small_areas", f"area_code={first['area_code']}", **here)
    step = prose.number(one.share_of(every), whole_percent)
    its = prose.counted(every, "small area")
    return [f"It rests on {its}: each is {step} of them, so shares of small areas are coarse."]


def _life(facts: WardFacts) -> list[str]:
    known = [one for sex in WHO if (one := facts.standing(FROM_CITY, sex)) is not None and one.bounded]
    alike = [WHO[str(one.row["sex"])] for one in known if not one.apart]
    said = []
    if alike:
        said.append(f"Life expectancy of {joined(alike)} cannot be told from the city's: the limits reach across it.")
    if any("[u]" in str(one.row["flag"]) for one in known):
        subject = "It" if said else "Life expectancy"
        said.append(f"{subject} is estimated from larger areas, fit for comparison with the city and not as a level.")
    return [" ".join(said)] if said else []


def _without(facts: WardFacts, prose: Prose) -> list[str]:
    said = []
    shown = [one for one in facts.standings if one.indicator.id not in SUMMARIES]
    missing = [title_of(one) for one in shown if not one.known]
    if not any(one.known for one in shown):
        said.append("None of its figures is available [x]: that is not zero.")
    elif missing:
        more = "; and others" if len(missing) > STANDS_OUT else ""
        said.append(f"Not available [x], which is not zero: {'; '.join(missing[:STANDS_OUT])}{more}.")
    bare = any(one.known and not one.bounded for one in shown)
    if bare and facts.together:
        said.append("Some measures have no limits: how sure a difference from the city is cannot be said.")
    elif bare:
        few, many = _measures(facts, "lower_ci95="), _measures(facts)
        said.append(
            f"{prose.whole(few)} of {prose.whole(many)} measures {'has' if int(few) == 1 else 'have'} no limits: how "
            "sure a difference from the city or a place among wards is cannot be said."
        )
    return said


def _measures(facts: WardFacts, *conditions: str) -> Reference:
    """How many of the ward's figures have a value in its profile.

    One that has none of late is left out by its name: it may be judged by an earlier period.
    """
    known = {one.indicator.id for one in facts.standings if one.known}
    absent = {one.indicator.id for one in facts.standings} - known
    shown = f"indicator!={'|'.join(sorted({LEVEL, *SUMMARIES, *absent}))}"
    return facts.edition.count("judgements", shown, "value!=", *conditions, area_code=facts.code)

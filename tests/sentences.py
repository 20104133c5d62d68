"""What the tests of numbers in sentences share: whether one is what its key gives, and whether one is left out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from analysis import narrative
from analysis.audit.references import unnamed
from analysis.blocks import Number, Table, mark_numbers
from analysis.errors import AnalysisError
from analysis.figures.profile_bars import ages_of
from analysis.indicators.ward_facts import ward_facts
from analysis.tables.keys import Combined
from analysis.tables.loaded import LoadedEdition
from analysis.tables.query import Tables, agrees

PROFILE = ("describe_ward", "describe_ward_deprivation", "describe_ward_ground", "box_ward")
"""What a ward's profile says in sentences."""
SCALES = {"(1 is the most deprived)", "(1 is most deprived)"}
MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
NOT_COUNTED = (
    rf"\b\d{{1,2}} ({MONTHS})\b",  # days
    r"\b(mid-)?(19|20)\d\d(/\d\d)?\b",  # years and periods
    r"95%|99\.8%|\(95% to 5%\)",  # the level of an interval or a test, and the weights that define the extent
    r"\[\]\(#[^)]*\)",  # references
    r"from 0 \(most deprived\) to 1 \(least\)|\bPillars? \d( to \d)?\b",  # a scale, a name
)
WORDS = r"\b(two|three|four|five|six|seven|eight|nine|ten|second|third|fourth|fifth|sixth|seventh|eighth|ninth)\b"
OF_LANGUAGE = (
    r"(the|of the|between the|both|in|all) two\b",
    r"two (estimates|sources|wards were picked)",
    r"(last|into) five|four fifths|(deprived|least deprived|the) fifth\b|second source|no second|thirtieth",
    r"of two\b|one of them|percentile",
    r"within ten working days|four weeks ahead|three roles",  # what the policy of revisions promises
)


def decimals_of(key: Any, city: LoadedEdition) -> int:
    """To how many places the indicator of a key is printed."""
    rows = key.first if isinstance(key, Combined) else key
    names = [one.value for one in rows.filters if one.column == "indicator" and one.value in city.catalogue.indicators]
    return city.catalogue.indicators[names[0]].decimals if names else 0


def wrong(tables: Tables, number: Number, city: LoadedEdition) -> str:
    """Why a number is not what its key gives; empty where it is."""
    try:
        found = tables.resolve(number.key)
    except AnalysisError as error:
        return str(error)
    right = agrees(number.text, found.value, decimals_of(found.key, city))
    return "" if right else f"{number.text!r} is printed and {found.value} is held: {number.key}"


def left_over(text: str, texts: set[str]) -> list[str]:
    """Digits and number words of a text in which numbers are blanked, apart from names, dates and turns of phrase."""
    for known in sorted(texts, key=len, reverse=True):
        text = text.replace(known, " … ")
    for pattern in NOT_COUNTED:
        text = re.sub(pattern, " … ", text)
    digits = [match[0] for match in re.finditer(r".{0,30}\d.{0,20}", text)]
    for pattern in OF_LANGUAGE:
        text = re.sub(pattern, " … ", text, flags=re.IGNORECASE)
    return [*digits, *(match[0] for match in re.finditer(rf".{{0,30}}{WORDS}.{{0,20}}", text, re.IGNORECASE))]


def names_and_quotations(city: LoadedEdition) -> set[str]:
    """What sentences take over as it stands: titles, the plan's words, publishers' words, reasons in definitions."""
    catalogue = city.catalogue
    texts = {item.title for item in catalogue.indicators.values()}
    texts |= {title[:1].lower() + title[1:] for title in texts}
    texts |= {str(cell) for column in ("title", "attribution", "limits") for cell in city.sources[column]}
    texts |= {item.method for one in catalogue.indicators.values() for item in one.inputs if item.method}
    texts |= {part for one in catalogue.indicators.values() for part in re.split(r"\{\w+\}", one.plain)}
    for plan in catalogue.plans.values():
        texts |= {plan.title, *(aim.title for aim in plan.aims), *(aim.wants for aim in plan.aims)}
        texts |= {aim.wants[:1].lower() + aim.wants[1:] for aim in plan.aims}
        texts |= {priority.title for priority in plan.priorities.values()}
        gaps = [priority.gap for priority in plan.priorities.values() if priority.gap]
        texts |= {text.rstrip(".") for gap in gaps for text in (gap.reason, gap.source)}
    texts |= {weights.note for weights in city.edition.deprivation_weights.values()}
    texts |= {stand_in.reason.rstrip(".") for stand_in in city.edition.stand_ins}
    texts |= {one.title[:1].lower() + one.title[1:] for one in catalogue.breaks.values()}
    texts |= {str(text).rstrip(".") for text in city.table("coverage")["awaited"]}
    facts = [release.facts for release in catalogue.sources["imd"].releases.values()]
    return {*texts, *(str(fact["not_comparable"]) for fact in facts if "not_comparable" in fact)} - {""}


def blanked(markdown: str, numbers: Sequence[Number]) -> str:
    """A text with # in the place of each number that is noted."""
    return re.sub("[\ue100-\uf8ff][^\ue000]*\ue000", "#", mark_numbers(markdown, numbers))


def of_profile(city: LoadedEdition, ward: str) -> Iterator[tuple[str, str, list[Number]]]:
    """Function, Markdown and numbers of every text and box of a ward's profile."""
    for name in PROFILE:
        for block in getattr(narrative, name)(city, ward).payload():
            yield name, block["markdown"], [Number(**number) for number in block["numbers"]]


def wrong_in_table(tables: Tables, city: LoadedEdition, table: Table) -> list[str]:
    """Why numbers of a printed table are not what their keys give, and the cells with a digit that no key names."""
    problems = [f"{one.part}: {problem}" for one in table.numbers if (problem := wrong(tables, one, city))]
    return problems + [f"{row},{column}: no key names {text!r}" for row, column, text in unnamed(table)]


def wrong_in_profile(tables: Tables, city: LoadedEdition, ward: str) -> list[str]:
    """Why numbers of a ward's profile are not what their keys give, and which are left out."""
    ages = ages_of(ward_facts(city, ward))
    names = names_and_quotations(city) | SCALES | (set() if ages.empty else set(ages["band"]))
    found = []
    for name, markdown, numbers in of_profile(city, ward):
        problems = [problem for number in numbers if (problem := wrong(tables, number, city))]
        problems += left_over(blanked(markdown, numbers), names)
        found += [f"{ward} {name}: {problem}" for problem in problems]
    found += [f"{ward} {problem}" for problem in wrong_in_table(tables, city, narrative.table_ward(city, ward))]
    return found

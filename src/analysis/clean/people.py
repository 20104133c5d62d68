"""Sexes and ages as publishers write them."""

from __future__ import annotations

import re

from analysis.errors import DefinitionError

SEXES = {
    **dict.fromkeys(("persons", "people", "all people", "all", "both sexes", "total"), "persons"),
    **dict.fromkeys(("male", "males", "men", "m"), "male"),
    **dict.fromkeys(("female", "females", "women", "f"), "female"),
}
INDEX_AGES = {
    "total_population": "all",
    "population_0_15": "0-15",
    "population_16_59": "16-59",
    "population_60_plus": "60+",
}
"""The columns of people that come with an index of deprivation, and whom they count."""
_BAND = re.compile(r"age_(?P<first>\d+)(?:_(?P<last>\d+|plus))?")


def age_of(column: str) -> str:
    """The ages that a column counts.

    Raises
    ------
    DefinitionError
        If the name does not say.

    Examples
    --------
    >>> [age_of(column) for column in ("age_0", "age_1_4", "age_90_plus")]
    ['0', '1-4', '90+']
    """
    match = _BAND.fullmatch(column)
    if match is None:
        raise DefinitionError(f"{column!r}: expected a column such as age_0, age_1_4 or age_65_plus.")
    last = match["last"]
    return match["first"] if last is None else f"{match['first']}+" if last == "plus" else f"{match['first']}-{last}"


def tilings(bands: dict[str, str]) -> list[tuple[str, ...]]:
    """Sets of columns that hold every age once: from 0 on, each band beginning where the one before ended.

    The bands are taken in the order of their columns; a band that does not continue begins anew at 0.

    Raises
    ------
    DefinitionError
        If a band leaves a gap or the last is not open.

    Examples
    --------
    >>> tilings({"age_0": "0", "age_1_plus": "1+", "age_0_15": "0-15", "age_16_plus": "16+"})
    [('age_0', 'age_1_plus'), ('age_0_15', 'age_16_plus')]
    """
    found: list[tuple[str, ...]] = []
    current: list[str] = []
    due = 0
    for column, age in bands.items():
        first, _, last = age.rstrip("+").partition("-")
        if int(first) != due:
            raise DefinitionError(f"{column!r} begins at {first}; expected {due}: the bands leave a gap or overlap.")
        current.append(column)
        due = int(last or first) + 1
        if age.endswith("+"):
            found.append(tuple(current))
            current, due = [], 0
    if current or not found:
        raise DefinitionError(f"the bands end with {current[-1] if current else 'none'!r}; expected an open one.")
    return found

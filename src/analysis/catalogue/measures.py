"""What each measure of an indicator takes and gives: its roles, the units of their series, the unit of the figure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

DERIVED = "difference_from_city"
"""The measure of an indicator that is worked out from another's rows."""
OWN = "the unit of the indicator"
COUNT = "a count"
INDICATOR = "an indicator of that unit"
PEOPLE, YEARS = ("people",), ("years",)


@dataclass(frozen=True)
class Measure:
    """A measure: by role the units that a series may have, and those in which the figure comes (none: any).

    A role may also take ``OWN`` (the unit of the indicator, or one that is another word for it), ``COUNT`` (whole
    numbers of things) or ``INDICATOR`` (the id of another indicator of the same unit).
    """

    roles: Mapping[str, tuple[str, ...]]
    units: tuple[str, ...] = ()


INDEX = {"score": ("index",), "rank": ("rank",)}
MEASURES: dict[str, Measure] = {
    "published": Measure({"value": (OWN,)}),
    "sum": Measure({"count": (OWN,)}),
    "apportioned_sum": Measure({"count": (OWN,), "people": PEOPLE}),
    "share": Measure({"numerator": (COUNT,), "denominator": (COUNT,)}, ("%",)),
    "rate_per_1000": Measure(
        {"numerator": (COUNT,), "denominator": (COUNT,)},
        ("per 1,000 people", "per 1,000 dwellings", "per 1,000 properties", "per 1,000 live births"),
    ),
    "weighted_mean": Measure({"value": (OWN,), "weight": (COUNT,)}),
    "imd_average_score": Measure(INDEX, ("score",)),
    "imd_average_rank": Measure(INDEX, ("average rank",)),
    "imd_extent": Measure(INDEX, ("proportion from 0 to 1",)),
    "share_of_small_areas_most_deprived": Measure(INDEX, ("%",)),
    "share_of_residents_most_deprived": Measure(INDEX, ("%",)),
    "life_table": Measure({"deaths": ("deaths",), "population": ("people", "person-years")}, YEARS),
    "apportioned_life_expectancy": Measure({"value": YEARS, "people": PEOPLE, "level": YEARS, "second": YEARS}, YEARS),
    DERIVED: Measure({"indicator": (INDICATOR,)}),
}
SUMMED = ("sum", "apportioned_sum")
"""Measures that add up: their figure is a count."""
WEIGHED_BY_RESIDENTS = tuple(name for name, measure in MEASURES.items() if measure.roles is INDEX)
"""Measures of the index of deprivation, for which an edition names the people of each release."""

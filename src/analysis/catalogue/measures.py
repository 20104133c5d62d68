"""The measures by which an indicator is made: what each reads, gives and says of itself.

A measure is added here. The build finds its function by ``made_by``, definitions are held to its roles and units, the
provenance of a row follows from how its roles are read, and reports and docs print its formula and section of methods.
Its second calculation, which shares nothing with it, stands in ``audit/recompute.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

DERIVED = "difference_from_city"
"""The measure of an indicator that is worked out from another's rows."""
OWN = "the unit of the indicator"
COUNT = "a count"
INDICATOR = "an indicator of that unit"
PEOPLE, YEARS = ("people",), ("years",)
Read = Literal["own", "latest", "residents", "shared", "second", "pooled", "level", "weights", "rows"]
"""Which observations of a series a row rests on.

``own``: of the row's own release, period, sex and age; ``latest``: of the last release and period, of the row's sex;
``residents``: the same, of all persons; ``shared``: the residents by whom larger areas are shared out; ``second``: of
the last release and period, of whichever sex is held; ``pooled``: every year, by age, of the row's sex; ``level``: the
city's last value of the row's sex; ``weights``: the people whom the edition names for the row's release of the index
(the input names no series); ``rows``: other rows of ``indicators.csv``.
"""


@dataclass(frozen=True)
class Role:
    """What a measure reads in a role: which observations, and the units that their series may have.

    A series may also have ``OWN`` (the unit of the indicator, or one that is another word for it), ``COUNT`` (whole
    numbers of things) or be ``INDICATOR`` (the id of another indicator of the same unit).
    """

    read: Read
    units: tuple[str, ...] = ()


@dataclass(frozen=True)
class Measure:
    """A measure: its roles, the formula in words, and what it gives.

    ``made_by`` is its function in :mod:`analysis.indicators`; ``gives`` are the columns that it fills beside ``value``;
    ``units`` those in which the figure comes (none: any); ``anchor`` is its section of ``docs/methods.md`` (what is
    only summed or passed on has none).
    """

    made_by: str
    roles: Mapping[str, Role]
    formula: str
    gives: tuple[str, ...] = ()
    anchor: str = ""
    units: tuple[str, ...] = ()

    @property
    def series(self) -> list[str]:
        """The roles for which an input names a series."""
        return [name for name, role in self.roles.items() if role.read != "weights"]


INDEX_SERIES = ("imd_rank", "imd_score", "imd_decile")
"""The series of the index of deprivation that small areas are ordered and described by."""
LIMITS = ("lower_ci95", "upper_ci95")
COUNTS = ("numerator", "denominator")
_OF_INDEX = {"score": Role("own", ("index",)), "rank": Role("own", ("rank",)), "people": Role("weights")}
_RATIO = {"numerator": Role("own", (COUNT,)), "denominator": Role("own", (COUNT,))}


def _of_index(formula: str, unit: str, *gives: str) -> Measure:
    """A summary of the index of deprivation; of each of its releases an edition names the people who weigh it."""
    return Measure(
        "rebuild.deprivation", _OF_INDEX, formula, gives or ("denominator",), "deprivation.summarise", (unit,)
    )


MEASURES: dict[str, Measure] = {
    "published": Measure(
        "rebuild.published", {"value": Role("own", (OWN,))}, "the publisher's own value, or the sum of several", LIMITS
    ),
    "sum": Measure(
        "rebuild.summed_counts", {"count": Role("own", (OWN,))}, "sum of share × count over the small areas"
    ),
    "apportioned_sum": Measure(
        "life_expectancy.apportioned_sum",
        {"count": Role("own", (OWN,)), "people": Role("shared", PEOPLE)},
        "sum of count × share of the larger area's people who live here",
    ),
    "share": Measure(
        "rebuild.share",
        _RATIO,
        "100 × (sum of share × numerator) / (sum of share × denominator) over the small areas",
        (*LIMITS, *COUNTS),
        "rates.proportion",
        ("%",),
    ),
    "rate_per_1000": Measure(
        "rebuild.rate_per_1000",
        _RATIO,
        "1,000 × (sum of share × numerator) / (sum of share × denominator) over the small areas",
        COUNTS,
        units=("per 1,000 people", "per 1,000 dwellings", "per 1,000 properties", "per 1,000 live births"),
    ),
    "weighted_mean": Measure(
        "rebuild.weighted_mean",
        {"value": Role("own", (OWN,)), "weight": Role("residents", (COUNT,))},
        "sum of people × value over sum of people, over the small areas",
    ),
    "imd_average_score": _of_index("sum of people × score / sum of people", "score"),
    "imd_average_rank": _of_index(
        "sum of people × (N + 1 − rank) / sum of people, N the small areas of England", "average rank"
    ),
    "imd_extent": _of_index(
        "sum of people × extent weight (1 to the 10th percentile, then 0.95 falling to 0.05 at the 30th) / sum of "
        "people",
        "proportion from 0 to 1",
    ),
    "share_of_small_areas_most_deprived": _of_index(
        "100 × sum of areas in the most deprived tenth / number of areas", "%", *COUNTS
    ),
    "share_of_residents_most_deprived": _of_index(
        "100 × sum of people of areas in the most deprived tenth / sum of people", "%"
    ),
    "life_table": Measure(
        "life_expectancy.life_table",
        {"deaths": Role("pooled", ("deaths",)), "population": Role("pooled", ("people", "person-years"))},
        "abridged life table (Chiang) of the deaths and people of the small areas by age, all pinned years together",
        (*LIMITS, *COUNTS),
        "lifetable.life_table",
        YEARS,
    ),
    "apportioned_life_expectancy": Measure(
        "life_expectancy.apportioned_life_expectancy",
        {
            "value": Role("latest", YEARS),
            "people": Role("shared", PEOPLE),
            "level": Role("level", YEARS),
            "second": Role("second", YEARS),
        },
        "mean of the larger areas' values by shared people, less the same mean for the city, plus the city's published "
        "level; none where less than four fifths of the people live in areas with a value",
        LIMITS,
        "apportioned.apportioned_means",
        YEARS,
    ),
    "apportioned_mean": Measure(
        "life_expectancy.apportioned_mean",
        {"value": Role("latest", (OWN,)), "people": Role("shared", PEOPLE)},
        "mean of the larger areas' values by shared people; none where less than four fifths of the people live in "
        "areas with a value",
        LIMITS,
        "apportioned.apportioned_means",
        YEARS,
    ),
    DERIVED: Measure("", {"indicator": Role("rows", (INDICATOR,))}, "the ward's value less the city's", LIMITS),
}
SUMMED = ("sum", "apportioned_sum")
"""Measures that add up: their figure is a count."""
OF_LARGER_AREAS = ("apportioned_life_expectancy", "apportioned_mean")
"""Measures of a ward that are means over the larger areas that its people live in."""
WEIGHED_BY_RESIDENTS = tuple(name for name, measure in MEASURES.items() if measure.roles is _OF_INDEX)
"""Measures of the index of deprivation, for which an edition names the people of each release."""

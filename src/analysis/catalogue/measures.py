"""The measures by which an indicator is made: what each reads, gives and says of itself.

A measure is added here. The build finds its function by ``made_by``, definitions are held to its roles and unit, the
provenance of a row follows from how its roles are read, and reports and docs print its formula and section of methods.
Its second calculation, which shares nothing with it, stands in ``audit/recompute.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

Read = Literal["own", "latest", "residents", "shared", "second", "pooled", "level", "weights", "rows"]
"""Which observations of a series a row rests on.

``own``: of the row's own release, period, sex and age; ``latest``: of the last release and period, of the row's sex;
``residents``: the same, of all persons; ``shared``: the residents by whom larger areas are shared out; ``second``: of
the last release and period, of whichever sex is held; ``pooled``: every year, by age, of the row's sex; ``level``: the
city's last value of the row's sex; ``weights``: the people whom the edition names for the row's release of the index
(the input names no series); ``rows``: other rows of ``indicators.csv``.
"""


@dataclass(frozen=True)
class Measure:
    """A measure: its roles with how each is read, the formula in words, and what it gives.

    ``made_by`` is its function in :mod:`analysis.indicators`; ``gives`` are the columns that it fills beside ``value``;
    ``anchor`` is its section of ``docs/methods.md`` (what is only summed or passed on has none); ``unit`` is the unit
    of all that it makes, where that does not follow from the series.
    """

    made_by: str
    roles: Mapping[str, Read]
    formula: str
    gives: tuple[str, ...] = ()
    anchor: str = ""
    unit: str = ""

    @property
    def series(self) -> list[str]:
        """The roles for which an input names a series."""
        return [role for role, read in self.roles.items() if read != "weights"]


INDEX_SERIES = ("imd_rank", "imd_score", "imd_decile")
"""The series of the index of deprivation that small areas are ordered and described by."""
LIMITS = ("lower_ci95", "upper_ci95")
COUNTS = ("numerator", "denominator")
_INDEX: dict[str, Read] = {"score": "own", "rank": "own", "people": "weights"}
MEASURES: dict[str, Measure] = {
    "published": Measure("rebuild.published", {"value": "own"}, "the publisher's own value", LIMITS),
    "sum": Measure("rebuild.summed_counts", {"count": "own"}, "sum of share × count over the small areas"),
    "apportioned_sum": Measure(
        "life_expectancy.apportioned_sum",
        {"count": "own", "people": "shared"},
        "sum of count × share of the larger area's people who live here",
    ),
    "share": Measure(
        "rebuild.share",
        {"numerator": "own", "denominator": "own"},
        "100 × (sum of share × numerator) / (sum of share × denominator) over the small areas",
        (*LIMITS, *COUNTS),
        "rates.proportion",
        "%",
    ),
    "rate_per_1000": Measure(
        "rebuild.rate_per_1000",
        {"numerator": "own", "denominator": "own"},
        "1,000 × (sum of share × numerator) / (sum of share × denominator) over the small areas",
        COUNTS,
    ),
    "weighted_mean": Measure(
        "rebuild.weighted_mean",
        {"value": "own", "weight": "residents"},
        "sum of people × value over sum of people, over the small areas",
    ),
    "imd_average_score": Measure(
        "rebuild.deprivation",
        _INDEX,
        "sum of people × score / sum of people",
        ("denominator",),
        "deprivation.summarise",
        "score",
    ),
    "imd_average_rank": Measure(
        "rebuild.deprivation",
        _INDEX,
        "sum of people × (N + 1 − rank) / sum of people, N the small areas of England",
        ("denominator",),
        "deprivation.summarise",
        "average rank",
    ),
    "imd_extent": Measure(
        "rebuild.deprivation",
        _INDEX,
        "sum of people × extent weight (1 to the 10th percentile, then 0.95 falling to 0.05 at the 30th) / sum of "
        "people",
        ("denominator",),
        "deprivation.summarise",
        "proportion from 0 to 1",
    ),
    "share_of_small_areas_most_deprived": Measure(
        "rebuild.deprivation",
        _INDEX,
        "100 × sum of areas in the most deprived tenth / number of areas",
        COUNTS,
        "deprivation.summarise",
        "%",
    ),
    "share_of_residents_most_deprived": Measure(
        "rebuild.deprivation",
        _INDEX,
        "100 × sum of people of areas in the most deprived tenth / sum of people",
        ("denominator",),
        "deprivation.summarise",
        "%",
    ),
    "life_table": Measure(
        "life_expectancy.life_table",
        {"deaths": "pooled", "population": "pooled"},
        "abridged life table (Chiang) of the deaths and people of the small areas by age, all pinned years together",
        (*LIMITS, *COUNTS),
        "lifetable.life_table",
        "years",
    ),
    "apportioned_life_expectancy": Measure(
        "life_expectancy.apportioned_life_expectancy",
        {"value": "latest", "people": "shared", "level": "level", "second": "second"},
        "mean of the larger areas' values by shared people, less the same mean for the city, plus the city's published "
        "level; none where less than four fifths of the people live in areas with a value",
        LIMITS,
        "apportioned.apportioned_means",
        "years",
    ),
    "difference_from_city": Measure("", {"indicator": "rows"}, "the ward's value less the city's", LIMITS),
}


def misfits(measure: str, roles: Mapping[str, str], unit: str) -> Iterator[tuple[str, str]]:
    """What an input gets wrong about its measure: the field, and the fault in words.

    Examples
    --------
    >>> list(misfits("share", {"numerator": "a", "denominator": "b"}, "%"))
    []
    >>> list(misfits("share", {"numerator": "a"}, "people"))
    [('series', "share needs the role 'denominator'"), ('unit', "share gives '%', not 'people'")]
    >>> list(misfits("sum", {"count": "a", "weight": "b"}, "people"))
    [('series', "sum has no role 'weight'; expected count")]
    """
    known = MEASURES[measure]
    yield from (("series", f"{measure} needs the role {role!r}") for role in known.series if role not in roles)
    expected = ", ".join(known.series)
    for role in roles:
        if role not in known.series:
            yield ("series", f"{measure} has no role {role!r}; expected {expected}")
    if known.unit and unit != known.unit:
        yield ("unit", f"{measure} gives {known.unit!r}, not {unit!r}")

"""Values become sentences and printed tables: the words of a report, every number of them from the tables."""

from analysis.narrative.aims import describe_aims, tables_aims
from analysis.narrative.assurance import (
    describe_revisions_policy,
    table_assumptions,
    table_corrections,
    table_decisions,
    table_quality_assurance,
)
from analysis.narrative.back import (
    describe_methods,
    describe_quality,
    table_cleaning,
    table_log,
    table_missing,
    table_sources,
)
from analysis.narrative.changes import describe_changes, describe_gaps
from analysis.narrative.council import describe_further_plans
from analysis.narrative.coverage import table_coverage
from analysis.narrative.deprivation import box_deprivation, describe_deprivation, table_ward_deprivation
from analysis.narrative.distribution import table_distribution
from analysis.narrative.first_page import describe_first_page
from analysis.narrative.front import box_reading, describe_cover
from analysis.narrative.judgements import (
    describe_early_warnings,
    describe_scorecard,
    tables_priorities,
)
from analysis.narrative.life_expectancy import (
    box_life_expectancy,
    describe_gap,
    describe_life_expectancy,
    table_ward_life_expectancy,
)
from analysis.narrative.profile_limits import box_ward
from analysis.narrative.progress import describe_progress, tables_progress
from analysis.narrative.snapshots import box_snapshots, describe_snapshots
from analysis.narrative.stated import describe_stated_figures, table_stated_figures, tables_stated_untested
from analysis.narrative.ward_changes import describe_ward_changes
from analysis.narrative.ward_profile import (
    describe_ward,
    describe_ward_cover,
    describe_ward_deprivation,
    describe_ward_ground,
    table_ward,
)
from analysis.narrative.wards import describe_wards, tables_wards
from analysis.narrative.year import describe_last_warnings, describe_year, table_headlines

__all__ = [
    "box_deprivation",
    "box_life_expectancy",
    "box_reading",
    "box_snapshots",
    "box_ward",
    "describe_aims",
    "describe_changes",
    "describe_cover",
    "describe_deprivation",
    "describe_early_warnings",
    "describe_first_page",
    "describe_further_plans",
    "describe_gap",
    "describe_gaps",
    "describe_last_warnings",
    "describe_life_expectancy",
    "describe_methods",
    "describe_progress",
    "describe_quality",
    "describe_revisions_policy",
    "describe_scorecard",
    "describe_snapshots",
    "describe_stated_figures",
    "describe_ward",
    "describe_ward_changes",
    "describe_ward_cover",
    "describe_ward_deprivation",
    "describe_ward_ground",
    "describe_wards",
    "describe_year",
    "table_assumptions",
    "table_cleaning",
    "table_corrections",
    "table_coverage",
    "table_decisions",
    "table_distribution",
    "table_headlines",
    "table_log",
    "table_missing",
    "table_quality_assurance",
    "table_sources",
    "table_stated_figures",
    "table_ward",
    "table_ward_deprivation",
    "table_ward_life_expectancy",
    "tables_aims",
    "tables_priorities",
    "tables_progress",
    "tables_stated_untested",
    "tables_wards",
]


def __dir__() -> list[str]:
    """What the Tab key lists: the functions, not the modules that hold them."""
    return list(__all__)

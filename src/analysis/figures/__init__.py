"""Pictures of a built edition: each call returns a figure with its alt text, its source and the table that it plots."""

from analysis.figures.aims import draw_aim
from analysis.figures.at_a_glance import draw_at_a_glance
from analysis.figures.city_heat import draw_city_heat_table
from analysis.figures.explorer import draw_explorer
from analysis.figures.maps import draw_small_area_map, draw_ward_map
from analysis.figures.profile_bars import draw_ward_ages, draw_ward_spine
from analysis.figures.slopes import draw_gap, draw_life_expectancy_slope
from analysis.figures.trends import draw_trend, draw_trends
from analysis.figures.ward_changes import draw_ward_changes
from analysis.figures.ward_heat import draw_ward_heat_table
from analysis.figures.ward_profile import draw_ward_locator, draw_ward_small_areas
from analysis.figures.wards import draw_ranked_wards

__all__ = [
    "draw_aim",
    "draw_at_a_glance",
    "draw_city_heat_table",
    "draw_explorer",
    "draw_gap",
    "draw_life_expectancy_slope",
    "draw_ranked_wards",
    "draw_small_area_map",
    "draw_trend",
    "draw_trends",
    "draw_ward_ages",
    "draw_ward_changes",
    "draw_ward_heat_table",
    "draw_ward_locator",
    "draw_ward_map",
    "draw_ward_small_areas",
    "draw_ward_spine",
]


def __dir__() -> list[str]:
    """What the Tab key lists: the functions, not the modules that hold them."""
    return list(__all__)

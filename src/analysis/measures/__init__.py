"""Arrays and tables in, values out: the methods, knowing no file, place or year.

``from analysis.measures import proportion, rate`` takes any public function from here; its module is read when it is
asked for, and scipy when a function needs it. Everything depends on numpy, pandas and scipy alone, so that others can
import it. A value that cannot be given is missing, and a column named ``reason`` beside it says why; arguments without
meaning raise ``analysis.errors.MeasureError`` (a ``ValueError``).
"""

from __future__ import annotations

import importlib
from typing import Any

_HOMES = {
    "agebands": ("add_persons", "band_starts", "sum_bands"),
    "apportioned": ("agreement_factor", "apportioned_means", "areal_means"),
    "area_lifetable": ("area_life_expectancy",),
    "attack": ("percentage_bounds",),
    "comparison": ("compare_intervals", "compare_with_benchmark", "expected_false_flags", "place_among_peers"),
    "concentration": ("Theil", "concentration_index", "gini", "theil"),
    "deprivation": ("extent_weight", "national_quantile", "rank_areas", "summarise"),
    "differences": (
        "difference_of_estimates",
        "difference_of_proportions",
        "difference_of_rates",
        "ratio_of_proportions",
        "ratio_of_rates",
    ),
    "funnels": ("compare_in_funnel", "funnel_curve", "funnel_limits"),
    "gaps": ("AreaGap", "arriaga", "best_to_worst_gap", "life_expectancy_gap", "noise_range", "simulated_noise_range"),
    "healthy": ("Difference", "HealthyLife", "difference", "healthy_life_expectancy"),
    "inequality": ("SlopeIndex", "se_from_limits", "slope_index", "slope_index_simulated"),
    "lifetable": ("LifeTable", "life_expectancy", "life_table", "published_table"),
    "products": ("ordered_product",),
    "quantiles": ("assign_quantiles", "class_of", "quantile_bounds"),
    "ranks": ("rank_range", "relative_rank"),
    "rates": (
        "byar_limits",
        "exact_poisson_limits",
        "mean",
        "poisson_limits",
        "proportion",
        "rate",
        "wilson_limits",
    ),
    "standardised": (
        "ESP2013",
        "directly_standardised_rate",
        "indirectly_standardised_rate",
        "indirectly_standardised_ratio",
        "years_of_life_lost",
    ),
    "suppression": (
        "FLAG_WORDS",
        "Rule",
        "as_text",
        "protect_counts",
        "protect_percentages",
        "protect_tables",
        "round_half_up",
    ),
    "tidy": ("funnel_by", "proportion_by", "rate_by", "standardised_rate_by", "standardised_ratio_by"),
    "tidy_sets": ("quantiles_by", "slope_index_by"),
    "trend": ("recent_trend", "trend_label", "trend_of_proportions", "trend_of_values"),
}
"""Public names by their module; ``__init__.pyi`` says the same to type checkers and editors.

``attack.attack`` is imported from its module, whose name it shares.
"""

_MODULE = {name: module for module, names in _HOMES.items() for name in names}

__all__ = list(_MODULE)


def __getattr__(name: str) -> Any:
    """Read the module of a public name when it is first asked for."""
    if name not in _MODULE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(importlib.import_module(f"{__name__}.{_MODULE[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """Public names, for completion."""
    return sorted({*globals(), *__all__})

"""Every public function of the measures with arguments that have a meaning: what the property tests change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

import analysis.measures as measures
from analysis.measures.attack import attack

# ruff: noqa: E501
AREAS = ["A", "B", "C", "D", "E"]
COUNT, PEOPLE = [12, 30, 25, 18, 40], [100, 200, 150, 120, 300]
VALUE, SE = [74.0, 76.5, 77.0, 80.0, 82.5], [0.5, 0.6, 0.5, 0.7, 0.6]
BANDS = ["0-64", "65-74", "75+"]
DEATHS, YEARS = [200, 500, 900], [10_000, 8_000, 6_000]
TABLE = measures.life_table(DEATHS, YEARS, [0, 65, 75], floor=0, widest=99)
POINTS = [994, 1023, 1199, 1332, 1367], [40299, 41527, 42811, 44064, 44701]
ROWS = pd.DataFrame(
    {
        "ward": np.repeat(["A", "B"], 6),
        "sex": np.tile(np.repeat(["f", "m"], 3), 2),
        "age": BANDS * 4,
        "deaths": [200, 500, 900] * 4,
        "person_years": [10_000, 8_000, 6_000] * 4,
        "count": [20, 30, 40] * 4,
        "population": [1000, 900, 800] * 4,
        "fifth": np.repeat([1, 5], 6),
    }
)
SMALL = pd.DataFrame({"ward": list("AABBB"), "rank": [1, 60, 100, 5, 30], "population": PEOPLE, "score": VALUE})
SERIES = pd.DataFrame(
    {"area": "A", "period_start": range(2014, 2019), "period_end": range(2014, 2019)}
    | dict(zip(("numerator", "denominator"), POINTS, strict=True))
)
SHARED = pd.DataFrame({"A": [300, 100], "B": [100, 100]}, index=["north", "south"])
PUBLISHED = pd.Series({"city": 63, "north": 40, "south": 3, "east": 20})
SUMS = [("city", ["north", "south", "east"])]
RULE = measures.Rule(threshold=8)
SHOWN = measures.protect_tables(PUBLISHED, SUMS, RULE)[0]
LOOKUP = pd.DataFrame({"small_area": ["A", "B"], "area": ["W", "W"]})
BY_AREA = ROWS.rename(columns={"ward": "small_area"})


@dataclass(frozen=True)
class Call:
    """A function with arguments that have a meaning; ``columns`` are those that hold a number for each area."""

    function: Callable[..., Any]
    arguments: dict[str, Any]
    columns: tuple[str, ...] = ()
    labelled: dict[str, Any] = field(default_factory=dict)

    def __call__(self, **changes: Any) -> Any:
        return self.function(**{**self.arguments, **self.labelled, **changes})


def call(name: str, columns: str = "", labelled: dict[str, Any] | None = None, **arguments: Any) -> Call:
    return Call(
        attack if name == "attack" else getattr(measures, name), arguments, tuple(columns.split()), labelled or {}
    )


CALLS = {
    "add_persons": call("add_persons", frame=ROWS, by="ward"),
    "band_starts": call("band_starts", labels=BANDS),
    "sum_bands": call("sum_bands", frame=ROWS, by="ward", age="age", values=["deaths"]),
    "agreement_factor": call(
        "agreement_factor",
        values=pd.Series(VALUE, AREAS),
        standard_errors=pd.Series(SE, AREAS),
        second=pd.Series([v + (-1) ** i for i, v in enumerate(VALUE)], AREAS),
    ),
    "apportioned_means": call(
        "apportioned_means",
        values=pd.Series({"A": 78.0, "B": 82.0}),
        standard_errors=pd.Series({"A": 0.5, "B": 0.6}),
        people=SHARED,
        widening=1.5,
        minimum_coverage=0.5,
        confidence=0.95,
    ),
    "areal_means": call("areal_means", values={"A": 78.0, "B": 82.0}, weights=SHARED, minimum_coverage=0.5),
    "area_life_expectancy": call(
        "area_life_expectancy",
        deaths=BY_AREA.drop(columns="population"),
        population=BY_AREA.drop(columns="deaths"),
        lookup=LOOKUP,
        areas=["W"],
        floor=0,
        widest=99,
        confidence=0.95,
    ),
    "attack": call("attack", shown=SHOWN, sums=SUMS, base=1, hidden_from=1, known={"south": (1, 7)}),
    "percentage_bounds": call("percentage_bounds", percentage=3.1, denominator=97, decimals=1),
    "compare_intervals": call(
        "compare_intervals", "lower upper other_lower other_upper",
        lower=[1, 2, 3, 4, 5], upper=[2, 3, 4, 5, 6], other_lower=[2, 3, 1, 1, 7], other_upper=[4, 4, 2, 9, 9],
        polarity="neutral",
    ),
    "compare_with_benchmark": call(
        "compare_with_benchmark", "lower upper benchmark wide_lower wide_upper",
        lower=[1, 2, 3, 4, 5], upper=[2, 3, 4, 5, 6], benchmark=[2, 4, 3, 3, 2], polarity="lower_is_better",
        wide_lower=[0, 1, 2, 3, 4], wide_upper=[3, 4, 5, 6, 7], is_benchmark=False,
    ),
    "expected_false_flags": call("expected_false_flags", comparisons=64, confidence=0.95),
    "place_among_peers": call("place_among_peers", "values", values=VALUE, polarity="lower_is_better"),
    "concentration_index": call(
        "concentration_index", "values populations order",
        values=VALUE, populations=PEOPLE, order=[3, 1, 2, 5, 4], bounds=(0, 100),
    ),
    "gini": call("gini", "values populations", values=VALUE, populations=PEOPLE),
    "theil": call("theil", "values populations", values=VALUE, populations=PEOPLE, groups=["x", "x", "y", "y", "y"]),
    "extent_weight": call("extent_weight", "percentiles", percentiles=[1, 12, 30, 31, 100]),
    "national_quantile": call("national_quantile", "ranks", ranks=[1, 5, 9, 100, 50], national_count=100, groups=10),
    "rank_areas": call("rank_areas", "values", values=VALUE, highest_first=True),
    "summarise": call(
        "summarise", areas=SMALL, by="ward", national_count=100, rank="rank", population="population", score="score"
    ),
    "difference_of_estimates": call(
        "difference_of_estimates", "value1 lower1 upper1 value2 lower2 upper2",
        value1=VALUE, lower1=[v - 1 for v in VALUE], upper1=[v + 1 for v in VALUE],
        value2=VALUE[::-1], lower2=[v - 2 for v in VALUE[::-1]], upper2=[v + 2 for v in VALUE[::-1]], confidence=0.95,
    ),
    **{
        name: call(
            name, f"count1 {whole}1 count2 {whole}2",
            **{"count1": COUNT, f"{whole}1": PEOPLE, "count2": COUNT[::-1], f"{whole}2": PEOPLE, **more},
        )
        for name, whole, more in (
            ("difference_of_proportions", "denominator", {"multiplier": 100, "confidence": 0.95}),
            ("difference_of_rates", "population", {"multiplier": 100, "confidence": 0.95}),
            ("ratio_of_proportions", "denominator", {"confidence": 0.95}),
            ("ratio_of_rates", "population", {"confidence": 0.95}),
        )
    },
    "compare_in_funnel": call(
        "compare_in_funnel", "value benchmark denominator", value=[12, 15, 17, 15, 13], benchmark=[14] * 5,
        denominator=PEOPLE, kind="proportion", polarity="neutral", method="exact", multiplier=100, confidence=(0.95, 0.998),
    ),
    "funnel_curve": call(
        "funnel_curve", "denominator", benchmark=14, denominator=PEOPLE, kind="rate", method="exact", multiplier=100,
        confidence=0.95, points=5,
    ),
    "funnel_limits": call(
        "funnel_limits", "benchmark denominator", benchmark=[14] * 5, denominator=PEOPLE, kind="ratio", method="normal",
        multiplier=100, confidence=0.95,
    ),
    "arriaga": call("arriaga", first=TABLE, second=TABLE, both_ways=True),
    "best_to_worst_gap": call(
        "best_to_worst_gap", "values se", values=VALUE, se=SE, higher_is_better=True, seed=1, draws=1000, confidence=0.95
    ),
    "life_expectancy_gap": call(
        "life_expectancy_gap", frame=ROWS, by="sex", group="fifth", most=1, least=5, confidence=0.95, floor=0, widest=99
    ),
    "noise_range": call("noise_range", "se", se=SE),
    "simulated_noise_range": call("simulated_noise_range", covariance=np.diag(SE), seed=1, draws=1000),
    "difference": call("difference", first=TABLE, second=TABLE, method="sum of squares"),
    "healthy_life_expectancy": call(
        "healthy_life_expectancy", "prevalence sample", table=TABLE, prevalence=[0.9, 0.7, 0.5], sample=[400, 300, 200],
        mortality="silcocks",
    ),
    "se_from_limits": call("se_from_limits", "lower upper", lower=VALUE, upper=[v + 1 for v in VALUE], scale="log",
                           confidence=0.95),
    "slope_index": call(
        "slope_index", "values populations se order", values=VALUE, populations=PEOPLE, se=SE, order=[3, 1, 2, 5, 4],
        scale="identity", multiplier=1, confidence=0.95,
    ),
    "slope_index_simulated": call(
        "slope_index_simulated", "values populations se order", values=[0.3, 0.26, 0.24, 0.2, 0.15], populations=PEOPLE,
        se=SE, scale="logit", seed=1, draws=1000, order=[3, 1, 2, 5, 4], multiplier=100, confidence=0.95,
    ),
    "life_expectancy": call(
        "life_expectancy", frame=ROWS, by=["ward", "sex"], age="age", deaths="deaths", person_years="person_years",
        confidence=0.95, floor=0, widest=99,
    ),
    "life_table": call(
        "life_table", "deaths person_years", deaths=DEATHS, person_years=YEARS, ages=[0, 65, 75], a=[0.1, 0.5, 0.5],
        q0=0.01, floor=0, widest=99,
    ),
    "published_table": call(
        "published_table", "survivors years_lived", ages=[0, 65, 75], survivors=[1e5, 8e4, 4e4],
        years_lived=[6e6, 9e5, 3e5],
    ),
    "ordered_product": call("ordered_product", "right", left=np.eye(5), right=VALUE),
    "assign_quantiles": call("assign_quantiles", "values", values=VALUE, groups=2, by=list("xxyyy"),
                             highest_is_first=[True, True, False, False, False]),
    "class_of": call("class_of", "values", values=VALUE, bounds=[0, 76, 78, 99]),
    "quantile_bounds": call("quantile_bounds", "values", values=VALUE, groups=5),
    "rank_range": call("rank_range", "lower upper", lower=VALUE, upper=[v + 1 for v in VALUE]),
    "relative_rank": call("relative_rank", "populations order", populations=PEOPLE, order=[3, 1, 2, 2, 4]),
    **{
        name: call(name, "count", count=COUNT, confidence=0.95)
        for name in ("byar_limits", "exact_poisson_limits", "poisson_limits")
    },
    "wilson_limits": call("wilson_limits", "count denominator", count=COUNT, denominator=PEOPLE, confidence=0.95),
    "mean": call("mean", "values", values=VALUE, by=["x", "x", "x", "y", "y"], confidence=0.95),
    "proportion": call("proportion", "count denominator", count=COUNT, denominator=PEOPLE, multiplier=100,
                       confidence=(0.95, 0.998)),
    "rate": call("rate", "count population", count=COUNT, population=PEOPLE, multiplier=1000, confidence=0.95),
    "directly_standardised_rate": call(
        "directly_standardised_rate", "counts populations standard squared_counts", counts=COUNT, populations=PEOPLE,
        standard=[5, 4, 3, 2, 1], multiplier=1000, confidence=0.95, squared_counts=[2 * x for x in COUNT],
    ),
    "years_of_life_lost": call(
        "years_of_life_lost", "counts populations years standard", counts=COUNT, populations=PEOPLE,
        years=[70, 50, 30, 20, 10], standard=[5, 4, 3, 2, 1], multiplier=1000, confidence=0.95,
    ),
    **{
        name: call(
            name, "populations reference_counts reference_populations", observed=[40], populations=PEOPLE,
            reference_counts=COUNT, reference_populations=[1000, 900, 800, 700, 600], multiplier=100, confidence=0.95,
        )
        for name in ("indirectly_standardised_rate", "indirectly_standardised_ratio")
    },
    "as_text": call("as_text", table=SHOWN),
    "protect_counts": call("protect_counts", "counts", counts=COUNT, rule=RULE),
    "protect_percentages": call("protect_percentages", counts=SHOWN, denominators=SHOWN),
    "protect_tables": call("protect_tables", counts=PUBLISHED, sums=SUMS, rule=RULE, unpublished=None, spread=2,
                           known={"south": (0, 9)}),
    "round_half_up": call("round_half_up", "values", values=VALUE, base=5),
    "funnel_by": call("funnel_by", table=ROWS, by="ward", kind="rate", polarity="neutral", benchmark=None, count="count",
                      population="population", method="exact", multiplier=100, confidence=0.95),
    **{
        name: call(name, table=ROWS, by=["ward"], count="count", population="population", multiplier=100, confidence=0.95)
        for name in ("proportion_by", "rate_by")
    },
    "quantiles_by": call("quantiles_by", table=ROWS, by="ward", groups=2, value="deaths", highest_is_first=True),
    "slope_index_by": call(
        "slope_index_by", table=SMALL.assign(se=1.0), by="ward", order="rank", value="score", population="population",
        se="se", scale="identity", multiplier=1, confidence=0.95,
    ),
    "standardised_rate_by": call(
        "standardised_rate_by", table=ROWS, by="ward", age="age", count="count", population="population",
        standard=dict(zip(BANDS, [60, 30, 10], strict=True)), multiplier=100, confidence=0.95,
    ),
    "standardised_ratio_by": call(
        "standardised_ratio_by", table=ROWS, by="ward", reference=ROWS, age="age", count="count", population="population",
        multiplier=100, confidence=0.95,
    ),
    "recent_trend": call("recent_trend", observations=SERIES, by="area", method="proportion",
                         polarity="lower_is_better", confidence=0.95),
    "trend_label": call("trend_label", trend=["Increasing", "Decreasing"], polarity="lower_is_better"),
    "trend_of_proportions": call("trend_of_proportions", "counts denominators", counts=POINTS[0], denominators=POINTS[1]),
    "trend_of_values": call(
        "trend_of_values", "values lower upper", values=VALUE, lower=[v - 1 for v in VALUE], upper=[v + 2 for v in VALUE],
        confidence=0.95,
    ),
}  # fmt: skip

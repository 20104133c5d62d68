"""What leaves the answer of every public function as it is, or scales it: sizes, units and the order of what goes in.

Labels, forms of input and bad input are in ``test_measures_inputs.py``, whose table of calls this one extends.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import analysis.measures as measures

# ruff: noqa: E501
QUICK = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
FACTORS = st.sampled_from([2, 3, 5, 7, 8])
LIMITS = {"value": 1, "lower*": 1, "upper*": 1}
AGES = ["deaths", "person_years"]


class Law(NamedTuple):
    """Arguments (or ``argument.column`` of a frame) times a power of a factor: what is then times which power of it.

    Where ``only`` is given, other numbers of the answer may change, such as limits with the size of a population.
    """

    changes: Mapping[str, int]
    answers: Mapping[str, int] = {}
    only: tuple[str, ...] = ()


def law(changes: str, answers: Mapping[str, int] | None = None, only: str = "", power: int = 1) -> Law:
    return Law(dict.fromkeys(changes.split(), power), answers or {}, tuple(only.split()))


LAWS: dict[str, tuple[Law, ...] | str] = {
    "add_persons": (law("frame.deaths frame.person_years", {"deaths": 1, "person_years": 1}),),
    "band_starts": "ages have one unit, and a list of bands is no set of areas",
    "sum_bands": (law("frame.deaths", {"2": 1}),),
    "agreement_factor": (law("values standard_errors second"),),
    "apportioned_means": (law("values standard_errors", {**LIMITS, "se*": 1, "": 2}, only="value lower* upper*"), law("people", only="value lower* upper*")),
    "areal_means": (law("values", {"value": 1}, only="value"), law("weights", only="value")),
    "area_life_expectancy": (law("deaths.deaths population.person_years", only="value"),),
    "attack": "it asks which whole numbers fit what is shown, and those have no unit",
    "percentage_bounds": "it looks for whole numbers, and those have no unit",
    "compare_intervals": (law("lower upper other_lower other_upper"),),
    "compare_with_benchmark": (law("lower upper benchmark wide_lower wide_upper"),),
    "expected_false_flags": (law("comparisons", {"": 1}),),
    "place_among_peers": (law("values", {"peer*": 1, "*median*": 1, "value": 1, "best": 1, "worst": 1}, only="rank* ties*"),),
    "concentration_index": (law("values bounds"), law("populations")),
    "gini": (law("values"), law("populations")),
    "theil": (law("values"), law("populations")),
    "extent_weight": "percentiles have no unit",
    "national_quantile": (law("ranks national_count"),),
    "rank_areas": (law("values"),),
    "summarise": (law("areas.population", {"population": 1}), law("areas.score", {"average_score": 1}, only="average_score")),
    "difference_of_estimates": (law("value1 lower1 upper1 value2 lower2 upper2", LIMITS, only="value lower* upper*"),),
    "difference_of_proportions": (law("multiplier", LIMITS, only="value lower* upper*"),),
    "difference_of_rates": (law("multiplier", LIMITS, only="value lower* upper*"), law("population1 population2 multiplier", only="value lower* upper*")),
    "ratio_of_proportions": (law("count1 denominator1 count2 denominator2", only="value"),),
    "ratio_of_rates": (law("population1 population2", only="value lower* upper*"),),
    "compare_in_funnel": (law("value benchmark multiplier", {"value": 1, "benchmark": 1, "lower*": 1, "upper*": 1}),),
    "funnel_curve": (law("benchmark multiplier", {"benchmark": 1, "lower*": 1, "upper*": 1, "value": 1}, only="lower* upper*"),),
    "funnel_limits": (law("benchmark multiplier", {"lower*": 1, "upper*": 1}, only="lower* upper*"),),
    "arriaga": "it takes life tables; that both ways mirror each other is tested with them",
    "best_to_worst_gap": (law("values se", {"*": 1}, only="value gap noise* lower* upper* adjusted*"),),
    "life_expectancy_gap": (law("frame.deaths frame.person_years", only="value"),),
    "noise_range": (law("se", {"": 1}),),
    "simulated_noise_range": (law("covariance", {"": 1}, power=2),),
    "difference": "it takes life tables, whose years have one unit",
    "healthy_life_expectancy": (law("sample", only="healthy value expectancy hle"),),
    "se_from_limits": (law("lower upper"),),
    "slope_index": (law("values se", {"sii*": 1, "intercept": 1, "se": 1, "lower*": 1, "upper*": 1}, only="sii rii"), law("populations", only="sii rii")),
    "slope_index_simulated": (law("multiplier", {"sii*": 1}, only="sii rii"), law("populations", only="sii rii")),
    "life_expectancy": (law("frame.deaths frame.person_years", only="value"),),
    "life_table": (law("deaths person_years", only="expectancy q a"),),
    "published_table": (law("survivors years_lived", only="expectancy q q_variance"),),
    "ordered_product": (law("right", {"": 1}),),
    "assign_quantiles": (law("values"),),
    "class_of": (law("values bounds"),),
    "quantile_bounds": (law("values", {"": 1}),),
    "rank_range": (law("lower upper"),),
    "relative_rank": (law("populations"),),
    "byar_limits": "a count has no unit: limits narrow as it grows",
    "exact_poisson_limits": "a count has no unit: limits narrow as it grows",
    "poisson_limits": "a count has no unit: limits narrow as it grows",
    "wilson_limits": "a count has no unit: limits narrow as it grows",
    "mean": (law("values", LIMITS, only="value lower* upper*"),),
    "proportion": (law("multiplier", LIMITS, only="value lower* upper*"), law("count denominator", only="value")),
    "rate": (law("multiplier", LIMITS, only="value lower* upper*"), law("population multiplier", only="value lower* upper*")),
    "directly_standardised_rate": (
        law("standard", only="value lower* upper*"),
        law("multiplier", LIMITS, only="value lower* upper*"),
        law("populations multiplier", only="value lower* upper*"),
    ),
    "years_of_life_lost": (
        law("years", LIMITS, only="value lower* upper*"),
        law("standard", only="value lower* upper*"),
        law("populations multiplier", only="value lower* upper*"),
    ),
    "indirectly_standardised_rate": (law("multiplier", LIMITS, only="value lower* upper*"), law("reference_counts reference_populations", only="value lower* upper*")),
    "indirectly_standardised_ratio": (law("multiplier", LIMITS, only="value lower* upper*"), law("reference_counts reference_populations", only="value lower* upper*")),
    "as_text": "it writes cells as they stand",
    "protect_counts": "small numbers are small whatever else is counted",
    "protect_percentages": "small numbers are small whatever else is counted",
    "protect_tables": "small numbers are small whatever else is counted",
    "round_half_up": (law("values base", {"": 1}),),
    "funnel_by": (law("multiplier", {**LIMITS, "benchmark": 1}, only="value lower* upper* benchmark"),),
    "proportion_by": (law("multiplier", LIMITS, only="value lower* upper*"), law("table.count table.population", only="value")),
    "rate_by": (law("multiplier", LIMITS, only="value lower* upper*"), law("table.population multiplier", only="value lower* upper*")),
    "quantiles_by": (law("table.deaths", only="quantile"),),
    "slope_index_by": (law("table.population", only="value"),),
    "standardised_rate_by": (law("multiplier", LIMITS, only="value lower* upper*"), law("table.population multiplier", only="value lower* upper*")),
    "standardised_ratio_by": (law("multiplier", LIMITS, only="value lower* upper*"), law("reference.count reference.population", only="value lower* upper*")),
    "recent_trend": "a count has no unit: what is a trend among many is none among few",
    "trend_label": "it names what was found",
    "trend_of_proportions": "a count has no unit: what is a trend among many is none among few",
    "trend_of_values": (law("values lower upper", {"slope*": 1, "change*": 1}, only="slope* change* p* trend*"),),
}  # fmt: skip
"""What holds of each public function, or why no change of size or unit leaves anything as it is."""


@pytest.fixture(scope="module")
def calls(script: Callable[[str], Any]) -> dict[str, Any]:
    found: dict[str, Any] = script("tests/property/test_measures_inputs.py").CALLS
    return found


def times(value: Any, factor: float) -> Any:
    """A number, a column, a frame or a dictionary of numbers, times a factor."""
    if isinstance(value, dict):
        return {key: one * factor for key, one in value.items()}
    if isinstance(value, pd.DataFrame | pd.Series | np.ndarray):
        return value * factor
    if isinstance(value, list | tuple):
        return type(value)(one * factor for one in value)
    return value * factor


def changed(arguments: Mapping[str, Any], changes: Mapping[str, int], factor: float) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for place, power in changes.items():
        argument, _, column = place.partition(".")
        value = made.get(argument, arguments[argument])
        by = factor**power
        made[argument] = value.assign(**{column: value[column] * by}) if column else times(value, by)
    return made


def answers_of(answer: Any) -> dict[str, np.ndarray]:
    """Every column, attribute or element of an answer by name: numbers, or words such as a verdict."""
    if isinstance(answer, pd.DataFrame):
        parts: Mapping[str, Any] = {str(name): answer[name] for name in answer}
    elif dataclasses.is_dataclass(answer):
        parts = {one.name: getattr(answer, one.name) for one in dataclasses.fields(answer)}
        properties = inspect.getmembers(type(answer), lambda one: isinstance(one, property))
        parts |= {name: getattr(answer, name) for name, _ in properties}
    elif isinstance(answer, tuple):
        return {key or f"{at}": value for at, one in enumerate(answer) for key, value in answers_of(one).items()}
    else:
        parts = {"": answer}
    found = {}
    for name, part in parts.items():
        values = np.asarray(part).reshape(-1)
        if values.dtype.kind in "iufb" or (
            values.dtype == object and all(isinstance(one, int | float) for one in values)
        ):
            found[name] = values.astype(float)
        elif name not in ("method", "reason") and all(isinstance(one, str) for one in values):
            found[name] = values.astype(str)
    return found


def fits(name: str, patterns: Any) -> str | None:
    """The pattern that a name fits; a star stands for anything at its end."""
    for pattern in patterns:
        if name == pattern or (pattern.endswith("*") and name.startswith(pattern.strip("*"))):
            return str(pattern)
    return None


def test_every_public_function_has_its_laws_or_a_reason() -> None:
    functions = {name for name in measures.__all__ if inspect.isfunction(getattr(measures, name))}
    assert set(LAWS) == functions | {"attack"}


@pytest.mark.parametrize("name", [name for name, laws in LAWS.items() if not isinstance(laws, str)])
@QUICK
@given(factor=FACTORS)
def test_sizes_and_units_do_what_the_law_says(calls: dict[str, Any], name: str, factor: int) -> None:
    one = calls[name]
    plain = answers_of(one())
    laws = LAWS[name]
    assert not isinstance(laws, str)
    for changes, answers, only in laws:
        found = answers_of(one(**changed(one.arguments, changes, factor)))
        compared = [key for key in plain if not only or fits(key, only) is not None]
        assert compared, (name, changes, list(plain))
        for key in compared:
            if plain[key].dtype.kind == "U":
                assert found[key].tolist() == plain[key].tolist(), (name, changes, key)
                continue
            power = answers.get(fits(key, answers) or "", 0) if key else answers.get("", 0)
            np.testing.assert_allclose(
                found[key], plain[key] * factor**power, rtol=1e-7, atol=1e-12, err_msg=f"{name}: {dict(changes)}: {key}"
            )


@QUICK
@given(order=st.permutations(range(5)))
def test_the_order_of_rows_of_a_frame_changes_nothing(calls: dict[str, Any], order: list[int]) -> None:
    """Whoever takes a tidy frame gives the same for its rows in any order, group by group."""
    for name, one in calls.items():
        frames = {key: value for key, value in one.arguments.items() if isinstance(value, pd.DataFrame)}
        if not frames or name in ("attack", "ordered_product", "as_text", "protect_percentages"):
            continue
        mixed = {
            key: value.iloc[np.argsort([(order[at % 5], at) for at in range(len(value))], axis=0)[:, 0]]
            for key, value in frames.items()
        }
        plain, found = answers_of(one()), answers_of(one(**mixed))
        assert set(plain) == set(found)
        for key, values in plain.items():
            if values.dtype.kind == "U":
                assert sorted(found[key]) == sorted(values), (name, key)
            else:
                np.testing.assert_allclose(np.sort(found[key]), np.sort(values), rtol=1e-9, err_msg=f"{name}: {key}")

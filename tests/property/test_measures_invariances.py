"""What leaves the answer of every public function as it is, or changes it by a law: order, names, sizes and units.

Each public function stands in three tables, with what holds of it or the reason why nothing does. Forms of input and
bad input are in ``test_measures_inputs.py``; both take their calls from ``measures_calls.py``.
"""

from __future__ import annotations

import dataclasses
import inspect
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import analysis.measures as measures

sys.path.insert(0, str(Path(__file__).parent))
from measures_calls import CALLS, Call

# ruff: noqa: E501
QUICK = settings(max_examples=8, deadline=None)
LIMITS = {"value": 1, "lower_ci": 1, "upper_ci": 1}


class Law(NamedTuple):
    """Arguments (or ``argument.column`` of a frame) times powers of a factor, and what is then times which power of it.

    Answers are named by how their name begins; those that are not named stay as they are, but for the ``free`` ones,
    such as limits, which narrow where there are more people.
    """

    changes: Mapping[str, int]
    answers: Mapping[str, int] = {}
    free: tuple[str, ...] = ()


def law(changes: str, answers: Mapping[str, int] | None = None, free: str = "", power: int = 1) -> Law:
    return Law(dict.fromkeys(changes.split(), power), answers or {}, tuple(free.split()))


NO_LAW = Law({})
MULTIPLIER = law("multiplier", LIMITS)
NARROWER = "lower_ci upper_ci"
COUNT = "a count of events has no unit: what is certain of many is not of few"
SMALL = "a small number is small whatever else is counted"
TABLES = "it takes finished life tables, whose years have one unit"

UNITS: dict[str, list[Law] | str] = {
    "add_persons": [law("frame.deaths frame.person_years", {"deaths": 1, "person_years": 1})],
    "band_starts": "ages have one unit",
    "sum_bands": [law("frame.deaths", {"2": 1})],
    "agreement_factor": [law("values standard_errors second")],
    "apportioned_means": [
        law("values standard_errors", {f"0.{name}": 1 for name in (*LIMITS, "standard_error")} | {"1.": 2}),
        law("people"),
    ],
    "areal_means": [law("values", {"value": 1}), law("weights")],
    "area_life_expectancy": [law("deaths.deaths population.population", {"count": 1, "population": 1}, free=NARROWER)],
    "attack": SMALL,
    "percentage_bounds": [law("denominator", {"": 1})],
    "compare_intervals": [law("lower upper other_lower other_upper")],
    "compare_with_benchmark": [law("lower upper benchmark wide_lower wide_upper")],
    "expected_false_flags": [law("comparisons", {"": 1})],
    "place_among_peers": [law("values", {"peers": 1})],
    "concentration_index": [law("values bounds"), law("populations"), law("order")],
    "gini": [law("values"), law("populations")],
    "theil": [law("values"), law("populations")],
    "extent_weight": "percentiles are places on a scale of 100",
    "national_quantile": [law("ranks national_count")],
    "rank_areas": [law("values")],
    "summarise": [law("areas.population", {"population": 1}, free="population_share"), law("areas.score", {"average_score": 1})],
    "difference_of_estimates": [law("value1 lower1 upper1 value2 lower2 upper2", LIMITS)],
    "difference_of_proportions": [MULTIPLIER],
    "difference_of_rates": [MULTIPLIER, law("population1 population2 multiplier")],
    "ratio_of_proportions": [law("count1 denominator1 count2 denominator2", free=NARROWER)],
    "ratio_of_rates": [law("population1 population2")],
    "compare_in_funnel": [law("value benchmark multiplier", LIMITS)],
    "funnel_curve": [law("benchmark multiplier", LIMITS)],
    "funnel_limits": [law("benchmark multiplier", LIMITS)],
    "arriaga": TABLES,
    "best_to_worst_gap": [law("values se", {"value": 1, "se": 1, "limits": 1, "noise": 1})],
    "life_expectancy_gap": [law("frame.deaths frame.person_years", free=NARROWER)],
    "noise_range": [law("se", {"": 1})],
    "simulated_noise_range": [law("covariance", {"": 1}, power=2)],
    "difference": TABLES,
    "healthy_life_expectancy": [law("sample", free="se")],
    "se_from_limits": [law("lower upper")],  # on the scale of logarithms, in the call
    "slope_index": [
        law("values se", {"sii": 1, "intercept": 1, "se": 1}),
        law("multiplier", {"sii": 1, "intercept": 1, "se": 1}),
        law("populations"),
        law("order"),
    ],
    "slope_index_simulated": [law("multiplier", {"sii": 1, "intercept": 1, "se": 1}), law("populations"), law("order")],
    "life_expectancy": [law("frame.deaths frame.person_years", {"count": 1, "population": 1}, free=NARROWER)],
    "life_table": [law("deaths person_years", {"q_variance": -2, "se": -1}, power=2)],
    "published_table": [law("survivors years_lived", {"survivors": 1, "years_lived": 1})],
    "ordered_product": [law("left", {"": 1}), law("right", {"": 1})],
    "assign_quantiles": [law("values")],
    "class_of": [law("values bounds")],
    "quantile_bounds": [law("values", {"": 1})],
    "rank_range": [law("lower upper")],
    "relative_rank": [law("populations"), law("order")],
    "byar_limits": COUNT,
    "exact_poisson_limits": COUNT,
    "poisson_limits": COUNT,
    "wilson_limits": COUNT,
    "mean": [law("values", LIMITS | {"standard_deviation": 1})],
    "proportion": [MULTIPLIER],
    "rate": [MULTIPLIER, law("population multiplier", {"population": 1})],
    "directly_standardised_rate": [MULTIPLIER, law("standard"), law("populations multiplier", {"population": 1})],
    "years_of_life_lost": [MULTIPLIER, law("standard"), law("years", LIMITS | {"years_lost": 1})],
    "indirectly_standardised_rate": [
        MULTIPLIER._replace(answers=LIMITS | {"reference_rate": 1}),
        law("reference_counts reference_populations"),
    ],
    "indirectly_standardised_ratio": [MULTIPLIER, law("reference_counts reference_populations")],
    "as_text": SMALL,
    "protect_counts": SMALL,
    "protect_percentages": SMALL,
    "protect_tables": SMALL,
    "round_half_up": [law("values base", {"": 1})],
    "funnel_by": [law("multiplier", LIMITS | {"benchmark": 1})],
    "proportion_by": [MULTIPLIER],
    "rate_by": [MULTIPLIER, law("table.population multiplier", {"population": 1})],
    "quantiles_by": [law("table.deaths", {"deaths": 1})],
    "slope_index_by": [law("table.population", {"population": 1}), law("table.rank")],
    "standardised_rate_by": [MULTIPLIER, law("table.population multiplier", {"population": 1})],
    "standardised_ratio_by": [MULTIPLIER, law("reference.count reference.population")],
    "recent_trend": COUNT,
    "trend_label": "it takes words, and no numbers",
    "trend_of_proportions": COUNT,
    "trend_of_values": [law("values lower upper", {"slope": 1})],
}  # fmt: skip
"""What a change of size or unit does to the answer of each function, or why there is none to make."""


class Order(NamedTuple):
    """What may be put in another order, and what the answer then is: its ``rows`` in that order, or the ``same``."""

    answer: str
    with_them: tuple[str, ...] = ()  # further arguments that have an entry for each row


ROWS, SAME = Order("rows"), Order("same")
FRAME, FRAME_ROWS = Order("frame"), Order("frame rows")
BANDS = Order("same", ("standard", "years", "reference_counts", "reference_populations"))
LABELLED = Order("labelled")
AGES = "bands of age, and points in time, have an order of their own"
ONE = "it takes single numbers"

ORDER: dict[str, Order | str] = {
    **dict.fromkeys(["add_persons", "quantiles_by"], FRAME_ROWS),
    **dict.fromkeys(
        ["sum_bands", "area_life_expectancy", "summarise", "life_expectancy_gap", "life_expectancy", "funnel_by",
         "proportion_by", "rate_by", "slope_index_by", "standardised_rate_by", "standardised_ratio_by", "recent_trend"],
        FRAME,
    ),
    **dict.fromkeys(
        ["compare_intervals", "compare_with_benchmark", "place_among_peers", "extent_weight", "national_quantile",
         "rank_areas", "difference_of_estimates", "difference_of_proportions", "difference_of_rates",
         "ratio_of_proportions", "ratio_of_rates", "compare_in_funnel", "funnel_limits", "se_from_limits", "class_of",
         "rank_range", "relative_rank", "byar_limits", "exact_poisson_limits", "poisson_limits", "wilson_limits",
         "proportion", "rate", "protect_counts", "round_half_up"],
        ROWS,
    ),
    "assign_quantiles": Order("rows", ("by", "highest_is_first")),
    **dict.fromkeys(
        ["concentration_index", "gini", "funnel_curve", "noise_range", "slope_index", "quantile_bounds"], SAME
    ),
    "theil": Order("same", ("groups",)),
    "mean": Order("same", ("by",)),
    **dict.fromkeys(
        ["directly_standardised_rate", "years_of_life_lost", "indirectly_standardised_rate",
         "indirectly_standardised_ratio"],
        BANDS,
    ),
    **dict.fromkeys(
        ["agreement_factor", "apportioned_means", "areal_means", "attack", "as_text", "protect_percentages"], LABELLED
    ),
    "protect_tables": "of equal cells the first is hidden: the order is part of the rule, so that it is always the same",
    "best_to_worst_gap": "it names the first of the areas that are best alike; its numbers have a test of their own",
    "ordered_product": "it multiplies in a fixed order, which is what it is for",
    "simulated_noise_range": "the draws go to the areas in their order",
    "slope_index_simulated": "the draws go to the groups in their order",
    **dict.fromkeys(
        ["band_starts", "arriaga", "difference", "healthy_life_expectancy", "life_table", "published_table",
         "trend_of_proportions", "trend_of_values"],
        AGES,
    ),
    "trend_label": "each word is answered by itself",
    "percentage_bounds": ONE,
    "expected_false_flags": ONE,
}  # fmt: skip
"""What another order of areas, bands or rows does to the answer of each function, or why there is none to make."""


class Names(NamedTuple):
    """What is given other names: the labels of the columns, or columns of the frames (and arguments that list such)."""

    columns: tuple[str, ...] = ()
    listed: tuple[str, ...] = ()


INDEX = Names()
BY_AGE = "its labels are ages, which are numbers and no names"
NO_NAMES = "it takes nothing that has names"

NAMES: dict[str, Names | str] = {
    **dict.fromkeys(
        ["compare_intervals", "compare_with_benchmark", "place_among_peers", "concentration_index", "gini", "theil",
         "extent_weight", "national_quantile", "rank_areas", "difference_of_estimates", "difference_of_proportions",
         "difference_of_rates", "ratio_of_proportions", "ratio_of_rates", "compare_in_funnel", "funnel_limits",
         "funnel_curve", "best_to_worst_gap", "noise_range", "se_from_limits", "slope_index", "slope_index_simulated",
         "ordered_product", "assign_quantiles", "class_of", "quantile_bounds", "rank_range", "relative_rank",
         "byar_limits", "exact_poisson_limits", "poisson_limits", "wilson_limits", "mean", "proportion", "rate",
         "directly_standardised_rate", "years_of_life_lost", "protect_counts", "round_half_up",
         "trend_of_proportions", "trend_of_values", "indirectly_standardised_rate", "indirectly_standardised_ratio"],
        INDEX,
    ),
    **dict.fromkeys(
        ["add_persons", "sum_bands", "summarise", "funnel_by", "proportion_by", "rate_by", "quantiles_by",
         "slope_index_by", "standardised_rate_by", "standardised_ratio_by"],
        Names(("ward",)),
    ),
    "life_expectancy": Names(("ward", "sex")),
    "life_expectancy_gap": Names(("sex",)),
    "recent_trend": Names(("area",)),
    "area_life_expectancy": Names(("small_area", "area"), ("areas",)),
    **dict.fromkeys(["agreement_factor", "apportioned_means", "areal_means", "as_text", "protect_percentages"], INDEX),
    **dict.fromkeys(["attack", "protect_tables"], "the sums name the cells; those of many names are in the tests of suppression"),
    **dict.fromkeys(["healthy_life_expectancy", "life_table", "published_table", "band_starts"], BY_AGE),
    **dict.fromkeys(
        ["percentage_bounds", "expected_false_flags", "simulated_noise_range", "arriaga", "difference", "trend_label"],
        NO_NAMES,
    ),
}  # fmt: skip
"""What other names of areas and groups do to the answer of each function, or why there are none to give."""


def answers_of(answer: Any) -> dict[str, np.ndarray]:
    """Every column, attribute or element of an answer by name."""
    if isinstance(answer, pd.DataFrame):
        return {str(name): answer[name].to_numpy(dtype=object) for name in answer}
    if dataclasses.is_dataclass(answer):
        answer = {one.name: getattr(answer, one.name) for one in dataclasses.fields(answer)}
    elif isinstance(answer, tuple | list):
        answer = dict(enumerate(answer))
    if not isinstance(answer, dict):
        return {"": np.asarray(answer, dtype=object)}
    return {
        f"{key}{'.' * bool(name)}{name}": value
        for key, one in answer.items()
        for name, value in answers_of(one).items()
    }


def power_of(name: str, powers: Mapping[str, int]) -> int:
    """The power that a name has by its longest beginning in the table."""
    fitting = [start for start in powers if begins(name, start)]
    return powers[max(fitting, key=len)] if fitting else 0


def begins(name: str, start: str) -> bool:
    """Whether a name begins so, up to the end of a word: ``se`` begins ``se.0``, and not ``seed``."""
    return name.startswith(start) and not (start[-1:].isalpha() and name[len(start) : len(start) + 1].isalpha())


def alike(found: Any, plain: Any, what: str, factor: float = 1, law: Law = NO_LAW) -> None:
    """Two answers are the same, but for the powers of a factor; the word of a method names the multiplier."""
    one, other = answers_of(found), answers_of(plain)
    assert set(one) == set(other), what
    for name, values in other.items():
        if any(begins(name, start) for start in law.free) or ("multiplier" in law.changes and name == "method"):
            continue
        by = float(factor) ** power_of(name, law.answers)
        assert one[name].shape == values.shape, f"{what}: {name}"
        for x, y in zip(one[name].ravel(), values.ravel(), strict=True):
            if isinstance(y, str | bool | np.bool_ | None) or y is pd.NA:
                assert x is y or x == y, f"{what}: {name} is {x!r}, not {y!r}"
            else:
                np.testing.assert_allclose(
                    float(x), float(y) * by, rtol=1e-7, atol=1e-12 * max(by, 1), err_msg=f"{what}: {name}"
                )


def scaled(value: Any, by: float) -> Any:
    if isinstance(value, dict):
        return {key: one * by for key, one in value.items()}
    return type(value)(one * by for one in value) if isinstance(value, list | tuple) else value * by


def changed(one: Call, changes: Mapping[str, int], factor: float) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for place, power in changes.items():
        argument, _, column = place.partition(".")
        value, by = made.get(argument, one.arguments[argument]), float(factor) ** power
        made[argument] = value.assign(**{column: value[column] * by}) if column else scaled(value, by)
    return made


@pytest.mark.parametrize("table", [UNITS, ORDER, NAMES], ids=["units", "order", "names"])
def test_every_public_function_has_its_laws_or_a_reason(table: dict[str, Any]) -> None:
    functions = {name for name in measures.__all__ if inspect.isfunction(getattr(measures, name))}
    assert set(table) == functions | {"attack"}
    for name, held in table.items():
        assert held, name
        assert not isinstance(held, str) or len(held.split()) >= 4, f"{name}: {held!r} is no reason"


@pytest.mark.parametrize("name", [name for name, laws in UNITS.items() if not isinstance(laws, str)])
@QUICK
@given(factor=st.integers(2, 60))
def test_sizes_and_units_do_what_the_law_says(name: str, factor: int) -> None:
    one, laws = CALLS[name], UNITS[name]
    assert not isinstance(laws, str)
    for each in laws:
        alike(one(**changed(one, each.changes, factor)), one(), f"{name}({dict(each.changes)})", factor, each)


@pytest.mark.parametrize("name", [name for name, held in ORDER.items() if not isinstance(held, str)])
@QUICK
@given(random=st.randoms(use_true_random=False))
def test_another_order_gives_the_same_or_the_rows_in_that_order(name: str, random: Any) -> None:
    one, held = CALLS[name], ORDER[name]
    assert not isinstance(held, str)
    plain = one()
    if held.answer in ("rows", "same"):
        moved = [*one.columns, *(argument for argument in held.with_them if argument in one.arguments)]
        order = list(range(len(one.arguments[moved[-1]])))
        random.shuffle(order)
        given = {argument: one.arguments[argument] for argument in moved}
        mixed = one(
            **{name: [values[at] for at in order] for name, values in given.items() if len(values) == len(order)}
        )
        expected = plain
        if held.answer == "rows":
            expected = tuple(x[order] for x in plain) if isinstance(plain, tuple) else (
                plain[order] if isinstance(plain, np.ndarray) else plain.iloc[order])  # fmt: skip
        alike(mixed, expected, f"{name} in the order {order}")
        return
    tables = {key: value for key, value in one.arguments.items() if isinstance(value, pd.DataFrame | pd.Series)}
    mixed = one(**{key: value.iloc[shuffled(len(value), random)] for key, value in tables.items()})
    if held.answer == "frame rows":  # the rows come back, and carry their labels
        first = list(plain.columns)
        mixed, plain = (x.sort_values(first, ignore_index=True) for x in (mixed, plain))
    elif held.answer == "labelled" and not isinstance(plain, float):
        mixed = tuple(x.reindex_like(y) for x, y in zip(parts(mixed), parts(plain), strict=True))
        plain = tuple(parts(plain))
    alike(mixed, plain, name)


def shuffled(length: int, random: Any) -> list[int]:
    order = list(range(length))
    random.shuffle(order)
    return order


def named_on_both_sides(answer: Any) -> bool:
    """Whether an answer is a table of areas by areas, such as a covariance."""
    return isinstance(answer, pd.DataFrame) and answer.columns.tolist() == answer.index.tolist()


def parts(answer: Any) -> list[Any]:
    return list(answer) if isinstance(answer, tuple) else [answer]


@pytest.mark.parametrize("name", [name for name, held in NAMES.items() if not isinstance(held, str)])
@QUICK
@given(start=st.text(st.characters(codec="utf-8", categories=["L", "N", "Z"]), min_size=1, max_size=6))
def test_other_names_change_nothing_but_the_names(name: str, start: str) -> None:
    one, held = CALLS[name], NAMES[name]
    assert not isinstance(held, str)

    def other(label: Any) -> Any:
        return f"{start}{label}"

    def renamed(table: Any) -> Any:
        table = table.copy()
        for column in held.columns:
            if column in table:
                table[column] = table[column].map(other)
        if not held.columns or table.index.name in held.columns:
            table.index = table.index.map(other)
        if not held.columns and isinstance(table, pd.DataFrame) and table.columns.tolist() == ["A", "B"]:
            table.columns = table.columns.map(other)
        return table

    given = dict(one.arguments)
    if not held.columns:
        bands = name in ("directly_standardised_rate", "years_of_life_lost") or name.startswith("indirectly")
        for argument in (*one.columns, *(BANDS.with_them if bands else ())):
            if argument in given and len(given[argument]) == 5:
                given[argument] = pd.Series(given[argument], index=list("ABCDE"))
        given = {key: pd.Series(value) if isinstance(value, dict) else value for key, value in given.items()}
    plain = one(**given)
    tables = {key: renamed(value) for key, value in given.items() if isinstance(value, pd.DataFrame | pd.Series)}
    listed = {key: [other(label) for label in given[key]] for key in held.listed}
    assert tables, name
    found = one(**{**given, **tables, **listed})
    if dataclasses.is_dataclass(plain) and hasattr(plain, "best"):
        assert (found.best, found.worst) == (other(plain.best), other(plain.worst))
        found, plain = (dataclasses.replace(x, best=None, worst=None) for x in (found, plain))
    expected = [renamed(x) if isinstance(x, pd.DataFrame) and held.columns else x for x in parts(plain)]
    expected = [x.rename(columns=other) if named_on_both_sides(x) else x for x in expected]
    alike(tuple(parts(found)), tuple(expected), f"{name} with names that begin with {start!r}")
    if ORDER[name] in (ROWS, ORDER["assign_quantiles"]) and isinstance(found, pd.DataFrame | pd.Series):
        assert found.index.tolist() == [other(label) for label in "ABCDE"], name

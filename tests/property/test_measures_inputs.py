"""Every public function of the measures under every form of input, every kind of bad input, and labels in any order."""

from __future__ import annotations

import dataclasses
import datetime as dt
import inspect
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import analysis.measures as measures
from analysis.errors import MeasureError
from analysis.measures.attack import attack

# ruff: noqa: E501
QUICK = settings(max_examples=15, deadline=None)
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

BAD = {
    "nothing": None,
    "text": "many",
    "bytes": b"1",
    "a number as text": ["1", "2", "3", "4", "5"],
    "text among numbers": [1, "x", 3, 4, 5],
    "infinite": [1.0, np.inf, 3.0, 4.0, 5.0],
    "infinite below": [1.0, -np.inf, 3.0, 4.0, 5.0],
    "missing": [np.nan] * 5,
    "one missing": [1, None, 3, 4, 5],
    "negative": [-1, -2, -3, -4, -5],
    "zero": [0, 0, 0, 0, 0],
    "beyond all counts": [1e300] * 5,
    "tiny": [1e-300] * 5,
    "an infinite number": np.inf,
    "no number": np.nan,
    "0": 0,
    "-1": -1,
    "one and a half": 1.5,
    "huge": 1e308,
    "true": True,
    "empty": [],
    "an empty frame": pd.DataFrame(),
    "another frame": pd.DataFrame({"x": ["a", "b"], "y": [dt.date(2020, 1, 1)] * 2}),
    "three dimensions": np.ones((2, 3, 4)),
    "another length": [1, 2],
    "ragged": [[1, 2], [3]],
    "complex": [1j, 2, 3, 4, 5],
    "dates": pd.date_range("2020-01-01", periods=5),
    "a date": dt.date(2020, 1, 1),
    "durations": np.array([1, 2, 3, 4, 5], dtype="timedelta64[D]"),
    "a set": {1, 2, 3, 4, 5},
    "a dict": {"Q": 1, "R": 2},
    "a dict of lists": {"a": [1, 2], "b": [3, 4]},
    "other labels": pd.Series([1, 2, 3, 4, 5], index=list("vwxyz")),
    "labels twice": pd.Series([1, 2, 3, 4, 5], index=list("AABBC")),
    "an object": object(),
    "a function": len,
    "masked": np.ma.masked_all(5),
    "names": ["sex", "sex"],
    "an unknown name": "nowhere",
    "a list in a list": [["ward"]],
    "a number without dimensions": np.array(3.0),
    "too large for a float": [10**400] * 5,
    "one too large for a float": 10**400,
    "a long float": np.longdouble("1e400"),
    "a decimal that is none": [Decimal("sNaN")] * 5,
    "unknown": pd.NA,
    "unknowns": [pd.NA] * 5,
    "levels of labels": pd.Series([1, 2, 3, 4, 5], pd.MultiIndex.from_product([["A"], range(5)])),
    "levels of columns": pd.DataFrame(np.ones((5, 2)), columns=pd.MultiIndex.from_product([["A"], range(2)])),
    "labels of many kinds": pd.Series([1, 2, 3, 4, 5], index=[1, "A", None, 2.5, (1, 2)]),
    "half floats": np.ones(5, dtype=np.float16),
    "short numbers": [1e-29, 1e29, 1, 2, 3],
    "a table of numbers": np.ones((1, 5)),
    "tuples": [("A", 1), ("B", 2), ("A", 1), ("B", 2), ("C", 3)],
}

COLUMNS_OF_FRAMES: dict[str, Callable[[int], Any]] = {
    "lists": lambda n: [[1]] * n,
    "dicts": lambda n: [{}] * n,
    "dates": lambda n: pd.date_range("2020", periods=n),
    "many kinds": lambda n: [1, "a", None][: min(n, 3)] + [2.5] * (n - 3),
    "infinite": lambda n: [np.inf] * n,
    "too large": lambda n: [10**400] * n,
    "beyond all ages": lambda n: [1e29] * n,
    "unknown": lambda n: [pd.NA] * n,
    "categories": lambda n: pd.Categorical([1] * n),
    "complex": lambda n: [1j] * n,
}


def equal(one: Any, other: Any) -> None:
    """Two results are the same, whatever they are made of."""
    if isinstance(one, pd.DataFrame | pd.Series):
        one, other = (x.reset_index(drop=True) for x in (one, other))
        (pd.testing.assert_frame_equal if isinstance(one, pd.DataFrame) else pd.testing.assert_series_equal)(one, other)
    elif dataclasses.is_dataclass(one):
        for part in dataclasses.fields(one):
            if part.name not in ("best", "worst"):
                equal(getattr(one, part.name), getattr(other, part.name))
    elif isinstance(one, dict):
        assert list(one) == list(other)
        for key in one:
            equal(one[key], other[key])
    elif isinstance(one, tuple | list):
        for x, y in zip(one, other, strict=True):
            equal(x, y)
    else:
        np.testing.assert_array_equal(np.asarray(one), np.asarray(other))


def test_every_public_function_is_called_here() -> None:
    functions = {name for name in measures.__all__ if inspect.isfunction(getattr(measures, name))}
    assert functions | {"attack"} == set(CALLS)
    for name, one in CALLS.items():
        unknown = set(one.arguments) - set(inspect.signature(one.function).parameters)
        assert not unknown, (name, unknown)
        assert one.function.__name__ == name


@pytest.mark.parametrize("name", CALLS)
def test_what_has_a_meaning_is_answered_without_a_warning(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        equal(CALLS[name](), CALLS[name]())


@pytest.mark.parametrize("name", CALLS)
def test_bad_input_gives_a_reason_or_a_measure_error(name: str) -> None:
    """Every argument with every kind of nonsense: an answer, or one error with a sentence, and never a warning."""
    faults = []
    for argument in CALLS[name].arguments:
        for kind, bad in BAD.items():
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                try:
                    CALLS[name](**{argument: bad})
                except MeasureError as error:
                    if len(str(error)) <= 20:
                        faults.append(f"{argument}={kind}: says {error}")
                except Exception as error:
                    faults.append(f"{argument}={kind}: {type(error).__name__}: {error}")
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(
    ("name", "argument"),
    [(name, at) for name, one in CALLS.items() for at, x in one.arguments.items() if isinstance(x, pd.DataFrame)],
)
def test_bad_columns_of_frames_give_a_reason_or_a_measure_error(name: str, argument: str) -> None:
    """Each column of each frame in turn, and frames whose columns have levels, repeat or are not there."""
    frame = CALLS[name].arguments[argument]
    bad = {
        f"{column} of {kind}": frame.assign(**{column: made(len(frame))})
        for column in frame
        for kind, made in COLUMNS_OF_FRAMES.items()
    }
    bad |= {f"no {column}": frame.drop(columns=column) for column in frame}
    bad["levels"] = frame.set_axis(pd.MultiIndex.from_product([frame.columns, [1]]), axis=1)
    bad["twice"], bad["no rows"] = pd.concat([frame, frame], axis=1), frame.iloc[:0]
    faults = []
    for kind, one in bad.items():
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                CALLS[name](**{argument: one})
            except MeasureError:
                pass
            except Exception as error:
                faults.append(f"{kind}: {type(error).__name__}: {error}")
    assert not faults, "\n".join(faults)


def read_only(values: list[float]) -> np.ndarray:
    array = np.array(values, dtype=float)
    array.flags.writeable = False
    return array


FORMS: dict[str, Callable[[list[float]], Any]] = {
    "list": list,
    "tuple": tuple,
    "generator": iter,
    "float64 array": lambda v: np.array(v, dtype=np.float64),
    "float32 array": lambda v: np.array(v, dtype=np.float32),
    "object array": lambda v: np.array(v, dtype=object),
    "read-only array": read_only,
    "strided array": lambda v: np.repeat(np.array(v, dtype=float), 2)[::2],
    "masked array": lambda v: np.ma.masked_array(np.array(v, dtype=float), mask=False),
    "decimals": lambda v: [Decimal(str(x)) for x in v],
    "fractions": lambda v: [Fraction(x) for x in v],
    "index": pd.Index,
    "series": pd.Series,
    "nullable": lambda v: pd.Series(v, dtype="Float64"),
    "categorical": lambda v: pd.Series(pd.Categorical(v)),
    "labelled series": lambda v: pd.Series(v, index=AREAS[: len(v)]),
    "frame of one column": lambda v: pd.DataFrame({"x": v}),
    "dict": lambda v: dict(zip(AREAS, v, strict=False)),
}
COLUMNS = [(name, argument) for name, one in CALLS.items() for argument in one.columns]


def exactly(values: list[float]) -> list[float]:
    """Numbers that float32 holds without rounding, so that every form says the same."""
    return [float(np.float32(x)) for x in values]


@pytest.mark.parametrize(("name", "argument"), COLUMNS)
def test_every_form_of_a_column_gives_the_same_answer(name: str, argument: str) -> None:
    one = CALLS[name]
    values = exactly(one.arguments[argument])
    plain = one(**{argument: values})
    for form, made in FORMS.items():
        if form == "frame of one column" and argument in TABLES:
            continue  # a frame is a table of areas by bands there
        try:
            formed = made(values)
            if isinstance(formed, dict):
                formed = dict(zip(labels(name, len(values)), formed.values(), strict=True))
            elif form == "labelled series":
                formed.index = pd.Index(labels(name, len(values)))
            equal(one(**{argument: formed}), plain)
        except AssertionError as error:
            raise AssertionError(f"{name}({argument}={form})") from error


TABLES = {"counts", "populations", "squared_counts", "values", "se", "order", "prevalence", "sample", "deaths", "lower",
          "person_years", "survivors", "years_lived", "denominators", "upper", "right"}  # fmt: skip


@pytest.mark.parametrize("name", [name for name, one in CALLS.items() if len(one.columns) > 1])
def test_labels_count_and_not_positions(name: str) -> None:
    """The first column stays; every other is shuffled with its labels, and nothing changes."""
    one = CALLS[name]
    labelled = {
        argument: pd.Series(exactly(one.arguments[argument]), index=labels(name, len(one.arguments[argument])))
        for argument in one.columns
    }
    plain = one(**labelled)
    first, *others = labelled
    equal(one(**{first: labelled[first], **{other: labelled[other].iloc[::-1] for other in others}}), plain)
    for argument in others:
        renamed = labelled[argument].rename(index=lambda x: {"B": "F", 65: 66}.get(x, x))
        with pytest.raises(MeasureError, match="labels"):
            one(**{**labelled, argument: renamed})


def labels(name: str, length: int) -> list[Any]:
    """Labels of a column: areas, or ages where the function counts by age."""
    by_age = name in ("healthy_life_expectancy", "life_table", "published_table")
    return [0, 65, 75] if by_age else AREAS[:length]


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("slope_index", ["values", "populations", "se", "order"]),
        ("trend_of_values", ["values", "lower", "upper"]),
        ("trend_of_proportions", ["counts", "denominators"]),
        ("directly_standardised_rate", ["counts", "populations", "squared_counts"]),
        ("life_table", ["deaths", "person_years"]),
        ("se_from_limits", ["lower", "upper"]),
    ],
)
def test_frames_are_matched_by_their_rows_and_columns(name: str, arguments: list[str]) -> None:
    one = CALLS[name]
    more = {"standard": [1, 2, 3, 4, 5]} if name == "directly_standardised_rate" else {}
    frames = {}
    for argument in arguments:
        row = np.array(one.arguments[argument], dtype=float)
        frames[argument] = pd.DataFrame([row, row[::-1]], index=["x", "y"], columns=labels(name, len(row)))
    plain = one(**frames, **more)
    first, *others = arguments
    turned = {other: frames[other].iloc[::-1, ::-1] for other in others}
    equal(one(**{first: frames[first], **turned}, **more), plain)
    for axis in ("index", "columns"):
        odd = frames[others[0]].rename(**{axis: {"x": "z", "B": "z", 65: 66}})
        with pytest.raises(MeasureError, match="labels"):
            one(**{**frames, others[0]: odd}, **more)


@QUICK
@given(st.permutations(range(5)))
def test_the_order_of_areas_changes_only_the_order_of_rows(order: list[int]) -> None:
    for name in ("proportion", "rate", "difference_of_rates", "ratio_of_proportions", "compare_in_funnel", "funnel_limits",
                 "difference_of_estimates", "compare_with_benchmark", "place_among_peers", "rank_areas", "class_of",
                 "round_half_up", "wilson_limits", "rank_range", "extent_weight", "national_quantile"):  # fmt: skip
        one = CALLS[name]
        moved = one(**{argument: [one.arguments[argument][at] for at in order] for argument in one.columns})
        plain = one()
        if isinstance(plain, pd.DataFrame | pd.Series):
            equal(moved, plain.iloc[order])
        else:
            equal(np.atleast_2d(np.array(moved)), np.atleast_2d(np.array(plain))[:, order])


@QUICK
@given(st.sampled_from(["gini", "concentration_index", "slope_index", "theil"]), st.permutations(range(5)))
def test_measures_of_a_whole_do_not_depend_on_the_order_of_its_groups(name: str, order: list[int]) -> None:
    one = CALLS[name]
    changed = {argument: [one.arguments[argument][at] for at in order] for argument in one.columns}
    if "groups" in one.arguments:
        changed["groups"] = [one.arguments["groups"][at] for at in order]
    moved, plain = one(**changed), one()
    for attribute in ("sii", "rii", "total", "within"):
        if hasattr(plain, attribute):
            np.testing.assert_allclose(getattr(moved, attribute), getattr(plain, attribute), rtol=1e-9)
    if isinstance(plain, float):
        assert moved == pytest.approx(plain, rel=1e-9)


@pytest.mark.parametrize("name", [name for name, one in CALLS.items() if "confidence" in one.arguments])
def test_a_level_may_be_written_in_any_way(name: str) -> None:
    one = CALLS[name]
    plain = one(confidence=0.95)
    for level in (95, np.float64(0.95), np.int64(95), np.float32(0.95), np.array(95.0), Decimal("0.95")):
        equal(one(confidence=level), plain)
    for wrong in (0.5, 1, 100, "95", None, np.nan, True, [0.95, 95], []):
        with pytest.raises(MeasureError, match=r"onfidence level"):
            one(confidence=wrong)


@pytest.mark.parametrize("name", [name for name, one in CALLS.items() if "multiplier" in one.arguments])
def test_a_multiplier_is_a_number_above_0(name: str) -> None:
    turns = name.startswith("slope_index")
    for wrong in (0, np.nan, np.inf, "100", [1, 2], *([] if turns else [-1])):
        with pytest.raises(MeasureError, match="multiplier"):
            CALLS[name](multiplier=wrong)


def test_columns_of_the_answers_have_the_same_names() -> None:
    """Value and limits, counts, method and reason are called the same wherever they are given."""
    known = {"count", "population", "expected", "value", "lower_ci95", "upper_ci95", "method", "reason"}
    others = {
        "events",
        "observed",
        "deaths",
        "person_years",
        "lower",
        "upper",
        "denominator",
        "people",
        "estimate",
        "n",
    }
    seen = 0
    for name, one in CALLS.items():
        found = one()
        found = found[0] if isinstance(found, tuple) and isinstance(found[0], pd.DataFrame) else found
        if isinstance(found, pd.DataFrame) and "value" in found and name not in ("add_persons", "protect_percentages"):
            own = set(found) - set(ROWS)
            assert not others & own, name
            if "lower_ci95" in found:
                seen += 1
                assert {"value", "lower_ci95", "upper_ci95", "method", "reason"} <= set(found), name
                assert {"count", "population"} & set(found) or "of" in name or name in (
                    "apportioned_means", "mean", "life_expectancy_gap"
                ), name  # fmt: skip
            assert list(found)[-1] in {*known, "small_areas", "estimated"}, name
    assert seen > 12

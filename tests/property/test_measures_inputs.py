"""Every public function of the measures under every form of input, every kind of bad input, and labels in any order."""

from __future__ import annotations

import dataclasses
import datetime as dt
import inspect
import sys
import warnings
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import analysis.measures as measures
from analysis.errors import MeasureError

sys.path.insert(0, str(Path(__file__).parent))
from measures_calls import AREAS, CALLS, ROWS

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

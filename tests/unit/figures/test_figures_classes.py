"""Where the classes of a map lie."""

from __future__ import annotations

import itertools
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.figures.axes import Scale, spread_out
from analysis.figures.classes import (
    class_labels,
    classify,
    diverging_breaks,
    equal_breaks,
    natural_breaks,
    nice_ticks,
    printed,
    quantile_breaks,
    sensible_breaks,
)

NUMBERS = st.lists(st.floats(-1e4, 1e4).map(lambda v: round(v, 1)), min_size=1, max_size=70)


@given(NUMBERS)
def test_every_value_has_one_class_and_no_class_is_empty(values):
    breaks = sensible_breaks(quantile_breaks(values), values, 1)
    classes = classify(values, breaks)
    assert sorted(set(classes.tolist())) == list(range(len(breaks) + 1))
    assert len(class_labels(breaks, 1)) == len(breaks) + 1


@given(NUMBERS, st.randoms())
def test_order_does_not_matter(values, random):
    mixed = list(values)
    random.shuffle(mixed)
    assert quantile_breaks(values) == quantile_breaks(mixed)
    assert equal_breaks(values) == equal_breaks(mixed)


@given(st.lists(st.floats(-9, 9).map(lambda v: round(v, 1)), min_size=2, max_size=40))
def test_diverging_classes_are_alike_on_both_sides(values):
    breaks = diverging_breaks(values, 1)
    assert breaks == sorted(set(breaks))
    there = classify(np.round(values, 1), breaks)
    back = classify(np.round([-value for value in values], 1), breaks)
    assert (there == 4 - back).all()


def test_missing_values_have_no_class_and_no_say():
    assert quantile_breaks([1.0, np.nan, 2.0, 3.0, 4.0, 5.0]) == [1.0, 2.0, 3.0, 4.0]
    assert quantile_breaks([np.nan]) == []
    assert classify([np.nan], [1.0]).tolist() == [-1]


def test_natural_breaks_find_the_least_variance_whatever_the_order():
    values = [1, 2, 3, 50, 51, 52, 99, 100]
    assert natural_breaks(values, 3) == [3.0, 52.0] == natural_breaks(values[::-1], 3)
    assert natural_breaks([4, 4, 4]) == []


def test_classes_go_by_the_printed_value():
    assert classify(printed([20.04, 20.05], 1), [20.0]).tolist() == [0, 1]


@given(st.floats(-1e5, 1e5), st.floats(0.001, 1e5))
def test_ticks_lie_on_the_scale_and_are_few(low, spread):
    ticks = nice_ticks(low, low + spread)
    assert len(ticks) <= 8
    assert all(low - spread / 100 <= tick <= low + spread * 1.01 for tick in ticks)


def test_a_scale_of_equal_values_has_a_length():
    scale = Scale.around([5.0, 5.0], 0, 100)
    assert scale.at(5.0) == pytest.approx(50)
    assert scale.high > scale.low


@given(st.lists(st.floats(0, 100), min_size=1, max_size=6))
def test_labels_are_spread_out_in_order(wanted):
    placed = spread_out(wanted, 4.0)
    ordered = [placed[i] for i in sorted(range(len(wanted)), key=lambda i: (wanted[i], i))]
    assert all(after - before >= 4.0 - 1e-9 for before, after in itertools.pairwise(ordered))


def test_drawing_needs_no_mapclassify_and_no_pyplot():
    code = (
        "import sys, analysis.figures; "
        "print([name for name in ('mapclassify', 'matplotlib.pyplot', 'geopandas') if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"

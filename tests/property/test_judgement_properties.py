"""What must hold of judgements whatever the figures: order of rows, units and direction change nothing else."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.catalogue.model import Edition, Indicator, Input, Peer, Place
from analysis.indicators.distribution import measure_distribution
from analysis.judge.judgement import judge

AREAS = ("CITY", "P1", "P2", "P3", "P4", "LAND")
PLACE = Place(
    "t", "T", "CITY", "Council", Peer("LAND", "Landia", "country"), Peer("R", "R", "region"),
    tuple(Peer(code, code, "lad") for code in AREAS[1:5]), "ports",
)  # fmt: skip
BASELINE = Edition("t-2018", "t", 2018, "T", (), dt.date(2018, 7, 31), "ward22", "lsoa11", {"s": ("1",)}, {}, (), 1)
LATER = Edition(
    "t-2021", "t", 2021, "T", (), dt.date(2021, 7, 31), "ward22", "lsoa11", {"s": ("1",)}, {}, (), 1, baseline="t-2018"
)
OPPOSITE = {
    "better": "worse", "worse": "better", "improving": "getting worse", "getting worse": "improving",
    "improved": "worsened", "worsened": "improved", "best": "worst", "worst": "best",
    "joint best": "joint worst", "joint worst": "joint best",
}  # fmt: skip


def indicator(polarity: str = "higher_is_better") -> Indicator:
    source = Input("s", "published", ("areas",), {"value": "x"}, 3)
    return Indicator(
        "x", "X", "", "", polarity, "mean", 1, (source,), ("p",), "", "", comparison="limits", trend="allowed"
    )  # type: ignore[arg-type]


@st.composite
def tables(draw: st.DrawFn) -> pd.DataFrame:
    """Seven years of six areas; some have no limits, some rows are missing."""
    whole = st.integers(min_value=10, max_value=500)
    rows = []
    for area in AREAS:
        limits = draw(st.booleans())
        for year in range(2014, 2021):
            if draw(st.integers(0, 9)) == 0:
                continue
            value, half = draw(whole) / 10, draw(st.integers(1, 30)) / 10 if limits else np.nan
            rows.append(
                [
                    area,
                    "country" if area == "LAND" else "lad",
                    f"{year}-01-01",
                    f"{year}-12-31",
                    value,
                    value - half,
                    value + half,
                ]
            )
    columns = ["area_code", "geography", "period_start", "period_end", "value", "lower_ci95", "upper_ci95"]
    constant = {"indicator": "x", "sex": "persons", "age": "all", "unit": "", "flag": "", "source": "s", "release": "1"}
    frame = pd.DataFrame(rows, columns=pd.Index(columns))
    return frame.assign(area_name=frame["area_code"], numerator=np.nan, denominator=np.nan, **constant)


def judged(table: pd.DataFrame, polarity: str = "higher_is_better") -> pd.DataFrame:
    return judge(table, {"x": indicator(polarity)}, LATER, PLACE, BASELINE)


@given(tables(), st.randoms(use_true_random=False))
@settings(max_examples=12, deadline=None)
def test_the_order_of_the_rows_changes_nothing(table: pd.DataFrame, random: object) -> None:
    order = list(range(len(table)))
    random.shuffle(order)  # type: ignore[attr-defined]
    pd.testing.assert_frame_equal(judged(table), judged(table.iloc[order]))


@given(tables())
@settings(max_examples=12, deadline=None)
def test_the_opposite_polarity_turns_every_verdict_round(table: pd.DataFrame) -> None:
    high, low = judged(table), judged(table, "lower_is_better")
    for column in ("benchmark_result", "trend_result", "change_result", "peers_place"):
        assert low[column].tolist() == [OPPOSITE.get(word, word) for word in high[column]], column


@given(tables())
@settings(max_examples=12, deadline=None)
def test_without_limits_nothing_is_better_or_worse(table: pd.DataFrame) -> None:
    found = judged(table.assign(lower_ci95=np.nan, upper_ci95=np.nan))
    assert not set(found["benchmark_result"]) & {"better", "worse"}
    assert not set(found["change_result"]) & {"improved", "worsened"}
    assert set(found["trend_result"]) <= {"not tested"}


@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(50, 90)), min_size=10, max_size=40),
    st.randoms(use_true_random=False),
)
@settings(max_examples=30, deadline=None)
def test_fifths_keep_the_counts_and_not_the_order(pairs: list[tuple[int, int]], random: object) -> None:
    codes = [f"E{number:03}" for number in range(len(pairs))]
    counts, people = (np.array(column, dtype=float) for column in zip(*pairs, strict=True))
    index = pd.DataFrame({"area_code": codes, "rank": range(1, len(pairs) + 1), "population": people})
    index = index.assign(geography="lsoa11", release="2015", source="imd")
    rows = pd.DataFrame(
        {"area_code": codes, "value": 100 * counts / people, "numerator": counts, "denominator": people}
    )
    constant = {"indicator": "x", "sex": "persons", "age": "all", "geography": "lsoa11", "source": "s", "release": "1"}
    rows = rows.assign(period_start="2017-01-01", period_end="2017-12-31", unit="%", **constant)
    order = list(range(len(rows)))
    random.shuffle(order)  # type: ignore[attr-defined]
    made = [measure_distribution(one, {"x": indicator()}, index, BASELINE) for one in (rows, rows.iloc[order])]
    pd.testing.assert_frame_equal(*made)
    shares = made[0][[f"fifth_{number}" for number in range(1, 6)]].iloc[0]
    assert shares.min() >= 100 * (counts / people).min() - 1e-9
    assert shares.max() <= 100 * (counts / people).max() + 1e-9

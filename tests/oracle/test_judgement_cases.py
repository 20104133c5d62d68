"""The published cases of comparison and trend, put through the judgement of indicators as rows of a table."""

from __future__ import annotations

import datetime as dt
import json

import numpy as np
import pandas as pd
import pytest

from analysis.catalogue.model import Edition, Indicator, Input, Peer, Place
from analysis.judge.judgement import judge

POLARITY = {"high_is_good": "higher_is_better", "low_is_good": "lower_is_better", "no_judgement": "neutral"}
PLACE = Place("t", "T", "CITY", "Council", Peer("LAND", "Landia", "country"), Peer("R", "R", "region"), (), "ports")
EDITION = Edition("t-2018", "t", 2018, "T", (), dt.date(2018, 7, 31), "ward22", "lsoa11", {}, {}, (), 1)


def indicator(name, polarity="higher_is_better", kind="mean"):
    given = Input("s", "published", ("areas",), {"value": name}, 0)
    return Indicator(
        name, name, "", "", polarity, kind, 1, (given,), ("p",), "", "", comparison="limits", trend="allowed"
    )


def row(name, area, year, value, lower=np.nan, upper=np.nan, numerator=np.nan, denominator=np.nan):
    return {
        "indicator": name, "area_code": area, "area_name": area, "geography": "country" if area == "LAND" else "lad",
        "period_start": f"{year}-01-01", "period_end": f"{year}-12-31", "sex": "persons", "age": "all", "value": value,
        "unit": "", "lower_ci95": lower, "upper_ci95": upper, "numerator": numerator, "denominator": denominator,
        "flag": "", "source": "s", "release": "1",
    }  # fmt: skip


@pytest.mark.parametrize("name", POLARITY)
def test_comparison_with_the_benchmark(shared, name):
    case = json.loads((shared / "cases" / "compare_single_ci.json").read_text(encoding="utf-8"))
    rows, definitions, spread = [], {}, case["source_spread"]
    for number, (target, benchmark) in enumerate(zip(case["target"], case["benchmark"], strict=True)):
        key = f"x{number}"
        definitions[key] = indicator(key, POLARITY[name])
        rows += [row(key, "CITY", 2017, target, target - spread, target + spread), row(key, "LAND", 2017, benchmark)]
    found = judge(pd.DataFrame(rows), definitions, EDITION, PLACE)
    assert found.loc[found["area_code"] == "CITY", "benchmark_result"].tolist() == case[name]


def test_recent_trends(shared):
    """The source takes z as 1.96, ours the exact quantile: chi-square differs in the fifth digit."""
    cases = json.loads((shared / "cases" / "trend_fingertips_tests.json").read_text(encoding="utf-8"))
    for case in (one for one in cases if "points" in one):
        counts = case["method"] == "proportion"
        rows = [
            row("x", "CITY", point["year"], point["value"], point["lower"], point["upper"],
                point["count"] if counts else np.nan, point["denominator"] if counts else np.nan)
            for point in case["points"]
        ]  # fmt: skip
        kind = "proportion" if counts else "rate"
        found = judge(pd.DataFrame(rows), {"x": indicator("x", kind=kind)}, EDITION, PLACE).iloc[0]
        if "marker" in case:
            assert (found["trend_result"], found["trend_reason"]) == ("not tested", "count of none or of all")
            continue
        assert (found["trend_result"] != "no significant change") is case["significant"], case["case"]
        if "chi2_2dp" in case:
            assert found["trend_chi2"] == pytest.approx(case["chi2_2dp"], rel=2e-4), case["case"]

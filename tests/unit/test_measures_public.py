"""What others import: names from the package, scipy only when used, and what the build itself takes."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import subprocess
import sys
import tomllib

import numpy as np
import pandas as pd
import pytest

from analysis import measures
from analysis.errors import MeasureError
from analysis.measures import area_life_expectancy, areal_means, gini, place_among_peers, slope_index, theil

BUILD_USES = {
    "apportioned": {"agreement_factor", "apportioned_means"},
    "area_lifetable": {"area_life_expectancy"},
    "comparison": {"NOT_COMPARED", "compare_with_benchmark", "expected_false_flags", "place_among_peers"},
    "deprivation": {"summarise"},
    "differences": {"difference_of_estimates", "difference_of_proportions"},
    "gaps": {"best_to_worst_gap"},
    "inequality": {"slope_index"},
    "products": {"ordered_product"},
    "quantiles": {"assign_quantiles"},
    "ranks": {"rank_range", "relative_rank"},
    "rates": {"proportion"},
    "trend": {"POINTS", "POLARITIES", "Polarity", "recent_trend"},
}
"""The names that reports rest on, by module: changing what one of them answers changes receipts."""


def test_the_build_uses_these_names_and_no_others(repository):
    found: dict[str, set[str]] = {}
    for path in (repository / "src" / "analysis").rglob("*.py"):
        if path.parent.name == "measures":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("analysis.measures."):
                module = node.module.rpartition(".")[2]
                found.setdefault(module, set()).update(alias.name for alias in node.names)
    assert found == BUILD_USES


def test_every_public_function_is_a_name_of_the_package_and_listed():
    public = set()
    for info in pkgutil.iter_modules(measures.__path__):
        if not info.name.startswith("_"):
            module = importlib.import_module(f"analysis.measures.{info.name}")
            for name, value in vars(module).items():
                if inspect.isfunction(value) and value.__module__ == module.__name__ and not name.startswith("_"):
                    public.add(name)
    helpers = {"attack", "by_age", "checked_sums", "from_the_end", "places", "poisson_method",
               "visible_bounds"}  # fmt: skip
    assert public - helpers == {name for name in measures.__all__ if inspect.isfunction(getattr(measures, name))}
    assert set(measures.__all__) <= set(dir(measures))
    for name in measures.__all__:
        assert getattr(measures, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'rates_of_all'"):
        _ = measures.rates_of_all


def test_the_stub_names_what_the_package_gives(repository):
    stub = (repository / "src" / "analysis" / "measures" / "__init__.pyi").read_text(encoding="utf-8")
    named = {
        alias.asname: node.module for node in ast.walk(ast.parse(stub)) for alias in getattr(node, "names", [])
    }  # fmt: skip
    assert set(named) == set(measures.__all__)
    for name, module in named.items():
        assert getattr(importlib.import_module(module), name) is getattr(measures, name)
    assert (repository / "src" / "analysis" / "py.typed").is_file()
    project = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))
    assert {"py.typed", "measures/*.pyi"} <= set(project["tool"]["setuptools"]["package-data"]["analysis"])


def test_scipy_is_read_only_when_a_function_needs_it():
    code = """
import sys
from analysis import measures
from analysis.measures import *
assert sorted(measures.__all__) == sorted(name for name in measures.__all__ if name in globals())
for module in "suppression", "attack", "funnels", "gaps", "tidy":
    __import__(f"analysis.measures.{module}")
rank_areas([1, 2]), assign_quantiles([1, 2], 2), gini([1, 2]), life_table([200, 900], [9000, 6000], [65, 85], floor=0).q
assert not [name for name in sys.modules if name.split(".")[0] == "scipy"], "before it is needed"
proportion([1], [2])
assert "scipy.special" in sys.modules
assert "scipy.stats" not in sys.modules
"""
    code = code.replace("life_table([200, 900], [9000, 6000], [65, 85], floor=0).q", "gini([1, 2])")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def peers_one_by_one(values: pd.Series) -> pd.DataFrame:
    rows = []
    for at in range(len(values)):
        others = np.delete(values.to_numpy(), at)
        others = others[~np.isnan(others)]
        rows.append((np.median(others), others.min(), others.max()) if len(others) else (np.nan,) * 3)
    return pd.DataFrame(rows, columns=["peers_median", "peers_lowest", "peers_highest"], index=values.index)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 9, 10, 64])
def test_peers_by_one_sorting_are_those_of_each_area_by_itself(size):
    rng = np.random.default_rng(size)
    for missing in (0.0, 0.3, 1.0):
        values = pd.Series(rng.integers(0, 6, size) / 3).where(rng.random(size) >= missing)
        ours = place_among_peers(values, polarity="neutral")
        pd.testing.assert_frame_equal(ours[["peers_median", "peers_lowest", "peers_highest"]], peers_one_by_one(values))


def test_peers_of_a_nation_need_no_more_than_a_sorting():
    values = pd.Series(np.random.default_rng(1).normal(size=33_755))
    ours = place_among_peers(values, polarity="higher_is_better")
    assert ours["rank"].max() == 33_755
    assert ours.loc[values.idxmax(), "peers_highest"] == values.drop(values.idxmax()).max()


def test_limits_stand_at_the_levels_that_were_asked_for():
    slope = slope_index([74, 76, 78], [10, 10, 10], [0.5] * 3, confidence=(0.95, 99.8))
    for level in (0.95, 95, np.float64(95)):
        assert slope.sii_limits[level] == slope.sii_limits[0.95]
    assert slope.sii_limits[0.998] == slope.sii_limits[99.8]
    for level in (0.9, 1, "95", None):
        with pytest.raises(MeasureError, match=r"onfidence level|Limits stand at"):
            _ = slope.sii_limits[level]


def test_simulated_limits_need_draws_enough_for_their_level():
    sets = {"values": [0.3, 0.2, 0.1], "populations": [9, 9, 9], "se": [0.1] * 3, "scale": "logit", "seed": 1}
    assert measures.slope_index_simulated(**sets).draws == 100_000
    assert measures.slope_index_simulated(**sets, confidence=0.9999).draws == 500_000
    assert measures.slope_index_simulated(**sets, draws=1000).draws == 1000
    with pytest.raises(MeasureError, match="expected at least 25,000"):
        measures.slope_index_simulated(**sets, draws=24_999, confidence=(0.95, 0.998))


@pytest.mark.parametrize(
    ("covariance", "reason"),
    [
        (np.eye(3), ""),
        (np.eye(3) + 0.5, ""),
        (np.ones((3, 3)), ""),
        ([[1, 0.5, 0], [0, 1, 0], [0, 0, 1]], "covariance not symmetric and positive"),
        ([[1, 2, 0], [2, 1, 0], [0, 0, 1]], "covariance not symmetric and positive"),
        (np.diag([1.0, 0, 1]), "standard error not above 0"),
        (np.diag([1.0, -1, 1]), "standard error not above 0"),
        (np.diag([1.0, np.nan, 1]), "missing standard error"),
    ],
)
def test_a_covariance_is_symmetric_and_positive(covariance, reason):
    both = np.stack([np.eye(3), np.asarray(covariance, dtype=float)])
    slope = slope_index([[74, 76, 78]] * 2, [10, 10, 10], covariance=both)
    assert slope.reason.tolist() == ["", reason]
    assert np.isnan(slope.sii[1]) == bool(reason)


def test_a_labelled_covariance_is_matched_in_both_directions():
    areas = list("abc")
    V = pd.DataFrame([[1, 0.2, 0.1], [0.2, 2, 0.3], [0.1, 0.3, 3]], areas, areas)
    values, people = pd.Series([74.0, 76, 78], areas), pd.Series([10, 20, 30], areas)
    plain = slope_index(values, people, covariance=V)
    turned = slope_index(values, people.iloc[::-1], covariance=V.loc[list("cab"), list("bca")])
    assert turned.sii_limits[0.95] == plain.sii_limits[0.95]
    arrays = slope_index(values.to_numpy(), people.to_numpy(), covariance=V.to_numpy())
    assert arrays.sii_limits[0.95] == plain.sii_limits[0.95]
    with pytest.raises(MeasureError, match="labels"):
        slope_index(values, people, covariance=V.rename(columns={"a": "x"}))


def test_bands_in_another_order_give_the_same_standardised_rate():
    bands = ["0-64", "65-74", "75+"]
    counts, people = pd.Series([20, 30, 40], bands), pd.Series([9000, 3000, 1000], bands)
    standard = {"75+": 10, "0-64": 70, "65-74": 20}
    plain = measures.directly_standardised_rate(counts, people, [70, 20, 10])
    for moved in (people, people.iloc[::-1]):
        pd.testing.assert_frame_equal(measures.directly_standardised_rate(counts, moved, standard), plain)
    rows = pd.DataFrame({"age": bands[::-1], "count": [40, 30, 20], "population": [1000, 3000, 9000]})
    tidy = measures.standardised_rate_by(rows, [], standard=standard)
    pd.testing.assert_frame_equal(tidy, plain)
    with pytest.raises(MeasureError, match="labels"):
        measures.standardised_rate_by(rows, [], standard={**standard, "85+": 1})
    with pytest.raises(MeasureError, match="differ in their labels"):
        measures.directly_standardised_rate(counts, people, {"0-64": 1, "65+": 2})


def test_groups_and_populations_of_the_indices_are_matched_by_label():
    values, people = pd.Series({"a": 1.0, "b": 3.0, "c": 8.0}), pd.Series({"c": 1, "a": 5, "b": 2})
    assert gini(values, people) == gini([1, 3, 8], [5, 2, 1])
    groups = pd.Series({"c": "y", "b": "x", "a": "x"})
    assert theil(values, people, groups) == theil([1, 3, 8], [5, 2, 1], ["x", "x", "y"])


def test_an_areal_mean_counts_only_parts_with_a_value():
    people = pd.DataFrame({"A": [300, 100, 0], "B": [100, 100, 0], "C": [0, 200, 0]}, index=["x", "y", "z"])
    ours = areal_means({"A": 10.0, "B": 20.0, "C": None}, people)
    assert ours["value"].iloc[0] == 12.5
    assert ours["reason"].tolist() == ["", "less than 80% of the people live in areas with data", "no people"]
    wide = areal_means({"A": 10.0, "B": 20.0, "C": None}, people, minimum_coverage=0)
    assert wide["value"].iloc[:2].tolist() == [12.5, 15.0]
    nobody = areal_means({"A": None, "B": None, "C": None}, people, minimum_coverage=0)
    assert nobody["reason"].tolist()[:2] == ["no people in areas with data"] * 2


def test_categorical_codes_of_areas_do_not_hide_small_areas():
    rows = [(small, sex, age, d, p) for small in ("L1", "L2") for sex in ("f", "m")
            for age, d, p in (("65-74", 50, 2500), ("75-84", 125, 2000), ("85+", 225, 1500))]  # fmt: skip
    counts = pd.DataFrame(rows, columns=["small_area", "sex", "age", "deaths", "population"])
    lookup = pd.DataFrame({"small_area": ["L1", "L2"], "area": ["W1", "W1"]})
    tables = counts.drop(columns="population"), counts.drop(columns="deaths")
    plain = area_life_expectancy(*tables, lookup)
    typed = area_life_expectancy(*(one.astype({"small_area": "category"}) for one in tables), lookup.astype("category"))
    assert typed["value"].tolist() == plain["value"].tolist()
    assert set(plain["reason"]) == {""}


def test_shares_of_a_life_table_are_matched_by_age_and_by_group():
    ages, deaths, people = [0, 65, 75], [200, 500, 900], [10_000, 8_000, 6_000]
    plain = measures.life_table(deaths, people, ages, a=[0.1, 0.4, 0.5])
    for a in (pd.Series([0.5, 0.4, 0.1], [75, 65, 0]), {"75+": 0.5, "0-64": 0.1, "65-74": 0.4}):
        np.testing.assert_array_equal(measures.life_table(deaths, people, ages, a=a).expectancy, plain.expectancy)
    with pytest.raises(MeasureError, match="labels"):
        measures.life_table(deaths, people, ages, a={0: 0.1, 65: 0.5, 80: 0.5})
    two, people = pd.DataFrame([deaths] * 2, ["x", "y"], ages), pd.DataFrame([people] * 2, ["x", "y"], ages)
    ours = measures.life_table(two, people, ages, q0=pd.Series({"y": 0.2, "x": 0.1}))
    assert ours.q[:, 0].tolist() == [0.1, 0.2]
    with pytest.raises(MeasureError, match="labels"):
        measures.life_table(two, people, ages, q0={"x": 0.1, "z": 0.2})


def test_the_first_labelled_argument_gives_the_order_of_a_ratio():
    people = pd.DataFrame([[1000, 100], [500, 500]], index=["y", "x"], columns=["0-64", "65+"])
    ours = measures.indirectly_standardised_ratio(pd.Series({"x": 40, "y": 50}), people, [10, 20], [1000, 1000])
    assert ours["count"].to_dict() == {"x": 40, "y": 50}
    assert ours.index.tolist() == ["x", "y"]
    assert ours["expected"].tolist() == [15, 12]


def test_row_numbers_are_no_labels_of_bands_or_ages():
    """A column filtered from a longer table keeps its row numbers, which say nothing of age."""
    rows = pd.DataFrame({"n": [20, 30, 40], "p": [9000, 3000, 1000]}, index=[7, 27, 47])
    standard = {"0-64": 70, "65-74": 20, "75+": 10}
    plain = measures.directly_standardised_rate([20, 30, 40], [9000, 3000, 1000], [70, 20, 10])
    pd.testing.assert_frame_equal(measures.directly_standardised_rate(rows["n"], rows["p"], standard), plain)
    reference = pd.DataFrame({"n": [10, 20, 30], "p": [1000, 900, 800]})
    ratio = measures.indirectly_standardised_ratio([90], [rows["p"]], reference["n"], reference["p"])
    arrays = measures.indirectly_standardised_ratio([90], [[9000, 3000, 1000]], [10, 20, 30], [1000, 900, 800])
    pd.testing.assert_frame_equal(ratio, arrays)
    table = measures.life_table(rows["n"], rows["p"], [0, 65, 75])
    assert table.expectancy[0] == measures.life_table([20, 30, 40], [9000, 3000, 1000], [0, 65, 75]).expectancy[0]
    turned = pd.Series({75: 40, 0: 20, 65: 30})
    assert measures.life_table(turned, rows["p"].to_numpy(), [0, 65, 75]).expectancy[0] == table.expectancy[0]
    with pytest.raises(MeasureError, match="labels"):
        measures.life_table(pd.Series({0: 20, 65: 30, 80: 40}), rows["p"].to_numpy(), [0, 65, 75])
    with pytest.raises(MeasureError, match="labels"):
        measures.directly_standardised_rate(rows["n"].set_axis([0, 65, 75]), rows["p"].set_axis([0, 65, 75]),
                                            pd.Series([1, 2, 3], index=[0, 65, 80]))  # fmt: skip

"""An edition on the wards of May 2023, built from what is recorded: totals kept, estimates marked."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from analysis.areas.links import Areas
from analysis.catalogue.load import load_catalogue
from analysis.make.tables import make_tables
from analysis.paths import DEFINITIONS, Project

NAME = "wards-of-2023"
WARDS = {"ward22": 30, "ward23": 64}
EDITION: dict[str, Any] = {
    "id": NAME,
    "place": "liverpool",
    "year": 2026,
    "title": "On the wards of 2023",
    "plans": ["igp-2018"],
    "cut_off": dt.date(2026, 7, 31),
    "ward_geography": "ward23",
    "lsoa_geography": "lsoa21",
    "notebooks": ["baseline"],
    "seed": 1,
    "baseline": "liverpool-2018",
    "releases": {
        "imd": ["2019-09-26", "2025-10-30"],
        "iod_summaries": ["2019-09-26"],
        "published_levels": ["2026-11-22"],
        "life_expectancy_msoa": ["2024-11-14"],
        "life_expectancy_msoa_male": ["2020-03"],
        "population_lsoa11": ["2018-10-25", "2021-09-16"],
        "population_census2021": ["2023-03-28"],
        "child_low_income": ["2023-03-23"],
        "fuel_poverty": ["2022-04-28"],
        "census2011_wards": ["2013-01-30"],
        "census2021_deprivation": ["2022-11-02"],
        "lookup_lsoa11_ward22": ["2021-12"],
        "lookup_lsoa21_ward23": ["2024-05"],
        "lookup_lsoa11_msoa11": ["2011-12"],
        "lookup_lsoa11_lsoa21": ["2022-12"],
        "boundary_ward22": ["2022-12"],
        "boundary_ward23": ["2025-05"],
        "boundary_lsoa11": ["2011-12"],
        "boundary_lsoa21": ["2021-12"],
    },
    "deprivation_weights": {
        "2019-09-26": {
            "source": "imd",
            "release": "2019-09-26",
            "series": "population_imd_denominator",
            "note": "those of mid-2015",
        },
        "2025-10-30": {
            "source": "population_census2021",
            "release": "2023-03-28",
            "series": "population",
            "note": "those of the census",
        },
    },
    "stand_ins": [{"source": "life_expectancy_msoa", "reason": "Held for one period."}],
}


@pytest.fixture(scope="module")
def tables(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, pd.DataFrame]:
    root = tmp_path_factory.mktemp("wards")
    definitions = root / "definitions"
    shutil.copytree(DEFINITIONS, definitions)
    (definitions / "editions" / f"{NAME}.yml").write_text(yaml.safe_dump(EDITION), encoding="utf-8")
    (root / "data").mkdir()
    (root / "data" / "raw").symlink_to(repository / "data" / "raw", target_is_directory=True)
    catalogue = load_catalogue(definitions)
    return make_tables(Project(root, definitions), catalogue, catalogue.edition(NAME))


def counts(tables: dict[str, pd.DataFrame], indicator: str, column: str) -> pd.DataFrame:
    """The count of an indicator by period and source (rows), over each ward set and for the city (columns)."""
    parts = [tables["ward_series"], tables["indicators"][tables["indicators"]["geography"] == "lad"]]
    rows = pd.concat(parts, ignore_index=True)
    rows = rows[rows["indicator"] == indicator]
    return rows.pivot_table(index=["source", "period_end"], columns="geography", values=column, aggfunc="sum")


@pytest.mark.parametrize(
    ("indicator", "column", "periods"),
    [
        ("population_total", "value", 3),
        ("population_0_15_pct", "numerator", 3),
        ("population_65_plus_pct", "numerator", 3),
        ("households", "value", 1),
        ("households_not_deprived_pct", "denominator", 1),
        ("fuel_poverty", "numerator", 1),
        ("children_relative_low_income", "value", 8),
    ],
)
def test_64_wards_hold_what_30_hold_and_the_city(
    tables: dict[str, pd.DataFrame], indicator: str, column: str, periods: int
) -> None:
    found = counts(tables, indicator, column)
    assert len(found) == periods
    assert list(found.columns) == ["lad", "ward22", "ward23"]
    assert (found > 0).all(axis=None)
    for geography in WARDS:
        np.testing.assert_allclose(found[geography], found["lad"], rtol=0, atol=1e-6)


def test_indicators_hold_the_own_wards_and_series_every_ward_set(tables: dict[str, pd.DataFrame]) -> None:
    own = tables["indicators"]
    assert not (own["geography"] == "ward22").any()
    keys = ["indicator", "geography", "period_end", "sex", "age", "release"]
    sizes = tables["ward_series"].groupby(keys).size().rename("rows").reset_index()
    assert (sizes["rows"] == sizes["geography"].map(WARDS)).all()
    assert set(sizes["geography"]) == set(WARDS)
    assert tables["ward_series"].loc[tables["ward_series"]["geography"] == "ward22", "period_end"].max() <= "2023-05-03"
    both = own[own["geography"] == "ward23"].merge(tables["ward_series"], on=[*keys, "area_code"], how="inner")
    assert len(both) > 500
    pd.testing.assert_series_equal(both["value_x"], both["value_y"], check_names=False)


def test_a_ward_without_small_areas_is_not_available_and_told_with_those_that_take_its_ground(
    tables: dict[str, pd.DataFrame],
) -> None:
    estimates = tables["ward_estimates"][tables["ward_estimates"]["geography"] == "ward23"].set_index("area_code")
    (code,) = estimates.index[estimates["small_areas"] == 0]
    assert estimates.loc[code, ["area_name", "flag"]].tolist() == ["Waterfront North", "[x]"]
    assert 3500 < estimates.loc[code, "people_by_area"] < 4500
    rows = tables["indicators"][tables["indicators"]["area_code"] == code]
    assert len(rows) > 30
    assert (rows["flag"] == "[x]").all()
    assert rows["value"].isna().all()
    together = tables["wards_together"]
    assert set(together["instead_of"]) == {code}
    wanted = set(rows["indicator"]) - {"life_expectancy_years_from_city"}
    assert set(together["indicator"]) == wanted
    neighbours = estimates.loc[code, "together_with"].split("+")
    pair = "E05015332+E05015333"
    assert set(together["area_code"]) == {"+".join(sorted([code, *neighbours])), pair}
    beside = together[(together["area_code"] == pair) & together["value"].notna()]
    assert set(beside["area_name"]) == {"Waterfront North and Waterfront South"}
    assert beside["flag"].str.contains("[e]", regex=False).all()
    assert beside["flag"].str.contains("[u]", regex=False).all()
    both = beside[(beside["indicator"] == "population_total") & (beside["source"] == "population_census2021")]
    assert both["value"].tolist() == pytest.approx([estimates.loc[pair.split("+"), "people_by_area"].sum()])
    together = together[together["area_code"] != pair]
    joined = together[(together["indicator"] == "population_total") & (together["source"] == "population_census2021")]
    parts = estimates.loc[neighbours]
    assert joined["value"].tolist() == [parts["people"].sum()]
    by_ground = parts["people_by_area"].sum() + estimates.loc[code, "people_by_area"]
    assert abs(100 * (parts["people"].sum() / by_ground - 1)) < 5
    assert joined["flag"].tolist() == [""]


def test_wards_whose_two_estimates_differ_are_flagged(tables: dict[str, pd.DataFrame], city_areas: Areas) -> None:
    estimates = tables["ward_estimates"]
    differs = estimates["difference_pct"].abs() > 10
    assert (estimates["flag"].str.contains("[u]", regex=False) == differs).all()
    assert estimates[differs].groupby("geography").size().to_dict() == {"ward22": 15, "ward23": 30}
    series = tables["ward_series"]
    homes = series[(series["indicator"] == "households_not_deprived_pct") & (series["geography"] == "ward23")]
    homes = homes.set_index("area_code").loc[list(city_areas.codes("ward23"))]
    flagged = set(estimates.loc[differs & (estimates["geography"] == "ward23"), "area_code"])
    assert set(homes.index[homes["flag"].str.contains("[u]", regex=False)]) == flagged
    assert homes[["lower_ci95", "upper_ci95"]].isna().all(axis=None)  # a census is no sample


def test_census_counts_by_ward_alone_are_spread_by_people_and_marked(tables: dict[str, pd.DataFrame]) -> None:
    series = tables["ward_series"]
    rented = series[series["indicator"] == "households_social_rented_2011_pct"]
    by_set = rented.groupby("geography")["denominator"].sum()
    assert by_set["ward23"] == pytest.approx(by_set["ward22"], abs=1e-6)
    assert (rented.loc[rented["geography"] == "ward22", "flag"] == "").all()
    new = rented[(rented["geography"] == "ward23") & rented["value"].notna()]
    assert new["flag"].str.contains("[e]", regex=False).mean() > 0.9


def test_old_and_new_ground_overlap_as_is_known(tables: dict[str, pd.DataFrame]) -> None:
    changes = tables["ward_changes"]
    same = changes[changes["same_name"]].set_index("new_name")
    for name, overlap in {"Church": 0.05, "Mossley Hill": 0.35, "Anfield": 0.86}.items():
        assert same.loc[name, "overlap"] == pytest.approx(overlap, abs=0.005)
    assert (same["old_name"] == same.index).sum() == 10
    for side in ("old", "new"):
        shares = changes.groupby(f"{side}_code")[[f"share_of_{side}_area", f"share_of_{side}_people"]].sum()
        assert shares[f"share_of_{side}_people"].to_numpy() == pytest.approx(1.0)
        assert shares[f"share_of_{side}_area"].to_numpy() == pytest.approx(1.0, abs=0.01)
    assert changes["people"].sum() == pytest.approx(486_099)


def test_published_ward_totals_stand_beside_the_rebuilt_ones(tables: dict[str, pd.DataFrame]) -> None:
    checks = tables["ward_checks"]
    assert set(checks["geography"]) == {"ward22"}
    assert checks.groupby(["quantity", "rebuilt_source"]).size().to_dict() == {
        ("households", "census2021_deprivation"): 30,
        ("households", "fuel_poverty"): 30,
        ("residents", "population_census2021"): 30,
        ("residents", "population_lsoa11"): 30,
    }
    people = checks[checks["rebuilt_source"] == "population_lsoa11"]
    assert set(people["rebuilt_period_end"]) == {"2017-06-30"}
    assert people["rebuilt"].sum() == 491_549
    assert people["difference_beyond_city_pct"].abs().mean() == pytest.approx(10.7, abs=0.05)
    assert people["difference_by_area_beyond_city_pct"].abs().mean() == pytest.approx(8.0, abs=0.05)


def test_deprivation_of_both_censuses_is_told_on_the_own_wards(tables: dict[str, pd.DataFrame]) -> None:
    wards = tables["wards"]
    assert wards.groupby("release").size().to_dict() == {"2019-09-26": 64, "2025-10-30": 64}
    split_between_wards = 2
    small_areas = {"2019-09-26": 298 + split_between_wards, "2025-10-30": 302}
    assert wards.groupby("release")["small_areas"].sum().to_dict() == small_areas
    ranks = tables["ward_series"][tables["ward_series"]["indicator"] == "imd_average_rank"]
    assert ranks.groupby(["release", "geography"])["value"].count().to_dict() == {
        ("2019-09-26", "ward22"): 30,
        ("2019-09-26", "ward23"): 63,
        ("2025-10-30", "ward23"): 63,
    }

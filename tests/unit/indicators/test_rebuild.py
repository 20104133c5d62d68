"""Figures rebuilt for wards and the city from small areas, counted by hand on the invented city."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.measures.deprivation import extent_weight
from analysis.tables.loaded import load_edition


@pytest.fixture(scope="module")
def rows(tiny_built: Any) -> pd.DataFrame:
    return load_edition("tinytown-2018", tiny_built.project).indicators


def of(rows: pd.DataFrame, indicator: str, area: str) -> pd.Series:
    found = rows[(rows["indicator"] == indicator) & (rows["area_name"] == area)]
    assert len(found) == 1, f"{len(found)} rows of {indicator} in {area}"
    return found.iloc[0]


def test_counts_of_wards_are_sums_and_add_up_to_the_city(rows: pd.DataFrame, tiny_module: Any) -> None:
    for ward, members in tiny_module.WARDS.items():
        row = of(rows, "population_total", ward)
        if members:
            assert row["value"] == sum(sum(tiny_module.people(number)) for number in members)
        else:
            assert np.isnan(row["value"])
            assert row["flag"] == "[x]"
    wards = rows[(rows["indicator"] == "population_total") & (rows["geography"] == "ward22")]
    assert wards["value"].sum() == of(rows, "population_total", "Tinytown")["value"]


def test_shares_come_from_summed_counts_not_from_averaged_shares(rows: pd.DataFrame, tiny_module: Any) -> None:
    for ward, members in tiny_module.WARDS.items():
        if not members:
            continue
        poor, homes = (sum(count(n) for n in members) for count in (lambda n: 20 + 5 * n, lambda n: 400 + 10 * n))
        row = of(rows, "fuel_poverty", ward)
        assert (row["numerator"], row["denominator"]) == (poor, homes)
        assert row["value"] == pytest.approx(100 * poor / homes, rel=1e-11)
        averaged = np.mean([100 * (20 + 5 * n) / (400 + 10 * n) for n in members])
        assert abs(row["value"] - averaged) > 1e-3
        assert row[["lower_ci95", "upper_ci95"]].isna().all(), "a model is no sample"


def test_a_share_of_a_sample_has_limits(tiny: Any, tiny_module: Any) -> None:
    """Wilson's, where the source is not said to be a count of all, an estimate or a model."""
    path = tiny.project.definitions / "sources" / "fuel_poverty.yml"
    kept = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("unsampled:")]
    path.write_text("\n".join(kept) + "\n", encoding="utf-8")
    tiny.build()
    rows = load_edition("tinytown-2018", tiny.project).indicators
    for ward, members in tiny_module.WARDS.items():
        if not members:
            continue
        poor, homes = (sum(count(n) for n in members) for count in (lambda n: 20 + 5 * n, lambda n: 400 + 10 * n))
        row = of(rows, "fuel_poverty", ward)
        p, z = poor / homes, 1.959963984540054
        centre = (p + z * z / (2 * homes)) / (1 + z * z / homes)
        half = z * np.sqrt(p * (1 - p) / homes + z * z / (4 * homes * homes)) / (1 + z * z / homes)
        assert row["lower_ci95"] == pytest.approx(100 * (centre - half), rel=1e-9)
        assert row["upper_ci95"] == pytest.approx(100 * (centre + half), rel=1e-9)


def test_an_area_without_a_source_is_there_and_is_not_zero(rows: pd.DataFrame) -> None:
    docks = rows[rows["area_name"] == "Docks"]
    wanted = set(rows.loc[rows["geography"] == "ward22", "indicator"])
    assert set(docks["indicator"]) == wanted
    assert docks["value"].isna().all()
    assert (docks["flag"] == "[x]").all()


def test_ages_are_taken_where_a_definition_names_them(rows: pd.DataFrame, tiny_module: Any) -> None:
    mill = of(rows, "population_0_15_pct", "Mill")
    young = sum(sum(tiny_module.people(n)[:16]) for n in tiny_module.WARDS["Mill"])
    assert mill["numerator"] == young
    assert mill["value"] == pytest.approx(100 * young / mill["denominator"], rel=1e-11)


def test_deprivation_of_wards_is_weighed_by_residents(rows: pd.DataFrame, tiny_module: Any) -> None:
    for ward, members in {**tiny_module.WARDS, "Tinytown": tuple(tiny_module.NUMBERS)}.items():
        if not members:
            continue
        people = np.array([sum(tiny_module.people(n)) for n in members], dtype=float)
        ranks = np.array([tiny_module.RANKS[n - 1] for n in members], dtype=float)
        scores = np.array([tiny_module.score(n) for n in members])
        reversed_ranks = tiny_module.ENGLAND + 1 - ranks
        weights = extent_weight(np.ceil(100 * ranks / tiny_module.ENGLAND))
        expected = {
            "imd_average_score": (people * scores).sum() / people.sum(),
            "imd_average_rank": (people * reversed_ranks).sum() / people.sum(),
            "imd_extent": (people * weights).sum() / people.sum(),
        }
        for indicator, value in expected.items():
            row = of(rows, indicator, ward)
            assert row["value"] == pytest.approx(value, rel=1e-11), (indicator, ward)
            assert row["flag"] == "[e]"


def test_shares_of_small_areas_and_of_residents_in_the_most_deprived_tenth(
    rows: pd.DataFrame, tiny_module: Any
) -> None:
    deprived = [n for n in tiny_module.NUMBERS if tiny_module.RANKS[n - 1] <= tiny_module.ENGLAND / 10]
    share = of(rows, "imd_share_lsoas_most_deprived_10pct", "Tinytown")
    assert (share["numerator"], share["denominator"]) == (len(deprived), 12)
    assert share["value"] == 100 * len(deprived) / 12
    people = [sum(tiny_module.people(n)) for n in tiny_module.NUMBERS]
    residents = of(rows, "imd_share_residents_most_deprived_10pct", "Tinytown")
    within = sum(people[n - 1] for n in deprived)
    assert residents["value"] == pytest.approx(100 * within / sum(people), rel=1e-11)


def test_a_ward_with_a_small_area_without_a_value_is_not_available_and_the_others_stay(tiny: Any) -> None:
    tiny.change("sources", "fuel_poverty", lambda source: source.update(missing={"": "[c]"}))
    code = tiny.codes.lsoa(5)
    tiny.set_raw("fuel_poverty", "lsoa", {"lsoa11_code": code}, "fuel_poor_households", "")
    before = 12 * 20 + 5 * sum(range(1, 13))
    rows = tiny.build().indicators
    for area in ("Mill", "Tinytown"):
        row = of(rows, "fuel_poverty", area)
        assert np.isnan(row["value"])
        assert np.isnan(row["numerator"])
        assert row["flag"] == "[x]"
    assert of(rows, "fuel_poverty", "Hill")["value"] == pytest.approx(12.5)
    assert of(rows, "fuel_poverty", "Tinytown 005")["flag"] in ("[c]", "[x]")
    assert before == 630


def test_a_share_of_nothing_is_not_available(tiny: Any) -> None:
    for number in tiny_wards(tiny, "Mill"):
        for column in ("households", "fuel_poor_households"):
            tiny.set_raw("fuel_poverty", "lsoa", {"lsoa11_code": tiny.codes.lsoa(number)}, column, "0")
    row = of(tiny.build().indicators, "fuel_poverty", "Mill")
    assert np.isnan(row["value"])
    assert row["flag"] == "[x]"


def tiny_wards(city: Any, ward: str) -> tuple[int, ...]:
    import sys

    members: tuple[int, ...] = sys.modules["tiny_city"].WARDS[ward]
    return members


def test_published_values_stay_as_they_are(rows: pd.DataFrame, tiny_module: Any) -> None:
    work = rows[(rows["indicator"] == "employment_rate") & (rows["period_end"] == "2017-12-31")]
    assert dict(zip(work["area_code"], work["value"], strict=True)) == tiny_module.EMPLOYMENT
    assert dict(zip(work["area_code"], work["lower_ci95"], strict=True)) == {
        code: value - 2 for code, value in tiny_module.EMPLOYMENT.items()
    }
    assert "2019-12-31" not in set(rows.loc[rows["indicator"] == "employment_rate", "period_end"])

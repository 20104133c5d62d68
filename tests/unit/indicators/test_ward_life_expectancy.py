"""Life expectancy of wards by the best that an edition pins: estimates, ward series or life tables."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

Z = 1.959963984540054
LEVEL, FROM_CITY = "life_expectancy_birth", "life_expectancy_years_from_city"


@pytest.fixture(scope="module")
def built(tiny_built: Any) -> Any:
    from analysis.tables.loaded import load_edition

    return load_edition("tinytown-2018", tiny_built.project)


def wards(edition: Any, indicator: str, sex: str) -> pd.DataFrame:
    rows = edition.latest(indicator, "ward22")
    return rows[rows["sex"] == sex].set_index("area_name")


def statistic(edition: Any, name: str, sex: str) -> pd.Series:
    table = edition.inequality
    found = table[(table["measure"] == LEVEL) & (table["statistic"] == name) & (table["sex"] == sex)]
    assert len(found) == 1
    return found.iloc[0]


def shares(module: Any, members: tuple[int, ...]) -> np.ndarray:
    """People of each middle area among some small areas, as shares."""
    people = [sum(sum(module.people(n)) for n in members if n in middle) for middle in module.MIDDLE.values()]
    return np.array(people, dtype=float) / sum(people)


def test_ward_estimates_are_years_from_the_city_on_its_published_level(built: Any, tiny_module: Any) -> None:
    values = np.array(tiny_module.LIFE["Males"])
    city = shares(tiny_module, tuple(tiny_module.NUMBERS))
    factor = statistic(built, "widening", "male")["value"]
    variance = (factor * 1 / Z) ** 2
    for ward, members in tiny_module.WARDS.items():
        level, relative = (wards(built, name, "male").loc[ward] for name in (LEVEL, FROM_CITY))
        if not members:
            assert np.isnan(level["value"])
            assert level["flag"] == relative["flag"] == "[x]"
            continue
        own = shares(tiny_module, members)
        difference = own - city
        expected = difference @ values
        error = np.sqrt(variance * (difference**2).sum())
        assert relative["value"] == pytest.approx(expected, abs=1e-9)
        assert level["value"] == pytest.approx(76.0 + expected, abs=1e-9)
        assert relative["upper_ci95"] - relative["value"] == pytest.approx(Z * error, abs=1e-8)
        assert relative["value"] - relative["lower_ci95"] == pytest.approx(Z * error, abs=1e-8)
        assert level["flag"] == relative["flag"] == "[e][u]"


def test_the_second_source_widens_the_limits_of_both_sexes(built: Any, tiny_module: Any) -> None:
    differences = np.array(tiny_module.LIFE["Males"]) - np.array(tiny_module.SECOND_LIFE)
    birge = np.sqrt((Z**2 * (differences - differences.mean()) ** 2).sum() / 3)
    assert statistic(built, "widening", "male")["value"] == pytest.approx(max(1.0, birge), rel=1e-9)
    assert birge > 1
    hill = wards(built, FROM_CITY, "female").loc["Hill"]
    assert hill["upper_ci95"] > hill["value"]


def test_errors_that_wards_share_are_carried_into_the_gap(built: Any, tiny_module: Any) -> None:
    gap = statistic(built, "gap_best_worst", "male")
    best, worst = (shares(tiny_module, tiny_module.WARDS[ward]) for ward in ("Quay", "Mill"))
    factor = statistic(built, "widening", "male")["value"]
    error = factor / Z * np.sqrt(((best - worst) ** 2).sum())
    assert gap["value"] == pytest.approx(6.5)
    assert gap["upper_ci95"] - gap["value"] == pytest.approx(Z * error, rel=1e-6)
    assert gap["areas"] == 4
    assert gap["areas_left_out"] == 1
    noise = statistic(built, "noise_range", "male")
    assert 0 < noise["value"] < gap["value"]
    # Mill and Hill share two middle areas: taken as independent, their errors would add up to more.
    hill = shares(tiny_module, tiny_module.WARDS["Hill"])
    assert ((hill - worst) ** 2).sum() < (hill**2).sum() + (worst**2).sum()


def test_less_than_four_fifths_covered_is_not_available(built: Any, tiny_module: Any) -> None:
    women = wards(built, LEVEL, "female")
    covered = {ward: 1 - shares(tiny_module, members)[3] for ward, members in tiny_module.WARDS.items() if members}
    assert {ward for ward, share in covered.items() if share < 0.8} == {"Quay", "Park"}
    assert women.index[women["value"].isna()].tolist() == ["Quay", "Park", "Docks"]
    assert (women.loc[["Quay", "Park", "Docks"], "flag"] == "[x]").all()
    assert statistic(built, "gap_best_worst", "female")["areas"] == 2
    assert statistic(built, "slope_index", "female")["areas"] == 3


def test_the_city_level_is_the_published_one_and_persons_have_none(built: Any) -> None:
    city = built.latest(LEVEL, "lad").set_index("sex")
    assert city["value"].to_dict() == {"female": 79.0, "male": 76.0}
    assert set(built.rows(LEVEL)["sex"]) == {"male", "female"}


def test_a_city_too_little_covered_has_no_ward_estimates(tiny: Any) -> None:
    for column in ("life_expectancy", "lower_ci95", "upper_ci95"):
        row = {"msoa11_code": tiny.codes.msoa("C"), "sex": "Females"}
        tiny.set_raw("life_expectancy_msoa", "msoa", row, column, "")
    edition = tiny.build()
    women = wards(edition, LEVEL, "female")
    assert women["value"].isna().all()
    assert (women["flag"] == "[x]").all()
    assert wards(edition, LEVEL, "male")["value"].notna().sum() == 4
    gaps = edition.inequality[edition.inequality["statistic"] == "gap_best_worst"].set_index("sex")
    assert np.isnan(gaps.loc["female", "value"])


def test_the_slope_leads_from_the_most_to_the_least_deprived(built: Any) -> None:
    slope = statistic(built, "slope_index", "male")
    assert slope["value"] > 0
    assert slope["lower_ci95"] < slope["value"] < slope["upper_ci95"]
    assert slope["geography"] == "msoa11"
    assert statistic(built, "slope_index_second_source", "male")["value"] > 0


def test_ward_series_take_over_by_a_change_of_the_edition_alone(tiny: Any, tiny_module: Any) -> None:
    files = tiny_module.ward_life(tiny.root / "published", tiny.codes)
    tiny.record("fingertips_ward_life_expectancy", "pull-ward22", *files)
    before = wards(tiny.build(), LEVEL, "male")
    assert set(before["source"]) == {"life_expectancy_msoa"}
    tiny.change(
        "editions",
        "tinytown-2018",
        lambda edition: edition["releases"].update(fingertips_ward_life_expectancy=["pull-ward22"]),
    )
    edition = tiny.build()
    after = wards(edition, LEVEL, "male")
    assert set(after["source"]) == {"fingertips_ward_life_expectancy"}
    assert after["value"].to_dict() == {"Mill": 73.0, "Quay": 80.0, "Hill": 75.0, "Park": 79.0, "Docks": 77.0}
    assert set(after["flag"]) == {"[r]"}
    slope = statistic(edition, "slope_index", "male")
    assert slope["geography"] == "ward22"
    assert slope["areas"] == 4  # Docks has a value and no small area, so no place on the scale
    assert statistic(edition, "gap_best_worst", "male")["areas"] == 5
    assert "widening" not in set(edition.inequality["statistic"])


def test_life_tables_take_over_by_a_change_of_the_edition_alone(tiny: Any, tiny_module: Any) -> None:
    folder = tiny.root / "published"
    tiny.record("deaths_lsoa", "2023", *tiny_module.deaths(folder, tiny.codes))
    tiny.record("population_lsoa11_sex", "2018-10-25", *tiny_module.residents_by_sex(folder, tiny.codes))

    def pin(edition: dict[str, Any]) -> None:
        edition["releases"] |= {"deaths_lsoa": ["2023"], "population_lsoa11_sex": ["2018-10-25"]}
        edition["stand_ins"].append({"source": "deaths_lsoa", "reason": "The deaths came out in 2023."})

    tiny.change("editions", "tinytown-2018", pin)
    edition = tiny.build()
    level = wards(edition, LEVEL, "male")
    assert set(level["source"]) == {"deaths_lsoa"}
    assert set(level["period_end"]) == {"2017-12-31"}  # the one year with both deaths and people
    assert level.loc["Docks", "flag"] == "[x]"
    known = level.drop("Docks")
    assert (known["flag"] == "[e]").all()
    assert (known["lower_ci95"] < known["value"]).all()
    assert known["value"].between(60, 95).all()
    city = edition.latest(LEVEL, "lad").set_index("sex").loc["male"]
    assert city["source"] == "deaths_lsoa"
    assert known["numerator"].sum() == city["numerator"]
    assert known["denominator"].sum() == city["denominator"]
    assert known["value"].min() < city["value"] < known["value"].max()
    women = wards(edition, LEVEL, "female").drop("Docks")
    assert (women["value"] > known["value"]).all()
    assert statistic(edition, "slope_index", "male")["value"] > 0
    relative = wards(edition, FROM_CITY, "male").drop("Docks")
    assert np.allclose(relative["value"], known["value"] - city["value"])


def test_deaths_and_people_of_no_common_year_are_refused(tiny: Any, tiny_module: Any) -> None:
    from analysis.errors import DataError

    folder = tiny.root / "published"
    tiny.record("deaths_lsoa", "2023", *tiny_module.deaths(folder, tiny.codes, years=(2011,)))
    tiny.record("population_lsoa11_sex", "2018-10-25", *tiny_module.residents_by_sex(folder, tiny.codes))
    tiny.change(
        "editions",
        "tinytown-2018",
        lambda edition: (
            edition["releases"].update(deaths_lsoa=["2023"], population_lsoa11_sex=["2018-10-25"]),
            edition["stand_ins"].append({"source": "population_lsoa11_sex", "reason": "No earlier one is held."}),
        ),
    )
    with pytest.raises(DataError, match="no year has both deaths and people"):
        tiny.build()

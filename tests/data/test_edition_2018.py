"""The baseline edition built from the recorded figures: its totals, the published measures, its contract, its gaps."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from analysis import narrative
from analysis.catalogue.flags import WITHOUT_VALUE, flag_words
from analysis.catalogue.load import load_catalogue
from analysis.indicators.stated import Verdict
from analysis.make.tables import build_edition
from analysis.paths import DEFINITIONS, Project
from analysis.tables.contract import INDICATOR_COLUMNS, INDICATOR_KEY, to_canonical_csv
from analysis.tables.loaded import LoadedEdition, load_edition

EDITION = "liverpool-2018"
FACTS: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("facts.yml").read_text(encoding="utf-8"))
CITY, INDEX = FACTS["code"], FACTS["indices"]["2015"]


@pytest.fixture(scope="module")
def project(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The recorded figures and a copy of the definitions, in a project whose tables are its own."""
    root = tmp_path_factory.mktemp("real")
    (root / "data").mkdir()
    (root / "data" / "raw").symlink_to(repository / "data" / "raw")
    (root / "notebooks").mkdir()
    return Project(root, Path(shutil.copytree(DEFINITIONS, root / "src" / "analysis" / "definitions")))


@pytest.fixture(scope="module")
def edition(project: Project) -> LoadedEdition:
    build_edition(project, load_catalogue(project.definitions), EDITION, project.processed / EDITION)
    return load_edition(EDITION, project)


def value(edition: LoadedEdition, indicator: str) -> float:
    rows = edition.latest(indicator, "lad")
    (found,) = rows.loc[rows["area_code"] == CITY, "value"]
    return float(found)


def test_ward_populations_sum_to_the_city(edition: LoadedEdition) -> None:
    rows = edition.rows("population_total")
    for _, period in rows.groupby("period_end"):
        wards = period.loc[period["geography"] == "ward22", "value"]
        city = period.loc[period["geography"] == "lad", "value"]
        assert len(wards) == FACTS["wards"]["ward22"]
        assert wards.notna().any()
        assert abs(wards.sum() - city.iloc[0]) < 1e-9 * city.iloc[0]


def test_counts_of_every_kind_keep_their_totals(edition: LoadedEdition) -> None:
    tried = 0
    for indicator in edition.catalogue.indicators.values():
        given = {item.measure for item in indicator.inputs if "ward" in item.levels and "lad" in item.levels}
        if indicator.kind != "count" or not given & {"sum", "apportioned_sum"}:
            continue
        for keys, period in edition.rows(indicator.id).groupby(["period_end", "sex", "age", "release"]):
            wards = period.loc[period["geography"] == "ward22", "value"]
            city = period.loc[period["geography"] == "lad", "value"].iloc[0]
            if pd.isna(city):  # a small area without a value: its ward has none either
                assert wards.isna().sum() >= 1
                continue
            assert wards.sum() == pytest.approx(city, rel=1e-9), (indicator.id, keys)
            tried += 1
    assert tried >= 3


def test_the_share_of_the_most_deprived_tenth_is_the_published_one(edition: LoadedEdition) -> None:
    (row,) = edition.latest("imd_share_lsoas_most_deprived_10pct", "lad").to_dict("records")
    assert (row["numerator"], row["denominator"], row["period_end"]) == (INDEX["tenth"], INDEX["of"], "2015-12-31")
    assert row["value"] == pytest.approx(100 * INDEX["tenth"] / INDEX["of"], rel=1e-11)
    small = edition.small_areas[edition.small_areas["release"] == "2015-09-30"]
    assert len(small) == INDEX["of"]
    assert (small["decile"] == 1).sum() == INDEX["tenth"]


def test_the_measures_of_2019_equal_the_published_ones(project: Project, repository: Path) -> None:
    """The path by which wards are summarised gives the published figures of the district (File 10 of 2019)."""
    data = yaml.safe_load((project.definitions / "editions" / f"{EDITION}.yml").read_text(encoding="utf-8"))
    kept = ("lookup_lsoa11_ward22", "lookup_lsoa11_msoa11", "boundary_ward22", "boundary_lsoa11", "population_lsoa11")
    weights = {"source": "imd", "release": "2019-09-26", "series": "population_imd_denominator", "note": "its own"}
    variant = {
        **{key: data[key] for key in ("place", "plans", "ward_geography", "lsoa_geography", "notebooks", "seed")},
        "id": "liverpool-2019-check",
        "year": 2020,
        "title": "A check",
        "cut_off": data["cut_off"].replace(year=2020),
        "releases": {"imd": ["2019-09-26"], **{source: data["releases"][source] for source in kept}},
        "deprivation_weights": {"2019-09-26": weights},
    }
    path = project.definitions / "editions" / "liverpool-2019-check.yml"
    path.write_text(yaml.safe_dump(variant), encoding="utf-8")
    try:
        build_edition(project, load_catalogue(project.definitions), variant["id"], project.processed / variant["id"])
        built = load_edition(variant["id"], project)
    finally:
        path.unlink()
    with (repository / "data/raw/iod_summaries/2019-09-26/districts.csv").open(encoding="utf-8") as file:
        (published,) = (row for row in csv.DictReader(file) if (row["lad_code"], row["domain"]) == (CITY, "imd"))
    assert (published["average_rank"], published["extent"]) == ("25833.57", "0.6213")
    assert published["proportion_most_deprived_10pct"] == "0.4866"
    assert round(value(built, "imd_average_rank"), 2) == float(published["average_rank"])
    assert round(value(built, "imd_extent"), 4) == float(published["extent"])
    share = value(built, "imd_share_lsoas_most_deprived_10pct")
    assert round(share / 100, 4) == float(published["proportion_most_deprived_10pct"])
    assert round(value(built, "imd_average_score"), 3) == float(published["average_score"])
    wards = built.latest("imd_average_score", "ward22")
    assert len(wards) == FACTS["wards"]["ward22"]


def test_each_aim_has_three_indicators_with_values_or_a_named_gap(edition: LoadedEdition) -> None:
    coverage = edition.table("coverage")
    assert coverage["aim"].nunique() == len(edition.plan.aims) >= FACTS["plans"][edition.plan.id]["aims"]
    for _, rows in coverage.groupby("aim"):
        present = {name for names in rows["indicators"] for name in str(names).split()}
        gaps = rows[rows["indicators"] == ""]
        assert len(present) >= 3 or ((gaps["gap_reason"] != "") & (gaps["gap_source"] != "")).all()
    uncovered = coverage[coverage["indicators"] == ""]
    explained = (uncovered["gap_reason"] != "") | (uncovered["without_value"] != "")
    assert explained.all(), uncovered.loc[~explained, "priority"].tolist()
    partly = coverage[coverage["outcomes_measured"] < coverage["outcomes"]]
    assert (partly["gap_source"] != "").all(), "every outcome that nothing measures has a source that would"
    later = uncovered[uncovered["without_value"] != ""]
    assert later["awaited"].str.contains("from ").all(), "figures that came later are named with their first period"
    outcomes = edition.table("coverage_outcomes").set_index("outcome")
    assert len(outcomes) == coverage["outcomes"].sum() >= sum(map(sum, FACTS["outcomes"].values()))
    assert (outcomes["indicators"] != "").sum() == coverage["outcomes_measured"].sum()
    assert outcomes.loc["igp-2.5-b", ["indicators", "geographies"]].tolist() == ["hi_rough_sleeping", "lad"]
    assert outcomes.loc["igp-5.5-a", "without_value"] == "gigabit_capable_broadband premises_below_30"


def test_the_table_of_indicators_keeps_its_contract(edition: LoadedEdition) -> None:
    path = edition.folder / "indicators.csv"
    content = path.read_bytes()
    assert b"\r" not in content
    assert content.endswith(b"\n")
    assert content.decode("utf-8").splitlines()[0] == ",".join(INDICATOR_COLUMNS)
    table = edition.indicators
    assert not table.duplicated(list(INDICATOR_KEY)).any()
    assert table[list(INDICATOR_KEY)].equals(table[list(INDICATOR_KEY)].sort_values(list(INDICATOR_KEY)))
    assert to_canonical_csv(table, INDICATOR_KEY) == content
    says_missing = table["flag"].map(lambda flag: bool(set(flag_words(flag)) & set(WITHOUT_VALUE)))
    assert (table["value"].isna() == says_missing).all()
    percentages = table.loc[(table["unit"] == "%") & table["value"].notna(), "value"]
    assert percentages.between(0, 100).all()
    assert percentages.max() > 1
    assert set(table["geography"]) <= set(edition.catalogue.geographies)
    assert set(table["sex"]) <= {"persons", "male", "female"}
    assert (table["period_start"] <= table["period_end"]).all()
    assert table["area_name"].ne("").all()
    assert set(zip(table["source"], table["release"], strict=True)) <= set(
        zip(edition.sources["source"], edition.sources["release"], strict=True)
    )
    limits = table[table["lower_ci95"].notna()]
    assert ((limits["lower_ci95"] <= limits["value"] + 1e-9) & (limits["value"] <= limits["upper_ci95"] + 1e-9)).all()


def test_the_ids_that_other_tools_read_are_there(edition: LoadedEdition) -> None:
    wards = set(edition.indicators.loc[edition.indicators["geography"] == "ward22", "indicator"])
    assert {"imd_average_score", "imd_average_rank", "imd_extent", "life_expectancy_birth"} <= wards
    city = set(edition.indicators.loc[edition.indicators["area_code"] == CITY, "indicator"])
    assert {"imd_share_lsoas_most_deprived_10pct", "healthy_life_expectancy_birth"} <= city


def test_every_ward_has_a_row_for_each_ward_indicator(edition: LoadedEdition) -> None:
    rows = edition.indicators[edition.indicators["geography"] == "ward22"]
    wards = set(edition.outlines.loc[edition.outlines["geography"] == "ward22", "area_code"])
    assert len(wards) == FACTS["wards"]["ward22"]
    for keys, one in rows.groupby(["indicator", "period_start", "period_end", "sex", "age", "release"]):
        assert set(one["area_code"]) == wards, keys
    empty = rows[rows["value"].isna()]
    assert len(empty) > 0
    assert not (rows.loc[rows["numerator"] == 0, "denominator"] == 0).any()


def test_nothing_later_than_the_cut_off_enters_unless_it_stands_in(edition: LoadedEdition) -> None:
    stand_ins = {item.source for item in edition.edition.stand_ins}
    table = edition.indicators
    later = table[table["period_end"] > edition.edition.cut_off.isoformat()]
    assert len(later) > 0
    assert set(later["source"]) <= stand_ins
    with_value = later[later["value"].notna()]
    assert with_value["flag"].str.contains("[e]", regex=False).all()
    reasons = edition.sources.set_index("source")["stand_in_reason"]
    assert all(reasons[source] for source in set(later["source"]))


def test_every_figure_that_the_plan_states_has_a_verdict_and_its_ground(edition: LoadedEdition) -> None:
    table = edition.table("stated_figures")
    assert table["figure"].tolist() == sorted(figure.id for figure in edition.plan.stated_figures)
    assert set(table["verdict"]) <= set(Verdict.__args__)  # type: ignore[attr-defined]
    untested = table["verdict"].str.startswith("not testable")
    assert (table["reason"] != "").equals(untested)
    assert table.loc[~untested, "found"].notna().all()
    assert (table.loc[~untested, "compared"] != "").all()
    found = table.set_index("figure")
    share = found[found["indicator"] == "imd_share_lsoas_most_deprived_10pct"]
    assert (share["verdict"] == "agrees").all()
    assert len(share) >= 1


def test_the_ward_chapter_says_how_far_rebuilt_totals_lie_from_published_ones(edition: LoadedEdition) -> None:
    text = narrative.describe_wards(edition).markdown
    assert "Beside the totals of Census 2011 (30 wards, 27 March 2011), the city's own change left out" in text
    assert "by 10.7% by best fit and 8.0% by ground in residents rebuilt for 30 June 2017" in text
    assert "by 8.5% by best fit and 6.1% by ground in households rebuilt for 31 December 2020" in text
    assert "The dates differ" in text


def test_the_verdicts_say_how_far_each_figure_agrees(edition: LoadedEdition) -> None:
    """Only what the plan dates and names agrees outright; the rest on what the check names, or is not testable."""
    table = edition.table("stated_figures")
    found = table["verdict"].value_counts()
    assert all(found[verdict] >= count for verdict, count in FACTS["stated_figures"].items())
    assert set(found.index) == set(FACTS["stated_figures"])
    found = table.set_index("figure")["verdict"]
    for name in ("healthy-life-expectancy", "attainment-gap", "smoking", "overweight"):
        assert found[f"igp-figure-{name}"] == "agrees on a named measure or period"
    assert found["igp-figure-inactive"].startswith("not testable")


def test_the_gap_between_wards_is_not_set_against_the_stated_one(edition: LoadedEdition) -> None:
    """Twelve years in the plan are not the same measure as estimates from middle areas."""
    stated: list[Any] = [figure for figure in edition.plan.stated_figures if figure.value == 12]
    table = edition.table("stated_figures").set_index("figure")
    years = [figure for figure in stated if "year" in figure.unit]
    assert years
    assert all(table.loc[figure.id, "verdict"] == "not testable with what is shipped" for figure in years)


def test_life_expectancy_of_city_and_wards_is_the_official_one_and_no_figure_is_given_for_persons(
    edition: LoadedEdition,
) -> None:
    rows = edition.rows("life_expectancy_birth")
    assert set(rows["sex"]) == {"male", "female"}
    city = edition.latest("life_expectancy_birth", "lad").set_index("sex")["value"]
    assert city.round(2).to_dict() == FACTS["life_expectancy"]
    wards = edition.latest("life_expectancy_birth", "ward22")
    assert len(wards) == 60
    assert wards[["value", "lower_ci95", "upper_ci95"]].notna().all(axis=None)
    used = set(edition.inequality["statistic"])
    assert {"slope_index", "gap_best_worst", "noise_range", "mean_of_larger_areas", "range_of_larger_areas"} <= used
    assert not {"widening", "published_level"} & used

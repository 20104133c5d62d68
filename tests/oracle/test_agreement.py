"""The agreement figures of docs/agreement.yml are recomputed, and the tests it names exist."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from analysis.measures.deprivation import summarise
from analysis.measures.gaps import arriaga
from analysis.measures.healthy import healthy_life_expectancy
from analysis.measures.inequality import slope_index
from analysis.measures.lifetable import life_expectancy, life_table, published_table
from analysis.measures.quantiles import assign_quantiles
from analysis.measures.rates import proportion, rate
from analysis.measures.standardised import directly_standardised_rate, indirectly_standardised_ratio
from analysis.measures.trend import trend_of_proportions, trend_of_values

KNOWN = yaml.safe_load((Path(__file__).parents[2] / "docs" / "agreement.yml").read_text(encoding="utf-8"))
THEIRS = ["value", "lower95_0cl", "upper95_0cl", "lower99_8cl", "upper99_8cl"]
OURS = ["value", "lower_ci95", "upper_ci95", "lower_ci998", "upper_ci998"]
BOTH = (0.95, 0.998)


def away(ours, theirs, relative: bool = False) -> tuple[int, float]:
    """Number of published values and the largest difference from them."""
    ours, theirs = np.asarray(ours, float).ravel(), np.asarray(theirs, float).ravel()
    known = ~np.isnan(theirs)
    difference = np.abs(ours[known] - theirs[known])
    if relative:
        difference = difference / np.abs(theirs[known])
    assert not np.isnan(difference).any(), "a published value has none of ours"
    return int(known.sum()), float(difference.max())


def life_wards(cases):
    expected = pd.read_csv(cases / "le_wards_expected.csv").sort_values(["area", "sex", "startage"])
    rows = pd.read_csv(cases / "le_wards_input.csv")
    ours = life_expectancy(rows, ["area", "sex"], age="startage", person_years="pops", confidence=BOTH)
    return away(ours[OURS], expected.iloc[:, 3:8])


def life_example(cases):
    rows = pd.read_csv(cases / "le_phe_test_example.csv")
    ours = life_expectancy(rows[["startage", "pops", "deaths"]], age="startage", person_years="pops")
    return away(ours[OURS[:3]], rows[["value", "lowercl", "uppercl"]])


def healthy(cases):
    rows = pd.read_csv(cases / "sullivan_example3.csv")
    ages = rows["age"].str.rstrip("+").astype(float)
    a = np.where(ages == 0, 0.2, 0.5)
    table = life_table(rows["deaths"], rows["population"], ages, a=a, q0=rows["qx"].iloc[0])
    return away(healthy_life_expectancy(table, 1 - rows["prevalence_disability"]).expectancy, rows["dfle"])


def slopes(cases):
    rows = pd.read_csv(cases / "sii_le_real_input.csv").sort_values(["GeoCode", "Sex", "Decile"])
    expected = pd.read_csv(cases / "sii_le_real_expected.csv").sort_values(["GeoCode", "Sex"])
    ours = slope_index(*(rows[c].to_numpy().reshape(-1, 10) for c in ("LifeExp", "Pop", "SE")))
    found = [ours.sii, ours.rii, *ours.sii_limits[0.95]]
    return away(found, expected[["sii", "rii", "exact_lower95", "exact_upper95"]].T)


def decomposition(cases):
    rows = pd.read_csv(cases / "arriaga_single_age.csv")
    parts = []
    for _, one in rows.groupby("case"):
        tables = (published_table(one["age"], one[f"lx{i}"], one[f"Lx{i}"]) for i in (1, 2))
        parts.append(arriaga(*tables))
    return away(np.concatenate(parts), rows["contribution"])


def proportions(cases):
    rows = pd.read_csv(cases / "proportion_phe_tests.csv")
    ours = proportion(rows["Numerator"], rows["Denominator"], confidence=BOTH)[OURS]
    return away(ours.mul(rows["multiplier"], axis=0), rows[THEIRS], relative=True)


def crude(cases):
    rows = pd.read_csv(cases / "rate_phe_tests.csv")
    ours = rate(rows["Numerator"], rows["Denominator"], multiplier=1, confidence=BOTH)[OURS]
    return away(ours.mul(rows["multiplier"], axis=0), rows[THEIRS], relative=True)


def direct(cases):
    several = pd.read_csv(cases / "dsr_phe_input_multiarea.csv").rename(columns={"esp2013": "standard"})
    old = pd.read_csv(cases / "dsr_phe_input_1976.csv").rename(columns={"esp1976": "standard"})
    areas = dict(iter(pd.concat([several, old.assign(area="testdata_1976")]).groupby("area")))
    ours, theirs = [], []
    for row in pd.read_csv(cases / "dsr_phe_expected.csv").itertuples():
        if row.area in areas and row.row_ok and row.total_count >= 10:
            one = areas[row.area]
            multiplier = float(row.statistic.split()[-1])
            standard = one["standard"].tolist()
            found = directly_standardised_rate(one["count"], one["pop"], standard, multiplier=multiplier)
            ours.append(found[OURS[:3]].to_numpy())
            theirs.append([row.value, row.lower95_0cl, row.upper95_0cl])
    return away(ours, theirs, relative=True)


def indirect(cases):
    reference = pd.read_csv(cases / "isr_phe_refdata.csv")
    areas = dict(iter(pd.read_csv(cases / "dsr_phe_input_multiarea.csv").groupby("area")))
    ours, theirs = [], []
    for row in pd.read_csv(cases / "isr_phe_results.csv").to_dict("records"):
        if row["area"] in areas and "ratio" in row["statistic"]:
            one = areas[row["area"]]
            found = indirectly_standardised_ratio(
                [one["count"].sum()],
                [one["pop"].to_numpy()],
                reference["refcount"],
                reference["refpop"],
                multiplier=float(row["statistic"].split()[-1]),
                confidence=BOTH,
            )
            ours.append(found[OURS].to_numpy())
            theirs.append([row[name] for name in THEIRS])
    return away(ours, theirs, relative=True)


def deprivation(ours: str, published: str) -> Callable[[Path], tuple[int, float]]:
    def compute(cases):
        areas = pd.read_csv(cases / "imd2019_lsoa_all.csv")
        official = pd.read_csv(cases / "imd2019_lad_official.csv", index_col="lad")
        found = summarise(areas, by="lad", national_count=32_844, population="pop")
        return away(found.loc[official.index, ours], official[published])

    return compute


def trends(cases):
    ours, theirs = [], []
    for table in json.loads((cases / "trend_phe_tests.json").read_text(encoding="utf-8")):
        frame = pd.DataFrame(table["rows"], columns=[name.lower() for name in table["columns"]])
        frame["group"] = frame.get("ethnicity", "all")
        for name, group in frame.groupby("group"):
            if pd.isna(group["significance"].iloc[-1]) or name == "Other ethnic group":
                continue
            last = group.tail(5)
            test = trend_of_values if "ll" in group else trend_of_proportions
            names = ["value", "ll", "ul"] if "ll" in group else ["count", "denominator"]
            ours.append(test(*(last[name].astype(float) for name in names))["chi2"].iloc[0])
            theirs.append(group["significance"].iloc[-1])
    return away(ours, theirs)


def tenths(cases):
    rows = pd.read_csv(cases / "quantiles_phe_tests.csv")
    rows["set"] = rows["IndSexRef"] + rows["ParentCode"]
    last = rows["set"].iloc[-1]
    lost = pd.DataFrame({"set": last, "Value": 1e6 + np.arange(3.0), "Polarity": rows["Polarity"].iloc[-1]})
    whole = pd.concat([rows, lost], ignore_index=True)
    found = [
        assign_quantiles(one["Value"], 10, by=one["set"], highest_is_first=bool(first))["quantile"]
        for first, one in whole.groupby("Polarity")
    ]
    ours = pd.concat(found).sort_index().head(300).astype("Float64").fillna(0)
    return away(ours, rows["QuantileInGrp"].fillna(0))


COMPUTED = [
    life_wards,
    life_example,
    healthy,
    slopes,
    decomposition,
    proportions,
    crude,
    direct,
    indirect,
    deprivation("extent", "extent"),
    deprivation("proportion", "proportion_most_deprived_10"),
    deprivation("average_rank", "average_rank"),
    deprivation("local_concentration", "local_concentration"),
    trends,
    tenths,
]


@pytest.mark.parametrize("row", range(len(COMPUTED)))
def test_an_agreement_figure_is_what_the_cases_give(shared, row):
    stated = KNOWN["agreement"][row]
    values, worst = COMPUTED[row](shared / "cases")
    assert values == stated["values"], stated["against"]
    assert worst <= float(stated["within"]), f"{stated['against']}: {worst}"
    if "ranks" in stated["unit"]:
        assert worst > 0.9 * stated["within"], "the figure is looser than it need be"


def test_every_figure_has_its_computation():
    assert len(KNOWN["agreement"]) == len(COMPUTED)


def test_every_fault_names_a_test_that_exists(repository):
    for fault in KNOWN["faults"]:
        path, _, name = fault["test"].partition("::")
        text = (repository / path).read_text(encoding="utf-8")
        assert name, fault["test"]
        assert f"def {name}(" in text, fault["test"]

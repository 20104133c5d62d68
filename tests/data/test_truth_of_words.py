"""What nine editions say is what is held: no baseline that never was, no claim on publishers, no limits of counts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd
import pytest

from analysis import narrative
from analysis.blocks import Table
from analysis.catalogue.load import load_catalogue
from analysis.narrative.series import city_rows, series_key
from analysis.paths import DEFINITIONS, Project
from analysis.tables.loaded import LoadedEdition, load_edition

EDITIONS = sorted(path.stem for path in (DEFINITIONS / "editions").glob("*.yml"))
UPDATES = [name for name in EDITIONS if load_catalogue(DEFINITIONS).editions[name].baseline]
CLAIMS = {
    "nothing newer was published": r"(newer|later)[^.]*\b(has|have|had) (come out|been published)",
    "nothing was published with it": r"\b(no|without) (confidence )?(limits|interval|counts)[^.]{0,20}\bpublished\b",
    "without what was published": r"(without|no|needs?) published limits|published without limits",
    "the publisher gives none": r"publisher gives? (none|no )",
    "none was out": r"none had been published",
}
"""What a report may not say from what it holds alone."""


@pytest.fixture(scope="module")
def editions(project: Project) -> dict[str, LoadedEdition]:
    return {name: load_edition(name, project) for name in EDITIONS}


@pytest.fixture(scope="module")
def spoken(script: Callable[[str], Any]) -> Callable[[LoadedEdition], Iterator[str]]:
    """Every line of the sentences and tables that hold no argument but the edition."""
    beside = script("tests/data/test_editions.py")

    def lines(edition: LoadedEdition) -> Iterator[str]:
        for name in narrative.__all__:
            if name not in OF_A_WARD:
                for line in beside.texts(getattr(narrative, name)(edition)):
                    yield f"{name}: {line}"

    return lines


OF_A_WARD = {name for name in narrative.__all__ if re.search(r"_ward(_|$)", name)} - {
    "describe_ward_changes",
    "table_ward_deprivation",
    "table_ward_life_expectancy",
}


@pytest.mark.parametrize("name", UPDATES)
def test_a_baseline_is_a_figure_of_the_baseline_edition(editions: dict[str, LoadedEdition], name: str) -> None:
    base = editions[EDITIONS[0]].indicators
    base = base[base["value"].notna()]
    held = set(zip(*(base[key] for key in ("indicator", "area_code", "sex", "age", "period_end")), strict=True))
    rows = [row for row in city_rows(editions[name]) if pd.notna(row["baseline_value"])]
    assert len(rows) > 50
    assert not [row["indicator"] for row in rows if (*series_key(row), row["baseline_end"]) not in held]


@pytest.mark.parametrize("name", EDITIONS)
def test_what_is_held_is_not_said_to_be_what_is_published(
    editions: dict[str, LoadedEdition], spoken: Callable[[LoadedEdition], Iterator[str]], name: str
) -> None:
    found = [
        f"{claim}: {line}"
        for line in spoken(editions[name])
        for claim, words in CLAIMS.items()
        if re.search(words, line, re.IGNORECASE)
    ]
    assert not found, "\n".join(found[:20])


@pytest.mark.parametrize(
    "text", ["Nothing newer has come out since.", "No limits are published with it.", "published without limits"]
)
def test_the_rules_on_claims_catch_what_they_are_for(text: str) -> None:
    assert any(re.search(words, text, re.IGNORECASE) for words in CLAIMS.values())


@pytest.mark.parametrize("name", EDITIONS)
def test_around_a_count_of_all_an_estimate_or_a_model_stand_no_limits(
    editions: dict[str, LoadedEdition], name: str
) -> None:
    """Fractions of residents and households are no samples, and their changes get no verdict."""
    city = editions[name]
    counted = city.indicators[city.indicators["numerator"].notna() & city.indicators["denominator"].notna()]
    assert set(counted["source"]) <= {key for key, one in city.catalogue.sources.items() if one.unsampled} | {"imd"}
    assert counted[["lower_ci95", "upper_ci95"]].isna().all(axis=None)
    of_counts = city.judgements["indicator"].isin(set(counted["indicator"]))
    assert set(city.judgements.loc[of_counts, "change_result"]) <= {"not judged", "no limits held"}
    fifths = city.table("distribution")
    assert fifths.loc[fifths["indicator"].isin(set(counted["indicator"])), "gap_lower_ci95"].isna().all()


@pytest.mark.parametrize("name", EDITIONS)
def test_what_is_tested_warns_first_and_each_subject_once(editions: dict[str, LoadedEdition], name: str) -> None:
    city = editions[name]
    warnings = city.table("early_warnings").sort_values("order")
    keys = ["indicator", "sex", "age"]
    warned = set(zip(*(warnings[key] for key in keys), strict=True))
    own = pd.DataFrame(city_rows(city))
    worse = own[
        (own["benchmark_result"] == "worse")
        | (own["change_result"] == "worsened")
        | (own["trend_result"] == "getting worse")
    ]
    last = own[own["peers_place"].isin(("worst", "joint worst"))]
    for expected in (worse, last):
        assert set(zip(*(expected[key] for key in keys), strict=True)) <= warned
    leading = warnings[warnings["leads"] == "yes"]
    assert leading["subject"].is_unique
    assert set(leading["subject"]) == set(warnings["subject"])
    by_rank = leading["signals"].str.fullmatch(r"worst among the [^;]*").to_numpy(dtype=bool)
    assert not (by_rank[:-1] & ~by_rank[1:]).any(), "a rank alone stands before what is tested"
    support = city.table("judgement_support").set_index("judgement")
    flagged = support.loc[f"last among the {city.place.peers_name}, by rank", "flagged"]
    assert flagged == warnings["signals"].str.contains("worst among").sum() == len(last)


@pytest.mark.parametrize("name", EDITIONS)
def test_what_recording_drives_is_neither_better_nor_worse(editions: dict[str, LoadedEdition], name: str) -> None:
    city = editions[name]
    driven = {
        key
        for key, one in city.catalogue.indicators.items()
        if re.search(r"Recorded crime only|Recorded by the police|recording raises it|counts complaints", one.limits)
    }
    assert len(driven) >= 8
    assert not [row["indicator"] for row in city_rows(city) if row["indicator"] in driven and row["peers_place"]]


@pytest.mark.parametrize("name", EDITIONS)
def test_parts_of_a_total_and_rates_share_no_table(editions: dict[str, LoadedEdition], name: str) -> None:
    city = editions[name]
    measures = city.table("distribution").set_index("indicator")["measure"]
    tables = [
        block for block in narrative.table_distribution(city).blocks if isinstance(block, Table) and block.numbers
    ]
    assert len(tables) == measures.nunique()
    for table in tables:
        assert len({measures[one] for one in table.indicators}) == 1, table.title

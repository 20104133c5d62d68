"""The words for judgements: read from the tables alone, each number traced, nothing better or worse without limits."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd
import pytest

from analysis.blocks import Box, Table, Text
from analysis.narrative.distribution import table_distribution
from analysis.narrative.judgements import (
    describe_early_warnings,
    describe_scorecard,
    judgement_words,
    tables_priorities,
)
from analysis.narrative.prose import Prose
from analysis.tables.loaded import LoadedEdition, load_edition


@pytest.fixture(scope="module")
def edition(tiny_built: Any) -> LoadedEdition:
    return load_edition(next(iter(tiny_built.catalogue().editions)), tiny_built.project)


def tables(blocks: Any) -> list[Table]:
    return [block for block in blocks.blocks if isinstance(block, Table)]


def test_the_scorecard_says_its_rules_and_has_a_table_for_the_plan_and_for_each_aim(edition: LoadedEdition) -> None:
    shown = describe_scorecard(edition)
    (box,) = [block for block in shown.blocks if isinstance(block, Box)]
    assert "no score" in box.markdown
    assert "does not average" in box.markdown
    assert "once under each aim that it serves" in box.markdown
    assert "what the council's actions caused" in box.markdown
    card = edition.table("scorecard")
    found = [*tables(shown), *tables(tables_priorities(edition))]
    assert len(found) == 1 + card[card["priority"] != ""].groupby(["plan", "aim"])["series"].sum().gt(0).sum()
    for table in found:
        headings = [column.heading for column in table.columns]
        assert headings[1] == "Series"
        assert all(len(row) == len(headings) for row in table.rows)
        for row in table.rows:
            assert row[1].isdigit()
            assert all(re.fullmatch(r"none|\d+ [a-z ]+(, \d+ [a-z ]+)*", cell) for cell in row[2:])
            beside = dict(zip(headings, row, strict=True)).get(f"Beside {edition.place.country.name}", "")
            assert sum(int(number) for number in re.findall(r"\d+", beside)) == int(row[1])


def test_the_words_state_support_and_what_chance_would_flag(edition: LoadedEdition) -> None:
    text = next(block for block in describe_scorecard(edition).blocks if isinstance(block, Text))
    support = edition.table("judgement_support")
    assert text.markdown.count("\n- ") == len(support)
    for row in support[support["series"] > 0].to_dict("records"):
        assert f"{int(row['series']):,} of {int(row['of']):,}" in text.markdown
    for number in text.numbers:
        assert number.text in text.markdown


def test_warnings_stand_in_their_order_with_their_rule(edition: LoadedEdition) -> None:
    warnings = edition.table("early_warnings").query("leads == 'yes'")
    shown = describe_early_warnings(edition)
    if warnings.empty:
        assert not tables(shown)
        return
    (table,) = tables(shown)
    assert [row[0] for row in table.rows] == [str(place) for place in range(1, len(warnings) + 1)]
    assert "Rests on: " in table.note


def row(edition: LoadedEdition, **changes: Any) -> dict[str, Any]:
    judged = edition.table("judgements")
    own = judged[(judged["area_code"] == edition.place.code) & judged["value"].notna()].iloc[0].to_dict()
    plain = {
        "benchmark_result": "no limits held", "benchmark_value": 10.0, "peers_rank": float("nan"),
        "peers_ranked": 8.0, "peers_place": "", "change_result": "not judged", "trend_result": "not tested",
        "trend_label": "", "value": 12.0, "polarity": "lower_is_better", "unit": "%",
    }  # fmt: skip
    return own | plain | changes


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"benchmark_result": "worse"}, "; worse than {country} (75.0%) by"),
        ({"benchmark_result": "similar"}, "; similar to {country} (75.0%) by"),
        ({"peers_rank": 8.0, "peers_place": "worst"}, "; worst of eight cities compared (the {peers})."),
        ({"peers_rank": 3.0}, "; third of eight cities compared (the {peers}, lowest first)."),
        ({"peers_rank": 3.0, "polarity": "higher_is_better"}, "highest first)."),
        ({"change_result": "worsened"}, "; worsened since the baseline by the limits of the difference."),
        (
            {"trend_result": "getting worse", "trend_label": "Increasing and getting worse"},
            "; recent trend: increasing and getting worse.",
        ),
    ],
)
def test_a_judgement_reads_as_a_sentence(edition: LoadedEdition, changes: dict[str, Any], says: str) -> None:
    prose = Prose()
    prose.say(judgement_words(edition, row(edition, **changes), prose))
    written = prose.text()
    expected = says.format(country=edition.place.country.name, peers=edition.place.peers_name)
    assert expected in written.markdown
    assert written.numbers
    assert all(number.text in written.markdown for number in written.numbers)


def test_without_limits_no_sentence_says_better_or_worse(edition: LoadedEdition) -> None:
    sentence = judgement_words(edition, row(edition, peers_rank=3.0), Prose())
    assert not re.search(r"better|worse", sentence)


def test_the_fifths_and_the_gaps_are_tabled(edition: LoadedEdition) -> None:
    shown = tables(table_distribution(edition))
    found, gaps = edition.table("distribution"), edition.table("known_gaps")
    assert len(shown[-1].rows) == len(gaps)
    if len(found):
        assert len(shown[0].rows) == len(found)
        assert isinstance(found["gap"], pd.Series)

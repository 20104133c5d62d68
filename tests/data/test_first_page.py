"""The first page of every edition: short, in plain words, and nothing on it that limits do not part."""

from __future__ import annotations

import re

import pytest

from analysis.figures import draw_at_a_glance
from analysis.narrative import describe_first_page
from analysis.paths import DEFINITIONS, Project
from analysis.tables.loaded import load_edition

EDITIONS = sorted(path.stem for path in (DEFINITIONS / "editions").glob("*.yml"))
MOST_WORDS, HIGHEST_GRADE = 250, 9.0
JARGON = re.compile(
    r"\b(series|limits?|intervals?|judged|shipped|typed|benchmark|indicators?|baseline|vintage)\b", re.I
)


def words_of(text: str) -> list[str]:
    return [word for word in re.sub(r"[*#]", " ", text).split() if re.search(r"\w", word)]


def syllables(word: str) -> int:
    """Groups of vowels, without a silent e; at least one."""
    letters = re.sub(r"[^a-z]", "", word.lower())
    groups = len(re.findall(r"[aeiouy]+", letters))
    return max(1, groups - (groups > 1 and letters.endswith("e") and not letters.endswith("le")))


def reading_grade(text: str) -> float:
    """Flesch and Kincaid's grade level: 0.39 × words per sentence + 11.8 × syllables per word − 15.59."""
    sentences = [part for part in re.split(r"(?<=[.!?])\s+|\n+", text) if words_of(part)]
    words = words_of(text)
    return 0.39 * len(words) / len(sentences) + 11.8 * sum(map(syllables, words)) / len(words) - 15.59


def test_the_grade_is_that_of_known_sentences() -> None:
    assert reading_grade("The cat sat on the mat.") == pytest.approx(0.39 * 6 + 11.8 - 15.59)
    assert reading_grade("Standardised mortality decreased considerably.") > 20


@pytest.mark.parametrize("name", EDITIONS)
def test_the_first_page_is_short_plain_and_drawn(project: Project, name: str) -> None:
    edition = load_edition(name, project)
    text = describe_first_page(edition).markdown
    assert len(words_of(text)) <= MOST_WORDS
    assert reading_grade(text) <= HIGHEST_GRADE
    assert not JARGON.findall(text)
    assert 1 <= text.count("\n- ") + text.startswith("- ") <= 20
    picture = draw_at_a_glance(edition)
    assert picture.svg.count("<text") > 20
    assert len(picture.indicators) >= 4


@pytest.mark.parametrize("name", EDITIONS)
def test_every_indicator_that_can_stand_there_has_plain_words(project: Project, name: str) -> None:
    edition = load_edition(name, project)
    rows = edition.judgements[edition.judgements["area_code"] == edition.place.code]
    there = rows[
        rows["benchmark_result"].isin(["better", "worse"]) | rows["change_result"].isin(["improved", "worsened"])
    ]
    assert [name for name in set(there["indicator"]) if not edition.catalogue.indicators[name].plain] == []

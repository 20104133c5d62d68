"""The page that anyone understands: what is better and worse, where the gaps are, and what is new, in plain words.

Which figures stand on it is a matter of rules, not of choice: those whose published limits part them from the country's
value, or from their own at the baseline, one of each aim in turn, a headline indicator first.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence

from analysis.blocks import Text
from analysis.catalogue.flags import flag_words
from analysis.narrative.deprivation import say_deprived_share_plainly
from analysis.narrative.life_expectancy import WHO, say_slopes_plainly
from analysis.narrative.prose import Prose
from analysis.narrative.series import Judged, city_rows, previous_rows, series_count, series_key
from analysis.tables.loaded import LoadedEdition
from analysis.tables.reference import Reference, cell_of, judged
from analysis.words import capital, joined, short_period_words, with_unit

MOST = 5
MOST_NAMED = 2
BETTER, WORSE, SIMILAR = "better", "worse", "similar"
IMPROVED, WORSENED, UNMOVED = "improved", "worsened", "no significant change"
SIGNS = ("%", "£")
Item = Sequence[Judged]
"""The rows of one indicator that stand in one line: of men and of women, or of all."""
Beside = Callable[[LoadedEdition, Prose, Item], str]


def describe_first_page(edition: LoadedEdition) -> Text:
    """At most five figures for each of four headings, the gaps within the city, and what is new: 250 words at most."""
    prose = Prose()
    country, rows = edition.place.country.name, city_rows(edition)
    tested = [row for row in rows if row["benchmark_method"] == "limits"]
    for result in (BETTER, WORSE):
        _say_items(edition, prose, f"{capital(result)} than in {country}", chosen(edition, tested, result), _beside)
    _say_unclear(edition, prose, [row for row in tested if row["benchmark_result"] == SIMILAR])
    base = edition.baseline_edition
    for result, words in ((IMPROVED, "Better"), (WORSENED, "Worse")) if base is not None else ():
        moved = _spread(edition, [row for row in rows if row["change_result"] == result])
        _say_items(edition, prose, f"{words} than in our first report", moved, _before)
    prose.say("**Gaps within the city.**")
    say_deprived_share_plainly(edition, prose)
    say_slopes_plainly(edition, prose)
    prose.paragraph()
    if edition.previous_edition is not None:
        _say_what_is_new(edition, edition.previous_edition, prose)
        prose.paragraph()
    _say_tested(edition, prose)
    return prose.text()


def chosen(edition: LoadedEdition, tested: Iterable[Judged], result: str) -> list[Item]:
    """The figures that stand on the page as better or worse than the country's."""
    return _spread(edition, [row for row in tested if row["benchmark_result"] == result])


def _spread(edition: LoadedEdition, rows: Iterable[Judged]) -> list[Item]:
    """At most five indicators: the first of each aim, then the second of each, and so on; headline indicators first."""
    by_indicator: dict[str, list[Judged]] = {}
    for row in rows:
        by_indicator.setdefault(str(row["indicator"]), []).append(row)
    indicators, aims = edition.catalogue.indicators, [aim.id for aim in edition.plan.aims]
    by_aim: dict[str, list[Item]] = {aim: [] for aim in [*aims, ""]}
    for own in sorted(by_indicator.values(), key=lambda rows: not indicators[str(rows[0]["indicator"])].headline):
        aim = str(own[0]["aim"])
        by_aim[aim if aim in aims else ""].append(sorted(own, key=lambda row: str(row["sex"]), reverse=True))
    turns = itertools.zip_longest(*by_aim.values())
    return [item for turn in turns for item in turn if item is not None][:MOST]


def _say_items(edition: LoadedEdition, prose: Prose, heading: str, items: Sequence[Item], beside: Beside) -> None:
    if not items:
        return
    prose.say(f"**{heading}**")
    prose.paragraph()
    for item in items:
        prose.say(f"- {_say(edition, prose, item)}; {beside(edition, prose, item)}.")
    prose.paragraph()


def _say(edition: LoadedEdition, prose: Prose, item: Item) -> str:
    """A figure in the plain words of its definition, or its title and value."""
    first, *others = item
    indicator = edition.catalogue.indicators[str(first["indicator"])]
    who = WHO[str(first["sex"])]
    value = _printed(edition, prose, first, cell_of(first))
    words = (indicator.plain or f"{indicator.title}: {{value}}").replace("{value}", value).replace("{who}", who)
    return ", ".join(
        [words, *(f"{WHO[str(row['sex'])]} {_printed(edition, prose, row, cell_of(row))}" for row in others)]
    )


def _printed(edition: LoadedEdition, prose: Prose, row: Judged, cell: Reference) -> str:
    indicator = edition.catalogue.indicators[str(row["indicator"])]
    unit = indicator.unit if indicator.unit in SIGNS or not indicator.plain else ""
    return prose.number(cell, lambda value: with_unit(value, unit, indicator.decimals).strip())


def _beside(edition: LoadedEdition, prose: Prose, item: Item) -> str:
    values = [_printed(edition, prose, row, judged(row, "benchmark_value")) for row in item]
    return f"in {edition.place.country.name} {joined(values)} ({_when(item[0])})"


def _before(edition: LoadedEdition, prose: Prose, item: Item) -> str:
    values = [_printed(edition, prose, row, judged(row, "baseline_value")) for row in item]
    then = short_period_words(str(item[0]["baseline_start"]), str(item[0]["baseline_end"]))
    return f"before, {joined(values)} ({then}; now {_when(item[0])})"


def _when(row: Judged) -> str:
    words = short_period_words(str(row["period_start"]), str(row["period_end"]))
    return f"{words} [e]" if "[e]" in flag_words(str(row["flag"])) else words


def _say_unclear(edition: LoadedEdition, prose: Prose, rows: Sequence[Judged]) -> None:
    if rows:
        titles = _some(_titles(edition, rows), MOST_NAMED)
        prose.say(f"Too close to {edition.place.country.name} to tell apart: {titles}.")
        prose.paragraph()


def _say_what_is_new(edition: LoadedEdition, previous: LoadedEdition, prose: Prose) -> None:
    last = previous.edition.id
    newer = series_count(edition, f"{last}.value!=", f"{last}.period_end<{{period_end}}")
    new = series_count(edition, f"{last}.value=")
    other = series_count(edition, f"{last}.value!=", f"{last}.period_end={{period_end}}", f"{last}.value!={{value}}")
    words = [f"{prose.counted(newer, 'figure')} {'is' if int(newer) == 1 else 'are'} newer"]
    words += [f"{prose.count(new)} {'is' if int(new) == 1 else 'are'} new to the report"] if new else []
    words += [f"{prose.count(other)} for the same date {'has' if int(other) == 1 else 'have'} changed"] if other else []
    before = previous_rows(edition)
    pairs = [(row, before[series_key(row)]) for row in city_rows(edition) if series_key(row) in before]
    changed = [row for row, then in pairs if then["period_end"] == row["period_end"] and then["value"] != row["value"]]
    named = f" ({_some(_titles(edition, changed), MOST_NAMED)})" if changed else ""
    prose.say(f"**Since our report of {previous.edition.year}.** {capital(joined(words))}{named}.")
    worse = [
        row
        for row, then in pairs
        if row["benchmark_method"] == then["benchmark_method"] == "limits"
        and then["benchmark_result"] != row["benchmark_result"] == WORSE
    ]
    if worse:
        prose.say(f"Newly worse than in {edition.place.country.name}: {'; '.join(_titles(edition, worse))}.")


def _some(titles: Sequence[str], most: int) -> str:
    return "; ".join(titles[:most]) + (" and others" if len(titles) > most else "")


def _titles(edition: LoadedEdition, rows: Iterable[Judged]) -> list[str]:
    """The titles of the rows' indicators, each once."""
    return list(dict.fromkeys(edition.catalogue.indicators[str(row["indicator"])].title for row in rows))


def _say_tested(edition: LoadedEdition, prose: Prose) -> None:
    country = edition.place.country.name
    tested = series_count(edition, benchmark_method="limits")
    if not tested:
        prose.say(f"No figure that is held can be tested against {country}.")
        return
    many = prose.counted(tested, "figure")
    against = f"We tested {many} against {country}"
    moved = series_count(edition, change_result="|".join((IMPROVED, WORSENED, UNMOVED)))
    if edition.baseline_edition is not None and moved:
        against += f" and {prose.count(moved)} over time"
    prose.say(f"{against}. By chance, one in twenty would differ.")

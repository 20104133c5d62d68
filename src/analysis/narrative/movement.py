"""How a figure stands and how it moved, in words: beside the country and the peers, since the baseline, of late."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import pandas as pd

from analysis.catalogue.model import Break, Indicator
from analysis.judge.progress import NO_INTERVAL, NOT_JUDGED
from analysis.narrative.prose import Prose, row_period
from analysis.narrative.series import (
    Judged,
    at_baseline,
    first_of_repeats,
    given_then,
    of_area,
    relative_to_benchmark,
)
from analysis.tables.loaded import LoadedEdition
from analysis.tables.printing import Numbers
from analysis.tables.reference import cell_of, judged
from analysis.words import add_months, capital, day_words, joined, lower_first, ordinal, range_words, rounded, with_unit

WHO = {"male": " (men)", "female": " (women)", "persons": ""}
ONE = {"people": "person", "children": "child", "businesses": "business"}
BARE = ("score", "index", "rank", "average rank", "ratio", "tenth", "sum of ratios", "times earnings")
SEVERAL_WORDS = ("score from", "proportion from", "ratio to")
VERDICTS = {
    "improved": "By the 95% limits of the difference that is an improvement.",
    "worsened": "By the 95% limits of the difference that is a change for the worse.",
    "rose": "By the 95% limits of the difference it is more than chance.",
    "fell": "By the 95% limits of the difference it is more than chance.",
    "no significant change": "By its 95% limits the difference could be chance.",
    NO_INTERVAL: "No limits are held for it, so no verdict is given.",
}
TRENDS = {
    "improving": "The last five points show it improving.",
    "getting worse": "The last five points show it getting worse.",
    "increasing": "The last five points show it going up.",
    "decreasing": "The last five points show it going down.",
    "no significant change": "The last five points show no significant trend.",
}
PLACES = {"worst": "last", "joint worst": "joint last", "best": "best", "joint best": "joint best"}
ANEW = "this edition works it out anew with its own residents"
STALE_YEARS = 3
"""A figure whose period ended longer than this before the cut-off is called old."""
SNAPSHOT = "snapshots of different releases may not be set against each other"


def when(row: Judged) -> str:
    """The reference period of a row as it stands in a sentence.

    Examples
    --------
    >>> when({"period_start": "2021-01-01", "period_end": "2021-12-31"})
    'in 2021'
    >>> when({"period_start": "2021-04-21", "period_end": "2021-04-21"})
    'on 21 April 2021'
    >>> when({"period_start": "2020-11-16", "period_end": "2021-11-15"})
    'from 16 November 2020 to 15 November 2021'
    """
    words = row_period(row)
    if row["period_start"] == row["period_end"]:
        return f"on {words}"
    return f"in {words}" if " to " not in words or words.replace(" to ", "").isdigit() else f"from {words}"


def short_period(row: Judged) -> str:
    """The reference period of a row as it stands in a narrow table: days by their month, odd years by their end.

    Examples
    --------
    >>> short_period({"period_start": "2016-09-01", "period_end": "2017-08-31"})
    '2016/17'
    >>> short_period({"period_start": "2020-11-16", "period_end": "2021-11-15"})
    'year to November 2021'
    >>> short_period({"period_start": "2021-04-21", "period_end": "2021-04-21"})
    'April 2021'
    """
    words, month = row_period(row), day_words(str(row["period_end"])[:7])
    if row["period_start"] == row["period_end"]:
        return month
    odd = " to " in words and not words.replace(" to ", "").isdigit()
    following = (dt.date.fromisoformat(str(row["period_end"])) + dt.timedelta(days=1)).isoformat()
    return f"year to {month}" if odd and add_months(str(row["period_start"]), 12) == following else words


def _when_known(edition: LoadedEdition, row: Judged) -> str:
    """The latest period in a sentence, or which earlier figure the source repeats for it."""
    first = first_of_repeats(edition, row)
    return f"(the source repeats its figure of {row_period(first)} for {row_period(row)})" if first else when(row)


def latest_period(edition: LoadedEdition, row: Judged) -> str:
    """The latest period in a narrow table, or that of the figure which the source repeats for it."""
    first = first_of_repeats(edition, row)
    return f"{short_period(first)}, repeated for {short_period(row)}" if first else short_period(row)


def is_old(edition: LoadedEdition, row: Judged) -> bool:
    """Whether the period of a figure ended long before the cut-off."""
    return str(row["period_end"]) < add_months(edition.edition.cut_off.isoformat(), -12 * STALE_YEARS)


def aged_period(edition: LoadedEdition, row: Judged) -> str:
    """The latest period, that of the figure which the source repeats for it, and whether it is old."""
    measured = first_of_repeats(edition, row) or row
    return latest_period(edition, row) + (", old" if is_old(edition, measured) else "")


def unusual_baselines(edition: LoadedEdition, rows: Sequence[Judged]) -> str:
    """A table's note: baselines that are unusual in their own series, so that a change from them misleads."""
    found: dict[str, list[str]] = {}
    for row in rows:
        if row["baseline_standing"] and pd.notna(row["change"]):
            title = title_of(edition.catalogue.indicators[str(row["indicator"])], row)
            found.setdefault(str(row["baseline_standing"]), []).append(title)
    parts = [f"{standing}: {'; '.join(titles)}" for standing, titles in sorted(found.items())]
    return f"Unusual baselines, from which a change misleads: {'. '.join(map(capital, parts))}." if parts else ""


def worked_anew(edition: LoadedEdition, rows: Sequence[Judged], numbers: Numbers) -> str:
    """A table's note: baselines that are not the number that the baseline report printed, and why."""
    parts = []
    for row in rows:
        if pd.isna(row["baseline_value"]):
            continue
        then = given_then(edition, edition.baseline_edition, at_baseline(row))
        if then is not None:
            indicator = edition.catalogue.indicators[str(row["indicator"])]
            printed = given_in(edition.baseline_edition, then, short_unit(then), indicator.decimals, numbers)
            parts.append(f"{title_of(indicator, row)}, {printed}")
    if not parts:
        return ""
    return f"Worked out anew with this edition's residents; the baseline report gave: {'; '.join(parts)}."


def title_of(indicator: Indicator, row: Judged) -> str:
    """The indicator's title and, where the row is of one sex, which."""
    return indicator.title + WHO[str(row["sex"])]


def named(indicator: Indicator, row: Judged) -> str:
    """The title of a row of a table, with the unit where it stands neither in the title nor beside the number."""
    unit = str(row["unit"])
    said = short_unit(row) != "score" or unit == "score" or unit.partition(" ")[0] in indicator.title.lower().split()
    return title_of(indicator, row) + ("" if said else f", {unit}")


def amount(size: float, unit: str, decimals: int) -> str:
    """A difference without its sign, with its unit.

    Examples
    --------
    >>> amount(6.0, "%", 1), amount(16.5, "£", 2), amount(1.0, "people", 0), amount(0.24, "score from 0 to 10", 2)
    ('6.0 percentage points', '£16.50', '1 person', '0.24')
    >>> amount(1.5, "years", 1), amount(30.06, "per 100,000 people", 1), amount(1.0, "percentage points", 1)
    ('1.5 years', '30.1 per 100,000 people', '1.0 percentage points')
    """
    number = rounded(abs(size), decimals)
    if unit == "%":
        return f"{number} percentage point{'' if number == '1' else 's'}"
    if unit.startswith("£"):
        return with_unit(abs(size), unit, decimals)
    if unit in BARE or unit.startswith(SEVERAL_WORDS):
        return number
    return f"{number} {ONE.get(unit, unit.removesuffix('s')) if number == '1' and ' ' not in unit else unit}"


def move(change: float, unit: str, decimals: int) -> str:
    """A change as a rise, a fall or none at the precision printed.

    Examples
    --------
    >>> move(1.2, "%", 1), move(-0.3, "%", 1), move(0.04, "%", 1)
    ('a rise of 1.2 percentage points', 'a fall of 0.3 percentage points', 'no change')
    """
    if not float(rounded(abs(change), decimals).replace(",", "")):
        return "no change"
    return f"a {'rise' if change > 0 else 'fall'} of {amount(change, unit, decimals)}"


def signed(change: float, decimals: int) -> str:
    """A change as a number with its sign, for tables; a true minus, and none before zero.

    Examples
    --------
    >>> signed(1.25, 1), signed(-0.31, 1), signed(0.02, 1)
    ('+1.3', '−0.3', '0.0')
    """
    number = rounded(change, decimals).replace("-", "−")
    return number if number[0] == "−" or not float(number.replace(",", "")) else f"+{number}"


def place_words(row: Judged, peers_name: str, numbers: Numbers) -> str:
    """The rank of the city among all of the peers, in words; empty where there is none.

    Examples
    --------
    >>> row = {"indicator": "rate", "area_code": "E08000012", "sex": "persons", "age": "all", "peers_rank": 3.0,
    ...     "peers_ranked": 8.0, "peers_tied": 0.0, "peers_place": "", "polarity": "lower_is_better"}
    >>> def words(**other: object) -> str:
    ...     prose = Prose()
    ...     return prose.placed(place_words({**row, **other}, "core cities", prose))[0]
    >>> words(), words(peers_place="joint worst")
    ('third of the eight core cities', 'joint last of the eight core cities')
    >>> words(polarity="neutral", peers_rank=1.0), words(peers_tied=2.0)
    ('highest of the eight core cities', 'joint third of the eight core cities')
    """
    rank = rank_words(row, numbers)
    return f"{rank} of the {numbers.counted(judged(row, 'peers_ranked'), peers_name, peers_name)}" if rank else ""


def rank_words(row: Judged, numbers: Numbers) -> str:
    """The same without the number of those ranked: best and last where a place is given, else the rank alone."""
    if pd.isna(row["peers_rank"]):
        return ""
    if row["peers_place"] in PLACES:
        return PLACES[str(row["peers_place"])]
    rank = judged(row, "peers_rank")
    words = numbers.number(rank, lambda place: ordinal(round(place)))
    if row["polarity"] == "neutral":
        words = "highest" if int(rank) == 1 else f"{words} highest"
    return f"joint {words}" if row["peers_tied"] else words


def breaks_crossed(edition: LoadedEdition, row: Judged) -> list[Break]:
    """The declared breaks that lie between the row's baseline period and its latest."""
    declared = edition.catalogue.indicators[str(row["indicator"])].breaks
    base, last = str(row["baseline_end"] or ""), str(row["period_end"])
    named = dict.fromkeys(broken for day, broken in sorted(declared.items()) if base and base < day <= last)
    return [edition.catalogue.breaks[name] for name in named]


def say_standing(edition: LoadedEdition, row: Judged, prose: Prose) -> None:
    """The city's latest value beside the country's and the range of the peers, with the verdict that limits allow."""
    indicator, place, unit = edition.catalogue.indicators[str(row["indicator"])], edition.place, str(row["unit"])
    decimals = indicator.decimals
    words = f"- **{title_of(indicator, row)}**: {prose.value(row, decimals)} {_when_known(edition, row)}"
    words += prose.limits(row, decimals)
    beside = []
    if pd.notna(row["benchmark_value"]) and row["benchmark_method"] != "none":
        country = prose.number(
            of_area(edition, row, place.country.code), lambda value: range_words(value, value, unit, decimals)
        )
        beside.append(f"{country} in {place.country.name}")
    if pd.notna(row["peers_lowest"]) and row["peers_ranked"] > 1 and indicator.comparison != "none":
        peers = prose.between(judged(row, "peers_lowest"), judged(row, "peers_highest"), unit, decimals)
        beside.append(f"{peers} in the other {place.peers_name}")
    prose.say(f"{words}, against {joined(beside)}." if beside else f"{words}.")
    rank = place_words(row, place.peers_name, prose)
    result, name = str(row["benchmark_result"]), place.country.name
    if result in ("better", "worse", "higher", "lower"):
        than = f"By its 95% limits {place.name} is {result} than {name}"
        prose.say(f"{than}; it is {rank}." if rank else f"{than}.")
    elif result == "similar":
        prose.say(f"By its 95% limits {place.name} cannot be told from {name}{f'; it is {rank}' if rank else ''}.")
    elif rank:
        prose.say(f"It is {rank}, by rank alone.")


def say_change(edition: LoadedEdition, row: Judged, prose: Prose) -> None:
    """What became of the figure since the baseline, beside the comparators' change; or why no change is given."""
    indicator, unit = edition.catalogue.indicators[str(row["indicator"])], str(row["unit"])
    decimals, reason = indicator.decimals, str(row["change_reason"])
    if pd.isna(row["baseline_value"]):
        prose.say("The baseline report could give no figure of it.")
        return
    base = at_baseline(row)
    then = f"{prose.value(base, decimals, unit=_said_before(unit))} ({row_period(base)})"
    given = given_then(edition, edition.baseline_edition, base)
    if given is not None:
        printed = given_in(edition.baseline_edition, given, _said_before(unit), decimals, prose)
        prose.say(f"The baseline report gave {printed} ({row_period(base)}); {ANEW}.")
    if row["baseline_end"] == row["period_end"]:
        prose.say("No later period is held than in the baseline report.")
    elif indicator.kind == "money":
        prose.say(f"At the baseline it was {then}. {_beside_benchmark(edition, row, prose)}")
    elif pd.isna(row["change"]):
        crossed = breaks_crossed(edition, row)
        if crossed:
            titles = "; ".join(lower_first(item.title) for item in crossed)
            prose.say(f"At the baseline it was {then}, but no change is given across a break: {titles}.")
        elif reason == SNAPSHOT:
            prose.say(f"In the baseline report it was {then}; the two are snapshots and make no change.")
        else:
            prose.say(f"At the baseline it was {then}. No change is given: {reason}.")
    else:
        words = prose.judged(row, "change", lambda change: move(change, unit, decimals))
        prose.say(f"At the baseline it was {then}: {words} since{_comparators(edition, row, decimals, prose)}.")
        if row["baseline_standing"]:
            prose.say(f"{base_effect(str(row['baseline_standing']))}.")
        if str(row["change_result"]) == NOT_JUDGED:
            prose.say(f"No verdict is given: {reason}.")
        else:
            prose.say(VERDICTS[str(row["change_result"])])


def base_effect(standing: str) -> str:
    """What an unusual baseline means for a change that is counted from it.

    Examples
    --------
    >>> base_effect("the lowest of its series")
    'The baseline is the lowest of its series: counted from any other year the change would look otherwise'
    """
    return (
        f"The baseline is {standing}: counted from {'any other year' if 'series' in standing else 'a year beside it'} "
        "the change would look otherwise"
    )


def _said_before(unit: str) -> str:
    """The unit of a further value of a sentence: a scale that was named with the first is not named again."""
    return "score" if unit.startswith(SEVERAL_WORDS) else unit


def _comparators(edition: LoadedEdition, row: Judged, decimals: int, prose: Prose) -> str:
    place, parts = edition.place, []
    for column, where in (
        ("country_change", f"in {place.country.name}"),
        ("peers_change_median", f"at the median of the other {place.peers_name}"),
    ):
        if pd.notna(row[column]):
            parts.append(f"{prose.judged(row, column, lambda change: move(change, 'score', decimals))} {where}")
    return f", beside {joined(parts)}" if parts else ""


def _beside_benchmark(edition: LoadedEdition, row: Judged, prose: Prose) -> str:
    """Money of two dates as a share of the benchmark's of the same dates: no deflator is needed for that."""
    shares = relative_to_benchmark(edition, row)
    if shares is None:
        return "Both are in the money of their own time, so no change is given."
    if shares.then is None or shares.now is None:
        return (
            "Both are in the money of their own time, so no change is given; nor is a share of "
            f"{shares.name}, since an amount that is not above 0 has none."
        )
    name = shares.name + ("'s" if shares.name == edition.place.country.name else "")
    then, now = (prose.number(share, percent) for share in (shares.then, shares.now))
    return (
        f"Both are in the money of their own time, so no change is given; set against {name} it was {then} then "
        f"and is {now} now, and no verdict is drawn from that."
    )


def percent(share: float) -> str:
    """A percentage as it is printed of money."""
    return f"{rounded(share, 1)}%"


def say_since_previous(edition: LoadedEdition, row: Judged, before: Judged | None, prose: Prose) -> None:
    """What the previous report gave, and whether anything newer is held."""
    if before is None or edition.previous_edition is None or edition.previous_edition.edition.baseline is None:
        return
    report = f"the report of {edition.previous_edition.edition.year}"
    decimals = edition.catalogue.indicators[str(row["indicator"])].decimals
    given = given_in(edition.previous_edition, before, _said_before(str(before["unit"])), decimals, prose)
    if before["period_end"] != row["period_end"]:
        prose.say(f"{report[:1].upper()}{report[1:]} gave {given} ({row_period(before)}).")
    elif given_then(edition, edition.previous_edition, row) is not None:
        prose.say(f"{report[:1].upper()}{report[1:]} gave {given} for the same period; {ANEW}.")
    elif before["value"] != row["value"]:
        prose.say(f"The figure has been revised since {report}, which gave {given} for the same period.")
    else:
        prose.say(f"Nothing newer is held than in {report}.")


def say_trend(row: Judged, prose: Prose) -> None:
    """The recent trend, where it could be tested."""
    words = TRENDS.get(str(row["trend_result"]))
    if words is not None:
        prose.say(words)


def given_in(other: LoadedEdition | None, row: Judged, unit: str, decimals: int, numbers: Numbers) -> str:
    """The value of a row of another edition, which is there."""
    reference = cell_of(row, edition=other.edition.id if other is not None else "")
    return numbers.number(reference, lambda value: with_unit(value, unit, decimals))


def baseline_cell(row: Judged, decimals: int, numbers: Numbers) -> str:
    """A table cell: the baseline's value and period."""
    if pd.isna(row["baseline_value"]):
        return "none"
    base = at_baseline(row)
    return f"{numbers.value(base, decimals, unit=short_unit(row))} ({short_period(base)})"


def short_unit(row: Judged) -> str:
    """The unit as far as it stands beside a number in a table: the rest stands with the title."""
    unit = str(row["unit"])
    return unit if unit == "%" or unit.startswith("£") else "score"

"""How a figure stands and how it moved, in words: beside the country and the peers, since the baseline, of late."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pandas as pd

from analysis.catalogue.model import Break, Indicator
from analysis.judge.progress import NO_INTERVAL, NOT_JUDGED
from analysis.narrative.origins import first_of_repeats, given_then
from analysis.narrative.prose import Prose, judged_key, row_period
from analysis.tables import keys
from analysis.tables.loaded import LoadedEdition
from analysis.words import add_months, counted, day_words, joined, ordinal, range_words, rounded, with_unit

Judged = Any  # one row of judgements.csv: a mapping

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
    NO_INTERVAL: "No limits are published with it, so no verdict is given.",
}
TRENDS = {
    "improving": "The last five points show it improving.",
    "getting worse": "The last five points show it getting worse.",
    "increasing": "The last five points show it going up.",
    "decreasing": "The last five points show it going down.",
    "no significant change": "The last five points show no significant trend.",
}
ANEW = "this edition works it out anew with its own residents"
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


def worked_anew(edition: LoadedEdition, rows: Sequence[Judged]) -> str:
    """A table's note: baselines that are not the number that the baseline report printed, and why."""
    parts = []
    for row in rows:
        if pd.isna(row["baseline_value"]):
            continue
        then = given_then(edition, edition.baseline_edition, at_baseline(row))
        if then is not None:
            indicator = edition.catalogue.indicators[str(row["indicator"])]
            printed = with_unit(then["value"], short_unit(then), indicator.decimals)
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


def at_baseline(row: Judged) -> dict[str, Any]:
    """The row as it was in the baseline period."""
    ends = {"period_start": row["baseline_start"], "period_end": row["baseline_end"], "value": row["baseline_value"]}
    return {**row, **ends}


def place_words(row: Judged, peers_name: str, prose: Prose | None = None) -> str:
    """The rank of the city among all of the peers, in words (noted, in a sentence); empty where there is none.

    Examples
    --------
    >>> row = {"peers_rank": 3.0, "peers_ranked": 8.0, "peers_place": "", "polarity": "lower_is_better"}
    >>> place_words(row, "core cities"), place_words({**row, "peers_place": "joint worst"}, "core cities")
    ('third of the eight core cities', 'joint last of the eight core cities')
    >>> place_words({**row, "polarity": "neutral", "peers_rank": 1.0}, "core cities")
    'highest of the eight core cities'
    """
    if pd.isna(row["peers_rank"]):
        return ""
    rank, of = int(row["peers_rank"]), counted(row["peers_ranked"], peers_name, peers_name)
    if prose is not None:
        of = prose.counted(row["peers_ranked"], judged_key(row, "peers_ranked"), peers_name, peers_name)
    words = prose.judged(ordinal(rank), row, "peers_rank") if prose is not None else ordinal(rank)
    if row["polarity"] == "neutral":
        words = "highest" if rank == 1 else f"{words} highest"
    elif rank == 1:
        words = "best"
    named = {"worst": "last", "joint worst": "joint last", "best": "best", "joint best": "joint best"}
    return f"{named.get(str(row['peers_place']), words)} of the {of}"


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
        text = range_words(row["benchmark_value"], row["benchmark_value"], unit, decimals)
        beside.append(f"{prose.of_area(text, row, place.country.code)} in {place.country.name}")
    if pd.notna(row["peers_lowest"]) and row["peers_ranked"] > 1 and indicator.comparison != "none":
        ends = [judged_key(row, column) for column in ("peers_lowest", "peers_highest")]
        peers = prose.between(row["peers_lowest"], row["peers_highest"], unit, decimals, ends)
        beside.append(f"{peers} in the other {place.peers_name}")
    prose.say(f"{words}, against {joined(beside)}." if beside else f"{words}.")
    rank = place_words(row, place.peers_name, prose)
    result, country = str(row["benchmark_result"]), place.country.name
    if result in ("better", "worse", "higher", "lower"):
        than = f"By its 95% limits {place.name} is {result} than {country}"
        prose.say(f"{than}; it is {rank}." if rank else f"{than}.")
    elif result == "similar":
        prose.say(f"By its 95% limits {place.name} cannot be told from {country}{f'; it is {rank}' if rank else ''}.")
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
    if given is not None and edition.baseline_edition is not None:
        key = keys.row_key(given, edition=edition.baseline_edition.edition.id)
        printed = prose.number(with_unit(given["value"], _said_before(unit), decimals), key)
        prose.say(f"The baseline report gave {printed} ({row_period(base)}); {ANEW}.")
    if row["baseline_end"] == row["period_end"]:
        prose.say("No later period has come out since the baseline report.")
    elif indicator.kind == "money":
        prose.say(f"At the baseline it was {then}. {_beside_benchmark(edition, row, prose)}")
    elif pd.isna(row["change"]):
        crossed = breaks_crossed(edition, row)
        if crossed:
            titles = "; ".join(item.title[:1].lower() + item.title[1:] for item in crossed)
            prose.say(f"At the baseline it was {then}, but no change is given across a break: {titles}.")
        elif reason == SNAPSHOT:
            prose.say(f"In the baseline report it was {then}; the two are snapshots and make no change.")
        else:
            prose.say(f"At the baseline it was {then}. No change is given: {reason}.")
    else:
        words = prose.judged(move(row["change"], unit, decimals), row, "change")
        prose.say(f"At the baseline it was {then}: {words} since{_comparators(edition, row, decimals, prose)}.")
        if str(row["change_result"]) == NOT_JUDGED:
            prose.say(f"No verdict is given: {reason}.")
        else:
            prose.say(VERDICTS[str(row["change_result"])])


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
            parts.append(f"{prose.judged(move(row[column], 'score', decimals), row, column)} {where}")
    return f", beside {joined(parts)}" if parts else ""


def _beside_benchmark(edition: LoadedEdition, row: Judged, prose: Prose) -> str:
    """Money of two dates as a share of the benchmark's of the same dates: no deflator is needed for that."""
    shares = relative_to_benchmark(edition, row)
    if shares is None:
        return "Both are in the money of their own time, so no change is given."
    name, then, now, areas = shares
    name += "'s" if name == edition.place.country.name else ""
    texts = [
        prose.number(f"{rounded(share, 1)}%", f"{keys.row_key(part)} / {_benchmark_key(part, areas)}")
        for share, part in ((then, at_baseline(row)), (now, row))
    ]
    return (
        f"Both are in the money of their own time, so no change is given; set against {name} it was {texts[0]} then "
        f"and is {texts[1]} now, and no verdict is drawn from that."
    )


def _benchmark_key(row: Judged, areas: Sequence[str]) -> str:
    """The key of the value of one area beside a row, or of the median of several."""
    if len(areas) == 1:
        return keys.row_key(row, area=areas[0])
    same = {name: row[name] for name in ("indicator", "period_end", "sex", "age")}
    return keys.total("median", "value", "indicators", "value!=", area_code="|".join(areas), **same)


def relative_to_benchmark(edition: LoadedEdition, row: Judged) -> tuple[str, float, float, list[str]] | None:
    """A figure as a percentage of the country's, or of the peers' median where the country has none, then and now.

    Last come the codes of the areas that it is set against.
    """
    indicator, place = edition.catalogue.indicators[str(row["indicator"])], edition.place
    if indicator.comparison == "none" or indicator.polarity == "neutral":
        return None
    rows = edition.rows(indicator.id)
    rows = rows[(rows["sex"] == row["sex"]) & (rows["age"] == row["age"]) & rows["value"].notna()]
    for name, codes in (
        (place.country.name, [place.country.code]),
        (f"the median of the other {place.peers_name}", [peer.code for peer in place.peers]),
    ):
        own = rows[rows["area_code"].isin(codes)].drop_duplicates(["area_code", "period_end"], keep="last")
        medians = own.groupby("period_end")["value"].median()
        if {row["baseline_end"], row["period_end"]} <= set(medians.index):
            then = 100 * row["baseline_value"] / medians[row["baseline_end"]]
            return name, float(then), float(100 * row["value"] / medians[row["period_end"]]), codes
    return None


def say_since_previous(edition: LoadedEdition, row: Judged, before: Judged | None, prose: Prose) -> None:
    """What the previous report gave, and whether anything newer has come out since."""
    if before is None or edition.previous_edition is None or edition.previous_edition.edition.baseline is None:
        return
    report = f"the report of {edition.previous_edition.edition.year}"
    decimals = edition.catalogue.indicators[str(row["indicator"])].decimals
    key = keys.row_key(before, edition=edition.previous_edition.edition.id)
    given = prose.number(with_unit(before["value"], _said_before(str(before["unit"])), decimals), key)
    if before["period_end"] != row["period_end"]:
        prose.say(f"{report[:1].upper()}{report[1:]} gave {given} ({row_period(before)}).")
    elif given_then(edition, edition.previous_edition, row) is not None:
        prose.say(f"{report[:1].upper()}{report[1:]} gave {given} for the same period; {ANEW}.")
    elif before["value"] != row["value"]:
        prose.say(f"The figure has been revised since {report}, which gave {given} for the same period.")
    else:
        prose.say(f"Nothing newer has come out since {report}.")


def say_trend(row: Judged, prose: Prose) -> None:
    """The recent trend, where it could be tested."""
    words = TRENDS.get(str(row["trend_result"]))
    if words is not None:
        prose.say(words)


def baseline_cell(row: Judged, decimals: int) -> str:
    """A table cell: the baseline's value and period."""
    if pd.isna(row["baseline_value"]):
        return "none"
    return f"{with_unit(row['baseline_value'], short_unit(row), decimals)} ({short_period(at_baseline(row))})"


def short_unit(row: Judged) -> str:
    """The unit as far as it stands beside a number in a table: the rest stands with the title."""
    unit = str(row["unit"])
    return unit if unit == "%" or unit.startswith("£") else "score"

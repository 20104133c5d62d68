"""The ward explorer's data: every measure by ward as it is printed, its limits, ranks, marks, classes and outlines.

Everything that the page shows is worked out here, so that its script draws and adds nothing of its own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from analysis.blocks import Explorer
from analysis.catalogue.flags import FLAGS, flag_words
from analysis.catalogue.measures import DERIVED
from analysis.catalogue.model import Indicator
from analysis.errors import UsageError
from analysis.figures import rows as plotted
from analysis.figures.classes import class_labels, classify, printed, quantile_breaks, sensible_breaks, signed
from analysis.figures.explorer_ground import ground, wards_before
from analysis.figures.maps import diverging_palette, map_breaks, sequential_palette
from analysis.measures.ranks import rank_range
from analysis.tables.loaded import LoadedEdition
from analysis.tables.printing import Numbers
from analysis.words import capital, counted, day_words, period_words

POLARITY = {
    "higher_is_better": "A higher value is better.",
    "lower_is_better": "A lower value is better.",
    "neutral": "Neither end is better.",
}
BY_RANK = (
    "Rank 1 is the highest value. The range holds the ranks that the 95% limits allow: a ward stands above another "
    "only where its limits lie wholly above the other's."
)
NO_RANGE = "Rank 1 is the highest value. No limits are held, so how sure a rank is cannot be said."
BARE_UNITS = ("%", "score", "index", "rank", "average rank", "ratio")
FIRST = "imd_average_score"


def draw_explorer(edition: LoadedEdition) -> Explorer:
    """Every measure by ward for the explorer of the web page: map, table, marks and comparisons.

    Parameters
    ----------
    edition : LoadedEdition

    Raises
    ------
    UsageError
        If the edition has no values by ward, or no outlines of its wards.
    """
    ward = edition.edition.ward_geography
    outlines = plotted.outlines_of(edition, ward)
    city = _City.of(edition)
    series = [_series(city, *key) for key in _keys(edition)]
    if not series:
        raise UsageError(f"{edition.edition.id} has no values by ward: there is nothing to explore.")
    before = wards_before(edition)
    drawn = [ward, before[0]] if before else [ward]
    table = pd.concat([one.table for one in series], ignore_index=True)
    place = edition.place
    data: dict[str, Any] = {
        "edition": edition.edition.id,
        "place": place.name,
        "country": place.country.name,
        "views": {
            "value": "the values themselves",
            "city": f"difference from {place.name}",
            "country": f"difference from {place.country.name}",
            "change": "change since the baseline edition",
            "rank": "rank among the wards",
        },
        "wards": {
            "codes": outlines["area_code"].tolist(),
            "names": outlines["area_name"].tolist(),
            **ground(outlines),
        },
        "first": next((one.data["id"] for one in series if one.measure == FIRST), series[0].data["id"]),
        "before": before[1] if before else None,
        "series": [one.data for one in series],
    }
    return Numbers().explorer(
        title=f"The wards of {place.name}: map and table of {counted(len(series), 'measure')}",
        alt=(
            f"Map of the {counted(len(outlines), 'ward')} of {place.name}, coloured by the measure chosen. "
            "The table beside it gives the same values."
        ),
        source=plotted.source_of(edition, table, drawn),
        data=json.dumps(
            {**data, "words": list(city.words)}, ensure_ascii=False, separators=(",", ":"), allow_nan=False
        ),
        csv=plotted.to_csv(table, ["indicator", "sex", "age", "area_code"]),
        note=plotted.note_of(plotted.flags_note(table["flag"]), plotted.stand_in_note(edition, table)),
        rows_of=("indicators", "ward_series"),
        indicators=dict.fromkeys(table["indicator"]),
    )


JUDGED = {
    "benchmark_result": "city_result",
    "benchmark_reason": "city_reason",
    "baseline_value": "baseline_value",
    "baseline_end": "baseline_end",
    "change": "change",
    "change_result": "change_result",
    "change_reason": "change_reason",
}
UNJUDGED = ("", "", np.nan, "", np.nan, "", "")


@dataclass
class _City:
    """The edition, its judgements of wards by key, and sentences that come up often, each known by its number."""

    edition: LoadedEdition
    judged: dict[tuple[str, ...], tuple[Any, ...]]
    words: dict[str, int] = field(default_factory=dict)
    sources: dict[tuple[str, str], str] = field(default_factory=dict)

    @classmethod
    def of(cls, edition: LoadedEdition) -> _City:
        judged = edition.judgements
        judged = judged[judged["geography"] == edition.edition.ward_geography]
        keys = judged[["indicator", "sex", "age", "period_end", "area_code"]].itertuples(index=False, name=None)
        return cls(edition, dict(zip(keys, judged[[*JUDGED]].itertuples(index=False, name=None), strict=True)))

    def number(self, sentence: str) -> int:
        return self.words.setdefault(sentence, len(self.words))

    def source(self, rows: pd.DataFrame) -> str:
        """The source line of rows that share one release."""
        key = str(rows["source"].iloc[0]), str(rows["release"].iloc[0])
        if key not in self.sources:
            self.sources[key] = plotted.source_of(self.edition, rows).line
        return self.sources[key]


@dataclass(frozen=True)
class _Series:
    """An indicator of one sex and age: its rows with what was worked out, and the same as the page reads it."""

    table: pd.DataFrame
    data: dict[str, Any]
    measure: str


def _keys(edition: LoadedEdition) -> list[tuple[Indicator, str, str, str]]:
    """Indicator, sex, age and aim of everything with a value by ward, in the order of the plan."""
    ward = edition.edition.ward_geography
    aims = {priority.id: aim.title for aim in edition.plan.aims for priority in aim.priorities}
    place = {priority: number for number, priority in enumerate(edition.plan.priorities)}
    present = set(edition.indicators.loc[edition.indicators["geography"] == ward, "indicator"])
    keys = []
    for indicator in edition.catalogue.indicators.values():
        if indicator.id not in present:
            continue
        latest = edition.latest(indicator.id, ward)
        groups = sorted(set(latest.loc[latest["value"].notna(), ["sex", "age"]].itertuples(index=False, name=None)))
        first = min((place[name] for name in indicator.priorities if name in place), default=len(place))
        aim = next((aims[name] for name in indicator.priorities if place.get(name) == first), "Other measures")
        keys += [((first, indicator.title, sex, age), (indicator, sex, age, aim)) for sex, age in groups]
    return [key for _, key in sorted(keys, key=lambda pair: pair[0])]


def _series(city: _City, indicator: Indicator, sex: str, age: str, aim: str) -> _Series:
    edition = city.edition
    rows = plotted.ward_rows(edition, indicator.id, sex, age)
    first = rows.iloc[0]
    marks = _marks(edition, indicator, rows)
    table = _worked_out(city, rows, {mark.code: mark.value for mark in marks if mark.same_period})
    values = printed(rows["value"], indicator.decimals)
    limited = bool(table["rank_from"].notna().any())
    title = ", ".join(part for part in (indicator.title, plotted.SEXES[sex]) if part)
    texts = ["" if np.isnan(v) else plotted.value_words(v, indicator) for v in rows["value"]]
    cells = ["" if np.isnan(v) else _cell(v, indicator) for v in rows["value"]]
    views, refused = _views(edition, indicator, table, values)
    data = {
        "id": "-".join([indicator.id, *(part for part in (sex, age) if part not in ("persons", "all"))]),
        "title": title,
        "aim": aim,
        "unit": indicator.unit,
        "when": period_words(str(first["period_start"]), str(first["period_end"])),
        "about": [indicator.definition, POLARITY[indicator.polarity]],
        "ranked": BY_RANK if limited else NO_RANGE,
        "limits": plotted.note_of(
            plotted.method_note(indicator, str(first["source"])),
            "A count: a large ward has more of everything." if indicator.kind == "count" else "",
            indicator.limits,
        ),
        "source": city.source(rows),
        "unitShown": "" if indicator.unit in BARE_UNITS or indicator.unit.startswith("£") else indicator.unit,
        "cells": None if cells == texts else cells,
        "values": _numbers(values),
        "texts": texts,
        "low": _numbers(printed(rows["lower_ci95"], indicator.decimals)),
        "high": _numbers(printed(rows["upper_ci95"], indicator.decimals)),
        "limitTexts": [_range(*pair, indicator) for pair in zip(rows["lower_ci95"], rows["upper_ci95"], strict=True)],
        "ranks": _numbers(table["rank"]),
        "rankTexts": [
            "" if np.isnan(low) else f"{low:.0f} to {high:.0f}" if low < high else f"{low:.0f}"
            for low, high in zip(table["rank_from"], table["rank_to"], strict=True)
        ],
        "flags": rows["flag"].tolist(),
        "flagWords": [city.number(_flag_sentence(flag)) for flag in rows["flag"]],
        "verdicts": [city.number(verdict) for verdict in _verdicts(edition, indicator, table)],
        "changes": [
            city.number(change) for change in _changes(indicator, table, based=edition.edition.baseline is not None)
        ],
        "marks": [
            {"name": mark.name, "value": mark.value, "text": plotted.value_words(mark.value, indicator)}
            for mark in marks
        ],
        "views": views,
        "refused": refused,
    }
    return _Series(
        table.drop(columns=["city_reason", "change_reason", "baseline_end"]), data, indicator.inputs[0].measure
    )


@dataclass(frozen=True)
class _Mark:
    """The value of the city or of the country beside the wards, its name with its period where that is another."""

    code: str
    name: str
    value: float
    same_period: bool


def _marks(edition: LoadedEdition, indicator: Indicator, rows: pd.DataFrame) -> list[_Mark]:
    """The city's and the country's value of the wards' period, else their latest one, which is then named."""
    if indicator.kind == "count":
        return []
    first = rows.iloc[0]
    table = edition.rows(indicator.id)
    same = table["value"].notna() & (table["sex"] == first["sex"]) & (table["age"] == first["age"])
    found = []
    for code, name in (
        (edition.place.code, edition.place.name),
        (edition.place.country.code, edition.place.country.name),
    ):
        own = table[same & (table["area_code"] == code)].sort_values(["period_end", "release"])
        if own.empty:
            continue
        here = own[(own["period_end"] == first["period_end"]) & (own["period_start"] == first["period_start"])]
        row = (here if len(here) else own).iloc[-1]
        when = "" if len(here) else f", {period_words(str(row['period_start']), str(row['period_end']))}"
        found.append(_Mark(code, f"{name}{when}", float(row["value"]), bool(len(here))))
    return found


def _worked_out(city: _City, rows: pd.DataFrame, marks: Mapping[str, float]) -> pd.DataFrame:
    """The ward rows with ranks, the city's and the country's value, and the judgements of the same period."""
    place = city.edition.place
    known = rows["value"].notna()
    lower, upper = rows["lower_ci95"].where(known), rows["upper_ci95"].where(known)
    low, high = rank_range(lower, upper) if lower[known].notna().all() else (np.nan, np.nan)
    first = tuple(rows.iloc[0][["indicator", "sex", "age", "period_end"]])
    judged = [city.judged.get((*first, code), UNJUDGED) for code in rows["area_code"]]
    shown = pd.Series(printed(rows["value"], city.edition.catalogue.indicators[first[0]].decimals), rows.index)
    return rows.assign(
        **dict(zip(JUDGED.values(), map(list, zip(*judged, strict=True)), strict=True)),
        rank=shown.rank(ascending=False, method="min"),
        rank_from=low,
        rank_to=high,
        city_value=marks.get(place.code, np.nan),
        country_value=marks.get(place.country.code, np.nan),
    )


def _views(
    edition: LoadedEdition, indicator: Indicator, table: pd.DataFrame, values: np.ndarray
) -> tuple[dict[str, Any], dict[str, str]]:
    """What the map can show of a series, each with classes and printed texts; and why it cannot show the rest."""
    derived = any(given.measure == DERIVED for given in indicator.inputs)
    why = {
        "count": f"a count of a ward is part of the count of {edition.place.name}",
        "derived": f"the values are distances from {edition.place.name} already",
        "none": "no figure of the same measure and period is held",
    }
    views = {"value": _view(indicator, values, breaks=True)}
    refused = {}
    for name, beside in (("city", table["city_value"]), ("country", table["country_value"])):
        case = "count" if indicator.kind == "count" else "derived" if derived else "none"
        if case != "none" or beside.isna().all():
            refused[name] = why[case]
        else:
            views[name] = _view(indicator, printed(table["value"] - beside, indicator.decimals), plus=True)
    if table["change"].notna().any():
        views["change"] = _view(indicator, printed(table["change"], indicator.decimals), plus=True)
    elif edition.edition.baseline is None:
        refused["change"] = "this is the baseline edition"
    else:
        refused["change"] = next((str(why) for why in table["change_reason"] if why), "no ward can be compared")
    views["rank"] = _ranked(table["rank"].to_numpy(dtype=float))
    return views, refused


def _view(indicator: Indicator, values: np.ndarray, *, plus: bool = False, breaks: bool = False) -> dict[str, Any]:
    """Classes of values: of its own by the breaks of the indicator's map, of differences (``plus``) by theirs."""
    diverging = bool(np.nanmin(values) < 0 < np.nanmax(values))
    given = indicator if breaks else _without_breaks(indicator)
    cuts = map_breaks(given, values, diverging=diverging)
    palette = diverging_palette(cuts) if diverging else sequential_palette(len(cuts) + 1)
    texts = ["" if not plus or np.isnan(value) else _distance(value, indicator) for value in values]
    labels = class_labels(cuts, indicator.decimals, plus=plus or diverging)
    return {"labels": labels, "colours": palette, "classes": classify(values, cuts).tolist(), "texts": texts}


def _without_breaks(indicator: Indicator) -> Indicator:
    return replace(indicator, map_breaks=())


def _ranked(ranks: np.ndarray) -> dict[str, Any]:
    """Classes of ranks, the highest values darkest."""
    cuts = sensible_breaks(quantile_breaks(ranks), ranks, 0)
    last = np.nanmax(ranks)
    starts = [1.0, *(cut + 1 for cut in cuts)]
    labels = [f"{start:.0f} to {end:.0f}" for start, end in zip(starts, [*cuts, last], strict=True)]
    palette = sequential_palette(len(cuts) + 1)[::-1]
    return {"labels": labels, "colours": palette, "classes": classify(ranks, cuts).tolist()}


def _verdicts(edition: LoadedEdition, indicator: Indicator, table: pd.DataFrame) -> list[str]:
    """How each ward stands beside the city, by limits, or why that is not said."""
    place = edition.place.name
    said = []
    for result, reason in zip(table["city_result"], table["city_reason"], strict=True):
        if indicator.kind == "count" or not result or result == "not compared":
            said.append("")
        elif result == reason:
            said.append(f"No verdict beside {place}: {reason}.")
        else:
            said.append(f"{capital(result)} beside {place}: {reason}.")
    return said


def _changes(indicator: Indicator, table: pd.DataFrame, *, based: bool) -> list[str]:
    """How each ward moved since the baseline edition, or why that is not said."""
    said = []
    columns = ["change", "baseline_end", "change_result", "change_reason"]
    for change, end, verdict, why in table[columns].itertuples(index=False, name=None):
        if np.isnan(change):
            said.append(f"Change since the baseline: not given, as {why}." if why and based else "")
            continue
        moved = _distance(change, indicator)
        reason = "" if verdict == why else f", {why}"
        said.append(f"Change since {day_words(end)}: {moved} ({verdict}{reason}).")
    return said


def _distance(value: float, indicator: Indicator) -> str:
    """A difference of two values; of two shares, in percentage points."""
    if indicator.unit == "%":
        return f"{signed(value, indicator.decimals, plus=True)} points"
    return plotted.value_words(value, indicator, plus=True)


def _cell(value: float, indicator: Indicator) -> str:
    """A value under a heading that names its unit."""
    words = plotted.value_words(value, indicator)
    return words if indicator.unit == "%" or words.startswith(("£", "−£")) else signed(value, indicator.decimals)


def _flag_sentence(flag: str) -> str:
    return capital("; ".join(f"{FLAGS[word]} {word}" for word in flag_words(flag))) + "." if flag else ""


def _range(low: float, high: float, indicator: Indicator) -> str:
    if np.isnan(low) or np.isnan(high):
        return ""
    return f"{signed(low, indicator.decimals)} to {signed(high, indicator.decimals)}"


def _numbers(values: Any) -> list[float | None]:
    return [None if np.isnan(value) else float(value) for value in np.asarray(values, dtype=float)]

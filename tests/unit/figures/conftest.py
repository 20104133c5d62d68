"""An invented city for figures: any number of square wards, small areas inside them, indicators of every kind."""

from __future__ import annotations

import datetime as dt
import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd
import pytest

from analysis.catalogue.load import Catalogue
from analysis.catalogue.model import Edition, Indicator, Input, Peer, Place
from analysis.catalogue.plans import Aim, Plan, Priority
from analysis.figures.sheet import TEXT_PT, text_width
from analysis.judge.judgement import judge
from analysis.paths import DEFINITIONS
from analysis.tables.loaded import LoadedEdition

NAMES = ("Abbey", "Brook and Quarry", "Castle", "Dale End", "Eastgate and Old Harbour", "Fold")
PEERS = ("Ashby", "Borton", "Corham", "Derlow", "Elmsea", "Farnport", "Grimby")
SVG = "{http://www.w3.org/2000/svg}"


@dataclass(frozen=True)
class City(LoadedEdition):
    """A loaded edition whose tables are in memory."""

    tables: dict = field(default_factory=dict)

    def table(self, name):
        if name == "judgements":
            return judge(self.indicators, self.catalogue.indicators, self.edition, self.place)
        return self.tables[name]

    def with_table(self, name, table):
        return replace(self, tables={**self.tables, name: table})


def indicator(key, title, unit="%", polarity="higher_is_better", kind="proportion", decimals=1, **more):
    given = Input("survey", "published", ("ward", "areas"), {"value": key}, 3)
    more = {"priorities": ("p-1",), "limits": "Wards vary by chance.", "comparison": "rank", "trend": "allowed", **more}
    return Indicator(key, title, title, unit, polarity, kind, decimals, (given,), speaks="It says.", **more)


INDICATORS = (
    indicator("work", "People in work", comparison="limits"),
    indicator("burglary", "Burglaries", "per 1,000 households", "lower_is_better", "rate"),
    indicator("span", "Span of life", "years", kind="mean", inequality=True),
    indicator("above", "Span of life against the city", "years", kind="mean"),
    indicator("age", "Average age of residents", "years", "neutral", "mean"),
)


def row(key, code, name, geography, year, value, unit, sex="persons", width=None, flag="", **more):
    missing = value is None
    return {
        "indicator": key,
        "area_code": code,
        "area_name": name,
        "geography": geography,
        "period_start": f"{year}-01-01",
        "period_end": f"{year}-12-31",
        "sex": sex,
        "age": "all",
        "value": float("nan") if missing else float(value),
        "unit": unit,
        "lower_ci95": float("nan") if missing or width is None else value - width,
        "upper_ci95": float("nan") if missing or width is None else value + width,
        "numerator": float("nan"),
        "denominator": float("nan"),
        "flag": "[x]" if missing else flag,
        "source": "survey",
        "release": "2018-01",
        **more,
    }


def ward_names(count):
    return [NAMES[i % 6] + (f" {i // 6 + 1}" if i >= 6 else "") for i in range(count)]


def square(x, y, side):
    corners = [(x, y), (x + side, y), (x + side, y + side), (x, y + side), (x, y)]
    return "POLYGON ((" + ", ".join(f"{a} {b}" for a, b in corners) + "))"


def make_city(wards=6, values=None):
    """``values``: those of the indicators by ward (None is missing); by default 10, 12, 14 ..."""
    codes = [f"E05{number:06d}" for number in range(1, wards + 1)]
    names = ward_names(wards)
    values = [10.0 + 2 * number for number in range(wards)] if values is None else values
    across = 3 if wards <= 6 else 8
    side = 3000 if wards <= 6 else 1700
    rows, outlines, small = [], [], []
    for number, (code, name, value) in enumerate(zip(codes, names, values, strict=True)):
        x, y = 300000 + side * (number % across), 400000 + side * (number // across)
        outlines.append({"geography": "ward22", "area_code": code, "area_name": name, "wkt": square(x, y, side)})
        rows.append(row("work", code, name, "ward22", 2017, value, "%", width=1.5))
        rows.append(row("burglary", code, name, "ward22", 2017, value, "per 1,000 households"))
        for sex, more in (("male", 60), ("female", 64)):
            flag = "[e][u]"
            span = None if value is None else value / 2 + more
            above = None if value is None else value - 15
            rows.append(row("span", code, name, "ward22", 2017, span, "years", sex, 2.0, flag))
            rows.append(row("above", code, name, "ward22", 2017, above, "years", sex, 1.0, flag))
        for part in range(2):
            half = f"E01{2 * number + part + 1:06d}"
            box = square(x + part * side // 2, y, side // 2)
            outlines.append({"geography": "lsoa11", "area_code": half, "area_name": half, "wkt": box})
            small.append(
                {
                    "release": "2015-09-30",
                    "area_code": half,
                    "area_name": half,
                    "geography": "lsoa11",
                    "ward_code": code,
                    "rank": 100.0 + number,
                    "score": 50.0,
                    "decile": float(min(10, 1 + number + part)),
                    "population": 1500.0,
                    "source": "index",
                }
            )
    rows += city_rows()
    plan = Plan("plan", "A plan", "2018", "Exton", "vision", "cited", (Aim("aim-1", "Thrive", "wants", PRIORITIES),))
    catalogue = Catalogue(DEFINITIONS, {}, {item.id: item for item in INDICATORS}, {plan.id: plan}, {}, {})
    edition = Edition(
        "exton-2018", "exton", 2018, "Exton 2018", ("plan",), dt.date(2018, 7, 31), "ward22", "lsoa11", {}, {}, (), 1
    )
    peers = tuple(Peer(f"E0800000{i}", name, "lad") for i, name in enumerate(PEERS, start=1))
    place = Place(
        "exton",
        "Exton",
        "E08000099",
        "Exton Council",
        Peer("E92000001", "England", "country"),
        Peer("E12000009", "The West", "region"),
        peers,
        "sister cities",
    )
    areas, statistics = inequality(codes, names, values)
    tables = {
        "indicators": pd.DataFrame(rows),
        "outlines": pd.DataFrame(outlines),
        "small_areas": pd.DataFrame(small),
        "sources": sources(),
        "inequality_areas": areas,
        "inequality": statistics,
    }
    return City(edition, place, plan, catalogue, Path(), tables)


PRIORITIES = (Priority("p-1", "First"), Priority("p-2", "Second"))


def city_rows():
    """City, country and peers, 2013 to 2017: the city is the worst in burglary and the best in nothing."""
    rows = []
    for year in range(2013, 2018):
        step = year - 2013
        rows.append(row("work", "E08000099", "Exton", "lad", year, 60 + step, "%", width=2.0, flag="[b]" * (step == 3)))
        rows.append(row("work", "E92000001", "England", "country", year, 70 + step / 2, "%", width=0.5))
        rows.append(row("burglary", "E08000099", "Exton", "lad", year, 30 - step, "per 1,000 households"))
        rows.append(row("burglary", "E92000001", "England", "country", year, 5, "per 1,000 households"))
        for number, name in enumerate(PEERS, start=1):
            code = f"E0800000{number}"
            rows.append(row("work", code, name, "lad", year, 58 + 2 * number, "%", width=2.0))
            rows.append(row("burglary", code, name, "lad", year, 10 + number, "per 1,000 households"))
    rows.append(row("age", "E08000099", "Exton", "lad", 2017, 35.2, "years"))
    rows += [
        row("age", f"E0800000{number}", name, "lad", 2017, 33 + number, "years") for number, name in enumerate(PEERS, 1)
    ]
    rows += [row("span", "E08000099", "Exton", "lad", 2017, 74.1, "years", "male", 0.2)]
    return rows


def inequality(codes, names, values):
    areas, statistics = [], []
    known = [i for i, value in enumerate(values) if value is not None]
    for source, sex, base in (("survey", "male", 60), ("survey", "female", 64), ("second", "male", 61)):
        for i in range(len(codes)):
            value = float("nan") if values[i] is None else values[i] / 2 + base
            position = (i + 0.5) / len(codes) if i in known else float("nan")
            areas.append(
                {
                    "indicator": "span",
                    "source": source,
                    "sex": sex,
                    "area_code": f"E02{i + 1:06d}",
                    "area_name": f"Exton {i + 1:03d}",
                    "geography": "msoa11",
                    "value": value,
                    "standard_error": 0.5,
                    "people": 7000.0,
                    "average_rank": 1000.0 - i,
                    "position": position,
                    "flag": "[u]" if i in known else "[x]",
                }
            )
    worst, best = (codes[f(known, key=lambda i: values[i])] for f in (min, max))
    gap = max(values[i] for i in known) / 2 - min(values[i] for i in known) / 2
    for sex in ("male", "female"):
        common = {
            "measure": "span",
            "sex": sex,
            "unit": "years",
            "areas": len(known),
            "areas_left_out": len(codes) - len(known),
            "best_area": best,
            "worst_area": worst,
            "period_start": "2017-01-01",
            "period_end": "2017-12-31",
            "source": "survey",
            "method": "linear",
        }
        nan = float("nan")
        for name, geography, value, low, high in (
            ("slope_index", "msoa11", 5.5, 4.0, 7.0),
            ("relative_index", "msoa11", 1.1, 1.0, 1.2),
            ("gap_best_worst", "ward22", gap, gap - 2, gap + 2),
            ("noise_range", "ward22", 2.5, nan, nan),
        ):
            statistics.append(
                {
                    **common,
                    "statistic": name,
                    "geography": geography,
                    "value": value,
                    "lower_ci95": low,
                    "upper_ci95": high,
                }
            )
        if sex == "male":
            second = {**common, "source": "second", "geography": "msoa11", "lower_ci95": nan, "upper_ci95": nan}
            statistics.append({**second, "statistic": "slope_index_second_source", "value": 6.0})
    return pd.DataFrame(areas), pd.DataFrame(statistics)


def sources():
    named = {
        "survey": ("Office of Tests", "Survey of Exton", "2018-01", "2018-01-15"),
        "second": ("Another Office", "Second survey", "2018-01", "2018-01-16"),
        "index": ("Ministry of Tests", "Index of need", "2015-09-30", "2015-09-30"),
        "boundary_ward22": ("Mappers", "Wards", "2022-12", "2022-12-01"),
        "boundary_lsoa11": ("Mappers", "Small areas", "2011-12", "2011-12-01"),
    }
    return pd.DataFrame(
        [
            {
                "source": key,
                "release": release,
                "title": title,
                "publisher": publisher,
                "published": published,
                "attribution": f"Contains data of {publisher} © Crown copyright",
                "stand_in_reason": "",
                "limits": "",
            }
            for key, (publisher, title, release, published) in named.items()
        ]
    )


@pytest.fixture
def city():
    """Six wards with values and limits."""
    return make_city()


@pytest.fixture
def make():
    """The maker of cities, for other numbers of wards and other values."""
    return make_city


@dataclass(frozen=True)
class Words:
    """A line of text in a picture and the box it takes, in points."""

    text: str
    left: float
    right: float
    bottom: float
    top: float

    def overlaps(self, other):
        across = min(self.right, other.right) - max(self.left, other.left)
        along = min(self.top, other.top) - max(self.bottom, other.bottom)
        return across > 0.3 and along > 0.3


def words_of(svg):
    """Every line of text of a picture, with its box; y grows downwards."""
    found = []
    for element in ET.fromstring(svg).iter(f"{SVG}text"):
        style = dict(part.split(": ", 1) for part in element.get("style", "").split("; "))
        size = float(re.search(r"([0-9.]+)px", element.get("style", ""))[1])
        assert size >= TEXT_PT
        bold = style["font-weight"] == "700"
        text = "".join(element.itertext())
        width = text_width(text, size, bold) * 72 / 25.4
        x, y = float(element.get("x")), float(element.get("y"))
        shift = {"middle": width / 2, "end": width}.get(style.get("text-anchor", "start"), 0.0)
        found.append(Words(text, x - shift, x - shift + width, y + 0.2 * size, y - 0.74 * size))
    return [Words(w.text, w.left, w.right, min(w.bottom, w.top), max(w.bottom, w.top)) for w in found]


def check_picture(figure):
    """No text clipped, no two texts over each other, small enough, within the page."""
    svg = figure.svg
    assert len(svg.encode()) < 250_000
    box = [float(value) for value in ET.fromstring(svg).get("viewBox").split()]
    assert box[2] <= 165.1 * 72 / 25.4
    assert box[3] <= 204.1 * 72 / 25.4
    words = words_of(svg)
    assert words
    for w in words:
        assert w.left >= 0, w
        assert w.right <= box[2], w
        assert w.bottom >= 0, w
        assert w.top <= box[3], w
    ordered = sorted(words, key=lambda w: w.bottom)
    for i, one in enumerate(ordered):
        for other in ordered[i + 1 :]:
            if other.bottom > one.top:
                break
            assert not one.overlaps(other), (one, other)
    for text in (figure.title, figure.alt, figure.source, figure.csv):
        assert text.strip()
    assert not re.search(r"\bnan\b", " ".join([figure.title, figure.alt, figure.note, *(w.text for w in words)]))


@pytest.fixture
def check():
    """The check that every picture passes."""
    return check_picture


@pytest.fixture
def texts():
    """The lines of text of a picture."""
    return lambda figure: [w.text for w in words_of(figure.svg)]

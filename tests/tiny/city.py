"""An invented city, small enough to count by hand: publishers' files, definitions, raw tables, a whole project.

Twelve small areas lie in a grid of four columns and three rows. A column is a middle area, so wards, which are drawn
otherwise, share them; the fifth ward holds no small area. Every number is made up.

    row 3:   9  10  11  12        wards: Mill 1 2 5, Quay 3 4 8, Hill 6 7 9 10, Park 11 12, Docks none
    row 2:   5   6   7   8        middle areas: A 1 5 9, B 2 6 10, C 3 7 11, D 4 8 12
    row 1:   1   2   3   4
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import json
import math
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import yaml

from analysis.catalogue.load import Catalogue, load_catalogue
from analysis.make.tables import build_edition
from analysis.paths import DEFINITIONS, Project
from analysis.sources.codes import code_sets
from analysis.sources.releases import record_release
from analysis.tables.loaded import LoadedEdition, load_edition

REPOSITORY = Path(__file__).parents[2]
EDITION = "tinytown-2018"
NUMBERS = range(1, 13)
WARDS = {"Mill": (1, 2, 5), "Quay": (3, 4, 8), "Hill": (6, 7, 9, 10), "Park": (11, 12), "Docks": ()}
MIDDLE = {"A": (1, 5, 9), "B": (2, 6, 10), "C": (3, 7, 11), "D": (4, 8, 12)}
RANKS = (120, 900, 2500, 5000, 300, 3000, 8000, 15000, 1500, 10000, 20000, 30000)
ENGLAND = 32844
LIFE = {"Males": (72.0, 75.0, 78.0, 81.0), "Females": (76.0, 79.0, 82.0, None)}
SECOND_LIFE = (72.5, 74.6, 78.4, 80.2)
PEERS = {"E07990002": "Peerford", "E07990003": "Peerham"}
REGION, COUNTRY = "E12990001", "E92990001"
EMPLOYMENT = {"E07990001": 65.0, "E07990002": 70.0, "E07990003": 72.0, REGION: 71.0, COUNTRY: 75.0}
SOURCES = (
    "boundary_lsoa11",
    "boundary_ward22",
    "deaths_lsoa",
    "els",
    "fingertips_ward_life_expectancy",
    "fuel_poverty",
    "healthy_life_expectancy",
    "imd",
    "iod_summaries",
    "life_expectancy_msoa",
    "life_expectancy_msoa_male",
    "lookup_lsoa11_lsoa21",
    "lookup_lsoa11_msoa11",
    "lookup_lsoa11_ward22",
    "population_lsoa11",
    "population_lsoa11_sex",
    "population_census2021",
    "ons_life_expectancy",
    "published_levels",
)
INDICATORS = {
    "employment_rate": "tiny-1.1",
    "fuel_poverty": "tiny-1.2",
    "healthy_life_expectancy_birth": "tiny-2.1",
    "imd_average_rank": "tiny-1.2",
    "imd_average_score": "tiny-1.2",
    "imd_decile": "tiny-1.2",
    "imd_extent": "tiny-1.2",
    "imd_share_lsoas_most_deprived_10pct": "tiny-1.2",
    "imd_share_residents_most_deprived_10pct": "tiny-1.2",
    "iod_rank_of_average_score": "tiny-1.2",
    "life_expectancy_birth": "tiny-2.1",
    "life_expectancy_years_from_city": "tiny-2.1",
    "population_0_15_pct": "tiny-2.1",
    "population_total": "tiny-2.1",
}
RECORDED = {
    "lookup_lsoa11_ward22": "2021-12",
    "lookup_lsoa11_msoa11": "2011-12",
    "boundary_ward22": "2022-12",
    "boundary_lsoa11": "2011-12",
    "imd": "2015-09-30",
    "iod_summaries": "2015-09-30",
    "els": "2026-06-25",
    "healthy_life_expectancy": "2026-02-19",
    "published_levels": "2026-11-22",
    "life_expectancy_msoa": "2024-11-14",
    "life_expectancy_msoa_male": "2020-03",
    "population_lsoa11": "2018-10-25",
    "fuel_poverty": "2022-04-28",
}
STAND_INS = (
    "life_expectancy_msoa_male",
    "life_expectancy_msoa",
    "published_levels",
    "population_lsoa11",
    "fuel_poverty",
)


@dataclass(frozen=True)
class Codes:
    """The codes of an invented city: ``shift`` keeps two of them apart."""

    place: str
    name: str
    lad: str
    shift: int

    def lsoa(self, number: int) -> str:
        return f"E010{self.shift + number:05d}"

    def msoa(self, letter: str) -> str:
        return f"E020{self.shift + 'ABCD'.index(letter) + 1:05d}"

    def ward(self, name: str) -> str:
        return f"E050{self.shift + list(WARDS).index(name) + 1:05d}"


TINYTOWN = Codes("tinytown", "Tinytown", "E07990001", 0)
OTHERHAM = Codes("otherham", "Otherham", "E07990004", 100)


def people(number: int) -> list[int]:
    """Residents by single year of age, 0 to 89 and 90 and over; the last middle area is half as full as the others."""
    fold = 1 if number in MIDDLE["D"] else 2
    return [fold * (5 + (number + age) % 5) for age in range(90)] + [fold * 3]


def score(number: int) -> float:
    return round(80 * (1 - RANKS[number - 1] / ENGLAND), 3)


@dataclass(frozen=True)
class TinyCity:
    """A project in a folder, with what tests do to it."""

    project: Project
    codes: Codes = TINYTOWN

    @property
    def root(self) -> Path:
        return self.project.root

    @property
    def definitions(self) -> Path:
        return self.project.definitions

    def catalogue(self) -> Catalogue:
        return load_catalogue(self.definitions)

    def build(self, edition: str = EDITION) -> LoadedEdition:
        build_edition(self.project, self.catalogue(), edition, self.project.processed / edition)
        return load_edition(edition, self.project)

    def report(self, edition: str = EDITION) -> Path:
        from analysis.make.editions import make_editions

        (made,) = make_editions(self.project, [edition])
        return made.folder

    def copy(self, root: Path) -> TinyCity:
        shutil.copytree(self.root, root)
        return TinyCity(Project(root, root / self.definitions.relative_to(self.root)), self.codes)

    def change(self, kind: str, name: str, change: Callable[[dict[str, Any]], object]) -> Path:
        """Change one definition in place."""
        path = self.definitions / kind / f"{name}.yml"
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        change(data)
        return self.write(kind, data)

    def write(self, kind: str, data: Mapping[str, Any]) -> Path:
        path = self.definitions / kind / f"{data['id']}.yml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump(dict(data), sort_keys=False, allow_unicode=True), encoding="utf-8")
        return path

    def raw(self, source: str, table: str) -> Path:
        (release,) = (path for path in (self.project.raw / source).iterdir() if path.is_dir())
        return release / f"{table}.csv"

    def set_raw(self, source: str, table: str, row: Mapping[str, str], column: str, value: str) -> None:
        """Change one cell of a raw table, and its receipt with it, as a recording of a changed file would."""
        path = self.raw(source, table)
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        found = [cells for cells in rows if all(cells[key] == wanted for key, wanted in row.items())]
        assert len(found) == 1, f"{len(found)} rows of {path.name} have {row}"
        found[0][column] = value
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        self.refresh_receipt(source, table)

    def refresh_receipt(self, source: str, table: str) -> None:
        path = self.raw(source, table)
        receipt = path.parent / "snapshot.yml"
        snapshot = yaml.safe_load(receipt.read_text(encoding="utf-8"))
        snapshot["tables"][table]["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
        receipt.write_text(yaml.safe_dump(snapshot, sort_keys=False, allow_unicode=True), encoding="utf-8")

    def record(self, source: str, release: str, *files: Path) -> list[Path]:
        catalogue = self.catalogue()
        codes = code_sets(self.project, catalogue.places[self.codes.place])
        return record_release(self.project, catalogue.source(source), release, files, codes, "2026-01-31", replace=True)


def write_city(root: Path, codes: Codes = TINYTOWN) -> TinyCity:
    """Write a whole project: definitions, notebooks, publishers' files and the raw tables recorded from them."""
    project = Project(root, root / "src" / "analysis" / "definitions")
    city = TinyCity(project, codes)
    write_definitions(city)
    (root / "data" / "raw").mkdir(parents=True)
    shutil.copytree(REPOSITORY / "notebooks", root / "notebooks", ignore=shutil.ignore_patterns(".*"))
    record_city(city)
    return city


def record_city(city: TinyCity) -> None:
    """Record every release of the edition from invented files in the publishers' layouts."""
    folder = city.root / "published"
    folder.mkdir(exist_ok=True)
    for source, release in RECORDED.items():
        city.record(source, release, *FILES[source](folder, city.codes))


def write_definitions(city: TinyCity) -> None:
    city.definitions.mkdir(parents=True)
    for name in ("geographies.yml", "units.yml"):
        shutil.copy(DEFINITIONS / name, city.definitions)
    (city.definitions / "sources").mkdir()
    for source in SOURCES:
        shutil.copy(DEFINITIONS / "sources" / f"{source}.yml", city.definitions / "sources")
    breaks: set[str] = set()
    for indicator, priority in INDICATORS.items():
        data = yaml.safe_load((DEFINITIONS / "indicators" / f"{indicator}.yml").read_text(encoding="utf-8"))
        city.write("indicators", {**data, "priorities": [priority], "principles": []})
        breaks |= set(data.get("breaks", {}).values())
    known = yaml.safe_load((DEFINITIONS / "breaks.yml").read_text(encoding="utf-8"))
    used = [one for one in known if one["id"] in breaks]
    (city.definitions / "breaks.yml").write_text(yaml.safe_dump(used, sort_keys=False), encoding="utf-8")
    city.write("places", place(city.codes))
    city.write("plans", PLAN)
    city.write("editions", edition(city.codes))


def place(codes: Codes) -> dict[str, Any]:
    return {
        "id": codes.place,
        "name": codes.name,
        "code": codes.lad,
        "publisher": f"{codes.name} Council",
        "country": {"code": COUNTRY, "name": "Tinyland", "geography": "country"},
        "region": {"code": REGION, "name": "Tiny North", "geography": "region"},
        "peers_name": "neighbours",
        "peers": [{"code": code, "name": name, "geography": "lad"} for code, name in PEERS.items()],
    }


def edition(codes: Codes, year: int = 2018) -> dict[str, Any]:
    return {
        "id": f"{codes.place}-{year}",
        "place": codes.place,
        "year": year,
        "title": "The first report of the tiny plan",
        "plans": ["tiny-plan"],
        "cut_off": dt.date(year, 7, 31),
        "ward_geography": "ward22",
        "lsoa_geography": "lsoa11",
        "notebooks": ["baseline", "data_quality"],
        "seed": 1,
        "releases": {source: [release] for source, release in RECORDED.items()},
        "deprivation_weights": {
            "2015-09-30": {
                "source": "imd",
                "release": "2015-09-30",
                "series": "population_imd_denominator",
                "note": "those of the index itself",
            }
        },
        "stand_ins": [
            {"source": source, "reason": f"No earlier figures of {source} are held."} for source in STAND_INS
        ],
    }


PLAN: dict[str, Any] = {
    "id": "tiny-plan",
    "title": "Tiny Plan",
    "published": "2018-05",
    "publisher": "Tinytown Council",
    "vision": "A small city that works.",
    "citation": "Tinytown Council, Tiny Plan, 2018.",
    "aims": [
        {
            "id": "tiny-1",
            "title": "Work and homes",
            "wants": "More people in work and in warm homes.",
            "priorities": [{"id": "tiny-1.1", "title": "Good work"}, {"id": "tiny-1.2", "title": "Warm homes"}],
        },
        {
            "id": "tiny-2",
            "title": "Long lives",
            "wants": "Longer and healthier lives.",
            "priorities": [
                {"id": "tiny-2.1", "title": "Health"},
                {
                    "id": "tiny-2.2",
                    "title": "Quiet streets",
                    "gap": {"reason": "Nobody measures the noise of streets.", "source": "Tinyland noise survey"},
                },
            ],
        },
    ],
    "stated_figures": [
        {
            "id": "tiny-work",
            "statement": "65 % of people are in work",
            "value": 65.0,
            "unit": "%",
            "place": "p. 1",
            "about": "challenge",
            "period": "2017",
            "checks": [
                {"indicator": "employment_rate", "period": "2017", "label": "employment rate", "tolerance": 0.05}
            ],
        },
        {
            "id": "tiny-gap",
            "statement": "twelve years lie between wards",
            "value": 12.0,
            "unit": "years",
            "place": "p. 2",
            "about": "challenge",
            "not_testable": "No ward figures of that time are held.",
        },
    ],
}


# Publishers' files ----------------------------------------------------------------------------------------------------

Row = dict[str, Any]


def write_csv(path: Path, rows: Iterable[Row]) -> list[Path]:
    rows = list(rows)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return [path]


def write_sheet(path: Path, sheet: str, rows: Iterable[Row], header_row: int = 1) -> list[Path]:
    rows = list(rows)
    book = openpyxl.Workbook()
    page = book.active
    page.title = sheet
    for _ in range(header_row - 1):
        page.append(["A title above the table"])
    page.append(list(rows[0]))
    for row in rows:
        page.append(list(row.values()))
    book.save(path)
    return [path]


def square(number: int) -> list[list[float]]:
    column, row = (number - 1) % 4, (number - 1) // 4
    left, low = 300000 + 1000 * column, 400000 + 1000 * row
    return [[left, low], [left + 1000, low], [left + 1000, low + 1000], [left, low + 1000], [left, low]]


def write_outlines(path: Path, features: Iterable[tuple[Mapping[str, str], dict[str, Any]]]) -> list[Path]:
    content = {
        "type": "FeatureCollection",
        "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::27700"}},
        "features": [{"type": "Feature", "properties": dict(p), "geometry": g} for p, g in features],
    }
    path.write_text(json.dumps(content), encoding="utf-8")
    return [path]


def of_squares(numbers: Iterable[int]) -> dict[str, Any]:
    import shapely

    merged = shapely.union_all([shapely.Polygon(square(number)) for number in numbers])
    return json.loads(shapely.to_geojson(merged))


DOCKS = {
    "type": "Polygon",
    "coordinates": [[[300000, 399000], [304000, 399000], [304000, 400000], [300000, 400000], [300000, 399000]]],
}


def ward_of(number: int) -> str:
    return next(name for name, members in WARDS.items() if number in members)


def middle_of(number: int) -> str:
    return next(letter for letter, members in MIDDLE.items() if number in members)


def lookup_wards(folder: Path, codes: Codes) -> list[Path]:
    rows = (
        {
            "LSOA11CD": codes.lsoa(n),
            "WD21CD": codes.ward(ward_of(n)),
            "WD21NM": ward_of(n),
            "LAD21CD": codes.lad,
        }
        for n in NUMBERS
    )
    return write_csv(folder / "lookup_wards.csv", rows)


def lookup_middle(folder: Path, codes: Codes) -> list[Path]:
    rows = (
        {
            "LSOA11CD": codes.lsoa(n),
            "LSOA11NM": f"{codes.name} 00{n}",
            "MSOA11CD": codes.msoa(middle_of(n)),
            "MSOA11NM": f"{codes.name} {middle_of(n)}",
        }
        for n in NUMBERS
    )
    return write_csv(folder / "lookup_middle.csv", rows)


def ward_outlines(folder: Path, codes: Codes) -> list[Path]:
    features = []
    for name, members in WARDS.items():
        properties = {"WD22CD": codes.ward(name), "WD22NM": name, "LAD22CD": codes.lad}
        features.append((properties, of_squares(members) if members else DOCKS))
    return write_outlines(folder / "wards.geojson", features)


def small_outlines(folder: Path, codes: Codes) -> list[Path]:
    features = (
        (
            {"LSOA11CD": codes.lsoa(n), "LSOA11NM": f"{codes.name} 00{n}"},
            {"type": "Polygon", "coordinates": [square(n)]},
        )
        for n in NUMBERS
    )
    return write_outlines(folder / "small.geojson", features)


def deprivation(folder: Path, codes: Codes) -> list[Path]:
    source = yaml.safe_load((DEFINITIONS / "sources" / "imd.yml").read_text(encoding="utf-8"))
    layouts = {
        table: next(
            layout
            for layout in source["tables"][table]["layouts"]
            if layout["format"] == "csv" and layout["name"].startswith("as published") and release(layout)
        )
        for table in ("lsoa", "population")
    }
    rows = []
    for n in NUMBERS:
        rank = RANKS[n - 1]
        ours = dict.fromkeys(source["tables"]["lsoa"]["columns"], "")
        ours |= {
            "lsoa_code": codes.lsoa(n),
            "imd_score": score(n),
            "imd_rank": rank,
            "imd_decile": math.ceil(10 * rank / ENGLAND),
        }
        total = sum(people(n))
        young, old = sum(people(n)[:16]), sum(people(n)[60:])
        ours |= {"total_population": total, "population_0_15": young, "population_16_59": total - young - old}
        ours |= {"population_60_plus": old, "population_working_age": total - young - old}
        row = {layout["where"][0]["column"]: codes.lad for layout in layouts.values()}
        for layout in layouts.values():
            row |= {theirs: ours[mine] for mine, theirs in layout["columns"].items()}
        rows.append(row)
    return write_csv(folder / "file_7.csv", rows)


def release(layout: Mapping[str, Any]) -> bool:
    return layout.get("releases") == ["2015-09-30"]


def summaries(folder: Path, codes: Codes) -> list[Path]:
    rows = (
        {
            "lad19cd": code,
            "year": 2015,
            "index_domain": "Index of Multiple Deprivation",
            "rank_average_score": rank,
            "proportion_bottom_decile": share,
        }
        for code, rank, share in ((codes.lad, 7, 0.25), ("E07990002", 40, 0.1), ("E07990003", 90, 0.05))
    )
    return write_csv(folder / "summaries.csv", rows)


def local_statistics(folder: Path, codes: Codes) -> list[Path]:
    rows = []
    for year in (2016, 2017, 2019):
        for code, value in EMPLOYMENT.items():
            mine = codes.lad if code == TINYTOWN.lad else code
            level = value + (year - 2017) / 2
            rows.append(
                {
                    "areacd": mine,
                    "indicator": "Employment rate",
                    "measure": "Percentage",
                    "unit": "%",
                    "period": str(year),
                    "observation": level,
                    "lci_95": level - 2,
                    "uci_95": level + 2,
                    "status": "",
                    "notes": "",
                }
            )
    return write_csv(folder / "local.csv", rows)


def healthy_life(folder: Path, codes: Codes) -> list[Path]:
    rows = []
    for area, level in ((codes.lad, 57.0), *((code, 60.0) for code in PEERS), (COUNTRY, 63.0)):
        for sex, more in (("Male", 0.0), ("Female", 0.5)):
            for period, later in (("2013 to 2015", 0.0), ("2014 to 2016", 0.2), ("2017 to 2019", 0.4)):
                value = level + more + later
                row = {"Period": period, "Area code": area, "Age group": "<1", "Sex": sex, "HLE": round(value, 2)}
                row |= {"LCI": round(value - 1, 2), "UCI": round(value + 1, 2), "Proportion (%)": 75}
                rows.append(row)
    return write_csv(folder / "healthy.csv", rows)


def levels(folder: Path, codes: Codes) -> list[Path]:
    rows = (
        {
            "id": f"life-{sex}",
            "series": "life_expectancy",
            "area_code": codes.lad,
            "sex": sex,
            "period": "2017 to 2019",
            "value": value,
            "unit": "years",
            "citation": "Invented",
            "quality": "invented",
        }
        for sex, value in (("male", 76.0), ("female", 79.0))
    )
    return write_csv(folder / "levels.csv", rows)


def middle_life(folder: Path, codes: Codes) -> list[Path]:
    rows = []
    for sex, values in LIFE.items():
        for letter, value in zip(MIDDLE, values, strict=True):
            row: Row = {"Code": codes.msoa(letter), "Period": "2016 to 2020", "Sex": sex}
            row |= {"Life Expectancy at birth (in years)": value}
            row |= {
                "Lower 95% confidence interval": value and value - 1,
                "Upper 95% confidence interval": value and value + 1,
            }
            row |= {"No of Deaths": 100, "Population": 20000}
            rows.append(row)
    return write_sheet(folder / "middle_life.xlsx", "Data", rows)


def second_life(folder: Path, codes: Codes) -> list[Path]:
    rows = (
        {"msoa11cd": codes.msoa(letter), "leb_est": value} for letter, value in zip(MIDDLE, SECOND_LIFE, strict=True)
    )
    return write_csv(folder / "second_life.csv", rows)


def residents(folder: Path, codes: Codes) -> list[Path]:
    rows = []
    for n in NUMBERS:
        ages = people(n)
        row: Row = {"lsoa11_code": codes.lsoa(n), "total_population": sum(ages)}
        rows.append(row | {str(age) if age < 90 else "90+": count for age, count in enumerate(ages)})
    return write_csv(folder / "residents.csv", rows)


def cold_homes(folder: Path, codes: Codes) -> list[Path]:
    rows = (
        {
            "LSOA Code": codes.lsoa(n),
            "Number of households": 400 + 10 * n,
            "Number of households in fuel poverty": 20 + 5 * n,
        }
        for n in NUMBERS
    )
    return write_sheet(folder / "cold_homes.xlsx", "Table 3", rows, header_row=3)


FILES: dict[str, Callable[[Path, Codes], list[Path]]] = {
    "lookup_lsoa11_ward22": lookup_wards,
    "lookup_lsoa11_msoa11": lookup_middle,
    "boundary_ward22": ward_outlines,
    "boundary_lsoa11": small_outlines,
    "imd": deprivation,
    "iod_summaries": summaries,
    "els": local_statistics,
    "healthy_life_expectancy": healthy_life,
    "published_levels": levels,
    "life_expectancy_msoa": middle_life,
    "life_expectancy_msoa_male": second_life,
    "population_lsoa11": residents,
    "fuel_poverty": cold_homes,
}


def deaths(folder: Path, codes: Codes, years: tuple[int, ...] = (2016, 2017)) -> list[Path]:
    """Deaths by area, sex and five-year age; more where deprivation is deeper."""
    rows = []
    for n in NUMBERS:
        more = 1 + score(n) / 80
        for sex, factor in (("Male", 1.2), ("Female", 1.0)):
            for label, ages in death_ages().items():
                risk = 0.0004 * 1.1 ** ages[0] * factor * more
                count = round(5 * sum(people(n)[age] for age in ages) * min(risk / 8, 0.3))
                rows.append(
                    {"LSOA code": codes.lsoa(n), "Sex": sex, "Age group": label} | {str(year): count for year in years}
                )
    return write_csv(folder / "deaths.csv", rows)


def death_ages() -> dict[str, range]:
    bands = {"Under 1": range(1), "01 to 04": range(1, 5)}
    bands |= {f"{low:02d} to {low + 4:02d}": range(low, low + 5) for low in range(5, 90, 5)}
    return bands | {"90 and over": range(90, 91)}


def residents_by_sex(folder: Path, codes: Codes) -> list[Path]:
    """The publisher's workbook of mid-2017, a sheet for each sex; tenfold, so that a few years make a life table."""
    path = folder / "residents_by_sex.xlsx"
    book = openpyxl.Workbook()
    book.remove(book.active)
    for sex in ("Males", "Females"):
        page = book.create_sheet(f"Mid-2017 {sex}")
        for _ in range(4):
            page.append(["A title above the table"])
        page.append(["Area Codes", "All Ages", *(str(age) for age in range(90)), "90+"])
        for n in NUMBERS:
            half = [5 * count for count in people(n)]
            page.append([codes.lsoa(n), sum(half), *half])
    book.save(path)
    return [path]


def ward_life(folder: Path, codes: Codes) -> list[Path]:
    """Life expectancy by ward in the layout of the live service."""
    rows = []
    for ward, level in zip(WARDS, (73.0, 80.0, 75.0, 79.0, 77.0), strict=True):
        for sex, more in (("Male", 0.0), ("Female", 4.0)):
            row = {"Indicator ID": "93283", "Area Code": codes.ward(ward), "Sex": sex, "Category Type": ""}
            row |= {"Time period": "2012 - 16", "Value": level + more, "Lower CI 95.0 limit": level + more - 2}
            row |= {"Upper CI 95.0 limit": level + more + 2, "Count": 50, "Denominator": 5000, "Value note": ""}
            rows.append(row)
    return write_csv(folder / "ward_life.csv", rows)

"""Whatever happens to a publisher's file on its way: the same figures, one sentence of refusal, or a line that says so.

Each case takes the invented file of one source (or a raw table) and changes it, seeded, in form or in structure. Then
it is recorded and cleaned, and its observations are judged: equal to those of the file as it was; refused by one
sentence that names the file and a place in it; or different, with every difference told. A change of figures that
breaks no stated identity is out of scope: no machine could know. ``make fuzz`` runs ten times as many cases.
"""

from __future__ import annotations

import csv
import importlib
import io
import json
import os
import random
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from analysis.catalogue.load import load_catalogue
from analysis.clean.observations import Log
from analysis.errors import AnalysisError
from analysis.make.record import Checks, record
from analysis.paths import DEFINITIONS, Project
from analysis.sources.snapshots import open_release, read_text_table

CASES = int(os.environ.get("FUZZ_CASES", "40"))
Rows = list[list[str]]
COMPARED = ["series", "area_code", "geography", "period_start", "period_end", "sex", "age", "value", "lower_ci95"]
COMPARED += ["upper_ci95", "flag"]


# In form: what stands in the cells is the same ------------------------------------------------------------------------


def shuffled_rows(rows: Rows, head: int, dice: random.Random) -> Rows:
    body = rows[head + 1 :]
    dice.shuffle(body)
    return [*rows[: head + 1], *body]


def shuffled_columns(rows: Rows, head: int, dice: random.Random) -> Rows:
    order = list(range(len(rows[head])))
    dice.shuffle(order)
    return [*rows[:head], *([row[place] for place in order] for row in rows[head:])]


def footer(rows: Rows, head: int, dice: random.Random) -> Rows:
    notes = ["Source: invented", "Notes", "[x] not available", "Crown copyright"]
    return [*rows, [""], *([note] for note in dice.sample(notes, 2))]


def title_lines(rows: Rows, head: int, dice: random.Random) -> Rows:
    return [*(["A title above the table"] for _ in range(dice.randint(1, 4))), *rows]


def heading(change: Callable[[str], str]) -> Callable[[Rows, int, random.Random], Rows]:
    def act(rows: Rows, head: int, dice: random.Random) -> Rows:
        place = dice.choice([at for at, name in enumerate(rows[head]) if name])
        changed = [change(name) if at == place else name for at, name in enumerate(rows[head])]
        return [*rows[:head], changed, *rows[head + 1 :]]

    return act


def cells(change: Callable[[str], str], wanted: Callable[[str], bool]) -> Callable[[Rows, int, random.Random], Rows]:
    """Change some of the cells that are wanted, below the heading."""

    def act(rows: Rows, head: int, dice: random.Random) -> Rows:
        return [
            *rows[: head + 1],
            *([change(c) if wanted(c) and dice.random() < 0.3 else c for c in row] for row in rows[head + 1 :]),
        ]

    return act


def is_code(cell: str) -> bool:
    return len(cell) == 9 and cell[0].isalpha() and cell[1:].isdigit()


def is_number(cell: str) -> bool:
    return cell.isascii() and cell.replace(".", "", 1).removeprefix("-").isdigit()


def is_large(cell: str) -> bool:
    return cell.isdigit() and len(cell) > len("999")


FORM: dict[str, Callable[[Rows, int, random.Random], Rows]] = {
    "rows in another order": shuffled_rows,
    "columns in another order": shuffled_columns,
    "a footer": footer,
    "a title above": title_lines,
    "a note in a heading": heading(lambda name: f"{name} [note 3]"),
    "a footnote figure in a heading": heading(lambda name: f"{name}\u00b2"),
    "a line break in a heading": heading(lambda name: name.replace(" ", "\n", 1)),
    "a no-break space in a heading": heading(lambda name: name.replace(" ", "\u00a0")),
    "an invisible sign in a heading": heading(lambda name: f"\u200b{name}\ufeff"),
    "a heading in capitals": heading(str.upper),
    "blanks around a heading": heading(lambda name: f"  {name} "),
    "thousands separated": cells(lambda cell: f"{int(cell):,}", is_large),
    "thousands separated by thin spaces": cells(lambda cell: f"{int(cell):,}".replace(",", "\u2009"), is_large),
    "another minus": cells(lambda cell: cell.replace("-", "\u2212"), lambda cell: is_number(cell) and cell[0] == "-"),
    "blanks around figures": cells(lambda cell: f" {cell}\u00a0", is_number),
    "invisible signs around figures": cells(lambda cell: f"\u200b{cell}\u2060", is_number),
    "codes in lower case": cells(str.lower, is_code),
    "an invisible sign in codes": cells(lambda cell: f"{cell[:4]}\u200b{cell[4:]}", is_code),
    "an empty column": lambda rows, head, dice: [[*row, ""] if at >= head else row for at, row in enumerate(rows)],
    "a column more": lambda rows, head, dice: [
        *rows[:head], [*rows[head], "Remarks"], *([*row, "none"] for row in rows[head + 1 :])
    ],
}  # fmt: skip


# In structure: rows, columns and cells that are missing, doubled, moved or of another kind ----------------------------


def one_cell(change: Callable[[str], str], wanted: Callable[[str], bool]) -> Callable[[Rows, int, random.Random], Rows]:
    def act(rows: Rows, head: int, dice: random.Random) -> Rows:
        places = [
            (line, at) for line in range(head + 1, len(rows)) for at, cell in enumerate(rows[line]) if wanted(cell)
        ]
        if not places:
            return rows
        line, at = dice.choice(places)
        changed = [change(cell) if place == at else cell for place, cell in enumerate(rows[line])]
        return [*rows[:line], changed, *rows[line + 1 :]]

    return act


def drop_row(rows: Rows, head: int, dice: random.Random) -> Rows:
    line = dice.randrange(head + 1, len(rows))
    return [*rows[:line], *rows[line + 1 :]]


def double_row(rows: Rows, head: int, dice: random.Random) -> Rows:
    return [*rows, dice.choice(rows[head + 1 :])]


def drop_column(rows: Rows, head: int, dice: random.Random) -> Rows:
    place = dice.randrange(len(rows[head]))
    return [*rows[:head], *(row[:place] + row[place + 1 :] for row in rows[head:])]


def double_column(rows: Rows, head: int, dice: random.Random) -> Rows:
    place = dice.randrange(len(rows[head]))
    return [*rows[:head], *([*row, row[place]] for row in rows[head:])]


def cut_row(rows: Rows, head: int, dice: random.Random) -> Rows:
    line = dice.randrange(head + 1, len(rows))
    return [*rows[:line], rows[line][:1], *rows[line + 1 :]]


STRUCTURE: dict[str, Callable[[Rows, int, random.Random], Rows]] = {
    "a row missing": drop_row,
    "a row doubled": double_row,
    "a row cut": cut_row,
    "a column missing": drop_column,
    "a column doubled": double_column,
    "a code with the letter O": one_cell(lambda cell: cell[:3] + cell[3:].replace("0", "O", 1), is_code),
    "a code with a Cyrillic letter": one_cell(lambda cell: "\u0415" + cell[1:], is_code),
    "a code with a fullwidth figure": one_cell(lambda cell: cell[:8] + chr(0xFF10 + int(cell[8])), is_code),
    "a code of another nation": one_cell(lambda cell: "W" + cell[1:], is_code),
    "a code of another place": one_cell(lambda cell: cell[:3] + "026299", is_code),
    "an error of a spreadsheet": one_cell(lambda _: "#DIV/0!", is_number),
    "infinity": one_cell(lambda _: "inf", is_number),
    "a number beyond all": one_cell(lambda _: "1e300", is_number),
    "twenty digits": one_cell(lambda _: "9" * 20, is_number),
    "a lower dash": one_cell(lambda _: "1_0", is_number),
    "no group of thousands": one_cell(lambda _: "0,986", is_number),
    "a minus before nought": one_cell(lambda _: "-0", lambda cell: cell.isdigit() and len(cell) < len("1000")),
    "a fullwidth figure": one_cell(lambda _: "\uff11\uff12", is_number),
    "a date": one_cell(lambda _: "04-Jan", is_number),
}


class File:
    """A publisher's file as rows of text, to change and to write back."""

    def __init__(self, path: Path) -> None:
        self.path = path
        if path.suffix == ".csv":
            with path.open(newline="", encoding="utf-8") as file:
                self.rows = list(csv.reader(file))
        else:
            page = openpyxl.load_workbook(path).worksheets[0]
            self.rows = [
                ["" if cell is None else str(cell) for cell in row] for row in page.iter_rows(values_only=True)
            ]
        self.head = next(at for at, row in enumerate(self.rows) if sum(map(bool, row)) > 1)

    def write(self, path: Path, rows: Rows, dice: random.Random, *, other: bool) -> None:
        """Write rows; ``other`` in another encoding, with another separator or end of line, where text can be."""
        if path.suffix == ".csv":
            encoding = dice.choice(["utf-8-sig", "utf-16", "utf-16-le", "utf-8"]) if other else "utf-8"
            separator, end = (dice.choice(";\t|,"), dice.choice(["\r\n", "\n"])) if other else (",", "\n")
            out = io.StringIO()
            csv.writer(out, delimiter=separator, lineterminator=end).writerows(rows)
            path.write_bytes(out.getvalue().encode(encoding))
            return
        book = openpyxl.load_workbook(self.path)
        page = book.worksheets[0]
        if other:
            page.title = page.title.upper().replace(" ", "_")
        page.delete_rows(1, page.max_row + 1)
        for row in rows:
            page.append([float(cell) if is_number(cell) else cell or None for cell in row])
        book.save(path)


# Judged on the observations of the source ----------------------------------------------------------------------------


def compared(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[COMPARED].sort_values(COMPARED[:7], kind="stable").reset_index(drop=True)


def judge(before: pd.DataFrame, after: pd.DataFrame, told: list[str]) -> None:
    """Equal, or what differs is told: the area, the period or the series of every observation that is not the same."""
    both = before.merge(after, on=COMPARED, how="outer", indicator=True)
    for row in both[both["_merge"] != "both"].to_dict("records"):
        known = (row["area_code"], row["period_end"], row["series"], row["sex"])
        assert any(str(one) in note for one in known for note in told), f"{row} differs and nothing says so: {told}"


def refusal(error: AnalysisError, *names: str) -> None:
    """One sentence (or two) that names the file and a place in it."""
    text = str(error)
    assert "\n" not in text.strip()
    assert any(name in text for name in names), text
    places = ("row ", "line ", "column", "heading", "sheet", "cell ", "no row", "missing", "areas", "layout")
    assert any(place in text for place in places) or re.search(r"\b[ENSW]\d{8}\b", text), text


SOURCES = ["fuel_poverty", "imd", "iod_summaries", "els", "healthy_life_expectancy", "published_levels"]
SOURCES += ["life_expectancy_msoa", "life_expectancy_msoa_male", "population_lsoa11"]
EXTRA = {
    "deaths_lsoa": ("2023", "deaths"),
    "fingertips_ward_life_expectancy": ("pull-ward22", "ward_life"),
    "population_lsoa11_sex": ("2018-10-25", "residents_by_sex"),
}
CHANGES = {**FORM, **STRUCTURE}


@pytest.fixture(scope="module")
def clean_run(tiny_module: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The invented city with every layout's file recorded, and the observations of each source."""
    city = tiny_module.write_city(tmp_path_factory.mktemp("files") / "project")
    releases = {source: tiny_module.RECORDED[source] for source in SOURCES}
    files: dict[str, list[Path]] = {}
    for source in SOURCES:
        files[source] = tiny_module.FILES[source](city.root / "published", city.codes)
    for source, (release, made) in EXTRA.items():
        releases[source] = release
        files[source] = getattr(tiny_module, made)(city.root / "published", city.codes)
        city.record(source, release, *files[source])
    catalogue = city.catalogue()
    frames = {source: cleaned(city, catalogue, source, release) for source, release in releases.items()}
    return {"city": city, "catalogue": catalogue, "releases": releases, "files": files, "frames": frames}


def cleaned(city: Any, catalogue: Any, source: str, release: str) -> pd.DataFrame:
    definition = catalogue.source(source)
    cleaner = importlib.import_module(f"analysis.clean.{definition.clean}")
    opened = open_release(city.project, source, release)
    return compared(cleaner.clean(opened, definition, Log(source, release)))


def case(number: int) -> tuple[str, str, random.Random]:
    """The source and the change of a case: every change in turn, over all sources."""
    dice = random.Random(number)
    sources = sorted([*SOURCES, *EXTRA])
    changes = sorted(CHANGES)
    return sources[number % len(sources)], changes[number % len(changes)], dice


@pytest.mark.parametrize("number", range(CASES))
def test_a_changed_file_gives_the_same_figures_or_is_refused_or_told(
    number: int, clean_run: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, change, dice = case(number)
    city, release = clean_run["city"].copy(tmp_path / "project"), clean_run["releases"][source]
    monkeypatch.setattr(Checks, "_check_build", lambda *_: None)  # the build as a whole is tried elsewhere
    paths = clean_run["files"][source]
    at = dice.randrange(len(paths))
    file = File(paths[at])
    changed = tmp_path / file.path.name
    file.write(changed, CHANGES[change](file.rows, file.head, dice), dice, other=change in FORM and dice.random() < 0.5)
    given = [changed if number == at else path for number, path in enumerate(paths)]
    held = city.raw(source, next(iter(clean_run["catalogue"].source(source).releases[release].tables))).parent
    before = {path.name: path.read_bytes() for path in held.iterdir()}
    try:
        told = record(city.project, city.catalogue(), source, release, given, city.codes.place).told
    except AnalysisError as error:
        refusal(error, changed.name)
        assert {path.name: path.read_bytes() for path in held.iterdir()} == before
        return
    judge(clean_run["frames"][source], cleaned(city, clean_run["catalogue"], source, release), told)


RAW = ["census2021_tenure", "census2021_disability", "child_low_income", "els", "fuel_poverty", "health_index", "imd"]
RAW += ["healthy_life_expectancy", "iod_indicators", "iod_summaries", "life_expectancy_msoa", "published_levels"]
RAW += ["population_census2021", "population_lsoa11"]
CELLS = [*STRUCTURE, "thousands separated", "another minus", "blanks around figures", "rows in another order"]
IN_BUILD = {"a row missing", "a code of another nation", "a code of another place"}
"""What is seen only where the areas of the place are known."""
IN_RAW = [name for name in CELLS if name not in {*IN_BUILD, "a row cut", "a column doubled", "a date"}]


@pytest.mark.parametrize("number", range(max(CASES // 2, len(IN_RAW))))
def test_a_changed_raw_table_gives_the_same_observations_or_is_refused(
    number: int, repository: Path, tmp_path: Path
) -> None:

    dice = random.Random(1000 + number)
    source, change = dice.choice(RAW), IN_RAW[number % len(IN_RAW)]
    folder = dice.choice(sorted(path for path in (repository / "data" / "raw" / source).iterdir() if path.is_dir()))
    root = tmp_path / "project"
    shutil.copytree(folder, root / "data" / "raw" / source / folder.name)
    definition = load_catalogue(DEFINITIONS).source(source)
    cleaner = importlib.import_module(f"analysis.clean.{definition.clean}")

    opened = open_release(Project(root, DEFINITIONS), source, folder.name)
    before = compared(cleaner.clean(opened, definition, Log(source, folder.name)))
    name = dice.choice(sorted(set(opened.tables) - {"series"}))
    table = opened.tables[name]
    rows = CHANGES[change]([list(table.columns), *table.to_numpy(dtype=object).tolist()], 0, dice)
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    try:
        opened.tables[name] = read_text_table(out.getvalue().encode(), opened.file(name))  # type: ignore[index]
        after = compared(cleaner.clean(opened, definition, Log(source, folder.name)))
    except AnalysisError as error:
        refusal(error, f"{name}.csv")
        return
    judge(before, after, [])


# Lookups and outlines: what areas are, judged on the tables of the edition --------------------------------------------

AREAS = {"lookup_lsoa11_ward22": "lookup_wards", "lookup_lsoa11_msoa11": "lookup_middle"}
OUTLINES = {"boundary_ward22": "ward_outlines", "boundary_lsoa11": "small_outlines"}
OF_OTHERS = {
    "a code of another vintage": one_cell(lambda cell: cell[:3] + "015277", is_code),
    "a code of Wales": one_cell(lambda cell: "W" + cell[1:], is_code),
    "a ward of a small area": one_cell(lambda cell: "E05" + cell[3:], is_code),
    "another small area's code": one_cell(lambda cell: cell[:8] + "9", is_code),
}
IN_AREAS = [*FORM, *(name for name in STRUCTURE if "code" in name or "row" in name or "column" in name), *OF_OTHERS]


def missing_areas(project: Project) -> str:
    """What the log of a build says of areas that are missing."""
    log = (project.processed / "tinytown-2018" / "cleaning_log.csv").read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in log if "area missing" in line)


def tables_of(project: Project) -> dict[str, bytes]:
    names = ("indicators", "small_areas", "wards", "links", "outlines")
    return {name: (project.processed / "tinytown-2018" / f"{name}.csv").read_bytes() for name in names}


def judge_areas(built: Any, city: Any, source: str, release: str, changed: Path) -> None:
    """The same tables of areas and figures, a refusal, or a note of what differs."""
    try:
        told = record(city.project, city.catalogue(), source, release, [changed], "tinytown").told
        city.build()
    except AnalysisError as error:
        refusal(error, changed.name, source)
        return
    before, after = tables_of(built.project), tables_of(city.project)
    told_of = told or missing_areas(city.project) != missing_areas(built.project)
    assert before == after or told_of, [name for name in before if before[name] != after[name]]


@pytest.mark.parametrize("number", range(CASES // 3))
def test_a_changed_lookup_gives_the_same_areas_or_is_refused_or_told(
    number: int, clean_run: dict[str, Any], tiny_module: Any, tiny_built: Any, tmp_path: Path
) -> None:
    dice = random.Random(2000 + number)
    source, change = dice.choice(sorted(AREAS)), IN_AREAS[7 * number % len(IN_AREAS)]
    city = tiny_built.copy(tmp_path / "project")
    (path,) = getattr(tiny_module, AREAS[source])(clean_run["city"].root / "published", city.codes)
    file, changed = File(path), tmp_path / path.name
    acts = {**CHANGES, **OF_OTHERS}
    file.write(changed, acts[change](file.rows, file.head, dice), dice, other=change in FORM and dice.random() < 0.5)
    judge_areas(tiny_built, city, source, tiny_module.RECORDED[source], changed)


@pytest.mark.parametrize("number", range(CASES // 3))
def test_changed_outlines_give_the_same_areas_or_are_refused_or_told(
    number: int, clean_run: dict[str, Any], tiny_module: Any, tiny_built: Any, tmp_path: Path
) -> None:
    dice = random.Random(3000 + number)
    source, change = dice.choice(sorted(OUTLINES)), sorted(IN_OUTLINES)[number % len(IN_OUTLINES)]
    city = tiny_built.copy(tmp_path / "project")
    (path,) = getattr(tiny_module, OUTLINES[source])(clean_run["city"].root / "published", city.codes)
    data = json.loads(path.read_text(encoding="utf-8"))
    IN_OUTLINES[change](data["features"], dice)
    changed = tmp_path / path.name
    changed.write_text(json.dumps(data), encoding="utf-8")
    judge_areas(tiny_built, city, source, tiny_module.RECORDED[source], changed)


Features = list[dict[str, Any]]


def _geometry(change: Callable[[Any], Any]) -> Callable[[Features, random.Random], None]:
    def act(features: Features, dice: random.Random) -> None:
        one = dice.choice(features)
        one["geometry"] = change(one["geometry"])

    return act


def _points(change: Callable[[float, float], list[float]]) -> Callable[[Features, random.Random], None]:
    def moved(part: Any) -> Any:
        return change(*part) if isinstance(part[0], int | float) else [moved(inner) for inner in part]

    def act(features: Features, dice: random.Random) -> None:
        del dice
        for one in features:
            one["geometry"]["coordinates"] = moved(one["geometry"]["coordinates"])

    return act


def _recoded(change: Callable[[str], str]) -> Callable[[Features, random.Random], None]:
    def act(features: Features, dice: random.Random) -> None:
        one = dice.choice(features)["properties"]
        key = next(name for name, value in one.items() if is_code(str(value)))
        one[key] = change(one[key])

    return act


IN_OUTLINES: dict[str, Callable[[Features, random.Random], None]] = {
    "in another order": lambda features, dice: dice.shuffle(features),
    "one missing": lambda features, dice: features.pop(dice.randrange(len(features))) and None,
    "one twice": lambda features, dice: features.append(dice.choice(features)),
    "no geometry": _geometry(lambda _: None),
    "an empty one": _geometry(lambda old: {"type": old["type"], "coordinates": []}),
    "a point": _geometry(lambda _: {"type": "Point", "coordinates": [-2.9, 53.4]}),
    "swapped axes": _points(lambda x, y: [y, x]),
    "metres": _points(lambda x, y: [x * 100_000 + 600_000, y * 7_000]),
    "infinite": _points(lambda x, y: [x, float("inf")]),
    "on one point": _points(lambda x, y: [-2.9, 53.4]),
    "a code of another vintage": _recoded(lambda cell: cell[:3] + "015277"),
    "a code of Wales": _recoded(lambda cell: "W" + cell[1:]),
    "a code with the letter O": _recoded(lambda cell: cell[:3] + cell[3:].replace("0", "O", 1)),
    "a small letter": _recoded(str.lower),
    "no properties": lambda features, dice: dice.choice(features).update(properties={}),
}

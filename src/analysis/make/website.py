"""The site: static pages that lead to everything that has been made, from ``reports/index.html``.

Nothing is asked of a server and nothing is loaded from elsewhere: the pages open from the disk. They are written anew
from what lies in ``reports`` each time; an edition that has not been made is listed with the command that makes it.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.catalogue.flags import FLAGS
from analysis.catalogue.geographies import GeographyDefinition, load_geographies
from analysis.catalogue.load import Catalogue, load_catalogue
from analysis.catalogue.model import Edition, Indicator
from analysis.interrupts import too_late
from analysis.make.profiles import read_profiles
from analysis.paths import Project, Staging
from analysis.report.prose_pages import page_of_markdown
from analysis.words import capital, counted, day_words, rounded

if TYPE_CHECKING:
    import jinja2

TEMPLATE = Path(__file__).parent / "template"
FOLDER = "site"
LEAST_SHARE = 0.01
DIRECTIONS = {"higher_is_better": "higher is better", "lower_is_better": "lower is better", "neutral": "neither"}
LEVELS = {"areas": "the city and its benchmarks", "lad": "the city", "ward": "wards", "lsoa": "small areas"}


@dataclass(frozen=True)
class EditionEntry:
    """An edition as the site lists it: what of it lies in ``reports``, as addresses from there."""

    edition: Edition
    place: str
    wards: Mapping[str, str]
    profiles: frozenset[str]
    documents: tuple[tuple[str, str], ...]
    tables: tuple[tuple[str, str], ...]
    data: tuple[tuple[str, str], ...]

    @property
    def name(self) -> str:
        """Its place and year."""
        return f"{self.place} {self.edition.year}"


@dataclass(frozen=True)
class Ground:
    """A ward of the other set on one's ground: code, name, how much of that it has, whether it has a page here."""

    code: str
    name: str
    share: str
    same_name: bool
    listed: bool


@dataclass(frozen=True)
class WardEntry:
    """A ward of one set as the site lists it: the editions with a profile of it, and the wards of the other set."""

    code: str
    name: str
    geography: str
    editions: tuple[EditionEntry, ...]
    ground: tuple[Ground, ...]


def make_site(project: Project) -> Path:
    """Write the site from what lies in ``reports``.

    Parameters
    ----------
    project : Project

    Returns
    -------
    Path
        ``reports/index.html``; the other pages lie in ``reports/site``. They are put in place once all are written.
    """
    catalogue = load_catalogue(project.definitions)
    pages = render_pages(project, catalogue)
    with Staging() as staging:
        fresh = staging.folder(project.reports / FOLDER)
        for name, text in pages.items():
            path = fresh / name.removeprefix(f"{FOLDER}/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        too_late()
        (fresh / "index.html").rename(fresh.with_name("index.html"))
        staging.put(project.reports / FOLDER)
        fresh.with_name("index.html").replace(project.reports / "index.html")
    return project.reports / "index.html"


def render_pages(project: Project, catalogue: Catalogue) -> dict[str, str]:
    """Every page of the site by its path in ``reports``."""
    import jinja2

    from analysis.report.page import TEMPLATE as REPORT

    entries = [_entry(project, catalogue, edition) for edition in catalogue.editions.values()]
    entries.sort(key=lambda one: (one.place, -one.edition.year))
    geographies = load_geographies(catalogue.folder)
    changes = _changes(project, entries)
    wards = _wards(entries, changes)
    sets = {name: [ward for ward in wards if ward.geography == name] for name in _sets(entries, geographies)}
    indicators = _indicators(catalogue)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATE), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals.update(
        style=(REPORT / "report.css").read_text() + (TEMPLATE / "site.css").read_text(),
        script=(TEMPLATE / "site.js").read_text(),
        publisher="State of the City project",
        geographies=geographies,
        day_words=day_words,
        counted=counted,
        capital=capital,
        in_force=_in_force,
    )
    shared = {
        "entries": entries,
        "sets": sets,
        "search": _search(entries, wards, indicators, geographies),
        "same_names": sum(row["same_name"] == "True" for row in changes),
    }
    pages = {
        "index.html": _page(environment, "index", "", shared),
        f"{FOLDER}/wards.html": _page(environment, "wards", "../", shared),
        f"{FOLDER}/indicators.html": _page(
            environment, "indicators", "../", {**shared, "groups": indicators, "directions": DIRECTIONS}
        ),
        f"{FOLDER}/methods.html": _page(environment, "methods", "../", {**shared, **_methods(project)}),
        f"{FOLDER}/data.html": _page(environment, "data", "../", {**shared, "flags": FLAGS}),
    }
    for ward in wards:
        pages[f"{FOLDER}/wards/{ward.code}.html"] = _page(environment, "ward", "../../", {"ward": ward, "search": None})
    return pages


def _in_force(geography: GeographyDefinition) -> str:
    """The areas of a geography in words, by when they were in force."""
    if geography.end is not None:
        return f"{geography.plural} in force until {day_words(geography.end.isoformat())}"
    since = f" in force since {day_words(geography.start.isoformat())}" if geography.start else ""
    return f"{geography.plural}{since}"


def _page(environment: jinja2.Environment, name: str, root: str, values: Mapping[str, Any]) -> str:
    return environment.get_template(f"{name}.html.j2").render(**values, root=root, here=name) + "\n"


def _entry(project: Project, catalogue: Catalogue, edition: Edition) -> EditionEntry:
    folder = project.reports / edition.id
    wards, made = read_profiles(project, edition.id)
    return EditionEntry(
        edition=edition,
        place=catalogue.places[edition.place].name,
        wards=wards,
        profiles=frozenset(made),
        documents=_there(folder, {"report.html": "Report, as a web page", "report.pdf": "Report, as PDF"}),
        tables=_figures(folder),
        data=_there(
            folder,
            {
                "tables.xlsx": "All tables, as a workbook",
                "data/datapackage.json": "All tables, as CSV with their description (data package)",
                "manifest.json": "Receipt: every input and output by its hash",
            },
        ),
    )


def _there(folder: Path, names: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Those of some files that are there: address from ``reports``, and what it is."""
    if not (folder / "report.html").is_file():
        return ()
    return tuple((f"{folder.name}/{name}", words) for name, words in names.items() if (folder / name).is_file())


def _figures(folder: Path) -> tuple[tuple[str, str], ...]:
    """The plotted table of each figure and each printed table of a report, by its label and title."""
    try:
        listed = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["figures"]
    except (OSError, ValueError, KeyError):
        return ()
    found = ((f"{folder.name}/figures/{one['id']}.csv", f"{one['label']}: {one['title']}") for one in listed)
    return tuple((address, words) for address, words in found if (folder.parent / address).is_file())


def _changes(project: Project, entries: Sequence[EditionEntry]) -> list[dict[str, str]]:
    """What old and new wards share, as the latest edition that knows of both sets has it."""
    for entry in entries:
        path = project.processed / entry.edition.id / "ward_changes.csv"
        if path.is_file():
            with path.open(newline="", encoding="utf-8") as file:
                rows = list(csv.DictReader(file))
            if rows:
                return rows
    return []


def _wards(entries: Sequence[EditionEntry], changes: Sequence[Mapping[str, str]]) -> list[WardEntry]:
    """Every ward that an edition with profiles has, by name."""
    names: dict[tuple[str, str], str] = {}
    for entry in reversed(entries):
        names.update({(code, entry.edition.ward_geography): name for code, name in entry.wards.items()})
    return [
        WardEntry(
            code,
            name,
            geography,
            tuple(one for one in entries if one.edition.ward_geography == geography and code in one.profiles),
            _ground(code, changes, {code for code, _ in names}),
        )
        for (code, geography), name in sorted(names.items(), key=lambda item: (item[1], item[0]))
    ]


def _ground(code: str, changes: Iterable[Mapping[str, str]], listed: set[str]) -> tuple[Ground, ...]:
    """The wards of the other set on a ward's ground, those with most of it first."""
    found = []
    for row in changes:
        for own, other in (("old", "new"), ("new", "old")):
            share = float(row[f"share_of_{own}_area"] or 0)
            same = row["same_name"] == "True"
            if row[f"{own}_code"] == code and (share >= LEAST_SHARE or same):
                words = f"{rounded(100 * share, 0)}%"
                beside = row[f"{other}_code"]
                found.append((-share, Ground(beside, row[f"{other}_name"], words, same, beside in listed)))
    return tuple(ground for _, ground in sorted(found, key=lambda item: (item[0], item[1].code)))


def _sets(entries: Sequence[EditionEntry], geographies: Mapping[str, GeographyDefinition]) -> list[str]:
    """The ward sets of the editions, the latest first."""
    used = {entry.edition.ward_geography for entry in entries}
    return sorted(used, key=lambda name: str(geographies[name].start), reverse=True)


def _indicators(catalogue: Catalogue) -> list[tuple[str, list[dict[str, Any]]]]:
    """The indicators under the first aim that each serves."""
    aims = {
        priority.id: f"{plan.title}: {aim.title}"
        for plan in catalogue.plans.values()
        for aim in plan.aims
        for priority in aim.priorities
    }
    groups: dict[str, list[dict[str, Any]]] = {title: [] for title in aims.values()}
    for indicator in sorted(catalogue.indicators.values(), key=lambda one: (one.title, one.id)):
        aim = next((aims[name] for name in indicator.priorities if name in aims), "Of no aim")
        groups.setdefault(aim, []).append(_described(catalogue, indicator))
    return [(title, found) for title, found in groups.items() if found]


def _described(catalogue: Catalogue, indicator: Indicator) -> dict[str, Any]:
    levels = dict.fromkeys(level for given in indicator.inputs for level in given.levels)
    sources = dict.fromkeys(given.source for given in indicator.inputs)
    return {
        "indicator": indicator,
        "levels": [LEVELS[level] for level in LEVELS if level in levels],
        "sources": [f"{catalogue.sources[name].publisher}, {catalogue.sources[name].title}" for name in sources],
    }


def _search(
    entries: Sequence[EditionEntry],
    wards: Sequence[WardEntry],
    indicators: Sequence[tuple[str, list[dict[str, Any]]]],
    geographies: Mapping[str, GeographyDefinition],
) -> list[tuple[str, str, str]]:
    """What the search finds: words, what it is, address from ``reports``."""
    found = [
        (ward.name, f"{_in_force(geographies[ward.geography])}, {ward.code}", f"{FOLDER}/wards/{ward.code}.html")
        for ward in wards
    ]
    for _, group in indicators:
        for one in group:
            indicator = one["indicator"]
            found.append((indicator.title, "indicator", f"{FOLDER}/indicators.html#{indicator.id}"))
    found += [(f"{entry.name}: {words}", "edition", address) for entry in entries for address, words in entry.documents]
    return found


def _methods(project: Project) -> dict[str, Any]:
    path = project.root / "docs" / "methods.md"
    if not path.is_file():
        return {"body": "", "contents": []}
    body, contents = page_of_markdown(path.read_text(encoding="utf-8"))
    return {"body": body, "contents": contents}

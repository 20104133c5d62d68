"""What tests of the shipped data share: every edition built, and the areas of the place as recorded."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from analysis.areas.links import Areas, open_areas
from analysis.catalogue.model import Edition, Place
from analysis.catalogue.source import Source
from analysis.catalogue.strict import load_as
from analysis.clean import population
from analysis.clean.observations import Log
from analysis.make.editions import make_tables_of
from analysis.paths import DEFINITIONS, Project
from analysis.sources.snapshots import open_release

SOURCES = (
    "lookup_lsoa11_ward22",
    "lookup_lsoa21_ward23",
    "lookup_lsoa11_msoa11",
    "lookup_lsoa11_lsoa21",
    "boundary_ward22",
    "boundary_ward23",
    "boundary_lsoa11",
    "boundary_lsoa21",
)


@pytest.fixture(scope="session")
def project(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project of its own with every edition's tables; for reading alone."""
    root = tmp_path_factory.mktemp("editions")
    shutil.copytree(repository / "data" / "raw", root / "data" / "raw")
    shutil.copytree(repository / "notebooks", root / "notebooks", ignore=shutil.ignore_patterns(".*"))
    shutil.copytree(DEFINITIONS, root / "definitions")
    shutil.copy(repository / "requirements.lock", root)
    made = Project(root, root / "definitions")
    make_tables_of(made, sorted(path.stem for path in (DEFINITIONS / "editions").glob("*.yml")), workers=2)
    return made


@pytest.fixture(scope="session")
def city_areas(repository: Path) -> Areas:
    project = Project(repository)
    facts = yaml.safe_load(Path(__file__).with_name("facts.yml").read_text(encoding="utf-8"))
    edition = load_as(Edition, DEFINITIONS / "editions" / f"{facts['last']}.yml")
    releases = {name: edition.releases[name][-1] for name in SOURCES}
    observations = {}
    for name in ("population_lsoa11", "population_census2021"):
        source = load_as(Source, DEFINITIONS / "sources" / f"{name}.yml")
        release = edition.releases[name][-1]
        rows = population.clean(open_release(project, name, release), source, Log(name, release))
        observations[name] = {"population": rows.assign(release=release)}
    opened = {(name, release): open_release(project, name, release) for name, release in releases.items()}
    return open_areas(load_as(Place, DEFINITIONS / "places" / f"{facts['place']}.yml"), opened, observations)

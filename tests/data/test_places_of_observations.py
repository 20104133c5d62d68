"""Every observation of every recorded release stands in the raw table where it says that it does."""

from __future__ import annotations

import importlib
from pathlib import Path

import pandas as pd
import pytest

from analysis.catalogue.load import load_catalogue
from analysis.clean.corrections import open_corrected
from analysis.clean.observations import Log
from analysis.paths import DEFINITIONS, Project

CATALOGUE = load_catalogue(DEFINITIONS)
CLEANED = [
    (source.id, release)
    for source in CATALOGUE.sources.values()
    if source.clean is not None
    for release in source.releases
]


@pytest.mark.parametrize(("name", "release"), CLEANED)
def test_the_cell_that_an_observation_names_holds_its_value(repository: Path, name: str, release: str) -> None:
    if not (repository / "data" / "raw" / name / release).is_dir():
        pytest.skip(f"{name} {release} is declared and not recorded")
    source = CATALOGUE.sources[name]
    opened = open_corrected(Project(repository), CATALOGUE, name, release)
    cleaner = importlib.import_module(f"analysis.clean.{source.clean}")
    frame = cleaner.clean(opened, source, Log(name, release))
    assert len(frame)
    for (table, column), rows in frame.groupby(["table", "column"]):
        raw = opened.tables[table].loc[rows["row"]]
        cells = raw[column.split("+")].apply(lambda texts: pd.to_numeric(texts.str.replace(",", ""), errors="coerce"))
        held = cells.sum(axis=1, skipna=False).set_axis(rows.index)
        wrong = rows[~((held - rows["value"]).abs() < 1e-9) & ~((100 * held - rows["value"]).abs() < 1e-9)]
        assert wrong["value"].isna().all(), wrong.head()
        area = next(c for c in raw if c == "area_code" or c.endswith("_code"))
        current = raw[area].replace(dict(source.code_changes))
        assert (current.set_axis(rows.index) == rows["area_code"]).all(), (table, column)

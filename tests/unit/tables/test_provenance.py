"""Where rows come from: every row of the invented city leads to observations, and these to the raw rows they name."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from analysis.audit.opened import Opened
from analysis.audit.recompute import Second
from analysis.catalogue.measures import MEASURES
from analysis.errors import DataError
from analysis.tables.provenance import Origin, Origins
from analysis.tables.query import TableRow, Tables
from analysis.tables.stamps import open_edition

EDITION = "tinytown-2018"


def second(city: Any) -> Second:
    return Second(Opened(city.project, open_edition(city.project, EDITION)), Tables(city.project, EDITION))


def origins(city: Any) -> Origins:
    opened = Opened(city.project, open_edition(city.project, EDITION))
    return Origins(Tables(city.project, EDITION), opened.edition, opened.place, opened.indicators)


def observed(origin: Origin) -> Iterator[TableRow]:
    for each in [*(found for part in origin.parts for found in part.observed.values()), *origin.also.values()]:
        yield from each


def test_every_row_leads_to_observations_and_every_observation_is_used(tiny_built: Any) -> None:
    found = origins(tiny_built)
    rows = found.tables.rows("indicators")
    used, measures = set(), set()
    optional = {"lower_ci95", "upper_ci95", "numerator", "denominator"}
    for row in rows:
        origin = found.of(row)
        measures.add(origin.given.measure)
        assert {column for column in optional if row.cells[column]} <= set(origin.measure.gives), row
        assert origin.rests_on or list(observed(origin)) or not row.cells["value"], row
        used |= {one.line for one in observed(origin)}
    assert measures >= {"published", "sum", "share", "apportioned_life_expectancy"}
    assert "difference_from_city" in measures
    every = found.tables.rows("observations")
    unused = {one.cells["series"] for one in every if one.line not in used}
    assert unused <= {"imd_decile", "imd_rank", "imd_score", "life_expectancy", "population"}, unused
    assert len(used) > 0.9 * len(every)


def test_an_observation_stands_in_the_file_where_it_says(tiny_built: Any) -> None:
    for one in origins(tiny_built).tables.rows("observations"):
        cells = one.cells
        path = tiny_built.project.raw / cells["source"] / cells["release"] / f"{cells['table']}.csv"
        with path.open(encoding="utf-8", newline="") as lines:
            heading, *rows = csv.reader(lines)
        raw = dict(zip(heading, rows[int(cells["row"]) - 2], strict=True))
        assert cells["area_code"] in raw.values(), cells
        texts = [raw[column] for column in cells["column"].split("+")]
        if cells["value"]:
            assert sum(map(float, texts)) in (float(cells["value"]), pytest.approx(float(cells["value"]) / 100)), cells


def test_a_ward_has_the_weights_of_its_small_areas(tiny_built: Any) -> None:
    found = origins(tiny_built)
    row = next(
        one
        for one in found.tables.among("indicators", "indicator", ["imd_average_score"])
        if one.cells["area_name"] == "Hill"
    )
    origin = found.of(row)
    assert origin.way == ("lsoa11", "ward22")
    assert [set(part.observed) for part in origin.parts] == [{"score", "rank", "people"}] * 4
    top = sum(part.weight * float(part.observed["score"][0].cells["value"]) for part in origin.parts)
    assert float(row.cells["value"]) == pytest.approx(top / sum(part.weight for part in origin.parts))
    assert all(part.weight == float(part.observed["people"][0].cells["value"]) for part in origin.parts)


def test_rows_of_other_ward_sets_have_origins_too(tiny_built: Any) -> None:
    found = second(tiny_built)
    rows = found.tables.rows("ward_series")
    assert rows
    for row in rows:
        found.again(row)


def test_small_areas_and_slopes_name_the_observation_they_repeat(tiny_built: Any) -> None:
    found = origins(tiny_built)
    for row in found.tables.rows("small_areas"):
        one = found.published(row)
        assert one is not None
        assert (one.cells["value"], one.cells["area_code"]) == (row.cells["rank"], row.cells["area_code"])
    named = [found.published(row) for row in found.tables.rows("inequality_areas")]
    assert sum(one is not None for one in named) > len(named) / 2
    assert found.published(found.tables.rows("wards")[0]) is None


def test_life_tables_are_worked_out_again(tiny: Any, tiny_module: Any) -> None:
    folder = tiny.root / "published"
    tiny.record("deaths_lsoa", "2023", *tiny_module.deaths(folder, tiny.codes))
    tiny.record("population_lsoa11_sex", "2018-10-25", *tiny_module.residents_by_sex(folder, tiny.codes))

    def pin(edition: dict[str, Any]) -> None:
        edition["releases"] |= {"deaths_lsoa": ["2023"], "population_lsoa11_sex": ["2018-10-25"]}
        edition["stand_ins"].append({"source": "deaths_lsoa", "reason": "The deaths came out in 2023."})

    tiny.change("editions", EDITION, pin)
    tiny.build()
    found = second(tiny)
    rows = [
        row for row in found.tables.rows("indicators") if row.cells["source"] == "deaths_lsoa" and row.cells["value"]
    ]
    made = [found.again(row) for row in rows]
    assert sum(origin.given.measure == "life_table" for origin, _ in made) > 4
    row = next(row for row, (origin, _) in zip(rows, made, strict=True) if origin.given.measure == "life_table")
    with pytest.raises(DataError, match=r"the value is .*, and the raw rows give"):
        found.again(replace(row, cells={**row.cells, "value": f"{float(row.cells['value']) + 1e-6}"}))


def of(series: str, column: str, value: Callable[[str], str]) -> Callable[[Path], None]:
    """A change of one cell of the first observation of a series of the built table."""

    def change(path: Path) -> None:
        with path.open(encoding="utf-8", newline="") as lines:
            heading, *rows = csv.reader(lines)
        row = next(row for row in rows if row[heading.index("series")] == series)
        row[heading.index(column)] = value(row[heading.index(column)])
        with path.open("w", encoding="utf-8", newline="") as out:
            csv.writer(out, lineterminator="\n").writerows([heading, *rows])

    return change


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (of("employment_rate", "row", lambda row: str(int(row) + 1)), r"is not about employment_rate|says '"),
        (of("employment_rate", "value", lambda value: f"{float(value) + 0.1:.1f}"), r"the value is .*, and .*, says '"),
        (of("imd_score", "row", lambda row: str(int(row) + 1)), r"is not about imd_score"),
        (
            of("life_expectancy", "sex", lambda sex: {"male": "female", "female": "male"}[sex]),
            r"is not about life_expec",
        ),
    ],
)
def test_an_observation_that_names_another_row_is_refused(
    tiny: Any, change: Callable[[Path], None], problem: str
) -> None:
    change(tiny.project.processed / EDITION / "observations.csv")
    found = second(tiny)
    rows = found.tables.rows("observations")
    with pytest.raises(DataError, match=problem):
        list(map(found.value, rows))


def test_an_input_that_the_definition_lost_is_named(tiny_built: Any) -> None:
    found = origins(tiny_built)
    row = found.tables.rows("indicators")[0]
    with pytest.raises(DataError, match=r"indicators\.csv, line 2: input 9 of .*, which has \d"):
        found.of(replace(row, cells={**row.cells, "input": "9"}))
    assert all(found.indicators[one].inputs[0].measure in MEASURES for one in ("employment_rate", "fuel_poverty"))

"""Agreement with the publishers: read apart from the pipeline, under a rule that is data."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from analysis.audit.publisher import CHECKS, compare_with_publishers, load_checks
from analysis.cli import app
from analysis.errors import AuditError, DefinitionError
from analysis.paths import DEFINITIONS

EDITION = "tinytown-2018"


@pytest.fixture
def city(tiny: Any) -> Any:
    checks = yaml.safe_load((DEFINITIONS / CHECKS).read_text(encoding="utf-8"))
    held = [one for one in checks if (tiny.definitions / "indicators" / f"{one['indicator']}.yml").is_file()]
    (tiny.definitions / CHECKS).write_text(yaml.safe_dump(held), encoding="utf-8")
    return tiny


def of(found: list[Any], check: str) -> list[Any]:
    return [one for one in found if one.check == check]


def test_counts_of_small_areas_and_residents_agree(city: Any) -> None:
    found, idle = compare_with_publishers(city.project, EDITION)
    for check in ("small-areas-most-deprived", "small-areas", "residents"):
        assert of(found, check), check
        assert all(one.agrees for one in of(found, check)), of(found, check)
    assert of(found, "small-areas")[0].ours == of(found, "small-areas")[0].published == "12"
    assert "residents-census" in idle
    assert of(found, "small-areas")[0].citation.endswith("English Indices of Deprivation 2015 (2015-09-30)")


def test_a_figure_that_is_not_the_publishers_is_told(city: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    path = city.project.processed / EDITION / "indicators.csv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    wanted = f"population_total,{city.codes.lad},"
    (at,) = (number for number, line in enumerate(lines) if line.startswith(wanted))
    cells = lines[at].split(",")
    cells[8] = str(int(cells[8]) + 1)
    lines[at] = ",".join(cells)
    path.write_text("".join(lines), encoding="utf-8")
    found, _ = compare_with_publishers(city.project, EDITION)
    (one,) = of(found, "residents")
    assert (one.agrees, one.difference, one.tolerance) == (False, "1", "0")
    monkeypatch.chdir(city.root)
    done = CliRunner().invoke(app, ["verify", "--publisher", EDITION])
    assert done.exit_code == 15
    assert f"DISAGREES: 2017-06-30: ours {one.ours}, published {one.published}" in done.output


def test_a_difference_within_the_tolerance_is_not_material(city: Any) -> None:
    path = city.definitions / CHECKS
    checks = yaml.safe_load(path.read_text(encoding="utf-8"))
    (share,) = (one for one in checks if one["id"] == "small-areas")
    share["published"]["where"] = {"imd_decile": "1"}
    share["tolerance"] = 6
    share["exceptions"] = {"2015-09-30": {"tolerance": 5.5, "why": "a test"}}
    path.write_text(yaml.safe_dump([share]), encoding="utf-8")
    ((one,), _) = compare_with_publishers(city.project, EDITION)
    assert (one.difference, one.tolerance, one.why, one.agrees) == ("6", "5.5", "a test", False)
    share.pop("exceptions")
    path.write_text(yaml.safe_dump([share]), encoding="utf-8")
    ((one,), _) = compare_with_publishers(city.project, EDITION)
    assert one.agrees


def test_what_is_not_built_or_not_stated_is_refused(city: Any) -> None:
    (city.project.processed / EDITION / "indicators.csv").unlink()
    with pytest.raises(AuditError, match="not built yet"):
        compare_with_publishers(city.project, EDITION)
    (city.definitions / CHECKS).write_text("a: 1\n", encoding="utf-8")
    with pytest.raises(DefinitionError, match="expected a list of checks"):
        load_checks(city.definitions)
    (city.definitions / CHECKS).unlink()
    with pytest.raises(AuditError, match="nothing says which published figures"):
        load_checks(city.definitions)


def test_a_column_that_moved_is_refused(city: Any) -> None:
    path = city.definitions / CHECKS
    path.write_text(path.read_text(encoding="utf-8").replace("imd_decile", "imd_tenth"), encoding="utf-8")
    with pytest.raises(DefinitionError, match=r"yml:\d+: .*small-areas-most-deprived: no column 'imd_tenth'"):
        compare_with_publishers(city.project, EDITION)


def test_every_check_names_an_indicator_a_source_and_a_table_that_exist() -> None:
    from analysis.catalogue.load import load_catalogue

    catalogue = load_catalogue(DEFINITIONS)
    checks = load_checks(DEFINITIONS)
    assert len({check.id for check in checks}) == len(checks)
    for check in checks:
        assert check.indicator in catalogue.indicators, check.id
        source = catalogue.sources[check.published.source]
        assert check.published.table in source.tables, check.id
        assert {*check.exceptions} <= {*source.releases} | {
            release for edition in catalogue.editions.values() for release in edition.releases.get("imd", ())
        }


def test_it_shares_nothing_with_the_pipeline() -> None:
    code = "import sys, analysis.audit.publisher; print(*sorted(n for n in sys.modules if n.startswith('analysis.')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {*done.stdout.split()}
    shared = {"errors", "interrupts", "paths", "tables", "tables.stamps", "audit", "audit.publisher"}
    assert {name for name in loaded if not name.startswith("analysis.catalogue")} == {f"analysis.{n}" for n in shared}


def test_pandas_is_not_needed(repository: Path) -> None:
    code = "import sys, analysis.audit.publisher; print({'pandas', 'numpy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"

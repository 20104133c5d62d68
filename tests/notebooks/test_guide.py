"""The guide for JupyterLab runs as it is, what it praises works, and it is part of no report."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell

from analysis.report.runner import NotebookJob, run_notebooks
from analysis.tables.loaded import Editions, LoadedEdition, load_edition
from analysis.tables.overview import UP_TO_DATE, list_tables

EDITION = "tinytown-2018"


@pytest.fixture
def here(tiny_reported: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.chdir(tiny_reported.root)
    return tiny_reported


def run_guide(root: Path, edition: str) -> dict[str, Any]:
    with contextlib.chdir(root):
        (notebook,) = run_notebooks([NotebookJob(root / "notebooks" / "guide.ipynb", {"edition": edition})])
    return {cell["id"]: cell for cell in notebook.cells}


def html_of(cell: Any) -> str:
    return "".join(str(output.get("data", {}).get("text/html", "")) for output in cell["outputs"])


def test_the_guide_runs_as_it_is(here: Any) -> None:
    cells = run_guide(here.root, EDITION)
    assert EDITION in html_of(cells["guide-list"])
    assert "Deprivation of the wards" in html_of(cells["guide-preview"])
    assert "indicators" in html_of(cells["guide-city"])
    assert "in the report: #&lt;cell&gt;" in html_of(cells["guide-map"])
    assert "<svg" in html_of(cells["guide-map"])
    assert UP_TO_DATE in html_of(cells["guide-rebuilt"])
    for name, cell in cells.items():
        if cell["cell_type"] == "code" and name not in ("settings", "load", "injected-parameters"):
            assert html_of(cell), f"{name} shows nothing"


def test_the_guide_runs_in_the_real_project(repository: Path) -> None:
    built = sorted(path.parent.name for path in (repository / "data" / "processed").glob("*/indicators.csv"))
    if not built:
        pytest.skip("no edition is built here; `make report` builds one")
    cells = run_guide(repository, built[0])
    assert built[0] in html_of(cells["guide-list"])


def test_the_guide_is_part_of_no_report(repository: Path, source_rules: Any) -> None:
    from analysis.catalogue.load import load_catalogue
    from analysis.paths import DEFINITIONS

    assert all("guide" not in edition.notebooks for edition in load_catalogue(DEFINITIONS).editions.values())
    assert source_rules.check_source_notebook(repository / "notebooks" / "guide.ipynb") == []
    assert "notebooks/guide.ipynb" in (repository / "Makefile").read_text(encoding="utf-8")


def test_the_guide_names_only_what_there_is(repository: Path) -> None:
    cells = json.loads((repository / "notebooks" / "guide.ipynb").read_text(encoding="utf-8"))["cells"]
    text = "".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    for path in ("docs/columns.md", "docs/indicators.md", "src/analysis/definitions/indicators/fuel_poverty.yml",
                 "notebooks/baseline.ipynb", "README.md", "CONTRIBUTING.md"):  # fmt: skip
        assert path in text
        assert (repository / path).is_file(), path


@pytest.fixture
def shell(here: Any) -> Iterator[InteractiveShell]:
    shell = InteractiveShell()
    shell.run_cell("from analysis import editions, load_edition")
    yield shell
    shell.history_manager.end_session()


def completions(shell: InteractiveShell, text: str) -> list[str]:
    with provisionalcompleter():
        return [one.text for one in shell.Completer.completions(text, len(text))]


def test_the_tab_key_lists_the_editions(shell: InteractiveShell) -> None:
    assert completions(shell, "editions.") == ["tinytown_2018"]
    assert completions(shell, "editions.tiny") == ["tinytown_2018"]
    assert completions(shell, "editions.liver") == []


def test_an_edition_is_loaded_by_its_name(here: Any) -> None:
    editions = Editions()
    assert editions.tinytown_2018.edition.id == EDITION
    with pytest.raises(AttributeError, match="no edition 'nowhere_2018'"):
        _ = editions.nowhere_2018
    assert repr(editions) == f"<Editions: {EDITION}>"
    assert "<td" in editions._repr_html_()


def test_help_says_how(here: Any) -> None:
    for said in ("Examples", "city = load_edition(edition)", "editions.", "DataError", "sotc build"):
        assert said in (load_edition.__doc__ or "")
    city = load_edition(EDITION)
    assert len(repr(city)) < 100
    assert isinstance(city, LoadedEdition)


def test_an_edition_shows_every_table_with_its_rows(here: Any) -> None:
    city = load_edition(EDITION)
    listed = list_tables(city.folder)
    assert list(listed["table"]) == sorted(path.stem for path in city.folder.glob("*.csv"))
    for row in listed.to_dict("records"):
        table = city.table(row["table"])
        assert (row["rows"], row["columns"]) == table.shape
        assert row["holds"]
        assert row["table"] in city._repr_html_()
        assert city.preview(row["table"]).to_html()


def test_a_preview_shows_missing_values_as_missing(here: Any) -> None:
    shown = load_edition(EDITION).preview("indicators").to_html()
    assert "nan" not in shown
    assert "Lower 95% limit" in shown
    assert "[x]" in shown


def test_what_would_be_rebuilt_names_the_change_and_only_it(tiny: Any, tiny_reported: Any) -> None:
    city = tiny_reported.copy(tiny.root.parent / "changed")
    loaded = load_edition(EDITION, city.project)
    assert set(loaded.what_would_be_rebuilt()["state"]) == {UP_TO_DATE}
    path = city.definitions / "indicators" / "fuel_poverty.yml"
    written = path.read_text(encoding="utf-8")
    path.write_text(written + "\n# a remark\n", encoding="utf-8")
    assert set(loaded.what_would_be_rebuilt()["state"]) == {UP_TO_DATE}
    path.write_text(written.replace("title: ", "title: All ", 1), encoding="utf-8")
    found = loaded.what_would_be_rebuilt()
    assert set(found["because"]) == {"definitions/indicators/fuel_poverty.yml changed"}
    assert set(found["folder"]) == {f"data/processed/{EDITION}", f"reports/{EDITION}"}
    path.write_text(written, encoding="utf-8")
    notebook = city.root / "notebooks" / "data_quality.ipynb"
    notebook.write_text(notebook.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    found = loaded.what_would_be_rebuilt().set_index("folder")
    assert found.loc[f"data/processed/{EDITION}", "state"] == UP_TO_DATE
    assert found.loc[f"reports/{EDITION}", "because"] == "notebooks/data_quality.ipynb changed"

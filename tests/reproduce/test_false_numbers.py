"""A false number stops the making of a report: each kind of it, seeded where sentences, tables and figures are made.

The notebooks run here in this process, so that what prints can be made to lie; all else is as `sotc report` does it.
"""

from __future__ import annotations

import dataclasses
import json
import re
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from nbformat import NotebookNode, v4

from analysis.blocks import Figure, Table
from analysis.errors import ReportError
from analysis.make import report
from analysis.report.notebook import open_notebook
from analysis.report.runner import NotebookJob
from analysis.tables.printing import LIMITS, Numbers, cell_of
from analysis.tables.reference import Reference

EDITION = "tinytown-2018"


def run_here(jobs: Sequence[NotebookJob], **_: Any) -> list[NotebookNode]:
    """Run notebooks in this process: each cell's last value is its output."""
    executed = []
    for job in jobs:
        shell = InteractiveShell()
        shell.user_ns.update(job.parameters)
        notebook = open_notebook(job.path)
        for cell in notebook.cells:
            if cell.cell_type == "code" and "parameters" not in cell.metadata.get("tags", []):
                done = shell.run_cell(cell.source, silent=False)
                done.raise_error()
                shown = done.result if isinstance(done.result, tuple) else (done.result,)
                formatted = [shell.display_formatter.format(one) for one in shown if one is not None]
                cell.outputs = [v4.new_output("display_data", data=data) for data, _ in formatted]
        executed.append(notebook)
    return executed


@pytest.fixture
def make(tiny_built: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Path]:
    """Make the invented city's report into a new folder."""
    monkeypatch.setattr(report, "run_notebooks", run_here)
    monkeypatch.chdir(tiny_built.root)
    folder = tmp_path / "report"

    def made() -> Path:
        folder.mkdir()
        report.make_report(tiny_built.project, tiny_built.catalogue(), EDITION, folder)
        return folder

    return made


def test_a_true_report_is_made(make: Callable[[], Path]) -> None:
    assert (make() / "report.pdf").is_file()


Lie = Callable[[pytest.MonkeyPatch], None]


def off_by(method: str, changed: Callable[[float], float]) -> Lie:
    """What prints a kind of number prints another than its reference gives; the key stays."""

    def lie(monkeypatch: pytest.MonkeyPatch) -> None:
        true = getattr(Numbers, method)

        def false(self: Numbers, reference: Reference, *rest: Any, **more: Any) -> str:
            return str(true(self, dataclasses.replace(reference, value=changed(reference.value)), *rest, **more))

        monkeypatch.setattr(Numbers, method, false)

    return lie


def other_value(monkeypatch: pytest.MonkeyPatch) -> None:
    """A value is printed of the right row, a tenth too high."""
    true = Numbers.value

    def false(self: Numbers, row: Any, decimals: int, **more: Any) -> str:
        return true(
            self, {**row, more.get("column", "value"): 1.1 * float(row[more.get("column", "value")])}, decimals, **more
        )

    monkeypatch.setattr(Numbers, "value", false)


def swapped_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """The lower limit is printed where the upper one stands, and the other way round, under the true keys."""

    def false(self: Numbers, row: Any, decimals: int, *, none: str = "none", table: str = "indicators") -> str:
        if row is None or any(row[column] != row[column] for column in LIMITS):
            return none
        ends = [cell_of(row, column, table=table) for column in LIMITS]
        turned = [dataclasses.replace(end, value=other.value) for end, other in zip(ends, ends[::-1], strict=True)]
        return " to ".join(self.number(end, lambda value: f"{value:.{decimals}f}") for end in turned)

    monkeypatch.setattr(Numbers, "interval", false)


def changed_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    """A digit is written into a finished table beside its keys."""
    true = Numbers.table

    def false(self: Numbers, **more: Any) -> Table:
        table = true(self, **more)
        place = next((number.part for number in table.numbers if "," in number.part), None)
        if place is None:
            return table
        line, column = map(int, place.split(","))
        rows = [list(row) for row in table.rows]
        rows[line][column] += " (7)"
        return dataclasses.replace(table, rows=tuple(map(tuple, rows)))

    monkeypatch.setattr(Numbers, "table", false)


def false_note(monkeypatch: pytest.MonkeyPatch) -> None:
    """The notes of figures print their numbers ten times too high."""
    true = Numbers.figure

    def false(self: Numbers, **more: Any) -> Figure:
        figure = true(self, **more)
        own = [number for number in figure.numbers if number.part == "note"]
        for number in own[-1:]:
            end = number.at + len(number.text)
            note = f"{figure.note[:end]}0{figure.note[end:]}"
            others = tuple(one for one in figure.numbers if one is not number)
            longer = dataclasses.replace(number, text=f"{number.text}0")
            return dataclasses.replace(figure, note=note, numbers=(*others, longer))
        return figure

    monkeypatch.setattr(Numbers, "figure", false)


def swapped_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first number noted in a block carries the key of the second."""
    true = Numbers.placed

    def false(self: Numbers, marked: str, part: str = "") -> Any:
        text, numbers = true(self, marked, part)
        if len(numbers) > 1 and numbers[0].text != numbers[1].text:
            numbers = (dataclasses.replace(numbers[0], key=numbers[1].key), *numbers[1:])
        return text, numbers

    monkeypatch.setattr(Numbers, "placed", false)


def other_row(swap: Mapping[str, str]) -> Lie:
    """What is printed of one area, sex or period carries the key of another."""

    def lie(monkeypatch: pytest.MonkeyPatch) -> None:
        true = Numbers.number

        def false(self: Numbers, reference: Reference, form: Callable[[float], str]) -> str:
            key = reference.key
            for one, other in swap.items():
                if f"@{one}@" in key:
                    key = key.replace(f"@{one}@", f"@{other}@", 1)
                    break
            return true(self, dataclasses.replace(reference, key=key), form)

        monkeypatch.setattr(Numbers, "number", false)

    return lie


def plotted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A point of a figure's data is another than the table's."""
    true = Numbers.figure

    def false(self: Numbers, **more: Any) -> Figure:
        figure = true(self, **more)
        if not figure.rows_of or "value" not in figure.csv.splitlines()[0].split(","):
            return figure
        lines = figure.csv.splitlines(keepends=True)
        at = lines[0].rstrip("\n").split(",").index("value")
        for number, line in enumerate(lines[1:], start=1):
            cells = line.split(",")
            if len(cells) == len(lines[0].split(",")) and cells[at]:
                cells[at] = f"{float(cells[at]) + 1:g}"
                lines[number] = ",".join(cells)
                break
        return dataclasses.replace(figure, csv="".join(lines))

    monkeypatch.setattr(Numbers, "figure", false)


LIES: dict[str, Lie] = {
    "a count": off_by("count", lambda value: value + 1),
    "a count with its noun": off_by("counted", lambda value: value + 1),
    "a whole number": off_by("whole", lambda value: value + 1),
    "a rank": off_by("ordinal", lambda value: value + 1),
    "a rounded number": off_by("rounded", lambda value: value + 0.1),
    "a value": other_value,
    "limits the wrong way round": swapped_limits,
    "a table's cell": changed_cell,
    "a figure's note": false_note,
    "a figure's data": plotted,
    "a swapped key": swapped_key,
    "another sex": other_row({"male": "female", "female": "male"}),
    "another area": other_row({"E07990001": "E07990002", "E05000001": "E05000002"}),
    "another year": other_row({"2017-01-01/2017-12-31": "2016-01-01/2016-12-31"}),
}


SENTENCE = re.compile(
    r"([a-z_]+\.ipynb, cell [a-z-]+"
    r"|[a-z0-9-]+, (note|alt|title|row \d+, column '.+'|line \d+ of its data, column '.+')): "
    r"(the number )?('.+' is (printed|plotted)|'.+': |no key names the number in '.+')[^\n]*"
)
"""Where in which block, and the number."""


@pytest.mark.parametrize("kind", LIES)
def test_a_false_number_stops_the_report(make: Callable[[], Path], monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    LIES[kind](monkeypatch)
    with pytest.raises(ReportError) as stopped:
        make()
    assert SENTENCE.fullmatch(str(stopped.value)), str(stopped.value)


def test_the_earlier_report_stays(tiny_reported: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from analysis.make.editions import make_editions

    city = tiny_reported.copy(tmp_path / "project")
    folder = city.project.reports / EDITION
    before = {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
    monkeypatch.setattr(report, "run_notebooks", run_here)
    monkeypatch.chdir(city.root)
    LIES["a count"](monkeypatch)
    with pytest.raises(ReportError, match="is printed and the tables give"):
        make_editions(city.project, [EDITION], force=True)
    assert {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()} == before
    assert [path.name for path in folder.parent.iterdir() if path.name[0] == "."] == []


LYING = """
from dataclasses import replace
from analysis.tables.printing import Numbers
Numbers.count = lambda self, number, true=Numbers.count: true(self, replace(number, value=number.value + 1))
"""


def test_the_command_stops_in_one_sentence_and_the_earlier_report_stays(tiny_reported: Any, tmp_path: Path) -> None:
    city = tiny_reported.copy(tmp_path / "project")
    source = city.root / "notebooks" / "baseline.ipynb"
    notebook = json.loads(source.read_text(encoding="utf-8"))
    (cell,) = [cell for cell in notebook["cells"] if cell["id"] == "load"]
    cell["source"] = [*cell["source"], "\n", *LYING.splitlines(keepends=True)]
    source.write_text(json.dumps(notebook), encoding="utf-8")
    folder = city.project.reports / EDITION
    before = {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
    done = subprocess.run(
        [sys.executable, "-m", "analysis", "report", EDITION],
        cwd=city.root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == ReportError.exit_code
    said = [line for line in done.stderr.splitlines() if "is printed and the tables give" in line]
    assert len(said) == 1, done.stderr
    assert "baseline.ipynb, cell " in said[0]
    assert "Traceback" not in done.stderr
    assert {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()} == before

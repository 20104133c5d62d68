"""Running invented notebooks: what comes back, what is refused, what is left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import pytest
from nbformat import NotebookNode

from analysis.blocks import MIME
from analysis.errors import NotebookError
from analysis.report.notebook import write_notebook
from analysis.report.runner import NotebookJob, kernels, run_notebooks, run_on_kept_kernel


def notebook(folder: Path, *sources: str, name: str = "tiny.ipynb", **changes: Any) -> Path:
    """Write a notebook whose first cell is `edition = "none"`, tagged; the others are `cell-1`, `cell-2` and on."""
    cells = [code("settings", 'edition = "none"', tags=["parameters"])]
    cells += [code(f"cell-{number}", textwrap.dedent(source)) for number, source in enumerate(sources, start=1)]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    content = {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": kernel}, "cells": cells, **changes}
    path = folder / name
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def code(identity: str, source: str, **metadata: Any) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "id": identity,
        "metadata": metadata,
        "execution_count": None,
        "outputs": [],
        "source": source,
    }


def run(path: Path, **options: Any) -> NotebookNode:
    return run_notebooks([NotebookJob(path, {"edition": "invented"})], **options)[0]


def outputs(executed: NotebookNode, cell: str) -> list[NotebookNode]:
    return next(c.outputs for c in executed.cells if c.id == cell)


EVERYTHING = (
    """
    import sys
    print("edition", edition)
    print("aside", file=sys.stderr)
    1 + 1
    """,
    """
    from IPython.display import HTML, clear_output, display
    shown = display(HTML("<b>first</b>"), display_id="one")
    print("between")
    display((1, 2))
    """,
    'display(HTML("<b>second</b>"), display_id="one")',
    """
    from analysis.blocks import Blocks, Table, Column, Text
    Blocks.of([Text("Some *words*"), Table("T", (Column("A"),), (("1",),), "Invented")])
    """,
    'print("gone")\nclear_output(wait=True)\nprint("kept")',
    'import inspect\nprint("careful:", inspect.currentframe().f_code.co_filename, file=sys.stderr)',
    'await __import__("asyncio").sleep(0)\n_',
    "import pandas as pd\npd.DataFrame({letter * 30: [1, 2] for letter in 'abcd'})",
    "import matplotlib.pyplot as plt\nplt.subplots(figsize=(1, 1));",
    "2;",
    "",
    "type(get_ipython()).__name__",
)


def test_what_cells_show_comes_back(tmp_path: Path) -> None:
    executed = run(notebook(tmp_path, *EVERYTHING))
    write_notebook(executed, tmp_path / "made.ipynb")
    written = (tmp_path / "made.ipynb").read_text(encoding="utf-8")
    assert all(word in written for word in (MIME, "image/png", "second", "careful: <cell>"))
    assert "first" not in outputs(executed, "cell-2")[0].data["text/html"]
    assert "gone" not in str(outputs(executed, "cell-5"))


def test_the_same_notebook_gives_the_same_bytes_without_times_or_paths(tmp_path: Path) -> None:
    path = notebook(tmp_path, *EVERYTHING[:7])
    written = []
    for name in ("once.ipynb", "twice.ipynb"):
        write_notebook(run(path), tmp_path / name)
        written.append((tmp_path / name).read_bytes())
    assert written[0] == written[1]
    assert b"papermill" not in written[0]
    assert str(tmp_path).encode() not in written[0]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["once.ipynb", "tiny.ipynb", "twice.ipynb"]


def test_injected_cell_has_a_fixed_id_and_counts_run_from_one(tmp_path: Path) -> None:
    executed = run(notebook(tmp_path, "edition", "", "edition"))
    assert [c.id for c in executed.cells] == ["settings", "injected-parameters", "cell-1", "cell-2", "cell-3"]
    assert [c.execution_count for c in executed.cells] == [1, 2, 3, None, 4]
    assert outputs(executed, "cell-3")[0].data["text/plain"] == "'invented'"
    assert outputs(executed, "cell-3")[0].execution_count == 4


def test_what_child_processes_write_is_output(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("PYTEST_CURRENT_TEST")  # a kernel does not listen to them in a test
    source = "import os, sys, time\nprint('a')\nos.system('echo b; echo c >&2')\ntime.sleep(.5)\ndisplay(1)\nprint('e')"
    found = outputs(run(notebook(tmp_path, source)), "cell-1")
    assert [(o.get("name"), sorted(o.get("text", "").split())) for o in found] == [
        ("stdout", ["a", "b"]),
        ("stderr", ["c"]),
        (None, []),
        ("stdout", ["e"]),
    ]
    assert capfd.readouterr() == ("", "")


def test_blocks_arrive_as_the_cell_made_them(tmp_path: Path) -> None:
    source = 'from analysis.blocks import Number, Text\nText("45 %", numbers=(Number("45", "a@b"),))'
    data = outputs(run(notebook(tmp_path, source)), "cell-1")[0].data
    block = {"kind": "text", "markdown": "45 %", "numbers": [{"text": "45", "key": "a@b", "at": 0}]}
    assert data[MIME] == {"version": 1, "blocks": [block]}


def test_notebooks_do_not_share_names_nor_change_this_process(tmp_path: Path) -> None:
    before = (Path.cwd(), sys.stdout)
    first = notebook(tmp_path, "leak = 1\nimport os\nos.chdir('/')")
    second = notebook(tmp_path, "'leak' in globals(), __import__('os').getcwd()", name="second.ipynb")
    jobs = [NotebookJob(path, {"edition": "x"}) for path in (first, second)]
    executed = run_notebooks(jobs, workers=1)
    assert outputs(executed[1], "cell-1")[0].data["text/plain"] == f"(False, {str(Path.cwd())!r})"
    assert (Path.cwd(), sys.stdout) == before


def test_results_keep_the_order_of_the_jobs_and_two_run_at_once(tmp_path: Path) -> None:
    """Each notebook waits for a file that the other writes: alone, neither would end."""
    wait = (
        "import pathlib, time\npathlib.Path({mine!r}).touch()\n"
        "while not pathlib.Path({other!r}).exists(): time.sleep(0.01)"
    )
    a, b = str(tmp_path / "a"), str(tmp_path / "b")
    jobs = [
        NotebookJob(
            notebook(tmp_path, wait.format(mine=a, other=b) + "\ntime.sleep(.2); 'a'", name="a.ipynb"), {"edition": ""}
        ),
        NotebookJob(notebook(tmp_path, wait.format(mine=b, other=a) + "\n'b'", name="b.ipynb"), {"edition": ""}),
        NotebookJob(notebook(tmp_path, "'c'", name="c.ipynb"), {"edition": ""}),
    ]
    executed = run_notebooks(jobs, workers=2, cell_timeout_s=60)
    assert [outputs(nb, "cell-1")[0].data["text/plain"] for nb in executed] == ["'a'", "'b'", "'c'"]


def kept(path: Path, *values: str, first: str = "pass") -> list[NotebookNode]:
    """Runs of one notebook, one after the other on the kernel of one thread."""
    with kernels(1) as pool:
        jobs = [NotebookJob(path, {"edition": value}) for value in values]
        return list(pool.map(lambda job: run_on_kept_kernel(job, path.parent, first), jobs))


def test_a_kept_kernel_knows_no_name_of_the_run_before(tmp_path: Path) -> None:
    source = "import os, sys\nseen = sorted({'leak', 'first'} & set(globals()))\nleak = 1\n(seen, edition, sys.held)"
    path = notebook(tmp_path, source, "os.getpid()", "_")
    runs = kept(path, "one", "two", first="import sys; sys.held = 7")
    shown = [outputs(run, "cell-1")[0].data["text/plain"] for run in runs]
    assert shown == ["([], 'one', 7)", "([], 'two', 7)"]
    pids = {int(outputs(run, "cell-2")[0].data["text/plain"]) for run in runs}
    assert len(pids) == 1
    assert not alive(*pids)
    alone = run(notebook(tmp_path, source.replace("sys.held", "7"), "os.getpid()", name="alone.ipynb"))
    assert [cell.id for cell in runs[1].cells][:-1] == [cell.id for cell in alone.cells]
    assert [cell.execution_count for cell in runs[1].cells] == [1, 2, 3, 4, 5]


def test_a_kept_kernel_that_died_is_replaced(tmp_path: Path) -> None:
    path = notebook(tmp_path, "import os\nif edition == 'bad': os._exit(3)\nedition")
    with kernels(1) as pool:
        jobs = {value: NotebookJob(path, {"edition": value}) for value in ("one", "bad", "two")}
        futures = {value: pool.submit(run_on_kept_kernel, job, tmp_path, "") for value, job in jobs.items()}
        with pytest.raises(NotebookError, match=r"the process ended \(exit code 3\) in cell 'cell-1'"):
            futures["bad"].result()
        shown = [outputs(futures[value].result(), "cell-1")[0].data["text/plain"] for value in ("one", "two")]
    assert shown == ["'one'", "'two'"]


def test_progress_tells_each_cell_and_the_end(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = notebook(tmp_path, "print('quiet')")
    calls: list[tuple[str, str, int, int]] = []
    run(path, progress=lambda *call: calls.append(call))
    name = str(path)
    assert calls == [
        (name, "settings", 0, 3),
        (name, "injected-parameters", 1, 3),
        (name, "cell-1", 2, 3),
        (name, "cell-1", 3, 3),
    ]
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("def f():\n    return {}['q']\nf()", r"cell 'cell-1' failed: KeyError: 'q'\. .*\n(.*\n)*.*return \{\}\['q'\]"),
        (
            "from analysis.errors import DataError\nraise DataError('a.csv: no rows. Pull it again.')",
            r"tiny.ipynb: cell 'cell-1' failed: a.csv: no rows. Pull it again. Nothing was written.$",
        ),
        ("1 +", "cell 'cell-1' failed: SyntaxError"),
        ("import sys\nsys.exit(0)", "cell 'cell-1' failed: SystemExit: 0"),
        ("class A:\n    def _repr_html_(self): raise ValueError('no')\nA()", "cell 'cell-1' failed: ValueError: no"),
        ("input()", "cell 'cell-1' failed: StdinNotImplementedError"),
        ("import os\nos._exit(3)", r"the process ended \(exit code 3\) in cell 'cell-1'"),
        ("import os\nos.kill(os.getpid(), 9)", r"the process ended \(signal SIGKILL\) in cell 'cell-1'"),
    ],
)
def test_a_failed_cell_is_one_error_that_names_it(tmp_path: Path, source: str, said: str) -> None:
    with pytest.raises(NotebookError, match=said):
        run(notebook(tmp_path, source, "open('never', 'w')"))
    assert not Path("never").exists()


def test_a_cell_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    started = time.monotonic()
    with pytest.raises(NotebookError, match=r"cell 'cell-1' ran longer than the 1 s"):
        run(notebook(tmp_path, "while True: pass"), cell_timeout_s=1)
    assert time.monotonic() - started < 60


def test_the_limit_is_for_each_cell_and_not_for_the_notebook(tmp_path: Path) -> None:
    naps = ["import time; time.sleep(2)"] * 3
    assert len(run(notebook(tmp_path, *naps), cell_timeout_s=5).cells) == 5


def test_a_failure_ends_the_other_notebooks(tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    slow = f"import os, pathlib, time\npathlib.Path({str(mark)!r}).write_text(str(os.getpid()))\ntime.sleep(60)"
    wait = f"import pathlib, time\nwhile not pathlib.Path({str(mark)!r}).exists(): time.sleep(0.01)\n1 / 0"
    jobs = [
        NotebookJob(notebook(tmp_path, slow, name="slow.ipynb"), {"edition": ""}),
        NotebookJob(notebook(tmp_path, wait, name="bad.ipynb"), {"edition": ""}),
    ]
    with pytest.raises(NotebookError, match=r"bad\.ipynb: cell 'cell-1' failed: ZeroDivisionError"):
        run_notebooks(jobs, workers=2)
    assert not alive(int(mark.read_text()))


def test_ctrl_c_leaves_no_process_behind(tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    slow = f"import os, pathlib, time\npathlib.Path({str(mark)!r}).write_text(str(os.getpid()))\ntime.sleep(60)"
    path = notebook(tmp_path, slow)
    script = (
        "from pathlib import Path\n"
        "from analysis.report.runner import NotebookJob, run_notebooks\n"
        f"run_notebooks([NotebookJob(Path({str(path)!r}), {{'edition': ''}})])\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script], stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        deadline = time.monotonic() + 60
        while not (mark.exists() and mark.read_text()):
            assert process.poll() is None, process.stderr and process.stderr.read()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=20)
    finally:
        process.kill()
    assert "KeyboardInterrupt" in said
    assert not alive(int(mark.read_text()))


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"editon": "x"}, r"unknown parameter 'editon', expected 'edition'; correct the spelling"),
        ({}, r"no value for parameter 'edition'"),
        ({"edition": "x", "import os; x": 1}, r"'import os; x' cannot be a parameter's name"),
        ({"edition": "x", "class": 1}, r"'class' cannot be a parameter's name"),
        ({"edition": Path("x")}, r"parameter 'edition' is of type \w*Path, expected text"),
        ({"edition": {"a": [1, {2}]}}, r"parameter 'edition' is of type dict, expected text"),
    ],
)
def test_parameters_must_be_those_of_the_notebook(tmp_path: Path, parameters: dict[str, object], said: str) -> None:
    path = notebook(tmp_path, "raise SystemError('must not run')")
    with pytest.raises(NotebookError, match=rf"tiny\.ipynb: {said}"):
        run_notebooks([NotebookJob(path, parameters)])


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ([code("settings", "edition = 1")], r"exactly one code cell tagged `parameters`, found none"),
        ([code("a", "x = 1", tags=["parameters"]), code("b", "", tags=["parameters"])], r"found 'a', 'b'"),
        ([code("a", "x = 1", tags=["parameters"]), code("a", "")], r"two cells have the id 'a'"),
        ([code("3f2a9c1d", "edition = 1", tags=["parameters"])], r"id of cell 1 is '3f2a9c1d', expected lower-case"),
        ([code("Map", "edition = 1", tags=["parameters"])], r"id of cell 1 is 'Map'"),
        ([code("injected-parameters", "edition = 1", tags=["parameters"])], r"id of cell 1 is 'injected-parameters'"),
        ([{**code("a", "x = 1", tags=["parameters"]), "id": None}], r"id of cell 1 is None"),
        ([code("a", "x = = 1", tags=["parameters"])], r"cell 'a', tagged `parameters`, is not Python"),
    ],
)
def test_malformed_notebooks_are_refused_before_any_runs(tmp_path: Path, cells: list[Any], said: str) -> None:
    good = notebook(tmp_path, "open('never', 'w')", name="good.ipynb")
    bad = notebook(tmp_path, cells=cells)
    with pytest.raises(NotebookError, match=rf"tiny\.ipynb: .*{said}"):
        run_notebooks([NotebookJob(good, {"edition": "x"}), NotebookJob(bad, {"edition": "x"})])
    assert not Path("never").exists()


def test_files_that_are_no_notebooks_are_refused(tmp_path: Path) -> None:
    with pytest.raises(NotebookError, match="there is no such notebook"):
        run(tmp_path / "none.ipynb")
    (tmp_path / "text.ipynb").write_text("not JSON")
    with pytest.raises(NotebookError, match=r"not a notebook \(JSONDecodeError"):
        run(tmp_path / "text.ipynb")
    with pytest.raises(NotebookError, match=r"notebook format is 4\.4, expected 4\.5"):
        run(notebook(tmp_path, nbformat_minor=4))


def test_an_invalid_notebook_is_not_written(tmp_path: Path) -> None:
    target = tmp_path / "out.ipynb"
    target.write_text("earlier")
    with pytest.raises(NotebookError, match="not a valid notebook"):
        write_notebook(NotebookNode(nbformat=4, nbformat_minor=5, metadata={}, cells=[{"id": "a"}]), target)
    assert [p.name for p in tmp_path.iterdir()] == ["out.ipynb"]
    assert target.read_text() == "earlier"

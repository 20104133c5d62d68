"""The same tree gives the same bytes whatever is around it: folder, clock, language, rights, processes, versions.

Each case makes the report of the invented city in a process of its own and compares every file with those of another
process; ``run.json`` alone, which says when and where, is left out.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

EDITION = "tinytown-2018"
KINDS = {"numbers": {".csv"}, "figures": {".svg"}, "documents": {".pdf", ".html", ".ipynb", ".json", ".xlsx"}}
MAKE = """
import os, sys
from pathlib import Path
os.umask(int(sys.argv[3], 8))
from analysis.cli import ONE_THREAD
for name in ONE_THREAD:
    os.environ[name] = "1"
from analysis.paths import Project
from analysis.make.editions import make_editions
root = Path(sys.argv[1])
project = Project(root, root / "src" / "analysis" / "definitions")
make_editions(project, [sys.argv[2]], force=True, workers=int(sys.argv[4]))
"""


VERSIONS = [version for version in ("3.11", "3.12", "3.13") if version != f"3.{sys.version_info.minor}"]
# A table of the Liverpool report of 2022, as it was printed. What its columns need is 98 letters to the last digit, all
# that a page holds: as floats are added one by one it comes to a hair more (until Python 3.12), and smaller type.
WIDTHS = (0.6, *[0.35] * 7)
HEADINGS = (
    "Indicator", "Baseline", "Report of 2021", "Latest", "Change (England; core cities)", "Beside England; rank",
    "Change judged", "Recent trend",
)  # fmt: skip
ROWS = (
    ("Adults who are active", "62.7% (2017)", "63.3% (2020)", "60.5% [r] (2021)", "−2.1 (–; −1.2)", "7 of 8",
     "no limits", "none (a)"),
    ("Happiness yesterday, score from 0 to 10", "7.21 (2016/17)", "7.32 (2019/20)", "7.14 [r] (2020/21)", "none",
     "similar; 4 of 8", "none (c)", "none (d)"),
    ("Food and drink businesses, per 1,000 people", "2.13 (March 2017)", "2.42 (March 2020)", "2.53 [r] (March 2021)",
     "+0.40 (+0.20; +0.34)", "4 of 8", "no limits", "none (e)"),
)  # fmt: skip
LAY_OUT = """
import json, math, sys
headings, widths, rows, added = json.loads(sys.argv[1])
if added == "one by one":
    math.fsum = lambda numbers: sum(numbers)
from analysis.blocks import Column, Table
from analysis.report.tables import table_layout
columns = tuple(Column(name, width=width, row_header=not at) for at, (name, width) in enumerate(zip(headings, widths)))
print(json.dumps(table_layout(Table(title="Aim 6", source="a", columns=columns, rows=rows))))
"""


def made(
    city: Any, *, python: str = sys.executable, umask: str = "022", workers: int = 2, **environment: str
) -> dict[str, bytes]:
    """Make the report in a new process and read every file of it and of its tables."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG", "PYTHONHASH"))}
    subprocess.run(
        [python, "-c", MAKE, str(city.root), EDITION, umask, str(workers)],
        env={**clean, **environment},
        cwd=city.root,
        check=True,
    )
    return {
        f"{folder.name}/{path.relative_to(folder).as_posix()}": path.read_bytes()
        for folder in (city.project.processed, city.project.reports)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "run.json"
    }


@pytest.fixture(scope="module")
def city(tiny_built: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    return tiny_built.copy(tmp_path_factory.mktemp("again") / "project")


@pytest.fixture(scope="module")
def first(city: Any) -> dict[str, bytes]:
    return made(city)


def assert_same(first: dict[str, bytes], second: dict[str, bytes]) -> None:
    assert sorted(first) == sorted(second)
    differing = {
        kind: [name for name in first if Path(name).suffix in suffixes and first[name] != second[name]]
        for kind, suffixes in KINDS.items()
    }
    assert differing == {"numbers": [], "figures": [], "documents": []}
    assert {Path(name).suffix for name in first} == set().union(*KINDS.values())


def other_languages() -> list[str]:
    """A locale of this machine with a decimal comma and an order of letters of its own, if there is one."""
    listed = subprocess.run(["locale", "-a"], capture_output=True, text=True, check=False).stdout.split()
    return [name for name in listed if name[:2] in ("de", "fr", "pl", "sv", "tr")][:1]


def test_twice_in_a_row(city: Any, first: dict[str, bytes]) -> None:
    assert_same(first, made(city))


def test_in_another_folder(city: Any, first: dict[str, bytes], tmp_path: Path) -> None:
    assert_same(first, made(city.copy(tmp_path / "a folder, elsewhere" / "ü")))


def test_under_another_time_zone(city: Any, first: dict[str, bytes]) -> None:
    assert_same(first, made(city, TZ="Pacific/Kiritimati"))


@pytest.mark.parametrize("language", ["C", "C.UTF-8", *other_languages()])
def test_under_another_locale(city: Any, first: dict[str, bytes], language: str) -> None:
    assert_same(first, made(city, LC_ALL=language, LANG=language))


def test_under_another_umask(city: Any, first: dict[str, bytes]) -> None:
    assert_same(first, made(city, umask="077"))


def test_under_another_hash_seed(city: Any, first: dict[str, bytes]) -> None:
    assert_same(first, made(city, PYTHONHASHSEED="4242"))


def test_with_one_process(city: Any, first: dict[str, bytes]) -> None:
    assert_same(first, made(city, workers=1))


@pytest.fixture(scope="module", params=VERSIONS)
def python(request: pytest.FixtureRequest, repository: Path) -> str:
    """Another Python with the locked packages, kept in ``.pythons`` for as long as the lock is the same."""
    version, lock = request.param, repository / "requirements.lock"
    target = repository / ".pythons" / f"{version}-{hashlib.sha256(lock.read_bytes()).hexdigest()[:12]}"
    if not target.exists():
        found, uv = interpreter(version), repository / ".uv" / "bin" / "uv"
        if found is None or not uv.is_file():
            pytest.skip(
                f"no Python {version} on this machine" if found is None else "no .uv/bin/uv: make test sets it up"
            )
        target.parent.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".") as temporary:
            fresh = Path(temporary) / "new"
            plain = ["--quiet", "--system-certs", "--no-config"]
            into = ["--python", str(fresh / "bin" / "python")]
            package = ["--no-deps", "--no-build-isolation", "--editable", str(repository)]
            for words in (
                ["venv", *plain, "--python", found, str(fresh)],
                ["pip", "sync", *plain, *into, "--require-hashes", str(lock)],
                ["pip", "install", *plain, *into, *package],
            ):
                done = subprocess.run([str(uv), *words], capture_output=True, text=True, check=False)
                if done.returncode:
                    pytest.skip(
                        f"Python {version} could not be given the locked packages: {done.stderr.strip()[-200:]}"
                    )
            if not target.exists():  # another process of this run may have been quicker
                fresh.rename(target)
    return str(target / "bin" / "python")


def interpreter(version: str) -> str | None:
    """A Python of a version: by its name where that runs, else among those of pyenv."""
    kept = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for path in (shutil.which(f"python{version}"), *map(str, sorted(kept.glob(f"{version}.*/bin/python")))):
        said = ["-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
        if (
            path
            and subprocess.run([path, *said], capture_output=True, text=True, check=False).stdout.strip() == version
        ):
            return path
    return None


def laid_out(python: str, added: str = "exactly") -> Any:
    """How a Python sets the table of 2022."""
    told = json.dumps([HEADINGS, WIDTHS, ROWS, added])
    done = subprocess.run([python, "-c", LAY_OUT, told], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_with_another_python(city: Any, first: dict[str, bytes], python: str) -> None:
    """But for the stamps, which say by which Python the results were made, since another one makes them anew."""
    there = made(city, python=python)
    first, there = ({name: all_[name] for name in all_ if Path(name).name != "inputs.json"} for all_ in (first, there))
    assert_same(first, there)


def test_a_table_that_just_fits_is_set_alike_by_every_python(python: str) -> None:
    assert laid_out(sys.executable) == laid_out(python)
    assert laid_out(python)["layout"] == "normal"
    naive = {laid_out(one, "one by one")["layout"] for one in (sys.executable, python)}
    old = [sys.version_info < (3, 12), "/3.11-" in python]
    assert naive == {"small" if one else "normal" for one in old}  # negative control


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="these are names of x86 processors")
@pytest.mark.parametrize("core", ["Nehalem", "Haswell"])
def test_with_another_processors_linear_algebra(city: Any, first: dict[str, bytes], core: str) -> None:
    from numpy._core._multiarray_umath import __cpu_dispatch__ as dispatched

    above = [name for name in dispatched if core == "Nehalem" or name != "X86_V3"]
    assert above
    assert_same(first, made(city, OPENBLAS_CORETYPE=core, NPY_DISABLE_CPU_FEATURES=" ".join(above)))


def test_the_comparison_can_fail(first: dict[str, bytes]) -> None:
    """Negative control: another byte, another file."""
    name = next(name for name in first if name.endswith(".svg"))
    with pytest.raises(AssertionError):
        assert_same(first, {**first, name: first[name] + b" "})
    with pytest.raises(AssertionError):
        assert_same(first, {**first, "reports/another.csv": b""})

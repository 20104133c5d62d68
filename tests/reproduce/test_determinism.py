"""The same tree gives the same bytes whatever is around it: folder, clock, language, rights, processes, processor.

Each case makes the report of the invented city in a process of its own and compares every file with those of another
process; ``run.json`` alone, which says when and where, is left out.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
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


def made(city: Any, *, umask: str = "022", workers: int = 2, **environment: str) -> dict[str, bytes]:
    """Make the report in a new process and read every file of it and of its tables."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG", "PYTHONHASH"))}
    subprocess.run(
        [sys.executable, "-c", MAKE, str(city.root), EDITION, umask, str(workers)],
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

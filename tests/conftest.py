"""Fixtures that several kinds of test share."""

from __future__ import annotations

import importlib.util
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

REPOSITORY = Path(__file__).parents[1]

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # begun with nohup: what tests start shall take Ctrl-C
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def repository() -> Path:
    """The repository's root."""
    return REPOSITORY


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of reference data and cases beside the repository; tests that need it skip without it."""
    folder = REPOSITORY.parent / "shared"
    if not (folder / "cases").is_dir():
        pytest.skip("the reference data folder ../shared is not beside this clone")
    return folder


@pytest.fixture(scope="session")
def tiny_module() -> ModuleType:
    """The builder of the invented city, ``tests/tiny/city.py``."""
    return _module("tiny_city", "tests/tiny/city.py")


@pytest.fixture(scope="session")
def pdfcheck() -> ModuleType:
    """The structure checks of a PDF, ``tests/pdfcheck.py``."""
    return _module("pdfcheck", "tests/pdfcheck.py")


@pytest.fixture(scope="session")
def sentences() -> ModuleType:
    """The checks of numbers in sentences, ``tests/sentences.py``."""
    return _module("sentences", "tests/sentences.py")


@pytest.fixture(scope="session")
def source_rules() -> ModuleType:
    """The rules of source notebooks, ``tests/notebooks/source_rules.py``."""
    return _module("source_rules", "tests/notebooks/source_rules.py")


@pytest.fixture(scope="session")
def script() -> Callable[[str], ModuleType]:
    """Loads a script of the repository, such as ``docs/columns.py``, as a module."""
    return lambda path: _module(path.removesuffix(".py").replace("/", "_"), path)


def _module(name: str, path: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, REPOSITORY / path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def tiny_built(tiny_module: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The invented city with its edition built; for reading alone: tests that change something take ``tiny``."""
    city = tiny_module.write_city(tmp_path_factory.mktemp("tiny") / "project")
    city.build()
    return city


@pytest.fixture
def tiny(tiny_built: Any, tmp_path: Path) -> Any:
    """A copy of the invented city, its edition built, to change at will."""
    return tiny_built.copy(tmp_path / "project")


@pytest.fixture(scope="session")
def tiny_reported(tiny_built: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The invented city with its report made; for reading alone."""
    city = tiny_built.copy(tmp_path_factory.mktemp("reported") / "project")
    city.report()
    return city


@pytest.fixture(scope="session")
def published(tiny_reported: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The invented city with report, profiles and site; for reading alone."""
    from analysis.make.profiles import make_profiles
    from analysis.make.website import make_site

    city = tiny_reported.copy(tmp_path_factory.mktemp("published") / "project")
    (city.root / "docs").mkdir(exist_ok=True)
    shutil.copy(REPOSITORY / "docs" / "methods.md", city.root / "docs")  # reports lead to its sections
    make_profiles(city.project, "tinytown-2018")
    make_site(city.project)
    return city

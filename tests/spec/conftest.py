"""What the spec tests begin from: rows of a small place, and an edition that stands in a test."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture(scope="session")
def spec(script: Callable[[str], Any]) -> Any:
    """The place and the rows of ``tests/spec/test_judgement_spec.py``."""
    return script("tests/spec/test_judgement_spec.py")


@pytest.fixture(scope="session")
def telling(script: Callable[[str], Any]) -> Any:
    """An edition whose tables are in memory, ``tests/spec/telling.py``."""
    return script("tests/spec/telling.py")

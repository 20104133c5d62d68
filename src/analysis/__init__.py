"""State of the City: from publishers' ward-level figures to a report that can be checked.

``from analysis import load_edition, figures, narrative`` is all that a notebook needs.
"""

from __future__ import annotations

TYPE_CHECKING = False  # nothing is imported before Ctrl-C is watched
if TYPE_CHECKING:
    from typing import Any

    from analysis.tables.loaded import editions, load_edition

__version__ = "0.1.0"
__all__ = ["editions", "load_edition"]


def __getattr__(name: str) -> Any:
    """Editions and how to load one, imported when they are first asked for."""
    if name in __all__:
        import importlib

        return getattr(importlib.import_module("analysis.tables.loaded"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

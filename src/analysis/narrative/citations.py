"""Source lines under tables."""

from __future__ import annotations

from collections.abc import Iterable

from analysis import words
from analysis.tables.loaded import LoadedEdition


def source_line(edition: LoadedEdition, used: Iterable[tuple[str, str]]) -> str:
    """Publisher, product and date of each (source, release) used, once each."""
    return words.source_line(edition.sources, used)


def sources_of(edition: LoadedEdition, indicators: Iterable[str]) -> list[tuple[str, str]]:
    """The (source, release) pairs behind the rows of some indicators."""
    rows = edition.indicators[edition.indicators["indicator"].isin(list(indicators))]
    return sorted(set(zip(rows["source"], rows["release"], strict=True)))

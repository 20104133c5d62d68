"""Source lines under tables and figures."""

from __future__ import annotations

from collections.abc import Iterable

from analysis.build import LoadedEdition
from analysis.narrative.words import day_words


def source_line(edition: LoadedEdition, used: Iterable[tuple[str, str]]) -> str:
    """Publisher, product and date of each (source, release) used, once each, in the order of the sources table.

    Raises
    ------
    KeyError
        If one of them is not among the edition's sources.
    """
    wanted = set(used)
    rows = edition.sources
    known = set(zip(rows["source"], rows["release"], strict=True))
    if not wanted <= known:
        raise KeyError(f"not among the sources of {edition.edition.id}: {sorted(wanted - known)}")
    lines = []
    for row in rows.to_dict("records"):
        if (row["source"], row["release"]) in wanted:
            line = f"{row['publisher']}, {row['title']} ({day_words(row['published'])})"
            if line not in lines:
                lines.append(line)
    return "; ".join(lines) + "."


def sources_of(edition: LoadedEdition, indicators: Iterable[str]) -> list[tuple[str, str]]:
    """The (source, release) pairs behind the rows of some indicators."""
    rows = edition.indicators[edition.indicators["indicator"].isin(list(indicators))]
    return sorted(set(zip(rows["source"], rows["release"], strict=True)))

"""Areas of the place of which a release holds nothing: what is summed over them is not available, and that is said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd

from analysis.areas.links import Areas


class Missing(NamedTuple):
    """Areas of a geography that a release of a source lacks, of how many."""

    source: str
    release: str
    geography: str
    codes: list[str]
    known: int


def missing_areas(observations: Mapping[str, Mapping[str, pd.DataFrame]], areas: Areas) -> list[Missing]:
    """Areas that a lookup or outlines know and a release does not, for every release and geography observed.

    Parameters
    ----------
    observations : mapping
        Clean observations, with their release, by source and series.
    areas : Areas
        The areas of the edition.
    """
    found = []
    for source, held in observations.items():
        present: dict[tuple[str, str], set[str]] = {}
        for rows in held.values():
            columns = (rows[column].to_numpy(dtype=object) for column in ("release", "geography", "area_code"))
            for release, geography, code in zip(*columns, strict=True):
                present.setdefault((release, geography), set()).add(code)
        for (release, geography), codes in sorted(present.items()):
            known = set(areas.codes_of.get(geography, ()))
            if known - codes:
                found.append(Missing(source, release, geography, sorted(known - codes), len(known)))
    return found

"""English Indices of Deprivation, the ministry's summaries of local authorities, index and domains."""

from __future__ import annotations

import pandas as pd

from analysis.catalogue.source import Source
from analysis.clean.contradictions import check_ranks, refuse_observation
from analysis.clean.observations import Log, check_observations
from analysis.clean.wide import Figure, checked_table, fact, observations
from analysis.sources.snapshots import OpenRelease

INDEX = "imd"


def clean(release: OpenRelease, source: Source, log: Log) -> pd.DataFrame:
    """Observations of the summaries: ``average_score``, ``rank_of_average_score`` and the rest.

    Series of a domain carry its name (``income_average_score``), those of the overall index none. A measure that the
    publisher gives for no authority of a domain has no observations. Codes that were replaced are given as they are
    now.

    Raises
    ------
    DataError
        With file, row and column: an unknown or repeated code, a rank beyond the number of authorities or against its
        measure, a share above 1, a measure blank for some authorities only.
    """
    name = release.snapshot.release
    raw, where = checked_table(release, source, "districts", "lad", log), release.file("districts")
    measures = [column for column in source.tables["districts"].columns if column not in ("lad_code", "domain")]
    limits = dict.fromkeys((m for m in measures if m.startswith("rank_")), int(fact(source, name, "districts")))
    limits |= dict.fromkeys(("average_rank", "local_concentration"), int(fact(source, name, "england_lsoas")))
    period = {"period_start": fact(source, name, "period_start"), "period_end": fact(source, name, "period_end")}
    common = {"area": "lad_code", "geography": "lad", "group": "prefix", **period}
    figures = [Figure(measure, measure) for measure in measures]
    raw = raw.assign(prefix=(raw["domain"] + "_").where(raw["domain"] != INDEX, ""))
    frame = observations(raw, figures, common, source, where, log, "districts")
    for measure, limit in limits.items():
        outside = (frame["column"] == measure) & ((frame["value"] < 1) | (frame["value"] > limit))
        refuse_observation(frame, outside, release, f"is not within 1 to {limit}.")
    for old, new in source.code_changes.items():
        log.add("districts", "code changed", int((frame["area_code"] == old).sum()), f"{old} is {new} now", "lad_code")
    frame = frame.assign(area_code=frame["area_code"].replace(dict(source.code_changes)))
    frame = check_observations(frame, release.folder)
    check_ranks(frame, release)
    log.add("districts", "rows out", len(frame))
    return frame

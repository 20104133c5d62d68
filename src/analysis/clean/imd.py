"""English Indices of Deprivation by small area: scores, ranks and deciles, and the people they were weighed by."""

from __future__ import annotations

import pandas as pd

from analysis.catalogue.source import Source
from analysis.clean.contradictions import check_bands, check_ranks, refuse_observation
from analysis.clean.observations import Log, check_observations
from analysis.clean.people import INDEX_AGES
from analysis.clean.periods import measured
from analysis.clean.wide import Figure, checked_table, fact, numbers_where_held, observations
from analysis.errors import CellError, DataError
from analysis.sources.snapshots import OpenRelease

HIGHEST_SCORE = 100


def clean(release: OpenRelease, source: Source, log: Log) -> pd.DataFrame:
    """Observations of one release of the index.

    Series ``imd_score``, ``imd_rank``, ``imd_decile``, the same for each domain held, and
    ``population_imd_denominator`` by age. The score stands in the table ``scores`` where the file of ranks did not hold
    it.

    Raises
    ------
    DataError
        With file, row and column: a missing column, an unknown or repeated code, a rank beyond the areas of England or
        given twice, a decile that is not the rank's, ranks that rise with the scores, scores that differ between
        tables, people of some ages that are not all people.
    """
    name = release.snapshot.release
    geography = fact(source, name, "geography")
    period = {"period_start": fact(source, name, "period_start"), "period_end": fact(source, name, "period_end")}
    common = {"area": "lsoa_code", "geography": geography, **period}
    raw, where = checked_table(release, source, "lsoa", geography, log), release.file("lsoa")
    figures = [Figure(column, column) for column in source.tables["lsoa"].columns if column != "lsoa_code"]
    parts = []
    if "scores" in release.tables:
        table, scores_where = checked_table(release, source, "scores", geography, log), release.file("scores")
        _check_scores(raw, table, where, scores_where)
        own = [figure for figure in figures if figure.column in table]
        parts.append(observations(table, own, common, source, scores_where, log, "scores"))
        figures = [figure for figure in figures if figure not in own]
    parts.append(observations(raw, figures, common, source, where, log, "lsoa"))
    if "population" in release.tables:
        people = checked_table(release, source, "population", geography, log)
        day = fact(source, name, "population_period")
        common = {"area": "lsoa_code", "geography": geography, "period_start": day, "period_end": day}
        ages = [Figure(column, "population_imd_denominator", age) for column, age in INDEX_AGES.items()]
        parts.append(observations(people, ages, common, source, release.file("population"), log, "population"))
        check_bands(
            parts[-1], {c: age for c, age in INDEX_AGES.items() if age != "all"}, next(iter(INDEX_AGES)), release
        )
    frame = check_observations(pd.concat(parts, ignore_index=True), release.folder)
    high = (frame["series"] == "imd_score") & ((frame["value"] < 0) | (frame["value"] > HIGHEST_SCORE))
    refuse_observation(frame, high, release, f"is not within 0 to {HIGHEST_SCORE}.")
    check_ranks(frame, release, int(fact(source, name, "england_lsoas")))
    log.add("lsoa", "rows out", len(frame))
    return measured(frame, source.releases[name].facts)


def _check_scores(raw: pd.DataFrame, scores: pd.DataFrame, where: str, scores_where: str) -> None:
    """Hold the table of scores to the areas of the ranks, and to their scores where both hold them."""
    own = scores.set_index("lsoa_code")["imd_score"]
    lacking = ~raw["lsoa_code"].isin(own.index)
    if lacking.any():
        row = raw.index[lacking][0]
        problem = f"{raw['lsoa_code'].loc[row]!r} has no row in {scores_where}. Restore the file."
        raise CellError(where, int(row), "lsoa_code", problem)
    if len(scores) != len(raw):
        raise DataError(f"{scores_where}: {len(scores)} areas; expected the {len(raw)} of {where}. Restore the file.")
    here = numbers_where_held(raw["imd_score"], where)
    there = numbers_where_held(own.reindex(raw["lsoa_code"]).set_axis(raw.index), scores_where)
    differs = (here.texts != "") & (here.values != there.values)
    here.refuse(differs, f"differs from the score in {scores_where}. Restore the file.")

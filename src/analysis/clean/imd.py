"""English Indices of Deprivation by small area: scores, ranks and deciles, and the people they were weighed by."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.catalogue.source import Source
from analysis.clean.observations import Log, check_observations
from analysis.clean.people import INDEX_AGES
from analysis.clean.wide import Figure, checked_table, fact, number, observations, refuse
from analysis.errors import DataError
from analysis.sources.snapshots import OpenRelease


def clean(release: OpenRelease, source: Source, log: Log) -> pd.DataFrame:
    """Observations of one release of the index.

    Series ``imd_score``, ``imd_rank``, ``imd_decile``, the same for each domain held, and
    ``population_imd_denominator`` by age. The score stands in the table ``scores`` where the file of ranks did not hold
    it.

    Raises
    ------
    DataError
        With file, row and column: a missing column, an unknown or repeated code, a rank beyond the areas of England or
        given twice, a decile that is not the rank's, scores that differ between tables.
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
        raw = _with_scores(raw, table, where, scores_where)
        own = [figure for figure in figures if figure.column in table]
        parts.append(observations(table, own, common, source, scores_where, log, "scores"))
        figures = [figure for figure in figures if figure not in own]
    parts.append(observations(raw, figures, common, source, where, log, "lsoa"))
    scores = number(raw["imd_score"])
    refuse((scores < 0) | (scores > 100), where, "imd_score", raw["imd_score"], "is not within 0 to 100.")
    check_ranks(raw, int(fact(source, name, "england_lsoas")), where)
    if "population" in release.tables:
        people = checked_table(release, source, "population", geography, log)
        day = fact(source, name, "population_period")
        common = {"area": "lsoa_code", "geography": geography, "period_start": day, "period_end": day}
        ages = [Figure(column, "population_imd_denominator", age) for column, age in INDEX_AGES.items()]
        parts.append(observations(people, ages, common, source, release.file("population"), log, "population"))
    frame = check_observations(pd.concat(parts, ignore_index=True), release.folder)
    log.add("lsoa", "rows out", len(frame))
    return frame


def _with_scores(raw: pd.DataFrame, scores: pd.DataFrame, where: str, scores_where: str) -> pd.DataFrame:
    """Fill the score of the overall index from its own table; both must agree where both hold it."""
    joined = raw["lsoa_code"].map(scores.set_index("lsoa_code")["imd_score"])
    refuse(joined.isna(), where, "lsoa_code", raw["lsoa_code"], f"has no row in {scores_where}.")
    if len(scores) != len(raw):
        raise DataError(f"{scores_where}: {len(scores)} areas; expected the {len(raw)} of {where}. Restore the file.")
    differs = (raw["imd_score"] != "") & (number(raw["imd_score"]) != number(joined))
    refuse(differs, where, "imd_score", raw["imd_score"], f"differs from the score in {scores_where}.")
    return raw.assign(imd_score=joined)


def check_ranks(raw: pd.DataFrame, national: int, where: str) -> None:
    """Hold ranks to the number of areas in England and deciles to ranks: decile d holds ranks to d tenths of them.

    Raises
    ------
    DataError
        Naming row and column.

    Examples
    --------
    >>> table = pd.DataFrame({"imd_rank": ["3284", "3285"], "imd_decile": ["1", "2"]})
    >>> check_ranks(table, 32844, "imd.csv")
    >>> check_ranks(table.assign(imd_decile="1"), 32844, "imd.csv")
    Traceback (most recent call last):
    analysis.errors.DataError: imd.csv, row 1, column 'imd_decile': '1' is not the decile of rank 3285 of 32844. Restore
    the file.
    """
    for column in [name for name in raw.columns if name.endswith("_rank")]:
        ranks = number(raw[column])
        refuse(ranks > national, where, column, raw[column], f"is beyond the {national} areas of England.")
        refuse(ranks.duplicated() & ranks.notna(), where, column, raw[column], "is the rank of two areas.")
        decile = column.removesuffix("_rank") + "_decile"
        deciles = number(raw[decile])
        expected = np.ceil(10 * ranks / national)
        off = ranks.notna() & deciles.notna() & (deciles != expected)
        if off.any():
            row = off.index[off][0]
            problem = f"is not the decile of rank {ranks.loc[row]:.0f} of {national}."
            refuse(off, where, decile, raw[decile], problem)

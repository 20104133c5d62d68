"""One edition from raw to processed: open, clean, evaluate, check, write.

Notebooks load by :mod:`analysis.tables.loaded`.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from analysis.areas.links import Areas, open_areas
from analysis.areas.missing import Missing, complete
from analysis.catalogue.geographies import load_geographies
from analysis.catalogue.load import Catalogue
from analysis.catalogue.model import Edition, Place
from analysis.clean.corrections import log_corrections, open_corrected
from analysis.clean.losses import listed, log_losses
from analysis.clean.observations import KEY, Log
from analysis.errors import DataError
from analysis.indicators.city_inequality import inequality_tables
from analysis.indicators.context import Context, check_areas
from analysis.indicators.coverage import coverage_tables
from analysis.indicators.distribution import list_gaps, measure_distribution
from analysis.indicators.evaluate import available, evaluate_all
from analysis.indicators.index_areas import deprived_small_areas, ward_deprivation
from analysis.indicators.observed import observations_used
from analysis.indicators.stated import check_stated_figures
from analysis.indicators.vintages import pair_releases
from analysis.indicators.wards import ward_tables
from analysis.judge.judgement import judge
from analysis.judge.scorecard import (
    count_support,
    list_early_warnings,
    make_scorecard,
)
from analysis.paths import Project
from analysis.sources.snapshots import OpenRelease, Snapshot
from analysis.tables.contract import TABLE_KEYS, check_indicators, to_canonical_csv
from analysis.tables.stamps import build_inputs, write_stamp

TEXTS = (*KEY, "flag", "source", "release", "table", "column")


def build_edition(project: Project, catalogue: Catalogue, name: str, folder: Path) -> None:
    """Build every processed table of an edition into a new folder, with the stamp of what they are made from.

    The caller puts the folder in place.

    Parameters
    ----------
    project : Project
    catalogue : Catalogue
    name : str
        The edition's id.
    folder : Path

    Raises
    ------
    UsageError, DefinitionError, DataError
        Naming the edition, file, row or column that is wrong and what to do.
    """
    edition = catalogue.edition(name)
    inputs = build_inputs(project, edition)  # before anything is read: what changes meanwhile is seen the next time
    tables = make_tables(project, catalogue, edition)
    contents = {key: to_canonical_csv(table, TABLE_KEYS[key]) for key, table in tables.items()}
    folder.mkdir(parents=True, exist_ok=True)
    for key, content in contents.items():
        (folder / f"{key}.csv").write_bytes(content)
    write_stamp(folder, inputs)


def make_tables(
    project: Project,
    catalogue: Catalogue,
    edition: Edition,
    instead: Mapping[tuple[str, str], OpenRelease] | None = None,
) -> dict[str, pd.DataFrame]:
    """Every processed table of an edition, in memory; ``instead`` gives releases that are not read from the project."""
    place = catalogue.places[edition.place]
    opened = open_sources(project, catalogue, edition, instead or {})
    observations, log = clean_sources(catalogue, opened)
    people, weights_opened = open_deprivation_weights(project, catalogue, edition, instead or {})
    areas = open_areas(place, opened, observations, catalogue.folder)
    check_areas(observations, areas)
    observations, missing = complete(observations, areas)
    log = pd.concat([log, *map(log_missing, missing)], ignore_index=True)
    context = Context(
        edition=edition,
        place=place,
        observations=available(observations, catalogue.indicators.values(), edition),
        held=observations,
        published={key: publication_day(table.snapshot) for key, table in opened.items()},
        facts={key: catalogue.sources[key[0]].releases[key[1]].facts for key in opened},
        areas=areas,
        deprivation_people=people,
        unsampled=frozenset(key for key, source in catalogue.sources.items() if source.unsampled),
    )
    rows = evaluate_all(catalogue.indicators.values(), context)
    rows = check_indicators(with_names(rows, areas, place), f"{edition.id}: indicators")
    plans = [catalogue.plans[name] for name in edition.plans]
    inequality_areas, inequality = inequality_tables(catalogue, context, rows)
    small_areas = deprived_small_areas(context)
    return {
        "indicators": rows,
        "small_areas": small_areas,
        "index_pairs": pair_releases(small_areas, areas.changes),
        "wards": ward_deprivation(context),
        "inequality_areas": inequality_areas,
        "inequality": inequality,
        "stated_figures": check_stated_figures(plans[0], rows, place),
        **coverage_tables(plans, catalogue.indicators, catalogue.sources, context, rows),
        "sources": describe_sources(catalogue, edition, {**weights_opened, **opened}, rows),
        "cleaning_log": log_corrections({**weights_opened, **opened}, log),
        "outlines": areas.outlines_table(),
        **ward_tables(catalogue.indicators.values(), context, rows, load_geographies(catalogue.folder)),
        **judgement_tables(catalogue, edition, rows, small_areas, inequality),
        "links": areas.links_table(),
        "observations": observations_used(catalogue.indicators, context, rows),
    }


def judgement_tables(
    catalogue: Catalogue, edition: Edition, rows: pd.DataFrame, small_areas: pd.DataFrame, inequality: pd.DataFrame
) -> dict[str, pd.DataFrame]:
    """What the indicators say together: judgements, scorecard, early warnings, who bears it, and what is missing."""
    place, indicators = catalogue.places[edition.place], catalogue.indicators
    plans = [catalogue.plans[name] for name in edition.plans]
    baseline = catalogue.editions[edition.baseline] if edition.baseline else None
    judgements = judge(rows, indicators, edition, place, baseline, plans)
    unsampled = {key: source.unsampled for key, source in catalogue.sources.items() if source.unsampled}
    distribution = measure_distribution(rows, indicators, small_areas, edition, unsampled)
    sloped = set(inequality["measure"]) & set(indicators) if len(inequality) else set()
    return {
        "judgements": judgements,
        "judgement_support": count_support(judgements, edition, place),
        "scorecard": make_scorecard(judgements, plans, indicators, place),
        "early_warnings": list_early_warnings(judgements, indicators, place),
        "distribution": distribution,
        "known_gaps": list_gaps(catalogue.known_gaps, plans, indicators, distribution, sorted(sloped)),
    }


def open_sources(
    project: Project, catalogue: Catalogue, edition: Edition, instead: Mapping[tuple[str, str], OpenRelease]
) -> dict[tuple[str, str], OpenRelease]:
    """Open, verify and correct every release that the edition pins, and no other."""
    return {
        (source, release): instead.get((source, release)) or open_corrected(project, catalogue, source, release)
        for source, releases in edition.releases.items()
        for release in releases
    }


def publication_day(snapshot: Snapshot) -> str:
    """When a release came out; a live service has no such day, so the one on which it was read stands for it."""
    return snapshot.published if snapshot.published[:4].isdigit() else snapshot.accessed


def clean_sources(
    catalogue: Catalogue, opened: Mapping[tuple[str, str], OpenRelease]
) -> tuple[dict[str, dict[str, pd.DataFrame]], pd.DataFrame]:
    """Clean every opened release that has a cleaner: observations by source and series, and the log."""
    parts: dict[str, list[pd.DataFrame]] = {}
    logs = []
    for (name, release), table in opened.items():
        source = catalogue.sources[name]
        if source.clean is None:
            continue
        log = Log(name, release)
        cleaner = importlib.import_module(f"analysis.clean.{source.clean}")
        frame = cleaner.clean(table, source, log).assign(source=name, release=release)
        for read, record in table.snapshot.tables.items():
            log.add(read, "read", len(record.read), "; ".join(record.read))
        for before in parts.get(name, [])[-1:]:
            log_losses(before, frame, log, str(before["release"].iloc[0]))
        parts.setdefault(name, []).append(frame)
        logs.append(log.frame())
    observations = {}
    for name, frames in parts.items():
        # Plain objects, not pandas' text: frames of few rows are cut from these hundreds of times, and so in one block.
        every = pd.concat(frames, ignore_index=True).astype(dict.fromkeys(TEXTS, object))
        observations[name] = {str(series): rows for series, rows in every.groupby("series", sort=True)}
    return observations, pd.concat(logs, ignore_index=True)


def log_missing(lacks: Missing) -> pd.DataFrame:
    """The entry of the log for areas of the place that a release lacks: what they make unavailable is [x]."""
    log = Log(lacks.source, lacks.release)
    detail = f"{lacks.geography}: {listed(lacks.codes)} (of {lacks.known}) in {listed(lacks.series)}; "
    log.add("", "area missing", len(lacks.codes), detail + "what is summed over them is [x]", "area_code")
    return log.frame()


def open_deprivation_weights(
    project: Project, catalogue: Catalogue, edition: Edition, instead: Mapping[tuple[str, str], OpenRelease]
) -> tuple[dict[str, pd.DataFrame], dict[tuple[str, str], OpenRelease]]:
    """The residents of small areas by whom each release of the index is weighed; and the releases opened for them.

    Raises
    ------
    DataError
        If the release named holds no such series.
    """
    people, opened = {}, {}
    for release, weights in edition.deprivation_weights.items():
        key = weights.source, weights.release
        table = instead.get(key) or open_corrected(project, catalogue, *key)
        source = catalogue.sources[weights.source]
        cleaner = importlib.import_module(f"analysis.clean.{source.clean}")
        rows = cleaner.clean(table, source, Log(weights.source, weights.release))
        rows = rows[(rows["series"] == weights.series) & (rows["sex"] == "persons") & (rows["age"] == "all")]
        if rows.empty:
            raise DataError(
                f"{table.folder}: no series {weights.series!r} of all residents. Correct deprivation_weights of "
                f"{edition.id}."
            )
        people[release] = rows.assign(source=weights.source, release=weights.release)
        opened[key] = table
    return people, opened


def with_names(rows: pd.DataFrame, areas: Areas, place: Place) -> pd.DataFrame:
    """Add ``area_name`` by code and geography; an area that nobody knows is refused.

    Raises
    ------
    DataError
        Naming the first code without a name.
    """
    names = {area.code: area.name for area in place.areas}
    for geography in sorted(set(rows["geography"]) - {"lad", "region", "country"}):
        names |= areas.names(geography)
    named = rows["area_code"].map(names)
    if named.isna().any():
        row = rows[named.isna()].iloc[0]
        raise DataError(
            f"{row['indicator']}: no area {row['area_code']!r} of geography {row['geography']}; expected a code of "
            f"{place.name}, its wards or its benchmarks. Check the source {row['source']}."
        )
    return rows.assign(area_name=named)


def describe_sources(
    catalogue: Catalogue, edition: Edition, opened: Mapping[tuple[str, str], OpenRelease], rows: pd.DataFrame
) -> pd.DataFrame:
    """One row for each release opened: who published what when, where, under which licence, and how it is used."""
    reasons = {stand_in.source: stand_in.reason for stand_in in edition.stand_ins}
    used = rows.groupby(["source", "release"])["indicator"].nunique()
    table = []
    for (name, release), opened_release in opened.items():
        snapshot, source = opened_release.snapshot, catalogue.sources[name]
        table.append(
            {
                "source": name,
                "release": release,
                "title": snapshot.product,
                "publisher": snapshot.publisher,
                "published": publication_day(snapshot),
                "accessed": snapshot.accessed,
                "licence": snapshot.licence,
                "attribution": snapshot.attribution,
                "address": snapshot.address,
                "rows": sum(record.rows for record in snapshot.tables.values()),
                "indicators": int(used.get((name, release), 0)),
                "stand_in_reason": reasons.get(name, ""),
                "limits": source.limits,
            }
        )
    return pd.DataFrame(table)

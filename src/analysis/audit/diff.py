"""Every number that changed between two editions, or two builds of one, and why.

Rows are matched by the key of their table; where a row's release differs alone, the two are still the same figure. The
cause is read off the rows (another release, another source, a later period, other areas) and off the stamps of the two
builds (which raw tables, definitions and code each was made from).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from analysis.catalogue.load import Catalogue, load_geographies
from analysis.catalogue.model import DERIVED
from analysis.clean.corrections import ACTION
from analysis.errors import DataError, UsageError, one_of
from analysis.indicators.context import Reference
from analysis.indicators.rebuild import DEPRIVATION_COLUMNS
from analysis.paths import Project
from analysis.tables.contract import NUMBERS, TABLE_KEYS
from analysis.tables.stamps import Stamp, read_stamp

COLUMNS = ("table", "indicator", "row", "column", "before", "after", "cause")
CAUSES = {
    "new period": "a period later than any in the other, or replaced by a later one",
    "revised data": "the same period, from another release of its source",
    "correction": "the same release, whose raw table or our corrections differ",
    "other weights": "the same data, averaged, shared out or ranked by other residents or another index",
    "geography": "other areas, or other lookups, outlines and residents by which figures are shared out",
    "method": "another source, definition, or code",
    "follows": "a summary of the above, or of what the edition names: its baseline, its seed",
    "not known": "none of these differs",
}
SERIES = ("indicator", "area_code", "geography", "sex", "age")
LARGE = ("lad", "region", "country")


@dataclass(frozen=True)
class Build:
    """A built edition: its name or folder, its tables with every cell as text, and what it was made from."""

    name: str
    tables: Mapping[str, pd.DataFrame]
    stamp: Stamp


def open_build(project: Project, name: str) -> Build:
    """A built edition by its id, or by the path of a folder of tables (an earlier build that was kept aside).

    Raises
    ------
    UsageError
        If it is neither.
    DataError
        If the folder has no stamp: then nobody knows what it was made from.
    """
    folder = project.processed / name if "/" not in name else Path(name)
    if not (folder / "indicators.csv").is_file():
        built = sorted(path.parent.name for path in project.processed.glob("*/indicators.csv"))
        raise UsageError(
            f"diff: {name!r} is neither a built edition nor a folder of tables; expected {one_of(built)}, or a path. "
            "Build an edition with: sotc build EDITION."
        )
    stamp = read_stamp(folder)
    if stamp is None:
        raise DataError(
            f"{project.shown(folder)}: no inputs.json that can be read, so no cause is known. Build it again."
        )
    paths = (folder / f"{table}.csv" for table in TABLE_KEYS)
    tables = {path.stem: pd.read_csv(path, dtype=str, na_filter=False) for path in paths if path.is_file()}
    return Build(name, tables, stamp)


def diff_builds(before: Build, after: Build, catalogue: Catalogue) -> pd.DataFrame:
    """List every number that differs, with its cause.

    Parameters
    ----------
    before, after : Build
    catalogue : Catalogue
        Says which sources stand behind an indicator, and which are lookups and outlines.

    Returns
    -------
    pandas.DataFrame
        Columns ``table, indicator, row, column, before, after, cause``; one row for each number changed, and one for
        each row of a table that was added (``before`` empty) or left out (``after`` empty), in the order of the tables.
        The cause is one of ``CAUSES``, which says what each means.
    """
    causes = _Causes(before, after, catalogue)
    parts = [
        _changes(name, before.tables[name], after.tables[name], TABLE_KEYS[name], causes)
        for name in TABLE_KEYS
        if name in before.tables and name in after.tables
    ]
    found = [row for part in parts for row in part]
    return pd.DataFrame(found, columns=list(COLUMNS))


def describe_changes(changes: pd.DataFrame, *, every: bool = False) -> list[str]:
    """The lines that a reader sees: counts by cause, by indicator and table; with ``every`` each number too.

    Without it the last line says how to list them.
    """
    if changes.empty:
        return ["No number differs."]
    counts = changes["cause"].value_counts()
    lines = [f"{len(changes)} differences"]
    lines += [f"  {cause}: {counts[cause]} ({means})" for cause, means in CAUSES.items() if cause in counts]
    for named, rows in changes.groupby(["table", "indicator"], sort=False):
        said = ", ".join(f"{cause} {count}" for cause, count in Counter(map(str, rows["cause"])).most_common())
        lines.append(f"{' '.join(map(str, named)).strip()}: {said}")
        if every:
            for row in rows.to_dict("records"):
                old, now = row["before"] or "none", row["after"] or "none"
                lines.append(f"  {row['row']}, {row['column']}: {old} -> {now} ({row['cause']})")
    if not every:
        lines.append("These are counts: add --all to list every number, or --json for machines.")
    return lines


def _changes(
    table: str, before: pd.DataFrame, after: pd.DataFrame, key: Sequence[str], causes: _Causes
) -> list[tuple[str, ...]]:
    """The differences of one table."""
    numbers = [
        column for column in after.columns if column in before and column not in key and _numeric(before, after, column)
    ]
    if not numbers:
        return []
    found: list[tuple[dict[str, str], dict[str, str]]] = []
    left, right = _by_key(before, key), _by_key(after, key)
    found += [(left[at], right[at]) for at in left if at in right]
    gone, new = (
        [row for at, row in left.items() if at not in right],
        [row for at, row in right.items() if at not in left],
    )
    if "release" in key and "period_start" in key:
        figure = [column for column in key if column != "release"]
        earlier, later = _by_key(gone, figure), _by_key(new, figure)
        found += [(earlier[at], later[at]) for at in earlier if at in later]
        gone = [row for at, row in earlier.items() if at not in later]
        new = [row for at, row in later.items() if at not in earlier]
    rows = []
    for old, now in found:
        for column in numbers:
            if old[column] != now[column]:
                rows.append(_line(table, now, key, column, old[column], now[column], causes.of_change(table, old, now)))
    main = ["value"] if "value" in numbers else numbers
    for row, sign in [*((row, -1) for row in gone), *((row, 1) for row in new)]:
        cause = causes.of_row(table, row, added=sign > 0)
        for column in main:
            if row[column]:
                pair = ("", row[column]) if sign > 0 else (row[column], "")
                rows.append(_line(table, row, key, column, *pair, cause))
    return rows


def _line(
    table: str, row: Mapping[str, str], key: Sequence[str], column: str, old: str, now: str, cause: str
) -> tuple[str, ...]:
    named = " ".join(row[name] for name in key if row[name] and name not in ("indicator", "measure"))
    return (table, _indicator(row), named, column, old, now, cause)


def _indicator(row: Mapping[str, str]) -> str:
    return row.get("indicator", row.get("measure", ""))


def _by_key(rows: pd.DataFrame | Iterable[dict[str, str]], key: Sequence[str]) -> dict[tuple[str, ...], dict[str, str]]:
    """Rows by key; of several that share it the last, which is of the latest release."""
    records = rows.to_dict("records") if isinstance(rows, pd.DataFrame) else rows
    return {tuple(row[column] for column in key): row for row in records}  # type: ignore[misc]


def _numeric(before: pd.DataFrame, after: pd.DataFrame, column: str) -> bool:
    if column in NUMBERS:
        return True
    filled = pd.concat([before[column], after[column]])
    filled = filled[filled != ""]
    return bool(len(filled)) and bool(pd.to_numeric(filled, errors="coerce").notna().all())


def _corrections(build: Build) -> set[tuple[str, ...]]:
    """The corrections that a build holds, by its log."""
    log = build.tables.get("cleaning_log", pd.DataFrame(columns=["action"]))
    rows = log.loc[log["action"] == ACTION].to_dict("records")
    return {tuple(str(row[name]) for name in ("source", "release", "table", "detail")) for row in rows}


def _unless_derived(cause: str, table: str) -> str:
    return "follows" if cause == "not known" and table != "indicators" else cause


class _Causes:
    """Why a number differs, from the rows themselves and the stamps of the two builds."""

    def __init__(self, before: Build, after: Build, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.before, self.after = before.stamp.inputs, after.stamp.inputs
        self.differ = {name for name in {*self.before, *self.after} if self.before.get(name) != self.after.get(name)}
        raw = [name.split("/") for name in self.differ if name.startswith("data/raw/") and name.endswith(".csv")]
        names = {f"data/raw/{source}/{release}/": source for _, _, source, release, _ in raw}
        self.corrected = {source for folder, source in names.items() if self._held(folder, both=True)}
        self.corrected |= {source for source, *_ in _corrections(before) ^ _corrections(after)}
        self.replaced = {source for folder, source in names.items() if not self._held(folder, both=True)}
        ground = load_geographies(catalogue.folder).values()
        self.lookups = {source for area in ground for source in (*area.leads_to.values(), area.outlines) if source}
        # Where areas do not nest, figures are shared out by residents.
        self.lookups |= {name for name, source in catalogue.sources.items() if source.clean == "population"}
        self.series: list[dict[tuple[str, ...], list[str]]] = []
        self.geographies: list[dict[str, set[str]]] = []
        self.areas: list[set[tuple[str, str]]] = []
        self.periods: list[dict[str, list[str]]] = []
        self.releases: list[dict[tuple[str, ...], tuple[str, str]]] = []
        for build in (before, after):
            periods: dict[tuple[str, ...], list[str]] = {}
            levels: dict[str, set[str]] = {}
            ends: dict[str, list[str]] = {}
            releases: dict[tuple[str, ...], tuple[str, str]] = {}
            for row in build.tables["indicators"].to_dict("records"):
                periods.setdefault(tuple(row[name] for name in SERIES), []).append(row["period_end"])
                levels.setdefault(row["indicator"], set()).add(row["geography"])
                ends.setdefault(row["indicator"], []).append(row["period_end"])
                releases[(*(row[name] for name in SERIES), row["period_end"])] = (row["source"], row["release"])
            self.series.append(periods)
            self.geographies.append(levels)
            self.periods.append(ends)
            self.releases.append(releases)
            self.areas.append({(series[2], series[1]) for series in periods})

    def _held(self, folder: str, *, both: bool) -> bool:
        held = [any(name.startswith(folder) for name in inputs) for inputs in (self.before, self.after)]
        return all(held) if both else any(held)

    def of_change(self, table: str, old: Mapping[str, str], now: Mapping[str, str]) -> str:
        """Why a figure that both builds hold differs."""
        if not _indicator(now):
            return _unless_derived("not known", table)
        if old.get("source") != now.get("source"):
            return "method"
        if old.get("period_end") != now.get("period_end"):
            return "new period"
        if old.get("release") != now.get("release"):
            return "revised data"
        if old.get("geography") != now.get("geography"):
            return "geography"
        return _unless_derived(self._of_inputs(now), table)

    def of_row(self, table: str, row: Mapping[str, str], *, added: bool) -> str:
        """Why a row is in one build alone."""
        name, other = _indicator(row), 0 if added else 1
        if not name:
            return _unless_derived("not known", table)
        definition = f"definitions/indicators/{name}.yml"
        if definition not in (self.before if added else self.after):
            return "method"
        level, area = row.get("geography", ""), row.get("area_code", "")
        levels = self.geographies[other].get(name, set())
        if level and level not in LARGE and levels - {*LARGE} and (level, area) not in self.areas[other]:
            return "geography"
        series = tuple(row.get(column, "") for column in SERIES)
        periods = self.series[other].get(series, [] if all(series) else self.periods[other].get(name, []))
        end = row.get("period_end", "")
        if not levels or (periods and (max(periods) < end or (max(periods) > end and not added))):
            return "new period"
        return _unless_derived(self._of_inputs(row), table)

    def _of_inputs(self, row: Mapping[str, str]) -> str:
        """The first kind of input behind a row that differs between the builds: data, then areas, then method."""
        name = _indicator(row)
        own, revised = self._own(row)
        weights = self._weights(name, own)
        sources = {*own, *weights}
        if sources & self.corrected:
            return "correction"
        if revised:
            return "revised data"
        if weights & self.replaced:
            return "other weights"
        if row.get("geography") not in LARGE and self.lookups & (self.corrected | self.replaced):
            return "geography"
        definitions = {f"definitions/indicators/{name}.yml", *(f"definitions/sources/{one}.yml" for one in sources)}
        if definitions & self.differ:
            return "method"
        code = [one for one in self.differ if one.startswith("src/") or one in ("python", "requirements.lock")]
        return "method" if code else "not known"

    def _own(self, row: Mapping[str, str]) -> tuple[set[str], bool]:
        """The sources of a row's data, and whether the builds hold other releases of them.

        A row that names its release has it in both builds or in one; a summary of one figure has that figure's; of any
        other all releases of its sources count.
        """
        source, release = row.get("source", ""), row.get("release", "")
        if source and release:
            return {source}, not self._held(f"data/raw/{source}/{release}/", both=True)
        if source:
            return {source}, source in self.replaced
        figure = (*(row.get(name, "") for name in SERIES), row.get("period_end", ""))
        held = [releases[figure] for releases in self.releases if figure in releases]
        if held:
            return {source for source, _ in held}, len(set(held)) > 1
        indicator = self.catalogue.indicators.get(_indicator(row))
        own = {given.source for given in indicator.inputs} if indicator else set()
        return own, bool(own & self.replaced)

    def _weights(self, name: str, own: set[str]) -> set[str]:
        """What else an indicator is worked out from, where its data are of these sources."""
        indicator = self.catalogue.indicators.get(name)
        found: set[str] = set()
        for given in indicator.inputs if indicator else ():
            if given.measure == DERIVED:
                found |= self._weights(given.series.get("indicator", ""), own)
                continue
            together = {given.source, *(Reference.parse(text, given.source).source for text in given.series.values())}
            if together & own:
                found |= together - own
                if given.measure in DEPRIVATION_COLUMNS:
                    editions = self.catalogue.editions.values()
                    found |= {weights.source for one in editions for weights in one.deprivation_weights.values()}
        return found

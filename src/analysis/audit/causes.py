"""Every number that changed between two editions, or two builds of one, and why.

Rows are matched by what they are (:data:`analysis.tables.contract.ROW_KEYS`), never by their place. The cause is read
off the rows (another release, another source, a later period, other areas, another baseline) and off the stamps of the
two builds (which raw tables, definitions and code each was made from). One event has one cause: what a baseline changes
in a figure is the baseline's, whether or not the figure's own period moved as well.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from analysis.audit.diff import Row, match_rows, read_rows
from analysis.catalogue.flags import flag_words
from analysis.catalogue.geographies import load_geographies
from analysis.catalogue.load import Catalogue
from analysis.catalogue.measures import DERIVED
from analysis.clean.corrections import ACTION
from analysis.errors import DataError, UsageError, one_of
from analysis.indicators.context import Reference
from analysis.indicators.rebuild import DEPRIVATION_COLUMNS
from analysis.paths import Project
from analysis.tables.contract import NUMBERS, PLACES, ROW_KEYS
from analysis.tables.stamps import Stamp, read_stamp

SCHEMA = 1
CAUSES = {
    "new": "a series that the other has no figure of",
    "gone": "a series that the later one has no figure of any more",
    "new period": "a period later than any in the other, or replaced by a later one",
    "baseline": "another baseline to measure change from, or the first one",
    "revised data": "the same period, from another release of its source",
    "correction": "the same release, whose raw table or our corrections differ",
    "other weights": "the same data, averaged, shared out or ranked by other residents or another index",
    "geography": "other areas, or other lookups, outlines and residents by which figures are shared out",
    "method": "another source, definition, or code",
    "cut-off": "a flag by the day of the edition: whether a later release stands in, or was revised since",
    "position": "the same row, at another place of a ranked list",
    "follows": "a summary of the above, or of what the edition names: its plans, its seed",
    "not known": "none of these differs",
}
SERIES = ("indicator", "area_code", "geography", "sex", "age")
LARGE = ("lad", "region", "country")
GROUND = ("links", "outlines", "ward_changes")
"""Tables that say how areas lead to areas."""
INDEX = {"small_areas": "release", "wards": "release", "index_pairs": "later_release"}
"""Tables of the index of deprivation, with the column that says of which one."""
BY_BASELINE = ("baseline_", "change", "country_change", "peers_change")
"""How the columns begin that rest on a baseline."""


@dataclass(frozen=True)
class Change:
    """A number, flag or result that differs between two builds: where, what it was and is, and why."""

    table: str
    indicator: str
    row: str
    column: str
    before: str
    after: str
    cause: str


@dataclass(frozen=True)
class Build:
    """A built edition: its name or folder, the rows of its tables with every cell as text, what it was made from."""

    name: str
    tables: Mapping[str, list[dict[str, str]]]
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
    tables = {path.stem: read_rows(path.read_bytes()) for path in sorted(folder.glob("*.csv"))}
    return Build(name, tables, stamp)


def diff_builds(before: Build, after: Build, catalogue: Catalogue) -> list[Change]:
    """List every number, flag and result that differs, with its cause.

    Parameters
    ----------
    before, after : Build
    catalogue : Catalogue
        Says which sources stand behind an indicator, and which are lookups and outlines.

    Returns
    -------
    list of Change
        One for each cell that differs; for a row that was added (``before`` empty) or left out (``after`` empty) one
        for its value, or for each of its numbers where it has no column of that name; one for each other place in a
        ranked list. In the order of the tables; the cause is one of ``CAUSES``, which says what each means.
    """
    causes = _Causes(before, after, catalogue)
    both = [name for name in ROW_KEYS if name in before.tables and name in after.tables]
    return [one for name in both for one in _changes(name, before.tables[name], after.tables[name], causes)]


def _changes(
    table: str, before: list[dict[str, str]], after: list[dict[str, str]], causes: _Causes
) -> Iterator[Change]:
    """The differences of one table."""
    keys = ROW_KEYS[table]
    place = PLACES.get(table, "")
    columns = [
        column
        for column in (after or before or [{}])[0]
        if column not in (*keys[0], place) and all(column in rows[0] for rows in (before, after) if rows)
    ]
    numbers = [column for column in columns if _is_number(column, before, after)]
    told = [column for column in columns if column in numbers or column == "flag" or column.endswith("_result")]

    def line(row: Row, column: str, old: str, now: str, cause: str) -> Change:
        named = " ".join(row[name] for name in keys[0] if row[name] and name not in ("indicator", "measure"))
        return Change(table, _indicator_of(row), named, column, old, now, cause)

    pairs, gone, new = match_rows(before, after, keys)
    for old, now in pairs:
        for column in told:
            if old[column] != now[column]:
                yield line(now, column, old[column], now[column], causes.of_change(table, old, now, column))
        if place and old[place] != now[place]:
            yield line(now, place, old[place], now[place], "position")
    main = ["value"] if "value" in numbers else numbers
    for row, added in [*((row, False) for row in gone), *((row, True) for row in new)]:
        cause = causes.of_row(table, row, added=added)
        for column in main:
            if row[column]:
                yield line(row, column, *(("", row[column]) if added else (row[column], "")), cause)


def _indicator_of(row: Row) -> str:
    """The indicator that a row is of; empty where it is of none."""
    return row.get("indicator", row.get("measure", ""))


def _is_number(column: str, *tables: list[dict[str, str]]) -> bool:
    """Whether a column is one of numbers: by its name, or since every cell that is filled is one."""
    if column in NUMBERS:
        return True
    filled = {row[column] for rows in tables for row in rows} - {""}
    try:
        return bool([float(cell) for cell in filled])
    except ValueError:
        return False


def describe_changes(changes: Sequence[Change], *, every: bool = False) -> list[str]:
    """The lines that a reader sees: counts by cause, by indicator and table; with ``every`` each change too.

    Without it the last line says how to list them.
    """
    if not changes:
        return ["No number differs."]
    counts = Counter(one.cause for one in changes)
    lines = [f"{len(changes)} differences"]
    lines += [f"  {cause}: {counts[cause]} ({means})" for cause, means in CAUSES.items() if cause in counts]
    groups: dict[tuple[str, str], list[Change]] = {}
    for one in changes:
        groups.setdefault((one.table, one.indicator), []).append(one)
    for named, own in groups.items():
        said = ", ".join(f"{cause} {count}" for cause, count in Counter(one.cause for one in own).most_common())
        lines.append(f"{' '.join(named).strip()}: {said}")
        if every:
            lines += [
                f"  {one.row}, {one.column}: {one.before or 'none'} -> {one.after or 'none'} ({one.cause})"
                for one in own
            ]
    if not every:
        lines.append("These are counts: add --all to list every number, or --json for machines.")
    return lines


def changes_as_data(before: Build, after: Build, changes: Sequence[Change]) -> dict[str, Any]:
    """The changes for machines, as ``docs/schemas/diff-1.json`` describes them."""
    return {
        "schema": SCHEMA,
        "before": before.name,
        "after": after.name,
        "changes": [asdict(one) for one in changes],
    }


def _corrections(build: Build) -> set[tuple[str, ...]]:
    """The corrections that a build holds, by its log."""
    rows = [row for row in build.tables.get("cleaning_log", []) if row["action"] == ACTION]
    return {tuple(row[name] for name in ("source", "release", "table", "detail")) for row in rows}


def _unless_derived(cause: str, table: str) -> str:
    return "follows" if cause == "not known" and table != "indicators" else cause


def _is_of_the_day(old: Row, now: Row) -> bool:
    """Whether two flags differ by what was out by the cut-off alone: revised since [r], or standing in [e]."""
    differ = {*flag_words(old["flag"])} ^ {*flag_words(now["flag"])}
    return differ <= {"[r]", "[e]"}


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
        editions = [
            {name for name in build if name.startswith("definitions/editions/")} for build in (self.before, self.after)
        ]
        self.of_other_editions = editions[0] != editions[1]
        self.series: list[dict[tuple[str, ...], list[str]]] = []
        self.geographies: list[dict[str, set[str]]] = []
        self.areas: list[set[tuple[str, str]]] = []
        self.periods: list[dict[str, list[str]]] = []
        self.releases: list[dict[tuple[str, ...], tuple[str, str]]] = []
        self.index_releases = [
            {table: {row[column] for row in build.tables.get(table, [])} for table, column in INDEX.items()}
            for build in (before, after)
        ]
        for build in (before, after):
            periods: dict[tuple[str, ...], list[str]] = {}
            levels: dict[str, set[str]] = {}
            ends: dict[str, list[str]] = {}
            releases: dict[tuple[str, ...], tuple[str, str]] = {}
            for row in build.tables["indicators"]:
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

    def of_change(self, table: str, old: Row, now: Row, column: str) -> str:
        """Why a cell of a row that both builds hold differs."""
        if table in GROUND:
            return "geography"
        if not _indicator_of(now):
            return _unless_derived("not known", table)

        def other(*names: str) -> bool:
            return any(old.get(name) != now.get(name) for name in names)

        seen = {
            "baseline": column.startswith(BY_BASELINE) and other("baseline_start", "baseline_end"),
            "method": other("source"),
            "new period": other("period_end"),
            "revised data": other("release"),
            "geography": other("geography"),
            "cut-off": column == "flag" and self.of_other_editions and _is_of_the_day(old, now),
        }
        cause = next((cause for cause, holds in seen.items() if holds), "")
        return cause or _unless_derived(self._of_inputs(now), table)

    def of_row(self, table: str, row: Row, *, added: bool) -> str:
        """Why a row is in one build alone."""
        name, other = _indicator_of(row), 0 if added else 1
        if table in GROUND or self._is_of_other_ground(row, other):
            return "geography"
        if table in INDEX and row[INDEX[table]] not in self.index_releases[other][table]:
            return "new period"
        if not name:
            return _unless_derived("not known", table)
        series = tuple(row.get(column, "") for column in SERIES)
        periods = self.series[other].get(series, [] if all(series) else self.periods[other].get(name, []))
        if not periods:
            return "new" if added else "gone"
        end = row.get("period_end", "")
        if max(periods) < end or (max(periods) > end and not added):
            return "new period"
        return _unless_derived(self._of_inputs(row), table)

    def _is_of_other_ground(self, row: Row, other: int) -> bool:
        """Whether a row is of a small area or ward that the other build has not, though it has such areas."""
        name, level = _indicator_of(row), row.get("geography", "")
        held = self.geographies[other].get(name, set()) if name else {ground for ground, _ in self.areas[other]}
        known = (level, row.get("area_code", "")) in self.areas[other]
        return bool(level and level not in LARGE and held - {*LARGE} and not known)

    def _of_inputs(self, row: Row) -> str:
        """The first kind of input behind a row that differs between the builds: data, then areas, then method."""
        name = _indicator_of(row)
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

    def _own(self, row: Row) -> tuple[set[str], bool]:
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
        indicator = self.catalogue.indicators.get(_indicator_of(row))
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

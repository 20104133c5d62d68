"""Why a number differs between two builds of an edition's tables.

The cause is read off the rows (another release, another source, a later period, other areas, another baseline) and off
the stamps of the two builds (which raw tables, definitions and code each was made from). One event has one cause: what
a baseline changes in a figure is the baseline's, whether or not the figure's own period moved as well.
"""

from __future__ import annotations

from analysis.audit.diff import Build, Row, indicator_of
from analysis.catalogue.flags import flag_words
from analysis.catalogue.load import Catalogue, load_geographies
from analysis.catalogue.model import DERIVED
from analysis.clean.corrections import ACTION
from analysis.indicators.context import Reference
from analysis.indicators.rebuild import DEPRIVATION_COLUMNS

SERIES = ("indicator", "area_code", "geography", "sex", "age")
LARGE = ("lad", "region", "country")
GROUND = ("links", "outlines", "ward_changes")
"""Tables that say how areas lead to areas."""
INDEX = {"small_areas": "release", "wards": "release", "index_pairs": "later_release"}
"""Tables of the index of deprivation, with the column that says of which one."""
BY_BASELINE = ("baseline_", "change", "country_change", "peers_change")
"""How the columns begin that rest on a baseline."""


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


class Causes:
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
        if not indicator_of(now):
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
        name, other = indicator_of(row), 0 if added else 1
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
        name, level = indicator_of(row), row.get("geography", "")
        held = self.geographies[other].get(name, set()) if name else {ground for ground, _ in self.areas[other]}
        known = (level, row.get("area_code", "")) in self.areas[other]
        return bool(level and level not in LARGE and held - {*LARGE} and not known)

    def _of_inputs(self, row: Row) -> str:
        """The first kind of input behind a row that differs between the builds: data, then areas, then method."""
        name = indicator_of(row)
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
        indicator = self.catalogue.indicators.get(indicator_of(row))
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

"""A built edition as notebooks, figures and sentences see it, with the editions that it looks back on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import pandas as pd

from analysis.catalogue.load import Catalogue, load_catalogue
from analysis.catalogue.model import Edition, Place
from analysis.catalogue.plans import Plan
from analysis.errors import DataError, UsageError, near, one_of
from analysis.paths import Project, find_project
from analysis.tables import keys
from analysis.tables.contract import read_processed
from analysis.tables.reference import Reference, refer
from analysis.tables.stamps import open_edition

if TYPE_CHECKING:
    from pandas.io.formats.style import Styler

TEXT_COLUMNS = (
    "release",
    "published",
    "period_start",
    "period_end",
    "baseline_start",
    "baseline_end",
    "earlier_release",
    "later_release",
    "age",
    "area_code",
    "place_in_plan",
    "stated_period",
    "published_period_end",
    "rebuilt_period_end",
    "latest_period_end",
    "together_with",
    "instead_of",
)

Made = TypeVar("Made")
_IN_MEMORY: dict[Path, LoadedEdition] = {}


@dataclass(frozen=True, repr=False)
class LoadedEdition:
    """A built edition as notebooks, figures and sentences see it: definitions and processed tables.

    A notebook shows it as a list of its tables. ``city.table("wards")`` is one of them, ``city.preview("wards")`` the
    same to look at, ``city.latest("imd_extent")`` the last figures of an indicator, and
    ``city.what_would_be_rebuilt()`` says what ``sotc report`` would make anew.

    Attributes
    ----------
    edition, place, plan : Edition, Place, Plan
        The definitions.
    catalogue : Catalogue
        All definitions.
    folder : Path
        ``data/processed/<edition>``.
    """

    edition: Edition
    place: Place
    plan: Plan
    catalogue: Catalogue
    folder: Path

    def table(self, name: str) -> pd.DataFrame:
        """A processed table by name: ``indicators``, ``wards``, ``small_areas``, ``inequality`` and the others.

        Raises
        ------
        UsageError
            If there is no such table; the sentence names those that are near.
        """
        if name not in self._tables:
            known = [path.stem for path in sorted(self.folder.glob("*.csv"))]
            if name not in known:
                raise UsageError(f"{self.edition.id} has no table {name!r}: expected {near(name, known)}.")
            self._tables[name] = read_processed(self.folder / f"{name}.csv", TEXT_COLUMNS)
        return self._tables[name].copy(deep=False)

    @cached_property
    def _tables(self) -> dict[str, pd.DataFrame]:
        return {}

    @cached_property
    def parts(self) -> dict[tuple[str, str, str], pd.DataFrame]:
        """Rows of tables by a column and its value, as far as references asked for them."""
        return {}

    def cell(self, table: str, column: str, *conditions: str, edition: str = "", **equal: object) -> Reference:
        """The number in a cell of a table, by the columns that tell its row; arguments as of :func:`keys.cell`."""
        return refer(self, keys.cell(table, column, *conditions, edition=edition, **equal))

    def count(self, table: str, *conditions: str, edition: str = "", **equal: object) -> Reference:
        """The number of rows where columns equal values and further conditions hold; as :func:`keys.count`."""
        return refer(self, keys.count(table, *conditions, edition=edition, **equal))

    def total(self, aggregate: str, column: str, table: str, *conditions: str, **equal: object) -> Reference:
        """A sum, a median or another aggregate of a column; arguments as of :func:`keys.total`."""
        return refer(self, keys.total(aggregate, column, table, *conditions, **equal))

    def named(self, name: str) -> LoadedEdition:
        """The edition of that name, this one or one that it looks back on; this one where the name is empty.

        Raises
        ------
        UsageError
            If it is another.
        """
        known = [one for one in (self, self.baseline_edition, self.previous_edition) if one is not None]
        for one in known:
            if name in ("", one.edition.id):
                return one
        there = one_of([one.edition.id for one in known])
        raise UsageError(f"{self.edition.id} does not look back on {name!r}: expected {there}.")

    def preview(self, name: str, rows: int = 8) -> Styler:
        """The first rows of a table with headings in words, for the notebook; ``table`` gives the table itself."""
        from analysis.tables.overview import preview

        return preview(self.table(name), name, rows)

    def what_would_be_rebuilt(self) -> pd.DataFrame:
        """What ``sotc report`` would make anew for this edition as things are now, and why.

        After a change of code, start the kernel anew first: code is compared as the session found it.
        """
        from analysis.tables.overview import list_stale

        return list_stale(Project(self.folder.parents[2], self.catalogue.folder), self.edition.id)

    def __repr__(self) -> str:
        return f"<LoadedEdition {self.edition.id}: {len(list(self.folder.glob('*.csv')))} tables>"

    def _repr_html_(self) -> str:
        from analysis.tables.overview import html_table, list_tables
        from analysis.words import day_words

        lines = [
            f"Edition {self.edition.id}: what had been published by {day_words(self.edition.cut_off.isoformat())}. "
            'A table by its name: table("wards"); to look at it: preview("wards").'
        ]
        return html_table(self.edition.title, lines, list_tables(self.folder))

    @property
    def plans(self) -> list[Plan]:
        """Every plan of the edition, the first of them the long-run frame."""
        return [self.catalogue.plans[name] for name in self.edition.plans]

    @cached_property
    def baseline_edition(self) -> LoadedEdition | None:
        """The edition since which change is measured; None in the baseline edition itself."""
        return self._other(self.edition.baseline)

    @cached_property
    def previous_edition(self) -> LoadedEdition | None:
        """The edition before this one; None in the first."""
        return self._other(self.edition.previous)

    def _other(self, name: str | None) -> LoadedEdition | None:
        if name is None:
            return None
        return _loaded(self.catalogue, name, self.folder.parent / name, str(self.folder.parent))

    @cached_property
    def indicators(self) -> pd.DataFrame:
        """The rows of ``indicators.csv``."""
        return self.table("indicators")

    @cached_property
    def _by_indicator(self) -> dict[str, pd.DataFrame]:
        return {str(name): rows for name, rows in self.indicators.groupby("indicator", sort=False)}

    def rows(self, indicator: str, *, if_any: bool = False) -> pd.DataFrame:
        """Every row of one indicator; none where the edition has no value of it, or with ``if_any`` no such indicator.

        Raises
        ------
        UsageError
            If no definition is called so; the sentence names those that are near.
        """
        if not if_any and indicator not in self._by_indicator and indicator not in self.catalogue.indicators:
            known = near(indicator, self.catalogue.indicators)
            raise UsageError(f"no indicator {indicator!r}: expected {known}. See: sotc list indicators.")
        return self._by_indicator.get(indicator, self.indicators.iloc[:0])

    @cached_property
    def judgements(self) -> pd.DataFrame:
        """The latest value of every series with its verdicts and their reasons."""
        return self.table("judgements")

    @cached_property
    def wards(self) -> pd.DataFrame:
        """Deprivation of each ward: small areas behind it, their range, its people."""
        return self.table("wards")

    @cached_property
    def small_areas(self) -> pd.DataFrame:
        """Deprivation of each small area."""
        return self.table("small_areas")

    @cached_property
    def inequality(self) -> pd.DataFrame:
        """Slopes and gaps of life expectancy with their limits."""
        return self.table("inequality")

    @cached_property
    def outlines(self) -> pd.DataFrame:
        """Outlines as well-known text, by geography and area code."""
        return self.table("outlines")

    @cached_property
    def sources(self) -> pd.DataFrame:
        """The releases used, with publisher, licence and address."""
        return self.table("sources")

    @cached_property
    def _made(self) -> dict[Callable[[LoadedEdition], object], object]:
        return {}

    def once(self, make: Callable[[LoadedEdition], Made]) -> Made:
        """What a function makes of this edition: called the first time, remembered after that."""
        if make not in self._made:
            self._made[make] = make(self)
        return self._made[make]  # type: ignore[return-value]

    def latest(self, indicator: str, geography: str | None = None, *, if_any: bool = False) -> pd.DataFrame:
        """The rows of an indicator's latest period (and last release), of one geography or all; ``if_any`` as of rows.

        Raises
        ------
        UsageError
            If no definition is called so, or there is no such geography; the sentence names those that are near.
        """
        rows = self.rows(indicator, if_any=if_any)
        known = self.catalogue.geographies
        if geography is not None and known and geography not in known:
            raise UsageError(f"no geography {geography!r}: expected {near(geography, known)}.")
        if geography is not None:
            rows = rows[rows["geography"] == geography]
        if rows.empty:
            return rows
        rows = rows.loc[rows["period_end"] == rows["period_end"].max()]
        latest: pd.DataFrame = rows.loc[rows["release"] == rows["release"].max()]
        return latest


def load_edition(edition: str, project: Project | None = None) -> LoadedEdition:
    """Load a built edition: its definitions, and its tables as they are asked for.

    In a notebook, ``editions.`` and the Tab key list the editions there are; ``editions.<name>`` loads one as well.

    Parameters
    ----------
    edition : str
        Its id, a place and a year, such as the one that ``sotc list`` prints first.
    project : Project, optional
        Default: the project around the working folder.

    Returns
    -------
    LoadedEdition
        Show it to see its tables.

    Raises
    ------
    UsageError
        If there is no such edition; the sentence lists those there are.
    DataError
        If it has not been built: ``sotc build`` with its id does that.

    Examples
    --------
    In a notebook, with the id in the parameter ``edition``::

        city = load_edition(edition)
        city.table("wards")
        city.latest("imd_average_score", city.edition.ward_geography)
        city.what_would_be_rebuilt()
    """
    project = project or find_project()
    folder = project.processed / edition
    kept = _IN_MEMORY.get(folder.resolve())
    if kept is not None:
        return kept
    return _loaded(load_catalogue(project.definitions), edition, folder, project.shown(folder.parent))


class Editions:
    """The editions of the project around the working folder; the Tab key lists them after ``editions.``.

    ``editions.<place>_<year>`` loads one, as ``load_edition("<place>-<year>")`` does; shown in a notebook it is the
    list of them with what is built.
    """

    def __dir__(self) -> list[str]:
        return [name.replace("-", "_") for name in self._ids()]

    def __getattr__(self, name: str) -> LoadedEdition:
        found = [known for known in self._ids() if known.replace("-", "_") == name] if name[:1] != "_" else []
        if not found:
            raise AttributeError(
                f"no edition {name!r}; the Tab key after 'editions.' lists them, and so does sotc list."
            )
        return load_edition(found[0])

    def __repr__(self) -> str:
        return f"<Editions: {', '.join(self._ids())}>"

    def _repr_html_(self) -> str:
        from analysis.tables.overview import html_table

        project = find_project()
        rows = []
        for name in self._ids():
            built = (project.processed / name / "indicators.csv").is_file()
            made = (project.reports / name / "report.pdf").is_file()
            said = ("yes" if built else "no", "yes" if made else "no")
            rows.append((name, open_edition(project, name).title, *said))
        table = pd.DataFrame(rows, columns=pd.Index(["edition", "title", "tables built", "report made"]))
        return html_table("Editions", ["sotc build makes the tables of one, sotc report its report."], table)

    def _ids(self) -> list[str]:
        return sorted(path.stem for path in (find_project().definitions / "editions").glob("*.yml"))


editions = Editions()


def keep_in_memory(edition: str, project: Project | None = None) -> LoadedEdition:
    """Load a built edition once and for all: ``load_edition`` hands out this one for as long as the process lasts."""
    kept = load_edition(edition, project)
    _IN_MEMORY[kept.folder.resolve()] = kept
    return kept


def _loaded(catalogue: Catalogue, name: str, folder: Path, shown: str) -> LoadedEdition:
    definition = catalogue.edition(name)
    if not (folder / "indicators.csv").is_file():
        raise DataError(f"{shown}/{name}: not built yet. Build it first: sotc build {name}.")
    place, plan = catalogue.places[definition.place], catalogue.plans[definition.plans[0]]
    return LoadedEdition(definition, place, plan, catalogue, folder)

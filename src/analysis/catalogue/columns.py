"""What every published table and column holds, as ``definitions/columns.yml`` says it."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from analysis.catalogue.bounds import Address
from analysis.catalogue.strict import complaint, load_as
from analysis.errors import DefinitionError
from analysis.paths import DEFINITIONS

Type = Literal["string", "number", "integer", "date", "boolean"]
NUMERIC = ("number", "integer")


@dataclass(frozen=True)
class ColumnText:
    """A column: heading, type and meaning; ``empty`` is what a reader is shown where a cell holds nothing."""

    title: str
    type: Type
    about: str
    unit: str = ""
    empty: str = ""
    pattern: str = ""
    one_of: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None

    @property
    def shown_empty(self) -> str:
        """The symbol for an empty cell: not available for a number, not applicable for text, where no other is given.

        Examples
        --------
        >>> ColumnText("Value", "number", "The figure.").shown_empty
        '[x]'
        """
        return self.empty or ("[x]" if self.type in NUMERIC else "[z]")


@dataclass(frozen=True)
class TableText:
    """A table: heading, what its rows are, and the columns that mean something of their own in it."""

    title: str
    about: str
    columns: Mapping[str, ColumnText] = field(default_factory=dict)


@dataclass(frozen=True)
class LicenceText:
    """A licence as a data package names it."""

    name: str
    title: str
    path: Address


@dataclass(frozen=True)
class TableTexts:
    """The whole of ``columns.yml``."""

    licences: Mapping[str, LicenceText]
    columns: Mapping[str, ColumnText]
    tables: Mapping[str, TableText]
    figures: Mapping[str, ColumnText]

    def table(self, name: str) -> TableText:
        """What a processed table is.

        Raises
        ------
        DefinitionError
            If it is not described.
        """
        if name not in self.tables:
            raise DefinitionError(f"columns.yml: the table {name!r} is not described. Add it under tables.")
        return self.tables[name]

    def column(self, table: str, name: str) -> ColumnText:
        """What a column of a processed table holds.

        Raises
        ------
        DefinitionError
            If it is not described.
        """
        found = self.table(table).columns.get(name) or self.columns.get(name)
        if found is None:
            raise DefinitionError(
                f"columns.yml: the column {name!r} of the table {table!r} is not described. Add it under columns, or "
                f"under tables.{table}.columns where it means something of its own."
            )
        return found

    def plotted(self, name: str) -> ColumnText | None:
        """What a column of a figure's data holds; None where it is not described."""
        if name in self.figures or name in self.columns:
            return self.figures.get(name) or self.columns[name]
        return next((text.columns[name] for text in self.tables.values() if name in text.columns), None)


@functools.cache
def load_table_texts(path: Path = DEFINITIONS / "columns.yml") -> TableTexts:
    """Read the descriptions.

    Raises
    ------
    DefinitionError
        If the file is malformed, or a number has no unit.
    """
    texts = load_as(TableTexts, path)
    parts = [
        (("columns",), texts.columns),
        (("figures",), texts.figures),
        *((("tables", name, "columns"), table.columns) for name, table in texts.tables.items()),
    ]
    for at, columns in parts:
        for name, column in columns.items():
            if column.type in NUMERIC and not column.unit:
                raise complaint(path, (*at, name), "a number needs a unit")
            if column.minimum is not None and column.maximum is not None and column.maximum < column.minimum:
                raise complaint(path, (*at, name, "maximum"), f"expected {column.minimum:g} or more")
    return texts

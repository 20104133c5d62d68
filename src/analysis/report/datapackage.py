"""The processed tables as a Frictionless Data Package: CSV files, and one file that says what every column holds."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from analysis.catalogue.columns import ColumnText, TableTexts, load_table_texts
from analysis.catalogue.load import Catalogue
from analysis.catalogue.model import Edition
from analysis.errors import DefinitionError, one_of
from analysis.report.cells import check_cells
from analysis.tables.contract import TABLE_KEYS

DESCRIPTOR = "datapackage.json"


def make_data_package(catalogue: Catalogue, edition: Edition, folder: Path) -> dict[str, bytes]:
    """The files of an edition's data package.

    Parameters
    ----------
    catalogue : Catalogue
        Names the place.
    edition : Edition
    folder : Path
        The processed tables of the edition, which are taken as they are.

    Returns
    -------
    dict of str to bytes
        ``<table>.csv`` and ``datapackage.json``.

    Raises
    ------
    DefinitionError
        If a table, a column or a licence is not described in ``columns.yml``.
    ReportError
        If a cell could run as a formula in a spreadsheet.
    """
    texts = load_table_texts()
    files: dict[str, bytes] = {}
    resources = []
    for path in sorted(folder.glob("*.csv")):
        files[path.name] = path.read_bytes()
        text = files[path.name].decode("utf-8")
        check_cells(f"data/{path.name}", text)
        names = next(csv.reader(io.StringIO(text[: text.find("\n") + 1])))
        resources.append(describe_table(texts, path.stem, names, files[path.name]))
    sources = list(csv.DictReader(io.StringIO(files["sources.csv"].decode("utf-8"))))
    place = catalogue.places[edition.place].name
    package = {
        "profile": "tabular-data-package",
        "name": edition.id,
        "title": f"State of the City: {place} {edition.year}",
        "description": (
            f"The tables behind the report: {edition.title}. It knows what had been published by "
            f"{edition.cut_off.isoformat()}. Symbols in the column flag are those of the Government Analysis Function; "
            "missing is never zero. Each publisher's attribution stands in sources.csv."
        ),
        "created": f"{edition.cut_off.isoformat()}T00:00:00Z",
        "licenses": [describe_licence(texts, name) for name in sorted({row["licence"] for row in sources})],
        "sources": [describe_source(row) for row in sources],
        "resources": resources,
    }
    files[DESCRIPTOR] = (json.dumps(package, indent=1, ensure_ascii=False) + "\n").encode("utf-8")
    return files


def describe_table(texts: TableTexts, name: str, columns: Sequence[str], content: bytes) -> dict[str, Any]:
    """The resource of one table: what it is, its bytes, and its columns."""
    table = texts.table(name)
    key = TABLE_KEYS[name]
    return {
        "profile": "tabular-data-resource",
        "name": name,
        "path": f"{name}.csv",
        "title": table.title,
        "description": table.about,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(content),
        "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
        "schema": {
            "fields": [describe_column(column, texts.column(name, column)) for column in columns],
            "primaryKey": list(key),
            "missingValues": [""],
        },
    }


def describe_column(name: str, text: ColumnText) -> dict[str, Any]:
    """The field of one column.

    Examples
    --------
    >>> describe_column("rank", ColumnText("Rank", "integer", "Place.", unit="rank", minimum=1))["constraints"]
    {'minimum': 1}
    """
    limits = {"minimum": text.minimum, "maximum": text.maximum, "pattern": text.pattern, "enum": list(text.one_of)}
    given = {key: limit for key, limit in limits.items() if limit not in (None, "", [])}
    return {
        "name": name,
        "type": text.type,
        "title": text.title,
        "description": text.about,
        **({"unit": text.unit} if text.unit else {}),
        **({"constraints": given} if given else {}),
    }


def describe_licence(texts: TableTexts, name: str) -> dict[str, str]:
    """The licence as a data package names it.

    Raises
    ------
    DefinitionError
        If it is not described.
    """
    if name not in texts.licences:
        raise DefinitionError(
            f"columns.yml: no licence {name!r}; expected {one_of(sorted(texts.licences))}. Add it under licences."
        )
    return dict(texts.licences[name].__dict__)


def describe_source(row: dict[str, str]) -> dict[str, str]:
    """A source of the package, from a row of ``sources.csv``."""
    address = {"path": row["address"]} if row["address"].startswith(("http://", "https://")) else {}
    return {"title": f"{row['publisher']}: {row['title']} ({row['published']})", **address}

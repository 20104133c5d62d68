"""What a loaded edition shows of itself in a notebook: its tables in words, one of them to look at, what is stale."""

from __future__ import annotations

import html
import math
from collections.abc import Hashable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from pandas.api.types import is_numeric_dtype

from analysis.catalogue.columns import NUMERIC, load_table_texts
from analysis.paths import Project
from analysis.tables.stamps import build_inputs, earlier_editions, open_edition, report_inputs, what_changed

if TYPE_CHECKING:
    from pandas.io.formats.style import Styler

PREVIEW_ROWS, SHORT = 8, 26
UP_TO_DATE = "up to date"


def list_tables(folder: Path) -> pd.DataFrame:
    """The tables in a folder of processed ones: name, rows, columns, what the rows are.

    Parameters
    ----------
    folder : Path
        ``data/processed/<edition>``.

    Returns
    -------
    DataFrame
        ``table``, ``rows``, ``columns``, ``holds``; in the order of the names.
    """
    texts = load_table_texts().tables
    rows = []
    for path in sorted(folder.glob("*.csv")):
        content = path.read_bytes()
        columns = content[: content.find(b"\n")].count(b",") + 1
        holds = texts[path.stem].about if path.stem in texts else ""
        rows.append((path.stem, content.count(b"\n") - 1, columns, holds))
    return pd.DataFrame(rows, columns=pd.Index(["table", "rows", "columns", "holds"]))


def preview(table: pd.DataFrame, name: str, rows: int = PREVIEW_ROWS) -> Styler:
    """The first rows of a processed table as they read well: headings in words, numbers short, missing ones marked.

    Parameters
    ----------
    table : DataFrame
    name : str
        Which table it is, such as ``wards``.
    rows : int
        How many rows are shown.

    Returns
    -------
    Styler
        For the notebook; the table itself stays as it is.
    """
    texts = load_table_texts()
    described = {column: texts.column(name, column) for column in table.columns}
    shown = table.head(rows).rename(columns={column: text.title for column, text in described.items()})
    numbers: list[Hashable] = [
        text.title for column, text in described.items() if text.type in NUMERIC and is_numeric_dtype(table[column])
    ]
    caption = f"{texts.table(name).title}: {min(rows, len(table)):,} of {len(table):,} rows. {texts.table(name).about}"
    short: list[Hashable] = [title for title in shown if shown[title].astype(str).str.len().max() <= SHORT]
    return (
        shown.style.format(_number, subset=numbers)
        .set_properties(subset=short, **{"white-space": "nowrap"})
        .hide(axis="index")
        .set_uuid(name)
        .set_caption(caption)
    )


def _number(value: Any) -> str:
    """A number short enough to look at.

    Examples
    --------
    >>> _number(1234.0), _number(0.5), _number(float("nan"))
    ('1,234', '0.5', '[x]')
    """
    return "[x]" if math.isnan(value) else f"{value:,.2f}".rstrip("0").rstrip(".")


def list_stale(project: Project, name: str) -> pd.DataFrame:
    """What ``sotc report`` would make anew for an edition as things are now, and why.

    Parameters
    ----------
    project : Project
    name : str
        The edition's id.

    Returns
    -------
    DataFrame
        ``folder``, ``state``, ``because``: a row for each reason, one row ``up to date`` where there is none. Tables of
        the editions that it looks back on come first, then its own, then its report.

    Notes
    -----
    Code is compared as this session found it; after a change of code, start the kernel anew.
    """
    rows: list[tuple[str, str, str]] = []
    stale = False
    for edition in (*earlier_editions(open_edition(project, name)), name):
        folder = project.processed / edition
        why = what_changed(folder, build_inputs(project, open_edition(project, edition)))
        stale = stale or bool(why)
        rows += _reasons(project.shown(folder), "its tables would be built anew", why)
    why = what_changed(project.reports / name, report_inputs(project, open_edition(project, name)))
    rows += _reasons(
        project.shown(project.reports / name),
        "the report would be made anew",
        why or (["the tables before it are"] if stale else []),
    )
    return pd.DataFrame(rows, columns=pd.Index(["folder", "state", "because"]))


def _reasons(folder: str, state: str, why: Iterable[str]) -> list[tuple[str, str, str]]:
    return [(folder, state, reason) for reason in why] or [(folder, UP_TO_DATE, "")]


def html_table(heading: str, lines: Sequence[str], table: pd.DataFrame) -> str:
    """A heading, lines under it and a table, for the notebook.

    Examples
    --------
    >>> html_table("A & B", ["Line"], pd.DataFrame({"rows": [1200]})).count("<td")
    1
    """
    head = "".join(f'<th scope="col" style="text-align:left">{html.escape(str(name))}</th>' for name in table.columns)
    body = "".join(
        "<tr>" + "".join(f'<td style="text-align:left">{html.escape(_cell(cell))}</td>' for cell in row) + "</tr>"
        for row in table.itertuples(index=False)
    )
    under = "".join(f"<p>{html.escape(line)}</p>" for line in lines)
    return f"<h3>{html.escape(heading)}</h3>{under}<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(cell: object) -> str:
    return f"{cell:,}" if isinstance(cell, int) else str(cell)

"""The one reader of publishers' cells: a whole column at a time, its values, its flags, its text and where it stands.

A source's definition says how it writes: its marks for what is missing, its statuses, whether a value is a percentage.
What is neither a number nor declared is refused with file, row and column; no other module turns text into numbers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.catalogue.flags import WITH_VALUE, WITHOUT_VALUE, flag_words, join_flags
from analysis.errors import CellError, DefinitionError
from analysis.sources.text import tidy

Array = np.ndarray[Any, np.dtype[Any]]

LARGEST = 1e12
"""No figure of a city, or of its country, is as large: what is, has been written wrongly."""
_MINUS = "\u2010\u2011\u2012\u2013\u2212\ufe63\uff0d-"
_WHOLE = r"(?:[1-9][0-9]{0,2}(?:,[0-9]{3})+|[1-9][0-9]{0,2}(?: [0-9]{3})+|[0-9]+)"
_NUMBER = rf"[+{_MINUS}]?(?=\.?[0-9])(?:{_WHOLE})?(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?"
_CELL = re.compile(rf"(?P<number>{_NUMBER})(?P<percent>\s*%)?(?:\s*(?P<mark>[^0-9\s.,%].*))?")
_PLAIN = re.compile(r"(?:(?!-0+\n)-?[0-9]{1,12}(?:\.[0-9]{1,20})?\n)*+")
_ENDING = re.compile(r"(?P<text>.*\S)\s*(?P<mark>\([^()]{1,3}\)|\[[^\[\]]{1,3}\])")
_AGE = re.compile(r"all|(?P<first>[0-9]{1,3})(?:\+|-(?P<last>[0-9]{1,3}))?")
_TO_ASCII = str.maketrans(dict.fromkeys(_MINUS, "-") | {",": None, " ": None})


@dataclass(frozen=True)
class Cells:
    """A column as read, all arrays of one length: ``values`` (NaN where none), ``flags``, ``texts`` and ``rows``.

    ``column`` and ``file`` say where the column stands, ``rows`` the line of each cell in that file.
    """

    file: str
    column: str
    rows: Array
    texts: Array
    values: Array
    flags: Array

    def series(self) -> pd.Series:
        """The values by row."""
        return pd.Series(self.values, index=self.rows, name=self.column)

    def refuse(self, bad: Array, problem: str) -> None:
        """Refuse the first cell where ``bad`` holds; ``problem`` follows its text.

        Raises
        ------
        CellError
            With file, row, column and text.
        """
        if bad.any():
            at = int(bad.argmax())
            raise CellError(self.file, int(self.rows[at]), self.column, f"{self.texts[at]!r} {problem}")


def read_numbers(cells: pd.Series, marks: Mapping[str, str], where: str, *, percent: bool = False) -> Cells:
    """Numbers and flags of a column of text.

    Read are plain numbers, thousands in groups of three (``14,664``; ``0,986`` is none), every kind of minus and,
    where ``percent`` says that values are percentages, a percent sign.

    Parameters
    ----------
    cells : Series of str
        The publisher's cells; the index is the row in the file, the name the column.
    marks : mapping
        The publisher's mark -> flag, as the source's ``missing:`` declares: alone in a cell (``c``, ``""`` for an empty
        cell) it must map to a flag that says why there is no value; after a number (``12 p``) to one that goes with it.
    where : str
        The file, for error sentences.
    percent : bool
        Whether a percent sign after a number says no more than the unit does.

    Returns
    -------
    Cells
        ``flags`` is ``""`` where a plain number stands.

    Raises
    ------
    CellError
        If a cell is neither a number nor a declared mark, or a number that no figure can be (infinite, 20 digits).

    Examples
    --------
    >>> read = read_numbers(pd.Series(["1,234", "c", "5 p"]), {"c": "[c]", "p": "[p]"}, "file.csv")
    >>> read.values.tolist(), read.flags.tolist()
    ([1234.0, nan, 5.0], ['', '[c]', '[p]'])
    >>> read_numbers(pd.Series(["\u22123.5", "18.7%"]), {}, "file.csv", percent=True).values.tolist()
    [-3.5, 18.7]
    """
    check_marks(marks, where)
    texts, rows, column = cells.to_numpy(dtype=object), cells.index.to_numpy(), str(cells.name)
    values = _plain_numbers(texts)
    if values is not None:
        return Cells(where, column, rows, texts, values, np.full(len(texts), "", dtype=object))
    known: dict[str, tuple[float, str]] = {}
    for row, cell in zip(rows, texts, strict=True):
        if cell not in known:
            known[cell] = _read(cell, marks, percent, where, int(row), column)
    pairs = [known[cell] for cell in texts]
    values = np.array([value for value, _ in pairs], dtype=np.float64)
    return Cells(where, column, rows, texts, values, np.array([flag for _, flag in pairs], dtype=object))


def _plain_numbers(texts: Array) -> Array | None:
    """All cells as numbers at once, or None where one is not plain (a mark, a blank, a group of thousands)."""
    if not _PLAIN.fullmatch("".join([f"{text}\n" for text in texts])):
        return None
    values = texts.astype(np.float64)
    return None if (np.abs(values) >= LARGEST).any() else values


def _read(cell: str, marks: Mapping[str, str], percent: bool, where: str, row: int, column: str) -> tuple[float, str]:
    text = cell if cell in marks else tidy(cell)
    if text in marks:
        flag = marks[text]
        if not set(flag_words(flag)) & set(WITHOUT_VALUE):
            problem = f"the mark {text!r} stands alone, but its flag {flag} goes with a value."
            raise CellError(where, row, column, problem)
        return float("nan"), flag
    match = _CELL.fullmatch(text)
    if match is None or (match["mark"] is not None and match["mark"] not in marks):
        known = ", ".join(repr(mark) for mark in marks) or "none"
        problem = f"expected a number or a declared mark ({known}), got {cell!r}. "
        problem += "Correct the cell, or declare the mark under missing: in the source's definition."
        raise CellError(where, row, column, problem)
    if match["percent"] and not percent:
        problem = f"got {cell!r}, and the unit of the series is not %. Correct the cell, or the unit."
        raise CellError(where, row, column, problem)
    flag = marks[match["mark"]] if match["mark"] is not None else ""
    if set(flag_words(flag)) & set(WITHOUT_VALUE):
        problem = f"{cell!r} has a value, but the flag {flag} of its mark says that there is none."
        raise CellError(where, row, column, problem)
    number = match["number"].translate(_TO_ASCII)
    if number.startswith("-") and not number.strip("-0"):
        raise CellError(where, row, column, f"{cell!r} is no figure: a minus before nought. Correct the cell.")
    value = float(number)
    if not abs(value) < LARGEST:
        problem = f"{cell!r} is larger than any figure there is ({LARGEST:.0e} at the most). Correct the cell."
        raise CellError(where, row, column, problem)
    return value, flag


def read_statuses(cells: pd.Series, statuses: Mapping[str, str], where: str) -> Array:
    """Flags of a status column; an empty cell says nothing.

    Raises
    ------
    CellError
        If a status is not declared under the source's ``statuses:``.
    """
    check_marks(statuses, where)
    known = {"": "", **statuses}
    unknown = ~cells.isin(list(known))
    if unknown.any():
        row = cells.index[unknown][0]
        problem = (
            f"the status {cells.loc[row]!r} is not declared. Declare it under statuses: in the source's definition."
        )
        raise CellError(where, int(row), str(cells.name), problem)
    return np.array([known[cell] for cell in cells], dtype=object)


def read_words(cells: pd.Series, words: Mapping[str, str], where: str) -> Array:
    """The words of a column in ours; ``words`` maps the publisher's, in lower case.

    Raises
    ------
    CellError
        If a word is not known.
    """
    known = {cell: words.get(tidy(cell).lower(), "") for cell in cells.unique()}
    unknown = [cell for cell, word in known.items() if not word]
    if unknown:
        row = cells.index[cells.isin(unknown)][0]
        expected = ", ".join(sorted(set(words.values())))
        raise CellError(where, int(row), str(cells.name), f"{cells.loc[row]!r} is not known; expected {expected}.")
    return np.array([known[cell] for cell in cells], dtype=object)


def read_ages(cells: pd.Series, where: str) -> Array:
    """Ages in our words (``0``, ``1-4``, ``90+``, ``all``); what a spreadsheet makes of them (``04-Jan``) is refused.

    Raises
    ------
    CellError
        If a cell is no age.
    """
    bad = cells.isin([cell for cell in cells.unique() if not _is_age(cell)])
    if bad.any():
        row = cells.index[bad][0]
        problem = (
            f"{cells.loc[row]!r} is no age; expected such as 0, 1-4, 90+ or all (a spreadsheet makes dates of some)."
        )
        raise CellError(where, int(row), str(cells.name), problem)
    return cells.to_numpy(dtype=object)


def _is_age(cell: str) -> bool:
    match = _AGE.fullmatch(cell)
    return match is not None and (match["last"] is None or int(match["first"]) < int(match["last"]))


def split_ending(cells: pd.Series, statuses: Mapping[str, str]) -> tuple[pd.Series, Array]:
    """Text and flags of cells that may end in a declared mark in brackets: ``2021/22 (p)`` -> ``2021/22``, ``[p]``.

    Examples
    --------
    >>> texts, flags = split_ending(pd.Series(["2020/21", "2021/22 (p)"]), {"(p)": "[p]"})
    >>> texts.tolist(), flags.tolist()
    (['2020/21', '2021/22'], ['', '[p]'])
    """
    matches = {cell: _ENDING.fullmatch(cell) for cell in cells.unique()}
    found = {cell: match for cell, match in matches.items() if match and match["mark"] in statuses}
    texts = cells.map(lambda cell: found[cell]["text"] if cell in found else cell)
    flags = [statuses[found[cell]["mark"]] if cell in found else "" for cell in cells]
    return texts, np.array(flags, dtype=object)


def check_marks(marks: Mapping[str, str], where: str) -> None:
    """Refuse a declared mark whose flag is not one of the known symbols.

    Raises
    ------
    DefinitionError
        Naming the mark and the flag.
    """
    known = {*WITH_VALUE, *WITHOUT_VALUE}
    for mark, flag in marks.items():
        if not flag_words(flag) or not set(flag_words(flag)) <= known:
            raise DefinitionError(
                f"{where}: the mark {mark!r} is declared as {flag!r}; expected of {', '.join(sorted(known))}."
            )


def joined(first: Array, second: Array) -> Array:
    """Flags of two columns joined row by row; the few different pairs are joined once each."""
    both = first + second
    known = {flags: join_flags([flags]) for flags in set(both)}
    return np.array([known[flags] for flags in both], dtype=object)


def missing_with_reason(values: Array, flags: Array) -> Array:
    """Flags in which every missing value has its reason: ``[x]`` joins where the publisher gave only a mark of quality.

    Examples
    --------
    >>> missing_with_reason(np.array([1.0, np.nan]), np.array(["[u]", "[u]"], dtype=object)).tolist()
    ['[u]', '[u][x]']
    """
    empty = np.isnan(values)
    if not empty.any():
        return flags
    with_reason = {
        flag: flag if set(flag_words(flag)) & set(WITHOUT_VALUE) else join_flags([flag, "[x]"]) for flag in set(flags)
    }
    return np.array([with_reason[f] if no else f for f, no in zip(flags, empty, strict=True)], dtype=object)

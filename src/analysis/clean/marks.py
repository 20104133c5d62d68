"""Missing-value marks and status symbols, as each publisher declares them, as flags; an undeclared mark is refused."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from analysis.catalogue.flags import WITH_VALUE, WITHOUT_VALUE, flag_words, join_flags
from analysis.errors import DataError, DefinitionError

if TYPE_CHECKING:
    import pandas as pd

_NUMBER = r"[-+]?(?=\.?\d)(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+)?(?:[eE][-+]?\d+)?"
_CELL = re.compile(rf"(?P<number>{_NUMBER})(?:\s*(?P<mark>[^\d\s.,].*))?")
_NUMBER_ALONE = re.compile(_NUMBER)
_ENDING = re.compile(r"(?P<text>.*\S)\s*(?P<mark>\([^()]{1,3}\)|\[[^\[\]]{1,3}\])")


def split_marks(cells: pd.Series, marks: Mapping[str, str], where: str) -> tuple[pd.Series, pd.Series]:
    """Numbers and flags of a column of text.

    Parameters
    ----------
    cells : Series of str
        The publisher's cells; ``1,234`` is read as 1234.
    marks : mapping
        The publisher's mark -> flag, as the source's ``missing:`` declares: alone in a cell (``c``, ``""`` for an empty
        cell) it must map to a flag that says why there is no value; after a number (``12 p``) to one that goes with it.
    where : str
        The file, for error sentences; the index of ``cells`` is the row in it.

    Returns
    -------
    values : Series of float
        NaN where a mark stands.
    flags : Series of str
        ``""`` where a plain number stands.

    Raises
    ------
    DataError
        If a cell is neither a number nor a declared mark.

    Examples
    --------
    >>> import pandas as pd
    >>> marks = {"c": "[c]", "p": "[p]"}
    >>> values, flags = split_marks(pd.Series(["1,234", "c", "5 p"]), marks, "file.csv")
    >>> values.tolist(), flags.tolist()
    ([1234.0, nan, 5.0], ['', '[c]', '[p]'])
    """
    import pandas as pd

    check_marks(marks, where)
    known: dict[str, tuple[float, str]] = {}
    found = cells.to_numpy(dtype=object)
    for row, cell in zip(cells.index, found, strict=True):
        if cell not in known:
            known[cell] = read_cell(cell, marks, f"{where}, row {row}, column {cells.name!r}")
    pairs = [known[cell] for cell in found]
    values = pd.Series([value for value, _ in pairs], index=cells.index, dtype="float64")
    return values, pd.Series([flag for _, flag in pairs], index=cells.index, dtype=object)


def read_cell(cell: str, marks: Mapping[str, str], place: str) -> tuple[float, str]:
    """The number in a publisher's cell and its flag; no number where a declared mark stands alone.

    Raises
    ------
    DataError
        If the cell is neither a number nor a declared mark.

    Examples
    --------
    >>> read_cell("1,234", {}, "file.csv"), read_cell("5 p", {"p": "[p]"}, "file.csv")
    ((1234.0, ''), (5.0, '[p]'))
    """
    number = _read_number(cell)
    return _read(cell, marks, place) if number is None else (number, "")


def _read_number(cell: str) -> float | None:
    return float(cell.replace(",", "")) if _NUMBER_ALONE.fullmatch(cell) else None


def _read(cell: str, marks: Mapping[str, str], place: str) -> tuple[float, str]:
    text = cell.strip()
    if text in marks:
        flag = marks[text]
        if not set(flag_words(flag)) & set(WITHOUT_VALUE):
            raise DataError(f"{place}: the mark {text!r} stands alone, but its flag {flag} goes with a value.")
        return float("nan"), flag
    match = _CELL.fullmatch(text)
    if match and match["mark"] in marks:
        flag = marks[match["mark"]]
        if set(flag_words(flag)) & set(WITHOUT_VALUE):
            raise DataError(f"{place}: {cell!r} has a value, but the flag {flag} of its mark says that there is none.")
        return float(match["number"].replace(",", "")), flag
    known = ", ".join(repr(mark) for mark in marks) or "none"
    raise DataError(
        f"{place}: expected a number or a declared mark ({known}), got {cell!r}. "
        "Correct the cell, or declare the mark under missing: in the source's definition."
    )


def status_flags(cells: pd.Series, statuses: Mapping[str, str], where: str) -> pd.Series:
    """Flags of a status column; an empty cell says nothing.

    Raises
    ------
    DataError
        If a status is not declared under the source's ``statuses:``.
    """
    check_marks(statuses, where)
    known = {"": "", **statuses}
    unknown = ~cells.isin(list(known))
    if unknown.any():
        row = cells.index[unknown][0]
        raise DataError(
            f"{where}, row {row}, column {cells.name!r}: the status {cells.loc[row]!r} is not declared. "
            "Declare it under statuses: in the source's definition."
        )
    return cells.map(known).astype("str")


def split_ending(cells: pd.Series, statuses: Mapping[str, str]) -> tuple[pd.Series, pd.Series]:
    """Text and flags of cells that may end in a declared mark in brackets: ``2021/22 (p)`` -> ``2021/22``, ``[p]``.

    Examples
    --------
    >>> import pandas as pd
    >>> texts, flags = split_ending(pd.Series(["2020/21", "2021/22 (p)"]), {"(p)": "[p]"})
    >>> texts.tolist(), flags.tolist()
    (['2020/21', '2021/22'], ['', '[p]'])
    """
    matches = {cell: _ENDING.fullmatch(cell) for cell in cells.unique()}
    found = {cell: match for cell, match in matches.items() if match and match["mark"] in statuses}
    texts = cells.map(lambda cell: found[cell]["text"] if cell in found else cell)
    flags = cells.map(lambda cell: statuses[found[cell]["mark"]] if cell in found else "")
    return texts, flags


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


def missing_with_reason(values: pd.Series, flags: pd.Series) -> pd.Series:
    """Flags in which every missing value has its reason: ``[x]`` joins where the publisher gave only a mark of quality.

    Examples
    --------
    >>> import pandas as pd
    >>> missing_with_reason(pd.Series([1.0, float("nan")]), pd.Series(["[u]", "[u]"])).tolist()
    ['[u]', '[u][x]']
    """
    if values.notna().all():
        return flags
    says = {flag: bool(set(flag_words(flag)) & set(WITHOUT_VALUE)) for flag in flags.unique()}
    needs = values.isna() & ~flags.map(says).astype(bool)
    return flags.where(~needs, flags.map({flag: join_flags([flag, "[x]"]) for flag in says}))

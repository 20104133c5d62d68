"""Cells of open tables: none may run as a formula, and printed ones are taken apart so that numbers are numbers."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from analysis.catalogue.flags import WITHOUT_VALUE, flag_words
from analysis.errors import ReportError

_NUMBER = r"(?:0|[1-9]\d{0,2}(?:,\d{3})+|[1-9]\d*)(?:\.\d+)?"
# A number with words or brackets behind it, such as "+3.0 or more" or "-26.3 (-27.0 to -25.7)": no spreadsheet reads a
# sum in that. What calls (a letter before a bracket) or reaches elsewhere (quotes, bars, exclamation marks) is refused.
_PLAIN = re.compile(rf"[+-]?{_NUMBER}%?(?: [a-z(](?!.*[\w.]\()[^|!='\"@]*)?")
_SIGNS = "=@\t\r\n＝＋－＠"
_END = r"(?:[,\n]|\Z)"
_QUOTED = rf'"(?:[{_SIGNS}]|[+-](?!{_NUMBER}"{_END}))'
_UNQUOTED = rf"(?:[{_SIGNS.replace(chr(10), '')}]|[+-](?!{_NUMBER}{_END}))"
_STARTS = tuple("+-" + _SIGNS)
_SUSPECT = re.compile(rf"(?m)(?:^|,)(?:{_QUOTED}|{_UNQUOTED})")


def may_run(cell: str) -> bool:
    r"""Whether a spreadsheet that opens a CSV file could take the cell for a formula or a command.

    Examples
    --------
    >>> [may_run(cell) for cell in ("=1+1", "@SUM(A1)", "-1+1", "+cmd|' /C calc'!A0", "\t=1", "+1 (sum(a1))")]
    [True, True, True, True, True, True]
    >>> [may_run(cell) for cell in ("-5.4", "+3.0 or more", "-26.3 (-27.0 to -25.7)", "+3.6 (–; +1.1)", "−2.9")]
    [False, False, False, False, False]
    """
    return "\r" in cell or (cell.startswith(_STARTS) and not _PLAIN.fullmatch(cell))


def check_cells(name: str, text: str) -> None:
    """Refuse a CSV file in which a cell could run as a formula.

    Nothing is put in front of such a cell: a table that others read must hold what was published, so the cell is
    mended where it comes from.

    Raises
    ------
    ReportError
        Naming the file, the row and the cell.
    """
    if "\r" in text:
        line = text[: text.find("\r")].count("\n") + 1
        raise ReportError(
            f"{name}, row {line}: a carriage return, at which programs begin a row of their own; end lines with a line "
            "feed alone and leave carriage returns out of cells."
        )
    if _SUSPECT.search(text) is None:
        return
    for number, row in enumerate(csv.reader(io.StringIO(text)), start=1):
        for cell in row:
            if may_run(cell):
                raise ReportError(
                    f"{name}, row {number}: the cell {cell[:60]!r} could run as a formula in a spreadsheet; begin it "
                    "with a letter or a number where it is made."
                )


@dataclass(frozen=True)
class SheetColumn:
    """A column of a worksheet: its heading, its cells (numbers or text) and how each number is shown."""

    heading: str
    cells: Sequence[float | str]
    formats: Sequence[str] = ()


_FLAGS = r"(?P<flags>(?: ?\[[a-z]+\])*)"
_PRINTED = rf"[−+-]?{_NUMBER}"
_RANGE = rf"(?P<lower>{_PRINTED}) to (?P<upper>{_PRINTED})"
_UNIT = r"(?P<unit>%| \([^()]+\)| [^\[\](),\d][^\[\]()]*)?"
_SHAPES = tuple(
    re.compile(shape + _FLAGS)
    for shape in (
        _RANGE,
        rf"(?P<value>{_PRINTED}) of (?P<whole>{_PRINTED})",
        rf"(?P<value>{_PRINTED})(?P<unit>%?)(?: \({_RANGE}\))?",
        rf"(?P<minus>[−-]?)(?P<pound>£?)(?P<value>\+?{_NUMBER}){_UNIT}",
        rf"(?P<minus>[−-]?)(?P<pound>£?)(?P<value>\+?{_NUMBER})(?P<unit>%?)(?: \((?P<brackets>[^()]+)\))?",
    )
)
_NAMES = {"value": "", "whole": ", out of", "lower": ", lower", "upper": ", upper"}
_NOTHING = re.compile(r"(?:none)?((?:\[[a-z]+\])*)")
_YEARS = re.compile(r"(?:19|20)\d\d(?: to (?:19|20)\d\d)?")


def printed_columns(heading: str, cells: Sequence[str], units: Collection[str]) -> list[SheetColumn]:
    """A printed column as columns of a worksheet: numbers, their units, limits and symbols apart.

    A column is taken apart only if every cell of it has the same shape: a number with a known unit and symbols, a
    range, a part of a whole, or a number with a range in brackets. Where none is printed, the number is ``[x]``; any
    other column stays text, as do years.

    Parameters
    ----------
    heading : str
    cells : sequence of str
    units : collection of str
        Units in words that may follow a number.

    Returns
    -------
    list of SheetColumn
        At least one; the further ones are called after the first.

    Examples
    --------
    >>> for column in printed_columns("Ward", ["62.4% [r]", "none", "1,063.0% [e][r]"], ()):
    ...     print(column.heading, column.cells, column.formats)
    Ward (%) [62.4, '[x]', 1063.0] ['0.0', '', '#,##0.0']
    Ward, symbols ['[r]', 'none', '[e][r]'] ()
    >>> [column.cells for column in printed_columns("95% interval", ["−1.2 to 3.4"], ())]
    [[-1.2], [3.4]]
    >>> [column.heading for column in printed_columns("Level", ["76.2 years", "£1 million"], ["years", "£ million"])]
    ['Level', 'Level, unit']
    """
    nothing = [_NOTHING.fullmatch(cell) for cell in cells]
    dated = all(none or _YEARS.fullmatch(cell) for none, cell in zip(nothing, cells, strict=True))
    for shape in () if dated else _SHAPES:
        found = [None if none else shape.fullmatch(cell) for none, cell in zip(nothing, cells, strict=True)]
        if all(none or _fits(match, units) for none, match in zip(nothing, found, strict=True)):
            return _apart(heading, cells, found)
    return [SheetColumn(heading, [cell or "[z]" for cell in cells])]


def _fits(match: re.Match[str] | None, units: Collection[str]) -> bool:
    if match is None:
        return False
    groups = match.groupdict()
    if _YEARS.fullmatch(f"{groups.get('lower')} to {groups.get('upper')}"):
        return False
    unit = _unit(match)
    return unit in ("", "%", "£") or any(f"{unit} ".startswith(f"{one} ") for one in units)


def _unit(match: re.Match[str]) -> str:
    groups = match.groupdict()
    return f"{groups.get('pound') or ''} {(groups.get('unit') or '').strip(' ()')}".strip()


def _apart(heading: str, cells: Sequence[str], found: Sequence[re.Match[str] | None]) -> list[SheetColumn]:
    units = [_unit(match) if match else "" for match in found]
    different = {unit for unit, match in zip(units, found, strict=True) if match}
    same = f" ({units[next(i for i, match in enumerate(found) if match)]})" if len(different) == 1 else ""
    same = "" if same == " ()" else same
    columns = []
    for name, words in _NAMES.items():
        if any(match and match.groupdict().get(name) for match in found):
            texts = [_text(match, name) or _missing(cell) for match, cell in zip(found, cells, strict=True)]
            columns.append(_numbers(heading + words + same, texts))
    if not same and different - {""}:
        columns.append(SheetColumn(f"{heading}, unit", [unit or "[z]" for unit in units]))
    inside = [_text(match, "brackets") for match in found]
    if any(inside):
        columns.append(SheetColumn(f"{heading}, in brackets", [text or "[z]" for text in inside]))
    flags = [match["flags"] if match else cell.removeprefix("none") for match, cell in zip(found, cells, strict=True)]
    beside = [
        "".join(word for word in flag_words(flag.replace(" ", "")) if word not in WITHOUT_VALUE) for flag in flags
    ]
    if any(beside):
        columns.append(SheetColumn(f"{heading}, symbols", [flag or "none" for flag in beside]))
    return columns


def _text(match: re.Match[str] | None, name: str) -> str:
    groups = match.groupdict() if match else {}
    return (groups.get("minus") or "" if name == "value" else "") + (groups.get(name) or "")


def _missing(cell: str) -> str:
    """What stands for a number that is not printed.

    Examples
    --------
    >>> _missing("none"), _missing("[u][x]"), _missing("[c]"), _missing("0.1")
    ('[x]', '[x]', '[c]', '[x]')
    """
    printed = flag_words(cell.removeprefix("none")) if _NOTHING.fullmatch(cell) else []
    return "".join(word for word in printed if word in WITHOUT_VALUE) or "[x]"


def _numbers(heading: str, texts: Sequence[str]) -> SheetColumn:
    cells = [text if text.startswith("[") else float(text.replace(",", "").replace("−", "-")) for text in texts]
    return SheetColumn(heading, cells, ["" if text.startswith("[") else _format(text) for text in texts])


def _format(text: str) -> str:
    """The spreadsheet's own format for a number as it is printed.

    Examples
    --------
    >>> _format("1,063.0"), _format("7")
    ('#,##0.0', '0')
    """
    decimals = text.partition(".")[2]
    return ("#,##0" if "," in text else "0") + ("." + "0" * len(decimals) if decimals else "")

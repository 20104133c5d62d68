"""Cells of a workbook that hold no figure: errors, and formulas that no spreadsheet has ever computed.

A reader of values gives both as blank, and a blank may mean that the publisher has no figure. They are found in the
sheet's own XML.
"""

from __future__ import annotations

import re
import zipfile
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree as ET

_ERROR = re.compile(rb'<(?:\w+:)?c\b([^>]*\bt="e"[^>]*)>.*?<(?:\w+:)?v>([^<]*)</', re.DOTALL)
_FORMULA = re.compile(
    rb"<(?:\w+:)?c\b([^>]*)>\s*<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>([^<]*)</(?:\w+:)?f>)\s*"
    rb"(?=</(?:\w+:)?c>|<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</)"
)
_REFERENCE = re.compile(rb'\br="([A-Z]{1,3})([0-9]+)"')
Found = dict[tuple[int, int], tuple[str, str]]


def spoilt_cells(path: Path, sheet: str) -> Found:
    """Errors and formulas without a value in a sheet, by line (from 1) and place (from 0): their text, and what it is.

    Returns
    -------
    dict
        Empty for a workbook of another make (``.xls``, ``.ods``).
    """
    try:
        with zipfile.ZipFile(path) as archive:
            part = _part_of(archive, sheet)
            content = archive.read(part) if part else b""
    except (zipfile.BadZipFile, KeyError, ET.ParseError):
        return {}
    found: Found = {}
    if b't="e"' in content:
        for match in _ERROR.finditer(content):
            _put(found, match[1], match[2].decode("utf-8", "replace"), "it is an error of the spreadsheet, not a blank")
    if b"<f" in content or b":f" in content:
        for match in _FORMULA.finditer(content):
            if b't="str"' not in match[1]:
                text = "=" + (match[2] or b"").decode("utf-8", "replace")
                _put(found, match[1], text, "the formula was never computed: open and save the file in a spreadsheet")
    return found


def column_letters(place: int) -> str:
    """The letters of a column, from its place (from 0).

    Examples
    --------
    >>> [column_letters(place) for place in (0, 25, 26, 701, 702)]
    ['A', 'Z', 'AA', 'ZZ', 'AAA']
    """
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _put(found: Found, attributes: bytes, text: str, told: str) -> None:
    reference = _REFERENCE.search(attributes)
    if reference is not None:
        place = 0
        for letter in reference[1].decode():
            place = 26 * place + ord(letter) - ord("A") + 1
        found[int(reference[2]), place - 1] = (text, told)


def _part_of(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """The part of the archive that holds a sheet."""
    book = ET.fromstring(archive.read("xl/workbook.xml"))
    links = ET.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    targets = {link.get("Id"): str(link.get("Target")) for link in links}
    for element in book.iter():
        if element.tag.endswith("}sheet") and element.get("name") == sheet:
            key = next((value for name, value in element.attrib.items() if name.endswith("}id")), None)
            target = targets.get(key)
            if target:
                return target.lstrip("/") if target.startswith("/") else str(PurePosixPath("xl") / target)
    return None

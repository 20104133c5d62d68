"""Publishers' text made comparable: invisible signs taken out, notes told from headings, look-alikes of codes found."""

from __future__ import annotations

import re
import unicodedata

_NOTE = re.compile(
    r"\s*(?:[\[(]\s*(?:see\s+)?(?:foot)?notes?\s*[0-9a-z]{0,3}(?:\s*(?:,|and|&)\s*(?:notes?\s*)?[0-9a-z]{1,3})*\s*[\])]"
    r"|\[[0-9]{1,2}(?:\s*,\s*[0-9]{1,2})*\]|[\u00b9\u00b2\u00b3\u2070-\u2079]+|[*\u2020\u2021]+)",
    re.IGNORECASE,
)
_WHOLE = re.compile(r"[0-9]{1,12}|[1-9][0-9]{0,2}(?:,[0-9]{3}){1,3}|[1-9][0-9]{0,2}(?: [0-9]{3}){1,3}")
_LETTERS = str.maketrans("\u0415\u0435\u0395\u0405\u0455\u039d\u041a\u039a\u051c", "EEESSNKKW")
_FIGURES = str.maketrans("Oo\u041e\u043e\u039f\u03bfIl|\u0406\u0456\u0399", "000000111111")


def visible(text: str) -> str:
    r"""Text without the signs that nobody sees: zero-width and direction marks go, blanks of all widths are spaces.

    Examples
    --------
    >>> visible("\ufeffLower\u00a0layer\nArea\u200b ")
    'Lower layer\nArea'
    """
    if not text.isascii():
        text = "".join(" " if unicodedata.category(c) == "Zs" else c for c in text if unicodedata.category(c) != "Cf")
    return text.strip()


def tidy(text: str) -> str:
    r"""Visible text in one line, words parted by one space.

    Examples
    --------
    >>> tidy("Lower\u00a0 layer\n Area\u200b ")
    'Lower layer Area'
    """
    return " ".join(visible(text).split())


def without_notes(heading: str) -> str:
    r"""A heading without the notes that hang on it: ``[note 3]``, ``(see note 2)``, ``[1]``, raised figures, asterisks.

    Marks of a status (``(p)``, ``[r]``) say something of the figures and stay.

    Examples
    --------
    >>> without_notes("2021/22 [note 3]"), without_notes("Households* \u00b9"), without_notes("2021/22 (p)")
    ('2021/22', 'Households', '2021/22 (p)')
    """
    return tidy(_NOTE.sub("", tidy(heading)))


def heading_key(heading: str) -> str:
    r"""What two spellings of one heading have in common: no notes, no invisible signs, one case, one kind of dash.

    Examples
    --------
    >>> heading_key("LSOA  Code [note 1]") == heading_key("LSOA\ncode")
    True
    """
    return re.sub("[\u2010-\u2015\u2212]", "-", without_notes(heading)).casefold()


def code_key(text: str) -> str:
    r"""What a code and its look-alikes have in common: upper case, figures for the letters that are drawn like them.

    For telling a person what a code may have been, and for refusing it; case and invisible signs alone are ever mended.

    Examples
    --------
    >>> code_key("e0100651O"), code_key("\u0415\uff101006510")
    ('E01006510', 'E01006510')
    """
    plain = unicodedata.normalize("NFKC", tidy(text)).replace(" ", "")
    return (plain[:1].translate(_LETTERS) + plain[1:].translate(_FIGURES)).upper()


def whole_number(text: str) -> int | None:
    """A whole number as publishers write it, thousands in groups of three; None for anything else.

    Examples
    --------
    >>> whole_number("1,234"), whole_number("12"), whole_number("0,986"), whole_number("1_0"), whole_number("12.5")
    (1234, 12, None, None, None)
    """
    return int(re.sub("[, ]", "", text)) if _WHOLE.fullmatch(visible(text)) else None

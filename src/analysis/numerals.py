"""How a number is written in a table, and how what was written is compared."""

from __future__ import annotations

import math
from decimal import Decimal

SIGNIFICANT_DIGITS = 12


def format_number(value: float) -> str:
    """A number with at most twelve significant digits, plain notation, empty where missing.

    Examples
    --------
    >>> format_number(25833.570000000003), format_number(134.0), format_number(float("nan"))
    ('25833.57', '134', '')
    """
    if math.isnan(value):
        return ""
    text = f"{value:.{SIGNIFICANT_DIGITS}g}"
    if "e" in text:
        text = f"{Decimal(text):f}"
    return "0" if text == "-0" else text

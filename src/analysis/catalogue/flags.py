"""The flags of the Government Analysis Function: the symbols that stand beside a value, or say why there is none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from analysis.catalogue.bounds import Bound
from analysis.errors import one_of

FLAGS = {
    "[b]": "break in the series",
    "[c]": "confidential",
    "[e]": "estimated, or stands in for an earlier date",
    "[f]": "forecast",
    "[low]": "low figure",
    "[p]": "provisional",
    "[r]": "revised since: only a later vintage is held",
    "[u]": "low reliability",
    "[w]": "none recorded in survey",
    "[x]": "not available",
    "[z]": "not applicable",
}
"""Every symbol, and what it means here."""
WITHOUT_VALUE = ("[c]", "[w]", "[x]", "[z]")
WITH_VALUE = tuple(symbol for symbol in FLAGS if symbol not in WITHOUT_VALUE)


def flag_words(flag: str) -> list[str]:
    """Split ``"[e][u]"`` into its symbols.

    Examples
    --------
    >>> flag_words("[e][u]")
    ['[e]', '[u]']
    """
    return [word + "]" for word in flag.split("]") if word]


def join_flags(words: Sequence[str]) -> str:
    """Join symbols, each once, in alphabetical order.

    Examples
    --------
    >>> join_flags(["[u]", "[e]", "[u]", ""])
    '[e][u]'
    """
    return "".join(sorted({symbol for word in words for symbol in flag_words(word)}))


def _known(flag: str) -> bool:
    return flag != "" and set(flag_words(flag)) <= set(FLAGS)


Flags = Annotated[str, Bound(f"one or more of {one_of(FLAGS)}", _known)]

"""The flags of the Government Analysis Function: the symbols that stand beside a value, or say why there is none."""

from __future__ import annotations

from collections.abc import Sequence

WITHOUT_VALUE = ("[c]", "[w]", "[x]", "[z]")
WITH_VALUE = ("[b]", "[e]", "[f]", "[low]", "[p]", "[r]", "[u]")


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

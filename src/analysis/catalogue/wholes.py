"""What a source says of its own series: which of them are parts of which."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Whole:
    """What a series is the whole of: ``parts`` sum to it, each series of ``among`` counts some of it.

    ``sexes`` says that its persons are its men and women together.
    """

    parts: tuple[str, ...] = ()
    among: tuple[str, ...] = ()
    sexes: bool = False

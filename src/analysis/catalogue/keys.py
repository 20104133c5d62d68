"""Every key that a definition may have: what it says, what it holds, whether it must stand; read from the model itself.

The sentences stand in ``keys.yml`` beside this file; types and bounds are those of the dataclasses, which refuse what
does not fit.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import types
import typing
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from analysis.catalogue.bounds import FILLED, Bound
from analysis.catalogue.model import Break, Correction, Edition, HeadlineRules, Indicator, KnownGap, LeftOut, Place
from analysis.catalogue.plans import Plan
from analysis.catalogue.source import Source
from analysis.catalogue.strict import load_yaml

FILES: Mapping[str, Any] = {
    "editions/<id>.yml": Edition,
    "indicators/<id>.yml": Indicator,
    "sources/<id>.yml": Source,
    "plans/<id>.yml": Plan,
    "places/<id>.yml": Place,
    "corrections/<id>.yml": Correction,
    "breaks.yml": Break,
    "known_gaps.yml": KnownGap,
    "left_out.yml": LeftOut,
    "headline_rules.yml": HeadlineRules,
}
"""What lies where under ``definitions``; files of a list hold one for each entry."""
PLAIN: Mapping[Any, str] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    dt.date: "a day such as 2030-03-31",
}


class Key(NamedTuple):
    """One key: its name, the sentence about it, what it holds, whether it must stand, and what its value is made of."""

    name: str
    about: str
    holds: str
    needed: bool
    within: tuple[Any, ...]


def shapes() -> list[Any]:
    """Every class of the model in the order in which a reader meets it: files first, then what they hold."""
    found = list(FILES.values())
    for shape in found:
        found += [one for key in keys(shape) for one in key.within if one not in found]
    return found


def keys(shape: Any) -> list[Key]:
    """The keys of a class of the model, in its order."""
    hints = typing.get_type_hints(shape, include_extras=True)
    texts = _texts()[shape.__name__]
    if dataclasses.is_dataclass(shape):
        missing = dataclasses.MISSING
        needed = {
            one.name: one.default is missing and one.default_factory is missing
            for one in dataclasses.fields(shape)
            if one.init
        }
    else:
        needed = {name: shape.__total__ or typing.get_origin(hint) is typing.Required for name, hint in hints.items()}
    return [
        Key(name, texts[name], "; ".join(dict.fromkeys(_words(hints[name]))), must, tuple(_shapes(hints[name])))
        for name, must in needed.items()
    ]


def _texts() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = load_yaml(Path(__file__).with_name("keys.yml"))
    return found


def _words(hint: Any) -> Iterator[str]:
    """What a type holds, in words: its bounds say it where it has any."""
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Annotated:
        bounds = [one.says for one in parts[1:] if isinstance(one, Bound) and one is not FILLED]
        yield from bounds or _words(parts[0])
    elif origin in (typing.Union, types.UnionType):
        yield " or ".join(word for part in parts if part is not type(None) for word in _words(part))
    elif origin is typing.Literal:
        yield " or ".join(f"`{word}`" for word in parts)
    elif origin in (tuple, list):
        yield f"list of {_one(parts[0])}"
    elif origin in (typing.Required, typing.NotRequired):
        yield from _words(parts[0])
    elif isinstance(origin, type) and issubclass(origin, Mapping):
        yield f"{_one(parts[0])}: {_one(parts[1])}"
    elif dataclasses.is_dataclass(hint) or typing.is_typeddict(hint):
        yield f"[{hint.__name__}](#{hint.__name__.lower()})"
    else:
        yield PLAIN[hint]


def _one(hint: Any) -> str:
    return "; ".join(_words(hint))


def _shapes(hint: Any) -> Iterator[Any]:
    """The classes of the model that a type is made of."""
    if dataclasses.is_dataclass(hint) or typing.is_typeddict(hint):
        yield hint
    for part in typing.get_args(hint):
        if not isinstance(part, (Bound, str)):
            yield from _shapes(part)

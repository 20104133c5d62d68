"""Read a YAML definition strictly into frozen dataclasses: a wrong key or type is refused with file and line."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar, cast

import yaml

from analysis.errors import DefinitionError

T = TypeVar("T")

_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Base):  # type: ignore[misc]
    """The safe loader (in C where available), refusing a key that stands twice in one mapping."""

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                problem = f"the key {key.value!r} stands twice"
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def load_yaml(path: Path) -> Any:
    """Parse one YAML file.

    Raises
    ------
    DefinitionError
        If the file is not UTF-8 YAML, or names a key twice.
    """
    try:
        text = path.read_text(encoding="utf-8")
        return yaml.load(text, Loader=_Loader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        problem = getattr(error, "problem", None) or error
        raise DefinitionError(f"{where}: not valid YAML: {problem}. Correct the line.") from error


def load_as(cls: type[T], path: Path) -> T:
    """Load ``path`` as an instance of the dataclass ``cls``.

    Raises
    ------
    DefinitionError
        Naming the file, the line, what was expected and what was found.
    """
    return build(cls, load_yaml(path), path)


def build(cls: type[T], data: Any, path: Path, at: tuple[str | int, ...] = ()) -> T:
    """Build the dataclass ``cls`` from parsed YAML; ``at`` is the place inside the file, for error sentences."""
    if not isinstance(data, Mapping):
        raise complaint(path, at, f"expected a mapping of {cls.__name__.lower()} keys, got {_shown(data)}")
    hints = _hints(cast("Any", cls))
    fields = {f.name: f for f in dataclasses.fields(cls) if f.init}  # type: ignore[arg-type]
    for key in data:
        if key not in fields:
            known = ", ".join(sorted(fields))
            raise complaint(path, (*at, key), f"unknown key {key!r}; expected one of {known}")
    values: dict[str, Any] = {}
    for name, field in fields.items():
        if name in data:
            values[name] = _convert(hints[name], data[name], path, (*at, name))
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            raise complaint(path, at, f"the key {name!r} is missing")
    return cls(**values)


def complaint(path: Path, at: tuple[str | int, ...], problem: str) -> DefinitionError:
    """A DefinitionError that names the file, the line of the place ``at`` and the problem."""
    line = _line_of(path, at)
    place = ".".join(str(step) for step in at)
    return DefinitionError(f"{path}{f':{line}' if line else ''}: {f'{place}: ' if place else ''}{problem}.")


@functools.cache
def _hints(cls: Any) -> dict[str, Any]:
    return typing.get_type_hints(cls)


def _convert(hint: Any, value: Any, path: Path, at: tuple[str | int, ...]) -> Any:  # noqa: PLR0911, PLR0912
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if hint is Any:
        return value
    if origin in (typing.Union, types.UnionType):
        if value is None and type(None) in args:
            return None
        plain = [arg for arg in args if arg is not type(None)]
        if len(plain) == 1:
            return _convert(plain[0], value, path, at)
        for arg in plain:
            if isinstance(value, arg):
                return value
        raise complaint(path, at, f"expected {' or '.join(a.__name__ for a in plain)}, got {_shown(value)}")
    if origin is typing.Literal:
        if value not in args:
            raise complaint(path, at, f"expected one of {', '.join(map(repr, args))}, got {_shown(value)}")
        return value
    if origin is tuple:
        if not isinstance(value, list):
            raise complaint(path, at, f"expected a list, got {_shown(value)}")
        return tuple(_convert(args[0], item, path, (*at, index)) for index, item in enumerate(value))
    if origin in (dict, Mapping, typing.Mapping) or getattr(origin, "__name__", "") == "Mapping":
        if not isinstance(value, dict):
            raise complaint(path, at, f"expected a mapping, got {_shown(value)}")
        return {
            _convert(args[0], key, path, (*at, key)): _convert(args[1], item, path, (*at, key))
            for key, item in value.items()
        }
    if dataclasses.is_dataclass(hint):
        return build(typing.cast(type, hint), value, path, at)
    return _plain(hint, value, path, at)


def _plain(hint: Any, value: Any, path: Path, at: tuple[str | int, ...]) -> Any:
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if hint is str and isinstance(value, dt.date):
        return value.isoformat()
    if hint is dt.date and isinstance(value, dt.datetime):
        raise complaint(path, at, "expected a date without a time")
    if isinstance(value, hint) and not (hint is int and isinstance(value, bool)):
        return value
    raise complaint(path, at, f"expected {hint.__name__}, got {_shown(value)}")


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _line_of(path: Path, at: tuple[str | int, ...]) -> int | None:
    """Line (1-based) of the place ``at``, or of its nearest parent; None where the file cannot be composed."""
    if not path.is_file():
        return None
    node: Any = yaml.compose(path.read_text(encoding="utf-8"), Loader=_Loader)
    if node is None:
        return None
    line = int(node.start_mark.line) + 1
    for step in at:
        if isinstance(node, yaml.MappingNode):
            for key, child in node.value:
                if key.value == str(step):
                    node, line = child, int(key.start_mark.line) + 1
                    break
            else:
                return line
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = int(node.start_mark.line) + 1
        else:
            return line
    return line

"""Read a YAML definition strictly into frozen dataclasses: a wrong key or type is refused with file and line."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import math
import re
import reprlib
import types
import typing
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar, cast

import yaml

from analysis.catalogue.bounds import BLANK, Bound
from analysis.errors import DefinitionError

T = TypeVar("T")
EMPTY = "it is empty, and has to hold something"
DEEPEST = 50
"""Lists and mappings inside each other; a file that goes deeper is no definition, and would end the reader of YAML."""

_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


_STRING, _LIST, _MAPPING = (f"tag:yaml.org,2002:{name}" for name in ("str", "seq", "map"))


class _Loader(_Base):  # type: ignore[misc]
    """The safe loader (in C where available), refusing a key that stands twice in one mapping.

    Text, lists and mappings are built here in one walk, which costs half of what the general constructor does; dates,
    numbers and whatever is not plain go to that constructor.
    """

    def get_single_data(self) -> Any:
        node = self.get_single_node()
        return None if node is None else self._value(node, {})

    def _value(self, node: Any, made: dict[int, Any]) -> Any:
        if node.tag == _STRING:
            return node.value
        if node.tag not in (_LIST, _MAPPING):
            try:
                return self.construct_object(node, deep=True)
            except (ValueError, AttributeError) as error:  # 2018-02-30, and what is marked as a date and is none
                problem = f"{getattr(node, 'value', node.tag)!r} does not exist ({error})"
                raise yaml.constructor.ConstructorError(None, None, problem, node.start_mark) from error
        if id(node) in made:
            if made[id(node)] is None:
                raise yaml.constructor.ConstructorError(None, None, "an alias inside itself", node.start_mark)
            return made[id(node)]
        made[id(node)] = None
        made[id(node)] = (
            [self._value(item, made) for item in node.value] if node.tag == _LIST else self._mapping(node, made)
        )
        return made[id(node)]

    def _mapping(self, node: Any, made: dict[int, Any]) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(None, None, "a key is not one word", key.start_mark)
            if key.value in seen:
                problem = f"the key {key.value!r} stands twice"
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
            seen.add(key.value)
        if "<<" in seen:
            self.flatten_mapping(node)
        return {self._value(key, made): self._value(item, made) for key, item in node.value}


def load_yaml(path: Path) -> Any:
    """Parse one YAML file.

    Raises
    ------
    DefinitionError
        If the file is not UTF-8 YAML, or names a key twice.
    """
    try:
        text = path.read_text(encoding="utf-8")
        _check_depth(text, path)
        return yaml.load(text, Loader=_Loader)
    except OSError as error:
        raise DefinitionError(f"{path}: cannot be read: {error.strerror}. Restore the file.") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        problem = getattr(error, "problem", None) or error
        raise DefinitionError(f"{where}: not valid YAML: {problem}. Correct the line.") from error


def _check_depth(text: str, path: Path) -> None:
    """Refuse brackets, lists on one line or indents that open deeper than any definition: the C reader would crash."""
    depth = 0
    for found in _OPENING.finditer(text):
        depth += 1 if found[0] in "[{" else -1 if found[0] in "]}" else 0
        if depth > DEEPEST or len(found[0]) > 2 * DEEPEST:
            line = text.count("\n", 0, found.start()) + 1
            raise DefinitionError(f"{path}:{line}: lists and mappings lie more than {DEEPEST} deep. Correct the line.")
        depth = max(depth, 0)


_OPENING = re.compile(rf"[\[\]{{}}]|(?:[-?:] +){{{DEEPEST}}}|^ {{{4 * DEEPEST}}} *(?=\S+:(?: |$)|- )", re.MULTILINE)


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
    try:
        return cast("T", _converter(cast("Any", cls))(data))
    except _MisfitError as misfit:
        raise complaint(path, (*at, *reversed(misfit.steps)), misfit.problem) from None


def complaint(path: Path, at: tuple[str | int, ...], problem: str) -> DefinitionError:
    """A DefinitionError that names the file, the line of the place ``at`` and the problem."""
    line = _line_of(path, at)
    place = ".".join(str(step) for step in at)
    return DefinitionError(f"{path}{f':{line}' if line else ''}: {f'{place}: ' if place else ''}{problem}.")


class _MisfitError(Exception):
    """A value that does not fit, with the steps that lead to it, innermost first (added on the way out)."""

    def __init__(self, problem: str, *steps: str | int) -> None:
        super().__init__(problem)
        self.problem, self.steps = problem, list(steps)


@functools.cache
def _converter(hint: Any) -> Callable[[Any], Any]:  # noqa: PLR0911
    """What turns parsed YAML into a value of the type ``hint``, or refuses it; made once for each type."""
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if hint is Any:
        return lambda value: value
    if origin is typing.Annotated:
        convert = _plain(str, blank=True) if BLANK in args[1:] else _converter(args[0])
        return _bounded(convert, tuple(bound for bound in args[1:] if isinstance(bound, Bound)))
    if origin in (typing.Union, types.UnionType):
        return _one_of(args)
    if origin is typing.Literal:
        return _literal(args)
    if origin in (tuple, list):
        items = _items(_converter(args[0]))
        return items if origin is tuple else lambda value: list(items(value))
    if origin in (typing.Required, typing.NotRequired):
        return _converter(args[0])
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _entries(_converter(args[0]), _converter(args[1]))
    if dataclasses.is_dataclass(hint) or typing.is_typeddict(hint):
        return _fields(cast("Any", hint))
    return _plain(hint)


def _bounded(convert: Callable[[Any], Any], bounds: tuple[Bound, ...]) -> Callable[[Any], Any]:
    def converted(value: Any) -> Any:
        made = convert(value)
        for bound in bounds:
            if not bound.holds(made):
                raise _MisfitError(f"expected {bound.says}, got {_shown(value)}")
        return made

    return converted


def _fields(cls: Any) -> Callable[[Any], Any]:
    """A dataclass or a typed dictionary; a key that has to stand has to hold something."""
    hints = typing.get_type_hints(cls, include_extras=True)
    missing = dataclasses.MISSING
    if dataclasses.is_dataclass(cls):
        own = [field for field in dataclasses.fields(cls) if field.init]
        needed = [field.name for field in own if field.default is missing and field.default_factory is missing]
    else:
        own = []
        needed = [name for name, hint in hints.items() if cls.__total__ or typing.get_origin(hint) is typing.Required]
    convert = {name: _converter(hints[name]) for name in ([field.name for field in own] or hints)}
    for field in own:
        if field.default == "":  # what says nothing may be said
            convert[field.name] = _plain(str, blank=True)

    def converted(data: Any) -> Any:
        if not isinstance(data, Mapping):
            raise _MisfitError(f"expected a mapping of {cls.__name__.lower()} keys, got {_shown(data)}")
        for key in data:
            if key not in convert:
                raise _MisfitError(f"unknown key {key!r}; expected one of {', '.join(sorted(convert))}", key)
        for key in needed:
            if key not in data:
                raise _MisfitError(f"the key {key!r} is missing")
        made = {key: _at(key, convert[key], item) for key, item in data.items()}
        for key in needed:
            if made[key] in ((), {}):
                raise _MisfitError(EMPTY, key)
        return cls(**made)

    return converted


def _at(step: str | int, convert: Callable[[Any], Any], value: Any) -> Any:
    try:
        return convert(value)
    except _MisfitError as misfit:
        misfit.steps.append(step)
        raise


def _items(convert: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def converted(value: Any) -> Any:
        if not isinstance(value, list):
            raise _MisfitError(f"expected a list, got {_shown(value)}")
        made = tuple([_at(number, convert, item) for number, item in enumerate(value)])
        for number, item in enumerate(made):
            if item in made[:number]:
                raise _MisfitError(f"{_shown(value[number])} stands twice in the list", number)
        return made

    return converted


def _entries(convert_key: Callable[[Any], Any], convert: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def converted(value: Any) -> Any:
        if not isinstance(value, dict):
            raise _MisfitError(f"expected a mapping, got {_shown(value)}")
        return {_at(key, convert_key, key): _at(key, convert, item) for key, item in value.items()}

    return converted


def _one_of(args: tuple[Any, ...]) -> Callable[[Any], Any]:
    plain = tuple(arg for arg in args if arg is not type(None))
    optional = len(plain) < len(args)
    single = _converter(plain[0]) if len(plain) == 1 else None

    def converted(value: Any) -> Any:
        if value is None and optional:
            return None
        if single is not None:
            return single(value)
        if not isinstance(value, plain):
            raise _MisfitError(f"expected {' or '.join(arg.__name__ for arg in plain)}, got {_shown(value)}")
        return value

    return converted


def _literal(words: tuple[Any, ...]) -> Callable[[Any], Any]:
    def converted(value: Any) -> Any:
        if value not in words:
            raise _MisfitError(f"expected one of {', '.join(map(repr, words))}, got {_shown(value)}")
        return value

    return converted


def _plain(hint: Any, *, blank: bool = False) -> Callable[[Any], Any]:
    def converted(value: Any) -> Any:
        kind = type(value)
        if kind is str and hint is str and not blank and not value.strip():
            raise _MisfitError(EMPTY)
        if hint is float and kind in (int, float):
            if not math.isfinite(value):
                raise _MisfitError(f"expected a number that is one, got {value}")
            return float(value)
        if kind is hint:
            return value
        if hint is str and isinstance(value, dt.date):
            return value.isoformat()
        if hint is dt.date and isinstance(value, dt.datetime):
            raise _MisfitError("expected a date without a time")
        if isinstance(value, hint) and not (hint is int and kind is bool):
            return value
        raise _MisfitError(f"expected {hint.__name__}, got {_shown(value)}")

    return converted


def _shown(value: Any) -> str:
    text = _REPR.repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


_REPR = reprlib.Repr()
_REPR.maxstring = _REPR.maxlong = _REPR.maxother = 80


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

"""New definitions to fill in: an indicator, a source, a release of one, with what each key says beside it."""

from __future__ import annotations

import json
import re
import tempfile
import textwrap
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml

from analysis.catalogue.bounds import is_date
from analysis.catalogue.keys import Key, keys
from analysis.catalogue.load import load_definition
from analysis.catalogue.model import Indicator
from analysis.catalogue.source import Source
from analysis.catalogue.strict import load_as
from analysis.errors import UsageError, one_of
from analysis.paths import Project
from analysis.sources.releases import replace_file

WIDTH = 110
NAME = r"[a-z][a-z0-9_]*"


def new_indicator(project: Project, name: str) -> Path:
    """Write the file of a new indicator, every key explained; those that may be left out stand as comments.

    Raises
    ------
    UsageError
        If the name is none, or there is such an indicator.
    """
    return _write(project, Indicator, "indicators", name, {"id": name})


def new_source(project: Project, name: str, day: str) -> Path:
    """Write the file of a new source with one raw table and one release of it.

    Raises
    ------
    UsageError
        If the name is none, the day does not exist, or there is such a source.
    """
    given = {"id": name, "tables": "values", "releases": json.dumps(_day(day)), "published": json.dumps(day)}
    return _write(project, Source, "sources", name, given)


def new_release(project: Project, source: str, day: str) -> tuple[Path, list[str]]:
    """Add a release to a source's file: a copy of its last one, in the same form, to be read again.

    The source's file is read alone, so that other definitions may be unfinished: an edition that pins the release, say.

    Parameters
    ----------
    project : Project
    source : str
    day : str
        When it came out: a year, a month or a day.

    Returns
    -------
    path : Path
        The source's file, which loads.
    todo : list of str
        What to look at in it, and what comes next.

    Raises
    ------
    UsageError
        If there is no such source, it knows the release, or the day does not exist.
    """
    path = project.definitions / "sources" / f"{source}.yml"
    if not path.is_file():
        near = get_close_matches(source, [one.stem for one in path.parent.glob("*.yml")], n=3, cutoff=0.5)
        raise UsageError(f"no source {source!r}; nearest are {one_of(near)}. See: sotc list sources.")
    known = load_definition(Source, path)
    held = known.releases
    if _day(day) in held:
        raise UsageError(f"{source} {day}: the release is known already. Pin it in an edition, or record its files.")
    last = max(held)
    text = _with_release(path.read_text(encoding="utf-8"), last, day)
    with tempfile.TemporaryDirectory() as temporary:
        draft = Path(temporary) / path.name
        draft.write_text(text, encoding="utf-8")
        load_as(Source, draft)
        replace_file(path, draft.read_bytes())
    facts = held[last].facts
    forms = [
        layout.name
        for table in known.tables.values()
        for layout in table.layouts
        if not layout.releases or last in layout.releases
    ]
    todo = [
        f"title and address are those of {last}: put those of {day} there",
        *([f"facts ({', '.join(facts)}) are those of {last}: put those of {day} there"] if facts else []),
        *(f"layout {form!r}: does the file of {day} come in this form? Else add one" for form in dict.fromkeys(forms)),
        f"sotc check; then sotc pull {source}, or sotc record {source} {day} FILE",
        f'pin it in the edition that uses it: {source}: ["{day}"]',
    ]
    return path, todo


def _with_release(text: str, last: str, day: str) -> str:
    """The text of a source's file with a release more after its last; comments and all else stay as they are."""
    root: Any = yaml.compose(text, Loader=yaml.SafeLoader)
    parts = {key.value: value for key, value in root.value}
    (key, value) = next(pair for pair in parts["releases"].value if pair[0].value == last)
    lines = text.splitlines(keepends=True)
    end = value.end_mark.line if value.end_mark.column == 0 else value.end_mark.line + 1
    while end > key.start_mark.line + 1 and not lines[end - 1].partition("#")[0].strip():
        end -= 1
    indent = " " * key.start_mark.column
    block = "".join(lines[key.start_mark.line : end])
    block = block if block.endswith("\n") else f"{block}\n"
    block = re.sub(r"\A(\s*)[^:]+|\A(\s*)(['\"]).*?\3", f"{indent}{json.dumps(day)}", block, count=1)
    block = re.sub(r"(?m)^(\s+published:\s*).*$", rf"\g<1>{json.dumps(day)}", block, count=1)
    edits = [(len("".join(lines[:end])), f"{indent}# Copied from {last}: read every line again.\n{block}")]
    edits += _listed(parts["tables"], last, day)
    if end == len(lines) and not text.endswith("\n"):
        text = f"{text}\n"
        edits[0] = len(text), edits[0][1]
    for at, more in sorted(edits, reverse=True):
        text = text[:at] + more + text[at:]
    return text


def _listed(node: Any, last: str, day: str) -> Iterator[tuple[int, str]]:
    """Where the layouts of the last release list it: each takes the new one as well."""
    seen: set[int] = set()
    waiting = [node]
    while waiting:
        one = waiting.pop()
        for key, value in one.value if isinstance(one, yaml.MappingNode) else []:
            items = value.value if isinstance(value, yaml.SequenceNode) else []
            known = [item for item in items if isinstance(item, yaml.ScalarNode) and item.value == last]
            if key.value == "releases" and known and known[0].start_mark.index not in seen:
                seen.add(known[0].start_mark.index)
                more = f"- {json.dumps(day)}"
                after = f"\n{' ' * (known[0].start_mark.column - 2)}{more}"
                yield known[0].end_mark.index, f", {json.dumps(day)}" if value.flow_style else after
            waiting.append(value)
        waiting += [item for item in one.value if isinstance(one, yaml.SequenceNode)]


def _write(project: Project, shape: Any, kind: str, name: str, given: Mapping[str, str]) -> Path:
    path = project.definitions / kind / f"{name}.yml"
    if not re.fullmatch(NAME, name):
        raise UsageError(f"{name!r} is no name: expected small letters, digits and '_', such as 'employment_rate'.")
    if path.exists():
        raise UsageError(f"{project.shown(path)}: is there already. Edit it, or choose another name.")
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, ("\n".join(_lines(shape, given, 0)) + "\n").encode("utf-8"))
    return path


def _lines(shape: Any, given: Mapping[str, str], depth: int) -> Iterator[str]:
    """The keys of a class of the model, those needed first; what is not given stands empty, and so is refused."""
    indent = "  " * depth
    for key in keys(shape):
        if key.needed:
            yield from _comment(key, indent)
            yield from _needed(key, given, depth)
    for key in keys(shape):
        if not key.needed:
            yield from _comment(key, f"{indent}# ")
            yield f"{indent}# {key.name}:"


def _needed(key: Key, given: Mapping[str, str], depth: int) -> Iterator[str]:
    indent = "  " * depth
    if not key.within:
        value = given.get(key.name, "")
        yield f"{indent}{key.name}: {f'[{value}]' if value and key.holds.startswith('list') else value}".rstrip()
        return
    yield f"{indent}{key.name}:"
    if key.holds.startswith("list of"):
        first, *others = _lines(key.within[0], given, depth + 2)
        yield f"{indent}  - {first.strip()}"
        yield from others
        return
    yield f"{indent}  {given[key.name]}:"
    yield from _lines(key.within[0], given, depth + 2)


def _comment(key: Key, indent: str) -> Iterator[str]:
    holds = re.sub(r"\[(\w+)\]\(#\w+\)", r"\1", key.holds).replace("`", "")
    for line in textwrap.wrap(f"{key.about.replace('`', '')} ({holds})", WIDTH):
        yield f"{indent}# {line}".replace("# # ", "# ")


def _day(day: str) -> str:
    if not is_date(day):
        raise UsageError(f"{day!r}: expected a year, a month or a day that exists, such as 2027-10-28.")
    return day

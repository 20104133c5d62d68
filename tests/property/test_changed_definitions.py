"""Every definition changed: a key removed, misspelt, emptied, of another type or out of range, an entry doubled.

Each change is refused with file and line, or harmless by one of the named rules at the end. The suite tries a seeded
sample; ``make fuzz`` tries every kind of change at every kind of place.
"""

from __future__ import annotations

import copy
import dataclasses
import datetime as dt
import os
import random
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

from analysis.audit.publisher import load_checks as load_publisher_checks
from analysis.catalogue import assurance
from analysis.catalogue.columns import load_table_texts
from analysis.catalogue.load import Catalogue, check_catalogue, load_catalogue, load_definition
from analysis.catalogue.model import Correction, Edition, Indicator, Place
from analysis.catalogue.plans import Plan
from analysis.catalogue.source import Source
from analysis.errors import DefinitionError
from analysis.paths import DEFINITIONS

EVERY = "FUZZ" in os.environ
SAMPLE = 250
KINDS = {"sources": Source, "indicators": Indicator, "plans": Plan, "places": Place, "editions": Edition}
KINDS |= {"corrections": Correction}
At = tuple[str | int, ...]


@dataclasses.dataclass(frozen=True)
class Case:
    """A change of one place of one file."""

    file: str
    at: At
    how: str
    value: Any = None

    def __str__(self) -> str:
        shown = "" if self.value is None else f" to {str(self.value)[:30]!r}"
        return f"{self.file} {'.'.join(map(str, self.at))} {self.how}{shown}"


def places(data: Any, at: At = ()) -> Iterator[At]:
    """Every key and entry of a parsed file."""
    entries = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, item in entries:
        yield (*at, key)
        yield from places(item, (*at, key))


def held(data: Any, at: At) -> Any:
    for step in at:
        data = data[step]
    return data


def misspelt(text: str) -> str:
    """The text with one letter gone; a figure is another."""
    found = re.search(r"[a-z]{2}", text) or re.search(r"\w", text)
    return text + "x" if found is None else text[: found.start()] + text[found.start() + 1 :]


def cases(file: str, data: Any) -> Iterator[Case]:
    """Each way to change each kind of place once: the first place of the kind, or all in a file of one kind alone."""
    for at in places(data):
        item = held(data, at)
        yield Case(file, at, "removed")
        if isinstance(at[-1], str):
            yield Case(file, at, "misspelt key", misspelt(at[-1]))
        else:
            yield Case(file, at, "doubled")
        others = [value for value in ("words", 7, [7], {"a": 7}, None, True) if type(value) is not type(item)]
        yield from (Case(file, at, "of another type", value) for value in others)
        if isinstance(item, str) and item:
            yield Case(file, at, "misspelt", misspelt(item))
        if isinstance(item, str | list | dict) and item:
            yield Case(file, at, "empty", type(item)())
        if isinstance(item, int | float) and not isinstance(item, bool):
            yield from (Case(file, at, "out of range", value) for value in (-1, -1e9, 1e12, float("nan"), float("inf")))


def shape(case: Case) -> tuple[object, ...]:
    """What kind of change at what kind of place it is: names of free choice and positions do not count."""
    kind = case.file.split("/")[0]
    free = {
        "columns",
        "series",
        "tables",
        "releases",
        "constants",
        "recode",
        "names",
        "sum_columns",
        "missing",
        "breaks",
    }
    steps: list[object] = []
    for before, step in zip((None, *case.at), case.at, strict=False):
        loose = isinstance(step, int) or before in free or (len(case.at) and kind in LOOSE and not steps)
        steps.append("*" if loose else step)
    value = "" if case.how in ("misspelt", "misspelt key") else repr(case.value)
    return kind, tuple(steps), case.how, value


LOOSE = {"geographies.yml", "units.yml"}


def changed(data: Any, case: Case) -> Any:
    data = copy.deepcopy(data)
    above, last = held(data, case.at[:-1]), case.at[-1]
    if case.how == "removed":
        del above[last]
    elif case.how == "doubled":
        above.insert(last, copy.deepcopy(above[last]))
    elif case.how == "misspelt key":
        items = [(case.value if key == last else key, item) for key, item in above.items()]
        above.clear()
        above.update(items)
    else:
        above[last] = case.value
    return data


class Bench:
    """A copy of all definitions in which one file at a time is changed, loaded and put back."""

    def __init__(self, folder: Path) -> None:
        self.folder = Path(shutil.copytree(DEFINITIONS, folder))
        write(self.folder / "corrections" / "two-digits.yml", CORRECTION)
        self.catalogue = load_catalogue(self.folder)

    def attempt(self, case: Case, data: Any) -> str | None:
        """The sentence by which a change is refused, or None."""
        path = self.folder / case.file
        before = path.read_bytes()
        write(path, changed(data, case))
        try:
            self.load(case.file)
        except DefinitionError as error:
            sentence = str(error)
            assert re.match(rf"{re.escape(str(self.folder))}/[\w/.-]+\.yml:\d+: ", sentence), f"{case}: {sentence}"
            assert len(sentence) < LONGEST + len(str(path)), f"{case}: {sentence}"
            return sentence
        finally:
            path.write_bytes(before)
        return None

    def load(self, file: str) -> None:
        kind, _, name = file.partition("/")
        if kind in KINDS:
            one = load_definition(KINDS[kind], self.folder / file)
            others = getattr(self.catalogue, kind)
            check_catalogue(dataclasses.replace(self.catalogue, **{kind: {**others, name.removesuffix(".yml"): one}}))
        elif kind in LOADERS:
            LOADERS[kind](self.catalogue)
        else:
            load_catalogue(self.folder)


LONGEST = 700
CORRECTION = {
    "id": "two-digits",
    "source": "fuel_poverty",
    "release": "2022-04-28",
    "table": "lsoa",
    "row": {"lsoa11_code": "E01006512"},
    "column": "fuel_poor_households",
    "expect": "12",
    "value": "21",
    "reason": "Two digits are swapped.",
    "said_by": "The publisher's enquiry desk",
    "date": dt.date(2024, 2, 1),
    "status": "proposed",
}
LOADERS: dict[str, Callable[[Catalogue], object]] = {
    "assumptions.yml": assurance.load_assumptions,
    "decisions.yml": assurance.load_decisions,
    "quality_assurance.yml": assurance.load_checks,
    "revisions_policy.yml": assurance.load_policy,
    "publisher_checks.yml": lambda catalogue: load_publisher_checks(catalogue.folder),
    "columns.yml": lambda catalogue: load_table_texts.__wrapped__(catalogue.folder / "columns.yml"),
}


def write(path: Path, data: Any) -> None:
    path.write_text(yaml.dump(data, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True), encoding="utf-8")


def load() -> tuple[dict[str, Any], list[Case]]:
    """Every file parsed, and one case of each shape, taken at random."""
    files = {path.relative_to(DEFINITIONS).as_posix(): path for path in sorted(DEFINITIONS.rglob("*.yml"))}
    data = {name: yaml.safe_load(path.read_text(encoding="utf-8")) for name, path in files.items()}
    data["corrections/two-digits.yml"] = CORRECTION
    chance = random.Random(20180731)
    found: dict[object, Case] = {}
    names = list(data)
    chance.shuffle(names)
    for name in names:
        listed = list(cases(name, data[name]))
        chance.shuffle(listed)
        for case in listed:
            found.setdefault(shape(case), case)
    chosen = sorted(found.values(), key=str)
    return data, chosen if EVERY else chance.sample(chosen, SAMPLE)

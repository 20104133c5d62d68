"""Every definition changed: a key removed, misspelt, emptied, of another type or out of range, an entry doubled.

Each change is refused with file and line, or harmless by one of the named rules at the end. The suite tries a seeded
sample; ``make fuzz`` tries every kind of change at every kind of place.
"""

from __future__ import annotations

import copy
import dataclasses
import datetime as dt
import itertools
import os
import random
import re
import shutil
import types
import typing
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from analysis.audit.publisher import PublisherCheck
from analysis.audit.publisher import load_checks as load_publisher_checks
from analysis.catalogue import assurance
from analysis.catalogue.columns import TableTexts, load_table_texts
from analysis.catalogue.geographies import GeographyDefinition
from analysis.catalogue.load import Catalogue, check_catalogue, load_catalogue, load_definition
from analysis.catalogue.model import Break, Correction, Edition, HeadlineRules, Indicator, KnownGap, LeftOut, Place
from analysis.catalogue.plans import Plan
from analysis.catalogue.source import Source
from analysis.catalogue.units import Unit
from analysis.errors import DefinitionError
from analysis.paths import DEFINITIONS

EVERY = "FUZZ" in os.environ
SAMPLE = 200
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
    steps: list[object] = ["*" if kind in NAMED or isinstance(case.at[0], int) else case.at[0]]
    for before, step in itertools.pairwise(case.at):
        steps.append("*" if isinstance(step, int) or before in FREE else step)
    return kind, tuple(steps), case.how, "" if case.how.startswith("misspelt") else repr(case.value)


NAMED = {"geographies.yml", "units.yml", "breaks.yml"}
FREE = {"columns", "series", "tables", "releases", "constants", "names", "sum_columns", "missing", "statuses", "breaks"}
FREE |= {
    "figures",
    "recode",
    "age",
    "domain",
    "licences",
    "leads_to",
    "deprivation_weights",
    "code_changes",
    "exceptions",
}


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


# The rules by which a change that is not refused does no harm.


def owner(case: Case) -> tuple[Any, Any]:
    """What declares the place of a change (a dataclass, a typed dictionary or a mapping), and the type declared."""
    kind = case.file.split("/")[0]
    hint = KINDS.get(kind, TOP.get(kind))
    above: Any = None
    for step in case.at:
        while typing.get_origin(hint) in (typing.Annotated, typing.Union, types.UnionType, typing.Required):
            hint = next(arg for arg in typing.get_args(hint) if arg is not type(None))
        above = hint
        if dataclasses.is_dataclass(hint) or typing.is_typeddict(hint):
            hint = typing.get_type_hints(hint, include_extras=True).get(str(step))
        else:
            hint = typing.get_args(hint)[-1 if typing.get_origin(hint) is not tuple else 0]
    return above, hint


TOP: dict[str, Any] = {
    "assumptions.yml": list[assurance.Assumption],
    "breaks.yml": list[Break],
    "columns.yml": TableTexts,
    "decisions.yml": list[assurance.Decision],
    "geographies.yml": dict[str, GeographyDefinition],
    "headline_rules.yml": HeadlineRules,
    "known_gaps.yml": list[KnownGap],
    "left_out.yml": list[LeftOut],
    "publisher_checks.yml": list[PublisherCheck],
    "quality_assurance.yml": list[assurance.Check],
    "revisions_policy.yml": assurance.RevisionsPolicy,
    "units.yml": dict[str, Unit],
}


def optional(case: Case) -> bool:
    """A key that need not stand says nothing when it is absent, null or empty: what its schema gives is meant."""
    above, declared = owner(case)
    if case.value is None and case.how == "of another type" and type(None) in typing.get_args(declared):
        return True
    if typing.is_typeddict(above):
        return case.how == "removed" and typing.get_origin(owner(case)[1]) is not typing.Required
    if not dataclasses.is_dataclass(above):
        return False
    field = {field.name: field for field in dataclasses.fields(above)}[str(case.at[-1])]
    has_default = field.default is not dataclasses.MISSING or field.default_factory is not dataclasses.MISSING
    return has_default and (case.how == "removed" or case.value in (None, "", [], {}))


def fewer(case: Case) -> bool:
    """One entry less of a list or of a mapping by names, to which nothing else refers: the rest is a definition."""
    return case.how == "removed" and not dataclasses.is_dataclass(owner(case)[0])


def words(case: Case) -> bool:
    """Text for people is printed as it stands; a reason in other words is a reason."""
    names = {step for step in case.at if isinstance(step, str)}
    return case.how in ("misspelt", "of another type") and isinstance(case.value, str) and bool(names & WORDS)


WORDS = {
    "about", "accountable", "area", "assumption", "attribution", "change", "changes", "check", "citation", "covers",
    "definition", "description", "does", "effect", "empty", "gap", "label", "licence", "licences", "limits", "method",
    "name", "not_comparable", "not_held", "not_testable", "note", "official", "open", "outcome", "pattern",
    "peers_name", "place", "plural", "publisher", "quality", "reason", "rules", "said_by", "selected", "source_stated",
    "statement", "tested", "text", "title", "trend", "unit", "vision", "wants", "why", "why_not_measured", "one_of",
    "source", "period", "comparison", "speaks",
}  # fmt: skip


def publishers_words(case: Case) -> bool:
    """Headings, marks and words of a publisher's file are held to the file itself when a release is recorded."""
    path = ".".join(map(str, case.at))
    return bool(PUBLISHERS.search(path)) and case.file.split("/")[0] in ("sources", "corrections")


PUBLISHERS = re.compile(
    r"layouts\.\d+\.(columns|constants|recode|sum_columns|where|sheet|header_row|blocks|melt|pivot|format|releases|"
    r"outlines|distinct|names)|published_unit|^missing|^statuses|^expect|^value|^row|files|address"
)


def described(case: Case) -> bool:
    """A description of a column by another name is found missing when a table with that column is written."""
    return case.file == "columns.yml" and case.how in ("misspelt key", "empty")


def plausible(case: Case) -> bool:
    """Another number where any is one: what a plan states, how far a unit or a column reaches, what is material."""
    field = next((step for step in reversed(case.at) if isinstance(step, str)), "")
    return type(case.value) in (int, float, bool) and field in {
        "value", "low", "high", "minimum", "maximum", "tolerance", "times", "in_all", "for_each_aim", "chosen",
        "letters",
        "whole", "tolerance_m", "headline", "inequality", "named", "several_files", "distinct", "national", "seed",
        "same_release", "years", "header_row", "lag_months", "last_year", "first_year", "districts",
        "england_lsoas", "decimals", "completes", "map_breaks",
    }  # fmt: skip


def in_repository(case: Case) -> bool:
    """Files that a log names are held to the repository by tests/catalogue/test_assurance.py."""
    return case.at[1:2] in (("enters",), ("evidence",), ("tests",), ("file",))


def notebook(case: Case) -> bool:
    """A notebook that is not there is refused when the report is made; the definitions do not know the folder."""
    return case.file.startswith("editions/") and case.at[0] == "notebooks" and case.how == "misspelt"


def unreferenced(case: Case) -> bool:
    """An id to which nothing refers, or a release that no edition pins, is a name of free choice."""
    return case.how.startswith("misspelt") and (case.at[-1] == "id" or case.at[-2:-1] == ("releases",))


RULES = (optional, fewer, words, publishers_words, described, plausible, in_repository, notebook, unreferenced)


def test_every_change_is_refused_with_file_and_line_or_harmless_by_a_named_rule(tmp_path: Path) -> None:
    data, chosen = load()
    bench = Bench(tmp_path / "definitions")
    taken = [case for case in chosen if bench.attempt(case, data[case.file]) is None]
    silent = [str(case) for case in taken if not any(rule(case) for rule in RULES)]
    assert not silent, "\n".join(silent)
    assert len(taken) < len(chosen) / 4, "most changes of a definition are slips that can be known"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("series: {value: employment_rate}", "series: {value: employment_rte}"),
        ("levels: [areas]", "levels: []"),
        ("lag_months: 4", "lag_months: -4"),
        ("decimals: 1", "decimals: 99"),
        ("decimals: 1", "decimals: .nan"),
        ("series: {value: employment_rate}", "series: {}"),
        ("trend: allowed", "trend: alowed"),
        ("polarity: higher_is_better", "polarity: higher_is_better\npolarity: neutral"),
        ("priorities: [igp-4.2, igp-3.3]", "priorities: " + "[" * 100000),
        ("breaks: {'2020-04-01': population-survey}", "breaks: {'2020-04-31': population-survey}"),
        ("breaks: {'2020-04-01': population-survey}", "breaks: {2020-04-31: population-survey}"),
    ],
)
def test_slips_that_once_changed_a_table_or_ended_in_a_traceback(tmp_path: Path, old: str, new: str) -> None:
    path = tmp_path / "employment_rate.yml"
    text = (DEFINITIONS / "indicators" / path.name).read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    catalogue = load_catalogue(DEFINITIONS)
    with pytest.raises(DefinitionError) as refused:
        check_with(catalogue, path)
    assert re.match(r".*employment_rate\.yml:\d+: ", str(refused.value))


def check_with(catalogue: Catalogue, path: Path) -> None:
    """Load an indicator from another file and hold it to all other definitions."""
    one = load_definition(Indicator, path)
    check_catalogue(dataclasses.replace(catalogue, indicators={**catalogue.indicators, one.id: one}))

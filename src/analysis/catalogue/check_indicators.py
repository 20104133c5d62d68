"""Indicators held to sources, units, plans and each other: nothing is named that no table will ever hold."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path

from analysis.catalogue.check_sources import ages_of, series_of, unit_of_series
from analysis.catalogue.definitions import Catalogue
from analysis.catalogue.measures import COUNT, DERIVED, INDICATOR, MEASURES, OWN, SUMMED
from analysis.catalogue.model import Indicator, Input, parse_reference
from analysis.catalogue.strict import complaint
from analysis.errors import one_of

At = tuple[str | int, ...]


def check_indicators(catalogue: Catalogue) -> None:
    """Refuse an indicator that serves nothing, has a unit or a series that does not fit, or breaks of no meaning.

    Raises
    ------
    DefinitionError
        With file and line.
    """
    principles = sorted({principle.id for plan in catalogue.plans.values() for principle in plan.principles})
    titles: dict[str, str] = {}
    for path, indicator in catalogue.files("indicators", catalogue.indicators):
        for kind, names, known in (
            ("priority", indicator.priorities, catalogue.priorities),
            ("principle", indicator.principles, principles),
        ):
            for name in names:
                if name not in known:
                    near = get_close_matches(name, known, n=3, cutoff=0.5)
                    problem = f"no {kind} {name!r} in any plan; nearest are {one_of(near)}, or take it out"
                    raise complaint(path, ("priorities" if kind == "priority" else "principles",), problem)
        if indicator.title in titles:
            raise complaint(path, ("title",), f"{titles[indicator.title]} has the same title")
        titles[indicator.title] = indicator.id
        for at, problem in (*_unit_problems(indicator, catalogue), *_break_problems(indicator, catalogue)):
            raise complaint(path, at, problem)
        for number, given in enumerate(indicator.inputs):
            for at, problem in _input_problems(indicator, given, catalogue):
                raise complaint(path, ("inputs", number, *at), problem)
        for number, given in enumerate(indicator.inputs):
            if given.measure == DERIVED and any(one.measure != DERIVED for one in indicator.inputs):
                raise complaint(path, ("inputs", number), f"{DERIVED} stands beside its like alone")
        if not any(not given.completes for given in indicator.inputs):
            raise complaint(path, ("inputs",), "an input completes another; one at least has to stand by itself")


def check_breaks(catalogue: Catalogue) -> None:
    """Refuse a break that no indicator uses.

    Raises
    ------
    DefinitionError
        With file and line.
    """
    used = {broken for indicator in catalogue.indicators.values() for broken in indicator.breaks.values()}
    for number, name in enumerate(catalogue.breaks):
        if name not in used:
            problem = f"no indicator breaks for {name!r}: name it under the breaks of one, or take it out"
            raise complaint(catalogue.folder / "breaks.yml", (number, "id"), problem)


def _unit_problems(indicator: Indicator, catalogue: Catalogue) -> Iterator[tuple[At, str]]:
    printed = {name: unit for name, unit in catalogue.units.items() if unit.kinds}
    if indicator.unit not in printed:
        near = get_close_matches(indicator.unit, printed, n=3, cutoff=0.5)
        yield ("unit",), f"no unit {indicator.unit!r} of indicators in units.yml; nearest are {one_of(near)}"
        return
    unit = printed[indicator.unit]
    if indicator.kind not in unit.kinds:
        yield ("unit",), f"{indicator.unit!r} is the unit of a {one_of(unit.kinds)}, and the kind is {indicator.kind!r}"
    if unit.whole and indicator.decimals:
        yield ("decimals",), f"{indicator.unit} are whole; expected 0"
    if indicator.kind == "money" and indicator.trend == "allowed":
        yield ("trend",), "money of different years is not compared without a deflator; say so"
    if indicator.target is not None and not unit.allows(indicator.target.value):
        yield ("target", "value"), f"{indicator.target.value:g} is no value that {indicator.unit!r} can have"


def _break_problems(indicator: Indicator, catalogue: Catalogue) -> Iterator[tuple[At, str]]:
    for day, broken in indicator.breaks.items():
        if broken not in catalogue.breaks:
            near = get_close_matches(broken, catalogue.breaks, n=3, cutoff=0.5)
            yield ("breaks", day), f"no break {broken!r} in breaks.yml; nearest are {one_of(near)}"
    for number, value in enumerate(indicator.map_breaks):
        if Decimal(repr(value)) != round(Decimal(repr(value)), indicator.decimals):
            yield (
                ("map_breaks", number),
                f"{value:g} is finer than the {indicator.decimals} decimals that are printed",
            )
    for number, (before, value) in enumerate(itertools.pairwise(indicator.map_breaks), start=1):
        if value <= before:
            yield ("map_breaks", number), f"the breaks must increase, and {value:g} comes after {before:g}"


def _input_problems(indicator: Indicator, given: Input, catalogue: Catalogue) -> Iterator[tuple[At, str]]:
    if given.source not in catalogue.sources:
        near = get_close_matches(given.source, catalogue.sources, n=3, cutoff=0.5)
        yield ("source",), f"no source {given.source!r}; nearest are {one_of(near)}"
        return
    measure = MEASURES[given.measure]
    if measure.units and indicator.unit not in measure.units:
        yield ("measure",), f"{given.measure} gives {one_of(measure.units)}, and the unit is {indicator.unit!r}"
    if given.measure in SUMMED and not catalogue.units[indicator.unit].whole:
        yield ("measure",), f"{given.measure} gives a count, and the unit is {indicator.unit!r}"
    if set(given.series) != set(measure.series):
        yield ("series",), f"{given.measure} takes {one_of(measure.series)}, got {one_of(given.series)}"
    for role, text in given.series.items():
        for problem in _series_problems(
            indicator, text, given.source, measure.roles[role].units if role in measure.roles else (), catalogue
        ):
            yield ("series", role), problem
    ages = ages_of(catalogue.sources[given.source])
    for number, age in enumerate(given.ages):
        if ages is not None and age not in ages:
            yield ("ages", number), f"{given.source} has no age {age!r}; expected {one_of(sorted(ages))}"


def _series_problems(
    indicator: Indicator, text: str, default: str, accepted: tuple[str, ...], catalogue: Catalogue
) -> Iterator[str]:
    """What is wrong with a reference to a series, in a role that accepts some units."""
    if INDICATOR in accepted:
        other = catalogue.indicators.get(text)
        if other is None or other.id == indicator.id:
            yield f"no other indicator {text!r}; nearest are {one_of(get_close_matches(text, catalogue.indicators))}"
        elif any(given.measure == DERIVED for given in other.inputs):
            yield f"{text} is itself worked out from another indicator"
        elif other.unit != indicator.unit:
            yield f"{text} is in {other.unit!r}, and the unit is {indicator.unit!r}"
        return
    name, series, age = parse_reference(text, default)
    source = catalogue.sources.get(name)
    if source is None:
        yield f"no source {name!r}; nearest are {one_of(get_close_matches(name, catalogue.sources))}"
        return
    held = series_of(source)
    for part in series.split("+"):
        if part not in held:
            yield f"{name} has no series {part!r}; nearest are {one_of(get_close_matches(part, held))}"
            return
        unit = unit_of_series(source, part)
        if unit not in _units(indicator, accepted, catalogue):
            wanted = indicator.unit if OWN in accepted else one_of(accepted)
            yield f"{part} is in {unit!r}, which does not fit {wanted}"
            return
    ages = ages_of(source)
    if age is not None and ages is not None and age not in ages:
        yield f"{name} has no age {age!r}; expected {one_of(sorted(ages))}"


def _units(indicator: Indicator, accepted: tuple[str, ...], catalogue: Catalogue) -> set[str]:
    """The units of series that a role accepts, for an indicator in its unit."""
    units = set(accepted)
    if OWN in accepted:
        units |= {indicator.unit, *catalogue.units[indicator.unit].prints, "not stated"}
    if COUNT in accepted:
        units |= {name for name, unit in catalogue.units.items() if unit.whole and unit.low == 0}
    return units


def check_headlines(catalogue: Catalogue) -> None:
    """Hold the headline indicators to the rules by which they were chosen, where a project has such rules.

    Raises
    ------
    DefinitionError
        With file and line.
    """
    rules, path = catalogue.headline_rules, catalogue.folder / "headline_rules.yml"
    if rules is None:
        return
    if rules.plan not in catalogue.plans:
        raise complaint(path, ("plan",), f"no plan {rules.plan!r}; expected {one_of(catalogue.plans)}")
    plan = catalogue.plans[rules.plan]
    aims = {priority.id: aim.id for aim in plan.aims for priority in aim.priorities}
    headlines = [indicator for indicator in catalogue.indicators.values() if indicator.headline]
    first = [next(filter(None, map(aims.get, indicator.priorities)), None) for indicator in headlines]
    _check_number(path, "in_all", rules.in_all, len(headlines), "headline indicators")
    for aim in plan.aims:
        _check_number(path, "for_each_aim", rules.for_each_aim, first.count(aim.id), f"headline indicators of {aim.id}")


def _check_number(path: Path, key: str, limits: tuple[int, ...], number: int, what: str) -> None:
    if len(limits) != 2 or limits[0] > limits[1]:
        raise complaint(path, (key,), "expected the fewest and the most")
    if not limits[0] <= number <= limits[1]:
        raise complaint(path, (key,), f"there are {number} {what}; expected {limits[0]} to {limits[1]}")


def check_left_out(catalogue: Catalogue) -> None:
    """Refuse a series said to be left out that no source holds, or that an indicator shows.

    Raises
    ------
    DefinitionError
        With file and line.
    """
    path = catalogue.folder / "left_out.yml"
    shown = {
        parse_reference(text, given.source)[:2]
        for indicator in catalogue.indicators.values()
        for given in indicator.inputs
        for text in given.series.values()
    }
    for number, entry in enumerate(catalogue.left_out):
        source = catalogue.sources.get(entry.source)
        if source is None or entry.series not in source.series:
            raise complaint(path, (number, "series"), f"no series {entry.series!r} of a source {entry.source!r}")
        if (entry.source, entry.series) in shown:
            raise complaint(path, (number, "series"), f"an indicator shows {entry.series}")

"""Plans held to each other and to the indicators: priorities, outcomes, stated figures and targets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from analysis.catalogue.definitions import Catalogue
from analysis.catalogue.plans import Plan, PlanTarget, Priority, StatedFigure
from analysis.catalogue.strict import complaint

At = tuple[str | int, ...]


def check_plans(catalogue: Catalogue) -> None:
    """Refuse ids that stand twice, references to nothing, and figures and targets that can be neither tested nor not.

    Raises
    ------
    DefinitionError
        With file and line.
    """
    seen: dict[str, str] = {}
    age = {key: plan.published for plan in catalogue.plans.values() for key in plan.priorities}
    for path, plan in catalogue.files("plans", catalogue.plans):
        _check_ids(path, plan)
        for number, aim in enumerate(plan.aims):
            if bool(aim.priorities) == bool(aim.not_held):
                problem = f"{aim.id} needs priorities, or says in not_held that its text is not held"
                raise complaint(path, ("aims", number), problem)
        for at, priority in _priorities(plan):
            if priority.id in seen:
                problem = f"the priority {priority.id!r} already stands in {seen[priority.id]}"
                raise complaint(path, (*at, "id"), problem)
            seen[priority.id] = path.name
            for older in priority.succeeds:
                if older not in catalogue.priorities:
                    raise complaint(path, (*at, "succeeds"), f"no priority {older!r} in any plan")
                if older in plan.priorities or _dated(age[older]) > _dated(plan.published):
                    problem = f"{older} is not of an older plan; a priority succeeds those of plans before its own"
                    raise complaint(path, (*at, "succeeds"), problem)
        for number, figure in enumerate(plan.stated_figures):
            _check_figure(path, ("stated_figures", number), figure, catalogue)
        for number, target in enumerate(plan.targets):
            _check_target(path, ("targets", number), target, catalogue)


def _dated(published: str) -> str:
    """A plan without a date is older than those with one."""
    return published if published[0].isdigit() else ""


def _priorities(plan: Plan) -> Iterator[tuple[At, Priority]]:
    for aim_number, aim in enumerate(plan.aims):
        for number, priority in enumerate(aim.priorities):
            yield ("aims", aim_number, "priorities", number), priority


def _check_ids(path: Path, plan: Plan) -> None:
    for key in ("aims", "principles", "stated_figures", "targets"):
        ids = [item.id for item in getattr(plan, key)]
        for number, name in enumerate(ids):
            if name in ids[:number]:
                raise complaint(path, (key, number, "id"), f"the id {name!r} stands twice")


def _check_figure(path: Path, at: At, figure: StatedFigure, catalogue: Catalogue) -> None:
    if bool(figure.checks) == bool(figure.not_testable):
        raise complaint(path, at, f"{figure.id} needs either checks or the reason in not_testable, not both")
    if figure.value is None and any(check.compare != "below_england" for check in figure.checks):
        raise complaint(path, at, f"{figure.id} has checks and no value that they could be held to")
    if figure.value is None and "gives no number" not in figure.statement:
        raise complaint(path, at, f"{figure.id} has no value; say in its statement that the plan gives no number")
    for position, check in enumerate(figure.checks):
        place = (*at, "checks", position)
        _check_unit(path, (*place, "indicator"), figure.unit, check.indicator, catalogue)


def _check_target(path: Path, at: At, target: PlanTarget, catalogue: Catalogue) -> None:
    if target.priority is not None and target.priority not in catalogue.priorities:
        raise complaint(path, (*at, "priority"), f"no priority {target.priority!r} in any plan")
    if target.indicator is not None:
        _check_unit(path, (*at, "indicator"), target.unit, target.indicator, catalogue)
    if bool(target.indicator) == bool(target.why_not_measured):
        problem = f"{target.id} names its indicator, or says in why_not_measured why there is none, not both"
        raise complaint(path, at, problem)
    if target.indicator is not None and target.value is None:
        raise complaint(path, at, f"{target.id} has an indicator and no value that it could be held to")


def _check_unit(path: Path, at: At, unit: str, name: str, catalogue: Catalogue) -> None:
    if name not in catalogue.indicators:
        raise complaint(path, at, f"no indicator {name!r}")
    own = catalogue.indicators[name].unit
    if unit != own:
        raise complaint(path, at, f"the plan's figure is in {unit!r}, and the indicator {name} in {own!r}")


def check_outcomes(catalogue: Catalogue) -> None:
    """Refuse an outcome that stands twice, and one whose indicator is none or does not serve its priority.

    Raises
    ------
    DefinitionError
        With file and line.
    """
    seen: dict[str, str] = {}
    for path, plan in catalogue.files("plans", catalogue.plans):
        for above, priority in _priorities(plan):
            for position, outcome in enumerate(priority.outcomes):
                at = (*above, "outcomes", position)
                if outcome.id in seen:
                    problem = f"the outcome {outcome.id!r} stands twice; it already stands in {seen[outcome.id]}"
                    raise complaint(path, (*at, "id"), problem)
                seen[outcome.id] = path.name
                for number, name in enumerate(outcome.indicators):
                    here = (*at, "indicators", number)
                    if name not in catalogue.indicators:
                        raise complaint(path, here, f"no indicator {name!r}")
                    if priority.id not in catalogue.indicators[name].priorities:
                        problem = f"the indicator {name!r} does not serve {priority.id}; "
                        raise complaint(path, here, problem + "add that to its priorities or take it out")

"""The closed forms of two tasks, evaluated for a scenario."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from scenarios import Scenario, coordinates

if TYPE_CHECKING:
    from theory.update import UpdateMoments


class NoClosedFormError(ValueError):
    """A scenario outside the domain of the closed forms."""


class TwoTaskValues(NamedTuple):
    """Numbers from the closed forms of two tasks."""

    forgetting: float
    second_risk: float
    generalization: float


class CriticalDistance(NamedTuple):
    """The distance ‖δ‖ at which freezing and training all blocks come out the same."""

    distance: float
    frozen_below: bool  # freezing is better below it; otherwise above it


def two_task_values(scenario: Scenario) -> TwoTaskValues:
    """Forgetting, R_2 and G of a scenario of two tasks, from their closed forms.

    Args:
        scenario: two tasks, the first of which trains all blocks from θ_0 = 0.

    Raises:
        NoClosedFormError: if it is not such a scenario, or an update has |m − n| ≤ 1.

    Example:
        >>> import scenarios
        >>> round(two_task_values(scenarios.preset("two-close-tasks")).forgetting, 4)
        -0.8095

    Source: DESIGN §2, two tasks.
    """
    from theory.lowering import lower
    from theory.two_tasks import ARGUMENTS, two_task_forms

    _require_two_tasks(scenario)
    n_1, n_2 = scenario.tasks.samples
    first = _moments(n_1, scenario.blocks.capacity)
    forms = two_task_forms(first, _moments(n_2, scenario.trainable_count(1)))
    formulas = (forms.forgetting, forms.second_risk, forms.generalization)
    values = lower(ARGUMENTS, *formulas)(*_arguments(scenario))
    return TwoTaskValues(*map(float, values))


def critical_distance(scenario: Scenario, measure: str = "forgetting") -> CriticalDistance | None:
    """The parameter distance ‖δ‖ below which (or above which) freezing is better.

    All steps of the scenario are scaled together; it says which blocks stay frozen.

    Args:
        scenario: two tasks with a step orthogonal to the first optimum, strategy ``frozen``.
        measure: of what is better: ``forgetting``, ``second_risk`` or ``generalization``.

    Returns:
        The distance and its side, or None where one strategy wins at every distance.

    Raises:
        NoClosedFormError: if it is not such a scenario, or an update has |m − n| ≤ 1.

    Example:
        >>> import scenarios
        >>> critical = critical_distance(scenarios.preset("two-close-tasks"))
        >>> round(critical.distance, 3), critical.frozen_below
        (1.445, True)

    Source: DESIGN §2, distance threshold.
    """
    from theory.lowering import lower
    from theory.two_tasks import ARGUMENTS, critical_distance_form

    _require_two_tasks(scenario)
    capacity, (n_1, n_2) = scenario.blocks.capacity, scenario.tasks.samples
    sizes = ((n_1, capacity), (n_2, scenario.trainable_count(1)), (n_2, capacity))
    form = critical_distance_form(measure, *(_moments(*size) for size in sizes))
    arguments = _arguments(scenario)
    slope, intercept = lower(ARGUMENTS, form.slope, form.intercept)(*arguments)
    if slope * intercept >= 0:
        return None
    squared = lower(ARGUMENTS, form.squared)(*arguments)
    step_S, step_C = arguments[-4:-2]
    return CriticalDistance(math.sqrt(squared * (step_S + step_C)), bool(slope > 0))


def _require_two_tasks(scenario: Scenario) -> None:
    schedule = scenario.schedule
    if len(schedule) != 2 or not all(schedule[0].trainable) or schedule[1].reset:
        raise NoClosedFormError(
            "closed forms are for two tasks, the first training all blocks, the second not reset"
        )


def _moments(samples: int, size: int) -> UpdateMoments:
    from theory.update import moments_at

    moments = moments_at(samples, size)
    if moments is None or not size:
        raise NoClosedFormError(
            f"closed forms are for m >= 1 and |m - n| > 1; here m = {size} and n = {samples}"
        )
    return moments


def _arguments(scenario: Scenario) -> tuple[float, ...]:
    """The values of ``two_tasks.ARGUMENTS``."""
    moves = np.array(scenario.schedule[1].trainable)
    first, step, cross = (np.zeros(len(moves)) for _ in range(3))
    for b, (start, end) in enumerate(coordinates(scenario)):
        first[b] = start @ start
        step[b] = (end - start) @ (end - start)
        cross[b] = start @ (end - start)
    by_group = (float(of[group].sum()) for of in (first, step, cross) for group in (moves, ~moves))
    return (
        float(scenario.blocks.capacity),
        float(scenario.trainable_count(1)),
        *map(float, scenario.tasks.samples),
        *scenario.tasks.noise,
        *scenario.updates.scale,
        *by_group,
    )

"""The closed forms of two tasks, evaluated for a scenario."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import mpmath
import numpy as np

from update_magnitude.scenarios import Scenario, fields, varied
from update_magnitude.scenarios.schema import require_scenario
from update_magnitude.theory.numbers.arguments import (
    NoClosedFormError,
    drift,
    exact_arguments,
    products,
    require_two_tasks,
)

if TYPE_CHECKING:
    from update_magnitude.theory.results.update import UpdateMoments

DIGITS = 60  # in which closed forms are evaluated: their terms cancel
ERROR = 16.0  # units of the last place by which the sum of a block's squares may be off
EVEN = 1e-13  # relative tolerance within which two strategies are a tie at distance 0


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
        NoClosedFormError: if it is not such a scenario, or an update has ``|m − n| ≤ 1``.

    Example:
        >>> from update_magnitude import scenarios
        >>> round(two_task_values(scenarios.preset("two-close-tasks")).forgetting, 4)
        -0.8095

    Source: docs/model.md, two tasks.
    """
    with mpmath.workdps(DIGITS):
        return TwoTaskValues(*map(float, _two_task_forms(scenario)(*exact_arguments(scenario))))


def two_task_rounding(scenario: Scenario) -> TwoTaskValues:
    """How far rounding may have moved what ``two_task_values`` returns.

    The forms themselves are evaluated in many digits: what is left is the rounding of the squared
    norms and of the inner products that they are evaluated at, and that of the result.
    """
    with mpmath.workdps(DIGITS):
        forms, values = _two_task_forms(scenario), exact_arguments(scenario)
        exact = forms(*values)
        errors = [abs(value) * mpmath.mpf(2) ** -53 for value in exact]
        for place, error in enumerate(_errors(values)):
            off = [*values[:place], values[place] + error, *values[place + 1 :]]
            moved = forms(*off) if error else exact
            errors = [sum_ + abs(a - b) for sum_, a, b in zip(errors, moved, exact, strict=True)]
        return TwoTaskValues(*map(float, errors))


def _errors(values: Sequence[mpmath.mpf]) -> list[mpmath.mpf]:
    """How far arguments may be off: the last six are computed, the others are given."""
    *given, first_S, first_C, step_S, step_C, _, _ = values
    last = ERROR * float(np.finfo(np.longdouble).eps)
    computed = [last * abs(value) for value in (first_S, first_C, step_S, step_C)]
    across = [mpmath.sqrt(first_S * step_S), mpmath.sqrt(first_C * step_C)]
    return [mpmath.mpf(0)] * len(given) + computed + [last * product for product in across]


def _two_task_forms(scenario: Scenario) -> Callable[..., Sequence[mpmath.mpf]]:
    """F, R_2 and G as a function of numbers of many digits."""
    from update_magnitude.theory.proofs.evaluation import lower
    from update_magnitude.theory.results.explicit import ARGUMENTS, two_task_forms

    require_two_tasks(scenario)
    n_1, n_2 = scenario.tasks.samples
    first = _moments(n_1, scenario.blocks.capacity)
    forms = two_task_forms(first, _moments(n_2, scenario.trainable_count(1)))
    formulas = (forms.forgetting, forms.second_risk, forms.generalization)
    return lower(ARGUMENTS, *formulas, modules="mpmath")


def critical_distance(scenario: Scenario, measure: str = "forgetting") -> CriticalDistance | None:
    """The parameter distance ‖δ‖ below which (or above which) freezing is better.

    Frozen training is compared with initialized training, whatever the scenario's own strategy is;
    a custom one says by its second update which blocks stay frozen. All steps of the scenario are
    scaled together.

    Args:
        scenario: two tasks with a step, of some length, orthogonal to the first optimum.
        measure: of what is better: ``forgetting``, ``second_risk`` or ``generalization``.

    Returns:
        The distance and its side. None if there is none: one strategy is better at every distance
        above 0, or both are equal at each.

    Raises:
        NoClosedFormError: if it is not such a scenario, if no block is frozen, or if an update has
            ``|m − n| ≤ 1``.
        ScenarioError: if there is no such measure.

    Example:
        >>> from update_magnitude import scenarios
        >>> critical = critical_distance(scenarios.preset("two-close-tasks"))
        >>> round(critical.distance, 3), critical.frozen_below
        (1.445, True)

    Source: docs/model.md, two tasks.
    """
    from update_magnitude.theory.results.explicit import MEASURES

    fields.choice(measure, "measure", MEASURES)
    frozen = _frozen(scenario)
    require_two_tasks(frozen)
    _require_orthogonal(frozen)
    slope, intercept, size = _in_distance(frozen, measure)
    if slope * intercept >= 0 or abs(intercept) <= EVEN * size:
        return None
    squared = -intercept / slope * float(sum(products(frozen)[1]))
    return CriticalDistance(math.sqrt(squared), bool(slope > 0))


def _in_distance(scenario: Scenario, measure: str) -> tuple[float, float, float]:
    """Frozen − initialized: its slope and intercept in the factor of ‖δ‖², and their size."""
    from update_magnitude.theory.proofs.evaluation import lower
    from update_magnitude.theory.results import symbols
    from update_magnitude.theory.results.critical_distances import slope_in_distance

    (n_1, n_2), moved = scenario.tasks.samples, scenario.trainable_count(1)
    capacity = scenario.blocks.capacity
    _moments(n_1, capacity)
    frozen, initialized = _moments(n_2, moved), _moments(n_2, capacity)
    met = drift(scenario)
    values = {
        **{symbols.P: capacity, symbols.m: moved, symbols.n: n_2},
        symbols.sigma: scenario.tasks.noise[1],
        symbols.alpha: scenario.updates.scale[1],
        **{symbols.step_S: met.trained(met.step), symbols.step_C: met.held(met.step)},
        **{symbols.error: met.trained(met.error), symbols.error_C: met.held(met.error)},
    }
    forms = slope_in_distance(measure, frozen, initialized)
    slope, intercept = (lower(tuple(values), form)(*map(float, values.values())) for form in forms)
    return slope, intercept, float(met.error.sum()) + scenario.tasks.noise[1] ** 2


def _frozen(scenario: Scenario) -> Scenario:
    """The scenario under the strategy ``frozen``, or one that freezes some blocks already."""
    require_scenario(scenario)
    updates, blocks = scenario.updates, scenario.blocks.names
    if updates.trainable is not None and len(updates.trainable) == 2:
        first, second = updates.trainable
        if set(first) != set(blocks) or set(second) != set(blocks):
            return scenario
    if set(updates.specific) == set(blocks):
        raise NoClosedFormError(
            f"updates.specific = {list(updates.specific)}: no block is frozen, so frozen and "
            "initialized training are the same at every distance; leave out a block"
        )
    return varied(scenario, {"updates": scenario.magnitudes | {"strategy": "frozen"}})


def _moments(samples: int, size: int) -> UpdateMoments:
    from update_magnitude.theory.results.update import moments_at

    moments = moments_at(samples, size)
    if moments is None or not size:
        raise NoClosedFormError(
            f"closed forms are for m >= 1 and |m - n| > 1; here m = {size} and n = {samples}"
        )
    return moments


def _require_orthogonal(scenario: Scenario) -> None:
    first, step, cross = products(scenario)
    if not sum(step) > 0:
        raise NoClosedFormError(
            "optima: the two are the same point, so the step between them has no direction along "
            "which a critical distance could lie; give some block a distance above 0"
        )
    if np.abs(cross).max() > 1e-12 * math.sqrt(sum(first) * sum(step)):
        raise NoClosedFormError("a critical distance is for a step orthogonal to the first optimum")

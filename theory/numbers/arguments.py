"""The arguments of theorems, by name, computed from a scenario."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import mpmath
import numpy as np
from numpy.typing import NDArray

from update_magnitude.scenarios import Scenario, ScenarioError, coordinates
from update_magnitude.scenarios.families import family_of
from update_magnitude.scenarios.schema import require_isotropic, require_scenario
from update_magnitude.theory.numbers.dynamics import trajectory

if TYPE_CHECKING:
    from jaxtyping import Bool, Float64, Shaped

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Drift:
    """Means before the last update, per block: e = θ − θ*_{T−1}, δ = θ*_T − θ*_{T−1}, d = δ − e."""

    error: Float64[Numbers, "blocks"]  # E‖e‖²_b
    step: Float64[Numbers, "blocks"]  # ‖δ‖²_b
    meet: Float64[Numbers, "blocks"]  # E⟨e, δ⟩_b
    moves: Bool[NDArray[np.bool_], "blocks"]  # whether the block trains at the last task

    @property
    def drift(self) -> Float64[Numbers, "blocks"]:
        """E‖d‖²_b."""
        return self.step - 2 * self.meet + self.error

    @property
    def overlap(self) -> Float64[Numbers, "blocks"]:
        """E⟨e, d⟩_b."""
        return self.meet - self.error

    def trained(self, values: Float64[Numbers, "blocks"]) -> float:
        """The sum over the blocks that train."""
        return float(values[self.moves].sum())

    def held(self, values: Float64[Numbers, "blocks"]) -> float:
        """The sum over the blocks that do not."""
        return float(values[~self.moves].sum())


def drift(scenario: Scenario) -> Drift:
    """Drift and error at the last task, by result R; the symbols of the theorems in numbers.

    Args:
        scenario: of two tasks or more, whose strategy is not ``hybrid`` and does not reset.

    Raises:
        ScenarioError: if it is of one task, or resets, or its features or updates are not plain.

    Example:
        >>> from update_magnitude import scenarios
        >>> found = drift(scenarios.preset("two-close-tasks"))
        >>> found.step.round(4).tolist(), found.moves.tolist()
        ([0.0, 0.04], [False, True])

    Source: docs/model.md, result R.
    """
    require_scenario(scenario)
    require_isotropic(scenario, "the drift that theorems are about")
    *before, last = scenario.schedule
    if not before or last.reset:
        raise ScenarioError(
            f"{scenario.title}: a drift is between two tasks learned one on another; here are "
            f"tasks.count = {scenario.tasks.count}, updates.strategy = "
            f"{scenario.updates.strategy!r}"
        )
    (part,) = family_of(scenario).parts
    optima = part.numbers.optima
    *_, learned = trajectory(part, changes=False)
    error, step, meet = (np.zeros(len(optima)) for _ in range(3))
    for b, points in enumerate(optima):
        gap, move = learned.before.mean[b] - points[-2], points[-1] - points[-2]
        error[b] = gap @ gap + learned.before.spread[b]
        step[b] = move @ move
        meet[b] = gap @ move
    return Drift(error, step, meet, np.array(last.trainable))


class NoClosedFormError(ScenarioError):
    """A scenario outside the domain of the closed forms of two tasks."""


def require_two_tasks(scenario: Scenario) -> None:
    """Refuse what the closed forms of two tasks are not about."""
    require_scenario(scenario)
    require_isotropic(scenario, "the closed form of two tasks")
    schedule = scenario.schedule
    if len(schedule) != 2:
        here = f"here tasks.count = {len(schedule)}"
    elif not all(schedule[0].trainable):
        here = "here the first does not train all blocks (updates.trainable)"
    elif schedule[1].reset:
        here = f"here updates.strategy = {scenario.updates.strategy!r}"
    else:
        return
    raise NoClosedFormError(
        "closed forms are for two tasks, the first training all blocks, the second not reset; "
        f"{here}"
    )


def two_task_arguments(scenario: Scenario) -> tuple[float, ...]:
    """The values of ``explicit.ARGUMENTS``, on which the closed forms of two tasks depend.

    Example:
        >>> from update_magnitude import scenarios
        >>> two_task_arguments(scenarios.preset("two-close-tasks"))[:4]  # P, m, n_1, n_2
        (40.0, 16.0, 5.0, 5.0)
    """
    require_two_tasks(scenario)
    return tuple(map(float, exact_arguments(scenario)))


def exact_arguments(scenario: Scenario) -> list[mpmath.mpf]:
    """The same with all the digits that there are."""
    given = (
        scenario.blocks.capacity,
        scenario.trainable_count(1),
        *scenario.tasks.samples,
        *scenario.tasks.noise,
        *scenario.updates.scale,
        *products(scenario).ravel(),
    )
    return [mpmath.convert(value) for value in given]


def products(scenario: Scenario) -> Shaped[NDArray[np.longdouble], "3 2"]:
    """‖θ*_1‖², ‖δ‖² and ⟨θ*_1, δ⟩ of two tasks, in the blocks that task 2 trains, and in others."""
    moves = np.array(scenario.step(1).trainable)
    blocks = np.array(
        [
            (start @ start, (end - start) @ (end - start), start @ (end - start))
            for start, end in coordinates(scenario)
        ]
    )
    return np.stack([blocks[moves].sum(axis=0), blocks[~moves].sum(axis=0)], axis=1)


# Arguments that are sums over blocks: a field of ``Drift``, and whether of those that train.
SUMS = {
    "D_S": ("drift", True),
    "d_d_C": ("drift", False),
    "e_d": ("overlap", True),
    "e_e": ("error", True),
    "e_e_C": ("error", False),
    "e_delta_S": ("meet", True),
    "e_delta_C": ("meet", False),
    "step_S": ("step", True),
    "step_C": ("step", False),
}


def scenario_argument(scenario: Scenario, theorem: str, name: str) -> float:
    """The value that a scenario gives to an argument of a theorem; docs/python.md has the table.

    What theorems say of one update is said of the last of the scenario.

    Raises:
        ScenarioError: if a scenario does not determine it, or this one does not.

    Example:
        >>> from update_magnitude import scenarios
        >>> scenario_argument(scenarios.preset("two-close-tasks"), "two-task-forgetting", "m")
        16.0
    """
    require_scenario(scenario)
    if not scenario.is_isotropic:
        raise ScenarioError(
            f"{theorem}: arguments are read off scenarios with normal features of variance 1, "
            f"without penalty, weights and steps; “{scenario.title}” is none: give numbers, "
            f"um.theorem({theorem!r})(...), or use um.predict, and um.best_update for the best "
            "penalty and weights"
        )
    second_risk = name == "xi" and theorem.endswith("second-risk")  # where ξ is E‖d_S‖²
    try:
        value = _value(scenario, "D_S" if second_risk else name)
    except ScenarioError as error:
        raise ScenarioError(
            f"{theorem}: the scenario “{scenario.title}” has no {name}: {error}"
        ) from None
    if value is None:
        raise ScenarioError(
            f"{theorem}: no scenario says what the argument {name} is; give it: "
            f"evaluate(scenario, {name}=...)"
        )
    return float(value)


def _value(scenario: Scenario, name: str) -> float | None:
    """A size, a sum over blocks, what such sums add up to, or a number of two tasks."""
    from update_magnitude.theory.results.explicit import ARGUMENTS

    last = scenario.tasks.count - 1
    samples, sigma = scenario.tasks.samples[last], scenario.tasks.noise[last]
    if name in SUMS:
        return _sum(scenario, *SUMS[name])
    match name:
        case "P":
            return scenario.blocks.capacity
        case "T":
            return scenario.tasks.count
        case "m":
            return scenario.trainable_count(last)
        case "n":
            return samples
        case "gamma":
            return scenario.trainable_count(last) / samples
        case "sigma":
            return sigma
        case "alpha":
            return scenario.updates.scale[last]
        case "N" | "eta":
            return _sum(scenario, "drift", False) + sigma**2
        case "xi":
            return _sum(scenario, "error", True) - _sum(scenario, "step", True)
        case "d_d":
            return _sum(scenario, "drift", True) + _sum(scenario, "drift", False)
        case "e_d_all":
            return float(drift(scenario).overlap.sum())
    names = [str(symbol) for symbol in ARGUMENTS]
    return two_task_arguments(scenario)[names.index(name)] if name in names else None


def _sum(scenario: Scenario, field: str, trained: bool) -> float:
    """The sum of a field of the last drift over the blocks that train, or over the others."""
    if field == "drift" and scenario.tasks.count == 1:  # θ_0 = 0 meets the whole optimum
        masks = zip(coordinates(scenario), scenario.step(0).trainable, strict=True)
        return sum(float(points[0] @ points[0]) for points, moves in masks if moves is trained)
    met = drift(scenario)
    return (met.trained if trained else met.held)(getattr(met, field))

"""What a scenario says the arguments of theorems are, by the names that theorems have for them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from update_magnitude.scenarios import Scenario, ScenarioError, coordinates
from update_magnitude.scenarios.schema import require_scenario
from update_magnitude.theory.numbers.closed_forms import two_task_arguments
from update_magnitude.theory.numbers.drifts import Drift, drift


class _Known:
    """A scenario, with what theorems ask of it computed once."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.last = scenario.tasks.count - 1

    @cached_property
    def trained(self) -> int:
        """M of the last update."""
        return self.scenario.trainable_count(self.last)

    @cached_property
    def drift(self) -> Drift:
        """What the last task meets."""
        return drift(self.scenario)

    @cached_property
    def two_tasks(self) -> dict[str, float]:
        """Sizes, noise, scales, norms and steps of two tasks, by the names of their symbols."""
        from update_magnitude.theory.results.explicit import ARGUMENTS

        return dict(zip(map(str, ARGUMENTS), two_task_arguments(self.scenario), strict=True))

    def first_norm(self, moves: bool) -> float:
        """‖θ*_1‖² in the blocks that a first update trains, or in the others."""
        masks = zip(coordinates(self.scenario), self.scenario.step(0).trainable, strict=True)
        return sum(float(points[0] @ points[0]) for points, trained in masks if trained is moves)


Find = Callable[[_Known], float]


def scenario_argument(scenario: Scenario, theorem: str, name: str) -> float:
    """The value that a scenario gives to an argument of a theorem.

    Args:
        scenario: of any number of tasks; what theorems say of one update is said of its last.
        theorem: the name of the theorem.
        name: of the argument.

    Raises:
        ScenarioError: if a scenario does not determine it, or this one does not.

    Example:
        >>> from update_magnitude import scenarios
        >>> scenario_argument(scenarios.preset("two-close-tasks"), "two-task-forgetting", "m")
        16.0

    Source: docs/python.md has the table.
    """
    require_scenario(scenario)
    find = _SECOND_RISK.get(name) if theorem.endswith("second-risk") else None
    find = find or _FOUND.get(name)
    if find is None:
        raise ScenarioError(
            f"{theorem}: no scenario says what the argument {name} is; give it: "
            f"evaluate(scenario, {name}=...)"
        )
    try:
        return float(find(_Known(scenario)))
    except ScenarioError as error:
        raise ScenarioError(
            f"{theorem}: the scenario “{scenario.title}” has no {name}: {error}"
        ) from None


def _drift_in_trained(known: _Known) -> float:
    """E‖d_S‖²; θ_0 = 0, so that the first task meets its whole optimum."""
    return known.drift.trained(known.drift.drift) if known.last else known.first_norm(moves=True)


def _drift_in_held(known: _Known) -> float:
    """E‖d_C‖², likewise."""
    return known.drift.held(known.drift.drift) if known.last else known.first_norm(moves=False)


def _noise(known: _Known) -> float:
    """N = E‖d_C‖² + σ²."""
    return _drift_in_held(known) + known.scenario.tasks.noise[-1] ** 2


def _signal(known: _Known) -> float:
    """ξ = E‖e_S‖² − ‖δ_S‖², of forgetting."""
    return known.drift.trained(known.drift.error) - known.drift.trained(known.drift.step)


def _of_two_tasks(name: str) -> Find:
    return lambda known: known.two_tasks[name]


_FOUND: dict[str, Find] = {
    "P": lambda known: known.scenario.blocks.capacity,
    "T": lambda known: known.scenario.tasks.count,
    "m": lambda known: known.trained,
    "n": lambda known: known.scenario.tasks.samples[-1],
    "gamma": lambda known: known.trained / known.scenario.tasks.samples[-1],
    "sigma": lambda known: known.scenario.tasks.noise[-1],
    "alpha": lambda known: known.scenario.updates.scale[-1],
    "N": _noise,
    "eta": _noise,
    "xi": _signal,
    "D_S": _drift_in_trained,
    "d_d_C": _drift_in_held,
    "d_d": lambda known: _drift_in_trained(known) + _drift_in_held(known),
    "e_d": lambda known: known.drift.trained(known.drift.overlap),
    "e_d_all": lambda known: float(known.drift.overlap.sum()),
    "e_e": lambda known: known.drift.trained(known.drift.error),
    "e_e_C": lambda known: known.drift.held(known.drift.error),
    "e_delta_S": lambda known: known.drift.trained(known.drift.meet),
    "e_delta_C": lambda known: known.drift.held(known.drift.meet),
    "step_S": lambda known: known.drift.trained(known.drift.step),
    "step_C": lambda known: known.drift.held(known.drift.step),
    **{
        name: _of_two_tasks(name)
        for name in (
            *("n_1", "n_2", "sigma_1", "sigma_2", "alpha_1", "alpha_2"),
            *("norm_S", "norm_C", "cross_S", "cross_C"),
        )
    },
}
_SECOND_RISK: dict[str, Find] = {"xi": _drift_in_trained}  # where ξ is E‖d_S‖²

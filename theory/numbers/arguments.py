"""What a scenario says the arguments of theorems are, by the names that theorems have for them."""

from __future__ import annotations

from update_magnitude.scenarios import Scenario, ScenarioError, coordinates
from update_magnitude.scenarios.schema import require_scenario
from update_magnitude.theory.numbers.closed_forms import two_task_arguments
from update_magnitude.theory.numbers.drifts import drift

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

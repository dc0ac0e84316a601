"""On which side of the critical distance freezing wins."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from paper_checks.claims.sequences import regime
from paper_checks.claims.wrong import wrong_scenarios
from paper_checks.questions import ROUNDING, Claim, Question, Reading, Study
from scenarios import Scenario, preset, varied
from simulations import Experiment, Simulation
from theory import critical_distance, predict

SIDES = Claim(
    "critical-distance",
    "freezing forgets less than initialized training below the critical distance, more above it",
    "the paper (small parameter distance favours freezing); the critical distance is ours",
)

IDENTICAL = Claim(
    "identical-tasks",
    "identical noiseless tasks, fewer samples than parameters: freezing forgets more, not less",
    "a counterexample to the paper's claim outside its regime; ours",
)

SCENARIO = "two-close-tasks"
IDENTICAL_TASKS = {
    "blocks": {"shared": 8, "specific": 12},
    "tasks.samples": 2,
    "tasks.noise": 0.0,
    "optima.norm": {"shared": 1.0, "specific": 0.2},
    "optima.distance": {"shared": 0.0, "specific": 0.0},
}
BRACKET = (0.8, 1.25)  # where, in units of the predicted distance, the two sides are simulated


def studies(seed: int) -> list[Study]:
    """A regime in which small distances favour freezing, and one in which they do not."""
    return [crossing_study(preset(SCENARIO), seed), identical_study(seed)]


def identical_study(seed: int) -> Study:
    """F_frozen − F_initialized > 0 at distance 0, where small distances should favour freezing."""
    frozen = varied(preset(SCENARIO), IDENTICAL_TASKS)
    initialized = _initialized(frozen)
    wrong = wrong_scenarios(frozen)["n + 1 for n"]
    prediction = _advantage(frozen)
    question = Question(
        claim=IDENTICAL,
        quantity="F_frozen − F_initialized",
        scenario="identical tasks: frozen against initialized",
        regime=regime(frozen),
        prediction=prediction,
        read=_read_difference,
        size=prediction,
        rounding=ROUNDING,
        wrong={"n + 1 for n": _advantage(wrong), "the sign reversed": -prediction},
    )
    experiment = Experiment([frozen, initialized], seed, contrasts=[[1, -1]])
    return Study("identical tasks", experiment, (question,))


def _advantage(frozen: Scenario) -> float:
    """What initialized training forgets less than freezing."""
    return predict(frozen).forgetting - predict(_initialized(frozen)).forgetting


def _read_difference(results: Sequence[Simulation]) -> Reading:
    forgetting = results[0].forgetting
    if forgetting is None:
        raise ValueError("two tasks have forgetting")
    return Reading(float(forgetting.mean), float(forgetting.standard_error))


def crossing_study(scenario: Scenario, seed: int) -> Study:
    """The distance at which the simulated difference in forgetting changes sign.

    The difference F_frozen − F_initialized is simulated on both sides of the predicted critical
    distance, pairwise on the same draws, and interpolated linearly in the squared distance; that it
    changes sign in the predicted direction is part of the question.
    """
    critical = critical_distance(scenario)
    if critical is None:
        raise ValueError(f"{scenario.title}: one strategy forgets less at every distance")
    below, above = ((factor * critical.distance) ** 2 for factor in BRACKET)
    near = (above - critical.distance**2) / (above - below)
    sides = [at_distance(scenario, factor * critical.distance) for factor in BRACKET]
    pairs = [pair for side in sides for pair in (side, _initialized(side))]
    contrasts: list[list[float]] = [
        [1, -1, 0, 0],  # the difference below,
        [0, 0, 1, -1],  # above,
        [near, -near, 1 - near, near - 1],  # and where it is predicted to vanish
    ]

    def read(results: Sequence[Simulation]) -> Reading:
        low, high, between = (result.forgetting for result in results)
        if low is None or high is None or between is None:
            raise ValueError("two tasks have forgetting")
        return crossing((below, above), (low.mean, high.mean), between.standard_error, critical)

    wrong = {
        name: found.distance
        for name, other in wrong_scenarios(scenario).items()
        if name in ("the noise dropped", "n + 1 for n")  # other mistakes change both strategies
        and (found := critical_distance(other)) is not None
    }
    question = Question(
        claim=SIDES,
        quantity="critical distance",
        scenario=f"{scenario.title}: frozen against initialized",
        regime=regime(scenario),
        prediction=critical.distance,
        read=read,
        size=critical.distance,
        rounding=ROUNDING * critical.distance,
        wrong=wrong,
    )
    experiment = Experiment(pairs, seed, contrasts=contrasts)
    return Study("frozen against initialized", experiment, (question,))


def crossing(
    squared: tuple[float, float], differences: tuple[Any, Any], error: Any, critical: Any
) -> Reading:
    """Where a difference that is affine in the squared distance vanishes, with its standard error.

    Args:
        squared: the squared distances on the two sides.
        differences: F_frozen − F_initialized there.
        error: the standard error of the interpolated difference at the predicted distance.
        critical: the prediction, for its direction.

    Returns:
        The distance, negative if the difference changes sign in the other direction.

    Example:
        >>> from theory import CriticalDistance
        >>> crossing((1.0, 7.0), (-3.0, 3.0), 0.1, CriticalDistance(2.0, True)).estimate
        2.0
    """
    low, high = map(float, differences)
    slope = (high - low) / (squared[1] - squared[0])
    if slope == 0:
        return Reading(math.nan, math.nan)
    root = squared[0] - low / slope
    distance = math.copysign(math.sqrt(abs(root)), root)
    as_predicted = 1 if (slope > 0) == critical.frozen_below else -1
    return Reading(as_predicted * distance, float(error) / abs(slope) / (2 * abs(distance)))


def at_distance(scenario: Scenario, distance: float) -> Scenario:
    """The scenario of two tasks with all steps scaled to a total length ‖δ‖."""
    steps = [steps[0] for steps in scenario.optima.distance]
    factor = distance / math.hypot(*steps)
    names = scenario.blocks.names
    scaled = {name: factor * step for name, step in zip(names, steps, strict=True)}
    return varied(scenario, {"optima.distance": scaled})


def _initialized(scenario: Scenario) -> Scenario:
    return varied(scenario, {"updates.strategy": "initialized"})

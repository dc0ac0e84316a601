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
from theory import critical_distance

SIDES = Claim(
    "critical-distance",
    "freezing forgets less than initialized training below the critical distance, more above it",
    "the paper (small parameter distance favours freezing); the critical distance is ours",
)

SCENARIO = "two-close-tasks"
BRACKET = (0.8, 1.25)  # where, in units of the predicted distance, the two sides are simulated


def studies(seed: int) -> list[Study]:
    """Both strategies on the same draws, on both sides of the predicted distance."""
    return [crossing_study(preset(SCENARIO), seed)]


def crossing_study(scenario: Scenario, seed: int) -> Study:
    """The distance at which the simulated difference in forgetting changes sign.

    The difference F_frozen − F_initialized is simulated on both sides of the predicted critical
    distance, pairwise on the same draws, and interpolated linearly in the squared distance; that it
    changes sign in between, and in the predicted direction, is part of the question.
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
        if name != "all blocks trained" and (found := critical_distance(other)) is not None
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
        controls=wrong,
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
        The distance; NaN where the difference does not change sign as predicted.

    Example:
        >>> from theory import CriticalDistance
        >>> crossing((1.0, 7.0), (-3.0, 3.0), 0.1, CriticalDistance(2.0, True)).estimate
        2.0
    """
    low, high = map(float, differences)
    if not (low < 0 < high if critical.frozen_below else high < 0 < low):
        return Reading(math.nan, math.nan)
    slope = (high - low) / (squared[1] - squared[0])
    distance = math.sqrt(squared[0] - low / slope)
    return Reading(distance, float(error) / abs(slope) / (2 * distance))


def at_distance(scenario: Scenario, distance: float) -> Scenario:
    """The scenario of two tasks with all steps scaled to a total length ‖δ‖."""
    steps = [steps[0] for steps in scenario.optima.distance]
    factor = distance / math.hypot(*steps)
    names = scenario.blocks.names
    scaled = {name: factor * step for name, step in zip(names, steps, strict=True)}
    return varied(scenario, {"optima.distance": scaled})


def _initialized(scenario: Scenario) -> Scenario:
    return varied(scenario, {"updates.strategy": "initialized"})

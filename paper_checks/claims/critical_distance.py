"""On which side of the critical distance freezing wins."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from update_magnitude.paper_checks import readings
from update_magnitude.paper_checks.claims.asking import Predicted, ask
from update_magnitude.paper_checks.claims.regimes import forgetting_size
from update_magnitude.paper_checks.claims.side_by_side import side_by_side
from update_magnitude.paper_checks.claims.wrong import wrong_scenarios
from update_magnitude.paper_checks.questions import (
    DENSE,
    LAW,
    Claim,
    Picture,
    Place,
    Question,
    Reading,
    Study,
)
from update_magnitude.scenarios import Scenario, preset, varied
from update_magnitude.simulations.streams import Seed
from update_magnitude.theory import CriticalDistance, critical_distance, means

SIDES = Claim(
    "critical-distance",
    "where noise is low and little is left to learn of the shared block, freezing forgets less "
    "than initialized training below a critical distance, and more above it",
    "the paper (small parameter distance favours freezing); the critical distance is ours",
    ("critical-scale-forgetting",),
    "With a step orthogonal to the first optimum the difference in forgetting is affine in the "
    "squared distance. Drift adds to what a frozen update changes and to what a full update "
    "changes at different rates; what was left unlearned and the noise set where the two lines "
    "start. Where they cross, the two strategies come out the same.",
    "The paper: at small parameter distances freezing forgets less. That would be a difference "
    "that is negative below a critical distance.",
)

IDENTICAL = Claim(
    "identical-tasks",
    "identical noiseless tasks, fewer samples than parameters: freezing forgets more, not less",
    "a counterexample to the paper's claim outside its regime; ours",
    ("forgetting-decomposition",),
    "Learning the same task again on fresh samples lessens the error in every block that trains. "
    "Initialized training lessens all of it; freezing keeps the error of the shared block, and "
    "takes it for noise besides. The distance is 0, the smallest there is, and freezing loses.",
    "The paper: at small parameter distances freezing forgets less. That would be a negative "
    "difference.",
)
CLAIMS = (SIDES, IDENTICAL)

SCENARIO = "two-close-tasks"
IDENTICAL_TASKS = {
    "blocks": {"shared": 20, "specific": 20},
    "tasks.samples": 4,
    "tasks.noise": 0.0,
    "optima.norm": {"shared": 1.0, "specific": 0.2},
    "optima.distance": {"shared": 0.0, "specific": 0.0},
}
SMALL = {
    "title": "two close tasks, P = 40",
    "blocks": {"shared": 20, "specific": 20},
    "tasks.samples": 4,
}  # for the dense one
LARGE = {
    "title": "two close tasks, P = 400",
    "blocks": {"shared": 240, "specific": 160},
    "tasks.samples": 50,
}  # for the law engine
LARGE_IDENTICAL = {"blocks": {"shared": 80, "specific": 120}, "tasks.samples": 20}
BRACKET = (0.8, 1.25)  # where, in units of the predicted distance, the two sides are simulated


def studies(seed: Seed) -> list[Study]:
    """A regime in which small distances favour freezing, and one in which they do not."""
    close = preset(SCENARIO)
    return [
        crossing_study(varied(close, LARGE), seed, LAW),
        crossing_study(varied(close, SMALL), seed),
        identical_study(varied(close, IDENTICAL_TASKS | LARGE_IDENTICAL), seed, LAW),
        identical_study(varied(close, IDENTICAL_TASKS), seed),
    ]


def identical_study(frozen: Scenario, seed: Seed, engine: str = DENSE) -> Study:
    """F_frozen − F_initialized > 0 at distance 0, where small distances should favour freezing."""
    pair = [frozen, _initialized(frozen)]
    wrong = _advantage(wrong_scenarios(frozen)["n + 1 for n"])
    question = ask(
        IDENTICAL,
        "F_frozen − F_initialized",
        f"identical tasks, P = {frozen.blocks.capacity}: frozen against initialized",
        frozen,
        Predicted(_advantage(frozen), {"n + 1 for n": wrong}),
        readings.forgetting(),
        size=forgetting_size(*map(means, pair)),
        absolute=True,
        paper=False,
    )
    return side_by_side("identical tasks", pair, [question], seed, engine, [[1.0, -1.0]])


def _advantage(frozen: Scenario) -> float:
    return means(frozen).forgetting - means(_initialized(frozen)).forgetting


def crossing_study(scenario: Scenario, seed: Seed, engine: str = DENSE) -> Study:
    """Where F_frozen − F_initialized vanishes.

    Raises:
        ValueError: where one strategy forgets less at every distance.
    """
    found = crossing_questions(SIDES, scenario, "forgetting", (0, 0), scenario.title)
    rows = [[row.get(k, 0.0) for k in range(len(found.scenarios))] for row in found.contrasts]
    name = "frozen against initialized"
    return side_by_side(name, found.scenarios, found.questions, seed, engine, rows)


@dataclass(frozen=True)
class Crossing:
    """What it takes to simulate on both sides of a critical distance, and what to ask."""

    scenarios: list[Scenario]
    contrasts: list[dict[int, float]]  # weights, by the place of the scenario
    questions: list[Question]  # where it is, and who wins on either side


def crossing_questions(
    claim: Claim, scenario: Scenario, measure: str, first: tuple[int, int], words: str
) -> Crossing:
    """The crossing of a measure of frozen and of initialized training.

    Args:
        claim: that it is about.
        scenario: two tasks, frozen.
        measure: ``forgetting`` or ``generalization``.
        first: the place of the first scenario, and of the first contrast, in the experiment.
        words: what the scenario is called.

    Raises:
        ValueError: where one strategy is better at every distance.
    """
    critical = critical_distance(scenario, measure)
    if critical is None:
        raise ValueError(f"{scenario.title}: one strategy forgets less at every distance")
    below, above = ((factor * critical.distance) ** 2 for factor in BRACKET)
    near = (above - critical.distance**2) / (above - below)
    sides = [at_distance(scenario, factor * critical.distance) for factor in BRACKET]
    at, place = first
    contrasts = [
        {at: 1.0, at + 1: -1.0},  # the difference below,
        {at + 2: 1.0, at + 3: -1.0},  # above,
        {at: near, at + 1: -near, at + 2: 1 - near, at + 3: near - 1},  # where it should vanish
    ]
    wrong = {
        name: found.distance
        for name, other in wrong_scenarios(scenario).items()
        if name in ("the noise dropped", "n + 1 for n")  # other mistakes change both strategies
        and (found := critical_distance(other, measure)) is not None
    }
    letter = {"forgetting": "F", "generalization": "G"}[measure]
    question = ask(
        claim,
        f"critical distance of {letter}",
        f"{words}: frozen against initialized",
        scenario,
        Predicted(critical.distance, wrong),
        partial(_crossing, letter, place, (below, above), critical),
        paper=critical.frozen_below,
    )
    signs = (-1, 1) if critical.frozen_below else (1, -1)
    read = readings.forgetting if letter == "F" else readings.generalization
    on_sides = [
        ask(
            claim,
            f"{letter}_frozen − {letter}_initialized at {factor:g} δ_c",
            f"{words}: frozen against initialized",
            scenario,
            0.0,
            read(place + k),
            size=measure_size(side, measure),
            side=signs[k],
            place=Place(words, factor * critical.distance),
        )
        for k, (factor, side) in enumerate(zip(BRACKET, sides, strict=True))
    ]
    pairs = [entry for side in sides for entry in (side, _initialized(side))]
    return Crossing(pairs, contrasts, [question, *on_sides])


def _crossing(
    letter: str, place: int, squared: tuple[float, float], critical: CriticalDistance, results: Any
) -> Reading:
    read = readings.forgetting if letter == "F" else readings.generalization
    low, high, between = found = [read(place + k)(results) for k in range(3)]
    at = crossing(squared, (low.estimate, high.estimate), between.standard_error, critical)
    if not between.standard_error:
        return at
    rounding = at.standard_error * between.rounding / between.standard_error
    return replace(at, rounding=rounding, lost=any(result.lost for result in found))


def measure_size(frozen: Scenario, measure: str) -> float:
    """The size of the risks that a measure of frozen and of initialized training is made of."""
    pair = [means(entry) for entry in (frozen, _initialized(frozen))]
    if measure == "forgetting":
        return forgetting_size(*pair)
    return max(side.generalization for side in pair)


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
        >>> from update_magnitude.theory import CriticalDistance
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


def pictures() -> dict[str, Picture]:
    """F_frozen − F_initialized on both sides of the critical distance."""
    scenario = varied(preset(SCENARIO), LARGE)
    critical = critical_distance(scenario)
    if critical is None:
        return {}
    distances = [k * critical.distance / 10 for k in range(21)]
    curve = (distances, [_advantage(at_distance(scenario, max(x, 1e-6))) for x in distances])
    return {
        SIDES.name: Picture(
            "parameter distance ‖δ‖",
            "F_frozen − F_initialized",
            {scenario.title: curve},
            {"δ_c": critical.distance},
        )
    }


def _initialized(scenario: Scenario) -> Scenario:
    return varied(scenario, {"updates.strategy": "initialized"})

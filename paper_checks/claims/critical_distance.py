"""On which side of the critical distance freezing wins."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from update_magnitude.paper_checks.claims.asking import Predicted, ask, wrong_scenarios
from update_magnitude.paper_checks.claims.regimes import exact, size_of_risks
from update_magnitude.paper_checks.claims.side_by_side import side_by_side
from update_magnitude.paper_checks.questions import (
    DENSE,
    LAW,
    Picture,
    Place,
    Question,
    Reading,
    Study,
)
from update_magnitude.paper_checks.readings import reading
from update_magnitude.scenarios import Scenario, preset, varied
from update_magnitude.simulations import Simulation
from update_magnitude.simulations.streams import Seed
from update_magnitude.theory import CriticalDistance, critical_distance

LETTERS = {"forgetting": "F", "generalization": "G"}
IDENTICAL_TASKS = {
    "tasks.noise": 0.0,
    "optima.norm": {"shared": 1.0, "specific": 0.2},
    "optima.distance": {"shared": 0.0, "specific": 0.0},
}
BRACKET = (0.8, 1.25)  # where, in units of the predicted distance, the two sides are simulated


def studies(seed: Seed) -> list[Study]:
    """A regime in which small distances favour freezing, and one in which they do not."""
    small = _two_close(20, 20, 4)  # for the dense engine
    return [
        crossing_study(_titled_by_size(_two_close(240, 160, 50)), seed, LAW),
        crossing_study(_titled_by_size(small), seed),
        identical_study(varied(_two_close(80, 120, 20), IDENTICAL_TASKS), seed, LAW),
        identical_study(varied(small, IDENTICAL_TASKS), seed),
    ]


def _two_close(shared: int, specific: int, samples: int) -> Scenario:
    """The preset at other sizes."""
    sizes = {"blocks": {"shared": shared, "specific": specific}, "tasks.samples": samples}
    return varied(preset("two-close-tasks"), sizes)


def _titled_by_size(scenario: Scenario) -> Scenario:
    return varied(scenario, {"title": f"{scenario.title}, P = {scenario.blocks.capacity}"})


def initialized(scenario: Scenario) -> Scenario:
    """The same under initialized training."""
    return varied(scenario, {"updates.strategy": "initialized"})


def advantage(measure: str, frozen: Scenario) -> float:
    """What freezing adds to a measure, in theory: negative where freezing is better."""
    return exact(measure, frozen) - exact(measure, initialized(frozen))


class Pairs:
    """Frozen scenarios beside initialized ones, what each adds, and what is asked of that."""

    def __init__(self) -> None:
        self.scenarios: list[Scenario] = []
        self.contrasts: list[dict[int, float]] = []  # weights, by the place of the scenario
        self.questions: list[Question] = []

    def add(self, frozen: Scenario) -> int:
        """The contrast of a scenario with initialized training, by its place."""
        first = len(self.scenarios)
        self.scenarios += [frozen, initialized(frozen)]
        self.contrasts.append({first: 1.0, first + 1: -1.0})
        return len(self.contrasts) - 1

    def between(self, low: int, high: int, near: float) -> int:
        """The contrast on the straight line between two others."""
        shares = ((low, near), (high, 1 - near))
        row = {k: share * weight for c, share in shares for k, weight in self.contrasts[c].items()}
        self.contrasts.append(row)
        return len(self.contrasts) - 1

    def study(self, name: str, seed: Seed, engine: str) -> Study:
        """All of it on the same draws."""
        return side_by_side(name, self.scenarios, self.questions, seed, engine, self.contrasts)


def identical_study(frozen: Scenario, seed: Seed, engine: str = DENSE) -> Study:
    """F_frozen − F_initialized > 0 at distance 0, where small distances should favour freezing."""
    pairs = Pairs()
    mistake = "n + 1 for n"
    wrong = {mistake: advantage("forgetting", wrong_scenarios(frozen)[mistake])}
    asked = ask(
        "identical-tasks",
        f"identical tasks, P = {frozen.blocks.capacity}: frozen against initialized",
        frozen,
        "F_frozen − F_initialized",
        Predicted(advantage("forgetting", frozen), wrong),
        reading("forgetting", pairs.add(frozen)),
        size=size_of_risks("forgetting", *pairs.scenarios),
        absolute=True,
        paper=False,
    )
    pairs.questions.append(asked)
    return pairs.study("identical tasks", seed, engine)


def crossing_study(scenario: Scenario, seed: Seed, engine: str = DENSE) -> Study:
    """Where F_frozen − F_initialized vanishes."""
    pairs = Pairs()
    ask_crossing(pairs, "critical-distance", scenario, "forgetting", scenario.title)
    return pairs.study("frozen against initialized", seed, engine)


def ask_crossing(pairs: Pairs, claim: str, scenario: Scenario, measure: str, words: str) -> None:
    """Ask where a measure of frozen and of initialized training crosses, and who wins beside it."""
    critical = critical_distance(scenario, measure)
    if critical is None:
        raise ValueError(f"{scenario.title}: one strategy forgets less at every distance")
    distances = [factor * critical.distance for factor in BRACKET]
    below, above = (distance**2 for distance in distances)
    sides = [at_distance(scenario, distance) for distance in distances]
    low, high = (pairs.add(side) for side in sides)
    rows = (low, high, pairs.between(low, high, (above - critical.distance**2) / (above - below)))
    letter, title = LETTERS[measure], f"{words}: frozen against initialized"
    question = partial(ask, claim, title, scenario)
    wrong = {
        name: elsewhere.distance
        for name, other in wrong_scenarios(scenario).items()
        if name in ("the noise dropped", "n + 1 for n")  # other mistakes change both strategies
        and (elsewhere := critical_distance(other, measure)) is not None
    }
    predicted = Predicted(critical.distance, wrong)
    read = partial(_crossing, measure, rows, (below, above), critical)
    quantity = f"critical distance of {letter}"
    pairs.questions.append(question(quantity, predicted, read, paper=critical.frozen_below))
    signs = (-1, 1) if critical.frozen_below else (1, -1)
    for factor, row, side, sign in zip(BRACKET, rows[:2], sides, signs, strict=True):
        quantity = f"{letter}_frozen − {letter}_initialized at {factor:g} δ_c"
        place = Place(words, factor * critical.distance)
        size = size_of_risks(measure, side, initialized(side))
        asked = question(quantity, 0.0, reading(measure, row), size=size, side=sign, place=place)
        pairs.questions.append(asked)


def _crossing(
    measure: str,
    rows: Sequence[int],
    squared: tuple[float, float],
    critical: CriticalDistance,
    results: Sequence[Simulation],
) -> Reading:
    """Where it is, from the contrasts below, above and where it should vanish."""
    low, high, between = readings = [reading(measure, row)(results) for row in rows]
    place = crossing(squared, (low.estimate, high.estimate), between.standard_error, critical)
    if not between.standard_error:
        return place
    rounding = place.standard_error * between.rounding / between.standard_error
    return replace(place, rounding=rounding, lost=any(result.lost for result in readings))


def crossing(
    squared: tuple[float, float],
    differences: tuple[float, float],
    error: float,
    critical: CriticalDistance,
) -> Reading:
    """Where a difference that is affine in the squared distance vanishes.

    The standard error is that of the difference interpolated at the predicted distance; the
    distance is negative if the difference changes sign in the other direction than predicted.

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
    scenario = _titled_by_size(_two_close(240, 160, 50))
    critical = critical_distance(scenario)
    if critical is None:
        return {}
    distances = [k * critical.distance / 10 for k in range(21)]
    points = [at_distance(scenario, max(distance, 1e-6)) for distance in distances]
    curves = {scenario.title: (distances, [advantage("forgetting", point) for point in points])}
    words = ("parameter distance ‖δ‖", "F_frozen − F_initialized")
    return {"critical-distance": Picture(*words, curves, {"δ_c": critical.distance})}

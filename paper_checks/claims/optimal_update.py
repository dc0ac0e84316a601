"""The update that is best for the new task: where theory says, and better than both strategies.

At λρ_b = N p_b/(n E‖d_b‖²) the risk R_2 is least. That is exact at finite size with normal
features, whose rotations within a block leave nothing of d_b but its mean square.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from math import exp
from typing import NamedTuple

from update_magnitude.paper_checks.claims.asking import ask
from update_magnitude.paper_checks.claims.regimes import DIFFERENCE, difference_size, exact
from update_magnitude.paper_checks.claims.side_by_side import side_by_side
from update_magnitude.paper_checks.questions import DENSE, Question, Read, Study
from update_magnitude.paper_checks.readings import reading
from update_magnitude.scenarios import Scenario, library, varied
from update_magnitude.scenarios.families import family_of
from update_magnitude.simulations.streams import Seed
from update_magnitude.theory.numbers.dynamics import trajectory

CLAIM = "optimal-update"
# What is changed of the scenario of the library, by title.
PLACES: dict[str, dict[str, object]] = {
    "near tasks": {},
    "far tasks": {"optima.distance.shared": 1.0, "optima.distance.specific": 2.0},
    "noisy tasks": {"tasks.noise": 1.0},
    "near tasks, many samples": {"tasks.samples": 60, "tasks.noise": 0.8},
    "far tasks, many samples": {
        "tasks.samples": 60,
        "tasks.noise": 0.8,
        "optima.distance.shared": 1.0,
    },
}
SLOPES: dict[str, dict[str, object]] = {  # where the slopes are asked
    "near tasks": {},
    "near tasks, few parameters": {
        "blocks": {"shared": 4, "specific": 6},
        "tasks.samples": 40,
        "tasks.noise": 0.2,
    },
}
STEP = 0.2  # in log λρ_b, of the differences that make a slope
AWAY = 4.0  # by what λρ_b is multiplied, or divided, where R_2 is worse
LEFT = 1e-4  # of R_2, that differences of that step leave of a slope
# What is taken for the slope around a place: weights of R_2 at multiples of the step.
SLOPE = {-2: 1 / 12, -1: -8 / 12, 1: 8 / 12, 2: -1 / 12}
ROUGHLY = {-1: -0.5, 1: 0.5}
STANDARD = ("frozen", "initialized")


def studies(seed: Seed) -> list[Study]:
    """Comparisons everywhere, slopes and what is on both sides in both regimes."""
    compared = [_compared(scenario(title), seed) for title in PLACES]
    return compared + [_around(scenario(title, SLOPES), seed) for title in SLOPES]


def scenario(title: str, places: Mapping[str, Mapping[str, object]] = PLACES) -> Scenario:
    """One of some places, with initialized training."""
    return varied(library("optimal-update"), {"title": title, **places[title]})


def best_holds(scenario: Scenario) -> dict[str, float]:
    """λρ_b = N p_b/(n E‖d_b‖²) of all blocks at the second task, where all train and N = σ²."""
    noise, samples = scenario.tasks.noise[1], scenario.tasks.samples[1]
    blocks = zip(scenario.blocks.names, scenario.blocks.sizes, left_to_learn(scenario), strict=True)
    return {name: noise**2 * size / (samples * left) for name, size, left in blocks}


def left_to_learn(scenario: Scenario) -> list[float]:
    """E‖d_b‖² of every block before the last task."""
    (part,) = family_of(scenario).parts
    *_, last = trajectory(part, changes=False)
    rows = zip(part.numbers.optima, last.before.mean, last.before.spread, strict=True)
    return [float(((points[-1] - mean) ** 2).sum() + spread) for points, mean, spread in rows]


def held(scenario: Scenario, holds: Mapping[str, float]) -> Scenario:
    """The same with λρ_b as given at its second task, and the plain update at the first."""
    weights = {name: [1.0, hold] for name, hold in holds.items()}
    return varied(scenario, {"updates.penalty": [0.0, 1.0], "updates.weights": weights})


def _compared(initialized: Scenario, seed: Seed) -> Study:
    """R_2 and G of the best update less those of both standard strategies."""
    title = f"{initialized.title}: the best update"
    best = held(initialized, best_holds(initialized))
    others = {name: varied(initialized, {"updates.strategy": name}) for name in STANDARD}
    measures = {
        "second_risk": ("R_2", "risk", (2, 2)),
        "generalization": ("G", "generalization", ()),
    }
    questions = [
        ask(
            CLAIM,
            title,
            best,
            f"{symbol} of the best update less that of {name} training",
            0.0,
            reading(read, row, *place),
            size=difference_size(measure, best, other),
            unit=DIFFERENCE,
            side=-1,
        )
        for row, (name, other) in enumerate(others.items())
        for measure, (symbol, read, place) in measures.items()
    ]
    rows = [{0: 1.0, place: -1.0} for place in range(1, len(others) + 1)]
    return side_by_side(title, [best, *others.values()], questions, seed, DENSE, rows)


class _Combination(NamedTuple):
    """Scenarios that differ in λρ_b, with weights."""

    holds: Sequence[dict[str, float]]
    weights: Sequence[float]


def _around(initialized: Scenario, seed: Seed) -> Study:
    """Slopes of R_2 in log λρ_b at the best place and at wrong ones, and R_2 on both sides."""
    title = f"{initialized.title}: slopes at the best update"
    best = best_holds(initialized)
    sizes = dict(zip(initialized.blocks.names, initialized.blocks.sizes, strict=True))
    wrong = {
        "λρ_b twice as large": {name: 2 * hold for name, hold in best.items()},
        "p_b left out": {name: hold / sizes[name] for name, hold in best.items()},
    }
    least = exact("second_risk", held(initialized, best))
    asked = partial(ask, CLAIM, title, held(initialized, best))
    combinations: list[_Combination] = []
    questions: list[Question] = []

    def read_of(combination: _Combination) -> Read:
        combinations.append(combination)
        return reading("risk", len(combinations) - 1, 2, 2)

    for name in best:
        question = asked(
            f"slope of R_2 in log λρ of {name}",
            0.0,
            read_of(_slope(best, name, SLOPE)),
            size=least,
            rounding=LEFT,
            astray={mistake: read_of(_slope(at, name, ROUGHLY)) for mistake, at in wrong.items()},
        )
        questions.append(question)
        for factor, words in ((AWAY, "four times as tightly"), (1 / AWAY, "a quarter as tightly")):
            away = best | {name: factor * best[name]}
            question = asked(
                f"R_2 with {name} held {words}, less the least",
                0.0,
                read_of(_Combination([away, best], [1.0, -1.0])),
                size=difference_size(
                    "second_risk", held(initialized, best), held(initialized, away)
                ),
                unit=DIFFERENCE,
                side=1,
            )
            questions.append(question)
    return _study(title, initialized, combinations, questions, seed)


def _slope(at: dict[str, float], name: str, weights: Mapping[int, float]) -> _Combination:
    """The slope in log λρ of one block."""
    places = [at | {name: at[name] * exp(STEP * count)} for count in weights]
    return _Combination(places, [weight / STEP for weight in weights.values()])


def _study(
    title: str,
    initialized: Scenario,
    combinations: Sequence[_Combination],
    questions: Sequence[Question],
    seed: Seed,
) -> Study:
    """All that is combined on common draws, each scenario once."""
    scenarios: list[Scenario] = []
    rows: list[dict[int, float]] = []
    for combination in combinations:
        row: dict[int, float] = {}
        for holds, weight in zip(combination.holds, combination.weights, strict=True):
            one = held(initialized, holds)
            if one not in scenarios:
                scenarios.append(one)
            row[scenarios.index(one)] = weight
        rows.append(row)
    return side_by_side(title, scenarios, questions, seed, DENSE, rows)

"""Forgetting is drift: the terms of the decomposition, each measured by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from update_magnitude.paper_checks import readings
from update_magnitude.paper_checks.claims.asking import Predicted, ask, by_theorem
from update_magnitude.paper_checks.claims.regimes import yardstick
from update_magnitude.paper_checks.claims.side_by_side import side_by_side
from update_magnitude.paper_checks.questions import (
    DENSE,
    LAW,
    RISKS,
    Claim,
    Picture,
    Place,
    Question,
    Study,
)
from update_magnitude.scenarios import Scenario, library, varied
from update_magnitude.simulations.streams import Seed
from update_magnitude.theory import drift

DRIFT = Claim(
    "drift",
    "forgetting is the sum of drift (of trained and of held blocks), what task 1 left unlearned, "
    "the noise, and interference",
    "the paper (forgetting as drift in parameter space); the exact terms are ours",
    ("forgetting-decomposition",),
    "Each term is measured by itself: drift by moving the second optimum to both sides of the "
    "first (what both have in common is drift, half their difference is interference), noise by "
    "leaving it out, and what is left without either is what was not learned. All runs share their "
    "draws. Drift of the held blocks acts as noise: a frozen update fits with the specific "
    "parameters what only the shared ones could explain.",
)
CLAIMS = (DRIFT,)
# What is there of the step in the trained blocks, of that in the held ones, and of the noise.
PARTS = {
    "nothing": (0, 0, 0),
    "trained +": (1, 0, 0),
    "trained −": (-1, 0, 0),
    "held +": (0, 1, 0),
    "held −": (0, -1, 0),
    "noise": (0, 0, 1),
    "all": (1, 1, 1),
}
TERMS: dict[str, dict[str, float]] = {
    "drift-trained": {"trained +": 0.5, "trained −": 0.5, "nothing": -1},
    "drift-held": {"held +": 0.5, "held −": 0.5, "nothing": -1},
    "unlearned": {"nothing": 1},
    "noise": {"noise": 1, "nothing": -1},
    "interference": {"trained +": 0.5, "trained −": -0.5, "held +": 0.5, "held −": -0.5},
}
# Carriers that a mistake may lose; of a sum, all but one are left to tell.
DROPPED = {"unlearned": ("e_e_C",), "interference": ("e_delta_C",)}
LEAST = "all of forgetting, or the risks that it is made of if they are less"
SIZES: dict[str, tuple[tuple[int, int], tuple[int, int]]] = {
    "many parameters": ((500, 400), (150, 120)),
    "few parameters": ((20, 20), (4, 4)),
    "many samples": ((40, 60), (300, 240)),
    "more samples": ((3, 3), (22, 18)),
}
RUNS = (
    ("many parameters", LAW),
    ("many samples", LAW),
    ("few parameters", DENSE),
    ("more samples", DENSE),
)


def studies(seed: Seed) -> list[Study]:
    """Every term in both regimes, on the law engine and, at small size, on the dense one."""
    return [_study(name, engine, seed) for name, engine in RUNS]


def scenario(name: str, part: str = "all") -> Scenario:
    """Two tasks of a size, the second with some of its step and noise; the specific block trains.

    Steps have a part along the first optimum, so that there is interference.
    """
    (shared, specific), samples = SIZES[name]
    trained, held, noise = PARTS[part]
    return varied(
        library("drift-terms"),
        {
            "title": f"two tasks, {name}",
            "blocks": {"shared": shared, "specific": specific},
            "tasks.samples": samples,
            "tasks.noise": [0.5, 0.8 * noise],
            "optima.gram.shared": _gram(1.0, 0.5 * held, 1.0 * abs(held)),
            "optima.gram.specific": _gram(1.5, -0.8 * trained, 1.2 * abs(trained)),
        },
    )


def _gram(norm: float, meet: float, step: float) -> list[list[float]]:
    """⟨θ*_i, θ*_j⟩ from ‖θ*_1‖², ⟨θ*_1, δ⟩ and ‖δ‖²."""
    return [[norm, norm + meet], [norm + meet, norm + 2 * meet + step]]


def arguments(scenario: Scenario) -> dict[str, float]:
    """The values of the theorems' symbols at the second task of a scenario."""
    found = drift(scenario)
    return {
        "m": scenario.trainable_count(1),
        "n": scenario.tasks.samples[1],
        "alpha": scenario.updates.scale[1],
        "sigma": scenario.tasks.noise[1],
        "N": found.held(found.drift) + scenario.tasks.noise[1] ** 2,
        "D_S": found.trained(found.drift),
        "e_d": found.trained(found.overlap),
        "e_e": found.trained(found.error),
        "e_e_C": found.held(found.error),
        "e_delta_S": found.trained(found.meet),
        "e_delta_C": found.held(found.meet),
        "step_S": found.trained(found.step),
        "step_C": found.held(found.step),
    }


def _study(name: str, engine: str, seed: Seed) -> Study:
    whole = scenario(name)
    values = arguments(whole)
    parts = list(PARTS)
    rows = [[term.get(part, 0.0) for part in parts] for term in TERMS.values()]
    everything = [float(part == "all") for part in parts]
    rest = np.array(everything) - np.sum(rows, axis=0)
    total = by_theorem("forgetting-decomposition", values)
    contrasts = [*rows, everything, rest.tolist()]

    def question(quantity: str, predicted: Predicted, row: int, **more: Any) -> Question:
        read = readings.forgetting(row)
        summed = [
            scenario(name, part)
            for part, weight in zip(parts, contrasts[row], strict=True)
            if weight
        ]
        size = yardstick(summed, engine, abs(total.value))
        given = (DRIFT, quantity, whole.title, whole, predicted, read)
        return ask(
            *given, size=size, absolute=True, unit=RISKS if engine == DENSE else LEAST, **more
        )

    questions = [
        question(
            f"F, {term}",
            by_theorem(f"forgetting-{term}", values, DROPPED.get(term, ())),
            row,
            place=Place(name, row),
        )
        for row, term in enumerate(TERMS)
    ]
    mistakes = _without(values, total)
    questions.append(question("F, whole", Predicted(total.value, mistakes), len(TERMS)))
    questions.append(question("F less the sum of its terms", Predicted(0.0, {}), len(TERMS) + 1))
    scenarios = [scenario(name, part) for part in parts]
    return side_by_side(whole.title, scenarios, questions, seed, engine, contrasts)


def _without(values: Mapping[str, float], total: Predicted) -> dict[str, float]:
    """What F would be without one of its terms."""
    lost = {
        f"{term} dropped": total.value - by_theorem(f"forgetting-{term}", values).value
        for term in TERMS
    }
    return total.wrong | lost


def pictures() -> dict[str, Picture]:
    """The terms side by side, in both regimes."""
    places = [float(k) for k in range(len(TERMS))]
    curves = {
        name: (
            places,
            [by_theorem(f"forgetting-{term}", arguments(scenario(name))).value for term in TERMS],
        )
        for name, engine in RUNS
        if engine == LAW
    }
    return {DRIFT.name: Picture("term", "what it adds to F", curves, names=tuple(TERMS))}

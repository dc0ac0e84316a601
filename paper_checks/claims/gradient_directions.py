"""What gradient directions say about parameter distances: Algorithm 1's signal, in both forms."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

from update_magnitude.paper_checks.claims.asking import Predicted, ask, by_theorem
from update_magnitude.paper_checks.questions import Claim, Picture, Place, Question, Reading, Study
from update_magnitude.scenarios import Scenario, coordinates, library, varied
from update_magnitude.simulations.runner import Runner
from update_magnitude.simulations.streams import Seed, named
from update_magnitude.theory import drift, means

COSINE = Claim(
    "gradient-direction",
    "at a common point the inner product of two tasks' gradients tells their distance; taken each "
    "at the start of its own task, as published, it does not",
    "the paper (Algorithm 1: cosine of gradients); both values are ours",
    ("gradient-common-point", "gradient-own-start", "gradient-norm"),
    "At the start of its own task a gradient is taken after the last task was fitted. Fitting it "
    "subtracts the very step that the last gradient pointed along, noise included: what is left is "
    "⟨δ, E d⟩ − σ² (for n > P, −Pσ²/n), which knows the length of δ only as far as δ points along "
    "d. Steps orthogonal to d, of any length, give the same inner product.",
)
DISTANCE = Claim(
    "distance-estimate",
    "half-batch gradients at a common point estimate the squared parameter distance without bias, "
    "with the predicted variance",
    "ours (the common-point form of the paper's Algorithm 1)",
    ("distance-estimate", "distance-estimate-variance"),
    "g_i − g_j has the mean θ*_j − θ*_i wherever it is taken. A square is biased by variance; "
    "the product over two independent halves of the batches is not.",
)
CLAIMS = (COSINE, DISTANCE)
DISTANCES = (0.4, 1.2)
LENGTHS = "the lengths of both gradients, √(E‖g_1‖² E‖g_2‖²)"
APART = "E‖g_2 − g_1‖², of which it is the part that is no noise"
FOURTH = "(E‖g_2 − g_1‖²)²"
SHOWN = 18  # parameters of the scenarios whose inner products the picture shows


def studies(seed: Seed) -> list[Study]:
    """Near and far tasks, in many and in few parameters."""
    return [
        *(_study(scenario(SHOWN, 6, distance), seed) for distance in DISTANCES),
        _study(scenario(6, 24, 3.0), seed, with_variance=True),
    ]


def scenario(capacity: int, samples: int, distance: float) -> Scenario:
    """Two tasks, all blocks train; the step has a part along the first optimum."""
    along = 0.4 * distance
    norm, step = 1.0, distance**2
    gram = [[norm, norm + along], [norm + along, norm + 2 * along + step]]
    return varied(
        library("two-gradients"),
        {
            "title": f"P = {capacity}, n = {samples}, δ = {distance:g}",
            "blocks.all": capacity,
            "tasks.samples": samples,
            "optima.gram.all": gram,
        },
    )


def known(scenario: Scenario) -> dict[str, float]:
    """The arguments of the theorems at θ_0 = 0, where d_k = θ*_k; i and t − 1 are task 1."""
    (points,) = (block.astype(float) for block in coordinates(scenario))
    found, sigma, n = drift(scenario), scenario.tasks.noise[0], scenario.tasks.samples[0]
    first, second = points
    before = float((second - first) @ first)  # ⟨δ, E d⟩ before task 1: d = θ*_1
    return {
        "n": n,
        "P": scenario.blocks.capacity,
        "alpha": 1.0,
        "sigma": sigma,
        "sigma_1": sigma,
        "sigma_2": sigma,
        "d_i_d_i": float(first @ first),
        "d_j_d_j": float(second @ second),
        "d_i_d_j": float(first @ second),
        "delta_d": before,
        "apart": float(found.step.sum()),
    }


def _study(scenario: Scenario, seed: Seed, with_variance: bool = False) -> Study:
    # These import jax, which naming a claim need not.
    from update_magnitude.simulations.measures.gradients import (
        COMMON,
        NORM,
        OWN,
        SPREAD,
        Gradients,
    )
    from update_magnitude.simulations.measures.gradients import (
        DISTANCE as ESTIMATE,
    )
    from update_magnitude.simulations.reducers import Averages

    values = known(scenario)
    norm = by_theorem("gradient-norm", values, ("sigma",))
    halves = values | {"n": values["n"] / 2}
    variance = by_theorem("distance-estimate-variance", halves, ("sigma_1", "sigma_2"))
    estimate = by_theorem("distance-estimate", halves)
    other = by_theorem("gradient-norm", values | {"d_i_d_i": values["d_j_d_j"]}).value
    single = norm.value + other - 2 * values["d_i_d_j"]  # E‖g_2 − g_1‖² over whole batches
    biased = Predicted(estimate.value, {"a single batch, squared": single})

    def question(
        claim: Claim, quantity: str, predicted: Predicted, index: int, size: float, unit: str = ""
    ) -> Question:
        shown = index in (COMMON, OWN) and scenario.blocks.capacity == SHOWN
        place = Place(quantity, values["apart"] ** 0.5) if shown else None
        given = (claim, quantity, scenario.title, scenario, predicted, partial(_read, index))
        return ask(*given, size=size, absolute=True, place=place, unit=unit)

    common = by_theorem("gradient-common-point", values)
    own = by_theorem("gradient-own-start", values, ("sigma",))
    own.wrong["taken for that at a common point"] = common.value
    started = values | {"d_i_d_i": float(means(scenario).risk[0, 1])}  # d = θ*_2 − θ_1
    after = by_theorem("gradient-norm", started).value
    lengths = (math.sqrt(norm.value * other), math.sqrt(norm.value * after))
    questions = [
        question(COSINE, "⟨g_2, g_1⟩ at a common point", common, COMMON, lengths[0], LENGTHS),
        question(COSINE, "⟨g_2, g_1⟩ at own starts", own, OWN, lengths[1], LENGTHS),
        question(COSINE, "‖g_1‖²", norm, NORM, norm.value),
        question(DISTANCE, "estimate of ‖δ‖²", biased, ESTIMATE, single, APART),
    ]
    if with_variance:  # it needs eighth moments of features, so it takes many replicates
        size = single**2
        asked = question(DISTANCE, "variance of the estimate", variance, SPREAD, size, FOURTH)
        questions.append(asked)
    name = f"gradients, {scenario.title}"
    runner = Runner([scenario], named(seed, name), measure=Gradients(), reducer=Averages())
    return Study(name, runner, tuple(questions))


def _read(index: int, results: Any) -> Reading:
    return Reading(float(results.mean[index]), float(results.standard_error[index]))


def pictures() -> dict[str, Picture]:
    """Both inner products against the distance."""
    distances = [k / 10 for k in range(1, 16)]
    found = [known(scenario(SHOWN, 6, distance)) for distance in distances]
    curves = {
        "⟨g_2, g_1⟩ at a common point": (
            distances,
            [by_theorem("gradient-common-point", result).value for result in found],
        ),
        "⟨g_2, g_1⟩ at own starts": (
            distances,
            [by_theorem("gradient-own-start", result).value for result in found],
        ),
    }
    return {COSINE.name: Picture("parameter distance ‖δ‖", "mean inner product", curves)}

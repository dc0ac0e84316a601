"""What gradient directions say about parameter distances: Algorithm 1's signal, in both forms."""

from __future__ import annotations

import math

from update_magnitude.paper_checks.claims.asking import Predicted, ask, by_theorem
from update_magnitude.paper_checks.claims.side_by_side import measured
from update_magnitude.paper_checks.questions import Picture, Place, Study
from update_magnitude.paper_checks.readings import mean
from update_magnitude.scenarios import Scenario, coordinates, library, varied
from update_magnitude.simulations.streams import Seed
from update_magnitude.theory import drift, means, theorem

DISTANCES = (0.4, 1.2)
LENGTHS = "the lengths of both gradients, √(E‖g_1‖² E‖g_2‖²)"
APART = "E‖g_2 − g_1‖², of which it is the part that is no noise"
FOURTH = "(E‖g_2 − g_1‖²)²"
SHOWN = 18  # parameters of the scenarios whose inner products the picture shows
COMMON_POINT, OWN_STARTS = "⟨g_2, g_1⟩ at a common point", "⟨g_2, g_1⟩ at own starts"


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
    first, second = points
    sigma = scenario.tasks.noise[0]
    return {
        "n": scenario.tasks.samples[0],
        "P": scenario.blocks.capacity,
        "alpha": 1.0,
        **dict.fromkeys(("sigma", "sigma_1", "sigma_2"), sigma),
        "d_i_d_i": float(first @ first),
        "d_j_d_j": float(second @ second),
        "d_i_d_j": float(first @ second),
        "delta_d": float((second - first) @ first),  # ⟨δ, E d⟩ before task 1: d = θ*_1
        "apart": float(drift(scenario).step.sum()),
    }


def _study(scenario: Scenario, seed: Seed, with_variance: bool = False) -> Study:
    # This imports jax, which naming a claim need not.
    from update_magnitude.simulations.measures import gradients

    def predicted(name: str, *dropped: str, **other: float) -> Predicted:
        return by_theorem(name, scenario, dropped, **values | other)

    values = known(scenario)
    norm = predicted("gradient-norm", "sigma")
    second = predicted("gradient-norm", d_i_d_i=values["d_j_d_j"]).value
    started = float(means(scenario).risk[0, 1])  # ‖d‖², d = θ*_2 − θ_1
    after = predicted("gradient-norm", d_i_d_i=started).value
    single = norm.value + second - 2 * values["d_i_d_j"]  # E‖g_2 − g_1‖² over whole batches
    common = predicted("gradient-common-point")
    own = predicted("gradient-own-start", "sigma")
    own.wrong["taken for that at a common point"] = common.value
    half = values["n"] / 2
    estimate = predicted("distance-estimate", n=half).value
    biased = Predicted(estimate, {"a single batch, squared": single})
    lengths = [math.sqrt(norm.value * other) for other in (second, after)]
    rows = [
        ("gradient-direction", COMMON_POINT, common, gradients.COMMON, lengths[0], LENGTHS),
        ("gradient-direction", OWN_STARTS, own, gradients.OWN, lengths[1], LENGTHS),
        ("gradient-direction", "‖g_1‖²", norm, gradients.NORM, norm.value, ""),
        ("distance-estimate", "estimate of ‖δ‖²", biased, gradients.DISTANCE, single, APART),
    ]
    if with_variance:  # it needs eighth moments of features, so it takes many replicates
        spread = predicted("distance-estimate-variance", "sigma_1", "sigma_2", n=half)
        words = "variance of the estimate"
        rows.append(("distance-estimate", words, spread, gradients.SPREAD, single**2, FOURTH))
    shown = (COMMON_POINT, OWN_STARTS) if scenario.blocks.capacity == SHOWN else ()
    questions = [
        ask(
            claim,
            scenario.title,
            scenario,
            quantity,
            number,
            mean(index),
            size=size,
            absolute=True,
            place=Place(quantity, values["apart"] ** 0.5) if quantity in shown else None,
            unit=unit,
        )
        for claim, quantity, number, index, size, unit in rows
    ]
    name = f"gradients, {scenario.title}"
    return measured(name, scenario, gradients.Gradients(), questions, seed)


def pictures() -> dict[str, Picture]:
    """Both inner products against the distance."""
    distances = [k / 10 for k in range(1, 16)]
    points = [scenario(SHOWN, 6, distance) for distance in distances]
    theorems = {COMMON_POINT: "gradient-common-point", OWN_STARTS: "gradient-own-start"}
    curves = {
        symbol: (distances, [theorem(name).at(known(point)) for point in points])
        for symbol, name in theorems.items()
    }
    words = ("parameter distance ‖δ‖", "mean inner product")
    return {"gradient-direction": Picture(*words, curves)}

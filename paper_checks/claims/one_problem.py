"""Frozen and initialized training as two points of one constrained problem."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from update_magnitude.paper_checks.claims import whole_problem
from update_magnitude.paper_checks.claims.asking import ask
from update_magnitude.paper_checks.claims.side_by_side import measured
from update_magnitude.paper_checks.questions import Question, Reading, Study
from update_magnitude.scenarios import Scenario, preset, varied
from update_magnitude.simulations.streams import Seed
from update_magnitude.theory import theorem

if TYPE_CHECKING:
    from update_magnitude.simulations.measures.constrained_descent import Constraint, Ends
    from update_magnitude.simulations.reducers import Samples

LEFT_OVER = 1e-6  # what descent leaves of the way where it ends
SAMPLES = 5
PILOT = 512  # replicates: each must agree to LEFT_OVER, so a few are enough
FROZEN, INITIALIZED = ("frozen-limit-trained",), ("initialized-limit-trained",)
PENALIZED = ("constrained-trained", "constrained-held")
# For one sample: the claim, words, the constraint, and theorems about the shares of S and of C.
CASES: tuple[tuple[str, str, dict[str, float], tuple[str, ...]], ...] = (
    ("one-problem", "ω → 0", {"held": 0.0}, FROZEN),
    ("one-problem", "ω = 1, λ → 0", {}, (*INITIALIZED, "initialized-limit-held")),
    ("one-problem", "λ = 30, ω = 0.5", {"penalty": 30.0, "looseness": 0.5}, PENALIZED),
    ("one-problem", "λ = 4, ω = 0.2", {"penalty": 4.0, "looseness": 0.2}, PENALIZED),
    ("one-problem", "λ = 1, ω = 1", {"penalty": 1.0, "looseness": 1.0}, PENALIZED),
    ("trust-region", "‖Δ_C‖ ≤ ρ_C", {"held": 0.3}, PENALIZED),
)
BALL = {"whole": 0.4}  # for several samples
Numbers = NDArray[np.float64]


def studies(seed: Seed) -> list[Study]:
    """One sample, where theory has numbers for all of it; several, for the ball; the whole."""
    close = preset("two-close-tasks")
    one = varied(close, {"tasks.samples": [5, 1], "title": "two close tasks, one sample"})
    several = varied(close, {"tasks.samples": [5, SAMPLES], "tasks.noise": 0.5})
    constraints = [constraint for _, _, constraint, _ in CASES]
    return [
        _study("constrained descent, one sample", one, seed, constraints, _on_shares(one)),
        _study("constrained descent, a ball", several, seed, [BALL], _on_directions(several)),
        whole_problem.study(seed),
    ]


def _study(
    name: str,
    scenario: Scenario,
    seed: Seed,
    constraints: list[dict[str, float]],
    questions: list[Question],
) -> Study:
    """Descent under constraints, of which every end is kept."""
    from update_magnitude.simulations.measures.constrained_descent import (
        ConstrainedDescent,
        Constraint,  # imports jax, which naming need not
    )

    descent = ConstrainedDescent(tuple(Constraint(**fields) for fields in constraints))
    return measured(name, scenario, descent, questions, seed, samples=True, pilot=PILOT)


def _on_shares(scenario: Scenario) -> list[Question]:
    """What either block explains of the residual of one sample, replicate by replicate."""
    questions, title = [], f"{scenario.title}: constrained descent"
    for number, (claim, words, _, theorems) in enumerate(CASES):
        for block, name in enumerate(theorems):
            if theorems == FROZEN:  # with nothing but S moving, swapping changes nothing
                mistake = "taken for initialized training"
                wrong = partial(_ratio, number, block, *INITIALIZED, False)
            else:
                mistake = "k_S and k_C swapped"
                wrong = partial(_ratio, number, block, name, True)
            quantity = f"{words}: share explained by {'SC'[block]}, over theory's"
            right = partial(_ratio, number, block, name, False)
            question = partial(ask, claim, title, scenario, rounding=LEFT_OVER)
            questions.append(question(quantity, 1.0, right, astray={mistake: wrong}))
    return questions


def _ratio(number: int, block: int, name: str, swapped: bool, results: Samples) -> Reading:
    """The share that was explained over the share that should be, over all replicates."""
    from update_magnitude.simulations.measures.constrained_descent import Constraint

    ends: Ends = results.values
    known = ends._replace(trained=ends.held, held=ends.trained) if swapped else ends
    wanted = _share(name, known, Constraint(**CASES[number][2]))
    return _mean(ends.shares[:, number, block, 0] / wanted)


def _share(name: str, ends: Ends, constraint: Constraint) -> Numbers:
    """A theorem in every replicate; a held block of length ρ_C is on the path λ → 0 at some ω.

    At that ω, ω k_C/(k_S + ω k_C) = ρ_C √k_C/|r|.
    """
    k_S, k_C = ends.trained[:, 0], ends.held[:, 0]
    known: dict[str, ArrayLike] = {
        "k_S": k_S,
        "k_C": k_C,
        "penalty": constraint.penalty,
        "omega": constraint.looseness,
    }
    if constraint.held < math.inf:
        share = np.full_like(k_S, constraint.held)  # ρ_C is in units of |r|/√k_C for one sample
        omega = share * k_S / (k_C * (1 - share))
        known["omega"] = np.minimum(omega, 1.0)  # beyond ω = 1 the ball is no constraint
        known["penalty"] = 1e-9 * (k_S + k_C)
    formula = theorem(name)
    values = formula(**{argument: known[argument] for argument in formula.arguments})
    return np.broadcast_to(values, k_S.shape)


def _on_directions(scenario: Scenario) -> list[Question]:
    """Several samples within ‖Δ‖ ≤ ρ: direction by direction on the penalized path."""
    title = f"{scenario.title}: constrained descent"
    question = partial(ask, "trust-region", title, scenario, rounding=LEFT_OVER)
    return [
        question(
            f"‖Δ‖ ≤ ρ: share explained in direction {k + 1}, over theory's",
            1.0,
            partial(_on_ball, k, 1.0),
            astray={"λ off by a tenth": partial(_on_ball, k, 1.1)},
        )
        for k in range(1, SAMPLES)  # the first direction tells λ
    ]


def _on_ball(direction: int, factor: float, results: Samples) -> Reading:
    """λ from what is explained in the first direction; what theory has for another one."""
    ends: Ends = results.values
    kappa = ends.trained + ends.held
    explained = ends.shares[:, 0].sum(1)
    penalty = factor * kappa[:, 0] * (1 / explained[:, 0] - 1)
    formula = theorem("constrained-trained")
    wanted = formula(k_S=kappa[:, direction], k_C=0.0, omega=1.0, penalty=penalty)
    return _mean(explained[:, direction] / wanted)


def _mean(ratios: ArrayLike) -> Reading:
    values = np.asarray(ratios)
    return Reading(float(values.mean()), float(values.std() / np.sqrt(len(values))))

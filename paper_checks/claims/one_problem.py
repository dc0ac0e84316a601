"""Frozen and initialized training as two points of one constrained problem."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from update_magnitude.paper_checks.claims.asking import ask
from update_magnitude.paper_checks.questions import Claim, Question, Read, Reading, Study
from update_magnitude.scenarios import Scenario, preset, varied
from update_magnitude.simulations.runner import Runner
from update_magnitude.simulations.streams import Seed, named
from update_magnitude.theory import theorem

if TYPE_CHECKING:
    from update_magnitude.simulations.measures.constrained_descent import Constraint, Ends
    from update_magnitude.simulations.reducers import Samples

ONE = Claim(
    "one-problem",
    "frozen and initialized training are two ends of one penalized problem, and gradient descent "
    "finds its solution at either end and between",
    "the paper (frozen and initialized training as one constrained problem); this form is ours",
    ("constrained-trained", "constrained-held", "frozen-limit-trained", "initialized-limit-held"),
    "One problem holds all parameters with a penalty λ, and the shared ones 1/ω times as tightly. "
    "ω → 0 forbids the shared block to move: frozen training. ω = 1 holds all alike: initialized "
    "training. For one sample all of it comes down to two numbers, ‖φ_S‖² and ‖φ_C‖², so the share "
    "of the residual that either block explains can be compared replicate by replicate.",
)
TRUST = Claim(
    "trust-region",
    "a trust region traces the path between them: ‖Δ_C‖ ≤ ρ_C leads from frozen to initialized "
    "training, ‖Δ‖ ≤ ρ from no update to the whole one along the penalized solutions",
    "the paper (a constraint on the update magnitude); this form is ours",
    ("constrained-trained", "constrained-held"),
    "Descent that is projected on a ball ends where the penalized problem does, for the λ that is "
    "the multiplier of the constraint. In each direction of the samples in which ΦᵀΦ acts as κ, "
    "it explains κ/(κ + λ) of the residual. If only the held block is confined, what it may not "
    "explain the trained block does.",
)
CLAIMS = (ONE, TRUST)
LEFT_OVER = 1e-6  # what descent leaves of the way where it ends
SAMPLES = 5
PILOT = 512  # replicates: each must agree to LEFT_OVER, so a few are enough
FROZEN, INITIALIZED, TIGHT, MIDDLE, LOOSE, CONFINED, WITHIN = range(7)

Numbers = NDArray[np.float64]
Predict = Callable[["Ends", "Constraint"], Numbers]


def constraints() -> tuple[Constraint, ...]:
    """In the order of the names above."""
    from update_magnitude.simulations.measures.constrained_descent import (
        Constraint,  # imports jax, which naming need not
    )

    return (
        Constraint(held=0.0),
        Constraint(),
        Constraint(penalty=30.0, looseness=0.5),
        Constraint(penalty=4.0, looseness=0.2),
        Constraint(penalty=1.0, looseness=1.0),
        Constraint(held=0.3),
        Constraint(whole=0.4),
    )


def studies(seed: Seed) -> list[Study]:
    """One sample, where theory has numbers for all of it; and several, for the ball."""
    close = preset("two-close-tasks")
    one = varied(close, {"tasks.samples": [5, 1], "title": "two close tasks, one sample"})
    several = varied(close, {"tasks.samples": [5, SAMPLES], "tasks.noise": 0.5})
    return [_study(one, seed), _ball_study(several, seed)]


def _study(scenario: Scenario, seed: Seed) -> Study:
    held = constraints()

    def question(claim: Claim, words: str, number: int, block: int, predict: Predict) -> Question:
        def against(other: Predict) -> Read:
            return partial(_ratio, number, block, held[number], other)

        swapped = partial(_swapped, predict)
        return ask(
            claim,
            f"{words}: share explained by {'SC'[block]}, over theory's",
            f"{scenario.title}: constrained descent",
            scenario,
            1.0,
            against(predict),
            rounding=LEFT_OVER,
            astray={"k_S and k_C swapped": against(swapped)},
        )

    questions = [
        question(ONE, "ω → 0", FROZEN, 0, partial(_limit, "frozen-limit-trained")),
        question(ONE, "ω = 1, λ → 0", INITIALIZED, 0, partial(_limit, "initialized-limit-trained")),
        question(ONE, "ω = 1, λ → 0", INITIALIZED, 1, partial(_limit, "initialized-limit-held")),
    ]
    for number in (TIGHT, MIDDLE, LOOSE):
        of = held[number]
        words = f"λ = {of.penalty:g}, ω = {of.looseness:g}"
        for block, name in enumerate(("constrained-trained", "constrained-held")):
            questions.append(question(ONE, words, number, block, partial(_penalized, name)))
    for block, predict in enumerate((_rest, _bound)):
        questions.append(question(TRUST, "‖Δ_C‖ ≤ ρ_C", CONFINED, block, predict))
    # With nothing but S moving, swapping the numbers changes nothing: it is 1 either way.
    questions[0] = _without_swap(questions[0], held[FROZEN])
    name = "constrained descent, one sample"
    descent = _descent(scenario, named(seed, name), held[:WITHIN])
    return Study(name, descent, tuple(questions), pilot=PILOT)


def _descent(scenario: Scenario, seed: Seed, held: tuple[Constraint, ...]) -> Runner[Samples]:
    """Descent under constraints, of which every end is kept."""
    from update_magnitude.simulations.measures.constrained_descent import ConstrainedDescent
    from update_magnitude.simulations.reducers import Replicates

    descent = ConstrainedDescent(held)
    return Runner([scenario], seed, measure=descent, reducer=Replicates())


def _without_swap(question: Question, held: Constraint) -> Question:
    from dataclasses import replace

    initialized = partial(_limit, "initialized-limit-trained")
    wrong = partial(_ratio, FROZEN, 0, held, initialized)
    return replace(question, astray={"taken for initialized training": wrong})


def _limit(name: str, ends: Ends, held: Constraint) -> Numbers:
    of = theorem(name)
    known = {"k_S": ends.trained[:, 0], "k_C": ends.held[:, 0]}
    share: Numbers = of(**{argument: known[argument] for argument in of.arguments})
    return np.broadcast_to(share, ends.trained[:, 0].shape)


def _penalized(name: str, ends: Ends, held: Constraint) -> Numbers:
    return theorem(name)(
        k_S=ends.trained[:, 0], k_C=ends.held[:, 0], penalty=held.penalty, omega=held.looseness
    )


def _bound(ends: Ends, held: Constraint) -> Numbers:
    """What a held block of length ρ_C explains: on the path λ → 0 some ω has that length."""
    return _on_path("constrained-held", ends, held)


def _rest(ends: Ends, held: Constraint) -> Numbers:
    """What the trained block then explains."""
    return _on_path("constrained-trained", ends, held)


def _on_path(name: str, ends: Ends, held: Constraint) -> Numbers:
    """The theorem at λ → 0 and the ω at which ‖Δ_C‖ = ρ_C: ω k_C/(k_S + ω k_C) = ρ_C √k_C/|r|."""
    k_S, k_C = ends.trained[:, 0], ends.held[:, 0]
    share = np.full_like(k_S, held.held)  # ρ_C is in units of |r|/√k_C for one sample
    omega = share * k_S / (k_C * (1 - share))
    whole = np.minimum(omega, 1.0)  # beyond ω = 1 the ball is no constraint
    tiny = 1e-9 * (k_S + k_C)
    return theorem(name)(k_S=k_S, k_C=k_C, omega=whole, penalty=tiny)


def _swapped(predict: Predict, ends: Ends, held: Constraint) -> Numbers:
    return predict(ends._replace(trained=ends.held, held=ends.trained), held)


def _ratio(
    number: int, block: int, held: Constraint, predict: Predict, results: Samples
) -> Reading:
    """The share that was explained over the share that should be, over all replicates."""
    ends: Ends = results.values
    return _mean(ends.shares[:, number, block, 0] / predict(ends, held))


def _ball_study(scenario: Scenario, seed: Seed) -> Study:
    """Several samples within ‖Δ‖ ≤ ρ: direction by direction on the penalized path."""
    ball = constraints()[WITHIN]
    questions = [
        ask(
            TRUST,
            f"‖Δ‖ ≤ ρ: share explained in direction {k + 1}, over theory's",
            f"{scenario.title}: constrained descent",
            scenario,
            1.0,
            partial(_on_ball, k, 1.0),
            rounding=LEFT_OVER,
            astray={"λ off by a tenth": partial(_on_ball, k, 1.1)},
        )
        for k in range(1, SAMPLES)  # the first direction tells λ
    ]
    name = "constrained descent, a ball"
    descent = _descent(scenario, named(seed, name), (ball,))
    return Study(name, descent, tuple(questions), pilot=PILOT)


def _on_ball(direction: int, factor: float, results: Samples) -> Reading:
    """λ from what is explained in the first direction; what theory has for another one."""
    ends: Ends = results.values
    kappa = ends.trained + ends.held
    explained = ends.shares[:, 0].sum(1)
    penalty = factor * kappa[:, 0] * (1 / explained[:, 0] - 1)
    of = theorem("constrained-trained")
    wanted = of(k_S=kappa[:, direction], k_C=0.0, omega=1.0, penalty=penalty)
    return _mean(explained[:, direction] / wanted)


def _mean(values: Any) -> Reading:
    return Reading(float(values.mean()), float(values.std() / np.sqrt(len(values))))

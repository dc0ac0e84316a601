"""Gradient descent on the trained blocks converges to the update of the model."""

from __future__ import annotations

from functools import partial
from typing import Any

from update_magnitude.paper_checks.claims.regimes import regime
from update_magnitude.paper_checks.questions import Claim, Question, Read, Reading, Study
from update_magnitude.scenarios import Scenario, preset, varied
from update_magnitude.simulations.runner import Runner
from update_magnitude.simulations.streams import Seed, named

CONVERGES = Claim(
    "gradient-descent",
    "gradient descent restricted to S_t, started at θ_{t−1}, ends at the minimum-norm update",
    "the paper (frozen and initialized training as one constrained problem)",
)

# Descent stops where its gradient has fallen by 1e-13; what is left of the way then, and the
# rounding of both solutions, stay below this in units of the update.
CLAIMS = (CONVERGES,)
LEFT_OVER = 1e-6
PILOT = 512  # replicates: each must agree to LEFT_OVER, so a few are enough


def studies(seed: Seed) -> list[Study]:
    """Descent at the second task: frozen and initialized, over- and underparameterized."""
    frozen = preset("two-close-tasks")
    initialized = {"updates.strategy": "initialized", "title": f"{frozen.title}, initialized"}
    scenarios = [frozen, varied(frozen, initialized), preset("two-tasks-underparameterized")]
    return [_study(scenario, seed) for scenario in scenarios]


def _study(scenario: Scenario, seed: Seed) -> Study:
    # These import jax, which naming a claim need not.
    from update_magnitude.simulations.measures.gradient_descent import VARIANTS, Descent
    from update_magnitude.simulations.reducers import Averages

    # Training all blocks is no mistake where all train, nor is a start from 0 where none is lost.
    everything = all(scenario.schedule[-1].trainable)
    unique = scenario.tasks.samples[-1] >= scenario.trainable_count(1)
    astray = [k for k, harmless in ((1, unique and everything), (2, everything)) if not harmless]

    def question(quantity: str, prediction: float, index: int) -> Question:
        def reader(variant: int) -> Read:
            return partial(_read, variant, index)

        return Question(
            claim=CONVERGES,
            quantity=quantity,
            scenario=f"{scenario.title}: gradient descent",
            regime=regime(scenario),
            setting=scenario.document(),
            prediction=prediction,
            read=reader(0),
            size=1.0,
            unit="the length of the update",
            rounding=LEFT_OVER,
            astray={f"descent {VARIANTS[k]}": reader(k) for k in astray},
        )

    name = f"descent on {scenario.title}"
    return Study(
        name,
        Runner([scenario], named(seed, name), measure=Descent(), reducer=Averages()),
        (
            question("share of the update made", 1.0, 0),
            question("distance from the update", 0.0, 1),
        ),
        pilot=PILOT,
    )


def _read(variant: int, index: int, results: Any) -> Reading:
    mean, error = results.mean[variant, index], results.standard_error[variant, index]
    return Reading(float(mean), float(error))

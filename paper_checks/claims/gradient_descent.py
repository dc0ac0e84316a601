"""Gradient descent on the trained blocks converges to the update of the model."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from update_magnitude.paper_checks.claims.asking import ask
from update_magnitude.paper_checks.claims.side_by_side import measured
from update_magnitude.paper_checks.questions import Study
from update_magnitude.paper_checks.readings import mean
from update_magnitude.scenarios import Scenario, preset, varied
from update_magnitude.simulations.streams import Seed

# Descent stops where its gradient has fallen by 1e-13; what is left of the way then, and the
# rounding of both solutions, stay below this in units of the update.
LEFT_OVER = 1e-6
PREDICTED = {"share of the update made": 1.0, "distance from the update": 0.0}
PILOT = 512  # replicates: each must agree to LEFT_OVER, so a few are enough


def studies(seed: Seed) -> list[Study]:
    """Descent at the second task: frozen and initialized, over- and underparameterized."""
    frozen = preset("two-close-tasks")
    initialized = {"updates.strategy": "initialized", "title": f"{frozen.title}, initialized"}
    scenarios = [frozen, varied(frozen, initialized), preset("two-tasks-underparameterized")]
    return [_study(scenario, seed) for scenario in scenarios]


def _study(scenario: Scenario, seed: Seed) -> Study:
    # This imports jax, which naming a claim need not.
    from update_magnitude.simulations.measures.gradient_descent import VARIANTS, Descent

    # Training all blocks is no mistake where all train, nor is a start from 0 where none is lost.
    everything = all(scenario.schedule[-1].trainable)
    unique = scenario.tasks.samples[-1] >= scenario.trainable_count(1)
    astray = [k for k, harmless in ((1, unique and everything), (2, everything)) if not harmless]

    title, length = f"{scenario.title}: gradient descent", "the length of the update"
    question = partial(
        ask, "gradient-descent", title, scenario, size=1.0, unit=length, rounding=LEFT_OVER
    )
    questions = []
    for index, (quantity, value) in enumerate(PREDICTED.items()):
        wrong = {f"descent {VARIANTS[k]}": mean(k, index) for k in astray}
        asked = question(quantity, value, mean(0, index), astray=wrong)
        questions.append(replace(asked, wrong={}))
    name = f"descent on {scenario.title}"
    return measured(name, scenario, Descent(), questions, seed, pilot=PILOT)

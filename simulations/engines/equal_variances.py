"""Scenarios with a law: where at every task all blocks have features of one variance.

With Φ = √v Φ̂ the update for y = Φᵀθ* + ε is that for features of variance 1 and noise σ/√v, and the
risk is v times the squared error. With v = 0 nothing is seen and nothing moves. Without a penalty,
weights that are the same for all blocks make no difference.
"""

from __future__ import annotations

import math
from dataclasses import replace

from update_magnitude.scenarios import Scenario, ScenarioError
from update_magnitude.scenarios.keys import DISTRIBUTIONS, KEYS, Frame
from update_magnitude.scenarios.schema import Features


def has_law(scenario: Scenario) -> bool:
    """Whether result L is the law of all updates."""
    return _obstacle(scenario) is None


def require_law(scenario: Scenario) -> None:
    """Refuse scenarios whose updates have no known law."""
    obstacle = _obstacle(scenario)
    if obstacle:
        raise ScenarioError(
            f"{obstacle}: the law engine knows normal features, whose variance at a task is that "
            "of all blocks, and solutions without weights and penalty; use the dense engine"
        )


def plain_form(scenario: Scenario) -> Scenario:
    """A scenario whose features have variance 1, with the same updates: noise σ/√v, or no update.

    Its risks are those of the scenario divided by v.
    """
    if scenario.is_isotropic:
        return scenario
    frame, seen = Frame(scenario.blocks.names, scenario.tasks.count), scenario.features.variance[0]
    pairs = zip(scenario.tasks.noise, seen, strict=True)
    noise = tuple(sigma / math.sqrt(v) if v > 0 else sigma for sigma, v in pairs)
    updates = scenario.updates
    strategy = "initialized" if updates.strategy == "least-forgetting" else updates.strategy
    scale = tuple(a if v > 0 else 0.0 for a, v in zip(updates.scale, seen, strict=True))
    weights = KEYS["updates.weights"].left_out("updates.weights", frame)
    return replace(
        scenario,
        features=Features(KEYS["features.variance"].left_out("features.variance", frame)),
        tasks=replace(scenario.tasks, noise=noise),
        updates=replace(updates, strategy=strategy, scale=scale, weights=weights),
    )


def _obstacle(scenario: Scenario) -> str | None:
    """What keeps result L from being the law of the updates, as a key and what it says."""
    updates, count = scenario.updates, scenario.tasks.count
    if scenario.features.distribution != DISTRIBUTIONS[0]:
        return f"features.distribution = {scenario.features.distribution!r}"
    if len(set(scenario.features.variance)) > 1:
        return "features.variance is not that of all blocks"
    if any(updates.penalty):
        return f"updates.penalty = {max(updates.penalty):g}"
    if updates.steps is not None:
        return f"updates.steps = {updates.steps[0]}"
    if any(len(set(scenario.weights(task))) > 1 for task in range(count)):
        return "updates.weights are not those of all blocks"
    return None

"""What the dense engine loses where scenarios have variances, weights, a penalty or steps.

Lengths are those that risks are made of: ‖x‖²_i = Σ_b v_{i,b}‖x_b‖². What is stored of θ and of the
optima after a task stays in θ, for a block may never move again, and in the residual of every later
task it is noise of that length. What is lost in an update is noise of its residual: in the products
⟨φ, θ* − θ⟩, and in solving, by the condition number of the system that is solved, or what steps of
refinement leave of it.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from update_magnitude.scenarios import Scenario, coordinates
from update_magnitude.simulations.engines.holding import way_of
from update_magnitude.simulations.numerics.constrained import (
    MOST_UNEVEN,
    rounds_needed,
    unevenness,
)
from update_magnitude.simulations.numerics.moments import Array


def stored(scenario: Scenario, lengths: Array) -> Array:
    """‖θ_s‖_i + ‖θ*_s‖_i + ‖θ*_i‖_i at most, [T, T], from the square roots of risks R_i(θ_s)."""
    norms = _norms(scenario)  # ‖θ*_s‖_i, [s, i]
    own = np.diagonal(norms)[None]
    return lengths + 2 * own + norms


def lost_at(scenario: Scenario, lengths: Array, task: int, dtype: str) -> float:
    """What is lost at a task, as noise of the residual, in units of roundoff."""
    n, trained = scenario.tasks.samples[task], scenario.options(task)[0]
    moving = _seen(scenario, task, trained)
    if moving == 0 or scenario.updates.scale[task] == 0:
        return 0.0
    norms, sigma = _norms(scenario)[task, task], scenario.tasks.noise[task]
    fresh = task == 0 or scenario.updates.strategy == "reinitialized"
    drift = norms if fresh else float(lengths[task - 1, task])
    kept = norms + (0.0 if fresh else stored(scenario, lengths)[:task, task].sum())
    products = math.sqrt(n) * (math.sqrt(scenario.blocks.capacity) * drift + sigma)
    solved = math.sqrt(n) * (drift + sigma) * _growth(scenario, task, moving, dtype)
    return float(math.hypot(products, solved, kept))


def uneven_at(scenario: Scenario, task: int) -> float:
    """By how much weights and variances worsen the condition of the system that is solved."""
    if scenario.updates.goes_by_evidence:
        return 1.0  # noise is a share of what features explain, at least
    share, penalty = way_of(scenario, scenario.step(task), task)
    largest = max(share)
    if largest == 0:
        return 1.0
    relative: NDArray[np.float64] = np.array(share) / largest
    sizes, samples = scenario.blocks.sizes, scenario.tasks.samples[task]
    return unevenness(relative, penalty / largest, sizes, samples)


def _growth(scenario: Scenario, task: int, moving: int, dtype: str) -> float:
    """How many units of roundoff of its residual a solution is off by."""
    n, steps = scenario.tasks.samples[task], scenario.updates.steps
    if steps is not None:
        return 1.0 + steps[task]
    uneven = uneven_at(scenario, task)
    condition = uneven * (math.sqrt(moving) + math.sqrt(n)) ** 2 / (abs(moving - n) + 1)
    if uneven > MOST_UNEVEN[dtype]:
        return 1.0 + float(n)  # orthogonal transformations lose nothing more
    rounds = rounds_needed(abs(moving - n), uneven, dtype)
    left = min(1.0, 2 * float(np.finfo(dtype).eps) * condition) ** (rounds - 1)
    return float(1.0 + left * condition)


def _seen(scenario: Scenario, task: int, trained: tuple[bool, ...]) -> int:
    """How many parameters train whose features are not all 0."""
    variances = (series[task] for series in scenario.features.variance)
    blocks = zip(scenario.blocks.sizes, variances, trained, strict=True)
    return sum(size for size, variance, moves in blocks if moves and variance > 0)


def _norms(scenario: Scenario) -> Array:
    """‖θ*_s‖_i, [s, i]."""
    points = zip(coordinates(scenario), scenario.features.variance, strict=True)
    squares = sum(
        (block.astype(float) ** 2).sum(1)[:, None] * np.array(variance)[None]
        for block, variance in points
    )
    norms: Array = np.sqrt(np.asarray(squares, float))
    return norms

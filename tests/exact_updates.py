"""Constrained updates in forty digits, as their definition says: what engines are held against."""

from __future__ import annotations

from collections.abc import Sequence

import mpmath
import numpy as np

from update_magnitude.scenarios import Scenario, coordinates
from update_magnitude.scenarios.schema import Step

DIGITS = 40


def exact_risks(
    scenario: Scenario, features: Sequence[np.ndarray], errors: Sequence[np.ndarray]
) -> np.ndarray:
    """R_i(θ_t), [T, T], from standardized features Φ̂_tᵀ, [n_t, P], and noise in units of σ_t."""
    with mpmath.workdps(DIGITS):
        optima, count = _optima(scenario), scenario.tasks.count
        variance = [
            _spread(scenario, [v[t] for v in scenario.features.variance]) for t in range(count)
        ]
        theta, risks = np.array([mpmath.mpf(0)] * scenario.blocks.capacity), []
        for task in range(count):
            step = scenario.step(task)
            theta = theta * 0 if step.reset else theta
            seen = np.array([mpmath.sqrt(v) for v in variance[task]])
            drawn = _exact(features[task]) * seen
            sigma = mpmath.mpf(scenario.tasks.noise[task])
            residual = drawn @ (optima[task] - theta) + sigma * _exact(errors[task])
            theta = theta + mpmath.mpf(step.scale) * _update(scenario, step, drawn, residual)
            risks.append([sum(v * (theta - w) ** 2) for v, w in zip(variance, optima, strict=True)])
        return np.array(risks, float)


def _update(scenario: Scenario, step: Step, drawn: np.ndarray, residual: np.ndarray) -> np.ndarray:
    """Δ that minimizes (1/n)‖r − Φ_SᵀΔ‖² + λ Σρ_j Δ_j², or where steps of descent end."""
    samples, capacity = drawn.shape
    weights = _spread(scenario, step.weights)
    trained = np.repeat(step.trainable, scenario.blocks.sizes)
    moves = [j for j in range(capacity) if trained[j] and any(drawn[:, j] != 0)]
    delta = np.array([mpmath.mpf(0)] * capacity)
    if not moves:
        return delta
    if step.steps is not None:
        rate = np.where(trained, mpmath.mpf(step.rate or 0) / weights / samples, mpmath.mpf(0))
        for _ in range(step.steps):
            delta = delta + rate * (drawn.T @ (residual - drawn @ delta))
        return delta
    root = np.array([mpmath.sqrt(weights[j]) for j in moves])
    scaled, held = drawn[:, moves] / root, samples * mpmath.mpf(step.penalty)
    if held or len(moves) > samples:
        solved = scaled.T @ _solved(scaled @ scaled.T + held * np.eye(samples, dtype=int), residual)
    else:
        solved = _solved(scaled.T @ scaled, scaled.T @ residual)
    delta[moves] = solved / root
    return delta


def _solved(matrix: np.ndarray, right: np.ndarray) -> np.ndarray:
    solution = mpmath.lu_solve(mpmath.matrix(matrix.tolist()), mpmath.matrix(right.tolist()))
    return np.array(list(solution))


def _spread(scenario: Scenario, blocks: Sequence[float]) -> np.ndarray:
    """A number of each block, for all of its parameters."""
    pairs = zip(blocks, scenario.blocks.sizes, strict=True)
    return np.array([mpmath.mpf(value) for value, size in pairs for _ in range(size)])


def _optima(scenario: Scenario) -> np.ndarray:
    """θ*_t, [T, P]."""
    pairs = zip(coordinates(scenario), scenario.blocks.sizes, strict=True)
    padded = [np.pad(block, ((0, 0), (0, size)))[:, :size] for block, size in pairs]
    return _exact(np.concatenate(padded, axis=1))


def _exact(values: np.ndarray) -> np.ndarray:
    return np.vectorize(lambda value: mpmath.mpf(float(value)), otypes=[object])(values)

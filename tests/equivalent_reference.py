"""Result D in plain loops over scalars, to test against.

Nothing here is shared with ``theory``: κ is bracketed and found by SciPy, and moments are followed
block by block in Python's floats. ``drawn`` is the definition of the model, in NumPy.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.optimize import brentq

from tests.reference import gram
from update_magnitude.scenarios import Scenario


def kappa_of(n: int, penalty: float, sizes: list[int], ratios: list[float]) -> float:
    """κ of blocks with s_b = v_b/ρ_b > 0: where Σ p_b s_b/(s_b + κ) + nλ/κ = n."""
    if penalty == 0 and sum(sizes) <= n:
        return 0.0

    def excess(log_kappa: float) -> float:
        kappa = math.exp(log_kappa)
        explained = sum(p * s / (s + kappa) for p, s in zip(sizes, ratios, strict=True))
        return explained + n * penalty / kappa - n

    return math.exp(brentq(excess, -200, 200, xtol=1e-15, rtol=1e-15, maxiter=1000))


def points_of(scenario: Scenario) -> list[np.ndarray]:
    """Coordinates of the optima with the right inner products, per block."""
    blocks = []
    for block in gram(scenario):
        values, vectors = np.linalg.eigh(np.array(block, float))
        blocks.append(vectors * np.sqrt(np.clip(values, 0, None)))
    return blocks


def risks(scenario: Scenario) -> np.ndarray:
    """E R_i(θ_t), [T, T], by result D, and by result U for plain updates of equal blocks."""
    points, sizes = points_of(scenario), scenario.blocks.sizes
    count, variance = scenario.tasks.count, scenario.features.variance
    blocks = range(len(sizes))
    mean, spread = [np.zeros(len(block[0])) for block in points], [0.0 for _ in blocks]
    found = np.zeros((count, count))
    for t, step in enumerate(scenario.schedule):
        if step.reset:
            mean, spread = [np.zeros(len(block[0])) for block in points], [0.0 for _ in blocks]
        v = [variance[b][t] for b in blocks]
        missed = [spread[b] + ((points[b][t] - mean[b]) ** 2).sum() for b in blocks]
        trained = [b for b in blocks if step.trainable[b]]
        noise = scenario.tasks.noise[t] ** 2
        noise += sum(v[b] * missed[b] for b in blocks if b not in trained)
        if trained and any(v[b] > 0 for b in trained) and step.scale != 0:
            gains, added = _update(scenario, t, trained, v, missed, noise)
            for b in trained:
                kept = (1 - step.scale * gains[b]) ** 2 * spread[b]
                spread[b] = kept + step.scale**2 * (added[b][0] * missed[b] + added[b][1])
                mean[b] = mean[b] + step.scale * gains[b] * (points[b][t] - mean[b])
        for i in range(count):
            found[t, i] = sum(
                variance[b][i] * (spread[b] + ((points[b][i] - mean[b]) ** 2).sum()) for b in blocks
            )
    return found


def _update(scenario, t, trained, v, missed, noise):
    """g_b, and per trained block what is added to V_b: (a multiple of E‖d_b‖², and the rest)."""
    sizes, n = scenario.blocks.sizes, scenario.tasks.samples[t]
    step = scenario.step(t)
    ratios = {b: v[b] / step.weights[b] for b in trained}
    alike = len({v[b] for b in trained}) == len({step.weights[b] for b in trained}) == 1
    if alike and step.penalty == 0 and scenario.features.distribution == "normal":
        return _exact(sizes, n, trained, v[trained[0]], missed, noise)
    seen = [b for b in trained if v[b] > 0]
    kappa = kappa_of(n, step.penalty, [sizes[b] for b in seen], [ratios[b] for b in seen])
    gains = {b: ratios[b] / (ratios[b] + kappa) if v[b] > 0 else 0.0 for b in trained}
    signal = sum((1 - gains[b]) ** 2 * v[b] * missed[b] for b in trained)
    left = (signal + noise) / (n - sum(sizes[b] * gains[b] ** 2 for b in trained))
    each = {b: gains[b] ** 2 / v[b] * left if v[b] > 0 else 0.0 for b in trained}
    return gains, {b: (0.0, sizes[b] * each[b]) for b in trained}


def _exact(sizes, n, trained, v, missed, noise):
    """Result U with noise N/v, as docs/model.md states it."""
    m, total = sum(sizes[b] for b in trained), sum(missed[b] for b in trained)
    if m > n:
        g = n / m
        a = n * (n * m + m - 2) / (m * (m - 1) * (m + 2))
        spread = n * (m - n) / (m * (m - 1) * (m + 2)) * total
        spread += n / (m * (m - n - 1)) * noise / v
    else:
        g, a, spread = 1.0, 1.0, noise / v / (n - m - 1)
    return dict.fromkeys(trained, g), {b: (a - g**2, sizes[b] * spread) for b in trained}


def drawn(scenario: Scenario, replicates: int, seed: int) -> np.ndarray:
    """R_i(θ_t), [replicates, T, T], by the definition: ridge regression with weights."""
    rng = np.random.default_rng(seed)
    sizes, count = scenario.blocks.sizes, scenario.tasks.count
    optima = np.concatenate(
        [
            np.pad(block, ((0, 0), (0, size - block.shape[1])))
            for block, size in zip(points_of(scenario), sizes, strict=True)
        ],
        axis=1,
    )
    variances = np.repeat(np.array(scenario.features.variance).T, sizes, axis=1)
    risks = np.zeros((replicates, count, count))
    for found in risks:
        theta = np.zeros(sum(sizes))
        for t, step in enumerate(scenario.schedule):
            n = scenario.tasks.samples[t]
            features = np.sqrt(variances[t])[:, None] * rng.standard_normal((sum(sizes), n))
            residual = features.T @ (optima[t] - theta)
            residual += scenario.tasks.noise[t] * rng.standard_normal(n)
            moves = np.repeat(step.trainable, sizes)
            roots = np.sqrt(np.repeat(step.weights, sizes)[moves])
            white = features[moves] / roots[:, None]  # Δ = ρ^(−1/2) × the plain ridge solution
            if step.penalty or len(white) > n:
                matrix = white.T @ white + n * step.penalty * np.eye(n)
                change = white @ np.linalg.solve(matrix, residual)
            else:
                change = np.linalg.solve(white @ white.T, white @ residual)
            theta[moves] += step.scale * change / roots
            found[t] = (variances * (theta - optima) ** 2).sum(axis=1)
    return risks

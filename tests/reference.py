"""Independent implementations to test against; the only place where closed forms are typed in.

``exact`` is result R as docs/model.md states it (q_b and c_{b,i}), in 120 digits. ``literal`` is
the definition of the model as a plain NumPy loop.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import mpmath
import numpy as np

from update_magnitude.scenarios import Scenario


class Exact(NamedTuple):
    """Risks and summaries, in multiple precision; infinite where there is no finite mean."""

    risk: list[list[Any]]
    forgetting: Any
    generalization: Any
    learning_error: Any


def gram(scenario: Scenario) -> list[list[list[Any]]]:
    """⟨θ*_i, θ*_j⟩_b, per block, from the scenario's numbers in multiple precision."""
    if scenario.optima.gram is not None:
        return [[[mpmath.mpf(x) for x in row] for row in block] for block in scenario.optima.gram]
    blocks = []
    for norm, steps in zip(scenario.optima.norm, scenario.optima.distance, strict=True):
        points = [{"first": mpmath.mpf(norm)}]
        for k, step in enumerate(steps):
            axis = str(k) if scenario.optima.direction == "orthogonal" else "step"
            sign = (-1) ** k if scenario.optima.direction == "returning" else 1
            point = dict(points[-1])
            point[axis] = point.get(axis, mpmath.mpf(0)) + sign * mpmath.mpf(step)
            points.append(point)
        blocks.append([[sum(u[k] * v.get(k, 0) for k in u) for v in points] for u in points])
    return blocks


def exact(scenario: Scenario) -> Exact:
    """Result R as it stands in docs/model.md."""
    with mpmath.workdps(120):
        return _exact(scenario)


def _exact(scenario: Scenario) -> Exact:
    G, sizes, T = gram(scenario), scenario.blocks.sizes, scenario.tasks.count
    blocks = range(len(sizes))
    (q, c), risk = _zero(blocks, T), []
    for t, step in enumerate(scenario.schedule):
        if step.reset:
            q, c = _zero(blocks, T)
        S = [b for b in blocks if step.trainable[b]]
        n, m = mpmath.mpf(scenario.tasks.samples[t]), mpmath.mpf(sum(sizes[b] for b in S))
        alpha = mpmath.mpf(step.scale)
        if m and alpha:
            D = [q[b] - 2 * c[b][t] + G[b][t][t] for b in blocks]
            D_S = mpmath.fsum(D[b] for b in S)
            N = mpmath.fsum(D[b] for b in blocks if b not in S)
            N += mpmath.mpf(scenario.tasks.noise[t]) ** 2
            g, a, b_, noise = _moments(n, m, N)
            for b in S:
                q[b] += 2 * alpha * g * (c[b][t] - q[b])
                q[b] += alpha**2 * (a * D[b] + sizes[b] * (b_ * D_S + noise))
                c[b] = [c[b][i] + alpha * g * (G[b][t][i] - c[b][i]) for i in range(T)]
        risk.append([sum(q[b] - 2 * c[b][i] + G[b][i][i] for b in blocks) for i in range(T)])
    own = [risk[i][i] for i in range(T)]
    forgotten = [risk[-1][i] - own[i] for i in range(T - 1)]
    return Exact(
        risk,
        sum(forgotten) / (T - 1) if T > 1 else mpmath.nan,
        sum(risk[-1]) / T,
        sum(own) / T,
    )


def _zero(blocks: range, T: int) -> tuple[list[Any], list[list[Any]]]:
    return [mpmath.mpf(0) for _ in blocks], [[mpmath.mpf(0)] * T for _ in blocks]


def _moments(n: Any, m: Any, N: Any) -> tuple[Any, Any, Any, Any]:
    """g, a, b and c N of result U, as they stand in docs/model.md."""
    g, a, b = mpmath.mpf(1), mpmath.mpf(1), mpmath.mpf(0)
    if m > n:
        g = n / m
        a = n * (n * m + m - 2) / (m * (m - 1) * (m + 2))
        b = n * (m - n) / (m * (m - 1) * (m + 2))
    vanishes = bool(mpmath.mpf(10) ** -40 > N)  # zero, but for the last of 120 digits
    if vanishes:
        return g, a, b, mpmath.mpf(0)
    if abs(m - n) <= 1:
        return g, a, b, mpmath.inf
    return g, a, b, N * (n / (m * (m - n - 1)) if m > n else 1 / (n - m - 1))


def literal(scenario: Scenario, replicates: int, seed: int) -> np.ndarray:
    """R_i(θ_t), [replicates, T, T], as a loop over NumPy's own least squares."""
    rng = np.random.default_rng(seed)
    optima = embedded(scenario)
    T, P = optima.shape
    risks = np.zeros((replicates, T, T))
    for found in risks:
        theta = np.zeros(P)
        for t, step in enumerate(scenario.schedule):
            if step.reset:
                theta = np.zeros(P)
            features = rng.standard_normal((P, scenario.tasks.samples[t]))
            noise = scenario.tasks.noise[t] * rng.standard_normal(scenario.tasks.samples[t])
            residual = features.T @ optima[t] + noise - features.T @ theta
            S = np.flatnonzero(np.repeat(step.trainable, scenario.blocks.sizes))
            if len(S):
                theta[S] += step.scale * np.linalg.lstsq(features[S].T, residual, rcond=None)[0]
            found[t] = ((theta - optima) ** 2).sum(axis=1)
    return risks


def embedded(scenario: Scenario) -> np.ndarray:
    """The optima as vectors with the right inner products, by Cholesky of the Gram matrix."""
    blocks = []
    for size, block in zip(scenario.blocks.sizes, gram(scenario), strict=True):
        values, vectors = np.linalg.eigh(np.array(block, float))
        points = (vectors * np.sqrt(np.clip(values, 0, None)))[:, ::-1]
        padded = np.zeros((len(points), size))
        padded[:, : min(size, points.shape[1])] = points[:, :size]
        blocks.append(padded)
    return np.concatenate(blocks, axis=1)

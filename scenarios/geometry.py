"""The geometry of the optima: coordinates of every θ*_k, block by block.

Only inner products matter to the model (features are isotropic), so each block's optima are given
in an orthonormal basis of their own span. Differences of optima are then differences of stored
numbers, and a distance of 1e-8 between optima of norm 1 keeps all its digits.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from scenarios.schema import Scenario

ROUNDING = 1e-9  # how far below zero, relative to the largest, an eigenvalue may fall by rounding


def coordinates(scenario: Scenario) -> tuple[NDArray[np.float64], ...]:
    """Coordinates w_{b,k} of the optima with ⟨θ*_i, θ*_j⟩_b = ⟨w_{b,i}, w_{b,j}⟩.

    Args:
        scenario: the scenario.

    Returns:
        Per block a [T, k_b] array, k_b ≥ 1 columns, of which those beyond the block's size vanish
        (up to rounding, where a Gram matrix was given).

    Example:
        >>> import scenarios
        >>> shared, specific = coordinates(scenarios.preset("two-close-tasks"))
        >>> specific.shape
        (2, 2)
    """
    optima = scenario.optima
    if optima.gram is not None:
        return tuple(from_gram(np.array(block)) for block in optima.gram)
    return tuple(
        from_steps(norm, steps, optima.direction)
        for norm, steps in zip(optima.norm, optima.distance, strict=True)
    )


def from_steps(norm: float, steps: Sequence[float], direction: str) -> NDArray[np.float64]:
    """Optima that leave a first one, of the given norm, by steps of given lengths, [T, k].

    Every step is orthogonal to the first optimum; ``orthogonal`` steps are so to each other too,
    ``persistent`` steps share one direction, ``returning`` steps alternate its sign.
    """
    axes, signs = _directions(norm, steps, direction)
    points = np.zeros((len(steps) + 1, max([1, *(axis + 1 for axis in axes)])))
    points[0, 0] = norm
    for k, (length, axis, sign) in enumerate(zip(steps, axes, signs, strict=True)):
        points[k + 1] = points[k]
        points[k + 1, axis] += sign * length
    return points


def dimensions(norm: float, steps: Sequence[float], direction: str) -> int:
    """The number of dimensions that a first optimum and its steps span."""
    moving = sum(step > 0 for step in steps)
    return int(norm > 0) + (moving if direction == "orthogonal" else min(moving, 1))


def from_gram(gram: NDArray[np.float64]) -> NDArray[np.float64]:
    """Coordinates [T, T] with the given inner products, most important column first."""
    values, vectors = np.linalg.eigh((gram + gram.T) / 2)
    points: NDArray[np.float64] = (vectors * np.sqrt(np.clip(values, 0.0, None)))[:, ::-1].copy()
    for i, j in zip(*np.triu_indices(len(gram), 1), strict=True):
        squared = gram[i, i] + gram[j, j] - 2 * gram[i, j]
        if squared <= 4 * np.finfo(float).eps * (gram[i, i] + gram[j, j]):
            points[j] = points[i]  # one optimum given twice: their distance is zero, not rounding
    points[np.diag(gram) == 0] = 0.0
    return points


def gram_rank(gram: NDArray[np.float64]) -> int:
    """The number of dimensions that optima with these inner products span."""
    values = np.linalg.eigvalsh((gram + gram.T) / 2)
    return int(np.sum(values > ROUNDING * max(values[-1], 0.0)))


def _directions(
    norm: float, steps: Sequence[float], direction: str
) -> tuple[list[int], list[float]]:
    """The axis and the sign of each step; axis 0 is the first optimum's if it has a length."""
    first = int(norm > 0)
    if direction == "orthogonal":
        moved = np.cumsum([0, *(step > 0 for step in steps)])
        return [first + int(k) for k in moved[:-1]], [1.0] * len(steps)
    if direction == "persistent":
        return [first] * len(steps), [1.0] * len(steps)
    return [first] * len(steps), [(-1.0) ** k for k in range(len(steps))]

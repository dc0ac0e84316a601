"""The geometry of the optima: coordinates of every θ*_k, block by block.

Only inner products matter to the model (features are isotropic), so each block's optima are given
in an orthonormal basis of their own span. Differences of optima are then differences of stored
numbers, and a distance of 1e-8 between optima of norm 1 keeps its digits. Numbers are of NumPy's
longest type; engines round them to theirs.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, localcontext

import numpy as np
from numpy.typing import NDArray

from update_magnitude.scenarios.schema import Scenario, require_scenario

ROUNDING = 1e-9  # how far below zero, relative to the largest, an eigenvalue may fall by rounding
DIGITS = 80  # with which a Gram matrix is factored: its numbers are taken as they stand
NOTHING = Decimal("1e-18")  # a pivot, relative to the largest, that the numbers given cannot mean

Points = NDArray[np.longdouble]
Number = NDArray[np.longdouble] | np.longdouble


def coordinates(scenario: Scenario) -> tuple[Points, ...]:
    """Coordinates w_{b,k} of the optima with ⟨θ*_i, θ*_j⟩_b = ⟨w_{b,i}, w_{b,j}⟩.

    Per block an array [T, k_b] of k_b ≥ 1 columns, of which those beyond the block's size vanish
    (up to rounding, where a Gram matrix was given).

    Example:
        >>> from update_magnitude import scenarios
        >>> shared, specific = coordinates(scenarios.preset("two-close-tasks"))
        >>> specific.shape
        (2, 2)
    """
    require_scenario(scenario)
    optima = scenario.optima
    if optima.gram is not None:
        return tuple(from_gram(np.array(block)) for block in optima.gram)
    return tuple(
        from_steps(norm, steps, optima.direction)
        for norm, steps in zip(optima.norm, optima.distance, strict=True)
    )


def from_steps(norm: float, steps: Sequence[float], direction: str) -> Points:
    """Optima that leave a first one by steps, as ``optima_of_steps`` has them, [T, k].

    Columns in which nothing lies are left out, but for one.
    """
    lengths = [np.longdouble(length) for length in steps]
    points = optima_of_steps(np.longdouble(norm), lengths, direction)
    used = (points != 0).any(axis=0)
    return points[:, used] if used.any() else points[:, :1]


def optima_of_steps(norm: Number, steps: Sequence[Number], direction: str) -> Points:
    """Optima that leave a first one, of the given norm, by steps of given lengths, [T, k, ...].

    Every step is orthogonal to the first optimum; ``orthogonal`` steps are so to each other too,
    ``persistent`` steps share one direction, ``returning`` steps alternate its sign. Norm and
    lengths are numbers, or arrays over a grid; the first column is that of the first optimum.
    """
    grid = np.broadcast_shapes(*(np.shape(length) for length in (norm, *steps)))
    columns = 1 + (len(steps) if direction == "orthogonal" else min(len(steps), 1))
    points = np.zeros((len(steps) + 1, columns, *grid), np.longdouble)
    points[0, 0] = norm
    for k, length in enumerate(steps):
        points[k + 1] = points[k]
        column = 1 + k if direction == "orthogonal" else 1
        points[k + 1, column] += -length if direction == "returning" and k % 2 else length
    return points


def dimensions(norm: float, steps: Sequence[float], direction: str) -> int:
    """The number of dimensions that a first optimum and its steps span."""
    moving = sum(step > 0 for step in steps)
    return int(norm > 0) + (moving if direction == "orthogonal" else min(moving, 1))


def from_gram(gram: NDArray[np.float64]) -> Points:
    """Coordinates [T, T] with the given inner products, most important column first.

    Cholesky's method with diagonal pivoting, in decimal arithmetic: optima that are close keep the
    digits of their distance, and optima given twice are the same point.

    Example:
        >>> from_gram(np.array([[1.0, 1.0], [1.0, 1.0]])).astype(float).tolist()
        [[1.0, 0.0], [1.0, 0.0]]
    """
    size = len(gram)
    with localcontext(prec=DIGITS):
        rest = [
            [(Decimal(gram[i, j]) + Decimal(gram[j, i])) / 2 for j in range(size)]
            for i in range(size)
        ]
        points = [[Decimal(0)] * size for _ in range(size)]
        scale = max(rest[i][i] for i in range(size))
        for column in range(size):
            pivot = max(range(size), key=lambda i: rest[i][i])
            if rest[pivot][pivot] <= NOTHING * scale:
                break
            root = rest[pivot][pivot].sqrt()
            along = [rest[i][pivot] / root for i in range(size)]
            for i in range(size):
                points[i][column] = along[i]
                rest[i] = [rest[i][j] - along[i] * along[j] for j in range(size)]
    return np.array([[np.longdouble(str(entry)) for entry in row] for row in points])


def gram_rank(gram: NDArray[np.float64]) -> int:
    """The number of dimensions that optima with these inner products span."""
    values = np.linalg.eigvalsh((gram + gram.T) / 2)
    return int(np.sum(values > ROUNDING * max(values[-1], 0.0)))

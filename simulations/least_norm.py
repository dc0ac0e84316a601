"""The minimum-norm least-squares solution, for many small problems at once.

jax's batched LAPACK calls are not used: on the CPU, two of them in flight at a time can wait for
each other in XLA's thread pool for ever (seen with jaxlib 0.10 on two cores). Elimination by
blocks, written with whole-array operations and matrix products, has no such calls, and is as fast.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp

BASE = 12  # largest system eliminated column by column; larger ones are split in two
CLOSE = 8  # |m − n| up to which the Gram matrix is often ill-conditioned, and the step refined


def least_norm(features: jax.Array, residual: jax.Array) -> jax.Array:
    """The minimum-norm least-squares solutions Δ of Φᵀ Δ ≈ r.

    Φ (ΦᵀΦ)⁻¹ r where m ≥ n, and (ΦΦᵀ)⁻¹ Φ r where m < n: the smaller of the two Gram matrices is
    inverted. Near m = n one step of iterative refinement makes up for its condition number.

    Args:
        features: Φ, [U, m, n], of full rank.
        residual: r, [U, G, n], G right-hand sides each.

    Returns:
        Δ, [U, G, m].
    """
    m, n = features.shape[-2:]
    solution = _solve(features, residual)
    if abs(m - n) <= CLOSE:
        left = residual - solution @ features
        solution = solution + _solve(features, left)
    return solution


def _solve(features: jax.Array, residual: jax.Array) -> jax.Array:
    transposed = jnp.swapaxes(features, -1, -2)
    m, n = features.shape[-2:]
    if m >= n:
        weights = solve_positive(transposed @ features, jnp.swapaxes(residual, -1, -2))
        return jnp.swapaxes(features @ weights, -1, -2)
    projected = features @ jnp.swapaxes(residual, -1, -2)
    return jnp.swapaxes(solve_positive(features @ transposed, projected), -1, -2)


def solve_positive(matrix: jax.Array, right: jax.Array) -> jax.Array:
    """Solve symmetric positive definite systems by elimination, which is stable without pivoting.

    A system is split as [[A, B], [Bᵀ, D]] and reduced to its Schur complement D − Bᵀ A⁻¹ B.

    Args:
        matrix: [U, k, k].
        right: [U, k, G].

    Returns:
        The solutions, [U, k, G].

    Example:
        >>> solve_positive(2.0 * jnp.eye(3)[None], jnp.ones((1, 3, 1))).ravel().tolist()
        [0.5, 0.5, 0.5]
    """
    size = matrix.shape[-1]
    if size <= BASE:
        return _eliminate(matrix, right)
    half = size // 2
    top, coupling = matrix[:, :half, :half], matrix[:, :half, half:]
    solved = solve_positive(top, jnp.concatenate([coupling, right[:, :half]], -1))
    inner, first = solved[..., : size - half], solved[..., size - half :]
    coupled = jnp.swapaxes(coupling, -1, -2)
    schur = matrix[:, half:, half:] - coupled @ inner
    second = solve_positive(schur, right[:, half:] - coupled @ first)
    return jnp.concatenate([first - inner @ second, second], -2)


def _eliminate(matrix: jax.Array, right: jax.Array) -> jax.Array:
    """Gauss and Jordan's elimination, one column after another."""
    size = matrix.shape[-1]
    system = jnp.concatenate([matrix, right], -1)
    for column in range(size):
        pivot = system[:, column] / system[:, column, column, None]
        others = system[:, :, column].at[:, column].add(-1.0)  # the pivot row becomes the pivot
        system = system - others[:, :, None] * pivot[:, None, :]
    return system[..., size:]

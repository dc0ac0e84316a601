"""The minimum-norm least-squares solution, for many small problems at once.

jax's batched LAPACK calls are not used: on the CPU, two of them in flight at a time can wait for
each other in XLA's thread pool for ever (seen with jaxlib 0.10 on two cores). Elimination by
blocks, written with whole-array operations and matrix products, has no such calls, and is as fast.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp

BASE = 16  # columns eliminated one by one, written out; more are eliminated in blocks of as many
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

    Gauss and Jordan's, by blocks of columns: rows of the pivot block are multiplied by its inverse
    and eliminated from all others by a matrix product. One loop body serves all blocks, so the
    time to compile does not grow with the size.

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
    blocks = -(-size // BASE)
    if blocks == 1:
        return _eliminate(matrix, right)
    width = -(-size // blocks)
    fill = blocks * width - size  # unit rows and columns that change nothing
    padded = jnp.pad(matrix, ((0, 0), (0, fill), (0, fill)))
    padded = padded + jnp.diag(jnp.arange(size + fill) >= size).astype(matrix.dtype)[None]
    system = jnp.concatenate([padded, jnp.pad(right, ((0, 0), (0, fill), (0, 0)))], -1)

    def eliminate(block: jax.Array, system: jax.Array) -> jax.Array:
        start = block * width
        rows = jax.lax.dynamic_slice_in_dim(system, start, width, 1)
        pivot = jax.lax.dynamic_slice_in_dim(rows, start, width, 2)
        solved = _eliminate(pivot, rows)
        columns = jax.lax.dynamic_slice_in_dim(system, start, width, 2)
        system = system - columns @ solved
        return jax.lax.dynamic_update_slice_in_dim(system, solved, start, 1)

    solved: jax.Array = jax.lax.fori_loop(0, blocks, eliminate, system)
    return solved[:, :size, size + fill :]


def _eliminate(matrix: jax.Array, right: jax.Array) -> jax.Array:
    """Gauss and Jordan's elimination, one column after another."""
    size = matrix.shape[-1]
    system = jnp.concatenate([matrix, right], -1)
    for column in range(size):
        pivot = system[:, column] / system[:, column, column, None]
        others = system[:, :, column].at[:, column].set(0.0)
        system = system - others[:, :, None] * pivot[:, None, :]
        system = system.at[:, column].set(pivot)
    return system[..., size:]

"""Symmetric positive definite systems, many small ones at once, without LAPACK.

On the CPU, two of jax's batched LAPACK calls in flight at a time can wait for each other in XLA's
thread pool for ever (seen with jaxlib 0.10 on two cores). Elimination with whole-array operations
and matrix products has no such calls, and is as fast. It needs no pivoting here; inverting blocks
loses a digit or two more than Cholesky's method where matrices are very ill-conditioned.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp

if TYPE_CHECKING:
    from jaxtyping import Float

BY_COLUMNS = 10  # equations that are eliminated one by one
BLOCK = 40  # equations that are eliminated together in a loop
HALVED = 80  # equations up to which all is halved
LOOPED = 160  # equations beyond which they are halved too, and between the two looped over


def solve_positive(
    matrix: Float[jax.Array, "systems equations equations"],
    right: Float[jax.Array, "systems equations sides"],
) -> Float[jax.Array, "systems equations sides"]:
    """The solutions of many systems, each with several right sides.

    They are halved: [[A, B], [Bᵀ, C]] (x, y) = (f, g) has (C − BᵀA⁻¹B) y = g − BᵀA⁻¹f and
    x = A⁻¹f − A⁻¹B y. So nearly all work is in matrix products. Beyond 80 equations one loop serves
    all blocks of 40, so that what is compiled grows with k/160.
    """
    size = matrix.shape[-1]
    if size <= BY_COLUMNS:
        return _by_columns(matrix, right)
    if HALVED < size <= LOOPED:
        return _by_blocks(matrix, right)
    half = -(-size // 2)
    above, below = matrix[:, :half], matrix[:, half:]
    joined = jnp.concatenate([above[..., half:], right[:, :half]], -1)
    solved = solve_positive(above[..., :half], joined)
    coupling, first = solved[..., : size - half], solved[..., size - half :]
    last = solve_positive(
        below[..., half:] - below[..., :half] @ coupling,
        right[:, half:] - below[..., :half] @ first,
    )
    return jnp.concatenate([first - coupling @ last, last], 1)


def _by_blocks(
    matrix: Float[jax.Array, "systems equations equations"],
    right: Float[jax.Array, "systems equations sides"],
) -> Float[jax.Array, "systems equations sides"]:
    """Gauss and Jordan's elimination, one block of equations after another."""
    size = matrix.shape[-1]
    blocks = -(-size // BLOCK)
    width = -(-size // blocks)
    fill = blocks * width - size  # unit rows and columns that change nothing
    padded = jnp.pad(matrix, ((0, 0), (0, fill), (0, fill)))
    padded = padded + jnp.diag(jnp.arange(size + fill) >= size).astype(matrix.dtype)[None]
    system = jnp.concatenate([padded, jnp.pad(right, ((0, 0), (0, fill), (0, 0)))], -1)
    unit = jnp.broadcast_to(jnp.eye(width, dtype=matrix.dtype), (len(matrix), width, width))

    def eliminate(block: jax.Array, system: jax.Array) -> jax.Array:
        start = block * width
        rows = jax.lax.dynamic_slice_in_dim(system, start, width, 1)
        pivot = jax.lax.dynamic_slice_in_dim(rows, start, width, 2)
        solved = solve_positive(pivot, unit) @ rows
        columns = jax.lax.dynamic_slice_in_dim(system, start, width, 2)
        return jax.lax.dynamic_update_slice_in_dim(system - columns @ solved, solved, start, 1)

    solved: jax.Array = jax.lax.fori_loop(0, blocks, eliminate, system)
    return solved[:, :size, size + fill :]


def _by_columns(
    matrix: Float[jax.Array, "systems equations equations"],
    right: Float[jax.Array, "systems equations sides"],
) -> Float[jax.Array, "systems equations sides"]:
    """Gauss and Jordan's elimination, one equation after another."""
    size = matrix.shape[-1]

    def eliminate(number: jax.Array, system: jax.Array) -> jax.Array:
        row = jax.lax.dynamic_index_in_dim(system, number, 1)
        column = jax.lax.dynamic_index_in_dim(system, number, 2)
        pivot = row / jax.lax.dynamic_index_in_dim(row, number, 2)
        return jnp.where(
            (jnp.arange(size) == number)[None, :, None], pivot, system - column * pivot
        )

    system = jnp.concatenate([matrix, right], -1)
    solved: jax.Array = jax.lax.fori_loop(0, size, eliminate, system)
    return solved[..., size:]

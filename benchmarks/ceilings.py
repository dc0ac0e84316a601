"""What bounds the dense engine: how fast normals are drawn, and matrices multiplied."""

from __future__ import annotations

from collections.abc import Callable

import jax
import numpy as np
from numpy.typing import NDArray

from benchmarks.timing import Timed
from update_magnitude.simulations.numerics.normals import normal
from update_magnitude.simulations.numerics.precision import computing_in

Rates = NDArray[np.float64]  # per second, [rounds]


def ceilings(capacity: int, samples: int, dtype: str, batch: int) -> dict[str, Timed]:
    """Functions whose rates bound the dense engine, with normals or operations per call.

    They are for P and n, and as many replicates as the engine draws at once.
    """
    count, size = batch * (capacity + 1) * samples, 2048
    with computing_in(dtype):
        key = jax.random.key(0)
        matrix = jax.random.normal(key, (size, size))
        features = jax.random.normal(key, (batch, samples, capacity))

    def theirs(key: jax.Array) -> jax.Array:
        return jax.random.normal(key, (count,))

    def gram(features: jax.Array) -> jax.Array:
        return jax.numpy.einsum("unp,ump->unm", features, features)

    return {
        "normals": (_timed(lambda key: normal(key, count), key, dtype), count),
        "jax.random.normal": (_timed(theirs, key, dtype), count),
        "GEMM": (_timed(lambda matrix: matrix @ matrix, matrix, dtype), 2 * size**3),
        "Gram": (_timed(gram, features, dtype), 2 * batch * capacity * samples**2),
    }


def bound(capacity: int, samples: int, normals: Rates, operations: Rates) -> Rates:
    """Task-steps per second at which one could draw all normals and multiply all matrices.

    (P + 1) n normals, and 2Pn² operations for the Gram matrix and 4Pn for two products with Φ.
    """
    work = 2 * capacity * samples * (samples + 2)
    return 1 / ((capacity + 1) * samples / normals + work / operations)


def _timed(
    function: Callable[[jax.Array], jax.Array], argument: jax.Array, dtype: str
) -> Callable[[], None]:
    compiled = jax.jit(function)

    def run() -> None:
        with computing_in(dtype):
            compiled(argument).block_until_ready()

    return run

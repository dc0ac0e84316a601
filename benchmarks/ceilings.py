"""What bounds the dense engine: how fast normals are drawn, and matrices multiplied."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax

from benchmarks.timing import Timed
from update_magnitude.simulations.numerics.normals import normal
from update_magnitude.simulations.numerics.precision import computing_in


def ceilings(capacity: int, samples: int, dtype: str, batch: int) -> dict[str, Timed]:
    """Functions whose rates bound the dense engine, with normals or operations per call.

    Args:
        capacity: P.
        samples: n.
        dtype: of the numbers.
        batch: replicates that the engine draws at once.
    """
    count, size = batch * (capacity + 1) * samples, 2048
    with computing_in(dtype):
        key = jax.random.key(0)
        matrix = jax.random.normal(key, (size, size))
        features = jax.random.normal(key, (batch, samples, capacity))
    product: Callable[..., Any] = jax.jit(lambda x: x @ x)
    gram: Callable[..., Any] = jax.jit(lambda x: jax.numpy.einsum("unp,ump->unm", x, x))
    ours: Callable[..., Any] = jax.jit(lambda key: normal(key, count))
    theirs: Callable[..., Any] = jax.jit(lambda key: jax.random.normal(key, (count,)))
    return {
        "normals": (_timed(ours, key, dtype), count),
        "jax.random.normal": (_timed(theirs, key, dtype), count),
        "GEMM": (_timed(product, matrix, dtype), 2 * size**3),
        "Gram": (_timed(gram, features, dtype), 2 * batch * capacity * samples**2),
    }


def bound(capacity: int, samples: int, normals: Any, operations: Any) -> Any:
    """Task-steps per second at which one could draw all normals and multiply all matrices.

    (P + 1) n normals, and 2Pn² operations for the Gram matrix and 4Pn for two products with Φ.
    """
    work = 2 * capacity * samples * (samples + 2)
    return 1 / ((capacity + 1) * samples / normals + work / operations)


def _timed(function: Callable[..., Any], argument: Any, dtype: str) -> Callable[[], Any]:
    def run() -> None:
        with computing_in(dtype):
            function(argument).block_until_ready()

    return run

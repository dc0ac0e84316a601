"""Rates: of a function, of the machine's ceilings, of the command."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import jax

from simulations.dense import draw
from simulations.precision import computing_in

SECONDS = 2.0  # each timing runs at least that long


def per_second(run: Callable[[], Any], steps: int) -> float:
    """How many steps a function makes per second, if a call makes that many."""
    start, calls = time.perf_counter(), 0
    while (elapsed := time.perf_counter() - start) < SECONDS:
        run()
        calls += 1
    return calls * steps / elapsed


def normals_per_second() -> float:
    """The rate at which jax draws normals, in float64."""
    shape = (1024, 512)
    with computing_in("float64"):
        key = jax.random.key(0)
        draw(key, 0, 0, shape).block_until_ready()
        return per_second(lambda: draw(key, 0, 0, shape).block_until_ready(), 1024 * 512)


def gemm_gflops(size: int = 1024) -> float:
    """The rate of a large matrix product, in float64."""
    with computing_in("float64"):
        matrix = jax.numpy.ones((size, size))
        product = jax.jit(lambda x: x @ x)
        product(matrix).block_until_ready()
        rate = per_second(lambda: product(matrix).block_until_ready(), 2 * size**3)
    return rate / 1e9


def help_seconds() -> float:
    """The least of five times that the command takes to show its help."""
    command = [sys.executable, "-m", "update_magnitude", "--help"]
    times = []
    for _ in range(5):
        start = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        times.append(time.perf_counter() - start)
    return min(times)

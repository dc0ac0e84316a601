"""Time the dense engine beside a plain NumPy loop, and beside what bounds it.

Absolute numbers depend on the machine; the ratios of one run are what to compare.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import numpy as np
from rich.console import Console
from rich.table import Table

from scenarios import Scenario, parse
from simulations import Experiment
from simulations.dense import draw
from simulations.precision import double_precision

OUTPUT = Path("benchmarks") / "output" / "bench.json"
SIZES = ((40, 8), (200, 40), (1000, 200))  # (P, n)
SECONDS = 2.0  # each timing runs at least that long
TASKS = 2


def main() -> None:
    """Run everything, print a table, write a JSON file."""
    console = Console()
    normals, gflops = normals_per_second(), gemm_gflops()
    rows = [_row(capacity, samples, normals, gflops) for capacity, samples in SIZES]
    report = {
        "normals_per_second": normals,
        "gemm_gflops": gflops,
        "help_seconds": help_seconds(),
        "device": str(jax.devices()[0]),
        "rows": rows,
    }
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(json.dumps(report, indent=2) + "\n")
    table = Table(title="task-steps per second, float64", title_justify="left")
    for heading in ("P", "n", "NumPy loop", "dense", "dense / loop", "dense / bound"):
        table.add_column(heading, justify="right")
    for row in rows:
        table.add_row(
            *(f"{value:.3g}" if value < 1e4 else f"{value:,.0f}" for value in row.values())
        )
    console.print(table)
    console.print(
        f"ceilings: {normals / 1e6:.0f} M normals/s, {gflops:.0f} GFLOP/s; "
        f"--help: {report['help_seconds']:.2f} s; written to {OUTPUT}",
        highlight=False,
    )


def _row(capacity: int, samples: int, normals: float, gflops: float) -> dict[str, float]:
    scenario = _scenario(capacity, samples)
    loop = steps_per_second(lambda: _loop(scenario), TASKS)
    experiment = Experiment([scenario], seed=0)
    experiment.run(experiment.unit)  # compiles

    def unit() -> None:
        experiment.run(experiment.replicates + experiment.unit)

    dense = steps_per_second(unit, TASKS * experiment.unit)
    # Every feature is drawn, and the Gram matrix and two products with Φ are formed.
    work = 2 * capacity * samples * (samples + 2)
    bound = 1 / ((capacity + 1) * samples / normals + work / (gflops * 1e9))
    return {
        "capacity": capacity,
        "samples": samples,
        "loop": loop,
        "dense": dense,
        "dense_over_loop": dense / loop,
        "dense_over_bound": dense / bound,
    }


def steps_per_second(run: Callable[[], Any], steps: int) -> float:
    """How many task-steps a function makes per second."""
    start, calls = time.perf_counter(), 0
    while (elapsed := time.perf_counter() - start) < SECONDS:
        run()
        calls += 1
    return calls * steps / elapsed


def normals_per_second() -> float:
    """The rate at which jax draws normals, in float64."""
    shape = (1024, 512)
    with double_precision():
        key = jax.random.key(0)
        draw(key, 0, 0, shape).block_until_ready()
        return steps_per_second(lambda: draw(key, 0, 0, shape).block_until_ready(), 1024 * 512)


def gemm_gflops(size: int = 1024) -> float:
    """The rate of a large matrix product, in float64."""
    with double_precision():
        matrix = jax.numpy.ones((size, size))
        product = jax.jit(lambda x: x @ x)
        product(matrix).block_until_ready()
        rate = steps_per_second(lambda: product(matrix).block_until_ready(), 2 * size**3)
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


def _scenario(capacity: int, samples: int) -> Scenario:
    return parse(
        {
            "blocks": {"all": capacity},
            "tasks": {"count": TASKS, "samples": samples, "noise": 0.3},
            "optima": {"norm": {"all": 1.0}, "distance": {"all": 1.0}},
            "updates": {"strategy": "initialized"},
        }
    )


def _loop(scenario: Scenario) -> None:
    """One replicate as a paper's author would write it."""
    rng = np.random.default_rng(0)
    capacity, theta = scenario.blocks.capacity, np.zeros(scenario.blocks.capacity)
    for samples in scenario.tasks.samples:
        features = rng.standard_normal((capacity, samples))
        outcomes = features.T @ np.ones(capacity) + 0.3 * rng.standard_normal(samples)
        residual = outcomes - features.T @ theta
        theta += features @ np.linalg.solve(features.T @ features, residual)


if __name__ == "__main__":
    main()

"""Time the engines beside a plain NumPy loop, batched PyTorch, and what bounds them.

Absolute numbers depend on the machine; the ratios of one run are what to compare.
"""

from __future__ import annotations

import json
from pathlib import Path

import jax
from rich.console import Console
from rich.table import Table

from benchmarks import loops
from benchmarks.timing import gemm_gflops, help_seconds, normals_per_second, per_second
from scenarios import Scenario, parse
from simulations import Experiment

OUTPUT = Path("benchmarks") / "output" / "bench.json"
SIZES = ((40, 8), (200, 40), (1000, 200), (2000, 400))  # (P, n)
LARGE = tuple(10**power for power in range(3, 10))  # P, for the law engine alone; n = P/5
TASKS = 2

Row = dict[str, float | None]


def main() -> None:
    """Run everything, print the tables, write a JSON file."""
    normals, gflops = normals_per_second(), gemm_gflops()
    rows = [_row(capacity, samples, normals, gflops) for capacity, samples in SIZES]
    law = _law_rows()
    report = {
        "normals_per_second": normals,
        "gemm_gflops": gflops,
        "help_seconds": help_seconds(),
        "device": str(jax.devices()[0]),
        "rows": rows,
        "law": law,
    }
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(json.dumps(report, indent=2) + "\n")
    console = Console(width=100)
    _show(console, "task-steps per second, float64", rows)
    _show(console, "the law engine at any size", law)
    console.print(
        f"ceilings: {normals / 1e6:.0f} M normals/s, {gflops:.0f} GFLOP/s on {report['device']}; "
        f"--help: {report['help_seconds']:.2f} s; written to {OUTPUT}",
        highlight=False,
    )


def _row(capacity: int, samples: int, normals: float, gflops: float) -> Row:
    scenario = _scenario(capacity, samples)
    loop = per_second(lambda: loops.numpy_replicate(scenario), TASKS)
    dense, law = (engine_rate(scenario, name) for name in ("dense", "law"))
    # Every feature is drawn, and the Gram matrix and two products with Φ are formed.
    work = 2 * capacity * samples * (samples + 2)
    bound = 1 / ((capacity + 1) * samples / normals + work / (gflops * 1e9))
    return {
        "P": capacity,
        "n": samples,
        "NumPy loop": loop,
        "PyTorch": _torch_rate(scenario),
        "dense": dense,
        "law": law,
        "dense / loop": dense / loop,
        "dense / bound": dense / bound,
        "law / loop": law / loop,
    }


def _law_rows() -> list[Row]:
    rates = {P: engine_rate(_scenario(P, P // 5), "law") for P in LARGE}
    first = rates[LARGE[0]]
    return [{"P": P, "law": rate, "cost / at P = 1000": first / rate} for P, rate in rates.items()]


def engine_rate(scenario: Scenario, engine: str) -> float:
    """Task-steps per second of an engine, compiled before."""
    experiment = Experiment([scenario], seed=0, engine=engine)
    experiment.run(experiment.unit)  # compiles

    def unit() -> None:
        experiment.run(experiment.replicates + experiment.unit)

    return per_second(unit, TASKS * experiment.unit)


def _torch_rate(scenario: Scenario) -> float | None:
    if not loops.has_torch():
        return None
    loops.torch_replicates(scenario)  # warms up
    steps = TASKS * loops.torch_batch(scenario)
    return per_second(lambda: loops.torch_replicates(scenario), steps)


def _show(console: Console, title: str, rows: list[Row]) -> None:
    table = Table(title=title, title_justify="left", box=None)
    for heading in rows[0]:
        table.add_column(heading, justify="right")
    for row in rows:
        table.add_row(*map(_shown, row.values()))
    console.print(table)


def _shown(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f}" if value >= 1e4 else f"{value:.3g}"


def _scenario(capacity: int, samples: int) -> Scenario:
    return parse(
        {
            "blocks": {"all": capacity},
            "tasks": {"count": TASKS, "samples": samples, "noise": 0.3},
            "optima": {"norm": {"all": 1.0}, "distance": {"all": 1.0}},
            "updates": {"strategy": "initialized"},
        }
    )


if __name__ == "__main__":
    main()

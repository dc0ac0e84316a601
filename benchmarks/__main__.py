"""Time the engines beside a plain NumPy loop, batched PyTorch, and what bounds them.

Absolute numbers depend on the machine; the ratios of one run are what to compare.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jax
import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks import loops
from benchmarks.ceilings import bound, ceilings
from benchmarks.convolutions import rows as convolution_rows
from benchmarks.timing import Timed, help_seconds, side_by_side
from update_magnitude.scenarios import Scenario, parse
from update_magnitude.scenarios.writing import write_whole
from update_magnitude.simulations import Experiment
from update_magnitude.simulations.devices import mesh_of, units_at_once
from update_magnitude.simulations.precision import precision_of

OUTPUT = Path("benchmarks") / "output" / "bench.json"
SIZES = ((40, 8), (200, 40), (1000, 200), (2000, 400))  # (P, n)
LARGE = tuple(10**power for power in range(3, 10))  # P, for the law engine alone; n = P/5
TASKS = 2
LONG_ENOUGH = {"cpu": 2**24}  # normals drawn in one call of an engine, so as to time it
LONG_ON_ACCELERATORS = 2**31

Row = dict[str, float | None]


def main() -> None:
    """Run everything, print the tables, write a JSON file."""
    device = jax.devices()[0]
    dtype = precision_of(device)
    rows = [_row(capacity, samples, dtype) for capacity, samples in SIZES]
    law = _law_rows(dtype)
    convolutions = convolution_rows()
    report = {
        "device": f"{len(jax.devices())} × {device.device_kind}",
        "dtype": dtype,
        "help_seconds": help_seconds(),
        "rows": rows,
        "law": law,
        "convolutions": convolutions,
    }
    write_whole(OUTPUT, (json.dumps(report, indent=2) + "\n").encode())
    console = Console(width=110)
    _show(console, f"task-steps per second, {dtype}", rows, 2, 7)
    _show(console, "medians of ratios", rows, 7, 12)
    _show(console, "ceilings: millions of normals, and GFLOP, per second", rows, 12, 16)
    _show(console, "the law engine at any size", law, 1, 3)
    _show(console, "training 12 chains of convolutions: GFLOP per second", convolutions, 0, 6)
    _show(console, "ratios to the fastest", convolutions, 6, 10)
    console.print(
        f"on {report['device']}; --help: {report['help_seconds']:.2f} s; written to {OUTPUT}",
        highlight=False,
    )


def _row(capacity: int, samples: int, dtype: str) -> Row:
    scenario = _scenario(capacity, samples)
    timed = {
        "NumPy loop": (lambda: loops.numpy_replicate(scenario), TASKS),
        "dense": _engine(scenario, "dense", dtype),
        "law": _engine(scenario, "law", dtype),
        **ceilings(capacity, samples, dtype, _drawn_at_once(scenario)),
    }
    if loops.has_torch():
        batch = TASKS * loops.torch_batch(scenario)
        timed["PyTorch"] = (lambda: loops.torch_replicates(scenario), batch)
    rates = side_by_side(timed)
    dense, law, loop = rates["dense"], rates["law"], rates["NumPy loop"]
    limits = {
        name: bound(capacity, samples, rates[normals], rates[product])
        for name, normals, product in (
            ("bound", "normals", "GEMM"),
            ("bound of this size", "normals", "Gram"),
            ("bound of jax's normals", "jax.random.normal", "GEMM"),
        )
    }
    return {
        "P": capacity,
        "n": samples,
        **{name: _median(rates.get(name)) for name in ("NumPy loop", "PyTorch", "dense", "law")},
        "bound": _median(limits["bound"]),
        "dense / loop": _median(dense / loop),
        "law / loop": _median(law / loop),
        **{f"dense / {name}": _median(dense / limit) for name, limit in limits.items()},
        **{name: _median(rates[name] / 1e6) for name in ("normals", "jax.random.normal")},
        **{name: _median(rates[name] / 1e9) for name in ("GEMM", "Gram")},
    }


def _drawn_at_once(scenario: Scenario) -> int:
    """Replicates that the dense engine draws at once on one device, in all units side by side."""
    experiment = Experiment([scenario], seed=0)
    normals = experiment.unit * experiment.normals // TASKS
    return experiment.unit * units_at_once(mesh_of(None), normals)


def _law_rows(dtype: str) -> list[Row]:
    timed = {str(P): _engine(_scenario(P, P // 5), "law", dtype) for P in LARGE}
    rates = side_by_side(timed)
    first = rates[str(LARGE[0])]
    return [
        {
            "P": P,
            "law": _median(rates[str(P)]),
            "cost / at P = 1000": _median(first / rates[str(P)]),
        }
        for P in LARGE
    ]


def _engine(scenario: Scenario, engine: str, dtype: str) -> Timed:
    """Enough units for a call to be all computing, and the task-steps that are in them."""
    experiment = Experiment([scenario], seed=0, engine=engine, dtype=dtype)
    normals = LONG_ENOUGH.get(jax.devices()[0].platform, LONG_ON_ACCELERATORS)
    replicates = experiment.unit * max(1, normals // (experiment.unit * experiment.normals))

    def run() -> None:
        Experiment([scenario], seed=0, engine=engine, dtype=dtype).run(replicates)

    return run, TASKS * replicates


def _median(values: Any) -> float | None:
    return None if values is None else float(np.median(values))


def _show(console: Console, title: str, rows: list[Row], first: int, last: int) -> None:
    """The columns that name a row, and those from first to last."""
    headings = list(rows[0])
    chosen = [*[name for name in headings if name in ("P", "n")], *headings[first:last]]
    table = Table(title=title, title_justify="left", box=None)
    for heading in chosen:
        table.add_column(heading, justify="right")
    for row in rows:
        table.add_row(*(_shown(row[heading]) for heading in chosen))
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

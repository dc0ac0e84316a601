"""The engines beside a plain NumPy loop, batched PyTorch, and what bounds them."""

from __future__ import annotations

import jax
import numpy as np

from benchmarks import loops
from benchmarks.ceilings import Rates, bound, ceilings
from benchmarks.timing import PACE, Pace, Timed, side_by_side
from update_magnitude.scenarios import Scenario, parse
from update_magnitude.simulations import Experiment
from update_magnitude.simulations.devices import mesh_of, units_per_device

SIZES = ((40, 8), (200, 40), (1000, 200), (2000, 400))  # (P, n)
LARGE = tuple(10**power for power in range(3, 10))  # P, for the law engine alone; n = P/5
TASKS = 2
LONG_ENOUGH = {"cpu": 2**24}  # normals drawn in one call of an engine, so as to time it
LONG_ON_ACCELERATORS = 2**30

Row = dict[str, float | None]


def engine_row(capacity: int, samples: int, dtype: str, pace: Pace = PACE) -> Row:
    """Task-steps per second at one size, ratios, and the rates that bound the dense engine."""
    scenario = scenario_of(capacity, samples)
    timed = {
        "NumPy loop": (lambda: loops.numpy_replicate(scenario), TASKS),
        "dense": _engine(scenario, "dense", dtype),
        "law": _engine(scenario, "law", dtype),
        **ceilings(capacity, samples, dtype, _drawn_at_once(scenario)),
    }
    if loops.has_torch():
        batch = TASKS * loops.torch_batch(scenario)
        timed["PyTorch"] = (lambda: loops.torch_replicates(scenario), batch)
    rates = side_by_side(timed, pace)
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
    return experiment.unit * units_per_device(mesh_of(None), normals)


def law_rows(dtype: str, sizes: tuple[int, ...] = LARGE, pace: Pace = PACE) -> list[Row]:
    """Task-steps per second of the law engine at sizes P, and the cost beside that of the first."""
    timed = {str(P): _engine(scenario_of(P, P // 5), "law", dtype) for P in sizes}
    rates = side_by_side(timed, pace)
    first = rates[str(sizes[0])]
    return [
        {
            "P": P,
            "law": _median(rates[str(P)]),
            f"cost / at P = {sizes[0]}": _median(first / rates[str(P)]),
        }
        for P in sizes
    ]


def _engine(scenario: Scenario, engine: str, dtype: str) -> Timed:
    """Enough units for a call to be all computing, and the task-steps that are in them."""
    experiment = Experiment([scenario], seed=0, engine=engine, dtype=dtype)
    replicates = long_enough(experiment)

    def run() -> None:
        Experiment([scenario], seed=0, engine=engine, dtype=dtype).run(replicates)

    return run, TASKS * replicates


def long_enough(experiment: Experiment) -> int:
    """Replicates, in whole units, that keep a device busy long enough to time one call."""
    normals = LONG_ENOUGH.get(jax.devices()[0].platform, LONG_ON_ACCELERATORS)
    return experiment.unit * max(1, normals // (experiment.unit * experiment.normals))


def _median(values: Rates | None) -> float | None:
    return None if values is None else float(np.median(values))


def scenario_of(capacity: int, samples: int) -> Scenario:
    """Two tasks of which all parameters train."""
    return parse(
        {
            "blocks": {"all": capacity},
            "tasks": {"count": TASKS, "samples": samples, "noise": 0.3},
            "optima": {"norm": {"all": 1.0}, "distance": {"all": 1.0}},
            "updates": {"strategy": "initialized"},
        }
    )

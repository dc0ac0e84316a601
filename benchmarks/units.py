"""What ``benchmarks.accelerator`` measures: each unit by itself, in the order of its worth."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import jax

from benchmarks.agreement import TESTS, agreement
from benchmarks.engines import LARGE, SIZES, TASKS, engine_row, law_rows, long_enough, scenario_of
from benchmarks.kept import Json, Unit
from benchmarks.networks import network_units
from benchmarks.timing import Pace, first_and_rest
from benchmarks.training import training
from update_magnitude.simulations import Experiment
from update_magnitude.simulations.numerics.precision import precision_of
from update_magnitude.simulations.resources import TYPES

PACE = Pace(3, 0.3)  # less than that of ``make bench``, which may take its time
TINY_PACE = Pace(1, 0.0)
TEN_TIMES = (20_000, 4_000)  # (P, n) for the dense engine; the law engine has P = 10¹⁰
CPU_MEMORY = 8 * 2**30  # bytes that the largest scenario may take where no device says its own
REPEATS = 3


def all_units(tiny: bool, carried: Path | None = None) -> list[Unit]:
    """Everything that is measured on the devices that jax has.

    ``carried`` is the folder of the images of networks at full size, which are left out if None.
    """
    widest = precision_of(jax.devices()[0])
    types = TYPES if widest == TYPES[0] else (widest,)
    first, others = network_units(carried, tiny) if carried else ([], [])
    return [
        *_agreements(types, tiny),
        *first,
        *_training(tiny),
        *_large(types, tiny),
        *_bench(widest, tiny),
        *others,
    ]


def _agreements(types: tuple[str, ...], tiny: bool) -> list[Unit]:
    """The engines against theory; all tests of the run share one false-alarm rate."""
    replicates = {"dense": 4_096, "law": 16_384} if tiny else {"dense": 400_000, "law": 4_000_000}
    tests = TESTS * len(types) * len(replicates)
    return [
        Unit(
            f"agreement of the {engine} engine with theory, {dtype}",
            60,
            partial(agreement, engine, dtype, replicates[engine], tests),
        )
        for dtype in types
        for engine in replicates
    ]


def _training(tiny: bool) -> list[Unit]:
    return [
        Unit(f"train {name}", 80, partial(training, name, tiny))
        for name in ("split-digits", "permuted-digits")
    ]


def _large(types: tuple[str, ...], tiny: bool) -> list[Unit]:
    """Both engines at ten times the largest size of ``make bench``."""
    dense = (40, 8) if tiny else TEN_TIMES
    law = LARGE[0] if tiny else 10 * LARGE[-1]
    return [
        Unit(
            f"the {engine} engine at ten times the size, {dtype}",
            seconds,
            partial(large, engine, capacity, samples, dtype),
        )
        for dtype in types
        for engine, seconds, (capacity, samples) in (
            ("law", 30, (law, law // 5)),
            ("dense", 120, dense),
        )
    ]


def large(engine: str, capacity: int, samples: int, dtype: str) -> dict[str, Json]:
    """Task-steps per second at one size and at a tenth of it, and their ratio."""
    here = _step_rate(engine, capacity, samples, dtype)
    tenth = _step_rate(engine, capacity // 10, max(1, samples // 10), dtype)
    return {
        "P": capacity,
        "n": samples,
        **here,
        "task_steps_per_second / at a tenth of the size": here["task_steps_per_second"]
        / tenth["task_steps_per_second"],
    }


def _step_rate(engine: str, capacity: int, samples: int, dtype: str) -> dict[str, Json]:
    scenario, memory = scenario_of(capacity, samples), _memory()

    def experiment() -> Experiment:
        return Experiment([scenario], seed=0, engine=engine, dtype=dtype, memory=memory)

    replicates = long_enough(experiment())
    first, rest = first_and_rest(lambda: experiment().run(replicates), REPEATS)
    return {
        "replicates": replicates,
        "first_call_seconds": first,
        "call_seconds": rest,
        "task_steps_per_second": TASKS * replicates / rest,
    }


def _memory() -> int:
    """Bytes that arrays may take: three quarters of what the device has."""
    limit = (jax.devices()[0].memory_stats() or {}).get("bytes_limit")
    return CPU_MEMORY if limit is None else int(0.75 * limit)


def _bench(dtype: str, tiny: bool) -> list[Unit]:
    """The table of ``make bench``, row by row, measured for a shorter time."""
    pace, sizes = (TINY_PACE, SIZES[:1]) if tiny else (PACE, SIZES)
    large = LARGE[:2] if tiny else LARGE
    engines = [
        Unit(f"bench: P = {capacity}, n = {samples}", 60, partial(engine_row, *size, dtype, pace))
        for size in sizes
        for capacity, samples in (size,)
    ]
    return [
        *engines,
        Unit("bench: the law engine at any size", 40, partial(_law, dtype, large, pace)),
        Unit("bench: convolutions", 80, partial(_convolutions, pace, tiny)),
    ]


def _law(dtype: str, sizes: tuple[int, ...], pace: Pace) -> dict[str, Json]:
    return {"rows": law_rows(dtype, sizes, pace)}


def _convolutions(pace: Pace, tiny: bool) -> dict[str, Json]:
    from update_magnitude.scenarios.packages import require_installed

    require_installed("equinox")
    from benchmarks.convolutions import SHAPES, rows

    return {"rows": rows(SHAPES[:1] if tiny else SHAPES, pace)}

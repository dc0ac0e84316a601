"""Networks at the paper's scale for ``benchmarks.accelerator``: full images and full widths.

All strategies of the results' table, a group of them and a block of seeds in each unit; and the
same training on the machine's CPU, in a process of its own: ``python -m benchmarks.networks NAME``.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.carried import carried, checksum_of, subset
from benchmarks.kept import ROOT, Json, Unit
from benchmarks.training import timed

if TYPE_CHECKING:
    from update_magnitude.simulations.networks.benchmarks import Settings
    from update_magnitude.simulations.networks.tasks import Tasks

GROUPS = (  # the most valuable first; together the strategies of the results' table
    ("initialized", "frozen", "hybrid-rates"),
    ("hybrid", "hybrid-penalty", "average"),
    ("ewc", "mas", "si", "l2"),
    ("slowed", "shuffled", "module-means", "head-only"),
)
CPU_SECONDS = 90.0
SPARE = 20.0  # seconds that a unit may take after its last epoch began
TINY = {"tasks": 2, "samples": 64, "width": 4, "shrink": 4}


@dataclass(frozen=True)
class Plan:
    """How a benchmark is trained in units."""

    benchmark: str
    title: str
    data: str
    seeds: int  # of a unit; so many runs are trained side by side, so that none is padding
    blocks: int  # of seeds
    epochs: int
    seconds: float  # after which a unit begins no further epoch
    batches: int  # in an epoch that is measured on the CPU


PLANS = {
    plan.benchmark: plan
    for plan in (
        Plan("permuted-mnist", "Permuted MNIST", "mnist", 16, 1, 5, 100.0, 100),
        Plan("split-cifar10", "Split CIFAR-10", "cifar10", 4, 4, 4, 130.0, 4),
    )
}


def network_units(folder: Path, tiny: bool) -> tuple[list[Unit], list[Unit]]:
    """The units of the benchmarks whose images are in a folder: the most valuable, and the others.

    The name of a unit has the checksum of its images: with others it is another unit.
    """
    plans = [plan for plan in PLANS.values() if checksum_of(plan.data, folder)]
    first = [_unit(plan, 0, 0, folder, tiny) for plan in plans]
    first += [_cpu_unit(plan, folder, tiny) for plan in plans]
    others = [
        _unit(plan, group, block, folder, tiny)
        for block in range(1 if tiny else max(plan.blocks for plan in PLANS.values()))
        for group in range(len(GROUPS))
        for plan in plans
        if block < plan.blocks and (group or block)
    ]
    return first, others


def missing(folder: Path) -> str | None:
    """A line that says which images are not in a folder, and how to get them; None if all are."""
    plans = [plan for plan in PLANS.values() if checksum_of(plan.data, folder) is None]
    if not plans:
        return None
    titles, names = (
        joint.join(words)
        for joint, words in (
            (" and ", [plan.title for plan in plans]),
            (" ", [plan.data for plan in plans]),
        )
    )
    return (
        f"{titles} at full size: left out, since {folder} has no images of {names}; where the "
        f"data sets are, python -m benchmarks.carried {names} --data DIR makes them"
    )


def settings_for(plan: Plan, group: int, block: int, tiny: bool) -> Settings:
    """The settings of a unit: the benchmark's own but for the seeds and epochs."""
    from update_magnitude.simulations.networks.benchmarks import settings_of

    seeds = 2 if tiny else plan.seeds
    epochs = 2 if tiny else plan.epochs
    small: dict[str, Json] = TINY if tiny else {}
    return settings_of(
        *(plan.benchmark, GROUPS[group], seeds), seed=block * seeds, epochs=epochs, **small
    )


def measured(plan: Plan, group: int, block: int, folder: Path, tiny: bool) -> dict[str, Json]:
    """Train the runs of a unit, as far as they come in its time."""
    began = time.perf_counter()
    _require_extra()
    settings = settings_for(plan, group, block, tiny)
    tasks = _tasks(replace(settings, strategies=(), seeds=0, seed=0), plan.data, folder, tiny)
    left = plan.seconds - (time.perf_counter() - began)
    found = timed(settings, tasks, left, together=settings.seeds)
    return {"benchmark": plan.benchmark, **found}


@lru_cache(maxsize=2)  # of both benchmarks: making them takes seconds, and gigabytes
def _tasks(settings: Settings, data: str, folder: Path, tiny: bool) -> Tasks:
    """The tasks, which are those of seed 0 for every block of seeds."""
    from update_magnitude.simulations.networks.tasks import make_tasks, shrunk

    images = carried(data, folder)
    if tiny:
        images = subset(images, 40, 20)
    return make_tasks(shrunk(images, settings.shrink), settings.relation, settings.samples, 0)


def on_cpu(plan: Plan, folder: Path, tiny: bool) -> dict[str, Json]:
    """What ``few_steps`` finds in a process that has no device but the CPU."""
    command = [sys.executable, "-m", "benchmarks.networks", plan.benchmark]
    done = subprocess.run(
        [*command, "--carried", str(folder.resolve()), *(["--tiny"] if tiny else [])],
        env={**os.environ, "JAX_PLATFORMS": "cpu"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=CPU_SECONDS,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"on the CPU: {done.stderr[-300:]}")
    found: dict[str, Json] = json.loads(done.stdout.splitlines()[-1])
    return found


def few_steps(plan: Plan, folder: Path, tiny: bool) -> dict[str, Json]:
    """The time of an epoch of one run on this device, from a few batches of two tasks.

    It is that of these batches times how many of them an epoch has; tests, and what strategies do
    between tasks, are not in it.
    """
    _require_extra()
    whole = settings_for(plan, 0, 0, tiny)
    settings = replace(
        whole,
        strategies=("initialized",),
        seeds=1,
        epochs=3,
        relation=replace(whole.relation, tasks=2),
    )
    tasks = _tasks(settings, plan.data, folder, tiny)
    images = tasks.labels.shape[1]
    few = min(plan.batches * settings.batch, images)
    some = replace(
        tasks,
        images=tasks.images[:, :few],
        labels=tasks.labels[:, :few],
        test_images=[test[: settings.batch] for test in tasks.test_images],
        test_labels=[test[: settings.batch] for test in tasks.test_labels],
    )
    epoch = timed(settings, some)["epoch_seconds_of_one_run"] * images / few
    return {
        "benchmark": plan.benchmark,
        "cores": os.cpu_count(),
        "training_images": images,
        "training_images_measured": few,
        "epoch_seconds_of_one_run": epoch,
        "training_seconds_of_one_run": whole.epochs * whole.relation.tasks * epoch,
    }


def beside_the_cpu(units: Mapping[str, Json]) -> list[str]:
    """A line for each unit that was trained where the CPU was measured too, given what is kept."""
    results = {name: kept["result"] for name, kept in units.items() if "result" in kept}
    cpus = {found["benchmark"]: found for found in results.values() if "cores" in found}
    lines = []
    for name, found in results.items():
        cpu = cpus.get(found.get("benchmark"))
        if "side_by_side" not in found or cpu is None or not found["epoch_seconds_of_one_run"]:
            continue
        (epoch, run), (cpu_epoch, cpu_run) = (
            (one["epoch_seconds_of_one_run"], one["training_seconds_of_one_run"])
            for one in (found, cpu)
        )
        lines.append(
            f"{name}: {epoch:.3g} s per epoch and {run:.3g} s per run, "
            f"{found['side_by_side']} side by side; on {cpu['cores']} CPU cores {cpu_epoch:.3g} s "
            f"and {cpu_run:.3g} s, {cpu_epoch / epoch:.3g} times as long"
        )
    return lines


def _unit(plan: Plan, group: int, block: int, folder: Path, tiny: bool) -> Unit:
    seeds = 2 if tiny else plan.seeds
    name = f"{_named(plan, folder)}, seeds {block * seeds} to {(block + 1) * seeds - 1}"
    run = partial(measured, plan, group, block, folder, tiny)
    return Unit(f"{name}: {', '.join(GROUPS[group])}", plan.seconds + SPARE, run)


def _cpu_unit(plan: Plan, folder: Path, tiny: bool) -> Unit:
    run = partial(on_cpu, plan, folder, tiny)
    return Unit(f"{_named(plan, folder)} on the CPU", CPU_SECONDS, run)


def _named(plan: Plan, folder: Path) -> str:
    return f"{plan.title} (images {str(checksum_of(plan.data, folder))[:8]})"


def _require_extra() -> None:
    from update_magnitude.simulations.networks import require_extra

    require_extra()


def main(arguments: Sequence[str] | None = None) -> None:
    """Print what a few steps of a benchmark take, as JSON."""
    parser = argparse.ArgumentParser(description="Time a few steps of a benchmark on this device.")
    parser.add_argument("benchmark", choices=list(PLANS))
    parser.add_argument("--carried", type=Path, required=True, metavar="DIR")
    parser.add_argument("--tiny", action="store_true", help="sizes that only show that it runs")
    given = parser.parse_args(arguments)
    print(json.dumps(few_steps(PLANS[given.benchmark], given.carried, given.tiny)))


if __name__ == "__main__":
    main()

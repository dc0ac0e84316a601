"""What is measured of a run task by task, how it is kept, and its labelled dataset."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from update_magnitude.simulations.networks.benchmarks import BENCHMARKS, Settings
from update_magnitude.simulations.networks.metrics import (
    METRICS,
    POSSIBLE,
    Document,
    Numbers,
    finite,
    interval,
)
from update_magnitude.simulations.networks.strategies import Signals

if TYPE_CHECKING:
    import xarray as xr

WORDS = {
    "accuracy": "accuracy on a task after another was learned",
    "loss": "mean training loss of an epoch",
    "trained_modules": "modules that train",
    "trains": "1 for a module that trains, else 0",
    "moved": "update magnitude: how far the parameters of a module moved",
    "published": "metric of gradients, each at the start of its own task",
    "common": "metric of gradients at the start of the earlier task",
    "distance": "estimated squared distance, as a share of that of unrelated tasks",
    "step": "estimated squared difference of gradients at the start of the earlier task",
    "gap": "estimated squared length of the gradient at the start of the task",
}


@dataclass(frozen=True)
class Progress:
    """How far a run is."""

    task: int  # from 0
    tasks: int
    epoch: int  # epochs done of this task
    epochs: int
    loss: float  # mean over runs in the last epoch
    accuracy: float | None  # mean over runs on the tasks learned before this one
    runs: int  # trained in this epoch; those that are alike so far count once

    @property
    def share(self) -> float:
        """The share of all tasks' epochs that is done."""
        return (self.task + self.epoch / self.epochs) / self.tasks


@dataclass
class Records:
    """All that a result is made of; each list has one array per task that was learned."""

    accuracy: list[Numbers] = field(default_factory=list)  # [R, T], NaN for later tasks
    loss: list[Numbers] = field(default_factory=list)  # [R, epochs]
    trained: list[NDArray[np.int64]] = field(default_factory=list)  # [R, modules]: 1 if it trains
    signals: list[Signals] = field(default_factory=list)  # NaN at the first task
    moved: list[Numbers] = field(default_factory=list)  # [R, modules]: ‖θ_t − θ_{t−1}‖

    def document(self) -> Document:
        """The records as JSON, which keeps every bit of a float; NaN is null."""
        return {
            "accuracy": list(map(_plain, self.accuracy)),
            "loss": list(map(_plain, self.loss)),
            "trained": [array.tolist() for array in self.trained],
            "signals": [list(map(_plain, signals)) for signals in self.signals],
            "moved": list(map(_plain, self.moved)),
        }


def records_of(document: Document) -> Records:
    """Records from JSON."""
    return Records(
        [np.array(array, float) for array in document["accuracy"]],
        [np.array(array, float) for array in document["loss"]],
        [np.array(array, np.int64) for array in document["trained"]],
        [Signals(*(np.array(one, float) for one in task)) for task in document["signals"]],
        [np.array(array, float) for array in document["moved"]],
    )


def _plain(values: Numbers) -> list[object] | float | None:
    return [_plain(value) for value in values] if np.ndim(values) else finite(float(values))


@dataclass(frozen=True)
class Run:
    """What came of a run."""

    settings: Settings
    records: Records
    parameters: tuple[int, ...]  # by module
    specific: int  # modules that train under frozen
    samples: int  # training images per task
    device: str


def dataset(run: Run) -> xr.Dataset:
    """All that was measured, over strategies, seeds and tasks; accuracies also ``after`` tasks.

    Tasks, epochs and modules count from 1; what was not measured yet is NaN. The attribute
    ``settings`` is JSON.
    """
    import xarray as xr

    settings = run.settings
    tasks = np.arange(1, len(run.records.accuracy) + 1)
    variables = {
        name: (dims, values, {"long_name": WORDS[name]})
        for name, (dims, values) in _measured(run).items()
    }
    return xr.Dataset(
        variables
        | {"parameters": ("module", list(run.parameters), {"long_name": "parameters of a module"})},
        coords={
            "strategy": list(settings.strategies),
            "seed": settings.seed + np.arange(settings.seeds),
            "after": tasks,
            "task": tasks,
            "epoch": np.arange(1, settings.epochs + 1),
            "module": np.arange(1, len(run.parameters) + 1),
        },
        attrs={
            "title": BENCHMARKS[settings.benchmark].title,
            "benchmark": settings.benchmark,
            "settings": json.dumps(settings.document()),
            "specific": run.specific,
            "samples": run.samples,
            "device": run.device,
        },
    )


def _measured(run: Run) -> dict[str, tuple[tuple[str, ...], ArrayLike]]:
    """Every variable that is over strategies, seeds and tasks, with its dimensions."""
    records, over = run.records, ("strategy", "seed", "task", "module")
    runs = len(run.settings.strategies), run.settings.seeds

    def by_run(tasks: Sequence[ArrayLike]) -> Numbers:
        stacked: Numbers = np.stack(tasks, axis=1)
        return stacked.reshape(*runs, *stacked.shape[1:])

    trains = by_run(records.trained)
    signals = {
        name: by_run([getattr(signal, name) for signal in records.signals])
        for name in Signals._fields
    }
    return {
        "accuracy": (("strategy", "seed", "after", "task"), by_run(records.accuracy)),
        "loss": (("strategy", "seed", "task", "epoch"), by_run(records.loss)),
        "trained_modules": (over[:3], trains.sum(-1)),
        "trains": (over, trains),
        "moved": (over, by_run(records.moved)),
    } | {name: (over[: signal.ndim], signal) for name, signal in signals.items()}


def summary(measured: xr.Dataset) -> Document:
    """Every metric of every strategy, with mean, deviation and interval over seeds, for JSON."""
    return {
        str(name): {
            metric: interval(measure(accuracy), POSSIBLE[metric]).document()
            for metric, measure in METRICS.items()
        }
        for name, accuracy in zip(measured.strategy.values, measured.accuracy.values, strict=True)
    }

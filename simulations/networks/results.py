"""The result of a run as a labelled dataset, from which tables, verdicts and figures are made."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from update_magnitude.simulations.networks.benchmarks import BENCHMARKS
from update_magnitude.simulations.networks.metrics import METRICS, POSSIBLE, interval
from update_magnitude.simulations.networks.running import Run

if TYPE_CHECKING:
    import xarray as xr

WORDS = {
    "accuracy": "accuracy on a task after another was learned",
    "loss": "mean training loss of an epoch",
    "trained_modules": "modules that train",
    "trains": "1 for a module that trains, else 0",
    "published": "metric of gradients, each at the start of its own task",
    "common": "metric of gradients at the start of the earlier task",
    "distance": "estimated squared distance, as a share of that of unrelated tasks",
    "step": "estimated squared difference of gradients at the start of the earlier task",
    "gap": "estimated squared length of the gradient at the start of the task",
}


def dataset(run: Run) -> xr.Dataset:
    """All that was measured.

    Returns:
        ``accuracy`` (strategy, seed, after, task), NaN where a task was not learned yet; ``loss``
        (strategy, seed, task, epoch); ``trained_modules`` and the signals ``published``,
        ``common``, ``distance`` (strategy, seed, task), NaN at the first task; ``trains`` and the
        signals ``step``, ``gap`` (strategy, seed, task, module); ``parameters`` (module). Tasks,
        epochs and modules count from 1. The attribute ``settings`` is JSON.
    """
    import xarray as xr

    settings, records = run.settings, run.records
    count = len(records.accuracy)
    signals = {
        name: _by_run(run, [getattr(signal, name) for signal in records.signals])
        for name in records.signals[0]._fields
    }
    trains = _by_run(run, records.trained)
    values: dict[str, tuple[tuple[str, ...], Any]] = {
        "accuracy": (("strategy", "seed", "after", "task"), _by_run(run, records.accuracy)),
        "loss": (("strategy", "seed", "task", "epoch"), _by_run(run, records.loss)),
        "trained_modules": (("strategy", "seed", "task"), trains.sum(-1)),
        "trains": (("strategy", "seed", "task", "module"), trains),
    } | {
        name: (("strategy", "seed", "task", "module")[: signal.ndim], signal)
        for name, signal in signals.items()
    }
    tasks = np.arange(1, count + 1)
    return xr.Dataset(
        {name: (dims, entry, {"long_name": WORDS[name]}) for name, (dims, entry) in values.items()}
        | {"parameters": ("module", run.parameters, {"long_name": "parameters of a module"})},
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


def _by_run(run: Run, tasks: list[Any]) -> Any:
    """What was measured of all runs at each task, [strategy, seed, task, ...]."""
    found = np.stack(tasks, axis=1)
    return found.reshape(len(run.settings.strategies), run.settings.seeds, *found.shape[1:])


def summary(found: xr.Dataset) -> dict[str, Any]:
    """Every metric of every strategy, with mean, deviation and interval over seeds, for JSON."""

    def measured(accuracy: Any) -> dict[str, Any]:
        return {
            metric: interval(measure(accuracy), POSSIBLE[metric]).document()
            for metric, measure in METRICS.items()
        }

    return {
        str(name): measured(found.accuracy.sel(strategy=name).values)
        for name in found.strategy.values
    }

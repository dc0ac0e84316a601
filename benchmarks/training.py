"""Networks, trained with the time of every epoch taken, for ``benchmarks.accelerator``."""

from __future__ import annotations

import time
from contextlib import suppress
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.kept import Json

if TYPE_CHECKING:
    from update_magnitude.simulations.networks.benchmarks import Settings
    from update_magnitude.simulations.networks.results import Progress
    from update_magnitude.simulations.networks.running import State, Trainer
    from update_magnitude.simulations.networks.tasks import Tasks

DIGITS = 4  # after the point, of accuracies that are kept


class LateError(Exception):
    """Training took all the time that it had."""


def training(benchmark: str, tiny: bool) -> dict[str, Json]:
    """Time per epoch, of all runs and of one, with few seeds and with four times as many."""
    few, many = (trained(benchmark, seeds, tiny) for seeds in ((1, 2) if tiny else (2, 8)))
    ratio = many["epoch_seconds"] / few["epoch_seconds"]
    runs = many["runs"] / few["runs"]
    return {
        "few": few,
        "many": many,
        "runs_many / few": runs,
        "epoch_seconds_many / few": ratio,
        "epoch_seconds_of_one_run_many / few": ratio / runs,
    }


def trained(benchmark: str, seeds: int, tiny: bool) -> dict[str, Json]:
    """A run of the strategies that are trained where none is asked for, on digits."""
    from update_magnitude.simulations.networks import require_extra

    require_extra()
    from update_magnitude.simulations.networks.benchmarks import settings_of
    from update_magnitude.simulations.networks.running import tasks_of

    small: dict[str, Json] = {"tasks": 2, "samples": 64, "width": 4} if tiny else {}
    settings = settings_of(benchmark, seeds=seeds, epochs=2 if tiny else 4, **small)
    return timed(settings, tasks_of(settings, None))


def timed(
    settings: Settings, tasks: Tasks, seconds: float = float("inf"), together: int | None = None
) -> dict[str, Json]:
    """Train all runs of some settings from their start, or as far as they come in some seconds.

    Args:
        settings: of the runs.
        tasks: what is learned.
        seconds: after which no further epoch begins; tasks that were not learned to their end
            count for nothing but the time of their epochs.
        together: how many runs are trained side by side; None for what suits the device.
    """
    from update_magnitude.simulations.networks.running import Trainer

    began = time.perf_counter()
    ends: list[tuple[int, int, float]] = []  # epoch, runs, when it ended

    def watch(progress: Progress) -> None:
        ends.append((progress.epoch, progress.runs, time.perf_counter()))
        if ends[-1][2] - began > seconds and progress.share < 1:
            raise LateError

    trainer = Trainer(settings, tasks, together)
    state = trainer.first()
    with suppress(LateError):
        for task in range(tasks.count):
            state = trainer.learn(state, task, watch)
    return {
        **_sizes(trainer),
        "tasks_learned": len(state.records.accuracy),
        "seconds": time.perf_counter() - began,
        "first_epoch_seconds": ends[0][2] - began,
        **epoch_times(ends, settings.epochs * tasks.count),
        **_metrics(trainer, state),
    }


def epoch_times(ends: list[tuple[int, int, float]], epochs: int) -> dict[str, Json]:
    """Medians over epochs, given the epoch, the runs and the time at each one's end.

    The first epoch of a task may compile, and follows tests on the tasks before: it is left out.
    ``epochs`` is how many make a run.
    """
    later = [
        (end - before, runs) for (_, _, before), (epoch, runs, end) in pairwise(ends) if epoch > 1
    ]
    of_one = median(seconds / runs for seconds, runs in later) if later else None
    return {
        "epoch_seconds": median(seconds for seconds, _ in later) if later else None,
        "epoch_seconds_of_one_run": of_one,
        "training_seconds_of_one_run": None if of_one is None else epochs * of_one,
    }


def _sizes(trainer: Trainer) -> dict[str, Json]:
    settings = trainer.settings
    return {
        "strategies": list(settings.strategies),
        "first_seed": settings.seed,
        "seeds": settings.seeds,
        "runs": len(settings.strategies) * settings.seeds,
        "side_by_side": trainer.runs.together,
        "tasks": trainer.tasks.count,
        "training_images": trainer.samples,
        "width": settings.width,
        "batch": settings.batch,
        "epochs": settings.epochs,
    }


def _metrics(trainer: Trainer, state: State) -> dict[str, Json]:
    """Each metric over the tasks that were learned, by strategy and seed; null of a lost run."""
    from update_magnitude.simulations.networks.metrics import METRICS, finite

    learned = len(state.records.accuracy)
    if learned < 2:  # nothing can have been forgotten
        return {}
    accuracy = np.stack(state.records.accuracy, axis=1)[:, :, :learned]
    return {
        name: {
            strategy: [
                finite(round(float(value), DIGITS))
                for value in metric(accuracy[trainer.runs.rows(strategy)])
            ]
            for strategy in trainer.runs.names
        }
        for name, metric in METRICS.items()
    }

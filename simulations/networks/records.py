"""What is measured of all runs, task by task, how it is kept, and what is told meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from update_magnitude.simulations.networks.strategies import Signals

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Told:
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
    """All that a result is made of; each list has an entry per task that was learned."""

    accuracy: list[Numbers] = field(default_factory=list)  # [R, T], NaN for later tasks
    loss: list[Numbers] = field(default_factory=list)  # [R, epochs]
    trained: list[NDArray[np.int64]] = field(default_factory=list)  # [R, modules]: 1 if it trains
    signals: list[Signals] = field(default_factory=list)  # NaN at the first task

    def document(self) -> dict[str, Any]:
        """The records as JSON, which keeps every bit of a float; NaN is null."""
        return {
            "accuracy": [_plain(entry) for entry in self.accuracy],
            "loss": [_plain(entry) for entry in self.loss],
            "trained": [entry.tolist() for entry in self.trained],
            "signals": [[_plain(one) for one in signal] for signal in self.signals],
        }


def records_of(document: dict[str, Any]) -> Records:
    """Records from JSON.

    Example:
        >>> kept = Records(trained=[np.array([[1, 1], [0, 1]])]).document()
        >>> records_of(kept).trained[0].tolist()
        [[1, 1], [0, 1]]
    """
    return Records(
        [np.array(entry, float) for entry in document["accuracy"]],
        [np.array(entry, float) for entry in document["loss"]],
        [np.array(entry, np.int64) for entry in document["trained"]],
        [Signals(*(np.array(one, float) for one in entry)) for entry in document["signals"]],
    )


def _plain(values: Any) -> Any:
    if np.ndim(values):
        return [_plain(value) for value in values]
    return float(values) if np.isfinite(values) else None

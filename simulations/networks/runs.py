"""The runs of a benchmark, every strategy with every seed, and which of them are alike so far."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace

import jax
import numpy as np
from numpy.typing import NDArray

from update_magnitude.simulations import streams
from update_magnitude.simulations.networks import importance
from update_magnitude.simulations.networks.benchmarks import Settings
from update_magnitude.simulations.networks.costs import Masks
from update_magnitude.simulations.networks.groups import Groups, grouped
from update_magnitude.simulations.networks.model import Network
from update_magnitude.simulations.networks.strategies import (
    SCHEDULE,
    ModuleChain,
    Restraint,
    Signals,
    Strategy,
    strategy,
)

TOGETHER = 16  # runs, at least, that an accelerator trains side by side where there are as many
PURPOSES = (
    *(streams.BATCHES, streams.BATCHES_AGAIN, streams.PROBE),
    *(streams.IMPORTANCE, streams.IMPORTANCE_ORDER),
)
Trees = dict[str, Network]  # a tree of the runs of each strategy that has one, [seeds, ...]


class Runs:
    """R runs, those of a strategy one after another.

    A compiled program trains ``together`` of them, at least as many as there are seeds; None is
    what suits most devices. It is no setting: results do not depend on it but for rounding.
    """

    def __init__(self, settings: Settings, together: int | None = None) -> None:
        self.names, self.count = settings.strategies, settings.seeds
        self.seeds = np.tile(settings.seed + np.arange(self.count), len(self.names))
        self.strategies = [strategy(name) for name in self.names]
        self.restarts = np.repeat([one.restarts for one in self.strategies], self.count)
        self.restraints = {
            name: _strong(one.restraint, settings.strength)
            for name, one in zip(self.names, self.strategies, strict=True)
            if one.restraint is not None
        }
        seeds = self.seeds.tolist()
        self.keys = {purpose: streams.keys(purpose, seeds) for purpose in PURPOSES}
        if together is None:
            together = 0 if jax.default_backend() == "cpu" else min(len(seeds), TOGETHER)
        self.together = max(self.count, together)

    def rows(self, name: str) -> slice:
        """Where the runs of a strategy stand."""
        first = self.names.index(name) * self.count
        return slice(first, first + self.count)

    def alike(self, histories: Sequence[NDArray[np.int64] | Masks], task: int) -> Groups:
        """The runs that are the same, given which modules, [R, modules], trained at all tasks.

        At the first task all begin at their initial parameters, and nothing is held; later the
        runs of a strategy that does more than choose modules are its own, a kind for each, counted
        from 1. Their path, where it is needed, is followed from the first task on.
        """
        again = self.restarts & (task > 0)
        keys = np.column_stack([self.seeds, again, *histories]).astype(np.int64)
        kinds = [place if _is_own(one, task) else 0 for place, one in enumerate(self.strategies, 1)]
        return grouped(keys, np.repeat(kinds, self.count), self.together)

    def trains(self, chain: ModuleChain, signals: Signals, task: int) -> Masks:
        """Which modules train in each run, [R, modules]."""
        if task == 0:
            return np.ones((len(self.seeds), len(chain.parameters)), bool)
        asked = [one.trained(chain, signals, task) for one in self.strategies]
        place = np.arange(len(self.seeds))
        return np.array(asked)[place // self.count, place]

    def warn(self, lost: NDArray[np.bool_], task: int) -> None:
        """Name runs whose loss is no number: networks of NaN would get the first class right."""
        names = np.repeat(np.array(self.names), self.count)
        scheduled = np.char.startswith(names, SCHEDULE)
        names = np.where(scheduled, "a schedule", names)  # one line for all of them
        for name in dict.fromkeys(names[lost].tolist()):
            mine = lost[names == name]
            print(
                f"warning: task {task + 1}: {name} diverged in {mine.sum()} of {len(mine)} runs; "
                "their accuracies are left out; try a smaller --rate",
                file=sys.stderr,
            )


def no_signals(runs: int, modules: int) -> Signals:
    """The signals of runs that have none."""
    one, each = np.full(runs, np.nan), np.full((runs, modules), np.nan)
    return Signals(one, one, one, each, each)


def _strong(restraint: Restraint, asked: float | None) -> Restraint:
    """A restraint of the strength that was asked for, or its own."""
    return restraint if asked is None else replace(restraint, strength=asked)


def _is_own(one: Strategy, task: int) -> bool:
    """Whether runs of a strategy differ from all others even where the same modules train."""
    if one.restraint is not None and one.restraint.importance == importance.PATH:
        return True
    return task > 0 and not one.chooses_modules

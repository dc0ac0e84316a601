"""A run of all strategies and seeds through a sequence of tasks, kept after every task."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from update_magnitude.scenarios import ScenarioError
from update_magnitude.simulations.networks import checkpoint, streams, training
from update_magnitude.simulations.networks.benchmarks import BENCHMARKS, Settings
from update_magnitude.simulations.networks.data import load_images
from update_magnitude.simulations.networks.groups import Groups, grouped
from update_magnitude.simulations.networks.model import MODELS, Network, parameters
from update_magnitude.simulations.networks.records import Records, Told
from update_magnitude.simulations.networks.strategies import (
    SCHEDULE,
    Choice,
    Masks,
    Signals,
    no_signals,
)
from update_magnitude.simulations.networks.tasks import Tasks, make_tasks, shrunk
from update_magnitude.simulations.networks.training import Ahead, Batch

Numbers = NDArray[np.float64]

CHECKPOINT = "checkpoint.eqx"
TOGETHER = 16  # runs, at least, that an accelerator trains side by side where there are as many


class State(NamedTuple):
    """Where all runs stand between two tasks."""

    networks: Network  # [R, ...]
    before: Network  # at the start of the last task, [R, ...]
    records: Records


@dataclass(frozen=True)
class Run:
    """What came of a run."""

    settings: Settings
    records: Records
    parameters: list[int]  # by module
    specific: int  # modules that train under frozen
    samples: int  # training images per task
    device: str


def run_benchmark(
    settings: Settings,
    data: Path | None,
    folder: Path,
    watch: Callable[[Told], None] = lambda told: None,
) -> Run:
    """Train all strategies with all seeds, or go on where an earlier run was stopped.

    Args:
        settings: what is run.
        data: the folder of the data sets; digits need none.
        folder: where to keep the state after every task. Settings or images that differ from those
            of a state there are an error.
        watch: told after every epoch.

    Raises:
        ScenarioError: if the data are missing or too few, or the folder keeps another run.
    """
    return Trainer(settings, tasks_of(settings, data)).run(folder, watch)


def tasks_of(settings: Settings, data: Path | None) -> Tasks:
    """The tasks of a run, made of the images in a folder."""
    base = shrunk(load_images(BENCHMARKS[settings.benchmark].data, data), settings.shrink)
    return make_tasks(base, settings.relation, settings.samples, settings.seed)


class Trainer:
    """All runs over one sequence of tasks."""

    def __init__(self, settings: Settings, tasks: Tasks) -> None:
        self.settings, self.tasks = settings, tasks
        self.identity = checkpoint.identity(settings, tasks)
        self.samples = tasks.labels.shape[1]
        if settings.batch > self.samples:
            raise ScenarioError(
                f"--batch {settings.batch}: a task has {self.samples} training images"
            )
        names = settings.strategies
        numbers = settings.seed + np.arange(settings.seeds)
        runs = np.tile(numbers, len(names))
        self.seeds = runs
        self.orders = streams.keys(streams.BATCHES, runs.tolist())
        self.probes = streams.keys(streams.PROBE, runs.tolist())
        self.strategy = np.repeat(np.array(names), settings.seeds)
        cpu = jax.default_backend() == "cpu"
        self.together = settings.seeds if cpu else max(settings.seeds, min(len(runs), TOGETHER))
        model = MODELS[BENCHMARKS[settings.benchmark].model]
        make = partial(_made, model, (tasks.shape, settings.width, tasks.heads, tasks.outputs))
        self.start = training.initial(runs.tolist(), make)
        one = jax.tree.map(lambda leaf: leaf[0], self.start)
        self.parameters = parameters(one)
        modules = len(self.parameters)
        self.specific = _specific(settings, modules)
        self.equations = self.samples * (tasks.outputs - 1)
        sizes = tuple(self.parameters)
        self.choice = Choice(sizes, self.specific, settings.threshold, self.equations)

    def run(self, folder: Path, watch: Callable[[Told], None]) -> Run:
        """Learn what tasks are left, keeping the state after each."""
        state, path = self.first(), folder / CHECKPOINT
        kept = checkpoint.load(path, self.identity, state[:2])
        if kept is not None:
            networks, before = kept[1]
            state = State(networks, before, kept[0])
            done = len(state.records.accuracy)
            left = "going on" if done < self.tasks.count else "nothing is left to train"
            print(f"{path} has {done} of {self.tasks.count} tasks: {left}", file=sys.stderr)
        for task in range(len(state.records.accuracy), self.tasks.count):
            state = self.learn(state, task, watch)
            checkpoint.save(path, self.identity, state.records, state[:2])
        return Run(
            self.settings,
            state.records,
            self.parameters,
            self.specific,
            self.samples,
            jax.devices()[0].device_kind,
        )

    def first(self) -> State:
        """Where all runs begin."""
        return State(self.start, self.start, Records())

    def learn(self, state: State, task: int, watch: Callable[[Told], None]) -> State:
        """Learn one task by all strategies: decide what trains, train, test on all tasks so far."""
        runs, records = len(self.strategy), state.records
        networks = self._entered(state.networks)
        if task:
            found = self.signals(state, networks, self.tasks, task)
        else:
            found = no_signals(runs, len(self.parameters))
        trains = self._trains(found, task)
        alike = self._alike([*records.trained, trains], task)
        parts, losses = self._trained(alike, networks, trains, task, watch, records)
        trained = alike.whole(parts)
        tested = alike.values([self._tested(part, task) for part in parts])
        lost = ~np.isfinite(losses[:, -1])
        self._warn(lost, task)
        records.accuracy.append(np.where(lost[:, None], np.nan, tested))
        records.loss.append(np.where(np.isfinite(losses), losses, np.nan))
        records.trained.append(trains.astype(np.int64))
        records.signals.append(found)
        return State(trained, networks, records)

    def _entered(self, networks: Network) -> Network:
        """The networks as a task finds them: reinitialized ones with their initial modules.

        Heads of tasks that were learned stay; a single head of all tasks begins anew too.
        """
        again = jax.device_put(self.strategy == "reinitialized")

        def pick(new: jax.Array, old: jax.Array) -> jax.Array:
            return jnp.where(again.reshape(-1, *[1] * (old.ndim - 1)), new, old)

        modules = jax.tree.map(pick, self.start.modules, networks.modules)
        shared = self.tasks.heads == 1
        heads = jax.tree.map(pick if shared else _old, self.start.heads, networks.heads)
        return Network(modules, heads)

    def _alike(self, histories: Sequence[NDArray[Any]], task: int) -> Groups:
        """The runs that are the same, given what trained at all tasks until some time.

        Args:
            histories: which modules trained, [R, modules] each.
            task: that is being learned; at the first, all begin at their initial parameters.
        """
        again = (self.strategy == "reinitialized") & (task > 0)
        keys = np.column_stack([self.seeds, again, *histories]).astype(np.int64)
        return grouped(keys, self.together)

    def signals(self, state: State, networks: Network, tasks: Tasks, task: int) -> Signals:
        """What gradients say of a task and the one before, for all runs.

        Args:
            state: after the task before.
            networks: parameters at the start of the task, [R, ...].
            tasks: which both are of: those of the trainer, or others of the same shape.
            task: its number, at least 1.
        """
        alike = self._alike(state.records.trained, task)

        def halves(networks: Network, probes: jax.Array, task: int) -> jax.Array:
            return training.halves(networks, probes, batch_of(tasks, task), self._ahead(task))

        found = [
            training.signals(
                halves(before, probes, task - 1),
                halves(before, probes, task),
                halves(now, probes, task),
                metric=self.settings.metric,
                sizes=tuple(self.parameters),
            )
            for before, now, probes in alike.parts((state.before, networks, self.probes))
        ]
        return Signals(*(alike.values(entry) for entry in zip(*found, strict=True)))

    def _trains(self, found: Signals, task: int) -> Masks:
        """Which modules train in each run, [R, modules]."""
        if task == 0:
            return np.ones((len(self.strategy), len(self.parameters)), bool)
        asked = [self.choice.trained(name, found, task) for name in self.settings.strategies]
        place = np.arange(len(self.strategy))
        return np.array(asked)[place // self.settings.seeds, place]

    def _trained(
        self,
        alike: Groups,
        networks: Network,
        trains: Masks,
        task: int,
        watch: Callable[[Told], None],
        records: Records,
    ) -> tuple[list[Network], Numbers]:
        """Train each group for all epochs; the losses are those of all runs, [R, epochs]."""
        settings, losses = self.settings, []
        mask = jax.device_put(trains.astype(np.float32))
        given = alike.parts((mask, self.orders))
        parts = alike.parts(networks)
        states = [training.reset(part, rate=settings.rate) for part in parts]
        batch, ahead = batch_of(self.tasks, task), self._ahead(task)
        before = _mean(records.accuracy[-1]) if records.accuracy else None
        for number in range(settings.epochs):
            found = [
                training.epoch(
                    *(part, state, *entry, batch, ahead, _number(number)),
                    rate=settings.rate,
                    size=settings.batch,
                )
                for part, state, entry in zip(parts, states, given, strict=True)
            ]
            parts, states = [result[0] for result in found], [result[1] for result in found]
            losses.append(alike.values([result[2] for result in found]))
            mean = float(losses[-1].mean())
            done = task, self.tasks.count, number + 1, settings.epochs
            watch(Told(*done, mean, before, alike.count))
        return parts, np.stack(losses, axis=1)

    def _warn(self, lost: NDArray[np.bool_], task: int) -> None:
        """Name runs whose loss is no number: networks of NaN would get the first class right."""
        scheduled = np.char.startswith(self.strategy, SCHEDULE)
        names = np.where(scheduled, "a schedule", self.strategy)  # one line for all of them
        for name in dict.fromkeys(names[lost].tolist()):
            mine = lost[names == name]
            print(
                f"warning: task {task + 1}: {name} diverged in {mine.sum()} of {len(mine)} runs; "
                "their accuracies are left out; try a smaller --rate",
                file=sys.stderr,
            )

    def _tested(self, networks: Network, task: int) -> Numbers:
        """Accuracies of some runs on all tasks learned so far, [runs, T]."""
        found = np.full((self.together, self.tasks.count), np.nan)
        most = max(map(len, self.tasks.test_labels))
        for place in range(task + 1):
            images = self.tasks.test_images[place], self.tasks.test_labels[place]
            found[:, place] = training.accuracies(
                networks, *training.padded(*images, most), self._head(place)
            )
        return found

    def _ahead(self, task: int) -> Ahead:
        return Ahead(_number(task), self._head(task))

    def _head(self, task: int) -> jax.Array:
        return _number(task if self.tasks.heads > 1 else 0)


def batch_of(tasks: Tasks, task: int) -> Batch:
    """All training images of a task."""
    return Batch(*jax.device_put((tasks.images[task], tasks.labels[task])))


def _made(
    model: Callable[..., Network], entry: tuple[Any, ...], random: np.random.Generator
) -> Network:
    return model(random, *entry)


def _mean(accuracy: Numbers) -> float | None:
    """The mean over runs and tasks of what is known."""
    known = accuracy[np.isfinite(accuracy)]
    return float(known.mean()) if known.size else None


def _old(new: jax.Array, old: jax.Array) -> jax.Array:
    del new
    return old


def _number(value: int) -> jax.Array:
    return jax.device_put(np.int32(value))


def _specific(settings: Settings, modules: int) -> int:
    """How many modules train under frozen: what was asked for, or a third."""
    if settings.specific is None:
        return max(1, modules // 3)
    if not 0 <= settings.specific <= modules:
        raise ScenarioError(f"--specific {settings.specific}: the network has {modules} modules")
    return settings.specific

"""A run of all strategies and seeds through a sequence of tasks, kept after every task."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from update_magnitude.scenarios import ScenarioError
from update_magnitude.simulations import streams
from update_magnitude.simulations.networks import checkpoint, training
from update_magnitude.simulations.networks.benchmarks import BENCHMARKS, Settings
from update_magnitude.simulations.networks.data import load_images
from update_magnitude.simulations.networks.groups import Groups, grouped
from update_magnitude.simulations.networks.metrics import Numbers
from update_magnitude.simulations.networks.model import MODELS, Network, parameters
from update_magnitude.simulations.networks.results import Progress, Records, Run
from update_magnitude.simulations.networks.strategies import (
    SCHEDULE,
    Masks,
    ModuleChain,
    Signals,
    strategy,
)
from update_magnitude.simulations.networks.tasks import Tasks, make_tasks, shrunk
from update_magnitude.simulations.networks.training import Lesson

CHECKPOINT = "checkpoint.eqx"
TOGETHER = 16  # runs, at least, that an accelerator trains side by side where there are as many
Watch = Callable[[Progress], None]


class State(NamedTuple):
    """Where all runs stand between two tasks."""

    networks: Network  # [R, ...]
    before: Network  # at the start of the last task, [R, ...]
    records: Records


def run_benchmark(
    settings: Settings, data: Path | None, folder: Path, watch: Watch = lambda progress: None
) -> Run:
    """Train all strategies with all seeds, or go on where an earlier run was stopped.

    ``data`` is the folder of the data sets. The state is kept in ``folder`` after every task:
    settings or images that differ from those of a state there are a ScenarioError, as are data that
    are missing or too few. ``watch`` is called after every epoch.
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
        names, count = settings.strategies, settings.seeds
        self.seeds = np.tile(settings.seed + np.arange(count), len(names))
        self.strategy = np.repeat(np.array(names), count)
        self.restarts = np.repeat([strategy(name).restarts for name in names], count)
        purposes = (streams.BATCHES, streams.BATCHES_AGAIN, streams.PROBE)
        self.keys = {purpose: streams.keys(purpose, self.seeds.tolist()) for purpose in purposes}
        cpu = jax.default_backend() == "cpu"
        self.together = count if cpu else max(count, min(len(self.seeds), TOGETHER))
        model = MODELS[BENCHMARKS[settings.benchmark].model]
        self.start = training.initial(
            self.seeds.tolist(),
            lambda random: model(random, tasks.shape, settings.width, tasks.heads, tasks.outputs),
        )
        sizes = parameters(jax.tree.map(lambda leaf: leaf[0], self.start))
        self.chain = ModuleChain(
            sizes,
            _specific(settings, len(sizes)),
            settings.threshold,
            self.samples * (tasks.outputs - 1),
        )

    def run(self, folder: Path, watch: Watch) -> Run:
        """Learn what tasks are left, keeping the state after each."""
        state, path = self.first(), folder / CHECKPOINT
        kept = checkpoint.load(path, self.identity, state[:2])
        if kept is not None:
            state = State(*kept[1], kept[0])
            done = len(state.records.accuracy)
            left = "going on" if done < self.tasks.count else "nothing is left to train"
            print(f"{path} has {done} of {self.tasks.count} tasks: {left}", file=sys.stderr)
        for task in range(len(state.records.accuracy), self.tasks.count):
            state = self.learn(state, task, watch)
            checkpoint.save(path, self.identity, state.records, state[:2])
        chain, device = self.chain, jax.devices()[0].device_kind
        own = chain.parameters, chain.specific, self.samples, device
        return Run(self.settings, state.records, *own)

    def first(self) -> State:
        """Where all runs begin."""
        return State(self.start, self.start, Records())

    def learn(self, state: State, task: int, watch: Watch, order: str = streams.BATCHES) -> State:
        """Learn one task by all strategies: decide what trains, train, test on all tasks so far.

        ``order`` is the purpose whose stream orders the images.
        """
        records = state.records
        networks = self._entered(state.networks)
        signals = self.signals(state, networks, self.tasks, task) if task else self._no_signals()
        trains = self._trains(signals, task)
        alike = self._alike([*records.trained, trains], task)
        parts, losses = self._trained(alike, networks, trains, task, order, watch, records)
        tested = alike.values([self._tested(part, task) for part in parts])
        lost = ~np.isfinite(losses[:, -1])
        self._warn(lost, task)
        records.accuracy.append(np.where(lost[:, None], np.nan, tested))
        records.loss.append(np.where(np.isfinite(losses), losses, np.nan))
        records.trained.append(trains.astype(np.int64))
        records.signals.append(signals)
        return State(alike.whole(parts), networks, records)

    def signals(self, state: State, networks: Network, tasks: Tasks, task: int) -> Signals:
        """What gradients say of a task, at least 1, and the one before, for all runs.

        ``state`` is that after the task before, ``networks`` the parameters at the start of this,
        and ``tasks`` are those of the trainer, or others of the same shape.
        """
        alike = self._alike(state.records.trained, task)
        earlier, present = self.lesson(tasks, task - 1), self.lesson(tasks, task)
        parts = [
            training.signals(
                training.halves(before, probes, earlier),
                training.halves(before, probes, present),
                training.halves(now, probes, present),
                metric=self.settings.metric,
                sizes=self.chain.parameters,
            )
            for before, now, probes in alike.parts(
                (state.before, networks, self.keys[streams.PROBE])
            )
        ]
        return Signals(*(alike.values(part) for part in zip(*parts, strict=True)))

    def lesson(self, tasks: Tasks, task: int) -> Lesson:
        """A task with all of its training images, on the device."""
        images, labels = jax.device_put((tasks.images[task], tasks.labels[task]))
        return Lesson(images, labels, _number(task), self._head(task))

    def _no_signals(self) -> Signals:
        one = np.full(len(self.seeds), np.nan)
        each = np.full((len(self.seeds), len(self.chain.parameters)), np.nan)
        return Signals(one, one, one, each, each)

    def _entered(self, networks: Network) -> Network:
        """The networks at the start of a task: those that begin anew with their initial modules.

        Heads of tasks that were learned stay; a single head of all tasks begins anew too.
        """
        again = jax.device_put(self.restarts)

        def pick(new: jax.Array, old: jax.Array) -> jax.Array:
            return jnp.where(again.reshape(-1, *[1] * (old.ndim - 1)), new, old)

        modules = jax.tree.map(pick, self.start.modules, networks.modules)
        if self.tasks.heads > 1:
            return Network(modules, networks.heads)
        return Network(modules, jax.tree.map(pick, self.start.heads, networks.heads))

    def _alike(self, histories: Sequence[NDArray[np.int64] | Masks], task: int) -> Groups:
        """The runs that are the same, given which modules, [R, modules], trained at all tasks.

        At the first task all begin at their initial parameters.
        """
        again = self.restarts & (task > 0)
        keys = np.column_stack([self.seeds, again, *histories]).astype(np.int64)
        return grouped(keys, self.together)

    def _trains(self, signals: Signals, task: int) -> Masks:
        """Which modules train in each run, [R, modules]."""
        if task == 0:
            return np.ones((len(self.seeds), len(self.chain.parameters)), bool)
        asked = [
            strategy(name).trained(self.chain, signals, task) for name in self.settings.strategies
        ]
        place = np.arange(len(self.seeds))
        return np.array(asked)[place // self.settings.seeds, place]

    def _trained(
        self,
        alike: Groups,
        networks: Network,
        trains: Masks,
        task: int,
        order: str,
        watch: Watch,
        records: Records,
    ) -> tuple[list[Network], Numbers]:
        """Train each group for all epochs; the losses are those of all runs, [R, epochs]."""
        settings, losses = self.settings, []
        mask = jax.device_put(trains.astype(np.float32))
        given = alike.parts((mask, self.keys[order]))
        parts = alike.parts(networks)
        states = [training.reset(part, rate=settings.rate) for part in parts]
        lesson = self.lesson(self.tasks, task)
        before = _mean(records.accuracy[-1]) if records.accuracy else None
        for number in range(settings.epochs):
            ends = [
                training.epoch(
                    *(part, state, *more, lesson, _number(number)),
                    rate=settings.rate,
                    size=settings.batch,
                )
                for part, state, more in zip(parts, states, given, strict=True)
            ]
            parts, states = [end[0] for end in ends], [end[1] for end in ends]
            losses.append(alike.values([end[2] for end in ends]))
            done = task, self.tasks.count, number + 1, settings.epochs
            watch(Progress(*done, float(losses[-1].mean()), before, alike.count))
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
        shares = np.full((self.together, self.tasks.count), np.nan)
        most = max(map(len, self.tasks.test_labels))
        for place in range(task + 1):
            images = self.tasks.test_images[place], self.tasks.test_labels[place]
            tests = Lesson(*training.padded(*images, most), _number(place), self._head(place))
            shares[:, place] = training.accuracies(networks, tests)
        return shares

    def _head(self, task: int) -> jax.Array:
        return _number(task if self.tasks.heads > 1 else 0)


def _mean(accuracy: Numbers) -> float | None:
    """The mean over runs and tasks of what is known."""
    known = accuracy[np.isfinite(accuracy)]
    return float(known.mean()) if known.size else None


def _number(value: int) -> jax.Array:
    return jax.device_put(np.int32(value))


def _specific(settings: Settings, modules: int) -> int:
    """How many modules train under frozen: what was asked for, or a third."""
    if settings.specific is None:
        return max(1, modules // 3)
    if not 0 <= settings.specific <= modules:
        raise ScenarioError(f"--specific {settings.specific}: the network has {modules} modules")
    return settings.specific

"""A run of all strategies and seeds through a sequence of tasks, kept after every task."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from update_magnitude.scenarios import ScenarioError
from update_magnitude.simulations import streams
from update_magnitude.simulations.networks import (
    checkpoint,
    importance,
    lessons,
    restraints,
    training,
)
from update_magnitude.simulations.networks.benchmarks import BENCHMARKS, Settings
from update_magnitude.simulations.networks.costs import Masks
from update_magnitude.simulations.networks.data import load_images
from update_magnitude.simulations.networks.groups import Groups
from update_magnitude.simulations.networks.metrics import Numbers
from update_magnitude.simulations.networks.model import MODELS, Network, parameters
from update_magnitude.simulations.networks.parts import Part, after_epoch, averaged, begun
from update_magnitude.simulations.networks.results import Progress, Records, Run
from update_magnitude.simulations.networks.runs import Runs, Trees, no_signals
from update_magnitude.simulations.networks.strategies import (
    ModuleChain,
    Signals,
)
from update_magnitude.simulations.networks.tasks import Tasks, make_tasks, shrunk

CHECKPOINT = "checkpoint.eqx"
Watch = Callable[[Progress], None]


class State(NamedTuple):
    """Where all runs stand between two tasks."""

    networks: Network  # [R, ...]
    before: Network  # at the start of the last task, [R, ...]
    importance: Trees  # over the tasks so far, of strategies that ask, [seeds, ...]
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
    """All runs over one sequence of tasks; ``together`` is as of ``Runs``."""

    def __init__(self, settings: Settings, tasks: Tasks, together: int | None = None) -> None:
        self.settings, self.tasks, self.shared_head = settings, tasks, tasks.heads == 1
        self.identity = checkpoint.identity(settings, tasks)
        self.samples = tasks.labels.shape[1]
        if settings.batch > self.samples:
            raise ScenarioError(
                f"--batch {settings.batch}: a task has {self.samples} training images"
            )
        self.runs = Runs(settings, together)
        model = MODELS[BENCHMARKS[settings.benchmark].model]
        self.start = training.initial(
            self.runs.seeds.tolist(),
            lambda random: model(random, tasks.shape, settings.width, tasks.heads, tasks.outputs),
            settings.perturb,
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
        kept = checkpoint.load(path, self.identity, state[:3])
        if kept is not None:
            state = State(*kept[1], kept[0])
            done = len(state.records.accuracy)
            left = "going on" if done < self.tasks.count else "nothing is left to train"
            print(f"{path} has {done} of {self.tasks.count} tasks: {left}", file=sys.stderr)
        for task in range(len(state.records.accuracy), self.tasks.count):
            state = self.learn(state, task, watch)
            checkpoint.save(path, self.identity, state.records, state[:3])
        chain, device = self.chain, jax.devices()[0].device_kind
        own = chain.parameters, chain.specific, self.samples, device
        return Run(self.settings, state.records, *own)

    def first(self) -> State:
        """Where all runs begin."""
        some = jax.tree.map(lambda leaf: leaf[: self.settings.seeds], self.start)
        none = {name: jax.tree.map(jnp.zeros_like, some) for name in self.runs.restraints}
        return State(self.start, self.start, none, Records())

    def learn(self, state: State, task: int, watch: Watch, order: str = streams.BATCHES) -> State:
        """Learn one task by all strategies: decide what trains, train, test on all tasks so far.

        ``order`` is the purpose whose stream orders the images.
        """
        records = state.records
        networks = self._entered(state.networks)
        signals = (
            self.signals(state, networks, self.tasks, task)
            if task
            else no_signals(len(self.runs.seeds), len(self.chain.parameters))
        )
        trains = self.runs.trains(self.chain, signals, task)
        alike = self.runs.alike([*records.trained, trains], task)
        parts = self._parts(alike, networks, trains, state.importance, order)
        parts, losses = self._trained(alike, parts, task, watch, records)
        ends = [part.networks for part in parts]
        tested = alike.values([self._tested(end, task) for end in ends])
        moved = [training.distances(part.networks, part.starts) for part in parts]
        lost = ~np.isfinite(losses[:, -1])
        self.runs.warn(lost, task)
        records.accuracy.append(np.where(lost[:, None], np.nan, tested))
        records.loss.append(np.where(np.isfinite(losses), losses, np.nan))
        records.trained.append(trains.astype(np.int64))
        records.signals.append(signals)
        records.moved.append(alike.values(moved))
        whole = alike.whole(ends)
        known = state.importance
        if task + 1 < self.tasks.count:
            known = self._importance(known, whole, networks, self._paths(alike, parts), task)
        return State(whole, networks, known, records)

    def signals(self, state: State, networks: Network, tasks: Tasks, task: int) -> Signals:
        """What gradients say of a task, at least 1, and the one before, for all runs.

        ``state`` is that after the task before, ``networks`` the parameters at the start of this,
        and ``tasks`` are those of the trainer, or others of the same shape.
        """
        alike = self.runs.alike(state.records.trained, task)
        earlier, present = (lessons.lesson(tasks, number) for number in (task - 1, task))
        kind = self.settings.loss
        every = alike.parts((state.before, networks, self.runs.keys[streams.PROBE]))
        parts = [
            no_signals(self.runs.together, len(self.chain.parameters))
            if group  # its runs choose no modules
            else training.signals(
                training.halves(before, probes, earlier, kind=kind),
                training.halves(before, probes, present, kind=kind),
                training.halves(now, probes, present, kind=kind),
                metric=self.settings.metric,
                sizes=self.chain.parameters,
            )
            for group, (before, now, probes) in zip(alike.kinds, every, strict=True)
        ]
        return Signals(*(alike.values(part) for part in zip(*parts, strict=True)))

    def _entered(self, networks: Network) -> Network:
        """The networks at the start of a task: those that begin anew with their initial modules.

        Heads of tasks that were learned stay; a single head of all tasks begins anew too.
        """
        again = jax.device_put(self.runs.restarts)

        def pick(new: jax.Array, old: jax.Array) -> jax.Array:
            return jnp.where(again.reshape(-1, *[1] * (old.ndim - 1)), new, old)

        modules = jax.tree.map(pick, self.start.modules, networks.modules)
        if self.tasks.heads > 1:
            return Network(modules, networks.heads)
        return Network(modules, jax.tree.map(pick, self.start.heads, networks.heads))

    def _parts(
        self, alike: Groups, networks: Network, trains: Masks, known: Trees, order: str
    ) -> list[Part]:
        """Each group at the start of a task, ``known`` the importances of earlier ones."""
        masks = jax.device_put(trains.astype(np.float32))
        given = (networks, masks, self.runs.keys[order], self.runs.keys[streams.IMPORTANCE_ORDER])
        parts = []
        for rows, kind, (starts, mask, keys, shuffles) in zip(
            alike.rows, alike.kinds, alike.parts(given), strict=True
        ):
            held = restraints.free(starts, mask, rate=self.settings.rate)
            name = self.runs.names[kind - 1] if kind else ""
            restraint = self.runs.restraints.get(name)
            if restraint is not None:
                mine = jax.device_put((rows % self.runs.count).astype(np.int32))
                some = jax.tree.map(lambda leaf, mine=mine: leaf[mine], known[name])
                held = restraints.held(held, restraint, some, shuffles)
            follows = restraint is not None and restraint.importance == importance.PATH
            parts.append(begun(starts, keys, held, follows_path=follows))
        return parts

    def _trained(
        self, alike: Groups, parts: list[Part], task: int, watch: Watch, records: Records
    ) -> tuple[list[Part], Numbers]:
        """Train each group for all epochs; the losses are those of all runs, [R, epochs]."""
        settings, lesson, losses = self.settings, lessons.lesson(self.tasks, task), []
        before = _mean(records.accuracy[-1]) if records.accuracy else None
        for number in range(settings.epochs):
            ends = [after_epoch(part, lesson, number, settings) for part in parts]
            parts = [end[0] for end in ends]
            losses.append(alike.values([end[1] for end in ends]))
            done = task, self.tasks.count, number + 1, settings.epochs
            watch(Progress(*done, float(losses[-1].mean()), before, alike.count))
        last = [end[1] for end in ends]
        for place, kind in enumerate(alike.kinds):
            if kind and self.runs.strategies[kind - 1].averages:
                parts[place], refit = averaged(
                    *(parts[place], lesson, settings), tasks=task + 1, shared=self.shared_head
                )
                last[place] = jnp.where(jnp.isfinite(refit), last[place], jnp.nan)
        losses[-1] = alike.values(last)
        return parts, np.stack(losses, axis=1)

    def _paths(self, alike: Groups, parts: list[Part]) -> Trees:
        """The paths of the strategies that ask for them."""
        return {
            self.runs.names[kind - 1]: jax.tree.map(lambda leaf: leaf[: self.runs.count], part.path)
            for part, kind in zip(parts, alike.kinds, strict=True)
            if part.path is not None
        }

    def _importance(
        self, known: Trees, ends: Network, starts: Network, paths: Trees, task: int
    ) -> Trees:
        """The importances so far with those of a task added that was just learned."""
        lesson, after = lessons.lesson(self.tasks, task), {}
        for name, restraint in self.runs.restraints.items():
            mine = self.runs.rows(name)
            run = jax.tree.map(lambda leaf, mine=mine: leaf[mine], (ends, starts))
            new = importance.importance_of_task(
                restraint.importance,
                *(*run, paths.get(name), self.runs.keys[streams.IMPORTANCE][mine], lesson),
                shared_head=self.shared_head,
            )
            after[name] = jax.tree.map(jnp.add, known[name], new)
        return after

    def _tested(self, networks: Network, task: int) -> Numbers:
        """Accuracies of some runs on all tasks learned so far, [runs, T]."""
        shares = np.full((self.runs.together, self.tasks.count), np.nan)
        for place in range(task + 1):
            shares[:, place] = training.accuracies(networks, lessons.tests(self.tasks, place))
        return shares


def _mean(accuracy: Numbers) -> float | None:
    """The mean over runs and tasks of what is known."""
    known = accuracy[np.isfinite(accuracy)]
    return float(known.mean()) if known.size else None


def _specific(settings: Settings, modules: int) -> int:
    """How many modules train under frozen: what was asked for, or a third."""
    if settings.specific is None:
        return max(1, modules // 3)
    if not 0 <= settings.specific <= modules:
        raise ScenarioError(f"--specific {settings.specific}: the network has {modules} modules")
    return settings.specific

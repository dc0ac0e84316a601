"""The parts of a scenario, as frozen dataclasses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

import numpy as np

from update_magnitude.scenarios.fields import ScenarioError, Tables
from update_magnitude.scenarios.keys import (
    DIRECTIONS,
    DISTRIBUTIONS,
    EVIDENCE,
    KEYS,
    SIGNALS,
    Frame,
)

LATER = [  # keys of which files may know nothing
    "features.variance",
    "features.distribution",
    "updates.penalty",
    "updates.weights",
    "updates.steps",
    "updates.rate",
    "updates.trainable",
]
LEAST_SHARE = 1e-9  # of the largest weight under ``least-forgetting``, which no weight is below

MAGNITUDES = ("scale", "specific", "penalty", "weights", "steps", "rate")


@dataclass(frozen=True)
class Blocks:
    """The blocks into which the parameter vector θ is cut, in order."""

    names: tuple[str, ...]
    sizes: tuple[int, ...]  # parameters per block, p_b

    @property
    def capacity(self) -> int:
        """P = Σ_b p_b, the number of all parameters."""
        return sum(self.sizes)


@dataclass(frozen=True)
class Features:
    """The features of every block: independent, of mean 0."""

    variance: tuple[tuple[float, ...], ...]  # v_{k,b}, per block T numbers
    distribution: str = DISTRIBUTIONS[0]


@dataclass(frozen=True)
class Tasks:
    """The tasks of a sequence, in the order in which they are learned."""

    count: int  # T
    samples: tuple[int, ...]  # n_k, one per task
    noise: tuple[float, ...]  # σ_k, one per task: a standard deviation


@dataclass(frozen=True)
class Optima:
    """Where the optima θ*_k lie: steps from a first optimum, or all inner products outright."""

    norm: tuple[float, ...] = ()  # ‖θ*_1‖_b, one per block
    distance: tuple[tuple[float, ...], ...] = ()  # ‖θ*_{k+1} − θ*_k‖_b, per block T−1 numbers
    direction: str = DIRECTIONS[0]
    gram: tuple[tuple[tuple[float, ...], ...], ...] | None = None  # per block ⟨θ*_i, θ*_j⟩, T × T


@dataclass(frozen=True)
class Updates:
    """How the parameters move at each task."""

    strategy: str
    scale: tuple[float, ...]  # α_t, one per task
    penalty: tuple[float, ...]  # λ_t, one per task: beside the mean squared loss
    weights: tuple[tuple[float, ...], ...]  # ρ_{t,b}, per block T numbers
    specific: tuple[str, ...]  # the blocks that keep training under the strategy "frozen"
    trainable: tuple[tuple[str, ...], ...] | None = None  # one list of block names per task
    signal: str = SIGNALS[0]  # what the strategy "hybrid" goes by
    threshold: float = 0.0  # of the signal, above which a task counts as related to the last
    steps: tuple[int, ...] | None = None  # k_t of gradient descent; None: the solution
    rate: tuple[float, ...] | None = None  # η_t of these steps

    @property
    def goes_by_evidence(self) -> bool:
        """Whether the data decide how far each block moves."""
        return self.signal in EVIDENCE


@dataclass(frozen=True)
class Step:
    """One update, resolved: what any engine or formula needs to know of the strategy."""

    trainable: tuple[bool, ...]  # one per block: S_t as a mask
    scale: float  # α_t
    reset: bool  # θ is set to 0 before the update
    penalty: float = 0.0  # λ_t
    weights: tuple[float, ...] = ()  # ρ_{t,b}, one per block
    steps: int | None = None  # k_t of gradient descent with that rate; None: the solution
    rate: float | None = None  # η_t


@dataclass(frozen=True)
class Scenario:
    """A sequence of tasks and the strategy that learns them.

    Example:
        >>> from update_magnitude import scenarios
        >>> two = scenarios.preset("two-close-tasks")
        >>> two.blocks.names, two.tasks.count, two.updates.strategy
        (('shared', 'specific'), 2, 'frozen')
        >>> [step.trainable for step in two.schedule]
        [(True, True), (False, True)]
    """

    title: str
    blocks: Blocks
    features: Features
    tasks: Tasks
    optima: Optima
    updates: Updates
    # The tables that it was read from; ``varied`` changes these, so that errors repeat what was
    # written there. ``dataclasses.replace`` drops them.
    written: Tables | None = field(default=None, init=False, compare=False, repr=False)

    @property
    def schedule(self) -> tuple[Step, ...]:
        """The updates of all tasks; there are none for ``hybrid``, whose S_t depend on the data."""
        return tuple(self.step(task) for task in range(self.tasks.count))

    def step(self, task: int) -> Step:
        """The update of one task, counted from 0; raises as ``schedule`` does."""
        trainable, updates = self._trainable(task), self.updates
        return Step(
            trainable=tuple(name in trainable for name in self.blocks.names),
            scale=updates.scale[task],
            reset=updates.strategy == "reinitialized",
            penalty=updates.penalty[task],
            weights=self.weights(task),
            steps=None if updates.steps is None else updates.steps[task],
            rate=None if updates.rate is None else updates.rate[task],
        )

    def weights(self, task: int) -> tuple[float, ...]:
        """ρ_{t,b}, one per block; those of ``least-forgetting`` are Σ_{i<t} v_{i,b}."""
        if self.updates.strategy != "least-forgetting":
            return tuple(series[task] for series in self.updates.weights)
        earlier = [series[:task] for series in self.features.variance]
        return tuple(map(float, least_forgetting_weights(earlier)))

    @property
    def is_isotropic(self) -> bool:
        """Whether features are normal and of variance 1, and updates minimum-norm solutions."""
        updates = self.updates
        ones = all(value == 1 for series in self.features.variance for value in series)
        plain = ones and self.features.distribution == DISTRIBUTIONS[0] and not any(updates.penalty)
        equal = all(value == 1 for series in updates.weights for value in series)
        adapted = updates.strategy == "least-forgetting" or updates.goes_by_evidence
        return plain and equal and updates.steps is None and not adapted

    def options(self, task: int) -> tuple[tuple[bool, ...], ...]:
        """The masks that S_t may be: one, or all blocks and the specific ones under ``hybrid``."""
        if self.updates.strategy != "hybrid":
            return (self.step(task).trainable,)
        every = (True,) * len(self.blocks.names)
        if self.updates.goes_by_evidence:
            return (every,)
        few = tuple(name in self.updates.specific for name in self.blocks.names)
        return (every, few) if task else (every,)

    def trainable_count(self, task: int) -> int:
        """How many parameters move at a task (counted from 0), m = ``|S_t|``."""
        mask = self.step(task).trainable
        return sum(size for size, moves in zip(self.blocks.sizes, mask, strict=True) if moves)

    def reordered(self, order: Sequence[int]) -> Scenario:
        """The scenario with its tasks in another order, counted from 0.

        Optima, which are given by their inner products then, samples and noise move with their
        task; the updates stay where they are: the strategy, and what it says task by task (scale,
        trainable), is about places in the sequence.

        Raises:
            ScenarioError: if it is no order of all tasks.

        Example:
            >>> from update_magnitude import scenarios
            >>> turned = scenarios.preset("mixed").reordered([2, 0, 1])
            >>> scenarios.preset("mixed").tasks.samples, turned.tasks.samples
            ((8, 14, 14), (14, 8, 14))
        """
        from update_magnitude.scenarios.arrays import reordered

        return reordered(self, order)

    def document(self) -> Tables:
        """The scenario as the nested tables of its TOML file; ``parse`` reads it back."""
        tables: Tables = {"title": self.title}
        for key, row in KEYS.items():
            table, _, name = key.partition(".")
            if key == "blocks":
                tables[key] = row.written(self.value(key), self.blocks.names)
            elif name and self._says(key):
                written = row.written(self.value(key), self.blocks.names)
                tables.setdefault(table, {})[name] = written
        return tables

    def value(self, key: str) -> Any:
        """What the scenario has for a key of its file, as ``tasks.samples``; sizes for blocks."""
        table, _, name = key.partition(".")
        return getattr(getattr(self, table), name or "sizes")

    @property
    def magnitudes(self) -> Tables:
        """What the table ``updates`` of its file says that has a meaning under any strategy."""
        written = self.document()["updates"]
        return {name: written[name] for name in MAGNITUDES if name in written}

    def _says(self, key: str) -> bool:
        """Whether a key has a meaning for this scenario."""
        if key == "updates.signal":
            return self.updates.strategy == "hybrid"
        if key == "updates.threshold":
            return self.updates.strategy == "hybrid" and not self.updates.goes_by_evidence
        if key in LATER:  # files that leave them out are as old as the first ones
            frame = Frame(self.blocks.names, self.tasks.count)
            return bool(self.value(key) != KEYS[key].left_out(key, frame))
        return not key.startswith("optima.") or (key == "optima.gram") == bool(self.optima.gram)

    def _trainable(self, task: int) -> tuple[str, ...]:
        strategy = self.updates.strategy
        if strategy == "hybrid":
            raise ScenarioError(
                "updates.strategy = 'hybrid': its trainable blocks depend on the data, so there is "
                "no exact law; simulate it with the dense engine, or use another strategy"
            )
        if self.updates.trainable is not None:
            return self.updates.trainable[task]
        if strategy == "frozen" and task > 0:
            return self.updates.specific
        return self.blocks.names


def least_forgetting_weights(earlier: Sequence[Sequence[Any]]) -> list[Any]:
    """Σ_{i<t} v_{i,b} for each block, from the variances of its features at the earlier tasks.

    At least 10⁻⁹ of the largest, and 1 at the first task. Variances are numbers, or arrays.

    Example:
        >>> [float(weight) for weight in least_forgetting_weights([[1.0, 1.0], [0.5, 0.0]])]
        [2.0, 0.5]
    """
    totals = [np.asarray(sum(series)) for series in earlier]
    largest = reduce(np.maximum, totals)
    bounded = (np.maximum(total, LEAST_SHARE * largest) for total in totals)
    return [np.where(largest > 0, total, 1.0) for total in bounded]


def require_isotropic(scenario: Scenario, what: str) -> None:
    """Refuse, for something that knows nothing of them, features and updates that are not plain."""
    if not scenario.is_isotropic:
        raise ScenarioError(
            f"{scenario.title}: {what} is for normal features of variance 1 and least-squares "
            "solutions of minimum norm, without features.variance, features.distribution, "
            "updates.penalty, updates.weights and updates.steps"
        )


def require_scenario(value: object) -> None:
    """Refuse what is no scenario, such as the name of a file."""
    if not isinstance(value, Scenario):
        raise ScenarioError(
            f"a scenario is needed, as load and preset return; here is {type(value).__name__} "
            f"{value!r:.60}"
        )

"""What trains at each task: the strategies, and what the hybrid ones decide.

The last modules of the chain are the *specific* ones, as the last block of a linear scenario is.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Numbers = Any  # arrays of NumPy or jax
Floats = NDArray[np.float64]
Masks = NDArray[np.bool_]


class Signals(NamedTuple):
    """What gradients say of a task and the one before, for every run."""

    published: Numbers  # metric(g_t, g_{t−1}), each at the start of its own task, [R]
    common: Numbers  # the same metric, both gradients at the start of the earlier task, [R]
    distance: Numbers  # there, an estimate of ‖g_t − g_{t−1}‖²/(‖g_t‖² + ‖g_{t−1}‖²), [R]
    step: Numbers  # there, an estimate of ‖g_t − g_{t−1}‖² by module, [R, modules]
    gap: Numbers  # at the start of the task, an estimate of ‖g_t‖² by module, [R, modules]


def no_signals(runs: int, modules: int) -> Signals:
    """What is known at the first task: nothing."""
    one, each = np.full(runs, np.nan), np.full((runs, modules), np.nan)
    return Signals(one, one, one, each, each)


@dataclass(frozen=True)
class Choice:
    """What trains: the specific modules at least, all at most, or any by what theory predicts."""

    parameters: tuple[int, ...]  # by module
    specific: int  # modules, from the last
    threshold: float  # of the metric, above which the specific modules train alone
    equations: int  # of a task: images, times outputs less one

    def trained(self, strategy: str, signals: Signals, task: int) -> Masks:
        """Which modules train at a task after the first, [R, modules].

        Args:
            strategy: one of ``STRATEGIES``, or a schedule.
            signals: of all runs.
            task: its number, at least 1; the first is 0.

        Example:
            >>> choice = Choice((10, 10, 10), specific=1, threshold=0.0, equations=5)
            >>> step, gap = np.array([[9.0, 0.0, 0.0]]), np.array([[1.0, 1.0, 1.0]])
            >>> found = Signals(*(np.array([of]) for of in (0.2, -0.1, 0.6)), step, gap)
            >>> for name in STRATEGIES:
            ...     print(name, choice.trained(name, found, 1)[0].astype(int).tolist())
            initialized [1, 1, 1]
            frozen [0, 0, 1]
            reinitialized [1, 1, 1]
            hybrid [0, 0, 1]
            hybrid-common [1, 1, 1]
            hybrid-distance [0, 1, 1]
            hybrid-predicted [0, 1, 1]
        """
        few, every = self.specific, len(self.parameters)
        if strategy == "hybrid-predicted":
            return self._cheapest(signals)
        counts = np.full(len(signals.published), every)
        if strategy == "frozen" or (strategy.startswith(SCHEDULE) and few_at(strategy, task)):
            counts[:] = few
        elif strategy == "hybrid":
            counts[signals.published > self.threshold] = few
        elif strategy == "hybrid-common":
            counts[signals.common > self.threshold] = few
        elif strategy == "hybrid-distance":
            share = np.clip(np.nan_to_num(signals.distance, nan=1.0), 0.0, 1.0)
            counts = few + np.rint((every - few) * share).astype(np.int64)
        return np.arange(every)[None] >= every - counts[:, None]

    def _cheapest(self, signals: Signals) -> Masks:
        """For each run the set of modules with the least predicted cost, of all sets."""
        every = len(self.parameters)
        sets = np.arange(2**every)[:, None] >> np.arange(every)[None] & 1 > 0
        chosen = predicted_costs(
            sets, signals.step, signals.gap, np.array(self.parameters), self.equations
        ).argmin(0)
        return sets[chosen]


def predicted_costs(
    sets: Masks, step: Floats, gap: Floats, parameters: NDArray[np.int64], equations: int
) -> Floats:
    """What training each set of modules is taken to add to the mean risk on two tasks.

    This is the definition of the strategy ``hybrid-predicted``: nothing that is measured rests on
    it. It is meant to be what result U says of a linear model, which theory derives on its own;
    ``tests/test_signal_definitions.py`` holds the two together.

    With δ the step between the optima and d the gap to the new one, block by block, an update of S
    (α = 1, no noise) adds −g‖d_S‖² + V/2 + g⟨e_S, d_S⟩ + V/2 = g(‖δ_S‖² − ‖d_S‖²) + v‖d_C‖² where
    the step is orthogonal to the error e that is left on the task before: then
    ⟨e_S, d_S⟩ = ‖δ_S‖² − ‖d_S‖². In the linear model E g = −d; for a network it is an analogy, as
    its curvature differs from module to module. Where n ≪ m, and m hardly changes with it, a
    module trains if its step is short of twice its gap: ‖δ_b‖² < 2‖d_b‖².

    Args:
        sets: which modules train, [K, modules].
        step: ‖δ‖² by module, [R, modules].
        gap: ‖d‖² by module, [R, modules].
        parameters: by module.
        equations: n.

    Returns:
        Costs, [K, R]; infinite where |m − n| ≤ 1.
    """
    m, n = sets @ parameters, equations
    gain = np.minimum(1.0, n / np.maximum(m, 1))
    spread = np.where(
        m > n + 1,
        n / np.maximum(m - n - 1, 1),
        np.where(m < n - 1, m / np.maximum(n - m - 1, 1), np.inf),
    )
    inside = sets.astype(float)
    moved = gain[:, None] * (inside @ (step - gap).T)
    left = (1 - inside) @ gap.T
    return moved + np.where(left == 0, 0.0, spread[:, None] * left)


STRATEGIES = {
    "initialized": "all modules train, from the previous solution",
    "frozen": "the first task trains all, later ones the specific modules alone",
    "reinitialized": "all modules train, from the initial parameters",
    "hybrid": "as published: all modules train where the gradients of a task and of the one "
    "before, each at the start of its task, have a cosine at or below the threshold, else the "
    "specific ones",
    "hybrid-common": "the same with both gradients at the start of the earlier task",
    "hybrid-distance": "as many modules train as the estimated distance of the tasks asks for",
    "hybrid-predicted": "those modules train that add least to the mean risk, by a formula that "
    "holds for linear models",
}
EVERY = {
    "schedules": "all 2^(T-1) sequences of training the specific modules (s) or all (a) at the "
    "later tasks, which bound what any rule that chooses between the two can reach; schedule-sa... "
    "is one of them; beside a rule they stand for frozen and initialized training too",
}
SCHEDULE = "schedule-"  # what begins the name of one: see schedules
FEW, ALL = "s", "a"  # letters of a schedule, one for each task after the first
MOST_TASKS = 7  # of which all schedules, 64, can be asked for
METRICS = ("cosine", "signs")  # of gradients: see likeness
DEFAULT = ("initialized", "frozen", "hybrid")


def schedules(tasks: int) -> tuple[str, ...]:
    """Every sequence of training the specific modules (s) or all (a) at the later tasks.

    A rule that chooses between the two takes one of them, whatever it looks at and wherever its
    threshold lies; ``schedule-ss…`` is frozen training and ``schedule-aa…`` initialized training.

    Example:
        >>> schedules(3)
        ('schedule-ss', 'schedule-sa', 'schedule-as', 'schedule-aa')
    """
    return tuple(SCHEDULE + "".join(entry) for entry in product(FEW + ALL, repeat=tasks - 1))


def few_at(schedule: str, task: int) -> bool:
    """Whether a schedule trains the specific modules alone at a task, the first being 0.

    Example:
        >>> few_at("schedule-sa", 1), few_at("schedule-sa", 2)
        (True, False)
    """
    return schedule[len(SCHEDULE) + task - 1] == FEW

"""What trains at each task: the strategies, and what the hybrid ones decide.

A strategy is one entry of ``STRATEGIES``; commands, settings, results and figures read that table.
The last modules of the chain are the *specific* ones, as the last block of a linear scenario is.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from update_magnitude.simulations.networks.costs import Masks, predicted_costs

if TYPE_CHECKING:
    import jax

Values = Any  # arrays, of jax within programs and of NumPy outside

SCHEDULE = "schedule-"  # what begins the name of one: see schedules
SPECIFIC_LETTER, ALL_LETTER = "s", "a"  # letters of a schedule, one for each task after the first
MOST_TASKS = 7  # of which all schedules, 64, can be asked for
DEFAULT = ("initialized", "frozen", "hybrid", "hybrid-rates")
EACH, SHUFFLED, MODULE_MEANS = "each", "shuffled", "module means"


class Signals(NamedTuple):
    """What gradients say of a task and the one before, for every run; NaN at the first task."""

    published: Values  # metric(g_t, g_{t−1}), each at the start of its own task, [R]
    common: Values  # the same metric, both gradients at the start of the earlier task, [R]
    distance: Values  # there, an estimate of ‖g_t − g_{t−1}‖²/(‖g_t‖² + ‖g_{t−1}‖²), [R]
    step: Values  # there, an estimate of ‖g_t − g_{t−1}‖² by module, [R, modules]
    gap: Values  # at the start of the task, an estimate of ‖g_t‖² by module, [R, modules]


@dataclass(frozen=True)
class ModuleChain:
    """The modules of a network, and what strategies know of a task beside its signals."""

    parameters: tuple[int, ...]  # by module
    specific: int  # modules, from the last
    threshold: float  # of the metric, above which the specific modules train alone
    equations: int  # of a task: images × (outputs − 1)


@dataclass(frozen=True)
class Restraint:
    """How a strategy holds each parameter at the tasks after the first: see ``restraints``."""

    importance: str  # one of importance.MEASURES, uniform or path
    strength: float  # c of rates, κ of a penalty
    is_penalty: bool = False
    arranged: str = EACH  # which parameter of a module has which importance


@dataclass(frozen=True)
class Strategy:
    """What trains at the tasks after the first; here, all modules."""

    does: str  # in words
    restarts: bool = False  # whether modules begin each task at their initial parameters
    restraint: Restraint | None = None
    averages: bool = False  # whether the running mean of the solutions takes the place of the last

    @property
    def chooses_modules(self) -> bool:
        """Whether what trains is all that tells runs of this strategy from those of others."""
        return self.restraint is None and not self.averages

    def trained(self, chain: ModuleChain, signals: Signals, task: int) -> Masks:
        """Which modules train at a task, at least 1, in each run, [R, modules]."""
        every = len(chain.parameters)
        counts = np.broadcast_to(self.count(chain, signals, task), len(signals.published))
        return np.arange(every)[None] >= every - counts[:, None]

    def count(self, chain: ModuleChain, signals: Signals, task: int) -> int | NDArray[np.int64]:
        """How many modules train, from the last; one number, or one for each run."""
        del signals, task
        return len(chain.parameters)


class Frozen(Strategy):
    """The specific modules train alone."""

    def count(self, chain: ModuleChain, signals: Signals, task: int) -> int:
        """The specific ones."""
        del signals, task
        return chain.specific


class HeadAlone(Strategy):
    """No module trains."""

    def count(self, chain: ModuleChain, signals: Signals, task: int) -> int:
        """None."""
        del chain, signals, task
        return 0


@dataclass(frozen=True)
class Rule(Strategy):
    """The specific modules train where a signal is above the threshold, else all."""

    signal: str = "published"

    def count(self, chain: ModuleChain, signals: Signals, task: int) -> NDArray[np.int64]:
        """By the signal; all where there is none."""
        del task
        above = getattr(signals, self.signal) > chain.threshold
        return np.where(above, chain.specific, len(chain.parameters))


class ByDistance(Strategy):
    """Between the specific modules for equal tasks and all modules for unrelated ones."""

    def count(self, chain: ModuleChain, signals: Signals, task: int) -> NDArray[np.int64]:
        """In proportion to the estimated distance."""
        del task
        share = np.clip(np.nan_to_num(signals.distance, nan=1.0), 0.0, 1.0)
        others = len(chain.parameters) - chain.specific
        return chain.specific + np.rint(others * share).astype(np.int64)


class ByCost(Strategy):
    """Of all sets of modules, the one with the least predicted cost trains."""

    def trained(self, chain: ModuleChain, signals: Signals, task: int) -> Masks:
        """Any set of modules, or none, [R, modules]."""
        del task
        every = len(chain.parameters)
        sets = np.arange(2**every)[:, None] >> np.arange(every)[None] & 1 > 0
        sizes = np.array(chain.parameters)
        costs = predicted_costs(sets, signals.step, signals.gap, sizes, chain.equations)
        return sets[costs.argmin(0)]


@dataclass(frozen=True)
class Schedule(Strategy):
    """The specific modules (s) or all (a) train, as letters say."""

    letters: str = ""

    def count(self, chain: ModuleChain, signals: Signals, task: int) -> int:
        """By the letter of the task."""
        del signals
        return (
            chain.specific if self.letters[task - 1] == SPECIFIC_LETTER else len(chain.parameters)
        )


STRATEGIES = {
    "initialized": Strategy("all modules train, from the previous solution"),
    "frozen": Frozen("the first task trains all, later ones the specific modules alone"),
    "reinitialized": Strategy("all modules train, from the initial parameters", restarts=True),
    "hybrid": Rule(
        "as published: all modules train where the gradients of a task and of the one "
        "before, each at the start of its task, have a cosine at or below the threshold, else the "
        "specific ones",
        signal="published",
    ),
    "hybrid-common": Rule(
        "the same with both gradients at the start of the earlier task", signal="common"
    ),
    "hybrid-distance": ByDistance(
        "as many modules train as the estimated distance of the tasks asks for"
    ),
    "hybrid-predicted": ByCost(
        "those modules train that add least to the mean risk, by a formula that "
        "holds for linear models"
    ),
    "hybrid-rates": Strategy(
        "all modules train, each parameter with a rate that is the smaller, the more the outputs "
        "for earlier tasks depend on it",
        restraint=Restraint("outputs", 10.0),
    ),
    "hybrid-penalty": Strategy(
        "all modules train, and after each step every parameter is drawn back to where the task "
        "began, the more, the more the outputs for earlier tasks depend on it",
        restraint=Restraint("outputs", 0.01, is_penalty=True),
    ),
    "average": Strategy(
        "as initialized, and then the running mean of the tasks' solutions takes their place, and "
        "the head is fitted again",
        averages=True,
    ),
    "ewc": Strategy(
        "a penalty weighted by the Fisher information of earlier tasks (elastic weight "
        "consolidation)",
        restraint=Restraint("fisher", 1e4, is_penalty=True),
    ),
    "mas": Strategy(
        "a penalty weighted by how the squared length of the outputs changes (memory aware "
        "synapses)",
        restraint=Restraint("length", 0.01, is_penalty=True),
    ),
    "si": Strategy(
        "a penalty weighted by what each parameter did for earlier tasks' losses (synaptic "
        "intelligence)",
        restraint=Restraint("path", 10.0, is_penalty=True),
    ),
    "l2": Strategy(
        "a penalty that is the same for all parameters",
        restraint=Restraint("uniform", 0.03, is_penalty=True),
    ),
    "slowed": Strategy(
        "a control: as hybrid-rates with the same importance for all parameters",
        restraint=Restraint("uniform", 10.0),
    ),
    "shuffled": Strategy(
        "a control: as hybrid-rates with the importances shuffled within modules",
        restraint=Restraint("outputs", 10.0, arranged=SHUFFLED),
    ),
    "module-means": Strategy(
        "a control: as hybrid-rates with each module's mean importance",
        restraint=Restraint("outputs", 10.0, arranged=MODULE_MEANS),
    ),
    "head-only": HeadAlone("a control: no module trains after the first task"),
}
SETS_OF_STRATEGIES = {
    "schedules": "all 2^(T-1) sequences of training the specific modules (s) or all (a) at the "
    "later tasks, which bound what any rule that chooses between the two can reach; schedule-sa... "
    "is one of them; beside a rule they stand for frozen and initialized training too",
}
RULES = {entry.signal: name for name, entry in STRATEGIES.items() if isinstance(entry, Rule)}


def strategy(name: str) -> Strategy:
    """The strategy of a name, which may be that of a schedule."""
    letters = name.removeprefix(SCHEDULE)
    return STRATEGIES[name] if letters == name else Schedule("", letters=letters)


def schedules(tasks: int) -> tuple[str, ...]:
    """Every sequence of training the specific modules (s) or all (a) at the later tasks.

    A rule that chooses between the two takes one of them, whatever it looks at and wherever its
    threshold lies; ``schedule-ss…`` is frozen training and ``schedule-aa…`` initialized training.
    """
    return tuple(
        SCHEDULE + "".join(letters)
        for letters in product(SPECIFIC_LETTER + ALL_LETTER, repeat=tasks - 1)
    )


def cosine(first: jax.Array, second: jax.Array) -> jax.Array:
    """The cosine of two vectors; 0 where one vanishes."""
    import jax.numpy as jnp

    lengths = jnp.sqrt((first @ first) * (second @ second))
    return first @ second / jnp.where(lengths > 0, lengths, 1.0)


def signs(first: jax.Array, second: jax.Array) -> jax.Array:
    """The mean product of signs: 1 if all agree, −1 if all differ; no entry counts for more."""
    import jax.numpy as jnp

    return (jnp.sign(first) * jnp.sign(second)).mean()


GRADIENT_METRICS = {"cosine": cosine, "signs": signs}  # of gradients: the metric of Algorithm 1

"""What rules could have reached that choose between all and the specific modules.

A rule of the published kind decides at each task after the first, so on T tasks it takes one of
2^(T−1) schedules. Where all of them ran with the same seeds, the run of every threshold and of
either form of the gradient is known exactly: at each task the signal depends on what was decided
before and on nothing else. Rules that train other modules (``hybrid-distance``,
``hybrid-predicted``) are not among them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from update_magnitude.simulations.networks import streams
from update_magnitude.simulations.networks.metrics import (
    SHARE,
    average_accuracy,
    differences,
    interval,
)
from update_magnitude.simulations.networks.strategies import (
    ALL,
    FEW,
    MOST_TASKS,
    SCHEDULE,
    schedules,
)

if TYPE_CHECKING:
    import xarray as xr

Numbers = NDArray[np.float64]
Places = NDArray[np.int64]

FORMS = ("published", "common")  # of the gradients that a rule compares
SHUFFLES = 1000  # of seeds, after which the best for each is best by chance


@dataclass(frozen=True)
class Schedules:
    """The runs of all schedules, from frozen training to initialized training."""

    names: tuple[str, ...]  # letters alone, [K]
    accuracy: Numbers  # Avg.Acc, [K, seeds]
    signals: dict[str, Numbers]  # by form, [K, seeds, T]

    def taken(self, form: str, threshold: float) -> Places:
        """For each seed the schedule that a rule takes.

        All modules train where the signal is at or below the threshold, or there is none.
        """
        values = self.signals[form]
        count, seeds, tasks = values.shape
        place = np.zeros(seeds, np.int64)  # of a schedule that begins with what was decided
        for task in range(1, tasks):
            few = values[place, np.arange(seeds), task] > threshold
            place += np.where(few, 0, count >> task)
        return place

    def of_each(self, taken: Places) -> Numbers:
        """Avg.Acc of one schedule for each seed, [seeds]."""
        found: Numbers = self.accuracy[taken, np.arange(len(taken))]
        return found

    def as_many(self, taken: Places) -> Numbers:
        """Mean Avg.Acc of the schedules that train all modules at as many tasks, [seeds]."""
        counts = np.array([name.count(ALL) for name in self.names])
        alike = counts[:, None] == counts[taken]  # [K, seeds]
        found: Numbers = np.where(alike, self.accuracy, 0).sum(0) / alike.sum(0)
        return found

    def thresholds(self, form: str) -> Numbers:
        """All thresholds that differ: -1, 1, and the signals, between which nothing changes."""
        signals = self.signals[form]
        return np.unique([-1.0, *signals[np.isfinite(signals)], 1.0])

    def ruled(self, form: str) -> Numbers:
        """Avg.Acc of a rule at all thresholds, [thresholds, seeds]."""
        return np.array(
            [self.of_each(self.taken(form, threshold)) for threshold in self.thresholds(form)]
        )


def schedules_of(found: xr.Dataset) -> Schedules | None:
    """The schedules of a run, or None if not all of them ran.

    Args:
        found: as ``simulations.networks.results.dataset`` makes it.
    """
    if found.sizes["task"] > MOST_TASKS:
        return None
    names = schedules(found.sizes["task"])
    if not set(names) <= {str(name) for name in found.strategy.values}:
        return None
    runs = found.sel(strategy=list(names))
    return Schedules(
        tuple(name.removeprefix(SCHEDULE) for name in names),
        average_accuracy(runs.accuracy.values),
        {form: runs[form].values for form in FORMS},
    )


def standard_schedules(tasks: int) -> dict[str, str]:
    """The schedules that are standard strategies, by the names of these.

    Example:
        >>> standard_schedules(3)
        {'initialized': 'schedule-aa', 'frozen': 'schedule-ss'}
    """
    return {"initialized": SCHEDULE + ALL * (tasks - 1), "frozen": SCHEDULE + FEW * (tasks - 1)}


def with_standard(found: xr.Dataset) -> xr.Dataset:
    """A run in which the schedules at the ends also have their names, frozen and initialized.

    They are these strategies. Where a run has them under both names already, nothing is added.

    Args:
        found: as ``simulations.networks.results.dataset`` makes it.
    """
    names = [str(name) for name in found.strategy.values]
    ends = standard_schedules(found.sizes["task"])
    added = [name for name, end in ends.items() if end in names and name not in names]
    picked = found.sel(strategy=[*names, *(ends[name] for name in added)])
    return picked.assign_coords(strategy=[*names, *added])


def document_of(schedules: Schedules, threshold: float) -> dict[str, Any]:
    """What the schedules say of rules, for JSON, with 95% intervals over seeds.

    Each rule has ``avg_acc`` and, as ``minus``, its differences paired by seed. Among them
    ``random_order`` is from the mean of all schedules that train all modules at as many tasks, its
    own included: whether the rule knew at *which*; it is 0 for a seed in which the rule trained all
    modules always or never, and ``seeds_that_decide`` counts the others.

    ``best_schedule`` and ``*_best_threshold`` are chosen, for each seed, by the mean test accuracy
    of the *other* seeds, and so are honest of a new seed, but not of new tasks or test images; as
    each seed helps to choose for the others, their intervals are approximate.

    ``best_for_each_seed`` looks at the outcome. Its mean is at least that of either standard
    strategy by construction, so it has no interval; ``by_chance`` is what it is if seeds are
    shuffled within every schedule, after which there is nothing to be known about a seed.

    Args:
        schedules: the schedules.
        threshold: of the run.
    """
    standard = {"initialized": schedules.accuracy[-1], "frozen": schedules.accuracy[0]}
    rules: dict[str, Any] = {}
    for form in FORMS:
        taken = schedules.taken(form, threshold)
        count = np.count_nonzero((taken > 0) & (taken < len(schedules.names) - 1))
        against = standard | {"random_order": schedules.as_many(taken)}
        rules[form] = _row(schedules.of_each(taken), against) | {"seeds_that_decide": int(count)}
        rules[f"{form}_best_threshold"] = _row(best_of_others(schedules.ruled(form)), standard)
    rules["best_schedule"] = _row(best_of_others(schedules.accuracy), standard)
    best = {
        "mean": best_of_each(schedules.accuracy),
        "by_chance": best_by_chance(schedules.accuracy),
    }
    return {
        "count": len(schedules.names),
        "threshold": threshold,
        "rules": rules,
        "best_for_each_seed": {name: _known(value) for name, value in best.items()},
    }


def best_of_others(values: Numbers) -> Numbers:
    """For each seed the value of the choice that is best for the mean over all other seeds.

    Args:
        values: [choices, seeds]; of equals the middle one is chosen, and none of which a run of the
            other seeds diverged.

    Returns:
        [seeds]; NaN if there is but one.

    Example:
        >>> best_of_others(np.array([[3.0, 1.0, 1.0], [2.0, 2.0, 2.0]])).tolist()
        [2.0, 1.0, 1.0]
    """
    count = values.shape[1]
    if count < 2:
        return np.full(count, np.nan)
    others = np.stack([np.delete(values, seed, axis=1).mean(1) for seed in range(count)], axis=1)
    others = np.where(np.isnan(others), -np.inf, others)
    best = np.isclose(others, others.max(0), rtol=0, atol=1e-12)
    places = [np.flatnonzero(entry)[(entry.sum() - 1) // 2] for entry in best.T]
    found: Numbers = values[places, np.arange(count)]
    return found


def best_of_each(values: Numbers) -> float:
    """The mean over seeds of the best value; NaN if all choices diverged for one.

    Args:
        values: [choices, seeds].
    """
    return float(np.fmax.reduce(values, axis=0).mean())


def best_by_chance(values: Numbers) -> float:
    """The same after seeds are shuffled within each choice, the mean over ``SHUFFLES``.

    Args:
        values: [choices, seeds].

    Example:
        >>> values = np.array([[0.0, 1.0], [0.0, 1.0]])
        >>> best_of_each(values), round(best_by_chance(values), 2)  # 3/4 in the long run
        (0.5, 0.76)
    """
    random = streams.generator(streams.SHUFFLE, seed=0)
    rows = (random.permuted(values, axis=1) for _ in range(SHUFFLES))
    return float(np.mean([best_of_each(row) for row in rows]))


def _row(values: Numbers, against: dict[str, Numbers]) -> dict[str, Any]:
    """Avg.Acc, and its differences, paired by seed."""
    apart = differences(SHARE)
    minus = {name: interval(values - entry, apart).document() for name, entry in against.items()}
    return {"avg_acc": interval(values, SHARE).document(), "minus": minus}


def _known(value: float) -> float | None:
    return value if np.isfinite(value) else None

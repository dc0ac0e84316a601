"""What rules could have reached that choose between all and the specific modules.

A rule of the published kind decides at each task after the first, so on T tasks it takes one of
2^(T−1) schedules. Where all of them ran with the same seeds, the run of every threshold and of
either form of the gradient is known exactly: at each task the signal depends on what was decided
before and on nothing else. Rules that train other modules (``hybrid-distance``,
``hybrid-predicted``) are not among them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from update_magnitude.simulations import streams
from update_magnitude.simulations.networks.metrics import (
    SHARE,
    Document,
    Numbers,
    average_accuracy,
    differences,
    finite,
    interval,
)
from update_magnitude.simulations.networks.strategies import (
    ALL_LETTER,
    MOST_TASKS,
    RULES,
    SCHEDULE,
    SPECIFIC_LETTER,
    schedules,
)

if TYPE_CHECKING:
    import xarray as xr

Places = NDArray[np.int64]

FORMS = tuple(RULES)  # of the gradients that a rule compares
SHUFFLES = 1000  # of seeds, after which the best for each is best by chance


@dataclass(frozen=True)
class Schedules:
    """The runs of all schedules, from frozen training to initialized training."""

    names: tuple[str, ...]  # letters alone, [K]
    accuracy: Numbers  # Avg.Acc, [K, seeds]
    signals: dict[str, Numbers]  # by form, [K, seeds, T]

    def taken(self, form: str, threshold: float) -> Places:
        """The schedule of each seed that a rule takes; without a signal all modules train."""
        values = self.signals[form]
        count, seeds, tasks = values.shape
        place = np.zeros(seeds, np.int64)  # of a schedule that begins with what was decided
        for task in range(1, tasks):
            few = values[place, np.arange(seeds), task] > threshold
            place += np.where(few, 0, count >> task)
        return place

    def of_each(self, taken: Places) -> Numbers:
        """Avg.Acc of one schedule for each seed, [seeds]."""
        shares: Numbers = self.accuracy[taken, np.arange(len(taken))]
        return shares

    def as_many(self, taken: Places) -> Numbers:
        """Mean Avg.Acc of the schedules that train all modules at as many tasks, [seeds]."""
        counts = np.array([name.count(ALL_LETTER) for name in self.names])
        alike = counts[:, None] == counts[taken]  # [K, seeds]
        mean: Numbers = np.where(alike, self.accuracy, 0).sum(0) / alike.sum(0)
        return mean

    def thresholds(self, form: str) -> Numbers:
        """All thresholds that differ: -1, 1, and the signals, between which nothing changes."""
        signals = self.signals[form]
        return np.unique([-1.0, *signals[np.isfinite(signals)], 1.0])

    def ruled(self, form: str) -> Numbers:
        """Avg.Acc of a rule at all thresholds, [thresholds, seeds]."""
        return np.array(
            [self.of_each(self.taken(form, threshold)) for threshold in self.thresholds(form)]
        )


def schedules_of(run: xr.Dataset) -> Schedules | None:
    """The schedules of a run, as ``results.dataset`` makes it, or None if not all of them ran."""
    if run.sizes["task"] > MOST_TASKS:
        return None
    names = schedules(run.sizes["task"])
    if not set(names) <= {str(name) for name in run.strategy.values}:
        return None
    runs = run.sel(strategy=list(names))
    return Schedules(
        tuple(name.removeprefix(SCHEDULE) for name in names),
        average_accuracy(runs.accuracy.values),
        {form: runs[form].values for form in FORMS},
    )


def standard_schedules(tasks: int) -> dict[str, str]:
    """The schedules that are standard strategies, by the names of these."""
    return {
        "initialized": SCHEDULE + ALL_LETTER * (tasks - 1),
        "frozen": SCHEDULE + SPECIFIC_LETTER * (tasks - 1),
    }


def with_standard(run: xr.Dataset) -> xr.Dataset:
    """A run in which the schedules at the ends also have their names, frozen and initialized."""
    names = [str(name) for name in run.strategy.values]
    ends = standard_schedules(run.sizes["task"])
    added = [name for name, end in ends.items() if end in names and name not in names]
    picked = run.sel(strategy=[*names, *(ends[name] for name in added)])
    return picked.assign_coords(strategy=[*names, *added])


def without_schedules(run: xr.Dataset) -> xr.Dataset:
    """The strategies with names of their own and the standard ones; none, of schedules alone."""

    def named(runs: xr.Dataset) -> xr.Dataset:
        scheduled = np.char.startswith(runs.strategy.values.astype(str), SCHEDULE)
        return runs.isel(strategy=~scheduled)

    alone = named(run)
    return named(with_standard(run)) if alone.sizes["strategy"] else alone


def document_of(schedules: Schedules, threshold: float) -> Document:
    """What the schedules say of rules, for JSON, with 95% intervals over seeds.

    Each rule, at the threshold of the run, has ``avg_acc`` and, as ``minus``, its differences
    paired by seed. Among them ``random_order`` is from the mean of all schedules that train all
    modules at as many tasks, its own included: whether the rule knew at *which*; it is 0 for a seed
    in which the rule trained all modules always or never, and ``seeds_that_decide`` counts the
    others.

    ``best_schedule`` and ``*_best_threshold`` are chosen, for each seed, by the mean test accuracy
    of the *other* seeds, and so are honest of a new seed, but not of new tasks or test images; as
    each seed helps to choose for the others, their intervals are approximate.

    ``best_for_each_seed`` looks at the outcome. Its mean is at least that of either standard
    strategy by construction, so it has no interval; ``by_chance`` is what it is if seeds are
    shuffled within every schedule, after which there is nothing to be known about a seed.
    """
    standard = {"initialized": schedules.accuracy[-1], "frozen": schedules.accuracy[0]}
    rules: Document = {}
    for form in FORMS:
        taken = schedules.taken(form, threshold)
        count = np.count_nonzero((taken > 0) & (taken < len(schedules.names) - 1))
        against = standard | {"random_order": schedules.as_many(taken)}
        rules[form] = _row(schedules.of_each(taken), against) | {"seeds_that_decide": int(count)}
        rules[f"{form}_best_threshold"] = _row(best_of_others(schedules.ruled(form)), standard)
    rules["best_schedule"] = _row(best_of_others(schedules.accuracy), standard)
    return {
        "count": len(schedules.names),
        "threshold": threshold,
        "rules": rules,
        "best_for_each_seed": {
            "mean": finite(best_of_each(schedules.accuracy)),
            "by_chance": finite(best_by_chance(schedules.accuracy)),
        },
    }


def best_of_others(values: Numbers) -> Numbers:
    """For each seed the value of the choice that is best for the mean over all other seeds.

    Of equals, of values [choices, seeds], the middle one is chosen, and none of which a run of the
    other seeds diverged; NaN if there is but one seed.
    """
    count = values.shape[1]
    if count < 2:
        return np.full(count, np.nan)
    others = np.stack([np.delete(values, seed, axis=1).mean(1) for seed in range(count)], axis=1)
    others = np.where(np.isnan(others), -np.inf, others)
    best = np.isclose(others, others.max(0), rtol=0, atol=1e-12)
    places = [np.flatnonzero(equals)[(equals.sum() - 1) // 2] for equals in best.T]
    chosen: Numbers = values[places, np.arange(count)]
    return chosen


def best_of_each(values: Numbers) -> float:
    """The mean over seeds of the best of [choices, seeds]; NaN if all choices diverged for one."""
    return float(np.fmax.reduce(values, axis=0).mean())


def best_by_chance(values: Numbers) -> float:
    """The same after seeds are shuffled within each choice, the mean over ``SHUFFLES``."""
    random = streams.generator(streams.SHUFFLE, seed=0)
    rows = (random.permuted(values, axis=1) for _ in range(SHUFFLES))
    return float(np.mean([best_of_each(row) for row in rows]))


def _row(values: Numbers, against: dict[str, Numbers]) -> Document:
    """Avg.Acc, and its differences, paired by seed."""
    apart = differences(SHARE)
    minus = {name: interval(values - other, apart).document() for name, other in against.items()}
    return {"avg_acc": interval(values, SHARE).document(), "minus": minus}

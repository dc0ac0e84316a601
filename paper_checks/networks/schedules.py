"""What any rule could have reached that trains all or the specific modules: threshold and form.

A rule of the published kind decides at each task after the first, so on T tasks it takes one of
2^(T−1) schedules. Where all of them ran with the same seeds, the run of every threshold and of
either form of the gradient is known exactly: at each task the signal depends on what was decided
before and on nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from simulations.networks.metrics import average_accuracy, interval
from simulations.networks.strategies import ALL, SCHEDULE, schedules

if TYPE_CHECKING:
    import xarray as xr

Numbers = NDArray[np.float64]
Places = NDArray[np.int64]

FORMS = ("published", "common")  # of the gradients that a rule compares
THRESHOLDS = np.linspace(-1, 1, 401)


@dataclass(frozen=True)
class Schedules:
    """The runs of all schedules, from frozen training to initialized training."""

    names: tuple[str, ...]  # letters alone, [K]
    accuracy: Numbers  # Avg.Acc, [K, seeds]
    signals: dict[str, Numbers]  # by form, [K, seeds, T]

    def taken(self, form: str, threshold: float) -> Places:
        """For each seed the schedule that a rule takes: all modules train at most at a threshold.

        Where there is no signal, all train.
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

    def ruled(self, form: str) -> Numbers:
        """Avg.Acc of a rule at all thresholds, [thresholds, seeds]."""
        return np.array([self.of_each(self.taken(form, of)) for of in THRESHOLDS])


def schedules_of(found: xr.Dataset) -> Schedules | None:
    """The schedules of a run, or None if not all of them ran.

    Args:
        found: as ``simulations.networks.results.dataset`` makes it.
    """
    names = schedules(found.sizes["task"])
    if not set(names) <= {str(name) for name in found.strategy.values}:
        return None
    runs = found.sel(strategy=list(names))
    return Schedules(
        tuple(name.removeprefix(SCHEDULE) for name in names),
        average_accuracy(runs.accuracy.values),
        {form: runs[form].values for form in FORMS},
    )


def document_of(of: Schedules, threshold: float) -> dict[str, Any]:
    """What the schedules say of rules, for JSON, with 95% intervals over seeds.

    ``best_schedule`` and ``*_best_threshold`` are chosen, for each seed, by the mean over the
    *other* seeds, and so are honest of a new seed but not of new tasks; as each seed helps to
    choose for the others, their intervals are approximate. ``best_for_each_seed`` looks at the
    outcome: no rule can do better. ``minus`` has differences paired by seed; in it ``as_many`` is
    the mean over all schedules that train all modules at as many tasks as the rule does: whether
    it knew at *which*.

    Args:
        of: the schedules.
        threshold: of the run.
    """
    standard = {"initialized": of.accuracy[-1], "frozen": of.accuracy[0]}
    rows: dict[str, Any] = {}
    for form in FORMS:
        taken = of.taken(form, threshold)
        against = standard | {"as_many": of.as_many(taken)}
        rows[form] = _row(of.of_each(taken), against)
        rows[f"{form}_best_threshold"] = _row(best_of_others(of.ruled(form)), standard)
    rows["best_schedule"] = _row(best_of_others(of.accuracy), standard)
    rows["best_for_each_seed"] = _row(np.fmax.reduce(of.accuracy, axis=0), standard)
    return {"count": len(of.names), "threshold": threshold, "rules": rows}


def best_of_others(values: Numbers) -> Numbers:
    """For each seed the value of the choice that is best for the mean over all other seeds.

    Args:
        values: [choices, seeds]; of equals the middle one is chosen.

    Returns:
        [seeds]; NaN if there is but one.

    Example:
        >>> best_of_others(np.array([[3.0, 1.0, 1.0], [2.0, 2.0, 2.0]])).tolist()
        [2.0, 1.0, 1.0]
    """
    count = values.shape[1]
    if count < 2:
        return np.full(count, np.nan)
    others = (values.sum(1, keepdims=True) - values) / (count - 1)
    others = np.where(np.isnan(others), -np.inf, others)  # where a run diverged
    best = np.isclose(others, others.max(0), rtol=0, atol=1e-12)
    places = [np.flatnonzero(of)[(of.sum() - 1) // 2] for of in best.T]
    found: Numbers = values[places, np.arange(count)]
    return found


def _row(values: Numbers, against: dict[str, Numbers]) -> dict[str, Any]:
    """Avg.Acc, and its differences, paired by seed."""
    minus = {name: interval(values - of).document() for name, of in against.items()}
    return {"avg_acc": interval(values).document(), "minus": minus}

"""What accuracies say of a run, in the paper's words.

``a[k, j]`` is the accuracy on task j after task k. Avg.Acc = 1/T Σ_j a[T, j], Task.Acc =
1/T Σ_j a[j, j], Forgetting = 1/(T−1) Σ_{j<T} (a[j, j] − a[T, j]). That the paper means these is
our inference: its text is not at hand, the names and sizes of its numbers fit. They mirror
generalization error, learning error and forgetting of the linear models.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
LEVEL = 0.95  # of confidence intervals


def average_accuracy(accuracy: Numbers) -> Numbers:
    """Avg.Acc: 1/T Σ_j a[T, j].

    Args:
        accuracy: a, [..., T, T].

    Example:
        >>> float(average_accuracy(np.array([[1.0, np.nan], [0.5, 1.0]])))
        0.75
    """
    found: Numbers = accuracy[..., -1, :].mean(-1)
    return found


def task_accuracy(accuracy: Numbers) -> Numbers:
    """Task.Acc: 1/T Σ_j a[j, j], the accuracy on each task when it has just been learned.

    Example:
        >>> float(task_accuracy(np.array([[0.9, np.nan], [0.5, 1.0]])))
        0.95
    """
    found: Numbers = np.diagonal(accuracy, axis1=-2, axis2=-1).mean(-1)
    return found


def forgetting(accuracy: Numbers) -> Numbers:
    """Forgetting: 1/(T−1) Σ_{j<T} (a[j, j] − a[T, j]).

    Example:
        >>> float(forgetting(np.array([[0.75, np.nan], [0.5, 1.0]])))
        0.25
    """
    learned = np.diagonal(accuracy, axis1=-2, axis2=-1)
    found: Numbers = (learned - accuracy[..., -1, :])[..., :-1].mean(-1)
    return found


METRICS = {
    "avg_acc": average_accuracy,
    "task_acc": task_accuracy,
    "forgetting": forgetting,
}


@dataclass(frozen=True)
class Interval:
    """A mean over seeds, with a confidence interval by Student's t."""

    mean: float
    deviation: float  # standard deviation over seeds
    low: float
    high: float
    seeds: int

    def document(self) -> dict[str, Any]:
        """The interval as it is printed in JSON; what a single seed leaves open is null."""
        known = {
            "mean": self.mean,
            "standard_deviation": self.deviation,
            "low": self.low,
            "high": self.high,
        }
        return {name: value if np.isfinite(value) else None for name, value in known.items()} | {
            "seeds": self.seeds
        }


def interval(values: Numbers) -> Interval:
    """The mean of independent values with its 95% confidence interval.

    Args:
        values: one per seed; of paired differences, to compare two strategies.

    Example:
        >>> found = interval(np.array([1.0, 2.0, 3.0]))
        >>> round(found.low, 3), found.mean, round(found.high, 3)
        (-0.484, 2.0, 4.484)
    """
    from scipy.stats import t

    count = len(values)
    mean = float(np.mean(values))  # no number if a run diverged: it is not left out in silence
    if count < 2:
        return Interval(mean, np.nan, np.nan, np.nan, count)
    deviation = float(np.std(values, ddof=1))
    reach = float(t.ppf((1 + LEVEL) / 2, count - 1)) * deviation / count**0.5
    return Interval(mean, deviation, mean - reach, mean + reach, count)

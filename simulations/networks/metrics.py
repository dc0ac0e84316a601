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
SHARE, CHANGE = (0.0, 1.0), (-1.0, 1.0)
POSSIBLE = {"avg_acc": SHARE, "task_acc": SHARE, "forgetting": CHANGE}  # values of each metric


def differences(possible: tuple[float, float]) -> tuple[float, float]:
    """Where the difference of two values can lie.

    Example:
        >>> differences(POSSIBLE["avg_acc"])
        (-1.0, 1.0)
    """
    least, most = possible
    return least - most, most - least


@dataclass(frozen=True)
class Interval:
    """A mean over seeds, with a confidence interval by Student's t, cut where values cannot be."""

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


def interval(values: Numbers, possible: tuple[float, float]) -> Interval:
    """The mean of independent values with its 95% confidence interval.

    Student's interval of few seeds reaches beyond what is possible: two accuracies of 90% and 98%
    would give 43% to 145%. It is cut there. The true mean lies inside, so that an interval
    covers it as often as before.

    Args:
        values: one per seed; of paired differences, to compare two strategies.
        possible: the least and the most that a value can be.

    Example:
        >>> found = interval(np.array([0.90, 0.98]), SHARE)
        >>> round(found.low, 3), round(found.mean, 3), round(found.high, 3)
        (0.432, 0.94, 1.0)
    """
    from scipy.stats import t

    count = len(values)
    mean = float(np.mean(values))  # no number if a run diverged: it is not left out in silence
    if count < 2:
        return Interval(mean, np.nan, np.nan, np.nan, count)
    deviation = float(np.std(values, ddof=1))
    reach = float(t.ppf((1 + LEVEL) / 2, count - 1)) * deviation / count**0.5
    low, high = np.clip([mean - reach, mean + reach], *possible)
    return Interval(mean, deviation, float(low), float(high), count)

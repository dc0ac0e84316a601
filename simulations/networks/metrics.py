"""What accuracies say of a run, in the paper's words, and confidence intervals over seeds.

``running`` measures accuracies, ``results`` keeps them; here they are summed up.

``a[k, j]`` is the accuracy on task j after task k. That the paper means these metrics is our
inference: its text is not at hand, the names and sizes of its numbers fit. They mirror
generalization error, learning error and forgetting of the linear models.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Document = dict[str, Any]  # a JSON object
LEVEL = 0.95  # of confidence intervals


def average_accuracy(accuracy: Numbers) -> Numbers:
    """Avg.Acc: 1/T Σ_j a[T, j], of a with shape [..., T, T]."""
    mean: Numbers = accuracy[..., -1, :].mean(-1)
    return mean


def task_accuracy(accuracy: Numbers) -> Numbers:
    """Task.Acc: 1/T Σ_j a[j, j], the accuracy on each task when it has just been learned."""
    mean: Numbers = np.diagonal(accuracy, axis1=-2, axis2=-1).mean(-1)
    return mean


def forgetting(accuracy: Numbers) -> Numbers:
    """Forgetting: 1/(T−1) Σ_{j<T} (a[j, j] − a[T, j])."""
    learned = np.diagonal(accuracy, axis1=-2, axis2=-1)
    mean: Numbers = (learned - accuracy[..., -1, :])[..., :-1].mean(-1)
    return mean


METRICS = {
    "avg_acc": average_accuracy,
    "task_acc": task_accuracy,
    "forgetting": forgetting,
}
SHARE, CHANGE = (0.0, 1.0), (-1.0, 1.0)
POSSIBLE = {"avg_acc": SHARE, "task_acc": SHARE, "forgetting": CHANGE}  # values of each metric


def differences(possible: tuple[float, float]) -> tuple[float, float]:
    """Where the difference of two values can lie that lie in a range themselves."""
    least, most = possible
    return least - most, most - least


class Interval(NamedTuple):
    """A mean over seeds, with a confidence interval by Student's t, cut where values cannot be."""

    mean: float
    standard_deviation: float  # over seeds
    low: float
    high: float
    seeds: int

    def document(self) -> Document:
        """The interval as it is printed in JSON; what a single seed leaves open is null."""
        return {name: finite(value) for name, value in self._asdict().items()}


def finite(value: float) -> float | None:
    """The value, or None, which JSON has in the place of what is no number."""
    return value if np.isfinite(value) else None


def interval(values: Numbers, possible: tuple[float, float]) -> Interval:
    """The mean of independent values, one per seed, with its 95% confidence interval.

    Student's interval of few seeds reaches beyond what is possible: two accuracies of 90% and 98%
    would give 43% to 145%. It is cut there. The true mean lies inside, so that an interval
    covers it as often as before.
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

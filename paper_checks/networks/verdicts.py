"""Whether a strategy beats both standard ones: a verdict over seeds.

Runs of one seed share initial parameters and the order of the data, so strategies are compared by
their differences, seed by seed. What is said holds over the randomness of training, for these tasks
and this scale: tasks are not drawn anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from update_magnitude.simulations.networks.metrics import (
    LEVEL,
    METRICS,
    POSSIBLE,
    Document,
    Interval,
    differences,
    interval,
)
from update_magnitude.simulations.networks.strategies import STRATEGIES

if TYPE_CHECKING:
    import xarray as xr

STANDARD = ("initialized", "frozen")
HYBRID = "hybrid"  # what the names of the paper's kind of strategy begin with


def compared(run: xr.Dataset, metric: str, strategy: str, against: str) -> Interval:
    """The difference of a metric between two strategies, paired by seed; of shares, not percent."""
    first, second = (
        METRICS[metric](run.accuracy.sel(strategy=name).values) for name in (strategy, against)
    )
    return interval(first - second, differences(POSSIBLE[metric]))


def verdicts(run: xr.Dataset) -> list[Document]:
    """A verdict for each other strategy that ran beside both standard ones, as in JSON.

    *Holds*: both 95% intervals of the difference in Avg.Acc lie above 0, which happens by chance in
    at most 2.5% of runs in which one difference is not positive (both must pass, so no correction
    is due). *Refuted*: one of them lies below 0; by chance in at most 5%; or all runs are those of
    a standard strategy, since nothing was decided differently. Else *inconclusive*: as for a single
    seed, of which no interval can be had. Each strategy is judged by itself: of several that are
    tried, one holds by chance more often. Averages, baselines and controls are judged alike, as the
    claim ``network-comparison``; those that ran stand beside a hybrid strategy as comparisons.

    Args:
        run: as ``simulations.networks.results.dataset`` makes it.
    """
    names = [str(name) for name in run.strategy.values]
    if not set(STANDARD) <= set(names):
        return []
    judged = [
        name for name in names if name in STRATEGIES and name not in (*STANDARD, "reinitialized")
    ]
    others = [name for name in judged if not name.startswith(HYBRID)]
    return [_verdict(run, name, others) for name in judged]


def _verdict(run: xr.Dataset, strategy: str, others: list[str]) -> Document:
    gains = [compared(run, "avg_acc", strategy, standard) for standard in STANDARD]
    same = [standard for standard in STANDARD if _same(run, strategy, standard)]
    is_hybrid = strategy.startswith(HYBRID)
    pairs = [(metric, other) for metric in ("avg_acc", "forgetting") for other in STANDARD]
    pairs += [("task_acc", other) for other in STANDARD]
    pairs += [("avg_acc", other) for other in others if is_hybrid]
    if all(gain.low > 0 for gain in gains):
        verdict = "holds"
    elif same or any(gain.high < 0 for gain in gains):
        verdict = "refuted"
    else:
        verdict = "inconclusive"
    return {
        "claim": "network-hybrid" if is_hybrid else "network-comparison",
        "strategy": strategy,
        "statement": f"{strategy}: a higher Avg.Acc than {' and '.join(STANDARD)}",
        "source": "the paper's claim about deep networks, on our runs",
        "confidence": LEVEL,
        "comparisons": [
            {
                "metric": metric,
                "strategy": strategy,
                "against": other,
                "difference": compared(run, metric, strategy, other).document(),
            }
            for metric, other in pairs
        ],
        "verdict": verdict,
        "same_as": same,  # standard strategies that made the very same runs
    }


def chance(run: xr.Dataset, strategy: str) -> float:
    """The p-value of a higher Avg.Acc than both: the larger of two one-sided paired t-tests.

    Where one of the differences is not positive, it is at most p in at most a share p of runs. It
    is 1 where there is no test: of one seed, of a run that diverged, of the very runs of another.
    """
    from scipy.stats import ttest_rel

    own, *both = (
        METRICS["avg_acc"](run.accuracy.sel(strategy=name).values) for name in (strategy, *STANDARD)
    )
    if len(own) < 2 or not all(np.ptp(own - other) > 0 for other in both):
        return 1.0
    return max(float(ttest_rel(own, other, alternative="greater").pvalue) for other in both)


def corrected(p_values: Sequence[float]) -> list[float]:
    """Adjusted for their number, after Holm (1979): rejecting those up to a level keeps to it.

    Example:
        >>> corrected([0.01, 0.04, 0.03])
        [0.03, 0.06, 0.06]
    """
    order = np.argsort(p_values)
    scaled = np.sort(p_values) * np.arange(len(p_values), 0, -1)
    adjusted = np.empty(len(p_values))
    adjusted[order] = np.minimum(np.maximum.accumulate(scaled), 1.0)
    values: list[float] = adjusted.tolist()
    return values


def _same(run: xr.Dataset, strategy: str, against: str) -> bool:
    """Whether the same modules trained in all runs: accuracies may be alike for other reasons."""
    if not STRATEGIES[strategy].chooses_modules:
        return False
    first, second = (run.trains.sel(strategy=name, drop=True) for name in (strategy, against))
    return bool(first.equals(second))

"""Whether a hybrid strategy beats both standard ones: a verdict over seeds.

Runs of one seed share initial parameters and the order of the data, so strategies are compared by
their differences, seed by seed. What is said holds over the randomness of training, for these tasks
and this scale: tasks are not drawn anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from update_magnitude.simulations.networks.metrics import (
    LEVEL,
    METRICS,
    POSSIBLE,
    Document,
    Interval,
    differences,
    interval,
)

if TYPE_CHECKING:
    import xarray as xr

STANDARD = ("initialized", "frozen")


def compared(run: xr.Dataset, metric: str, strategy: str, against: str) -> Interval:
    """The difference of a metric between two strategies, paired by seed; of shares, not percent."""
    first, second = (
        METRICS[metric](run.accuracy.sel(strategy=name).values) for name in (strategy, against)
    )
    return interval(first - second, differences(POSSIBLE[metric]))


def verdicts(run: xr.Dataset) -> list[Document]:
    """A verdict for each hybrid strategy that ran beside both standard ones, as in JSON.

    *Holds*: both 95% intervals of the difference in Avg.Acc lie above 0, which happens by chance in
    at most 2.5% of runs in which one difference is not positive (both must pass, so no correction
    is due). *Refuted*: one of them lies below 0; by chance in at most 5%; or all runs are those of
    a standard strategy, since nothing was decided differently. Else *inconclusive*: as for a single
    seed, of which no interval can be had. Each strategy is judged by itself: of several that are
    tried, one holds by chance more often.

    Args:
        run: as ``simulations.networks.results.dataset`` makes it.
    """
    names = [str(name) for name in run.strategy.values]
    if not set(STANDARD) <= set(names):
        return []
    return [_verdict(run, name) for name in names if name.startswith("hybrid")]


def _verdict(run: xr.Dataset, strategy: str) -> Document:
    gains = [compared(run, "avg_acc", strategy, standard) for standard in STANDARD]
    same = [standard for standard in STANDARD if _same(run, strategy, standard)]
    if all(gain.low > 0 for gain in gains):
        verdict = "holds"
    elif same or any(gain.high < 0 for gain in gains):
        verdict = "refuted"
    else:
        verdict = "inconclusive"
    return {
        "claim": "network-hybrid",
        "strategy": strategy,
        "statement": f"{strategy}: a higher Avg.Acc than {' and '.join(STANDARD)}",
        "source": "the paper's claim about deep networks, on our runs",
        "confidence": LEVEL,
        "comparisons": [
            {
                "metric": metric,
                "strategy": strategy,
                "against": standard,
                "difference": compared(run, metric, strategy, standard).document(),
            }
            for metric in ("avg_acc", "forgetting")
            for standard in STANDARD
        ],
        "verdict": verdict,
        "same_as": same,  # standard strategies that made the very same runs
    }


def _same(run: xr.Dataset, strategy: str, against: str) -> bool:
    """Whether the same modules trained in all runs: accuracies may be alike for other reasons."""
    first, second = (run.trains.sel(strategy=name, drop=True) for name in (strategy, against))
    return bool(first.equals(second))

"""Whether a hybrid strategy beats both standard ones: a verdict over seeds.

Runs of one seed share initial parameters and the order of the data, so strategies are compared by
their differences, seed by seed. What is said holds over the randomness of training, for these tasks
and this scale: tasks are not drawn anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from update_magnitude.simulations.networks.metrics import (
    LEVEL,
    METRICS,
    POSSIBLE,
    Interval,
    differences,
    interval,
)

if TYPE_CHECKING:
    import xarray as xr

STANDARD = ("initialized", "frozen")


@dataclass(frozen=True)
class Comparison:
    """One strategy against another: the difference of a metric, paired by seed."""

    metric: str
    strategy: str
    against: str
    difference: Interval  # of shares, not of percent

    def document(self) -> dict[str, Any]:
        """The comparison as it is printed in JSON."""
        return {
            "metric": self.metric,
            "strategy": self.strategy,
            "against": self.against,
            "difference": self.difference.document(),
        }


@dataclass(frozen=True)
class NetworkVerdict:
    """What the runs say of the claim that a strategy has a higher Avg.Acc than both others."""

    strategy: str
    comparisons: list[Comparison]
    verdict: str  # holds, refuted or inconclusive
    same_as: list[str]  # standard strategies that made the very same runs

    def document(self) -> dict[str, Any]:
        """The verdict as it is printed in JSON."""
        return {
            "claim": "network-hybrid",
            "strategy": self.strategy,
            "statement": f"{self.strategy}: a higher Avg.Acc than {' and '.join(STANDARD)}",
            "source": "the paper's claim about deep networks, on our runs",
            "confidence": LEVEL,
            "comparisons": [comparison.document() for comparison in self.comparisons],
            "verdict": self.verdict,
            "same_as": self.same_as,
        }


def compared(found: xr.Dataset, metric: str, strategy: str, against: str) -> Comparison:
    """The differences of a metric between two strategies, paired by seed."""
    first, second = (
        METRICS[metric](found.accuracy.sel(strategy=name).values) for name in (strategy, against)
    )
    difference = interval(first - second, differences(POSSIBLE[metric]))
    return Comparison(metric, strategy, against, difference)


def verdicts(found: xr.Dataset) -> list[NetworkVerdict]:
    """A verdict for each hybrid strategy that ran beside both standard ones.

    *Holds*: both 95% intervals of the difference in Avg.Acc lie above 0, which happens by chance in
    at most 2.5% of runs in which one difference is not positive (both must pass, so no correction
    is due). *Refuted*: one of them lies below 0; by chance in at most 5%; or all runs are those of
    a standard strategy, since nothing was decided differently. Else *inconclusive*: as for a single
    seed, of which no interval can be had. Each strategy is judged by itself: of several that are
    tried, one holds by chance more often.

    Args:
        found: of a run, as ``simulations.networks.results.dataset`` makes it.
    """
    names = [str(name) for name in found.strategy.values]
    if not set(STANDARD) <= set(names):
        return []
    return [_verdict(found, name) for name in names if name.startswith("hybrid")]


def _verdict(found: xr.Dataset, strategy: str) -> NetworkVerdict:
    comparisons = [
        compared(found, metric, strategy, against)
        for metric in ("avg_acc", "forgetting")
        for against in STANDARD
    ]
    gains = [comparison.difference for comparison in comparisons if comparison.metric == "avg_acc"]
    same = [entry for entry in STANDARD if _same(found, strategy, entry)]
    if all(gain.low > 0 for gain in gains):
        verdict = "holds"
    elif same or any(gain.high < 0 for gain in gains):
        verdict = "refuted"
    else:
        verdict = "inconclusive"
    return NetworkVerdict(strategy, comparisons, verdict, same)


def _same(found: xr.Dataset, strategy: str, against: str) -> bool:
    """Whether the same modules trained in all runs: accuracies may be alike for other reasons."""
    first, second = (found.trains.sel(strategy=name, drop=True) for name in (strategy, against))
    return bool(first.equals(second))

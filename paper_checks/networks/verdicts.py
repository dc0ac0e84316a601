"""Whether a hybrid strategy beats both standard ones: a verdict over seeds; the paper's numbers.

Runs of one seed share initial parameters and the order of the data, so strategies are compared by
their differences, seed by seed. What is said holds over the randomness of training, for these tasks
and this scale: tasks are not drawn anew.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files
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


@dataclass(frozen=True)
class Comparison:
    """One strategy against another: the difference of a metric, paired by seed."""

    metric: str
    strategy: str
    against: str
    difference: Interval  # of shares, not of percent

    def document(self) -> Document:
        """The comparison as it is printed in JSON."""
        return vars(self) | {"difference": self.difference.document()}


@dataclass(frozen=True)
class NetworkVerdict:
    """What the runs say of the claim that a strategy has a higher Avg.Acc than both others."""

    strategy: str
    comparisons: list[Comparison]
    verdict: str  # holds, refuted or inconclusive
    same_as: list[str]  # standard strategies that made the very same runs

    def document(self) -> Document:
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


def compared(run: xr.Dataset, metric: str, strategy: str, against: str) -> Comparison:
    """The differences of a metric between two strategies, paired by seed."""
    first, second = (
        METRICS[metric](run.accuracy.sel(strategy=name).values) for name in (strategy, against)
    )
    difference = interval(first - second, differences(POSSIBLE[metric]))
    return Comparison(metric, strategy, against, difference)


def verdicts(run: xr.Dataset) -> list[NetworkVerdict]:
    """A verdict for each hybrid strategy that ran beside both standard ones.

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


def _verdict(run: xr.Dataset, strategy: str) -> NetworkVerdict:
    comparisons = [
        compared(run, metric, strategy, against)
        for metric in ("avg_acc", "forgetting")
        for against in STANDARD
    ]
    gains = [comparison.difference for comparison in comparisons if comparison.metric == "avg_acc"]
    same = [standard for standard in STANDARD if _same(run, strategy, standard)]
    if all(gain.low > 0 for gain in gains):
        verdict = "holds"
    elif same or any(gain.high < 0 for gain in gains):
        verdict = "refuted"
    else:
        verdict = "inconclusive"
    return NetworkVerdict(strategy, comparisons, verdict, same)


def _same(run: xr.Dataset, strategy: str, against: str) -> bool:
    """Whether the same modules trained in all runs: accuracies may be alike for other reasons."""
    first, second = (run.trains.sel(strategy=name, drop=True) for name in (strategy, against))
    return bool(first.equals(second))


@dataclass(frozen=True)
class Reported:
    """What the paper reports of a benchmark, in percent, and where that was read."""

    source: str
    values: dict[str, dict[str, float]]  # by strategy: avg_acc and forgetting


def reported(benchmark: str) -> Reported | None:
    """The paper's numbers, or None if it has none for a benchmark.

    Example:
        >>> reported("split-cifar10").values["hybrid"]["avg_acc"]
        80.55
    """
    text = files(__package__).joinpath("reported.toml").read_text(encoding="utf-8")
    tables = tomllib.loads(text)
    return Reported(tables["source"], tables[benchmark]) if benchmark in tables else None
